//! Sources and uses of a plan month by month, what lenders test, and what is left for shareholders.

use super::flows::ProjectFlows;
use super::shares::Dilution;
use super::terms::Financing;

/// How much of each source is used.
///
/// # Shapes
/// Columns: `[months + 1]`; `loan_face_usd`: one a loan of the terms.
#[derive(Clone, Debug, PartialEq)]
pub struct Funding {
    /// Whether the guarantor stands behind the first loan.
    pub supported: bool,
    /// Face of each loan, USD.
    pub loan_face_usd: Vec<f64>,
    /// Own cash put in, USD.
    pub own_cash_usd: Vec<f64>,
    /// Face of the notes issued, USD.
    pub convertible_usd: Vec<f64>,
    /// What buyers pay for new shares, USD.
    pub at_the_market_usd: Vec<f64>,
    /// Coins sold.
    pub sold_btc: Vec<f64>,
}

impl Funding {
    /// No source at all.
    pub fn none(financing: &Financing, months: usize) -> Self {
        let zeros = || vec![0.0; months + 1];
        Self {
            supported: false,
            loan_face_usd: vec![0.0; financing.loans.len()],
            own_cash_usd: zeros(),
            convertible_usd: zeros(),
            at_the_market_usd: zeros(),
            sold_btc: zeros(),
        }
    }
}

/// Sources and uses by month.
///
/// # Shapes
/// Columns: `[months + 1]`, entry `t` = `t` months after the valuation date. What falls at the
/// start of month `m` stands at `m`, what is paid at its end at `m + 1`. Project lines are signed,
/// receipts positive; every other line is an amount that its name gives a direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Capital put in; negative.
    pub capex_usd: Vec<f64>,
    /// Cash from operation before tax.
    pub operating_usd: Vec<f64>,
    /// Customers' prepayments and, negative, their credit.
    pub prepayment_usd: Vec<f64>,
    /// Resale and sale.
    pub other_usd: Vec<f64>,
    /// Tax of the project without any financing; negative.
    pub project_tax_usd: Vec<f64>,
    /// Tax that interest saves; negative where a gain on bitcoin costs more.
    pub tax_saved_usd: Vec<f64>,
    /// Source: own cash.
    pub own_cash_usd: Vec<f64>,
    /// Source: capex that tenants pay.
    pub tenant_usd: Vec<f64>,
    /// Use: what is paid back of it.
    pub tenant_repaid_usd: Vec<f64>,
    /// The loans.
    pub loans: Vec<LoanColumns>,
    /// Source: notes issued, fee off.
    pub convertible_usd: Vec<f64>,
    /// Use: their coupons.
    pub convertible_interest_usd: Vec<f64>,
    /// Use: notes repaid at par.
    pub convertible_repaid_usd: Vec<f64>,
    /// Par of notes that turned into shares; no cash moves.
    pub converted_usd: Vec<f64>,
    /// Notes outstanding.
    pub convertible_balance_usd: Vec<f64>,
    /// Source: shares sold at the market, fee off.
    pub at_the_market_usd: Vec<f64>,
    /// Source: coins sold, slippage off.
    pub btc_sale_usd: Vec<f64>,
    /// Coins still held.
    pub held_btc: Vec<f64>,
    /// Use: cash moved to the reserve; negative where it is released.
    pub reserved_usd: Vec<f64>,
    /// The reserve.
    pub reserve_usd: Vec<f64>,
    /// Use: what shareholders are paid.
    pub distribution_usd: Vec<f64>,
    /// What they would be paid if a loan did not lock it.
    pub locked_usd: Vec<f64>,
    /// What is needed and nobody gives; 0 in a plan that is funded.
    pub unfunded_usd: Vec<f64>,
    /// Cash of the project after all of it.
    pub project_cash_usd: Vec<f64>,
    /// That and the own cash that was not put in.
    pub cash_usd: Vec<f64>,
    /// Shares after issues, conversion and warrants.
    pub diluted_shares: Vec<f64>,
    /// Tests of coverage.
    pub tests: Vec<CoverageTest>,
    /// What is not as it has to be.
    pub breaches: Vec<Breach>,
    /// The figures of the whole.
    pub summary: Summary,
}

/// A loan by month.
#[derive(Clone, Debug, PartialEq)]
pub struct LoanColumns {
    /// Its name.
    pub name: String,
    /// Source: face drawn.
    pub drawn_usd: Vec<f64>,
    /// Use: the part of it that is never paid out.
    pub discount_usd: Vec<f64>,
    /// Use: interest.
    pub interest_usd: Vec<f64>,
    /// Use: what falls due, balloon included.
    pub principal_usd: Vec<f64>,
    /// Use: what is repaid early.
    pub sweep_usd: Vec<f64>,
    /// What is owed.
    pub balance_usd: Vec<f64>,
}

/// A test of coverage.
#[derive(Clone, Debug, PartialEq)]
pub struct CoverageTest {
    /// The loan, as an index into the terms.
    pub loan: usize,
    /// Months after the valuation date.
    pub month: usize,
    /// Debt service coverage of the plan itself.
    pub base_dscr: Option<f64>,
    /// Debt service coverage that the test looks at: the lender case's where there is one.
    pub tested_dscr: Option<f64>,
    /// Loan life coverage in the same case.
    pub llcr: Option<f64>,
    /// Whether distributions stop until the next test.
    pub locked: bool,
}

/// What a breach is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreachOf {
    /// The covenant of a loan, as an index into the terms.
    Covenant(usize),
    /// Cash that has to be kept.
    MinimumCash,
    /// Money that nobody gives.
    Funding,
}

