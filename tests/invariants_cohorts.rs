//! What must hold of a network of cohorts whatever its size: who runs, at what hash rate, and how
//! that answers price, fees and the cost of power.
#![expect(
    clippy::unwrap_used,
    reason = "inputs are drawn inside the ranges that the engine allows"
)]

use hashcost::cohorts::{Cohort, Cohorts, Equilibrium, daily_reward_usd, equilibrium};
use hashpivot_tests::{config, linear, ordered, power_price, rel, scale, subsidy};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// Agreement with another method, of each figure: sums of up to 80 terms in two orders.
const METHODS: f64 = 1e-12;

/// Roundings of a sum of up to 80 terms and the division by it.
const ROUNDINGS: f64 = 100.0;

/// Cash costs closer than this are one to the engine or to the other method, not to both.
const SAME_COST: f64 = 1e-13;

/// A cohort anywhere in the ranges, its costs often equal to those of others.
fn cohort() -> impl Strategy<Value = Cohort> {
    let j_per_th = prop_oneof![
        3 => scale(5.0, 150.0),
        1 => prop::sample::select(vec![16.0, 20.0, 24.0, 30.0, 40.0]),
    ];
    let usd_per_mwh = prop_oneof![
        4 => scale(5.0, 200.0),
        1 => power_price(),
        2 => prop::sample::select(vec![30.0, 40.0, 48.0, 50.0, 60.0]),
    ];
    let overhead = prop_oneof![1 => Just(1.0), 2 => linear(1.0, 1.5)];
    (scale(1e3, 1e9), j_per_th, usd_per_mwh, overhead).prop_map(
        |(th_per_s, j_per_th, usd_per_mwh, overhead)| Cohort {
            id: String::new(),
            th_per_s,
            j_per_th,
            usd_per_mwh,
            overhead,
            age_months: 0.0,
            contract_months: 0.0,
        },
    )
}

/// Between one and `most` cohorts, named by their place.
fn cohorts(most: usize) -> impl Strategy<Value = Vec<Cohort>> {
    prop::collection::vec(cohort(), 1..=most).prop_map(|mut rows| {
        for (place, row) in rows.iter_mut().enumerate() {
            row.id = format!("c{place:04}");
        }
        rows
    })
}

/// What a day's blocks pay: from hardly anything to more than all cohorts cost.
fn reward() -> BoxedStrategy<f64> {
    scale(1e3, 1e10)
}

fn solve(rows: &[Cohort], reward: f64) -> Equilibrium {
    equilibrium(&Cohorts::new(rows).unwrap(), reward).unwrap()
}

fn kappa(row: &Cohort) -> f64 {
    row.j_per_th * row.overhead * 24e-6 * row.usd_per_mwh
}

/// Running hash rate of each cohort.
fn running(rows: &[Cohort], state: &Equilibrium) -> Vec<f64> {
    rows.iter().zip(&state.active_frac).map(|(row, frac)| row.th_per_s * frac).collect()
}

/// Weakly above, but for the rounding of a sum.
fn at_least(a: f64, b: f64) -> bool {
    a >= b || rel(a, b, ROUNDINGS)
}

/// Five hundred networks, or as many more as are asked for.
fn at_least_500() -> Config {
    let all = config();
    Config { cases: all.cases.max(500), ..all }
}

/// The equilibrium by bisection on the hash value, from the market's two sides alone: at a hash
/// value `v` the reward pays for `reward / v`, and all that costs at most `v` wants to run. Gives
/// the hash rate and the share of each cohort, `None` where the double of its cost decides.
fn by_bisection(rows: &[Cohort], reward: f64) -> (f64, Vec<Option<f64>>) {
    let wants = |hash_value: f64| -> f64 {
        rows.iter().filter(|row| kappa(row) <= hash_value).map(|row| row.th_per_s).sum()
    };
    // Positive doubles are ordered as their bits are.
    let [mut low, mut high] = [1e-300_f64, 1e300].map(f64::to_bits);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        let hash_value = f64::from_bits(middle);
        if wants(hash_value) * hash_value >= reward { high = middle } else { low = middle }
    }
    let hash_value = f64::from_bits(high);
    let hashrate = reward / hash_value;
    let near = |row: &&Cohort| (kappa(row) / hash_value - 1.0).abs() <= SAME_COST;
    let below: f64 = rows
        .iter()
        .filter(|row| kappa(row) < hash_value && !near(row))
        .map(|row| row.th_per_s)
        .sum();
    let marginal: f64 = rows.iter().filter(near).map(|row| row.th_per_s).sum();
    let one = rows.iter().filter(near).all(|row| {
        let first = rows.iter().find(near).map_or(0.0, kappa);
        (kappa(row) / first - 1.0).abs() <= 1e-15
    });
    let share = |row: &Cohort| {
        if near(&row) {
            one.then(|| ((hashrate - below) / marginal).clamp(0.0, 1.0))
        } else {
            Some(if kappa(row) < hash_value { 1.0 } else { 0.0 })
        }
    };
    (hashrate, rows.iter().map(share).collect())
}

