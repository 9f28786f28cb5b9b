//! Series files: stamped prices or temperatures in CSV (or Parquet, with the feature `parquet`)
//! become a [`Series`] in UTC, or all that is wrong with them is named.
//!
//! One pass over the bytes reads stamps and values into two columns; places of faults are looked
//! up only when there are faults. What stamps mean is never guessed: files say whether they name
//! starts or ends of intervals and by which clock, or the caller does.

mod columns;
mod gaps;
mod judge;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;
mod stamp;
mod text;

#[cfg(test)]
mod tests;

use power::{Gap, GapRule, Series, Zone};
use units::{Code, Violation};

use columns::Columns;
use rows::Rows;
use stamp::Ends;

/// Largest file that is read: ten years of 5-minute rows take about 35 MB.
const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Which end of an interval a stamp names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    /// The instant at which the interval starts.
    Start,
    /// The instant at which it ends.
    End,
}

impl Label {
    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

/// What the values of a series are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// Prices of energy in USD/MWh, -5,000..=20,000.
    PriceUsdPerMwh,
    /// Temperatures of outside air in °C, -60..=60.
    TemperatureC,
}

/// How a series file is to be read.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesOptions {
    /// Which end of an interval stamps name, if the name of the time column does not say so.
    pub label: Option<Label>,
    /// The clock of stamps that carry no offset.
    pub zone: Option<Zone>,
    /// What is done about intervals without a value.
    pub gaps: GapRule,
    /// Name of the time column; `None` takes a column with a known name.
    pub time_column: Option<String>,
    /// Name of the value column; `None` takes the only column with a known name.
    pub value_column: Option<String>,
    /// What the values are.
    pub quantity: Quantity,
}

/// A series with how it was read.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesRead {
    /// The series, gaps filled by the rule.
    pub series: Series,
    /// Data rows of the file, those without a value included.
    pub rows: usize,
    /// Which end of an interval the stamps name.
    pub label: Label,
    /// The clock of stamps that carry no offset; `None` if all of them do.
    pub zone: Option<String>,
    /// The rule for gaps.
    pub gaps: GapRule,
    /// Gaps that the rule filled.
    pub filled: Vec<Gap>,
    /// Name of the time column.
    pub time_column: String,
    /// Name of the value column.
    pub value_column: String,
}

/// Reads a series file; `name` is how faults call it.
///
/// # Shapes
/// One row an interval, times rising by whole steps of the smallest step, which is one of
/// [`power::INTERVALS_S`]; 2 to 4 million rows and 256 MiB.
///
/// # Special cases
/// - A local time that the clock shows twice means the later instant where the row before has the
///   earlier one, otherwise the earlier.
/// - Local stamps of interval ends come in two conventions that differ where the clock changes:
///   what the clock shows at the end, or what it showed at the start plus the interval (market
///   operators' "hour ending"). The first is taken unless the second alone fits the file better.
/// - Zero, negative and very high prices are normal; prices that all lie within 1 USD/MWh of zero
///   over at least 24 rows are taken for USD/kWh and refused.
///
/// # Errors
/// Everything that is wrong with the file, in file order, at most 1,000 faults and a last one that
/// says so. Systematic faults (stamps without zone, say) stand once with the number of rows.
///
/// # Example
/// ```
/// use hashpivot::input::{Quantity, SeriesOptions, read_series};
/// let options = SeriesOptions {
///     label: None,
///     zone: None,
///     gaps: power::GapRule::Refuse,
///     time_column: None,
///     value_column: None,
///     quantity: Quantity::PriceUsdPerMwh,
/// };
/// let file = b"interval_start,usd_per_mwh\n2024-01-01T00:00Z,30\n2024-01-01T01:00Z,-2.5\n";
/// let read = read_series("prices.csv", file, &options).map_err(|faults| faults[0].to_string())?;
/// assert_eq!(read.series.values(), [30.0, -2.5]);
/// assert_eq!(read.series.interval_s(), 3_600);
/// # Ok::<(), String>(())
/// ```
pub fn read_series(
    name: &str,
    bytes: &[u8],
    options: &SeriesOptions,
) -> Result<SeriesRead, Vec<Violation>> {
    let source = Source::open(name, bytes).map_err(|fault| vec![*fault])?;
    let header = source.header();
    let columns = columns::choose(header, options).map_err(|faults| {
        faults.into_iter().map(|fault| fault.at_place(name, &source)).collect::<Vec<_>>()
    })?;
    let read = |ends: Ends| {
        let mut rows = Rows::new(name, &columns, options, ends);
        source.read(&columns, &mut rows)?;
        rows.judge(&|rows, field| source.places(&columns, rows, field));
        Ok::<_, Vec<Violation>>(rows)
    };
    let mut rows = read(Ends::Clock)?;
    if let Some(interval_s) = rows.other_ends_interval_s() {
        let other = read(Ends::StartPlus { interval_s })?;
        if other.defects() < rows.defects() {
            rows = other;
        }
    }
    let read = rows.into_series(&|rows, field| source.places(&columns, rows, field))?;
    match short_of_a_leap_day(&read) {
        None => Ok(read),
        Some(fault) => Err(vec![fault.at(name, read.rows + 1, 1)]),
    }
}

