//! `companies` and `implied` as a user types them.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read what it has just written should stop at once"
)]

use assert_cmd::{Command, assert::Assert};
use serde_json::Value;

fn run(arguments: &[&str]) -> Assert {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hashpivot"));
    command.args(arguments).assert()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let mut arguments = arguments.to_vec();
    arguments.extend(["--format", "json"]);
    serde_json::from_str(&stdout(&run(&arguments).success())).unwrap()
}

#[test]
fn six_companies_are_shown_with_what_is_assumed() {
    let text = stdout(&run(&["companies", "--price", "iren=48", "--price", "riot=15"]).success());
    for name in ["Cipher", "CleanSpark", "IREN", "MARA", "Riot", "Core Scientific"] {
        assert!(text.contains(name), "{text}");
    }
    assert!(text.contains("absent from what was found"), "{text}");
    let result = json(&["companies", "--price", "iren=48"]);
    assert_eq!(result["companies"][0]["company"], "iren");
    assert_eq!(result["companies"][0]["rank"], 1);
    let csv = stdout(&run(&["companies", "--format", "csv"]).success());
    assert_eq!(csv.lines().count(), 7, "{csv}");
    assert!(csv.starts_with("rank,company,mining_usd,"), "{csv}");
}

/// The sentence rounds the figures of the answer.
#[test]
fn a_price_is_read_for_one_unknown_or_for_all() {
    let arguments = ["implied", "--company", "iren", "--price", "48"];
    let result = json(&arguments);
    let rows = result["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let said: Vec<String> =
        rows.iter().map(|row| row["sentence"].as_str().unwrap().to_owned()).collect();
    let amount = |place: usize| rows[place]["implied_amount"].as_f64().unwrap();
    let plain: Vec<String> = said.iter().map(|text| text.replace(',', "")).collect();
    assert!(plain[0].contains(&format!("{:.1} MW critical", amount(0))), "{}", said[0]);
    assert!(plain[1].contains(&format!("{:.1} EH/s", amount(1))), "{}", said[1]);
    assert!(plain[2].contains(&format!("{:.1} %", amount(2) * 100.0)), "{}", said[2]);
    for (solve, place) in [("mw", 0), ("eh", 1), ("probability", 2)] {
        let mut one = arguments.to_vec();
        one.extend(["--solve", solve]);
        assert_eq!(json(&one)["rows"].as_array().unwrap().as_slice(), &rows[place..=place]);
    }
}

#[test]
fn what_cannot_be_used_leaves_with_exit_code_3_and_wrong_usage_with_2() {
    let refused = run(&["implied", "--company", "irem", "--price", "-1"]).code(3);
    let said = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(said.contains("nearest: iren") && said.contains("--price"), "{said}");
    run(&["companies", "--price", "iren=0"]).code(3);
    run(&["companies", "--probability", "50"]).code(3);
    run(&["companies", "--price", "iren"]).code(2);
    run(&["implied", "--company", "iren"]).code(2);
}
