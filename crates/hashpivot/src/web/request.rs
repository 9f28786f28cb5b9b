//! From a query or a body to checked arguments: the same checker, the same faults as for plans.

use std::{collections::BTreeMap, sync::Arc};

use axum::http::StatusCode;
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value as Json, json};
use units::{Code, Violation};

use super::{App, refusal::Refusal};
use crate::input::{
    self, Document, Sources,
    tree::{Faults, Node, Origin, Path, Texts, Value},
};

/// Name under which a body stands in faults.
const BODY: &str = "request.json";
/// Name under which arguments of a query stand in faults.
const QUERY: &str = "query";

/// The plan of a request, and what is laid over it.
#[expect(dead_code, reason = "plans are read from the text; here they give the schema")]
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanKeys {
    /// The plan; the one that the server was started with if left out.
    #[serde(default)]
    pub(crate) plan: Option<Json>,
    /// The plan as text, in the place of `plan`: faults carry its lines.
    #[serde(default)]
    pub(crate) plan_text: Option<TextFile>,
    /// Parts of plans laid over the plan, later ones win.
    #[serde(default)]
    pub(crate) overlays: Vec<Json>,
    /// Single values laid over the plan: `path=value`.
    #[serde(default)]
    pub(crate) sets: Vec<String>,
    /// Files that the plan or the arguments name, by name.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, GivenFile>,
}

/// A file with its content.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TextFile {
    /// Its name; `.json` is read as JSON, `.toml` as TOML.
    pub(crate) name: String,
    /// Its content.
    pub(crate) text: String,
}

/// A file by the id of what was sent before, or by its content.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GivenFile {
    /// What `POST /api/v1/files` answered.
    #[serde(default)]
    pub(crate) id: Option<String>,
    /// The content.
    #[serde(default)]
    pub(crate) text: Option<String>,
}

/// Keys of [`PlanKeys`].
const PLAN_KEYS: [&str; 5] = ["plan", "plan_text", "overlays", "sets", "files"];

/// A request that was understood.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// The plan, unless it is the server's own.
    pub(crate) sources: Option<Sources>,
    /// Files by name.
    pub(crate) files: BTreeMap<String, Arc<[u8]>>,
    /// The arguments, as their schema says.
    pub(crate) arguments: Json,
}

impl Asked {
    /// The arguments as the struct from which their schema was made.
    pub(crate) fn arguments<T: for<'de> Deserialize<'de>>(&self) -> Result<T, Refusal> {
        T::deserialize(&self.arguments).map_err(|error| {
            let violation = Violation::new(Code::Type, "").file_of_body();
            Refusal::from(vec![violation.allowed(error.to_string())])
        })
    }
}

trait OfBody {
    fn file_of_body(self) -> Self;
}

impl OfBody for Violation {
    fn file_of_body(self) -> Self {
        self.at(BODY, 0, 0)
    }
}

/// A file's name as faults show it: control and text-direction characters as code points, cut.
pub(crate) fn shown(name: &str) -> String {
    Violation::new(Code::Io, "").value(name).value
}

/// Reads the query of a `GET`.
pub(crate) fn of_query(schema: &Json, query: &str) -> Result<Asked, Refusal> {
    let mut texts = Texts::default();
    let nowhere = Origin { file: usize::MAX, start: 0, end: 0 };
    let mut root = Node { value: Value::Table(Vec::new()), origin: nowhere };
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_decode_str(&text).decode_utf8().map(std::borrow::Cow::into_owned);
        decoded.map_err(|_| {
            let allowed = "a query must be UTF-8";
            Refusal::new(StatusCode::BAD_REQUEST, Code::Syntax, "", allowed).value(&text)
        })
    };
    let mut twice = Faults::default();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (key, value) = (decode(key)?, decode(value)?);
        let end = value.len();
        let origin = Origin { file: texts.add(QUERY, value.clone()), start: 0, end };
        let property = &schema["properties"][&key];
        if property["type"] == "array" {
            let items = value
                .split(',')
                .map(|item| Node { value: scalar(&property["items"], item.trim()), origin });
            match root.get_mut(&key) {
                Some(Node { value: Value::Array(known), .. }) => known.extend(items),
                _ => root.set(&key, Node { value: Value::Array(items.collect()), origin }),
            }
        } else if root.get(&key).is_some() {
            let violation = Violation::new(Code::Duplicate, shown(&key));
            twice.push(origin, violation.allowed("an argument may be given once"));
        } else {
            root.set(&key, Node { value: scalar(property, &value), origin });
        }
    }
    if !twice.is_empty() {
        return Err(twice.placed(&texts).into());
    }
    let arguments = checked(schema, &mut root, &texts)?;
    Ok(Asked { arguments, ..Asked::default() })
}

