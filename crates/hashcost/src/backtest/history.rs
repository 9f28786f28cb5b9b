//! What happened, month by month, and the windows in which forecasts of it are judged.

use units::{CalendarMonth, Code, Faults, Violation};

use super::{FIT_HORIZONS_MONTHS, LOOK_BACK_MONTHS, bootstrap::BLOCK_MONTHS};
use crate::error::Error;
use crate::network::{btc_per_th_day_of_hashrate, hashprice_usd_per_ph_day};

/// Longest horizon that is judged.
const MAX_HORIZON_MONTHS: usize = 120;

/// The network as it was: columns, one entry a month, no month left out.
#[derive(Clone, Debug, PartialEq)]
pub struct History {
    /// The month of the first entry.
    pub first: CalendarMonth,
    /// Hash rate at the month's end, TH/s.
    pub hashrate_th_per_s: Vec<f64>,
    /// Mean price of the month, USD/BTC.
    pub price_usd_per_btc: Vec<f64>,
    /// Mean fees per block of the month, BTC.
    pub fees_btc: Vec<f64>,
    /// Mean subsidy of the month's blocks, BTC.
    pub subsidy_btc: Vec<f64>,
    /// Height of the last block of the month.
    pub month_end_height: Vec<u64>,
}

impl History {
    /// Number of months.
    pub fn months(&self) -> usize {
        self.hashrate_th_per_s.len()
    }

    /// The calendar month of an entry.
    pub fn month(&self, index: usize) -> CalendarMonth {
        after(self.first, index)
    }

    /// The entry of a calendar month; `None` outside the history.
    pub fn index(&self, month: CalendarMonth) -> Option<usize> {
        let index = usize::try_from(month.months_since(self.first)).ok()?;
        (index < self.months()).then_some(index)
    }

    /// Hashprice of an entry, USD/PH/day: the month's price, subsidy and fees at the hash rate of
    /// its end and 144 blocks a day.
    ///
    /// # Panics
    /// Beyond the history.
    pub fn hashprice_usd_per_ph_day(&self, index: usize) -> f64 {
        let b = btc_per_th_day_of_hashrate(
            self.hashrate_th_per_s[index],
            self.subsidy_btc[index],
            self.fees_btc[index],
        );
        hashprice_usd_per_ph_day(b, self.price_usd_per_btc[index])
    }

    /// Whether nothing is missing and every value is one that can be computed with.
    ///
    /// # Errors
    /// [`Error::LengthMismatch`] if columns differ in length; [`Error::Invalid`] with every hash
    /// rate, price or reward that is not a positive number, negative fees, and heights that fall.
    pub fn check(&self) -> Result<(), Error> {
        let expected = self.months();
        for (column, found) in [
            ("price_usd_per_btc", self.price_usd_per_btc.len()),
            ("fees_btc", self.fees_btc.len()),
            ("subsidy_btc", self.subsidy_btc.len()),
            ("month_end_height", self.month_end_height.len()),
        ] {
            if found != expected {
                return Err(Error::LengthMismatch { column, expected, found });
            }
        }
        let mut faults = Faults::default();
        let mut check = |name: &str, index: usize, value: f64, unit: &str, positive: bool| {
            let good = value.is_finite() && if positive { value > 0.0 } else { value >= 0.0 };
            if !good {
                let code = if value.is_finite() { Code::Range } else { Code::NotFinite };
                let allowed = if positive { "allowed above 0" } else { "allowed from 0" };
                let path = format!("history.{name}[{}]", self.month(index));
                faults.push(Violation::new(code, path).value(value).unit(unit).allowed(allowed));
            }
        };
        for index in 0..expected {
            check("hashrate_th_per_s", index, self.hashrate_th_per_s[index], "TH/s", true);
            check("price_usd_per_btc", index, self.price_usd_per_btc[index], "USD/BTC", true);
            check("fees_btc", index, self.fees_btc[index], "BTC/block", false);
            check("subsidy_btc", index, self.subsidy_btc[index], "BTC/block", false);
            // The logarithm of hashprice needs some reward.
            let reward = self.fees_btc[index] + self.subsidy_btc[index];
            if reward == 0.0 {
                check("subsidy_btc", index, reward, "BTC/block with the fees", true);
            }
        }
        for (index, pair) in self.month_end_height.windows(2).enumerate() {
            if pair[1] < pair[0] {
                let path = format!("history.month_end_height[{}]", self.month(index + 1));
                let fault = Violation::new(Code::DateOrder, path).value(pair[1]).unit("blocks");
                faults.push(fault.allowed(format!("allowed from {}", pair[0])));
            }
        }
        faults.into_result().map_err(Error::Invalid)
    }
}

