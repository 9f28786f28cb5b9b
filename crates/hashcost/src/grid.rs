//! The cost grid: machines x power prices x states of the network, whole or reduced on the fly.
//!
//! Every cell is `usd_per_btc` of [`crate::cost::fleet_cost`] at one [`Level`]. The whole grid goes
//! into the caller's array or, tile by tile, to a consumer; the reduced one never exists as a
//! whole, so that 10,000 machines at 1,000 prices in 8 states take kilobytes and not 640 MB.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, ArrayViewMut3};
use units::{Faults, SpotUsdPerMwh};

use crate::cost::Level;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::formula::th_days_per_btc;
use crate::isa::{self, Isa};
use crate::kernel::cost::{CostRows, Machines};
use crate::kernel::{MAX_LANES, SumTree};
use crate::method::Method;
use crate::network::Network;

/// Below this many cells a second thread costs more than it saves.
#[cfg(feature = "parallel")]
const PARALLEL_CELLS: usize = 200_000;

/// Cells that one task of the whole grid writes: about 100 microseconds of work.
const TASK_CELLS: usize = 65_536;

/// Cells computed in the first-level cache before they are consumed: 16 kB.
const TILE_CELLS: usize = 2_048;

/// Bytes above which the whole grid goes past the caches: what follows would not find it there.
const STREAM_BYTES: usize = 32 << 20;

/// Machines that are added in order before their sums enter the tree.
const MACHINE_BLOCK: usize = 512;

/// Prices of one task of the reduced grid.
const TASK_PRICES: usize = 128;

/// How the cells of the whole grid are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stores {
    /// Through the caches: for grids that are read again at once.
    Cached,
    /// Past the caches, where the instruction set can: for grids larger than they are.
    Streaming,
}

impl Stores {
    /// The faster way for a number of cells.
    pub fn of_cells(cells: usize) -> Self {
        if cells.saturating_mul(size_of::<f64>()) > STREAM_BYTES {
            Self::Streaming
        } else {
            Self::Cached
        }
    }
}

/// Cost of every machine at every power price in every state of the network, USD/BTC.
///
/// # Shapes
/// `out`: `[networks, machines, prices]` in standard layout, machines in the order of
/// [`Fleet::ids`]. It is the caller's, to be used again: new memory costs several times the
/// computation.
///
/// # Special cases
/// The same bits for any number of threads, whatever [`Stores`], and on every [`Isa`] with a fused
/// multiply-add; the others agree within 1e-12 of the sum of the absolute terms.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NotContiguous`], and [`Error::Invalid`] with every price and
/// network value out of its range.
pub fn cost_grid(
    isa: Isa,
    stores: Stores,
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
    mut out: ArrayViewMut3<'_, f64>,
) -> Result<(), Error> {
    let table = Table::new(fleet, level, prices_usd_per_mwh, networks)?;
    let expected = [networks.len(), table.energy_mwh_per_th_day.len(), prices_usd_per_mwh.len()];
    let found = out.dim().into();
    if found != expected {
        return Err(Error::ShapeMismatch { expected, found });
    }
    let Some(cells) = out.as_slice_mut() else { return Err(Error::NotContiguous) };
    if cells.is_empty() {
        return Ok(());
    }
    let prices = prices_usd_per_mwh.len();
    let rows_per_task = (TASK_CELLS / prices).max(1);
    each_block(cells, rows_per_task * prices, |task, block| {
        let first = task * rows_per_task;
        match stores {
            Stores::Cached => {
                table.each_run(first..first + block.len() / prices, |rows, cells| {
                    isa::cost_rows(isa, rows, &mut block[cells]);
                });
            }
            Stores::Streaming => {
                table.each_run(first..first + block.len() / prices, |rows, cells| {
                    isa::cost_rows_streamed(isa, rows, &mut block[cells]);
                });
                isa::stream_fence(isa);
            }
        }
    });
    Ok(())
}

