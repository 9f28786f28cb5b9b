//! A whole power contract, and what it means: a price column and monthly charges.

use std::sync::{Arc, OnceLock};

use units::{CalendarMonth, Code, Violation};

use crate::Error;
use crate::calendar::{SECONDS_PER_HOUR, Zone};
use crate::charges::{Charges, CoincidentPeak, Program, Window};
use crate::month::{Curve, MonthPrices, PricedHours};
use crate::series::Series;
use crate::tariff::Tariff;

/// A power contract: energy, what comes besides, and the clock by which it reckons.
#[derive(Clone, Debug)]
pub struct Contract {
    /// How energy is priced.
    pub tariff: Tariff,
    /// What comes besides energy.
    pub charges: Charges,
    /// Zone of its clock.
    pub zone: Zone,
    /// Prices by calendar month, for tariffs on a series; filled when asked for.
    typical: Arc<OnceLock<Vec<Typical>>>,
}

/// A calendar month of a market series.
#[derive(Clone, Debug)]
struct Typical {
    curve: Arc<Curve>,
    /// What a load that never draws receives from programmes, USD per MW and hour of the month.
    idle_usd_per_mw_h: f64,
}

impl PartialEq for Contract {
    fn eq(&self, other: &Self) -> bool {
        (&self.tariff, &self.charges, &self.zone) == (&other.tariff, &other.charges, &other.zone)
    }
}

/// A contract for energy alone, by UTC.
impl From<Tariff> for Contract {
    fn from(tariff: Tariff) -> Self {
        Self::new(tariff, Charges::default(), Zone::utc())
    }
}

/// What a load pays by interval, and apart from what it draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Pricing {
    /// What one more MWh costs for energy, USD/MWh.
    pub energy_usd_per_mwh: Series,
    /// What drawing adds since the grid peaks, USD/MWh; empty without such a charge.
    pub peak_usd_per_mwh: Vec<f64>,
    /// What drawing adds through programmes, USD/MWh; empty without them.
    pub program_usd_per_mwh: Vec<f64>,
    /// Receipts per MW of load, whatever it does: programmes, USD.
    pub standing_usd_per_mw: f64,
    /// Receipts whatever is drawn: the block against the market, USD.
    pub standing_usd: f64,
}

impl Pricing {
    /// All that one more MWh costs, USD/MWh: what dispatch sees.
    pub fn usd_per_mwh(&self) -> Vec<f64> {
        let added = |column: &[f64], place: usize| column.get(place).copied().unwrap_or(0.0);
        let energy = self.energy_usd_per_mwh.values().iter().enumerate();
        energy
            .map(|(place, price)| {
                price
                    + (added(&self.peak_usd_per_mwh, place)
                        + added(&self.program_usd_per_mwh, place))
            })
            .collect()
    }
}

impl Contract {
    /// A contract of its parts.
    pub fn new(tariff: Tariff, charges: Charges, zone: Zone) -> Self {
        Self { tariff, charges, zone, typical: Arc::default() }
    }

    /// The market series on which it is priced, if there is one.
    pub fn market(&self) -> Option<&Arc<Series>> {
        match &self.tariff {
            Tariff::Flat { .. } | Tariff::TimeOfUse(_) => None,
            Tariff::Index(index) => Some(&index.market_usd_per_mwh),
            Tariff::BlockIndex(block) => Some(&block.index.market_usd_per_mwh),
        }
    }

    /// The intervals that it is looked at in: those of its market, else the hours of the year from
    /// a month on.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a year beyond what the calendar knows.
    pub fn year(&self, first: CalendarMonth) -> Result<Arc<Series>, Error> {
        if let Some(market) = self.market() {
            return Ok(Arc::clone(market));
        }
        let start = |month: CalendarMonth| {
            let missing = || {
                let violation = Violation::new(Code::Range, "year").value(month.year());
                Error::Invalid(vec![violation.allowed("must be a year of the calendar")])
            };
            self.zone.month_start(month.year(), month.month()).ok_or_else(missing)
        };
        let (from, to) = (start(first)?, start(first.plus(12))?);
        let hours = usize::try_from((to - from) / SECONDS_PER_HOUR).unwrap_or(0);
        Series::new(from, SECONDS_PER_HOUR, vec![0.0; hours]).map(Arc::new)
    }

