//! The financing of a plan for people: whose money, what shareholders get, what lenders see.

use std::fmt::Write;

use crate::result::{FinancingResult, StatementMonth};

use super::{grouped, labelled, millions, table};

/// Months that a row of the table holds.
const YEAR: usize = 12;

/// Sources, value, coverage and the statement by year.
pub fn financing(result: &FinancingResult) -> String {
    let mut text = String::from("Financing\n");
    text.push_str(&labelled(lines(result)));
    let header = [
        "from",
        "capex",
        "operating",
        "tax",
        "equity in",
        "debt, net",
        "interest",
        "paid out",
        "cash",
        "debt",
        "BTC",
    ];
    text.push('\n');
    text.push_str(&table(&header, 1, result.statement.chunks(YEAR).map(year).collect()));
    text.push_str("M$; what is paid at the end of a month stands at the start of the next.\n");
    for breach in &result.breaches {
        let loan = breach.loan.as_ref().map_or(String::new(), |loan| format!(" of {loan}"));
        let missing = millions(breach.missing_usd);
        let _ = writeln!(text, "{}: {}{loan}: ${missing} M missing", breach.date, breach.of);
    }
    text
}

fn lines(result: &FinancingResult) -> Vec<(&'static str, String)> {
    let given: Vec<String> = result
        .sources
        .iter()
        .map(|row| format!("{} ${} M", row.source, millions(row.raised_usd)))
        .collect();
    let mut lines = vec![
        ("Sources", if given.is_empty() { "none".to_owned() } else { given.join(", ") }),
        (
            "Value",
            format!(
                "project ${} M, shareholders ${} M",
                millions(result.project_npv_usd),
                millions(result.equity_npv_usd)
            ),
        ),
    ];
    if let (Some(worth), Some(gain), Some(shares)) =
        (result.value_usd_per_share, result.gain_usd_per_share, &result.shares)
    {
        lines.push((
            "Per share",
            format!(
                "${} ({}{}), {} M shares become {} M",
                grouped(worth, 2),
                if gain < 0.0 { "" } else { "+" },
                grouped(gain, 2),
                millions(shares.before_shares),
                millions(shares.after_shares)
            ),
        ));
    }
    if let Some(least) = result.min_dscr {
        let lender = result.min_lender_dscr.map_or("-".to_owned(), |dscr| grouped(dscr, 2));
        let life = result.min_llcr.map_or("-".to_owned(), |llcr| grouped(llcr, 2));
        lines.push((
            "Coverage",
            format!(
                "at least {}, {lender} as lenders see it, over the loan {life}",
                grouped(least, 2)
            ),
        ));
    }
    lines.push(("Cash", format!("at least ${} M", millions(result.min_cash_usd))));
    if !result.feasible {
        lines.push(("Breach", "this plan is not funded within its limits".to_owned()));
    }
    lines
}

fn year(months: &[StatementMonth]) -> Vec<String> {
    let sum = |of: fn(&StatementMonth) -> f64| millions(months.iter().map(of).sum());
    let end = |of: fn(&StatementMonth) -> f64| months.last().map_or(0.0, of);
    vec![
        months.first().map(|month| month.date.clone()).unwrap_or_default(),
        sum(|m| m.capex_usd),
        sum(|m| m.operating_usd + m.prepayment_usd + m.other_usd),
        sum(|m| m.tax_usd),
        sum(|m| m.own_cash_usd + m.at_the_market_usd + m.btc_sale_usd),
        sum(|m| m.debt_drawn_usd + m.principal_usd + m.sweep_usd + m.convertible_usd),
        sum(|m| m.interest_usd),
        sum(|m| -m.distribution_usd),
        millions(end(|m| m.cash_usd)),
        millions(end(|m| m.debt_usd)),
        grouped(end(|m| m.held_btc), 0),
    ]
}
