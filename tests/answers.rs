//! The contract of `--format json`: every answer fits the published schema, every computed key has
//! a formula, and every formula is explained.
#![expect(
    clippy::unwrap_used,
    reason = "answers and documents of the repository itself; a test that cannot read them stops"
)]

use std::{collections::BTreeSet, fs, path::Path};

use hashcost::{Isa, Method, bridge::Accounts};
use hashpivot::backtest::{self, BacktestArguments};
use hashpivot::bench::{self, BenchArguments, Workload};
use hashpivot::commands::{self, GpuArguments, LeaseArguments};
use hashpivot::company::{self, CompaniesArguments, ImpliedArguments};
use hashpivot::dispatch::{self, DispatchArguments};
use hashpivot::explain::{self, FrontierArguments, FrontierOf};
use hashpivot::halving::{self, HalvingArguments};
use hashpivot::input::{self, Document, Loaded, Sources};
use hashpivot::sensitivity::{self, MapArguments, SensitivityArguments};
use hashpivot::strikes::{self, StrikesArguments};
use hashpivot::{formulas, published, result::FaultResult, schema};
use serde_json::{Value, json};
use units::CalendarMonth;

fn example() -> Loaded {
    input::load(&Sources::of(Document::example()), &input::no_files).unwrap()
}

/// One answer of every command, by the name of its schema.
fn answers() -> Vec<(&'static str, Value)> {
    let loaded = example();
    let until = CalendarMonth::new(2028, 12).unwrap();
    let arguments = HalvingArguments { until, ..HalvingArguments::default() };
    let lease = LeaseArguments {
        critical_mw: 168.0,
        years: 10,
        value_usd: Some(3e9),
        escalator_frac: 0.03,
        renewals_years: vec![5],
        noi_margin_frac: Some(0.85),
        capex_usd_per_mw: Some(10e6),
        ..LeaseArguments::default()
    };
    let gpu = GpuArguments {
        critical_mw: Some(660.0),
        gpus: Some(250e3),
        usd_per_year: Some(6e9),
        ..GpuArguments::default()
    };
    let accounts = Accounts { btc: 10.0, power_usd: 4e5, ..Accounts::default() };
    let broken = Sources {
        sets: vec!["valuation.tax_rate_frac=21".into()],
        ..Sources::of(Document::example())
    };
    let faults = input::load(&broken, &input::no_files).unwrap_err();
    let faults = FaultResult { faults: faults.iter().map(Into::into).collect() };
    let bench_arguments = BenchArguments {
        workload: Workload::W2,
        scale: 0.001,
        hours_scale: 1,
        threads: 1,
        runs: 1,
        method: Some(Method::Brute),
        stores: None,
    };
    let tenants =
        FrontierArguments { of: FrontierOf::Tenant(None), from: None, to: None, points: 3 };
    let companies = CompaniesArguments {
        prices: vec![("iren".into(), 48.0), ("riot".into(), 15.0)],
        ..CompaniesArguments::default()
    };
    let priced = ImpliedArguments {
        company: "iren".into(),
        usd_per_share: 48.0,
        ..ImpliedArguments::default()
    };
    let sources = Sources::of(Document::example());
    let inputs = vec!["bitcoin.price_usd_per_btc".into()];
    let swayed = SensitivityArguments { inputs, ..SensitivityArguments::default() };
    let watch = compare::Watch::default();
    let swayed = sensitivity::sensitivity(&sources, &input::no_files, &swayed, &watch).unwrap();
    let sides = MapArguments { x: Some("bitcoin.price_usd_per_btc=6e4..9e4:2".into()), y: None };
    let mapped = sensitivity::map(&sources, &input::no_files, &sides, &watch).unwrap();
    let value = |answer: &dyn erased::Answer| answer.to_json();
    vec![
        ("RunResult", value(&hashpivot::run(&loaded).unwrap())),
        ("ExplainResult", value(&explain::explain(&loaded, None).unwrap())),
        ("SensitivityResult", value(&swayed)),
        ("MapResult", value(&mapped)),
        ("FrontierResult", value(&explain::frontier(&loaded, &tenants).unwrap())),
        (
            "DispatchResult",
            value(&dispatch::dispatch(&loaded, &DispatchArguments::default()).unwrap()),
        ),
        ("StrikesResult", value(&strikes::strikes(&StrikesArguments::default()).unwrap())),
        ("CostResult", value(&commands::cost(&loaded, &[], &[]).unwrap())),
        (
            "BacktestResult",
            value(&backtest::backtest(Isa::best(), &BacktestArguments::default()).unwrap()),
        ),
        ("HalvingResult", value(&halving::halving(None, &arguments).unwrap())),
        ("LeaseResult", value(&commands::lease(&lease).unwrap())),
        ("GpuResult", value(&commands::gpu(&gpu).unwrap())),
        ("BridgeResult", value(&commands::bridge(&accounts).unwrap())),
        ("CompaniesResult", value(&company::companies(&companies).unwrap())),
        ("ImpliedResult", value(&company::implied_by_price(&priced).unwrap())),
        ("BenchResult", value(&bench::bench(&bench_arguments, Isa::best()).unwrap())),
        ("CheckResult", value(&published::check())),
        ("FaultResult", value(&faults)),
    ]
}

/// Answers of different types in one list.
mod erased {
    use serde_json::Value;

    pub(crate) trait Answer {
        fn to_json(&self) -> Value;
    }

    impl<T: serde::Serialize> Answer for T {
        fn to_json(&self) -> Value {
            serde_json::to_value(self).unwrap()
        }
    }
}

