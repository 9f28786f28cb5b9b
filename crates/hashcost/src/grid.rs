//! The cost grid: machines x power prices x states of the network, whole or reduced on the fly.
//!
//! Every cell is `usd_per_btc` of [`crate::cost::fleet_cost`] at one [`Level`]. The whole grid goes
//! into the caller's array; the reduced one never exists as a whole, so that 10,000 machines at
//! 1,000 prices in 8 states take kilobytes and not 640 MB.

use ndarray::{Array2, ArrayViewMut3};
use units::SpotUsdPerMwh;

use crate::cost::Level;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::formula::th_days_per_btc;
use crate::kernel::cost::{Machines, cost_row, reduce_tile};
use crate::lanes::{Lanes, Real};
use crate::network::Network;
use units::Faults;

/// Below this many cells a second thread costs more than it saves.
#[cfg(feature = "parallel")]
const PARALLEL_CELLS: usize = 200_000;

/// Cells that one task of the whole grid writes: about 100 microseconds of work.
const TASK_CELLS: usize = 65_536;

/// Registers of prices that the reduction carries through the machines at a time.
const TILE_REGISTERS: usize = 2;

/// Cost of every machine at every power price in every state of the network, USD/BTC.
///
/// # Shapes
/// `out`: `[networks, machines, prices]` in standard layout, machines in the order of
/// [`Fleet::ids`].
///
/// # Special cases
/// The same bits for any number of threads. Agrees with [`cost_grid_reference`] within 1e-12 of the
/// sum of the absolute terms.
///
/// # Errors
/// [`Error::ShapeMismatch`], [`Error::NotContiguous`], and [`Error::Invalid`] with every price and
/// network value out of its range.
pub fn cost_grid(
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
    out: ArrayViewMut3<'_, f64>,
) -> Result<(), Error> {
    fill_grid::<Lanes>(fleet, level, prices_usd_per_mwh, networks, out)
}

/// [`cost_grid`] one number at a time: the reference that tests and benches hold it to.
///
/// # Errors
/// As [`cost_grid`].
pub fn cost_grid_reference(
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
    out: ArrayViewMut3<'_, f64>,
) -> Result<(), Error> {
    fill_grid::<f64>(fleet, level, prices_usd_per_mwh, networks, out)
}

