//! Plan files: from bytes to a plan that can be valued, or all that is wrong with them.
//!
//! One source of truth: the mirror structs ([`plan::Plan`]) give the published schema
//! ([`schema()`]), the schema drives the checker, and what is clean is read into the structs. The
//! order is fixed: text, tree, layers (`--overlay`, `--set`), CSV files, schema, defaults, and
//! what no schema can say.
//!
//! ```
//! use hashpivot::input::{self, Document, Sources};
//! let sources = Sources { sets: vec!["bitcoin.price_usd_per_btc=100_000".into()],
//!     ..Sources::of(Document::example()) };
//! let loaded = input::load(&sources, &input::no_files).map_err(|faults| faults[0].to_string())?;
//! assert_eq!(loaded.plan.bitcoin.price_usd_per_btc.get(), 100_000.0);
//! // A slip is named with its place, the range and the likely cause.
//! let sources = Sources { sets: vec!["bitcoin.pool_fee_frac=2".into()], ..sources };
//! let faults = input::load(&sources, &input::no_files).err().unwrap_or_default();
//! assert!(faults[0].hint.contains("percent"));
//! # Ok::<(), String>(())
//! ```

mod build;
pub(crate) mod check;
mod classes;
pub mod contract;
pub(crate) mod edge;
mod fields;
pub mod financing;
mod hint;
mod history;
mod merge;
mod network;
pub mod offer;
mod own;
pub mod plan;
mod power;
mod print;
mod read;
pub mod response;
mod running;
mod schema;
mod semantic;
mod series;
mod table;
pub(crate) mod tree;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io;

use hashcost::Isa;
use serde_json::json;
use sha2::{Digest, Sha256};
use units::{Code, Violation};

pub use build::Built;
pub use classes::read_classes;
pub use edge::{FirstOfMonth, Id, N, Q};
pub use fields::{NumberField, numbers};
pub(crate) use hint::word as nearest;
pub use history::{built_in_history, read_history};
pub use network::{NetworkLine, ResponseInput, ResponseLine};
use plan::Plan;
pub use power::{SitePower, options as series_options};
pub use print::toml_text;
#[cfg(feature = "serve")]
pub(crate) use read::{MAX_BYTES, decode, document, is_json};
pub(crate) use running::{hangs_together, running_class};
#[cfg(feature = "serve")]
pub(crate) use schema::without_null;
pub use series::{Label, Quantity, SeriesOptions, SeriesRead, read_series};
use tree::{Faults, Node, Path, Texts, Value};
pub use tree::{Origins, Place};

use crate::defaults::{self, DefaultUsed};
use crate::facts::Status;
use crate::output::hexadecimal;

/// The built-in example: three sites, one budget; runs as it is.
pub fn example_text() -> &'static str {
    include_str!("example.toml")
}

/// The schema of a plan, JSON Schema draft 2020-12: units (`x-unit`), ranges, words, descriptions
/// and defaults of every key.
pub fn schema() -> serde_json::Value {
    schema::SCHEMA.clone()
}

/// A file with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Name as the user gave it; faults carry it. `.json` is read as JSON, `.toml` as TOML.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

impl Document {
    /// The built-in example.
    pub fn example() -> Self {
        Self { name: "example.toml".into(), bytes: example_text().into() }
    }
}

/// All that makes up a plan: later layers win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// The plan.
    pub base: Document,
    /// Files laid over it, in order.
    pub overlays: Vec<Document>,
    /// `path=value`, in order.
    pub sets: Vec<String>,
}

impl Sources {
    /// A plan alone.
    pub fn of(base: Document) -> Self {
        Self { base, overlays: Vec::new(), sets: Vec::new() }
    }
}

/// A built-in fact that a plan relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactUsed {
    /// Path of the key that names it.
    pub path: String,
    /// Its name in the table.
    pub name: &'static str,
    /// Whether its source could be seen.
    pub status: Status,
    /// Its source.
    pub source: &'static str,
}

/// A plan that can be valued.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The plan, defaults filled in, rows of CSV files in their place.
    pub plan: Plan,
    /// Where each value came from.
    pub origins: Origins,
    /// SHA-256 of the merged input, CSV files included, in hexadecimal: the same for TOML and
    /// JSON, any order of keys, `46` and `46.0`.
    pub digest_sha256: String,
    /// What was filled in.
    pub defaults_used: Vec<DefaultUsed>,
    /// Rows of built-in tables that the plan relies on.
    pub facts_used: Vec<FactUsed>,
    /// What is allowed but looks odd.
    pub warnings: Vec<Violation>,
    /// Power contracts by site, with the series behind them.
    pub power: BTreeMap<String, SitePower>,
    /// Instruction set that kernels use for it: the widest of this processor unless changed.
    pub isa: Isa,
}

/// A reader for plans that name no files.
///
/// # Errors
/// Always: there are no files.
pub fn no_files(name: &str) -> io::Result<Vec<u8>> {
    Err(io::Error::new(io::ErrorKind::NotFound, format!("no files can be read here: {name}")))
}

