//! With whose money the plan is built: sources and uses, loans, tests of lenders, dilution.

use maud::{Markup, html};

use super::format::{grouped, in_words, millions};
use super::table::{
    Column, cell, derived_cell, figure, figures, folded, millions_cell, name_cell, or_none,
    plain_table, said, traced, word_cell, word_or_none, words,
};
use crate::result::{FinancingResult, StatementMonth};

/// The chapter.
pub(super) fn money(result: &FinancingResult) -> Markup {
    html! {
        section.chapter #financing {
            h2 { "Financing" }
            (key_figures(result))
            h3 { "Sources" }
            (sources(result))
            h3 { "Sources and uses by year" }
            (statement(&result.statement))
            @if let Some(shares) = &result.shares {
                h3 { "Shares" }
                (figures(&[
                    figure("Before the plan", "before_shares", shares.before_shares,
                        &millions(shares.before_shares), "M shares"),
                    figure("Sold at the market", "at_the_market_shares",
                        shares.at_the_market_shares, &millions(shares.at_the_market_shares),
                        "M shares"),
                    figure("From notes", "converted_shares", shares.converted_shares,
                        &millions(shares.converted_shares), "M shares"),
                    figure("From warrants", "warrant_shares", shares.warrant_shares,
                        &millions(shares.warrant_shares), "M shares"),
                    figure("After the plan", "after_shares", shares.after_shares,
                        &millions(shares.after_shares), "M shares"),
                ]))
            }
            @if !result.tests.is_empty() {
                h3 { "Tests of lenders" }
                (tests(result))
            }
            @if !result.breaches.is_empty() {
                h3 { "What is not as it has to be" }
                (breaches(result))
            }
        }
    }
}

fn key_figures(result: &FinancingResult) -> Markup {
    let usd = |name: &str, key: &str, usd: f64| figure(name, key, usd, &millions(usd), "$M");
    let ratio = |name: &str, key: &str, ratio: Option<f64>| match ratio {
        Some(ratio) => figure(name, key, ratio, &grouped(ratio, 2), "times"),
        None => said(name, "none served"),
    };
    let feasible = if result.feasible { "yes" } else { "no" };
    let mut list = vec![
        said("Funded for", &in_words(result.objective)),
        said("Sources reach and covenants hold", feasible),
        usd("Value of the project", "project_npv_usd", result.project_npv_usd),
        usd("Value for shareholders", "equity_npv_usd", result.equity_npv_usd),
        usd("Put in by shareholders", "equity_put_in_usd", result.equity_put_in_usd),
        usd("Most that is owed", "peak_debt_usd", result.peak_debt_usd),
        usd("Lowest cash", "min_cash_usd", result.min_cash_usd),
        ratio("Lowest DSCR", "min_dscr", result.min_dscr),
        ratio("Lowest DSCR, lender case", "min_lender_dscr", result.min_lender_dscr),
        ratio("Lowest LLCR, lender case", "min_llcr", result.min_llcr),
    ];
    let per_share = [
        ("Value of a share", "value_usd_per_share", result.value_usd_per_share),
        ("A share gains", "gain_usd_per_share", result.gain_usd_per_share),
    ];
    list.extend(per_share.into_iter().filter_map(|(name, key, usd)| {
        usd.map(|usd| figure(name, key, usd, &grouped(usd, 2), "USD/share"))
    }));
    figures(&list)
}

const SOURCES: [Column; 2] = [words("Source"), traced("Gives", "$M", "raised_usd")];

fn sources(result: &FinancingResult) -> Markup {
    let rows = result.sources.iter().map(|row| {
        html! { tr { (name_cell(&row.source)) (millions_cell(row.raised_usd)) } }
    });
    plain_table("What each source gives", &SOURCES, rows.collect())
}

