//! The job `dispatch`: a site of a plan, or machine classes of a file, hour by hour.

use compare::operation::{
    ClassOperation, HashMarket, Operation, RunningClass, Setting, StrikeRule, Tally, firm_loads,
    operate,
};
use compare::{Site, World};
use hashcost::Heat;
use hashcost::curve::Point;
use jiff::Timestamp;
use power::{Adders, Contract, Index, Pricing, Series, Tariff, Window};
use units::constants::{HOURS_PER_DAY, KW_PER_MW, TH_PER_PH};
use units::{Code, Violation};

use crate::about;
use crate::error::Error;
use crate::input::{Built, Loaded, SeriesRead, plan, running_class};
use crate::result::{
    DispatchClass, DispatchMonth, DispatchResult, DispatchTotals, DurationPoint, FirmRow,
    FlexibilityUsd, HeatCell, RuleRow, SeriesAbout, StrikeRow,
};
use crate::strikes;

/// Shares of a firm load that may be curtailed.
const CURTAILABLE: [f64; 6] = [0.0, 0.05, 0.10, 0.15, 0.20, 0.25];

/// Points of the duration curve.
const DURATION_POINTS: usize = 101;

/// What hot intake air does, by cooling: power +7.3 % over a day that is taken to span 18 degrees,
/// hash rate from 490 to 440 MHz above 40 degrees, off above 47 (built-in temperature effects of
/// Antminer T21 and S21). Water and baths are cooled by air as well, but keep their chips cool until
/// their loop gives up: no effect up to 45 degrees.
const fn heat_of(cooling: plan::Cooling) -> Heat {
    match cooling {
        plan::Cooling::Air => Heat {
            power_per_c_frac: 0.004,
            power_from_c: 20.0,
            hash_per_c_frac: 0.0146,
            hash_from_c: 40.0,
            trip_c: 47.0,
        },
        plan::Cooling::Hydro | plan::Cooling::Immersion => Heat {
            power_per_c_frac: 0.0,
            power_from_c: 0.0,
            hash_per_c_frac: 0.02,
            hash_from_c: 45.0,
            trip_c: 52.0,
        },
    }
}

/// A series with the name of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedSeries {
    /// File as it was named.
    pub file: String,
    /// The series.
    pub read: SeriesRead,
}

/// What `dispatch` is asked besides the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct DispatchArguments {
    /// Site of the plan; the only one, or the first that has an hourly price, if left out.
    pub site: Option<String>,
    /// Market prices that take the place of the plan's.
    pub prices: Option<NamedSeries>,
    /// Market prices known a day ahead.
    pub day_ahead: Option<NamedSeries>,
    /// Temperature of the intake air.
    pub temperature: Option<NamedSeries>,
    /// Machine classes that take the place of a site's.
    pub classes: Option<Vec<RunningClass>>,
    /// Hashprice that takes the place of the plan's, USD/PH/day.
    pub hashprice_usd_per_ph_day: Option<f64>,
    /// The strike rule to compare with.
    pub strikes: StrikeRule,
    /// Whether rules are followed beside the best.
    pub with_rules: bool,
    /// Hours a year in which a firm load's share may be curtailed.
    pub curtailed_hours_per_year: f64,
}

/// Hours a year in which a firm load's share may be curtailed: 1 %.
pub const DEFAULT_CURTAILED_HOURS_PER_YEAR: f64 = 88.0;

impl Default for DispatchArguments {
    fn default() -> Self {
        Self {
            site: None,
            prices: None,
            day_ahead: None,
            temperature: None,
            classes: None,
            hashprice_usd_per_ph_day: None,
            strikes: StrikeRule::default(),
            with_rules: true,
            curtailed_hours_per_year: DEFAULT_CURTAILED_HOURS_PER_YEAR,
        }
    }
}

