//! How a hall is built, and what a plan knows about the months in which it is.

use units::{Frac, Months, UsdPerMw};

use crate::error::Error;
use crate::lease::check_months;
use units::Faults;

/// What a hall costs per critical MW and how long it takes.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Cost of the hall, GPUs apart.
    pub capex_usd_per_critical_mw: f64,
    /// Months from commitment to the first month with rent.
    pub months_to_deliver: usize,
    /// Shares of all capex by month from commitment, summing to 1; `None`: equal parts until
    /// service begins, all at once if that is the month of commitment.
    pub schedule: Option<Vec<f64>>,
    /// Months over which tax law writes off the hall.
    pub hall_life_months: usize,
}

impl Delivery {
    /// A hall that is there at once, written off over 15 years: for figures without dates.
    ///
    /// # Example
    /// ```
    /// assert_eq!(hpcrev::Delivery::at_once(10e6).months_to_deliver, 0);
    /// ```
    pub const fn at_once(capex_usd_per_critical_mw: f64) -> Self {
        Self {
            capex_usd_per_critical_mw,
            months_to_deliver: 0,
            schedule: None,
            hall_life_months: 180,
        }
    }

    /// Shares of capex by month from commitment.
    pub(crate) fn shares(&self) -> Vec<f64> {
        let parts = self.months_to_deliver.max(1);
        self.schedule.clone().unwrap_or_else(|| vec![1.0 / parts as f64; parts])
    }

    /// Whether every term lies in the range that its unit allows.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every field outside its range; a schedule has to sum to 1 within
    /// 1e-9.
    pub fn validate(&self) -> Result<(), Error> {
        let mut faults = Faults::default();
        faults.check::<UsdPerMw>("capex_usd_per_critical_mw", self.capex_usd_per_critical_mw);
        faults.check::<Months>("months_to_deliver", self.months_to_deliver as f64);
        if let Some(schedule) = &self.schedule {
            for (month, share) in schedule.iter().enumerate() {
                faults.check::<Frac>(format!("schedule[{month}]"), *share);
            }
            let sum: f64 = schedule.iter().sum();
            faults.demand((sum - 1.0).abs() <= 1e-9, "schedule", sum, "must sum to 1");
        }
        check_months(&mut faults, "hall_life_months", self.hall_life_months);
        faults.into_result().map_err(Error::Invalid)
    }
}

/// What a plan knows about each of its months.
///
/// # Shapes
/// Both `[months]`, entry 0 the month of the valuation date; their length is the horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlanMonths<'a> {
    /// Hours of the month.
    pub hours: &'a [f64],
    /// Average price of power in the month under the site's tariff.
    pub usd_per_mwh: &'a [f64],
}

/// How much of the contract a hall earns: all of it, or less where nobody has signed yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RentFactor {
    /// Plan month before which nobody pays, whenever the hall is ready.
    pub from_month: usize,
    /// Share of the contract's revenue that is earned from then on.
    pub frac: f64,
}

impl RentFactor {
    /// The contract as signed.
    pub const SIGNED: Self = Self { from_month: 0, frac: 1.0 };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_has_to_spend_everything_once() {
        let halves = Delivery { schedule: Some(vec![0.5, 0.0, 0.5]), ..Delivery::at_once(10e6) };
        assert_eq!(halves.validate(), Ok(()));
        let short = Delivery { schedule: Some(vec![0.5, 0.4]), ..Delivery::at_once(10e6) };
        assert!(matches!(short.validate(), Err(Error::Invalid(faults)) if faults.len() == 1));
        let quarters = Delivery { months_to_deliver: 4, ..Delivery::at_once(10e6) };
        assert_eq!(quarters.shares(), [0.25; 4]);
        assert_eq!(Delivery::at_once(10e6).shares(), [1.0]);
    }
}
