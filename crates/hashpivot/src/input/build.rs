//! From the mirror structs to what the engine works with: the world and the sites in it.

use compare::{
    Blocks, Commit, Deal, MachineClass, MachineMarket, MiningPolicy, Money, Offer, Portfolio,
    Region, Rung, Sale, Signing, Site, Tenant, TenantCap, Use, World,
};
use hashcost::curve::Point;
use hashcost::response::ResponseMonths;
use hpcrev::{DECAY_REGIMES, Delivery, GpuCloud, Lease, LeaseType};
use power::{Days, Rate, TimeOfUse};
use units::{Code, Violation};

use super::contract::{self, TouTariff};
use super::edge::{FirstOfMonth, Id, Q};
use super::offer::{self, SpotDecay, Terms};
use super::plan::{self, Plan};
use super::running::committed_months;
use super::{FactUsed, Loaded};
use crate::facts::{self, Status};

/// A plan as the engine takes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Built {
    /// The sites with what they share.
    pub portfolio: Portfolio,
    /// The world in which they are valued.
    pub world: World,
    /// What happens in the network where it answers.
    pub response: Option<ResponseMonths>,
    /// What is allowed but looks odd, and built-in figures that nobody could verify.
    pub warnings: Vec<String>,
}

impl Loaded {
    /// The plan as the engine takes it.
    ///
    /// # Errors
    /// What the engine itself refuses, such as months in which blocks pay nothing.
    pub fn build(&self) -> Result<Built, Vec<Violation>> {
        let plan = &self.plan;
        let line = self.network(plan.bitcoin.projection)?;
        let world = World {
            path: line.path,
            answers: self.answers()?,
            pool_fee_frac: plan.bitcoin.pool_fee_frac.get(),
            market: market(&plan.machine_market),
            money: money(&plan.valuation),
        };
        let portfolio = Portfolio {
            sites: plan.site.iter().map(|site| self.site(site)).collect::<Result<_, _>>()?,
            tenants: plan.tenant.iter().filter_map(tenant).collect(),
            capital: capital(plan),
            funding: Vec::new(),
            regions: plan.region.iter().map(|region| of_region(plan, region)).collect(),
            crews: crews(plan),
        };
        let unverified = self.facts_used.iter().filter(|fact| fact.status == Status::Unverified);
        let mut warnings: Vec<String> = self.warnings.iter().map(ToString::to_string).collect();
        warnings.extend(unverified.map(|FactUsed { path, name, .. }| {
            format!("{path}: the built-in figures of {name} are unverified")
        }));
        let response = line.response.map(|response| response.months);
        Ok(Built { portfolio, world, response, warnings })
    }

    /// A fault of the engine below `path` of the plan, with its place.
    pub(super) fn placed(&self, path: &str, mut violation: Violation) -> Violation {
        violation.path = if violation.path.is_empty() {
            path.to_owned()
        } else {
            format!("{path}.{}", violation.path)
        };
        let place = self.origins.texts().place(self.origins.nearest(&violation.path));
        violation.at(place.file, place.line, place.column)
    }

    fn site(&self, site: &plan::Site) -> Result<Site, Vec<Violation>> {
        let Some(power) = self.power.get(&site.id.to_string()) else {
            let violation = Violation::new(Code::Missing, format!("site.{}.tariff", site.id));
            return Err(vec![violation.allowed("must be read before the plan is built")]);
        };
        let valuation = self.plan.valuation.date;
        let mut machines: Vec<MachineClass> = site.machine.iter().filter_map(machine).collect();
        let overhead = site.mining_overhead.get();
        for (place, (of_plan, class)) in site.machine.iter().zip(&mut machines).enumerate() {
            let months = committed_months(of_plan, class, overhead, &power.contract, valuation.0);
            class.committed = months.map_err(|error| {
                let violation = Violation::new(Code::Conflict, "").hint(error.to_string());
                vec![self.placed(&format!("site.{}.machine[{place}]", site.id), violation)]
            })?;
        }
        Ok(Site {
            id: site.id.to_string(),
            name: site.name.clone().unwrap_or_else(|| site.id.to_string()),
            approved_gross_mw: site.approved_gross_mw.get(),
            energised: energised(site, valuation),
            mining_overhead: overhead,
            contract: power.contract.clone(),
            machines,
            policies: site.mining_policies.iter().map(|policy| policy_of(*policy)).collect(),
            offers: site.offer.iter().map(|offer| self.offer(offer)).collect(),
            sale: site.sale.as_ref().map(|sale| Sale {
                usd_per_gross_mw: sale.usd_per_gross_mw.get(),
                last_quarter: quarters(valuation, valuation, sale.until).1,
            }),
            curtailable_min_frac: site.curtailable_min_frac.get(),
        })
    }

