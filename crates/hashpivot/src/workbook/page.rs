//! A sheet as it is written: headings, columns, boxes of terms, and how all of it looks.

use std::rc::Rc;

use rust_xlsxwriter::{
    Chart, ChartLegendPosition, ChartType, Color, Format, FormatAlign, FormatBorder, Formula,
    Worksheet, XlsxError,
};

use super::cell::{Cell, Column, Term, quoted};

/// What is made, or why the writer refuses.
pub(super) type Made<T> = Result<T, XlsxError>;

/// First row of the months of a sheet, from 0.
pub(super) const FIRST_ROW: u32 = 6;

/// Where a number comes from, which is how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Typed by the user.
    Input,
    /// A formula.
    Live,
    /// Known to the engine alone.
    Engine,
}

/// Blue on yellow, as spreadsheet people expect of inputs.
const INPUT_INK: u32 = 0x00_00FF;
const INPUT_PAPER: u32 = 0xFF_FFCC;
const ENGINE_INK: u32 = 0x59_5959;
const ENGINE_PAPER: u32 = 0xEF_EFEF;
const HEAD_INK: u32 = 0xFF_FFFF;
const HEAD_PAPER: u32 = 0x1F_3864;
const RULE: u32 = 0xBF_BFBF;

/// The number format of a unit.
fn number_format(unit: &str) -> &'static str {
    match unit {
        "USD" | "USD/MW" | "USD/MW critical" | "USD/BTC" => "#,##0;[Red]-#,##0;\"-\"",
        "fraction" | "fraction per year" | "1/year" => "0.0###%",
        "month" | "months" | "count" | "year" => "0",
        "factor" => "0.000000",
        "MW" | "gross MW" | "critical MW" | "MW gross" | "MW critical" | "hours" | "h" => {
            "#,##0.0;[Red]-#,##0.0;\"-\""
        }
        "" => "General",
        _ => "#,##0.00####;[Red]-#,##0.00####;\"-\"",
    }
}

/// The format of a number.
pub(super) fn format(kind: Kind, unit: &str) -> Format {
    let plain = Format::new().set_num_format(number_format(unit)).set_font_size(10);
    match kind {
        Kind::Live => plain,
        Kind::Input => plain
            .set_font_color(Color::RGB(INPUT_INK))
            .set_background_color(Color::RGB(INPUT_PAPER))
            .set_border(FormatBorder::Thin)
            .set_border_color(Color::RGB(RULE)),
        Kind::Engine => plain
            .set_font_color(Color::RGB(ENGINE_INK))
            .set_background_color(Color::RGB(ENGINE_PAPER)),
    }
}

/// Plain text.
pub(super) fn text_format() -> Format {
    Format::new().set_font_size(10)
}

/// Text that says how something is to be read.
pub(super) fn note_format() -> Format {
    text_format().set_italic().set_font_color(Color::RGB(ENGINE_INK))
}

/// Headings of columns.
pub(super) fn head_format() -> Format {
    Format::new()
        .set_font_size(10)
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Center)
        .set_align(FormatAlign::VerticalCenter)
        .set_font_color(Color::RGB(HEAD_INK))
        .set_background_color(Color::RGB(HEAD_PAPER))
}

/// A heading over some rows.
pub(super) fn section_format() -> Format {
    text_format().set_bold().set_border_bottom(FormatBorder::Thin)
}

/// A number that says that all is well, or not.
pub(super) fn verdict_format() -> Format {
    text_format().set_bold()
}

/// A sheet.
pub(super) struct Page {
    /// The sheet itself.
    pub(super) sheet: Worksheet,
    /// Its name.
    pub(super) name: String,
    quoted: Rc<str>,
    /// Row of the first entry of a column.
    pub(super) first_row: u32,
    /// Next column that is free.
    pub(super) next_col: u16,
    last_row: u32,
    /// Rows of the box of terms, and its column.
    terms: (u32, u16),
    /// Row and column after the charts.
    chart_end: (u32, u16),
    /// Formulas whose own number is not the engine's.
    pub(super) differing: Vec<String>,
}

/// Rows and columns that a chart covers, about.
const CHART_ROWS: u32 = 16;
const CHART_COLUMNS: u16 = 10;

/// Relative difference of a formula and the engine that is rounding.
const SAME: f64 = 1e-9;
/// Difference that is rounding next to nothing: what sums of millions leave of it.
const NOTHING: f64 = 1e-6;

