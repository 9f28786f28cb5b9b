//! The network's lines beside each other: what each site should do on which, and what the plan does
//! to the network itself.

use compare::{Portfolio, PortfolioDecision, Settled, Site, Watch, World};
use hashcost::network::{hashrate_th_per_s, subsidy_btc};
use hashcost::projection::NetworkPath;
use hashcost::response::{Kept, ResponseMonths};
use hashcost::{Cohort, Cohorts, daily_reward_usd};
use units::constants::TH_PER_EH;
use units::{Code, Violation};

use crate::error::Error;
use crate::input::plan::Projection;
use crate::input::{Loaded, ResponseInput};
use crate::result::{FeedbackResult, NetworkMonth, ResponseMonth, SiteOnLine};
use crate::run::first_price_usd_per_mwh;
use crate::sentence;

/// Network, price and cost to mine by month.
pub(crate) fn network_months(path: &NetworkPath) -> Vec<NetworkMonth> {
    let bank = path.bank_usd_per_btc();
    let average = path.average_usd_per_btc();
    (0..path.height.len())
        .map(|m| NetworkMonth {
            month: month_name(path, m),
            height: path.height[m],
            subsidy_btc: path.subsidy_btc[m],
            fees_btc_per_block: path.fees_btc[m],
            difficulty: path.difficulty[m],
            network_eh_per_s: path.hashrate_eh_per_s[m],
            price_usd_per_btc: path.price_usd_per_btc[m],
            hashprice_usd_per_ph_day: path.hashprice_usd_per_ph_day[m],
            bank_usd_per_btc: bank[m],
            average_usd_per_btc: average[m],
        })
        .collect()
}

/// What happens on a line on which the network answers.
pub(crate) fn response_months(path: &NetworkPath, months: &ResponseMonths) -> Vec<ResponseMonth> {
    (0..months.j_per_th.len())
        .map(|m| ResponseMonth {
            month: month_name(path, m),
            entered_eh_per_s: months.entered_eh_per_s[m],
            idle_eh_per_s: months.idle_eh_per_s[m],
            network_j_per_th: months.j_per_th[m],
            network_overhead: months.overhead[m],
            network_usd_per_mwh: months.usd_per_mwh[m],
            branch: months.branch[m].as_str(),
        })
        .collect()
}

/// The calendar month of a place on a path.
pub(crate) fn month_name(path: &NetworkPath, month: usize) -> String {
    path.start.plus(i32::try_from(month).unwrap_or(i32::MAX)).to_string()
}

/// The lines that every plan can be put on.
pub(crate) const LINES: [Projection; 3] =
    [Projection::Mechanical, Projection::Trend, Projection::Response];

/// What each site should do on each line, site by site: the plan's own limits, other networks, none of
/// them moved by the plan. `decision` is that on the plan's own line, if it is known.
///
/// # Errors
/// What the engine refuses on any of them.
pub(crate) fn by_line(
    loaded: &Loaded,
    portfolio: &Portfolio,
    world: &World,
    decision: Option<&PortfolioDecision>,
    watch: &Watch,
) -> Result<Vec<Vec<SiteOnLine>>, Error> {
    let mut by_site = vec![Vec::with_capacity(LINES.len()); portfolio.sites.len()];
    watch.expect(LINES.len());
    for line in LINES {
        watch.step()?;
        let other;
        let on_line = match decision {
            Some(decision) if line == loaded.plan.bitcoin.projection => decision,
            _ => {
                let path = loaded.network(line)?.path;
                other = compare::decide_plans(
                    portfolio,
                    &World { path, answers: None, ..world.clone() },
                )?;
                &other
            }
        };
        let sites = portfolio.sites.iter().zip(&on_line.sites);
        for ((site, on_line), rows) in sites.zip(&mut by_site) {
            rows.push(SiteOnLine {
                line: line.as_str(),
                best: sentence::label(site, &on_line.choice),
                npv_usd: on_line.npv_usd,
                gain_usd: on_line.npv_usd - on_line.best_mining.1,
                best_mining_npv_usd: on_line.best_mining.1,
            });
        }
    }
    Ok(by_site)
}

