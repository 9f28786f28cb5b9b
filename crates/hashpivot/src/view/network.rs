//! Tables of the network's lines: the halving and the backtest.

use std::fmt::Write;

use crate::result::{
    BacktestResult, CostChange, DeathRow, HalvingResult, NetworkMonth, ResponseMonth,
};

use super::{grouped, labelled, signed_percent, table};

/// The halving: the published pair, the lines, what moves the cost, who survives.
pub fn halving(result: &HalvingResult) -> String {
    let d = &result.decomposition;
    let mut text = format!(
        "Cost to mine through the halving, all else still: {} -> {} USD/BTC at {} BTC of fees a \
         block (x {})\n\n",
        grouped(d.start_usd_per_btc, 0),
        grouped(d.after_usd_per_btc, 0),
        grouped(d.fees_btc_per_block, 4),
        grouped(d.halving_factor, 4)
    );
    let readings = d.readings.iter().map(|r| {
        vec![
            r.reading.clone(),
            r.fees_btc_per_block.map_or("-".to_owned(), |f| grouped(f, 4)),
            grouped(r.start_usd_per_btc, 0),
            grouped(r.after_usd_per_btc, 0),
        ]
    });
    let header = ["the published pair, read as", "fees BTC", "before", "after"];
    text.push_str(&table(&header, 1, readings.collect()));
    for halving in &result.halvings {
        let _ = writeln!(
            text,
            "\nThe subsidy falls to {} BTC at block {}: {} at 144 blocks a day, {} as the \
             responding network finds them.",
            halving.subsidy_btc,
            grouped(halving.height as f64, 0),
            halving.plan_date,
            halving.response_date
        );
    }
    let _ = writeln!(
        text,
        "\nThree lines. mechanical: everything as today but the subsidy, the headline. trend: steady \
         rates. response: machines come, stop, retire and leave for computing, what a planner should \
         use.\nbank is the published series, a high-cost producer; average is the electricity of what \
         runs. USD/BTC; hashprice in USD/PH/day.\n"
    );
    text.push_str(&paths(result));
    text.push_str("\nWhat happens on the response line\n");
    text.push_str(&happenings(&result.response_months));
    text.push_str("\nWhat a machine that leaves does to the network, and when\n");
    text.push_str(&branches(result));
    text.push_str("\nWhat moves the cost of a bitcoin, USD/BTC; the parts add up to the change\n");
    text.push_str(&changes(&d.changes));
    text.push_str("\nWhen machines stop covering their electricity\n");
    text.push_str(&deaths(&result.deaths));
    let e = &result.network_efficiency;
    let figure = |value: Option<f64>| value.map_or("-".to_owned(), |v| grouped(v, 1));
    let _ = writeln!(
        text,
        "\nThe network needs {} J/TH at the wall by Cambridge's method ({} to {}, {} machines by age) \
         and {} by the cohorts that run; {} EH/s are installed.",
        figure(e.cbeci_j_per_th),
        figure(e.cbeci_min_j_per_th),
        figure(e.cbeci_max_j_per_th),
        e.cbeci_models,
        grouped(e.cohorts_j_per_th, 1),
        grouped(e.network_installed_eh_per_s, 0)
    );
    for warning in &result.warnings {
        let _ = writeln!(text, "note: {warning}");
    }
    text
}

/// Every third month, and those around a halving.
fn shown(months: &[NetworkMonth]) -> impl Iterator<Item = usize> + '_ {
    let last = months.len().saturating_sub(1);
    (0..months.len()).filter(move |m| {
        let subsidy = |m: usize| months[m.min(last)].subsidy_btc;
        let halves = subsidy(*m) < subsidy(m.saturating_sub(1)) || subsidy(m + 1) < subsidy(*m);
        m % 3 == 0 || halves || *m == last
    })
}

/// Cost on each line, then hash rate and hashprice.
fn paths(result: &HalvingResult) -> String {
    let of_lines = |m: usize, figure: &dyn Fn(&NetworkMonth) -> String| {
        [&result.mechanical, &result.trend, &result.response].map(|line| figure(&line[m]))
    };
    let month = |m: usize| result.mechanical[m].month.clone();
    let costs = shown(&result.mechanical).map(|m| {
        let mut row = vec![month(m), grouped(result.mechanical[m].subsidy_btc, 3)];
        row.extend(of_lines(m, &|month| grouped(month.bank_usd_per_btc, 0)));
        row.extend(of_lines(m, &|month| grouped(month.average_usd_per_btc, 0)));
        row
    });
    let header = [
        "month",
        "BTC a block",
        "bank mechanical",
        "trend",
        "response",
        "average mechanical",
        "trend",
        "response",
    ];
    let mut text = table(&header, 1, costs.collect());
    let networks = shown(&result.mechanical).map(|m| {
        let mut row = vec![month(m)];
        row.extend(of_lines(m, &|month| grouped(month.network_eh_per_s, 0)));
        row.extend(of_lines(m, &|month| grouped(month.hashprice_usd_per_ph_day, 1)));
        row
    });
    let header = [
        "month",
        "EH/s mechanical",
        "trend",
        "response",
        "hashprice mechanical",
        "trend",
        "response",
    ];
    text.push('\n');
    text.push_str(&table(&header, 1, networks.collect()));
    text
}

fn happenings(months: &[ResponseMonth]) -> String {
    let last = months.len().saturating_sub(1);
    let rows = months.iter().enumerate().filter(|(m, _)| m % 6 == 0 || *m == last);
    let rows = rows.map(|(_, month)| {
        vec![
            month.month.clone(),
            grouped(month.entered_eh_per_s, 1),
            grouped(month.idle_eh_per_s, 0),
            grouped(month.network_j_per_th, 1),
            grouped(month.network_overhead, 2),
            grouped(month.network_usd_per_mwh, 1),
        ]
    });
    let header = ["month", "new EH/s", "idle EH/s", "J/TH of what runs", "overhead", "its USD/MWh"];
    table(&header, 1, rows.collect())
}

