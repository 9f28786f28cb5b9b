//! Bytes of TOML or JSON into a [`Node`] tree; every syntax fault with its place.

use std::collections::HashSet;

use jsonc_parser::{CollectOptions, ParseOptions, ast};
use toml::de::{DeTable, DeValue};
use units::{Code, Violation};

use super::hint;
use super::tree::{Entry, Faults, Node, Origin, Path, Texts, Value};

/// Largest file that is read.
pub(crate) const MAX_BYTES: usize = 16 * 1024 * 1024;
/// Most syntax faults that are explained: a text with more is no TOML at all.
const MAX_SYNTAX_FAULTS: usize = 100;
/// Deepest nesting of tables and lists; a plan needs six levels.
const MAX_DEPTH: usize = 64;

/// The text of a file, byte order mark taken off.
///
/// # Errors
/// What makes the bytes no text, named by byte offset.
pub(crate) fn decode(name: &str, bytes: &[u8]) -> Result<String, Box<Violation>> {
    let fault = |code, allowed: &str, hint: String| {
        Box::new(Violation::new(code, "").allowed(allowed).hint(hint).at(name, 0, 0))
    };
    if bytes.len() > MAX_BYTES {
        let found = format!("it has {} bytes", bytes.len());
        return Err(fault(Code::Limit, "a file may have 16 MiB", found));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        let found = "byte 0 is the mark of UTF-16: save the file as UTF-8".into();
        return Err(fault(Code::Syntax, "a file must be UTF-8", found));
    }
    if let Some(at) = bytes.iter().position(|b| *b == 0) {
        let found = format!("byte {at} is NUL: is this UTF-16 or a binary file?");
        return Err(fault(Code::Syntax, "a file must be text", found));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text).to_owned()),
        Err(error) => {
            let found = format!("byte {} is not UTF-8: is it Latin-1?", error.valid_up_to());
            Err(fault(Code::Syntax, "a file must be UTF-8", found))
        }
    }
}

/// Whether a document is JSON: by its name, or by its first character where the name says nothing.
pub(crate) fn is_json(name: &str, text: &str) -> bool {
    match std::path::Path::new(name).extension().and_then(|e| e.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("json") => true,
        Some(extension) if extension.eq_ignore_ascii_case("toml") => false,
        _ => text.trim_start().starts_with('{'),
    }
}

/// The tree of text number `file`; faults are added to `faults`.
pub(crate) fn document(texts: &Texts, file: usize, faults: &mut Faults) -> Option<Node> {
    let text = texts.text(file);
    if text.trim().is_empty() {
        faults.push(
            Origin { file, start: 0, end: 0 },
            Violation::new(Code::Syntax, "")
                .allowed("a plan has at least one key")
                .hint("the file is empty: `hashpivot init` writes one to start from"),
        );
        return None;
    }
    if is_json(texts.name(file), text) {
        json(text, file, faults)
    } else {
        toml(text, file, faults)
    }
}

/// One TOML value on its own, as in `--set path=value`.
pub(crate) fn toml_value(text: &str, file: usize, offset: usize) -> Option<Node> {
    let (value, errors) = DeValue::parse_recoverable(text);
    if !errors.is_empty() {
        return None;
    }
    let mut faults = Faults::default();
    let span = value.span();
    let mut reader = Reader { file, offset, faults: &mut faults, path: Path::default() };
    let node = reader.toml_value(value.into_inner(), span, 0)?;
    faults.is_empty().then_some(node)
}

fn toml(text: &str, file: usize, faults: &mut Faults) -> Option<Node> {
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let mut lines = HashSet::new();
        for error in &errors {
            let span = error.span().unwrap_or(0..0);
            // One slip often makes the parser stumble several times on its line.
            if lines.len() < MAX_SYNTAX_FAULTS && lines.insert(line_start(text, span.start)) {
                let about = hint::toml_syntax(text, span.start, error.message());
                faults.push(
                    Origin { file, start: span.start, end: span.end },
                    Violation::new(Code::Syntax, about.path)
                        .value(about.value)
                        .allowed(format!("not TOML: {}", error.message()))
                        .hint(about.cause),
                );
            }
        }
        return None;
    }
    let span = table.span();
    let mut reader = Reader { file, offset: 0, faults, path: Path::default() };
    let mut root = reader.toml_table(table.into_inner(), span, 0)?;
    // A document's own span is its whole text; faults about it belong to its beginning.
    root.origin.end = root.origin.start;
    Some(root)
}

/// First byte of the line that holds byte `at`.
fn line_start(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1)
}

fn line_text(text: &str, at: usize) -> &str {
    text[line_start(text, at)..].split('\n').next().unwrap_or_default().trim()
}

