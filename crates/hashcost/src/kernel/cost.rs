//! Cost of machines at many power prices: whole rows of a grid, and rows reduced on the fly.

use crate::formula::cost_usd;
use crate::kernel::MAX_LANES;
use crate::lanes::Real;

/// Consecutive rows of a cost grid: their machines, and the prices of each row.
#[derive(Clone, Copy)]
pub(crate) struct CostRows<'a> {
    /// Energy of each machine per bitcoin, MWh.
    pub(crate) mwh_per_btc: &'a [f64],
    /// Costs of each machine besides electricity, USD per bitcoin.
    pub(crate) rest_usd_per_btc: &'a [f64],
    /// Power prices of every row.
    pub(crate) prices_usd_per_mwh: &'a [f64],
}

/// Cost of each machine at every price, USD/BTC; with `STREAMED` past the caches.
///
/// # Shapes
/// `out`: `[machines, prices]`.
#[inline(always)]
pub(crate) fn cost_rows<R: Real, const STREAMED: bool>(rows: CostRows<'_>, out: &mut [f64]) {
    let prices = rows.prices_usd_per_mwh;
    let machines = rows.mwh_per_btc.len();
    assert_eq!(rows.rest_usd_per_btc.len(), machines, "a rest for every machine");
    assert_eq!(machines * prices.len(), out.len(), "a cost for every machine and price");
    assert!(!prices.is_empty(), "rows have prices");
    let machines = rows.mwh_per_btc.iter().zip(rows.rest_usd_per_btc);
    for ((&mwh, &rest), row) in machines.zip(out.chunks_exact_mut(prices.len())) {
        let (mwh, rest) = (R::splat(mwh), R::splat(rest));
        // Whole registers go to whole lines of the cache: streams need it, and other stores would
        // touch two lines each. What stands before the first line takes the padded way.
        let head = to_next_line(row);
        let (head_prices, prices) = prices.split_at(head);
        let (head_row, row) = row.split_at_mut(head);
        cost_padded(mwh, rest, head_prices, head_row);
        let mut blocks = prices.chunks_exact(R::LANES);
        let mut out_blocks = row.chunks_exact_mut(R::LANES);
        for (prices, costs) in blocks.by_ref().zip(out_blocks.by_ref()) {
            let cost = cost_usd(mwh, R::load(prices), rest);
            if STREAMED { cost.stream(costs) } else { cost.store(costs) }
        }
        cost_padded(mwh, rest, blocks.remainder(), out_blocks.into_remainder());
    }
}

/// Places before the first that starts a line of the cache, at most all of them.
#[inline(always)]
fn to_next_line(row: &[f64]) -> usize {
    let bytes = row.as_ptr().addr() % LINE_BYTES;
    let places = (LINE_BYTES - bytes) % LINE_BYTES / size_of::<f64>();
    places.min(row.len())
}

/// Bytes of a line of the cache.
const LINE_BYTES: usize = 64;

/// Cost at fewer prices than a block has, through the block's code.
#[inline(always)]
fn cost_padded<R: Real>(mwh: R, rest: R, prices_usd_per_mwh: &[f64], out: &mut [f64]) {
    if prices_usd_per_mwh.is_empty() {
        return;
    }
    let mut padded = [0.0; MAX_LANES];
    padded[..out.len()].copy_from_slice(prices_usd_per_mwh);
    for lanes in padded.chunks_exact_mut(R::LANES) {
        cost_usd(mwh, R::load(lanes), rest).store(lanes);
    }
    out.copy_from_slice(&padded[..out.len()]);
}

/// What the reduction needs of the machines: columns of equal length.
#[derive(Clone, Copy)]
pub(crate) struct Machines<'a> {
    /// Energy of each machine per bitcoin, MWh.
    pub(crate) mwh_per_btc: &'a [f64],
    /// Costs of each machine besides electricity, USD per bitcoin.
    pub(crate) rest_usd_per_btc: &'a [f64],
    /// Machines of each class.
    pub(crate) units: &'a [f64],
    /// Installed hash rate of each class.
    pub(crate) th_per_s: &'a [f64],
}

/// Sums over the machines of a block whose cost does not exceed a limit, at each price: machines,
/// TH/s, and TH/s times USD/BTC.
///
/// Each lane belongs to a price and adds the same terms in the same order on any carrier; `N`
/// registers of prices go through the machines together.
///
/// # Shapes
/// `prices_usd_per_mwh` and each of `out` have the same length, a multiple of [`MAX_LANES`].
#[inline(always)]
pub(crate) fn reduce_block<R: Real, const N: usize>(
    machines: Machines<'_>,
    limit_usd_per_btc: f64,
    prices_usd_per_mwh: &[f64],
    out: [&mut [f64]; 3],
) {
    let rows = machines.mwh_per_btc.len();
    assert_eq!(machines.rest_usd_per_btc.len(), rows, "a rest for every machine");
    assert_eq!(machines.units.len(), rows, "units for every machine");
    assert_eq!(machines.th_per_s.len(), rows, "a hash rate for every machine");
    let prices = prices_usd_per_mwh.len();
    assert!(prices.is_multiple_of(MAX_LANES), "whole registers of prices");
    for column in &out {
        assert_eq!(column.len(), prices, "a sum for every price");
    }
    let [counts, hash_rates, weighted] = out;
    let together = prices - prices % (N * R::LANES);
    for first in (0..together).step_by(N * R::LANES) {
        let sums = sums_at::<R, N>(machines, limit_usd_per_btc, &prices_usd_per_mwh[first..]);
        store(sums, [&mut counts[first..], &mut hash_rates[first..], &mut weighted[first..]]);
    }
    for first in (together..prices).step_by(R::LANES) {
        let sums = sums_at::<R, 1>(machines, limit_usd_per_btc, &prices_usd_per_mwh[first..]);
        store(sums, [&mut counts[first..], &mut hash_rates[first..], &mut weighted[first..]]);
    }
}

