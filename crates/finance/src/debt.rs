//! Loans: level, sculpted to coverage and bullet schedules, the most that cash flows carry, and the
//! ratios that lenders test.
//!
//! A coupon is nominal a year; [`monthly_rate_frac`] is what a month costs. Schedules list payments
//! at the ends of periods, and the last balance is exactly 0.

use units::constants::MONTHS_PER_YEAR;

use crate::annuity_payment_usd;

/// What is paid on a loan at the end of a period, and what is still owed then.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Installment {
    /// Interest on the balance at the start of the period.
    pub interest_usd: f64,
    /// What is repaid; negative where the balance grows.
    pub principal_usd: f64,
    /// What is owed afterwards.
    pub balance_usd: f64,
}

impl Installment {
    /// Interest and principal together, USD.
    pub fn service_usd(&self) -> f64 {
        self.interest_usd + self.principal_usd
    }
}

/// Rate of a month of a coupon that is quoted as nominal a year.
///
/// # Formula
/// `coupon / 12`: model section 6.
///
/// # Example
/// ```
/// assert_eq!(finance::debt::monthly_rate_frac(0.06), 0.005);
/// ```
pub fn monthly_rate_frac(coupon_frac: f64) -> f64 {
    coupon_frac / MONTHS_PER_YEAR
}

/// Schedule of a loan that is repaid by equal payments after some periods of interest alone.
///
/// # Formula
/// Payment `annuity(principal - balloon) + r balloon`, the balloon with the last one: model
/// section 6. Interest is `r x balance`; the last payment repays what is left.
///
/// # Shapes
/// `[periods]`, of which the first `interest_only` repay nothing.
///
/// # Special cases
/// A balloon of the whole principal is a bullet. With `interest_only` of all periods the principal
/// falls due with the last one. No periods: no schedule.
///
/// # Example
/// ```
/// use finance::debt::level;
/// // Two payments of 4 repay 3 at 100 % a period.
/// let two = level(3.0, 1.0, 2, 0, 0.0);
/// assert_eq!((two[0].interest_usd, two[0].principal_usd), (3.0, 1.0));
/// assert_eq!((two[1].interest_usd, two[1].principal_usd), (2.0, 2.0));
/// // A bullet pays interest until the end.
/// let bullet = level(100.0, 0.01, 3, 0, 100.0);
/// assert_eq!((bullet[1].principal_usd, bullet[2].principal_usd), (0.0, 100.0));
/// ```
pub fn level(
    principal_usd: f64,
    rate_per_period_frac: f64,
    periods: usize,
    interest_only: usize,
    balloon_usd: f64,
) -> Vec<Installment> {
    let repaying = periods.saturating_sub(interest_only).max(1);
    let amortised_usd = principal_usd - balloon_usd;
    let payment_usd = annuity_payment_usd(amortised_usd, rate_per_period_frac, repaying as f64)
        + rate_per_period_frac * balloon_usd;
    schedule(principal_usd, rate_per_period_frac, periods, |period, interest_usd| {
        // A bullet's payment is its interest but for rounding.
        if period < interest_only || amortised_usd == 0.0 {
            0.0
        } else {
            payment_usd - interest_usd
        }
    })
}

/// Schedule of the loan whose service is the same share of the cash flow in every period.
///
/// # Formula
/// Service `cash flow / coverage`; principal is the present value of all service at the coupon:
/// model section 6.
///
/// # Shapes
/// `cash_flow_usd`: `[periods]`, the cash flow available for debt service of each.
///
/// # Special cases
/// Where the service does not reach the interest the balance grows. For a loan whose balance may
/// not grow see [`capacity_usd`].
///
/// # Example
/// ```
/// // A cash flow of 2.6 covers a service of 2 by 1.3.
/// let loan = finance::debt::sculpted(&[2.6, 2.6], 1.3, 0.0);
/// assert_eq!(loan[0].principal_usd, 2.0);
/// assert_eq!(loan[1].balance_usd, 0.0);
/// ```
pub fn sculpted(
    cash_flow_usd: &[f64],
    coverage: f64,
    rate_per_period_frac: f64,
) -> Vec<Installment> {
    let service_usd: Vec<f64> = cash_flow_usd.iter().map(|usd| usd / coverage).collect();
    let principal_usd = present_value_usd(&service_usd, rate_per_period_frac);
    schedule(principal_usd, rate_per_period_frac, service_usd.len(), |period, interest_usd| {
        service_usd[period] - interest_usd
    })
}

