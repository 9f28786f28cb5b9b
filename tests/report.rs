//! The report against the answers that it is made of: every number on the page stands in one of
//! them to the last bit, and every headline number of them stands on the page.
#![expect(clippy::unwrap_used, reason = "the built-in example and a page of our own")]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use compare::Watch;
use hashpivot::input::{self, Document, Sources};
use hashpivot::report::{self, Report};
use serde::Serialize;
use serde_json::Value;

/// The numbers of an answer, by their bits.
fn numbers(value: &Value, found: &mut BTreeSet<u64>) {
    match value {
        Value::Number(number) => {
            // Minus zero is shown, and meant, as zero.
            found.insert((number.as_f64().unwrap() + 0.0).to_bits());
        }
        Value::Array(elements) => elements.iter().for_each(|element| numbers(element, found)),
        Value::Object(table) => table.values().for_each(|value| numbers(value, found)),
        _ => {}
    }
}

fn bits(text: &str) -> u64 {
    (text.parse::<f64>().unwrap() + 0.0).to_bits()
}

/// What stands in `<data value="...">`, sums of the page's own apart.
fn shown(page: &str) -> (Vec<u64>, usize) {
    let mut found = Vec::new();
    let mut derived = 0;
    for tag in page.split("<data").skip(1) {
        let value = tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap();
        if tag.starts_with(" class=\"derived\"") {
            derived += 1;
        } else {
            found.push(bits(value));
        }
    }
    (found, derived)
}

fn add(found: &mut BTreeSet<u64>, answer: &impl Serialize) {
    numbers(&serde_json::to_value(answer).unwrap(), found);
}

/// The example's report and its page, made once.
static EXAMPLE: LazyLock<(Report, String)> = LazyLock::new(|| {
    let sources = Sources::of(Document::example());
    let loaded = input::load(&sources, &input::no_files).unwrap();
    let run = hashpivot::run(&loaded).unwrap();
    let watch = Watch::default();
    let report = Report::gather(&sources, &input::no_files, &loaded, run, &watch).unwrap();
    let page = report::html(&report);
    (report, page)
});

#[test]
fn every_number_of_the_page_is_one_of_the_answers() {
    let (report, page) = &*EXAMPLE;
    assert!(page.len() < 1_000_000, "{} bytes", page.len());

    let mut known = BTreeSet::new();
    add(&mut known, &report.run);
    add(&mut known, &report.explanation);
    add(&mut known, &report.sensitivity);
    for (_, map) in &report.maps {
        add(&mut known, map);
    }
    add(&mut known, &report.hours);
    add(&mut known, &report.halving);
    add(&mut known, &report.check);
    let (on_page, derived) = shown(page);
    assert!(on_page.len() > 2_000, "{}", on_page.len());
    // Sums over years or uses, and differences from the decision: a small part.
    assert!(derived < on_page.len() / 8, "{derived} of {}", on_page.len());
    for value in &on_page {
        assert!(known.contains(value), "{} is in no answer", f64::from_bits(*value));
    }

    let on_page: BTreeSet<u64> = on_page.into_iter().collect();
    let mut headline = BTreeSet::new();
    for site in &report.run.sites {
        add(&mut headline, &(site.npv_usd, site.gain_usd, site.best_mining_npv_usd));
        add(&mut headline, &site.uses);
        add(&mut headline, &site.cash_flow_by_year.iter().map(|y| y.net_usd).collect::<Vec<_>>());
        add(&mut headline, &site.cost_curve);
        add(&mut headline, &site.fleet);
        add(&mut headline, &site.irr.irr_frac);
    }
    for value in headline {
        assert!(on_page.contains(&value), "{} is not on the page", f64::from_bits(value));
    }
}

#[test]
fn every_chart_has_its_table_and_every_trace_its_formula() {
    let (_, page) = &*EXAMPLE;
    for (chart, table) in [
        ("Value of the site when one input moves", "One input at a time"),
        ("What the site does, by", "Across: "),
        ("Expected cash to the horizon", "Sums of the years above"),
        ("Average price of energy by month and hour", "Draw in use by month and hour"),
        ("Price of power by the share of hours", "Prices by rank"),
        ("Hashprice on each line", "Each line every twelve months"),
        ("Cost to mine against the price of power", "Cost to mine before credits"),
    ] {
        assert!(page.contains(chart) && page.contains(table), "{chart}: {table}");
    }
    let anchors: BTreeSet<&str> =
        page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    for link in page.split("href=\"#").skip(1) {
        let link = link.split('"').next().unwrap();
        assert!(anchors.contains(link), "{link} leads nowhere");
    }
    // Each formula is explained on the page itself.
    for formula in page.split("<article class=\"formula\"").skip(1) {
        let text = formula.split("</article>").next().unwrap();
        assert!(text.contains("<p>") && !text.contains("<p></p>"), "{text}");
    }
}
