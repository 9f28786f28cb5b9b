//! The cost grid: the widest instruction set beside the scalar path, whole and reduced, and the two
//! roads of the reduced grid.
//!
//! Each pair runs on the same input, and the two answers are compared before the clock starts.

use std::hint::black_box;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use hashcost::{Isa, Level, Method, ReducedGrid, Stores, cost_grid, reduced_grid_by};
use hashpivot::workload::{fleet, networks, prices_usd_per_mwh};
use ndarray::Array3;

/// Sums of equal terms in another order, or without a fused multiply-add.
const ROUNDING_TOLERANCE: f64 = 1e-12;

/// The level that breakevens are computed on.
const LEVEL: Level = Level::AllInBeforeCredits;

/// 1,000 machines x 200 prices x 4 states into an array that is used again.
fn full(criterion: &mut Criterion) {
    let (machines, prices, scenarios) = (1_000, 200, 4);
    let fleet = fleet(machines).unwrap_or_else(|error| panic!("{error}"));
    let prices_usd_per_mwh = prices_usd_per_mwh(prices);
    let networks = networks(scenarios);
    let mut out = Array3::zeros((scenarios, machines, prices));
    let mut fill = |isa, stores| {
        let done =
            cost_grid(isa, stores, &fleet, LEVEL, &prices_usd_per_mwh, &networks, out.view_mut());
        assert_eq!(done, Ok(()));
        out.sum()
    };
    let near = |a: f64, b: f64| (a - b).abs() <= ROUNDING_TOLERANCE * b;
    assert!(near(fill(Isa::best(), Stores::Cached), fill(Isa::SCALAR, Stores::Cached)));

    let mut group = criterion.benchmark_group("cost_grid_full");
    group.throughput(Throughput::Elements((machines * prices * scenarios) as u64));
    let mut out = Array3::zeros((scenarios, machines, prices));
    for (name, isa) in [("scalar", Isa::SCALAR), ("best", Isa::best())] {
        group.bench_function(format!("1000x200x4/{name}"), |bencher| {
            bencher.iter(|| {
                let (out, prices) = (out.view_mut(), &prices_usd_per_mwh);
                cost_grid(isa, Stores::Cached, &fleet, LEVEL, prices, &networks, out)
            });
        });
    }
    group.finish();
}

/// A small grid and 10,000 machines x 1,000 prices x 8 states, reduced on the fly.
fn reduced(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cost_grid_reduced");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    for (machines, prices, scenarios) in [(1_000, 200, 4), (10_000, 1_000, 8)] {
        let fleet = fleet(machines).unwrap_or_else(|error| panic!("{error}"));
        let prices_usd_per_mwh = prices_usd_per_mwh(prices);
        let networks = networks(scenarios);
        let run = |method, isa| {
            reduced_grid_by(method, isa, &fleet, LEVEL, &prices_usd_per_mwh, &networks)
                .unwrap_or_else(|error| panic!("{error}"))
        };
        let roads = [
            ("scalar", Method::Brute, Isa::SCALAR),
            ("best", Method::Brute, Isa::best()),
            ("shortcut", Method::Shortcut, Isa::best()),
        ];
        let reference = run(Method::Brute, Isa::SCALAR);
        for (_, method, isa) in roads {
            assert_same(&run(method, isa), &reference);
        }
        group.throughput(Throughput::Elements((machines * prices * scenarios) as u64));
        for (name, method, isa) in roads {
            let name = format!("{machines}x{prices}x{scenarios}/{name}");
            group.bench_function(name, |bencher| bencher.iter(|| black_box(run(method, isa))));
        }
    }
    group.finish();
}

fn assert_same(found: &ReducedGrid, reference: &ReducedGrid) {
    // No machine's cost lies within a rounding of the price of a bitcoin on these inputs.
    assert_eq!(found.machines, reference.machines);
    for (found, reference) in
        [(&found.th_per_s, &reference.th_per_s), (&found.usd_per_btc, &reference.usd_per_btc)]
    {
        for (found, reference) in found.iter().zip(reference) {
            let error = (found - reference).abs();
            assert!(error <= ROUNDING_TOLERANCE * reference, "{found} instead of {reference}");
        }
    }
}

criterion_group!(benches, full, reduced);
criterion_main!(benches);
