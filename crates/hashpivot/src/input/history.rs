//! The network's history from a file of days, or from the built-in table of months.

use csv::StringRecord;
use hashcost::backtest::History;
use hashcost::network::{hashrate_th_per_s, mean_subsidy_btc};
use hashcost::projection::Start;
use jiff::civil::{Date, date};
use units::constants::BLOCKS_PER_DAY;
use units::{CalendarMonth, Code, Violation};

use super::{hint, read};
use crate::facts;

/// Columns that a file must have, besides any others.
const COLUMNS: [&str; 7] =
    ["date", "price_usd", "difficulty_mean", "hashrate_th_s", "blocks", "issuance_btc", "fees_btc"];
/// Units of the columns that hold numbers.
const UNITS: [&str; NUMBERS] = ["USD/BTC", "difficulty", "TH/s", "blocks", "BTC", "BTC"];
const NUMBERS: usize = COLUMNS.len() - 1;
// Places of the numbers of a day.
const PRICE: usize = 0;
const DIFFICULTY: usize = 1;
const HASHRATE: usize = 2;
const BLOCKS: usize = 3;
const ISSUANCE: usize = 4;
const FEES: usize = 5;

/// The day of the first block: a file that begins then counts heights.
const GENESIS: Date = date(2009, 1, 3);
const GENESIS_MONTH: CalendarMonth = match CalendarMonth::new(2009, 1) {
    Ok(month) => month,
    Err(_) => panic!("January is a month"),
};
/// Last days of a month over which its hash rate is averaged.
const HASHRATE_DAYS: usize = 14;
/// How far hash rate and difficulty may be apart over a month.
const APART_FRAC: f64 = 0.1;
/// Fees where the built-in table has none, BTC/block: the default of a plan.
const FEES_BTC_PER_BLOCK: f64 = 0.015;
/// Most blocks of a day, so that heights can be counted.
const MOST_BLOCKS_A_DAY: f64 = 1e6;
/// Most rows of a file.
const MAX_ROWS: usize = 100_000;
/// Most faults that are listed.
const MAX_FAULTS: usize = 1_000;

/// A row of the file.
struct Day {
    line: usize,
    date: Date,
    /// The cells after the date, `None` where they are empty.
    cells: [Option<f64>; NUMBERS],
}

impl Day {
    /// A cell of a day in which none is empty.
    fn number(&self, column: usize) -> f64 {
        self.cells[column].unwrap_or(f64::NAN)
    }

    /// Hash rate that finds the day's blocks at its difficulty, TH/s.
    fn implied_th_per_s(&self) -> f64 {
        hashrate_th_per_s(self.number(DIFFICULTY)) * self.number(BLOCKS) / BLOCKS_PER_DAY
    }
}

