//! The network's machines as cohorts, and the efficiency they suggest, from the built-in table.
//!
//! Nobody publishes which machines run where. Both figures follow Cambridge's electricity index
//! (CBECI): every machine of the last five years counts by its age, whatever its sales.

use hashcost::Cohort;
use hashcost::formula::{electricity_usd_per_th_day, energy_mwh_per_th_day};
use units::CalendarMonth;
use units::constants::MONTHS_PER_YEAR;

use super::{Machine, machines};

/// Weight of a machine by its age in whole years; older ones are gone. CBECI, code of its service
/// `CambridgeAltFin/ccaf_cbeci_api`.
pub const AGE_WEIGHTS: [f64; 5] = [1.0, 0.8, 0.6, 0.4, 0.2];
/// Site draw per machine draw: lowest, likely and highest. CBECI, same code.
pub const NETWORK_OVERHEAD: [f64; 3] = [1.01, 1.10, 1.20];
/// Median power price of miners, USD/MWh. Cambridge Centre for Alternative Finance, survey of
/// mid-2024.
pub const POWER_MEDIAN_USD_PER_MWH: f64 = 45.0;
/// Standard deviation of the logarithm of miners' power prices: an assumption.
pub const POWER_SIGMA: f64 = 0.30;
/// Power prices of equal probability for each machine.
pub const POWER_BINS: usize = 5;
/// Years of a power contract, over which renewals are spread evenly: an assumption.
pub const CONTRACT_YEARS: f64 = 5.0;

/// Medians of five equal parts of a standard normal: its quantiles at 0.1, 0.3, 0.5, 0.7 and 0.9.
const NORMAL_MEDIANS: [f64; POWER_BINS] = [
    -1.281_551_565_544_600_4,
    -0.524_400_512_708_041,
    0.0,
    0.524_400_512_708_041,
    1.281_551_565_544_600_4,
];
/// Fractional part of the golden ratio: its multiples, less their whole parts, fill 0..1 evenly
/// however many there are.
const GOLDEN_FRAC: f64 = 0.618_033_988_749_894_9;

/// The power prices of [`network_cohorts`], USD/MWh, lowest first.
///
/// # Formula
/// `45 exp(0.30 z)`, `z` the median of each fifth of a standard normal.
pub fn power_prices_usd_per_mwh() -> [f64; POWER_BINS] {
    NORMAL_MEDIANS.map(|z| POWER_MEDIAN_USD_PER_MWH * (POWER_SIGMA * z).exp())
}

/// The network's machines at the start of a month, each at every power price: hash rates add up to
/// 1, and [`hashcost::Cohorts::scaled_to`] gives them the network's.
///
/// Machines count as [`network_efficiency`] counts them. Contracts renew in 1 to 60 months, evenly
/// spread by place in the list.
///
/// # Special cases
/// Empty before the first machine of the table (September 2015) is out.
///
/// # Example
/// ```
/// use hashcost::{Cohorts, daily_reward_usd, equilibrium};
/// use hashpivot::facts::cohorts::network_cohorts;
/// use units::CalendarMonth;
///
/// // October 2026: 964 EH/s at 84,714 USD and with 0.015 BTC of fees a block.
/// let rows = network_cohorts(CalendarMonth::new(2026, 10)?);
/// let reward = daily_reward_usd(84_714.0, 0.0, 3.125, 0.015);
/// let network = Cohorts::new(&rows)?.scaled_to(964.0e6, reward)?;
/// let now = equilibrium(&network, reward)?;
/// assert!((now.hashrate_th_per_s / 964.0e6 - 1.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn network_cohorts(at: CalendarMonth) -> Vec<Cohort> {
    let eligible = eligible(at);
    let total: f64 = eligible.iter().map(|counted| counted.weight).sum();
    let prices = power_prices_usd_per_mwh();
    let rows = eligible.iter().flat_map(|counted| prices.map(|price| (counted, price)));
    rows.zip(0_u32..)
        .map(|((counted, usd_per_mwh), place)| Cohort {
            id: format!("{} @ {usd_per_mwh:.1}", counted.machine.model),
            th_per_s: counted.weight / total / prices.len() as f64,
            j_per_th: counted.machine.j_per_th(),
            usd_per_mwh,
            overhead: NETWORK_OVERHEAD[1],
            age_months: f64::from(counted.age_months),
            contract_months: contract_months(place),
        })
        .collect()
}

