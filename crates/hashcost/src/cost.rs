//! Cost to mine by level, the breakevens of each machine, and the figures of a whole fleet.

use units::SpotUsdPerMwh;

use crate::error::Error;
use crate::fleet::Fleet;
use crate::formula::{
    cost_usd, energy_mwh_per_th_day, hashcost_usd_per_ph_day, margin_usd_per_th_day,
    th_days_per_btc,
};
use crate::kernel::sum;
use crate::network::Network;
use units::Faults;

/// What a cost includes. Levels are reported apart and never mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Electricity alone.
    Electricity,
    /// And what running incurs: hosting, repair, site labour.
    DirectBeforeCredits,
    /// And what being installed incurs: administration, depreciation, interest, stock pay.
    AllInBeforeCredits,
    /// [`Level::DirectBeforeCredits`] less curtailment credits; may be negative.
    Direct,
    /// [`Level::AllInBeforeCredits`] less curtailment credits; may be negative.
    AllIn,
}

impl Level {
    /// Every level, in the order of [`CostLevels`].
    pub const ALL: [Self; 5] = [
        Self::Electricity,
        Self::DirectBeforeCredits,
        Self::AllInBeforeCredits,
        Self::Direct,
        Self::AllIn,
    ];
}

/// A cost at every level, in the unit that the field holding it names.
///
/// Before credits, `electricity <= direct_before_credits <= all_in_before_credits`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CostLevels {
    /// [`Level::Electricity`].
    pub electricity: f64,
    /// [`Level::DirectBeforeCredits`].
    pub direct_before_credits: f64,
    /// [`Level::AllInBeforeCredits`].
    pub all_in_before_credits: f64,
    /// [`Level::Direct`].
    pub direct: f64,
    /// [`Level::AllIn`].
    pub all_in: f64,
}

impl CostLevels {
    /// The levels of a function of the level.
    pub(crate) fn each(cost: impl Fn(Level) -> f64) -> Self {
        Self {
            electricity: cost(Level::Electricity),
            direct_before_credits: cost(Level::DirectBeforeCredits),
            all_in_before_credits: cost(Level::AllInBeforeCredits),
            direct: cost(Level::Direct),
            all_in: cost(Level::AllIn),
        }
    }

    /// The cost at one level.
    pub const fn at(&self, level: Level) -> f64 {
        match level {
            Level::Electricity => self.electricity,
            Level::DirectBeforeCredits => self.direct_before_credits,
            Level::AllInBeforeCredits => self.all_in_before_credits,
            Level::Direct => self.direct,
            Level::AllIn => self.all_in,
        }
    }
}

/// The cost to mine in both units of the industry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Per bitcoin received after the pool fee, to be compared with its price.
    pub usd_per_btc: CostLevels,
    /// Per PH/s and day: free of difficulty, to be compared with the hashprice after the pool fee.
    pub usd_per_ph_day: CostLevels,
}

/// Costs of a fleet at one power price in one state of the network.
#[derive(Clone, Debug, PartialEq)]
pub struct FleetCost {
    /// Cost of each class, in the order of [`Fleet::ids`].
    pub machines: Vec<Cost>,
    /// Cost of the fleet: weighted by bitcoin received for USD/BTC, by running TH/s for USD/PH/day,
    /// so that both times their quantity are [`FleetCost::usd_per_day`].
    pub fleet: Cost,
    /// Cost of a day, USD.
    pub usd_per_day: CostLevels,
    /// Bitcoin received in a day, after the pool fee.
    pub btc_per_day: f64,
    /// Energy of a day at the meter, MWh.
    pub mwh_per_day: f64,
    /// Hash rate that runs on average over time, TH/s.
    pub running_th_per_s: f64,
    /// Hash rate installed, TH/s.
    pub installed_th_per_s: f64,
    /// Efficiency of the machines without the site, weighted by running TH/s, J/TH.
    pub running_j_per_th: f64,
    /// The same weighted by installed TH/s, for display beside it, J/TH.
    pub installed_j_per_th: f64,
}

