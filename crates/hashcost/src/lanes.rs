//! The SIMD seam: numbers that formulas and kernels are written over, and their portable carriers.
//! The only file that names `wide`.
//!
//! `f64` is the scalar path. [`Lanes`] is `wide`'s eight numbers, whose instructions are fixed when
//! the crate is compiled: the road of processors without AVX2 and of other instruction sets.
//! [`F64x8`] is eight numbers as a plain array. The carriers of AVX2 and AVX-512 are in
//! [`crate::isa`], since their instructions are `unsafe` to call.

use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Sub};

use wide::f64x8;

pub(crate) mod sealed {
    /// Implemented by the carriers of this crate alone.
    pub trait Sealed {}
    impl Sealed for f64 {}
    impl Sealed for super::F64x8 {}
    impl Sealed for super::Lanes {}
    impl Sealed for u64 {}
    impl Sealed for super::U64x8 {}
}

/// A number, or several side by side, on which each formula is written once.
///
/// `f64` is the reference; [`F64x8`] and [`Lanes`] hold eight. Sealed: other carriers come with this
/// crate.
pub trait Real:
    sealed::Sealed
    + Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// Numbers held side by side.
    const LANES: usize;

    /// The outcome of a comparison, lane by lane.
    type Mask: Copy;

    /// The same numbers as patterns of bits.
    type Bits: Bits;

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

    /// [`Real::store`] past the caches where the carrier can and the place is aligned to 64 bytes.
    ///
    /// # Panics
    /// As [`Real::store`].
    #[inline(always)]
    fn stream(self, values: &mut [f64]) {
        self.store(values);
    }

    /// `self * factor + summand`: one rounding where the carrier fuses it, two elsewhere.
    #[must_use]
    fn mul_add(self, factor: Self, summand: Self) -> Self;

    /// The larger of two finite numbers, lane by lane; `other` where they are equal.
    #[must_use]
    fn max(self, other: Self) -> Self;

    /// The smaller of two finite numbers, lane by lane; `other` where they are equal.
    #[must_use]
    fn min(self, other: Self) -> Self;

    /// Square root, lane by lane.
    #[must_use]
    fn sqrt(self) -> Self;

    /// Where `self <= other`.
    fn le(self, other: Self) -> Self::Mask;

    /// Where `self > other`.
    fn gt(self, other: Self) -> Self::Mask;

    /// `yes` where the mask holds, `no` elsewhere.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;

    /// `self + term` where the mask holds, `self` elsewhere; `self` must not be a negative zero.
    #[must_use]
    #[inline(always)]
    fn add_where(self, mask: Self::Mask, term: Self) -> Self {
        self + Self::select(mask, term, Self::splat(0.0))
    }

    /// `self + a * b` where the mask holds, `self` elsewhere; as [`Real::mul_add`] rounds. `b` must
    /// be finite and `self` not a negative zero.
    #[must_use]
    #[inline(always)]
    fn mul_add_where(self, mask: Self::Mask, a: Self, b: Self) -> Self {
        Self::select(mask, a, Self::splat(0.0)).mul_add(b, self)
    }

    /// Whether the mask holds in some lane.
    fn any(mask: Self::Mask) -> bool;

    /// Patterns `yes` where the mask holds, `no` elsewhere.
    fn select_bits(mask: Self::Mask, yes: Self::Bits, no: Self::Bits) -> Self::Bits;

    /// Entries of a table, each by the lowest four bits of a pattern.
    #[inline(always)]
    fn pick(table: &[f64; 16], patterns: Self::Bits) -> Self {
        let mut places = [0; 8];
        patterns.store(&mut places);
        Self::load(&places.map(|place| table[(place & 15) as usize]))
    }

    /// The patterns of bits of the numbers.
    fn to_bits(self) -> Self::Bits;

    /// The numbers of patterns of bits.
    fn from_bits(bits: Self::Bits) -> Self;
}

