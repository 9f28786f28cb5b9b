//! The figures that others published: all within tolerance, and none of them by accident.

use hashpivot::published::{Kind, check, figures};

#[test]
fn every_figure_is_within_its_tolerance() {
    let out: Vec<String> = check()
        .rows
        .into_iter()
        .filter(|row| !row.pass)
        .map(|row| format!("{}: {} against {}", row.figure, row.computed, row.published))
        .collect();
    assert!(out.is_empty(), "{out:#?}");
}

#[test]
fn moving_the_named_input_turns_every_figure_red() {
    for figure in figures() {
        let as_published = (figure.compute)(0.0);
        assert!(figure.passes(as_published), "{}", figure.name);
        // From a part in a billion up to three times the input (heights: three halvings), until
        // the figure has moved by twice its tolerance.
        let scale = if figure.published == 0.0 { 1.0 } else { figure.published.abs() };
        let moved = (0..64)
            .map(|step| 1e-9 * 1.41_f64.powf(f64::from(step)))
            .chain([1.0, 2.0, 3.0])
            .map(|x| (figure.compute)(x))
            .find(|y| (y - as_published).abs() > 2.0 * figure.tolerance * scale);
        let moved =
            moved.unwrap_or_else(|| panic!("{}: {} moves nothing", figure.name, figure.mover));
        assert!(!figure.passes(moved), "{}: {moved} still passes", figure.name);
    }
}

#[test]
fn every_figure_says_where_it_was_published_and_what_was_fitted() {
    let figures = figures();
    assert!(figures.len() >= 60);
    for figure in &figures {
        assert!(!figure.source.is_empty() && !figure.mover.is_empty(), "{}", figure.name);
        if let Kind::Calibrated(parameter) = figure.kind {
            assert!(!parameter.is_empty(), "{}", figure.name);
        }
    }
    let names: std::collections::BTreeSet<&str> = figures.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names.len(), figures.len(), "two figures share a name");
}
