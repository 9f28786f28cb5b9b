//! When a machine model stops covering its electricity along a path, and whether it comes back.

use units::{ContractUsdPerMwh, Faults, FeeFrac, JPerTh, Overhead};

use super::NetworkPath;
use crate::error::Error;
use crate::formula::{electricity_usd_per_th_day, energy_mwh_per_th_day, hashcost_usd_per_ph_day};

/// A machine model at a site: what decides whether it runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Runner {
    /// Name of the model.
    pub id: String,
    /// Efficiency of the machine itself, J/TH. It stays; only the network's average moves.
    pub j_per_th: f64,
    /// Draw of the site per draw of the machine.
    pub overhead: f64,
    /// Power price at a power index of 1, the start of a mechanical or trend line, USD/MWh.
    pub usd_per_mwh: f64,
}

/// When a machine model stops along a path.
///
/// A model may stop, come back (a price that recovers) and stop again: [`month`](Death::month) is
/// the first month off, [`for_good`](Death::for_good) the one that no return follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Death {
    /// Name of the model.
    pub id: String,
    /// Gross hashprice at which it stops at a power index of 1, USD/PH/day.
    pub breakeven_usd_per_ph_day: f64,
    /// First month in which it does not cover its electricity; 0 if it is dead at the start, none
    /// if it runs through the whole path.
    pub month: Option<usize>,
    /// Gross hashprice of that month, USD/PH/day.
    pub hashprice_usd_per_ph_day: Option<f64>,
    /// Gross hashprice at which it stops at the power price of that month, USD/PH/day: at or above
    /// the hashprice.
    pub breakeven_then_usd_per_ph_day: Option<f64>,
    /// Last month in which it runs, if that comes after [`month`](Death::month): it comes back. None
    /// if it never does.
    pub last: Option<usize>,
    /// Month from which it is off to the end of the path; none if it runs in the last month.
    pub for_good: Option<usize>,
    /// Months in which it is off, here and there or to the end.
    pub months_off: usize,
}

/// When each machine model stops covering its electricity along a path.
///
/// # Formula
/// A model runs in month `m` where `hashprice_m > 24 e k p_m / (1 - fee)`: `e` J/TH (kW per PH/s),
/// `k` overhead, `p_m` power price in USD/kWh times the power index of `m`. Both sides are in
/// USD/PH/day before the pool fee. A tie stands still, as everywhere.
///
/// # Shapes
/// One entry a machine, in the order given; months count from month 0 of the path.
///
/// # Special cases
/// - Free power: runs wherever there is any revenue.
/// - A path without months: nobody dies.
/// - The path's end is the end of the answer: `for_good` says nothing about later months.
///
/// # Errors
/// [`Error::Invalid`] with every value out of its range; [`Error::LengthMismatch`] if hashprice and
/// power index of the path differ in length.
///
/// # Example
/// ```
/// use hashcost::projection::{DEFAULT_TREND, Line, Runner, Start, deaths, project};
/// let path = project(&Start::october_2025(0.015, 110_000.0), &Line::Trend(DEFAULT_TREND), 60)?;
/// let runner = |id: &str, j_per_th| Runner {
///     id: id.to_owned(),
///     j_per_th,
///     overhead: 1.0,
///     usd_per_mwh: 50.0,
/// };
/// let [old, new] = &deaths(&path, &[runner("old", 29.5), runner("new", 15.0)], 0.0)?[..] else {
///     panic!("one entry a machine")
/// };
/// // 29.5 kW for 24 hours at five cents; growth of the network ends it within two years.
/// assert!((old.breakeven_usd_per_ph_day - 35.4).abs() < 1e-12);
/// assert_eq!(path.start.plus(17).to_string(), "2027-03");
/// assert_eq!(old.month, Some(17));
/// assert_eq!(old.for_good, old.month);
/// // The halving of April 2028 ends the other in the first full month after it.
/// assert!((new.breakeven_usd_per_ph_day - 18.0).abs() < 1e-12);
/// assert_eq!(path.start.plus(31).to_string(), "2028-05");
/// assert_eq!(new.month, Some(31));
/// # Ok::<(), hashcost::Error>(())
/// ```
pub fn deaths(
    path: &NetworkPath,
    machines: &[Runner],
    pool_fee_frac: f64,
) -> Result<Vec<Death>, Error> {
    check(path, machines, pool_fee_frac)?;
    Ok(machines.iter().map(|machine| death(path, machine, pool_fee_frac)).collect())
}

