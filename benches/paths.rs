//! Simulated paths: the widest instruction set beside the scalar path, and the two ways to normal
//! numbers. The answers are compared before the clock starts.

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use hashcost::Isa;
use hashcost::paths::{Draws, net_present_values, traces};
use hashpivot::workload;
use ndarray::Array2;

/// Paths of a run.
const PATHS: usize = 4_096;

/// 4,096 paths of 60 months.
fn paths(criterion: &mut Criterion) {
    let (model, uses, months) = workload::paths(60);
    let mut out = Array2::zeros((3, PATHS));
    let mut run = |isa, draws| {
        let done = net_present_values(isa, &model, &uses, &months, draws, 0, out.view_mut());
        assert_eq!(done, Ok(()));
        out.sum()
    };
    let seeded = Draws::Seeded { seed: 1, mirrored: false };
    let inverted = Draws::Inverted { seed: 1 };
    for draws in [seeded, inverted] {
        let (best, scalar) = (run(Isa::best(), draws), run(Isa::SCALAR, draws));
        let near = (best - scalar).abs() <= 1e-12 * scalar.abs().max(1e12);
        assert!(near, "{best} instead of {scalar}");
    }
    let mut group = criterion.benchmark_group("paths");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements((PATHS * months.len()) as u64));
    for (name, isa, draws) in [
        ("scalar", Isa::SCALAR, seeded),
        ("best", Isa::best(), seeded),
        ("best, inverse of the distribution", Isa::best(), inverted),
    ] {
        group.bench_function(format!("4096x60/{name}"), |bencher| bencher.iter(|| run(isa, draws)));
    }
    group.bench_function("4096x60/best, prices kept", |bencher| {
        bencher.iter(|| traces(Isa::best(), &model, &uses, &months, 1, 0, PATHS));
    });
    group.finish();
}

criterion_group!(benches, paths);
criterion_main!(benches);
