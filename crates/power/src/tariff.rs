//! The contract for energy, hour by hour.

use std::sync::Arc;

use units::{CalendarMonth, Code, Violation};

use crate::Error;
use crate::calendar::Local;
use crate::series::Series;

const MONTHS: usize = 12;
const HOURS: usize = 24;
const MONTH_NAMES: [&str; MONTHS] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// How a site pays for energy.
#[derive(Clone, Debug, PartialEq)]
pub enum Tariff {
    /// One price for every hour.
    Flat {
        /// Price of energy in USD/MWh.
        usd_per_mwh: f64,
    },
    /// Rates by month, weekday or weekend, and local clock hour.
    TimeOfUse(TimeOfUse),
    /// A market price of the hour, with what the retailer and the wires add.
    Index(Index),
    /// A block of MW bought ahead at one price; what is used above or below it settles at the
    /// index.
    BlockIndex(BlockIndex),
}

/// Energy at a market's price of the hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// Market prices, USD/MWh.
    pub market_usd_per_mwh: Arc<Series>,
    /// What is added to them.
    pub adders: Adders,
}

/// What comes on top of a market price for every MWh that is used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Adders {
    /// Share of the delivered energy that is lost on the way and paid for as well.
    pub losses_frac: f64,
    /// Wires and riders, USD/MWh.
    pub wires_usd_per_mwh: f64,
    /// The retailer's margin, USD/MWh.
    pub retail_usd_per_mwh: f64,
}

/// A block bought ahead over an index.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockIndex {
    /// Where the rest settles.
    pub index: Index,
    /// Size of the block at the meter, MW.
    pub block_gross_mw: f64,
    /// Its price, USD/MWh.
    pub block_usd_per_mwh: f64,
}

impl Index {
    /// What one more MWh costs in an interval, USD.
    ///
    /// # Formula
    /// `market x (1 + losses) + wires + retail`.
    pub fn usd_per_mwh(&self, market_usd_per_mwh: f64) -> f64 {
        let adders = &self.adders;
        market_usd_per_mwh * (1.0 + adders.losses_frac)
            + (adders.wires_usd_per_mwh + adders.retail_usd_per_mwh)
    }
}

/// The days of a week that a rate covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Days {
    /// Every day.
    All,
    /// Monday to Friday.
    Weekday,
    /// Saturday and Sunday.
    Weekend,
}

/// One line of a time-of-use contract.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Months that it covers, January = 1.
    pub months: Vec<u32>,
    /// Days of the week that it covers.
    pub days: Days,
    /// First local clock hour, 0..=23.
    pub from_hour: u32,
    /// The local clock hour before which it ends, 1..=24.
    pub to_hour: u32,
    /// Price of energy in USD/MWh.
    pub usd_per_mwh: f64,
}

/// A time-of-use contract, resolved to one price for every month, day kind and hour.
#[derive(Clone, Debug, PartialEq)]
pub struct TimeOfUse {
    /// `[month][weekday, weekend][hour]` in USD/MWh.
    usd_per_mwh: Box<[[[f64; HOURS]; 2]; MONTHS]>,
    /// Days that count as weekend: year, month, day.
    holidays: Vec<(i32, u32, u32)>,
}

