//! A site's load over one billing period: classes of many units, so that within an hour some run
//! at one setting and some at the next, under charges and duties that look at their sum.
//!
//! Hours are no longer independent when the period's highest draw is charged, when energy is paid
//! for in any case, or when the load has to stay above or below a level. But the site has one
//! concave curve of worth over draw (the merged steps of its classes' hulls, best first), so that a
//! cap on the draw is all that ties the hours together, and its worth falls with every step: the
//! best cap is found exactly by bisection on that slope. Model section 3.

use units::{Code, Faults, Violation};

use crate::error::Error;

/// Bisections of the price of energy that is paid for in any case: more than a double can tell.
const BISECTIONS: u32 = 200;

/// One step of a class: what going from one setting that can be best to the next adds, for all its
/// units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Which class, and which step of its hull, both from 0.
    pub place: (usize, usize),
    /// Draw that it adds at the meter, MW.
    pub gross_mw: f64,
    /// What it adds per MWh, net of all but energy, USD/MWh.
    pub worth_usd_per_mwh: f64,
}

/// A site's steps by falling worth, and what it draws with everything off.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteCurve {
    steps: Vec<Step>,
    /// `[steps + 1]` draw up to each step, the idle draw first, MW.
    draw_gross_mw: Vec<f64>,
}

impl SiteCurve {
    /// A curve of steps in any order; the steps of a class must fall in worth.
    ///
    /// # Errors
    /// [`Error::Invalid`] for steps that add no draw or whose worth is not finite, and an idle draw
    /// below 0.
    pub fn new(mut steps: Vec<Step>, idle_gross_mw: f64) -> Result<Self, Error> {
        let mut faults = Faults::default();
        for (place, step) in steps.iter().enumerate() {
            // The path is only written where there is a fault to report.
            let (mw, worth) = (step.gross_mw, step.worth_usd_per_mwh);
            if !(mw > 0.0 && mw.is_finite()) {
                faults.demand(false, &format!("steps[{place}]"), mw, "allowed above 0 MW");
            }
            if !worth.is_finite() {
                faults.demand(false, &format!("steps[{place}]"), worth, "must be finite");
            }
        }
        let idle_fits = idle_gross_mw >= 0.0 && idle_gross_mw.is_finite();
        faults.demand(idle_fits, "idle_gross_mw", idle_gross_mw, "allowed from 0");
        faults.into_result().map_err(Error::Invalid)?;
        // A stable sort: equal worth keeps the order of the classes.
        steps.sort_by(|a, b| b.worth_usd_per_mwh.total_cmp(&a.worth_usd_per_mwh));
        let mut draw_gross_mw = vec![idle_gross_mw];
        let mut sum = idle_gross_mw;
        for step in &steps {
            sum += step.gross_mw;
            draw_gross_mw.push(sum);
        }
        Ok(Self { steps, draw_gross_mw })
    }

    /// Steps by falling worth.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Draw with everything off, MW.
    pub fn idle_gross_mw(&self) -> f64 {
        self.draw_gross_mw[0]
    }

    /// Draw with every step taken, MW.
    pub fn all_gross_mw(&self) -> f64 {
        self.draw_gross_mw[self.steps.len()]
    }

    /// Draw at which energy of a price is used best, MW: steps worth more than it. A tie draws less.
    pub fn best_draw_mw(&self, usd_per_mwh: f64) -> f64 {
        self.draw_gross_mw[self.steps.partition_point(|step| step.worth_usd_per_mwh > usd_per_mwh)]
    }

    /// Worth of an hour at a draw, USD: below the idle draw nothing.
    fn worth_usd_per_h(&self, draw_gross_mw: f64) -> f64 {
        let mut worth = 0.0;
        for (step, from_mw) in self.steps.iter().zip(&self.draw_gross_mw) {
            let taken = (draw_gross_mw - from_mw).clamp(0.0, step.gross_mw);
            worth += step.worth_usd_per_mwh * taken;
        }
        worth
    }
}

