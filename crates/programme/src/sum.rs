//! Sums of products that lose nothing to cancellation.

/// A sum with the rounding errors of its products and additions carried beside it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sum {
    total: f64,
    lost: f64,
}

impl Sum {
    /// Adds a product: its rounding error from a fused multiplication, that of the addition by
    /// Neumaier's comparison.
    pub(crate) fn add(&mut self, a: f64, b: f64) {
        let product = a * b;
        let total = self.total + product;
        if total.is_finite() {
            let larger_first = self.total.abs() >= product.abs();
            let (large, small) =
                if larger_first { (self.total, product) } else { (product, self.total) };
            self.lost += (large - total) + small + a.mul_add(b, -product);
        }
        self.total = total;
    }

    /// The sum.
    pub(crate) fn total(self) -> f64 {
        self.total + self.lost
    }
}

/// Sum of products of pairs.
pub(crate) fn dot(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let mut sum = Sum::default();
    for (a, b) in pairs {
        sum.add(a, b);
    }
    sum.total()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_to_cancellation() {
        assert_eq!(dot([(1e16, 1.0), (1.0, 1.0), (-1e16, 1.0)].into_iter()), 1.0);
        // (2^27 + 1)^2 is not a double; its last bit comes back from the fused multiplication.
        let a = 134_217_729.0;
        assert_eq!(dot([(a, a), (-18_014_398_777_917_440.0, 1.0)].into_iter()), 1.0);
        assert_eq!(dot(std::iter::empty()), 0.0);
        assert_eq!(dot([(f64::INFINITY, 1.0), (1.0, 1.0)].into_iter()), f64::INFINITY);
    }
}
