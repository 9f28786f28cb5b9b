//! Months and difficulty periods on the same clock: the blocks, 144 a day.

use units::CalendarMonth;
use units::constants::{BLOCKS_PER_DAY, RETARGET_BLOCKS};

/// Blocks of an average month: a twelfth of 365.25 days.
const BLOCKS_PER_MONTH: f64 = BLOCKS_PER_DAY * 365.25 / 12.0;

/// The months of a projection and the difficulty periods that they fall into.
///
/// A month owns the blocks that a plan counts for it, 144 a day; a period ends at every multiple of
/// 2,016. Month columns become period columns and the other way round as means weighted by the
/// blocks that they share.
#[derive(Clone, Debug, PartialEq)]
pub struct Clock {
    /// Height at the start of each month, and at the end of the last.
    month_heights: Vec<u64>,
    /// Height at the start of each period, and at the end of the last; the first starts where the
    /// months do.
    period_heights: Vec<u64>,
}

impl Clock {
    /// The clock of `months` months from the first of `start`, at that height.
    pub fn new(start: CalendarMonth, height: u64, months: usize) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "144")]
        const BLOCKS_A_DAY: u64 = BLOCKS_PER_DAY as u64;
        let mut month_heights = vec![height];
        let mut end = height;
        for month in 0..months {
            let days = start.plus(i32::try_from(month).unwrap_or(i32::MAX)).days();
            end += u64::from(days) * BLOCKS_A_DAY;
            month_heights.push(end);
        }
        let mut period_heights = vec![height];
        let mut next = (height / RETARGET_BLOCKS + 1) * RETARGET_BLOCKS;
        while next < end + RETARGET_BLOCKS && months > 0 {
            period_heights.push(next);
            next += RETARGET_BLOCKS;
        }
        Self { month_heights, period_heights }
    }

    /// Months.
    pub fn months(&self) -> usize {
        self.month_heights.len() - 1
    }

    /// Periods, the last of which may reach past the last month.
    pub fn periods(&self) -> usize {
        self.period_heights.len() - 1
    }

    /// Height at the start of a period.
    pub fn period_height(&self, period: usize) -> u64 {
        self.period_heights[period]
    }

    /// Blocks of a period: 2,016, fewer in the first one.
    pub fn period_blocks(&self, period: usize) -> u64 {
        self.period_heights[period + 1] - self.period_heights[period]
    }

    /// Length of a period in average months of blocks.
    #[expect(clippy::cast_precision_loss, reason = "at most 2,016")]
    pub fn period_months(&self, period: usize) -> f64 {
        self.period_blocks(period) as f64 / BLOCKS_PER_MONTH
    }

    /// Average months of blocks from the start to the start of a period.
    #[expect(clippy::cast_precision_loss, reason = "heights stay below 2^53")]
    pub fn months_before(&self, period: usize) -> f64 {
        (self.period_heights[period] - self.period_heights[0]) as f64 / BLOCKS_PER_MONTH
    }

    /// The period that holds a month since the start.
    pub fn period_at(&self, months: f64) -> usize {
        let (mut first, mut end) = (0, self.periods());
        while first + 1 < end {
            let middle = usize::midpoint(first, end);
            if self.months_before(middle) <= months { first = middle } else { end = middle }
        }
        first
    }

    /// The period that holds the first block of a month.
    pub fn period_of_month(&self, month: usize) -> usize {
        let after = self.period_heights.partition_point(|h| *h <= self.month_heights[month]);
        after.saturating_sub(1)
    }

    /// A month column by period; past its end, its last value holds.
    ///
    /// # Panics
    /// If the column is empty and there are months.
    pub fn by_period(&self, by_month: &[f64]) -> Vec<f64> {
        let mut column = by_month.to_vec();
        column.truncate(self.months());
        let mut heights = self.month_heights.clone();
        if let (Some(last), Some(value)) = (heights.last_mut(), column.last().copied()) {
            column.resize(self.months(), value);
            // The last period may reach past the last month.
            *last = (*last).max(self.period_heights[self.periods()]);
        }
        means(&heights, &column, &self.period_heights)
    }

    /// A period column by month.
    pub fn by_month(&self, by_period: &[f64]) -> Vec<f64> {
        means(&self.period_heights, by_period, &self.month_heights)
    }

    /// A period column at the ends of the months: the mean of the last 2,016 blocks of each, 14 days.
    pub fn at_month_ends(&self, by_period: &[f64]) -> Vec<f64> {
        let ends = &self.month_heights[1..];
        let last = |end: &u64| {
            let first = end.saturating_sub(RETARGET_BLOCKS).max(self.month_heights[0]);
            means(&self.period_heights, by_period, &[first, *end])[0]
        };
        ends.iter().map(last).collect()
    }
}

