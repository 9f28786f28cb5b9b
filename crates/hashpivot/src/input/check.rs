//! Holds a tree against the published schema and collects every fault with its likely cause.
//!
//! The schema is the one that users see, so what it promises is what is checked: there is no
//! second list of keys, ranges or words.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};
use units::{Code, Violation};

use super::edge::{FIRST_OF_MONTH_PATTERN, FirstOfMonth, ID_PATTERN, Id};
use super::hint;
use super::tree::{Entry, Faults, Node, Origin, Path, Texts, Value};

/// Checks `root` against `schema`; whole numbers written as floats become integers, and -0 becomes
/// 0, so that what is clean can be read by the mirror structs.
pub(crate) fn check(schema: &Json, root: &mut Node, texts: &Texts, faults: &mut Faults) {
    Checker { schema, texts, faults, path: Path::default() }.node(schema, root);
}

/// The schema that `schema` refers to, or itself.
pub(crate) fn resolve<'s>(root: &'s Json, schema: &'s Json) -> &'s Json {
    let target = schema
        .get("$ref")
        .and_then(Json::as_str)
        .and_then(|reference| reference.strip_prefix('#'))
        .and_then(|pointer| root.pointer(pointer));
    target.unwrap_or(schema)
}

/// The variants of a tagged table: its tag, and each word with the schema that it selects.
pub(crate) fn variants(schema: &Json) -> Option<(&str, Vec<(&str, &Json)>)> {
    let variants = schema.get("oneOf")?.as_array()?;
    let tag = variants.first()?.get("properties")?.as_object()?.iter();
    let tag = tag.clone().find(|(_, property)| property.get("const").is_some())?.0.as_str();
    let words = variants.iter().filter_map(|variant| {
        Some((variant.get("properties")?.get(tag)?.get("const")?.as_str()?, variant))
    });
    Some((tag, words.collect()))
}

/// The words that a field allows, if it is one of words.
pub(crate) fn words(schema: &Json) -> Option<Vec<&str>> {
    if let Some(words) = schema.get("enum").and_then(Json::as_array) {
        return words.iter().map(Json::as_str).collect();
    }
    if let Some(word) = schema.get("const").and_then(Json::as_str) {
        return Some(vec![word]);
    }
    let choices = schema.get("oneOf")?.as_array()?;
    choices.iter().map(|choice| choice.get("const").and_then(Json::as_str)).collect()
}

struct Checker<'a> {
    schema: &'a Json,
    texts: &'a Texts,
    faults: &'a mut Faults,
    path: Path,
}

impl<'a> Checker<'a> {
    fn node(&mut self, schema: &'a Json, node: &mut Node) {
        let schema = resolve(self.schema, schema);
        if let Some((tag, variants)) = variants(schema) {
            return self.tagged(tag, &variants, node);
        }
        if let Some(words) = words(schema) {
            return self.word(&words, node);
        }
        match schema.get("type").and_then(Json::as_str) {
            Some("object") => self.table(schema, node),
            Some("array") => self.array(schema, node),
            Some("number") => self.number(schema, node),
            Some("integer") => self.whole(schema, node),
            Some("boolean") if !matches!(node.value, Value::Bool(_)) => {
                self.wrong_kind(node, "true or false", schema);
            }
            Some("string") => self.string(schema, node),
            _ => {}
        }
    }

    fn fault(&mut self, origin: Origin, violation: Violation) {
        self.faults.push(origin, violation);
    }

    fn written(&self, node: &Node) -> String {
        self.texts.written(node.origin).trim().to_owned()
    }

    fn at(&self, code: Code, node: &Node) -> Violation {
        Violation::new(code, self.path.as_str()).value(self.written(node))
    }

    fn wrong_kind(&mut self, node: &Node, expected: &str, schema: &Json) {
        let mut violation = self.at(Code::Type, node).allowed(format!("must be {expected}"));
        if let Some(unit) = unit(schema) {
            violation = violation.unit(format!("({unit})"));
        }
        let numeric = expected.contains("number");
        let guess = match &node.value {
            Value::Text(text) | Value::Date(text) if numeric => hint::number(text),
            Value::Text(text) if expected == "true or false" => {
                matches!(text.as_str(), "true" | "false")
                    .then(|| format!("write {text} without quotes"))
            }
            Value::Integer(_) | Value::Float(_) if expected == "text" => {
                Some("text needs quotes".into())
            }
            Value::Table(_) if expected == "a list" => {
                Some("a list of tables is written with [[...]] or [{ ... }]".into())
            }
            Value::Null => Some("leave the key out where there is no value".into()),
            _ => None,
        };
        self.fault(node.origin, violation.hint(guess.unwrap_or_default()));
    }

