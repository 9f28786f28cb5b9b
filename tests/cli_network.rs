//! `halving` and the responding network of `run` as a user types them: lines, decomposition,
//! machines, feedback, and what is refused.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read what it has just written should stop at once"
)]

mod typed;

use compare::settle;
use hashpivot::Error;
use hashpivot::input::{Document, Sources, load, no_files};
use serde_json::Value;

use typed::{folder, json, run, stdout};

const LINES: [&str; 3] = ["mechanical", "trend", "response"];

fn rows(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Equal but for the order of a few roundings.
fn close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{what}: {found} {expected}");
}

/// A month of a column of months.
fn month<'a>(months: &'a Value, name: &Value) -> &'a Value {
    rows(months).iter().find(|row| row["month"] == *name).unwrap()
}

/// The parts of each change add up to it, and are those of the line's months.
fn decomposition_holds(result: &Value, from_month: &str, halvings: &[&str]) {
    let changes = rows(&result["decomposition"]["changes"]);
    let key = |row: &Value| -> [String; 3] {
        ["line", "figure", "to_month"].map(|key| row[key].as_str().unwrap().to_owned())
    };
    let found: Vec<[String; 3]> = changes.iter().map(key).collect();
    let last = rows(&result["trend"]).last().unwrap()["month"].as_str().unwrap();
    let mut expected = Vec::new();
    for line in LINES {
        for figure in ["bank", "average"] {
            for end in halvings.iter().chain([&last]) {
                expected.push([line, figure, end].map(str::to_owned));
            }
        }
    }
    assert_eq!(found, expected);
    for (change, [line, figure, _]) in changes.iter().zip(&found) {
        assert_eq!(change["from_month"], from_month);
        let (from, to) = (&change["from_month"], &change["to_month"]);
        let parts = rows(&change["parts"]);
        let sum: f64 = parts.iter().map(|part| number(&part["part_usd_per_btc"])).sum();
        let whole = number(&change["to_usd_per_btc"]) - number(&change["from_usd_per_btc"]);
        assert!((sum - whole).abs() <= 1e-9, "{line} {figure}: {sum} {whole}");
        for (name, end, cost) in
            [("factor_from", from, "from_usd_per_btc"), ("factor_to", to, "to_usd_per_btc")]
        {
            let of = |factor: &str| {
                let part = parts.iter().find(|part| part["factor"] == factor).unwrap();
                number(&part[name])
            };
            let on_line = month(&result[line], end);
            let shown = |key: &str| number(&on_line[key]);
            close(of("subsidy"), shown("subsidy_btc"), "subsidy");
            close(of("fees"), shown("fees_btc_per_block"), "fees");
            close(of("hash_rate"), shown("network_eh_per_s") * 1e6, "hash rate");
            close(number(&change[cost]), shown(&format!("{figure}_usd_per_btc")), figure);
            let energy = of("efficiency") * of("overhead") * 24e-6 * of("power_price");
            let btc = 144.0 * (of("subsidy") + of("fees")) / of("hash_rate");
            close(energy / btc, number(&change[cost]), "product of the factors");
            if (line.as_str(), figure.as_str()) == ("response", "average") {
                let happens = month(&result["response_months"], end);
                let happens = |key: &str| number(&happens[key]);
                close(of("efficiency"), happens("network_j_per_th"), "J/TH");
                close(of("overhead"), happens("network_overhead"), "overhead");
                close(of("power_price"), happens("network_usd_per_mwh"), "USD/MWh");
            }
        }
    }
    // On the mechanical line the subsidy is all that moves.
    for change in changes.iter().filter(|change| change["line"] == "mechanical") {
        let moved = rows(&change["parts"]).iter();
        let moved: Vec<&Value> = moved.filter(|part| part["part_usd_per_btc"] != 0.0).collect();
        assert_eq!(moved.len(), 1);
        assert_eq!(moved[0]["factor"], "subsidy");
    }
}

/// The runs of branches are the months', each once.
fn branches_cover(result: &Value) {
    let spelled: Vec<(&str, &str)> = rows(&result["branches"])
        .iter()
        .flat_map(|span| {
            let text = |key: &str| span[key].as_str().unwrap();
            let months = rows(&result["response_months"]).iter();
            // Names of months sort as the months do.
            months
                .map(|row| row["month"].as_str().unwrap())
                .filter(move |name| (text("from_month")..=text("to_month")).contains(name))
                .map(move |name| (name, text("branch")))
        })
        .collect();
    let months: Vec<(&str, &str)> = rows(&result["response_months"])
        .iter()
        .map(|row| (row["month"].as_str().unwrap(), row["branch"].as_str().unwrap()))
        .collect();
    assert_eq!(spelled, months);
    let neighbours = rows(&result["branches"]).windows(2);
    for pair in neighbours {
        assert_ne!(pair[0]["branch"], pair[1]["branch"], "one run in two");
    }
}