impl TimeOfUse {
    /// A contract from its lines; `otherwise_usd_per_mwh` is the price of the hours that no line
    /// covers.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every line whose months or hours do not exist, every pair of lines
    /// that claim the same hour, and the hours that nothing covers.
    pub fn new(rates: &[Rate], otherwise_usd_per_mwh: Option<f64>) -> Result<Self, Error> {
        let mut violations = Vec::new();
        let mut line_of = [[[None::<usize>; HOURS]; 2]; MONTHS];
        for (line, rate) in rates.iter().enumerate() {
            let path = format!("rate[{line}]");
            if rate.from_hour >= rate.to_hour || rate.to_hour > 24 {
                violations.push(
                    Violation::new(Code::Conflict, format!("{path}.to_hour"))
                        .value(rate.to_hour)
                        .allowed(format!("allowed {}..=24", rate.from_hour + 1))
                        .unit("h")
                        .hint("a rate over midnight needs two lines"),
                );
                continue;
            }
            let mut overlaps = None;
            for &month in &rate.months {
                if !(1..=12).contains(&month) {
                    violations.push(
                        Violation::new(Code::Range, format!("{path}.months"))
                            .value(month)
                            .allowed("allowed 1..=12"),
                    );
                    continue;
                }
                for kind in rate.days.kinds() {
                    for hour in rate.from_hour..rate.to_hour {
                        let slot = &mut line_of[month as usize - 1][kind][hour as usize];
                        overlaps = overlaps.or(*slot);
                        *slot = Some(line);
                    }
                }
            }
            if let Some(other) = overlaps {
                violations.push(
                    Violation::new(Code::Conflict, path)
                        .allowed("every hour may be priced once")
                        .hint(format!("shares hours with rate[{other}]")),
                );
            }
        }
        let mut usd_per_mwh = Box::new([[[0.0; HOURS]; 2]; MONTHS]);
        let mut uncovered = None;
        for (month, kinds) in line_of.iter().enumerate() {
            for (kind, hours) in kinds.iter().enumerate() {
                for (hour, line) in hours.iter().enumerate() {
                    match line.map(|l| rates[l].usd_per_mwh).or(otherwise_usd_per_mwh) {
                        Some(price) => usd_per_mwh[month][kind][hour] = price,
                        None => uncovered = uncovered.or(Some((month, kind, hour))),
                    }
                }
            }
        }
        if let (Some((month, kind, hour)), true) = (uncovered, violations.is_empty()) {
            let day = if kind == 0 { "weekdays" } else { "weekends" };
            violations.push(
                Violation::new(Code::Missing, "rate").allowed("every hour needs a price").hint(
                    format!(
                        "nothing covers {} {day} at {hour:02}:00: add a line or an otherwise price",
                        MONTH_NAMES[month]
                    ),
                ),
            );
        }
        if violations.is_empty() {
            Ok(Self { usd_per_mwh, holidays: Vec::new() })
        } else {
            Err(Error::Invalid(violations))
        }
    }
}

impl Days {
    /// Indices into `[weekday, weekend]`.
    fn kinds(self) -> std::ops::Range<usize> {
        match self {
            Self::All => 0..2,
            Self::Weekday => 0..1,
            Self::Weekend => 1..2,
        }
    }
}

impl TimeOfUse {
    /// With days that are priced like weekends: year, month, day.
    #[must_use]
    pub fn with_holidays(mut self, mut holidays: Vec<(i32, u32, u32)>) -> Self {
        holidays.sort_unstable();
        holidays.dedup();
        self.holidays = holidays;
        self
    }

    /// The price at a time on the local clock, USD/MWh.
    pub fn usd_per_mwh(&self, local: &Local) -> f64 {
        let holiday = self.holidays.binary_search(&(local.year, local.month, local.day)).is_ok();
        let kind = usize::from(holiday || local.weekday >= 5);
        self.usd_per_mwh[local.month as usize - 1][kind][local.hour as usize]
    }

    /// Prices and hours of a calendar month, in no order. Local clock hours are counted as 24 a
    /// day; the hour that a clock change adds or drops is left out.
    pub(crate) fn hours_of(&self, month: CalendarMonth) -> Vec<[f64; 2]> {
        let [weekdays, weekend_days] = weekdays_and_weekend_days(month);
        let on_weekday = self.holidays.iter().filter(|(year, of_year, day)| {
            *year == month.year()
                && *of_year == month.month()
                && (month.first_weekday() + day - 1) % 7 < 5
        });
        let moved = on_weekday.count() as f64;
        let days_of = [weekdays - moved, weekend_days + moved];
        let kinds = self.usd_per_mwh[month.month() as usize - 1].iter().zip(days_of);
        kinds.flat_map(|(hours, days)| hours.iter().map(move |price| [*price, days])).collect()
    }
}

