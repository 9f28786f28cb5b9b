//! Power on real series: hourly dispatch, the rules that operators follow and what flexibility is
//! worth, on prices and temperatures that markets and stations have recorded.
//!
//! As with `real_data`, the series lie beside the checkout and the target is asked for by name.
//! Everything is held against loops of this file that try every setting in every interval.
#![expect(
    clippy::unwrap_used,
    reason = "a reference file that cannot be read should stop the test"
)]
#![expect(clippy::print_stdout, reason = "the summaries are what the run is for")]

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use compare::operation::{
    HashMarket, Operation, RuleName, RunningClass, Setting, StartTerms, StrikeRule, Tally, operate,
};
use hashcost::commitment::{Prices, Starts, Unit, commit};
use hashcost::{
    Curve, Dispatch, Heat, Hours, Isa, Ladders, Method, dispatch, dispatch_by, dispatch_reference,
    rules,
};
use hashpivot::facts;
use hashpivot::input::{Label, Quantity, SeriesOptions, SeriesRead, read_series};
use hashpivot::strikes::{StrikesArguments, strikes};
use power::{
    Adders, Charges, CoincidentPeak, Contract, DemandCharge, GapRule, Index, PeakRule, Series,
    Tariff, Zone,
};
use serde_json::Value;
use units::{Overhead, PowerW, ThPerS, Violation};

/// The stated agreement on money with the second program, of revenue.
const OF_REVENUE: f64 = 1e-9;
/// Sums of the same terms in another order, of the sum of the absolute terms.
const SUMS: f64 = 1e-12;
/// Price of a bitcoin in all cases, USD.
const BTC_USD: f64 = 1e5;

const ERCOT: &str = "ercot_hubs_zones_dam_rtm_hourly_2024.csv.gz";
const HUBS: [&str; 3] = ["hb_west", "hb_north", "hb_houston"];
const HASHPRICES: [f64; 3] = [40.0, 50.0, 60.0];
/// Ladders as the second program and as the built-in table call them.
const LADDERS: [[&str; 2]; 3] = [
    ["s19k_pro_luxos", "Antminer S19k Pro 121.8T"],
    ["s19_xp_epic", "Antminer S19 XP"],
    ["s19j_pro_vnish", "Antminer S19j Pro 100T"],
];
const RATED: [&str; 5] = [
    "Antminer S21 200T",
    "Antminer S21 XP",
    "Antminer S19 XP 140T",
    "Antminer S19j Pro 100T",
    "Antminer T21 190T",
];
/// Air-cooled machines as the job `dispatch` takes them.
const AIR: Heat = Heat {
    power_per_c_frac: 0.004,
    power_from_c: 20.0,
    hash_per_c_frac: 0.0146,
    hash_from_c: 40.0,
    trip_c: 47.0,
};

fn bytes(path: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let file = File::open(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut bytes).unwrap();
    bytes
}

/// A column of a file through the reader of series.
fn read(path: &str, column: &str, gaps: GapRule) -> Result<SeriesRead, Vec<Violation>> {
    let weather = path.starts_with("weather");
    let options = SeriesOptions {
        label: Some(Label::Start),
        zone: None,
        gaps,
        time_column: Some(if weather { "utc" } else { "utc_start" }.to_owned()),
        value_column: Some(column.to_owned()),
        quantity: if weather { Quantity::TemperatureC } else { Quantity::PriceUsdPerMwh },
    };
    read_series(path, &bytes(&format!("data/{path}")), &options)
}

fn series(path: &str, column: &str, gaps: GapRule) -> SeriesRead {
    read(path, column, gaps).unwrap_or_else(|faults| panic!("{path}: {}", faults[0]))
}

/// A column of the ERCOT file: the year 2024, one hour of it filled by the hour before.
fn ercot(column: &str) -> Series {
    let found = series(&format!("electricity/{ERCOT}"), column, GapRule::Previous);
    assert_eq!((found.rows, found.filled.len()), (8_783, 1));
    assert_eq!((found.series.hours(), found.filled[0].intervals), (8_784.0, 1));
    found.series
}

/// Prices at `HB_NORTH` and temperatures of Dallas, which end an hour before the year does.
fn hb_north_and_dallas() -> (Series, Series) {
    let year = ercot("hb_north_rtm");
    let hours = year.values()[..8_783].to_vec();
    let prices = Series::new(year.start_unix_s(), year.interval_s(), hours).unwrap();
    let file = "weather/dallas_tx_openmeteo_hourly_2020_2024.csv.gz";
    let air = series(file, "temp_c", GapRule::Refuse).series;
    let air = air.on_intervals_of(&prices).unwrap();
    (prices, air)
}

fn texas() -> Zone {
    Zone::named("America/Chicago").unwrap()
}

/// First intervals of the local months of 2024, and the end.
fn months(prices: &Series) -> Vec<usize> {
    let start = |month| texas().month_start(2024, month).unwrap();
    let edges = (1..=12).map(|month| prices.interval_at(start(month)).unwrap());
    edges.chain([prices.values().len()]).collect()
}

fn ladder(model: &str) -> Vec<[f64; 2]> {
    let points = facts::ladder(model).unwrap();
    points.iter().map(|point| [point.hashrate_th_per_s, point.power_w]).collect()
}

fn rated(model: &str) -> Vec<[f64; 2]> {
    let machine = facts::machine(model).unwrap();
    vec![[machine.hashrate_th_per_s, machine.power_w]]
}

fn curve(settings: &[[f64; 2]], idle_w: f64) -> Curve {
    let typed = settings.iter().map(|s| (ThPerS::new(s[0]).unwrap(), PowerW::new(s[1]).unwrap()));
    Curve::new(&typed.collect::<Vec<_>>(), idle_w).unwrap()
}

/// One machine that is always fit to run.
fn class(name: &str, settings: &[[f64; 2]], idle_w: f64) -> RunningClass {
    RunningClass {
        name: name.to_owned(),
        units: 1.0,
        uptime_frac: 1.0,
        curve: curve(settings, idle_w),
        overhead: Overhead::new(1.0).unwrap(),
        variable_usd_per_th_day: 0.0,
        starts: StartTerms::default(),
        heat: None,
    }
}

/// Many machines with everything that a class can have but starts and heat.
fn hall(name: &str, settings: &[[f64; 2]]) -> RunningClass {
    RunningClass {
        units: 1_200.0,
        uptime_frac: 0.96,
        overhead: Overhead::new(1.05).unwrap(),
        variable_usd_per_th_day: 0.001,
        ..class(name, settings, 20.0)
    }
}

fn market(hashprice: f64) -> HashMarket {
    let hash_value_usd_per_th_day = hashprice / 1e3;
    HashMarket { hash_value_usd_per_th_day, btc_per_th_day: hash_value_usd_per_th_day / BTC_USD }
}

/// What a site runs in: a market's price, charges, what else is known.
struct World<'a> {
    prices: &'a Series,
    charges: Charges,
    ahead: Option<&'a Series>,
    air: Option<&'a Series>,
    hashprice: f64,
}