/// A piece of the cost grid on its way to a consumer.
#[derive(Debug)]
pub struct CostTile<'a> {
    /// Which state of the network.
    pub scenario: usize,
    /// Which machines, in the order of [`Fleet::ids`].
    pub machines: Range<usize>,
    /// Which of the prices.
    pub prices: Range<usize>,
    /// Cost, USD/BTC: `[machines, prices]` of the piece.
    pub usd_per_btc: ArrayView2<'a, f64>,
}

/// [`cost_grid`] piece by piece to a consumer, in the order of the grid: nothing is kept.
///
/// The consumer finds each piece in the first-level cache.
///
/// # Errors
/// [`Error::Invalid`] with every price and network value out of its range.
pub fn cost_tiles(
    isa: Isa,
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
    mut consume: impl FnMut(CostTile<'_>),
) -> Result<(), Error> {
    let table = Table::new(fleet, level, prices_usd_per_mwh, networks)?;
    let machines = table.energy_mwh_per_th_day.len();
    let prices = prices_usd_per_mwh.len();
    let mut tile = [0.0; TILE_CELLS];
    let mut per_btc = PerBtc::default();
    let rows_per_tile = (TILE_CELLS / prices.max(1)).max(1);
    for scenario in 0..networks.len() {
        for first in (0..machines).step_by(rows_per_tile) {
            let of_machines = first..(first + rows_per_tile).min(machines);
            per_btc.fill(&table, scenario, of_machines.clone());
            for price in (0..prices).step_by(TILE_CELLS) {
                let of_prices = price..(price + TILE_CELLS).min(prices);
                let shape = (of_machines.len(), of_prices.len());
                let tile = &mut tile[..shape.0 * shape.1];
                isa::cost_rows(isa, per_btc.at(&prices_usd_per_mwh[of_prices.clone()]), tile);
                // A slice of exactly these cells has this shape.
                let Ok(usd_per_btc) = ArrayView2::from_shape(shape, tile) else { continue };
                let machines = of_machines.clone();
                consume(CostTile { scenario, machines, prices: of_prices, usd_per_btc });
            }
        }
    }
    Ok(())
}

/// What every cell of a grid is computed from.
struct Table<'a> {
    energy_mwh_per_th_day: Vec<f64>,
    rest_usd_per_th_day: Vec<f64>,
    prices_usd_per_mwh: &'a [f64],
    th_days_per_btc: Vec<f64>,
}

impl<'a> Table<'a> {
    fn new(
        fleet: &Fleet,
        level: Level,
        prices_usd_per_mwh: &'a [f64],
        networks: &[Network],
    ) -> Result<Self, Error> {
        check(prices_usd_per_mwh, networks)?;
        let net = networks.iter().map(Network::net_btc_per_th_day);
        Ok(Self {
            energy_mwh_per_th_day: fleet.energy_mwh_per_th_day(),
            rest_usd_per_th_day: fleet.rest_usd_per_th_day(level),
            prices_usd_per_mwh,
            th_days_per_btc: net.map(th_days_per_btc).collect(),
        })
    }

    /// Works on the runs of rows of the flat grid `[scenarios * machines]` that share a state of
    /// the network, with the place of their cells after the first row's.
    fn each_run(&self, rows: Range<usize>, mut work: impl FnMut(CostRows<'_>, Range<usize>)) {
        let machines = self.energy_mwh_per_th_day.len();
        let prices = self.prices_usd_per_mwh.len();
        let mut per_btc = PerBtc::default();
        let mut row = rows.start;
        while row < rows.end {
            let (scenario, machine) = (row / machines, row % machines);
            let run = (machines - machine).min(rows.end - row);
            let first = (row - rows.start) * prices;
            per_btc.fill(self, scenario, machine..machine + run);
            work(per_btc.at(self.prices_usd_per_mwh), first..first + run * prices);
            row += run;
        }
    }
}

/// Some machines in one state of the network, per bitcoin; the memory is used again.
#[derive(Default)]
struct PerBtc {
    mwh: Vec<f64>,
    rest_usd: Vec<f64>,
}

impl PerBtc {
    fn fill(&mut self, table: &Table<'_>, scenario: usize, machines: Range<usize>) {
        let th_days = table.th_days_per_btc[scenario];
        let fill = |column: &mut Vec<f64>, per_th_day: &[f64]| {
            column.clear();
            column.extend(per_th_day[machines.clone()].iter().map(|value| value * th_days));
        };
        fill(&mut self.mwh, &table.energy_mwh_per_th_day);
        fill(&mut self.rest_usd, &table.rest_usd_per_th_day);
    }

