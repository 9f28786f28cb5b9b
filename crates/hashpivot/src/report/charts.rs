//! The charts of the report. Each stands beside a table with the same figures.

use maud::{Markup, html};

use super::fill::{Fill, Hatch, Rect, filled};
use super::format::{about, alternative, millions};
use super::svg::{
    Area, LINE, Sample, Scale, Size, Ticks, both, diamond, legend, line, rule, spread, svg, text,
    text_width, tick_labels, x_axis, y_axis,
};
use crate::result::{
    AlternativeRow, CashFlowYear, CostCurvePoint, DurationPoint, MwQuarter, NetworkMonth,
};

/// Room for half a label above the area.
const HEAD: f64 = 8.0;
/// Room for tick labels and the title below.
const FOOT: f64 = 42.0;
/// Room between a line and its label.
const GAP: f64 = 8.0;
/// Share of hours whose prices may lie beyond a drawing.
const SCARCE_FRAC: f64 = 0.01;
/// Blocks between two halvings.
const BLOCKS_PER_HALVING: f64 = 210_000.0;

/// A drawing with its heading and, where marks need words, a legend.
pub(super) fn figure(title: &str, drawing: &Markup, below: &Markup) -> Markup {
    html! { figure { figcaption { (title) } (drawing) (below) } }
}

