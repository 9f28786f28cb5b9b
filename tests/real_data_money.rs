//! Agreement with the second program on contracts and money.

use finance::debt::{Installment, level, monthly_rate_frac, sculpted};
use finance::depreciation::{MacrsClass, macrs};
use finance::tax::yearly_tax;
use finance::{
    Irr, NoIrr, annuity_payment_usd, discounted_payback_periods, irr, mirr, npv_yearly_usd,
    payback_periods, xirr, xnpv,
};
use hpcrev::identity::{self, Figures};
use hpcrev::signing::{hazard_per_year, signed_in_quarter_probability};
use hpcrev::{
    Delivery, GpuCloud, Lease, LeaseSummary, Prepayment, cloud_year_end, escalator_from_renewals,
    lease_from_value,
};
use serde_json::Value;

use super::{Agreement, FIGURES, json, list, number, numbers};

/// Escalators come out of a bisection on both sides.
const ESCALATORS: f64 = 1e-10;
/// Simple roots of a cash flow.
const SIMPLE_ROOTS: f64 = 1e-10;
/// Double roots: an error of the flows enters under a square root.
const DOUBLE_ROOTS: f64 = 1e-6;

/// Compares a lease's figures with those of a case.
fn check_lease(seen: &mut Agreement, name: &str, found: &LeaseSummary, expected: &Value) {
    for (found, key) in [
        (found.first_year_usd_per_kw_month, "first_year_usd_per_kw_month"),
        (found.average_usd_per_kw_month, "average_usd_per_kw_month"),
        (found.usd_per_mw_year, "usd_per_mw_year"),
        (found.total_value_usd, "total_value_usd"),
        (found.total_value_with_renewals_usd, "total_value_with_renewals_usd"),
    ] {
        seen.relative(&format!("{name} {key}"), found, number(&expected[key]), FIGURES);
    }
    for (found, key) in
        [(&found.by_year_usd, "by_year"), (&found.by_renewal_year_usd, "by_renewal_year")]
    {
        let expected = numbers(&expected[key]);
        assert_eq!(found.len(), expected.len(), "{name} {key}");
        for (found, expected) in found.iter().zip(expected) {
            seen.relative(&format!("{name} {key}"), *found, expected, FIGURES);
        }
    }
}

fn months(years: &Value) -> usize {
    usize::try_from(12 * years.as_u64().unwrap()).unwrap()
}

#[test]
fn leases() {
    let cases = json("cases/lease.json");
    let mut seen = Agreement::of("press releases inverted");
    for case in list(&cases["press"]) {
        let terms = Lease {
            renewals_months: list(&case["renewals_years"]).iter().map(months).collect(),
            ..Lease::plain(1.0, number(&case["escalator"]), months(&case["years"]))
        };
        let mw = number(&case["critical_mw"]);
        let lease = lease_from_value(&terms, mw, number(&case["value_usd"]));
        let name = case["name"].as_str().unwrap();
        check_lease(&mut seen, name, &LeaseSummary::new(&lease, mw, 1.0), &case["out"]);
    }
    seen.report();

    let mut seen = Agreement::of("lease schedules");
    for (i, case) in list(&cases["forward"]).iter().enumerate() {
        let input = &case["input"];
        let of = |key: &str| number(&input[key]);
        let lease = Lease {
            ramp: input["ramp"].as_array().map_or(Vec::new(), |_| numbers(&input["ramp"])),
            free_months: of("free"),
            renewals_months: list(&input["renewals"]).iter().map(months).collect(),
            ..Lease::plain(of("rate0"), of("e"), months(&input["years"]))
        };
        let summary = LeaseSummary::new(&lease, of("mw"), of("margin"));
        let name = format!("schedule {i}");
        check_lease(&mut seen, &name, &summary, &case["out"]);
        let expected = number(&case["out"]["noi_usd_per_year_average"]);
        seen.relative(&name, summary.noi_usd_per_year, expected, FIGURES);
    }
    let table = &cases["monthly"];
    let lease = Lease {
        ramp: numbers(&table["ramp"]),
        free_months: number(&table["free"]),
        ..Lease::plain(number(&table["rate0"]), number(&table["e"]), months(&table["years"]))
    };
    for (month, expected) in numbers(&table["usd_per_month"]).into_iter().enumerate() {
        let found = number(&table["mw"]) * lease.contract_rent_usd(month);
        seen.relative(&format!("month {month}"), found, expected, FIGURES);
    }
    seen.report();

    let mut seen = Agreement::of("escalators of renewals");
    for case in list(&cases["escalator"]) {
        let of = |key: &str| number(&case[key]);
        let (value, renewed) = (of("value"), of("with_renewals"));
        let found = escalator_from_renewals(value, renewed, of("years"), of("renewal_years"));
        seen.close(&format!("{value} {renewed}"), found.unwrap(), of("escalator"), 1.0, ESCALATORS);
    }
    seen.report();
}

