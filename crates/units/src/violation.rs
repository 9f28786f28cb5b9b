//! The one record in which a fault in somebody's input is reported, on every surface.

use std::fmt;

/// What kind of fault it is: stable words for scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The text is not TOML, JSON or CSV at all.
    Syntax,
    /// A value of the wrong kind (text where a number belongs, say).
    Type,
    /// A number outside the range that the field allows.
    Range,
    /// A number that is not finite.
    NotFinite,
    /// A field that must be there and is not.
    Missing,
    /// A key that nobody reads.
    UnknownKey,
    /// A word that is none of the allowed ones.
    UnknownWord,
    /// A reference to something that is not defined.
    UnknownReference,
    /// The same id, key or row twice.
    Duplicate,
    /// Two fields that contradict each other (minimum above maximum, say).
    Conflict,
    /// Dates that do not run forward, or are not the first of a month.
    DateOrder,
    /// Something demanded that cannot be had.
    Infeasible,
    /// A file that cannot be read or written.
    Io,
    /// More work than the stated limit allows.
    Limit,
}

impl Code {
    /// The word used in machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Type => "type",
            Self::Range => "range",
            Self::NotFinite => "not_finite",
            Self::Missing => "missing",
            Self::UnknownKey => "unknown_key",
            Self::UnknownWord => "unknown_word",
            Self::UnknownReference => "unknown_reference",
            Self::Duplicate => "duplicate",
            Self::Conflict => "conflict",
            Self::DateOrder => "date_order",
            Self::Infeasible => "infeasible",
            Self::Io => "io",
            Self::Limit => "limit",
        }
    }
}

/// One fault, with the place where it stands and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The kind of fault.
    pub code: Code,
    /// File name as the user gave it, or `--set`, or empty where there is no file.
    pub file: String,
    /// Line, from 1; 0 where there is none.
    pub line: usize,
    /// Column in characters, from 1; 0 where there is none.
    pub column: usize,
    /// Path of the field, `site.cedar-fork.tariff.usd_per_mwh`.
    pub path: String,
    /// The offending value as written, at most 80 characters.
    pub value: String,
    /// Unit of the field in words, empty if it has none.
    pub unit: String,
    /// What is allowed.
    pub allowed: String,
    /// The likely cause, empty if there is no good guess.
    pub hint: String,
}

impl Violation {
    /// A fault at a path, without a place in a file yet.
    pub fn new(code: Code, path: impl Into<String>) -> Self {
        Self {
            code,
            file: String::new(),
            line: 0,
            column: 0,
            path: path.into(),
            value: String::new(),
            unit: String::new(),
            allowed: String::new(),
            hint: String::new(),
        }
    }

    /// With the offending value; control characters are escaped and long text is cut.
    #[must_use]
    pub fn value(mut self, value: impl fmt::Display) -> Self {
        let text: String = value.to_string().chars().flat_map(escaped).collect();
        self.value = if text.chars().count() > 80 {
            text.chars().take(77).chain("...".chars()).collect()
        } else {
            text
        };
        self
    }

    /// With the unit in words.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = unit.into();
        self
    }

    /// With what is allowed.
    #[must_use]
    pub fn allowed(mut self, allowed: impl Into<String>) -> Self {
        self.allowed = allowed.into();
        self
    }

    /// With the likely cause.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With the place where it stands.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: usize, column: usize) -> Self {
        self.file = file.into();
        self.line = line;
        self.column = column;
        self
    }
}

/// Control and text-direction characters as code points, the rest as they are.
fn escaped(c: char) -> Vec<char> {
    let directional =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if c.is_control() || directional { c.escape_unicode().collect() } else { vec![c] }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
            if self.line > 0 {
                write!(f, "{}:{}:", self.line, self.column)?;
            }
            write!(f, " ")?;
        }
        write!(f, "{}", self.path)?;
        if !self.value.is_empty() {
            write!(f, " = {}", self.value)?;
        }
        if !self.allowed.is_empty() {
            let colon = if self.path.is_empty() && self.value.is_empty() { "" } else { ": " };
            write!(f, "{colon}{}", self.allowed)?;
            if !self.unit.is_empty() {
                write!(f, " {}", self.unit)?;
            }
        }
        if !self.hint.is_empty() {
            write!(f, " ({})", self.hint)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_like_a_sentence_with_its_place() {
        let fault = Violation::new(Code::Range, "fleet[3].efficiency_j_per_th")
            .value(0.0175)
            .unit("J/TH")
            .allowed("allowed 1..=2000")
            .hint("looks like J/GH: did you mean 17.5?")
            .at("site.toml", 41, 9);
        assert_eq!(
            fault.to_string(),
            "site.toml:41:9: fleet[3].efficiency_j_per_th = 0.0175: allowed 1..=2000 J/TH \
             (looks like J/GH: did you mean 17.5?)"
        );
    }

    #[test]
    fn control_characters_and_long_values_are_tamed() {
        let fault = Violation::new(Code::Type, "name").value("a\u{1b}[31m\u{202e}b");
        assert_eq!(fault.value, "a\\u{1b}[31m\\u{202e}b");
        assert_eq!(Violation::new(Code::Type, "x").value("y".repeat(200)).value.len(), 80);
    }
}
