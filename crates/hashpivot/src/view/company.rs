//! Companies as sums of their parts, for people and spreadsheets.

use std::fmt::Write;

use serde::Serialize;

use crate::result::{CompaniesResult, CompanyRow, ImpliedResult};

use super::{grouped, labelled, millions, signed_percent, table};

/// The whole answer of `companies`.
pub fn companies(result: &CompaniesResult) -> String {
    let rows = result.companies.iter().map(|row| {
        let mut cells = vec![row.name.to_owned()];
        cells.extend(row.parts.iter().map(|part| grouped(part.part_usd_per_share, 2)));
        cells.extend([
            grouped(row.parts_usd_per_share, 2),
            row.price_usd_per_share.map_or("-".to_owned(), |usd| grouped(usd, 2)),
            row.relative_upside_frac.map_or("-".to_owned(), signed_percent),
            row.target_usd_per_share.map_or("-".to_owned(), |usd| grouped(usd, 0)),
            row.input_count.to_string(),
            row.assumed_count.to_string(),
            row.unverified_count.to_string(),
        ]);
        cells
    });
    let header = [
        "USD a share",
        "mining",
        "bitcoin",
        "signed",
        "unsigned",
        "net debt",
        "sum of the parts",
        "price",
        "upside",
        "bank's target",
        "inputs",
        "assumed",
        "unverified",
    ];
    let mut text = table(&header, 1, rows.collect());
    let complete: Vec<&str> =
        result.companies.iter().filter(|row| row.complete).map(|row| row.name).collect();
    let _ = writeln!(
        text,
        "\nEvery input sourced: {}. Targets are published ones and are not used.\n",
        if complete.is_empty() { "none".to_owned() } else { complete.join(", ") }
    );
    let assumed = result.companies.iter().flat_map(|row| {
        let assumed = row.inputs.iter().filter(|input| input.status == "assumption");
        let text = |input: &crate::result::InputRow| {
            let value = grouped(input.input_value, if input.input_value == 0.0 { 0 } else { 2 });
            let name = input.input.replace('_', " ");
            vec![row.name.to_owned(), name, format!("{value} {}", input.unit), input.source.clone()]
        };
        assumed.map(text).collect::<Vec<_>>()
    });
    text.push_str(&table(&["assumed", "input", "value", "because"], 4, assumed.collect()));
    text.push('\n');
    text.push_str(&notes(&result.notes));
    text
}

fn notes(notes: &[&str]) -> String {
    let first = std::iter::once("Notes").chain(std::iter::repeat(""));
    labelled(first.zip(notes.iter().map(|note| (*note).to_owned())))
}

/// The whole answer of `implied`.
pub fn implied(result: &ImpliedResult) -> String {
    let company = &result.company;
    let mut text = String::new();
    let first = std::iter::once(company.name).chain(std::iter::repeat(""));
    let sentences = result.rows.iter().map(|row| row.sentence.clone());
    text.push_str(&labelled(first.zip(sentences)));
    text.push('\n');
    let rows = company.parts.iter().map(|part| {
        vec![
            part.part.replace('_', " "),
            part.basis.clone(),
            millions(part.part_usd),
            grouped(part.part_usd_per_share, 2),
        ]
    });
    let total = vec![
        "sum of the parts".to_owned(),
        format!("over {} million shares", grouped(company.fully_diluted_shares / 1e6, 1)),
        millions(company.parts.iter().map(|part| part.part_usd).sum()),
        grouped(company.parts_usd_per_share, 2),
    ];
    let header = ["part", "", "M$", "USD a share"];
    text.push_str(&table(&header, 2, rows.chain(std::iter::once(total)).collect()));
    text.push('\n');
    let rows = result.rows.iter().map(|row| {
        let decimals = if row.solve == "probability" { 3 } else { 1 };
        vec![
            row.solve.to_owned(),
            row.unit.to_owned(),
            row.implied_amount.map_or("-".to_owned(), |amount| grouped(amount, decimals)),
            grouped(row.counted_amount, decimals),
            grouped(row.usd_per_share_per_unit, 4),
        ]
    });
    let header = ["implied", "unit", "by the price", "counted", "USD a share for one more"];
    text.push_str(&table(&header, 2, rows.collect()));
    text.push('\n');
    text.push_str(&inputs(company));
    text.push('\n');
    text.push_str(&notes(&result.notes));
    text
}

fn inputs(company: &CompanyRow) -> String {
    let rows = company.inputs.iter().map(|row| {
        let small = row.input_value.fract() != 0.0;
        vec![
            row.input.replace('_', " "),
            row.unit.clone(),
            row.as_of.clone(),
            row.status.to_owned(),
            grouped(row.input_value, if small { 2 } else { 0 }),
        ]
    });
    let mut text = table(&["input", "unit", "as of", "status", "value"], 4, rows.collect());
    let _ = writeln!(
        text,
        "\nInputs {}, of them {} assumed and {} unverified; sources: --format json.",
        company.input_count, company.assumed_count, company.unverified_count
    );
    text
}

/// A row of `companies --format csv`.
#[derive(Clone, Debug, Serialize)]
pub struct CompanyCsv {
    rank: Option<usize>,
    company: &'static str,
    mining_usd: f64,
    bitcoin_usd: f64,
    signed_usd: f64,
    unsigned_usd: f64,
    net_debt_usd: f64,
    fully_diluted_shares: f64,
    parts_usd_per_share: f64,
    price_usd_per_share: Option<f64>,
    relative_upside_frac: Option<f64>,
    target_usd_per_share: Option<f64>,
    input_count: usize,
    assumed_count: usize,
    unverified_count: usize,
}

/// The main rows of `companies`.
pub fn companies_rows(result: &CompaniesResult) -> Vec<CompanyCsv> {
    let row = |row: &CompanyRow| {
        let part = |name: &str| {
            row.parts.iter().find(|part| part.part == name).map_or(0.0, |part| part.part_usd)
        };
        CompanyCsv {
            rank: row.rank,
            company: row.company,
            mining_usd: part("mining"),
            bitcoin_usd: part("bitcoin"),
            signed_usd: part("signed"),
            unsigned_usd: part("unsigned"),
            net_debt_usd: row.net_debt_usd,
            fully_diluted_shares: row.fully_diluted_shares,
            parts_usd_per_share: row.parts_usd_per_share,
            price_usd_per_share: row.price_usd_per_share,
            relative_upside_frac: row.relative_upside_frac,
            target_usd_per_share: row.target_usd_per_share,
            input_count: row.input_count,
            assumed_count: row.assumed_count,
            unverified_count: row.unverified_count,
        }
    };
    result.companies.iter().map(row).collect()
}
