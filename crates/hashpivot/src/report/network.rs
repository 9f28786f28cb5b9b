//! The chapter of the network: halvings, cost to mine and price to the horizon.

use maud::{Markup, html};

use super::format::{grouped, in_words};
use super::table::{
    Column, cell, folded, name_cell, number, plain_table, shown_cell, traced, word_cell, words,
};
use super::{Report, charts};
use crate::result::{HalvingResult, NetworkMonth};

const YEARS: [Column; 10] = [
    words("Month"),
    traced("Height", "block", "height"),
    traced("Subsidy", "BTC/block", "subsidy_btc"),
    traced("Fees", "BTC/block", "fees_btc_per_block"),
    traced("Difficulty", "T", "difficulty"),
    traced("Network", "EH/s", "network_eh_per_s"),
    traced("Hashprice", "USD/PH/day", "hashprice_usd_per_ph_day"),
    number("BTC price", "USD/BTC"),
    traced("Bank", "USD/BTC", "bank_usd_per_btc"),
    traced("Average", "USD/BTC", "average_usd_per_btc"),
];

/// Chart by month, table by year.
pub(super) fn network(report: &Report) -> Markup {
    let result = &report.run;
    let last = result.network.len().saturating_sub(1);
    let shown = result.network.iter().enumerate().filter(|(i, _)| i % 12 == 0 || *i == last);
    let rows = shown.map(|(_, month)| row(month)).collect();
    html! {
        section.chapter #path {
            h2 { "Halving path" }
            @if result.network.is_empty() {
                p { "This plan has no network." }
            } @else {
                (charts::halving_path(&result.network))
                (plain_table("The network every twelve months, and in the last month", &YEARS, rows))
            }
            @if let Some(halving) = &report.halving {
                h3 { "The lines of the network" }
                (charts::hashprice_lines(lines(halving)))
                (lines_table(halving))
            }
        }
    }
}

fn row(month: &NetworkMonth) -> Markup {
    html! {
        tr {
            (name_cell(&month.month))
            (cell(month.height, 0))
            (cell(month.subsidy_btc, 5))
            (cell(month.fees_btc_per_block, 4))
            (shown_cell(month.difficulty, &grouped(month.difficulty / 1e12, 1)))
            (cell(month.network_eh_per_s, 0))
            (cell(month.hashprice_usd_per_ph_day, 2))
            (cell(month.price_usd_per_btc, 0))
            (cell(month.bank_usd_per_btc, 0))
            (cell(month.average_usd_per_btc, 0))
        }
    }
}

fn lines(halving: &HalvingResult) -> [(&'static str, &[NetworkMonth]); 3] {
    [
        ("Mechanical", &halving.mechanical),
        ("Trend", &halving.trend),
        ("Response", &halving.response),
    ]
}

const LINES: [Column; 6] = [
    words("Line"),
    words("Month"),
    traced("Network", "EH/s", "network_eh_per_s"),
    traced("Hashprice", "USD/PH/day", "hashprice_usd_per_ph_day"),
    traced("Bank", "USD/BTC", "bank_usd_per_btc"),
    traced("Average", "USD/BTC", "average_usd_per_btc"),
];

/// Each line every twelve months.
fn lines_table(halving: &HalvingResult) -> Markup {
    let rows = lines(halving).into_iter().flat_map(|(name, months)| {
        months.iter().step_by(12).map(move |month| {
            html! {
                tr {
                    (name_cell(in_words(name)))
                    (word_cell(&month.month))
                    (cell(month.network_eh_per_s, 0))
                    (cell(month.hashprice_usd_per_ph_day, 2))
                    (cell(month.bank_usd_per_btc, 0))
                    (cell(month.average_usd_per_btc, 0))
                }
            }
        })
    });
    let table = plain_table("Each line every twelve months", &LINES, rows.collect());
    folded("Table: three lines by year", &table)
}
