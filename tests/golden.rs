//! Whole answers against stored ones. Where an answer is meant to change, run the test with
//! `HASHPIVOT_UPDATE_GOLDEN=1`, read the difference, and say in the changelog why.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its fixtures should stop at once")]

use std::{fs, path::PathBuf, process::Command};

use serde_json::Value;

/// Relative difference that platforms' `pow` may make in sums over two hundred months.
const LIBRARY_REL: f64 = 1e-9;

fn check(name: &str, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_hashpivot"))
        .args(arguments)
        .args(["--format", "json"])
        // Answers name the instruction set; stored ones should not depend on the machine.
        .env("HASHPIVOT_SIMD", "scalar")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/golden")
        .join(format!("{name}.json"));
    #[expect(clippy::disallowed_methods, reason = "asked for by the person who runs the test")]
    let update = std::env::var("HASHPIVOT_UPDATE_GOLDEN").is_ok();
    if update {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
    }
    let stored: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    compare(name, &stored, &serde_json::from_str(&text).unwrap());
}

/// Equal but for the last digits of numbers.
fn compare(path: &str, stored: &Value, now: &Value) {
    match (stored, now) {
        (Value::Object(a), Value::Object(b)) => {
            assert!(a.keys().eq(b.keys()), "{path}: keys differ");
            for (key, value) in a {
                compare(&format!("{path}.{key}"), value, &b[key]);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}: length");
            for (i, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}[{i}]"), a, b);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            // Below a cent, sums of millions are rounding alone.
            let close = (a - b).abs() <= LIBRARY_REL * a.abs().max(b.abs()) || (a - b).abs() < 1e-2;
            assert!(close, "{path}: {a} became {b}");
        }
        _ => assert_eq!(stored, now, "{path}"),
    }
}

#[test]
fn the_example() {
    check("run_example", &["run"]);
}

#[test]
fn the_example_at_a_low_price_without_a_budget() {
    check(
        "run_mechanical",
        &[
            "run",
            "--set",
            "bitcoin.projection=\"mechanical\"",
            "--set",
            "bitcoin.price_usd_per_btc=60000",
        ],
    );
}

#[test]
fn the_halving() {
    check("halving", &["halving"]);
}

#[test]
fn a_lease() {
    check(
        "lease_barber_lake",
        &[
            "lease",
            "--critical-mw",
            "168",
            "--years",
            "10",
            "--value-usd",
            "3e9",
            "--escalator",
            "0.03",
            "--renewals",
            "5,5",
        ],
    );
}
