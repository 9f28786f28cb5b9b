//! A history that is accepted prints and reads back equal, and can be judged.

#![no_main]

use hashpivot::input::read_history;
use libfuzzer_sys::fuzz_target;

/// Columns of a history, in another order than that of the seeds.
const COLUMNS: [&str; 7] =
    ["fees_btc", "issuance_btc", "blocks", "hashrate_th_s", "difficulty_mean", "price_usd", "date"];

/// The same days with these columns alone, every field quoted; `None` for bytes that are no UTF-8.
fn print(bytes: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}');
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = reader.headers().expect("an accepted history has a header").clone();
    let places = COLUMNS.map(|column| {
        header.iter().position(|name| name == column).expect("an accepted history has it")
    });
    let mut writer =
        csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("memory is writable");
    for record in reader.records() {
        let record = record.expect("an accepted history is CSV");
        let fields = places.map(|place| record.get(place).expect("rows are as long as the header"));
        writer.write_record(fields).expect("memory is writable");
    }
    Some(writer.into_inner().expect("memory is writable"))
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(first) = read_history("days.csv", bytes) else { return };
    // Sums of numbers near the largest may be refused here, and must not panic.
    let _ = first.check();
    let Some(printed) = print(bytes) else { return };
    let second = read_history("days.csv", &printed).expect("a printed history is accepted");
    assert_eq!(first, second);
});
