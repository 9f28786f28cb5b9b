//! What `sensitivity` and `map` answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::About;

/// What happens when one input at a time moves.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SensitivityResult {
    /// About this answer.
    #[serde(flatten)]
    pub about: About,
    /// Name of the plan.
    pub plan_name: String,
    /// The plan as it stands.
    pub base: PointResult,
    /// One row an input, the largest swing of all sites first.
    pub rows: Vec<SensitivityRow>,
    /// Inputs that were moved and change nothing.
    pub without_effect: Vec<String>,
}

/// One input, moved to both sides.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SensitivityRow {
    /// Path of the input in the plan.
    pub input: String,
    /// Its unit.
    pub unit: String,
    /// Its value in the plan.
    pub base_value: f64,
    /// The low value tried.
    pub low_value: f64,
    /// The high value tried.
    pub high_value: f64,
    /// What happens at the low value; null where the plan is refused there.
    pub low: Option<PointResult>,
    /// What happens at the high value; null where the plan is refused there.
    pub high: Option<PointResult>,
    /// Largest value of all sites less the least of them, the plan as it stands among them, USD.
    pub swing_usd: f64,
}

/// Everything decided again at one point.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PointResult {
    /// Value of all sites, USD.
    pub npv_usd: f64,
    /// The sites, in file order.
    pub sites: Vec<PointSite>,
}

/// A site at one point.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PointSite {
    /// Id of the site.
    pub site: String,
    /// What it does, in a few words.
    pub decision: String,
    /// Its value, USD.
    pub npv_usd: f64,
    /// Value above the best way of mining on, USD.
    pub gain_usd: f64,
}

/// The decision over two inputs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MapResult {
    /// About this answer.
    #[serde(flatten)]
    pub about: About,
    /// Name of the plan.
    pub plan_name: String,
    /// The input along the horizontal side.
    pub x: AxisResult,
    /// The other input.
    pub y: AxisResult,
    /// Every pair of values, row by row of `y`.
    pub cells: Vec<MapCell>,
}

/// One side of a map.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct AxisResult {
    /// Path of the input in the plan.
    pub input: String,
    /// Its unit.
    pub unit: String,
    /// Its value in the plan.
    pub base_value: f64,
    /// The values tried, rising.
    pub values: Vec<f64>,
}

/// One pair of values.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MapCell {
    /// Value of the horizontal input.
    pub x_value: f64,
    /// Value of the other input.
    pub y_value: f64,
    /// What happens there; null where the plan is refused.
    pub point: Option<PointResult>,
}