    /// The rows of these machines at some prices.
    fn at<'a>(&'a self, prices_usd_per_mwh: &'a [f64]) -> CostRows<'a> {
        let (mwh_per_btc, rest_usd_per_btc) = (&self.mwh, &self.rest_usd);
        CostRows { mwh_per_btc, rest_usd_per_btc, prices_usd_per_mwh }
    }
}

/// The grid by state of the network and power price, summed over the machines that pay at the
/// state's price of a bitcoin.
///
/// # Shapes
/// `[networks, prices]` each.
#[derive(Clone, Debug, PartialEq)]
pub struct ReducedGrid {
    /// Machines (units of all classes) whose cost does not exceed the price of a bitcoin.
    pub machines: Array2<f64>,
    /// Their installed hash rate, TH/s.
    pub th_per_s: Array2<f64>,
    /// Their mean cost weighted by installed hash rate, USD/BTC; 0 where there are none.
    pub usd_per_btc: Array2<f64>,
}

/// How many machines pay at each power price in each state of the network, their hash rate and
/// their mean cost: [`cost_grid`] reduced as it is computed, by the road that
/// [`Method`] chooses.
///
/// # Special cases
/// The same bits for any number of threads. The two methods agree within 1e-12 of the sum of the
/// absolute terms, and in the machines counted wherever a cost differs from the price of a bitcoin
/// by more; with [`Method::Brute`] so do the instruction sets, and those with a fused multiply-add
/// to the bit.
///
/// # Errors
/// [`Error::Invalid`] with every price and network value out of its range.
pub fn reduced_grid(
    isa: Isa,
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
) -> Result<ReducedGrid, Error> {
    reduced_grid_by(Method::of_reduced_grid(), isa, fleet, level, prices_usd_per_mwh, networks)
}

/// [`reduced_grid`] by a method of one's own.
///
/// # Errors
/// As [`reduced_grid`].
pub fn reduced_grid_by(
    method: Method,
    isa: Isa,
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
) -> Result<ReducedGrid, Error> {
    let table = Table::new(fleet, level, prices_usd_per_mwh, networks)?;
    let limits_usd_per_btc: Vec<f64> = networks.iter().map(|n| n.price_usd_per_btc).collect();
    let th_per_s = fleet.installed_th_per_s();
    let weights = Weights { units: &fleet.units, th_per_s: &th_per_s };
    let [machines, th_per_s, mut usd_per_btc] = match method {
        Method::Brute => reduce_all(isa, &table, weights, &limits_usd_per_btc),
        Method::Shortcut => look_up(&table, weights, &limits_usd_per_btc),
    };
    usd_per_btc.zip_mut_with(&th_per_s, |usd, &th| *usd = if th > 0.0 { *usd / th } else { 0.0 });
    Ok(ReducedGrid { machines, th_per_s, usd_per_btc })
}

/// What machines count for.
#[derive(Clone, Copy)]
struct Weights<'a> {
    units: &'a [f64],
    th_per_s: &'a [f64],
}

/// Sums of the prices of one task: machines, TH/s, TH/s times USD/BTC.
const TASK_SUMS: usize = 3 * TASK_PRICES;

