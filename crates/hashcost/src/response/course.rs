//! What a response knows before any price is known: ages, contracts, new machines, the calendar.

use units::constants::{BLOCKS_PER_DAY, MONTHS_PER_YEAR, W_PER_MW};

use super::{Clock, ConversionOrder, Drivers, Kept, Response, SITE_BINS};
use crate::cohorts::{Cohorts, SAME_COST, daily_reward_usd, equilibrium};
use crate::error::Error;
use crate::formula::energy_mwh_per_th_day;
use crate::network::{hashrate_th_per_s, mean_subsidy_btc, subsidy_btc};
use crate::projection::Start;
use units::Faults;

/// Periods whose new machines share one efficiency: about a quarter of a year.
const VINTAGE_PERIODS: usize = 7;

/// A cohort as the course sees it: the given ones first, then five for each vintage of new
/// machines, empty until it opens.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// TH/s at the start.
    pub(super) th_per_s: f64,
    pub(super) j_per_th: f64,
    pub(super) overhead: f64,
    /// MWh at the wall per TH/s-day.
    pub(super) energy_mwh_per_th_day: f64,
    /// Power price of the contract in force at the start, or when the vintage opens.
    usd_per_mwh: f64,
    /// Market index that this price belongs to.
    signed_index: f64,
    /// Month in which that contract ends.
    renewal_months: f64,
    /// Month in which the machines were new; negative for those installed at the start.
    born_months: f64,
    /// What its owner leaves in mining, by period, where somebody decides.
    kept_frac: Option<Vec<f64>>,
}

impl Row {
    /// Gross MW that one TH/s takes.
    pub(super) fn gross_mw_per_th(&self) -> f64 {
        self.j_per_th * self.overhead / W_PER_MW
    }
}

/// Cohorts in order, those of equal keys together.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// By rank: what it is ranked by.
    pub(super) keys: Vec<f64>,
    /// By rank: end of its cohorts.
    ends: Vec<usize>,
    cohorts: Vec<usize>,
}

