//! Clarabel: an interior-point method, pure Rust, for linear programmes and their duals.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT,
    SupportedConeT::{NonnegativeConeT, ZeroConeT},
};

use super::{Backend, Effort, Outcome, Solution, finished, settled, unbounded_or_infeasible};
use crate::check;
use crate::error::Error;
use crate::model::{Column, Programme};

/// Interior-point method with duals; linear programmes only.
///
/// Values and duals carry noise of about 1e-9 of their size, and lie inside the optimal face where
/// the optimum is not unique.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clarabel;

/// Gap between objective and recomputed bound above which another scaling is tried.
const RESCALE_GAP_FRAC: f64 = 1e-8;

/// Accuracy asked for, relative.
const TOLERANCE_FRAC: f64 = 1e-10;

/// The sums `factors x <= limit` or `= limit` that Clarabel knows, with where they come from.
#[derive(Default)]
struct Limits {
    /// Triplets: sum, column, factor.
    factors: Vec<(usize, usize, f64)>,
    ends: Vec<f64>,
    /// Row that each sum comes from, and what its dual is to be multiplied with; none for bounds of
    /// columns.
    origins: Vec<Option<(usize, f64)>>,
}

/// Units in which Clarabel sees a programme; powers of two, so that nothing is rounded.
#[derive(Clone, Copy, PartialEq)]
enum Scaling {
    /// Columns in units of their bounds, rows in units of their largest factor then: dollars
    /// beside megawatts.
    Boxes,
    /// As they are, for columns whose bounds are far from where they end up.
    Plain,
}

impl Scaling {
    /// Unit of a column.
    fn of_column(self, column: &Column) -> f64 {
        let end = |bound: f64| if bound.is_finite() { bound.abs() } else { 0.0 };
        match self {
            Self::Boxes => power_of_two(end(column.lower).max(end(column.upper))),
            Self::Plain => 1.0,
        }
    }

    /// Unit of a row with these factors.
    fn of_row(self, factors: impl Iterator<Item = f64>) -> f64 {
        match self {
            Self::Boxes => power_of_two(factors.map(f64::abs).fold(0.0, f64::max)),
            Self::Plain => 1.0,
        }
    }
}

/// The power of two at or below a number; 1 where there is none.
fn power_of_two(value: f64) -> f64 {
    if value > 0.0 { value.log2().floor().clamp(-500.0, 500.0).exp2() } else { 1.0 }
}

impl Limits {
    /// Adds a sum times `by`.
    fn push(&mut self, by: f64, entries: &[(usize, f64)], limit: f64, row: Option<usize>) {
        let sum = self.ends.len();
        self.factors.extend(entries.iter().map(|(column, factor)| (sum, *column, by * factor)));
        self.ends.push(by * limit);
        self.origins.push(row.map(|row| (row, by)));
    }

    fn matrix(&self, columns: usize) -> CscMatrix<f64> {
        let (rows, (of, values)): (Vec<usize>, (Vec<usize>, Vec<f64>)) =
            self.factors.iter().map(|(sum, column, factor)| (*sum, (*column, *factor))).unzip();
        CscMatrix::new_from_triplets(self.ends.len(), columns, rows, of, values)
    }
}

/// A linear programme without its fixed columns: what Clarabel sees.
struct Reduced {
    /// Place of each column among those that are free; none for fixed ones.
    places: Vec<Option<usize>>,
    free: Vec<usize>,
    /// Unit of each free column.
    units: Vec<f64>,
    limits: Limits,
    equalities: usize,
}

