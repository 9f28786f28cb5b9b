//! The shortcut of the hourly dispatch: hours by rising price per hash value, running totals, and
//! the hour up to which each point of a machine's hull is best.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "hours are counted in 32 bits when entered; steps below the first are the first"
)]

use std::ops::Range;

use crate::curve::onto_hull;
use crate::dispatch::{Dispatch, Hours, Ladders, TaskOut, does_not_apply, each_task};
use crate::error::Error;
use crate::kernel::Compensated;

/// Machine-hour-points that take as long as looking one point up.
const LOOK_UP_CELLS: usize = 100;

/// How near an hour's ratio may come to a breakpoint before values are compared instead.
const NEAR: f64 = 8.0 * f64::EPSILON;

/// Hours by rising price of energy per hash value, with running totals: made once for any number of
/// ladders.
#[derive(Clone, Debug, PartialEq)]
pub struct SortedHours {
    /// Price of energy in units of the hash value, TH/s-hours per MWh, rising.
    th_h_per_mwh: Vec<f64>,
    /// Where to look a ratio up.
    guide: Guide,
    /// Price of energy and hash value of the hours in that order.
    prices: Vec<[f64; 2]>,
    /// Totals of the hours before each place: hash value, price of energy, bitcoin per TH/s.
    before: Vec<[f64; 3]>,
}

impl SortedHours {
    /// The hours sorted; `None` where that is no use, since hashing is worth nothing in some hour or
    /// the draw of the points has a factor that the idle draw has not.
    pub fn new(hours: &Hours) -> Option<Self> {
        Self::ordered(hours).map(|(sorted, _)| sorted)
    }

    /// The hours sorted, with the starts of machines that run in the first of them.
    pub fn with_starts(hours: &Hours) -> Option<(Self, StartsByHours)> {
        let (sorted, order) = Self::ordered(hours)?;
        Some((sorted, StartsByHours::new(&order)))
    }

    /// The hours sorted, and which they are.
    fn ordered(hours: &Hours) -> Option<(Self, Vec<u32>)> {
        if hours.has_power_factor() || !hours.always_worth_hashing() {
            return None;
        }
        let columns = hours.price_usd_per_mwh.iter().zip(&hours.hash_value_usd_per_th_h);
        let ratios = columns.map(|(price, hash_value)| price / hash_value);
        let mut order: Vec<(u64, u32)> =
            ratios.take(hours.count()).map(ordered_bits).zip(0..).collect();
        order.sort_unstable();
        let mut prices = Vec::with_capacity(order.len());
        let mut before = Vec::with_capacity(order.len() + 1);
        let mut totals = [Compensated::default(); 3];
        before.push([0.0; 3]);
        for &(_, hour) in &order {
            let hour = hour as usize;
            let (price, hash_value) =
                (hours.price_usd_per_mwh[hour], hours.hash_value_usd_per_th_h[hour]);
            prices.push([price, hash_value]);
            for (total, term) in
                totals.iter_mut().zip([hash_value, price, hours.btc_per_th_h[hour]])
            {
                total.add(term);
            }
            before.push(totals.map(Compensated::value));
        }
        let (th_h_per_mwh, order): (Vec<f64>, Vec<u32>) =
            order.into_iter().map(|(bits, hour)| (of_ordered_bits(bits), hour)).unzip();
        let guide = Guide::new(&th_h_per_mwh);
        Some((Self { th_h_per_mwh, guide, prices, before }, order))
    }

    /// How many hours there are.
    pub fn count(&self) -> usize {
        self.prices.len()
    }

    /// Hours, from the first, in which the upper of two points beats the lower: draws and hash rates
    /// of both.
    fn hours_up(&self, lower: [f64; 2], upper: [f64; 2]) -> usize {
        let breakpoint = (upper[1] - lower[1]) / (upper[0] - lower[0]);
        let near_by = self.guide.places(breakpoint);
        let up =
            near_by.start + self.th_h_per_mwh[near_by].partition_point(|&ratio| ratio < breakpoint);
        let near = breakpoint.abs() * NEAR;
        let is_near = |place: usize| {
            self.th_h_per_mwh.get(place).is_some_and(|ratio| (ratio - breakpoint).abs() <= near)
        };
        if !is_near(up) && !is_near(up.wrapping_sub(1)) {
            return up;
        }
        // Ratio and breakpoint are rounded; the values themselves tell a tie from a near miss.
        let value = |[price, hash_value]: [f64; 2], [mw, th]: [f64; 2]| {
            hash_value.mul_add(th, -(price * mw))
        };
        self.prices.partition_point(|&prices| value(prices, upper) > value(prices, lower))
    }
}

/// How often a machine starts that runs in the cheapest hours.
///
/// # Shapes
/// `[hours + 1]`, by the number of hours that it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct StartsByHours(Vec<u32>);

