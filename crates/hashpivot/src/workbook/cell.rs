//! Formulas that know what they are worth: text for the spreadsheet, number for its cache.

use std::ops::{Add, Div, Mul, Sub};
use std::rc::Rc;

use rust_xlsxwriter::utility::{column_number_to_name, row_col_to_cell};

/// How tightly the outermost operation of a text binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Sum,
    Product,
    Power,
    Atom,
}

/// A formula with its value.
#[derive(Clone, Debug)]
pub(super) struct Term {
    text: String,
    /// What it comes to.
    pub(super) value: f64,
    rank: Rank,
    /// Whether it is a number as such: no formula at all.
    pub(super) literal: bool,
}

/// A condition with its truth.
#[derive(Clone, Debug)]
pub(super) struct Test {
    text: String,
    holds: bool,
}

impl Term {
    fn new(text: String, value: f64, rank: Rank) -> Self {
        Self { text, value, rank, literal: false }
    }

    /// What stands in a cell.
    pub(super) fn of_cell(address: String, value: f64) -> Self {
        Self::new(address, value, Rank::Atom)
    }

    /// A call of a function that is worth `value`.
    pub(super) fn call(name: &str, arguments: &[&str], value: f64) -> Self {
        Self::new(format!("{name}({})", arguments.join(",")), value, Rank::Atom)
    }

    /// The text without `=`.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    fn within(&self, rank: Rank) -> String {
        if self.rank < rank { format!("({})", self.text) } else { self.text.clone() }
    }

    fn joined(&self, sign: char, other: &Self, value: f64, rank: Rank, right: Rank) -> Self {
        Self::new(format!("{}{sign}{}", self.within(rank), other.within(right)), value, rank)
    }

    /// This to the power of another.
    pub(super) fn power(&self, exponent: &Self) -> Self {
        let value = self.value.powf(exponent.value);
        self.joined('^', exponent, value, Rank::Atom, Rank::Atom).ranked(Rank::Power)
    }

    fn ranked(mut self, rank: Rank) -> Self {
        self.rank = rank;
        self
    }

    pub(super) fn max(&self, other: &Self) -> Self {
        Self::call("MAX", &[&self.text, &other.text], self.value.max(other.value))
    }

    pub(super) fn min(&self, other: &Self) -> Self {
        Self::call("MIN", &[&self.text, &other.text], self.value.min(other.value))
    }

    /// The whole number below.
    pub(super) fn whole(&self) -> Self {
        Self::call("INT", &[&self.text], self.value.floor())
    }

    pub(super) fn below(&self, other: &Self) -> Test {
        Test { text: format!("{}<{}", self.text, other.text), holds: self.value < other.value }
    }

    pub(super) fn at_least(&self, other: &Self) -> Test {
        Test { text: format!("{}>={}", self.text, other.text), holds: self.value >= other.value }
    }

    /// The sum of some terms; 0 of none.
    pub(super) fn sum(terms: impl IntoIterator<Item = Self>) -> Self {
        terms.into_iter().reduce(|a, b| a + b).unwrap_or_else(|| Self::from(0.0))
    }
}

impl Test {
    pub(super) fn and(&self, other: &Self) -> Self {
        let text = format!("AND({},{})", self.text, other.text);
        Self { text, holds: self.holds && other.holds }
    }

    /// One term where it holds, another where not.
    pub(super) fn then(&self, yes: &Term, no: &Term) -> Term {
        let value = if self.holds { yes.value } else { no.value };
        Term::call("IF", &[&self.text, &yes.text, &no.text], value)
    }
}

impl From<f64> for Term {
    fn from(value: f64) -> Self {
        // Never -0, and no sign without brackets.
        let value = value + 0.0;
        let text = if value < 0.0 { format!("({value})") } else { value.to_string() };
        Self { text, value, rank: Rank::Atom, literal: true }
    }
}

impl Add for Term {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.joined('+', &other, self.value + other.value, Rank::Sum, Rank::Sum)
    }
}

impl Sub for Term {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.joined('-', &other, self.value - other.value, Rank::Sum, Rank::Product)
    }
}

impl Mul for Term {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.joined('*', &other, self.value * other.value, Rank::Product, Rank::Product)
    }
}

impl Div for Term {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.joined('/', &other, self.value / other.value, Rank::Product, Rank::Power)
    }
}

/// A sheet as formulas name it, in quotes.
pub(super) fn quoted(sheet: &str) -> Rc<str> {
    format!("'{}'", sheet.replace('\'', "''")).into()
}

