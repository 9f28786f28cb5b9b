//! What is true of an answer, found without any solver: feasibility, worth, and a bound from duals.
//!
//! A status that a solver reports is never repeated here. A choice is feasible when its rows,
//! bounds and whole numbers say so; no choice is worth more than a bound when weak duality says so,
//! in interval arithmetic.

use crate::interval::Interval;
use crate::model::{Programme, Row};

/// What a choice of values misses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Limit {
    /// The limits of a row.
    Row(usize),
    /// The bounds of a column.
    Column(usize),
    /// A column that takes whole values only.
    Whole(usize),
    /// There is not one value per column.
    Count,
}

/// A limit that is missed, and by how much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breach {
    /// Which.
    pub limit: Limit,
    /// By how much, in the limit's own unit.
    pub excess: f64,
    /// The same relative to 1 + |limit|; what the tolerance is compared with. For whole numbers the
    /// distance to the nearest.
    pub excess_frac: f64,
}

/// By how much a number misses two limits, absolute and relative to 1 + |limit|; not a number
/// misses by infinity.
fn excess(value: f64, lower: f64, upper: f64) -> (f64, f64) {
    if value.is_nan() || value.is_infinite() {
        return (f64::INFINITY, f64::INFINITY);
    }
    let below = (lower - value, lower);
    let above = (value - upper, upper);
    let (excess, limit) = if below.0 > above.0 { below } else { above };
    if excess <= 0.0 { (0.0, 0.0) } else { (excess, excess / (1.0 + limit.abs())) }
}

/// Verifies a choice of values: its worth where it keeps every limit, otherwise all breaches.
///
/// # Formula
///
/// A row or column breaches its limit when it misses it by more than `tolerance` (1 + |limit|); a
/// whole column when it is further than `tolerance` from a whole number. The worth and the sums of
/// rows are compensated sums of products.
///
/// # Errors
///
/// Every [`Breach`]: columns in order, then rows.
///
/// # Example
///
/// ```
/// use programme::{Column, Programme, Row, check};
///
/// let mut programme = Programme::new("one budget");
/// let a = programme.column(Column::binary("a", 3.0));
/// let b = programme.column(Column::binary("b", 2.0));
/// programme.row(Row::at_most("budget", 5.0, vec![(a, 4.0), (b, 3.0)]));
/// assert_eq!(check::feasible(&programme, &[1.0, 0.0], 0.0), Ok(3.0));
/// let breaches = check::feasible(&programme, &[1.0, 1.0], 0.0).unwrap_err();
/// assert_eq!(breaches[0].limit, check::Limit::Row(0));
/// assert_eq!(breaches[0].excess, 2.0);
/// ```
pub fn feasible(programme: &Programme, values: &[f64], tolerance: f64) -> Result<f64, Vec<Breach>> {
    if values.len() != programme.columns.len() {
        let excess = values.len().abs_diff(programme.columns.len()) as f64;
        return Err(vec![Breach { limit: Limit::Count, excess, excess_frac: f64::INFINITY }]);
    }
    let mut breaches = Vec::new();
    let mut hold = |limit: Limit, (excess, excess_frac): (f64, f64)| {
        if excess_frac > tolerance {
            breaches.push(Breach { limit, excess, excess_frac });
        }
    };
    for (index, (column, value)) in programme.columns.iter().zip(values).enumerate() {
        hold(Limit::Column(index), excess(*value, column.lower, column.upper));
        if column.integer {
            let off = (value - value.round()).abs();
            let off = if off.is_nan() { f64::INFINITY } else { off };
            hold(Limit::Whole(index), (off, off));
        }
    }
    for (index, row) in programme.rows.iter().enumerate() {
        let activity = programme.activity(index, values);
        hold(Limit::Row(index), excess(activity, row.lower, row.upper));
    }
    if breaches.is_empty() { Ok(programme.value(values)) } else { Err(breaches) }
}

/// A dual as far as weak duality can use it: none where its sign asks for a limit that is not
/// there, or where it is no number.
fn usable(dual: f64, row: &Row) -> f64 {
    let limit = if dual > 0.0 { row.upper } else { row.lower };
    if dual.is_finite() && limit.is_finite() { dual } else { 0.0 }
}

