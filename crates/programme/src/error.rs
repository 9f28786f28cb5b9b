//! What can stop a solution.

use std::fmt;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A back end gave up or answered what cannot be read.
    Backend {
        /// Its name.
        backend: &'static str,
        /// What it said.
        said: String,
    },
    /// A programme that means nothing: a number that is none, a column that does not exist.
    Malformed {
        /// What is wrong, and where.
        what: String,
    },
}

impl Error {
    /// What a back end said.
    pub(crate) fn backend(backend: &'static str, said: impl Into<String>) -> Self {
        Self::Backend { backend, said: said.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Backend { backend, said } => write!(f, "{backend}: {said}"),
            Self::Malformed { what } => write!(f, "malformed programme: {what}"),
        }
    }
}

impl std::error::Error for Error {}
