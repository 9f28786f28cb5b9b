//! One table of quantities: name, unit, allowed range, and the slips that people make.
//!
//! Values enter and leave the engine through these types; inside the kernels they are plain `f64`
//! whose names carry the unit.

use std::fmt;

/// A slip that explains an out-of-range value: the value lies in `from..=to`, and multiplied by
/// `factor` it would probably be what was meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slip {
    /// Smallest value that looks like this slip.
    pub from: f64,
    /// Largest value that looks like this slip.
    pub to: f64,
    /// What the value was probably given in.
    pub looks_like: &'static str,
    /// Factor from there to this quantity's unit.
    pub factor: f64,
}

/// What every quantity knows about itself.
pub trait Quantity: Copy + Into<f64> {
    /// Suffix of names that hold it, `usd_per_mwh`.
    const SUFFIX: &'static str;
    /// Unit in words, `USD/MWh`.
    const UNIT: &'static str;
    /// Smallest allowed value.
    const MIN: f64;
    /// Largest allowed value.
    const MAX: f64;
    /// Whether exactly zero is allowed although it lies below the minimum.
    const OR_ZERO: bool;
    /// Likely slips, most likely first.
    const SLIPS: &'static [Slip];

    /// The typed value.
    ///
    /// # Errors
    /// [`OutOfRange`] if `value` is not finite or outside the allowed range.
    fn checked(value: f64) -> Result<Self, OutOfRange>;

    /// The allowed range in words, `allowed 1..=2000`.
    fn allowed() -> String {
        let zero = if Self::OR_ZERO { " or exactly 0" } else { "" };
        format!("allowed {}..={}{zero}", Self::MIN, Self::MAX)
    }

    /// The likely cause of a value outside the range, if there is a good guess.
    fn hint(value: f64) -> Option<String> {
        let slip = Self::SLIPS.iter().find(|s| (s.from..=s.to).contains(&value))?;
        let meant = value * slip.factor;
        if !(Self::MIN..=Self::MAX).contains(&meant) {
            return None;
        }
        // Twelve digits are plenty for a suggestion, and hide the last bit of the product.
        let rounded: f64 = format!("{meant:.12e}").parse().unwrap_or(meant);
        Some(format!(
            "looks like {}: did you mean {rounded}? this field is in {}",
            slip.looks_like,
            Self::UNIT
        ))
    }
}

/// A value that its quantity does not allow.
#[derive(Clone, Debug, PartialEq)]
pub struct OutOfRange {
    /// The value given.
    pub value: f64,
    /// Unit in words.
    pub unit: &'static str,
    /// The allowed range in words.
    pub allowed: String,
    /// The likely cause, empty if there is no good guess.
    pub hint: String,
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.value, self.allowed, self.unit)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

impl std::error::Error for OutOfRange {}

macro_rules! quantity {
    ($(
        $(#[$doc:meta])*
        $name:ident, $suffix:literal, $unit:literal, $min:literal ..= $max:literal
        $(, or_zero $zero:literal)?
        $(, slips [$(($from:literal, $to:literal, $looks:literal, $factor:literal)),* $(,)?])?;
    )*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(f64);

        impl $name {
            /// The typed value.
            ///
            /// # Errors
            /// [`OutOfRange`] if `value` is not finite or outside the allowed range.
            pub fn new(value: f64) -> Result<Self, OutOfRange> {
                let in_range = ($min..=$max).contains(&value);
                if in_range || (<Self as Quantity>::OR_ZERO && value == 0.0) {
                    // Adding zero turns -0.0 into 0.0.
                    Ok(Self(value + 0.0))
                } else {
                    Err(OutOfRange {
                        value,
                        unit: $unit,
                        allowed: <Self as Quantity>::allowed(),
                        hint: <Self as Quantity>::hint(value).unwrap_or_default(),
                    })
                }
            }

            #[doc = concat!("The value in ", $unit, ".")]
            pub const fn get(self) -> f64 {
                self.0
            }
        }

        impl Quantity for $name {
            const SUFFIX: &'static str = $suffix;
            const UNIT: &'static str = $unit;
            const MIN: f64 = $min;
            const MAX: f64 = $max;
            const OR_ZERO: bool = false $(|| $zero)?;
            const SLIPS: &'static [Slip] =
                &[$($(Slip { from: $from, to: $to, looks_like: $looks, factor: $factor }),*)?];

            fn checked(value: f64) -> Result<Self, OutOfRange> {
                Self::new(value)
            }
        }

        impl From<$name> for f64 {
            fn from(quantity: $name) -> f64 {
                quantity.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{} {}", self.0, $unit)
            }
        }
    )*};
}

