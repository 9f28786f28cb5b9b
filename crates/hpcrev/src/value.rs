//! What a critical MW is worth: discounted cash flows, capitalised income, sums of parts.

use crate::lease::{Lease, YEAR};
use crate::proforma::Proforma;

/// Present value in USD per critical MW of a hall before tax and financing, with an exit.
///
/// # Formula
/// Net present value of [`Proforma::flows_usd`] plus `exit (1 + r)^(-month / 12)`: model section 6.
///
/// # Special cases
/// A single-purpose hall without a tenant may be worth nothing: pass an exit of 0. An exit takes
/// place at its month even beyond the horizon.
///
/// # Example
/// ```
/// use hpcrev::{Delivery, Lease, PlanMonths, RentFactor, lease_proforma, value};
/// let months = PlanMonths { hours: &[730.0; 12], usd_per_mwh: &[50.0; 12] };
/// let lease = Lease::plain(100.0, 0.0, 12);
/// let hall = lease_proforma(&lease, &Delivery::at_once(1e6), 0, &months, &RentFactor::SIGNED);
/// // 1.2 M$ of rent, 1 M$ of capex, an exit at 2 M$ after a year, undiscounted.
/// assert!((value::dcf_usd(&hall, 0.0, 12, 2e6) - 2.2e6).abs() < 1e-6);
/// ```
pub fn dcf_usd(hall: &Proforma, rate_frac: f64, exit_month: usize, exit_usd: f64) -> f64 {
    finance::npv_monthly_usd(&hall.flows_usd(), rate_frac)
        + exit_usd * finance::discount_factor(rate_frac, exit_month as f64)
}

/// Net operating income in USD per critical MW of the year after the base term, for an exit value.
///
/// # Formula
/// Over the last twelve months of the term: `revenue x (1 + escalator) - opex x (1 + growth) -
/// power`: model section 6, NOI of year n + 1.
///
/// # Special cases
/// If the horizon ends before the term, the last twelve months before it.
pub fn exit_noi_usd_per_year(lease: &Lease, hall: &Proforma) -> f64 {
    let last = hall.revenue_usd.iter().rposition(|usd| *usd > 0.0).map_or(0, |m| m + 1);
    let year = last.saturating_sub(YEAR)..last;
    let sum = |column: &[f64]| column[year.clone()].iter().sum::<f64>();
    sum(&hall.revenue_usd) * (1.0 + lease.escalator_frac)
        - sum(&hall.opex_usd) * (1.0 + lease.opex_growth_frac)
        - sum(&hall.power_usd)
}

/// Value in USD of income that goes on for ever, at a cap rate.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::value::capitalised_usd(1.5e6, 0.075), 20e6);
/// ```
pub fn capitalised_usd(noi_usd_per_year: f64, cap_rate_frac: f64) -> f64 {
    noi_usd_per_year / cap_rate_frac
}

/// Equity per critical MW in USD: what stabilised income is worth, less what it costs to build.
///
/// # Formula
/// `NOI / cap rate - capex`: model section 6.
///
/// # Example
/// ```
/// // 1.5 M$ a year at 7.5 % are 20 M$; the hall costs 10.
/// assert_eq!(hpcrev::value::cap_rate_equity_per_mw(1.5e6, 0.075, 10e6), 10e6);
/// ```
pub fn cap_rate_equity_per_mw(
    noi_usd_per_mw_year: f64,
    cap_rate_frac: f64,
    capex_usd_per_mw: f64,
) -> f64 {
    capitalised_usd(noi_usd_per_mw_year, cap_rate_frac) - capex_usd_per_mw
}

/// Expected value in USD of MW that may or may not be signed.
///
/// # Formula
/// `probability x MW x USD per MW`: model section 6.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::value::probability_weighted(0.5, 100.0, 4e6), 200e6);
/// ```
pub fn probability_weighted(probability_frac: f64, critical_mw: f64, usd_per_mw: f64) -> f64 {
    probability_frac * critical_mw * usd_per_mw
}

/// A company in parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CompanyParts {
    /// The mining business.
    pub mining_usd: f64,
    /// Signed HPC contracts, net of what is still to be built.
    pub signed_usd: f64,
    /// Critical MW that are not signed.
    pub unsigned_critical_mw: f64,
    /// Equity value of one of them once signed.
    pub unsigned_usd_per_mw: f64,
    /// Probability that they get signed.
    pub probability_frac: f64,
    /// Debt less cash and bitcoin; negative if there is more of those.
    pub net_debt_usd: f64,
    /// Shares with all that may become shares.
    pub diluted_shares: f64,
}

