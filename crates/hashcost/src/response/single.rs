//! One path, step by step as the model states it, with all that happens on it.

use units::constants::{
    BLOCK_SECONDS, MWH_PER_DAY_PER_J_PER_TH, RETARGET_BLOCKS, SECONDS_PER_DAY, TH_PER_EH,
};
use units::{Code, Violation};

use super::course::Course;
use super::{Clock, Drivers, Entry, Response};
use crate::cohorts::{Cohorts, active_set};
use crate::error::Error;
use crate::formula::energy_mwh_per_th_day;
use crate::kernel::response::LEAST_WANTED;
use crate::network::{difficulty_of_hashrate, retarget};
use crate::projection::{PathColumns, Start};

/// Shares below this of the installed hash rate count as nothing: what lags leave of a state.
const NOTHING_FRAC: f64 = 1e-9;

/// What keeps the hash rate where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Branch {
    /// Every machine pays: a TH/s that leaves is missed, and those who stay earn more.
    AllRun,
    /// Idle machines wait at exactly today's hash value: they refill what leaves, and hash rate and
    /// hashprice stay.
    ReserveRefills,
    /// There are idle machines, but none pays at today's hash value: until it has risen to the
    /// cheapest of them, what leaves is missed.
    ReserveTooDear,
}

impl Branch {
    /// Its name in results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllRun => "all_run",
            Self::ReserveRefills => "reserve_refills",
            Self::ReserveTooDear => "reserve_too_dear",
        }
    }
}

/// A path by difficulty period: columns, one entry a period.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponsePath {
    /// The calendar of the blocks.
    pub clock: Clock,
    /// Days since the start at which the period begins, block by block as the network finds them.
    pub start_days: Vec<f64>,
    /// Seconds between blocks.
    pub spacing_s: Vec<f64>,
    /// Difficulty in force.
    pub difficulty: Vec<f64>,
    /// Hash rate that runs, TH/s.
    pub hashrate_th_per_s: Vec<f64>,
    /// Hash rate that is installed, TH/s.
    pub installed_th_per_s: Vec<f64>,
    /// New machines of the period, TH/s.
    pub entered_th_per_s: Vec<f64>,
    /// Machines that age took, TH/s.
    pub retired_th_per_s: Vec<f64>,
    /// Machines whose power turned to other uses, TH/s.
    pub converted_th_per_s: Vec<f64>,
    /// Efficiency of what runs, J/TH at the machine.
    pub j_per_th: Vec<f64>,
    /// Site draw per machine draw of what runs, weighted by machine draw.
    pub overhead: Vec<f64>,
    /// Power price of what runs, weighted by energy, USD/MWh.
    pub usd_per_mwh: Vec<f64>,
    /// Electricity of what runs, USD per TH/s-day.
    pub electricity_usd_per_th_day: Vec<f64>,
    /// What keeps the hash rate where it is.
    pub branch: Vec<Branch>,
    /// Market price of power, today's = 1.
    power_index: Vec<f64>,
}

/// The path by month: columns, one entry a month.
#[derive(Clone, Debug, PartialEq)]
pub struct ResponseMonths {
    /// What [`crate::projection::project`] takes.
    pub columns: PathColumns,
    /// Hash rate that is installed and does not run, EH/s.
    pub idle_eh_per_s: Vec<f64>,
    /// Efficiency of what runs, J/TH at the machine.
    pub j_per_th: Vec<f64>,
    /// Site draw per machine draw of what runs.
    pub overhead: Vec<f64>,
    /// Power price of what runs, USD/MWh.
    pub usd_per_mwh: Vec<f64>,
    /// New machines of the month, EH/s.
    pub entered_eh_per_s: Vec<f64>,
    /// What keeps the hash rate where it is in the period in which the month begins.
    pub branch: Vec<Branch>,
}

/// The cohorts as they change.
struct State {
    /// Those that are there.
    present: Vec<usize>,
    th_per_s: Vec<f64>,
    /// Share of each cohort that runs.
    share: Vec<f64>,
    /// Hash rate at which the difficulty in force takes 600 s a block.
    in_force_th_per_s: f64,
}

