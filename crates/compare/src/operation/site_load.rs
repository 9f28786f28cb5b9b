//! Charges that look at the draw of the whole site: its classes as one load, month by month.

use std::ops::Range;

use hashcost::curve::onto_hull;
use hashcost::load::{Period, PeriodCharges, SiteCurve, Step, best_year};
use power::{Local, Series, Zone};
use units::constants::KW_PER_MW;

use super::{HashMarket, RunningClass, Setting, Tally};
use crate::error::Error;

/// A month as it is billed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LoadMonth {
    /// Year by the contract's clock.
    pub year: i32,
    /// Month, January = 1.
    pub month: u32,
    /// Highest draw, MW at the meter.
    pub peak_gross_mw: f64,
    /// Charge on it, USD.
    pub demand_usd: f64,
    /// Paid for energy that was not used, USD.
    pub unused_usd: f64,
}

/// A site's load: what each class came to, draws by interval, bills by month.
pub(super) struct SiteLoad {
    pub(super) classes: Vec<Tally>,
    pub(super) draw_gross_mw: Vec<f64>,
    pub(super) months: Vec<LoadMonth>,
}

/// Steps of all classes as one curve.
pub(super) fn curve_of<'a>(
    classes: impl IntoIterator<Item = &'a RunningClass>,
    market: &HashMarket,
) -> Result<SiteCurve, Error> {
    let mut steps = Vec::new();
    let mut idle_mw = 0.0;
    for (place, class) in classes.into_iter().enumerate() {
        let scale = class.units * class.uptime_frac;
        if scale <= 0.0 {
            continue;
        }
        let value = class.hash_value_usd_per_th_h(market);
        let (_, _, idle) = class.ladder();
        idle_mw += idle * scale;
        let hull = hull_of(class);
        for (step, pair) in hull.windows(2).enumerate() {
            let mw = (pair[1][0] - pair[0][0]) * scale;
            let th = (pair[1][1] - pair[0][1]) * scale;
            steps.push(Step {
                place: (place, step),
                gross_mw: mw,
                worth_usd_per_mwh: value * th / mw,
            });
        }
    }
    Ok(SiteCurve::new(steps, idle_mw)?)
}

/// Settings of one machine that can be best, off first: draw at the meter and hash rate.
fn hull_of(class: &RunningClass) -> Vec<[f64; 2]> {
    let (th, mw, idle) = class.ladder();
    let mut hull = vec![[idle, 0.0]];
    for (th, mw) in th.into_iter().zip(mw) {
        onto_hull(&mut hull, [mw, th], |point| point);
    }
    hull
}

/// The intervals of a calendar month.
pub(super) struct MonthSpan {
    pub(super) year: i32,
    /// January = 1.
    pub(super) month: u32,
    pub(super) intervals: Range<usize>,
}

/// The months of a series by a clock.
pub(super) fn month_spans(zone: &Zone, series: &Series) -> Vec<MonthSpan> {
    let mut clock = zone.clock();
    let mut spans: Vec<MonthSpan> = Vec::new();
    for interval in 0..series.values().len() {
        let Local { year, month, .. } = clock.at(series.unix_s(interval));
        match spans.last_mut() {
            Some(span) if (span.year, span.month) == (year, month) => {
                span.intervals.end = interval + 1;
            }
            _ => spans.push(MonthSpan { year, month, intervals: interval..interval + 1 }),
        }
    }
    spans
}

/// Bounds by interval of the obligations; empty without any.
fn bounds(setting: &Setting<'_>, all_mw: f64) -> [Vec<f64>; 2] {
    let obligations = &setting.charges.obligations;
    if obligations.is_empty() {
        return [Vec::new(), Vec::new()];
    }
    let series = &setting.pricing.energy_usd_per_mwh;
    let count = series.values().len();
    let (mut most, mut least) = (vec![all_mw; count], vec![0.0; count]);
    for obligation in obligations {
        for place in 0..count {
            let start = series.unix_s(place);
            if obligation.during.hours_of(start, series.interval_s()) > 0.0 {
                if let Some(mw) = obligation.most_gross_mw {
                    most[place] = f64::min(most[place], mw);
                }
                if let Some(mw) = obligation.least_gross_mw {
                    least[place] = f64::max(least[place], mw);
                }
            }
        }
    }
    [most, least]
}

