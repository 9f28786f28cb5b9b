//! What must hold of a responding network whatever its cohorts, rules and prices: nothing is lost,
//! a higher price keeps more running, the order of rows leaves no trace, conversions have a closed
//! form where nothing else moves, and many paths are single paths.
#![expect(
    clippy::unwrap_used,
    reason = "inputs are drawn inside the ranges that the engine allows"
)]

use hashcost::cohorts::{Cohort, Cohorts, daily_reward_usd};
use hashcost::network::{difficulty_of_hashrate, hashrate_th_per_s, retarget, subsidy_btc};
use hashcost::projection::Start;
use hashcost::response::{
    Branch, ConversionOrder, Drivers, Ensemble, Entry, Kept, NewMachine, Response, ResponsePath,
    respond,
};
use hashcost::{Error, Isa};
use hashpivot_tests::{config, linear, scale, share};
use ndarray::{Array2, Axis, s};
use proptest::prelude::*;
use units::CalendarMonth;

/// Agreement of sums over periods and cohorts taken in another order.
const METHODS: f64 = 1e-12;
/// Agreement with a closed form, and of paths whose sums are taken in another order: each period
/// starts from the roundings of the one before.
const PATHS: f64 = 1e-9;

fn near(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance * a.abs().max(b.abs())
}

/// A network with all that moves it.
#[derive(Clone, Debug)]
struct World {
    rows: Vec<Cohort>,
    model: Response,
    start: Start,
    drivers: Drivers,
    pool_fee_frac: f64,
    months: usize,
}

impl World {
    fn respond(&self) -> Result<ResponsePath, Error> {
        respond(
            &self.model,
            &Cohorts::new(&self.rows).unwrap(),
            &self.start,
            &self.drivers,
            self.pool_fee_frac,
            self.months,
        )
    }

    fn ensemble(&self) -> Ensemble {
        Ensemble::new(
            &self.model,
            &Cohorts::new(&self.rows).unwrap(),
            &self.start,
            &self.drivers,
            self.pool_fee_frac,
            self.months,
        )
        .unwrap()
    }

    /// Hash rate that is installed before the first period, TH/s.
    fn installed_th_per_s(&self) -> f64 {
        let start = &self.start;
        let subsidy = subsidy_btc(start.height);
        let [price, fees] = [start.price_usd_per_btc, start.fees_btc_per_block];
        let reward = daily_reward_usd(price, self.pool_fee_frac, subsidy, fees);
        let hashrate = hashrate_th_per_s(start.difficulty);
        let scaled = Cohorts::new(&self.rows).unwrap().scaled_to(hashrate, reward).unwrap();
        scaled.th_per_s().iter().sum()
    }
}

/// A path, unless all machines are gone: then the case says nothing.
fn path_of(world: &World) -> Result<ResponsePath, TestCaseError> {
    world.respond().map_err(|error| {
        assert!(error.to_string().contains("somebody has to mine"), "{error}");
        TestCaseError::reject("nobody mines")
    })
}

fn cash_cost(row: &Cohort) -> f64 {
    row.j_per_th * row.overhead * 24e-6 * row.usd_per_mwh
}

/// A cohort anywhere in the ordinary ranges; sizes and prices are often equal to those of others.
fn cohort() -> impl Strategy<Value = Cohort> {
    let th_per_s = prop_oneof![
        2 => scale(1e6, 1e9),
        1 => prop::sample::select(vec![1e8, 2e8, 3e8]),
    ];
    let usd_per_mwh = prop_oneof![
        3 => scale(10.0, 120.0),
        1 => prop::sample::select(vec![-5.0, 0.0, 40.0, 50.0]),
    ];
    let j_per_th = scale(10.0, 60.0);
    let overhead = linear(1.0, 1.3);
    (th_per_s, j_per_th, usd_per_mwh, overhead, linear(0.0, 90.0), linear(0.0, 60.0)).prop_map(
        |(th_per_s, j_per_th, usd_per_mwh, overhead, age_months, contract_months)| Cohort {
            id: String::new(),
            th_per_s,
            j_per_th,
            usd_per_mwh,
            overhead,
            age_months,
            contract_months,
        },
    )
}

/// Between one and eight cohorts, named by their place.
fn cohorts() -> impl Strategy<Value = Vec<Cohort>> {
    prop::collection::vec(cohort(), 1..=8).prop_map(|mut rows| {
        for (place, row) in rows.iter_mut().enumerate() {
            row.id = format!("c{place}");
        }
        // One whose machines stay, so that somebody is there on nearly every path.
        rows[0].age_months = 0.0;
        rows
    })
}

