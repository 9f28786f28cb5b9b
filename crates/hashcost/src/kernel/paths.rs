//! Monthly paths of price, difficulty, power and GPU rental in lanes, and three uses valued on them.

use crate::kernel::MAX_LANES;
use crate::kernel::elementary::exp;
use crate::kernel::normal::{box_muller, inverse_normal, uniform};
use crate::kernel::philox::philox;
use crate::lanes::{Bits, Real};

/// Independent factors of a month.
pub(crate) const FACTORS: usize = 4;

/// Uses that are valued.
pub(crate) const USES: usize = 3;

/// The state's start and one month's change, in natural logarithms; see
/// [`PathModel`](crate::paths::PathModel).
#[derive(Clone, Copy)]
pub(crate) struct Dynamics {
    pub(crate) ln_price: f64,
    pub(crate) ln_difficulty: f64,
    pub(crate) ln_power: f64,
    pub(crate) ln_gpu: f64,
    pub(crate) price_drift: f64,
    pub(crate) price_loading: f64,
    /// What a month leaves of the power price, and what it adds.
    pub(crate) power_kept: f64,
    pub(crate) power_added: f64,
    pub(crate) power_loadings: [f64; 2],
    pub(crate) gpu_drift: f64,
    pub(crate) gpu_loadings: [f64; 3],
    pub(crate) growth: f64,
    /// Answer of the difficulty to the hash value: slope, value at a hash value of 1, limit.
    pub(crate) response: f64,
    pub(crate) response_at_one: f64,
    pub(crate) response_max: f64,
    pub(crate) difficulty_loading: f64,
}

/// What a month adds to the net present values, discounted.
#[derive(Clone, Copy)]
pub(crate) struct MonthFlows {
    /// `ln` of bitcoin x difficulty per TH/s-month.
    pub(crate) ln_reward: f64,
    pub(crate) discount_factor: f64,
    pub(crate) mine_fixed_usd: f64,
    pub(crate) colo_net_usd: f64,
    pub(crate) colo_mwh: f64,
    pub(crate) gpu_h: f64,
    pub(crate) gpu_mwh: f64,
    pub(crate) gpu_fixed_usd: f64,
}

/// What does not change from month to month.
#[derive(Clone, Copy)]
pub(crate) struct Flows<'a> {
    pub(crate) months: &'a [MonthFlows],
    pub(crate) mine_th_per_s: f64,
    pub(crate) mine_mwh: f64,
    pub(crate) mine_idle_usd: f64,
    /// TH/s times months of hash value that the machines fetch at the end, discounted.
    pub(crate) salvage_th_months: f64,
    pub(crate) capex_usd: [f64; USES],
}

/// Where normal numbers come from.
pub(crate) trait Source: Copy {
    /// The factors of a month for the paths of a register; `place` is the first of them within the
    /// block.
    fn normals<R: Real>(&self, month: usize, path: R::Bits, place: usize) -> [R; FACTORS];
}

/// Pairs by Box and Muller from the counter (path, month, pair).
#[derive(Clone, Copy)]
pub(crate) struct Drawn {
    pub(crate) key: [u32; 2],
}

/// The four 64-bit words of a path and a month.
#[inline(always)]
fn words<B: Bits>(key: [u32; 2], month: usize, path: B) -> [[B; 2]; 2] {
    let (high, month) = (path.shr(32), B::splat(month as u64));
    // No closures here: they would not be compiled for the instruction set.
    [philox(key, [path, high, month, B::splat(0)]), philox(key, [path, high, month, B::splat(1)])]
}

impl Source for Drawn {
    #[inline(always)]
    fn normals<R: Real>(&self, month: usize, path: R::Bits, _place: usize) -> [R; FACTORS] {
        let [first, second] = words(self.key, month, path);
        let ([a, b], [c, d]) = (box_muller(first), box_muller(second));
        [a, b, c, d]
    }
}

/// One by one by the inverse of the distribution, from the same words.
#[derive(Clone, Copy)]
pub(crate) struct Inverted {
    pub(crate) key: [u32; 2],
}

impl Source for Inverted {
    #[inline(always)]
    fn normals<R: Real>(&self, month: usize, path: R::Bits, _place: usize) -> [R; FACTORS] {
        let [[a, b], [c, d]] = words(self.key, month, path);
        [
            inverse_normal(uniform::<R>(a)),
            inverse_normal(uniform::<R>(b)),
            inverse_normal(uniform::<R>(c)),
            inverse_normal(uniform::<R>(d)),
        ]
    }
}

