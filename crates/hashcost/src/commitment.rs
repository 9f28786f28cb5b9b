//! Dispatch of one machine class where starting costs something: money and wear of a start, minimum
//! times on and off, and a ramp in which the machine draws power and hashes little.
//!
//! Without such costs each interval is decided for itself, see [`crate::dispatch()`]. With them the
//! intervals hang together, and the best course is found exactly by dynamic programming: whoever
//! runs freely or is off freely needs to know nothing of the past, and a switch jumps over the
//! window that it commits to.

use units::{Code, Faults, GrossMw, Violation};

use crate::dispatch::Hours;
use crate::error::Error;

#[cfg(test)]
pub(crate) use tests::{Case, Draws};

/// Largest hash rate, start cost, ramp and interval that are taken for real: products stay finite.
const LARGEST: f64 = 1e12;

/// A ramp this close to whole intervals is whole: 35.0 / 60.0 h are seven intervals of 5.0 / 60.0 h
/// but for the last bit, which would commit to an eighth.
const WHOLE_RAMP_TOLERANCE: f64 = 1e-9;

/// What a start costs and what a switch commits to.
///
/// The default is free: every interval may be decided for itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Starts {
    /// What a start of the class as entered costs, failures that it causes included, USD; see
    /// [`Starts::start_cost_usd`].
    pub start_usd: f64,
    /// Least intervals on after a start; 0 counts as 1.
    pub min_run_intervals: usize,
    /// Least intervals off after going off; 0 counts as 1.
    pub min_off_intervals: usize,
    /// Time from a start until the first hash, h; power is drawn all the while.
    pub ramp_h: f64,
}

impl Starts {
    /// What a start costs, USD.
    ///
    /// # Formula
    /// `restart + failure_frac_per_start * repair`: the work of a restart, and the share of starts
    /// after which a repair is due times what it costs.
    ///
    /// # Example
    /// ```
    /// use hashcost::commitment::Starts;
    /// // 5 USD of work, and one start in a thousand breaks something for 2,000 USD.
    /// assert_eq!(Starts::start_cost_usd(5.0, 0.001, 2_000.0), 7.0);
    /// ```
    pub fn start_cost_usd(restart_usd: f64, failure_frac_per_start: f64, repair_usd: f64) -> f64 {
        failure_frac_per_start.mul_add(repair_usd, restart_usd)
    }

    /// Whether switching costs nothing and commits to nothing.
    pub fn is_free(&self) -> bool {
        let any_time = self.min_run_intervals <= 1 && self.min_off_intervals <= 1;
        any_time && self.start_usd == 0.0 && self.ramp_h == 0.0
    }

    /// Least intervals on after a start: the minimum run or the ramp, whichever is longer.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a ramp is not negative; one that is too long for a count is cut at its largest"
    )]
    pub(crate) fn least_run_intervals(&self, interval_h: f64) -> usize {
        let ramped = self.ramp_intervals(interval_h).ceil() as usize;
        self.min_run_intervals.max(1).max(ramped)
    }

    /// The ramp in intervals, not always whole.
    fn ramp_intervals(&self, interval_h: f64) -> f64 {
        let intervals = self.ramp_h / interval_h;
        let whole = intervals.round();
        if (intervals - whole).abs() <= WHOLE_RAMP_TOLERANCE * whole { whole } else { intervals }
    }
}

/// One machine class: its operating points and its draw when it is off.
///
/// For many classes without start costs, see [`crate::Ladders`].
///
/// # Shapes
/// `[points]`, by rising power; one point to 255.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit<'a> {
    /// Hash rates, TH/s.
    pub th_per_s: &'a [f64],
    /// Draws at the site's meter, MW.
    pub gross_mw: &'a [f64],
    /// Draw when off, MW at the meter, below the first point's.
    pub idle_gross_mw: f64,
}

impl Unit<'_> {
    /// Hash rate and draw of each point.
    fn points(&self) -> impl Iterator<Item = [f64; 2]> {
        self.th_per_s.iter().zip(self.gross_mw).map(|(&th_per_s, &gross_mw)| [th_per_s, gross_mw])
    }
}

/// Consecutive intervals of equal length as columns: what energy costs and what hashing is worth.
///
/// # Shapes
/// `[intervals]`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices<'a> {
    /// Price of energy, adders included, USD/MWh.
    pub price_usd_per_mwh: &'a [f64],
    /// Net worth of a TH/s-hour, USD.
    pub hash_value_usd_per_th_h: &'a [f64],
    /// Bitcoin earned by a TH/s-hour.
    pub btc_per_th_h: &'a [f64],
    /// Length of every interval, h.
    pub interval_h: f64,
}

/// A course of one machine class and what it earns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Committed {
    /// Worth of the hashes less energy and starts, USD.
    pub profit_usd: f64,
    /// Energy used, off and ramp included, MWh.
    pub energy_mwh: f64,
    /// Bitcoin earned.
    pub btc: f64,
    /// Hours off and at each point, `[1 + points]`, off first. A ramp counts at the point taken.
    pub hours: Vec<f64>,
    /// Starts.
    pub starts: u32,
    /// What all starts cost together, USD; already taken off the profit.
    pub start_usd: f64,
    /// What is done in each interval, `[intervals]`: 0 is off, 1 the first point.
    pub choice: Vec<u8>,
}

