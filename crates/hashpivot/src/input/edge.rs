//! How quantities, counts, dates and ids stand in a file: their serde form and their schema.
//!
//! Ranges, units and likely slips come from the `units` crate alone.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::json;
use units::{CalendarMonth, Quantity};

/// What an id looks like; the checker knows this pattern by heart.
pub(crate) const ID_PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
/// What the first day of a month looks like; the checker knows this pattern by heart.
pub(crate) const FIRST_OF_MONTH_PATTERN: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-01$";

/// A quantity as it stands in a file: a plain number in the quantity's unit and range.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Q<T>(pub T);

impl<T: Quantity> Q<T> {
    /// The number in the quantity's unit.
    pub fn get(self) -> f64 {
        self.0.into()
    }
}

impl<T: Quantity> Serialize for Q<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.get())
    }
}

impl<'de, T: Quantity> Deserialize<'de> for Q<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::checked(f64::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

impl<T: Quantity> JsonSchema for Q<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::SUFFIX.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        quantity_schema::<T>("number")
    }
}

/// A whole number of things, months or blocks, in the range of its quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct N<T> {
    count: u32,
    quantity: std::marker::PhantomData<T>,
}

impl<T: Quantity> N<T> {
    /// The number.
    pub fn get(self) -> u32 {
        self.count
    }

    /// The number as an index.
    pub fn index(self) -> usize {
        self.count as usize
    }
}

impl<T: Quantity> Serialize for N<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.count)
    }
}

impl<'de, T: Quantity> Deserialize<'de> for N<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let count = u32::deserialize(deserializer)?;
        T::checked(f64::from(count)).map_err(D::Error::custom)?;
        Ok(Self { count, quantity: std::marker::PhantomData })
    }
}

impl<T: Quantity> JsonSchema for N<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("whole_{}", T::SUFFIX).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        quantity_schema::<T>("integer")
    }
}

fn quantity_schema<T: Quantity>(kind: &str) -> Schema {
    let number = |value: f64| if kind == "integer" { whole(value) } else { json!(value) };
    let mut schema = json_schema!({
        "type": kind,
        "minimum": number(T::MIN),
        "maximum": number(T::MAX),
        "x-unit": T::UNIT,
    });
    if T::OR_ZERO {
        // A plain validator may accept a little too much, never refuse what is right.
        schema.insert("minimum".into(), number(0.0));
        schema.insert("x-minimum-unless-zero".into(), number(T::MIN));
    }
    if !T::SLIPS.is_empty() {
        let slips = T::SLIPS.iter().map(|slip| {
            json!({
                "from": slip.from, "to": slip.to,
                "looks_like": slip.looks_like, "factor": slip.factor,
            })
        });
        schema.insert("x-slips".into(), slips.collect());
    }
    schema
}

#[expect(clippy::cast_possible_truncation, reason = "ranges of counts are far below 2^63")]
fn whole(value: f64) -> serde_json::Value {
    json!(value as i64)
}

/// The first day of a month, `2026-12-01`: dates in a plan are months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FirstOfMonth(pub CalendarMonth);

impl fmt::Display for FirstOfMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-01", self.0)
    }
}

impl FirstOfMonth {
    /// Reads `2026-12-01`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shape = bytes.len() == 10
            && bytes.iter().enumerate().all(|(i, b)| match i {
                4 | 7 => *b == b'-',
                _ => b.is_ascii_digit(),
            })
            && text.ends_with("-01");
        if !shape {
            return None;
        }
        let month = CalendarMonth::new(text[..4].parse().ok()?, text[5..7].parse().ok()?).ok()?;
        Some(Self(month))
    }
}

impl Serialize for FirstOfMonth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FirstOfMonth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom("not the first of a month"))
    }
}

impl JsonSchema for FirstOfMonth {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "first_of_month".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "date", "pattern": FIRST_OF_MONTH_PATTERN,
            "x-unit": "first of a month",
        })
    }
}

/// A name that addresses and references use: letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Id(pub String);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Id {
    /// Whether `text` may be an id.
    pub fn allows(text: &str) -> bool {
        let first = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
        first
            && text.len() <= 64
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    }
}

impl JsonSchema for Id {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "id".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": ID_PATTERN })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_of_a_real_month_is_a_date() {
        for (text, good) in [
            ("2026-12-01", true),
            ("2026-12-02", false),
            ("2026-13-01", false),
            ("2026-00-01", false),
            ("1899-12-01", false),
            ("2026-1-01", false),
            ("2026-12-1", false),
            ("01.12.2026", false),
            ("２026-12-01", false),
            ("+026-12-01", false),
        ] {
            assert_eq!(FirstOfMonth::parse(text).is_some(), good, "{text}");
        }
        assert_eq!(FirstOfMonth::parse("2026-12-01").unwrap().to_string(), "2026-12-01");
    }

    #[test]
    fn ids_have_neither_dots_nor_spaces() {
        for (text, good) in [
            ("cedar-fork", true),
            ("A_1", true),
            ("", false),
            ("-a", false),
            ("a.b", false),
            ("ä", false),
        ] {
            assert_eq!(Id::allows(text), good, "{text}");
        }
    }
}
