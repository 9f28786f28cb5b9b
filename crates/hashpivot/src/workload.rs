//! The standing workloads: inputs of `hashpivot bench` and of the benches, the same on every
//! machine and in every language but for the last digits of sines and powers.
//!
//! Columns are spread evenly over their ranges by golden-ratio Weyl sequences: no file, no random
//! generator. `benches/peers/workloads.py` defines the same numbers for other programs. Paths of
//! prices are drawn by counter, and the network that answers them is the built-in one.

use hashcost::network::difficulty_of_hashrate;
use hashcost::paths::{Month, PathModel, Uses, traces};
use hashcost::projection::Start;
use hashcost::response::{
    DEFAULT_CONVERSION_GROSS_MW_PER_YEAR, DEFAULT_CONVERSION_MONTHS, DEFAULT_RESPONSE, Drivers,
    Ensemble,
};
use hashcost::{Cohorts, Error, Fleet, Hours, Isa, Ladders, Machine, Network};
use ndarray::{Array2, Axis};
use units::constants::{BLOCKS_PER_DAY, HASHES_PER_DIFFICULTY, RETARGET_BLOCKS};
use units::{CalendarMonth, JPerTh, OutOfRange, Overhead, ThPerS, Units, UptimeFrac, UsdPerThDay};

use crate::facts::cohorts::network_cohorts;

/// Machine classes, power prices and states of the network of the cost grid.
pub const GRID: [usize; 3] = [10_000, 1_000, 8];

/// Machine classes, hours (a year in whole registers) and operating points of the dispatch.
pub const DISPATCH: [usize; 3] = [2_000, 8_768, 8];

/// Paths and months of the simulation.
pub const PATHS: [usize; 2] = [100_000, 60];

/// Paths and months of the responding network: October 2026 to December 2033.
pub const RESPONSES: [usize; 2] = [10_000, 87];

/// The golden ratio's inverse, those of its kin in two and three dimensions, and their powers:
/// irrational steps that keep the columns of a table unrelated.
const STEPS: [f64; 6] = [
    0.618_033_988_749_894_9,
    0.754_877_666_246_692_7,
    0.569_840_290_998_053_2,
    0.819_172_513_396_164_5,
    0.671_043_606_703_789_3,
    0.549_700_477_901_970_3,
];

/// Number `place` of a sequence that fills `low..high` evenly.
fn weyl(place: usize, step: f64, low: f64, high: f64) -> f64 {
    low + (high - low) * ((place as f64 + 1.0) * step).fract()
}

/// Machines of 13-40 J/TH, an overhead of 1.02-1.12, an uptime of 0.90-0.99, fixed costs of
/// 0.4-2 cents per TH/s-day and 90-400 TH/s.
///
/// # Errors
/// [`Error::Invalid`] without machines.
pub fn fleet(machines: usize) -> Result<Fleet, Error> {
    let rows: Result<Vec<Machine>, OutOfRange> = (0..machines)
        .map(|i| {
            Ok(Machine {
                id: format!("machine {i:07}"),
                units: Units::new(1.0)?,
                th_per_s: ThPerS::new(weyl(i, STEPS[4], 90.0, 400.0))?,
                efficiency_j_per_th: JPerTh::new(weyl(i, STEPS[0], 13.0, 40.0))?,
                overhead: Overhead::new(weyl(i, STEPS[1], 1.02, 1.12))?,
                uptime_frac: UptimeFrac::new(weyl(i, STEPS[2], 0.90, 0.99))?,
                direct_usd_per_th_day: UsdPerThDay::default(),
                credits_usd_per_th_day: UsdPerThDay::default(),
                fixed_usd_per_th_day: UsdPerThDay::new(weyl(i, STEPS[3], 0.004, 0.020))?,
            })
        })
        .collect();
    // The ranges above lie within those of the quantities.
    Fleet::new(&rows.unwrap_or_default())
}

/// Power prices from 20 to 120 USD/MWh.
pub fn prices_usd_per_mwh(prices: usize) -> Vec<f64> {
    (0..prices).map(|p| 20.0 + 100.0 * p as f64 / prices as f64).collect()
}

/// States of the network at 80-160 T, 50,000-150,000 USD and pool fees of 0-3 %.
pub fn networks(states: usize) -> Vec<Network> {
    // The reward is stated with 2^32 hashes at difficulty 1, to the digit of other programs' inputs.
    let exact = 4_294_967_296.0 / HASHES_PER_DIFFICULTY;
    (0..states)
        .map(|s| Network {
            difficulty: weyl(s, STEPS[5], 0.8e14, 1.6e14) * exact,
            subsidy_btc: 3.125,
            fees_btc: 0.05,
            price_usd_per_btc: weyl(s, STEPS[2], 50e3, 150e3),
            pool_fee_frac: weyl(s, STEPS[1], 0.0, 0.03),
        })
        .collect()
}

