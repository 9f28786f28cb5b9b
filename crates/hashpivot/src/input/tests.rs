//! The whole way from text to plan.

use std::collections::HashMap;

use super::*;
use units::CalendarMonth;

fn load_text(name: &str, text: impl Into<Vec<u8>>) -> Result<Loaded, Vec<Violation>> {
    let base = Document { name: name.into(), bytes: text.into() };
    load(&Sources::of(base), &no_files)
}

fn good(name: &str, text: impl Into<Vec<u8>>) -> Loaded {
    load_text(name, text).unwrap_or_else(|faults| panic!("{}", shown(&faults)))
}

fn faults(text: impl Into<Vec<u8>>) -> Vec<Violation> {
    load_text("plan.toml", text).err().unwrap_or_default()
}

fn shown(faults: &[Violation]) -> String {
    let lines: Vec<String> = faults.iter().map(|f| format!("{} {f}", f.code.as_str())).collect();
    lines.join("\n")
}

/// The example with one edit.
fn edited(find: &str, replace: &str) -> String {
    assert!(example_text().contains(find), "{find}");
    example_text().replacen(find, replace, 1)
}

/// Files by name, for plans that name some.
fn files<'a>(known: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> io::Result<Vec<u8>> + 'a {
    move |name| match known.iter().find(|(known, _)| *known == name) {
        Some((_, text)) => Ok(text.as_bytes().to_vec()),
        None => no_files(name),
    }
}

#[test]
fn the_example_runs_as_it_is() {
    let loaded = good("example.toml", example_text());
    assert_eq!(loaded.plan.site.len(), 3);
    assert_eq!(loaded.digest_sha256.len(), 64);
    assert!(loaded.warnings.is_empty(), "{}", shown(&loaded.warnings));
    assert!(loaded.defaults_used.iter().all(|d| !d.source.is_empty() && !d.path.is_empty()));
    let place = loaded.origins.place("site.cedar-fork.tariff.usd_per_mwh").unwrap();
    assert!(example_text().lines().nth(place.line - 1).unwrap().contains("usd_per_mwh = 46.0"));
    assert!(loaded.facts_used.iter().any(|f| f.name == "Antminer S21 200T"));
}

#[test]
fn broken_copies_of_the_example_are_explained_where_they_stand() {
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
    let text = include_str!("../../../../fixtures/broken/cases.toml");
    let mut cases: HashMap<String, Vec<Case>> = toml::from_str(text).unwrap();
    let cases = cases.remove("case").unwrap();
    assert!(cases.len() >= 25);
    for case in cases {
        let text = edited(&case.find, &case.replace);
        let faults = faults(text.as_str());
        let found = faults.iter().find(|fault| {
            let line = text.lines().nth(fault.line.wrapping_sub(1)).unwrap_or_default();
            fault.code.as_str() == case.code
                && fault.path == case.path
                && line.contains(&case.line)
                && fault.column > 0
                && format!("{} {}", fault.allowed, fault.hint).contains(&case.says)
        });
        assert!(found.is_some(), "{}: {}", case.name, shown(&faults));
        assert_eq!(faults.len(), 1, "{}: {}", case.name, shown(&faults));
    }
}

#[test]
fn all_mistakes_are_named_at_once_in_the_order_of_the_file() {
    let text = edited("usd_per_mwh = 46.0", "usd_per_mwh = 0.046")
        .replacen("tax_rate_frac = 0.21", "tax_rate_frac = 21", 1)
        .replacen("units = 20_000", "units = -1", 1);
    let faults = faults(text);
    let paths: Vec<&str> = faults.iter().map(|f| f.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "valuation.tax_rate_frac",
            "site.cedar-fork.tariff.usd_per_mwh",
            "site.pecan-ridge.machine[1].units"
        ]
    );
}

#[test]
fn toml_and_json_and_their_reprints_are_the_same_plan() {
    let loaded = good("example.toml", example_text());
    let as_toml = toml::to_string(&loaded.plan).unwrap();
    let as_json = serde_json::to_string_pretty(&loaded.plan).unwrap();
    assert_eq!(good("again.toml", as_toml.as_str()).plan, loaded.plan);
    assert_eq!(good("again.json", as_json.as_str()).plan, loaded.plan);
    assert_eq!(good("-", as_json.as_str()).digest_sha256, good("x.toml", as_toml).digest_sha256);
    // A full print leaves nothing to be filled in but dates that depend on nothing.
    assert!(good("again.json", as_json).defaults_used.is_empty());
}

