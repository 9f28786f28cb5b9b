//! The halving: three lines of the network, what moves the cost on each, and which machines survive.

use hashcost::network::subsidy_btc;
use hashcost::projection::{
    AVERAGE_J_PER_TH, AVERAGE_USD_PER_MWH, BANK_J_PER_TH, BANK_USD_PER_MWH, CostState,
    DEFAULT_TREND, Line, NetworkPath, Runner, Start, deaths, decompose, mechanical_usd_per_btc,
    project, published_pair,
};
use hashcost::response::{
    DEFAULT_CONVERSION_GROSS_MW_PER_YEAR, DEFAULT_CONVERSION_MONTHS, DEFAULT_RESPONSE, Drivers,
};
use jiff::civil::Date;
use units::constants::{BLOCKS_PER_DAY, HALVING_INTERVAL_BLOCKS, TH_PER_EH};
use units::{CalendarMonth, Code, Faults, SpotUsdPerMwh, Violation};

use crate::about;
use crate::defaults::{self, DefaultUsed};
use crate::error::Error;
use crate::facts::{self, cohorts as network_facts};
use crate::input::plan::Projection;
use crate::input::{self, Loaded, NetworkLine, ResponseInput, ResponseLine};
use crate::lines::{month_name, network_months, response_months};
use crate::result::{
    BranchSpan, CostChange, CostPart, DeathRow, DefaultRow, HalvingDate, HalvingDecomposition,
    HalvingReading, HalvingResult, NetworkEfficiencyRow, NetworkMonth,
};
use crate::run::first_price_usd_per_mwh;

/// Fees that the published pair implies, and the default of the command: model section 4.
pub const PUBLISHED_PAIR_FEES_BTC: f64 = 0.0710;
/// The published cost before the halving.
pub const PUBLISHED_START_USD_PER_BTC: f64 = 92_000.0;
/// Price of bitcoin in October 2025, when the pair was published.
const OCTOBER_2025_PRICE_USD_PER_BTC: f64 = 109_700.0;
/// Pool and firmware fee without a plan: the default of plans.
const POOL_FEE_FRAC: f64 = 0.005;
/// Power price at which Cambridge's index asks what pays.
const CBECI_USD_PER_MWH: f64 = 50.0;

/// What a halving projection is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct HalvingArguments {
    /// Cost before the halving, USD/BTC.
    pub start_usd_per_btc: f64,
    /// Fees per block, BTC; a plan has its own.
    pub fees_btc_per_block: f64,
    /// Last month of the path.
    pub until: CalendarMonth,
    /// Machines of the built-in table whose end is asked for; empty: the plan's, else the best
    /// machine of each half-year.
    pub models: Vec<String>,
    /// Power price of those machines, USD/MWh.
    pub usd_per_mwh: f64,
}

impl Default for HalvingArguments {
    /// The published pair to the end of 2033.
    fn default() -> Self {
        Self {
            start_usd_per_btc: PUBLISHED_START_USD_PER_BTC,
            fees_btc_per_block: PUBLISHED_PAIR_FEES_BTC,
            until: CalendarMonth::new(2033, 12).unwrap_or_else(|_| unreachable!()),
            models: Vec::new(),
            usd_per_mwh: BANK_USD_PER_MWH,
        }
    }
}

/// The lines of the network, on today's facts or on a plan's.
struct Lines {
    mechanical: NetworkPath,
    trend: NetworkPath,
    response: NetworkPath,
    answer: ResponseLine,
    pool_fee_frac: f64,
    /// Factor that takes the published production cost to the stated one.
    anchor: f64,
}