    fn tagged(&mut self, tag: &'a str, variants: &[(&'a str, &'a Json)], node: &mut Node) {
        if !matches!(node.value, Value::Table(_)) {
            return self.wrong_kind(node, "a table", &Json::Null);
        }
        let allowed: Vec<&str> = variants.iter().map(|(word, _)| *word).collect();
        let Some(found) = node.get(tag) else {
            let violation = Violation::new(Code::Missing, self.path.child(tag))
                .allowed(format!("must be one of {}", allowed.join(", ")));
            return self.fault(node.origin, violation);
        };
        let chosen = found.text().and_then(|word| variants.iter().find(|(w, _)| *w == word));
        if let Some((_, schema)) = chosen {
            return self.table(schema, node);
        }
        let found = found.clone();
        self.path.push_key(tag);
        self.word(&allowed, &found);
        self.path.pop();
    }

    fn word(&mut self, allowed: &[&str], node: &Node) {
        let Value::Text(text) = &node.value else {
            return self.wrong_kind(node, "text", &Json::Null);
        };
        if allowed.contains(&text.as_str()) {
            return;
        }
        let nearest = hint::word(text, allowed.iter().copied());
        let violation = self
            .at(Code::UnknownWord, node)
            .allowed(format!("must be one of {}", allowed.join(", ")))
            .hint(nearest.map(|word| format!("did you mean {word}?")).unwrap_or_default());
        self.fault(node.origin, violation);
    }

    fn table(&mut self, schema: &'a Json, node: &mut Node) {
        let origin = node.origin;
        let Value::Table(entries) = &mut node.value else {
            return self.wrong_kind(node, "a table", schema);
        };
        let Some(known) = schema.get("properties").and_then(Json::as_object) else { return };
        let mut meant = Vec::new();
        for entry in entries.iter_mut() {
            if let Some(property) = known.get(&entry.key) {
                self.path.push_key(&entry.key);
                self.node(property, &mut entry.node);
                self.path.pop();
            } else {
                meant.extend(self.unknown_key(entry, known));
            }
        }
        let required = schema.get("required").and_then(Json::as_array);
        for key in required.into_iter().flatten().filter_map(Json::as_str) {
            // A misspelt key is one mistake, not two.
            let present = entries.iter().any(|e| e.key == key) || meant.contains(&key);
            if let (false, Some(property)) = (present, known.get(key)) {
                let violation = self.missing(key, resolve(self.schema, property));
                self.fault(origin, violation);
            }
        }
    }

    /// Reports a key that nobody reads; returns the key that was probably meant.
    fn unknown_key(&mut self, entry: &Entry, known: &'a Map<String, Json>) -> Option<&'a str> {
        let guess = hint::key(&entry.key, known);
        let allowed = match &guess {
            Some(_) => "no such key".into(),
            None => format!(
                "no such key; known are {}",
                known.keys().map(String::as_str).collect::<Vec<_>>().join(", ")
            ),
        };
        let path = self.path.child(&Violation::new(Code::UnknownKey, "").value(&entry.key).value);
        let violation = Violation::new(Code::UnknownKey, path)
            .allowed(allowed)
            .hint(guess.as_ref().map(|(_, why)| why.clone()).unwrap_or_default());
        self.fault(entry.key_origin, violation);
        guess.map(|(key, _)| key)
    }

    fn missing(&self, key: &str, property: &Json) -> Violation {
        let mut violation =
            Violation::new(Code::Missing, self.path.child(key)).allowed("must be given");
        if let Some(unit) = unit(property) {
            violation = violation.unit(format!("({unit})"));
        }
        let description = property.get("description").and_then(Json::as_str).unwrap_or_default();
        let first_line = description.lines().next().unwrap_or_default();
        violation.hint(first_line.trim_end_matches('.'))
    }

    fn array(&mut self, schema: &'a Json, node: &mut Node) {
        let origin = node.origin;
        let Value::Array(elements) = &mut node.value else {
            return self.wrong_kind(node, "a list", schema);
        };
        let least = schema.get("minItems").and_then(Json::as_u64).unwrap_or(0);
        if (elements.len() as u64) < least {
            let violation = Violation::new(Code::Missing, self.path.as_str())
                .allowed(format!("needs at least {least}"));
            self.fault(origin, violation);
        }
        let mut ids: HashMap<String, Origin> = HashMap::new();
        for element in elements.iter() {
            let Some(id) = element.get("id") else { continue };
            let Some(first) = ids.insert(id.text().unwrap_or_default().to_lowercase(), id.origin)
            else {
                continue;
            };
            let first = self.texts.place(first);
            let path = self.path.child(id.text().unwrap_or_default());
            let violation = Violation::new(Code::Duplicate, format!("{path}.id"))
                .value(self.written(id))
                .allowed("an id may stand once, whatever its letter case")
                .hint(format!("it stands on line {} of {} as well", first.line, first.file));
            self.fault(id.origin, violation);
        }
        if let Some(items) = schema.get("items") {
            for (index, element) in elements.iter_mut().enumerate() {
                self.path.push_element(index, element);
                self.node(items, element);
                self.path.pop();
            }
        }
    }

    fn number(&mut self, schema: &'a Json, node: &mut Node) {
        let value = match &mut node.value {
            Value::Integer(number) => {
                #[expect(clippy::cast_precision_loss, reason = "rounds as the decimal text would")]
                let value = *number as f64;
                value
            }
            Value::Float(number) => {
                // Adding zero turns -0.0 into 0.0.
                *number += 0.0;
                *number
            }
            _ => return self.wrong_kind(node, "a number", schema),
        };
        self.range(schema, node, value);
    }

    fn whole(&mut self, schema: &'a Json, node: &mut Node) {
        match node.value {
            #[expect(clippy::cast_precision_loss, reason = "ranges are far below 2^53")]
            Value::Integer(number) => self.range(schema, node, number as f64),
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
                #[expect(clippy::cast_possible_truncation, reason = "whole and below 1e15")]
                {
                    node.value = Value::Integer(number as i64);
                }
                self.range(schema, node, number);
            }
            Value::Float(number) if number.is_finite() && number.abs() < 1e15 => {
                self.wrong_kind(node, "a whole number", schema);
            }
            Value::Float(number) => self.range(schema, node, number),
            _ => self.wrong_kind(node, "a whole number", schema),
        }
    }