/// Runs a site, or machine classes, through a series of prices.
///
/// # Errors
/// [`Error::Input`] for a site that the plan does not have, series that do not cover each other, and
/// what the plan itself gets wrong; [`Error::Compare`] for obligations that cannot be met.
pub fn dispatch(loaded: &Loaded, arguments: &DispatchArguments) -> Result<DispatchResult, Error> {
    let Built { portfolio, world, mut warnings, .. } = loaded.build()?;
    let place = site_place(&portfolio.sites, arguments)?;
    let site = &portfolio.sites[place];
    let of_file = arguments.classes.is_some();
    let mut contract = if of_file { free_of_charges() } else { site.contract.clone() };
    if let Some(prices) = &arguments.prices {
        contract = on_market(&contract, &prices.read.series);
    }
    let year = contract.year(world.calendar(0)).map_err(|error| refused("prices", &error))?;
    let pricing = contract.pricing(&year).map_err(|error| refused("prices", &error))?;
    let series = &pricing.energy_usd_per_mwh;
    warnings.extend(events_outside(site, &contract, series));
    let ahead = day_ahead(loaded, site, arguments, &contract, series)?;
    let temperature = arguments.temperature.as_ref().map(|named| {
        let onto = named.read.series.on_intervals_of(series);
        onto.map_err(|error| refused("temperature", &error))
    });
    let temperature = temperature.transpose()?;
    let classes = match &arguments.classes {
        Some(classes) => classes.clone(),
        None => running_classes(loaded, place, &portfolio.sites[place], temperature.is_some())?,
    };
    if classes.is_empty() {
        let path = format!("site.{}.machine", site.id);
        let violation = Violation::new(Code::Missing, path).allowed("needs machines to dispatch");
        return Err(vec![violation].into());
    }
    let (market, hashprice) = hash_market(&world, arguments);
    let setting = Setting {
        pricing: &pricing,
        charges: &contract.charges,
        zone: &contract.zone,
        market,
        temperature_c: temperature.as_ref(),
        ahead_usd_per_mwh: ahead.as_ref().map(|(_, prices)| &prices[..]),
        strikes: arguments.strikes,
        with_rules: arguments.with_rules,
    };
    let operation = operate(&classes, &setting)?;
    // Classes of a file stand at no site of the plan.
    warnings.retain(|warning| !of_file && warning.contains(&site.id));
    let mut rows: Vec<DispatchClass> =
        classes.iter().zip(&operation.classes).map(class_row).collect();
    let others = rows.split_off(1);
    let mut result = DispatchResult {
        about: about::of_plan(loaded),
        site: (!of_file).then(|| site.id.clone()),
        tariff: tariff_word(&contract.tariff),
        prices: prices_about(loaded, site, arguments, series),
        day_ahead: ahead.map(|(about, _)| about),
        temperature: arguments.temperature.as_ref().map(named_about),
        hashprice_usd_per_ph_day: hashprice,
        price_usd_per_btc: world.path.price_usd_per_btc[0],
        classes: rows,
        strikes: if arguments.with_rules { strike_rows(&classes, market) } else { Vec::new() },
        total: totals(&operation, &pricing, &contract),
        months: operation.months.iter().map(month_row).collect(),
        heat_map: if of_file { Vec::new() } else { heat_map(&operation, &pricing, &contract) },
        duration: if of_file { Vec::new() } else { duration(&pricing) },
        firm: if of_file { Vec::new() } else { firm(&operation, &pricing, &contract, arguments) },
        warnings,
    };
    // All classes have the keys of the first one.
    result.about.formulas = about::formulas(&result);
    result.classes.extend(others);
    Ok(result)
}

/// Says that events of a contract lie where prices given beside the plan do not reach.
fn events_outside(site: &Site, contract: &Contract, series: &Series) -> Option<String> {
    let during = Window { from_unix_s: series.start_unix_s(), to_unix_s: series.end_unix_s() };
    let (outside, all) = contract.charges.outside(&during);
    (outside > 0).then(|| {
        format!(
            "site.{}: {outside} of {all} peaks, hours of programmes and obligations lie outside the \
             prices and count for nothing here",
            site.id
        )
    })
}

fn refused(path: &str, error: &power::Error) -> Error {
    let show = |unix_s: i64| instant(unix_s);
    let violations = match error {
        power::Error::Invalid(violations) => violations.clone(),
        power::Error::Gaps(gaps) => gaps
            .iter()
            .take(20)
            .map(|gap| {
                Violation::new(Code::Missing, path)
                    .value(show(gap.from_unix_s))
                    .allowed(format!("{} intervals from here on have no value", gap.intervals))
                    .hint("series that belong together have to cover the same time")
            })
            .collect(),
        other => vec![Violation::new(Code::Conflict, path).hint(other.to_string())],
    };
    violations.into()
}

fn instant(unix_s: i64) -> String {
    Timestamp::from_second(unix_s).map_or_else(|_| unix_s.to_string(), |at| at.to_string())
}

