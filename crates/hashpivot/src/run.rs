//! The main job: from a loaded plan to the decision for every site.

use compare::operation::TABLE_ERROR_FRAC;
use compare::{
    Choice, Deal, Lever, Portfolio, PortfolioDecision, Site, SiteDecision, Status, Switching, Use,
    Watch, World,
};
use finance::Irr;
use hashcost::{Fleet, fleet_cost};
use units::constants::TH_PER_EH;
use units::{Code, Violation};

use crate::{
    about,
    error::Error,
    financing,
    fleet::fleet,
    input::{Built, Loaded, hangs_together, plan},
    lines,
    result::{
        AlternativeRow, CashFlowYear, CostCurvePoint, CrossingRow, ExcludedRow, FleetCost,
        IrrResult, LimitRow, MwQuarter, PlanRow, PortfolioResult, PortfolioShadow, RunResult,
        SiteResult, SiteShadow, SwitchingRow, UseRow,
    },
    sentence,
};

/// How much of an answer is worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// The decision and what it is worth: for a slider that moves.
    Quick,
    /// Also what would change it, what one more MW would add, and the other lines of the network.
    Whole,
}

impl Depth {
    /// Its word in results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Whole => "whole",
        }
    }
}

/// Decides for every site of a plan.
///
/// # Errors
/// [`Error::Input`] if the plan contradicts itself, [`Error::Compare`] if something demanded
/// cannot be had or a site has too many plans.
pub fn run(loaded: &Loaded) -> Result<RunResult, Error> {
    run_to(loaded, Depth::Whole, &Watch::default())
}

/// [`run`] to some depth, under the eyes of somebody who may not want to wait for the end.
///
/// # Errors
/// As [`run`], and [`compare::Error::Cancelled`].
pub fn run_to(loaded: &Loaded, depth: Depth, watch: &Watch) -> Result<RunResult, Error> {
    answer(loaded, None, depth, watch).map(|answer| answer.result)
}

/// What another plan, `filed`, chooses, valued with the inputs of `loaded`: nothing is chosen again.
///
/// # Errors
/// As [`run`]; [`Error::Input`] or [`Error::Compare`] if what is held does not fit any more.
pub fn run_held(loaded: &Loaded, filed: &Loaded, watch: &Watch) -> Result<RunResult, Error> {
    answer(loaded, Some(filed), Depth::Whole, watch).map(|answer| answer.result)
}

/// An answer with the plan, the world and the decision that it speaks of.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What is shown.
    pub result: RunResult,
    /// The sites with what they share.
    pub portfolio: Portfolio,
    /// The world in which they are valued.
    pub world: World,
    /// The decision.
    pub decision: PortfolioDecision,
}

/// [`run_to`] with all that the result is made of; where `filed` is given, its choice is held.
///
/// # Errors
/// As [`run_held`].
pub fn answer(
    loaded: &Loaded,
    filed: Option<&Loaded>,
    depth: Depth,
    watch: &Watch,
) -> Result<Answer, Error> {
    let Built { portfolio, world, response, mut warnings } = loaded.build()?;
    let (decision, world, response, feedback) = if let Some(filed) = filed {
        (held(filed, loaded, &portfolio, &world, watch)?, world, response, None)
    } else if loaded.plan.bitcoin.network_feedback {
        let (settled, response, feedback) = lines::settled(loaded, &portfolio, &world)?;
        (settled.decision, settled.world, Some(response), Some(feedback))
    } else {
        let decision = match depth {
            Depth::Quick => compare::decide_plans(&portfolio, &world)?,
            Depth::Whole => compare::decide_watched(&portfolio, &world, watch)?,
        };
        (decision, world, response, None)
    };
    let (decision, financing) = match loaded.financing(&world) {
        None => (decision, None),
        Some(terms) if filed.is_some() => {
            let result = financing::as_decided(&terms, &portfolio, &world, &decision);
            (decision, Some(result))
        }
        Some(terms) => {
            let (decision, result) = financing::financed(&terms, &portfolio, &world, decision)?;
            (decision, Some(result))
        }
    };
    let mut sites = Vec::with_capacity(portfolio.sites.len());
    for (index, site) in portfolio.sites.iter().enumerate() {
        warnings.extend(warn(site, &decision.sites[index], &world));
        warnings.extend(left_to_dispatch(site, &loaded.plan.site[index]));
        warnings.extend(tabulated(site));
        sites.push(site_result(&portfolio, &world, &decision, index)?);
    }
    if depth == Depth::Whole {
        let unmoved = (feedback.is_none() && filed.is_none()).then_some(&decision);
        let by_line = lines::by_line(loaded, &portfolio, &world, unmoved, watch)?;
        for (site, on_lines) in sites.iter_mut().zip(by_line) {
            site.by_line = on_lines;
        }
    }
    let mut result = RunResult {
        about: about::of_decision(loaded),
        depth: depth.as_str(),
        plan_held: filed.is_some(),
        plan_name: loaded.plan.name.clone(),
        valuation_date: first_day(&world, 0),
        horizon_months: world.months(),
        discount_rate_frac: world.money.discount_rate_frac,
        discount_rate_by_use: world
            .money
            .discount_rate_by_use
            .iter()
            .map(|(of, rate)| (of.as_str(), *rate))
            .collect(),
        tax_rate_frac: world.money.tax_rate_frac,
        projection: loaded.plan.bitcoin.projection.as_str().to_owned(),
        sites,
        portfolio: portfolio_result(&portfolio, &world, &decision),
        financing,
        network: lines::network_months(&world.path),
        response: response.map_or_else(Vec::new, |r| lines::response_months(&world.path, &r)),
        network_feedback: feedback,
        warnings,
    };
    result.about.formulas = about::formulas(&result);
    Ok(Answer { result, portfolio, world, decision })
}