/// Cost to mine of every class and of the fleet.
///
/// # Formula
/// Per TH/s-day `e p + v + x / u` and its parts by [`Level`]; per BTC that over `b (1 - fee)`; model
/// section 2. Uptime cancels for electricity and divides the fixed part.
///
/// # Special cases
/// A fleet's mean never leaves the range of its classes, whatever the rounding.
///
/// # Errors
/// [`Error::Invalid`] with every value of the network and the power price out of its range.
///
/// # Example
/// ```
/// use hashcost::{Fleet, Machine, Network, fleet_cost};
/// use units::{JPerTh, Overhead, ThPerS, Units, UptimeFrac, UsdPerThDay};
/// let fleet = Fleet::new(&[Machine {
///     id: "S21".into(),
///     units: Units::new(1_000.0)?,
///     th_per_s: ThPerS::new(200.0)?,
///     efficiency_j_per_th: JPerTh::new(20.0)?,
///     overhead: Overhead::new(1.0)?,
///     uptime_frac: UptimeFrac::new(0.5)?,
///     direct_usd_per_th_day: UsdPerThDay::new(0.004)?,
///     credits_usd_per_th_day: UsdPerThDay::new(0.001)?,
///     fixed_usd_per_th_day: UsdPerThDay::new(0.003)?,
/// }])?;
/// let network = Network {
///     difficulty: 150e12,
///     subsidy_btc: 3.125,
///     fees_btc: 0.02,
///     price_usd_per_btc: 100_000.0,
///     pool_fee_frac: 0.0,
/// };
/// // 20 J/TH at 50 USD/MWh are 24 USD/PH/day; 4 direct; 3 fixed at half uptime are 6; 1 credit.
/// let cost = fleet_cost(&fleet, 50.0, &network)?.fleet.usd_per_ph_day;
/// assert!((cost.electricity - 24.0).abs() < 1e-12);
/// assert!((cost.direct_before_credits - 28.0).abs() < 1e-12);
/// assert!((cost.all_in_before_credits - 34.0).abs() < 1e-12);
/// assert!((cost.all_in - 33.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn fleet_cost(
    fleet: &Fleet,
    price_usd_per_mwh: f64,
    network: &Network,
) -> Result<FleetCost, Error> {
    check(price_usd_per_mwh, network)?;
    let energy = fleet.energy_mwh_per_th_day();
    let rests = Level::ALL.map(|level| fleet.rest_usd_per_th_day(level));
    let net_btc_per_th_day = network.net_btc_per_th_day();
    let th_days = th_days_per_btc(net_btc_per_th_day);

    let machines: Vec<Cost> = (0..energy.len())
        .map(|row| Cost {
            usd_per_btc: CostLevels::each(|level| {
                cost_usd(
                    energy[row] * th_days,
                    price_usd_per_mwh,
                    rests[level as usize][row] * th_days,
                )
            }),
            usd_per_ph_day: CostLevels::each(|level| {
                hashcost_usd_per_ph_day(cost_usd(
                    energy[row],
                    price_usd_per_mwh,
                    rests[level as usize][row],
                ))
            }),
        })
        .collect();

    let running = fleet.running_th_per_s();
    let installed = fleet.installed_th_per_s();
    let weighted = |weights: &[f64], values: &[f64]| -> f64 {
        sum(&weights.iter().zip(values).map(|(weight, value)| weight * value).collect::<Vec<f64>>())
    };
    let usd_per_day = CostLevels::each(|level| {
        let costs: Vec<f64> = energy
            .iter()
            .zip(&rests[level as usize])
            .map(|(&energy, &rest)| cost_usd(energy, price_usd_per_mwh, rest))
            .collect();
        weighted(&running, &costs)
    });
    let running_th_per_s = sum(&running);
    let installed_th_per_s = sum(&installed);
    let btc_per_day = running_th_per_s * net_btc_per_th_day;
    let mean = |unit: fn(&Cost) -> &CostLevels, quantity: f64| {
        CostLevels::each(|level| {
            let costs = machines.iter().map(|cost| unit(cost).at(level));
            within(usd_per_day.at(level) / quantity, costs)
        })
    };
    let fleet_figures = Cost {
        usd_per_btc: mean(|cost| &cost.usd_per_btc, btc_per_day),
        usd_per_ph_day: mean(
            |cost| &cost.usd_per_ph_day,
            running_th_per_s / units::constants::TH_PER_PH,
        ),
    };
    let j_per_th = &fleet.efficiency_j_per_th;
    Ok(FleetCost {
        fleet: fleet_figures,
        usd_per_day,
        btc_per_day,
        mwh_per_day: weighted(&running, &energy),
        running_th_per_s,
        installed_th_per_s,
        running_j_per_th: within(
            weighted(&running, j_per_th) / running_th_per_s,
            j_per_th.iter().copied(),
        ),
        installed_j_per_th: within(
            weighted(&installed, j_per_th) / installed_th_per_s,
            j_per_th.iter().copied(),
        ),
        machines,
    })
}

