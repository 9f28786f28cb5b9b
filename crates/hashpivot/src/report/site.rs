//! The chapter of one site: every figure behind its decision.

use maud::{Markup, html};

use super::format::{
    NONE, about, alternative, grouped, in_words, millions, percent, policy_in_words,
};
use super::summary::irr_in_words;
use super::table::{
    Column, cell, derived_cell, figure, figures, folded, millions_cell, name_cell, number, or_none,
    plain_table, said, shown_cell, table, traced, word_cell, word_or_none, words,
};
use super::{Report, charts, hours, sway, why};
use crate::result::{
    AlternativeRow, CashFlowYear, CostCurvePoint, CrossingRow, ExcludedRow, FleetCost, MwQuarter,
    PlanRow, SiteOnLine, SiteResult, SwitchingRow,
};

/// Rows above which a table is folded on the screen.
const MOST_OPEN_ROWS: usize = 16;

/// Everything about one site.
pub(super) fn site(index: usize, site: &SiteResult, report: &Report) -> Markup {
    let result = &report.run;
    let price = result.network.first().map_or(f64::NAN, |month| month.price_usd_per_btc);
    html! {
        section.chapter id={ "site-" (index) } {
            h2 { (site.name) }
            (key_figures(site))
            h3 { "Plan by outcome" }
            (plan(&site.plan))
            h3 { "Alternatives" }
            (charts::alternatives(site.npv_usd, &site.alternatives))
            (alternatives(site.npv_usd, &site.alternatives))
            @if !site.mw_by_quarter.is_empty() {
                h3 { "Power by use" }
                (charts::mw_by_use(&site.mw_by_quarter))
                (mw_by_quarter(&site.mw_by_quarter))
            }
            @if !site.cash_flow_by_year.is_empty() {
                h3 { "Cash flow" }
                (charts::cash_flow(&site.cash_flow_by_year))
                (cash_flow(&site.cash_flow_by_year))
                (charts::waterfall("Expected cash to the horizon, $M, not discounted", &steps(site)))
                (sums(&steps(site)))
            }
            @if site.fleet.is_some() || !site.cost_curve.is_empty() {
                h3 { "Cost to mine" }
                (cost(site, price))
            }
            @if let Some(hours) = report.hours.iter().find(|h| h.site.as_ref() == Some(&site.id)) {
                h3 { "Hour by hour" }
                (hours::hours(hours))
            }
            h3 { "What would change the decision" }
            (switching(&site.switching))
            @if let Some(sensitivity) = &report.sensitivity {
                h3 { "One input at a time" }
                (sway::tornado(index, sensitivity))
            }
            @if let Some((_, map)) = report.maps.iter().find(|(id, _)| *id == site.id) {
                h3 { "Two inputs" }
                (sway::decision_map(index, map))
            }
            @if let Some(explanation) = &report.explanation {
                h3 { "What power is worth here" }
                (why::power(index, explanation))
            }
            @if !site.by_line.is_empty() {
                h3 { "Which network you believe in" }
                (by_line(&site.by_line))
            }
            h3 { "Excluded offers" }
            (excluded(&site.excluded))
        }
    }
}