/// The network's answer to one path of the price of bitcoin.
///
/// The cohorts are first scaled so that those who break even at the start make up the start's hash
/// rate. Then, period by period: machines age, megawatts are converted, new machines come
/// ([`Entry`]) at the difficulty in force, the equilibrium of [`crate::cohorts::equilibrium`] says
/// who should run, each cohort closes `1 / lag` of its distance to that, and the difficulty is
/// retargeted ([`retarget`]).
///
/// # Errors
/// [`Error::Invalid`] with every figure that cannot be used, and with the first period in which
/// nobody mines; [`Error::LengthMismatch`] for a column of `drivers` shorter than `months`.
pub fn respond(
    model: &Response,
    cohorts: &Cohorts,
    start: &Start,
    drivers: &Drivers,
    pool_fee_frac: f64,
    months: usize,
) -> Result<ResponsePath, Error> {
    let course = Course::new(model, cohorts, start, drivers, pool_fee_frac, months)?;
    walk(&course, &model.entry, &course.price_usd_per_btc)
}

/// [`respond`] on a course, for any entry rule and price by period.
pub(super) fn walk(
    course: &Course,
    entry: &Entry,
    price_usd_per_btc: &[f64],
) -> Result<ResponsePath, Error> {
    let mut state = State::start(course);
    let mut path = ResponsePath::empty(course);
    let mut day = 0.0;
    for (n, price) in price_usd_per_btc.iter().enumerate() {
        let daily_reward_usd = price * course.net_btc_per_day[n];
        let retired = state.age(course, n);
        let converted = state.convert(course, n);
        let entered = state.enter(course, n, entry, daily_reward_usd);
        let branch = state.settle(course, n, daily_reward_usd);
        let hashrate = course.available_frac[n] * state.running();
        if hashrate <= 0.0 {
            let fault = Violation::new(Code::Range, format!("hash rate of period {n}"));
            return Err(Error::Invalid(vec![fault.value(hashrate).unit("TH/s").allowed(
                "somebody has to mine: all machines are retired or converted and none is bought",
            )]));
        }
        let spacing_s = BLOCK_SECONDS * state.in_force_th_per_s / hashrate;
        path.push(course, n, &state, hashrate, branch);
        path.entered_th_per_s.push(entered);
        path.retired_th_per_s.push(retired);
        path.converted_th_per_s.push(converted);
        path.start_days.push(day);
        path.spacing_s.push(spacing_s);
        path.difficulty.push(difficulty_of_hashrate(state.in_force_th_per_s));
        #[expect(clippy::cast_precision_loss, reason = "counts of blocks are small")]
        {
            day += course.clock.period_blocks(n) as f64 * spacing_s / SECONDS_PER_DAY;
        }
        state.retarget(hashrate);
    }
    Ok(path)
}

impl State {
    /// The scaled cohorts, those that break even running.
    fn start(course: &Course) -> Self {
        let hashrate = course.hashrate_th_per_s;
        let th_per_s: Vec<f64> = course.rows.iter().map(|row| row.th_per_s).collect();
        Self {
            present: course.given(),
            share: course.starting_share.clone(),
            th_per_s,
            in_force_th_per_s: hashrate,
        }
    }

    fn running(&self) -> f64 {
        self.present.iter().map(|c| self.th_per_s[*c] * self.share[*c]).sum()
    }

    fn installed(&self) -> f64 {
        self.present.iter().map(|c| self.th_per_s[*c]).sum()
    }

    /// Machines grow older, and owners who decide take theirs out.
    fn age(&mut self, course: &Course, n: usize) -> f64 {
        let mut retired = 0.0;
        for c in &self.present {
            let stays = self.th_per_s[*c] * course.stays_frac(&course.rows[*c], n);
            retired += self.th_per_s[*c] - stays;
            self.th_per_s[*c] = stays;
        }
        self.present = course.present(n, std::mem::take(&mut self.present));
        retired
    }

