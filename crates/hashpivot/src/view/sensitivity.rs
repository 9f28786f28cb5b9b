//! Inputs that move, for people: bars around today's value, and a map in letters.

use std::fmt::Write;

use serde::Serialize;

use crate::result::{MapResult, PointResult, SensitivityResult};

use super::{grouped, millions, table};

/// Rows that a table shows; the rest is counted.
const MOST_ROWS: usize = 20;
/// Cells of a bar on either side of today's value.
const HALF_BAR: usize = 14;

/// The whole answer of `sensitivity`.
pub fn sensitivity(result: &SensitivityResult) -> String {
    let mut text = format!(
        "hashpivot {}   {}\nall sites worth ${} M; one input at a time, everything decided again\n\n",
        result.about.version,
        result.plan_name,
        millions(result.base.npv_usd)
    );
    let change = |point: &PointResult| point.npv_usd - result.base.npv_usd;
    let changes = |row: &crate::result::SensitivityRow| {
        (row.low.as_ref().map(change), row.high.as_ref().map(change))
    };
    let widest = result.rows.iter().flat_map(|row| {
        let (low, high) = changes(row);
        [low.unwrap_or(0.0).abs(), high.unwrap_or(0.0).abs()]
    });
    let widest = widest.fold(0.0, f64::max);
    let rows = result.rows.iter().take(MOST_ROWS).map(|row| {
        let (low, high) = changes(row);
        let shown = |usd: Option<f64>| usd.map_or("refused".to_owned(), millions);
        vec![
            row.input.clone(),
            bar(low, high, widest),
            short(row.low_value),
            short(row.base_value),
            short(row.high_value),
            row.unit.clone(),
            shown(low),
            shown(high),
            if switches(row, &result.base) { "yes".to_owned() } else { String::new() },
        ]
    });
    let header = [
        "input",
        "low # and high = against today",
        "low",
        "today",
        "high",
        "unit",
        "low adds M$",
        "high adds M$",
        "decides otherwise",
    ];
    text.push_str(&table(&header, 2, rows.collect()));
    if result.rows.len() > MOST_ROWS {
        let _ = writeln!(text, "\nand {} more with less effect", result.rows.len() - MOST_ROWS);
    }
    if !result.without_effect.is_empty() {
        let _ = writeln!(text, "{} inputs change nothing", result.without_effect.len());
    }
    text
}

/// Whether a site decides otherwise at either end.
fn switches(row: &crate::result::SensitivityRow, base: &PointResult) -> bool {
    [&row.low, &row.high].into_iter().flatten().any(|point| {
        point.sites.iter().zip(&base.sites).any(|(there, here)| there.decision != here.decision)
    })
}

/// A bar around today's value: `#` where the low value leads, `=` where the high one does.
fn bar(low: Option<f64>, high: Option<f64>, widest: f64) -> String {
    let cells = |usd: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a bar of a few cells"
        )]
        let cells = (usd.abs() / widest * HALF_BAR as f64).round() as usize;
        cells.min(HALF_BAR)
    };
    let (mut left, mut right) = ([' '; HALF_BAR], [' '; HALF_BAR]);
    // The longer one first, so that the shorter one stays visible on top of it.
    let mut ends = [(low.unwrap_or(0.0), '#'), (high.unwrap_or(0.0), '=')];
    ends.sort_by(|a, b| b.0.abs().total_cmp(&a.0.abs()));
    for (usd, mark) in ends {
        let side = if usd < 0.0 { &mut left } else { &mut right };
        side[..cells(usd)].fill(mark);
    }
    left.iter().rev().chain(['|'].iter()).chain(right.iter()).collect()
}

/// A value of any size in few letters.
fn short(value: f64) -> String {
    let size = value.abs();
    if size >= 1e9 {
        format!("{value:.3e}")
    } else if size >= 1000.0 {
        grouped(value, 0)
    } else if size >= 10.0 {
        grouped(value, 1)
    } else {
        grouped(value, 3)
    }
}

