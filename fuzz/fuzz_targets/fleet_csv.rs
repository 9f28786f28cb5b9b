//! A fleet file that is accepted prints and reads back equal.

#![no_main]

use hashpivot::input::plan::Machine;
use hashpivot::input::{Document, Sources, load};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// One site with room for any fleet that a short file can describe.
const PLAN: &str = include_str!("../seeds/fleet_plan.toml");
/// Columns of a fleet file.
const COLUMNS: [&str; 12] = [
    "model",
    "name",
    "hashrate_th_per_s",
    "power_w",
    "units",
    "uptime_frac",
    "variable_usd_per_th_day",
    "fixed_usd_per_th_day",
    "credits_usd_per_th_day",
    "life_months",
    "age_months",
    "tax_basis_usd",
];

fn read(csv: &[u8]) -> Option<Vec<Machine>> {
    let base = Document { name: "plan.toml".into(), bytes: PLAN.into() };
    let loaded = load(&Sources::of(base), &|_| Ok(csv.to_vec())).ok()?;
    loaded.plan.site.into_iter().next().map(|site| site.machine)
}

fn print(machines: &[Machine]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).expect("memory is writable");
    for machine in machines {
        let row = serde_json::to_value(machine).expect("a machine prints");
        let fields = COLUMNS.map(|column| match row.get(column) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        });
        writer.write_record(fields).expect("memory is writable");
    }
    writer.into_inner().expect("memory is writable")
}

fuzz_target!(|bytes: &[u8]| {
    let Some(first) = read(bytes) else { return };
    let second = read(&print(&first)).expect("a printed fleet is accepted");
    assert_eq!(first, second);
});