/// The choice of `filed` with the values of `loaded`.
fn held(
    filed: &Loaded,
    loaded: &Loaded,
    portfolio: &Portfolio,
    world: &World,
    watch: &Watch,
) -> Result<PortfolioDecision, Error> {
    if loaded.plan.bitcoin.network_feedback {
        let violation = Violation::new(Code::Conflict, "bitcoin.network_feedback")
            .value(true)
            .allowed("a plan is held in a network that it does not move");
        return Err(Error::Input(vec![violation]));
    }
    let chosen = answer(filed, None, Depth::Quick, watch)?;
    Ok(compare::hold(portfolio, world, &chosen.decision)?)
}

/// Value, bound and limits of all sites together.
pub(crate) fn portfolio_result(
    portfolio: &Portfolio,
    world: &World,
    decision: &PortfolioDecision,
) -> PortfolioResult {
    let capital: f64 = portfolio.capital.iter().map(|(_, usd)| usd).sum();
    PortfolioResult {
        npv_usd: decision.npv_usd,
        bound_usd: decision.bound_usd,
        gap: decision.gap_frac,
        status: match decision.status {
            Status::Proven => "proven",
            Status::Bounded => "bounded",
            Status::NotVerified => "not_verified",
        },
        capital_used_usd: decision.capital_used_usd,
        capital_available_usd: (!portfolio.capital.is_empty()).then_some(capital),
        shadow: PortfolioShadow { capital_usd_per_usd: decision.capital_shadow },
        limits: decision
            .limits
            .iter()
            .map(|of| LimitRow {
                limit: of.limit.kind.path(portfolio, world),
                unit: of.limit.kind.unit(portfolio),
                limit_amount: of.limit.upper,
                used_amount: of.used,
                price_usd_per_unit: of.price_usd,
            })
            .collect(),
    }
}

