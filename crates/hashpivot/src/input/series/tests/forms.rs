//! Headers, stamps and values in all their forms.

use super::*;

#[test]
fn stamps_are_read_in_all_their_forms() {
    for (first, second) in [
        ("2024-01-01T00:00Z", "2024-01-01T01:00Z"),
        ("2024-01-01 00:00:00Z", "2024-01-01 01:00:00.000Z"),
        ("2024-01-01T00:00+00:00", "2024-01-01T01:00-00:00"),
        ("2023-12-31T18:00-06:00", "2023-12-31T19:00-0600"),
        ("2024-01-01 05:30:00+05:30", "2024-01-01 01:00:00+00"),
        (" 2024-01-01T00:00Z", "\"2024-01-01T01:00Z\""),
    ] {
        let text = file(&[&format!("{first},1"), &format!("{second},-0")]);
        let found = read(&text, &prices());
        assert_eq!(found.series.start_unix_s(), 1_704_067_200, "{first}");
        assert_eq!(found.series.values(), [1.0, 0.0], "{first}");
        assert!(found.series.values()[1].is_sign_positive());
        assert_eq!((found.rows, found.zone), (2, None));
    }
}

#[test]
fn columns_are_found_by_name_or_by_option() {
    let body = "\n2024-01-01T00:00,1,7\n2024-01-01T01:00,2,8\n";
    let utc = read(&format!("interval_start_utc,price,load{body}"), &prices());
    assert_eq!((utc.label, utc.zone.as_deref()), (Label::Start, Some("UTC")));
    assert_eq!(utc.time_column, "interval_start_utc");
    let asked = SeriesOptions {
        label: Some(Label::End),
        time_column: Some("when".into()),
        value_column: Some("lmp".into()),
        ..chicago()
    };
    let asked = read(&format!("when,price,lmp{body}"), &asked);
    assert_eq!((asked.label, asked.zone.as_deref()), (Label::End, Some("America/Chicago")));
    assert_eq!(asked.series.start_unix_s(), START_2024_S - HOUR_S);
    assert_eq!((asked.series.values(), asked.value_column.as_str()), (&[7.0, 8.0][..], "lmp"));
    // Of two time columns the one that fits the label.
    let both = "interval_start_utc,interval_end_utc,price\n\
                2024-01-01T00:00,2024-01-01T01:00,1\n2024-01-01T01:00,2024-01-01T02:00,2\n";
    let end = read(both, &SeriesOptions { label: Some(Label::End), ..prices() });
    assert_eq!(end.time_column, "interval_end_utc");
    assert_eq!(end.series, read(both, &prices()).series);
    // A label for a column that says nothing; temperatures.
    let named = SeriesOptions { label: Some(Label::Start), ..temperatures() };
    let named = read("utc,temp_c\n2024-01-01T00:00,-60\n2024-01-01T00:05,60\n", &named);
    assert_eq!((named.series.interval_s(), named.zone.as_deref()), (300, Some("UTC")));
}

#[test]
fn marks_and_line_ends_of_other_systems_are_taken() {
    let text = file(&["2024-01-01T00:00Z,1", "2024-01-01T01:00Z,2"]);
    let expected = read(&text, &prices());
    assert_eq!(read(&format!("\u{feff}{text}"), &prices()), expected);
    assert_eq!(read(&text.replace('\n', "\r\n"), &prices()), expected);
    assert_eq!(read(&text.replace('\n', "\n\n"), &prices()), expected);
    assert_eq!(read(text.trim_end(), &prices()), expected);
    // Places count lines that hold nothing, and not the mark.
    let text = "\u{feff}interval_start,price\r\n2024-01-01T00:00Z,1\r\n\r\n2024-01-01T01:00Z,x\r\n";
    refused(text, &prices(), &["p.csv:4:19: price = x: must be a number"]);
}

fn refused_header(header: &str, options: &SeriesOptions, expected: &[String]) {
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    refused(&format!("{header}\n2024-01-01T00:00Z,1\n2024-01-01T01:00Z,2\n"), options, &expected);
}

