//! Formulas over slices. Lengths are checked, whole blocks are walked, the last block is padded and
//! takes the same road; nothing allocates, logs or branches per row.
//!
//! A kernel is generic over its carrier and `#[inline(always)]`: [`crate::isa`] compiles it once for
//! each instruction set, and a function that stayed apart would be compiled for none.

pub(crate) mod cost;
pub(crate) mod dispatch;
pub(crate) mod elementary;
pub(crate) mod limits;
pub(crate) mod normal;
pub(crate) mod paths;
pub(crate) mod philox;
pub(crate) mod response;

use crate::lanes::{F64x8, Real};

/// Lanes of the widest carrier: the length of a padded block.
pub(crate) const MAX_LANES: usize = 8;

/// Numbers added in eight lanes before their sum enters the tree.
const SUM_BLOCK: usize = 64;

/// A sum over a fixed tree: blocks of 64 in eight lanes, the lanes added pairwise, the blocks added
/// pairwise.
///
/// The same bits for the same numbers in the same order, whoever calls and on whatever processor:
/// nothing but additions.
pub(crate) fn sum(values: &[f64]) -> f64 {
    let mut tree = SumTree::<1>::new();
    for block in values.chunks(SUM_BLOCK) {
        let mut lanes = F64x8::splat(0.0);
        let mut octets = block.chunks_exact(MAX_LANES);
        for octet in octets.by_ref() {
            lanes = lanes + F64x8::load(octet);
        }
        let rest = octets.remainder();
        if !rest.is_empty() {
            let mut padded = [0.0; MAX_LANES];
            padded[..rest.len()].copy_from_slice(rest);
            lanes = lanes + F64x8::load(&padded);
        }
        tree.push([lanes_added(lanes)]);
    }
    let [total] = tree.total();
    total
}

/// The lanes of a carrier of eight added pairwise: neighbours four apart, two apart, then both.
#[inline(always)]
pub(crate) fn lanes_added<R: Real>(lanes: R) -> f64 {
    let mut values = [0.0; MAX_LANES];
    lanes.store(&mut values);
    let pair = |lane: usize| values[lane] + values[lane + 4];
    (pair(0) + pair(2)) + (pair(1) + pair(3))
}

/// Adds a stream of terms pairwise: two single terms, two pairs, two fours, as a binary counter
/// carries. The shape depends on the number of terms alone.
pub(crate) struct SumTree<const N: usize> {
    /// Sum of a full subtree of `2^level` terms, where the bit of `terms` says there is one.
    levels: Vec<[f64; N]>,
    terms: usize,
}

impl<const N: usize> SumTree<N> {
    pub(crate) fn new() -> Self {
        Self { levels: Vec::new(), terms: 0 }
    }

    pub(crate) fn push(&mut self, mut term: [f64; N]) {
        let mut level = 0;
        while self.terms >> level & 1 == 1 {
            term = added(self.levels[level], &term);
            level += 1;
        }
        match self.levels.get_mut(level) {
            Some(place) => *place = term,
            None => self.levels.push(term),
        }
        self.terms += 1;
    }

    pub(crate) fn total(&self) -> [f64; N] {
        let mut total = [0.0; N];
        for (level, subtree) in self.levels.iter().enumerate() {
            if self.terms >> level & 1 == 1 {
                total = added(*subtree, &total);
            }
        }
        total
    }
}

/// A running sum that keeps what its additions round off.
#[derive(Clone, Copy, Default)]
pub(crate) struct Compensated {
    sum: f64,
    lost: f64,
}

impl Compensated {
    pub(crate) fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        let of_term = sum - self.sum;
        self.lost += (self.sum - (sum - of_term)) + (term - of_term);
        self.sum = sum;
    }

    pub(crate) fn value(self) -> f64 {
        self.sum + self.lost
    }
}

/// Two terms added place by place.
fn added<const N: usize>(mut left: [f64; N], right: &[f64; N]) -> [f64; N] {
    for (sum, term) in left.iter_mut().zip(right) {
        *sum += term;
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_adds_every_term_once() {
        for terms in [0_u32, 1, 2, 3, 7, 8, 63, 64, 65, 1_000, 4_097] {
            let values: Vec<f64> = (1..=terms).map(f64::from).collect();
            let expected = f64::from(terms) * f64::from(terms + 1) / 2.0;
            assert_eq!(sum(&values), expected, "{terms} terms");
        }
    }

    #[test]
    fn small_terms_survive_beside_a_large_one() {
        let mut values = vec![1.0e-16; 1 << 20];
        values[0] = 1.0;
        // One after the other, every small term would be lost.
        assert!((sum(&values) - (1.0 + 1.048_575e-10)).abs() < 1e-14);
    }
}
