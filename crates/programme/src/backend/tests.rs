//! Cases that every back end has to get right.

use super::*;
use crate::check::{Evidence, Tolerances, Verdict, dual_bound, verdict};
use crate::model::{Column, Row};

const FREE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

fn backends() -> Vec<&'static dyn Backend> {
    vec![
        &Clarabel,
        &Microlp,
        #[cfg(feature = "highs")]
        &Highs,
    ]
}

fn integer_backends() -> Vec<&'static dyn Backend> {
    backends().split_off(1)
}

fn solve(backend: &dyn Backend, programme: &Programme) -> Outcome {
    let outcome = backend.solve(programme, &Effort::default());
    outcome.unwrap_or_else(|error| panic!("{} on {}: {error}", backend.name(), programme.name))
}

fn solved(backend: &dyn Backend, programme: &Programme) -> Solution {
    match solve(backend, programme) {
        Outcome::Solved(solution) => solution,
        other => panic!("{} on {}: {other:?}", backend.name(), programme.name),
    }
}

/// Solved by every given back end to one objective, with values that the checker takes.
fn worth(backends: &[&dyn Backend], programme: &Programme, objective: f64) {
    for backend in backends {
        let solution = solved(*backend, programme);
        let context = format!("{} on {}: {solution:?}", backend.name(), programme.name);
        assert!(
            (solution.objective - objective).abs() <= 1e-8 * (1.0 + objective.abs()),
            "{context}"
        );
        let evidence = match &solution.row_duals {
            Some(duals) => Evidence::Duals(duals),
            None => Evidence::Claimed(solution.bound),
        };
        let report = verdict(
            programme,
            &solution.values,
            solution.objective,
            evidence,
            &Tolerances::default(),
        );
        assert_eq!(report.verdict, Verdict::Proven, "{context}\n{report:?}");
    }
}

fn of(name: &str, columns: Vec<Column>, rows: Vec<Row>) -> Programme {
    Programme { name: name.into(), columns, rows }
}

fn x(objective: f64, (lower, upper): (f64, f64)) -> Column {
    Column::continuous("x", objective, lower, upper)
}

#[test]
fn nothing_to_decide() {
    worth(&backends(), &of("empty", vec![], vec![]), 0.0);
    worth(&backends(), &of("rows alone", vec![], vec![Row::at_most("r", 1.0, vec![])]), 0.0);
    for backend in backends() {
        let hopeless = of("no columns", vec![], vec![Row::at_least("r", 1.0, vec![])]);
        assert_eq!(solve(backend, &hopeless), Outcome::Infeasible, "{}", backend.name());
        let zero =
            of("zero factor", vec![x(1.0, (0.0, 1.0))], vec![Row::equal("r", 1.0, vec![(0, 0.0)])]);
        assert_eq!(solve(backend, &zero), Outcome::Infeasible, "{}", backend.name());
    }
}

#[test]
fn no_rows() {
    let columns = || vec![x(2.0, (-1.0, 3.0)), x(-1.0, (-1.0, 3.0)), x(0.0, FREE)];
    worth(&backends(), &of("boxes", columns(), vec![]), 7.0);
    worth(&backends(), &of("a free column worth nothing", vec![x(0.0, FREE)], vec![]), 0.0);
    worth(
        &backends(),
        &of("fixed columns", vec![x(2.0, (1.5, 1.5)), x(1.0, (-1.0, -1.0))], vec![]),
        2.0,
    );
    for column in [x(1.0, FREE), x(-1.0, FREE), x(1.0, (0.0, f64::INFINITY))] {
        for backend in backends() {
            let open = of("open", vec![column.clone()], vec![]);
            assert_eq!(solve(backend, &open), Outcome::Unbounded, "{} {column:?}", backend.name());
        }
    }
}

#[test]
fn fixed_columns_in_rows() {
    let row = |upper| Row::at_most("r", upper, vec![(0, 2.0), (1, 1.0)]);
    let columns = vec![x(1.0, (1.5, 1.5)), x(1.0, (0.0, 10.0))];
    worth(&backends(), &of("one fixed", columns, vec![row(5.0)]), 3.5);
    let both = || vec![x(1.0, (1.5, 1.5)), x(1.0, (2.0, 2.0))];
    worth(&backends(), &of("both fixed", both(), vec![row(5.0)]), 3.5);
    for backend in backends() {
        let outcome = solve(backend, &of("both fixed, too much", both(), vec![row(4.5)]));
        assert_eq!(outcome, Outcome::Infeasible, "{}", backend.name());
    }
}

