//! Which road to an answer is taken: the one place where it is decided.

use crate::dispatch::{Hours, Ladders};

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
    pub fn of_reduced_grid() -> Self {
        Self::Shortcut
    }

    /// The road of [`crate::dispatch()`].
    ///
    /// Without costs of its own, a point beats another in the hours whose price per hash value lies
    /// below one ratio, so that sorted hours will do; that takes a hash value above zero in every
    /// hour. A factor on the power of the points alone parts them from the idle draw: the ratio then
    /// differs from hour to hour, and every point is tried in every hour. A factor on the hash rate
    /// is a factor on the hash value.
    ///
    /// The number of machines has no say, so that a machine's figures do not depend on its company:
    /// [`crate::dispatch_by`] with [`Method::Brute`] is faster for fewer than some 40.
    pub fn of_dispatch(ladders: &Ladders, hours: &Hours) -> Self {
        let sortable = !hours.has_power_factor() && hours.always_worth_hashing();
        if sortable && !ladders.has_costs() { Self::Shortcut } else { Self::Brute }
    }
}