/// Months until the power contract at a place in the list renews: 1 to 60.
fn contract_months(place: u32) -> f64 {
    let share = (f64::from(place) * GOLDEN_FRAC).fract();
    (share * CONTRACT_YEARS * MONTHS_PER_YEAR).floor() + 1.0
}

/// What the network needs per TH at the meter, by a list of its machines.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NetworkEfficiency {
    /// Mean of the machines by age, with the likely overhead.
    pub guess_j_per_th: f64,
    /// The best machine, with the lowest overhead.
    pub min_j_per_th: f64,
    /// The worst machine that pays, with the highest overhead.
    pub max_j_per_th: f64,
    /// Machines that count.
    pub models: usize,
}

/// The network's efficiency at the start of a month by Cambridge's method.
///
/// # Formula
/// Machines released before the month, younger than five years and below the threshold count,
/// weighted 1, 0.8, 0.6, 0.4, 0.2 by age in whole years: `guess = 1.10 x mean`, `min = 1.01 x` the
/// best and `max = 1.20 x` the worst of them. [`profitable_j_per_th`] gives the threshold; without
/// one every machine counts.
///
/// # Special cases
/// `None` if no machine counts.
///
/// # Example
/// ```
/// use hashpivot::facts::cohorts::{network_efficiency, profitable_j_per_th};
/// use units::CalendarMonth;
///
/// let month = CalendarMonth::new(2025, 10)?;
/// let all = network_efficiency(month, None).ok_or("no machine")?;
/// assert!((all.guess_j_per_th - 20.8).abs() < 0.05);
/// // At 46 USD/PH/day and 50 USD/MWh nothing above 38 J/TH pays.
/// let paying = network_efficiency(month, Some(profitable_j_per_th(0.046, 50.0)));
/// assert!(paying.is_some_and(|paying| paying.models < all.models));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn network_efficiency(
    at: CalendarMonth,
    threshold_j_per_th: Option<f64>,
) -> Option<NetworkEfficiency> {
    let mut counted = eligible(at);
    if let Some(threshold) = threshold_j_per_th {
        counted.retain(|counted| counted.machine.j_per_th() < threshold);
    }
    if counted.is_empty() {
        return None;
    }
    let weights: f64 = counted.iter().map(|counted| counted.weight).sum();
    let sum: f64 = counted.iter().map(|counted| counted.weight * counted.machine.j_per_th()).sum();
    let machines = counted.iter().map(|counted| counted.machine.j_per_th());
    let [low, likely, high] = NETWORK_OVERHEAD;
    Some(NetworkEfficiency {
        guess_j_per_th: likely * sum / weights,
        min_j_per_th: low * machines.clone().fold(f64::INFINITY, f64::min),
        max_j_per_th: high * machines.fold(0.0, f64::max),
        models: counted.len(),
    })
}

/// Efficiency at which a machine's electricity costs all that it earns, J/TH.
///
/// # Formula
/// `v / (24e-6 p)`, `v` revenue of a TH/s-day in USD, `p` USD/MWh. Cambridge takes 50 USD/MWh.
pub fn profitable_j_per_th(revenue_usd_per_th_day: f64, usd_per_mwh: f64) -> f64 {
    revenue_usd_per_th_day
        / electricity_usd_per_th_day(energy_mwh_per_th_day(1.0, 1.0), usd_per_mwh)
}

/// Mean efficiency of the machines released in the twelve months before a month, J/TH: what is on
/// sale. `None` if there was none.
pub fn new_j_per_th(at: CalendarMonth) -> Option<f64> {
    let new = eligible(at).into_iter().filter(|counted| counted.age_months <= 12);
    let new: Vec<f64> = new.map(|counted| counted.machine.j_per_th()).collect();
    (!new.is_empty()).then(|| new.iter().sum::<f64>() / new.len() as f64)
}

