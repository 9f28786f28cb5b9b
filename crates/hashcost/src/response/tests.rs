//! One path against many, and what has to hold on each.

use ndarray::Array2;
use units::CalendarMonth;

use super::*;
use crate::cohorts::Cohort;
use crate::isa::Isa;
use crate::network::{difficulty_of_hashrate, steady_blocks_per_day, steady_spacing_s};

const MONTHS: usize = 87;

fn model() -> Response {
    DEFAULT_RESPONSE
}

/// A fleet of 60 efficiencies at five power prices, equal costs among them.
fn cohorts() -> Cohorts {
    let mut rows = Vec::new();
    for i in 0..60_u32 {
        for (bin, usd_per_mwh) in [30.6, 38.5, 45.0, 52.7, 66.1].into_iter().enumerate() {
            let place = f64::from(i);
            rows.push(Cohort {
                id: format!("{i}-{bin}"),
                th_per_s: 1.0 - place / 80.0,
                j_per_th: 11.0 + (place / 2.0).floor(),
                usd_per_mwh,
                overhead: 1.1,
                age_months: place,
                contract_months: (7.0 * place) % 60.0,
            });
        }
    }
    Cohorts::new(&rows).unwrap()
}

fn start() -> Start {
    Start {
        month: CalendarMonth::new(2026, 10).unwrap(),
        height: 970_000,
        difficulty: difficulty_of_hashrate(964.0e6),
        fees_btc_per_block: 0.015,
        price_usd_per_btc: 84_714.0,
    }
}

fn drivers() -> Drivers {
    let month = |m: usize| m as f64;
    Drivers {
        price_usd_per_btc: (0..MONTHS).map(|m| 84_714.0 + 900.0 * month(m)).collect(),
        fees_btc: (0..MONTHS).map(|m| 0.015 + 0.001 * month(m % 7)).collect(),
        power_index: (0..MONTHS).map(|m| 1.02_f64.powf(month(m) / 12.0)).collect(),
        converted_gross_mw_per_year: (0..MONTHS)
            .map(|m| if m < 40 { 900.0 } else { 0.0 })
            .collect(),
        available_frac: (0..MONTHS).map(|m| if m == 20 { 0.7 } else { 1.0 }).collect(),
        kept: vec![Kept {
            cohort: 12,
            frac: (0..MONTHS).map(|m| 0.9 - month(m) / 100.0).collect(),
        }],
    }
}

#[test]
fn many_paths_are_single_paths() {
    for order in
        [ConversionOrder::BestSited, ConversionOrder::WorstMachines, ConversionOrder::ProRata]
    {
        let model = Response { conversion_order: order, ..model() };
        let (cohorts, start, drivers) = (cohorts(), start(), drivers());
        let ensemble = Ensemble::new(&model, &cohorts, &start, &drivers, 0.01, MONTHS).unwrap();
        let course = course::Course::new(&model, &cohorts, &start, &drivers, 0.01, MONTHS).unwrap();
        let (periods, paths) = (ensemble.clock().periods(), 11);
        let entries: Vec<Entry> = (0..paths)
            .map(|i| Entry { hurdle_days: 600.0 + 300.0 * i as f64, ..model.entry })
            .collect();
        // Prices from a third of today's to five times.
        let prices = Array2::from_shape_fn((periods, paths), |(n, i)| {
            let swing = ((n * (i + 3)) as f64 / 17.0).sin();
            84_714.0 * (0.35 + 0.4 * i as f64) * (1.0 + 0.3 * swing)
        });
        let run = |isa: Isa| {
            let mut out = Array2::zeros((periods, paths));
            ensemble.hashrate_th_per_s(isa, &entries, &prices.view(), out.view_mut()).unwrap();
            out
        };
        let scalar = run(Isa::SCALAR);
        for (i, entry) in entries.iter().enumerate() {
            let path = single::walk(&course, entry, &prices.column(i).to_vec()).unwrap();
            for (n, one) in path.hashrate_th_per_s.iter().enumerate() {
                let many = scalar[[n, i]];
                assert!((many / one - 1.0).abs() < 1e-12, "path {i}, period {n}: {many} {one}");
            }
        }
        for isa in Isa::available() {
            let lanes = run(isa);
            for (a, b) in lanes.iter().zip(&scalar) {
                if isa.fuses_multiply_add() {
                    assert_eq!(a.to_bits(), b.to_bits(), "{}", isa.name());
                }
                assert!((a / b - 1.0).abs() < 1e-12, "{}: {a} {b}", isa.name());
            }
        }
    }
}

