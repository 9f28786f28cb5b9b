//! The mirror of `[financing]`: with whose money a plan is built, and how it reaches the engine.

use compare::World;
use compare::financing as engine;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use units::{AnnualRateFrac, FeeFrac, Frac, Months, Usd, UsdPerBtc};

use super::Loaded;
use super::edge::{Id, N, Q};
use super::own::{Btc, Coverage, ShareCount, UsdPerShare};
use super::plan::Plan;

/// With whose money the plan is built. Without this table every plan is paid from the capital, and
/// values are the project's, without debt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Financing {
    /// What the funding is chosen for.
    pub objective: Objective,
    /// Discount rate of flows to shareholders, annual effective; the plan's where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discount_rate_frac: Option<Q<AnnualRateFrac>>,
    /// Share of a year's profit that losses from interest carried forward may wipe out.
    pub loss_limit_frac: Q<Frac>,
    /// Own cash at the valuation date.
    pub own_cash_usd: Q<Usd>,
    /// Cash that is kept at all times.
    pub minimum_cash_usd: Q<Usd>,
    /// What lenders expect; sculpting and covenants look at it.
    pub lender_case: LenderCase,
    /// The company's shares: convertible notes, issues of shares, warrants and value per share need
    /// them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<Shares>,
    /// Loans and leases of GPUs, in the order in which they are served.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loan: Vec<Loan>,
    /// A guarantor behind the first loan, paid in warrants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit_support: Option<CreditSupport>,
    /// Capex of leased halls that tenants pay, beyond what an offer's own `tenant_capex_frac` says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_capex: Option<TenantCapex>,
    /// Convertible notes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convertible: Option<Convertible>,
    /// New shares sold at the market.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_the_market: Option<AtTheMarket>,
    /// Bitcoin that may be sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub treasury: Option<Treasury>,
}

/// What the funding is chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// The project's value, which does not depend on its funding.
    ProjectNpv,
    /// The value of all flows to shareholders, old and new, after what they put in.
    EquityNpv,
    /// The value of a share.
    EquityNpvPerShare,
}

/// How much worse lenders expect things to go.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LenderCase {
    /// Months by which halls come into service later.
    pub delay_months: N<Months>,
    /// Share by which halls and GPUs cost more.
    pub overrun_frac: Q<Frac>,
    /// Share of a GPU cloud's spot sales that counts.
    pub spot_frac: Q<Frac>,
    /// Whether renewals at the tenant's option count.
    pub renewals: bool,
}

/// The company's shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shares {
    /// Shares outstanding, everything counted but what this plan adds.
    pub outstanding_shares: Q<ShareCount>,
    /// Price of a share at the valuation date.
    pub price_usd_per_share: Q<UsdPerShare>,
    /// Yearly growth of that price.
    pub price_growth_frac: Q<AnnualRateFrac>,
    /// What a share of today's company is worth to its holders without this plan; its price where
    /// left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intrinsic_usd_per_share: Option<Q<UsdPerShare>>,
}

/// A loan that is drawn as its halls are built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Loan {
    /// Id by which addresses name it.
    pub id: Id,
    /// What it pays for.
    pub kind: LoanKind,
    /// Most that is lent per dollar of capex.
    pub ltc_frac: Q<Frac>,
    /// Most that is lent at all; no limit where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_usd: Option<Q<Usd>>,
    /// Coupon, nominal a year, a twelfth of it each month.
    pub coupon_frac: Q<Frac>,
    /// Original-issue discount: share of the face that is never paid out.
    pub oid_frac: Q<FeeFrac>,
    /// Months from the first capex in which it may be drawn.
    pub availability_months: N<Months>,
    /// Months from the first draw to the last payment.
    pub tenor_months: N<Months>,
    /// Months before the end of the lease by which it is repaid at the latest.
    pub tail_months: N<Months>,
    /// Months from the first draw in which nothing is repaid; while halls are built nothing is
    /// repaid anyway.
    pub interest_only_months: N<Months>,
    /// How it is repaid.
    pub repayment: Repayment,
    /// Share of the face that falls due with the last payment: all of it for a bullet, the buy-out
    /// of a lease; with `level` alone.
    pub balloon_frac: Q<Frac>,
    /// Coverage of every payment; with `sculpted` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sculpted_dscr: Option<Q<Coverage>>,
    /// Share of surplus cash that repays it early.
    pub sweep_frac: Q<Frac>,
    /// Months of service kept in reserve.
    pub reserve_months: N<Months>,
    /// Coverage below which the loan is in breach, tested each quarter.
    pub covenant_dscr: Q<Coverage>,
    /// Coverage below which nothing may be distributed.
    pub lockup_dscr: Q<Coverage>,
    /// Months that a test looks back.
    pub test_months: N<Months>,
}

/// What a loan pays for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LoanKind {
    /// Leased halls.
    ProjectDebt,
    /// GPU clouds.
    GpuDebt,
    /// GPU clouds, as a lease with a buy-out (`balloon_frac`) at its end.
    GpuLease,
}

