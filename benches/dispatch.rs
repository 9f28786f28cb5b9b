//! The hourly dispatch: each instruction set beside the scalar reference, sorted hours beside every
//! point in every hour.
//!
//! Each pair runs on the same input, and the two answers are compared before the clock starts.

use std::hint::black_box;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use hashcost::{
    Dispatch, Hours, Isa, Ladders, Method, SortedHours, dispatch_by, dispatch_reference,
    dispatch_sorted,
};
use hashpivot::workload::{DISPATCH, hours, ladders};

/// Sums of equal terms in another order or without a fused multiply-add; no two values of these
/// inputs lie so near that a choice would change.
const TOLERANCE: f64 = 1e-12;

/// Hours of every bench.
const HOURS: usize = DISPATCH[1];

/// Operating points of every machine.
const POINTS: usize = DISPATCH[2];

fn inputs(machines: usize) -> (Ladders, Hours) {
    match (ladders(machines, POINTS), hours(HOURS, 1)) {
        (Ok(ladders), Ok(hours)) => (ladders, hours),
        (ladders, hours) => panic!("{:?} {:?}", ladders.err(), hours.err()),
    }
}

fn by(method: Method, isa: Isa, ladders: &Ladders, hours: &Hours, out: &mut Dispatch) {
    if let Err(error) = dispatch_by(method, isa, ladders, hours, out) {
        panic!("{error}");
    }
}

fn assert_same(found: &Dispatch, reference: &Dispatch) {
    assert_eq!(found.hours, reference.hours);
    for (found, reference) in [
        (&found.profit_usd, &reference.profit_usd),
        (&found.energy_mwh, &reference.energy_mwh),
        (&found.btc, &reference.btc),
    ] {
        for (found, reference) in found.iter().zip(reference) {
            let error = (found - reference).abs();
            assert!(error <= TOLERANCE * reference.abs(), "{found} instead of {reference}");
        }
    }
}

/// 100 machines x 8,768 hours x 8 points: every instruction set beside the scalar path.
fn kernel(criterion: &mut Criterion) {
    let machines = 100;
    let (ladders, hours) = inputs(machines);
    let reference = dispatch_reference(&ladders, &hours);
    let mut group = criterion.benchmark_group("dispatch_brute");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements((machines * HOURS) as u64));
    for isa in Isa::available().into_iter().rev() {
        let mut out = Dispatch::default();
        by(Method::Brute, isa, &ladders, &hours, &mut out);
        assert_same(&out, &reference);
        group.bench_function(format!("{machines}x{HOURS}x{POINTS}/{}", isa.name()), |bencher| {
            bencher.iter(|| by(Method::Brute, isa, &ladders, &hours, black_box(&mut out)));
        });
    }
    group.finish();
}

/// 2,000 machines x 8,768 hours x 8 points: sorted hours, sorted anew and before, beside every
/// point in every hour.
fn shortcut(criterion: &mut Criterion) {
    let machines = DISPATCH[0];
    let (ladders, hours) = inputs(machines);
    let isa = Isa::best();
    let mut brute = Dispatch::default();
    by(Method::Brute, isa, &ladders, &hours, &mut brute);
    let mut out = Dispatch::default();
    by(Method::Shortcut, isa, &ladders, &hours, &mut out);
    assert_same(&out, &brute);
    let Some(sorted) = SortedHours::new(&hours) else { panic!("hashing is worth something") };
    let mut group = criterion.benchmark_group("dispatch_shortcut");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements((machines * HOURS) as u64));
    let name = format!("{machines}x{HOURS}x{POINTS}");
    group.bench_function(format!("{name}/brute"), |bencher| {
        bencher.iter(|| by(Method::Brute, isa, &ladders, &hours, black_box(&mut brute)));
    });
    group.bench_function(format!("{name}/shortcut"), |bencher| {
        bencher.iter(|| by(Method::Shortcut, isa, &ladders, &hours, black_box(&mut out)));
    });
    group.bench_function(format!("{name}/sorted_before"), |bencher| {
        bencher.iter(|| dispatch_sorted(&ladders, &sorted, black_box(&mut out)));
    });
    group.finish();
}

criterion_group!(benches, kernel, shortcut);
criterion_main!(benches);
