//! The standing workloads against the clock: what one kernel takes on this machine.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;
use hashcost::paths::{Draws, net_present_values};
use hashcost::{Dispatch, Isa, Level, Method, Stores, cost_grid, dispatch_by, reduced_grid_by};
use ndarray::{Array2, Array3};
use sha2::{Digest, Sha256};
use units::{Code, Violation};

use crate::{about, error::Error, output::hexadecimal, result::BenchResult, workload};

/// Most bytes of output that a run may ask for.
const OUTPUT_BYTES_MAX: usize = 8 << 30;

/// Seed of the paths.
const SEED: u64 = 1;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// The whole cost grid.
    W1,
    /// The cost grid reduced on the fly.
    W1Red,
    /// The hourly dispatch.
    W2,
    /// The path simulation.
    W3,
}

impl Workload {
    fn name(self) -> &'static str {
        match self {
            Self::W1 => "w1",
            Self::W1Red => "w1red",
            Self::W2 => "w2",
            Self::W3 => "w3",
        }
    }
}

/// What to run and how often.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BenchArguments {
    /// The workload.
    pub workload: Workload,
    /// Factor on its machines or paths.
    pub scale: f64,
    /// Factor on its hours (`w2`).
    pub hours_scale: usize,
    /// Threads.
    pub threads: usize,
    /// Timed runs.
    pub runs: usize,
    /// Road to the answer (`w1red`, `w2`); `None` leaves it to the engine.
    pub method: Option<Method>,
    /// How cells are written (`w1`); `None` leaves it to the engine.
    pub stores: Option<Stores>,
}

/// Runs a workload once to warm up and then against the clocks.
///
/// Inputs are built and output memory is touched before; only the kernel is timed. The digest is
/// that of the answer's bits and does not depend on threads, nor on the instruction set wherever
/// that has a fused multiply-add.
///
/// # Errors
/// [`Error::Input`] for a size, a number of runs or threads, or a method that cannot be.
pub fn bench(arguments: &BenchArguments, isa: Isa) -> Result<BenchResult, Error> {
    check(arguments)?;
    let BenchArguments { workload, hours_scale, method, stores, .. } = *arguments;
    let scaled = |size: usize| scaled(size, arguments.scale);
    let level = Level::AllInBeforeCredits;
    let mut hash = Sha256::new();
    let mut add = |values: &[f64]| {
        for value in values {
            hash.update(value.to_le_bytes());
        }
    };
    let measured = match workload {
        Workload::W1 | Workload::W1Red => {
            let [machines, prices, states] = workload::GRID;
            let machines = scaled(machines);
            let cells = machines * prices * states;
            let fleet = workload::fleet(machines)?;
            let prices = workload::prices_usd_per_mwh(prices);
            let networks = workload::networks(states);
            if workload == Workload::W1 {
                refuse_above(cells)?;
                let stores = stores.unwrap_or_else(|| Stores::of_cells(cells));
                // Every page is touched by a value that is no cost.
                let mut out = Array3::from_elem((states, machines, prices.len()), f64::NAN);
                let clocks = timed(arguments, || {
                    let out = out.view_mut();
                    cost_grid(isa, stores, &fleet, level, &prices, &networks, out)
                })?;
                add(out.as_slice().unwrap_or_default());
                Measured { cells, method: None, stores: Some(stores), clocks }
            } else {
                let method = method.unwrap_or_else(Method::of_reduced_grid);
                let mut answer = None;
                let clocks = timed(arguments, || {
                    answer = Some(reduced_grid_by(method, isa, &fleet, level, &prices, &networks)?);
                    Ok(())
                })?;
                for column in answer.iter().flat_map(|a| [&a.machines, &a.th_per_s, &a.usd_per_btc])
                {
                    add(column.as_slice().unwrap_or_default());
                }
                Measured { cells, method: Some(method), stores: None, clocks }
            }
        }
        Workload::W2 => {
            let [machines, hours, points] = workload::DISPATCH;
            let ladders = workload::ladders(scaled(machines), points)?;
            let hours = workload::hours(hours, hours_scale)?;
            let method = method.unwrap_or_else(|| Method::of_dispatch(&ladders, &hours));
            let mut out = Dispatch::default();
            let clocks = timed(arguments, || dispatch_by(method, isa, &ladders, &hours, &mut out))?;
            for column in [&out.profit_usd, &out.energy_mwh, &out.btc] {
                add(column);
            }
            add(&out.hours.iter().map(|&hours| f64::from(hours)).collect::<Vec<_>>());
            let cells = ladders.machines() * hours.count();
            Measured { cells, method: Some(method), stores: None, clocks }
        }
        Workload::W3 => {
            let [paths, months] = workload::PATHS;
            let (model, uses, months) = workload::paths(months);
            let mut out = Array2::from_elem((3, scaled(paths)), f64::NAN);
            let cells = out.ncols() * months.len();
            let draws = Draws::Seeded { seed: SEED, mirrored: false };
            let clocks = timed(arguments, || {
                net_present_values(isa, &model, &uses, &months, draws, 0, out.view_mut())
            })?;
            add(out.as_slice().unwrap_or_default());
            Measured { cells, method: None, stores: None, clocks }
        }
    };
    let mut result = measured.result(arguments, isa, hash);
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// A size times a factor that was checked, rounded up.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "factors are above 0 and sizes far below 2^52"
)]
fn scaled(size: usize, factor: f64) -> usize {
    (size as f64 * factor).ceil() as usize
}