/// Three rows for each machine, one a line.
fn machines_on_lines(result: &Value) -> Vec<&str> {
    let deaths = rows(&result["deaths"]);
    let machines: Vec<&str> =
        deaths.iter().step_by(3).map(|row| row["machine"].as_str().unwrap()).collect();
    let expected = machines.iter().flat_map(|machine| LINES.map(|line| (*machine, line)));
    let found =
        deaths.iter().map(|row| (row["machine"].as_str().unwrap(), row["line"].as_str().unwrap()));
    assert!(found.eq(expected), "{deaths:?}");
    for row in deaths.iter().filter(|row| !row["off_month"].is_null()) {
        let months = &result[row["line"].as_str().unwrap()];
        let hashprice = &month(months, &row["off_month"])["hashprice_usd_per_ph_day"];
        assert_eq!(row["off_usd_per_ph_day"], *hashprice, "{row}");
    }
    machines
}

#[test]
fn the_halving_without_a_plan_has_three_lines() {
    let result = json(&["halving"]);
    decomposition_holds(&result, "2025-10", &["2028-05", "2032-05"]);
    branches_cover(&result);
    // The best machine of each half-year.
    assert!(machines_on_lines(&result).len() > 5);
    let halving = &result["halvings"][0];
    assert_eq!(halving["height"], 1_050_000);
    assert_eq!(halving["subsidy_btc"], 1.562_5);
    assert_eq!(halving["plan_date"], "2028-04-09");
    // Blocks come a little faster while hash rate grows, by days and not by months.
    let date = halving["response_date"].as_str().unwrap();
    assert!(("2028-02-01".."2028-06-01").contains(&date), "{date}");
    assert_eq!(rows(&result["halvings"]).len(), 2);
    let lengths = ["mechanical", "trend", "response", "response_months"];
    assert_eq!(lengths.map(|key| rows(&result[key]).len()), [99; 4]);
}

#[test]
fn the_halving_of_a_plan_takes_its_machines_and_its_start() {
    let (_folder, paths) = folder(&[("plan.toml", &stdout(&run(&["init"]).success()))]);
    let result = json(&["halving", &paths[0]]);
    decomposition_holds(&result, "2026-12", &["2028-05", "2032-05"]);
    branches_cover(&result);
    assert_eq!(
        machines_on_lines(&result),
        [
            "Antminer S19j Pro 100T at mesquite",
            "Antminer S19 (95Th) at mesquite",
            "Antminer S21 200T at cedar-fork",
            "Antminer S21 XP at pecan-ridge",
            "S21 Pro, tuned at pecan-ridge",
        ]
    );
    // 72,000 blocks from 978,000 on are 500 days.
    assert_eq!(result["halvings"][0]["plan_date"], "2028-04-14");
    // The network of `run` is the line that the plan follows.
    let network = json(&["run", &paths[0]])["network"].clone();
    let same = rows(&result["trend"]).iter().zip(rows(&network));
    for (line, of_run) in same {
        assert_eq!(line, of_run);
    }
}

#[test]
fn machines_are_chosen_by_name() {
    let arguments = ["halving", "--model", "Antminer S21 200T", "--usd-per-mwh", "60"];
    let result = json(&arguments);
    assert_eq!(machines_on_lines(&result), ["Antminer S21 200T"]);
    for row in rows(&result["deaths"]) {
        assert_eq!(row["usd_per_mwh"], 60.0);
        // 17.5 J/TH at 60 USD/MWh and the network's overhead, a pool fee of 0.5 %.
        let needs = 24.0 * 17.5 * number(&row["overhead"]) * 0.060 / 0.995;
        close(number(&row["breakeven_usd_per_ph_day"]), needs, "breakeven");
    }
    let refused = run(&["halving", "--model", "Antminer S21 200"]).code(3);
    let says = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
    assert!(says.contains("--model") && says.contains("nearest: Antminer S21 200T"), "{says}");
}

