//! Income tax by year: losses are carried forward and never refunded.

/// Months in a tax block: a plan's months 0..12, 12..24 and so on.
const BLOCK_MONTHS: usize = 12;

/// Tax of one year and the losses left for later ones.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TaxYear {
    /// Tax due for the year, never negative.
    pub tax_usd: f64,
    /// Losses carried into the next year.
    pub losses_carried_usd: f64,
}

/// Tax of each year in USD, with losses carried forward.
///
/// # Formula
/// A loss adds to the carried losses. A profit is taxed after losses of up to
/// `loss_limit_frac x profit`: model section 0.1.
///
/// # Shapes
/// `income_usd`: `[years]` of taxable income, losses negative; the result has one entry a year.
///
/// # Special cases
/// `loss_limit_frac` 1: losses wipe out a profit wholly. 0.8: a fifth is always taxed (United
/// States, Internal Revenue Code section 172). 0: losses are lost.
///
/// # Example
/// ```
/// use finance::tax::yearly_tax;
/// // 100 lost, then 60 and 70 earned: 30 are taxed, in the third year.
/// let years = yearly_tax(&[-100.0, 60.0, 70.0], 0.2, 1.0);
/// assert_eq!((years[1].tax_usd, years[1].losses_carried_usd), (0.0, 40.0));
/// assert_eq!(years[2].tax_usd, 6.0);
/// ```
pub fn yearly_tax(income_usd: &[f64], rate_frac: f64, loss_limit_frac: f64) -> Vec<TaxYear> {
    let mut carried_usd = 0.0_f64;
    let tax_of = |income_usd: &f64| {
        let used_usd = carried_usd.min(income_usd.max(0.0) * loss_limit_frac);
        carried_usd = carried_usd - used_usd + (-income_usd).max(0.0);
        let taxed_usd = income_usd.max(0.0) - used_usd;
        TaxYear { tax_usd: taxed_usd * rate_frac, losses_carried_usd: carried_usd }
    };
    income_usd.iter().map(tax_of).collect()
}

/// Tax in USD by month: that of each block of twelve months, in the block's last month.
///
/// # Formula
/// [`yearly_tax`] of the sums of months 0..12, 12..24 and so on: model section 0.1.
///
/// # Shapes
/// `income_usd`: `[months]` from month 0 of the plan; the result is as long. A last block that the
/// horizon cuts short pays in its last month.
///
/// # Example
/// ```
/// let by_month_usd = finance::tax::monthly_tax_usd(&[10.0; 24], 0.2, 1.0);
/// assert_eq!(by_month_usd[10..13], [0.0, 24.0, 0.0]);
/// assert_eq!(by_month_usd[23], 24.0);
/// ```
pub fn monthly_tax_usd(income_usd: &[f64], rate_frac: f64, loss_limit_frac: f64) -> Vec<f64> {
    let blocks_usd: Vec<f64> =
        income_usd.chunks(BLOCK_MONTHS).map(|block| block.iter().sum()).collect();
    let mut by_month_usd = vec![0.0; income_usd.len()];
    let years = yearly_tax(&blocks_usd, rate_frac, loss_limit_frac);
    for (year, block) in years.iter().zip(by_month_usd.chunks_mut(BLOCK_MONTHS)) {
        block[block.len() - 1] = year.tax_usd;
    }
    by_month_usd
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(income_usd: &[f64], limit_frac: f64, expected: &[(f64, f64)]) {
        let years = yearly_tax(income_usd, 0.21, limit_frac);
        assert_eq!(years.len(), expected.len());
        for (year, (tax_usd, carried_usd)) in years.iter().zip(expected) {
            let close = |a: f64, b: f64| (a - b).abs() < 1e-12 * b.abs().max(1.0);
            assert!(close(year.tax_usd, *tax_usd), "{year:?} instead of {expected:?}");
            assert!(close(year.losses_carried_usd, *carried_usd), "{year:?}");
        }
    }

    #[test]
    fn losses_are_carried_forward_and_never_refunded() {
        let income_usd = [-100.0, 60.0, 70.0, -30.0, 50.0, 10.0];
        let full = [(0.0, 100.0), (0.0, 40.0), (6.3, 0.0), (0.0, 30.0), (4.2, 0.0), (2.1, 0.0)];
        check(&income_usd, 1.0, &full);
        let none =
            [(0.0, 100.0), (12.6, 100.0), (14.7, 100.0), (0.0, 130.0), (10.5, 130.0), (2.1, 130.0)];
        check(&income_usd, 0.0, &none);
        check(&[10.0, -500.0, 100.0], 0.8, &[(2.1, 0.0), (0.0, 500.0), (4.2, 420.0)]);
        check(&[], 1.0, &[]);
    }

    #[test]
    fn a_block_cut_short_pays_in_its_last_month() {
        let by_month_usd = monthly_tax_usd(&[100.0; 14], 0.25, 1.0);
        assert_eq!(by_month_usd[11], 300.0);
        assert_eq!(by_month_usd[13], 50.0);
        assert_eq!(by_month_usd.iter().sum::<f64>(), 350.0);
        assert!(monthly_tax_usd(&[], 0.25, 1.0).is_empty());
    }
}
