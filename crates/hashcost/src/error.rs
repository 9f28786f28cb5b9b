//! What can be wrong with a call into this crate.

use std::fmt;

use units::{Code, OutOfRange, Quantity, Violation};

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
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => {
                for (position, violation) in violations.iter().enumerate() {
                    if position > 0 {
                        writeln!(f)?;
                    }
                    write!(f, "{violation}")?;
                }
                Ok(())
            }
            Self::LengthMismatch { column, expected, found } => {
                write!(f, "column {column} has {found} entries, {expected} expected")
            }
            Self::ShapeMismatch { expected, found } => {
                write!(f, "the grid has shape {found:?}, {expected:?} expected")
            }
            Self::NotContiguous => write!(f, "the grid must be in standard memory layout"),
        }
    }
}

impl std::error::Error for Error {}

/// Collects the faults of one call, so that all of them are reported together.
#[derive(Default)]
pub(crate) struct Faults(Vec<Violation>);

impl Faults {
    /// Notes a fault if `value` lies outside the range of the quantity `Q`.
    pub(crate) fn check<Q: Quantity>(&mut self, path: impl Into<String>, value: f64) {
        if let Err(OutOfRange { value, unit, allowed, hint }) = Q::checked(value) {
            let code = if value.is_finite() { Code::Range } else { Code::NotFinite };
            let fault = Violation::new(code, path).value(value).unit(unit);
            self.0.push(fault.allowed(allowed).hint(hint));
        }
    }

    /// Notes a fault that is not about one value's range.
    pub(crate) fn push(&mut self, fault: Violation) {
        self.0.push(fault);
    }

    /// All faults noted so far as an error, if there are any.
    pub(crate) fn into_result(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
