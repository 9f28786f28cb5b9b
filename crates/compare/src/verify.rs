//! The last look at a decision: everything is added up once more from the months of its cash flows,
//! without anything that the search has used.

use programme::separable::Found;

use crate::{
    decision::SiteDecision,
    offer::Use,
    portfolio::{Portfolio, TenantCap},
    world::World,
};

/// Relative difference between objective and monthly cash flows that is rounding.
const SAME_FRAC: f64 = 1e-9;

/// Whether the decision is worth what the search says, and keeps to every limit.
pub(crate) fn holds(
    portfolio: &Portfolio,
    world: &World,
    sites: &[SiteDecision],
    found: &Found<usize>,
) -> bool {
    worth_agrees(portfolio, world, sites, found)
        && found.value <= found.bound * (1.0 + SAME_FRAC * found.bound.signum())
        && capital_lasts(portfolio, world, sites, found)
        && tenants_and_regions_hold(portfolio, sites)
        && crews_suffice(portfolio, world, sites)
}

fn worth_agrees(
    portfolio: &Portfolio,
    world: &World,
    sites: &[SiteDecision],
    found: &Found<usize>,
) -> bool {
    let mut usd = 0.0;
    let mut stake_usd = 0.0;
    for site in sites {
        for flow in &site.flows.uses {
            let npv_usd = flow.npv_usd(world);
            usd += npv_usd;
            stake_usd += npv_usd.abs();
        }
    }
    for (raised, funding) in found.bought.iter().zip(&portfolio.funding) {
        usd -= raised * funding.cost_usd_per_usd;
        stake_usd += (raised * funding.cost_usd_per_usd).abs();
    }
    (usd - found.value).abs() <= SAME_FRAC * stake_usd
}

/// Capital month by month: what halls have cost so far, if everything is signed as early as can be,
/// against what has come in.
fn capital_lasts(
    portfolio: &Portfolio,
    world: &World,
    sites: &[SiteDecision],
    found: &Found<usize>,
) -> bool {
    if portfolio.capital.is_empty() {
        return true;
    }
    let mut spent = 0.0;
    (0..world.months()).all(|month| {
        for site in sites {
            let halls = site.flows_if_signed.uses.iter().filter(|flow| flow.offer.is_some());
            spent -= halls.map(|flow| flow.capex_usd[month]).sum::<f64>();
        }
        let own = portfolio.capital.iter().filter(|(from, _)| *from <= month);
        let raised = portfolio.funding.iter().zip(&found.bought);
        let available = own.map(|(_, usd)| usd).sum::<f64>()
            + raised.filter(|(f, _)| f.month <= month).map(|(_, usd)| usd).sum::<f64>();
        spent <= available + SAME_FRAC * (1.0 + available)
    })
}

fn tenants_and_regions_hold(portfolio: &Portfolio, sites: &[SiteDecision]) -> bool {
    let taken = |counts: &dyn Fn(usize, usize) -> bool, in_gross: bool| -> f64 {
        let mut mw = 0.0;
        for (index, (site, decision)) in portfolio.sites.iter().zip(sites).enumerate() {
            for pick in &decision.choice.picks {
                if counts(index, pick.offer) {
                    let offer = &site.offers[pick.offer];
                    mw +=
                        if in_gross { offer.gross_mw(pick.critical_mw) } else { pick.critical_mw };
                }
            }
        }
        mw
    };
    let tenants_hold = portfolio.tenants.iter().enumerate().all(|(tenant, of)| {
        let is_theirs =
            |site: usize, offer: usize| portfolio.sites[site].offers[offer].tenant == Some(tenant);
        match of.cap {
            TenantCap::GrossMw(mw) => taken(&is_theirs, true) <= mw * (1.0 + SAME_FRAC) + SAME_FRAC,
            TenantCap::CriticalMw(mw) => {
                taken(&is_theirs, false) <= mw * (1.0 + SAME_FRAC) + SAME_FRAC
            }
        }
    });
    tenants_hold
        && portfolio.regions.iter().all(|region| {
            let is_there = |site: usize, _: usize| region.sites.contains(&site);
            taken(&is_there, true) <= region.cap_gross_mw * (1.0 + SAME_FRAC) + SAME_FRAC
        })
}

/// MW under construction month by month.
fn crews_suffice(portfolio: &Portfolio, world: &World, sites: &[SiteDecision]) -> bool {
    (0..world.months()).all(|month| {
        let in_force = portfolio.crews.iter().rev().find(|(from, _)| *from <= month);
        let Some((_, most)) = in_force else { return true };
        let mut building = 0.0;
        for (site, decision) in portfolio.sites.iter().zip(sites) {
            // The first outcome has all signatures, as early as they can be.
            for commitment in &decision.outcomes[0].course.commitments {
                let offer = &site.offers[commitment.offer];
                let commit = 3 * commitment.quarter;
                let builds = commit..commit + offer.delivery.months_to_deliver;
                let in_use = offer.deal.use_of_mw() != Use::Mining;
                if in_use && builds.contains(&month) {
                    building += offer.gross_mw(commitment.critical_mw);
                }
            }
        }
        building <= most * (1.0 + SAME_FRAC) + SAME_FRAC
    })
}
