//! Present values, modified return, payback and annuities of a column of cash flows.

use units::constants::MONTHS_PER_YEAR;

/// Days in a year by the day count of [`xnpv`] and [`crate::xirr`] (ACT/365 fixed).
pub(crate) const XIRR_DAYS_PER_YEAR: f64 = 365.0;

/// Factor that brings a flow `months` ahead to today.
///
/// # Formula
/// `(1 + r)^(-t / 12)`, r an annual effective rate, t in months: model section 0.
///
/// # Special cases
/// Negative months carry a past flow forward to today. A rate must lie above -1.
///
/// # Example
/// ```
/// // Money doubles in a year at 100 %.
/// assert_eq!(finance::discount_factor(1.0, 12.0), 0.5);
/// assert_eq!(finance::discount_factor(0.0, 180.0), 1.0);
/// ```
#[inline]
pub fn discount_factor(rate_annual_frac: f64, months: f64) -> f64 {
    (1.0 + rate_annual_frac).powf(-months / MONTHS_PER_YEAR)
}

/// Present value in USD of flows one month apart, the first of them today.
///
/// # Formula
/// `sum of flow_i (1 + r)^(-i / 12)`, added in order: model section 0.
///
/// # Shapes
/// `flows_usd`: `[months]`, entry i at i months. A flow at the end of month m is entry m + 1.
///
/// # Example
/// ```
/// let mut flows_usd = vec![0.0; 13];
/// flows_usd[12] = 110.0;
/// assert!((finance::npv_monthly_usd(&flows_usd, 0.1) - 100.0).abs() < 1e-12);
/// ```
pub fn npv_monthly_usd(flows_usd: &[f64], rate_annual_frac: f64) -> f64 {
    flows_usd
        .iter()
        .enumerate()
        .map(|(month, usd)| usd * discount_factor(rate_annual_frac, month as f64))
        .sum()
}

/// Present value in USD of flows one year apart, the first of them today.
///
/// # Formula
/// `sum of flow_i (1 + r)^(-i)`, added in order: model section 0.
///
/// # Shapes
/// `flows_usd`: `[years + 1]`, entry i at i years.
///
/// # Special cases
/// Spreadsheets put the first flow a year ahead: their NPV is this one with a zero in front.
///
/// # Example
/// ```
/// assert!((finance::npv_yearly_usd(&[-100.0, 110.0], 0.1)).abs() < 1e-12);
/// ```
pub fn npv_yearly_usd(flows_usd: &[f64], rate_annual_frac: f64) -> f64 {
    flows_usd
        .iter()
        .enumerate()
        .map(|(year, usd)| usd * (1.0 + rate_annual_frac).powf(-(year as f64)))
        .sum()
}

/// Present value in USD, at the earliest date, of flows on given days.
///
/// # Formula
/// `sum of flow (1 + r)^(-(day - first day) / 365)`: ACT/365, model section 6.
///
/// # Shapes
/// `flows`: pairs of a day number (of any calendar that counts days) and USD, in any order.
///
/// # Special cases
/// No flows: 0.
///
/// # Example
/// ```
/// // The order of the rows does not matter: day 0 is the earliest.
/// assert!((finance::xnpv(&[(365, 110.0), (0, -100.0)], 0.1)).abs() < 1e-12);
/// ```
#[expect(clippy::cast_precision_loss, reason = "day numbers stay far below 2^52")]
pub fn xnpv(flows: &[(i64, f64)], rate_annual_frac: f64) -> f64 {
    let first_day = flows.iter().map(|(day, _)| *day).min().unwrap_or(0);
    flows
        .iter()
        .map(|(day, usd)| {
            let years = (day - first_day) as f64 / XIRR_DAYS_PER_YEAR;
            usd * (1.0 + rate_annual_frac).powf(-years)
        })
        .sum()
}