fn entry() -> impl Strategy<Value = Entry> {
    (scale(50.0, 5_000.0), share(), linear(0.0, 0.3)).prop_map(
        |(hurdle_days, adjustment_frac, supply_frac)| Entry {
            hurdle_days,
            adjustment_frac,
            supply_frac,
        },
    )
}

fn lag() -> impl Strategy<Value = f64> {
    prop_oneof![1 => Just(1.0), 3 => linear(1.0, 8.0)]
}

fn order() -> impl Strategy<Value = ConversionOrder> {
    prop::sample::select(vec![
        ConversionOrder::BestSited,
        ConversionOrder::WorstMachines,
        ConversionOrder::ProRata,
    ])
}

fn model() -> impl Strategy<Value = Response> {
    let machine =
        (scale(8.0, 30.0), linear(0.0, 0.4), linear(1.0, 1.2), scale(1.0, 60.0), linear(0.0, 0.5));
    let machine = machine.prop_map(|(j_per_th, gain_frac, overhead, usd_per_th, decline_frac)| {
        NewMachine { j_per_th, gain_frac, overhead, usd_per_th, decline_frac }
    });
    let retired = (linear(30.0, 100.0), scale(1.0, 60.0));
    (entry(), machine, lag(), lag(), retired, linear(1.0, 60.0), order()).prop_map(
        |(entry, machine, exit, comes_back, (from, over), contract_months, conversion_order)| {
            Response {
                entry,
                machine,
                exit_lag_periods: exit,
                return_lag_periods: comes_back,
                retire_from_months: from,
                retire_until_months: from + over,
                contract_months,
                conversion_order,
            }
        },
    )
}

/// What moves by month: ordinary months, and some of a leap in price, an outage, a conversion.
fn moves(months: usize) -> impl Strategy<Value = Vec<[f64; 5]>> {
    let or_one = |strategy: BoxedStrategy<f64>| prop_oneof![3 => Just(1.0), 1 => strategy];
    let month = (
        prop_oneof![4 => linear(0.7, 1.4), 1 => Just(10.0), 1 => Just(0.1)],
        linear(0.0, 1.0),
        linear(0.5, 2.0),
        prop_oneof![2 => Just(0.0), 1 => linear(0.0, 0.5)],
        or_one(prop_oneof![1 => Just(0.1), 1 => linear(0.1, 1.0)].boxed()),
    );
    let month = month.prop_map(|(price, fees, power, converted, available)| {
        [price, fees, power, converted, available]
    });
    prop::collection::vec(month, months)
}

/// A world with everything in it: entry, retirement, conversion, outages, an owner who decides.
fn world() -> impl Strategy<Value = World> {
    let months = (1_usize..=24).prop_flat_map(|months| (Just(months), moves(months)));
    let start = (scale(1e8, 2e9), 700_000_u64..1_100_000, linear(0.0, 0.5), scale(1.001, 8.0));
    let owner = prop::option::of((any::<prop::sample::Index>(), share(), share()));
    (cohorts(), model(), start, months, linear(0.0, 0.05), owner).prop_map(
        |(rows, model, (hashrate, height, fees, above), (months, moves), pool_fee_frac, owner)| {
            let cheapest = rows.iter().map(cash_cost).fold(f64::INFINITY, f64::min);
            // The cheapest cohort pays at the start, others may not.
            let hash_value = cheapest.max(0.005) * above;
            let btc_per_day = (1.0 - pool_fee_frac) * 144.0 * (subsidy_btc(height) + fees);
            let start = Start {
                month: CalendarMonth::new(2026, 10).unwrap(),
                height,
                difficulty: difficulty_of_hashrate(hashrate),
                fees_btc_per_block: fees,
                price_usd_per_btc: hash_value * hashrate / btc_per_day,
            };
            // Conversions are shares of about what the network draws, a year.
            let gross_mw = hashrate * 30.0 / 1e6;
            let column = |value: &dyn Fn(&[f64; 5]) -> f64| moves.iter().map(value).collect();
            let kept = owner.map(|(cohort, first, last)| Kept {
                cohort: cohort.index(rows.len()),
                frac: (0..months).map(|m| if m < 3 { first } else { first.min(last) }).collect(),
            });
            let drivers = Drivers {
                price_usd_per_btc: column(&|m| start.price_usd_per_btc * m[0]),
                fees_btc: column(&|m| m[1]),
                power_index: column(&|m| m[2]),
                converted_gross_mw_per_year: column(&|m| gross_mw * m[3]),
                available_frac: column(&|m| m[4]),
                kept: kept.into_iter().collect(),
            };
            World { rows, model, start, drivers, pool_fee_frac, months }
        },
    )
}