    /// Prices and receipts over the intervals of a series: for tariffs on a market over its own
    /// (`over` is then left aside), for others over those of `over`.
    ///
    /// # Formula
    /// A block settles against the market: `block x (market price with losses - block price)` is
    /// received whatever is drawn, so that what is drawn costs the index.
    ///
    /// # Errors
    /// [`Error::Invalid`] if a price is not finite.
    pub fn pricing(&self, over: &Series) -> Result<Pricing, Error> {
        let grid = self.market().map_or(over, |market| market);
        let energy_usd_per_mwh = match &self.tariff {
            Tariff::Flat { usd_per_mwh } => grid.map(|_| *usd_per_mwh),
            Tariff::TimeOfUse(tou) => {
                let mut clock = self.zone.clock();
                let local = (0..grid.values().len()).map(|place| clock.at(grid.unix_s(place)));
                let prices: Vec<f64> = local.map(|local| tou.usd_per_mwh(&local)).collect();
                Series::new(grid.start_unix_s(), grid.interval_s(), prices)?
            }
            Tariff::Index(index) => grid.map(|market| index.usd_per_mwh(market)),
            Tariff::BlockIndex(block) => grid.map(|market| block.index.usd_per_mwh(market)),
        };
        let mut pricing = Pricing {
            energy_usd_per_mwh,
            peak_usd_per_mwh: Vec::new(),
            program_usd_per_mwh: Vec::new(),
            standing_usd_per_mw: 0.0,
            standing_usd: 0.0,
        };
        if let Tariff::BlockIndex(block) = &self.tariff {
            let losses = 1.0 + block.index.adders.losses_frac;
            let gains =
                grid.values().iter().map(|market| market * losses - block.block_usd_per_mwh);
            pricing.standing_usd = block.block_gross_mw * grid.interval_h() * gains.sum::<f64>();
        }
        self.add_peaks(grid, &mut pricing);
        self.add_programs(grid, &mut pricing);
        Ok(pricing)
    }

    fn add_peaks(&self, grid: &Series, pricing: &mut Pricing) {
        let Some(peak) = &self.charges.coincident_peak else { return };
        pricing.peak_usd_per_mwh = vec![0.0; grid.values().len()];
        for &instant in &peak.peaks_unix_s {
            if let Some(place) = grid.interval_at(instant) {
                pricing.peak_usd_per_mwh[place] += peak.usd_per_mw_peak() / grid.interval_h();
            }
        }
    }

    fn add_programs(&self, grid: &Series, pricing: &mut Pricing) {
        if self.charges.programs.is_empty() {
            return;
        }
        pricing.program_usd_per_mwh = vec![0.0; grid.values().len()];
        let months = self.months_of(grid);
        for program in &self.charges.programs {
            pricing.standing_usd_per_mw +=
                program.enrolled_frac * program.usd_per_mw_month * months;
            for window in &program.hours {
                for place in touched(grid, window) {
                    let hours = window.hours_of(grid.unix_s(place), grid.interval_s());
                    pricing.program_usd_per_mwh[place] +=
                        program.price_usd_per_mwh() * hours / grid.interval_h();
                    pricing.standing_usd_per_mw += program.idle_usd_per_mw_h() * hours;
                }
            }
        }
    }

    /// A calendar month's prices, charges on the draw included.
    ///
    /// # Special cases
    /// On a market series, a month of the plan takes the hours of the same month of every year of
    /// the series, stretched to its own hours; months that the series lacks take all of it
    /// ([`Contract::months_covered`] tells). A demand charge's ratchet is left out: every month
    /// pays for its own highest draw.
    pub fn month(&self, month: CalendarMonth) -> MonthPrices {
        let place = month.month() as usize - 1;
        let energy = |[energy_usd_per_mwh, hours]: [f64; 2]| PricedHours {
            energy_usd_per_mwh,
            peak_usd_per_mwh: 0.0,
            program_usd_per_mwh: 0.0,
            hours,
        };
        let (curve, idle_usd_per_mw) = match &self.tariff {
            Tariff::Index(_) | Tariff::BlockIndex(_) => {
                let typical = &self.typical()[place];
                (Arc::clone(&typical.curve), typical.idle_usd_per_mw_h * month.hours())
            }
            Tariff::Flat { usd_per_mwh } => {
                self.with_events(vec![energy([*usd_per_mwh, month.hours()])], place)
            }
            Tariff::TimeOfUse(tou) => {
                self.with_events(tou.hours_of(month).into_iter().map(energy).collect(), place)
            }
        };
        let charges = &self.charges;
        let demand = charges.demand.map_or(0.0, |demand| demand.usd_per_kw_month);
        let of_program = |program: &Program| program.enrolled_frac * program.usd_per_mw_month;
        let retained: f64 = charges.programs.iter().map(of_program).fold(0.0, |sum, usd| sum + usd);
        let demand_usd_per_mw = demand * units::constants::KW_PER_MW;
        MonthPrices::new(curve, month.hours(), demand_usd_per_mw, retained + idle_usd_per_mw)
    }

