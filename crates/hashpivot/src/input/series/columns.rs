//! Which two columns of a series file are read, and what their names say.

use units::{Code, Violation};

use super::{Field, HeaderFault, Label, Quantity, SeriesOptions};

/// Names of time columns, best first.
const TIME: [&str; 9] = [
    "interval_start",
    "interval_start_utc",
    "interval_end",
    "interval_end_utc",
    "interval_start_local",
    "interval_end_local",
    "time",
    "timestamp",
    "utc",
];
const PRICE: [&str; 3] = ["usd_per_mwh", "price_usd_per_mwh", "price"];
const TEMPERATURE: [&str; 3] = ["temperature_c", "temp_c", "dry_bulb_c"];

/// The columns that are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Columns {
    /// Place of the time column in the header.
    time: usize,
    /// Place of the value column.
    value: usize,
    pub(super) time_name: String,
    pub(super) value_name: String,
    pub(super) label: Label,
    /// Whether the name of the time column says that its stamps are UTC.
    pub(super) utc: bool,
    /// Number of columns.
    pub(super) count: usize,
}

impl Columns {
    /// Place of a field in the header.
    pub(super) fn place(&self, field: Field) -> usize {
        match field {
            Field::Time => self.time,
            Field::Value => self.value,
        }
    }

    /// Name of a field in the header.
    pub(super) fn name(&self, field: Field) -> &str {
        match field {
            Field::Time => &self.time_name,
            Field::Value => &self.value_name,
        }
    }
}

/// Chooses among the names of a header.
///
/// # Errors
/// Columns that are missing, stand twice, hold another unit, or do not say which end of an interval
/// their stamps name.
pub(super) fn choose(
    header: &[String],
    options: &SeriesOptions,
) -> Result<Columns, Vec<HeaderFault>> {
    if let [only] = header
        && only.contains([';', '\t'])
    {
        let violation = Violation::new(Code::Syntax, "")
            .value(only)
            .allowed("columns are separated by commas")
            .hint("this file uses semicolons or tabs");
        return Err(vec![HeaderFault { column: Some(0), violation }]);
    }
    let mut faults: Vec<HeaderFault> = Vec::new();
    let time = time(header, options).map_err(|fault| faults.push(*fault)).ok();
    let value = value(header, options).map_err(|fault| faults.push(*fault)).ok();
    for column in [time, value].into_iter().flatten() {
        let name = &header[column];
        if let Some(again) = header.iter().skip(column + 1).position(|other| other == name) {
            let violation = Violation::new(Code::Duplicate, name.as_str())
                .allowed("a column that is read may stand once");
            faults.push(HeaderFault { column: Some(column + 1 + again), violation });
        }
    }
    let label = time.map(|time| label(time, &header[time], options.label));
    let label = label.and_then(|label| label.map_err(|fault| faults.push(*fault)).ok());
    let (Some(time), Some(value), Some(label), true) = (time, value, label, faults.is_empty())
    else {
        return Err(faults);
    };
    let time_name = header[time].clone();
    let utc = words(&time_name).last().is_some_and(|word| word == "utc");
    let value_name = header[value].clone();
    Ok(Columns { time, value, utc, label, time_name, value_name, count: header.len() })
}

fn place(header: &[String], name: &str) -> Option<usize> {
    header.iter().position(|column| column == name)
}

fn time(header: &[String], options: &SeriesOptions) -> Result<usize, Box<HeaderFault>> {
    if let Some(name) = &options.time_column {
        return place(header, name)
            .ok_or_else(|| missing(header, name, "the time column that was asked for", &[]));
    }
    // A column that contradicts the label is taken only where there is no other.
    let fits = |name: &str| match (said(name), options.label) {
        (Some(said), Some(label)) => said == label,
        _ => true,
    };
    let known = || TIME.iter().filter_map(|name| Some((*name, place(header, name)?)));
    match known().find(|(name, _)| fits(name)).or_else(|| known().next()) {
        Some((_, column)) => Ok(column),
        None => Err(missing(header, "interval_start", "a time column must be given", &TIME)),
    }
}