#[test]
fn headers_are_refused_by_what_they_lack() {
    let time = "interval_start, interval_start_utc, interval_end, interval_end_utc, \
                interval_start_local, interval_end_local, time, timestamp, utc";
    let price = "usd_per_mwh, price_usd_per_mwh, price";
    let asked = |time: Option<&str>, value: Option<&str>| SeriesOptions {
        time_column: time.map(Into::into),
        value_column: value.map(Into::into),
        ..prices()
    };
    for (header, options, expected) in [
        (
            "a;b",
            prices(),
            vec![
            "p.csv:1:1:  = a;b: columns are separated by commas (this file uses semicolons or tabs)"
                .to_owned(),
        ],
        ),
        (
            "a,b",
            prices(),
            vec![
                format!(
                    "p.csv:1:1: interval_start: a time column must be given: {time} (found a, b)"
                ),
                format!(
                    "p.csv:1:1: usd_per_mwh: a value column must be given: {price} (found a, b)"
                ),
            ],
        ),
        (
            "Delivery Date,price",
            prices(),
            vec![format!(
                "p.csv:1:1: interval_start: a time column must be given: {time} \
             (found Delivery Date, price; put date and hour into one column: 2024-01-31T13:00)"
            )],
        ),
        (
            "interval_start,Price",
            prices(),
            vec![format!(
                "p.csv:1:1: usd_per_mwh: a value column must be given: {price} \
             (found interval_start, Price; write price, not Price)"
            )],
        ),
        (
            "interval_start,b",
            temperatures(),
            vec![
                "p.csv:1:1: temperature_c: a value column must be given: temperature_c, temp_c, \
             dry_bulb_c (found interval_start, b)"
                    .to_owned(),
            ],
        ),
        (
            "interval_start,price",
            asked(Some("when"), Some("lmp")),
            vec![
                "p.csv:1:1: when: the time column that was asked for (found interval_start, price)"
                    .to_owned(),
                "p.csv:1:1: lmp: the value column that was asked for (found interval_start, price)"
                    .to_owned(),
            ],
        ),
    ] {
        refused_header(header, &options, &expected);
    }
}

#[test]
fn headers_are_refused_by_what_they_say() {
    let asked = |value: &str| SeriesOptions { value_column: Some(value.into()), ..prices() };
    let label = |label| SeriesOptions { label: Some(label), ..prices() };
    for (header, options, expected) in [
        (
            "interval_start,usd_per_kwh",
            prices(),
            vec![
                "p.csv:1:16: usd_per_kwh: values are in USD/MWh \
             (this is USD/kWh: multiply by 1,000 and call it usd_per_mwh)"
                    .to_owned(),
            ],
        ),
        (
            "interval_start,$/kWh",
            asked("$/kWh"),
            vec![
                "p.csv:1:16: $/kWh: values are in USD/MWh \
             (this is USD/kWh: multiply by 1,000 and call it usd_per_mwh)"
                    .to_owned(),
            ],
        ),
        (
            "interval_start,temp_f",
            temperatures(),
            vec![
                "p.csv:1:16: temp_f: values are in °C \
             (this is Fahrenheit: write (F - 32) / 1.8 and call it temperature_c)"
                    .to_owned(),
            ],
        ),
        (
            "interval_start,price,usd_per_mwh",
            prices(),
            vec![
                "p.csv:1:16: price: one value column is read, found usd_per_mwh, price \
             (name it: --price-column)"
                    .to_owned(),
            ],
        ),
        (
            "interval_start,price,price",
            prices(),
            vec!["p.csv:1:22: price: a column that is read may stand once".to_owned()],
        ),
        (
            "time,price",
            prices(),
            vec![
            "p.csv:1:1: time: it must be said which end of an interval a stamp names (say --label \
             start or end, or name the column interval_start or interval_end)"
                .to_owned(),
        ],
        ),
        (
            "interval_end,price",
            label(Label::Start),
            vec![
                "p.csv:1:1: interval_end = --label start: the name of the column says that stamps \
             name the end"
                    .to_owned(),
            ],
        ),
    ] {
        refused_header(header, &options, &expected);
    }
}