    fn offer(&self, offer: &offer::Offer) -> Offer {
        let terms = offer.terms();
        let valuation = self.plan.valuation.date;
        let (first_quarter, last_quarter) =
            quarters(valuation, terms.commit_from, terms.commit_until);
        let tenant = terms.tenant.and_then(|id| self.plan.tenant.iter().position(|t| t.id == *id));
        Offer {
            id: terms.id.to_string(),
            deal: match offer {
                offer::Offer::Colocation(lease) => Deal::Colocation(lease_of(lease)),
                offer::Offer::GpuCloud(cloud) => Deal::GpuCloud(cloud_of(cloud, valuation)),
            },
            tenant,
            group: terms.group.map(ToString::to_string),
            must: terms.must,
            size: Blocks {
                min_critical_mw: terms.critical_mw.min.get(),
                step_critical_mw: terms.critical_mw.step.get(),
                max_critical_mw: terms.critical_mw.max.get(),
            },
            gross_per_critical: terms.gross_per_critical.get(),
            delivery: delivery(&terms),
            mining_during_build_frac: terms.mining_during_build_frac.get(),
            first_quarter,
            last_quarter,
            signing: terms.signing.map(|signing| Signing {
                probability_frac: signing.probability_frac.get(),
                window_months: signing.window_months.index(),
                commit: match signing.commit {
                    offer::Commit::AfterSign => Commit::AfterSign,
                    offer::Commit::OnSpec => Commit::OnSpec,
                },
                relet_frac: signing.relet_frac.get(),
            }),
            curtailable_frac: terms.curtailable_frac.get(),
        }
    }
}

/// First and last quarter of the plan that start within two dates; the first is above the last if
/// none does.
pub(crate) fn quarters(
    valuation: FirstOfMonth,
    from: FirstOfMonth,
    until: FirstOfMonth,
) -> (usize, usize) {
    let (from, until) = (month(valuation, from), month(valuation, until));
    (from.div_ceil(3), until / 3)
}

/// Plan month of a date; what lies before the valuation date counts as month 0.
fn month(valuation: FirstOfMonth, date: FirstOfMonth) -> usize {
    usize::try_from(date.0.months_since(valuation.0)).unwrap_or(0)
}

/// A time-of-use contract, every hour priced once.
///
/// # Errors
/// The power crate's own: overlaps and gaps, with paths from the tariff on.
pub(crate) fn time_of_use(tou: &TouTariff) -> Result<TimeOfUse, power::Error> {
    let rates: Vec<Rate> = tou
        .rate
        .iter()
        .map(|rate| Rate {
            months: rate.months.iter().map(|month| month.get()).collect(),
            days: match rate.days {
                contract::Days::All => Days::All,
                contract::Days::Weekday => Days::Weekday,
                contract::Days::Weekend => Days::Weekend,
            },
            from_hour: rate.from_hour.get(),
            to_hour: rate.to_hour.get(),
            usd_per_mwh: rate.usd_per_mwh.get(),
        })
        .collect();
    TimeOfUse::new(&rates, tou.default_usd_per_mwh.map(Q::get))
}

fn market(market: &plan::MachineMarket) -> MachineMarket {
    let band = |band: &plan::PriceBand| (band.below_j_per_th.get(), band.usd_per_th.get());
    MachineMarket {
        bands: market.band.iter().map(band).collect(),
        decline_frac: market.decline_frac.get(),
        new_j_per_th: market.new_j_per_th.get(),
        new_usd_per_th: market.new_usd_per_th.get(),
        refresh_payback_months: f64::from(market.refresh_payback_months.get()),
        tax_life_months: market.tax_life_months.index(),
        new_life_months: market.new_life_months.index(),
    }
}

