//! Whole plans for parts that do not list theirs: fix what the mix has settled on, find new prices for
//! the rest within what is left, and so on; then decide a few parts anew at a time.

use super::master::{self, Priced};
use super::repair::Whole;
use super::{Limit, Part, Plan, Separable, Tries};
use crate::Error;

/// Weight of a plan that the mix has settled on.
const WHOLE: f64 = 0.999;
/// One of so many parts is decided at once where the mix has settled on none.
const AT_ONCE: usize = 4;
/// Rounds of new prices for the parts that are left.
const ROUNDS: usize = 8;
/// Parts that are decided anew together.
const TOGETHER: usize = 8;

impl<P: Part> Part for &P {
    type Choice = P::Choice;

    fn best(&self, prices: &[f64]) -> Plan<Self::Choice> {
        (**self).best(prices)
    }

    fn bound(&self, prices: &[f64]) -> f64 {
        (**self).bound(prices)
    }

    fn within(&self, room: &[f64], prices: &[f64]) -> Option<Plan<Self::Choice>> {
        (**self).within(room, prices)
    }

    fn menu(&self) -> Option<&[Plan<Self::Choice>]> {
        (**self).menu()
    }
}

/// Better whole plans than those known, if some are found. Only where nothing is bought.
pub(super) fn improve<P: Part>(
    separable: &Separable<P>,
    priced: &Priced<P::Choice>,
    best: &mut Option<Whole<P::Choice>>,
    tries: &Tries,
) -> Result<(), Error> {
    if !separable.purchases.is_empty() {
        return Ok(());
    }
    let all: Vec<usize> = (0..separable.parts.len()).collect();
    let uppers: Vec<f64> = separable.limits.iter().map(|limit| limit.upper).collect();
    if let Some(plans) = dive(separable, &all, &uppers, Some(priced))? {
        take(separable, best, plans);
    }
    let enough = |best: &Option<Whole<P::Choice>>| {
        best.as_ref()
            .is_none_or(|(_, _, value)| priced.bound - value <= tries.gap_frac * priced.bound.abs())
    };
    let parts = separable.parts.len();
    let together = TOGETHER.min(parts);
    for n in 0..tries.neighbourhoods {
        let Some((plans, ..)) = best.as_ref().filter(|_| !enough(best)) else { break };
        // Another handful each time, spread over all parts.
        let stride = 1 + n % (parts / together).max(1);
        let mut some: Vec<usize> =
            (0..together).map(|i| (n * together + i * stride) % parts).collect();
        some.sort_unstable();
        some.dedup();
        let mut room = uppers.clone();
        for (part, plan) in plans.iter().enumerate() {
            if some.binary_search(&part).is_err() {
                for (limit, amount) in &plan.usage {
                    room[*limit] -= amount;
                }
            }
        }
        if let Some(anew) = dive(separable, &some, &room, None)? {
            let mut plans = plans.clone();
            for (part, plan) in some.iter().zip(anew) {
                plans[*part] = plan;
            }
            take(separable, best, plans);
        }
    }
    Ok(())
}

/// Keeps plans if they are worth more and fit.
fn take<P: Part>(
    separable: &Separable<P>,
    best: &mut Option<Whole<P::Choice>>,
    plans: Vec<Plan<P::Choice>>,
) {
    let value: f64 = plans.iter().map(|plan| plan.value).sum();
    let better = best.as_ref().is_none_or(|(_, _, known)| value > *known);
    if better && let Some(bought) = separable.fit(&plans) {
        *best = Some((plans, bought, value));
    }
}

/// Whole plans of some parts within a room; `None` if the way there ends.
fn dive<P: Part>(
    separable: &Separable<P>,
    some: &[usize],
    room: &[f64],
    first: Option<&Priced<P::Choice>>,
) -> Result<Option<Vec<Plan<P::Choice>>>, Error> {
    let mut room = room.to_vec();
    let mut left: Vec<usize> = some.to_vec();
    let mut fixed: Vec<(usize, Plan<P::Choice>)> = Vec::with_capacity(some.len());
    let mut fresh;
    let mut priced = first;
    let tries = Tries { rounds: ROUNDS, ..Tries::default() };
    let mut known = None;
    while !left.is_empty() {
        let now = if let Some(first) = priced.take() {
            first
        } else {
            let limits = separable
                .limits
                .iter()
                .zip(&room)
                .map(|(limit, room)| Limit { upper: *room, ..limit.clone() });
            let parts = left.iter().map(|part| &separable.parts[*part]).collect();
            let rest = Separable { parts, limits: limits.collect(), purchases: Vec::new() };
            fresh = master::prices(&rest, &tries, known.take())?;
            &fresh
        };
        let heaviest: Vec<_> = now
            .pools
            .iter()
            .map(|pool| pool.iter().reduce(|a, b| if b.1 > a.1 { b } else { a }))
            .collect();
        let mut settled: Vec<usize> = (0..left.len())
            .filter(|i| heaviest[*i].is_some_and(|(_, weight)| *weight >= WHOLE))
            .collect();
        if settled.is_empty() {
            // Those nearest to a decision; they decide within what is left if their plans do not
            // fit.
            let weight = |i: usize| heaviest[i].map_or(0.0, |(_, weight)| *weight);
            let mut nearest: Vec<usize> = (0..left.len()).collect();
            nearest.sort_by(|a, b| weight(*b).total_cmp(&weight(*a)));
            nearest.truncate((left.len() / AT_ONCE).max(1));
            settled = nearest;
        }
        let mut decided = Vec::with_capacity(settled.len());
        for i in settled {
            let plan = heaviest[i].map(|(plan, _)| plan.clone());
            let plan = match plan.filter(|plan| plan.fits(&room)) {
                Some(plan) => plan,
                None => match separable.parts[left[i]].within(&room, &now.prices) {
                    Some(plan) => plan,
                    None => return Ok(None),
                },
            };
            for (limit, amount) in &plan.usage {
                room[*limit] -= amount;
            }
            decided.push(left[i]);
            fixed.push((left[i], plan));
        }
        let stays = |part: &usize| !decided.contains(part);
        let pools = left.iter().zip(&now.pools).filter(|(part, _)| stays(part));
        known = Some((pools.map(|(_, pool)| pool.clone()).collect(), now.prices.clone()));
        left.retain(stays);
    }
    fixed.sort_by_key(|(part, _)| *part);
    Ok(Some(fixed.into_iter().map(|(_, plan)| plan).collect()))
}
