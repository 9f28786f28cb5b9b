//! Cost of machines at many power prices: whole rows of a grid, and rows reduced on the fly.

use std::ops::Range;

use crate::formula::cost_usd;
use crate::kernel::{MAX_LANES, SumTree};
use crate::lanes::Real;

/// Cost of one machine at every price, USD/BTC.
///
/// # Shapes
/// `prices_usd_per_mwh` and `out` have the same length.
pub(crate) fn cost_row<R: Real>(
    mwh_per_btc: f64,
    rest_usd_per_btc: f64,
    prices_usd_per_mwh: &[f64],
    out: &mut [f64],
) {
    assert_eq!(prices_usd_per_mwh.len(), out.len(), "a cost for every price");
    let mwh = R::splat(mwh_per_btc);
    let rest = R::splat(rest_usd_per_btc);
    let mut blocks = prices_usd_per_mwh.chunks_exact(R::LANES);
    let mut out_blocks = out.chunks_exact_mut(R::LANES);
    for (prices, costs) in blocks.by_ref().zip(out_blocks.by_ref()) {
        cost_usd(mwh, R::load(prices), rest).store(costs);
    }
    let tail = blocks.remainder();
    if !tail.is_empty() {
        let mut padded = [0.0; MAX_LANES];
        padded[..tail.len()].copy_from_slice(tail);
        cost_usd(mwh, R::load(&padded), rest).store(&mut padded);
        out_blocks.into_remainder().copy_from_slice(&padded[..tail.len()]);
    }
}

/// What the reduction needs of the machines: columns of equal length.
#[derive(Clone, Copy)]
pub(crate) struct Machines<'a> {
    pub(crate) energy_mwh_per_th_day: &'a [f64],
    pub(crate) rest_usd_per_th_day: &'a [f64],
    pub(crate) units: &'a [f64],
    pub(crate) th_per_s: &'a [f64],
}

impl<'a> Machines<'a> {
    /// The same columns of some of the machines.
    fn block(&self, rows: Range<usize>) -> Machines<'a> {
        Machines {
            energy_mwh_per_th_day: &self.energy_mwh_per_th_day[rows.clone()],
            rest_usd_per_th_day: &self.rest_usd_per_th_day[rows.clone()],
            units: &self.units[rows.clone()],
            th_per_s: &self.th_per_s[rows],
        }
    }
}

/// Machines summed in order before their sum enters the tree.
const MACHINE_BLOCK: usize = 128;

/// Sums over the machines whose cost does not exceed a limit, at a tile of `N * LANES` prices:
/// machines, TH/s, and TH/s times USD/BTC.
///
/// Each lane belongs to a price and adds the same terms in the same order as any other carrier.
///
/// # Shapes
/// `prices_usd_per_mwh` and each of `out` have `N * R::LANES` entries.
pub(crate) fn reduce_tile<R: Real, const N: usize>(
    machines: Machines<'_>,
    th_days_per_btc: f64,
    limit_usd_per_btc: f64,
    prices_usd_per_mwh: &[f64],
    out: [&mut [f64]; 3],
) {
    let rows = machines.energy_mwh_per_th_day.len();
    assert_eq!(machines.rest_usd_per_th_day.len(), rows, "a rest for every machine");
    assert_eq!(machines.units.len(), rows, "units for every machine");
    assert_eq!(machines.th_per_s.len(), rows, "a hash rate for every machine");
    assert_eq!(prices_usd_per_mwh.len(), N * R::LANES, "a whole tile of prices");

    let limit = R::splat(limit_usd_per_btc);
    let mut prices = [R::splat(0.0); N];
    for (register, lanes) in prices.iter_mut().zip(prices_usd_per_mwh.chunks_exact(R::LANES)) {
        *register = R::load(lanes);
    }
    let mut trees = [SumTree::<R, N>::new(), SumTree::<R, N>::new(), SumTree::<R, N>::new()];
    for first in (0..rows).step_by(MACHINE_BLOCK) {
        let block = machines.block(first..(first + MACHINE_BLOCK).min(rows));
        for (tree, sums) in trees.iter_mut().zip(block_sums(block, th_days_per_btc, limit, &prices))
        {
            tree.push(sums);
        }
    }
    for (tree, out) in trees.iter().zip(out) {
        for (register, lanes) in tree.total().into_iter().zip(out.chunks_exact_mut(R::LANES)) {
            register.store(lanes);
        }
    }
}