#[test]
fn at_rest_the_network_keeps_still() {
    let model = Response {
        entry: Entry { supply_frac: 0.0, ..model().entry },
        retire_from_months: 599.0,
        retire_until_months: 600.0,
        ..model()
    };
    // Far from any halving.
    let start = Start { height: 840_000, ..start() };
    let path =
        respond(&model, &cohorts(), &start, &Drivers::constant(&start, 40), 0.01, 40).unwrap();
    for n in 2..path.spacing_s.len() {
        assert!((path.hashrate_th_per_s[n] / 964.0e6 - 1.0).abs() < 1e-12);
        assert!((path.spacing_s[n] - steady_spacing_s()).abs() < 1e-9);
    }
    // From the second period on, difficulty is where 2,015 intervals take 14 days.
    // The first period ends after 672 blocks.
    let days = path.day_of_height(840_000 + 2_016).unwrap();
    let expected = (672.0 * 600.0 + 1_344.0 * steady_spacing_s()) / 86_400.0;
    assert!((days - expected).abs() < 1e-9, "{days}");
    assert_eq!(path.day_of_height(839_999), None);
}

#[test]
fn supply_without_end_grows_at_its_limit() {
    // Machines for nothing, no retirement, contracts that outlast the path: every period brings all
    // that can be supplied.
    let model = Response {
        entry: Entry { hurdle_days: 1e5, adjustment_frac: 1.0, supply_frac: 0.05 },
        machine: NewMachine { usd_per_th: 0.01, j_per_th: 2.0, gain_frac: 0.0, ..model().machine },
        retire_from_months: 599.0,
        retire_until_months: 600.0,
        ..model()
    };
    let start = Start { height: 840_000, ..start() };
    let mut drivers = Drivers::constant(&start, 18);
    drivers.price_usd_per_btc = vec![1e7; 18];
    let path = respond(&model, &cohorts(), &start, &drivers, 0.0, 18).unwrap();
    let r = 0.05 * 2_016.0 / 4_383.0;
    let last = path.spacing_s.len() - 1;
    // Entry is counted on the hash rate of the difficulty in force, 2016/2015 of the last one.
    let growth = 1.0 + r * 2_016.0 / 2_015.0;
    for n in last - 5..last {
        let found = path.hashrate_th_per_s[n + 1] / path.hashrate_th_per_s[n];
        assert!((found / growth - 1.0).abs() < 2e-5, "{found} {growth}");
        let blocks_per_day = 86_400.0 / path.spacing_s[n];
        let g = path.hashrate_th_per_s[n] / path.hashrate_th_per_s[n - 1] - 1.0;
        assert!((blocks_per_day / steady_blocks_per_day(g) - 1.0).abs() < 1e-9);
    }
}

#[test]
fn where_power_costs_nothing_machines_come_as_fast_as_they_are_made() {
    // All power and all machines for nothing, or for less: new ones pay at any hash rate.
    for usd_per_mwh in [0.0, -5.0] {
        let mut rows: Vec<Cohort> = Vec::new();
        for i in 0..5_u32 {
            rows.push(Cohort {
                id: i.to_string(),
                th_per_s: 1.0,
                j_per_th: 20.0,
                usd_per_mwh,
                overhead: 1.1,
                age_months: 0.0,
                contract_months: 600.0,
            });
        }
        let free = Cohorts::new(&rows).unwrap();
        let model = Response {
            entry: Entry { supply_frac: 0.05, ..model().entry },
            machine: NewMachine { usd_per_th: 0.0, ..model().machine },
            retire_from_months: 599.0,
            retire_until_months: 600.0,
            ..model()
        };
        let start = Start { height: 840_000, ..start() };
        let drivers = Drivers::constant(&start, 6);
        let ensemble = Ensemble::new(&model, &free, &start, &drivers, 0.0, 6).unwrap();
        let course = course::Course::new(&model, &free, &start, &drivers, 0.0, 6).unwrap();
        let prices = Array2::from_elem((ensemble.clock().periods(), 1), start.price_usd_per_btc);
        let mut out = Array2::zeros(prices.raw_dim());
        ensemble
            .hashrate_th_per_s(Isa::SCALAR, &[model.entry], &prices.view(), out.view_mut())
            .unwrap();
        let path = single::walk(&course, &model.entry, &prices.column(0).to_vec()).unwrap();
        for (n, one) in path.hashrate_th_per_s.iter().enumerate() {
            assert!((out[[n, 0]] / one - 1.0).abs() < 1e-12, "{n}: {} {one}", out[[n, 0]]);
        }
        assert!(path.hashrate_th_per_s.windows(2).all(|pair| pair[1] > 1.01 * pair[0]));
    }
}

