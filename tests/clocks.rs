//! Clocks as the time library itself reads them, and zones to hold ours against it.

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use power::{Local, Zone};
use proptest::prelude::*;
use units::CalendarMonth;

/// Years that are counted hour by hour in every zone.
pub const YEARS: std::ops::Range<i32> = 2010..2038;

/// Seconds of a day without a clock change.
pub const SECONDS_PER_DAY: i64 = 86_400;

/// 1900-01-01 and 2100-01-01: all that clocks have done, and their present rules for a while.
pub const CENTURIES: std::ops::Range<i64> = -2_208_988_800..4_102_444_800;

/// Zones of every kind: summer times north and south, halves of an hour, a summer time of half an
/// hour or of two hours, a day that never was.
pub const ZONES: [&str; 7] = [
    "UTC",
    "America/Chicago",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Pacific/Apia",
];

/// One of [`ZONES`].
pub fn zone() -> impl Strategy<Value = Zone> {
    prop::sample::select(ZONES.to_vec()).prop_map(|name| Zone::named(name).unwrap())
}

/// The rules of a zone by the library, past our own clock.
pub fn rules(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

/// What the library says that the clock shows.
pub fn shown(rules: &TimeZone, unix_s: i64) -> Local {
    let at = Timestamp::from_second(unix_s).unwrap().to_zoned(rules.clone());
    let small = |value: i8| u32::from(value.cast_unsigned());
    let [month, day, hour] = [at.month(), at.day(), at.hour()].map(small);
    let weekday = small(at.weekday().to_monday_zero_offset());
    Local { year: at.year().into(), month, day, weekday, hour }
}

/// What the library adds to universal time at an instant, s.
pub fn offset_s(rules: &TimeZone, unix_s: i64) -> i64 {
    rules.to_offset(Timestamp::from_second(unix_s).unwrap()).seconds().into()
}

/// Instants in `[from, to)` at which a clock changes, and by how much it is set forward.
pub fn changes(rules: &TimeZone, from: i64, to: i64) -> Vec<(i64, i64)> {
    let after = Timestamp::from_second(from - 1).unwrap();
    let all = rules.following(after).map(|change| change.timestamp().as_second());
    let by = |at| offset_s(rules, at) - offset_s(rules, at - 1);
    all.take_while(|at| *at < to).map(|at| (at, by(at))).collect()
}

/// Months of a year.
pub fn months_of(year: i32) -> impl Iterator<Item = CalendarMonth> {
    (1..=12).map(move |month| CalendarMonth::new(year, month).unwrap())
}

/// First instant of a local month.
pub fn month_start(zone: &Zone, month: CalendarMonth) -> i64 {
    zone.month_start(month.year(), month.month()).unwrap()
}

/// First instant of a local year.
pub fn year_start(zone: &Zone, year: i32) -> i64 {
    zone.month_start(year, 1).unwrap()
}