impl Order {
    fn by(present: &[usize], key: impl Fn(usize) -> f64) -> Self {
        let mut keyed: Vec<(f64, usize)> = present.iter().map(|c| (key(*c), *c)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut order = Self { keys: Vec::new(), ends: Vec::new(), cohorts: Vec::new() };
        for (key, cohort) in keyed {
            let last = order.keys.last().copied();
            if last.is_none_or(|first| key - first > SAME_COST * first.abs()) {
                order.keys.push(key);
                order.ends.push(order.cohorts.len());
            }
            order.cohorts.push(cohort);
            if let Some(end) = order.ends.last_mut() {
                *end = order.cohorts.len();
            }
        }
        order
    }

    /// The cohorts rank by rank.
    pub(super) fn ranks(&self) -> impl Iterator<Item = &[usize]> {
        let firsts = std::iter::once(&0).chain(&self.ends);
        firsts.zip(&self.ends).map(|(first, end)| &self.cohorts[*first..*end])
    }
}

/// Everything of a projection that does not depend on the price of bitcoin.
#[derive(Clone, Debug)]
pub(super) struct Course {
    pub(super) model: Response,
    pub(super) clock: Clock,
    pub(super) rows: Vec<Row>,
    /// By row: share that runs at the start.
    pub(super) starting_share: Vec<f64>,
    /// Hash rate at the start.
    pub(super) hashrate_th_per_s: f64,
    /// By period: BTC that a day of 144 blocks pays after the pool fee.
    pub(super) net_btc_per_day: Vec<f64>,
    /// By period: market price of power, today's = 1.
    pub(super) power_index: Vec<f64>,
    /// By period: mining power that turns to other uses in it, gross MW.
    pub(super) converted_gross_mw: Vec<f64>,
    /// By period: share of the installed machines that can run.
    pub(super) available_frac: Vec<f64>,
    /// By period: price of a new machine, USD/TH.
    pub(super) machine_usd_per_th: Vec<f64>,
    /// By period: price of a bitcoin, USD.
    pub(super) price_usd_per_btc: Vec<f64>,
    /// Cohorts that were given.
    given: usize,
}

impl Course {
    /// Checks everything and lays it out by period; cohorts are scaled to the start's hash rate.
    pub(super) fn new(
        model: &Response,
        cohorts: &Cohorts,
        start: &Start,
        drivers: &Drivers,
        pool_fee_frac: f64,
        months: usize,
    ) -> Result<Self, Error> {
        let mut faults = Faults::default();
        start.check(&mut faults);
        model.check(&mut faults);
        faults.check::<units::Months>("months", months as f64);
        faults.check::<units::FeeFrac>("pool_fee_frac", pool_fee_frac);
        drivers.check(cohorts, months, &mut faults)?;
        faults.into_result().map_err(Error::Invalid)?;

        let hashrate = hashrate_th_per_s(start.difficulty);
        let reward = daily_reward_usd(
            start.price_usd_per_btc,
            pool_fee_frac,
            subsidy_btc(start.height),
            start.fees_btc_per_block,
        );
        let cohorts = cohorts.scaled_to(hashrate, reward)?;
        let clock = Clock::new(start.month, start.height, months);
        let fees_btc = clock.by_period(&drivers.fees_btc);
        let net_btc_per_day = fees_btc
            .iter()
            .enumerate()
            .map(|(n, fees)| {
                let subsidy = mean_subsidy_btc(clock.period_height(n), clock.period_blocks(n));
                (1.0 - pool_fee_frac) * BLOCKS_PER_DAY * (subsidy + fees)
            })
            .collect();
        let converted_gross_mw = clock
            .by_period(&drivers.converted_gross_mw_per_year)
            .into_iter()
            .enumerate()
            .map(|(n, per_year)| per_year * clock.period_months(n) / MONTHS_PER_YEAR)
            .collect();
        let machine_usd_per_th = (0..clock.periods())
            .map(|n| {
                let years = clock.months_before(n) / MONTHS_PER_YEAR;
                model.machine.usd_per_th * (1.0 - model.machine.decline_frac).powf(years)
            })
            .collect();
        let power_index = clock.by_period(&drivers.power_index);
        let rows = rows(model, &cohorts, &clock, &power_index, &drivers.kept);
        let mut starting_share = equilibrium(&cohorts, reward)?.active_frac;
        starting_share.resize(rows.len(), 1.0);
        Ok(Self {
            model: model.clone(),
            rows,
            starting_share,
            hashrate_th_per_s: hashrate,
            net_btc_per_day,
            power_index,
            converted_gross_mw,
            available_frac: clock.by_period(&drivers.available_frac),
            machine_usd_per_th,
            price_usd_per_btc: clock.by_period(&drivers.price_usd_per_btc),
            given: cohorts.len(),
            clock,
        })
    }

    pub(super) fn periods(&self) -> usize {
        self.clock.periods()
    }

    /// The cohorts that a period's new machines join.
    pub(super) fn vintage(&self, period: usize) -> std::ops::Range<usize> {
        let first = self.given + period / VINTAGE_PERIODS * SITE_BINS;
        first..first + SITE_BINS
    }

    /// The cohorts that are there at the start.
    pub(super) fn given(&self) -> Vec<usize> {
        (0..self.given).collect()
    }

    /// The cohorts that are there in a period, given the same of the period before: new vintages
    /// come, and those that age has taken are not walked any more.
    pub(super) fn present(&self, period: usize, mut before: Vec<usize>) -> Vec<usize> {
        before.retain(|c| self.stays_frac(&self.rows[*c], period) > 0.0);
        if period.is_multiple_of(VINTAGE_PERIODS) {
            before.extend(self.vintage(period));
        }
        before
    }

    /// Power price of a cohort in a period: fixed by contract, the market's when it renews.
    pub(super) fn usd_per_mwh(&self, row: &Row, period: usize) -> f64 {
        let month = self.clock.months_before(period);
        if month < row.renewal_months {
            return row.usd_per_mwh;
        }
        let contract = self.model.contract_months;
        let terms = ((month - row.renewal_months) / contract).floor();
        let signed = row.renewal_months + terms * contract;
        row.usd_per_mwh * self.index_at(signed) / row.signed_index
    }

    /// Cash cost of a cohort in a period, USD per TH/s-day.
    pub(super) fn cash_cost(&self, row: &Row, period: usize) -> f64 {
        row.energy_mwh_per_th_day * self.usd_per_mwh(row, period)
    }

    /// Market index of power in the period that holds a month.
    fn index_at(&self, month: f64) -> f64 {
        self.power_index[self.clock.period_at(month)]
    }

