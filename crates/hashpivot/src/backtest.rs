//! The backtest of the responding network: what it would have forecast, beside its rivals.

use hashcost::Isa;
use hashcost::backtest::{
    BLOCK_MONTHS, Backtest, Forecaster, History, REGRESSORS, RESAMPLES, Windows, backtest as judged,
};
use hashcost::network::difficulty_of_hashrate;
use hashcost::projection::Start;
use hashcost::response::{DEFAULT_RESPONSE, Drivers, Ensemble, Entry, NewMachine, Response};
use hashcost::{Cohorts, Error as Refused};
use ndarray::{Array2, Axis};
use units::CalendarMonth;
use units::constants::MONTHS_PER_YEAR;

use crate::about;
use crate::error::Error;
use crate::facts::{self, cohorts};
use crate::input::{built_in_history, read_history};
use crate::result::{
    BacktestResult, BacktestScore, CoefficientRow, FittedParameter, RegressionRow,
};

/// Hurdles that the fit chooses among, days.
const HURDLES_DAYS: [f64; 8] = [400.0, 550.0, 700.0, 850.0, 1_000.0, 1_300.0, 1_700.0, 2_300.0];
/// Shares of the distance to free entry that a month closes.
const ADJUSTMENTS_FRAC: [f64; 5] = [0.05, 0.1, 0.2, 0.4, 0.8];
/// Most that a month brings.
const SUPPLIES_FRAC: [f64; 6] = [0.03, 0.04, 0.05, 0.06, 0.07, 0.08];
/// Month of the machine price in the defaults.
const PRICE_MONTH: (i32, u32) = (2026, 9);
/// Share by which the best machine on sale got cheaper a year: log-linear through the prices of the
/// built-in table from 2023-07 to 2026-09, carried back.
const PAST_DECLINE_FRAC: f64 = 0.03;
/// The ban of 2021: the last month before it, and the last month in which hash rate was missing.
const BAN: [(i32, u32); 2] = [(2021, 4), (2021, 11)];

/// What a backtest is asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BacktestArguments<'a> {
    /// A file of days, by name and content; without one the built-in table of months is used.
    pub history: Option<(&'a str, &'a [u8])>,
    /// Whether forecasts know the ban of mining in China in 2021 as an event.
    pub china_2021: bool,
}

/// Fits the response on hash rates up to 2023-12 and holds it against what came, beside its rivals.
///
/// Each forecast starts from the hash rate at a month's end, with the machines on sale until then in
/// cohorts by the rule of [`cohorts::network_cohorts`], and is given the prices and fees that
/// followed. The new machine is the mean of those released in the twelve months before; its price is
/// the default's of 2026-09, carried back by the decline of published prices.
///
/// # Errors
/// [`Error::Input`] with everything that is wrong with the file; [`Error::Hashcost`] for a history
/// that is too short.
pub fn backtest(isa: Isa, arguments: &BacktestArguments<'_>) -> Result<BacktestResult, Error> {
    let (history, source) = match arguments.history {
        Some((name, bytes)) => (read_history(name, bytes)?, name.to_owned()),
        None => (built_in_history(), "built-in table of the network".to_owned()),
    };
    let windows = Windows::within(&history);
    let grid = grid();
    let forecast = |origin: usize, months: usize, grid: &[Entry]| {
        forecast(isa, &history, origin, months, grid, arguments.china_2021)
    };
    let found = judged(&history, &windows, &grid, &forecast)?;
    Ok(result(isa, &history, source, &windows, &found, arguments.china_2021))
}

/// Every combination of the parameters that are fitted.
fn grid() -> Vec<Entry> {
    let mut grid = Vec::new();
    for hurdle_days in HURDLES_DAYS {
        for adjustment_frac in ADJUSTMENTS_FRAC {
            for supply_frac in SUPPLIES_FRAC {
                grid.push(Entry { hurdle_days, adjustment_frac, supply_frac });
            }
        }
    }
    grid
}

/// Hash rate at the ends of the months after an origin, for each entry rule, TH/s.
fn forecast(
    isa: Isa,
    history: &History,
    origin: usize,
    months: usize,
    grid: &[Entry],
    china_2021: bool,
) -> Result<Vec<Vec<f64>>, Refused> {
    let month = history.month(origin + 1);
    let start = Start {
        month,
        height: history.month_end_height[origin] + 1,
        difficulty: difficulty_of_hashrate(history.hashrate_th_per_s[origin]),
        fees_btc_per_block: history.fees_btc[origin],
        price_usd_per_btc: history.price_usd_per_btc[origin],
    };
    let after = |column: &[f64]| column[origin + 1..=origin + months].to_vec();
    let drivers = Drivers {
        price_usd_per_btc: after(&history.price_usd_per_btc),
        fees_btc: after(&history.fees_btc),
        available_frac: (0..months).map(|m| available_frac(month, m, china_2021)).collect(),
        ..Drivers::constant(&start, months)
    };
    let model = Response { machine: machine_of(month), ..DEFAULT_RESPONSE };
    let cohorts = Cohorts::new(&cohorts::network_cohorts(month))?;
    let ensemble = Ensemble::new(&model, &cohorts, &start, &drivers, 0.0, months)?;
    let prices = ensemble.clock().by_period(&drivers.price_usd_per_btc);
    let shape = (prices.len(), grid.len());
    let prices = Array2::from_shape_fn(shape, |(period, _)| prices[period]);
    let mut hashrate = Array2::zeros(shape);
    ensemble.hashrate_th_per_s(isa, grid, &prices.view(), hashrate.view_mut())?;
    let paths = hashrate.axis_iter(Axis(1));
    Ok(paths.map(|path| ensemble.clock().at_month_ends(&path.to_vec())).collect())
}

