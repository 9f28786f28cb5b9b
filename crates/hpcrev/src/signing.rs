//! When an unsigned offer gets signed: a constant hazard within a window.

use statrs::distribution::{Continuous, ContinuousCDF, Normal};

/// Months in a quarter.
const QUARTER_MONTHS: f64 = 3.0;

/// Hazard a year that signs with a probability within a window.
///
/// # Formula
/// `-12 ln(1 - p) / W`: model section 0.1.
///
/// # Special cases
/// Infinite at p = 1.
///
/// # Example
/// ```
/// // Even odds within nine months.
/// let hazard = hpcrev::signing::hazard_per_year(0.5, 9.0);
/// assert!((hazard - 0.924).abs() < 1e-3);
/// ```
pub fn hazard_per_year(probability_frac: f64, window_months: f64) -> f64 {
    -12.0 * (-probability_frac).ln_1p() / window_months
}

/// Probability that the offer is signed by `months` after today.
///
/// # Formula
/// `1 - (1 - p)^(s / W)`, s no later than W: model section 0.1.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::signing::signed_by_probability(0.75, 12.0, 6.0), 0.5);
/// assert_eq!(hpcrev::signing::signed_by_probability(0.75, 12.0, 99.0), 0.75);
/// ```
pub fn signed_by_probability(probability_frac: f64, window_months: f64, months: f64) -> f64 {
    if months >= window_months {
        probability_frac
    } else if months <= 0.0 {
        0.0
    } else {
        // Written so that small probabilities keep their digits.
        -((-probability_frac).ln_1p() * (months / window_months)).exp_m1()
    }
}

/// Probability that the offer is signed within a quarter, counted from 0.
///
/// # Formula
/// `P(signed by 3 (q + 1)) - P(signed by 3 q)`; a window that ends within a quarter cuts it short.
///
/// # Special cases
/// The quarters of the window add up to p; the offer is never signed with probability 1 - p.
///
/// # Example
/// ```
/// use hpcrev::signing::signed_in_quarter_probability as signed;
/// let by_quarter: Vec<f64> = (0..3).map(|q| signed(0.5, 9.0, q)).collect();
/// assert!((by_quarter[0] - 0.2063).abs() < 1e-4);
/// assert!((by_quarter.iter().sum::<f64>() - 0.5).abs() < 1e-15);
/// ```
pub fn signed_in_quarter_probability(
    probability_frac: f64,
    window_months: f64,
    quarter: usize,
) -> f64 {
    let start = QUARTER_MONTHS * quarter as f64;
    signed_by_probability(probability_frac, window_months, start + QUARTER_MONTHS)
        - signed_by_probability(probability_frac, window_months, start)
}

/// Probability that 0, 1, 2, ... of several offers are signed, where one factor moves all of them.
///
/// # Formula
/// One-factor Gaussian copula: offer i is signed if `sqrt(rho) Z + sqrt(1 - rho) e_i <=
/// N^-1(p_i)`, Z and all e standard normal; given Z the offers are independent. Two offers at even
/// odds both fail with probability `1/4 + asin(rho) / (2 pi)`.
///
/// # Shapes
/// `probability_frac`: one an offer; the result has one entry more.
///
/// # Special cases
/// Correlation 0: independent. 1: the offers are signed in the order of their probability.
///
/// # Example
/// ```
/// use hpcrev::signing::signed_count_probability;
/// // Two offers at even odds: none is signed with probability 0.25, or 0.298 at correlation 0.3.
/// assert!((signed_count_probability(&[0.5, 0.5], 0.0)[0] - 0.25).abs() < 1e-12);
/// assert!((signed_count_probability(&[0.5, 0.5], 0.3)[0] - 0.298_49).abs() < 1e-5);
/// ```
pub fn signed_count_probability(probability_frac: &[f64], correlation: f64) -> Vec<f64> {
    if correlation <= 0.0 {
        return count_of_independent(probability_frac);
    }
    if correlation >= 1.0 {
        return count_in_order(probability_frac);
    }
    let normal = Normal::standard();
    let thresholds: Vec<f64> = probability_frac.iter().map(|p| normal.inverse_cdf(*p)).collect();
    let own = (1.0 - correlation).sqrt();
    // Equal steps are exact for smooth integrands that vanish at both ends; they have to be small
    // against the width in which an offer goes from unsigned to signed.
    let step = (own / 10.0).min(0.02);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand")]
    let steps = (FARTHEST_Z / step).ceil() as usize;
    let mut counts = vec![0.0; probability_frac.len() + 1];
    let mut total = 0.0;
    for i in 0..=2 * steps {
        let z = (i as f64 - steps as f64) * step;
        let weight = normal.pdf(z);
        let given_z: Vec<f64> = thresholds
            .iter()
            .map(|threshold| normal.cdf((threshold - correlation.sqrt() * z) / own))
            .collect();
        for (sum, count) in counts.iter_mut().zip(count_of_independent(&given_z)) {
            *sum += weight * count;
        }
        total += weight;
    }
    for sum in &mut counts {
        *sum /= total;
    }
    counts
}

