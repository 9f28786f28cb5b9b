//! Exponential, logarithm, sine and cosine in eight lanes: polynomials of our own, since the ones of
//! the system differ between systems.
//!
//! Arguments are finite and within the stated ranges; nothing is checked. Bounds were measured
//! against a reference of twice the precision, see the tests.

use crate::lanes::{Bits, Real};

/// Adding it rounds a number below 2^51 to a whole one, which then stands in the lowest bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// ln 2 in two parts: multiples of the first up to 2^20 are exact.
const LN_2_HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// `(e^r - 1 - r) / r^2` for `|r| <= ln 2 / 2`, fitted at Chebyshev nodes.
const EXP: [f64; 11] = [
    0.5,
    0.166_666_666_666_666_7,
    0.041_666_666_666_666_67,
    0.008_333_333_333_326_136,
    0.001_388_888_888_888_374_8,
    0.000_198_412_698_748_206_27,
    2.480_158_732_554_774_3e-5,
    2.755_725_540_020_642_2e-6,
    2.755_727_364_311_03e-7,
    2.510_521_700_472_074_5e-8,
    2.091_468_696_808_687_6e-9,
];

/// `e^x`, within 1 ulp.
///
/// # Formula
/// `x = n ln 2 + r`, `e^x = 2^n (1 + r + r^2 q(r))`.
///
/// # Special cases
/// Beyond -708..=709 the nearer end counts, so that the result is finite and above 0.
#[inline(always)]
pub(crate) fn exp<R: Real>(x: R) -> R {
    let x = x.max(R::splat(-708.0)).min(R::splat(709.0));
    let rounded = x.mul_add(R::splat(std::f64::consts::LOG2_E), R::splat(ROUNDER));
    let n = rounded - R::splat(ROUNDER);
    let r = (-n).mul_add(R::splat(LN_2_HIGH), x);
    let r = (-n).mul_add(R::splat(LN_2_LOW), r);
    let square = r * r;
    let fraction = square.mul_add(polynomial(r, &EXP), r) + R::splat(1.0);
    let exponent = rounded.to_bits().wrapping_add(R::Bits::splat(1_023)).shl(52);
    fraction * R::from_bits(exponent)
}

/// `(ln((1 + s) / (1 - s)) / s - 2) / s^2` in `s^2`, the minimax coefficients of FreeBSD's libm.
const LN: [f64; 7] = [
    6.666_666_666_666_735e-1,
    3.999_999_999_940_942e-1,
    2.857_142_874_366_239e-1,
    2.222_219_843_214_978_4e-1,
    1.818_357_216_161_805e-1,
    1.531_383_769_920_937_3e-1,
    1.479_819_860_511_658_6e-1,
];

/// Bits of the square root of one half: fractions begin there, so that those near 1 have exponent 0.
const SQRT_HALF_BITS: u64 = 0x3fe6_a09e_667f_3bcd;
const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;
const FRACTION_BITS: u64 = 0x000f_ffff_ffff_ffff;

/// `ln x`, within 1 ulp.
///
/// # Formula
/// `x = 2^k (1 + f)`, `s = f / (2 + f)`, `ln x = k ln 2 + f - f^2/2 + s (f^2/2 + s^2 p(s^2))`.
///
/// # Special cases
/// `x` above 0 and not subnormal.
#[inline(always)]
pub(crate) fn ln<R: Real>(x: R) -> R {
    let shifted = x.to_bits().wrapping_add(R::Bits::splat(ONE_BITS - SQRT_HALF_BITS));
    // The biased exponent as the lowest bits of 2^52 is a number.
    let power = R::from_bits(shifted.shr(52) | R::Bits::splat((1_023 + 52) << 52))
        - R::splat(4_503_599_627_370_496.0 + 1_023.0);
    let fraction =
        (shifted & R::Bits::splat(FRACTION_BITS)).wrapping_add(R::Bits::splat(SQRT_HALF_BITS));
    let f = R::from_bits(fraction) - R::splat(1.0);
    let s = f / (f + R::splat(2.0));
    let square = s * s;
    let half = f * f * R::splat(0.5);
    let rest = s * square.mul_add(polynomial(square, &LN), half);
    let low = power.mul_add(R::splat(LN_2_LOW), rest);
    power.mul_add(R::splat(LN_2_HIGH), f - (half - low))
}

