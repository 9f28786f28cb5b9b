//! Periods of a responding network in lanes: one price path a lane, the cohorts one after another.
//!
//! The merit order, ages, contracts and new machines of a period are the same on every path, so that
//! a register walks the cohorts in an order that was sorted once.

use std::ops::Range;

use units::constants::RETARGET_BLOCKS;

use crate::kernel::MAX_LANES;
use crate::lanes::Real;

/// Sites of a vintage of new machines.
const SITES: usize = crate::response::SITE_BINS;

/// Divides empty groups: their share does not matter, but it has to be a number.
const TINY: f64 = 1.0e-300;

/// Least hash value that new machines ask for, USD per TH/s-day: where power costs nothing or less,
/// they pay at any hash rate, which still has to be a number.
pub(crate) const LEAST_WANTED: f64 = 1.0e-200;

/// Cohorts of equal rank, rank by rank, period after period.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ranks {
    /// By rank: hash rate that a dollar a day keeps at this cost; unused in conversions.
    room_per_usd: Vec<f64>,
    /// By rank: end of its cohorts.
    ends: Vec<usize>,
    cohorts: Vec<u32>,
}

impl Ranks {
    pub(crate) fn push(&mut self, room_per_usd: f64, cohorts: impl Iterator<Item = u32>) {
        self.room_per_usd.push(room_per_usd);
        self.cohorts.extend(cohorts);
        self.ends.push(self.cohorts.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Where the cohorts of a rank begin.
    #[inline(always)]
    fn begin(&self, rank: usize) -> usize {
        if rank == 0 { 0 } else { self.ends[rank - 1] }
    }

    #[inline(always)]
    fn cohorts(&self, rank: usize) -> &[u32] {
        &self.cohorts[self.begin(rank)..self.ends[rank]]
    }
}

/// What a period does, whatever the price.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Period {
    pub(crate) ageing_end: usize,
    pub(crate) ranks_end: usize,
    pub(crate) conversions_end: usize,
    pub(crate) net_btc_per_day: f64,
    pub(crate) available_frac: f64,
    pub(crate) converted_gross_mw: f64,
    pub(crate) months: f64,
    pub(crate) machine_usd_per_th: f64,
    /// First of the cohorts that new machines join.
    pub(crate) vintage: usize,
    pub(crate) site_cost_usd_per_th_day: [f64; SITES],
}

/// The cohorts at the start; vintages to come are empty.
#[derive(Clone, Debug)]
pub(crate) struct Rows {
    pub(crate) th_per_s: Vec<f64>,
    pub(crate) gross_mw_per_th: Vec<f64>,
    pub(crate) share: Vec<f64>,
}

/// Everything that all paths share.
#[derive(Clone, Copy)]
pub(crate) struct Calendar<'a> {
    pub(crate) periods: &'a [Period],
    pub(crate) ageing: &'a [(u32, f64)],
    pub(crate) ranks: &'a Ranks,
    pub(crate) conversions: &'a Ranks,
    pub(crate) rows: &'a Rows,
    pub(crate) hashrate_th_per_s: f64,
    pub(crate) exit: f64,
    pub(crate) comes_back: f64,
}

/// Entry rules of eight paths; see [`Entry`](crate::response::Entry).
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) per_hurdle_day: [f64; MAX_LANES],
    pub(crate) adjustment_frac: [f64; MAX_LANES],
    pub(crate) supply_frac: [f64; MAX_LANES],
}

/// Eight paths: `columns`, `[periods, 8]`, holds prices and takes hash rates.
#[inline(always)]
pub(crate) fn respond_block<R: Real>(calendar: Calendar<'_>, rules: &Rules, columns: &mut [f64]) {
    let numbers = calendar.rows.th_per_s.len() * 2 * R::LANES;
    // Registers that lie across two lines of the cache are read twice: the cohorts begin with a line.
    let mut room = vec![0.0; numbers + MAX_LANES];
    let past = room.as_ptr().addr() / size_of::<f64>() % MAX_LANES;
    let first = (MAX_LANES - past) % MAX_LANES;
    let cohorts = &mut room[first..first + numbers];
    let mut lane = 0;
    while lane < MAX_LANES {
        let rules = [
            R::load(&rules.per_hurdle_day[lane..]),
            R::load(&rules.adjustment_frac[lane..]),
            R::load(&rules.supply_frac[lane..]),
        ];
        respond::<R>(calendar, rules, cohorts, &mut columns[lane..]);
        lane += R::LANES;
    }
}

