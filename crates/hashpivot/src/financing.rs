//! With whose money a plan is built: the funding of a decision, and the decision that its owners would
//! take for their own sake.

use compare::financing::{FundedPlan, FundingObjective, ProjectFlows, choose_funding};
use compare::{PROVEN_GAP_FRAC, Portfolio, PortfolioDecision, Status, World, decide, decide_plans};

use crate::error::Error;
use crate::input::financing::FinancingTerms;
use crate::result::FinancingResult;

/// Shares of the capital that the best plan of the project uses, under which other plans are looked
/// for: less capital, less to raise.
const CAPITAL_FRACS: [f64; 4] = [0.0, 0.25, 0.5, 0.75];

/// The funding of a decision. Where the objective is that of the owners, plans that use less capital
/// are funded as well, and the one that is best for them is taken.
///
/// # Errors
/// As [`decide`].
pub(crate) fn financed(
    terms: &FinancingTerms,
    portfolio: &Portfolio,
    world: &World,
    best: PortfolioDecision,
) -> Result<(PortfolioDecision, FinancingResult), Error> {
    let bound_usd = best.bound_usd;
    let plan = funded(terms, portfolio, world, &best);
    let mut taken = (best, plan);
    let mut compared = 1;
    if terms.objective != FundingObjective::ProjectNpv {
        let mut tried = vec![choices(&taken.0)];
        let used_usd = taken.0.capital_used_usd;
        for frac in CAPITAL_FRACS {
            let tight = with_capital(portfolio, frac, used_usd);
            let Ok(other) = decide_plans(&tight, world) else { continue };
            let choices = choices(&other);
            if tried.contains(&choices) {
                continue;
            }
            tried.push(choices);
            compared += 1;
            let plan = funded(terms, portfolio, world, &other);
            if better(&plan, &taken.1) {
                // Switching values are of the plan that is taken, within the capital that it uses.
                let decision = decide(&tight, world)?;
                taken = (as_seen_from(decision, portfolio, world, bound_usd), plan);
            }
        }
    }
    let (decision, plan) = taken;
    let date = |month: usize| format!("{}-01", world.calendar(month));
    let mut result = FinancingResult::new(terms, &plan, date);
    result.plans_compared = compared;
    Ok((decision, result))
}

/// The funding of a decision that stays as it is.
pub(crate) fn as_decided(
    terms: &FinancingTerms,
    portfolio: &Portfolio,
    world: &World,
    decision: &PortfolioDecision,
) -> FinancingResult {
    let plan = funded(terms, portfolio, world, decision);
    FinancingResult::new(terms, &plan, |month| format!("{}-01", world.calendar(month)))
}

/// The funding of a decision's flows, all signatures coming as early as they can.
fn funded(
    terms: &FinancingTerms,
    portfolio: &Portfolio,
    world: &World,
    decision: &PortfolioDecision,
) -> FundedPlan {
    let months = world.months();
    let sites = &decision.sites;
    let flows = ProjectFlows::of_sites(sites.iter().map(|site| &site.flows_if_signed), months);
    // A hall that a lender expects after the horizon brings him nothing: the plan's own flows are
    // all that he can look at then.
    let expected: Vec<_> = portfolio
        .sites
        .iter()
        .zip(sites)
        .map(|(site, decided)| {
            let course = &decided.outcomes[0].course;
            let lender = terms.lender_case.flows(site, world, course);
            lender.unwrap_or_else(|_| decided.flows_if_signed.clone())
        })
        .collect();
    let lender = ProjectFlows::of_sites(&expected, months);
    choose_funding(&terms.financing, &flows, Some(&lender), terms.objective)
}

/// What all sites do.
fn choices(decision: &PortfolioDecision) -> Vec<compare::Choice> {
    decision.sites.iter().map(|site| site.choice.clone()).collect()
}

/// The portfolio with a share of the capital that a plan uses.
fn with_capital(portfolio: &Portfolio, frac: f64, used_usd: f64) -> Portfolio {
    let capital = if portfolio.capital.is_empty() {
        vec![(0, frac * used_usd)]
    } else {
        let total: f64 = portfolio.capital.iter().map(|(_, usd)| usd).sum();
        let share = if total > 0.0 { (frac * used_usd / total).min(1.0) } else { 0.0 };
        portfolio.capital.iter().map(|(month, usd)| (*month, share * usd)).collect()
    };
    Portfolio { capital, ..portfolio.clone() }
}

/// Whether owners prefer a plan: one that can be paid for first, then the one worth more to them.
fn better(new: &FundedPlan, old: &FundedPlan) -> bool {
    let worth = |plan: &FundedPlan| {
        let summary = &plan.statement.summary;
        match plan.objective {
            FundingObjective::EquityNpvPerShare => {
                summary.value_usd_per_share.unwrap_or(f64::NEG_INFINITY)
            }
            _ => summary.equity_npv_usd,
        }
    };
    match (new.statement.feasible(), old.statement.feasible()) {
        (true, false) => true,
        (false, true) => false,
        _ => worth(new) > worth(old) + PROVEN_GAP_FRAC * worth(old).abs(),
    }
}

/// A decision under less capital, with the limits and the bound of the whole plan.
fn as_seen_from(
    mut decision: PortfolioDecision,
    portfolio: &Portfolio,
    world: &World,
    bound_usd: f64,
) -> PortfolioDecision {
    let limits = portfolio.limits(world);
    decision.limits = limits
        .into_iter()
        .map(|limit| {
            let seen = decision.limits.iter().find(|seen| seen.limit.kind == limit.kind);
            let used = seen.map_or(0.0, |seen| seen.used);
            compare::LimitUse { limit, used, price_usd: 0.0 }
        })
        .collect();
    decision.capital_shadow = 0.0;
    decision.bound_usd = bound_usd;
    decision.gap_frac = (bound_usd - decision.npv_usd) / bound_usd.abs();
    if decision.status == Status::Proven && decision.gap_frac > PROVEN_GAP_FRAC {
        decision.status = Status::Bounded;
    }
    decision
}