fn site_result(
    portfolio: &Portfolio,
    world: &World,
    decision: &PortfolioDecision,
    index: usize,
) -> Result<SiteResult, Error> {
    let site = &portfolio.sites[index];
    let of_site = &decision.sites[index];
    let switching = switching_rows(site, world, of_site, decision.switching.get(index));
    let fleet = fleet(site)?;
    let price = first_price_usd_per_mwh(site, world);
    Ok(SiteResult {
        id: site.id.clone(),
        name: site.name.clone(),
        sentences: sentence::decision(portfolio, world, index, of_site, &switching),
        mining_policy: of_site.choice.policy.as_str(),
        plan: plan_rows(site, world, of_site),
        npv_usd: of_site.npv_usd,
        npv_if_signed_usd: of_site.npv_if_signed_usd,
        gain_usd: of_site.npv_usd - of_site.best_mining.1,
        best_mining_policy: of_site.best_mining.0.as_str(),
        best_mining_npv_usd: of_site.best_mining.1,
        capex_usd: of_site.capex_usd,
        irr: irr_result(&of_site.irr),
        mirr_frac: of_site.mirr_frac,
        payback_months: of_site.payback_months,
        uses: use_rows(site, world, of_site),
        alternatives: of_site
            .alternatives
            .iter()
            .map(|a| AlternativeRow { name: a.name.clone(), npv_usd: a.npv_usd })
            .collect(),
        switching,
        by_line: Vec::new(),
        shadow: SiteShadow { one_more_gross_mw_usd: decision.one_more_mw_usd.get(index).copied() },
        excluded: of_site
            .excluded
            .iter()
            .map(|e| ExcludedRow {
                offer: site.offers[e.offer].id.clone(),
                constraint: e.blocked.limit.as_str(),
                needed: e.blocked.needed,
                available: e.blocked.available,
            })
            .collect(),
        fleet: fleet.as_ref().map(|f| fleet_result(f, site, world, price)).transpose()?,
        cost_curve: fleet.as_ref().map_or(Ok(Vec::new()), |f| cost_curve(f, world, price))?,
        hold_share_usd_per_eh_year: of_site.hold_share_usd_per_eh_year,
        mw_by_quarter: mw_by_quarter(site, world, of_site),
        cash_flow_by_year: cash_flow_by_year(of_site, world.months()),
        plans: of_site.plans,
    })
}

/// First day of a plan month.
fn first_day(world: &World, month: usize) -> String {
    format!("{}-01", world.calendar(month))
}

fn plan_rows(site: &Site, world: &World, decision: &SiteDecision) -> Vec<PlanRow> {
    let mut rows = Vec::new();
    for outcome in &decision.outcomes {
        let signed_in = |offer: usize| {
            let (_, quarter) = outcome.signatures.iter().find(|(of, _)| *of == offer)?;
            Some(quarter.map_or("never".to_owned(), |q| world.calendar(3 * q).quarter_label()))
        };
        let of_outcome = || outcome.signatures.first().and_then(|(offer, _)| signed_in(*offer));
        for commitment in &outcome.course.commitments {
            let offer = &site.offers[commitment.offer];
            let commit = 3 * commitment.quarter;
            let in_service = commit + offer.delivery.months_to_deliver;
            let gross_mw = offer.gross_mw(commitment.critical_mw);
            rows.push(PlanRow {
                signed_in: signed_in(commitment.offer).or_else(of_outcome),
                probability: outcome.probability_frac,
                r#use: offer.deal.use_of_mw().as_str(),
                offer: Some(offer.id.clone()),
                gross_mw,
                critical_mw: Some(commitment.critical_mw),
                commit: Some(first_day(world, commit)),
                in_service: Some(first_day(world, in_service)),
            });
        }
        if let Some(exit) = outcome.course.exit {
            rows.push(PlanRow {
                signed_in: of_outcome(),
                probability: outcome.probability_frac,
                r#use: exit.to.as_str(),
                offer: None,
                gross_mw: site.approved_gross_mw,
                critical_mw: None,
                commit: Some(first_day(world, 3 * exit.quarter)),
                in_service: None,
            });
        } else if outcome.mining_gross_mw > 0.0 {
            rows.push(PlanRow {
                signed_in: of_outcome(),
                probability: outcome.probability_frac,
                r#use: Use::Mining.as_str(),
                offer: None,
                gross_mw: outcome.mining_gross_mw,
                critical_mw: None,
                commit: None,
                in_service: None,
            });
        }
    }
    rows
}

