//! What must hold of every answer to a programme, whichever solver gave it.
#![expect(clippy::unwrap_used, reason = "what is missing should stop the test")]

use hashpivot_tests::programmes::{Random, best_of_all, linear, medium, portfolio};
use num_rational::BigRational;
use programme::backend::{Backend, Clarabel, Effort, Microlp, Outcome, Solution};
use programme::check::{Evidence, Tolerances, Verdict, dual_bound, feasible, verdict};
use programme::conflict::{self, Member};
use programme::{Column, Programme, Row, mps};

fn solve(backend: &dyn Backend, programme: &Programme) -> Outcome {
    let outcome = backend.solve(programme, &Effort::default());
    outcome.unwrap_or_else(|error| panic!("{}: {error}", programme.name))
}

fn solved(backend: &dyn Backend, programme: &Programme) -> Solution {
    match solve(backend, programme) {
        Outcome::Solved(solution) => solution,
        other => panic!("{}: {other:?}", programme.name),
    }
}

/// Relative to 1 + the size of the second.
fn near(a: f64, b: f64, tolerance_frac: f64) -> bool {
    (a - b).abs() <= tolerance_frac * (1.0 + b.abs())
}

/// Sizes of random linear programmes, small and larger.
fn some_linear(seed: u64) -> Programme {
    let mut random = Random::new(seed ^ 0xABCD);
    linear(seed, 1 + random.below(8), 1 + random.below(10))
}

#[test]
fn small_portfolios_equal_enumeration() {
    let mut without = 0;
    for seed in 0..500 {
        let programme = portfolio(seed);
        let Some(best) = best_of_all(&programme) else {
            assert_eq!(solve(&Microlp, &programme), Outcome::Infeasible, "seed {seed}");
            without += 1;
            continue;
        };
        let solution = solved(&Microlp, &programme);
        assert_eq!(solution.objective, best, "seed {seed}");
        // Whole values, sums without rounding: no tolerance at all.
        assert_eq!(feasible(&programme, &solution.values, 0.0), Ok(best), "seed {seed}");
        let evidence = Evidence::Claimed(solution.bound);
        let tolerances = Tolerances { feasibility_frac: 0.0, ..Tolerances::default() };
        let report = verdict(&programme, &solution.values, best, evidence, &tolerances);
        assert_eq!(report.verdict, Verdict::Proven, "seed {seed}: {report:?}");
        // The relaxation is worth at least as much, whatever the duals.
        let relaxed = solved(&Clarabel, &programme.relaxed());
        let bound = dual_bound(&programme, &relaxed.row_duals.unwrap());
        assert!(bound >= best, "seed {seed}: {bound} < {best}");
    }
    assert!((25..250).contains(&without), "{without} without a choice");
}

/// The dual of a row is a supergradient of the value in its limit, of both limits if they are one.
#[test]
fn value_is_concave_in_each_limit_and_duals_touch_it() {
    let mut moved = 0;
    for seed in 0..1000 {
        let programme = some_linear(seed);
        let mut random = Random::new(seed + 7);
        let solution = solved(&Clarabel, &programme);
        let duals = solution.row_duals.as_ref().unwrap();
        let row = random.below(programme.rows.len());
        let dual = duals[row];
        for by in [random.eighths(0, 6) + 0.125, -random.eighths(0, 6) - 0.125] {
            let mut other = programme.clone();
            // Only the limit that the dual belongs to moves, or both of an equality.
            let limit = &mut other.rows[row];
            let equal = limit.lower == limit.upper;
            if equal || dual > 0.0 {
                limit.upper += by;
            }
            if equal || dual <= 0.0 {
                limit.lower += by;
            }
            let at_most = solution.objective + dual * by;
            if let Outcome::Solved(other) = solve(&Clarabel, &other) {
                let excess = other.objective - at_most;
                assert!(excess <= 1e-6 * (1.0 + at_most.abs()), "seed {seed}: {excess}");
                moved += usize::from(!near(other.objective, solution.objective, 1e-6));
            }
        }
    }
    assert!(moved > 300, "only {moved} limits mattered");
}