/// Modified internal rate of return per period: one number where [`crate::irr`] may have many.
///
/// # Formula
/// `(FV of inflows at the reinvestment rate / -PV of outflows at the finance rate)^(1/N) - 1`,
/// N = number of flows - 1: model section 6.
///
/// # Special cases
/// `None` without an inflow, without an outflow, or with fewer than two flows.
///
/// # Example
/// ```
/// // 100 grow to 121 in two periods, nothing between: 10 %.
/// let rate_frac = finance::mirr(&[-100.0, 0.0, 121.0], 0.05, 0.05).unwrap();
/// assert!((rate_frac - 0.1).abs() < 1e-12);
/// ```
pub fn mirr(flows_usd: &[f64], finance_rate_frac: f64, reinvest_rate_frac: f64) -> Option<f64> {
    let periods = flows_usd.len().checked_sub(1).filter(|n| *n > 0)? as f64;
    let outflows: Vec<f64> = flows_usd.iter().map(|usd| usd.min(0.0)).collect();
    let inflows: Vec<f64> = flows_usd.iter().map(|usd| usd.max(0.0)).collect();
    let paid_usd = -npv_yearly_usd(&outflows, finance_rate_frac);
    let received_usd = npv_yearly_usd(&inflows, reinvest_rate_frac);
    if paid_usd > 0.0 && received_usd > 0.0 {
        let growth = (received_usd / paid_usd).powf(1.0 / periods);
        Some(growth * (1.0 + reinvest_rate_frac) - 1.0)
    } else {
        None
    }
}

/// Periods from the first flow until what was paid has come back for good, undiscounted.
///
/// # Formula
/// The last crossing of the cumulative sum from below zero to zero or more, linear within the
/// period: model section 6.
///
/// # Shapes
/// `flows_usd`: `[periods]`; zeros before the first flow do not count as waiting.
///
/// # Special cases
/// `None` if the sum ends below zero or never was below zero.
///
/// # Example
/// ```
/// assert_eq!(finance::payback_periods(&[-100.0, 40.0, 40.0, 40.0]), Some(2.5));
/// assert_eq!(finance::payback_periods(&[-100.0, 40.0]), None);
/// ```
pub fn payback_periods(flows_usd: &[f64]) -> Option<f64> {
    discounted_payback_periods(flows_usd, 0.0)
}

/// [`payback_periods`] of flows discounted at a rate per period.
///
/// # Formula
/// As [`payback_periods`], each flow times `(1 + r)^(-i)`; linear in the discounted sum within the
/// period.
///
/// # Example
/// ```
/// // 55 a period later is worth 50, 60.5 two later as well.
/// let periods = finance::discounted_payback_periods(&[-100.0, 55.0, 60.5], 0.1).unwrap();
/// assert!((periods - 2.0).abs() < 1e-12);
/// ```
pub fn discounted_payback_periods(flows_usd: &[f64], rate_per_period_frac: f64) -> Option<f64> {
    let first = flows_usd.iter().position(|usd| *usd != 0.0)?;
    let mut sum_usd = 0.0;
    let mut scale_usd = 0.0;
    let mut crossing = None;
    for (period, usd) in flows_usd[first..].iter().enumerate() {
        let worth_usd = usd * (1.0 + rate_per_period_frac).powf(-(period as f64));
        let before_usd = sum_usd;
        sum_usd += worth_usd;
        scale_usd += worth_usd.abs();
        // A sum that is zero but for rounding is zero: ten payments of 0.1 pay back 1.
        if sum_usd.abs() <= scale_usd * f64::EPSILON * (period as f64) {
            sum_usd = 0.0;
        }
        if before_usd < 0.0 && sum_usd >= 0.0 {
            crossing = Some((period - 1) as f64 + (-before_usd / worth_usd).min(1.0));
        } else if sum_usd < 0.0 {
            crossing = None;
        }
    }
    crossing
}

/// Present value of 1 USD at the end of each of `periods` periods.
///
/// # Formula
/// `(1 - (1 + r)^(-n)) / r` as `-expm1(-n log1p(r)) / r`, which stays exact as r goes to 0.
///
/// # Special cases
/// `n` at r = 0. A rate must lie above -1.
///
/// # Example
/// ```
/// assert_eq!(finance::annuity_factor(0.0, 60.0), 60.0);
/// assert!((finance::annuity_factor(1.0, 2.0) - 0.75).abs() < 1e-15);
/// ```
pub fn annuity_factor(rate_per_period_frac: f64, periods: f64) -> f64 {
    if rate_per_period_frac == 0.0 {
        periods
    } else {
        -(-periods * rate_per_period_frac.ln_1p()).exp_m1() / rate_per_period_frac
    }
}

