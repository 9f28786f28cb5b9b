//! What must hold of the cost to mine whatever the machine, the power price and the network.
//!
//! Each property says the economics in words; its number is that of the project's catalogue of
//! invariants. `bit` means the same number or the same order with no tolerance at all.
use hashcost::cost::{Level, breakevens, fleet_cost};
use hashcost::curve::Point;
use hashcost::formula::cost_usd;
use hashcost::network::{
    btc_per_th_day_of_hashrate, difficulty_of_hashrate, hash_value_usd_per_th_day,
    hashprice_usd_per_ph_day, hashrate_th_per_s,
};
use hashcost::projection::mechanical_usd_per_btc;
use hashcost::{Accounts, Definition, Fleet, Network, ValueCurve, bridge, supply_curve};
use hashpivot_tests::{
    Class, class, classes, cond, config, fleet, linear, machines, network, ordered, power_price,
    rel, same_bits, scale, subsidy, terms_usd_per_btc, usd_per_btc,
};
use proptest::prelude::*;

/// Levels that hold nothing but costs: credits come after them.
const BEFORE_CREDITS: [Level; 3] =
    [Level::Electricity, Level::DirectBeforeCredits, Level::AllInBeforeCredits];

proptest! {
    #![proptest_config(config())]

    /// 1, bit: dearer power never makes a bitcoin cheaper, for a machine or for a fleet.
    #[test]
    fn cost_rises_with_the_power_price(
        classes in classes(4),
        network in network(),
        (low, high) in ordered(power_price()),
    ) {
        let fleet = fleet(&classes);
        let [cheap, dear] = [low, high].map(|p| fleet_cost(&fleet, p, &network).unwrap());
        for level in Level::ALL {
            for (a, b) in cheap.machines.iter().zip(&dear.machines) {
                prop_assert!(a.usd_per_btc.at(level) <= b.usd_per_btc.at(level));
                prop_assert!(a.usd_per_ph_day.at(level) <= b.usd_per_ph_day.at(level));
            }
            prop_assert!(cheap.fleet.usd_per_btc.at(level) <= dear.fleet.usd_per_btc.at(level));
            prop_assert!(cheap.usd_per_day.at(level) <= dear.usd_per_day.at(level));
        }
    }

    /// 2, bit: a thirstier machine mines no cheaper where power costs, and no dearer where the grid
    /// pays for taking it.
    #[test]
    fn cost_follows_efficiency_with_the_sign_of_the_price(
        class in class(),
        network in network(),
        price in power_price(),
        (low, high) in ordered(scale(5.0, 150.0)),
    ) {
        let [good, poor] =
            [low, high].map(|j_per_th| usd_per_btc(&Class { j_per_th, ..class }, price, &network));
        for level in Level::ALL {
            let (good, poor) = (good.at(level), poor.at(level));
            let (cheaper, dearer) = if price >= 0.0 { (good, poor) } else { (poor, good) };
            prop_assert!(cheaper <= dearer);
        }
    }

    /// 3, bit and rel(8): a machine that runs more spreads its fixed costs over more coins; the
    /// electricity in a coin does not depend on how long the machine runs.
    #[test]
    fn uptime_divides_fixed_costs_and_leaves_electricity_alone(
        class in class(),
        network in network(),
        price in power_price(),
        (low, high) in ordered(scale(0.01, 1.0)),
    ) {
        let [rare, often] = [low, high]
            .map(|uptime_frac| usd_per_btc(&Class { uptime_frac, ..class }, price, &network));
        prop_assert!(often.all_in_before_credits <= rare.all_in_before_credits);
        prop_assert!(often.all_in <= rare.all_in);
        prop_assert!(rel(often.electricity, rare.electricity, 8.0));
        prop_assert!(same_bits(often.direct, rare.direct));
    }

    /// 4, bit: where power costs, a richer block makes each coin cheaper to mine and more
    /// competition makes it dearer.
    #[test]
    fn cost_falls_with_the_reward_and_rises_with_the_network(
        class in class(),
        network in network(),
        price in power_price().prop_map(f64::abs),
        (few_fees, more_fees) in ordered(scale(1e-3, 50.0)),
        (small, large) in ordered(scale(1.0, 5_000.0)),
    ) {
        let fees = [few_fees, more_fees]
            .map(|fees_btc| usd_per_btc(&class, price, &Network { fees_btc, ..network }));
        let sizes = [small, large].map(|eh_per_s| {
            let difficulty = difficulty_of_hashrate(eh_per_s * 1e6);
            usd_per_btc(&class, price, &Network { difficulty, ..network })
        });
        for level in BEFORE_CREDITS {
            prop_assert!(fees[1].at(level) <= fees[0].at(level));
            prop_assert!(sizes[0].at(level) <= sizes[1].at(level));
        }
    }

    /// 4, cond(16): where the grid pays for power, what is left of the cost after it still moves
    /// with the network: all of it is divided by the same coins.
    #[test]
    fn cost_is_inversely_proportional_to_the_reward(
        class in class(),
        network in network(),
        price in power_price(),
        fees_btc in linear(0.0, 50.0),
    ) {
        let other = Network { fees_btc, ..network };
        let ratio = network.net_btc_per_th_day() / other.net_btc_per_th_day();
        let [now, then] = [network, other].map(|n| usd_per_btc(&class, price, &n));
        let terms = terms_usd_per_btc(&class, price, &other);
        for level in Level::ALL {
            prop_assert!(cond(then.at(level), now.at(level) * ratio, 16.0, terms));
        }
    }

    /// 5, rel(8): a larger fleet of the same machine mines more coins at the same cost each.
    #[test]
    fn fleet_size_cancels(
        class in class(),
        network in network(),
        price in power_price(),
        units in 1_u32..10_000_000,
    ) {
        let units = f64::from(units);
        let [one, many] = [1.0, units]
            .map(|units| fleet_cost(&Class { units, ..class }.fleet(), price, &network).unwrap());
        for level in Level::ALL {
            let (one, many) = (one.fleet.usd_per_btc.at(level), many.fleet.usd_per_btc.at(level));
            prop_assert!(rel(one, many, 8.0));
        }
        prop_assert!(rel(one.btc_per_day * units, many.btc_per_day, 8.0));
    }

    /// 6, rel(8), bit without fees: a halving multiplies the cost by (S + F) / (S / 2 + F), and
    /// exactly doubles it where blocks carry no fees.
    #[test]
    fn a_halving_multiplies_the_cost(
        class in class(),
        network in network(),
        price in power_price(),
        subsidy_btc in subsidy(),
        fees_btc in linear(0.0, 50.0),
    ) {
        let at = |subsidy_btc: f64, fees_btc: f64, price: f64| {
            usd_per_btc(&class, price, &Network { subsidy_btc, fees_btc, ..network })
        };
        let half = subsidy_btc / 2.0;
        let ratio = (subsidy_btc + fees_btc) / (half + fees_btc);
        let dear = price.abs();
        let (before, after) = (at(subsidy_btc, fees_btc, dear), at(half, fees_btc, dear));
        for level in BEFORE_CREDITS {
            prop_assert!(rel(after.at(level), before.at(level) * ratio, 8.0));
        }
        let (before, after) = (at(subsidy_btc, 0.0, price), at(half, 0.0, price));
        for level in Level::ALL {
            prop_assert!(same_bits(after.at(level), 2.0 * before.at(level)));
        }
        let carried = mechanical_usd_per_btc(92_000.0, subsidy_btc, half, 0.0);
        prop_assert!(same_bits(carried, 184_000.0));
    }

    /// 13, cond(n) and bit: what a fleet pays for a coin is the mean of what its machines pay,
    /// weighted by their coins, and lies between the best and the worst of them.
    #[test]
    fn fleet_figures_are_means_of_their_machines(
        classes in classes(12),
        network in network(),
        price in power_price(),
    ) {
        let cost = fleet_cost(&fleet(&classes), price, &network).unwrap();
        let k = 16.0 + 4.0 * classes.len() as f64;
        let weights: Vec<f64> = classes.iter().map(Class::running_th_per_s).collect();
        let all: f64 = weights.iter().sum();
        let mean = |of: &dyn Fn(usize) -> f64| -> (f64, f64, f64, f64) {
            let (mut sum, mut terms) = (0.0, 0.0);
            let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
            for (row, weight) in weights.iter().enumerate() {
                sum += weight * of(row);
                terms += weight * of(row).abs();
                least = least.min(of(row));
                most = most.max(of(row));
            }
            (sum / all, terms / all, least, most)
        };
        for level in Level::ALL {
            // A machine's own cost may cancel: its terms bound the rounding.
            let own = |row: usize| terms_usd_per_btc(&classes[row], price, &network);
            let (_, terms, _, _) = mean(&own);
            let unit = |row: usize| cost.machines[row].usd_per_btc.at(level);
            let (expected, _, least, most) = mean(&unit);
            let found = cost.fleet.usd_per_btc.at(level);
            prop_assert!(cond(found, expected, k, terms), "{level:?}: {found} not {expected}");
            prop_assert!(least <= found && found <= most);
        }
        let (expected, _, least, most) = mean(&|row| classes[row].j_per_th);
        prop_assert!(rel(cost.running_j_per_th, expected, k));
        prop_assert!(least <= cost.running_j_per_th && cost.running_j_per_th <= most);
        prop_assert!(least <= cost.installed_j_per_th && cost.installed_j_per_th <= most);
    }

    /// 14, bit: the order in which somebody lists his machines is nobody's business.
    #[test]
    fn row_order_leaves_no_trace(
        (rows, shuffled) in classes(9).prop_flat_map(|classes| {
            let rows = machines(&classes);
            (Just(rows.clone()), Just(rows).prop_shuffle())
        }),
        network in network(),
        price in power_price(),
    ) {
        let [a, b] = [rows, shuffled].map(|rows| Fleet::new(&rows).unwrap());
        prop_assert_eq!(
            fleet_cost(&a, price, &network).unwrap(),
            fleet_cost(&b, price, &network).unwrap()
        );
        prop_assert_eq!(
            breakevens(&a, price, &network).unwrap(),
            breakevens(&b, price, &network).unwrap()
        );
        for level in Level::ALL {
            prop_assert_eq!(
                supply_curve(&a, level, price).unwrap(),
                supply_curve(&b, level, price).unwrap()
            );
        }
    }

    /// 15, cond(16): n machines in one row are k of them in one row and n - k in another.
    #[test]
    fn splitting_a_row_changes_nothing(
        classes in classes(4),
        network in network(),
        price in power_price(),
        (whole, part) in (2_u32..100_000_000).prop_flat_map(|n| (Just(n), 1..n)),
    ) {
        let mut whole_rows = machines(&classes);
        let first = Class { units: f64::from(whole), ..classes[0] };
        whole_rows[0] = first.machine("m0000");
        let mut part_rows = whole_rows.clone();
        part_rows[0] = Class { units: f64::from(part), ..first }.machine("m0000");
        part_rows.push(Class { units: f64::from(whole - part), ..first }.machine("z"));
        let [a, b] = [whole_rows, part_rows]
            .map(|rows| fleet_cost(&Fleet::new(&rows).unwrap(), price, &network).unwrap());
        prop_assert!(rel(a.running_th_per_s, b.running_th_per_s, 8.0));
        prop_assert!(rel(a.btc_per_day, b.btc_per_day, 8.0));
        prop_assert!(rel(a.mwh_per_day, b.mwh_per_day, 8.0));
        let terms: f64 = classes[1..]
            .iter()
            .chain([&first])
            .map(|c| terms_usd_per_btc(c, price, &network) * c.running_th_per_s())
            .sum::<f64>()
            / a.running_th_per_s;
        for level in Level::ALL {
            prop_assert!(cond(
                a.fleet.usd_per_btc.at(level),
                b.fleet.usd_per_btc.at(level),
                16.0,
                terms
            ));
        }
    }

    /// Levels, bit: electricity <= direct <= all-in before credits, and credits only lower a cost;
    /// USD a day is USD/BTC times coins and USD/PH/day times petahashes.
    #[test]
    fn levels_are_nested_and_reconcile(
        classes in classes(6),
        network in network(),
        price in power_price(),
    ) {
        let fleet = fleet(&classes);
        let cost = fleet_cost(&fleet, price, &network).unwrap();
        for levels in cost
            .machines
            .iter()
            .chain([&cost.fleet])
            .flat_map(|c| [c.usd_per_btc, c.usd_per_ph_day])
        {
            prop_assert!(levels.electricity <= levels.direct_before_credits);
            prop_assert!(levels.direct_before_credits <= levels.all_in_before_credits);
            prop_assert!(levels.direct <= levels.direct_before_credits);
            prop_assert!(levels.all_in <= levels.all_in_before_credits);
        }
        let terms: f64 = classes
            .iter()
            .map(|c| {
                terms_usd_per_btc(c, price, &network)
                    * c.running_th_per_s()
                    * network.net_btc_per_th_day()
            })
            .sum();
        let k = 16.0 + 4.0 * classes.len() as f64;
        for level in Level::ALL {
            let by_coin = cost.fleet.usd_per_btc.at(level) * cost.btc_per_day;
            let by_hash = cost.fleet.usd_per_ph_day.at(level) * cost.running_th_per_s / 1e3;
            prop_assert!(cond(by_coin, cost.usd_per_day.at(level), k, terms));
            prop_assert!(cond(by_hash, cost.usd_per_day.at(level), k, terms));
        }
        prop_assert!(cond(cost.mwh_per_day * price, cost.usd_per_day.electricity, k, terms));
    }

    /// 19, 1e-9 of revenue and cost: each of the six breakevens is a root of profit, and profit
    /// changes its sign there.
    #[test]
    fn breakevens_are_roots(class in class(), network in network(), price in power_price()) {
        let roots = breakevens(&class.fleet(), price, &network).unwrap()[0];
        let goal = network.price_usd_per_btc;
        // Profit per coin of the class with one input replaced, and what it is measured against.
        let profit = |class: &Class, price: f64, network: &Network| {
            let cost = usd_per_btc(class, price, network).all_in_before_credits;
            let terms = terms_usd_per_btc(class, price, network) + network.price_usd_per_btc;
            (network.price_usd_per_btc - cost, 1e-9 * terms)
        };
        let mut seen = Vec::new();
        let mut demand = |name: &'static str,
                          at: &dyn Fn(f64) -> Option<(f64, f64)>,
                          root: Option<f64>| {
            let Some(root) = root else { return };
            // One tolerance either side, and the root itself.
            let step = 1e-7 * root.abs().max(1e-9);
            if let (Some(low), Some(here), Some(high)) =
                (at(root - step), at(root), at(root + step))
            {
                seen.push((name, here.0.abs() <= here.1, low.0 * high.0 <= 0.0, low, here, high));
            }
        };
        demand(
            "power",
            &|p| (-5_000.0..=20_000.0).contains(&p).then(|| profit(&class, p, &network)),
            roots.usd_per_mwh,
        );
        demand(
            "efficiency",
            &|j_per_th| {
                (1.0..=2_000.0)
                    .contains(&j_per_th)
                    .then(|| profit(&Class { j_per_th, ..class }, price, &network))
            },
            roots.j_per_th,
        );
        demand(
            "uptime",
            &|uptime_frac| {
                (1e-6..=1.0)
                    .contains(&uptime_frac)
                    .then(|| profit(&Class { uptime_frac, ..class }, price, &network))
            },
            roots.uptime_frac,
        );
        demand(
            "price",
            &|price_usd_per_btc| {
                let network = Network { price_usd_per_btc, ..network };
                (1.0..=1e8).contains(&price_usd_per_btc).then(|| profit(&class, price, &network))
            },
            roots.usd_per_btc,
        );
        demand(
            "difficulty",
            &|difficulty| {
                let network = Network { difficulty, ..network };
                (1.0..=1e18).contains(&difficulty).then(|| profit(&class, price, &network))
            },
            roots.difficulty,
        );
        if let Some(hashprice) = roots.usd_per_ph_day {
            let cost =
                fleet_cost(&class.fleet(), price, &network).unwrap().machines[0].usd_per_ph_day;
            let kept = hashprice * (1.0 - network.pool_fee_frac);
            prop_assert!(rel(kept, cost.all_in_before_credits, 8.0));
        }
        for (name, zero, crosses, low, here, high) in seen {
            prop_assert!(zero, "{name}: {here:?} of {goal}");
            // Where everything else dwarfs the input, one tolerance is below the rounding.
            let visible = low.0.abs() > low.1 * 1e-3 && high.0.abs() > high.1 * 1e-3;
            prop_assert!(crosses || !visible, "{name}: {low:?} {high:?}");
        }
    }

    /// 22, rel(4): a machine of T terahashes is T machines of one, watts per TH/s are joules per
    /// terahash, and a petahash is a thousand terahashes.
    #[test]
    fn units_do_not_matter(
        class in class(),
        network in network(),
        price in power_price(),
        th in 1_u32..1_000,
    ) {
        let th = f64::from(th);
        let large = Class { units: 3.0, th_per_s: th, ..class };
        let small = Class { units: 3.0 * th, th_per_s: 1.0, ..class };
        let [a, b] = [large, small].map(|c| fleet_cost(&c.fleet(), price, &network).unwrap());
        prop_assert_eq!(a.machines, b.machines);
        prop_assert!(rel(a.btc_per_day, b.btc_per_day, 4.0));
        prop_assert!(rel(a.mwh_per_day, b.mwh_per_day, 4.0));
        let point = Point { th_per_s: th, power_w: th * class.j_per_th };
        prop_assert!(rel(point.j_per_th(), class.j_per_th, 4.0));
        let (b_th, p) = (network.btc_per_th_day(), network.price_usd_per_btc);
        prop_assert!(rel(
            hashprice_usd_per_ph_day(b_th, p) / 1e3,
            hash_value_usd_per_th_day(b_th, p, 0.0, 0.0),
            4.0
        ));
        let difficulty = network.difficulty;
        prop_assert!(rel(difficulty_of_hashrate(hashrate_th_per_s(difficulty)), difficulty, 4.0));
        let of_hashrate = btc_per_th_day_of_hashrate(
            hashrate_th_per_s(difficulty),
            network.subsidy_btc,
            network.fees_btc,
        );
        prop_assert!(rel(of_hashrate, b_th, 8.0));
    }

    /// 23, bit: in cents, or in a currency worth a power of two, every cost is the same cost.
    #[test]
    fn money_scales_out(
        class in class(),
        network in network(),
        price in -300.0..2_000.0_f64,
        k in -6_i32..=3,
    ) {
        let factor = 2.0_f64.powf(f64::from(k));
        let scaled = Class {
            direct_usd_per_th_day: class.direct_usd_per_th_day * factor,
            credits_usd_per_th_day: class.credits_usd_per_th_day * factor,
            fixed_usd_per_th_day: class.fixed_usd_per_th_day * factor,
            ..class
        };
        let usd = |class: &Class, price: f64, network: &Network| {
            let fleet = class.fleet();
            (
                fleet_cost(&fleet, price, network).unwrap(),
                breakevens(&fleet, price, network).unwrap()[0],
            )
        };
        let p = network.price_usd_per_btc.clamp(1e3, 1e7);
        let [network, dearer] =
            [p, p * factor].map(|price_usd_per_btc| Network { price_usd_per_btc, ..network });
        let (cost, roots) = usd(&class, price, &network);
        let (cost_2, roots_2) = usd(&scaled, price * factor, &dearer);
        for level in Level::ALL {
            prop_assert!(same_bits(
                cost_2.fleet.usd_per_btc.at(level),
                factor * cost.fleet.usd_per_btc.at(level)
            ));
            prop_assert!(same_bits(
                cost_2.usd_per_day.at(level),
                factor * cost.usd_per_day.at(level)
            ));
        }
        prop_assert_eq!(roots_2.j_per_th, roots.j_per_th);
        prop_assert_eq!(roots_2.uptime_frac, roots.uptime_frac);
        prop_assert_eq!(roots_2.difficulty, roots.difficulty);
        prop_assert_eq!(roots_2.usd_per_mwh, roots.usd_per_mwh.map(|p| p * factor));
    }

    /// 23, bit: the cost formula itself scales by any power of two.
    #[test]
    fn the_cost_formula_scales_by_powers_of_two(
        mwh in scale(1e-6, 1e6),
        price in power_price(),
        rest in scale(1e-6, 1e6),
        k in -30_i32..=30,
    ) {
        let factor = 2.0_f64.powf(f64::from(k));
        prop_assert!(same_bits(
            cost_usd(mwh, price * factor, rest * factor),
            factor * cost_usd(mwh, price, rest)
        ));
    }

    /// 24, bit: twice the machines mine twice the coins with twice the energy for twice the money,
    /// and a coin costs what it did.
    #[test]
    fn size_scales_out(
        classes in classes(6),
        network in network(),
        price in power_price(),
        k in 0_i32..=3,
    ) {
        let factor = 2.0_f64.powf(f64::from(k));
        let larger: Vec<Class> =
            classes.iter().map(|c| Class { units: c.units * factor, ..*c }).collect();
        let [a, b] = [&classes, &larger].map(|c| fleet_cost(&fleet(c), price, &network).unwrap());
        prop_assert!(same_bits(b.btc_per_day, factor * a.btc_per_day));
        prop_assert!(same_bits(b.mwh_per_day, factor * a.mwh_per_day));
        prop_assert_eq!(a.fleet, b.fleet);
        for level in Level::ALL {
            prop_assert!(same_bits(b.usd_per_day.at(level), factor * a.usd_per_day.at(level)));
        }
    }

    /// 33, cond(n): a fleet is its classes added up, wherever it is cut in two.
    #[test]
    fn a_fleet_is_the_sum_of_its_parts(
        (classes, cut) in classes(8)
            .prop_filter("two parts", |c| c.len() > 1)
            .prop_flat_map(|c| { let n = c.len(); (Just(c), 1..n) }),
        network in network(),
        price in power_price(),
    ) {
        let [whole, left, right] = [&classes[..], &classes[..cut], &classes[cut..]]
            .map(|part| fleet_cost(&fleet(part), price, &network).unwrap());
        prop_assert!(rel(left.btc_per_day + right.btc_per_day, whole.btc_per_day, 32.0));
        prop_assert!(rel(left.mwh_per_day + right.mwh_per_day, whole.mwh_per_day, 32.0));
        let terms: f64 = classes
            .iter()
            .map(|c| {
                terms_usd_per_btc(c, price, &network)
                    * c.running_th_per_s()
                    * network.net_btc_per_th_day()
            })
            .sum();
        for level in Level::ALL {
            let sum = left.usd_per_day.at(level) + right.usd_per_day.at(level);
            prop_assert!(cond(sum, whole.usd_per_day.at(level), 64.0, terms));
        }
    }

    /// 43, rel(n): along the supply curve hash rate only grows and ends at all that runs; whoever
    /// can pay more finds no less of it.
    #[test]
    fn the_supply_curve_holds_the_whole_fleet(
        classes in classes(10),
        price in power_price(),
        (low, high) in ordered(linear(-2.0, 2.0)),
    ) {
        let fleet = fleet(&classes);
        let running: f64 = classes.iter().map(Class::running_th_per_s).sum();
        for level in Level::ALL {
            let curve = supply_curve(&fleet, level, price).unwrap();
            prop_assert!(curve.usd_per_th_day.is_sorted() && curve.cumulative_th_per_s.is_sorted());
            prop_assert!(rel(*curve.cumulative_th_per_s.last().unwrap(), running, 32.0));
            prop_assert!(curve.th_per_s_at(low) <= curve.th_per_s_at(high));
        }
    }

    /// 13, cond(8): publishers' definitions are nested sums of one set of accounts; each counts
    /// what it says, and none that counts more is below one that counts less.
    #[test]
    fn the_bridge_adds_up(
        btc in scale(1e-3, 1e5),
        amounts in prop::collection::vec(scale(1.0, 1e9), 8),
    ) {
        let accounts = Accounts {
            btc,
            power_usd: amounts[0],
            other_direct_usd: amounts[1],
            credits_usd: amounts[2],
            cash_sga_usd: amounts[3],
            interest_usd: amounts[4],
            tax_usd: amounts[5],
            depreciation_usd: amounts[6],
            stock_pay_usd: amounts[7],
        };
        let rows = bridge(&accounts).unwrap();
        let usd =
            |definition: Definition| rows.iter().find(|r| r.definition == definition).unwrap().usd;
        let terms: f64 = amounts.iter().sum();
        prop_assert!(cond(
            usd(Definition::DirectNetOfCredits) + amounts[3],
            usd(Definition::DirectAndCashSga),
            8.0,
            terms
        ));
        prop_assert!(cond(
            usd(Definition::DirectAndCashSga) + amounts[4] + amounts[5],
            usd(Definition::Cash),
            8.0,
            terms
        ));
        prop_assert!(cond(
            usd(Definition::Cash) + amounts[6] + amounts[7],
            usd(Definition::AllIn),
            8.0,
            terms
        ));
        prop_assert!(cond(
            usd(Definition::Electricity) + amounts[3],
            usd(Definition::PowerAndCashSga),
            8.0,
            terms
        ));
        prop_assert!(
            usd(Definition::DirectAndCashSga) <= usd(Definition::Cash)
                && usd(Definition::Cash) <= usd(Definition::AllIn)
        );
        for row in rows {
            prop_assert!(rel(row.usd_per_btc * btc, row.usd, 4.0));
        }
    }

    /// 42, cond(n): what a machine loses month by month is what it has lost in the end; it never
    /// falls below nothing, and charges by day add up to the month's.
    #[test]
    fn machines_lose_no_more_than_they_cost(
        price in scale(0.1, 1e3),
        curve in prop_oneof![
            (1_usize..120).prop_map(|life_months| ValueCurve::StraightLine { life_months }),
            linear(0.0, 0.95)
                .prop_map(|yearly_fall_frac| ValueCurve::Geometric { yearly_fall_frac }),
        ],
        months in 1_usize..150,
        days in 28_u32..=31,
    ) {
        let charged: f64 = (0..months)
            .map(|m| curve.charge_usd_per_th_day(price, m, days) * f64::from(days))
            .sum();
        let left = curve.value_usd_per_th(price, months);
        prop_assert!(same_bits(curve.value_usd_per_th(price, 0), price));
        prop_assert!(left >= 0.0 && left <= price);
        prop_assert!(cond(charged + left, price, 8.0 * months as f64, price));
    }
}