const YEARS: [Column; 9] = [
    words("Plan year"),
    traced("Capital", "$M", "capex_usd"),
    traced("Operating", "$M", "operating_usd"),
    traced("Tax", "$M", "tax_usd"),
    traced("Loans drawn", "$M", "debt_drawn_usd"),
    traced("Interest", "$M", "interest_usd"),
    traced("Repaid", "$M", "principal_usd"),
    traced("Paid out", "$M", "distribution_usd"),
    traced("Owed at its end", "$M", "debt_usd"),
];

/// The statement by plan year: sums of its months, and what is owed in the last of them.
fn statement(months: &[StatementMonth]) -> Markup {
    let rows = months.chunks(12).enumerate().map(|(year, months)| {
        let sum = |of: fn(&StatementMonth) -> f64| {
            let usd = months.iter().map(of).fold(0.0, |sum, usd| sum + usd);
            derived_cell(usd, &millions(usd))
        };
        let owed = months.last().map(|m| m.debt_usd);
        html! {
            tr {
                (name_cell(year + 1))
                (sum(|m| m.capex_usd))
                (sum(|m| m.operating_usd))
                (sum(|m| m.tax_usd))
                (sum(|m| m.debt_drawn_usd))
                (sum(|m| m.interest_usd))
                (sum(|m| m.principal_usd + m.sweep_usd))
                (sum(|m| m.distribution_usd))
                (or_none(owed, millions_cell))
            }
        }
    });
    html! {
        (plain_table("Receipts positive, payments negative", &YEARS, rows.collect()))
        (by_month(months))
    }
}

const MONTHS: [Column; 8] = [
    words("Month"),
    traced("Capital", "$M", "capex_usd"),
    traced("Operating", "$M", "operating_usd"),
    traced("Loans drawn", "$M", "debt_drawn_usd"),
    traced("Interest", "$M", "interest_usd"),
    traced("Repaid", "$M", "principal_usd"),
    traced("Cash", "$M", "cash_usd"),
    traced("Owed", "$M", "debt_usd"),
];

fn by_month(months: &[StatementMonth]) -> Markup {
    let row = |m: &StatementMonth| {
        html! {
            tr {
                (name_cell(&m.date))
                (millions_cell(m.capex_usd))
                (millions_cell(m.operating_usd))
                (millions_cell(m.debt_drawn_usd))
                (millions_cell(m.interest_usd))
                (millions_cell(m.principal_usd))
                (millions_cell(m.cash_usd))
                (millions_cell(m.debt_usd))
            }
        }
    };
    let table = plain_table("By month", &MONTHS, months.iter().map(row).collect());
    folded(&format!("Table: {} months", months.len()), &table)
}

const TESTS: [Column; 6] = [
    words("Loan"),
    words("Day"),
    traced("DSCR", "times", "dscr"),
    traced("Lender case", "times", "lender_dscr"),
    traced("LLCR", "times", "llcr"),
    words("Distributions"),
];

fn tests(result: &FinancingResult) -> Markup {
    let rows = result.tests.iter().map(|test| {
        let ratio = |ratio: Option<f64>| or_none(ratio, |ratio| cell(ratio, 2));
        html! {
            tr {
                (name_cell(&test.loan))
                (word_cell(&test.date))
                (ratio(test.dscr))
                (ratio(test.lender_dscr))
                (ratio(test.llcr))
                (word_cell(if test.locked { "locked" } else { "free" }))
            }
        }
    });
    let table = plain_table("Coverage by quarter", &TESTS, rows.collect());
    folded(&format!("Table: {} tests", result.tests.len()), &table)
}

const BREACHES: [Column; 4] =
    [words("What"), words("Loan"), words("Day"), traced("Missing", "$M", "missing_usd")];

fn breaches(result: &FinancingResult) -> Markup {
    let rows = result.breaches.iter().map(|row| {
        html! {
            tr {
                (name_cell(in_words(row.of)))
                (word_or_none(row.loan.as_deref()))
                (word_cell(&row.date))
                (millions_cell(row.missing_usd))
            }
        }
    });
    plain_table("Breaches", &BREACHES, rows.collect())
}
