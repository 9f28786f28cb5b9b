//! What being free to choose is worth, shared out by source.

use power::Pricing;

use super::Tally;
use super::class::Solver;
use crate::error::Error;

/// Value over the best setting that is never changed, by source, USD. The parts add up to it.
///
/// # Formula
/// Shapley values: what each freedom adds, averaged over all orders in which freedoms could be
/// granted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flexibility {
    /// Being off when power is dear.
    pub off_usd: f64,
    /// Changing the setting from interval to interval.
    pub points_usd: f64,
    /// Heeding the grid's peaks.
    pub peaks_usd: f64,
    /// Heeding programmes.
    pub programs_usd: f64,
}

impl Flexibility {
    /// Sum of the parts, USD.
    pub fn total_usd(&self) -> f64 {
        self.off_usd + self.points_usd + self.peaks_usd + self.programs_usd
    }

    /// From the values without freedom, with either one, and with both.
    pub(super) fn of_two(none_usd: f64, off_usd: f64, points_usd: f64, both_usd: f64) -> Self {
        Self {
            off_usd: f64::midpoint(off_usd - none_usd, both_usd - points_usd),
            points_usd: f64::midpoint(points_usd - none_usd, both_usd - off_usd),
            ..Self::default()
        }
    }
}

/// Freedoms as bits of a set.
const OFF: usize = 1;
const POINTS: usize = 2;
const PEAKS: usize = 4;
const PROGRAMS: usize = 8;
const ALL: [usize; 4] = [OFF, POINTS, PEAKS, PROGRAMS];

/// Flexibility of a class whose value with every set of freedoms is computed interval by interval.
pub(super) fn of_class(
    solver: &Solver<'_>,
    pricing: &Pricing,
    always_on: &Tally,
    best: &Tally,
) -> Result<Flexibility, Error> {
    let mut players = vec![OFF, POINTS];
    if !pricing.peak_usd_per_mwh.is_empty() {
        players.push(PEAKS);
    }
    if !pricing.program_usd_per_mwh.is_empty() {
        players.push(PROGRAMS);
    }
    let all = players.iter().fold(0, |set, player| set | player);
    let mut values = [0.0_f64; 16];
    for (set, worth) in values.iter_mut().enumerate() {
        if set & !all == 0 {
            *worth = match set {
                _ if set == all => best.profit_usd,
                // Heeding peaks without a choice changes nothing.
                _ if set & (OFF | POINTS) == 0 => always_on.profit_usd,
                _ => value(solver, pricing, set)?.max(always_on.profit_usd).min(best.profit_usd),
            };
        }
    }
    Ok(shapley(&players, &values))
}

/// Shapley values of a game given by the value of every set.
fn shapley(players: &[usize], values: &[f64; 16]) -> Flexibility {
    let count = players.len();
    let factorial = |n: usize| (1..=n).fold(1.0, |product, factor| product * factor as f64);
    let all = players.iter().fold(0, |set, player| set | player);
    let part = |player: usize| {
        if all & player == 0 {
            return 0.0;
        }
        let mut sum = 0.0;
        for set in (0..16).filter(|set| set & !all == 0 && set & player == 0) {
            let size = players.iter().filter(|player| set & **player != 0).count();
            let weight = factorial(size) * factorial(count - size - 1) / factorial(count);
            sum += weight * (values[set | player] - values[set]);
        }
        sum
    };
    let [off_usd, points_usd, peaks_usd, programs_usd] = ALL.map(part);
    Flexibility { off_usd, points_usd, peaks_usd, programs_usd }
}

/// What a class earns with a set of freedoms, USD: it decides by the prices that it heeds and pays
/// all of them.
fn value(solver: &Solver<'_>, pricing: &Pricing, set: usize) -> Result<f64, Error> {
    let added = |column: &[f64], place: usize| column.get(place).copied().unwrap_or(0.0);
    let heeded: Vec<f64> = pricing
        .energy_usd_per_mwh
        .values()
        .iter()
        .enumerate()
        .map(|(place, price)| {
            let peak = if set & PEAKS == 0 { 0.0 } else { added(&pricing.peak_usd_per_mwh, place) };
            let program =
                if set & PROGRAMS == 0 { 0.0 } else { added(&pricing.program_usd_per_mwh, place) };
            price + (peak + program)
        })
        .collect();
    let profit = |choice: &[u8]| solver.tally(choice).map(|tally| tally.profit_usd);
    match (set & OFF != 0, set & POINTS != 0) {
        (true, true) => profit(&solver.best_choice(&heeded)?),
        (false, _) => profit(&solver.best_without_off(&heeded)),
        (true, false) => {
            let mut best = f64::NEG_INFINITY;
            for point in 0..solver.th_per_s.len() {
                best = best.max(profit(&solver.best_of_point(point, &heeded)?)?);
            }
            Ok(best)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_and_equal_freedoms_get_equal_parts() {
        let mut values = [0.0_f64; 16];
        for (set, value) in values.iter_mut().enumerate() {
            // Worth of a set: 10 for each freedom, 6 more for the first two together.
            *value = 5.0 + 10.0 * ALL.iter().filter(|player| set & **player != 0).count() as f64;
            if set & (OFF | POINTS) == OFF | POINTS {
                *value += 6.0;
            }
        }
        let found = shapley(&ALL, &values);
        let close = |found: f64, expected: f64| (found - expected).abs() < 1e-12;
        assert!(close(found.off_usd, 13.0) && close(found.points_usd, 13.0), "{found:?}");
        assert!(close(found.peaks_usd, 10.0) && close(found.programs_usd, 10.0), "{found:?}");
        assert!((found.total_usd() - (values[15] - values[0])).abs() < 1e-12);
        let two = shapley(&[OFF, POINTS], &values);
        assert_eq!(two, Flexibility::of_two(5.0, 15.0, 15.0, 31.0));
    }
}
