//! The network as cohorts: which of its machines run when a day's reward is shared among them.
//!
//! A cohort is hash rate of one efficiency at one power price. [`equilibrium`] finds the hash rate
//! at which every running cohort breaks even and no idle one would. For the machines of one owner
//! at one power price see [`crate::supply`].

use std::collections::BTreeMap;

use units::constants::{BLOCKS_PER_DAY, TH_PER_EH};
use units::{Code, EhPerS, Faults, JPerTh, Months, Overhead, Quantity, SpotUsdPerMwh, Violation};

use crate::error::Error;
use crate::formula::{electricity_usd_per_th_day, energy_mwh_per_th_day};

/// Cash costs that differ by less are one: products of the same decimals in another order, whose
/// three factors and three products are rounded once each.
pub(crate) const SAME_COST: f64 = 16.0 * f64::EPSILON;

/// Installed hash rate of one efficiency at one power price, as it is given.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// Name, unique in its network.
    pub id: String,
    /// Installed hash rate, above 0; any scale if [`Cohorts::scaled_to`] follows.
    pub th_per_s: f64,
    /// Efficiency of the machine itself, without the site.
    pub j_per_th: f64,
    /// Power price; below 0 where the grid pays.
    pub usd_per_mwh: f64,
    /// Draw of the site per draw of the machine.
    pub overhead: f64,
    /// Months since the machines were new.
    pub age_months: f64,
    /// Months until the power contract renews.
    pub contract_months: f64,
}

/// Cohorts as columns, one entry a cohort, in the order given.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohorts {
    pub(crate) ids: Vec<String>,
    pub(crate) th_per_s: Vec<f64>,
    pub(crate) j_per_th: Vec<f64>,
    pub(crate) usd_per_mwh: Vec<f64>,
    pub(crate) overhead: Vec<f64>,
    pub(crate) age_months: Vec<f64>,
    pub(crate) contract_months: Vec<f64>,
}

impl Cohorts {
    /// The columns of rows.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every value out of its range, every hash rate that is not above 0,
    /// every empty or repeated id, and for a network without cohorts.
    pub fn new(rows: &[Cohort]) -> Result<Self, Error> {
        check(rows)?;
        let column = |value: fn(&Cohort) -> f64| rows.iter().map(value).collect();
        Ok(Self {
            ids: rows.iter().map(|row| row.id.clone()).collect(),
            th_per_s: column(|c| c.th_per_s),
            j_per_th: column(|c| c.j_per_th),
            usd_per_mwh: column(|c| c.usd_per_mwh),
            overhead: column(|c| c.overhead),
            age_months: column(|c| c.age_months),
            contract_months: column(|c| c.contract_months),
        })
    }

    /// Number of cohorts, at least 1.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no cohorts: never.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Names of the cohorts, in the order of every result.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Installed hash rate of each cohort, TH/s.
    pub fn th_per_s(&self) -> &[f64] {
        &self.th_per_s
    }

    /// Cash cost of each cohort, USD per TH/s-day: what a day's running takes out of pocket.
    ///
    /// # Formula
    /// `kappa = J/TH * k * 24e-6 * p`, `k` site draw per machine draw, `p` USD/MWh; model section 4.
    pub fn cash_cost_usd_per_th_day(&self) -> Vec<f64> {
        let energy = self.j_per_th.iter().zip(&self.overhead);
        let energy = energy.map(|(&j_per_th, &overhead)| energy_mwh_per_th_day(j_per_th, overhead));
        energy
            .zip(&self.usd_per_mwh)
            .map(|(energy, &price)| electricity_usd_per_th_day(energy, price))
            .collect()
    }

