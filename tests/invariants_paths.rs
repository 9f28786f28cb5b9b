//! What must hold of simulated paths: the same numbers on any instruction set, number of threads and
//! split, and means and spreads that are known in closed form.
#![expect(
    clippy::unwrap_used,
    reason = "inputs are drawn inside the ranges that the engine allows"
)]

use hashcost::Isa;
use hashcost::paths::{Draws, Month, Outcomes, PathModel, Uses, net_present_values, traces};
use hashpivot::workload;
use hashpivot_tests::{config, heavy};
use ndarray::{Array2, Axis, concatenate, s};
use proptest::prelude::*;

/// Roundings of a carrier without a fused multiply-add, as a share of the sum of absolute terms.
const CARRIER_TOLERANCE: f64 = 1e-12;

/// The system's functions differ from ours in the last place, and sixty months add that up.
const LIBRARY_TOLERANCE: f64 = 1e-11;

/// Standard errors within which a mean of a fixed seed must lie.
const STANDARD_ERRORS: f64 = 5.0;

fn values(
    isa: Isa,
    model: &PathModel,
    (uses, months): (&Uses, &[Month]),
    draws: Draws<'_>,
    first_path: u64,
    paths: usize,
) -> Array2<f64> {
    let mut out = Array2::from_elem((3, paths), f64::NAN);
    net_present_values(isa, model, uses, months, draws, first_path, out.view_mut()).unwrap();
    out
}

fn seeded(seed: u64) -> Draws<'static> {
    Draws::Seeded { seed, mirrored: false }
}

/// A model in whose neighbourhood planners work, with its uses and months.
fn model() -> impl Strategy<Value = (PathModel, Uses, Vec<Month>)> {
    (1_usize..20, 0.0..0.5_f64, 0.0..1.0_f64, -1.0..1.0_f64, 0.0..0.5_f64).prop_map(
        |(months, sigma, pull, loading, response)| {
            let (model, uses, months) = workload::paths(months);
            let rest = (1.0 - loading * loading).sqrt();
            let model = PathModel {
                price_sigma: sigma,
                power_pull: pull,
                power_loadings: [loading, rest],
                difficulty_response: response,
                ..model
            };
            (model, uses, months)
        },
    )
}

/// Sum of the absolute terms of each use's value on a path.
fn terms(model: &PathModel, uses: &Uses, months: &[Month], seed: u64, path: u64) -> [f64; 3] {
    let prices = traces(Isa::SCALAR, model, uses, months, seed, path, 1).unwrap();
    let mut terms = [uses.mine_capex_usd, uses.colo_capex_usd, uses.gpu_capex_usd];
    for (index, month) in months.iter().enumerate() {
        let [hash, power, gpu] = [0, 1, 2].map(|price| prices[[price, index, 0]]);
        let d = month.discount_factor;
        terms[0] += d * (hash * uses.mine_th_per_s + power * uses.mine_mwh + uses.mine_fixed_usd);
        terms[1] += d * (month.rent_usd + power * uses.colo_mwh + uses.colo_fixed_usd);
        terms[2] += d * (gpu * uses.gpu_h + power * uses.gpu_mwh + uses.gpu_fixed_usd);
        if index + 1 == months.len() {
            terms[0] += d * hash * uses.mine_salvage_months * uses.mine_th_per_s;
        }
    }
    terms
}

