//! What the smaller commands answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::{About, NetworkMonth};

/// Answer of `cost`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CostResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Price of bitcoin of the scenario `now`.
    pub price_usd_per_btc: f64,
    /// One row a machine, power price and scenario.
    pub rows: Vec<CostRow>,
}

/// Cost to mine with one machine at one power price in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CostRow {
    /// Machine.
    pub machine: String,
    /// Efficiency of the machine itself.
    pub j_per_th: f64,
    /// Power price.
    pub usd_per_mwh: f64,
    /// Scenario: `now`, `halved`.
    pub scenario: String,
    /// Electricity only.
    pub electricity_usd_per_btc: f64,
    /// With everything incurred per running TH-day.
    pub direct_before_credits_usd_per_btc: f64,
    /// With everything incurred per installed TH-day as well.
    pub all_in_before_credits_usd_per_btc: f64,
    /// Direct less curtailment credits.
    pub direct_usd_per_btc: f64,
    /// All-in less curtailment credits.
    pub all_in_usd_per_btc: f64,
    /// Electricity only, per unit of hash rate.
    pub electricity_usd_per_ph_day: f64,
    /// Direct before credits, per unit of hash rate.
    pub direct_before_credits_usd_per_ph_day: f64,
    /// All-in before credits, per unit of hash rate.
    pub all_in_before_credits_usd_per_ph_day: f64,
    /// Direct less credits, per unit of hash rate.
    pub direct_usd_per_ph_day: f64,
    /// All-in less credits, per unit of hash rate.
    pub all_in_usd_per_ph_day: f64,
    /// Power price at which all-in before credits equals the price of bitcoin; null if there is
    /// none.
    pub breakeven_usd_per_mwh: Option<f64>,
}

/// Answer of `bench`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BenchResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Workload: `w1`, `w1red`, `w2`, `w3`.
    pub workload: &'static str,
    /// Road to the answer, `brute` or `shortcut`; null where there is one alone.
    pub method: Option<&'static str>,
    /// How cells were written, `cached` or `streaming`; null where none were.
    pub stores: Option<&'static str>,
    /// Threads of the kernel.
    pub threads: usize,
    /// Factor on the workload's machines or paths.
    pub scale: f64,
    /// Factor on the hours of `w2`; 1 for the others.
    pub hours_scale: usize,
    /// Cells: machine x price x state, machine-hours, or path-months.
    pub cells: usize,
    /// Timed runs.
    pub runs: usize,
    /// CPU time of the kernel, all threads together: median of the runs.
    pub cpu_ms: f64,
    /// Least CPU time of a run.
    pub cpu_ms_min: f64,
    /// Most CPU time of a run.
    pub cpu_ms_max: f64,
    /// Cells per second of CPU time, at its median.
    pub cells_per_cpu_s: f64,
    /// Wall time of the kernel: median of the runs.
    pub wall_ms: f64,
    /// Least wall time of a run.
    pub wall_ms_min: f64,
    /// Most wall time of a run.
    pub wall_ms_max: f64,
    /// CPU time below which the machine cannot do it, measured in turns with the kernel: the
    /// streaming stores of `w1`, six vector operations a point and hour of `w2` by brute force; null
    /// for the others.
    pub limit_cpu_ms: Option<f64>,
    /// `limit_cpu_ms / cpu_ms`: 1 is as fast as the machine goes.
    pub limit_frac: Option<f64>,
    /// SHA-256 of the answer's numbers as little-endian 64-bit floats.
    pub digest: String,
}

/// Answer of `halving`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HalvingResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Everything as today but the subsidy.
    pub mechanical: Vec<NetworkMonth>,
    /// Growth, efficiency and power price by stated rates.
    pub trend: Vec<NetworkMonth>,
    /// The published pair explained.
    pub decomposition: HalvingDecomposition,
}

