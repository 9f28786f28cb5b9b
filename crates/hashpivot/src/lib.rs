//! Mine, lease or compute: the best use of a bitcoin miner's megawatts.
//!
//! This crate is the edge of the engine: it reads plan files, calls the core crates, and shows
//! what they answer, as tables, JSON, CSV and a report. [`input::load`] turns files into a plan,
//! [`run`] decides for every site of it.
//!
//! ```
//! use hashpivot::input::{self, Document, Sources};
//! let loaded = input::load(&Sources::of(Document::example()), &input::no_files)
//!     .map_err(|faults| faults[0].to_string())?;
//! let decision = hashpivot::run(&loaded).map_err(|e| e.to_string())?;
//! assert_eq!(decision.sites.len(), 3);
//! // The best plan is worth at least what mining on is worth.
//! assert!(decision.sites.iter().all(|site| site.gain_usd >= 0.0));
//! # Ok::<(), String>(())
//! ```

pub mod about;
pub mod backtest;
pub mod bench;
pub mod commands;
pub mod company;
pub mod defaults;
pub mod dispatch;
pub mod error;
pub mod explain;
pub mod facts;
mod financing;
mod fleet;
pub mod formulas;
pub mod halving;
pub mod input;
mod keys;
mod lines;
pub mod output;
pub mod progress;
pub mod published;
pub mod report;
pub mod result;
mod run;
pub mod schema;
pub mod sensitivity;
mod sentence;
pub mod strikes;
pub mod view;
#[cfg(feature = "serve")]
pub mod web;
#[cfg(feature = "workbook")]
pub mod workbook;
pub mod workload;

pub use error::Error;
pub use run::{Answer, Depth, answer, run, run_held, run_to};
