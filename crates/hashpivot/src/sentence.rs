//! The decision in words, composed from the numbers.

use std::fmt::Write;

use compare::{Choice, Commit, Deal, Pick, Portfolio, Site, SiteDecision, Use, World};

use crate::{
    result::{CrossingRow, ExplainResult, NextBestRow, PowerRow, SwitchingRow},
    view::{grouped, millions, percent},
};

/// What to do at a site, what it is worth, and what would change it.
pub(crate) fn decision(
    portfolio: &Portfolio,
    world: &World,
    index: usize,
    decision: &SiteDecision,
    switching: &[SwitchingRow],
) -> Vec<String> {
    let site = &portfolio.sites[index];
    let choice = &decision.choice;
    let mut sentences: Vec<String> =
        choice.picks.iter().map(|pick| of_pick(portfolio, world, site, pick)).collect();
    let mining_mw = decision.outcomes[0].mining_gross_mw;
    let policy = choice.policy.as_str().replace('_', " ");
    match (choice.exit, choice.picks.is_empty()) {
        (Some(exit), _) => sentences.push(match exit.to {
            Use::Sale => format!("sell the site on {}-01", world.calendar(3 * exit.quarter)),
            _ => format!(
                "stop mining on {}-01 and sell the machines",
                world.calendar(3 * exit.quarter)
            ),
        }),
        (None, true) => {
            sentences.push(format!("keep mining on {} MW gross ({policy})", grouped(mining_mw, 0)));
        }
        (None, false) if mining_mw > 0.5 => sentences.push(format!(
            "until then, and after it on {} MW gross, keep mining ({policy})",
            grouped(mining_mw, 0)
        )),
        (None, false) => sentences.push(format!("until then keep mining ({policy})")),
    }
    let mut worth = format!(
        "worth ${} M against ${} M mining on",
        millions(decision.npv_usd),
        millions(decision.best_mining.1)
    );
    if let Some(signed) = decision.npv_if_signed_usd {
        let _ = write!(worth, " (${} M if signed)", millions(signed));
    }
    let flips: Vec<String> = switching.iter().filter_map(flip).collect();
    if switching.is_empty() {
        // Nothing was moved: nothing to say.
    } else if flips.is_empty() {
        worth.push_str("; nothing tried from a tenth to tenfold would change that");
    } else {
        worth.push_str("; would flip ");
        worth.push_str(&flips.join(" or "));
    }
    sentences.push(worth);
    sentences
}

fn of_pick(portfolio: &Portfolio, world: &World, site: &Site, pick: &Pick) -> String {
    let offer = &site.offers[pick.offer];
    let size = format!(
        "{} MW critical ({} MW gross)",
        grouped(pick.critical_mw, 0),
        grouped(offer.gross_mw(pick.critical_mw), 0)
    );
    let what = match &offer.deal {
        Deal::Colocation(_) => format!("lease out {size}"),
        Deal::GpuCloud(_) => format!("run a GPU cloud on {size}"),
    };
    let who = offer.tenant.map_or_else(|| offer.id.clone(), |t| portfolio.tenants[t].id.clone());
    let months = offer.delivery.months_to_deliver;
    match (offer.signing, pick.quarter) {
        (Some(signing), None) => {
            // Signed up to the last day of the window.
            let by = world.calendar(signing.window_months - 1);
            format!(
                "if {who} signs by {by} ({}): {what}, in service {months} months after commitment",
                offer.id
            )
        }
        (signing, quarter) => {
            let commit = 3 * quarter.unwrap_or_default();
            let on_spec = signing.is_some_and(|s| s.commit == Commit::OnSpec);
            format!(
                "{}{what} ({}): commit on {}-01, in service on {}-01",
                if on_spec { "before it is signed, " } else { "" },
                offer.id,
                world.calendar(commit),
                world.calendar(commit + months)
            )
        }
    }
}

/// One half-sentence on where an input flips the decision.
fn flip(row: &SwitchingRow) -> Option<String> {
    let (name, decimals) = match row.input {
        "btc_price" => ("per BTC", 0),
        "power_price" => ("per MWh of power", 1),
        "lease_rate" => ("per kW-month of rent", 1),
        "gpu_price" => ("per GPU-hour", 2),
        _ => return None,
    };
    let side = |word: &str, crossing: &CrossingRow| {
        format!("{word} ${} {name}", grouped(crossing.value, decimals))
    };
    let below = row.below.as_ref().map(|c| side("below", c));
    let above = row.above.as_ref().map(|c| side("above", c));
    match (below, above) {
        (Some(below), Some(above)) => Some(format!("{below} or {above}")),
        (one, other) => one.or(other),
    }
}

