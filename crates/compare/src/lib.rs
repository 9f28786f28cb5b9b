//! Which use of a site's megawatts is worth most.
//!
//! A [`Site`] with its machines, its tariff and the [`Offer`]s made for it is put into a
//! [`World`]; every feasible plan is laid out as monthly cash flows, and the best one is returned
//! with everything that explains it. Sites that share a budget or a tenant form a [`Portfolio`].
//!
//! ```
//! use compare::{MachineMarket, MiningPolicy, Money, Sale, Site, Use, World, decide_site};
//! use hashcost::projection::{Line, Start, project};
//! // A site without machines that somebody would buy for 0.3 M$ a MW.
//! let site = Site {
//!     id: "mesa".into(),
//!     name: "Mesa".into(),
//!     approved_gross_mw: 20.0,
//!     energised: vec![(0, 20.0)],
//!     mining_overhead: 1.05,
//!     contract: power::Tariff::Flat { usd_per_mwh: 45.0 }.into(),
//!     machines: Vec::new(),
//!     policies: vec![MiningPolicy::RunOff],
//!     offers: Vec::new(),
//!     sale: Some(Sale { usd_per_gross_mw: 0.3e6, last_quarter: 3 }),
//!     curtailable_min_frac: 0.0,
//! };
//! let world = World {
//!     path: project(&Start::october_2025(0.015, 110_000.0), &Line::Mechanical, 36)?,
//!     pool_fee_frac: 0.005,
//!     market: MachineMarket {
//!         bands: vec![(14.0, 18.0)],
//!         decline_frac: 0.3,
//!         new_j_per_th: 13.5,
//!         new_usd_per_th: 18.0,
//!         refresh_payback_months: 24.0,
//!         tax_life_months: 48,
//!         new_life_months: 60,
//!     },
//!     money: Money {
//!         discount_rate_frac: 0.12,
//!         discount_rate_by_use: Vec::new(),
//!         tax_rate_frac: 0.0,
//!     },
//!     answers: None,
//! };
//! let decision = decide_site(&site, &world)?;
//! // Sold at once: 20 MW at 0.3 M$.
//! assert_eq!(decision.choice.exit.map(|exit| (exit.to, exit.quarter)), Some((Use::Sale, 0)));
//! assert!((decision.npv_usd - 6.0e6).abs() < 1e-6);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod breakdown;
mod choice;
pub mod company;
mod course;
mod curve;
mod decision;
mod envelope;
mod error;
mod explain;
mod feedback;
pub mod financing;
#[cfg(test)]
mod fixture;
mod flows;
mod hold;
mod ledger;
mod limits;
mod mining;
mod offer;
pub mod operation;
mod portfolio;
pub mod quarterly;
mod sensitivity;
mod site;
mod switching;
mod verify;
mod watch;
mod world;

pub use breakdown::{HallMonths, OutcomeMonths, SiteMonths, breakdown};
pub use choice::{Choice, Outcome, Pick};
pub use course::{Blocked, Commitment, Course, Exit, Limit, RentCase};
pub use curve::{Knob, Slope};
pub use decision::{Alternative, Excluded, SiteDecision, TIE_REL, decide_site};
pub use envelope::{Envelope, Step, fill, upper_envelope};
pub use error::{Conflict, Error};
pub use explain::{
    Dominated, Explanation, Frontier, Instead, PortfolioCrossing, PortfolioSwitching, PowerValue,
    Regret, explain, explain_watched, frontier, power_frontier, regret,
};
pub use feedback::{FEEDBACK_TOLERANCE_FRAC, Settled, settle};
pub use flows::{CashFlow, SiteFlows};
pub use hold::hold;
pub use limits::{SharedKind, SharedLimit};
pub use mining::Place;
pub use offer::{Blocks, Commit, Deal, Offer, Signing, Use};
pub use portfolio::{
    Funding, LimitUse, PROVEN_GAP_FRAC, Portfolio, PortfolioDecision, Region, Status, Tenant,
    TenantCap, decide, decide_plans, decide_watched, mps,
};
pub use sensitivity::{Reaction, SPREAD_FRAC, SiteReaction, low_and_high, react, spaced};
pub use site::{MachineClass, MachineMarket, MiningPolicy, Rung, Sale, Site};
pub use switching::{Crossing, Lever, Switching};
pub use watch::Watch;
pub use world::{Answers, Money, World};
