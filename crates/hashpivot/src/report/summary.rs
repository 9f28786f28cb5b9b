//! The first screen: what was asked, what to do at each site, and how sure that is.

use maud::{Markup, html};

use super::charts;
use super::format::{NONE, about, grouped, in_words, millions, percent, policy_in_words, sentence};
use super::table::{
    Column, cell, derived_cell, millions_cell, name_cell, no_number, or_none, plain_table,
    shown_cell, traced, word_cell, word_or_none, words,
};
use crate::result::{IrrResult, PortfolioResult, RunResult, SiteResult, UseRow};

/// Heading, the figures of all sites, and the decision for each.
pub(super) fn summary(result: &RunResult) -> Markup {
    html! {
        section #decision {
            header {
                p.brand { "hashpivot " (result.about.version) " · decision report" }
                h1 { (result.plan_name) }
                p.facts { (terms(result)) }
                @if let Some(line) = network_line(result) { p.facts { (line) } }
            }
            (figures(result))
            (portfolio(&result.portfolio))
            @if result.plan_held {
                p { "The plan is held: it was chosen for other inputs and is valued with these." }
            }
            (at_a_glance(result))
            @for (index, site) in result.sites.iter().enumerate() {
                (decision(index, site))
            }
            (notice(result))
        }
    }
}

/// When, for how long and at what rate money is valued.
fn terms(result: &RunResult) -> String {
    let by_use: Vec<String> = result
        .discount_rate_by_use
        .iter()
        .map(|(name, rate)| format!("{} {} %", in_words(name), percent(*rate)))
        .collect();
    let by_use =
        if by_use.is_empty() { String::new() } else { format!(" ({})", by_use.join(", ")) };
    format!(
        "Valued {} over {} months at {} % a year{by_use}; {}, tax {} %.",
        result.valuation_date,
        grouped(result.horizon_months as f64, 0),
        percent(result.discount_rate_frac),
        basis(result.about.npv_basis),
        percent(result.tax_rate_frac),
    )
}

/// What the headline value is.
pub(super) fn basis(word: &str) -> String {
    match word {
        "project_after_tax" => "project value after tax, no debt".into(),
        other => in_words(other),
    }
}

/// Where the network stands in the first month.
fn network_line(result: &RunResult) -> Option<String> {
    let first = result.network.first()?;
    Some(format!(
        "Network: {} from block {}, {} EH/s, difficulty {} T, fees {} BTC per block; \
         BTC ${}, hashprice ${} per PH/day.",
        in_words(&result.projection).to_lowercase(),
        grouped(first.height, 0),
        grouped(first.network_eh_per_s, 1),
        grouped(first.difficulty / 1e12, 2),
        about(first.fees_btc_per_block),
        grouped(first.price_usd_per_btc, 0),
        grouped(first.hashprice_usd_per_ph_day, 2),
    ))
}

/// Four figures of all sites together.
fn figures(result: &RunResult) -> Markup {
    let portfolio = &result.portfolio;
    let gain: f64 = result.sites.iter().map(|site| site.gain_usd).sum();
    let budget = portfolio.capital_available_usd.map_or_else(
        || "no limit given".to_owned(),
        |available| format!("of ${} M available", millions(available)),
    );
    let figure = |name: &str, value: &str, unit: &str, beside: &str| {
        html! {
            div {
                dt { (name) }
                dd { span.big { (value) } " " span.unit { (unit) } div.beside { (beside) } }
            }
        }
    };
    html! {
        dl.figures {
            (figure("Expected value", &millions(portfolio.npv_usd), "$M", "all sites"))
            (figure("Gain", &millions(gain), "$M", "over the best way of mining on"))
            (figure("Capital reserved", &millions(portfolio.capital_used_usd), "$M", &budget))
            (figure("Gap to the best possible", &percent(portfolio.gap), "%", status(portfolio)))
        }
    }
}

/// How far the optimum is known, in short.
fn status(portfolio: &PortfolioResult) -> &'static str {
    match portfolio.status {
        "proven" => "proven",
        "bounded" => "bounded, not proven",
        _ => "not verified",
    }
}

/// The line on all sites: optimum, gap, price of capital.
fn portfolio(portfolio: &PortfolioResult) -> Markup {
    let value = millions(portfolio.npv_usd);
    let bound = millions(portfolio.bound_usd);
    let optimum = match portfolio.status {
        "proven" => format!("The plan of all sites is worth ${value} M, proven to be the best."),
        "bounded" => format!(
            "The plan of all sites is worth ${value} M; no plan can be worth more than \
             ${bound} M, so it is within {} % of the best possible.",
            percent(portfolio.gap)
        ),
        _ => format!(
            "The plan of all sites is worth ${value} M against a bound of ${bound} M, which \
             has not been verified."
        ),
    };
    let price = portfolio.shadow.capital_usd_per_usd;
    let capital = if portfolio.capital_available_usd.is_none() {
        "Capital is not limited.".to_owned()
    } else if price == 0.0 {
        "More capital would add nothing.".to_owned()
    } else {
        format!("One more dollar of capital would add ${}.", grouped(price, 2))
    };
    html! { p.portfolio { (optimum) " " (capital) } }
}

