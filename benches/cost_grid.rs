//! The cost grid: lanes beside their scalar reference, whole and reduced.
//!
//! Each pair runs on the same input, and the two answers are compared before the clock starts.

use std::hint::black_box;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use hashcost::{
    Level, ReducedGrid, cost_grid, cost_grid_reference, reduced_grid, reduced_grid_reference,
};
use hashpivot_benches::{fleet, networks, prices_usd_per_mwh};
use ndarray::Array3;

/// Sums of equal terms in equal order, with and without a fused multiply-add.
const CARRIER_TOLERANCE: f64 = 1e-12;

/// The level that breakevens are computed on.
const LEVEL: Level = Level::AllInBeforeCredits;

fn assert_near(lanes: f64, reference: f64) {
    let error = (lanes - reference).abs();
    assert!(error <= CARRIER_TOLERANCE * reference.abs(), "{lanes} instead of {reference}");
}

/// 1,000 machines x 200 prices x 4 states into an array that is used again.
fn full(criterion: &mut Criterion) {
    let (machines, prices, scenarios) = (1_000, 200, 4);
    let fleet = fleet(machines).unwrap_or_else(|error| panic!("{error}"));
    let prices_usd_per_mwh = prices_usd_per_mwh(prices);
    let networks = networks(scenarios);
    let mut lanes = Array3::zeros((scenarios, machines, prices));
    let mut reference = lanes.clone();
    let lanes_done = cost_grid(&fleet, LEVEL, &prices_usd_per_mwh, &networks, lanes.view_mut());
    let reference_done =
        cost_grid_reference(&fleet, LEVEL, &prices_usd_per_mwh, &networks, reference.view_mut());
    assert_eq!((lanes_done, reference_done), (Ok(()), Ok(())));
    for (lanes, reference) in lanes.iter().zip(&reference) {
        assert_near(*lanes, *reference);
    }

    let mut group = criterion.benchmark_group("cost_grid_full");
    group.throughput(Throughput::Elements((machines * prices * scenarios) as u64));
    group.bench_function("1000x200x4/scalar", |bencher| {
        bencher.iter(|| {
            cost_grid_reference(&fleet, LEVEL, &prices_usd_per_mwh, &networks, reference.view_mut())
        });
    });
    group.bench_function("1000x200x4/lanes", |bencher| {
        bencher.iter(|| cost_grid(&fleet, LEVEL, &prices_usd_per_mwh, &networks, lanes.view_mut()));
    });
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
        let lanes = || reduced_grid(&fleet, LEVEL, &prices_usd_per_mwh, &networks);
        let reference = || reduced_grid_reference(&fleet, LEVEL, &prices_usd_per_mwh, &networks);
        match (lanes(), reference()) {
            (Ok(lanes), Ok(reference)) => assert_same(&lanes, &reference),
            (lanes, reference) => panic!("{:?} {:?}", lanes.err(), reference.err()),
        }
        let name = format!("{machines}x{prices}x{scenarios}");
        group.throughput(Throughput::Elements((machines * prices * scenarios) as u64));
        group.bench_function(format!("{name}/scalar"), |bencher| {
            bencher.iter(|| black_box(reference()));
        });
        group
            .bench_function(format!("{name}/lanes"), |bencher| bencher.iter(|| black_box(lanes())));
    }
    group.finish();
}

fn assert_same(lanes: &ReducedGrid, reference: &ReducedGrid) {
    // No machine's cost lies within a rounding of the price of a bitcoin on these inputs.
    assert_eq!(lanes.machines, reference.machines);
    assert_eq!(lanes.th_per_s, reference.th_per_s);
    for (lanes, reference) in lanes.usd_per_btc.iter().zip(&reference.usd_per_btc) {
        assert_near(*lanes, *reference);
    }
}

criterion_group!(benches, full, reduced);
criterion_main!(benches);