/// The site as one load through all months.
pub(super) fn run(
    classes: &[RunningClass],
    setting: &Setting<'_>,
    prices: &[f64],
) -> Result<SiteLoad, Error> {
    let series = &setting.pricing.energy_usd_per_mwh;
    let curve = curve_of(classes, &setting.market)?;
    let [most, least] = bounds(setting, curve.all_gross_mw());
    let spans = month_spans(setting.zone, series);
    let charges = setting.charges;
    let part = |column: &[f64], span: &MonthSpan| -> Vec<f64> {
        column.get(span.intervals.clone()).map_or_else(Vec::new, <[f64]>::to_vec)
    };
    let bounded: Vec<[Vec<f64>; 2]> =
        spans.iter().map(|span| [part(&most, span), part(&least, span)]).collect();
    let take = charges.take_or_pay;
    let months: Vec<(&SiteCurve, Period<'_>, PeriodCharges)> = spans
        .iter()
        .zip(&bounded)
        .map(|(span, [most, least])| {
            let period = Period {
                price_usd_per_mwh: &prices[span.intervals.clone()],
                interval_h: series.interval_h(),
                most_gross_mw: most,
                least_gross_mw: least,
            };
            let of_month = PeriodCharges {
                demand_usd_per_mw: charges.demand.map_or(0.0, |d| d.usd_per_kw_month * KW_PER_MW),
                billed_anyway_gross_mw: 0.0,
                paid_anyway_mwh: take.map_or(0.0, |take| take.mwh_per_month),
                unused_usd_per_mwh: take.map_or(0.0, |take| take.usd_per_mwh),
            };
            (&curve, period, of_month)
        })
        .collect();
    let ratchet = charges.demand.map_or(0.0, |demand| demand.ratchet_frac);
    let runs = best_year(&months, ratchet)?;
    let mut load = SiteLoad {
        classes: classes.iter().map(|class| empty_tally(class.curve.points().len())).collect(),
        draw_gross_mw: Vec::with_capacity(prices.len()),
        months: Vec::with_capacity(runs.len()),
    };
    for (run, span) in runs.iter().zip(&spans) {
        load.months.push(LoadMonth {
            year: span.year,
            month: span.month,
            peak_gross_mw: run.peak_gross_mw,
            demand_usd: run.demand_usd,
            unused_usd: run.unused_usd,
        });
        load.draw_gross_mw.extend_from_slice(&run.draw_gross_mw);
    }
    share_out(classes, setting, prices, &curve, &mut load);
    Ok(load)
}

fn empty_tally(settings: usize) -> Tally {
    Tally { hours: vec![0.0; 1 + settings], ..Tally::default() }
}

/// What each class does of the site's draw: best steps first.
fn share_out(
    classes: &[RunningClass],
    setting: &Setting<'_>,
    prices: &[f64],
    curve: &SiteCurve,
    load: &mut SiteLoad,
) {
    let interval_h = setting.pricing.energy_usd_per_mwh.interval_h();
    let btc_per_th_h = setting.market.btc_per_th_day / units::constants::HOURS_PER_DAY;
    let hulls: Vec<Vec<[f64; 2]>> = classes.iter().map(hull_of).collect();
    // Which setting a corner of the hull is: 0 for off, else its number from 1.
    let settings: Vec<Vec<usize>> = classes
        .iter()
        .zip(&hulls)
        .map(|(class, hull)| {
            let (_, mw, _) = class.ladder();
            let number = |corner: &[f64; 2]| mw.iter().position(|mw| *mw == corner[0]);
            hull.iter().map(|corner| number(corner).map_or(0, |place| place + 1)).collect()
        })
        .collect();
    let idle: Vec<f64> = classes.iter().map(|class| class.ladder().2).collect();
    let mut taken: Vec<Vec<f64>> = hulls.iter().map(|hull| vec![0.0; hull.len() - 1]).collect();
    for (draw, price) in load.draw_gross_mw.iter().zip(prices) {
        let mut left = draw - curve.idle_gross_mw();
        for step in curve.steps() {
            let share = (left / step.gross_mw).clamp(0.0, 1.0);
            taken[step.place.0][step.place.1] = share;
            left -= step.gross_mw;
        }
        for (place, class) in classes.iter().enumerate() {
            let scale = class.units * class.uptime_frac;
            let (mut th, mut mw) = (0.0, idle[place]);
            let tally = &mut load.classes[place];
            let mut above = 1.0;
            for (step, pair) in hulls[place].windows(2).enumerate() {
                let share = taken[place][step];
                th += share * (pair[1][1] - pair[0][1]);
                mw += share * (pair[1][0] - pair[0][0]);
                tally.hours[settings[place][step]] += (above - share) * interval_h;
                above = share;
            }
            tally.hours[settings[place][hulls[place].len() - 1]] += above * interval_h;
            let value = class.hash_value_usd_per_th_h(&setting.market);
            let (th_h, mwh) = (th * scale * interval_h, mw * scale * interval_h);
            tally.profit_usd += value * th_h - price * mwh;
            tally.power_usd += price * mwh;
            tally.energy_mwh += mwh;
            tally.btc += btc_per_th_h * th_h;
        }
    }
}

/// Charges on a draw that never changes, USD.
pub(super) fn always_on_charges_usd(setting: &Setting<'_>, gross_mw: f64) -> f64 {
    let series = &setting.pricing.energy_usd_per_mwh;
    let charges = setting.charges;
    let mut usd = 0.0;
    for span in month_spans(setting.zone, series) {
        let hours = span.intervals.len() as f64 * series.interval_h();
        if let Some(demand) = charges.demand {
            usd += demand.usd_per_kw_month * KW_PER_MW * gross_mw;
        }
        if let Some(take) = charges.take_or_pay {
            usd += take.usd_per_mwh * (take.mwh_per_month - gross_mw * hours).max(0.0);
        }
    }
    usd
}
