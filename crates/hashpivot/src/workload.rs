//! The standing workloads: inputs of `hashpivot bench` and of the benches, the same on every
//! machine and in every language but for the last digits of sines and powers.
//!
//! Columns are spread evenly over their ranges by golden-ratio Weyl sequences: no file, no random
//! generator. `benches/peers/workloads.py` defines the same numbers for other programs.

use hashcost::paths::{Month, PathModel, Uses};
use hashcost::{Error, Fleet, Hours, Ladders, Machine, Network};
use units::constants::HASHES_PER_DIFFICULTY;
use units::{JPerTh, OutOfRange, Overhead, ThPerS, Units, UptimeFrac, UsdPerThDay};

/// Machine classes, power prices and states of the network of the cost grid.
pub const GRID: [usize; 3] = [10_000, 1_000, 8];

/// Machine classes, hours (a year in whole registers) and operating points of the dispatch.
pub const DISPATCH: [usize; 3] = [2_000, 8_768, 8];

/// Paths and months of the simulation.
pub const PATHS: [usize; 2] = [100_000, 60];

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
