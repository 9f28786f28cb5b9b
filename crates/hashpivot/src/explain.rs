//! `explain` and `frontier`: why a portfolio does what it does, and what more of something would
//! bring.

use compare::{
    Choice, Explanation, Frontier, Knob, Lever, Portfolio, PortfolioCrossing, PortfolioDecision,
    Slope, Watch, World,
};
use hpcrev::signing::signed_count_probability;

use crate::{
    about,
    error::Error,
    input::{Built, Loaded},
    lines::LINES,
    result::{
        DefaultRow, DominatedRow, ExplainResult, FrontierPoint, FrontierResult, NextBestRow,
        PortfolioCrossingRow, PortfolioSwitchingRow, PowerRow, RegretResult, RegretRow,
        SigningResult, SiteExplanation, SlopeRow,
    },
    run::portfolio_result,
    sentence,
};

/// Correlation of signatures where nothing else is said: an assumption.
pub const SIGNING_CORRELATION: f64 = 0.3;

/// Explains the decision for a plan.
///
/// # Errors
/// [`Error::Input`] if the correlation is no fraction; as [`run`](crate::run()).
pub fn explain(loaded: &Loaded, signing_correlation: Option<f64>) -> Result<ExplainResult, Error> {
    explain_watched(loaded, signing_correlation, &Watch::default())
}

