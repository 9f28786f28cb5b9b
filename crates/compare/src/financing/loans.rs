//! When a loan is drawn and repaid, and how much of it the cash flow carries.

use finance::debt::{capacity_usd, level, monthly_rate_frac, repaid_by};

use super::flows::{Basis, ProjectFlows};
use super::terms::{Loan, Repayment, TenantCapex};

/// Months between two tests of coverage.
pub(crate) const QUARTER: usize = 3;

/// A loan's course per dollar of face.
///
/// # Shapes
/// Columns: `[months + 1]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    /// First draw.
    pub(crate) first: usize,
    /// Last month before repayment.
    pub(crate) repay_after: usize,
    /// Last payment.
    pub(crate) end: usize,
    /// Share of the face drawn in each month.
    pub(crate) drawn: Vec<f64>,
    /// Share of the face repaid in each month; balloon apart.
    pub(crate) repaid: Vec<f64>,
    /// Cash flow that its tests look at, USD.
    pub(crate) cash_flow_usd: Vec<f64>,
    /// Most that can be lent, USD of face.
    pub(crate) most_usd: f64,
}

impl Shape {
    /// The course of a loan; `None` where there is nothing to lend on, or no time to repay it.
    ///
    /// `lender` are the flows that coverage is tested on; the last argument is what loans before it
    /// on the same basis take of them by month, and what they have lent.
    pub(crate) fn new(
        loan: &Loan,
        flows: &ProjectFlows,
        lender: &ProjectFlows,
        tenant: Option<&TenantCapex>,
        (earlier_usd, lent_usd): (&[f64], f64),
    ) -> Option<Self> {
        let horizon = flows.months();
        let base = flows.of(loan.basis);
        let tested = lender.of(loan.basis);
        let first = base.capex_usd.iter().position(|usd| *usd < 0.0)?;
        let open = first + loan.availability_months;
        let own = own_share(loan.basis, tenant);
        let cost = |t: usize| if t <= open { (-base.capex_usd[t]).max(0.0) * own } else { 0.0 };
        let cost_usd: f64 = (0..=horizon).map(cost).sum();
        let last_draw = (0..=horizon).rfind(|t| cost(*t) > 0.0)?;
        let cash_flow_usd: Vec<f64> =
            (0..=horizon).map(|t| tested.cash_flow_usd(t) - earlier_usd[t]).collect();
        let earns = |t: &usize| base.operating_usd[*t] > 0.0;
        let lender_earns = (0..=horizon).find(|t| tested.operating_usd[*t] > 0.0)?;
        let last_earned = (0..=horizon).rfind(earns)?;
        let repay_after =
            last_draw.max(first + loan.interest_only_months).max(lender_earns.saturating_sub(1));
        let end = (first + loan.tenor_months)
            .min(last_earned.saturating_sub(loan.tail_months))
            .min(horizon);
        if end <= repay_after {
            return None;
        }
        let drawn = (0..=horizon).map(|t| cost(t) / cost_usd).collect();
        let most_usd =
            (loan.ltc_frac * cost_usd).min(loan.max_usd).min(cost_usd - lent_usd).max(0.0);
        let mut shape = Self {
            first,
            repay_after,
            end,
            drawn,
            repaid: vec![0.0; horizon + 1],
            cash_flow_usd,
            most_usd,
        };
        let rate = monthly_rate_frac(loan.coupon_frac);
        let periods = end - repay_after;
        let schedule = match loan.repayment {
            Repayment::Level { balloon_frac } => level(1.0, rate, periods, 0, balloon_frac),
            Repayment::Sculpted { dscr } => {
                let payment_usd: Vec<f64> = shape.cash_flow_usd[repay_after + 1..=end]
                    .iter()
                    .map(|usd| usd.max(0.0) / dscr)
                    .collect();
                let carried_usd = capacity_usd(&payment_usd, rate);
                shape.most_usd = shape.most_usd.min(carried_usd);
                if carried_usd <= 0.0 {
                    return None;
                }
                let share: Vec<f64> = payment_usd.iter().map(|usd| usd / carried_usd).collect();
                repaid_by(1.0, &share, rate)
            }
        };
        for (repaid, paid) in shape.repaid[repay_after + 1..].iter_mut().zip(&schedule) {
            *repaid = paid.principal_usd;
        }
        if let Repayment::Level { balloon_frac } = loan.repayment {
            shape.repaid[end] -= balloon_frac;
        }
        shape.most_usd = shape.most_usd.min(shape.covered_usd(loan));
        Some(shape)
    }

    /// Interest and principal of each month per dollar of face, balloon apart.
    pub(crate) fn service(&self, loan: &Loan) -> Vec<f64> {
        let rate = monthly_rate_frac(loan.coupon_frac);
        let mut balance = 0.0;
        let mut service = Vec::with_capacity(self.drawn.len());
        for (t, (drawn, repaid)) in self.drawn.iter().zip(&self.repaid).enumerate() {
            service.push(if t <= self.end { rate * balance + repaid } else { 0.0 });
            balance += drawn - repaid;
        }
        service
    }

    /// Months that the test at `t` looks at; `None` if there is no test at `t`.
    pub(crate) fn test_months(
        &self,
        loan: &Loan,
        t: usize,
    ) -> Option<std::ops::RangeInclusive<usize>> {
        let tested = t.is_multiple_of(QUARTER) && t > self.repay_after && t <= self.end;
        let from = (t + 1).saturating_sub(loan.test_months.max(1)).max(self.repay_after + 1);
        tested.then_some(from..=t)
    }

    /// Most that can be lent without a breach of the covenant, USD.
    fn covered_usd(&self, loan: &Loan) -> f64 {
        let service = self.service(loan);
        let most = |t: usize| {
            let months = self.test_months(loan, t)?;
            let cash_flow_usd: f64 = self.cash_flow_usd[months.clone()].iter().sum();
            let served: f64 = loan.covenant_dscr * service[months].iter().sum::<f64>();
            (served > 0.0).then(|| (cash_flow_usd / served).max(0.0))
        };
        (0..=self.end).filter_map(most).fold(f64::INFINITY, f64::min)
    }
}

/// Share of a basis' capex that tenants do not pay.
pub(crate) fn own_share(basis: Basis, tenant: Option<&TenantCapex>) -> f64 {
    match (basis, tenant) {
        (Basis::Halls, Some(tenant)) => 1.0 - tenant.share_frac,
        _ => 1.0,
    }
}
