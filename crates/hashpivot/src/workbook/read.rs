//! The sheet of inputs, read back into a plan.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Data, DataRef, Reader, Xlsx};
use serde_json::{Map, Value as Json, json};
use units::{Code, Violation};

use super::{INPUTS, PATH_HEADING, VALUE_HEADING, archive};
use crate::input::Document;
use crate::input::tree::segments;

/// Largest workbook that is read.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Rows and columns that are looked at.
const MOST_ROWS: u32 = 200_000;
const MOST_COLUMNS: u32 = 64;
/// Deepest nesting of a path.
const MOST_DEPTH: usize = 16;
/// Longest list.
const MOST_INDEX: usize = 100_000;

/// A plan as it stands in a workbook.
#[derive(Clone, Debug, PartialEq)]
pub struct Filled {
    name: String,
    plan: Json,
    /// The cell of each path.
    cells: BTreeMap<String, String>,
}

impl Filled {
    /// The plan as JSON.
    pub const fn plan(&self) -> &Json {
        &self.plan
    }

    /// The plan as a file that [`load`](crate::input::load()) reads.
    pub fn document(&self) -> Document {
        Document { name: self.name.clone(), bytes: self.plan.to_string().into_bytes() }
    }

    /// Faults of the plan, each with the cell where it stands in place of a line that nobody sees.
    pub fn at_cells(&self, faults: Vec<Violation>) -> Vec<Violation> {
        let at_cell = |fault: Violation| {
            if fault.file != self.name {
                return fault;
            }
            let below = format!("{}.", fault.path);
            let exact = self.cells.get(&fault.path);
            let cell = exact.or_else(|| {
                self.cells.iter().find(|(path, _)| path.starts_with(&below)).map(|(_, cell)| cell)
            });
            let file = match cell {
                Some(cell) => format!("{}, {INPUTS}!{cell}", self.name),
                None => format!("{}, {INPUTS}", self.name),
            };
            fault.at(file, 0, 0)
        };
        faults.into_iter().map(at_cell).collect()
    }
}

/// Reads the sheet `Inputs` of a workbook: one row a field, its path in the column `Input`, its value
/// in the column `Value`. Rows without a value are left to their defaults. Rows may be added and
/// taken away; the other sheets are not looked at.
///
/// # Errors
/// What is wrong, each with its cell; nothing is checked yet against the ranges of a plan.
pub fn read(name: &str, bytes: &[u8]) -> Result<Filled, Vec<Violation>> {
    let fault = |code, allowed: &str, hint: String| {
        vec![Violation::new(code, "").allowed(allowed).hint(hint).at(name, 0, 0)]
    };
    if bytes.len() > MOST_BYTES {
        let hint = format!("it has {} bytes", bytes.len());
        return Err(fault(Code::Limit, "a workbook may have 16 MiB", hint));
    }
    archive::check(bytes)
        .map_err(|why| fault(Code::Syntax, "must be a workbook, xlsx", why.to_owned()))?;
    let unreadable = |error: calamine::XlsxError| {
        fault(Code::Syntax, "must be a workbook with a sheet Inputs", error.to_string())
    };
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    if !workbook.sheet_names().iter().any(|sheet| sheet == INPUTS) {
        let hint = format!("it has {}", workbook.sheet_names().join(", "));
        return Err(fault(Code::Missing, "must have a sheet called Inputs", hint));
    }
    let mut rows: BTreeMap<u32, BTreeMap<u32, Data>> = BTreeMap::new();
    let mut cells = workbook.worksheet_cells_reader(INPUTS).map_err(unreadable)?;
    while let Some(cell) = cells.next_cell().map_err(unreadable)? {
        let (row, col) = cell.get_position();
        if row < MOST_ROWS && col < MOST_COLUMNS {
            let value: Data = match cell.get_value() {
                DataRef::SharedString(text) => Data::String((*text).to_owned()),
                other => other.clone().into(),
            };
            rows.entry(row).or_default().insert(col, value);
        }
    }
    let heading = |row: &BTreeMap<u32, Data>, of: &str| {
        let found = row.iter().find(|(_, data)| matches!(data, Data::String(text) if text == of));
        found.map(|(col, _)| *col)
    };
    let found = rows.iter().find_map(|(row, cells)| {
        Some((*row, heading(cells, PATH_HEADING)?, heading(cells, VALUE_HEADING)?))
    });
    let Some((head, path_col, value_col)) = found else {
        let hint = format!("the headings {PATH_HEADING} and {VALUE_HEADING} stand above the rows");
        return Err(fault(Code::Missing, "the sheet Inputs must have its headings", hint));
    };
    let mut builder = Builder::default();
    let mut faults = Vec::new();
    for (row, of_row) in rows.range(head + 1..) {
        let (Some(path), Some(value)) = (of_row.get(&path_col), of_row.get(&value_col)) else {
            continue;
        };
        let Data::String(path) = path else { continue };
        let cell = rust_xlsxwriter::utility::row_col_to_cell(*row, column(value_col));
        let refused = |violation: Violation| violation.at(format!("{name}, {INPUTS}!{cell}"), 0, 0);
        match in_json(value) {
            Ok(None) => {}
            Ok(Some(value)) => {
                let path = path.trim().to_owned();
                if let Err(why) = Builder::check(&path) {
                    faults.push(refused(Violation::new(Code::UnknownKey, &path).allowed(why)));
                } else if builder.cells.insert(path.clone(), cell.clone()).is_some() {
                    let twice = Violation::new(Code::Duplicate, &path);
                    faults.push(refused(twice.allowed("each field stands in one row")));
                } else {
                    builder.fields.push((path, value));
                }
            }
            Err(why) => {
                faults.push(refused(Violation::new(Code::Type, path.trim()).allowed(why)));
            }
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    if builder.fields.is_empty() {
        return Err(fault(Code::Missing, "the sheet Inputs must have rows", String::new()));
    }
    let plan = builder.plan().map_err(|(path, why)| {
        let cell = builder.cells.get(&path).cloned().unwrap_or_default();
        let place = format!("{name}, {INPUTS}!{cell}");
        vec![Violation::new(Code::Conflict, path).allowed(why).at(place, 0, 0)]
    })?;
    Ok(Filled { name: name.to_owned(), plan, cells: builder.cells })
}

fn column(at: u32) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// A cell as JSON; `None` for one without a value.
fn in_json(value: &Data) -> Result<Option<Json>, String> {
    Ok(Some(match value {
        Data::Empty => return Ok(None),
        Data::String(text) if text.trim().is_empty() => return Ok(None),
        Data::String(text) | Data::DateTimeIso(text) => json!(text),
        Data::Float(number) => whole(*number),
        Data::Int(number) => json!(number),
        Data::Bool(flag) => json!(flag),
        Data::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            json!(format!("{year:04}-{month:02}-{day:02}"))
        }
        Data::Error(error) => return Err(format!("the cell holds the error {error}")),
        Data::DurationIso(_) => return Err("must be a number, a word or a date".to_owned()),
    }))
}

/// Numbers of spreadsheets are all of one kind: whole ones are integers.
#[expect(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
fn whole(number: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        return json!(number as i64);
    }
    json!(number)
}