#[test]
fn bytes_that_are_no_table_are_refused() {
    for (bytes, expected) in [
        (&b""[..], "p.csv: a series file has a header and at least 2 rows (the file is empty)"),
        (
            b"\xff\xfet\0",
            "p.csv: a file must be UTF-8 (byte 0 is the mark of UTF-16: save the file as UTF-8)",
        ),
        (b"time\0", "p.csv: a file must be text (byte 4 is NUL: is this UTF-16 or a binary file?)"),
        (b"time,\xe9", "p.csv: a file must be UTF-8 (byte 5 is not UTF-8: is it Latin-1?)"),
        (
            b"\x1f\x8b\x08",
            "p.csv: a series file must be CSV (this is a compressed file or a workbook: unpack \
             it, or save it as CSV)",
        ),
        #[cfg(not(feature = "parquet"))]
        (
            b"PAR1",
            "p.csv: a series file must be CSV (this is a Parquet file: build with `--features \
             parquet`, or write it as CSV)",
        ),
    ] {
        let faults = read_series("p.csv", bytes, &prices()).unwrap_err();
        assert_eq!(faults.iter().map(ToString::to_string).collect::<Vec<_>>(), [expected]);
    }
    let open = format!("interval_start,price\n2024-01-01T00:00Z,\"{}", "1\n".repeat(40_000));
    refused(&open, &prices(), &["p.csv:2:1: a row may have 64 KiB (is a quote left open?)"]);
    refused(
        "interval_start,price\n",
        &prices(),
        &["p.csv: a series needs at least 2 rows (it has 0)"],
    );
    refused(
        &file(&["2024-01-01T00:00Z,1"]),
        &prices(),
        &["p.csv: a series needs at least 2 rows (it has 1)"],
    );
}

#[test]
fn stamps_are_refused_by_their_form() {
    let form = "a time must read like 2024-01-31T13:00Z";
    let one_column = "put date and hour into one column: 2024-01-31T13:00";
    for (stamp, cause) in [
        ("1/31/2024 13:00", "write year-month-day: 2024-01-31T13:00"),
        ("2024-01-31", one_column),
        ("1706706000", "looks like Unix time or a spreadsheet's number: write it as a date"),
        ("2023-02-29T00:00Z", "there is no such date or time of day"),
        ("2024-01-31T25:00Z", "there is no such date or time of day"),
        ("2024-01-31T24:30Z", "there is no such date or time of day"),
        ("2024-13-01T00:00Z", "there is no such date or time of day"),
        ("2024-01-31T13:00:00.5Z", "times are whole seconds"),
    ] {
        let text = file(&["2024-01-01T00:00Z,1", &format!("{stamp},2"), "2024-01-01T02:00Z,3"]);
        refused(
            &text,
            &prices(),
            &[&format!("p.csv:3:1: interval_start = {stamp}: {form} ({cause})")],
        );
    }
    for stamp in [
        "noon",
        "2024-01-31T13:00 CST",
        "2024-01-31T13:00+15:00",
        "2024-01-31T1:00Z",
        "2024-01-31T13:00é",
    ] {
        let text = file(&["2024-01-01T00:00Z,1", &format!("{stamp},2"), "2024-01-01T02:00Z,3"]);
        refused(&text, &prices(), &[&format!("p.csv:3:1: interval_start = {stamp}: {form}")]);
    }
    let text = file(&["2024-01-01T00:00Z,1", ",2", "2024-01-01T02:00Z,3"]);
    refused(
        &text,
        &prices(),
        &[&format!("p.csv:3:1: interval_start: {form} (every row needs a time)")],
    );
    // What is wrong all over stands once.
    let text = file(&["1/1/2024 0:00,1", "1/1/2024 1:00,x", "1/1/2024 2:00,3"]);
    refused(
        &text,
        &prices(),
        &[
            &format!(
                "p.csv:2:1: interval_start = 1/1/2024 0:00: {form} \
            (write year-month-day: 2024-01-31T13:00; 2 more rows like it)"
            ),
            "p.csv:3:15: price = x: must be a number",
        ],
    );
    let naive = file(&["2024-01-01T00:00,1", "2024-01-01T01:00,2"]);
    refused(
        &naive,
        &prices(),
        &["p.csv:2:1: interval_start = 2024-01-01T00:00: a naive timestamp without zone \
         (add Z or an offset, or say --zone America/Chicago; 1 more row like it)"],
    );
    let utc = naive.replace("start", "start_utc");
    let named = SeriesOptions { zone: Zone::named("Etc/UTC"), ..prices() };
    assert_eq!(read(&utc, &named), read(&utc, &prices()));
    assert_eq!(read(&naive, &named).zone.as_deref(), Some("UTC"));
    refused(
        &utc,
        &chicago(),
        &["p.csv:2:1: interval_start_utc = 2024-01-01T00:00: the column's name says UTC, --zone \
             says \
         America/Chicago (leave out --zone, or rename the column; 1 more row like it)"],
    );
    let late = file(&["2024-01-01T23:00Z,1", "2024-01-01T24:00Z,2"]);
    refused(
        &late,
        &prices(),
        &["p.csv:3:1: interval_start = 2024-01-01T24:00Z: 24:00 is an hour's end \
         (is this hour-ending data? say --label end)"],
    );
    let end = read(&late.replace("start", "end"), &prices());
    assert_eq!(end.series.start_unix_s(), 1_704_067_200 + 22 * HOUR_S);
}

