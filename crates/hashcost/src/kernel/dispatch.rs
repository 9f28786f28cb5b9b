//! The hourly choice of machines: in each hour of a block off or at one of their points, the first
//! maximum, and what it adds up to.
//!
//! Eight hours lie side by side, and `N` registers of hours go through a machine's points together.
//! Hour `i` of a block belongs to lane `i % 8` of its sums on every carrier: `A` registers of sums
//! make the eight lanes.
#![expect(
    clippy::cast_possible_truncation,
    reason = "hours of a block and numbers of points are below 1,000"
)]

use crate::kernel::MAX_LANES;
use crate::lanes::{Bits, Real};

/// Hours of a block: three columns of them stay in the first-level cache while the machines of a
/// task go through, and no lane of the histogram overflows.
pub(crate) const BLOCK_HOURS: usize = 960;

/// Points of a machine up to which a histogram of the hours fits one word.
pub(crate) const PACKED_POINTS: usize = 8;

/// Most points of a machine.
pub(crate) const MAX_POINTS: usize = 35;

/// Bits of the field in which a word of hours adds the numbers of its points.
const NUMBER_BITS: u32 = 10;

/// Bits of each field in which it counts the hours at a point.
const FIELD_BITS: u32 = 7;

/// Every second field, so that eight lanes can be added into the room between.
const EVEN_FIELDS: u64 = 0x7f | 0x7f << 14 | 0x7f << 28 | 0x7f << 42;

/// A field once the lanes are added.
const FIELD_OF_LANES: u64 = (1 << (2 * FIELD_BITS)) - 1;

const _: () = assert!(BLOCK_HOURS / MAX_LANES < 1 << FIELD_BITS, "a field holds a lane's hours");
const _: () = assert!(
    PACKED_POINTS * BLOCK_HOURS / MAX_LANES < 1 << NUMBER_BITS,
    "the first field holds a lane's numbers"
);

/// One hour at each point: its number, from 1, and 1 in its field. The last point has none: the sum
/// of the numbers tells its hours.
const POINT_HOUR: [u64; PACKED_POINTS] = {
    let mut hour = [PACKED_POINTS as u64; PACKED_POINTS];
    let mut point = 0;
    while point < PACKED_POINTS - 1 {
        hour[point] = 1 << (NUMBER_BITS + FIELD_BITS * point as u32) | (point as u64 + 1);
        point += 1;
    }
    hour
};

/// Ladders of some machines, one after the other.
#[derive(Clone, Copy)]
pub(crate) struct LadderRows<'a> {
    /// Points of every machine.
    pub(crate) points: usize,
    /// Hash rates, TH/s: `[machines, points]`.
    pub(crate) th_per_s: &'a [f64],
    /// Draws, MW: `[machines, points]`.
    pub(crate) gross_mw: &'a [f64],
    /// Draws when off, MW: `[machines]`.
    pub(crate) idle_gross_mw: &'a [f64],
    /// Costs of running at a point, USD an hour: `[machines, points]`; read by
    /// [`dispatch_general_block`] alone.
    pub(crate) cost_usd_per_h: &'a [f64],
}

/// Consecutive hours, columns padded to whole registers with hours in which nothing has a value.
#[derive(Clone, Copy)]
pub(crate) struct HourBlock<'a> {
    /// Hours that count; the rest is padding.
    pub(crate) hours: usize,
    /// Price of energy, USD/MWh.
    pub(crate) price_usd_per_mwh: &'a [f64],
    /// Worth of hashing, USD per TH/s-hour.
    pub(crate) hash_value_usd_per_th_h: &'a [f64],
    /// Bitcoin per TH/s-hour.
    pub(crate) btc_per_th_h: &'a [f64],
    /// Factor on the draw of the points; read by [`dispatch_general_block`] alone.
    pub(crate) power_factor: &'a [f64],
}

impl HourBlock<'_> {
    fn check(&self) -> usize {
        let padded = self.price_usd_per_mwh.len();
        assert!(padded.is_multiple_of(MAX_LANES), "whole registers of hours");
        assert!(self.hours <= padded && padded <= BLOCK_HOURS, "a block of hours");
        assert_eq!(self.hash_value_usd_per_th_h.len(), padded, "a hash value for every hour");
        assert_eq!(self.btc_per_th_h.len(), padded, "a reward for every hour");
        padded
    }
}