/// When one model stops.
fn death(path: &NetworkPath, machine: &Runner, pool_fee_frac: f64) -> Death {
    let breakeven = |power_index: f64| {
        let energy = energy_mwh_per_th_day(machine.j_per_th, machine.overhead);
        let usd_per_th_day = electricity_usd_per_th_day(energy, machine.usd_per_mwh * power_index);
        hashcost_usd_per_ph_day(usd_per_th_day) / (1.0 - pool_fee_frac)
    };
    let hashprice = &path.hashprice_usd_per_ph_day;
    let runs: Vec<bool> = hashprice
        .iter()
        .zip(&path.power_index)
        .map(|(&hashprice, &power_index)| hashprice > breakeven(power_index))
        .collect();
    let month = runs.iter().position(|&runs| !runs);
    let last_running = runs.iter().rposition(|&runs| runs);
    let off_from = last_running.map_or(0, |last| last + 1);
    Death {
        id: machine.id.clone(),
        breakeven_usd_per_ph_day: breakeven(1.0),
        month,
        hashprice_usd_per_ph_day: month.map(|m| hashprice[m]),
        breakeven_then_usd_per_ph_day: month.map(|m| breakeven(path.power_index[m])),
        last: last_running.filter(|&last| month.is_some_and(|month| last > month)),
        for_good: (off_from < runs.len()).then_some(off_from),
        months_off: runs.iter().filter(|&&runs| !runs).count(),
    }
}

