//! What must hold of the hourly dispatch: every road gives the same answer, on any instruction set,
//! number of threads and split of the machines; and the economics of having a choice.
#![expect(
    clippy::unwrap_used,
    reason = "inputs are drawn inside the ranges that the engine allows"
)]

use hashcost::{
    Dispatch, Hours, Isa, Ladders, Method, SortedHours, dispatch, dispatch_by, dispatch_reference,
    dispatch_sorted,
};
use hashpivot_tests::{config, heavy, linear, same_column, scale};
use proptest::prelude::*;

/// Roundings of other carriers and other orders, as a share of the sum of the absolute terms.
const TOLERANCE: f64 = 1e-12;

/// Machine classes as plain rows.
#[derive(Clone, Debug)]
struct Rows {
    points: usize,
    th_per_s: Vec<f64>,
    gross_mw: Vec<f64>,
    idle_gross_mw: Vec<f64>,
    cost_usd_per_h: Vec<f64>,
}

impl Rows {
    fn ladders(&self, costs: bool) -> Ladders {
        let ladders =
            Ladders::new(self.points, &self.th_per_s, &self.gross_mw, &self.idle_gross_mw).unwrap();
        if costs { ladders.with_costs(&self.cost_usd_per_h).unwrap() } else { ladders }
    }

    /// Some of the machines.
    fn part(&self, machines: std::ops::Range<usize>) -> Self {
        let rows = machines.start * self.points..machines.end * self.points;
        Self {
            points: self.points,
            th_per_s: self.th_per_s[rows.clone()].to_vec(),
            gross_mw: self.gross_mw[rows.clone()].to_vec(),
            idle_gross_mw: self.idle_gross_mw[machines].to_vec(),
            cost_usd_per_h: self.cost_usd_per_h[rows].to_vec(),
        }
    }
}

/// Consecutive hours as plain columns.
#[derive(Clone, Debug)]
struct Columns {
    price: Vec<f64>,
    hash_value: Vec<f64>,
    btc: Vec<f64>,
    power_factor: Vec<f64>,
    hash_factor: Vec<f64>,
}

impl Columns {
    fn hours(&self) -> Hours {
        Hours::new(&self.price, &self.hash_value, &self.btc).unwrap()
    }

    fn hot(&self) -> Hours {
        self.hours().derated(Some(&self.power_factor), Some(&self.hash_factor)).unwrap()
    }
}

/// A machine's settings by rising power; draws repeat and hash rates fall now and then.
fn ladder(points: usize) -> impl Strategy<Value = (Vec<f64>, Vec<f64>, f64, Vec<f64>)> {
    let point = (1_u32..400, prop_oneof![1 => Just(0_u32), 6 => 1_u32..900], linear(0.0, 5.0));
    let idle = prop_oneof![1 => Just(0.0), 3 => linear(0.0, 0.9)];
    (prop::collection::vec(point, points), idle).prop_map(|(points, idle)| {
        let th = points.iter().map(|point| f64::from(point.0)).collect();
        let cost = points.iter().map(|point| point.2).collect();
        let mut kw = 1;
        let mw = points
            .iter()
            .map(|point| {
                kw += point.1;
                f64::from(kw) / 1_000.0
            })
            .collect::<Vec<f64>>();
        (th, mw, idle / 1_000.0, cost)
    })
}

fn rows_of(machines: std::ops::Range<usize>, points: usize) -> impl Strategy<Value = Rows> {
    prop::collection::vec(ladder(points), machines).prop_map(move |ladders| {
        let mut rows = Rows {
            points,
            th_per_s: Vec::new(),
            gross_mw: Vec::new(),
            idle_gross_mw: Vec::new(),
            cost_usd_per_h: Vec::new(),
        };
        for (th, mw, idle, cost) in ladders {
            rows.th_per_s.extend(th);
            rows.gross_mw.extend(mw);
            rows.idle_gross_mw.push(idle);
            rows.cost_usd_per_h.extend(cost);
        }
        rows
    })
}

