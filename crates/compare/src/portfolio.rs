//! Sites that share a budget and tenants.

use crate::{
    Error,
    choice::{Choice, Pick, earliest_commitments},
    course::{Limit, MW_TOLERANCE},
    decision::{SiteDecision, SiteOption, SiteStudy},
    envelope::{Step, fill, upper_envelope},
    error::Conflict,
    ledger::Ledger,
    site::Site,
    switching::{Lever, Search, Switching},
    world::World,
};

/// Sites with what they share.
#[derive(Clone, Debug, PartialEq)]
pub struct Portfolio {
    /// The sites, in file order.
    pub sites: Vec<Site>,
    /// The tenants that offers name by index.
    pub tenants: Vec<Tenant>,
    /// Capital that becomes available at the start of a plan month, USD; months rising. Without
    /// an entry capital is unlimited.
    pub capital: Vec<(usize, f64)>,
}

/// A tenant and how much it takes at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Tenant {
    /// Id by which the plan file names it.
    pub id: String,
    /// Its cap, in the unit in which it is stated.
    pub cap: TenantCap,
}

/// The most that a tenant takes over all sites.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TenantCap {
    /// Gross MW.
    GrossMw(f64),
    /// Critical MW.
    CriticalMw(f64),
}

impl TenantCap {
    /// The cap in its own unit.
    const fn mw(self) -> f64 {
        match self {
            Self::GrossMw(mw) | Self::CriticalMw(mw) => mw,
        }
    }
}

/// How sure it is that no better plan exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Every plan was valued, and nothing shared stands in the way.
    Proven,
    /// A better plan may exist, by no more than the gap.
    Bounded,
}

/// The decision for all sites.
#[derive(Clone, Debug, PartialEq)]
pub struct PortfolioDecision {
    /// One decision a site, in file order.
    pub sites: Vec<SiteDecision>,
    /// Where each site's decision would change, by lever.
    pub switching: Vec<Vec<Switching>>,
    /// What one more approved and energised gross MW would add at each site, USD.
    pub one_more_mw_usd: Vec<f64>,
    /// Value of all sites, USD.
    pub npv_usd: f64,
    /// No plan is worth more than this, USD.
    pub bound_usd: f64,
    /// `(bound - value) / |bound|`.
    pub gap_frac: f64,
    /// How sure it is.
    pub status: Status,
    /// What one more dollar of capital would add, USD: slope of the step that the budget cuts.
    pub capital_shadow: f64,
    /// Capital reserved by the plan, USD.
    pub capital_used_usd: f64,
}

/// Decides for all sites.
///
/// Sites without a shared limit in the way take their own best plan: proven. Otherwise the
/// concave envelope over (capital, value) with the budget as one total gives the bound and the
/// price of capital; the plan is that solution rounded down to what can be built, filled greedily,
/// and checked against every date of the budget and every tenant's cap.
///
/// # Errors
/// [`Error::Infeasible`] if something demanded cannot be had, [`Error::TooManyPlans`] if a site
/// has more plans than are enumerated.
pub fn decide(portfolio: &Portfolio, world: &World) -> Result<PortfolioDecision, Error> {
    decide_with(portfolio, world, Explained::Wholly)
}

/// [`decide`] without switching values and the value of one more MW, which take most of its time.
///
/// # Errors
/// As [`decide`].
pub fn decide_plans(portfolio: &Portfolio, world: &World) -> Result<PortfolioDecision, Error> {
    decide_with(portfolio, world, Explained::PlansAlone)
}

/// What a decision is wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Explained {
    Wholly,
    PlansAlone,
}