    /// The same cohorts with every hash rate multiplied by one factor, so that the network in
    /// equilibrium has the given hash rate.
    ///
    /// # Formula
    /// At the hash value `v = reward / H` the cohorts with `kappa <= v` run; the factor is `H` over
    /// their hash rate.
    ///
    /// # Errors
    /// [`Error::Invalid`] if hash rate or reward cannot be, or if no cohort pays at that hash
    /// value.
    ///
    /// # Example
    /// ```
    /// use hashcost::cohorts::{Cohort, Cohorts, equilibrium};
    /// let cohort = |id: &str, j_per_th| Cohort {
    ///     id: id.to_owned(),
    ///     th_per_s: 1.0,
    ///     j_per_th,
    ///     usd_per_mwh: 50.0,
    ///     overhead: 1.0,
    ///     age_months: 12.0,
    ///     contract_months: 24.0,
    /// };
    /// // 40 million USD a day on 1,000 EH/s: 4 cents per TH/s-day, too little for 50 J/TH.
    /// let rows = [cohort("new", 16.0), cohort("old", 30.0), cohort("oldest", 50.0)];
    /// let network = Cohorts::new(&rows)?.scaled_to(1.0e9, 40.0e6)?;
    /// assert_eq!(network.th_per_s(), [5.0e8, 5.0e8, 5.0e8]);
    /// assert_eq!(equilibrium(&network, 40.0e6)?.active_frac, [1.0, 1.0, 0.0]);
    /// # Ok::<(), hashcost::Error>(())
    /// ```
    pub fn scaled_to(&self, hashrate_th_per_s: f64, daily_reward_usd: f64) -> Result<Self, Error> {
        let mut faults = Faults::default();
        check_hashrate("hashrate_th_per_s", hashrate_th_per_s, "", &mut faults);
        check_reward(daily_reward_usd, &mut faults);
        faults.into_result().map_err(Error::Invalid)?;

        let hash_value = daily_reward_usd / hashrate_th_per_s;
        let cash_cost = self.cash_cost_usd_per_th_day();
        let merit = self.merit_order(&cash_cost);
        // In merit order, so that the order of the rows leaves no trace in the sum.
        let paying: f64 = merit
            .iter()
            .filter(|&&row| cash_cost[row] <= hash_value)
            .map(|&row| self.th_per_s[row])
            .sum();
        if paying == 0.0 {
            let cheapest = merit.first().map_or(f64::NAN, |&row| cash_cost[row]);
            let fault = Violation::new(Code::Infeasible, "daily_reward_usd / hashrate_th_per_s");
            return Err(Error::Invalid(vec![
                fault
                    .value(format!("{hash_value:.6}"))
                    .allowed(format!("at least {cheapest:.6}, the cheapest cohort's cash cost,"))
                    .unit("USD per TH/s-day"),
            ]));
        }
        let factor = hashrate_th_per_s / paying;
        let th_per_s = self.th_per_s.iter().map(|th| th * factor).collect();
        Ok(Self { th_per_s, ..self.clone() })
    }

