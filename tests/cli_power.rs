//! `dispatch` and `strikes` as a user types them: files of prices, good and bad.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read what it has just written should stop at once"
)]

mod typed;

use serde_json::Value;

use typed::{folder, json, run, stdout};

/// Hours from 2024-01-01T00:00Z on with a price each.
fn hours(count: u32, price: impl Fn(u32) -> f64) -> String {
    let row = |hour| {
        let (day, of_day) = (hour / 24, hour % 24);
        let (month, day) = if day < 31 { (1, day + 1) } else { (2, day - 30) };
        format!("2024-{month:02}-{day:02}T{of_day:02}:00Z,{}", price(hour))
    };
    let rows: Vec<String> = (0..count).map(row).collect();
    format!("interval_start,usd_per_mwh\n{}\n", rows.join("\n"))
}

#[test]
fn both_run_without_arguments() {
    let result = json(&["dispatch"]);
    assert_eq!(result["site"], "mesquite");
    let best = result["total"]["profit_usd"].as_f64().unwrap();
    let parts = &result["total"]["flexibility_usd"];
    let of = |key: &str| parts[key].as_f64().unwrap();
    let sum = of("off_usd") + of("settings_usd") + of("peaks_usd") + of("programs_usd");
    assert!((sum + of("charges_usd") - of("total_usd")).abs() <= 1e-9 * best.abs());
    for class in result["classes"].as_array().unwrap() {
        for rule in class["rules"].as_array().unwrap() {
            assert!(rule["left_usd"].as_f64().unwrap() >= 0.0, "{rule}");
        }
    }
    // A row of strike prices for each setting that has hours.
    let settings = |class: &Value| class["hours"].as_array().unwrap().len() - 1;
    let all: usize = result["classes"].as_array().unwrap().iter().map(settings).sum();
    assert_eq!(result["strikes"].as_array().unwrap().len(), all);
    let rows = json(&["strikes"])["rows"].as_array().unwrap().len();
    assert_eq!(rows, 40);
}

#[test]
fn the_stock_step_of_an_s19k_pro() {
    let result = json(&["strikes", "--model", "S19k Pro 121.8T", "--hashprice", "40"]);
    let rows = result["rows"].as_array().unwrap();
    let stock = rows.iter().find(|row| row["power_w"] == 2_794.0).unwrap();
    assert!((stock["step_strike_usd_per_mwh"].as_f64().unwrap() - 55.2).abs() < 0.05);
    assert!((stock["average_strike_usd_per_mwh"].as_f64().unwrap() - 72.7).abs() < 0.05);
}

#[test]
fn a_site_is_run_on_a_file_of_prices() {
    let text = hours(48, |hour| if hour % 24 < 18 { 20.0 } else { 400.0 });
    let (_folder, paths) = folder(&[("prices.csv", &text)]);
    let result = json(&["dispatch", "--site", "cedar-fork", "--prices", &paths[0]]);
    assert_eq!(result["tariff"], "index");
    assert_eq!(result["prices"]["intervals"], 48);
    let class = &result["classes"][0];
    assert_eq!(class["hours"], serde_json::json!([12.0, 36.0]));
    let effective = class["effective_usd_per_mwh"].as_f64().unwrap();
    assert!((effective - 20.0).abs() < 1e-12, "{effective}");
    // The peaks of Mesquite's contract are those of another year.
    let mesquite = json(&["dispatch", "--site", "mesquite", "--prices", &paths[0]]);
    assert!(mesquite["warnings"].to_string().contains("4 of 4 peaks"), "{}", mesquite["warnings"]);
    // The csv holds the same rows.
    let arguments = ["dispatch", "--site", "cedar-fork", "--prices", &paths[0], "--format", "csv"];
    assert!(stdout(&run(&arguments).success()).contains("always_on"));
}

