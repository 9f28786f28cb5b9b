//! What a financed plan answers: sources and uses by month, tests of lenders, value of a share.

use compare::financing::{BreachOf, FundedPlan, Source, Statement};
use schemars::JsonSchema;
use serde::Serialize;

use crate::input::financing::FinancingTerms;

/// With whose money a plan is built, and what is left for shareholders.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FinancingResult {
    /// What the funding was chosen for: `project_npv`, `equity_npv` or `equity_npv_per_share`.
    pub objective: &'static str,
    /// Plans of the project that were funded and compared: the best one, and where the objective is
    /// that of the owners those that are best with less capital.
    pub plans_compared: usize,
    /// Whether the sources reach and no covenant is broken.
    pub feasible: bool,
    /// Value of the project's own flows at the rate of the financing, USD.
    pub project_npv_usd: f64,
    /// Value of what shareholders, old and new, get, less what they put in, USD.
    pub equity_npv_usd: f64,
    /// Value of the company after the plan, new shareholders' money included, USD; null without
    /// share data.
    pub company_value_usd: Option<f64>,
    /// The same for each share, diluted.
    pub value_usd_per_share: Option<f64>,
    /// What a share held today gains by the plan.
    pub gain_usd_per_share: Option<f64>,
    /// How the number of shares comes about; null without share data.
    pub shares: Option<DilutionResult>,
    /// Lowest debt service coverage; null where no debt is served.
    pub min_dscr: Option<f64>,
    /// Lowest debt service coverage in the lender case.
    pub min_lender_dscr: Option<f64>,
    /// Lowest loan life coverage in the lender case.
    pub min_llcr: Option<f64>,
    /// Lowest cash before the horizon, USD.
    pub min_cash_usd: f64,
    /// Most that is owed at any time, USD.
    pub peak_debt_usd: f64,
    /// What shareholders put in, own cash and new shares, USD.
    pub equity_put_in_usd: f64,
    /// Bitcoin held at the horizon.
    pub left_btc: f64,
    /// What the bitcoin sold would be worth at the horizon, USD.
    pub not_held_btc_usd: f64,
    /// What each source gives.
    pub sources: Vec<FundingSourceRow>,
    /// Sources and uses, one row a month; the last one stands at the horizon.
    pub statement: Vec<StatementMonth>,
    /// The loans by month.
    pub loans: Vec<LoanMonth>,
    /// What lenders test each quarter.
    pub tests: Vec<CoverageRow>,
    /// What is not as it has to be.
    pub breaches: Vec<BreachRow>,
}

/// How the number of shares comes about.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DilutionResult {
    /// Shares before the plan.
    pub before_shares: f64,
    /// Shares sold at the market.
    pub at_the_market_shares: f64,
    /// Shares that notes turn into.
    pub converted_shares: f64,
    /// Shares that warrants add by the treasury-stock method.
    pub warrant_shares: f64,
    /// Shares after the plan.
    pub after_shares: f64,
}

/// What a source gives.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FundingSourceRow {
    /// Id of a loan, `own_cash`, `treasury`, `convertible`, `at_the_market`, `tenant_capex` or
    /// `prepayment`.
    pub source: String,
    /// Cash that it gives in all, USD.
    pub raised_usd: f64,
}

/// Sources and uses of a month; receipts positive, payments negative.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct StatementMonth {
    /// First day of the month; what was paid at the end of the month before stands here.
    pub date: String,
    /// Capital put in.
    pub capex_usd: f64,
    /// Cash from operation before tax.
    pub operating_usd: f64,
    /// Customers' prepayments and their credit.
    pub prepayment_usd: f64,
    /// Resale and sale.
    pub other_usd: f64,
    /// Tax after interest.
    pub tax_usd: f64,
    /// Own cash put in.
    pub own_cash_usd: f64,
    /// Capex that tenants pay, less what is paid back of it.
    pub tenant_capex_usd: f64,
    /// Loans drawn, discount off.
    pub debt_drawn_usd: f64,
    /// Interest on loans and notes.
    pub interest_usd: f64,
    /// Loans repaid as they fall due.
    pub principal_usd: f64,
    /// Loans repaid early.
    pub sweep_usd: f64,
    /// Notes issued, fee off, less notes repaid.
    pub convertible_usd: f64,
    /// Shares sold, fee off.
    pub at_the_market_usd: f64,
    /// Bitcoin sold, slippage off.
    pub btc_sale_usd: f64,
    /// Cash moved to the reserve, negative, or released.
    pub reserve_change_usd: f64,
    /// What shareholders are paid.
    pub distribution_usd: f64,
    /// What nobody gives.
    pub unfunded_usd: f64,
    /// What shareholders would be paid if a loan did not lock it.
    pub locked_usd: f64,
    /// The reserve.
    pub reserve_usd: f64,
    /// Cash of the company, reserve apart.
    pub cash_usd: f64,
    /// Loans and notes outstanding.
    pub debt_usd: f64,
    /// Bitcoin held.
    pub held_btc: f64,
    /// Shares, diluted; null without share data.
    pub diluted_shares: Option<f64>,
}