/// Times of a workload and the choices behind them.
struct Measured {
    cells: usize,
    method: Option<Method>,
    stores: Option<Stores>,
    clocks: Vec<Clocks>,
}

/// CPU time of the process and wall time of a run.
struct Clocks {
    cpu: Duration,
    wall: Duration,
}

impl Measured {
    fn result(&self, arguments: &BenchArguments, isa: Isa, hash: Sha256) -> BenchResult {
        let [cpu_ms_min, cpu_ms, cpu_ms_max] = spread(self.clocks.iter().map(|c| c.cpu));
        let [wall_ms_min, wall_ms, wall_ms_max] = spread(self.clocks.iter().map(|c| c.wall));
        BenchResult {
            about: about::of_kernels(isa),
            workload: arguments.workload.name(),
            method: self.method.map(|method| match method {
                Method::Brute => "brute",
                Method::Shortcut => "shortcut",
            }),
            stores: self.stores.map(|stores| match stores {
                Stores::Cached => "cached",
                Stores::Streaming => "streaming",
            }),
            threads: arguments.threads,
            cells: self.cells,
            runs: arguments.runs,
            cpu_ms,
            cpu_ms_min,
            cpu_ms_max,
            wall_ms,
            wall_ms_min,
            wall_ms_max,
            digest: hexadecimal(&hash.finalize()),
        }
    }
}

/// Least, median and most of some times, ms.
fn spread(times: impl Iterator<Item = Duration>) -> [f64; 3] {
    let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1e3).collect();
    times.sort_by(f64::total_cmp);
    let middle = times.len() / 2;
    [times[0], times[middle], times[times.len() - 1]]
}

/// One run without the clocks, and as many as asked for with them, on the threads asked for.
fn timed(
    arguments: &BenchArguments,
    mut run: impl FnMut() -> Result<(), hashcost::Error> + Send,
) -> Result<Vec<Clocks>, Error> {
    let runs = arguments.runs;
    let all = move || {
        run()?;
        (0..runs)
            .map(|_| {
                let (cpu, wall) = (ProcessTime::now(), Instant::now());
                run()?;
                Ok(Clocks { wall: wall.elapsed(), cpu: cpu.elapsed() })
            })
            .collect::<Result<Vec<_>, hashcost::Error>>()
    };
    on_threads(arguments.threads, all)
}

/// Runs a function where it finds a number of threads.
#[cfg(feature = "parallel")]
fn on_threads<T: Send>(
    threads: usize,
    run: impl FnOnce() -> Result<T, hashcost::Error> + Send,
) -> Result<T, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|_| Error::Internal("threads could not be started"))?;
    Ok(pool.install(run)?)
}

/// Runs a function on the one thread that there is.
#[cfg(not(feature = "parallel"))]
fn on_threads<T: Send>(
    _threads: usize,
    run: impl FnOnce() -> Result<T, hashcost::Error> + Send,
) -> Result<T, Error> {
    Ok(run()?)
}

/// Most threads of a run.
const THREADS_MAX: usize = if cfg!(feature = "parallel") { 1_024 } else { 1 };

/// Most timed runs.
const RUNS_MAX: usize = 10_000;

/// Most years of hours.
const HOURS_SCALE_MAX: usize = 1_000;

/// Largest factor on a workload.
const SCALE_MAX: f64 = 1_000.0;

fn check(arguments: &BenchArguments) -> Result<(), Error> {
    let mut faults = Vec::new();
    let mut demand = |holds: bool, path: &str, value: String, allowed: String| {
        if !holds {
            faults.push(Violation::new(Code::Range, path).value(value).allowed(allowed));
        }
    };
    let BenchArguments { workload, scale, hours_scale, threads, runs, method, stores } = *arguments;
    let counts = [
        ("--threads", threads, THREADS_MAX),
        ("--runs", runs, RUNS_MAX),
        ("--hours-scale", hours_scale, HOURS_SCALE_MAX),
    ];
    for (path, count, most) in counts {
        let allowed = format!("allowed 1..={most}");
        demand((1..=most).contains(&count), path, count.to_string(), allowed);
    }
    let fits = scale > 0.0 && scale <= SCALE_MAX;
    demand(fits, "--scale", scale.to_string(), format!("allowed above 0, up to {SCALE_MAX}"));
    let name = workload.name();
    let of_hours = hours_scale == 1 || workload == Workload::W2;
    demand(of_hours, "--hours-scale", name.to_owned(), "w2 alone has hours".to_owned());
    let of_method = method.is_none() || matches!(workload, Workload::W1Red | Workload::W2);
    let allowed = "w1red and w2 have two methods".to_owned();
    demand(of_method, "--method", name.to_owned(), allowed);
    let of_stores = stores.is_none() || workload == Workload::W1;
    demand(of_stores, "--stores", name.to_owned(), "w1 alone stores cells".to_owned());
    if faults.is_empty() { Ok(()) } else { Err(Error::Input(faults)) }
}

/// Refuses an output that no machine of today should be asked for by accident.
fn refuse_above(cells: usize) -> Result<(), Error> {
    let bytes = cells.saturating_mul(size_of::<f64>());
    if bytes <= OUTPUT_BYTES_MAX {
        return Ok(());
    }
    let fault = Violation::new(Code::Limit, "--scale").value(bytes).unit("bytes of output");
    Err(Error::Input(vec![fault.allowed(format!("allowed up to {OUTPUT_BYTES_MAX}"))]))
}