fn money(valuation: &plan::Valuation) -> Money {
    let by_use = valuation.discount_rate_frac_by_use.as_ref();
    let rates = by_use.map(|by_use| {
        [
            (Use::Mining, by_use.mining),
            (Use::Colocation, by_use.colocation),
            (Use::GpuCloud, by_use.gpu_cloud),
        ]
    });
    let rates = rates.into_iter().flatten();
    Money {
        discount_rate_frac: valuation.discount_rate_frac.get(),
        discount_rate_by_use: rates.filter_map(|(of, rate)| Some((of, rate?.get()))).collect(),
        tax_rate_frac: valuation.tax_rate_frac.get(),
    }
}

fn tenant(tenant: &plan::Tenant) -> Option<Tenant> {
    let gross = tenant.cap_gross_mw.map(|mw| TenantCap::GrossMw(mw.get()));
    let critical = tenant.cap_critical_mw.map(|mw| TenantCap::CriticalMw(mw.get()));
    Some(Tenant { id: tenant.id.to_string(), cap: gross.or(critical)? })
}

fn capital(plan: &Plan) -> Vec<(usize, f64)> {
    let entries = plan.capital.iter().flat_map(|capital| &capital.available_usd);
    entries.map(|entry| (month(plan.valuation.date, entry.from), entry.usd.get())).collect()
}

fn of_region(plan: &Plan, region: &plan::Region) -> Region {
    let index = |id: &Id| plan.site.iter().position(|site| site.id == *id);
    Region {
        id: region.id.to_string(),
        cap_gross_mw: region.cap_gross_mw.get(),
        sites: region.sites.iter().filter_map(index).collect(),
    }
}

fn crews(plan: &Plan) -> Vec<(usize, f64)> {
    let steps = plan.construction.iter().flat_map(|construction| &construction.gross_mw_max);
    steps.map(|step| (month(plan.valuation.date, step.from), step.mw.get())).collect()
}

/// Steps from month 0 on: what was energised before counts as energised then.
fn energised(site: &plan::Site, valuation: FirstOfMonth) -> Vec<(usize, f64)> {
    let mut steps = vec![(0, 0.0)];
    for step in &site.energised_gross_mw {
        let from = month(valuation, step.from);
        if from == 0 {
            steps[0].1 = step.mw.get();
        } else {
            steps.push((from, step.mw.get()));
        }
    }
    steps
}

/// A class of machines; `None` for a model that is not in the table, which loading refuses.
fn machine(machine: &plan::Machine) -> Option<MachineClass> {
    let fact = machine.model.as_deref().and_then(facts::machine);
    let given = machine.hashrate_th_per_s.zip(machine.power_w);
    let (th_per_s, power_w) = fact
        .map(|fact| (fact.hashrate_th_per_s, fact.power_w))
        .or(given.map(|(hashrate, power)| (hashrate.get(), power.get())))?;
    let name = machine.name.clone().or(fact.map(|fact| fact.model.clone()));
    Some(MachineClass {
        name: name.unwrap_or_else(|| format!("{th_per_s} TH/s, {power_w} W")),
        units: f64::from(machine.units.get()),
        th_per_s,
        power_w,
        uptime_frac: machine.uptime_frac.get(),
        variable_usd_per_th_day: machine.variable_usd_per_th_day.get(),
        fixed_usd_per_th_day: machine.fixed_usd_per_th_day.get(),
        credits_usd_per_th_day: machine.credits_usd_per_th_day.get(),
        life_months: machine.life_months.index(),
        age_months: machine.age_months.index(),
        tax_basis_usd: machine.tax_basis_usd.get(),
        ladder: ladder(machine)
            .into_iter()
            .filter(|point| point.power_w <= power_w)
            .map(|point| Rung {
                hash_frac: point.th_per_s / th_per_s,
                power_frac: point.power_w / power_w,
            })
            .collect(),
        committed: None,
    })
}

/// Settings of a machine as the plan has them, its rated one left out; empty without a ladder.
pub(crate) fn ladder(machine: &plan::Machine) -> Vec<Point> {
    let own = machine.point.iter().map(|point| Point {
        th_per_s: point.hashrate_th_per_s.get(),
        power_w: point.power_w.get(),
    });
    let published = machine.ladder.as_deref().and_then(facts::ladder).unwrap_or_default();
    let published = published
        .into_iter()
        .map(|point| Point { th_per_s: point.hashrate_th_per_s, power_w: point.power_w });
    own.chain(published).collect()
}

