//! The network's answer to price, fees and halvings beside a second, independent program, and the
//! backtest beside what the documentation says of it.
//!
//! As with `real_data`, the cases lie beside the checkout and the target is asked for by name.
#![expect(
    clippy::unwrap_used,
    reason = "a reference file that cannot be read should stop the test"
)]
#![expect(clippy::print_stdout, reason = "the count of figures is what the run is for")]

use std::path::Path;

use hashcost::Isa;
use hashcost::cohorts::{Cohort, Cohorts, daily_reward_usd, equilibrium};
use hashcost::network::{
    btc_per_th_day_of_hashrate, difficulty_of_hashrate, hashprice_usd_per_ph_day,
};
use hashcost::response::DEFAULT_RESPONSE;
use hashpivot::backtest::{BacktestArguments, backtest};
use hashpivot::result::{BacktestResult, BacktestScore};
use serde_json::Value;

/// The stated agreement.
const FIGURES: f64 = 1e-12;

fn json(path: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let text = std::fs::read_to_string(folder.join(path));
    serde_json::from_str(&text.unwrap_or_else(|error| panic!("{path}: {error}"))).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn cohort(case: &Value) -> Cohort {
    Cohort {
        id: case["id"].as_str().unwrap().to_owned(),
        th_per_s: number(&case["th_per_s"]),
        j_per_th: number(&case["eff_j_per_th"]),
        usd_per_mwh: number(&case["usd_per_mwh"]),
        overhead: number(&case["overhead_k"]),
        age_months: 0.0,
        contract_months: 0.0,
    }
}

#[test]
fn equilibria_agree() {
    let cases = json("cases/cohorts.json");
    let cases = cases.as_array().unwrap();
    assert_eq!(cases.len(), 25);
    let [mut figures, mut worst] = [0.0, 0.0_f64];
    for case in cases {
        let rows: Vec<Cohort> = case["cohorts"].as_array().unwrap().iter().map(cohort).collect();
        let network = |key: &str| number(&case["network"][key]);
        let [price, fee] = [network("price_usd"), network("pool_fee")];
        let [subsidy, fees] = [network("subsidy_btc"), network("fees_btc")];
        let reward = daily_reward_usd(price, fee, subsidy, fees);
        let state = equilibrium(&Cohorts::new(&rows).unwrap(), reward).unwrap();

        // Errors are shares of `terms`, which is the figure itself unless large ones cancel in it.
        let mut close = |key: &str, found: f64, expected: &Value, terms: f64| {
            let error = (found - number(expected)).abs() / terms;
            assert!(error <= FIGURES, "{} {key}: {found:?} for {expected}", case["name"]);
            figures += 1.0;
            worst = worst.max(error);
        };
        let out = &case["out"];
        let hashrate = state.hashrate_th_per_s;
        let b = btc_per_th_day_of_hashrate(hashrate, subsidy, fees);
        for (key, found) in [
            ("hashrate_th_s", hashrate),
            ("difficulty", difficulty_of_hashrate(hashrate)),
            // The hash value is what is left after the pool fee, the hashprice is before it.
            ("hash_value_usd_per_th_day", state.hash_value_usd_per_th_day),
            ("hashprice_usd_per_ph_day", hashprice_usd_per_ph_day(b, price)),
            ("j_per_th_active", state.j_per_th),
            ("marginal_usd_per_btc", state.marginal_usd_per_btc(price)),
        ] {
            close(key, found, &out[key], number(&out[key]).abs());
        }
        let running = rows.iter().zip(&state.active_frac);
        let terms: f64 = running
            .map(|(row, frac)| {
                let watts = row.th_per_s * frac * row.j_per_th * row.overhead;
                watts * 24e-6 * row.usd_per_mwh.abs() * price / reward
            })
            .sum();
        let mean = state.average_usd_per_btc(price);
        close("mean", mean, &out["electricity_usd_per_btc_mean"], terms);
        // A share is a difference of hash rates, whose errors are shares of the network's.
        for (row, frac) in rows.iter().zip(&state.active_frac) {
            let terms = (hashrate / row.th_per_s).max(1.0);
            close(&row.id, *frac, &out["active_share"][&row.id], terms);
        }
        assert_eq!(state.marginal_in_part, out["marginal_in_part"], "{}", case["name"]);
        if state.marginal_in_part {
            let kappa = state.marginal_usd_per_th_day;
            close("marginal_kappa", kappa, &out["marginal_kappa"], kappa);
        } else {
            assert!(out["marginal_kappa"].is_null(), "{}", case["name"]);
        }
    }
    println!("{} equilibria, {figures} figures, largest error {worst:.1e}", cases.len());
}

/// The file of days as a backtest takes it.
fn judged(china_2021: bool) -> BacktestResult {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let days = std::fs::read(folder.join("data/bitcoin/btc_daily.csv")).unwrap();
    let arguments = BacktestArguments { history: Some(("btc_daily.csv", &days)), china_2021 };
    backtest(Isa::best(), &arguments).unwrap()
}

fn score<'a>(
    result: &'a BacktestResult,
    model: &str,
    months: usize,
    window: &str,
) -> &'a BacktestScore {
    let found = result
        .scores
        .iter()
        .find(|score| (score.model, score.months_ahead, score.window) == (model, months, window));
    found.unwrap_or_else(|| panic!("no {model} at {months} in {window}"))
}

