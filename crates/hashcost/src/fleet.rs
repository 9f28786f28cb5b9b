//! A fleet: machines as columns, and the one door from typed rows to slices.

use std::collections::BTreeMap;

use units::{Code, JPerTh, Overhead, ThPerS, Units, UptimeFrac, UsdPerThDay, Violation};

use crate::cost::Level;
use crate::error::Error;
use crate::formula::{energy_mwh_per_th_day, rest_usd_per_th_day};
use units::Faults;

/// A class of equal machines, as it is agreed and listed.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// Name of the class, unique in its fleet.
    pub id: String,
    /// Machines of the class, above 0.
    pub units: Units,
    /// Hash rate of one machine.
    pub th_per_s: ThPerS,
    /// Efficiency of the machine itself, without the site.
    pub efficiency_j_per_th: JPerTh,
    /// Draw of the site per draw of the machine.
    pub overhead: Overhead,
    /// Share of time that it runs.
    pub uptime_frac: UptimeFrac,
    /// Costs of a running TH/s and day besides electricity: hosting, repair, site labour.
    pub direct_usd_per_th_day: UsdPerThDay,
    /// Curtailment credits of a running TH/s and day, as a positive number.
    pub credits_usd_per_th_day: UsdPerThDay,
    /// Costs of an installed TH/s and day: administration, depreciation, interest, stock pay.
    pub fixed_usd_per_th_day: UsdPerThDay,
}

/// Machines as columns, one entry a class, sorted by id.
///
/// The order of the rows given leaves no trace in any result: they are sorted by id first, and sums
/// run over a fixed tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    pub(crate) ids: Vec<String>,
    pub(crate) given_rows: Vec<usize>,
    pub(crate) units: Vec<f64>,
    pub(crate) th_per_s: Vec<f64>,
    pub(crate) efficiency_j_per_th: Vec<f64>,
    pub(crate) overhead: Vec<f64>,
    pub(crate) uptime_frac: Vec<f64>,
    pub(crate) direct_usd_per_th_day: Vec<f64>,
    pub(crate) credits_usd_per_th_day: Vec<f64>,
    pub(crate) fixed_usd_per_th_day: Vec<f64>,
}

impl Fleet {
    /// The columns of typed rows.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every empty or repeated id and every class without units, and for a
    /// fleet without machines.
    pub fn new(machines: &[Machine]) -> Result<Self, Error> {
        check(machines)?;
        let mut given_rows: Vec<usize> = (0..machines.len()).collect();
        given_rows.sort_by(|&a, &b| machines[a].id.cmp(&machines[b].id));
        let column = |value: fn(&Machine) -> f64| {
            given_rows.iter().map(|&row| value(&machines[row])).collect()
        };
        Ok(Self {
            ids: given_rows.iter().map(|&row| machines[row].id.clone()).collect(),
            units: column(|m| m.units.get()),
            th_per_s: column(|m| m.th_per_s.get()),
            efficiency_j_per_th: column(|m| m.efficiency_j_per_th.get()),
            overhead: column(|m| m.overhead.get()),
            uptime_frac: column(|m| m.uptime_frac.get()),
            direct_usd_per_th_day: column(|m| m.direct_usd_per_th_day.get()),
            credits_usd_per_th_day: column(|m| m.credits_usd_per_th_day.get()),
            fixed_usd_per_th_day: column(|m| m.fixed_usd_per_th_day.get()),
            given_rows,
        })
    }

    /// Ids of the classes in the order of every result: sorted.
    pub fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Position in the rows given to [`Fleet::new`] of each class, in the order of every result.
    pub fn given_rows(&self) -> &[usize] {
        &self.given_rows
    }

    /// Installed hash rate of each class, TH/s.
    pub(crate) fn installed_th_per_s(&self) -> Vec<f64> {
        self.units.iter().zip(&self.th_per_s).map(|(units, th)| units * th).collect()
    }

    /// Hash rate of each class while it runs, on average over time, TH/s.
    pub(crate) fn running_th_per_s(&self) -> Vec<f64> {
        let installed = self.installed_th_per_s();
        installed.iter().zip(&self.uptime_frac).map(|(th, uptime)| th * uptime).collect()
    }

    /// Energy of a running TH/s and day of each class, MWh.
    pub(crate) fn energy_mwh_per_th_day(&self) -> Vec<f64> {
        let rows = self.efficiency_j_per_th.iter().zip(&self.overhead);
        rows.map(|(&efficiency, &overhead)| energy_mwh_per_th_day(efficiency, overhead)).collect()
    }

    /// Costs besides electricity of a running TH/s and day of each class at a level, USD.
    pub(crate) fn rest_usd_per_th_day(&self, level: Level) -> Vec<f64> {
        (0..self.ids.len()).map(|row| self.rest_of(row, level)).collect()
    }

    /// Costs besides electricity of one class at a level, USD per running TH/s and day.
    pub(crate) fn rest_of(&self, row: usize, level: Level) -> f64 {
        let direct = self.direct_usd_per_th_day[row];
        let credits = self.credits_usd_per_th_day[row];
        let all_in =
            || rest_usd_per_th_day(direct, self.fixed_usd_per_th_day[row], self.uptime_frac[row]);
        match level {
            Level::Electricity => 0.0,
            Level::DirectBeforeCredits => direct,
            Level::AllInBeforeCredits => all_in(),
            Level::Direct => direct - credits,
            Level::AllIn => all_in() - credits,
        }
    }
}