impl<'a> World<'a> {
    fn of(prices: &'a Series, hashprice: f64) -> Self {
        Self { prices, charges: Charges::default(), ahead: None, air: None, hashprice }
    }

    fn operate(&self, classes: &[RunningClass]) -> Operation {
        let market_usd_per_mwh = Arc::new(self.prices.clone());
        let index = Tariff::Index(Index { market_usd_per_mwh, adders: Adders::default() });
        let contract = Contract::new(index, self.charges.clone(), texas());
        let setting = Setting {
            pricing: &contract.pricing(self.prices).unwrap(),
            charges: &contract.charges,
            zone: &contract.zone,
            market: market(self.hashprice),
            temperature_c: self.air,
            ahead_usd_per_mwh: self.ahead.map(Series::values),
            strikes: StrikeRule::default(),
            with_rules: true,
        };
        operate(classes, &setting).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// A class as this file sees it: off is setting 0.
struct Rungs {
    th: Vec<f64>,
    mw: Vec<f64>,
    usd_per_th_h: f64,
    btc_per_th_h: f64,
    machines: f64,
    interval_h: f64,
    starts: StartTerms,
    /// Factors on draw and hash rate by interval; empty without heat.
    heat: Vec<[f64; 2]>,
}

/// What a course comes to.
#[derive(Default)]
struct Course {
    usd: f64,
    power_usd: f64,
    mwh: f64,
    btc: f64,
    starts: f64,
    hours: Vec<f64>,
    /// Sum of absolute terms of the money.
    terms_usd: f64,
    /// What ties that rounding decides leave open: hours, MWh, TH/s-hours and USD.
    open: [f64; 4],
}

impl Rungs {
    fn of(class: &RunningClass, world: &World<'_>) -> Self {
        let points = class.curve.points();
        let watts = points.iter().map(|point| point.power_w);
        let market = market(world.hashprice);
        let worth = market.hash_value_usd_per_th_day - class.variable_usd_per_th_day;
        let factors = |heat: &Heat, at: f64| {
            let power = 1.0 + heat.power_per_c_frac * (at - heat.power_from_c).max(0.0);
            let hash = 1.0 - heat.hash_per_c_frac * (at - heat.hash_from_c).max(0.0);
            if at > heat.trip_c { [0.0, 0.0] } else { [power, hash.max(0.0)] }
        };
        let heat = class.heat.as_ref().zip(world.air).map(|(heat, air)| {
            air.values().iter().map(|at| factors(heat, *at)).collect::<Vec<_>>()
        });
        Self {
            th: [0.0].into_iter().chain(points.iter().map(|point| point.th_per_s)).collect(),
            mw: [class.curve.idle_w()]
                .into_iter()
                .chain(watts)
                .map(|w| w * class.overhead.get() / 1e6)
                .collect(),
            usd_per_th_h: worth / 24.0,
            btc_per_th_h: market.btc_per_th_day / 24.0,
            machines: class.units * class.uptime_frac,
            interval_h: world.prices.interval_h(),
            starts: class.starts,
            heat: heat.unwrap_or_default(),
        }
    }

    fn heat(&self, place: usize) -> [f64; 2] {
        self.heat.get(place).copied().unwrap_or([1.0, 1.0])
    }

    fn all(&self) -> Vec<usize> {
        (0..self.th.len()).collect()
    }

    /// Worth of an interval at a setting, USD per machine, with a share of its hashes.
    fn usd(&self, place: usize, price: f64, setting: usize, share: f64) -> f64 {
        let [power, hash] = self.heat(place);
        let worth = self.usd_per_th_h * hash * share * self.th[setting];
        (worth - price * power * self.mw[setting]) * self.interval_h
    }

    /// The best of some settings in every interval, less power on a tie.
    fn choose(&self, prices: &[f64], among: &[usize]) -> Vec<usize> {
        let best = |(place, price): (usize, &f64)| {
            let worth = |setting| self.usd(place, *price, setting, 1.0);
            let better = |best, next| if worth(next) > worth(best) { next } else { best };
            among.iter().copied().reduce(better).unwrap()
        };
        prices.iter().enumerate().map(best).collect()
    }

    /// A course at the prices paid: start costs and ramps count.
    fn settle(&self, prices: &[f64], course: &[usize]) -> Course {
        let mut sums = Course { hours: vec![0.0; self.th.len()], ..Course::default() };
        let mut since = f64::INFINITY;
        for (place, (price, &setting)) in prices.iter().zip(course).enumerate() {
            let [power, hash] = self.heat(place);
            if setting == 0 {
                since = -1.0;
            } else {
                sums.starts += f64::from(u8::from(since < 0.0));
                since += 1.0;
            }
            let share = (since + 1.0 - self.starts.ramp_h / self.interval_h).clamp(0.0, 1.0);
            let th_h = self.machines * hash * share * self.th[setting] * self.interval_h;
            let mwh = self.machines * power * self.mw[setting] * self.interval_h;
            sums.usd += self.machines * self.usd(place, *price, setting, share);
            sums.terms_usd += self.usd_per_th_h * th_h + (price * mwh).abs();
            sums.power_usd += price * mwh;
            sums.mwh += mwh;
            sums.btc += self.btc_per_th_h * th_h;
            sums.hours[setting] += self.interval_h;
        }
        let starts_usd = self.machines * sums.starts * self.starts.start_usd;
        sums.usd -= starts_usd;
        sums.terms_usd += starts_usd;
        sums
    }

    /// The best at some prices, settled at others.
    fn best(&self, prices: &[f64], decided_at: &[f64]) -> Course {
        let all = self.all();
        let mut course = self.settle(prices, &self.choose(decided_at, &all));
        for (place, (paid, decided_at)) in prices.iter().zip(decided_at).enumerate() {
            let usd = |setting: &usize| self.usd(place, *decided_at, *setting, 1.0);
            let most = all.iter().map(usd).fold(f64::NEG_INFINITY, f64::max);
            let terms = decided_at.abs() * self.mw[self.mw.len() - 1] * self.interval_h;
            let tied = |setting: &&usize| most - usd(setting) <= SUMS * terms;
            let tied: Vec<usize> = all.iter().filter(tied).copied().collect();
            let [low, high] = [tied[0], tied[tied.len() - 1]];
            let scale = self.machines * self.interval_h;
            let [mwh, th_h] = [&self.mw, &self.th].map(|of| (of[high] - of[low]) * scale);
            let hours = if low < high { self.interval_h } else { 0.0 };
            let open = [hours, mwh, th_h, paid.abs() * mwh + self.usd_per_th_h * th_h];
            course.open.iter_mut().zip(open).for_each(|(sum, open)| *sum += open);
        }
        course
    }

    /// What a set of settings earns, USD.
    fn earns(&self, prices: &[f64], decided_at: &[f64], among: &[usize]) -> f64 {
        self.settle(prices, &self.choose(decided_at, among)).usd
    }

    /// The best setting that is never changed.
    fn always_on(&self, prices: &[f64]) -> usize {
        let usd = |setting| self.earns(prices, prices, &[setting]);
        let better = |best, next| if usd(next) > usd(best) { next } else { best };
        (1..self.th.len()).reduce(better).unwrap()
    }

    /// Foreman's two strikes: the low one is the breakeven of a setting, the high one twice that. A
    /// switch waits until the last one's time is served.
    fn two_strikes(&self, prices: &[f64], setting: usize) -> Vec<usize> {
        let low = self.usd_per_th_h * self.th[setting] / self.mw[setting];
        let last = |end: usize, windows: usize, test: &dyn Fn(f64) -> bool| {
            end >= windows && prices[end - windows..end].iter().all(|price| test(*price))
        };
        let [run, pause] = self.committed();
        let (mut asked, mut on, mut since) = (true, true, usize::MAX);
        let decide = |place: usize| {
            asked = if asked {
                !last(place + 1, 2, &|p| p >= low) && !last(place + 1, 1, &|p| p >= 2.0 * low)
            } else {
                last(place + 1, 4, &|p| p < low)
            };
            let switches = asked != on && since >= if on { run } else { pause };
            since = if switches { 1 } else { since.saturating_add(1) };
            on = on != switches;
            if on { setting } else { 0 }
        };
        (0..prices.len()).map(decide).collect()
    }

    /// Intervals on and off that a switch commits to.
    fn committed(&self) -> [usize; 2] {
        let times = [self.starts.min_run_h.max(self.starts.ramp_h), self.starts.min_off_h];
        times.map(|hours| (1..99).find(|n| *n as f64 * self.interval_h >= hours).unwrap())
    }

    /// Whether a course keeps its minimum times; the end cuts the last of them.
    fn keeps_times(&self, course: &[usize]) -> bool {
        let spells: Vec<&[usize]> = course.chunk_by(|a, b| (*a == 0) == (*b == 0)).collect();
        let [run, pause] = self.committed();
        let kept = |spell: &&[usize]| spell.len() >= if spell[0] == 0 { pause } else { run };
        let first = usize::from(course[0] != 0);
        spells.len() <= first || spells[first..spells.len() - 1].iter().all(kept)
    }

    /// The most that can be earned with start costs, ramps and minimum times, USD: forward, with
    /// the time since the last switch as the state.
    fn most_usd(&self, prices: &[f64]) -> f64 {
        let [run, pause] = self.committed();
        let ramp = self.starts.ramp_h / self.interval_h;
        let mut on = vec![f64::NEG_INFINITY; run + 1];
        let mut off = vec![f64::NEG_INFINITY; pause + 1];
        on[run] = 0.0;
        for (place, price) in prices.iter().enumerate() {
            let gain = |since: usize, free: bool| {
                let share = (since as f64 + 1.0 - ramp).clamp(0.0, 1.0);
                let share = if free { 1.0 } else { share };
                let usd = |setting| self.usd(place, *price, setting, share);
                (1..self.th.len()).map(usd).fold(f64::NEG_INFINITY, f64::max)
            };
            let idle = self.usd(place, *price, 0, 0.0);
            let mut next_on = vec![f64::NEG_INFINITY; run + 1];
            let mut next_off = vec![f64::NEG_INFINITY; pause + 1];
            for since in 0..=run {
                let to = &mut next_on[(since + 1).min(run)];
                *to = to.max(on[since] + gain(since, since == run));
            }
            for since in 0..=pause {
                let to = &mut next_off[(since + 1).min(pause)];
                *to = to.max(off[since] + idle);
            }
            next_off[1] = next_off[1].max(on[run] + idle);
            next_on[1] = next_on[1].max(off[pause] - self.starts.start_usd + gain(0, false));
            (on, off) = (next_on, next_off);
        }
        on.iter().chain(&off).fold(f64::NEG_INFINITY, |most, usd| most.max(*usd)) * self.machines
    }
}

fn close(at: &str, found: f64, expected: f64, terms: f64, tolerance: f64) {
    near(at, found, expected, tolerance * terms.abs());
}

fn near(at: &str, found: f64, expected: f64, slack: f64) {
    let error = (found - expected).abs();
    assert!(error <= slack, "{at}: {found:?} instead of {expected:?}, slack {slack:e}");
}

/// Hours are the same, but for ties.
fn same_hours(at: &str, found: &[f64], expected: &[f64], open_h: f64) {
    let moved: f64 = found.iter().zip(expected).map(|(a, b)| (a - b).abs()).sum();
    let fits = found.len() == expected.len() && moved <= 2.0 * open_h;
    assert!(fits, "{at}: {found:?} instead of {expected:?}, {open_h} h open");
}

/// A tally is what a course comes to.
fn same(at: &str, found: &Tally, expected: &Course, rungs: &Rungs) {
    let [open_h, open_mwh, open_th_h, open_usd] = expected.open;
    let intervals = expected.hours.iter().sum::<f64>() / rungs.interval_h;
    // Stated for a year of hours; plain sums round once a term.
    let sums = SUMS * (intervals / 8_784.0).max(1.0);
    let usd = sums * expected.terms_usd + open_usd;
    near(&format!("{at} profit"), found.profit_usd, expected.usd, usd);
    near(&format!("{at} power"), found.power_usd, expected.power_usd, usd);
    let mwh = sums * expected.mwh + open_mwh;
    near(&format!("{at} mwh"), found.energy_mwh, expected.mwh, mwh);
    let btc = sums * expected.btc + open_th_h * rungs.btc_per_th_h;
    near(&format!("{at} btc"), found.btc, expected.btc, btc);
    same_hours(at, &found.hours, &expected.hours, open_h);
    let effective = (found.energy_mwh > 0.0).then(|| found.power_usd / found.energy_mwh);
    assert_eq!(found.effective_usd_per_mwh(), effective, "{at}");
}

/// What must hold of every class that may switch freely, on any prices.
fn laws(at: &str, classes: &[RunningClass], world: &World<'_>) -> Operation {
    let operation = world.operate(classes);
    let prices = world.prices.values();
    let (mut draw_mwh, mut open_mwh) = (0.0, 0.0);
    for (class, found) in classes.iter().zip(&operation.classes) {
        let at = &format!("{at} {} at {}", class.name, world.hashprice);
        let rungs = Rungs::of(class, world);
        let best = rungs.best(prices, prices);
        same(&format!("{at} best"), &found.best, &best, &rungs);
        let point = rungs.always_on(prices);
        assert_eq!(found.always_on_point + 1, point, "{at}");
        assert_eq!(found.rules.len(), if world.ahead.is_some() { 3 } else { 2 }, "{at}");
        let slack = SUMS * best.terms_usd;
        for followed in &found.rules {
            let course = match followed.rule {
                RuleName::AlwaysOn => rungs.settle(prices, &vec![point; prices.len()]),
                RuleName::DayAhead => rungs.best(prices, world.ahead.unwrap().values()),
                RuleName::TwoStrikes => rungs.settle(prices, &rungs.two_strikes(prices, point)),
            };
            let at = format!("{at} {}", followed.rule.as_str());
            same(&at, &followed.tally, &course, &rungs);
            assert!(found.best.profit_usd >= followed.tally.profit_usd - slack, "{at}");
        }
        let always_on = found.rules[0].tally.profit_usd;
        let parts = &found.flexibility;
        close(at, parts.total_usd(), best.usd - always_on, best.terms_usd, SUMS);
        // Shapley values of two: off, and the other settings.
        let with_off = |setting| rungs.earns(prices, prices, &[0, setting]);
        let off = (1..rungs.th.len()).map(with_off).fold(always_on, f64::max);
        let settings = rungs.earns(prices, prices, &rungs.all()[1..]).max(always_on);
        let expected = 0.5 * ((off - always_on) + (best.usd - settings));
        close(at, parts.off_usd, expected, best.terms_usd, SUMS);
        assert!([parts.off_usd, parts.points_usd].iter().all(|usd| *usd >= -slack), "{at}");
        let hours: f64 = found.best.hours.iter().sum();
        assert_eq!(hours, world.prices.hours(), "{at}");
        draw_mwh += best.mwh;
        open_mwh += best.open[1];
        // Below zero the grid pays: everything runs, at the setting that draws most.
        let paid = prices.iter().filter(|price| **price < 0.0).count() as f64;
        assert!(*best.hours.last().unwrap() >= paid * rungs.interval_h, "{at}");
    }
    let drawn =
        operation.draw_gross_mw.iter().fold(0.0, |sum, mw| sum + mw * world.prices.interval_h());
    let years = (prices.len() as f64 / 8_784.0).max(1.0);
    near(at, drawn, draw_mwh, years * SUMS * draw_mwh + open_mwh);
    for (draw, price) in operation.draw_gross_mw.iter().zip(prices) {
        let all = operation.all_gross_mw;
        assert!(*price >= 0.0 || (draw - all).abs() <= SUMS * all, "{at}: {draw} at {price}");
    }
    operation
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashMap;

    use super::*;

    fn number(value: &Value, key: &str) -> f64 {
        value[key].as_f64().unwrap()
    }

    fn list<T: serde::de::DeserializeOwned>(value: &Value) -> Vec<T> {
        serde_json::from_value(value.clone()).unwrap()
    }

    /// A case of the second program, and how many figures agree with it how well.
    struct Case<'a> {
        at: String,
        stated: &'a Value,
        machine: &'a RunningClass,
        rungs: &'a Rungs,
        figures: Cell<usize>,
        worst: Cell<f64>,
    }

    impl Case<'_> {
        fn figure(&self, key: &str, found: f64, expected: f64, terms: f64, open: f64) {
            near(&format!("{} {key}", self.at), found, expected, OF_REVENUE * terms + open);
            self.figures.set(self.figures.get() + 1);
            if open == 0.0 {
                self.worst.set(self.worst.get().max((found - expected).abs() / terms));
            }
        }

        fn money(&self, key: &str, found: f64, expected: f64) {
            let revenue = number(&self.stated["dispatched"], "revenue_usd");
            self.figure(key, found, expected, revenue, 0.0);
        }

        /// Profit, bitcoin and energy of one side of a case, and its hours to the hour.
        fn agrees(&self, side: &str, sums: [f64; 3], hours: &[f64], open: [f64; 4]) {
            let (expected, rungs, [profit, btc, used]) = (&self.stated[side], self.rungs, sums);
            let [open_h, mwh, th_h, usd] = open;
            let same = |key: &str, found: f64, open: f64| {
                self.figure(key, found, number(expected, key), number(expected, key), open);
            };
            let spent = btc * BTC_USD - profit;
            // In the hours of a tie the profit is the same at the prices that decide.
            let profit_open = if side == "dispatched" { 0.0 } else { usd };
            let [wanted, revenue] = ["profit_usd", "revenue_usd"].map(|key| number(expected, key));
            self.figure("profit_usd", profit, wanted, revenue, profit_open);
            same("revenue_usd", btc * BTC_USD, th_h * rungs.usd_per_th_h);
            same("btc", btc, th_h * rungs.btc_per_th_h);
            same("th_days", btc / rungs.btc_per_th_h / 24.0, th_h / 24.0);
            same("mwh", used, mwh);
            same("mwh_on", used, mwh);
            same("energy_cost_usd", spent, usd);
            same("realised_usd_per_mwh_ex_adder", spent / used, 2.0 * usd / used);
            same_hours(&format!("{} {side}", self.at), hours, &list(&expected["hours"]), open_h);
            self.figures.set(self.figures.get() + hours.len());
        }

        /// Settings that can be best, and the prices at which they take over.
        fn strikes_agree(&self, model: &str) {
            let corners = self.machine.curve.hull();
            let place = |th: f64| self.rungs.th.iter().position(|rung| *rung == th).unwrap();
            let hull: Vec<usize> = corners.iter().map(|corner| place(corner.th_per_s)).collect();
            assert_eq!(hull, list::<usize>(&self.stated["hull_points"]), "{}", self.at);
            let asked = StrikesArguments {
                models: vec![model.to_owned()],
                hashprice_usd_per_ph_day: Some(number(self.stated, "hashprice")),
                ..StrikesArguments::default()
            };
            let rows = strikes(&asked).unwrap().rows;
            let found = rows.iter().filter_map(|row| row.best_below_usd_per_mwh);
            let expected: Vec<f64> = list(&self.stated["strikes_usd_per_mwh"]);
            let counts = [rows.len(), found.clone().count()];
            assert_eq!(counts, [self.rungs.th.len() - 1, expected.len()], "{}", self.at);
            found.zip(expected).for_each(|(a, b)| self.figure("strike", a, b, b, 0.0));
        }
    }

