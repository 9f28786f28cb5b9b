//! Parts of a chart: scales with round ticks, axes, lines, legends and labels.
//!
//! Parts are elements of an inline SVG; maud escapes every text and attribute. Colours are
//! classes of the style sheet, so that a chart follows light, dark and paper.
//! Coordinates are written to a tenth of a unit: the same input gives the same text.

use std::fmt::Write;

use maud::{Markup, html};

use super::fill::{Fill, Rect, filled};
use super::format::grouped;

/// A place in a drawing: right and down.
pub(super) type Point = (f64, f64);

/// Width of a letter of a label in a wide font.
const LETTER: f64 = 7.2;
/// Height of a line of labels.
pub(super) const LINE: f64 = 15.0;

/// Size of a drawing in user units; one unit is about one pixel.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// For screens of usual width and for paper.
const WIDE: Size = Size { width: 860.0, height: 300.0 };
/// For phones, where scaling the wide drawing down would make its labels unreadable.
const NARROW: Size = Size { width: 360.0, height: 270.0 };

impl Size {
    /// Whether there is room for labels beside the lines.
    pub(super) fn is_wide(self) -> bool {
        self.width > 600.0
    }
}

/// Draws for both widths; the style sheet shows one of the two.
pub(super) fn both(draw: impl Fn(Size) -> Markup) -> Markup {
    html! {
        div.wide { (draw(WIDE)) }
        div.narrow { (draw(NARROW)) }
    }
}

/// A drawing with its label for those who cannot see it.
pub(super) fn svg(size: Size, label: &str, parts: &[Markup]) -> Markup {
    let view = format!("0 0 {} {}", size.width, size.height);
    html! {
        svg viewBox=(view) role="img" aria-label=(label) { @for part in parts { (part) } }
    }
}

/// Width that a label takes, roughly.
pub(super) fn text_width(text: &str) -> f64 {
    text.chars().count() as f64 * LETTER
}

/// How values lie on an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
    log: bool,
}

impl Scale {
    /// Even steps: `from..to` lies on `start..end`.
    pub(super) fn linear(from: f64, to: f64, start: f64, end: f64) -> Self {
        Self { from, to, start, end, log: false }
    }

    /// Equal ratios are equal lengths; values above zero only.
    pub(super) fn log(from: f64, to: f64, start: f64, end: f64) -> Self {
        Self { from: from.ln(), to: to.ln(), start, end, log: true }
    }

    /// Where a value lies; the middle if the axis has no extent.
    pub(super) fn at(self, value: f64) -> f64 {
        let value = if self.log { value.ln() } else { value };
        let share = (value - self.from) / (self.to - self.from);
        let share = if share.is_finite() { share } else { 0.5 };
        self.start + share * (self.end - self.start)
    }
}

/// Round values that cover a range, and the range that they span.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ticks {
    pub(super) values: Vec<f64>,
    decimals: usize,
}

impl Ticks {
    /// Steps of 1, 2 or 5 times a power of ten, about so many, from below `low` to above `high`.
    ///
    /// # Special cases
    /// Without extent, or with a bound that is not finite, the range 0 to 1.
    pub(super) fn linear(low: f64, high: f64, about: usize) -> Self {
        let (low, high) =
            if low < high && (high - low).is_finite() { (low, high) } else { (0.0, 1.0) };
        let step = round_step((high - low) / about as f64);
        // A bound that misses a multiple by rounding alone adds no further step.
        let slack = 1e-9;
        let first = (low / step + slack).floor();
        let last = (high / step - slack).ceil();
        let mut values = Vec::new();
        let mut multiple = first;
        while multiple <= last {
            values.push(multiple * step);
            multiple += 1.0;
        }
        let decimals = (0..9).find(|d| format!("{step:.d$}").parse() == Ok(step)).unwrap_or(9);
        Self { values, decimals }
    }

    /// Powers of ten, with their double and fivefold where there are few, inside `low..high`.
    pub(super) fn log(low: f64, high: f64) -> Self {
        let exponent = |value: f64| {
            let text = format!("{value:e}");
            text.split_once('e').and_then(|(_, e)| e.parse::<i32>().ok()).unwrap_or(0)
        };
        let (first, last) = (exponent(low), exponent(high));
        let leads: &[u8] = if last - first > 4 { &[1] } else { &[1, 2, 5] };
        let values = (first..=last)
            .flat_map(|e| leads.iter().map(move |lead| format!("{lead}e{e}")))
            .filter_map(|text| text.parse::<f64>().ok())
            .filter(|value| *value >= low && *value <= high)
            .collect();
        Self { values, decimals: usize::try_from(-first).unwrap_or(0) }
    }