    /// Megawatts turn to other uses, in order; cohorts of the same rank give the same share.
    fn convert(&mut self, course: &Course, n: usize) -> f64 {
        let mut wanted_mw = course.converted_gross_mw[n];
        let mut taken = 0.0;
        if wanted_mw <= 0.0 {
            return taken;
        }
        for group in course.conversion_order(&self.present, n).ranks() {
            let of_group = |c: &usize| self.th_per_s[*c] * course.rows[*c].gross_mw_per_th();
            let group_mw: f64 = group.iter().map(of_group).sum();
            let taken_mw = wanted_mw.min(group_mw);
            let leaves_frac = if group_mw > 0.0 { taken_mw / group_mw } else { 0.0 };
            for c in group {
                taken += self.th_per_s[*c] * leaves_frac;
                self.th_per_s[*c] *= 1.0 - leaves_frac;
            }
            wanted_mw -= taken_mw;
            if wanted_mw <= 0.0 {
                break;
            }
        }
        taken
    }

    /// New machines while they pay back at the difficulty in force.
    fn enter(&mut self, course: &Course, n: usize, entry: &Entry, daily_reward_usd: f64) -> f64 {
        let months = course.clock.period_months(n);
        let hashrate = self.in_force_th_per_s;
        let vintage = course.vintage(n);
        #[expect(clippy::cast_precision_loss, reason = "five")]
        let sites = vintage.len() as f64;
        let mut entered = 0.0;
        for c in vintage {
            let machine_usd_per_th_day = course.machine_usd_per_th[n] / entry.hurdle_days;
            let wanted_hash_value =
                (course.cash_cost(&course.rows[c], n) + machine_usd_per_th_day).max(LEAST_WANTED);
            let distance = daily_reward_usd / wanted_hash_value - hashrate;
            let a_month =
                (entry.adjustment_frac * distance).min(entry.supply_frac * hashrate).max(0.0);
            let th = a_month * months / sites;
            let running = self.th_per_s[c] * self.share[c] + th;
            self.th_per_s[c] += th;
            if self.th_per_s[c] > 0.0 {
                self.share[c] = running / self.th_per_s[c];
            }
            entered += th;
        }
        entered
    }

    /// Cohorts move towards the equilibrium.
    fn settle(&mut self, course: &Course, n: usize, daily_reward_usd: f64) -> Branch {
        let order = course.merit_order(&self.present, n);
        let of_rank = |rank: &[usize]| rank.iter().map(|c| self.th_per_s[*c]).sum::<f64>();
        let installed: Vec<f64> = order.ranks().map(of_rank).collect();
        let reward = daily_reward_usd / course.available_frac[n];
        let active = active_set(&order.keys, &installed, reward);
        let (exit, comes_back) =
            (1.0 / course.model.exit_lag_periods, 1.0 / course.model.return_lag_periods);
        let mut idle_th_per_s = 0.0;
        for (rank, group) in order.ranks().enumerate() {
            let target = active.frac(rank);
            idle_th_per_s += installed[rank] * (1.0 - target);
            for c in group {
                let distance = target - self.share[*c];
                self.share[*c] += if distance > 0.0 { comes_back } else { exit } * distance;
            }
        }
        if idle_th_per_s <= NOTHING_FRAC * self.installed() {
            Branch::AllRun
        } else if active.whole < active.ranks {
            Branch::ReserveRefills
        } else {
            Branch::ReserveTooDear
        }
    }

    /// The protocol's rule; the time of 2,015 intervals is measured at this period's hash rate.
    fn retarget(&mut self, hashrate_th_per_s: f64) {
        #[expect(clippy::cast_precision_loss, reason = "2,015")]
        let intervals = (RETARGET_BLOCKS - 1) as f64;
        let spacing_s = BLOCK_SECONDS * self.in_force_th_per_s / hashrate_th_per_s;
        self.in_force_th_per_s = retarget(self.in_force_th_per_s, spacing_s * intervals);
    }
}

impl ResponsePath {
    fn empty(course: &Course) -> Self {
        let column = || Vec::with_capacity(course.periods());
        Self {
            clock: course.clock.clone(),
            start_days: column(),
            spacing_s: column(),
            difficulty: column(),
            hashrate_th_per_s: column(),
            installed_th_per_s: column(),
            entered_th_per_s: column(),
            retired_th_per_s: column(),
            converted_th_per_s: column(),
            j_per_th: column(),
            overhead: column(),
            usd_per_mwh: column(),
            electricity_usd_per_th_day: column(),
            branch: Vec::with_capacity(course.periods()),
            power_index: course.power_index.clone(),
        }
    }