impl Lines {
    fn each(&self) -> [(&'static str, &NetworkPath); 3] {
        [("mechanical", &self.mechanical), ("trend", &self.trend), ("response", &self.response)]
    }
}

/// The path of cost to mine through the halvings on every line.
///
/// # Errors
/// [`Error::Input`] and [`Error::Hashcost`] for values that no projection starts from.
pub fn halving(
    loaded: Option<&Loaded>,
    arguments: &HalvingArguments,
) -> Result<HalvingResult, Error> {
    let start = match loaded {
        None => Start::october_2025(arguments.fees_btc_per_block, OCTOBER_2025_PRICE_USD_PER_BTC),
        Some(loaded) => loaded.start()?,
    };
    let months = usize::try_from(arguments.until.months_since(start.month) + 1).map_err(|_| {
        vec![
            Violation::new(Code::DateOrder, "--until")
                .value(arguments.until)
                .allowed(format!("allowed from {}", start.month)),
        ]
    })?;
    let lines = match loaded {
        None => without_plan(&start, arguments.start_usd_per_btc, months)?,
        Some(loaded) => of_plan(loaded, months)?,
    };
    let machines = machines(loaded, arguments, start.month)?;
    let mut result = HalvingResult {
        about: match loaded {
            Some(loaded) => about::of_plan(loaded),
            None => about::of_arguments(about::MONTHLY, start_defaults()),
        },
        mechanical: anchored(&lines.mechanical, lines.anchor),
        trend: anchored(&lines.trend, lines.anchor),
        response: anchored(&lines.response, lines.anchor),
        response_months: response_months(&lines.response, &lines.answer.months),
        branches: branches(&lines),
        halvings: halvings(&start, &lines),
        decomposition: decomposition(&start, arguments.start_usd_per_btc, &lines)?,
        deaths: death_rows(&lines, &machines)?,
        network_efficiency: efficiency(&start, &lines),
        warnings: warnings(&lines),
    };
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// The lines of a plan, whichever it follows itself.
fn of_plan(loaded: &Loaded, months: usize) -> Result<Lines, Error> {
    let line = |of| loaded.network_over(of, months);
    let NetworkLine { path, response: Some(answer) } = line(Projection::Response)? else {
        return Err(Error::Internal("a response without its months"));
    };
    Ok(Lines {
        mechanical: line(Projection::Mechanical)?.path,
        trend: line(Projection::Trend)?.path,
        response: path,
        answer,
        pool_fee_frac: loaded.plan.bitcoin.pool_fee_frac.get(),
        anchor: 1.0,
    })
}

/// The lines from October 2025 on, everything at its default; the production cost starts from the
/// stated one.
fn without_plan(start: &Start, start_usd_per_btc: f64, months: usize) -> Result<Lines, Error> {
    let trend = project(start, &Line::Trend(DEFAULT_TREND), months)?;
    let mut drivers = Drivers::constant(start, months);
    drivers.power_index.clone_from(&trend.power_index);
    for rate in drivers.converted_gross_mw_per_year.iter_mut().take(DEFAULT_CONVERSION_MONTHS) {
        *rate = DEFAULT_CONVERSION_GROSS_MW_PER_YEAR;
    }
    let input = ResponseInput {
        model: DEFAULT_RESPONSE,
        cohorts: network_facts::network_cohorts(start.month),
        start: *start,
        drivers,
        pool_fee_frac: POOL_FEE_FRAC,
        months,
    };
    let NetworkLine { path, response: Some(answer) } = input.run()? else {
        return Err(Error::Internal("a response without its months"));
    };
    let bank = trend.bank_usd_per_btc().first().copied();
    Ok(Lines {
        mechanical: project(start, &Line::Mechanical, months)?,
        trend,
        response: path,
        answer,
        pool_fee_frac: POOL_FEE_FRAC,
        anchor: bank.map_or(1.0, |bank| start_usd_per_btc / bank),
    })
}

/// Months of a line; the production cost times the anchor.
fn anchored(path: &NetworkPath, anchor: f64) -> Vec<NetworkMonth> {
    let mut months = network_months(path);
    for month in &mut months {
        month.bank_usd_per_btc *= anchor;
    }
    months
}

/// Runs of months with the same branch.
fn branches(lines: &Lines) -> Vec<BranchSpan> {
    let mut spans: Vec<BranchSpan> = Vec::new();
    for (m, branch) in lines.answer.months.branch.iter().enumerate() {
        let month = month_name(&lines.response, m);
        match spans.last_mut() {
            Some(span) if span.branch == branch.as_str() => span.to_month = month,
            _ => spans.push(BranchSpan {
                from_month: month.clone(),
                to_month: month,
                branch: branch.as_str(),
            }),
        }
    }
    spans
}

/// Every halving on the path, with its days.
fn halvings(start: &Start, lines: &Lines) -> Vec<HalvingDate> {
    let clock = &lines.answer.periods.clock;
    let end = clock.period_height(clock.periods());
    let first = (start.height / HALVING_INTERVAL_BLOCKS + 1) * HALVING_INTERVAL_BLOCKS;
    let step = usize::try_from(HALVING_INTERVAL_BLOCKS).unwrap_or(usize::MAX);
    (first..end)
        .step_by(step)
        .map(|height| {
            #[expect(clippy::cast_precision_loss, reason = "heights stay below 2^53")]
            let plan_days = (height - start.height) as f64 / BLOCKS_PER_DAY;
            let response_days = lines.answer.periods.day_of_height(height).unwrap_or(plan_days);
            HalvingDate {
                height,
                subsidy_btc: subsidy_btc(height),
                plan_date: date_after(start.month, plan_days),
                response_date: date_after(start.month, response_days),
            }
        })
        .collect()
}

/// The day so many days after the first of a month.
fn date_after(month: CalendarMonth, days: f64) -> String {
    let (Ok(year), Ok(number)) = (i16::try_from(month.year()), i8::try_from(month.month())) else {
        return String::new();
    };
    #[expect(clippy::cast_possible_truncation, reason = "paths last 50 years")]
    let whole = days.floor() as i64;
    let first = Date::new(year, number, 1);
    let date = first.and_then(|first| first.checked_add(jiff::Span::new().days(whole)));
    date.map_or_else(|_| String::new(), |date| date.to_string())
}

/// The published pair, and what moves the cost on each line.
fn decomposition(
    start: &Start,
    start_usd_per_btc: f64,
    lines: &Lines,
) -> Result<HalvingDecomposition, Error> {
    let fees = start.fees_btc_per_block;
    let next = (start.height / HALVING_INTERVAL_BLOCKS + 1) * HALVING_INTERVAL_BLOCKS;
    let after_usd_per_btc = mechanical_usd_per_btc(
        start_usd_per_btc,
        subsidy_btc(start.height),
        subsidy_btc(next),
        fees,
    );
    Ok(HalvingDecomposition {
        start_usd_per_btc,
        fees_btc_per_block: fees,
        after_usd_per_btc,
        halving_factor: after_usd_per_btc / start_usd_per_btc,
        readings: published_pair()
            .into_iter()
            .map(|r| HalvingReading {
                reading: r.reading.to_owned(),
                start_usd_per_btc: r.before_usd_per_btc,
                fees_btc_per_block: (r.fees_btc > 0.0).then_some(r.fees_btc),
                after_usd_per_btc: r.after_usd_per_btc,
            })
            .collect(),
        changes: changes(lines)?,
    })
}

/// What moves the cost from the first month to the first full month after each halving and to the
/// last month, on each line, in both figures.
fn changes(lines: &Lines) -> Result<Vec<CostChange>, Error> {
    let NetworkPath { height, subsidy_btc: mean, .. } = &lines.mechanical;
    let last = mean.len().saturating_sub(1);
    // Not one that holds blocks from both sides.
    let first_full = |m: &usize| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "heights")]
        let whole = subsidy_btc(height[*m] as u64) == mean[*m];
        whole && mean[m - 1] > mean[*m]
    };
    let mut ends: Vec<usize> = (1..mean.len()).filter(first_full).collect();
    if last > 0 && !ends.contains(&last) {
        ends.push(last);
    }
    let mut rows = Vec::new();
    for (line, path) in lines.each() {
        for figure in ["bank", "average"] {
            for end in &ends {
                let state = |m| cost_state(lines, line, path, figure, m);
                let change = decompose(&state(0), &state(*end))?;
                rows.push(CostChange {
                    line,
                    figure,
                    from_month: month_name(path, 0),
                    to_month: month_name(path, *end),
                    from_usd_per_btc: change.from_usd_per_btc,
                    to_usd_per_btc: change.to_usd_per_btc,
                    parts: change
                        .parts
                        .iter()
                        .map(|part| CostPart {
                            factor: part.factor.as_str(),
                            factor_from: part.from,
                            factor_to: part.to,
                            part_usd_per_btc: part.usd_per_btc,
                        })
                        .collect(),
                });
            }
        }
    }
    Ok(rows)
}

