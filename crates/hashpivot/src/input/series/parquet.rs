//! Rows of Parquet: read column by column, the same as rows of CSV after that.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnDescriptor;
use units::{Code, Violation};

use super::columns::Columns;
use super::rows::{Cell, MAX_ROWS, Rows};
use super::stamp::{self, Slip, Stamp};
use super::{Field, Place};

/// Rows that are held at a time.
const BATCH: usize = 8_192;

/// A Parquet file whose schema has been read.
pub(super) struct Table<'a> {
    name: &'a str,
    file: SerializedFileReader<Bytes>,
    header: Vec<String>,
}

/// A time as a file has it.
enum Time {
    Empty,
    Text(ByteArray),
    /// Counted from 1970-01-01T00:00, in UTC or by an unnamed clock.
    Count {
        count: i64,
        unit: Unit,
    },
}

#[derive(Clone, Copy)]
struct Unit {
    per_second: i64,
    utc: bool,
}

impl Time {
    fn stamp(&self) -> Result<Stamp, Slip> {
        match self {
            Self::Empty => Err(Slip::Empty),
            Self::Text(text) => stamp::read(text.data().trim_ascii()),
            Self::Count { count, unit } if count % unit.per_second == 0 => Ok(Stamp {
                clock_s: count / unit.per_second,
                offset_s: unit.utc.then_some(0),
                hour_24: false,
            }),
            Self::Count { .. } => Err(Slip::SplitSecond),
        }
    }

    fn written(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) => String::from_utf8_lossy(text.data().trim_ascii()).into_owned(),
            Self::Count { count, unit } => {
                let utc = if unit.utc { "Z" } else { "" };
                format!("{}{utc}", stamp::iso(count.div_euclid(unit.per_second)))
            }
        }
    }
}

/// A row and its number from 0.
struct Row<'a> {
    number: usize,
    time: &'a Time,
    cell: Cell,
}

impl Row<'_> {
    fn place(&self, columns: &Columns, field: Field) -> Place {
        let written = match (field, self.cell) {
            (Field::Time, _) => self.time.written(),
            (Field::Value, Cell::Number(value)) => value.to_string(),
            (Field::Value, _) => String::new(),
        };
        Place { line: self.number + 1, column: columns.place(field) + 1, written }
    }
}

impl<'a> Table<'a> {
    /// # Errors
    /// Bytes that are no Parquet file, and files of too many rows.
    pub(super) fn open(name: &'a str, bytes: &[u8]) -> Result<Self, Box<Violation>> {
        let file = whole(|| SerializedFileReader::new(Bytes::copy_from_slice(bytes)))
            .map_err(|error| Box::new(unreadable(name, &error)))?;
        let about = file.metadata().file_metadata();
        if usize::try_from(about.num_rows()).map_or(true, |rows| rows > MAX_ROWS) {
            let fault = Violation::new(Code::Limit, "")
                .allowed("a series may have 4,000,000 rows")
                .hint(format!("it has {}", about.num_rows()));
            return Err(Box::new(fault.at(name, 0, 0)));
        }
        let columns = about.schema_descr().columns().iter();
        let header = columns.map(|column| column.path().string()).collect();
        Ok(Self { name, file, header })
    }

    pub(super) fn header(&self) -> &[String] {
        &self.header
    }

    /// Reads every row, until `rows` has had enough.
    ///
    /// # Errors
    /// Columns of other types, and pages that cannot be read.
    pub(super) fn read(
        &self,
        columns: &Columns,
        rows: &mut Rows<'_>,
    ) -> Result<(), Vec<Violation>> {
        rows.reserve(usize::try_from(self.file.metadata().file_metadata().num_rows()).unwrap_or(0));
        self.visit(columns, |row| {
            rows.row(row.time.stamp(), row.cell, |field| row.place(columns, field))
        })
    }

    /// Places of one field in rows given by rising number from 0.
    pub(super) fn places(&self, columns: &Columns, rows: &[usize], field: Field) -> Vec<Place> {
        let mut places = Vec::with_capacity(rows.len());
        let mut wanted = rows.iter().copied().peekable();
        // The file has been read before.
        let _ = self.visit(columns, |row| {
            if wanted.next_if_eq(&row.number).is_some() {
                places.push(row.place(columns, field));
            }
            wanted.peek().is_some()
        });
        places
    }

