//! What a file says, with the place where it says it: values before anybody has judged them.

use std::fmt::Write as _;

use units::Violation;

/// Where a value stands: a byte range of one of the [`Texts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// Index into the texts.
    pub file: usize,
    /// First byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Origin {
    /// Of values that no file gave: defaults.
    pub(crate) const NOWHERE: Self = Self { file: usize::MAX, start: 0, end: 0 };
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub value: Value,
    pub origin: Origin,
}

/// A value of TOML or JSON.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    /// A TOML date or time, as written.
    Date(String),
    Array(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key of a table with its value.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub key: String,
    pub key_origin: Origin,
    pub node: Node,
}

impl Node {
    /// The value under `key`, if this is a table that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|e| e.key == key).map(|e| &e.node),
            _ => None,
        }
    }

    /// The value under `key`, to be changed.
    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        match &mut self.value {
            Value::Table(entries) => entries.iter_mut().find(|e| e.key == key).map(|e| &mut e.node),
            _ => None,
        }
    }

    /// Takes `key` out of this table.
    pub(crate) fn remove(&mut self, key: &str) -> Option<Self> {
        let Value::Table(entries) = &mut self.value else { return None };
        let at = entries.iter().position(|e| e.key == key)?;
        Some(entries.remove(at).node)
    }

    /// Sets `key` of this table; does nothing to what is no table.
    pub(crate) fn set(&mut self, key: &str, node: Self) {
        let Value::Table(entries) = &mut self.value else { return };
        match entries.iter_mut().find(|e| e.key == key) {
            Some(entry) => entry.node = node,
            None => entries.push(Entry { key: key.into(), key_origin: node.origin, node }),
        }
    }

    /// The text, if it is text or a date.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Date(text) => Some(text),
            _ => None,
        }
    }

    /// What `segment` of a path leads to: a key of a table, `[index]` or id of a list.
    pub(crate) fn below(&self, segment: &str) -> Option<&Self> {
        match &self.value {
            Value::Array(elements) => position(elements, segment).map(|at| &elements[at]),
            _ => self.get(segment),
        }
    }

    /// The id by which this table is addressed in a path.
    pub(crate) fn id(&self) -> Option<&str> {
        self.get("id").and_then(Self::text)
    }

    /// As plain JSON; numbers that are whole become integers where `f64` holds them exactly, so
    /// that `46` and `46.0` are the same input.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(flag) => (*flag).into(),
            Value::Integer(number) => (*number).into(),
            Value::Float(number) => json_number(*number),
            Value::Text(text) | Value::Date(text) => text.as_str().into(),
            Value::Array(elements) => elements.iter().map(Self::to_json).collect(),
            Value::Table(entries) => {
                let mut keyed: Vec<_> =
                    entries.iter().map(|e| (e.key.clone(), e.node.to_json())).collect();
                keyed.sort_by(|a, b| a.0.cmp(&b.0));
                serde_json::Value::Object(keyed.into_iter().collect())
            }
        }
    }

    /// Calls `visit` with every path and node, parents first.
    pub(crate) fn walk<'a>(&'a self, path: &mut Path, visit: &mut impl FnMut(&Path, &'a Self)) {
        visit(path, self);
        match &self.value {
            Value::Table(entries) => {
                for entry in entries {
                    path.push_key(&entry.key);
                    entry.node.walk(path, visit);
                    path.pop();
                }
            }
            Value::Array(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    path.push_element(index, element);
                    element.walk(path, visit);
                    path.pop();
                }
            }
            _ => {}
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
fn json_number(number: f64) -> serde_json::Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        return (number as i64).into();
    }
    number.into()
}

/// Index of the element with that id, or of `[index]`.
pub(crate) fn position(elements: &[Node], segment: &str) -> Option<usize> {
    let index = segment.strip_prefix('[').and_then(|s| s.strip_suffix(']'));
    match index {
        Some(index) => index.parse().ok().filter(|i| *i < elements.len()),
        None => elements.iter().position(|e| e.id() == Some(segment)),
    }
}

/// The keys, ids and `[indices]` of a path.
pub(crate) fn segments(path: &str) -> Vec<&str> {
    let parts = path.split('.').flat_map(|part| {
        let (name, indices) = part.split_at(part.find('[').unwrap_or(part.len()));
        std::iter::once(name).chain(indices.split_inclusive(']'))
    });
    parts.filter(|segment| !segment.is_empty()).collect()
}

/// The path of a value in words, `site.cedar-fork.machine[0].units`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    text: String,
    lengths: Vec<usize>,
}

impl Path {
    pub(crate) fn push_key(&mut self, key: &str) {
        self.lengths.push(self.text.len());
        if !self.text.is_empty() {
            self.text.push('.');
        }
        self.text.push_str(key);
    }

    /// Elements that have an id are addressed by it, others by their index from 0.
    pub(crate) fn push_element(&mut self, index: usize, element: &Node) {
        if let Some(id) = element.id() {
            self.push_key(id);
        } else {
            self.push_index(index);
        }
    }

    pub(crate) fn push_index(&mut self, index: usize) {
        self.lengths.push(self.text.len());
        // Writing to a string cannot fail.
        let _ = write!(self.text, "[{index}]");
    }

    pub(crate) fn pop(&mut self) {
        if let Some(length) = self.lengths.pop() {
            self.text.truncate(length);
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The path of `key` below this one.
    pub(crate) fn child(&self, key: &str) -> String {
        if self.text.is_empty() { key.into() } else { format!("{}.{key}", self.text) }
    }
}

/// The texts that were read, by which places become lines and columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    files: Vec<(String, String)>,
}

/// Name under which `--set` stands as a file.
pub(crate) const SET: &str = "--set";

impl Texts {
    /// Adds a text; its index is the `file` of origins.
    pub(crate) fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> usize {
        self.files.push((name.into(), text.into()));
        self.files.len() - 1
    }