/// Sums of a machine over a block: profit in USD, bitcoin, and MWh drawn at its points.
pub(crate) const SUMS: usize = 3;

/// Profit and bitcoin of each machine over a block, and its hours off and at each point.
///
/// For machines of up to [`PACKED_POINTS`] points without costs in hours without a power factor;
/// the energy follows from the hours. With `PICK` the hash rate of the point chosen is looked up at
/// the end, without it is carried along: the same number, and which is faster depends on the
/// instruction set.
///
/// # Shapes
/// `sums`: `[machines, SUMS, 8]`, the last one left alone; `hours`: `[machines, 1 + points]`, off first, added to.
#[inline(always)]
pub(crate) fn dispatch_block<R: Real, const N: usize, const A: usize, const PICK: bool>(
    ladders: LadderRows<'_>,
    block: HourBlock<'_>,
    sums: &mut [f64],
    hours: &mut [u32],
) {
    let padded = block.check();
    let points = ladders.points;
    assert!((1..=PACKED_POINTS).contains(&points), "points fit the histogram");
    assert!(A * R::LANES == MAX_LANES && N.is_multiple_of(A), "eight lanes of sums");
    let rows = ladders.th_per_s.chunks_exact(points).zip(ladders.gross_mw.chunks_exact(points));
    let out = sums.chunks_exact_mut(SUMS * MAX_LANES).zip(hours.chunks_exact_mut(points + 1));
    for (((th_per_s, gross_mw), &idle_gross_mw), (sums, hours)) in
        rows.zip(ladders.idle_gross_mw).zip(out)
    {
        let mut by_number = [0.0; 16];
        by_number[1..=points].copy_from_slice(th_per_s);
        let row = PlainRow { th_per_s, gross_mw, idle_gross_mw, by_number };
        let mut lanes = PackedLanes::<R, A>::new();
        let together = padded - padded % (N * R::LANES);
        for first in (0..together).step_by(N * R::LANES) {
            lanes.add(best_points::<R, N, PICK>(&row, block, first), block, first);
        }
        for first in (together..padded).step_by(MAX_LANES) {
            lanes.add(best_points::<R, A, PICK>(&row, block, first), block, first);
        }
        store(lanes.profit_usd, &mut sums[..MAX_LANES]);
        store(lanes.btc, &mut sums[MAX_LANES..2 * MAX_LANES]);
        add_hours(lanes.hours, block.hours, hours);
    }
}

/// The ladder of one machine without costs.
struct PlainRow<'a> {
    th_per_s: &'a [f64],
    gross_mw: &'a [f64],
    idle_gross_mw: f64,
    /// The hash rates behind that of a machine that is off.
    by_number: [f64; 16],
}

/// The best that a machine can do in `N` registers of hours.
#[derive(Clone, Copy)]
struct BestPoints<R: Real, const N: usize> {
    profit_usd: [R; N],
    th_per_s: [R; N],
    hours: [R::Bits; N],
}

/// The first maximum over off and the points of one machine.
#[inline(always)]
fn best_points<R: Real, const N: usize, const PICK: bool>(
    row: &PlainRow<'_>,
    block: HourBlock<'_>,
    first: usize,
) -> BestPoints<R, N> {
    let zero = R::splat(0.0);
    let idle = R::splat(row.idle_gross_mw);
    let mut income_usd_per_mwh = [zero; N];
    let mut hash_value = [zero; N];
    let mut best = BestPoints {
        profit_usd: [zero; N],
        th_per_s: [zero; N],
        hours: [<R::Bits as Bits>::splat(0); N],
    };
    // One check of the length for all registers.
    let prices = &block.price_usd_per_mwh[first..first + N * R::LANES];
    let hash_values = &block.hash_value_usd_per_th_h[first..first + N * R::LANES];
    for register in 0..N {
        let at = register * R::LANES;
        income_usd_per_mwh[register] = -R::load(&prices[at..at + R::LANES]);
        hash_value[register] = R::load(&hash_values[at..at + R::LANES]);
        best.profit_usd[register] = income_usd_per_mwh[register] * idle;
    }
    for ((&th, &mw), &hour) in row.th_per_s.iter().zip(row.gross_mw).zip(&POINT_HOUR) {
        let (th, mw) = (R::splat(th), R::splat(mw));
        let hour = <R::Bits as Bits>::splat(hour);
        for register in 0..N {
            let profit = hash_value[register].mul_add(th, income_usd_per_mwh[register] * mw);
            let better = profit.gt(best.profit_usd[register]);
            best.profit_usd[register] = profit.max(best.profit_usd[register]);
            best.hours[register] = R::select_bits(better, hour, best.hours[register]);
            if !PICK {
                best.th_per_s[register] = R::select(better, th, best.th_per_s[register]);
            }
        }
    }
    if PICK {
        for register in 0..N {
            best.th_per_s[register] = R::pick(&row.by_number, best.hours[register]);
        }
    }
    best
}