    /// Lowest tick.
    pub(super) fn low(&self) -> f64 {
        self.values.first().copied().unwrap_or(0.0)
    }

    /// Highest tick.
    pub(super) fn high(&self) -> f64 {
        self.values.last().copied().unwrap_or(1.0)
    }

    /// A tick in words.
    pub(super) fn label(&self, value: f64) -> String {
        grouped(value, self.decimals)
    }

    /// Width of the widest label.
    pub(super) fn width(&self) -> f64 {
        self.values.iter().map(|v| text_width(&self.label(*v))).fold(0.0, f64::max)
    }
}

/// The next 1, 2 or 5 times a power of ten, through decimal text: the same on every machine.
fn round_step(least: f64) -> f64 {
    let text = format!("{least:e}");
    let (lead, exponent) = text.split_once('e').unwrap_or(("1", "0"));
    let lead: f64 = lead.parse().unwrap_or(1.0);
    let lead = [1, 2, 5].into_iter().find(|round| lead <= f64::from(*round)).unwrap_or(10);
    format!("{lead}e{exponent}").parse().unwrap_or(least)
}

/// The area in which data is drawn.
#[derive(Clone, Copy)]
pub(super) struct Area {
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
}

/// Horizontal grid lines with their values. The heading of the chart says what they count.
pub(super) fn y_axis(area: Area, y: Scale, ticks: &Ticks) -> Markup {
    html! {
        @for tick in &ticks.values {
            (rule((area.left, y.at(*tick)), (area.right, y.at(*tick)), "grid"))
            (text((area.left - 8.0, y.at(*tick) + 4.0), "end", "tick", &ticks.label(*tick)))
        }
    }
}

/// Labels below the area, every second or third where all would touch, and a title.
pub(super) fn x_axis(area: Area, labels: &[(f64, String)], title: &str) -> Markup {
    let half = |label: &(f64, String)| f64::midpoint(text_width(&label.1), LETTER);
    let touch = |stride: usize| {
        let shown: Vec<_> = labels.iter().step_by(stride).collect();
        shown.windows(2).any(|pair| pair[0].0 + half(pair[0]) > pair[1].0 - half(pair[1]))
    };
    let stride = (1..labels.len()).find(|stride| !touch(*stride)).unwrap_or(labels.len().max(1));
    html! {
        (rule((area.left, area.bottom), (area.right, area.bottom), "base"))
        @for (x, label) in labels.iter().step_by(stride) {
            (rule((*x, area.bottom), (*x, area.bottom + 4.0), "base"))
            (text((*x, area.bottom + 4.0 + LINE), "middle", "tick", label))
        }
        @if !title.is_empty() {
            (text((area.right, area.bottom + 6.0 + 2.0 * LINE), "end", "title", title))
        }
    }
}

/// Labels of an axis with ticks.
pub(super) fn tick_labels(scale: Scale, ticks: &Ticks) -> Vec<(f64, String)> {
    ticks.values.iter().map(|v| (scale.at(*v), ticks.label(*v))).collect()
}

/// A label; `anchor` is `start`, `middle` or `end`.
pub(super) fn text((x, y): Point, anchor: &str, class: &str, label: &str) -> Markup {
    html! { text x=(px(x)) y=(px(y)) text-anchor=(anchor) class=(class) { (label) } }
}

/// A straight line.
pub(super) fn rule(from: Point, to: Point, class: &str) -> Markup {
    html! {
        line x1=(px(from.0)) y1=(px(from.1)) x2=(px(to.0)) y2=(px(to.1)) class=(class) {}
    }
}

/// A line through points.
pub(super) fn line(points: &[Point], class: &str) -> Markup {
    html! { path d=(path(points)) class=(class) {} }
}

/// A diamond.
pub(super) fn diamond((x, y): Point, class: &str, hint: &str) -> Markup {
    let r = 4.0;
    let around = [(x, y - r), (x + r, y), (x, y + r), (x - r, y)];
    html! { path d=(path(&around) + "Z") class=(class) { title { (hint) } } }
}

/// What a legend shows beside a name.
#[derive(Clone, Copy)]
pub(super) enum Sample {
    /// A filled box.
    Filled(Fill),
    /// A piece of line, by its class.
    Line(&'static str),
}

/// A legend: samples with their names, as text that wraps.
pub(super) fn legend(entries: &[(Sample, &str)]) -> Markup {
    let whole = Rect::between((0.5, 0.5), (23.5, 11.5));
    html! {
        ul.legend {
            @for (sample, name) in entries {
                li {
                    svg.sample viewBox="0 0 24 12" aria-hidden="true" {
                        @match sample {
                            Sample::Filled(fill) => { (filled(&[whole], *fill, "")) }
                            Sample::Line(class) => { (rule((0.0, 6.0), (24.0, 6.0), class)) }
                        }
                    }
                    (name)
                }
            }
        }
    }
}

/// Moves labels apart to at least `gap`, keeping their order and as near as one pass allows,
/// none below `bottom`.
pub(super) fn spread(wanted: &[f64], gap: f64, bottom: f64) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    let mut placed = wanted.to_vec();
    let mut least = f64::NEG_INFINITY;
    for at in &order {
        placed[*at] = placed[*at].max(least);
        least = placed[*at] + gap;
    }
    let mut most = bottom;
    for at in order.iter().rev() {
        placed[*at] = placed[*at].min(most);
        most = placed[*at] - gap;
    }
    placed
}