/// Reads a CSV file with one row a day: `date` (ISO), `price_usd` (the day's close),
/// `difficulty_mean`, `hashrate_th_s`, `blocks`, `issuance_btc`, `fees_btc` (both of the whole
/// day), and any further columns.
///
/// A month has
/// - the hash rate of its end: the mean over its last 14 days, since a day's is mostly luck;
/// - the mean of its daily prices;
/// - its fees by its blocks;
/// - the subsidy by the heights of its blocks and the height of its last block, both counted if the
///   file begins on 2009-01-03. Otherwise the subsidy is issuance by blocks, and heights are
///   estimated between the known days of the halvings.
///
/// Empty cells are allowed before the first day without one. The history has the whole months from
/// that day on: what stands of a month at either end is checked and not used.
///
/// # Errors
/// Every column that is missing, day that is missing or out of order, cell that is no number, empty
/// cell inside the history, value that cannot be, and month in which difficulty and hash rate are
/// more than 10 % apart; each with its line.
///
/// # Example
/// ```
/// use hashpivot::input::read_history;
/// let mut file = String::from(
///     "date,price_usd,difficulty_mean,hashrate_th_s,blocks,issuance_btc,fees_btc\n");
/// for day in 1..=31 {
///     file += &format!("2025-03-{day:02},84000,1.138e14,8.15e8,144,450,4.5\n");
/// }
/// let history = read_history("days.csv", file.as_bytes());
/// let history = history.map_err(|faults| faults[0].to_string())?;
/// assert_eq!(history.first.to_string(), "2025-03");
/// assert_eq!((history.subsidy_btc[0], history.fees_btc[0]), (3.125, 0.03125));
/// # Ok::<(), String>(())
/// ```
pub fn read_history(name: &str, bytes: &[u8]) -> Result<History, Vec<Violation>> {
    let text = read::decode(name, bytes).map_err(|violation| vec![*violation])?;
    let mut faults = Vec::new();
    let days = days(&text, &mut faults);
    let place = |faults: Vec<Violation>| -> Vec<Violation> {
        faults
            .into_iter()
            .map(|fault| {
                let line = fault.line;
                fault.at(name, line, usize::from(line > 0))
            })
            .collect()
    };
    if !faults.is_empty() {
        return Err(place(faults));
    }
    let begin = first_day(&days);
    let counted = days.first().is_some_and(|day| day.date == GENESIS);
    let leading = days[..begin].iter().filter(|_| counted).filter_map(|day| judge(day, BLOCKS));
    let all = days[begin..].iter().flat_map(|day| (0..NUMBERS).filter_map(|c| judge(day, c)));
    faults.extend(leading.chain(all).take(MAX_FAULTS));
    let months = whole_months(&days[begin..]);
    if faults.is_empty() {
        faults.extend(months.iter().filter_map(|month| contradiction(month)));
    }
    if months.is_empty() && faults.is_empty() {
        let fault = Violation::new(Code::Missing, "").allowed("needs a whole month, has none");
        faults.push(fault.hint("every column must be filled on each of its days"));
    }
    if !faults.is_empty() {
        return Err(place(faults));
    }
    // The first row is the day of block 0: the blocks after it number the heights.
    let earlier = days.iter().take_while(|day| day.date < months[0][0].date).skip(1);
    let height = counted.then(|| whole(earlier.map(|day| day.number(BLOCKS)).sum()));
    Ok(history(&months, height))
}

/// The rows of a text, up to the most that are read.
fn days(text: &str, faults: &mut Vec<Violation>) -> Vec<Day> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut header: Option<(usize, [usize; COLUMNS.len()])> = None;
    let mut days: Vec<Day> = Vec::new();
    let mut record = StringRecord::new();
    while faults.len() < MAX_FAULTS {
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                faults.push(Violation::new(Code::Syntax, "").allowed(format!("not CSV: {error}")));
                break;
            }
        }
        let line = record.position().map_or(0, |at| usize::try_from(at.line()).unwrap_or(0));
        let Some((fields, places)) = header else {
            let Some(places) = columns(&record, faults) else { return days };
            header = Some((record.len(), places));
            continue;
        };
        if record.len() != fields {
            let fault = Violation::new(Code::Syntax, COLUMNS[0])
                .value(record.iter().collect::<Vec<_>>().join(","))
                .allowed(format!("must have {fields} fields, has {}", record.len()));
            faults.push(fault.at("", line, 1));
            continue;
        }
        if days.len() == MAX_ROWS {
            let fault = Violation::new(Code::Limit, "").allowed("a history may have 100,000 days");
            faults.push(fault.at("", line, 1));
            break;
        }
        match day(&record, &places, line) {
            Ok(day) => {
                faults.extend(days.last().and_then(|before| not_the_next(before, &day)));
                days.push(day);
            }
            Err(found) => faults.extend(found),
        }
    }
    if header.is_none() && faults.is_empty() {
        faults.push(Violation::new(Code::Syntax, "").allowed("needs a header, has none"));
    }
    days
}

/// Places of [`COLUMNS`] in a header; `None` if one is missing or there twice.
fn columns(header: &StringRecord, faults: &mut Vec<Violation>) -> Option<[usize; COLUMNS.len()]> {
    let before = faults.len();
    let mut places = [0; COLUMNS.len()];
    for (place, column) in places.iter_mut().zip(COLUMNS) {
        let mut found = header.iter().enumerate().filter(|(_, name)| *name == column);
        match (found.next(), found.next()) {
            (Some((at, _)), None) => *place = at,
            (Some(_), Some(_)) => {
                let fault = Violation::new(Code::Duplicate, column);
                faults.push(fault.allowed("a column may stand once").at("", 1, 1));
            }
            (None, _) => {
                let names = header.iter().filter(|name| !COLUMNS.contains(name));
                let meant = hint::word(column, names).map(|name| format!("is it {name}?"));
                let found = || format!("found {}", header.iter().collect::<Vec<_>>().join(", "));
                let fault = Violation::new(Code::Missing, column)
                    .allowed("this column must be given")
                    .hint(meant.unwrap_or_else(found));
                faults.push(fault.at("", 1, 1));
            }
        }
    }
    (faults.len() == before).then_some(places)
}

