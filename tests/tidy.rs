//! Layout rules over the source tree: what ARCHITECTURE.md promises and no compiler checks.
#![expect(clippy::unwrap_used, reason = "a file that cannot be read should stop the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use hashpivot::formulas::{self, FORMULAS};
use serde_json::Value;

/// The crates in the order in which they may import: each only those before it.
const ORDER: [&str; 8] =
    ["units", "power", "finance", "programme", "hashcost", "hpcrev", "compare", "hashpivot"];

/// The edge: the only crate with files, arguments, clocks and serde.
const EDGE: &str = "hashpivot";

/// Most lines of code in a file, tests, comments and blank lines apart.
const MAX_CODE_LINES: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Path of a file as people write it, from the root.
fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/")
}

/// Every file under a folder, builds and repositories apart, in order.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        let skipped = ["target", ".git", "corpus", "artifacts", "node_modules"];
        if path.is_dir() {
            if !path.file_name().is_some_and(|name| skipped.iter().any(|s| name == *s)) {
                files(&path, found);
            }
        } else {
            found.push(path);
        }
    }
}

/// Rust files under folders of the root, with their text.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in folders {
        files(&root().join(folder), &mut found);
    }
    found.retain(|path| path.extension().is_some_and(|e| e == "rs"));
    assert!(!found.is_empty(), "no sources in {folders:?}");
    found.iter().map(|path| (name(path), fs::read_to_string(path).unwrap())).collect()
}

/// Sources of one crate, with comments and the contents of literals blanked.
fn code_of(member: &str) -> Vec<(String, String)> {
    let folder = format!("crates/{member}/src");
    sources(&[&folder]).into_iter().map(|(name, text)| (name, code(&text))).collect()
}

/// Rust source with comments and the contents of literals replaced by spaces; lines stay lines.
fn code(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let blank = |out: &mut String, c: char| out.push(if c == '\n' { '\n' } else { ' ' });
    let mut i = 0;
    while i < chars.len() {
        let rest = |n: usize| chars.get(i + n).copied().unwrap_or('\0');
        let after_word = i > 0 && is_word(chars[i - 1]);
        if rest(0) == '/' && rest(1) == '/' {
            while i < chars.len() && chars[i] != '\n' {
                blank(&mut out, chars[i]);
                i += 1;
            }
        } else if rest(0) == '/' && rest(1) == '*' {
            let mut depth = 0;
            loop {
                let pair = (chars[i], chars.get(i + 1).copied().unwrap_or('\0'));
                depth += i32::from(pair == ('/', '*')) - i32::from(pair == ('*', '/'));
                blank(&mut out, chars[i]);
                i += 1;
                if depth == 0 {
                    blank(&mut out, ' ');
                    i += 1;
                    break;
                }
            }
        } else if rest(0) == 'r'
            && !after_word
            && let Some(hashes) = raw_hashes(&chars[i + 1..])
        {
            let end: Vec<char> =
                std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
            i += 2 + hashes;
            out.push('"');
            while !chars[i..].starts_with(&end) {
                blank(&mut out, chars[i]);
                i += 1;
            }
            i += end.len();
            out.push('"');
        } else if rest(0) == '"' {
            out.push('"');
            i += 1;
            while chars[i] != '"' {
                let step = if chars[i] == '\\' { 2 } else { 1 };
                chars[i..i + step].iter().for_each(|c| blank(&mut out, *c));
                i += step;
            }
            out.push('"');
            i += 1;
        } else if rest(0) == '\'' && (rest(1) == '\\' || rest(2) == '\'') {
            out.push_str("' '");
            i += if rest(1) == '\\' { 2 } else { 1 };
            i += 1;
            while chars[i] != '\'' {
                i += 1;
            }
            i += 1;
        } else {
            out.push(rest(0));
            i += 1;
        }
    }
    out
}

/// Number of hashes of a raw string that begins here, after its `r`.
fn raw_hashes(chars: &[char]) -> Option<usize> {
    let hashes = chars.iter().take_while(|c| **c == '#').count();
    (chars.get(hashes) == Some(&'"')).then_some(hashes)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Whether `needle` stands in code as whole words.
fn names(code: &str, needle: &str) -> bool {
    code.match_indices(needle).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + needle.len()..].chars().next();
        let ends_in_word = needle.chars().next_back().is_some_and(is_word);
        !(before.is_some_and(is_word) || ends_in_word && after.is_some_and(is_word))
    })
}

