//! The sheet of inputs: every field of the plan with its unit, range and source.

use std::collections::{BTreeMap, BTreeSet};

use rust_xlsxwriter::{DataValidation, DataValidationRule, Formula, Workbook, Worksheet};
use serde_json::Value as Json;

use super::cell::{Cell, Term, quoted};
use super::page::{
    Kind, Made, Page, format, head_format, note_format, section_format, text_format,
};
use super::{INPUTS, PATH_HEADING, VALUE_HEADING};
use crate::input::Loaded;
use crate::input::check::{resolve, variants, words};
use crate::input::tree::{Node, Path, Value};

/// Row of the headings.
const HEAD_ROW: u32 = 3;
/// Columns.
const VALUE: u16 = 1;
const UNIT: u16 = 2;
const ALLOWED: u16 = 3;
const SOURCE: u16 = 4;
const FOLLOWS: u16 = 5;
const AS_RUN: u16 = 6;
const CHANGED: u16 = 7;
const ABOUT: u16 = 8;
/// Longest list of words that a validation may hold.
const MOST_LIST: usize = 255;
/// Longest name that Excel takes.
const MOST_NAME: usize = 200;

/// A field of the plan.
struct Row {
    path: String,
    value: Value,
    unit: String,
    about: String,
    least: Option<f64>,
    most: Option<f64>,
    whole: bool,
    words: Vec<String>,
    source: String,
    line: u32,
}

/// All fields of a plan.
pub(super) struct Inputs {
    rows: Vec<Row>,
    sections: Vec<(u32, String)>,
    by_path: BTreeMap<String, usize>,
    live: BTreeSet<String>,
    again: BTreeSet<String>,
}

impl Inputs {
    /// The fields of a loaded plan, in the order of its file, defaults filled in.
    pub(super) fn of(loaded: &Loaded) -> Self {
        let schema = crate::input::schema();
        let mut found = Finder {
            loaded,
            schema: &schema,
            path: Path::default(),
            inputs: Self {
                rows: Vec::new(),
                sections: Vec::new(),
                by_path: BTreeMap::new(),
                live: BTreeSet::new(),
                again: BTreeSet::new(),
            },
            row: HEAD_ROW + 1,
        };
        found.node(&schema, loaded.origins.root(), "");
        found.inputs
    }

    /// The number at a path as formulas of other sheets see it; `None` where the plan has none.
    pub(super) fn number(&self, path: &str) -> Option<Term> {
        let row = &self.rows[*self.by_path.get(path)?];
        let value = number(&row.value)?;
        Some(Cell::new(quoted(INPUTS), row.line, VALUE, value).there())
    }

    /// Notes that formulas follow this field wherever it counts.
    pub(super) fn follow(&mut self, path: &str) {
        self.live.insert(path.to_owned());
    }

    /// Notes that somewhere the engine has to run again for this field, whoever follows it elsewhere.
    pub(super) fn run_again(&mut self, path: &str) {
        self.again.insert(path.to_owned());
    }

    /// Cells that count the inputs that were changed: those that formulas follow, and the others.
    pub(super) fn changed(&self) -> [(String, f64); 2] {
        let last = self.rows.last().map_or(HEAD_ROW, |row| row.line) + 1;
        let range = |col: char| format!("'{INPUTS}'!${col}${}:${col}${last}", HEAD_ROW + 2);
        let of = |word: &str| format!("SUMIF({},\"{word}\",{})", range('F'), range('H'));
        [(of(LIVE), 0.0), (of(AGAIN), 0.0)]
    }

    /// Where sources are named, for the sheet of sources: path, value in words, source.
    pub(super) fn sources(&self) -> impl Iterator<Item = (&str, String, &str)> {
        self.rows.iter().map(|row| (row.path.as_str(), shown(&row.value), row.source.as_str()))
    }

