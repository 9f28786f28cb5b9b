//! What must hold of operating points and of the cost grid: the fast way and the plain way agree,
//! at any length, on any number of threads.
//!
//! Each property says the economics in words; its number is that of the project's catalogue of
//! invariants. `bit` means the same number or the same order with no tolerance at all.
#![expect(
    clippy::unwrap_used,
    reason = "inputs are drawn inside the ranges that the engine allows"
)]

use std::sync::OnceLock;

use hashcost::cost::{Level, fleet_cost};
use hashcost::curve::{Curve, Point};
use hashcost::{Fleet, Isa, Method, Network, Stores, cost_grid, reduced_grid_by};
use hashpivot_tests::{
    Class, classes, cond, config, fleet, heavy, network, ordered, power_price, rel, same_bits,
    scale, terms_usd_per_btc,
};
use ndarray::{Array3, Axis};
use proptest::prelude::*;
use units::{PowerW, ThPerS};

/// Rows of whole TH/s and watts: the hull of such points is exact.
fn settings() -> impl Strategy<Value = Vec<(u32, u32)>> {
    prop::collection::vec((1_u32..400, 200_u32..12_000), 1..24)
}

fn curve(settings: &[(u32, u32)], idle_w: f64) -> Curve {
    let typed: Vec<_> = settings
        .iter()
        .map(|&(th, w)| (ThPerS::new(f64::from(th)).unwrap(), PowerW::new(f64::from(w)).unwrap()))
        .collect();
    Curve::new(&typed, idle_w).unwrap()
}

/// Profit of an hour at the best of some points, and the power drawn for it.
fn best(points: &[Point], hash_value: f64, price: f64) -> (f64, f64) {
    points.iter().fold((f64::NEG_INFINITY, 0.0), |best, point| {
        let profit = hash_value * point.th_per_s / 24.0 - price * point.power_w * 1e-6;
        if profit > best.0 { (profit, point.power_w) } else { best }
    })
}

proptest! {
    #![proptest_config(config())]

    /// 16, cond(8) and exact: one more way to run a machine never lowers its profit, and what is
    /// never best can be forgotten: hull, its definition and the whole ladder agree.
    #[test]
    fn more_operating_points_never_hurt(
        settings in settings(),
        (th, w) in (1_u32..400, 200_u32..12_000),
        hash_value in scale(1e-3, 1.0),
        price in power_price(),
    ) {
        let mut more = settings.clone();
        more.push((th, w));
        let [few, many] = [&settings, &more].map(|s| curve(s, 15.0));
        prop_assert_eq!(few.hull(), few.hull_reference());
        let profit = |points: &[Point]| best(points, hash_value, price).0;
        let terms = hash_value * 400.0 / 24.0 + price.abs() * 12_000.0e-6;
        let (few_hull, many_hull) = (few.hull(), many.hull());
        prop_assert!(profit(&many_hull) >= profit(&few_hull) - 8.0 * f64::EPSILON * terms);
        prop_assert!(cond(
            profit(&few_hull),
            profit(few.points()).max(profit(&few_hull[..1])),
            8.0,
            terms
        ));
        // Forgetting every point that is not on the hull leaves the hull.
        let kept: Vec<(u32, u32)> = settings
            .iter()
            .copied()
            .filter(|&(th, w)| {
                few_hull.contains(&Point { th_per_s: f64::from(th), power_w: f64::from(w) })
            })
            .collect();
        if !kept.is_empty() {
            prop_assert_eq!(curve(&kept, 15.0).hull(), few_hull);
        }
    }

    /// 17, bit and cond(16): the best profit falls with the power price and rises with the hash
    /// value, both at a growing rate: a machine that may stop owns an option.
    #[test]
    fn profit_is_convex_in_prices(
        settings in settings(),
        (value, value_up) in ordered(scale(1e-3, 1.0)),
        (price, price_up) in ordered(power_price()),
    ) {
        let hull = curve(&settings, 15.0).hull();
        let profit = |value: f64, price: f64| best(&hull, value, price).0;
        prop_assert!(profit(value, price_up) <= profit(value, price));
        prop_assert!(profit(value_up, price) >= profit(value, price));
        let terms = value_up * 400.0 / 24.0 + price.abs().max(price_up.abs()) * 12_000.0e-6;
        let slack = 16.0 * f64::EPSILON * terms;
        let middle = f64::midpoint(price, price_up);
        prop_assert!(
            2.0 * profit(value, middle) <= profit(value, price) + profit(value, price_up) + slack
        );
        let middle = f64::midpoint(value, value_up);
        prop_assert!(
            2.0 * profit(middle, price) <= profit(value, price) + profit(value_up, price) + slack
        );
    }

    /// 18, rel 1e-6: away from the kinks a dollar on the MWh costs what the machine draws.
    #[test]
    fn the_power_drawn_is_the_slope_of_profit(
        settings in settings(),
        hash_value in scale(5e-3, 0.5),
        price in scale(1.0, 1_000.0),
    ) {
        let hull = curve(&settings, 15.0).hull();
        let step = 1e-3 * price;
        let [low, here, high] =
            [price - step, price, price + step].map(|p| best(&hull, hash_value, p));
        if low.1 == here.1 && here.1 == high.1 {
            let slope = (high.0 - low.0) / (2.0 * step);
            prop_assert!((slope / (-here.1 * 1e-6) - 1.0).abs() < 1e-6);
        }
    }
}

/// Prices of a row of the grid, at most `most` of them.
fn prices(most: usize) -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(power_price(), 1..=most)
}

