//! Hourly dispatch: each machine class is off or at one of its operating points in each hour,
//! whichever earns most, and what that adds up to.
//!
//! Model section 3. Two roads lead there, chosen by [`Method::of_dispatch`]: every point in every
//! hour, or the few points that can be best looked up in hours sorted once ([`SortedHours`]).

mod sorted;

use std::ops::RangeInclusive;

use ndarray::Array2;
use units::constants::W_PER_MW;
use units::{Code, Faults, GrossMw, Overhead, Violation};

use crate::curve::Curve;
use crate::error::Error;
use crate::isa::{self, Isa};
use crate::kernel::dispatch::{
    BLOCK_HOURS, HourBlock, LadderRows, MAX_POINTS, PACKED_POINTS, SUMS,
};
use crate::kernel::{MAX_LANES, SumTree, lanes_added, sum};
use crate::lanes::{F64x8, Real};
use crate::method::Method;

pub use sorted::{SortedHours, StartsByHours, dispatch_sorted};

/// Below this many machine-hour-points a second thread costs more than it saves.
#[cfg(feature = "parallel")]
const PARALLEL_CELLS: usize = 200_000;

/// Machines of one task: what they share of an hour's block is read once for all of them.
const TASK_MACHINES: usize = 16;

/// Largest hash rate, hash value and cost that are taken for real: products of them stay finite.
const LARGEST: f64 = 1e12;

/// Largest price of an interval, USD/MWh: markets stay far below (see [`units::SpotUsdPerMwh`]), but
/// a year's transmission charge falls on the few intervals in which the grid peaks.
const LARGEST_PRICE: f64 = 1e6;

/// Operating points of machine classes as columns, each class with its draw when it is off.
///
/// A class may be one machine or many that run together: dispatch is the same, and totals scale
/// with what is entered. For one machine as a contract, see [`Curve`].
#[derive(Clone, Debug, PartialEq)]
pub struct Ladders {
    points: usize,
    th_per_s: Vec<f64>,
    gross_mw: Vec<f64>,
    idle_gross_mw: Vec<f64>,
    cost_usd_per_h: Vec<f64>,
    has_costs: bool,
}

impl Ladders {
    /// Most points of a class.
    pub const MAX_POINTS: usize = MAX_POINTS;

    /// Ladders of `points` points each, draws measured at the site's meter.
    ///
    /// Points of equal power are allowed: a class with fewer points than others repeats its last
    /// one, and a repeated point is never chosen.
    ///
    /// # Shapes
    /// `th_per_s` and `gross_mw`: `[machines, points]`, by rising power; `idle_gross_mw`:
    /// `[machines]`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], and [`Error::Invalid`] for a number of points outside
    /// `1..=`[`Ladders::MAX_POINTS`], hash rates or draws that are negative, not finite or beyond
    /// their range, draws that fall from one point to the next, and an idle draw that is not below
    /// the first point's.
    pub fn new(
        points: usize,
        th_per_s: &[f64],
        gross_mw: &[f64],
        idle_gross_mw: &[f64],
    ) -> Result<Self, Error> {
        let mut faults = Faults::default();
        let allowed = format!("allowed 1..={MAX_POINTS}");
        faults.demand((1..=MAX_POINTS).contains(&points), "points", points, &allowed);
        faults.into_result().map_err(Error::Invalid)?;
        let expected = points * idle_gross_mw.len();
        check_length("th_per_s", th_per_s, expected)?;
        check_length("gross_mw", gross_mw, expected)?;
        let mut faults = Faults::default();
        check_range(&mut faults, "th_per_s", th_per_s, 0.0);
        for (place, &mw) in gross_mw.iter().enumerate() {
            if GrossMw::new(mw).is_err() {
                faults.check::<GrossMw>(format!("gross_mw[{place}]"), mw);
            } else if place % points > 0 && mw < gross_mw[place - 1] {
                let path = format!("gross_mw[{place}]");
                faults.demand(false, &path, mw, "allowed no less than the point before it");
            }
        }
        for (machine, &idle) in idle_gross_mw.iter().enumerate() {
            let lowest = gross_mw[machine * points];
            if !(0.0..lowest).contains(&idle) {
                let path = format!("idle_gross_mw[{machine}]");
                faults.demand(false, &path, idle, "allowed from 0 to below the first point");
            }
        }
        faults.into_result().map_err(Error::Invalid)?;
        Ok(Self {
            points,
            th_per_s: th_per_s.to_vec(),
            gross_mw: gross_mw.to_vec(),
            idle_gross_mw: idle_gross_mw.to_vec(),
            cost_usd_per_h: vec![0.0; expected],
            has_costs: false,
        })
    }

