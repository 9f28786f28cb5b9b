//! The smaller jobs: cost to mine, leases, GPU clouds, the definitions bridge.

use compare::MachineClass;
use hashcost::bridge::{Accounts, Definition, bridge as bridge_rows};
use hashcost::{Fleet, Machine, Network, breakevens, fleet_cost};
use hpcrev::identity::{Figures, solve};
use hpcrev::{Lease, LeaseSummary, lease_from_value};
use units::{
    AnnualRateFrac, Code, CriticalMw, Faults, Frac, Months, Usd, UsdPerKwMonth, UsdPerMw, Violation,
};

use crate::{
    about,
    error::Error,
    facts, fleet,
    input::{Built, Loaded},
    result::{BridgeResult, BridgeRow, CostResult, CostRow, GpuResult, LeaseResult, LeaseYear},
};

/// Cost to mine over machines and power prices, today and with half the subsidy.
///
/// Machines are `models` of the built-in table, else those of the plan; prices are `prices`, else
/// 20 to 100 USD/MWh in steps of 10.
///
/// # Errors
/// [`Error::Input`] with every model that is not in the table and every price out of range.
pub fn cost(loaded: &Loaded, models: &[String], prices: &[f64]) -> Result<CostResult, Error> {
    cost_of(loaded, &loaded.build()?, models, prices)
}