impl StartsByHours {
    fn new(order: &[u32]) -> Self {
        let mut rank = vec![0; order.len()];
        for (place, &hour) in order.iter().enumerate() {
            rank[hour as usize] = place;
        }
        // An hour that comes before the one before it starts the machines that run in it alone.
        let mut change = vec![0_i32; order.len() + 1];
        for pair in rank.windows(2).filter(|pair| pair[1] < pair[0]) {
            change[pair[1] + 1] += 1;
            change[pair[0] + 1] -= 1;
        }
        let running = change.iter().scan(0, |sum, change| {
            *sum += change;
            Some(sum.unsigned_abs())
        });
        Self(running.collect())
    }

    /// Starts of a machine that runs in so many hours, the cheapest; it runs before the first one.
    pub fn of_hours_run(&self, hours: usize) -> u32 {
        self.0.get(hours).copied().unwrap_or(0)
    }
}

/// The range of sorted numbers in equal steps, as many as there are numbers, and the first number of
/// each step: leads a search to the few that it is about.
#[derive(Clone, Debug, PartialEq)]
struct Guide {
    low: f64,
    steps_per_unit: f64,
    /// Place of the first number of each step, and the end.
    first: Vec<u32>,
}

impl Guide {
    fn new(sorted: &[f64]) -> Self {
        let low = sorted.first().copied().unwrap_or(0.0);
        let high = sorted.last().copied().unwrap_or(0.0);
        // A range of nothing, or beyond all numbers, is one step.
        let steps_per_unit = sorted.len() as f64 / (high - low);
        let usable = steps_per_unit.is_finite() && steps_per_unit > 0.0;
        let steps_per_unit = if usable { steps_per_unit } else { 0.0 };
        let mut guide = Self { low, steps_per_unit, first: vec![0; sorted.len() + 2] };
        for &number in sorted {
            let step = guide.step(number);
            guide.first[step + 1] += 1;
        }
        let mut before = 0;
        for first in &mut guide.first {
            before += *first;
            *first = before;
        }
        guide
    }

    /// Step of a number; rises with it, whatever is rounded.
    fn step(&self, number: f64) -> usize {
        (((number - self.low) * self.steps_per_unit) as usize).min(self.first.len() - 2)
    }

    /// Places that hold the first number which is not below `number`, or end before it.
    fn places(&self, number: f64) -> Range<usize> {
        let step = self.step(number);
        self.first[step] as usize..self.first[step + 1] as usize
    }
}

/// Patterns of bits in the order of the numbers.
fn ordered_bits(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

/// The number of [`ordered_bits`].
fn of_ordered_bits(bits: u64) -> f64 {
    f64::from_bits(if bits >> 63 == 1 { bits & !(1 << 63) } else { !bits })
}

/// [`dispatch`](crate::dispatch()) in hours that are sorted already, into results that may be used
/// again.
///
/// # Errors
/// [`Error::Invalid`] for ladders with costs of their points: what is best then depends on more
/// than one ratio.
pub fn dispatch_sorted(
    ladders: &Ladders,
    hours: &SortedHours,
    out: &mut Dispatch,
) -> Result<(), Error> {
    if ladders.has_costs() {
        return Err(does_not_apply("cost_usd_per_h", "allowed none in sorted hours"));
    }
    look_up(ladders, hours, out);
    Ok(())
}

/// Every machine's hull in sorted hours.
pub(super) fn look_up(ladders: &Ladders, hours: &SortedHours, out: &mut Dispatch) {
    each_task(ladders, LOOK_UP_CELLS * ladders.points(), out, |first, mut out| {
        let mut hull = Vec::with_capacity(ladders.points() + 1);
        for place in 0..out.profit_usd.len() {
            machine(ladders, first + place, place, hours, &mut hull, &mut out);
        }
    });
}

/// One machine: its hull from the highest power down, each point as long as it beats the next.
fn machine(
    ladders: &Ladders,
    machine: usize,
    place: usize,
    hours: &SortedHours,
    hull: &mut Vec<usize>,
    out: &mut TaskOut<'_>,
) {
    let [th_per_s, gross_mw, _] = ladders.row(machine);
    let off = [ladders.idle_gross_mw[machine], 0.0];
    let at = |point: usize| match point {
        0 => off,
        _ => [gross_mw[point - 1], th_per_s[point - 1]],
    };
    hull.clear();
    for point in 0..=ladders.points() {
        onto_hull(hull, point, at);
    }
    let width = ladders.points() + 1;
    let counts = &mut out.hours[place * width..][..width];
    counts.fill(0);
    let (mut profit_usd, mut btc) = (0.0, 0.0);
    let mut from = 0;
    for step in (0..hull.len()).rev() {
        let point = hull[step];
        let [mw, th] = at(point);
        let to = match step {
            0 => hours.count(),
            _ => hours.hours_up(at(hull[step - 1]), [mw, th]).max(from),
        };
        let [before, after] = [hours.before[from], hours.before[to]];
        profit_usd += th * (after[0] - before[0]) - mw * (after[1] - before[1]);
        btc += th * (after[2] - before[2]);
        counts[point] = (to - from) as u32;
        from = to;
    }
    out.profit_usd[place] = profit_usd;
    out.btc[place] = btc;
    out.energy_mwh[place] = ladders.energy_mwh(machine, counts);
}
