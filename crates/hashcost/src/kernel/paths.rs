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
    for (number, path) in numbers.iter_mut().zip(first..) {
        *number = path;
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
    let mut paths = [path_numbers::<R>(first_path + place as u64); N];
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
        let numbers = path_numbers::<R>(first_path + place as u64);
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