/// The three sums `[networks, prices]` from every cell.
fn reduce_all(
    isa: Isa,
    table: &Table<'_>,
    weights: Weights<'_>,
    limits_usd_per_btc: &[f64],
) -> [Array2<f64>; 3] {
    let prices = table.prices_usd_per_mwh;
    let shape = (limits_usd_per_btc.len(), prices.len());
    let tasks = prices.len().div_ceil(TASK_PRICES);
    let machines = table.energy_mwh_per_th_day.len();
    let sums = map_blocks(shape.0 * tasks, shape.0 * shape.1 * machines, |task| {
        let scenario = task / tasks;
        let first = task % tasks * TASK_PRICES;
        let given = &prices[first..(first + TASK_PRICES).min(prices.len())];
        // Lanes beyond the last price work on a price of zero, and nobody reads them.
        let mut prices = [0.0; TASK_PRICES];
        prices[..given.len()].copy_from_slice(given);
        let prices = &prices[..given.len().next_multiple_of(MAX_LANES)];
        reduce_task(isa, table, weights, scenario, limits_usd_per_btc[scenario], prices)
    });
    [0, 1, 2].map(|which| {
        Array2::from_shape_fn(shape, |(scenario, price)| {
            sums[scenario * tasks + price / TASK_PRICES][which * TASK_PRICES + price % TASK_PRICES]
        })
    })
}

/// The three sums at a task's prices, blocks of machines added pairwise.
fn reduce_task(
    isa: Isa,
    table: &Table<'_>,
    weights: Weights<'_>,
    scenario: usize,
    limit_usd_per_btc: f64,
    prices_usd_per_mwh: &[f64],
) -> [f64; TASK_SUMS] {
    let machines = table.energy_mwh_per_th_day.len();
    let mut per_btc = PerBtc::default();
    let mut tree = SumTree::<TASK_SUMS>::new();
    for first in (0..machines).step_by(MACHINE_BLOCK) {
        let rows = first..(first + MACHINE_BLOCK).min(machines);
        per_btc.fill(table, scenario, rows.clone());
        let block = Machines {
            mwh_per_btc: &per_btc.mwh,
            rest_usd_per_btc: &per_btc.rest_usd,
            units: &weights.units[rows.clone()],
            th_per_s: &weights.th_per_s[rows],
        };
        let mut sums = [0.0; TASK_SUMS];
        let (counts, others) = sums.split_at_mut(TASK_PRICES);
        let (hash_rates, weighted) = others.split_at_mut(TASK_PRICES);
        let out = [counts, hash_rates, weighted].map(|sum| &mut sum[..prices_usd_per_mwh.len()]);
        isa::reduce_block(isa, block, limit_usd_per_btc, prices_usd_per_mwh, out);
        tree.push(sums);
    }
    tree.total()
}

/// The three sums `[networks, prices]` by breakeven: a machine pays at every price up to its own.
fn look_up(
    table: &Table<'_>,
    weights: Weights<'_>,
    limits_usd_per_btc: &[f64],
) -> [Array2<f64>; 3] {
    let prices = table.prices_usd_per_mwh;
    let shape = (limits_usd_per_btc.len(), prices.len());
    let machines = table.energy_mwh_per_th_day.len();
    // About as much work as this many cells of the whole grid.
    let work = shape.0 * machines * SORT_CELLS;
    let sums = map_blocks(shape.0, work, |scenario| {
        let merit = Merit::new(table, weights, scenario, limits_usd_per_btc[scenario]);
        prices.iter().map(|&price| merit.at(price)).collect::<Vec<_>>()
    });
    [0, 1, 2].map(|which| Array2::from_shape_fn(shape, |(s, price)| sums[s][price][which]))
}

/// Cells that take as long as sorting one machine.
const SORT_CELLS: usize = 150;

/// Machines by falling breakeven price in one state of the network, with running totals.
struct Merit {
    /// Price up to which each machine pays, USD/MWh, falling.
    breakeven_usd_per_mwh: Vec<f64>,
    /// Totals of the machines before each place: units, TH/s, TH/s times MWh/BTC, TH/s times the
    /// rest in USD/BTC.
    before: Vec<[f64; 4]>,
}

