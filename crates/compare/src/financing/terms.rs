//! The terms on which money can be had.

use super::flows::Basis;

/// Where the money of a plan may come from, and how its statement is drawn up.
#[derive(Clone, Debug, PartialEq)]
pub struct Financing {
    /// Nominal annual effective rate at which flows to shareholders are discounted.
    pub discount_rate_frac: f64,
    /// Tax rate on income.
    pub tax_rate_frac: f64,
    /// Share of a year's profit that losses carried forward may wipe out.
    pub loss_limit_frac: f64,
    /// Own cash at the valuation date, USD.
    pub own_cash_usd: f64,
    /// Cash that is kept at all times, USD.
    pub minimum_cash_usd: f64,
    /// The company's shares; conversion, issues and warrants need them.
    pub shares: Option<Shares>,
    /// Loans, in the order in which they are served.
    pub loans: Vec<Loan>,
    /// Support of the first loan by somebody with better credit, paid for in warrants.
    pub support: Option<CreditSupport>,
    /// Share of capex that tenants pay.
    pub tenant_capex: Option<TenantCapex>,
    /// Convertible notes.
    pub convertible: Option<Convertible>,
    /// Shares sold at the market.
    pub at_the_market: Option<AtTheMarket>,
    /// Bitcoin that may be sold.
    pub treasury: Option<Treasury>,
}

impl Financing {
    /// Own cash alone, and as much of it as is asked for: every source of the plan is left out.
    pub const fn unfunded(discount_rate_frac: f64, tax_rate_frac: f64) -> Self {
        Self {
            discount_rate_frac,
            tax_rate_frac,
            loss_limit_frac: 1.0,
            own_cash_usd: 0.0,
            minimum_cash_usd: 0.0,
            shares: None,
            loans: Vec::new(),
            support: None,
            tenant_capex: None,
            convertible: None,
            at_the_market: None,
            treasury: None,
        }
    }

    /// Factor that brings a flow of month `t` to the valuation date.
    pub(crate) fn discount(&self, t: usize) -> f64 {
        finance::discount_factor(self.discount_rate_frac, t as f64)
    }

    /// A loan's terms, with or without support.
    pub(crate) fn loan(&self, index: usize, supported: bool) -> Loan {
        let mut loan = self.loans[index].clone();
        if let Some(support) = self.support.as_ref().filter(|_| supported && index == 0) {
            loan.coupon_frac = support.coupon_frac;
            loan.ltc_frac = support.ltc_frac;
        }
        loan
    }

    /// Own cash that may be spent, USD.
    pub fn spendable_usd(&self) -> f64 {
        (self.own_cash_usd - self.minimum_cash_usd).max(0.0)
    }
}

/// The company's shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    /// Shares outstanding at the valuation date, everything counted but what this plan adds.
    pub outstanding_shares: f64,
    /// What a share of today's company is worth to its holders, without this plan.
    pub intrinsic_usd_per_share: f64,
    /// Price at which shares trade, `[months + 1]` from the valuation date.
    pub price_usd_per_share: Vec<f64>,
}

impl Shares {
    /// What the company is worth without this plan, USD.
    pub fn value_usd(&self) -> f64 {
        self.outstanding_shares * self.intrinsic_usd_per_share
    }

    /// Price of a share in a month; the last one holds on.
    pub(crate) fn price(&self, t: usize) -> f64 {
        let last = self.price_usd_per_share.len().saturating_sub(1);
        self.price_usd_per_share.get(t.min(last)).copied().unwrap_or(0.0)
    }
}

/// A loan that is drawn as its halls are built.
#[derive(Clone, Debug, PartialEq)]
pub struct Loan {
    /// Name shown to people.
    pub name: String,
    /// What it pays for, and what serves it.
    pub basis: Basis,
    /// Most that is lent per dollar of capex (loan to cost).
    pub ltc_frac: f64,
    /// Most that is lent at all, USD.
    pub max_usd: f64,
    /// Coupon, nominal a year, a twelfth of it each month.
    pub coupon_frac: f64,
    /// Original-issue discount: share of the face that is never paid out.
    pub oid_frac: f64,
    /// Months from the first capex in which it may be drawn.
    pub availability_months: usize,
    /// Months from the first draw to the last payment.
    pub tenor_months: usize,
    /// Months before the end of its cash flow by which it is repaid at the latest.
    pub tail_months: usize,
    /// Months from the first draw in which nothing is repaid. While halls are built nothing is
    /// repaid anyway.
    pub interest_only_months: usize,
    /// How it is repaid.
    pub repayment: Repayment,
    /// Share of surplus cash that repays it early.
    pub sweep_frac: f64,
    /// Months of service that are kept in reserve.
    pub reserve_months: usize,
    /// Coverage below which the loan is in breach.
    pub covenant_dscr: f64,
    /// Coverage below which nothing may be distributed.
    pub lockup_dscr: f64,
    /// Months that a test of coverage looks back.
    pub test_months: usize,
}