impl Reduced {
    fn of(programme: &Programme, scaling: Scaling) -> Self {
        let mut places = Vec::with_capacity(programme.columns.len());
        let mut free = Vec::new();
        for (index, column) in programme.columns.iter().enumerate() {
            places.push((column.lower != column.upper).then_some(free.len()));
            if column.lower != column.upper {
                free.push(index);
            }
        }
        let units: Vec<f64> =
            free.iter().map(|index| scaling.of_column(&programme.columns[*index])).collect();
        let mut limits = Limits::default();
        let mut equalities = 0;
        for equal in [true, false] {
            for (index, row) in programme.rows.iter().enumerate() {
                if (row.lower == row.upper) != equal {
                    continue;
                }
                let entries: Vec<(usize, f64)> = row
                    .entries
                    .iter()
                    .filter(|(_, factor)| *factor != 0.0)
                    .filter_map(|(column, factor)| {
                        places[*column].map(|place| (place, factor * units[place]))
                    })
                    .collect();
                let unit = scaling.of_row(entries.iter().map(|(_, factor)| *factor));
                let fixed: f64 = row
                    .entries
                    .iter()
                    .filter(|(column, _)| places[*column].is_none())
                    .map(|(column, factor)| factor * programme.columns[*column].lower)
                    .sum();
                if equal || row.upper.is_finite() {
                    limits.push(1.0 / unit, &entries, row.upper - fixed, Some(index));
                }
                if !equal && row.lower.is_finite() {
                    limits.push(-1.0 / unit, &entries, row.lower - fixed, Some(index));
                }
            }
            if equal {
                equalities = limits.ends.len();
            }
        }
        for (place, index) in free.iter().enumerate() {
            let column = &programme.columns[*index];
            for (sign, bound) in [(1.0, column.upper), (-1.0, column.lower)] {
                if bound.is_finite() {
                    limits.push(sign, &[(place, 1.0)], bound / units[place], None);
                }
            }
        }
        Self { places, free, units, limits, equalities }
    }

    /// One value per column of the programme.
    fn all_values(&self, programme: &Programme, of_free: &[f64]) -> Vec<f64> {
        let value = |(place, column): (&Option<usize>, &Column)| {
            place.map_or(column.lower, |place| {
                of_free.get(place).map_or(f64::NAN, |value| value * self.units[place])
            })
        };
        self.places.iter().zip(&programme.columns).map(value).collect()
    }

    /// One dual per row of the programme.
    fn row_duals(&self, rows: usize, of_limits: &[f64]) -> Vec<f64> {
        let mut duals = vec![0.0; rows];
        for (origin, dual) in self.limits.origins.iter().zip(of_limits) {
            if let Some((row, by)) = origin {
                duals[*row] += by * dual;
            }
        }
        duals
    }
}

fn error(said: impl Into<String>) -> Error {
    Error::backend("clarabel", said)
}

impl Backend for Clarabel {
    fn name(&self) -> &'static str {
        "clarabel"
    }

    fn solve(&self, programme: &Programme, effort: &Effort) -> Result<Outcome, Error> {
        if let Some(outcome) = settled(programme)? {
            return Ok(outcome);
        }
        if programme.is_mixed_integer() {
            return Err(error("whole numbers are beyond it"));
        }
        let reduced = Reduced::of(programme, Scaling::Boxes);
        if reduced.limits.ends.is_empty() {
            // Free columns and no limit, or fixed columns alone: nothing that Clarabel takes.
            if reduced.free.iter().any(|index| programme.columns[*index].objective != 0.0) {
                return Ok(Outcome::Unbounded);
            }
            let values = reduced.all_values(programme, &vec![0.0; reduced.free.len()]);
            let bound = programme.value(&values);
            let row_duals = Some(vec![0.0; programme.rows.len()]);
            return Ok(Outcome::Solved(finished(self, programme, &values, bound, row_duals)?));
        }
        if reduced.free.is_empty() {
            return fixed_only(self, programme, &reduced);
        }
        let first = run(self, programme, &reduced, effort);
        if first.as_ref().is_ok_and(|outcome| is_sharp(programme, outcome)) {
            return first;
        }
        let plain = Reduced::of(programme, Scaling::Plain);
        let second = run(self, programme, &plain, effort);
        let gap = |outcome: &Result<Outcome, Error>| match outcome {
            Ok(outcome) => outcome
                .solution()
                .map_or(f64::INFINITY, |solution| recomputed_gap_frac(programme, solution)),
            Err(_) => f64::INFINITY,
        };
        let better = second.as_ref().is_ok_and(|outcome| is_sharp(programme, outcome))
            || gap(&second) < gap(&first);
        if better || first.is_err() { second } else { first }
    }
}

/// Gap between the objective and the bound that the duals give, relative to 1 + |objective|;
/// infinite without duals or where limits are missed.
fn recomputed_gap_frac(programme: &Programme, solution: &Solution) -> f64 {
    let Some(duals) = &solution.row_duals else { return f64::INFINITY };
    match check::feasible(programme, &solution.values, RESCALE_GAP_FRAC) {
        Ok(worth) => (check::dual_bound(programme, duals) - worth).abs() / (1.0 + worth.abs()),
        Err(_) => f64::INFINITY,
    }
}