    pub(crate) fn name(&self, file: usize) -> &str {
        self.files.get(file).map_or("", |f| &f.0)
    }

    pub(crate) fn text(&self, file: usize) -> &str {
        self.files.get(file).map_or("", |f| &f.1)
    }

    /// The value as written.
    pub(crate) fn written(&self, origin: Origin) -> &str {
        self.text(origin.file).get(origin.start..origin.end).unwrap_or_default()
    }

    /// File, line and column (characters, from 1).
    pub(crate) fn place(&self, origin: Origin) -> Place {
        Cursor::default().place(self, origin)
    }
}

/// Finds places one after the other, so that many of them cost one walk through the text.
#[derive(Default)]
struct Cursor {
    file: usize,
    at: usize,
    line: usize,
    column: usize,
}

impl Cursor {
    /// The place of `origin`; quickest if origins rise.
    fn place(&mut self, texts: &Texts, origin: Origin) -> Place {
        let Some((name, text)) = texts.files.get(origin.file) else { return Place::default() };
        if name == SET {
            return Place { file: name.clone(), line: 0, column: 0 };
        }
        if origin.file != self.file || origin.start < self.at {
            *self = Self { file: origin.file, ..Self::default() };
        }
        let mut start = origin.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        for c in text[self.at..start].chars() {
            if c == '\n' {
                self.line += 1;
                self.column = 0;
            } else {
                self.column += 1;
            }
        }
        self.at = start;
        Place { file: name.clone(), line: self.line + 1, column: self.column + 1 }
    }
}

/// A place in a file; line 0 where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// File name as the user gave it, `--set`, or empty for a default.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Faults as they are found, each with its place if it has one.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    found: Vec<(Origin, Violation)>,
}

impl Faults {
    pub(crate) fn push(&mut self, origin: Origin, violation: Violation) {
        self.found.push((origin, violation));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them in the order of the files, placed.
    pub(crate) fn placed(mut self, texts: &Texts) -> Vec<Violation> {
        self.found.sort_by_key(|(origin, _)| (origin.file, origin.start));
        let mut cursor = Cursor::default();
        let placed = self.found.into_iter().map(|(origin, violation)| {
            let place = cursor.place(texts, origin);
            violation.at(place.file, place.line, place.column)
        });
        placed.collect()
    }
}

/// Where each value of a plan came from.
#[derive(Clone, Debug)]
pub struct Origins {
    root: Node,
    texts: Texts,
}

impl Origins {
    pub(crate) const fn of(root: Node, texts: Texts) -> Self {
        Self { root, texts }
    }

    /// Place of the value at `path`, `site.cedar-fork.machine[0].units`; `None` if nothing stands
    /// there. Defaults stand in no file.
    pub fn place(&self, path: &str) -> Option<Place> {
        let segments = segments(path);
        let node = segments.iter().try_fold(&self.root, |node, segment| node.below(segment))?;
        Some(self.texts.place(node.origin))
    }

    /// All paths with their places, parents first.
    pub fn places(&self) -> Vec<(String, Place)> {
        let mut places = Vec::new();
        self.root.walk(&mut Path::default(), &mut |path, node| {
            places.push((path.as_str().to_owned(), self.texts.place(node.origin)));
        });
        places
    }

    /// Origin of the value at `path`, or of the nearest parent that stands in a file.
    pub(crate) fn nearest(&self, path: &str) -> Origin {
        let mut node = &self.root;
        let mut origin = node.origin;
        for segment in segments(path) {
            let Some(below) = node.below(segment) else { break };
            node = below;
            if node.origin != Origin::NOWHERE {
                origin = node.origin;
            }
        }
        origin
    }

    /// The plan as a tree, defaults filled in.
    #[cfg(feature = "workbook")]
    pub(crate) const fn root(&self) -> &Node {
        &self.root
    }

    pub(crate) const fn texts(&self) -> &Texts {
        &self.texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let mut texts = Texts::default();
        let file = texts.add("a.toml", "x = 1\nü = \"ß\" # here\n");
        let start = texts.text(file).find('#').unwrap();
        let place = texts.place(Origin { file, start, end: start + 1 });
        assert_eq!(place, Place { file: "a.toml".into(), line: 2, column: 9 });
    }

    #[test]
    fn paths_use_ids_where_there_are_any() {
        let leaf = |value| Node { value, origin: Origin::NOWHERE };
        let table = |entries: Vec<(&str, Node)>| {
            let entries = entries.into_iter().map(|(key, node)| Entry {
                key: key.into(),
                key_origin: Origin::NOWHERE,
                node,
            });
            leaf(Value::Table(entries.collect()))
        };
        let machine = table(vec![("units", leaf(Value::Integer(3)))]);
        let site = table(vec![
            ("id", leaf(Value::Text("cedar-fork".into()))),
            ("machine", leaf(Value::Array(vec![machine]))),
        ]);
        let root = table(vec![("site", leaf(Value::Array(vec![site])))]);
        let origins = Origins::of(root, Texts::default());
        let path = "site.cedar-fork.machine[0].units";
        assert!(origins.places().iter().any(|(known, _)| known == path));
        assert!(origins.place(path).is_some());
        assert!(origins.place("site.cedar-fork.machine[1].units").is_none());
    }
}
