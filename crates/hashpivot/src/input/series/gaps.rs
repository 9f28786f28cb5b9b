//! From rows without fault to a series: gaps are filled by the rule, or named.

use power::{Gap, GapRule, Instants, Series, Zone};
use units::{Code, Violation};

use super::judge::{Locate, duration, located, one};
use super::rows::Rows;
use super::stamp::{self, LocalClock};
use super::{Field, Label, SeriesRead};

/// Most gaps that are named one by one.
const MAX_GAPS: usize = 20;

impl Rows<'_> {
    /// The series.
    ///
    /// # Errors
    /// The faults of [`Rows::judge`], or else gaps that are not to be filled.
    pub(super) fn into_series(mut self, locate: Locate<'_>) -> Result<SeriesRead, Vec<Violation>> {
        if self.faults.is_empty() {
            self.judge_edges(locate);
        }
        let (Some(interval_s), true) = (self.interval_s, self.faults.is_empty()) else {
            return Err(self.faults);
        };
        if self.columns.label == Label::End {
            self.stamps_s.iter_mut().for_each(|stamp| *stamp -= interval_s);
        }
        let rows = self.stamps_s.len();
        self.leave_out_empty();
        let rule = self.options.gaps;
        let outcome = Series::from_stamped(&self.stamps_s, &self.values, interval_s, rule);
        let (series, filled) = outcome.map_err(|error| match error {
            power::Error::Gaps(gaps) => self.gap_faults(&gaps, interval_s, locate),
            other => {
                // Unreachable unless the rules of rows and series differ.
                let fault = Violation::new(Code::Syntax, "").allowed(other.to_string());
                vec![fault.at(self.file, 0, 0)]
            }
        })?;
        let zone = match self.clock_zone() {
            _ if !self.naive => None,
            Some(zone) => Some(zone.name().to_owned()),
            None => Some("UTC".to_owned()),
        };
        Ok(SeriesRead {
            series,
            rows,
            label: self.columns.label,
            zone,
            gaps: rule,
            filled,
            time_column: self.columns.time_name.clone(),
            value_column: self.columns.value_name.clone(),
        })
    }

    /// Takes rows without a value out of both columns.
    fn leave_out_empty(&mut self) {
        if self.empty.is_empty() {
            return;
        }
        let mut kept = 0;
        for row in 0..self.values.len() {
            if !self.values[row].is_nan() {
                self.values[kept] = self.values[row];
                self.stamps_s[kept] = self.stamps_s[row];
                kept += 1;
            }
        }
        self.values.truncate(kept);
        self.stamps_s.truncate(kept);
    }

    /// The row of the file after the last value before a gap: without a value, or after the gap.
    fn row_of_gap(&self, gap: &Gap) -> usize {
        let before = self.stamps_s.partition_point(|stamp| *stamp < gap.from_unix_s) - 1;
        let left_out =
            self.empty.iter().zip(0..).take_while(|(row, place)| **row - place <= before);
        before + left_out.count() + 1
    }

    /// The local clock of the file; `None` for UTC.
    fn clock_zone(&self) -> Option<&Zone> {
        self.options.zone.as_ref().filter(|zone| !self.columns.utc && !stamp::is_utc(zone))
    }

    /// A gap needs values on both sides, so the first and the last row must have one.
    fn judge_edges(&mut self, locate: Locate<'_>) {
        let empty = |value: &f64| value.is_nan();
        let rows = self.values.len();
        let leading = self.values.iter().take_while(|value| empty(value)).count();
        let trailing = self.values.iter().rev().take_while(|value| empty(value)).count();
        let edges = if leading == rows {
            vec![(0, "no row has a value".to_owned())]
        } else {
            let leading = (leading > 0)
                .then(|| (0, format!("the first {leading} rows have no value: delete them")));
            let trailing = (trailing > 0).then(|| {
                (rows - trailing, format!("the last {trailing} rows have no value: delete them"))
            });
            leading.into_iter().chain(trailing).collect()
        };
        for (row, hint) in edges {
            let place = one(locate, row, Field::Value);
            let fault = self
                .about(Code::Missing, Field::Value, &place)
                .allowed("a series begins and ends with a value")
                .hint(hint);
            self.faults.push(fault);
        }
    }

    /// Names gaps one by one, up to a number.
    fn gap_faults(&self, gaps: &[Gap], interval_s: i64, locate: Locate<'_>) -> Vec<Violation> {
        let first_day = |gap: &Gap| gap.from_unix_s < self.stamps_s[0] + 86_400;
        let allowed = match self.options.gaps {
            GapRule::Refuse => "allowed --gaps previous|linear|day_before",
            GapRule::DayBefore if gaps.iter().any(first_day) => {
                "the day before has none either: allowed --gaps previous|linear"
            }
            // The only other reason for which a series refuses a rule.
            _ => "more are missing than a rule may fill",
        };
        let named = &gaps[..gaps.len().min(MAX_GAPS)];
        let rows: Vec<usize> = named.iter().map(|gap| self.row_of_gap(gap)).collect();
        let mut faults = Vec::new();
        for (gap, place) in named.iter().zip(located(locate, &rows, Field::Time)) {
            let what = match gap.intervals {
                1 => "the interval".to_owned(),
                intervals => format!("{intervals} intervals"),
            };
            let have = if gap.intervals == 1 { "has" } else { "have" };
            let fault = self
                .about(Code::Missing, Field::Time, &place)
                .allowed(format!(
                    "{what} of {} from {} {have} no value: {allowed}",
                    duration(interval_s),
                    self.shown(gap.from_unix_s)
                ))
                .hint(self.gap_hint(gap, interval_s));
            faults.push(fault);
        }
        if gaps.len() > named.len() {
            let intervals: usize = gaps.iter().map(|gap| gap.intervals).sum();
            let rest = Violation::new(Code::Missing, self.columns.name(Field::Time)).allowed(
                format!("{} more gaps, {intervals} intervals in all", gaps.len() - MAX_GAPS),
            );
            faults.push(rest.at(self.file, 0, 0));
        }
        faults
    }

    /// An instant by the clock of the file.
    fn shown(&self, unix_s: i64) -> String {
        let utc = format!("{}Z", stamp::iso(unix_s));
        match self.clock_zone() {
            None => utc,
            Some(zone) => {
                format!("{} {} ({utc})", stamp::iso(stamp::clock_s(zone, unix_s)), zone.name())
            }
        }
    }

    fn gap_hint(&self, gap: &Gap, interval_s: i64) -> String {
        let clock_s = |unix_s| match self.clock_zone() {
            Some(zone) => stamp::clock_s(zone, unix_s),
            None => unix_s,
        };
        let hours = |intervals: usize| intervals as f64 * interval_s as f64 / 3_600.0;
        let from = stamp::iso(clock_s(gap.from_unix_s));
        let leap_day = from.ends_with("-02-29T00:00") && hours(gap.intervals) == 24.0;
        if leap_day || self.is_short_of_a_leap_day(interval_s, clock_s) {
            return format!("{} is a leap year of 8,784 hours", &from[..4]);
        }
        let twice = self.clock_zone().is_some_and(|zone| {
            let instants = LocalClock::new(zone).instants(stamp::clock_s(zone, gap.from_unix_s));
            matches!(instants, Instants::Two(_, second) if second == gap.from_unix_s)
        });
        if twice && self.naive {
            return "the clock is set back here and shows this hour twice, the file has it once"
                .into();
        }
        String::new()
    }

    /// Whether the file has the hours of a common year from the first of January of a leap year,
    /// and ends before that year does.
    fn is_short_of_a_leap_day(&self, interval_s: i64, clock_s: impl Fn(i64) -> i64) -> bool {
        let (Some(&first), Some(&last)) = (self.stamps_s.first(), self.stamps_s.last()) else {
            return false;
        };
        let first = stamp::iso(clock_s(first));
        let Some(year) = first.strip_suffix("-01-01T00:00").and_then(|year| year.parse().ok())
        else {
            return false;
        };
        let rows = self.stamps_s.len() + self.empty.len();
        let end = stamp::day_of([year + 1, 1, 1]).unwrap_or_default() * 86_400;
        stamp::day_of([year, 2, 29]).is_some()
            && rows as f64 * interval_s as f64 == 8_760.0 * 3_600.0
            && clock_s(last) + interval_s < end
    }
}
