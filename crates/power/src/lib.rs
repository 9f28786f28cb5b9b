//! What a megawatt-hour costs, hour by hour, under the contract that a site has.
//!
//! A [`Tariff`] is the contract. What the rest of the engine sees is a short list of [`PriceBin`]s
//! for a calendar month: so many hours at such a price. Miners choose per bin whether to run;
//! tenants pay the average.
//!
//! ```
//! use power::Tariff;
//! use units::CalendarMonth;
//! let july = CalendarMonth::new(2027, 7)?;
//! let bins = Tariff::Flat { usd_per_mwh: 46.0 }.month_bins(july);
//! // July has 31 x 24 = 744 hours, all at one price.
//! assert_eq!((bins[0].usd_per_mwh, bins[0].hours), (46.0, 744.0));
//! # Ok::<(), units::NotAMonth>(())
//! ```

mod error;
mod tariff;

pub use error::Error;
pub use tariff::{Days, PriceBin, Rate, Tariff, TimeOfUse, average_usd_per_mwh};