impl Page {
    /// A sheet with its title and a line that says what it holds.
    pub(super) fn new(name: &str, title: &str, note: &str) -> Made<Self> {
        let mut sheet = Worksheet::new();
        sheet.set_name(name)?;
        let large = Format::new().set_bold().set_font_size(14);
        sheet.write_string_with_format(0, 0, title, &large)?;
        sheet.write_string_with_format(1, 0, note, &note_format())?;
        sheet.set_screen_gridlines(false).set_landscape().set_paper_size(9);
        sheet.set_print_fit_to_pages(1, 0).set_footer("&L&F, &A&RPage &P of &N");
        let quoted = quoted(name);
        Ok(Self {
            sheet,
            name: name.to_owned(),
            quoted,
            first_row: FIRST_ROW,
            next_col: 0,
            last_row: 1,
            terms: (0, 0),
            chart_end: (0, 0),
            differing: Vec::new(),
        })
    }

    /// Keeps headings and the first columns in sight, and on every printed page.
    pub(super) fn freeze(&mut self, columns: u16) -> Made<()> {
        self.sheet.set_freeze_panes(self.first_row, columns)?;
        self.sheet.set_repeat_rows(self.first_row.saturating_sub(3), self.first_row - 1)?;
        Ok(())
    }

    /// Sets what is printed; the last thing done to a sheet.
    pub(super) fn finish(mut self) -> Made<Worksheet> {
        let boxed = if self.terms.0 > 0 { self.terms.1 + 3 } else { 0 };
        let last_col = self.next_col.max(boxed).max(self.chart_end.1).saturating_sub(1);
        self.last_row = self.last_row.max(self.chart_end.0);
        self.sheet.set_print_area(0, 0, self.last_row, last_col)?;
        Ok(self.sheet)
    }

    fn seen(&mut self, row: u32) {
        self.last_row = self.last_row.max(row);
    }

    /// Text, whatever it begins with.
    pub(super) fn text(&mut self, row: u32, col: u16, text: &str, format: &Format) -> Made<()> {
        self.seen(row);
        self.sheet.write_string_with_format(row, col, text, format)?;
        Ok(())
    }

    /// A number that no formula makes.
    pub(super) fn number(
        &mut self,
        (row, col): (u32, u16),
        value: f64,
        kind: Kind,
        unit: &str,
    ) -> Made<Cell> {
        self.seen(row);
        // Never -0.
        self.sheet.write_number_with_format(row, col, value + 0.0, &format(kind, unit))?;
        Ok(Cell::new(Rc::clone(&self.quoted), row, col, value))
    }

    /// A formula with its result: the engine's, where the engine knows it.
    pub(super) fn formula(
        &mut self,
        (row, col): (u32, u16),
        term: &Term,
        unit: &str,
        engine: Option<f64>,
    ) -> Made<Cell> {
        if term.literal {
            return self.number((row, col), term.value, Kind::Live, unit);
        }
        self.seen(row);
        let value = engine.unwrap_or(term.value) + 0.0;
        let apart = (term.value - value).abs();
        if apart > SAME * value.abs() && apart > NOTHING {
            let address = rust_xlsxwriter::utility::row_col_to_cell(row, col);
            let found = term.value;
            self.differing.push(format!("{}!{address}: {found} instead of {value}", self.name));
        }
        let formula = Formula::new(format!("={}", term.text())).set_result(value.to_string());
        self.sheet.write_formula_with_format(row, col, formula, &format(Kind::Live, unit))?;
        Ok(Cell::new(Rc::clone(&self.quoted), row, col, value))
    }

    /// A formula that comes to text.
    pub(super) fn says(
        &mut self,
        (row, col): (u32, u16),
        text: &str,
        result: &str,
        format: &Format,
    ) -> Made<()> {
        self.seen(row);
        let formula = Formula::new(format!("={text}")).set_result(result);
        self.sheet.write_formula_with_format(row, col, formula, format)?;
        Ok(())
    }

    /// Heading and unit of the next column.
    fn head(&mut self, title: &str, unit: &str) -> Made<u16> {
        let col = self.next_col;
        self.next_col += 1;
        let head = self.first_row - 3;
        self.sheet.write_string_with_format(head, col, title, &head_format())?;
        let centred = note_format().set_align(FormatAlign::Center);
        self.sheet.write_string_with_format(head + 1, col, unit, &centred)?;
        if self.first_row == FIRST_ROW {
            self.sheet.set_column_width(col, if col < 2 { 9.0 } else { 14.0 })?;
            self.sheet.set_row_height(head, 45.0)?;
        }
        Ok(col)
    }

    fn column_of(&mut self, col: u16, values: Vec<f64>) -> Column {
        self.seen(self.row(values.len().saturating_sub(1)));
        Column::new(Rc::clone(&self.quoted), self.first_row, col, values.into())
    }