fn rows() -> impl Strategy<Value = Rows> {
    prop_oneof![3 => 1_usize..9, 1 => 9_usize..36].prop_flat_map(|points| rows_of(1..20, points))
}

/// Prices of power as exchanges have them, with repeats, zeros and negative ones.
fn price() -> BoxedStrategy<f64> {
    prop_oneof![
        6 => linear(-60.0, 180.0),
        2 => prop::sample::select(vec![0.0, -0.0, 20.0, 50.0, -20.0]),
        1 => scale(200.0, 20_000.0),
        1 => Just(-5_000.0),
    ]
    .boxed()
}

/// Hours; hashing is worth nothing in some of them if `worthless`.
fn columns(worthless: bool) -> impl Strategy<Value = Columns> {
    let worth = prop_oneof![
        8 => scale(1e-3, 1.0),
        2 => prop::sample::select(vec![0.05, 0.25, 1.0]),
        u32::from(worthless) => prop::sample::select(vec![0.0, -0.01]),
    ];
    let hour = (price(), worth, scale(1e-9, 1e-6), linear(0.9, 1.4), linear(0.0, 1.0));
    let count = prop_oneof![4 => 0_usize..130, 1 => 955_usize..970, 1 => 1_915_usize..1_930];
    count.prop_flat_map(move |count| prop::collection::vec(hour.clone(), count)).prop_map(|hours| {
        Columns {
            price: hours.iter().map(|hour| hour.0).collect(),
            hash_value: hours.iter().map(|hour| hour.1).collect(),
            btc: hours.iter().map(|hour| hour.2).collect(),
            power_factor: hours.iter().map(|hour| hour.3).collect(),
            hash_factor: hours.iter().map(|hour| hour.4).collect(),
        }
    })
}

/// By a method on an instruction set, into a result that held something else before.
fn by(method: Method, isa: Isa, ladders: &Ladders, hours: &Hours) -> Dispatch {
    let mut out = Dispatch { profit_usd: vec![f64::NAN; 3], ..Dispatch::default() };
    dispatch_by(method, isa, ladders, hours, &mut out).unwrap();
    out
}

/// What each machine does, hour by hour, straight from the definition: profit, energy, bitcoin and
/// hours, the sum of absolute terms of profit, and whether two values ever came within rounding.
struct Naive {
    profit_usd: f64,
    energy_mwh: f64,
    btc: f64,
    hours: Vec<u32>,
    terms_usd: f64,
    near: bool,
}

fn naive(rows: &Rows, machine: usize, columns: &Columns, costs: bool, hot: bool) -> Naive {
    let of_point = |k: usize| machine * rows.points + k;
    let mut out = Naive {
        profit_usd: 0.0,
        energy_mwh: 0.0,
        btc: 0.0,
        hours: vec![0; rows.points + 1],
        terms_usd: 0.0,
        near: false,
    };
    for hour in 0..columns.price.len() {
        let (power, hash) =
            if hot { (columns.power_factor[hour], columns.hash_factor[hour]) } else { (1.0, 1.0) };
        let price = columns.price[hour];
        let idle = rows.idle_gross_mw[machine];
        let (mut best, mut terms, mut choice) = (-price * idle, (price * idle).abs(), 0);
        let (mut energy, mut btc) = (idle, 0.0);
        for k in 0..rows.points {
            let th = hash * rows.th_per_s[of_point(k)];
            let mw = power * rows.gross_mw[of_point(k)];
            let cost = if costs { rows.cost_usd_per_h[of_point(k)] } else { 0.0 };
            let value = columns.hash_value[hour] * th - price * mw - cost;
            let of_value = (columns.hash_value[hour] * th).abs() + (price * mw).abs() + cost;
            out.near |= (value - best).abs() <= TOLERANCE * of_value.max(terms);
            if value > best {
                (best, terms, choice) = (value, of_value, k + 1);
                (energy, btc) = (mw, columns.btc[hour] * th);
            }
        }
        out.profit_usd += best;
        out.terms_usd += terms;
        out.energy_mwh += energy;
        out.btc += btc;
        out.hours[choice] += 1;
    }
    out
}

