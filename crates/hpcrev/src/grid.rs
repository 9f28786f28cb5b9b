//! Value per critical MW over two inputs at once: what a heat map shows.

use ndarray::Array2;
#[cfg(feature = "parallel")]
use rayon::prelude::*;

use crate::cloud::GpuCloud;
use crate::delivery::{Delivery, PlanMonths, RentFactor};
use crate::lease::Lease;
use crate::proforma::{cloud_proforma, lease_proforma};
use crate::value::dcf_usd;

/// Value of a leased hall in USD per critical MW over rents and costs of the hall.
///
/// # Formula
/// [`dcf_usd`] of [`lease_proforma`] for a commitment in month 0, without exit value.
///
/// # Shapes
/// `[rents, capex]`. Rows are computed in parallel under the feature `parallel`, with the same bits
/// without it.
///
/// # Example
/// ```
/// use hpcrev::{Delivery, Lease, PlanMonths, lease_value_grid_usd};
/// let months = PlanMonths { hours: &[730.0; 12], usd_per_mwh: &[50.0; 12] };
/// let lease = Lease::plain(1.0, 0.0, 12);
/// let delivery = Delivery::at_once(1.0);
/// let grid = lease_value_grid_usd(&lease, &delivery, &months, 0.0, &[100.0, 200.0], &[1e6, 2e6]);
/// // 2.4 M$ of rent for a hall of 1 M$.
/// assert!((grid[[1, 0]] - 1.4e6).abs() < 1e-6);
/// ```
pub fn lease_value_grid_usd(
    lease: &Lease,
    delivery: &Delivery,
    months: &PlanMonths<'_>,
    rate_frac: f64,
    rents_usd_per_kw_month: &[f64],
    capex_usd_per_critical_mw: &[f64],
) -> Array2<f64> {
    grid(rents_usd_per_kw_month, capex_usd_per_critical_mw, |rent, capex| {
        let lease = Lease { rent_first_usd_per_kw_month: rent, ..lease.clone() };
        let delivery = Delivery { capex_usd_per_critical_mw: capex, ..delivery.clone() };
        let hall = lease_proforma(&lease, &delivery, 0, months, &RentFactor::SIGNED);
        dcf_usd(&hall, rate_frac, 0, 0.0)
    })
}

/// Value of a GPU cloud in USD per critical MW over spot prices and how fast they fall.
///
/// # Formula
/// [`dcf_usd`] of [`cloud_proforma`] for a commitment in month 0, without exit value.
///
/// # Shapes
/// `[spot prices, decays]`. Rows are computed in parallel under the feature `parallel`, with the
/// same bits without it.
///
/// # Example
/// ```
/// use hpcrev::{Delivery, GpuCloud, PlanMonths, cloud_value_grid_usd};
/// let months = PlanMonths { hours: &[730.0; 12], usd_per_mwh: &[50.0; 12] };
/// let cloud = GpuCloud { load_factor: 0.0, ..GpuCloud::flat(1_000.0, 12) };
/// let grid =
///     cloud_value_grid_usd(&cloud, &Delivery::at_once(1e6), &months, 0.0, &[1.0, 2.0], &[0.0, 0.2]);
/// // A thousand GPUs at 1 USD an hour bring 8.76 M$ a year.
/// assert!((grid[[0, 0]] - 7.76e6).abs() < 1e-6);
/// assert!(grid[[1, 1]] < grid[[1, 0]]);
/// ```
pub fn cloud_value_grid_usd(
    cloud: &GpuCloud,
    delivery: &Delivery,
    months: &PlanMonths<'_>,
    rate_frac: f64,
    spots_usd_per_gpu_h: &[f64],
    decays_frac: &[f64],
) -> Array2<f64> {
    grid(spots_usd_per_gpu_h, decays_frac, |spot, decay| {
        let cloud = GpuCloud { spot_usd_per_gpu_h: spot, decay_frac: decay, ..cloud.clone() };
        let hall = cloud_proforma(&cloud, delivery, 0, months, &RentFactor::SIGNED);
        dcf_usd(&hall, rate_frac, 0, 0.0)
    })
}

/// A value for every pair of a row's and a column's input.
fn grid(rows: &[f64], columns: &[f64], value: impl Fn(f64, f64) -> f64 + Sync) -> Array2<f64> {
    let fill =
        |row: f64| -> Vec<f64> { columns.iter().map(|column| value(row, *column)).collect() };
    #[cfg(feature = "parallel")]
    let filled: Vec<Vec<f64>> = rows.par_iter().map(|row| fill(*row)).collect();
    #[cfg(not(feature = "parallel"))]
    let filled: Vec<Vec<f64>> = rows.iter().map(|row| fill(*row)).collect();
    Array2::from_shape_fn((rows.len(), columns.len()), |(row, column)| filled[row][column])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_is_the_value_of_its_own_hall() {
        let months = PlanMonths { hours: &[730.0; 180], usd_per_mwh: &[45.0; 180] };
        let lease = Lease::plain(1.0, 0.03, 144);
        let delivery = Delivery { months_to_deliver: 12, ..Delivery::at_once(1.0) };
        let (rents, capex) = ([90.0, 130.0, 170.0], [8e6, 10e6, 12e6, 14e6]);
        let values = lease_value_grid_usd(&lease, &delivery, &months, 0.1, &rents, &capex);
        assert_eq!(values.shape(), [3, 4]);
        for (row, rent) in rents.iter().enumerate() {
            for (column, capex) in capex.iter().enumerate() {
                let lease = Lease::plain(*rent, 0.03, 144);
                let delivery = Delivery { months_to_deliver: 12, ..Delivery::at_once(*capex) };
                let hall = lease_proforma(&lease, &delivery, 0, &months, &RentFactor::SIGNED);
                let alone = dcf_usd(&hall, 0.1, 0, 0.0);
                assert_eq!(values[[row, column]].to_bits(), alone.to_bits());
            }
        }
        assert_eq!(lease_value_grid_usd(&lease, &delivery, &months, 0.1, &[], &capex).len(), 0);
    }
}
