//! Sites that share a budget, tenants, regions and crews.

use std::fmt::Write as _;

use programme::separable::{Found, Limit, Menu, Plan, Purchase, ROOM, Separable, Tries};

use crate::{
    Error,
    choice::Choice,
    decision::{SiteDecision, SiteOption, SiteStudy},
    error::Conflict,
    ledger::Ledger,
    limits::{Room, SharedLimit},
    site::Site,
    switching::{Lever, Search, Switching},
    verify,
    watch::Watch,
    world::World,
};

/// Sites with what they share.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Portfolio {
    /// The sites, in file order.
    pub sites: Vec<Site>,
    /// The tenants that offers name by index.
    pub tenants: Vec<Tenant>,
    /// Capital that becomes available at the start of a plan month, USD; months rising. Without
    /// an entry capital is unlimited.
    pub capital: Vec<(usize, f64)>,
    /// Capital that may be raised beside it, each dollar at its own cost.
    pub funding: Vec<Funding>,
    /// Regions whose offers are limited together.
    pub regions: Vec<Region>,
    /// Most gross MW under construction at once, from a plan month on; months rising. Before the
    /// first entry, and without one, there is no limit.
    pub crews: Vec<(usize, f64)>,
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
    pub(crate) const fn mw(self) -> f64 {
        match self {
            Self::GrossMw(mw) | Self::CriticalMw(mw) => mw,
        }
    }
}

/// Sites whose offers are limited together.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Id by which the plan file names it.
    pub id: String,
    /// Most gross MW of all offers taken.
    pub cap_gross_mw: f64,
    /// Its sites, by index.
    pub sites: Vec<usize>,
}

/// Capital that may be raised in a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Funding {
    /// Its source.
    pub name: String,
    /// Plan month at whose start it comes in.
    pub month: usize,
    /// What a dollar costs the owners, in USD of today's value.
    pub cost_usd_per_usd: f64,
    /// Most that can be raised, USD.
    pub most_usd: f64,
}

/// How sure it is that no better plan exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No plan is worth more, up to the tolerance.
    Proven,
    /// A better plan may exist, by no more than the gap.
    Bounded,
    /// The plan did not pass the checks that follow the search.
    NotVerified,
}

/// What is shared, how much of it the plan takes, and what more of it would bring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LimitUse {
    /// The limit.
    pub limit: SharedLimit,
    /// What the plan takes, in the limit's unit.
    pub used: f64,
    /// What one more unit would bring if plans could be mixed, USD.
    pub price_usd: f64,
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
    /// Value of all sites less what raising capital costs, USD.
    pub npv_usd: f64,
    /// No plan is worth more than this, USD.
    pub bound_usd: f64,
    /// `(bound - value) / |bound|`.
    pub gap_frac: f64,
    /// How sure it is.
    pub status: Status,
    /// The limits that sites share.
    pub limits: Vec<LimitUse>,
    /// What is raised, in the order of [`Portfolio::funding`], USD.
    pub raised_usd: Vec<f64>,
    /// What one more dollar of capital from the first day would add, USD, if plans could be mixed.
    pub capital_shadow: f64,
    /// Capital reserved by the plan, USD.
    pub capital_used_usd: f64,
}

/// Gap up to which a decision counts as the best: rounding.
pub const PROVEN_GAP_FRAC: f64 = 1e-9;

/// Decides for all sites.
///
/// Sites without a shared limit in the way take their own best plan. Otherwise every site chooses
/// among its whole plans, each worth what the monthly engine says, under the limits that they share:
/// capital by date, tenants, regions, crews. Prices of the limits give the bound, an enumeration that
/// prunes by it closes the gap where it can.
///
/// # Errors
/// [`Error::Infeasible`] if something demanded cannot be had, [`Error::TooManyPlans`] if a site
/// has more plans than are enumerated.
pub fn decide(portfolio: &Portfolio, world: &World) -> Result<PortfolioDecision, Error> {
    decide_watched(portfolio, world, &Watch::default())
}

