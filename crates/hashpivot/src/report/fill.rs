//! Filled shapes: boxes and rows of boxes, told apart by hatching as well as by colour.
//!
//! Hatching is drawn line by line. A pattern of the browser would be shorter to write, but on
//! paper browsers turn every shape filled with one into an image.

use maud::{Markup, html};

use super::svg::{Point, path};

/// Distance of hatching lines along an axis: slanted ones look closer than they are.
const SLANTED_GAP: f64 = 8.5;
const STRAIGHT_GAP: f64 = 5.0;
/// What is thinner is not drawn.
const THINNEST: f64 = 0.05;

/// A box with sides along the axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Rect {
    /// The box between two opposite corners.
    pub(super) fn between(a: Point, b: Point) -> Self {
        Self { left: a.0.min(b.0), top: a.1.min(b.1), right: a.0.max(b.0), bottom: a.1.max(b.1) }
    }
}

/// Lines over a fill.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Hatch {
    /// None.
    Plain,
    /// Rising to the right.
    Rising,
    /// Falling to the right.
    Falling,
    /// Both.
    Crossed,
    /// Along the horizontal axis.
    Level,
    /// Along the vertical axis.
    Upright,
}

/// How a shape is filled: colour by class of the style sheet, and hatching.
#[derive(Clone, Copy)]
pub(super) struct Fill {
    pub(super) class: &'static str,
    pub(super) hatch: Hatch,
}

/// Boxes from left to right as one shape; `hint` appears when one points at it.
pub(super) fn filled(boxes: &[Rect], fill: Fill, hint: &str) -> Markup {
    let boxes = joined(boxes);
    let lines: String = directions(fill.hatch)
        .iter()
        .flat_map(|direction| hatching(&boxes, *direction))
        .map(|(from, to)| path(&[from, to]))
        .collect();
    html! {
        g class=(fill.class) {
            @if !hint.is_empty() { title { (hint) } }
            path d=(outline(&boxes)) {}
            @if !lines.is_empty() { path.hatch d=(lines) {} }
        }
    }
}

/// Boxes that can be seen; neighbours of the same height become one.
fn joined(boxes: &[Rect]) -> Vec<Rect> {
    let mut joined: Vec<Rect> = Vec::new();
    for next in boxes.iter().filter(|b| b.bottom - b.top > THINNEST) {
        match joined.last_mut() {
            Some(last)
                if last.right == next.left
                    && (last.top, last.bottom) == (next.top, next.bottom) =>
            {
                last.right = next.right;
            }
            _ => joined.push(*next),
        }
    }
    joined
}

/// The line around boxes, one closed line for each row of boxes that touch.
fn outline(boxes: &[Rect]) -> String {
    boxes
        .chunk_by(|a, b| a.right == b.left && a.top <= b.bottom && b.top <= a.bottom)
        .map(|row| {
            let above = row.iter().flat_map(|b| [(b.left, b.top), (b.right, b.top)]);
            let below = row.iter().rev().flat_map(|b| [(b.right, b.bottom), (b.left, b.bottom)]);
            path(&above.chain(below).collect::<Vec<_>>()) + "Z"
        })
        .collect()
}

fn directions(hatch: Hatch) -> &'static [Hatch] {
    match hatch {
        Hatch::Plain => &[],
        Hatch::Rising => &[Hatch::Rising],
        Hatch::Falling => &[Hatch::Falling],
        Hatch::Crossed => &[Hatch::Rising, Hatch::Falling],
        Hatch::Level => &[Hatch::Level],
        Hatch::Upright => &[Hatch::Upright],
    }
}

/// Lines of one direction through boxes; pieces that meet in neighbouring boxes become one.
fn hatching(boxes: &[Rect], direction: Hatch) -> Vec<(Point, Point)> {
    let bounds = boxes.iter().map(|b| range(*b, direction));
    let (low, high) = bounds
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (l, h)| (low.min(l), high.max(h)));
    let gap = match direction {
        Hatch::Level | Hatch::Upright => STRAIGHT_GAP,
        _ => SLANTED_GAP,
    };
    // Lines are counted from the origin of the drawing, so that neighbouring shapes agree.
    let mut count = (low / gap).ceil();
    let mut lines: Vec<(Point, Point)> = Vec::new();
    while count * gap <= high {
        let first = lines.len();
        for piece in boxes.iter().filter_map(|b| cut(*b, direction, count * gap)) {
            match lines[first..].last_mut() {
                Some(last) if meet(last.1, piece.0) => last.1 = piece.1,
                _ => lines.push(piece),
            }
        }
        count += 1.0;
    }
    lines
}

