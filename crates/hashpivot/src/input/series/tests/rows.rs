//! Rows in time: steps, gaps, local clocks.

use super::*;

#[test]
fn rows_must_rise_by_one_step() {
    let at = |minutes: &[i64]| {
        let line = |minute: &i64| format!("{}Z,30", stamp::iso(1_704_067_200 + minute * 60));
        let lines: Vec<String> = minutes.iter().map(line).collect();
        file(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let rise = "times must rise from row to row";
    refused(
        &at(&[0, 60, 60, 120, 0, 180]),
        &prices(),
        &[
            "p.csv:4:1: interval_start = 2024-01-01T01:00Z: a time may stand once",
            &format!(
                "p.csv:6:1: interval_start = 2024-01-01T00:00Z: {rise} (it is 2 hours before the \
                 row above)"
            ),
        ],
    );
    refused(
        &at(&[180, 120, 60, 0]),
        &prices(),
        &[&format!(
            "p.csv:3:1: interval_start = 2024-01-01T02:00Z: {rise} (the newest row stands first: \
             sort by time)"
        )],
    );
    let apart = "rows must stand 5, 10, 15, 20, 30 or 60 minutes apart, these are";
    refused(
        &at(&[0, 1_440, 2_880]),
        &prices(),
        &[&format!(
            "p.csv:3:1: interval_start = 2024-01-02T00:00Z: {apart} 1 day (a series is at least \
             hourly)"
        )],
    );
    refused(
        &at(&[0, 1, 2]),
        &prices(),
        &[&format!(
            "p.csv:3:1: interval_start = 2024-01-01T00:01Z: {apart} 1 minute (average it to 5 \
             minutes)"
        )],
    );
    refused(
        &at(&[0, 60, 127, 180, 240, 300]),
        &prices(),
        &[
            "p.csv:4:1: interval_start = 2024-01-01T02:07Z: rows must stand whole steps of 1 hour \
             apart (it is 67 minutes after the row above)",
            "p.csv:5:1: interval_start = 2024-01-01T03:00Z: rows must stand whole steps of 1 hour \
             apart (it is 53 minutes after the row above)",
        ],
    );
    // A single row at 5 minutes does not make an hourly file one of 5 minutes, filled twelvefold.
    let filled = SeriesOptions { gaps: GapRule::Previous, ..prices() };
    refused(
        &at(&[0, 60, 65, 120, 180]),
        &filled,
        &[
            "p.csv:4:1: interval_start = 2024-01-01T01:05Z: rows must stand whole steps of 1 hour \
             apart (it is 5 minutes after the row above)",
            "p.csv:5:1: interval_start = 2024-01-01T02:00Z: rows must stand whole steps of 1 hour \
             apart (it is 55 minutes after the row above)",
        ],
    );
    refused(
        &at(&[59, 119, 179]),
        &prices(),
        &["p.csv:2:1: interval_start = 2024-01-01T00:59Z: times must lie on whole steps of 1 \
             hour in UTC (write 13:00 for 12:59 and 13:01)"],
    );
    refused(
        &at(&[0, 5, 60 * 24 * 366 * 50]),
        &filled,
        &["p.csv:4:1: interval_start = 2074-02-07T00:00Z: a series may span 4,000,000 intervals \
             (this file spans 5270401: is the year right?)"],
    );
    for (minutes, interval_s) in
        [(5, 300), (10, 600), (15, 900), (20, 1_200), (30, 1_800), (60, 3_600)]
    {
        assert_eq!(
            read(&at(&[0, minutes, 2 * minutes]), &prices()).series.interval_s(),
            interval_s
        );
    }
}

#[test]
fn gaps_follow_the_rule() {
    let hours = |range: std::ops::Range<i64>| {
        range.map(|hour| format!("{}Z,{}\n", stamp::iso(1_704_067_200 + hour * HOUR_S), 10 + hour))
    };
    // Hours 30 and 31 are missing, hour 32 has no value.
    let text: String = std::iter::once(file(&[]))
        .chain(hours(0..30))
        .chain(["2024-01-02T08:00Z,\n".to_owned()])
        .chain(hours(33..72))
        .collect();
    let rule = |gaps| SeriesOptions { gaps, ..prices() };
    refused(
        &text,
        &prices(),
        &["p.csv:32:1: interval_start = 2024-01-02T08:00Z: 3 intervals of 1 hour from \
         2024-01-02T06:00Z have no value: allowed --gaps previous|linear|day_before"],
    );
    for (gaps, expected) in [
        (GapRule::Previous, [39.0, 39.0, 39.0]),
        (GapRule::Linear, [40.0, 41.0, 42.0]),
        (GapRule::DayBefore, [16.0, 17.0, 18.0]),
    ] {
        let found = read(&text, &rule(gaps));
        assert_eq!((found.rows, found.series.values().len(), found.gaps), (70, 72, gaps));
        assert_eq!(found.filled, [Gap { from_unix_s: 1_704_067_200 + 30 * HOUR_S, intervals: 3 }]);
        assert_eq!(found.series.values()[30..33], expected);
    }
    let early: String = std::iter::once(file(&[])).chain(hours(0..2)).chain(hours(3..5)).collect();
    refused(
        &early,
        &rule(GapRule::DayBefore),
        &["p.csv:4:1: interval_start = 2024-01-01T03:00Z: the interval of 1 hour from \
         2024-01-01T02:00Z has no value: the day before has none either: allowed \
         --gaps previous|linear"],
    );
    let edges = file(&[
        "2024-01-01T00:00Z,",
        "2024-01-01T01:00Z,1",
        "2024-01-01T02:00Z,2",
        "2024-01-01T03:00Z,",
        "2024-01-01T04:00Z,",
    ]);
    refused(
        &edges,
        &rule(GapRule::Previous),
        &[
            "p.csv:2:19: price: a series begins and ends with a value (the first 1 rows have no \
             value: delete them)",
            "p.csv:5:19: price: a series begins and ends with a value (the last 2 rows have no \
             value: delete them)",
        ],
    );
    let none = file(&["2024-01-01T00:00Z,", "2024-01-01T01:00Z,"]);
    refused(
        &none,
        &prices(),
        &["p.csv:2:19: price: a series begins and ends with a value (no row has a value)"],
    );
    // Twenty gaps are named, the rest is counted.
    let many: String = std::iter::once(file(&[]))
        .chain(
            (0..60)
                .filter(|hour| hour % 2 == 0 || *hour > 45)
                .flat_map(|hour| hours(hour..hour + 1)),
        )
        .collect();
    let faults = read_series("p.csv", many.as_bytes(), &prices()).unwrap_err();
    assert_eq!(faults.len(), 21);
    assert_eq!(faults[19].line, 22);
    assert_eq!(faults[20].to_string(), "p.csv: interval_start: 3 more gaps, 23 intervals in all");
}

#[test]
fn gaps_that_are_leap_days_are_named_so() {
    let year = |skip: std::ops::Range<i64>, end: i64| {
        let hours = (0..end)
            .filter(|hour| !skip.contains(hour))
            .map(|hour| format!("{}Z,30\n", stamp::iso(1_704_067_200 + hour * HOUR_S)));
        std::iter::once(file(&[])).chain(hours).collect::<String>()
    };
    let leap = 59 * 24;
    refused(
        &year(leap..leap + 24, 8_784),
        &prices(),
        &["p.csv:1418:1: interval_start = 2024-03-01T00:00Z: 24 intervals of 1 hour from \
         2024-02-29T00:00Z have no value: allowed --gaps previous|linear|day_before \
         (2024 is a leap year of 8,784 hours)"],
    );
    refused(
        &year(100..102, 8_762),
        &prices(),
        &["p.csv:102:1: interval_start = 2024-01-05T06:00Z: 2 intervals of 1 hour from \
         2024-01-05T04:00Z have no value: allowed --gaps previous|linear|day_before \
         (2024 is a leap year of 8,784 hours)"],
    );
    for (skip, end) in [(100..101, 8_784), (100..124, 8_784)] {
        let other = read_series("p.csv", year(skip, end).as_bytes(), &prices()).unwrap_err();
        assert_eq!(other[0].hint, "");
    }
    let utc = read(&year(0..0, 8_784), &prices());
    assert_eq!(utc.series.hours(), 8_784.0);
}

#[test]
fn local_clocks_are_followed_over_their_changes() {
    let zone = Zone::named("America/Chicago").unwrap();
    // The day of 23 hours, the day of 25 hours, and the year around them.
    for (from_s, hours) in [(1_710_050_400, 23), (1_730_610_000, 25), (START_2024_S, 8_784)] {
        let (local, utc) = hourly(&zone, from_s, hours);
        let (local, utc) = (read(&local, &chicago()), read(&utc, &prices()));
        assert_eq!(local.series, utc.series, "{hours}");
        assert_eq!((local.zone.as_deref(), utc.zone), (Some("America/Chicago"), None));
    }
    // Ends: what the clock shows, and "hour ending", which adds an hour to what it showed.
    for (from_s, hours) in [(1_710_050_400, 23), (1_730_610_000, 25), (START_2024_S, 8_784)] {
        let (_, utc) = hourly(&zone, from_s, hours);
        let expected = read(&utc, &prices()).series;
        let (shown, _) = hourly(&zone, from_s + HOUR_S, hours);
        let mut ending = file(&[]).replace("start", "end");
        let mut clock = ending.clone();
        for (hour, line) in shown.lines().skip(1).enumerate() {
            let instant = from_s + HOUR_S * i64::try_from(hour).unwrap();
            let plus = stamp::clock_s(&zone, instant) + HOUR_S;
            let plus = if plus % 86_400 == 0 {
                stamp::iso(plus - HOUR_S).replace("T23", "T24")
            } else {
                stamp::iso(plus)
            };
            writeln!(ending, "{plus},{}", 30 + hour % 24).unwrap();
            writeln!(clock, "{line}").unwrap();
        }
        assert_eq!(read(&clock, &chicago()).series, expected, "{hours}");
        assert_eq!(read(&ending, &chicago()).series, expected, "{hours}");
    }
}

#[test]
fn local_times_that_do_not_fit_the_clock_are_refused() {
    let spring = file(&["2024-03-10T01:00,1", "2024-03-10T02:00,2", "2024-03-10T03:00,3"]);
    refused(
        &spring,
        &chicago(),
        &["p.csv:3:1: interval_start = 2024-03-10T02:00: the clock of America/Chicago never \
             shows \
         02:00 on 2024-03-10 (it is set forward on that day; if the file keeps standard time all \
         year, say --zone Etc/GMT+6)"],
    );
    let standard = SeriesOptions { zone: Zone::named("Etc/GMT+6"), ..prices() };
    assert_eq!(read(&spring, &standard).rows, 3);
    // One of the two hours: the earlier one.
    let autumn = ["2024-11-03T00:00,1", "2024-11-03T01:00,2", "2024-11-03T02:00,3"];
    refused(
        &file(&autumn),
        &chicago(),
        &["p.csv:4:1: interval_start = 2024-11-03T02:00: the interval of 1 hour from \
         2024-11-03T01:00 America/Chicago (2024-11-03T07:00Z) has no value: allowed \
         --gaps previous|linear|day_before (the clock is set back here and shows this hour twice, \
         the file has it once)"],
    );
    let filled = SeriesOptions { gaps: GapRule::Previous, ..chicago() };
    assert_eq!(read(&file(&autumn), &filled).series.values(), [1.0, 2.0, 2.0, 3.0]);
    let thrice = file(&["2024-11-03T01:00,1", "2024-11-03T01:00,2", "2024-11-03T01:00,3"]);
    refused(
        &thrice,
        &chicago(),
        &["p.csv:4:1: interval_start = 2024-11-03T01:00: a time may stand once \
         (a local clock shows an hour twice in autumn only: use UTC or offsets)"],
    );
}

#[test]
fn quarter_hours_follow_both_passes_of_the_clock() {
    let zone = Zone::named("America/Chicago").unwrap();
    let (mut local, from_s) = (file(&[]), 1_730_610_000);
    for step in 0..100 {
        let clock = stamp::iso(stamp::clock_s(&zone, from_s + step * 900));
        writeln!(local, "{clock},{step}").unwrap();
    }
    let found = read(&local, &chicago());
    assert_eq!((found.series.start_unix_s(), found.series.values().len()), (from_s, 100));
}

#[test]
fn a_clock_with_a_memory_agrees_with_the_zone() {
    for name in ["America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
    {
        let zone = Zone::named(name).unwrap();
        let mut local = stamp::LocalClock::new(&zone);
        for minute in (0..60 * 24 * 366).step_by(15) {
            let instant = 1_704_067_200 + minute * 60;
            assert_eq!(local.instants(instant), stamp::look_up(&zone, instant), "{name} {instant}");
            let shown = stamp::look_up(&zone, stamp::clock_s(&zone, instant));
            let shows = match shown {
                Instants::One(one) => one == instant,
                Instants::Two(first, second) => first == instant || second == instant,
                Instants::None => false,
            };
            assert!(shows, "{name} {instant}");
        }
    }
}

#[test]
fn every_day_is_the_calendars() {
    let mut day = 0;
    for year in 1970..2101 {
        for month in 1..=12 {
            for of_month in 1..=31 {
                if let Some(found) = stamp::day_of([year, month, of_month]) {
                    assert_eq!(found, day);
                    let iso = stamp::iso(day * 86_400);
                    assert_eq!(iso, format!("{year:04}-{month:02}-{of_month:02}T00:00"));
                    assert_eq!(stamp::read(iso.as_bytes()).map(|s| s.clock_s), Ok(day * 86_400));
                    day += 1;
                }
            }
        }
    }
    assert_eq!(day, 47_847);
}

#[test]
fn faults_are_cut_at_a_thousand() {
    let lines = |row: i64| format!("{}Z,x\n", stamp::iso(row * HOUR_S));
    let text: String = std::iter::once(file(&[])).chain((0..5_000).map(lines)).collect();
    let faults = read_series("p.csv", text.as_bytes(), &prices()).unwrap_err();
    assert_eq!(faults.len(), 1_001);
    assert_eq!(faults[999].line, 1_001);
    assert_eq!(
        faults[1_000].to_string(),
        "p.csv: 1,000 faults are named at a time (there may be more)"
    );
    // Nine hundred doubles, far down the file.
    let twice = |row: i64| format!("{}Z,30\n", stamp::iso(row / 2 * HOUR_S));
    let text: String = std::iter::once(file(&[])).chain((0..1_800).map(twice)).collect();
    let faults = read_series("p.csv", text.as_bytes(), &prices()).unwrap_err();
    assert_eq!(
        (faults.len(), faults[899].line, faults[899].value.as_str()),
        (900, 1_801, "1970-02-07T11:00Z")
    );
}

#[test]
fn a_leap_year_cut_to_a_common_one_is_refused() {
    let zone = chicago().zone.unwrap();
    let (local, utc) = hourly(&zone, START_2024_S, 8_760);
    let fault = "p.csv:8761:1: interval_start = 8760 rows: 2024 is a leap year of 8,784 hours (the \
                 last day is missing: was the year cut to 8,760 hours?)";
    refused(&local, &chicago(), &[fault]);
    refused(&utc, &prices(), &[fault]);
    let (_, whole) = hourly(&zone, START_2024_S, 8_784);
    assert_eq!(read(&whole, &prices()).rows, 8_784);
    // 2025 has 8,760 hours.
    let (_, common) = hourly(&zone, START_2024_S + 8_784 * HOUR_S, 8_760);
    assert_eq!(read(&common, &prices()).rows, 8_760);
}