/// [`decide`] under the eyes of somebody who may not want to wait for the end.
///
/// # Errors
/// As [`decide`], and [`Error::Cancelled`].
pub fn decide_watched(
    portfolio: &Portfolio,
    world: &World,
    watch: &Watch,
) -> Result<PortfolioDecision, Error> {
    watch.expect(1);
    let ledgers = ledgers(portfolio, world);
    let shared = Shared::new(portfolio, world, &ledgers)?;
    let solved = shared.solve()?;
    let mut decision = shared.decision(&solved)?;
    watch.step()?;
    let searches: Vec<Search<'_>> = shared
        .studies
        .iter()
        .enumerate()
        .map(|(index, study)| Search {
            portfolio,
            index,
            world,
            offers: study.chooser.offers().to_vec(),
            decision: &decision.sites[index].choice,
            room: shared.room(&solved, index),
        })
        .collect();
    let jobs: Vec<(usize, Lever)> = searches
        .iter()
        .enumerate()
        .flat_map(|(i, search)| {
            Lever::ALL.into_iter().filter(|l| search.applies(*l)).map(move |l| (i, l))
        })
        .collect();
    watch.expect(jobs.len() + ledgers.len());
    let found = map(&jobs, |(i, lever)| {
        let found = searches[*i].switching(*lever)?;
        watch.step()?;
        Ok::<_, Error>(found)
    });
    let mut switching = vec![Vec::new(); decision.sites.len()];
    for ((i, _), one) in jobs.iter().zip(found) {
        switching[*i].push(one?);
    }
    decision.switching = switching;
    // Studies stay on this thread; what they found is all that the others need.
    let best = |study: &SiteStudy<'_>| study.options[study.best()].worth.npv_usd;
    let best_usd: Vec<f64> = shared.studies.iter().map(best).collect();
    let most_capital_usd = shared.most_capital_usd;
    let sites: Vec<usize> = (0..ledgers.len()).collect();
    decision.one_more_mw_usd = map(&sites, |site| {
        watch.step()?;
        one_more_mw_usd(&ledgers[*site], best_usd[*site], most_capital_usd)
    })
    .into_iter()
    .collect::<Result<Vec<_>, _>>()?;
    Ok(decision)
}

/// [`decide`] without switching values and the value of one more MW, which take most of its time.
///
/// # Errors
/// As [`decide`].
pub fn decide_plans(portfolio: &Portfolio, world: &World) -> Result<PortfolioDecision, Error> {
    let ledgers = ledgers(portfolio, world);
    let shared = Shared::new(portfolio, world, &ledgers)?;
    let solved = shared.solve()?;
    shared.decision(&solved)
}

/// The programme of a portfolio for a solver outside: one column a whole plan of a site, worth what
/// the monthly engine says, in M$; MPS, free format, to be maximised.
///
/// # Errors
/// As [`decide`].
pub fn mps(portfolio: &Portfolio, world: &World) -> Result<String, Error> {
    let ledgers = ledgers(portfolio, world);
    let shared = Shared::new(portfolio, world, &ledgers)?;
    let name = |site: usize, option: &usize| {
        let of = &portfolio.sites[site];
        let choice = &shared.option(site, *option).choice;
        let mut name = format!("{}: {}", of.id, choice.policy.as_str());
        for pick in &choice.picks {
            let when = pick.quarter.map_or("when signed".to_owned(), |q| format!("in quarter {q}"));
            let id = &of.offers[pick.offer].id;
            let _ = write!(name, " + {id} {} MW {when}", pick.critical_mw);
        }
        if let Some(exit) = choice.exit {
            let _ = write!(name, ", {} in quarter {}", exit.to.as_str(), exit.quarter);
        }
        name
    };
    let programme = shared.separable.programme(1e6, name);
    let mut text = String::new();
    programme::mps::write(&programme, &mut text).map_err(|_| programme::Error::Malformed {
        what: "the text of the programme".to_owned(),
    })?;
    Ok(text)
}