    /// Which calendar months (January first) the market series covers whole; all without one.
    pub fn months_covered(&self) -> [bool; 12] {
        let Some(market) = self.market() else { return [true; 12] };
        let mut clock = self.zone.clock();
        let mut covered = [false; 12];
        let first = clock.at(market.start_unix_s()).year;
        let last = clock.at(market.end_unix_s()).year;
        for year in first..=last {
            for month in 1..=12_u32 {
                let (next_year, next) = month_after(year, month);
                let edges =
                    self.zone.month_start(year, month).zip(self.zone.month_start(next_year, next));
                covered[month as usize - 1] |= edges.is_some_and(|(from, to)| {
                    from >= market.start_unix_s() && to <= market.end_unix_s()
                });
            }
        }
        covered
    }

    /// Calendar months of a market series.
    fn typical(&self) -> &[Typical] {
        self.typical.get_or_init(|| {
            let mut months = vec![Vec::new(); 12];
            let mut idle_usd = [0.0; 12];
            if let Some(market) = self.market()
                && let Ok(pricing) = self.pricing(market)
            {
                let mut clock = self.zone.clock();
                let added = |column: &[f64], place| column.get(place).copied().unwrap_or(0.0);
                for (place, &price) in pricing.energy_usd_per_mwh.values().iter().enumerate() {
                    let month = clock.at(market.unix_s(place)).month as usize - 1;
                    months[month].push(PricedHours {
                        energy_usd_per_mwh: price,
                        peak_usd_per_mwh: added(&pricing.peak_usd_per_mwh, place),
                        program_usd_per_mwh: added(&pricing.program_usd_per_mwh, place),
                        hours: market.interval_h(),
                    });
                }
                for (program, window) in self.program_windows() {
                    for place in touched(market, window) {
                        let month = clock.at(market.unix_s(place)).month as usize - 1;
                        let hours = window.hours_of(market.unix_s(place), market.interval_s());
                        idle_usd[month] += program.idle_usd_per_mw_h() * hours;
                    }
                }
            }
            let all: Vec<PricedHours> = months.iter().flatten().copied().collect();
            let typical = |(month, idle_usd): (&Vec<PricedHours>, f64)| {
                let of = if month.is_empty() { &all } else { month };
                let hours: f64 = month.iter().map(|at| at.hours).sum();
                let idle_usd_per_mw_h = if hours > 0.0 { idle_usd / hours } else { 0.0 };
                Typical { curve: Arc::new(Curve::new(of)), idle_usd_per_mw_h }
            };
            months.iter().zip(idle_usd).map(typical).collect()
        })
    }

    fn program_windows(&self) -> impl Iterator<Item = (&Program, &Window)> {
        let programs = self.charges.programs.iter();
        programs.flat_map(|program| program.hours.iter().map(move |window| (program, window)))
    }

    /// Calendar months in a series, parts of months by their hours.
    fn months_of(&self, grid: &Series) -> f64 {
        let local = self.zone.clock().at(grid.start_unix_s());
        let mut months = 0.0;
        let (mut year, mut month) = (local.year, local.month);
        while let Some(from) = self.zone.month_start(year, month) {
            if from >= grid.end_unix_s() {
                break;
            }
            (year, month) = month_after(year, month);
            let Some(to) = self.zone.month_start(year, month) else { break };
            let shared = to.min(grid.end_unix_s()) - from.max(grid.start_unix_s());
            months += shared as f64 / (to - from) as f64;
        }
        months
    }