impl Merit {
    fn new(
        table: &Table<'_>,
        weights: Weights<'_>,
        scenario: usize,
        limit_usd_per_btc: f64,
    ) -> Self {
        let th_days = table.th_days_per_btc[scenario];
        let rows = table.energy_mwh_per_th_day.iter().zip(&table.rest_usd_per_th_day);
        let mut order: Vec<(f64, usize)> = rows
            .map(|(energy, rest)| (limit_usd_per_btc - rest * th_days) / (energy * th_days))
            .enumerate()
            .map(|(row, breakeven)| (breakeven, row))
            .collect();
        order.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let mut totals = [0.0; 4];
        let mut before = Vec::with_capacity(order.len() + 1);
        before.push(totals);
        for &(_, row) in &order {
            let th = weights.th_per_s[row];
            totals[0] += weights.units[row];
            totals[1] += th;
            totals[2] += th * (table.energy_mwh_per_th_day[row] * th_days);
            totals[3] += th * (table.rest_usd_per_th_day[row] * th_days);
            before.push(totals);
        }
        Self { breakeven_usd_per_mwh: order.into_iter().map(|(price, _)| price).collect(), before }
    }

    /// Machines, TH/s and TH/s times USD/BTC of those that pay at a price.
    fn at(&self, price_usd_per_mwh: f64) -> [f64; 3] {
        let paying = self.breakeven_usd_per_mwh.partition_point(|&p| p >= price_usd_per_mwh);
        let [units, th_per_s, th_mwh, th_rest] = self.before[paying];
        [units, th_per_s, th_mwh.mul_add(price_usd_per_mwh, th_rest)]
    }
}

/// Faults of the prices and the networks of a grid.
fn check(prices_usd_per_mwh: &[f64], networks: &[Network]) -> Result<(), Error> {
    let mut faults = Faults::default();
    for (place, &price) in prices_usd_per_mwh.iter().enumerate() {
        // The path is only written where there is a fault to report.
        if SpotUsdPerMwh::new(price).is_err() {
            faults.check::<SpotUsdPerMwh>(format!("prices_usd_per_mwh[{place}]"), price);
        }
    }
    for (place, network) in networks.iter().enumerate() {
        network.check(&format!("networks[{place}]"), &mut faults);
    }
    faults.into_result().map_err(Error::Invalid)
}

/// Runs a function on consecutive blocks of a slice, with the block's index.
#[cfg(feature = "parallel")]
fn each_block(cells: &mut [f64], block: usize, work: impl Fn(usize, &mut [f64]) + Sync) {
    use rayon::prelude::{IndexedParallelIterator, ParallelIterator, ParallelSliceMut};
    if cells.len() < PARALLEL_CELLS {
        cells.chunks_mut(block).enumerate().for_each(|(index, block)| work(index, block));
    } else {
        cells.par_chunks_mut(block).enumerate().for_each(|(index, block)| work(index, block));
    }
}

/// Runs a function on consecutive blocks of a slice, with the block's index.
#[cfg(not(feature = "parallel"))]
fn each_block(cells: &mut [f64], block: usize, work: impl Fn(usize, &mut [f64]) + Sync) {
    cells.chunks_mut(block).enumerate().for_each(|(index, block)| work(index, block));
}

/// Results of a function of the tasks `0..tasks`, in their order.
#[cfg(feature = "parallel")]
fn map_blocks<T: Send>(tasks: usize, cells: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    use rayon::prelude::{IntoParallelIterator, ParallelIterator};
    if cells < PARALLEL_CELLS {
        (0..tasks).map(work).collect()
    } else {
        (0..tasks).into_par_iter().map(&work).collect()
    }
}