/// From the caller's numbers between 0 and 1: `[months, factors, paths]`, rows of whole registers.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) uniforms: &'a [f64],
    pub(crate) paths: usize,
}

impl Source for Given<'_> {
    #[inline(always)]
    fn normals<R: Real>(&self, month: usize, _path: R::Bits, place: usize) -> [R; FACTORS] {
        let mut normals = [R::splat(0.0); FACTORS];
        for (factor, normal) in normals.iter_mut().enumerate() {
            let row = (month * FACTORS + factor) * self.paths;
            *normal = inverse_normal(R::load(&self.uniforms[row + place..]));
        }
        normals
    }
}

/// The state of as many paths as a register has lanes, as logarithms.
#[derive(Clone, Copy)]
struct State<R> {
    price: R,
    difficulty: R,
    power: R,
    gpu: R,
}

impl<R: Real> State<R> {
    #[inline(always)]
    fn start(dynamics: &Dynamics) -> Self {
        Self {
            price: R::splat(dynamics.ln_price),
            difficulty: R::splat(dynamics.ln_difficulty),
            power: R::splat(dynamics.ln_power),
            gpu: R::splat(dynamics.ln_gpu),
        }
    }

    /// One month on: hash value (USD per TH/s-month), power price (USD/MWh) and GPU rental
    /// (USD per GPU-hour) at its end.
    #[inline(always)]
    fn step(&mut self, by: &Dynamics, ln_reward: f64, z: [R; FACTORS]) -> [R; 3] {
        let of = R::splat;
        self.price = z[0].mul_add(of(by.price_loading), self.price + of(by.price_drift));
        let shock = z[0].mul_add(
            of(by.power_loadings[0]),
            z[1].mul_add(of(by.power_loadings[1]), of(by.power_added)),
        );
        self.power = self.power.mul_add(of(by.power_kept), shock);
        let shock = z[1].mul_add(
            of(by.gpu_loadings[1]),
            z[2].mul_add(of(by.gpu_loadings[2]), self.gpu + of(by.gpu_drift)),
        );
        self.gpu = z[0].mul_add(of(by.gpu_loadings[0]), shock);
        let hash_value = self.price - self.difficulty + of(ln_reward);
        let response = hash_value.mul_add(of(by.response), of(by.response_at_one));
        let response = response.max(of(-by.response_max)).min(of(by.response_max));
        let shock = z[3].mul_add(of(by.difficulty_loading), of(by.growth));
        self.difficulty = self.difficulty + response + shock;
        [exp(hash_value), exp(self.power), exp(self.gpu)]
    }
}

/// Net present values of mining, colocation and a GPU cloud on one path a lane.
#[derive(Clone, Copy)]
struct Values<R> {
    mine: R,
    colo: R,
    cloud: R,
}

impl<R: Real> Values<R> {
    #[inline(always)]
    fn start(flows: &Flows<'_>) -> Self {
        let [mine, colo, cloud] = flows.capex_usd;
        Self { mine: R::splat(-mine), colo: R::splat(-colo), cloud: R::splat(-cloud) }
    }

    #[inline(always)]
    fn add(&mut self, flows: &Flows<'_>, month: &MonthFlows, [hash_value, power, gpu]: [R; 3]) {
        let of = R::splat;
        let energy = power * of(flows.mine_mwh);
        let margin = hash_value.mul_add(of(flows.mine_th_per_s), -energy);
        let margin = margin.max(of(-flows.mine_idle_usd));
        self.mine = margin.mul_add(of(month.discount_factor), self.mine - of(month.mine_fixed_usd));
        self.colo = (-power).mul_add(of(month.colo_mwh), self.colo + of(month.colo_net_usd));
        let cloud = gpu.mul_add(of(month.gpu_h), self.cloud - of(month.gpu_fixed_usd));
        self.cloud = (-power).mul_add(of(month.gpu_mwh), cloud);
    }
}

