//! What must hold of a path's readings whatever it brings: the parts of a change of cost, and the
//! months in which machines stop.
//!
//! Each property says the economics in words. `bit` means the same number with no tolerance at all.
#![expect(
    clippy::unwrap_used,
    reason = "inputs are drawn inside the ranges that the engine allows"
)]

use hashcost::projection::{
    CostState, Death, Factor, Line, NetworkPath, PathColumns, Runner, Start, TrendRates, deaths,
    decompose, project,
};
use hashpivot_tests::{cond, config, linear, ordered, rel, same_bits, scale, zero_or};
use proptest::prelude::*;

/// What a bitcoin's electricity depends on, anywhere in the ranges.
fn cost_state() -> impl Strategy<Value = CostState> {
    (
        scale(1e-4, 50.0),
        zero_or(1e-8, 50.0),
        scale(1e-3, 5e9),
        scale(1.0, 2_000.0),
        prop_oneof![1 => Just(0.0), 9 => scale(1.0, 1_000.0)],
        linear(1.0, 3.0),
    )
        .prop_map(
            |(subsidy_btc, fees_btc, hashrate_th_per_s, j_per_th, usd_per_mwh, overhead)| {
                CostState {
                    subsidy_btc,
                    fees_btc,
                    hashrate_th_per_s,
                    j_per_th,
                    usd_per_mwh,
                    overhead,
                }
            },
        )
}

/// The first state with the factors of a subset taken from the second; bit 0 is the subsidy.
fn mixture(from: &CostState, to: &CostState, moved: u32) -> CostState {
    let pick = |place: u32, from: f64, to: f64| if moved >> place & 1 == 1 { to } else { from };
    CostState {
        subsidy_btc: pick(0, from.subsidy_btc, to.subsidy_btc),
        fees_btc: pick(1, from.fees_btc, to.fees_btc),
        hashrate_th_per_s: pick(2, from.hashrate_th_per_s, to.hashrate_th_per_s),
        j_per_th: pick(3, from.j_per_th, to.j_per_th),
        usd_per_mwh: pick(4, from.usd_per_mwh, to.usd_per_mwh),
        overhead: pick(5, from.overhead, to.overhead),
    }
}