/// A word of a query as its schema wants it; what does not fit stays text and is refused as such.
fn scalar(schema: &Json, text: &str) -> Value {
    match schema["type"].as_str() {
        Some("number" | "integer") => text
            .parse()
            .map(Value::Integer)
            .or_else(|_| text.parse().map(Value::Float))
            .unwrap_or_else(|_| Value::Text(text.to_owned())),
        Some("boolean") if matches!(text, "true" | "false") => Value::Bool(text == "true"),
        _ => Value::Text(text.to_owned()),
    }
}

/// Reads the body of a `POST`.
pub(crate) fn of_body(schema: &Json, body: &[u8], app: &App) -> Result<Asked, Refusal> {
    let mut texts = Texts::default();
    let unread = |faults: Vec<Violation>| Refusal { status: StatusCode::BAD_REQUEST, faults };
    let text = input::decode(BODY, body).map_err(|violation| unread(vec![*violation]))?;
    let text = if text.trim().is_empty() { "{}".to_owned() } else { text };
    let file = texts.add(BODY, text);
    let mut faults = Faults::default();
    let root = input::document(&texts, file, &mut faults);
    if !faults.is_empty() {
        return Err(unread(faults.placed(&texts)));
    }
    let mut root = root.ok_or_else(Refusal::internal)?;
    if !matches!(root.value, Value::Table(_)) {
        let violation = Violation::new(Code::Type, "").allowed("must be an object");
        faults.push(root.origin, violation);
        return Err(unread(faults.placed(&texts)));
    }
    // Plans are judged by their own reader, as the text that they are.
    let plan = root.remove("plan").filter(|node| !matches!(node.value, Value::Null));
    let overlays = match root.get_mut("overlays").map(|node| &mut node.value) {
        Some(Value::Array(overlays)) => std::mem::take(overlays),
        _ => Vec::new(),
    };
    if plan.is_some() && schema["properties"].get("plan").is_none() {
        let violation = Violation::new(Code::UnknownKey, "plan").allowed("takes no plan");
        return Err(Refusal::from(vec![violation]));
    }
    let mut arguments = checked(schema, &mut root, &texts).map_err(no_json)?;
    let mut keys = serde_json::Map::new();
    if let Some(arguments) = arguments.as_object_mut() {
        for key in PLAN_KEYS {
            // A route may have keys of these names without taking plans.
            if schema["properties"].get("plan").is_some()
                && let Some(value) = arguments.remove(key)
            {
                keys.insert(key.to_owned(), value);
            }
        }
    }
    let keys = PlanKeys::deserialize(Json::Object(keys)).map_err(|error| {
        let violation = Violation::new(Code::Type, "").file_of_body();
        Refusal::from(vec![violation.allowed(error.to_string())])
    })?;
    let files = given_files(&keys.files, app)?;
    let document = |node: &Node| document_of(&texts, node);
    let base = match (plan, &keys.plan_text) {
        (Some(_), Some(_)) => {
            let allowed = "either plan or plan_text";
            return Err(vec![Violation::new(Code::Conflict, "plan_text").allowed(allowed)].into());
        }
        (Some(node), None) => Some(document(&node)),
        (None, Some(given)) => {
            Some(Document { name: shown(&given.name), bytes: given.text.clone().into() })
        }
        (None, None) => None,
    };
    let overlays: Vec<Document> = overlays.iter().map(document).collect();
    let untouched = base.is_none() && overlays.is_empty() && keys.sets.is_empty();
    if untouched && files.is_empty() {
        return Ok(Asked { arguments, ..Asked::default() });
    }
    let sources = if let Some(base) = base {
        Sources { base, overlays, sets: keys.sets }
    } else {
        let own = app.start.sources.clone();
        let overlays = own.overlays.into_iter().chain(overlays).collect();
        let sets = own.sets.into_iter().chain(keys.sets).collect();
        Sources { base: own.base, overlays, sets }
    };
    // Files of the server's own plan stay at hand for whatever is laid over it.
    let mut known = app.start.files.clone();
    known.extend(files);
    Ok(Asked { sources: Some(sources), files: known, arguments })
}