/// The most that may be lent if each period can pay so much at most and the balance never grows.
///
/// # Formula
/// Backwards from 0 after the last period: `min((balance + payment) / (1 + r), payment / r)`.
///
/// # Shapes
/// `payment_usd`: `[periods]`; what is negative counts as 0.
///
/// # Special cases
/// Where every payment covers its interest this is the present value at the coupon, the principal
/// of [`sculpted`]. No loan that costs something is carried into a period without payment.
///
/// # Example
/// ```
/// use finance::debt::capacity_usd;
/// assert_eq!(capacity_usd(&[2.0, 2.0], 0.0), 4.0);
/// // 1 a period is the interest on 10 at most, whatever comes later.
/// assert_eq!(capacity_usd(&[1.0, 1_000.0], 0.1), 10.0);
/// ```
pub fn capacity_usd(payment_usd: &[f64], rate_per_period_frac: f64) -> f64 {
    payment_usd.iter().rev().fold(0.0, |balance_usd: f64, payment_usd| {
        let payment_usd = payment_usd.max(0.0);
        let repayable_usd = (balance_usd + payment_usd) / (1.0 + rate_per_period_frac);
        if rate_per_period_frac > 0.0 {
            repayable_usd.min(payment_usd / rate_per_period_frac)
        } else {
            repayable_usd
        }
    })
}

/// Schedule of a loan on which each period pays what it can until nothing is owed.
///
/// # Formula
/// Principal `min(payment - interest, balance)`, not below 0; the last period repays what is left.
///
/// # Special cases
/// A loan of [`capacity_usd`] needs no payment beyond the ones given.
///
/// # Example
/// ```
/// let loan = finance::debt::repaid_by(3.0, &[2.0, 2.0, 2.0], 0.0);
/// assert_eq!(loan[1].principal_usd, 1.0);
/// assert_eq!(loan[2].principal_usd, 0.0);
/// ```
pub fn repaid_by(
    principal_usd: f64,
    payment_usd: &[f64],
    rate_per_period_frac: f64,
) -> Vec<Installment> {
    let mut owed_usd = principal_usd;
    schedule(principal_usd, rate_per_period_frac, payment_usd.len(), |period, interest_usd| {
        let repaid_usd = (payment_usd[period] - interest_usd).min(owed_usd).max(0.0);
        owed_usd -= repaid_usd;
        repaid_usd
    })
}

/// A schedule from what each period repays; the last one repays what is left.
fn schedule(
    principal_usd: f64,
    rate_per_period_frac: f64,
    periods: usize,
    mut principal: impl FnMut(usize, f64) -> f64,
) -> Vec<Installment> {
    let mut owed_usd = principal_usd;
    let installment = |period| {
        let interest_usd = rate_per_period_frac * owed_usd;
        let repaid_usd =
            if period + 1 == periods { owed_usd } else { principal(period, interest_usd) };
        owed_usd -= repaid_usd;
        Installment { interest_usd, principal_usd: repaid_usd, balance_usd: owed_usd }
    };
    (0..periods).map(installment).collect()
}

/// Debt service coverage: what the cash flows of a time are worth beside its debt service.
///
/// # Formula
/// `sum of cash flow / sum of service`: model section 6.
///
/// # Special cases
/// `None` where no debt is served.
///
/// # Example
/// ```
/// assert_eq!(finance::debt::coverage(&[2.0, 1.0], &[1.0, 1.0]), Some(1.5));
/// assert_eq!(finance::debt::coverage(&[2.0], &[0.0]), None);
/// ```
pub fn coverage(cash_flow_usd: &[f64], service_usd: &[f64]) -> Option<f64> {
    let served_usd: f64 = service_usd.iter().sum();
    (served_usd > 0.0).then(|| cash_flow_usd.iter().sum::<f64>() / served_usd)
}

