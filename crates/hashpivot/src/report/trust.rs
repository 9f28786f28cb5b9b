//! What the engine is held to: published figures beside its own, and the formulas behind every key.

use std::collections::BTreeSet;

use maud::{Markup, html};

use super::format::{about, percent};
use super::table::{Column, folded, name_cell, plain_table, shown_cell, traced, word_cell, words};
use crate::formulas::text;
use crate::result::{CheckResult, CheckRow};

const CHECKS: [Column; 7] = [
    words("Figure"),
    words("Unit"),
    traced("Published", "", "published"),
    traced("Computed", "", "computed"),
    traced("Difference", "%", "relative_error"),
    words("Within"),
    words("Source"),
];

/// Published figures beside the engine's.
pub(super) fn checks(result: &CheckResult) -> Markup {
    let passed = result.rows.iter().filter(|row| row.pass).count();
    let row = |row: &CheckRow| {
        html! {
            tr {
                (name_cell(&row.figure))
                (word_cell(row.unit))
                (shown_cell(row.published, &about(row.published)))
                (shown_cell(row.computed, &about(row.computed)))
                (shown_cell(row.relative_error, &percent(row.relative_error)))
                (word_cell(if row.pass { "yes" } else { "no" }))
                (word_cell(&row.source))
            }
        }
    };
    let table = plain_table("Published figures", &CHECKS, result.rows.iter().map(row).collect());
    html! {
        section.chapter #checks {
            h2 { "Published figures" }
            p {
                (passed) " of " (result.rows.len()) " published figures are reproduced within their "
                "tolerance by this build, on its built-in facts."
            }
            (folded(&format!("Table: {} figures", result.rows.len()), &table))
        }
    }
}

/// Every formula that stands behind a figure of the page, in the words of the model.
pub(super) fn formula_texts(ids: &BTreeSet<&str>) -> Markup {
    html! {
        section.chapter #formulas {
            h2 { "Formulas" }
            p {
                "The head of a column and the name of a figure lead here; behind every rounded number "
                "the page carries the unrounded one."
            }
            @for id in ids {
                article.formula id={ "formula-" (id) } {
                    h3 { (id) }
                    @for paragraph in text(id).split("\n\n") { p { (in_code(paragraph)) } }
                }
            }
        }
    }
}

/// Text with what stands between backticks as code.
fn in_code(paragraph: &str) -> Markup {
    html! {
        @for (i, part) in paragraph.split('`').enumerate() {
            @if i % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}