proptest! {
    #![proptest_config(heavy(4))]

    /// Bit; 1e-12 of the absolute terms without a fused multiply-add: eight paths at a time or one
    /// after the other, at any number of paths from any first one.
    #[test]
    fn every_instruction_set_walks_the_same_paths(
        (model, uses, months) in model(),
        seed in any::<u64>(),
        first in prop_oneof![0_u64..40, any::<u32>().prop_map(u64::from), any::<u64>()],
        paths in 0_usize..=33,
    ) {
        let by = (&uses, &months[..]);
        let uniforms: Vec<f64> = (0..months.len() * 4 * paths)
            .map(|i| (f64::from(u32::try_from(i).unwrap()) * 0.618_034 + 0.1).fract())
            .collect();
        for draws in [seeded(seed), Draws::Inverted { seed }, Draws::Uniforms(&uniforms)] {
            let reference = values(Isa::SCALAR, &model, by, draws, first, paths);
            for isa in Isa::available() {
                let fast = values(isa, &model, by, draws, first, paths);
                if isa.fuses_multiply_add() {
                    prop_assert!(fast == reference, "{isa:?}, {draws:?}");
                }
                if draws == seeded(seed) {
                    for path in 0..paths {
                        let place = first.wrapping_add(path as u64);
                        let terms = terms(&model, &uses, &months, seed, place);
                        for (index, terms) in terms.into_iter().enumerate() {
                            let error = fast[[index, path]] - reference[[index, path]];
                            prop_assert!(error.abs() <= CARRIER_TOLERANCE * terms, "{isa:?}");
                        }
                    }
                }
            }
        }
    }

    /// Bit: a path alone is the path in its batch, and a batch in two parts is the batch.
    #[test]
    fn a_path_is_the_same_alone(
        (model, uses, months) in model(),
        seed in any::<u64>(),
        (paths, cut) in (1_usize..40).prop_flat_map(|paths| (Just(paths), 0..paths)),
    ) {
        let by = (&uses, &months[..]);
        let run = |first, paths| values(Isa::best(), &model, by, seeded(seed), first, paths);
        let whole = run(7, paths);
        let place = 7 + cut as u64;
        let alone = run(place, 1);
        prop_assert_eq!(alone.column(0), whole.column(cut));
        let parts = [run(7, cut), run(place, paths - cut)];
        prop_assert_eq!(concatenate(Axis(1), &[parts[0].view(), parts[1].view()]).unwrap(), whole);
    }

    /// Rel 1e-12: the same seed under another model draws the same factors, so that a spread twice
    /// as wide moves every path twice as far; mirrored, every path moves the other way.
    #[test]
    fn seeds_are_common_to_models(seed in any::<u64>(), sigma in 0.01..0.3_f64) {
        let (model, uses, months) = workload::paths(12);
        let gpu = |sigma: f64, seed| {
            let model = PathModel { gpu_sigma: sigma, ..model.clone() };
            let prices = traces(Isa::best(), &model, &uses, &months, seed, 0, 9).unwrap();
            prices.slice(s![2, .., ..]).mapv(|price: f64| (price / model.gpu_usd_per_h).ln())
        };
        let (once, twice, other) =
            (gpu(sigma, seed), gpu(2.0 * sigma, seed), gpu(sigma, seed ^ 1));
        for (month, (once, twice)) in once.outer_iter().zip(twice.outer_iter()).enumerate() {
            let drift = model.gpu_drift * (month + 1) as f64;
            for (once, twice) in once.iter().zip(twice) {
                prop_assert!((twice - drift - 2.0 * (once - drift)).abs() <= 1e-12);
            }
        }
        prop_assert!(once != other);
        let by = (&uses, &months[..]);
        let mirrored = Draws::Seeded { seed, mirrored: true };
        let negative = PathModel {
            price_sigma: -model.price_sigma,
            power_sigma: -model.power_sigma,
            gpu_sigma: -model.gpu_sigma,
            difficulty_sigma: -model.difficulty_sigma,
            ..model.clone()
        };
        prop_assert_eq!(
            values(Isa::best(), &model, by, mirrored, 0, 9),
            values(Isa::best(), &negative, by, seeded(seed), 0, 9)
        );
    }
}

proptest! {
    #![proptest_config(config())]

    /// Exact: quantiles, mean and tail of a column are those of the sorted column.
    #[test]
    fn outcomes_are_those_of_the_sorted_column(
        mut column in prop::collection::vec(-1e6..1e6_f64, 1..300),
    ) {
        let found = Outcomes::of(&mut column.clone()).unwrap();
        column.sort_by(f64::total_cmp);
        for (quantile, percent) in found.quantiles.into_iter().zip([5, 25, 50, 75, 95]) {
            prop_assert_eq!(quantile, column[(column.len() - 1) * percent / 100]);
        }
        let worst = &column[..(column.len() / 20).max(1)];
        let tail = worst.iter().sum::<f64>() / worst.len() as f64;
        prop_assert!((found.cvar_5 - tail).abs() <= 1e-9);
        prop_assert!(found.cvar_5 <= found.quantiles[0]);
        let mean = column.iter().sum::<f64>() / column.len() as f64;
        prop_assert!((found.mean - mean).abs() <= 1e-7);
    }
}

#[test]
fn threads_leave_no_trace() {
    let (model, uses, months) = workload::paths(5);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| values(Isa::best(), &model, (&uses, &months), seeded(3), 0, 5_000))
    };
    let one = run(1);
    for threads in [2, 3, 8] {
        assert!(run(threads) == one, "{threads} threads");
    }
    assert!(Outcomes::of(&mut []).is_none());
}

