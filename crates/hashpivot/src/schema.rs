//! The published schema of answers, derived from the structs that are written.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use crate::{
    formulas,
    result::{
        BacktestResult, BenchResult, BridgeResult, CheckResult, CompaniesResult, CostResult,
        DispatchResult, ExplainResult, FaultResult, FrontierResult, GpuResult, HalvingResult,
        ImpliedResult, LeaseResult, MapResult, RunResult, SensitivityResult, StrikesResult,
    },
};

/// JSON Schema (draft 2020-12) of every answer: `$defs` holds one schema a command, and the whole
/// accepts any of them. Computed keys carry `x-unit` and `x-formula`.
pub fn output() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut any_of = Vec::new();
    add::<RunResult>(&mut generator, &mut any_of);
    add::<ExplainResult>(&mut generator, &mut any_of);
    add::<FrontierResult>(&mut generator, &mut any_of);
    add::<SensitivityResult>(&mut generator, &mut any_of);
    add::<MapResult>(&mut generator, &mut any_of);
    add::<CostResult>(&mut generator, &mut any_of);
    add::<DispatchResult>(&mut generator, &mut any_of);
    add::<StrikesResult>(&mut generator, &mut any_of);
    add::<BacktestResult>(&mut generator, &mut any_of);
    add::<HalvingResult>(&mut generator, &mut any_of);
    add::<LeaseResult>(&mut generator, &mut any_of);
    add::<GpuResult>(&mut generator, &mut any_of);
    add::<BridgeResult>(&mut generator, &mut any_of);
    add::<CompaniesResult>(&mut generator, &mut any_of);
    add::<ImpliedResult>(&mut generator, &mut any_of);
    add::<BenchResult>(&mut generator, &mut any_of);
    add::<CheckResult>(&mut generator, &mut any_of);
    add::<FaultResult>(&mut generator, &mut any_of);
    let mut definitions = Value::Object(generator.take_definitions(true));
    annotate(&mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Answers of hashpivot",
        "anyOf": any_of,
        "$defs": definitions,
    })
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator, any_of: &mut Vec<Value>) {
    any_of.push(generator.subschema_for::<T>().to_value());
}

/// Adds unit and formula to every property that is computed.
pub(crate) fn annotate(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get_mut("properties") {
                for (key, property) in properties.iter_mut() {
                    if let Some(property) = property.as_object_mut() {
                        mark(key, property);
                    }
                }
            }
            object.values_mut().for_each(annotate);
        }
        Value::Array(items) => items.iter_mut().for_each(annotate),
        _ => {}
    }
}

fn mark(key: &str, property: &mut Map<String, Value>) {
    if let Some(formula) = formulas::of(key) {
        property.insert("x-unit".to_owned(), formula.unit.into());
        property.insert("x-formula".to_owned(), formula.id.into());
    }
}
