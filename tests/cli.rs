//! The command as a user types it: every subcommand, every exit code, files and pipes.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read what it has just written should stop at once"
)]

use std::{fs, path::Path, process::Stdio};

use assert_cmd::{Command, assert::Assert};
use serde_json::Value;
use tempfile::TempDir;

fn hashpivot(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hashpivot"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Assert {
    hashpivot(arguments).assert()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let mut arguments = arguments.to_vec();
    arguments.extend(["--format", "json"]);
    serde_json::from_str(&stdout(&run(&arguments).success())).unwrap()
}

/// A folder with the example as `plan.toml`, edited by one replacement.
fn plan(find: &str, replace: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let example = stdout(&run(&["init"]).success());
    assert!(example.contains(find), "{find}");
    let path = folder.path().join("plan.toml");
    fs::write(&path, example.replacen(find, replace, 1)).unwrap();
    let name = path.to_str().unwrap().to_owned();
    (folder, name)
}

#[test]
fn the_first_command_decides_for_three_sites() {
    let text = stdout(&run(&["run"]).success());
    for site in ["Mesquite", "Cedar Fork", "Pecan Ridge"] {
        assert!(text.contains(site), "{site}");
    }
    for part in ["worth $", "NPV $M", "in service", "decision changes at", "defaults used"] {
        assert!(text.contains(part), "{part}");
    }
}

#[test]
fn the_readme_shows_what_is_printed() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    for (heading, block, command) in
        [("## What it prints", 1, "run"), ("## What power really costs", 3, "dispatch")]
    {
        let section = readme.split(heading).nth(1).unwrap();
        let sample = section.split("```").nth(block).unwrap();
        let printed = stdout(&run(&[command]).success());
        for line in sample.lines().filter(|line| !line.is_empty() && *line != "...") {
            assert!(printed.lines().any(|p| p == line), "README.md shows: {line}");
        }
    }
}

#[test]
fn init_prints_a_plan_that_runs_to_the_same_answer() {
    let (_folder, path) = plan("", "");
    let own = json(&["run", &path]);
    let built_in = json(&["run"]);
    assert_eq!(own["sites"], built_in["sites"]);
    assert_eq!(own["portfolio"], built_in["portfolio"]);
    assert_eq!(own["input_digest"], built_in["input_digest"]);
}

#[test]
fn a_plan_in_json_means_the_same() {
    let (folder, path) = plan("", "");
    let schema = json(&["run", &path]);
    // The same content through the mirror structs.
    let text = fs::read_to_string(&path).unwrap();
    let tree: toml::Table = toml::from_str(&text).unwrap();
    let mut value = serde_json::to_value(&tree).unwrap();
    dates_as_text(&mut value);
    let json_path = folder.path().join("plan.json");
    fs::write(&json_path, value.to_string()).unwrap();
    let from_json = json(&["run", json_path.to_str().unwrap()]);
    assert_eq!(from_json["sites"], schema["sites"]);
    assert_eq!(from_json["input_digest"], schema["input_digest"]);
}

