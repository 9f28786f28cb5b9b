//! The choice of a grid point on the fit window, and how firm that choice is.

use super::FIT_HORIZONS_MONTHS;
use crate::kernel::philox::philox;

/// Resamples of the bootstrap.
pub const RESAMPLES: usize = 1_000;
/// Consecutive origins that are drawn together: a year, the longest horizon of the fit.
pub const BLOCK_MONTHS: usize = 12;
/// Seed of the bootstrap's random numbers.
pub const SEED: u32 = 0x6261_636b;
/// Share of the resamples on either side of an interval.
const TAIL_FRAC: f64 = 0.05;

/// A grid of parameter points, the one that fits best, and what a bootstrap says of the choice.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice<P> {
    /// The points, in the caller's order.
    pub grid: Vec<P>,
    /// Index of the point with the smallest fit error; the first of several equal ones.
    pub chosen: usize,
    /// Fit error of each point: the mean over the horizons of the fit of the median absolute log
    /// error.
    pub fit_log_error: Vec<f64>,
    /// How many resamples chose each point. They add up to [`RESAMPLES`].
    pub times_chosen: Vec<usize>,
}

impl<P> Choice<P> {
    /// The chosen point.
    pub fn point(&self) -> &P {
        &self.grid[self.chosen]
    }

    /// The interval from 5 % to 95 % of a parameter over the resamples.
    ///
    /// Both ends are values of the grid: the smallest with at least that share of the resamples at
    /// or below it.
    ///
    /// # Example
    /// ```
    /// let choice = hashcost::backtest::Choice {
    ///     grid: vec![0.1, 0.2, 0.3],
    ///     chosen: 1,
    ///     fit_log_error: vec![0.4, 0.3, 0.35],
    ///     times_chosen: vec![49, 851, 100],
    /// };
    /// assert_eq!(choice.interval(|p| *p), [0.2, 0.3]);
    /// ```
    pub fn interval(&self, parameter: impl Fn(&P) -> f64) -> [f64; 2] {
        let mut values: Vec<(f64, usize)> =
            self.grid.iter().map(parameter).zip(self.times_chosen.iter().copied()).collect();
        values.sort_by(|a, b| a.0.total_cmp(&b.0));
        let all: usize = self.times_chosen.iter().sum();
        let quantile = |share: f64| {
            let needed = share * all as f64;
            let mut below = 0;
            let reached = values.iter().find(|(_, times)| {
                below += times;
                below as f64 >= needed && below > 0
            });
            reached.map_or(f64::NAN, |(value, _)| *value)
        };
        [quantile(TAIL_FRAC), quantile(1.0 - TAIL_FRAC)]
    }
}

/// Absolute errors of one point at one horizon by rising size, each with its origin.
pub(super) struct Sorted(Vec<(f64, usize)>);

impl Sorted {
    /// Entries that are no number are left out.
    pub(super) fn new(errors: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<(f64, usize)> = errors
            .enumerate()
            .map(|(origin, error)| (error.abs(), origin))
            .filter(|(error, _)| !error.is_nan())
            .collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self(sorted)
    }

    /// The median when origin `o` is there `times[o]` times: the mean of the middle two where their
    /// number is even, and not a number where there is none.
    pub(super) fn median(&self, times: &[u32]) -> f64 {
        let all: u32 = self.0.iter().map(|(_, origin)| times[*origin]).sum();
        if all == 0 {
            return f64::NAN;
        }
        let mut below = 0;
        let mut lower = None;
        for &(error, origin) in &self.0 {
            below += times[origin];
            if lower.is_none() && below > (all - 1) / 2 {
                lower = Some(error);
            }
            if below > all / 2 {
                return f64::midpoint(lower.unwrap_or(error), error);
            }
        }
        f64::NAN
    }
}

/// Errors on the fit window at its two horizons, one entry an origin; not a number where an origin
/// has no target in the window.
pub(super) type FitErrors = [Vec<f64>; FIT_HORIZONS_MONTHS.len()];