#[test]
fn encodings_and_line_ends_do_not_matter() {
    let plain = good("a.toml", example_text());
    let crlf = format!("\u{feff}{}", example_text().replace('\n', "\r\n"));
    assert_eq!(good("a.toml", crlf).digest_sha256, plain.digest_sha256);
    for (bytes, says) in [
        (&b"\xff\xfea\0"[..], "UTF-16"),
        (b"name = \"a\0b\"", "byte 9 is NUL"),
        (b"name = \"caf\xe9\"", "byte 11 is not UTF-8"),
        (b" \n", "empty"),
    ] {
        let faults = faults(bytes);
        assert!(faults[0].hint.contains(says), "{}", shown(&faults));
    }
}

#[test]
fn hostile_nesting_is_refused_quickly() {
    let toml_deep = format!("name = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let toml_dots = format!("{} = 1", vec!["a"; 10_000].join("."));
    let json_deep = format!("{{\"name\": {}{}}}", "[".repeat(200), "]".repeat(200));
    for text in [toml_deep, toml_dots, json_deep] {
        let faults = load_text("-", text).err().unwrap();
        assert!(matches!(faults[0].code, Code::Limit | Code::Syntax), "{}", shown(&faults));
    }
}

#[test]
fn json_is_strict() {
    let example = serde_json::to_string_pretty(&good("a.toml", example_text()).plan).unwrap();
    for (find, replace, code, says) in [
        ("\"name\"", "// a comment\n\"name\"", Code::Syntax, "no comments"),
        ("\"tax_rate_frac\": 0.21\n", "\"tax_rate_frac\": 0.21,\n", Code::Syntax, "comma"),
        ("\"height\"", "\"height\": 1, \"height\"", Code::Duplicate, "once"),
        ("\"pool_fee_frac\": 0.005", "\"pool_fee_frac\": NaN", Code::NotFinite, "finite"),
        ("\"pool_fee_frac\": 0.005", "\"pool_fee_frac\": null", Code::Type, "leave the key out"),
        ("\"pool_fee_frac\": 0.005", "\"pool_fee_frac\": 1e999", Code::NotFinite, "finite"),
    ] {
        assert!(example.contains(find), "{find}");
        let faults = load_text("a.json", example.replacen(find, replace, 1)).err().unwrap();
        let fault = &faults[0];
        assert_eq!(fault.code, code, "{}", shown(&faults));
        assert!(format!("{} {}", fault.allowed, fault.hint).contains(says), "{}", shown(&faults));
        assert!(fault.line > 0);
    }
    let cut = load_text("a.json", &example[..example.len() / 2]).err().unwrap();
    assert_eq!(cut[0].code, Code::Syntax);
    let two = load_text("a.json", format!("{example} {{}}")).err().unwrap();
    assert_eq!(two[0].code, Code::Syntax);
}

#[test]
fn overlays_and_assignments_win_and_keep_their_origin() {
    let overlay = Document {
        name: "bull.toml".into(),
        bytes: b"[[site]]\nid = \"cedar-fork\"\nmining_overhead = 1.2\n\
                 [[site.offer]]\nid = \"cedar-fork-colo\"\npue = 0.9\n"
            .to_vec(),
    };
    let mut sources = Sources::of(Document::example());
    sources.overlays.push(overlay);
    sources.sets.push("site.cedar-fork.machine[0].units=10_000".into());
    sources.sets.push("bitcoin.projection=mechanical".into());
    let faults = load(&sources, &no_files).err().unwrap();
    assert_eq!((faults[0].file.as_str(), faults[0].line), ("bull.toml", 6), "{}", shown(&faults));
    assert_eq!(faults[0].path, "site.cedar-fork.offer.cedar-fork-colo.pue");

    sources.sets.push("site.cedar-fork.offer.cedar-fork-colo.pue=1.3".into());
    let loaded = load(&sources, &no_files).unwrap();
    let site = &loaded.plan.site[1];
    assert_eq!(site.mining_overhead.get().to_bits(), 1.2_f64.to_bits());
    assert_eq!(site.machine[0].units.get(), 10_000);
    assert_eq!(site.offer.len(), 2);
    assert_eq!(loaded.plan.bitcoin.projection, plan::Projection::Mechanical);
    let place = loaded.origins.place("bitcoin.projection").unwrap();
    assert_eq!((place.file.as_str(), place.line), ("--set", 0));

    for (set, code, says) in [
        ("site.cedar-fok.mining_overhead=1.1", Code::UnknownReference, "did you mean cedar-fork?"),
        ("site.cedar-fork.machine[7].units=1", Code::UnknownReference, "[0]"),
        ("site.cedar-fork.mining_overhaed=1.1", Code::UnknownKey, "mining_overhead"),
        ("site.cedar-fork.mining_overhead=1,1", Code::Syntax, "decimal comma"),
        ("site.cedar-fork.mining_overhead", Code::Syntax, "path=value"),
        ("bitcoin.pool_fee_frac=2", Code::Range, "percent"),
    ] {
        let sources = Sources { sets: vec![set.into()], ..Sources::of(Document::example()) };
        let faults = load(&sources, &no_files).err().unwrap();
        let fault = &faults[0];
        assert_eq!((fault.code, fault.file.as_str()), (code, "--set"), "{}", shown(&faults));
        assert!(format!("{} {}", fault.allowed, fault.hint).contains(says), "{}", shown(&faults));
    }
}

#[test]
fn rows_of_a_fleet_file_are_machines_and_their_faults_stand_in_the_file() {
    let plan =
        edited("mining_overhead = 1.05", "mining_overhead = 1.05\nmachine_file = \"fleet.csv\"");
    let sources = Sources::of(Document { name: "plan.toml".into(), bytes: plan.into() });
    let run = |csv: &str| load(&sources, &files(&[("fleet.csv", csv)]));

    let loaded = run(
        "\u{feff}model,units,uptime_frac\r\nAntminer S21 200T,10,0.9\r\n\r\nAntminer S21 Pro 234T,20,\r\n",
    );
    let loaded = loaded.unwrap();
    let machines = &loaded.plan.site[1].machine;
    assert_eq!(machines.len(), 3);
    assert_eq!(machines[2].model.as_deref(), Some("Antminer S21 Pro 234T"));
    assert_eq!(machines[2].uptime_frac.get().to_bits(), 0.95_f64.to_bits());
    assert_eq!(machines[1].units.get(), 10);
    let place = loaded.origins.place("site.cedar-fork.machine[2].units").unwrap();
    assert_eq!((place.file.as_str(), place.line, place.column), ("fleet.csv", 4, 23));

    for (csv, code, line, column, says) in [
        ("model,units\nAntminer S21 200T,1,000\n", Code::Syntax, 2, 1, "comma inside a number"),
        ("model,units\nAntminer S21 200T,many\n", Code::Type, 2, 19, "whole number"),
        ("model,units\nAntminer S21 200T,inf\n", Code::NotFinite, 2, 19, "finite"),
        ("model,units,uptime_frac\nAntminer S21 200T,1,97%\n", Code::Type, 2, 21, "write 0.97"),
        ("model,Units\nAntminer S21 200T,1\n", Code::UnknownKey, 1, 7, "did you mean units?"),
        ("model,units,units\nAntminer S21 200T,1,1\n", Code::Duplicate, 1, 13, "once"),
        ("model\nAntminer S21 200T\n", Code::Missing, 1, 1, "column"),
        ("model;units\nAntminer S21 200T;1\n", Code::Syntax, 1, 1, "semicolons"),
        ("model,units\n", Code::Syntax, 1, 1, "0"),
        ("", Code::Syntax, 1, 1, "0"),
        ("hashrate,power_w,units\n200,3500,1\n", Code::UnknownKey, 1, 1, "hashrate_th_per_s"),
        ("model,units\n\nAntminer S99,1\n", Code::UnknownReference, 3, 1, "nearest"),
    ] {
        let faults = run(csv).err().unwrap();
        let fault = &faults[0];
        let place = (fault.code, fault.file.as_str(), fault.line, fault.column);
        assert_eq!(place, (code, "fleet.csv", line, column), "{csv}: {}", shown(&faults));
        assert!(format!("{} {}", fault.allowed, fault.hint).contains(says), "{}", shown(&faults));
    }
    let missing = load(&sources, &no_files).err().unwrap();
    assert_eq!((missing[0].code, missing[0].file.as_str()), (Code::Io, "plan.toml"));
}

#[test]
fn a_given_path_starts_at_the_valuation_date_and_leaves_no_month_out() {
    let plan = edited("projection = \"trend\"", "projection = \"path\"\npath_file = \"path.csv\"");
    let sources = Sources::of(Document { name: "plan.toml".into(), bytes: plan.into() });
    let run = |csv: &str| load(&sources, &files(&[("path.csv", csv)]));
    let head = "month,price_usd_per_btc,network_eh_per_s\n";
    let first = CalendarMonth::new(2026, 12).unwrap();
    let rows = |months: i32| -> String {
        let rows = (0..months).map(|m| format!("{}-01,90000,950", first.plus(m)));
        rows.collect::<Vec<_>>().join("\n")
    };
    let loaded = run(&format!("{head}{}", rows(204))).unwrap();
    assert_eq!(loaded.plan.bitcoin.path.len(), 204);
    // A path that ends before the horizon is not carried on in silence.
    let short = run(&format!("{head}{}", rows(203))).err().unwrap();
    assert_eq!((short[0].code, short[0].line), (Code::Conflict, 204), "{}", shown(&short));
    assert!(short[0].hint.contains("before the horizon"), "{}", shown(&short));
    let gap = run(&format!("{head}2026-12-01,90000,950\n2027-02-01,91000,960\n")).err().unwrap();
    assert_eq!((gap[0].code, gap[0].line), (Code::DateOrder, 3), "{}", shown(&gap));
    let text = run(&format!("{head}03/04/2026,90000,950\n")).err().unwrap();
    assert_eq!(text[0].code, Code::Type, "{}", shown(&text));
}

#[test]
fn what_is_said_twice_about_the_network_has_to_agree() {
    let both = |hashrate: &str| {
        edited(
            "difficulty = 135.0e12            #",
            &format!("network_eh_per_s = {hashrate}\ndifficulty = 135.0e12 #"),
        )
    };
    good("a.toml", both("966.3"));
    good("a.toml", both("1_050"));
    let apart = faults(both("1_070"));
    assert_eq!(
        (apart[0].code, apart[0].path.as_str()),
        (Code::Conflict, "bitcoin.network_eh_per_s")
    );
    assert!(apart[0].hint.contains("+11 %"), "{}", shown(&apart));

    let subsidy = |btc: &str| {
        edited(
            "difficulty = 135.0e12",
            &format!("subsidy_btc_per_block = {btc}\ndifficulty = 135.0e12"),
        )
    };
    good("a.toml", subsidy("3.125"));
    let halved = faults(subsidy("1.5625"));
    assert_eq!(halved[0].path, "bitcoin.subsidy_btc_per_block", "{}", shown(&halved));
    assert!(halved[0].allowed.contains("3.125 BTC at height 978000"), "{}", shown(&halved));

    let feedback =
        faults(edited("difficulty = 135.0e12", "network_feedback = true\ndifficulty = 135.0e12"));
    assert_eq!(feedback[0].path, "bitcoin.network_feedback", "{}", shown(&feedback));
}

#[test]
fn cohorts_of_a_file_are_the_network_and_their_faults_stand_in_the_file() {
    let plan = edited(
        "[machine_market]",
        "[bitcoin.response]\ncohort_file = \"cohorts.csv\"\n\n[machine_market]",
    );
    let sources = Sources::of(Document { name: "plan.toml".into(), bytes: plan.into() });
    let run = |csv: &str| load(&sources, &files(&[("cohorts.csv", csv)]));
    let head = "id,installed_eh_per_s,j_per_th,usd_per_mwh\n";
    let loaded = run(&format!("{head}new,700,18,45\nold,500,30,55\n")).unwrap();
    let cohorts = &loaded.plan.bitcoin.response.cohort;
    assert_eq!((cohorts.len(), cohorts[1].overhead.get()), (2, 1.10));
    let input = loaded.response_input(24).unwrap();
    assert_eq!(input.cohorts[1].th_per_s, 500.0e6);
    for (csv, code, line, says) in [
        ("new,0,18,45\n", Code::Range, 2, "installed_eh_per_s"),
        ("new,700,18,45\nnew,1,30,55\n", Code::Duplicate, 3, "an id may stand once"),
        ("new,700,0.018,45\n", Code::Range, 2, "J/GH"),
        ("new,700,18,0.045\n", Code::Range, 2, "USD/kWh"),
    ] {
        let faults = run(&format!("{head}{csv}")).err().unwrap();
        let place = (faults[0].code, faults[0].file.as_str(), faults[0].line);
        assert_eq!(place, (code, "cohorts.csv", line), "{csv}: {}", shown(&faults));
        assert!(shown(&faults).contains(says), "{csv}: {}", shown(&faults));
    }
}

#[test]
fn the_digest_tells_plans_apart_and_nothing_else() {
    let digest = |text: String| good("a.toml", text).digest_sha256;
    let example = digest(example_text().into());
    assert_eq!(digest(edited("mw = 120 }", "mw = 120.0 }")), example);
    assert_ne!(digest(edited("mw = 120 }", "mw = 121 }")), example);
}

#[test]
fn numbers_of_all_kinds_keep_their_bits() {
    let loaded =
        good("a.toml", edited("price_usd_per_btc = 84_714", "price_usd_per_btc = 84714.1"));
    assert_eq!(loaded.plan.bitcoin.price_usd_per_btc.get().to_bits(), 84714.1_f64.to_bits());
    let zero = good("a.toml", edited("price_growth_frac = 0.0", "price_growth_frac = -0.0"));
    let rate = zero.plan.bitcoin.trend.price_growth_frac.get();
    assert_eq!(rate.to_bits(), 0.0_f64.to_bits());
    let whole = good("a.toml", edited("horizon_months = 204", "horizon_months = 180.0"));
    assert_eq!(whole.plan.valuation.horizon_months.get(), 180);
    for number in ["18446744073709551616", "1e18", "180.5", "-1"] {
        let text = edited("horizon_months = 204", &format!("horizon_months = {number}"));
        assert_eq!(faults(text)[0].path, "valuation.horizon_months", "{number}");
    }
}