/// 64 bits, or several times 64 side by side, for counters, histograms and the bits of a number.
pub trait Bits:
    sealed::Sealed + Copy + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self>
{
    /// The same pattern in every lane.
    fn splat(value: u64) -> Self;

    /// The first lanes of a slice.
    ///
    /// # Panics
    /// If there are too few.
    fn load(values: &[u64]) -> Self;

    /// Writes the lanes to the first places of a slice.
    ///
    /// # Panics
    /// If there are too few.
    fn store(self, values: &mut [u64]);

    /// Sum modulo 2^64.
    #[must_use]
    fn wrapping_add(self, other: Self) -> Self;

    /// Difference modulo 2^64.
    #[must_use]
    fn wrapping_sub(self, other: Self) -> Self;

    /// Shifted left by a number of bits below 64.
    #[must_use]
    fn shl(self, bits: u32) -> Self;

    /// Shifted right by a number of bits below 64; zeros come in.
    #[must_use]
    fn shr(self, bits: u32) -> Self;

    /// Product of the lower 32 bits of both, all 64 bits of it.
    #[must_use]
    fn mul_low32(self, other: Self) -> Self;
}

impl Real for f64 {
    const LANES: usize = 1;
    type Mask = bool;
    type Bits = u64;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn load(values: &[f64]) -> Self {
        values[0]
    }

    #[inline(always)]
    fn store(self, values: &mut [f64]) {
        values[0] = self;
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        f64::mul_add(self, factor, summand)
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        if self > other { self } else { other }
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        if self < other { self } else { other }
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    #[inline(always)]
    fn le(self, other: Self) -> bool {
        self <= other
    }

    #[inline(always)]
    fn gt(self, other: Self) -> bool {
        self > other
    }

    #[inline(always)]
    fn select(mask: bool, yes: Self, no: Self) -> Self {
        if mask { yes } else { no }
    }

    #[inline(always)]
    fn any(mask: bool) -> bool {
        mask
    }

    #[inline(always)]
    fn add_where(self, mask: bool, term: Self) -> Self {
        if mask { self + term } else { self }
    }

    #[inline(always)]
    fn mul_add_where(self, mask: bool, a: Self, b: Self) -> Self {
        if mask { f64::mul_add(a, b, self) } else { self }
    }

    #[inline(always)]
    fn select_bits(mask: bool, yes: u64, no: u64) -> u64 {
        if mask { yes } else { no }
    }

    #[inline(always)]
    fn to_bits(self) -> u64 {
        f64::to_bits(self)
    }

    #[inline(always)]
    fn from_bits(bits: u64) -> Self {
        f64::from_bits(bits)
    }
}

impl Bits for u64 {
    #[inline(always)]
    fn splat(value: u64) -> Self {
        value
    }

    #[inline(always)]
    fn load(values: &[u64]) -> Self {
        values[0]
    }

    #[inline(always)]
    fn store(self, values: &mut [u64]) {
        values[0] = self;
    }

    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        u64::wrapping_add(self, other)
    }

    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        u64::wrapping_sub(self, other)
    }

    #[inline(always)]
    fn shl(self, bits: u32) -> Self {
        self << bits
    }

    #[inline(always)]
    fn shr(self, bits: u32) -> Self {
        self >> bits
    }

    #[inline(always)]
    fn mul_low32(self, other: Self) -> Self {
        (self & LOW_32) * (other & LOW_32)
    }
}

const LOW_32: u64 = 0xffff_ffff;

/// Eight numbers as a plain array: plain Rust that any tool can run, and the adder of
/// fixed-order sums.
///
/// Its multiply-add is fused: results are those of `f64` to the bit. No kernel is dispatched to it:
/// the compiler groups such arrays by a guess, which cost one kernel a factor of six.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct F64x8([f64; 8]);

/// Eight times 64 bits as a plain array.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub struct U64x8([u64; 8]);