/// An upper bound of the objective that holds for any duals, rounding included.
///
/// Whole numbers are not used: it is a bound of the linear relaxation, and so of the programme.
///
/// # Formula
///
/// sum over rows of y limit + sum over columns of max over the column's bounds of
/// (c - sum of y factor) x, where the limit is the upper one for y > 0 and the lower one for y < 0;
/// a y whose limit is missing counts as 0. In interval arithmetic; the upper end is the bound.
///
/// # Special cases
///
/// Infinite when a column that is not bounded on one side has a reduced cost towards that side.
/// Interior-point duals carry noise of about 1e-9, so that some reduced cost nearly always points
/// that way: give columns finite bounds. Bounds that the rows imply for a column are used where
/// its own are missing. Missing duals count as 0.
///
/// # Example
///
/// ```
/// use programme::{Column, Programme, Row, check};
///
/// let mut programme = Programme::new("one budget");
/// let a = programme.column(Column::continuous("a", 3.0, 0.0, 1.0));
/// let b = programme.column(Column::continuous("b", 2.0, 0.0, 1.0));
/// programme.row(Row::at_most("budget", 5.5, vec![(a, 4.0), (b, 3.0)]));
/// // The best is all of a and half of b: 4, and one more of budget buys 2/3.
/// let bound = check::dual_bound(&programme, &[2.0 / 3.0]);
/// assert!(bound >= 4.0 && bound < 4.0 + 1e-14);
/// // Poor duals give a poor bound, never a wrong one.
/// assert!(check::dual_bound(&programme, &[-7.0]) >= 5.0);
/// ```
pub fn dual_bound(programme: &Programme, row_duals: &[f64]) -> f64 {
    let mut total = Interval::point(0.0);
    let mut reduced: Vec<Interval> =
        programme.columns.iter().map(|column| Interval::point(column.objective)).collect();
    for (row, dual) in programme.rows.iter().zip(row_duals) {
        let dual = usable(*dual, row);
        if dual == 0.0 {
            continue;
        }
        let limit = if dual > 0.0 { row.upper } else { row.lower };
        total = total + Interval::point(dual) * Interval::point(limit);
        for (column, factor) in &row.entries {
            let taken = Interval::point(dual) * Interval::point(*factor);
            reduced[*column] = reduced[*column] - taken;
        }
    }
    let boxes = implied_boxes(programme);
    for (reduced, values) in reduced.iter().zip(&boxes) {
        let most = (*reduced * *values).high;
        total = total + Interval::point(most);
    }
    total.high
}

/// Bounds of columns, with those that single rows imply where a column has none of its own.
fn implied_boxes(programme: &Programme) -> Vec<Interval> {
    let mut boxes: Vec<Interval> =
        programme.columns.iter().map(|column| Interval::new(column.lower, column.upper)).collect();
    let open = |values: &Interval| values.low.is_infinite() || values.high.is_infinite();
    if !boxes.iter().any(open) {
        return boxes;
    }
    for row in &programme.rows {
        let terms: Vec<Interval> = row
            .entries
            .iter()
            .map(|(column, factor)| Interval::point(*factor) * boxes[*column])
            .collect();
        let mut before = vec![Interval::point(0.0)];
        let mut after = before.clone();
        for (first, last) in terms.iter().zip(terms.iter().rev()) {
            before.push(before[before.len() - 1] + *first);
            after.push(after[after.len() - 1] + *last);
        }
        for (place, (column, factor)) in row.entries.iter().enumerate() {
            if *factor == 0.0 || !open(&boxes[*column]) {
                continue;
            }
            let others = before[place] + after[terms.len() - 1 - place];
            // What is left for this column's term, divided by its factor.
            let left = Interval::new(row.lower, row.upper) - others;
            let (low, high) = if *factor > 0.0 {
                (left.low / factor, left.high / factor)
            } else {
                (left.high / factor, left.low / factor)
            };
            let own = &mut boxes[*column];
            if own.low.is_infinite() {
                own.low = low.next_down();
            }
            if own.high.is_infinite() {
                own.high = high.next_up();
            }
        }
    }
    boxes
}

/// What stands behind a bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Evidence<'a> {
    /// Duals of the rows: the bound is recomputed from them.
    Duals(&'a [f64]),
    /// A solver's word, as after branch and bound. It is held against the choice, but cannot be
    /// recomputed.
    Claimed(f64),
}