proptest! {
    #![proptest_config(config())]

    /// Rounding: what runs breaks even at the hash rate that it creates, what stands idle would
    /// not, and whoever runs in part neither gains nor loses.
    #[test]
    fn the_marginal_cohort_breaks_even(rows in cohorts(40), reward in reward()) {
        let state = solve(&rows, reward);
        let hash_value = state.hash_value_usd_per_th_day;
        for (row, &frac) in rows.iter().zip(&state.active_frac) {
            prop_assert!((0.0..=1.0).contains(&frac));
            if frac > 0.0 {
                prop_assert!(at_least(hash_value, kappa(row)), "{} runs at a loss", row.id);
            }
            if frac < 1.0 {
                prop_assert!(at_least(kappa(row), hash_value), "{} could gain", row.id);
            }
        }
        let marginal = &rows[state.marginal];
        prop_assert!(rel(state.marginal_usd_per_th_day, kappa(marginal), 8.0));
        for (row, &frac) in rows.iter().zip(&state.active_frac) {
            prop_assert!(frac == 0.0 || kappa(row) <= kappa(marginal) * (1.0 + 1e-14)
                || kappa(marginal) <= 0.0 && kappa(row) <= kappa(marginal));
        }
        let price = 84_714.0;
        let cost = state.marginal_usd_per_btc(price);
        prop_assert!(at_least(price, cost));
        prop_assert!(!state.marginal_in_part || rel(cost, price, ROUNDINGS));
        prop_assert!(state.marginal_in_part || state.active_frac[state.marginal] == 1.0);
        prop_assert!(at_least(cost, state.average_usd_per_btc(price)));
    }

    /// Rounding: hash rates and revenue add up, and the means are those of what runs.
    #[test]
    fn nothing_is_lost(rows in cohorts(40), reward in reward()) {
        let state = solve(&rows, reward);
        let running = running(&rows, &state);
        let of = |value: &dyn Fn(&Cohort) -> f64| -> f64 {
            rows.iter().zip(&running).map(|(row, th)| th * value(row)).sum()
        };
        let hashrate = of(&|_| 1.0);
        prop_assert!(rel(hashrate, state.hashrate_th_per_s, ROUNDINGS));
        let installed: f64 = rows.iter().map(|row| row.th_per_s).sum();
        prop_assert!(rel(state.hashrate_th_per_s + state.idle_th_per_s, installed, ROUNDINGS));
        let revenue: f64 = running.iter().map(|th| th * state.hash_value_usd_per_th_day).sum();
        prop_assert!(rel(revenue, reward, ROUNDINGS));

        let machines = of(&|row| row.j_per_th);
        let sites = of(&|row| row.j_per_th * row.overhead);
        prop_assert!(rel(state.j_per_th, machines / hashrate, ROUNDINGS));
        prop_assert!(rel(state.overhead, sites / machines, ROUNDINGS));
        // Prices of both signs may cancel.
        let terms = of(&|row| kappa(row).abs()) / hashrate;
        let mean = of(&kappa) / hashrate;
        prop_assert!((state.electricity_usd_per_th_day - mean).abs() <= METHODS * terms);
        let product = 24e-6 * state.j_per_th * state.overhead * state.usd_per_mwh;
        prop_assert!(rel(state.electricity_usd_per_th_day, product, 8.0));
    }

    /// Rounding: a higher price or higher fees keep as much running, or more.
    #[test]
    fn hash_rate_rises_with_price_and_fees(
        rows in cohorts(30),
        (low_price, high_price) in ordered(scale(1e2, 1e7)),
        (low_fees, high_fees) in ordered(linear(0.0, 5.0)),
        subsidy in subsidy(),
        pool_fee in linear(0.0, 0.1),
    ) {
        let at = |price: f64, fees: f64| {
            solve(&rows, daily_reward_usd(price, pool_fee, subsidy, fees))
        };
        let low = at(low_price, low_fees);
        for high in [at(high_price, low_fees), at(low_price, high_fees)] {
            prop_assert!(at_least(high.hashrate_th_per_s, low.hashrate_th_per_s));
            prop_assert!(
                at_least(high.hash_value_usd_per_th_day, low.hash_value_usd_per_th_day)
            );
        }
    }

    /// Rounding: dearer power for all that pay for it keeps less running, or as much.
    #[test]
    fn hash_rate_falls_with_the_price_of_power(
        rows in cohorts(30),
        reward in reward(),
        factor in 1.0..2.0_f64,
    ) {
        let mut dearer = rows.clone();
        for row in &mut dearer {
            // Those who are paid for running are not paid more.
            row.usd_per_mwh *= if row.usd_per_mwh > 0.0 { factor } else { 1.0 };
        }
        let (before, after) = (solve(&rows, reward), solve(&dearer, reward));
        prop_assert!(at_least(before.hashrate_th_per_s, after.hashrate_th_per_s));
        prop_assert!(
            at_least(after.hash_value_usd_per_th_day, before.hash_value_usd_per_th_day)
        );
    }

    /// Bit: the order of the rows leaves no trace.
    #[test]
    fn the_order_of_rows_does_not_matter(
        (rows, order) in cohorts(30).prop_flat_map(|rows| {
            let places: Vec<usize> = (0..rows.len()).collect();
            (Just(rows), Just(places).prop_shuffle())
        }),
        reward in reward(),
    ) {
        let straight = solve(&rows, reward);
        let shuffled: Vec<Cohort> = order.iter().map(|&place| rows[place].clone()).collect();
        let turned = solve(&shuffled, reward);
        for (place, &frac) in order.iter().zip(&turned.active_frac) {
            prop_assert!(straight.active_frac[*place] == frac);
        }
        prop_assert_eq!(order[turned.marginal], straight.marginal);
        let same = Equilibrium {
            active_frac: straight.active_frac.clone(),
            marginal: straight.marginal,
            ..turned
        };
        prop_assert_eq!(same, straight);
    }

    /// Rounding: a cohort in two parts is the cohort.
    #[test]
    fn splitting_a_cohort_does_not_matter(
        (rows, place) in
            cohorts(30).prop_flat_map(|rows| { let n = rows.len(); (Just(rows), 0..n) }),
        reward in reward(),
        part in 0.01..0.99_f64,
    ) {
        let mut split = rows.clone();
        split.push(Cohort { id: "rest".to_owned(), ..rows[place].clone() });
        split[place].th_per_s *= part;
        split[rows.len()].th_per_s *= 1.0 - part;
        let (whole, parts) = (solve(&rows, reward), solve(&split, reward));
        prop_assert!(rel(whole.hashrate_th_per_s, parts.hashrate_th_per_s, ROUNDINGS));
        prop_assert!(rel(whole.j_per_th, parts.j_per_th, ROUNDINGS));
        prop_assert!(parts.active_frac[place] == parts.active_frac[rows.len()]);
        // A small cohort's share is a difference of large hash rates.
        let tolerance = METHODS * whole.hashrate_th_per_s;
        for ((row, a), b) in rows.iter().zip(&whole.active_frac).zip(&parts.active_frac) {
            prop_assert!((a - b).abs() * row.th_per_s <= tolerance, "{}: {a} and {b}", row.id);
        }
    }

    /// Rounding: scaled to a hash rate, the network has it.
    #[test]
    fn scaling_meets_the_hash_rate(
        rows in cohorts(30),
        hashrate in scale(1e6, 1e10),
        reward in reward(),
    ) {
        let network = Cohorts::new(&rows).unwrap();
        let cheapest = rows.iter().map(kappa).fold(f64::INFINITY, f64::min);
        match network.scaled_to(hashrate, reward) {
            Ok(scaled) => {
                let state = equilibrium(&scaled, reward).unwrap();
                prop_assert!(rel(state.hashrate_th_per_s, hashrate, ROUNDINGS));
                let factor = scaled.th_per_s()[0] / rows[0].th_per_s;
                for (row, th) in rows.iter().zip(scaled.th_per_s()) {
                    prop_assert!(rel(*th, row.th_per_s * factor, 4.0));
                }
            }
            Err(_) => prop_assert!(at_least(cheapest, reward / hashrate)),
        }
    }
}

proptest! {
    #![proptest_config(at_least_500())]

    /// 1e-12: the equilibrium is that of a bisection on the hash value.
    #[test]
    fn another_method_finds_the_same(rows in cohorts(80), reward in reward()) {
        let state = solve(&rows, reward);
        let (hashrate, shares) = by_bisection(&rows, reward);
        prop_assert!((state.hashrate_th_per_s / hashrate - 1.0).abs() <= METHODS);
        for ((row, found), expected) in rows.iter().zip(&state.active_frac).zip(&shares) {
            if let Some(expected) = expected {
                let error = (found - expected).abs() * row.th_per_s;
                prop_assert!(error <= METHODS * hashrate, "{}: {found} for {expected}", row.id);
            }
        }
    }
}