const SITES: [Column; 5] = [
    words("Site"),
    words("What to do"),
    words("Power by use over time"),
    traced("Value", "$M", "npv_usd"),
    traced("Above mining on", "$M", "gain_usd"),
];

/// One row a site: what to do, for how much, and what would change it.
fn at_a_glance(result: &RunResult) -> Markup {
    let row = |(index, site): (usize, &SiteResult)| {
        let flips = site.sentences.last().and_then(|said| said.split_once("; would flip "));
        html! {
            tr {
                th scope="row" { a href={ "#site-" (index) } { (site.name) } }
                td {
                    @if let Some(said) = site.sentences.first() { (sentence(said)) }
                    @if let Some((_, at)) = flips { span.change { "Would flip " (at) "." } }
                }
                td { (charts::mw_strip(&site.mw_by_quarter)) }
                (millions_cell(site.npv_usd))
                (millions_cell(site.gain_usd))
            }
        }
    };
    let rows = result.sites.iter().enumerate().map(row).collect();
    html! {
        div.glance { (plain_table("The decision for each site", &SITES, rows)) }
        (charts::use_legend())
    }
}

const USES: [Column; 8] = [
    words("Use"),
    words("Offer"),
    traced("Power", "MW gross", "gross_mw"),
    traced("NPV", "$M", "npv_usd"),
    traced("NPV per MW", "$M per MW gross", "npv_usd_per_gross_mw"),
    traced("IRR", "% a year", "irr_frac"),
    traced("Payback", "months", "payback_months"),
    traced("Capex", "$M", "capex_usd"),
];

/// One site: sentences first, then its uses with their sum.
fn decision(index: usize, site: &SiteResult) -> Markup {
    let mw: f64 = site.uses.iter().map(|row| row.gross_mw).sum();
    let capex: f64 = site.uses.iter().map(|row| row.capex_usd).sum();
    let per_mw = (mw > 0.0).then(|| site.npv_usd / mw);
    let sum = html! {
        tr.sum {
            (name_cell("Site"))
            (word_cell(""))
            (derived_cell(mw, &grouped(mw, 1)))
            (millions_cell(site.npv_usd))
            (or_none(per_mw, |usd| derived_cell(usd, &grouped(usd / 1e6, 2))))
            (irr_cell(&site.irr))
            (or_none(site.payback_months, |months| cell(months, 0)))
            (derived_cell(capex, &millions(capex)))
        }
    };
    let rows = site.uses.iter().map(use_row).chain([sum]).collect();
    html! {
        article.decision {
            h2 { a href={ "#site-" (index) } { (site.name) } }
            @for said in &site.sentences { p.sentence { (sentence(said)) } }
            (plain_table(&format!("{}: decision by use", site.name), &USES, rows))
        }
    }
}

fn use_row(row: &UseRow) -> Markup {
    html! {
        tr {
            (name_cell(in_words(row.r#use)))
            (word_or_none(row.offer.as_deref()))
            (cell(row.gross_mw, 1))
            (millions_cell(row.npv_usd))
            (or_none(row.npv_usd_per_gross_mw, |usd| shown_cell(usd, &grouped(usd / 1e6, 2))))
            (no_number())
            (no_number())
            (millions_cell(row.capex_usd))
        }
    }
}

/// The rate of return, or why there is none.
fn irr_cell(irr: &IrrResult) -> Markup {
    // All of several roots stand in the site's own chapter.
    let words = || html! { td.n { @if irr.kind == "many" { "several" } @else { "none" } } };
    irr.irr_frac.map_or_else(words, |frac| shown_cell(frac, &percent(frac)))
}

/// The rate of return in words: the rate, every root, or that there is none.
pub(super) fn irr_in_words(irr: &IrrResult) -> String {
    match (irr.irr_frac, irr.kind) {
        (Some(frac), _) => percent(frac),
        (None, "many") => {
            irr.roots_frac.iter().map(|r| percent(*r)).collect::<Vec<_>>().join(" or ")
        }
        _ => "none".into(),
    }
}

/// What the tables count, and what deserves a look before the figures are used.
fn notice(result: &RunResult) -> Markup {
    let mut policies: Vec<String> = result
        .sites
        .iter()
        .map(|site| format!("{}: {}", site.name, policy_in_words(site.best_mining_policy)))
        .collect();
    if policies.is_empty() {
        policies.push(NONE.into());
    }
    html! {
        p.note {
            "NPV is expected over how signatures turn out; power and capex are those if everything "
            "is signed. IRR and payback are of what the decision adds to the best way of mining on ("
            (policies.join("; ")) "). "
            a href="#assumptions" {
                (result.about.defaults.len()) " defaults used"
                @if !result.warnings.is_empty() {
                    ", " (result.warnings.len())
                    @if result.warnings.len() == 1 { " warning" } @else { " warnings" }
                }
            }
            "."
        }
    }
}
