//! The best ratio: value per share.

/// Rounds after which a ratio that still rises is taken as it is.
const MAX_ROUNDS: usize = 100;
/// Relative change at which a ratio is at rest.
pub const RATIO_TOLERANCE_FRAC: f64 = 1e-12;

/// The best ratio found and what it belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct BestRatio<P> {
    /// Numerator over denominator; the unit is theirs.
    pub ratio: f64,
    /// Numerator.
    pub numerator: f64,
    /// Denominator.
    pub denominator: f64,
    /// What they belong to.
    pub plan: P,
    /// Rounds that it took.
    pub rounds: usize,
}

/// The largest ratio of two functions of a plan, by Dinkelbach's method.
///
/// # Formula
/// `lambda <- N(x) / D(x)`, x the plan with the largest `N - lambda D`, until the ratio rests within
/// 1e-12 of itself: superlinear where the inner problem is solved exactly. `best_for` solves it:
/// it gives numerator, denominator and plan for a lambda. Denominators are positive.
///
/// # Special cases
/// A round that does not raise the ratio ends the search with the best one seen, so that an inner
/// search that is not exact cannot lead astray. After 100 rounds the best one seen is taken.
///
/// # Example
/// ```
/// use compare::financing::dinkelbach;
/// // The best of 3/2, 5/4 and 8/5.
/// let plans = [(3.0, 2.0), (5.0, 4.0), (8.0, 5.0)];
/// let best = dinkelbach(0.0, |lambda| {
///     let worth = |(n, d): (f64, f64)| n - lambda * d;
///     let (i, (n, d)) = plans.into_iter().enumerate()
///         .max_by(|a, b| worth(a.1).total_cmp(&worth(b.1))).unwrap();
///     (n, d, i)
/// });
/// assert_eq!((best.plan, best.ratio), (2, 1.6));
/// ```
pub fn dinkelbach<P>(start: f64, mut best_for: impl FnMut(f64) -> (f64, f64, P)) -> BestRatio<P> {
    let (numerator, denominator, plan) = best_for(start);
    let ratio = numerator / denominator;
    let mut best = BestRatio { ratio, numerator, denominator, plan, rounds: 1 };
    while best.rounds < MAX_ROUNDS {
        let (numerator, denominator, plan) = best_for(best.ratio);
        let ratio = numerator / denominator;
        let rounds = best.rounds + 1;
        let rest = ratio - best.ratio <= RATIO_TOLERANCE_FRAC * best.ratio.abs();
        if ratio > best.ratio {
            best = BestRatio { ratio, numerator, denominator, plan, rounds };
        }
        best.rounds = rounds;
        if rest {
            break;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inner_search_that_fails_later_does_not_lose_what_was_found() {
        let mut rounds = 0;
        let best = dinkelbach(0.0, |_| {
            rounds += 1;
            if rounds == 2 { (9.0, 3.0, "second") } else { (1.0, 1.0, "worse") }
        });
        assert_eq!((best.plan, best.ratio), ("second", 3.0));
    }
}