#[test]
fn every_answer_fits_the_published_schema() {
    let schema = schema::output();
    for (name, answer) in answers() {
        let of_answer = &schema["$defs"][name];
        assert!(of_answer.is_object(), "{name} is not in the schema");
        fits(name, &answer, of_answer, &schema);
    }
}

/// The parts of JSON Schema that the published schema uses; every key must be described.
fn fits(path: &str, value: &Value, schema: &Value, root: &Value) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = root.pointer(reference.trim_start_matches('#')).unwrap();
        return fits(path, value, target, root);
    }
    if let Some(options) = schema["anyOf"].as_array() {
        let null = value.is_null();
        let option = options.iter().find(|o| (o["type"] == "null") == null);
        return fits(path, value, option.unwrap_or_else(|| panic!("{path}: {value}")), root);
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_u64() || n.is_i64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        // A schema without a type takes anything: the value of a default.
        _ => return,
    };
    let fitting = allowed.contains(&kind) || (kind == "integer" && allowed.contains(&"number"));
    assert!(fitting, "{path}: {kind} is none of {allowed:?}");
    match value {
        Value::Object(object) => {
            for required in schema["required"].as_array().into_iter().flatten() {
                assert!(object.contains_key(required.as_str().unwrap()), "{path}: no {required}");
            }
            for (key, inner) in object {
                let path = format!("{path}.{key}");
                let property = &schema["properties"][key];
                let extra = &schema["additionalProperties"];
                if property.is_null() {
                    assert!(extra.is_object() || extra == true, "{path} is not in the schema");
                    if extra.is_object() {
                        fits(&path, inner, extra, root);
                    }
                } else {
                    fits(&path, inner, property, root);
                }
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                fits(&format!("{path}[{i}]"), item, &schema["items"], root);
            }
        }
        _ => {}
    }
}

#[test]
fn every_computed_key_has_a_formula_that_the_answer_names() {
    for (name, answer) in answers() {
        let mut keys = BTreeSet::new();
        numeric_keys(&answer, &mut keys);
        for key in keys {
            let formula = formulas::of(&key).unwrap_or_else(|| panic!("{name}: {key}"));
            assert_eq!(answer["formulas"][&key], json!(formula.id), "{name}: {key}");
        }
    }
}

/// Keys that hold numbers, arrays of numbers included. The value of a default is an input, and a
/// line or column is a place.
fn numeric_keys(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                if key == "defaults" || key == "faults" {
                    continue;
                }
                let numbers = inner.as_array().is_some_and(|a| a.iter().any(Value::is_number));
                if inner.is_number() || numbers {
                    keys.insert(key.clone());
                }
                numeric_keys(inner, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| numeric_keys(item, keys)),
        _ => {}
    }
}

#[test]
fn every_formula_is_explained_once() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/model.md");
    let text = fs::read_to_string(path).unwrap();
    let headings: Vec<&str> = text.lines().filter_map(|l| l.strip_prefix("### ")).collect();
    let unique: BTreeSet<&&str> = headings.iter().collect();
    assert_eq!(unique.len(), headings.len(), "a heading stands twice");
    for formula in formulas::FORMULAS {
        assert!(headings.contains(&formula.id), "{} is not in docs/model.md", formula.id);
    }
    let mut keys: Vec<&str> = formulas::FORMULAS.iter().map(|f| f.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), formulas::FORMULAS.len(), "a key stands twice");
}

#[test]
fn the_schema_gives_units_and_formulas() {
    let schema = schema::output();
    let npv = &schema["$defs"]["SiteResult"]["properties"]["npv_usd"];
    assert_eq!((&npv["x-unit"], &npv["x-formula"]), (&json!("USD"), &json!("value.npv_usd")));
}

#[test]
fn sentences_say_what_the_numbers_say() {
    let run = serde_json::to_value(hashpivot::run(&example()).unwrap()).unwrap();
    for site in run["sites"].as_array().unwrap() {
        let words: Vec<&str> =
            site["sentences"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let text = words.join(" ");
        let millions = |key: &str| hashpivot::view::millions(site[key].as_f64().unwrap());
        assert!(text.contains(&format!("worth ${} M", millions("npv_usd"))), "{text}");
        assert!(text.contains(&format!("${} M mining on", millions("best_mining_npv_usd"))));
        for row in site["plan"].as_array().unwrap() {
            // An outcome that is not the plan itself need not be spoken of.
            if row["signed_in"] != "never" && row["offer"].is_string() {
                assert!(text.contains(row["offer"].as_str().unwrap()), "{text}: {row}");
            }
        }
    }
}

#[test]
fn values_by_use_add_up_to_the_site_and_sites_to_the_portfolio() {
    let run = hashpivot::run(&example()).unwrap();
    let mut all = 0.0;
    for site in &run.sites {
        let by_use: f64 = site.uses.iter().map(|u| u.npv_usd).sum();
        assert!((by_use - site.npv_usd).abs() <= 1e-9 * site.npv_usd.abs().max(1e6), "{}", site.id);
        let probability: f64 =
            run_probability(site.plan.iter().map(|row| (row.signed_in.clone(), row.probability)));
        assert!((probability - 1.0).abs() < 1e-12, "{}: {probability}", site.id);
        all += site.npv_usd;
    }
    assert!((all - run.portfolio.npv_usd).abs() <= 1e-9 * all.abs());
}

/// Sum of the probabilities of the ways in which the signatures turn out, each counted once.
fn run_probability(rows: impl Iterator<Item = (Option<String>, f64)>) -> f64 {
    let mut seen: Vec<(Option<String>, f64)> = Vec::new();
    for row in rows {
        if !seen.contains(&row) {
            seen.push(row);
        }
    }
    seen.iter().map(|(_, probability)| probability).sum()
}
