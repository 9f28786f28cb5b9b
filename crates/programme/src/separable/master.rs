//! Prices of the limits, by generating columns: a linear programme over the plans known so far gives
//! prices, the parts answer with the plans that are best at these, until no new one pays.

use super::{Part, Plan, Separable, Tries};
use crate::backend::{Backend as _, Clarabel, Effort, Outcome};
use crate::{Column, Error, Programme, Row};

/// Plans of a part that were seen, with their weight in the last mix.
pub(super) type Pool<C> = Vec<(Plan<C>, f64)>;

/// Where generating columns has ended.
pub(super) struct Priced<C> {
    /// Prices of the limits with the least bound seen.
    pub(super) prices: Vec<f64>,
    /// The bound at these.
    pub(super) bound: f64,
    /// Plans seen, by part, with their weight in the last linear programme.
    pub(super) pools: Vec<Pool<C>>,
    pub(super) rounds: usize,
    /// Whether even mixtures of plans take more than there is.
    pub(super) short: bool,
}

/// Plans of a part that are kept at most.
const MOST_KEPT: usize = 24;
/// How much of the new prices goes into the ones that are asked about.
const STEP_FRAC: f64 = 0.6;
/// Share of a limit that is missing for sure.
const SHORT: f64 = 1e-6;
/// Gap between linear programme and bound that ends the search.
const CLOSED_FRAC: f64 = 1e-9;

/// Plans that are known, by part, and prices to begin with.
pub(super) type Known<C> = (Vec<Pool<C>>, Vec<f64>);

pub(super) fn prices<P: Part>(
    separable: &Separable<P>,
    tries: &Tries,
    known: Option<Known<P::Choice>>,
) -> Result<Priced<P::Choice>, Error> {
    let limits = separable.limits.len();
    let (mut pools, first) = known.unwrap_or_else(|| {
        let zero = vec![0.0; limits];
        let free = separable.each_best(&zero);
        (free.into_iter().map(|plan| vec![(plan, 0.0)]).collect(), zero)
    });
    // Prices at which nobody takes anything that can be left.
    let dear = dear(separable, &pools);
    add(&mut pools, separable.each_best(&dear));
    let mut best = (separable.bound_at(&first), first);
    let mut rounds = 0;
    while rounds < tries.rounds {
        rounds += 1;
        let (value, prices, _) = solve(separable, &mut pools, &dear)?;
        let asked: Vec<f64> = if rounds == 1 {
            prices.clone()
        } else {
            let mix = best.1.iter().zip(&prices);
            mix.map(|(old, new)| old + STEP_FRAC * (new - old)).collect()
        };
        let mut news = 0;
        for at in [&asked, &prices] {
            let bound = separable.bound_at(at);
            if bound < best.0 {
                best = (bound, at.clone());
            }
            news += add(&mut pools, separable.each_best(at));
            // The mixed prices answer for both, as long as they find something.
            if news > 0 {
                break;
            }
        }
        if news == 0 || best.0 - value <= CLOSED_FRAC * value.abs() {
            break;
        }
    }
    let (_, _, short) = solve(separable, &mut pools, &dear)?;
    Ok(Priced { prices: best.1, bound: best.0, pools, rounds, short })
}

/// Prices that outweigh whatever a unit of a limit may bring.
fn dear<P: Part>(separable: &Separable<P>, pools: &[Pool<P::Choice>]) -> Vec<f64> {
    let most: f64 = pools.iter().flatten().map(|(plan, _)| plan.value.abs()).fold(1.0, f64::max);
    let mut least_used = vec![f64::INFINITY; separable.limits.len()];
    for (plan, _) in pools.iter().flatten() {
        for &(limit, amount) in plan.usage.iter().filter(|(_, amount)| *amount > 0.0) {
            least_used[limit] = least_used[limit].min(amount);
        }
    }
    // A limit that nobody takes from needs no price that outweighs anything.
    least_used.iter().map(|used| if used.is_finite() { 1e3 * most / used } else { 0.0 }).collect()
}