/// TOML dates come out of serde as a table with one odd key.
fn dates_as_text(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(date) = object.get("$__toml_private_datetime") {
                *value = date.clone();
            } else {
                object.values_mut().for_each(dates_as_text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(dates_as_text),
        _ => {}
    }
}

#[test]
fn set_and_overlay_are_laid_over_the_plan_in_order() {
    let set = "bitcoin.price_usd_per_btc=100000";
    let base = json(&["run", "--set", set]);
    assert_eq!(base["network"][0]["price_usd_per_btc"], 100_000.0);
    let folder = tempfile::tempdir().unwrap();
    let overlay = folder.path().join("late.toml");
    fs::write(&overlay, "[bitcoin]\nprice_usd_per_btc = 50_000\n").unwrap();
    let overlay = overlay.to_str().unwrap();
    let over = json(&["run", "--overlay", overlay]);
    assert_eq!(over["network"][0]["price_usd_per_btc"], 50_000.0);
    let both = json(&["run", "--overlay", overlay, "--set", set]);
    assert_eq!(both["network"][0]["price_usd_per_btc"], 100_000.0);
    assert_ne!(both["input_digest"], over["input_digest"]);
}

#[test]
fn exit_codes_say_what_went_wrong() {
    // Usage.
    run(&["fly"]).code(2);
    run(&["lease", "--critical-mw", "100", "--years", "10"]).code(2);
    // Input.
    run(&["run", "--set", "valuation.tax_rate_frac=21"]).code(3);
    run(&["cost", "--model", "Antminer S99"]).code(3);
    run(&["gpu", "--critical-mw", "100", "--gpus", "1000", "--kw-per-gpu", "100"]).code(3);
    // A file that is not there.
    run(&["run", "no-such-plan.toml"]).code(5);
    run(&["run", "--out", "no/such/folder/out.txt"]).code(5);
    // Something demanded cannot be had.
    let (_folder, path) = plan("commit_from = 2027-03-01", "commit_from = 2027-03-01\nmust = true");
    let approved = "site.pecan-ridge.approved_gross_mw=250";
    let steps = "site.pecan-ridge.energised_gross_mw=[{from=2026-12-01,mw=250}]";
    let blocks = "site.pecan-ridge.offer.pecan-ridge-colo.critical_mw={min=200,step=50,max=200}";
    let assert = run(&["run", &path, "--set", approved, "--set", steps, "--set", blocks]).code(4);
    let said = stderr(&assert);
    assert!(said.contains("site.pecan-ridge.offer.pecan-ridge-colo.must"), "{said}");
    assert!(said.contains("approved_gross_mw"), "{said}");
}

#[test]
fn an_offer_that_no_schedule_can_take_is_left_out_with_a_warning() {
    let huge = "site.cedar-fork.offer.cedar-fork-colo.critical_mw={min=500,step=25,max=500}";
    let result = json(&["run", "--set", huge]);
    let excluded = &result["sites"][1]["excluded"][0];
    assert_eq!(excluded["offer"], "cedar-fork-colo");
    assert_eq!(excluded["constraint"], "approved_gross_mw");
    assert_eq!(excluded["available"], 200.0);
    assert!(result["warnings"].to_string().contains("cedar-fork-colo is left out"));
}

#[test]
fn a_refused_plan_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.json");
    let report = folder.path().join("report.html");
    run(&[
        "run",
        "--set",
        "valuation.discount_rate_frac=12",
        "--out",
        out.to_str().unwrap(),
        "--report",
        report.to_str().unwrap(),
    ])
    .code(3);
    assert!(!out.exists() && !report.exists());
}

#[test]
fn faults_come_as_json_where_json_is_asked_for() {
    let assert = run(&["run", "--set", "valuation.tax_rate_frac=21", "--format", "json"]).code(3);
    let faults: Value = serde_json::from_str(&stdout(&assert)).unwrap();
    let fault = &faults["faults"][0];
    assert_eq!(fault["code"], "range");
    assert_eq!(fault["path"], "valuation.tax_rate_frac");
    assert_eq!(fault["file"], "--set");
    assert!(fault["hint"].as_str().unwrap().contains("percent"));
}