#[test]
fn duals_are_complementary_and_prove_the_objective() {
    for seed in 0..1000 {
        let programme = some_linear(seed);
        let solution = solved(&Clarabel, &programme);
        let duals = solution.row_duals.as_ref().unwrap();
        let size = 1.0 + solution.objective.abs();
        for (index, (row, dual)) in programme.rows.iter().zip(duals).enumerate() {
            let activity = programme.activity(index, &solution.values);
            let slack = if *dual > 0.0 { row.upper - activity } else { activity - row.lower };
            // A limit that is not there has a dual of 0 but for noise.
            let product = if slack.is_infinite() { dual.abs() } else { (dual * slack).abs() };
            assert!(product <= 1e-6 * size, "seed {seed}, row {index}: {dual} x {slack}");
        }
        let bound = dual_bound(&programme, duals);
        assert!(bound >= solution.objective - 1e-8 * size, "seed {seed}");
        assert!(near(bound, solution.objective, 1e-6), "seed {seed}: {bound} {solution:?}");
        let evidence = Evidence::Duals(duals);
        let tolerances = Tolerances::default();
        let report =
            verdict(&programme, &solution.values, solution.objective, evidence, &tolerances);
        assert_eq!(report.verdict, Verdict::Proven, "seed {seed}: {report:?}");
        let simplex = solved(&Microlp, &programme);
        assert!(near(simplex.objective, solution.objective, 1e-7), "seed {seed}");
    }
}

fn exact(value: f64) -> BigRational {
    BigRational::from_float(value).unwrap()
}

/// Weak duality in exact rationals, for columns with finite bounds.
fn exact_dual_bound(programme: &Programme, row_duals: &[f64]) -> BigRational {
    let mut total = exact(0.0);
    let mut reduced: Vec<BigRational> =
        programme.columns.iter().map(|column| exact(column.objective)).collect();
    for (row, dual) in programme.rows.iter().zip(row_duals) {
        let limit = if *dual > 0.0 { row.upper } else { row.lower };
        if *dual == 0.0 || limit.is_infinite() {
            continue;
        }
        total += exact(*dual) * exact(limit);
        for (column, factor) in &row.entries {
            reduced[*column] -= exact(*dual) * exact(*factor);
        }
    }
    for (reduced, column) in reduced.into_iter().zip(&programme.columns) {
        let at_lower = reduced.clone() * exact(column.lower);
        let at_upper = reduced * exact(column.upper);
        total += at_lower.max(at_upper);
    }
    total
}

#[test]
fn interval_bounds_enclose_exact_ones_and_closely() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let mut programme = linear(seed, 1 + random.below(45), 1 + random.below(40));
        programme.rows.truncate(50);
        // Numbers whose products and sums do round.
        for column in &mut programme.columns {
            column.objective *= 1.0 + random.unit();
            column.upper += random.unit();
        }
        for row in &mut programme.rows {
            for entry in &mut row.entries {
                entry.1 *= 1.0 + random.unit();
            }
        }
        let solver = match solve(&Clarabel, &programme) {
            Outcome::Solved(solution) => solution.row_duals.unwrap(),
            _ => vec![0.0; programme.rows.len()],
        };
        let any: Vec<f64> = programme.rows.iter().map(|_| 10.0 * random.unit() - 5.0).collect();
        for duals in [solver, any] {
            let interval = exact(dual_bound(&programme, &duals));
            let exactly = exact_dual_bound(&programme, &duals);
            assert!(exactly <= interval, "seed {seed}");
            // The sum's parts can be larger than the sum; none is above 1e5 here.
            let excess = interval - exactly.clone();
            let size = exact(1.0) + exactly.max(exact(0.0));
            assert!(excess <= exact(1e-9) * size, "seed {seed}: {excess}");
        }
    }
}

#[test]
fn answers_with_whole_data_are_feasible_exactly() {
    for seed in 500..600 {
        let programme = portfolio(seed);
        let Outcome::Solved(solution) = solve(&Microlp, &programme) else { continue };
        for row in &programme.rows {
            let mut sum = exact(0.0);
            for (column, factor) in &row.entries {
                sum += exact(*factor) * exact(solution.values[*column]);
            }
            assert!(row.upper.is_infinite() || sum <= exact(row.upper), "seed {seed}");
            assert!(row.lower.is_infinite() || sum >= exact(row.lower), "seed {seed}");
        }
    }
}

/// The programme with some limits alone, as the search for conflicts understands leaving out.
fn only(programme: &Programme, members: &[Member]) -> Programme {
    let mut kept = programme.clone();
    kept.rows.clear();
    for (index, row) in programme.rows.iter().enumerate() {
        if members.contains(&Member::Row(index)) {
            kept.row(row.clone());
        }
    }
    for (index, column) in kept.columns.iter_mut().enumerate() {
        column.objective = 0.0;
        let reach = if column.integer { column.upper - column.lower + 1.0 } else { f64::INFINITY };
        if !members.contains(&Member::Lower(index)) {
            column.lower -= reach;
        }
        if !members.contains(&Member::Upper(index)) {
            column.upper += reach;
        }
        column.integer &= members.contains(&Member::Whole(index));
    }
    kept
}

