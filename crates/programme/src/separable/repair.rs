//! Whole plans from the mix that prices lead to: the heaviest plan of each part, then changes of one
//! part and of two parts at once until nothing fits that is worth more.

use super::master::Priced;
use super::{Part, Plan, ROOM, Separable};
use crate::backend::{Backend as _, Effort, Microlp, Outcome};
use crate::{Column, Programme, Row};

/// Plans of one part each, what is bought, and the value of all.
pub(super) type Whole<C> = (Vec<Plan<C>>, Vec<f64>, f64);

/// Changes that are tried in pairs, those first that lose least at the prices.
const MOST_PAIRED: usize = 1_500;

/// Weight of a plan that the mix has settled on.
const WHOLE: f64 = 0.999;

/// A change of one part.
struct Change {
    part: usize,
    plan: usize,
    /// What it adds to the objective.
    gain: f64,
    /// What it takes more of each limit.
    usage: Vec<(usize, f64)>,
    /// How far the plan stays below the part's best at the prices.
    loss: f64,
}

/// The plans that are chosen, by index into each part's candidates.
struct Search<'a, P: Part> {
    separable: &'a Separable<P>,
    candidates: Vec<&'a [Plan<P::Choice>]>,
    prices: &'a [f64],
    chosen: Vec<usize>,
    usage: Vec<f64>,
}

/// Whole plans that keep to the limits, if some are found.
pub(super) fn plan<P: Part>(
    separable: &Separable<P>,
    priced: &Priced<P::Choice>,
) -> Option<Whole<P::Choice>> {
    // Where a part lists its plans all of them may be taken, else those that were met.
    let met: Vec<Vec<Plan<P::Choice>>> = priced
        .pools
        .iter()
        .map(|pool| pool.iter().map(|(plan, _)| plan.clone()).collect())
        .collect();
    let candidates: Vec<&[Plan<P::Choice>]> =
        separable.parts.iter().zip(&met).map(|(part, met)| part.menu().unwrap_or(met)).collect();
    let heaviest = |pool: &[(Plan<P::Choice>, f64)], plans: &[Plan<P::Choice>]| {
        let (plan, _) = pool.iter().reduce(|a, b| if b.1 > a.1 { b } else { a })?;
        plans.iter().position(|p| p.choice == plan.choice)
    };
    let chosen: Vec<usize> = priced
        .pools
        .iter()
        .zip(&candidates)
        .map(|(pool, plans)| heaviest(pool, plans).unwrap_or(0))
        .collect();
    let mut search = Search {
        separable,
        usage: separable.usage(chosen.iter().zip(&candidates).map(|(i, plans)| &plans[*i])),
        candidates,
        prices: &priced.prices,
        chosen,
    };
    if !search.mend() {
        return None;
    }
    while search.improve_one() || search.improve_two() {}
    let mut plans: Vec<Plan<P::Choice>> =
        search.chosen.iter().zip(&search.candidates).map(|(i, plans)| plans[*i].clone()).collect();
    refine(separable, priced, &mut plans);
    let (bought, cost) = separable.cover(&separable.usage(&plans))?;
    let value = plans.iter().map(|plan| plan.value).sum::<f64>() - cost;
    Some((plans, bought, value))
}

/// Parts without a list may have plans between those that were met: each part that the prices left
/// undecided chooses anew within what the others leave, as long as that helps.
fn refine<P: Part>(
    separable: &Separable<P>,
    priced: &Priced<P::Choice>,
    plans: &mut [Plan<P::Choice>],
) {
    let mixed = |pool: &[(Plan<P::Choice>, f64)]| {
        pool.iter().map(|(_, weight)| *weight).fold(0.0, f64::max) < WHOLE
    };
    let parts: Vec<usize> = (0..plans.len())
        .filter(|part| separable.parts[*part].menu().is_none())
        .filter(|part| mixed(&priced.pools[*part]))
        .collect();
    let free = vec![0.0; separable.limits.len()];
    let mut helped = true;
    while helped {
        helped = false;
        for &part in &parts {
            let mut room: Vec<f64> = separable.limits.iter().map(|limit| limit.upper).collect();
            let others = plans.iter().enumerate().filter(|(other, _)| *other != part);
            for (_, plan) in others {
                for (limit, amount) in &plan.usage {
                    room[*limit] -= amount;
                }
            }
            let Some(plan) = separable.parts[part].within(&room, &free) else { continue };
            if plan.value > plans[part].value + 1e-9 * plans[part].value.abs() {
                plans[part] = plan;
                helped = true;
            }
        }
    }
}

