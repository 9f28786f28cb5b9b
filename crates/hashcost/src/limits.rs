//! What this machine can do at most, as work to be timed beside a kernel's.

use crate::isa::{self, Isa};
use crate::kernel::MAX_LANES;
use crate::kernel::limits::OPERATIONS;

/// At least as many independent multiply-adds of eight lanes as asked for: the time below which no
/// kernel with so many arithmetic operations can come. The result is of no use.
pub fn multiply_adds(isa: Isa, operations: usize) -> [f64; MAX_LANES] {
    let mut out = [0.0; MAX_LANES];
    isa::multiply_adds(isa, operations.div_ceil(OPERATIONS), &mut out);
    out
}

/// One number in every place, past the caches where the instruction set can: the time below which
/// nothing of that length is written.
pub fn fill_streamed(isa: Isa, value: f64, out: &mut [f64]) {
    isa::fill_streamed(isa, value, out);
    isa::stream_fence(isa);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fill_reaches_every_place() {
        let mut out = vec![0.0; 70];
        for isa in Isa::available() {
            for length in 0..=33 {
                for offset in 0..9 {
                    out.fill(0.0);
                    fill_streamed(isa, 3.0, &mut out[offset..offset + length]);
                    let filled = out.iter().filter(|&&place| place == 3.0).count();
                    assert_eq!((filled, out[..offset].iter().sum::<f64>()), (length, 0.0));
                }
            }
            assert!(multiply_adds(isa, 100)[0].is_finite());
        }
    }
}