/// Chooses among points by their errors on the fit window, and again in every resample.
///
/// A resample draws blocks of consecutive origins, each origin with all its errors, until there are
/// as many as in the window; the last block is cut.
pub(super) fn choose<P: Clone>(grid: &[P], errors: &[FitErrors]) -> Choice<P> {
    let origins = errors.iter().flatten().map(Vec::len).max().unwrap_or(0);
    let sorted: Vec<_> = errors
        .iter()
        .map(|errors| errors.each_ref().map(|errors| Sorted::new(errors.iter().copied())))
        .collect();
    let mut scores = vec![0.0; grid.len()];
    let best = |times: &[u32], scores: &mut [f64]| {
        for (score, [first, second]) in scores.iter_mut().zip(&sorted) {
            *score = f64::midpoint(first.median(times), second.median(times));
        }
        // The first of equal ones stays.
        (1..scores.len()).fold(0, |best, i| if scores[i] < scores[best] { i } else { best })
    };
    let chosen = best(&vec![1; origins], &mut scores);
    let fit_log_error = scores.clone();

    let block = BLOCK_MONTHS.min(origins);
    let mut times_chosen = vec![0; grid.len()];
    let mut times = vec![0; origins];
    for resample in 0..RESAMPLES {
        times.fill(0);
        let mut drawn = 0;
        while drawn < origins {
            let start = draw(resample, drawn, origins - block + 1);
            let length = block.min(origins - drawn);
            times[start..start + length].iter_mut().for_each(|times| *times += 1);
            drawn += length;
        }
        times_chosen[best(&times, &mut scores)] += 1;
    }
    Choice { grid: grid.to_vec(), chosen, fit_log_error, times_chosen }
}

/// A number below `bound` that depends on its place alone.
fn draw(resample: usize, place: usize, bound: usize) -> usize {
    let [bits, _] = philox([SEED, 0], [resample as u64, place as u64, 0, 0]);
    // The upper half of a product: as even as 32 bits allow.
    (((bits >> 32) * bound as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_counts_each_origin_as_often_as_it_was_drawn() {
        let sorted = Sorted::new([-4.0, f64::NAN, 1.0, 3.0, -2.0].into_iter());
        for (times, median) in [
            ([1, 1, 1, 1, 1], 2.5),
            ([0, 9, 1, 1, 1], 2.0),
            ([3, 0, 1, 0, 1], 4.0),
            ([2, 0, 2, 0, 0], 2.5),
            ([0, 0, 0, 2, 0], 3.0),
        ] {
            assert_eq!(sorted.median(&times), median, "{times:?}");
        }
        assert!(sorted.median(&[0, 5, 0, 0, 0]).is_nan());
    }

    #[test]
    fn draws_reach_every_start_about_as_often() {
        let mut counts = [0_i32; 7];
        for resample in 0..7_000 {
            counts[draw(resample, 12, 7)] += 1;
        }
        // Five standard deviations of a binomial.
        assert!(counts.iter().all(|count| (count - 1_000).abs() < 147), "{counts:?}");
        assert_ne!(
            (0..20).map(|r| draw(r, 0, 50)).collect::<Vec<_>>(),
            (0..20).map(|r| draw(r, 12, 50)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn an_interval_holds_nine_tenths_of_the_resamples() {
        let choice = |times: [usize; 4]| Choice {
            grid: vec![3.0, 1.0, 2.0, 4.0],
            chosen: 0,
            fit_log_error: vec![0.0; 4],
            times_chosen: times.to_vec(),
        };
        for (times, interval) in [
            ([1_000, 0, 0, 0], [3.0, 3.0]),
            ([450, 50, 450, 50], [1.0, 3.0]),
            ([450, 49, 450, 51], [2.0, 4.0]),
        ] {
            assert_eq!(choice(times).interval(|p| *p), interval, "{times:?}");
        }
        // Another parameter of the same points has its own order.
        assert_eq!(choice([450, 50, 450, 50]).interval(|p| -p), [-4.0, -2.0]);
    }
}