/// The course of one machine class that earns most, all prices known.
///
/// The class runs before the first interval, its minimum time served: to go on costs nothing, and
/// it may go off at once. A start costs [`Starts::start_usd`] and commits to the minimum run or the
/// ramp, whichever is longer, in whole intervals; going off commits to the minimum time off. What
/// reaches past the last interval is cut there. Another point costs nothing while running.
///
/// # Formula
/// An interval of `d` hours earns `d (h f th_k - p mw_k)` at point `k`, `-d p idle` off. The hash
/// factor `f` in interval `i = 0, 1, ...` after a start is `clamp(i + 1 - ramp/d, 0, 1)`, and 1
/// otherwise. With `R(t)` the most that is earned from interval `t` on by a class that runs and may
/// go off, and `O(t)` by one that is off and may start:
/// `R(t) = max(best(t) + R(t+1), off(t..t+m) + O(t+m))`,
/// `O(t) = max(off(t) + O(t+1), ramped(t..t+c) - start + R(t+c))`.
///
/// # Special cases
/// On a tie the class stays on or off as it is, and a point of less power is taken. Differences
/// below the rounding of the total count as ties. Time grows with intervals times points, memory
/// with intervals, neither with the length of the windows.
///
/// # Errors
/// [`Error::LengthMismatch`], and [`Error::Invalid`] for a number of points outside `1..=255`,
/// columns that [`crate::Ladders`] or [`crate::Hours`] would refuse, an interval that is not above
/// 0, and a start cost or ramp that is negative or not finite.
///
/// # Example
/// ```
/// use hashcost::commitment::{Prices, Starts, Unit, commit};
/// // 100 TH/s for 1 MW; a TH/s-hour is worth 1 USD: each hour above 100 USD/MWh is a loss.
/// let unit = Unit { th_per_s: &[100.0], gross_mw: &[1.0], idle_gross_mw: 0.0 };
/// let prices = Prices {
///     price_usd_per_mwh: &[40.0, 130.0, 40.0, 180.0, 170.0, 40.0],
///     hash_value_usd_per_th_h: &[1.0; 6],
///     btc_per_th_h: &[1e-5; 6],
///     interval_h: 1.0,
/// };
/// // A start for 50 USD saves a loss of 80 + 70; for the 30 of the first spike it does not pay.
/// let starts = Starts { start_usd: 50.0, ..Starts::default() };
/// let best = commit(&unit, &prices, &starts)?;
/// assert_eq!(best.choice, [1, 1, 1, 0, 0, 1]);
/// assert_eq!((best.profit_usd, best.starts), (60.0 - 30.0 + 60.0 + 60.0 - 50.0, 1));
/// assert_eq!(best.hours, [2.0, 4.0]);
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn commit(unit: &Unit, prices: &Prices, starts: &Starts) -> Result<Committed, Error> {
    check(unit, prices, starts)?;
    let (choice, _) = best_course(unit, prices, starts);
    Ok(settled(choice, unit, prices, starts))
}

/// Refuses what [`commit`] does not take.
pub(crate) fn check(unit: &Unit, prices: &Prices, starts: &Starts) -> Result<(), Error> {
    let points = unit.th_per_s.len();
    let found = unit.gross_mw.len();
    if found != points {
        return Err(Error::LengthMismatch { column: "gross_mw", expected: points, found });
    }
    let mut faults = Faults::default();
    let allowed = format!("allowed 1..={}", u8::MAX);
    faults.demand(points > 0 && u8::try_from(points).is_ok(), "points", points, &allowed);
    for (place, &th_per_s) in unit.th_per_s.iter().enumerate() {
        check_amount(&mut faults, || format!("th_per_s[{place}]"), th_per_s);
    }
    for (place, &mw) in unit.gross_mw.iter().enumerate() {
        let path = || format!("gross_mw[{place}]");
        if GrossMw::new(mw).is_err() {
            faults.check::<GrossMw>(path(), mw);
        } else if place > 0 && mw < unit.gross_mw[place - 1] {
            faults.demand(false, &path(), mw, "allowed no less than the point before it");
        }
    }
    let idle = unit.idle_gross_mw;
    let lowest = unit.gross_mw.first().copied().unwrap_or(f64::INFINITY);
    let allowed = "allowed from 0 to below the first point";
    faults.demand((0.0..lowest).contains(&idle), "idle_gross_mw", idle, allowed);
    let worth = prices.hash_value_usd_per_th_h;
    // The columns are those of the dispatch without start costs, and so are their faults.
    match Hours::new(prices.price_usd_per_mwh, worth, prices.btc_per_th_h) {
        Ok(_) => {}
        Err(Error::Invalid(found)) => found.into_iter().for_each(|fault| faults.push(fault)),
        Err(other) => return Err(other),
    }
    check_amount(&mut faults, || "interval_h".to_owned(), prices.interval_h);
    faults.demand(prices.interval_h != 0.0, "interval_h", 0.0, "allowed above 0");
    check_amount(&mut faults, || "start_usd".to_owned(), starts.start_usd);
    check_amount(&mut faults, || "ramp_h".to_owned(), starts.ramp_h);
    faults.into_result().map_err(Error::Invalid)
}

