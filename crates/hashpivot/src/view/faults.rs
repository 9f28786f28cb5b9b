//! Faults as people read them: the first twenty and the count.

use std::fmt::Write;

use units::Violation;

/// Most faults that are spelled out.
const SHOWN: usize = 20;

/// One line a fault, in file order.
pub fn faults(violations: &[Violation]) -> String {
    let mut text = String::new();
    for violation in violations.iter().take(SHOWN) {
        let _ = writeln!(text, "{violation}");
    }
    if violations.len() > SHOWN {
        let _ = writeln!(
            text,
            "... and {} more ({} in all; --format json lists them)",
            violations.len() - SHOWN,
            violations.len()
        );
    }
    text
}