/// Compares a dispatch with the definition; `exact` hours only where no two values came close.
fn check(
    found: &Dispatch,
    rows: &Rows,
    columns: &Columns,
    costs: bool,
    hot: bool,
) -> Result<(), TestCaseError> {
    for machine in 0..rows.idle_gross_mw.len() {
        let naive = naive(rows, machine, columns, costs, hot);
        let error = (found.profit_usd[machine] - naive.profit_usd).abs();
        prop_assert!(error <= TOLERANCE * naive.terms_usd, "{error} of {}", naive.terms_usd);
        let hours = found.hours.row(machine);
        prop_assert_eq!(hours.sum() as usize, columns.price.len());
        if !naive.near {
            prop_assert_eq!(hours.to_vec(), naive.hours);
            let error = (found.energy_mwh[machine] - naive.energy_mwh).abs();
            prop_assert!(error <= TOLERANCE * naive.energy_mwh);
            prop_assert!((found.btc[machine] - naive.btc).abs() <= TOLERANCE * naive.btc);
        }
    }
    Ok(())
}

fn assert_same_bits(found: &Dispatch, expected: &Dispatch, what: &str) {
    assert_eq!(found.hours, expected.hours, "{what}");
    for (found, expected) in [
        (&found.profit_usd, &expected.profit_usd),
        (&found.energy_mwh, &expected.energy_mwh),
        (&found.btc, &expected.btc),
    ] {
        let [found, expected] = [found, expected]
            .map(|column| column.iter().map(|value| (value + 0.0).to_bits()).collect::<Vec<u64>>());
        assert_eq!(found, expected, "{what}");
    }
}

proptest! {
    #![proptest_config(heavy(2))]

    /// bit: scalar, AVX2 and AVX-512 are the hour-by-hour loop, with and without costs, in any air;
    /// within 1e-12: every instruction set is the definition.
    #[test]
    fn every_instruction_set_is_the_loop(rows in rows(), columns in columns(true)) {
        for (costs, hot) in [(false, false), (true, false), (false, true), (true, true)] {
            let ladders = rows.ladders(costs);
            let hours = if hot { columns.hot() } else { columns.hours() };
            let reference = dispatch_reference(&ladders, &hours);
            check(&reference, &rows, &columns, costs, hot)?;
            for isa in Isa::available() {
                let found = by(Method::Brute, isa, &ladders, &hours);
                if isa == Isa::BASELINE {
                    check(&found, &rows, &columns, costs, hot)?;
                } else {
                    assert_same_bits(&found, &reference, isa.name());
                }
            }
        }
    }

    /// within 1e-12: sorted hours give what every point in every hour gives.
    #[test]
    fn the_shortcut_is_brute_force(rows in rows(), columns in columns(false)) {
        let (ladders, hours) = (rows.ladders(false), columns.hours());
        prop_assert_eq!(Method::of_dispatch(&ladders, &hours), Method::Shortcut);
        let found = by(Method::Shortcut, Isa::best(), &ladders, &hours);
        check(&found, &rows, &columns, false, false)?;
        // Used again, and chosen by itself: the same.
        let sorted = SortedHours::new(&hours).unwrap();
        let mut again = Dispatch::default();
        dispatch_sorted(&ladders, &sorted, &mut again).unwrap();
        assert_same_bits(&again, &found, "sorted before");
        assert_same_bits(&dispatch(Isa::best(), &ladders, &hours), &found, "chosen");
        // A factor on the hash rate alone leaves the hours sortable.
        let cool = hours.derated(None, Some(&columns.hash_factor)).unwrap();
        if cool.always_worth_hashing() {
            let found = by(Method::Shortcut, Isa::best(), &ladders, &cool);
            let mild = Columns { power_factor: vec![1.0; columns.price.len()], ..columns };
            check(&found, &rows, &mild, false, true)?;
        }
    }

    /// bit: machines can be split over calls in any way.
    #[test]
    fn machines_do_not_see_their_company(
        rows in rows_of(2..40, 5),
        columns in columns(false),
        cut in any::<prop::sample::Index>(),
    ) {
        let machines = rows.idle_gross_mw.len();
        let cut = cut.index(machines + 1);
        let hours = columns.hours();
        for method in [Method::Brute, Method::Shortcut] {
            let whole = by(method, Isa::best(), &rows.ladders(false), &hours);
            let parts = [0..cut, cut..machines]
                .map(|part| by(method, Isa::best(), &rows.part(part).ladders(false), &hours));
            let joined = |column: fn(&Dispatch) -> &Vec<f64>| {
                parts.iter().flat_map(|part| column(part).clone()).collect::<Vec<f64>>()
            };
            prop_assert!(same_column(&joined(|d| &d.profit_usd), &whole.profit_usd));
            prop_assert!(same_column(&joined(|d| &d.energy_mwh), &whole.energy_mwh));
            prop_assert!(same_column(&joined(|d| &d.btc), &whole.btc));
            let hours: Vec<u32> = parts.iter().flat_map(|part| part.hours.iter().copied()).collect();
            prop_assert_eq!(hours, whole.hours.iter().copied().collect::<Vec<u32>>());
        }
    }
}

