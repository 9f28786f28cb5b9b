//! How answers look as text: tables for people, rows for spreadsheets.

mod company;
mod dispatch;
mod explain;
mod faults;
mod financing;
mod network;
mod number;
mod run;
mod sensitivity;
mod small;
mod tidy;

pub use company::{companies, companies_rows, implied};
pub use dispatch::{dispatch, dispatch_rows, strikes};
pub use explain::{explain, explain_rows, frontier, frontier_rows};
pub use faults::faults;
pub use financing::financing;
pub use network::{backtest, halving};
pub use number::{grouped, millions, percent, signed_percent};
pub use run::{defaults, run};
pub use sensitivity::{map, map_rows, sensitivity, sensitivity_rows};
pub use small::{bench, bridge, check, cost, gpu, lease};
pub use tidy::{bench_rows, csv, gpu_rows, halving_rows, run_rows};

use comfy_table::{CellAlignment, ContentArrangement, Table};

/// A table with the first `texts` columns left-aligned and the rest right-aligned, fitted to the
/// terminal's width.
fn table(header: &[&str], texts: usize, rows: Vec<Vec<String>>) -> String {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.iter().map(|h| (*h).to_owned()).collect::<Vec<_>>());
    let columns = header.len();
    for row in rows {
        table.add_row(row);
    }
    for index in texts..columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    tidied(&table)
}

/// Labels with text beside them, wrapped at the terminal's width.
fn labelled<L: Into<String>>(rows: impl IntoIterator<Item = (L, String)>) -> String {
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic);
    for (label, text) in rows {
        table.add_row(vec![label.into(), text]);
    }
    tidied(&table)
}

/// The table's lines without trailing blanks, which would only make copies untidy.
fn tidied(table: &Table) -> String {
    table.to_string().lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}