/// A weighted mean, kept within the range of its values where rounding takes it out by a bit.
fn within(mean: f64, values: impl Iterator<Item = f64> + Clone) -> f64 {
    mean.min(values.clone().fold(f64::NEG_INFINITY, f64::max))
        .max(values.fold(f64::INFINITY, f64::min))
}

/// Values of one input, all else as given, at which a machine's cost before credits equals the
/// price of a bitcoin; `None` where no value does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Breakevens {
    /// Power price, USD/MWh; negative if the machine loses even on free power.
    pub usd_per_mwh: Option<f64>,
    /// Efficiency, J/TH. None at a power price of 0 or less, where it does not cost, and where the
    /// other costs alone exceed the revenue.
    pub j_per_th: Option<f64>,
    /// Price of a bitcoin, USD. None where the cost is not above 0.
    pub usd_per_btc: Option<f64>,
    /// Difficulty. None where the cost is not above 0.
    pub difficulty: Option<f64>,
    /// Hashprice before the pool fee, USD/PH/day. None where the cost is not above 0.
    pub usd_per_ph_day: Option<f64>,
    /// Uptime; above 1 if the machine loses at any real uptime. None without fixed costs, and where
    /// a running machine does not earn them.
    pub uptime_frac: Option<f64>,
}

/// Breakevens of every class, in the order of [`Fleet::ids`].
///
/// # Formula
/// Each the closed-form root of `(e p + v + x / u) / (b (1 - fee)) = P`, with `h = b P (1 - fee)`:
/// power `(h - v - x/u) / e`; J/TH `(h - v - x/u) / (24e-6 k p)`; BTC price `c / (b (1 - fee))`;
/// difficulty `D h / c`; hashprice `1000 c / (1 - fee)`; uptime `x / (h - e p - v)`; `c` the all-in
/// cost before credits. Model section 2.
///
/// # Errors
/// [`Error::Invalid`] with every value of the network and the power price out of its range.
pub fn breakevens(
    fleet: &Fleet,
    price_usd_per_mwh: f64,
    network: &Network,
) -> Result<Vec<Breakevens>, Error> {
    check(price_usd_per_mwh, network)?;
    let b = network.btc_per_th_day();
    let keep_frac = 1.0 - network.pool_fee_frac;
    let revenue = b * network.price_usd_per_btc * keep_frac;
    let energy = fleet.energy_mwh_per_th_day();
    let rest = fleet.rest_usd_per_th_day(Level::AllInBeforeCredits);
    Ok((0..energy.len())
        .map(|row| {
            let direct = fleet.direct_usd_per_th_day[row];
            let fixed = fleet.fixed_usd_per_th_day[row];
            let for_power = revenue - rest[row];
            // What a running TH/s-day leaves for the fixed costs.
            let for_fixed = margin_usd_per_th_day(revenue - direct, energy[row], price_usd_per_mwh);
            let cost = cost_usd(energy[row], price_usd_per_mwh, rest[row]);
            // One J/TH costs this a day.
            let per_j_per_th = energy_mwh_per_th_day(1.0, fleet.overhead[row]) * price_usd_per_mwh;
            let if_cost = |root: f64| (cost > 0.0).then_some(root);
            Breakevens {
                usd_per_mwh: Some(for_power / energy[row]),
                j_per_th: (per_j_per_th > 0.0 && for_power > 0.0).then(|| for_power / per_j_per_th),
                usd_per_btc: if_cost(cost * th_days_per_btc(b * keep_frac)),
                difficulty: if_cost(network.difficulty * revenue / cost),
                usd_per_ph_day: if_cost(hashcost_usd_per_ph_day(cost) / keep_frac),
                uptime_frac: (fixed > 0.0 && for_fixed > 0.0).then(|| fixed / for_fixed),
            }
        })
        .collect())
}

