//! With whose money: sources and uses of a plan by month, what lenders test, what shareholders get.
//!
//! The plan is chosen first; what is not linear (losses carried forward, early repayment,
//! conversion, lock-up) is computed here for the plan that was chosen.
//!
//! [`Financing`] holds the terms, [`Funding`] how much of each source is used, [`Statement`] what
//! follows month by month. [`choose_funding`] finds the funding within the limits of the terms.
//!
//! ```
//! use compare::financing::{Financing, FundingObjective, Loan, ProjectFlows, choose_funding};
//! // A hall for 80 over 4 months, then 1.6 a month for 10 years.
//! let mut flows = ProjectFlows::zero(125);
//! flows.halls.capex_usd[..4].fill(-20e6);
//! flows.halls.operating_usd[5..].fill(1.6e6);
//! let mut financing = Financing::unfunded(0.12, 0.0);
//! financing.own_cash_usd = 50e6;
//! financing.loans = vec![Loan { covenant_dscr: 1.3, ..Loan::plain("project", 0.8, 0.08, 108) }];
//! let chosen = choose_funding(&financing, &flows, None, FundingObjective::EquityNpv);
//! assert!(chosen.statement.feasible());
//! // The loan costs less than shareholders ask for: all of it is drawn.
//! assert!((chosen.funding.loan_face_usd[0] - 64e6).abs() < 1.0);
//! assert!(chosen.statement.summary.equity_npv_usd > chosen.statement.summary.project_npv_usd);
//! ```

mod choose;
mod dinkelbach;
mod flows;
mod lender;
mod loans;
mod run;
mod shares;
mod statement;
mod terms;
#[cfg(test)]
mod tests;
mod transport;

pub use choose::{FundedPlan, FundingSource, choose_funding};
pub use dinkelbach::{BestRatio, RATIO_TOLERANCE_FRAC, dinkelbach};
pub use flows::{Basis, Flows, ProjectFlows};
pub use lender::LenderCase;
pub use shares::{Dilution, dilution_cost_usd};
pub use statement::{Breach, BreachOf, CoverageTest, Funding, LoanColumns, Statement, Summary};
pub use terms::{
    AtTheMarket, CoinValue, Convertible, CreditSupport, Financing, FundingObjective, Loan,
    Repayment, Shares, Source, TenantCapex, Treasury,
};
