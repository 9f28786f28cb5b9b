//! HiGHS: simplex with branch and cut, C++, exact on large programmes.

use ::highs::{HighsModelStatus, HighsSolutionStatus, RowProblem, Sense};

use super::{Backend, Effort, Outcome, finished, settled, unbounded_or_infeasible};
use crate::error::Error;
use crate::model::Programme;

/// Simplex with branch and cut, on one thread; duals of linear programmes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Highs;

/// How far values may miss a limit, and reduced costs their sign, where duals are asked for.
const FEASIBILITY: f64 = 1e-9;

/// The same where whole numbers are: a choice is made exact afterwards.
const WHOLE_FEASIBILITY: f64 = 1e-7;

/// Least factor that is not dropped as if it were 0.
const LEAST_FACTOR: f64 = 1e-12;

fn error(said: impl Into<String>) -> Error {
    Error::backend("highs", said)
}

fn model(programme: &Programme, effort: &Effort) -> Result<::highs::Model, Error> {
    let mut problem = RowProblem::default();
    let columns: Vec<::highs::Col> = programme
        .columns
        .iter()
        .map(|column| {
            let bounds = column.lower..=column.upper;
            problem.add_column_with_integrality(column.objective, bounds, column.integer)
        })
        .collect();
    for row in &programme.rows {
        let entries: Vec<(::highs::Col, f64)> =
            row.entries.iter().map(|(column, factor)| (columns[*column], *factor)).collect();
        problem.add_row(row.lower..=row.upper, &entries);
    }
    let mut model = problem
        .try_optimise(Sense::Maximise)
        .map_err(|status| error(format!("the programme was not taken: {status:?}")))?;
    let feasibility = if programme.is_mixed_integer() { WHOLE_FEASIBILITY } else { FEASIBILITY };
    let numbers = [
        ("mip_rel_gap", effort.gap_frac),
        ("mip_abs_gap", 0.0),
        ("primal_feasibility_tolerance", feasibility),
        ("dual_feasibility_tolerance", feasibility),
        ("mip_feasibility_tolerance", feasibility),
        ("small_matrix_value", LEAST_FACTOR),
        ("time_limit", effort.seconds_max.unwrap_or(f64::INFINITY)),
    ];
    for (option, value) in numbers {
        model.try_set_option(option, value).map_err(|_| error(option))?;
    }
    model.try_set_option("threads", 1).map_err(|_| error("threads"))?;
    model.try_set_option("parallel", "off").map_err(|_| error("parallel"))?;
    Ok(model)
}

impl Backend for Highs {
    fn name(&self) -> &'static str {
        "highs"
    }

    fn solve(&self, programme: &Programme, effort: &Effort) -> Result<Outcome, Error> {
        self.solve_from(programme, effort, None)
    }
}

impl Highs {
    /// [`solve`](Backend::solve), with a choice of values that is known already: what is worse is not
    /// looked at any more. A choice that breaks a limit is no help and no harm.
    ///
    /// # Errors
    /// As [`solve`](Backend::solve).
    pub fn solve_from(
        &self,
        programme: &Programme,
        effort: &Effort,
        known: Option<&[f64]>,
    ) -> Result<Outcome, Error> {
        if let Some(outcome) = settled(programme)? {
            return Ok(outcome);
        }
        let mut model = model(programme, effort)?;
        if known.is_some() {
            model.try_set_solution(known, None, None, None).map_err(|_| error("known values"))?;
        }
        let solved = model.try_solve().map_err(|status| error(format!("no run: {status:?}")))?;
        let status = solved.status();
        match status {
            HighsModelStatus::Infeasible => return Ok(Outcome::Infeasible),
            HighsModelStatus::Unbounded | HighsModelStatus::UnboundedOrInfeasible => {
                return if programme.columns.iter().all(|column| column.objective == 0.0) {
                    Ok(Outcome::Infeasible)
                } else {
                    unbounded_or_infeasible(self, programme)
                };
            }
            HighsModelStatus::Optimal
            | HighsModelStatus::ReachedTimeLimit
            | HighsModelStatus::ReachedIterationLimit
            | HighsModelStatus::ReachedSolutionLimit
            | HighsModelStatus::ReachedMemoryLimit
            | HighsModelStatus::Unknown => {}
            other => return Err(error(format!("{other:?}"))),
        }
        if solved.primal_solution_status() != HighsSolutionStatus::Feasible {
            return Ok(Outcome::Stopped(None));
        }
        let found = solved.get_solution();
        let proven = status == HighsModelStatus::Optimal;
        let (bound, row_duals) = if programme.is_mixed_integer() {
            let bound = solved.double_info_value(c"mip_dual_bound");
            (bound.map_err(|_| error("no bound"))?, None)
        } else {
            let bound = if proven { solved.objective_value() } else { f64::INFINITY };
            (bound, Some(found.dual_rows().to_vec()))
        };
        let solution = finished(self, programme, found.columns(), bound, row_duals)?;
        Ok(if proven { Outcome::Solved(solution) } else { Outcome::Stopped(Some(solution)) })
    }
}