#[test]
fn every_kind_of_row() {
    let entries = || vec![(0, 1.0), (1, 1.0)];
    let columns = |a, b| vec![x(a, (0.0, 10.0)), x(b, (0.0, 10.0))];
    let range = |lower, upper| Row { lower, ..Row::at_most("range", upper, entries()) };
    worth(&backends(), &of("range, from above", columns(1.0, 2.0), vec![range(3.0, 4.0)]), 8.0);
    worth(&backends(), &of("range, from below", columns(-1.0, -2.0), vec![range(3.0, 4.0)]), -3.0);
    worth(&backends(), &of("equal", columns(1.0, 2.0), vec![range(3.0, 3.0)]), 6.0);
    worth(&backends(), &of("no limit", columns(1.0, 2.0), vec![range(FREE.0, FREE.1)]), 30.0);
    // Noise of the duals leaves columns without bounds no proof, but the answer is right.
    let free = of("free columns", vec![x(1.0, FREE), x(1.0, FREE)], vec![range(3.0, 4.0)]);
    for backend in backends() {
        let solution = solved(backend, &free);
        assert!((solution.objective - 4.0).abs() < 1e-8, "{} {solution:?}", backend.name());
    }
}

#[test]
fn duals_say_what_one_more_unit_adds() {
    let entries = || vec![(0, 1.0), (1, 1.0)];
    let cases = [
        (Row::at_most("r", 4.0, entries()), [-1.0, 2.0], 2.0),
        (Row::at_least("r", 4.0, entries()), [-3.0, -2.0], -2.0),
        (Row::equal("r", 4.0, entries()), [-3.0, -2.0], -2.0),
        (Row::equal("r", 4.0, entries()), [3.0, 2.0], 3.0),
        (Row { lower: 1.0, ..Row::at_most("r", 4.0, entries()) }, [-3.0, -2.0], -2.0),
        (Row { lower: 1.0, ..Row::at_most("r", 4.0, entries()) }, [3.0, 2.0], 3.0),
        (Row::at_most("r", 40.0, entries()), [1.0, 2.0], 0.0),
    ];
    for (row, objective, dual) in cases {
        let columns = objective.map(|objective| x(objective, (0.0, 10.0))).to_vec();
        let programme = of("duals", columns, vec![row.clone()]);
        for backend in backends() {
            let solution = solved(backend, &programme);
            let Some(duals) = solution.row_duals else { continue };
            let context = format!("{} {row:?} {duals:?}", backend.name());
            assert!((duals[0] - dual).abs() < 1e-7, "{context}");
            let bound = dual_bound(&programme, &duals);
            assert!((bound - solution.objective).abs() < 1e-7, "{context} {bound}");
        }
    }
}

#[test]
fn the_greedy_trap_pays_more_per_unit_at_the_largest_budget() {
    // 100 MW of one site: a small conversion worth much per unit of capital against a whole one.
    let columns =
        || vec![Column::binary("whole", 60.0), x(1.0, (0.0, 8.0)), Column::binary("half", 25.0)];
    let rows = |budget| {
        let one_of = Row::at_most("one of", 1.0, vec![(0, 1.0), (2, 1.0)]);
        vec![Row::at_most("budget", budget, vec![(0, 10.0), (1, 1.0), (2, 4.0)]), one_of]
    };
    for (budget, objective) in [(0.0, 0.0), (3.5, 3.5), (4.0, 25.0), (9.0, 30.0), (10.5, 60.5)] {
        worth(&integer_backends(), &of("budget", columns(), rows(budget)), objective);
    }
}

#[test]
fn whole_numbers_are_whole() {
    let programme = of(
        "thirds",
        vec![Column::integer("n", 1.0, -7.5, 7.5), x(0.1, (0.0, 1.0))],
        vec![Row::at_most("r", 10.0, vec![(0, 3.0), (1, 1.0)])],
    );
    for backend in integer_backends() {
        let solution = solved(backend, &programme);
        assert_eq!(solution.values[0], 3.0, "{}", backend.name());
        assert_eq!(solution.objective, programme.value(&solution.values));
    }
    worth(&integer_backends(), &programme, 3.1);
    let crossed = of("no whole number", vec![Column::integer("n", 1.0, 0.25, 0.75)], vec![]);
    for backend in integer_backends() {
        assert_eq!(solve(backend, &crossed), Outcome::Infeasible, "{}", backend.name());
    }
}