    /// With what running at each point costs besides energy, USD an hour.
    ///
    /// Costs in proportion to the hash rate or to the energy belong into the hash value or the price
    /// of [`Hours`]: hours can then still be sorted.
    ///
    /// # Shapes
    /// `[machines, points]`.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], and [`Error::Invalid`] for costs that are negative or not finite.
    pub fn with_costs(mut self, cost_usd_per_h: &[f64]) -> Result<Self, Error> {
        check_length("cost_usd_per_h", cost_usd_per_h, self.th_per_s.len())?;
        let mut faults = Faults::default();
        check_range(&mut faults, "cost_usd_per_h", cost_usd_per_h, 0.0);
        faults.into_result().map_err(Error::Invalid)?;
        self.cost_usd_per_h.copy_from_slice(cost_usd_per_h);
        self.has_costs = true;
        Ok(self)
    }

    /// Ladders of one machine of each curve, `overhead` MW at the meter per MW of machine, the idle
    /// draw too. Shorter curves repeat their last point.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a curve of more than [`Ladders::MAX_POINTS`] points.
    pub fn of_curves(curves: &[Curve], overhead: Overhead) -> Result<Self, Error> {
        let points = curves.iter().map(|curve| curve.points().len()).max().unwrap_or(1);
        let mw = |power_w: f64| power_w * overhead.get() / W_PER_MW;
        let padded = |curve: &Curve| {
            let last = curve.points().last().copied();
            let more = points - curve.points().len();
            let points: Vec<_> = curve.points().to_vec();
            points.into_iter().chain(last.into_iter().cycle().take(more)).collect::<Vec<_>>()
        };
        let rows: Vec<_> = curves.iter().flat_map(padded).collect();
        let th_per_s: Vec<f64> = rows.iter().map(|point| point.th_per_s).collect();
        let gross_mw: Vec<f64> = rows.iter().map(|point| mw(point.power_w)).collect();
        let idle_gross_mw: Vec<f64> = curves.iter().map(|curve| mw(curve.idle_w())).collect();
        Self::new(points, &th_per_s, &gross_mw, &idle_gross_mw)
    }

    /// Machine classes.
    pub fn machines(&self) -> usize {
        self.idle_gross_mw.len()
    }

    /// Points of every class.
    pub fn points(&self) -> usize {
        self.points
    }

    /// Whether running at a point costs something besides energy.
    pub fn has_costs(&self) -> bool {
        self.has_costs
    }

    /// Hash rates, draws and costs of one machine's points.
    fn row(&self, machine: usize) -> [&[f64]; 3] {
        let row = machine * self.points..(machine + 1) * self.points;
        [&self.th_per_s[row.clone()], &self.gross_mw[row.clone()], &self.cost_usd_per_h[row]]
    }

    /// The ladders of some machines as the kernels take them.
    fn rows(&self, first: usize, machines: usize) -> LadderRows<'_> {
        let rows = first * self.points..(first + machines) * self.points;
        LadderRows {
            points: self.points,
            th_per_s: &self.th_per_s[rows.clone()],
            gross_mw: &self.gross_mw[rows.clone()],
            idle_gross_mw: &self.idle_gross_mw[first..first + machines],
            cost_usd_per_h: &self.cost_usd_per_h[rows],
        }
    }

    /// Energy of a machine by its hours off and at each point, MWh.
    fn energy_mwh(&self, machine: usize, hours: &[u32]) -> f64 {
        let idle_mwh = self.idle_gross_mw[machine] * f64::from(hours[0]);
        let [_, gross_mw, _] = self.row(machine);
        let at_points = gross_mw.iter().zip(&hours[1..]);
        at_points.fold(idle_mwh, |mwh, (gross_mw, &hours)| mwh + gross_mw * f64::from(hours))
    }
}

/// Consecutive hours as columns: what energy costs and what hashing is worth.
///
/// Made once and used for any number of dispatches. Machines in other air take hours of their own,
/// see [`Hours::derated`].
#[derive(Clone, Debug, PartialEq)]
pub struct Hours {
    count: usize,
    /// Columns padded to whole registers with hours in which nothing has a value.
    price_usd_per_mwh: Vec<f64>,
    hash_value_usd_per_th_h: Vec<f64>,
    btc_per_th_h: Vec<f64>,
    power_factor: Option<Vec<f64>>,
}

impl Hours {
    /// Hours by the price of energy (adders included), the net worth of a TH/s-hour and the bitcoin
    /// that it earns.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], and [`Error::Invalid`] for prices beyond 1e6 USD/MWh, and
    /// hash values or rewards that are not finite; rewards may not be negative.
    pub fn new(
        price_usd_per_mwh: &[f64],
        hash_value_usd_per_th_h: &[f64],
        btc_per_th_h: &[f64],
    ) -> Result<Self, Error> {
        let count = price_usd_per_mwh.len();
        check_length("hash_value_usd_per_th_h", hash_value_usd_per_th_h, count)?;
        check_length("btc_per_th_h", btc_per_th_h, count)?;
        let mut faults = Faults::default();
        check_within(&mut faults, "price_usd_per_mwh", price_usd_per_mwh, LARGEST_PRICE);
        let worth = hash_value_usd_per_th_h;
        check_range(&mut faults, "hash_value_usd_per_th_h", worth, -LARGEST);
        check_range(&mut faults, "btc_per_th_h", btc_per_th_h, 0.0);
        let allowed = format!("allowed up to {}", u32::MAX);
        faults.demand(u32::try_from(count).is_ok(), "hours", count, &allowed);
        faults.into_result().map_err(Error::Invalid)?;
        let [price_usd_per_mwh, hash_value_usd_per_th_h, btc_per_th_h] =
            [price_usd_per_mwh, hash_value_usd_per_th_h, btc_per_th_h].map(padded);
        let power_factor = None;
        Ok(Self { count, price_usd_per_mwh, hash_value_usd_per_th_h, btc_per_th_h, power_factor })
    }