#[test]
fn output_files_replace_whole_and_never_an_input() {
    let (folder, path) = plan("", "");
    let out = folder.path().join("out.json");
    let name = out.to_str().unwrap();
    fs::write(&out, "old").unwrap();
    run(&["run", &path, "--format", "json", "--out", name]).success();
    let written: Value = serde_json::from_str(&fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(written["schema"], "hashpivot-result/1");
    let before = fs::read(&path).unwrap();
    run(&["run", &path, "--out", &path]).code(5);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_hashpivot"))
        .args(["halving", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}", output.status);
    assert!(output.stderr.is_empty());
}

#[test]
fn no_colour_off_a_terminal() {
    for arguments in [&["run"][..], &["check"], &["halving"]] {
        assert!(!stdout(&run(arguments).success()).contains('\u{1b}'));
    }
}

#[test]
fn the_published_pair_comes_out() {
    let result = json(&["halving"]);
    let decomposition = &result["decomposition"];
    let after = decomposition["after_usd_per_btc"].as_f64().unwrap();
    assert!((after / 180_000.0 - 1.0).abs() < 1e-3, "{after}");
    let observed = decomposition["readings"][1]["after_usd_per_btc"].as_f64().unwrap();
    assert!((observed - 183_125.0).abs() < 1.0, "{observed}");
    for line in ["mechanical", "trend"] {
        let months = result[line].as_array().unwrap();
        assert_eq!(months.first().unwrap()["month"], "2025-10");
        assert_eq!(months.last().unwrap()["month"], "2033-12");
        assert_eq!(months.len(), 99);
    }
    // Of a plan, its own fees.
    let (_folder, path) = plan("", "");
    assert_eq!(json(&["halving", &path])["decomposition"]["fees_btc_per_block"], 0.02);
}

#[test]
fn a_lease_is_read_from_its_value() {
    let barber_lake = ["--critical-mw", "168", "--years", "10", "--value-usd", "3e9"];
    let mut arguments = vec!["lease"];
    arguments.extend(barber_lake);
    arguments.extend(["--escalator", "0.03", "--renewals", "5,5"]);
    let result = json(&arguments);
    let first = result["first_year_usd_per_kw_month"].as_f64().unwrap();
    assert!((first - 129.8).abs() < 0.05, "{first}");
    let whole = result["total_value_with_renewals_usd"].as_f64().unwrap();
    assert!((whole / 7.0e9 - 1.0).abs() < 0.03, "{whole}");
    assert_eq!(result["timing"], "year_end");
}

#[test]
fn small_commands_answer_in_every_format() {
    let bridge = ["bridge", "--btc-mined", "10", "--power-usd", "400000"];
    let gpu = ["gpu", "--critical-mw", "660", "--gpus", "250000", "--usd-per-year", "6e9"];
    let lease = ["lease", "--critical-mw", "50", "--years", "10", "--rent-usd-per-kw-month", "90"];
    let bench = ["bench", "w2", "--runs", "1", "--scale", "0.001"];
    for command in
        [&bridge[..], &gpu, &lease, &bench, &["cost"], &["halving"], &["check"], &["run"]]
    {
        for format in ["table", "json", "csv"] {
            let mut arguments = command.to_vec();
            arguments.extend(["--format", format]);
            assert!(!stdout(&run(&arguments).success()).trim().is_empty(), "{arguments:?}");
        }
    }
    for plain in [&["man"][..], &["completions", "bash"], &["schema", "input"], &["--version"]] {
        assert!(!stdout(&run(plain).success()).is_empty(), "{plain:?}");
    }
}

/// Instruction sets of this processor, by the names that the command knows.
fn instruction_sets() -> Vec<&'static str> {
    hashcost::Isa::available().into_iter().map(hashcost::Isa::name).collect()
}

#[test]
fn the_environment_chooses_the_instruction_set() {
    for set in instruction_sets() {
        let version = hashpivot(&["--version"]).env("HASHPIVOT_SIMD", set).assert().success();
        let second = format!("simd: {set}");
        assert_eq!(stdout(&version).lines().nth(1), Some(&second[..]));
        let mut command = hashpivot(&["run", "--format", "json"]);
        let run = command.env("HASHPIVOT_SIMD", set).assert().success();
        let answer: Value = serde_json::from_str(&stdout(&run)).unwrap();
        assert_eq!(answer["simd"], set);
    }
    let widest = stdout(&hashpivot(&["--version"]).env("HASHPIVOT_SIMD", "").assert().success());
    assert!(widest.contains(instruction_sets()[0]), "{widest}");
    let refused = hashpivot(&["run"]).env("HASHPIVOT_SIMD", "mmx").assert().code(2);
    let said = stderr(&refused);
    assert!(said.contains("HASHPIVOT_SIMD") && said.contains("mmx"), "{said}");
    assert!(said.contains("baseline") && said.contains("scalar"), "{said}");
}

/// Bytes that are no text are refused like any other name, not passed over.
#[cfg(unix)]
#[test]
fn an_instruction_set_that_is_no_text_is_refused() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let bytes = OsStr::from_bytes(&[b'a', b'v', b'x', 0xff]);
    let refused = hashpivot(&["--version"]).env("HASHPIVOT_SIMD", bytes).assert().code(2);
    assert!(stderr(&refused).contains("HASHPIVOT_SIMD"), "{}", stderr(&refused));
}

#[test]
fn benches_say_how_they_were_run_and_what_they_took() {
    let choices: [(&str, &[&str]); 5] = [
        ("w1", &["stores"]),
        ("w1red", &["method"]),
        ("w2", &["method"]),
        ("w3", &[]),
        ("w4", &[]),
    ];
    for (workload, chosen) in choices {
        let found = bench(&[workload], "scalar");
        assert_eq!(found["workload"], workload);
        assert_eq!((&found["threads"], &found["scale"]), (&1.into(), &0.001.into()));
        assert_eq!(found["hours_scale"], 1);
        for choice in ["stores", "method"] {
            assert_eq!(found[choice].is_string(), chosen.contains(&choice), "{workload}: {choice}");
        }
        assert_eq!(found["digest"].as_str().map(str::len), Some(64), "{workload}");
        assert!(found["cells"].as_u64() > Some(0), "{workload}");
        for key in ["cells_per_cpu_s", "cpu_ms", "wall_ms"] {
            assert!(found[key].is_number(), "{workload}: {key}");
        }
        for clock in ["cpu_ms", "wall_ms"] {
            let time = |suffix: &str| found[format!("{clock}{suffix}")].as_f64().unwrap();
            assert!(time("_min") <= time("") && time("") <= time("_max"), "{workload}: {clock}");
        }
    }
}