/// Paths and values, put together.
#[derive(Default)]
struct Builder {
    fields: Vec<(String, Json)>,
    cells: BTreeMap<String, String>,
}

impl Builder {
    fn check(path: &str) -> Result<(), String> {
        let parts = segments(path);
        if parts.is_empty() || parts.len() > MOST_DEPTH {
            return Err("must be the path of a field".to_owned());
        }
        match parts.iter().find(|part| index(part).is_some_and(|at| at > MOST_INDEX)) {
            Some(part) => Err(format!("{part} is beyond any list")),
            None => Ok(()),
        }
    }

    /// Paths of lists whose elements are known by their ids.
    fn keyed(&self) -> BTreeSet<String> {
        let mut keyed = BTreeSet::new();
        for (path, _) in &self.fields {
            let parts = segments(path);
            if let [above @ .., id, "id"] = &parts[..]
                && index(id).is_none()
                && !above.is_empty()
            {
                keyed.insert(above.join("\u{0}"));
            }
        }
        keyed
    }

    fn plan(&self) -> Result<Json, (String, String)> {
        let keyed = self.keyed();
        let mut root = Slot::default();
        for (path, value) in &self.fields {
            let parts = segments(path);
            let mut slot = &mut root;
            for (depth, part) in parts.iter().enumerate() {
                let listed = index(part).is_some() || keyed.contains(&parts[..depth].join("\u{0}"));
                slot = slot.child(part, listed).ok_or_else(|| {
                    (path.clone(), "stands both for a list and for a table".to_owned())
                })?;
            }
            if slot.value.is_some() || !slot.children.is_empty() {
                return Err((path.clone(), "stands both for a value and for a table".to_owned()));
            }
            slot.value = Some(value.clone());
        }
        Ok(root.json())
    }
}

/// A place in the plan that is being put together.
#[derive(Default)]
struct Slot {
    value: Option<Json>,
    listed: Option<bool>,
    /// In the order in which they come.
    children: Vec<(String, Slot)>,
    /// Where each of them is.
    places: BTreeMap<String, usize>,
}

impl Slot {
    fn child(&mut self, part: &str, listed: bool) -> Option<&mut Self> {
        if self.value.is_some() || self.listed.is_some_and(|before| before != listed) {
            return None;
        }
        self.listed = Some(listed);
        let at = if let Some(at) = self.places.get(part) {
            *at
        } else {
            self.places.insert(part.to_owned(), self.children.len());
            self.children.push((part.to_owned(), Self::default()));
            self.children.len() - 1
        };
        self.children.get_mut(at).map(|(_, slot)| slot)
    }

    fn json(self) -> Json {
        if let Some(value) = self.value {
            return value;
        }
        if self.listed == Some(true) {
            let mut children = self.children;
            // Lists by index stand in its order, whatever the order of the rows; ids as they come.
            children.sort_by_key(|(part, _)| index(part).unwrap_or_default());
            return children.into_iter().map(|(_, slot)| slot.json()).collect();
        }
        let pairs = self.children.into_iter().map(|(part, slot)| (part, slot.json()));
        Json::Object(pairs.collect::<Map<_, _>>())
    }
}

/// The number in `[3]`.
fn index(part: &str) -> Option<usize> {
    part.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}