/// How a loan is repaid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Repayment {
    /// By equal payments.
    Level,
    /// By payments that are the same share of the lender case's cash flow.
    Sculpted,
}

/// A guarantor behind the first loan, paid in warrants.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreditSupport {
    /// Shares that the warrants buy.
    pub warrant_shares: Q<ShareCount>,
    /// What a share costs by a warrant.
    pub strike_usd_per_share: Q<UsdPerShare>,
    /// Coupon of the loan with the guarantee.
    pub coupon_frac: Q<Frac>,
    /// Most that is lent per dollar of capex with the guarantee.
    pub ltc_frac: Q<Frac>,
}

/// Capex of leased halls that tenants pay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TenantCapex {
    /// Share of it.
    pub share_frac: Q<Frac>,
    /// Months over which it is paid back without interest; 0: it is not.
    pub repaid_months: N<Months>,
}

/// Notes that may turn into shares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Convertible {
    /// Most that is issued.
    pub max_usd: Q<Usd>,
    /// Coupon, nominal a year.
    pub coupon_frac: Q<Frac>,
    /// Cost of the issue as a share of the face.
    pub fee_frac: Q<FeeFrac>,
    /// Conversion price above the share price at issue.
    pub premium_frac: Q<Frac>,
    /// Months from issue to maturity.
    pub tenor_months: N<Months>,
}

/// New shares sold at the market.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AtTheMarket {
    /// Most that is sold.
    pub max_usd: Q<Usd>,
    /// Most that is sold in a month; no limit where left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_monthly_usd: Option<Q<Usd>>,
    /// How far below the market the shares go.
    pub discount_frac: Q<FeeFrac>,
    /// Fee as a share of what buyers pay.
    pub fee_frac: Q<FeeFrac>,
}

/// Bitcoin that may be sold, at the plan's price of the month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Treasury {
    /// Coins held at the valuation date that may be sold.
    pub held_btc: Q<Btc>,
    /// What a coin cost, for tax.
    pub cost_basis_usd_per_btc: Q<UsdPerBtc>,
    /// Share of the price that a sale loses.
    pub slippage_frac: Q<FeeFrac>,
    /// What a coin that is no longer held would have been worth.
    pub coin_value: CoinValue,
}

/// What a coin that is no longer held would have been worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CoinValue {
    /// The plan's price on the day of the sale.
    AtSale,
    /// The plan's price at the horizon, discounted.
    AtHorizon,
}

/// The financing of a plan as the engine takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct FinancingTerms {
    /// The sources.
    pub financing: engine::Financing,
    /// What the funding is chosen for.
    pub objective: engine::FundingObjective,
    /// What lenders expect.
    pub lender_case: engine::LenderCase,
}

impl Loaded {
    /// The financing of the plan in its world, if it has one.
    pub fn financing(&self, world: &World) -> Option<FinancingTerms> {
        terms(&self.plan, world)
    }
}

fn terms(plan: &Plan, world: &World) -> Option<FinancingTerms> {
    let of = plan.financing.as_ref()?;
    let valuation = &plan.valuation;
    let financing = engine::Financing {
        discount_rate_frac: of
            .discount_rate_frac
            .map_or(valuation.discount_rate_frac.get(), Q::get),
        tax_rate_frac: valuation.tax_rate_frac.get(),
        loss_limit_frac: of.loss_limit_frac.get(),
        own_cash_usd: of.own_cash_usd.get(),
        minimum_cash_usd: of.minimum_cash_usd.get(),
        shares: of.shares.as_ref().map(|shares| shares_of(shares, world.months())),
        loans: of.loan.iter().map(loan_of).collect(),
        support: of.credit_support.as_ref().map(|support| engine::CreditSupport {
            warrant_shares: support.warrant_shares.get(),
            strike_usd_per_share: support.strike_usd_per_share.get(),
            coupon_frac: support.coupon_frac.get(),
            ltc_frac: support.ltc_frac.get(),
        }),
        tenant_capex: of.tenant_capex.as_ref().map(|tenant| engine::TenantCapex {
            share_frac: tenant.share_frac.get(),
            repaid_months: tenant.repaid_months.index(),
        }),
        convertible: of.convertible.as_ref().map(|notes| engine::Convertible {
            max_usd: notes.max_usd.get(),
            coupon_frac: notes.coupon_frac.get(),
            fee_frac: notes.fee_frac.get(),
            premium_frac: notes.premium_frac.get(),
            tenor_months: notes.tenor_months.index(),
        }),
        at_the_market: of.at_the_market.as_ref().map(|market| engine::AtTheMarket {
            max_usd: market.max_usd.get(),
            max_monthly_usd: market.max_monthly_usd.map_or(f64::INFINITY, Q::get),
            discount_frac: market.discount_frac.get(),
            fee_frac: market.fee_frac.get(),
        }),
        treasury: of.treasury.as_ref().map(|treasury| engine::Treasury {
            held_btc: treasury.held_btc.get(),
            cost_basis_usd_per_btc: treasury.cost_basis_usd_per_btc.get(),
            slippage_frac: treasury.slippage_frac.get(),
            price_usd_per_btc: world.path.price_usd_per_btc.clone(),
            coin_value: match treasury.coin_value {
                CoinValue::AtSale => engine::CoinValue::AtSale,
                CoinValue::AtHorizon => engine::CoinValue::AtHorizon,
            },
        }),
    };
    let objective = match of.objective {
        Objective::ProjectNpv => engine::FundingObjective::ProjectNpv,
        Objective::EquityNpv => engine::FundingObjective::EquityNpv,
        Objective::EquityNpvPerShare => engine::FundingObjective::EquityNpvPerShare,
    };
    let lender_case = engine::LenderCase {
        delay_months: of.lender_case.delay_months.index(),
        capex_factor: 1.0 + of.lender_case.overrun_frac.get(),
        spot_frac: of.lender_case.spot_frac.get(),
        renewals: of.lender_case.renewals,
    };
    Some(FinancingTerms { financing, objective, lender_case })
}