    /// Shows every row, until `show` has had enough.
    fn visit(
        &self,
        columns: &Columns,
        mut show: impl FnMut(&Row<'_>) -> bool,
    ) -> Result<(), Vec<Violation>> {
        let schema = self.file.metadata().file_metadata().schema_descr();
        let of = |field| schema.column(columns.place(field));
        let (time, value) = (of(Field::Time), of(Field::Value));
        let time_type = time_type(&time);
        let refused = |field: Field, column: &ColumnDescriptor, allowed: &str| {
            Violation::new(Code::Type, columns.name(field))
                .value(described(column))
                .allowed(allowed)
                .at(self.name, 0, 0)
        };
        let mut faults = Vec::new();
        if time_type.is_none() {
            let allowed = "a time column holds timestamps in ms, us or ns, or text";
            faults.push(refused(Field::Time, &time, allowed));
        }
        let float = matches!(value.physical_type(), Type::DOUBLE | Type::FLOAT);
        if !float || value.max_rep_level() > 0 {
            faults.push(refused(Field::Value, &value, "a value column holds doubles or floats"));
        }
        let Some((time_type, true)) = time_type.map(|kind| (kind, faults.is_empty())) else {
            return Err(faults);
        };
        whole(|| self.pages(columns, time_type, &mut show))
            .map_err(|error| vec![unreadable(self.name, &error)])
    }

    fn pages(
        &self,
        columns: &Columns,
        time_type: TimeType,
        show: &mut impl FnMut(&Row<'_>) -> bool,
    ) -> Result<(), ParquetError> {
        let schema = self.file.metadata().file_metadata().schema_descr();
        let level = |field| schema.column(columns.place(field)).max_def_level();
        let (time_level, value_level) = (level(Field::Time), level(Field::Value));
        let mut number = 0;
        for group in 0..self.file.num_row_groups() {
            let group = self.file.get_row_group(group)?;
            let mut times = group.get_column_reader(columns.place(Field::Time))?;
            let mut values = group.get_column_reader(columns.place(Field::Value))?;
            loop {
                let times = times_of(&mut times, time_type, time_level)?;
                let values = values_of(&mut values, value_level)?;
                if times.len() != values.len() {
                    return Err(ParquetError::General("columns differ in length".into()));
                }
                if times.is_empty() {
                    break;
                }
                for (time, cell) in times.iter().zip(values) {
                    if !show(&Row { number, time, cell }) {
                        return Ok(());
                    }
                    number += 1;
                }
            }
        }
        Ok(())
    }
}

/// What `read` returns; a damaged file at which the library panics is an error like others.
fn whole<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    // Rows that were half taken are dropped with the error.
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|_| Err(ParquetError::General("the file is damaged".into())))
}

fn unreadable(name: &str, error: &ParquetError) -> Violation {
    Violation::new(Code::Syntax, "").allowed(format!("not Parquet: {error}")).at(name, 0, 0)
}

/// How times are stored.
#[derive(Clone, Copy)]
enum TimeType {
    Text,
    Count(Unit),
}

fn time_type(column: &ColumnDescriptor) -> Option<TimeType> {
    let count = |per_second, utc| Some(TimeType::Count(Unit { per_second, utc }));
    if column.max_rep_level() > 0 {
        return None;
    }
    match (column.physical_type(), column.logical_type_ref(), column.converted_type()) {
        (Type::INT64, Some(LogicalType::Timestamp(stamp)), _) => {
            let per_second = match stamp.unit {
                TimeUnit::MILLIS => 1_000,
                TimeUnit::MICROS => 1_000_000,
                TimeUnit::NANOS => 1_000_000_000,
            };
            count(per_second, stamp.is_adjusted_to_u_t_c)
        }
        // Older writers: defined as UTC.
        (Type::INT64, None, ConvertedType::TIMESTAMP_MILLIS) => count(1_000, true),
        (Type::INT64, None, ConvertedType::TIMESTAMP_MICROS) => count(1_000_000, true),
        (Type::BYTE_ARRAY, _, _) => Some(TimeType::Text),
        _ => None,
    }
}

/// The type of a column in words.
fn described(column: &ColumnDescriptor) -> String {
    let list = if column.max_rep_level() > 0 { "list of " } else { "" };
    match column.logical_type_ref() {
        Some(logical) => format!("{list}{} ({logical:?})", column.physical_type()),
        None => format!("{list}{}", column.physical_type()),
    }
}

/// The next rows of the time column.
fn times_of(
    reader: &mut ColumnReader,
    kind: TimeType,
    full: i16,
) -> Result<Vec<Time>, ParquetError> {
    match (reader, kind) {
        (ColumnReader::Int64ColumnReader(reader), TimeType::Count(unit)) => {
            batch(reader, full, || Time::Empty, |count| Time::Count { count, unit })
        }
        (ColumnReader::ByteArrayColumnReader(reader), TimeType::Text) => {
            batch(reader, full, || Time::Empty, Time::Text)
        }
        _ => Err(ParquetError::General("a time column changes its type".into())),
    }
}