    /// Every road to the dispatch of the same hours.
    fn roads(ladders: &Ladders, hours: &Hours) -> Vec<Dispatch> {
        let mut found = vec![dispatch_reference(ladders, hours)];
        for isa in Isa::available() {
            found.push(dispatch(isa, ladders, hours));
            for method in [Method::Brute, Method::Shortcut] {
                let mut out = Dispatch::default();
                dispatch_by(method, isa, ladders, hours, &mut out).unwrap();
                found.push(out);
            }
        }
        found
    }

    /// Every case of the second program by every road there is, on the hours of the file alone, and
    /// over the whole year with the hour that the file lacks.
    #[test]
    fn second_program() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/cases");
        let text = std::fs::read_to_string(path.join("dispatch_ercot_2024.json")).unwrap();
        let cases: Value = serde_json::from_str(&text).unwrap();
        let file = bytes(&format!("data/electricity/{ERCOT}"));
        let rows = csv::Reader::from_reader(&file[..]).into_deserialize();
        let rows: Vec<HashMap<String, String>> = rows.map(Result::unwrap).collect();
        let (mut figures, mut worst) = (0, 0.0_f64);
        for case in cases["cases"].as_array().unwrap() {
            let name = case["ladder"].as_str().unwrap();
            let model = LADDERS.iter().find(|names| names[0] == name).unwrap()[1];
            let (hub, hashprice) = (case["hub"].as_str().unwrap(), number(case, "hashprice"));
            let plain = ["overhead_k", "adder_usd_per_mwh", "pool_fee", "idle_w"];
            assert_eq!(plain.map(|key| number(case, key)), [1.0, 0.0, 0.0, 0.0]);
            let column = |market: &str| -> Vec<f64> {
                let of_year = rows.iter().filter(|row| row["local_start"].starts_with("2024-"));
                of_year.map(|row| row[&format!("{hub}_{market}")].parse().unwrap()).collect()
            };
            let (paid, ahead) = (column("rtm"), column("dam"));
            assert_eq!(paid.len() as f64, number(case, "hours"));
            let machine = &class(name, &ladder(model), 0.0);
            let filled = [ercot(&format!("{hub}_rtm")), ercot(&format!("{hub}_dam"))];
            let world = World { ahead: Some(&filled[1]), ..World::of(&filled[0], hashprice) };
            let rungs = &Rungs::of(machine, &world);
            let at = format!("{name} {hub} {hashprice}");
            let (of, seen) = (Cell::new(0), Cell::new(0.0));
            let case = Case { at, stated: case, machine, rungs, figures: of, worst: seen };
            let (at, expected) = (&case.at, case.stated);
            let curves = std::slice::from_ref(&machine.curve);
            let ladders = Ladders::of_curves(curves, machine.overhead).unwrap();
            let columns =
                [rungs.usd_per_th_h, rungs.btc_per_th_h].map(|worth| vec![worth; paid.len()]);
            let found = roads(&ladders, &Hours::new(&paid, &columns[0], &columns[1]).unwrap());
            for found in &found {
                let counts: Vec<f64> = found.hours.iter().map(|hours| f64::from(*hours)).collect();
                let sums = [found.profit_usd[0], found.btc[0], found.energy_mwh[0]];
                case.agrees("dispatched", sums, &counts, rungs.best(&paid, &paid).open);
            }
            // Courses, settled on the same hours.
            let (th_per_s, gross_mw, free) = (&rungs.th[1..], &rungs.mw[1..], Starts::default());
            let unit = Unit { th_per_s, gross_mw, idle_gross_mw: 0.0 };
            let prices = |price_usd_per_mwh| Prices {
                price_usd_per_mwh,
                hash_value_usd_per_th_h: &columns[0],
                btc_per_th_h: &columns[1],
                interval_h: 1.0,
            };
            let follow =
                |course: &[u8]| rules::follow(course, &unit, &prices(&paid), &free).unwrap();
            let day_ahead = follow(&commit(&unit, &prices(&ahead), &free).unwrap().choice);
            let sums = [day_ahead.profit_usd, day_ahead.btc, day_ahead.energy_mwh];
            let open = rungs.best(&paid, &ahead).open;
            case.agrees("day_ahead_rule", sums, &day_ahead.hours, open);
            let never = |point| follow(&rules::always_on(point, paid.len())).profit_usd;
            let better = |best, next| if never(next) > never(best) { next } else { best };
            let point = (1..rungs.th.len()).reduce(better).unwrap();
            let always_on = &expected["best_always_on"];
            let watts = machine.curve.points()[point - 1].power_w;
            let setting = ["point", "th", "w"].map(|key| number(always_on, key));
            assert_eq!([point as f64, rungs.th[point], watts], setting, "{at}");
            case.money("always on", never(point), number(always_on, "profit_usd"));
            let off = follow(&vec![0; paid.len()]).profit_usd;
            case.money("always off", off, number(expected, "always_off_usd"));
            let profit = found[0].profit_usd[0];
            case.money("flexibility", profit - never(point), number(expected, "flexibility_usd"));
            let (regret, terms) = (number(expected, "day_ahead_regret_usd"), profit);
            case.figure("regret", profit - day_ahead.profit_usd, regret, terms, open[3]);
            let beats = expected["day_ahead_beats_best_always_on"].as_bool();
            assert_eq!(Some(day_ahead.profit_usd > never(point)), beats, "{at}");
            case.strikes_agree(model);
            // The year with the hour that is filled: that hour on top of the case.
            let hour = filled[0].interval_at(1_730_617_200).unwrap();
            let operation = laws(at, std::slice::from_ref(machine), &world);
            let [paid, ahead] = [0, 1].map(|of: usize| &filled[of].values()[hour..=hour]);
            let more = |course: &[usize]| rungs.settle(paid, course).usd;
            let [always, ahead_usd] = [more(&[point]), more(&rungs.choose(ahead, &rungs.all()))];
            let rules = &operation.classes[0].rules;
            let best = profit + rungs.earns(paid, paid, &rungs.all());
            case.money("year", operation.profit_usd(), best);
            case.money("year, always on", rules[0].tally.profit_usd, never(point) + always);
            let expected = day_ahead.profit_usd + ahead_usd;
            case.money("year, day ahead", rules[1].tally.profit_usd, expected);
            figures += case.figures.get();
            worst = worst.max(case.worst.get());
        }
        println!("{figures} figures, largest error {worst:.1e} of its terms");
    }

    /// A year at three hubs of Texas: ladders and rated machines at three hashprices.
    #[test]
    fn a_year_of_texas() {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ercot_2024_operation.csv");
        let mut table = csv::Writer::from_path(&path).unwrap();
        let columns = [
            "hub",
            "machine",
            "hashprice_usd_per_ph_day",
            "profit_usd",
            "btc",
            "mwh",
            "hours_run",
            "effective_usd_per_mwh",
            "flexibility_usd",
            "flexibility_off_usd",
            "flexibility_settings_usd",
            "always_on_setting",
            "always_on_usd",
            "day_ahead_usd",
            "two_strikes_usd",
        ];
        table.write_record(columns).unwrap();
        let named = |kind: &str, model: &str| format!("{model} ({kind})");
        let ladders = LADDERS.map(|[_, model]| class(&named("ladder", model), &ladder(model), 0.0));
        let rated = RATED.map(|model| class(&named("rated", model), &rated(model), 0.0));
        let classes: Vec<RunningClass> = ladders.into_iter().chain(rated).collect();
        let mut spans = [[f64::INFINITY, f64::NEG_INFINITY]; 12];
        for hub in HUBS {
            let (paid, ahead) = (ercot(&format!("{hub}_rtm")), ercot(&format!("{hub}_dam")));
            for hashprice in HASHPRICES {
                let world = World { ahead: Some(&ahead), ..World::of(&paid, hashprice) };
                let operation = laws(hub, &classes, &world);
                for (class, found) in classes.iter().zip(&operation.classes) {
                    let (best, parts) = (&found.best, &found.flexibility);
                    let rule = |place: usize| found.rules[place].tally.profit_usd;
                    let row = [
                        best.profit_usd,
                        best.btc,
                        best.energy_mwh,
                        best.hours_run(),
                        best.effective_usd_per_mwh().unwrap(),
                        parts.total_usd(),
                        parts.off_usd,
                        parts.points_usd,
                        (found.always_on_point + 1) as f64,
                        rule(0),
                        rule(1),
                        rule(2),
                    ];
                    for (span, value) in spans.iter_mut().zip(row) {
                        *span = [span[0].min(value), span[1].max(value)];
                    }
                    let names = [hub.to_owned(), class.name.clone(), hashprice.to_string()];
                    let row = row.map(|value| value.to_string());
                    table.write_record(names.into_iter().chain(row)).unwrap();
                }
            }
        }
        table.flush().unwrap();
        for (name, [least, most]) in columns[3..].iter().zip(spans) {
            println!("{name:<26} {least:>12.4} to {most:>12.4}");
        }
        println!("72 rows in {}", path.display());
    }

    /// The same laws where prices are negative, spike, or have holes.
    #[test]
    fn other_markets() {
        let dom = "electricity/pjm_dom_rt_hourly_2020_2023.csv.gz";
        let refused = read(dom, "price_usd_mwh", GapRule::Refuse).unwrap_err();
        assert!(refused.len() == 3, "{refused:?}");
        let classes = [
            hall("hall of ladders", &ladder("Antminer S19k Pro 121.8T")),
            hall("hall of rated", &rated("Antminer T21 190T")),
            class("one", &ladder("Antminer S19j Pro 100T"), 15.0),
        ];
        for (path, column, gaps, missing) in [
            ("caiso_np15_dam_hourly_2020_2023", "price_usd_mwh", GapRule::Refuse, 0),
            ("pjm_dom_rt_hourly_2020_2023", "price_usd_mwh", GapRule::DayBefore, 72),
            ("nyiso_capitl_dam_hourly_2020_2024", "price_usd_mwh", GapRule::Refuse, 0),
            ("de_lu_day_ahead_hourly_2020_2023", "price_eur_mwh", GapRule::DayBefore, 176),
            ("nl_imbalance_15min_2024", "price_shortage_eur_mwh", GapRule::Refuse, 0),
            ("ercot_hb_hubavg_rt15_2024", "price_usd_mwh", GapRule::Refuse, 0),
        ] {
            let found = series(&format!("electricity/{path}.csv.gz"), column, gaps);
            assert_eq!(
                found.filled.iter().map(|gap| gap.intervals).sum::<usize>(),
                missing,
                "{path}"
            );
            let prices = &found.series;
            for hashprice in [40.0, 60.0] {
                let operation = laws(path, &classes, &World::of(prices, hashprice));
                let sum = |of: &dyn Fn(usize) -> f64| (0..3).map(of).sum::<f64>();
                let lost = sum(&|place| operation.classes[place].rules[1].tally.profit_usd);
                println!(
                    "{path:<36} {hashprice}: {:>11.0}, always on {:>12.0}, strikes {lost:>11.0}",
                    operation.profit_usd(),
                    operation.always_on_usd(),
                );
            }
        }
    }

    /// Starts that cost, ramps and minimum times on 15-minute prices: the best is that of a forward
    /// sweep, and no rule that keeps the times earns more.
    #[test]
    fn starts_on_quarter_hours() {
        let file = "electricity/ercot_hb_hubavg_rt15_2024.csv.gz";
        let prices = series(file, "price_usd_mwh", GapRule::Refuse).series;
        assert_eq!((prices.interval_s(), prices.values().len()), (900, 35_160));
        let file = "electricity/ercot_hb_hubavg_dam_hourly_2020_2024.csv.gz";
        let ahead = series(file, "price_usd_mwh", GapRule::Refuse).series;
        let ahead = ahead.on_intervals_of(&prices).unwrap();
        let world = World { ahead: Some(&ahead), ..World::of(&prices, 45.0) };
        for [start_usd, min_run_h, min_off_h, ramp_h] in [
            [0.02, 0.0, 1.0, 0.25],
            [0.1, 2.0, 1.0, 0.5],
            [0.0, 3.0, 2.0, 0.4],
            [0.5, 0.0, 0.0, 0.0],
        ] {
            let starts = StartTerms { start_usd, min_run_h, min_off_h, ramp_h };
            for of in [
                hall("hall of ladders", &ladder("Antminer S19j Pro 100T")),
                class("one", &rated("Antminer S21 200T"), 15.0),
            ] {
                let class = RunningClass { starts, ..of };
                let at = &format!("{} {starts:?}", class.name);
                let rungs = Rungs::of(&class, &world);
                let operation = world.operate(std::slice::from_ref(&class));
                let found = &operation.classes[0];
                let terms =
                    rungs.settle(prices.values(), &vec![1; prices.values().len()]).terms_usd;
                close(
                    at,
                    found.best.profit_usd,
                    rungs.most_usd(prices.values()),
                    terms,
                    OF_REVENUE,
                );
                let point = found.always_on_point + 1;
                let strikes = rungs.two_strikes(prices.values(), point);
                let never = vec![point; strikes.len()];
                same(at, &found.rules[0].tally, &rungs.settle(prices.values(), &never), &rungs);
                same(at, &found.rules[2].tally, &rungs.settle(prices.values(), &strikes), &rungs);
                assert!(rungs.keeps_times(&strikes), "{at}");
                let most = found.best.profit_usd + SUMS * terms;
                assert!(found.rules.iter().all(|rule| rule.tally.profit_usd <= most), "{at}");
                assert_eq!(
                    found.rules[2].tally.starts,
                    rungs.settle(prices.values(), &strikes).starts
                );
                let parts = found.flexibility.total_usd();
                let gain = found.best.profit_usd - found.rules[0].tally.profit_usd;
                close(at, parts, gain, terms, SUMS);
                assert_eq!(found.best.hours.iter().sum::<f64>(), prices.hours(), "{at}");
                let usd = found.rules.iter().map(|rule| rule.tally.profit_usd).collect::<Vec<_>>();
                let (best, n) = (found.best.profit_usd, found.best.starts);
                println!("{at}: {best:.2}, {n} starts; rules {usd:.2?}");
            }
        }
    }

    /// Hot air: what it takes, and the brute dispatch of the same hours.
    #[test]
    fn heat_of_dallas() {
        let (prices, air) = hb_north_and_dallas();
        // The second trips within the temperatures of that summer.
        for heat in [AIR, Heat { hash_from_c: 30.0, trip_c: 38.0, ..AIR }] {
            let hot = air.values().iter().filter(|at| **at > heat.trip_c).count();
            assert_eq!(hot > 0, heat.trip_c == 38.0);
            let settings = [ladder("Antminer S19k Pro 121.8T"), rated("Antminer S21 200T")];
            for (settings, hashprice) in settings.iter().zip([40.0, 60.0]) {
                let cool = class("machine", settings, 0.0);
                let warm = RunningClass { heat: Some(heat), ..cool.clone() };
                let world = World { air: Some(&air), ..World::of(&prices, hashprice) };
                let both = [&cool, &warm].map(|class| world.operate(std::slice::from_ref(class)));
                let [without, with] = both.map(|found| found.classes[0].clone());
                let rungs = Rungs::of(&warm, &world);
                let [worth, btc] = [rungs.usd_per_th_h, rungs.btc_per_th_h]
                    .map(|worth| vec![worth; prices.values().len()]);
                let factor = |of: usize| rungs.heat.iter().map(|f| f[of]).collect::<Vec<f64>>();
                let hours = Hours::new(prices.values(), &worth, &btc).unwrap();
                let hours = hours.derated(Some(&factor(0)), Some(&factor(1))).unwrap();
                let curves = [cool.curve.clone()];
                let ladders = Ladders::of_curves(&curves, cool.overhead).unwrap();
                let brute = dispatch(Isa::best(), &ladders, &hours);
                let at = &format!("{} settings, trip at {}", settings.len(), heat.trip_c);
                let terms = without.best.btc * BTC_USD;
                close(at, with.best.profit_usd, brute.profit_usd[0], terms, OF_REVENUE);
                close(at, with.best.btc, brute.btc[0], brute.btc[0], OF_REVENUE);
                close(
                    at,
                    with.best.energy_mwh,
                    brute.energy_mwh[0],
                    brute.energy_mwh[0],
                    OF_REVENUE,
                );
                assert!(with.best.profit_usd < without.best.profit_usd, "{at}");
                for followed in &with.rules {
                    assert!(followed.tally.profit_usd <= with.best.profit_usd, "{at}");
                }
                let [cold, warm] = [&without, &with].map(|found| &found.rules[0].tally);
                assert!(warm.energy_mwh / warm.btc > cold.energy_mwh / cold.btc, "{at}");
                let parts = with.flexibility.total_usd();
                close(at, parts, with.best.profit_usd - warm.profit_usd, terms, OF_REVENUE);
                // Which of the two a tripped machine is counted as has a test of its own.
                let counts: Vec<f64> = brute.hours.iter().map(|hours| f64::from(*hours)).collect();
                let hours = &with.best.hours;
                assert!(counts[0] >= hot as f64, "{at}");
                assert_eq!(
                    (hours[0] + hours[1], &hours[2..]),
                    (counts[0] + counts[1], &counts[2..])
                );
                println!("{at}: {:.2} of {:.2} USD", with.best.profit_usd, without.best.profit_usd);
            }
        }
        // A hall whose idle draw feels the air as well.
        let class = RunningClass {
            heat: Some(Heat { trip_c: 38.0, ..AIR }),
            ..hall("hall", &ladder("Antminer S19 XP"))
        };
        let world = World { air: Some(&air), ..World::of(&prices, 50.0) };
        let (rungs, found) = (Rungs::of(&class, &world), world.operate(&[class]));
        let (best, rules) = (&found.classes[0].best, &found.classes[0].rules);
        let prices = prices.values();
        let expected = rungs.settle(prices, &rungs.choose(prices, &rungs.all()));
        close("hall", best.profit_usd, expected.usd, expected.terms_usd, SUMS);
        close("hall", best.energy_mwh, expected.mwh, expected.mwh, SUMS);
        assert!(best.profit_usd.is_finite());
        assert!(rules.iter().all(|rule| rule.tally.profit_usd <= best.profit_usd));
    }

    /// Two classes under a demand charge: the best over every cap of every month.
    #[test]
    fn demand_charge_of_hb_west() {
        let prices = ercot("hb_west_rtm");
        let classes = [
            hall("ladders", &ladder("Antminer S19k Pro 121.8T")),
            hall("rated", &rated("Antminer S21 200T")),
        ];
        let plain = World::of(&prices, 45.0);
        let free = plain.operate(&classes);
        // Steps of both classes, the steepest next from each corner.
        let (mut steps, mut idle_mw) = (Vec::new(), 0.0);
        for rungs in classes.iter().map(|class| Rungs::of(class, &plain)) {
            idle_mw += rungs.mw[0] * rungs.machines;
            let mut from = 0;
            while from + 1 < rungs.th.len() {
                let slope =
                    |to: usize| (rungs.th[to] - rungs.th[from]) / (rungs.mw[to] - rungs.mw[from]);
                let better = |best, next| if slope(next) >= slope(best) { next } else { best };
                let to = (from + 1..rungs.th.len()).reduce(better).unwrap();
                let mw = (rungs.mw[to] - rungs.mw[from]) * rungs.machines;
                steps.push([rungs.usd_per_th_h * slope(to), mw]);
                from = to;
            }
        }
        steps.sort_by(|a, b| b[0].total_cmp(&a[0]));
        let mut caps = vec![idle_mw];
        for step in &steps {
            caps.push(caps[caps.len() - 1] + step[1]);
        }
        let (edges, all_mw) = (caps.len(), caps[caps.len() - 1]);
        caps.extend((edges..200).map(|n| idle_mw + (all_mw - idle_mw) * n as f64 / 200.0));
        for usd_per_kw_month in [8.0, 20.0, 40.0] {
            let demand = Some(DemandCharge { usd_per_kw_month, ratchet_frac: 0.0 });
            let charges = Charges { demand, ..Charges::default() };
            let world = World { charges, ..World::of(&prices, 45.0) };
            let found = world.operate(&classes);
            let edges = months(&prices);
            assert_eq!((found.months.len(), edges.len()), (12, 13));
            let (mut billed_free, mut scanned, mut terms) = (free.profit_usd(), 0.0, 0.0);
            for (month, span) in found.months.iter().zip(edges.windows(2)) {
                let peak =
                    |draws: &[f64]| draws[span[0]..span[1]].iter().fold(0.0, |a, b| b.max(a));
                let usd = |mw: f64| usd_per_kw_month * 1e3 * mw;
                assert_eq!(month.peak_gross_mw, peak(&found.draw_gross_mw), "{month:?}");
                close("bill", month.demand_usd, usd(month.peak_gross_mw), month.demand_usd, SUMS);
                billed_free -= usd(peak(&free.draw_gross_mw));
                let under = |cap: &f64| {
                    let (mut sum, mut most) = (0.0, 0.0_f64);
                    for price in &prices.values()[span[0]..span[1]] {
                        let (mut draw, mut gain) = (idle_mw, -price * idle_mw);
                        for [worth, mw] in &steps {
                            let taken =
                                if worth > price { mw.min(cap - draw).max(0.0) } else { 0.0 };
                            gain += (worth - price) * taken;
                            draw += taken;
                        }
                        sum += gain;
                        most = most.max(draw);
                    }
                    sum - usd(most)
                };
                scanned += caps.iter().map(under).fold(f64::NEG_INFINITY, f64::max);
                terms += usd(all_mw);
            }
            let profit = found.profit_usd();
            close("best cap", profit, scanned, profit.abs() + terms, OF_REVENUE);
            assert!(profit >= billed_free - SUMS * terms, "{profit} {billed_free}");
            assert!(profit >= found.always_on_usd() && free.profit_usd() > profit);
            let energy = found.classes.iter().map(|class| class.best.energy_mwh).sum::<f64>();
            close("energy", found.draw_gross_mw.iter().sum(), energy, energy, SUMS);
            // A ratchet bills every month at least for a share of the year's highest draw.
            let demand = Some(DemandCharge { usd_per_kw_month, ratchet_frac: 0.8 });
            let charges = Charges { demand, ..Charges::default() };
            let ratchet = World { charges, ..World::of(&prices, 45.0) }.operate(&classes);
            assert!(ratchet.profit_usd() <= profit + SUMS * terms);
            let highest = ratchet.draw_gross_mw.iter().fold(0.0, |a: f64, b| b.max(a));
            for month in &ratchet.months {
                let usd = usd_per_kw_month * 1e3 * month.peak_gross_mw.max(0.8 * highest);
                close("ratchet", month.demand_usd, usd, usd, SUMS);
            }
            let peaks: Vec<f64> = found.months.iter().map(|month| month.peak_gross_mw).collect();
            println!(
                "{usd_per_kw_month}: {profit:.0}, blind to it {billed_free:.0}, {peaks:.2?} MW"
            );
        }
    }

    /// Four summer peaks: nobody runs in them, and what heeding them is worth adds up.
    #[test]
    fn four_summer_peaks() {
        let system = ercot("hb_hubavg_rtm");
        let edges = months(&system);
        // The system's dearest hours, in which few would run anyway, and its cheapest.
        let peaks = |sign: f64| {
            [6, 7, 8, 9].map(|month| {
                let first = |a: usize, b: usize| {
                    if sign * system.values()[b] > sign * system.values()[a] { b } else { a }
                };
                (edges[month - 1]..edges[month]).reduce(first).unwrap()
            })
        };
        let sets = [peaks(1.0), peaks(-1.0)];
        for ((hub, hashprice), peaks) in
            HUBS.iter().zip(HASHPRICES).flat_map(|at| sets.map(|s| (at, s)))
        {
            let instants = peaks.map(|place| system.unix_s(place) + 900).to_vec();
            let peak = CoincidentPeak::new(PeakRule::FourSummer, 60.0, instants, &texas()).unwrap();
            let prices = ercot(&format!("{hub}_rtm"));
            let charges = Charges { coincident_peak: Some(peak), ..Charges::default() };
            let world = World { charges, ..World::of(&prices, hashprice) };
            let mut paid = prices.values().to_vec();
            for place in peaks {
                paid[place] += 60.0 * 1e3 / 4.0;
            }
            for (settings, idle_w) in [
                (ladder("Antminer S19j Pro 100T"), 0.0),
                (ladder("Antminer S19 XP"), 15.0),
                (rated("Antminer S21 XP"), 0.0),
            ] {
                let class = class("machine", &settings, idle_w);
                let operation = world.operate(std::slice::from_ref(&class));
                let (found, rungs) = (&operation.classes[0], Rungs::of(&class, &world));
                let at = &format!("{hub} at {hashprice}, {} settings", settings.len());
                for place in peaks {
                    assert_eq!(operation.draw_gross_mw[place], idle_w / 1e6, "{at}");
                }
                let best = rungs.best(&paid, &paid);
                same(at, &found.best, &best, &rungs);
                // The three freedoms (off, settings, peaks) granted in each order.
                let always_on = found.rules[0].tally.profit_usd;
                let worth = |[off, settings, heeds]: [bool; 3]| {
                    let heeded = if heeds { &paid[..] } else { prices.values() };
                    let earns = |among: &[usize]| rungs.earns(&paid, heeded, among);
                    let usd = match (off, settings) {
                        (true, true) => earns(&rungs.all()),
                        (false, true) => earns(&rungs.all()[1..]),
                        (true, false) => {
                            (1..rungs.th.len()).map(|k| earns(&[0, k])).fold(always_on, f64::max)
                        }
                        (false, false) => always_on,
                    };
                    usd.max(always_on)
                };
                let mut expected = [0.0; 3];
                for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                    let mut granted = [false; 3];
                    for freedom in order {
                        let before = worth(granted);
                        granted[freedom] = true;
                        expected[freedom] += (worth(granted) - before) / 6.0;
                    }
                }
                let parts = &found.flexibility;
                let parts = [parts.off_usd, parts.points_usd, parts.peaks_usd];
                for (part, expected) in parts.iter().zip(expected) {
                    close(at, *part, expected, best.terms_usd, OF_REVENUE);
                }
                assert!(parts[2] >= 0.0 && (parts[2] > 0.0 || peaks == sets[0]), "{at}: {parts:?}");
                let gain = found.best.profit_usd - always_on;
                close(at, parts.iter().sum(), gain, best.terms_usd, OF_REVENUE);
                println!(
                    "{at}: off {:.2}, settings {:.2}, peaks {:.2}",
                    parts[0], parts[1], parts[2]
                );
            }
        }
    }

    /// Above the trip temperature a machine is off, and its hours say so: at its best, and by every
    /// rule.
    #[test]
    fn tripped_machines_are_off() {
        let (prices, air) = hb_north_and_dallas();
        let heat = Heat { trip_c: 38.0, ..AIR };
        let class =
            RunningClass { heat: Some(heat), ..class("rated", &rated("Antminer S21 200T"), 0.0) };
        let world = World { air: Some(&air), ..World::of(&prices, 60.0) };
        let (rungs, found) = (Rungs::of(&class, &world), world.operate(&[class]));
        let found = &found.classes[0];
        let prices = prices.values();
        let courses =
            [rungs.choose(prices, &[0, 1]), vec![1; prices.len()], rungs.two_strikes(prices, 1)];
        let expected = courses.map(|course| {
            let runs = |(setting, at): &(&usize, &f64)| **setting > 0 && **at <= heat.trip_c;
            (prices.len() - course.iter().zip(air.values()).filter(runs).count()) as f64
        });
        let tallies = [&found.best, &found.rules[0].tally, &found.rules[1].tally];
        assert_eq!(tallies.map(|tally| tally.hours[0]), expected);
    }

    /// The best course has starts as the rules beside it do, whether they cost something or not.
    #[test]
    fn starts_of_the_best_are_counted() {
        let prices = ercot("hb_west_rtm");
        let free = class("free", &rated("Antminer S21 200T"), 0.0);
        let starts = StartTerms { start_usd: 1e-9, ..StartTerms::default() };
        let costly = RunningClass { starts, ..free.clone() };
        let found = World::of(&prices, 45.0).operate(&[free, costly]);
        let [free, costly] = [0, 1].map(|place: usize| &found.classes[place]);
        let strikes = [free, costly].map(|found| found.rules[1].tally.starts);
        assert_eq!([free.best.starts, strikes[0]], [costly.best.starts, strikes[1]]);
    }
}
