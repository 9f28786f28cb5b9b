//! Why all sites together decide as they do: what binds, what more of it brings, what comes next, and
//! what is regretted where the network moves otherwise.

use maud::{Markup, html};

use super::format::{NONE, grouped, in_words, millions, percent, sentence};
use super::table::{
    Column, millions_cell, name_cell, or_none, plain_table, shown_cell, traced, word_cell, words,
};
use crate::result::{
    DominatedRow, ExplainResult, NextBestRow, PortfolioCrossingRow, PortfolioSwitchingRow,
    RegretResult, SlopeRow,
};

/// The chapter.
pub(super) fn why(result: &ExplainResult) -> Markup {
    html! {
        section.chapter #why {
            h2 { "Why" }
            @for said in &result.sentences { p { (sentence(said)) } }
            @if !result.shadow.is_empty() {
                h3 { "What sites share, and what more of it brings" }
                (shadow(&result.shadow))
            }
            @if !result.next_best.is_empty() {
                h3 { "The next best" }
                (next_best(&result.next_best))
            }
            @if !result.portfolio_switching.is_empty() {
                h3 { "What would change what sites do together" }
                (switching(&result.portfolio_switching))
            }
            @if !result.dominated.is_empty() {
                h3 { "What is beaten" }
                (dominated(&result.dominated))
            }
            @if !result.regret.plans.is_empty() {
                h3 { "Regret, if the network moves otherwise" }
                (regret(&result.regret))
            }
            @if !result.signing.offers.is_empty() {
                h3 { "How many signatures will come" }
                (signing(result))
            }
        }
    }
}

const SHADOW: [Column; 6] = [
    words("Limit"),
    words("Unit"),
    traced("There is", "", "limit_amount"),
    words("Binds"),
    traced("One step more adds", "$M", "step_more_usd"),
    traced("One step less costs", "$M", "step_less_usd"),
];

fn shadow(rows: &[SlopeRow]) -> Markup {
    let row = |row: &SlopeRow| {
        let money = row.unit == "USD";
        let amount = if money { millions(row.limit_amount) } else { grouped(row.limit_amount, 1) };
        let usd = |usd: f64| shown_cell(usd, &grouped(usd / 1e6, 3));
        html! {
            tr {
                (name_cell(&row.limit))
                (word_cell(if money { "$M" } else { row.unit }))
                (shown_cell(row.limit_amount, &amount))
                (word_cell(if row.binds { "yes" } else { "no" }))
                (usd(row.step_more_usd))
                (or_none(row.step_less_usd, usd))
            }
        }
    };
    html! {
        (plain_table("Shadow prices with whole plans", &SHADOW, rows.iter().map(row).collect()))
        p.note { "A step is a million dollars or a megawatt. Everything is decided again after it." }
    }
}

const NEXT_BEST: [Column; 4] = [
    words("Site that decides otherwise"),
    words("Instead"),
    words("With it"),
    traced("Loss of all sites", "$M", "loss_usd"),
];

fn next_best(rows: &[NextBestRow]) -> Markup {
    let row = |row: &NextBestRow| {
        let with_it = row.with_it.join("; ");
        html! {
            tr {
                (name_cell(&row.site))
                (word_cell(&row.instead))
                (word_cell(if with_it.is_empty() { NONE } else { &with_it }))
                (millions_cell(row.loss_usd))
            }
        }
    };
    plain_table("The best plans otherwise", &NEXT_BEST, rows.iter().map(row).collect())
}

const SWITCHING: [Column; 5] = [
    words("Input, at all sites"),
    traced("Flips below", "% of today", "factor"),
    words("Then"),
    traced("Flips above", "% of today", "factor"),
    words("Then"),
];

