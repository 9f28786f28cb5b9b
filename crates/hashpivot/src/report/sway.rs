//! Inputs that move: the tornado of a site, and the map of its decision over two inputs.

use maud::{Markup, html};

use super::charts::figure;
use super::fill::{Fill, Hatch, Rect, filled};
use super::format::{NONE, about, millions};
use super::svg::{
    Area, LINE, Sample, Scale, Size, Ticks, both, legend, rule, svg, text, text_width, tick_labels,
    x_axis,
};
use super::table::{
    Column, derived_cell, folded, name_cell, number, or_none, plain_table, shown_cell, traced,
    word_cell, words,
};
use crate::result::{MapResult, PointResult, SensitivityResult, SensitivityRow};

/// Inputs that a tornado shows.
const MOST_BARS: usize = 12;
/// Letters of the decisions on a map, most frequent first.
const LETTERS: [&str; 8] = ["A", "B", "C", "D", "E", "F", "G", "H"];

/// The fill of a decision: that of its use everywhere else on the page.
fn fill_of(decision: &str) -> Fill {
    let several = decision.contains(" + ");
    let class = match decision {
        _ if several => "f-other_flow",
        _ if decision.starts_with("mining") => "f-mining",
        _ if decision.starts_with("colocation") => "f-colocation",
        _ if decision.starts_with("gpu cloud") => "f-gpu_cloud",
        _ if decision.starts_with("sale") => "f-sale",
        _ => "f-unused",
    };
    Fill { class, hatch: Hatch::Plain }
}

/// One input at one site: what both ends change, USD.
struct Bar<'a> {
    row: &'a SensitivityRow,
    low_usd: Option<f64>,
    high_usd: Option<f64>,
}

impl Bar<'_> {
    fn swing_usd(&self) -> f64 {
        let ends = [self.low_usd, self.high_usd].into_iter().flatten();
        let (least, most) = ends.fold((0.0_f64, 0.0_f64), |(l, m), usd| (l.min(usd), m.max(usd)));
        most - least
    }
}

/// The inputs that move the value of a site most.
pub(super) fn tornado(index: usize, result: &SensitivityResult) -> Markup {
    let Some(base) = result.base.sites.get(index) else { return html! {} };
    let change = |point: &Option<PointResult>| {
        point.as_ref().and_then(|p| Some(p.sites.get(index)?.npv_usd - base.npv_usd))
    };
    let mut bars: Vec<Bar<'_>> = result
        .rows
        .iter()
        .map(|row| Bar { row, low_usd: change(&row.low), high_usd: change(&row.high) })
        .filter(|bar| bar.swing_usd() > 0.0)
        .collect();
    bars.sort_by(|a, b| b.swing_usd().total_cmp(&a.swing_usd()));
    let others = bars.len().saturating_sub(MOST_BARS);
    bars.truncate(MOST_BARS);
    if bars.is_empty() {
        return html! { p { "No input that was moved changes the value of this site." } };
    }
    html! {
        (tornado_chart(&bars))
        (tornado_table(index, &bars, result))
        p.note {
            "One number of the plan at a time, a fifth of its value to either side within what is "
            "allowed, and every site decided again."
            @if others > 0 { " " (others) " more inputs have less effect." }
        }
    }
}

