//! What a megawatt earns from high-performance computing: colocation leases, GPU clouds, and what
//! either is worth per critical MW.
//!
//! Contracts ([`Lease`], [`GpuCloud`]) say what was agreed; [`lease_proforma`] and
//! [`cloud_proforma`] turn them into the months of a plan; [`value`] says what those are worth.
//! [`LeaseSummary`], [`cloud_year_end`] and [`identity::solve`] read press releases.
//!
//! ```
//! use hpcrev::{Delivery, Lease, PlanMonths, RentFactor, lease_proforma, value};
//! // 130 USD/kW-month for ten years with 3 % steps, from a hall of 10 M$/MW built in a year.
//! let lease = Lease::plain(130.0, 0.03, 120);
//! let delivery = Delivery { months_to_deliver: 12, ..Delivery::at_once(10e6) };
//! let months = PlanMonths { hours: &[730.0; 132], usd_per_mwh: &[50.0; 132] };
//! let hall = lease_proforma(&lease, &delivery, 0, &months, &RentFactor::SIGNED);
//! let usd_per_mw = value::dcf_usd(&hall, 0.10, 132, 0.0);
//! assert!((usd_per_mw / 0.6260e6 - 1.0).abs() < 1e-4);
//! ```

pub mod chain;
mod cloud;
mod delivery;
mod error;
mod grid;
pub mod identity;
mod lease;
mod proforma;
pub mod signing;
pub mod value;

pub use cloud::{
    CloudYears, DECAY_REGIMES, DecayRegimes, GpuCloud, Refresh, annual_cost_usd, cloud_year_end,
};
pub use delivery::{Delivery, PlanMonths, RentFactor};
pub use error::Error;
pub use grid::{cloud_value_grid_usd, lease_value_grid_usd};
pub use lease::{
    Lease, LeaseSummary, LeaseType, Prepayment, backstop_share_frac, escalated_years,
    escalator_from_renewals, lease_from_value, rent_usd_per_mwh,
};
pub use proforma::{GPU_TAX_LIFE_MONTHS, Proforma, cloud_proforma, lease_proforma};