/// What a figure is made of in a month.
fn cost_state(lines: &Lines, line: &str, path: &NetworkPath, figure: &str, m: usize) -> CostState {
    let (j_per_th, usd_per_mwh, overhead) = match (figure, line) {
        ("bank", _) => (
            BANK_J_PER_TH * lines.anchor * path.j_per_th_index[m],
            BANK_USD_PER_MWH * path.power_index[m],
            1.0,
        ),
        (_, "response") => {
            let months = &lines.answer.months;
            (months.j_per_th[m], months.usd_per_mwh[m], months.overhead[m])
        }
        _ => (
            AVERAGE_J_PER_TH * path.j_per_th_index[m],
            AVERAGE_USD_PER_MWH * path.power_index[m],
            1.0,
        ),
    };
    CostState {
        subsidy_btc: path.subsidy_btc[m],
        fees_btc: path.fees_btc[m],
        hashrate_th_per_s: path.hashrate_eh_per_s[m] * TH_PER_EH,
        j_per_th,
        usd_per_mwh,
        overhead,
    }
}

/// The machines whose end is asked for.
fn machines(
    loaded: Option<&Loaded>,
    arguments: &HalvingArguments,
    month: CalendarMonth,
) -> Result<Vec<Runner>, Error> {
    let overhead = network_facts::NETWORK_OVERHEAD[1];
    let mut faults = Faults::default();
    faults.check::<SpotUsdPerMwh>("--usd-per-mwh", arguments.usd_per_mwh);
    if let Some(loaded) = loaded.filter(|_| arguments.models.is_empty()) {
        let built = loaded.build()?;
        let of_sites: Vec<Runner> = built
            .portfolio
            .sites
            .iter()
            .flat_map(|site| {
                let usd_per_mwh = first_price_usd_per_mwh(site, &built.world);
                site.machines.iter().map(move |class| Runner {
                    id: format!("{} at {}", class.name, site.id),
                    j_per_th: class.j_per_th(),
                    overhead: site.mining_overhead,
                    usd_per_mwh,
                })
            })
            .collect();
        if !of_sites.is_empty() {
            return Ok(of_sites);
        }
    }
    let mut chosen = Vec::new();
    for name in &arguments.models {
        match facts::machine(name) {
            Some(machine) => chosen.push(machine),
            None => faults.push(
                Violation::new(Code::UnknownReference, "--model")
                    .value(name)
                    .allowed("a model of the built-in table")
                    .hint(format!("nearest: {}", facts::nearest_machines(name).join(", "))),
            ),
        }
    }
    faults.into_result()?;
    if chosen.is_empty() {
        chosen = network_facts::best_of_half_years(month);
    }
    Ok(chosen
        .into_iter()
        .map(|machine| Runner {
            id: machine.model.clone(),
            j_per_th: machine.j_per_th(),
            overhead,
            usd_per_mwh: arguments.usd_per_mwh,
        })
        .collect())
}