proptest! {
    #![proptest_config(config())]

    /// 1e-12: whatever enters, retires and converts is what the installed hash rate changes by,
    /// nothing runs that is not installed and able to, and blocks follow from difficulty and hash
    /// rate.
    #[test]
    fn every_terahash_is_accounted_for(world in world()) {
        let path = path_of(&world)?;
        let available = path.clock.by_period(&world.drivers.available_frac);
        prop_assert_eq!(available.len(), path.spacing_s.len());
        let mut before = world.installed_th_per_s();
        let mut day = 0.0;
        for (n, available_frac) in available.into_iter().enumerate() {
            let [entered, retired, converted] = [
                path.entered_th_per_s[n],
                path.retired_th_per_s[n],
                path.converted_th_per_s[n],
            ];
            prop_assert!(entered >= 0.0 && retired >= 0.0 && converted >= 0.0);
            let (installed, running) = (path.installed_th_per_s[n], path.hashrate_th_per_s[n]);
            let expected = before + entered - retired - converted;
            let terms = before + entered;
            prop_assert!((installed - expected).abs() <= METHODS * terms, "{n}");
            prop_assert!(running > 0.0);
            prop_assert!(running <= available_frac * installed * (1.0 + METHODS));
            let in_force = hashrate_th_per_s(path.difficulty[n]);
            prop_assert!(near(path.spacing_s[n] * running, 600.0 * in_force, METHODS));
            prop_assert!(near(path.start_days[n], day, METHODS));
            day += path.clock.period_blocks(n) as f64 * path.spacing_s[n] / 86_400.0;
            before = installed;
        }
    }

    /// 1e-12: difficulty moves by the protocol's rule, at most fourfold and to no less than a
    /// quarter, also after a leap of the price and in an outage.
    #[test]
    fn difficulty_keeps_to_the_protocol(world in world(), leap in any::<prop::sample::Index>()) {
        let mut world = world;
        world.drivers.price_usd_per_btc[leap.index(world.months)] *= 10.0;
        world.drivers.available_frac[(leap.index(world.months) + 2) % world.months] = 0.1;
        let path = path_of(&world)?;
        prop_assert!(near(path.difficulty[0], world.start.difficulty, METHODS));
        for n in 1..path.difficulty.len() {
            let ratio = path.difficulty[n] / path.difficulty[n - 1];
            prop_assert!((0.25 * (1.0 - METHODS)..=4.0 * (1.0 + METHODS)).contains(&ratio));
            let expected = retarget(path.difficulty[n - 1], path.spacing_s[n - 1] * 2_015.0);
            prop_assert!(near(path.difficulty[n], expected, METHODS), "{n}");
        }
    }

    /// 1e-12: where nobody buys, a price that is nowhere lower keeps as much running in every
    /// period, or more. What is installed does not depend on the price then, the equilibrium's
    /// shares rise with it, and a share that closes part of its distance rises with its target and
    /// with where it was, whatever the lags.
    #[test]
    fn a_higher_price_keeps_more_running(
        world in world(),
        rises in prop::collection::vec(prop_oneof![1 => Just(1.0), 2 => linear(1.0, 12.0)], 24),
    ) {
        let mut low = world;
        low.model.entry.supply_frac = 0.0;
        let mut high = low.clone();
        for (price, rise) in high.drivers.price_usd_per_btc.iter_mut().zip(rises) {
            *price *= rise;
        }
        let (low, high) = (path_of(&low)?, path_of(&high)?);
        for n in 0..low.spacing_s.len() {
            let [below, above] = [&low, &high].map(|path| path.hashrate_th_per_s[n]);
            prop_assert!(above >= below * (1.0 - METHODS), "{n}: {above} {below}");
            prop_assert!(near(low.installed_th_per_s[n], high.installed_th_per_s[n], METHODS));
        }
    }

    /// 1e-9: neither the order of the cohorts nor a cohort in two parts leaves a trace.
    #[test]
    fn rows_may_be_reordered_and_split(
        world in world(),
        places in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle(),
        split in any::<prop::sample::Index>(),
        part in linear(0.01, 0.99),
    ) {
        let path = path_of(&world)?;
        let order: Vec<usize> = places.into_iter().filter(|p| *p < world.rows.len()).collect();
        let mut other = world.clone();
        other.rows = order.iter().map(|place| world.rows[*place].clone()).collect();
        for kept in &mut other.drivers.kept {
            kept.cohort = order.iter().position(|place| *place == kept.cohort).unwrap();
        }
        let place = split.index(other.rows.len());
        let mut half = other.rows[place].clone();
        half.id = "the other half".to_owned();
        half.th_per_s *= 1.0 - part;
        other.rows[place].th_per_s *= part;
        other.rows.push(half);
        let of_half = other.drivers.kept.iter().find(|kept| kept.cohort == place).cloned();
        let last = other.rows.len() - 1;
        other.drivers.kept.extend(of_half.map(|kept| Kept { cohort: last, ..kept }));
        let found = path_of(&other)?;
        for n in 0..path.spacing_s.len() {
            for (of, a, b) in [
                ("hash rate", &path.hashrate_th_per_s, &found.hashrate_th_per_s),
                ("installed", &path.installed_th_per_s, &found.installed_th_per_s),
                ("difficulty", &path.difficulty, &found.difficulty),
                ("J/TH", &path.j_per_th, &found.j_per_th),
            ] {
                prop_assert!(near(a[n], b[n], PATHS), "{of} {n}: {} {}", a[n], b[n]);
            }
        }
    }

    /// 1e-12 of the hash rate: eight paths in a register are single paths, and how many stand
    /// beside each other leaves no trace at all.
    #[test]
    fn many_paths_are_single_paths(
        world in world(),
        paths in prop::collection::vec((entry(), scale(0.2, 8.0), moves(24)), 1..=11),
        at in any::<prop::sample::Index>(),
    ) {
        let ensemble = world.ensemble();
        let entries: Vec<Entry> = paths.iter().map(|(entry, ..)| *entry).collect();
        let start_price = world.start.price_usd_per_btc;
        let monthly: Vec<Vec<f64>> = paths
            .iter()
            .map(|(_, level, moves)| {
                let moves = moves.iter().take(world.months);
                moves.map(|m| start_price * level * m[0]).collect()
            })
            .collect();
        let by_period: Vec<Vec<f64>> =
            monthly.iter().map(|prices| ensemble.clock().by_period(prices)).collect();
        let shape = (ensemble.clock().periods(), paths.len());
        let prices = Array2::from_shape_fn(shape, |(n, path)| by_period[path][n]);
        let run = |isa: Isa, entries: &[Entry], prices: &Array2<f64>| {
            let mut out = Array2::zeros(prices.dim());
            ensemble.hashrate_th_per_s(isa, entries, &prices.view(), out.view_mut()).unwrap();
            out
        };
        let all = run(Isa::best(), &entries, &prices);
        for (i, entry) in entries.iter().enumerate() {
            let mut alone = world.clone();
            alone.model.entry = *entry;
            alone.drivers.price_usd_per_btc.clone_from(&monthly[i]);
            let path = path_of(&alone)?;
            for (n, one) in path.hashrate_th_per_s.iter().enumerate() {
                let many = all[[n, i]];
                prop_assert!(near(many, *one, METHODS), "path {i}, period {n}: {many} {one}");
            }
        }
        let at = at.index(paths.len());
        let [head, tail] = [prices.slice(s![.., ..at]), prices.slice(s![.., at..])]
            .map(|part| part.as_standard_layout().into_owned());
        let parts = [run(Isa::best(), &entries[..at], &head), run(Isa::best(), &entries[at..], &tail)];
        let together = parts[0].axis_iter(Axis(1)).chain(parts[1].axis_iter(Axis(1)));
        for (a, b) in together.zip(all.axis_iter(Axis(1))) {
            prop_assert!(a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits()));
        }
        // One rule for all, or the same one for each.
        let one = run(Isa::best(), &entries[..1], &prices);
        let each = run(Isa::best(), &vec![entries[0]; paths.len()], &prices);
        prop_assert_eq!(one, each);
    }
}

