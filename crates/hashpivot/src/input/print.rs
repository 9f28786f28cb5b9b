//! A plan as a text to keep: TOML with its keys in the order of the schema.

use serde_json::{Map, Value};

use super::check::{resolve, variants};
use super::schema::SCHEMA;

/// The plan as TOML. Keys come in the order of the schema, those that it does not know last; what
/// is null is left out, as a plan leaves out what it does not have.
///
/// # Example
/// ```
/// use hashpivot::input;
/// let plan = serde_json::json!({ "name": "A plan", "horizon": null });
/// assert_eq!(input::toml_text(&plan), "name = \"A plan\"\n");
/// ```
pub fn toml_text(plan: &Value) -> String {
    // Whatever came from a plan can be written as one.
    toml::to_string_pretty(&ordered(&SCHEMA, plan)).unwrap_or_default()
}

fn ordered(schema: &Value, value: &Value) -> Value {
    let schema = resolve(&SCHEMA, schema);
    match value {
        Value::Object(object) => {
            let chosen = variants(schema).and_then(|(tag, variants)| {
                let word = object.get(tag)?.as_str()?;
                variants.into_iter().find(|(of, _)| *of == word).map(|(_, schema)| schema)
            });
            let properties = &chosen.unwrap_or(schema)["properties"];
            let known = properties.as_object().into_iter().flat_map(Map::keys);
            let mut keys: Vec<&String> = known.filter(|key| object.contains_key(*key)).collect();
            let unknown = object.keys().filter(|key| properties.get(key.as_str()).is_none());
            keys.extend(unknown);
            let entries = keys.into_iter().filter(|key| !object[*key].is_null());
            entries.map(|key| (key.clone(), ordered(&properties[key], &object[key]))).collect()
        }
        Value::Array(items) => items.iter().map(|item| ordered(&schema["items"], item)).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Sources, load, merged, no_files};

    #[test]
    fn the_example_printed_is_the_example() {
        let sources = Sources::of(Document::example());
        let printed = toml_text(&merged(&sources).unwrap());
        let again = Sources::of(Document { name: "again.toml".into(), bytes: printed.into() });
        let digest = |sources: &Sources| load(sources, &no_files).unwrap().digest_sha256;
        assert_eq!(digest(&again), digest(&sources));
    }
}