fn use_rows(site: &Site, world: &World, decision: &SiteDecision) -> Vec<UseRow> {
    let same = |a: &compare::CashFlow, b: &compare::CashFlow| {
        a.use_of_mw == b.use_of_mw && a.offer == b.offer
    };
    let mut rows: Vec<UseRow> = decision
        .flows
        .uses
        .iter()
        .map(|flow| {
            let signed = decision.flows_if_signed.uses.iter().find(|f| same(f, flow));
            // Once in service: the last MW that the use still has before its term runs out.
            let gross_mw = match (flow.use_of_mw, flow.offer) {
                (_, Some(_)) => {
                    signed.map_or(0.0, |f| f.gross_mw.iter().copied().fold(0.0, f64::max))
                }
                (Use::Mining, _) => decision.outcomes[0].mining_gross_mw,
                _ => signed.map_or(0.0, |_| site.approved_gross_mw),
            };
            let npv_usd = flow.npv_usd(world);
            UseRow {
                r#use: flow.use_of_mw.as_str(),
                offer: flow.offer.map(|o| site.offers[o].id.clone()),
                gross_mw,
                npv_usd,
                npv_usd_per_gross_mw: (gross_mw > 0.0).then(|| npv_usd / gross_mw),
                capex_usd: signed.map_or(0.0, |f| -f.capex_usd.iter().sum::<f64>()),
            }
        })
        .collect();
    // Standing still brings nothing and holds nothing once all is signed: no row of its own.
    rows.retain(|row| row.gross_mw > 0.0 || row.npv_usd != 0.0);
    // Uses from offers first, as they are what the decision is about.
    rows.sort_by_key(|row| row.offer.is_none());
    rows
}

fn irr_result(irr: &Irr) -> IrrResult {
    match irr {
        Irr::One(root) => IrrResult {
            kind: "one",
            irr_frac: Some(root.rate_frac),
            roots_frac: vec![root.rate_frac],
        },
        Irr::Many(roots) => IrrResult {
            kind: "many",
            irr_frac: None,
            roots_frac: roots.iter().map(|r| r.rate_frac).collect(),
        },
        Irr::None(_) => IrrResult { kind: "none", irr_frac: None, roots_frac: Vec::new() },
    }
}

/// Average power price of the first plan month, USD/MWh.
pub(crate) fn first_price_usd_per_mwh(site: &Site, world: &World) -> f64 {
    site.contract.month(world.calendar(0)).firm_usd_per_mwh(0.0) * world.path.power_index[0]
}

fn fleet_result(
    fleet: &Fleet,
    site: &Site,
    world: &World,
    usd_per_mwh: f64,
) -> Result<FleetCost, Error> {
    let network = world.network(0);
    let cost = fleet_cost(fleet, usd_per_mwh, &network)?;
    let usd_per_btc = cost.fleet.usd_per_btc;
    // The fleet's own breakeven: the price at which its all-in cost equals the price of bitcoin.
    let at_zero = fleet_cost(fleet, 0.0, &network)?.usd_per_day.all_in_before_credits;
    let revenue = cost.btc_per_day * network.price_usd_per_btc;
    Ok(FleetCost {
        usd_per_mwh,
        electricity_usd_per_btc: usd_per_btc.electricity,
        direct_before_credits_usd_per_btc: usd_per_btc.direct_before_credits,
        all_in_before_credits_usd_per_btc: usd_per_btc.all_in_before_credits,
        direct_usd_per_btc: usd_per_btc.direct,
        all_in_usd_per_btc: usd_per_btc.all_in,
        all_in_before_credits_usd_per_ph_day: cost.fleet.usd_per_ph_day.all_in_before_credits,
        hashprice_usd_per_ph_day: world.path.hashprice_usd_per_ph_day[0],
        breakeven_usd_per_mwh: (revenue - at_zero) / cost.mwh_per_day,
        fleet_j_per_th: cost.running_j_per_th,
        installed_eh_per_s: cost.installed_th_per_s / TH_PER_EH,
        machines_gross_mw: site.machines_gross_mw(),
    })
}

/// Cost over power prices from 0 to twice the site's own, at least to 100 USD/MWh.
fn cost_curve(
    fleet: &Fleet,
    world: &World,
    usd_per_mwh: f64,
) -> Result<Vec<CostCurvePoint>, Error> {
    const POINTS: u32 = 21;
    let network = world.network(0);
    let highest = (2.0 * usd_per_mwh).max(100.0);
    (0..POINTS)
        .map(|i| {
            let price = highest * f64::from(i) / f64::from(POINTS - 1);
            let levels = fleet_cost(fleet, price, &network)?.fleet.usd_per_btc;
            Ok(CostCurvePoint {
                usd_per_mwh: price,
                electricity_usd_per_btc: levels.electricity,
                direct_before_credits_usd_per_btc: levels.direct_before_credits,
                all_in_before_credits_usd_per_btc: levels.all_in_before_credits,
            })
        })
        .collect()
}