fn decide_with(
    portfolio: &Portfolio,
    world: &World,
    explained: Explained,
) -> Result<PortfolioDecision, Error> {
    let total_usd = if portfolio.capital.is_empty() {
        f64::INFINITY
    } else {
        portfolio.capital.iter().map(|(_, usd)| usd).sum()
    };
    let ledgers: Vec<Ledger<'_>> = map(&portfolio.sites, |site| Ledger::new(site, world));
    let studies: Vec<SiteStudy<'_>> = map(&ledgers, |ledger| SiteStudy::new(ledger, total_usd))
        .into_iter()
        .collect::<Result<_, _>>()?;
    let shared = Shared { portfolio, studies: &studies, months: world.months() };

    let free: Vec<usize> = studies.iter().map(SiteStudy::best).collect();
    let (chosen, bound_usd, capital_shadow, status) = if shared.fits(&free) {
        let value = shared.value_usd(&free);
        (free, value, 0.0, Status::Proven)
    } else {
        let (bound, shadow, order) = shared.bound(total_usd);
        (shared.round(&order)?, bound, shadow, Status::Bounded)
    };
    let npv_usd = shared.value_usd(&chosen);
    let sites = studies
        .iter()
        .zip(&chosen)
        .map(|(study, option)| study.decide(*option))
        .collect::<Result<Vec<_>, _>>()?;

    let explains = explained == Explained::Wholly;
    let searches: Vec<Search<'_>> = studies
        .iter()
        .enumerate()
        .filter(|_| explains)
        .map(|(index, study)| Search {
            site: &portfolio.sites[index],
            world,
            offers: study.chooser.offers().to_vec(),
            decision: &sites[index].choice,
            tenants: &portfolio.tenants,
            room: match status {
                Status::Proven => Room::unlimited(),
                Status::Bounded => shared.room(&chosen, index),
            },
        })
        .collect();
    let jobs: Vec<(usize, Lever)> = searches
        .iter()
        .enumerate()
        .flat_map(|(i, search)| {
            Lever::ALL.into_iter().filter(|l| search.applies(*l)).map(move |l| (i, l))
        })
        .collect();
    let found = map(&jobs, |(i, lever)| searches[*i].switching(*lever));
    let mut switching = vec![Vec::new(); sites.len()];
    for ((i, _), one) in jobs.iter().zip(found) {
        switching[*i].push(one?);
    }
    let enlarged: &[Site] = if explains { &portfolio.sites } else { &[] };
    let one_more_mw_usd = map(enlarged, |site| one_more_mw_usd(site, world, total_usd))
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let capital_used_usd = sites.iter().map(|s| s.capex_usd).sum();
    Ok(PortfolioDecision {
        sites,
        switching,
        one_more_mw_usd,
        npv_usd,
        bound_usd,
        gap_frac: if bound_usd == npv_usd { 0.0 } else { (bound_usd - npv_usd) / bound_usd.abs() },
        status,
        capital_shadow,
        capital_used_usd,
    })
}

/// What one more approved and energised MW adds to a site's own best plan, USD.
fn one_more_mw_usd(site: &Site, world: &World, most_capex_usd: f64) -> Result<f64, Error> {
    let best = |site: &Site| -> Result<f64, Error> {
        let ledger = Ledger::new(site, world);
        let study = SiteStudy::new(&ledger, most_capex_usd)?;
        Ok(study.options[study.best()].worth.npv_usd)
    };
    let mut larger = site.clone();
    larger.approved_gross_mw += 1.0;
    larger.energised.iter_mut().for_each(|(_, mw)| *mw += 1.0);
    Ok(best(&larger)? - best(site)?)
}

/// Maps in parallel where the feature allows; results stand in order either way.
fn map<'a, T: Sync, R: Send>(items: &'a [T], f: impl Fn(&'a T) -> R + Sync + Send) -> Vec<R> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
        items.par_iter().map(f).collect()
    }
    #[cfg(not(feature = "parallel"))]
    {
        items.iter().map(f).collect()
    }
}

/// A tenth of a cent: slack for rounding in sums of money.
const CENT: f64 = 1e-3;

/// What is left of the limits that sites share.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Room {
    /// Cumulative capital at the start of each month, USD; empty: unlimited.
    capital_usd: Vec<f64>,
    /// MW by tenant, in the unit of its cap; empty: unlimited.
    tenant_mw: Vec<f64>,
}

impl Room {
    /// No shared limits.
    pub(crate) const fn unlimited() -> Self {
        Self { capital_usd: Vec::new(), tenant_mw: Vec::new() }
    }

