//! Backtests of histories whose answers are known.

use units::CalendarMonth;

use super::*;

fn month(year: i32, month: u32) -> CalendarMonth {
    CalendarMonth::new(year, month).unwrap()
}

/// A history from 2016-06 to 2025-06 with this hash rate; price and fees wander.
fn history(hashrate: impl Fn(usize) -> f64) -> History {
    let months = 109;
    let price = |m: usize| 2e4 * ((m as f64 * 0.7).sin() + 0.5 * (m as f64 * 1.9).cos()).exp();
    History {
        first: month(2016, 6),
        hashrate_th_per_s: (0..months).map(hashrate).collect(),
        price_usd_per_btc: (0..months).map(price).collect(),
        fees_btc: (0..months).map(|m| 0.3 + 0.2 * (m as f64 * 1.1).sin()).collect(),
        subsidy_btc: vec![6.25; months],
        month_end_height: (0..months as u64).map(|m| 400_000 + 4_400 * m).collect(),
    }
}

/// Growth of a month given as the parameter, from the hash rate of the origin.
fn grow(history: &History) -> impl Fn(usize, usize, &[f64]) -> Result<Vec<Vec<f64>>, Error> {
    |origin, months, grid| {
        let start = history.hashrate_th_per_s[origin];
        let path = |rate: &f64| (1..=months).map(|m| start * (rate * m as f64).exp()).collect();
        Ok(grid.iter().map(path).collect())
    }
}

fn run(history: &History, windows: &Windows, grid: &[f64]) -> Result<Backtest<f64>, Error> {
    backtest(history, windows, grid, &grow(history))
}

#[test]
fn steady_growth_is_the_trends_and_persistence_misses_all_of_it() {
    let history = history(|m| 1e7 * (0.04 * m as f64).exp());
    let found = run(&history, &Windows::default(), &[0.01, 0.04]).unwrap();
    for months in [3, 6, 12, 24] {
        for window in [Window::Fit, Window::Test, Window::InSample] {
            let of = |forecaster| found.score(forecaster, months, window);
            assert_eq!(
                of(Forecaster::Model).is_some(),
                (months == 24) == (window == Window::InSample)
            );
            let Some(persistence) = of(Forecaster::Persistence) else { continue };
            let all = 0.04 * months as f64;
            assert!((persistence.median_abs_log_error - all).abs() < 1e-12);
            assert!((persistence.mean_log_error + all).abs() < 1e-12);
            for exact in [Forecaster::Model, Forecaster::Trend, Forecaster::Regression] {
                assert!(of(exact).unwrap().median_abs_log_error < 1e-12, "{exact:?} {months}");
            }
        }
    }
    assert_eq!(found.choice.point(), &0.04);
    // Every trailing window fits to the last bits.
    assert!(found.trend.fit_log_error.iter().all(|error| *error < 1e-12));
}

#[test]
fn the_usual_windows_hold_as_many_errors_as_they_have_targets() {
    let found = run(&history(|_| 1e7), &Windows::default(), &[0.0]).unwrap();
    let counts: Vec<_> = found
        .scores
        .iter()
        .filter(|score| score.forecaster == Forecaster::Persistence)
        .map(|s| (s.horizon_months, s.window.as_str(), s.errors, s.non_overlapping))
        .collect();
    assert_eq!(
        counts,
        [
            (3, "fit", 64, 22),
            (3, "test", 18, 6),
            (6, "fit", 61, 11),
            (6, "test", 18, 3),
            (12, "fit", 55, 5),
            (12, "test", 18, 2),
            (24, "in_sample", 61, 3),
        ]
    );
    let rows: Vec<_> = found.regressions.iter().map(|r| (r.horizon_months, r.errors)).collect();
    assert_eq!(rows, [(3, 64), (6, 61), (12, 55), (24, 43)]);
    assert_eq!(found.trend.grid, TRAILING_MONTHS);
}

