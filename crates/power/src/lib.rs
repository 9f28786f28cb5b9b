//! What a megawatt-hour costs, hour by hour, under the contract that a site has.
//!
//! A [`Contract`] holds a [`Tariff`] for energy, the [`Charges`] besides it and the clock by which
//! it reckons. What the rest of the engine sees is either a price column over the intervals of a
//! [`Series`] ([`Contract::pricing`]) or a calendar month by rising price ([`Contract::month`]).
//! Miners choose when to run; tenants pay the average.
//!
//! ```
//! use power::{Contract, Tariff};
//! use units::CalendarMonth;
//! let july = CalendarMonth::new(2027, 7)?;
//! let month = Contract::from(Tariff::Flat { usd_per_mwh: 46.0 }).month(july);
//! // July has 31 x 24 = 744 hours, all at one price: below 50 USD/MWh all of them.
//! assert_eq!(month.below(50.0), (744.0, 744.0 * 46.0));
//! # Ok::<(), units::NotAMonth>(())
//! ```

mod calendar;
mod charges;
mod contract;
mod error;
mod month;
mod series;
pub mod synthetic;
mod tariff;

pub use calendar::{Clock, Instants, Local, SECONDS_PER_HOUR, Zone};
pub use charges::{
    Charges, CoincidentPeak, DemandCharge, Duty, Obligation, PeakRule, Program, TakeOrPay, Window,
};
pub use contract::{Contract, Pricing};
pub use error::Error;
pub use month::MonthPrices;
pub use series::{Gap, GapRule, INTERVALS_S, Series};
pub use tariff::{Adders, BlockIndex, Days, Index, Rate, Tariff, TimeOfUse};
