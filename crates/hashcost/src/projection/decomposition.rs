//! What moved the cost to mine from one state to another: a part for each factor, in no order.

use units::{
    Code, ContractUsdPerMwh, Difficulty, Faults, FeesBtcPerBlock, JPerTh, Overhead, Violation,
};

use crate::error::Error;
use crate::formula::{electricity_usd_per_th_day, energy_mwh_per_th_day};
use crate::kernel::Compensated;
use crate::network::{btc_per_th_day_of_hashrate, difficulty_of_hashrate};

/// One thing that the electricity of a bitcoin depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// Subsidy per block, BTC.
    Subsidy,
    /// Fees per block, BTC.
    Fees,
    /// Hash rate of the network, TH/s.
    HashRate,
    /// Efficiency of the producer's machines, J/TH.
    Efficiency,
    /// Power price, USD/MWh.
    PowerPrice,
    /// Draw of the site per draw of the machines.
    Overhead,
}

impl Factor {
    /// Every factor, in the order of [`Decomposition::parts`].
    pub const ALL: [Self; 6] = [
        Self::Subsidy,
        Self::Fees,
        Self::HashRate,
        Self::Efficiency,
        Self::PowerPrice,
        Self::Overhead,
    ];

    /// The word of results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Subsidy => "subsidy",
            Self::Fees => "fees",
            Self::HashRate => "hash_rate",
            Self::Efficiency => "efficiency",
            Self::PowerPrice => "power_price",
            Self::Overhead => "overhead",
        }
    }
}

/// All that the electricity of a bitcoin depends on, at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostState {
    /// Subsidy per block, BTC.
    pub subsidy_btc: f64,
    /// Fees per block, BTC.
    pub fees_btc: f64,
    /// Hash rate of the network at 600 s a block, TH/s.
    pub hashrate_th_per_s: f64,
    /// Efficiency of the producer's machines, J/TH.
    pub j_per_th: f64,
    /// Power price, USD/MWh.
    pub usd_per_mwh: f64,
    /// Draw of the site per draw of the machines.
    pub overhead: f64,
}

impl CostState {
    /// Electricity of a bitcoin before the pool fee, USD.
    ///
    /// # Formula
    /// `J/TH * k * 24e-6 * p * H / (144 (S + F))`, `k` overhead, `p` USD/MWh, `H` TH/s; model
    /// sections 1 and 2.
    ///
    /// # Special cases
    /// Not finite without subsidy and fees; [`decompose`] refuses such a state.
    ///
    /// # Example
    /// ```
    /// use hashcost::projection::CostState;
    /// // 20 J/TH at 50 USD/MWh in a network of 1,125 EH/s.
    /// let state = CostState {
    ///     subsidy_btc: 3.125,
    ///     fees_btc: 0.0,
    ///     hashrate_th_per_s: 1.125e9,
    ///     j_per_th: 20.0,
    ///     usd_per_mwh: 50.0,
    ///     overhead: 1.0,
    /// };
    /// assert!((state.usd_per_btc() - 60_000.0).abs() < 1e-9);
    /// ```
    pub fn usd_per_btc(&self) -> f64 {
        let energy = energy_mwh_per_th_day(self.j_per_th, self.overhead);
        electricity_usd_per_th_day(energy, self.usd_per_mwh)
            / btc_per_th_day_of_hashrate(self.hashrate_th_per_s, self.subsidy_btc, self.fees_btc)
    }

    /// Value of one factor, in its own unit.
    fn value(&self, factor: Factor) -> f64 {
        match factor {
            Factor::Subsidy => self.subsidy_btc,
            Factor::Fees => self.fees_btc,
            Factor::HashRate => self.hashrate_th_per_s,
            Factor::Efficiency => self.j_per_th,
            Factor::PowerPrice => self.usd_per_mwh,
            Factor::Overhead => self.overhead,
        }
    }

