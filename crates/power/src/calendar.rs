//! From instants to the local clock: seasons, weekdays, holidays, daylight saving.
//!
//! Inside, time is UTC: seconds since 1970-01-01T00:00Z. Contracts speak of local clocks, so a
//! [`Zone`] turns one into the other by the rules of the IANA database that is compiled in.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};

/// Seconds in an hour.
pub const SECONDS_PER_HOUR: i64 = 3_600;

/// A time zone of the IANA database.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// What the local clock and calendar show at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local {
    /// Year.
    pub year: i32,
    /// Month, January = 1.
    pub month: u32,
    /// Day of the month, from 1.
    pub day: u32,
    /// Day of the week, Monday = 0.
    pub weekday: u32,
    /// Hour on the clock, 0..=23.
    pub hour: u32,
}

/// The instants that a time on the local clock may mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instants {
    /// One instant.
    One(i64),
    /// The clock shows it twice, when it is set back.
    Two(i64, i64),
    /// The clock never shows it: it is set forward over it.
    None,
}

impl Zone {
    /// Universal time.
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// The zone of an IANA name such as `America/Chicago`, letter case aside.
    pub fn named(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("UTC") {
            return Some(Self::utc());
        }
        let rules = TimeZoneDatabase::bundled().get(name).ok()?;
        Some(Self { name: rules.iana_name().unwrap_or(name).to_owned(), rules })
    }

    /// Every name that [`Zone::named`] knows.
    pub fn names() -> Vec<String> {
        TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect()
    }

    /// Its IANA name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instants at which the local clock shows this time; `None` for a date that does not
    /// exist. Hour 24 of a day is hour 0 of the next.
    pub fn instants(
        &self,
        [year, month, day]: [i32; 3],
        [hour, minute, second]: [i32; 3],
    ) -> Option<Instants> {
        let small = |value: i32| i8::try_from(value).ok();
        let date = Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()?;
        let civil = if (hour, minute, second) == (24, 0, 0) {
            date.tomorrow().ok()?.at(0, 0, 0, 0)
        } else {
            DateTime::new(
                date.year(),
                date.month(),
                date.day(),
                small(hour)?,
                small(minute)?,
                small(second)?,
                0,
            )
            .ok()?
        };
        let at = |offset: Offset| offset.to_timestamp(civil).ok().map(Timestamp::as_second);
        Some(match self.rules.to_ambiguous_timestamp(civil).offset() {
            jiff::tz::AmbiguousOffset::Unambiguous { offset } => Instants::One(at(offset)?),
            jiff::tz::AmbiguousOffset::Fold { before, after } => {
                Instants::Two(at(before)?, at(after)?)
            }
            jiff::tz::AmbiguousOffset::Gap { .. } => Instants::None,
        })
    }

    /// A clock that reads instants in any order, fastest when they rise.
    pub fn clock(&self) -> Clock<'_> {
        Clock { zone: self, offset_s: 0, from: i64::MAX, to: i64::MIN }
    }

    /// First instant of a local month: when the clock first shows its first day.
    pub fn month_start(&self, year: i32, month: u32) -> Option<i64> {
        let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
        let start = self.rules.to_zoned(date.at(0, 0, 0, 0)).ok()?;
        Some(start.timestamp().as_second())
    }
}

/// Reads a zone's clock; remembers how long the offset at hand holds.
#[derive(Clone, Debug)]
pub struct Clock<'a> {
    zone: &'a Zone,
    offset_s: i64,
    from: i64,
    to: i64,
}