pub(crate) fn ledgers<'a>(portfolio: &'a Portfolio, world: &'a World) -> Vec<Ledger<'a>> {
    map(&portfolio.sites, |site| Ledger::new(site, world))
}

/// What one more approved and energised MW adds to a site's own best plan, USD.
fn one_more_mw_usd(
    ledger: &Ledger<'_>,
    best_usd: f64,
    most_capital_usd: f64,
) -> Result<f64, Error> {
    let larger = ledger.site.with_power_from(0, 1.0);
    let ledger = ledger.with_other_power(&larger);
    let study = SiteStudy::new(&ledger, most_capital_usd)?;
    Ok(study.options[study.best()].worth.npv_usd - best_usd)
}

/// Maps in parallel where the feature allows; results stand in order either way.
pub(crate) fn map<'a, T: Sync, R: Send>(
    items: &'a [T],
    f: impl Fn(&'a T) -> R + Sync + Send,
) -> Vec<R> {
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

/// The plans of all sites together with the limits that they share.
pub(crate) struct Shared<'a> {
    pub(crate) portfolio: &'a Portfolio,
    pub(crate) world: &'a World,
    pub(crate) studies: Vec<SiteStudy<'a>>,
    pub(crate) limits: Vec<SharedLimit>,
    /// All capital that there may ever be, USD.
    pub(crate) most_capital_usd: f64,
    /// Every site's plans with what they take of the limits; those that another plan of the site
    /// beats on all counts are left out.
    pub(crate) separable: Separable<Menu<usize>>,
}