/// Single figures of the site.
fn key_figures(site: &SiteResult) -> Markup {
    let usd = |name: &str, key: &str, usd: f64| figure(name, key, usd, &millions(usd), "$M");
    let mut list = vec![usd("Expected NPV", "npv_usd", site.npv_usd)];
    list.extend(
        site.npv_if_signed_usd.map(|v| usd("NPV, if everything is signed", "npv_if_signed_usd", v)),
    );
    list.extend([
        usd("Best way of mining on", "best_mining_npv_usd", site.best_mining_npv_usd),
        said("Best mining policy", policy_in_words(site.best_mining_policy)),
        usd("Gain over it", "gain_usd", site.gain_usd),
        usd("Capex of halls, if signed", "capex_usd", site.capex_usd),
        match site.irr.irr_frac {
            Some(frac) => {
                figure("IRR of the increment", "irr_frac", frac, &percent(frac), "% a year")
            }
            None => said("IRR of the increment", &irr_in_words(&site.irr)),
        },
        match site.mirr_frac {
            Some(frac) => {
                figure("MIRR of the increment", "mirr_frac", frac, &percent(frac), "% a year")
            }
            None => said("MIRR of the increment", "none"),
        },
        match site.payback_months {
            Some(months) => {
                figure("Payback", "payback_months", months, &grouped(months, 0), "months")
            }
            None => said("Payback", "never"),
        },
    ]);
    let one_more = site.shadow.one_more_gross_mw_usd;
    list.extend(one_more.map(|v| {
        figure("One more MW adds", "one_more_gross_mw_usd", v, &millions(v), "$M per MW gross")
    }));
    list.extend(site.hold_share_usd_per_eh_year.map(|v| {
        figure(
            "Holding the share of hash rate",
            "hold_share_usd_per_eh_year",
            v,
            &millions(v),
            "$M per EH/s-year",
        )
    }));
    list.push(said("Mining policy of the plan", policy_in_words(site.mining_policy)));
    list.push(figure(
        "Plans valued",
        "plans",
        site.plans as f64,
        &grouped(site.plans as f64, 0),
        "",
    ));
    figures(&list)
}

const PLAN: [Column; 8] = [
    words("Signed in"),
    traced("Probability", "%", "probability"),
    words("Use"),
    words("Offer"),
    traced("Power", "MW gross", "gross_mw"),
    traced("IT load", "MW critical", "critical_mw"),
    words("First capital"),
    words("In service"),
];