/// [`explain`] under the eyes of somebody who may not want to wait for the end.
///
/// # Errors
/// As [`explain`], and [`compare::Error::Cancelled`].
pub fn explain_watched(
    loaded: &Loaded,
    signing_correlation: Option<f64>,
    watch: &Watch,
) -> Result<ExplainResult, Error> {
    let correlation = signing_correlation.unwrap_or(SIGNING_CORRELATION);
    if !(0.0..=1.0).contains(&correlation) {
        return Err(refused(
            units::Violation::new(units::Code::Range, "--signing-correlation")
                .value(correlation)
                .allowed("allowed 0..=1"),
        ));
    }
    let Built { portfolio, world, .. } = loaded.build()?;
    let found = compare::explain_watched(&portfolio, &world, watch)?;
    let slopes: Vec<SlopeRow> =
        found.slopes.iter().map(|slope| slope_row(&portfolio, loaded, slope)).collect();
    let next_best = next_best(&portfolio, &found);
    let dominated: Vec<DominatedRow> = found
        .dominated
        .iter()
        .map(|row| {
            let site = &portfolio.sites[row.site];
            DominatedRow {
                site: site.id.clone(),
                decision: sentence::label(site, &row.choice),
                behind_usd: row.behind_usd,
                beaten_by: sentence::label(site, &row.beaten_by),
            }
        })
        .collect();
    let portfolio_switching: Vec<PortfolioSwitchingRow> = found
        .switching
        .iter()
        .map(|row| PortfolioSwitchingRow {
            input: lever_name(row.lever),
            below: row.below.as_ref().map(|crossing| crossing_row(&portfolio, crossing)),
            above: row.above.as_ref().map(|crossing| crossing_row(&portfolio, crossing)),
        })
        .collect();
    let regret = regret(loaded, &portfolio, &world)?;
    let signing = signing(&portfolio, &found.decision, correlation);
    let sites = portfolio
        .sites
        .iter()
        .enumerate()
        .map(|(index, site)| {
            let decided = &found.decision.sites[index];
            let power: Vec<PowerRow> = found.power[index]
                .iter()
                .map(|value| PowerRow {
                    from_quarter: world.calendar(3 * value.quarter).quarter_label(),
                    more_power_usd: value.one_more_usd,
                    less_power_usd: value.one_less_usd,
                })
                .collect();
            let otherwise = next_best.iter().find(|row| row.site == site.id);
            let mut sentences = sentence::decision(&portfolio, &world, index, decided, &[]);
            sentences.extend(sentence::instead(otherwise));
            sentences.extend(sentence::power(&power));
            SiteExplanation {
                id: site.id.clone(),
                name: site.name.clone(),
                sentences,
                decision: sentence::label(site, &decided.choice),
                npv_usd: decided.npv_usd,
                gain_usd: decided.npv_usd - decided.best_mining.1,
                power,
            }
        })
        .collect();
    let mut result = ExplainResult {
        about: about::of_decision(loaded),
        plan_name: loaded.plan.name.clone(),
        valuation_date: format!("{}-01", world.calendar(0)),
        sentences: Vec::new(),
        portfolio: portfolio_result(&portfolio, &world, &found.decision),
        sites,
        shadow: slopes,
        next_best,
        dominated,
        portfolio_switching,
        regret,
        signing,
    };
    if signing_correlation.is_none() {
        result.about.defaults.push(DefaultRow {
            path: "--signing-correlation".to_owned(),
            value: SIGNING_CORRELATION.into(),
            unit: String::new(),
            source: "[assumption]".to_owned(),
        });
    }
    result.sentences = sentence::portfolio(&result);
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// The portfolio as a programme that any solver outside can check: MPS, free format, M$, to be
/// maximised.
///
/// # Errors
/// As [`run`](crate::run()).
pub fn mps(loaded: &Loaded) -> Result<String, Error> {
    let Built { portfolio, world, .. } = loaded.build()?;
    Ok(compare::mps(&portfolio, &world)?)
}

/// What `frontier` moves.
#[derive(Clone, Debug, PartialEq)]
pub enum FrontierOf {
    /// An addition of capital, by its place in the plan, from 0.
    Budget(usize),
    /// A tenant's cap, by id; `None`: the first tenant's.
    Tenant(Option<String>),
    /// The MW of a site, by id; `None`: the first site's.
    Mw(Option<String>),
}

/// Arguments of `frontier`.
#[derive(Clone, Debug, PartialEq)]
pub struct FrontierArguments {
    /// What is moved.
    pub of: FrontierOf,
    /// Least amount; `None`: 0.
    pub from: Option<f64>,
    /// Largest amount; `None`: twice what the plan has.
    pub to: Option<f64>,
    /// Amounts at which whole plans are decided before steps are narrowed down.
    pub points: usize,
}

/// Value of all sites over something that they share, or over the MW of a site.
///
/// # Errors
/// [`Error::Input`] if the plan has no such thing or the range is empty; as [`run`](crate::run()).
pub fn frontier(loaded: &Loaded, arguments: &FrontierArguments) -> Result<FrontierResult, Error> {
    let Built { portfolio, world, .. } = loaded.build()?;
    let (knob, site) = match &arguments.of {
        FrontierOf::Budget(entry) => {
            if *entry >= portfolio.capital.len() {
                return Err(missing(
                    "capital.available_usd",
                    &entry.to_string(),
                    &format!("the plan has {} additions of capital", portfolio.capital.len()),
                ));
            }
            (Some(Knob::Capital(*entry)), None)
        }
        FrontierOf::Tenant(id) => {
            let named = |tenant: &compare::Tenant| id.as_ref().is_none_or(|id| tenant.id == *id);
            let ids: Vec<&str> = portfolio.tenants.iter().map(|t| t.id.as_str()).collect();
            let found = portfolio.tenants.iter().position(named);
            let tenant = found.ok_or_else(|| {
                missing("tenant", id.as_deref().unwrap_or_default(), &listed("tenants", &ids))
            })?;
            (Some(Knob::Tenant(tenant)), None)
        }
        FrontierOf::Mw(id) => {
            let named = |site: &compare::Site| id.as_ref().is_none_or(|id| site.id == *id);
            let ids: Vec<&str> = portfolio.sites.iter().map(|s| s.id.as_str()).collect();
            let found = portfolio.sites.iter().position(named);
            let site = found.ok_or_else(|| {
                missing("site", id.as_deref().unwrap_or_default(), &listed("sites", &ids))
            })?;
            (None, Some(site))
        }
    };
    let amount = match (knob, site) {
        (Some(knob), _) => knob.amount(&portfolio),
        (None, Some(site)) => portfolio.sites[site].approved_gross_mw,
        (None, None) => 0.0,
    };
    let from = arguments.from.unwrap_or(0.0);
    let to = arguments.to.unwrap_or(2.0 * amount.max(1.0));
    if !(from >= 0.0 && to > from && to.is_finite()) {
        return Err(refused(
            units::Violation::new(units::Code::Range, "--to")
                .value(to)
                .allowed(format!("above --from, {from}")),
        ));
    }
    let points = arguments.points;
    let (Frontier { mixed, whole }, limit, unit) = match (knob, site) {
        (Some(knob), _) => (
            compare::frontier(&portfolio, &world, knob, (from, to), points)?,
            knob_path(&portfolio, loaded, knob),
            knob_unit(&portfolio, knob),
        ),
        (None, site) => {
            let site = site.unwrap_or_default();
            (
                compare::power_frontier(&portfolio, &world, site, (from, to), points)?,
                format!("site.{}.approved_gross_mw", portfolio.sites[site].id),
                "gross MW",
            )
        }
    };
    let mut result = FrontierResult {
        about: about::of_decision(loaded),
        plan_name: loaded.plan.name.clone(),
        limit,
        unit,
        limit_amount: amount,
        mixed: points_of(&mixed, true),
        whole: points_of(&steps(&whole), false),
    };
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

fn refused(violation: units::Violation) -> Error {
    Error::Input(vec![violation])
}

fn missing(path: &str, value: &str, allowed: &str) -> Error {
    refused(
        units::Violation::new(units::Code::UnknownReference, path).value(value).allowed(allowed),
    )
}

fn listed(what: &str, ids: &[&str]) -> String {
    if ids.is_empty() {
        format!("the plan has no {what}")
    } else {
        format!("{what} of the plan: {}", ids.join(", "))
    }
}

/// The staircase without the middles of its treads.
fn steps(whole: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let level = |a: &(f64, f64), b: &(f64, f64)| {
        (a.1 - b.1).abs() <= compare::PROVEN_GAP_FRAC * a.1.abs().max(b.1.abs())
    };
    let is_end = |i: usize| i == 0 || i + 1 == whole.len();
    let kept = whole.iter().enumerate().filter(|(i, point)| {
        is_end(*i) || !level(&whole[i - 1], point) || !level(point, &whole[i + 1])
    });
    kept.map(|(_, point)| *point).collect()
}

/// Points of a line; a staircase has no slopes worth a figure.
fn points_of(points: &[(f64, f64)], with_slopes: bool) -> Vec<FrontierPoint> {
    points
        .iter()
        .enumerate()
        .map(|(i, (amount, usd))| FrontierPoint {
            limit_amount: *amount,
            npv_usd: *usd,
            usd_per_unit: points
                .get(i + 1)
                .filter(|_| with_slopes)
                .map(|(next, more)| (more - usd) / (next - amount)),
        })
        .collect()
}

/// The key of the plan that a knob stands for.
fn knob_path(portfolio: &Portfolio, loaded: &Loaded, knob: Knob) -> String {
    match knob {
        Knob::Capital(entry) => {
            let entries = loaded.plan.capital.iter().flat_map(|capital| &capital.available_usd);
            let from = entries.map(|entry| entry.from.to_string()).nth(entry);
            format!("capital.available_usd from {}", from.unwrap_or_default())
        }
        Knob::Tenant(tenant) => {
            let unit = match portfolio.tenants[tenant].cap {
                compare::TenantCap::GrossMw(_) => "gross",
                compare::TenantCap::CriticalMw(_) => "critical",
            };
            format!("tenant.{}.cap_{unit}_mw", portfolio.tenants[tenant].id)
        }
        Knob::Region(region) => format!("region.{}.cap_gross_mw", portfolio.regions[region].id),
        Knob::Crew(entry) => {
            let steps = loaded.plan.construction.iter().flat_map(|c| &c.gross_mw_max);
            let from = steps.map(|step| step.from.to_string()).nth(entry);
            format!("construction.gross_mw_max from {}", from.unwrap_or_default())
        }
    }
}

fn knob_unit(portfolio: &Portfolio, knob: Knob) -> &'static str {
    match knob {
        Knob::Capital(_) => "USD",
        Knob::Tenant(tenant) => match portfolio.tenants[tenant].cap {
            compare::TenantCap::GrossMw(_) => "gross MW",
            compare::TenantCap::CriticalMw(_) => "critical MW",
        },
        Knob::Region(_) | Knob::Crew(_) => "gross MW",
    }
}

/// A step that brings at least this much is worth taking: less is rounding.
const BINDS_USD: f64 = 1.0;

fn slope_row(portfolio: &Portfolio, loaded: &Loaded, slope: &Slope) -> SlopeRow {
    let step = slope.knob.step();
    SlopeRow {
        limit: knob_path(portfolio, loaded, slope.knob),
        unit: knob_unit(portfolio, slope.knob),
        limit_amount: slope.knob_amount,
        binds: slope.step_more_usd >= BINDS_USD,
        right_usd_per_unit: slope.right_usd,
        left_usd_per_unit: slope.left_usd,
        left_until_amount: slope.left_until_amount,
        right_until_amount: slope.right_until_amount,
        step_amount: step,
        step_more_usd: slope.step_more_usd,
        step_less_usd: slope.step_less_usd,
    }
}

const fn lever_name(lever: Lever) -> &'static str {
    match lever {
        Lever::BtcPrice => "btc_price",
        Lever::PowerPrice => "power_price",
        Lever::LeaseRate => "lease_rate",
        Lever::GpuPrice => "gpu_price",
        Lever::Capex => "capex",
        Lever::Delay => "delay",
    }
}