fn tornado_chart(bars: &[Bar<'_>]) -> Markup {
    let title = "Value of the site when one input moves, change in $M";
    let (low_fill, high_fill) = (
        Fill { class: "f-capex", hatch: Hatch::Falling },
        Fill { class: "f-operating", hatch: Hatch::Plain },
    );
    let drawing = both(|size| {
        let name = |bar: &Bar<'_>| short_path(&bar.row.input);
        let above = if size.is_wide() { 0.0 } else { LINE + 2.0 };
        let names = bars.iter().map(|b| text_width(&name(b))).fold(0.0, f64::max) + 14.0;
        let left = if size.is_wide() { names.min(size.width * 0.45) } else { 0.0 };
        let pitch = 24.0 + above;
        let values = || {
            let ends = bars.iter().flat_map(|b| [b.low_usd, b.high_usd]);
            ends.flatten().map(|usd| usd / 1e6)
        };
        let ticks = Ticks::linear(values().fold(0.0, f64::min), values().fold(0.0, f64::max), 6);
        let bottom = bars.len() as f64 * pitch + 6.0;
        let area = Area { left, right: size.width - 24.0, top: 0.0, bottom };
        let x = Scale::linear(ticks.low(), ticks.high(), area.left + 12.0, area.right);
        let mut parts: Vec<Markup> = ticks
            .values
            .iter()
            .map(|tick| rule((x.at(*tick), 0.0), (x.at(*tick), bottom), "grid"))
            .collect();
        for (i, bar) in bars.iter().enumerate() {
            let top = i as f64 * pitch + above + 4.0;
            parts.push(if size.is_wide() {
                text((left, top + 12.0), "end", "name", &name(bar))
            } else {
                text((0.0, top - 4.0), "start", "name", &name(bar))
            });
            // The longer end first, so that the shorter one is not hidden where both lie on one side.
            let mut ends = [
                (bar.low_usd, bar.row.low_value, low_fill, "at"),
                (bar.high_usd, bar.row.high_value, high_fill, "at"),
            ];
            ends.sort_by(|a, b| b.0.unwrap_or(0.0).abs().total_cmp(&a.0.unwrap_or(0.0).abs()));
            for (usd, value, fill, word) in ends {
                let Some(usd) = usd else { continue };
                let length = Rect::between((x.at(0.0), top), (x.at(usd / 1e6), top + 16.0));
                let hint = format!("{word} {} {}: {}", about(value), bar.row.unit, millions(usd));
                parts.push(filled(&[length], fill, &hint));
            }
        }
        parts.push(rule((x.at(0.0), 0.0), (x.at(0.0), bottom), "base"));
        parts.push(x_axis(area, &tick_labels(x, &ticks), ""));
        svg(Size { height: bottom + 26.0, ..size }, title, &parts)
    });
    let entries =
        [(Sample::Filled(low_fill), "Low value"), (Sample::Filled(high_fill), "High value")];
    figure(title, &drawing, &legend(&entries))
}

/// The end of a path that tells people what it is, without its unit: `cedar-fork-colo: rent first`.
fn short_path(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('.').collect();
    let key = parts.pop().unwrap_or_default();
    let unit = UNITS_IN_KEYS.iter().filter_map(|unit| key.find(unit)).min();
    let name = &key[..unit.unwrap_or(key.len())];
    let of = parts.pop().unwrap_or_default();
    let name = if name.is_empty() { of } else { name };
    let owner = if path.starts_with("site.") {
        // What stands in a table of the site's is told by the site.
        Some(if name == of || of == "tariff" || of == "sale" { parts.get(1) } else { Some(&of) })
            .flatten()
            .filter(|owner| !owner.is_empty())
    } else {
        None
    };
    let name = name.replace('_', " ");
    owner.map_or(name.clone(), |owner| format!("{owner}: {name}"))
}

/// Where the unit begins in a key.
const UNITS_IN_KEYS: [&str; 4] = ["_usd", "_frac", "usd_per", "_per_"];

const TORNADO: [Column; 8] = [
    words("Input"),
    words("Unit"),
    traced("Low", "", "low_value"),
    traced("Today", "", "base_value"),
    traced("High", "", "high_value"),
    number("Low adds", "$M"),
    number("High adds", "$M"),
    words("Decides otherwise"),
];

fn tornado_table(index: usize, bars: &[Bar<'_>], result: &SensitivityResult) -> Markup {
    let decision = result.base.sites.get(index).map(|site| site.decision.as_str());
    let row = |bar: &Bar<'_>| {
        let other = |word: &str, point: &Option<PointResult>| {
            let there = point.as_ref()?.sites.get(index)?.decision.as_str();
            (Some(there) != decision).then(|| format!("{word}: {there}"))
        };
        let others: Vec<String> = [other("low", &bar.row.low), other("high", &bar.row.high)]
            .into_iter()
            .flatten()
            .collect();
        let value = |value: f64| shown_cell(value, &about(value));
        let change = |usd: Option<f64>| or_none(usd, |usd| derived_cell(usd, &millions(usd)));
        html! {
            tr {
                (name_cell(&bar.row.input))
                (word_cell(&bar.row.unit))
                (value(bar.row.low_value))
                (value(bar.row.base_value))
                (value(bar.row.high_value))
                (change(bar.low_usd))
                (change(bar.high_usd))
                (word_cell(if others.is_empty() { NONE.to_owned() } else { others.join("; ") }))
            }
        }
    };
    let table = plain_table("One input at a time", &TORNADO, bars.iter().map(row).collect());
    folded(&format!("Table: {} inputs", bars.len()), &table)
}

/// The decision of a site over two inputs.
pub(super) fn decision_map(index: usize, result: &MapResult) -> Markup {
    let at = |cell: usize| result.cells.get(cell)?.point.as_ref()?.sites.get(index);
    let mut decisions: Vec<(&str, usize)> = Vec::new();
    for site in (0..result.cells.len()).filter_map(at) {
        match decisions.iter_mut().find(|(known, _)| *known == site.decision) {
            Some((_, count)) => *count += 1,
            None => decisions.push((&site.decision, 1)),
        }
    }
    decisions.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let letter = |decision: &str| {
        let place = decisions.iter().position(|(known, _)| *known == decision).unwrap_or(0);
        // What is rarest shares the last letter; the table still tells.
        LETTERS[place.min(LETTERS.len() - 1)]
    };
    let (columns, rows) = (result.x.values.len(), result.y.values.len());
    let title = format!("What the site does, by {} and {}", axis(&result.x), axis(&result.y));
    let drawing = both(|size| {
        let labels = result.y.values.iter().map(|v| text_width(&about(*v))).fold(0.0, f64::max);
        let height = 30.0 * rows as f64;
        let area = Area { left: labels + 8.0, right: size.width - 8.0, top: 4.0, bottom: height };
        let x = Scale::linear(0.0, columns as f64, area.left, area.right);
        let y = Scale::linear(0.0, rows as f64, area.bottom, area.top);
        let mut parts = Vec::new();
        for row in 0..rows {
            for column in 0..columns {
                let Some(site) = at(row * columns + column) else { continue };
                let (left, bottom) = (column as f64, row as f64);
                let hint = format!("{}, ${} M", site.decision, millions(site.npv_usd));
                let corner = |c: f64, r: f64| (x.at(c), y.at(r));
                let cell = Rect::between(corner(left, bottom), corner(left + 1.0, bottom + 1.0));
                parts.push(filled(&[cell], fill_of(&site.decision), &hint));
                let middle = (x.at(left + 0.5), y.at(bottom + 0.5) + 4.0);
                parts.push(text(middle, "middle", "on", letter(&site.decision)));
            }
            let middle = y.at(row as f64 + 0.5) + 4.0;
            let label = about(result.y.values[row]);
            parts.push(text((area.left - 8.0, middle), "end", "tick", &label));
        }
        let along: Vec<(f64, String)> = result
            .x
            .values
            .iter()
            .enumerate()
            .map(|(i, value)| (x.at(i as f64 + 0.5), about(*value)))
            .collect();
        parts.push(today(&result.x, x, |at| ((at, area.top), (at, area.bottom))));
        parts.push(today(&result.y, y, |at| ((area.left, at), (area.right, at))));
        parts.push(x_axis(area, &along, &axis(&result.x)));
        svg(Size { height: height + 44.0, ..size }, &title, &parts)
    });
    let names: Vec<String> =
        decisions.iter().map(|(decision, _)| format!("{}: {decision}", letter(decision))).collect();
    let entries: Vec<(Sample, &str)> = decisions
        .iter()
        .zip(&names)
        .map(|((decision, _), name)| (Sample::Filled(fill_of(decision)), name.as_str()))
        .collect();
    html! {
        (figure(&title, &drawing, &legend(&entries)))
        p.note { "Lines: the plan as it stands. Every cell decides all sites again." }
        (map_table(index, result))
    }
}

/// Where today's value lies between the cells.
fn today(
    side: &crate::result::AxisResult,
    scale: Scale,
    ends: impl Fn(f64) -> ((f64, f64), (f64, f64)),
) -> Markup {
    let (Some(first), Some(last)) = (side.values.first(), side.values.last()) else {
        return html! {};
    };
    let share = (side.base_value - first) / (last - first);
    if !(0.0..=1.0).contains(&share) {
        return html! {};
    }
    // Values stand in the middles of their cells.
    let (from, to) = ends(scale.at(0.5 + share * (side.values.len() as f64 - 1.0)));
    rule(from, to, "marker")
}

fn axis(side: &crate::result::AxisResult) -> String {
    let name = short_path(&side.input);
    if side.unit.is_empty() { name } else { format!("{name} ({})", side.unit) }
}

const MAP: [Column; 5] = [
    traced("Across", "", "x_value"),
    traced("Upward", "", "y_value"),
    words("Decision"),
    traced("Value", "$M", "npv_usd"),
    traced("Above mining on", "$M", "gain_usd"),
];

fn map_table(index: usize, result: &MapResult) -> Markup {
    let row = |cell: &crate::result::MapCell| {
        let site = cell.point.as_ref().and_then(|point| point.sites.get(index));
        let usd = |usd: Option<f64>| or_none(usd, |usd| shown_cell(usd, &millions(usd)));
        html! {
            tr {
                (shown_cell(cell.x_value, &about(cell.x_value)))
                (shown_cell(cell.y_value, &about(cell.y_value)))
                (word_cell(site.map_or("the plan is refused here", |site| &site.decision)))
                (usd(site.map(|site| site.npv_usd)))
                (usd(site.map(|site| site.gain_usd)))
            }
        }
    };
    let caption = format!("Across: {}; upward: {}", axis(&result.x), axis(&result.y));
    let table = plain_table(&caption, &MAP, result.cells.iter().map(row).collect());
    folded(&format!("Table: {} points", result.cells.len()), &table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_named_for_people() {
        for (path, name) in [
            ("bitcoin.price_usd_per_btc", "price"),
            ("valuation.tax_rate_frac", "tax rate"),
            ("site.cedar-fork.tariff.usd_per_mwh", "cedar-fork: tariff"),
            ("site.cedar-fork.mining_overhead", "cedar-fork: mining overhead"),
            ("site.a.offer.b.rent_first_usd_per_kw_month", "b: rent first"),
            ("site.a.offer.b.months_to_deliver", "b: months to deliver"),
            ("site.a.machine[0].uptime_frac", "machine[0]: uptime"),
        ] {
            assert_eq!(short_path(path), name);
        }
    }
}