/// What happens, one group a way in which the signatures turn out.
fn plan(rows: &[PlanRow]) -> Markup {
    let same =
        |a: &PlanRow, b: &PlanRow| a.signed_in == b.signed_in && a.probability == b.probability;
    let groups: Vec<Vec<Markup>> = rows
        .chunk_by(same)
        .map(|group| {
            let line = |(i, row): (usize, &PlanRow)| {
                html! {
                    tr.more[i > 0] {
                        @if i == 0 {
                            th.line scope="rowgroup" rowspan=(group.len()) {
                                (row.signed_in.as_deref().map_or(NONE.into(), in_words))
                            }
                            td.n rowspan=(group.len()) {
                                data value=(row.probability) { (percent(row.probability)) }
                            }
                        }
                        (word_cell(in_words(row.r#use)))
                        (word_or_none(row.offer.as_deref()))
                        (cell(row.gross_mw, 1))
                        (or_none(row.critical_mw, |mw| cell(mw, 1)))
                        (word_or_none(row.commit.as_deref()))
                        (word_or_none(row.in_service.as_deref()))
                    }
                }
            };
            group.iter().enumerate().map(line).collect()
        })
        .collect();
    table("What happens, by the quarter of the signature", &PLAN, &groups)
}

const ALTERNATIVES: [Column; 3] =
    [words("Plan"), traced("NPV", "$M", "npv_usd"), number("Against the decision", "$M")];

fn alternatives(chosen_usd: f64, rows: &[AlternativeRow]) -> Markup {
    let line = |name: String, usd: f64| {
        html! { tr { (name_cell(name)) (millions_cell(usd)) (derived_cell(usd - chosen_usd, &millions(usd - chosen_usd))) } }
    };
    let rows = std::iter::once(line("Decision".into(), chosen_usd))
        .chain(rows.iter().map(|row| line(alternative(&row.name), row.npv_usd)))
        .collect();
    plain_table("Value of the decision and of the pure plans", &ALTERNATIVES, rows)
}

const MW: [Column; 7] = [
    words("Quarters"),
    traced("Mining", "MW gross", "mining_gross_mw"),
    traced("Colocation", "MW gross", "colocation_gross_mw"),
    traced("GPU cloud", "MW gross", "gpu_cloud_gross_mw"),
    traced("Sold", "MW gross", "sale_gross_mw"),
    traced("Building or idle", "MW gross", "unused_gross_mw"),
    number("Sum", "MW gross"),
];

/// Expected MW; quarters in which nothing changes share a row.
fn mw_by_quarter(quarters: &[MwQuarter]) -> Markup {
    let levels = |q: &MwQuarter| {
        [
            q.mining_gross_mw,
            q.colocation_gross_mw,
            q.gpu_cloud_gross_mw,
            q.sale_gross_mw,
            q.unused_gross_mw,
        ]
    };
    let rows: Vec<Markup> = quarters
        .chunk_by(|a, b| levels(a) == levels(b))
        .filter_map(|run| {
            let (first, last) = (run.first()?, run.last()?);
            let span = if run.len() == 1 {
                first.quarter.clone()
            } else {
                format!("{} to {}", first.quarter, last.quarter)
            };
            let mw = levels(first);
            Some(html! {
                tr {
                    (name_cell(span))
                    @for level in mw { (cell(level, 1)) }
                    (derived_cell(mw.iter().sum(), &grouped(mw.iter().sum(), 1)))
                }
            })
        })
        .collect();
    fold_long("Expected power by use at the start of the quarter", &MW, rows)
}

/// A table, folded on the screen if it is long.
fn fold_long(caption: &str, columns: &[Column], rows: Vec<Markup>) -> Markup {
    let count = rows.len();
    let table = plain_table(caption, columns, rows);
    if count > MOST_OPEN_ROWS { folded(&format!("Table: {count} rows"), &table) } else { table }
}

const CASH_FLOW: [Column; 6] = [
    words("Plan year"),
    traced("Capital", "$M", "capex_usd"),
    traced("Operating", "$M", "operating_usd"),
    traced("Other", "$M", "other_usd"),
    traced("Tax", "$M", "tax_usd"),
    traced("Net", "$M", "net_usd"),
];

/// Cash flow; years in which nothing changes share a row.
fn cash_flow(years: &[CashFlowYear]) -> Markup {
    let parts =
        |y: &CashFlowYear| [y.capex_usd, y.operating_usd, y.other_usd, y.tax_usd, y.net_usd];
    let rows = years
        .chunk_by(|a, b| parts(a) == parts(b))
        .filter_map(|run| {
            let (first, last) = (run.first()?, run.last()?);
            let span = if run.len() == 1 {
                first.plan_year.to_string()
            } else {
                format!("{} to {}", first.plan_year, last.plan_year)
            };
            Some(html! { tr { (name_cell(span)) @for usd in parts(first) { (millions_cell(usd)) } } })
        })
        .collect();
    html! {
        (fold_long("Expected cash flow by plan year", &CASH_FLOW, rows))
        p.note {
            "Operating: mining margin, and revenue less power and operating cost. Other: resale, "
            "sale, prepayments and their credit."
        }
    }
}

/// What comes in and goes out over all years.
fn steps(site: &SiteResult) -> Vec<(String, f64, &'static str)> {
    let sum = |of: fn(&CashFlowYear) -> f64| {
        site.cash_flow_by_year.iter().map(of).fold(0.0, |sum, usd| sum + usd)
    };
    vec![
        ("Operating".to_owned(), sum(|y| y.operating_usd), "f-operating"),
        ("Other".to_owned(), sum(|y| y.other_usd), "f-other_flow"),
        ("Capital".to_owned(), sum(|y| y.capex_usd), "f-capex"),
        ("Tax".to_owned(), sum(|y| y.tax_usd), "f-tax"),
    ]
}

const SUMS: [Column; 2] = [words("Over all years"), number("Sum", "$M")];

fn sums(steps: &[(String, f64, &'static str)]) -> Markup {
    let net = steps.iter().fold(0.0, |sum, step| sum + step.1);
    let parts = steps.iter().map(|(name, usd, _)| (name.as_str(), *usd));
    let row = |(name, usd): (&str, f64)| {
        html! { tr { (name_cell(name)) (derived_cell(usd, &millions(usd))) } }
    };
    plain_table("Sums of the years above", &SUMS, parts.chain([("Net", net)]).map(row).collect())
}

const COST: [Column; 4] = [
    number("Price of power", "USD/MWh"),
    traced("Electricity", "USD/BTC", "electricity_usd_per_btc"),
    traced("Direct", "USD/BTC", "direct_before_credits_usd_per_btc"),
    traced("All-in", "USD/BTC", "all_in_before_credits_usd_per_btc"),
];

/// Cost to mine today, its chart and the figures of the chart.
fn cost(site: &SiteResult, price_usd_per_btc: f64) -> Markup {
    let fleet = site.fleet.as_ref();
    let row = |point: &CostCurvePoint| {
        html! {
            tr {
                (cell(point.usd_per_mwh, 2))
                (cell(point.electricity_usd_per_btc, 0))
                (cell(point.direct_before_credits_usd_per_btc, 0))
                (cell(point.all_in_before_credits_usd_per_btc, 0))
            }
        }
    };
    html! {
        @if let Some(fleet) = fleet { (fleet_figures(fleet)) }
        @if !site.cost_curve.is_empty() {
            (charts::cost_curve(
                &site.cost_curve,
                price_usd_per_btc,
                fleet.map(|f| f.usd_per_mwh),
                fleet.map(|f| f.breakeven_usd_per_mwh),
            ))
            (fold_long(
                "Cost to mine before credits, by price of power",
                &COST,
                site.cost_curve.iter().map(row).collect(),
            ))
        }
    }
}

/// Cost to mine of the fleet at the valuation date.
fn fleet_figures(fleet: &FleetCost) -> Markup {
    let all_in = fleet.all_in_before_credits_usd_per_btc;
    let all_in_hash = fleet.all_in_before_credits_usd_per_ph_day;
    let entries = [
        ("Electricity", "electricity_usd_per_btc", fleet.electricity_usd_per_btc, 0, "USD/BTC"),
        (
            "Direct before credits",
            "direct_before_credits_usd_per_btc",
            fleet.direct_before_credits_usd_per_btc,
            0,
            "USD/BTC",
        ),
        ("Direct", "direct_usd_per_btc", fleet.direct_usd_per_btc, 0, "USD/BTC"),
        ("All-in before credits", "all_in_before_credits_usd_per_btc", all_in, 0, "USD/BTC"),
        ("All-in", "all_in_usd_per_btc", fleet.all_in_usd_per_btc, 0, "USD/BTC"),
        (
            "All-in before credits",
            "all_in_before_credits_usd_per_ph_day",
            all_in_hash,
            2,
            "USD/PH/day",
        ),
        ("Hashprice", "hashprice_usd_per_ph_day", fleet.hashprice_usd_per_ph_day, 2, "USD/PH/day"),
        ("Price of power", "usd_per_mwh", fleet.usd_per_mwh, 2, "USD/MWh"),
        (
            "Break-even power, all-in",
            "breakeven_usd_per_mwh",
            fleet.breakeven_usd_per_mwh,
            2,
            "USD/MWh",
        ),
        ("Efficiency with overhead", "fleet_j_per_th", fleet.fleet_j_per_th, 2, "J/TH"),
        ("Installed hash rate", "installed_eh_per_s", fleet.installed_eh_per_s, 2, "EH/s"),
        ("Power of all machines", "machines_gross_mw", fleet.machines_gross_mw, 1, "MW gross"),
    ];
    let shown = |(name, key, value, decimals, unit): (&str, &str, f64, usize, &str)| {
        figure(name, key, value, &grouped(value, decimals), unit)
    };
    figures(&entries.map(shown))
}

const SWITCHING: [Column; 7] = [
    words("Input"),
    words("Unit"),
    number("Today", ""),
    traced("Flips below", "and its change", "value"),
    words("Then"),
    traced("Flips above", "and its change", "value"),
    words("Then"),
];

const BY_LINE: [Column; 5] = [
    words("The network follows"),
    words("Best"),
    traced("NPV", "$M", "npv_usd"),
    traced("Above mining on", "$M", "gain_usd"),
    traced("Mining on", "$M", "best_mining_npv_usd"),
];

fn by_line(rows: &[SiteOnLine]) -> Markup {
    let line = |row: &SiteOnLine| {
        html! {
            tr {
                (name_cell(in_words(row.line)))
                (word_cell(&row.best))
                (shown_cell(row.npv_usd, &millions(row.npv_usd)))
                (shown_cell(row.gain_usd, &millions(row.gain_usd)))
                (shown_cell(row.best_mining_npv_usd, &millions(row.best_mining_npv_usd)))
            }
        }
    };
    html! {
        (plain_table("The decision on each line of the network", &BY_LINE, rows.iter().map(line).collect()))
        p.note {
            "Mechanical: everything as today but the subsidy. Trend: steady rates. Response: machines "
            "come, stop, retire and leave. Shared limits hold on each."
        }
    }
}

fn switching(rows: &[SwitchingRow]) -> Markup {
    if rows.is_empty() {
        return html! { p { "No input can change the decision at this site." } };
    }
    let side = |crossing: Option<&CrossingRow>, delay: bool| {
        html! {
            @if let Some(at) = crossing {
                td.n {
                    data value=(at.value) { (about(at.value)) }
                    span.change { (change(at.factor, delay)) }
                }
                (word_cell(&at.to))
            } @else {
                td.n.none { "no crossing" }
                td {}
            }
        }
    };
    let line = |row: &SwitchingRow| {
        let delay = row.input == "delay";
        html! {
            tr {
                (name_cell(in_words(row.input)))
                (word_cell(row.unit))
                (shown_cell(row.base, &about(row.base)))
                (side(row.below.as_ref(), delay))
                (side(row.above.as_ref(), delay))
            }
        }
    };
    html! {
        (plain_table("Switching values", &SWITCHING, rows.iter().map(line).collect()))
        p.note {
            "Each input is moved over the whole horizon and the choice made anew among all plans. "
            "The change is a factor on today's value; for a delay, months added. "
            "No crossing: the decision stays from a tenth of today's value to tenfold, or for "
            "every delay that was tried."
        }
    }
}

/// A factor, or months added.
fn change(factor: f64, delay: bool) -> String {
    match (delay, factor > 0.0) {
        (true, true) => format!("+{} months", grouped(factor, 0)),
        (true, false) => format!("{} months", grouped(factor, 0)),
        (false, _) => format!("×{}", grouped(factor, 3)),
    }
}

const EXCLUDED: [Column; 5] = [
    words("Offer"),
    words("Limit"),
    traced("Needed", "", "needed"),
    traced("Available", "", "available"),
    words("Unit"),
];

fn excluded(rows: &[ExcludedRow]) -> Markup {
    if rows.is_empty() {
        return html! { p { "None: every offer fits into some schedule." } };
    }
    let line = |row: &ExcludedRow| {
        let (limit, unit, scale) = limit(row.constraint);
        html! {
            tr {
                (name_cell(&row.offer))
                (word_cell(limit))
                (shown_cell(row.needed, &about(row.needed / scale)))
                (shown_cell(row.available, &about(row.available / scale)))
                (word_cell(unit))
            }
        }
    };
    plain_table("Offers that no schedule can take", &EXCLUDED, rows.iter().map(line).collect())
}

/// A limit in words, the unit in which it is shown, and the divisor to that unit.
fn limit(constraint: &str) -> (String, &'static str, f64) {
    let (text, unit, scale) = match constraint {
        "approved_gross_mw" => ("approved power", "MW gross", 1.0),
        "energised_gross_mw" => ("energised power when it is needed", "MW gross", 1.0),
        "curtailable_min_frac" => ("power that need not be curtailable", "MW gross", 1.0),
        "tenant_mw" => ("power that the tenant takes", "MW gross", 1.0),
        "horizon_months" => ("in service before the horizon", "plan month", 1.0),
        "window" => ("window to commit", "plan quarter", 1.0),
        "group" => ("one offer of its group", "offers", 1.0),
        "capital" => ("capital", "$M", 1e6),
        other => return (in_words(other), NONE, 1.0),
    };
    (text.into(), unit, scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_factors_or_months() {
        for (factor, delay, shown) in [
            (0.833, false, "×0.833"),
            (6.0, true, "+6 months"),
            (-3.0, true, "\u{2212}3 months"),
            (0.0, true, "0 months"),
        ] {
            assert_eq!(change(factor, delay), shown);
        }
    }
}
