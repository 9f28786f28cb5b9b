//! The published schema of a plan: the mirror structs' own, with the defaults written in.

use std::sync::LazyLock;

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::plan::Plan;
use crate::defaults;

/// The schema, made once.
pub(crate) static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Plan>();
    let mut schema = schema.to_value();
    without_null(&mut schema);
    schema["title"] = json!("hashpivot plan");
    defaults::install(&mut schema);
    schema
});

/// Takes `null` out of optional fields: a plan leaves out what it does not have.
pub(crate) fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Array(kinds)) = map.get_mut("type") {
                kinds.retain(|kind| kind != "null");
                if let [only] = &kinds[..] {
                    let only = only.clone();
                    map.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(choices)) = map.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
                if let [Value::Object(only)] = &choices[..] {
                    let only = only.clone();
                    map.remove("anyOf");
                    map.extend(only);
                }
            }
            // `default: null` and `default: []` of left-out fields say nothing.
            if map.get("default").is_some_and(|d| d.is_null() || *d == json!([])) {
                map.remove("default");
            }
            map.values_mut().for_each(without_null);
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_null),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_their_unit_and_range() {
        let machine = &SCHEMA["$defs"]["Machine"]["properties"];
        assert_eq!(machine["power_w"]["x-unit"], "W");
        assert_eq!(machine["power_w"]["type"], "number");
        assert_eq!(machine["units"]["type"], "integer");
        assert_eq!(machine["life_months"]["default"], 60);
        assert_eq!(machine["life_months"]["maximum"], 600);
        let required = SCHEMA["$defs"]["Machine"]["required"].as_array();
        assert_eq!(required, Some(&vec![json!("units")]));
    }

    #[test]
    fn what_a_plan_leaves_out_is_never_null() {
        assert!(!SCHEMA.to_string().contains("null"));
    }
}