#[test]
fn whole_columns_without_ends() {
    let free = || Column::integer("n", 1.0, FREE.0, FREE.1);
    let ended = of("ended by a row", vec![free()], vec![Row::at_most("r", 7.5, vec![(0, 2.0)])]);
    worth(&integer_backends(), &ended, 3.0);
    let endless = of("endless", vec![free()], vec![Row::at_least("r", 7.5, vec![(0, 2.0)])]);
    for backend in integer_backends() {
        assert_eq!(solve(backend, &endless), Outcome::Unbounded, "{}", backend.name());
    }
}

#[test]
fn no_choice_and_endless_choices() {
    let sum = |row: fn(&'static str, f64, Vec<(usize, f64)>) -> Row, limit| {
        row("r", limit, vec![(0, 1.0), (1, 1.0)])
    };
    let columns = || vec![x(1.0, (0.0, f64::INFINITY)), x(1.0, (0.0, f64::INFINITY))];
    let too_much = of("too much", columns(), vec![sum(Row::at_most, 1.0), sum(Row::at_least, 2.0)]);
    let endless = of("endless", columns(), vec![sum(Row::at_least, 1.0)]);
    let mut both = too_much.clone();
    both.name = "endless and impossible".into();
    both.columns.push(x(1.0, FREE));
    for backend in backends() {
        assert_eq!(solve(backend, &too_much), Outcome::Infeasible, "{}", backend.name());
        assert_eq!(solve(backend, &endless), Outcome::Unbounded, "{}", backend.name());
        assert_eq!(solve(backend, &both), Outcome::Infeasible, "{}", backend.name());
    }
}

#[test]
fn crossed_limits_have_no_choice() {
    let crossed = [
        of("column", vec![x(1.0, (2.0, 1.0))], vec![]),
        of(
            "row",
            vec![x(1.0, (0.0, 1.0))],
            vec![Row { lower: 2.0, ..Row::at_most("r", 1.0, vec![(0, 1.0)]) }],
        ),
    ];
    for programme in crossed {
        for backend in backends() {
            assert_eq!(solve(backend, &programme), Outcome::Infeasible, "{}", backend.name());
        }
    }
}

#[test]
fn what_means_nothing_is_refused() {
    let programme = of("nan", vec![x(f64::NAN, (0.0, 1.0))], vec![]);
    for backend in backends() {
        let refused = backend.solve(&programme, &Effort::default());
        assert!(matches!(refused, Err(Error::Malformed { .. })), "{}", backend.name());
    }
    let whole = of("whole", vec![Column::binary("b", 1.0)], vec![]);
    assert!(Clarabel.solve(&whole, &Effort::default()).is_err());
    assert_eq!(default_for(&whole).name(), for_milp().name());
    assert_eq!(default_for(&whole.relaxed()).name(), "clarabel");
    let wide = of("wide", vec![Column::integer("n", 1.0, 0.0, 1e10)], vec![]);
    assert!(Microlp.solve(&wide, &Effort::default()).is_err());
}

#[test]
fn money_in_dollars_and_megawatts_in_one_programme() {
    let columns = vec![x(1.7e6, (0.0, 400.0)), x(9.3e5, (0.0, 900.0)), x(-0.08, (0.0, 1e10))];
    let rows = vec![
        Row::at_most("budget", 1.2e9, vec![(0, 1.1e7), (1, 3.0e6), (2, -1.0)]),
        Row::at_most("tenant", 250.0, vec![(0, 0.74)]),
    ];
    // Capital at 0.08 beyond the budget is worth it for both; the tenant ends the first column.
    let first = 250.0 / 0.74;
    let raised = 1.1e7 * first + 3.0e6 * 900.0 - 1.2e9;
    let objective = 1.7e6 * first + 9.3e5 * 900.0 - 0.08 * raised;
    worth(&backends(), &of("dollars", columns, rows), objective);
}