/// A cell with its number.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    sheet: Rc<str>,
    row: u32,
    col: u16,
    pub(super) value: f64,
}

impl Cell {
    pub(super) const fn new(sheet: Rc<str>, row: u32, col: u16, value: f64) -> Self {
        Self { sheet, row, col, value }
    }

    /// Its address, both fixed: `$B$7`.
    pub(super) fn address(&self) -> String {
        format!("${}${}", column_number_to_name(self.col), self.row + 1)
    }

    /// As seen from its own sheet.
    pub(super) fn here(&self) -> Term {
        Term::of_cell(self.address(), self.value)
    }

    /// As seen from another sheet.
    pub(super) fn there(&self) -> Term {
        Term::of_cell(format!("{}!{}", self.sheet, self.address()), self.value)
    }
}

/// A column of numbers, one below the other.
#[derive(Clone, Debug)]
pub(super) struct Column {
    sheet: Rc<str>,
    first_row: u32,
    col: u16,
    pub(super) values: Rc<[f64]>,
}

impl Column {
    pub(super) const fn new(sheet: Rc<str>, first_row: u32, col: u16, values: Rc<[f64]>) -> Self {
        Self { sheet, first_row, col, values }
    }

    fn row(&self, at: usize) -> u32 {
        self.first_row + u32::try_from(at).unwrap_or(0)
    }

    /// Entry `at` as seen from its own sheet.
    pub(super) fn here(&self, at: usize) -> Term {
        Term::of_cell(row_col_to_cell(self.row(at), self.col), self.values[at])
    }

    /// Entry `at` as seen from another sheet.
    pub(super) fn there(&self, at: usize) -> Term {
        let address = row_col_to_cell(self.row(at), self.col);
        Term::of_cell(format!("{}!{address}", self.sheet), self.values[at])
    }

    /// Entries `from..to` as a range, seen from its own sheet.
    pub(super) fn range(&self, from: usize, to: usize) -> Range {
        let name = column_number_to_name(self.col);
        let last = self.row(to.saturating_sub(1)) + 1;
        let text = format!("${name}${}:${name}${last}", self.row(from) + 1);
        Range { sheet: Rc::clone(&self.sheet), text, values: self.values[from..to].to_vec() }
    }

    /// All of it as a range.
    pub(super) fn whole(&self) -> Range {
        self.range(0, self.values.len())
    }

    /// Its place for a chart: sheet aside, first row, column, last row.
    pub(super) fn place(&self) -> (u32, u16, u32) {
        (self.first_row, self.col, self.row(self.values.len().saturating_sub(1)))
    }
}

/// Cells beside each other.
#[derive(Clone, Debug)]
pub(super) struct Range {
    sheet: Rc<str>,
    text: String,
    values: Vec<f64>,
}

impl Range {
    /// As seen from another sheet.
    pub(super) fn there(mut self) -> Self {
        self.text = format!("{}!{}", self.sheet, self.text);
        self
    }

    pub(super) fn sum(&self) -> Term {
        // Not `sum`: that of nothing is -0.0.
        let value = self.values.iter().fold(0.0, |sum, value| sum + value);
        Term::call("SUM", &[&self.text], value)
    }

    /// Sum of products with another.
    pub(super) fn times(&self, other: &Self) -> Term {
        let pairs = self.values.iter().zip(&other.values);
        let value = pairs.fold(0.0, |sum, (a, b)| sum + a * b);
        Term::call("SUMPRODUCT", &[&self.text, &other.text], value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(address: &str, value: f64) -> Term {
        Term::of_cell(address.to_owned(), value)
    }

    #[test]
    fn brackets_stand_where_they_are_needed() {
        let (a, b, c) = (cell("A1", 7.0), cell("B1", 2.0), cell("C1", 3.0));
        for (term, text, value) in [
            (a.clone() - (b.clone() - c.clone()), "A1-(B1-C1)", 8.0),
            ((a.clone() + b.clone()) * c.clone(), "(A1+B1)*C1", 27.0),
            (a.clone() / (b.clone() * c.clone()), "A1/(B1*C1)", 7.0 / 6.0),
            ((a.clone() * b.clone()).power(&c), "(A1*B1)^C1", 2744.0),
            (a.power(&(b.clone() / c.clone())), "A1^(B1/C1)", 7.0_f64.powf(2.0 / 3.0)),
            (a.clone() * Term::from(-2.0), "A1*(-2)", -14.0),
            (a.below(&b).then(&b, &c), "IF(A1<B1,B1,C1)", 3.0),
        ] {
            assert_eq!((term.text(), term.value), (text, value));
        }
    }
}
