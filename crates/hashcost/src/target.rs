//! Proof-of-work targets: 256-bit integers and their compact form.

use units::{Code, Violation};

use crate::error::Error;

/// A target, 256 bits, least significant limb first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target([u64; 4]);

/// The mantissa of a compact target and the bits that it is shifted left by: `mantissa * 2^shift`.
///
/// Sizes below three bytes cut the mantissa instead, as the protocol does.
pub(crate) fn decode(bits: u32) -> Result<(u32, u32), Error> {
    let size = bits >> 24;
    let word = bits & 0x007f_ffff;
    let (mantissa, shift_bits) =
        if size <= 3 { (word >> (8 * (3 - size)), 0) } else { (word, 8 * (size - 3)) };
    let fault = if mantissa == 0 {
        "a target above 0"
    } else if bits & 0x0080_0000 != 0 {
        "a target that is not negative"
    } else if shift_bits + mantissa.ilog2() >= 256 {
        "a target of at most 256 bits"
    } else {
        return Ok((mantissa, shift_bits));
    };
    Err(refused(bits, fault))
}

/// The error for bits that cannot be used.
fn refused(bits: u32, allowed: &str) -> Error {
    let violation = Violation::new(Code::Range, "bits").value(format_args!("{bits:#010x}"));
    Error::Invalid(vec![violation.allowed(allowed)])
}

impl Target {
    /// The easiest target that the protocol allows once it is compact: `0xffff * 2^208`.
    pub(crate) const EASIEST: Self = Self([0, 0, 0, 0xffff << 16]);

    /// The target of compact bits, at most the easiest one.
    pub(crate) fn from_bits(bits: u32) -> Result<Self, Error> {
        let (mantissa, shift_bits) = decode(bits)?;
        let limb = (shift_bits / 64) as usize;
        let spread = u128::from(mantissa) << (shift_bits % 64);
        let mut limbs = [0; 4];
        let [low, high] = halves(spread);
        limbs[limb] = low;
        if limb < 3 {
            limbs[limb + 1] = high;
        }
        let target = Self(limbs);
        if target.min(Self::EASIEST) == target {
            Ok(target)
        } else {
            Err(refused(bits, "at most the easiest target 0x1d00ffff"))
        }
    }

    /// The smaller of two targets.
    pub(crate) fn min(self, other: Self) -> Self {
        // Compare from the most significant limb down.
        if self.0.iter().rev().le(other.0.iter().rev()) { self } else { other }
    }

    /// The target times `numerator / denominator`, rounded down, in integers throughout.
    ///
    /// Targets up to the easiest one have 224 bits, so that a numerator below 2^32 cannot overflow.
    pub(crate) fn times_ratio(self, numerator: u64, denominator: u64) -> Self {
        let mut product = [0; 4];
        let mut carry = 0;
        for (limb, out) in self.0.iter().zip(&mut product) {
            [*out, carry] = halves(u128::from(*limb) * u128::from(numerator) + u128::from(carry));
        }
        assert!(carry == 0, "a target times the seconds of a period must fit 256 bits");
        let mut quotient = [0; 4];
        let mut remainder = 0_u64;
        for (limb, out) in product.iter().zip(&mut quotient).rev() {
            let dividend = (u128::from(remainder) << 64) | u128::from(*limb);
            [*out, _] = halves(dividend / u128::from(denominator));
            [remainder, _] = halves(dividend % u128::from(denominator));
        }
        Self(quotient)
    }

    /// The compact form: a size in bytes and the 23 leading bits, the rest cut off.
    pub(crate) fn to_bits(self) -> u32 {
        let bytes: Vec<u8> = self.0.iter().rev().flat_map(|limb| limb.to_be_bytes()).collect();
        let mut leading = bytes.iter().skip_while(|byte| **byte == 0).peekable();
        let mut size = leading.clone().count();
        // A leading bit of 1 would read as a minus sign: one zero byte goes before it.
        let mut mantissa = 0_u32;
        let mut taken = 0;
        if leading.peek().is_some_and(|byte| **byte & 0x80 != 0) {
            size += 1;
            taken = 1;
        }
        while taken < 3 {
            mantissa = (mantissa << 8) | u32::from(leading.next().copied().unwrap_or(0));
            taken += 1;
        }
        #[expect(clippy::cast_possible_truncation, reason = "33 bytes at most")]
        let size = size as u32;
        (size << 24) | mantissa
    }
}

/// The low and the high half of a product.
#[expect(clippy::cast_possible_truncation, reason = "splitting into halves is the purpose")]
fn halves(wide: u128) -> [u64; 2] {
    [wide as u64, (wide >> 64) as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_form_is_undone_by_reading_it() {
        // Sizes of 29, 23, 18, 4, 3, 2 and 1 bytes; a mantissa with a padding zero byte.
        for bits in [
            0x1d00_ffff,
            0x1701_ddb4,
            0x1200_ff00,
            0x0412_3456,
            0x0312_3456,
            0x0212_3400,
            0x0112_0000,
        ] {
            assert_eq!(Target::from_bits(bits).unwrap().to_bits(), bits, "{bits:#x}");
        }
        assert_eq!(Target::from_bits(0x1d00_ffff).unwrap(), Target::EASIEST);
    }

    #[test]
    fn bits_that_encode_no_target_are_refused() {
        for bits in
            [0, 0x0100_3456, 0x0180_0000, 0x0492_3456, 0x1d80_0001, 0xff12_3456, 0x2300_0001]
        {
            assert!(decode(bits).is_err(), "{bits:#x}");
        }
        assert!(decode(0x2200_0001).is_ok());
        assert!(Target::from_bits(0x207f_ffff).is_err());
    }

    #[test]
    fn ratios_round_down() {
        let ten = Target([10, 0, 0, 0]);
        assert_eq!(ten.times_ratio(1, 3), Target([3, 0, 0, 0]));
        // 2^64 * 3 / 2 crosses a limb.
        assert_eq!(Target([0, 1, 0, 0]).times_ratio(3, 2), Target([1 << 63, 1, 0, 0]));
        assert_eq!(ten.min(Target([0, 1, 0, 0])), ten);
    }
}
