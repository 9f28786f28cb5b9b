//! A plan held while the world changes: the same courses of events, valued anew.

use programme::separable::{Found, Plan};
use units::{Code, Violation};

use crate::{
    Error,
    choice::{Outcome, Worth},
    decision::{SiteDecision, SiteStudy},
    portfolio::{PROVEN_GAP_FRAC, Portfolio, PortfolioDecision, Shared, Status, ledgers},
    site::Site,
    verify,
    world::World,
};

/// Sums of probabilities that are 1 but for rounding.
const CERTAIN: f64 = 1e-9;

/// What a decision is worth in another world, or with other terms of the same sites and offers.
///
/// Every site keeps its choice and does in every outcome what it would have done: courses are not
/// chosen again, not even after a signature has failed. How likely the outcomes are comes from
/// `portfolio`, and so does everything that is paid. What the rule of a mining policy buys is bought
/// by that rule in the new world.
///
/// [`bound_usd`](PortfolioDecision::bound_usd) is that of choosing again, so that the gap says what
/// holding costs at most.
///
/// # Errors
/// [`Error::Invalid`] if sites, offers or signing windows are not those of the decision;
/// [`Error::Infeasible`] if a course no longer fits, or no plan does; as
/// [`decide`](crate::decide()).
pub fn hold(
    portfolio: &Portfolio,
    world: &World,
    held: &PortfolioDecision,
) -> Result<PortfolioDecision, Error> {
    same_sites(portfolio, held)?;
    let ledgers = ledgers(portfolio, world);
    let shared = Shared::new(portfolio, world, &ledgers)?;
    let solved = shared.solve()?;
    let again = shared.decision(&solved)?;
    let studies = shared.studies.iter().zip(&held.sites);
    let sites =
        studies.map(|(study, of)| revalued(study, of)).collect::<Result<Vec<_>, Error>>()?;

    let plans: Vec<Plan<usize>> = sites
        .iter()
        .enumerate()
        .map(|(index, site)| {
            let ledger = shared.studies[index].chooser.ledger;
            let usage = portfolio.usage(&shared.limits, index, ledger, &site.choice);
            // The option is not looked up any more: only value and usage count from here.
            Plan { choice: 0, value: site.npv_usd, usage }
        })
        .collect();
    let raising = held.raised_usd.iter().zip(&portfolio.funding);
    let raising_usd: f64 = raising.map(|(usd, of)| usd * of.cost_usd_per_usd).sum();
    let npv_usd = plans.iter().map(|plan| plan.value).sum::<f64>() - raising_usd;
    let used = shared.separable.usage(&plans);
    let bound_usd = again.bound_usd.max(npv_usd);
    let found = Found {
        plans,
        bought: held.raised_usd.clone(),
        value: npv_usd,
        bound: bound_usd,
        ..solved.found
    };
    let gap_frac = found.gap_frac();
    let status = match verify::holds(portfolio, world, &sites, &found) {
        false => Status::NotVerified,
        true if gap_frac <= PROVEN_GAP_FRAC => Status::Proven,
        true => Status::Bounded,
    };
    let mut limits = again.limits;
    for (limit, used) in limits.iter_mut().zip(used) {
        limit.used = used;
    }
    Ok(PortfolioDecision {
        npv_usd,
        bound_usd,
        gap_frac,
        status,
        limits,
        raised_usd: held.raised_usd.clone(),
        capital_used_usd: sites.iter().fold(0.0, |sum, s| sum + s.capex_usd),
        sites,
        ..again
    })
}

/// Whether the portfolio has what the decision speaks of.
fn same_sites(portfolio: &Portfolio, held: &PortfolioDecision) -> Result<(), Error> {
    let other = |path: String, allowed: &str| {
        Err(Error::Invalid(vec![Violation::new(Code::UnknownReference, path).allowed(allowed)]))
    };
    if portfolio.sites.len() != held.sites.len() {
        return other("site".to_owned(), "a plan that is held keeps its sites");
    }
    if portfolio.funding.len() != held.raised_usd.len() {
        return other("funding".to_owned(), "a plan that is held keeps its sources of capital");
    }
    for (site, decided) in portfolio.sites.iter().zip(&held.sites) {
        let offers = decided.outcomes.iter().flat_map(|o| &o.course.commitments).map(|c| c.offer);
        if offers
            .chain(decided.choice.picks.iter().map(|p| p.offer))
            .any(|o| o >= site.offers.len())
        {
            let path = format!("site.{}.offer", site.id);
            return other(path, "a plan that is held keeps its offers");
        }
        if !site.policies.contains(&decided.choice.policy) {
            let path = format!("site.{}.mining_policies", site.id);
            return other(path, "a plan that is held keeps its way of mining");
        }
    }
    Ok(())
}

