//! Figures that others published beside the engine's own: printed by `check`, held by a test.
//!
//! Every row is computed by the function that the product uses. A row that fails stays red with
//! its reason; no tolerance is widened to make it pass.

mod bank;
mod bitcoin;
mod hpc;
mod not_computed;

use crate::{
    about,
    result::{CheckResult, CheckRow},
};

/// What a row proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Independent inputs give the figure.
    Reproduced,
    /// One parameter was fitted: its name.
    Calibrated(&'static str),
    /// A sum of its own inputs: guards the definitions.
    Arithmetic,
}

/// A published figure and how the engine comes to it.
pub struct Figure {
    /// Name.
    pub name: String,
    /// What it proves.
    pub kind: Kind,
    /// Unit.
    pub unit: &'static str,
    /// As published.
    pub published: f64,
    /// Allowed relative error; 0: exact.
    pub tolerance: f64,
    /// Where it was published.
    pub source: String,
    /// The input that `compute` moves.
    pub mover: &'static str,
    /// The engine's figure with the mover raised by a fraction of itself (heights by that many
    /// halvings); 0 leaves everything as published.
    pub compute: Box<dyn Fn(f64) -> f64>,
}

impl Figure {
    /// `computed / published - 1`, or the difference where 0 was published.
    pub fn relative_error(&self, computed: f64) -> f64 {
        if self.published == 0.0 { computed } else { computed / self.published - 1.0 }
    }

    /// Whether a computed figure is within the tolerance.
    pub fn passes(&self, computed: f64) -> bool {
        // NaN is out of every tolerance.
        self.relative_error(computed).abs() <= self.tolerance
    }
}

/// Every published figure that the engine computes.
pub fn figures() -> Vec<Figure> {
    let mut figures = bitcoin::figures();
    figures.extend(hpc::figures());
    figures.extend(bank::figures());
    figures
}

/// Computes every row.
pub fn check() -> CheckResult {
    let rows = figures()
        .into_iter()
        .map(|figure| {
            let computed = (figure.compute)(0.0);
            CheckRow {
                kind: match figure.kind {
                    Kind::Reproduced => "reproduced",
                    Kind::Calibrated(_) => "calibrated",
                    Kind::Arithmetic => "arithmetic",
                },
                fitted: match figure.kind {
                    Kind::Calibrated(parameter) => Some(parameter.to_owned()),
                    _ => None,
                },
                unit: figure.unit,
                published: figure.published,
                computed,
                relative_error: figure.relative_error(computed),
                tolerance: figure.tolerance,
                pass: figure.passes(computed),
                source: figure.source,
                figure: figure.name,
            }
        })
        .collect();
    let mut result = CheckResult {
        about: about::of_arguments(about::YEAR_END, Vec::new()),
        rows,
        not_computed: not_computed::rows(),
    };
    result.about.formulas = about::formulas(&result);
    result
}

/// Builds rows with little ado.
struct Rows {
    source: &'static str,
    rows: Vec<Figure>,
}

impl Rows {
    fn new(source: &'static str) -> Self {
        Self { source, rows: Vec::new() }
    }

    /// Source of the rows that follow.
    fn from(&mut self, source: &'static str) {
        self.source = source;
    }

    fn row(
        &mut self,
        name: impl Into<String>,
        kind: Kind,
        (published, unit): (f64, &'static str),
        tolerance: f64,
        mover: &'static str,
        compute: impl Fn(f64) -> f64 + 'static,
    ) {
        self.rows.push(Figure {
            name: name.into(),
            kind,
            unit,
            published,
            tolerance,
            source: self.source.to_owned(),
            mover,
            compute: Box::new(compute),
        });
    }
}