/// What the ranges of the typed rows cannot say.
fn check(machines: &[Machine]) -> Result<(), Error> {
    let mut faults = Faults::default();
    if machines.is_empty() {
        faults.push(Violation::new(Code::Missing, "machines").allowed("at least one machine"));
    }
    let mut first_rows: BTreeMap<&str, usize> = BTreeMap::new();
    for (row, machine) in machines.iter().enumerate() {
        if machine.id.is_empty() {
            let fault = Violation::new(Code::Missing, format!("machines[{row}].id"));
            faults.push(fault.allowed("a name"));
        } else if let Some(first) = first_rows.get(machine.id.as_str()) {
            let fault = Violation::new(Code::Duplicate, format!("machines[{row}].id"));
            faults.push(fault.value(&machine.id).allowed(format!("unlike machines[{first}].id")));
        } else {
            first_rows.insert(&machine.id, row);
        }
        if machine.units.get() == 0.0 {
            let fault = Violation::new(Code::Range, format!("machines[{row}].units"));
            faults.push(fault.value(0.0).unit("units").allowed("allowed above 0"));
        }
    }
    faults.into_result().map_err(Error::Invalid)
}

/// Rows for the tests of this crate.
#[cfg(test)]
pub(crate) mod rows {
    use super::{Fleet, Machine};
    use units::{JPerTh, Overhead, ThPerS, Units, UptimeFrac, UsdPerThDay};

    /// A class by its numbers: units, TH/s, J/TH, overhead, uptime, direct, credits, fixed.
    pub(crate) fn machine(id: &str, numbers: [f64; 8]) -> Machine {
        let [units, th, efficiency, overhead, uptime, direct, credits, fixed] = numbers;
        Machine {
            id: id.to_owned(),
            units: Units::new(units).unwrap(),
            th_per_s: ThPerS::new(th).unwrap(),
            efficiency_j_per_th: JPerTh::new(efficiency).unwrap(),
            overhead: Overhead::new(overhead).unwrap(),
            uptime_frac: UptimeFrac::new(uptime).unwrap(),
            direct_usd_per_th_day: UsdPerThDay::new(direct).unwrap(),
            credits_usd_per_th_day: UsdPerThDay::new(credits).unwrap(),
            fixed_usd_per_th_day: UsdPerThDay::new(fixed).unwrap(),
        }
    }

    /// A made-up fleet of `rows` classes that differ in everything.
    pub(crate) fn varied(rows: usize) -> Fleet {
        let machines: Vec<Machine> = (0..rows)
            .map(|row| {
                let step = |k: f64| ((row as f64 + 1.0) * k).fract();
                machine(
                    &format!("class {row:05}"),
                    [
                        1.0 + (row % 7) as f64,
                        90.0 + 310.0 * step(0.618),
                        13.0 + 27.0 * step(0.755),
                        1.02 + 0.1 * step(0.57),
                        0.9 + 0.09 * step(0.819),
                        0.004 * step(0.671),
                        0.002 * step(0.55),
                        0.016 * step(0.32),
                    ],
                )
            })
            .collect();
        Fleet::new(&machines).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_sorted_by_id_and_know_their_rows() {
        let row = |id| rows::machine(id, [2.0, 100.0, 20.0, 1.1, 0.9, 0.01, 0.004, 0.018]);
        let fleet = Fleet::new(&[row("b"), row("c"), row("a")]).unwrap();
        assert_eq!(fleet.ids(), ["a", "b", "c"]);
        assert_eq!(fleet.given_rows(), [2, 0, 1]);
        assert_eq!(fleet.installed_th_per_s(), [200.0; 3]);
        assert_eq!(fleet.running_th_per_s(), [180.0; 3]);
        assert_eq!(fleet.energy_mwh_per_th_day(), [20.0 * 1.1 * 24e-6; 3]);
        for (level, rest) in [
            (Level::Electricity, 0.0),
            (Level::DirectBeforeCredits, 0.01),
            (Level::AllInBeforeCredits, 0.03),
            (Level::Direct, 0.006),
            (Level::AllIn, 0.026),
        ] {
            assert!((fleet.rest_usd_per_th_day(level)[0] - rest).abs() < 1e-17, "{level:?}");
        }
    }

    #[test]
    fn every_fault_of_a_fleet_is_reported() {
        let none = rows::machine("a", [0.0, 100.0, 20.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
        let mut unnamed = none.clone();
        unnamed.id.clear();
        unnamed.units = Units::new(1.0).unwrap();
        let Err(Error::Invalid(faults)) = Fleet::new(&[none.clone(), unnamed, none]) else {
            panic!("accepted")
        };
        let found: Vec<_> = faults.iter().map(|fault| (fault.code, fault.path.as_str())).collect();
        assert_eq!(
            found,
            [
                (Code::Range, "machines[0].units"),
                (Code::Missing, "machines[1].id"),
                (Code::Duplicate, "machines[2].id"),
                (Code::Range, "machines[2].units"),
            ]
        );
        assert!(Fleet::new(&[]).is_err());
    }
}