/// `sin(pi v) / v` in `v^2` for `|v| <= 1/2`, fitted at Chebyshev nodes.
const SIN: [f64; 9] = [
    std::f64::consts::PI,
    -5.167_712_780_049_969,
    2.550_164_039_877_300_7,
    -0.599_264_529_318_944_7,
    0.082_145_886_573_102_9,
    -0.007_370_430_505_916_944,
    0.000_466_299_816_189_839_4,
    -2.190_349_707_462_601_8e-5,
    7.697_826_768_224_191e-7,
];

/// `cos(pi v)` in `v^2` for `|v| <= 1/2`, fitted at Chebyshev nodes.
const COS: [f64; 10] = [
    1.0,
    -4.934_802_200_544_679,
    4.058_712_126_416_768,
    -1.335_262_768_854_554_9,
    0.235_330_630_357_995,
    -0.025_806_891_376_592_964,
    0.001_929_574_187_281_234_9,
    -0.000_104_637_416_817_521_38,
    4.300_724_172_734_847e-6,
    -1.343_521_295_095_32e-7,
];

/// Sine and cosine of `pi v` for `v` in -1/2..=1/2: within 4e-16.
#[inline(always)]
pub(crate) fn sin_cos_pi<R: Real>(v: R) -> (R, R) {
    let square = v * v;
    (v * polynomial(square, &SIN), polynomial(square, &COS))
}