fn meet(a: Point, b: Point) -> bool {
    (a.0 - b.0).abs() < THINNEST && (a.1 - b.1).abs() < THINNEST
}

/// Lines of a direction are numbered by x + y, x - y, y or x: the numbers that meet a box.
fn range(b: Rect, direction: Hatch) -> (f64, f64) {
    match direction {
        Hatch::Falling => (b.left - b.bottom, b.right - b.top),
        Hatch::Level => (b.top, b.bottom),
        Hatch::Upright => (b.left, b.right),
        _ => (b.left + b.top, b.right + b.bottom),
    }
}

/// The piece of a line inside a box, from left to right.
fn cut(b: Rect, direction: Hatch, line: f64) -> Option<(Point, Point)> {
    let (from, to) = match direction {
        Hatch::Falling => (b.left.max(line + b.top), b.right.min(line + b.bottom)),
        Hatch::Level if line <= b.top || line >= b.bottom => return None,
        Hatch::Level => (b.left, b.right),
        Hatch::Upright if line <= b.left || line >= b.right => return None,
        Hatch::Upright => return Some(((line, b.top), (line, b.bottom))),
        _ => (b.left.max(line - b.bottom), b.right.min(line - b.top)),
    };
    let height = |x: f64| match direction {
        Hatch::Falling => x - line,
        Hatch::Level => line,
        _ => line - x,
    };
    (to - from > THINNEST).then(|| ((from, height(from)), (to, height(to))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: Rect = Rect { left: 0.0, top: 0.0, right: 20.0, bottom: 20.0 };

    #[test]
    fn lines_end_at_the_sides() {
        for (direction, line, piece) in [
            (Hatch::Rising, 8.0, Some(((0.0, 8.0), (8.0, 0.0)))),
            (Hatch::Rising, 28.0, Some(((8.0, 20.0), (20.0, 8.0)))),
            (Hatch::Falling, -8.0, Some(((0.0, 8.0), (12.0, 20.0)))),
            (Hatch::Level, 5.0, Some(((0.0, 5.0), (20.0, 5.0)))),
            (Hatch::Upright, 5.0, Some(((5.0, 0.0), (5.0, 20.0)))),
            (Hatch::Rising, 41.0, None),
            (Hatch::Level, 20.0, None),
        ] {
            assert_eq!(cut(SQUARE, direction, line), piece, "{line}");
        }
    }

    #[test]
    fn lines_run_on_through_neighbours() {
        let low = Rect { left: 20.0, top: 10.0, right: 40.0, bottom: 20.0 };
        let alone = hatching(&[SQUARE], Hatch::Level).len();
        let both = hatching(&[SQUARE, low], Hatch::Level);
        assert_eq!(both.len(), alone);
        assert!(both.contains(&((0.0, 15.0), (40.0, 15.0))), "{both:?}");
    }

    #[test]
    fn what_cannot_be_seen_leaves_no_trace() {
        let flat = Rect { top: 20.0, ..SQUARE };
        let fill = Fill { class: "f-mining", hatch: Hatch::Crossed };
        let drawn = filled(&[flat], fill, "").into_string();
        assert_eq!(drawn, "<g class=\"f-mining\"><path d=\"\"></path></g>");
    }

    #[test]
    fn boxes_of_one_height_are_one() {
        let next = Rect { left: 20.0, right: 30.0, ..SQUARE };
        assert_eq!(joined(&[SQUARE, next]), [Rect { right: 30.0, ..SQUARE }]);
        let apart = Rect { left: 25.0, right: 30.0, ..SQUARE };
        assert_eq!(outline(&[SQUARE, apart]).matches('Z').count(), 2);
    }
}