/// Index of the site that is asked for.
fn site_place(sites: &[Site], arguments: &DispatchArguments) -> Result<usize, Error> {
    let Some(id) = &arguments.site else {
        let hourly = sites.iter().position(|site| site.contract.market().is_some());
        return Ok(hourly.unwrap_or(0));
    };
    sites.iter().position(|site| site.id == *id).ok_or_else(|| {
        let ids: Vec<&str> = sites.iter().map(|site| site.id.as_str()).collect();
        let nearest = crate::facts::nearest(id, ids.iter().copied());
        let violation = Violation::new(Code::UnknownReference, "--site")
            .value(id)
            .allowed(format!("must be one of {}", ids.join(", ")))
            .hint(nearest.first().map(|id| format!("did you mean {id}?")).unwrap_or_default());
        Error::Input(vec![violation])
    })
}

/// A contract for a market's price alone, for machine classes that belong to no site.
fn free_of_charges() -> Contract {
    Tariff::Flat { usd_per_mwh: 0.0 }.into()
}

/// The contract with other market prices: on an index what is added stays, any other tariff becomes
/// the bare index.
fn on_market(contract: &Contract, market: &Series) -> Contract {
    let market_usd_per_mwh = std::sync::Arc::new(market.clone());
    let tariff = match &contract.tariff {
        Tariff::Index(index) => Tariff::Index(Index { market_usd_per_mwh, ..index.clone() }),
        Tariff::BlockIndex(block) => {
            let index = Index { market_usd_per_mwh, ..block.index.clone() };
            Tariff::BlockIndex(power::BlockIndex { index, ..block.clone() })
        }
        _ => Tariff::Index(Index { market_usd_per_mwh, adders: Adders::default() }),
    };
    Contract::new(tariff, contract.charges.clone(), contract.zone.clone())
}

/// What the day ahead would have cost, on the intervals of the prices paid.
fn day_ahead(
    loaded: &Loaded,
    site: &Site,
    arguments: &DispatchArguments,
    contract: &Contract,
    series: &Series,
) -> Result<Option<(SeriesAbout, Vec<f64>)>, Error> {
    let of_plan = loaded.power.get(&site.id).and_then(|power| power.day_ahead.as_ref());
    let (about, ahead) = match (&arguments.day_ahead, of_plan) {
        (Some(named), _) => (named_about(named), &named.read.series),
        (None, Some(read)) if arguments.prices.is_none() && arguments.classes.is_none() => {
            let file = format!("plan, site.{}.tariff.day_ahead_file", site.id);
            (series_about(file, &read.series, Some(read)), &read.series)
        }
        _ => return Ok(None),
    };
    let onto = ahead.on_intervals_of(series).map_err(|error| refused("day_ahead", &error))?;
    let pricing = on_market(contract, &onto).pricing(&onto);
    let prices = pricing.map_err(|error| refused("day_ahead", &error))?.usd_per_mwh();
    Ok(Some((about, prices)))
}

/// The machines of a site as they run.
fn running_classes(
    loaded: &Loaded,
    place: usize,
    site: &Site,
    with_heat: bool,
) -> Result<Vec<RunningClass>, Error> {
    let machines = loaded.plan.site[place].machine.iter().zip(&site.machines);
    machines
        .filter(|(_, class)| class.units > 0.0)
        .map(|(of_plan, class)| {
            let heat = of_plan.cooling.filter(|_| with_heat).map(heat_of);
            let running = running_class(of_plan, class, site.mining_overhead)?;
            Ok(RunningClass { heat, ..running })
        })
        .collect()
}

/// What hashing is worth, and the hashprice behind it.
fn hash_market(world: &World, arguments: &DispatchArguments) -> (HashMarket, f64) {
    let path = &world.path;
    let hashprice = arguments.hashprice_usd_per_ph_day.unwrap_or(path.hashprice_usd_per_ph_day[0]);
    // A file's classes know no pool: what is asked for is what they get.
    let kept = if arguments.classes.is_some() { 1.0 } else { 1.0 - world.pool_fee_frac };
    let hash_value_usd_per_th_day = hashprice / TH_PER_PH * kept;
    let btc_per_th_day = hash_value_usd_per_th_day / path.price_usd_per_btc[0];
    (HashMarket { hash_value_usd_per_th_day, btc_per_th_day }, hashprice)
}

const fn tariff_word(tariff: &Tariff) -> &'static str {
    match tariff {
        Tariff::Flat { .. } => "flat",
        Tariff::TimeOfUse(_) => "tou",
        Tariff::Index(_) => "index",
        Tariff::BlockIndex(_) => "block_index",
    }
}