/// The fault of a file that ends a day early: as many hours as a common year, from the first hours
/// of a leap year (on anybody's clock).
fn short_of_a_leap_day(read: &SeriesRead) -> Option<Violation> {
    const COMMON_YEAR_H: f64 = 8_760.0;
    const FURTHEST_CLOCK_S: i64 = 14 * power::SECONDS_PER_HOUR;
    let start = read.series.start_unix_s();
    let utc = Zone::utc();
    let year = utc.clock().at(start + FURTHEST_CLOCK_S).year;
    let [first, next] = [year, year + 1].map(|year| utc.month_start(year, 1));
    let (first, next) = first.zip(next)?;
    let leap = next - first > 365 * 86_400;
    let begins = (start - first).abs() <= FURTHEST_CLOCK_S;
    (leap && begins && read.series.hours() == COMMON_YEAR_H).then(|| {
        Violation::new(Code::Missing, read.time_column.as_str())
            .value(format!("{} rows", read.rows))
            .allowed(format!("{year} is a leap year of 8,784 hours"))
            .hint("the last day is missing: was the year cut to 8,760 hours?")
    })
}

/// One of the two columns that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Time,
    Value,
}

/// Where a field stands.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// Line, or row of a Parquet file, from 1.
    line: usize,
    /// Column in characters, or number of the column of a Parquet file, from 1.
    column: usize,
    /// As written, spaces around it taken off.
    written: String,
}

/// A fault of the header, before it has its place in the file.
struct HeaderFault {
    /// Which column it is about; `None` for the header as a whole.
    column: Option<usize>,
    violation: Violation,
}

impl HeaderFault {
    fn at_place(self, name: &str, source: &Source<'_>) -> Violation {
        let (line, column) = source.header_place(self.column.unwrap_or(0));
        self.violation.at(name, line, column)
    }
}

/// A file whose header has been read.
enum Source<'a> {
    Text(text::Table<'a>),
    #[cfg(feature = "parquet")]
    Parquet(parquet::Table<'a>),
}

impl<'a> Source<'a> {
    fn open(name: &'a str, bytes: &'a [u8]) -> Result<Self, Box<Violation>> {
        let fault = |code, allowed: &str, hint: String| {
            Box::new(Violation::new(code, "").allowed(allowed).hint(hint).at(name, 0, 0))
        };
        if bytes.len() > MAX_BYTES {
            let found = format!("it has {} bytes", bytes.len());
            return Err(fault(Code::Limit, "a series file may have 256 MiB", found));
        }
        if bytes.starts_with(b"PAR1") {
            #[cfg(feature = "parquet")]
            return parquet::Table::open(name, bytes).map(Self::Parquet);
            #[cfg(not(feature = "parquet"))]
            return Err(fault(
                Code::Syntax,
                "a series file must be CSV",
                "this is a Parquet file: build with `--features parquet`, or write it as CSV"
                    .into(),
            ));
        }
        if bytes.starts_with(&[0x1f, 0x8b]) || bytes.starts_with(b"PK\x03\x04") {
            let hint = "this is a compressed file or a workbook: unpack it, or save it as CSV";
            return Err(fault(Code::Syntax, "a series file must be CSV", hint.into()));
        }
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            let found = "byte 0 is the mark of UTF-16: save the file as UTF-8".into();
            return Err(fault(Code::Syntax, "a file must be UTF-8", found));
        }
        if bytes.contains(&0) {
            let at = bytes.iter().take_while(|byte| **byte != 0).count();
            let found = format!("byte {at} is NUL: is this UTF-16 or a binary file?");
            return Err(fault(Code::Syntax, "a file must be text", found));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                text::Table::open(name, text).map(Self::Text)
            }
            Err(error) => {
                let found = format!("byte {} is not UTF-8: is it Latin-1?", error.valid_up_to());
                Err(fault(Code::Syntax, "a file must be UTF-8", found))
            }
        }
    }

    fn header(&self) -> &[String] {
        match self {
            Self::Text(table) => table.header(),
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.header(),
        }
    }

    /// Line and column of a name in the header.
    fn header_place(&self, column: usize) -> (usize, usize) {
        match self {
            Self::Text(table) => table.header_place(column),
            #[cfg(feature = "parquet")]
            Self::Parquet(_) => (0, column),
        }
    }

    /// Reads every row, until `rows` has had enough.
    fn read(&self, columns: &Columns, rows: &mut Rows<'_>) -> Result<(), Vec<Violation>> {
        match self {
            Self::Text(table) => table.read(columns, rows),
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.read(columns, rows),
        }
    }

    /// Places of one field in rows given by rising number from 0.
    fn places(&self, columns: &Columns, rows: &[usize], field: Field) -> Vec<Place> {
        match self {
            Self::Text(table) => table.places(columns, rows, field),
            #[cfg(feature = "parquet")]
            Self::Parquet(table) => table.places(columns, rows, field),
        }
    }
}