/// Every value that no month can be told from.
fn check(path: &NetworkPath, machines: &[Runner], pool_fee_frac: f64) -> Result<(), Error> {
    let (expected, found) = (path.hashprice_usd_per_ph_day.len(), path.power_index.len());
    if expected != found {
        return Err(Error::LengthMismatch { column: "power_index", expected, found });
    }
    let mut faults = Faults::default();
    for (row, machine) in machines.iter().enumerate() {
        faults.check::<JPerTh>(format!("machines[{row}].j_per_th"), machine.j_per_th);
        faults.check::<Overhead>(format!("machines[{row}].overhead"), machine.overhead);
        faults.check::<ContractUsdPerMwh>(
            format!("machines[{row}].usd_per_mwh"),
            machine.usd_per_mwh,
        );
    }
    faults.check::<FeeFrac>("pool_fee_frac", pool_fee_frac);
    faults.into_result().map_err(Error::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projection::{DEFAULT_TREND, Line, Start, project};
    use units::Code;

    /// A path of these hashprices and power indices.
    fn path(hashprice: &[f64], power_index: &[f64]) -> NetworkPath {
        let start = Start::october_2025(0.015, 110_000.0);
        NetworkPath {
            hashprice_usd_per_ph_day: hashprice.to_vec(),
            power_index: power_index.to_vec(),
            ..project(&start, &Line::Mechanical, hashprice.len()).unwrap()
        }
    }

    /// 20 J/TH at 50 USD/MWh: breaks even at 24 USD/PH/day.
    fn runner() -> Runner {
        Runner { id: "a".to_owned(), j_per_th: 20.0, overhead: 1.0, usd_per_mwh: 50.0 }
    }

    /// The one death of [`runner`] where power keeps its price.
    fn death_at(hashprice: &[f64]) -> Death {
        let path = path(hashprice, &vec![1.0; hashprice.len()]);
        deaths(&path, &[runner()], 0.0).unwrap().remove(0)
    }

    #[test]
    fn months_off_are_told_apart() {
        // Hashprices, first month off, last month of a return, off for good from, months off.
        let cases: [(&[f64], _, _, _, _); 9] = [
            // Never dies.
            (&[30.0, 25.0, 24.1], None, None, None, 0),
            // Dies and stays dead.
            (&[30.0, 20.0, 10.0], Some(1), None, Some(1), 2),
            // Dead from the start.
            (&[20.0, 20.0, 20.0], Some(0), None, Some(0), 3),
            // Dead at the start, comes to life and stays.
            (&[20.0, 30.0, 30.0], Some(0), Some(2), None, 1),
            // Dead at the start, lives a while.
            (&[20.0, 30.0, 20.0], Some(0), Some(1), Some(2), 2),
            // Dies, returns, dies for good.
            (&[30.0, 20.0, 30.0, 20.0, 20.0], Some(1), Some(2), Some(3), 3),
            // Dies and returns twice, and runs at the end.
            (&[30.0, 20.0, 30.0, 20.0, 30.0], Some(1), Some(4), None, 2),
            // Dies in the last month.
            (&[30.0, 30.0, 20.0], Some(2), None, Some(2), 1),
            // There are no months.
            (&[], None, None, None, 0),
        ];
        for (hashprice, month, last, for_good, months_off) in cases {
            let death = death_at(hashprice);
            assert_eq!(death.month, month, "{hashprice:?}");
            assert_eq!(death.last, last, "{hashprice:?}");
            assert_eq!(death.for_good, for_good, "{hashprice:?}");
            assert_eq!(death.months_off, months_off, "{hashprice:?}");
            assert_eq!(death.hashprice_usd_per_ph_day, month.map(|m| hashprice[m]));
            assert!((death.breakeven_usd_per_ph_day - 24.0).abs() < 1e-14);
            let then = death.breakeven_then_usd_per_ph_day;
            assert_eq!(then, month.map(|_| death.breakeven_usd_per_ph_day));
        }
    }

    #[test]
    fn a_tie_stands_still() {
        let exact = death_at(&[1.0]).breakeven_usd_per_ph_day;
        assert_eq!(death_at(&[exact]).month, Some(0));
        assert_eq!(death_at(&[exact.next_up()]).month, None);
        // Free power runs on any revenue.
        let free = Runner { usd_per_mwh: 0.0, ..runner() };
        let death = deaths(&path(&[1e-9, 0.0], &[1.0; 2]), &[free], 0.5).unwrap().remove(0);
        assert_eq!((death.breakeven_usd_per_ph_day, death.month), (0.0, Some(1)));
    }

    #[test]
    fn power_and_pool_fee_bring_death_nearer() {
        // The hashprice stays at 30; power rises from 50 to 65 USD/MWh, where 31.2 are needed.
        let path = path(&[30.0; 4], &[1.0, 1.2, 1.3, 1.1]);
        let death = deaths(&path, &[runner()], 0.0).unwrap().remove(0);
        assert_eq!((death.month, death.last, death.for_good), (Some(2), Some(3), None));
        assert!((death.breakeven_usd_per_ph_day - 24.0).abs() < 1e-14);
        assert!((death.breakeven_then_usd_per_ph_day.unwrap() - 31.2).abs() < 1e-14);
        // A pool that takes a tenth: 26.67 in month 0, and 32 in month 1.
        let death = deaths(&path, &[runner()], 0.1).unwrap().remove(0);
        assert_eq!((death.month, death.last, death.for_good), (Some(1), Some(3), None));
        assert!((death.breakeven_usd_per_ph_day - 24.0 / 0.9).abs() < 1e-14);
        // So does a site that draws a quarter more than its machines.
        let hot = Runner { overhead: 1.25, ..runner() };
        let death = deaths(&path, &[hot], 0.0).unwrap().remove(0);
        assert_eq!((death.month, death.for_good), (Some(0), Some(0)));
    }

    #[test]
    fn a_quoted_breakeven_comes_out() {
        // 21.5 J/TH at six cents: 30.96 USD/PH/day, under water at a hashprice of 30.
        let runner = Runner { j_per_th: 21.5, usd_per_mwh: 60.0, ..runner() };
        let death = deaths(&path(&[31.0, 30.0], &[1.0; 2]), &[runner], 0.0).unwrap().remove(0);
        assert!((death.breakeven_usd_per_ph_day - 30.96).abs() < 1e-12);
        assert_eq!(death.month, Some(1));
    }

    #[test]
    fn answers_keep_the_order_of_the_machines() {
        let start = Start::october_2025(0.015, 110_000.0);
        let path = project(&start, &Line::Trend(DEFAULT_TREND), 60).unwrap();
        let machines = [15.0, 38.0, 18.5, 29.5].map(|j_per_th| Runner {
            id: format!("{j_per_th} J/TH"),
            j_per_th,
            ..runner()
        });
        let found = deaths(&path, &machines, 0.01).unwrap();
        let ids: Vec<_> = found.iter().map(|death| death.id.as_str()).collect();
        assert_eq!(ids, ["15 J/TH", "38 J/TH", "18.5 J/TH", "29.5 J/TH"]);
        assert!(found.iter().all(|death| death.month.is_some() && death.last.is_none()));
        assert!(found[1].month < found[3].month && found[3].month < found[2].month);
        assert!(found[2].month <= found[0].month);
        assert_eq!(deaths(&path, &[], 0.01), Ok(vec![]));
    }

    #[test]
    fn all_faults_are_reported_together() {
        let bad = Runner { j_per_th: 0.02, overhead: f64::NAN, usd_per_mwh: 0.05, ..runner() };
        let path = path(&[30.0], &[1.0]);
        let Err(Error::Invalid(faults)) = deaths(&path, &[runner(), bad], 1.0) else {
            panic!("accepted")
        };
        let found: Vec<_> = faults.iter().map(|fault| (fault.code, fault.path.as_str())).collect();
        assert_eq!(
            found,
            [
                (Code::Range, "machines[1].j_per_th"),
                (Code::NotFinite, "machines[1].overhead"),
                (Code::Range, "machines[1].usd_per_mwh"),
                (Code::Range, "pool_fee_frac"),
            ]
        );
        let torn = NetworkPath { power_index: vec![1.0; 2], ..path };
        assert_eq!(
            deaths(&torn, &[runner()], 0.0),
            Err(Error::LengthMismatch { column: "power_index", expected: 1, found: 2 })
        );
    }
}
