//! What can be wrong with a power contract.

use std::fmt;

use units::Violation;

/// Why a tariff cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Input values that cannot be used: all of them.
    Invalid(Vec<Violation>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => units::write_lines(violations, f),
        }
    }
}

impl std::error::Error for Error {}
