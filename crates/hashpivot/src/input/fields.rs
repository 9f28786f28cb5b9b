//! The numbers of a plan, each with its path, unit and range: what can be moved.

use serde_json::Value as Json;

use super::check::{resolve, variants};
use super::schema::SCHEMA;
use super::tree::Path;
use super::{Id, Loaded};

/// A number of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberField {
    /// Path by which `--set` addresses it.
    pub path: String,
    /// What the plan says, defaults included.
    pub value: f64,
    /// Unit in words; empty if it has none.
    pub unit: String,
    /// Least value allowed.
    pub minimum: f64,
    /// Largest value allowed.
    pub maximum: f64,
    /// Whether it must be whole.
    pub whole: bool,
}

/// Every number of a plan, in the order of its keys.
pub fn numbers(loaded: &Loaded) -> Vec<NumberField> {
    let mut found = Vec::new();
    if let Ok(plan) = serde_json::to_value(&loaded.plan) {
        walk(&SCHEMA, &plan, &mut Path::default(), &mut found);
    }
    found
}

fn walk(schema: &Json, value: &Json, path: &mut Path, found: &mut Vec<NumberField>) {
    let schema = resolve(&SCHEMA, schema);
    match value {
        Json::Object(table) => {
            // A tagged table has the keys of its own variant.
            let of_variant = variants(schema).and_then(|(tag, variants)| {
                let word = table.get(tag)?.as_str()?;
                Some(variants.iter().find(|(of, _)| *of == word)?.1)
            });
            let properties = of_variant.unwrap_or(schema).get("properties");
            for (key, value) in table {
                let Some(property) = properties.and_then(|p| p.get(key)) else { continue };
                path.push_key(key);
                walk(property, value, path, found);
                path.pop();
            }
        }
        Json::Array(elements) => {
            let Some(items) = schema.get("items") else { return };
            for (index, element) in elements.iter().enumerate() {
                match element.get("id").and_then(Json::as_str) {
                    Some(id) if Id::allows(id) => path.push_key(id),
                    _ => path.push_index(index),
                }
                walk(items, element, path, found);
                path.pop();
            }
        }
        Json::Number(number) => {
            let kind = schema.get("type").and_then(Json::as_str);
            let bound = |key: &str| schema.get(key).and_then(Json::as_f64);
            let unit = schema.get("x-unit").and_then(Json::as_str).unwrap_or_default();
            if let Some(value) = number.as_f64() {
                found.push(NumberField {
                    path: path.as_str().to_owned(),
                    value,
                    unit: unit.to_owned(),
                    minimum: bound("minimum").unwrap_or(f64::NEG_INFINITY),
                    maximum: bound("maximum").unwrap_or(f64::INFINITY),
                    whole: kind == Some("integer"),
                });
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Document, Sources, load, no_files};
    use super::*;

    #[test]
    fn every_number_can_be_set_by_its_path() {
        let sources = Sources::of(Document::example());
        let loaded = load(&sources, &no_files).unwrap();
        let fields = numbers(&loaded);
        assert!(fields.len() > 150, "{}", fields.len());
        let find = |path: &str| fields.iter().find(|f| f.path == path).unwrap().clone();
        let rent = find("site.cedar-fork.offer.cedar-fork-colo.rent_first_usd_per_kw_month");
        assert_eq!((rent.value, rent.unit.as_str()), (136.0, "USD/kW-month"));
        assert!(find("site.mesquite.machine[0].units").whole);
        assert_eq!(find("site.mesquite.tariff.losses_frac").value, 0.02);
        // Set to what it is, a number leaves the plan as it is.
        let sets = fields.iter().map(|f| format!("{}={:?}", f.path, f.value)).collect();
        let again = load(&Sources { sets, ..sources }, &no_files).unwrap();
        assert_eq!(again.plan, loaded.plan);
    }
}