fn series_about(source: String, series: &Series, read: Option<&SeriesRead>) -> SeriesAbout {
    SeriesAbout {
        source,
        from: instant(series.start_unix_s()),
        to: instant(series.end_unix_s()),
        interval_minutes: series.interval_s() / 60,
        intervals: series.values().len(),
        label: read.map(|read| read.label.as_str()),
        zone: read.and_then(|read| read.zone.clone()),
        gap_rule: read.map(|read| read.gaps.as_str()),
        filled_intervals: read.map_or(0, |read| read.filled.iter().map(|gap| gap.intervals).sum()),
    }
}

fn named_about(named: &NamedSeries) -> SeriesAbout {
    series_about(named.file.clone(), &named.read.series, Some(&named.read))
}

fn prices_about(
    loaded: &Loaded,
    site: &Site,
    arguments: &DispatchArguments,
    series: &Series,
) -> SeriesAbout {
    if let Some(named) = &arguments.prices {
        return named_about(named);
    }
    let read = loaded.power.get(&site.id).and_then(|power| power.market.as_ref());
    let source = match (read, site.contract.market()) {
        (Some(_), _) => format!("plan, site.{}.tariff.file", site.id),
        (None, Some(_)) => "made-up prices (synthetic)".to_owned(),
        (None, None) => "the tariff's own hours".to_owned(),
    };
    series_about(source, series, read)
}

/// Strike prices of all settings, running costs taken off what hashing is worth.
fn strike_rows(classes: &[RunningClass], market: HashMarket) -> Vec<StrikeRow> {
    let of_class = |class: &RunningClass| {
        let points = class.curve.points();
        let setting = |(place, point): (usize, &Point)| {
            (format!("{} of {}", place + 1, points.len()), point.th_per_s, point.power_w)
        };
        let settings: Vec<_> = points.iter().enumerate().map(setting).collect();
        let value = market.hash_value_usd_per_th_day - class.variable_usd_per_th_day;
        let overhead = class.overhead.get();
        strikes::rows(&class.name, &settings, class.curve.idle_w(), value / HOURS_PER_DAY, overhead)
    };
    classes.iter().flat_map(of_class).collect()
}

fn class_row((class, found): (&RunningClass, &ClassOperation)) -> DispatchClass {
    let best = &found.best;
    let parts = &found.flexibility;
    DispatchClass {
        machine: class.name.clone(),
        units: class.units,
        profit_usd: best.profit_usd,
        btc: best.btc,
        mwh: best.energy_mwh,
        power_usd: best.power_usd,
        effective_usd_per_mwh: best.effective_usd_per_mwh(),
        hours: best.hours.clone(),
        hours_run: best.hours_run(),
        starts: best.starts,
        always_on_setting: found.always_on_point + 1,
        flexibility_usd: FlexibilityUsd {
            off_usd: parts.off_usd,
            settings_usd: parts.points_usd,
            peaks_usd: parts.peaks_usd,
            programs_usd: parts.programs_usd,
            charges_usd: 0.0,
            total_usd: parts.total_usd(),
        },
        rules: found
            .rules
            .iter()
            .map(|followed| rule_row(followed.rule.as_str(), &followed.tally, best))
            .collect(),
    }
}

fn rule_row(rule: &'static str, tally: &Tally, best: &Tally) -> RuleRow {
    RuleRow {
        rule,
        profit_usd: tally.profit_usd,
        left_usd: best.profit_usd - tally.profit_usd,
        btc: tally.btc,
        mwh: tally.energy_mwh,
        hours_run: tally.hours_run(),
        starts: tally.starts,
        effective_usd_per_mwh: tally.effective_usd_per_mwh(),
    }
}

fn month_row(month: &compare::operation::LoadMonth) -> DispatchMonth {
    DispatchMonth {
        month: format!("{}-{:02}", month.year, month.month),
        peak_gross_mw: month.peak_gross_mw,
        demand_usd: month.demand_usd,
        unused_usd: month.unused_usd,
    }
}

