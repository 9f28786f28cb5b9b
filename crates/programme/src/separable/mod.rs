//! Programmes that fall apart but for a few shared limits: every part chooses one of its plans, and
//! all plans together keep to the limits.
//!
//! At a price for every limit each part decides alone. The sum of what the parts make then, with the
//! limits sold at these prices, is worth at least as much as the best that they can do together: the
//! Lagrangian bound, each part with its whole plans. Prices are found by generating columns; the plan
//! by rounding and repair; where all plans of all parts are listed, an enumeration that prunes by the
//! same bound closes the gap.

mod dive;
mod enumerate;
mod master;
mod repair;
#[cfg(test)]
mod tests;

use crate::interval::Interval;
use crate::{Column, Error, Programme, Row};

/// What a part may do.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan<C> {
    /// The part's own name for it.
    pub choice: C,
    /// What it adds to the objective.
    pub value: f64,
    /// What it takes of each limit: `(limit, amount)`, each limit at most once.
    pub usage: Vec<(usize, f64)>,
}

impl<C> Plan<C> {
    /// Value less usage at prices.
    pub fn reduced(&self, prices: &[f64]) -> f64 {
        self.usage.iter().fold(self.value, |sum, &(limit, amount)| sum - prices[limit] * amount)
    }

    /// Whether it takes no more of each limit than there is room.
    pub fn fits(&self, room: &[f64]) -> bool {
        self.usage
            .iter()
            .all(|&(limit, amount)| amount <= room[limit] + ROOM * (1.0 + room[limit].abs()))
    }

    /// A number that the reduced value is not above, whatever was rounded.
    fn reduced_upper(&self, prices: &[f64]) -> f64 {
        self.usage
            .iter()
            .fold(Interval::point(self.value), |sum, &(limit, amount)| {
                sum - Interval::point(prices[limit]) * Interval::point(amount)
            })
            .high
    }
}

/// Something that chooses one of its plans.
pub trait Part: Sync {
    /// The part's own name for a plan.
    type Choice: Clone + PartialEq + Send + Sync;

    /// The plan with the highest value less usage at prices, one a limit.
    fn best(&self, prices: &[f64]) -> Plan<Self::Choice>;

    /// A number that no plan's value less usage at prices is above, whatever was rounded.
    fn bound(&self, prices: &[f64]) -> f64;

    /// The plan with the highest value less usage at prices among those that take no more of each
    /// limit than there is room; `None` if none is found.
    fn within(&self, room: &[f64], prices: &[f64]) -> Option<Plan<Self::Choice>>;

    /// All plans, if they are listed.
    fn menu(&self) -> Option<&[Plan<Self::Choice>]> {
        None
    }
}

/// A part whose plans are listed; there is at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Menu<C>(pub Vec<Plan<C>>);

impl<C: Clone + PartialEq + Send + Sync> Part for Menu<C> {
    type Choice = C;

    fn best(&self, prices: &[f64]) -> Plan<C> {
        let mut best = (&self.0[0], self.0[0].reduced(prices));
        for plan in &self.0[1..] {
            let reduced = plan.reduced(prices);
            if reduced > best.1 {
                best = (plan, reduced);
            }
        }
        best.0.clone()
    }

    fn bound(&self, prices: &[f64]) -> f64 {
        self.0.iter().map(|plan| plan.reduced_upper(prices)).fold(f64::NEG_INFINITY, f64::max)
    }

    fn within(&self, room: &[f64], prices: &[f64]) -> Option<Plan<C>> {
        let mut best: Option<(&Plan<C>, f64)> = None;
        for plan in self.0.iter().filter(|plan| plan.fits(room)) {
            let reduced = plan.reduced(prices);
            if best.is_none_or(|(_, most)| reduced > most) {
                best = Some((plan, reduced));
            }
        }
        best.map(|(plan, _)| plan.clone())
    }

    fn menu(&self) -> Option<&[Plan<C>]> {
        Some(&self.0)
    }
}

/// A limit on the sum of what all plans take.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// Name by which people and files know it.
    pub name: String,
    /// The most that may be taken.
    pub upper: f64,
}

/// More room under limits, in any amount up to a most, at a cost: capital that is raised.
#[derive(Clone, Debug, PartialEq)]
pub struct Purchase {
    /// Name by which people and files know it.
    pub name: String,
    /// What a unit takes from the objective.
    pub cost: f64,
    /// The most units.
    pub upper: f64,
    /// What a unit gives: `(limit, amount)`.
    pub gives: Vec<(usize, f64)>,
}

