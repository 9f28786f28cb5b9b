//! The decision for people: a sentence first, a table second.

use std::fmt::Write;

use crate::result::{IrrResult, RunResult, SiteResult, SwitchingRow};

use super::{grouped, labelled, millions, percent, signed_percent, table};

/// The whole answer of `run`.
pub fn run(result: &RunResult) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "hashpivot {}   {}\nvalued {} at {} (project, after tax), network: {}\n",
        result.about.version,
        result.plan_name,
        result.valuation_date,
        percent(result.discount_rate_frac),
        result.projection
    );
    for (use_of_mw, rate) in &result.discount_rate_by_use {
        let _ = writeln!(text, "discount rate of {use_of_mw}: {}", percent(*rate));
    }
    for site in &result.sites {
        text.push_str(&one_site(site));
        text.push('\n');
    }
    text.push_str(&labelled(closing_lines(result)));
    if let Some(financing) = &result.financing {
        text.push('\n');
        text.push_str(&super::financing(financing));
    }
    let _ = writeln!(
        text,
        "\n{} defaults used (hashpivot run --defaults). Report: --report out.html",
        result.about.defaults.len()
    );
    text
}

/// What holds for all sites together.
fn closing_lines(result: &RunResult) -> Vec<(&'static str, String)> {
    let portfolio = &result.portfolio;
    let worth = format!("worth ${} M", millions(portfolio.npv_usd));
    let mut lines = vec![(
        "All sites",
        match portfolio.status {
            "proven" => format!("{worth} (proven: no plan is worth more)"),
            "not_verified" => format!("{worth} (not verified: the checks did not pass)"),
            _ => format!(
                "{worth}, within {} of the best possible (bounded: at most ${} M)",
                percent(portfolio.gap),
                millions(portfolio.bound_usd)
            ),
        },
    )];
    if result.plan_held {
        let most = millions(portfolio.bound_usd - portfolio.npv_usd);
        let held = "chosen for the plan as filed, valued with what --set says";
        lines.push(("Plan held", format!("{held}; choosing again adds at most ${most} M")));
    }
    if let Some(available) = portfolio.capital_available_usd {
        lines.push((
            "Capital",
            format!(
                "${} M of ${} M used; the next million is worth ${} M",
                millions(portfolio.capital_used_usd),
                millions(available),
                grouped(portfolio.shadow.capital_usd_per_usd, 3)
            ),
        ));
    }
    if let Some(feedback) = &result.network_feedback {
        lines.push((
            "Network",
            format!(
                "this plan's {} EH/s move it by {} at most ({}); at rest after {} rounds",
                grouped(feedback.own_eh_per_s, 1),
                signed_percent(feedback.network_moved_frac),
                feedback.most_moved_month,
                feedback.rounds
            ),
        ));
    }
    lines.extend(result.warnings.iter().map(|warning| ("Warning", warning.clone())));
    lines
}

