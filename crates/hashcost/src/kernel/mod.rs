//! Formulas over slices. Lengths are checked, whole blocks are walked, the last block is padded and
//! takes the same road; nothing allocates, logs or branches per row.

pub(crate) mod cost;

use crate::lanes::Real;

/// Lanes of the widest carrier: the length of a padded block.
pub(crate) const MAX_LANES: usize = 8;

/// Numbers added one after the other before their sum enters the tree.
const SUM_BLOCK: usize = 64;

/// A sum over a fixed tree: blocks of 64 in order, their sums added pairwise.
///
/// The same bits for the same numbers in the same order, whoever calls.
pub(crate) fn sum(values: &[f64]) -> f64 {
    let mut tree = SumTree::<f64, 1>::new();
    for block in values.chunks(SUM_BLOCK) {
        tree.push([block.iter().fold(0.0, |total, value| total + value)]);
    }
    let [total] = tree.total();
    total
}

/// Adds a stream of terms pairwise: two single terms, two pairs, two fours, as a binary counter
/// carries. The shape depends on the number of terms alone.
pub(crate) struct SumTree<R: Real, const N: usize> {
    /// Sum of a full subtree of `2^level` terms, where the bit of `terms` says there is one.
    levels: [[R; N]; SUM_LEVELS],
    terms: usize,
}

/// Enough for a million million terms.
const SUM_LEVELS: usize = 40;

impl<R: Real, const N: usize> SumTree<R, N> {
    pub(crate) fn new() -> Self {
        Self { levels: [[R::splat(0.0); N]; SUM_LEVELS], terms: 0 }
    }

    pub(crate) fn push(&mut self, mut term: [R; N]) {
        let mut level = 0;
        while self.terms >> level & 1 == 1 {
            term = added(self.levels[level], term);
            level += 1;
        }
        self.levels[level] = term;
        self.terms += 1;
    }

    pub(crate) fn total(&self) -> [R; N] {
        let mut total = [R::splat(0.0); N];
        for (level, subtree) in self.levels.iter().enumerate() {
            if self.terms >> level & 1 == 1 {
                total = added(*subtree, total);
            }
        }
        total
    }
}

/// Two terms added place by place.
fn added<R: Real, const N: usize>(mut left: [R; N], right: [R; N]) -> [R; N] {
    for (sum, term) in left.iter_mut().zip(right) {
        *sum = *sum + term;
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