/// Notes an amount outside `0..=LARGEST`; the path is only written where there is a fault.
fn check_amount(faults: &mut Faults, path: impl Fn() -> String, value: f64) {
    if !(0.0..=LARGEST).contains(&value) {
        let code = if value.is_finite() { Code::Range } else { Code::NotFinite };
        let allowed = format!("allowed 0..={LARGEST:e}");
        faults.push(Violation::new(code, path()).value(value).allowed(allowed));
    }
}

/// What a course earns at prices, summed in the order of the intervals. Inputs are checked, and no
/// choice is beyond the points.
pub(crate) fn settled(choice: Vec<u8>, unit: &Unit, prices: &Prices, starts: &Starts) -> Committed {
    let interval_h = prices.interval_h;
    let ramp = starts.ramp_intervals(interval_h);
    let mut counts = vec![0_u32; 1 + unit.th_per_s.len()];
    let (mut profit_usd, mut btc) = (0.0, 0.0);
    let mut started = 0_u32;
    let mut was_on = true;
    // Nothing for the run that began before the first interval: its ramp is over.
    let mut since_start: Option<usize> = None;
    for (interval, &choice) in choice.iter().enumerate() {
        counts[usize::from(choice)] += 1;
        let price = prices.price_usd_per_mwh[interval];
        let Some(point) = usize::from(choice).checked_sub(1) else {
            profit_usd += off_usd_per_h(unit, price) * interval_h;
            was_on = false;
            continue;
        };
        if was_on {
            since_start = since_start.map(|intervals| intervals + 1);
        } else {
            started += 1;
            since_start = Some(0);
        }
        was_on = true;
        let factor = since_start.map_or(1.0, |since| hash_factor(since, ramp));
        let hash_value = prices.hash_value_usd_per_th_h[interval] * factor;
        let (th_per_s, gross_mw) = (unit.th_per_s[point], unit.gross_mw[point]);
        profit_usd += worth_usd_per_h([th_per_s, gross_mw], price, hash_value) * interval_h;
        btc += prices.btc_per_th_h[interval] * factor * th_per_s * interval_h;
    }
    let hours: Vec<f64> = counts.iter().map(|&count| f64::from(count) * interval_h).collect();
    let draws = std::iter::once(&unit.idle_gross_mw).chain(unit.gross_mw);
    let energy_mwh = draws.zip(&hours).fold(0.0, |mwh, (mw, hours)| mwh + mw * hours);
    let start_usd = f64::from(started) * starts.start_usd;
    profit_usd -= start_usd;
    Committed { profit_usd, energy_mwh, btc, hours, starts: started, start_usd, choice }
}

/// Share of the hash rate in an interval after a start, the first being 0, by the ramp in
/// intervals.
fn hash_factor(since_start: usize, ramp: f64) -> f64 {
    ((since_start + 1) as f64 - ramp).clamp(0.0, 1.0)
}

/// What an hour at a point earns, USD.
fn worth_usd_per_h([th_per_s, gross_mw]: [f64; 2], price: f64, hash_value: f64) -> f64 {
    hash_value * th_per_s - price * gross_mw
}

/// What an hour off earns, USD.
fn off_usd_per_h(unit: &Unit, price: f64) -> f64 {
    -price * unit.idle_gross_mw
}

/// The best point of each interval as a choice, off not among them, and what it earns more than
/// off, USD.
struct Running {
    point: Vec<u8>,
    gain_usd: Vec<f64>,
}

impl Running {
    /// With a factor on the hash rate of every interval.
    fn at(hash_factor: f64, unit: &Unit, prices: &Prices) -> Self {
        let of_interval = |(&price, &hash_value): (&f64, &f64)| {
            let hash_value = hash_value * hash_factor;
            let mut best = (0, f64::NEG_INFINITY);
            for (choice, point) in (1..=u8::MAX).zip(unit.points()) {
                let worth = worth_usd_per_h(point, price, hash_value);
                // The first of equals draws the least.
                best = if worth > best.1 { (choice, worth) } else { best };
            }
            (best.0, (best.1 - off_usd_per_h(unit, price)) * prices.interval_h)
        };
        let columns = prices.price_usd_per_mwh.iter().zip(prices.hash_value_usd_per_th_h);
        let (point, gain_usd) = columns.map(of_interval).unzip();
        Self { point, gain_usd }
    }
}

