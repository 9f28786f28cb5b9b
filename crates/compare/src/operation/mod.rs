//! A site hour by hour: what its machines earn when every interval is taken at its best, what the
//! rules that operators follow leave of that, and what being free to choose is worth.
//!
//! Model section 3. The contract has become a price column by now ([`power::Pricing`]); charges that
//! look at the sum of all draws are met by [`hashcost::load`], everything else class by class.

mod class;
mod firm;
mod flexibility;
mod months;
mod plain;
mod site_load;

use hashcost::curve::{Curve, Heat};
use power::{Charges, Pricing, Series, Zone};
use units::{Code, Overhead, Violation};

use crate::error::Error;
use class::{Columns, Solver, rules};
use plain::Group;
use site_load::curve_of;

pub use firm::{FirmLoad, firm_loads};
pub use flexibility::Flexibility;
pub use months::{CommittedMonths, TABLE_ERROR_FRAC};
pub use site_load::LoadMonth;

/// Machines of one kind as they run hour by hour.
#[derive(Clone, Debug, PartialEq)]
pub struct RunningClass {
    /// Name in results.
    pub name: String,
    /// Number of machines.
    pub units: f64,
    /// Share of time that a machine can run: what fails, not what is switched off.
    pub uptime_frac: f64,
    /// Settings of one machine.
    pub curve: Curve,
    /// Site draw per machine draw.
    pub overhead: Overhead,
    /// What is incurred per running TH-day, USD.
    pub variable_usd_per_th_day: f64,
    /// What a start costs and commits to.
    pub starts: StartTerms,
    /// What hot air does to it; `None` if it does not matter.
    pub heat: Option<Heat>,
}

/// What a start of one machine costs and commits to; the default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StartTerms {
    /// Cost of a start, failures that it causes included, USD.
    pub start_usd: f64,
    /// Least time on after a start, h.
    pub min_run_h: f64,
    /// Least time off after going off, h.
    pub min_off_h: f64,
    /// Time from a start until the first hash, h.
    pub ramp_h: f64,
}

impl StartTerms {
    /// Whether switching costs nothing.
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }
}

/// What hashing is worth, the same in all hours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HashMarket {
    /// Hash value before the costs of running, pool fee taken off, USD per TH/s-day.
    pub hash_value_usd_per_th_day: f64,
    /// Bitcoin received, pool fee taken off, per TH/s-day.
    pub btc_per_th_day: f64,
}

/// Strike prices by which machines are switched; what is left out follows from the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StrikeRule {
    /// Low strike, USD/MWh; the breakeven of the setting that is best always on if left out.
    pub low_usd_per_mwh: Option<f64>,
    /// High strike, USD/MWh; twice the low one if left out.
    pub high_usd_per_mwh: Option<f64>,
    /// Intervals in a row at the low strike that switch off.
    pub low_windows: usize,
    /// Intervals in a row at the high strike that switch off.
    pub high_windows: usize,
    /// Intervals in a row below the low strike that switch on.
    pub resume_windows: usize,
    /// Intervals by which a switch comes later.
    pub notice_intervals: usize,
}

/// The windows that operators use: Foreman's published default.
impl Default for StrikeRule {
    fn default() -> Self {
        Self {
            low_usd_per_mwh: None,
            high_usd_per_mwh: None,
            low_windows: 2,
            high_windows: 1,
            resume_windows: 4,
            notice_intervals: 0,
        }
    }
}

/// What a site runs in.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Prices by interval.
    pub pricing: &'a Pricing,
    /// What the contract charges besides.
    pub charges: &'a Charges,
    /// Clock by which months are billed.
    pub zone: &'a Zone,
    /// What hashing is worth.
    pub market: HashMarket,
    /// Temperature of the intake air over the same intervals, degrees Celsius.
    pub temperature_c: Option<&'a Series>,
    /// Prices known a day ahead over the same intervals, USD/MWh all in.
    pub ahead_usd_per_mwh: Option<&'a [f64]>,
    /// The strike rule to compare with.
    pub strikes: StrikeRule,
    /// Whether rules are followed beside the best.
    pub with_rules: bool,
}

/// What a class of machines came to; money and energy of all its machines.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// Worth of the hashes less energy, starts and running cost, USD.
    pub profit_usd: f64,
    /// Cost of energy with what peaks and programmes add, USD.
    pub power_usd: f64,
    /// Energy used, off and ramp included, MWh.
    pub energy_mwh: f64,
    /// Bitcoin received.
    pub btc: f64,
    /// Hours of one machine off and at each setting, off first.
    pub hours: Vec<f64>,
    /// Starts of one machine.
    pub starts: f64,
}