/// Decision and network together, where the plan is large enough to move the network.
///
/// The plan's machines are cohorts of their own, taken out of the network's; what the decision
/// displaces leaves the network.
///
/// # Errors
/// [`compare::Error::NotSettled`]; a plan whose machines are more than the network's.
pub(crate) fn settled(
    loaded: &Loaded,
    portfolio: &Portfolio,
    world: &World,
) -> Result<(Settled, ResponseMonths, FeedbackResult), Error> {
    let input = loaded.response_input(world.months())?;
    let own = own_cohorts(portfolio, world, input.model.contract_months);
    let (input, own_running) = beside(&input, &own)?;
    let first_own = input.cohorts.len() - own.len();
    let with = |mining: &[Vec<Vec<f64>>]| {
        let mut input = input.clone();
        let classes = mining.iter().flatten().enumerate();
        input.drivers.kept = classes
            .map(|(place, frac)| Kept { cohort: first_own + place, frac: frac.clone() })
            .collect();
        input
    };
    let mut last = None;
    let alone = World { answers: None, ..world.clone() };
    let mut settled = compare::settle(portfolio, &alone, |mining| {
        let line = with(mining).run();
        let line = line.map_err(|e| loaded.engine_faults("bitcoin.response", e))?;
        last = line.response.map(|response| response.months);
        Ok::<_, Error>(line.path)
    })?;
    let mining: Vec<_> =
        settled.decision.sites.iter().map(|site| site.mining_frac.clone()).collect();
    settled.world.answers = Some(with(&mining).answers());
    // Switching values wait until the network is at rest.
    settled.decision = compare::decide(portfolio, &settled.world)?;
    let months = last.ok_or(Error::Internal("the network gave no answer"))?;
    let moved = settled.world.path.hashrate_eh_per_s.iter();
    let moved =
        moved.zip(&settled.untouched.hashrate_eh_per_s).map(|(with, alone)| with / alone - 1.0);
    let (month, moved_frac) = moved
        .enumerate()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()).then(b.0.cmp(&a.0)))
        .unwrap_or((0, 0.0));
    let result = FeedbackResult {
        own_eh_per_s: own_running / TH_PER_EH,
        own_gross_mw: portfolio.sites.iter().map(Site::machines_gross_mw).sum(),
        rounds: settled.rounds,
        change_frac: settled.change_frac,
        tolerance_frac: compare::FEEDBACK_TOLERANCE_FRAC,
        most_moved_month: month_name(&settled.world.path, month),
        network_moved_frac: moved_frac,
    };
    Ok((settled, months, result))
}

/// The plan's machine classes as cohorts, in file order.
fn own_cohorts(portfolio: &Portfolio, world: &World, contract_months: f64) -> Vec<Cohort> {
    let of_site = |site: &Site| -> Vec<Cohort> {
        let usd_per_mwh = first_price_usd_per_mwh(site, world);
        let cohort = |(place, class): (usize, &compare::MachineClass)| Cohort {
            id: format!("{}/{}/{place}", site.id, class.name),
            th_per_s: class.units * class.th_per_s * class.uptime_frac,
            j_per_th: class.j_per_th(),
            usd_per_mwh,
            overhead: site.mining_overhead,
            age_months: class.age_months as f64,
            contract_months,
        };
        site.machines.iter().enumerate().map(cohort).collect()
    };
    portfolio.sites.iter().flat_map(of_site).collect()
}

/// The network with the plan's machines as cohorts of their own at the end: what of them pays today
/// comes out of the others. Second, what pays, TH/s.
fn beside(input: &ResponseInput, own: &[Cohort]) -> Result<(ResponseInput, f64), Error> {
    let start = &input.start;
    let hashrate = hashrate_th_per_s(start.difficulty);
    let subsidy = subsidy_btc(start.height);
    let reward = daily_reward_usd(
        start.price_usd_per_btc,
        input.pool_fee_frac,
        subsidy,
        start.fees_btc_per_block,
    );
    let own_running: f64 = if own.is_empty() {
        0.0
    } else {
        let costs = Cohorts::new(own)?.cash_cost_usd_per_th_day();
        let pays = own.iter().zip(costs).filter(|(_, cost)| *cost <= reward / hashrate);
        pays.map(|(cohort, _)| cohort.th_per_s).sum()
    };
    let others = hashrate - own_running;
    if others <= 0.0 {
        return Err(Error::Input(vec![
            Violation::new(Code::Conflict, "site")
                .value(own_running / TH_PER_EH)
                .unit("EH/s")
                .allowed(format!("below the network's {:.1}", hashrate / TH_PER_EH))
                .hint("the machines of all sites together are more than the network"),
        ]));
    }
    let scaled = Cohorts::new(&input.cohorts)?.scaled_to(others, reward * others / hashrate)?;
    let mut rows = input.cohorts.clone();
    for (row, th_per_s) in rows.iter_mut().zip(scaled.th_per_s()) {
        row.th_per_s = *th_per_s;
    }
    rows.extend_from_slice(own);
    Ok((ResponseInput { cohorts: rows, ..input.clone() }, own_running))
}
