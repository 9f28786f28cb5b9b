//! Joint monthly paths of the price of bitcoin, difficulty, power and GPU rental, and what mining,
//! colocation and a GPU cloud are worth on each.
//!
//! Every number of every path is a function of (seed, path, month, factor): it does not matter which
//! thread computes it, in what batch, or whether the path is run again alone. Equal seeds under
//! another model give common random numbers; [`Draws::Seeded`] can mirror them.

use ndarray::{Array3, ArrayViewMut2};
use units::{Code, Faults, Violation};

use crate::error::Error;
use crate::isa::{self, Isa};
use crate::kernel::MAX_LANES;
use crate::kernel::paths::{Drawn, Dynamics, FACTORS, Flows, Given, Inverted, MonthFlows, USES};
use crate::kernel::sum;

/// Paths of one task: a few hundred microseconds of work.
const TASK_PATHS: usize = 1_024;

/// How the state moves from month to month.
///
/// # Formula
/// With independent standard normal `z1..z4` and their mix `e2 = l21 z1 + l22 z2`,
/// `e3 = l31 z1 + l32 z2 + l33 z3`:
/// `ln S += drift + sigma z1`; `x += pull (x_mean - x) + sigma e2` for `x` the logarithm of the power
/// price; `ln G += drift + sigma e3`; with `h = S R / D` the hash value before the month's
/// adjustment, `ln D += clamp(response (ln h - ln h_normal), +-response_max) + growth + sigma z4`.
#[derive(Clone, Debug, PartialEq)]
pub struct PathModel {
    /// Price of a bitcoin at the start.
    pub price_usd_per_btc: f64,
    /// Drift of its logarithm a month.
    pub price_drift: f64,
    /// Standard deviation of its logarithm in a month.
    pub price_sigma: f64,
    /// Power price at the start, USD/MWh.
    pub power_usd_per_mwh: f64,
    /// Power price that paths are pulled to, USD/MWh.
    pub power_mean_usd_per_mwh: f64,
    /// Share of the distance that a month closes.
    pub power_pull: f64,
    /// Standard deviation of its logarithm in a month.
    pub power_sigma: f64,
    /// Rental of a GPU at the start, USD/h.
    pub gpu_usd_per_h: f64,
    /// Drift of its logarithm a month.
    pub gpu_drift: f64,
    /// Standard deviation of its logarithm in a month.
    pub gpu_sigma: f64,
    /// Second row of the factor matrix: loadings of power on `z1`, `z2`.
    pub power_loadings: [f64; 2],
    /// Third row: loadings of GPU rental on `z1`, `z2`, `z3`.
    pub gpu_loadings: [f64; 3],
    /// Difficulty at the start.
    pub difficulty: f64,
    /// Growth of its logarithm a month at a normal hash value.
    pub difficulty_growth: f64,
    /// Answer of its logarithm to the logarithm of the hash value over the normal one.
    pub difficulty_response: f64,
    /// Most that it answers in a month, up or down.
    pub difficulty_response_max: f64,
    /// Standard deviation of its logarithm in a month.
    pub difficulty_sigma: f64,
    /// Hash value at which it does not answer, USD per TH/s-month.
    pub hash_value_normal_usd_per_th_month: f64,
}

/// A month of every path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Month {
    /// Bitcoin times difficulty that a TH/s earns in the month: the reward at difficulty 1.
    pub reward_btc_difficulty_per_th: f64,
    /// Value today of a dollar at the month's end.
    pub discount_factor: f64,
    /// Rent of the hall, USD.
    pub rent_usd: f64,
}

/// What the uses earn and cost in a month, and at the start.
#[derive(Clone, Debug, PartialEq)]
pub struct Uses {
    /// Hash rate of the machines, uptime included, TH/s.
    pub mine_th_per_s: f64,
    /// Energy of a month of mining, MWh.
    pub mine_mwh: f64,
    /// What a month costs when the machines are off, USD: the floor of the margin.
    pub mine_idle_usd: f64,
    /// Fixed costs of a month of mining, USD.
    pub mine_fixed_usd: f64,
    /// What the machines cost, USD.
    pub mine_capex_usd: f64,
    /// Months of hash value that the machines fetch at the end.
    pub mine_salvage_months: f64,
    /// Energy of a month that the landlord pays, MWh.
    pub colo_mwh: f64,
    /// Fixed costs of a month of the hall, USD.
    pub colo_fixed_usd: f64,
    /// What the hall costs, USD.
    pub colo_capex_usd: f64,
    /// GPU-hours sold in a month.
    pub gpu_h: f64,
    /// Energy of a month of the cloud, MWh.
    pub gpu_mwh: f64,
    /// Fixed costs of a month of the cloud, USD.
    pub gpu_fixed_usd: f64,
    /// What hall and GPUs cost, USD.
    pub gpu_capex_usd: f64,
}