/// Level payment in USD at the end of each period that repays a principal with interest.
///
/// # Formula
/// `principal / annuity_factor(r, n)`: model section 6.
///
/// # Special cases
/// A coupon that is quoted as nominal a year is divided by 12 for monthly payments.
///
/// # Example
/// ```
/// // Two payments of 4 repay 3 at 100 % a period: 4/2 + 4/4 = 3.
/// assert!((finance::annuity_payment_usd(3.0, 1.0, 2.0) - 4.0).abs() < 1e-12);
/// ```
pub fn annuity_payment_usd(principal_usd: f64, rate_per_period_frac: f64, periods: f64) -> f64 {
    principal_usd / annuity_factor(rate_per_period_frac, periods)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(what: &str, found: f64, expected: f64) {
        let error = (found - expected).abs() / expected.abs().max(1.0);
        assert!(error < 1e-12, "{what}: {found} instead of {expected}");
    }

    #[test]
    fn published_present_values_come_out() {
        let flows_usd = [-15_000.0, 1_500.0, 2_500.0, 3_500.0, 4_500.0, 6_000.0];
        check("numpy-financial, npv", npv_yearly_usd(&flows_usd, 0.05), 122.894_854_950_942_54);
        let with_zero_usd = [0.0, -10_000.0, 3_000.0, 4_200.0, 6_800.0];
        check("spreadsheet NPV", npv_yearly_usd(&with_zero_usd, 0.1), 1_188.443_412_335_222_8);
        // Days from 2008-01-01 to 03-01, 10-30, 2009-02-15 and 04-01.
        let dated = [(0, -10_000.0), (60, 2_750.0), (303, 4_250.0), (411, 3_250.0), (456, 2_750.0)];
        check("spreadsheet XNPV", xnpv(&dated, 0.09), 2_086.647_602_031_536_7);
    }

    #[test]
    fn monthly_and_yearly_values_agree_on_whole_years() {
        let yearly_usd = [-100.0, 40.0, 50.0, 60.0];
        let mut monthly_usd = vec![0.0; 37];
        for (year, usd) in yearly_usd.iter().enumerate() {
            monthly_usd[12 * year] = *usd;
        }
        check("0.095", npv_monthly_usd(&monthly_usd, 0.095), npv_yearly_usd(&yearly_usd, 0.095));
    }

    #[test]
    fn published_modified_returns_come_out() {
        let flows_usd = [-120_000.0, 39_000.0, 30_000.0, 21_000.0, 37_000.0, 46_000.0];
        check("10/12", mirr(&flows_usd, 0.10, 0.12).unwrap(), 0.126_094_130_365_905_14);
        check("10/14", mirr(&flows_usd, 0.10, 0.14).unwrap(), 0.134_759_110_828_314_85);
        let long_usd = [-4_500.0, -800.0, 800.0, 800.0, 600.0, 600.0, 800.0, 800.0, 700.0, 3_000.0];
        assert!((mirr(&long_usd, 0.08, 0.055).unwrap() - 0.066_597_175).abs() < 1e-9);
        for one_sided in [&[39_000.0, 30_000.0][..], &[-1.0, 0.0], &[-1.0], &[]] {
            assert_eq!(mirr(one_sided, 0.10, 0.12), None, "{one_sided:?}");
        }
    }

    #[test]
    fn payback_is_the_last_crossing() {
        for (flows_usd, expected) in [
            (&[-150.0, 15.0, 25.0, 35.0, 45.0, 60.0][..], Some(4.5)),
            (&[-3.0, 7.0, -4.0, 1.0, -2.0, 1.5], Some(4.0 + 2.0 / 3.0)),
            (&[-1_000.0, 6_000.0, -11_000.0, 6_000.0], Some(3.0)),
            (&[0.0, 0.0, -1.0, 12.0], Some(1.0 / 12.0)),
            (&[-1.0, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1], Some(10.0)),
            (&[-100.0, 220.0, -121.0], None),
            (&[10.0, 20.0], None),
            (&[0.0, 0.0], None),
            (&[], None),
        ] {
            assert_eq!(payback_periods(flows_usd), expected, "{flows_usd:?}");
        }
        let flows_usd = [-100.0, 39.0, 59.0, 55.0, 20.0];
        let periods = discounted_payback_periods(&flows_usd, 0.12).unwrap();
        check("discounted at 12 %", periods, 2.463_476_363_636_363_7);
    }

    #[test]
    fn published_annuities_come_out() {
        for (principal_usd, rate_frac, periods, expected_usd) in [
            (15_000.0, 0.08 / 12.0, 60.0, 304.145_914_326_205_23),
            (15_000.0, 1e-18, 60.0, 250.0),
            (1e9, 1e-6, 360.0, 2_778_279.196_666_42),
            (100.0, 5.0, 10.0, 500.000_008_269_086),
        ] {
            let payment_usd = annuity_payment_usd(principal_usd, rate_frac, periods);
            check("payment", payment_usd / expected_usd, 1.0);
        }
    }
}