/// The next rows of the value column.
fn values_of(reader: &mut ColumnReader, full: i16) -> Result<Vec<Cell>, ParquetError> {
    match reader {
        ColumnReader::DoubleColumnReader(reader) => {
            batch(reader, full, || Cell::Empty, Cell::Number)
        }
        ColumnReader::FloatColumnReader(reader) => {
            // The shortest number that means this float: 45.2, not 45.200000762939453.
            let number = |value: f32| value.to_string().parse().unwrap_or(f64::from(value));
            batch(reader, full, || Cell::Empty, |value| Cell::Number(number(value)))
        }
        _ => Err(ParquetError::General("a value column changes its type".into())),
    }
}

/// The next rows of a column, as many as are held at a time; `full` is the definition level of a
/// row that has a value.
fn batch<T: DataType, C>(
    reader: &mut ColumnReaderImpl<T>,
    full: i16,
    empty: impl Fn() -> C,
    of: impl Fn(T::T) -> C,
) -> Result<Vec<C>, ParquetError> {
    let mut levels = Vec::new();
    let mut values = Vec::new();
    let (rows, _, _) = reader.read_records(BATCH, Some(&mut levels), None, &mut values)?;
    let mut values = values.into_iter().map(of);
    if full == 0 {
        return Ok(values.collect());
    }
    let filled = |level| if level == full { values.next() } else { None };
    Ok(levels
        .into_iter()
        .take(rows)
        .map(filled)
        .map(|value| value.unwrap_or_else(&empty))
        .collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{ByteArrayType, DoubleType, FloatType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use power::{GapRule, Zone};

    use super::super::tests::prices as options;
    use super::super::{SeriesOptions, SeriesRead, read_series};
    use super::*;

    const START_S: i64 = 1_704_067_200;

    enum Column {
        Counts(Vec<i64>),
        Texts(Vec<String>),
        Doubles(Vec<Option<f64>>),
        Floats(Vec<f32>),
    }

    /// A file of two row groups that hold the same columns.
    fn written(schema: &str, groups: &[[Column; 2]]) -> Vec<u8> {
        let schema = Arc::new(parse_message_type(&format!("message m {{ {schema} }}")).unwrap());
        let properties = WriterProperties::builder()
            .set_compression(parquet::basic::Compression::SNAPPY)
            .set_data_page_row_count_limit(5)
            .set_write_batch_size(5)
            .build();
        let mut writer =
            SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).unwrap();
        for columns in groups {
            let mut group = writer.next_row_group().unwrap();
            for column in columns {
                let mut out = group.next_column().unwrap().unwrap();
                match column {
                    Column::Counts(values) => {
                        out.typed::<Int64Type>().write_batch(values, None, None)
                    }
                    Column::Texts(values) => {
                        let values: Vec<ByteArray> =
                            values.iter().map(|text| text.as_str().into()).collect();
                        out.typed::<ByteArrayType>().write_batch(&values, None, None)
                    }
                    Column::Doubles(values) => {
                        let levels: Vec<i16> =
                            values.iter().map(|value| i16::from(value.is_some())).collect();
                        let values: Vec<f64> = values.iter().flatten().copied().collect();
                        out.typed::<DoubleType>().write_batch(&values, Some(&levels), None)
                    }
                    Column::Floats(values) => {
                        out.typed::<FloatType>().write_batch(values, None, None)
                    }
                }
                .unwrap();
                out.close().unwrap();
            }
            group.close().unwrap();
        }
        writer.into_inner().unwrap()
    }

    fn read(bytes: &[u8], options: &SeriesOptions) -> Result<SeriesRead, Vec<String>> {
        read_series("p.parquet", bytes, options)
            .map_err(|faults| faults.iter().map(ToString::to_string).collect())
    }

    fn hours(rows: std::ops::Range<i64>, per_second: i64) -> Vec<i64> {
        rows.map(|hour| (START_S + hour * 3_600) * per_second).collect()
    }

    #[test]
    fn timestamps_of_every_unit_and_text_give_the_same_series() {
        let expected: Vec<f64> = (0..24).map(|hour| 45.2 + f64::from(hour)).collect();
        let some = |rows: std::ops::Range<usize>| {
            Column::Doubles(expected[rows].iter().copied().map(Some).collect())
        };
        for (unit, per_second) in
            [("MILLIS", 1_000), ("MICROS", 1_000_000), ("NANOS", 1_000_000_000)]
        {
            let schema = format!(
                "required int64 interval_start (TIMESTAMP({unit},true)); optional double price;"
            );
            let bytes = written(
                &schema,
                &[
                    [Column::Counts(hours(0..17, per_second)), some(0..17)],
                    [Column::Counts(hours(17..24, per_second)), some(17..24)],
                ],
            );
            let found = read(&bytes, &options()).unwrap();
            assert_eq!(found.series.values(), expected, "{unit}");
            assert_eq!((found.series.start_unix_s(), found.rows), (START_S, 24));
            assert_eq!(found.zone, None);
        }
        let texts = |rows: std::ops::Range<i64>| {
            rows.map(|hour| format!("{}Z", stamp::iso(START_S + hour * 3_600))).collect()
        };
        let schema = "required binary interval_start (UTF8); required float price;";
        let floats: Vec<f32> = (0_u8..24).map(|hour| 45.2 + f32::from(hour)).collect();
        let bytes = written(schema, &[[Column::Texts(texts(0..24)), Column::Floats(floats)]]);
        let found = read(&bytes, &options()).unwrap();
        assert_eq!(found.series.values(), expected);
        // Without UTC it is a local clock.
        let schema =
            "required int64 interval_start (TIMESTAMP(MICROS,false)); optional double price;";
        let bytes = written(schema, &[[Column::Counts(hours(0..24, 1_000_000)), some(0..24)]]);
        let chicago = SeriesOptions { zone: Zone::named("America/Chicago"), ..options() };
        assert_eq!(read(&bytes, &chicago).unwrap().series.start_unix_s(), START_S + 6 * 3_600);
        assert_eq!(
            read(&bytes, &options()).unwrap_err(),
            ["p.parquet:1:1: interval_start = 2024-01-01T00:00: a naive timestamp without zone \
             (add Z or an offset, or say --zone America/Chicago; 23 more rows like it)",]
        );
    }

    #[test]
    fn faults_name_rows_and_columns() {
        let schema =
            "optional double price; required int64 interval_start (TIMESTAMP(MILLIS,true));";
        let mut prices: Vec<Option<f64>> = vec![Some(30.0); 20];
        let bytes = |prices: &[Option<f64>], times: Vec<i64>| {
            written(schema, &[[Column::Doubles(prices.to_vec()), Column::Counts(times)]])
        };
        prices[7] = None;
        assert_eq!(
            read(&bytes(&prices, hours(0..20, 1_000)), &options()).unwrap_err(),
            ["p.parquet:8:2: interval_start = 2024-01-01T07:00Z: the interval of 1 hour from \
             2024-01-01T07:00Z has no value: allowed --gaps previous|linear|day_before",]
        );
        let filled = SeriesOptions { gaps: GapRule::Linear, ..options() };
        assert_eq!(read(&bytes(&prices, hours(0..20, 1_000)), &filled).unwrap().rows, 20);
        prices[3] = Some(f64::NAN);
        let mut times = hours(0..20, 1_000);
        times[11] += 1;
        times[15] = times[14];
        assert_eq!(
            read(&bytes(&prices, times), &options()).unwrap_err(),
            [
                "p.parquet:4:1: price = NaN: allowed -5000..=20000 USD/MWh (leave the field empty \
             where there is no value)",
                "p.parquet:12:2: interval_start = 2024-01-01T11:00Z: a time must read like \
             2024-01-31T13:00Z (times are whole seconds)",
                "p.parquet:16:2: interval_start = 2024-01-01T14:00Z: a time may stand once",
            ]
        );
    }

    #[test]
    fn other_files_and_types_are_refused() {
        let schema = "required int64 interval_start; required int64 price;";
        let counts = || Column::Counts(hours(0..2, 1));
        let bytes = written(schema, &[[counts(), counts()]]);
        assert_eq!(
            read(&bytes, &options()).unwrap_err(),
            [
                "p.parquet: interval_start = INT64: a time column holds timestamps in ms, us or \
                 ns, or text",
                "p.parquet: price = INT64: a value column holds doubles or floats",
            ]
        );
        let asked = SeriesOptions { value_column: Some("lmp".into()), ..options() };
        assert_eq!(
            read(&bytes, &asked).unwrap_err(),
            ["p.parquet: lmp: the value column that was asked for (found interval_start, price)",]
        );
        assert!(whole::<()>(|| panic!("a page that the library does not expect")).is_err());
        for cut in [4, 12, bytes.len() / 2, bytes.len() - 1] {
            let found = read(&bytes[..cut], &options()).unwrap_err();
            assert!(found[0].starts_with("p.parquet: not Parquet: "), "{found:?}");
        }
    }
}
