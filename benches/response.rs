//! The responding network: the widest instruction set beside the scalar path. The answers are compared
//! before the clock starts.

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use hashcost::Isa;
use hashcost::response::DEFAULT_RESPONSE;
use hashpivot::workload;
use ndarray::Array2;

/// Paths of a run.
const PATHS: usize = 256;

/// 256 paths of 87 months.
fn responses(criterion: &mut Criterion) {
    let [_, months] = workload::RESPONSES;
    let (ensemble, prices) = match workload::responses(PATHS, months, 1) {
        Ok(inputs) => inputs,
        Err(error) => panic!("{error}"),
    };
    let mut out = Array2::zeros(prices.dim());
    let mut run = |isa| {
        let entries = [DEFAULT_RESPONSE.entry];
        let done = ensemble.hashrate_th_per_s(isa, &entries, &prices.view(), out.view_mut());
        assert_eq!(done, Ok(()));
        out.sum()
    };
    let (best, scalar) = (run(Isa::best()), run(Isa::SCALAR));
    assert!((best - scalar).abs() <= 1e-12 * scalar, "{best} instead of {scalar}");
    let mut group = criterion.benchmark_group("response");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements((PATHS * months) as u64));
    for (name, isa) in [("scalar", Isa::SCALAR), ("best", Isa::best())] {
        group.bench_function(format!("{PATHS}x{months}/{name}"), |bencher| {
            bencher.iter(|| run(isa));
        });
    }
    group.finish();
}

criterion_group!(benches, responses);
criterion_main!(benches);
