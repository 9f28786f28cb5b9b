//! Collects what is wrong with the values of one call, so that all of it is reported together.

use std::fmt;

use crate::{Code, OutOfRange, Quantity, Violation};

/// Faults noted so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Violation>);

impl Faults {
    /// Notes a fault if `value` lies outside the range of the quantity `Q`.
    ///
    /// ```
    /// use units::{Faults, JPerTh, UptimeFrac};
    /// let mut faults = Faults::default();
    /// faults.check::<JPerTh>("j_per_th", 0.0175);
    /// faults.check::<UptimeFrac>("uptime_frac", 0.95);
    /// let found = faults.into_result().unwrap_err();
    /// assert_eq!(found.len(), 1);
    /// assert!(found[0].hint.contains("J/GH"));
    /// ```
    pub fn check<Q: Quantity>(&mut self, path: impl Into<String>, value: f64) {
        if let Err(OutOfRange { value, unit, allowed, hint }) = Q::checked(value) {
            let code = if value.is_finite() { Code::Range } else { Code::NotFinite };
            let fault = Violation::new(code, path).value(value).unit(unit);
            self.0.push(fault.allowed(allowed).hint(hint));
        }
    }

    /// Notes a fault if `holds` is false.
    pub fn demand(&mut self, holds: bool, path: &str, value: impl fmt::Display, allowed: &str) {
        if !holds {
            self.0.push(Violation::new(Code::Range, path).value(value).allowed(allowed));
        }
    }

    /// Notes a fault that is not about one value's range.
    pub fn push(&mut self, fault: Violation) {
        self.0.push(fault);
    }

    /// Nothing, if nothing was noted.
    ///
    /// # Errors
    /// All faults, in the order in which they were noted.
    pub fn into_result(self) -> Result<(), Vec<Violation>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}

/// Writes faults below each other, one a line: how every error that holds them shows itself.
///
/// # Errors
/// Those of the formatter.
pub fn write_lines(violations: &[Violation], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (position, violation) in violations.iter().enumerate() {
        if position > 0 {
            writeln!(f)?;
        }
        write!(f, "{violation}")?;
    }
    Ok(())
}
