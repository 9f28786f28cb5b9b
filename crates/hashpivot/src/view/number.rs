//! Numbers as people read them. Rounding happens here and nowhere else.

/// A number with `decimals`, thousands grouped by commas, and never `-0`.
pub fn grouped(value: f64, decimals: usize) -> String {
    let plain = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut text = String::new();
    if value < 0.0 && plain.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        text.push('-');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// US dollars in millions with one decimal.
pub fn millions(usd: f64) -> String {
    grouped(usd / 1e6, 1)
}

/// A fraction in percent with one decimal.
pub fn percent(frac: f64) -> String {
    format!("{} %", grouped(frac * 100.0, 1))
}

/// A fraction in percent with its sign and as many digits as tell it from zero.
pub fn signed_percent(frac: f64) -> String {
    let sign = if frac > 0.0 { "+" } else { "" };
    if frac == 0.0 {
        "0 %".to_owned()
    } else if frac.abs() < 1e-4 {
        format!("{sign}{:.1e} %", frac * 100.0)
    } else {
        format!("{sign}{} %", grouped(frac * 100.0, 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_and_zero_has_no_sign() {
        for (value, decimals, text) in [
            (1_234_567.891, 1, "1,234,567.9"),
            (-1_000.0, 0, "-1,000"),
            (999.96, 1, "1,000.0"),
            (-0.04, 1, "0.0"),
            (0.0, 0, "0"),
            (12.0, 0, "12"),
        ] {
            assert_eq!(grouped(value, decimals), text);
        }
        assert_eq!(signed_percent(-2.5e-7), "-2.5e-5 %");
    }
}