/// Reads and checks a plan; `read` gives the bytes of a file that the plan names.
///
/// # Errors
/// Everything that is wrong at the first stage that finds a fault, in the order of the files.
pub fn load(
    sources: &Sources,
    read: &dyn Fn(&str) -> io::Result<Vec<u8>>,
) -> Result<Loaded, Vec<Violation>> {
    let mut texts = Texts::default();
    let mut root = layers(sources, &mut texts)?;

    let mut files = BTreeMap::new();
    let input = root.to_json();
    let mut faults = Faults::default();
    splice_files(&mut root, read, &mut texts, &mut files, &mut faults);
    check::check(&schema::SCHEMA, &mut root, &texts, &mut faults);
    if !faults.is_empty() {
        return Err(faults.placed(&texts));
    }

    let defaults_used = defaults::fill(&schema::SCHEMA, &mut root);
    let plan: Plan = serde_json::from_value(root.to_json()).map_err(|error| {
        // Unreachable unless schema and structs disagree, which a test rules out.
        vec![Violation::new(Code::Type, "").hint(error.to_string())]
    })?;
    let origins = Origins::of(root, texts);
    let judged = semantic::judge(&plan, &origins);
    if !judged.faults.is_empty() {
        return Err(judged.faults.placed(origins.texts()));
    }
    let power = power::of_plan(&plan, read, &mut files).map_err(|violations| {
        // What is wrong inside a series carries the line of its own file.
        let placed = |violation: Violation| match violation.line {
            0 => {
                let place = origins.texts().place(origins.nearest(&violation.path));
                violation.at(place.file, place.line, place.column)
            }
            _ => violation,
        };
        violations.into_iter().map(placed).collect::<Vec<_>>()
    })?;
    Ok(Loaded {
        power,
        digest_sha256: hexadecimal(&Sha256::digest(
            json!({ "plan": input, "files": files }).to_string().as_bytes(),
        )),
        warnings: judged.warnings.placed(origins.texts()),
        facts_used: judged.facts,
        plan,
        origins,
        defaults_used,
        isa: Isa::best(),
    })
}

/// Base, overlays and assignments as one document, before it is checked: no defaults, and files
/// still by their names.
///
/// # Errors
/// What keeps the layers from being read or laid over each other.
pub fn merged(sources: &Sources) -> Result<serde_json::Value, Vec<Violation>> {
    Ok(layers(sources, &mut Texts::default())?.to_json())
}

/// Base, overlays and assignments as one tree.
fn layers(sources: &Sources, texts: &mut Texts) -> Result<Node, Vec<Violation>> {
    let mut trees = Vec::new();
    let mut faults = Faults::default();
    let mut undecodable = Vec::new();
    for document in std::iter::once(&sources.base).chain(&sources.overlays) {
        match read::decode(&document.name, &document.bytes) {
            Ok(text) => {
                let file = texts.add(&document.name, text);
                trees.extend(read::document(texts, file, &mut faults));
            }
            Err(violation) => undecodable.push(*violation),
        }
    }
    if !undecodable.is_empty() || !faults.is_empty() {
        undecodable.extend(faults.placed(texts));
        return Err(undecodable);
    }
    let Some(mut root) = trees.into_iter().reduce(|mut base, over| {
        merge::overlay(&mut base, over);
        base
    }) else {
        return Err(vec![Violation::new(Code::Syntax, "").allowed("a plan has at least one key")]);
    };
    for assignment in &sources.sets {
        merge::set(&mut root, assignment, texts, &mut faults);
    }
    if faults.is_empty() { Ok(root) } else { Err(faults.placed(texts)) }
}

/// Puts the rows of every CSV file that the plan names where they belong.
fn splice_files(
    root: &mut Node,
    read: &dyn Fn(&str) -> io::Result<Vec<u8>>,
    texts: &mut Texts,
    files: &mut BTreeMap<String, String>,
    faults: &mut Faults,
) {
    let mut splice = |table: &mut Node, path: &str, from: &str, into: &str, item: &str| {
        // Anything but text is left in place for the schema to refuse.
        let Some(name) = table.get(from).and_then(Node::text).map(str::to_owned) else { return };
        let Some(reference) = table.remove(from) else { return };
        let bytes = match read(&name) {
            Ok(bytes) => bytes,
            Err(error) => {
                let violation = Violation::new(Code::Io, format!("{path}.{from}"))
                    .value(&name)
                    .allowed("cannot be read")
                    .hint(error.to_string());
                return faults.push(reference.origin, violation);
            }
        };
        files.insert(name.clone(), hexadecimal(&Sha256::digest(&bytes)));
        let text = match read::decode(&name, &bytes) {
            Ok(text) => text,
            Err(mut violation) => {
                violation.path = format!("{path}.{from}");
                violation.hint = format!("{name}: {}", violation.hint);
                return faults.push(reference.origin, *violation);
            }
        };
        let file = texts.add(&name, text);
        let item = schema::SCHEMA.pointer(&format!("/$defs/{item}")).unwrap_or(&json!({})).clone();
        let rows = table::rows(texts, file, &format!("{path}.{into}"), &item, faults);
        match table.get_mut(into) {
            None => {
                table.set(into, Node { value: Value::Array(rows), origin: reference.origin });
            }
            Some(Node { value: Value::Array(inline), .. }) => inline.extend(rows),
            Some(_) => {}
        }
    };
    if let Some(bitcoin) = root.get_mut("bitcoin") {
        splice(bitcoin, "bitcoin", "path_file", "path", "PathMonth");
        if let Some(response) = bitcoin.get_mut("response") {
            splice(response, "bitcoin.response", "cohort_file", "cohort", "CohortRow");
        }
    }
    if let Some(Node { value: Value::Array(sites), .. }) = root.get_mut("site") {
        for (index, site) in sites.iter_mut().enumerate() {
            let mut path = Path::default();
            path.push_key("site");
            path.push_element(index, site);
            splice(site, path.as_str(), "machine_file", "machine", "Machine");
            let Some(Node { value: Value::Array(machines), .. }) = site.get_mut("machine") else {
                continue;
            };
            for (index, machine) in machines.iter_mut().enumerate() {
                let path = format!("{}.machine[{index}]", path.as_str());
                splice(machine, &path, "point_file", "point", "LadderPoint");
            }
        }
    }
}