proptest! {
    #![proptest_config(config())]

    /// One more way to run a machine never earns less.
    #[test]
    fn more_points_never_earn_less(rows in rows_of(1..4, 6), columns in columns(false)) {
        let machines = rows.idle_gross_mw.len();
        let fewer = |column: &[f64]| {
            column.chunks(rows.points).flat_map(|row| row[..rows.points - 1].to_vec()).collect()
        };
        let few = Rows {
            points: rows.points - 1,
            th_per_s: fewer(&rows.th_per_s),
            gross_mw: fewer(&rows.gross_mw),
            cost_usd_per_h: fewer(&rows.cost_usd_per_h),
            ..rows.clone()
        };
        let hours = columns.hours();
        for method in [Method::Brute, Method::Shortcut] {
            let [few, many] =
                [&few, &rows].map(|rows| by(method, Isa::best(), &rows.ladders(false), &hours));
            for machine in 0..machines {
                let slack =
                    TOLERANCE * naive(&rows, machine, &columns, false, false).terms_usd;
                prop_assert!(many.profit_usd[machine] >= few.profit_usd[machine] - slack);
            }
        }
    }

    /// Dearer energy in every hour never raises profit, nor the energy used.
    #[test]
    fn dearer_energy_earns_less(
        rows in rows_of(1..4, 6),
        columns in columns(false),
        rise in linear(0.0, 100.0),
    ) {
        let dear = Columns {
            price: columns.price.iter().map(|price| (price + rise).min(20_000.0)).collect(),
            ..columns.clone()
        };
        for method in [Method::Brute, Method::Shortcut] {
            let [before, after] = [&columns, &dear]
                .map(|columns| by(method, Isa::best(), &rows.ladders(false), &columns.hours()));
            for machine in 0..rows.idle_gross_mw.len() {
                let terms = naive(&rows, machine, &columns, false, false).terms_usd
                    + naive(&rows, machine, &dear, false, false).terms_usd;
                prop_assert!(
                    after.profit_usd[machine] <= before.profit_usd[machine] + TOLERANCE * terms
                );
                prop_assert!(
                    after.energy_mwh[machine] <= before.energy_mwh[machine] * (1.0 + TOLERANCE)
                );
            }
        }
    }

    /// Where a MWh costs more than any machine makes of it, all are off.
    #[test]
    fn machines_are_off_when_energy_is_prohibitive(rows in rows(), hours in 1_usize..300) {
        // At most 400 TH/s for the last kW at 1e-6 USD per TH/s-hour: 0.4 USD/MWh.
        let hours_of = |price| {
            Hours::new(&vec![price; hours], &vec![1e-6; hours], &vec![1e-9; hours]).unwrap()
        };
        for method in [Method::Brute, Method::Shortcut] {
            let found = by(method, Isa::best(), &rows.ladders(false), &hours_of(10.0));
            for (machine, counts) in found.hours.rows().into_iter().enumerate() {
                prop_assert_eq!(counts[0] as usize, hours);
                let idle_mwh = rows.idle_gross_mw[machine] * hours as f64;
                prop_assert!((found.energy_mwh[machine] - idle_mwh).abs() <= TOLERANCE * idle_mwh);
                prop_assert!((found.profit_usd[machine] + 10.0 * idle_mwh).abs()
                    <= 10.0 * TOLERANCE * idle_mwh);
                prop_assert_eq!(found.btc[machine], 0.0);
            }
        }
    }
}