    /// What runs, as means.
    fn push(&mut self, course: &Course, n: usize, state: &State, hashrate: f64, branch: Branch) {
        let [mut running, mut power, mut at_the_wall, mut cost] = [0.0; 4];
        for c in &state.present {
            let row = &course.rows[*c];
            let th = state.th_per_s[*c] * state.share[*c];
            running += th;
            power += th * row.j_per_th;
            at_the_wall += th * row.j_per_th * row.overhead;
            cost += th * course.cash_cost(row, n);
        }
        self.hashrate_th_per_s.push(hashrate);
        self.installed_th_per_s.push(state.installed());
        self.j_per_th.push(power / running);
        self.overhead.push(at_the_wall / power);
        self.usd_per_mwh.push(cost / (at_the_wall * MWH_PER_DAY_PER_J_PER_TH));
        self.electricity_usd_per_th_day.push(cost / running);
        self.branch.push(branch);
    }

    /// Day of the halving or any other block: within a period blocks come evenly.
    ///
    /// # Special cases
    /// `None` for a height that the path does not reach, and for one before its start.
    #[expect(clippy::cast_precision_loss, reason = "counts of blocks are small")]
    pub fn day_of_height(&self, height: u64) -> Option<f64> {
        let n = (0..self.spacing_s.len()).find(|n| height < self.clock.period_height(n + 1))?;
        let blocks = height.checked_sub(self.clock.period_height(n))?;
        Some(self.start_days[n] + blocks as f64 * self.spacing_s[n] / SECONDS_PER_DAY)
    }

    /// Days by which the start of the last period differs from the calendar of 144 blocks a day:
    /// negative where blocks came faster.
    pub fn drift_days(&self) -> f64 {
        let last = self.spacing_s.len().saturating_sub(1);
        let nominal = self.clock.months_before(last) * 365.25 / 12.0;
        self.start_days.last().map_or(0.0, |day| day - nominal)
    }

    /// The path month by month, weighted by blocks; prices and fees are the drivers' own.
    pub fn months(&self, drivers: &Drivers) -> ResponseMonths {
        let months = self.clock.months();
        let mean = |column: &[f64]| self.clock.by_month(column);
        let eh =
            |column: Vec<f64>| column.into_iter().map(|th| th / TH_PER_EH).collect::<Vec<f64>>();
        let cut = |column: &[f64]| column.iter().take(months).copied().collect::<Vec<f64>>();
        let idle: Vec<f64> = self
            .installed_th_per_s
            .iter()
            .zip(&self.hashrate_th_per_s)
            .map(|(installed, running)| (installed - running).max(0.0))
            .collect();
        let j_per_th = mean(&self.j_per_th);
        let overhead = mean(&self.overhead);
        let electricity = mean(&self.electricity_usd_per_th_day);
        // Means of three factors do not multiply to the mean of their product: the price is the one
        // that is left.
        let energy = j_per_th.iter().zip(&overhead).map(|(j, k)| energy_mwh_per_th_day(*j, *k));
        let usd_per_mwh = electricity.iter().zip(energy).map(|(usd, mwh)| usd / mwh).collect();
        let first = j_per_th.first().copied().unwrap_or(1.0);
        // What comes in a period comes evenly over its blocks.
        let entered_a_month: Vec<f64> = self
            .entered_th_per_s
            .iter()
            .enumerate()
            .map(|(n, th)| th / self.clock.period_months(n))
            .collect();
        ResponseMonths {
            columns: PathColumns {
                hashrate_eh_per_s: eh(mean(&self.hashrate_th_per_s)),
                price_usd_per_btc: cut(&drivers.price_usd_per_btc),
                fees_btc: cut(&drivers.fees_btc),
                j_per_th_index: j_per_th.iter().map(|j| j / first).collect(),
                power_index: cut(&drivers.power_index),
                electricity_usd_per_th_day: electricity,
            },
            idle_eh_per_s: eh(mean(&idle)),
            overhead,
            usd_per_mwh,
            entered_eh_per_s: eh(mean(&entered_a_month)),
            branch: (0..months).map(|m| self.branch[self.clock.period_of_month(m)]).collect(),
            j_per_th,
        }
    }
}