fn one_site(site: &SiteResult) -> String {
    let names = std::iter::once(site.name.as_str()).chain(std::iter::repeat(""));
    let mut text = labelled(names.zip(site.sentences.iter().cloned()));
    text.push('\n');
    let mut rows = Vec::new();
    for (i, row) in site.uses.iter().enumerate() {
        let name = row.offer.as_ref().map_or_else(
            || row.r#use.replace('_', " "),
            |offer| format!("{} ({offer})", row.r#use.replace('_', " ")),
        );
        // Rate of return and payback are of the whole increment over mining: shown once.
        let of_increment = row.offer.is_some() && site.uses[..i].iter().all(|r| r.offer.is_none());
        rows.push(vec![
            name,
            grouped(row.gross_mw, 1),
            millions(row.npv_usd),
            row.npv_usd_per_gross_mw.map_or("-".to_owned(), |v| grouped(v / 1e6, 2)),
            if of_increment { irr(&site.irr) } else { String::new() },
            if of_increment {
                site.mirr_frac.map_or("-".to_owned(), percent)
            } else {
                String::new()
            },
            if of_increment { months(site.payback_months) } else { String::new() },
            millions(row.capex_usd),
        ]);
    }
    rows.push(vec![
        "best".to_owned(),
        grouped(site.uses.iter().map(|u| u.gross_mw).sum(), 1),
        millions(site.npv_usd),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        millions(site.uses.iter().map(|u| u.capex_usd).sum()),
    ]);
    let header = [
        "use once in service",
        "MW gross",
        "NPV $M",
        "$M per MW",
        "IRR",
        "MIRR",
        "payback",
        "capex $M",
    ];
    text.push_str(&table(&header, 1, rows));

    let plan: Vec<Vec<String>> = site
        .plan
        .iter()
        .map(|row| {
            vec![
                row.signed_in.clone().unwrap_or_else(|| "-".to_owned()),
                percent(row.probability),
                row.r#use.replace('_', " "),
                row.offer.clone().unwrap_or_default(),
                grouped(row.gross_mw, 1),
                row.commit.clone().unwrap_or_default(),
                row.in_service.clone().unwrap_or_default(),
            ]
        })
        .collect();
    let header = ["signed", "probability", "use", "offer", "MW gross", "commit", "in service"];
    text.push('\n');
    text.push_str(&table(&header, 1, plan));

    let switching: Vec<Vec<String>> = site.switching.iter().map(switching_row).collect();
    let header = ["decision changes at", "today", "below", "above", "unit"];
    text.push('\n');
    text.push_str(&table(&header, 1, switching));

    let lines = site.by_line.iter().map(|on_line| {
        vec![
            on_line.line.to_owned(),
            on_line.best.clone(),
            millions(on_line.npv_usd),
            millions(on_line.best_mining_npv_usd),
        ]
    });
    let header = ["if the network follows", "best", "NPV M$", "mining on M$"];
    text.push('\n');
    text.push_str(&table(&header, 2, lines.collect()));
    text.push('\n');
    text.push_str(&labelled(beside(site)));
    text
}

/// The pure plans, the cost to mine, and what was left out.
fn beside(site: &SiteResult) -> Vec<(&'static str, String)> {
    let pure: Vec<String> = site
        .alternatives
        .iter()
        .map(|a| format!("{} {}", a.name.replace('_', " "), millions(a.npv_usd)))
        .collect();
    let mut lines = vec![("Beside it, $M", pure.join(", "))];
    if let Some(fleet) = &site.fleet {
        lines.push((
            "Cost to mine",
            format!(
                "electricity ${} / direct ${} / all-in ${} per BTC, hashprice ${} per PH/day",
                grouped(fleet.electricity_usd_per_btc, 0),
                grouped(fleet.direct_usd_per_btc, 0),
                grouped(fleet.all_in_usd_per_btc, 0),
                grouped(fleet.hashprice_usd_per_ph_day, 2),
            ),
        ));
    }
    for offer in &site.excluded {
        lines.push((
            "Left out",
            format!(
                "{}: {} needs {}, there is {}",
                offer.offer,
                offer.constraint,
                grouped(offer.needed, 1),
                grouped(offer.available, 1)
            ),
        ));
    }
    lines
}

fn irr(irr: &IrrResult) -> String {
    match irr.irr_frac {
        Some(rate) => percent(rate),
        None if irr.kind == "many" => "several".to_owned(),
        None => "none".to_owned(),
    }
}

fn months(months: Option<f64>) -> String {
    months.map_or("never".to_owned(), |m| format!("{} mo", grouped(m, 0)))
}

fn switching_row(row: &SwitchingRow) -> Vec<String> {
    let decimals = match row.base.abs() {
        b if b >= 1_000.0 => 0,
        b if b >= 10.0 => 1,
        _ => 2,
    };
    let side = |crossing: &Option<crate::result::CrossingRow>| {
        crossing.as_ref().map_or("no crossing".to_owned(), |c| {
            format!("{} -> {}", grouped(c.value, decimals), c.to)
        })
    };
    vec![
        row.input.replace('_', " "),
        grouped(row.base, decimals),
        side(&row.below),
        side(&row.above),
        row.unit.to_owned(),
    ]
}

/// The defaults behind a result.
pub fn defaults(result: &RunResult) -> String {
    let rows = result
        .about
        .defaults
        .iter()
        .map(|d| vec![d.path.clone(), d.value.to_string(), d.unit.clone(), d.source.clone()])
        .collect();
    table(&["default", "value", "unit", "source"], 4, rows)
}