/// One option a site, and how good that is.
#[derive(Clone, Debug)]
pub(crate) struct Solved {
    /// Index into each study's options.
    pub(crate) chosen: Vec<usize>,
    pub(crate) found: Found<usize>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(
        portfolio: &'a Portfolio,
        world: &'a World,
        ledgers: &'a [Ledger<'a>],
    ) -> Result<Self, Error> {
        let most_capital_usd = if portfolio.capital.is_empty() {
            f64::INFINITY
        } else {
            let own = portfolio.capital.iter().map(|(_, usd)| usd);
            own.chain(portfolio.funding.iter().map(|f| &f.most_usd)).sum()
        };
        let studies: Vec<SiteStudy<'_>> =
            map(ledgers, |ledger| SiteStudy::new(ledger, most_capital_usd))
                .into_iter()
                .collect::<Result<_, _>>()?;
        let limits = portfolio.limits(world);
        let purchases = portfolio
            .funding
            .iter()
            .map(|funding| Purchase {
                name: funding.name.clone(),
                cost: funding.cost_usd_per_usd,
                upper: funding.most_usd,
                gives: limits
                    .iter()
                    .enumerate()
                    .filter(|(_, limit)| limit.kind.counts_from(funding.month))
                    .map(|(k, _)| (k, 1.0))
                    .collect(),
            })
            .collect();
        let separable = Separable {
            parts: Vec::new(),
            limits: limits
                .iter()
                .map(|limit| Limit { name: limit.kind.path(portfolio, world), upper: limit.upper })
                .collect(),
            purchases,
        };
        let mut shared = Self { portfolio, world, studies, limits, most_capital_usd, separable };
        let menus = shared
            .studies
            .iter()
            .enumerate()
            .map(|(site, study)| shared.menu(site, study.chooser.ledger, study));
        shared.separable.parts = menus.collect();
        Ok(shared)
    }

    /// The plans of a site, studied in some ledger, with what they take of the limits; those that
    /// another one beats on all counts are left out.
    pub(crate) fn menu(
        &self,
        site: usize,
        ledger: &Ledger<'_>,
        study: &SiteStudy<'_>,
    ) -> Menu<usize> {
        self.menu_of(site, ledger, study, |_| true)
    }

    /// [`menu`](Self::menu) of the choices that `admit` lets in.
    pub(crate) fn menu_of(
        &self,
        site: usize,
        ledger: &Ledger<'_>,
        study: &SiteStudy<'_>,
        admit: impl Fn(&Choice) -> bool,
    ) -> Menu<usize> {
        let options = study.options.iter().enumerate();
        let plans =
            options.filter(|(_, option)| admit(&option.choice)).map(|(choice, option)| Plan {
                choice,
                value: option.worth.npv_usd,
                usage: self.portfolio.usage(&self.limits, site, ledger, &option.choice),
            });
        Menu(undominated(plans.collect()))
    }

    pub(crate) fn option(&self, site: usize, option: usize) -> &SiteOption {
        &self.studies[site].options[option]
    }

    /// The best plans of all sites.
    ///
    /// # Errors
    /// [`Error::Infeasible`] if no plans keep to the limits.
    pub(crate) fn solve(&self) -> Result<Solved, Error> {
        // Sites on their own first: they know how to decide ties.
        let chosen: Vec<usize> = self.studies.iter().map(SiteStudy::best).collect();
        let plans: Vec<Plan<usize>> = chosen
            .iter()
            .enumerate()
            .map(|(site, option)| {
                let SiteOption { choice, worth, .. } = self.option(site, *option);
                let ledger = self.studies[site].chooser.ledger;
                let usage = self.portfolio.usage(&self.limits, site, ledger, choice);
                Plan { choice: *option, value: worth.npv_usd, usage }
            })
            .collect();
        let used = self.separable.usage(&plans);
        if used.iter().zip(&self.limits).all(|(used, limit)| *used <= within(limit.upper)) {
            let value = plans.iter().map(|plan| plan.value).sum();
            let found = Found {
                plans,
                bought: vec![0.0; self.portfolio.funding.len()],
                value,
                bound: value,
                price_bound: value,
                prices: vec![0.0; self.limits.len()],
                rounds: 0,
                nodes: Some(0),
            };
            return Ok(Solved { chosen, found });
        }
        let tries = Tries { gap_frac: PROVEN_GAP_FRAC, ..Tries::default() };
        match self.separable.solve(&tries)? {
            Some(found) => {
                let chosen = found.plans.iter().map(|plan| plan.choice).collect();
                Ok(Solved { chosen, found })
            }
            None => Err(Error::Infeasible(self.conflict()?)),
        }
    }

    /// The decision for every site, checked.
    pub(crate) fn decision(&self, solved: &Solved) -> Result<PortfolioDecision, Error> {
        let sites = self
            .studies
            .iter()
            .zip(&solved.chosen)
            .map(|(study, option)| study.decide(*option))
            .collect::<Result<Vec<_>, _>>()?;
        let found = &solved.found;
        let verified = verify::holds(self.portfolio, self.world, &sites, found);
        let status = match verified {
            false => Status::NotVerified,
            true if found.gap_frac() <= PROVEN_GAP_FRAC => Status::Proven,
            true => Status::Bounded,
        };
        let used = self.separable.usage(&found.plans);
        let limits: Vec<LimitUse> = self
            .limits
            .iter()
            .zip(used)
            .zip(&found.prices)
            .map(|((limit, used), price)| LimitUse { limit: *limit, used, price_usd: *price })
            .collect();
        let capital = limits.iter().filter(|l| l.limit.kind.is_capital());
        Ok(PortfolioDecision {
            switching: Vec::new(),
            one_more_mw_usd: Vec::new(),
            npv_usd: found.value,
            bound_usd: found.bound,
            gap_frac: found.gap_frac(),
            status,
            raised_usd: found.bought.clone(),
            capital_shadow: capital.fold(0.0, |sum, l| sum + l.price_usd),
            capital_used_usd: sites.iter().fold(0.0, |sum, s| sum + s.capex_usd),
            limits,
            sites,
        })
    }

    /// What the other sites leave to one of them.
    pub(crate) fn room(&self, solved: &Solved, site: usize) -> Room {
        let found = &solved.found;
        let others = found.plans.iter().enumerate().filter(|(other, _)| *other != site);
        let used = self.separable.usage(others.map(|(_, plan)| plan));
        let mut left: Vec<f64> =
            self.limits.iter().zip(used).map(|(limit, used)| limit.upper - used).collect();
        for (bought, purchase) in found.bought.iter().zip(&self.separable.purchases) {
            for (limit, amount) in &purchase.gives {
                left[*limit] += amount * bought;
            }
        }
        // Where nothing is in the way of the best plans, nothing is in the way of their rivals.
        if found.rounds == 0 {
            left.fill(f64::INFINITY);
        }
        Room { limits: self.limits.clone(), left }
    }

    /// The smallest set of demanded offers and shared limits that cannot all be had: one after
    /// another is dropped for good if the rest still does not fit.
    fn conflict(&self) -> Result<Vec<Conflict>, Error> {
        let mut musts: Vec<(usize, usize)> = Vec::new();
        for (site, of) in self.portfolio.sites.iter().enumerate() {
            let demanded = of.offers.iter().enumerate().filter(|(_, offer)| offer.must);
            musts.extend(demanded.map(|(offer, _)| (site, offer)));
        }
        let mut kept: Vec<usize> = (0..self.limits.len()).collect();
        let mut i = 0;
        while i < musts.len() {
            let mut fewer = musts.clone();
            fewer.remove(i);
            if self.can_be_had(&fewer, &kept)? {
                i += 1;
            } else {
                musts = fewer;
            }
        }
        let mut i = 0;
        while i < kept.len() {
            let mut fewer = kept.clone();
            fewer.remove(i);
            if self.can_be_had(&musts, &fewer)? {
                i += 1;
            } else {
                kept = fewer;
            }
        }
        let named = musts.iter().map(|(site, offer)| {
            let site = &self.portfolio.sites[*site];
            Conflict::MustOffer { site: site.id.clone(), offer: site.offers[*offer].id.clone() }
        });
        let limits = kept.iter().map(|k| {
            let path = self.limits[*k].kind.path(self.portfolio, self.world);
            Conflict::SharedLimit { path, upper: self.limits[*k].upper }
        });
        Ok(named.chain(limits).collect())
    }

    /// Whether some of the demands fit under some of the limits, whatever that is worth.
    fn can_be_had(&self, musts: &[(usize, usize)], kept: &[usize]) -> Result<bool, Error> {
        let mut sites = self.portfolio.sites.clone();
        for (index, site) in sites.iter_mut().enumerate() {
            for (offer, of) in site.offers.iter_mut().enumerate() {
                of.must &= musts.contains(&(index, offer));
            }
        }
        let portfolio = Portfolio { sites, ..self.portfolio.clone() };
        let ledgers = ledgers(&portfolio, self.world);
        let shared = Shared::new(&portfolio, self.world, &ledgers)?;
        // Only the room is asked about: all plans are worth the same, and take of nothing else.
        let parts = shared.separable.parts.iter().map(|menu| {
            let plans = menu.0.iter().map(|plan| Plan {
                value: 0.0,
                usage: plan.usage.iter().copied().filter(|(k, _)| kept.contains(k)).collect(),
                ..plan.clone()
            });
            Menu(undominated(plans.collect()))
        });
        let (limits, purchases) = (shared.separable.limits.clone(), &shared.separable.purchases);
        let separable = Separable { parts: parts.collect(), limits, purchases: purchases.clone() };
        Ok(separable.solve(&Tries { gap_frac: 1.0, ..Tries::default() })?.is_some())
    }
}