/// How much of an answer is certain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// Feasible, worth what is claimed, and nothing is worth more beyond the tolerated gap.
    Proven,
    /// Feasible and worth what is claimed; something may be worth more, by at most the gap.
    Bounded,
    /// Infeasible, or worth something else than claimed, or above its own bound.
    NotVerified,
}

/// Largest deviations that a verdict forgives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerances {
    /// Of limits, relative to 1 + |limit|, and of whole numbers.
    pub feasibility_frac: f64,
    /// Between bound and objective, relative to 1 + |objective|, for a proof.
    pub gap_frac: f64,
}

impl Default for Tolerances {
    /// 1e-7 for limits, 1e-6 for the gap.
    fn default() -> Self {
        Self { feasibility_frac: 1e-7, gap_frac: 1e-6 }
    }
}

/// By how much, relative to 1 + |objective|, a claimed objective may differ from the sum.
const CLAIM_TOLERANCE_FRAC: f64 = 1e-9;

/// What was found of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// How much is certain.
    pub verdict: Verdict,
    /// What the choice is worth, summed from its values.
    pub objective: f64,
    /// No choice is worth more.
    pub bound: f64,
    /// (bound - objective) / (1 + |objective|), at least 0.
    pub gap_frac: f64,
    /// Whether the bound was recomputed, or is a solver's word.
    pub recomputed: bool,
    /// The limits that are missed.
    pub breaches: Vec<Breach>,
}