const fn policy_of(policy: plan::MiningPolicy) -> MiningPolicy {
    match policy {
        plan::MiningPolicy::RunOff => MiningPolicy::RunOff,
        plan::MiningPolicy::Refresh => MiningPolicy::Refresh,
        plan::MiningPolicy::HoldShare => MiningPolicy::HoldShare,
    }
}

fn delivery(terms: &Terms<'_>) -> Delivery {
    let schedule: Vec<f64> = terms.capex_schedule_frac.iter().map(|part| part.get()).collect();
    Delivery {
        capex_usd_per_critical_mw: terms.capex_usd_per_critical_mw.get(),
        months_to_deliver: terms.months_to_deliver.index(),
        schedule: (!schedule.is_empty()).then_some(schedule),
        hall_life_months: terms.hall_life_months.index(),
    }
}

fn prepayment(prepayment: &offer::Prepayment) -> hpcrev::Prepayment {
    hpcrev::Prepayment {
        usd_per_critical_mw: prepayment.usd_per_critical_mw.get(),
        credit_from_month: prepayment.credit_from_month.index(),
        credit_months: prepayment.credit_months.index(),
    }
}

fn lease_of(lease: &offer::Colocation) -> Lease {
    Lease {
        rent_first_usd_per_kw_month: lease.rent_first_usd_per_kw_month.get(),
        escalator_frac: lease.escalator_frac.get(),
        term_months: lease.term_months.index(),
        lease_type: match lease.lease {
            offer::Lease::TripleNet => LeaseType::TripleNet,
            offer::Lease::ModifiedGross => LeaseType::ModifiedGross,
            offer::Lease::Gross => LeaseType::Gross,
        },
        ramp: lease.ramp_frac.iter().map(|share| share.get()).collect(),
        free_months: lease.free_months.get(),
        renewals_months: lease.renewals_months.iter().map(|months| months.index()).collect(),
        prepayment: lease.prepayment.as_ref().map(prepayment),
        tenant_capex_frac: lease.tenant_capex_frac.get(),
        default_hazard_per_year: lease.default_hazard_per_year.get(),
        relet_delay_months: lease.relet_delay_months.index(),
        relet_frac: lease.relet_frac.get(),
        backstop_frac: lease.backstop_frac.get(),
        opex_usd_per_critical_mw_year: lease.opex_usd_per_critical_mw_year.get(),
        opex_growth_frac: lease.opex_growth_frac.get(),
        load_factor: lease.load_factor_frac.get(),
        pue: lease.pue.get(),
    }
}

fn cloud_of(cloud: &offer::GpuCloud, valuation: FirstOfMonth) -> GpuCloud {
    let fact = cloud.gpu.as_deref().and_then(facts::gpu);
    let given = |own: Option<f64>, fact: Option<f64>| own.or(fact).unwrap_or_default();
    GpuCloud {
        contract_usd_per_gpu_h: cloud.contract_usd_per_gpu_h.get(),
        contract_mix_frac: cloud.contract_mix_frac.get(),
        contract_months: cloud.contract_months.index(),
        spot_usd_per_gpu_h: cloud.spot_usd_per_gpu_h.get(),
        spot_month_offset: valuation.0.months_since(cloud.spot_date.0),
        decay_frac: cloud.spot_decay_frac.map_or_else(|| decay_frac(cloud), Q::get),
        utilisation_frac: cloud.utilisation_frac.get(),
        availability_frac: cloud.availability_frac.get(),
        allin_w_per_gpu: given(
            cloud.allin_w_per_gpu.map(Q::get),
            fact.map(|fact| fact.allin_w_per_gpu),
        ),
        gpu_capex_usd_per_gpu: given(
            cloud.gpu_capex_usd_per_gpu.map(Q::get),
            fact.and_then(|fact| fact.usd_per_gpu),
        ),
        network_storage_frac: cloud.network_storage_frac.get(),
        load_factor: cloud.load_factor_frac.get(),
        pue: cloud.pue.get(),
        opex_usd_per_critical_mw_year: cloud.opex_usd_per_critical_mw_year.get(),
        opex_growth_frac: cloud.opex_growth_frac.get(),
        opex_revenue_frac: cloud.opex_revenue_frac.get(),
        sla_credit_frac: cloud.sla_credit_frac.get(),
        gpu_life_months: cloud.gpu_life_months.index(),
        resale_frac: cloud.resale_frac.get(),
        refresh: cloud.refresh.as_ref().map(|refresh| hpcrev::Refresh {
            gpu_capex_usd_per_gpu: refresh.gpu_capex_usd_per_gpu.get(),
            hall_refit_usd_per_critical_mw: refresh.hall_refit_usd_per_critical_mw.get(),
            spot_usd_per_gpu_h: refresh.spot_usd_per_gpu_h.map(Q::get),
        }),
        term_months: cloud.term_months.index(),
        prepayment: cloud.prepayment.as_ref().map(prepayment),
    }
}