fn mw_by_quarter(site: &Site, world: &World, decision: &SiteDecision) -> Vec<MwQuarter> {
    (0..world.months())
        .step_by(3)
        .map(|m| {
            let of = |use_of_mw: Use| -> f64 {
                let flows = decision.flows.uses.iter().filter(|f| f.use_of_mw == use_of_mw);
                flows.map(|f| f.gross_mw[m]).sum()
            };
            let (mining, colocation, cloud, sold) =
                (of(Use::Mining), of(Use::Colocation), of(Use::GpuCloud), of(Use::Sale));
            let unused = site.energised_gross_mw(m) - mining - colocation - cloud - sold;
            MwQuarter {
                quarter: world.calendar(m).quarter_label(),
                mining_gross_mw: mining,
                colocation_gross_mw: colocation,
                gpu_cloud_gross_mw: cloud,
                sale_gross_mw: sold,
                unused_gross_mw: unused.max(0.0),
            }
        })
        .collect()
}

fn cash_flow_by_year(decision: &SiteDecision, months: usize) -> Vec<CashFlowYear> {
    let mut years: Vec<CashFlowYear> = (1..=months.div_ceil(12))
        .map(|plan_year| CashFlowYear {
            plan_year,
            capex_usd: 0.0,
            operating_usd: 0.0,
            other_usd: 0.0,
            tax_usd: 0.0,
            net_usd: 0.0,
        })
        .collect();
    for flow in &decision.flows.uses {
        for t in 0..=months {
            let Some(year) = years.get_mut(t.saturating_sub(1) / 12) else { continue };
            year.capex_usd += flow.capex_usd[t];
            year.operating_usd += flow.operating_usd[t];
            year.other_usd += flow.other_usd[t];
            year.tax_usd += flow.tax_usd[t];
        }
    }
    for year in &mut years {
        year.net_usd = year.capex_usd + year.operating_usd + year.other_usd + year.tax_usd;
    }
    years
}

fn switching_rows(
    site: &Site,
    world: &World,
    decision: &SiteDecision,
    found: Option<&Vec<Switching>>,
) -> Vec<SwitchingRow> {
    let mut rows = Vec::new();
    for switching in found.into_iter().flatten() {
        for (input, unit, base) in inputs_of(site, world, &decision.choice, switching.lever) {
            let row = |crossing: &compare::Crossing| CrossingRow {
                value: match switching.lever {
                    Lever::Delay => base + crossing.at,
                    _ => base * crossing.at,
                },
                factor: crossing.at,
                bracket: [crossing.bracket.0, crossing.bracket.1],
                to: sentence::label(site, &crossing.to),
            };
            rows.push(SwitchingRow {
                input,
                unit,
                base,
                below: switching.below.as_ref().map(row),
                above: switching.above.as_ref().map(row),
            });
        }
    }
    rows
}

/// How a lever is shown: name, unit, today's value. Bitcoin's price and hashprice are one lever, unless
/// the network answers.
fn inputs_of(
    site: &Site,
    world: &World,
    choice: &Choice,
    lever: Lever,
) -> Vec<(&'static str, &'static str, f64)> {
    // The offer that is taken, else the first one that the lever touches.
    let offer = |touches: &dyn Fn(&Deal) -> bool| {
        let taken = choice.picks.iter().map(|p| &site.offers[p.offer]);
        taken.chain(&site.offers).find(|o| touches(&o.deal))
    };
    match lever {
        Lever::BtcPrice => {
            let mut rows = vec![("btc_price", "USD/BTC", world.path.price_usd_per_btc[0])];
            // Where the network answers, hashprice does not move in step.
            if world.answers.is_none() {
                let hashprice = world.path.hashprice_usd_per_ph_day[0];
                rows.push(("hashprice", "USD/PH/day", hashprice));
            }
            rows
        }
        Lever::PowerPrice => {
            vec![("power_price", "USD/MWh", first_price_usd_per_mwh(site, world))]
        }
        Lever::LeaseRate => offer(&|deal| matches!(deal, Deal::Colocation(_)))
            .into_iter()
            .filter_map(|o| match &o.deal {
                Deal::Colocation(lease) => {
                    Some(("lease_rate", "USD/kW-month", lease.rent_first_usd_per_kw_month))
                }
                Deal::GpuCloud(_) => None,
            })
            .collect(),
        Lever::GpuPrice => offer(&|deal| matches!(deal, Deal::GpuCloud(_)))
            .into_iter()
            .filter_map(|o| match &o.deal {
                Deal::GpuCloud(cloud) => {
                    Some(("gpu_price", "USD/GPU-h", cloud.contract_usd_per_gpu_h))
                }
                Deal::Colocation(_) => None,
            })
            .collect(),
        Lever::Capex => offer(&|_| true)
            .into_iter()
            .map(|o| {
                let gpus_usd = match &o.deal {
                    Deal::GpuCloud(cloud) => {
                        hpcrev::chain::gpus(1.0, cloud.allin_w_per_gpu)
                            * cloud.gpu_capex_usd_per_gpu
                    }
                    Deal::Colocation(_) => 0.0,
                };
                let usd_per_mw = o.delivery.capex_usd_per_critical_mw + gpus_usd;
                ("capex", "USD/MW critical", usd_per_mw)
            })
            .collect(),
        Lever::Delay => {
            let months =
                choice.picks.iter().map(|p| site.offers[p.offer].delivery.months_to_deliver);
            vec![("delay", "months to deliver", months.max().unwrap_or(0) as f64)]
        }
    }
}

