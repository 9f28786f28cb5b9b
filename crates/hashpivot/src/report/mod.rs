//! The report: one page that stands alone, on a screen and on paper.
//!
//! It has no script and asks for nothing from anywhere; its policy says so to the browser. Every
//! chart stands beside a table with the same figures, and behind every rounded figure of a table
//! the page carries the unrounded one.

mod appendix;
mod charts;
mod fill;
mod format;
mod gather;
mod hours;
mod money;
mod network;
mod site;
mod summary;
mod svg;
mod sway;
mod table;
#[cfg(test)]
mod tests;
mod trust;
mod why;

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use gather::Report;

use crate::result::About;

const STYLE: &str = include_str!("style.css");
/// What a browser may load: the page's own style and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// Before these the text of the page breaks its lines. A `<` in it is always the page's own.
const NEW_LINE_BEFORE: [&str; 6] = ["<section", "<h2", "<figure", "<table", "<tr", "<path"];

/// A report as one HTML page.
///
/// # Special cases
/// Names are shown as they are, whatever they contain: markup is escaped, control and
/// bidirectional characters appear as code points.
///
/// # Example
/// ```
/// use hashpivot::input::{self, Document, Sources};
/// let loaded = input::load(&Sources::of(Document::example()), &input::no_files)
///     .map_err(|faults| faults[0].to_string())?;
/// let decision = hashpivot::run(&loaded).map_err(|e| e.to_string())?;
/// let page = hashpivot::report::html(&decision.into());
/// assert!(page.starts_with("<!DOCTYPE html>") && !page.contains("<script"));
/// # Ok::<(), String>(())
/// ```
pub fn html(report: &Report) -> String {
    let result = &report.run;
    let title = format!("{}: decision report", result.plan_name);
    let head = html! {
        meta charset="utf-8";
        meta http-equiv="Content-Security-Policy" content=(POLICY);
        meta name="viewport" content="width=device-width, initial-scale=1";
        meta name="color-scheme" content="light dark";
        title { (title) }
    };
    let page = html! {
        div.page {
            (contents(report))
            main {
                (summary::summary(result))
                @for (index, site) in result.sites.iter().enumerate() {
                    (site::site(index, site, report))
                }
                @if let Some(explanation) = &report.explanation { (why::why(explanation)) }
                @if let Some(financing) = &result.financing { (money::money(financing)) }
                (network::network(report))
                (appendix::assumptions(result))
                @if let Some(check) = &report.check { (trust::checks(check)) }
                (appendix::audit(report))
                (trust::formula_texts(&formula_ids(report)))
            }
        }
    };
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head { (shown(head)) style { (PreEscaped(STYLE)) } }
            body { (shown(page)) }
        }
    };
    document.into_string()
}

/// Shows what hides, and breaks lines where the page has none of its own.
fn shown(markup: Markup) -> Markup {
    let mut text = format::visible(&markup.into_string());
    for start in NEW_LINE_BEFORE {
        text = text.replace(start, &format!("\n{start}"));
    }
    PreEscaped(text)
}

/// Links to the parts of the page. Anchors are numbers, never names from a plan.
fn contents(report: &Report) -> Markup {
    let result = &report.run;
    html! {
        nav aria-label="Contents" {
            ul {
                li { a href="#decision" { "Decision" } }
                @for (index, site) in result.sites.iter().enumerate() {
                    li { a href={ "#site-" (index) } { (site.name) } }
                }
                @if report.explanation.is_some() { li { a href="#why" { "Why" } } }
                @if result.financing.is_some() { li { a href="#financing" { "Financing" } } }
                li { a href="#path" { "Halving path" } }
                li { a href="#assumptions" { "Assumptions" } }
                @if report.check.is_some() { li { a href="#checks" { "Published figures" } } }
                li { a href="#audit" { "Audit trail" } }
                li { a href="#formulas" { "Formulas" } }
            }
        }
    }
}

/// Formulas behind any answer of the report.
fn formula_ids(report: &Report) -> BTreeSet<&'static str> {
    let answers = report.answers();
    answers.iter().flat_map(|about: &&About| about.formulas.values().copied()).collect()
}