/// Philox with ten rounds in the words of its paper, one path and month at a time.
fn words(seed: u64, path: u64, month: u32, pair: u32) -> [u64; 2] {
    let half = |word: u64| (word & 0xffff_ffff, word >> 32);
    let (mut k0, mut k1) = half(seed);
    let (mut c0, mut c1) = half(path);
    let (mut c2, mut c3) = (u64::from(month), u64::from(pair));
    for _ in 0..10 {
        let (low0, high0) = half(c0 * 0xd251_1f53);
        let (low2, high2) = half(c2 * 0xcd9e_8d57);
        (c0, c1, c2, c3) = (high2 ^ c1 ^ k0, low2, high0 ^ c3 ^ k1, low0);
        k0 = (k0 + 0x9e37_79b9) & 0xffff_ffff;
        k1 = (k1 + 0xbb67_ae85) & 0xffff_ffff;
    }
    [c0 | c1 << 32, c2 | c3 << 32]
}

/// Two normal numbers of a pair of words, with the system's functions.
fn normals([first, second]: [u64; 2]) -> [f64; 2] {
    let share = |word: u64| (word >> 12) as f64 / 4_503_599_627_370_496.0;
    let radius = (-2.0 * (1.0 - share(first)).ln()).sqrt();
    let (sin, cos) = (std::f64::consts::PI * (share(second) - 0.5)).sin_cos();
    let sign = if second & 1 == 1 { -1.0 } else { 1.0 };
    [radius * sin, sign * radius * cos]
}

/// The model as its formulas read, with the system's functions.
fn naive(model: &PathModel, uses: &Uses, months: &[Month], seed: u64, path: u64) -> [f64; 3] {
    let (mut ln_s, mut ln_d) = (model.price_usd_per_btc.ln(), model.difficulty.ln());
    let (mut ln_p, mut ln_g) = (model.power_usd_per_mwh.ln(), model.gpu_usd_per_h.ln());
    let [mut mine, mut colo, mut cloud] =
        [-uses.mine_capex_usd, -uses.colo_capex_usd, -uses.gpu_capex_usd];
    let mut h = 0.0;
    for (index, month) in (0..).zip(months) {
        let [z1, z2] = normals(words(seed, path, index, 0));
        let [z3, z4] = normals(words(seed, path, index, 1));
        let [l21, l22] = model.power_loadings;
        let [l31, l32, l33] = model.gpu_loadings;
        ln_s += model.price_drift + model.price_sigma * z1;
        ln_p += model.power_pull * (model.power_mean_usd_per_mwh.ln() - ln_p)
            + model.power_sigma * (l21 * z1 + l22 * z2);
        ln_g += model.gpu_drift + model.gpu_sigma * (l31 * z1 + l32 * z2 + l33 * z3);
        let ln_h = ln_s - ln_d + month.reward_btc_difficulty_per_th.ln();
        let answer =
            model.difficulty_response * (ln_h - model.hash_value_normal_usd_per_th_month.ln());
        let most = model.difficulty_response_max;
        ln_d += answer.clamp(-most, most) + model.difficulty_growth + model.difficulty_sigma * z4;
        h = ln_h.exp();
        let (p, g) = (ln_p.exp(), ln_g.exp());
        let margin = (h * uses.mine_th_per_s - p * uses.mine_mwh).max(-uses.mine_idle_usd);
        mine += month.discount_factor * (margin - uses.mine_fixed_usd);
        colo += month.discount_factor * (month.rent_usd - uses.colo_fixed_usd - p * uses.colo_mwh);
        cloud += month.discount_factor * (g * uses.gpu_h - p * uses.gpu_mwh - uses.gpu_fixed_usd);
    }
    let last = months.last().map_or(1.0, |month| month.discount_factor);
    mine += h * uses.mine_salvage_months * uses.mine_th_per_s * last;
    [mine, colo, cloud]
}

#[test]
fn paths_are_what_the_formulas_say() {
    let (model, uses, months) = workload::paths(60);
    let found = values(Isa::best(), &model, (&uses, &months), seeded(42), 1_000, 300);
    for (path, column) in (1_000..).zip(found.axis_iter(Axis(1))) {
        let expected = naive(&model, &uses, &months, 42, path);
        let terms = terms(&model, &uses, &months, 42, path);
        for ((found, expected), terms) in column.iter().zip(expected).zip(terms) {
            let error = (found - expected).abs();
            assert!(error <= LIBRARY_TOLERANCE * terms, "{path}: {found} for {expected}");
        }
    }
}

/// Mean and standard error of numbers.
fn mean(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powf(2.0)).sum::<f64>() / count;
    (mean, (variance / count).sqrt())
}