/// When each machine stops, on each line.
fn death_rows(lines: &Lines, machines: &[Runner]) -> Result<Vec<DeathRow>, Error> {
    let mut rows = Vec::new();
    let by_line = lines
        .each()
        .map(|(line, path)| deaths(path, machines, lines.pool_fee_frac).map(|d| (line, path, d)));
    let by_line = by_line.into_iter().collect::<Result<Vec<_>, _>>()?;
    for (place, machine) in machines.iter().enumerate() {
        for (line, path, deaths) in &by_line {
            let death = &deaths[place];
            let name = |m: Option<usize>| m.map(|m| month_name(path, m));
            rows.push(DeathRow {
                machine: machine.id.clone(),
                line,
                j_per_th: machine.j_per_th,
                overhead: machine.overhead,
                usd_per_mwh: machine.usd_per_mwh,
                breakeven_usd_per_ph_day: death.breakeven_usd_per_ph_day,
                off_month: name(death.month),
                off_usd_per_ph_day: death.hashprice_usd_per_ph_day,
                off_for_good_month: name(death.for_good),
            });
        }
    }
    Ok(rows)
}

/// Cambridge's figure beside the cohorts' own, in the first month.
fn efficiency(start: &Start, lines: &Lines) -> NetworkEfficiencyRow {
    let revenue = lines.mechanical.hashprice_usd_per_ph_day.first().map_or(0.0, |h| h / 1_000.0);
    let threshold = network_facts::profitable_j_per_th(revenue, CBECI_USD_PER_MWH);
    let cbeci = network_facts::network_efficiency(start.month, Some(threshold));
    let months = &lines.answer.months;
    let first = |column: &[f64]| column.first().copied().unwrap_or(0.0);
    NetworkEfficiencyRow {
        cbeci_j_per_th: cbeci.map(|e| e.guess_j_per_th),
        cbeci_min_j_per_th: cbeci.map(|e| e.min_j_per_th),
        cbeci_max_j_per_th: cbeci.map(|e| e.max_j_per_th),
        cbeci_models: cbeci.map_or(0, |e| e.models),
        cohorts_j_per_th: first(&months.j_per_th) * first(&months.overhead),
        network_installed_eh_per_s: first(&months.idle_eh_per_s)
            + first(&months.columns.hashrate_eh_per_s),
    }
}