    /// Notes every value that no cost can be computed with.
    fn check(&self, path: &str, faults: &mut Faults) {
        // A block's subsidy has the range of its fees: 0 to the first subsidy of 50 BTC.
        faults.check::<FeesBtcPerBlock>(format!("{path}.subsidy_btc"), self.subsidy_btc);
        faults.check::<FeesBtcPerBlock>(format!("{path}.fees_btc"), self.fees_btc);
        let parts_are_sound = self.subsidy_btc >= 0.0 && self.fees_btc >= 0.0;
        if parts_are_sound && self.subsidy_btc + self.fees_btc < LEAST_REWARD_BTC {
            faults.push(
                Violation::new(Code::Conflict, format!("{path}.fees_btc"))
                    .value(self.fees_btc)
                    .unit("BTC/block")
                    .allowed("subsidy and fees of a satoshi or more"),
            );
        }
        let hashrate = self.hashrate_th_per_s;
        if Difficulty::new(difficulty_of_hashrate(hashrate)).is_err() {
            let code = if hashrate.is_finite() { Code::Range } else { Code::NotFinite };
            faults.push(
                Violation::new(code, format!("{path}.hashrate_th_per_s"))
                    .value(hashrate)
                    .unit("TH/s")
                    .allowed("allowed what belongs to a difficulty of 1 to 1e18"),
            );
        }
        faults.check::<JPerTh>(format!("{path}.j_per_th"), self.j_per_th);
        faults.check::<ContractUsdPerMwh>(format!("{path}.usd_per_mwh"), self.usd_per_mwh);
        faults.check::<Overhead>(format!("{path}.overhead"), self.overhead);
    }
}

/// What one factor did to the cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    /// The factor.
    pub factor: Factor,
    /// Its value in the first state, in its own unit.
    pub from: f64,
    /// Its value in the second state.
    pub to: f64,
    /// Its share of the change of cost, USD/BTC.
    pub usd_per_btc: f64,
}

/// A change of cost and the parts that it consists of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decomposition {
    /// Cost in the first state, USD/BTC.
    pub from_usd_per_btc: f64,
    /// Cost in the second state, USD/BTC.
    pub to_usd_per_btc: f64,
    /// One part a factor, in the order of [`Factor::ALL`]. They sum to the change.
    pub parts: [Part; 6],
}

/// Least reward of a block for which a cost per bitcoin means anything: one satoshi.
const LEAST_REWARD_BTC: f64 = 1e-8;

/// States that mix the factors of two states: one for each subset that has moved already.
const MIXTURES: usize = 1 << Factor::ALL.len();

/// `60 |S|! (5 - |S|)! / 6!`: weight of a factor's step after the factors `S` have moved, by the
/// size of `S`, as a whole number.
const WEIGHTS: [f64; Factor::ALL.len()] = [10.0, 2.0, 1.0, 1.0, 2.0, 10.0];

/// What [`WEIGHTS`] of all subsets sum to.
const WEIGHTS_SUM: f64 = 60.0;

/// The change of cost between two states as a sum of one part a factor.
///
/// Moving the factors one after the other gives each a step of the cost, but the steps depend on
/// the order. A part is the mean step of its factor over all 720 orders, its Shapley value: it
/// depends on no order, and nothing is left over.
///
/// # Formula
/// `sum over S without i of |S|! (5 - |S|)! / 6! * (cost(S + i) - cost(S))`, where `cost(S)` has the
/// factors of `S` from the second state and the others from the first.
///
/// # Special cases
/// - A factor that does not move has a part of exactly 0.
/// - A factor that moves alone has all of the change.
/// - The parts sum to the change but for rounding, which is measured by the largest cost of a
///   mixture; no part takes a remainder.
///
/// # Errors
/// [`Error::Invalid`] with every value out of its range, and where subsidy and fees of a state, or
/// of a mixture of both states, are below a satoshi a block.
///
/// # Example
/// ```
/// use hashcost::projection::{CostState, Factor, decompose};
/// let from = CostState {
///     subsidy_btc: 3.125,
///     fees_btc: 0.0,
///     hashrate_th_per_s: 1.125e9,
///     j_per_th: 20.0,
///     usd_per_mwh: 50.0,
///     overhead: 1.0,
/// };
/// // Twice the hash rate, half as much again for power: from 60,000 to 180,000.
/// let to = CostState { hashrate_th_per_s: 2.25e9, usd_per_mwh: 75.0, ..from };
/// let change = decompose(&from, &to)?;
/// // Hash rate adds 60,000 if it moves first and 90,000 if it moves last; power 30,000 or 60,000.
/// for part in change.parts {
///     let expected = match part.factor {
///         Factor::HashRate => 75_000.0,
///         Factor::PowerPrice => 45_000.0,
///         _ => 0.0,
///     };
///     assert!((part.usd_per_btc - expected).abs() < 1e-9);
/// }
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn decompose(from: &CostState, to: &CostState) -> Result<Decomposition, Error> {
    check(from, to)?;
    let costs: [f64; MIXTURES] =
        std::array::from_fn(|moved| mixture(from, to, moved).usd_per_btc());
    let parts = std::array::from_fn(|place| {
        let factor = Factor::ALL[place];
        let steps = (0..MIXTURES).filter(|moved| moved & (1 << place) == 0).map(|moved| {
            let step = costs[moved | (1 << place)] - costs[moved];
            WEIGHTS[moved.count_ones() as usize] * step
        });
        Part {
            factor,
            from: from.value(factor),
            to: to.value(factor),
            usd_per_btc: compensated_sum(steps) / WEIGHTS_SUM,
        }
    });
    Ok(Decomposition { from_usd_per_btc: costs[0], to_usd_per_btc: costs[MIXTURES - 1], parts })
}