/// The largest cost of a mixture of two states: what the rounding of a part is measured against.
fn dearest(from: &CostState, to: &CostState) -> f64 {
    (0..64).map(|moved| mixture(from, to, moved).usd_per_btc()).fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(config())]

    /// Decomposition, cond(8): what moved the cost is said in full, once and without a remainder;
    /// the way back undoes it, and what did not move did nothing at all (bit).
    #[test]
    fn the_parts_of_a_change_are_the_change(
        from in cost_state(),
        to in cost_state(),
        moved in 0_u32..64,
    ) {
        let to = mixture(&from, &to, moved);
        let change = decompose(&from, &to).unwrap();
        prop_assert!(same_bits(change.from_usd_per_btc, from.usd_per_btc()));
        prop_assert!(same_bits(change.to_usd_per_btc, to.usd_per_btc()));
        let terms = dearest(&from, &to);
        let sum: f64 = change.parts.iter().map(|part| part.usd_per_btc).sum();
        let all = change.to_usd_per_btc - change.from_usd_per_btc;
        prop_assert!(cond(sum, all, 8.0, terms), "{sum}, {all} expected");
        let back = decompose(&to, &from).unwrap();
        for (there, back) in change.parts.iter().zip(&back.parts) {
            prop_assert!(cond(there.usd_per_btc, -back.usd_per_btc, 2.0, terms));
            if there.from == there.to {
                prop_assert!(same_bits(there.usd_per_btc, 0.0), "{there:?}");
            }
        }
        for (part, factor) in change.parts.iter().zip(Factor::ALL) {
            prop_assert_eq!(part.factor, factor);
        }
    }

    /// Decomposition, 1e-9 USD: between states of costs around 100,000 USD the parts miss the change
    /// by less than anybody could print.
    #[test]
    fn the_parts_of_a_real_change_sum_to_it(
        fees in (linear(0.0, 0.3), linear(0.0, 0.3)),
        hashrate in (linear(0.8e9, 1.6e9), linear(0.8e9, 1.6e9)),
        j_per_th in (linear(24.0, 34.0), linear(24.0, 34.0)),
        usd_per_mwh in (linear(40.0, 70.0), linear(40.0, 70.0)),
        overhead in (linear(1.0, 1.2), linear(1.0, 1.2)),
    ) {
        let from = CostState {
            subsidy_btc: 3.125,
            fees_btc: fees.0,
            hashrate_th_per_s: hashrate.0,
            j_per_th: j_per_th.0,
            usd_per_mwh: usd_per_mwh.0,
            overhead: overhead.0,
        };
        let to = CostState {
            subsidy_btc: 1.562_5,
            fees_btc: fees.1,
            hashrate_th_per_s: hashrate.1,
            j_per_th: j_per_th.1,
            usd_per_mwh: usd_per_mwh.1,
            overhead: overhead.1,
        };
        let change = decompose(&from, &to).unwrap();
        let sum: f64 = change.parts.iter().map(|part| part.usd_per_btc).sum();
        let all = change.to_usd_per_btc - change.from_usd_per_btc;
        prop_assert!((sum - all).abs() < 1e-9, "{sum}, {all} expected");
    }

    /// Decomposition, rel and bit: the part of a factor has the sign of what it does to the cost in
    /// every order, and a factor that moves alone has all of the change.
    #[test]
    fn parts_point_where_their_factor_points(
        from in cost_state(),
        to in cost_state(),
        alone in 0_u32..6,
    ) {
        let change = decompose(&from, &to).unwrap();
        for part in change.parts {
            let falls = matches!(part.factor, Factor::Subsidy | Factor::Fees);
            let dearer = if falls { part.to < part.from } else { part.to > part.from };
            let cheaper = if falls { part.to > part.from } else { part.to < part.from };
            prop_assert!(!dearer || part.usd_per_btc >= 0.0, "{part:?}");
            prop_assert!(!cheaper || part.usd_per_btc <= 0.0, "{part:?}");
        }
        let change = decompose(&from, &mixture(&from, &to, 1 << alone)).unwrap();
        let all = change.to_usd_per_btc - change.from_usd_per_btc;
        for (place, part) in (0_u32..).zip(change.parts) {
            let expected = if place == alone { all } else { 0.0 };
            prop_assert!(rel(part.usd_per_btc, expected, 2.0), "{part:?}, {expected} expected");
        }
    }

    /// Decomposition, exact: a state that no bitcoin can be mined in is refused, with the name of
    /// the value.
    #[test]
    fn impossible_states_have_no_parts(
        from in cost_state(),
        to in cost_state(),
        place in 0_usize..6,
        bad in prop::sample::select(vec![-1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e30]),
        first in any::<bool>(),
    ) {
        let (mut from, mut to) = (from, to);
        let state = if first { &mut from } else { &mut to };
        let (field, name) = [
            (&mut state.subsidy_btc, "subsidy_btc"),
            (&mut state.fees_btc, "fees_btc"),
            (&mut state.hashrate_th_per_s, "hashrate_th_per_s"),
            (&mut state.j_per_th, "j_per_th"),
            (&mut state.usd_per_mwh, "usd_per_mwh"),
            (&mut state.overhead, "overhead"),
        ]
        .into_iter()
        .nth(place)
        .unwrap();
        *field = bad;
        let Err(hashcost::Error::Invalid(faults)) = decompose(&from, &to) else {
            panic!("accepted {name} = {bad}")
        };
        let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
        let expected = format!("{}.{name}", if first { "from" } else { "to" });
        prop_assert_eq!(paths, [expected.as_str()]);
    }
}

/// A machine model anywhere in the ranges that machines have had.
fn runner() -> impl Strategy<Value = Runner> {
    let price = prop_oneof![1 => Just(0.0), 9 => scale(1.0, 1_000.0)];
    (scale(5.0, 150.0), linear(1.0, 1.5), price).prop_map(|(j_per_th, overhead, usd_per_mwh)| {
        Runner { id: "a".to_owned(), j_per_th, overhead, usd_per_mwh }
    })
}

/// A path whose price and power move as they like, around where machines break even.
fn restless_path() -> impl Strategy<Value = NetworkPath> {
    let month = (scale(2e4, 4e5), scale(0.5, 2.0));
    prop::collection::vec(month, 0..60).prop_map(|months| {
        let columns = PathColumns {
            hashrate_eh_per_s: vec![1_000.0; months.len()],
            price_usd_per_btc: months.iter().map(|month| month.0).collect(),
            fees_btc: vec![0.015; months.len()],
            j_per_th_index: vec![1.0; months.len()],
            power_index: months.iter().map(|month| month.1).collect(),
            ..PathColumns::default()
        };
        let start = Start::october_2025(0.015, 110_000.0);
        project(&start, &Line::Path(columns), months.len()).unwrap()
    })
}

