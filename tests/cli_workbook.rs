//! Workbooks as a user types for them: what is in them, what is read back, and plans held.
#![expect(
    clippy::unwrap_used,
    reason = "what the command writes; a test that cannot read it stops"
)]

mod typed;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use calamine::{Data, Reader, Xlsx};
use rust_xlsxwriter::Workbook;
use serde_json::Value;
use tempfile::TempDir;

use typed::{json, run, stderr};

/// A plan whose names try to be formulas and sheet names.
fn hostile() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/workbook/one_site.toml")
}

fn written(plan: &[&str]) -> (TempDir, String, Xlsx<Cursor<Vec<u8>>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.xlsx").to_str().unwrap().to_owned();
    run(&[&["run"], plan, &["--workbook", &path]].concat()).success();
    let book = Xlsx::new(Cursor::new(fs::read(&path).unwrap())).unwrap();
    (folder, path, book)
}

/// Formulas of a sheet with their cached results.
fn formulas(book: &mut Xlsx<Cursor<Vec<u8>>>, sheet: &str) -> Vec<((u32, u32), String, Data)> {
    let values = book.worksheet_range(sheet).unwrap();
    let formulas = book.worksheet_formula(sheet).unwrap();
    let (row, col) = formulas.start().unwrap_or_default();
    let of = |(r, c, text): (usize, usize, &String)| {
        let at = (row + u32::try_from(r).unwrap(), col + u32::try_from(c).unwrap());
        (at, text.clone(), values.get_value(at).cloned().unwrap_or_default())
    };
    formulas.used_cells().map(of).collect()
}

#[test]
fn every_formula_has_a_result_and_nothing_is_volatile() {
    let (_folder, path, mut book) = written(&[]);
    let sheets = book.sheet_names();
    for sheet in ["Summary", "Inputs", "Network", "Checks", "Sources"] {
        assert!(sheets.iter().any(|name| name == sheet), "{sheet} of {sheets:?}");
    }
    for role in ["cost", "mining", "hall 1", "flows 1", "tax", "cash flow", "value"] {
        let sheet = format!("Pecan Ridge {role}");
        assert!(sheets.contains(&sheet), "{sheet} of {sheets:?}");
    }
    let mut count = 0;
    for sheet in &sheets {
        for (at, text, result) in formulas(&mut book, sheet) {
            count += 1;
            assert!(!matches!(result, Data::Empty | Data::Error(_)), "{sheet} {at:?}: {text}");
            for word in
                ["OFFSET", "INDIRECT", "TODAY", "NOW(", "RAND", "LET(", "LAMBDA", "[", "#REF"]
            {
                assert!(!text.contains(word), "{sheet} {at:?}: {text}");
            }
        }
    }
    assert!(count > 20_000, "{count}");
    // All checks hold as written.
    let checks = book.worksheet_range("Checks").unwrap();
    let verdicts = checks.rows().skip(9).map(|row| row[5].to_string());
    assert!(verdicts.clone().count() > 100);
    assert!(verdicts.clone().all(|verdict| verdict == "ok"));
    // Every input has a name of its own.
    let names = book.defined_names().to_vec();
    let named = |name: &str| names.iter().any(|(known, _)| known == name);
    assert!(named("in_site_cedar_fork_tariff_usd_per_mwh"));
    let inputs = rows(&mut book);
    assert!(names.iter().filter(|(name, _)| name.starts_with("in_")).count() == inputs.len());
    assert!(fs::metadata(path).unwrap().len() < 2_000_000);
}

/// Paths and values of the sheet of inputs.
fn rows(book: &mut Xlsx<Cursor<Vec<u8>>>) -> Vec<(String, Data)> {
    let range = book.worksheet_range("Inputs").unwrap();
    let rows = range.rows().skip_while(|row| row[0] != Data::String("Input".to_owned())).skip(1);
    rows.filter(|row| !matches!(row[1], Data::Empty))
        .map(|row| (row[0].to_string(), row[1].clone()))
        .collect()
}

/// What an answer says but for how its input was written.
fn figures(mut answer: Value) -> Value {
    for key in ["input_digest", "defaults"] {
        answer.as_object_mut().unwrap().remove(key);
    }
    answer
}

#[test]
fn what_is_read_back_gives_the_same_answer_to_the_bit() {
    let hostile = hostile();
    for plan in [&[][..], &[hostile.to_str().unwrap()]] {
        let (_folder, path, _) = written(plan);
        let again = json(&["run", "--from-workbook", &path]);
        assert_eq!(figures(again), figures(json(&[&["run"], plan].concat())));
    }
}