/// The three sums at `N` registers of prices, the machines in order.
#[inline(always)]
fn sums_at<R: Real, const N: usize>(
    machines: Machines<'_>,
    limit_usd_per_btc: f64,
    prices_usd_per_mwh: &[f64],
) -> [[R; N]; 3] {
    let zero = R::splat(0.0);
    let limit = R::splat(limit_usd_per_btc);
    let mut prices = [zero; N];
    for (register, prices) in prices.iter_mut().enumerate() {
        *prices = R::load(&prices_usd_per_mwh[register * R::LANES..]);
    }
    let mut counts = [zero; N];
    let mut hash_rates = [zero; N];
    let mut weighted = [zero; N];
    let costs = machines.mwh_per_btc.iter().zip(machines.rest_usd_per_btc);
    let weights = machines.units.iter().zip(machines.th_per_s);
    for ((&mwh, &rest), (&units, &th)) in costs.zip(weights) {
        let (mwh, rest) = (R::splat(mwh), R::splat(rest));
        let (units, th) = (R::splat(units), R::splat(th));
        for register in 0..N {
            let cost = cost_usd(mwh, prices[register], rest);
            let within = cost.le(limit);
            counts[register] = counts[register].add_where(within, units);
            hash_rates[register] = hash_rates[register].add_where(within, th);
            weighted[register] = weighted[register].mul_add_where(within, th, cost);
        }
    }
    [counts, hash_rates, weighted]
}

/// Writes registers of each sum one after the other.
#[inline(always)]
fn store<R: Real, const N: usize>(sums: [[R; N]; 3], out: [&mut [f64]; 3]) {
    for (registers, column) in sums.iter().zip(out) {
        for (place, register) in registers.iter().enumerate() {
            register.store(&mut column[place * R::LANES..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{F64x8, Lanes};

    /// Without a fused multiply-add results differ in roundings.
    const ROUNDING_TOLERANCE: f64 = 1e-12;

    fn rows<R: Real>(prices_usd_per_mwh: &[f64]) -> Vec<f64> {
        let mut out = vec![f64::NAN; 2 * prices_usd_per_mwh.len()];
        let rows = CostRows {
            mwh_per_btc: &[864.0, 984.3],
            rest_usd_per_btc: &[28_800.7, 21_600.1],
            prices_usd_per_mwh,
        };
        cost_rows::<R, false>(rows, &mut out);
        out
    }

    #[test]
    fn rows_agree_at_every_length_and_offset() {
        let prices: Vec<f64> = (0..40).map(|i| -40.0 + 3.7 * f64::from(i)).collect();
        for length in 1..=33 {
            for offset in 0..4 {
                let prices = &prices[offset..offset + length];
                let reference = rows::<f64>(prices);
                assert_eq!(rows::<F64x8>(prices), reference, "{length} from {offset}");
                for (lanes, reference) in rows::<Lanes>(prices).iter().zip(reference) {
                    let terms = 984.3 * 200.0 + 28_800.7;
                    assert!((lanes - reference).abs() <= ROUNDING_TOLERANCE * terms);
                }
            }
        }
    }

    #[test]
    fn a_block_adds_the_same_terms_in_the_same_order_on_every_carrier() {
        let column = |first: f64, step: f64, turn: u32| -> Vec<f64> {
            (0..40_u32).map(|i| first + step * f64::from(i % turn)).collect()
        };
        let (mwh, rest) = (column(700.0, 9.0, 31), column(2.0e4, 300.0, 17));
        let (units, th) = (column(1.0, 1.0, 3), column(90.0, 11.0, 29));
        let prices: Vec<f64> = (0..40).map(|i| 5.0 * f64::from(i)).collect();
        for rows in [0, 1, 7, 40] {
            let machines = Machines {
                mwh_per_btc: &mwh[..rows],
                rest_usd_per_btc: &rest[..rows],
                units: &units[..rows],
                th_per_s: &th[..rows],
            };
            let mut reference = [[0.0; 40]; 3];
            reduce_block::<f64, 4>(
                machines,
                8e4,
                &prices,
                reference.each_mut().map(|s| &mut s[..]),
            );
            let mut lanes = [[f64::NAN; 40]; 3];
            reduce_block::<F64x8, 2>(machines, 8e4, &prices, lanes.each_mut().map(|s| &mut s[..]));
            assert_eq!(lanes, reference, "{rows} machines");
            reduce_block::<Lanes, 1>(machines, 8e4, &prices, lanes.each_mut().map(|s| &mut s[..]));
            assert_eq!(lanes[..2], reference[..2], "counts of {rows} machines");
        }
    }
}