/// The plan of the example with terms of Mesquite's and of its first machine's.
fn plan_with(of_site: &str, of_machine: &str) -> String {
    let plan = stdout(&run(&["init"]).success());
    let (before, after) = plan.split_once("id = \"mesquite\"\n").unwrap();
    let (line, rest) = after.split_once("ladder = ").unwrap();
    let (ladder, rest) = rest.split_once('\n').unwrap();
    format!("{before}id = \"mesquite\"\n{of_site}\n{line}ladder = {ladder}\n{of_machine}\n{rest}")
}

const STARTS: &str = "starts = { restart_usd = 3.0, failure_frac = 0.001, repair_usd = 300.0, \
                      min_run_h = 2.0, min_off_h = 1.0, ramp_h = 0.25 }";

#[test]
fn a_cap_on_curtailed_hours_binds_the_best_and_every_rule() {
    let cap = "curtailed_hours_per_year_max = 100";
    let demand = "demand_charge = { usd_per_kw_month = 5.0 }";
    let (_folder, paths) = folder(&[
        ("cap.toml", &plan_with(cap, "")),
        ("sum.toml", &plan_with(&format!("{cap}\n{demand}"), "")),
        ("starts.toml", &plan_with(cap, STARTS)),
    ]);
    for class in json(&["dispatch", &paths[0]])["classes"].as_array().unwrap() {
        assert!(class["hours"][0].as_f64().unwrap() <= 100.0, "{class}");
        for rule in class["rules"].as_array().unwrap() {
            assert!(rule["left_usd"].as_f64().unwrap() >= 0.0, "{rule}");
            assert!(rule["hours_run"].as_f64().unwrap() >= 8_660.0, "{rule}");
        }
    }
    // What no solver meets at once is refused, not left out.
    for path in &paths[1..] {
        let refused = run(&["dispatch", path]).code(3);
        let says = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
        assert!(says.contains("leave one of them out"), "{says}");
    }
}

#[test]
fn start_costs_enter_the_decision() {
    let plans = ["", STARTS, "idle_w = 20.0"].map(|terms| plan_with("", terms));
    let (_folder, paths) =
        folder(&[("free.toml", &plans[0]), ("starts.toml", &plans[1]), ("idle.toml", &plans[2])]);
    let [free, starts, idle] = [0, 1, 2].map(|place: usize| json(&["run", &paths[place]]));
    let worth = |result: &Value| {
        let site = result["sites"].as_array().unwrap().iter().find(|site| site["id"] == "mesquite");
        site.unwrap()["npv_usd"].as_f64().unwrap()
    };
    assert!(worth(&starts) < worth(&free) && worth(&idle) < worth(&free));
    let says =
        |result: &Value| result["warnings"].to_string().contains("tabulated over hash value");
    assert_eq!([&free, &starts, &idle].map(says), [false, true, true]);
}

#[test]
fn classes_of_a_file_are_run_on_their_own() {
    let text = hours(24, f64::from);
    let classes = "name,hashrate_th_per_s,power_w\na,100,2000\na,150,4000\nb,200,3500\n";
    let (_folder, paths) = folder(&[("prices.csv", &text), ("classes.csv", classes)]);
    let arguments =
        ["dispatch", "--classes", &paths[1], "--prices", &paths[0], "--hashprice", "24"];
    let result = json(&arguments);
    // A TH/s-hour is worth 0.1 cent: 100 TH/s for 2 kW pay below 50 USD/MWh, 50 more for 2 kW
    // below 25, 200 for 3.5 kW below 57: all run in all hours.
    assert_eq!(result["classes"][0]["hours"], serde_json::json!([0.0, 0.0, 24.0]));
    assert_eq!(result["total"]["hours_run"], 48.0);
    let worth = 24.0 * 0.001 * 350.0;
    let paid: f64 = (0..24).map(|price| f64::from(price) * 0.0075).sum();
    let profit = result["total"]["profit_usd"].as_f64().unwrap();
    assert!((profit - (worth - paid)).abs() < 1e-9, "{profit}");
}