/// Sums of a machine in eight lanes, its hours packed.
struct PackedLanes<R: Real, const A: usize> {
    profit_usd: [R; A],
    btc: [R; A],
    hours: [R::Bits; A],
}

impl<R: Real, const A: usize> PackedLanes<R, A> {
    #[inline(always)]
    fn new() -> Self {
        let zero = [R::splat(0.0); A];
        Self { profit_usd: zero, btc: zero, hours: [<R::Bits as Bits>::splat(0); A] }
    }

    #[inline(always)]
    fn add<const N: usize>(&mut self, best: BestPoints<R, N>, block: HourBlock<'_>, first: usize) {
        let rewards = &block.btc_per_th_h[first..first + N * R::LANES];
        for register in 0..N {
            let (lane, at) = (register % A, register * R::LANES);
            let btc_per_th = R::load(&rewards[at..at + R::LANES]);
            self.profit_usd[lane] = self.profit_usd[lane] + best.profit_usd[register];
            self.btc[lane] = btc_per_th.mul_add(best.th_per_s[register], self.btc[lane]);
            self.hours[lane] = self.hours[lane].wrapping_add(best.hours[register]);
        }
    }
}

/// Writes eight lanes in `A` registers.
#[inline(always)]
fn store<R: Real, const A: usize>(lanes: [R; A], out: &mut [f64]) {
    for (register, lanes) in lanes.iter().enumerate() {
        lanes.store(&mut out[register * R::LANES..]);
    }
}

/// Adds packed hours to those of a machine; what is at no point is off.
#[inline(always)]
fn add_hours<B: Bits, const A: usize>(lanes: [B; A], of_block: usize, hours: &mut [u32]) {
    let mut packed = [0; MAX_LANES];
    for (register, lanes) in lanes.iter().enumerate() {
        lanes.store(&mut packed[register * (MAX_LANES / A)..]);
    }
    let mut numbers = 0;
    let mut fields = [0; 2];
    for packed in packed {
        numbers += packed & ((1 << NUMBER_BITS) - 1);
        fields[0] += packed >> NUMBER_BITS & EVEN_FIELDS;
        fields[1] += packed >> (NUMBER_BITS + FIELD_BITS) & EVEN_FIELDS;
    }
    let mut off = of_block as u32;
    for (point, hours) in hours[1..].iter_mut().enumerate() {
        let at_point = if point + 1 == PACKED_POINTS {
            numbers / PACKED_POINTS as u64
        } else {
            fields[point % 2] >> (2 * FIELD_BITS * (point as u32 / 2)) & FIELD_OF_LANES
        };
        numbers -= at_point * (point as u64 + 1);
        *hours += at_point as u32;
        off -= at_point as u32;
    }
    hours[0] += off;
}