/// Every value that no decomposition can be computed with.
fn check(from: &CostState, to: &CostState) -> Result<(), Error> {
    let mut faults = Faults::default();
    from.check("from", &mut faults);
    to.check("to", &mut faults);
    faults.into_result().map_err(Error::Invalid)?;

    // Both states pay, but one may live on subsidy and the other on fees.
    let mut faults = Faults::default();
    let least_btc = from.subsidy_btc.min(to.subsidy_btc) + from.fees_btc.min(to.fees_btc);
    if least_btc < LEAST_REWARD_BTC {
        faults.push(
            Violation::new(Code::Conflict, "to.fees_btc")
                .value(to.fees_btc)
                .unit("BTC/block")
                .allowed("subsidy of one state and fees of the other of a satoshi or more"),
        );
    }
    faults.into_result().map_err(Error::Invalid)
}

/// The state in which the factors of a subset have moved; bit 0 is the first of [`Factor::ALL`].
fn mixture(from: &CostState, to: &CostState, moved: usize) -> CostState {
    let [subsidy_btc, fees_btc, hashrate_th_per_s, j_per_th, usd_per_mwh, overhead] =
        std::array::from_fn(|place| {
            let state = if moved & (1 << place) == 0 { from } else { to };
            state.value(Factor::ALL[place])
        });
    CostState { subsidy_btc, fees_btc, hashrate_th_per_s, j_per_th, usd_per_mwh, overhead }
}