fn assert_minimal(programme: &Programme, members: &[Member], by: &dyn Backend) {
    let name = &programme.name;
    assert!(!members.is_empty(), "{name}");
    assert_eq!(solve(by, &only(programme, members)), Outcome::Infeasible, "{name}: {members:?}");
    for place in 0..members.len() {
        let mut rest = members.to_vec();
        let without = rest.remove(place);
        let outcome = solve(by, &only(programme, &rest));
        assert!(matches!(outcome, Outcome::Solved(_)), "{name}: {members:?} less {without:?}");
    }
}

#[test]
fn every_member_of_a_conflict_is_needed() {
    let (mut linear_conflicts, mut whole_conflicts) = (0, 0);
    for seed in 0..250 {
        let programme = portfolio(seed);
        if best_of_all(&programme).is_some() {
            if seed < 60 {
                assert_eq!(conflict::minimal(&programme, &Microlp), Ok(vec![]), "seed {seed}");
            }
            continue;
        }
        let members = conflict::minimal(&programme, &Microlp).unwrap();
        let whole = members.iter().any(|member| matches!(member, Member::Whole(_)));
        let judged = if whole { programme.clone() } else { programme.relaxed() };
        let has_relaxed = matches!(solve(&Microlp, &programme.relaxed()), Outcome::Solved(_));
        if has_relaxed {
            whole_conflicts += 1;
            assert!(whole, "seed {seed}");
        } else {
            linear_conflicts += 1;
            assert_minimal(&judged, &members, &Clarabel);
        }
        assert_minimal(&judged, &members, &Microlp);
    }
    assert!(linear_conflicts > 5 && whole_conflicts > 0, "{linear_conflicts} {whole_conflicts}");
}

#[test]
fn conflicts_of_linear_programmes_are_minimal_to_another_solver() {
    let mut conflicts = 0;
    for seed in 0..150 {
        let mut programme = some_linear(seed);
        let mut random = Random::new(seed);
        let row = random.below(programme.rows.len());
        let shift = random.eighths(1, 60);
        let limits = &mut programme.rows[row];
        (limits.lower, limits.upper) = (limits.upper.min(1e3) + shift, f64::INFINITY);
        if solve(&Microlp, &programme) != Outcome::Infeasible {
            continue;
        }
        conflicts += 1;
        let members = conflict::minimal(&programme, &Microlp).unwrap();
        assert_minimal(&programme, &members, &Clarabel);
    }
    assert!(conflicts > 50, "{conflicts}");
}

#[test]
fn what_is_unbounded_has_a_ray_and_what_is_bounded_has_none() {
    let (mut unbounded, mut bounded) = (0, 0);
    for seed in 0..300 {
        let mut programme = some_linear(seed);
        for column in programme.columns.iter_mut().step_by(2) {
            column.upper = f64::INFINITY;
        }
        for backend in [&Clarabel as &dyn Backend, &Microlp] {
            let ray = conflict::ray(&programme, backend).unwrap();
            match solve(&Microlp, &programme) {
                Outcome::Unbounded => {
                    unbounded += 1;
                    let ray = ray.unwrap_or_else(|| panic!("seed {seed}"));
                    assert!(programme.value(&ray) > 0.0, "seed {seed}");
                    // A long way along the ray from a choice is still a choice, but for noise.
                    let start = solved(&Microlp, &without_objective(&programme)).values;
                    let far: Vec<f64> =
                        start.iter().zip(&ray).map(|(start, ray)| start + 100.0 * ray).collect();
                    assert!(feasible(&programme, &far, 1e-6).is_ok(), "seed {seed}");
                }
                Outcome::Solved(_) => {
                    bounded += 1;
                    assert_eq!(ray, None, "seed {seed}");
                }
                other => panic!("seed {seed}: {other:?}"),
            }
        }
    }
    assert!(unbounded > 100 && bounded > 100, "{unbounded} {bounded}");
}

fn without_objective(programme: &Programme) -> Programme {
    let mut programme = programme.clone();
    for column in &mut programme.columns {
        column.objective = 0.0;
    }
    programme
}