impl<P: Part> Search<'_, P> {
    /// How far a usage is beyond the limits and what could be bought, each in shares of its limit.
    fn excess(&self, usage: &[f64]) -> f64 {
        let mut excess = 0.0;
        for (k, (usage, limit)) in usage.iter().zip(&self.separable.limits).enumerate() {
            let most = limit.upper + self.most_bought(k);
            let over = usage - most;
            if over > ROOM * (1.0 + most.abs()) {
                excess += over / (1.0 + most.abs());
            }
        }
        excess
    }

    /// The most that purchases could add to a limit.
    fn most_bought(&self, limit: usize) -> f64 {
        let gives = self.separable.purchases.iter().flat_map(|p| {
            p.gives.iter().filter(move |(of, _)| *of == limit).map(|(_, a)| a * p.upper)
        });
        gives.fold(0.0, |sum, amount| sum + amount)
    }

    fn after(&self, change: &[(usize, f64)]) -> Vec<f64> {
        let mut usage = self.usage.clone();
        for (limit, amount) in change {
            usage[*limit] += amount;
        }
        usage
    }

    fn take(&mut self, change: &Change) {
        self.chosen[change.part] = change.plan;
        // Summed afresh, so that roundings do not add up.
        self.usage = self
            .separable
            .usage(self.chosen.iter().zip(&self.candidates).map(|(i, plans)| &plans[*i]));
    }

    /// Every change of one part.
    fn changes(&self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (part, plans) in self.candidates.iter().enumerate() {
            let now = &plans[self.chosen[part]];
            let best =
                plans.iter().map(|p| p.reduced(self.prices)).fold(f64::NEG_INFINITY, f64::max);
            for (plan, other) in plans.iter().enumerate().filter(|(i, _)| *i != self.chosen[part]) {
                let mut usage = other.usage.clone();
                for (limit, amount) in &now.usage {
                    match usage.iter_mut().find(|(of, _)| of == limit) {
                        Some((_, more)) => *more -= amount,
                        None => usage.push((*limit, -amount)),
                    }
                }
                let loss = best - other.reduced(self.prices);
                changes.push(Change { part, plan, gain: other.value - now.value, usage, loss });
            }
        }
        changes
    }

    /// Changes parts until the limits hold: always the change that loses least for what it frees.
    fn mend(&mut self) -> bool {
        loop {
            let excess = self.excess(&self.usage);
            if excess == 0.0 {
                return true;
            }
            let mut best: Option<(f64, Change)> = None;
            for change in self.changes() {
                let freed = excess - self.excess(&self.after(&change.usage));
                if freed <= 1e-12 * excess {
                    continue;
                }
                let per_freed = (change.loss.max(0.0) + f64::MIN_POSITIVE) / freed;
                if best.as_ref().is_none_or(|(least, _)| per_freed < *least) {
                    best = Some((per_freed, change));
                }
            }
            let Some((_, change)) = best else { return false };
            self.take(&change);
        }
    }

    /// What a usage costs beside what is paid now; `None` if it cannot be had.
    fn cost_after(&self, usage: &[f64]) -> Option<f64> {
        self.separable.cover(usage).map(|(_, cost)| cost)
    }

    /// Takes the change of one part that adds most, if there is one.
    fn improve_one(&mut self) -> bool {
        let Some(paid) = self.cost_after(&self.usage) else { return false };
        let mut changes = self.changes();
        changes.retain(|change| change.gain > -paid);
        changes.sort_by(|a, b| b.gain.total_cmp(&a.gain));
        let mut best: Option<(f64, &Change)> = None;
        for change in &changes {
            // Nothing that comes later can be better: what is paid now is all that can be saved.
            if best.as_ref().is_some_and(|(gain, _)| change.gain + paid <= *gain) {
                break;
            }
            let after = self.after(&change.usage);
            if self.excess(&after) > 0.0 {
                continue;
            }
            let Some(cost) = self.cost_after(&after) else { continue };
            let gain = change.gain - (cost - paid);
            if gain > self.least_gain() && best.as_ref().is_none_or(|(most, _)| gain > *most) {
                best = Some((gain, change));
            }
        }
        let Some((_, change)) = best else { return false };
        let (part, plan) = (change.part, change.plan);
        self.take(&Change { part, plan, gain: 0.0, usage: Vec::new(), loss: 0.0 });
        true
    }

    /// Takes two changes at once: what one frees the other takes. Only where nothing is bought.
    fn improve_two(&mut self) -> bool {
        if !self.separable.purchases.is_empty() {
            return false;
        }
        let mut changes = self.changes();
        changes.sort_by(|a, b| a.loss.total_cmp(&b.loss));
        changes.truncate(MOST_PAIRED);
        let mut best: Option<(f64, usize, usize)> = None;
        for (i, up) in changes.iter().enumerate().filter(|(_, c)| c.gain > 0.0) {
            let with_up = self.after(&up.usage);
            for (j, down) in changes.iter().enumerate() {
                let gain = up.gain + down.gain;
                if down.part == up.part
                    || gain <= self.least_gain()
                    || best.is_some_and(|(most, ..)| gain <= most)
                {
                    continue;
                }
                let mut usage = with_up.clone();
                for (limit, amount) in &down.usage {
                    usage[*limit] += amount;
                }
                if self.excess(&usage) == 0.0 {
                    best = Some((gain, i, j));
                }
            }
        }
        let Some((_, i, j)) = best else { return false };
        self.take(&changes[i]);
        self.take(&changes[j]);
        true
    }

    /// Gains below this are rounding.
    fn least_gain(&self) -> f64 {
        let stake: f64 =
            self.chosen.iter().zip(&self.candidates).map(|(i, plans)| plans[*i].value.abs()).sum();
        1e-12 * stake
    }
}

