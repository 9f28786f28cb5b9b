//! What the commands answer, field by field: the contract of `--format json`.
//!
//! Keys carry their units; [`crate::formulas`] says for every key how it is computed. A key that
//! is renamed is a new major version.

mod commands;
mod company;
mod decision;
mod dispatch;
mod explanation;
mod financing;
mod sensitivity;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

pub use commands::*;
pub use company::*;
pub use decision::*;
pub use dispatch::*;
pub use explanation::*;
pub use financing::*;
pub use sensitivity::*;

use crate::defaults::DefaultUsed;

/// Schema word of a result.
pub const RESULT_SCHEMA: &str = "hashpivot-result/1";

/// What every result says about itself.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct About {
    /// `hashpivot-result/1`.
    pub schema: &'static str,
    /// Version of the engine.
    pub version: &'static str,
    /// Instruction set that the kernels used.
    pub simd: &'static str,
    /// SHA-256 of the merged input; empty where a command had no file.
    pub input_digest: String,
    /// What the headline value is: `project_after_tax`; `none` where nothing is discounted.
    pub npv_basis: &'static str,
    /// When flows fall: `monthly` for plans, `year_end` for yearly models, `none` for figures of
    /// one moment.
    pub timing: &'static str,
    /// Defaults that entered the result.
    pub defaults: Vec<DefaultRow>,
    /// Formula id of every computed key.
    pub formulas: BTreeMap<&'static str, &'static str>,
}

/// A default that entered the result.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DefaultRow {
    /// Path of the key.
    pub path: String,
    /// The value.
    pub value: serde_json::Value,
    /// Unit in words, empty if it has none.
    pub unit: String,
    /// Where it comes from, or `[assumption]`.
    pub source: String,
}

impl From<&DefaultUsed> for DefaultRow {
    fn from(used: &DefaultUsed) -> Self {
        Self {
            path: used.path.clone(),
            value: used.value.clone(),
            unit: used.unit.clone(),
            source: used.source.to_owned(),
        }
    }
}

/// A fault as every surface reports it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Fault {
    /// Kind of fault.
    pub code: &'static str,
    /// File.
    pub file: String,
    /// Line, from 1; 0 where there is none.
    pub line: usize,
    /// Column, from 1; 0 where there is none.
    pub column: usize,
    /// Field.
    pub path: String,
    /// Value as written.
    pub value: String,
    /// Unit.
    pub unit: String,
    /// What is allowed.
    pub allowed: String,
    /// Likely cause.
    pub hint: String,
}

/// Answer of a command that refused its input.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FaultResult {
    /// All faults, in file order.
    pub faults: Vec<Fault>,
}

impl From<&units::Violation> for Fault {
    fn from(v: &units::Violation) -> Self {
        Self {
            code: v.code.as_str(),
            file: v.file.clone(),
            line: v.line,
            column: v.column,
            path: v.path.clone(),
            value: v.value.clone(),
            unit: v.unit.clone(),
            allowed: v.allowed.clone(),
            hint: v.hint.clone(),
        }
    }
}