fn switching(rows: &[PortfolioSwitchingRow]) -> Markup {
    let side = |crossing: &Option<PortfolioCrossingRow>| {
        html! {
            @if let Some(at) = crossing {
                (shown_cell(at.factor, &percent(at.factor)))
                (word_cell(at.changes.join("; ")))
            } @else {
                td.n.none { "no change" }
                td {}
            }
        }
    };
    let row = |row: &PortfolioSwitchingRow| {
        html! { tr { (name_cell(in_words(row.input))) (side(&row.below)) (side(&row.above)) } }
    };
    plain_table("Switching values of all sites", &SWITCHING, rows.iter().map(row).collect())
}

const DOMINATED: [Column; 4] =
    [words("Site"), words("Decision"), words("Beaten by"), traced("Behind", "$M", "behind_usd")];

fn dominated(rows: &[DominatedRow]) -> Markup {
    let row = |row: &DominatedRow| {
        html! {
            tr {
                (name_cell(&row.site))
                (word_cell(&row.decision))
                (word_cell(&row.beaten_by))
                (millions_cell(row.behind_usd))
            }
        }
    };
    html! {
        (plain_table("Decisions that another one beats", &DOMINATED, rows.iter().map(row).collect()))
        p.note { "What beats them is worth more and takes no more of anything that is shared." }
    }
}

const REGRET: [Column; 4] = [
    words("Plan that is best on"),
    words("It does"),
    words("Its value in each future, $M"),
    traced("Most regret", "$M", "most_regret_usd"),
];

fn regret(result: &RegretResult) -> Markup {
    let row = |row: &crate::result::RegretRow| {
        let values: Vec<Markup> = result
            .futures
            .iter()
            .zip(&row.values_usd)
            .map(|(future, usd)| {
                html! {
                    span.change {
                        (in_words(future)) ": "
                        @match usd {
                            Some(usd) => { data value=(usd) { (millions(*usd)) } },
                            None => { (NONE) },
                        }
                    }
                }
            })
            .collect();
        html! {
            tr {
                (name_cell(in_words(&row.best_in)))
                (word_cell(row.does.join("; ")))
                td { @for value in values { (value) } }
                (or_none(row.most_regret_usd, millions_cell))
            }
        }
    };
    html! {
        (plain_table("Plans in futures", &REGRET, result.plans.iter().map(row).collect()))
        p.note { "Least regret: the plan that is best on " (in_words(&result.least_regret)) "." }
    }
}

const SIGNING: [Column; 3] = [
    words("Signed"),
    traced("Probability", "%", "signed_probability"),
    traced("If independent", "%", "independent_probability"),
];

fn signing(result: &ExplainResult) -> Markup {
    let of = &result.signing;
    let pairs = of.signed_probability.iter().zip(&of.independent_probability).enumerate();
    let rows = pairs.map(|(count, (together, apart))| {
        html! {
            tr {
                (name_cell(count))
                (shown_cell(*together, &percent(*together)))
                (shown_cell(*apart, &percent(*apart)))
            }
        }
    });
    html! {
        p { "Unsigned offers taken: " (of.offers.join(", ")) "." }
        (plain_table("Signatures", &SIGNING, rows.collect()))
    }
}

const POWER: [Column; 3] = [
    words("From"),
    traced("One MW more adds", "$M", "more_power_usd"),
    traced("One MW less costs", "$M", "less_power_usd"),
];

/// What one more or one less MW at a site brings to all of them; quarters that are alike share a row.
pub(super) fn power(index: usize, result: &ExplainResult) -> Markup {
    let Some(site) = result.sites.get(index) else { return html! {} };
    let same = |a: &crate::result::PowerRow, b: &crate::result::PowerRow| {
        (a.more_power_usd, a.less_power_usd) == (b.more_power_usd, b.less_power_usd)
    };
    let rows = site.power.chunk_by(same).filter_map(|run| {
        let first = run.first()?;
        let usd = |usd: f64| shown_cell(usd, &grouped(usd / 1e6, 3));
        Some(html! {
            tr {
                (name_cell(&first.from_quarter))
                (usd(first.more_power_usd))
                (or_none(first.less_power_usd, usd))
            }
        })
    });
    plain_table("One MW, approved and energised from a quarter on", &POWER, rows.collect())
}