/// Something that is not as it has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breach {
    /// What.
    pub of: BreachOf,
    /// Months after the valuation date.
    pub month: usize,
    /// By how much: for a covenant, the cash flow that is missing.
    pub missing_usd: f64,
}

/// The figures of a financed plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Value of the project's own flows at the rate of the financing.
    pub project_npv_usd: f64,
    /// Value of what shareholders, old and new, get, less what they put in.
    pub equity_npv_usd: f64,
    /// Value of the company after the plan, new shareholders' money included.
    pub company_value_usd: Option<f64>,
    /// How the number of shares comes about.
    pub dilution: Option<Dilution>,
    /// Value of the company after the plan for each share, diluted.
    pub value_usd_per_share: Option<f64>,
    /// What a share held today gains by the plan.
    pub gain_usd_per_share: Option<f64>,
    /// Lowest debt service coverage of the plan itself.
    pub min_dscr: Option<f64>,
    /// Lowest debt service coverage that was tested.
    pub min_tested_dscr: Option<f64>,
    /// Lowest loan life coverage that was tested.
    pub min_llcr: Option<f64>,
    /// Lowest cash before the horizon.
    pub min_cash_usd: f64,
    /// Coins held at the horizon.
    pub left_btc: f64,
    /// What the coins sold would be worth at the horizon, undiscounted.
    pub not_held_btc_usd: f64,
    /// What shareholders put in, own cash and new shares, undiscounted.
    pub equity_put_in_usd: f64,
    /// Most that is owed at any time.
    pub peak_debt_usd: f64,
}

impl Statement {
    /// Flows to shareholders, old and new: distributions less what they put in and the coins that
    /// they no longer hold. What nobody gives counts as put in: a plan is worth no more for it.
    pub fn equity_usd(&self, financing: &Financing, funding: &Funding) -> Vec<f64> {
        let horizon = self.cash_usd.len() - 1;
        let coins = financing.coins_not_held_usd(funding, horizon);
        (0..=horizon)
            .map(|t| {
                self.distribution_usd[t]
                    - self.own_cash_usd[t]
                    - self.unfunded_usd[t]
                    - funding.at_the_market_usd[t]
                    - self.converted_usd[t]
                    - coins[t]
            })
            .collect()
    }

    /// Everything that comes in at a time, USD: receipts of the project, sources of money, and what
    /// is released from the reserve.
    pub fn sources_usd(&self, t: usize) -> f64 {
        self.lines(t).into_iter().fold(0.0, |sum, usd| sum + usd.max(0.0))
    }

    /// Everything that goes out at a time, USD; with the rise of the project's cash it is
    /// [`Statement::sources_usd`].
    pub fn uses_usd(&self, t: usize) -> f64 {
        self.lines(t).into_iter().fold(0.0, |sum, usd| sum + (-usd).max(0.0))
    }

    /// Every line of the statement at a time, receipts positive.
    fn lines(&self, t: usize) -> Vec<f64> {
        let mut lines = vec![
            self.capex_usd[t],
            self.operating_usd[t],
            self.prepayment_usd[t],
            self.other_usd[t],
            self.project_tax_usd[t] + self.tax_saved_usd[t],
            self.own_cash_usd[t],
            self.tenant_usd[t],
            -self.tenant_repaid_usd[t],
            self.convertible_usd[t],
            -self.convertible_interest_usd[t],
            -self.convertible_repaid_usd[t],
            self.at_the_market_usd[t],
            self.btc_sale_usd[t],
            -self.reserved_usd[t],
            -self.distribution_usd[t],
            self.unfunded_usd[t],
        ];
        for loan in &self.loans {
            lines.extend([
                loan.drawn_usd[t],
                -loan.discount_usd[t],
                -loan.interest_usd[t],
                -loan.principal_usd[t],
                -loan.sweep_usd[t],
            ]);
        }
        lines
    }

    /// Whether nothing is in breach.
    pub fn feasible(&self) -> bool {
        self.breaches.is_empty()
    }

    /// Everything that nobody gives, USD.
    pub fn missing_usd(&self) -> f64 {
        self.unfunded_usd.iter().sum()
    }
}

impl Financing {
    /// What coins that were sold cost those who no longer hold them, by month, USD.
    pub(crate) fn coins_not_held_usd(&self, funding: &Funding, horizon: usize) -> Vec<f64> {
        let mut by_month = vec![0.0; horizon + 1];
        let Some(treasury) = &self.treasury else { return by_month };
        for (t, sold) in funding.sold_btc.iter().enumerate() {
            match treasury.coin_value {
                super::terms::CoinValue::AtSale => by_month[t] += sold * treasury.price(t),
                super::terms::CoinValue::AtHorizon => {
                    by_month[horizon] += sold * treasury.price(horizon);
                }
            }
        }
        by_month
    }

    /// The statement of a plan that is funded in a given way.
    ///
    /// # Formula
    /// Every month: cash before + sources = uses + cash after. Interest is a twelfth of the coupon
    /// on what was owed a month before; tax is that of the project less what interest saves, losses
    /// from interest carried forward; what is left over goes to the reserve, early repayment and
    /// shareholders in this order, but for the cash that a later month needs.
    ///
    /// # Shapes
    /// Columns of `flows`, `lender` and `funding`: `[months + 1]` alike.
    ///
    /// # Special cases
    /// `lender` are the same plan's flows in the lender case: sculpting and covenants look at them;
    /// without, at `flows`. Without any source the flows to shareholders are the project's, where
    /// these never fall short.
    pub fn statement(
        &self,
        flows: &ProjectFlows,
        lender: Option<&ProjectFlows>,
        funding: &Funding,
    ) -> Statement {
        super::run::Run::new(self, flows, lender, funding).statement()
    }
}