/// The most efficient machine of each half-year among those that [`network_efficiency`] counts,
/// oldest first; the earlier in the table of equal ones.
pub fn best_of_half_years(at: CalendarMonth) -> Vec<&'static Machine> {
    let mut best: Vec<(u32, &'static Machine)> = Vec::new();
    let mut counted = eligible(at);
    counted.sort_by_key(|counted| std::cmp::Reverse(counted.age_months));
    for Counted { machine, age_months, .. } in counted {
        let half_year = age_months / 6;
        match best.last_mut() {
            Some((of, before)) if *of == half_year => {
                if machine.j_per_th() < before.j_per_th() {
                    *before = machine;
                }
            }
            _ => best.push((half_year, machine)),
        }
    }
    best.into_iter().map(|(_, machine)| machine).collect()
}

/// A machine of the table that still counts.
struct Counted {
    machine: &'static Machine,
    age_months: u32,
    weight: f64,
}

/// Machines released before a month and young enough to have a weight.
fn eligible(at: CalendarMonth) -> Vec<Counted> {
    let counted = machines().iter().filter_map(|machine| {
        let age_months = u32::try_from(at.months_since(released(machine)?)).ok()?;
        let weight = *AGE_WEIGHTS.get(usize::try_from(age_months / 12).ok()?)?;
        (age_months > 0).then_some(Counted { machine, age_months, weight })
    });
    counted.collect()
}

