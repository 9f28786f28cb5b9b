//! Which road to an answer is taken: the one place where it is decided.

/// How an optimum or a threshold is found among many cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Every cell is computed. Always right; the test of the other.
    Brute,
    /// What decides is sorted once and then looked up; prefix sums give the totals.
    Shortcut,
}

impl Method {
    /// The road of [`crate::reduced_grid`].
    ///
    /// A cell of the cost grid is affine in the power price, with a slope above zero, and every
    /// statistic is a sum over the machines below a threshold: sorting by breakeven price always
    /// applies.
    pub(crate) fn of_reduced_grid() -> Self {
        Self::Shortcut
    }
}
