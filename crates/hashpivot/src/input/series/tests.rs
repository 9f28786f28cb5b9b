//! Files of series, good and bad: what is shared by the tests of forms and of rows.

mod forms;
mod rows;

use std::fmt::Write as _;

use power::Instants;

use super::*;

const HOUR_S: i64 = 3_600;
/// 2024-01-01T06:00Z, midnight in Chicago.
const START_2024_S: i64 = 1_704_088_800;

pub(super) fn prices() -> SeriesOptions {
    SeriesOptions {
        label: None,
        zone: None,
        gaps: GapRule::Refuse,
        time_column: None,
        value_column: None,
        quantity: Quantity::PriceUsdPerMwh,
    }
}

fn chicago() -> SeriesOptions {
    SeriesOptions { zone: Zone::named("America/Chicago"), ..prices() }
}

fn temperatures() -> SeriesOptions {
    SeriesOptions { quantity: Quantity::TemperatureC, ..prices() }
}

fn read(text: &str, options: &SeriesOptions) -> SeriesRead {
    read_series("p.csv", text.as_bytes(), options).unwrap_or_else(|faults| {
        panic!("{}", faults.iter().fold(String::new(), |all, fault| format!("{all}{fault}\n")))
    })
}

fn refused(text: &str, options: &SeriesOptions, expected: &[&str]) {
    let faults = read_series("p.csv", text.as_bytes(), options).err().unwrap_or_default();
    let found: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(found, expected, "{}", text.get(..500).unwrap_or(text));
}

/// A file of `interval_start,price` with these lines.
fn file(lines: &[&str]) -> String {
    lines.iter().fold("interval_start,price\n".to_owned(), |all, line| format!("{all}{line}\n"))
}

/// Local clock and UTC of the hours from `from_s` on, as lines with the price 30 + n.
fn hourly(zone: &Zone, from_s: i64, hours: i64) -> (String, String) {
    let (mut local, mut utc) = (file(&[]), file(&[]));
    for hour in 0..hours {
        let instant = from_s + hour * HOUR_S;
        let clock = stamp::iso(stamp::clock_s(zone, instant));
        let price = 30 + hour % 24;
        writeln!(local, "{clock},{price}").unwrap();
        writeln!(utc, "{}Z,{price}", stamp::iso(instant)).unwrap();
    }
    (local, utc)
}