#[test]
fn a_plan_follows_the_response() {
    let result = json(&["run", "--set", "bitcoin.projection=response"]);
    assert_eq!(result["projection"], "response");
    assert!(result["network_feedback"].is_null());
    let names = |key: &str| -> Vec<Value> {
        rows(&result[key]).iter().map(|row| row["month"].clone()).collect()
    };
    assert_eq!(names("response"), names("network"));
    assert_eq!(names("network").len(), 204);
    for site in rows(&result["sites"]) {
        let by_line = rows(&site["by_line"]);
        assert!(by_line.iter().map(|row| row["line"].as_str().unwrap()).eq(LINES));
        for key in ["npv_usd", "gain_usd", "best_mining_npv_usd"] {
            assert_eq!(by_line[2][key], site[key], "{} {key}", site["id"]);
        }
    }
    // On the plan's own line nothing answers.
    let of_trend = json(&["run"]);
    assert_eq!(rows(&of_trend["response"]).len(), 0);
    for site in rows(&of_trend["sites"]) {
        assert_eq!(site["by_line"][1]["npv_usd"], site["npv_usd"]);
    }
    // The lines do not depend on which of them the plan follows.
    let lines = |result: &Value| -> Vec<Value> {
        rows(&result["sites"]).iter().map(|site| site["by_line"].clone()).collect()
    };
    assert_eq!(lines(&of_trend), lines(&result));
}

/// A site of a thousand megawatts, all of which become halls in March 2027.
const LARGE: &str = r#"
schema = "hashpivot-plan/1"
name = "A thousand megawatts"
valuation = { date = 2026-12-01, horizon_months = 60, discount_rate_frac = 0.12 }

[bitcoin]
height = 978_000
difficulty = 135.0e12
price_usd_per_btc = 84_714
projection = "response"
network_feedback = true

[[site]]
id = "a"
approved_gross_mw = 1_000
energised_gross_mw = [{ from = 2026-12-01, mw = 1_000 }]
mining_overhead = 1.05
mining_policies = ["run_off"]
tariff = { kind = "flat", usd_per_mwh = 40.0 }

[[site.machine]]
model = "Antminer S19j Pro 100T"
units = 310_000
uptime_frac = 0.95
age_months = 24
life_months = 96

[[site.offer]]
id = "halls"
kind = "colocation"
lease = "modified_gross"
rent_first_usd_per_kw_month = 136.0
term_months = 24
critical_mw = { min = 700, step = 50, max = 700 }
gross_per_critical = 1.42857
capex_usd_per_critical_mw = 8.6e6
months_to_deliver = 14
must = true
commit_from = 2027-03-01
commit_until = 2027-03-01
"#;

#[test]
fn a_large_plan_moves_the_network() {
    let alone = LARGE.replace("network_feedback = true", "network_feedback = false");
    let (_folder, paths) = folder(&[("with.toml", LARGE), ("alone.toml", &alone)]);
    let (with, alone) = (json(&["run", &paths[0]]), json(&["run", &paths[1]]));
    assert!(alone["network_feedback"].is_null());
    let feedback = &with["network_feedback"];
    // 310,000 machines of 100 TH/s and 3,050 W that run 95 % of the time.
    close(number(&feedback["own_eh_per_s"]), 29.45, "own EH/s");
    close(number(&feedback["own_gross_mw"]), 310_000.0 * 3.05e-3 * 1.05, "own MW");
    assert!(feedback["rounds"].as_u64().unwrap() >= 1);
    assert!(number(&feedback["change_frac"]) <= number(&feedback["tolerance_frac"]));
    assert_eq!(feedback["tolerance_frac"], 1e-6);

    // The network misses them most in the month in which they leave: by less than what they were,
    // since idle machines and new ones take part of their place.
    assert_eq!(feedback["most_moved_month"], "2027-03");
    let eh = |result: &Value, m: usize| number(&result["network"][m]["network_eh_per_s"]);
    let moved = number(&feedback["network_moved_frac"]);
    let missed = eh(&with, 3) - eh(&with, 3) / (1.0 + moved);
    assert!((-29.45..-10.0).contains(&missed), "{missed}");
    // Before that only the cohorts that they are counted in differ.
    for m in 0..3 {
        let apart = eh(&with, m) / eh(&alone, m) - 1.0;
        assert!(m == 2 || apart.abs() < 1e-3, "{m}: {apart}");
    }
    let apart = eh(&with, 3) - eh(&alone, 3);
    assert!((-29.45..-10.0).contains(&apart), "{apart}");
    // Whoever mines on is paid more.
    let mining = |result: &Value| number(&result["sites"][0]["best_mining_npv_usd"]);
    assert!(mining(&with) > mining(&alone), "{} {}", mining(&with), mining(&alone));
    // The lines beside each other are those of a network that takes no notice.
    assert_eq!(with["sites"][0]["by_line"], alone["sites"][0]["by_line"]);
}

