//! Answers that only this interface gives.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// The engine that answers.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Version {
    /// Its version.
    pub(crate) version: &'static str,
    /// The instruction set in use.
    pub(crate) simd: &'static str,
}

/// The plan that the server was started with.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct PlanAnswer {
    /// The plan as JSON, without defaults.
    pub(crate) plan: Value,
    /// The plan as TOML: the file itself where nothing is laid over it.
    pub(crate) text: String,
    /// Files that it names.
    pub(crate) files: BTreeMap<String, FileId>,
}

/// A file by its id.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct FileId {
    /// SHA-256 of the content in hexadecimal.
    pub(crate) id: String,
}

/// Names in the built-in tables.
#[expect(clippy::struct_field_names, reason = "the answer's own words")]
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Machines {
    /// Mining machines.
    pub(crate) machines: Vec<Machine>,
    /// Machines with a published ladder of settings.
    pub(crate) ladders: Vec<&'static str>,
    /// GPUs.
    pub(crate) gpus: Vec<String>,
}

/// A mining machine.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Machine {
    /// Its name, as plans use it.
    pub(crate) model: String,
    /// Rated hash rate.
    pub(crate) hashrate_th_per_s: f64,
    /// Rated draw.
    pub(crate) power_w: f64,
}

/// A plan that was read from a file.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ReadPlan {
    /// The plan as JSON, without defaults.
    pub(crate) plan: Value,
}

/// A file that is kept.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct KeptFile {
    /// Its id: SHA-256 of the content in hexadecimal.
    pub(crate) id: String,
    /// Its size in bytes.
    pub(crate) bytes: usize,
}