/// What the reader should know about the lines.
fn warnings(lines: &Lines) -> Vec<String> {
    let drift = lines.answer.periods.drift_days();
    if drift.abs() < 1.0 {
        return Vec::new();
    }
    vec![format!(
        "on the response line blocks come {} than 144 a day: {:.0} days by its end; months count 144",
        if drift < 0.0 { "faster" } else { "slower" },
        drift.abs()
    )]
}

/// What the path without a plan starts from.
fn start_defaults() -> Vec<DefaultRow> {
    let row = |path: &str, value: serde_json::Value, unit: &str, source: &str| DefaultRow {
        path: path.to_owned(),
        value,
        unit: unit.to_owned(),
        source: source.to_owned(),
    };
    let start = Start::october_2025(0.0, OCTOBER_2025_PRICE_USD_PER_BTC);
    let mut rows = vec![
        row("start.month", start.month.to_string().into(), "", "month of the published 92,000 USD"),
        row(
            "start.height",
            start.height.into(),
            "blocks",
            "921,775 on 2025-11-01 less 31 days of 144 blocks [assumption]",
        ),
        row("start.difficulty", start.difficulty.into(), "difficulty", "bits 0x1701ddb4"),
        row("start.price_usd_per_btc", start.price_usd_per_btc.into(), "USD/BTC", "press, 2025-10"),
    ];
    let of_plans = defaults::of_table(&input::schema(), "bitcoin");
    let shared = ["bitcoin.pool_fee_frac", "bitcoin.trend.", "bitcoin.response."];
    let taken = |used: &&DefaultUsed| shared.iter().any(|start| used.path.starts_with(start));
    rows.extend(of_plans.iter().filter(taken).map(DefaultRow::from));
    rows
}