    /// The hours with factors on the draw of every point and on its hash rate, as hot air has them.
    /// The idle draw stays.
    ///
    /// A factor on the hash rate alone leaves the hours sortable; one on the power does not, since
    /// it parts the points from the idle draw.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`], and [`Error::Invalid`] for factors that are negative or not
    /// finite.
    pub fn derated(
        mut self,
        power_factor: Option<&[f64]>,
        hash_factor: Option<&[f64]>,
    ) -> Result<Self, Error> {
        let mut faults = Faults::default();
        for (column, factors) in [("power_factor", power_factor), ("hash_factor", hash_factor)] {
            if let Some(factors) = factors {
                check_length(column, factors, self.count)?;
                check_range(&mut faults, column, factors, 0.0);
            }
        }
        faults.into_result().map_err(Error::Invalid)?;
        if let Some(factors) = hash_factor {
            for (hour, factor) in factors.iter().enumerate() {
                self.hash_value_usd_per_th_h[hour] *= factor;
                self.btc_per_th_h[hour] *= factor;
            }
        }
        if let Some(factors) = power_factor {
            let factors = padded(factors);
            self.power_factor = Some(match self.power_factor {
                None => factors,
                Some(before) => before.iter().zip(&factors).map(|(a, b)| a * b).collect(),
            });
        }
        Ok(self)
    }

    /// How many hours there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether draws of points have factors of their own.
    pub fn has_power_factor(&self) -> bool {
        self.power_factor.is_some()
    }

    /// Whether hashing is worth something in every hour.
    pub fn always_worth_hashing(&self) -> bool {
        self.hash_value_usd_per_th_h[..self.count].iter().all(|&worth| worth > 0.0)
    }

    /// The hours in blocks as the kernels take them, in order.
    fn blocks(&self) -> impl Iterator<Item = HourBlock<'_>> {
        (0..self.count).step_by(BLOCK_HOURS).map(|first| {
            let hours = BLOCK_HOURS.min(self.count - first);
            let of_block = first..first + hours.next_multiple_of(MAX_LANES);
            let power_factor = match &self.power_factor {
                Some(factors) => &factors[of_block.clone()],
                None => &NO_FACTOR[..of_block.len()],
            };
            HourBlock {
                hours,
                price_usd_per_mwh: &self.price_usd_per_mwh[of_block.clone()],
                hash_value_usd_per_th_h: &self.hash_value_usd_per_th_h[of_block.clone()],
                btc_per_th_h: &self.btc_per_th_h[of_block],
                power_factor,
            }
        })
    }
}

/// A factor of 1 for every hour of a block.
static NO_FACTOR: [f64; BLOCK_HOURS] = [1.0; BLOCK_HOURS];

/// A column with zeros up to a whole register.
fn padded(column: &[f64]) -> Vec<f64> {
    let mut padded = column.to_vec();
    padded.resize(column.len().next_multiple_of(MAX_LANES), 0.0);
    padded
}

fn check_length(column: &'static str, values: &[f64], expected: usize) -> Result<(), Error> {
    let found = values.len();
    if found == expected { Ok(()) } else { Err(Error::LengthMismatch { column, expected, found }) }
}

/// Notes the values of a column outside `low..=LARGEST`.
fn check_range(faults: &mut Faults, column: &str, values: &[f64], low: f64) {
    check_between(faults, column, values, low..=LARGEST);
}

/// Notes the values of a column that are further from 0 than `most`.
fn check_within(faults: &mut Faults, column: &str, values: &[f64], most: f64) {
    check_between(faults, column, values, -most..=most);
}

fn check_between(faults: &mut Faults, column: &str, values: &[f64], range: RangeInclusive<f64>) {
    for (place, value) in values.iter().enumerate() {
        // The path is only written where there is a fault to report.
        if !range.contains(value) {
            let code = if value.is_finite() { Code::Range } else { Code::NotFinite };
            let allowed = format!("allowed {:e}..={:e}", range.start(), range.end());
            let path = format!("{column}[{place}]");
            faults.push(Violation::new(code, path).value(value).allowed(allowed));
        }
    }
}

