//! The three-figure reading of a path: the published production cost, the network's average, and
//! what the published pair of costs implies.

use crate::formula::{electricity_usd_per_th_day, energy_mwh_per_th_day};
use crate::network::subsidy_btc;

/// Efficiency at the wall, J/TH, that turns the difficulty of October 2025 into the production cost
/// of 92,000 USD published for it, at [`BANK_USD_PER_MWH`] and with nothing but electricity.
///
/// The one number fitted here. It describes a marginal, high-cost producer (a machine of the S19
/// Pro class and 9 % of overhead), not the network's average of about 20 J/TH; unchanged, it also
/// meets the figures published for 2025-11, 2025-12 and 2026-02 within 2 %.
pub const BANK_J_PER_TH: f64 = 32.1;

/// Power price of the published production cost, USD/MWh: 90,000 USD a bitcoin moved by 18,000 per
/// cent and kWh, so that all of it is five cents of electricity.
pub const BANK_USD_PER_MWH: f64 = 50.0;

/// Efficiency of the average active machine at the wall in October 2025, J/TH: models sold in the
/// last five years weighted by age, times 1.10 for the site, the method of the Cambridge index.
pub const AVERAGE_J_PER_TH: f64 = 20.7;

/// Median power price of miners, USD/MWh: survey of mid-2024 by the Cambridge Centre for
/// Alternative Finance, taken as unchanged in 2025-10.
pub const AVERAGE_USD_PER_MWH: f64 = 45.0;

/// Production cost of the published series, USD/BTC: electricity of a marginal producer.
///
/// # Formula
/// `32.1 J/TH * index * 24e-6 * 50 USD/MWh * index / b`, `b` BTC per TH/s-day, model section 4. The
/// indices are the network's J/TH and the power price, today's = 1.
///
/// # Example
/// ```
/// use hashcost::{network::btc_per_th_day, projection::bank_usd_per_btc};
/// // October 2025, where it was fitted: 92,000 USD.
/// let b = btc_per_th_day(150_839_487_445_890.5, 3.125, 0.015);
/// assert!((bank_usd_per_btc(b, 1.0, 1.0) - 92_000.0).abs() < 20.0);
/// ```
pub fn bank_usd_per_btc(btc_per_th_day: f64, j_per_th_index: f64, power_index: f64) -> f64 {
    let energy = energy_mwh_per_th_day(BANK_J_PER_TH * j_per_th_index, 1.0);
    electricity_usd_per_th_day(energy, BANK_USD_PER_MWH * power_index) / btc_per_th_day
}

/// Average electricity cost of the active network, USD/BTC, with the network taken as one cohort.
///
/// # Formula
/// [`average_electricity_usd_per_th_day`] over `b`, model section 4: about 53,400 in 2025-10. The
/// indices are 1 at the start of a path, so that a path starting later takes 20.7 J/TH as of then.
pub fn average_usd_per_btc(btc_per_th_day: f64, j_per_th_index: f64, power_index: f64) -> f64 {
    average_electricity_usd_per_th_day(j_per_th_index, power_index) / btc_per_th_day
}

/// Electricity of the average active machine, USD per TH/s-day, with the network taken as one
/// cohort.
///
/// # Formula
/// `20.7 J/TH * index * 24e-6 * 45 USD/MWh * index`, model section 4.
pub fn average_electricity_usd_per_th_day(j_per_th_index: f64, power_index: f64) -> f64 {
    let energy = energy_mwh_per_th_day(AVERAGE_J_PER_TH * j_per_th_index, 1.0);
    electricity_usd_per_th_day(energy, AVERAGE_USD_PER_MWH * power_index)
}

/// Cost after a halving if nothing else moves, USD/BTC.
///
/// # Formula
/// `cost (S + F) / (S' + F)`, model section 4.
///
/// # Special cases
/// Without fees the cost exactly doubles.
pub fn mechanical_usd_per_btc(
    usd_per_btc: f64,
    subsidy_btc: f64,
    next_subsidy_btc: f64,
    fees_btc: f64,
) -> f64 {
    usd_per_btc * ((subsidy_btc + fees_btc) / (next_subsidy_btc + fees_btc))
}