/// Beyond this a standard normal has no weight left that a double would show.
const FARTHEST_Z: f64 = 9.0;

/// Distribution of the number of successes of independent trials.
fn count_of_independent(probability_frac: &[f64]) -> Vec<f64> {
    let mut counts = vec![1.0];
    for p in probability_frac {
        counts.push(0.0);
        for signed in (0..counts.len()).rev() {
            let fewer = if signed == 0 { 0.0 } else { counts[signed - 1] };
            counts[signed] = counts[signed] * (1.0 - p) + fewer * p;
        }
    }
    counts
}

/// Distribution of the number of successes where the likelier always comes with the less likely.
fn count_in_order(probability_frac: &[f64]) -> Vec<f64> {
    let mut falling = probability_frac.to_vec();
    falling.sort_by(|a, b| b.total_cmp(a));
    let at_least = |signed: usize| if signed == 0 { 1.0 } else { falling[signed - 1] };
    let or_more = |signed: usize| if signed > falling.len() { 0.0 } else { at_least(signed) };
    (0..=falling.len()).map(|signed| or_more(signed) - or_more(signed + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_of_a_window() {
        for (probability, window, expected) in [
            (
                0.5,
                9.0,
                &[0.206_299_474_015_900_26, 0.163_740_001_036_663_17, 0.129_960_524_947_436_6][..],
            ),
            (0.9, 2.0, &[0.9, 0.0]),
            (0.0, 9.0, &[0.0, 0.0, 0.0]),
            (1.0, 9.0, &[1.0, 0.0]),
        ] {
            for (quarter, expected) in expected.iter().enumerate() {
                let found = signed_in_quarter_probability(probability, window, quarter);
                assert!((found - expected).abs() < 1e-15, "{probability} {quarter}: {found}");
            }
        }
        assert!((hazard_per_year(0.05, 24.0) - 0.025_646_647_193_775_268).abs() < 1e-15);
    }

    #[test]
    fn one_factor_ties_signatures() {
        for (correlation, both_fail) in [
            (0.0, 0.25),
            (0.3, 0.25 + 0.3_f64.asin() / std::f64::consts::TAU),
            (0.9, 0.25 + 0.9_f64.asin() / std::f64::consts::TAU),
            (0.999, 0.25 + 0.999_f64.asin() / std::f64::consts::TAU),
            (1.0, 0.5),
        ] {
            let found = signed_count_probability(&[0.5, 0.5], correlation);
            assert!((found[0] - both_fail).abs() < 1e-10, "{correlation}: {found:?}");
            assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        // Whatever the correlation, the expected number stays.
        for correlation in [0.0, 0.2, 0.7, 1.0] {
            let found = signed_count_probability(&[0.2, 0.5, 0.9, 1.0], correlation);
            let mean: f64 = found.iter().enumerate().map(|(n, p)| n as f64 * p).sum();
            assert!((mean - 2.6).abs() < 1e-9, "{correlation}: {found:?}");
        }
        assert_eq!(signed_count_probability(&[], 0.3).len(), 1);
    }
}