/// A loan in a month.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LoanMonth {
    /// Id of the loan.
    pub loan: String,
    /// First day of the month.
    pub date: String,
    /// Face drawn.
    pub face_drawn_usd: f64,
    /// Interest.
    pub loan_interest_usd: f64,
    /// What falls due.
    pub loan_principal_usd: f64,
    /// What is repaid early.
    pub loan_sweep_usd: f64,
    /// What is owed.
    pub balance_usd: f64,
}

/// A test of coverage.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CoverageRow {
    /// Id of the loan.
    pub loan: String,
    /// Day of the test.
    pub date: String,
    /// Debt service coverage of the plan itself.
    pub dscr: Option<f64>,
    /// Debt service coverage in the lender case, which is what is tested.
    pub lender_dscr: Option<f64>,
    /// Loan life coverage in the lender case.
    pub llcr: Option<f64>,
    /// Whether distributions stop until the next test.
    pub locked: bool,
}

/// Something that is not as it has to be.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BreachRow {
    /// `covenant`, `minimum_cash` or `funding`.
    pub of: &'static str,
    /// Id of the loan; null unless it is a covenant.
    pub loan: Option<String>,
    /// Day.
    pub date: String,
    /// What is missing, USD.
    pub missing_usd: f64,
}

impl FinancingResult {
    /// The answer of a funded plan; `date` gives the first day of a month after the valuation date.
    pub fn new(terms: &FinancingTerms, plan: &FundedPlan, date: impl Fn(usize) -> String) -> Self {
        let s = &plan.statement;
        let summary = &s.summary;
        let name = |loan: usize| s.loans.get(loan).map(|l| l.name.clone()).unwrap_or_default();
        let months = s.cash_usd.len();
        Self {
            objective: plan.objective.as_str(),
            plans_compared: 1,
            feasible: s.feasible(),
            project_npv_usd: summary.project_npv_usd,
            equity_npv_usd: summary.equity_npv_usd,
            company_value_usd: summary.company_value_usd,
            value_usd_per_share: summary.value_usd_per_share,
            gain_usd_per_share: summary.gain_usd_per_share,
            shares: summary.dilution.map(|shares| DilutionResult {
                before_shares: shares.before_shares,
                at_the_market_shares: shares.at_the_market_shares,
                converted_shares: shares.converted_shares,
                warrant_shares: shares.warrant_shares,
                after_shares: shares.after_shares(),
            }),
            min_dscr: summary.min_dscr,
            min_lender_dscr: summary.min_tested_dscr,
            min_llcr: summary.min_llcr,
            min_cash_usd: summary.min_cash_usd,
            peak_debt_usd: summary.peak_debt_usd,
            equity_put_in_usd: summary.equity_put_in_usd,
            left_btc: summary.left_btc,
            not_held_btc_usd: summary.not_held_btc_usd,
            sources: sources(terms, s),
            statement: (0..months).map(|t| statement_month(s, t, date(t))).collect(),
            loans: s
                .loans
                .iter()
                .flat_map(|loan| {
                    let row = |t: usize| LoanMonth {
                        loan: loan.name.clone(),
                        date: date(t),
                        face_drawn_usd: loan.drawn_usd[t],
                        loan_interest_usd: loan.interest_usd[t],
                        loan_principal_usd: loan.principal_usd[t],
                        loan_sweep_usd: loan.sweep_usd[t],
                        balance_usd: loan.balance_usd[t],
                    };
                    (0..months).map(row).collect::<Vec<_>>()
                })
                .collect(),
            tests: s
                .tests
                .iter()
                .map(|test| CoverageRow {
                    loan: name(test.loan),
                    date: date(test.month),
                    dscr: test.base_dscr,
                    lender_dscr: test.tested_dscr,
                    llcr: test.llcr,
                    locked: test.locked,
                })
                .collect(),
            breaches: s
                .breaches
                .iter()
                .map(|breach| BreachRow {
                    of: match breach.of {
                        BreachOf::Covenant(_) => "covenant",
                        BreachOf::MinimumCash => "minimum_cash",
                        BreachOf::Funding => "funding",
                    },
                    loan: match breach.of {
                        BreachOf::Covenant(loan) => Some(name(loan)),
                        _ => None,
                    },
                    date: date(breach.month),
                    missing_usd: breach.missing_usd,
                })
                .collect(),
        }
    }
}

