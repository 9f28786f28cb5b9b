//! The contract for energy, and what it means in a calendar month.

use units::{CalendarMonth, Code, Violation};

use crate::Error;

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
}

/// So many hours of a month at one price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriceBin {
    /// Price of energy in USD/MWh.
    pub usd_per_mwh: f64,
    /// Hours of the month at that price.
    pub hours: f64,
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
            Ok(Self { usd_per_mwh })
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

impl Tariff {
    /// The hours of a month by price, cheapest first; equal prices share a bin.
    ///
    /// # Special cases
    /// A time-of-use contract with one rate gives the very bin of a flat tariff. Local clock
    /// hours are counted as 24 a day; the hour that a clock change adds or drops is left out.
    pub fn month_bins(&self, month: CalendarMonth) -> Vec<PriceBin> {
        match self {
            Self::Flat { usd_per_mwh } => {
                vec![PriceBin { usd_per_mwh: *usd_per_mwh, hours: month.hours() }]
            }
            Self::TimeOfUse(tou) => {
                let days_of = weekdays_and_weekend_days(month);
                let mut bins: Vec<PriceBin> = Vec::new();
                for (kind, hours) in tou.usd_per_mwh[month.month() as usize - 1].iter().enumerate()
                {
                    for &usd_per_mwh in hours {
                        match bins.iter_mut().find(|bin| bin.usd_per_mwh == usd_per_mwh) {
                            Some(bin) => bin.hours += days_of[kind],
                            None => bins.push(PriceBin { usd_per_mwh, hours: days_of[kind] }),
                        }
                    }
                }
                bins.sort_by(|a, b| a.usd_per_mwh.total_cmp(&b.usd_per_mwh));
                bins
            }
        }
    }
}

/// Average price of a month's bins in USD/MWh, for a load that never changes.
///
/// # Formula
/// `sum(price x hours) / sum(hours)`; the price itself where there is only one, to the bit.
pub fn average_usd_per_mwh(bins: &[PriceBin]) -> f64 {
    if let [only] = bins {
        return only.usd_per_mwh;
    }
    let hours: f64 = bins.iter().map(|bin| bin.hours).sum();
    bins.iter().map(|bin| bin.usd_per_mwh * bin.hours).sum::<f64>() / hours
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
            assert_eq!(Tariff::TimeOfUse(tou.clone()).month_bins(m), flat.month_bins(m));
        }
    }

    #[test]
    fn weekday_peaks_are_counted_by_the_calendar() {
        let tariff = Tariff::TimeOfUse(
            TimeOfUse::new(&[rate(Days::Weekday, 14, 20, 120.0)], Some(30.0)).unwrap(),
        );
        // February 2027 has 20 weekdays: 120 peak hours of 672.
        let bins = tariff.month_bins(month(2027, 2));
        assert_eq!(
            bins,
            [
                PriceBin { usd_per_mwh: 30.0, hours: 552.0 },
                PriceBin { usd_per_mwh: 120.0, hours: 120.0 }
            ]
        );
        let average = average_usd_per_mwh(&bins);
        assert!((average - (552.0 * 30.0 + 120.0 * 120.0) / 672.0).abs() < 1e-12);
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
            let hours: f64 =
                Tariff::TimeOfUse(tou.clone()).month_bins(m).iter().map(|b| b.hours).sum();
            assert_eq!(hours, m.hours());
        }
    }

    #[test]
    fn contradictions_are_all_named() {
        let faults = |rates: &[Rate], otherwise| match TimeOfUse::new(rates, otherwise) {
            Err(Error::Invalid(faults)) => faults,
            Ok(_) => Vec::new(),
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