/// Where the normal numbers come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Draws<'a> {
    /// Philox bits of a seed, in pairs by Box and Muller: 1.8 times as fast as by the inverse.
    Seeded {
        /// The seed.
        seed: u64,
        /// Whether every number has the other sign: the mirror image of the same seed.
        mirrored: bool,
    },
    /// The same bits through the inverse of the normal distribution.
    Inverted {
        /// The seed.
        seed: u64,
    },
    /// Numbers above 0 and below 1 of the caller, such as quasi-random points, through the inverse:
    /// `[months, 4, paths]`, for all paths of the call.
    Uniforms(&'a [f64]),
}

/// Net present values of mining, colocation and a GPU cloud on paths `first_path..`, USD.
///
/// # Shapes
/// `out`: `[3, paths]` in standard layout.
///
/// # Special cases
/// The same bits for any number of threads and any split of the paths over calls, and on every
/// [`Isa`] with a fused multiply-add.
///
/// # Errors
/// [`Error::Invalid`] for figures that are not finite, or not above zero where a logarithm is taken;
/// [`Error::LengthMismatch`] and [`Error::NotContiguous`].
pub fn net_present_values(
    isa: Isa,
    model: &PathModel,
    uses: &Uses,
    months: &[Month],
    draws: Draws<'_>,
    first_path: u64,
    mut out: ArrayViewMut2<'_, f64>,
) -> Result<(), Error> {
    check(model, uses, months)?;
    let (rows, paths) = out.dim();
    if rows != USES {
        return Err(Error::LengthMismatch { column: "out", expected: USES, found: rows });
    }
    let Some(cells) = out.as_slice_mut() else { return Err(Error::NotContiguous) };
    let mirrored = matches!(draws, Draws::Seeded { mirrored: true, .. });
    let dynamics = dynamics(model, mirrored);
    let months = month_flows(uses, months);
    let flows = flows(uses, &months);
    let uniforms = match draws {
        Draws::Uniforms(uniforms) => Some(padded(uniforms, months.len(), paths)?),
        _ => None,
    };
    if paths == 0 {
        return Ok(());
    }
    let (mine, others) = cells.split_at_mut(paths);
    let (colo, cloud) = others.split_at_mut(paths);
    each_task([mine, colo, cloud], |task, out| {
        let place = task * TASK_PATHS;
        let first_path = first_path.wrapping_add(place as u64);
        match draws {
            Draws::Seeded { seed, .. } => {
                let source = Drawn { key: key(seed) };
                isa::value_drawn_paths(isa, &dynamics, flows, source, first_path, out);
            }
            Draws::Inverted { seed } => {
                let source = Inverted { key: key(seed) };
                isa::value_inverted_paths(isa, &dynamics, flows, source, first_path, out);
            }
            Draws::Uniforms(_) => {
                let uniforms = uniforms.as_deref().unwrap_or_default();
                let paths = paths.next_multiple_of(MAX_LANES);
                let source = Given { uniforms: &uniforms[place..], paths };
                isa::value_given_paths(isa, &dynamics, flows, source, first_path, out);
            }
        }
    });
    Ok(())
}

/// The prices behind [`net_present_values`]: hash value (USD per TH/s-month), power price (USD/MWh)
/// and GPU rental (USD/h) at the end of each month, to the bit those that are valued.
///
/// # Shapes
/// `[3, months, paths]`.
///
/// # Errors
/// As [`net_present_values`].
pub fn traces(
    isa: Isa,
    model: &PathModel,
    uses: &Uses,
    months: &[Month],
    seed: u64,
    first_path: u64,
    paths: usize,
) -> Result<Array3<f64>, Error> {
    check(model, uses, months)?;
    let months = month_flows(uses, months);
    let mut cells = vec![0.0; 3 * months.len() * paths];
    let (hash_values, others) = cells.split_at_mut(months.len() * paths);
    let (powers, gpus) = others.split_at_mut(months.len() * paths);
    let out = [hash_values, powers, gpus];
    let source = Drawn { key: key(seed) };
    isa::trace_drawn_paths(isa, &dynamics(model, false), &months, source, first_path, out);
    Array3::from_shape_vec((3, months.len(), paths), cells).map_err(|_| Error::NotContiguous)
}

/// What a column of outcomes looks like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcomes {
    /// Mean.
    pub mean: f64,
    /// Quantiles at 5, 25, 50, 75 and 95 %: the outcome at that place when sorted, rounded down.
    pub quantiles: [f64; 5],
    /// Mean of the worst 5 %, at least of one.
    pub cvar_5: f64,
}

