//! When an unsigned offer gets signed: a constant hazard within a window.

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
}