/// A sum that adds at its end what its additions rounded off: steps of mixtures may be far larger
/// than the part that they leave.
fn compensated_sum(terms: impl Iterator<Item = f64>) -> f64 {
    let mut sum = Compensated::default();
    terms.for_each(|term| sum.add(term));
    sum.value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{
        BANK_J_PER_TH, BANK_USD_PER_MWH, DEFAULT_TREND, Line, NetworkPath, Start, project,
    };

    const FROM: CostState = CostState {
        subsidy_btc: 3.125,
        fees_btc: 0.015,
        hashrate_th_per_s: 1.08e9,
        j_per_th: 32.1,
        usd_per_mwh: 50.0,
        overhead: 1.0,
    };

    /// Every factor moved.
    const TO: CostState = CostState {
        subsidy_btc: 1.562_5,
        fees_btc: 0.071,
        hashrate_th_per_s: 1.6e9,
        j_per_th: 26.0,
        usd_per_mwh: 53.0,
        overhead: 1.06,
    };

    /// Pairs of states near and far.
    fn pairs() -> Vec<(CostState, CostState)> {
        let early = CostState {
            subsidy_btc: 50.0,
            fees_btc: 0.0,
            hashrate_th_per_s: 1e-4,
            j_per_th: 2_000.0,
            usd_per_mwh: 100.0,
            overhead: 1.5,
        };
        let late = CostState { subsidy_btc: 1e-6, fees_btc: 2.0, usd_per_mwh: 0.0, ..TO };
        vec![(FROM, TO), (FROM, FROM), (early, TO), (TO, late), (early, late)]
    }

    /// Every order of the numbers below `n`.
    fn orders(n: usize) -> Vec<Vec<usize>> {
        if n == 0 {
            return vec![Vec::new()];
        }
        let shorter = orders(n - 1);
        (0..n)
            .flat_map(|place| {
                shorter.iter().map(move |order| {
                    let mut order = order.clone();
                    order.insert(place, n - 1);
                    order
                })
            })
            .collect()
    }

    /// Mean steps over all orders and the sums of their absolute values, straight from the words of
    /// the definition.
    fn decompose_reference(from: &CostState, to: &CostState) -> ([f64; 6], [f64; 6]) {
        let orders = orders(6);
        assert_eq!(orders.len(), 720);
        let (mut parts, mut terms) = ([0.0; 6], [0.0; 6]);
        for order in &orders {
            let mut now = *from;
            for &place in order {
                let before = now.usd_per_btc();
                match Factor::ALL[place] {
                    Factor::Subsidy => now.subsidy_btc = to.subsidy_btc,
                    Factor::Fees => now.fees_btc = to.fees_btc,
                    Factor::HashRate => now.hashrate_th_per_s = to.hashrate_th_per_s,
                    Factor::Efficiency => now.j_per_th = to.j_per_th,
                    Factor::PowerPrice => now.usd_per_mwh = to.usd_per_mwh,
                    Factor::Overhead => now.overhead = to.overhead,
                }
                let after = now.usd_per_btc();
                parts[place] += (after - before) / 720.0;
                terms[place] += (after.abs() + before.abs()) / 720.0;
            }
            assert_eq!(now, *to);
        }
        (parts, terms)
    }

    #[test]
    fn a_part_is_the_mean_over_all_orders() {
        for (from, to) in pairs() {
            let change = decompose(&from, &to).unwrap();
            let (parts, terms) = decompose_reference(&from, &to);
            for (place, part) in change.parts.iter().enumerate() {
                assert_eq!(part.factor, Factor::ALL[place]);
                let error = (part.usd_per_btc - parts[place]).abs();
                assert!(error <= 1e-12 * terms[place], "{part:?}, {} expected", parts[place]);
            }
        }
    }

    #[test]
    fn the_parts_are_the_change() {
        let change = decompose(&FROM, &TO).unwrap();
        assert_eq!(change.from_usd_per_btc, FROM.usd_per_btc());
        assert_eq!(change.to_usd_per_btc, TO.usd_per_btc());
        assert!(change.from_usd_per_btc > 90_000.0 && change.to_usd_per_btc > 150_000.0);
        let sum: f64 = change.parts.iter().map(|part| part.usd_per_btc).sum();
        assert!((sum - (change.to_usd_per_btc - change.from_usd_per_btc)).abs() < 1e-9);
        // More fees and better machines bring the cost down, the rest brings it up.
        let signs = change.parts.map(|part| part.usd_per_btc.signum());
        assert_eq!(signs, [1.0, -1.0, 1.0, -1.0, 1.0, 1.0]);
        for (part, [from, to]) in change.parts.iter().zip([
            [3.125, 1.562_5],
            [0.015, 0.071],
            [1.08e9, 1.6e9],
            [32.1, 26.0],
            [50.0, 53.0],
            [1.0, 1.06],
        ]) {
            assert_eq!([part.from, part.to], [from, to], "{}", part.factor.as_str());
        }
    }

    #[test]
    fn the_way_back_has_the_opposite_parts() {
        for (from, to) in pairs() {
            let there = decompose(&from, &to).unwrap();
            let back = decompose(&to, &from).unwrap();
            let (_, terms) = decompose_reference(&from, &to);
            for ((there, back), terms) in there.parts.iter().zip(&back.parts).zip(terms) {
                let error = (there.usd_per_btc + back.usd_per_btc).abs();
                assert!(error <= 1e-15 * terms, "{there:?} {back:?}");
            }
        }
    }

    #[test]
    fn a_factor_that_moves_alone_has_all_of_the_change() {
        for place in 0..6 {
            let to = mixture(&FROM, &TO, 1 << place);
            let change = decompose(&FROM, &to).unwrap();
            let all = change.to_usd_per_btc - change.from_usd_per_btc;
            assert!(all.abs() > 100.0);
            for (other, part) in change.parts.iter().enumerate() {
                if other == place {
                    assert!((part.usd_per_btc / all - 1.0).abs() <= f64::EPSILON, "{part:?}");
                } else {
                    assert_eq!(part.usd_per_btc, 0.0, "{part:?}");
                }
            }
        }
    }

    #[test]
    fn a_factor_that_does_not_move_has_no_part() {
        for place in 0..6 {
            let to = mixture(&FROM, &TO, 0b11_1111 & !(1 << place));
            let change = decompose(&FROM, &to).unwrap();
            for (other, part) in change.parts.iter().enumerate() {
                assert_eq!(part.usd_per_btc == 0.0, other == place, "{part:?}");
            }
        }
    }

    /// The state of the published cost in a month of a path.
    fn bank(path: &NetworkPath, month: usize) -> CostState {
        CostState {
            subsidy_btc: path.subsidy_btc[month],
            fees_btc: path.fees_btc[month],
            hashrate_th_per_s: path.hashrate_eh_per_s[month] * 1e6,
            j_per_th: BANK_J_PER_TH * path.j_per_th_index[month],
            usd_per_mwh: BANK_USD_PER_MWH * path.power_index[month],
            overhead: 1.0,
        }
    }

    #[test]
    fn the_published_step_is_the_subsidys_on_the_mechanical_line() {
        let start = Start::october_2025(0.0710, 110_000.0);
        let path = project(&start, &Line::Mechanical, 36).unwrap();
        let change = decompose(&bank(&path, 0), &bank(&path, 35)).unwrap();
        let bank_cost = path.bank_usd_per_btc();
        assert!((change.from_usd_per_btc / bank_cost[0] - 1.0).abs() < 1e-14);
        assert!((change.to_usd_per_btc / bank_cost[35] - 1.0).abs() < 1e-14);
        let [subsidy, rest @ ..] = change.parts;
        assert!((subsidy.usd_per_btc - (bank_cost[35] - bank_cost[0])).abs() < 1e-9);
        assert_eq!(rest.map(|part| part.usd_per_btc), [0.0; 5]);

        // On a trend others move as well, and the parts are still all of it.
        let path = project(&start, &Line::Trend(DEFAULT_TREND), 36).unwrap();
        let change = decompose(&bank(&path, 0), &bank(&path, 35)).unwrap();
        let sum: f64 = change.parts.iter().map(|part| part.usd_per_btc).sum();
        assert!((sum - (change.to_usd_per_btc - change.from_usd_per_btc)).abs() < 1e-9);
        let moved = change.parts.map(|part| part.usd_per_btc != 0.0);
        assert_eq!(moved, [true, false, true, true, true, false]);
    }

    /// Codes and paths of the faults of a pair.
    fn faults(from: CostState, to: CostState) -> Vec<(Code, String)> {
        let Err(Error::Invalid(faults)) = decompose(&from, &to) else { panic!("accepted") };
        faults.into_iter().map(|fault| (fault.code, fault.path)).collect()
    }

    #[test]
    fn all_faults_are_reported_together() {
        let from = CostState { hashrate_th_per_s: 0.0, usd_per_mwh: 0.05, ..FROM };
        let to = CostState {
            subsidy_btc: f64::NAN,
            fees_btc: -1.0,
            hashrate_th_per_s: f64::INFINITY,
            j_per_th: 0.02,
            usd_per_mwh: f64::NAN,
            overhead: 0.9,
        };
        let found = faults(from, to);
        let found: Vec<_> = found.iter().map(|(code, path)| (*code, path.as_str())).collect();
        assert_eq!(
            found,
            [
                (Code::Range, "from.hashrate_th_per_s"),
                (Code::Range, "from.usd_per_mwh"),
                (Code::NotFinite, "to.subsidy_btc"),
                (Code::Range, "to.fees_btc"),
                (Code::NotFinite, "to.hashrate_th_per_s"),
                (Code::Range, "to.j_per_th"),
                (Code::NotFinite, "to.usd_per_mwh"),
                (Code::Range, "to.overhead"),
            ]
        );
    }

    #[test]
    fn a_block_must_pay_in_every_mixture() {
        let unpaid = CostState { subsidy_btc: 0.0, fees_btc: 0.0, ..FROM };
        assert_eq!(faults(unpaid, TO), [(Code::Conflict, "from.fees_btc".to_owned())]);
        assert_eq!(faults(FROM, unpaid), [(Code::Conflict, "to.fees_btc".to_owned())]);
        // Each state pays, but the subsidy of the second with the fees of the first is nothing.
        let subsidy_alone = CostState { fees_btc: 0.0, ..FROM };
        let fees_alone = CostState { subsidy_btc: 0.0, ..FROM };
        let expected = [(Code::Conflict, "to.fees_btc".to_owned())];
        assert_eq!(faults(subsidy_alone, fees_alone), expected);
        assert_eq!(faults(fees_alone, subsidy_alone), expected);
        assert!(decompose(&fees_alone, &FROM).is_ok());
        // The ends of the ranges still give numbers.
        let dear = CostState {
            subsidy_btc: 1e-8,
            fees_btc: 0.0,
            hashrate_th_per_s: 7e12,
            j_per_th: 2_000.0,
            usd_per_mwh: 1_000.0,
            overhead: 3.0,
        };
        let change = decompose(&FROM, &dear).unwrap();
        assert!(change.parts.iter().all(|part| part.usd_per_btc.is_finite()));
    }
}