/// Net present values of consecutive paths, USD; `N` registers of them go through the months
/// together.
///
/// # Shapes
/// Each of `out`: `[paths]`, paths `first_path..`.
#[inline(always)]
pub(crate) fn value_paths<R: Real, S: Source, const N: usize>(
    dynamics: &Dynamics,
    flows: Flows<'_>,
    source: S,
    first_path: u64,
    out: [&mut [f64]; USES],
) {
    let [mine, colo, cloud] = out;
    let paths = mine.len();
    assert_eq!(colo.len(), paths, "a value for every path");
    assert_eq!(cloud.len(), paths, "a value for every path");
    // Whole groups of registers first; what is left goes register by register.
    let together = paths - paths % (N * R::LANES);
    for place in (0..together).step_by(N * R::LANES) {
        let values = values_at::<R, S, N>(dynamics, &flows, source, first_path, place);
        for (register, values) in values.iter().enumerate() {
            let place = place + register * R::LANES;
            values.mine.store(&mut mine[place..]);
            values.colo.store(&mut colo[place..]);
            values.cloud.store(&mut cloud[place..]);
        }
    }
    for place in (together..paths).step_by(R::LANES) {
        let [values] = values_at::<R, S, 1>(dynamics, &flows, source, first_path, place);
        let last = (place + R::LANES).min(paths);
        store_some(values.mine, &mut mine[place..last]);
        store_some(values.colo, &mut colo[place..last]);
        store_some(values.cloud, &mut cloud[place..last]);
    }
}

/// The first lanes of a register into a slice that may be shorter.
#[inline(always)]
fn store_some<R: Real>(lanes: R, out: &mut [f64]) {
    let mut all = [0.0; MAX_LANES];
    lanes.store(&mut all);
    out.copy_from_slice(&all[..out.len()]);
}

/// Numbers of the paths of a register.
#[inline(always)]
fn path_numbers<R: Real>(first: u64) -> R::Bits {
    let mut numbers = [0; MAX_LANES];
    for (place, number) in numbers.iter_mut().enumerate() {
        *number = first.wrapping_add(place as u64);
    }
    R::Bits::load(&numbers)
}

#[inline(always)]
fn values_at<R: Real, S: Source, const N: usize>(
    dynamics: &Dynamics,
    flows: &Flows<'_>,
    source: S,
    first_path: u64,
    place: usize,
) -> [Values<R>; N] {
    let mut states = [State::<R>::start(dynamics); N];
    let mut values = [Values::<R>::start(flows); N];
    let mut hash_values = [R::splat(0.0); N];
    let mut paths = [path_numbers::<R>(first_path.wrapping_add(place as u64)); N];
    for (register, path) in paths.iter_mut().enumerate() {
        *path = path.wrapping_add(R::Bits::splat((register * R::LANES) as u64));
    }
    for (index, month) in flows.months.iter().enumerate() {
        for register in 0..N {
            let place = place + register * R::LANES;
            let z = source.normals::<R>(index, paths[register], place);
            let prices = states[register].step(dynamics, month.ln_reward, z);
            values[register].add(flows, month, prices);
            hash_values[register] = prices[0];
        }
    }
    let salvage = R::splat(flows.salvage_th_months);
    for (values, hash_value) in values.iter_mut().zip(hash_values) {
        values.mine = hash_value.mul_add(salvage, values.mine);
    }
    values
}