/// [`cost`] for a plan that is built already.
///
/// # Errors
/// As [`cost`].
pub fn cost_of(
    loaded: &Loaded,
    built: &Built,
    models: &[String],
    prices: &[f64],
) -> Result<CostResult, Error> {
    let Built { portfolio, world, .. } = built;
    let machines = if models.is_empty() {
        let of_sites: Result<Vec<_>, _> = portfolio.sites.iter().map(fleet::machines).collect();
        of_sites?.concat()
    } else {
        named_machines(models)?
    };
    let standard: Vec<f64> = (2..=10).map(|i| f64::from(i) * 10.0).collect();
    let prices = if prices.is_empty() { &standard } else { prices };
    let now = world.network(0);
    let halved = Network { subsidy_btc: now.subsidy_btc / 2.0, ..now };
    let fleet = Fleet::new(&machines)?;
    let mut rows = Vec::new();
    for (scenario, network) in [("now", &now), ("halved", &halved)] {
        for &usd_per_mwh in prices {
            let costs = fleet_cost(&fleet, usd_per_mwh, network)?;
            let roots = breakevens(&fleet, usd_per_mwh, network)?;
            for (class, &given) in fleet.given_rows().iter().enumerate() {
                let (btc, ph) =
                    (costs.machines[class].usd_per_btc, costs.machines[class].usd_per_ph_day);
                rows.push((
                    given,
                    CostRow {
                        machine: machines[given].id.clone(),
                        j_per_th: machines[given].efficiency_j_per_th.get(),
                        usd_per_mwh,
                        scenario: scenario.to_owned(),
                        electricity_usd_per_btc: btc.electricity,
                        direct_before_credits_usd_per_btc: btc.direct_before_credits,
                        all_in_before_credits_usd_per_btc: btc.all_in_before_credits,
                        direct_usd_per_btc: btc.direct,
                        all_in_usd_per_btc: btc.all_in,
                        electricity_usd_per_ph_day: ph.electricity,
                        direct_before_credits_usd_per_ph_day: ph.direct_before_credits,
                        all_in_before_credits_usd_per_ph_day: ph.all_in_before_credits,
                        direct_usd_per_ph_day: ph.direct,
                        all_in_usd_per_ph_day: ph.all_in,
                        breakeven_usd_per_mwh: roots[class].usd_per_mwh,
                    },
                ));
            }
        }
    }
    // Machines in the order given, each with its prices and scenarios together.
    rows.sort_by_key(|(given, _)| *given);
    let mut result = CostResult {
        about: about::of_plan(loaded),
        price_usd_per_btc: now.price_usd_per_btc,
        rows: rows.into_iter().map(|(_, row)| row).collect(),
    };
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// Machines of the built-in table: one each, without site overhead or other costs.
fn named_machines(models: &[String]) -> Result<Vec<Machine>, Error> {
    let mut machines = Vec::new();
    let mut faults = Vec::new();
    for model in models {
        let Some(known) = facts::machine(model) else {
            faults.push(
                Violation::new(Code::UnknownReference, "--model")
                    .value(model)
                    .allowed("a model of the built-in table")
                    .hint(format!("nearest: {}", facts::nearest_machines(model).join(", "))),
            );
            continue;
        };
        let class = MachineClass {
            name: known.model.clone(),
            units: 1.0,
            th_per_s: known.hashrate_th_per_s,
            power_w: known.power_w,
            uptime_frac: 1.0,
            variable_usd_per_th_day: 0.0,
            fixed_usd_per_th_day: 0.0,
            credits_usd_per_th_day: 0.0,
            life_months: 0,
            age_months: 0,
            tax_basis_usd: 0.0,
            ladder: Vec::new(),
            committed: None,
        };
        machines.push(fleet::machine(&class, 1.0, known.model.clone())?);
    }
    if faults.is_empty() { Ok(machines) } else { Err(faults.into()) }
}

/// One set of accounts under each publisher's definition of cost to mine.
///
/// # Errors
/// [`Error::Hashcost`] with every amount that cannot be used.
pub fn bridge(accounts: &Accounts) -> Result<BridgeResult, Error> {
    let costs = bridge_rows(accounts)?;
    let cost = |of: Definition| {
        costs.iter().find(|row| row.definition == of).map_or(0.0, |row| row.usd_per_btc)
    };
    let rows = costs
        .iter()
        .map(|row| {
            let builds_on = match row.definition {
                Definition::Electricity => 0.0,
                Definition::DirectNetOfCredits | Definition::PowerAndCashSga => {
                    cost(Definition::Electricity)
                }
                Definition::DirectAndCashSga => cost(Definition::DirectNetOfCredits),
                Definition::Cash => cost(Definition::DirectAndCashSga),
                Definition::AllIn => cost(Definition::Cash),
            };
            BridgeRow {
                definition: row.definition.counts().to_owned(),
                used_by: row.definition.used_by().join(", "),
                adds_usd_per_btc: row.usd_per_btc - builds_on,
                cost_usd_per_btc: row.usd_per_btc,
            }
        })
        .collect();
    let mut result = BridgeResult {
        about: about::of_arguments(about::NO_FLOWS, Vec::new()),
        btc_mined: accounts.btc,
        rows,
    };
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// A lease as it is typed: by its value or by its rent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LeaseArguments {
    /// Critical MW.
    pub critical_mw: f64,
    /// Base term in years.
    pub years: u32,
    /// Value of the base term in USD; the rent is solved for.
    pub value_usd: Option<f64>,
    /// First year's rent in USD/kW-month; read where no value is given.
    pub rent_usd_per_kw_month: Option<f64>,
    /// Yearly escalator.
    pub escalator_frac: f64,
    /// Years of each renewal.
    pub renewals_years: Vec<u32>,
    /// Months without rent.
    pub free_months: u32,
    /// Share of the rent in each of the first months.
    pub ramp_frac: Vec<f64>,
    /// NOI margin.
    pub noi_margin_frac: Option<f64>,
    /// Capital per critical MW in USD.
    pub capex_usd_per_mw: Option<f64>,
}

/// Reads or writes a lease: rent, value, renewals.
///
/// # Errors
/// [`Error::Input`] with every argument out of range.
pub fn lease(arguments: &LeaseArguments) -> Result<LeaseResult, Error> {
    let a = arguments;
    let mut faults = Faults::default();
    faults.check::<CriticalMw>("--critical-mw", a.critical_mw);
    faults.demand(a.critical_mw != 0.0, "--critical-mw", a.critical_mw, "must be above 0");
    faults.check::<Months>("--years", 12.0 * f64::from(a.years));
    faults.demand(a.years != 0, "--years", a.years, "must be above 0");
    faults.check::<AnnualRateFrac>("--escalator", a.escalator_frac);
    if let Some(usd) = a.value_usd {
        faults.check::<Usd>("--value-usd", usd);
    }
    if let Some(rent) = a.rent_usd_per_kw_month {
        faults.check::<UsdPerKwMonth>("--rent-usd-per-kw-month", rent);
    }
    if let Some(margin) = a.noi_margin_frac {
        faults.check::<Frac>("--noi-margin", margin);
    }
    if let Some(capex) = a.capex_usd_per_mw {
        faults.check::<UsdPerMw>("--capex-usd-per-mw", capex);
    }
    for share in &a.ramp_frac {
        faults.check::<Frac>("--ramp", *share);
    }
    faults.check::<Months>("--free-months", f64::from(a.free_months));
    let renewals_years: f64 = a.renewals_years.iter().map(|years| f64::from(*years)).sum();
    faults.check::<Months>("--renewals", 12.0 * renewals_years);
    faults.into_result()?;
    let months = |years: u32| 12 * years as usize;
    let terms = Lease {
        ramp: a.ramp_frac.clone(),
        free_months: f64::from(a.free_months),
        renewals_months: a.renewals_years.iter().map(|years| months(*years)).collect(),
        ..Lease::plain(a.rent_usd_per_kw_month.unwrap_or(1.0), a.escalator_frac, months(a.years))
    };
    let lease = match a.value_usd {
        Some(value) => lease_from_value(&terms, a.critical_mw, value),
        None => terms,
    };
    let summary = LeaseSummary::new(&lease, a.critical_mw, a.noi_margin_frac.unwrap_or(0.0));
    let noi = a.noi_margin_frac.map(|_| summary.noi_usd_per_year);
    let year = |first: usize| {
        move |(i, rent_usd): (usize, &f64)| LeaseYear { lease_year: first + i, rent_usd: *rent_usd }
    };
    let mut result = LeaseResult {
        about: about::of_arguments(about::YEAR_END, Vec::new()),
        first_year_usd_per_kw_month: summary.first_year_usd_per_kw_month,
        average_usd_per_kw_month: summary.average_usd_per_kw_month,
        usd_per_mw_year: summary.usd_per_mw_year,
        total_value_usd: summary.total_value_usd,
        total_value_with_renewals_usd: summary.total_value_with_renewals_usd,
        noi_usd_per_year: noi,
        yield_on_cost_frac: noi
            .zip(a.capex_usd_per_mw.filter(|usd| *usd > 0.0))
            .map(|(noi, capex)| noi / (capex * a.critical_mw)),
        by_year: summary.by_year_usd.iter().enumerate().map(year(1)).collect(),
        by_renewal_year: summary
            .by_renewal_year_usd
            .iter()
            .enumerate()
            .map(year(1 + summary.by_year_usd.len()))
            .collect(),
    };
    result.about.formulas = about::formulas(&result);
    Ok(result)
}

/// Figures of a GPU cloud as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GpuArguments {
    /// Critical MW.
    pub critical_mw: Option<f64>,
    /// Number of GPUs.
    pub gpus: Option<f64>,
    /// Revenue in USD a year.
    pub usd_per_year: Option<f64>,
    /// Critical power per GPU in kW.
    pub kw_per_gpu: Option<f64>,
    /// Revenue per GPU in USD a year.
    pub usd_per_gpu_year: Option<f64>,
    /// Price of a GPU-hour in USD.
    pub usd_per_gpu_h: Option<f64>,
    /// Revenue per critical MW in USD a year.
    pub usd_per_mw_year: Option<f64>,
}

/// Completes the figures of a GPU cloud from three independent ones.
///
/// # Errors
/// [`Error::Hpcrev`] if they are too few, depend on each other, or contradict each other.
pub fn gpu(arguments: &GpuArguments) -> Result<GpuResult, Error> {
    let all = solve(&Figures {
        critical_mw: arguments.critical_mw,
        gpus: arguments.gpus,
        usd_per_year: arguments.usd_per_year,
        kw_per_gpu: arguments.kw_per_gpu,
        usd_per_gpu_year: arguments.usd_per_gpu_year,
        usd_per_gpu_h: arguments.usd_per_gpu_h,
        usd_per_mw_year: arguments.usd_per_mw_year,
    })?;
    let mut result = GpuResult {
        about: about::of_arguments(about::YEAR_END, Vec::new()),
        critical_mw: all.critical_mw,
        gpus: all.gpus,
        usd_per_year: all.usd_per_year,
        kw_per_gpu: all.kw_per_gpu,
        usd_per_gpu_year: all.usd_per_gpu_year,
        usd_per_gpu_h: all.usd_per_gpu_h,
        usd_per_mw_year: all.usd_per_mw_year,
    };
    result.about.formulas = about::formulas(&result);
    Ok(result)
}