    /// The sheet, and the names of its cells.
    pub(super) fn write(&self, workbook: &mut Workbook) -> Made<Worksheet> {
        let note = "Change the yellow cells. Formulas follow those marked live; after any other \
                    change, and to choose anew: hashpivot run --from-workbook FILE.xlsx";
        let mut page = Page::new(INPUTS, "Inputs", note)?;
        page.first_row = HEAD_ROW + 1;
        let heads = [
            PATH_HEADING,
            VALUE_HEADING,
            "Unit",
            "Allowed",
            "Source",
            "Formulas",
            "As run",
            "Changed",
            "What it is",
        ];
        let widths = [52.0, 18.0, 16.0, 24.0, 34.0, 10.0, 16.0, 9.0, 90.0];
        for (col, (head, width)) in (0_u16..).zip(heads.into_iter().zip(widths)) {
            page.text(HEAD_ROW, col, head, &head_format())?;
            page.sheet.set_column_width(col, width)?;
        }
        for (row, title) in &self.sections {
            page.text(*row, 0, title, &section_format())?;
        }
        let mut taken = BTreeSet::new();
        for row in &self.rows {
            self.row(&mut page, row)?;
            let name = unique(&row.path, &mut taken);
            let address = Cell::new(quoted(INPUTS), row.line, VALUE, 0.0).address();
            workbook.define_name(name, &format!("='{INPUTS}'!{address}"))?;
        }
        page.sheet.set_freeze_panes(HEAD_ROW + 1, 1)?;
        page.sheet.set_repeat_rows(HEAD_ROW, HEAD_ROW)?;
        page.next_col = ABOUT + 1;
        page.finish()
    }

    fn row(&self, page: &mut Page, of: &Row) -> Made<()> {
        let row = of.line;
        page.text(row, 0, &of.path, &text_format())?;
        let typed = format(Kind::Input, if of.whole { "" } else { "plain" });
        let typed = typed.set_num_format("General");
        let kept = format(Kind::Engine, "").set_num_format("General");
        match &of.value {
            Value::Bool(flag) => {
                page.sheet.write_boolean_with_format(row, VALUE, *flag, &typed)?;
                page.sheet.write_boolean_with_format(row, AS_RUN, *flag, &kept)?;
            }
            value => {
                if let Some(number) = number(value) {
                    page.sheet.write_number_with_format(row, VALUE, number, &typed)?;
                    page.sheet.write_number_with_format(row, AS_RUN, number, &kept)?;
                } else {
                    page.text(row, VALUE, &shown(value), &typed)?;
                    page.text(row, AS_RUN, &shown(value), &kept)?;
                }
            }
        }
        if let Some(rule) = of.validation()? {
            page.sheet.add_data_validation(row, VALUE, row, VALUE, &rule)?;
        }
        page.text(row, UNIT, &of.unit, &note_format())?;
        page.text(row, ALLOWED, &of.allowed(), &note_format())?;
        page.text(row, SOURCE, &of.source, &note_format())?;
        page.text(row, FOLLOWS, self.word(of), &text_format())?;
        page.text(row, ABOUT, &of.about, &note_format())?;
        let (value, as_run) = (format!("$B${}", row + 1), format!("$G${}", row + 1));
        let changed = Formula::new(format!("=IF(EXACT({value},{as_run}),0,1)")).set_result("0");
        let changed_format = format(Kind::Live, "count").set_num_format("0;;\"-\"");
        page.sheet.write_formula_with_format(row, CHANGED, changed, &changed_format)?;
        Ok(())
    }

    fn word(&self, row: &Row) -> &'static str {
        if self.live.contains(&row.path) && !self.again.contains(&row.path) {
            LIVE
        } else if is_name(&row.path) {
            NAME
        } else {
            AGAIN
        }
    }
}

/// Formulas follow the field.
pub(super) const LIVE: &str = "live";
/// The engine has to run again.
pub(super) const AGAIN: &str = "run again";
/// Words for people, which change nothing.
const NAME: &str = "label";

fn is_name(path: &str) -> bool {
    path.rsplit('.').next() == Some("name")
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Bool(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) | Value::Date(text) => text.clone(),
        _ => String::new(),
    }
}

/// A name that Excel takes for a path.
fn unique(path: &str, taken: &mut BTreeSet<String>) -> String {
    let words: String = path
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .take(MOST_NAME)
        .collect();
    let base = format!("in_{words}");
    let mut name = base.clone();
    let mut next = 2;
    while !taken.insert(name.to_lowercase()) {
        name = format!("{base}_{next}");
        next += 1;
    }
    name
}

impl Row {
    fn allowed(&self) -> String {
        if !self.words.is_empty() {
            return self.words.join(", ");
        }
        match (self.least, self.most) {
            (Some(least), Some(most)) => format!("{least} to {most}"),
            (Some(least), None) => format!("from {least}"),
            (None, Some(most)) => format!("up to {most}"),
            (None, None) => String::new(),
        }
    }