/// The cheapest purchases that cover a usage, and their cost; `None` if none do.
pub(super) fn cheapest_cover<P: Part>(
    separable: &Separable<P>,
    usage: &[f64],
) -> Option<(Vec<f64>, f64)> {
    let mut programme = Programme::new("purchases");
    let mut rows: Vec<Row> = usage
        .iter()
        .zip(&separable.limits)
        .map(|(usage, limit)| {
            let unit = limit.upper.abs().max(1.0);
            Row::at_least("", (usage - limit.upper) / unit, Vec::new())
        })
        .collect();
    let most_cost =
        separable.purchases.iter().map(|p| (p.cost * p.upper).abs()).fold(1e-300, f64::max);
    for purchase in &separable.purchases {
        let objective = -purchase.cost * purchase.upper / most_cost;
        let column = programme.column(Column::continuous("", objective, 0.0, 1.0));
        for &(limit, amount) in &purchase.gives {
            let unit = separable.limits[limit].upper.abs().max(1.0);
            rows[limit].entries.push((column, amount * purchase.upper / unit));
        }
    }
    rows.retain(|row| row.lower > 0.0);
    programme.rows = rows;
    // Corners, not middles: a purchase that is not needed is exactly none.
    let Ok(Outcome::Solved(solution)) = Microlp.solve(&programme, &Effort::default()) else {
        return None;
    };
    let bought: Vec<f64> =
        solution.values.iter().zip(&separable.purchases).map(|(x, p)| x * p.upper).collect();
    let cost = bought.iter().zip(&separable.purchases).map(|(x, p)| x * p.cost).sum();
    Some((bought, cost))
}