/// How 92,000 becomes 180,000.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HalvingDecomposition {
    /// Cost before the halving.
    pub start_usd_per_btc: f64,
    /// Fees assumed throughout.
    pub fees_btc_per_block: f64,
    /// Cost after it, all else still.
    pub after_usd_per_btc: f64,
    /// Factor by which it rises.
    pub halving_factor: f64,
    /// Readings of the published pair.
    pub readings: Vec<HalvingReading>,
}

/// One reading of the published pair.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HalvingReading {
    /// What is assumed.
    pub reading: String,
    /// Cost before.
    pub start_usd_per_btc: f64,
    /// Fees; null where the reading has none.
    pub fees_btc_per_block: Option<f64>,
    /// Cost after.
    pub after_usd_per_btc: f64,
}

/// Answer of `lease`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LeaseResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Rent of the first year.
    pub first_year_usd_per_kw_month: f64,
    /// Average rent over the term.
    pub average_usd_per_kw_month: f64,
    /// Average revenue per critical MW and year.
    pub usd_per_mw_year: f64,
    /// Value of the base term.
    pub total_value_usd: f64,
    /// Value with all renewals taken up.
    pub total_value_with_renewals_usd: f64,
    /// Average NOI; null without a margin.
    pub noi_usd_per_year: Option<f64>,
    /// NOI per capital; null without both.
    pub yield_on_cost_frac: Option<f64>,
    /// Rent by year of the base term.
    pub by_year: Vec<LeaseYear>,
    /// Rent by year of the renewals.
    pub by_renewal_year: Vec<LeaseYear>,
}

/// Rent of one year.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LeaseYear {
    /// Year, from 1.
    pub lease_year: usize,
    /// Rent.
    pub rent_usd: f64,
}

/// Answer of `gpu`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct GpuResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Critical MW.
    pub critical_mw: f64,
    /// Number of GPUs.
    pub gpus: f64,
    /// Revenue.
    pub usd_per_year: f64,
    /// Critical power per GPU.
    pub kw_per_gpu: f64,
    /// Revenue per GPU and year.
    pub usd_per_gpu_year: f64,
    /// Revenue per GPU-hour, over 8,760 hours.
    pub usd_per_gpu_h: f64,
    /// Revenue per critical MW and year.
    pub usd_per_mw_year: f64,
}

/// Answer of `bridge`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BridgeResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Bitcoin mined in the period.
    pub btc_mined: f64,
    /// One row a definition, from the narrowest to the widest.
    pub rows: Vec<BridgeRow>,
}

/// Cost to mine under one definition.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BridgeRow {
    /// The definition in words.
    pub definition: String,
    /// Who publishes it.
    pub used_by: String,
    /// What it adds to the definition that it builds on, USD per BTC.
    pub adds_usd_per_btc: f64,
    /// Cost to mine under it.
    pub cost_usd_per_btc: f64,
}

/// Answer of `check`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CheckResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Every published figure beside the engine's.
    pub rows: Vec<CheckRow>,
    /// Figures of the sources that the engine does not compute.
    pub not_computed: Vec<NotComputedRow>,
}

/// A published figure beside the engine's.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CheckRow {
    /// The figure.
    pub figure: String,
    /// `reproduced`, `calibrated` or `arithmetic`.
    pub kind: &'static str,
    /// What was fitted, for calibrated rows.
    pub fitted: Option<String>,
    /// Unit.
    pub unit: &'static str,
    /// As published.
    pub published: f64,
    /// As computed.
    pub computed: f64,
    /// `computed / published - 1`.
    pub relative_error: f64,
    /// Allowed relative error; 0: exact.
    pub tolerance: f64,
    /// Whether it is within.
    pub pass: bool,
    /// Where it was published.
    pub source: String,
}

/// A published figure that the engine does not compute.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NotComputedRow {
    /// The figure.
    pub figure: String,
    /// As published.
    pub published: String,
    /// Why not.
    pub reason: String,
}
