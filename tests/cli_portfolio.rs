//! Reasons and frontiers as a user types them.
#![expect(
    clippy::unwrap_used,
    reason = "what the command prints; a test that cannot read it stops"
)]

mod typed;

use serde_json::Value;

use typed::{folder, json, run, stderr, stdout};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn points(value: &Value) -> Vec<(f64, f64)> {
    let points = value.as_array().unwrap().iter();
    points.map(|p| (number(&p["limit_amount"]), number(&p["npv_usd"]))).collect()
}

/// More is never worth less; whole plans stay under what mixtures would bring, and mixtures bring
/// less and less.
#[test]
fn a_frontier_rises_and_bends_down() {
    let budget = json(&["frontier", "budget", "--to", "2e9"]);
    let (mixed, whole) = (points(&budget["mixed"]), points(&budget["whole"]));
    assert!(mixed.len() > 2 && whole.len() > 2, "{budget}");
    for line in [&mixed, &whole] {
        assert!(line.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(line.windows(2).all(|pair| pair[1].1 >= pair[0].1 - 1.0));
    }
    let slopes: Vec<f64> =
        mixed.windows(2).map(|p| (p[1].1 - p[0].1) / (p[1].0 - p[0].0)).collect();
    assert!(slopes.windows(2).all(|pair| pair[1] <= pair[0] + 1e-3 * pair[0]), "{slopes:?}");
    for (amount, usd) in &whole {
        let after = mixed.iter().position(|point| point.0 >= *amount).unwrap();
        let most = if after == 0 {
            mixed[0].1
        } else {
            let (a, b) = (mixed[after - 1], mixed[after]);
            a.1 + (b.1 - a.1) * (amount - a.0) / (b.0 - a.0)
        };
        assert!(*usd <= most + 1e-6 * most.abs(), "{amount}: {usd} above {most}");
    }
    // At what the plan has, the frontier is the plan.
    let plan = json(&["run"]);
    let has = json(&["frontier", "budget", "--from", "1.4e9", "--to", "1.5e9", "--points", "2"]);
    let there = points(&has["whole"])[0];
    let npv_usd = number(&plan["portfolio"]["npv_usd"]);
    assert!((there.1 - npv_usd).abs() < 1e-6 * npv_usd);
}

#[test]
fn power_has_a_frontier_of_its_own() {
    let range = ["--from", "500", "--to", "700", "--points", "3"];
    let frontier = json(&[&["frontier", "mw", "--id", "pecan-ridge"][..], &range].concat());
    assert_eq!(frontier["limit"], "site.pecan-ridge.approved_gross_mw");
    assert_eq!(frontier["limit_amount"], 600.0);
    assert!(frontier["mixed"].as_array().unwrap().is_empty());
    // At what the plan has, the frontier is the plan.
    let npv_usd = number(&json(&["run"])["portfolio"]["npv_usd"]);
    let whole = points(&frontier["whole"]);
    let after = whole.iter().position(|point| point.0 >= 600.0).unwrap();
    let (below, above) = (whole[after - 1].1, whole[after].1);
    let hair = 1e-6 * npv_usd;
    assert!(below.min(above) <= npv_usd + hair && below.max(above) >= npv_usd - hair);
}

#[test]
fn what_is_not_there_has_no_frontier() {
    for (arguments, says) in [
        (vec!["frontier", "tenant", "--id", "nobody"], "tenant-a"),
        (vec!["frontier", "budget", "--entry", "9"], "additions of capital"),
        (vec!["frontier", "budget", "--from", "5", "--to", "2"], "above --from"),
        (vec!["explain", "--signing-correlation", "2"], "0..=1"),
    ] {
        let said = stderr(&run(&arguments).code(3));
        assert!(said.contains(says), "{arguments:?}: {said}");
    }
}

#[test]
fn reasons_come_as_words_as_rows_and_as_a_programme() {
    let (_folder, paths) = folder(&[("plan.mps", "")]);
    let mps = &paths[0];
    let said = stdout(&run(&["explain", "--mps", mps]).success());
    assert!(said.contains("(proven)") && said.contains("next best"), "{said}");
    let written = std::fs::read_to_string(mps).unwrap();
    assert!(written.contains("OBJSENSE") && written.contains("ENDATA"));
    let csv = stdout(&run(&["explain", "--format", "csv"]).success());
    assert!(csv.starts_with("limit,unit,limit_amount,binds"), "{csv}");
    // A demand that cannot be had is refused with what stands in its way.
    let must = "site.cedar-fork.offer.cedar-fork-colo.must=true";
    let poor = "capital.available_usd=[{ from = 2026-12-01, usd = 100e6 }]";
    let said = stderr(&run(&["explain", "--set", must, "--set", poor]).code(4));
    assert!(said.contains("cedar-fork-colo.must") && said.contains("capital"), "{said}");
}

/// Regions and crews hold, and are listed with what the plan takes of them.
#[test]
fn regions_and_crews_limit_the_plan() {
    let text = "[construction]\ngross_mw_max = [{ from = 2026-12-01, mw = 20 }]\n\
                [[region]]\nid = \"west\"\ncap_gross_mw = 60\nsites = [\"pecan-ridge\"]\n";
    let (_folder, paths) = folder(&[("shared.toml", text)]);
    let overlay = paths[0].as_str();
    let free = json(&["run"]);
    let tight = json(&["run", "--overlay", overlay]);
    assert_eq!(tight["portfolio"]["status"], "proven");
    let npv = |answer: &Value| number(&answer["portfolio"]["npv_usd"]);
    assert!(npv(&tight) < npv(&free));
    let limits = tight["portfolio"]["limits"].as_array().unwrap();
    let named = |start: &str| {
        limits.iter().filter(|l| l["limit"].as_str().unwrap().starts_with(start)).count()
    };
    assert!(named("region.west") == 1 && named("construction.gross_mw_max in ") > 1);
    for limit in limits {
        assert!(number(&limit["used_amount"]) <= number(&limit["limit_amount"]) * (1.0 + 1e-9));
    }
}

/// The funding of a plan: what comes in is what goes out, and owners may choose another plan.
#[test]
fn a_plan_is_funded_for_its_owners() {
    let text = "[financing]\nobjective = \"equity_npv_per_share\"\nown_cash_usd = 400e6\n\
                [financing.shares]\noutstanding_shares = 300e6\nprice_usd_per_share = 12.0\n\
                [[financing.loan]]\nid = \"project\"\nkind = \"project_debt\"\nltc_frac = 0.7\n\
                coupon_frac = 0.075\ntenor_months = 120\nrepayment = \"sculpted\"\n\
                sculpted_dscr = 1.35\n\
                [financing.at_the_market]\nmax_usd = 800e6\ndiscount_frac = 0.04\n";
    let (_folder, paths) = folder(&[("financing.toml", text)]);
    let overlay = paths[0].as_str();
    let answer = json(&["run", "--overlay", overlay]);
    let financing = &answer["financing"];
    assert_eq!(financing["objective"], "equity_npv_per_share");
    assert_eq!(financing["feasible"], true);
    assert!(number(&financing["plans_compared"]) > 1.0);
    assert!(number(&financing["value_usd_per_share"]) > 12.0);
    // What is not best for the project says so.
    let all = &answer["portfolio"];
    assert!(number(&all["npv_usd"]) <= number(&all["bound_usd"]));
    assert!(stdout(&run(&["run", "--overlay", overlay]).success()).contains("Per share"));
}
