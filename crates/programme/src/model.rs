//! A programme: columns with bounds and an objective to be maximised, rows that limit them.

use crate::error::Error;
use crate::sum::dot;

/// A variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Name by which people and files know it.
    pub name: String,
    /// What one unit adds to the objective.
    pub objective: f64,
    /// Least value; may be minus infinity.
    pub lower: f64,
    /// Largest value; may be infinity.
    pub upper: f64,
    /// Whether only whole numbers are allowed.
    pub integer: bool,
}

impl Column {
    /// A column between two bounds that may take any value.
    pub fn continuous(name: impl Into<String>, objective: f64, lower: f64, upper: f64) -> Self {
        Self { name: name.into(), objective, lower, upper, integer: false }
    }

    /// A column between two bounds that may take whole values.
    pub fn integer(name: impl Into<String>, objective: f64, lower: f64, upper: f64) -> Self {
        Self { name: name.into(), objective, lower, upper, integer: true }
    }

    /// A column that is 0 or 1.
    pub fn binary(name: impl Into<String>, objective: f64) -> Self {
        Self::integer(name, objective, 0.0, 1.0)
    }
}

/// A limit on a sum of columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Name by which people and files know it.
    pub name: String,
    /// Least value; may be minus infinity.
    pub lower: f64,
    /// Largest value; may be infinity.
    pub upper: f64,
    /// The columns in it, with their factors; each column at most once.
    pub entries: Vec<(usize, f64)>,
}

impl Row {
    /// A sum that is at most `upper`.
    pub fn at_most(name: impl Into<String>, upper: f64, entries: Vec<(usize, f64)>) -> Self {
        Self { name: name.into(), lower: f64::NEG_INFINITY, upper, entries }
    }

    /// A sum that is at least `lower`.
    pub fn at_least(name: impl Into<String>, lower: f64, entries: Vec<(usize, f64)>) -> Self {
        Self { name: name.into(), lower, upper: f64::INFINITY, entries }
    }

    /// A sum that is `value`.
    pub fn equal(name: impl Into<String>, value: f64, entries: Vec<(usize, f64)>) -> Self {
        Self { name: name.into(), lower: value, upper: value, entries }
    }
}

/// Columns and rows; the objective is maximised.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Programme {
    /// Name by which people and files know it.
    pub name: String,
    /// The variables.
    pub columns: Vec<Column>,
    /// The limits.
    pub rows: Vec<Row>,
}

impl Programme {
    /// An empty programme.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Adds a column; its index.
    pub fn column(&mut self, column: Column) -> usize {
        self.columns.push(column);
        self.columns.len() - 1
    }

    /// Adds a row; its index.
    pub fn row(&mut self, row: Row) -> usize {
        self.rows.push(row);
        self.rows.len() - 1
    }

    /// Whether some column may take whole values only.
    pub fn is_mixed_integer(&self) -> bool {
        self.columns.iter().any(|column| column.integer)
    }

    /// The same programme without whole numbers: its linear relaxation.
    ///
    /// No solution of the programme is worth more than the best of its relaxation.
    #[must_use]
    pub fn relaxed(&self) -> Self {
        let mut relaxed = self.clone();
        for column in &mut relaxed.columns {
            column.integer = false;
        }
        relaxed
    }

    /// Objective of a choice of values, one per column, as a compensated sum.
    ///
    /// # Example
    ///
    /// ```
    /// use programme::{Column, Programme};
    ///
    /// let mut programme = Programme::new("two sites");
    /// programme.column(Column::continuous("a", 1.5, 0.0, 1.0));
    /// programme.column(Column::binary("b", 2.0));
    /// assert_eq!(programme.value(&[0.5, 1.0]), 2.75);
    /// ```
    pub fn value(&self, values: &[f64]) -> f64 {
        dot(self.columns.iter().zip(values).map(|(column, value)| (column.objective, *value)))
    }