/// In which months forecasts are made, fitted and tested. Months stand for their ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Windows {
    /// The first month at whose end a forecast is made.
    pub first_origin: CalendarMonth,
    /// The last target month that a fit may use.
    pub fit_until: CalendarMonth,
    /// The first target month of the test.
    pub test_from: CalendarMonth,
    /// The last target month of all.
    pub test_until: CalendarMonth,
    /// Months from origin to target, rising; 6 and 12 are among them, since the fit uses them.
    pub horizons_months: Vec<usize>,
}

/// The month some months after another.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a history has some hundred months"
)]
const fn after(month: CalendarMonth, months: usize) -> CalendarMonth {
    month.plus(months as i32)
}

/// A month of this file.
const fn month(year: i32, month: u32) -> CalendarMonth {
    match CalendarMonth::new(year, month) {
        Ok(month) => month,
        Err(_) => panic!("a year from 1900 to 2200 and a month from 1 to 12"),
    }
}

impl Default for Windows {
    /// Origins from 2018-06, fit to 2023-12, test 2024-01 to 2025-06, 3, 6, 12 and 24 months.
    fn default() -> Self {
        const FIRST_ORIGIN: CalendarMonth = month(2018, 6);
        const FIT_UNTIL: CalendarMonth = month(2023, 12);
        const TEST_UNTIL: CalendarMonth = month(2025, 6);
        Self {
            first_origin: FIRST_ORIGIN,
            fit_until: FIT_UNTIL,
            test_from: FIT_UNTIL.plus(1),
            test_until: TEST_UNTIL,
            horizons_months: vec![3, 6, 12, 24],
        }
    }
}

impl Windows {
    /// The usual windows, cut to what a history can serve: the first origin has twelve months
    /// before it, and no target lies beyond the last month.
    ///
    /// A history that leaves too little is refused by the backtest.
    pub fn within(history: &History) -> Self {
        let usual = Self::default();
        let end = history.month(history.months()).plus(-1);
        Self {
            first_origin: usual.first_origin.max(history.month(LOOK_BACK_MONTHS)),
            test_until: usual.test_until.min(end),
            ..usual
        }
    }

    /// # Errors
    /// Every window that the history cannot serve, by name.
    pub(super) fn check(&self, history: &History) -> Result<(), Error> {
        let mut faults = Faults::default();
        let mut demand = |holds: bool, field: &str, value: CalendarMonth, allowed: String| {
            if !holds {
                let fault = Violation::new(Code::DateOrder, format!("windows.{field}"));
                faults.push(fault.value(value).allowed(allowed));
            }
        };
        let end = history.month(history.months()).plus(-1);
        let earliest = history.month(LOOK_BACK_MONTHS);
        demand(
            self.first_origin >= earliest,
            "first_origin",
            self.first_origin,
            format!("allowed from {earliest}: {LOOK_BACK_MONTHS} months of history before it"),
        );
        // A block of origins with errors at the longest horizon of the fit.
        let longest = FIT_HORIZONS_MONTHS[FIT_HORIZONS_MONTHS.len() - 1];
        let enough = after(self.first_origin, longest + BLOCK_MONTHS - 1);
        demand(
            self.fit_until >= enough,
            "fit_until",
            self.fit_until,
            format!("allowed from {enough}: {BLOCK_MONTHS} errors at {longest} months"),
        );
        demand(
            self.test_from > self.fit_until,
            "test_from",
            self.test_from,
            format!("allowed after {}, the end of the fit", self.fit_until),
        );
        demand(
            self.test_until >= self.test_from,
            "test_until",
            self.test_until,
            format!("allowed from {}, where the test begins", self.test_from),
        );
        demand(
            self.test_until <= end,
            "test_until",
            self.test_until,
            format!("allowed up to {end}, where the history ends"),
        );
        let horizons = &self.horizons_months;
        let listed = || format!("{horizons:?}");
        faults.demand(
            horizons.windows(2).all(|pair| pair[0] < pair[1])
                && horizons.iter().all(|h| (1..=MAX_HORIZON_MONTHS).contains(h)),
            "windows.horizons_months",
            listed(),
            "allowed 1..=120, rising",
        );
        faults.demand(
            FIT_HORIZONS_MONTHS.iter().all(|h| horizons.contains(h)),
            "windows.horizons_months",
            listed(),
            "must hold 6 and 12, which the fit uses",
        );
        faults.into_result().map_err(Error::Invalid)
    }

    /// Months of the test window.
    pub(super) fn test_months(&self) -> usize {
        usize::try_from(self.test_until.months_since(self.test_from) + 1).unwrap_or(0)
    }
}
