//! microlp: simplex with branch and bound, pure Rust, for small programmes.

use core::time::Duration;

use microlp::{
    ComparisonOp, OptimizationDirection, Problem, SolveOptions, SolveOutcome, TerminationReason,
    Tolerances, Variable,
};

use super::{Backend, Clarabel, Effort, Outcome, finished, settled, unbounded_or_infeasible};
use crate::error::Error;
use crate::model::{Column, Programme};

/// Simplex with branch and bound. No duals; up to about a thousand whole numbers.
///
/// Whole columns lie within plus or minus 2^31 - 1.
#[derive(Clone, Copy, Debug, Default)]
pub struct Microlp;

/// How far a value may miss a limit.
const FEASIBILITY: f64 = 1e-9;

const WHOLE_MAX: f64 = i32::MAX as f64;

fn error(said: impl Into<String>) -> Error {
    Error::backend("microlp", said)
}

/// A whole column; its bounds are whole numbers of 32 bits there.
fn whole(problem: &mut Problem, column: &Column) -> Result<Variable, Error> {
    let bound = |bound: f64, missing: i32| {
        if bound.is_infinite() {
            Ok(missing)
        } else if bound.abs() <= WHOLE_MAX {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 32 bits")]
            Ok(bound as i32)
        } else {
            Err(error(format!("whole column `{}` exceeds 2^31 - 1", column.name)))
        }
    };
    let lower = bound(column.lower.ceil(), -i32::MAX)?;
    let upper = bound(column.upper.floor(), i32::MAX)?;
    Ok(problem.add_integer_var(column.objective, (lower, upper)))
}

impl Backend for Microlp {
    fn name(&self) -> &'static str {
        "microlp"
    }

    fn solve(&self, programme: &Programme, effort: &Effort) -> Result<Outcome, Error> {
        if let Some(outcome) = settled(programme)? {
            return Ok(outcome);
        }
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let mut variables = Vec::with_capacity(programme.columns.len());
        for column in &programme.columns {
            variables.push(if column.integer {
                whole(&mut problem, column)?
            } else {
                problem.add_var(column.objective, (column.lower, column.upper))
            });
        }
        for row in &programme.rows {
            let entries: Vec<(Variable, f64)> =
                row.entries.iter().map(|(column, factor)| (variables[*column], *factor)).collect();
            if row.lower == row.upper {
                problem.add_constraint(&entries, ComparisonOp::Eq, row.upper);
                continue;
            }
            if row.lower.is_finite() {
                problem.add_constraint(&entries, ComparisonOp::Ge, row.lower);
            }
            if row.upper.is_finite() {
                problem.add_constraint(&entries, ComparisonOp::Le, row.upper);
            }
        }
        let mut options = SolveOptions::default();
        options.mip_gap = effort.gap_frac;
        options.time_limit = effort.seconds_max.and_then(|s| Duration::try_from_secs_f64(s).ok());
        options.tolerances = Tolerances::default();
        options.tolerances.feasibility = FEASIBILITY;
        let outcome = match problem.solve_with(options) {
            Ok(outcome) => outcome,
            Err(microlp::Error::Infeasible) => return Ok(Outcome::Infeasible),
            Err(microlp::Error::Unbounded) => return Ok(Outcome::Unbounded),
            Err(fault) => return Err(error(fault.to_string())),
        };
        let proven = matches!(
            outcome.termination_reason(),
            TerminationReason::ProvenOptimal | TerminationReason::MipGap
        );
        let SolveOutcome::Solution(found) = outcome else { return Ok(Outcome::Stopped(None)) };
        let values: Vec<f64> =
            variables.iter().map(|variable| found.var_value(*variable)).collect();
        let bound = found.stats().best_bound.unwrap_or(if proven {
            found.objective()
        } else {
            f64::INFINITY
        });
        // An infinite bound of a whole column is a large number there: a value at it means that the
        // objective grows without end, or that the answer lies beyond what can be said.
        let at_edge = programme.columns.iter().zip(&values).any(|(column, value)| {
            column.integer
                && ((column.upper.is_infinite() && *value >= WHOLE_MAX)
                    || (column.lower.is_infinite() && *value <= -WHOLE_MAX))
        });
        if at_edge {
            return match unbounded_or_infeasible(&Clarabel, &programme.relaxed())? {
                Outcome::Unbounded => Ok(Outcome::Unbounded),
                _ => Err(error("a whole column reaches 2^31 - 1")),
            };
        }
        let solution = finished(self, programme, &values, bound, None)?;
        Ok(if proven { Outcome::Solved(solution) } else { Outcome::Stopped(Some(solution)) })
    }
}