/// Two cohorts and nothing that moves but conversions of the better sited one, which never reach
/// the other.
#[derive(Clone, Debug)]
struct Converted {
    world: World,
    /// TH/s of both at the start.
    th_per_s: [f64; 2],
    /// Cash costs, USD per TH/s-day, the better sited one's first.
    cash_cost: [f64; 2],
    /// TH/s that leaves in a month of 4,383 blocks.
    leaves_a_month_th_per_s: f64,
}

impl Converted {
    /// What of the better sited cohort is left in a period, TH/s.
    fn left(&self, path: &ResponsePath, n: usize) -> f64 {
        self.th_per_s[0] - self.leaves_a_month_th_per_s * path.clock.months_before(n + 1)
    }

    /// Average cost of a bitcoin in a period, USD, as the path has it and for the running hash rates.
    fn average_usd_per_btc(&self, path: &ResponsePath, n: usize, running: [f64; 2]) -> [f64; 2] {
        let start = &self.world.start;
        let btc_per_day = 144.0 * (subsidy_btc(start.height) + start.fees_btc_per_block);
        let found = path.electricity_usd_per_th_day[n] * path.hashrate_th_per_s[n];
        let expected = running[0] * self.cash_cost[0] + running[1] * self.cash_cost[1];
        [found / btc_per_day, expected / btc_per_day]
    }
}