    /// Takes away what a choice reserves: capital on the dates of its earliest commitments, and
    /// the MW of its tenants.
    fn take(&mut self, ledger: &Ledger<'_>, tenants: &[Tenant], choice: &Choice) {
        if !self.capital_usd.is_empty() {
            for commitment in earliest_commitments(choice) {
                let Some(hall) = ledger.hall(&commitment) else { continue };
                for (left, usd) in self.capital_usd.iter_mut().zip(&hall.cumulative_capex_usd) {
                    *left -= commitment.critical_mw * usd;
                }
            }
        }
        for pick in &choice.picks {
            let offer = &ledger.site.offers[pick.offer];
            let Some(tenant) = offer.tenant else { continue };
            if let Some(left) = self.tenant_mw.get_mut(tenant) {
                *left -= match tenants[tenant].cap {
                    TenantCap::GrossMw(_) => offer.gross_mw(pick.critical_mw),
                    TenantCap::CriticalMw(_) => pick.critical_mw,
                };
            }
        }
    }

    fn is_enough(&self) -> bool {
        self.capital_usd.iter().all(|usd| *usd >= -CENT)
            && self.tenant_mw.iter().all(|mw| *mw >= -MW_TOLERANCE)
    }

    /// Whether a choice fits into the room.
    pub(crate) fn holds(&self, ledger: &Ledger<'_>, tenants: &[Tenant], choice: &Choice) -> bool {
        if choice.picks.is_empty() {
            return true; // asks for nothing that is shared
        }
        let mut left = self.clone();
        left.take(ledger, tenants, choice);
        left.is_enough()
    }
}

/// The options of all sites together with the limits that they share.
struct Shared<'a> {
    portfolio: &'a Portfolio,
    studies: &'a [SiteStudy<'a>],
    months: usize,
}