/// Parts, the limits that they share, and what may be bought.
#[derive(Clone, Debug, PartialEq)]
pub struct Separable<P> {
    /// The parts.
    pub parts: Vec<P>,
    /// The limits.
    pub limits: Vec<Limit>,
    /// More room, at a cost.
    pub purchases: Vec<Purchase>,
}

/// How long to try.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tries {
    /// Gap, as a share of the bound, that is good enough.
    pub gap_frac: f64,
    /// Rounds of generating columns.
    pub rounds: usize,
    /// Nodes of the enumeration.
    pub nodes: usize,
    /// Handfuls of parts that are decided anew where parts do not list their plans.
    pub neighbourhoods: usize,
}

impl Default for Tries {
    fn default() -> Self {
        Self { gap_frac: 1e-9, rounds: 60, nodes: 2_000_000, neighbourhoods: 40 }
    }
}

/// One plan a part.
#[derive(Clone, Debug, PartialEq)]
pub struct Found<C> {
    /// The plans, in the order of the parts.
    pub plans: Vec<Plan<C>>,
    /// What is bought, in the order of the purchases.
    pub bought: Vec<f64>,
    /// Sum of the values less the cost of what is bought.
    pub value: f64,
    /// Nothing is worth more: the Lagrangian bound at [`prices`](Self::prices), or the value itself
    /// where the enumeration came to its end.
    pub bound: f64,
    /// The Lagrangian bound alone.
    pub price_bound: f64,
    /// Price of each limit at that bound: what one more unit of it would be worth if plans could be
    /// mixed.
    pub prices: Vec<f64>,
    /// Rounds of generating columns.
    pub rounds: usize,
    /// Nodes of the enumeration, if it came to its end.
    pub nodes: Option<usize>,
}

impl<C> Found<C> {
    /// `(bound - value) / |bound|`, 0 if they are equal.
    pub fn gap_frac(&self) -> f64 {
        if self.bound <= self.value { 0.0 } else { (self.bound - self.value) / self.bound.abs() }
    }
}

/// Parts that mix their plans.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixed {
    /// What they are worth together.
    pub value: f64,
    /// What one more unit of each limit would bring.
    pub prices: Vec<f64>,
}

/// Parts that do not list their plans are repaired one change at a time up to this number.
const MOST_REPAIRED: usize = 60;

/// How far beyond a limit counts as within it, relative to 1 + |limit|.
pub const ROOM: f64 = 1e-11;

impl<C> Separable<Menu<C>> {
    /// The same as one programme: a column that is 0 or 1 for every plan of every part, one of each
    /// part's, and the limits as rows; what is bought is counted in units.
    ///
    /// `name` says how a plan of a part is called; objective and costs are divided by `unit`.
    pub fn programme(&self, unit: f64, name: impl Fn(usize, &C) -> String) -> Programme {
        let mut programme = Programme::new("parts and what they share");
        let mut shared: Vec<Row> = self
            .limits
            .iter()
            .map(|limit| Row::at_most(limit.name.clone(), limit.upper, Vec::new()))
            .collect();
        for purchase in &self.purchases {
            let bought =
                Column::continuous(&purchase.name, -purchase.cost / unit, 0.0, purchase.upper);
            let column = programme.column(bought);
            for &(limit, amount) in &purchase.gives {
                shared[limit].entries.push((column, -amount));
            }
        }
        for (part, Menu(plans)) in self.parts.iter().enumerate() {
            let mut one = Vec::with_capacity(plans.len());
            for plan in plans {
                let column = Column::binary(name(part, &plan.choice), plan.value / unit);
                let column = programme.column(column);
                one.push((column, 1.0));
                for &(limit, amount) in &plan.usage {
                    shared[limit].entries.push((column, amount));
                }
            }
            programme.row(Row::equal(format!("one plan of part {part}"), 1.0, one));
        }
        programme.rows.extend(shared.into_iter().filter(|row| !row.entries.is_empty()));
        programme
    }
}

