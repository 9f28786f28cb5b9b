//! Normal numbers from random bits: pairs by Box and Muller, or one by one by the inverse of the
//! distribution, which keeps the order of its argument as quasi-random points need.

use crate::kernel::elementary::{ln, polynomial, sin_cos_pi};
use crate::lanes::{Bits, Real};

const ONE_BITS: u64 = 0x3ff0_0000_0000_0000;

/// The upper 52 of 64 random bits as a number in `1..2`.
#[inline(always)]
fn one_to_two<R: Real>(word: R::Bits) -> R {
    R::from_bits(word.shr(12) | R::Bits::splat(ONE_BITS))
}

/// The middle of one of 2^52 equal parts of the open interval from 0 to 1.
#[inline(always)]
pub(crate) fn uniform<R: Real>(word: R::Bits) -> R {
    one_to_two::<R>(word) - R::splat(1.0 - 0.5 / 4_503_599_627_370_496.0)
}

/// Two independent standard normal numbers of two words.
///
/// # Formula
/// `rho = sqrt(-2 ln u)`, `(rho sin(pi v), +-rho cos(pi v))` with `u` in (0, 1], `v` in
/// [-1/2, 1/2) and the sign from a bit that `v` leaves.
#[inline(always)]
pub(crate) fn box_muller<R: Real>(words: [R::Bits; 2]) -> [R; 2] {
    let u = R::splat(2.0) - one_to_two::<R>(words[0]);
    let radius = (ln(u) * R::splat(-2.0)).sqrt();
    let v = one_to_two::<R>(words[1]) - R::splat(1.5);
    let (sin, cos) = sin_cos_pi(v);
    let signed = R::from_bits(radius.to_bits() ^ words[1].shl(63));
    [radius * sin, signed * cos]
}

/// Numerator and denominator by rising power near the middle, in `0.180625 - (p - 1/2)^2`.
const MIDDLE: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_6,
        1.331_416_678_917_843_8e2,
        1.971_590_950_306_551_3e3,
        1.373_169_376_550_946e4,
        4.592_195_393_154_987e4,
        6.726_577_092_700_87e4,
        3.343_057_558_358_813e4,
        2.509_080_928_730_122_7e3,
    ],
    [
        1.0,
        4.231_333_070_160_091e1,
        6.871_870_074_920_579e2,
        5.394_196_021_424_751e3,
        2.121_379_430_158_659_7e4,
        3.930_789_580_009_271e4,
        2.872_908_573_572_194_3e4,
        5.226_495_278_852_855e3,
    ],
];

/// The same in the tails, in `sqrt(-ln p) - 1.6`.
const TAIL: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_6,
        4.630_337_846_156_545,
        5.769_497_221_460_691,
        3.647_848_324_763_204_5,
        1.270_458_252_452_368_4,
        2.417_807_251_774_506e-1,
        2.272_384_498_926_918_4e-2,
        7.745_450_142_783_414e-4,
    ],
    [
        1.0,
        2.053_191_626_637_759,
        1.676_384_830_183_803_8,
        6.897_673_349_851e-1,
        1.481_039_764_274_800_8e-1,
        1.519_866_656_361_645_7e-2,
        5.475_938_084_995_345e-4,
        1.050_750_071_644_416_9e-9,
    ],
];

/// The same beyond `sqrt(-ln p) = 5`, in `sqrt(-ln p) - 5`.
const FAR_TAIL: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_103,
        5.463_784_911_164_114,
        1.784_826_539_917_291_3,
        2.965_605_718_285_048_7e-1,
        2.653_218_952_657_612_4e-2,
        1.242_660_947_388_078_4e-3,
        2.711_555_568_743_487_6e-5,
        2.010_334_399_292_288_1e-7,
    ],
    [
        1.0,
        5.998_322_065_558_88e-1,
        1.369_298_809_227_358e-1,
        1.487_536_129_085_061_5e-2,
        7.868_691_311_456_133e-4,
        1.846_318_317_510_054_8e-5,
        1.421_511_758_316_446e-7,
        2.044_263_103_389_939_8e-15,
    ],
];

/// The standard normal number below which a share `p` of all lies, `p` above 0 and below 1.
///
/// # Formula
/// Wichura's algorithm AS 241 (1988): rational functions for the middle and the tails.
#[inline(always)]
pub(crate) fn inverse_normal<R: Real>(p: R) -> R {
    let q = p - R::splat(0.5);
    let middle = q * ratio((-q).mul_add(q, R::splat(0.180_625)), &MIDDLE);
    let depth = (-ln(p.min(R::splat(1.0) - p))).sqrt();
    let tail = ratio(depth - R::splat(1.6), &TAIL);
    let far = ratio(depth - R::splat(5.0), &FAR_TAIL);
    let tail = R::select(depth.gt(R::splat(5.0)), far, tail);
    let signed = R::select(q.gt(R::splat(0.0)), tail, -tail);
    R::select((q * q).le(R::splat(0.425 * 0.425)), middle, signed)
}

#[inline(always)]
fn ratio<R: Real>(x: R, [above, below]: &[[f64; 8]; 2]) -> R {
    polynomial(x, above) / polynomial(x, below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Digits of tables: quantile and number.
    const KNOWN: [(f64, f64); 7] = [
        (0.5, 0.0),
        (0.975, 1.959_963_984_540_054),
        (0.999, 3.090_232_306_167_814),
        (0.84, 0.994_457_883_209_753_2),
        (0.25, -0.674_489_750_196_081_7),
        (1e-6, -4.753_424_308_822_899),
        (1e-15, -7.941_345_326_170_997),
    ];

    #[test]
    fn known_quantiles_come_out() {
        for (p, expected) in KNOWN {
            let found: f64 = inverse_normal(p);
            assert!((found - expected).abs() <= 2e-15 * expected.abs(), "{p}: {found}");
        }
    }

    #[test]
    fn uniforms_stay_inside() {
        let lowest: f64 = uniform(0);
        let highest: f64 = uniform(u64::MAX);
        assert_eq!((lowest, highest), (f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0));
        for word in [0, 1, u64::MAX, u64::MAX - 1, 1 << 63, 0x8000_0000_0000_0fff] {
            for other in [0, u64::MAX, 1 << 62] {
                let pair: [f64; 2] = box_muller([word, other]);
                assert!(pair.iter().all(|z| z.abs() < 8.6), "{pair:?}");
            }
            let inverse: f64 = inverse_normal(uniform::<f64>(word));
            assert!(inverse.abs() < 8.3, "{inverse}");
        }
    }

    #[test]
    fn the_sign_bit_alone_mirrors_the_cosine() {
        let [sin, cos]: [f64; 2] = box_muller([7 << 60, 5 << 59]);
        let [same, mirrored]: [f64; 2] = box_muller([7 << 60, (5 << 59) | 1]);
        assert_eq!((same, mirrored), (sin, -cos));
    }
}