fn fill_grid<R: Real>(
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
    mut out: ArrayViewMut3<'_, f64>,
) -> Result<(), Error> {
    check(prices_usd_per_mwh, networks)?;
    let energy = fleet.energy_mwh_per_th_day();
    let rest = fleet.rest_usd_per_th_day(level);
    let prices = prices_usd_per_mwh.len();
    let expected = [networks.len(), energy.len(), prices];
    let found = out.dim().into();
    if found != expected {
        return Err(Error::ShapeMismatch { expected, found });
    }
    let Some(cells) = out.as_slice_mut() else { return Err(Error::NotContiguous) };
    if cells.is_empty() {
        return Ok(());
    }
    let th_days: Vec<f64> =
        networks.iter().map(|network| th_days_per_btc(network.net_btc_per_th_day())).collect();
    let rows_per_task = (TASK_CELLS / prices).max(1);
    each_block(cells, rows_per_task * prices, |task, block| {
        for (place, row) in block.chunks_exact_mut(prices).enumerate() {
            let index = task * rows_per_task + place;
            let (scenario, machine) = (index / energy.len(), index % energy.len());
            let th_days = th_days[scenario];
            cost_row::<R>(
                energy[machine] * th_days,
                rest[machine] * th_days,
                prices_usd_per_mwh,
                row,
            );
        }
    });
    Ok(())
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
/// their mean cost: [`cost_grid`] reduced as it is computed.
///
/// # Special cases
/// The same bits for any number of threads. Agrees with [`reduced_grid_reference`] within 1e-12,
/// and in the machines counted wherever a cost differs from the price of a bitcoin by more.
///
/// # Errors
/// [`Error::Invalid`] with every price and network value out of its range.
pub fn reduced_grid(
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
) -> Result<ReducedGrid, Error> {
    reduce::<Lanes>(fleet, level, prices_usd_per_mwh, networks)
}

/// [`reduced_grid`] one number at a time: the reference that tests and benches hold it to.
///
/// # Errors
/// As [`reduced_grid`].
pub fn reduced_grid_reference(
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
) -> Result<ReducedGrid, Error> {
    reduce::<f64>(fleet, level, prices_usd_per_mwh, networks)
}

/// Sums of one tile of prices: machines, TH/s, TH/s times USD/BTC.
type TileSums = [[f64; TILE_REGISTERS * Lanes::LANES]; 3];

fn reduce<R: Real>(
    fleet: &Fleet,
    level: Level,
    prices_usd_per_mwh: &[f64],
    networks: &[Network],
) -> Result<ReducedGrid, Error> {
    check(prices_usd_per_mwh, networks)?;
    let energy = fleet.energy_mwh_per_th_day();
    let rest = fleet.rest_usd_per_th_day(level);
    let th_per_s = fleet.installed_th_per_s();
    let machines = Machines {
        energy_mwh_per_th_day: &energy,
        rest_usd_per_th_day: &rest,
        units: &fleet.units,
        th_per_s: &th_per_s,
    };
    let shape = (networks.len(), prices_usd_per_mwh.len());
    let tile = TILE_REGISTERS * R::LANES;
    let tiles = prices_usd_per_mwh.len().div_ceil(tile);
    let cells = shape.0 * shape.1 * energy.len();
    let sums: Vec<TileSums> = map_blocks(networks.len() * tiles, cells, |task| {
        let network = &networks[task / tiles];
        let first = task % tiles * tile;
        let given = &prices_usd_per_mwh[first..(first + tile).min(prices_usd_per_mwh.len())];
        // Lanes beyond the last price work on a price of zero, and nobody reads them.
        let mut prices = [0.0; TILE_REGISTERS * Lanes::LANES];
        prices[..given.len()].copy_from_slice(given);
        let mut sums = TileSums::default();
        reduce_tile::<R, TILE_REGISTERS>(
            machines,
            th_days_per_btc(network.net_btc_per_th_day()),
            network.price_usd_per_btc,
            &prices[..tile],
            sums.each_mut().map(|column| &mut column[..tile]),
        );
        sums
    });
    let column = |which: usize| {
        Array2::from_shape_fn(shape, |(scenario, price)| {
            sums[scenario * tiles + price / tile][which][price % tile]
        })
    };
    let th_per_s = column(1);
    let mut usd_per_btc = column(2);
    usd_per_btc.zip_mut_with(&th_per_s, |usd, &th| *usd = if th > 0.0 { *usd / th } else { 0.0 });
    Ok(ReducedGrid { machines: column(0), th_per_s, usd_per_btc })
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
    use ndarray::{Array3, Axis};

    /// Carriers differ in roundings only.
    const CARRIER_TOLERANCE: f64 = 1e-12;

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

    fn grid(fleet: &Fleet, prices: &[f64], networks: &[Network]) -> Array3<f64> {
        let mut out =
            Array3::from_elem((networks.len(), fleet.ids().len(), prices.len()), f64::NAN);
        cost_grid(fleet, Level::AllInBeforeCredits, prices, networks, out.view_mut()).unwrap();
        out
    }

    #[test]
    fn cells_are_the_costs_of_the_fleet_at_every_length() {
        let (fleet, networks) = (varied(3), networks(2));
        for length in 0..=33 {
            let prices = prices(length);
            let mut reference = Array3::zeros((2, 3, length));
            for level in Level::ALL {
                let mut out = Array3::from_elem((2, 3, length), f64::NAN);
                cost_grid(&fleet, level, &prices, &networks, out.view_mut()).unwrap();
                cost_grid_reference(&fleet, level, &prices, &networks, reference.view_mut())
                    .unwrap();
                for ((scenario, machine, price), cell) in out.indexed_iter() {
                    let cost = fleet_cost(&fleet, prices[price], &networks[scenario]).unwrap();
                    let levels = cost.machines[machine].usd_per_btc;
                    assert_eq!(reference[[scenario, machine, price]], levels.at(level));
                    let terms = levels.electricity.abs()
                        + (levels.all_in_before_credits - levels.electricity).abs()
                        + (levels.all_in - levels.all_in_before_credits).abs();
                    let error = (cell - levels.at(level)).abs();
                    assert!(error <= CARRIER_TOLERANCE * terms, "{length}, {level:?}: {error}");
                }
            }
        }
    }

    #[test]
    fn the_reduced_grid_is_the_grid_summed() {
        let networks = networks(3);
        for (rows, columns) in [(1, 1), (5, 7), (130, 15), (130, 16), (131, 17), (257, 33)] {
            let (fleet, prices) = (varied(rows), prices(columns));
            let full = grid(&fleet, &prices, &networks);
            let reduced =
                reduced_grid(&fleet, Level::AllInBeforeCredits, &prices, &networks).unwrap();
            let reference =
                reduced_grid_reference(&fleet, Level::AllInBeforeCredits, &prices, &networks)
                    .unwrap();
            let th_per_s = fleet.installed_th_per_s();
            for ((scenario, price), &machines) in reduced.machines.indexed_iter() {
                let mut naive = [0.0; 3];
                for (row, cost) in
                    full.index_axis(Axis(0), scenario).column(price).iter().enumerate()
                {
                    if *cost <= networks[scenario].price_usd_per_btc {
                        naive[0] += fleet.units[row];
                        naive[1] += th_per_s[row];
                        naive[2] += th_per_s[row] * cost;
                    }
                }
                let place = [scenario, price];
                assert_eq!(machines, naive[0], "{rows} x {columns}");
                assert_eq!(reference.machines[place], naive[0]);
                assert!((reduced.th_per_s[place] - naive[1]).abs() <= CARRIER_TOLERANCE * naive[1]);
                let total = reduced.usd_per_btc[place] * reduced.th_per_s[place];
                // Terms are positive or a few negative ones at negative prices.
                assert!(
                    (total - naive[2]).abs()
                        <= CARRIER_TOLERANCE * (naive[2].abs() + 1e4 * naive[1])
                );
                let difference = (reduced.usd_per_btc[place] - reference.usd_per_btc[place]).abs();
                assert!(difference <= CARRIER_TOLERANCE * 1e5);
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
                let reduced = reduced_grid(&fleet, Level::AllIn, &prices, &networks).unwrap();
                (grid(&fleet, &prices, &networks), reduced)
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
        let mut wrong = Array3::zeros((2, 5, 4));
        assert_eq!(
            cost_grid(&fleet, level, &prices, &networks, wrong.view_mut()),
            Err(Error::ShapeMismatch { expected: [2, 4, 5], found: [2, 5, 4] })
        );
        let transposed = wrong.view_mut().permuted_axes([0, 2, 1]);
        assert_eq!(
            cost_grid(&fleet, level, &prices, &networks, transposed),
            Err(Error::NotContiguous)
        );
        let Err(Error::Invalid(faults)) = reduced_grid(
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
        assert!(reduced_grid(&fleet, level, &[], &networks).unwrap().machines.is_empty());
    }
}