/// # Errors
/// Every cell that cannot be read.
fn day(
    record: &StringRecord,
    places: &[usize; COLUMNS.len()],
    line: usize,
) -> Result<Day, Vec<Violation>> {
    let mut faults = Vec::new();
    let cell = |column: usize| record.get(places[column]).unwrap_or_default();
    let written = cell(0);
    let date = written.parse::<Date>().ok().filter(|date| {
        // Other forms of ISO 8601 are longer or shorter.
        written.len() == "2024-01-31".len() && (1900..=2199).contains(&date.year())
    });
    if date.is_none() {
        let fault = Violation::new(Code::Type, COLUMNS[0]).value(written);
        faults.push(fault.allowed("a day must read like 2024-01-31").at("", line, 1));
    }
    let mut cells = [None; NUMBERS];
    for (column, number) in cells.iter_mut().enumerate() {
        let written = cell(column + 1);
        if written.is_empty() {
            continue;
        }
        match written.parse::<f64>() {
            Ok(value) if value.is_finite() => *number = Some(value),
            _ => {
                let fault = Violation::new(Code::Type, COLUMNS[column + 1])
                    .value(written)
                    .allowed("must be a number")
                    .hint(hint::number(written).unwrap_or_default());
                faults.push(fault.at("", line, 1));
            }
        }
    }
    match date {
        Some(date) if faults.is_empty() => Ok(Day { line, date, cells }),
        _ => Err(faults),
    }
}

/// The fault of a day that does not follow the one before it.
fn not_the_next(before: &Day, day: &Day) -> Option<Violation> {
    let later = days_between(before.date, day.date);
    let (code, allowed) = match later {
        1 => return None,
        0 => (Code::Duplicate, "a day may stand once".to_owned()),
        ..0 => (Code::DateOrder, format!("days must run forward: {} is before it", before.date)),
        2.. => {
            let missing = later - 1;
            (Code::Missing, format!("{missing} missing between {} and it", before.date))
        }
    };
    let fault = Violation::new(code, COLUMNS[0]).value(day.date).allowed(allowed);
    Some(fault.at("", day.line, 1))
}

fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// The first day without an empty cell; all days are before it if there is none.
fn first_day(days: &[Day]) -> usize {
    let full = |day: &Day| day.cells.iter().all(Option::is_some);
    days.iter().position(full).unwrap_or(days.len())
}

/// The fault of a cell that is empty or holds what cannot be.
fn judge(day: &Day, column: usize) -> Option<Violation> {
    let fault = |code| Violation::new(code, COLUMNS[column + 1]).at("", day.line, 1);
    let Some(value) = day.cells[column] else {
        let hint = format!("it is empty on {}", day.date);
        return Some(fault(Code::Missing).allowed("this cell must be filled").hint(hint));
    };
    let (good, allowed) = match column {
        PRICE | DIFFICULTY | HASHRATE => (value > 0.0, "allowed above 0"),
        BLOCKS => (
            (0.0..=MOST_BLOCKS_A_DAY).contains(&value) && value.fract() == 0.0,
            "allowed whole numbers from 0 to 1,000,000",
        ),
        _ => (value >= 0.0, "allowed from 0"),
    };
    let hint = match (column, value == 0.0) {
        (PRICE, true) => "leave the cell empty before the first price",
        (HASHRATE, true) => "a day without a block says nothing: use a longer mean",
        _ => "",
    };
    let fault = fault(Code::Range).value(value).unit(UNITS[column]);
    (!good).then(|| fault.allowed(allowed).hint(hint))
}

/// The whole months of days without a gap.
fn whole_months(days: &[Day]) -> Vec<&[Day]> {
    let same =
        |a: &Day, b: &Day| (a.date.year(), a.date.month()) == (b.date.year(), b.date.month());
    days.chunk_by(same)
        .filter(|month| month.len() == usize::from(month[0].date.days_in_month().unsigned_abs()))
        .collect()
}

