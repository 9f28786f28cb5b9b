//! What no schema can say: references, order, sums, and either-or.

mod financing;
mod network;
mod offer;
mod shared;

use units::{Code, JPerTh, Quantity, Violation};

use super::contract::{Tariff, TouTariff};
use super::edge::FirstOfMonth;
use super::offer::Offer;
use super::plan::{Machine, Plan, Site};
use super::tree::{Faults, Origins};
use super::{FactUsed, build};
use crate::facts;

/// Slack for sums and multiples of decimal numbers.
const SLACK: f64 = 1e-9;
/// Fewest months that a plan looks ahead.
const MIN_HORIZON_MONTHS: u32 = 12;

/// What [`judge`] finds.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    pub faults: Faults,
    pub warnings: Faults,
    pub facts: Vec<FactUsed>,
}

/// Checks a plan that agrees with its schema.
pub(crate) fn judge(plan: &Plan, origins: &Origins) -> Judged {
    let mut judge = Judge { plan, origins, judged: Judged::default() };
    judge.valuation();
    judge.bitcoin(&plan.bitcoin);
    judge.market();
    judge.capital();
    judge.tenants();
    judge.regions();
    judge.construction();
    judge.financing();
    for site in &plan.site {
        judge.site(site, &format!("site.{}", site.id));
    }
    judge.judged
}

struct Judge<'a> {
    plan: &'a Plan,
    origins: &'a Origins,
    judged: Judged,
}

