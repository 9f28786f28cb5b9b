//! The formula workbook: a decision as a spreadsheet that can be followed line by line, and the
//! inputs read back from it.
//!
//! [`write()`] lays out the plan that was chosen: every input in a cell of its own, one sheet a role,
//! and live formulas from cost to mine through rent, income, tax and cash flow to value. What only
//! the engine can know (the network's path, months of dispatch, the choice itself) stands there as
//! numbers and looks different. Every formula carries the engine's result, so that a preview shows
//! what the engine says, and a recalculation elsewhere proves it. [`read()`] turns a workbook that
//! somebody has filled in into a plan again.
//!
//! No macros, no volatile functions, no links to other files, nothing newer than Excel 2010.
//!
//! ```
//! use hashpivot::input::{self, Document, Sources};
//! use hashpivot::{Depth, answer, workbook};
//! let loaded = input::load(&Sources::of(Document::example()), &input::no_files)
//!     .map_err(|faults| faults[0].to_string())?;
//! let answer = answer(&loaded, None, Depth::Quick, &compare::Watch::default())
//!     .map_err(|e| e.to_string())?;
//! let bytes = workbook::write(&loaded, &answer).map_err(|e| e.to_string())?;
//! // What was written is read back as the same plan.
//! let filled = workbook::read("model.xlsx", &bytes).map_err(|faults| faults[0].to_string())?;
//! let again = input::load(&Sources::of(filled.document()), &input::no_files)
//!     .map_err(|faults| faults[0].to_string())?;
//! assert_eq!(again.plan, loaded.plan);
//! # Ok::<(), String>(())
//! ```

mod archive;
mod cash;
mod cell;
mod cost;
mod debt;
mod flow;
mod hall;
mod inputs;
mod mining;
mod page;
mod read;
mod summary;
mod value;
mod write;

#[cfg(test)]
mod tests;

pub use read::{Filled, read};
pub use write::write;

/// Name of the sheet that is read back.
pub(crate) const INPUTS: &str = "Inputs";
/// Heading of the column of paths on it.
pub(crate) const PATH_HEADING: &str = "Input";
/// Heading of the column of values on it.
pub(crate) const VALUE_HEADING: &str = "Value";
