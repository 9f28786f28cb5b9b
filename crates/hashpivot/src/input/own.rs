//! Quantities that only the plan file needs.

use units::{OutOfRange, Quantity, Slip};

macro_rules! quantity {
    ($($(#[$doc:meta])* $name:ident, $suffix:literal, $unit:literal, $min:literal ..= $max:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct $name(f64);

        impl Quantity for $name {
            const SUFFIX: &'static str = $suffix;
            const UNIT: &'static str = $unit;
            const MIN: f64 = $min;
            const MAX: f64 = $max;
            const OR_ZERO: bool = false;
            const SLIPS: &'static [Slip] = &[];

            fn checked(value: f64) -> Result<Self, OutOfRange> {
                if ($min..=$max).contains(&value) {
                    return Ok(Self(value + 0.0));
                }
                Err(OutOfRange {
                    value,
                    unit: $unit,
                    allowed: Self::allowed(),
                    hint: String::new(),
                })
            }
        }

        impl From<$name> for f64 {
            fn from(quantity: $name) -> f64 {
                quantity.0
            }
        }
    )*};
}

quantity! {
    /// Number of a calendar month, January = 1.
    MonthNumber, "month_number", "month, January = 1", 1.0..=12.0;
    /// Hour on a local clock, from midnight.
    ClockHour, "clock_hour", "h", 0.0..=24.0;
    /// Charge per kW of a peak; 0 is allowed.
    PeakUsdPerKw, "usd_per_kw", "USD/kW", 0.0..=1000.0;
    /// Income per MW and month.
    UsdPerMwMonth, "usd_per_mw_month", "USD/MW-month", 0.0..=1e6;
    /// Energy of a month.
    MwhPerMonth, "mwh_per_month", "MWh/month", 0.0..=1e7;
    /// Hours in a year.
    HoursPerYear, "hours_per_year", "h/year", 0.0..=8784.0;
    /// Time that a switch takes or commits to.
    SwitchingH, "h", "h", 0.0..=168.0;
    /// Draw of a machine that is off.
    IdleW, "idle_w", "W", 0.0..=10000.0;
    /// Seed of random numbers.
    Seed, "seed", "seed", 0.0..=4_294_967_295.0;
    /// A price or efficiency as a multiple of the one at the valuation date.
    PriceIndex, "index", "multiple of today's", 0.001..=1000.0;
    /// Cash flow per debt service.
    Coverage, "dscr", "times debt service", 1.0..=10.0;
    /// A number of shares.
    ShareCount, "shares", "shares", 1.0..=1e12;
    /// Price of a share.
    UsdPerShare, "usd_per_share", "USD/share", 0.0001..=1e6;
    /// An amount of bitcoin.
    Btc, "btc", "BTC", 0.0..=21_000_000.0;
}