/// Ladders of 55-125 % of 90-400 TH/s and 13-35 J/TH, which falls with the level.
///
/// # Errors
/// [`Error::Invalid`] for a number of points that ladders do not have.
pub fn ladders(machines: usize, points: usize) -> Result<Ladders, Error> {
    let mut th_per_s = Vec::with_capacity(machines * points);
    let mut gross_mw = Vec::with_capacity(machines * points);
    for machine in 0..machines {
        let th = weyl(machine, STEPS[0], 90.0, 400.0);
        let j_per_th = weyl(machine, STEPS[1], 13.0, 35.0);
        for point in 0..points {
            let level = 0.55 + 0.10 * point as f64;
            let th = th * level;
            let w = th * j_per_th * (0.72 + 0.28 * level * level) * 1.05;
            th_per_s.push(th);
            gross_mw.push(w / 1e6);
        }
    }
    Ladders::new(points, &th_per_s, &gross_mw, &vec![0.02e-3; machines])
}

/// A year of hours with a daily wave, spikes and a floor of -20 USD/MWh, and a hash value that
/// drifts around 48 USD/PH/day; `repeats` years of it one after the other.
///
/// # Errors
/// [`Error::Invalid`] for more hours than a dispatch counts.
pub fn hours(hours: usize, repeats: usize) -> Result<Hours, Error> {
    let wave = |hour: usize| weyl(hour, STEPS[2], -1.0, 1.0);
    let price = |hour: usize| {
        let of_day = 0.02 * ((hour % 24) as f64 * 0.2618).sin();
        let spike = 0.03 * wave(hour) * wave(hour) * wave(hour);
        1e3 * (0.045 + of_day + spike).max(-0.02)
    };
    let value =
        |hour: usize| (0.048 + 0.012 * (hour as f64 * 0.0021).sin() + 0.002 * wave(hour)) / 24.0;
    let all = || (0..repeats).flat_map(|_| 0..hours);
    let prices: Vec<f64> = all().map(price).collect();
    let values: Vec<f64> = all().map(value).collect();
    let rewards: Vec<f64> = values.iter().map(|value| value / 95e3).collect();
    Hours::new(&prices, &values, &rewards)
}

/// Hours and days of an average month.
const MONTH_H: f64 = 730.5;
const MONTH_DAYS: f64 = 30.4375;

/// Months before the subsidy halves.
const MONTHS_TO_HALVING: usize = 18;

/// Paths from 95,000 USD, 120 T, 55 USD/MWh and 2.20 USD a GPU-hour, `months` of them with a halving
/// after 18, and three uses of 10 MW.
pub fn paths(months: usize) -> (PathModel, Uses, Vec<Month>) {
    let year = 1.0 / 12.0_f64;
    let model = PathModel {
        price_usd_per_btc: 95e3,
        price_drift: (0.10 - 0.18) * year,
        price_sigma: 0.6 * year.sqrt(),
        power_usd_per_mwh: 55.0,
        power_mean_usd_per_mwh: 55.0,
        power_pull: 0.15,
        power_sigma: 0.12,
        gpu_usd_per_h: 2.2,
        gpu_drift: -0.025,
        gpu_sigma: 0.05,
        power_loadings: [0.2, 0.96_f64.sqrt()],
        gpu_loadings: [0.3, 0.1, 0.9_f64.sqrt()],
        difficulty: 1.2e14,
        difficulty_growth: 0.01,
        difficulty_response: 0.15,
        difficulty_response_max: 0.06,
        difficulty_sigma: 0.02,
        hash_value_normal_usd_per_th_month: 0.045 * MONTH_DAYS,
    };
    let running_th_per_s = 10e6 / 17.0;
    let uses = Uses {
        mine_th_per_s: running_th_per_s * 0.95,
        mine_mwh: 10.0 * MONTH_H * 0.95,
        mine_idle_usd: 2e4,
        mine_fixed_usd: 6e4,
        mine_capex_usd: running_th_per_s * 16.0,
        mine_salvage_months: 3.0,
        colo_mwh: 10.0 * MONTH_H * 0.3,
        colo_fixed_usd: 1.5e5,
        colo_capex_usd: 45e6,
        gpu_h: 7_000.0 * MONTH_H * 0.65,
        gpu_mwh: 10.0 * MONTH_H * 0.8,
        gpu_fixed_usd: 1.2e6,
        gpu_capex_usd: 260e6,
    };
    let reward = 86_400e12 * MONTH_DAYS * 3.175 / 4_294_967_296.0;
    let (mut discount_factor, mut rent_usd) = (1.0, 1.3e6);
    let months = (0..months).map(|month| {
        discount_factor /= 1.01;
        let halved = if month < MONTHS_TO_HALVING { 1.0 } else { (-0.67_f64).exp() };
        let of_month =
            Month { reward_btc_difficulty_per_th: reward * halved, discount_factor, rent_usd };
        rent_usd *= 1.0025;
        of_month
    });
    let months = months.collect();
    (model, uses, months)
}