    /// The hours of a month without a series as a curve, with the hours in which the grid peaks or
    /// programmes call taken out and priced on their own, and what an idle load receives in them,
    /// USD per MW. Events of several years are averaged over the years that they name.
    fn with_events(&self, hours: Vec<PricedHours>, month: usize) -> (Arc<Curve>, f64) {
        let events = self.events();
        let of_month = events.segments.iter().filter(|event| event.month == month);
        let all: f64 = hours.iter().map(|at| at.hours).sum();
        let average = hours.iter().map(|at| at.energy_usd_per_mwh * at.hours).sum::<f64>() / all;
        let priced: Vec<PricedHours> = of_month
            .clone()
            .map(|event| PricedHours {
                energy_usd_per_mwh: average,
                peak_usd_per_mwh: event.peak_usd_per_mwh,
                program_usd_per_mwh: event.program_usd_per_mwh,
                hours: event.hours / events.years,
            })
            .collect();
        let idle = of_month.map(|event| event.idle_usd_per_mw_h * event.hours / events.years);
        let idle_usd_per_mw = idle.fold(0.0, |sum, usd| sum + usd);
        let taken: f64 = priced.iter().map(|event| event.hours).sum();
        let stretch = (all - taken).max(0.0) / all;
        let ordinary = hours.into_iter().map(|at| PricedHours { hours: at.hours * stretch, ..at });
        let curve = Curve::new(&ordinary.chain(priced).collect::<Vec<_>>());
        (Arc::new(curve), idle_usd_per_mw)
    }

    /// Peaks (an hour each) and programmes, time cut wherever one begins or ends and at every local
    /// month, prices that hold together added up.
    fn events(&self) -> Events {
        let charges = &self.charges;
        let peak = charges.coincident_peak.as_ref();
        let peaks: Vec<Window> = peak
            .iter()
            .flat_map(|peak| &peak.peaks_unix_s)
            .map(|&at| Window { from_unix_s: at, to_unix_s: at + SECONDS_PER_HOUR })
            .collect();
        let windows: Vec<&Window> =
            peaks.iter().chain(self.program_windows().map(|(_, window)| window)).collect();
        let mut clock = self.zone.clock();
        let mut edges: Vec<i64> = Vec::new();
        let mut years: Vec<i32> = Vec::new();
        for window in &windows {
            edges.extend([window.from_unix_s, window.to_unix_s]);
            let from = clock.at(window.from_unix_s);
            years.push(from.year);
            let (mut year, mut month) = (from.year, from.month);
            loop {
                (year, month) = month_after(year, month);
                match self.zone.month_start(year, month) {
                    Some(start) if start < window.to_unix_s => edges.push(start),
                    _ => break,
                }
            }
        }
        edges.sort_unstable();
        edges.dedup();
        years.sort_unstable();
        years.dedup();
        let mut segments = Vec::new();
        for pair in edges.windows(2) {
            let holds =
                |window: &Window| window.from_unix_s <= pair[0] && pair[1] <= window.to_unix_s;
            let peaks_here = peaks.iter().filter(|window| holds(window)).count() as f64;
            let mut event = Event {
                month: clock.at(pair[0]).month as usize - 1,
                hours: (pair[1] - pair[0]) as f64 / SECONDS_PER_HOUR as f64,
                peak_usd_per_mwh: peaks_here * peak.map_or(0.0, CoincidentPeak::usd_per_mw_peak),
                program_usd_per_mwh: 0.0,
                idle_usd_per_mw_h: 0.0,
            };
            let mut held = peaks_here > 0.0;
            for (program, _) in self.program_windows().filter(|(_, window)| holds(window)) {
                event.program_usd_per_mwh += program.price_usd_per_mwh();
                event.idle_usd_per_mw_h += program.idle_usd_per_mw_h();
                held = true;
            }
            if held {
                segments.push(event);
            }
        }
        Events { segments, years: years.len().max(1) as f64 }
    }
}

/// A stretch of time with one set of peaks and programmes.
struct Event {
    /// Calendar month, January = 0.
    month: usize,
    hours: f64,
    peak_usd_per_mwh: f64,
    program_usd_per_mwh: f64,
    idle_usd_per_mw_h: f64,
}

/// Events of all years named, and how many years those are.
struct Events {
    segments: Vec<Event>,
    years: f64,
}

/// Year and month that follow.
fn month_after(year: i32, month: u32) -> (i32, u32) {
    if month == 12 { (year + 1, 1) } else { (year, month + 1) }
}

/// Intervals of a grid that a window touches.
fn touched(grid: &Series, window: &Window) -> std::ops::Range<usize> {
    let count = grid.values().len();
    let place = |unix_s: i64| {
        let steps = (unix_s - grid.start_unix_s()).div_euclid(grid.interval_s());
        usize::try_from(steps).unwrap_or(0).min(count)
    };
    let from = place(window.from_unix_s);
    let to = place(window.to_unix_s + grid.interval_s() - 1).max(from);
    from..to
}