/// Loan life coverage: the cash flows to the loan's end at its coupon beside what is owed.
///
/// # Formula
/// `sum of cash flow_i (1 + r)^-i / balance`, i periods from now: model section 6.
///
/// # Special cases
/// `None` where nothing is owed.
///
/// # Example
/// ```
/// assert_eq!(finance::debt::loan_life_coverage(&[1.5, 1.5], 2.0, 0.0), Some(1.5));
/// ```
pub fn loan_life_coverage(
    cash_flow_usd: &[f64],
    balance_usd: f64,
    rate_per_period_frac: f64,
) -> Option<f64> {
    (balance_usd > 0.0)
        .then(|| present_value_usd(cash_flow_usd, rate_per_period_frac) / balance_usd)
}

/// Present value of payments at the ends of periods, from the last one inwards.
fn present_value_usd(payment_usd: &[f64], rate_per_period_frac: f64) -> f64 {
    payment_usd.iter().rev().fold(0.0, |value, usd| (value + usd) / (1.0 + rate_per_period_frac))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balloon_falls_due_with_the_last_payment() {
        let loan = level(1_000.0, 0.01, 36, 6, 250.0);
        assert_eq!(loan[5].principal_usd, 0.0);
        let payments: Vec<f64> = loan.iter().map(Installment::service_usd).collect();
        for payment in &payments[6..35] {
            assert!((payment - payments[6]).abs() < 1e-10);
        }
        assert!((payments[35] - payments[34] - 250.0).abs() < 1e-9);
        assert_eq!(loan[35].balance_usd, 0.0);
    }

    #[test]
    fn capacity_is_what_each_period_can_pay() {
        let payment_usd = [4.0, 0.5, 9.0, 3.0];
        let most_usd = capacity_usd(&payment_usd, 0.02);
        let loan = repaid_by(most_usd, &payment_usd, 0.02);
        for (paid, payment_usd) in loan.iter().zip(payment_usd) {
            assert!(paid.principal_usd >= 0.0);
            assert!(paid.service_usd() <= payment_usd * (1.0 + 1e-14), "{loan:?}");
        }
        let more = repaid_by(most_usd * 1.001, &payment_usd, 0.02);
        assert!(more.iter().zip(payment_usd).any(|(paid, most)| paid.service_usd() > most));
        // Where interest is covered all along, it is the sculpted loan.
        let sculpted = sculpted(&[13.0, 13.0, 13.0], 1.3, 0.02);
        let owed_usd: f64 = sculpted.iter().map(|i| i.principal_usd).sum();
        assert!((owed_usd - capacity_usd(&[10.0; 3], 0.02)).abs() < 1e-12);
        // Who cannot pay in the first period cannot be lent anything; in the second, nothing beyond
        // the first.
        assert_eq!(capacity_usd(&[0.0, 1.0, 1.0], 0.02), 0.0);
        assert_eq!(capacity_usd(&[1.0, 0.0, 1.0], 0.02), 1.0 / 1.02);
    }

    #[test]
    fn a_sculpted_loan_is_covered_alike_all_along() {
        let cash_flow_usd = [11.0, 9.0, 14.0, 8.0];
        let loan = sculpted(&cash_flow_usd, 1.4, 0.01);
        for (paid, usd) in loan.iter().zip(cash_flow_usd) {
            let coverage = coverage(&[usd], &[paid.service_usd()]).unwrap();
            assert!((coverage - 1.4).abs() < 1e-12);
        }
        let owed_usd: f64 = loan.iter().map(|i| i.principal_usd).sum();
        let life = loan_life_coverage(&cash_flow_usd, owed_usd, 0.01).unwrap();
        assert!((life - 1.4).abs() < 1e-12, "{life}");
        assert_eq!(loan_life_coverage(&cash_flow_usd, 0.0, 0.01), None);
    }

    #[test]
    fn no_periods_no_schedule() {
        assert!(level(0.0, 0.01, 0, 0, 0.0).is_empty());
        assert_eq!(capacity_usd(&[], 0.01), 0.0);
        assert!(sculpted(&[], 1.2, 0.01).is_empty());
    }
}
