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
    /// A linear programme that could not be solved.
    Programme(programme::Error),
    /// Something demanded cannot be had: the smallest set of demands and limits that contradict
    /// each other.
    Infeasible(Vec<Conflict>),
    /// Decision and network do not come to rest: each answer of the network changes the decision
    /// that it answers.
    NotSettled {
        /// Rounds that were tried.
        rounds: usize,
        /// Largest change of a month's hash rate in the last of them, as a share.
        change_frac: f64,
        /// Change below which they would have been at rest.
        tolerance_frac: f64,
        /// Sites whose plan still changed.
        sites: Vec<String>,
    },
    /// A site has more plans than will be enumerated.
    TooManyPlans {
        /// Id of the site.
        site: String,
        /// Plans that there are.
        plans: usize,
        /// Plans that will be enumerated at most.
        limit: usize,
    },
    /// Nobody waits for the answer any more.
    Cancelled,
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

impl From<programme::Error> for Error {
    fn from(error: programme::Error) -> Self {
        Self::Programme(error)
    }
}

/// One side of a contradiction.
#[derive(Clone, Debug, PartialEq)]
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
    SharedLimit {
        /// The key of the plan file that sets it, with its date where there are several.
        path: String,
        /// The limit, in its own unit.
        upper: f64,
    },
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MustOffer { site, offer } => write!(f, "site.{site}.offer.{offer}.must"),
            Self::SiteLimit { site, limit } => write!(f, "site.{site}.{}", limit.as_str()),
            Self::SharedLimit { path, upper } => write!(f, "{path} = {upper}"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(violations) => units::write_lines(violations, f),
            Self::Hashcost(error) => write!(f, "{error}"),
            Self::Programme(error) => write!(f, "{error}"),
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
            Self::NotSettled { rounds, change_frac, tolerance_frac, sites } => write!(
                f,
                "the decision and the network's answer to it did not settle in {rounds} rounds: \
                 the hash rate still moves by {change_frac:.2e} of itself, more than \
                 {tolerance_frac:.0e}{}{}",
                if sites.is_empty() { "" } else { "; what changes with each answer: " },
                sites.join(", ")
            ),
            Self::Cancelled => f.write_str("cancelled"),
            Self::TooManyPlans { site, plans, limit } => write!(
                f,
                "site {site} has {plans} plans, more than the {limit} that are enumerated: take \
                 larger steps of critical_mw or shorter windows"
            ),
        }
    }
}

impl std::error::Error for Error {}
