//! All plans of all parts, part by part, leaving out whatever the Lagrangian bound shows to be no
//! better than the best known.

use super::master::Priced;
use super::repair::Whole;
use super::{Part, Plan, ROOM, Separable, Tries};

/// A plan that may be part of something better.
struct Candidate {
    plan: usize,
    reduced: f64,
}

struct Walk<'a, P: Part> {
    separable: &'a Separable<P>,
    menus: Vec<&'a [Plan<P::Choice>]>,
    /// Parts in the order in which they are decided.
    order: Vec<usize>,
    /// By place in that order: plans that may help, the best at the prices first.
    candidates: Vec<Vec<Candidate>>,
    /// By place: most that it and all later ones make at the prices.
    rest: Vec<f64>,
    /// By place and limit: least that it and all later ones take.
    least: Vec<Vec<f64>>,
    /// What the limits themselves are worth at the prices, with purchases.
    base: f64,
    best: Option<(Vec<usize>, Vec<f64>, f64)>,
    slack: f64,
    left: usize,
}

/// Looks through all plans; the nodes it took, or `None` if there were too many or a part does not
/// list its plans. `best` is replaced by what is better.
pub(super) fn improve<P: Part>(
    separable: &Separable<P>,
    priced: &Priced<P::Choice>,
    best: &mut Option<Whole<P::Choice>>,
    tries: &Tries,
) -> Option<usize> {
    let menus: Vec<&[Plan<P::Choice>]> =
        separable.parts.iter().map(Part::menu).collect::<Option<_>>()?;
    let prices = &priced.prices;
    let value = best.as_ref().map_or(f64::NEG_INFINITY, |(_, _, value)| *value);
    // What may be lost to rounding: differences below it are no improvement.
    let stake = priced.bound.abs().max(if value.is_finite() { value.abs() } else { 0.0 });
    let slack = tries.gap_frac * stake;
    let tops: Vec<f64> = menus
        .iter()
        .map(|menu| menu.iter().map(|p| p.reduced(prices)).fold(f64::NEG_INFINITY, f64::max))
        .collect();
    let base = priced.bound - tops.iter().sum::<f64>();
    // A plan that stays further below the part's best than the whole gap is in nothing better.
    let gap = priced.bound - value;
    let mut by_part: Vec<(usize, Vec<Candidate>)> = menus
        .iter()
        .enumerate()
        .map(|(part, menu)| {
            let mut list: Vec<Candidate> = menu
                .iter()
                .enumerate()
                .map(|(plan, p)| Candidate { plan, reduced: p.reduced(prices) })
                .filter(|c| tops[part] - c.reduced <= gap)
                .collect();
            list.sort_by(|a, b| b.reduced.total_cmp(&a.reduced));
            (part, list)
        })
        .collect();
    // Parts with much to choose first: what they leave decides the others.
    by_part.sort_by_key(|(part, list)| (std::cmp::Reverse(list.len()), *part));
    let order: Vec<usize> = by_part.iter().map(|(part, _)| *part).collect();
    let candidates: Vec<Vec<Candidate>> = by_part.into_iter().map(|(_, list)| list).collect();
    let limits = separable.limits.len();
    let mut rest = vec![0.0; order.len() + 1];
    let mut least = vec![vec![0.0; limits]; order.len() + 1];
    for place in (0..order.len()).rev() {
        rest[place] = rest[place + 1] + tops[order[place]];
        let (now, later) = least.split_at_mut(place + 1);
        for (k, (least, later)) in now[place].iter_mut().zip(&later[0]).enumerate() {
            let taken = |c: &Candidate| {
                let usage = &menus[order[place]][c.plan].usage;
                usage.iter().find(|(of, _)| *of == k).map_or(0.0, |(_, amount)| *amount)
            };
            let smallest = candidates[place].iter().map(taken).fold(f64::INFINITY, f64::min);
            *least = later + smallest;
        }
    }
    let mut walk = Walk {
        separable,
        menus,
        order,
        candidates,
        rest,
        least,
        base,
        best: None,
        slack,
        left: tries.nodes,
    };
    let mut chosen = Vec::with_capacity(walk.order.len());
    let ended = walk.from(0, 0.0, &mut vec![0.0; limits], &mut chosen, value);
    if let Some((chosen, bought, value)) = walk.best.take() {
        let mut plans: Vec<Option<Plan<P::Choice>>> = vec![None; walk.order.len()];
        for (place, plan) in chosen.iter().enumerate() {
            plans[walk.order[place]] = Some(walk.menus[walk.order[place]][*plan].clone());
        }
        *best = Some((plans.into_iter().flatten().collect(), bought, value));
    }
    ended.then(|| tries.nodes - walk.left)
}

impl<P: Part> Walk<'_, P> {
    /// Decides the parts from a place on; whether all that could be better was seen.
    fn from(
        &mut self,
        place: usize,
        reduced: f64,
        usage: &mut Vec<f64>,
        chosen: &mut Vec<usize>,
        known: f64,
    ) -> bool {
        let known = self.best.as_ref().map_or(known, |(_, _, value)| value.max(known));
        if place == self.order.len() {
            if let Some((bought, cost)) = self.separable.cover(usage) {
                let values = chosen
                    .iter()
                    .enumerate()
                    .map(|(at, plan)| self.menus[self.order[at]][*plan].value);
                let value = values.sum::<f64>() - cost;
                if value > known {
                    self.best = Some((chosen.clone(), bought, value));
                }
            }
            return true;
        }
        for i in 0..self.candidates[place].len() {
            let Candidate { plan, reduced: of_plan } = self.candidates[place][i];
            let known = self.best.as_ref().map_or(known, |(_, _, value)| value.max(known));
            // Those that follow are worth no more.
            if self.base + reduced + of_plan + self.rest[place + 1] <= known + self.slack {
                break;
            }
            if self.left == 0 {
                return false;
            }
            self.left -= 1;
            let taken = self.menus[self.order[place]][plan].usage.clone();
            for (limit, amount) in &taken {
                usage[*limit] += amount;
            }
            let can = self.can_fit(usage, place + 1);
            chosen.push(plan);
            let ended = !can || self.from(place + 1, reduced + of_plan, usage, chosen, known);
            chosen.pop();
            for (limit, amount) in &taken {
                usage[*limit] -= amount;
            }
            if !ended {
                return false;
            }
        }
        true
    }

    /// Whether the least that the others take still fits, where nothing can be bought.
    fn can_fit(&self, usage: &[f64], place: usize) -> bool {
        !self.separable.purchases.is_empty()
            || usage.iter().zip(&self.least[place]).zip(&self.separable.limits).all(
                |((usage, least), limit)| {
                    usage + least <= limit.upper + ROOM * (1.0 + limit.upper.abs())
                },
            )
    }
}