fn converted() -> impl Strategy<Value = Converted> {
    (
        (scale(10.0, 30.0), scale(1.0, 2.0), scale(15.0, 60.0), scale(1.01, 2.0)),
        (linear(1.0, 1.2), linear(1.0, 1.2), scale(0.3, 3.0), scale(1e8, 2e9)),
        (1_usize..=24, linear(0.05, 0.95), scale(1.01, 4.0), linear(0.0, 0.5), linear(0.0, 0.05)),
        prop::bool::ANY,
    )
        .prop_map(
            |(costs, sizes, (months, leaves_frac, above, fees, pool_fee_frac), swapped)| {
                let (j_per_th, worse, usd_per_mwh, dearer) = costs;
                let (overhead, more, other_frac, hashrate) = sizes;
                let cohort = |id: &str, th_per_s, j_per_th, usd_per_mwh, overhead| Cohort {
                    id: id.to_owned(),
                    th_per_s,
                    j_per_th,
                    usd_per_mwh,
                    overhead,
                    age_months: 0.0,
                    contract_months: 600.0,
                };
                let best = cohort("best", 1.0, j_per_th, usd_per_mwh, overhead);
                let other = cohort(
                    "other",
                    other_frac,
                    j_per_th * worse,
                    usd_per_mwh * dearer,
                    overhead * more,
                );
                let cash_cost = [cash_cost(&best), cash_cost(&other)];
                let unit = hashrate / (1.0 + other_frac);
                // Far from any halving.
                let height = 840_000;
                let btc_per_day = (1.0 - pool_fee_frac) * 144.0 * (subsidy_btc(height) + fees);
                let start = Start {
                    month: CalendarMonth::new(2026, 10).unwrap(),
                    height,
                    difficulty: difficulty_of_hashrate(hashrate),
                    fees_btc_per_block: fees,
                    // Both pay at the start, so that they are what runs.
                    price_usd_per_btc: cash_cost[1] * above * hashrate / btc_per_day,
                };
                let leaves_a_month_th_per_s = unit * leaves_frac / (months as f64 + 1.5);
                let gross_mw_per_th = j_per_th * overhead / 1e6;
                let drivers = Drivers {
                    converted_gross_mw_per_year: vec![
                        12.0 * leaves_a_month_th_per_s
                            * gross_mw_per_th;
                        months
                    ],
                    ..Drivers::constant(&start, months)
                };
                let model = Response {
                    entry: Entry { hurdle_days: 1_000.0, adjustment_frac: 1.0, supply_frac: 0.0 },
                    exit_lag_periods: 1.0,
                    return_lag_periods: 1.0,
                    retire_from_months: 599.0,
                    retire_until_months: 600.0,
                    contract_months: 600.0,
                    conversion_order: ConversionOrder::BestSited,
                    ..hashcost::response::DEFAULT_RESPONSE
                };
                let mut rows = vec![best, other];
                if swapped {
                    rows.reverse();
                }
                Converted {
                    world: World { rows, model, start, drivers, pool_fee_frac, months },
                    th_per_s: [unit, unit * other_frac],
                    cash_cost,
                    leaves_a_month_th_per_s,
                }
            },
        )
}

