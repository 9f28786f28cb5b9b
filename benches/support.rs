//! Inputs shared by the benches: spread evenly by golden-ratio Weyl sequences, so that every run on
//! every machine and in every language sees the same numbers without a file or a random generator.

use hashcost::{Fleet, Machine, Network};
use units::constants::HASHES_PER_DIFFICULTY;
use units::{JPerTh, OutOfRange, Overhead, ThPerS, Units, UptimeFrac, UsdPerThDay};

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
pub fn weyl(place: usize, step: f64, low: f64, high: f64) -> f64 {
    low + (high - low) * ((place as f64 + 1.0) * step).fract()
}

/// Machines of 13-40 J/TH, an overhead of 1.02-1.12, an uptime of 0.90-0.99, fixed costs of
/// 0.4-2 cents per TH/s-day and 90-400 TH/s.
///
/// # Errors
/// None in practice: the ranges lie within those of the quantities.
///
/// # Panics
/// If two of the machines had the same name.
pub fn fleet(machines: usize) -> Result<Fleet, OutOfRange> {
    let rows = (0..machines)
        .map(|i| {
            Ok(Machine {
                id: format!("machine {i:06}"),
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
        .collect::<Result<Vec<_>, _>>()?;
    match Fleet::new(&rows) {
        Ok(fleet) => Ok(fleet),
        Err(error) => panic!("names are numbered: {error}"),
    }
}

/// Power prices from 20 to 120 USD/MWh.
pub fn prices_usd_per_mwh(prices: usize) -> Vec<f64> {
    (0..prices).map(|p| 20.0 + 100.0 * p as f64 / prices as f64).collect()
}

/// States of the network at 80-160 T, 50,000-150,000 USD and pool fees of 0-3 %.
pub fn networks(scenarios: usize) -> Vec<Network> {
    // The reward is stated with 2^32 hashes at difficulty 1, to the digit of other programs' inputs.
    let exact = 4_294_967_296.0 / HASHES_PER_DIFFICULTY;
    (0..scenarios)
        .map(|s| Network {
            difficulty: weyl(s, STEPS[5], 0.8e14, 1.6e14) * exact,
            subsidy_btc: 3.125,
            fees_btc: 0.05,
            price_usd_per_btc: weyl(s, STEPS[2], 50e3, 150e3),
            pool_fee_frac: weyl(s, STEPS[1], 0.0, 0.03),
        })
        .collect()
}
