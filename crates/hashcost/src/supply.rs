//! The supply curve of a fleet: hash rate by rising cost.

use units::SpotUsdPerMwh;

use crate::cost::Level;
use crate::error::Error;
use crate::fleet::Fleet;
use crate::formula::cost_usd;
use units::Faults;

/// Hash rate that runs at or below each cost: columns, one entry a class, cheapest first.
#[derive(Clone, Debug, PartialEq)]
pub struct SupplyCurve {
    /// Cost of the class, USD per TH/s-day, rising.
    pub usd_per_th_day: Vec<f64>,
    /// Running hash rate of this class and every cheaper one, TH/s.
    pub cumulative_th_per_s: Vec<f64>,
    /// Place of the class in [`Fleet::ids`].
    pub rows: Vec<usize>,
}

/// The merit order of a fleet at one power price and level of cost.
///
/// # Special cases
/// Equal costs keep the order of [`Fleet::ids`].
///
/// # Errors
/// [`Error::Invalid`] if the power price is out of its range.
pub fn supply_curve(
    fleet: &Fleet,
    level: Level,
    price_usd_per_mwh: f64,
) -> Result<SupplyCurve, Error> {
    let mut faults = Faults::default();
    faults.check::<SpotUsdPerMwh>("price_usd_per_mwh", price_usd_per_mwh);
    faults.into_result().map_err(Error::Invalid)?;
    let energy = fleet.energy_mwh_per_th_day();
    let rest = fleet.rest_usd_per_th_day(level);
    let running = fleet.running_th_per_s();
    let costs: Vec<f64> =
        energy.iter().zip(&rest).map(|(&e, &rest)| cost_usd(e, price_usd_per_mwh, rest)).collect();
    let mut rows: Vec<usize> = (0..costs.len()).collect();
    rows.sort_by(|&a, &b| costs[a].total_cmp(&costs[b]));
    let cumulative_th_per_s = rows
        .iter()
        .scan(0.0, |total, &row| {
            *total += running[row];
            Some(*total)
        })
        .collect();
    Ok(SupplyCurve {
        usd_per_th_day: rows.iter().map(|&row| costs[row]).collect(),
        cumulative_th_per_s,
        rows,
    })
}

impl SupplyCurve {
    /// Running hash rate that costs at most this much, TH/s.
    ///
    /// # Example
    /// A net hash value of 0.04 USD per TH/s-day keeps `curve.th_per_s_at(0.04)` running if the
    /// curve is one of cash costs.
    pub fn th_per_s_at(&self, usd_per_th_day: f64) -> f64 {
        let classes = self.usd_per_th_day.partition_point(|&cost| cost <= usd_per_th_day);
        classes.checked_sub(1).map_or(0.0, |last| self.cumulative_th_per_s[last])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::rows::{machine, varied};

    /// The curve's meaning, read off the fleet without an order.
    fn th_per_s_at_reference(fleet: &Fleet, level: Level, price: f64, usd_per_th_day: f64) -> f64 {
        let rows = fleet.energy_mwh_per_th_day().into_iter().zip(fleet.rest_usd_per_th_day(level));
        rows.zip(fleet.running_th_per_s())
            .filter(|((energy, rest), _)| cost_usd(*energy, price, *rest) <= usd_per_th_day)
            .map(|(_, th)| th)
            .sum()
    }

    #[test]
    fn the_curve_counts_what_pays() {
        let fleet = varied(150);
        for level in Level::ALL {
            for price in [-20.0, 0.0, 45.0] {
                let curve = supply_curve(&fleet, level, price).unwrap();
                assert!(curve.usd_per_th_day.is_sorted());
                assert!(curve.cumulative_th_per_s.is_sorted());
                for limit in [-1.0, 0.0, 0.005, 0.02, 0.03, 1.0] {
                    let expected = th_per_s_at_reference(&fleet, level, price, limit);
                    assert!((curve.th_per_s_at(limit) - expected).abs() <= 1e-12 * expected);
                }
            }
        }
    }

    #[test]
    fn equal_costs_keep_the_order_of_ids() {
        let numbers = [1.0, 100.0, 20.0, 1.0, 0.5, 0.0, 0.0, 0.0];
        let fleet = Fleet::new(&["c", "a", "b"].map(|id| machine(id, numbers))).unwrap();
        let curve = supply_curve(&fleet, Level::Electricity, 50.0).unwrap();
        assert_eq!(curve.rows, [0, 1, 2]);
        assert_eq!(curve.cumulative_th_per_s, [50.0, 100.0, 150.0]);
        assert!(supply_curve(&fleet, Level::Electricity, f64::NAN).is_err());
    }
}