impl Outcomes {
    /// Of the outcomes given, which are put into another order; `None` without any.
    pub fn of(outcomes: &mut [f64]) -> Option<Self> {
        let count = outcomes.len();
        if count == 0 {
            return None;
        }
        let mean = sum(outcomes) / count as f64;
        let mut quantiles = [0.0; 5];
        // From above, so that each selection leaves the smaller ones in front.
        let mut rest = count;
        for (place, percent) in [5, 25, 50, 75, 95].into_iter().enumerate().rev() {
            let rank = (count - 1) * percent / 100;
            let (_, quantile, _) = outcomes[..rest].select_nth_unstable_by(rank, f64::total_cmp);
            quantiles[place] = *quantile;
            rest = rank + 1;
        }
        let worst = &mut outcomes[..(count * 5 / 100).max(1)];
        // Sorted, their sum does not depend on how they were selected.
        worst.sort_unstable_by(f64::total_cmp);
        Some(Self { mean, quantiles, cvar_5: sum(worst) / worst.len() as f64 })
    }
}

fn key(seed: u64) -> [u32; 2] {
    let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or_default();
    [half(seed), half(seed >> 32)]
}

fn dynamics(model: &PathModel, mirrored: bool) -> Dynamics {
    let sign = if mirrored { -1.0 } else { 1.0 };
    let power = sign * model.power_sigma;
    let gpu = sign * model.gpu_sigma;
    let ln_normal = model.hash_value_normal_usd_per_th_month.ln();
    Dynamics {
        ln_price: model.price_usd_per_btc.ln(),
        ln_difficulty: model.difficulty.ln(),
        ln_power: model.power_usd_per_mwh.ln(),
        ln_gpu: model.gpu_usd_per_h.ln(),
        price_drift: model.price_drift,
        price_loading: sign * model.price_sigma,
        power_kept: 1.0 - model.power_pull,
        power_added: model.power_pull * model.power_mean_usd_per_mwh.ln(),
        power_loadings: model.power_loadings.map(|loading| power * loading),
        gpu_drift: model.gpu_drift,
        gpu_loadings: model.gpu_loadings.map(|loading| gpu * loading),
        growth: model.difficulty_growth,
        response: model.difficulty_response,
        response_at_one: -model.difficulty_response * ln_normal,
        response_max: model.difficulty_response_max,
        difficulty_loading: sign * model.difficulty_sigma,
    }
}

fn month_flows(uses: &Uses, months: &[Month]) -> Vec<MonthFlows> {
    let flows = |month: &Month| {
        let discount = month.discount_factor;
        MonthFlows {
            ln_reward: month.reward_btc_difficulty_per_th.ln(),
            discount_factor: discount,
            mine_fixed_usd: discount * uses.mine_fixed_usd,
            colo_net_usd: discount * (month.rent_usd - uses.colo_fixed_usd),
            colo_mwh: discount * uses.colo_mwh,
            gpu_h: discount * uses.gpu_h,
            gpu_mwh: discount * uses.gpu_mwh,
            gpu_fixed_usd: discount * uses.gpu_fixed_usd,
        }
    };
    months.iter().map(flows).collect()
}

fn flows<'a>(uses: &Uses, months: &'a [MonthFlows]) -> Flows<'a> {
    let last = months.last().map_or(1.0, |month| month.discount_factor);
    Flows {
        months,
        mine_th_per_s: uses.mine_th_per_s,
        mine_mwh: uses.mine_mwh,
        mine_idle_usd: uses.mine_idle_usd,
        salvage_th_months: last * uses.mine_salvage_months * uses.mine_th_per_s,
        capex_usd: [uses.mine_capex_usd, uses.colo_capex_usd, uses.gpu_capex_usd],
    }
}

/// Rows of uniforms, each as long as whole registers are.
fn padded(uniforms: &[f64], months: usize, paths: usize) -> Result<Vec<f64>, Error> {
    let (expected, found) = (months * FACTORS * paths, uniforms.len());
    if found != expected {
        return Err(Error::LengthMismatch { column: "uniforms", expected, found });
    }
    if let Some(place) = uniforms.iter().position(|&u| !(u > 0.0 && u < 1.0)) {
        let fault = Violation::new(Code::Range, format!("uniforms[{place}]"));
        let fault = fault.value(uniforms[place]).allowed("allowed above 0 and below 1");
        return Err(Error::Invalid(vec![fault]));
    }
    let width = paths.next_multiple_of(MAX_LANES);
    // Lanes beyond the last path stay in the middle, and nobody reads them.
    let mut rows = vec![0.5; months * FACTORS * width];
    if paths > 0 {
        for (row, given) in rows.chunks_exact_mut(width).zip(uniforms.chunks_exact(paths)) {
            row[..paths].copy_from_slice(given);
        }
    }
    Ok(rows)
}

