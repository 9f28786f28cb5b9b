//! What no schema can say about the network: what follows from what, paths, cohorts, events.

use hashcost::network::{hashrate_th_per_s, subsidy_btc};
use units::constants::TH_PER_EH;
use units::{Code, Violation};

use super::Judge;
use crate::input::edge::FirstOfMonth;
use crate::input::plan::{Bitcoin, Projection};
use crate::input::response::Response;

impl Judge<'_> {
    pub(super) fn bitcoin(&mut self, bitcoin: &Bitcoin) {
        if bitcoin.difficulty.is_none() && bitcoin.network_eh_per_s.is_none() {
            let violation = Violation::new(Code::Missing, "bitcoin.difficulty")
                .allowed("give difficulty or network_eh_per_s");
            self.fault(violation);
        }
        for violation in contradictions(bitcoin) {
            self.fault(violation);
        }
        self.response(&bitcoin.response);
        if bitcoin.network_feedback && bitcoin.projection != Projection::Response {
            let violation = self
                .about(Code::Conflict, "bitcoin.network_feedback")
                .allowed("only with projection = \"response\"")
                .hint("no other line answers to what the plan does");
            self.fault(violation);
        }
        if bitcoin.projection == Projection::Path && bitcoin.path.is_empty() {
            let violation = Violation::new(Code::Missing, "bitcoin.path")
                .allowed("the projection `path` needs path_file or [[bitcoin.path]]");
            return self.fault(violation);
        }
        for (index, row) in bitcoin.path.iter().enumerate() {
            if bitcoin.projection == Projection::Path && row.network_eh_per_s.is_none() {
                let path = format!("bitcoin.path[{index}].network_eh_per_s");
                let violation = Violation::new(Code::Missing, path)
                    .allowed("the projection `path` needs a hash rate in every row");
                return self.fault(violation);
            }
        }
        for (index, row) in bitcoin.path.iter().enumerate() {
            let expected = FirstOfMonth(
                self.plan.valuation.date.0.plus(i32::try_from(index).unwrap_or(i32::MAX)),
            );
            if row.month != expected {
                let violation = self
                    .about(Code::DateOrder, format!("bitcoin.path[{index}].month"))
                    .allowed(format!("must be {expected}"))
                    .hint("one row a month from the valuation date, none left out");
                // Later rows are off by the same step: one fault says it.
                return self.fault(violation);
            }
        }
        let (rows, months) = (bitcoin.path.len(), self.plan.valuation.horizon_months.index());
        if rows > 0 && rows < months {
            let last = self.plan.valuation.date.0.plus(i32::try_from(rows).unwrap_or(i32::MAX) - 1);
            let violation = self
                .about(Code::Conflict, format!("bitcoin.path[{}].month", rows - 1))
                .value(last)
                .allowed(format!("a row for each of the {months} months to the horizon"))
                .hint("the path ends before the horizon: add rows, or shorten horizon_months");
            self.fault(violation);
        }
    }

    fn response(&mut self, response: &Response) {
        let (from, until) = (response.retire_from_months, response.retire_until_months);
        if until.get() <= from.get() {
            let violation = self
                .about(Code::Conflict, "bitcoin.response.retire_until_months")
                .unit("months")
                .allowed(format!("above retire_from_months, {}", from.get()));
            self.fault(violation);
        }
        let lives = [("retire_until_months", until), ("contract_months", response.contract_months)];
        for (key, months) in lives {
            self.at_least_one(format!("bitcoin.response.{key}"), months.get(), "months");
        }
        if response.efficiency_gain_frac.get() >= 1.0 {
            let violation = self
                .about(Code::Range, "bitcoin.response.efficiency_gain_frac")
                .allowed("below 1: something must be left after a year");
            self.fault(violation);
        }
        let steps = response.conversion.iter().map(|step| step.from);
        self.rising("bitcoin.response.conversion", steps, "from");
        for (index, outage) in response.outage.iter().enumerate() {
            let path = format!("bitcoin.response.outage[{index}]");
            if outage.until.0 < outage.from.0 {
                let violation = self
                    .about(Code::DateOrder, format!("{path}.until"))
                    .allowed(format!("from {} on", outage.from));
                self.fault(violation);
            }
            if outage.lost_frac.get() >= 1.0 {
                let violation = self
                    .about(Code::Range, format!("{path}.lost_frac"))
                    .allowed("below 1: somebody has to mine");
                self.fault(violation);
            }
        }
    }
}

/// What a plan says about the network twice has to agree.
fn contradictions(bitcoin: &Bitcoin) -> Vec<Violation> {
    /// Most by which hash rate and difficulty may differ: luck over a fortnight is a few percent.
    const MOST_FRAC: f64 = 0.10;
    let mut faults = Vec::new();
    if let (Some(difficulty), Some(hashrate)) = (bitcoin.difficulty, bitcoin.network_eh_per_s) {
        let implied = hashrate_th_per_s(difficulty.get()) / TH_PER_EH;
        let apart = hashrate.get() / implied - 1.0;
        if apart.abs() > MOST_FRAC {
            faults.push(
                Violation::new(Code::Conflict, "bitcoin.network_eh_per_s")
                    .value(hashrate.get())
                    .allowed(format!(
                        "within 10 % of the {implied:.1} EH/s that the difficulty stands for"
                    ))
                    .hint(format!(
                        "{:+.0} %: are both of the same day? give one of them",
                        100.0 * apart
                    )),
            );
        }
    }
    if let Some(subsidy) = bitcoin.subsidy_btc_per_block {
        let height = u64::from(bitcoin.height.get());
        let by_height = subsidy_btc(height);
        if (subsidy.get() - by_height).abs() > 1e-8 {
            faults.push(
                Violation::new(Code::Conflict, "bitcoin.subsidy_btc_per_block")
                    .value(subsidy.get())
                    .allowed(format!("{by_height} BTC at height {height}"))
                    .hint("the subsidy follows from the height: correct one, or leave this out"),
            );
        }
    }
    faults
}