/// The month in which the responding network starts.
const RESPONSE_MONTH: CalendarMonth = match CalendarMonth::new(2026, 10) {
    Ok(month) => month,
    Err(_) => panic!("October is a month"),
};

/// Years of 144 blocks a day in a difficulty period.
const PERIOD_YEARS: f64 = RETARGET_BLOCKS as f64 / (BLOCKS_PER_DAY * 365.25);

/// Standard deviation of the logarithm of the price of bitcoin in a year.
const PRICE_SIGMA: f64 = 0.6;

/// The built-in cohorts of October 2026 at 964 EH/s, with retirement, entry and the default
/// conversions, and the price of bitcoin by difficulty period on paths that they answer to:
/// geometric Brownian motion from 84,714 USD, 60 % a year, without drift of the mean.
///
/// # Shapes
/// Prices: `[periods, paths]`.
///
/// # Errors
/// As [`Ensemble::new`].
pub fn responses(paths: usize, months: usize, seed: u64) -> Result<(Ensemble, Array2<f64>), Error> {
    let start = Start {
        month: RESPONSE_MONTH,
        // The built-in example's height on 2026-12-01 less 61 days of 144 blocks.
        height: 969_216,
        difficulty: difficulty_of_hashrate(964.0e6),
        fees_btc_per_block: 0.015,
        price_usd_per_btc: 84_714.0,
    };
    let mut drivers = Drivers::constant(&start, months);
    for converted in drivers.converted_gross_mw_per_year.iter_mut().take(DEFAULT_CONVERSION_MONTHS)
    {
        *converted = DEFAULT_CONVERSION_GROSS_MW_PER_YEAR;
    }
    let cohorts = Cohorts::new(&network_cohorts(RESPONSE_MONTH))?;
    let ensemble = Ensemble::new(&DEFAULT_RESPONSE, &cohorts, &start, &drivers, 0.005, months)?;
    let prices = price_paths(start.price_usd_per_btc, ensemble.clock().periods(), paths, seed)?;
    Ok((ensemble, prices))
}

/// Prices at the ends of difficulty periods, `[periods, paths]`: the hash value at a difficulty and a
/// reward that stay 1, so that the draws are those of [`paths`].
fn price_paths(
    price_usd_per_btc: f64,
    periods: usize,
    paths: usize,
    seed: u64,
) -> Result<Array2<f64>, Error> {
    let sigma = PRICE_SIGMA * PERIOD_YEARS.sqrt();
    let (model, uses, _) = self::paths(0);
    let model = PathModel {
        price_usd_per_btc,
        price_drift: -0.5 * sigma * sigma,
        price_sigma: sigma,
        difficulty: 1.0,
        difficulty_growth: 0.0,
        difficulty_response: 0.0,
        difficulty_sigma: 0.0,
        ..model
    };
    let period = Month { reward_btc_difficulty_per_th: 1.0, discount_factor: 1.0, rent_usd: 0.0 };
    let periods = vec![period; periods];
    // The scalar path: inputs have the same bits whatever the kernel runs on.
    let prices = traces(Isa::SCALAR, &model, &uses, &periods, seed, 0, paths)?;
    Ok(prices.index_axis_move(Axis(0), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prices are a martingale of the stated volatility, path by path and period by period.
    #[test]
    fn prices_move_as_they_say() {
        let (periods, paths) = (26, 4_000);
        let prices = price_paths(84_714.0, periods, paths, 1).unwrap();
        assert_eq!(prices.dim(), (periods, paths));
        let sigma = 0.6 * (2_016.0 / 52_596.0_f64).sqrt();
        for n in [0, 1, periods - 1] {
            let moves: Vec<f64> = (0..paths)
                .map(|i| {
                    let before = if n == 0 { 84_714.0 } else { prices[[n - 1, i]] };
                    (prices[[n, i]] / before).ln()
                })
                .collect();
            let mean = moves.iter().sum::<f64>() / paths as f64;
            let squares = moves.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>();
            let found = (squares / (paths - 1) as f64).sqrt();
            // Four standard errors.
            let error = sigma / (paths as f64).sqrt();
            assert!((mean + 0.5 * sigma * sigma).abs() < 4.0 * error, "{n}: {mean}");
            assert!((found - sigma).abs() < 4.0 * error / 2_f64.sqrt(), "{n}: {found}");
        }
    }

    /// The network of the workload is as large as the bar on its speed asks for.
    #[test]
    fn the_network_has_hundreds_of_cohorts() {
        let [_, months] = RESPONSES;
        let (ensemble, prices) = responses(3, months, 1).unwrap();
        assert!(ensemble.cohorts() >= 300, "{}", ensemble.cohorts());
        assert_eq!(prices.dim(), (ensemble.clock().periods(), 3));
        assert_eq!(RESPONSE_MONTH.plus(86), CalendarMonth::new(2033, 12).unwrap());
    }
}
