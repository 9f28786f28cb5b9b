//! Linear and mixed-integer programmes: a sparse model, back ends, and a checker that trusts none.
//!
//! A [`Programme`] is columns with bounds, and rows that limit sums of them; the objective is always
//! maximised. [`backend`] hands it to a solver: Clarabel for linear programmes and their duals,
//! microlp for small ones with whole numbers, HiGHS behind the feature `highs`. No type of a solver
//! leaves this crate, and no word of one is repeated as truth: [`check`] finds feasibility, worth and
//! a bound from the duals again, in interval arithmetic. [`conflict`] says why there is no answer,
//! [`mps`] writes a text for any solver outside, [`separable`] solves what falls apart into parts.
//!
//! # Example
//!
//! Two sites share a budget: which to convert, and what would one more unit of budget be worth?
//!
//! ```
//! use programme::backend::{Effort, Outcome, default_for};
//! use programme::check::{Evidence, Tolerances, Verdict, verdict};
//! use programme::{Column, Programme, Row};
//!
//! let mut programme = Programme::new("two sites");
//! let a = programme.column(Column::binary("convert A", 30.0));
//! let b = programme.column(Column::binary("convert B", 25.0));
//! let small = programme.column(Column::continuous("small works", 1.0, 0.0, 8.0));
//! programme.row(Row::at_most("budget", 12.0, vec![(a, 8.0), (b, 7.0), (small, 2.0)]));
//!
//! let effort = Effort::default();
//! let Outcome::Solved(plan) = default_for(&programme).solve(&programme, &effort)? else {
//!     panic!("no plan");
//! };
//! assert_eq!(plan.values[..2], [1.0, 0.0]);
//! let evidence = Evidence::Claimed(plan.bound);
//! let tolerances = Tolerances::default();
//! let report = verdict(&programme, &plan.values, plan.objective, evidence, &tolerances);
//! assert_eq!(report.verdict, Verdict::Proven);
//! assert!((report.objective - 32.0).abs() < 1e-6);
//!
//! // Duals come from the linear relaxation, whose bound they prove.
//! let relaxed = programme.relaxed();
//! let Outcome::Solved(parts) = default_for(&relaxed).solve(&relaxed, &effort)? else {
//!     panic!("no plan");
//! };
//! let row_duals = parts.row_duals.as_deref().unwrap_or_default();
//! assert!((row_duals[0] - 25.0 / 7.0).abs() < 1e-6);
//! let evidence = Evidence::Duals(row_duals);
//! let report = verdict(&relaxed, &parts.values, parts.objective, evidence, &tolerances);
//! assert_eq!(report.verdict, Verdict::Proven);
//! assert!(report.bound >= plan.objective);
//! # Ok::<(), programme::Error>(())
//! ```

pub mod backend;
pub mod check;
pub mod conflict;
mod error;
pub mod interval;
mod model;
pub mod mps;
pub mod separable;
mod sum;

pub use error::Error;
pub use model::{Column, Programme, Row};