impl Tally {
    /// Hours of one machine that it ran.
    pub fn hours_run(&self) -> f64 {
        self.hours[1..].iter().fold(0.0, |sum, hours| sum + hours)
    }

    /// What a MWh used cost, USD/MWh; `None` where none was.
    pub fn effective_usd_per_mwh(&self) -> Option<f64> {
        (self.energy_mwh > 0.0).then(|| self.power_usd / self.energy_mwh)
    }
}

/// A rule, and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// The rule.
    pub rule: RuleName,
    /// What it came to.
    pub tally: Tally,
}

/// Rules beside perfect foresight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleName {
    /// The setting that earns most when it is never changed.
    AlwaysOn,
    /// Decided by the prices of the day ahead.
    DayAhead,
    /// Two strike prices with windows.
    TwoStrikes,
}

impl RuleName {
    /// The word used in output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AlwaysOn => "always_on",
            Self::DayAhead => "day_ahead",
            Self::TwoStrikes => "two_strikes",
        }
    }
}

/// One class over the intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassOperation {
    /// Every interval at its best, all prices known.
    pub best: Tally,
    /// Which setting is best when it is never changed, from 0.
    pub always_on_point: usize,
    /// What rules came to, [`RuleName::AlwaysOn`] always among them.
    pub rules: Vec<Followed>,
    /// What being free to choose is worth, by source.
    pub flexibility: Flexibility,
}

/// A site over the intervals.
#[derive(Clone, Debug, PartialEq)]
pub struct Operation {
    /// One entry a class, in the order given.
    pub classes: Vec<ClassOperation>,
    /// Draw of the whole site by interval, MW at the meter.
    pub draw_gross_mw: Vec<f64>,
    /// Draw of the whole site with every machine at its rated setting or above, MW.
    pub all_gross_mw: f64,
    /// Months billed on the sum of all draws; empty without such charges.
    pub months: Vec<LoadMonth>,
    /// Charges on the sum of all draws for machines that never change, USD.
    pub always_on_charges_usd: f64,
}

impl Operation {
    /// Profit of all classes at their best, charges on the sum of draws taken off, USD.
    pub fn profit_usd(&self) -> f64 {
        let classes = self.classes.iter().fold(0.0, |sum, class| sum + class.best.profit_usd);
        let charges = |month: &LoadMonth| month.demand_usd + month.unused_usd;
        classes - self.months.iter().map(charges).fold(0.0, |sum, usd| sum + usd)
    }

    /// Profit of all classes when nothing is ever changed, USD.
    pub fn always_on_usd(&self) -> f64 {
        let always_on = |class: &ClassOperation| class.rules[0].tally.profit_usd;
        self.classes.iter().map(always_on).fold(0.0, |sum, usd| sum + usd)
            - self.always_on_charges_usd
    }

    /// What being free to choose is worth in all, USD.
    pub fn flexibility_usd(&self) -> f64 {
        self.profit_usd() - self.always_on_usd()
    }
}

/// Runs a site through the intervals of a price column.
///
/// # Errors
/// [`Error::Hashcost`] for what the dispatch refuses: obligations beyond what the site has, prices
/// out of range; and [`Error::Invalid`] if a charge looks at the sum of all draws while machines
/// have costs of starting or feel the heat, which is not solved together.
pub fn operate(classes: &[RunningClass], setting: &Setting<'_>) -> Result<Operation, Error> {
    let prices = setting.pricing.usd_per_mwh();
    refuse_what_hangs_together(classes, setting.charges)?;
    let price_sum = prices.iter().fold(0.0, |sum, price| sum + price);
    let columns: Vec<Columns> =
        classes.iter().map(|class| Columns::new(class, setting, price_sum)).collect();
    let (mut operations, mut draw_gross_mw) = best_of_all(classes, &columns, setting, &prices)?;
    let mut months = Vec::new();
    let mut always_on_charges_usd = 0.0;
    if setting.charges.look_at_the_sum() {
        let always_on: f64 = classes
            .iter()
            .zip(&operations)
            .map(|(class, operation)| {
                class.gross_mw(operation.always_on_point) * class.units * class.uptime_frac
            })
            .sum();
        let load = site_load::run(classes, setting, &prices)?;
        always_on_charges_usd = site_load::always_on_charges_usd(setting, always_on);
        for (operation, best) in operations.iter_mut().zip(load.classes) {
            operation.best = best;
        }
        months = load.months;
        draw_gross_mw = load.draw_gross_mw;
    }
    let all_gross_mw = classes
        .iter()
        .map(|class| {
            class.gross_mw(class.curve.points().len() - 1) * class.units * class.uptime_frac
        })
        .fold(0.0, |sum, mw| sum + mw);
    Ok(Operation {
        classes: operations,
        draw_gross_mw,
        all_gross_mw,
        months,
        always_on_charges_usd,
    })
}