#[test]
fn clouds() {
    let cases = json("cases/cloud.json");
    let mut seen = Agreement::of("GPU clouds by year");
    for (i, case) in list(&cases["flows"]).iter().enumerate() {
        let input = &case["input"];
        let of = |key: &str| number(&input[key]);
        let term_months = months(&input["years"]);
        let from_month = months(&input["credit_from"]) - 12;
        let cloud = GpuCloud {
            contract_usd_per_gpu_h: of("contract_usd_per_gpu_h"),
            contract_mix_frac: of("contract_mix"),
            contract_months: term_months,
            spot_usd_per_gpu_h: of("spot0_usd_per_gpu_h"),
            decay_frac: of("decay_per_year"),
            utilisation_frac: of("utilisation"),
            availability_frac: of("availability"),
            gpu_capex_usd_per_gpu: of("gpu_capex_usd"),
            load_factor: of("load_factor"),
            pue: of("pue"),
            opex_usd_per_critical_mw_year: of("opex_usd_per_mw_year"),
            opex_revenue_frac: of("opex_share_of_revenue"),
            resale_frac: of("gpu_residual"),
            prepayment: Some(Prepayment {
                usd_per_critical_mw: of("prepay_usd"),
                credit_from_month: from_month,
                credit_months: months(&input["credit_to"]) - from_month,
            }),
            ..GpuCloud::flat(of("allin_w_per_gpu"), term_months)
        };
        let delivery = Delivery::at_once(of("hall_capex_usd"));
        let exit = of("hall_noi_usd") / of("hall_cap_rate");
        let years = cloud_year_end(&cloud, &delivery, of("usd_per_mwh"), exit);
        let at = format!("cloud {i}");
        seen.relative(&at, years.gpus_per_mw, number(&case["gpus_per_mw"]), FIGURES);
        let build = years.gpus_per_mw * of("gpu_capex_usd") + of("hall_capex_usd");
        for (found, key) in [
            (&years.revenue_usd, "revenue"),
            (&years.opex_usd, "opex"),
            (&years.cash_flow_usd, "cash_flow"),
        ] {
            let expected = numbers(&case[key]);
            assert_eq!(found.len(), expected.len(), "{at} {key}");
            for (year, (found, expected)) in found.iter().zip(expected).enumerate() {
                // A cash flow is a difference of revenue and cost, and the first one of capital.
                let terms = match (key, year) {
                    ("cash_flow", 0) => build + of("prepay_usd"),
                    ("cash_flow", _) => {
                        let year = year - 1;
                        years.revenue_usd[year] + years.opex_usd[year] + expected.abs()
                    }
                    _ => expected,
                };
                seen.close(&format!("{at} {key} {year}"), *found, expected, terms, FIGURES);
            }
        }
        let rate = of("discount_rate");
        let absolute: Vec<f64> = years.cash_flow_usd.iter().map(|x| x.abs()).collect();
        let terms = npv_yearly_usd(&absolute, rate) + build;
        let found = npv_yearly_usd(&years.cash_flow_usd, rate);
        seen.close(&format!("{at} npv"), found, number(&case["npv"]), terms, FIGURES);
    }
    seen.report();

    let mut seen = Agreement::of("identity triples");
    for case in list(&cases["identity"]) {
        let known = &case["known"];
        let at = known.to_string();
        let figure = |key: &str| known.get(key).map(number);
        let answer = identity::solve(&Figures {
            critical_mw: figure("mw"),
            gpus: figure("gpus"),
            usd_per_year: figure("usd_per_year"),
            kw_per_gpu: figure("kw_per_gpu"),
            usd_per_gpu_year: figure("usd_per_gpu_year"),
            usd_per_gpu_h: figure("usd_per_gpu_h"),
            usd_per_mw_year: figure("usd_per_mw_year"),
        });
        seen.exact(&at, &answer.is_ok(), &case["solvable"].as_bool().unwrap());
        let Ok(all) = answer else {
            assert!(matches!(answer, Err(hpcrev::Error::Underdetermined { .. })), "{at}");
            continue;
        };
        for (found, key) in [
            (all.critical_mw, "mw"),
            (all.gpus, "gpus"),
            (all.usd_per_year, "usd_per_year"),
            (all.kw_per_gpu, "kw_per_gpu"),
            (all.usd_per_gpu_year, "usd_per_gpu_year"),
            (all.usd_per_gpu_h, "usd_per_gpu_h"),
            (all.usd_per_mw_year, "usd_per_mw_year"),
        ] {
            seen.relative(&format!("{at} {key}"), found, number(&case["out"][key]), FIGURES);
        }
    }
    seen.report();
}

