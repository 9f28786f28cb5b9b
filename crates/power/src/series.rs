//! A column of prices or temperatures at equal steps of time.

use units::constants::HOURS_PER_DAY;
use units::{Code, SpotUsdPerMwh, Violation};

use crate::Error;
use crate::calendar::SECONDS_PER_HOUR;

/// Steps of a series that are taken, in seconds: from 5 minutes to an hour.
pub const INTERVALS_S: [i64; 6] = [300, 600, 900, 1_200, 1_800, 3_600];

/// Most intervals that a rule fills: forty years of hours.
const MOST_FILLED: usize = 350_640;

/// A column over consecutive intervals of equal length, named by the instants at which they start.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    start_unix_s: i64,
    interval_s: i64,
    values: Vec<f64>,
}

/// What is done where a series has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapRule {
    /// The series is not taken.
    Refuse,
    /// The value before the gap holds on.
    Previous,
    /// A straight line between the values on both sides.
    Linear,
    /// The value 24 hours before.
    DayBefore,
}

impl GapRule {
    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Previous => "previous",
            Self::Linear => "linear",
            Self::DayBefore => "day_before",
        }
    }
}

/// Intervals that a series lacks, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Start of the first one.
    pub from_unix_s: i64,
    /// How many there are.
    pub intervals: usize,
}

impl Gap {
    /// End of the last interval that is missing.
    fn end_unix_s(&self, interval_s: i64) -> i64 {
        #[expect(clippy::cast_possible_wrap, reason = "intervals of a series in memory")]
        let intervals = self.intervals as i64;
        self.from_unix_s + intervals * interval_s
    }
}

impl Series {
    /// A series without gaps.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a step that is not among [`INTERVALS_S`], a start between two steps,
    /// and values that are not finite.
    pub fn new(start_unix_s: i64, interval_s: i64, values: Vec<f64>) -> Result<Self, Error> {
        let mut faults = Vec::new();
        if !INTERVALS_S.contains(&interval_s) || start_unix_s.rem_euclid(interval_s) != 0 {
            faults.push(
                Violation::new(Code::Range, "interval_s")
                    .value(interval_s)
                    .unit("s")
                    .allowed(format!("allowed {INTERVALS_S:?}, on whole steps of the clock")),
            );
        }
        for (place, value) in values.iter().enumerate().filter(|(_, value)| !value.is_finite()) {
            faults.push(
                Violation::new(Code::NotFinite, format!("values[{place}]"))
                    .value(value)
                    .allowed("must be finite"),
            );
        }
        if faults.is_empty() {
            Ok(Self { start_unix_s, interval_s, values })
        } else {
            Err(Error::Invalid(faults))
        }
    }

