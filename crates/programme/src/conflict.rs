//! Why there is no answer: limits that cannot hold together, or a direction without an end.

use crate::backend::{Backend, Effort, Outcome};
use crate::check;
use crate::error::Error;
use crate::model::{Column, Programme, Row};

/// A limit that may be part of a conflict.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Member {
    /// The limits of a row.
    Row(usize),
    /// The least value of a column.
    Lower(usize),
    /// The largest value of a column.
    Upper(usize),
    /// That a column takes whole values only.
    Whole(usize),
}

/// A minimal set of limits that cannot hold together; empty where the programme has a choice.
///
/// Without any one member the others could hold, so each is needed. There may be other minimal
/// sets; the one given is the same every time, and prefers limits that come late in the order of
/// rows, then columns.
///
/// # Formula
///
/// The limits are halved again and again, keeping the half that conflicts with what is already
/// known to belong to the set; then each member is left out once more to see that it is needed.
/// About k log2(n / k) programmes are solved for k members of n limits, without an objective.
///
/// # Special cases
///
/// Where the programme without whole numbers has a choice, the conflict needs whole numbers, and
/// a bound of a whole column that is left out is widened by one more than the column's width
/// instead of removed: branch and bound over columns without ends need not end.
///
/// # Errors
///
/// Those of the back end, and [`Error::Backend`] where it stops without telling whether there is
/// a choice.
///
/// # Example
///
/// ```
/// use programme::conflict::{Member, minimal};
/// use programme::{Column, Programme, Row, backend};
///
/// let mut programme = Programme::new("demands");
/// let a = programme.column(Column::continuous("a", 1.0, 0.0, 10.0));
/// let b = programme.column(Column::continuous("b", 1.0, 0.0, 10.0));
/// programme.row(Row::at_least("tenant of a", 6.0, vec![(a, 1.0)]));
/// programme.row(Row::at_least("tenant of b", 1.0, vec![(b, 1.0)]));
/// programme.row(Row::at_most("crews", 5.0, vec![(a, 1.0)]));
/// let conflict = minimal(&programme, backend::default_for(&programme))?;
/// assert_eq!(conflict, [Member::Row(0), Member::Row(2)]);
/// # Ok::<(), programme::Error>(())
/// ```
pub fn minimal(programme: &Programme, backend: &dyn Backend) -> Result<Vec<Member>, Error> {
    programme.validate()?;
    if let Some(crossed) = crossed(programme) {
        return Ok(crossed);
    }
    let relaxed = programme.relaxed();
    let search = if has_choice(&relaxed, backend)? {
        if !programme.is_mixed_integer() || has_choice(programme, backend)? {
            return Ok(Vec::new());
        }
        Search { programme, backend }
    } else {
        Search { programme: &relaxed, backend }
    };
    let mut found = search.conflict(&[], false, &members(search.programme))?;
    let mut place = 0;
    while place < found.len() {
        let mut rest = found.clone();
        rest.remove(place);
        if search.holds(&rest)? {
            place += 1;
        } else {
            found = rest;
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Two limits of one column or one row that exclude each other: no solver is needed to see it.
fn crossed(programme: &Programme) -> Option<Vec<Member>> {
    if let Some(row) = programme.rows.iter().position(|row| row.lower > row.upper) {
        return Some(vec![Member::Row(row)]);
    }
    let whole_gap = |column: &Column| column.lower.ceil() > column.upper.floor();
    let place = programme
        .columns
        .iter()
        .position(|column| column.lower > column.upper || (column.integer && whole_gap(column)))?;
    let mut members = vec![Member::Lower(place), Member::Upper(place)];
    if programme.columns[place].lower <= programme.columns[place].upper {
        members.push(Member::Whole(place));
    }
    Some(members)
}

/// Every limit of a programme: bounds and whole numbers first, rows last, so that rows are
/// preferred in a conflict.
fn members(programme: &Programme) -> Vec<Member> {
    let mut members = Vec::new();
    for (index, column) in programme.columns.iter().enumerate() {
        if column.integer {
            members.push(Member::Whole(index));
        }
        if column.lower.is_finite() {
            members.push(Member::Lower(index));
        }
        if column.upper.is_finite() {
            members.push(Member::Upper(index));
        }
    }
    members.extend((0..programme.rows.len()).map(Member::Row));
    members
}

fn has_choice(programme: &Programme, backend: &dyn Backend) -> Result<bool, Error> {
    let mut feasibility = programme.clone();
    for column in &mut feasibility.columns {
        column.objective = 0.0;
    }
    match backend.solve(&feasibility, &Effort::default())? {
        Outcome::Solved(_) | Outcome::Unbounded => Ok(true),
        Outcome::Infeasible => Ok(false),
        Outcome::Stopped(_) => Err(Error::Backend {
            backend: backend.name(),
            said: "stopped before it was clear whether there is a choice".to_owned(),
        }),
    }
}

struct Search<'a> {
    programme: &'a Programme,
    backend: &'a dyn Backend,
}

impl Search<'_> {
    /// Whether some limits can hold together when all others are left out.
    fn holds(&self, kept: &[Member]) -> Result<bool, Error> {
        let mut programme = self.programme.clone();
        let mut rows: Vec<Row> = Vec::new();
        let mut bounds = vec![(false, false, false); programme.columns.len()];
        for member in kept {
            match member {
                Member::Row(row) => rows.push(programme.rows[*row].clone()),
                Member::Lower(column) => bounds[*column].0 = true,
                Member::Upper(column) => bounds[*column].1 = true,
                Member::Whole(column) => bounds[*column].2 = true,
            }
        }
        programme.rows = rows;
        for (column, (lower, upper, whole)) in programme.columns.iter_mut().zip(bounds) {
            let reach =
                if column.integer { column.upper - column.lower + 1.0 } else { f64::INFINITY };
            if !lower {
                column.lower -= reach;
            }
            if !upper {
                column.upper += reach;
            }
            column.integer &= whole;
        }
        has_choice(&programme, self.backend)
    }

    /// Those of `limits` that conflict minimally with `known`; `grown` tells whether `known` has
    /// changed since it was last found to hold.
    fn conflict(
        &self,
        known: &[Member],
        grown: bool,
        limits: &[Member],
    ) -> Result<Vec<Member>, Error> {
        if grown && !self.holds(known)? {
            return Ok(Vec::new());
        }
        if limits.len() <= 1 {
            return Ok(limits.to_vec());
        }
        let (first, second) = limits.split_at(limits.len() / 2);
        let of_second = self.conflict(&[known, first].concat(), true, second)?;
        let of_first =
            self.conflict(&[known, &of_second].concat(), !of_second.is_empty(), first)?;
        Ok([of_first, of_second].concat())
    }
}

/// How far values of a ray may miss its limits; its largest value is 1.
const RAY_TOLERANCE: f64 = 1e-9;

/// A direction, one value per column between -1 and 1, in which every choice can go on without an
/// end and grows in worth; none where the objective is bounded or the programme has no choice in
/// any case.
///
/// Together with one feasible choice it proves that the objective has no upper end. Whole numbers
/// are not used: with rational factors a multiple of the direction is whole.
///
/// # Formula
///
/// Maximise c d over d in the box from -1 to 1, where a column or row that has an upper limit has
/// d or its sum at most 0, and at least 0 for a lower limit. The result is verified by
/// [`check::feasible`].
///
/// # Errors
///
/// Those of the back end.
///
/// # Example
///
/// ```
/// use programme::{Column, Programme, Row, backend, conflict};
///
/// let mut programme = Programme::new("no end");
/// let a = programme.column(Column::continuous("a", 1.0, 0.0, f64::INFINITY));
/// let b = programme.column(Column::continuous("b", -3.0, 0.0, f64::INFINITY));
/// programme.row(Row::at_most("two of b for one of a", 5.0, vec![(a, 0.5), (b, -2.0)]));
/// let ray = conflict::ray(&programme, backend::for_lp())?.unwrap();
/// assert!((ray[a] - 1.0).abs() < 1e-6 && (ray[b] - 0.25).abs() < 1e-6);
/// # Ok::<(), programme::Error>(())
/// ```
pub fn ray(programme: &Programme, backend: &dyn Backend) -> Result<Option<Vec<f64>>, Error> {
    programme.validate()?;
    let end = |limit: f64, without: f64| if limit.is_finite() { 0.0 } else { without };
    let mut directions = Programme::new(format!("directions of {}", programme.name));
    // Objectives of any currency are compared with the tolerance as if the largest were 1.
    let largest = programme.columns.iter().map(|column| column.objective.abs()).fold(0.0, f64::max);
    if largest == 0.0 {
        return Ok(None);
    }
    for column in &programme.columns {
        let (lower, upper) = (end(column.lower, -1.0), end(column.upper, 1.0));
        let objective = column.objective / largest;
        directions.column(Column::continuous(column.name.clone(), objective, lower, upper));
    }
    for row in &programme.rows {
        directions.row(Row {
            lower: end(row.lower, f64::NEG_INFINITY),
            upper: end(row.upper, f64::INFINITY),
            ..row.clone()
        });
    }
    let outcome = backend.solve(&directions, &Effort::default())?;
    let Some(solution) = outcome.solution() else { return Ok(None) };
    let found = check::feasible(&directions, &solution.values, RAY_TOLERANCE)
        .is_ok_and(|worth| worth > 1e3 * RAY_TOLERANCE);
    Ok(found.then(|| solution.values.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::{Clarabel, Microlp};

    #[test]
    fn a_programme_with_a_choice_has_no_conflict() {
        let mut programme = Programme::new("choice");
        programme.column(Column::binary("a", 1.0));
        programme.row(Row::at_most("r", 0.5, vec![(0, 1.0)]));
        assert_eq!(minimal(&programme, &Microlp), Ok(vec![]));
        assert_eq!(minimal(&programme.relaxed(), &Clarabel), Ok(vec![]));
    }

    #[test]
    fn a_demand_against_a_budget_among_idle_limits() {
        let mut programme = Programme::new("demand");
        for index in 0..6 {
            programme.column(Column::binary(format!("site {index}"), 1.0));
        }
        programme.row(Row::at_most("crews", 4.0, (0..6).map(|i| (i, 1.0)).collect()));
        programme.row(Row::at_least("tenant", 30.0, vec![(2, 20.0), (3, 15.0), (4, 1.0)]));
        programme.row(Row::at_most("budget", 6.0, vec![(1, 2.0), (2, 5.0), (3, 4.0)]));
        let conflict = minimal(&programme, &Microlp).unwrap();
        assert!(conflict.contains(&Member::Row(1)) && conflict.contains(&Member::Row(2)));
        assert!(!conflict.contains(&Member::Row(0)), "{conflict:?}");
        assert!(conflict.len() <= 5, "{conflict:?}");
    }

    #[test]
    fn a_conflict_of_whole_numbers_names_them() {
        let mut programme = Programme::new("whole");
        programme.column(Column::binary("a", 1.0));
        programme.column(Column::binary("b", 1.0));
        programme.row(Row::equal("r", 3.0, vec![(0, 2.0), (1, 2.0)]));
        let conflict = minimal(&programme, &Microlp).unwrap();
        assert_eq!(conflict, [Member::Row(0), Member::Whole(0), Member::Whole(1)]);
    }

    #[test]
    fn crossed_bounds_are_the_conflict() {
        let mut programme = Programme::new("crossed");
        programme.column(Column::integer("n", 1.0, 0.25, 0.75));
        let of_whole = [Member::Lower(0), Member::Upper(0), Member::Whole(0)];
        assert_eq!(minimal(&programme, &Microlp).unwrap(), of_whole);
        programme.columns[0].lower = 2.0;
        assert_eq!(minimal(&programme, &Microlp).unwrap(), of_whole[..2]);
        programme.row(Row { lower: 2.0, ..Row::at_most("r", 1.0, vec![]) });
        assert_eq!(minimal(&programme, &Microlp).unwrap(), [Member::Row(0)]);
    }

    #[test]
    fn bounded_programmes_have_no_ray() {
        let mut programme = Programme::new("bounded");
        programme.column(Column::continuous("a", 1.0, 0.0, f64::INFINITY));
        programme.row(Row::at_most("r", 2.0, vec![(0, 1.0)]));
        assert_eq!(ray(&programme, &Clarabel), Ok(None));
        assert_eq!(ray(&programme, &Microlp), Ok(None));
        programme.rows[0].entries[0].1 = -1.0;
        assert_eq!(ray(&programme, &Microlp), Ok(Some(vec![1.0])));
        programme.columns[0].objective = 0.0;
        assert_eq!(ray(&programme, &Microlp), Ok(None));
    }
}