/// Roots with their multiplicity.
fn roots(answer: &Irr) -> Vec<(f64, usize)> {
    match answer {
        Irr::None(_) => Vec::new(),
        Irr::One(root) => vec![(root.rate_frac, root.multiplicity)],
        Irr::Many(roots) => roots.iter().map(|r| (r.rate_frac, r.multiplicity)).collect(),
    }
}

/// Compares a figure that may not exist.
fn check_optional(seen: &mut Agreement, at: &str, found: Option<f64>, expected: &Value) {
    seen.exact(at, &found.is_some(), &!expected.is_null());
    if let Some(found) = found {
        seen.close(at, found, number(expected), found.abs().max(1.0), FIGURES);
    }
}

#[test]
fn rates_of_return() {
    let cases = json("cases/finance.json");
    let mut seen = Agreement::of("rates of return");
    for case in list(&cases["irr"]) {
        let name = case["name"].as_str().unwrap();
        let flows = numbers(&case["cash_flow"]);
        let answer = irr(&flows);
        let mut expected = numbers(&case["roots"]);
        let mut multiplicity: Vec<usize> =
            numbers(&case["multiplicity"]).iter().map(|m| if *m == 2.0 { 2 } else { 1 }).collect();
        expected.extend(numbers(&case["roots_above_10"]));
        multiplicity.resize(expected.len(), 1);
        let found = roots(&answer);
        seen.exact(name, &found.len(), &expected.len());
        for ((found, expected), multiplicity) in found.iter().zip(&expected).zip(&multiplicity) {
            let tolerance = if *multiplicity == 1 { SIMPLE_ROOTS } else { DOUBLE_ROOTS };
            seen.close(name, found.0, *expected, expected.abs().max(1.0), tolerance);
            seen.exact(name, &found.1, multiplicity);
        }
        let why = match case["kind"].as_str().unwrap() {
            "none_empty" => Some(NoIrr::Empty),
            "none_same_sign" => Some(NoIrr::SameSign),
            "none_no_real_root" if expected.is_empty() => Some(NoIrr::NoRealRoot),
            _ => None,
        };
        if let Some(why) = why {
            seen.exact(name, &answer, &Irr::None(why));
        }
        if let Some(values) = case["npv_at"].as_object() {
            let absolute: Vec<f64> = flows.iter().map(|x| x.abs()).collect();
            for (rate, expected) in values {
                let rate: f64 = rate.parse().unwrap();
                let terms = npv_yearly_usd(&absolute, rate);
                let found = npv_yearly_usd(&flows, rate);
                seen.close(&format!("{name} npv"), found, number(expected), terms, FIGURES);
            }
        }
        check_optional(&mut seen, name, mirr(&flows, 0.10, 0.12), &case["mirr_10_12"]);
        check_optional(&mut seen, name, payback_periods(&flows), &case["payback"]);
        let discounted = discounted_payback_periods(&flows, 0.12);
        check_optional(&mut seen, name, discounted, &case["discounted_payback_12"]);
    }
    for case in list(&cases["mirr"]) {
        let found =
            mirr(&numbers(&case["cash_flow"]), number(&case["finance"]), number(&case["reinvest"]));
        check_optional(&mut seen, "mirr", found, &case["mirr"]);
    }
    seen.report();

    let mut seen = Agreement::of("dated rates of return");
    for case in list(&cases["xirr"]) {
        let name = case["name"].as_str().unwrap();
        let flows: Vec<(i64, f64)> = list(&case["flows"])
            .iter()
            .map(|flow| (day_number(flow[0].as_str().unwrap()), number(&flow[1])))
            .collect();
        let found = roots(&xirr(&flows));
        let expected = numbers(&case["roots"]);
        seen.exact(name, &found.len(), &expected.len());
        for (found, expected) in found.iter().zip(expected) {
            seen.close(name, found.0, expected, 1.0, SIMPLE_ROOTS);
        }
        let absolute: Vec<(i64, f64)> = flows.iter().map(|(d, usd)| (*d, usd.abs())).collect();
        let expected = number(&case["xnpv_9pct"]);
        seen.close(name, xnpv(&flows, 0.09), expected, xnpv(&absolute, 0.09), FIGURES);
    }
    seen.report();
}