/// A reader of what `mps::write` writes, and of no more.
fn read_mps(text: &str) -> Programme {
    let mut programme = Programme::new("PROGRAMME");
    let mut kinds = Vec::new();
    let (mut section, mut whole) = ("", false);
    let index = |name: &str| name[1..].parse::<usize>().unwrap() - 1;
    for line in text.lines().filter(|line| !line.starts_with('*')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if !line.starts_with(' ') {
            section = words[0];
            continue;
        }
        let number = || words[words.len() - 1].parse::<f64>().unwrap();
        match section {
            "OBJSENSE" => assert_eq!(words, ["MAX"]),
            "ROWS" if words[1] == "OBJ" => assert_eq!(words[0], "N"),
            "ROWS" => {
                assert_eq!(index(words[1]), kinds.len());
                kinds.push(words[0]);
                let (lower, upper) = match words[0] {
                    "N" => (f64::NEG_INFINITY, f64::INFINITY),
                    "E" => (0.0, 0.0),
                    "L" => (f64::NEG_INFINITY, 0.0),
                    "G" => (0.0, f64::INFINITY),
                    other => panic!("{other}"),
                };
                programme.row(Row { lower, ..Row::at_most(words[1], upper, vec![]) });
            }
            "COLUMNS" if words[1] == "'MARKER'" => whole = words[2] == "'INTORG'",
            "COLUMNS" => {
                if index(words[0]) == programme.columns.len() {
                    let mut column = Column::continuous(words[0], 0.0, 0.0, f64::INFINITY);
                    column.integer = whole;
                    programme.column(column);
                }
                if words[1] == "OBJ" {
                    programme.columns[index(words[0])].objective = number();
                } else {
                    programme.rows[index(words[1])].entries.push((index(words[0]), number()));
                }
            }
            "RHS" => {
                let row = &mut programme.rows[index(words[1])];
                match kinds[index(words[1])] {
                    "E" => (row.lower, row.upper) = (number(), number()),
                    "L" => row.upper = number(),
                    "G" => row.lower = number(),
                    other => panic!("{other}"),
                }
            }
            "RANGES" => {
                let row = &mut programme.rows[index(words[1])];
                match kinds[index(words[1])] {
                    "L" => row.lower = row.upper - number(),
                    "G" => row.upper = row.lower + number(),
                    other => panic!("{other}"),
                }
            }
            "BOUNDS" => {
                let column = &mut programme.columns[index(words[2])];
                match words[0] {
                    "BV" => (column.lower, column.upper) = (0.0, 1.0),
                    "FX" => (column.lower, column.upper) = (number(), number()),
                    "FR" => (column.lower, column.upper) = (f64::NEG_INFINITY, f64::INFINITY),
                    "LO" => column.lower = number(),
                    "MI" => column.lower = f64::NEG_INFINITY,
                    "UP" => column.upper = number(),
                    "PL" => column.upper = f64::INFINITY,
                    other => panic!("{other}"),
                }
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(section, "ENDATA");
    programme
}

/// The same under the names that MPS gives, with each row's columns in order.
fn renamed(mut programme: Programme) -> Programme {
    "PROGRAMME".clone_into(&mut programme.name);
    for (index, column) in programme.columns.iter_mut().enumerate() {
        column.name = format!("C{}", index + 1);
    }
    for (index, row) in programme.rows.iter_mut().enumerate() {
        row.name = format!("R{}", index + 1);
        row.entries.sort_by_key(|(column, _)| *column);
    }
    programme
}

#[test]
fn mps_text_reads_back_as_the_same_programme() {
    let kinds: [fn(u64) -> Programme; 3] = [portfolio, some_linear, |seed| medium(seed, 3, 2)];
    for seed in 0..100 {
        for kind in kinds {
            let mut programme = kind(seed);
            let mut random = Random::new(seed);
            for column in &mut programme.columns {
                match random.below(12) {
                    0 => column.lower = f64::NEG_INFINITY,
                    1 => column.upper = f64::INFINITY,
                    2 => (column.lower, column.upper) = (f64::NEG_INFINITY, f64::INFINITY),
                    3 => column.integer = !column.integer,
                    4 => column.objective = random.unit() * 1e-9,
                    _ => {}
                }
            }
            let place = random.below(programme.rows.len());
            programme.rows[place].lower = f64::NEG_INFINITY;
            if random.chance(50) {
                programme.rows[place].upper = f64::INFINITY;
            }
            let mut text = String::new();
            mps::write(&programme, &mut text).unwrap();
            assert_eq!(read_mps(&text), renamed(programme), "{text}");
        }
    }
}