impl Clock<'_> {
    /// What the clock shows at an instant, seconds since 1970-01-01T00:00Z.
    ///
    /// # Example
    /// ```
    /// use power::Zone;
    /// // In Dallas 2024-03-10 has 23 hours: 01:00 is followed by 03:00.
    /// let dallas = Zone::named("America/Chicago").ok_or("no such zone")?;
    /// let mut clock = dallas.clock();
    /// let one = 1_710_054_000;
    /// assert_eq!((clock.at(one).hour, clock.at(one + 3_600).hour), (1, 3));
    /// # Ok::<(), &str>(())
    /// ```
    pub fn at(&mut self, unix_s: i64) -> Local {
        if !(self.from..self.to).contains(&unix_s) {
            self.look_up(unix_s);
        }
        let local_s = unix_s + self.offset_s;
        let days = local_s.div_euclid(86_400);
        let hour = local_s.rem_euclid(86_400) / SECONDS_PER_HOUR;
        let (year, month, day) = civil(days);
        let weekday = (days + 3).rem_euclid(7);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "hours are 0..24 and weekdays 0..7"
        )]
        Local { year, month, day, weekday: weekday as u32, hour: hour as u32 }
    }

    fn look_up(&mut self, unix_s: i64) {
        let rules = &self.zone.rules;
        let at = Timestamp::from_second(unix_s).unwrap_or(Timestamp::UNIX_EPOCH);
        self.offset_s = i64::from(rules.to_offset(at).seconds());
        self.from = unix_s;
        let next = rules.following(at).next();
        self.to = next.map_or(i64::MAX, |change| change.timestamp().as_second());
    }
}

/// Year, month and day of a day counted from 1970-01-01: the Gregorian calendar turned so that
/// years begin in March and leap days fall on their ends.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "days of a 400-year cycle and months are small and not negative"
)]
fn civil(days: i64) -> (i32, u32, u32) {
    let shifted = days + 719_468;
    let cycle = shifted.div_euclid(146_097);
    let of_cycle = shifted.rem_euclid(146_097);
    let year_of_cycle =
        (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let of_year = of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_cycle + cycle * 400 + i64::from(month <= 2);
    (year as i32, month as u32, day as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_are_those_of_the_library() {
        for days in (-60_000..60_000).step_by(17) {
            let date = Timestamp::from_second(days * 86_400).unwrap();
            let date = Offset::UTC.to_datetime(date).date();
            let expected = (
                i32::from(date.year()),
                date.month().cast_unsigned().into(),
                date.day().cast_unsigned().into(),
            );
            assert_eq!(civil(days), expected);
            let weekday = u32::from(date.weekday().to_monday_zero_offset().cast_unsigned());
            assert_eq!(Zone::utc().clock().at(days * 86_400).weekday, weekday);
        }
    }

    #[test]
    fn clock_changes_are_seen() {
        let zone = Zone::named("america/chicago").unwrap();
        assert_eq!(zone.name(), "America/Chicago");
        // 2024-11-03 01:30 happens twice, 2024-03-10 02:30 never.
        let twice = zone.instants([2024, 11, 3], [1, 30, 0]).unwrap();
        assert_eq!(twice, Instants::Two(1_730_615_400, 1_730_619_000));
        assert_eq!(zone.instants([2024, 3, 10], [2, 30, 0]), Some(Instants::None));
        assert_eq!(zone.instants([2024, 2, 30], [2, 30, 0]), None);
        // Hour 24 is the next day's first.
        let next = zone.instants([2024, 2, 29], [0, 0, 0]).unwrap();
        assert_eq!(zone.instants([2024, 2, 28], [24, 0, 0]), Some(next));
        assert!(Zone::named("Texas/Dallas").is_none());
    }

    #[test]
    fn a_clock_reads_the_same_in_any_order() {
        let zone = Zone::named("Europe/Berlin").unwrap();
        let start = 1_704_067_200;
        let mut rising = zone.clock();
        for hour in (0..8_784).step_by(7) {
            let at = start + hour * SECONDS_PER_HOUR;
            let alone = zone.clock().at(at);
            assert_eq!(rising.at(at), alone);
            let date = [alone.year, alone.month.cast_signed(), alone.day.cast_signed()];
            let instants = zone.instants(date, [alone.hour.cast_signed(), 0, 0]).unwrap();
            match instants {
                Instants::One(one) => assert_eq!(one, at),
                Instants::Two(first, second) => assert!(first == at || second == at),
                Instants::None => panic!("the clock showed it"),
            }
        }
    }
}