/// Days from 1 March of year 0, by the Gregorian calendar.
fn day_number(date: &str) -> i64 {
    let parts: Vec<i64> = date.split('-').map(|part| part.parse().unwrap()).collect();
    // The year is taken to start in March, so that a leap day is its last day.
    let (year, month) =
        if parts[1] > 2 { (parts[0], parts[1] - 3) } else { (parts[0] - 1, parts[1] + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + parts[2]
}

#[test]
fn money() {
    let cases = json("cases/finance.json");
    let mut seen = Agreement::of("annuities, tax, depreciation");
    let conventions = &cases["npv_conventions"];
    let flows = [-15_000.0, 1_500.0, 2_500.0, 3_500.0, 4_500.0, 6_000.0];
    let today = number(&conventions["first_at_t0"]);
    seen.close("npv", npv_yearly_usd(&flows, 0.05), today, 33_000.0, FIGURES);
    let flows = [0.0, -10_000.0, 3_000.0, 4_200.0, 6_800.0];
    let later = number(&conventions["excel_first_at_t1"]);
    seen.close("spreadsheet npv", npv_yearly_usd(&flows, 0.1), later, 24_000.0, FIGURES);
    for case in list(&cases["annuity"]) {
        let of = |key: &str| number(&case[key]);
        let found = annuity_payment_usd(of("pv"), of("rate"), of("n"));
        seen.relative(&format!("annuity at {}", of("rate")), found, of("payment"), FIGURES);
    }
    for case in list(&cases["depreciation"]) {
        let class = match number(&case["life"]) {
            5.0 => MacrsClass::FiveYears,
            15.0 => MacrsClass::FifteenYears,
            life => panic!("no class of {life} years"),
        };
        let found = macrs(number(&case["basis"]), class, number(&case["bonus"]));
        let expected = numbers(&case["by_year"]);
        seen.exact("years", &found.len(), &expected.len());
        for (found, expected) in found.iter().zip(expected) {
            seen.relative("macrs", *found, expected, FIGURES);
        }
    }
    for case in list(&cases["tax"]) {
        let income = numbers(&case["income"]);
        let years = yearly_tax(&income, number(&case["rate"]), number(&case["limit"]));
        let terms: f64 = income.iter().map(|x| x.abs()).sum();
        let expected = list(&case["path"]);
        seen.exact("years", &years.len(), &expected.len());
        for (found, expected) in years.iter().zip(expected) {
            seen.close("tax", found.tax_usd, number(&expected["tax"]), terms, FIGURES);
            let bank = number(&expected["bank"]);
            seen.close("losses carried", found.losses_carried_usd, bank, terms, FIGURES);
        }
    }
    seen.report();

    let mut seen = Agreement::of("signing");
    for case in list(&cases["signing_hazard"]) {
        let of = |key: &str| number(&case[key]);
        let found = hazard_per_year(of("probability"), of("months"));
        seen.relative("hazard", found, of("hazard_per_year"), FIGURES);
    }
    for case in list(&cases["signing_by_quarter"]) {
        let of = |key: &str| number(&case[key]);
        let (probability, window) = (of("probability"), of("window_months"));
        for (quarter, expected) in numbers(&case["signed_in_quarter"]).into_iter().enumerate() {
            let found = signed_in_quarter_probability(probability, window, quarter);
            seen.close(&format!("{probability} quarter {quarter}"), found, expected, 1.0, FIGURES);
        }
        seen.close("never", 1.0 - probability, of("never"), 1.0, FIGURES);
    }
    seen.report();
}

/// Compares an installment with interest, principal and balance of a case; a balance carries the
/// rounding of the whole principal.
fn check_installment(
    seen: &mut Agreement,
    at: &str,
    found: &Installment,
    expected: &Value,
    principal_usd: f64,
) {
    let expected = numbers(expected);
    seen.close(at, found.interest_usd, expected[0], principal_usd, FIGURES);
    seen.close(at, found.principal_usd, expected[1], principal_usd, FIGURES);
    seen.close(at, found.balance_usd, expected[2], principal_usd, FIGURES);
}

#[test]
fn loans() {
    let cases = json("cases/finance.json");
    let mut seen = Agreement::of("level and sculpted debt");
    for (i, case) in list(&cases["level_debt"]).iter().enumerate() {
        let of = |key: &str| number(&case[key]);
        let count = |key: &str| usize::try_from(case[key].as_u64().unwrap()).unwrap();
        let (principal_usd, periods) = (of("principal"), count("months"));
        let rate = monthly_rate_frac(of("annual_nominal"));
        let loan = level(principal_usd, rate, periods, count("interest_only"), 0.0);
        let at = format!("level {i}");
        seen.relative(&at, loan[periods - 1].service_usd(), of("payment"), FIGURES);
        let interest_usd = loan.iter().map(|paid| paid.interest_usd).sum();
        seen.relative(&at, interest_usd, of("total_interest"), FIGURES);
        for (period, key) in [(0, "first"), (periods / 2, "middle"), (periods - 1, "last")] {
            check_installment(&mut seen, &at, &loan[period], &case[key], principal_usd);
        }
        seen.exact(&at, &loan[periods - 1].balance_usd, &0.0);
    }
    for (i, case) in list(&cases["sculpted_debt"]).iter().enumerate() {
        let of = |key: &str| number(&case["input"][key]);
        let loan = sculpted(&numbers(&case["input"]["cfads"]), of("dscr"), of("periodic_rate"));
        let at = format!("sculpted {i}");
        let principal_usd = number(&case["debt"]);
        let repaid_usd = loan.iter().map(|paid| paid.principal_usd).sum();
        seen.relative(&at, repaid_usd, principal_usd, FIGURES);
        let expected = list(&case["schedule"]);
        seen.exact(&at, &loan.len(), &expected.len());
        for (found, expected) in loan.iter().zip(expected) {
            check_installment(&mut seen, &at, found, expected, principal_usd);
        }
    }
    seen.report();
}
