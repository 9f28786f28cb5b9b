//! What the machine can do at most: yardsticks beside which the kernels are measured.

use crate::kernel::MAX_LANES;
use crate::lanes::Real;

/// Chains of multiply-adds that hide each other's latency: two units of four or five cycles.
const CHAINS: usize = 12;

/// Where every lane of every chain starts: equal chains would be computed once.
const STARTS: [f64; CHAINS * MAX_LANES] = {
    let mut starts = [1.0; CHAINS * MAX_LANES];
    let mut place = 1;
    while place < starts.len() {
        starts[place] = starts[place - 1] + 1.0;
        place += 1;
    }
    starts
};

/// Independent multiply-adds of whole registers, `steps` times [`OPERATIONS`]; `out`, of eight
/// places, keeps the compiler from leaving them out.
#[inline(always)]
pub(crate) fn multiply_adds<R: Real>(steps: usize, out: &mut [f64]) {
    let (factor, summand) = (R::splat(0.999_999_9), R::splat(1e-9));
    let mut chains = [R::splat(0.0); CHAINS];
    for (chain, start) in chains.iter_mut().zip(STARTS.chunks_exact(MAX_LANES)) {
        *chain = R::load(start);
    }
    for _ in 0..steps {
        for chain in &mut chains {
            *chain = chain.mul_add(factor, summand);
        }
    }
    let mut total = R::splat(0.0);
    for chain in chains {
        total = total + chain;
    }
    total.store(out);
}

/// Operations of a step of [`multiply_adds`].
pub(crate) const OPERATIONS: usize = CHAINS;

/// The same number everywhere, past the caches where the carrier can.
#[inline(always)]
pub(crate) fn fill_streamed<R: Real>(value: f64, out: &mut [f64]) {
    let value = R::splat(value);
    let mut blocks = out.chunks_exact_mut(R::LANES);
    for block in blocks.by_ref() {
        value.stream(block);
    }
    let rest = blocks.into_remainder();
    let mut lanes = [0.0; MAX_LANES];
    value.store(&mut lanes);
    let filled = rest.len();
    rest.copy_from_slice(&lanes[..filled]);
}
