//! What can stop a comparison.

use std::fmt;

use units::Violation;

use crate::course::Limit;

/// Why there is no decision.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Input values that cannot be used: all of them.
    Invalid(Vec<Violation>),
    /// What the dispatch refuses besides.
    Hashcost(hashcost::Error),
    /// Something demanded cannot be had: the smallest set of demands and limits that contradict
    /// each other.
    Infeasible(Vec<Conflict>),
    /// A site has more plans than will be enumerated.
    TooManyPlans {
        /// Id of the site.
        site: String,
        /// Plans that there are.
        plans: usize,
        /// Plans that will be enumerated at most.
        limit: usize,
    },
}

/// What the dispatch refuses is input that cannot be used.
impl From<hashcost::Error> for Error {
    fn from(error: hashcost::Error) -> Self {
        match error {
            hashcost::Error::Invalid(violations) => Self::Invalid(violations),
            other => Self::Hashcost(other),
        }
    }
}

/// One side of a contradiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// An offer that must be taken.
    MustOffer {
        /// Id of the site.
        site: String,
        /// Id of the offer.
        offer: String,
    },
    /// A limit of a site.
    SiteLimit {
        /// Id of the site.
        site: String,
        /// Which limit.
        limit: Limit,
    },
    /// A limit that sites share.
    SharedLimit(Limit),
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MustOffer { site, offer } => write!(f, "site.{site}.offer.{offer}.must"),
            Self::SiteLimit { site, limit } => write!(f, "site.{site}.{}", limit.as_str()),
            Self::SharedLimit(limit) => write!(f, "{}", limit.as_str()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => units::write_lines(violations, f),
            Self::Hashcost(error) => write!(f, "{error}"),
            Self::Infeasible(conflicts) => {
                write!(f, "these cannot all be had together: ")?;
                for (i, conflict) in conflicts.iter().enumerate() {
                    if i > 0 {
                        write!(f, ", ")?;
                    }
                    write!(f, "{conflict}")?;
                }
                Ok(())
            }
            Self::TooManyPlans { site, plans, limit } => write!(
                f,
                "site {site} has {plans} plans, more than the {limit} that are enumerated: take \
                 larger steps of critical_mw or shorter windows"
            ),
        }
    }
}

impl std::error::Error for Error {}