/// [`dispatch_block`] with up to [`MAX_POINTS`] points, costs of them and a power factor; the energy
/// drawn at the points is summed too.
///
/// # Shapes
/// As [`dispatch_block`], all sums written.
#[inline(always)]
pub(crate) fn dispatch_general_block<R: Real, const N: usize, const A: usize>(
    ladders: LadderRows<'_>,
    block: HourBlock<'_>,
    sums: &mut [f64],
    hours: &mut [u32],
) {
    let padded = block.check();
    assert_eq!(block.power_factor.len(), padded, "a power factor for every hour");
    let points = ladders.points;
    assert!((1..=MAX_POINTS).contains(&points), "points fit the tally");
    assert!(A * R::LANES == MAX_LANES && N.is_multiple_of(A), "eight lanes of sums");
    let rows = ladders.th_per_s.chunks_exact(points).zip(ladders.gross_mw.chunks_exact(points));
    let rows = rows.zip(ladders.cost_usd_per_h.chunks_exact(points)).zip(ladders.idle_gross_mw);
    let out = sums.chunks_exact_mut(SUMS * MAX_LANES).zip(hours.chunks_exact_mut(points + 1));
    for ((((th_per_s, gross_mw), cost_usd_per_h), &idle_gross_mw), (sums, hours)) in rows.zip(out) {
        let row = LadderRow { th_per_s, gross_mw, cost_usd_per_h, idle_gross_mw };
        let mut lanes = GeneralLanes::<R, A>::new();
        let together = padded - padded % (N * R::LANES);
        for first in (0..together).step_by(N * R::LANES) {
            lanes.add(best_general_points::<R, N>(row, block, first), block, first);
        }
        for first in (together..padded).step_by(MAX_LANES) {
            lanes.add(best_general_points::<R, A>(row, block, first), block, first);
        }
        store(lanes.profit_usd, &mut sums[..MAX_LANES]);
        store(lanes.btc, &mut sums[MAX_LANES..2 * MAX_LANES]);
        store(lanes.energy_mwh, &mut sums[2 * MAX_LANES..]);
        let mut off = block.hours as u32;
        for (point, hours) in (1..).zip(&mut hours[1..]) {
            let at_point: u32 = lanes.tally.iter().map(|lane| lane[point]).sum();
            *hours += at_point;
            off -= at_point;
        }
        hours[0] += off;
    }
}

/// The ladder of one machine.
#[derive(Clone, Copy)]
struct LadderRow<'a> {
    th_per_s: &'a [f64],
    gross_mw: &'a [f64],
    cost_usd_per_h: &'a [f64],
    idle_gross_mw: f64,
}

/// The best that a machine can do in `N` registers of hours; point 0 is off.
#[derive(Clone, Copy)]
struct BestGeneralPoints<R: Real, const N: usize> {
    profit_usd: [R; N],
    th_per_s: [R; N],
    gross_mw: [R; N],
    point: [R::Bits; N],
}

/// The first maximum over off and the points of one machine, each with its cost.
#[inline(always)]
fn best_general_points<R: Real, const N: usize>(
    row: LadderRow<'_>,
    block: HourBlock<'_>,
    first: usize,
) -> BestGeneralPoints<R, N> {
    let zero = R::splat(0.0);
    let idle = R::splat(row.idle_gross_mw);
    let mut price = [zero; N];
    let mut hash_value = [zero; N];
    let mut best = BestGeneralPoints {
        profit_usd: [zero; N],
        th_per_s: [zero; N],
        gross_mw: [zero; N],
        point: [<R::Bits as Bits>::splat(0); N],
    };
    for register in 0..N {
        let at = first + register * R::LANES;
        let market = R::load(&block.price_usd_per_mwh[at..]);
        price[register] = market * R::load(&block.power_factor[at..]);
        hash_value[register] = R::load(&block.hash_value_usd_per_th_h[at..]);
        best.profit_usd[register] = -market * idle;
    }
    let columns = row.th_per_s.iter().zip(row.gross_mw).zip(row.cost_usd_per_h);
    for (((&th, &mw), &cost), point) in columns.zip(1..) {
        let (th, mw, cost) = (R::splat(th), R::splat(mw), R::splat(cost));
        let point = <R::Bits as Bits>::splat(point);
        for register in 0..N {
            let spent = price[register].mul_add(mw, cost);
            let profit = hash_value[register].mul_add(th, -spent);
            let better = profit.gt(best.profit_usd[register]);
            best.profit_usd[register] = profit.max(best.profit_usd[register]);
            best.th_per_s[register] = R::select(better, th, best.th_per_s[register]);
            best.gross_mw[register] = R::select(better, mw, best.gross_mw[register]);
            best.point[register] = R::select_bits(better, point, best.point[register]);
        }
    }
    best
}

/// Points that a lane's tally has room for: a power of two, so that no place lies outside.
const TALLY: usize = (MAX_POINTS + 1).next_power_of_two();