fn value(header: &[String], options: &SeriesOptions) -> Result<usize, Box<HeaderFault>> {
    let names = match options.quantity {
        Quantity::PriceUsdPerMwh => PRICE,
        Quantity::TemperatureC => TEMPERATURE,
    };
    if let Some(name) = &options.value_column {
        let column = place(header, name)
            .ok_or_else(|| missing(header, name, "the value column that was asked for", &[]))?;
        return match other_unit(options.quantity, column, name) {
            Some(fault) => Err(fault),
            None => Ok(column),
        };
    }
    let found: Vec<usize> = names.iter().filter_map(|name| place(header, name)).collect();
    match found[..] {
        [column] => Ok(column),
        [] => {
            let mut columns = header.iter().enumerate();
            let other =
                columns.find_map(|(column, name)| other_unit(options.quantity, column, name));
            Err(other.unwrap_or_else(|| {
                missing(header, names[0], "a value column must be given", &names)
            }))
        }
        [_, second, ..] => {
            let found: Vec<&str> = found.iter().map(|column| header[*column].as_str()).collect();
            let violation = Violation::new(Code::Conflict, header[second].as_str())
                .allowed(format!("one value column is read, found {}", found.join(", ")))
                .hint("name it: --price-column");
            Err(Box::new(HeaderFault { column: Some(second), violation }))
        }
    }
}

/// A fault for a column whose name says that it holds another unit.
fn other_unit(quantity: Quantity, column: usize, name: &str) -> Option<Box<HeaderFault>> {
    let lower = name.to_ascii_lowercase();
    let (unit, hint) = match quantity {
        Quantity::PriceUsdPerMwh if lower.contains("kwh") => {
            ("USD/MWh", "this is USD/kWh: multiply by 1,000 and call it usd_per_mwh")
        }
        Quantity::TemperatureC if lower.ends_with("_f") || lower.contains("fahrenheit") => {
            ("°C", "this is Fahrenheit: write (F - 32) / 1.8 and call it temperature_c")
        }
        _ => return None,
    };
    let violation =
        Violation::new(Code::UnknownKey, name).allowed(format!("values are in {unit}")).hint(hint);
    Some(Box::new(HeaderFault { column: Some(column), violation }))
}

fn missing(header: &[String], name: &str, what: &str, known: &[&str]) -> Box<HeaderFault> {
    let mut hint = format!("found {}", header.join(", "));
    let capital = header.iter().find_map(|column| {
        let small = column.to_ascii_lowercase();
        (small != *column && (small == name || known.contains(&small.as_str())))
            .then(|| format!("; write {small}, not {column}"))
    });
    // Market operators part the day from its hour.
    let parted = header.iter().any(|column| {
        let words = words(column);
        words.iter().any(|word| word == "date" || word == "day")
    });
    if let Some(capital) = capital {
        hint.push_str(&capital);
    } else if parted && known == TIME {
        hint.push_str("; put date and hour into one column: 2024-01-31T13:00");
    }
    let known = if known.is_empty() { String::new() } else { format!(": {}", known.join(", ")) };
    let violation =
        Violation::new(Code::Missing, name).allowed(format!("{what}{known}")).hint(hint);
    Box::new(HeaderFault { column: None, violation })
}

fn label(column: usize, name: &str, option: Option<Label>) -> Result<Label, Box<HeaderFault>> {
    let violation = match (said(name), option) {
        (Some(said), Some(option)) if said != option => Violation::new(Code::Conflict, name)
            .value(format!("--label {}", option.as_str()))
            .allowed(format!("the name of the column says that stamps name the {}", said.as_str())),
        (Some(label), _) | (None, Some(label)) => return Ok(label),
        (None, None) => Violation::new(Code::Missing, name)
            .allowed("it must be said which end of an interval a stamp names")
            .hint("say --label start or end, or name the column interval_start or interval_end"),
    };
    Err(Box::new(HeaderFault { column: Some(column), violation }))
}

/// Which end of an interval the name of a column says.
fn said(name: &str) -> Option<Label> {
    let words = words(name);
    let says = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    match (says(&["start", "begin", "beginning"]), says(&["end", "ending"])) {
        (true, false) => Some(Label::Start),
        (false, true) => Some(Label::End),
        _ => None,
    }
}

fn words(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric()).map(str::to_ascii_lowercase).collect()
}
