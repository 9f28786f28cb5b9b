//! What can be wrong with a call into this crate.

use std::fmt;

use units::Violation;

/// Why no result is given.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Input values that cannot be used: all of them, in the order given.
    Invalid(Vec<Violation>),
    /// A column that belongs to others has another length than they have.
    LengthMismatch {
        /// Name of the column.
        column: &'static str,
        /// Entries that it must have.
        expected: usize,
        /// Entries that it has.
        found: usize,
    },
    /// The caller's array does not have the shape `[scenarios, machines, prices]` of the inputs.
    ShapeMismatch {
        /// Shape that follows from the inputs.
        expected: [usize; 3],
        /// Shape of the array.
        found: [usize; 3],
    },
    /// The caller's array is not in standard (row-major, gap-free) layout.
    NotContiguous,
    /// An instruction set that does not exist or that this processor does not have.
    UnknownIsa {
        /// The name given.
        name: String,
        /// Names of the instruction sets of this processor, the widest first.
        available: Vec<&'static str>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => units::write_lines(violations, f),
            Self::LengthMismatch { column, expected, found } => {
                write!(f, "column {column} has {found} entries, {expected} expected")
            }
            Self::ShapeMismatch { expected, found } => {
                write!(f, "the grid has shape {found:?}, {expected:?} expected")
            }
            Self::NotContiguous => write!(f, "the grid must be in standard memory layout"),
            Self::UnknownIsa { name, available } => {
                write!(f, "{name:?} is no instruction set of this processor: {available:?}")
            }
        }
    }
}

impl std::error::Error for Error {}