/// A polynomial by Horner's rule, coefficients by rising power.
#[inline(always)]
pub(crate) fn polynomial<R: Real, const N: usize>(x: R, coefficients: &[f64; N]) -> R {
    let mut value = R::splat(coefficients[N - 1]);
    for coefficient in coefficients[..N - 1].iter().rev() {
        value = value.mul_add(x, R::splat(*coefficient));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{F64x8, Lanes};

    /// A number as a sum of two: about 106 bits, enough to judge the last of 53.
    #[derive(Clone, Copy)]
    struct Double(f64, f64);

    impl Double {
        fn new(high: f64, low: f64) -> Self {
            let sum = high + low;
            let back = sum - high;
            Self(sum, (high - (sum - back)) + (low - back))
        }

        fn add(self, other: Self) -> Self {
            let Self(high, low) = Self::new(self.0, other.0);
            Self::new(high, low + self.1 + other.1)
        }

        fn mul(self, other: Self) -> Self {
            let high = self.0 * other.0;
            let low = self.0.mul_add(other.0, -high);
            Self::new(high, low + self.0 * other.1 + self.1 * other.0)
        }

        fn div(self, by: f64) -> Self {
            let high = self.0 / by;
            let rest = (-high).mul_add(by, self.0);
            Self::new(high, (rest + self.1) / by)
        }
    }

    const LN_2: Double = Double(std::f64::consts::LN_2, 2.319_046_813_846_299_6e-17);
    const PI: Double = Double(std::f64::consts::PI, 1.224_646_799_147_353_2e-16);

    /// `e^x` by its series, of an argument made small by halving it.
    fn exp_double(x: Double) -> Double {
        let n = (x.0 / LN_2.0).round();
        let r = x.add(LN_2.mul(Double(-n, 0.0)));
        let small = Double(r.0 / 256.0, r.1 / 256.0);
        let mut sum = Double(1.0, 0.0);
        let mut term = sum;
        for k in 1..=14 {
            term = term.mul(small).div(f64::from(k));
            sum = sum.add(term);
        }
        for _ in 0..8 {
            sum = sum.mul(sum);
        }
        // Whole powers of two are exact; the largest take two steps.
        let half = (n / 2.0).trunc();
        let scale = |part: f64| part * 2.0_f64.powf(half) * 2.0_f64.powf(n - half);
        Double(scale(sum.0), scale(sum.1))
    }

    /// `ln x` by Newton's method on the exponential.
    fn ln_double(x: f64) -> Double {
        let guess = x.ln();
        let Double(high, low) = exp_double(Double(-guess, 0.0)).mul(Double(x, 0.0));
        // ln x = guess + ln(x e^-guess), and that is so near 1 that two terms do.
        let rest = Double::new(high - 1.0, low);
        Double(guess, 0.0).add(rest).add(rest.mul(rest).div(-2.0))
    }

    /// Distance of a result from the truth in units of its last place.
    fn ulps(result: f64, truth: Double) -> f64 {
        let next = f64::from_bits(truth.0.abs().to_bits() + 1) - truth.0.abs();
        ((result - truth.0) - truth.1).abs() / next
    }

    /// Numbers spread evenly over a range, ends included.
    fn grid(low: f64, high: f64, count: u32) -> impl Iterator<Item = f64> {
        let step = (high - low) / f64::from(count);
        (0..=count).map(move |i| (low + step * f64::from(i)).clamp(low, high))
    }

    #[cfg(miri)]
    const POINTS: u32 = 50;
    #[cfg(not(miri))]
    const POINTS: u32 = 200_000;

    #[test]
    fn exponentials_are_within_one_unit_of_the_last_place() {
        let mut worst = 0.0_f64;
        let dense = grid(-20.0, 20.0, POINTS).chain(grid(-707.0, 709.0, POINTS));
        for x in dense.chain(grid(-1e-9, 1e-9, 1_000)) {
            worst = worst.max(ulps(exp(x), exp_double(Double(x, 0.0))));
        }
        assert!(worst < 1.0, "{worst} ulp");
        assert_eq!((exp(0.0), exp(1e4)), (1.0, exp(709.0)));
        assert!(exp(-1e4) > 0.0);
    }

    #[test]
    fn logarithms_are_within_one_unit_of_the_last_place() {
        let mut worst = 0.0_f64;
        let small = grid(1.0, 53.0, POINTS).map(|bits| 2.0_f64.powf(-bits));
        for x in grid(1e-6, 4.0, POINTS).chain(small).chain(grid(0.999, 1.001, POINTS)) {
            if x != 1.0 {
                worst = worst.max(ulps(ln(x), ln_double(x)));
            }
        }
        assert!(worst < 1.0, "{worst} ulp");
        assert_eq!(ln(1.0), 0.0);
    }

    #[test]
    fn sines_and_cosines_are_within_their_bound() {
        let mut worst = 0.0_f64;
        for v in grid(-0.5, 0.5, POINTS) {
            let (sin, cos) = sin_cos_pi(v);
            // By their series: at most 1.6, so thirty terms leave nothing.
            let x = PI.mul(Double(v, 0.0));
            let (mut term, mut sums) = (Double(1.0, 0.0), [Double(0.0, 0.0); 2]);
            for k in 0..30_u32 {
                let sign = if k / 2 % 2 == 0 { 1.0 } else { -1.0 };
                let place = usize::from(k % 2 == 1);
                sums[place] = sums[place].add(Double(sign * term.0, sign * term.1));
                term = term.mul(x).div(f64::from(k + 1));
            }
            worst = worst.max((cos - sums[0].0).abs()).max((sin - sums[1].0).abs());
        }
        assert!(worst < 4e-16, "{worst}");
    }

    #[test]
    fn carriers_agree() {
        let values = [-700.0, -1.5, -1e-9, 0.0, 0.3, 1.0, 17.25, 700.0];
        let mut lanes = [0.0; 8];
        exp(F64x8::load(&values)).store(&mut lanes);
        assert_eq!(lanes, values.map(exp));
        let positive = [1e-300, 1e-16, 0.3, 0.7, 1.0, 1.5, 3e7, 1e300];
        ln(F64x8::load(&positive)).store(&mut lanes);
        assert_eq!(lanes, positive.map(ln));
        ln(Lanes::load(&positive)).store(&mut lanes);
        for (lane, x) in lanes.iter().zip(positive) {
            assert!((lane - ln(x)).abs() <= 1e-14 * ln(x).abs(), "{lane} at {x}");
        }
    }
}
