//! The published document of the interface, `OpenAPI` 3.1: made from the table of routes, the schema
//! of plans, and the structs that are read and written.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value as Json, json};

use super::{
    request::{self, PlanKeys},
    routes::{Form, ROUTES, Route},
};
use crate::{input, result::FaultResult, schema};

/// Statuses other than 200, and what they mean.
const REFUSALS: [(&str, &str); 11] = [
    ("400", "Not JSON, or not HTTP as it should be."),
    ("403", "Not from the server's own page, or without its token."),
    ("404", "No such address."),
    ("405", "Not by this method."),
    ("408", "The body did not arrive in time."),
    ("409", "Something demanded cannot be had."),
    ("413", "The body is too large."),
    ("415", "The body is not JSON."),
    ("422", "Input that cannot be used: every fault, with path and place."),
    ("500", "A fault of the program."),
    ("503", "No room or no time: try again after `Retry-After` seconds."),
];

/// Schema of the keys that name a plan.
pub(crate) fn plan_keys() -> Json {
    of(request_generator().subschema_for::<PlanKeys>().to_value())
}

/// What the request of a route is held against.
pub(crate) fn request_schema(route: &Route, plan_keys: &Json) -> Json {
    let arguments = of((route.arguments)(&mut request_generator()).to_value());
    if route.plan { request::with_plan(&arguments, plan_keys) } else { arguments }
}

fn request_generator() -> SchemaGenerator {
    let inline = |settings: &mut SchemaSettings| settings.inline_subschemas = true;
    SchemaSettings::draft2020_12().with(inline).into_generator()
}

/// A schema as the checker reads it: what may be left out is never null.
fn of(mut schema: Json) -> Json {
    input::without_null(&mut schema);
    if schema.get("properties").is_none() {
        schema["properties"] = json!({});
    }
    schema
}

/// The document.
pub(crate) fn document() -> Json {
    let mut answers = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let plan_keys = plan_keys();
    let mut paths = Map::new();
    for route in ROUTES {
        let request = shown(request_schema(route, &plan_keys));
        let content = match route.form {
            Form::Json(schema) => json!({ "application/json": { "schema": schema(&mut answers) } }),
            Form::File(kind) => json!({ kind: {} }),
            Form::Document => json!({ "application/json": { "schema": { "type": "object" } } }),
        };
        let mut item = Map::new();
        if route.methods.get() {
            item.insert("get".into(), operation(route, "get", &content, &parameters(route)));
        }
        if route.methods.post() {
            let mut content = content.clone();
            if let Json::Object(kinds) = &mut content {
                kinds.insert(
                    "application/x-ndjson".into(),
                    json!({ "schema": line(route, &mut answers) }),
                );
            }
            let body = json!({ "content": { "application/json": { "schema": request } } });
            let mut operation = operation(route, "post", &content, &json!([]));
            operation["requestBody"] = body;
            operation["security"] = json!([{ "token": [] }]);
            item.insert("post".into(), operation);
        }
        paths.insert(route.path.into(), Json::Object(item));
    }
    let faults = answers.subschema_for::<FaultResult>().to_value();
    let mut schemas = answers.take_definitions(true);
    let mut plan = input::schema();
    let of_plan = plan.as_object_mut().and_then(|plan| plan.remove("$defs"));
    if let Some(Json::Object(definitions)) = of_plan {
        schemas.extend(definitions.into_iter().map(|(name, mut schema)| {
            moved(&mut schema, "Plan.");
            (format!("Plan.{name}"), schema)
        }));
    }
    moved(&mut plan, "Plan.");
    if let Json::Object(plan) = &mut plan {
        plan.remove("$schema");
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "hashpivot",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "The engine on this machine. Requests by POST carry the token that the \
                server printed, and JSON. Every refusal is a list of faults, as the command's.",
        },
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": refusals(&faults),
            "securitySchemes": {
                "token": { "type": "apiKey", "in": "header", "name": "x-hashpivot-token" }
            },
        },
    });
    // What the generator calls `$defs` stands elsewhere here; the plan's parts are there already.
    moved(&mut document, "");
    schema::annotate(&mut document["components"]["schemas"]);
    document["components"]["schemas"]["Plan"] = plan;
    document
}