/// The prices themselves of consecutive paths: the same bits that [`value_paths`] values.
///
/// # Shapes
/// Each of `out` (hash value, power price, GPU rental): `[months, paths]`.
#[inline(always)]
pub(crate) fn trace_paths<R: Real, S: Source>(
    dynamics: &Dynamics,
    months: &[MonthFlows],
    source: S,
    first_path: u64,
    out: [&mut [f64]; 3],
) {
    let [hash_values, powers, gpus] = out;
    let paths = hash_values.len() / months.len().max(1);
    for column in [&*hash_values, &*powers, &*gpus] {
        assert_eq!(column.len(), months.len() * paths, "a price for every month and path");
    }
    for place in (0..paths).step_by(R::LANES) {
        let last = (place + R::LANES).min(paths);
        let numbers = path_numbers::<R>(first_path.wrapping_add(place as u64));
        let mut state = State::<R>::start(dynamics);
        for (index, month) in months.iter().enumerate() {
            let z = source.normals::<R>(index, numbers, place);
            let [hash_value, power, gpu] = state.step(dynamics, month.ln_reward, z);
            let row = index * paths;
            store_some(hash_value, &mut hash_values[row + place..row + last]);
            store_some(power, &mut powers[row + place..row + last]);
            store_some(gpu, &mut gpus[row + place..row + last]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lanes::{F64x8, Lanes};

    /// Without a fused multiply-add results differ in roundings.
    const ROUNDING_TOLERANCE: f64 = 1e-12;

    /// Two registers and some.
    const PATHS: usize = 19;
    const MONTHS: usize = 4;

    /// The upper half of the path's number changes among the first paths.
    const FIRST_PATH: u64 = (1 << 32) - 3;

    const KEY: [u32; 2] = [0x0bad_f00d, 42];

    /// 90,000 USD/BTC at a difficulty of 1.2e14, 50 USD/MWh and 2 USD/h; months move the prices so
    /// much that machines stand still in some and the answer of the difficulty meets its limit.
    fn dynamics() -> Dynamics {
        Dynamics {
            ln_price: 90_000_f64.ln(),
            ln_difficulty: 1.2e14_f64.ln(),
            ln_power: 50_f64.ln(),
            ln_gpu: 2_f64.ln(),
            price_drift: 0.01,
            price_loading: 0.25,
            power_kept: 0.7,
            power_added: 0.3 * 55_f64.ln(),
            power_loadings: [0.06, 0.3],
            gpu_drift: -0.02,
            gpu_loadings: [0.02, 0.03, 0.1],
            growth: 0.015,
            response: 0.3,
            response_at_one: -0.3 * 1.3_f64.ln(),
            response_max: 0.05,
            difficulty_loading: 0.04,
        }
    }

    fn months() -> [MonthFlows; MONTHS] {
        [0.99, 0.98, 0.97, 0.96].map(|discount_factor| MonthFlows {
            ln_reward: f64::ln(1.9e9 * discount_factor),
            discount_factor,
            mine_fixed_usd: 110.0 * discount_factor,
            colo_net_usd: 950.0 * discount_factor,
            colo_mwh: 14.0 * discount_factor,
            gpu_h: 700.0 * discount_factor,
            gpu_mwh: 0.9 * discount_factor,
            gpu_fixed_usd: 210.0 * discount_factor,
        })
    }

    fn flows(months: &[MonthFlows]) -> Flows<'_> {
        Flows {
            months,
            mine_th_per_s: 1_000.0,
            mine_mwh: 20.0,
            mine_idle_usd: 30.0,
            salvage_th_months: 0.96 * 6.0 * 1_000.0,
            capex_usd: [9_000.0, 2_500.0, 31_000.0],
        }
    }

    /// Numbers spread over 0 to 1 with some far in the tails, rows padded with a half as the public
    /// function pads them.
    fn uniforms() -> Vec<f64> {
        let width = PATHS.next_multiple_of(MAX_LANES);
        let mut rows = vec![0.5; MONTHS * FACTORS * width];
        for (row, cells) in rows.chunks_exact_mut(width).enumerate() {
            for (path, cell) in cells[..PATHS].iter_mut().enumerate() {
                let place = (1 + row * PATHS + path) as f64;
                *cell = (place * 0.618_033_988_749_894_9).fract();
            }
        }
        rows[3] = 1e-13;
        rows[PATHS - 1] = 1.0 - 1e-9;
        rows
    }

    fn given(uniforms: &[f64]) -> Given<'_> {
        Given { uniforms, paths: PATHS.next_multiple_of(MAX_LANES) }
    }

    fn values<R: Real, S: Source, const N: usize>(
        source: S,
        first_path: u64,
        paths: usize,
    ) -> [Vec<f64>; USES] {
        let mut out = [(); USES].map(|()| vec![f64::NAN; paths]);
        let columns = out.each_mut().map(|column| &mut column[..]);
        value_paths::<R, S, N>(&dynamics(), flows(&months()), source, first_path, columns);
        out
    }

    fn traces<R: Real, S: Source>(source: S) -> [Vec<f64>; 3] {
        let mut out = [(); 3].map(|()| vec![f64::NAN; MONTHS * PATHS]);
        let columns = out.each_mut().map(|column| &mut column[..]);
        trace_paths::<R, S>(&dynamics(), &months(), source, FIRST_PATH, columns);
        out
    }

    fn bits(columns: &[Vec<f64>; 3]) -> Vec<u64> {
        columns.iter().flatten().map(|value| value.to_bits()).collect()
    }

    /// Every value within roundings of the sum of the absolute terms of its column.
    fn check_near(found: &[Vec<f64>; 3], expected: &[Vec<f64>; 3], terms: [f64; 3]) {
        for ((found, expected), terms) in found.iter().zip(expected).zip(terms) {
            for (found, expected) in found.iter().zip(expected) {
                let distance = (found - expected).abs();
                assert!(distance <= ROUNDING_TOLERANCE * terms, "{found} for {expected}");
            }
        }
    }

    fn check_values<S: Source>(source: S) {
        let reference = values::<f64, S, 1>(source, FIRST_PATH, PATHS);
        assert!(reference.iter().flatten().all(|value| value.is_finite()));
        // Two registers side by side, then a part of one.
        let array = values::<F64x8, S, 2>(source, FIRST_PATH, PATHS);
        assert_eq!(bits(&array), bits(&reference));
        let lanes = values::<Lanes, S, 1>(source, FIRST_PATH, PATHS);
        check_near(&lanes, &reference, [9_000.0, 2_500.0, 31_000.0]);
    }

    /// Values of paths from drawn numbers are the same bits on the array as on single numbers.
    #[test]
    fn drawn_paths_have_the_same_values_on_every_carrier() {
        check_values(Drawn { key: KEY });
    }

    /// Drawn numbers by the inverse of the distribution are the same bits on the array as on single
    /// numbers.
    #[test]
    fn inverted_numbers_are_the_same_on_every_carrier() {
        let source = Inverted { key: KEY };
        let normals = source.normals::<F64x8>(2, path_numbers::<F64x8>(FIRST_PATH), 0);
        for (lane, path) in (0..MAX_LANES).zip(FIRST_PATH..) {
            let expected = source.normals::<f64>(2, path, 0);
            for (of_array, expected) in normals.iter().zip(expected) {
                let mut lanes = [f64::NAN; MAX_LANES];
                of_array.store(&mut lanes);
                assert_eq!(lanes[lane].to_bits(), expected.to_bits(), "path {path}");
            }
        }
    }

    /// Values of paths from the caller's numbers are the same bits on the array as on single
    /// numbers.
    #[test]
    fn given_paths_have_the_same_values_on_every_carrier() {
        let uniforms = uniforms();
        check_values(given(&uniforms));
    }

    /// A path has the same values whichever call and whichever lane it falls to.
    #[test]
    fn a_path_is_its_number_alone() {
        let source = Drawn { key: KEY };
        let whole = values::<F64x8, _, 2>(source, FIRST_PATH, PATHS);
        let split = 5;
        let mut parts = values::<F64x8, _, 2>(source, FIRST_PATH, split);
        let rest = values::<F64x8, _, 2>(source, FIRST_PATH + split as u64, PATHS - split);
        for (part, rest) in parts.iter_mut().zip(rest) {
            part.extend(rest);
        }
        assert_eq!(bits(&parts), bits(&whole));
    }

    fn check_traces<S: Source>(source: S) {
        let reference = traces::<f64, S>(source);
        assert_eq!(bits(&traces::<F64x8, S>(source)), bits(&reference), "array");
        for (lanes, reference) in traces::<Lanes, S>(source).iter().zip(&reference) {
            for (lanes, price) in lanes.iter().zip(reference) {
                assert!(*price > 0.0, "{price}");
                // What a logarithm of 33 loses, every month anew.
                assert!((lanes - price).abs() <= ROUNDING_TOLERANCE * price, "{lanes}, {price}");
            }
        }
    }

    /// Prices of paths are the same bits on the array as on single numbers.
    #[test]
    fn prices_are_the_same_on_every_carrier() {
        check_traces(Drawn { key: KEY });
        let uniforms = uniforms();
        check_traces(given(&uniforms));
    }

    /// The prices that are traced give the values to the bit, in months with idle machines too.
    #[test]
    fn traced_prices_are_those_that_are_valued() {
        let source = Drawn { key: KEY };
        let [hash_values, powers, gpus] = traces::<F64x8, _>(source);
        let months = months();
        let flows = flows(&months);
        let mut expected = [(); USES].map(|()| Vec::with_capacity(PATHS));
        let mut idle_months = 0;
        for path in 0..PATHS {
            let mut values = Values::<f64>::start(&flows);
            for (index, month) in months.iter().enumerate() {
                let cell = index * PATHS + path;
                let margin =
                    hash_values[cell] * flows.mine_th_per_s - powers[cell] * flows.mine_mwh;
                idle_months += usize::from(margin < -flows.mine_idle_usd);
                values.add(&flows, month, [hash_values[cell], powers[cell], gpus[cell]]);
            }
            let last = hash_values[(MONTHS - 1) * PATHS + path];
            expected[0].push(last.mul_add(flows.salvage_th_months, values.mine));
            expected[1].push(values.colo);
            expected[2].push(values.cloud);
        }
        assert!((1..MONTHS * PATHS).contains(&idle_months), "{idle_months} months stand still");
        assert_eq!(bits(&values::<F64x8, _, 2>(source, FIRST_PATH, PATHS)), bits(&expected));
    }
}