/// What machine classes earn when each hour is taken at its best.
///
/// # Shapes
/// `[machines]`; `hours`: `[machines, 1 + points]`, off first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dispatch {
    /// Worth of the hashes less what energy and running cost, USD.
    pub profit_usd: Vec<f64>,
    /// Energy used, off hours included, MWh.
    pub energy_mwh: Vec<f64>,
    /// Bitcoin earned.
    pub btc: Vec<f64>,
    /// Hours off and at each point.
    pub hours: Array2<u32>,
}

/// Sums of a [`Dispatch`] over its machine classes.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchTotal {
    /// Profit, USD.
    pub profit_usd: f64,
    /// Energy used, MWh.
    pub energy_mwh: f64,
    /// Bitcoin earned.
    pub btc: f64,
    /// Hours off and at each point, counted once for every class.
    pub hours: Vec<u64>,
}

impl Dispatch {
    /// Sums over the machine classes, in an order that depends on their number alone.
    pub fn total(&self) -> DispatchTotal {
        let hours = self.hours.columns().into_iter();
        DispatchTotal {
            profit_usd: sum(&self.profit_usd),
            energy_mwh: sum(&self.energy_mwh),
            btc: sum(&self.btc),
            hours: hours.map(|column| column.iter().map(|&hours| u64::from(hours)).sum()).collect(),
        }
    }

    /// Makes room for the results of ladders; memory is taken only where the shape changes.
    fn fit(&mut self, ladders: &Ladders) {
        let machines = ladders.machines();
        for column in [&mut self.profit_usd, &mut self.energy_mwh, &mut self.btc] {
            column.resize(machines, 0.0);
        }
        let shape = (machines, ladders.points + 1);
        if self.hours.dim() != shape || !self.hours.is_standard_layout() {
            self.hours = Array2::zeros(shape);
        }
    }
}

/// The best of each hour for every machine class: off or one of its points.
///
/// # Formula
/// `max(-p idle, max_k(h th_k - p f mw_k - c_k))` summed over the hours; the first maximum by rising
/// power counts, so that a tie goes to less power. `p` USD/MWh, `h` USD per TH/s-hour, `f` the power
/// factor; model section 3.
///
/// # Special cases
/// The same bits for any number of threads, any split of the machines over calls, and on every
/// [`Isa`] with a fused multiply-add: hours are added in eight lanes by blocks of 960, the lanes and
/// the blocks pairwise. Other instruction sets and the other [`Method`] agree within 1e-12 of the
/// sum of the absolute terms, and in the hours wherever the two values compared differ by more.
///
/// # Example
/// ```
/// use hashcost::{Hours, Isa, Ladders, dispatch};
/// // 100 TH/s at 2 MW or 150 TH/s at 4 MW; a TH/s-hour is worth 1 USD.
/// let ladders = Ladders::new(2, &[100.0, 150.0], &[2.0, 4.0], &[0.0])?;
/// // The second step earns 50 USD for 2 MWh: it pays below 25 USD/MWh, the first below 50.
/// let prices = [10.0, 25.0, 40.0, 50.0, 60.0];
/// let hours = Hours::new(&prices, &[1.0; 5], &[1e-5; 5])?;
/// let best = dispatch(Isa::best(), &ladders, &hours);
/// assert_eq!(best.hours.as_slice(), Some(&[2, 2, 1][..]));
/// assert_eq!(best.profit_usd, [110.0 + 50.0 + 20.0]);
/// assert_eq!(best.energy_mwh, [2.0 * 2.0 + 4.0]);
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn dispatch(isa: Isa, ladders: &Ladders, hours: &Hours) -> Dispatch {
    let mut out = Dispatch::default();
    match Method::of_dispatch(ladders, hours) {
        Method::Brute => try_all(isa, ladders, hours, &mut out),
        Method::Shortcut => match SortedHours::new(hours) {
            Some(sorted) => sorted::look_up(ladders, &sorted, &mut out),
            None => try_all(isa, ladders, hours, &mut out),
        },
    }
    out
}

/// [`dispatch`] by a method of one's own, into results that may be used again: no memory is taken
/// for them while the shape stays.
///
/// # Errors
/// [`Error::Invalid`] for [`Method::Shortcut`] where it does not apply, see
/// [`Method::of_dispatch`].
pub fn dispatch_by(
    method: Method,
    isa: Isa,
    ladders: &Ladders,
    hours: &Hours,
    out: &mut Dispatch,
) -> Result<(), Error> {
    match method {
        Method::Brute => try_all(isa, ladders, hours, out),
        Method::Shortcut => {
            let Some(sorted) = SortedHours::new(hours) else {
                return Err(does_not_apply(
                    "hours",
                    "allowed a hash value above 0, no power factor",
                ));
            };
            dispatch_sorted(ladders, &sorted, out)?;
        }
    }
    Ok(())
}

