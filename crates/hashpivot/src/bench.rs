//! The standing workloads against the clock: what one kernel takes on this machine.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use cpu_time::ProcessTime;
use hashcost::limits::{fill_streamed, multiply_adds};
use hashcost::paths::{Draws, Month, PathModel, Uses, net_present_values};
use hashcost::response::{DEFAULT_RESPONSE, Ensemble};
use hashcost::{
    Dispatch, Fleet, Hours, Isa, Ladders, Level, Method, Network, ReducedGrid, Stores, cost_grid,
    dispatch_by, reduced_grid_by,
};
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
    /// The responding network.
    W4,
}

impl Workload {
    fn name(self) -> &'static str {
        match self {
            Self::W1 => "w1",
            Self::W1Red => "w1red",
            Self::W2 => "w2",
            Self::W3 => "w3",
            Self::W4 => "w4",
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
    let mut result = match arguments.workload {
        Workload::W1 => measure(arguments, isa, Grid::new(arguments)?),
        Workload::W1Red => measure(arguments, isa, Reduced::new(arguments)?),
        Workload::W2 => measure(arguments, isa, Hourly::new(arguments)?),
        Workload::W3 => measure(arguments, isa, Simulation::new(arguments)),
        Workload::W4 => measure(arguments, isa, Responding::new(arguments)?),
    }?;
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// A workload with its input and room for its answer.
trait Kernel: Send {
    /// What is timed.
    fn run(&mut self, isa: Isa) -> Result<(), hashcost::Error>;

    /// As much work as no machine can do the workload without; `false` if there is no such yardstick.
    /// May overwrite the answer.
    fn limit(&mut self, _isa: Isa) -> bool {
        false
    }

    /// Cells of the answer.
    fn cells(&self) -> usize;

    /// Road and stores, in the words of the result.
    fn choices(&self) -> [Option<&'static str>; 2];

    /// Gives every number of the answer, in order.
    fn answer(&self, take: &mut dyn FnMut(&[f64]));
}

/// The level of the cost grid that breakevens are computed on.
const LEVEL: Level = Level::AllInBeforeCredits;

/// `w1`.
struct Grid {
    fleet: Fleet,
    prices: Vec<f64>,
    networks: Vec<Network>,
    stores: Stores,
    out: Array3<f64>,
}

impl Grid {
    fn new(arguments: &BenchArguments) -> Result<Self, Error> {
        let [machines, prices, states] = workload::GRID;
        let machines = scaled(machines, arguments.scale);
        let cells = machines * prices * states;
        refuse_above(cells)?;
        Ok(Self {
            fleet: workload::fleet(machines)?,
            prices: workload::prices_usd_per_mwh(prices),
            networks: workload::networks(states),
            stores: arguments.stores.unwrap_or_else(|| Stores::of_cells(cells)),
            // Every page is touched, by a value that is no cost.
            out: Array3::from_elem((states, machines, prices), f64::NAN),
        })
    }
}

impl Kernel for Grid {
    fn run(&mut self, isa: Isa) -> Result<(), hashcost::Error> {
        let out = self.out.view_mut();
        cost_grid(isa, self.stores, &self.fleet, LEVEL, &self.prices, &self.networks, out)
    }

    fn limit(&mut self, isa: Isa) -> bool {
        match (self.stores, self.out.as_slice_mut()) {
            (Stores::Streaming, Some(cells)) => fill_streamed(isa, 1.0, cells),
            _ => return false,
        }
        true
    }

    fn cells(&self) -> usize {
        self.out.len()
    }

    fn choices(&self) -> [Option<&'static str>; 2] {
        let stores = match self.stores {
            Stores::Cached => "cached",
            Stores::Streaming => "streaming",
        };
        [None, Some(stores)]
    }

    fn answer(&self, take: &mut dyn FnMut(&[f64])) {
        take(self.out.as_slice().unwrap_or_default());
    }
}

/// `w1red`.
struct Reduced {
    fleet: Fleet,
    prices: Vec<f64>,
    networks: Vec<Network>,
    method: Method,
    cells: usize,
    out: Option<ReducedGrid>,
}

impl Reduced {
    fn new(arguments: &BenchArguments) -> Result<Self, Error> {
        let [machines, prices, states] = workload::GRID;
        let machines = scaled(machines, arguments.scale);
        Ok(Self {
            fleet: workload::fleet(machines)?,
            prices: workload::prices_usd_per_mwh(prices),
            networks: workload::networks(states),
            method: arguments.method.unwrap_or_else(Method::of_reduced_grid),
            cells: machines * prices * states,
            out: None,
        })
    }
}

impl Kernel for Reduced {
    fn run(&mut self, isa: Isa) -> Result<(), hashcost::Error> {
        let (prices, networks) = (&self.prices, &self.networks);
        let reduced = reduced_grid_by(self.method, isa, &self.fleet, LEVEL, prices, networks)?;
        self.out = Some(reduced);
        Ok(())
    }

    fn cells(&self) -> usize {
        self.cells
    }

    fn choices(&self) -> [Option<&'static str>; 2] {
        [Some(name_of(self.method)), None]
    }

    fn answer(&self, take: &mut dyn FnMut(&[f64])) {
        if let Some(out) = &self.out {
            for column in [&out.machines, &out.th_per_s, &out.usd_per_btc] {
                take(column.as_slice().unwrap_or_default());
            }
        }
    }
}

/// `w2`.
struct Hourly {
    ladders: Ladders,
    hours: Hours,
    method: Method,
    out: Dispatch,
}

/// Vector operations per point and register of hours by which brute force is judged: product,
/// multiply-add, comparison, and a choice of value, hash rate and point.
const POINT_OPERATIONS: usize = 6;

/// Hours of a register.
const REGISTER_HOURS: usize = 8;

impl Hourly {
    fn new(arguments: &BenchArguments) -> Result<Self, Error> {
        let [machines, hours, points] = workload::DISPATCH;
        let ladders = workload::ladders(scaled(machines, arguments.scale), points)?;
        let hours = workload::hours(hours, arguments.hours_scale)?;
        let method = arguments.method.unwrap_or_else(|| Method::of_dispatch(&ladders, &hours));
        Ok(Self { ladders, hours, method, out: Dispatch::default() })
    }
}

impl Kernel for Hourly {
    fn run(&mut self, isa: Isa) -> Result<(), hashcost::Error> {
        dispatch_by(self.method, isa, &self.ladders, &self.hours, &mut self.out)
    }

    fn limit(&mut self, isa: Isa) -> bool {
        if self.method == Method::Brute {
            let registers = self.cells() * self.ladders.points() / REGISTER_HOURS;
            black_box(multiply_adds(isa, POINT_OPERATIONS * registers));
        }
        self.method == Method::Brute
    }

    fn cells(&self) -> usize {
        self.ladders.machines() * self.hours.count()
    }

    fn choices(&self) -> [Option<&'static str>; 2] {
        [Some(name_of(self.method)), None]
    }

    fn answer(&self, take: &mut dyn FnMut(&[f64])) {
        for column in [&self.out.profit_usd, &self.out.energy_mwh, &self.out.btc] {
            take(column);
        }
        take(&self.out.hours.iter().map(|&hours| f64::from(hours)).collect::<Vec<_>>());
    }
}

/// `w3`.
struct Simulation {
    model: PathModel,
    uses: Uses,
    months: Vec<Month>,
    out: Array2<f64>,
}

impl Simulation {
    fn new(arguments: &BenchArguments) -> Self {
        let [paths, months] = workload::PATHS;
        let (model, uses, months) = workload::paths(months);
        let out = Array2::from_elem((3, scaled(paths, arguments.scale)), f64::NAN);
        Self { model, uses, months, out }
    }
}

impl Kernel for Simulation {
    fn run(&mut self, isa: Isa) -> Result<(), hashcost::Error> {
        let draws = Draws::Seeded { seed: SEED, mirrored: false };
        let out = self.out.view_mut();
        net_present_values(isa, &self.model, &self.uses, &self.months, draws, 0, out)
    }

    fn cells(&self) -> usize {
        self.out.ncols() * self.months.len()
    }

    fn choices(&self) -> [Option<&'static str>; 2] {
        [None, None]
    }

    fn answer(&self, take: &mut dyn FnMut(&[f64])) {
        take(self.out.as_slice().unwrap_or_default());
    }
}

/// `w4`.
struct Responding {
    ensemble: Ensemble,
    prices: Array2<f64>,
    out: Array2<f64>,
}

impl Responding {
    fn new(arguments: &BenchArguments) -> Result<Self, Error> {
        let [paths, months] = workload::RESPONSES;
        let paths = scaled(paths, arguments.scale);
        // Two periods a month and some.
        refuse_above(3 * months * paths)?;
        let (ensemble, prices) = workload::responses(paths, months, SEED)?;
        let out = Array2::from_elem(prices.dim(), f64::NAN);
        Ok(Self { ensemble, prices, out })
    }
}

impl Kernel for Responding {
    fn run(&mut self, isa: Isa) -> Result<(), hashcost::Error> {
        let entries = [DEFAULT_RESPONSE.entry];
        self.ensemble.hashrate_th_per_s(isa, &entries, &self.prices.view(), self.out.view_mut())
    }

    fn cells(&self) -> usize {
        self.out.ncols() * self.ensemble.clock().months()
    }

    fn choices(&self) -> [Option<&'static str>; 2] {
        [None, None]
    }

    fn answer(&self, take: &mut dyn FnMut(&[f64])) {
        take(self.out.as_slice().unwrap_or_default());
    }
}

fn name_of(method: Method) -> &'static str {
    match method {
        Method::Brute => "brute",
        Method::Shortcut => "shortcut",
    }
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

/// CPU time of the process and wall time of a run, and CPU time of the yardstick before it.
struct Clocks {
    cpu: Duration,
    wall: Duration,
    limit: Option<Duration>,
}

/// The kernel once without the clocks and as often as asked for with them, in turns with its
/// yardstick.
fn measure(
    arguments: &BenchArguments,
    isa: Isa,
    mut kernel: impl Kernel,
) -> Result<BenchResult, Error> {
    let runs = arguments.runs;
    let timed = || {
        kernel.run(isa)?;
        (0..runs)
            .map(|_| {
                let start = ProcessTime::now();
                let limit = kernel.limit(isa).then(|| start.elapsed());
                let (cpu, wall) = (ProcessTime::now(), Instant::now());
                kernel.run(isa)?;
                Ok(Clocks { wall: wall.elapsed(), cpu: cpu.elapsed(), limit })
            })
            .collect::<Result<Vec<_>, hashcost::Error>>()
    };
    let clocks = on_threads(arguments.threads, timed)?;
    let mut hash = Sha256::new();
    kernel.answer(&mut |values| {
        for value in values {
            hash.update(value.to_le_bytes());
        }
    });
    let [cpu_ms_min, cpu_ms, cpu_ms_max] = spread(clocks.iter().map(|clocks| clocks.cpu));
    let [wall_ms_min, wall_ms, wall_ms_max] = spread(clocks.iter().map(|clocks| clocks.wall));
    let limits: Option<Vec<Duration>> = clocks.iter().map(|clocks| clocks.limit).collect();
    let limit_cpu_ms = limits.map(|limits| spread(limits.into_iter())[1]);
    let [method, stores] = kernel.choices();
    Ok(BenchResult {
        about: about::of_kernels(isa),
        workload: arguments.workload.name(),
        method,
        stores,
        threads: arguments.threads,
        scale: arguments.scale,
        hours_scale: arguments.hours_scale,
        cells: kernel.cells(),
        runs,
        cpu_ms,
        cpu_ms_min,
        cpu_ms_max,
        cells_per_cpu_s: 1e3 * kernel.cells() as f64 / cpu_ms,
        wall_ms,
        wall_ms_min,
        wall_ms_max,
        limit_cpu_ms,
        limit_frac: limit_cpu_ms.map(|limit| limit / cpu_ms),
        digest: hexadecimal(&hash.finalize()),
    })
}

/// Least, median and most of some times, ms.
fn spread(times: impl Iterator<Item = Duration>) -> [f64; 3] {
    let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1e3).collect();
    times.sort_by(f64::total_cmp);
    let last = times.len() - 1;
    // The middle one, or the mean of the middle two.
    let median = f64::midpoint(times[last / 2], times[last.div_ceil(2)]);
    [times[0], median, times[last]]
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