/// Sums of a machine in eight lanes, and its hours at each point by lane.
struct GeneralLanes<R: Real, const A: usize> {
    profit_usd: [R; A],
    btc: [R; A],
    energy_mwh: [R; A],
    tally: [[u32; TALLY]; MAX_LANES],
}

impl<R: Real, const A: usize> GeneralLanes<R, A> {
    #[inline(always)]
    fn new() -> Self {
        let zero = [R::splat(0.0); A];
        let tally = [[0; TALLY]; MAX_LANES];
        Self { profit_usd: zero, btc: zero, energy_mwh: zero, tally }
    }

    #[inline(always)]
    fn add<const N: usize>(
        &mut self,
        best: BestGeneralPoints<R, N>,
        block: HourBlock<'_>,
        first: usize,
    ) {
        for register in 0..N {
            let (lane, at) = (register % A, first + register * R::LANES);
            let btc_per_th = R::load(&block.btc_per_th_h[at..]);
            let factor = R::load(&block.power_factor[at..]);
            self.profit_usd[lane] = self.profit_usd[lane] + best.profit_usd[register];
            self.btc[lane] = btc_per_th.mul_add(best.th_per_s[register], self.btc[lane]);
            self.energy_mwh[lane] = factor.mul_add(best.gross_mw[register], self.energy_mwh[lane]);
            let mut points = [0; MAX_LANES];
            best.point[register].store(&mut points);
            for (place, &point) in points[..R::LANES].iter().enumerate() {
                self.tally[lane * R::LANES + place][point as usize % TALLY] += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{F64x8, Lanes};

    /// Without a fused multiply-add results differ in roundings.
    const ROUNDING_TOLERANCE: f64 = 1e-12;

    /// Price of energy, worth of a TH/s-hour, and the point that [`Rows::new`]'s first machine takes
    /// of its first two.
    const HOURS: [(f64, f64, u64); 11] = [
        (10.0, 1.0, 2),
        // A tie of the points, then one with off.
        (25.0, 1.0, 1),
        (50.0, 1.0, 0),
        (60.0, 1.0, 0),
        // Paid for drawing, where a hash is worth nothing or less.
        (-10.0, 0.0, 2),
        (-31.7, -0.53, 2),
        (-15.0, -0.5, 0),
        (0.0, 0.0, 0),
        (37.3, 0.91, 1),
        (19.9, 0.77, 1),
        (-0.1, 0.3, 2),
    ];

    /// Less than a register of hours, whole ones, and what leaves some after pairs and fours.
    const COUNTS: [usize; 6] = [1, 7, 8, 9, 19, 33];

    /// Columns of hours as [`HourBlock`] borrows them, padded as [`Hours`](crate::Hours) pads them.
    struct Columns {
        hours: usize,
        prices: Vec<f64>,
        hash_values: Vec<f64>,
        rewards: Vec<f64>,
        factors: Vec<f64>,
    }

    impl Columns {
        fn new(hours: usize) -> Self {
            let padded = |value: fn(usize) -> f64| {
                let mut column: Vec<f64> = (0..hours).map(value).collect();
                column.resize(hours.next_multiple_of(MAX_LANES), 0.0);
                column
            };
            let factors = vec![1.0; hours.next_multiple_of(MAX_LANES)];
            Self {
                hours,
                prices: padded(|hour| HOURS[hour % 11].0),
                hash_values: padded(|hour| HOURS[hour % 11].1),
                rewards: padded(|hour| 1e-6 + 1e-8 * (hour % 5) as f64),
                factors,
            }
        }

        /// With a factor on the draw that changes from hour to hour and is 1 in every fourth.
        fn in_hot_air(mut self) -> Self {
            self.factors = (0..self.hours).map(|hour| 1.0 + 0.07 * (hour % 4) as f64).collect();
            self.factors.resize(self.prices.len(), 0.0);
            self
        }

        fn block(&self) -> HourBlock<'_> {
            HourBlock {
                hours: self.hours,
                price_usd_per_mwh: &self.prices,
                hash_value_usd_per_th_h: &self.hash_values,
                btc_per_th_h: &self.rewards,
                power_factor: &self.factors,
            }
        }
    }

    /// Machines of [`Rows::new`].
    const MACHINES: usize = 3;

    struct Rows {
        points: usize,
        th_per_s: Vec<f64>,
        gross_mw: Vec<f64>,
        cost_usd_per_h: Vec<f64>,
    }

    impl Rows {
        /// A machine whose points tie at 50, 25, 12.5, ... USD/MWh, one whose hashes are worth
        /// nothing, and one of crooked numbers; costs are those of the crooked one alone.
        fn new(points: usize) -> Self {
            let mut rows =
                Self { points, th_per_s: vec![], gross_mw: vec![], cost_usd_per_h: vec![] };
            let machines = [(1.0, 2.25, 2.0, 0.0), (0.0, 1.1, 0.7, 0.0), (0.913, 2.31, 1.46, 3.3)];
            for (hashes, first_mw, step_mw, cost) in machines {
                let mut missing = 100.0;
                for point in 0..points {
                    rows.th_per_s.push(hashes * (200.0 - missing));
                    rows.gross_mw.push(first_mw + step_mw * point as f64);
                    rows.cost_usd_per_h.push(cost * (1 + point) as f64);
                    missing /= 2.0;
                }
            }
            rows
        }

        fn ladders(&self) -> LadderRows<'_> {
            LadderRows {
                points: self.points,
                th_per_s: &self.th_per_s,
                gross_mw: &self.gross_mw,
                idle_gross_mw: &[0.25, 0.1, 0.0],
                cost_usd_per_h: &self.cost_usd_per_h,
            }
        }

        /// Ladder of the first machine.
        fn first(&self) -> LadderRow<'_> {
            LadderRow {
                th_per_s: &self.th_per_s[..self.points],
                gross_mw: &self.gross_mw[..self.points],
                cost_usd_per_h: &self.cost_usd_per_h[..self.points],
                idle_gross_mw: 0.25,
            }
        }
    }

