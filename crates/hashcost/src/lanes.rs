//! The SIMD seam: numbers that formulas and kernels are written over. The only file that names
//! `wide`.

use std::ops::{Add, Div, Mul, Sub};

use wide::f64x8;

mod sealed {
    pub trait Sealed {}
    impl Sealed for f64 {}
    impl Sealed for super::Lanes {}
}

/// A number, or several side by side, on which each formula is written once.
///
/// `f64` is the reference; [`Lanes`] holds eight. Sealed: other carriers come with this crate.
pub trait Real:
    sealed::Sealed
    + Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    /// Numbers held side by side.
    const LANES: usize;

    /// The outcome of a comparison, lane by lane.
    type Mask: Copy;

    /// The same number in every lane.
    fn splat(value: f64) -> Self;

    /// The first [`Real::LANES`] numbers of a slice.
    ///
    /// # Panics
    /// If there are fewer.
    fn load(values: &[f64]) -> Self;

    /// Writes the lanes to the first [`Real::LANES`] places of a slice.
    ///
    /// # Panics
    /// If there are fewer.
    fn store(self, values: &mut [f64]);

    /// `self * factor + summand`: one rounding where the carrier fuses it, two elsewhere.
    #[must_use]
    fn mul_add(self, factor: Self, summand: Self) -> Self;

    /// The larger of two numbers, lane by lane.
    #[must_use]
    fn max(self, other: Self) -> Self;

    /// Where `self <= other`.
    fn le(self, other: Self) -> Self::Mask;

    /// `yes` where the mask holds, `no` elsewhere.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
}

impl Real for f64 {
    const LANES: usize = 1;
    type Mask = bool;

    #[inline]
    fn splat(value: f64) -> Self {
        value
    }

    #[inline]
    fn load(values: &[f64]) -> Self {
        values[0]
    }

    #[inline]
    fn store(self, values: &mut [f64]) {
        values[0] = self;
    }

    #[inline]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        f64::mul_add(self, factor, summand)
    }

    #[inline]
    fn max(self, other: Self) -> Self {
        f64::max(self, other)
    }

    #[inline]
    fn le(self, other: Self) -> bool {
        self <= other
    }

    #[inline]
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }
}

/// Eight numbers side by side in whatever registers the crate was compiled for.
///
/// Its multiply-add is fused only in builds with FMA, so results agree with the `f64` reference
/// within 1e-12 of the sum of the absolute terms and not to the bit.
#[derive(Clone, Copy, Debug)]
pub struct Lanes(f64x8);

impl Add for Lanes {
    type Output = Self;

    #[inline]
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Lanes {
    type Output = Self;

    #[inline]
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul for Lanes {
    type Output = Self;

    #[inline]
    fn mul(self, other: Self) -> Self {
        Self(self.0 * other.0)
    }
}

impl Div for Lanes {
    type Output = Self;

    #[inline]
    fn div(self, other: Self) -> Self {
        Self(self.0 / other.0)
    }
}

impl Real for Lanes {
    const LANES: usize = 8;
    type Mask = f64x8;

    #[inline]
    fn splat(value: f64) -> Self {
        Self(f64x8::splat(value))
    }

    #[inline]
    fn load(values: &[f64]) -> Self {
        let mut lanes = [0.0; 8];
        lanes.copy_from_slice(&values[..8]);
        Self(f64x8::new(lanes))
    }

    #[inline]
    fn store(self, values: &mut [f64]) {
        values[..8].copy_from_slice(&self.0.to_array());
    }

    #[inline]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        Self(self.0.mul_add(factor.0, summand.0))
    }

    #[inline]
    fn max(self, other: Self) -> Self {
        Self(self.0.max(other.0))
    }

    #[inline]
    fn le(self, other: Self) -> f64x8 {
        self.0.simd_le(other.0)
    }

    #[inline]
    fn select(mask: f64x8, yes: Self, no: Self) -> Self {
        Self(mask.bitselect(yes.0, no.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_do_what_numbers_do() {
        type Case = (&'static str, Lanes, fn(f64, f64) -> f64);
        let left = [1.0, -2.0, 3.5, 0.0, 1e300, -0.5, 7.0, 8.25];
        let right = [2.0, -2.0, 0.25, 5.0, 3.0, -0.75, 7.0, 1.0];
        let (a, b) = (Lanes::load(&left), Lanes::load(&right));
        let mut out = [0.0; 8];
        let cases: [Case; 7] = [
            ("+", a + b, |x, y| x + y),
            ("-", a - b, |x, y| x - y),
            ("*", a * b, |x, y| x * y),
            ("/", a / b, |x, y| x / y),
            ("mul_add", a.mul_add(b, Lanes::splat(0.0)), |x, y| x * y),
            ("max", a.max(b), f64::max),
            ("select", Lanes::select(a.le(b), a, b), |x, y| if x <= y { x } else { y }),
        ];
        for (name, lanes, scalar) in cases {
            lanes.store(&mut out);
            for i in 0..8 {
                assert_eq!(out[i], scalar(left[i], right[i]), "{name}, lane {i}");
            }
        }
    }
}