    /// A series from stamped values, and the gaps that were filled by the rule.
    ///
    /// # Shapes
    /// `starts_unix_s` and `values`: one entry a row, starts rising by whole steps.
    ///
    /// # Errors
    /// [`Error::Gaps`] for gaps under [`GapRule::Refuse`], and for gaps that the rule cannot fill
    /// (the day before has none either); [`Error::Invalid`] as for [`Series::new`].
    ///
    /// # Panics
    /// If the columns differ in length or starts do not rise by whole steps: readers of files
    /// check that row by row.
    pub fn from_stamped(
        starts_unix_s: &[i64],
        values: &[f64],
        interval_s: i64,
        rule: GapRule,
    ) -> Result<(Self, Vec<Gap>), Error> {
        assert_eq!(starts_unix_s.len(), values.len(), "a stamp for every value");
        let start = starts_unix_s.first().copied().unwrap_or_default();
        Self::new(start, interval_s, Vec::new())?;
        let gaps = gaps_between(starts_unix_s, interval_s);
        let missing = gaps.iter().map(|gap| gap.intervals).fold(0, usize::saturating_add);
        let beyond_reason = missing > MOST_FILLED;
        if (rule == GapRule::Refuse && !gaps.is_empty()) || beyond_reason {
            return Err(Error::Gaps(gaps));
        }
        let steps_a_day = usize::try_from(86_400 / interval_s).unwrap_or(usize::MAX);
        let mut filled: Vec<f64> = Vec::with_capacity(values.len() + missing);
        let mut unfilled = Vec::new();
        let mut next_gap = gaps.iter();
        let mut gap = next_gap.next();
        for (&row_start, &value) in starts_unix_s.iter().zip(values) {
            if let Some(here) = gap.filter(|gap| gap.from_unix_s < row_start) {
                let before = filled[filled.len() - 1];
                for step in 1..=here.intervals {
                    filled.push(match rule {
                        GapRule::Refuse | GapRule::Previous => before,
                        GapRule::Linear => {
                            let share = step as f64 / (here.intervals + 1) as f64;
                            before + (value - before) * share
                        }
                        GapRule::DayBefore => {
                            if let Some(day_before) = filled.len().checked_sub(steps_a_day) {
                                filled[day_before]
                            } else {
                                unfilled.push(*here);
                                before
                            }
                        }
                    });
                }
                gap = next_gap.next();
            }
            filled.push(value);
        }
        unfilled.dedup();
        if !unfilled.is_empty() {
            return Err(Error::Gaps(unfilled));
        }
        Ok((Self::new(start, interval_s, filled)?, gaps))
    }

    /// Its values, in order.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Instant at which the first interval starts.
    pub fn start_unix_s(&self) -> i64 {
        self.start_unix_s
    }

    /// Instant at which the last interval ends.
    pub fn end_unix_s(&self) -> i64 {
        self.unix_s(self.values.len())
    }

    /// Length of an interval in seconds.
    pub fn interval_s(&self) -> i64 {
        self.interval_s
    }

    /// Length of an interval in hours.
    pub fn interval_h(&self) -> f64 {
        self.interval_s as f64 / SECONDS_PER_HOUR as f64
    }

    /// Hours that it covers.
    pub fn hours(&self) -> f64 {
        self.values.len() as f64 * self.interval_h()
    }

    /// Years of 8,760 hours that it covers.
    pub fn years(&self) -> f64 {
        self.hours() / (HOURS_PER_DAY * 365.0)
    }

    /// Instant at which an interval starts.
    pub fn unix_s(&self, interval: usize) -> i64 {
        #[expect(clippy::cast_possible_wrap, reason = "memory holds the intervals")]
        let interval = interval as i64;
        self.start_unix_s + interval * self.interval_s
    }

    /// The interval that holds an instant.
    pub fn interval_at(&self, unix_s: i64) -> Option<usize> {
        let place = (unix_s - self.start_unix_s).div_euclid(self.interval_s);
        usize::try_from(place).ok().filter(|place| *place < self.values.len())
    }

    /// The value that holds at an instant.
    pub fn at(&self, unix_s: i64) -> Option<f64> {
        self.interval_at(unix_s).map(|place| self.values[place])
    }

    /// This series on the intervals of another one: the value at their start.
    ///
    /// # Errors
    /// [`Error::Gaps`] with the intervals of `other` that this series does not cover.
    pub fn on_intervals_of(&self, other: &Self) -> Result<Self, Error> {
        let mut gaps: Vec<Gap> = Vec::new();
        let mut values = Vec::with_capacity(other.values.len());
        for place in 0..other.values.len() {
            let start = other.unix_s(place);
            match self.at(start) {
                Some(value) => values.push(value),
                None => match gaps.last_mut() {
                    Some(gap) if gap.end_unix_s(other.interval_s) == start => gap.intervals += 1,
                    _ => gaps.push(Gap { from_unix_s: start, intervals: 1 }),
                },
            }
        }
        if gaps.is_empty() { Ok(Self { values, ..*other }) } else { Err(Error::Gaps(gaps)) }
    }