    fn range(&mut self, schema: &Json, node: &Node, value: f64) {
        let bound = |key: &str| schema.get(key).and_then(Json::as_f64);
        let unless_zero = bound("x-minimum-unless-zero");
        let min = unless_zero.or(bound("minimum")).unwrap_or(f64::NEG_INFINITY);
        let max = bound("maximum").unwrap_or(f64::INFINITY);
        if (min..=max).contains(&value) || (unless_zero.is_some() && value == 0.0) {
            return;
        }
        let code = if value.is_finite() { Code::Range } else { Code::NotFinite };
        let or_zero = if unless_zero.is_some() { " or exactly 0" } else { "" };
        let guess = if value.is_finite() {
            hint::slip(schema, value)
        } else {
            Some("a number must be finite".into())
        };
        let violation = self
            .at(code, node)
            .allowed(format!("allowed {min}..={max}{or_zero}"))
            .unit(unit(schema).unwrap_or_default())
            .hint(guess.unwrap_or_default());
        self.fault(node.origin, violation);
    }

    fn string(&mut self, schema: &'a Json, node: &mut Node) {
        let pattern = schema.get("pattern").and_then(Json::as_str);
        if pattern == Some(FIRST_OF_MONTH_PATTERN) {
            return self.first_of_month(schema, node);
        }
        let Value::Text(text) = &node.value else {
            return self.wrong_kind(node, "text", schema);
        };
        if pattern == Some(ID_PATTERN) && !Id::allows(text) {
            let violation = self
                .at(Code::Type, node)
                .allowed("an id has 1..=64 letters, digits, - or _, and begins with no sign")
                .hint("`name` may be any text");
            self.fault(node.origin, violation);
        }
    }

    fn first_of_month(&mut self, schema: &'a Json, node: &mut Node) {
        let (Value::Text(text) | Value::Date(text)) = &node.value else {
            return self.wrong_kind(node, "a date such as 2026-12-01", schema);
        };
        if FirstOfMonth::parse(text).is_some() {
            return;
        }
        let first = text.get(..8).map(|head| format!("{head}01"));
        let first = first.filter(|f| text.len() == 10 && FirstOfMonth::parse(f).is_some());
        let day = text.get(8..).and_then(|day| day.parse::<u32>().ok());
        let (code, guess) = match first {
            Some(first) if day.is_some_and(|day| (1..=31).contains(&day)) => {
                (Code::DateOrder, format!("did you mean {first}? months are whole"))
            }
            _ => (Code::Type, "a date is year-month-day, such as 2026-12-01".into()),
        };
        let violation = self
            .at(code, node)
            .allowed("must be the first of a month, years 1900..=2200")
            .hint(guess);
        self.fault(node.origin, violation);
    }
}

fn unit(schema: &Json) -> Option<&str> {
    schema.get("x-unit").and_then(Json::as_str)
}
