//! What can be wrong with a contract or a published figure.

use std::fmt;

use units::{Code, OutOfRange, Quantity, Violation};

/// Why no result is given.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Input values that cannot be used: all of them, in the order of the fields.
    Invalid(Vec<Violation>),
    /// The known figures do not fix the others: too few, or one follows from the rest.
    Underdetermined {
        /// Names of the figures given.
        known: Vec<&'static str>,
        /// Names of the figures that stay open.
        open: Vec<&'static str>,
    },
    /// A figure contradicts those before it by more than the identity solver allows.
    Contradiction {
        /// Name of the figure.
        figure: &'static str,
        /// Its value as given.
        given: f64,
        /// Its value as implied by the others.
        implied: f64,
    },
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
            Self::Underdetermined { known, open } => {
                let why = if known.len() < 3 { "are too few" } else { "depend on each other" };
                write!(f, "{} {why}: add one of {}", known.join(", "), open.join(", "))
            }
            Self::Contradiction { figure, given, implied } => {
                write!(f, "{figure} = {given} contradicts the other figures, which give {implied}")
            }
        }
    }
}

impl std::error::Error for Error {}

/// Collects the faults of one contract, so that all of them are reported together.
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

    /// Notes a fault if `holds` is false.
    pub(crate) fn demand(&mut self, holds: bool, path: &str, value: f64, allowed: &str) {
        if !holds {
            self.0.push(Violation::new(Code::Range, path).value(value).allowed(allowed));
        }
    }

    /// All faults noted so far as an error, if there are any.
    pub(crate) fn into_result(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