/// The code before a file's test module.
fn without_tests(code: &str) -> &str {
    code.find("#[cfg(test)]\nmod ").map_or(code, |at| &code[..at])
}

/// The text of a manifest of a crate.
fn manifest(member: &str) -> toml::Table {
    let path = root().join("crates").join(member).join("Cargo.toml");
    fs::read_to_string(path).unwrap().parse().unwrap()
}

fn dependencies(manifest: &toml::Table) -> BTreeSet<String> {
    ["dependencies", "dev-dependencies", "build-dependencies"]
        .iter()
        .filter_map(|section| manifest.get(*section)?.as_table())
        .flat_map(|table| table.keys().cloned())
        .collect()
}

fn report(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_stripper_leaves_code_alone() {
    for (source, expected) in [
        ("a // b\nc", "a     \nc"),
        ("a /* b /* c */ d */ e", "a                   e"),
        (r#"f("x // y") // z"#, r#"f("      ")     "#),
        ("r#\"no \" end\"# b", "\"        \" b"),
        ("'\"' + 'a' + &'a x", "' ' + ' ' + &'a x"),
        (r"'\'' b", "' ' b"),
        (r#""\"" b"#, "\"  \" b"),
    ] {
        assert_eq!(code(source), expected, "{source}");
    }
    assert!(names("use std::fs;", "std::fs") && !names("use std::fsx;", "std::fs"));
    assert!(names("std::println!()", "println!") && !names("eprintln!()", "println!"));
}

/// Imports run one way.
#[test]
fn crates_import_upwards_only() {
    let mut faults = Vec::new();
    for (place, member) in ORDER.iter().enumerate() {
        let imported = dependencies(&manifest(member));
        let files = code_of(member);
        for later in &ORDER[place..] {
            if imported.contains(*later) {
                faults.push(format!("crates/{member}/Cargo.toml depends on {later}"));
            }
            if later == member {
                continue;
            }
            for (file, code) in &files {
                if names(code, &format!("{later}::")) || names(code, &format!("use {later}")) {
                    faults.push(format!("{file} names {later}"));
                }
            }
        }
    }
    report(&faults);
}

/// Every folder of `crates/` is in the order, and none is missing.
#[test]
fn every_crate_has_its_place() {
    let found: BTreeSet<String> = fs::read_dir(root().join("crates"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(found, ORDER.iter().map(|member| (*member).to_owned()).collect());
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    for member in ORDER {
        assert!(architecture.contains(&format!("crates/{member}")), "ARCHITECTURE.md: {member}");
        let manifest = manifest(member);
        let lints = manifest.get("lints").and_then(|l| l.get("workspace"));
        assert_eq!(lints, Some(&toml::Value::Boolean(true)), "lints of {member}");
    }
}

/// Results depend on inputs alone: core crates read no file, clock, argument or environment, print
/// nothing, and know no file format.
#[test]
fn only_the_edge_touches_the_world() {
    let forbidden = [
        "std::fs",
        "std::env",
        "std::io",
        "std::net",
        "std::process",
        "std::time",
        "println!",
        "print!",
        "eprintln!",
        "eprint!",
        "dbg!",
        "SystemTime",
        "Instant",
        "serde",
        "serde_json",
        "schemars",
        "toml",
        "csv",
        "clap",
    ];
    let mut faults = Vec::new();
    for member in ORDER.iter().filter(|member| **member != EDGE) {
        let imported = dependencies(&manifest(member));
        for name in forbidden.iter().filter(|name| imported.contains(**name)) {
            faults.push(format!("crates/{member}/Cargo.toml depends on {name}"));
        }
        for (file, code) in code_of(member) {
            let nested = ["fs", "env", "io", "net", "process", "time"];
            let group = |at: usize| code[at..].split(';').next().unwrap_or_default().to_owned();
            for (at, _) in code.match_indices("std::{") {
                let group = group(at);
                for word in nested.iter().filter(|word| names(&group, word)) {
                    faults.push(format!("{file} names std::{word}"));
                }
            }
            for word in forbidden.iter().filter(|word| names(&code, word)) {
                faults.push(format!("{file} names {word}"));
            }
        }
    }
    report(&faults);
}

/// One seam for vector instructions, and one file with what the compiler cannot vouch for.
#[test]
fn only_the_seam_names_wide_and_only_isa_is_unsafe() {
    let mut faults = Vec::new();
    for (file, text) in sources(&["crates", "tests", "benches", "fuzz"]) {
        let code = code(&text);
        let wide = names(&code, "wide::") || names(&code, "use wide") || names(&code, "f64x8");
        if wide && file != "crates/hashcost/src/lanes.rs" {
            faults.push(format!("{file} names wide"));
        }
        if names(&code, "unsafe") && file != "crates/hashcost/src/isa.rs" {
            faults.push(format!("{file} holds unsafe code"));
        }
    }
    // Each block says why it is sound.
    let isa = fs::read_to_string(root().join("crates/hashcost/src/isa.rs")).unwrap();
    let lines: Vec<&str> = isa.lines().collect();
    for (place, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("unsafe {")) {
        let argued = lines[place.saturating_sub(8)..place].iter().any(|l| l.contains("SAFETY:"));
        if !argued {
            faults.push(format!("isa.rs:{}: {} without an argument", place + 1, line.trim()));
        }
    }
    for member in ORDER.iter().filter(|member| **member != "hashcost") {
        if dependencies(&manifest(member)).contains("wide") {
            faults.push(format!("crates/{member}/Cargo.toml depends on wide"));
        }
    }
    report(&faults);
}

/// Gross and critical MW meet in one place: nobody else multiplies or divides by their ratio.
#[test]
fn only_the_chain_converts_megawatts() {
    const RATIO: &str = "gross_per_critical";
    let mut faults = Vec::new();
    for member in ORDER {
        for (file, code) in code_of(member) {
            if file == "crates/hpcrev/src/chain.rs" {
                continue;
            }
            let code: String = without_tests(&code).split_whitespace().collect();
            for (at, _) in code.match_indices(RATIO) {
                let before = code[..at].trim_end_matches(|c| is_word(c) || c == '.');
                let after = code[at + RATIO.len()..].trim_start_matches(".get()");
                let product = before.ends_with(['*', '/']) || after.starts_with(['*', '/']);
                if product {
                    faults.push(format!("{file} computes with {RATIO}"));
                }
            }
        }
    }
    report(&faults);
}

/// A file over 600 lines of code wants to be two.
#[test]
fn files_are_short() {
    let mut faults = Vec::new();
    for (file, text) in sources(&["crates", "tests", "benches", "fuzz"]) {
        let code = code(&text);
        let lines = without_tests(&code).lines().filter(|line| !line.trim().is_empty()).count();
        if lines > MAX_CODE_LINES {
            faults.push(format!("{file} has {lines} lines of code, allowed {MAX_CODE_LINES}"));
        }
    }
    report(&faults);
}

/// Nothing is left for later, nothing is skipped, and every file says what it is.
#[test]
fn files_are_finished() {
    let mut faults = Vec::new();
    for (file, text) in sources(&["crates", "tests", "benches", "fuzz"]) {
        if !text.starts_with("//!") && !text.starts_with("#![no_main]\n//!") {
            faults.push(format!("{file} does not begin by saying what it is"));
        }
        let code = code(&text);
        for word in ["todo!", "unimplemented!", "dbg!", "powi"] {
            if names(&code, word) {
                faults.push(format!("{file} holds {word}"));
            }
        }
        if code.contains("#[ignore") {
            faults.push(format!("{file} skips a test"));
        }
        for word in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")] {
            if names(&text, word) {
                faults.push(format!("{file} says {word}"));
            }
        }
    }
    report(&faults);
}

/// The product's text names no machine that it was written on and no folder beside it.
#[test]
fn no_path_of_a_machine_is_named() {
    // Put together here, so that this file does not name them either.
    let words =
        [concat!("shar", "ed/"), concat!("/t", "mp"), concat!("/ro", "ot"), concat!("/wo", "rk")];
    let mut all = Vec::new();
    files(&root(), &mut all);
    let mut faults = Vec::new();
    for path in all {
        let file = name(&path);
        let may = file.starts_with("tests/real_data") || file.starts_with(".ci/");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for (number, line) in text.lines().enumerate() {
            for word in words.iter().filter(|_| !may) {
                let hit = line.match_indices(word).any(|(at, _)| {
                    // A longer word that begins alike is another one.
                    word.ends_with('/') || !line[at + word.len()..].starts_with(is_word)
                });
                if hit {
                    faults.push(format!("{file}:{}: {word}", number + 1));
                }
            }
        }
    }
    report(&faults);
}

/// Suffixes of numbers whose unit is not a quantity with a range of its own.
const MORE_SUFFIXES: &[&str] = &[
    // Money, and money per something.
    "_usd",
    "usd_per_year",
    "usd_per_eh_year",
    "usd_per_kw_year",
    "usd_per_mw_month",
    "usd_per_gpu_year",
    "usd_per_critical_mw",
    "usd_per_critical_mw_year",
    "usd_per_gross_mw",
    "usd_per_share",
    "usd_per_h",
    "usd_per_th_month",
    // Bitcoin, and bitcoin per something.
    "btc",
    "_btc",
    "btc_per_day",
    "btc_per_th_day",
    "blocks_per_day",
    "btc_difficulty_per_th",
    // Energy and power.
    "mwh",
    "mwh_per_day",
    "mwh_per_month",
    "kw_per_gpu",
    "kw_per_rack",
    // Time and temperature.
    "hours",
    "hours_per_year_max",
    "_h",
    "_days",
    "_months",
    "_s",
    "_c",
    "hazard_per_year",
    // Pure numbers and counts.
    "_index",
    "_log_error",
    "_factor",
    "load_factor",
    "gpus",
    "gpus_per_mw",
    "racks",
    "_shares",
    "dscr",
    "llcr",
    "starts",
    "ramp",
    "schedule",
];

/// Fields whose unit stands elsewhere: file, field, where.
const UNIT_ELSEWHERE: &[(&str, &[&str], &str)] = &[
    (
        "crates/hashcost/src/cost.rs",
        &["electricity", "direct_before_credits", "all_in_before_credits", "direct", "all_in"],
        "in the name of the field that holds the levels",
    ),
    ("crates/hashcost/src/grid.rs", &["machines"], "a count"),
    (
        "crates/hashcost/src/projection/decomposition.rs",
        &["from", "to"],
        "in the factor beside them",
    ),
    (
        "crates/hashcost/src/paths.rs",
        &[
            "price_drift",
            "price_sigma",
            "power_pull",
            "power_sigma",
            "gpu_drift",
            "gpu_sigma",
            "difficulty_growth",
            "difficulty_response",
            "difficulty_response_max",
            "difficulty_sigma",
        ],
        "in the model: of a logarithm, a month",
    ),
    ("crates/hashcost/src/paths.rs", &["mean", "cvar_5"], "that of the outcomes given"),
    (
        "crates/units/src/quantity.rs",
        &["from", "to", "factor", "value"],
        "in the quantity that they belong to",
    ),
    ("crates/compare/src/course.rs", &["needed", "available"], "in the limit beside them"),
    (
        "crates/programme/src/model.rs",
        &["objective", "lower", "upper"],
        "that of whoever states the programme",
    ),
    ("crates/programme/src/check.rs", &["excess", "objective", "bound"], "the programme's"),
    ("crates/programme/src/interval.rs", &["low", "high"], "that of the numbers between them"),
    (
        "crates/compare/src/curve.rs",
        &["knob_amount", "left_until_amount", "right_until_amount"],
        "in the knob beside them",
    ),
    ("crates/compare/src/explain.rs", &["factor"], "a factor on the lever beside it"),
    ("crates/compare/src/limits.rs", &["upper"], "in the kind beside it"),
    ("crates/compare/src/portfolio.rs", &["used"], "in the limit beside it"),
    (
        "crates/compare/src/financing/dinkelbach.rs",
        &["ratio", "numerator", "denominator"],
        "that of the functions given",
    ),
    ("crates/compare/src/switching.rs", &["at"], "in the lever beside it"),
    ("crates/compare/src/portfolio.rs", &["capital_shadow"], "USD per USD: a pure number"),
];

/// Suffixes of all quantities, read off their table.
fn suffixes() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("crates/units/src/quantity.rs")).unwrap();
    let table = text.split("\nquantity! {").nth(1).unwrap().split("\n}").next().unwrap();
    let rows = table.lines().map(str::trim).filter(|line| line.starts_with(char::is_uppercase));
    let suffixes: BTreeSet<String> =
        rows.map(|line| line.split('"').nth(1).unwrap().to_owned()).collect();
    assert!(suffixes.len() > 20, "the table of quantities reads otherwise: {suffixes:?}");
    suffixes
}

/// Public numeric fields say their unit, and MW say which.
#[test]
fn fields_carry_their_unit() {
    let mut known = suffixes();
    known.extend(MORE_SUFFIXES.iter().map(|suffix| (*suffix).to_owned()));
    let mut faults = Vec::new();
    let mut fields = 0;
    for member in ORDER.iter().filter(|member| **member != EDGE) {
        for (file, code) in code_of(member) {
            for line in without_tests(&code).lines().map(str::trim) {
                let Some((field, kind)) =
                    line.strip_prefix("pub ").and_then(|l| l.split_once(": "))
                else {
                    continue;
                };
                let is_number =
                    ["f64", "Vec<f64>", "Option<f64>", "Option<Vec<f64>>", "Array2<f64>"]
                        .contains(&kind.trim_end_matches(','))
                        || kind.starts_with("&'a [f64]");
                if !is_number || !field.chars().all(is_word) {
                    continue;
                }
                fields += 1;
                let ends = |suffix: &String| {
                    field.strip_suffix(suffix.as_str()).is_some_and(|stem| {
                        stem.is_empty() || stem.ends_with('_') || suffix.starts_with('_')
                    })
                };
                let elsewhere = UNIT_ELSEWHERE
                    .iter()
                    .any(|(of, fields, _)| *of == file && fields.contains(&field));
                if !elsewhere && !known.iter().any(ends) {
                    faults.push(format!("{file}: {field} does not say its unit"));
                }
                let bare = field.ends_with("_mw") && !field.contains("_per_");
                if bare && !field.ends_with("gross_mw") && !field.ends_with("critical_mw") {
                    faults.push(format!("{file}: {field} is neither gross nor critical"));
                }
            }
        }
    }
    assert!(fields > 100, "only {fields} fields found");
    report(&faults);
}

/// Ranges come from the table of quantities alone: the mirrors of the files hold no bare number.
#[test]
fn plan_files_hold_typed_values() {
    let mut faults = Vec::new();
    for file in ["plan.rs", "offer.rs"] {
        let path = root().join("crates/hashpivot/src/input").join(file);
        let code = code(&fs::read_to_string(path).unwrap());
        for line in without_tests(&code).lines().map(str::trim) {
            let number = line.strip_prefix("pub ").and_then(|line| line.split_once(": "));
            let number = number.filter(|(_, kind)| names(kind, "f64"));
            if let Some((field, _)) = number {
                faults.push(format!("input/{file}: {field} has no range"));
            }
        }
    }
    report(&faults);
}

/// Every computed key leads to a formula: each id is a heading of docs/model.md, each key stands
/// once.
#[test]
fn formulas_are_documented() {
    let model = fs::read_to_string(root().join("docs/model.md")).unwrap();
    let headings: BTreeSet<&str> = model
        .lines()
        .filter(|line| line.starts_with('#'))
        .map(|line| line.trim_start_matches(['#', ' ', '`']).trim_end_matches('`'))
        .collect();
    let mut faults = Vec::new();
    let mut keys: BTreeMap<&str, usize> = BTreeMap::new();
    for formula in FORMULAS {
        *keys.entry(formula.key).or_default() += 1;
        if !headings.contains(formula.id) {
            faults.push(format!("docs/model.md has no heading {} for {}", formula.id, formula.key));
        }
    }
    faults
        .extend(keys.iter().filter(|(_, n)| **n > 1).map(|(key, _)| format!("{key} stands twice")));
    report(&faults);
}

/// Every number of an answer is computed by a formula that it names.
#[test]
fn numbers_of_answers_have_formulas() {
    let mut without = BTreeSet::new();
    collect_numbers(&hashpivot::schema::output(), &mut without);
    // Line and column of a fault, and the value of a default, are no figures.
    for key in ["line", "column"] {
        without.remove(key);
    }
    assert!(without.is_empty(), "no formula for {without:?}");
}

/// Keys of numeric properties without a formula.
fn collect_numbers(value: &Value, without: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Object(properties)) = object.get("properties") {
                for (key, property) in properties {
                    if is_number(property) && formulas::of(key).is_none() {
                        without.insert(key.clone());
                    }
                }
            }
            object.values().for_each(|inner| collect_numbers(inner, without));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect_numbers(inner, without)),
        _ => {}
    }
}

/// Whether a property holds a number, an array of numbers, or either or nothing.
fn is_number(property: &Value) -> bool {
    let numeric = |kind: &Value| kind == "number" || kind == "integer";
    match &property["type"] {
        Value::Array(kinds) => kinds.iter().any(numeric),
        kind if kind == "array" => is_number(&property["items"]),
        kind => numeric(kind),
    }
}
