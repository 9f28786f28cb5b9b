//! A site hour by hour: the prices of its power by month and hour, their duration, and what
//! flexibility is worth.

use maud::{Markup, html};

use super::charts::{duration, figure};
use super::fill::{Fill, Hatch, Rect, filled};
use super::format::{about, grouped, in_words, millions, percent};
use super::svg::{Area, Sample, Scale, Size, both, legend, svg, text};
use super::table::{
    Column, cell, figure as single, figures, folded, millions_cell, name_cell, plain_table, said,
    shown_cell, trace, traced, word_cell, words,
};
use crate::result::{DispatchResult, HeatCell};

/// Classes of a price, least first; the dearer, the darker.
const SHADES: [&str; 5] = ["h-1", "h-2", "h-3", "h-4", "h-5"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The hours of one site.
pub(super) fn hours(result: &DispatchResult) -> Markup {
    let total = &result.total;
    let flexibility = &total.flexibility_usd;
    let usd = |name: &str, key: &str, usd: f64| single(name, key, usd, &millions(usd), "$M");
    html! {
        (figures(&[
            said("Prices", &result.prices.source),
            said("From", &result.prices.from),
            said("To", &result.prices.to),
            usd("Profit, every hour at its best", "profit_usd", total.profit_usd),
            single("Average price of a load that never changes", "average_usd_per_mwh",
                total.average_usd_per_mwh, &grouped(total.average_usd_per_mwh, 2), "USD/MWh"),
            usd("Being off when power is dear", "off_usd", flexibility.off_usd),
            usd("Changing the setting", "settings_usd", flexibility.settings_usd),
            usd("Staying out of the grid's peaks", "peaks_usd", flexibility.peaks_usd),
            usd("All flexibility", "total_usd", flexibility.total_usd),
        ]))
        @if !result.heat_map.is_empty() { (heat_map(&result.heat_map)) }
        @if !result.duration.is_empty() {
            (duration(&result.duration))
            (duration_table(result))
        }
        @if !result.firm.is_empty() { (firm(result)) }
    }
}

/// Bounds of the classes of price: every class has as many cells.
fn bounds(cells: &[HeatCell]) -> Vec<f64> {
    let mut prices: Vec<f64> = cells.iter().map(|c| c.average_usd_per_mwh).collect();
    prices.sort_by(f64::total_cmp);
    (1..SHADES.len()).filter_map(|i| prices.get(i * prices.len() / SHADES.len()).copied()).collect()
}

fn heat_map(cells: &[HeatCell]) -> Markup {
    let title = "Average price of energy by month and hour of the local clock, USD per MWh";
    let bounds = bounds(cells);
    let shade = |price: f64| SHADES[bounds.iter().filter(|bound| price >= **bound).count()];
    let mut names = Vec::new();
    for i in 0..SHADES.len() {
        names.push(match (i.checked_sub(1).and_then(|b| bounds.get(b)), bounds.get(i)) {
            (None, Some(most)) => format!("below {}", about(*most)),
            (Some(least), Some(most)) => format!("{} to {}", about(*least), about(*most)),
            (Some(least), None) => format!("from {}", about(*least)),
            (None, None) => "all".to_owned(),
        });
    }
    let drawing = both(|size| {
        let height = if size.is_wide() { 18.0 } else { 14.0 };
        let area = Area { left: 34.0, right: size.width - 4.0, top: 2.0, bottom: 12.0 * height };
        let x = Scale::linear(0.0, 24.0, area.left, area.right);
        let y = Scale::linear(0.0, 12.0, area.top, area.bottom);
        let place = |cell: &HeatCell| {
            let (column, row) = (f64::from(cell.hour), f64::from(cell.month_of_year) - 1.0);
            Rect::between((x.at(column), y.at(row)), (x.at(column + 1.0), y.at(row + 1.0)))
        };
        // One shape a shade: a shape a cell would be most of the page.
        let mut parts: Vec<Markup> = SHADES
            .iter()
            .zip(&names)
            .map(|(class, name)| {
                let of_shade = cells.iter().filter(|c| shade(c.average_usd_per_mwh) == *class);
                let boxes: Vec<Rect> = of_shade.map(place).collect();
                filled(&boxes, Fill { class, hatch: Hatch::Plain }, name)
            })
            .collect();
        for (row, month) in MONTHS.iter().enumerate() {
            parts.push(text((28.0, y.at(row as f64 + 0.5) + 4.0), "end", "tick", month));
        }
        for hour in (0_u32..24).step_by(if size.is_wide() { 2 } else { 4 }) {
            let at = (x.at(f64::from(hour) + 0.5), area.bottom + 16.0);
            parts.push(text(at, "middle", "tick", &hour.to_string()));
        }
        svg(Size { height: area.bottom + 22.0, ..size }, title, &parts)
    });
    let entries: Vec<(Sample, &str)> = SHADES
        .iter()
        .zip(&names)
        .map(|(class, name)| (Sample::Filled(Fill { class, hatch: Hatch::Plain }), name.as_str()))
        .collect();
    html! {
        (figure(title, &drawing, &legend(&entries)))
        (heat_table(cells))
    }
}

/// A row a month, a column an hour.
fn heat_table(cells: &[HeatCell]) -> Markup {
    let matrix = |caption: &str, key: &str, shown: fn(&HeatCell) -> (f64, String)| {
        html! {
            div.scroll role="region" tabindex="0" aria-label=(caption) {
                table.matrix {
                    caption { (trace(caption, key)) }
                    thead { tr {
                        th scope="col" { "Hour" }
                        @for hour in 0..24 { th.n scope="col" { (hour) } }
                    } }
                    tbody {
                        @for (row, month) in MONTHS.iter().enumerate() {
                            tr {
                                (name_cell(month))
                                @for cell in cells.iter().filter(|c| c.month_of_year as usize == row + 1) {
                                    @let (value, text) = shown(cell);
                                    td.n { data value=(value) { (text) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    };
    let price = |c: &HeatCell| (c.average_usd_per_mwh, grouped(c.average_usd_per_mwh, 1));
    let draw = |c: &HeatCell| (c.draw_frac, grouped(100.0 * c.draw_frac, 0));
    let tables = html! {
        (matrix("Average price by month and hour, USD/MWh", "average_usd_per_mwh", price))
        (matrix("Draw in use by month and hour, % of the full draw", "draw_frac", draw))
    };
    folded("Tables: price and draw by month and hour", &tables)
}

const DURATION: [Column; 2] = [
    traced("Hours with a higher price", "% of all", "share_frac"),
    traced("Price", "USD/MWh", "price_usd_per_mwh"),
];

fn duration_table(result: &DispatchResult) -> Markup {
    let row = |point: &crate::result::DurationPoint| {
        html! {
            tr {
                (shown_cell(point.share_frac, &percent(point.share_frac)))
                (cell(point.price_usd_per_mwh, 2))
            }
        }
    };
    let rows: Vec<Markup> = result.duration.iter().map(row).collect();
    let title = format!("Table: {} points", rows.len());
    folded(&title, &plain_table("Prices by rank", &DURATION, rows))
}

const FIRM: [Column; 4] = [
    traced("May be curtailed", "% of the load", "curtailable_frac"),
    traced("A MWh costs", "USD/MWh", "firm_usd_per_mwh"),
    traced("Curtailing saves", "USD per MW-year", "saved_usd_per_mw_year"),
    traced("A lease has to add", "USD/kW-month", "lease_must_add_usd_per_kw_month"),
];

fn firm(result: &DispatchResult) -> Markup {
    let row = |of: &crate::result::FirmRow| {
        html! {
            tr {
                (shown_cell(of.curtailable_frac, &percent(of.curtailable_frac)))
                (cell(of.firm_usd_per_mwh, 2))
                (cell(of.saved_usd_per_mw_year, 0))
                (cell(of.lease_must_add_usd_per_kw_month, 2))
            }
        }
    };
    html! {
        (plain_table("The same site with a firm load", &FIRM, result.firm.iter().map(row).collect()))
        @if !result.classes.is_empty() { (classes(result)) }
    }
}

const CLASSES: [Column; 5] = [
    words("Machine"),
    words("Rule"),
    traced("Profit", "$M", "profit_usd"),
    traced("Left on the table", "$M", "left_usd"),
    traced("Hours run", "h", "hours_run"),
];

/// What rules leave of the best.
fn classes(result: &DispatchResult) -> Markup {
    let rows = result.classes.iter().flat_map(|class| {
        class.rules.iter().map(|rule| {
            html! {
                tr {
                    (name_cell(&class.machine))
                    (word_cell(in_words(rule.rule)))
                    (millions_cell(rule.profit_usd))
                    (millions_cell(rule.left_usd))
                    (cell(rule.hours_run, 0))
                }
            }
        })
    });
    plain_table("What rules leave of the best", &CLASSES, rows.collect())
}