/// The fault of a month whose hash rate and difficulty do not go together.
fn contradiction(month: &[Day]) -> Option<Violation> {
    let given = mean(month.iter().map(|day| day.number(HASHRATE)));
    let implied = mean(month.iter().map(Day::implied_th_per_s));
    let ratio = given / implied;
    let close = |ratio: f64| (ratio - 1.0).abs() <= APART_FRAC;
    if close(ratio) {
        return None;
    }
    let units = [("EH/s", 1e-6), ("PH/s", 1e-3), ("GH/s", 1e3), ("MH/s", 1e6), ("H/s", 1e12)];
    let meant = units.iter().find(|(_, factor)| close(ratio / factor));
    let hint = match meant {
        Some((unit, _)) => format!("looks like {unit}: this column is in TH/s"),
        None => "difficulty and blocks of the month say otherwise".to_owned(),
    };
    let fault = Violation::new(Code::Conflict, COLUMNS[HASHRATE + 1])
        .value(format!("{given:.6e} in the mean of {}", calendar(month[0].date)))
        .unit(UNITS[HASHRATE])
        .allowed(format!("must be within 10 % of {implied:.6e}"))
        .hint(hint);
    Some(fault.at("", month[0].line, 1))
}

/// Months as columns; `height` is that of the last block before them, if it is known.
fn history(months: &[&[Day]], height: Option<u64>) -> History {
    let mut columns = beginning(calendar(months[0][0].date));
    let mut height = height;
    for month in months {
        let numbers = |column: usize| month.iter().map(move |day| day.number(column));
        let blocks: f64 = numbers(BLOCKS).sum();
        let last = &month[month.len() - HASHRATE_DAYS..];
        columns.hashrate_th_per_s.push(mean(last.iter().map(|day| day.number(HASHRATE))));
        columns.price_usd_per_btc.push(mean(numbers(PRICE)));
        columns.fees_btc.push(numbers(FEES).sum::<f64>() / blocks);
        let (subsidy, end) = if let Some(height) = &mut height {
            let first = *height + 1;
            *height += whole(blocks);
            (mean_subsidy_btc(first, whole(blocks)), *height)
        } else {
            let issued = numbers(ISSUANCE).sum::<f64>();
            (issued / blocks, estimated_height(calendar(month[0].date).plus(1)))
        };
        columns.subsidy_btc.push(subsidy);
        columns.month_end_height.push(end);
    }
    columns
}

/// The contiguous months at the beginning of the built-in table of the network, for use without a
/// file: 2020-04 to 2025-04.
///
/// It is coarser than a file of days: hash rate is that of the difficulty in force at the month's
/// end, the price is the close of one day, and heights are estimated between the days of the
/// halvings. The table has no fees for these months; 0.015 BTC a block stands in for them, the
/// default of a plan, although fees were higher through most of them.
///
/// # Example
/// ```
/// let history = hashpivot::input::built_in_history();
/// assert_eq!((history.first.to_string().as_str(), history.months()), ("2020-04", 61));
/// assert!((history.hashrate_th_per_s[0] / 114.24e6 - 1.0).abs() < 1e-4);
/// ```
pub fn built_in_history() -> History {
    let rows = facts::network_by_month().iter().map_while(|row| {
        let first: Date = format!("{}-01", row.month).parse().ok()?;
        Some((calendar(first), row.difficulty?, row.price_usd_per_btc?, row.fees_btc_per_block))
    });
    let mut history: Option<History> = None;
    for (month, difficulty, price, fees) in rows {
        let history = history.get_or_insert_with(|| beginning(month));
        if month != history.month(history.months()) {
            break;
        }
        let [before, end] = [month, month.plus(1)].map(estimated_height);
        history.hashrate_th_per_s.push(hashrate_th_per_s(difficulty));
        history.price_usd_per_btc.push(price);
        history.fees_btc.push(fees.unwrap_or(FEES_BTC_PER_BLOCK));
        history.subsidy_btc.push(mean_subsidy_btc(before + 1, end - before));
        history.month_end_height.push(end);
    }
    // A test reads the table, so there is always a row.
    history.unwrap_or_else(|| beginning(calendar(GENESIS)))
}

