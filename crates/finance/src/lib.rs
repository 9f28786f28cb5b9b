//! Money over months and years: present values, every internal rate of return, payback,
//! annuities, depreciation and income tax with losses carried forward.
//!
//! The crate knows no machine and no site. All rates are fractions (0.1 is 10 %), all amounts are
//! nominal USD, and "no rate of return" and "several of them" are answers, not failures.
//!
//! ```
//! use finance::{Irr, irr, npv_yearly_usd};
//! // Pay 100 now, get 60 at the end of each of two years.
//! let flows_usd = [-100.0, 60.0, 60.0];
//! assert!((npv_yearly_usd(&flows_usd, 0.0) - 20.0).abs() < 1e-12);
//! let Irr::One(root) = irr(&flows_usd) else { panic!("one sign change, one root") };
//! assert!((root.rate_frac - 0.130_662_386).abs() < 1e-9);
//! ```

mod cashflow;
pub mod debt;
pub mod depreciation;
mod irr;
mod roots;
pub mod tax;

pub use cashflow::{
    annuity_factor, annuity_payment_usd, discount_factor, discounted_payback_periods, mirr,
    npv_monthly_usd, npv_yearly_usd, payback_periods, xnpv,
};
pub use irr::{Irr, NoIrr, Root, irr, irr_annual_of_monthly, xirr};
