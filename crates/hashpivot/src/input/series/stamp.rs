//! Stamps: from `2024-01-31T13:00-06:00` to instants; by a zone's clock where there is no offset.

use power::{Instants, Zone};

const DAY_S: i64 = 86_400;

/// A time as a file writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// What the clock shows, in seconds since it showed 1970-01-01T00:00.
    pub(super) clock_s: i64,
    /// How far that clock is ahead of UTC; `None` if the stamp does not say.
    pub(super) offset_s: Option<i64>,
    /// Whether it was written as hour 24 of the day before.
    pub(super) hour_24: bool,
}

/// Why a field is no stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slip {
    Empty,
    /// `1/31/2024 13:00`.
    Slashes,
    /// `2024-01-31`.
    DateOnly,
    /// `1706706000`.
    UnixTime,
    /// `2024-02-30T25:00`.
    NoSuchTime,
    /// `2024-01-31T13:00:00.5`.
    SplitSecond,
    Unreadable,
}

impl Slip {
    pub(super) fn hint(self) -> &'static str {
        match self {
            Self::Empty => "every row needs a time",
            Self::Slashes => "write year-month-day: 2024-01-31T13:00",
            Self::DateOnly => "put date and hour into one column: 2024-01-31T13:00",
            Self::UnixTime => "looks like Unix time or a spreadsheet's number: write it as a date",
            Self::NoSuchTime => "there is no such date or time of day",
            Self::SplitSecond => "times are whole seconds",
            Self::Unreadable => "",
        }
    }
}

/// Reads `2024-01-31T13:00`: `T` or a space, seconds and their zeros after a point if they are
/// there, and `Z`, `+00:00`, `-0600`, `-06` or no offset.
pub(super) fn read(field: &[u8]) -> Result<Stamp, Slip> {
    let &[
        y0,
        y1,
        y2,
        y3,
        b'-',
        m0,
        m1,
        b'-',
        d0,
        d1,
        b'T' | b' ',
        h0,
        h1,
        b':',
        n0,
        n1,
        ref rest @ ..,
    ] = field
    else {
        return Err(slip(field));
    };
    let whole = || -> Option<_> {
        let year = number([y0, y1])? * 100 + number([y2, y3])?;
        let clock = [number([h0, h1])?, number([n0, n1])?];
        let (second, rest) = match *rest {
            [b':', s0, s1, ref rest @ ..] => (number([s0, s1])?, rest),
            _ => (0, rest),
        };
        let rest = match rest {
            [b'.', digits @ ..] => {
                let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
                (zeros > 0).then_some(&digits[zeros..])?
            }
            _ => rest,
        };
        let offset_s = match *rest {
            [] => None,
            [b'Z'] => Some(0),
            [sign, h0, h1, b':', n0, n1] | [sign, h0, h1, n0, n1] => {
                Some(offset_s(sign, number([h0, h1])?, number([n0, n1])?)?)
            }
            [sign, h0, h1] => Some(offset_s(sign, number([h0, h1])?, 0)?),
            _ => return None,
        };
        Some(([year, number([m0, m1])?, number([d0, d1])?], clock, second, offset_s))
    };
    let (date, [hour, minute], second, offset_s) = whole().ok_or_else(|| slip(field))?;
    let hour_24 = (hour, minute, second) == (24, 0, 0);
    match day_of(date) {
        Some(day) if (hour < 24 || hour_24) && minute < 60 && second < 60 => {
            let clock_s = day * DAY_S + hour * 3_600 + minute * 60 + second;
            Ok(Stamp { clock_s, offset_s, hour_24 })
        }
        _ => Err(Slip::NoSuchTime),
    }
}

fn number([tens, ones]: [u8; 2]) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i64::from(tens * 10 + ones))
}

fn offset_s(sign: u8, hours: i64, minutes: i64) -> Option<i64> {
    // Clocks are at most 14 hours from UTC.
    let ahead = (hours <= 14 && minutes < 60).then_some(hours * 3_600 + minutes * 60)?;
    match sign {
        b'+' => Some(ahead),
        b'-' => Some(-ahead),
        _ => None,
    }
}

/// The day of a date, from 1970-01-01: years begin in March, so that leap days fall on their ends.
pub(super) fn day_of([year, month, day]: [i64; 3]) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=days).contains(&day) {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    let cycle = year.div_euclid(400);
    let year = year.rem_euclid(400);
    Some(cycle * 146_097 + year * 365 + year / 4 - year / 100 + of_year - 719_468)
}

