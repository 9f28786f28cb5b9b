//! CSV files that a plan names: rows become tables of the tree, as if they stood in the plan.

use std::collections::HashSet;

use serde_json::{Map, Value as Json};
use units::{Code, Violation};

use super::hint;
use super::tree::{Entry, Faults, Node, Origin, Texts, Value};

/// Most rows of a file.
const MAX_ROWS: usize = 10_000;
/// Most columns of a file.
const MAX_COLUMNS: usize = 1_000;
/// Longest field in bytes.
const MAX_FIELD: usize = 64 * 1024;

/// The rows of text number `file` as tables of the schema `item`; `path` is where they belong.
///
/// Empty fields are left out. Numbers become numbers, everything else text: the schema judges
/// them like any other value. Wrong columns are named once, at the header.
pub(crate) fn rows(
    texts: &Texts,
    file: usize,
    path: &str,
    item: &Json,
    faults: &mut Faults,
) -> Vec<Node> {
    let text = texts.text(file);
    let top = Origin { file, start: 0, end: 0 };
    let none = Map::new();
    let known = item.get("properties").and_then(Json::as_object).unwrap_or(&none);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::ByteRecord::new();
    let mut header: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let what = format!("not CSV: {error}");
                faults.push(top, Violation::new(Code::Syntax, path).allowed(what));
                return rows;
            }
        }
        let byte = |at: u64| usize::try_from(at).unwrap_or(text.len()).min(text.len());
        let start = record.position().map_or(0, |p| byte(p.byte()));
        // Blank lines before a record belong to its position.
        let start = start + leading_blank(&text[start..]);
        let origin = Origin { file, start, end: byte(reader.position().byte()).max(start) };
        let fields: Vec<String> =
            record.iter().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
        if fields.len() > MAX_COLUMNS || fields.iter().any(|field| field.len() > MAX_FIELD) {
            let violation = Violation::new(Code::Limit, path)
                .allowed("a row may have 1000 fields of 64 KiB")
                .hint("is a quote left open?");
            faults.push(origin, violation);
            return rows;
        }
        let Some(columns) = &header else {
            let good = header_is_good(&fields, path, origin, text, item, faults);
            if !good {
                return rows;
            }
            header = Some(fields);
            continue;
        };
        if fields.len() != columns.len() {
            let violation = Violation::new(Code::Syntax, format!("{path}[{}]", rows.len()))
                .value(texts.written(origin).trim())
                .allowed(format!("must have {} fields, has {}", columns.len(), fields.len()))
                .hint(ragged(&fields));
            faults.push(origin, violation);
            continue;
        }
        if rows.len() == MAX_ROWS {
            let violation = Violation::new(Code::Limit, path).allowed("a file may have 10000 rows");
            faults.push(origin, violation);
            return rows;
        }
        rows.push(row(columns, &fields, origin, text, known));
    }
    if rows.is_empty() && faults.is_empty() {
        faults.push(top, Violation::new(Code::Syntax, path).allowed("needs data rows, has 0"));
    }
    rows
}

fn header_is_good(
    columns: &[String],
    path: &str,
    origin: Origin,
    text: &str,
    item: &Json,
    faults: &mut Faults,
) -> bool {
    let none = Map::new();
    let known = item.get("properties").and_then(Json::as_object).unwrap_or(&none);
    let places = field_origins(origin, text);
    if let [only] = columns
        && only.contains([';', '\t'])
    {
        let violation = Violation::new(Code::Syntax, path)
            .value(only)
            .allowed("columns are separated by commas")
            .hint("this file uses semicolons or tabs");
        faults.push(origin, violation);
        return false;
    }
    let mut good = true;
    let mut seen = HashSet::new();
    let mut meant = Vec::new();
    for (column, name) in columns.iter().enumerate() {
        let at = places.get(column).copied().unwrap_or(origin);
        let place = format!("{path}[0].{name}");
        if !seen.insert(name) {
            let violation =
                Violation::new(Code::Duplicate, place).allowed("a column may stand once");
            faults.push(at, violation);
            good = false;
        } else if !known.contains_key(name) {
            let guess = hint::key(name.trim(), known);
            meant.extend(guess.as_ref().map(|(key, _)| *key));
            let violation = Violation::new(Code::UnknownKey, place)
                .value(format!("{name:?}"))
                .allowed("no such column")
                .hint(guess.map(|(_, why)| why).unwrap_or_default());
            faults.push(at, violation);
            good = false;
        }
    }
    let required = item.get("required").and_then(Json::as_array);
    for key in required.into_iter().flatten().filter_map(Json::as_str) {
        if !columns.iter().any(|c| c == key) && !meant.contains(&key) {
            let violation = Violation::new(Code::Missing, format!("{path}[0].{key}"))
                .allowed("this column must be given")
                .hint(format!("found {}", columns.join(", ")));
            faults.push(origin, violation);
            good = false;
        }
    }
    good
}

fn ragged(fields: &[String]) -> &'static str {
    let split_number = fields.windows(2).any(|pair| {
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        digits(pair[0].trim_start_matches('-')) && digits(&pair[1])
    });
    if split_number { "a comma inside a number splits it: write a decimal point" } else { "" }
}

fn row(
    columns: &[String],
    fields: &[String],
    origin: Origin,
    text: &str,
    known: &Map<String, Json>,
) -> Node {
    let places = field_origins(origin, text);
    let mut entries = Vec::with_capacity(columns.len());
    for (column, (name, field)) in columns.iter().zip(fields).enumerate() {
        let field = field.trim();
        if field.is_empty() {
            continue;
        }
        let kind = known.get(name).and_then(|property| property.get("type")).and_then(Json::as_str);
        let value = match (kind, plain_number(field)) {
            (Some("string"), _) => Value::Text(field.into()),
            (_, Some(number)) => number,
            (Some("boolean"), None) if field == "true" || field == "false" => {
                Value::Bool(field == "true")
            }
            (_, None) => Value::Text(field.into()),
        };
        let place = places.get(column).copied().unwrap_or(origin);
        let node = Node { value, origin: place };
        entries.push(Entry { key: name.clone(), key_origin: place, node });
    }
    Node { value: Value::Table(entries), origin }
}

/// A number as `f64` reads it, `nan` and `inf` as well: they are refused by the name of their
/// field.
fn plain_number(text: &str) -> Option<Value> {
    match text.parse::<i64>() {
        Ok(whole) => Some(Value::Integer(whole)),
        Err(_) => text.parse().ok().map(Value::Float),
    }
}

fn leading_blank(text: &str) -> usize {
    text.len() - text.trim_start_matches(['\n', '\r']).len()
}

/// The places of a record's fields: counted through it as written, quotes respected.
fn field_origins(record: Origin, text: &str) -> Vec<Origin> {
    let written = text.get(record.start..record.end).unwrap_or_default();
    let field = |from: usize, to: usize| Origin {
        file: record.file,
        start: record.start + from,
        end: record.start + to,
    };
    let mut places = Vec::new();
    let mut quoted = false;
    let mut begin = 0;
    for (at, byte) in written.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                places.push(field(begin, at));
                begin = at + 1;
            }
            b'\n' | b'\r' if !quoted => {
                places.push(field(begin, at));
                return places;
            }
            _ => {}
        }
    }
    places.push(field(begin, written.len()));
    places
}