/// An operator or function of eight lanes at once, written as the loop over them that the compiler
/// turns into one instruction.
macro_rules! lane_by_lane {
    ($zero:expr, |$i:ident| $lane:expr) => {{
        let mut out = [$zero; 8];
        for ($i, place) in out.iter_mut().enumerate() {
            *place = $lane;
        }
        out
    }};
}

macro_rules! array_operators {
    ($carrier:ident, $zero:expr, $($operator:ident, $function:ident, |$a:ident, $b:ident| $lane:expr;)+) => {
        $(impl $operator for $carrier {
            type Output = Self;

            #[inline(always)]
            fn $function(self, other: Self) -> Self {
                $carrier(lane_by_lane!($zero, |i| {
                    let ($a, $b) = (self.0[i], other.0[i]);
                    $lane
                }))
            }
        })+
    };
}

array_operators! {
    F64x8, 0.0,
    Add, add, |a, b| a + b;
    Sub, sub, |a, b| a - b;
    Mul, mul, |a, b| a * b;
    Div, div, |a, b| a / b;
}

array_operators! {
    U64x8, 0,
    BitAnd, bitand, |a, b| a & b;
    BitOr, bitor, |a, b| a | b;
    BitXor, bitxor, |a, b| a ^ b;
}

impl Neg for F64x8 {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        F64x8(lane_by_lane!(0.0, |i| -self.0[i]))
    }
}

impl Real for F64x8 {
    const LANES: usize = 8;
    type Mask = [bool; 8];
    type Bits = U64x8;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self([value; 8])
    }

    #[inline(always)]
    fn load(values: &[f64]) -> Self {
        let mut lanes = [0.0; 8];
        lanes.copy_from_slice(&values[..8]);
        Self(lanes)
    }

    #[inline(always)]
    fn store(self, values: &mut [f64]) {
        values[..8].copy_from_slice(&self.0);
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        F64x8(lane_by_lane!(0.0, |i| self.0[i].mul_add(factor.0[i], summand.0[i])))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        F64x8(lane_by_lane!(0.0, |i| Real::max(self.0[i], other.0[i])))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        F64x8(lane_by_lane!(0.0, |i| Real::min(self.0[i], other.0[i])))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        F64x8(lane_by_lane!(0.0, |i| self.0[i].sqrt()))
    }

    #[inline(always)]
    fn le(self, other: Self) -> [bool; 8] {
        lane_by_lane!(false, |i| self.0[i] <= other.0[i])
    }

    #[inline(always)]
    fn gt(self, other: Self) -> [bool; 8] {
        lane_by_lane!(false, |i| self.0[i] > other.0[i])
    }

    #[inline(always)]
    fn select(mask: [bool; 8], yes: Self, no: Self) -> Self {
        F64x8(lane_by_lane!(0.0, |i| if mask[i] { yes.0[i] } else { no.0[i] }))
    }

    #[inline(always)]
    fn any(mask: [bool; 8]) -> bool {
        mask != [false; 8]
    }

    #[inline(always)]
    fn select_bits(mask: [bool; 8], yes: U64x8, no: U64x8) -> U64x8 {
        U64x8(lane_by_lane!(0, |i| if mask[i] { yes.0[i] } else { no.0[i] }))
    }

    #[inline(always)]
    fn to_bits(self) -> U64x8 {
        U64x8(lane_by_lane!(0, |i| self.0[i].to_bits()))
    }

    #[inline(always)]
    fn from_bits(bits: U64x8) -> Self {
        F64x8(lane_by_lane!(0.0, |i| f64::from_bits(bits.0[i])))
    }
}

impl Bits for U64x8 {
    #[inline(always)]
    fn splat(value: u64) -> Self {
        Self([value; 8])
    }

    #[inline(always)]
    fn load(values: &[u64]) -> Self {
        let mut lanes = [0; 8];
        lanes.copy_from_slice(&values[..8]);
        Self(lanes)
    }