fn totals(operation: &Operation, pricing: &Pricing, contract: &Contract) -> DispatchTotals {
    let sum = |of: &dyn Fn(&ClassOperation) -> f64| {
        operation.classes.iter().fold(0.0, |sum, class| sum + of(class))
    };
    let months = |of: &dyn Fn(&compare::operation::LoadMonth) -> f64| {
        operation.months.iter().fold(0.0, |sum, month| sum + of(month))
    };
    let power_usd = sum(&|class| class.best.power_usd);
    let mwh = sum(&|class| class.best.energy_mwh);
    let demand_usd = months(&|month| month.demand_usd);
    let unused_usd = months(&|month| month.unused_usd);
    let standing_usd = pricing.standing_usd + pricing.standing_usd_per_mw * operation.all_gross_mw;
    let [off, settings, peaks, programs] = [
        sum(&|class| class.flexibility.off_usd),
        sum(&|class| class.flexibility.points_usd),
        sum(&|class| class.flexibility.peaks_usd),
        sum(&|class| class.flexibility.programs_usd),
    ];
    let total_usd = operation.flexibility_usd();
    let charges_usd = if contract.charges.look_at_the_sum() {
        total_usd - (off + settings + peaks + programs)
    } else {
        0.0
    };
    let paid = power_usd + demand_usd + unused_usd - standing_usd;
    let prices = pricing.energy_usd_per_mwh.values();
    let peak_sum = pricing.peak_usd_per_mwh.iter().fold(0.0, |sum, price| sum + price);
    let price_sum = prices.iter().fold(0.0, |sum, price| sum + price);
    DispatchTotals {
        profit_usd: operation.profit_usd() + standing_usd,
        btc: sum(&|class| class.best.btc),
        mwh,
        power_usd,
        demand_usd,
        unused_usd,
        standing_usd,
        effective_usd_per_mwh: (mwh > 0.0).then(|| paid / mwh),
        average_usd_per_mwh: (price_sum + peak_sum) / prices.len() as f64,
        hours_run: sum(&|class| class.best.hours_run()),
        hours_of_series: pricing.energy_usd_per_mwh.hours(),
        flexibility_usd: FlexibilityUsd {
            off_usd: off,
            settings_usd: settings,
            peaks_usd: peaks,
            programs_usd: programs,
            charges_usd,
            total_usd,
        },
    }
}

fn heat_map(operation: &Operation, pricing: &Pricing, contract: &Contract) -> Vec<HeatCell> {
    let series = &pricing.energy_usd_per_mwh;
    let mut clock = contract.zone.clock();
    let mut sums = vec![[0.0_f64; 3]; 12 * 24];
    for (place, price) in series.values().iter().enumerate() {
        let local = clock.at(series.unix_s(place));
        let cell = &mut sums[(local.month as usize - 1) * 24 + local.hour as usize];
        cell[0] += 1.0;
        cell[1] += price;
        cell[2] += operation.draw_gross_mw[place];
    }
    let cells = sums.into_iter().zip(0_u32..).filter(|(sums, _)| sums[0] > 0.0);
    cells
        .map(|([count, price, draw], place)| HeatCell {
            month_of_year: place / 24 + 1,
            hour: place % 24,
            average_usd_per_mwh: price / count,
            draw_frac: draw / count / operation.all_gross_mw,
        })
        .collect()
}

fn duration(pricing: &Pricing) -> Vec<DurationPoint> {
    let mut prices = pricing.usd_per_mwh();
    prices.sort_by(|a, b| b.total_cmp(a));
    let last = prices.len().saturating_sub(1);
    (0..DURATION_POINTS)
        .map(|point| DurationPoint {
            share_frac: point as f64 / (DURATION_POINTS - 1) as f64,
            price_usd_per_mwh: prices[point * last / (DURATION_POINTS - 1)],
        })
        .collect()
}

fn firm(
    operation: &Operation,
    pricing: &Pricing,
    contract: &Contract,
    arguments: &DispatchArguments,
) -> Vec<FirmRow> {
    let years = pricing.energy_usd_per_mwh.years();
    let flexibility =
        operation.flexibility_usd() + pricing.standing_usd_per_mw * operation.all_gross_mw;
    let per_mw_year = flexibility / operation.all_gross_mw / years;
    let demand = contract.charges.demand.map_or(0.0, |demand| demand.usd_per_kw_month * KW_PER_MW);
    let hours = arguments.curtailed_hours_per_year;
    firm_loads(pricing, demand, per_mw_year, hours, &CURTAILABLE)
        .into_iter()
        .map(|load| FirmRow {
            curtailable_frac: load.curtailable_frac,
            firm_usd_per_mwh: load.usd_per_mwh,
            saved_usd_per_mw_year: load.saved_usd_per_mw_year,
            lease_must_add_usd_per_kw_month: load.lease_must_add_usd_per_kw_month,
        })
        .collect()
}