    /// What a row's sum is at a choice of values, one per column, as a compensated sum.
    ///
    /// # Special cases
    ///
    /// 0 for a row that does not exist; a column without a value counts as 0.
    pub fn activity(&self, row: usize, values: &[f64]) -> f64 {
        let entries = self.rows.get(row).map_or(&[][..], |row| &row.entries);
        dot(entries
            .iter()
            .map(|(column, factor)| (*factor, values.get(*column).copied().unwrap_or(0.0))))
    }

    /// Whether the programme means something: numbers that are numbers, factors and objectives
    /// that are finite, bounds not infinite on the wrong side, columns that exist and stand once
    /// in a row. Crossed bounds are no fault here: such a programme has no solution.
    ///
    /// # Errors
    ///
    /// [`Error::Malformed`] with the first fault.
    pub fn validate(&self) -> Result<(), Error> {
        let malformed = |what: String| Err(Error::Malformed { what });
        let bounds_fault = |lower: f64, upper: f64| {
            lower.is_nan() || upper.is_nan() || lower == f64::INFINITY || upper == f64::NEG_INFINITY
        };
        for column in &self.columns {
            if !column.objective.is_finite() {
                return malformed(format!("objective of column `{}` is not finite", column.name));
            }
            if bounds_fault(column.lower, column.upper) {
                return malformed(format!("bounds of column `{}`", column.name));
            }
        }
        let mut seen_in = vec![usize::MAX; self.columns.len()];
        for (index, row) in self.rows.iter().enumerate() {
            if bounds_fault(row.lower, row.upper) {
                return malformed(format!("limits of row `{}`", row.name));
            }
            for (column, factor) in &row.entries {
                let Some(seen) = seen_in.get_mut(*column) else {
                    return malformed(format!("row `{}` names column {column}", row.name));
                };
                if *seen == index {
                    return malformed(format!("row `{}` names column {column} twice", row.name));
                }
                *seen = index;
                if !factor.is_finite() {
                    return malformed(format!("a factor of row `{}` is not finite", row.name));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_row(row: Row) -> Programme {
        let mut programme = Programme::new("one row");
        programme.column(Column::binary("a", 1.0));
        programme.column(Column::continuous("b", 1.0, 0.0, f64::INFINITY));
        programme.row(row);
        programme
    }

    #[test]
    fn relaxing_drops_whole_numbers_and_nothing_else() {
        let programme = one_row(Row::at_most("r", 1.5, vec![(0, 1.0), (1, 1.0)]));
        let relaxed = programme.relaxed();
        assert!(programme.is_mixed_integer() && !relaxed.is_mixed_integer());
        assert_eq!(relaxed.rows, programme.rows);
        assert_eq!(relaxed.columns[0], Column::continuous("a", 1.0, 0.0, 1.0));
    }

    #[test]
    fn activity_of_a_row_and_of_none() {
        let programme = one_row(Row::equal("r", 1.0, vec![(1, 2.0)]));
        assert_eq!(programme.activity(0, &[1.0, 3.0]), 6.0);
        assert_eq!(programme.activity(0, &[1.0]), 0.0);
        assert_eq!(programme.activity(7, &[1.0, 3.0]), 0.0);
    }

    #[test]
    fn what_means_nothing_is_malformed() {
        assert!(one_row(Row::at_most("r", 1.0, vec![(0, 1.0), (1, 0.0)])).validate().is_ok());
        assert!(one_row(Row::at_most("crossed", -1.0, vec![])).validate().is_ok());
        let faulty = [
            Row::at_most("r", 1.0, vec![(2, 1.0)]),
            Row::at_most("r", 1.0, vec![(0, 1.0), (0, 1.0)]),
            Row::at_most("r", 1.0, vec![(0, f64::INFINITY)]),
            Row::at_most("r", f64::NAN, vec![]),
            Row::at_least("r", f64::INFINITY, vec![]),
        ];
        for row in faulty {
            assert!(one_row(row.clone()).validate().is_err(), "{row:?}");
        }
        let mut programme = Programme::new("a column");
        programme.column(Column::continuous("x", f64::NAN, 0.0, 1.0));
        assert!(programme.validate().is_err());
        programme.columns[0] = Column::continuous("x", 0.0, 0.0, f64::NEG_INFINITY);
        assert!(programme.validate().is_err());
    }
}