impl Judge<'_> {
    fn fault(&mut self, violation: Violation) {
        let origin = self.origins.nearest(&violation.path);
        self.judged.faults.push(origin, violation);
    }

    fn warning(&mut self, violation: Violation) {
        let origin = self.origins.nearest(&violation.path);
        self.judged.warnings.push(origin, violation);
    }

    /// A fault about a value as the file has it.
    fn about(&self, code: Code, path: impl Into<String>) -> Violation {
        let path = path.into();
        let origin = self.origins.nearest(&path);
        let written = self.origins.texts().written(origin).trim();
        // Whole tables are no value to show.
        let value = if written.contains('\n') { "" } else { written };
        Violation::new(code, path).value(value)
    }

    fn rising(&mut self, path: &str, dates: impl Iterator<Item = FirstOfMonth>, key: &str) {
        let mut last: Option<FirstOfMonth> = None;
        for (index, date) in dates.enumerate() {
            if let Some(before) = last.filter(|last| date <= *last) {
                let violation = self
                    .about(Code::DateOrder, format!("{path}[{index}].{key}"))
                    .allowed(format!("must come after {before}"));
                self.fault(violation);
            }
            last = Some(date);
        }
    }

    fn not_before_valuation(&mut self, path: String, date: FirstOfMonth) {
        let valuation = self.plan.valuation.date;
        if date < valuation {
            let violation = self
                .about(Code::DateOrder, path)
                .allowed(format!("must not come before the valuation date {valuation}"));
            self.fault(violation);
        }
    }

    fn at_least_one(&mut self, path: String, value: u32, unit: &str) {
        if value == 0 {
            let violation = self.about(Code::Range, path).allowed("must be above 0").unit(unit);
            self.fault(violation);
        }
    }

    fn valuation(&mut self) {
        let horizon = self.plan.valuation.horizon_months.get();
        if horizon < MIN_HORIZON_MONTHS {
            let violation = self
                .about(Code::Range, "valuation.horizon_months")
                .allowed(format!("allowed {MIN_HORIZON_MONTHS}..=600"))
                .unit("months")
                .hint("is this in years?");
            self.fault(violation);
        }
        let rate = self.plan.valuation.discount_rate_frac.get();
        if rate > 0.0 && rate < 0.015 {
            let violation = self
                .about(Code::Range, "valuation.discount_rate_frac")
                .allowed("a yearly rate below 0.015 is unusual")
                .hint("is this a monthly rate?");
            self.warning(violation);
        }
    }

    fn market(&mut self) {
        let market = &self.plan.machine_market;
        for (index, pair) in market.band.windows(2).enumerate() {
            if pair[1].below_j_per_th.get() <= pair[0].below_j_per_th.get() {
                let path = format!("machine_market.band[{}].below_j_per_th", index + 1);
                let above = pair[0].below_j_per_th.get();
                let violation = self
                    .about(Code::Conflict, path)
                    .unit("J/TH")
                    .allowed(format!("bands must rise: above {above}"));
                self.fault(violation);
            }
        }
        let lives = [
            ("new_life_months", market.new_life_months),
            ("tax_life_months", market.tax_life_months),
        ];
        for (key, months) in lives {
            self.at_least_one(format!("machine_market.{key}"), months.get(), "months");
        }
    }

    fn site(&mut self, site: &Site, path: &str) {
        self.energised(site, path);
        if let Tariff::Tou(tou) = &site.tariff {
            self.tou(tou, path);
        }
        for (index, policy) in site.mining_policies.iter().enumerate() {
            if site.mining_policies[..index].contains(policy) {
                let violation = self
                    .about(Code::Duplicate, format!("{path}.mining_policies[{index}]"))
                    .allowed("a policy may stand once");
                self.fault(violation);
            }
        }
        if let Some(sale) = &site.sale {
            self.not_before_valuation(format!("{path}.sale.until"), sale.until);
        }
        let mut drawn_mw = Some(0.0);
        for (index, machine) in site.machine.iter().enumerate() {
            let power_w = self.machine(machine, &format!("{path}.machine[{index}]"));
            drawn_mw = drawn_mw.zip(power_w).map(|(sum, power_w)| {
                sum + f64::from(machine.units.get()) * power_w * site.mining_overhead.get()
                    / units::constants::W_PER_MW
            });
        }
        if let Some(drawn_mw) = drawn_mw {
            self.fits(site, path, drawn_mw);
        }
        for offer in &site.offer {
            let path = format!("{path}.offer.{}", offer.terms().id);
            self.terms(offer.terms(), &path);
            match offer {
                Offer::Colocation(lease) => self.colocation(lease, &path),
                Offer::GpuCloud(cloud) => self.gpu_cloud(cloud, &path),
            }
        }
    }

    fn energised(&mut self, site: &Site, path: &str) {
        let path = format!("{path}.energised_gross_mw");
        self.rising(&path, site.energised_gross_mw.iter().map(|step| step.from), "from");
        let approved = site.approved_gross_mw.get();
        let mut before = 0.0;
        for (index, step) in site.energised_gross_mw.iter().enumerate() {
            let mw = step.mw.get();
            let path = format!("{path}[{index}].mw");
            if mw > approved {
                let violation = self
                    .about(Code::Conflict, path)
                    .allowed(format!("at most the approved {approved}"))
                    .unit("MW gross");
                self.fault(violation);
            } else if mw < before {
                let violation = self
                    .about(Code::Conflict, path)
                    .allowed(format!("at least the {before} before"))
                    .unit("MW gross")
                    .hint("each step is the total from then on, not an addition");
                self.fault(violation);
            }
            before = mw;
        }
    }

    fn tou(&mut self, tou: &TouTariff, path: &str) {
        if let Err(power::Error::Invalid(violations)) = build::time_of_use(tou) {
            for mut violation in violations {
                violation.path = format!("{path}.tariff.{}", violation.path);
                self.fault(violation);
            }
        }
    }

    /// Checks a machine; its power in W if it is known.
    fn machine(&mut self, machine: &Machine, path: &str) -> Option<f64> {
        self.at_least_one(format!("{path}.life_months"), machine.life_months.get(), "months");
        if machine.age_months.get() > machine.life_months.get() {
            let violation = self
                .about(Code::Conflict, format!("{path}.age_months"))
                .allowed(format!("at most life_months, {}", machine.life_months.get()))
                .unit("months")
                .hint("machines that run on past their life need a longer life_months");
            self.fault(violation);
        }
        self.ladder(machine, path);
        let given = (machine.hashrate_th_per_s, machine.power_w);
        match (&machine.model, given) {
            (Some(model), (None, None)) => {
                let Some(fact) = facts::machine(model) else {
                    let nearest = facts::nearest_machines(model).join(", ");
                    let violation = self
                        .about(Code::UnknownReference, format!("{path}.model"))
                        .allowed("must be a model of the built-in table")
                        .hint(format!(
                            "nearest are {nearest}; or give hashrate_th_per_s and power_w"
                        ));
                    self.fault(violation);
                    return None;
                };
                self.judged.facts.push(FactUsed {
                    path: format!("{path}.model"),
                    name: &fact.model,
                    status: fact.status,
                    source: &fact.source,
                });
                Some(fact.power_w)
            }
            (Some(_), _) => {
                let key = if given.0.is_some() { "hashrate_th_per_s" } else { "power_w" };
                let violation = self
                    .about(Code::Conflict, format!("{path}.{key}"))
                    .allowed("give model, or hashrate_th_per_s and power_w, not both")
                    .hint("`name` is free for machines that are given by figures");
                self.fault(violation);
                None
            }
            (None, (Some(hashrate), Some(power))) => {
                let j_per_th = power.get() / hashrate.get();
                if JPerTh::checked(j_per_th).is_err() {
                    let hint = if j_per_th < JPerTh::MIN {
                        "is power_w in kW, or the hash rate in GH/s?"
                    } else {
                        "is the hash rate in PH/s, or power_w that of the whole fleet?"
                    };
                    let violation = self
                        .about(Code::Range, format!("{path}.power_w"))
                        .allowed(format!(
                            "power_w / hashrate_th_per_s is {}, {}",
                            short(j_per_th),
                            JPerTh::allowed()
                        ))
                        .unit("J/TH")
                        .hint(hint);
                    self.fault(violation);
                    return None;
                }
                Some(power.get())
            }
            (None, _) => {
                let key = match given {
                    (Some(_), None) => "power_w",
                    (None, Some(_)) => "hashrate_th_per_s",
                    _ => "model",
                };
                let violation = Violation::new(Code::Missing, format!("{path}.{key}"))
                    .allowed("give model, or hashrate_th_per_s and power_w");
                self.fault(violation);
                None
            }
        }
    }

    fn ladder(&mut self, machine: &Machine, path: &str) {
        if let Some(model) = &machine.ladder {
            let path = format!("{path}.ladder");
            if !machine.point.is_empty() {
                let violation =
                    self.about(Code::Conflict, path).allowed("give ladder or point, not both");
                return self.fault(violation);
            }
            let Some(points) = facts::ladder(model) else {
                let violation = self
                    .about(Code::UnknownReference, path)
                    .allowed(format!("must be one of {}", facts::ladder_models().join(", ")))
                    .hint("settings of your own: point_file = \"ladder.csv\"");
                return self.fault(violation);
            };
            for point in points.iter().take(1) {
                self.judged.facts.push(FactUsed {
                    path: path.clone(),
                    name: &point.model,
                    status: point.status,
                    source: &point.source,
                });
            }
        }
        for (index, pair) in machine.point.windows(2).enumerate() {
            if pair[1].power_w.get() <= pair[0].power_w.get() {
                let violation = self
                    .about(Code::Conflict, format!("{path}.point[{}].power_w", index + 1))
                    .unit("W")
                    .allowed(format!("power must rise: above {}", pair[0].power_w.get()));
                self.fault(violation);
            }
        }
        let lowest = machine.point.first().map(|point| point.power_w.get());
        let idle = machine.idle_w.map(super::Q::get);
        if let Some((lowest, idle)) = lowest.zip(idle)
            && idle >= lowest
        {
            let violation = self
                .about(Code::Conflict, format!("{path}.idle_w"))
                .unit("W")
                .allowed(format!("below the lowest setting, {lowest}"));
            self.fault(violation);
        }
    }

    fn fits(&mut self, site: &Site, path: &str, drawn_mw: f64) {
        let date = self.plan.valuation.date;
        let steps = site.energised_gross_mw.iter().filter(|step| step.from <= date);
        let energised = steps.map(|step| step.mw.get()).fold(0.0, f64::max);
        if drawn_mw <= energised * (1.0 + SLACK) + SLACK {
            return;
        }
        let hint = if drawn_mw > 100.0 * energised.max(1.0) {
            "are units or power_w of one machine too large?"
        } else {
            "fewer units, or more power energised at the valuation date"
        };
        let violation = Violation::new(Code::Conflict, format!("{path}.machine"))
            .value(format!("{} MW", short(drawn_mw)))
            .allowed(format!("energised on {date}: {energised}"))
            .unit("MW gross")
            .hint(hint);
        self.fault(violation);
    }
}

/// Four digits: enough to see what is wrong.
fn short(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}
