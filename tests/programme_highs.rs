//! HiGHS against enumeration and against the pure-Rust solvers.

use hashpivot_tests::programmes::{best_of_all, linear, medium, portfolio};
use programme::Programme;
use programme::backend::{Backend, Clarabel, Effort, Highs, Microlp, Outcome, Solution};
use programme::check::{Evidence, Tolerances, Verdict, dual_bound, feasible, verdict};

fn solve(backend: &dyn Backend, programme: &Programme, gap_frac: f64) -> Outcome {
    let effort = Effort { gap_frac, ..Effort::default() };
    let outcome = backend.solve(programme, &effort);
    outcome.unwrap_or_else(|error| panic!("{}: {error}", programme.name))
}

fn solved(backend: &dyn Backend, programme: &Programme, gap_frac: f64) -> Solution {
    match solve(backend, programme, gap_frac) {
        Outcome::Solved(solution) => solution,
        other => panic!("{} on {}: {other:?}", backend.name(), programme.name),
    }
}

/// Feasible, and within the stated gap of its own bound.
fn assert_proven(programme: &Programme, solution: &Solution, gap_frac: f64) {
    let evidence = solution
        .row_duals
        .as_ref()
        .map_or(Evidence::Claimed(solution.bound), |duals| Evidence::Duals(duals));
    let tolerances = Tolerances { gap_frac, ..Tolerances::default() };
    let report = verdict(programme, &solution.values, solution.objective, evidence, &tolerances);
    assert_eq!(report.verdict, Verdict::Proven, "{}: {report:?}", programme.name);
}

#[test]
fn small_portfolios_equal_enumeration() {
    for seed in 0..500 {
        let programme = portfolio(seed);
        let Some(best) = best_of_all(&programme) else {
            assert_eq!(solve(&Highs, &programme, 1e-9), Outcome::Infeasible, "seed {seed}");
            continue;
        };
        let solution = solved(&Highs, &programme, 1e-9);
        assert_eq!(solution.objective, best, "seed {seed}");
        assert_eq!(feasible(&programme, &solution.values, 0.0), Ok(best), "seed {seed}");
        assert_proven(&programme, &solution, 1e-6);
    }
}

#[test]
fn linear_programmes_agree_and_so_do_their_proofs() {
    for seed in 0..100 {
        let programme = linear(seed, 40, 60);
        let highs = solved(&Highs, &programme, 1e-9);
        let size = 1.0 + highs.objective.abs();
        assert_proven(&programme, &highs, 1e-8);
        for backend in [&Clarabel as &dyn Backend, &Microlp] {
            let other = solved(backend, &programme, 1e-9);
            let apart = (other.objective - highs.objective).abs();
            assert!(apart <= 1e-7 * size, "{} on seed {seed}: {apart}", backend.name());
        }
        // Duals of one solver bound the objective of the other.
        let clarabel = solved(&Clarabel, &programme, 1e-9);
        let bound = dual_bound(&programme, &clarabel.row_duals.unwrap());
        assert!(bound >= highs.objective - 1e-8 * size, "seed {seed}");
        assert!(bound <= highs.objective + 1e-6 * size, "seed {seed}");
    }
}

#[test]
fn medium_portfolios_agree_within_their_gaps() {
    const GAP_FRAC: f64 = 1e-6;
    for seed in 0..100 {
        let programme = medium(seed, 6, 4);
        let exact = solved(&Highs, &programme, GAP_FRAC);
        let pure = solved(&Microlp, &programme, GAP_FRAC);
        assert_proven(&programme, &exact, GAP_FRAC);
        assert_proven(&programme, &pure, GAP_FRAC);
        let apart = (exact.objective - pure.objective).abs();
        assert!(apart <= GAP_FRAC * (1.0 + exact.objective), "seed {seed}: {apart}");
        let relaxed = solved(&Clarabel, &programme.relaxed(), 1e-9);
        let bound = dual_bound(&programme, &relaxed.row_duals.unwrap());
        assert!(bound >= exact.objective, "seed {seed}");
    }
}

#[test]
fn the_same_programme_gives_the_same_bits() {
    let programme = medium(1, 6, 4);
    assert_eq!(solved(&Highs, &programme, 1e-9), solved(&Highs, &programme, 1e-9));
    let linear = linear(1, 40, 60);
    assert_eq!(solved(&Highs, &linear, 1e-9), solved(&Highs, &linear, 1e-9));
}