#[test]
fn errors_belong_to_the_window_of_their_target() {
    let spikes = history(|m| match month(2016, 6).plus(i32::try_from(m).unwrap()) {
        target if target == month(2023, 10) => 1_f64.exp(),
        target if target == month(2024, 1) => 2_f64.exp(),
        _ => 1.0,
    });
    let windows = Windows { test_until: month(2024, 6), ..Windows::default() };
    let found = run(&spikes, &windows, &[0.0]).unwrap();
    let total = |months, window| {
        let score = found.score(Forecaster::Model, months, window).unwrap();
        score.mean_log_error * score.errors as f64
    };
    // At 3 months the target 2023-10 of the origin 2023-07 is in the fit; the origin 2023-10 and
    // the target 2024-01 are in the test, and so is the origin 2024-01.
    assert!((total(3, Window::Fit) + 1.0).abs() < 1e-12);
    assert!((total(3, Window::Test) - (1.0 - 2.0 + 2.0)).abs() < 1e-12);
    // At 6 months the origin 2023-07 has its target in the test.
    assert!((total(6, Window::Fit) + 1.0).abs() < 1e-12);
    assert!((total(6, Window::Test) - (1.0 - 2.0)).abs() < 1e-12);
    // A test of six months holds no whole year.
    assert!((total(12, Window::InSample) + 3.0).abs() < 1e-12);
    assert!(found.score(Forecaster::Model, 12, Window::Test).is_none());
}

#[test]
fn targets_between_fit_and_test_are_nobodys() {
    let windows = Windows { test_from: month(2024, 5), ..Windows::default() };
    let found = run(&history(|_| 1e7), &windows, &[0.0]).unwrap();
    let errors = |window| found.score(Forecaster::Trend, 6, window).unwrap().errors;
    assert_eq!((errors(Window::Fit), errors(Window::Test)), (61, 14));
}

#[test]
fn the_regression_recovers_its_own_equation() {
    let coefficients = [0.2, 0.15, 0.3, -0.4];
    let mut made = history(|m| 1e7 * (0.02 * m as f64 + 0.1 * (m as f64 * 1.3).sin()).exp());
    for target in 24..made.months() {
        let (origin, before) = (target - 12, target - 24);
        let price = |m: usize| made.price_usd_per_btc[m].ln();
        let hashprice = |m: usize| made.hashprice_usd_per_ph_day(m).ln();
        let change = coefficients[0]
            + coefficients[1] * (price(target) - price(origin))
            + coefficients[2] * (price(origin) - price(before))
            + coefficients[3] * (hashprice(origin) - hashprice(before));
        made.hashrate_th_per_s[target] = made.hashrate_th_per_s[origin] * change.exp();
    }
    let found = run(&made, &Windows::default(), &[0.0]).unwrap();
    let regression = found.regressions.iter().find(|r| r.horizon_months == 12).unwrap();
    let fit = regression.fit.as_ref().unwrap();
    for (found, put_in) in fit.coefficients.iter().zip(coefficients) {
        assert!((found - put_in).abs() < 1e-12, "{:?}", fit.coefficients);
    }
    assert!(fit.standard_errors.iter().all(|error| *error < 1e-12));
    let score = |forecaster| found.score(forecaster, 12, Window::Test).unwrap();
    assert!(score(Forecaster::Regression).median_abs_log_error < 1e-12);
    assert!(score(Forecaster::Persistence).median_abs_log_error > 0.1);
}

#[test]
fn without_a_price_that_moves_the_regression_is_silent() {
    let mut flat = history(|m| 1e7 * (0.03 * m as f64).exp());
    flat.price_usd_per_btc = vec![5e4; 109];
    let found = run(&flat, &Windows::default(), &[0.0]).unwrap();
    assert!(found.regressions.iter().all(|regression| regression.fit.is_none()));
    assert!(found.scores.iter().all(|score| score.forecaster != Forecaster::Regression));
}