#[test]
fn factors_are_normal_and_mixed_as_asked() {
    let (model, uses, two_months) = workload::paths(2);
    // One month's logarithms, taken back to the factors.
    let prices = traces(Isa::best(), &model, &uses, &two_months, 9, 0, 200_000).unwrap();
    let gpu = prices
        .slice(s![2, 0, ..])
        .mapv(|g: f64| ((g / model.gpu_usd_per_h).ln() - model.gpu_drift) / model.gpu_sigma);
    let power = prices
        .slice(s![1, 0, ..])
        .mapv(|p: f64| (p / model.power_usd_per_mwh).ln() / model.power_sigma);
    for factor in [&gpu, &power] {
        for (power, expected) in [(1.0, 0.0), (2.0, 1.0), (3.0, 0.0), (4.0, 3.0)] {
            let of_power = |z: &f64| z.signum().powf(power) * z.abs().powf(power);
            let (mean, error) = mean(factor.iter().map(of_power));
            assert!((mean - expected).abs() < STANDARD_ERRORS * error, "moment {power}: {mean}");
        }
    }
    let [l21, l22] = model.power_loadings;
    let expected = l21 * model.gpu_loadings[0] + l22 * model.gpu_loadings[1];
    let (found, error) = mean(gpu.iter().zip(&power).map(|(a, b)| a * b));
    assert!((found - expected).abs() < STANDARD_ERRORS * error, "correlation {found}");
    // Months are independent.
    let months = [0, 1].map(|month| prices.slice(s![2, month, ..]).to_owned());
    let later = months[1]
        .iter()
        .zip(&months[0])
        .map(|(later, now)| ((later / now).ln() - model.gpu_drift) / model.gpu_sigma);
    let (found, error) = mean(later.zip(&gpu).map(|(a, b)| a * b));
    assert!(found.abs() < STANDARD_ERRORS * error, "over time {found}");
}

#[test]
fn means_are_those_of_the_closed_forms() {
    let (model, uses, months) = workload::paths(36);
    let paths = 40_000;
    let prices = traces(Isa::best(), &model, &uses, &months, 5, 0, paths).unwrap();
    let mut rent_value = -uses.colo_capex_usd;
    for (index, month) in months.iter().enumerate() {
        let t = (index + 1) as f64;
        let kept = 1.0 - model.power_pull;
        let spread =
            model.power_sigma.powf(2.0) * (1.0 - kept.powf(2.0 * t)) / (1.0 - kept.powf(2.0));
        let power = model.power_mean_usd_per_mwh * (spread / 2.0).exp();
        let gpu =
            model.gpu_usd_per_h * (t * (model.gpu_drift + model.gpu_sigma.powf(2.0) / 2.0)).exp();
        for (row, expected) in [(1, power), (2, gpu)] {
            let (found, error) = mean(prices.slice(s![row, index, ..]).iter().copied());
            let distance = (found - expected).abs() / error;
            assert!(distance < STANDARD_ERRORS, "row {row}, month {t}: {found} for {expected}");
        }
        rent_value +=
            month.discount_factor * (month.rent_usd - uses.colo_fixed_usd - power * uses.colo_mwh);
    }
    for draws in [seeded(5), Draws::Inverted { seed: 6 }] {
        let found = values(Isa::best(), &model, (&uses, &months), draws, 0, paths);
        let (found, error) = mean(found.row(1).iter().copied());
        assert!((found - rent_value).abs() < STANDARD_ERRORS * error, "{found} for {rent_value}");
    }
}

#[test]
fn points_in_the_middle_walk_the_path_without_chance() {
    let (model, uses, months) = workload::paths(24);
    let middle = vec![0.5; 24 * 4 * 3];
    let still = PathModel {
        price_sigma: 0.0,
        power_sigma: 0.0,
        gpu_sigma: 0.0,
        difficulty_sigma: 0.0,
        ..model.clone()
    };
    let by = (&uses, &months[..]);
    assert_eq!(
        values(Isa::best(), &model, by, Draws::Uniforms(&middle), 0, 3),
        values(Isa::best(), &still, by, seeded(1), 0, 3)
    );
}

#[test]
fn figures_that_cannot_be_are_refused() {
    let (model, uses, months) = workload::paths(3);
    let mut out = Array2::zeros((3, 2));
    let mut refuse = |model: &PathModel, draws, says: &str| {
        let error =
            net_present_values(Isa::best(), model, &uses, &months, draws, 0, out.view_mut())
                .unwrap_err()
                .to_string();
        assert!(error.contains(says), "{error}");
    };
    let (nan, zero) = (f64::NAN, 0.0);
    refuse(&PathModel { price_sigma: nan, ..model.clone() }, seeded(1), "price_sigma");
    refuse(&PathModel { difficulty: zero, ..model.clone() }, seeded(1), "difficulty");
    refuse(&model, Draws::Uniforms(&[0.5; 7]), "uniforms");
    refuse(&model, Draws::Uniforms(&[1.0; 24]), "uniforms[0]");
}