/// A site's decision with the values of now.
fn revalued(study: &SiteStudy<'_>, held: &SiteDecision) -> Result<SiteDecision, Error> {
    let ledger = study.chooser.ledger;
    let site = ledger.site;
    let likely = study.chooser.probabilities(&held.choice);
    let mut outcomes = Vec::with_capacity(held.outcomes.len());
    let mut worth = Worth { npv_usd: 0.0, npv_if_signed_usd: None };
    let (mut certain, mut signed) = (0.0, (0.0, 0.0));
    for old in &held.outcomes {
        let way = likely.iter().find(|(signatures, _)| *signatures == old.signatures);
        let probability_frac = way.map_or(0.0, |(_, probability)| *probability);
        let unfit = |blocked: crate::course::Blocked| blocked.at(site);
        let value = ledger.npv_usd(&old.course).map_err(unfit)?;
        let leaving = ledger.departures(&old.course).map_err(unfit)?;
        let left: f64 = leaving.iter().flatten().map(|(_, mw)| mw).sum();
        certain += probability_frac;
        worth.npv_usd += probability_frac * value;
        if old.signatures.iter().all(|(_, quarter)| quarter.is_some()) {
            signed.0 += probability_frac * value;
            signed.1 += probability_frac;
        }
        outcomes.push(Outcome {
            probability_frac,
            mining_gross_mw: (site.machines_gross_mw() - left).max(0.0),
            ..old.clone()
        });
    }
    if (certain - 1.0).abs() > CERTAIN {
        return Err(Error::Invalid(vec![unknown_outcomes(site, held)]));
    }
    let waits = outcomes.iter().any(|o| !o.signatures.is_empty());
    worth.npv_if_signed_usd = (waits && signed.1 > 0.0).then(|| signed.0 / signed.1);
    study.decided(held.choice.clone(), worth, outcomes)
}

fn unknown_outcomes(site: &Site, held: &SiteDecision) -> Violation {
    let waits = held.choice.picks.iter().find(|pick| site.offers[pick.offer].signing.is_some());
    let offer = waits.or(held.choice.picks.first()).map_or("", |p| &site.offers[p.offer].id);
    Violation::new(Code::UnknownReference, format!("site.{}.offer.{offer}.signing", site.id))
        .allowed("a plan that is held keeps the ways in which its signatures may turn out")
        .hint("the window, or a probability of 0 or 1, adds or takes away outcomes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decide_plans,
        fixture::{colocation, site, unsigned, world},
        offer::{Commit, Deal},
    };

    fn portfolio() -> Portfolio {
        let sites = vec![site(vec![unsigned("a", Commit::AfterSign), colocation("b")])];
        Portfolio { sites, ..Portfolio::default() }
    }

    fn rent(portfolio: &Portfolio, factor: f64) -> Portfolio {
        let mut other = portfolio.clone();
        for offer in &mut other.sites[0].offers {
            if let Deal::Colocation(lease) = &mut offer.deal {
                lease.rent_first_usd_per_kw_month *= factor;
            }
        }
        other
    }

    #[test]
    fn a_plan_held_in_its_own_world_is_itself() {
        let (world, portfolio) = (world(150), portfolio());
        let decision = decide_plans(&portfolio, &world).unwrap();
        assert_eq!(hold(&portfolio, &world, &decision).unwrap(), decision);
    }

    /// What was best stays put, is worth no more than choosing again, and the flows still add up.
    #[test]
    fn holding_is_never_worth_more_than_choosing_again() {
        let (world, portfolio) = (world(150), portfolio());
        let decision = decide_plans(&portfolio, &world).unwrap();
        let mut costs = 0;
        for factor in [0.3, 0.8, 1.1, 2.0] {
            let other = rent(&portfolio, factor);
            let held = hold(&other, &world, &decision).unwrap();
            let again = decide_plans(&other, &world).unwrap();
            assert_eq!(held.sites[0].choice, decision.sites[0].choice);
            assert!(held.npv_usd <= again.npv_usd + 1e-9 * again.npv_usd.abs());
            assert_eq!(held.bound_usd, again.bound_usd);
            assert_ne!(held.status, Status::NotVerified);
            costs += u32::from(held.gap_frac > 0.01);
        }
        assert!(costs > 0, "no rent made another plan better");
    }

    #[test]
    fn other_outcomes_are_refused() {
        // Rent enough that the offer is taken.
        let (world, mut portfolio) = (world(150), rent(&portfolio(), 2.0));
        portfolio.sites[0].offers.truncate(1);
        let decision = decide_plans(&portfolio, &world).unwrap();
        assert!(decision.sites[0].outcomes.len() > 1, "nothing waits for a signature");
        let mut other = portfolio.clone();
        if let Some(signing) = &mut other.sites[0].offers[0].signing {
            signing.window_months += 3;
        }
        assert!(matches!(hold(&other, &world, &decision), Err(Error::Invalid(v)) if v.len() == 1));
        let mut fewer = portfolio;
        fewer.sites[0].offers.clear();
        assert!(matches!(hold(&fewer, &world, &decision), Err(Error::Invalid(_))));
    }
}
