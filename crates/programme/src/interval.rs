//! Intervals of doubles that hold every real number meant, rounding included.

use std::ops::{Add, Mul, Sub};

/// All numbers between two ends, the ends included.
///
/// Each operation rounds to nearest and then moves each end one double outward, so the exact
/// result of any members lies inside. 0 times infinity counts as 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Least member.
    pub low: f64,
    /// Largest member.
    pub high: f64,
}

impl Interval {
    /// The numbers from `low` to `high`.
    pub const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// One number.
    pub const fn point(value: f64) -> Self {
        Self { low: value, high: value }
    }

    /// Ends moved one double outward: a lower end that overflowed upward comes back to the largest
    /// double, an infinite end on its own side stays.
    fn outward(low: f64, high: f64) -> Self {
        Self { low: low.next_down(), high: high.next_up() }
    }
}

/// A product in which 0 times infinity is 0: an empty side of a bound adds nothing.
fn product(a: f64, b: f64) -> f64 {
    if a == 0.0 || b == 0.0 { 0.0 } else { a * b }
}

impl Add for Interval {
    type Output = Self;

    /// A sum with an exact 0 stays as it is; opposite infinities leave everything possible.
    fn add(self, other: Self) -> Self {
        if other == Self::point(0.0) {
            return self;
        }
        let (low, high) = (self.low + other.low, self.high + other.high);
        Self::outward(
            if low.is_nan() { f64::NEG_INFINITY } else { low },
            if high.is_nan() { f64::INFINITY } else { high },
        )
    }
}

impl Sub for Interval {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + Self::new(-other.high, -other.low)
    }
}

impl Mul for Interval {
    type Output = Self;

    /// A product with an exact 0 or 1 stays exact.
    fn mul(self, other: Self) -> Self {
        for (one, rest) in [(self, other), (other, self)] {
            if one == Self::point(0.0) {
                return Self::point(0.0);
            }
            if one == Self::point(1.0) {
                return rest;
            }
        }
        let products = [
            product(self.low, other.low),
            product(self.low, other.high),
            product(self.high, other.low),
            product(self.high, other.high),
        ];
        Self::outward(
            products.into_iter().fold(f64::INFINITY, f64::min),
            products.into_iter().fold(f64::NEG_INFINITY, f64::max),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_result_lies_inside() {
        let third = Interval::point(1.0) * Interval::point(3.0) * Interval::point(1.0 / 3.0);
        assert!(third.low < 1.0 && third.high > 1.0);
        // 0.1 + 0.2 as doubles is 0.3000000000000000166 exactly, between two doubles.
        let sum = Interval::point(0.1) + Interval::point(0.2);
        assert!(sum.low <= 0.300_000_000_000_000_04_f64.next_down() && sum.high > 0.3);
        assert!(sum.high - sum.low < 2e-16);
    }

    #[test]
    fn signs_decide_the_ends() {
        let product = Interval::new(-2.0, 3.0) * Interval::new(-5.0, 4.0);
        assert!(product.low <= -15.0 && product.low > -15.1);
        assert!(product.high >= 12.0 && product.high < 12.1);
        let difference = Interval::new(1.0, 2.0) - Interval::new(0.5, 3.0);
        assert!(difference.low <= -2.0 && difference.high >= 1.5);
    }

    #[test]
    fn nothing_times_no_end_is_nothing() {
        let free = Interval::new(f64::NEG_INFINITY, f64::INFINITY);
        assert_eq!(Interval::point(0.0) * free, Interval::point(0.0));
        assert_eq!(free * Interval::point(0.0), Interval::point(0.0));
        let half = Interval::new(0.0, f64::INFINITY) * Interval::point(-2.0);
        assert_eq!(half.low, f64::NEG_INFINITY);
        assert!(half.high >= 0.0 && half.high < 1e-300);
    }

    #[test]
    fn overflow_stays_outside() {
        let large = Interval::point(f64::MAX) * Interval::point(2.0);
        assert_eq!(large.high, f64::INFINITY);
        assert_eq!(large.low, f64::MAX);
        let opposite = Interval::point(f64::INFINITY) + Interval::point(f64::NEG_INFINITY);
        assert_eq!((opposite.low, opposite.high), (f64::NEG_INFINITY, f64::INFINITY));
    }
}