#[test]
fn the_backtest_is_what_the_documentation_says() {
    let result = judged(false);
    for (months, apart) in [(6, 3), (12, 2)] {
        let of = |model| score(&result, model, months, "test");
        let response = of("response");
        for rival in ["persistence", "trend"] {
            assert!(
                response.median_abs_log_error < of(rival).median_abs_log_error,
                "{rival} wins at {months} months"
            );
        }
        assert_eq!((response.errors, response.non_overlapping), (18, apart));
    }
    // The defaults are the fit.
    let entry = DEFAULT_RESPONSE.entry;
    let fitted: Vec<(&str, f64)> =
        result.parameters.iter().map(|row| (row.parameter.as_str(), row.fitted)).collect();
    assert_eq!(
        fitted,
        [
            ("hurdle_days", entry.hurdle_days),
            ("adjustment_frac", entry.adjustment_frac),
            ("supply_frac", entry.supply_frac),
        ]
    );
    for row in &result.parameters {
        assert!(row.interval[0] <= row.fitted && row.fitted <= row.interval[1], "{row:?}");
        assert!(row.tried.contains(&row.fitted), "{row:?}");
    }

    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/backtest.md");
    let shown = std::fs::read_to_string(shown).unwrap();
    let block = shown.split("```text\n").nth(1).unwrap().split("```").next().unwrap();
    let printed = hashpivot::view::backtest(&result);
    // The first paragraph names the file.
    let (_, printed) = printed.split_once("\n\n").unwrap();
    let lines = |text: &str| -> Vec<String> {
        text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
    };
    let (block, printed) = (lines(block), lines(printed));
    assert!(printed[0].starts_with(" targets    model"), "{}", printed[0]);
    for (line, (shown, now)) in block.iter().zip(&printed).enumerate() {
        assert_eq!(shown, now, "docs/backtest.md, line {} of the table", line + 1);
    }
    assert_eq!(block.len(), printed.len(), "docs/backtest.md has another number of lines");
    println!("{} scores, {} lines of docs/backtest.md", result.scores.len(), printed.len());
}

#[test]
fn the_ban_of_2021_changes_the_fit_and_hardly_the_test() {
    let [without, with] = [false, true].map(judged);
    assert!(with.china_2021 && !without.china_2021);
    for months in [3, 6, 12] {
        let of = |result, window| score(result, "response", months, window).clone();
        // Forecasts that know what is missing are less too high.
        let [before, after] = [&without, &with].map(|result| of(result, "fit").mean_log_error);
        assert!(after < before - 0.005, "{months} months: {after} {before}");
        let [before, after] =
            [&without, &with].map(|result| of(result, "test").median_abs_log_error);
        assert!((after - before).abs() <= 0.05, "{months} months: {after} {before}");
        // Rivals know nothing of events.
        for rival in ["persistence", "trend", "regression"] {
            let [a, b] = [&without, &with].map(|result| score(result, rival, months, "fit"));
            assert_eq!(a, b);
        }
    }
}