impl CompanyParts {
    /// Equity without the unsigned MW.
    fn certain_usd(&self) -> f64 {
        self.mining_usd + self.signed_usd - self.net_debt_usd
    }
}

/// Value in USD per diluted share.
///
/// # Formula
/// `(mining + signed + probability x unsigned MW x USD/MW - net debt) / diluted shares`: model
/// section 6.
///
/// # Example
/// ```
/// use hpcrev::value::{CompanyParts, sum_of_the_parts};
/// let parts = CompanyParts {
///     mining_usd: 1e9,
///     signed_usd: 2e9,
///     unsigned_critical_mw: 200.0,
///     unsigned_usd_per_mw: 5e6,
///     probability_frac: 0.5,
///     net_debt_usd: 0.5e9,
///     diluted_shares: 300e6,
/// };
/// assert_eq!(sum_of_the_parts(&parts), 10.0);
/// ```
pub fn sum_of_the_parts(parts: &CompanyParts) -> f64 {
    let unsigned_usd = probability_weighted(
        parts.probability_frac,
        parts.unsigned_critical_mw,
        parts.unsigned_usd_per_mw,
    );
    (parts.certain_usd() + unsigned_usd) / parts.diluted_shares
}

/// Probability of signing that a share price implies; outside 0..=1 no probability explains it.
///
/// # Formula
/// [`sum_of_the_parts`] solved for the probability; the one in `parts` does not matter.
pub fn implied_probability_frac(parts: &CompanyParts, usd_per_share: f64) -> f64 {
    let unsigned_usd = usd_per_share * parts.diluted_shares - parts.certain_usd();
    unsigned_usd / (parts.unsigned_critical_mw * parts.unsigned_usd_per_mw)
}

/// Value in USD of an unsigned critical MW, once signed, that a share price implies.
///
/// # Formula
/// [`sum_of_the_parts`] solved for the value per MW; the one in `parts` does not matter.
pub fn implied_usd_per_mw(parts: &CompanyParts, usd_per_share: f64) -> f64 {
    let unsigned_usd = usd_per_share * parts.diluted_shares - parts.certain_usd();
    unsigned_usd / (parts.unsigned_critical_mw * parts.probability_frac)
}

/// Amount in USD per MW, of the kind of MW that is given: debt, capex, revenue.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::value::usd_per_mw(3.2e9, 400.0), 8e6);
/// ```
pub fn usd_per_mw(usd: f64, mw: f64) -> f64 {
    usd / mw
}

/// Shares after an issue, of which the new ones are a known share.
///
/// # Formula
/// `new shares / share`: how warrants for a guarantor are announced.
///
/// # Example
/// ```
/// // Twenty million new shares are 5 % of all.
/// assert_eq!(hpcrev::value::pro_forma_shares(20e6, 0.05), 400e6);
/// ```
pub fn pro_forma_shares(new_shares: f64, share_frac: f64) -> f64 {
    new_shares / share_frac
}