/// A limit with room for the rounding of sums.
fn within(upper: f64) -> f64 {
    upper + ROOM * (1.0 + upper.abs())
}

/// Leaves out plans that another one beats: worth no less and taking no more of anything. Of equal
/// plans the first stays.
pub(crate) fn undominated(plans: Vec<Plan<usize>>) -> Vec<Plan<usize>> {
    let beats = |a: &Plan<usize>, b: &Plan<usize>| {
        a.value >= b.value
            && a.usage.iter().all(|(limit, amount)| {
                let other = b.usage.iter().find(|(of, _)| of == limit);
                *amount <= other.map_or(0.0, |(_, amount)| *amount)
            })
    };
    // The most valuable first: only those that come earlier can beat a plan.
    let mut order: Vec<usize> = (0..plans.len()).collect();
    order.sort_by(|a, b| plans[*b].value.total_cmp(&plans[*a].value).then(a.cmp(b)));
    let mut kept: Vec<usize> = Vec::new();
    for next in order {
        if !kept.iter().any(|earlier| beats(&plans[*earlier], &plans[next])) {
            kept.push(next);
        }
    }
    kept.sort_unstable();
    let mut plans: Vec<Option<Plan<usize>>> = plans.into_iter().map(Some).collect();
    kept.into_iter().filter_map(|index| plans[index].take()).collect()
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
        Portfolio { sites: two_sites(), tenants: vec![tenant], capital, ..Portfolio::default() }
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
        assert_eq!(late.status, Status::Proven);
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

    /// The best of all combinations of the sites' options, month by month within every limit.
    fn best_of_all(portfolio: &Portfolio, world: &World) -> f64 {
        let ledgers = ledgers(portfolio, world);
        let shared = Shared::new(portfolio, world, &ledgers).unwrap();
        let sizes: Vec<usize> = shared.studies.iter().map(|s| s.options.len()).collect();
        let mut best = f64::NEG_INFINITY;
        for mut n in 0..sizes.iter().product() {
            let chosen: Vec<usize> = sizes
                .iter()
                .map(|size| {
                    let option = n % size;
                    n /= size;
                    option
                })
                .collect();
            let value: f64 =
                (0..sizes.len()).map(|site| shared.option(site, chosen[site]).worth.npv_usd).sum();
            if value > best && keeps_all_limits(&shared, &chosen) {
                best = value;
            }
        }
        best
    }

    fn keeps_all_limits(shared: &Shared<'_>, chosen: &[usize]) -> bool {
        let portfolio = shared.portfolio;
        let months = shared.world.months();
        let mut spent = vec![0.0; months];
        let mut building = vec![0.0; months];
        let mut tenant_mw = 0.0;
        for (site, option) in chosen.iter().enumerate() {
            let ledger = shared.studies[site].chooser.ledger;
            let choice = &shared.option(site, *option).choice;
            for commitment in crate::choice::earliest_commitments(choice) {
                let offer = &ledger.site.offers[commitment.offer];
                let hall = ledger.hall(&commitment).unwrap();
                let gross_mw = offer.gross_mw(commitment.critical_mw);
                tenant_mw += gross_mw;
                let (commit, in_service) = ledger.site.dates(&commitment);
                for month in 0..months {
                    spent[month] += commitment.critical_mw * hall.cumulative_capex_usd[month];
                    if (commit..in_service).contains(&month) {
                        building[month] += gross_mw;
                    }
                }
            }
        }
        let available = |month: usize| -> f64 {
            let so_far = portfolio.capital.iter().filter(|(from, _)| *from <= month);
            so_far.map(|(_, usd)| usd).sum()
        };
        let crew = |month: usize| {
            let in_force = portfolio.crews.iter().rev().find(|(from, _)| *from <= month);
            in_force.map_or(f64::INFINITY, |(_, mw)| *mw)
        };
        tenant_mw <= portfolio.tenants[0].cap.mw() + 1e-6
            && (0..months).all(|m| building[m] <= crew(m) + 1e-6)
            && (portfolio.capital.is_empty()
                || (0..months).all(|m| spent[m] <= available(m) + 1e-2))
    }

    #[test]
    fn no_combination_is_better() {
        let world = world(150);
        let mut bound_cases = 0;
        for (cap, capital, crews) in [
            (1e4, vec![(0, 1.0e9)], vec![]),
            (1e4, vec![(0, 0.45e9), (6, 0.3e9)], vec![]),
            (1e4, vec![(3, 0.7e9), (9, 0.1e9)], vec![]),
            (180.0, vec![], vec![]),
            (250.0, vec![(0, 1.3e9)], vec![(0, 150.0)]),
            (1e4, vec![], vec![(0, 100.0), (9, 190.0)]),
        ] {
            let mut portfolio = Portfolio { crews, ..portfolio(cap, capital) };
            // No two plans are worth the same.
            portfolio.sites[1].offers[0].delivery.capex_usd_per_critical_mw *= 1.01;
            let found = decide_plans(&portfolio, &world).unwrap();
            let best = best_of_all(&portfolio, &world);
            assert!((found.npv_usd - best).abs() <= 1e-9 * best.abs(), "{} {best}", found.npv_usd);
            assert_eq!(found.status, Status::Proven);
            bound_cases += usize::from(found.limits.iter().any(|l| l.price_usd > 0.0));
            // The order of the sites does not matter.
            let mut turned = portfolio.clone();
            turned.sites.reverse();
            let again = decide_plans(&turned, &world).unwrap();
            assert!((again.npv_usd - found.npv_usd).abs() <= 1e-9 * best.abs());
            for (site, turned) in found.sites.iter().zip(again.sites.iter().rev()) {
                assert_eq!(site.choice, turned.choice);
            }
        }
        assert!(bound_cases >= 5, "limits have to cut: {bound_cases}");
    }

    #[test]
    fn capital_can_be_raised_at_its_cost() {
        let world = world(150);
        let tight = portfolio(1e4, vec![(0, 0.4e9)]);
        let without = decide_plans(&tight, &world).unwrap();
        let raise = |cost_usd_per_usd| {
            let funding =
                vec![Funding { name: "atm".to_owned(), month: 0, cost_usd_per_usd, most_usd: 5e9 }];
            decide_plans(&Portfolio { funding, ..tight.clone() }, &world).unwrap()
        };
        let free = raise(0.0);
        let unlimited = decide_plans(&portfolio(1e4, Vec::new()), &world).unwrap();
        assert!((free.npv_usd - unlimited.npv_usd).abs() < 1e-6 * unlimited.npv_usd.abs());
        let cheap = raise(0.05);
        assert!(cheap.npv_usd > without.npv_usd && cheap.npv_usd < free.npv_usd);
        assert!(cheap.raised_usd[0] > 0.0);
        assert_eq!(cheap.status, Status::Proven);
        // Dearer than anything it could pay for.
        let dear = raise(5.0);
        assert!((dear.npv_usd - without.npv_usd).abs() < 1e-9 * without.npv_usd.abs());
        assert_eq!(dear.raised_usd, [0.0]);
    }

    #[test]
    fn a_region_carries_no_more_than_its_cap() {
        let world = world(150);
        let region = |cap_gross_mw, sites| {
            let regions = vec![Region { id: "west".to_owned(), cap_gross_mw, sites }];
            decide_plans(&Portfolio { regions, ..portfolio(1e4, Vec::new()) }, &world).unwrap()
        };
        let free = region(1e4, vec![0, 1]);
        let capped = region(100.0, vec![0, 1]);
        assert!(capped.npv_usd < free.npv_usd);
        assert!(capped.limits.iter().all(|l| l.used <= l.limit.upper + 1e-9));
        // A site outside is not held back.
        let other = region(100.0, vec![0]);
        assert!(other.npv_usd > capped.npv_usd && other.npv_usd < free.npv_usd);
        assert_eq!(other.sites[1].choice, free.sites[1].choice);
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
            [
                "site.cedar-fork.offer.b.must",
                "site.second.offer.c.must",
                "tenant.t.cap_gross_mw = 80"
            ]
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