#[test]
fn bad_files_are_refused_with_row_and_rule() {
    let good = hours(48, |_| 30.0);
    let edit = |from: &str, to: &str| good.replacen(from, to, 1);
    let cases: [(&str, String, &[&str], &str); 8] = [
        ("naive", good.replace('Z', ""), &[], "naive"),
        ("label", good.replacen("interval_start", "time", 1), &[], "--label"),
        ("24:00", edit("2024-01-02T00:00Z", "2024-01-01T24:00Z"), &[], "--label end"),
        ("twice", edit("2024-01-01T05:00Z", "2024-01-01T04:00Z"), &[], ":7:"),
        ("order", edit("2024-01-01T05:00Z", "2023-01-01T05:00Z"), &[], ":7:"),
        ("gap", edit("2024-01-01T05:00Z,30\n", ""), &[], "--gaps"),
        ("number", edit("05:00Z,30", "05:00Z,thirty"), &[], "thirty"),
        ("zone", good.replace('Z', ""), &["--zone", "America/Dallas"], "IANA"),
    ];
    for (name, text, more, says) in cases {
        let (_folder, paths) = folder(&[("prices.csv", &text)]);
        let mut arguments = vec!["dispatch", "--site", "cedar-fork", "--prices", &paths[0]];
        arguments.extend(more);
        let refused = run(&arguments).code(3);
        let text = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
        assert!(text.contains(says), "{name}: {text}");
    }
    run(&["dispatch", "--site", "nowhere"]).code(3);
    run(&["dispatch", "--prices", "no such file.csv"]).code(5);
    let ladder = "name,hashrate_th_per_s,power_w\na,100,2000\na,150,2000\n";
    let (_folder, paths) = folder(&[("classes.csv", ladder)]);
    run(&["dispatch", "--classes", &paths[0]]).code(3);
}

#[test]
fn a_plan_names_what_is_wrong_with_its_contract() {
    let example = stdout(&run(&["init"]).success());
    let refused = |from: &str, to: &str, says: &str| {
        assert!(example.contains(from), "{from}");
        let (_folder, paths) = folder(&[("plan.toml", &example.replacen(from, to, 1))]);
        let text = run(&["run", &paths[0]]).code(3);
        let text = String::from_utf8(text.get_output().stderr.clone()).unwrap();
        assert!(text.contains(says) && text.contains("plan.toml:"), "{text}");
    };
    refused("\"America/Chicago\"", "\"America/Dallas\"", "site.mesquite.time_zone");
    refused("2027-06-24T22:00Z", "2027-05-24T22:00Z", "June to September");
    refused("2027-06-24T22:00Z", "2028-06-24T22:00Z", "within the prices");
    refused("2027-06-24T22:00Z", "June 24", "must be an instant");
    refused("ladder = \"Antminer S19j Pro 100T\"", "ladder = \"S99\"", "must be one of");
    refused("synthetic = { mean_usd_per_mwh = 28.0 }", "", "give file or synthetic");
    refused("synthetic = { mean_usd_per_mwh = 28.0 }", "file = \"none.csv\"", "cannot be read");
    let flat = "tariff = { kind = \"flat\", usd_per_mwh = 46.0 }";
    let rate = "{ months = [1], days = \"all\", from_hour = 0, to_hour = 24, usd_per_mwh = 40 }";
    let twice =
        format!("tariff = {{ kind = \"tou\", default_usd_per_mwh = 30, rate = [{rate}, {rate}] }}");
    refused(flat, &twice, "shares hours with rate[0]");
}

#[test]
fn what_run_leaves_out_is_said() {
    let example = stdout(&run(&["init"]).success());
    let from = "time_zone = \"America/Chicago\"";
    let to = format!("{from}\ntake_or_pay = {{ mwh_per_month = 8000, usd_per_mwh = 20 }}");
    let (_folder, paths) = folder(&[("plan.toml", &example.replacen(from, &to, 1))]);
    let warnings = json(&["run", &paths[0]])["warnings"].to_string();
    assert!(warnings.contains("take-or-pay"), "{warnings}");
    let dispatched = json(&["dispatch", &paths[0]]);
    assert!(dispatched["total"]["unused_usd"].as_f64().unwrap() >= 0.0);
    assert_eq!(dispatched["months"].as_array().unwrap().len(), 12);
}