impl<P: Part> Separable<P> {
    /// The best plans within the limits; `None` if no plans keep to them (known for sure only where
    /// all parts list theirs), or if none were found.
    ///
    /// # Errors
    /// [`Error::Backend`] if a linear programme cannot be solved.
    pub fn solve(&self, tries: &Tries) -> Result<Option<Found<P::Choice>>, Error> {
        let free = self.each_best(&vec![0.0; self.limits.len()]);
        if let Some(bought) = self.fit(&free).filter(|bought| bought.iter().all(|x| *x == 0.0)) {
            let value = free.iter().map(|plan| plan.value).sum();
            return Ok(Some(Found {
                value,
                bound: value,
                price_bound: value,
                plans: free,
                bought,
                prices: vec![0.0; self.limits.len()],
                rounds: 0,
                nodes: Some(0),
            }));
        }
        let priced = master::prices(self, tries, None)?;
        let listed = self.parts.iter().all(|part| part.menu().is_some());
        let mut best = None;
        if listed || !self.purchases.is_empty() || self.parts.len() <= MOST_REPAIRED {
            best = repair::plan(self, &priced);
        }
        if !listed {
            dive::improve(self, &priced, &mut best, tries)?;
        }
        let price_bound = priced.bound;
        let mut bound = price_bound;
        let mut nodes = None;
        let value = best.as_ref().map_or(f64::NEG_INFINITY, |(_, _, value)| *value);
        if bound - value > tries.gap_frac * bound.abs() {
            let done = enumerate::improve(self, &priced, &mut best, tries);
            if let Some(visited) = done {
                nodes = Some(visited);
                let value = best.as_ref().map_or(f64::NEG_INFINITY, |(_, _, value)| *value);
                bound = value.min(bound);
            }
        }
        Ok(best.map(|(plans, bought, value)| Found {
            plans,
            bought,
            value,
            bound: bound.max(value),
            price_bound,
            prices: priced.prices,
            rounds: priced.rounds,
            nodes,
        }))
    }

    /// What the parts are worth together if each could mix its plans, and the prices of the limits
    /// then; `None` if even mixtures do not keep to the limits.
    ///
    /// # Errors
    /// [`Error::Backend`] if a linear programme cannot be solved.
    pub fn mixed(&self, tries: &Tries) -> Result<Option<Mixed>, Error> {
        let priced = master::prices(self, tries, None)?;
        Ok((!priced.short).then_some(Mixed { value: priced.bound, prices: priced.prices }))
    }

    /// The Lagrangian bound at prices, whatever was rounded: valid for any prices that are not
    /// negative.
    ///
    /// # Formula
    /// `sum_k price_k upper_k + sum_parts max (value - price usage) + sum_purchases max(0, price
    /// gives - cost) most`
    pub fn bound_at(&self, prices: &[f64]) -> f64 {
        let product = |a: f64, b: f64| Interval::point(a) * Interval::point(b);
        let mut sum = Interval::point(0.0);
        for (limit, price) in self.limits.iter().zip(prices) {
            sum = sum + product(*price, limit.upper);
        }
        for part in self.map_parts(|part| part.bound(prices)) {
            sum = sum + Interval::point(part);
        }
        for purchase in &self.purchases {
            let earned = purchase
                .gives
                .iter()
                .fold(Interval::point(-purchase.cost), |sum, &(limit, amount)| {
                    sum + product(prices[limit], amount)
                })
                .high;
            sum = sum + product(earned.max(0.0), purchase.upper);
        }
        sum.high
    }

    /// What plans take of each limit.
    pub fn usage<'a>(&self, plans: impl IntoIterator<Item = &'a Plan<P::Choice>>) -> Vec<f64>
    where
        P::Choice: 'a,
    {
        let mut usage = vec![0.0; self.limits.len()];
        for plan in plans {
            for &(limit, amount) in &plan.usage {
                usage[limit] += amount;
            }
        }
        usage
    }

    /// Every part's best plan at prices.
    fn each_best(&self, prices: &[f64]) -> Vec<Plan<P::Choice>> {
        self.map_parts(|part| part.best(prices))
    }

    /// Maps the parts, over threads where the feature allows; results stand in order either way.
    fn map_parts<R: Send>(&self, f: impl Fn(&P) -> R + Sync + Send) -> Vec<R> {
        #[cfg(feature = "parallel")]
        {
            use rayon::prelude::{IntoParallelRefIterator, ParallelIterator};
            self.parts.par_iter().map(f).collect()
        }
        #[cfg(not(feature = "parallel"))]
        {
            self.parts.iter().map(f).collect()
        }
    }

    /// What has to be bought for plans to keep to the limits; `None` if that cannot be had.
    fn fit(&self, plans: &[Plan<P::Choice>]) -> Option<Vec<f64>> {
        self.cover(&self.usage(plans)).map(|(bought, _)| bought)
    }

    /// The cheapest purchases that cover a usage, and their cost.
    fn cover(&self, usage: &[f64]) -> Option<(Vec<f64>, f64)> {
        let fits =
            |usage: f64, limit: &Limit| usage <= limit.upper + ROOM * (1.0 + limit.upper.abs());
        if usage.iter().zip(&self.limits).all(|(usage, limit)| fits(*usage, limit)) {
            return Some((vec![0.0; self.purchases.len()], 0.0));
        }
        if self.purchases.is_empty() {
            return None;
        }
        repair::cheapest_cover(self, usage)
    }
}