/// Whether an outcome needs no second look.
fn is_sharp(programme: &Programme, outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Infeasible | Outcome::Unbounded => true,
        Outcome::Solved(solution) => recomputed_gap_frac(programme, solution) <= RESCALE_GAP_FRAC,
        Outcome::Stopped(_) => false,
    }
}

/// Hands a programme in some units to Clarabel.
fn run(
    backend: &dyn Backend,
    programme: &Programme,
    reduced: &Reduced,
    effort: &Effort,
) -> Result<Outcome, Error> {
    let count = reduced.free.len();
    // Clarabel minimises. Objectives of any currency are brought to about 1: by a power of two,
    // so that nothing is rounded.
    let worths: Vec<f64> = reduced
        .free
        .iter()
        .zip(&reduced.units)
        .map(|(index, unit)| programme.columns[*index].objective * unit)
        .collect();
    let unit = power_of_two(worths.iter().map(|worth| worth.abs()).fold(0.0, f64::max));
    let costs: Vec<f64> = worths.iter().map(|worth| -worth / unit).collect();
    let cones: Vec<SupportedConeT<f64>> = [
        ZeroConeT(reduced.equalities),
        NonnegativeConeT(reduced.limits.ends.len() - reduced.equalities),
    ]
    .into_iter()
    .filter(|cone| !matches!(cone, ZeroConeT(0) | NonnegativeConeT(0)))
    .collect();
    let settings = DefaultSettings {
        verbose: false,
        max_threads: 1,
        time_limit: effort.seconds_max.unwrap_or(f64::INFINITY),
        tol_gap_abs: TOLERANCE_FRAC,
        tol_gap_rel: TOLERANCE_FRAC,
        tol_feas: TOLERANCE_FRAC,
        ..DefaultSettings::default()
    };
    let mut solver = DefaultSolver::new(
        &CscMatrix::zeros((count, count)),
        &costs,
        &reduced.limits.matrix(count),
        &reduced.limits.ends,
        &cones,
        settings,
    )
    .map_err(|fault| error(fault.to_string()))?;
    solver.solve();
    let found = &solver.solution;
    let status = found.status;
    match status {
        SolverStatus::PrimalInfeasible => return Ok(Outcome::Infeasible),
        SolverStatus::DualInfeasible if costs.iter().any(|cost| *cost != 0.0) => {
            return unbounded_or_infeasible(backend, programme);
        }
        SolverStatus::Solved
        | SolverStatus::AlmostSolved
        | SolverStatus::MaxIterations
        | SolverStatus::MaxTime
        | SolverStatus::InsufficientProgress => {}
        other => return Err(error(format!("{other:?}"))),
    }
    let values = reduced.all_values(programme, &found.x);
    let scaled: Vec<f64> = found.z.iter().map(|dual| dual * unit).collect();
    let row_duals = reduced.row_duals(programme.rows.len(), &scaled);
    let of_fixed: f64 = programme
        .columns
        .iter()
        .filter(|column| column.lower == column.upper)
        .map(|column| column.objective * column.lower)
        .sum();
    let bound = of_fixed - found.obj_val_dual * unit;
    let solution = finished(backend, programme, &values, bound, Some(row_duals))?;
    // Clarabel asks for more than can always be had; what the duals prove is proven all the same.
    let proven = status == SolverStatus::Solved
        || recomputed_gap_frac(programme, &solution) <= RESCALE_GAP_FRAC;
    Ok(if proven { Outcome::Solved(solution) } else { Outcome::Stopped(Some(solution)) })
}

/// Columns that are all fixed: the limits hold or do not.
fn fixed_only(
    backend: &dyn Backend,
    programme: &Programme,
    reduced: &Reduced,
) -> Result<Outcome, Error> {
    let values = reduced.all_values(programme, &[]);
    if check::feasible(programme, &values, super::POLISH_TOLERANCE).is_err() {
        return Ok(Outcome::Infeasible);
    }
    let duals = Some(vec![0.0; programme.rows.len()]);
    let bound = programme.value(&values);
    finished(backend, programme, &values, bound, duals)
        .map(|solution: Solution| Outcome::Solved(solution))
}