/// Fees per block, BTC, at which a halving alone takes a cost from `before` to `after`; undoes
/// [`mechanical_usd_per_btc`].
///
/// # Special cases
/// Negative if the cost more than doubles; not finite if it does not move.
pub fn fees_implied_btc(
    before_usd_per_btc: f64,
    after_usd_per_btc: f64,
    subsidy_btc: f64,
    next_subsidy_btc: f64,
) -> f64 {
    (before_usd_per_btc * subsidy_btc - after_usd_per_btc * next_subsidy_btc)
        / (after_usd_per_btc - before_usd_per_btc)
}

/// One reading of the published step from 92,000 to 180,000 USD.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// What it assumes.
    pub reading: &'static str,
    /// Cost before the halving of 2028, USD/BTC.
    pub before_usd_per_btc: f64,
    /// Fees per block, BTC.
    pub fees_btc: f64,
    /// Cost after it, USD/BTC.
    pub after_usd_per_btc: f64,
}

/// Height of the halving of 2028.
const HALVING_2028: u64 = 1_050_000;

/// Three readings of the published pair: 92,000 USD in October 2025 and 180,000 after the halving
/// of 2028, everything but the subsidy held.
///
/// # Example
/// ```
/// let [implied, observed, doubled] = hashcost::projection::published_pair();
/// assert!((implied.after_usd_per_btc - 180_000.0).abs() < 2.0);
/// assert!((observed.after_usd_per_btc - 183_125.0).abs() < 1.0);
/// assert_eq!(doubled.after_usd_per_btc, 180_000.0);
/// ```
pub fn published_pair() -> [Reading; 3] {
    [
        ("fees of 0.0710 BTC a block, which the pair implies", 92_000.0, 0.0710),
        ("fees of 0.015 BTC a block, about what was observed", 92_000.0, 0.015),
        ("twice the 90,000 of December 2025, without fees", 90_000.0, 0.0),
    ]
    .map(|(reading, before_usd_per_btc, fees_btc)| Reading {
        reading,
        before_usd_per_btc,
        fees_btc,
        after_usd_per_btc: mechanical_usd_per_btc(
            before_usd_per_btc,
            subsidy_btc(HALVING_2028 - 1),
            subsidy_btc(HALVING_2028),
            fees_btc,
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::btc_per_th_day;

    const OCTOBER_2025: f64 = 150_839_487_445_890.5;

    #[test]
    fn one_efficiency_meets_four_published_costs() {
        for (month, difficulty, published) in [
            ("2025-10", OCTOBER_2025, 92_000.0),
            ("2025-11", 155_973_032_196_071.94, 94_000.0),
            ("2025-12", 148_195_306_640_205.0, 90_000.0),
            ("2026-02", 125_864_590_119_494.3, 77_000.0),
        ] {
            let b = btc_per_th_day(difficulty, 3.125, 0.015);
            let cost = bank_usd_per_btc(b, 1.0, 1.0);
            assert!((cost / published - 1.0).abs() < 0.02, "{month}: {cost}");
        }
        for difficulty in [OCTOBER_2025, 148_195_306_640_205.0] {
            let b = btc_per_th_day(difficulty, 3.125, 0.015);
            let per_cent = bank_usd_per_btc(b, 1.0, 1.2) - bank_usd_per_btc(b, 1.0, 1.0);
            assert!((18_000.0..=18_400.0).contains(&per_cent), "{per_cent}");
        }
        let b = btc_per_th_day(OCTOBER_2025, 3.125, 0.015);
        assert!((average_usd_per_btc(b, 1.0, 1.0) - 53_400.0).abs() < 50.0);
    }

    #[test]
    fn the_fee_level_of_the_pair_is_found() {
        let implied = fees_implied_btc(92_000.0, 180_000.0, 3.125, 1.562_5);
        assert!((implied - 0.071_022_727).abs() < 1e-9);
        assert!(
            (mechanical_usd_per_btc(92_000.0, 3.125, 1.562_5, implied) - 180_000.0).abs() < 1e-9
        );
        assert_eq!(mechanical_usd_per_btc(92_000.0, 3.125, 1.562_5, 0.0), 184_000.0);
    }
}