/// The intervals of a billing period.
///
/// # Shapes
/// `[intervals]`; bounds may be empty for none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Period<'a> {
    /// Price of energy, adders included, USD/MWh.
    pub price_usd_per_mwh: &'a [f64],
    /// Length of an interval, h.
    pub interval_h: f64,
    /// Draw that the load may not exceed, MW.
    pub most_gross_mw: &'a [f64],
    /// Draw that the load may not fall below (never more than its idle draw can be avoided), MW.
    pub least_gross_mw: &'a [f64],
}

/// What a billing period charges on the load as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PeriodCharges {
    /// On the highest draw, USD per MW.
    pub demand_usd_per_mw: f64,
    /// Draw that is billed in any case, so that up to it a higher peak costs nothing, MW.
    pub billed_anyway_gross_mw: f64,
    /// Energy that is paid for whether it is used or not, MWh.
    pub paid_anyway_mwh: f64,
    /// What the part of it that is not used costs, USD/MWh.
    pub unused_usd_per_mwh: f64,
}

/// How a load runs through a period, and what that comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LoadRun {
    /// Worth less energy and charges, USD.
    pub profit_usd: f64,
    /// Charge on the highest draw, USD.
    pub demand_usd: f64,
    /// Paid for energy that was not used, USD.
    pub unused_usd: f64,
    /// Energy used, MWh.
    pub energy_mwh: f64,
    /// Highest draw, MW.
    pub peak_gross_mw: f64,
    /// Draw by interval, MW.
    pub draw_gross_mw: Vec<f64>,
}

/// The best course of a load through a period.
///
/// # Formula
/// Maximise `sum_t d (W(x_t) - p_t x_t) - D max(max_t x_t, B) - u max(0, E - sum_t d x_t)` with
/// `least_t <= x_t <= most_t`, `W` the concave worth of a draw. For a cap `C` on the draw every hour
/// is decided alone; the gain of a higher cap, `sum_t d max(0, w(C) - p_t)` over the hours that may
/// use it, falls with `C`, so the best cap is where it meets `D`: bisection over the steps' edges,
/// between which the slope is constant. Energy paid for in any case lowers the price of all hours by
/// the least `l <= u` at which it is used up; at that price two courses are equally good and their
/// mix uses it exactly.
///
/// # Errors
/// [`Error::LengthMismatch`]; [`Error::Invalid`] for bounds that contradict each other or ask for
/// more than the site has, naming the first interval.
pub fn best_load(
    curve: &SiteCurve,
    period: &Period<'_>,
    charges: &PeriodCharges,
) -> Result<LoadRun, Error> {
    check(curve, period)?;
    let used_at = |relief_usd_per_mwh: f64| capped(curve, period, charges, relief_usd_per_mwh);
    let energy = |draws: &[f64]| draws.iter().fold(0.0, |sum, mw| sum + mw) * period.interval_h;
    let plain = used_at(0.0);
    if charges.paid_anyway_mwh <= energy(&plain) || charges.unused_usd_per_mwh <= 0.0 {
        return Ok(settle(curve, period, charges, plain));
    }
    let most = used_at(charges.unused_usd_per_mwh);
    if energy(&most) <= charges.paid_anyway_mwh {
        return Ok(settle(curve, period, charges, most));
    }
    let (mut low, mut high) = (0.0, charges.unused_usd_per_mwh);
    let (mut less, mut more) = (plain, most);
    for _ in 0..BISECTIONS {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            break;
        }
        let draws = used_at(middle);
        if energy(&draws) < charges.paid_anyway_mwh {
            (low, less) = (middle, draws);
        } else {
            (high, more) = (middle, draws);
        }
    }
    let (few, many) = (energy(&less), energy(&more));
    let share = if many > few { (charges.paid_anyway_mwh - few) / (many - few) } else { 0.0 };
    let mixed = less.iter().zip(&more).map(|(few, many)| few + share * (many - few)).collect();
    Ok(settle(curve, period, charges, mixed))
}