    #[inline(always)]
    fn store(self, values: &mut [u64]) {
        values[..8].copy_from_slice(&self.0);
    }

    #[inline(always)]
    fn wrapping_add(self, other: Self) -> Self {
        U64x8(lane_by_lane!(0, |i| self.0[i].wrapping_add(other.0[i])))
    }

    #[inline(always)]
    fn wrapping_sub(self, other: Self) -> Self {
        U64x8(lane_by_lane!(0, |i| self.0[i].wrapping_sub(other.0[i])))
    }

    #[inline(always)]
    fn shl(self, bits: u32) -> Self {
        U64x8(lane_by_lane!(0, |i| self.0[i] << bits))
    }

    #[inline(always)]
    fn shr(self, bits: u32) -> Self {
        U64x8(lane_by_lane!(0, |i| self.0[i] >> bits))
    }

    #[inline(always)]
    fn mul_low32(self, other: Self) -> Self {
        U64x8(lane_by_lane!(0, |i| self.0[i].mul_low32(other.0[i])))
    }
}

/// Eight numbers side by side in whatever registers the crate was compiled for.
///
/// Its multiply-add is fused only where the target has one (ARM, builds with FMA); elsewhere
/// results agree with the `f64` reference within 1e-12 of the sum of the absolute terms and not to
/// the bit.
#[derive(Clone, Copy, Debug)]
pub struct Lanes(f64x8);

macro_rules! wide_operators {
    ($($operator:ident, $function:ident;)+) => {
        $(impl $operator for Lanes {
            type Output = Self;

            #[inline(always)]
            fn $function(self, other: Self) -> Self {
                Self(self.0.$function(other.0))
            }
        })+
    };
}

wide_operators! { Add, add; Sub, sub; Mul, mul; Div, div; }

impl Neg for Lanes {
    type Output = Self;