/// What each source gives, those that give nothing left out.
fn sources(terms: &FinancingTerms, s: &Statement) -> Vec<FundingSourceRow> {
    let sum = |column: &[f64]| column.iter().sum::<f64>();
    let financing = &terms.financing;
    let mut rows: Vec<(String, f64)> = s
        .loans
        .iter()
        .map(|loan| (loan.name.clone(), sum(&loan.drawn_usd) - sum(&loan.discount_usd)))
        .collect();
    for source in Source::ALL {
        let raised_usd = match source {
            Source::OwnCash => sum(&s.own_cash_usd),
            Source::Treasury => financing.treasury.as_ref().map_or(0.0, |_| sum(&s.btc_sale_usd)),
            Source::Convertible => sum(&s.convertible_usd),
            Source::AtTheMarket => sum(&s.at_the_market_usd),
        };
        rows.push((source.as_str().to_owned(), raised_usd));
    }
    rows.push(("tenant_capex".to_owned(), sum(&s.tenant_usd)));
    let prepaid_usd = s.prepayment_usd.iter().filter(|usd| **usd > 0.0).sum();
    rows.push(("prepayment".to_owned(), prepaid_usd));
    rows.into_iter()
        .filter(|(_, raised_usd)| *raised_usd > 0.0)
        .map(|(source, raised_usd)| FundingSourceRow { source, raised_usd })
        .collect()
}

fn statement_month(s: &Statement, t: usize, date: String) -> StatementMonth {
    let all = |of: fn(&compare::financing::LoanColumns) -> &Vec<f64>| {
        // Not `sum`: that of nothing is -0.0.
        s.loans.iter().fold(0.0, |sum, loan| sum + of(loan)[t])
    };
    StatementMonth {
        // Differences, not negations: nothing is 0, not -0.
        date,
        capex_usd: s.capex_usd[t],
        operating_usd: s.operating_usd[t],
        prepayment_usd: s.prepayment_usd[t],
        other_usd: s.other_usd[t],
        tax_usd: s.project_tax_usd[t] + s.tax_saved_usd[t],
        own_cash_usd: s.own_cash_usd[t],
        tenant_capex_usd: s.tenant_usd[t] - s.tenant_repaid_usd[t],
        debt_drawn_usd: all(|loan| &loan.drawn_usd) - all(|loan| &loan.discount_usd),
        interest_usd: 0.0 - all(|loan| &loan.interest_usd) - s.convertible_interest_usd[t],
        principal_usd: 0.0 - all(|loan| &loan.principal_usd),
        sweep_usd: 0.0 - all(|loan| &loan.sweep_usd),
        convertible_usd: s.convertible_usd[t] - s.convertible_repaid_usd[t],
        at_the_market_usd: s.at_the_market_usd[t],
        btc_sale_usd: s.btc_sale_usd[t],
        reserve_change_usd: 0.0 - s.reserved_usd[t],
        distribution_usd: 0.0 - s.distribution_usd[t],
        unfunded_usd: s.unfunded_usd[t],
        locked_usd: s.locked_usd[t],
        reserve_usd: s.reserve_usd[t],
        cash_usd: s.cash_usd[t],
        debt_usd: all(|loan| &loan.balance_usd) + s.convertible_balance_usd[t],
        held_btc: s.held_btc[t],
        diluted_shares: s.diluted_shares.get(t).copied(),
    }
}