/// Month of release; `None` where the table's text is no month, which a test rules out.
fn released(machine: &Machine) -> Option<CalendarMonth> {
    let (year, month) = machine.released.split_once('-')?;
    CalendarMonth::new(year.parse().ok()?, month.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use hashcost::Cohorts;

    use super::*;

    /// Sums of a few hundred terms in another order.
    const SUMS: f64 = 1e-13;

    fn month(year: i32, month: u32) -> CalendarMonth {
        CalendarMonth::new(year, month).unwrap()
    }

    /// Mean J/TH of a month from the text of the table: plain years and months, no machine counted
    /// before its release.
    fn mean_by_hand(year: u32, month: u32) -> (f64, usize) {
        let (mut sum, mut weights, mut models) = (0.0, 0.0, 0);
        for line in include_str!("tables/machines.csv").lines().skip(1) {
            let fields: Vec<&str> = line.split(',').collect();
            let number = |field: usize| -> f64 { fields[field].parse().unwrap() };
            let (y, m) = fields[2].split_once('-').unwrap();
            let (y, m): (u32, u32) = (y.parse().unwrap(), m.parse().unwrap());
            if (y, m) >= (year, month) {
                continue;
            }
            let birthdays = year - y - u32::from(month < m);
            let weight = match birthdays {
                0 => 1.0,
                1 => 0.8,
                2 => 0.6,
                3 => 0.4,
                4 => 0.2,
                _ => continue,
            };
            sum += weight * number(4) / number(3);
            weights += weight;
            models += 1;
        }
        (sum / weights, models)
    }

    #[test]
    fn every_machine_has_a_month_of_release() {
        assert!(machines().iter().all(|machine| released(machine).is_some()));
    }

    #[test]
    fn the_prices_are_medians_of_fifths_of_a_log_normal() {
        let prices = power_prices_usd_per_mwh();
        assert_eq!(prices[2], POWER_MEDIAN_USD_PER_MWH);
        for (price, rounded) in prices.into_iter().zip([30.6, 38.4, 45.0, 52.7, 66.1]) {
            assert!((price - rounded).abs() < 0.06, "{price}");
        }
        // The normal's distribution function at each z, by Simpson's rule over the density.
        for (bin, z) in NORMAL_MEDIANS.into_iter().enumerate() {
            let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
            let steps = 1_000;
            let width = z / f64::from(steps);
            let part = |step: u32| {
                let x = f64::from(step) * width;
                density(x) + 4.0 * density(x + 0.5 * width) + density(x + width)
            };
            let below = 0.5 + (0..steps).map(part).sum::<f64>() * width / 6.0;
            let expected = (bin as f64 + 0.5) / POWER_BINS as f64;
            assert!((below - expected).abs() < 1e-14, "{z}: {below}");
        }
    }

    #[test]
    fn cohorts_are_the_machines_at_every_price() {
        let rows = network_cohorts(month(2026, 10));
        assert!(rows.len() >= 300, "{}", rows.len());
        assert_eq!(rows.len(), mean_by_hand(2026, 10).1 * POWER_BINS);
        let sum: f64 = rows.iter().map(|row| row.th_per_s).sum();
        assert!((sum - 1.0).abs() < SUMS);
        let s21 = rows.iter().find(|row| row.id == "Antminer S21 200T @ 45.0").unwrap();
        let expected = (17.5, 45.0, 1.10, 32.0);
        assert_eq!((s21.j_per_th, s21.usd_per_mwh, s21.overhead, s21.age_months), expected);
        // Two years and eight months old: 0.6, where a new machine has 1.
        let new = rows.iter().find(|row| row.id == "Antminer S23 @ 30.6").unwrap();
        assert!((s21.th_per_s / new.th_per_s - 0.6).abs() < SUMS);
        // Released in the month itself, or five years before it.
        assert!(rows.iter().all(|row| (1.0..=59.0).contains(&row.age_months)));
    }

    #[test]
    fn cohorts_of_every_month_have_names_of_their_own_and_values_in_range() {
        assert!(network_cohorts(month(2015, 9)).is_empty());
        for ahead in 0..170 {
            let at = month(2015, 10).plus(ahead);
            let rows = network_cohorts(at);
            assert!(Cohorts::new(&rows).is_ok(), "{at}: {:?}", Cohorts::new(&rows));
        }
    }

    #[test]
    fn efficiency_is_that_of_the_method() {
        // The mean before overhead, computed beside the code from the same list.
        for (year, number, mean) in
            [(2024, 6, 24.83), (2025, 10, 18.93), (2026, 7, 16.92), (2026, 10, 16.80)]
        {
            let at = month(year, number);
            let by_hand = mean_by_hand(year.unsigned_abs(), number);
            assert!((by_hand.0 - mean).abs() < 0.005, "{at}: {}", by_hand.0);
            let found = network_efficiency(at, None).unwrap();
            assert!((found.guess_j_per_th / (1.10 * by_hand.0) - 1.0).abs() < SUMS, "{at}");
            assert_eq!(found.models, by_hand.1, "{at}");
            let rows = network_cohorts(at);
            let cohorts: f64 = rows.iter().map(|row| row.th_per_s * row.j_per_th).sum();
            assert!((cohorts / by_hand.0 - 1.0).abs() < SUMS, "{at}");
        }
    }

    #[test]
    fn only_machines_below_the_threshold_count() {
        let at = month(2026, 10);
        let all = network_efficiency(at, None).unwrap();
        assert!((all.min_j_per_th / (1.01 * 8_372.0 / 886.0) - 1.0).abs() < SUMS);
        let machine = (all.max_j_per_th / 1.20 * 1e9).round() / 1e9;
        assert!(network_efficiency(at, Some(machine + 1e-6)) == Some(all));
        let paying = network_efficiency(at, Some(machine - 1e-6)).unwrap();
        assert!(paying.models < all.models && paying.max_j_per_th < all.max_j_per_th);
        assert!(paying.guess_j_per_th < all.guess_j_per_th);
        assert_eq!(network_efficiency(at, Some(9.0)), None);
        assert_eq!(network_efficiency(month(2015, 9), None), None);
        // 36 USD/PH/day at 50 USD/MWh: 30 J/TH.
        assert!((profitable_j_per_th(0.036, 50.0) - 30.0).abs() < 1e-12);
    }

    #[test]
    fn contracts_renew_evenly_over_five_years() {
        let rows = network_cohorts(month(2026, 10));
        for group in (0..POWER_BINS).map(Some).chain([None]) {
            let of_group = |place: &usize| group.is_none_or(|bin| place % POWER_BINS == bin);
            let mut months: Vec<f64> =
                (0..rows.len()).filter(of_group).map(|place| rows[place].contract_months).collect();
            months.sort_by(f64::total_cmp);
            assert!(months.iter().all(|m| m.fract() == 0.0 && (1.0..=60.0).contains(m)));
            // The share of contracts that have renewed runs with time, at any price and over all.
            for (rank, month) in months.iter().enumerate() {
                let share = (rank as f64 + 0.5) / months.len() as f64;
                assert!((share - month / 60.0).abs() < 0.05, "{group:?}: {share} by {month}");
            }
        }
    }
}
