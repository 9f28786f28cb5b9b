//! Rows of CSV.

use csv::ByteRecord;
use units::{Code, Violation};

use super::columns::Columns;
use super::rows::{Cell, Rows};
use super::{Field, Place, stamp};

/// Longest row in bytes.
const MAX_ROW: usize = 64 * 1024;
/// Bytes that the reader holds at a time.
const BUFFER: usize = 64 * 1024;

/// A CSV file whose header has been read.
pub(super) struct Table<'a> {
    name: &'a str,
    text: &'a str,
    header: Vec<String>,
    /// Line and column of each name of the header.
    places: Vec<(usize, usize)>,
    /// A row's bytes, to guess how many there are.
    row_bytes: usize,
}

/// A row and its place in the text.
struct Row<'a> {
    text: &'a str,
    fields: &'a ByteRecord,
    /// Byte and line at which it begins, blank lines before it included.
    byte: usize,
    line: usize,
}

impl Row<'_> {
    /// Place of a field, counted through the row as written, quotes respected.
    fn place(&self, field: usize) -> Place {
        let text = &self.text[self.byte..];
        let blank = text.len() - text.trim_start_matches(['\n', '\r']).len();
        let mut line = self.line + text[..blank].matches('\n').count();
        let (mut column, mut before, mut quoted) = (1, 0, false);
        for c in text[blank..].chars() {
            if before == field {
                break;
            }
            column += 1;
            match c {
                '"' => quoted = !quoted,
                ',' if !quoted => before += 1,
                '\n' if quoted => (line, column) = (line + 1, 1),
                '\n' => break,
                _ => {}
            }
        }
        let written = self.fields.get(field).unwrap_or_default();
        let written = String::from_utf8_lossy(written.trim_ascii()).into_owned();
        Place { line, column, written }
    }

    /// The row as written.
    fn written(&self) -> &str {
        let text = self.text[self.byte..].trim_start_matches(['\n', '\r']);
        text.split(['\n', '\r']).next().unwrap_or_default()
    }
}

impl<'a> Table<'a> {
    /// # Errors
    /// A text without a header.
    pub(super) fn open(name: &'a str, text: &'a str) -> Result<Self, Box<Violation>> {
        let mut table = Self { name, text, header: Vec::new(), places: Vec::new(), row_bytes: 1 };
        visit(name, text, |row| {
            if table.header.is_empty() {
                for (column, field) in row.fields.iter().enumerate() {
                    let place = row.place(column);
                    table.places.push((place.line, place.column));
                    table.header.push(String::from_utf8_lossy(field.trim_ascii()).into_owned());
                }
                return true;
            }
            table.row_bytes = row.fields.as_slice().len() + row.fields.len();
            false
        })?;
        if table.header.is_empty() {
            let fault = Violation::new(Code::Syntax, "")
                .allowed("a series file has a header and at least 2 rows")
                .hint("the file is empty");
            return Err(Box::new(fault.at(name, 0, 0)));
        }
        Ok(table)
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// Line and column of a name in the header.
    pub(super) fn header_place(&self, column: usize) -> (usize, usize) {
        self.places.get(column).copied().unwrap_or((1, 1))
    }

    /// Reads every row, until `rows` has had enough.
    ///
    /// # Errors
    /// A text that is no CSV.
    pub(super) fn read(
        &self,
        columns: &Columns,
        rows: &mut Rows<'_>,
    ) -> Result<(), Vec<Violation>> {
        // Rows differ in length by a few bytes; a sixteenth more saves the copy of a vector.
        let guess = self.text.len() / self.row_bytes;
        rows.reserve(guess + guess / 16);
        let (time, value) = (columns.place(Field::Time), columns.place(Field::Value));
        let mut header = true;
        let outcome = visit(self.name, self.text, |row| {
            if header {
                header = false;
                return true;
            }
            if row.fields.len() != columns.count {
                let fault = Violation::new(Code::Syntax, columns.name(Field::Time))
                    .value(row.written())
                    .allowed(format!(
                        "must have {} fields, has {}",
                        columns.count,
                        row.fields.len()
                    ))
                    .hint(ragged(row.fields));
                return rows.broken(fault, &row.place(0));
            }
            let stamp = stamp::read(row.fields.get(time).unwrap_or_default().trim_ascii());
            let cell = cell(row.fields.get(value).unwrap_or_default().trim_ascii());
            rows.row(stamp, cell, |field| row.place(columns.place(field)))
        });
        outcome.map_err(|fault| vec![*fault])
    }

    /// Places of one field in rows given by rising number from 0.
    pub(super) fn places(&self, columns: &Columns, rows: &[usize], field: Field) -> Vec<Place> {
        let mut places = Vec::with_capacity(rows.len());
        let mut wanted = rows.iter().copied().peekable();
        // Rows are counted from the one after the header.
        let mut lines = 0_usize;
        // The text has been read before: it is CSV.
        let _ = visit(self.name, self.text, |row| {
            if lines > 0 && wanted.next_if_eq(&(lines - 1)).is_some() {
                places.push(row.place(columns.place(field)));
            }
            lines += 1;
            wanted.peek().is_some()
        });
        places
    }
}

/// Shows the records of a text, header first, until `show` has had enough.
///
/// # Errors
/// A text that is no CSV, or a row that does not end.
fn visit(
    name: &str,
    text: &str,
    mut show: impl FnMut(&Row<'_>) -> bool,
) -> Result<(), Box<Violation>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .buffer_capacity(BUFFER)
        .from_reader(text.as_bytes());
    let mut fields = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut fields) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(error) => {
                let fault = Violation::new(Code::Syntax, "").allowed(format!("not CSV: {error}"));
                return Err(Box::new(fault.at(name, 0, 0)));
            }
        }
        let (byte, line) = fields.position().map_or((0, 1), |at| (at.byte(), at.line()));
        let whole = |at: u64| usize::try_from(at).unwrap_or(text.len());
        let row =
            Row { text, fields: &fields, byte: whole(byte).min(text.len()), line: whole(line) };
        if fields.as_slice().len() > MAX_ROW {
            let place = row.place(0);
            let fault = Violation::new(Code::Limit, "")
                .allowed("a row may have 64 KiB")
                .hint("is a quote left open?");
            return Err(Box::new(fault.at(name, place.line, place.column)));
        }
        if !show(&row) {
            return Ok(());
        }
    }
}

fn cell(field: &[u8]) -> Cell {
    match std::str::from_utf8(field) {
        Ok("") => Cell::Empty,
        Ok(text) => text.parse().map_or(Cell::Text, Cell::Number),
        Err(_) => Cell::Text,
    }
}

/// Why a row has another number of fields than the header.
fn ragged(fields: &ByteRecord) -> &'static str {
    let digits = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let whole = |text: &[u8]| digits(text.strip_prefix(b"-").unwrap_or(text));
    let split = fields.iter().zip(fields.iter().skip(1)).any(|(a, b)| whole(a) && digits(b));
    if split { "a comma inside a number splits it: write a decimal point" } else { "" }
}