    type Kernel = fn(LadderRows<'_>, HourBlock<'_>, &mut [f64], &mut [u32]);

    /// Hours that are there before a kernel adds its own.
    const HOURS_BEFORE: u32 = 3;

    /// Sums and hours of a kernel; what it leaves alone stays 1.5.
    fn run(kernel: Kernel, rows: &Rows, columns: &Columns) -> (Vec<f64>, Vec<u32>) {
        let mut sums = vec![1.5; MACHINES * SUMS * MAX_LANES];
        let mut hours = vec![HOURS_BEFORE; MACHINES * (rows.points + 1)];
        kernel(rows.ladders(), columns.block(), &mut sums, &mut hours);
        for hours in hours.chunks_exact(rows.points + 1) {
            let before = HOURS_BEFORE as usize * (rows.points + 1);
            assert_eq!(hours.iter().sum::<u32>() as usize, before + columns.hours, "no hour lost");
        }
        (sums, hours)
    }

    fn bits(sums: &[f64]) -> Vec<u64> {
        sums.iter().map(|sum| sum.to_bits()).collect()
    }

    /// The kernels against the scalar one: those of the array to the bit, the last one, of lanes
    /// without a fused multiply-add, in its hours and within roundings of the terms.
    fn check(scalar: Kernel, arrays: &[Kernel], lanes: Kernel, rows: &Rows, columns: &Columns) {
        let at = format!("{} hours, {} points", columns.hours, rows.points);
        let (sums, hours) = run(scalar, rows, columns);
        for (place, &kernel) in arrays.iter().enumerate() {
            let (of_array, hours_of_array) = run(kernel, rows, columns);
            assert_eq!(bits(&of_array), bits(&sums), "kernel {place}, {at}");
            assert_eq!(hours_of_array, hours, "kernel {place}, {at}");
        }
        let (of_lanes, hours_of_lanes) = run(lanes, rows, columns);
        assert_eq!(hours_of_lanes, hours, "lanes, {at}");
        // What the last point costs at the highest price, what it earns and its own cost.
        let hour_terms = 62.0 * (2.25 + 2.0 * rows.points as f64) * 1.25 + 200.0 + 3.3 * 35.0;
        let tolerance = ROUNDING_TOLERANCE * hour_terms * columns.hours as f64;
        for (of_lanes, sum) in of_lanes.iter().zip(sums) {
            assert!((of_lanes - sum).abs() <= tolerance, "{of_lanes} for {sum}, {at}");
        }
    }