fn crossing_row(portfolio: &Portfolio, crossing: &PortfolioCrossing) -> PortfolioCrossingRow {
    PortfolioCrossingRow {
        factor: crossing.factor,
        width_frac: crossing.width_frac,
        changes: crossing
            .changes
            .iter()
            .map(|(site, choice)| does(portfolio, *site, choice))
            .collect(),
    }
}

/// `id: what it does`.
fn does(portfolio: &Portfolio, site: usize, choice: &Choice) -> String {
    let of = &portfolio.sites[site];
    format!("{}: {}", of.id, sentence::label(of, choice))
}

/// The best plan in which each site decides otherwise, the least loss first.
fn next_best(portfolio: &Portfolio, found: &Explanation) -> Vec<NextBestRow> {
    let mut rows: Vec<NextBestRow> = found
        .instead
        .iter()
        .enumerate()
        .filter_map(|(site, instead)| {
            let instead = instead.as_ref()?;
            Some(NextBestRow {
                site: portfolio.sites[site].id.clone(),
                instead: sentence::label(&portfolio.sites[site], &instead.choices[site]),
                loss_usd: instead.loss_usd,
                with_it: changes(portfolio, &found.decision, &instead.choices, site),
            })
        })
        .collect();
    rows.sort_by(|a, b| a.loss_usd.total_cmp(&b.loss_usd));
    rows
}

