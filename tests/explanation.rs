//! What `explain` says in words is what it says in numbers: every sentence is taken apart and held
//! against the answer's own figures.
#![expect(
    clippy::unwrap_used,
    reason = "answers of the built-in example; a test that cannot read them stops"
)]

use hashpivot::explain;
use hashpivot::input::{self, Document, Sources};
use serde_json::Value;

fn answer() -> Value {
    let loaded = input::load(&Sources::of(Document::example()), &input::no_files).unwrap();
    serde_json::to_value(explain::explain(&loaded, None).unwrap()).unwrap()
}

/// Millions of dollars with so many decimals, as a reader would round them.
fn said_millions(usd: f64, decimals: usize) -> String {
    said(usd / 1e6, decimals)
}

/// A number with thousands separated.
fn said(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, rest) = plain.split_once('.').map_or((plain.as_str(), ""), |parts| parts);
    let mut grouped = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign =
        if value < 0.0 && plain.chars().any(|c| ('1'..='9').contains(&c)) { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{rest}") }
}

fn said_percent(frac: f64) -> String {
    format!("{} %", said(frac * 100.0, 1))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

/// The words of a list of strings.
fn words(value: &Value) -> String {
    list(value).iter().map(text).collect::<Vec<_>>().join(", ")
}

/// What is too little to be said.
const NOTHING_USD: f64 = 5e3;

#[test]
fn the_portfolio_says_what_its_figures_say() {
    let answer = answer();
    let mut expected = Vec::new();
    let all = &answer["portfolio"];
    assert_eq!(all["status"], "proven");
    expected.push(format!(
        "all sites together are worth ${} M, and no plan is worth more (proven)",
        said_millions(number(&all["npv_usd"]), 1)
    ));
    for row in list(&answer["shadow"]) {
        let (per, decimals) = if row["unit"] == "USD" { ("million", 3) } else { ("MW", 2) };
        let limit = text(&row["limit"]);
        let mixed = number(&row["right_usd_per_unit"]) * number(&row["step_amount"]);
        let more = number(&row["step_more_usd"]);
        assert_eq!(row["binds"].as_bool().unwrap(), more >= 1.0, "{row}");
        let mut sentence = if more >= 1.0 {
            format!(
                "{limit} binds: the next {per} adds ${} M, the last one added ${} M",
                said_millions(more, decimals),
                row["step_less_usd"].as_f64().map_or("-".into(), |x| said_millions(x, decimals))
            )
        } else {
            format!("{limit} does not bind: the next {per} adds nothing")
        };
        if mixed >= NOTHING_USD {
            let mixed = said_millions(mixed, decimals);
            sentence =
                format!("{sentence}, as plans are whole (${mixed} M if they could be mixed)");
        }
        expected.push(sentence);
    }
    let next = &answer["next_best"][0];
    expected.push(format!(
        "the next best plan differs at {} ({}) and is worth ${} M less",
        text(&next["site"]),
        text(&next["instead"]),
        said_millions(number(&next["loss_usd"]), 1)
    ));
    for row in list(&answer["portfolio_switching"]) {
        for side in ["below", "above"] {
            if !row[side].is_null() {
                expected.push(format!(
                    "{side} {} of today's {} the plan changes: {}",
                    said_percent(number(&row[side]["factor"])),
                    text(&row["input"]).replace('_', " "),
                    words(&row[side]["changes"])
                ));
            }
        }
    }
    let regret = &answer["regret"];
    let futures = list(&regret["futures"]).len();
    let most = number(&regret["plans"][0]["most_regret_usd"]);
    expected.push(if most < NOTHING_USD {
        format!("in all {futures} futures of the network it would have been the best plan")
    } else {
        format!(
            "over the {futures} futures of the network it is at most ${} M behind what would have \
             been best; the plan that is least regretted is the best one in {}",
            said_millions(most, 1),
            text(&regret["least_regret"])
        )
    });
    let signing = &answer["signing"];
    let offers = list(&signing["offers"]);
    if offers.len() > 1 {
        let probabilities = list(&signing["signed_probability"]);
        expected.push(format!(
            "of {} unsigned offers none is signed with a probability of {}, all with {}",
            offers.len(),
            said_percent(number(&probabilities[0])),
            said_percent(number(probabilities.last().unwrap()))
        ));
    }
    let found: Vec<&str> = list(&answer["sentences"]).iter().map(text).collect();
    assert_eq!(found, expected);
}

#[test]
fn every_site_says_what_its_figures_say() {
    let answer = answer();
    for site in list(&answer["sites"]) {
        let sentences: Vec<&str> = list(&site["sentences"]).iter().map(text).collect();
        let id = text(&site["id"]);
        // What it is worth.
        let npv_usd = number(&site["npv_usd"]);
        let mining_usd = npv_usd - number(&site["gain_usd"]);
        let worth = format!(
            "worth ${} M against ${} M mining on",
            said_millions(npv_usd, 1),
            said_millions(mining_usd, 1)
        );
        assert!(sentences.iter().any(|s| s.starts_with(&worth)), "{id}: {worth} in {sentences:?}");
        // What it does: every offer of the decision is named.
        let decision = text(&site["decision"]);
        for part in decision.split(" + ") {
            let offer = part.split_once('(').map(|(_, rest)| rest.trim_end_matches(')'));
            let says = |s: &&str| match (offer, part) {
                (Some(offer), _) => s.contains(offer),
                (None, "sale") => s.contains("sell the site"),
                (None, "idle") => s.contains("stop mining"),
                (None, _) => s.contains("keep mining"),
            };
            assert!(sentences.iter().any(says), "{id}: {part} in {sentences:?}");
        }
        // What would be done instead.
        let row = list(&answer["next_best"]).iter().find(|row| row["site"] == id).unwrap();
        let mut instead = format!(
            "the next best here is {}: all sites together would be worth ${} M less",
            text(&row["instead"]),
            said_millions(number(&row["loss_usd"]), 1)
        );
        if !list(&row["with_it"]).is_empty() {
            instead = format!("{instead}, with {}", words(&row["with_it"]));
        }
        assert!(sentences.contains(&instead.as_str()), "{id}: {instead} in {sentences:?}");
        // What power is worth.
        let first = &site["power"][0];
        let amount = |usd: f64| {
            if usd < NOTHING_USD {
                "nothing".to_owned()
            } else {
                format!("${} M", said_millions(usd, 2))
            }
        };
        let power = format!(
            "one more MW gross from {} on would add {}, one less would cost {}",
            text(&first["from_quarter"]),
            amount(number(&first["more_power_usd"])),
            amount(number(&first["less_power_usd"]))
        );
        assert!(sentences.contains(&power.as_str()), "{id}: {power} in {sentences:?}");
    }
}

/// What the figures themselves have to keep to.
#[test]
fn the_figures_hold_together() {
    let answer = answer();
    let total: f64 = list(&answer["sites"]).iter().map(|site| number(&site["npv_usd"])).sum();
    let npv_usd = number(&answer["portfolio"]["npv_usd"]);
    assert!((total - npv_usd).abs() < 1e-6 * npv_usd.abs());
    for row in list(&answer["portfolio"]["limits"]) {
        let (used, most) = (number(&row["used_amount"]), number(&row["limit_amount"]));
        assert!(used <= most * (1.0 + 1e-9), "{row}");
        // Complementary slackness of the mixture shows in the plan only where it is whole; a price
        // is never negative.
        assert!(number(&row["price_usd_per_unit"]) >= 0.0);
    }
    for row in list(&answer["shadow"]) {
        let right = number(&row["right_usd_per_unit"]);
        let left = row["left_usd_per_unit"].as_f64().unwrap_or(f64::INFINITY);
        assert!(right <= left + 1e-6 * (1.0 + left.abs()), "concave: {row}");
        assert!(number(&row["step_more_usd"]) >= 0.0 && right >= 0.0, "{row}");
        let amount = number(&row["limit_amount"]);
        assert!(number(&row["left_until_amount"]) <= amount);
        assert!(row["right_until_amount"].as_f64().is_none_or(|until| until >= amount));
    }
    let losses: Vec<f64> =
        list(&answer["next_best"]).iter().map(|row| number(&row["loss_usd"])).collect();
    assert!(losses.is_sorted() && losses.iter().all(|loss| *loss >= -1e-3), "{losses:?}");
    for row in list(&answer["dominated"]) {
        assert!(number(&row["behind_usd"]) > 0.0);
    }
    let regret = &answer["regret"];
    for (plan, row) in list(&regret["plans"]).iter().enumerate() {
        let values = list(&row["values_usd"]);
        for (future, value) in values.iter().enumerate() {
            let best = number(&regret["plans"][future]["values_usd"][future]);
            let value = value.as_f64().unwrap_or(f64::NEG_INFINITY);
            assert!(value <= best + 1e-6 * best.abs(), "plan {plan}, future {future}");
        }
    }
    let signing = list(&answer["signing"]["signed_probability"]);
    assert!((signing.iter().map(number).sum::<f64>() - 1.0).abs() < 1e-12);
}