/// Whether the keys of a route fit in a query.
fn parameters(route: &Route) -> Json {
    let schema = of((route.arguments)(&mut request_generator()).to_value());
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    let parameters = properties.into_iter().map(|(name, schema)| {
        let list = schema["type"] == "array";
        let required = required.iter().any(|key| *key == name);
        let mut parameter =
            json!({ "name": name, "in": "query", "required": required, "schema": schema });
        if list {
            parameter["style"] = json!("form");
            parameter["explode"] = json!(false);
        }
        parameter
    });
    parameters.collect()
}

fn operation(route: &Route, method: &str, content: &Json, parameters: &Json) -> Json {
    let name = route.path.trim_start_matches("/api/v1/").replace(['/', '.'], "_");
    let mut responses = Map::new();
    responses.insert("200".into(), json!({ "description": "The answer.", "content": content }));
    for (status, _) in REFUSALS {
        let reference = format!("#/components/responses/{status}");
        responses.insert(status.into(), json!({ "$ref": reference }));
    }
    json!({
        "operationId": format!("{method}_{name}"),
        "summary": route.summary,
        "parameters": parameters,
        "responses": responses,
    })
}

fn refusals(faults: &Json) -> Json {
    let responses = REFUSALS.iter().map(|(status, meaning)| {
        let content = json!({ "application/json": { "schema": faults } });
        ((*status).to_owned(), json!({ "description": meaning, "content": content }))
    });
    Json::Object(responses.collect())
}

/// A line of a stream.
fn line(route: &Route, answers: &mut SchemaGenerator) -> Json {
    let result = match route.form {
        Form::Json(schema) => schema(answers).to_value(),
        Form::File(_) | Form::Document => json!({ "type": "object" }),
    };
    let faults = answers.subschema_for::<FaultResult>().to_value();
    let count = json!({ "type": "integer", "minimum": 0 });
    let progress = json!({ "type": "object", "required": ["done", "total"],
        "properties": { "done": count, "total": count } });
    json!({ "oneOf": [
        { "type": "object", "required": ["progress"], "properties": { "progress": progress } },
        { "type": "object", "required": ["result"], "properties": { "result": result } },
        faults,
    ] })
}

/// A request's schema as it is published: plans are the published plans.
fn shown(mut schema: Json) -> Json {
    if schema["properties"].get("plan").is_some() {
        schema["properties"]["plan"] = json!({ "$ref": "#/components/schemas/Plan" });
    }
    schema
}

/// Turns references to `$defs` into references to components whose names begin with `prefix`.
fn moved(value: &mut Json, prefix: &str) {
    match value {
        Json::Object(object) => {
            for (key, value) in object.iter_mut() {
                match value {
                    Json::String(reference) if key == "$ref" => {
                        if let Some(name) = reference.strip_prefix("#/$defs/") {
                            *reference = format!("#/components/schemas/{prefix}{name}");
                        }
                    }
                    _ => moved(value, prefix),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| moved(item, prefix)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_has_the_routes_of_the_table_and_no_others() {
        let document = document();
        let paths = document["paths"].as_object().unwrap();
        assert_eq!(paths.len(), ROUTES.len(), "a path stands twice");
        for route in ROUTES {
            let item = paths[route.path].as_object().unwrap();
            assert_eq!(item.contains_key("get"), route.methods.get(), "{}", route.path);
            assert_eq!(item.contains_key("post"), route.methods.post(), "{}", route.path);
        }
    }

    #[test]
    fn every_argument_is_explained() {
        let plan_keys = plan_keys();
        for route in ROUTES {
            let schema = request_schema(route, &plan_keys);
            assert_eq!(schema["additionalProperties"], false, "{}", route.path);
            for (name, property) in schema["properties"].as_object().unwrap() {
                let said = property["description"].is_string();
                assert!(said || name == "plan", "{} {name}", route.path);
            }
        }
    }
}
