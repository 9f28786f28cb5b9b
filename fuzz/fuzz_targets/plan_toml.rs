//! A plan that is accepted as TOML prints and reads back equal.

#![no_main]

use hashpivot::input::{Document, Sources, load, no_files};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let read = |bytes: Vec<u8>| {
        load(&Sources::of(Document { name: "plan.toml".into(), bytes }), &no_files)
    };
    let Ok(first) = read(bytes.to_vec()) else { return };
    let printed = toml::to_string(&first.plan).expect("an accepted plan prints");
    let second = read(printed.into_bytes()).expect("a printed plan is accepted");
    assert_eq!(first.plan, second.plan);
});
