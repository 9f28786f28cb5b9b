//! What the smaller commands answer.

use schemars::JsonSchema;
use serde::Serialize;

use super::{About, NetworkMonth, ResponseMonth};

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
    /// Workload: `w1`, `w1red`, `w2`, `w3`, `w4`.
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
    /// The network answers: machines come, stop, retire and leave.
    pub response: Vec<NetworkMonth>,
    /// What happens on that line.
    pub response_months: Vec<ResponseMonth>,
    /// Runs of months in which a machine that leaves does the same to the network.
    pub branches: Vec<BranchSpan>,
    /// When the subsidy halves.
    pub halvings: Vec<HalvingDate>,
    /// The published pair explained, and what moves the cost on each line.
    pub decomposition: HalvingDecomposition,
    /// When machine models stop covering their electricity.
    pub deaths: Vec<DeathRow>,
    /// What the network needs per TH in the first month.
    pub network_efficiency: NetworkEfficiencyRow,
    /// What deserves attention without being an error.
    pub warnings: Vec<String>,
}

/// Months in which a machine that leaves does the same to the network.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BranchSpan {
    /// First month.
    pub from_month: String,
    /// Last month.
    pub to_month: String,
    /// `all_run`, `reserve_refills` or `reserve_too_dear`.
    pub branch: &'static str,
}

/// A halving by height, with the day on which it falls.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HalvingDate {
    /// First block with the new subsidy.
    pub height: u64,
    /// Subsidy from then on.
    pub subsidy_btc: f64,
    /// Day at 144 blocks a day, as in plans.
    pub plan_date: String,
    /// Day as blocks are found on the line on which the network answers.
    pub response_date: String,
}

/// What moves the cost of a bitcoin between two months, exactly and whatever the order.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CostChange {
    /// `mechanical`, `trend` or `response`.
    pub line: &'static str,
    /// `bank` or `average`.
    pub figure: &'static str,
    /// Month before.
    pub from_month: String,
    /// Month after.
    pub to_month: String,
    /// Cost before.
    pub from_usd_per_btc: f64,
    /// Cost after.
    pub to_usd_per_btc: f64,
    /// What each factor adds; they add up to the change.
    pub parts: Vec<CostPart>,
}

/// What one factor adds.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CostPart {
    /// `subsidy`, `fees`, `hash_rate`, `efficiency`, `power_price` or `overhead`.
    pub factor: &'static str,
    /// The factor before, in its own unit.
    pub factor_from: f64,
    /// The factor after.
    pub factor_to: f64,
    /// What it adds to the cost.
    pub part_usd_per_btc: f64,
}

/// When a machine model stops covering its electricity on a line.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DeathRow {
    /// The machine.
    pub machine: String,
    /// `mechanical`, `trend` or `response`.
    pub line: &'static str,
    /// Efficiency of the machine.
    pub j_per_th: f64,
    /// Site draw per machine draw.
    pub overhead: f64,
    /// Power price in the first month.
    pub usd_per_mwh: f64,
    /// Hashprice at which it breaks even in the first month.
    pub breakeven_usd_per_ph_day: f64,
    /// First month in which it does not cover its electricity; null if it always does.
    pub off_month: Option<String>,
    /// Hashprice of that month.
    pub off_usd_per_ph_day: Option<f64>,
    /// Month from which it never does again on this path; null if it runs in the last month.
    pub off_for_good_month: Option<String>,
}

/// What the network needs per TH at the meter.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NetworkEfficiencyRow {
    /// Cambridge's method on the built-in machines: machines that pay at 50 USD/MWh, by age.
    pub cbeci_j_per_th: Option<f64>,
    /// The best of them, with the lowest overhead.
    pub cbeci_min_j_per_th: Option<f64>,
    /// The worst of them, with the highest overhead.
    pub cbeci_max_j_per_th: Option<f64>,
    /// Machines that count.
    pub cbeci_models: usize,
    /// What runs of the cohorts, at the wall.
    pub cohorts_j_per_th: f64,
    /// Hash rate that is installed in all cohorts, running or not.
    pub network_installed_eh_per_s: f64,
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
    /// What moves the cost on each line, from the first month to the first full month after each
    /// halving and to the last month.
    pub changes: Vec<CostChange>,
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

/// Answer of `backtest`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BacktestResult {
    /// About the result itself.
    #[serde(flatten)]
    pub about: About,
    /// Where the history comes from.
    pub history: String,
    /// Its first month.
    pub first_month: String,
    /// Its last month.
    pub last_month: String,
    /// First month at whose end a forecast is made.
    pub first_origin: String,
    /// Last month that the fit has seen.
    pub fit_until: String,
    /// First month of the test.
    pub test_from: String,
    /// Last month of the test.
    pub test_until: String,
    /// Whether forecasts know the ban of mining in China in 2021.
    pub china_2021: bool,
    /// Fit error of the chosen parameters.
    pub fit_log_error: f64,
    /// Parameters of the response, as fitted.
    pub parameters: Vec<FittedParameter>,
    /// Resamples behind the intervals.
    pub resamples: usize,
    /// Consecutive origins that are drawn together.
    pub block_months: usize,
    /// Months over which the trend looks back.
    pub trend_months: usize,
    /// The regression at each horizon.
    pub regressions: Vec<RegressionRow>,
    /// Errors by model, horizon and window.
    pub scores: Vec<BacktestScore>,
}

/// A parameter of the response as fitted.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FittedParameter {
    /// Its key in a plan, below `bitcoin.response`.
    pub parameter: String,
    /// The value that fits best.
    pub fitted: f64,
    /// From 5 % to 95 % of the resamples.
    pub interval: [f64; 2],
    /// Values that were tried.
    pub tried: Vec<f64>,
}

/// The regression at one horizon.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RegressionRow {
    /// Months from origin to target.
    pub months_ahead: usize,
    /// Errors in the fit.
    pub errors: usize,
    /// Coefficients; empty where there are too few errors.
    pub coefficients: Vec<CoefficientRow>,
}

/// A coefficient.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CoefficientRow {
    /// What it multiplies.
    pub regressor: String,
    /// Its value.
    pub coefficient: f64,
    /// Its standard error, too small since errors overlap.
    pub standard_error: f64,
}

/// How one model did.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct BacktestScore {
    /// `response`, `persistence`, `trend` or `regression`.
    pub model: &'static str,
    /// Months from origin to target.
    pub months_ahead: usize,
    /// `fit`, `test`, or `in_sample` where a horizon is too long for the test.
    pub window: &'static str,
    /// Median of the absolute log errors.
    pub median_abs_log_error: f64,
    /// Mean log error.
    pub mean_log_error: f64,
    /// Errors.
    pub errors: usize,
    /// Most of them that do not overlap.
    pub non_overlapping: usize,
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