/// The machine on sale in a month.
fn machine_of(month: CalendarMonth) -> NewMachine {
    let default = DEFAULT_RESPONSE.machine;
    let [year, of_year] = [PRICE_MONTH.0, PRICE_MONTH.1.cast_signed()];
    let ahead = 12 * (year - month.year()) + of_year - month.month().cast_signed();
    let years = f64::from(ahead) / MONTHS_PER_YEAR;
    NewMachine {
        j_per_th: cohorts::new_j_per_th(month).unwrap_or(default.j_per_th),
        usd_per_th: default.usd_per_th / (1.0 - PAST_DECLINE_FRAC).powf(years),
        ..default
    }
}

/// Share of the machines that the ban of 2021 left able to run: hash rate by the built-in table over
/// that of the month before it. Forecasts made after the ban do not know how it ends.
fn available_frac(start: CalendarMonth, month: usize, china_2021: bool) -> f64 {
    let [before, last] = BAN.map(|(year, month)| {
        CalendarMonth::new(year, month).unwrap_or_else(|_| unreachable!("a month of 2021"))
    });
    let month = start.plus(i32::try_from(month).unwrap_or(i32::MAX));
    if !china_2021 || start > before.plus(1) || month <= before || month > last {
        return 1.0;
    }
    let hashrate = |month: CalendarMonth| {
        let rows = facts::network_by_month();
        rows.iter().find(|row| row.month == month.to_string()).map(|row| row.network_eh_per_s)
    };
    match (hashrate(before), hashrate(month)) {
        (Some(before), Some(now)) => (now / before).min(1.0),
        _ => 1.0,
    }
}

fn result(
    isa: Isa,
    history: &History,
    source: String,
    windows: &Windows,
    found: &Backtest<Entry>,
    china_2021: bool,
) -> BacktestResult {
    let chosen = found.choice.point();
    let parameter = |name: &str, of: &dyn Fn(&Entry) -> f64, tried: &[f64]| FittedParameter {
        parameter: name.to_owned(),
        fitted: of(chosen),
        interval: found.choice.interval(of),
        tried: tried.to_vec(),
    };
    let mut result = BacktestResult {
        about: about::of_kernels(isa),
        history: source,
        first_month: history.first.to_string(),
        last_month: history.month(history.months() - 1).to_string(),
        first_origin: windows.first_origin.to_string(),
        fit_until: windows.fit_until.to_string(),
        test_from: windows.test_from.to_string(),
        test_until: windows.test_until.to_string(),
        china_2021,
        fit_log_error: found.choice.fit_log_error[found.choice.chosen],
        parameters: vec![
            parameter("hurdle_days", &|e| e.hurdle_days, &HURDLES_DAYS),
            parameter("adjustment_frac", &|e| e.adjustment_frac, &ADJUSTMENTS_FRAC),
            parameter("supply_frac", &|e| e.supply_frac, &SUPPLIES_FRAC),
        ],
        resamples: RESAMPLES,
        block_months: BLOCK_MONTHS,
        trend_months: *found.trend.point(),
        regressions: found
            .regressions
            .iter()
            .map(|regression| RegressionRow {
                months_ahead: regression.horizon_months,
                errors: regression.errors,
                coefficients: regression
                    .fit
                    .iter()
                    .flat_map(|fit| {
                        REGRESSORS.iter().enumerate().map(|(i, name)| CoefficientRow {
                            regressor: (*name).to_owned(),
                            coefficient: fit.coefficients[i],
                            standard_error: fit.standard_errors[i],
                        })
                    })
                    .collect(),
            })
            .collect(),
        scores: found
            .scores
            .iter()
            .map(|score| BacktestScore {
                model: match score.forecaster {
                    Forecaster::Model => "response",
                    other => other.as_str(),
                },
                months_ahead: score.horizon_months,
                window: score.window.as_str(),
                median_abs_log_error: score.median_abs_log_error,
                mean_log_error: score.mean_log_error,
                errors: score.errors,
                non_overlapping: score.non_overlapping,
            })
            .collect(),
    };
    result.about.formulas = about::formulas(&result);
    result
}