    #[inline(always)]
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl Real for Lanes {
    const LANES: usize = 8;
    type Mask = f64x8;
    type Bits = U64x8;

    #[inline(always)]
    fn splat(value: f64) -> Self {
        Self(f64x8::splat(value))
    }

    #[inline(always)]
    fn load(values: &[f64]) -> Self {
        let mut lanes = [0.0; 8];
        lanes.copy_from_slice(&values[..8]);
        Self(f64x8::new(lanes))
    }

    #[inline(always)]
    fn store(self, values: &mut [f64]) {
        values[..8].copy_from_slice(&self.0.to_array());
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, summand: Self) -> Self {
        Self(self.0.mul_add(factor.0, summand.0))
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self(self.0.fast_max(other.0))
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self(self.0.fast_min(other.0))
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        Self(self.0.sqrt())
    }

    #[inline(always)]
    fn le(self, other: Self) -> f64x8 {
        self.0.simd_le(other.0)
    }

    #[inline(always)]
    fn gt(self, other: Self) -> f64x8 {
        self.0.simd_gt(other.0)
    }

    #[inline(always)]
    fn select(mask: f64x8, yes: Self, no: Self) -> Self {
        Self(mask.bitselect(yes.0, no.0))
    }

    #[inline(always)]
    fn any(mask: f64x8) -> bool {
        mask.any()
    }

    #[inline(always)]
    fn select_bits(mask: f64x8, yes: U64x8, no: U64x8) -> U64x8 {
        let mask = Self(mask).to_bits();
        U64x8(lane_by_lane!(0, |i| no.0[i] ^ (mask.0[i] & (yes.0[i] ^ no.0[i]))))
    }

    #[inline(always)]
    fn to_bits(self) -> U64x8 {
        F64x8(self.0.to_array()).to_bits()
    }

    #[inline(always)]
    fn from_bits(bits: U64x8) -> Self {
        Self(f64x8::new(F64x8::from_bits(bits).0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: [f64; 8] = [1.0, -2.0, 3.5, 0.0, 1e300, -0.5, 7.0, 8.25];
    const RIGHT: [f64; 8] = [2.0, -2.0, 0.25, 5.0, 3.0, -0.75, 7.0, 1.0];

    fn check_numbers<R: Real>() {
        type Case<R> = (&'static str, R, fn(f64, f64) -> f64);
        let (a, b) = (R::load(&LEFT), R::load(&RIGHT));
        let cases: [Case<R>; 14] = [
            ("+", a + b, |x, y| x + y),
            ("-", a - b, |x, y| x - y),
            ("*", a * b, |x, y| x * y),
            ("/", a / b, |x, y| x / y),
            ("negative", -a, |x, _| -x),
            ("mul_add", a.mul_add(b, R::splat(0.0)), |x, y| x * y),
            ("max", a.max(b), f64::max),
            ("min", a.min(b), f64::min),
            ("sqrt", (b * b).sqrt(), |_, y| y.abs()),
            ("le", R::select(a.le(b), a, b), |x, y| if x <= y { x } else { y }),
            ("gt", R::select(a.gt(b), a, b), |x, y| if x > y { x } else { y }),
            ("add_where", a.add_where(a.le(b), b), |x, y| if x <= y { x + y } else { x }),
            ("mul_add_where", a.mul_add_where(a.gt(b), b, b), |x, y| {
                if x > y { y.mul_add(y, x) } else { x }
            }),
            ("bits", R::from_bits(R::select_bits(a.gt(b), a.to_bits(), b.to_bits())), |x, y| {
                if x > y { x } else { y }
            }),
        ];
        for (name, lanes, scalar) in cases {
            let mut out = [0.0; 8];
            lanes.store(&mut out);
            for i in 0..R::LANES {
                assert_eq!(out[i], scalar(LEFT[i], RIGHT[i]), "{name}, lane {i}");
            }
        }
        for lane in 0..R::LANES {
            let mut one = [0.0; 8];
            one[lane] = 1.0;
            let one = R::load(&one);
            assert!(R::any(one.gt(R::splat(0.5))), "lane {lane} alone");
            assert!(!R::any(one.gt(R::splat(1.0))), "no lane");
        }
    }

    fn check_bits<B: Bits>(lanes: usize) {
        type Case<B> = (&'static str, B, fn(u64, u64) -> u64);
        let left: [u64; 8] = [0, 1, u64::MAX, 0xdead_beef_0bad_f00d, 7, 1 << 63, 0xffff_ffff, 42];
        let right: [u64; 8] = [5, u64::MAX, 2, 0x0123_4567_89ab_cdef, 9, 1, 0xffff_ffff, 0];
        let (a, b) = (B::load(&left), B::load(&right));
        let cases: [Case<B>; 8] = [
            ("+", a.wrapping_add(b), u64::wrapping_add),
            ("-", a.wrapping_sub(b), u64::wrapping_sub),
            ("&", a & b, |x, y| x & y),
            ("|", a | b, |x, y| x | y),
            ("^", a ^ b, |x, y| x ^ y),
            ("shl", a.shl(13), |x, _| x << 13),
            ("shr", a.shr(29), |x, _| x >> 29),
            ("mul_low32", a.mul_low32(b), |x, y| (x & 0xffff_ffff) * (y & 0xffff_ffff)),
        ];
        for (name, pattern, scalar) in cases {
            let mut out = [0; 8];
            pattern.store(&mut out);
            for i in 0..lanes {
                assert_eq!(out[i], scalar(left[i], right[i]), "{name}, lane {i}");
            }
        }
    }

    #[test]
    fn every_carrier_does_what_numbers_do() {
        check_numbers::<f64>();
        check_numbers::<F64x8>();
        check_numbers::<Lanes>();
    }

    #[test]
    fn every_carrier_of_bits_does_what_integers_do() {
        check_bits::<u64>(1);
        check_bits::<U64x8>(8);
    }
}