/// Results of a function of the tasks `0..tasks`, in their order.
#[cfg(not(feature = "parallel"))]
fn map_blocks<T: Send>(tasks: usize, _cells: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    (0..tasks).map(work).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::fleet_cost;
    use crate::fleet::rows::varied;
    use ndarray::{Array3, Axis, s};

    /// Instruction sets without a fused multiply-add differ in roundings, as do the two methods.
    const ROUNDING_TOLERANCE: f64 = 1e-12;

    fn networks(count: usize) -> Vec<Network> {
        (0..count)
            .map(|i| Network {
                difficulty: 0.8e14 + 1.0e13 * i as f64,
                subsidy_btc: 3.125,
                fees_btc: 0.02 * i as f64,
                price_usd_per_btc: 60_000.0 + 9_000.0 * i as f64,
                pool_fee_frac: 0.005 * i as f64,
            })
            .collect()
    }

    fn prices(count: usize) -> Vec<f64> {
        (0..count).map(|i| -20.0 + 170.0 * i as f64 / count as f64).collect()
    }

    fn grid(
        isa: Isa,
        stores: Stores,
        fleet: &Fleet,
        level: Level,
        prices: &[f64],
        networks: &[Network],
    ) -> Array3<f64> {
        let mut out =
            Array3::from_elem((networks.len(), fleet.ids().len(), prices.len()), f64::NAN);
        cost_grid(isa, stores, fleet, level, prices, networks, out.view_mut()).unwrap();
        out
    }

    #[test]
    fn cells_are_the_costs_of_the_fleet_at_every_length() {
        let (fleet, networks) = (varied(3), networks(2));
        for length in 0..=33 {
            let prices = prices(length);
            for level in Level::ALL {
                let reference =
                    grid(Isa::SCALAR, Stores::Cached, &fleet, level, &prices, &networks);
                for ((scenario, machine, price), cell) in reference.indexed_iter() {
                    let cost = fleet_cost(&fleet, prices[price], &networks[scenario]).unwrap();
                    assert_eq!(*cell, cost.machines[machine].usd_per_btc.at(level));
                }
                for isa in Isa::available() {
                    let out = grid(isa, Stores::Cached, &fleet, level, &prices, &networks);
                    if isa.fuses_multiply_add() {
                        assert!(out == reference, "{length}, {level:?}, {isa:?}");
                    }
                    for ((scenario, machine, price), cell) in out.indexed_iter() {
                        let cost = fleet_cost(&fleet, prices[price], &networks[scenario]).unwrap();
                        let levels = cost.machines[machine].usd_per_btc;
                        let terms = levels.electricity.abs()
                            + (levels.all_in_before_credits - levels.electricity).abs()
                            + (levels.all_in - levels.all_in_before_credits).abs();
                        let error = (cell - reference[[scenario, machine, price]]).abs();
                        assert!(error <= ROUNDING_TOLERANCE * terms, "{length}, {level:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn streamed_and_consumed_grids_are_the_grid() {
        let level = Level::AllInBeforeCredits;
        let networks = networks(3);
        // Rows shorter and longer than a tile, tasks that span scenarios, odd lengths.
        for (machines, columns) in [(1, 1), (7, 5), (70, 333), (3, 5_003), (41, 2_048)] {
            let (fleet, prices) = (varied(machines), prices(columns));
            for isa in Isa::available() {
                let cached = grid(isa, Stores::Cached, &fleet, level, &prices, &networks);
                let streamed = grid(isa, Stores::Streaming, &fleet, level, &prices, &networks);
                assert!(cached == streamed, "{machines} x {columns}, {isa:?}");
                let mut consumed = Array3::from_elem(cached.dim(), f64::NAN);
                cost_tiles(isa, &fleet, level, &prices, &networks, |tile| {
                    let place = s![tile.scenario, tile.machines, tile.prices];
                    consumed.slice_mut(place).assign(&tile.usd_per_btc);
                })
                .unwrap();
                assert!(cached == consumed, "{machines} x {columns}, {isa:?}");
            }
        }
    }

    #[test]
    fn the_reduced_grid_is_the_grid_summed() {
        let networks = networks(3);
        let level = Level::AllInBeforeCredits;
        let mut shapes = vec![(1, 1), (5, 7), (511, 15), (512, 16), (513, 17), (1_030, 129)];
        shapes.extend((0..=33).map(|columns| (20, columns)));
        for (rows, columns) in shapes {
            let (fleet, prices) = (varied(rows), prices(columns));
            let full = grid(Isa::SCALAR, Stores::Cached, &fleet, level, &prices, &networks);
            let th_per_s = fleet.installed_th_per_s();
            let by = |method, isa| {
                reduced_grid_by(method, isa, &fleet, level, &prices, &networks).unwrap()
            };
            let reference = by(Method::Brute, Isa::SCALAR);
            let mut found = vec![by(Method::Shortcut, Isa::SCALAR), reference.clone()];
            for isa in Isa::available() {
                let reduced = by(Method::Brute, isa);
                assert!(
                    !isa.fuses_multiply_add() || reduced == reference,
                    "{rows} x {columns}, {isa:?}"
                );
                found.push(reduced);
            }
            for reduced in found {
                for ((scenario, price), &machines) in reduced.machines.indexed_iter() {
                    let mut naive = [0.0; 3];
                    let costs = full.index_axis(Axis(0), scenario);
                    for (row, cost) in costs.column(price).iter().enumerate() {
                        if *cost <= networks[scenario].price_usd_per_btc {
                            naive[0] += fleet.units[row];
                            naive[1] += th_per_s[row];
                            naive[2] += th_per_s[row] * cost;
                        }
                    }
                    let place = [scenario, price];
                    assert_eq!(machines, naive[0], "{rows} x {columns}");
                    let th = reduced.th_per_s[place];
                    assert!((th - naive[1]).abs() <= ROUNDING_TOLERANCE * naive[1]);
                    // Terms are positive or a few negative ones at negative prices.
                    let terms = naive[2].abs() + 1e4 * naive[1];
                    let total = reduced.usd_per_btc[place] * th;
                    assert!((total - naive[2]).abs() <= ROUNDING_TOLERANCE * terms);
                }
            }
        }
    }

    #[cfg(feature = "parallel")]
    #[test]
    fn bits_do_not_depend_on_the_number_of_threads() {
        let (fleet, prices, networks) = (varied(400), prices(301), networks(3));
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                [Method::Brute, Method::Shortcut]
                    .map(|method| {
                        let level = Level::AllIn;
                        reduced_grid_by(method, Isa::best(), &fleet, level, &prices, &networks)
                            .unwrap()
                    })
                    .map(|reduced| {
                        let stores = Stores::Streaming;
                        let level = Level::AllIn;
                        (reduced, grid(Isa::best(), stores, &fleet, level, &prices, &networks))
                    })
            })
        };
        let one = run(1);
        for threads in [2, 3, 8] {
            assert!(run(threads) == one, "{threads} threads");
        }
    }

    #[test]
    fn arrays_and_values_that_do_not_fit_are_refused() {
        let (fleet, prices, networks) = (varied(4), prices(5), networks(2));
        let level = Level::Electricity;
        let (isa, stores) = (Isa::best(), Stores::Cached);
        let mut wrong = Array3::zeros((2, 5, 4));
        assert_eq!(
            cost_grid(isa, stores, &fleet, level, &prices, &networks, wrong.view_mut()),
            Err(Error::ShapeMismatch { expected: [2, 4, 5], found: [2, 5, 4] })
        );
        let transposed = wrong.view_mut().permuted_axes([0, 2, 1]);
        assert_eq!(
            cost_grid(isa, stores, &fleet, level, &prices, &networks, transposed),
            Err(Error::NotContiguous)
        );
        let Err(Error::Invalid(faults)) = reduced_grid(
            isa,
            &fleet,
            level,
            &[50.0, f64::NAN, -9e9],
            &[Network { difficulty: 0.0, ..networks[0] }],
        ) else {
            panic!("accepted")
        };
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            paths,
            ["prices_usd_per_mwh[1]", "prices_usd_per_mwh[2]", "networks[0].difficulty"]
        );
        assert!(reduced_grid(isa, &fleet, level, &[], &networks).unwrap().machines.is_empty());
    }
}