/// Which branch holds when, in words.
fn branches(result: &HalvingResult) -> String {
    let means = [
        (
            "all_run",
            "every machine runs: what leaves is missed, and cost falls along the supply curve",
        ),
        (
            "reserve_refills",
            "idle machines refill what leaves: hash rate and hashprice stay, and the average cost rises \
             if cheap machines leave",
        ),
        (
            "reserve_too_dear",
            "the idle machines do not pay yet: what leaves is missed until hashprice has risen to the \
             next of them",
        ),
    ];
    let rows = means.into_iter().filter_map(|(branch, means)| {
        let spans = result.branches.iter().filter(|span| span.branch == branch);
        let spans: Vec<String> = spans
            .map(|span| match (&span.from_month, &span.to_month) {
                (from, to) if from == to => from.clone(),
                (from, to) => format!("{from} to {to}"),
            })
            .collect();
        (!spans.is_empty()).then(|| (means, spans.join(", ")))
    });
    labelled(rows)
}

fn changes(changes: &[CostChange]) -> String {
    let rows = changes.iter().map(|change| {
        let mut row = vec![
            change.line.to_owned(),
            change.figure.to_owned(),
            change.to_month.clone(),
            grouped(change.from_usd_per_btc, 0),
        ];
        row.extend(change.parts.iter().map(|part| grouped(part.part_usd_per_btc, 0)));
        row.push(grouped(change.to_usd_per_btc, 0));
        row
    });
    let header = [
        "line",
        "figure",
        "until",
        "from",
        "subsidy",
        "fees",
        "hash rate",
        "efficiency",
        "power",
        "overhead",
        "to",
    ];
    table(&header, 3, rows.collect())
}

/// A machine a row, the lines side by side.
fn deaths(rows: &[DeathRow]) -> String {
    let cells = rows.chunks_exact(3).map(|of_machine| {
        let first = &of_machine[0];
        let mut row = vec![
            first.machine.clone(),
            grouped(first.j_per_th, 1),
            grouped(first.usd_per_mwh, 1),
            grouped(first.breakeven_usd_per_ph_day, 1),
        ];
        row.extend(of_machine.iter().map(|on_line| {
            match (&on_line.off_month, on_line.off_usd_per_ph_day) {
                (Some(month), Some(hashprice)) => {
                    let back =
                        if on_line.off_for_good_month == on_line.off_month { "" } else { "*" };
                    format!("{month}{back} at {}", grouped(hashprice, 1))
                }
                _ => "runs on".to_owned(),
            }
        }));
        row
    });
    let header =
        ["machine", "J/TH", "USD/MWh", "needs USD/PH/day", "mechanical", "trend", "response"];
    let mut text = table(&header, 1, cells.collect());
    if rows.iter().any(|row| row.off_month.is_some() && row.off_for_good_month != row.off_month) {
        text.push_str("* comes back in between\n");
    }
    text
}

/// Errors of the forecasts, parameters with their uncertainty, and the regression.
pub fn backtest(result: &BacktestResult) -> String {
    let mut text = format!(
        "Hash rate forecast from each month's end, prices and fees given; {}, {} to {}.\nOrigins from \
         {}; fitted on targets up to {}, tested on {} to {}.{}\n\n",
        result.history,
        result.first_month,
        result.last_month,
        result.first_origin,
        result.fit_until,
        result.test_from,
        result.test_until,
        if result.china_2021 {
            " The ban of 2021 is known to forecasts made before it."
        } else {
            ""
        }
    );
    let rows = result.scores.iter().map(|score| {
        vec![
            score.window.replace('_', " "),
            score.model.to_owned(),
            score.months_ahead.to_string(),
            grouped(score.median_abs_log_error, 3),
            // As many digits as are shown: what rounding leaves of a mean of 0 is 0.
            signed_percent((score.mean_log_error * 1e4).round() / 1e4),
            score.errors.to_string(),
            score.non_overlapping.to_string(),
        ]
    });
    let mut rows: Vec<Vec<String>> = rows.collect();
    // Models of one window and horizon stand together.
    let order = |row: &Vec<String>| {
        let window = ["test", "in sample", "fit"].iter().position(|w| *w == row[0]);
        (window, row[2].parse::<usize>().unwrap_or_default())
    };
    rows.sort_by_key(order);
    let header =
        ["targets", "model", "months", "median |log error|", "mean error", "errors", "apart"];
    text.push_str(&table(&header, 2, rows));
    text.push_str("\napart: most errors whose spans do not overlap\n\n");
    let parameters = result.parameters.iter().map(|parameter| {
        vec![
            parameter.parameter.clone(),
            format!("{}", parameter.fitted),
            format!("{} to {}", parameter.interval[0], parameter.interval[1]),
        ]
    });
    text.push_str(&table(&["parameter", "fitted", "5 % to 95 %"], 1, parameters.collect()));
    let _ = writeln!(
        text,
        "\n{} resamples of {} consecutive origins. The trend looks back {} months, as fits best.\n",
        result.resamples, result.block_months, result.trend_months
    );
    let coefficients = result.regressions.iter().flat_map(|regression| {
        regression.coefficients.iter().map(|row| {
            vec![
                regression.months_ahead.to_string(),
                row.regressor.clone(),
                grouped(row.coefficient, 3),
                grouped(row.standard_error, 3),
                regression.errors.to_string(),
            ]
        })
    });
    let header = ["months", "regression on", "coefficient", "standard error", "errors"];
    text.push_str(&table(&header, 2, coefficients.collect()));
    text
}
