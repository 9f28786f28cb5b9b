//! Why a command has no answer, and the exit code that says so.

use std::{fmt, io, path::PathBuf};

use units::{Code, Violation};

/// Why a command has no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Input that cannot be used: all faults, in file order.
    Input(Vec<Violation>),
    /// Something demanded cannot be had, or there is more work than the limit allows.
    Compare(compare::Error),
    /// A figure of the network that nothing can be computed with.
    Hashcost(hashcost::Error),
    /// A lease or GPU cloud that nothing can be computed with.
    Hpcrev(hpcrev::Error),
    /// A file that could not be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// Published figures that the engine does not meet.
    CheckFailed {
        /// How many.
        rows: usize,
    },
    /// The engine broke one of its own promises.
    Internal(&'static str),
}

impl Error {
    /// The exit code: 1 internal, 3 invalid input, 4 infeasible, 5 input or output, 6 a check
    /// failed or no state of rest was found, 7 resource limit, 130 cancelled. (2, wrong usage, belongs to the argument parser.)
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_)
            | Self::Compare(compare::Error::Invalid(_))
            | Self::Hashcost(_)
            | Self::Hpcrev(_) => 3,
            Self::Compare(compare::Error::Infeasible(_)) => 4,
            Self::Io { .. } => 5,
            Self::CheckFailed { .. } | Self::Compare(compare::Error::NotSettled { .. }) => 6,
            Self::Compare(compare::Error::TooManyPlans { .. }) => 7,
            Self::Compare(compare::Error::Cancelled) => 130,
            Self::Compare(_) | Self::Internal(_) => 1,
        }
    }

    /// The same as fault records, for every surface.
    pub fn violations(&self) -> Vec<Violation> {
        match self {
            Self::Input(violations)
            | Self::Compare(compare::Error::Invalid(violations))
            | Self::Hashcost(hashcost::Error::Invalid(violations))
            | Self::Hpcrev(hpcrev::Error::Invalid(violations)) => violations.clone(),
            Self::Compare(compare::Error::Infeasible(conflicts)) => conflicts
                .iter()
                .map(|conflict| {
                    Violation::new(Code::Infeasible, conflict.to_string())
                        .allowed("these demands and limits contradict each other")
                })
                .collect(),
            Self::Compare(compare::Error::TooManyPlans { site, plans, limit }) => {
                vec![
                    Violation::new(Code::Limit, format!("site.{site}"))
                        .value(plans)
                        .unit("plans")
                        .allowed(format!("allowed up to {limit}"))
                        .hint("take larger steps of critical_mw or shorter windows"),
                ]
            }
            Self::Compare(compare::Error::NotSettled { change_frac, sites, .. }) => {
                vec![
                    Violation::new(Code::Limit, "bitcoin.network_feedback")
                        .value(format_args!("{change_frac:.2e}"))
                        .allowed(self.to_string())
                        .hint(if sites.is_empty() {
                            "set network_feedback = false".to_owned()
                        } else {
                            let sites = sites.join(", ");
                            format!("fix the plan of {sites}, or set network_feedback = false")
                        }),
                ]
            }
            Self::Io { path, source } => {
                vec![
                    Violation::new(Code::Io, path.display().to_string())
                        .allowed(source.to_string()),
                ]
            }
            other => vec![Violation::new(Code::Conflict, String::new()).allowed(other.to_string())],
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(violations) if violations.len() == 1 => write!(f, "a fault in the input"),
            Self::Input(violations) => write!(f, "{} faults in the input", violations.len()),
            Self::Compare(e) => write!(f, "{e}"),
            Self::Hashcost(e) => write!(f, "{e}"),
            Self::Hpcrev(e) => write!(f, "{e}"),
            Self::Io { path, source } => write!(f, "{}: {source}", path.display()),
            Self::CheckFailed { rows } => {
                write!(f, "{rows} published figures are out of their tolerance")
            }
            Self::Internal(what) => write!(f, "internal error, please report it: {what}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Compare(e) => Some(e),
            Self::Hashcost(e) => Some(e),
            Self::Hpcrev(e) => Some(e),
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<Vec<Violation>> for Error {
    fn from(violations: Vec<Violation>) -> Self {
        Self::Input(violations)
    }
}

impl From<compare::Error> for Error {
    fn from(e: compare::Error) -> Self {
        Self::Compare(e)
    }
}

impl From<hashcost::Error> for Error {
    fn from(e: hashcost::Error) -> Self {
        Self::Hashcost(e)
    }
}

impl From<hpcrev::Error> for Error {
    fn from(e: hpcrev::Error) -> Self {
        Self::Hpcrev(e)
    }
}
