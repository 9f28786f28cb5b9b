//! What can be wrong with a contract or a published figure.

use std::fmt;

use units::Violation;

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
            Self::Invalid(violations) => units::write_lines(violations, f),
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
