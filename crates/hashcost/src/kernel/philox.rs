//! Random bits without a state: Philox4x32 with ten rounds (Salmon, Moraes, Dror and Shaw,
//! "Parallel random numbers: as easy as 1, 2, 3", 2011).
//!
//! Bits are a function of a key and a counter, so that any number of any path can be had alone, by
//! any thread, in any order.

use crate::lanes::Bits;

const MULTIPLIERS: [u64; 2] = [0xd251_1f53, 0xcd9e_8d57];
const KEY_STEPS: [u32; 2] = [0x9e37_79b9, 0xbb67_ae85];
const ROUNDS: usize = 10;
const LOW_32: u64 = 0xffff_ffff;

/// The 128 bits of a counter of four 32-bit words, as two 64-bit words.
///
/// Each lane holds one word in its lower half. What stands above it on the way is never read: the
/// products take lower halves alone.
#[inline(always)]
pub(crate) fn philox<B: Bits>(key: [u32; 2], counter: [B; 4]) -> [B; 2] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let mut key = key;
    for _ in 0..ROUNDS {
        let first = c0.mul_low32(B::splat(MULTIPLIERS[0]));
        let second = c2.mul_low32(B::splat(MULTIPLIERS[1]));
        c0 = second.shr(32) ^ c1 ^ B::splat(u64::from(key[0]));
        c1 = second;
        c2 = first.shr(32) ^ c3 ^ B::splat(u64::from(key[1]));
        c3 = first;
        key = [key[0].wrapping_add(KEY_STEPS[0]), key[1].wrapping_add(KEY_STEPS[1])];
    }
    let low = B::splat(LOW_32);
    [(c0 & low) | c1.shl(32), (c2 & low) | c3.shl(32)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::U64x8;

    /// Key, counter and bits that the authors of the generator publish with it.
    const KNOWN: [([u32; 2], [u32; 4], [u32; 4]); 3] = [
        ([0; 2], [0; 4], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        ([u32::MAX; 2], [u32::MAX; 4], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (
            [0xa409_3822, 0x299f_31d0],
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
        ),
    ];

    #[test]
    fn published_answers_come_out() {
        for (key, counter, bits) in KNOWN {
            let expected =
                [0, 2].map(|word| u64::from(bits[word]) | u64::from(bits[word + 1]) << 32);
            assert_eq!(philox(key, counter.map(u64::from)), expected);
            // Garbage above the lower halves is not read, lane by lane.
            let lanes = counter.map(|word| {
                let mut lanes = [0xdead_0000_0000_0000; 8];
                for (i, lane) in lanes.iter_mut().enumerate() {
                    *lane = u64::from(word) | (i as u64) << 40;
                }
                U64x8::load(&lanes)
            });
            // The second word of the counter is read as a whole: it enters by exclusive or.
            for word in philox(key, lanes).into_iter().zip(expected) {
                let mut out = [0; 8];
                word.0.store(&mut out);
                assert_eq!(out, [word.1; 8]);
            }
        }
    }
}