    /// Rows by rising cash cost; equal ones by id, so that the order given leaves no trace.
    pub(crate) fn merit_order(&self, cash_cost_usd_per_th_day: &[f64]) -> Vec<usize> {
        // Pairs, so that the sort need not look each cost up; names are seldom needed.
        let mut rows: Vec<(f64, usize)> =
            cash_cost_usd_per_th_day.iter().copied().zip(0..).collect();
        rows.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        for equal in rows.chunk_by_mut(|a, b| a.0 == b.0) {
            equal.sort_unstable_by(|a, b| self.ids[a.1].cmp(&self.ids[b.1]));
        }
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

/// What a day's blocks pay the network after the pool fee, USD.
///
/// # Formula
/// `P (1 - fee) 144 (S + F)`, `S` subsidy and `F` fees per block in BTC, model section 4.
///
/// # Example
/// ```
/// // 144 blocks of 3.125 BTC at 80,000 USD: 36 million.
/// assert_eq!(hashcost::cohorts::daily_reward_usd(80_000.0, 0.0, 3.125, 0.0), 36.0e6);
/// ```
pub fn daily_reward_usd(
    price_usd_per_btc: f64,
    pool_fee_frac: f64,
    subsidy_btc: f64,
    fees_btc: f64,
) -> f64 {
    price_usd_per_btc * (1.0 - pool_fee_frac) * BLOCKS_PER_DAY * (subsidy_btc + fees_btc)
}

/// A network at rest: every running cohort breaks even and no idle one would.
#[derive(Clone, Debug, PartialEq)]
pub struct Equilibrium {
    /// Hash rate that runs, TH/s.
    pub hashrate_th_per_s: f64,
    /// Installed hash rate that does not, TH/s.
    pub idle_th_per_s: f64,
    /// What a running TH/s earns in a day after the pool fee, USD: reward / hash rate.
    pub hash_value_usd_per_th_day: f64,
    /// Share of each cohort that runs, in the order of [`Cohorts::ids`].
    pub active_frac: Vec<f64>,
    /// The last cohort in merit order that breaks even: its place in [`Cohorts::ids`].
    pub marginal: usize,
    /// Whether the marginal cohort has hash rate to spare: then its cash cost is the hash value.
    pub marginal_in_part: bool,
    /// Cash cost of the marginal cohort, USD per TH/s-day.
    pub marginal_usd_per_th_day: f64,
    /// Efficiency of what runs at the machine, mean by hash rate.
    pub j_per_th: f64,
    /// Site draw per machine draw of what runs, mean by the machines' energy.
    pub overhead: f64,
    /// Power price of what runs, mean by the sites' energy.
    pub usd_per_mwh: f64,
    /// Cash cost of what runs, mean by hash rate: `24e-6` times the product of the three above.
    pub electricity_usd_per_th_day: f64,
}

impl Equilibrium {
    /// Mean electricity cost of a bitcoin received, USD/BTC, at the price that made the reward.
    ///
    /// # Formula
    /// `P * mean kappa / v`, `v` hash value. As `v = P (1 - fee) b`, this is the cost per TH/s-day
    /// over the BTC received for it.
    pub fn average_usd_per_btc(&self, price_usd_per_btc: f64) -> f64 {
        price_usd_per_btc * (self.electricity_usd_per_th_day / self.hash_value_usd_per_th_day)
    }

    /// Electricity cost of a bitcoin received by the marginal cohort, USD/BTC: the price itself if
    /// that cohort runs in part, otherwise at most the price.
    pub fn marginal_usd_per_btc(&self, price_usd_per_btc: f64) -> f64 {
        price_usd_per_btc * (self.marginal_usd_per_th_day / self.hash_value_usd_per_th_day)
    }
}

/// The hash rate that a day's reward keeps running.
///
/// # Formula
/// Cohorts by rising cash cost `kappa`; the active set is the longest prefix that breaks even at
/// the hash rate `H` which it creates, `kappa <= reward / H`. The marginal cohort runs in part, so
/// that equality holds. Model section 4.
///
/// # Special cases
/// Cohorts of equal cost run in equal shares. Those that pay nothing for power, or are paid, always
/// run. A cohort that breaks even with nothing to spare for it is the marginal one, with share 0.
/// Some cohort always runs.
///
/// # Errors
/// [`Error::Invalid`] if the reward is not a positive finite number.
///
/// # Example
/// ```
/// use hashcost::cohorts::{Cohort, Cohorts, daily_reward_usd, equilibrium};
/// let cohort = |id: &str, th_per_s, j_per_th, usd_per_mwh| Cohort {
///     id: id.to_owned(),
///     th_per_s,
///     j_per_th,
///     usd_per_mwh,
///     overhead: 1.0,
///     age_months: 12.0,
///     contract_months: 24.0,
/// };
/// let network = Cohorts::new(&[
///     cohort("good", 600.0e6, 20.0, 50.0), // 2.4 cents per TH/s-day
///     cohort("poor", 600.0e6, 30.0, 50.0), // 3.6 cents
/// ])?;
/// // 36 million USD a day feed 1,000 EH/s at 3.6 cents.
/// let now = equilibrium(&network, daily_reward_usd(80_000.0, 0.0, 3.125, 0.0))?;
/// assert!((now.hashrate_th_per_s - 1.0e9).abs() < 1e-3);
/// assert!((now.active_frac[1] - 2.0 / 3.0).abs() < 1e-12);
/// assert!((now.marginal_usd_per_btc(80_000.0) - 80_000.0).abs() < 1e-6);
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn equilibrium(cohorts: &Cohorts, daily_reward_usd: f64) -> Result<Equilibrium, Error> {
    let mut faults = Faults::default();
    check_reward(daily_reward_usd, &mut faults);
    faults.into_result().map_err(Error::Invalid)?;

    let cash_cost = cohorts.cash_cost_usd_per_th_day();
    let merit = cohorts.merit_order(&cash_cost);
    let by_merit = |column: &[f64]| -> Vec<f64> { merit.iter().map(|&row| column[row]).collect() };
    let active = active_set(&by_merit(&cash_cost), &by_merit(&cohorts.th_per_s), daily_reward_usd);

    let mut active_frac = vec![0.0; cohorts.len()];
    let [mut th, mut idle_th_per_s, mut machine_w, mut site_w, mut usd] = [0.0; 5];
    for (rank, &row) in merit.iter().enumerate() {
        let frac = active.frac(rank);
        let running = frac * cohorts.th_per_s[row];
        active_frac[row] = frac;
        idle_th_per_s += (1.0 - frac) * cohorts.th_per_s[row];
        th += running;
        machine_w += running * cohorts.j_per_th[row];
        site_w += running * cohorts.j_per_th[row] * cohorts.overhead[row];
        usd += running * cohorts.j_per_th[row] * cohorts.overhead[row] * cohorts.usd_per_mwh[row];
    }
    let [j_per_th, overhead, usd_per_mwh] = [machine_w / th, site_w / machine_w, usd / site_w];
    let marginal = merit[active.ranks - 1];
    Ok(Equilibrium {
        hashrate_th_per_s: active.hashrate_th_per_s,
        idle_th_per_s,
        hash_value_usd_per_th_day: daily_reward_usd / active.hashrate_th_per_s,
        active_frac,
        marginal,
        marginal_in_part: active.whole < active.ranks,
        marginal_usd_per_th_day: cash_cost[marginal],
        j_per_th,
        overhead,
        usd_per_mwh,
        electricity_usd_per_th_day: electricity_usd_per_th_day(
            energy_mwh_per_th_day(j_per_th, overhead),
            usd_per_mwh,
        ),
    })
}

/// The part of a merit order that runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ActiveSet {
    /// Ranks before this one run as a whole.
    pub(crate) whole: usize,
    /// Ranks from `whole` to before this one run in part; none runs from here on.
    pub(crate) ranks: usize,
    /// Share of each cohort that runs in part.
    pub(crate) part_frac: f64,
    /// Hash rate that runs, TH/s.
    pub(crate) hashrate_th_per_s: f64,
}

impl ActiveSet {
    /// Share that runs of the cohort at a rank.
    pub(crate) fn frac(&self, rank: usize) -> f64 {
        if rank < self.whole {
            1.0
        } else if rank < self.ranks {
            self.part_frac
        } else {
            0.0
        }
    }
}

/// The active set of columns in merit order; see [`equilibrium`]. At least one rank is active if
/// there is any and the reward is above 0.
pub(crate) fn active_set(
    cash_cost_usd_per_th_day: &[f64],
    th_per_s: &[f64],
    daily_reward_usd: f64,
) -> ActiveSet {
    assert_eq!(cash_cost_usd_per_th_day.len(), th_per_s.len(), "columns of one length");
    let mut whole = 0;
    let mut hashrate_th_per_s = 0.0;
    while let Some(&cash_cost) = cash_cost_usd_per_th_day.get(whole) {
        let same = |&&cost: &&f64| cost - cash_cost <= SAME_COST * cash_cost.abs();
        let ranks = whole + cash_cost_usd_per_th_day[whole..].iter().take_while(same).count();
        let group: f64 = th_per_s[whole..ranks].iter().sum();
        if cash_cost * (hashrate_th_per_s + group) > daily_reward_usd {
            // Above 0, or it would have run as a whole.
            let room = daily_reward_usd / cash_cost - hashrate_th_per_s;
            if room < -SAME_COST * hashrate_th_per_s {
                break;
            }
            let room = room.max(0.0);
            hashrate_th_per_s += room;
            let part_frac = (room / group).min(1.0);
            return ActiveSet { whole, ranks, part_frac, hashrate_th_per_s };
        }
        hashrate_th_per_s += group;
        whole = ranks;
    }
    ActiveSet { whole, ranks: whole, part_frac: 0.0, hashrate_th_per_s }
}

/// Every fault of rows.
fn check(rows: &[Cohort]) -> Result<(), Error> {
    let mut faults = Faults::default();
    if rows.is_empty() {
        faults.push(Violation::new(Code::Missing, "cohorts").allowed("at least one cohort"));
    }
    let mut first_rows: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, cohort) in rows.iter().enumerate() {
        let path = |field: &str| format!("cohorts[{row}].{field}");
        if cohort.id.is_empty() {
            faults.push(Violation::new(Code::Missing, path("id")).allowed("a name"));
        } else if let Some(first) = first_rows.get(cohort.id.as_str()) {
            let fault = Violation::new(Code::Duplicate, path("id")).value(&cohort.id);
            faults.push(fault.allowed(format!("unlike cohorts[{first}].id")));
        } else {
            first_rows.insert(&cohort.id, row);
        }
        check_hashrate(&path("th_per_s"), cohort.th_per_s, &cohort.id, &mut faults);
        faults.check::<JPerTh>(path("j_per_th"), cohort.j_per_th);
        faults.check::<SpotUsdPerMwh>(path("usd_per_mwh"), cohort.usd_per_mwh);
        faults.check::<Overhead>(path("overhead"), cohort.overhead);
        faults.check::<Months>(path("age_months"), cohort.age_months);
        faults.check::<Months>(path("contract_months"), cohort.contract_months);
    }
    faults.into_result().map_err(Error::Invalid)
}