/// Most that a logarithm may move in a month, and most that a logarithm may be.
const LN_MAX: f64 = 50.0;

/// Largest amount: sums of products stay finite.
const AMOUNT_MAX: f64 = 1e30;

fn check(model: &PathModel, uses: &Uses, months: &[Month]) -> Result<(), Error> {
    let mut faults = Faults::default();
    let mut above_zero = |path: &str, value: f64| {
        let holds = value > 0.0 && value.ln().abs() <= LN_MAX;
        faults.demand(holds, path, value, "allowed above 0, its logarithm within 50");
    };
    above_zero("price_usd_per_btc", model.price_usd_per_btc);
    above_zero("power_usd_per_mwh", model.power_usd_per_mwh);
    above_zero("power_mean_usd_per_mwh", model.power_mean_usd_per_mwh);
    above_zero("gpu_usd_per_h", model.gpu_usd_per_h);
    above_zero("difficulty", model.difficulty);
    above_zero("hash_value_normal_usd_per_th_month", model.hash_value_normal_usd_per_th_month);
    for (place, month) in months.iter().enumerate() {
        let path = format!("months[{place}].reward_btc_difficulty_per_th");
        above_zero(&path, month.reward_btc_difficulty_per_th);
    }
    let mut within = |path: &str, value: f64, most: f64| {
        faults.demand(value.abs() <= most, path, value, &format!("allowed up to {most:e}"));
    };
    within("price_drift", model.price_drift, 1.0);
    within("price_sigma", model.price_sigma, 1.0);
    within("power_pull", model.power_pull, 1.0);
    within("power_sigma", model.power_sigma, 1.0);
    within("gpu_drift", model.gpu_drift, 1.0);
    within("gpu_sigma", model.gpu_sigma, 1.0);
    within("difficulty_growth", model.difficulty_growth, 1.0);
    within("difficulty_response", model.difficulty_response, 1.0);
    within("difficulty_response_max", model.difficulty_response_max, 1.0);
    within("difficulty_sigma", model.difficulty_sigma, 1.0);
    for loading in model.power_loadings.iter().chain(&model.gpu_loadings) {
        within("loadings", *loading, 1.0);
    }
    for (path, amount) in [
        ("mine_th_per_s", uses.mine_th_per_s),
        ("mine_mwh", uses.mine_mwh),
        ("mine_idle_usd", uses.mine_idle_usd),
        ("mine_fixed_usd", uses.mine_fixed_usd),
        ("mine_capex_usd", uses.mine_capex_usd),
        ("mine_salvage_months", uses.mine_salvage_months),
        ("colo_mwh", uses.colo_mwh),
        ("colo_fixed_usd", uses.colo_fixed_usd),
        ("colo_capex_usd", uses.colo_capex_usd),
        ("gpu_h", uses.gpu_h),
        ("gpu_mwh", uses.gpu_mwh),
        ("gpu_fixed_usd", uses.gpu_fixed_usd),
        ("gpu_capex_usd", uses.gpu_capex_usd),
    ] {
        within(path, amount, AMOUNT_MAX);
    }
    for (place, month) in months.iter().enumerate() {
        within(&format!("months[{place}].discount_factor"), month.discount_factor, 1e6);
        within(&format!("months[{place}].rent_usd"), month.rent_usd, AMOUNT_MAX);
    }
    faults.into_result().map_err(Error::Invalid)
}

/// Runs a function on consecutive runs of paths of three columns, with the task's index.
#[cfg(feature = "parallel")]
fn each_task([a, b, c]: [&mut [f64]; USES], work: impl Fn(usize, [&mut [f64]; USES]) + Sync) {
    use rayon::prelude::{IndexedParallelIterator, ParallelIterator, ParallelSliceMut};
    a.par_chunks_mut(TASK_PATHS)
        .zip(b.par_chunks_mut(TASK_PATHS))
        .zip(c.par_chunks_mut(TASK_PATHS))
        .enumerate()
        .for_each(|(task, ((a, b), c))| work(task, [a, b, c]));
}

/// Runs a function on consecutive runs of paths of three columns, with the task's index.
#[cfg(not(feature = "parallel"))]
fn each_task([a, b, c]: [&mut [f64]; USES], work: impl Fn(usize, [&mut [f64]; USES]) + Sync) {
    let columns = a.chunks_mut(TASK_PATHS).zip(b.chunks_mut(TASK_PATHS));
    let columns = columns.zip(c.chunks_mut(TASK_PATHS)).enumerate();
    columns.for_each(|(task, ((a, b), c))| work(task, [a, b, c]));
}