    /// The series with its values changed one by one.
    ///
    /// # Panics
    /// If a value is no longer finite.
    #[must_use]
    pub fn map(&self, change: impl Fn(f64) -> f64) -> Self {
        let values: Vec<f64> = self.values.iter().map(|value| change(*value)).collect();
        assert!(values.iter().all(|value| value.is_finite()), "values stay finite");
        Self { values, ..*self }
    }

    /// The places of values that no market has as prices.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every value outside the range of [`SpotUsdPerMwh`].
    pub fn check_prices(&self) -> Result<(), Error> {
        let mut faults = units::Faults::default();
        for (place, &price) in self.values.iter().enumerate() {
            if SpotUsdPerMwh::new(price).is_err() {
                faults.check::<SpotUsdPerMwh>(format!("usd_per_mwh[{place}]"), price);
            }
        }
        faults.into_result().map_err(Error::Invalid)
    }
}

/// Gaps between rows whose starts rise by whole steps.
fn gaps_between(starts_unix_s: &[i64], interval_s: i64) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for pair in starts_unix_s.windows(2) {
        let step = pair[1] - pair[0];
        assert!(step > 0 && step % interval_s == 0, "starts rise by whole steps");
        if step > interval_s {
            let intervals = usize::try_from(step / interval_s - 1).unwrap_or(usize::MAX);
            gaps.push(Gap { from_unix_s: pair[0] + interval_s, intervals });
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 24;

    fn stamped(missing: &[i64]) -> (Vec<i64>, Vec<f64>) {
        let rows = (0..3 * DAY).filter(|hour| !missing.contains(hour));
        rows.map(|hour| (hour * 3_600, 10.0 + hour as f64)).unzip()
    }

    #[test]
    fn gaps_are_refused_or_filled_by_a_named_rule() {
        let (starts, values) = stamped(&[30, 31]);
        let filled = |rule| Series::from_stamped(&starts, &values, 3_600, rule);
        let gap = Gap { from_unix_s: 30 * 3_600, intervals: 2 };
        assert_eq!(filled(GapRule::Refuse).err(), Some(Error::Gaps(vec![gap])));
        for (rule, expected) in [
            (GapRule::Previous, [39.0, 39.0]),
            (GapRule::Linear, [40.0, 41.0]),
            (GapRule::DayBefore, [16.0, 17.0]),
        ] {
            let (series, gaps) = filled(rule).unwrap();
            assert_eq!(gaps, [gap]);
            assert_eq!(series.values().len(), 72);
            for (found, expected) in series.values()[30..32].iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{rule:?}");
            }
        }
        let (starts, values) = stamped(&[3]);
        let early = Series::from_stamped(&starts, &values, 3_600, GapRule::DayBefore);
        assert_eq!(early.err(), Some(Error::Gaps(vec![Gap { from_unix_s: 10_800, intervals: 1 }])));
    }

    #[test]
    fn a_series_is_read_at_instants_and_on_other_steps() {
        let hourly = Series::new(3_600, 3_600, vec![1.0, 2.0, 3.0]).unwrap();
        assert_eq!(
            (hourly.at(3_599), hourly.at(7_199), hourly.at(7_200)),
            (None, Some(1.0), Some(2.0))
        );
        let quarters = Series::new(7_200, 900, vec![0.0; 8]).unwrap();
        let on = hourly.on_intervals_of(&quarters).unwrap();
        assert_eq!(on.values(), [2.0, 2.0, 2.0, 2.0, 3.0, 3.0, 3.0, 3.0]);
        let later = Series::new(7_200, 900, vec![0.0; 9]).unwrap();
        let gap = Gap { from_unix_s: 14_400, intervals: 1 };
        assert_eq!(hourly.on_intervals_of(&later).err(), Some(Error::Gaps(vec![gap])));
        assert!(Series::new(1, 3_600, vec![]).is_err());
        assert!(Series::new(0, 3_600, vec![f64::NAN]).is_err());
        let dear = Series::new(0, 3_600, vec![9_000.0, 25_000.0]).unwrap();
        assert!(dear.check_prices().is_err());
    }
}
