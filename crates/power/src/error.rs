//! What can be wrong with a power contract or a series.

use std::fmt;

use units::Violation;

use crate::series::Gap;

/// Why a tariff or a series cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Input values that cannot be used: all of them.
    Invalid(Vec<Violation>),
    /// Intervals without a value, in order.
    Gaps(Vec<Gap>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => units::write_lines(violations, f),
            Self::Gaps(gaps) => {
                let intervals: usize = gaps.iter().map(|gap| gap.intervals).sum();
                write!(f, "{intervals} intervals have no value, in {} gaps", gaps.len())
            }
        }
    }
}

impl std::error::Error for Error {}