fn json(text: &str, file: usize, faults: &mut Faults) -> Option<Node> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        // `NaN` is let through so that it can be refused by the name of its field.
        allow_non_finite_numbers: true,
        allow_extended_string_escapes: false,
    };
    match jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &strict) {
        Ok(parsed) => {
            let value = parsed.value?;
            let mut reader = Reader { file, offset: 0, faults, path: Path::default() };
            reader.json_value(&value, 0)
        }
        Err(error) => {
            let range = error.range();
            faults.push(
                Origin { file, start: range.start, end: range.end },
                Violation::new(Code::Syntax, "")
                    .value(line_text(text, range.start))
                    .allowed(format!("not JSON: {}", error.kind()))
                    .hint(hint::json_syntax(text, range.start)),
            );
            None
        }
    }
}

struct Reader<'a> {
    file: usize,
    /// Added to all positions: where the text begins within the file.
    offset: usize,
    faults: &'a mut Faults,
    /// Where a JSON reader is.
    path: Path,
}

impl Reader<'_> {
    fn origin(&self, span: std::ops::Range<usize>) -> Origin {
        Origin { file: self.file, start: span.start + self.offset, end: span.end + self.offset }
    }

    fn too_deep(&mut self, origin: Origin) {
        self.faults.push(
            origin,
            Violation::new(Code::Limit, self.path.as_str())
                .allowed(format!("allowed are {MAX_DEPTH} levels")),
        );
    }

    fn toml_table(
        &mut self,
        table: DeTable<'_>,
        span: std::ops::Range<usize>,
        depth: usize,
    ) -> Option<Node> {
        let origin = self.origin(span);
        if depth > MAX_DEPTH {
            self.too_deep(origin);
            return None;
        }
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let key_origin = self.origin(key.span());
            let span = value.span();
            let node = self.toml_value(value.into_inner(), span, depth + 1)?;
            entries.push(Entry { key: key.into_inner().into_owned(), key_origin, node });
        }
        // The parser sorts by name; files are read in the order in which they are written.
        entries.sort_by_key(|e| e.key_origin.start);
        Some(Node { value: Value::Table(entries), origin })
    }

    fn toml_value(
        &mut self,
        value: DeValue<'_>,
        span: std::ops::Range<usize>,
        depth: usize,
    ) -> Option<Node> {
        let origin = self.origin(span.clone());
        let value = match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or_else(
                    // Too large for an integer: a range check will say so.
                    |_| Value::Float(number.as_str().parse().unwrap_or(f64::INFINITY)),
                    Value::Integer,
                ),
            DeValue::Float(number) => float(number.as_str()),
            DeValue::Boolean(flag) => Value::Bool(flag),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Array(array) => {
                if depth > MAX_DEPTH {
                    self.too_deep(origin);
                    return None;
                }
                let mut elements = Vec::with_capacity(array.len());
                for element in array {
                    let span = element.span();
                    elements.push(self.toml_value(element.into_inner(), span, depth + 1)?);
                }
                Value::Array(elements)
            }
            DeValue::Table(table) => return self.toml_table(table, span, depth),
        };
        Some(Node { value, origin })
    }

    fn json_value(&mut self, value: &ast::Value<'_>, depth: usize) -> Option<Node> {
        use jsonc_parser::common::Ranged as _;
        let range = value.range();
        let origin = self.origin(range.start..range.end);
        if depth > MAX_DEPTH {
            self.too_deep(origin);
            return None;
        }
        let value = match value {
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::BooleanLit(flag) => Value::Bool(flag.value),
            ast::Value::StringLit(text) => Value::Text(text.value.clone().into_owned()),
            ast::Value::NumberLit(number) => {
                number.value.parse().map_or_else(|_| float(number.value), Value::Integer)
            }
            ast::Value::Array(array) => {
                let mut elements = Vec::with_capacity(array.elements.len());
                for (index, element) in array.elements.iter().enumerate() {
                    self.path.push_index(index);
                    let element = self.json_value(element, depth + 1);
                    self.path.pop();
                    elements.push(element?);
                }
                Value::Array(elements)
            }
            ast::Value::Object(object) => {
                let mut entries: Vec<Entry> = Vec::with_capacity(object.properties.len());
                let mut seen = HashSet::new();
                for property in &object.properties {
                    let range = property.name.range();
                    let key_origin = self.origin(range.start..range.end);
                    let key = property.name.as_str();
                    if !seen.insert(key) {
                        self.faults.push(
                            key_origin,
                            Violation::new(Code::Duplicate, self.path.child(key))
                                .allowed("a key may stand once in a table"),
                        );
                        continue;
                    }
                    self.path.push_key(key);
                    let node = self.json_value(&property.value, depth + 1);
                    self.path.pop();
                    entries.push(Entry { key: key.to_owned(), key_origin, node: node? });
                }
                Value::Table(entries)
            }
        };
        Some(Node { value, origin })
    }
}

/// A float as written; what cannot be read as one is refused later as not finite.
fn float(text: &str) -> Value {
    Value::Float(text.replace('_', "").parse().unwrap_or(f64::NAN))
}