/// A hash rate above 0 and not beyond the largest network, of a cohort by name or of all.
fn check_hashrate(path: &str, th_per_s: f64, id: &str, faults: &mut Faults) {
    let most_th_per_s = EhPerS::MAX * TH_PER_EH;
    if th_per_s > 0.0 && th_per_s <= most_th_per_s {
        return;
    }
    let code = if th_per_s.is_finite() { Code::Range } else { Code::NotFinite };
    let of = if id.is_empty() { String::new() } else { format!("cohort {id:?}") };
    let fault = Violation::new(code, path).value(th_per_s).unit("TH/s").hint(of);
    faults.push(fault.allowed(format!("allowed above 0, up to {most_th_per_s:e}")));
}

/// A day's reward above 0.
fn check_reward(daily_reward_usd: f64, faults: &mut Faults) {
    if daily_reward_usd > 0.0 && daily_reward_usd.is_finite() {
        return;
    }
    let code = if daily_reward_usd.is_finite() { Code::Range } else { Code::NotFinite };
    let fault = Violation::new(code, "daily_reward_usd").value(daily_reward_usd);
    faults.push(fault.unit("USD").allowed("allowed above 0"));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Roundings of a dozen operations.
    const FIGURES: f64 = 1e-12;

    fn cohort(id: &str, th_per_s: f64, j_per_th: f64, usd_per_mwh: f64) -> Cohort {
        Cohort {
            id: id.to_owned(),
            th_per_s,
            j_per_th,
            usd_per_mwh,
            overhead: 1.0,
            age_months: 0.0,
            contract_months: 0.0,
        }
    }

    fn close(found: f64, expected: f64, what: &str) {
        assert!((found / expected - 1.0).abs() <= FIGURES, "{what}: {found:?} for {expected:?}");
    }

    /// Price, and what a day's blocks pay at it.
    const PRICE: f64 = 84_714.0;
    const REWARD: f64 = 38.0e6;
    /// Machine and site of the two cohorts: the cheap one pays 2.2 cents, the dear one 3.96.
    const OVERHEAD: f64 = 1.1;
    const CHEAP: [f64; 2] = [18.0, 46.0];
    const DEAR: [f64; 2] = [30.0, 50.0];

    /// Hash rate that draws so many MW at the meter.
    fn th_of(gross_mw: f64, j_per_th: f64) -> f64 {
        gross_mw * 1e6 / (j_per_th * OVERHEAD)
    }

    /// The two cohorts after some of the cheap one's power has gone elsewhere.
    fn two(cheap_th: f64, dear_th: f64, gone_gross_mw: f64) -> Equilibrium {
        let left = cheap_th - th_of(gone_gross_mw, CHEAP[0]);
        let mut rows =
            [cohort("cheap", left, CHEAP[0], CHEAP[1]), cohort("dear", dear_th, DEAR[0], DEAR[1])];
        for row in &mut rows {
            row.overhead = OVERHEAD;
        }
        equilibrium(&Cohorts::new(&rows).unwrap(), REWARD).unwrap()
    }

    /// Mean cost of a bitcoin from hash rates that run: the day's bill over the day's coins.
    fn average(cheap_th: f64, dear_th: f64) -> f64 {
        let kappa = |[j_per_th, price]: [f64; 2]| j_per_th * OVERHEAD * 24e-6 * price;
        PRICE * (kappa(CHEAP) * cheap_th + kappa(DEAR) * dear_th) / REWARD
    }

    #[test]
    fn a_gigawatt_less_of_a_network_that_all_runs_lowers_its_mean_cost() {
        let [cheap, dear] = [600.0e6, 200.0e6];
        let gone = th_of(1_000.0, CHEAP[0]);
        let [before, after] = [0.0, 1_000.0].map(|mw| two(cheap, dear, mw));
        assert_eq!((before.idle_th_per_s, after.idle_th_per_s), (0.0, 0.0));
        close(before.hashrate_th_per_s, cheap + dear, "before");
        close(before.hashrate_th_per_s - after.hashrate_th_per_s, gone, "hash rate lost");
        close(before.average_usd_per_btc(PRICE), average(cheap, dear), "before");
        close(after.average_usd_per_btc(PRICE), average(cheap - gone, dear), "after");
        assert!(after.average_usd_per_btc(PRICE) < before.average_usd_per_btc(PRICE));
        assert!(after.hash_value_usd_per_th_day > before.hash_value_usd_per_th_day);
    }

    #[test]
    fn a_gigawatt_less_is_refilled_at_the_same_hash_value_while_machines_stand_idle() {
        let [cheap, dear] = [600.0e6, 500.0e6];
        let gone = th_of(1_000.0, CHEAP[0]);
        let [before, after] = [0.0, 1_000.0].map(|mw| two(cheap, dear, mw));
        let hashrate = REWARD / (DEAR[0] * OVERHEAD * 24e-6 * DEAR[1]);
        for (state, cheap) in [(&before, cheap), (&after, cheap - gone)] {
            assert!(state.marginal_in_part);
            close(state.hashrate_th_per_s, hashrate, "hash rate");
            close(state.hash_value_usd_per_th_day, REWARD / hashrate, "hash value");
            close(state.average_usd_per_btc(PRICE), average(cheap, hashrate - cheap), "mean");
            close(state.marginal_usd_per_btc(PRICE), PRICE, "marginal");
        }
        close(before.idle_th_per_s - after.idle_th_per_s, gone, "refill");
        assert!(after.average_usd_per_btc(PRICE) > before.average_usd_per_btc(PRICE));
    }

    #[test]
    fn refilling_ends_with_the_reserve() {
        let [cheap, dear] = [600.0e6, 500.0e6];
        let reserve_mw = two(cheap, dear, 0.0).idle_th_per_s * CHEAP[0] * OVERHEAD / 1e6;
        let at = |share: f64| two(cheap, dear, reserve_mw * share);
        let [start, short, past, far] = [0.0, 0.999, 1.001, 1.2].map(at);
        close(short.hashrate_th_per_s, start.hashrate_th_per_s, "still refilled");
        assert!(short.marginal_in_part && !past.marginal_in_part);
        assert!(past.hashrate_th_per_s < start.hashrate_th_per_s);
        let left = cheap - th_of(reserve_mw * 1.2, CHEAP[0]);
        close(far.hashrate_th_per_s, left + dear, "no longer refilled");
        // The mean cost rises to the switch and falls from there.
        let means = [start, short, past, far].map(|state| state.average_usd_per_btc(PRICE));
        assert!(means[0] < means[1] && means[2] > means[3]);
        close(means[3], average(left, dear), "beyond the reserve");
    }

    #[test]
    fn equal_costs_share_and_the_order_of_rows_leaves_no_trace() {
        // 20 x 60 = 30 x 40 = 24 x 50 in decimals; their doubles need not be equal.
        let mut rows = vec![
            cohort("c", 900.0, 20.0, 60.0),
            cohort("a", 300.0, 30.0, 40.0),
            cohort("free", 100.0, 90.0, 0.0),
            cohort("b", 600.0, 24.0, 50.0),
            cohort("dear", 600.0, 24.0, 51.0),
        ];
        // The reward feeds 1,000 TH/s at 2.88 cents.
        let state = equilibrium(&Cohorts::new(&rows).unwrap(), 28.8).unwrap();
        close(state.hashrate_th_per_s, 1_000.0, "hash rate");
        close(state.idle_th_per_s, 1_500.0, "idle");
        for row in [0, 1, 3] {
            close(state.active_frac[row], 0.5, "share");
        }
        assert_eq!((state.active_frac[2], state.active_frac[4]), (1.0, 0.0));
        assert_eq!(state.marginal_in_part, [0, 1, 3].contains(&state.marginal));
        rows.reverse();
        let turned = equilibrium(&Cohorts::new(&rows).unwrap(), 28.8).unwrap();
        let mut active_frac = turned.active_frac.clone();
        active_frac.reverse();
        assert_eq!(rows[turned.marginal].id, ["c", "a", "free", "b", "dear"][state.marginal]);
        assert_eq!(Equilibrium { active_frac, marginal: state.marginal, ..turned }, state);
    }

    #[test]
    fn power_that_costs_nothing_always_runs() {
        let rows = [cohort("paid", 5.0e9, 95.0, -10.0), cohort("free", 5.0e9, 95.0, 0.0)];
        let state = equilibrium(&Cohorts::new(&rows).unwrap(), 1.0).unwrap();
        assert_eq!((state.active_frac.as_slice(), state.marginal), ([1.0, 1.0].as_slice(), 1));
        assert!(!state.marginal_in_part && state.average_usd_per_btc(PRICE) < 0.0);
        assert_eq!(state.marginal_usd_per_btc(PRICE), 0.0);
    }

    #[test]
    fn a_cohort_that_breaks_even_without_room_is_marginal_with_share_zero() {
        let active = active_set(&[0.5, 2.0, 4.0], &[8.0, 3.0, 1.0], 16.0);
        let expected = ActiveSet { whole: 1, ranks: 2, part_frac: 0.0, hashrate_th_per_s: 8.0 };
        assert_eq!(active, expected);
        assert_eq!([0, 1, 2].map(|rank| active.frac(rank)), [1.0, 0.0, 0.0]);
        // As a whole at equality.
        let active = active_set(&[0.5, 2.0, 4.0], &[5.0, 3.0, 1.0], 16.0);
        let expected = ActiveSet { whole: 2, ranks: 2, part_frac: 0.0, hashrate_th_per_s: 8.0 };
        assert_eq!(active, expected);
    }

    #[test]
    fn scaling_meets_the_hash_rate_and_refuses_what_nobody_pays_for() {
        let rows = [cohort("a", 1.0, 16.0, 50.0), cohort("b", 3.0, 30.0, 50.0)];
        let network = Cohorts::new(&rows).unwrap();
        for (reward, idle) in [(40.0e6, 0.0), (20.0e6, 3.0e9)] {
            let scaled = network.scaled_to(1.0e9, reward).unwrap();
            let state = equilibrium(&scaled, reward).unwrap();
            close(state.hashrate_th_per_s, 1.0e9, "hash rate");
            assert_eq!(state.idle_th_per_s, idle);
        }
        let refused = network.scaled_to(1.0e9, 19.0e6).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "daily_reward_usd / hashrate_th_per_s = 0.019000: at least 0.019200, the cheapest cohort's \
             cash cost, USD per TH/s-day"
        );
        let Err(Error::Invalid(faults)) = network.scaled_to(0.0, f64::NAN) else {
            panic!("accepted")
        };
        assert_eq!(faults.len(), 2);
        for reward in [0.0, -1.0, f64::INFINITY] {
            assert!(equilibrium(&network, reward).is_err(), "{reward}");
        }
    }

    #[test]
    fn every_fault_of_the_rows_is_reported() {
        let mut rows = vec![
            cohort("a", 1.0, 20.0, 50.0),
            cohort("a", 0.0, 0.02, 50.0),
            cohort("", -3.0, 20.0, f64::NAN),
            cohort("d", f64::INFINITY, 20.0, 50.0),
        ];
        rows[3].overhead = 0.9;
        rows[3].age_months = -1.0;
        rows[3].contract_months = 601.0;
        let Err(Error::Invalid(faults)) = Cohorts::new(&rows) else { panic!("accepted") };
        let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "cohorts[1].id",
                "cohorts[1].th_per_s",
                "cohorts[1].j_per_th",
                "cohorts[2].id",
                "cohorts[2].th_per_s",
                "cohorts[2].usd_per_mwh",
                "cohorts[3].th_per_s",
                "cohorts[3].overhead",
                "cohorts[3].age_months",
                "cohorts[3].contract_months",
            ]
        );
        assert_eq!(
            faults[1].to_string(),
            "cohorts[1].th_per_s = 0: allowed above 0, up to 1e11 TH/s (cohort \"a\")"
        );
        let empty = Cohorts::new(&[]).unwrap_err();
        assert_eq!(empty.to_string(), "cohorts: at least one cohort");
    }
}