/// Faults of a power price and a network.
fn check(price_usd_per_mwh: f64, network: &Network) -> Result<(), Error> {
    let mut faults = Faults::default();
    faults.check::<SpotUsdPerMwh>("price_usd_per_mwh", price_usd_per_mwh);
    network.check("network", &mut faults);
    faults.into_result().map_err(Error::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::rows::{machine, varied};
    use crate::fleet::{Fleet, Machine};

    const NOW: Network = Network {
        difficulty: 135.0e12,
        subsidy_btc: 3.125,
        fees_btc: 0.02,
        price_usd_per_btc: 84_714.0,
        pool_fee_frac: 0.005,
    };

    #[test]
    fn levels_are_ordered_and_reconcile_with_the_totals() {
        for price in [-37.5, 0.0, 5.0, 50.0, 9_000.0] {
            let fleet = varied(100);
            let cost = fleet_cost(&fleet, price, &NOW).unwrap();
            for (levels, quantity) in [
                (cost.fleet.usd_per_btc, cost.btc_per_day),
                (cost.fleet.usd_per_ph_day, cost.running_th_per_s / 1_000.0),
            ] {
                assert!(levels.electricity <= levels.direct_before_credits);
                assert!(levels.direct_before_credits <= levels.all_in_before_credits);
                assert!(levels.all_in <= levels.all_in_before_credits);
                for level in Level::ALL {
                    let total = cost.usd_per_day.at(level);
                    let terms = cost.usd_per_day.all_in_before_credits.abs() + total.abs();
                    assert!(
                        (levels.at(level) * quantity - total).abs() <= 1e-12 * terms,
                        "{level:?}"
                    );
                }
            }
            let electricity = cost.mwh_per_day * price;
            assert!(
                (cost.usd_per_day.electricity - electricity).abs() <= 1e-12 * electricity.abs()
            );
        }
    }

    #[test]
    fn row_order_changes_no_bit() {
        let row = |i: u32| {
            let x = f64::from(i);
            machine(
                &format!("m{i:03}"),
                [1.0 + x, 90.0 + x, 13.0 + 0.1 * x, 1.05, 0.95, 0.003, 0.001, 0.01],
            )
        };
        let mut rows: Vec<Machine> = (0..130).map(row).collect();
        let sorted = fleet_cost(&Fleet::new(&rows).unwrap(), 55.5, &NOW).unwrap();
        rows.reverse();
        rows.swap(3, 77);
        rows.rotate_left(41);
        assert_eq!(fleet_cost(&Fleet::new(&rows).unwrap(), 55.5, &NOW).unwrap(), sorted);
    }

    #[test]
    fn splitting_a_class_changes_nothing() {
        let whole = [machine("a", [100.0, 200.0, 17.5, 1.1, 0.9, 0.002, 0.001, 0.02])];
        let parts =
            ["a", "b"].map(|id| machine(id, [50.0, 200.0, 17.5, 1.1, 0.9, 0.002, 0.001, 0.02]));
        let [whole, parts] = [Fleet::new(&whole), Fleet::new(&parts)]
            .map(|fleet| fleet_cost(&fleet.unwrap(), 60.0, &NOW).unwrap());
        assert_eq!(whole.fleet, parts.fleet);
        assert_eq!(whole.usd_per_day, parts.usd_per_day);
        assert_eq!(whole.machines[0], parts.machines[1]);
    }

    #[test]
    fn figures_are_weighted_by_what_runs() {
        // Equal TH/s installed; the better machine runs twice as long.
        let fleet = Fleet::new(&[
            machine("good", [1.0, 100.0, 15.0, 1.0, 0.8, 0.0, 0.0, 0.0]),
            machine("poor", [1.0, 100.0, 30.0, 1.0, 0.4, 0.0, 0.0, 0.0]),
        ])
        .unwrap();
        let cost = fleet_cost(&fleet, 50.0, &NOW).unwrap();
        assert!((cost.running_j_per_th - 20.0).abs() < 1e-12);
        assert_eq!(cost.installed_j_per_th, 22.5);
        assert!((cost.fleet.usd_per_ph_day.electricity - 24.0).abs() < 1e-12);
        assert_eq!(cost.installed_th_per_s, 200.0);
        assert!((cost.running_th_per_s - 120.0).abs() < 1e-12);
    }

    #[test]
    fn a_halving_without_fees_exactly_doubles_the_cost() {
        let fleet = varied(20);
        let before = Network { fees_btc: 0.0, ..NOW };
        let after = Network { subsidy_btc: 1.562_5, ..before };
        let [before, after] = [before, after].map(|n| fleet_cost(&fleet, 47.3, &n).unwrap());
        for (old, new) in before.machines.iter().zip(&after.machines) {
            for level in Level::ALL {
                assert_eq!(new.usd_per_btc.at(level), 2.0 * old.usd_per_btc.at(level));
            }
        }
    }

    /// A machine and a network with one input replaced by its breakeven cost exactly the price.
    #[test]
    fn every_breakeven_is_a_root() {
        let numbers = [1.0, 100.0, 21.5, 1.07, 0.93, 0.002, 0.004, 0.006];
        let at = |numbers: [f64; 8], price: f64, network: &Network| {
            let fleet = Fleet::new(&[machine("m", numbers)]).unwrap();
            let cost = fleet_cost(&fleet, price, network).unwrap();
            let cost = cost.machines[0];
            (cost.usd_per_btc.all_in_before_credits, cost.usd_per_ph_day.all_in_before_credits)
        };
        let fleet = Fleet::new(&[machine("m", numbers)]).unwrap();
        let roots = breakevens(&fleet, 45.0, &NOW).unwrap()[0];
        let target = NOW.price_usd_per_btc;
        let mut other = numbers;
        other[2] = roots.j_per_th.unwrap();
        let mut rare = numbers;
        rare[4] = roots.uptime_frac.unwrap();
        for (name, cost, price) in [
            ("power", at(numbers, roots.usd_per_mwh.unwrap(), &NOW).0, target),
            ("efficiency", at(other, 45.0, &NOW).0, target),
            ("uptime", at(rare, 45.0, &NOW).0, target),
            ("price", at(numbers, 45.0, &NOW).0, roots.usd_per_btc.unwrap()),
            (
                "difficulty",
                at(numbers, 45.0, &Network { difficulty: roots.difficulty.unwrap(), ..NOW }).0,
                target,
            ),
            ("hashprice", at(numbers, 45.0, &NOW).1, roots.usd_per_ph_day.unwrap() * (1.0 - 0.005)),
        ] {
            assert!((cost / price - 1.0).abs() < 1e-14, "{name}: {cost} and {price}");
        }
    }

    #[test]
    fn where_there_is_no_breakeven_none_is_given() {
        let free = [1.0, 100.0, 20.0, 1.0, 1.0, 0.0, 0.0, 0.0];
        let dear = [1.0, 100.0, 20.0, 1.0, 1.0, 1.0, 0.0, 1.0];
        // Which of J/TH, BTC price, uptime exist.
        for (numbers, price, exist) in [
            (free, 50.0, [true, true, false]),
            (free, 0.0, [false, false, false]),
            (free, -10.0, [false, false, false]),
            (dear, 50.0, [false, true, false]),
            (dear, -5_000.0, [false, false, true]),
        ] {
            let fleet = Fleet::new(&[machine("m", numbers)]).unwrap();
            let roots = breakevens(&fleet, price, &NOW).unwrap()[0];
            let found = [
                roots.j_per_th.is_some(),
                roots.usd_per_btc.is_some(),
                roots.uptime_frac.is_some(),
            ];
            assert_eq!(found, exist, "{numbers:?} at {price}");
            assert!(roots.usd_per_mwh.is_some());
        }
    }

    #[test]
    fn values_out_of_range_are_refused_together() {
        let bad = Network { difficulty: 0.5, ..NOW };
        let Err(Error::Invalid(faults)) = fleet_cost(&varied(1), f64::INFINITY, &bad) else {
            panic!("accepted")
        };
        assert_eq!(faults.len(), 2);
        assert_eq!(faults[0].to_string(), "price_usd_per_mwh = inf: allowed -5000..=20000 USD/MWh");
    }
}
