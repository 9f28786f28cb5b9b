//! Free MPS: a text that any outside solver reads.

use std::fmt::{self, Write};

use crate::model::{Column, Programme, Row};

/// Writes a programme as free MPS, to be maximised.
///
/// Columns are named `C1`, `C2`, ... and rows `R1`, `R2`, ... in order, the objective `OBJ`; their
/// own names stand in comments at the top. Every bound is written out, since readers differ on what
/// is meant by none. Numbers are the shortest text that reads back as the same double.
///
/// # Special cases
///
/// A row without limits is written as a further `N` row. A row with two different limits is an `L`
/// row with its width in `RANGES`, or a `G` row where only that reads back as the same limits; a
/// width can still round the other limit to the next double. Bounds that cross are written as they
/// are, crossed rows as a range of negative width, which readers refuse or turn around: find out
/// first whether a programme has a choice.
///
/// # Errors
///
/// What the writer says.
///
/// # Example
///
/// ```
/// use programme::{Column, Programme, Row, mps};
///
/// let mut programme = Programme::new("one budget");
/// let site = programme.column(Column::binary("Site A", 3.5));
/// programme.row(Row::at_most("budget 2027", 5.0, vec![(site, 4.0)]));
/// let mut text = String::new();
/// mps::write(&programme, &mut text)?;
/// assert!(text.contains("* C1 = Site A"));
/// assert!(text.contains(" L R1\n"));
/// # Ok::<(), std::fmt::Error>(())
/// ```
pub fn write(programme: &Programme, out: &mut dyn Write) -> fmt::Result {
    writeln!(out, "* {}", programme.name.escape_debug())?;
    for (index, column) in programme.columns.iter().enumerate() {
        writeln!(out, "* C{} = {}", index + 1, column.name.escape_debug())?;
    }
    for (index, row) in programme.rows.iter().enumerate() {
        writeln!(out, "* R{} = {}", index + 1, row.name.escape_debug())?;
    }
    writeln!(out, "NAME PROGRAMME\nOBJSENSE\n MAX\nROWS\n N OBJ")?;
    for (index, row) in programme.rows.iter().enumerate() {
        writeln!(out, " {} R{}", Kind::of(row).letter(), index + 1)?;
    }
    write_columns(programme, out)?;
    writeln!(out, "RHS")?;
    for (index, row) in programme.rows.iter().enumerate() {
        if let Some(limit) = Kind::of(row).limit(row) {
            writeln!(out, " RHS R{} {limit:?}", index + 1)?;
        }
    }
    if programme.rows.iter().any(|row| Kind::of(row).width(row).is_some()) {
        writeln!(out, "RANGES")?;
        for (index, row) in programme.rows.iter().enumerate() {
            if let Some(width) = Kind::of(row).width(row) {
                writeln!(out, " RANGE R{} {width:?}", index + 1)?;
            }
        }
    }
    writeln!(out, "BOUNDS")?;
    for (index, column) in programme.columns.iter().enumerate() {
        write_bounds(index + 1, column, out)?;
    }
    writeln!(out, "ENDATA")
}

/// Which of a row's limits is the one in `RHS`.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    None,
    Equal,
    Upper,
    Lower,
}

impl Kind {
    fn of(row: &Row) -> Self {
        match (row.lower.is_finite(), row.upper.is_finite()) {
            (false, false) => Self::None,
            (false, true) => Self::Upper,
            (true, false) => Self::Lower,
            (true, true) if row.lower == row.upper => Self::Equal,
            (true, true) => {
                let width = row.upper - row.lower;
                let lower_is_lost = row.upper - width != row.lower;
                if lower_is_lost && row.lower + width == row.upper {
                    Self::Lower
                } else {
                    Self::Upper
                }
            }
        }
    }

    fn letter(self) -> char {
        match self {
            Self::None => 'N',
            Self::Equal => 'E',
            Self::Upper => 'L',
            Self::Lower => 'G',
        }
    }

    fn limit(self, row: &Row) -> Option<f64> {
        match self {
            Self::None => None,
            Self::Equal | Self::Upper => Some(row.upper),
            Self::Lower => Some(row.lower),
        }
    }

    fn width(self, row: &Row) -> Option<f64> {
        let two = matches!(self, Self::Upper | Self::Lower)
            && row.lower.is_finite()
            && row.upper.is_finite();
        two.then_some(row.upper - row.lower)
    }
}