/// Change from one figure to the next as a fraction of the first.
///
/// # Example
/// ```
/// assert_eq!(hpcrev::value::change_frac(2.0, 5.0), 1.5);
/// ```
pub fn change_frac(before: f64, after: f64) -> f64 {
    after / before - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{GpuCloud, cloud_year_end};
    use crate::delivery::{Delivery, PlanMonths, RentFactor};
    use crate::lease::Prepayment;
    use crate::proforma::{cloud_proforma, lease_proforma};

    fn check(what: &str, found: f64, published: f64, tolerance: f64) {
        assert!((found / published - 1.0).abs() < tolerance, "{what}: {found}, not {published}");
    }

    #[test]
    fn published_values_per_mw_come_out() {
        check("colocation, low", cap_rate_equity_per_mw(1.096e6, 0.08, 10e6), 3.7e6, 0.005);
        check("colocation, high", cap_rate_equity_per_mw(1.488e6, 0.08, 10e6), 8.6e6, 0.005);
        check("100 MW at even odds, low", probability_weighted(0.5, 100.0, 3.7e6), 185e6, 1e-12);
        check("100 MW at even odds, high", probability_weighted(0.5, 100.0, 8.6e6), 430e6, 1e-12);
        check("CleanSpark Texas", probability_weighted(1.0, 200.0, 13e6), 2.6e9, 1e-12);
        check("TeraWulf debt per MW", usd_per_mw(3.2e9, 360.0), 8.9e6, 0.005);
        check("Cipher shares", pro_forma_shares(24e6, 0.054), 444e6, 0.01);
        check("miner debt", change_frac(2.1e9, 12.7e9), 5.05, 0.001);
    }

    /// 200 MW with 76,000 GPUs for 9.7 B$ over five years, a fifth of it prepaid and credited in
    /// years 3 to 5; 29 M$/MW of GPUs, 15 of hall.
    fn microsoft() -> (GpuCloud, Delivery) {
        let gpus_per_mw = 380.0;
        let cloud = GpuCloud {
            contract_usd_per_gpu_h: 9.7e6 / (gpus_per_mw * 8_760.0),
            contract_mix_frac: 1.0,
            contract_months: 60,
            gpu_capex_usd_per_gpu: 29e6 / gpus_per_mw,
            opex_revenue_frac: 0.15,
            resale_frac: 0.15,
            prepayment: Some(Prepayment {
                usd_per_critical_mw: 9.7e6,
                credit_from_month: 24,
                credit_months: 36,
            }),
            ..GpuCloud::flat(1e6 / gpus_per_mw, 60)
        };
        (cloud, Delivery::at_once(15e6))
    }

    #[test]
    fn the_published_gpu_cloud_comes_out_by_year_and_by_month() {
        let (cloud, delivery) = microsoft();
        let exit_usd = capitalised_usd(1.5e6, 0.08);
        let years = cloud_year_end(&cloud, &delivery, 0.0, exit_usd);
        check("year 1", years.cash_flow_usd[1], 8.245e6, 1e-12);
        let yearly_usd = finance::npv_yearly_usd(&years.cash_flow_usd, 0.095);
        check("equity per MW", yearly_usd, 5.3e6, 0.03);
        // The monthly engine with the same contract: income comes half a year earlier.
        let months = PlanMonths { hours: &[730.0; 60], usd_per_mwh: &[0.0; 60] };
        let hall = cloud_proforma(&cloud, &delivery, 0, &months, &RentFactor::SIGNED);
        let flows_usd = hall.flows_usd();
        for (year, expected_usd) in years.cash_flow_usd.iter().enumerate() {
            let found_usd: f64 = if year == 0 {
                flows_usd[0]
            } else {
                flows_usd[12 * year - 11..=12 * year].iter().sum()
            };
            let exit_usd = if year == 5 { exit_usd } else { 0.0 };
            check("sum of the months", found_usd + exit_usd, *expected_usd, 1e-12);
        }
        let monthly_usd = dcf_usd(&hall, 0.095, 60, exit_usd);
        assert!(monthly_usd > yearly_usd && monthly_usd < yearly_usd + 1.5e6, "{monthly_usd}");
    }

    #[test]
    fn a_lease_is_worth_its_rent_and_what_comes_after() {
        let lease = Lease {
            opex_usd_per_critical_mw_year: 0.12e6,
            opex_growth_frac: 0.05,
            ..Lease::plain(100.0, 0.03, 24)
        };
        let months = PlanMonths { hours: &[730.0; 60], usd_per_mwh: &[50.0; 60] };
        let hall =
            lease_proforma(&lease, &Delivery::at_once(10e6), 0, &months, &RentFactor::SIGNED);
        let noi_usd = exit_noi_usd_per_year(&lease, &hall);
        check("NOI of year 3", noi_usd, 1.2e6 * 1.03 * 1.03 - 0.12e6 * 1.05 * 1.05, 1e-12);
        let without_usd = dcf_usd(&hall, 0.1, 24, 0.0);
        let with_usd = dcf_usd(&hall, 0.1, 24, capitalised_usd(noi_usd, 0.08));
        check("exit", with_usd - without_usd, noi_usd / 0.08 / 1.21, 1e-9);
    }

    #[test]
    fn a_share_price_implies_what_its_parts_say() {
        let parts = CompanyParts {
            mining_usd: 1.3e9,
            signed_usd: 2.2e9,
            unsigned_critical_mw: 600.0,
            unsigned_usd_per_mw: 8.6e6,
            probability_frac: 0.5,
            net_debt_usd: 0.7e9,
            diluted_shares: 390e6,
        };
        let usd_per_share = sum_of_the_parts(&parts);
        check("probability", implied_probability_frac(&parts, usd_per_share), 0.5, 1e-12);
        check("USD per MW", implied_usd_per_mw(&parts, usd_per_share), 8.6e6, 1e-12);
    }
}