impl RunningClass {
    /// Draw of one machine at a setting, MW at the meter.
    fn gross_mw(&self, point: usize) -> f64 {
        self.curve.points()[point].power_w * self.overhead.get() / units::constants::W_PER_MW
    }

    /// Ladder of one machine at the meter: hash rates, draws, and the draw when off.
    fn ladder(&self) -> (Vec<f64>, Vec<f64>, f64) {
        let mw = |power_w: f64| power_w * self.overhead.get() / units::constants::W_PER_MW;
        let points = self.curve.points();
        (
            points.iter().map(|point| point.th_per_s).collect(),
            points.iter().map(|point| mw(point.power_w)).collect(),
            mw(self.curve.idle_w()),
        )
    }

    /// What a TH/s-hour is worth after the costs of running, USD.
    fn hash_value_usd_per_th_h(&self, market: &HashMarket) -> f64 {
        (market.hash_value_usd_per_th_day - self.variable_usd_per_th_day)
            / units::constants::HOURS_PER_DAY
    }
}

/// Refuses what ties hours together in two ways that no solver here meets at once.
fn refuse_what_hangs_together(classes: &[RunningClass], charges: &Charges) -> Result<(), Error> {
    let sum = charges.look_at_the_sum();
    let cap = charges.curtailed_hours_per_year_max;
    let mut faults = Vec::new();
    if let Some(cap) = cap.filter(|_| sum) {
        faults.push(
            Violation::new(Code::Conflict, "curtailed_hours_per_year_max")
                .value(cap)
                .allowed("not together with a charge on the draw of the whole site")
                .hint(
                    "demand charges, take-or-pay and obligations are not solved together with a cap \
                     on curtailed hours: leave one of them out",
                ),
        );
    }
    for (place, class) in classes.iter().enumerate() {
        let starts = !class.starts.is_free();
        let fault = Violation::new(Code::Conflict, format!("machine[{place}]")).value(&class.name);
        if sum && (starts || class.heat.is_some()) {
            faults.push(
                fault
                    .allowed(
                        "a charge on the draw of the whole site takes machines that start freely",
                    )
                    .hint(
                        "demand charges, take-or-pay and obligations are not solved together with \
                         start costs or heat: leave one of them out",
                    ),
            );
        } else if cap.is_some() && starts {
            faults.push(
                fault
                    .allowed("a cap on curtailed hours takes machines that start freely")
                    .hint("it is not solved together with start costs: leave one of them out"),
            );
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
}

/// Every class at its best, with rules beside it, and the draw of all that by interval, MW.
fn best_of_all(
    classes: &[RunningClass],
    columns: &[Columns],
    setting: &Setting<'_>,
    prices: &[f64],
) -> Result<(Vec<ClassOperation>, Vec<f64>), Error> {
    let mut operations: Vec<Option<ClassOperation>> = vec![None; classes.len()];
    let interval_h = setting.pricing.energy_usd_per_mwh.interval_h();
    let (plain, tied): (Vec<usize>, Vec<usize>) =
        (0..classes.len()).partition(|&class| columns[class].is_plain(&classes[class]));
    let curve = curve_of(plain.iter().map(|class| &classes[*class]), &setting.market)?;
    let mut draw_gross_mw: Vec<f64> =
        prices.iter().map(|price| curve.best_draw_mw(*price)).collect();
    // Classes of one hash value share their hours, sorted once.
    let mut left = plain;
    while let Some(&first) = left.first() {
        let hash_value = columns[first].hash_value_usd_per_th_h;
        let (group, rest): (Vec<usize>, Vec<usize>) =
            left.iter().partition(|class| columns[**class].hash_value_usd_per_th_h == hash_value);
        left = rest;
        let group = Group::new(&group, classes, &columns[first], interval_h, prices)?;
        group.run(classes, columns, setting, prices, &mut operations)?;
    }
    for place in tied {
        let solver = Solver::new(&classes[place], &columns[place], interval_h, prices);
        let course = solver.best_choice(prices)?;
        solver.add_draw(&course, &mut draw_gross_mw);
        let best = solver.tally(&course)?;
        let rules = rules(&solver, setting)?;
        let flexibility = flexibility::of_class(&solver, setting.pricing, &rules[0].tally, &best)?;
        let always_on_point = solver.best_always_on();
        operations[place] = Some(ClassOperation { best, always_on_point, rules, flexibility });
    }
    Ok((operations.into_iter().flatten().collect(), draw_gross_mw))
}