/// The shortcut was asked for where it would be wrong.
fn does_not_apply(path: &str, allowed: &str) -> Error {
    Error::Invalid(vec![Violation::new(Code::Conflict, path).allowed(allowed)])
}

/// Whether every machine's hours fit a packed word and its energy follows from them.
fn is_plain(ladders: &Ladders, hours: &Hours) -> bool {
    ladders.points <= PACKED_POINTS && !ladders.has_costs && !hours.has_power_factor()
}

/// Every point in every hour.
fn try_all(isa: Isa, ladders: &Ladders, hours: &Hours, out: &mut Dispatch) {
    let plain = is_plain(ladders, hours);
    let machine_cells = hours.count * ladders.points;
    each_task(ladders, machine_cells, out, |first, out| {
        let machines = out.profit_usd.len();
        let rows = ladders.rows(first, machines);
        out.hours.fill(0);
        let mut tree = SumTree::<{ SUMS * TASK_MACHINES }>::new();
        for block in hours.blocks() {
            let mut lanes = [0.0; SUMS * TASK_MACHINES * MAX_LANES];
            let of_task = &mut lanes[..SUMS * machines * MAX_LANES];
            if plain {
                isa::dispatch_block(isa, rows, block, of_task, out.hours);
            } else {
                isa::dispatch_general_block(isa, rows, block, of_task, out.hours);
            }
            let mut sums = [0.0; SUMS * TASK_MACHINES];
            for (sum, lanes) in sums.iter_mut().zip(lanes.chunks_exact(MAX_LANES)) {
                *sum = lanes_added(F64x8::load(lanes));
            }
            tree.push(sums);
        }
        let sums = tree.total();
        let hours_of = out.hours.chunks_exact(ladders.points + 1);
        for ((place, sums), counts) in sums.chunks_exact(SUMS).enumerate().zip(hours_of) {
            let sums = [sums[0], sums[1], sums[2]];
            let [profit_usd, btc, energy_mwh] = totals(ladders, first + place, hours, sums, counts);
            out.profit_usd[place] = profit_usd;
            out.btc[place] = btc;
            out.energy_mwh[place] = energy_mwh;
        }
    });
}

/// Profit, bitcoin and energy of a machine by the sums over its hours and their counts.
fn totals(
    ladders: &Ladders,
    machine: usize,
    hours: &Hours,
    [profit_usd, btc, at_points_mwh]: [f64; SUMS],
    counts: &[u32],
) -> [f64; 3] {
    let energy_mwh = if hours.has_power_factor() {
        ladders.idle_gross_mw[machine].mul_add(f64::from(counts[0]), at_points_mwh)
    } else {
        ladders.energy_mwh(machine, counts)
    };
    [profit_usd, btc, energy_mwh]
}

/// The part of a result that one task writes.
struct TaskOut<'a> {
    profit_usd: &'a mut [f64],
    energy_mwh: &'a mut [f64],
    btc: &'a mut [f64],
    hours: &'a mut [u32],
}

