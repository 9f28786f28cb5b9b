//! What shows only over all rows of a series file: their number, order and step, and the unit.

use std::collections::BTreeMap;

use power::INTERVALS_S;
use units::{Code, Violation};

use super::rows::{MAX_FAULTS, MAX_ROWS, NONE, Rows};
use super::{Field, Label, Place, Quantity};

/// Rows that it takes to tell a price in USD/kWh from a quiet market.
const KWH_ROWS: usize = 24;

/// Looks up where a field of rows, given by rising number from 0, stands.
pub(super) type Locate<'a> = &'a dyn Fn(&[usize], Field) -> Vec<Place>;

impl Rows<'_> {
    /// Judges what shows only over all rows: their number, order and step, and the unit.
    pub(super) fn judge(&mut self, locate: Locate<'_>) {
        for (_, (mut fault, rows)) in std::mem::take(&mut self.systematic) {
            if rows > 1 {
                let more = match rows - 1 {
                    1 => "1 more row like it".to_owned(),
                    more => format!("{more} more rows like it"),
                };
                fault.hint = match fault.hint.as_str() {
                    "" => more,
                    hint => format!("{hint}; {more}"),
                };
            }
            self.faults.push(fault);
        }
        if self.stamps_s.len() < 2 {
            let found = format!("it has {}", self.stamps_s.len());
            let fault = Violation::new(Code::Missing, "")
                .allowed("a series needs at least 2 rows")
                .hint(found);
            self.faults.push(fault.at(self.file, 0, 0));
        }
        self.judge_order(locate);
        self.judge_unit(locate);
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        if self.faults.len() >= MAX_FAULTS {
            self.faults.truncate(MAX_FAULTS);
            let rest = Violation::new(Code::Limit, "")
                .allowed("1,000 faults are named at a time")
                .hint("there may be more");
            self.faults.push(rest.at(self.file, 0, 0));
        }
    }

    /// Steps from a row to the next where both have stamps: number of the later row and seconds.
    fn steps(&self) -> impl Iterator<Item = (usize, i64)> {
        let pairs = self.stamps_s.windows(2).enumerate();
        pairs
            .filter(|(_, pair)| !pair.contains(&NONE))
            .map(|(row, pair)| (row + 1, pair[1] - pair[0]))
    }

    fn judge_order(&mut self, locate: Locate<'_>) {
        let mut smallest = i64::MAX;
        let (mut rising, mut wrong) = (0_usize, Vec::new());
        for (row, step) in self.steps() {
            if step > 0 {
                smallest = smallest.min(step);
                rising += 1;
            } else if wrong.len() < MAX_FAULTS {
                wrong.push((row, step));
            }
        }
        if rising == 0 && wrong.len() > 1 && wrong.iter().all(|(_, step)| *step < 0) {
            let place = one(locate, wrong[0].0, Field::Time);
            let fault = self
                .about(Code::DateOrder, Field::Time, &place)
                .allowed("times must rise from row to row")
                .hint("the newest row stands first: sort by time");
            return self.faults.push(fault);
        }
        let numbers: Vec<usize> = wrong.iter().map(|(row, _)| *row).collect();
        for ((_, step), place) in wrong.iter().zip(located(locate, &numbers, Field::Time)) {
            let local = self.naive && !self.columns.utc && self.options.zone.is_some();
            let fault = if *step == 0 {
                let hint = "a local clock shows an hour twice in autumn only: use UTC or offsets";
                self.about(Code::Duplicate, Field::Time, &place)
                    .allowed("a time may stand once")
                    .hint(if local { hint } else { "" })
            } else {
                self.about(Code::DateOrder, Field::Time, &place)
                    .allowed("times must rise from row to row")
                    .hint(format!("it is {} before the row above", duration(-step)))
            };
            self.faults.push(fault);
        }
        if rising > 0 {
            self.judge_step(smallest, locate);
        }
    }

    fn judge_step(&mut self, smallest: i64, locate: Locate<'_>) {
        let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
        let mut even = true;
        for (_, step) in self.steps().filter(|(_, step)| *step > 0 && *step != smallest) {
            *counts.entry(step).or_default() += 1;
            even &= step % smallest == 0;
        }
        let rest: usize = counts.values().sum();
        let of_smallest = self.steps().filter(|(_, step)| *step > 0).count() - rest;
        let common = counts.iter().rev().max_by_key(|(_, count)| **count);
        let interval_s = match common {
            Some((&step, &count)) if count > of_smallest && INTERVALS_S.contains(&step) => step,
            _ => smallest,
        };
        let first = |of: i64| self.steps().find(|(_, step)| *step == of).map_or(0, |(row, _)| row);
        if !INTERVALS_S.contains(&interval_s) {
            let place = one(locate, first(smallest), Field::Time);
            let fault = self
                .about(Code::Range, Field::Time, &place)
                .allowed(format!(
                    "rows must stand 5, 10, 15, 20, 30 or 60 minutes apart, these are {}",
                    duration(smallest)
                ))
                .hint(if smallest > 3_600 {
                    "a series is at least hourly"
                } else if smallest < 300 {
                    "average it to 5 minutes"
                } else {
                    ""
                });
            return self.faults.push(fault);
        }
        if !even || interval_s != smallest {
            let odd = self.steps().filter(|(_, step)| *step > 0 && step % interval_s != 0);
            let odd: Vec<(usize, i64)> = odd.take(MAX_FAULTS).collect();
            let numbers: Vec<usize> = odd.iter().map(|(row, _)| *row).collect();
            for ((_, step), place) in odd.iter().zip(located(locate, &numbers, Field::Time)) {
                let fault = self
                    .about(Code::Range, Field::Time, &place)
                    .allowed(format!(
                        "rows must stand whole steps of {} apart",
                        duration(interval_s)
                    ))
                    .hint(format!("it is {} after the row above", duration(*step)));
                self.faults.push(fault);
            }
            if !odd.is_empty() {
                return;
            }
        }
        let first = self.stamps_s.iter().position(|stamp| *stamp != NONE).unwrap_or(0);
        if self.stamps_s[first].rem_euclid(interval_s) != 0 {
            let place = one(locate, first, Field::Time);
            let fault = self
                .about(Code::Range, Field::Time, &place)
                .allowed(format!(
                    "times must lie on whole steps of {} in UTC",
                    duration(interval_s)
                ))
                .hint(if self.stamps_s[first] % 900 == 0 {
                    "a clock that is not whole hours from UTC needs shorter steps"
                } else {
                    "write 13:00 for 12:59 and 13:01"
                });
            return self.faults.push(fault);
        }
        self.interval_s = Some(interval_s);
        let last = self.stamps_s.iter().rfind(|stamp| **stamp != NONE).copied().unwrap_or(0);
        let spanned = (last - self.stamps_s[first]) / interval_s + 1;
        if usize::try_from(spanned).is_ok_and(|spanned| spanned > MAX_ROWS) {
            let widest = self.steps().max_by_key(|(_, step)| *step).map_or(0, |(row, _)| row);
            let place = one(locate, widest, Field::Time);
            let fault = self
                .about(Code::Limit, Field::Time, &place)
                .allowed("a series may span 4,000,000 intervals")
                .hint(format!("this file spans {spanned}: is the year right?"));
            self.faults.push(fault);
        }
    }

    fn judge_unit(&mut self, locate: Locate<'_>) {
        let read = self.values.iter().filter(|value| !value.is_nan()).count();
        let small = self.largest > 0.0 && self.largest < 1.0;
        if self.options.quantity != Quantity::PriceUsdPerMwh || !small || read < KWH_ROWS {
            return;
        }
        let row = self.values.iter().position(|value| !value.is_nan() && *value != 0.0);
        let place = one(locate, row.unwrap_or(0), Field::Value);
        let fault = self
            .about(Code::Range, Field::Value, &place)
            .allowed("prices are in USD/MWh")
            .hint("all lie within 1 of zero: looks like USD/kWh: multiply by 1,000");
        self.faults.push(fault);
    }

    /// The interval, if these are local ends that may follow the other convention.
    pub(super) fn other_ends_interval_s(&self) -> Option<i64> {
        let local = self.naive && self.local.is_some() && !self.columns.utc;
        let ends = self.columns.label == Label::End;
        if local && ends && self.defects() > (0, 0) { self.interval_s } else { None }
    }

    /// Faults, and intervals that are missing between rows.
    pub(super) fn defects(&self) -> (usize, i64) {
        let interval_s = self.interval_s.unwrap_or(1);
        let missing = |step: i64| (step / interval_s - 1).max(0);
        (self.faults.len(), self.steps().map(|(_, step)| missing(step)).sum())
    }
}

/// Seconds in words, `15 minutes`.
pub(super) fn duration(seconds: i64) -> String {
    let (count, unit) = match seconds {
        _ if seconds % 86_400 == 0 => (seconds / 86_400, "day"),
        _ if seconds % 3_600 == 0 => (seconds / 3_600, "hour"),
        _ if seconds % 60 == 0 => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") }
}

fn nowhere() -> Place {
    Place { line: 0, column: 0, written: String::new() }
}

/// The place of one field.
pub(super) fn one(locate: Locate<'_>, row: usize, field: Field) -> Place {
    locate(&[row], field).pop().unwrap_or_else(nowhere)
}

/// Places of a field in rows; no look-up for no rows.
pub(super) fn located(locate: Locate<'_>, rows: &[usize], field: Field) -> Vec<Place> {
    if rows.is_empty() { Vec::new() } else { locate(rows, field) }
}