/// Days of a month that are weekdays, and days that are not.
fn weekdays_and_weekend_days(month: CalendarMonth) -> [f64; 2] {
    let first = month.first_weekday();
    let weekend = (0..month.days()).filter(|day| (first + day) % 7 >= 5).count();
    [f64::from(month.days()) - weekend as f64, weekend as f64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::month::MonthPrices;

    fn bins(tariff: &Tariff, month: CalendarMonth) -> MonthPrices {
        crate::Contract::from(tariff.clone()).month(month)
    }

    fn month(year: i32, number: u32) -> CalendarMonth {
        CalendarMonth::new(year, number).unwrap()
    }

    fn rate(days: Days, from_hour: u32, to_hour: u32, usd_per_mwh: f64) -> Rate {
        Rate { months: (1..=12).collect(), days, from_hour, to_hour, usd_per_mwh }
    }

    #[test]
    fn one_rate_is_a_flat_tariff_to_the_bit() {
        let tou = TimeOfUse::new(&[rate(Days::All, 0, 24, 46.3)], None).unwrap();
        let flat = Tariff::Flat { usd_per_mwh: 46.3 };
        for m in 0..240 {
            let m = month(2026, 12).plus(m);
            assert_eq!(bins(&Tariff::TimeOfUse(tou.clone()), m), bins(&flat, m));
        }
    }

    #[test]
    fn weekday_peaks_are_counted_by_the_calendar() {
        let tariff = Tariff::TimeOfUse(
            TimeOfUse::new(&[rate(Days::Weekday, 14, 20, 120.0)], Some(30.0)).unwrap(),
        );
        // February 2027 has 20 weekdays: 120 peak hours of 672.
        let found = bins(&tariff, month(2027, 2));
        assert_eq!(found.bins().collect::<Vec<_>>(), [(30.0, 552.0), (120.0, 120.0)]);
        let average = found.energy_usd_per_mwh();
        assert!((average - (552.0 * 30.0 + 120.0 * 120.0) / 672.0).abs() < 1e-12);
        // Washington's birthday is no working day: six peak hours less.
        let Tariff::TimeOfUse(tou) = tariff else { unreachable!() };
        let tou = Tariff::TimeOfUse(tou.with_holidays(vec![(2027, 2, 15), (2027, 2, 14)]));
        let found = bins(&tou, month(2027, 2));
        assert_eq!(found.bins().collect::<Vec<_>>(), [(30.0, 558.0), (120.0, 114.0)]);
    }

    #[test]
    fn bins_hold_all_hours_of_the_month() {
        let tou = TimeOfUse::new(
            &[rate(Days::Weekday, 6, 22, 70.0), rate(Days::Weekend, 8, 12, 55.0)],
            Some(31.0),
        )
        .unwrap();
        for m in 0..60 {
            let m = month(2026, 1).plus(m);
            assert_eq!(bins(&Tariff::TimeOfUse(tou.clone()), m).hours(), m.hours());
        }
    }

    #[test]
    fn contradictions_are_all_named() {
        let faults = |rates: &[Rate], otherwise| match TimeOfUse::new(rates, otherwise) {
            Err(Error::Invalid(faults)) => faults,
            _ => Vec::new(),
        };
        let mut no_month = rate(Days::All, 0, 24, 40.0);
        no_month.months.push(13);
        assert_eq!(faults(&[no_month], None).len(), 1);
        assert_eq!(faults(&[rate(Days::All, 20, 4, 40.0)], Some(1.0)).len(), 1);
        assert_eq!(faults(&[rate(Days::All, 0, 23, 40.0)], None).len(), 1);
        let twice = [rate(Days::All, 0, 24, 40.0), rate(Days::Weekend, 3, 4, 50.0)];
        assert!(faults(&twice, None)[0].hint.contains("rate[0]"));
    }
}