#[test]
fn names_that_try_to_be_formulas_stay_text() {
    let (_folder, _, mut book) = written(&[hostile().to_str().unwrap()]);
    let inputs: BTreeMap<String, Data> = rows(&mut book).into_iter().collect();
    for (path, name) in [
        ("name", "=1+1"),
        ("site.bluff.name", "-Bluff's [1]"),
        ("site.bluff.machine[0].name", "@S21"),
        ("site.bluff.machine[1].name", "+S19"),
    ] {
        assert_eq!(inputs[path], Data::String(name.to_owned()));
    }
    let summary = book.worksheet_range("Summary").unwrap();
    assert_eq!(summary.get_value((0, 0)), Some(&Data::String("=1+1".to_owned())));
    for sheet in book.sheet_names() {
        assert!(!sheet.contains(['[', ']', '\'', '=']), "{sheet}");
        for (at, text, _) in formulas(&mut book, &sheet) {
            assert!(!text.contains("@S21") && !text.contains("=1+1"), "{sheet} {at:?}: {text}");
        }
    }
}

/// A workbook of inputs alone, as somebody else's program may write it.
fn refilled(rows: &[(String, Data)], folder: &TempDir) -> String {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("Inputs").unwrap();
    sheet.write(0, 0, "Input").unwrap().write(0, 1, "Value").unwrap();
    for (row, (path, value)) in (1_u32..).zip(rows) {
        sheet.write(row, 0, path.as_str()).unwrap();
        match value {
            Data::Float(number) => sheet.write(row, 1, *number).unwrap(),
            Data::Int(number) => sheet.write(row, 1, *number as f64).unwrap(),
            Data::Bool(flag) => sheet.write(row, 1, *flag).unwrap(),
            other => sheet.write_string(row, 1, other.to_string()).unwrap(),
        };
    }
    let path = folder.path().join("filled.xlsx");
    book.save(&path).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_fault_names_its_cell() {
    let (folder, _, mut book) = written(&[hostile().to_str().unwrap()]);
    let rows = rows(&mut book);
    let at = rows.iter().position(|(path, _)| path == "bitcoin.pool_fee_frac").unwrap();
    let cell = format!("Inputs!B{}", at + 2);
    let refused = |rows: &[(String, Data)]| {
        let path = refilled(rows, &folder);
        stderr(&run(&["run", "--from-workbook", &path]).code(3))
    };
    // As it is, it runs.
    let path = refilled(&rows, &folder);
    run(&["run", "--from-workbook", &path]).success();
    let mut wrong = rows.clone();
    wrong[at].1 = Data::Float(2.0);
    let said = refused(&wrong);
    assert!(said.contains(&cell) && said.contains("percent"), "{said}");
    wrong[at].1 = Data::String("much".to_owned());
    assert!(refused(&wrong).contains(&cell));
    // A row twice, and a key that nobody reads.
    let mut twice = rows.clone();
    twice.push(rows[at].clone());
    assert!(refused(&twice).contains(&format!("Inputs!B{}", rows.len() + 2)));
    let mut unknown = rows.clone();
    unknown.push(("bitcoin.pool_fe_frac".to_owned(), Data::Float(0.1)));
    let said = refused(&unknown);
    assert!(said.contains(&format!("Inputs!B{}", rows.len() + 2)), "{said}");
    // What is left empty takes its default, as in a file.
    let mut fewer = rows;
    fewer.remove(at);
    let path = refilled(&fewer, &folder);
    run(&["run", "--from-workbook", &path]).success();
    // No workbook at all.
    let path = folder.path().join("text.xlsx");
    fs::write(&path, "not a workbook").unwrap();
    let said = stderr(&run(&["run", "--from-workbook", path.to_str().unwrap()]).code(3));
    assert!(said.contains("workbook"), "{said}");
}

#[test]
fn a_held_plan_keeps_its_choice() {
    let rent = "site.pecan-ridge.offer.pecan-ridge-cloud.contract_usd_per_gpu_h=2.2";
    let filed = json(&["run"]);
    let free = json(&["run", "--set", rent]);
    let held = json(&["run", "--set", rent, "--hold-plan"]);
    assert_eq!((&held["plan_held"], &free["plan_held"]), (&true.into(), &false.into()));
    let plan = |answer: &Value| answer["sites"][2]["plan"].clone();
    assert_eq!(plan(&held), plan(&filed));
    assert_ne!(plan(&free), plan(&filed), "the price is low enough to change the choice");
    let npv = |answer: &Value| answer["portfolio"]["npv_usd"].as_f64().unwrap();
    assert!(npv(&held) < npv(&free));
    assert_eq!(held["portfolio"]["bound_usd"], free["portfolio"]["bound_usd"]);
    // Holding needs something to hold against.
    run(&["run", "--hold-plan"]).code(2);
}