/// A choice in a few words: `colocation (cedar-fork-colo)`, `mining`, `sale`.
pub(crate) fn label(site: &Site, choice: &Choice) -> String {
    if let Some(exit) = choice.exit {
        return exit.to.as_str().to_owned();
    }
    if choice.picks.is_empty() {
        return Use::Mining.as_str().to_owned();
    }
    let offers: Vec<String> = choice
        .picks
        .iter()
        .map(|pick| {
            let offer = &site.offers[pick.offer];
            format!("{} ({})", offer.deal.use_of_mw().as_str().replace('_', " "), offer.id)
        })
        .collect();
    offers.join(" + ")
}

/// What would be done instead, and what that would cost.
pub(crate) fn instead(otherwise: Option<&NextBestRow>) -> Vec<String> {
    let Some(row) = otherwise else {
        return vec!["nothing else can be done here within the plan's demands".to_owned()];
    };
    let mut text = format!(
        "the next best here is {}: all sites together would be worth ${} M less",
        row.instead,
        millions(row.loss_usd)
    );
    if !row.with_it.is_empty() {
        let _ = write!(text, ", with {}", row.with_it.join(", "));
    }
    vec![text]
}

/// What one more MW is worth, from the first quarter and from when it is worth nothing any more.
pub(crate) fn power(rows: &[PowerRow]) -> Vec<String> {
    let Some(first) = rows.first() else { return Vec::new() };
    let said = |usd: f64| {
        if usd < LEAST_SAID_USD {
            "nothing".to_owned()
        } else {
            format!("${} M", millions_fine(usd))
        }
    };
    let mut text = format!(
        "one more MW gross from {} on would add {}",
        first.from_quarter,
        said(first.more_power_usd)
    );
    if let Some(less) = first.less_power_usd {
        let _ = write!(text, ", one less would cost {}", said(less));
    }
    vec![text]
}

/// What is less than this is nothing to people who decide over millions.
const LEAST_SAID_USD: f64 = 5e3;

/// Millions with two decimals: what a single megawatt or million moves.
fn millions_fine(usd: f64) -> String {
    grouped(usd / 1e6, 2)
}

/// The portfolio in sentences, each from the figures of the answer.
pub(crate) fn portfolio(result: &ExplainResult) -> Vec<String> {
    let all = &result.portfolio;
    let mut sentences = vec![match all.status {
        "proven" => format!(
            "all sites together are worth ${} M, and no plan is worth more (proven)",
            millions(all.npv_usd)
        ),
        "bounded" => format!(
            "all sites together are worth ${} M; no plan is worth more than ${} M, {} above",
            millions(all.npv_usd),
            millions(all.bound_usd),
            percent(all.gap)
        ),
        _ => format!(
            "all sites together are said to be worth ${} M, but the checks did not pass",
            millions(all.npv_usd)
        ),
    }];
    for row in &result.shadow {
        let (per, decimals) = if row.unit == "USD" { ("million", 3) } else { ("MW", 2) };
        let mixed = row.right_usd_per_unit * row.step_amount;
        let mut text = if row.binds {
            format!(
                "{} binds: the next {per} adds ${} M, the last one added ${} M",
                row.limit,
                grouped(row.step_more_usd / 1e6, decimals),
                row.step_less_usd.map_or("-".to_owned(), |usd| grouped(usd / 1e6, decimals)),
            )
        } else {
            format!("{} does not bind: the next {per} adds nothing", row.limit)
        };
        if mixed >= LEAST_SAID_USD {
            let _ = write!(
                text,
                ", as plans are whole (${} M if they could be mixed)",
                grouped(mixed / 1e6, decimals)
            );
        }
        sentences.push(text);
    }
    if let Some(next) = result.next_best.first() {
        sentences.push(format!(
            "the next best plan differs at {} ({}) and is worth ${} M less",
            next.site,
            next.instead,
            millions(next.loss_usd)
        ));
    }
    for row in &result.portfolio_switching {
        let input = row.input.replace('_', " ");
        for (word, crossing) in [("below", &row.below), ("above", &row.above)] {
            if let Some(crossing) = crossing {
                sentences.push(format!(
                    "{word} {} of today's {input} the plan changes: {}",
                    percent(crossing.factor),
                    crossing.changes.join(", ")
                ));
            }
        }
    }
    let regret = &result.regret;
    if let Some(row) = regret.plans.first() {
        sentences.push(match row.most_regret_usd {
            Some(usd) if usd < LEAST_SAID_USD => format!(
                "in all {} futures of the network it would have been the best plan",
                regret.futures.len()
            ),
            Some(usd) => format!(
                "over the {} futures of the network it is at most ${} M behind what would have been \
                 best; the plan that is least regretted is the best one in {}",
                regret.futures.len(),
                millions(usd),
                regret.least_regret
            ),
            None => "in one of the futures of the network this plan cannot be had".to_owned(),
        });
    }
    let signing = &result.signing;
    if let (Some(none), Some(all)) =
        (signing.signed_probability.first(), signing.signed_probability.last())
        && signing.offers.len() > 1
    {
        sentences.push(format!(
            "of {} unsigned offers none is signed with a probability of {}, all with {}",
            signing.offers.len(),
            percent(*none),
            percent(*all)
        ));
    }
    sentences
}