/// The height of the last block before a month: straight between the halvings, each at noon of its
/// day, and the first of October 2025; 144 blocks a day after that.
fn estimated_height(month: CalendarMonth) -> u64 {
    let october = Start::october_2025(0.0, 1.0);
    let halvings = facts::halvings().iter().filter_map(|row| {
        let day: Date = row.date.parse().ok()?;
        Some((f64::from(days_between(GENESIS, day)) + 0.5, row.height as f64))
    });
    let known = halvings.chain([(days_before(october.month), october.height as f64)]);
    let at = days_before(month);
    let (mut from, mut blocks_per_day) = ((0.0, 0.0), BLOCKS_PER_DAY);
    for (day, height) in known {
        if day > at {
            blocks_per_day = (height - from.1) / (day - from.0);
            break;
        }
        from = (day, height);
    }
    whole((from.1 + blocks_per_day * (at - from.0)).max(0.0).floor())
}

/// Days from the first block's to the beginning of a month.
fn days_before(month: CalendarMonth) -> f64 {
    let months = 0..month.months_since(GENESIS_MONTH);
    let days: u32 = months.map(|m| GENESIS_MONTH.plus(m).days()).sum();
    f64::from(days) - f64::from(GENESIS.day() - 1)
}

/// The calendar month of a day.
fn calendar(day: Date) -> CalendarMonth {
    let years = i32::from(day.year()) - GENESIS_MONTH.year();
    GENESIS_MONTH.plus(years * 12 + i32::from(day.month()) - 1)
}

