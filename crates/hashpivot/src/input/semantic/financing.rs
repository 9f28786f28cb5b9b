//! What no schema can say about financing: who has to be there, what fits into what.

use units::{Code, Violation};

use super::Judge;
use crate::input::financing::{Financing, Loan, LoanKind, Objective, Repayment};
use crate::input::offer::Offer;

impl Judge<'_> {
    pub(super) fn financing(&mut self) {
        let plan = self.plan;
        let Some(financing) = &plan.financing else { return };
        self.share_data(financing);
        for loan in &financing.loan {
            self.loan(loan, &format!("financing.loan.{}", loan.id));
        }
        if let Some(notes) = &financing.convertible {
            let path = "financing.convertible.tenor_months".to_owned();
            self.at_least_one(path, notes.tenor_months.get(), "months");
        }
        if financing.credit_support.is_some() && financing.loan.is_empty() {
            let violation = Violation::new(Code::Missing, "financing.loan")
                .allowed("credit_support needs a loan that it stands behind");
            self.fault(violation);
        }
        if financing.minimum_cash_usd.get() > financing.own_cash_usd.get() {
            let violation = self
                .about(Code::Conflict, "financing.minimum_cash_usd")
                .allowed(format!("above own_cash_usd, {}", financing.own_cash_usd.get()))
                .hint("what is missing is raised at the valuation date");
            self.warning(violation);
        }
    }

    /// Shares and their price, for everything that counts in them.
    fn share_data(&mut self, financing: &Financing) {
        if financing.shares.is_some() {
            return;
        }
        let needed_by = [
            ("convertible", financing.convertible.is_some()),
            ("at_the_market", financing.at_the_market.is_some()),
            ("credit_support", financing.credit_support.is_some()),
            (
                "objective = \"equity_npv_per_share\"",
                financing.objective == Objective::EquityNpvPerShare,
            ),
        ];
        let names: Vec<&str> =
            needed_by.iter().filter(|(_, given)| *given).map(|(name, _)| *name).collect();
        if !names.is_empty() {
            let violation = Violation::new(Code::Missing, "financing.shares")
                .allowed(format!("must be given: needed by {}", names.join(", ")))
                .hint("shares = { outstanding_shares = 398e6, price_usd_per_share = 18.0 }");
            self.fault(violation);
        }
    }

    fn loan(&mut self, loan: &Loan, path: &str) {
        self.at_least_one(format!("{path}.tenor_months"), loan.tenor_months.get(), "months");
        self.at_least_one(format!("{path}.test_months"), loan.test_months.get(), "months");
        let mut refuse = |key: &str, allowed: String, unit: &str, hint: &str| {
            let violation = self
                .about(Code::Conflict, format!("{path}.{key}"))
                .allowed(allowed)
                .unit(unit)
                .hint(hint);
            self.fault(violation);
        };
        let (covenant, lockup) = (loan.covenant_dscr.get(), loan.lockup_dscr.get());
        if lockup < covenant {
            let hint = "distributions stop before the covenant is broken, not after";
            refuse("lockup_dscr", format!("at least covenant_dscr, {covenant}"), "", hint);
        }
        let tenor = loan.tenor_months.get();
        if loan.interest_only_months.get() >= tenor && tenor > 0 {
            let hint = "a bullet is repayment = \"level\" with balloon_frac = 1.0";
            let allowed = format!("below tenor_months, {tenor}");
            refuse("interest_only_months", allowed, "months", hint);
        }
        match (loan.repayment, loan.sculpted_dscr) {
            (Repayment::Sculpted, Some(dscr)) if dscr.get() < covenant => {
                let allowed = format!("at least covenant_dscr, {covenant}");
                refuse("sculpted_dscr", allowed, "", "the loan would be in breach from the start");
            }
            (Repayment::Sculpted, Some(_)) if loan.balloon_frac.get() > 0.0 => {
                let allowed = "only with repayment = \"level\"".to_owned();
                refuse("balloon_frac", allowed, "", "");
            }
            (Repayment::Level, Some(_)) => {
                let allowed = "only with repayment = \"sculpted\"".to_owned();
                refuse("sculpted_dscr", allowed, "", "");
            }
            (Repayment::Sculpted, None) => {
                let violation = Violation::new(Code::Missing, format!("{path}.sculpted_dscr"))
                    .allowed("must be given with repayment = \"sculpted\"")
                    .hint("1.3 covers every payment 1.3 times");
                self.fault(violation);
            }
            _ => {}
        }
        self.tenor(loan, path);
    }

    /// A loan ends some months before the longest contract that serves it.
    fn tenor(&mut self, loan: &Loan, path: &str) {
        let offers = self.plan.site.iter().flat_map(|site| &site.offer);
        let served = offers.filter_map(|offer| {
            match (offer, loan.kind) {
                (Offer::Colocation(lease), LoanKind::ProjectDebt) => Some(lease.term_months.get()),
                (Offer::GpuCloud(cloud), LoanKind::GpuDebt | LoanKind::GpuLease) => {
                    Some(cloud.term_months.get())
                }
                _ => None,
            }
            .map(|term| term + offer.terms().months_to_deliver.get())
        });
        let Some(longest) = served.max() else {
            let violation = self
                .about(Code::Conflict, format!("{path}.kind"))
                .allowed("no site has an offer that this loan pays for")
                .hint("it will not be drawn");
            return self.warning(violation);
        };
        let tail = loan.tail_months.get();
        if loan.tenor_months.get() > longest.saturating_sub(tail) {
            let violation = self
                .about(Code::Conflict, format!("{path}.tenor_months"))
                .allowed(format!(
                    "at most {}: the longest contract ends {longest} months after its commitment, \
                     less tail_months {tail}",
                    longest.saturating_sub(tail)
                ))
                .unit("months");
            self.fault(violation);
        }
    }
}