quantity! {
    /// Power at the utility meter. Never converts to [`CriticalMw`] by itself.
    GrossMw, "gross_mw", "MW gross", 0.0..=10_000.0,
        slips [(10_001.0, 9_999_999.0, "kW", 1e-3), (1e7, 1e10, "W", 1e-6)];
    /// Power of the IT load. Never converts to [`GrossMw`] by itself.
    CriticalMw, "critical_mw", "MW critical", 0.0..=10_000.0,
        slips [(10_001.0, 9_999_999.0, "kW", 1e-3), (1e7, 1e10, "W", 1e-6)];
    /// Gross MW at the meter for one critical MW of IT load: sizes megawatts, never energy (that
    /// is [`Pue`]).
    GrossPerCritical, "gross_per_critical", "gross MW per critical MW", 1.0..=3.0,
        slips [(100.0, 300.0, "percent", 0.01)];
    /// Annual energy at the meter per energy of the IT load: bills MWh, never sizes megawatts
    /// (that is [`GrossPerCritical`]).
    Pue, "pue", "MWh per MWh", 1.0..=3.0;
    /// Site draw per machine draw: fans, transformers, pumps.
    Overhead, "overhead", "site W per machine W", 1.0..=3.0,
        slips [(100.0, 300.0, "percent", 0.01)];
    /// A contract price of energy; exactly 0 is allowed (own generation already paid for).
    ContractUsdPerMwh, "usd_per_mwh", "USD/MWh", 1.0..=1_000.0, or_zero true,
        slips [(0.001, 0.999_999, "USD/kWh", 1e3)];
    /// A price of energy in a market series; may be negative.
    SpotUsdPerMwh, "usd_per_mwh", "USD/MWh", -5_000.0..=20_000.0;
    /// Efficiency of a machine: joules per terahash, the same number as W per TH/s.
    JPerTh, "j_per_th", "J/TH", 1.0..=2_000.0,
        slips [(0.001, 0.999_999, "J/GH", 1e3), (2_001.0, 2e6, "J/PH", 1e-3)];
    /// Hash rate of a machine.
    ThPerS, "th_per_s", "TH/s", 0.001..=100_000.0,
        slips [(100_001.0, 1e8, "GH/s", 1e-3), (1e9, 1e17, "H/s", 1e-12)];
    /// Hash rate of a network.
    EhPerS, "eh_per_s", "EH/s", 0.001..=100_000.0,
        slips [(100_001.0, 1e8, "PH/s", 1e-3), (1e8, 1e12, "TH/s", 1e-6)];
    /// Electric power of a machine.
    PowerW, "power_w", "W", 1.0..=200_000.0,
        slips [(0.05, 0.999_999, "kW", 1e3)];
    /// Share of time that a machine runs when power is there.
    UptimeFrac, "uptime_frac", "fraction", 0.000_001..=1.0,
        slips [(1.000_001, 100.0, "percent", 0.01)];
    /// A share between nothing and all.
    Frac, "frac", "fraction", 0.0..=1.0,
        slips [(1.000_001, 100.0, "percent", 0.01)];
    /// An annual rate: of discount, growth, escalation.
    AnnualRateFrac, "rate_frac", "fraction a year", -0.5..=1.0,
        slips [(1.000_001, 100.0, "percent", 0.01)];
    /// Pool and firmware fee as a share of the reward.
    FeeFrac, "fee_frac", "fraction", 0.0..=0.5,
        slips [(0.500_001, 50.0, "percent", 0.01)];
    /// Difficulty of the network.
    Difficulty, "difficulty", "difficulty", 1.0..=1.0e18;
    /// Height of a block.
    Height, "height", "blocks", 0.0..=20_000_000.0;
    /// Price of a bitcoin.
    UsdPerBtc, "usd_per_btc", "USD/BTC", 1.0..=1.0e8;
    /// Fees collected by a block.
    FeesBtcPerBlock, "fees_btc_per_block", "BTC/block", 0.0..=50.0,
        slips [(1_000.0, 5e9, "satoshi", 1e-8)];
    /// Hashprice as the industry quotes it: revenue before pool fee.
    UsdPerPhDay, "usd_per_ph_day", "USD/PH/day", 0.0..=1.0e6;
    /// Money per terahash per second and day.
    UsdPerThDay, "usd_per_th_day", "USD per TH/s-day", 0.0..=1_000.0;
    /// Price of a machine per unit of hash rate.
    UsdPerTh, "usd_per_th", "USD per TH/s", 0.0..=10_000.0;
    /// Rent of critical IT load.
    UsdPerKwMonth, "usd_per_kw_month", "USD/kW-month", 1.0..=10_000.0,
        slips [(10_001.0, 9_999_999.0, "USD/MW-month", 1e-3)];
    /// Capital expenditure per megawatt.
    UsdPerMw, "usd_per_mw", "USD/MW", 0.0..=1.0e9;
    /// Money per megawatt and year.
    UsdPerMwYear, "usd_per_mw_year", "USD/MW-year", 0.0..=1.0e9;
    /// Price of an hour on one GPU.
    UsdPerGpuH, "usd_per_gpu_h", "USD/GPU-h", 0.0..=1_000.0;
    /// Price of a GPU.
    UsdPerGpu, "usd_per_gpu", "USD/GPU", 0.0..=10.0e6;
    /// Power of one GPU with its share of server, network and storage.
    WPerGpu, "w_per_gpu", "W/GPU", 50.0..=50_000.0,
        slips [(0.05, 49.999, "kW", 1e3)];
    /// An amount of money that cannot be negative.
    Usd, "usd", "USD", 0.0..=1.0e13;
    /// Days in which an investment is to pay back.
    HurdleDays, "hurdle_days", "days", 1.0..=100_000.0;
    /// Difficulty periods of 2,016 blocks that a change takes.
    LagPeriods, "lag_periods", "difficulty periods", 1.0..=1_000.0;
    /// Power at the utility meter that changes its use in a year.
    GrossMwPerYear, "gross_mw_per_year", "MW gross a year", 0.0..=100_000.0;
    /// A number of things, such as machines.
    Units, "units", "units", 0.0..=1.0e8;
    /// A number of months.
    Months, "months", "months", 0.0..=600.0;
    /// A number of years.
    Years, "years", "years", 0.0..=100.0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_belong_to_the_range_and_their_neighbours_do_not() {
        assert!(JPerTh::new(1.0).is_ok());
        assert!(JPerTh::new(2_000.0).is_ok());
        assert!(JPerTh::new(1.0_f64.next_down()).is_err());
        assert!(JPerTh::new(2_000.0_f64.next_up()).is_err());
        assert!(UptimeFrac::new(0.0).is_err());
    }

    #[test]
    fn what_is_not_finite_is_refused() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(SpotUsdPerMwh::new(value).is_err(), "{value}");
            assert!(ContractUsdPerMwh::new(value).is_err(), "{value}");
        }
    }

    #[test]
    fn minus_zero_becomes_zero() {
        assert_eq!(GrossMw::new(-0.0).unwrap().get().to_bits(), 0.0_f64.to_bits());
        assert_eq!(ContractUsdPerMwh::new(-0.0).unwrap().get().to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn a_slip_is_named_with_what_was_meant() {
        for (hint, expected) in [
            (JPerTh::hint(0.0175), "looks like J/GH: did you mean 17.5? this field is in J/TH"),
            (
                ContractUsdPerMwh::hint(0.05),
                "looks like USD/kWh: did you mean 50? this field is in USD/MWh",
            ),
            (
                UptimeFrac::hint(97.0),
                "looks like percent: did you mean 0.97? this field is in fraction",
            ),
            (GrossMw::hint(25e6), "looks like W: did you mean 25? this field is in MW gross"),
        ] {
            assert_eq!(hint.as_deref(), Some(expected));
        }
        assert_eq!(JPerTh::hint(-3.0), None);
    }
}