/// Judges an answer: its values, what it is claimed to be worth, and what stands behind its bound.
///
/// # Special cases
///
/// An objective above its bound by more than the tolerated gap contradicts itself: not verified.
/// A bound that is no number or infinite proves nothing: bounded, with an infinite gap.
///
/// # Example
///
/// ```
/// use programme::check::{Evidence, Tolerances, Verdict, verdict};
/// use programme::{Column, Programme, Row};
///
/// let mut programme = Programme::new("one budget");
/// let a = programme.column(Column::continuous("a", 3.0, 0.0, 1.0));
/// programme.row(Row::at_most("budget", 2.0, vec![(a, 4.0)]));
/// let judge = |objective, duals: &[f64]| {
///     verdict(&programme, &[0.5], objective, Evidence::Duals(duals), &Tolerances::default())
/// };
/// assert_eq!(judge(1.5, &[0.75]).verdict, Verdict::Proven);
/// assert_eq!(judge(1.5, &[0.0]).verdict, Verdict::Bounded);
/// assert_eq!(judge(1.6, &[0.75]).verdict, Verdict::NotVerified);
/// ```
pub fn verdict(
    programme: &Programme,
    values: &[f64],
    claimed_objective: f64,
    evidence: Evidence<'_>,
    tolerances: &Tolerances,
) -> Report {
    let (bound, recomputed) = match evidence {
        Evidence::Duals(row_duals) => (dual_bound(programme, row_duals), true),
        Evidence::Claimed(bound) => (if bound.is_nan() { f64::INFINITY } else { bound }, false),
    };
    let (objective, breaches) = match feasible(programme, values, tolerances.feasibility_frac) {
        Ok(objective) => (objective, Vec::new()),
        Err(breaches) => (programme.value(values), breaches),
    };
    let size = 1.0 + objective.abs();
    let as_claimed = (claimed_objective - objective).abs() <= CLAIM_TOLERANCE_FRAC * size;
    let below_bound = objective - bound <= tolerances.gap_frac * size;
    let gap_frac = ((bound - objective) / size).max(0.0);
    let verdict = if !breaches.is_empty() || !as_claimed || !below_bound {
        Verdict::NotVerified
    } else if gap_frac <= tolerances.gap_frac {
        Verdict::Proven
    } else {
        Verdict::Bounded
    };
    Report { verdict, objective, bound, gap_frac, recomputed, breaches }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Column;

    fn knapsack() -> Programme {
        let mut programme = Programme::new("knapsack");
        let a = programme.column(Column::binary("a", 3.0));
        let b = programme.column(Column::continuous("b", 2.0, 0.0, 1.0));
        programme.row(Row::at_most("budget", 5.5, vec![(a, 4.0), (b, 3.0)]));
        programme.row(Row::at_least("use", 1.0, vec![(a, 1.0), (b, 1.0)]));
        programme
    }

    #[test]
    fn every_breach_is_named_with_its_size() {
        let breaches = feasible(&knapsack(), &[0.75, 1.5], 1e-9).unwrap_err();
        let limits: Vec<Limit> = breaches.iter().map(|breach| breach.limit).collect();
        assert_eq!(limits, [Limit::Whole(0), Limit::Column(1), Limit::Row(0)]);
        assert_eq!(breaches[0].excess, 0.25);
        assert_eq!((breaches[1].excess, breaches[1].excess_frac), (0.5, 0.25));
        assert_eq!((breaches[2].excess, breaches[2].excess_frac), (2.0, 2.0 / 6.5));
        let below = feasible(&knapsack(), &[0.0, 0.5], 1e-9).unwrap_err();
        assert_eq!((below[0].limit, below[0].excess_frac), (Limit::Row(1), 0.25));
    }

    #[test]
    fn tolerance_is_relative_to_the_limit() {
        let values = [1.0, 0.5 + 6.0e-7 / 3.0];
        assert!(feasible(&knapsack(), &values, 1e-7).is_ok());
        assert!(feasible(&knapsack(), &values, 9e-8).is_err());
    }

    #[test]
    fn what_is_no_number_is_a_breach() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(feasible(&knapsack(), &[1.0, value], 1e9).is_err());
            assert!(feasible(&knapsack(), &[value, 0.0], 1e9).is_err());
        }
        let count = feasible(&knapsack(), &[1.0], 1e9).unwrap_err();
        assert_eq!(count[0].limit, Limit::Count);
    }

    #[test]
    fn duals_of_the_wrong_sign_are_left_out() {
        let programme = knapsack();
        let right = dual_bound(&programme, &[2.0 / 3.0, 0.0]);
        assert!((4.0..4.0 + 1e-13).contains(&right));
        // A dual above 0 on a row without an upper limit, and below 0 on one without a lower.
        assert_eq!(dual_bound(&programme, &[2.0 / 3.0, 5.0]), right);
        let none = dual_bound(&programme, &[0.0, 0.0]);
        assert!((5.0..5.0 + 1e-13).contains(&none));
        for odd in [-4.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(dual_bound(&programme, &[odd, 0.0]), none);
        }
        assert_eq!(dual_bound(&programme, &[]), none);
    }

    #[test]
    fn columns_without_an_end_need_a_row_that_ends_them() {
        let mut programme = Programme::new("open");
        let x = programme.column(Column::continuous("x", 1.0, 0.0, f64::INFINITY));
        assert_eq!(dual_bound(&programme, &[]), f64::INFINITY);
        programme.row(Row::at_most("end", 3.0, vec![(x, 2.0)]));
        let bound = dual_bound(&programme, &[0.0]);
        assert!((1.5..1.5 + 1e-12).contains(&bound), "{bound}");
        assert!(dual_bound(&programme, &[0.5 - 1e-9]) < 1.5 + 1e-8);
        let free = Column::continuous("y", 0.0, f64::NEG_INFINITY, f64::INFINITY);
        let y = programme.column(free);
        programme.row(Row::equal("tie", 0.0, vec![(x, 1.0), (y, -1.0)]));
        assert!(dual_bound(&programme, &[0.5, 1e-12]) < 1.5 + 1e-9);
    }

    #[test]
    fn a_claim_against_its_bound_is_not_verified() {
        let programme = knapsack();
        let judge = |claimed, bound| {
            let evidence = Evidence::Claimed(bound);
            verdict(&programme, &[1.0, 0.5], claimed, evidence, &Tolerances::default())
        };
        assert_eq!(judge(4.0, 4.0).verdict, Verdict::Proven);
        assert!(!judge(4.0, 4.0).recomputed);
        assert_eq!(judge(4.0, 3.9).verdict, Verdict::NotVerified);
        let bounded = judge(4.0, 4.5);
        assert_eq!((bounded.verdict, bounded.gap_frac), (Verdict::Bounded, 0.1));
        assert_eq!(judge(4.0, f64::NAN).verdict, Verdict::Bounded);
        assert_eq!(judge(f64::NAN, 4.0).verdict, Verdict::NotVerified);
    }
}