/// Rows and columns of any size without a random generator.
fn spread(machines: usize, points: usize, hours: usize) -> (Rows, Columns) {
    let weyl = |i: usize, step: f64, low: f64, high: f64| {
        low + (high - low) * ((i as f64 + 1.0) * step).fract()
    };
    let cells = |low: f64, high: f64, step: f64| {
        (0..machines * points).map(|i| weyl(i, step, low, high)).collect::<Vec<f64>>()
    };
    let rows = Rows {
        points,
        th_per_s: cells(50.0, 400.0, 0.618_033_988_749_894_9),
        gross_mw: (0..machines * points)
            .map(|i| 1e-3 * ((i % points) as f64 + weyl(i, 0.754_877_666_246_692_7, 1.0, 2.0)))
            .collect(),
        idle_gross_mw: (0..machines).map(|i| 1e-5 * (i % 3) as f64).collect(),
        cost_usd_per_h: cells(0.0, 0.05, 0.569_840_290_998_053_2),
    };
    let column = |step: f64, low: f64, high: f64| {
        (0..hours).map(|i| weyl(i, step, low, high)).collect::<Vec<f64>>()
    };
    let columns = Columns {
        price: column(0.618_033_988_749_894_9, -30.0, 150.0),
        hash_value: column(0.754_877_666_246_692_7, 5e-4, 3e-3),
        btc: column(0.569_840_290_998_053_2, 1e-9, 3e-8),
        power_factor: column(0.819_172_513_396_164_5, 1.0, 1.2),
        hash_factor: column(0.671_043_606_703_789_3, 0.8, 1.0),
    };
    (rows, columns)
}

/// bit: every number of hours around the ends of registers and blocks.
#[test]
fn every_number_of_hours_is_the_loop() {
    let lengths = (0..=33).chain(955..=968).chain([1_919, 1_920, 1_921, 2_880, 2_911]);
    for length in lengths {
        for (points, costs, hot) in [(1, false, false), (8, false, false), (3, true, true)] {
            let (rows, columns) = spread(3, points, length);
            let ladders = rows.ladders(costs);
            let hours = if hot { columns.hot() } else { columns.hours() };
            let reference = dispatch_reference(&ladders, &hours);
            for isa in Isa::available().into_iter().filter(|isa| *isa != Isa::BASELINE) {
                let found = by(Method::Brute, isa, &ladders, &hours);
                assert_same_bits(&found, &reference, &format!("{length} hours, {}", isa.name()));
            }
        }
    }
}

/// bit: any number of threads, by any road.
#[test]
fn bits_do_not_depend_on_the_number_of_threads() {
    let (rows, columns) = spread(200, 8, 1_000);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (ladders, hours) = (rows.ladders(false), columns.hours());
            let general = by(Method::Brute, Isa::best(), &rows.ladders(true), &columns.hot());
            let brute = by(Method::Brute, Isa::best(), &ladders, &hours);
            [brute, by(Method::Shortcut, Isa::best(), &ladders, &hours), general]
        })
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        for (found, expected) in run(threads).iter().zip(&one) {
            assert_same_bits(found, expected, &format!("{threads} threads"));
            assert_eq!(found.total(), expected.total());
        }
    }
}
