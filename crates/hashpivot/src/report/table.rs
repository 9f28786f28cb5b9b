//! Tables: one unit a column, numbers to the right, the full value behind every rounded one.

use std::fmt::Display;

use maud::{Markup, html};

use super::format::{NONE, grouped, millions};
use crate::formulas;

/// Rows up to which a table is kept on one sheet of paper.
const MOST_KEPT_ROWS: usize = 24;

/// Columns up to which a table is not stretched over the page.
const MOST_SLIM_COLUMNS: usize = 5;

/// Letters up to which a text is kept on one line.
const LONGEST_UNBROKEN: usize = 18;

/// Head of a column.
#[derive(Clone, Copy)]
pub(super) struct Column {
    name: &'static str,
    unit: &'static str,
    number: bool,
    /// Key of the result that the column shows; empty for inputs.
    key: &'static str,
}

/// A column of words.
pub(super) const fn words(name: &'static str) -> Column {
    Column { name, unit: "", number: false, key: "" }
}

/// A column of numbers in one unit.
pub(super) const fn number(name: &'static str, unit: &'static str) -> Column {
    Column { name, unit, number: true, key: "" }
}

/// A column of computed numbers: its head leads to the formula of their key.
pub(super) const fn traced(name: &'static str, unit: &'static str, key: &'static str) -> Column {
    Column { name, unit, number: true, key }
}

/// A name that leads to the formula behind it; plain where there is none.
pub(super) fn trace(name: &str, key: &str) -> Markup {
    let Some(formula) = formulas::of(key) else { return html! { (name) } };
    let hint = format!("{key}, {}: formula {}", formula.unit, formula.id);
    html! { a.trace href={ "#formula-" (formula.id) } title=(hint) { (name) } }
}

/// A table whose rows stand in groups, one `tbody` each.
pub(super) fn table(caption: &str, columns: &[Column], groups: &[Vec<Markup>]) -> Markup {
    let rows: usize = groups.iter().map(Vec::len).sum();
    let prose = columns.iter().all(|column| !column.number);
    let slim = !prose && columns.len() <= MOST_SLIM_COLUMNS;
    html! {
        div.scroll role="region" tabindex="0" aria-label=(caption) {
            table.keep[rows <= MOST_KEPT_ROWS].slim[slim].prose[prose] {
                caption { (caption) }
                thead { tr {
                    @for column in columns {
                        th scope="col" .n[column.number] {
                            (trace(column.name, column.key))
                            @if !column.unit.is_empty() { " " span.unit { (column.unit) } }
                        }
                    }
                } }
                @for group in groups {
                    tbody { @for row in group { (row) } }
                }
            }
        }
    }
}

/// A table of one group.
pub(super) fn plain_table(caption: &str, columns: &[Column], rows: Vec<Markup>) -> Markup {
    table(caption, columns, &[rows])
}

/// A long table, folded on the screen and open on paper.
pub(super) fn folded(title: &str, table: &Markup) -> Markup {
    html! { details { summary { (title) } (table) } }
}

/// Cell that names the row.
pub(super) fn name_cell(text: impl Display) -> Markup {
    let text = text.to_string();
    html! { th.line[is_short(&text)] scope="row" { (text) } }
}

/// Cell with words.
pub(super) fn word_cell(text: impl Display) -> Markup {
    let text = text.to_string();
    html! { td.line[is_short(&text)] { (text) } }
}

/// Whether a text stays on one line: dates and ids break at hyphens otherwise.
fn is_short(text: &str) -> bool {
    text.chars().count() <= LONGEST_UNBROKEN
}

/// Cell with words that may be missing.
pub(super) fn word_or_none(text: Option<&str>) -> Markup {
    word_cell(text.unwrap_or(NONE))
}

/// Cell with a number as it is shown; the value itself goes with it unrounded.
pub(super) fn shown_cell(value: f64, shown: &str) -> Markup {
    html! {
        td.n.minus[shown.starts_with('\u{2212}')].none[value == 0.0] {
            data value=(value) { (shown) }
        }
    }
}

/// Cell with so many decimals.
pub(super) fn cell(value: f64, decimals: usize) -> Markup {
    shown_cell(value, &grouped(value, decimals))
}

/// Cell with a sum or a difference of figures of the answer, which itself has no such key.
pub(super) fn derived_cell(value: f64, shown: &str) -> Markup {
    html! {
        td.n.minus[shown.starts_with('\u{2212}')].none[value == 0.0] {
            data.derived value=(value) { (shown) }
        }
    }
}

/// Cell with USD in millions.
pub(super) fn millions_cell(usd: f64) -> Markup {
    shown_cell(usd, &millions(usd))
}

/// Cell of a value that may be missing.
pub(super) fn or_none(value: Option<f64>, cell: impl Fn(f64) -> Markup) -> Markup {
    value.map_or_else(no_number, cell)
}

/// Cell without a number.
pub(super) fn no_number() -> Markup {
    html! { td.n.none { (NONE) } }
}

/// A list of single figures, each with its name and its unit.
pub(super) fn figures(entries: &[Markup]) -> Markup {
    html! { dl.list { @for entry in entries { (entry) } } }
}

/// A figure of a list; the value itself goes with it unrounded.
pub(super) fn figure(name: &str, key: &str, value: f64, shown: &str, unit: &str) -> Markup {
    entry(&trace(name, key), &html! { data value=(value) { (shown) } " " span.unit { (unit) } })
}

/// What a list says in words.
pub(super) fn said(name: &str, text: &str) -> Markup {
    entry(&html! { (name) }, &html! { (text) })
}

fn entry(name: &Markup, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}
