//! Calendar months: a plan's month `m` is the valuation month plus `m`.

use std::fmt;

/// A month of the civil calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarMonth {
    /// Months since January of year 0.
    index: i32,
}

/// A year or month number outside the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAMonth {
    /// The year given.
    pub year: i32,
    /// The month given.
    pub month: u32,
}

impl fmt::Display for NotAMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}-{:02}: allowed are years 1900..=2200 and months 1..=12",
            self.year, self.month
        )
    }
}

impl std::error::Error for NotAMonth {}

impl CalendarMonth {
    /// A month by year and number (January = 1).
    ///
    /// # Errors
    /// [`NotAMonth`] outside 1900..=2200 or 1..=12.
    pub const fn new(year: i32, month: u32) -> Result<Self, NotAMonth> {
        if year < 1900 || year > 2200 || month < 1 || month > 12 {
            return Err(NotAMonth { year, month });
        }
        #[expect(clippy::cast_possible_wrap, reason = "month is 1..=12 here")]
        Ok(Self { index: year * 12 + month as i32 - 1 })
    }

    /// The year.
    pub const fn year(self) -> i32 {
        self.index.div_euclid(12)
    }

    /// The number of the month, January = 1.
    pub const fn month(self) -> u32 {
        self.index.rem_euclid(12).unsigned_abs() + 1
    }

    /// The month `months` later (earlier if negative).
    #[must_use]
    pub const fn plus(self, months: i32) -> Self {
        Self { index: self.index + months }
    }

    /// Months from `earlier` to this one; negative if this one comes first.
    pub const fn months_since(self, earlier: Self) -> i32 {
        self.index - earlier.index
    }

    /// Days in this month, leap years by the Gregorian rule.
    pub const fn days(self) -> u32 {
        let year = self.year();
        let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        match self.month() {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// Hours in this month: 24 a day, clock changes aside.
    pub fn hours(self) -> f64 {
        f64::from(self.days() * 24)
    }

    /// Weekday of the first day, Monday = 0.
    pub const fn first_weekday(self) -> u32 {
        // 1900-01-01 was a Monday; count days from there.
        let years = self.year() - 1900;
        let leaps = leap_years_before(self.year()) - leap_years_before(1900);
        let mut days = years * 365 + leaps;
        let mut month = Self { index: self.year() * 12 };
        while month.index < self.index {
            #[expect(clippy::cast_possible_wrap, reason = "at most 31")]
            {
                days += month.days() as i32;
            }
            month.index += 1;
        }
        days.rem_euclid(7).unsigned_abs()
    }

    /// The calendar quarter in words, `2027-Q3`.
    pub fn quarter_label(self) -> String {
        format!("{}-Q{}", self.year(), (self.month() - 1) / 3 + 1)
    }
}

/// Leap years in `1..year`.
const fn leap_years_before(year: i32) -> i32 {
    let y = year - 1;
    y / 4 - y / 100 + y / 400
}

/// `2027-03`.
impl fmt::Display for CalendarMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(year: i32, number: u32) -> CalendarMonth {
        CalendarMonth::new(year, number).unwrap()
    }

    #[test]
    fn lengths_follow_the_gregorian_calendar() {
        for (year, number, days) in [
            (2026, 12, 31),
            (2027, 2, 28),
            (2028, 2, 29),
            (2100, 2, 28),
            (2000, 2, 29),
            (2027, 4, 30),
        ] {
            assert_eq!(month(year, number).days(), days, "{year}-{number}");
        }
        assert_eq!(month(2028, 2).hours(), 696.0);
    }

    #[test]
    fn months_add_across_years() {
        assert_eq!(month(2026, 12).plus(14), month(2028, 2));
        assert_eq!(month(2028, 2).months_since(month(2026, 12)), 14);
        assert_eq!(month(2026, 12).plus(-12).to_string(), "2025-12");
        assert_eq!(month(2026, 12).quarter_label(), "2026-Q4");
    }

    #[test]
    fn weekdays_are_known_ones() {
        // 2026-11-01 a Sunday, 2024-01-01 a Monday, 2000-03-01 a Wednesday, 2028-04-01 a Saturday.
        for (year, number, weekday) in [(2026, 11, 6), (2024, 1, 0), (2000, 3, 2), (2028, 4, 5)] {
            assert_eq!(month(year, number).first_weekday(), weekday, "{year}-{number}");
        }
    }

    #[test]
    fn what_is_no_month_is_refused() {
        assert!(CalendarMonth::new(2026, 0).is_err());
        assert!(CalendarMonth::new(2026, 13).is_err());
        assert!(CalendarMonth::new(1899, 1).is_err());
    }
}