proptest! {
    #![proptest_config(config())]

    /// 1e-9: where all machines pay, a megawatt that leaves takes its hash rate with it, and the
    /// average cost of a bitcoin falls by its electricity.
    #[test]
    fn without_a_reserve_what_leaves_is_missed(case in converted()) {
        let path = path_of(&case.world)?;
        for n in 0..path.spacing_s.len() {
            let running = [case.left(&path, n), case.th_per_s[1]];
            let found = path.hashrate_th_per_s[n];
            prop_assert!(near(found, running[0] + running[1], PATHS), "{n}: {found}");
            let [cost, expected] = case.average_usd_per_btc(&path, n, running);
            prop_assert!(near(cost, expected, PATHS), "{n}: {cost} {expected}");
            prop_assert_eq!(path.branch[n], Branch::AllRun);
        }
    }

    /// 1e-9: idle machines that break even refill what leaves. Hash rate and hash value stay and
    /// the average cost rises until the period in which the reserve is used up; from then on what
    /// leaves is missed.
    #[test]
    fn a_reserve_refills_until_it_is_used_up(case in converted(), used in linear(0.02, 1.5)) {
        let mut case = case;
        let all: f64 = case.th_per_s.iter().sum();
        // The price falls so far that a part of the dearer cohort stops; it breaks even.
        let leaves = case.leaves_a_month_th_per_s * (case.world.months as f64 + 1.0);
        let reserve = (used * leaves).min(0.95 * case.th_per_s[1]);
        let kept = all - reserve;
        let start = &case.world.start;
        let btc_per_day = (1.0 - case.world.pool_fee_frac)
            * 144.0
            * (subsidy_btc(start.height) + start.fees_btc_per_block);
        let reward = case.cash_cost[1] * kept;
        case.world.drivers.price_usd_per_btc.fill(reward / btc_per_day);
        let path = path_of(&case.world)?;
        let mut before = None;
        for n in 0..path.spacing_s.len() {
            let best = case.left(&path, n);
            let idle = best + case.th_per_s[1] - kept;
            let found = path.hashrate_th_per_s[n];
            let refills = idle > 0.0;
            let running = if refills { [best, kept - best] } else { [best, case.th_per_s[1]] };
            prop_assert!(near(found, running[0] + running[1], PATHS), "{n}: {found} {running:?}");
            if refills {
                prop_assert!(near(reward / found, case.cash_cost[1], PATHS));
            }
            let [cost, expected] = case.average_usd_per_btc(&path, n, running);
            prop_assert!(near(cost, expected, PATHS), "{n}: {cost} {expected}");
            // It rises while dearer machines take the place of better ones, and falls afterwards.
            if let Some((refilled, was)) = before
                && refilled == refills
            {
                let rises = cost > was;
                prop_assert!(rises == refills, "{n}: {was} {cost}");
            }
            before = Some((refills, cost));
            // A reserve of next to nothing counts as none.
            if idle.abs() > 1e-8 * all {
                let branch = if refills { Branch::ReserveRefills } else { Branch::AllRun };
                prop_assert_eq!(path.branch[n], branch, "{}: {}", n, idle);
            }
        }
    }

    /// 1e-9: a reserve that does not pay yet refills nothing: it is as if all ran, until it breaks
    /// even.
    #[test]
    fn a_reserve_that_is_too_dear_waits(case in converted(), room in linear(0.02, 0.98)) {
        let mut case = case;
        let [best, other] = case.th_per_s;
        // The price at which the dearer cohort breaks even once a share of what leaves has left.
        let leaves = case.leaves_a_month_th_per_s * (case.world.months as f64 + 1.0);
        let waits_until = best - room * leaves;
        let start = &case.world.start;
        let btc_per_day = (1.0 - case.world.pool_fee_frac)
            * 144.0
            * (subsidy_btc(start.height) + start.fees_btc_per_block);
        let reward = case.cash_cost[1] * waits_until;
        // Nobody of the cheaper cohort stops.
        prop_assume!(reward > case.cash_cost[0] * best * 1.001);
        case.world.drivers.price_usd_per_btc.fill(reward / btc_per_day);
        let path = path_of(&case.world)?;
        for n in 0..path.spacing_s.len() {
            let left = case.left(&path, n);
            let found = path.hashrate_th_per_s[n];
            // First it waits, then it refills, then there is none left.
            let (expected, branch) = if left > waits_until {
                (left, Branch::ReserveTooDear)
            } else if left + other > waits_until {
                (waits_until, Branch::ReserveRefills)
            } else {
                (left + other, Branch::AllRun)
            };
            prop_assert!(near(found, expected, PATHS), "{n}: {found} {expected}");
            let apart = |th: f64| (th / waits_until - 1.0).abs() > 1e-8;
            if apart(left) && apart(left + other) {
                prop_assert_eq!(path.branch[n], branch, "{}", n);
            }
        }
    }
}