/// Adds plans that are not there yet; how many.
fn add<C: Clone + PartialEq>(pools: &mut [Pool<C>], plans: Vec<Plan<C>>) -> usize {
    let mut news = 0;
    for (pool, plan) in pools.iter_mut().zip(plans) {
        if pool.iter().all(|(known, _)| known.choice != plan.choice) {
            pool.push((plan, 0.0));
            news += 1;
        }
    }
    news
}

/// The best mix of the plans known, the prices of the limits in it, and whether limits had to be
/// overdrawn. Sets the weights, and lets go of plans that are far from paying where there are many.
fn solve<P: Part>(
    separable: &Separable<P>,
    pools: &mut [Pool<P::Choice>],
    dear: &[f64],
) -> Result<(f64, Vec<f64>, bool), Error> {
    // One unit for money and one for each limit: interior points like numbers near 1.
    let most = pools.iter().flatten().map(|(plan, _)| plan.value.abs()).fold(0.0, f64::max);
    let scale = if most > 0.0 { most } else { 1.0 };
    let unit = |limit: usize| separable.limits[limit].upper.abs().max(1.0);
    let mut programme = Programme::new("plans");
    let mut rows: Vec<Row> = separable
        .limits
        .iter()
        .enumerate()
        .map(|(k, limit)| Row::at_most("", limit.upper / unit(k), Vec::new()))
        .collect();
    for (k, dear) in dear.iter().enumerate() {
        // What is missing can be had at a price that nobody wants to pay.
        let column = Column::continuous("", -dear * unit(k) / scale, 0.0, f64::INFINITY);
        rows[k].entries.push((programme.column(column), -1.0));
    }
    for purchase in &separable.purchases {
        // Purchases are counted in shares of the most.
        let cost = -purchase.cost * purchase.upper / scale;
        let column = programme.column(Column::continuous("", cost, 0.0, 1.0));
        for &(limit, amount) in &purchase.gives {
            rows[limit].entries.push((column, -amount * purchase.upper / unit(limit)));
        }
    }
    let first = programme.columns.len();
    let mut choose = Vec::with_capacity(pools.len());
    for pool in pools.iter() {
        let mut entries = Vec::with_capacity(pool.len());
        for (plan, _) in pool {
            let column =
                programme.column(Column::continuous("", plan.value / scale, 0.0, f64::INFINITY));
            for &(limit, amount) in &plan.usage {
                rows[limit].entries.push((column, amount / unit(limit)));
            }
            entries.push((column, 1.0));
        }
        choose.push(Row::equal("", 1.0, entries));
    }
    programme.rows = rows;
    programme.rows.extend(choose);
    let outcome = Clarabel.solve(&programme, &Effort::default())?;
    let (Outcome::Solved(solution) | Outcome::Stopped(Some(solution))) = outcome else {
        return Err(Error::Backend {
            backend: "clarabel",
            said: "no prices for the shared limits".to_owned(),
        });
    };
    let duals = solution.row_duals.unwrap_or_default();
    let prices: Vec<f64> = (0..separable.limits.len())
        .map(|k| {
            let price = duals.get(k).copied().unwrap_or(0.0).max(0.0) * scale / unit(k);
            price.min(dear[k])
        })
        .collect();
    let mut column = first;
    for pool in pools.iter_mut() {
        for (_, weight) in pool.iter_mut() {
            *weight = solution.values[column];
            column += 1;
        }
        if pool.len() > MOST_KEPT {
            pool.sort_by(|(a, _), (b, _)| b.reduced(&prices).total_cmp(&a.reduced(&prices)));
            pool.truncate(MOST_KEPT / 2);
        }
    }
    let short = solution.values[..dear.len()].iter().any(|missing| *missing > SHORT);
    Ok((solution.objective * scale, prices, short))
}
