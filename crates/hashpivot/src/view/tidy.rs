//! Rows for spreadsheets: one header, one value a cell, text that no spreadsheet takes for a
//! formula.

use serde::Serialize;
use serde_json::Value;

use crate::result::{BenchResult, GpuResult, HalvingResult, RunResult};

/// CSV of flat rows; the keys of the first row are the header.
pub fn csv(rows: &[impl Serialize]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header_written = false;
    for row in rows {
        let Ok(Value::Object(object)) = serde_json::to_value(row) else { continue };
        if !header_written {
            // Writing to memory cannot fail.
            let _ = writer.write_record(object.keys());
            header_written = true;
        }
        let _ = writer.write_record(object.values().map(cell));
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A value as a cell. Text that a spreadsheet would run as a formula gets an apostrophe in front.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => {
            let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}']);
            if runs { format!("'{text}") } else { text.clone() }
        }
        other => other.to_string(),
    }
}

/// One row of a decision: a use at a site.
#[derive(Serialize)]
pub struct RunRow<'a> {
    site: &'a str,
    r#use: &'a str,
    offer: Option<&'a str>,
    gross_mw: f64,
    npv_usd: f64,
    npv_usd_per_gross_mw: Option<f64>,
    capex_usd: f64,
    site_npv_usd: f64,
    best_mining_policy: &'a str,
    best_mining_npv_usd: f64,
}

/// A decision as tidy rows.
pub fn run_rows(result: &RunResult) -> Vec<RunRow<'_>> {
    result
        .sites
        .iter()
        .flat_map(|site| {
            site.uses.iter().map(|row| RunRow {
                site: &site.id,
                r#use: row.r#use,
                offer: row.offer.as_deref(),
                gross_mw: row.gross_mw,
                npv_usd: row.npv_usd,
                npv_usd_per_gross_mw: row.npv_usd_per_gross_mw,
                capex_usd: row.capex_usd,
                site_npv_usd: site.npv_usd,
                best_mining_policy: site.best_mining_policy,
                best_mining_npv_usd: site.best_mining_npv_usd,
            })
        })
        .collect()
}

/// One month of one line.
#[derive(Serialize)]
pub struct HalvingRow<'a> {
    line: &'static str,
    month: &'a str,
    subsidy_btc: f64,
    fees_btc_per_block: f64,
    network_eh_per_s: f64,
    price_usd_per_btc: f64,
    hashprice_usd_per_ph_day: f64,
    bank_usd_per_btc: f64,
    average_usd_per_btc: f64,
}

/// The lines below each other.
pub fn halving_rows(result: &HalvingResult) -> Vec<HalvingRow<'_>> {
    [("mechanical", &result.mechanical), ("trend", &result.trend), ("response", &result.response)]
        .into_iter()
        .flat_map(|(line, months)| {
            months.iter().map(move |m| HalvingRow {
                line,
                month: &m.month,
                subsidy_btc: m.subsidy_btc,
                fees_btc_per_block: m.fees_btc_per_block,
                network_eh_per_s: m.network_eh_per_s,
                price_usd_per_btc: m.price_usd_per_btc,
                hashprice_usd_per_ph_day: m.hashprice_usd_per_ph_day,
                bank_usd_per_btc: m.bank_usd_per_btc,
                average_usd_per_btc: m.average_usd_per_btc,
            })
        })
        .collect()
}

/// A figure with its name.
#[derive(Serialize)]
pub struct FigureRow {
    figure: &'static str,
    value: f64,
}

/// The figures of a measurement below each other.
pub fn bench_rows(result: &BenchResult) -> Vec<FigureRow> {
    [
        ("cpu_ms", result.cpu_ms),
        ("cpu_ms_min", result.cpu_ms_min),
        ("cpu_ms_max", result.cpu_ms_max),
        ("cells_per_cpu_s", result.cells_per_cpu_s),
        ("wall_ms", result.wall_ms),
        ("wall_ms_min", result.wall_ms_min),
        ("wall_ms_max", result.wall_ms_max),
        ("cells", result.cells as f64),
        ("threads", result.threads as f64),
        ("scale", result.scale),
        ("hours_scale", result.hours_scale as f64),
        ("runs", result.runs as f64),
    ]
    .into_iter()
    .map(|(figure, value)| FigureRow { figure, value })
    .collect()
}

/// The figures of a GPU cloud below each other.
pub fn gpu_rows(result: &GpuResult) -> Vec<FigureRow> {
    [
        ("critical_mw", result.critical_mw),
        ("gpus", result.gpus),
        ("usd_per_year", result.usd_per_year),
        ("kw_per_gpu", result.kw_per_gpu),
        ("usd_per_gpu_year", result.usd_per_gpu_year),
        ("usd_per_gpu_h", result.usd_per_gpu_h),
        ("usd_per_mw_year", result.usd_per_mw_year),
    ]
    .into_iter()
    .map(|(figure, value)| FigureRow { figure, value })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_looks_like_a_formula_stays_text_and_numbers_stay_numbers() {
        #[derive(Serialize)]
        struct Row {
            name: &'static str,
            usd: f64,
            none: Option<f64>,
        }
        let rows = [Row { name: "=cmd|' /C calc'!A0", usd: -1.5, none: None }];
        assert_eq!(csv(&rows), "name,usd,none\n'=cmd|' /C calc'!A0,-1.5,\n");
    }
}
