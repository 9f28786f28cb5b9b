//! Agreement with the second program on portfolios: its quarterly model, in our programme.
//!
//! Reads the folder of reference series beside the checkout; asked for by name.
#![expect(
    clippy::unwrap_used,
    reason = "reference data that every run has; a test that cannot read it stops"
)]

use std::{fs, path::Path};

use compare::quarterly::{
    Quarterly, QuarterlyMachines, QuarterlyOffer, QuarterlySite, USD_PER_OBJECTIVE,
};
use compare::{fill, upper_envelope};
use programme::backend::{Backend as _, Clarabel, Effort, Microlp, Outcome};
use programme::check;
use programme::separable::Tries;
use serde_json::Value;

/// What the second program's page asks for.
const AGREES: f64 = 1e-7;

fn cases() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases/portfolio.json");
    let text = fs::read_to_string(&path);
    serde_json::from_str(&text.unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn whole(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// The case in our words: millions to dollars, margins and terminal value to a value today.
fn quarterly(problem: &Value) -> Quarterly {
    let quarters = whole(&problem["quarters"]);
    let rate = number(&problem["discount_rate_annual"]);
    let factor = |quarter: usize| (1.0 + rate).powf(-0.25 * quarter as f64);
    let tenants = list(&problem["tenants"]);
    let tenant = |id: &Value| tenants.iter().position(|t| t["id"] == *id);
    let mut groups: Vec<&Value> = Vec::new();
    let offers = list(&problem["offers"]);
    let sites = list(&problem["sites"])
        .iter()
        .map(|site| {
            let energised: Vec<f64> = list(&site["energised_mw"]).iter().map(number).collect();
            let margins = list(&site["mining_margin_musd_per_mw_quarter"]);
            let offers = offers.iter().filter(|offer| offer["site"] == site["id"]).map(|offer| {
                let group = (!offer["exclusive_group"].is_null()).then(|| {
                    let known = groups.iter().position(|g| **g == offer["exclusive_group"]);
                    known.unwrap_or_else(|| {
                        groups.push(&offer["exclusive_group"]);
                        groups.len() - 1
                    })
                });
                let lead = whole(&offer["lead_quarters"]);
                let margin = number(&offer["margin_musd_per_mw_quarter"]);
                let growth = number(&offer["growth_per_quarter"]);
                let terminal = number(&offer["terminal_musd_per_mw"]) * factor(quarters);
                let service = |start: usize| {
                    let mut musd = terminal;
                    let mut grown = margin * (1.0 + growth).powf((start + lead) as f64);
                    for quarter in start + lead..quarters {
                        musd += grown * factor(quarter + 1);
                        grown *= 1.0 + growth;
                    }
                    musd * 1e6
                };
                QuarterlyOffer {
                    id: offer["id"].as_str().unwrap().to_owned(),
                    tenant: tenant(&offer["tenant"]),
                    group,
                    block_gross_mw: number(&offer["block_mw"]),
                    start_quarters: list(&offer["start_quarters"]).iter().map(whole).collect(),
                    blocks_max: whole(&offer["max_blocks"]),
                    min_gross_mw: number(&offer["min_mw"]),
                    lead_quarters: lead,
                    capex_usd_per_gross_mw: number(&offer["capex_musd_per_mw"]) * 1e6,
                    open_cost_usd: number(&offer["open_cost_musd"]) * 1e6,
                    service_usd_per_gross_mw: (0..quarters).map(service).collect(),
                }
            });
            QuarterlySite {
                id: site["id"].as_str().unwrap().to_owned(),
                offers: offers.collect(),
                mining_during_build_frac: number(&site["keep_mining_share"]),
                machines: vec![QuarterlyMachines {
                    gross_mw: energised.iter().copied().fold(0.0, f64::max),
                    usd_per_gross_mw_quarter: margins.iter().map(|m| number(m) * 1e6).collect(),
                }],
                energised_gross_mw: energised,
            }
        })
        .collect();
    let budget = list(&problem["cumulative_budget_musd"]);
    Quarterly {
        quarters,
        discount_rate_frac: rate,
        sites,
        tenant_gross_mw: tenants.iter().map(|t| number(&t["cap_gross_mw"])).collect(),
        cumulative_capital_usd: budget.iter().map(|musd| number(musd) * 1e6).collect(),
        crew_gross_mw: Vec::new(),
    }
}

#[test]
fn the_second_program_finds_the_same_optima() {
    let cases = cases();
    let mut largest: f64 = 0.0;
    for (index, case) in list(&cases["cases"]).iter().enumerate() {
        let quarterly = quarterly(&case["problem"]);
        let (programme, columns) = quarterly.programme();
        let Ok(Outcome::Solved(found)) = Microlp.solve(&programme, &Effort::default()) else {
            panic!("case {index}: doing nothing is always possible");
        };
        check::feasible(&programme, &found.values, 1e-7).unwrap();
        let optimum = number(&case["optimum_musd"]);
        let error = (found.objective - optimum).abs() / optimum.abs().max(1.0);
        largest = largest.max(error);
        assert!(error < AGREES, "case {index}: {} instead of {optimum}", found.objective);
        // Blocks started, by offer and quarter.
        for (site, starts) in quarterly.sites.iter().zip(&columns.starts) {
            for (offer, starts) in site.offers.iter().zip(starts) {
                for (quarter, column) in starts {
                    let theirs = list(&case["starts"]).iter().find(|start| {
                        start["offer"] == offer.id.as_str() && whole(&start["quarter"]) == *quarter
                    });
                    let theirs = theirs.map_or(0.0, |start| number(&start["blocks"]));
                    assert_eq!(found.values[*column], theirs, "case {index}: {}", offer.id);
                }
            }
        }
        // The sites alone, at prices, stay between.
        let alone = quarterly.separable().solve(&Tries::default()).unwrap().unwrap();
        let (value, bound) = (alone.value / USD_PER_OBJECTIVE, alone.bound / USD_PER_OBJECTIVE);
        let hair = 1e-6 * optimum.abs();
        assert!(
            value <= optimum + hair && bound >= optimum - hair,
            "case {index}: {value} {bound}"
        );
        assert!(bound <= number(&case["lp_bound_musd"]) + hair, "case {index}: {bound}");
    }
    println!("15 optima agree, largest relative difference {largest:.1e}");
}

#[test]
fn the_second_program_finds_the_same_bounds_and_prices() {
    let cases = cases();
    let mut compared = 0;
    for (index, case) in list(&cases["cases"]).iter().enumerate() {
        let quarterly = quarterly(&case["problem"]);
        let relaxed = quarterly.programme().0.relaxed();
        let Ok(Outcome::Solved(found)) = Clarabel.solve(&relaxed, &Effort::default()) else {
            panic!("case {index}: doing nothing is always possible");
        };
        let bound = number(&case["lp_bound_musd"]);
        assert!(
            (found.objective - bound).abs() < AGREES * bound.abs().max(1.0),
            "case {index}: {} instead of {bound}",
            found.objective
        );
        let duals = found.row_duals.unwrap();
        assert!(check::dual_bound(&relaxed, &duals) >= bound - AGREES * bound.abs());
        let tenants = list(&case["problem"]["tenants"]);
        for (row, dual) in relaxed.rows.iter().zip(&duals) {
            let theirs = if let Some(place) = row.name.strip_prefix("capital[") {
                case["lp_row_duals"].get(format!("budget {}", place.trim_end_matches(']')))
            } else if let Some(place) = row.name.strip_prefix("tenant[") {
                let tenant: usize = place.trim_end_matches(']').parse().unwrap();
                let id = tenants[tenant]["id"].as_str().unwrap();
                case["lp_row_duals"].get(format!("tenant {id}"))
            } else {
                continue;
            };
            let theirs = theirs.map_or(0.0, number);
            assert!(
                (dual - theirs).abs() < 1e-6 * theirs.abs().max(1.0),
                "case {index}, {}: {dual} instead of {theirs}",
                row.name
            );
            compared += 1;
        }
    }
    println!("15 bounds and {compared} prices agree");
}

#[test]
fn the_greedy_trap() {
    for row in list(&cases()["greedy_trap"]) {
        let envelope = upper_envelope(0, &[(0.0, 30.0), (900.0, 450.0), (3_200.0, 600.0)]);
        let (added, slope) = fill(&envelope.steps, number(&row["budget"]));
        assert!((30.0 + added - number(&row["value"])).abs() < 1e-9, "{row}");
        assert!((slope - number(&row["dual"])).abs() < 1e-9, "{row}");
    }
}