    fn validation(&self) -> Made<Option<DataValidation>> {
        let rule = DataValidation::new();
        let rule = if !self.words.is_empty() {
            if self.words.join(",").len() > MOST_LIST {
                return Ok(None);
            }
            rule.allow_list_strings(&self.words)?
        } else if let (Some(least), Some(most)) = (self.least, self.most) {
            rule.allow_decimal_number(DataValidationRule::Between(least, most))
        } else if matches!(self.value, Value::Bool(_)) {
            rule.allow_list_strings(&["TRUE", "FALSE"])?
        } else {
            return Ok(None);
        };
        let said: String = format!("Allowed: {} {}", self.allowed(), self.unit);
        let said: String = said.chars().take(200).collect();
        Ok(Some(rule.set_error_title("Out of range")?.set_error_message(said.trim())?))
    }
}

/// Walks plan and schema together.
struct Finder<'a> {
    loaded: &'a Loaded,
    schema: &'a Json,
    path: Path,
    inputs: Inputs,
    row: u32,
}

impl Finder<'_> {
    fn node(&mut self, schema: &Json, node: &Node, about: &str) {
        let resolved = resolve(self.schema, schema).clone();
        // What a field says of itself counts before what its type says.
        let own = schema.get("description").and_then(Json::as_str);
        let about = own.unwrap_or(about).to_owned();
        match &node.value {
            Value::Table(entries) => {
                let table = self.variant(&resolved, node);
                for entry in entries {
                    let property = table.pointer(&format!("/properties/{}", entry.key));
                    let property = property.cloned().unwrap_or_default();
                    self.path.push_key(&entry.key);
                    let depth = self.path.as_str().split('.').count();
                    let is_group = matches!(entry.node.value, Value::Table(_));
                    if depth == 1 && is_group {
                        self.section(self.path.as_str().to_owned());
                    }
                    self.node(&property, &entry.node, "");
                    self.path.pop();
                }
            }
            Value::Array(elements) => {
                let item = resolved.get("items").cloned().unwrap_or_default();
                for (index, element) in elements.iter().enumerate() {
                    self.path.push_element(index, element);
                    if element.id().is_some() {
                        self.section(self.path.as_str().to_owned());
                    }
                    self.node(&item, element, &about);
                    self.path.pop();
                }
            }
            Value::Null => {}
            value => self.leaf(&resolved, schema, value.clone(), about),
        }
    }

    /// The variant of a tagged table that a node is, or the table itself.
    fn variant(&self, schema: &Json, node: &Node) -> Json {
        let Some((tag, variants)) = variants(schema) else { return schema.clone() };
        let word = node.get(tag).and_then(Node::text);
        let found = variants.into_iter().find(|(of, _)| Some(*of) == word);
        let Some((_, variant)) = found else { return schema.clone() };
        let mut whole = resolve(self.schema, variant).clone();
        // The tag stands beside what it refers to.
        if let (Some(Json::Object(into)), Some(Json::Object(from))) =
            (whole.get_mut("properties"), variant.get("properties"))
        {
            into.extend(from.clone());
        }
        whole
    }

    fn section(&mut self, title: String) {
        self.row += 1;
        self.inputs.sections.push((self.row, title));
        self.row += 1;
    }

    fn leaf(&mut self, resolved: &Json, schema: &Json, value: Value, about: String) {
        let path = self.path.as_str().to_owned();
        let bound = |key: &str| resolved.get(key).and_then(Json::as_f64);
        let unit = resolved.get("x-unit").or(schema.get("x-unit")).and_then(Json::as_str);
        let own = resolved.get("description").and_then(Json::as_str).unwrap_or_default();
        let words = words(resolved).unwrap_or_default().into_iter().map(str::to_owned);
        let source = self.source(&path);
        self.inputs.by_path.insert(path.clone(), self.inputs.rows.len());
        self.inputs.rows.push(Row {
            value,
            unit: unit.unwrap_or_default().to_owned(),
            about: if about.is_empty() { own.to_owned() } else { about },
            least: bound("minimum"),
            most: bound("maximum"),
            whole: resolved.get("type").is_some_and(|kind| kind == "integer"),
            words: words.collect(),
            source,
            path,
            line: self.row,
        });
        self.row += 1;
    }

    fn source(&self, path: &str) -> String {
        let default = self.loaded.defaults_used.iter().find(|used| {
            path.strip_prefix(used.path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        });
        if let Some(default) = default {
            return format!("default: {}", default.source);
        }
        if let Some(fact) = self.loaded.facts_used.iter().find(|fact| fact.path == path) {
            return format!("built-in table: {}", fact.source);
        }
        let place = self.loaded.origins.place(path).unwrap_or_default();
        if place.line == 0 { place.file } else { format!("{}, line {}", place.file, place.line) }
    }
}