/// Values of the plan chosen and of the pure plans, as bars from zero.
pub(super) fn alternatives(chosen_usd: f64, rows: &[AlternativeRow]) -> Markup {
    let title = "Value of each plan, $M";
    let bars: Vec<(String, f64, &'static str)> =
        std::iter::once(("Decision".to_owned(), chosen_usd, "f-chosen"))
            .chain(rows.iter().map(|row| (alternative(&row.name), row.npv_usd, "f-other")))
            .collect();
    let drawing = both(|size| {
        // On a narrow drawing each label stands above its bar.
        let above = if size.is_wide() { 0.0 } else { LINE + 2.0 };
        let names = bars.iter().map(|b| text_width(&b.0)).fold(0.0, f64::max) + 14.0;
        let left = if size.is_wide() { names.min(size.width / 3.0) } else { 0.0 };
        let pitch = 26.0 + above;
        let values = || bars.iter().map(|b| b.1 / 1e6).filter(|v| v.is_finite());
        let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
        // The values are set in bold, a fifth wider.
        let room = bars.iter().map(|b| text_width(&millions(b.1))).fold(0.0, f64::max) * 1.2 + GAP;
        let start = if low < 0.0 { left + room } else { left };
        let x = Scale::linear(low, high, start, size.width - room);
        let mut parts = Vec::new();
        for (i, (name, usd, class)) in bars.iter().enumerate() {
            let top = i as f64 * pitch + above + 4.0;
            let middle = top + 13.0;
            let end = x.at(usd / 1e6);
            let shown = millions(*usd);
            parts.push(if size.is_wide() {
                text((left - 14.0, middle), "end", "name", name)
            } else {
                text((0.0, top - 4.0), "start", "name", name)
            });
            let length = Rect::between((x.at(0.0), top), (end, top + 18.0));
            let fill = Fill { class, hatch: Hatch::Plain };
            parts.push(filled(&[length], fill, &format!("{name}: {shown}")));
            parts.push(rule((x.at(0.0), top - 1.0), (x.at(0.0), top + 19.0), "base"));
            let (at, anchor) = if *usd < 0.0 { (end - GAP, "end") } else { (end + GAP, "start") };
            parts.push(text((at, middle), anchor, "value", &shown));
        }
        let height = bars.len() as f64 * pitch + 8.0;
        svg(Size { height, ..size }, title, &parts)
    });
    figure(title, &drawing, &html! {})
}

/// A part of a stack: its name, its fill and its value.
type Part<Row> = (&'static str, Fill, fn(&Row) -> f64);

const USES: [Part<MwQuarter>; 5] = [
    ("Mining", Fill { class: "f-mining", hatch: Hatch::Plain }, |q| q.mining_gross_mw),
    ("Colocation", Fill { class: "f-colocation", hatch: Hatch::Rising }, |q| q.colocation_gross_mw),
    ("GPU cloud", Fill { class: "f-gpu_cloud", hatch: Hatch::Crossed }, |q| q.gpu_cloud_gross_mw),
    ("Sold", Fill { class: "f-sale", hatch: Hatch::Level }, |q| q.sale_gross_mw),
    ("Under construction or idle", Fill { class: "f-unused", hatch: Hatch::Falling }, |q| {
        q.unused_gross_mw
    }),
];

/// Expected MW by use, one step a quarter, stacked.
pub(super) fn mw_by_use(quarters: &[MwQuarter]) -> Markup {
    let title = "Expected power by use over time, MW gross";
    let used: Vec<_> =
        USES.iter().filter(|(_, _, mw)| quarters.iter().any(|q| mw(q) > 0.0)).collect();
    let mut tops = vec![vec![0.0; quarters.len()]];
    for (_, _, mw) in &used {
        let below = &tops[tops.len() - 1];
        tops.push(below.iter().zip(quarters).map(|(b, q)| b + mw(q)).collect());
    }
    let most = tops.iter().flatten().copied().fold(0.0, f64::max);
    let drawing = both(|size| {
        let ticks = Ticks::linear(0.0, most, 5);
        let area = Area {
            left: ticks.width() + GAP,
            right: size.width - GAP,
            top: HEAD,
            bottom: size.height - FOOT + LINE,
        };
        let x = Scale::linear(0.0, quarters.len() as f64, area.left, area.right);
        let y = Scale::linear(0.0, ticks.high(), area.bottom, area.top);
        let mut parts = vec![y_axis(area, y, &ticks)];
        for (levels, (name, fill, _)) in tops.windows(2).zip(&used) {
            let quarter = |i: usize| {
                let corner = |i: usize, mw: f64| (x.at(i as f64), y.at(mw));
                Rect::between(corner(i, levels[0][i]), corner(i + 1, levels[1][i]))
            };
            let boxes: Vec<Rect> = (0..quarters.len()).map(quarter).collect();
            parts.push(filled(&boxes, *fill, name));
        }
        parts.push(x_axis(area, &years(quarters, x), ""));
        svg(size, title, &parts)
    });
    let entries: Vec<_> =
        used.iter().map(|(name, fill, _)| (Sample::Filled(*fill), *name)).collect();
    figure(title, &drawing, &legend(&entries))
}

/// The year wherever it changes; the first only if it begins with its first quarter.
fn years(quarters: &[MwQuarter], x: Scale) -> Vec<(f64, String)> {
    let labels = quarters.iter().enumerate().filter_map(|(i, q)| {
        let (year, quarter) = q.quarter.split_once('-')?;
        (quarter == "Q1").then(|| (x.at(i as f64), year.to_owned()))
    });
    labels.collect()
}

const FLOWS: [Part<CashFlowYear>; 4] = [
    ("Operating", Fill { class: "f-operating", hatch: Hatch::Plain }, |y| y.operating_usd),
    ("Capital", Fill { class: "f-capex", hatch: Hatch::Falling }, |y| y.capex_usd),
    ("Other", Fill { class: "f-other_flow", hatch: Hatch::Crossed }, |y| y.other_usd),
    ("Tax", Fill { class: "f-tax", hatch: Hatch::Upright }, |y| y.tax_usd),
];

/// Expected cash flow by year: what comes in above zero, what goes out below, the sum as a mark.
pub(super) fn cash_flow(rows: &[CashFlowYear]) -> Markup {
    let title = "Expected cash flow by plan year, $M";
    let side = |row: &CashFlowYear, sign: f64| {
        FLOWS.iter().map(|(_, _, usd)| (usd(row) * sign).max(0.0)).sum::<f64>() * sign / 1e6
    };
    let low = rows.iter().map(|row| side(row, -1.0)).fold(0.0, f64::min);
    let high = rows.iter().map(|row| side(row, 1.0)).fold(0.0, f64::max);
    let drawing = both(|size| {
        let ticks = Ticks::linear(low, high, 6);
        let area = Area {
            left: ticks.width() + GAP,
            right: size.width - GAP,
            top: HEAD,
            bottom: size.height - FOOT,
        };
        let x = Scale::linear(0.0, rows.len() as f64, area.left, area.right);
        let y = Scale::linear(ticks.low(), ticks.high(), area.bottom, area.top);
        let mut parts = vec![y_axis(area, y, &ticks)];
        let mut sums = Vec::new();
        let mut labels = Vec::new();
        for (i, row) in rows.iter().enumerate() {
            let (mut above, mut below) = (0.0, 0.0);
            for (name, fill, usd) in FLOWS {
                let value = usd(row) / 1e6;
                let from = if value < 0.0 { &mut below } else { &mut above };
                if value != 0.0 {
                    let length = Rect::between(
                        (x.at(i as f64 + 0.18), y.at(*from)),
                        (x.at(i as f64 + 0.82), y.at(*from + value)),
                    );
                    let shown = millions(usd(row));
                    let hint = format!("Year {}, {name}: {shown}", row.plan_year);
                    parts.push(filled(&[length], fill, &hint));
                }
                *from += value;
            }
            let middle = x.at(i as f64 + 0.5);
            labels.push((middle, row.plan_year.to_string()));
            sums.push(((middle, y.at(row.net_usd / 1e6)), row));
        }
        parts.push(rule((area.left, y.at(0.0)), (area.right, y.at(0.0)), "base"));
        parts.push(line(&sums.iter().map(|(at, _)| *at).collect::<Vec<_>>(), "l-net"));
        for (at, row) in &sums {
            let hint = format!("Year {}, net: {}", row.plan_year, millions(row.net_usd));
            parts.push(diamond(*at, "net", &hint));
        }
        parts.push(x_axis(area, &labels, "plan year"));
        svg(size, title, &parts)
    });
    let happens = |usd: fn(&CashFlowYear) -> f64| rows.iter().any(|row| usd(row) != 0.0);
    let mut entries: Vec<_> = FLOWS
        .iter()
        .filter(|flow| happens(flow.2))
        .map(|(name, fill, _)| (Sample::Filled(*fill), *name))
        .collect();
    entries.push((Sample::Line("l-net"), "Net (diamonds)"));
    figure(title, &drawing, &legend(&entries))
}

/// A line of a chart.
struct Series {
    name: &'static str,
    class: &'static str,
    points: Vec<(f64, f64)>,
}

impl Series {
    /// Points that cannot be drawn are left out.
    fn new(
        name: &'static str,
        class: &'static str,
        points: impl Iterator<Item = (f64, f64)>,
    ) -> Self {
        let points = points.filter(|(x, y)| x.is_finite() && y.is_finite()).collect();
        Self { name, class, points }
    }

    fn values(series: &[Self]) -> impl Iterator<Item = f64> {
        series.iter().flat_map(|s| s.points.iter().map(|p| p.1))
    }
}

/// Room right of the area for the names of the lines.
fn right_margin(size: Size, series: &[Series]) -> f64 {
    if size.is_wide() {
        series.iter().map(|s| text_width(s.name)).fold(0.0, f64::max) + GAP
    } else {
        GAP
    }
}

/// The lines, and on a wide drawing their names at their ends.
fn draw(size: Size, area: Area, (x, y): (Scale, Scale), series: &[Series]) -> Vec<Markup> {
    let place = |p: &(f64, f64)| (x.at(p.0), y.at(p.1));
    let mut parts: Vec<Markup> = series
        .iter()
        .map(|s| line(&s.points.iter().map(place).collect::<Vec<_>>(), s.class))
        .collect();
    if size.is_wide() {
        let ends: Vec<f64> =
            series.iter().map(|s| s.points.last().map_or(area.bottom, |p| place(p).1)).collect();
        for (s, end) in series.iter().zip(spread(&ends, LINE, area.bottom)) {
            parts.push(text((area.right + GAP, end + 4.0), "start", "name", s.name));
        }
    }
    parts
}

/// The names of the lines where there is no room for them in the drawing.
fn line_legend(series: &[Series]) -> Markup {
    let entries: Vec<_> = series.iter().map(|s| (Sample::Line(s.class), s.name)).collect();
    html! { div.narrow { (legend(&entries)) } }
}

/// A vertical line with a label in one of the rows above the area.
fn marker(area: Area, x: f64, row: f64, class: &str, label: &str) -> Markup {
    let half = text_width(label) / 2.0;
    let middle = x.clamp(area.left + half, (area.right - half).max(area.left + half));
    html! {
        (rule((x, area.top - row * LINE - 4.0), (x, area.bottom), class))
        (text((middle, area.top - row * LINE - 8.0), "middle", "mark", label))
    }
}

/// Cost to mine over the price of power, with the price of bitcoin and the site's own price.
pub(super) fn cost_curve(
    points: &[CostCurvePoint],
    price_usd_per_btc: f64,
    site_usd_per_mwh: Option<f64>,
    breakeven_usd_per_mwh: Option<f64>,
) -> Markup {
    let title = "Cost to mine against the price of power, USD per BTC";
    let at =
        |cost: fn(&CostCurvePoint) -> f64| points.iter().map(move |p| (p.usd_per_mwh, cost(p)));
    let prices = || points.iter().map(|p| p.usd_per_mwh);
    let (low, high) =
        (prices().fold(f64::INFINITY, f64::min), prices().fold(f64::NEG_INFINITY, f64::max));
    let series = [
        Series::new("All-in", "l-all_in", at(|p| p.all_in_before_credits_usd_per_btc)),
        Series::new("Direct", "l-direct", at(|p| p.direct_before_credits_usd_per_btc)),
        Series::new("Electricity", "l-electricity", at(|p| p.electricity_usd_per_btc)),
        Series::new(
            "BTC price",
            "l-price",
            [low, high].map(|x| (x, price_usd_per_btc)).into_iter(),
        ),
    ];
    let most = Series::values(&series).fold(0.0, f64::max);
    let least = Series::values(&series).fold(0.0, f64::min);
    let inside = |x: &f64| *x >= low && *x <= high;
    let drawing = both(|size| {
        let ticks = Ticks::linear(least, most, 5);
        let along = Ticks::linear(low, high, if size.is_wide() { 8 } else { 5 });
        let area = Area {
            left: ticks.width() + GAP,
            right: size.width - right_margin(size, &series),
            top: HEAD + 2.0 * LINE,
            bottom: size.height - FOOT,
        };
        let x = Scale::linear(low, high, area.left, area.right);
        let y = Scale::linear(ticks.low(), ticks.high(), area.bottom, area.top);
        let mut parts = vec![y_axis(area, y, &ticks)];
        parts.extend(draw(size, area, (x, y), &series));
        for (price, row, name) in
            [(site_usd_per_mwh, 1.0, "site"), (breakeven_usd_per_mwh, 0.0, "break-even, all-in")]
        {
            if let Some(price) = price.filter(inside) {
                let label = format!("{name} {}", about(price));
                parts.push(marker(area, x.at(price), row, "marker", &label));
            }
        }
        let mut labels = tick_labels(x, &along);
        labels.retain(|(at, _)| *at >= area.left - 0.5 && *at <= area.right + 0.5);
        parts.push(x_axis(area, &labels, "price of power, USD per MWh"));
        svg(size, title, &parts)
    });
    figure(title, &drawing, &line_legend(&series))
}

/// Cost to mine and the price of bitcoin by month, halvings marked.
pub(super) fn halving_path(months: &[NetworkMonth]) -> Markup {
    let title = "Cost to mine along the path, USD per BTC, logarithmic scale";
    let series = [
        by_month("Bank", "l-bank", months, |m| m.bank_usd_per_btc),
        by_month("Average", "l-average", months, |m| m.average_usd_per_btc),
        by_month("BTC price", "l-price", months, |m| m.price_usd_per_btc),
    ];
    let note = html! {
        p.note {
            "Vertical lines mark halvings. The bank's figure is that of a marginal, high-cost "
            "producer; the average is the electricity cost of the whole network."
        }
    };
    month_lines(title, &series, months, &note)
}

/// Hashprice by month on each line of the network, halvings marked.
pub(super) fn hashprice_lines(lines: [(&'static str, &[NetworkMonth]); 3]) -> Markup {
    let classes = ["l-bank", "l-average", "l-price"];
    let series: Vec<Series> = lines
        .iter()
        .zip(classes)
        .map(|((name, months), class)| {
            by_month(name, class, months, |m| m.hashprice_usd_per_ph_day)
        })
        .collect();
    let title = "Hashprice on each line of the network, USD per PH/day, logarithmic scale";
    month_lines(title, &series, lines[0].1, &html! {})
}

/// A line of one figure over the months; values that a logarithm cannot show are left out.
fn by_month(
    name: &'static str,
    class: &'static str,
    months: &[NetworkMonth],
    value: impl Fn(&NetworkMonth) -> f64,
) -> Series {
    let points = months.iter().enumerate().map(|(i, m)| (i as f64, value(m)));
    Series::new(name, class, points.filter(|(_, value)| *value > 0.0))
}

/// Lines over months on a logarithmic scale.
fn month_lines(title: &str, series: &[Series], months: &[NetworkMonth], note: &Markup) -> Markup {
    let low = Series::values(series).fold(f64::INFINITY, f64::min);
    let high = Series::values(series).fold(0.0, f64::max);
    // A flat path still needs an axis with some extent.
    let (low, high) = if low < high { (low / 1.15, high * 1.15) } else { (1e4, 1e6) };
    let drawing = both(|size| {
        let ticks = Ticks::log(low, high);
        let area = Area {
            left: ticks.width() + GAP,
            right: size.width - right_margin(size, series),
            top: HEAD + LINE,
            bottom: size.height - FOOT + LINE,
        };
        let x = Scale::linear(0.0, months.len().max(2) as f64 - 1.0, area.left, area.right);
        let y = Scale::log(low, high, area.bottom, area.top);
        let mut parts = vec![y_axis(area, y, &ticks)];
        for (position, month) in halvings(months) {
            let word = if size.is_wide() { "halving " } else { "" };
            parts.push(marker(area, x.at(position), 0.0, "marker", &format!("{word}{month}")));
        }
        parts.extend(draw(size, area, (x, y), series));
        let januaries = months.iter().enumerate().filter_map(|(i, m)| {
            let year = m.month.strip_suffix("-01")?;
            Some((x.at(i as f64), year.to_owned()))
        });
        parts.push(x_axis(area, &januaries.collect::<Vec<_>>(), ""));
        svg(size, title, &parts)
    });
    figure(title, &drawing, &html! { (line_legend(series)) (note) })
}

/// Prices by the share of time in which they are exceeded.
pub(super) fn duration(points: &[DurationPoint]) -> Markup {
    let title = "Price of power by the share of hours with a higher one, USD per MWh";
    // A few hours of scarcity would press all others into one line: the drawing ends above most.
    let usual = points.iter().filter(|p| p.share_frac >= SCARCE_FRAC).map(|p| p.price_usd_per_mwh);
    let most = 1.5 * usual.fold(0.0, f64::max);
    let at = points.iter().map(|p| (100.0 * p.share_frac, p.price_usd_per_mwh.min(most)));
    let series = [Series::new("Price", "l-all_in", at)];
    let dearest = points.iter().map(|p| p.price_usd_per_mwh).fold(0.0, f64::max);
    let beyond = html! {
        @if dearest > most {
            p.note { "The dearest hour, beyond the drawing, costs " (about(dearest)) " USD per MWh." }
        }
    };
    let low = Series::values(&series).fold(0.0, f64::min);
    let high = Series::values(&series).fold(0.0, f64::max);
    let drawing = both(|size| {
        let ticks = Ticks::linear(low, high, 5);
        let along = Ticks::linear(0.0, 100.0, 5);
        let area = Area {
            left: ticks.width() + GAP,
            right: size.width - right_margin(size, &series),
            top: HEAD,
            bottom: size.height - FOOT,
        };
        let x = Scale::linear(0.0, 100.0, area.left, area.right);
        let y = Scale::linear(ticks.low(), ticks.high(), area.bottom, area.top);
        let mut parts = vec![y_axis(area, y, &ticks)];
        parts.extend(draw(size, area, (x, y), &series));
        parts.push(x_axis(area, &tick_labels(x, &along), "share of hours, %"));
        svg(size, title, &parts)
    });
    figure(title, &drawing, &beyond)
}

/// Steps from nothing to a sum: each part begins where the one before ended.
pub(super) fn waterfall(title: &str, steps: &[(String, f64, &'static str)]) -> Markup {
    let mut from = 0.0;
    let mut bars: Vec<(&str, f64, f64, &'static str)> = Vec::with_capacity(steps.len() + 1);
    for (name, usd, class) in steps {
        bars.push((name, from, from + usd, class));
        from += usd;
    }
    bars.push(("Net", 0.0, from, "f-chosen"));
    let ends = || bars.iter().flat_map(|b| [b.1, b.2]).map(|usd| usd / 1e6);
    let (low, high) = (ends().fold(0.0, f64::min), ends().fold(0.0, f64::max));
    let drawing = both(|size| {
        let ticks = Ticks::linear(low, high, 5);
        let area = Area {
            left: ticks.width() + GAP,
            right: size.width - GAP,
            top: HEAD + LINE,
            bottom: size.height - FOOT + LINE,
        };
        let x = Scale::linear(0.0, bars.len() as f64, area.left, area.right);
        let y = Scale::linear(ticks.low(), ticks.high(), area.bottom, area.top);
        let mut parts = vec![y_axis(area, y, &ticks)];
        let mut labels = Vec::new();
        for (i, (name, start, end, class)) in bars.iter().enumerate() {
            let place = i as f64;
            let (a, b) = (y.at(start / 1e6), y.at(end / 1e6));
            let hatch = if *class == "f-chosen" { Hatch::Plain } else { Hatch::Rising };
            let length = Rect::between((x.at(place + 0.18), a), (x.at(place + 0.82), b));
            let shown = millions(end - start);
            parts.push(filled(&[length], Fill { class, hatch }, &format!("{name}: {shown}")));
            parts.push(text((x.at(place + 0.5), a.min(b) - 4.0), "middle", "value", &shown));
            if i + 1 < bars.len() {
                parts.push(rule((x.at(place + 0.82), b), (x.at(place + 1.18), b), "base"));
            }
            labels.push((x.at(place + 0.5), (*name).to_owned()));
        }
        parts.push(rule((area.left, y.at(0.0)), (area.right, y.at(0.0)), "base"));
        for (at, name) in &labels {
            parts.push(text((*at, area.bottom + 4.0 + LINE), "middle", "tick", name));
        }
        svg(size, title, &parts)
    });
    figure(title, &drawing, &html! {})
}

/// Power by use, small: what a row of a table has room for.
pub(super) fn mw_strip(quarters: &[MwQuarter]) -> Markup {
    let size = Size { width: 220.0, height: 44.0 };
    let tops = stacked(quarters);
    let most = tops.iter().flatten().copied().fold(0.0, f64::max);
    let x = Scale::linear(0.0, quarters.len().max(1) as f64, 0.0, size.width);
    let y = Scale::linear(0.0, most, size.height, 1.0);
    let parts: Vec<Markup> = tops
        .windows(2)
        .zip(&USES)
        .map(|(levels, (name, fill, _))| {
            let quarter = |i: usize| {
                let corner = |i: usize, mw: f64| (x.at(i as f64), y.at(mw));
                Rect::between(corner(i, levels[0][i]), corner(i + 1, levels[1][i]))
            };
            let boxes: Vec<Rect> = (0..quarters.len()).map(quarter).collect();
            filled(&boxes, Fill { hatch: Hatch::Plain, ..*fill }, name)
        })
        .collect();
    html! { div.strip { (svg(size, "Power by use over time", &parts)) } }
}

/// Names and fills of the uses.
pub(super) fn use_legend() -> Markup {
    let plain = |fill: Fill| Sample::Filled(Fill { hatch: Hatch::Plain, ..fill });
    legend(&USES.map(|(name, fill, _)| (plain(fill), name)))
}

/// Upper edges of the uses of each quarter, from 0 up.
fn stacked(quarters: &[MwQuarter]) -> Vec<Vec<f64>> {
    let mut tops = vec![vec![0.0; quarters.len()]];
    for (_, _, mw) in &USES {
        let below = &tops[tops.len() - 1];
        tops.push(below.iter().zip(quarters).map(|(b, q)| b + mw(q)).collect());
    }
    tops
}

/// Where halvings fall, in months from the first, and the month of each.
fn halvings(months: &[NetworkMonth]) -> Vec<(f64, &str)> {
    let epoch = |height: f64| (height / BLOCKS_PER_HALVING).floor();
    let pairs = months.windows(2).enumerate();
    pairs
        .filter(|(_, pair)| epoch(pair[1].height) > epoch(pair[0].height))
        .map(|(i, pair)| {
            let block = epoch(pair[1].height) * BLOCKS_PER_HALVING;
            let share = (block - pair[0].height) / (pair[1].height - pair[0].height);
            // A halving on the first block of a month belongs to that month.
            let month = if share < 1.0 { &pair[0].month } else { &pair[1].month };
            (i as f64 + share, month.as_str())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(name: &str, height: f64) -> NetworkMonth {
        NetworkMonth {
            month: name.into(),
            height,
            subsidy_btc: 3.125,
            fees_btc_per_block: 0.02,
            difficulty: 135e12,
            network_eh_per_s: 966.0,
            price_usd_per_btc: 84_714.0,
            hashprice_usd_per_ph_day: 40.0,
            bank_usd_per_btc: 92_000.0,
            average_usd_per_btc: 54_000.0,
        }
    }

    #[test]
    fn halvings_fall_where_their_block_does() {
        for (heights, found) in [
            (vec![1_049_000.0, 1_053_000.0], vec![(0.25, "2028-04")]),
            (vec![1_046_000.0, 1_050_000.0], vec![(1.0, "2028-05")]),
            (vec![1_050_000.0, 1_054_000.0], vec![]),
            (vec![], vec![]),
        ] {
            let names = ["2028-04", "2028-05"];
            let months: Vec<_> = heights.iter().zip(names).map(|(h, n)| month(n, *h)).collect();
            assert_eq!(halvings(&months), found, "{heights:?}");
        }
    }

    #[test]
    fn empty_series_still_draw() {
        for drawing in [
            halving_path(&[]),
            cost_curve(&[], f64::NAN, None, None),
            cash_flow(&[]),
            mw_by_use(&[]),
            alternatives(0.0, &[]),
            waterfall("", &[]),
            duration(&[]),
            mw_strip(&[]),
        ] {
            let drawing = drawing.into_string();
            assert!(!drawing.contains("NaN") && !drawing.contains("inf"), "{drawing}");
        }
    }
}