/// Means of a step function over other intervals: `values[i]` holds from `edges[i]` to
/// `edges[i + 1]`.
#[expect(clippy::cast_precision_loss, reason = "counts of blocks stay below 2^53")]
fn means(edges: &[u64], values: &[f64], wanted: &[u64]) -> Vec<f64> {
    let mut first = 0;
    wanted
        .windows(2)
        .map(|interval| {
            let (from, to) = (interval[0], interval[1]);
            while first + 1 < values.len() && edges[first + 1] <= from {
                first += 1;
            }
            let mut sum = 0.0;
            let mut i = first;
            while i < values.len() && edges[i] < to {
                let shared = edges[i + 1].min(to).saturating_sub(edges[i].max(from));
                sum += values[i] * shared as f64;
                i += 1;
            }
            sum / (to - from) as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock::new(CalendarMonth::new(2026, 10).unwrap(), 970_000, 5)
    }

    #[test]
    fn periods_end_at_multiples_of_2016() {
        let clock = clock();
        assert_eq!(clock.months(), 5);
        assert_eq!(clock.period_height(0), 970_000);
        assert_eq!(clock.period_height(1), 971_712);
        assert_eq!(clock.period_blocks(0), 1_712);
        assert!((1..clock.periods()).all(|n| clock.period_blocks(n) == 2_016));
        let end = 970_000 + 144 * (31 + 30 + 31 + 31 + 28);
        assert!(clock.period_height(clock.periods()) >= end);
        assert!(clock.period_height(clock.periods() - 1) < end);
        assert!((clock.months_before(1) - 1_712.0 / 4_383.0).abs() < 1e-15);
    }

    #[test]
    fn what_is_constant_stays_and_blocks_are_the_weights() {
        let clock = clock();
        let constant = clock.by_period(&[7.0; 5]);
        assert!(constant.iter().all(|x| (x - 7.0).abs() < 1e-14));
        assert!(clock.by_month(&constant).iter().all(|x| (x - 7.0).abs() < 1e-14));
        // The first month has 4,464 blocks: 1,712 + 2,016 + 736.
        let mut column = vec![0.0; clock.periods()];
        column[0] = 1.0;
        column[2] = 1.0;
        let months = clock.by_month(&column);
        assert!((months[0] - (1_712.0 + 736.0) / 4_464.0).abs() < 1e-15);
        assert!((months[1] - 1_280.0 / 4_320.0).abs() < 1e-15);
        // The last 2,016 blocks of October are 1,280 of the second period and 736 of the third.
        let ends = clock.at_month_ends(&column);
        assert!((ends[0] - 736.0 / 2_016.0).abs() < 1e-15);
        // Months become periods by the same rule.
        let periods = clock.by_period(&[1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(periods[0], 1.0);
        assert!((periods[2] - 736.0 / 2_016.0).abs() < 1e-15);
    }

    #[test]
    fn nothing_to_project_has_no_periods() {
        let clock = Clock::new(CalendarMonth::new(2026, 10).unwrap(), 970_000, 0);
        assert_eq!((clock.months(), clock.periods()), (0, 0));
        assert!(clock.by_month(&[]).is_empty());
    }
}