/// The yearly fall of spot prices that the word stands for, by generation of the GPU.
fn decay_frac(cloud: &offer::GpuCloud) -> f64 {
    let [.., newest] = &DECAY_REGIMES;
    let gpu = cloud.gpu.as_deref().unwrap_or_default();
    let regime =
        DECAY_REGIMES.iter().find(|regime| gpu.contains(regime.generation)).unwrap_or(newest);
    match cloud.spot_decay {
        Some(SpotDecay::Bear) => regime.bear_frac,
        Some(SpotDecay::Bull) => regime.bull_frac,
        Some(SpotDecay::Base) | None => regime.base_frac,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Document, Sources, load, no_files};

    fn example(sets: &[&str]) -> Loaded {
        let sets = sets.iter().map(ToString::to_string).collect();
        let sources = Sources { sets, ..Sources::of(Document::example()) };
        load(&sources, &no_files).unwrap()
    }

    #[test]
    fn the_example_becomes_three_sites_in_a_world_of_its_own_horizon() {
        let Built { portfolio, world, .. } = example(&[]).build().unwrap();
        assert_eq!(world.months(), 204);
        assert_eq!(portfolio.sites.len(), 3);
        assert_eq!(portfolio.capital.iter().map(|c| c.0).collect::<Vec<_>>(), [0, 10, 22]);
        let site = &portfolio.sites[1];
        assert_eq!(site.energised, [(0, 120.0), (7, 200.0)]);
        assert_eq!(site.machines[0].th_per_s.to_bits(), 200.0_f64.to_bits());
        assert_eq!(site.offers[0].tenant, Some(0));
        assert_eq!((site.offers[0].first_quarter, site.offers[0].last_quarter), (0, 6));
        for offer in portfolio.sites.iter().flat_map(|site| &site.offers) {
            assert_eq!(offer.delivery.validate(), Ok(()));
            match &offer.deal {
                Deal::Colocation(lease) => assert_eq!(lease.validate(), Ok(())),
                Deal::GpuCloud(cloud) => assert_eq!(cloud.validate(), Ok(())),
            }
        }
    }

    #[test]
    fn windows_hold_the_quarters_that_start_in_them() {
        let date = |text| FirstOfMonth::parse(text).unwrap();
        let valuation = date("2026-12-01");
        for (from, until, expected) in [
            ("2026-12-01", "2028-12-01", (0, 8)),
            ("2027-01-01", "2027-06-01", (1, 2)),
            ("2027-03-01", "2027-05-01", (1, 1)),
            ("2027-01-01", "2027-02-01", (1, 0)),
        ] {
            assert_eq!(quarters(valuation, date(from), date(until)), expected, "{from} {until}");
        }
    }

    #[test]
    fn words_for_the_decay_stand_for_the_rates_of_the_table_of_defaults() {
        for (word, rate) in [("bear", 0.35), ("base", 0.20), ("bull", 0.0)] {
            let set = format!("site.pecan-ridge.offer.pecan-ridge-cloud.spot_decay={word}");
            let built = example(&[&set]).build().unwrap();
            let Deal::GpuCloud(cloud) = &built.portfolio.sites[2].offers[1].deal else {
                panic!("the second offer is a cloud")
            };
            assert_eq!(cloud.decay_frac.to_bits(), f64::to_bits(rate));
        }
    }
}