/// Runs a function on the machines of one task after the other, with the first of them.
///
/// A machine is some `machine_cells` of work.
fn each_task(
    ladders: &Ladders,
    machine_cells: usize,
    out: &mut Dispatch,
    work: impl Fn(usize, TaskOut<'_>) + Sync,
) {
    out.fit(ladders);
    // Standard layout was just made sure of.
    let Some(hours) = out.hours.as_slice_mut() else { return };
    let hours_of_task = TASK_MACHINES * (ladders.points + 1);
    let run = |(((task, profit_usd), energy_mwh), (btc, hours))| {
        work(task * TASK_MACHINES, TaskOut { profit_usd, energy_mwh, btc, hours });
    };
    #[cfg(feature = "parallel")]
    if ladders.machines() * machine_cells >= PARALLEL_CELLS {
        use rayon::prelude::{IndexedParallelIterator, ParallelIterator, ParallelSliceMut};
        let least = PARALLEL_CELLS / (TASK_MACHINES * machine_cells).max(1);
        let btc = out.btc.par_chunks_mut(TASK_MACHINES);
        out.profit_usd
            .par_chunks_mut(TASK_MACHINES)
            .enumerate()
            .zip(out.energy_mwh.par_chunks_mut(TASK_MACHINES))
            .zip(btc.zip(hours.par_chunks_mut(hours_of_task)))
            .with_min_len(least.max(1))
            .for_each(run);
        return;
    }
    #[cfg(not(feature = "parallel"))]
    let _ = machine_cells;
    let btc = out.btc.chunks_mut(TASK_MACHINES);
    out.profit_usd
        .chunks_mut(TASK_MACHINES)
        .enumerate()
        .zip(out.energy_mwh.chunks_mut(TASK_MACHINES))
        .zip(btc.zip(hours.chunks_mut(hours_of_task)))
        .for_each(run);
}

/// [`dispatch`] as the model reads: hour by hour, point by point. The reference for
/// [`Method::Brute`], to the bit of every instruction set with a fused multiply-add.
pub fn dispatch_reference(ladders: &Ladders, hours: &Hours) -> Dispatch {
    let mut out = Dispatch::default();
    out.fit(ladders);
    for (machine, mut counts) in out.hours.rows_mut().into_iter().enumerate() {
        let mut tree = SumTree::new();
        counts.fill(0);
        for block in hours.blocks() {
            let mut profit_usd = EightLanes::default();
            let mut btc = EightLanes::default();
            let mut energy_mwh = EightLanes::default();
            for hour in 0..block.hours {
                let best = best_of_hour(ladders, machine, block, hour);
                counts[best.point] += 1;
                profit_usd.add(hour, 1.0, best.profit_usd);
                btc.add(hour, block.btc_per_th_h[hour], best.th_per_s);
                energy_mwh.add(hour, block.power_factor[hour], best.gross_mw);
            }
            tree.push([profit_usd.total(), btc.total(), energy_mwh.total()]);
        }
        let counts: Vec<u32> = counts.to_vec();
        let [profit_usd, btc, energy_mwh] = totals(ladders, machine, hours, tree.total(), &counts);
        out.profit_usd[machine] = profit_usd;
        out.btc[machine] = btc;
        out.energy_mwh[machine] = energy_mwh;
    }
    out
}

/// What a machine does in an hour: point 0 is off.
struct Best {
    point: usize,
    profit_usd: f64,
    th_per_s: f64,
    gross_mw: f64,
}

fn best_of_hour(ladders: &Ladders, machine: usize, block: HourBlock<'_>, hour: usize) -> Best {
    let price = block.price_usd_per_mwh[hour];
    let point_price = price * block.power_factor[hour];
    let hash_value = block.hash_value_usd_per_th_h[hour];
    let off_usd = -price * ladders.idle_gross_mw[machine];
    let mut best = Best { point: 0, profit_usd: off_usd, th_per_s: 0.0, gross_mw: 0.0 };
    let [th_per_s, gross_mw, cost_usd_per_h] = ladders.row(machine);
    for point in 0..ladders.points {
        let spent_usd = point_price.mul_add(gross_mw[point], cost_usd_per_h[point]);
        let profit_usd = hash_value.mul_add(th_per_s[point], -spent_usd);
        if profit_usd > best.profit_usd {
            best = Best {
                point: point + 1,
                profit_usd,
                th_per_s: th_per_s[point],
                gross_mw: gross_mw[point],
            };
        }
    }
    best
}

/// Eight running sums: term `i` goes to sum `i % 8`. The order in which vector registers add.
#[derive(Default)]
struct EightLanes([f64; MAX_LANES]);

impl EightLanes {
    /// Adds `factor * term` to the sum of a place.
    fn add(&mut self, place: usize, factor: f64, term: f64) {
        let lane = &mut self.0[place % MAX_LANES];
        *lane = factor.mul_add(term, *lane);
    }

    fn total(&self) -> f64 {
        lanes_added(F64x8::load(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::{PowerW, ThPerS};

    /// One class that goes through a method on every instruction set.
    fn run(ladders: &Ladders, hours: &Hours) -> Vec<Dispatch> {
        let mut all: Vec<Dispatch> = Isa::available()
            .into_iter()
            .map(|isa| {
                let mut out = Dispatch::default();
                dispatch_by(Method::Brute, isa, ladders, hours, &mut out).unwrap();
                out
            })
            .collect();
        if Method::of_dispatch(ladders, hours) == Method::Shortcut {
            all.push(dispatch(Isa::best(), ladders, hours));
        }
        all.push(dispatch_reference(ladders, hours));
        all
    }

    fn flat(price: f64, hash_value: f64, hours: usize) -> Hours {
        Hours::new(&vec![price; hours], &vec![hash_value; hours], &vec![1e-6; hours]).unwrap()
    }

    #[test]
    fn each_hour_takes_its_best_and_ties_less_power() {
        // Steps of 100 TH/s for 2 MW and 50 TH/s for 2 MW: breakevens at 50 and 25 USD/MWh.
        let ladders = Ladders::new(2, &[100.0, 150.0], &[2.25, 4.25], &[0.25]).unwrap();
        for (name, price, hash_value, expected) in [
            ("cheap", 10.0, 1.0, 2),
            ("tie of the points", 25.0, 1.0, 1),
            ("between", 40.0, 1.0, 1),
            ("tie with off", 50.0, 1.0, 0),
            ("dear", 60.0, 1.0, 0),
            ("free", 0.0, 1.0, 2),
            ("worth nothing", 10.0, 0.0, 0),
            ("nothing for nothing", 0.0, 0.0, 0),
            ("paid for drawing", -10.0, 0.0, 2),
            ("paid more than a loss", -30.0, -0.5, 2),
            ("paid less than a loss", -15.0, -0.5, 0),
        ] {
            for hours in [1_u32, 7, 8, 130, 1_921] {
                for found in run(&ladders, &flat(price, hash_value, hours as usize)) {
                    let mut counts = [0; 3];
                    counts[expected] = hours;
                    assert_eq!(found.hours.as_slice(), Some(&counts[..]), "{name}, {hours}");
                }
            }
        }
    }

    #[test]
    fn a_point_that_is_always_best_is_counted_in_every_hour() {
        // More hours than a field of the histogram holds, at each point of ladders of each length.
        for points in [1, 2, 7, 8, 9, 15, 16, MAX_POINTS] {
            for best in 0..=points {
                let th_per_s: Vec<f64> =
                    (1..=points).map(|point| if point <= best { 10.0 } else { 0.0 }).collect();
                let th_per_s: Vec<f64> =
                    th_per_s.iter().zip(1..).map(|(th, k)| th * f64::from(k)).collect();
                let gross_mw: Vec<f64> = (1..=points).map(|point| point as f64).collect();
                let ladders = Ladders::new(points, &th_per_s, &gross_mw, &[0.0]).unwrap();
                for hours in [960, 961, 3_000] {
                    for found in run(&ladders, &flat(1.0, 1.0, hours)) {
                        assert_eq!(found.hours[[0, best]] as usize, hours, "{best} of {points}");
                        assert_eq!(found.hours.sum() as usize, hours);
                    }
                }
            }
        }
    }

    #[test]
    fn repeated_points_are_never_chosen() {
        let once = Ladders::new(2, &[100.0, 150.0], &[2.0, 4.0], &[0.0]).unwrap();
        let twice = Ladders::new(
            5,
            &[100.0, 100.0, 150.0, 150.0, 150.0],
            &[2.0, 2.0, 4.0, 4.0, 4.0],
            &[0.0],
        )
        .unwrap();
        let prices: Vec<f64> = (0..70).map(f64::from).collect();
        let hours = Hours::new(&prices, &[1.0; 70], &[1e-6; 70]).unwrap();
        for (once, twice) in run(&once, &hours).iter().zip(run(&twice, &hours)) {
            let [off, first, second] = [0, 1, 2].map(|point| once.hours[[0, point]]);
            assert_eq!(twice.hours.as_slice(), Some(&[off, first, 0, second, 0, 0][..]));
            assert_eq!(once.profit_usd, twice.profit_usd);
        }
    }

    #[test]
    fn costs_and_hot_air_count() {
        // 100 TH/s at 2 MW for 10 USD an hour: worth it below 45 USD/MWh.
        let ladders = Ladders::new(1, &[100.0], &[2.0], &[0.0]).unwrap();
        let costly = ladders.clone().with_costs(&[10.0]).unwrap();
        let prices = [40.0, 45.0, 46.0];
        let hours = Hours::new(&prices, &[1.0; 3], &[1e-6; 3]).unwrap();
        assert_eq!(Method::of_dispatch(&costly, &hours), Method::Brute);
        for found in run(&costly, &hours) {
            assert_eq!(found.hours.as_slice(), Some(&[2, 1][..]));
            assert_eq!((found.profit_usd[0], found.energy_mwh[0]), (10.0, 2.0));
        }
        // A quarter more power and a tenth less hash rate: 90 USD for 2.5 MWh.
        let hot = hours.clone().derated(Some(&[1.25; 3]), Some(&[0.9; 3])).unwrap();
        assert_eq!(Method::of_dispatch(&ladders, &hot), Method::Brute);
        for found in run(&ladders, &hot) {
            assert_eq!(found.hours.as_slice(), Some(&[3, 0][..]));
        }
        let hot = flat(30.0, 1.0, 10).derated(Some(&[1.25; 10]), None).unwrap();
        let hot = hot.derated(Some(&[2.0; 10]), Some(&[2.0; 10])).unwrap();
        for found in run(&ladders, &hot) {
            assert_eq!((found.profit_usd[0], found.energy_mwh[0]), (500.0, 50.0));
            assert!((found.btc[0] - 10.0 * 200.0 * 1e-6).abs() < 1e-18);
        }
    }

    #[test]
    fn totals_add_classes_and_results_are_used_again() {
        let ladders = Ladders::new(1, &[100.0; 40], &[2.0; 40], &[0.5; 40]).unwrap();
        let hours = Hours::new(&[40.0, 60.0, 99.0], &[1.0; 3], &[1e-6; 3]).unwrap();
        let mut out = dispatch(Isa::best(), &ladders, &hours);
        let total = out.total();
        // 20 USD, a loss of 20 instead of 30 for the idle draw, and 49.5 for that.
        assert_eq!(total.profit_usd, 40.0 * (20.0 - 20.0 - 49.5));
        assert_eq!((total.energy_mwh, total.hours), (40.0 * 4.5, vec![40, 80]));
        let before = out.profit_usd.as_ptr();
        for method in [Method::Brute, Method::Shortcut] {
            dispatch_by(method, Isa::best(), &ladders, &hours, &mut out).unwrap();
            assert_eq!(out.profit_usd.as_ptr(), before);
            assert_eq!(out.total().profit_usd, 40.0 * (20.0 - 20.0 - 49.5));
        }
        let none = Ladders::new(3, &[], &[], &[]).unwrap();
        for method in [Method::Brute, Method::Shortcut] {
            dispatch_by(method, Isa::best(), &none, &hours, &mut out).unwrap();
            assert_eq!(out.hours.dim(), (0, 4));
            assert_eq!(out.total().profit_usd, 0.0);
        }
    }

    #[test]
    fn curves_become_ladders_of_equal_length() {
        let curve = |settings: &[(f64, f64)]| {
            let settings: Vec<_> = settings
                .iter()
                .map(|&(th, w)| (ThPerS::new(th).unwrap(), PowerW::new(w).unwrap()))
                .collect();
            Curve::new(&settings, 10.0).unwrap()
        };
        let curves = [curve(&[(100.0, 2_000.0), (150.0, 4_000.0)]), curve(&[(90.0, 3_000.0)])];
        let found = Ladders::of_curves(&curves, Overhead::new(1.5).unwrap()).unwrap();
        let (th_per_s, gross_mw) = ([100.0, 150.0, 90.0, 90.0], [0.003, 0.006, 0.0045, 0.0045]);
        assert_eq!(found, Ladders::new(2, &th_per_s, &gross_mw, &[0.000_015; 2]).unwrap());
        assert_eq!((found.machines(), found.points()), (2, 2));
        let many: Vec<_> = (1..=36).map(|i| (f64::from(i), 100.0 * f64::from(i))).collect();
        assert!(Ladders::of_curves(&[curve(&many)], Overhead::default()).is_err());
    }

    #[test]
    fn columns_that_do_not_fit_are_refused() {
        let length = |column, expected, found| {
            Err::<(), _>(Error::LengthMismatch { column, expected, found })
        };
        let new = |points, th: &[f64], mw: &[f64], idle: &[f64]| {
            Ladders::new(points, th, mw, idle).map(|_| ())
        };
        assert_eq!(new(2, &[1.0], &[1.0, 2.0], &[0.0]), length("th_per_s", 2, 1));
        assert_eq!(new(2, &[1.0, 2.0], &[1.0], &[0.0]), length("gross_mw", 2, 1));
        let paths = |result: Result<(), Error>| match result {
            Err(Error::Invalid(faults)) => {
                faults.into_iter().map(|fault| fault.path).collect::<Vec<String>>()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(paths(new(0, &[], &[], &[])), ["points"]);
        assert_eq!(paths(new(36, &[1.0; 36], &[1.0; 36], &[0.0])), ["points"]);
        assert_eq!(
            paths(new(2, &[1.0, f64::NAN, -1.0, 2.0], &[2.0, 1.0, 1.0, 1e9], &[0.0, 1.0])),
            ["th_per_s[1]", "th_per_s[2]", "gross_mw[1]", "gross_mw[3]", "idle_gross_mw[1]"]
        );
        let ladders = Ladders::new(1, &[1.0], &[1.0], &[0.0]).unwrap();
        assert_eq!(paths(ladders.clone().with_costs(&[-1.0]).map(|_| ())), ["cost_usd_per_h[0]"]);
        let hours =
            |prices: &[f64], worth: &[f64]| Hours::new(prices, worth, &[0.0; 2]).map(|_| ());
        assert_eq!(hours(&[1.0; 2], &[1.0]), length("hash_value_usd_per_th_h", 2, 1));
        assert_eq!(
            paths(hours(&[f64::NAN, 9e9], &[f64::INFINITY, 1.0])),
            ["price_usd_per_mwh[0]", "price_usd_per_mwh[1]", "hash_value_usd_per_th_h[0]"]
        );
        let hot = flat(1.0, 1.0, 2).derated(Some(&[-1.0, 1.0]), Some(&[1.0, f64::NAN]));
        assert_eq!(paths(hot.map(|_| ())), ["power_factor[0]", "hash_factor[1]"]);
        // The shortcut where it would be wrong.
        let (mut out, shortcut) = (Dispatch::default(), Method::Shortcut);
        let costly = ladders.clone().with_costs(&[1.0]).unwrap();
        let hours = flat(1.0, 1.0, 2);
        let by = |ladders: &Ladders, hours: &Hours, out: &mut Dispatch| {
            dispatch_by(shortcut, Isa::best(), ladders, hours, out)
        };
        assert_eq!(paths(by(&costly, &hours, &mut out)), ["cost_usd_per_h"]);
        assert_eq!(paths(by(&ladders, &flat(1.0, 0.0, 2), &mut out)), ["hours"]);
        let hot = hours.derated(Some(&[1.0; 2]), None).unwrap();
        assert_eq!(paths(by(&ladders, &hot, &mut out)), ["hours"]);
    }
}