#[test]
fn what_contradicts_itself_is_refused_by_name() {
    let example = stdout(&run(&["init"]).success());
    let replaced = |from: &str, to: &str| {
        assert!(example.contains(from), "{from}");
        example.replacen(from, to, 1)
    };
    let with_cohorts = replaced(
        "[machine_market]",
        "[bitcoin.response]\ncohort_file = \"c.csv\"\n\n[machine_market]",
    );
    let with_path =
        replaced("projection = \"trend\"", "projection = \"path\"\npath_file = \"path.csv\"");
    let cohorts = "id,installed_eh_per_s,j_per_th,usd_per_mwh\ngood,600,17,40\nnone,0,25,45\n";
    let path = "month,network_eh_per_s,price_usd_per_btc\n2026-12-01,966,84714\n\
                2027-01-01,970,84714\n";
    let (_folder, paths) = folder(&[
        ("plan.toml", &example),
        ("cohorts.toml", &with_cohorts),
        ("with_path.toml", &with_path),
        ("c.csv", cohorts),
        ("path.csv", path),
    ]);
    let [plan, of_cohorts, of_path] = [&paths[0], &paths[1], &paths[2]].map(String::as_str);
    let subsidy = "bitcoin.subsidy_btc_per_block=1.5625";
    let hashrate = "bitcoin.network_eh_per_s=1073";
    let feedback = "bitcoin.network_feedback=true";
    let cases: [(&[&str], &str, &[&str]); 5] = [
        (&[of_cohorts], "bitcoin.response.cohort.none.installed_eh_per_s", &["c.csv:3:6", "= 0"]),
        (&[of_path], "bitcoin.path[1].month", &["path.csv:3:", "204 months"]),
        (&[plan, "--set", subsidy], "bitcoin.subsidy_btc_per_block", &["3.125", "978000"]),
        (&[plan, "--set", hashrate], "bitcoin.network_eh_per_s", &["966.4 EH/s", "+11 %"]),
        (&[plan, "--set", feedback], "bitcoin.network_feedback", &["projection = \"response\""]),
    ];
    for (arguments, field, says) in cases {
        let mut all = vec!["run"];
        all.extend(arguments);
        let refused = run(&all).code(3);
        let text = String::from_utf8(refused.get_output().stderr.clone()).unwrap();
        assert!(text.contains(field), "{field}: {text}");
        assert!(says.iter().all(|part| text.contains(part)), "{says:?}: {text}");
        all.extend(["--format", "json"]);
        let faults: Value = serde_json::from_str(&stdout(&run(&all).code(3))).unwrap();
        assert_eq!(rows(&faults["faults"]).len(), 1, "{faults}");
        assert_eq!(faults["faults"][0]["path"], field);
    }
    // 9 % apart is luck, the subsidy of the height is none too many.
    let fine = ["bitcoin.network_eh_per_s=1053", "bitcoin.subsidy_btc_per_block=3.125"];
    run(&["halving", plan, "--set", fine[0], "--set", fine[1]]).success();
}

#[test]
fn a_feedback_that_cannot_settle_ends_with_code_6() {
    // With an offer that may be taken or left.
    let text = LARGE.replace("must = true\n", "");
    let base = Document { name: "plan.toml".into(), bytes: text.into() };
    let loaded = load(&Sources::of(base), &no_files).unwrap();
    let built = loaded.build().unwrap();
    let calm = built.world.path.clone();
    // Twenty times the hash rate: mining is worth nothing.
    let mut crowded = calm.clone();
    crowded.hashrate_eh_per_s.iter_mut().for_each(|eh| *eh *= 20.0);
    crowded.difficulty.iter_mut().for_each(|difficulty| *difficulty *= 20.0);
    crowded.btc_per_th_day.iter_mut().for_each(|btc| *btc /= 20.0);
    crowded.hashprice_usd_per_ph_day.iter_mut().for_each(|usd| *usd /= 20.0);
    let mut answers = 0;
    let found = settle(&built.portfolio, &built.world, |mining| -> Result<_, Error> {
        assert_eq!((mining.len(), mining[0].len(), mining[0][0].len()), (1, 1, 60));
        answers += 1;
        Ok(if answers % 2 == 0 { calm.clone() } else { crowded.clone() })
    });
    let error = found.unwrap_err();
    let Error::Compare(compare::Error::NotSettled { rounds, change_frac, tolerance_frac, sites }) =
        &error
    else {
        panic!("{error:?}")
    };
    assert_eq!((*rounds, answers), (25, 26));
    // The last answer was the calm network, after the crowded one.
    close(*change_frac, 0.95, "change");
    assert_eq!(*tolerance_frac, compare::FEEDBACK_TOLERANCE_FRAC);
    assert_eq!(sites, &["a"]);
    assert_eq!(error.exit_code(), 6);
    let faults = error.violations();
    assert_eq!((faults.len(), faults[0].path.as_str()), (1, "bitcoin.network_feedback"));
    assert!(faults[0].to_string().contains("network_feedback = false"), "{}", faults[0]);

    // The same network twice is rest.
    let settled = settle(&built.portfolio, &built.world, |_| Ok::<_, Error>(calm.clone())).unwrap();
    assert_eq!((settled.rounds, settled.change_frac), (1, 0.0));
}