/// A cohort on the paths of a register: its hash rate, then the share of it that runs.
#[inline(always)]
fn of_cohort<R: Real>(cohorts: &mut [f64], cohort: usize) -> (&mut [f64], &mut [f64]) {
    let first = cohort * 2 * R::LANES;
    cohorts[first..first + 2 * R::LANES].split_at_mut(R::LANES)
}

/// As many paths as a register has lanes; `columns` starts at the first of them.
#[inline(always)]
fn respond<R: Real>(
    calendar: Calendar<'_>,
    rules: [R; 3],
    cohorts: &mut [f64],
    columns: &mut [f64],
) {
    #[expect(clippy::cast_precision_loss, reason = "2,016")]
    const MEASURED: f64 = RETARGET_BLOCKS as f64 / (RETARGET_BLOCKS - 1) as f64;
    let rows = calendar.rows;
    for (c, (at_start, runs)) in rows.th_per_s.iter().zip(&rows.share).enumerate() {
        let (th, share) = of_cohort::<R>(cohorts, c);
        R::splat(*at_start).store(th);
        R::splat(*runs).store(share);
    }
    let mut in_force = R::splat(calendar.hashrate_th_per_s);
    let (mut aged, mut ranked, mut convertible) = (0, 0, 0);
    let mut place = 0;
    for period in calendar.periods {
        age::<R>(&calendar.ageing[aged..period.ageing_end], cohorts);
        convert::<R>(calendar, convertible..period.conversions_end, period, cohorts);
        let reward = R::load(&columns[place..]) * R::splat(period.net_btc_per_day);
        enter::<R>(period, rules, reward, in_force, cohorts);
        let available_frac = R::splat(period.available_frac);
        let running =
            settle::<R>(calendar, ranked..period.ranks_end, reward / available_frac, cohorts);
        let hashrate = running * available_frac;
        hashrate.store(&mut columns[place..]);
        // The protocol's rule: at most four times, at least a quarter.
        let ratio = hashrate / in_force * R::splat(MEASURED);
        in_force = in_force * ratio.max(R::splat(0.25)).min(R::splat(4.0));
        (aged, ranked, convertible) = (period.ageing_end, period.ranks_end, period.conversions_end);
        place += MAX_LANES;
    }
}

/// Machines grow older.
#[inline(always)]
fn age<R: Real>(ageing: &[(u32, f64)], cohorts: &mut [f64]) {
    for &(cohort, stays_frac) in ageing {
        let (th, _) = of_cohort::<R>(cohorts, cohort as usize);
        (R::load(th) * R::splat(stays_frac)).store(th);
    }
}

/// Megawatts turn to other uses, rank by rank until there are enough on every path.
#[inline(always)]
fn convert<R: Real>(
    calendar: Calendar<'_>,
    ranks: Range<usize>,
    period: &Period,
    cohorts: &mut [f64],
) {
    let zero = R::splat(0.0);
    let mut wanted_mw = R::splat(period.converted_gross_mw);
    for rank in ranks {
        let group = calendar.conversions.cohorts(rank);
        let mut group_mw = zero;
        for &cohort in group {
            let per_th = R::splat(calendar.rows.gross_mw_per_th[cohort as usize]);
            let (th, _) = of_cohort::<R>(cohorts, cohort as usize);
            group_mw = R::load(th).mul_add(per_th, group_mw);
        }
        let taken_mw = wanted_mw.min(group_mw);
        let stays = R::splat(1.0) - taken_mw / group_mw.max(R::splat(TINY));
        for &cohort in group {
            let (th, _) = of_cohort::<R>(cohorts, cohort as usize);
            (R::load(th) * stays).store(th);
        }
        wanted_mw = wanted_mw - taken_mw;
        if !R::any(wanted_mw.gt(zero)) {
            break;
        }
    }
}

