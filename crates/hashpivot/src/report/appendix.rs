//! What the figures rest on: defaults, warnings, the audit trail and the formulas.

use std::collections::BTreeMap;

use maud::{Markup, html};
use serde_json::Value;

use super::Report;
use super::format::{NONE, grouped};
use super::summary::basis;
use super::table::{Column, figures, folded, name_cell, plain_table, said, word_cell, words};
use crate::formulas;
use crate::result::RunResult;

/// Warnings and defaults.
pub(super) fn assumptions(result: &RunResult) -> Markup {
    html! {
        section.chapter #assumptions {
            h2 { "Assumptions" }
            h3 { "Warnings" }
            @if result.warnings.is_empty() {
                p { "None." }
            } @else {
                ul.warnings { @for warning in &result.warnings { li { (warning) } } }
            }
            h3 { "Defaults used" }
            (defaults(result))
        }
    }
}

/// What was run on what, and which key stands for what.
pub(super) fn audit(report: &Report) -> Markup {
    html! {
        section.chapter #audit {
            h2 { "Audit trail" }
            (trail(report))
            h3 { "Keys of the answer" }
            (formula_table(&report.run))
        }
    }
}

const DEFAULTS: [Column; 4] = [words("Input"), words("Value"), words("Unit"), words("Source")];

fn defaults(result: &RunResult) -> Markup {
    let rows: Vec<Markup> = result
        .about
        .defaults
        .iter()
        .map(|used| {
            html! {
                tr {
                    (name_cell(&used.path))
                    (word_cell(value(&used.value)))
                    (word_cell(if used.unit.is_empty() { NONE } else { &used.unit }))
                    (word_cell(&used.source))
                }
            }
        })
        .collect();
    if rows.is_empty() {
        return html! { p { "None: the plan states every input." } };
    }
    html! {
        p {
            "The plan does not state these inputs; the engine's values were used. [assumption] marks "
            "a judgement for which there is no source."
        }
        (plain_table("Defaults used", &DEFAULTS, rows))
    }
}

/// A value as one would write it, thousands separated.
fn value(json: &Value) -> String {
    match (json, json.as_f64()) {
        (Value::String(text), _) => text.clone(),
        (_, Some(number)) if number.abs() >= 1000.0 && number.fract() == 0.0 => grouped(number, 0),
        _ => json.to_string(),
    }
}

fn trail(report: &Report) -> Markup {
    let result = &report.run;
    let about = &result.about;
    let plans: usize = result.sites.iter().map(|site| site.plans).sum();
    let digest = if about.input_digest.is_empty() { NONE } else { &about.input_digest };
    let mut rows = vec![
        ("Engine", format!("hashpivot {}", about.version)),
        ("Result schema", about.schema.to_owned()),
        ("Instruction set", about.simd.to_owned()),
        ("SHA-256 of the merged input", digest.to_owned()),
        ("Value", format!("{} ({})", basis(result.about.npv_basis), result.about.npv_basis)),
        ("Timing of flows", about.timing.to_owned()),
        ("Plans valued", grouped(plans as f64, 0)),
        ("Valuation date", result.valuation_date.clone()),
        (
            "Block height on that day",
            result.network.first().map_or(NONE.into(), |m| grouped(m.height, 0)),
        ),
    ];
    for hours in &report.hours {
        let prices = &hours.prices;
        rows.push((
            "Prices of power",
            format!("{}, {} to {}", prices.source, prices.from, prices.to),
        ));
    }
    html! {
        div.audit { (figures(&rows.iter().map(|(name, value)| said(name, value)).collect::<Vec<_>>())) }
        p {
            "The same input and version give the same figures to the last digit. Figures are "
            "rounded only where they are shown."
        }
    }
}

const FORMULAS: [Column; 4] =
    [words("Key of the result"), words("Formula"), words("Unit"), words("What it is")];

/// Every computed key with its formula, by formula.
fn formula_table(result: &RunResult) -> Markup {
    let meanings = meanings();
    let mut keys: Vec<(&str, &str)> =
        result.about.formulas.iter().map(|(key, id)| (*id, *key)).collect();
    keys.sort_unstable();
    let row = |(id, key): &(&str, &str)| {
        html! {
            tr {
                (name_cell(key))
                (word_cell(id))
                (word_cell(formulas::of(key).map_or(NONE, |formula| formula.unit)))
                (word_cell(meanings.get(*key).map_or(NONE, String::as_str)))
            }
        }
    };
    let rows = keys.iter().map(row).collect();
    html! {
        p { "Ids are those of the engine's page on its model (docs/model.md)." }
        (folded(
            &format!("Table: {} computed keys", keys.len()),
            &plain_table("Formula of every computed key", &FORMULAS, rows),
        ))
    }
}

/// What each key of the result is, from the published schema.
fn meanings() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    collect(schemars::schema_for!(RunResult).as_value(), &mut found);
    found
}

/// Descriptions of all properties in a schema; a key that stands in several places has them all.
fn collect(schema: &Value, found: &mut BTreeMap<String, String>) {
    if let Value::Array(items) = schema {
        for item in items {
            collect(item, found);
        }
    }
    let Value::Object(object) = schema else { return };
    if let Some(properties) = object.get("properties").and_then(Value::as_object) {
        for (key, property) in properties {
            let known = found.entry(key.clone()).or_default();
            let text = property.get("description").and_then(Value::as_str);
            if let Some(text) = text.filter(|text| !known.contains(text)) {
                if !known.is_empty() {
                    known.push(' ');
                }
                known.push_str(text);
            }
        }
    }
    for inner in object.values() {
        collect(inner, found);
    }
}