    /// What a cohort keeps of its machines from one period to the next.
    pub(super) fn stays_frac(&self, row: &Row, period: usize) -> f64 {
        let at = |n: Option<usize>| {
            let month = n.map_or(0.0, |n| self.clock.months_before(n));
            let installed = self.model.installed_frac(month - row.born_months);
            let kept = match (n, &row.kept_frac) {
                (Some(n), Some(kept)) => kept[n],
                _ => 1.0,
            };
            installed * kept
        };
        let before = at(period.checked_sub(1));
        if before > 0.0 { (at(Some(period)) / before).min(1.0) } else { 0.0 }
    }

    /// The merit order of a period, cheapest first.
    pub(super) fn merit_order(&self, present: &[usize], period: usize) -> Order {
        Order::by(present, |c| self.cash_cost(&self.rows[c], period))
    }

    /// The order in which cohorts make room for other uses in a period.
    pub(super) fn conversion_order(&self, present: &[usize], period: usize) -> Order {
        Order::by(present, |c| self.conversion_key(&self.rows[c], period))
    }

    fn conversion_key(&self, row: &Row, period: usize) -> f64 {
        match self.model.conversion_order {
            ConversionOrder::BestSited => self.usd_per_mwh(row, period),
            ConversionOrder::WorstMachines => -row.j_per_th * row.overhead,
            ConversionOrder::ProRata => 0.0,
        }
    }
}

/// The given cohorts and the vintages to come.
fn rows(
    model: &Response,
    cohorts: &Cohorts,
    clock: &Clock,
    power_index: &[f64],
    kept: &[Kept],
) -> Vec<Row> {
    let mut rows: Vec<Row> = (0..cohorts.len())
        .map(|c| {
            let (j_per_th, overhead) = (cohorts.j_per_th[c], cohorts.overhead[c]);
            let of_owner = kept.iter().find(|kept| kept.cohort == c);
            Row {
                th_per_s: cohorts.th_per_s[c],
                j_per_th,
                overhead,
                energy_mwh_per_th_day: energy_mwh_per_th_day(j_per_th, overhead),
                usd_per_mwh: cohorts.usd_per_mwh[c],
                signed_index: 1.0,
                renewal_months: cohorts.contract_months[c],
                born_months: -cohorts.age_months[c],
                kept_frac: of_owner.map(|kept| clock.by_period(&kept.frac)),
            }
        })
        .collect();
    let sites = site_prices(cohorts);
    for opened in (0..clock.periods()).step_by(VINTAGE_PERIODS) {
        let month = clock.months_before(opened);
        let years = month / MONTHS_PER_YEAR;
        let j_per_th = model.machine.j_per_th * (1.0 - model.machine.gain_frac).powf(years);
        for site in sites {
            rows.push(Row {
                th_per_s: 0.0,
                j_per_th,
                overhead: model.machine.overhead,
                energy_mwh_per_th_day: energy_mwh_per_th_day(j_per_th, model.machine.overhead),
                usd_per_mwh: site * power_index[opened],
                signed_index: power_index[opened],
                renewal_months: month + model.contract_months,
                born_months: month,
                kept_frac: None,
            });
        }
    }
    rows
}

/// A middle that is reached but for this share is reached: two equal cohorts meet at one, and the
/// order in which hash rates are summed must not choose between their prices.
const SAME_MIDDLE: f64 = 1e-12;

/// Power prices at which new machines are placed: the cohorts' own at the middle of each fifth of
/// their hash rate.
fn site_prices(cohorts: &Cohorts) -> [f64; SITE_BINS] {
    let mut order: Vec<usize> = (0..cohorts.len()).collect();
    order.sort_by(|&a, &b| cohorts.usd_per_mwh[a].total_cmp(&cohorts.usd_per_mwh[b]));
    let total: f64 = cohorts.th_per_s.iter().sum();
    let mut prices = [0.0; SITE_BINS];
    let (mut below, mut bin) = (0.0, 0);
    for c in order {
        below += cohorts.th_per_s[c];
        let middle = |bin: usize| total * (bin as f64 + 0.5) / SITE_BINS as f64;
        while bin < SITE_BINS && below >= middle(bin) * (1.0 - SAME_MIDDLE) {
            prices[bin] = cohorts.usd_per_mwh[c];
            bin += 1;
        }
    }
    // Rounding may leave the last places unset; the dearest cohort is theirs.
    let dearest = cohorts.usd_per_mwh.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    prices[bin..].fill(dearest);
    prices
}