/// A number that is not finite is no JSON.
fn no_json(refusal: Refusal) -> Refusal {
    let not_finite = refusal.faults.iter().any(|fault| fault.code == Code::NotFinite);
    let status = if not_finite { StatusCode::BAD_REQUEST } else { refusal.status };
    Refusal { status, ..refusal }
}

/// The part of a body that holds a plan, at its own lines and columns.
fn document_of(texts: &Texts, node: &Node) -> Document {
    let text = texts.text(node.origin.file);
    let before = text.get(..node.origin.start).unwrap_or_default();
    let mut bytes: String = before.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
    bytes.push_str(texts.written(node.origin));
    Document { name: BODY.to_owned(), bytes: bytes.into_bytes() }
}

fn given_files(
    given: &BTreeMap<String, GivenFile>,
    app: &App,
) -> Result<BTreeMap<String, Arc<[u8]>>, Refusal> {
    let mut faults = Vec::new();
    let mut files = BTreeMap::new();
    for (name, file) in given {
        let path = format!("files.{}", shown(name));
        let bytes: Option<Arc<[u8]>> = match (&file.id, &file.text) {
            (None, Some(text)) => Some(text.as_bytes().into()),
            (Some(id), None) => app.file(id),
            _ => {
                let violation = Violation::new(Code::Conflict, path);
                faults.push(violation.allowed("either id or text"));
                continue;
            }
        };
        match bytes {
            Some(bytes) => drop(files.insert(name.clone(), bytes)),
            None => faults.push(
                Violation::new(Code::UnknownReference, path)
                    .value(file.id.as_deref().unwrap_or_default())
                    .allowed("the id of a file that was sent")
                    .hint("files are kept for a while: send it again"),
            ),
        }
    }
    if faults.is_empty() { Ok(files) } else { Err(faults.into()) }
}

/// Holds arguments against their schema.
fn checked(schema: &Json, root: &mut Node, texts: &Texts) -> Result<Json, Refusal> {
    let mut faults = Faults::default();
    input::check::check(schema, root, texts, &mut faults);
    // A range without ends lets infinity through, and JSON has no word for it.
    root.walk(&mut Path::default(), &mut |path, node| {
        if matches!(node.value, Value::Float(number) if !number.is_finite()) {
            let violation = Violation::new(Code::NotFinite, path.as_str())
                .value(texts.written(node.origin))
                .allowed("a number must be finite");
            faults.push(node.origin, violation);
        }
    });
    if faults.is_empty() { Ok(root.to_json()) } else { Err(faults.placed(texts).into()) }
}

/// The schema of a request that takes a plan and `arguments` beside it.
pub(crate) fn with_plan(arguments: &Json, plan_keys: &Json) -> Json {
    let mut all = arguments.clone();
    let properties = arguments["properties"].as_object().cloned().unwrap_or_default();
    let mut merged = plan_keys["properties"].as_object().cloned().unwrap_or_default();
    merged.extend(properties);
    all["type"] = json!("object");
    all["properties"] = Json::Object(merged);
    all
}
