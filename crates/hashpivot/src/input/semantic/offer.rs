//! What no schema can say about offers.

use units::{Code, Violation};

use super::{Judge, SLACK};
use crate::facts;
use crate::input::offer::{Colocation, GpuCloud, Prepayment, Terms};
use crate::input::{FactUsed, build, hint};

/// Most sizes of one offer: each is a plan of its own.
const MAX_SIZES: f64 = 100.0;

impl Judge<'_> {
    pub(super) fn terms(&mut self, terms: Terms<'_>, path: &str) {
        if let Some(tenant) = terms.tenant
            && !self.plan.tenant.iter().any(|t| t.id == *tenant)
        {
            let known = self.plan.tenant.iter().map(|t| t.id.0.as_str());
            let nearest = facts::nearest(&tenant.0, known).join(", ");
            let hint = if nearest.is_empty() {
                "there is no [[tenant]] in this plan".to_owned()
            } else {
                format!("nearest are {nearest}")
            };
            let violation = self
                .about(Code::UnknownReference, format!("{path}.tenant"))
                .allowed("must be the id of a [[tenant]]")
                .hint(hint);
            self.fault(violation);
        }
        self.blocks(terms, path);
        self.not_before_valuation(format!("{path}.commit_from"), terms.commit_from);
        if terms.commit_until < terms.commit_from {
            let violation = self
                .about(Code::DateOrder, format!("{path}.commit_until"))
                .allowed(format!("must not come before commit_from {}", terms.commit_from));
            self.fault(violation);
        } else {
            let valuation = self.plan.valuation.date;
            let (first, last) = build::quarters(valuation, terms.commit_from, terms.commit_until);
            if first > last {
                let violation = self
                    .about(Code::DateOrder, format!("{path}.commit_until"))
                    .allowed("one commits at the start of a quarter of the plan")
                    .hint(format!(
                        "none starts in this window; quarters start every three months from {valuation}"
                    ));
                self.fault(violation);
            }
        }
        self.at_least_one(
            format!("{path}.hall_life_months"),
            terms.hall_life_months.get(),
            "months",
        );
        if !terms.capex_schedule_frac.is_empty() {
            self.schedule(terms, &format!("{path}.capex_schedule_frac"));
        }
        if let Some(signing) = terms.signing {
            let window = signing.window_months.get();
            if window == 0 || window % 3 != 0 {
                let violation = self
                    .about(Code::Range, format!("{path}.signing.window_months"))
                    .allowed("whole quarters: 3, 6, 9, ...")
                    .unit("months");
                self.fault(violation);
            }
        }
        if let Some(prepayment) = terms.prepayment {
            let months = prepayment.credit_months.get();
            self.at_least_one(format!("{path}.prepayment.credit_months"), months, "months");
        }
    }

    fn blocks(&mut self, terms: Terms<'_>, path: &str) {
        let (min, step, max) = (
            terms.critical_mw.min.get(),
            terms.critical_mw.step.get(),
            terms.critical_mw.max.get(),
        );
        let path = format!("{path}.critical_mw");
        let mut refuse = |key: &str, allowed: String, hint: &str| {
            let violation = self
                .about(Code::Conflict, format!("{path}.{key}"))
                .allowed(allowed)
                .unit("MW critical")
                .hint(hint);
            self.fault(violation);
        };
        if min <= 0.0 {
            refuse("min", "must be above 0".into(), "not taking the offer is always possible");
        } else if min > max {
            refuse("min", format!("at most max, {max}"), "are min and max swapped?");
        } else if step <= 0.0 {
            refuse("step", "must be above 0".into(), "");
        } else {
            let steps = (max - min) / step;
            let whole = steps.round();
            if (steps - whole).abs() > SLACK * whole.max(1.0) {
                let reached = hint::tidy(min + steps.floor() * step);
                let next = hint::tidy(min + steps.ceil() * step);
                refuse(
                    "max",
                    format!("must be min plus whole steps of {step}"),
                    &format!("did you mean {reached} or {next}?"),
                );
            } else if whole >= MAX_SIZES {
                let sizes = format!("allowed are {MAX_SIZES} sizes, these are {}", whole + 1.0);
                refuse("step", sizes, "take larger steps");
            }
        }
    }

    fn schedule(&mut self, terms: Terms<'_>, path: &str) {
        let parts = terms.capex_schedule_frac;
        let months = terms.months_to_deliver.index().max(1);
        let sum: f64 = parts.iter().map(|part| part.get()).sum();
        let violation = if parts.len() != months {
            self.about(Code::Conflict, path)
                .allowed(format!("must have {months} parts, one a month, has {}", parts.len()))
        } else if (sum - 1.0).abs() > SLACK {
            self.about(Code::Conflict, path)
                .allowed(format!("must add up to 1, add up to {}", hint::tidy(sum)))
        } else {
            return;
        };
        self.fault(violation);
    }

    pub(super) fn colocation(&mut self, lease: &Colocation, path: &str) {
        let term = lease.term_months.get();
        self.at_least_one(format!("{path}.term_months"), term, "months");
        self.within_term(format!("{path}.free_months"), lease.free_months.get(), term);
        self.within_term(format!("{path}.ramp_frac"), lease.ramp_frac.len() as f64, term);
        for (index, months) in lease.renewals_months.iter().enumerate() {
            self.at_least_one(format!("{path}.renewals_months[{index}]"), months.get(), "months");
        }
        self.credits(lease.prepayment.as_ref(), path, term);
        self.horizon(lease.terms(), term, path);
        self.pue(lease.pue.get(), path);
    }

    pub(super) fn gpu_cloud(&mut self, cloud: &GpuCloud, path: &str) {
        let term = cloud.term_months.get();
        self.at_least_one(format!("{path}.term_months"), term, "months");
        self.at_least_one(format!("{path}.gpu_life_months"), cloud.gpu_life_months.get(), "months");
        let contract = f64::from(cloud.contract_months.get());
        self.within_term(format!("{path}.contract_months"), contract, term);
        self.credits(cloud.prepayment.as_ref(), path, term);
        self.horizon(cloud.terms(), term, path);
        self.pue(cloud.pue.get(), path);
        if cloud.spot_decay.is_some() && cloud.spot_decay_frac.is_some() {
            let violation = self
                .about(Code::Conflict, format!("{path}.spot_decay_frac"))
                .allowed("give spot_decay or spot_decay_frac, not both");
            self.fault(violation);
        }
        let fact = cloud.gpu.as_ref().map(|name| (name, facts::gpu(name)));
        match fact {
            Some((name, None)) => {
                let nearest = facts::nearest_gpus(name).join(", ");
                let violation = self
                    .about(Code::UnknownReference, format!("{path}.gpu"))
                    .allowed("must be a GPU of the built-in table")
                    .hint(format!(
                        "nearest are {nearest}; or give allin_w_per_gpu and gpu_capex_usd_per_gpu"
                    ));
                self.fault(violation);
            }
            Some((_, Some(fact))) => {
                if cloud.gpu_capex_usd_per_gpu.is_none() && fact.usd_per_gpu.is_none() {
                    let violation =
                        Violation::new(Code::Missing, format!("{path}.gpu_capex_usd_per_gpu"))
                            .allowed("must be given")
                            .unit("(USD/GPU)")
                            .hint(format!("the built-in table has no price of {}", fact.model));
                    self.fault(violation);
                }
                self.judged.facts.push(FactUsed {
                    path: format!("{path}.gpu"),
                    name: &fact.model,
                    status: fact.status,
                    source: &fact.source,
                });
            }
            None => {
                let given = [
                    ("allin_w_per_gpu", cloud.allin_w_per_gpu.is_some()),
                    ("gpu_capex_usd_per_gpu", cloud.gpu_capex_usd_per_gpu.is_some()),
                ];
                for (key, _) in given.iter().filter(|(_, given)| !given) {
                    let violation = Violation::new(Code::Missing, format!("{path}.{key}"))
                        .allowed("must be given")
                        .hint("or name a gpu of the built-in table");
                    self.fault(violation);
                }
            }
        }
    }

    fn within_term(&mut self, path: String, months: f64, term: u32) {
        if months > f64::from(term) {
            let violation = self
                .about(Code::Conflict, path)
                .allowed(format!("at most term_months, {term}"))
                .unit("months");
            self.fault(violation);
        }
    }

    /// Warns of a contract that runs past the horizon even if one commits at once.
    fn horizon(&mut self, terms: Terms<'_>, term_months: u32, path: &str) {
        let wait = terms.commit_from.0.months_since(self.plan.valuation.date.0).max(0);
        let end = wait.unsigned_abs() + terms.months_to_deliver.get() + term_months;
        let horizon = self.plan.valuation.horizon_months.get();
        if end > horizon {
            let violation = self
                .about(Code::Range, format!("{path}.term_months"))
                .allowed(format!("at the earliest it ends in month {end}, the plan in {horizon}"))
                .hint("what lies behind the horizon is not valued");
            self.warning(violation);
        }
    }

    fn credits(&mut self, prepayment: Option<&Prepayment>, path: &str, term: u32) {
        let Some(prepayment) = prepayment else { return };
        let end = prepayment.credit_from_month.get() + prepayment.credit_months.get();
        if end > term {
            let violation = self
                .about(Code::Conflict, format!("{path}.prepayment.credit_months"))
                .allowed(format!("credits must end within term_months, {term}, end at {end}"))
                .unit("months");
            self.fault(violation);
        }
    }

    fn pue(&mut self, pue: f64, path: &str) {
        if pue > 2.0 {
            let violation = self
                .about(Code::Range, format!("{path}.pue"))
                .allowed("above 2 is unusual")
                .hint("gross_per_critical sizes MW; pue bills energy");
            self.warning(violation);
        }
    }
}