#[test]
fn values_are_refused_by_kind_and_range() {
    let lines = [
        "2024-01-01T00:00Z,9000",
        "2024-01-01T01:00Z,-5000.01",
        "2024-01-01T02:00Z,20001",
        "2024-01-01T03:00Z,NaN",
        "2024-01-01T04:00Z,1e999",
        "2024-01-01T05:00Z,n/a",
        "2024-01-01T06:00Z,\"1,234.5\"",
        "2024-01-01T07:00Z,45,20",
        "2024-01-01T08:00Z",
        "2024-01-01T09:00Z,-20",
    ];
    let leave = "(leave the field empty where there is no value)";
    refused(
        &file(&lines),
        &prices(),
        &[
            "p.csv:3:19: price = -5000.01: allowed -5000..=20000 USD/MWh",
            "p.csv:4:19: price = 20001: allowed -5000..=20000 USD/MWh",
            &format!("p.csv:5:19: price = NaN: allowed -5000..=20000 USD/MWh {leave}"),
            "p.csv:6:19: price = 1e999: allowed -5000..=20000 USD/MWh",
            &format!("p.csv:7:19: price = n/a: must be a number {leave}"),
            "p.csv:8:19: price = 1,234.5: must be a number (thousands separator: write 1234.5)",
            "p.csv:9:1: interval_start = 2024-01-01T07:00Z,45,20: must have 2 fields, has 3 \
         (a comma inside a number splits it: write a decimal point)",
            "p.csv:10:1: interval_start = 2024-01-01T08:00Z: must have 2 fields, has 1",
        ],
    );
    let warm = "interval_start,temp_c\n2024-01-01T00:00Z,75\n2024-01-01T01:00Z,-61\n";
    refused(
        warm,
        &temperatures(),
        &[
            "p.csv:2:19: temp_c = 75: allowed -60..=60 °C (looks like Fahrenheit)",
            "p.csv:3:19: temp_c = -61: allowed -60..=60 °C",
        ],
    );
}

#[test]
fn prices_in_usd_per_kwh_are_noticed() {
    let hours = |price: &dyn Fn(i64) -> f64, count| {
        let line = |hour| format!("{}Z,{}", stamp::iso(hour * HOUR_S), price(hour));
        let lines: Vec<String> = (0..count).map(line).collect();
        file(&lines.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let kwh = |hour: i64| if hour == 0 { 0.0 } else { 0.045 };
    refused(
        &hours(&kwh, 24),
        &prices(),
        &["p.csv:3:19: price = 0.045: prices are in USD/MWh \
         (all lie within 1 of zero: looks like USD/kWh: multiply by 1,000)"],
    );
    assert_eq!(read(&hours(&kwh, 23), &prices()).rows, 23);
    assert_eq!(read(&hours(&|_| 0.0, 24), &prices()).rows, 24);
    assert_eq!(read(&hours(&|hour| if hour == 7 { -1.0 } else { 0.5 }, 24), &prices()).rows, 24);
}
