//! The network answers: who runs, who buys machines, who leaves, difficulty period by period.
//!
//! The fleet of the world is a set of [`Cohorts`]. In every period machines age, megawatts are
//! converted to other uses, new machines come while they pay back, and the merit order says who
//! runs ([`crate::cohorts::equilibrium`]); miners reach that state with a lag, and the difficulty
//! follows the hash rate by the protocol's rule. [`respond`] is one path with all that happens on
//! it; [`Ensemble`] runs thousands of price paths side by side.

mod clock;
mod course;
mod ensemble;
mod single;
#[cfg(test)]
mod tests;

use units::{Code, Frac, JPerTh, Months, Overhead, Quantity, UsdPerTh, Violation};

use crate::cohorts::Cohorts;
use crate::error::Error;
use crate::projection::Start;
use units::Faults;

pub use clock::Clock;
pub use ensemble::Ensemble;
pub use single::{Branch, ResponseMonths, ResponsePath, respond};

/// Power prices at which new machines are placed: quantiles of the cohorts' own, equally likely.
pub const SITE_BINS: usize = 5;

/// How the network answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// When new machines are bought, and how many.
    pub entry: Entry,
    /// The new machine.
    pub machine: NewMachine,
    /// Periods in which miners who lose money leave: each period closes `1 / lag` of the distance.
    pub exit_lag_periods: f64,
    /// Periods in which they come back.
    pub return_lag_periods: f64,
    /// Age up to which no machine is retired.
    pub retire_from_months: f64,
    /// Age at which the last one is; in between they go evenly.
    pub retire_until_months: f64,
    /// Length of a power contract: at its end a cohort's price steps to the market's.
    pub contract_months: f64,
    /// Which machines make room for other uses first.
    pub conversion_order: ConversionOrder,
}

/// The response unless the user states another. Entry was fitted on hash rates up to 2023-12
/// (`hashpivot backtest`); the machine is the best one on sale in 2026-09, its J/TH falls as the best
/// machines' did from 2016-06 to 2026-01; overhead is the Cambridge index's; the rest are assumptions.
pub const DEFAULT_RESPONSE: Response = Response {
    entry: Entry { hurdle_days: 850.0, adjustment_frac: 0.4, supply_frac: 0.06 },
    machine: NewMachine {
        j_per_th: 13.5,
        gain_frac: 0.22,
        overhead: 1.10,
        usd_per_th: 18.38,
        decline_frac: 0.30,
    },
    exit_lag_periods: 2.0,
    return_lag_periods: 2.0,
    retire_from_months: 48.0,
    retire_until_months: 84.0,
    contract_months: 60.0,
    conversion_order: ConversionOrder::BestSited,
};

/// Mining power of the world that turns to computing unless the user states another path, gross MW
/// a year: an assumption.
pub const DEFAULT_CONVERSION_GROSS_MW_PER_YEAR: f64 = 1_000.0;

/// Months in which it does: an assumption.
pub const DEFAULT_CONVERSION_MONTHS: usize = 48;

/// When new machines are bought, and how many.
///
/// # Formula
/// At a site with power cost `c` (USD per TH/s-day) and a machine price `m` (USD/TH) payback is
/// below the hurdle while the hash value exceeds `v* = c + m / hurdle`. The hash rate at which it
/// would fall to `v*` is `H* = V / v*`, `V` what a day's blocks pay. A month brings
/// `clamp(adjustment (H* - H), 0, supply H)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entry {
    /// Payback in days below which a new machine is bought.
    pub hurdle_days: f64,
    /// Share of the distance to the hash rate of free entry that a month closes.
    pub adjustment_frac: f64,
    /// Most that a month can bring, as a share of the hash rate: what makers can supply.
    pub supply_frac: f64,
}

/// The machine that is bought; it gets better and cheaper every year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NewMachine {
    /// Efficiency at the start.
    pub j_per_th: f64,
    /// Share of the J/TH that a year takes off.
    pub gain_frac: f64,
    /// Site draw per machine draw.
    pub overhead: f64,
    /// Price at the start.
    pub usd_per_th: f64,
    /// Share of the price that a year takes off.
    pub decline_frac: f64,
}

/// Which machines make room for other uses first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConversionOrder {
    /// Those with the cheapest power: the best sites are the first to be wanted.
    BestSited,
    /// Those with the most J/TH at the wall: owners give up what earns least.
    WorstMachines,
    /// All alike.
    ProRata,
}

impl ConversionOrder {
    /// Its name in files and results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BestSited => "best_sited",
            Self::WorstMachines => "worst_machines",
            Self::ProRata => "pro_rata",
        }
    }
}

/// What moves from month to month; entry 0 is the start month, and each column has at least as many
/// entries as there are months.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drivers {
    /// Price of a bitcoin, USD.
    pub price_usd_per_btc: Vec<f64>,
    /// Fees per block, BTC.
    pub fees_btc: Vec<f64>,
    /// Market price of power, today's = 1.
    pub power_index: Vec<f64>,
    /// Mining power that turns to other uses, gross MW a year.
    pub converted_gross_mw_per_year: Vec<f64>,
    /// Share of the installed machines that an event leaves able to run; 1 in ordinary times.
    pub available_frac: Vec<f64>,
    /// Cohorts whose owner decides, by their place among the cohorts.
    pub kept: Vec<Kept>,
}