/// A history without a month yet.
fn beginning(first: CalendarMonth) -> History {
    History {
        first,
        hashrate_th_per_s: Vec::new(),
        price_usd_per_btc: Vec::new(),
        fees_btc: Vec::new(),
        subsidy_btc: Vec::new(),
        month_end_height: Vec::new(),
    }
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// A number of blocks that is whole and not negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked or floored")]
fn whole(blocks: f64) -> u64 {
    blocks as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::defaults::{self, Given};

    const HEADER: &str =
        "date,price_usd,difficulty_mean,hashrate_th_s,blocks,issuance_btc,fees_btc,note\n";

    /// Difficulty at which a hash rate of 1e8 TH/s finds 144 blocks a day, as the file has it.
    fn difficulty() -> f64 {
        hashcost::network::difficulty_of_hashrate(1e8)
    }

    fn row(day: Date) -> String {
        format!("{day},50000,{},1e8,144,900,14.4,\n", difficulty())
    }

    /// A file from `from` to `to`, both included; `change` may replace a row.
    fn file(from: Date, to: Date, change: impl Fn(Date) -> Option<String>) -> String {
        let mut text = String::from(HEADER);
        for day in from.series(jiff::Span::new().days(1)).take_while(|day| *day <= to) {
            text += &change(day).unwrap_or_else(|| row(day));
        }
        text
    }

    fn refused(text: &str) -> Vec<Violation> {
        read_history("d.csv", text.as_bytes()).unwrap_err()
    }

    /// What is refused in one month of good rows when one of them is changed.
    fn refused_row(day: i8, written: &str) -> Vec<Violation> {
        let bad = date(2022, 3, day);
        refused(&file(date(2022, 3, 1), date(2022, 3, 31), |day| {
            (day == bad).then(|| format!("{written}\n"))
        }))
    }

    #[test]
    fn months_are_made_of_days() {
        let text = file(date(2023, 1, 20), date(2023, 4, 12), |day| {
            let (month, nth) = (day.month(), f64::from(day.day()));
            // Hash rate and price rise through February, with more blocks and fees in its second
            // half.
            (month == 2).then(|| {
                let (blocks, fees) = if day.day() > 14 { (154, 30.8) } else { (134, 0.0) };
                let hashrate = 1e8 + 1e5 * nth;
                let difficulty =
                    hashcost::network::difficulty_of_hashrate(hashrate) * 144.0 / f64::from(blocks);
                let price = 20_000.0 + nth;
                let issued = 6.25 * f64::from(blocks);
                format!("{day},{price},{difficulty},{hashrate},{blocks},{issued},{fees},\n")
            })
        });
        let history = read_history("d.csv", text.as_bytes()).unwrap();
        assert_eq!((history.first.to_string().as_str(), history.months()), ("2023-02", 2));
        // The mean of the 15th to the 28th, and of all days.
        assert!((history.hashrate_th_per_s[0] / (1e8 + 21.5e5) - 1.0).abs() < 1e-12);
        assert!((history.price_usd_per_btc[0] - 20_014.5).abs() < 1e-9);
        assert!((history.fees_btc[0] - 14.0 * 30.8 / (14.0 * 288.0)).abs() < 1e-12);
        assert_eq!(history.subsidy_btc, [6.25, 6.25]);
        assert_eq!((history.hashrate_th_per_s[1], history.price_usd_per_btc[1]), (1e8, 50_000.0));
        history.check().unwrap();
    }

    #[test]
    fn a_file_from_the_first_block_counts_heights() {
        // 4,000 blocks a day, so that the first halving comes soon.
        let text = file(date(2009, 1, 3), date(2009, 3, 31), |day| {
            let blocks = if day == GENESIS { 1 } else { 4_000 };
            let priced = day >= date(2009, 1, 20);
            let price = if priced { "1" } else { "" };
            let difficulty = difficulty() * 144.0 / f64::from(blocks);
            Some(format!("{day},{price},{difficulty},1e8,{blocks},200000,0,\n"))
        });
        let history = read_history("d.csv", text.as_bytes()).unwrap();
        assert_eq!(history.first.to_string(), "2009-02");
        // 28 days to the end of January, then 28 and 31; the first row's block is block 0.
        assert_eq!(history.month_end_height, [56 * 4_000, 87 * 4_000]);
        // Blocks 112,001 to 224,000: 97,999 of 50 BTC, 14,001 of 25 BTC.
        let mean = (97_999.0 * 50.0 + 14_001.0 * 25.0) / 112_000.0;
        assert!((history.subsidy_btc[0] - mean).abs() < 1e-12);
        assert_eq!(history.subsidy_btc[1], 25.0);
    }

    #[test]
    fn leading_cells_may_be_empty_and_no_others() {
        let text = file(date(2022, 1, 1), date(2022, 3, 31), |day| {
            (day < date(2022, 1, 15)).then(|| format!("{day},,,,,,,\n"))
        });
        let history = read_history("d.csv", text.as_bytes()).unwrap();
        assert_eq!((history.first.to_string().as_str(), history.months()), ("2022-02", 2));
        let faults = refused_row(9, "2022-03-09,50000,1e13,1e8,144,900,,");
        assert_eq!((faults.len(), faults[0].line), (1, 10));
        assert!(faults[0].to_string().contains("fees_btc: this cell must be filled"));
    }

    #[test]
    fn what_is_wrong_with_a_row_is_named_with_its_line() {
        let good = row(date(2022, 3, 9));
        let good = good.trim_end();
        for (written, path, says) in [
            (good.replace("50000", "0"), "price_usd", "allowed above 0"),
            (good.replace("50000", "-3"), "price_usd", "allowed above 0"),
            (good.replace("1e8", "0"), "hashrate_th_s", "without a block"),
            (good.replace(",144,", ",144.5,"), "blocks", "whole numbers"),
            (good.replace(",144,", ",1e30,"), "blocks", "to 1,000,000"),
            (good.replace("14.4", "-1"), "fees_btc", "allowed from 0"),
            (good.replace("50000", "50_000"), "price_usd", "thousands separator: write 50000"),
            (good.replace("50000", "nan"), "price_usd", "finite"),
            (good.replace("2022-03-09", "9.3.2022"), "date", "like 2024-01-31"),
            (good.replace("2022-03-09", "2022-02-30"), "date", "like 2024-01-31"),
            (format!("{good},1"), "date", "must have 8 fields, has 9"),
        ] {
            let faults = refused_row(9, &written);
            let found = &faults[0];
            assert_eq!((found.file.as_str(), found.line), ("d.csv", 10), "{found}");
            assert_eq!(found.path, path, "{found}");
            assert!(found.to_string().contains(says), "{found}");
        }
        // All of them at once.
        let both = good.replace("50000", "-3").replace("14.4", "-1");
        assert_eq!(refused_row(9, &both).len(), 2);
    }

    #[test]
    fn days_follow_each_other() {
        let without = |skip: [Date; 2]| {
            refused(&file(date(2022, 3, 1), date(2022, 3, 31), |day| {
                skip.contains(&day).then(String::new)
            }))
        };
        let faults = without([date(2022, 3, 8), date(2022, 3, 9)]);
        assert_eq!((faults.len(), faults[0].line, faults[0].code), (1, 9, Code::Missing));
        assert!(faults[0].to_string().contains("2 missing between 2022-03-07 and it"));
        let twice = refused_row(9, row(date(2022, 3, 8)).trim_end());
        assert_eq!((twice[0].code, twice[0].line), (Code::Duplicate, 10));
        let back = refused_row(9, row(date(2022, 2, 8)).trim_end());
        assert_eq!((back[0].code, back[0].line), (Code::DateOrder, 10));
    }

    #[test]
    fn a_file_that_is_no_table_of_days_is_refused() {
        let month = file(date(2022, 3, 1), date(2022, 3, 31), |_| None);
        for (text, path, says) in [
            (String::new(), "", "needs a header"),
            (HEADER.into(), "", "needs a whole month"),
            (file(date(2022, 3, 2), date(2022, 3, 31), |_| None), "", "needs a whole month"),
            (month.replace("price_usd", "price_usd_"), "price_usd", "is it price_usd_?"),
            (month.replace("note", "blocks"), "blocks", "may stand once"),
        ] {
            let faults = refused(&text);
            assert_eq!((faults.len(), faults[0].path.as_str()), (1, path), "{faults:?}");
            assert!(faults[0].to_string().contains(says), "{}", faults[0]);
        }
    }

    #[test]
    fn hash_rate_and_difficulty_must_agree_over_a_month() {
        let times = |factor: f64| {
            let text = file(date(2022, 3, 1), date(2022, 4, 30), |day| {
                let hashrate = factor * 1e8;
                (day.month() == 4).then(|| row(day).replace("1e8", &hashrate.to_string()))
            });
            read_history("d.csv", text.as_bytes())
        };
        assert!(times(1.09).is_ok() && times(0.91).is_ok());
        for (factor, says) in [
            (1.12, "difficulty and blocks of the month say otherwise"),
            (0.89, "within 10 % of 1.000000e8 TH/s"),
            (1e-6, "looks like EH/s"),
            (1e-3, "looks like PH/s"),
            (1e12, "looks like H/s"),
        ] {
            let faults = times(factor).unwrap_err();
            assert_eq!((faults.len(), faults[0].line), (1, 33), "{factor}");
            assert_eq!(faults[0].path, "hashrate_th_s");
            assert!(faults[0].to_string().contains(says), "{}", faults[0]);
        }
        // A day of luck among them is not refused: 40 % more blocks than the rest.
        let text = file(date(2022, 3, 1), date(2022, 3, 31), |day| {
            (day.day() == 5).then(|| row(day).replace(",144,", ",201,"))
        });
        assert!(read_history("d.csv", text.as_bytes()).is_ok());
    }

    #[test]
    fn the_built_in_history_can_be_tested_on() {
        let history = built_in_history();
        history.check().unwrap();
        assert_eq!((history.first.to_string().as_str(), history.months()), ("2020-04", 61));
        // Halvings: 2020-05-11 and 2024-04-20. At noon 10.5 of 31 and 19.5 of 30 days have passed;
        // blocks came a little faster before the first than after it.
        let subsidy = |year, month| {
            let month = CalendarMonth::new(year, month).unwrap();
            history.subsidy_btc[history.index(month).unwrap()]
        };
        assert_eq!([subsidy(2020, 4), subsidy(2020, 6)], [12.5, 6.25]);
        assert_eq!([subsidy(2024, 3), subsidy(2024, 5)], [6.25, 3.125]);
        assert!((subsidy(2020, 5) - 6.25 * (1.0 + 10.5 / 31.0)).abs() < 0.04);
        assert!((subsidy(2024, 4) - 3.125 * (1.0 + 19.5 / 30.0)).abs() < 0.02);
        // The last block of 2025-04 was about 894,673: the estimate is within five days.
        let last = history.month_end_height[60];
        assert!(last.abs_diff(894_673) < 720, "{last}");
        let fees = defaults::TABLE.iter().find(|row| row.at == "bitcoin.fees_btc_per_block");
        let Given::Json(written) = fees.unwrap().value else { panic!("not a number") };
        assert_eq!(written.parse(), Ok(FEES_BTC_PER_BLOCK));
        assert!(history.fees_btc.iter().all(|fees| *fees == FEES_BTC_PER_BLOCK));
    }
}