/// Growth of 3 % a month around which hash rate wanders.
fn wandering() -> History {
    history(|m| {
        let m = m as f64;
        1e7 * (0.03 * m + 0.04 * (m * 0.35).sin() + 0.03 * (m * 2.3).sin() + 0.03 * (m * 5.1).sin())
            .exp()
    })
}

#[test]
fn the_truth_is_chosen_and_lies_within_its_interval() {
    let grid: Vec<f64> = (0..=12_u8).map(|i| f64::from(i) * 0.005).collect();
    let found = run(&wandering(), &Windows::default(), &grid).unwrap();
    let choice = &found.choice;
    assert_eq!(choice.point(), &0.03);
    let [low, high] = choice.interval(|rate| *rate);
    assert!(low <= 0.03 && 0.03 <= high && low < high, "{low} {high}");
    assert_eq!(choice.times_chosen.iter().sum::<usize>(), RESAMPLES);
    // The same again: random numbers depend on their place alone.
    assert_eq!(&run(&wandering(), &Windows::default(), &grid).unwrap().choice, choice);
    // The fit error is the mean of the two medians that the scores give.
    let median =
        |months| found.score(Forecaster::Model, months, Window::Fit).unwrap().median_abs_log_error;
    assert_eq!(choice.fit_log_error[choice.chosen], f64::midpoint(median(6), median(12)));
}

#[test]
fn of_equal_points_the_first_is_chosen() {
    let found = run(&wandering(), &Windows::default(), &[0.0, 0.03, 0.03]).unwrap();
    assert_eq!(found.choice.chosen, 1);
    assert_eq!(found.choice.times_chosen[2], 0);
}

#[test]
fn the_test_window_does_not_move_the_choice() {
    let grid: Vec<f64> = (0..=12_u8).map(|i| f64::from(i) * 0.005).collect();
    let before = run(&wandering(), &Windows::default(), &grid).unwrap();
    let mut other = wandering();
    let test = other.index(month(2024, 1)).unwrap();
    other.hashrate_th_per_s[test..].iter_mut().for_each(|h| *h *= 3.0);
    other.price_usd_per_btc[test..].iter_mut().for_each(|p| *p *= 5.0);
    let after = run(&other, &Windows::default(), &grid).unwrap();
    assert_eq!(before.choice, after.choice);
    assert_eq!(before.trend, after.trend);
    assert_eq!(before.regressions, after.regressions);
    assert_ne!(before.scores, after.scores);
}

#[test]
fn a_short_history_gets_later_windows() {
    let mut short = history(|m| 1e7 * (0.03 * m as f64).exp());
    short.first = month(2020, 4);
    for column in [
        &mut short.hashrate_th_per_s,
        &mut short.price_usd_per_btc,
        &mut short.fees_btc,
        &mut short.subsidy_btc,
    ] {
        column.truncate(61);
    }
    short.month_end_height.truncate(61);
    let windows = Windows::within(&short);
    assert_eq!((windows.first_origin, windows.test_until), (month(2021, 4), month(2025, 4)));
    let found = run(&short, &windows, &[0.03]).unwrap();
    // Two years before 2021-04 are not in the history.
    assert_eq!(found.trend.grid, [3, 6, 12]);
    assert_eq!(found.score(Forecaster::Trend, 12, Window::Test).unwrap().errors, 16);
    assert_eq!(found.regressions[3].errors, 9);
}