/// New machines come while they pay back at the difficulty in force.
#[inline(always)]
fn enter<R: Real>(
    period: &Period,
    [per_hurdle_day, adjustment_frac, supply_frac]: [R; 3],
    reward: R,
    in_force: R,
    cohorts: &mut [f64],
) {
    let zero = R::splat(0.0);
    let machine = R::splat(period.machine_usd_per_th) * per_hurdle_day;
    let most = supply_frac * in_force;
    #[expect(clippy::cast_precision_loss, reason = "five")]
    let months_per_site = R::splat(period.months / SITES as f64);
    for (site, &cost) in period.site_cost_usd_per_th_day.iter().enumerate() {
        let (th, share) = of_cohort::<R>(cohorts, period.vintage + site);
        let wanted = (R::splat(cost) + machine).max(R::splat(LEAST_WANTED));
        let distance = reward / wanted - in_force;
        let a_month = (adjustment_frac * distance).min(most).max(zero);
        let enters = a_month * months_per_site;
        let there = R::load(th);
        let running = there.mul_add(R::load(share), enters);
        let now = there + enters;
        now.store(th);
        let runs = R::select(now.gt(zero), running / now.max(R::splat(TINY)), R::splat(1.0));
        runs.store(share);
    }
}

/// The merit order fills the room that the reward leaves, and cohorts move towards it: what runs.
#[inline(always)]
fn settle<R: Real>(
    calendar: Calendar<'_>,
    ranks: Range<usize>,
    reward: R,
    cohorts: &mut [f64],
) -> R {
    let (zero, one) = (R::splat(0.0), R::splat(1.0));
    let (exit, comes_back) = (R::splat(calendar.exit), R::splat(calendar.comes_back));
    let mut begin = calendar.ranks.begin(ranks.start);
    let ends = &calendar.ranks.ends[ranks.clone()];
    let rooms = &calendar.ranks.room_per_usd[ranks];
    let mut filled = zero;
    let mut running = zero;
    for (&end, &room_per_usd) in ends.iter().zip(rooms) {
        let rank = &calendar.ranks.cohorts[begin..end];
        begin = end;
        let mut group = zero;
        for &cohort in rank {
            let (th, _) = of_cohort::<R>(cohorts, cohort as usize);
            group = group + R::load(th);
        }
        // Whoever comes after a rank that runs in part has less room than is filled already.
        let room = reward * R::splat(room_per_usd) - filled;
        let runs = room.max(zero).min(group);
        filled = filled + group;
        let mut target = R::select(runs.gt(zero), one, zero);
        // One rank of each path runs in part: a division for every rank takes longer than the rest.
        let in_part = R::select(group.gt(runs), target, zero).gt(zero);
        if R::any(in_part) {
            target = R::select(in_part, runs / group.max(R::splat(TINY)), target);
        }
        for &cohort in rank {
            let (th, share) = of_cohort::<R>(cohorts, cohort as usize);
            let was = R::load(share);
            let distance = target - was;
            let rate = R::select(distance.gt(zero), comes_back, exit);
            let moved = rate.mul_add(distance, was);
            moved.store(share);
            running = moved.mul_add(R::load(th), running);
        }
    }
    running
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{F64x8, Lanes};

    /// Without a fused multiply-add results differ in roundings.
    const ROUNDING_TOLERANCE: f64 = 1e-12;

    /// Three cohorts at the start, then a vintage.
    const GIVEN: usize = 3;
    /// Place of the vintage, as ranks hold it.
    const FIRST_SITE: u32 = 3;
    const PERIODS: usize = 4;

    /// Cost of the ranks by period, USD per TH/s-day, cheapest first: two cohorts at 0.03, one at
    /// 0.05, the sites of the vintage at 0.02 and more.
    fn ranks() -> Ranks {
        let mut ranks = Ranks::default();
        for period in 0..PERIODS {
            // The second period has another order.
            let dear = if period == 1 { 0.01 } else { 0.05 };
            let mut order = vec![(0.03, vec![0, 1]), (dear, vec![2])];
            let sites = SITE_COSTS.into_iter().zip(FIRST_SITE..);
            order.extend(sites.map(|(cost, site)| (cost, vec![site])));
            order.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (cost, cohorts) in order {
                ranks.push(1.0 / cost, cohorts.into_iter());
            }
        }
        ranks
    }

    const SITE_COSTS: [f64; SITES] = [0.020, 0.022, 0.024, 0.026, 0.028];

    /// Everything that a calendar borrows.
    struct Course {
        periods: Vec<Period>,
        ageing: Vec<(u32, f64)>,
        ranks: Ranks,
        conversions: Ranks,
        rows: Rows,
    }

    /// Two periods with conversions; the second takes the first rank whole and some of the next.
    fn course() -> Course {
        let ranks = ranks();
        let ranks_a_period = ranks.len() / PERIODS;
        let mut conversions = Ranks::default();
        for _ in 0..2 {
            conversions.push(0.0, [1].into_iter());
            conversions.push(0.0, [0, 2].into_iter());
            conversions.push(0.0, (FIRST_SITE..).take(SITES));
        }
        let period = |n: usize| Period {
            // The second cohort ages in every period, and the third is gone in the last.
            ageing_end: n + 1 + usize::from(n + 1 == PERIODS),
            ranks_end: (n + 1) * ranks_a_period,
            conversions_end: [0, 3, 6, 6][n],
            net_btc_per_day: 450.0 - 3.0 * n as f64,
            available_frac: if n == 2 { 0.7 } else { 1.0 },
            converted_gross_mw: [0.0, 50.0, 9_000.0, 0.0][n],
            months: 0.46,
            machine_usd_per_th: 18.0 - n as f64,
            vintage: GIVEN,
            site_cost_usd_per_th_day: SITE_COSTS,
        };
        let mut rows = Rows {
            th_per_s: vec![3.1e8, 2.3e8, 4.7e8],
            gross_mw_per_th: vec![2.1e-5, 1.7e-5, 3.3e-5],
            share: vec![1.0, 0.83, 0.37],
        };
        rows.th_per_s.resize(GIVEN + SITES, 0.0);
        rows.gross_mw_per_th.resize(GIVEN + SITES, 1.4e-5);
        rows.share.resize(GIVEN + SITES, 1.0);
        Course {
            periods: (0..PERIODS).map(period).collect(),
            ageing: vec![(1, 0.99), (1, 0.98), (1, 0.97), (1, 0.96), (2, 0.0)],
            ranks,
            conversions,
            rows,
        }
    }

    impl Course {
        fn calendar(&self) -> Calendar<'_> {
            Calendar {
                periods: &self.periods,
                ageing: &self.ageing,
                ranks: &self.ranks,
                conversions: &self.conversions,
                rows: &self.rows,
                hashrate_th_per_s: 6.7e8,
                exit: 0.5,
                comes_back: 0.4,
            }
        }
    }

    /// Entry rules that buy nothing on the first path, and prices at which none, some or all run.
    fn inputs() -> (Rules, Vec<f64>) {
        let rules = Rules {
            per_hurdle_day: std::array::from_fn(|i| 1.0 / (500.0 + 300.0 * i as f64)),
            adjustment_frac: std::array::from_fn(|i| 0.1 * i as f64),
            supply_frac: [0.06; MAX_LANES],
        };
        let prices = (0..PERIODS * MAX_LANES)
            .map(|cell| 20_000.0 + 17_000.0 * ((cell * 5) % MAX_LANES) as f64 + 900.0 * cell as f64)
            .collect();
        (rules, prices)
    }

    fn hash_rates<R: Real>() -> Vec<f64> {
        let (rules, mut columns) = inputs();
        respond_block::<R>(course().calendar(), &rules, &mut columns);
        columns
    }

    /// Hash rates are the same bits on the array as on single numbers, and the same but for roundings
    /// on lanes.
    #[test]
    fn a_block_answers_alike_on_every_carrier() {
        let reference = hash_rates::<f64>();
        let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&hash_rates::<F64x8>()), bits(&reference));
        for (lanes, reference) in hash_rates::<Lanes>().iter().zip(&reference) {
            assert!(*reference > 0.0, "{reference}");
            assert!((lanes / reference - 1.0).abs() <= ROUNDING_TOLERANCE, "{lanes}, {reference}");
        }
    }

    /// The first period by hand on the first path, which buys nothing.
    #[test]
    fn the_first_period_fills_the_room_in_order() {
        let (_, prices) = inputs();
        let (first, second, third) = (3.1e8, 2.3e8 * 0.99, 4.7e8);
        let room = prices[0] * 450.0 / 0.03;
        let target = room / (first + second);
        assert!(target > 0.0 && target < 1.0, "{target}");
        let runs = first * (1.0 + 0.5 * (target - 1.0))
            + second * (0.83 + 0.5 * (target - 0.83))
            + third * (0.37 - 0.5 * 0.37);
        let found = hash_rates::<f64>()[0];
        assert!((found / runs - 1.0).abs() < 1e-14, "{found} instead of {runs}");
    }

    /// Whether a rank runs whole, in part or not at all is said without a division where it can be:
    /// the share is the one that a division gives.
    #[test]
    fn whole_ranks_run_whole_and_idle_ones_not_at_all() {
        let course = course();
        let calendar = Calendar { exit: 1.0, comes_back: 1.0, ..course.calendar() };
        let mut cohorts = vec![0.0; (GIVEN + SITES) * 2];
        for (c, th) in [3.0, 5.0, 7.0].into_iter().enumerate() {
            cohorts[2 * c] = th;
        }
        let ranks = 0..calendar.ranks.len() / PERIODS;
        for (reward, shares) in [
            (0.1 * 0.03, [0.1 / 8.0, 0.1 / 8.0, 0.0]),
            (8.0 * 0.03, [1.0, 1.0, 0.0]),
            (11.5 * 0.05, [1.0, 1.0, 0.5]),
            (20.0 * 0.05, [1.0, 1.0, 1.0]),
        ] {
            let running = settle::<f64>(calendar, ranks.clone(), reward, &mut cohorts);
            let mut expected = 0.0;
            for (c, share) in shares.into_iter().enumerate() {
                let found = cohorts[2 * c + 1];
                assert!((found - share).abs() < 1e-14, "cohort {c} at {reward}: {found}");
                expected += share * cohorts[2 * c];
            }
            assert!((running - expected).abs() < 1e-13, "{running} instead of {expected}");
        }
    }

    /// Conversions take whole ranks until there is enough, and what is left of the last one.
    #[test]
    fn conversions_stop_when_there_is_enough() {
        let course = course();
        let calendar = course.calendar();
        let mut cohorts: Vec<f64> = course.rows.th_per_s.iter().flat_map(|th| [*th, 1.0]).collect();
        let before = cohorts.clone();
        let [first, others] = [2.3e8 * 1.7e-5, 3.1e8 * 2.1e-5 + 4.7e8 * 3.3e-5];
        convert::<f64>(calendar, 3..6, &course.periods[2], &mut cohorts);
        let stays = 1.0 - (9_000.0 - first) / others;
        assert!(stays > 0.0 && stays < 1.0, "{stays}");
        for (cohort, expected) in [(0, stays), (1, 0.0), (2, stays)] {
            let found = cohorts[2 * cohort] / before[2 * cohort];
            assert!((found - expected).abs() < 1e-14, "cohort {cohort}: {found}");
        }
    }
}
