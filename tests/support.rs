//! Helpers shared by the workspace tests: the tolerances of the invariants, random inputs over the
//! engine's ranges, and small fleets.
#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "inputs are drawn inside their ranges; a slip of a test should stop it at once"
)]

use hashcost::network::difficulty_of_hashrate;
use hashcost::{CostLevels, Fleet, Machine, Network, fleet_cost};
use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence};
use units::{CalendarMonth, JPerTh, Overhead, ThPerS, Units, UptimeFrac, UsdPerThDay};

pub mod clocks;
pub mod contracts;
pub mod programmes;
pub mod sites;

/// Settings of every property: cases from `PROPTEST_CASES`, failing seeds kept beside the test.
pub fn config() -> Config {
    Config {
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..Config::default()
    }
}

/// Settings of a property whose single case costs as much as some `weight` ordinary ones: fewer
/// cases unless `PROPTEST_CASES` asks for a number, which then holds for every property.
pub fn heavy(weight: u32) -> Config {
    let all = config();
    Config { cases: (all.cases / weight).max(8), ..all }
}

/// `rel(k)`: equal within k roundings of the larger one.
pub fn rel(a: f64, b: f64, k: f64) -> bool {
    a == b || (a - b).abs() <= k * f64::EPSILON * a.abs().max(b.abs())
}

/// `cond(k)`: equal within k roundings of the sum of absolute terms, for sums that cancel.
pub fn cond(a: f64, b: f64, k: f64, terms: f64) -> bool {
    a == b || (a - b).abs() <= k * f64::EPSILON * terms.abs()
}

/// `bit`: the same number; 0.0 and -0.0 are one, and NaN is never right.
pub fn same_bits(a: f64, b: f64) -> bool {
    a == b
}

/// Whether two columns are the same numbers.
pub fn same_column(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_bits(*a, *b))
}

/// Log-uniform over a range of positive numbers, with its ends, their neighbours and 1 mixed in.
pub fn scale(low: f64, high: f64) -> BoxedStrategy<f64> {
    prop_oneof![
        12 => (low.ln()..high.ln()).prop_map(move |x| x.exp().clamp(low, high)),
        1 => prop::sample::select(edges(low, high)),
    ]
    .boxed()
}

/// Uniform over a range, with its ends, their neighbours, 0 and 1 mixed in.
pub fn linear(low: f64, high: f64) -> BoxedStrategy<f64> {
    prop_oneof![
        12 => low..=high,
        1 => prop::sample::select(edges(low, high)),
    ]
    .boxed()
}

/// Zero, next to nothing, 1, the ends and their neighbours, as far as they lie inside.
fn edges(low: f64, high: f64) -> Vec<f64> {
    // Next to nothing, yet the product of three such numbers still has all its digits.
    const TINY: f64 = 1e-100;
    let all = [0.0, TINY, 1.0, low, low.next_up(), high, high.next_down()];
    let kept = |x: &f64| (low..=high).contains(x) && (*x == 0.0 || x.abs() >= TINY);
    all.into_iter().filter(kept).collect()
}

/// Zero, or log-uniform over a range.
pub fn zero_or(low: f64, high: f64) -> BoxedStrategy<f64> {
    prop_oneof![1 => Just(0.0), 4 => scale(low, high)].boxed()
}

/// A share between nothing and all.
pub fn share() -> BoxedStrategy<f64> {
    linear(0.0, 1.0)
}

/// A market price of energy in USD/MWh: -500 to 9,000, mostly ordinary.
pub fn power_price() -> BoxedStrategy<f64> {
    prop_oneof![
        6 => scale(0.01, 9_000.0),
        2 => scale(0.01, 500.0).prop_map(|p| -p),
        1 => prop::sample::select(vec![0.0, -500.0, 9_000.0, 1.0, -1.0, 50.0]),
    ]
    .boxed()
}

/// An annual discount rate: -0.5 to 1.
pub fn rate() -> BoxedStrategy<f64> {
    prop_oneof![8 => 0.0..0.3, 4 => linear(-0.5, 1.0)].boxed()
}

/// Two draws of a strategy, the smaller first.
pub fn ordered(strategy: BoxedStrategy<f64>) -> BoxedStrategy<(f64, f64)> {
    prop_oneof![
        8 => (strategy.clone(), strategy.clone()).prop_map(|(a, b)| (a.min(b), a.max(b))),
        // Neighbours: the smallest difference that there is.
        1 => strategy.prop_map(|a| (if a == 0.0 { a } else { a.next_down() }, a)),
    ]
    .boxed()
}

/// Flows of a column, some of them zero, of either sign and very different size.
pub fn flow() -> BoxedStrategy<f64> {
    prop_oneof![
        1 => Just(0.0),
        4 => scale(1e-3, 1e9),
        4 => scale(1e-3, 1e9).prop_map(|usd| -usd),
    ]
    .boxed()
}

