//! Whether the kernels still earn their keep: each beside the scalar path, and each shortcut beside
//! brute force, in turns on the same input. Fails where a ratio falls below half of the recorded one
//! in three tries.
//!
//! `cargo bench -p hashpivot-benches --bench floors` checks; with `-- --record` it prints the rows
//! of `record/floors.csv` for this processor instead.

use std::process::ExitCode;

use hashcost::{Isa, Method, Stores};
use hashpivot::bench::{BenchArguments, Workload, bench};

/// Turns of a try; the ratio is the median's.
const TURNS: usize = 7;

/// Tries before a low ratio counts: the machine may be busy.
const TRIES: usize = 3;

/// Share of the recorded ratio that must be reached.
const FLOOR_FRAC: f64 = 0.5;

/// A ratio that is guarded.
struct Pair {
    name: &'static str,
    fast: BenchArguments,
    slow: BenchArguments,
    /// Whether the slow side is the scalar path; otherwise both run on the instruction set.
    scalar: bool,
}

fn pairs() -> Vec<Pair> {
    let of = |workload, method, stores, scale| BenchArguments {
        workload,
        scale,
        hours_scale: 1,
        threads: 1,
        runs: 1,
        method,
        stores,
    };
    let brute = Some(Method::Brute);
    let shortcut = Some(Method::Shortcut);
    let scalar = |name, arguments| Pair { name, fast: arguments, slow: arguments, scalar: true };
    let roads = |name, workload, scale| Pair {
        name,
        fast: of(workload, shortcut, None, scale),
        slow: of(workload, brute, None, scale),
        scalar: false,
    };
    vec![
        scalar("w1 cached", of(Workload::W1, None, Some(Stores::Cached), 0.02)),
        scalar("w1red brute", of(Workload::W1Red, brute, None, 0.05)),
        scalar("w2 brute", of(Workload::W2, brute, None, 0.05)),
        scalar("w3", of(Workload::W3, None, None, 0.02)),
        scalar("w4", of(Workload::W4, None, None, 0.005)),
        roads("w1red shortcut", Workload::W1Red, 0.2),
        roads("w2 shortcut", Workload::W2, 1.0),
    ]
}

/// How many times longer the slow side takes, turn by turn: the median.
fn ratio(pair: &Pair, isa: Isa) -> f64 {
    let time = |arguments, isa| match bench(arguments, isa) {
        Ok(result) => (result.cpu_ms, result.digest),
        Err(error) => panic!("{}: {error}", pair.name),
    };
    let slow_isa = if pair.scalar { Isa::SCALAR } else { isa };
    let mut ratios: Vec<f64> = (0..TURNS)
        .map(|_| {
            let ((fast_ms, fast), (slow_ms, slow)) =
                (time(&pair.fast, isa), time(&pair.slow, slow_isa));
            let same = fast == slow || !pair.scalar || !isa.fuses_multiply_add();
            assert!(same, "{}: {} differs from the scalar path", pair.name, isa.name());
            slow_ms / fast_ms
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios[TURNS / 2]
}

/// Recorded ratio of a pair on an instruction set.
fn recorded(name: &str, isa: Isa) -> Option<f64> {
    let mut rows = include_str!("record/floors.csv").lines().skip(1);
    rows.find_map(|row| {
        let mut fields = row.split(',');
        let here = fields.next() == Some(name) && fields.next() == Some(isa.name());
        here.then(|| fields.next()?.parse().ok())?
    })
}

fn main() -> ExitCode {
    let record = std::env::args().any(|argument| argument == "--record");
    let vector = |isa: &Isa| *isa != Isa::SCALAR;
    let mut low = 0;
    for isa in Isa::available().into_iter().filter(vector) {
        for pair in pairs() {
            if record {
                println!("{},{},{:.1}", pair.name, isa.name(), ratio(&pair, isa));
                continue;
            }
            let Some(recorded) = recorded(pair.name, isa) else {
                println!("{:<16} {:<9} no record", pair.name, isa.name());
                continue;
            };
            let floor = FLOOR_FRAC * recorded;
            let best = (0..TRIES).fold(0.0, |best: f64, _| {
                if best >= floor { best } else { best.max(ratio(&pair, isa)) }
            });
            let said = if best >= floor { "ok" } else { "TOO LOW" };
            println!("{:<16} {:<9} {best:6.1}  floor {floor:5.1}  {said}", pair.name, isa.name());
            low += usize::from(best < floor);
        }
    }
    if low == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