impl Shared<'_> {
    fn option(&self, site: usize, option: usize) -> &SiteOption {
        &self.studies[site].options[option]
    }

    fn value_usd(&self, chosen: &[usize]) -> f64 {
        chosen.iter().enumerate().map(|(s, o)| self.option(s, *o).worth.npv_usd).sum()
    }

    fn fits(&self, chosen: &[usize]) -> bool {
        self.left(chosen).is_enough()
    }

    /// What the other sites leave to one of them.
    fn room(&self, chosen: &[usize], site: usize) -> Room {
        let mut room = Room {
            capital_usd: self.budget_by_month(),
            tenant_mw: self.portfolio.tenants.iter().map(|t| t.cap.mw()).collect(),
        };
        for (other, option) in chosen.iter().enumerate().filter(|(other, _)| *other != site) {
            room.take(
                self.studies[other].chooser.ledger,
                &self.portfolio.tenants,
                &self.option(other, *option).choice,
            );
        }
        room
    }

    /// What all choices together leave.
    fn left(&self, chosen: &[usize]) -> Room {
        self.room(chosen, usize::MAX)
    }

    /// Cumulative budget at the start of each month; empty without one.
    fn budget_by_month(&self) -> Vec<f64> {
        if self.portfolio.capital.is_empty() {
            return Vec::new();
        }
        (0..self.months)
            .map(|m| {
                let so_far = self.portfolio.capital.iter().filter(|(at, _)| *at <= m);
                so_far.map(|(_, usd)| usd).sum()
            })
            .collect()
    }

    /// Upper bound, price of capital, and the envelope's steps in the order of their slope.
    fn bound(&self, total_usd: f64) -> (f64, f64, Vec<Step>) {
        let mut base_usd = 0.0;
        let mut base_capex = 0.0;
        let mut steps = Vec::new();
        for (site, study) in self.studies.iter().enumerate() {
            let points: Vec<(f64, f64)> =
                study.options.iter().map(|o| (o.capex_usd, o.worth.npv_usd)).collect();
            let envelope = upper_envelope(site, &points);
            let start = &study.options[envelope.start];
            base_usd += start.worth.npv_usd;
            base_capex += start.capex_usd;
            steps.extend(envelope.steps);
        }
        steps.sort_by(|a, b| b.slope().total_cmp(&a.slope()));
        let (added, shadow) = fill(&steps, total_usd - base_capex);
        (base_usd + added, shadow, steps)
    }

    /// The envelope's solution rounded down to what can be built, then filled greedily.
    fn round(&self, steps: &[Step]) -> Result<Vec<usize>, Error> {
        let mut chosen: Vec<usize> = self
            .studies
            .iter()
            .map(|study| {
                let points: Vec<(f64, f64)> =
                    study.options.iter().map(|o| (o.capex_usd, o.worth.npv_usd)).collect();
                upper_envelope(0, &points).start
            })
            .collect();
        if !self.fits(&chosen) {
            // What is demanded may still fit when it is begun later.
            chosen = (0..self.studies.len()).map(|site| self.most_patient(site)).collect();
        }
        if !self.fits(&chosen) {
            return Err(Error::Infeasible(self.conflict(&chosen)));
        }
        for step in steps {
            let before = chosen[step.site];
            chosen[step.site] = step.option;
            let better = self.option(step.site, step.option).worth.npv_usd
                > self.option(step.site, before).worth.npv_usd;
            if !better || !self.fits(&chosen) {
                chosen[step.site] = before;
            }
        }
        while let Some((site, option)) = self.best_improvement(&chosen) {
            chosen[site] = option;
        }
        Ok(chosen)
    }

    /// The option of a site that asks for least capital, and of those the latest.
    fn most_patient(&self, site: usize) -> usize {
        let first_quarter = |option: &SiteOption| {
            earliest_commitments(&option.choice).iter().map(|c| c.quarter).min().unwrap_or(0)
        };
        let options = &self.studies[site].options;
        (0..options.len())
            .min_by(|a, b| {
                let (a, b) = (&options[*a], &options[*b]);
                a.capex_usd
                    .total_cmp(&b.capex_usd)
                    .then(first_quarter(b).cmp(&first_quarter(a)))
                    .then(b.worth.npv_usd.total_cmp(&a.worth.npv_usd))
            })
            .unwrap_or(0)
    }

    /// The single change of one site that adds most and fits.
    fn best_improvement(&self, chosen: &[usize]) -> Option<(usize, usize)> {
        let mut gains: Vec<(f64, usize, usize)> = Vec::new();
        for (site, study) in self.studies.iter().enumerate() {
            let now = self.option(site, chosen[site]).worth.npv_usd;
            for (option, other) in study.options.iter().enumerate() {
                let gain = other.worth.npv_usd - now;
                if gain > crate::decision::TIE_REL * now.abs() {
                    gains.push((gain, site, option));
                }
            }
        }
        gains.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut candidate = chosen.to_vec();
        gains.into_iter().find_map(|(_, site, option)| {
            candidate[site] = option;
            let fits = self.fits(&candidate);
            candidate[site] = chosen[site];
            fits.then_some((site, option))
        })
    }

    /// The smallest set of demanded offers that runs into a shared limit, and the limit: one after
    /// another is dropped for good if the rest still does not fit.
    fn conflict(&self, chosen: &[usize]) -> Vec<Conflict> {
        let mut musts: Vec<(usize, Pick)> = Vec::new();
        for (site, option) in chosen.iter().enumerate() {
            let offers = &self.portfolio.sites[site].offers;
            let picks = self.option(site, *option).choice.picks.iter();
            musts.extend(picks.filter(|p| offers[p.offer].must).map(|p| (site, *p)));
        }
        let left_by = |musts: &[(usize, Pick)]| {
            let mut room = self.room(&[], usize::MAX);
            for (site, pick) in musts {
                let ledger = self.studies[*site].chooser.ledger;
                let choice =
                    Choice { policy: ledger.site.policies[0], picks: vec![*pick], exit: None };
                room.take(ledger, &self.portfolio.tenants, &choice);
            }
            room
        };
        let mut i = 0;
        while i < musts.len() {
            let mut fewer = musts.clone();
            fewer.remove(i);
            if left_by(&fewer).is_enough() {
                i += 1;
            } else {
                musts = fewer;
            }
        }
        let within_budget = left_by(&musts).capital_usd.iter().all(|usd| *usd >= -CENT);
        let limit = if within_budget { Limit::TenantMw } else { Limit::Capital };
        let named = musts.iter().map(|(site, pick)| {
            let site = &self.portfolio.sites[*site];
            let offer = site.offers[pick.offer].id.clone();
            Conflict::MustOffer { site: site.id.clone(), offer }
        });
        named.chain([Conflict::SharedLimit(limit)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fixture::{colocation, site, unsigned, world},
        offer::Commit,
    };

    fn two_sites() -> Vec<Site> {
        let mut first = site(vec![unsigned("a", Commit::AfterSign), colocation("b")]);
        let mut second = site(vec![colocation("c")]);
        for offer in first.offers.iter_mut().chain(&mut second.offers) {
            offer.tenant = Some(0);
            offer.delivery.capex_usd_per_critical_mw = 6e6;
        }
        second.id = "second".to_owned();
        vec![first, second]
    }

    fn portfolio(cap_gross_mw: f64, capital: Vec<(usize, f64)>) -> Portfolio {
        let tenant = Tenant { id: "t".to_owned(), cap: TenantCap::GrossMw(cap_gross_mw) };
        Portfolio { sites: two_sites(), tenants: vec![tenant], capital }
    }

    #[test]
    fn without_a_limit_in_the_way_each_site_is_on_its_own() {
        let world = world(150);
        let all = decide(&portfolio(1e4, Vec::new()), &world).unwrap();
        assert_eq!((all.status, all.gap_frac, all.capital_shadow), (Status::Proven, 0.0, 0.0));
        let alone: f64 = two_sites()
            .iter()
            .map(|site| crate::decision::decide_site(site, &world).unwrap().npv_usd)
            .sum();
        assert_eq!(all.npv_usd, alone);
        assert!(all.sites.iter().all(|s| s.capex_usd > 0.0), "leasing wins here");
    }

    #[test]
    fn a_budget_binds_and_the_bound_stays_above() {
        let world = world(150);
        let free = decide(&portfolio(1e4, Vec::new()), &world).unwrap();
        let mut last = f64::INFINITY;
        for budget in [2e9, 1e9, 0.5e9, 0.0] {
            let tight = decide(&portfolio(1e4, vec![(0, budget)]), &world).unwrap();
            assert!(tight.bound_usd >= tight.npv_usd - 1.0);
            assert!(tight.npv_usd <= free.npv_usd + 1.0);
            assert!(tight.bound_usd <= last + 1.0, "less money is never worth more");
            assert!(tight.capital_used_usd <= budget + 1e-3);
            last = tight.bound_usd;
        }
    }

    #[test]
    fn money_that_comes_late_cannot_be_spent_early() {
        let world = world(150);
        let late = decide(&portfolio(1e4, vec![(0, 1e6), (200, 1e12)]), &world).unwrap();
        assert_eq!(late.capital_used_usd, 0.0);
        assert_eq!(late.status, Status::Bounded);
    }

    #[test]
    fn a_tenant_takes_no_more_than_its_cap() {
        let world = world(150);
        let capped = decide(&portfolio(100.0, Vec::new()), &world).unwrap();
        let sites = two_sites();
        let taken: f64 = capped
            .sites
            .iter()
            .zip(&sites)
            .flat_map(|(decision, site)| {
                decision.choice.picks.iter().map(|p| site.offers[p.offer].gross_mw(p.critical_mw))
            })
            .sum();
        assert!(taken > 0.0 && taken <= 100.0 + 1e-9);
    }

    #[test]
    fn what_must_be_had_and_cannot_is_named() {
        let world = world(150);
        let mut demanding = portfolio(1e4, Vec::new());
        demanding.sites[1].offers[0].must = true;
        demanding.sites[1].approved_gross_mw = 10.0;
        let Err(Error::Infeasible(conflicts)) = decide(&demanding, &world) else {
            panic!("10 MW cannot hold 70");
        };
        let named: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        assert_eq!(named, ["site.second.offer.c.must", "site.second.approved_gross_mw"]);
    }

    #[test]
    fn only_the_demands_that_clash_are_named() {
        let world = world(150);
        let mut demanding = portfolio(80.0, Vec::new());
        demanding.sites[0].offers[1].must = true;
        demanding.sites[1].offers[0].must = true;
        // A third one, of a tenant without a cap in the way.
        let mut third = site(vec![colocation("d")]);
        third.id = "third".to_owned();
        third.offers[0].must = true;
        demanding.sites.push(third);
        let Err(Error::Infeasible(conflicts)) = decide(&demanding, &world) else {
            panic!("one tenant cannot take 70 MW twice within 80");
        };
        let named: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        assert_eq!(
            named,
            ["site.cedar-fork.offer.b.must", "site.second.offer.c.must", "tenant_mw"]
        );
    }

    #[test]
    fn a_demand_waits_for_money_that_comes_later() {
        let world = world(150);
        let mut waiting = portfolio(1e4, vec![(0, 1e6), (9, 1e12)]);
        waiting.sites[1].offers[0].must = true;
        let decision = decide(&waiting, &world).unwrap();
        // Quarter 3 begins with month 9.
        assert_eq!(decision.sites[1].choice.picks[0].quarter, Some(3));
    }
}