/// The best choice of each interval, and what it earns more than off throughout, USD.
///
/// Everything is measured against off, so that a window off adds nothing.
fn best_course(unit: &Unit, prices: &Prices, starts: &Starts) -> (Vec<u8>, f64) {
    let count = prices.price_usd_per_mwh.len();
    let ramp = starts.ramp_intervals(prices.interval_h);
    // A ramp has intervals without a hash, then at most one with a share of them.
    let dark = (0..count).take_while(|&since| hash_factor(since, ramp) == 0.0).count();
    let ramped = (0..count).take_while(|&since| hash_factor(since, ramp) < 1.0).count();
    let run = starts.least_run_intervals(prices.interval_h).min(count);
    let pause = starts.min_off_intervals.max(1).min(count);
    let full = Running::at(1.0, unit, prices);
    let in_dark = (dark > 0).then(|| Running::at(0.0, unit, prices));
    let partial = (ramped > dark).then(|| Running::at(hash_factor(dark, ramp), unit, prices));

    let mut windows_usd = vec![-starts.start_usd; count];
    let mut add = |first: usize, gains_usd: Vec<f64>| {
        let later = gains_usd.into_iter().skip(first);
        windows_usd.iter_mut().zip(later).for_each(|(window, gain)| *window += gain);
    };
    if let Some(in_dark) = &in_dark {
        add(0, window_sums(&in_dark.gain_usd, dark));
    }
    if let Some(partial) = &partial {
        add(dark, partial.gain_usd.clone());
    }
    if run > ramped {
        add(ramped, window_sums(&full.gain_usd, run - ramped));
    }

    // What is gained from each interval on by a class that runs freely, or is off freely.
    let mut running_usd = vec![0.0; count + 1];
    let mut off_usd = vec![0.0; count + 1];
    let (mut stops, mut starts_here) = (vec![false; count], vec![false; count]);
    for t in (0..count).rev() {
        let go_on = full.gain_usd[t] + running_usd[t + 1];
        let stop = off_usd[(t + pause).min(count)];
        stops[t] = stop > go_on;
        running_usd[t] = if stops[t] { stop } else { go_on };
        let start = windows_usd[t] + running_usd[(t + run).min(count)];
        starts_here[t] = start > off_usd[t + 1];
        off_usd[t] = if starts_here[t] { start } else { off_usd[t + 1] };
    }

    let mut choice = Vec::with_capacity(count);
    let mut is_running = true;
    while choice.len() < count {
        let t = choice.len();
        if is_running && stops[t] {
            choice.resize((t + pause).min(count), 0);
            is_running = false;
        } else if is_running {
            choice.push(full.point[t]);
        } else if starts_here[t] {
            for (since, t) in (t..(t + run).min(count)).enumerate() {
                let in_ramp = if since < dark { &in_dark } else { &partial };
                let best = if since < ramped { in_ramp.as_ref() } else { None };
                choice.push(best.unwrap_or(&full).point[t]);
            }
            is_running = true;
        } else {
            choice.push(0);
        }
    }
    (choice, running_usd[0])
}