/// What the owner of a cohort leaves in mining.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The cohort.
    pub cohort: usize,
    /// Share of its machines that still mine, by month.
    pub frac: Vec<f64>,
}

impl Drivers {
    /// Nothing moves: the start's price and fees, no conversion, no event.
    pub fn constant(start: &Start, months: usize) -> Self {
        Self {
            price_usd_per_btc: vec![start.price_usd_per_btc; months],
            fees_btc: vec![start.fees_btc_per_block; months],
            power_index: vec![1.0; months],
            converted_gross_mw_per_year: vec![0.0; months],
            available_frac: vec![1.0; months],
            kept: Vec::new(),
        }
    }

    fn check(&self, cohorts: &Cohorts, months: usize, faults: &mut Faults) -> Result<(), Error> {
        const MIN: f64 = f64::MIN_POSITIVE;
        const MAX: f64 = f64::MAX;
        for (column, values, least, most, allowed) in [
            ("price_usd_per_btc", &self.price_usd_per_btc, MIN, MAX, "allowed above 0"),
            ("fees_btc", &self.fees_btc, 0.0, MAX, "allowed 0 or more"),
            ("power_index", &self.power_index, MIN, MAX, "allowed above 0"),
            (
                "converted_gross_mw_per_year",
                &self.converted_gross_mw_per_year,
                0.0,
                MAX,
                "allowed 0 or more",
            ),
            ("available_frac", &self.available_frac, MIN, 1.0, "allowed above 0 and up to 1"),
        ] {
            if values.len() < months {
                let found = values.len();
                return Err(Error::LengthMismatch { column, expected: months, found });
            }
            for (month, value) in values.iter().take(months).enumerate() {
                let fits = (least..=most).contains(value);
                faults.demand(fits, &format!("{column}[{month}]"), *value, allowed);
            }
        }
        for kept in &self.kept {
            let path = format!("kept of cohort {}", kept.cohort);
            faults.demand(kept.cohort < cohorts.len(), &path, kept.cohort, "a cohort");
            if kept.frac.len() < months {
                let found = kept.frac.len();
                return Err(Error::LengthMismatch { column: "kept", expected: months, found });
            }
            for value in kept.frac.iter().take(months) {
                faults.demand((0.0..=1.0).contains(value), &path, *value, "allowed 0..=1");
            }
        }
        Ok(())
    }
}

impl Entry {
    fn check(&self, faults: &mut Faults) {
        let days = self.hurdle_days;
        faults.demand(
            days > 0.0 && days <= 100_000.0,
            "entry.hurdle_days",
            days,
            "allowed above 0 and up to 100000",
        );
        faults.check::<Frac>("entry.adjustment_frac", self.adjustment_frac);
        faults.check::<Frac>("entry.supply_frac", self.supply_frac);
    }
}

impl Response {
    /// Notes every parameter that nothing can be computed with.
    fn check(&self, faults: &mut Faults) {
        self.entry.check(faults);
        faults.check::<JPerTh>("machine.j_per_th", self.machine.j_per_th);
        faults.check::<Overhead>("machine.overhead", self.machine.overhead);
        faults.check::<UsdPerTh>("machine.usd_per_th", self.machine.usd_per_th);
        for (name, frac) in [
            ("machine.gain_frac", self.machine.gain_frac),
            ("machine.decline_frac", self.machine.decline_frac),
        ] {
            // A machine that loses all of its J/TH in a year is none.
            faults.demand((0.0..1.0).contains(&frac), name, frac, "allowed 0 up to below 1");
        }
        for (name, periods) in [
            ("exit_lag_periods", self.exit_lag_periods),
            ("return_lag_periods", self.return_lag_periods),
        ] {
            faults.demand(
                (1.0..=1_000.0).contains(&periods),
                name,
                periods,
                "allowed 1..=1000 periods of 2,016 blocks",
            );
        }
        faults.check::<Months>("contract_months", self.contract_months);
        faults.demand(
            self.contract_months >= 1.0,
            "contract_months",
            self.contract_months,
            "allowed from 1",
        );
        let (from, until) = (self.retire_from_months, self.retire_until_months);
        if !(from >= 0.0 && until > from && until <= Months::MAX) {
            faults.push(
                Violation::new(Code::Conflict, "retire_until_months")
                    .value(until)
                    .unit("months")
                    .allowed(format!(
                        "above retire_from_months, {from}, and up to {}",
                        Months::MAX
                    )),
            );
        }
    }

    /// Share of the machines of an age that are still installed.
    fn installed_frac(&self, age_months: f64) -> f64 {
        let (from, until) = (self.retire_from_months, self.retire_until_months);
        ((until - age_months) / (until - from)).clamp(0.0, 1.0)
    }
}
