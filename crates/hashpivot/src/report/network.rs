//! The chapter of the network: halvings, cost to mine and price to the horizon.

use maud::{Markup, html};

use super::charts;
use super::table::{Column, cell, name_cell, number, plain_table, words};
use crate::result::{NetworkMonth, RunResult};

const YEARS: [Column; 10] = [
    words("Month"),
    number("Height", "block"),
    number("Subsidy", "BTC/block"),
    number("Fees", "BTC/block"),
    number("Difficulty", "T"),
    number("Network", "EH/s"),
    number("Hashprice", "USD/PH/day"),
    number("BTC price", "USD/BTC"),
    number("Bank", "USD/BTC"),
    number("Average", "USD/BTC"),
];

/// Chart by month, table by year.
pub(super) fn network(result: &RunResult) -> Markup {
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
            (cell(month.difficulty / 1e12, 1))
            (cell(month.network_eh_per_s, 0))
            (cell(month.hashprice_usd_per_ph_day, 2))
            (cell(month.price_usd_per_btc, 0))
            (cell(month.bank_usd_per_btc, 0))
            (cell(month.average_usd_per_btc, 0))
        }
    }
}