proptest! {
    #![proptest_config(config())]

    /// Deaths, as the formula says, month by month: off where 24 e k p takes all that the pool
    /// leaves of the hashprice; what is reported of the months off is what they are.
    #[test]
    fn deaths_are_the_months_that_do_not_pay(
        path in restless_path(),
        runner in runner(),
        fee in linear(0.0, 0.5),
    ) {
        let death = deaths(&path, std::slice::from_ref(&runner), fee).unwrap().remove(0);
        let kwh_per_ph_day = 24.0 * runner.j_per_th * runner.overhead;
        let (mut first, mut last_run, mut off) = (None, None, 0);
        for (m, hashprice) in path.hashprice_usd_per_ph_day.iter().enumerate() {
            let usd_per_kwh = runner.usd_per_mwh * path.power_index[m] / 1_000.0;
            let breakeven = kwh_per_ph_day * usd_per_kwh / (1.0 - fee);
            // Closer than rounding, either answer is right.
            prop_assume!(!rel(*hashprice, breakeven, 16.0));
            if *hashprice > breakeven {
                last_run = Some(m);
            } else {
                off += 1;
                first = first.or(Some((m, *hashprice, breakeven)));
            }
        }
        prop_assert_eq!(death.month, first.map(|(m, _, _)| m));
        prop_assert_eq!(death.hashprice_usd_per_ph_day, first.map(|(_, hashprice, _)| hashprice));
        if let Some((_, _, breakeven)) = first {
            prop_assert!(rel(death.breakeven_then_usd_per_ph_day.unwrap(), breakeven, 8.0));
        }
        prop_assert_eq!(death.months_off, off);
        let months = path.height.len();
        let (returns, for_good) = match (first, last_run) {
            (None, _) => (None, None),
            (Some(_), None) => (None, Some(0)),
            (Some((m, _, _)), Some(last)) => {
                ((last > m).then_some(last), (last + 1 < months).then_some(last + 1))
            }
        };
        prop_assert_eq!((death.last, death.for_good), (returns, for_good));
        let today = kwh_per_ph_day * runner.usd_per_mwh / 1_000.0 / (1.0 - fee);
        prop_assert!(rel(death.breakeven_usd_per_ph_day, today, 8.0));
    }

    /// Deaths, bit: on a path where mining only gets harder nobody comes back, and worse machines,
    /// dearer power and higher pool fees never live longer.
    #[test]
    fn the_dead_stay_dead_where_mining_only_gets_harder(
        difficulty in scale(1e12, 1e15),
        price in scale(1e3, 1e7),
        height in 800_000_u64..1_200_000,
        runner in runner(),
        growth in linear(0.0, 0.5),
        power in linear(0.0, 0.5),
        (good, bad) in ordered(scale(5.0, 150.0)),
        (fee_low, fee_high) in ordered(linear(0.0, 0.5)),
        months in 1_usize..120,
    ) {
        let rates = TrendRates {
            hashrate_growth_frac: growth,
            efficiency_frac: -0.1,
            power_growth_frac: power,
            price_growth_frac: 0.0,
            fees_growth_frac: 0.0,
        };
        let start = Start { difficulty, height, ..Start::october_2025(0.015, price) };
        let path = project(&start, &Line::Trend(rates), months).unwrap();
        let machines = [
            Runner { j_per_th: good, ..runner.clone() },
            Runner { j_per_th: bad, ..runner.clone() },
        ];
        let cheap = deaths(&path, &machines, fee_low).unwrap();
        let dear = deaths(&path, &machines, fee_high).unwrap();
        for death in cheap.iter().chain(&dear) {
            prop_assert_eq!(death.last, None);
            prop_assert_eq!(death.for_good, death.month);
            prop_assert_eq!(death.months_off, death.month.map_or(0, |month| months - month));
        }
        let end = |death: &Death| death.month.unwrap_or(usize::MAX);
        prop_assert!(end(&cheap[1]) <= end(&cheap[0]));
        for (cheap, dear) in cheap.iter().zip(&dear) {
            prop_assert!(end(dear) <= end(cheap));
        }
    }
}
