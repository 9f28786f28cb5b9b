//! Reasons for people: sentences first, tables second.

use std::fmt::Write;

use serde::Serialize;

use crate::result::{ExplainResult, FrontierPoint, FrontierResult, PortfolioCrossingRow};

use super::{grouped, labelled, millions, percent, table};

/// The whole answer of `explain`.
pub fn explain(result: &ExplainResult) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "hashpivot {}   {}\nvalued {}\n",
        result.about.version, result.plan_name, result.valuation_date
    );
    let first = std::iter::once("All sites").chain(std::iter::repeat(""));
    text.push_str(&labelled(first.zip(result.sentences.iter().cloned())));
    for site in &result.sites {
        text.push('\n');
        let names = std::iter::once(site.name.as_str()).chain(std::iter::repeat(""));
        text.push_str(&labelled(names.zip(site.sentences.iter().cloned())));
    }

    let rows = result.shadow.iter().map(|row| {
        let money = row.unit == "USD";
        let amount = |value: f64| if money { millions(value) } else { grouped(value, 1) };
        let per_step = |usd_per_unit: f64| grouped(usd_per_unit * row.step_amount / 1e6, 3);
        vec![
            row.limit.clone(),
            if money { "M$" } else { row.unit }.to_owned(),
            amount(row.limit_amount),
            row.step_less_usd.map_or("-".to_owned(), |usd| grouped(usd / 1e6, 3)),
            grouped(row.step_more_usd / 1e6, 3),
            row.left_usd_per_unit.map_or("-".to_owned(), per_step),
            per_step(row.right_usd_per_unit),
            format!(
                "{} .. {}",
                amount(row.left_until_amount),
                row.right_until_amount.map_or("beyond".to_owned(), amount)
            ),
        ]
    });
    let header = [
        "shared",
        "unit",
        "there is",
        "one less costs M$",
        "one more adds M$",
        "mixed: less",
        "mixed: more",
        "holds from .. to",
    ];
    text.push('\n');
    text.push_str(&table(&header, 2, rows.collect()));

    let rows = result.next_best.iter().map(|row| {
        vec![row.site.clone(), row.instead.clone(), row.with_it.join(", "), millions(row.loss_usd)]
    });
    text.push('\n');
    text.push_str(&table(&["next best: site", "instead", "with it", "loss M$"], 3, rows.collect()));

    let rows = result.dominated.iter().map(|row| {
        vec![
            row.site.clone(),
            row.decision.clone(),
            row.beaten_by.clone(),
            millions(row.behind_usd),
        ]
    });
    text.push('\n');
    text.push_str(&table(&["beaten: site", "decision", "by", "behind M$"], 3, rows.collect()));

    let side = |crossing: &Option<PortfolioCrossingRow>| {
        crossing.as_ref().map_or("no change".to_owned(), |c| {
            format!("{} -> {}", percent(c.factor), c.changes.join(", "))
        })
    };
    let rows = result
        .portfolio_switching
        .iter()
        .map(|row| vec![row.input.replace('_', " "), side(&row.below), side(&row.above)]);
    text.push('\n');
    text.push_str(&table(&["plan changes at", "below", "above"], 3, rows.collect()));

    let mut header = vec!["best in", "most regret M$"];
    header.extend(result.regret.futures.iter().map(String::as_str));
    let rows = result.regret.plans.iter().map(|row| {
        let mut cells = vec![
            row.best_in.clone(),
            row.most_regret_usd.map_or("cannot be had".to_owned(), millions),
        ];
        cells.extend(row.values_usd.iter().map(|usd| usd.map_or("-".to_owned(), millions)));
        cells
    });
    text.push('\n');
    text.push_str(&table(&header, 1, rows.collect()));
    text
}

/// A row of `explain --format csv`: what sites share.
#[derive(Clone, Debug, Serialize)]
pub struct ShadowCsv {
    limit: String,
    unit: &'static str,
    limit_amount: f64,
    binds: bool,
    left_usd_per_unit: Option<f64>,
    right_usd_per_unit: f64,
    step_more_usd: f64,
    step_less_usd: Option<f64>,
}

/// The main rows of `explain`.
pub fn explain_rows(result: &ExplainResult) -> Vec<ShadowCsv> {
    let row = |row: &crate::result::SlopeRow| ShadowCsv {
        limit: row.limit.clone(),
        unit: row.unit,
        limit_amount: row.limit_amount,
        binds: row.binds,
        left_usd_per_unit: row.left_usd_per_unit,
        right_usd_per_unit: row.right_usd_per_unit,
        step_more_usd: row.step_more_usd,
        step_less_usd: row.step_less_usd,
    };
    result.shadow.iter().map(row).collect()
}

/// The whole answer of `frontier`.
pub fn frontier(result: &FrontierResult) -> String {
    let money = result.unit == "USD";
    let amount = |value: f64| if money { millions(value) } else { grouped(value, 1) };
    let per = |usd_per_unit: Option<f64>| {
        let shown = |usd: f64| grouped(usd * if money { 1.0 } else { 1e-6 }, 3);
        usd_per_unit.map_or(String::new(), shown)
    };
    let unit = if money { "M$" } else { result.unit };
    let mut text = format!(
        "hashpivot {}   {}\n{}, the plan has {} {unit}\n",
        result.about.version,
        result.plan_name,
        result.limit,
        amount(result.limit_amount)
    );
    let slope = if money { "M$ per M$" } else { "M$ per MW" };
    for (title, points) in
        [("if plans could be mixed", &result.mixed), ("whole plans", &result.whole)]
    {
        if points.is_empty() {
            continue;
        }
        let rows = points.iter().map(|point: &FrontierPoint| {
            vec![amount(point.limit_amount), millions(point.npv_usd), per(point.usd_per_unit)]
        });
        let _ = writeln!(text, "\n{title}");
        text.push_str(&table(&[unit, "all sites M$", slope], 0, rows.collect()));
    }
    text
}

/// A row of `frontier --format csv`.
#[derive(Clone, Debug, Serialize)]
pub struct FrontierCsv {
    plans: &'static str,
    limit_amount: f64,
    npv_usd: f64,
    usd_per_unit: Option<f64>,
}

/// Both lines of `frontier`, mixed first.
pub fn frontier_rows(result: &FrontierResult) -> Vec<FrontierCsv> {
    let rows = |plans: &'static str, points: &[FrontierPoint]| -> Vec<FrontierCsv> {
        let row = |point: &FrontierPoint| FrontierCsv {
            plans,
            limit_amount: point.limit_amount,
            npv_usd: point.npv_usd,
            usd_per_unit: point.usd_per_unit,
        };
        points.iter().map(row).collect()
    };
    let mut all = rows("mixed", &result.mixed);
    all.extend(rows("whole", &result.whole));
    all
}
