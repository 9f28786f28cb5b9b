//! Rows become two columns; every fault of a row is noted, whatever file it came from.

use std::collections::BTreeMap;

use power::{Instants, Zone};
use units::{Code, SpotUsdPerMwh, Violation};

use super::columns::Columns;
use super::stamp::{self, Ends, LocalClock, Slip, Stamp};
use super::{Field, Label, Place, Quantity, SeriesOptions};
use crate::input::hint;

/// Most rows of a file, and most intervals that they may span.
pub(super) const MAX_ROWS: usize = 4_000_000;
/// Most faults that are noted.
pub(super) const MAX_FAULTS: usize = 1_000;
/// Stamp of a row that has none.
pub(super) const NONE: i64 = i64::MIN;

/// A value as a file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    Empty,
    Number(f64),
    Text,
}

/// Faults that stand once for all rows that have them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Systematic {
    NoZone,
    ZoneAgainstUtc,
    HourTwentyFour,
    Form(Slip),
}

/// The rows read so far.
pub(super) struct Rows<'a> {
    pub(super) file: &'a str,
    pub(super) columns: &'a Columns,
    pub(super) options: &'a SeriesOptions,
    ends: Ends,
    pub(super) local: Option<LocalClock<'a>>,
    /// What each row's stamp names; [`NONE`] where it cannot be read.
    pub(super) stamps_s: Vec<i64>,
    /// Not a number where a row has no value.
    pub(super) values: Vec<f64>,
    /// The stamp before the one at hand.
    last_s: i64,
    /// Whether some stamp had no offset.
    pub(super) naive: bool,
    /// Rows without a value, by number.
    pub(super) empty: Vec<usize>,
    pub(super) largest: f64,
    pub(super) faults: Vec<Violation>,
    pub(super) systematic: BTreeMap<Systematic, (Violation, usize)>,
    pub(super) interval_s: Option<i64>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        file: &'a str,
        columns: &'a Columns,
        options: &'a SeriesOptions,
        ends: Ends,
    ) -> Self {
        Self {
            file,
            columns,
            options,
            ends,
            local: options.zone.as_ref().map(LocalClock::new),
            stamps_s: Vec::new(),
            values: Vec::new(),
            last_s: NONE,
            naive: false,
            empty: Vec::new(),
            largest: 0.0,
            faults: Vec::new(),
            systematic: BTreeMap::new(),
            interval_s: None,
        }
    }

    /// Makes room for about so many rows.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.stamps_s.reserve_exact(rows.min(MAX_ROWS));
        self.values.reserve_exact(rows.min(MAX_ROWS));
    }

    /// Takes a row; whether another one is wanted.
    #[inline]
    pub(super) fn row(
        &mut self,
        stamp: Result<Stamp, Slip>,
        cell: Cell,
        place: impl Fn(Field) -> Place,
    ) -> bool {
        let stamp_s = match stamp {
            // The common case, kept apart from all that may be wrong.
            Ok(Stamp { clock_s, offset_s: Some(ahead), hour_24: false }) => clock_s - ahead,
            _ => self.stamp(stamp, &place).unwrap_or(NONE),
        };
        if stamp_s != NONE {
            self.last_s = stamp_s;
        }
        self.stamps_s.push(stamp_s);
        let value = match cell {
            Cell::Number(value) if self.in_range(value) => {
                self.largest = self.largest.max(value.abs());
                // Adding zero turns -0.0 into 0.0.
                value + 0.0
            }
            _ => self.value(cell, &place),
        };
        self.values.push(value);
        self.wants_more(&place)
    }

    /// Takes a row that cannot be read at all; whether another one is wanted.
    pub(super) fn broken(&mut self, fault: Violation, place: &Place) -> bool {
        self.note(fault, place);
        self.stamps_s.push(NONE);
        self.values.push(f64::NAN);
        self.wants_more(|_| place.clone())
    }

    #[inline]
    fn wants_more(&mut self, place: impl Fn(Field) -> Place) -> bool {
        if self.stamps_s.len() > MAX_ROWS {
            let fault = Violation::new(Code::Limit, "").allowed("a series may have 4,000,000 rows");
            self.note(fault, &place(Field::Time));
            return false;
        }
        self.faults.len() < MAX_FAULTS
    }

    fn note(&mut self, fault: Violation, place: &Place) {
        self.faults.push(fault.at(self.file, place.line, place.column));
    }

    /// A fault about a field, with its place.
    pub(super) fn about(&self, code: Code, field: Field, place: &Place) -> Violation {
        Violation::new(code, self.columns.name(field)).value(&place.written).at(
            self.file,
            place.line,
            place.column,
        )
    }

    /// Counts a fault that other rows have as well; the first one gives its place.
    fn note_systematic(&mut self, what: Systematic, fault: impl FnOnce(&Self) -> Violation) {
        if let Some((_, rows)) = self.systematic.get_mut(&what) {
            *rows += 1;
        } else {
            let fault = fault(self);
            self.systematic.insert(what, (fault, 1));
        }
    }

    /// What a stamp names, unless it is faulty.
    fn stamp(
        &mut self,
        stamp: Result<Stamp, Slip>,
        place: &impl Fn(Field) -> Place,
    ) -> Option<i64> {
        let time = || place(Field::Time);
        let unreadable = |rows: &Self, slip: Slip| {
            rows.about(Code::Type, Field::Time, &time())
                .allowed("a time must read like 2024-01-31T13:00Z")
                .hint(slip.hint())
        };
        let stamp = match stamp {
            Ok(stamp) => stamp,
            Err(slip @ (Slip::Slashes | Slip::DateOnly | Slip::UnixTime)) => {
                self.note_systematic(Systematic::Form(slip), |rows| unreadable(rows, slip));
                return None;
            }
            Err(slip) => {
                let fault = unreadable(self, slip);
                self.faults.push(fault);
                return None;
            }
        };
        if stamp.hour_24 && self.columns.label == Label::Start {
            self.note_systematic(Systematic::HourTwentyFour, |rows| {
                rows.about(Code::Range, Field::Time, &time())
                    .allowed("24:00 is an hour's end")
                    .hint("is this hour-ending data? say --label end")
            });
            return None;
        }
        if let Some(ahead) = stamp.offset_s {
            return Some(stamp.clock_s - ahead);
        }
        self.naive = true;
        match (self.columns.utc, &mut self.local) {
            (true, Some(local)) if !stamp::is_utc(local.zone) => {
                self.note_systematic(Systematic::ZoneAgainstUtc, |rows| {
                    let zone = rows.options.zone.as_ref().map_or("", Zone::name);
                    rows.about(Code::Conflict, Field::Time, &time())
                        .allowed(format!("the column's name says UTC, --zone says {zone}"))
                        .hint("leave out --zone, or rename the column")
                });
                None
            }
            (true, _) => Some(stamp.clock_s),
            (false, None) => {
                self.note_systematic(Systematic::NoZone, |rows| {
                    rows.about(Code::Missing, Field::Time, &time())
                        .allowed("a naive timestamp without zone")
                        .hint("add Z or an offset, or say --zone America/Chicago")
                });
                None
            }
            (false, Some(local)) => {
                let (shift_s, clock_s) = match self.ends {
                    Ends::Clock => (0, stamp.clock_s),
                    Ends::StartPlus { interval_s } => (interval_s, stamp.clock_s - interval_s),
                };
                match local.instants(clock_s) {
                    Instants::One(instant) => Some(instant + shift_s),
                    Instants::Two(first, _) if first + shift_s > self.last_s => {
                        Some(first + shift_s)
                    }
                    Instants::Two(_, second) => Some(second + shift_s),
                    Instants::None => {
                        let zone = local.zone;
                        let fault = never_shown(
                            zone,
                            clock_s,
                            self.about(Code::Range, Field::Time, &time()),
                        );
                        self.faults.push(fault);
                        None
                    }
                }
            }
        }
    }

    #[inline]
    fn in_range(&self, value: f64) -> bool {
        match self.options.quantity {
            Quantity::PriceUsdPerMwh => SpotUsdPerMwh::new(value).is_ok(),
            Quantity::TemperatureC => (-60.0..=60.0).contains(&value),
        }
    }

    /// Not a number, with a fault unless the field is empty.
    #[cold]
    fn value(&mut self, cell: Cell, place: &impl Fn(Field) -> Place) -> f64 {
        if cell == Cell::Empty {
            self.empty.push(self.values.len());
            return f64::NAN;
        }
        let place = place(Field::Value);
        let (unit, range) = match self.options.quantity {
            Quantity::PriceUsdPerMwh => ("USD/MWh", "allowed -5000..=20000"),
            Quantity::TemperatureC => ("°C", "allowed -60..=60"),
        };
        let lower = place.written.to_ascii_lowercase();
        let absent = matches!(lower.as_str(), "nan" | "na" | "n/a" | "null" | "none" | "-" | "--");
        let leave = "leave the field empty where there is no value";
        let fault = match cell {
            Cell::Number(value) if value.is_finite() => {
                let fahrenheit =
                    self.options.quantity == Quantity::TemperatureC && value > 0.0 && value < 140.0;
                let hint = if fahrenheit { "looks like Fahrenheit" } else { "" };
                self.about(Code::Range, Field::Value, &place).unit(unit).allowed(range).hint(hint)
            }
            Cell::Number(_) => {
                let hint = if absent { leave } else { "" };
                self.about(Code::NotFinite, Field::Value, &place)
                    .unit(unit)
                    .allowed(range)
                    .hint(hint)
            }
            _ => {
                let hint = if absent { Some(leave.into()) } else { hint::number(&place.written) };
                self.about(Code::Type, Field::Value, &place)
                    .allowed("must be a number")
                    .hint(hint.unwrap_or_default())
            }
        };
        self.faults.push(fault);
        f64::NAN
    }
}

/// A local time in the hour over which the clock is set forward.
fn never_shown(zone: &Zone, clock_s: i64, fault: Violation) -> Violation {
    let shown = stamp::iso(clock_s);
    let (date, time) = shown.split_once('T').unwrap_or((&shown, ""));
    // Standard time: of the clocks of two seasons, the one further behind.
    let mut local = LocalClock::new(zone);
    let ahead = [60, 182].map(|days| match local.instants(clock_s - days * 86_400) {
        Instants::One(instant) => Some(clock_s - days * 86_400 - instant),
        _ => None,
    });
    let standard = ahead.into_iter().flatten().min().filter(|ahead| ahead % 3_600 == 0);
    let fixed = standard.map(|ahead| format!("Etc/GMT{:+}", -ahead / 3_600));
    let fixed = fixed.filter(|name| Zone::named(name).is_some());
    let hint = match fixed {
        Some(name) => format!("; if the file keeps standard time all year, say --zone {name}"),
        None => String::new(),
    };
    fault
        .allowed(format!("the clock of {} never shows {time} on {date}", zone.name()))
        .hint(format!("it is set forward on that day{hint}"))
}