/// A month from 1990 to 2090.
pub fn month() -> BoxedStrategy<CalendarMonth> {
    (1990..2090, 1_u32..=12)
        .prop_map(|(year, month)| CalendarMonth::new(year, month).unwrap())
        .boxed()
}

/// Numbers of a class of machines.
#[derive(Clone, Copy, Debug)]
pub struct Class {
    /// Machines.
    pub units: f64,
    /// Hash rate of one.
    pub th_per_s: f64,
    /// Efficiency.
    pub j_per_th: f64,
    /// Site draw per machine draw.
    pub overhead: f64,
    /// Uptime.
    pub uptime_frac: f64,
    /// Costs of running.
    pub direct_usd_per_th_day: f64,
    /// Credits.
    pub credits_usd_per_th_day: f64,
    /// Costs of being installed.
    pub fixed_usd_per_th_day: f64,
}

impl Class {
    /// The typed row.
    pub fn machine(&self, id: &str) -> Machine {
        Machine {
            id: id.to_owned(),
            units: Units::new(self.units).unwrap(),
            th_per_s: ThPerS::new(self.th_per_s).unwrap(),
            efficiency_j_per_th: JPerTh::new(self.j_per_th).unwrap(),
            overhead: Overhead::new(self.overhead).unwrap(),
            uptime_frac: UptimeFrac::new(self.uptime_frac).unwrap(),
            direct_usd_per_th_day: UsdPerThDay::new(self.direct_usd_per_th_day).unwrap(),
            credits_usd_per_th_day: UsdPerThDay::new(self.credits_usd_per_th_day).unwrap(),
            fixed_usd_per_th_day: UsdPerThDay::new(self.fixed_usd_per_th_day).unwrap(),
        }
    }

    /// A fleet of this class alone.
    pub fn fleet(&self) -> Fleet {
        Fleet::new(&[self.machine("only")]).unwrap()
    }

    /// Its hash rate while it runs, on average over time, in TH/s.
    pub fn running_th_per_s(&self) -> f64 {
        self.units * self.th_per_s * self.uptime_frac
    }
}

/// A class of machines anywhere in the ranges.
pub fn class() -> impl Strategy<Value = Class> {
    (
        scale(1.0, 1e7).prop_map(f64::round),
        scale(1.0, 1_000.0),
        scale(5.0, 150.0),
        linear(1.0, 1.5),
        scale(0.01, 1.0),
        zero_or(1e-5, 0.1),
        zero_or(1e-5, 0.1),
        zero_or(1e-5, 0.1),
    )
        .prop_map(|(units, th_per_s, j_per_th, overhead, uptime_frac, v, credits, x)| Class {
            units,
            th_per_s,
            j_per_th,
            overhead,
            uptime_frac,
            direct_usd_per_th_day: v,
            credits_usd_per_th_day: credits,
            fixed_usd_per_th_day: x,
        })
}

/// Between one and `most` classes of machines.
pub fn classes(most: usize) -> impl Strategy<Value = Vec<Class>> {
    prop::collection::vec(class(), 1..=most)
}

/// Typed rows of classes, named by their place.
pub fn machines(classes: &[Class]) -> Vec<Machine> {
    classes.iter().enumerate().map(|(row, class)| class.machine(&format!("m{row:04}"))).collect()
}

/// A fleet of classes named by their place.
pub fn fleet(classes: &[Class]) -> Fleet {
    Fleet::new(&machines(classes)).unwrap()
}

/// A subsidy of the protocol's first eight epochs, BTC.
pub fn subsidy() -> impl Strategy<Value = f64> {
    prop::sample::select(vec![50.0, 25.0, 12.5, 6.25, 3.125, 1.562_5, 0.781_25, 0.390_625])
}

/// A state of the network anywhere in the ranges.
pub fn network() -> impl Strategy<Value = Network> {
    (scale(1.0, 5_000.0), subsidy(), linear(0.0, 50.0), scale(1e2, 1e8), linear(0.0, 0.1)).prop_map(
        |(eh_per_s, subsidy_btc, fees_btc, price_usd_per_btc, pool_fee_frac)| Network {
            difficulty: difficulty_of_hashrate(eh_per_s * 1e6),
            subsidy_btc,
            fees_btc,
            price_usd_per_btc,
            pool_fee_frac,
        },
    )
}

/// Cost of one class, USD/BTC.
pub fn usd_per_btc(class: &Class, price: f64, network: &Network) -> CostLevels {
    fleet_cost(&class.fleet(), price, network).unwrap().machines[0].usd_per_btc
}

/// Sum of the absolute terms of a cost, USD/BTC: what its rounding is measured against.
pub fn terms_usd_per_btc(class: &Class, price: f64, network: &Network) -> f64 {
    let free = Class { credits_usd_per_th_day: 0.0, ..*class };
    let levels = usd_per_btc(&free, price.abs(), network);
    let credits = class.credits_usd_per_th_day / network.net_btc_per_th_day();
    levels.all_in_before_credits + credits
}