/// Sums of `length` values from each place on, cut at the end.
///
/// Windows are put together from the end of one block of that length and the head of the next:
/// differences of running totals would leave their rounding in every window.
fn window_sums(values: &[f64], length: usize) -> Vec<f64> {
    let mut sums = values.to_vec();
    for block in sums.chunks_mut(length) {
        for place in (1..block.len()).rev() {
            block[place - 1] += block[place];
        }
    }
    // What begins later in a block reaches into the next one.
    let nexts = values.chunks(length).skip(1);
    for (block, next) in sums.chunks_mut(length).zip(nexts) {
        let mut head = 0.0;
        let values = next.iter().copied().chain(std::iter::repeat(0.0));
        for (sum, value) in block.iter_mut().skip(1).zip(values) {
            head += value;
            *sum += head;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::{Dispatch, Ladders, dispatch_by};
    use crate::isa::Isa;
    use crate::kernel::philox::philox;
    use crate::method::Method;

    /// Sums in another order, against the sum of the absolute terms.
    const REORDER: f64 = 1e-12;

    /// Numbers without a pattern, the same in every run.
    pub(crate) struct Draws {
        case: u32,
        drawn: u64,
    }

    impl Draws {
        pub(crate) fn of(case: u32) -> Self {
            Self { case, drawn: 0 }
        }

        pub(crate) fn uniform(&mut self, low: f64, high: f64) -> f64 {
            self.drawn += 1;
            let [bits, _] = philox([self.case, 7], [self.drawn, 0, 0, 0]);
            low + (high - low) * ((bits >> 11) as f64 / (1_u64 << 53) as f64)
        }

        pub(crate) fn whole(&mut self, low: usize, high: usize) -> usize {
            let at = self.uniform(low as f64, (high + 1) as f64);
            (low..=high).rev().find(|&whole| whole as f64 <= at).unwrap_or(low)
        }

        pub(crate) fn column(&mut self, length: usize, low: f64, high: f64) -> Vec<f64> {
            (0..length).map(|_| self.uniform(low, high)).collect()
        }
    }

    /// A class, its intervals and what its starts cost, all owned.
    #[derive(Clone, Debug)]
    pub(crate) struct Case {
        pub(crate) th_per_s: Vec<f64>,
        pub(crate) gross_mw: Vec<f64>,
        pub(crate) idle_gross_mw: f64,
        pub(crate) price_usd_per_mwh: Vec<f64>,
        pub(crate) hash_value_usd_per_th_h: Vec<f64>,
        pub(crate) btc_per_th_h: Vec<f64>,
        pub(crate) interval_h: f64,
        pub(crate) starts: Starts,
    }

    impl Case {
        /// Points that break even around 100 USD/MWh, prices on both sides of it and below 0.
        pub(crate) fn drawn(draws: &mut Draws, intervals: usize, points: usize) -> Self {
            let (mut th_per_s, mut gross_mw) = (Vec::new(), Vec::new());
            let idle_gross_mw = draws.uniform(0.0, 0.2);
            let (mut th, mut mw) = (0.0, idle_gross_mw);
            for _ in 0..points {
                let step_mw = draws.uniform(0.2, 1.0);
                mw += step_mw;
                th += step_mw * draws.uniform(40.0, 160.0);
                gross_mw.push(mw);
                th_per_s.push(th);
            }
            let interval_h = [1.0, 0.25, 5.0 / 60.0][draws.whole(0, 2)];
            let spend_usd = draws.uniform(0.0, 200.0) * interval_h;
            let start_usd = spend_usd * [0.0, 0.2, 1.0, 3.0][draws.whole(0, 3)];
            let ramp_h = draws.uniform(0.0, 2.5) * interval_h * draws.whole(0, 1) as f64;
            let mut price_usd_per_mwh = draws.column(intervals, -80.0, 250.0);
            for price in &mut price_usd_per_mwh {
                *price += if draws.whole(0, 5) == 0 { 500.0 } else { 0.0 };
            }
            Self {
                th_per_s,
                gross_mw,
                idle_gross_mw,
                price_usd_per_mwh,
                hash_value_usd_per_th_h: draws.column(intervals, 0.5, 1.5),
                btc_per_th_h: draws.column(intervals, 0.9e-5, 1.1e-5),
                interval_h,
                starts: Starts {
                    start_usd,
                    min_run_intervals: draws.whole(0, 4),
                    min_off_intervals: draws.whole(0, 4),
                    ramp_h,
                },
            }
        }

        pub(crate) fn unit(&self) -> Unit<'_> {
            Unit {
                th_per_s: &self.th_per_s,
                gross_mw: &self.gross_mw,
                idle_gross_mw: self.idle_gross_mw,
            }
        }

        pub(crate) fn prices(&self) -> Prices<'_> {
            Prices {
                price_usd_per_mwh: &self.price_usd_per_mwh,
                hash_value_usd_per_th_h: &self.hash_value_usd_per_th_h,
                btc_per_th_h: &self.btc_per_th_h,
                interval_h: self.interval_h,
            }
        }

        pub(crate) fn best(&self) -> Committed {
            commit(&self.unit(), &self.prices(), &self.starts).unwrap()
        }

        /// What rounding is measured against, USD: all that any course could earn or spend.
        pub(crate) fn scale_usd(&self) -> f64 {
            let th = self.th_per_s.iter().copied().fold(0.0, f64::max);
            let mw = self.gross_mw.iter().copied().fold(0.0, f64::max);
            let columns = self.price_usd_per_mwh.iter().zip(&self.hash_value_usd_per_th_h);
            let terms = columns.map(|(p, h)| (p.abs() * mw + h.abs() * th) * self.interval_h);
            terms.map(|term| term + self.starts.start_usd).sum()
        }

        /// Intervals that a start commits to.
        fn run(&self) -> usize {
            let ramp = self.starts.ramp_h / self.interval_h;
            let ramp = (0..100).take_while(|&whole| f64::from(whole) < ramp).count();
            self.starts.min_run_intervals.max(1).max(ramp)
        }

        fn pause(&self) -> usize {
            self.starts.min_off_intervals.max(1)
        }

        /// What an interval earns, by its choice and the intervals since a start.
        fn earned_usd(&self, t: usize, choice: usize, since: Option<usize>) -> f64 {
            let price = self.price_usd_per_mwh[t];
            if choice == 0 {
                return -price * self.idle_gross_mw * self.interval_h;
            }
            let (th, mw) = (self.th_per_s[choice - 1], self.gross_mw[choice - 1]);
            let ramp = self.starts.ramp_h / self.interval_h;
            let factor = since.map_or(1.0, |since| (since as f64 + 1.0 - ramp).clamp(0.0, 1.0));
            (self.hash_value_usd_per_th_h[t] * factor * th - price * mw) * self.interval_h
        }

        /// Whether a course keeps the minimum times, but for what is cut at the end.
        pub(crate) fn allows(&self, choice: &[u8]) -> bool {
            let (mut was_on, mut served) = (true, usize::MAX);
            choice.iter().all(|&choice| {
                let is_on = choice > 0;
                let needed = if was_on { self.run() } else { self.pause() };
                let allowed = is_on == was_on || served >= needed;
                served = if is_on == was_on { served.saturating_add(1) } else { 1 };
                was_on = is_on;
                allowed
            })
        }

        /// The best of all courses that keep the rules, one by one: what has been earned until an
        /// interval, on or off, and for how long; nothing for ever since before the first.
        fn enumerated_usd(&self, t: usize, was_on: bool, served: Option<usize>) -> f64 {
            if t == self.price_usd_per_mwh.len() {
                return 0.0;
            }
            let is_free = |needed| served.is_none_or(|served| served >= needed);
            let longer = served.map(|served| served + 1);
            let mut best = f64::NEG_INFINITY;
            if !was_on || is_free(self.run()) {
                let served = if was_on { Some(1) } else { longer };
                best = self.earned_usd(t, 0, None) + self.enumerated_usd(t + 1, false, served);
            }
            if was_on || is_free(self.pause()) {
                let (since, served) = if was_on { (served, longer) } else { (Some(0), Some(1)) };
                let start_usd = if was_on { 0.0 } else { self.starts.start_usd };
                for choice in 1..=self.th_per_s.len() {
                    let later = self.enumerated_usd(t + 1, true, served);
                    best = best.max(self.earned_usd(t, choice, since) - start_usd + later);
                }
            }
            best
        }

        /// The same by dynamic programming over every length of time since the last switch.
        fn reference_usd(&self) -> f64 {
            let (run, pause) = (self.run(), self.pause());
            let (mut on, mut off) = (vec![0.0; run + 1], vec![0.0; pause + 1]);
            let best_on = |t, since| {
                let points = 1..=self.th_per_s.len();
                let earned = points.map(|choice| self.earned_usd(t, choice, Some(since)));
                earned.fold(f64::NEG_INFINITY, f64::max)
            };
            for t in (0..self.price_usd_per_mwh.len()).rev() {
                let off_usd = self.earned_usd(t, 0, None);
                let mut new_on: Vec<f64> =
                    (0..=run).map(|since| best_on(t, since) + on[run.min(since + 1)]).collect();
                let mut new_off: Vec<f64> =
                    (0..=pause).map(|since| off_usd + off[pause.min(since + 1)]).collect();
                new_on[run] = new_on[run].max(off_usd + off[1]);
                new_off[pause] = new_off[pause].max(best_on(t, 0) - self.starts.start_usd + on[1]);
                (on, off) = (new_on, new_off);
            }
            on[run]
        }

        /// What every result must hold: rules kept, the plan's value earned, totals that add up.
        fn check(&self, found: &Committed) {
            let (unit, prices) = (self.unit(), self.prices());
            let scale_usd = self.scale_usd();
            assert!(self.allows(&found.choice), "{self:?}: {:?}", found.choice);
            let (_, gain_usd) = best_course(&unit, &prices, &self.starts);
            let off_usd: f64 = (0..found.choice.len()).map(|t| self.earned_usd(t, 0, None)).sum();
            assert!((off_usd + gain_usd - found.profit_usd).abs() <= REORDER * scale_usd);
            let mut was_on = true;
            let starts = found.choice.iter().filter(|&&choice| {
                let is_start = choice > 0 && !was_on;
                was_on = choice > 0;
                is_start
            });
            let starts = starts.count() as f64;
            assert_eq!(f64::from(found.starts), starts);
            assert_eq!(found.start_usd, starts * self.starts.start_usd);
            for (choice, &hours) in found.hours.iter().enumerate() {
                let intervals = found.choice.iter().filter(|&&c| usize::from(c) == choice).count();
                assert_eq!(hours, intervals as f64 * self.interval_h);
            }
        }
    }

    #[test]
    fn the_best_of_all_courses_is_found() {
        let (mut switched, mut ramped) = (0, 0);
        for number in 0..200 {
            let case = Case::drawn(&mut Draws::of(number), 8, 4);
            let found = case.best();
            case.check(&found);
            let expected = case.enumerated_usd(0, true, None);
            let error = (found.profit_usd - expected).abs();
            assert!(error <= REORDER * case.scale_usd(), "{number}: {error} of {expected}");
            switched += u32::from(found.starts > 0);
            ramped += u32::from(found.starts > 0 && case.starts.ramp_h > 0.0);
        }
        assert!(switched > 60 && ramped > 20, "{switched} with a start, {ramped} with a ramp");
    }

    #[test]
    fn long_windows_and_ramps_agree_with_every_state() {
        let mut switched = 0;
        for number in 0..60 {
            let mut draws = Draws::of(1_000 + number);
            let mut case = Case::drawn(&mut draws, 400, 3);
            // Prices that stay for a while, so that long windows pay.
            let levels = draws.column(20, -80.0, 250.0);
            for (t, price) in case.price_usd_per_mwh.iter_mut().enumerate() {
                *price = 0.2 * *price + 0.8 * levels[t / 20];
            }
            case.starts.min_run_intervals = draws.whole(0, 50);
            case.starts.min_off_intervals = draws.whole(0, 50);
            case.starts.ramp_h = draws.uniform(0.0, 6.5) * case.interval_h;
            let found = case.best();
            case.check(&found);
            let error = (found.profit_usd - case.reference_usd()).abs();
            assert!(error <= REORDER * case.scale_usd(), "{number}: {error}");
            switched += u32::from(found.starts > 0);
        }
        assert!(switched > 50, "{switched} with a start");
    }

    #[test]
    fn free_starts_are_the_dispatch_of_single_hours() {
        for number in 0..50 {
            let mut case = Case::drawn(&mut Draws::of(2_000 + number), 1_000, 5);
            (case.interval_h, case.starts) = (1.0, Starts::default());
            assert!(case.starts.is_free());
            let found = case.best();
            case.check(&found);
            let ladders =
                Ladders::new(5, &case.th_per_s, &case.gross_mw, &[case.idle_gross_mw]).unwrap();
            let worth = &case.hash_value_usd_per_th_h;
            let hours = Hours::new(&case.price_usd_per_mwh, worth, &case.btc_per_th_h).unwrap();
            let mut out = Dispatch::default();
            dispatch_by(Method::Brute, Isa::best(), &ladders, &hours, &mut out).unwrap();
            let near = |found: f64, expected: f64| (found / expected - 1.0).abs() <= REORDER;
            assert!(near(found.profit_usd, out.profit_usd[0]), "{number}");
            assert!(near(found.energy_mwh, out.energy_mwh[0]), "{number}");
            assert!(near(found.btc, out.btc[0]), "{number}");
            let expected: Vec<f64> = out.hours.iter().map(|&hours| f64::from(hours)).collect();
            assert_eq!(found.hours, expected);
        }
    }

    /// Makes starts dearer, intervals being of some length.
    type Burden = fn(&mut Starts, f64);

    #[test]
    fn burdens_never_earn() {
        for number in 0..100 {
            let case = Case::drawn(&mut Draws::of(3_000 + number), 120, 3);
            let burdens: [(&str, Burden); 4] = [
                ("cost", |starts, _| starts.start_usd = 1.5 * starts.start_usd + 1.0),
                ("run", |starts, _| starts.min_run_intervals += 1),
                ("off", |starts, _| starts.min_off_intervals += 1),
                ("ramp", |starts, interval_h| starts.ramp_h += 0.6 * interval_h),
            ];
            for (name, burden) in burdens {
                let mut case = case.clone();
                let mut before_usd = case.best().profit_usd;
                for step in 0..6 {
                    burden(&mut case.starts, case.interval_h);
                    let profit_usd = case.best().profit_usd;
                    let slack_usd = REORDER * case.scale_usd();
                    assert!(profit_usd <= before_usd + slack_usd, "{number}, {name} {step}");
                    before_usd = profit_usd;
                }
            }
        }
    }

    /// One point of 100 TH/s for 1 MW and one of 150 TH/s for 2 MW, a TH/s-hour worth 1 USD.
    fn two_points(price_usd_per_mwh: &[f64], starts: Starts) -> Case {
        let intervals = price_usd_per_mwh.len();
        Case {
            th_per_s: vec![100.0, 150.0],
            gross_mw: vec![1.0, 2.0],
            idle_gross_mw: 0.0,
            price_usd_per_mwh: price_usd_per_mwh.to_vec(),
            hash_value_usd_per_th_h: vec![1.0; intervals],
            btc_per_th_h: vec![1e-5; intervals],
            interval_h: 1.0,
            starts,
        }
    }

    #[test]
    fn courses_by_hand() {
        let free = Starts::default();
        let off_2 = Starts { min_off_intervals: 2, ..free.clone() };
        let run_3 = Starts { min_run_intervals: 3, ..free.clone() };
        let ramp = Starts { ramp_h: 1.5, ..free.clone() };
        let forever = Starts {
            min_run_intervals: usize::MAX,
            min_off_intervals: usize::MAX,
            ramp_h: LARGEST,
            start_usd: 0.0,
        };
        for (name, starts, prices, choice, profit_usd) in [
            ("each hour alone", &free, &[20.0, 80.0, 200.0, 20.0][..], &[2, 1, 0, 2][..], 240.0),
            ("ties of points take less power", &free, &[50.0, 50.0], &[1, 1], 100.0),
            ("ties with off stay on", &free, &[100.0, 100.0], &[1, 1], 0.0),
            ("ties with on stay off", &free, &[200.0, 100.0, 100.0], &[0, 0, 0], 0.0),
            ("off for two, a loss avoided", &off_2, &[250.0, 20.0], &[0, 0], 0.0),
            ("off for two does not pay", &off_2, &[150.0, 20.0], &[1, 2], -50.0 + 110.0),
            ("off is cut at the end", &off_2, &[20.0, 200.0], &[2, 0], 110.0),
            ("no way back through a spike", &run_3, &[500.0, 60.0, 500.0], &[0, 0, 0], 0.0),
            ("a run is cut at the end", &run_3, &[500.0, 500.0, 60.0], &[0, 0, 1], 40.0),
            // An hour in the dark and half an hour of hash: 75 - 40 at 20 USD/MWh.
            ("ramp", &ramp, &[500.0, 20.0, 20.0, 20.0], &[0, 1, 2, 2], -20.0 + 35.0 + 110.0),
            ("paid to ramp", &ramp, &[500.0, -9.0, 90.0, 20.0], &[0, 2, 1, 2], 18.0 - 40.0 + 110.0),
            ("there is no return", &forever, &[50.0, 500.0, -10.0], &[1, 0, 0], 50.0),
            ("nothing to decide", &run_3, &[], &[], 0.0),
        ] {
            let case = two_points(prices, starts.clone());
            let found = case.best();
            assert_eq!((&found.choice[..], found.profit_usd), (choice, profit_usd), "{name}");
        }
    }

    #[test]
    fn as_many_points_as_a_choice_can_name() {
        let mut case = two_points(&[20.0, 200.0, 20.0], Starts::default());
        // Steps of 1 TH/s for 0.01 MW: 1 USD each, for 0.2 USD of energy or for 2.
        case.th_per_s = (1..=255).map(f64::from).collect();
        case.gross_mw = (1..=255).map(|step| 0.01 * f64::from(step)).collect();
        let found = case.best();
        assert_eq!((&found.choice[..], found.hours.len()), (&[255, 0, 255][..], 256));
        case.check(&found);
    }

    #[test]
    fn ramps_of_whole_intervals_are_whole() {
        for (ramp_h, interval_h, expected) in [
            (35.0 / 60.0, 5.0 / 60.0, 7.0),
            (0.3, 0.1, 3.0),
            (0.0, 1.0, 0.0),
            (1.0, 0.25, 4.0),
            (1.1, 0.25, 4.4),
        ] {
            let starts = Starts { ramp_h, ..Starts::default() };
            assert_eq!(starts.ramp_intervals(interval_h), expected);
        }
    }

    #[test]
    fn windows_are_sums() {
        let values: Vec<f64> = (1..=23).map(f64::from).collect();
        for count in [0, 1, 2, 5, 23] {
            for length in [1, 2, 3, 5, 7, 22, 23, 24, 100] {
                let values = &values[..count];
                let expected: Vec<f64> = (0..count)
                    .map(|first| values[first..count.min(first + length)].iter().sum())
                    .collect();
                assert_eq!(window_sums(values, length), expected, "{length} of {count}");
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let good = || two_points(&[20.0, 30.0], Starts::default());
        let refused = |change: fn(&mut Case)| {
            let mut case = good();
            change(&mut case);
            commit(&case.unit(), &case.prices(), &case.starts).unwrap_err()
        };
        let length = |column, found| Error::LengthMismatch { column, expected: 2, found };
        assert_eq!(refused(|case| case.gross_mw.truncate(1)), length("gross_mw", 1));
        assert_eq!(
            refused(|case| case.hash_value_usd_per_th_h.truncate(1)),
            length("hash_value_usd_per_th_h", 1)
        );
        assert_eq!(refused(|case| case.btc_per_th_h.push(0.0)), length("btc_per_th_h", 3));
        let paths = |change| match refused(change) {
            Error::Invalid(faults) => faults.into_iter().map(|fault| fault.path).collect(),
            other => vec![format!("{other:?}")],
        };
        let points: fn(&mut Case) = |case| {
            case.th_per_s = vec![1.0; 256];
            case.gross_mw = vec![1.0; 256];
        };
        assert_eq!(paths(points), ["points"]);
        assert_eq!(
            paths(|case| {
                case.th_per_s.clear();
                case.gross_mw.clear();
            }),
            ["points"]
        );
        assert_eq!(
            paths(|case| {
                case.th_per_s = vec![-1.0, f64::NAN];
                case.gross_mw = vec![2.0, 1.0];
                case.idle_gross_mw = 2.0;
                case.price_usd_per_mwh[1] = f64::INFINITY;
                case.hash_value_usd_per_th_h[0] = f64::NAN;
                case.btc_per_th_h[0] = -1.0;
                case.interval_h = 0.0;
                case.starts.start_usd = -1.0;
                case.starts.ramp_h = f64::NAN;
            }),
            [
                "th_per_s[0]",
                "th_per_s[1]",
                "gross_mw[1]",
                "idle_gross_mw",
                "price_usd_per_mwh[1]",
                "hash_value_usd_per_th_h[0]",
                "btc_per_th_h[0]",
                "interval_h",
                "start_usd",
                "ramp_h"
            ]
        );
        assert_eq!(paths(|case| case.interval_h = -1.0), ["interval_h"]);
        assert_eq!(paths(|case| case.gross_mw[1] = f64::NAN), ["gross_mw[1]"]);
        assert!(commit(&good().unit(), &good().prices(), &Starts::default()).is_ok());
    }
}