/// A coordinate: a tenth of a unit, nothing after the point if it is whole.
fn px(value: f64) -> String {
    let text = format!("{value:.1}");
    let text = text.strip_suffix(".0").unwrap_or(&text);
    if text == "-0" { "0".into() } else { text.into() }
}

/// Path data through points.
pub(super) fn path(points: &[Point]) -> String {
    let mut data = String::with_capacity(points.len() * 12);
    for (i, (x, y)) in points.iter().enumerate() {
        let word = if i == 0 { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(data, "{word}{} {}", px(*x), px(*y));
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_range() {
        for (low, high, about, values, label) in [
            (0.0, 100.0, 5, vec![0.0, 20.0, 40.0, 60.0, 80.0, 100.0], "100"),
            (0.0, 84_714.0, 4, vec![0.0, 50_000.0, 100_000.0], "100,000"),
            (-31.0, 12.0, 4, vec![-40.0, -20.0, 0.0, 20.0], "20"),
            (0.0, 0.6, 3, vec![0.0, 0.2, 0.4, 0.6], "0.6"),
            (0.0, 9.6, 1, vec![0.0, 10.0], "10"),
            (5.0, 5.0, 2, vec![0.0, 0.5, 1.0], "1.0"),
            (0.0, f64::NAN, 2, vec![0.0, 0.5, 1.0], "1.0"),
        ] {
            let ticks = Ticks::linear(low, high, about);
            let close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12 * high.abs().max(1.0);
            assert!(ticks.values.len() == values.len(), "{low}..{high}: {ticks:?}");
            assert!(ticks.values.iter().zip(&values).all(close) || high.is_nan(), "{ticks:?}");
            assert_eq!(ticks.label(ticks.high()), label);
        }
        assert_eq!(Ticks::log(40_000.0, 4_000_000.0).values[0], 50_000.0);
        assert_eq!(Ticks::log(1.0, 1e7).values.len(), 8);
    }

    #[test]
    fn scales_meet_both_ends() {
        let linear = Scale::linear(-10.0, 30.0, 200.0, 0.0);
        assert_eq!((linear.at(-10.0), linear.at(10.0), linear.at(30.0)), (200.0, 100.0, 0.0));
        let log = Scale::log(10.0, 1000.0, 0.0, 100.0);
        assert!((log.at(100.0) - 50.0).abs() < 1e-9);
        assert_eq!(Scale::linear(1.0, 1.0, 0.0, 10.0).at(1.0), 5.0);
    }

    #[test]
    fn labels_do_not_touch() {
        assert_eq!(spread(&[10.0, 12.0, 50.0], 15.0, 60.0), [10.0, 25.0, 50.0]);
        assert_eq!(spread(&[58.0, 59.0], 15.0, 60.0), [45.0, 60.0]);
    }

    #[test]
    fn texts_and_attributes_are_escaped() {
        let hostile = "</svg><script>\"&'";
        let out = text((0.0, 0.0), "start", "tick", hostile).into_string()
            + &svg(NARROW, hostile, &[]).into_string()
            + &diamond((0.0, 0.0), "net", hostile).into_string();
        assert!(!out.contains("<script") && !out.contains("\"&'"), "{out}");
    }

    #[test]
    fn labels_are_thinned_evenly() {
        let area = Area { left: 0.0, right: 200.0, top: 0.0, bottom: 100.0 };
        let labels: Vec<_> =
            (0..10_i32).map(|i| (20.0 * f64::from(i), format!("{}", 2027 + i))).collect();
        let drawn = x_axis(area, &labels, "").into_string();
        for (year, shown) in [(2027, true), (2028, false), (2029, true), (2035, true)] {
            assert_eq!(drawn.contains(&format!(">{year}<")), shown, "{year}: {drawn}");
        }
    }

    #[test]
    fn coordinates_are_short() {
        for (value, shown) in [(1.0, "1"), (-0.01, "0"), (2.26, "2.3"), (-3.5, "-3.5")] {
            assert_eq!(px(value), shown);
        }
    }
}