fn slip(field: &[u8]) -> Slip {
    let digits = field.iter().filter(|byte| byte.is_ascii_digit()).count();
    match field {
        [] => Slip::Empty,
        _ if field.contains(&b'/') && digits >= 4 => Slip::Slashes,
        [y @ .., b'-', _, _, b'-', _, _] if y.len() == 4 && digits == 8 => Slip::DateOnly,
        _ if field.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') => Slip::UnixTime,
        _ if field.contains(&b':') && field.contains(&b'.') => Slip::SplitSecond,
        _ => Slip::Unreadable,
    }
}

/// A clock time as it is written: `2024-01-31T13:00`.
pub(super) fn iso(clock_s: i64) -> String {
    let shown = Zone::utc().clock().at(clock_s);
    let second = clock_s.rem_euclid(3_600);
    let date = format!("{:04}-{:02}-{:02}", shown.year, shown.month, shown.day);
    let time = format!("{:02}:{:02}", shown.hour, second / 60);
    match second % 60 {
        0 => format!("{date}T{time}"),
        second => format!("{date}T{time}:{second:02}"),
    }
}

/// Whether a zone is universal time, by whatever name.
pub(super) fn is_utc(zone: &Zone) -> bool {
    let place = zone.name().rsplit('/').next().unwrap_or_default();
    matches!(place, "UTC" | "GMT" | "UCT" | "Universal" | "Zulu")
}

/// What local stamps of interval ends mean where the clock changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    /// What the clock shows at the end. Starts are read like this, too.
    Clock,
    /// What the clock showed at the start, plus the interval: "hour ending 2".
    StartPlus { interval_s: i64 },
}

/// Turns local times into instants; fast where they rise.
pub(super) struct LocalClock<'a> {
    pub(super) zone: &'a Zone,
    /// The day at hand, and how far its clock is ahead of UTC if it never changes on that day.
    day: i64,
    offset_s: Option<i64>,
}

impl<'a> LocalClock<'a> {
    pub(super) fn new(zone: &'a Zone) -> Self {
        Self { zone, day: i64::MIN, offset_s: None }
    }

    /// The instants at which the clock shows this time.
    pub(super) fn instants(&mut self, clock_s: i64) -> Instants {
        let day = clock_s.div_euclid(DAY_S);
        if day != self.day {
            let first = look_up(self.zone, day * DAY_S);
            let last = look_up(self.zone, day * DAY_S + DAY_S - 1);
            self.day = day;
            self.offset_s = match (first, last) {
                (Instants::One(first), Instants::One(last)) if last - first == DAY_S - 1 => {
                    Some(day * DAY_S - first)
                }
                _ => None,
            };
        }
        match self.offset_s {
            Some(ahead) => Instants::One(clock_s - ahead),
            None => look_up(self.zone, clock_s),
        }
    }
}

/// The same for one time, without a memory.
pub(super) fn look_up(zone: &Zone, clock_s: i64) -> Instants {
    let shown = Zone::utc().clock().at(clock_s);
    let date = [shown.year, shown.month.cast_signed(), shown.day.cast_signed()];
    #[expect(clippy::cast_possible_truncation, reason = "seconds of an hour")]
    let second = clock_s.rem_euclid(3_600) as i32;
    let time = [shown.hour.cast_signed(), second / 60, second % 60];
    zone.instants(date, time).unwrap_or(Instants::None)
}

/// What a zone's clock shows at an instant, in seconds since it showed 1970-01-01T00:00.
pub(super) fn clock_s(zone: &Zone, unix_s: i64) -> i64 {
    let shown = zone.clock().at(unix_s);
    let date = [i64::from(shown.year), i64::from(shown.month), i64::from(shown.day)];
    let hour = day_of(date).unwrap_or_default() * DAY_S + i64::from(shown.hour) * 3_600;
    // The clock is ahead by whole quarters of an hour: of the four candidates one is shown now.
    let quarter = |ahead: i64| (unix_s + ahead).rem_euclid(3_600);
    let shows = |within: i64| match look_up(zone, hour + within) {
        Instants::One(one) => one == unix_s,
        Instants::Two(first, second) => first == unix_s || second == unix_s,
        Instants::None => false,
    };
    let within = (0..4).map(|turn| quarter(turn * 900)).find(|within| shows(*within));
    hour + within.unwrap_or(0)
}