#[test]
fn every_terahash_is_accounted_for() {
    let (model, drivers) = (model(), drivers());
    let path = respond(&model, &cohorts(), &start(), &drivers, 0.01, MONTHS).unwrap();
    for n in 1..path.spacing_s.len() {
        let expected = path.installed_th_per_s[n - 1] + path.entered_th_per_s[n]
            - path.retired_th_per_s[n]
            - path.converted_th_per_s[n];
        assert!((path.installed_th_per_s[n] / expected - 1.0).abs() < 1e-12);
        assert!(path.hashrate_th_per_s[n] <= path.installed_th_per_s[n] * (1.0 + 1e-12));
    }
    // The halving of 2028 lies where the height says and comes a little early as hash rate grows.
    let months = path.months(&drivers);
    assert_eq!(months.columns.hashrate_eh_per_s.len(), MONTHS);
    assert!((months.columns.hashrate_eh_per_s[0] / 964.0 - 1.0).abs() < 0.05);
    assert_eq!(months.columns.j_per_th_index[0], 1.0);
    let electricity = &months.columns.electricity_usd_per_th_day;
    for (m, electricity) in electricity.iter().enumerate() {
        let product = months.j_per_th[m] * months.overhead[m] * months.usd_per_mwh[m] * 24e-6;
        assert!((electricity / product - 1.0).abs() < 1e-12, "{m}");
    }
}

#[test]
fn an_event_takes_hash_rate_and_gives_it_back() {
    let start = Start { height: 840_000, ..start() };
    let model = Response { entry: Entry { supply_frac: 0.0, ..model().entry }, ..model() };
    let model = Response { retire_from_months: 599.0, retire_until_months: 600.0, ..model };
    let mut drivers = Drivers::constant(&start, 12);
    for m in 4..7 {
        drivers.available_frac[m] = 0.5;
    }
    let path = respond(&model, &cohorts(), &start, &drivers, 0.0, 12).unwrap();
    let months = path.months(&drivers).columns.hashrate_eh_per_s;
    // Half the machines go, and idle ones come back where the hash value has doubled.
    assert!(months[5] < 0.75 * months[2] && months[5] > 0.5 * months[2], "{months:?}");
    assert!((months[11] / months[2] - 1.0).abs() < 1e-3, "{months:?}");
}

#[test]
fn owners_take_theirs_out_from_the_first_month() {
    let mut drivers = Drivers::constant(&start(), 3);
    drivers.kept = vec![Kept { cohort: 100, frac: vec![0.0; 3] }];
    let cohorts = cohorts();
    let with = respond(&model(), &cohorts, &start(), &drivers, 0.0, 3).unwrap();
    drivers.kept.clear();
    let without = respond(&model(), &cohorts, &start(), &drivers, 0.0, 3).unwrap();
    let gone = without.installed_th_per_s[0] - with.installed_th_per_s[0];
    let cohort = with.retired_th_per_s[0];
    assert!(gone > 0.0 && (gone / cohort - 1.0).abs() < 1e-9, "{gone} {cohort}");
}

#[test]
fn faults_are_named() {
    let bad = Response {
        machine: NewMachine { gain_frac: 1.0, ..model().machine },
        exit_lag_periods: 0.0,
        retire_until_months: 12.0,
        ..model()
    };
    let mut drivers = drivers();
    drivers.price_usd_per_btc[3] = 0.0;
    let Err(Error::Invalid(faults)) = respond(&bad, &cohorts(), &start(), &drivers, 0.0, MONTHS)
    else {
        panic!("accepted")
    };
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(
        paths,
        ["machine.gain_frac", "exit_lag_periods", "retire_until_months", "price_usd_per_btc[3]"]
    );
    let short = Drivers::constant(&start(), 10);
    assert_eq!(
        respond(&model(), &cohorts(), &start(), &short, 0.0, 11),
        Err(Error::LengthMismatch { column: "price_usd_per_btc", expected: 11, found: 10 })
    );
    // All machines retire and none can be bought.
    let dead = Response {
        entry: Entry { supply_frac: 0.0, ..model().entry },
        retire_from_months: 59.0,
        retire_until_months: 60.0,
        ..model()
    };
    let error = respond(&dead, &cohorts(), &start(), &Drivers::constant(&start(), 80), 0.0, 80);
    assert!(error.unwrap_err().to_string().contains("somebody has to mine"));
}