    /// Sums and hours are the same bits on the array as on single numbers, whatever the registers
    /// side by side and whether the hash rate is looked up or carried along.
    #[test]
    fn a_block_gives_the_same_bits_on_every_carrier() {
        let arrays: [Kernel; 5] = [
            dispatch_block::<F64x8, 1, 1, true>,
            dispatch_block::<F64x8, 2, 1, true>,
            dispatch_block::<F64x8, 4, 1, true>,
            dispatch_block::<F64x8, 2, 1, false>,
            dispatch_block::<f64, 8, 8, true>,
        ];
        for points in [1, PACKED_POINTS] {
            let rows = Rows::new(points);
            for hours in COUNTS {
                check(
                    dispatch_block::<f64, 8, 8, false>,
                    &arrays,
                    dispatch_block::<Lanes, 1, 1, true>,
                    &rows,
                    &Columns::new(hours),
                );
            }
        }
    }

    /// With costs and factors on the draw, energy too is the same bits on the array as on single
    /// numbers.
    #[test]
    fn a_general_block_gives_the_same_bits_on_every_carrier() {
        let arrays: [Kernel; 2] =
            [dispatch_general_block::<F64x8, 1, 1>, dispatch_general_block::<F64x8, 2, 1>];
        let check_at = |rows: &Rows, columns: &Columns| {
            check(
                dispatch_general_block::<f64, 8, 8>,
                &arrays,
                dispatch_general_block::<Lanes, 1, 1>,
                rows,
                columns,
            );
        };
        for points in [1, PACKED_POINTS + 1] {
            let rows = Rows::new(points);
            for hours in COUNTS {
                check_at(&rows, &Columns::new(hours).in_hot_air());
            }
        }
        check_at(&Rows::new(MAX_POINTS), &Columns::new(9));
    }

    /// Number, hash rate and histogram entry of the point that one register of hours takes.
    fn check_points<R: Real, const PICK: bool>(columns: &Columns, rows: &Rows, first: usize) {
        let row = rows.first();
        let mut by_number = [0.0; 16];
        by_number[1..=rows.points].copy_from_slice(row.th_per_s);
        let LadderRow { th_per_s, gross_mw, idle_gross_mw, .. } = row;
        let plain = PlainRow { th_per_s, gross_mw, idle_gross_mw, by_number };
        let plain = best_points::<R, 1, PICK>(&plain, columns.block(), first);
        let general = best_general_points::<R, 1>(row, columns.block(), first);
        let (mut hour_words, mut points) = ([0; MAX_LANES], [0; MAX_LANES]);
        plain.hours[0].store(&mut hour_words);
        general.point[0].store(&mut points);
        let (mut th_plain, mut th_general) = ([0.0; MAX_LANES], [0.0; MAX_LANES]);
        plain.th_per_s[0].store(&mut th_plain);
        general.th_per_s[0].store(&mut th_general);
        for lane in 0..R::LANES {
            let hour = first + lane;
            // Padding is worth nothing: off.
            let point = if hour < columns.hours { HOURS[hour % 11].2 } else { 0 };
            let word = if point == 0 { 0 } else { POINT_HOUR[point as usize - 1] };
            let th = by_number[point as usize];
            assert_eq!((hour_words[lane], th_plain[lane]), (word, th), "hour {hour}");
            assert_eq!((points[lane], th_general[lane]), (point, th), "hour {hour}, general");
        }
    }

    /// In each hour every carrier takes the first of the best points, a tie with off or with a lower
    /// point included, and off in the padding.
    #[test]
    fn every_carrier_picks_the_first_maximum_of_each_hour() {
        let (rows, columns) = (Rows::new(2), Columns::new(19));
        for first in (0..24).step_by(MAX_LANES) {
            check_points::<F64x8, true>(&columns, &rows, first);
            check_points::<F64x8, false>(&columns, &rows, first);
            check_points::<Lanes, true>(&columns, &rows, first);
            for hour in first..first + MAX_LANES {
                check_points::<f64, true>(&columns, &rows, hour);
                check_points::<f64, false>(&columns, &rows, hour);
            }
        }
    }
}