/// The three sums over one block of machines, in order.
///
/// Not inlined: beside the tree the optimiser takes the accumulators apart and puts them together
/// again for every machine.
#[inline(never)]
fn block_sums<R: Real, const N: usize>(
    block: Machines<'_>,
    th_days_per_btc: f64,
    limit_usd_per_btc: R,
    prices_usd_per_mwh: &[R; N],
) -> [[R; N]; 3] {
    let zero = R::splat(0.0);
    let mut counts = [zero; N];
    let mut hash_rates = [zero; N];
    let mut weighted = [zero; N];
    let costs = block.energy_mwh_per_th_day.iter().zip(block.rest_usd_per_th_day);
    for ((&energy, &rest), (&units, &th)) in costs.zip(block.units.iter().zip(block.th_per_s)) {
        let mwh = R::splat(energy * th_days_per_btc);
        let rest = R::splat(rest * th_days_per_btc);
        let units = R::splat(units);
        let th = R::splat(th);
        for lane in 0..N {
            let cost = cost_usd(mwh, prices_usd_per_mwh[lane], rest);
            let within = cost.le(limit_usd_per_btc);
            let th_within = R::select(within, th, zero);
            counts[lane] = counts[lane] + R::select(within, units, zero);
            hash_rates[lane] = hash_rates[lane] + th_within;
            weighted[lane] = th_within.mul_add(cost, weighted[lane]);
        }
    }
    [counts, hash_rates, weighted]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::Lanes;

    /// Sums differ between carriers in roundings only.
    const CARRIER_TOLERANCE: f64 = 1e-12;

    #[test]
    fn lanes_agree_with_the_reference_at_every_length_and_offset() {
        let prices: Vec<f64> = (0..40).map(|i| -40.0 + 3.7 * f64::from(i)).collect();
        for length in 0..=33 {
            for offset in 0..4 {
                let prices = &prices[offset..offset + length];
                let mut reference = vec![f64::NAN; length];
                let mut lanes = vec![f64::NAN; length];
                cost_row::<f64>(1_234.5, 9_876.5, prices, &mut reference);
                cost_row::<Lanes>(1_234.5, 9_876.5, prices, &mut lanes);
                for ((price, a), b) in prices.iter().zip(&reference).zip(&lanes) {
                    let terms = (1_234.5 * price).abs() + 9_876.5;
                    assert!((a - b).abs() <= CARRIER_TOLERANCE * terms, "{length} from {offset}");
                }
            }
        }
    }

    #[test]
    fn a_tile_reduces_what_a_row_would_hold() {
        let energy: Vec<f64> = (0..300).map(|i| 3.0e-4 + 1.0e-6 * f64::from(i % 97)).collect();
        let rest: Vec<f64> = (0..300).map(|i| 1.0e-2 + 1.0e-4 * f64::from(i % 31)).collect();
        let units: Vec<f64> = (0..300).map(|i| f64::from(1 + i % 3)).collect();
        let th_per_s: Vec<f64> = (0..300).map(|i| f64::from(90 + i)).collect();
        let prices: Vec<f64> = (0..16).map(|i| 5.0 * f64::from(i)).collect();
        for rows in [0, 1, 127, 128, 129, 300] {
            let machines = Machines {
                energy_mwh_per_th_day: &energy[..rows],
                rest_usd_per_th_day: &rest[..rows],
                units: &units[..rows],
                th_per_s: &th_per_s[..rows],
            };
            let mut out = [[0.0; 16]; 3];
            let [counts, hash_rates, weighted] = &mut out;
            reduce_tile::<Lanes, 2>(
                machines,
                2.4e6,
                60_000.0,
                &prices,
                [counts, hash_rates, weighted],
            );
            for (place, price) in prices.iter().enumerate() {
                let mut naive = [0.0; 3];
                for row in 0..rows {
                    let cost = (energy[row] * price + rest[row]) * 2.4e6;
                    if cost <= 60_000.0 {
                        naive[0] += units[row];
                        naive[1] += th_per_s[row];
                        naive[2] += th_per_s[row] * cost;
                    }
                }
                assert_eq!(out[0][place], naive[0], "machines of {rows} at {price}");
                assert_eq!(out[1][place], naive[1], "TH/s of {rows} at {price}");
                let error = (out[2][place] - naive[2]).abs();
                assert!(error <= CARRIER_TOLERANCE * naive[2], "cost of {rows} at {price}");
            }
        }
    }
}