#[test]
fn what_cannot_be_tested_is_refused_by_name() {
    let good = history(|_| 1e7);
    let refused = |windows: Windows, path: &str, says: &str| {
        let Err(Error::Invalid(faults)) = run(&good, &windows, &[0.0]) else {
            panic!("accepted {windows:?}")
        };
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].path, path);
        assert!(faults[0].to_string().contains(says), "{}", faults[0]);
    };
    let usual = Windows::default;
    refused(
        Windows { first_origin: month(2017, 5), ..usual() },
        "windows.first_origin",
        "from 2017-06",
    );
    refused(
        Windows { fit_until: month(2020, 4), ..usual() },
        "windows.fit_until",
        "from 2020-05: 12 errors",
    );
    refused(
        Windows { test_from: month(2023, 12), ..usual() },
        "windows.test_from",
        "after 2023-12",
    );
    refused(Windows { test_until: month(2025, 7), ..usual() }, "windows.test_until", "to 2025-06");
    refused(Windows { test_until: month(2023, 12), ..usual() }, "windows.test_until", "from 2024");
    for horizons in [vec![6], vec![6, 12, 12], vec![0, 6, 12], vec![12, 6]] {
        let windows = Windows { horizons_months: horizons, ..usual() };
        let Err(Error::Invalid(faults)) = run(&good, &windows, &[0.0]) else { panic!("accepted") };
        assert!(faults.iter().all(|fault| fault.path == "windows.horizons_months"), "{faults:?}");
    }
    let Err(Error::Invalid(faults)) = run(&good, &usual(), &[]) else { panic!("accepted") };
    assert_eq!(faults[0].path, "grid");
    // A window of just enough is accepted.
    let least = Windows { fit_until: month(2020, 5), ..usual() };
    assert!(run(&good, &least, &[0.0]).is_ok());
}

#[test]
fn a_history_with_holes_is_refused_by_month() {
    let mut bad = history(|_| 1e7);
    bad.hashrate_th_per_s[1] = 0.0;
    bad.price_usd_per_btc[2] = f64::NAN;
    bad.fees_btc[3] = -0.1;
    bad.month_end_height[4] = 5;
    let Err(Error::Invalid(faults)) = run(&bad, &Windows::default(), &[0.0]) else {
        panic!("accepted")
    };
    let paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "history.hashrate_th_per_s[2016-07]",
            "history.price_usd_per_btc[2016-08]",
            "history.fees_btc[2016-09]",
            "history.month_end_height[2016-10]",
        ]
    );
    bad.subsidy_btc.pop();
    assert!(matches!(
        bad.check(),
        Err(Error::LengthMismatch { column: "subsidy_btc", expected: 109, found: 108 })
    ));
}

#[test]
fn a_forecast_that_is_none_is_refused() {
    let good = history(|_| 1e7);
    let run = |forecast: &dyn Fn(usize, usize) -> Vec<Vec<f64>>| {
        backtest(&good, &Windows::default(), &[1.0], &|origin, months, _: &[f64]| {
            Ok(forecast(origin, months))
        })
    };
    assert!(matches!(
        run(&|_, months| vec![vec![1.0; months - 1]]),
        Err(Error::LengthMismatch { column: "forecast of a grid point", expected: 24, found: 23 })
    ));
    assert!(matches!(
        run(&|_, _| Vec::new()),
        Err(Error::LengthMismatch { column: "forecast", expected: 1, found: 0 })
    ));
    let Err(Error::Invalid(faults)) = run(&|origin, months| {
        vec![(1..=months).map(|m| if (origin, m) == (26, 5) { 0.0 } else { 1.0 }).collect()]
    }) else {
        panic!("accepted")
    };
    assert_eq!(faults[0].path, "forecast[2018-08][0][5]");
    // Months are asked for up to the last target and no further.
    assert!(
        run(&|origin, months| {
            assert_eq!(months, 24.min(108 - origin));
            vec![vec![1.0; months]]
        })
        .is_ok()
    );
}

#[test]
fn no_more_spans_fit_than_are_counted() {
    let chosen = |mask: u32| (0..8).filter(|o| mask >> o & 1 == 1).collect::<Vec<usize>>();
    for months in 1..6 {
        let fits = |mask| chosen(mask).windows(2).all(|pair| pair[1] - pair[0] >= months);
        for all in 1_u32..1 << 8 {
            let best =
                (1..=all).filter(|some| some & !all == 0 && fits(*some)).map(u32::count_ones).max();
            let counted = u32::try_from(non_overlapping(&chosen(all), months)).unwrap();
            assert_eq!(Some(counted), best, "{all:b} at {months}");
        }
    }
}