fn grid(
    isa: Isa,
    stores: Stores,
    fleet: &Fleet,
    level: Level,
    prices: &[f64],
    networks: &[Network],
) -> Array3<f64> {
    let mut out = Array3::from_elem((networks.len(), fleet.ids().len(), prices.len()), f64::NAN);
    cost_grid(isa, stores, fleet, level, prices, networks, out.view_mut()).unwrap();
    out
}

/// Pools of one thread and of several, started once.
fn pools() -> &'static [rayon::ThreadPool] {
    static POOLS: OnceLock<Vec<rayon::ThreadPool>> = OnceLock::new();
    POOLS.get_or_init(|| {
        [1, 2, 3, 8]
            .map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap())
            .into()
    })
}

proptest! {
    #![proptest_config(config())]

    /// 64, bit; 1e-12 of the absolute terms without a fused multiply-add: eight lanes at a time or
    /// one number after another, in any length of row, through the caches or past them, the grid
    /// holds the cost of the fleet.
    #[test]
    fn every_instruction_set_agrees_with_the_reference(
        classes in classes(4),
        prices in prices(37),
        network in network(),
    ) {
        let fleet = fleet(&classes);
        let networks = [network];
        for level in Level::ALL {
            let reference =
                grid(Isa::SCALAR, Stores::Cached, &fleet, level, &prices, &networks);
            for isa in Isa::available() {
                let fast = grid(isa, Stores::Streaming, &fleet, level, &prices, &networks);
                for ((index, fast), reference) in fast.indexed_iter().zip(&reference) {
                    let terms = terms_usd_per_btc(&classes[index.1], prices[index.2], &network);
                    prop_assert!((fast - reference).abs() <= 1e-12 * terms);
                    prop_assert!(!isa.fuses_multiply_add() || same_bits(*fast, *reference));
                }
            }
            let one = fleet_cost(&fleet, prices[0], &network).unwrap();
            for (row, machine) in one.machines.iter().enumerate() {
                prop_assert!(same_bits(reference[[0, row, 0]], machine.usd_per_btc.at(level)));
            }
        }
    }

    /// 70, cond(n): counting on the fly who still earns money is the same as writing down every
    /// cost and counting then; a fleet in two parts counts the same machines.
    #[test]
    fn the_reduced_grid_is_the_grid_counted(
        (classes, cut) in classes(8).prop_flat_map(|c| { let n = c.len(); (Just(c), 0..=n) }),
        prices in prices(20),
        network in network(),
    ) {
        let whole = fleet(&classes);
        let level = Level::AllInBeforeCredits;
        let networks = [network];
        let full = grid(Isa::SCALAR, Stores::Cached, &whole, level, &prices, &networks);
        let reduced = |method, isa, fleet: &Fleet| {
            reduced_grid_by(method, isa, fleet, level, &prices, &networks).unwrap()
        };
        let reference = reduced(Method::Brute, Isa::SCALAR, &whole);
        let mut all = vec![reduced(Method::Shortcut, Isa::SCALAR, &whole)];
        for isa in Isa::available() {
            let brute = reduced(Method::Brute, isa, &whole);
            prop_assert!(!isa.fuses_multiply_add() || brute == reference);
            all.push(brute);
        }
        let limit = network.price_usd_per_btc;
        for (column, price) in prices.iter().enumerate() {
            let costs = full.index_axis(Axis(0), 0);
            let near = |row: usize| {
                let terms = terms_usd_per_btc(&classes[row], *price, &network);
                (costs[[row, column]] - limit).abs() <= 1e-12 * terms
            };
            if (0..classes.len()).any(near) {
                continue;
            }
            let (mut units, mut th, mut weighted, mut terms) = (0.0, 0.0, 0.0, 0.0);
            for (row, class) in
                classes.iter().enumerate().filter(|(row, _)| costs[[*row, column]] <= limit)
            {
                units += class.units;
                th += class.units * class.th_per_s;
                weighted += class.units * class.th_per_s * costs[[row, column]];
                terms += class.units * class.th_per_s * terms_usd_per_btc(class, *price, &network);
            }
            for found in &all {
                prop_assert!(same_bits(found.machines[[0, column]], units));
                prop_assert!(rel(found.th_per_s[[0, column]], th, 32.0));
                let total = found.usd_per_btc[[0, column]] * found.th_per_s[[0, column]];
                prop_assert!((total - weighted).abs() <= 1e-12 * terms);
            }
            let mut counted = 0.0;
            for part in
                [&classes[..cut], &classes[cut..]].into_iter().filter(|part| !part.is_empty())
            {
                counted +=
                    reduced(Method::Shortcut, Isa::SCALAR, &fleet(part)).machines[[0, column]];
            }
            prop_assert!(same_bits(counted, units));
        }
    }
}

proptest! {
    // Only grids of hundreds of thousands of cells are worth a second thread.
    #![proptest_config(heavy(200))]

    /// 63, bit: one thread or eight, the grid holds the same numbers.
    #[test]
    fn threads_leave_no_trace(
        classes in classes(40),
        network in network(),
        first in power_price(),
    ) {
        let many: Vec<Class> = classes.iter().cycle().take(128).copied().collect();
        let fleet = fleet(&many);
        let prices: Vec<f64> = (0..1_601).map(|i| first * 0.5 + f64::from(i)).collect();
        let networks = [network];
        let run = || {
            let (isa, level) = (Isa::best(), Level::AllIn);
            let reduced = [Method::Brute, Method::Shortcut].map(|method| {
                reduced_grid_by(method, isa, &fleet, level, &prices, &networks).unwrap()
            });
            (grid(isa, Stores::Cached, &fleet, level, &prices, &networks), reduced)
        };
        let one = pools()[0].install(run);
        for pool in &pools()[1..] {
            prop_assert!(pool.install(run) == one);
        }
    }
}