fn shares_of(shares: &Shares, months: usize) -> engine::Shares {
    let now = shares.price_usd_per_share.get();
    let growth = shares.price_growth_frac.get();
    // Growth is discounting turned round.
    let price = |t: usize| now / finance::discount_factor(growth, t as f64);
    engine::Shares {
        outstanding_shares: shares.outstanding_shares.get(),
        intrinsic_usd_per_share: shares.intrinsic_usd_per_share.map_or(now, Q::get),
        price_usd_per_share: (0..=months).map(price).collect(),
    }
}

fn loan_of(loan: &Loan) -> engine::Loan {
    engine::Loan {
        name: loan.id.to_string(),
        basis: match loan.kind {
            LoanKind::ProjectDebt => engine::Basis::Halls,
            LoanKind::GpuDebt | LoanKind::GpuLease => engine::Basis::Gpus,
        },
        ltc_frac: loan.ltc_frac.get(),
        max_usd: loan.max_usd.map_or(f64::INFINITY, Q::get),
        coupon_frac: loan.coupon_frac.get(),
        oid_frac: loan.oid_frac.get(),
        availability_months: loan.availability_months.index(),
        tenor_months: loan.tenor_months.index(),
        tail_months: loan.tail_months.index(),
        interest_only_months: loan.interest_only_months.index(),
        repayment: match (loan.repayment, loan.sculpted_dscr) {
            (Repayment::Sculpted, Some(dscr)) => engine::Repayment::Sculpted { dscr: dscr.get() },
            _ => engine::Repayment::Level { balloon_frac: loan.balloon_frac.get() },
        },
        sweep_frac: loan.sweep_frac.get(),
        reserve_months: loan.reserve_months.index(),
        covenant_dscr: loan.covenant_dscr.get(),
        lockup_dscr: loan.lockup_dscr.get(),
        test_months: loan.test_months.index(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Sources, load, no_files};

    const TABLE: &str = r#"
[financing]
objective = "equity_npv_per_share"
own_cash_usd = 300e6
minimum_cash_usd = 50e6

[financing.shares]
outstanding_shares = 398e6
price_usd_per_share = 18.0
price_growth_frac = 0.44

[[financing.loan]]
id = "project"
kind = "project_debt"
ltc_frac = 0.8
coupon_frac = 0.0775
tenor_months = 120
repayment = "sculpted"
sculpted_dscr = 1.35
"#;

    #[test]
    fn a_table_becomes_terms_with_its_defaults() {
        let text = format!("{}{TABLE}", crate::input::example_text());
        let sources = Sources::of(Document { name: "plan.toml".into(), bytes: text.into_bytes() });
        let loaded = load(&sources, &no_files).unwrap();
        let filled = |path: &str| loaded.defaults_used.iter().any(|used| used.path == path);
        assert!(filled("financing.lender_case.delay_months"));
        assert!(filled("financing.loan.project.covenant_dscr"));
        let terms = loaded.financing(&loaded.build().unwrap().world).unwrap();
        assert_eq!(terms.objective, engine::FundingObjective::EquityNpvPerShare);
        assert_eq!(terms.lender_case, engine::LenderCase::default());
        let loan = &terms.financing.loans[0];
        assert_eq!(loan.repayment, engine::Repayment::Sculpted { dscr: 1.35 });
        assert_eq!((loan.tenor_months, loan.availability_months), (120, 36));
        let shares = terms.financing.shares.unwrap();
        assert_eq!(shares.intrinsic_usd_per_share, 18.0);
        assert!((shares.price_usd_per_share[6] - 21.6).abs() < 1e-12);
        assert_eq!(shares.price_usd_per_share.len(), 205);
        let example = load(&Sources::of(Document::example()), &no_files).unwrap();
        assert_eq!(example.financing(&example.build().unwrap().world), None);
    }
}