/// What deserves attention at a site.
fn warn(site: &Site, decision: &SiteDecision, world: &World) -> Vec<String> {
    let mut warnings = Vec::new();
    for excluded in &decision.excluded {
        warnings.push(format!(
            "site.{}.offer.{} is left out: {} needs {}, there is {}",
            site.id,
            site.offers[excluded.offer].id,
            excluded.blocked.limit.as_str(),
            excluded.blocked.needed,
            excluded.blocked.available
        ));
    }
    for outcome in &decision.outcomes {
        for commitment in &outcome.course.commitments {
            let offer = &site.offers[commitment.offer];
            let term = match &offer.deal {
                Deal::Colocation(lease) => lease.term_months,
                Deal::GpuCloud(cloud) => cloud.term_months,
            };
            let end = 3 * commitment.quarter + offer.delivery.months_to_deliver + term;
            if end > world.months() {
                warnings.push(format!(
                    "site.{}.offer.{} runs {} months past the horizon: that part is worth 0 here",
                    site.id,
                    offer.id,
                    end - world.months()
                ));
            }
        }
    }
    warnings.sort();
    warnings.dedup_by(|a, b| a.split(" runs ").next() == b.split(" runs ").next());
    warnings
}

/// Classes whose months come from a table, with its error.
fn tabulated(site: &Site) -> impl Iterator<Item = String> + '_ {
    let classes = site.machines.iter().filter(|class| class.committed.is_some());
    classes.map(|class| {
        format!(
            "site.{}: months of {} with start costs or idle draw are tabulated over hash value, at \
             most {} % of what it would earn before energy too high",
            site.id,
            class.name,
            100.0 * TABLE_ERROR_FRAC
        )
    })
}

/// Terms of a site that its monthly values leave out.
fn left_to_dispatch(site: &Site, of_plan: &plan::Site) -> Option<String> {
    let charges = &site.contract.charges;
    let block = matches!(site.contract.tariff, power::Tariff::BlockIndex(_));
    let machine = |has: &dyn Fn(&plan::Machine) -> bool| of_plan.machine.iter().any(has);
    let left = [
        (charges.demand.is_some_and(|demand| demand.ratchet_frac > 0.0), "the demand ratchet"),
        (charges.take_or_pay.is_some(), "take-or-pay"),
        (!charges.obligations.is_empty(), "obligations"),
        (charges.curtailed_hours_per_year_max.is_some(), "the cap on curtailed hours"),
        (block, "what the block brings against the market, the same under every use"),
        (
            charges.demand.is_some() && machine(&hangs_together),
            "start costs and idle draw under a demand charge",
        ),
    ];
    let left: Vec<&str> = left.iter().filter(|(has, _)| *has).map(|(_, what)| *what).collect();
    (!left.is_empty()).then(|| {
        format!(
            "site.{}: left to `hashpivot dispatch`, not in these values: {}",
            site.id,
            left.join(", ")
        )
    })
}