/// `bench` at a thousandth of its size.
fn bench(arguments: &[&str], set: &str) -> Value {
    let mut command = hashpivot(&["bench", "--format", "json", "--runs", "1", "--scale", "0.001"]);
    let run = command.args(arguments).env("HASHPIVOT_SIMD", set).assert().success();
    serde_json::from_str(&stdout(&run)).unwrap()
}

#[test]
fn kernels_give_one_digest_on_every_fused_instruction_set_and_number_of_threads() {
    let workloads: [&[&str]; 8] = [
        &["w1", "--stores", "cached"],
        &["w1", "--stores", "streaming"],
        &["w1red", "--method", "brute"],
        &["w1red"],
        &["w2", "--method", "brute"],
        &["w2", "--hours-scale", "2"],
        &["w3"],
        &["w4"],
    ];
    for workload in workloads {
        let reference = bench(workload, "scalar");
        let fused = |set: &&str| hashcost::Isa::named(set).unwrap().fuses_multiply_add();
        for set in instruction_sets().into_iter().filter(fused) {
            for threads in ["1", "2"] {
                let found = bench(&[workload, &["--threads", threads]].concat(), set);
                assert_eq!(found["digest"], reference["digest"], "{workload:?} on {set}");
                assert_eq!(found["cells"], reference["cells"]);
                assert_eq!((&found["simd"], &found["runs"]), (&set.into(), &1.into()));
            }
        }
    }
    // The two ways of writing cells write the same ones.
    let stores = |stores| bench(&["w1", "--stores", stores], "scalar")["digest"].clone();
    assert_eq!(stores("cached"), stores("streaming"));
}

#[test]
fn benches_that_cannot_be_are_refused() {
    for (arguments, says) in [
        (&["w1", "--scale", "20"][..], "bytes of output"),
        (&["w3", "--method", "brute"], "--method"),
        (&["w4", "--stores", "cached"], "--stores"),
        (&["w2", "--stores", "cached"], "--stores"),
        (&["w2", "--threads", "0"], "--threads"),
        (&["w2", "--scale", "0"], "--scale"),
    ] {
        let arguments = [&["bench"], arguments].concat();
        let said = stderr(&run(&arguments).code(3));
        assert!(said.contains(says), "{said}");
    }
}

#[test]
fn defaults_are_listed_with_their_source() {
    let text = stdout(&run(&["run", "--defaults"]).success());
    assert!(text.contains("pecan-ridge-cloud.load_factor_frac"), "{text}");
    assert!(text.contains("[assumption]"));
}

#[test]
fn every_broken_copy_of_the_example_is_refused_where_it_is_broken() {
    #[derive(serde::Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }
    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        find: String,
        replace: String,
        code: String,
        path: String,
        line: String,
        says: String,
    }
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/broken/cases.toml");
    let cases: Cases = toml::from_str(&fs::read_to_string(manifest).unwrap()).unwrap();
    assert!(cases.case.len() >= 25, "{}", cases.case.len());
    for case in cases.case {
        let (_folder, path) = plan(&case.find, &case.replace);
        let assert = run(&["run", &path, "--format", "json"]).code(3);
        let faults: Value = serde_json::from_str(&stdout(&assert)).unwrap();
        let faults = faults["faults"].as_array().unwrap();
        let fault = faults
            .iter()
            .find(|f| f["code"] == case.code.as_str() && f["path"] == case.path.as_str())
            .unwrap_or_else(|| panic!("{}: {faults:?}", case.name));
        let text = fs::read_to_string(&path).unwrap();
        let line = usize::try_from(fault["line"].as_u64().unwrap()).unwrap();
        let standing = text.lines().nth(line - 1).unwrap_or_default();
        assert!(standing.contains(&case.line), "{}: line {line}: {standing}", case.name);
        let word = |key: &str| fault[key].as_str().unwrap().to_owned();
        let said = format!("{} {}", word("hint"), word("allowed"));
        assert!(said.contains(&case.says), "{}: {said}", case.name);
    }
}
