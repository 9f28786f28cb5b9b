//! The seam between programmes and the solvers that know nothing of them.
//!
//! Nothing that a back end answers is trusted: [`crate::check`] verifies it without a solver.

mod clarabel;
#[cfg(feature = "highs")]
mod highs;
mod microlp;
#[cfg(test)]
mod tests;

pub use self::clarabel::Clarabel;
#[cfg(feature = "highs")]
pub use self::highs::Highs;
pub use self::microlp::Microlp;

use crate::check;
use crate::error::Error;
use crate::model::Programme;

/// How near a whole number counts as one.
pub const WHOLE_TOLERANCE: f64 = 1e-6;

/// By how much, relative to 1 + |limit|, a fixed choice may miss a limit before the rest of the
/// choice is solved anew.
const POLISH_TOLERANCE: f64 = 1e-9;

/// How much work a back end may do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Gap between objective and bound, relative to the objective, at which the search stops.
    pub gap_frac: f64,
    /// Longest time, in seconds. With a limit the answer depends on the machine.
    pub seconds_max: Option<f64>,
}

impl Default for Effort {
    /// To a gap of 1e-9, without a limit of time.
    fn default() -> Self {
        Self { gap_frac: 1e-9, seconds_max: None }
    }
}

/// A choice of values and what a back end says of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// One value per column; whole numbers are exact.
    pub values: Vec<f64>,
    /// What the choice is worth, summed from the values.
    pub objective: f64,
    /// What the back end claims: no choice is worth more.
    pub bound: f64,
    /// Per row, what one more unit of its binding limit adds to the objective: at least 0 for an
    /// upper limit, at most 0 for a lower one. Linear programmes only, and not from every back end.
    pub row_duals: Option<Vec<f64>>,
}

/// How a search ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Ended with a proof, says the back end.
    Solved(Solution),
    /// No choice keeps all limits.
    Infeasible,
    /// Choices exist that are worth more than any number.
    Unbounded,
    /// A limit was reached before a proof; with the best choice found, where there is one.
    Stopped(Option<Solution>),
}

impl Outcome {
    /// The choice found, proven or not.
    pub fn solution(&self) -> Option<&Solution> {
        match self {
            Self::Solved(solution) | Self::Stopped(Some(solution)) => Some(solution),
            Self::Infeasible | Self::Unbounded | Self::Stopped(None) => None,
        }
    }
}

/// A solver behind the seam.
pub trait Backend: Send + Sync {
    /// Name by which errors and reports know it.
    fn name(&self) -> &'static str;

    /// Searches for the choice worth most.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] for a programme that means nothing, [`Error::Backend`] where the
    /// solver gives up or cannot take the programme.
    fn solve(&self, programme: &Programme, effort: &Effort) -> Result<Outcome, Error>;
}

/// The back end for linear programmes, with duals: [`Clarabel`].
pub fn for_lp() -> &'static dyn Backend {
    &Clarabel
}

/// The back end for programmes with whole numbers: `Highs` with the feature `highs`, otherwise
/// [`Microlp`].
pub fn for_milp() -> &'static dyn Backend {
    #[cfg(feature = "highs")]
    return &Highs;
    #[cfg(not(feature = "highs"))]
    return &Microlp;
}

/// The back end that suits a programme: [`for_milp`] where a column is whole, otherwise [`for_lp`].
pub fn default_for(programme: &Programme) -> &'static dyn Backend {
    if programme.is_mixed_integer() { for_milp() } else { for_lp() }
}

/// What needs no solver: faults, crossed bounds, rows without columns, no columns at all.
fn settled(programme: &Programme) -> Result<Option<Outcome>, Error> {
    programme.validate()?;
    let crossed_column = programme.columns.iter().any(|column| {
        let (lower, upper) = if column.integer {
            (column.lower.ceil(), column.upper.floor())
        } else {
            (column.lower, column.upper)
        };
        lower > upper
    });
    let crossed_row = programme.rows.iter().any(|row| {
        let empty = row.entries.iter().all(|(_, factor)| *factor == 0.0);
        row.lower > row.upper || (empty && (row.lower > 0.0 || row.upper < 0.0))
    });
    if crossed_column || crossed_row {
        return Ok(Some(Outcome::Infeasible));
    }
    Ok(programme.columns.is_empty().then(|| {
        Outcome::Solved(Solution {
            values: Vec::new(),
            objective: 0.0,
            bound: 0.0,
            row_duals: Some(vec![0.0; programme.rows.len()]),
        })
    }))
}

/// A solution from a back end's raw values: whole numbers made whole, the objective summed anew.
///
/// Whole numbers that were not quite whole can leave the rest of the choice outside its limits; it
/// is then solved anew around them.
fn finished(
    backend: &dyn Backend,
    programme: &Programme,
    raw: &[f64],
    bound: f64,
    row_duals: Option<Vec<f64>>,
) -> Result<Solution, Error> {
    if raw.len() != programme.columns.len() || raw.iter().any(|value| !value.is_finite()) {
        let said = "an answer that is not one finite number per column".to_owned();
        return Err(Error::Backend { backend: backend.name(), said });
    }
    let mut values = raw.to_vec();
    for (value, column) in values.iter_mut().zip(&programme.columns) {
        if column.integer && (*value - value.round()).abs() <= WHOLE_TOLERANCE {
            *value = value.round() + 0.0;
        }
        *value = value.max(column.lower).min(column.upper);
    }
    let mixed = programme.columns.iter().any(|column| !column.integer);
    if programme.is_mixed_integer()
        && mixed
        && check::feasible(programme, &values, POLISH_TOLERANCE).is_err()
    {
        let mut rest = programme.relaxed();
        for ((fixed, column), value) in rest.columns.iter_mut().zip(&programme.columns).zip(&values)
        {
            if column.integer {
                fixed.lower = *value;
                fixed.upper = *value;
            }
        }
        if let Outcome::Solved(polished) = backend.solve(&rest, &Effort::default())? {
            values = polished.values;
        }
    }
    let objective = programme.value(&values);
    Ok(Solution { values, objective, bound, row_duals })
}

/// Unbounded, unless the programme has no choice at all: some solvers cannot tell the two apart.
fn unbounded_or_infeasible(backend: &dyn Backend, programme: &Programme) -> Result<Outcome, Error> {
    let mut feasibility = programme.clone();
    for column in &mut feasibility.columns {
        column.objective = 0.0;
    }
    Ok(match backend.solve(&feasibility, &Effort::default())? {
        Outcome::Solved(_) => Outcome::Unbounded,
        Outcome::Infeasible => Outcome::Infeasible,
        Outcome::Unbounded | Outcome::Stopped(_) => Outcome::Stopped(None),
    })
}