/// [`best_load`] with the cap given: what the period earns if the draw never exceeds it.
///
/// # Errors
/// Those of [`best_load`].
pub fn load_under_cap(
    curve: &SiteCurve,
    period: &Period<'_>,
    charges: &PeriodCharges,
    cap_mw: f64,
) -> Result<LoadRun, Error> {
    check(curve, period)?;
    Ok(settle(curve, period, charges, draws(curve, period, 0.0, cap_mw)))
}

/// Draws at the best cap, energy being cheaper by a relief.
fn capped(
    curve: &SiteCurve,
    period: &Period<'_>,
    charges: &PeriodCharges,
    relief_usd_per_mwh: f64,
) -> Vec<f64> {
    let free = draws(curve, period, relief_usd_per_mwh, f64::INFINITY);
    if charges.demand_usd_per_mw <= 0.0 {
        return free;
    }
    let floor = period.least_gross_mw.iter().copied().fold(curve.idle_gross_mw(), f64::max);
    let floor = floor.max(charges.billed_anyway_gross_mw);
    let caps: Vec<f64> = edges(curve, period).into_iter().filter(|edge| *edge > floor).collect();
    // Gain of raising the cap from just above one edge to the next, per MW: falls from edge to edge.
    let gain_usd_per_mw = |from_mw: f64, to_mw: f64| -> f64 {
        let middle = f64::midpoint(from_mw, to_mw);
        let step = curve.draw_gross_mw.partition_point(|draw| *draw <= middle).saturating_sub(1);
        let Some(step) = curve.steps.get(step) else { return 0.0 };
        let mut gain = 0.0;
        for (interval, price) in period.price_usd_per_mwh.iter().enumerate() {
            let most = period.most_gross_mw.get(interval).copied().unwrap_or(f64::INFINITY);
            if most > middle {
                let net = step.worth_usd_per_mwh - (price - relief_usd_per_mwh);
                gain += net.max(0.0) * period.interval_h;
            }
        }
        gain
    };
    let edge = |place: usize| if place == 0 { floor } else { caps[place - 1] };
    // The first edge beyond which a higher cap no longer pays for itself.
    let (mut low, mut high) = (0, caps.len());
    while low < high {
        let middle = usize::midpoint(low, high);
        if gain_usd_per_mw(edge(middle), edge(middle + 1)) > charges.demand_usd_per_mw {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    draws(curve, period, relief_usd_per_mwh, edge(low))
}

/// Draws at which the slope of the site's worth may change, rising.
fn edges(curve: &SiteCurve, period: &Period<'_>) -> Vec<f64> {
    let all = curve.all_gross_mw();
    let bounds = period.most_gross_mw.iter().copied().filter(|most| *most < all);
    let mut edges: Vec<f64> = curve.draw_gross_mw.iter().copied().chain(bounds).collect();
    edges.sort_by(f64::total_cmp);
    edges.dedup();
    edges
}

/// The best draw of every hour on its own under a cap.
fn draws(curve: &SiteCurve, period: &Period<'_>, relief_usd_per_mwh: f64, cap_mw: f64) -> Vec<f64> {
    let draw = |(interval, price): (usize, &f64)| {
        let most = period.most_gross_mw.get(interval).copied().unwrap_or(f64::INFINITY);
        let least = period.least_gross_mw.get(interval).copied().unwrap_or(0.0);
        let best = curve.best_draw_mw(price - relief_usd_per_mwh);
        best.min(cap_mw).min(most).max(least).max(curve.idle_gross_mw())
    };
    period.price_usd_per_mwh.iter().enumerate().map(draw).collect()
}

/// What a course comes to.
fn settle(
    curve: &SiteCurve,
    period: &Period<'_>,
    charges: &PeriodCharges,
    draw_gross_mw: Vec<f64>,
) -> LoadRun {
    let (mut worth_usd, mut energy_mwh, mut peak_gross_mw) = (0.0, 0.0, 0.0_f64);
    for (draw, price) in draw_gross_mw.iter().zip(period.price_usd_per_mwh) {
        worth_usd += (curve.worth_usd_per_h(*draw) - price * draw) * period.interval_h;
        energy_mwh += draw * period.interval_h;
        peak_gross_mw = peak_gross_mw.max(*draw);
    }
    let demand_usd = charges.demand_usd_per_mw * peak_gross_mw.max(charges.billed_anyway_gross_mw);
    let unused = (charges.paid_anyway_mwh - energy_mwh).max(0.0);
    // What rounding leaves of energy that was used up to the last MWh.
    let unused = if unused < 1e-9 * charges.paid_anyway_mwh { 0.0 } else { unused };
    let unused_usd = charges.unused_usd_per_mwh * unused;
    let profit_usd = worth_usd - demand_usd - unused_usd;
    LoadRun { profit_usd, demand_usd, unused_usd, energy_mwh, peak_gross_mw, draw_gross_mw }
}

/// A year of months under a demand charge with a ratchet: every month is billed at least for a
/// share of the year's highest draw.
///
/// # Formula
/// For a highest draw `M` of the year each month is [`best_load`] with `ratchet x M` billed anyway
/// and its draw capped by `M`; the sum is concave in `M` and bends only where a month bends, at its
/// edges or at those over the ratchet: the best `M` is among them.
///
/// # Errors
/// Those of [`best_load`].
pub fn best_year(
    months: &[(&SiteCurve, Period<'_>, PeriodCharges)],
    ratchet_frac: f64,
) -> Result<Vec<LoadRun>, Error> {
    for (curve, period, _) in months {
        check(curve, period)?;
    }
    if ratchet_frac <= 0.0 {
        return months
            .iter()
            .map(|(curve, period, charges)| best_load(curve, period, charges))
            .collect();
    }
    let mut highest: Vec<f64> = months
        .iter()
        .flat_map(|(curve, period, _)| edges(curve, period))
        .flat_map(|edge| [edge, edge / ratchet_frac])
        .collect();
    let least = months
        .iter()
        .map(|(curve, period, _)| {
            period.least_gross_mw.iter().copied().fold(curve.idle_gross_mw(), f64::max)
        })
        .fold(0.0, f64::max);
    let all = months.iter().map(|(curve, ..)| curve.all_gross_mw()).fold(0.0, f64::max);
    highest.retain(|edge| (least..=all).contains(edge));
    highest.push(least);
    highest.sort_by(f64::total_cmp);
    highest.dedup();
    let at = |year_mw: f64| -> Result<(f64, Vec<LoadRun>), Error> {
        let mut runs = Vec::with_capacity(months.len());
        for (curve, period, charges) in months {
            let most: Vec<f64> = (0..period.price_usd_per_mwh.len())
                .map(|interval| {
                    let most = period.most_gross_mw.get(interval).copied();
                    most.unwrap_or(f64::INFINITY).min(year_mw)
                })
                .collect();
            let billed_anyway_gross_mw = charges.billed_anyway_gross_mw.max(ratchet_frac * year_mw);
            let charges = PeriodCharges { billed_anyway_gross_mw, ..*charges };
            runs.push(best_load(curve, &Period { most_gross_mw: &most, ..*period }, &charges)?);
        }
        Ok((runs.iter().fold(0.0, |sum, run| sum + run.profit_usd), runs))
    };
    let mut best: Option<(f64, Vec<LoadRun>)> = None;
    for year_mw in highest {
        let found = at(year_mw)?;
        if best.as_ref().is_none_or(|(profit, _)| found.0 > *profit) {
            best = Some(found);
        }
    }
    Ok(best.map(|(_, runs)| runs).unwrap_or_default())
}

/// The best course of ONE machine under a demand charge, by trying each of its settings as the
/// highest that it may take: a single machine cannot mix. Returns the highest setting (0 for off)
/// and the profit, the charge taken off, USD.
///
/// # Shapes
/// `th_per_s`, `gross_mw`: `[points]` by rising power; `price_usd_per_mwh`: `[intervals]`.
pub fn best_peak_of_one(
    th_per_s: &[f64],
    gross_mw: &[f64],
    idle_gross_mw: f64,
    hash_value_usd_per_th_h: f64,
    period: &Period<'_>,
    demand_usd_per_mw: f64,
) -> (usize, f64) {
    let mut best = (0, f64::NEG_INFINITY);
    for highest in 0..=gross_mw.len() {
        let mut profit_usd = 0.0;
        let mut peak_gross_mw = idle_gross_mw;
        for &price in period.price_usd_per_mwh {
            let off = (-price * idle_gross_mw, idle_gross_mw);
            let at = |point: usize| {
                (
                    hash_value_usd_per_th_h * th_per_s[point] - price * gross_mw[point],
                    gross_mw[point],
                )
            };
            let (worth, mw) = (0..highest)
                .map(at)
                .fold(off, |best, next| if next.0 > best.0 { next } else { best });
            profit_usd += worth * period.interval_h;
            peak_gross_mw = peak_gross_mw.max(mw);
        }
        profit_usd -= demand_usd_per_mw * peak_gross_mw;
        if profit_usd > best.1 {
            best = (highest, profit_usd);
        }
    }
    best
}

fn check(curve: &SiteCurve, period: &Period<'_>) -> Result<(), Error> {
    let expected = period.price_usd_per_mwh.len();
    for (column, values) in
        [("most_gross_mw", period.most_gross_mw), ("least_gross_mw", period.least_gross_mw)]
    {
        if !values.is_empty() && values.len() != expected {
            return Err(Error::LengthMismatch { column, expected, found: values.len() });
        }
    }
    let mut faults = Faults::default();
    for (interval, &least) in period.least_gross_mw.iter().enumerate() {
        let most = period.most_gross_mw.get(interval).copied().unwrap_or(f64::INFINITY);
        let limit = most.max(curve.idle_gross_mw()).min(curve.all_gross_mw());
        if least > limit {
            faults.push(
                Violation::new(Code::Infeasible, format!("least_gross_mw[{interval}]"))
                    .value(least)
                    .allowed(format!("at most {limit} can be drawn"))
                    .unit("MW gross"),
            );
            break;
        }
    }
    faults.into_result().map_err(Error::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commitment::Draws;

    fn curve(draws: &mut Draws, classes: usize) -> SiteCurve {
        let mut steps = Vec::new();
        for class in 0..classes {
            let mut worth = 40.0 + 80.0 * draws.uniform(0.0, 1.0);
            for step in 0..=draws.whole(0, 2) {
                let mw = (1 + draws.whole(0, 3)) as f64;
                steps.push(Step { place: (class, step), gross_mw: mw, worth_usd_per_mwh: worth });
                worth -= 30.0 * draws.uniform(0.0, 1.0);
            }
        }
        SiteCurve::new(steps, 0.5).unwrap()
    }

    fn prices(draws: &mut Draws, count: usize) -> Vec<f64> {
        (0..count)
            .map(|_| -20.0 + 140.0 * draws.uniform(0.0, 1.0) * draws.uniform(0.0, 1.0))
            .collect()
    }

    /// Best profit with no cap tried but those of a fine grid, all edges and the least that has to be drawn.
    fn by_enumeration(curve: &SiteCurve, period: &Period<'_>, charges: &PeriodCharges) -> f64 {
        let all = curve.all_gross_mw();
        let grid = (0..=400).map(|i| all * f64::from(i) / 400.0);
        grid.chain(edges(curve, period))
            .chain([charges.billed_anyway_gross_mw])
            .chain(period.least_gross_mw.iter().copied())
            .map(|cap| load_under_cap(curve, period, charges, cap).unwrap().profit_usd)
            .fold(f64::NEG_INFINITY, f64::max)
    }

    fn close(a: f64, b: f64, scale: f64) -> bool {
        (a - b).abs() <= 1e-12 * scale.max(1.0)
    }

    #[test]
    fn the_best_cap_is_that_of_enumeration() {
        let mut draws = Draws::of(1);
        for round in 0..300 {
            let curve = curve(&mut draws, 1 + round % 4);
            let price = prices(&mut draws, 24);
            let most: Vec<f64> = (0..24).map(|_| 2.0 + 12.0 * draws.uniform(0.0, 1.0)).collect();
            let least: Vec<f64> =
                most.iter().map(|_| 0.5 + 0.5 * draws.uniform(0.0, 1.0)).collect();
            let bounded = round % 3 == 0;
            let period = Period {
                price_usd_per_mwh: &price,
                interval_h: 1.0,
                most_gross_mw: if bounded { &most } else { &[] },
                least_gross_mw: if bounded { &least } else { &[] },
            };
            let charges = PeriodCharges {
                demand_usd_per_mw: 900.0 * draws.uniform(0.0, 1.0),
                billed_anyway_gross_mw: if round % 5 == 0 {
                    4.0 * draws.uniform(0.0, 1.0)
                } else {
                    0.0
                },
                ..PeriodCharges::default()
            };
            let found = best_load(&curve, &period, &charges).unwrap();
            let expected = by_enumeration(&curve, &period, &charges);
            assert!(close(found.profit_usd, expected, 1e4), "{round}: {found:?} {expected}");
            for (interval, draw) in found.draw_gross_mw.iter().enumerate() {
                assert!(!bounded || (least[interval]..=most[interval].max(0.5)).contains(draw));
            }
        }
    }

    #[test]
    fn one_machine_is_that_of_enumerating_every_course() {
        let mut draws = Draws::of(2);
        for _ in 0..200 {
            let points = 1 + draws.whole(0, 2);
            let gross_mw: Vec<f64> =
                (1..=points).map(|point| point as f64 + draws.uniform(0.0, 1.0)).collect();
            let th: Vec<f64> = (1..=points)
                .map(|point| 40.0 * point as f64 - 5.0 * draws.uniform(0.0, 1.0))
                .collect();
            let price = prices(&mut draws, 5);
            let period = Period {
                price_usd_per_mwh: &price,
                interval_h: 0.5,
                most_gross_mw: &[],
                least_gross_mw: &[],
            };
            let (demand, value) = (100.0 * draws.uniform(0.0, 1.0), 1.0 + draws.uniform(0.0, 1.0));
            let mut best = f64::NEG_INFINITY;
            let courses = (points + 1).pow(5);
            for course in 0..courses {
                let (mut rest, mut profit, mut peak) = (course, 0.0, 0.25_f64);
                for p in &price {
                    let (th, mw) = match rest % (points + 1) {
                        0 => (0.0, 0.25),
                        point => (th[point - 1], gross_mw[point - 1]),
                    };
                    rest /= points + 1;
                    profit += (value * th - p * mw) * 0.5;
                    peak = peak.max(mw);
                }
                best = best.max(profit - demand * peak);
            }
            let (_, found) = best_peak_of_one(&th, &gross_mw, 0.25, value, &period, demand);
            assert!(close(found, best, 1e4), "{found} {best}");
        }
    }

    #[test]
    fn energy_that_is_paid_for_is_used_where_it_hurts_least() {
        let mut draws = Draws::of(3);
        for round in 0..200 {
            let curve = curve(&mut draws, 2);
            let price = prices(&mut draws, 12);
            let period = Period {
                price_usd_per_mwh: &price,
                interval_h: 1.0,
                most_gross_mw: &[],
                least_gross_mw: &[],
            };
            let charges = PeriodCharges {
                demand_usd_per_mw: if round % 2 == 0 {
                    0.0
                } else {
                    200.0 * draws.uniform(0.0, 1.0)
                },
                billed_anyway_gross_mw: 0.0,
                paid_anyway_mwh: curve.all_gross_mw() * 12.0 * draws.uniform(0.0, 1.0),
                unused_usd_per_mwh: 60.0 * draws.uniform(0.0, 1.0),
            };
            let found = best_load(&curve, &period, &charges).unwrap();
            // No shift of a little energy between hours, and no other amount, earns more.
            for _ in 0..60 {
                let mut other = found.draw_gross_mw.clone();
                for _ in 0..2 {
                    let interval = draws.whole(0, 11);
                    let range = curve.all_gross_mw() - curve.idle_gross_mw();
                    other[interval] = curve.idle_gross_mw() + range * draws.uniform(0.0, 1.0);
                }
                let other = settle(&curve, &period, &charges, other);
                assert!(other.profit_usd <= found.profit_usd + 1e-9, "{round}: {found:?}");
            }
            let rival =
                best_load(&curve, &period, &PeriodCharges { paid_anyway_mwh: 0.0, ..charges });
            assert!(found.profit_usd <= rival.unwrap().profit_usd + 1e-9);
        }
    }

    #[test]
    fn a_ratchet_bills_a_share_of_the_years_peak() {
        let mut draws = Draws::of(4);
        for _ in 0..30 {
            let curves: Vec<SiteCurve> = (0..3).map(|_| curve(&mut draws, 2)).collect();
            let columns: Vec<Vec<f64>> = (0..3).map(|_| prices(&mut draws, 10)).collect();
            let charges = PeriodCharges {
                demand_usd_per_mw: 300.0 * draws.uniform(0.0, 1.0),
                ..PeriodCharges::default()
            };
            let months: Vec<_> = curves
                .iter()
                .zip(&columns)
                .map(|(curve, price)| {
                    let period = Period {
                        price_usd_per_mwh: price,
                        interval_h: 1.0,
                        most_gross_mw: &[],
                        least_gross_mw: &[],
                    };
                    (curve, period, charges)
                })
                .collect();
            let ratchet = 0.8;
            let runs = best_year(&months, ratchet).unwrap();
            let found: f64 = runs.iter().map(|run| run.profit_usd).sum();
            let peak = runs.iter().map(|run| run.peak_gross_mw).fold(0.0, f64::max);
            let billed: f64 = runs.iter().map(|run| run.demand_usd).sum();
            let expected: f64 = runs
                .iter()
                .map(|run| charges.demand_usd_per_mw * run.peak_gross_mw.max(ratchet * peak))
                .sum();
            // The year's highest draw itself may stay a little below what was allowed.
            assert!(billed + 1e-9 >= expected);
            // Every choice of three caps on the edges, billed with the ratchet, earns no more.
            let caps: Vec<Vec<f64>> = months.iter().map(|(c, p, _)| edges(c, p)).collect();
            for &a in &caps[0] {
                for &b in &caps[1] {
                    for &c in &caps[2] {
                        let none = PeriodCharges::default();
                        let peaks: Vec<LoadRun> = [a, b, c]
                            .iter()
                            .zip(&months)
                            .map(|(cap, (curve, period, _))| {
                                load_under_cap(curve, period, &none, *cap).unwrap()
                            })
                            .collect();
                        let year = peaks.iter().map(|run| run.peak_gross_mw).fold(0.0, f64::max);
                        let profit: f64 = peaks
                            .iter()
                            .map(|run| {
                                run.profit_usd
                                    - charges.demand_usd_per_mw
                                        * run.peak_gross_mw.max(ratchet * year)
                            })
                            .sum();
                        assert!(profit <= found + 1e-8, "{profit} {found}");
                    }
                }
            }
        }
    }

    #[test]
    fn bounds_that_cannot_be_had_are_refused() {
        let curve = SiteCurve::new(
            vec![Step { place: (0, 0), gross_mw: 10.0, worth_usd_per_mwh: 50.0 }],
            0.0,
        )
        .unwrap();
        let period = Period {
            price_usd_per_mwh: &[40.0, 60.0],
            interval_h: 1.0,
            most_gross_mw: &[],
            least_gross_mw: &[0.0, 12.0],
        };
        let refused = best_load(&curve, &period, &PeriodCharges::default());
        let Err(Error::Invalid(faults)) = refused else { panic!("{refused:?}") };
        assert_eq!((faults[0].code, &*faults[0].path), (Code::Infeasible, "least_gross_mw[1]"));
        let short = Period { least_gross_mw: &[0.0], ..period };
        assert!(best_load(&curve, &short, &PeriodCharges::default()).is_err());
        // Held on for the second hour: what that costs is the difference.
        let held = Period { least_gross_mw: &[0.0, 10.0], ..period };
        let run = best_load(&curve, &held, &PeriodCharges::default()).unwrap();
        assert_eq!((run.profit_usd, run.energy_mwh), (100.0 - 100.0, 20.0));
    }
}