/// What sites other than one do otherwise.
fn changes(
    portfolio: &Portfolio,
    decision: &PortfolioDecision,
    choices: &[Choice],
    except: usize,
) -> Vec<String> {
    let label = |site: usize, choice: &Choice| sentence::label(&portfolio.sites[site], choice);
    choices
        .iter()
        .enumerate()
        .filter(|(site, choice)| {
            *site != except && label(*site, choice) != label(*site, &decision.sites[*site].choice)
        })
        .map(|(site, choice)| does(portfolio, site, choice))
        .collect()
}

/// The plan's own network and the three lines, each with its best plan.
fn regret(loaded: &Loaded, portfolio: &Portfolio, world: &World) -> Result<RegretResult, Error> {
    let mut names = vec![format!("plan ({})", loaded.plan.bitcoin.projection.as_str())];
    let mut futures = vec![World { answers: None, ..world.clone() }];
    for line in LINES {
        if line != loaded.plan.bitcoin.projection {
            names.push(line.as_str().to_owned());
            let path = loaded.network(line)?.path;
            futures.push(World { path, answers: None, ..world.clone() });
        }
    }
    let found = compare::regret(portfolio, &futures)?;
    let plans = names
        .iter()
        .enumerate()
        .map(|(plan, name)| RegretRow {
            best_in: name.clone(),
            does: found.choices[plan]
                .iter()
                .enumerate()
                .map(|(site, choice)| does(portfolio, site, choice))
                .collect(),
            values_usd: found.value_usd[plan].clone(),
            most_regret_usd: found.most_regret_usd[plan],
        })
        .collect();
    let least_regret = names[found.least_regret].clone();
    Ok(RegretResult { futures: names, plans, least_regret })
}

fn signing(portfolio: &Portfolio, decision: &PortfolioDecision, correlation: f64) -> SigningResult {
    let mut offers = Vec::new();
    let mut probabilities = Vec::new();
    for (site, of_site) in portfolio.sites.iter().zip(&decision.sites) {
        for pick in &of_site.choice.picks {
            let offer = &site.offers[pick.offer];
            if let Some(signing) = offer.signing {
                offers.push(format!("{}.{}", site.id, offer.id));
                probabilities.push(signing.probability_frac);
            }
        }
    }
    SigningResult {
        offers,
        signing_correlation: correlation,
        signed_probability: signed_count_probability(&probabilities, correlation),
        independent_probability: signed_count_probability(&probabilities, 0.0),
    }
}