    fn row(&self, at: usize) -> u32 {
        self.first_row + u32::try_from(at).unwrap_or(0)
    }

    /// A column of numbers that no formula makes.
    pub(super) fn engine(&mut self, title: &str, unit: &str, values: &[f64]) -> Made<Column> {
        let col = self.head(title, unit)?;
        for (at, value) in values.iter().enumerate() {
            self.number((self.row(at), col), *value, Kind::Engine, unit)?;
        }
        Ok(self.column_of(col, values.to_vec()))
    }

    /// A column of formulas.
    pub(super) fn live(
        &mut self,
        title: &str,
        unit: &str,
        entries: usize,
        mut term: impl FnMut(usize) -> Term,
        engine: Option<&[f64]>,
    ) -> Made<Column> {
        let col = self.head(title, unit)?;
        let mut values = Vec::with_capacity(entries);
        for at in 0..entries {
            let place = (self.row(at), col);
            let cell = self.formula(place, &term(at), unit, engine.map(|e| e[at]))?;
            values.push(cell.value);
        }
        Ok(self.column_of(col, values))
    }

    /// A column of words.
    pub(super) fn words(&mut self, title: &str, words: &[String]) -> Made<()> {
        let col = self.head(title, "")?;
        for (at, word) in words.iter().enumerate() {
            self.text(self.row(at), col, word, &text_format())?;
        }
        Ok(())
    }

    /// Month numbers and names, the first two columns of most sheets.
    pub(super) fn months(&mut self, names: &[String]) -> Made<Column> {
        let numbers: Vec<f64> = (0..names.len()).map(|m| m as f64).collect();
        let month = self.engine("Month", "month", &numbers)?;
        self.words("Date", names)?;
        Ok(month)
    }

    /// The sum of a column, above it.
    pub(super) fn total(&mut self, column: &Column, unit: &str) -> Made<Cell> {
        let (first, col, _) = column.place();
        self.formula((first - 1, col), &column.whole().sum(), unit, None)
    }

    /// Begins the box of terms that the columns of a sheet use, right of a gap.
    pub(super) fn terms(&mut self, columns: u16, title: &str) -> Made<()> {
        self.terms = (self.first_row - 3, columns + 1);
        let (row, col) = self.terms;
        for (at, head) in [title, "Value", "Unit"].into_iter().enumerate() {
            let col = col + u16::try_from(at).unwrap_or(0);
            self.sheet.write_string_with_format(row, col, head, &head_format())?;
        }
        self.sheet.set_column_width(col, 38.0)?.set_column_width(col + 1, 15.0)?;
        self.sheet.set_column_width(col + 2, 16.0)?;
        self.terms.0 += 1;
        Ok(())
    }

    /// A term with its label: a reference to an input, else a number of the engine.
    pub(super) fn term(
        &mut self,
        label: &str,
        unit: &str,
        input: Option<Term>,
        engine: f64,
    ) -> Made<Cell> {
        let (row, col) = self.terms;
        self.terms.0 += 1;
        self.text(row, col, label, &text_format())?;
        self.text(row, col + 2, unit, &note_format())?;
        match input {
            Some(input) => self.formula((row, col + 1), &input, unit, Some(engine)),
            None => self.number((row, col + 1), engine, Kind::Engine, unit),
        }
    }

    /// A cell of this sheet.
    pub(super) fn cell(&self, (row, col): (u32, u16), value: f64) -> Cell {
        Cell::new(Rc::clone(&self.quoted), row, col, value)
    }

    /// A line or column chart of some columns over another one, below or beside what is there.
    pub(super) fn chart(
        &mut self,
        kind: ChartType,
        title: &str,
        over: (u32, u16, u32),
        of: &[(&str, &Column)],
        (row, col): (u32, u16),
    ) -> Made<()> {
        let mut chart = Chart::new(kind);
        chart.title().set_name(title);
        let name = self.name.as_str();
        for (label, column) in of {
            let (first, col, last) = column.place();
            chart
                .add_series()
                .set_name(*label)
                .set_categories((name, over.0, over.1, over.2, over.1))
                .set_values((name, first, col, last, col));
        }
        chart.legend().set_position(ChartLegendPosition::Bottom);
        chart.set_width(640).set_height(300);
        let end = (row + CHART_ROWS, col + CHART_COLUMNS);
        self.chart_end = (self.chart_end.0.max(end.0), self.chart_end.1.max(end.1));
        self.sheet.insert_chart(row, col, &chart)?;
        Ok(())
    }
}