/// The whole answer of `map`: one map a site whose decision changes on it.
pub fn map(result: &MapResult) -> String {
    let mut text = format!(
        "hashpivot {}   {}\nacross: {} ({})\ndown: {} ({})\n",
        result.about.version,
        result.plan_name,
        result.x.input,
        result.x.unit,
        result.y.input,
        result.y.unit
    );
    let sites = result.cells.iter().find_map(|cell| cell.point.as_ref()).map(|point| &point.sites);
    let width = result.x.values.len();
    for (index, site) in sites.into_iter().flatten().enumerate() {
        let decisions: Vec<Option<&str>> = result
            .cells
            .iter()
            .map(|cell| cell.point.as_ref().map(|point| point.sites[index].decision.as_str()))
            .collect();
        let mut known: Vec<&str> = Vec::new();
        for decision in decisions.iter().flatten() {
            if !known.contains(decision) {
                known.push(decision);
            }
        }
        if let [only] = known[..] {
            let _ = writeln!(text, "\n{}: {only} everywhere", site.site);
            continue;
        }
        let shown = |decision: Option<&str>| {
            let at = decision.and_then(|d| known.iter().position(|k| *k == d));
            at.map_or("-".to_owned(), |at| letter(at).to_string())
        };
        let mut header = vec![site.site.clone()];
        header.extend(result.x.values.iter().map(|value| short(*value)));
        let header: Vec<&str> = header.iter().map(String::as_str).collect();
        // The largest value on top, as on a chart.
        let rows = decisions.chunks(width).zip(&result.y.values).rev().map(|(row, y_value)| {
            let mut cells = vec![short(*y_value)];
            cells.extend(row.iter().map(|decision| shown(*decision)));
            cells
        });
        text.push('\n');
        text.push_str(&table(&header, 0, rows.collect()));
        for (at, decision) in known.iter().enumerate() {
            let _ = writeln!(text, "{}: {decision}", letter(at));
        }
    }
    text
}

fn letter(at: usize) -> char {
    u8::try_from(at % 26).map_or('?', |at| char::from(b'A' + at))
}

/// A row of `sensitivity --format csv`: an input at one end.
#[derive(Clone, Debug, Serialize)]
pub struct SensitivityCsv {
    input: String,
    unit: String,
    base_value: f64,
    low_value: f64,
    high_value: f64,
    low_npv_usd: Option<f64>,
    base_npv_usd: f64,
    high_npv_usd: Option<f64>,
    swing_usd: f64,
}

/// The rows of `sensitivity`.
pub fn sensitivity_rows(result: &SensitivityResult) -> Vec<SensitivityCsv> {
    let rows = result.rows.iter().map(|row| SensitivityCsv {
        input: row.input.clone(),
        unit: row.unit.clone(),
        base_value: row.base_value,
        low_value: row.low_value,
        high_value: row.high_value,
        low_npv_usd: row.low.as_ref().map(|p| p.npv_usd),
        base_npv_usd: result.base.npv_usd,
        high_npv_usd: row.high.as_ref().map(|p| p.npv_usd),
        swing_usd: row.swing_usd,
    });
    rows.collect()
}

/// A row of `map --format csv`: a site at one pair of values.
#[derive(Clone, Debug, Serialize)]
pub struct MapCsv {
    x_value: f64,
    y_value: f64,
    site: String,
    decision: String,
    npv_usd: f64,
    gain_usd: f64,
}

/// The rows of `map`.
pub fn map_rows(result: &MapResult) -> Vec<MapCsv> {
    let mut rows = Vec::new();
    for cell in &result.cells {
        for site in cell.point.iter().flat_map(|point| &point.sites) {
            rows.push(MapCsv {
                x_value: cell.x_value,
                y_value: cell.y_value,
                site: site.site.clone(),
                decision: site.decision.clone(),
                npv_usd: site.npv_usd,
                gain_usd: site.gain_usd,
            });
        }
    }
    rows
}
