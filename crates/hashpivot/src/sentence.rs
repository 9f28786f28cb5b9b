//! The decision in words, composed from the numbers.

use std::fmt::Write;

use compare::{Choice, Commit, Deal, Pick, Portfolio, Site, SiteDecision, Use, World};

use crate::{
    result::{CrossingRow, SwitchingRow},
    view::{grouped, millions},
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
    if flips.is_empty() {
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