impl Loan {
    /// A loan without discount, sweep, reserve or covenant, on halls, for so many months.
    ///
    /// # Example
    /// ```
    /// let loan = compare::financing::Loan::plain("project", 0.8, 0.07, 120);
    /// assert_eq!((loan.ltc_frac, loan.oid_frac), (0.8, 0.0));
    /// ```
    pub fn plain(name: &str, ltc_frac: f64, coupon_frac: f64, tenor_months: usize) -> Self {
        Self {
            name: name.to_owned(),
            basis: Basis::Halls,
            ltc_frac,
            max_usd: f64::INFINITY,
            coupon_frac,
            oid_frac: 0.0,
            availability_months: 36,
            tenor_months,
            tail_months: 0,
            interest_only_months: 0,
            repayment: Repayment::Level { balloon_frac: 0.0 },
            sweep_frac: 0.0,
            reserve_months: 0,
            covenant_dscr: 0.0,
            lockup_dscr: 0.0,
            test_months: 12,
        }
    }
}

/// How a loan is repaid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Repayment {
    /// By equal payments, but for a share of the face that falls due at the end: all of it for a
    /// bullet, the buy-out of a lease.
    Level {
        /// That share.
        balloon_frac: f64,
    },
    /// By payments that are the same share of the cash flow.
    Sculpted {
        /// Coverage of each payment.
        dscr: f64,
    },
}

/// A guarantor behind the first loan, who is paid in warrants.
#[derive(Clone, Debug, PartialEq)]
pub struct CreditSupport {
    /// Shares that the warrants buy.
    pub warrant_shares: f64,
    /// What a share costs by a warrant.
    pub strike_usd_per_share: f64,
    /// Coupon of the first loan with the guarantee.
    pub coupon_frac: f64,
    /// Most that is lent per dollar of capex with the guarantee.
    pub ltc_frac: f64,
}

/// Capex of halls that tenants pay.
#[derive(Clone, Debug, PartialEq)]
pub struct TenantCapex {
    /// Share of the capex of halls.
    pub share_frac: f64,
    /// Months over which it is paid back without interest, from the first month of cash flow; 0:
    /// it is not paid back.
    pub repaid_months: usize,
}

/// Notes that may turn into shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Convertible {
    /// Most that is issued, USD of face.
    pub max_usd: f64,
    /// Coupon, nominal a year, a twelfth of it each month.
    pub coupon_frac: f64,
    /// Cost of the issue as a share of the face.
    pub fee_frac: f64,
    /// Conversion price above the share price at issue.
    pub premium_frac: f64,
    /// Months from issue to maturity.
    pub tenor_months: usize,
}

/// New shares sold into the market.
#[derive(Clone, Debug, PartialEq)]
pub struct AtTheMarket {
    /// Most that is sold, USD before fees.
    pub max_usd: f64,
    /// Most that is sold in a month, USD before fees.
    pub max_monthly_usd: f64,
    /// How far below the market the shares go.
    pub discount_frac: f64,
    /// Fee as a share of what buyers pay.
    pub fee_frac: f64,
}

/// Bitcoin held by the company.
#[derive(Clone, Debug, PartialEq)]
pub struct Treasury {
    /// Coins held at the valuation date that may be sold.
    pub held_btc: f64,
    /// What they cost, for tax.
    pub cost_basis_usd_per_btc: f64,
    /// Share of the price that a sale loses.
    pub slippage_frac: f64,
    /// Price path, `[months + 1]`.
    pub price_usd_per_btc: Vec<f64>,
    /// What a coin that is no longer held would have been worth.
    pub coin_value: CoinValue,
}

impl Treasury {
    /// Price of a coin in a month; the last one holds on.
    pub(crate) fn price(&self, t: usize) -> f64 {
        let last = self.price_usd_per_btc.len().saturating_sub(1);
        self.price_usd_per_btc.get(t.min(last)).copied().unwrap_or(0.0)
    }
}

/// What a coin that was sold costs those who no longer hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoinValue {
    /// The plan's price on the day of the sale: coins are worth what the market pays.
    AtSale,
    /// The plan's price at the horizon, discounted from there.
    AtHorizon,
}

/// What a funding plan is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FundingObjective {
    /// The project's value; its funding is the one with the highest equity value.
    ProjectNpv,
    /// The value of all flows to shareholders, old and new, after what they put in.
    EquityNpv,
    /// The value of a share after the plan.
    EquityNpvPerShare,
}

impl FundingObjective {
    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProjectNpv => "project_npv",
            Self::EquityNpv => "equity_npv",
            Self::EquityNpvPerShare => "equity_npv_per_share",
        }
    }
}

/// A source of which as much is raised as is needed, when it is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// Own cash.
    OwnCash,
    /// Bitcoin sold.
    Treasury,
    /// Convertible notes.
    Convertible,
    /// Shares sold at the market.
    AtTheMarket,
}

impl Source {
    /// All of them, in the order in which equal costs are taken.
    pub const ALL: [Self; 4] =
        [Self::OwnCash, Self::Treasury, Self::Convertible, Self::AtTheMarket];

    /// The word used in files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OwnCash => "own_cash",
            Self::Treasury => "treasury",
            Self::Convertible => "convertible",
            Self::AtTheMarket => "at_the_market",
        }
    }
}