/// Factors column by column, whole columns between markers.
fn write_columns(programme: &Programme, out: &mut dyn Write) -> fmt::Result {
    let mut factors: Vec<Vec<(usize, f64)>> = vec![Vec::new(); programme.columns.len()];
    for (index, row) in programme.rows.iter().enumerate() {
        for (column, factor) in &row.entries {
            factors[*column].push((index + 1, *factor));
        }
    }
    writeln!(out, "COLUMNS")?;
    let mut markers = 0;
    let mut whole = false;
    for (index, column) in programme.columns.iter().enumerate() {
        if column.integer != whole {
            whole = column.integer;
            markers += 1;
            let side = if whole { "INTORG" } else { "INTEND" };
            writeln!(out, " MARKER{markers} 'MARKER' '{side}'")?;
        }
        let name = index + 1;
        if column.objective != 0.0 || factors[index].is_empty() {
            writeln!(out, " C{name} OBJ {:?}", column.objective)?;
        }
        for (row, factor) in &factors[index] {
            writeln!(out, " C{name} R{row} {factor:?}")?;
        }
    }
    if whole {
        writeln!(out, " MARKER{} 'MARKER' 'INTEND'", markers + 1)?;
    }
    Ok(())
}

fn write_bounds(name: usize, column: &Column, out: &mut dyn Write) -> fmt::Result {
    let (lower, upper) = (column.lower, column.upper);
    if column.integer && lower == 0.0 && upper == 1.0 {
        return writeln!(out, " BV BOUND C{name}");
    }
    if lower == upper {
        return writeln!(out, " FX BOUND C{name} {lower:?}");
    }
    if lower.is_infinite() && upper.is_infinite() {
        return writeln!(out, " FR BOUND C{name}");
    }
    // The lower bound first: an upper one below 0 means a lower one of minus infinity to some.
    if lower.is_infinite() {
        writeln!(out, " MI BOUND C{name}")?;
    } else {
        writeln!(out, " LO BOUND C{name} {lower:?}")?;
    }
    if upper.is_infinite() {
        writeln!(out, " PL BOUND C{name}")
    } else {
        writeln!(out, " UP BOUND C{name} {upper:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_section_and_every_kind_of_bound() {
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        let mut programme = Programme::new("all\nkinds");
        programme.column(Column::binary("Site A, whole", 60.5));
        programme.column(Column::integer("blocks", -1.0, 0.0, high));
        programme.column(Column::continuous("up to", 0.0, low, -2.5));
        programme.column(Column::continuous("free", 1e-20, low, high));
        programme.column(Column::continuous("fixed", 1.0, 3.0, 3.0));
        programme.column(Column::integer("box", 1.0, -2.0, 4.0));
        programme.row(Row::at_most("at most", 10.0, vec![(0, 1.0), (3, 2.0)]));
        programme.row(Row::at_least("at least", -1.0, vec![(1, 0.1)]));
        programme.row(Row::equal("equal", 0.0, vec![(4, 1e9)]));
        programme.row(Row { lower: 1.0, ..Row::at_most("range", 3.0, vec![(5, 1.0)]) });
        programme.row(Row { lower: low, ..Row::at_most("none", high, vec![(5, -1.0)]) });
        let mut text = String::new();
        write(&programme, &mut text).unwrap();
        let expected = "\
* all\\nkinds
* C1 = Site A, whole
* C2 = blocks
* C3 = up to
* C4 = free
* C5 = fixed
* C6 = box
* R1 = at most
* R2 = at least
* R3 = equal
* R4 = range
* R5 = none
NAME PROGRAMME
OBJSENSE
 MAX
ROWS
 N OBJ
 L R1
 G R2
 E R3
 L R4
 N R5
COLUMNS
 MARKER1 'MARKER' 'INTORG'
 C1 OBJ 60.5
 C1 R1 1.0
 C2 OBJ -1.0
 C2 R2 0.1
 MARKER2 'MARKER' 'INTEND'
 C3 OBJ 0.0
 C4 OBJ 1e-20
 C4 R1 2.0
 C5 OBJ 1.0
 C5 R3 1000000000.0
 MARKER3 'MARKER' 'INTORG'
 C6 OBJ 1.0
 C6 R4 1.0
 C6 R5 -1.0
 MARKER4 'MARKER' 'INTEND'
RHS
 RHS R1 10.0
 RHS R2 -1.0
 RHS R3 0.0
 RHS R4 3.0
RANGES
 RANGE R4 2.0
BOUNDS
 BV BOUND C1
 LO BOUND C2 0.0
 PL BOUND C2
 MI BOUND C3
 UP BOUND C3 -2.5
 FR BOUND C4
 FX BOUND C5 3.0
 LO BOUND C6 -2.0
 UP BOUND C6 4.0
ENDATA
";
        assert_eq!(text, expected);
    }

    #[test]
    fn a_range_is_hung_on_the_limit_that_gives_both_back() {
        for (lower, upper) in [(0.1, 0.3), (0.3, 1e6 + 0.1), (-0.7, 0.1), (1e-9, 0.7)] {
            let row = Row { lower, ..Row::at_most("r", upper, vec![]) };
            let width = upper - lower;
            let exact = upper - width == lower || lower + width == upper;
            let read = if Kind::of(&row) == Kind::Lower {
                (lower, lower + width)
            } else {
                (upper - width, upper)
            };
            assert!(!exact || read == (lower, upper), "{lower} {upper}");
        }
    }
}
