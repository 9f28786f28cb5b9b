//! Numbers and words as they are shown. Nothing is rounded before it comes here.

use std::fmt::Write;

use crate::view;

/// Stands where there is no number.
pub(super) const NONE: &str = "–";

/// A number with so many decimals, thousands separated by commas, U+2212 before negatives.
///
/// # Special cases
/// What rounds to zero carries no sign; what is not finite is shown as [`NONE`].
pub(super) fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return NONE.into();
    }
    view::grouped(value, decimals).replace('-', "\u{2212}")
}

/// USD as millions with one decimal.
pub(super) fn millions(usd: f64) -> String {
    grouped(usd / 1e6, 1)
}

/// A fraction as percent, without the sign.
pub(super) fn percent(frac: f64) -> String {
    grouped(frac * 100.0, 1)
}

/// A number whose size is not known beforehand: about four digits.
pub(super) fn about(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 1000.0 || size == 0.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 1.0 => 2,
        _ => 4,
    };
    grouped(value, decimals)
}

/// A word of the result as people read it: `gpu_cloud` is "GPU cloud".
pub(super) fn in_words(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for part in word.split('_') {
        if !text.is_empty() {
            text.push(' ');
        }
        match part {
            "gpu" => text.push_str("GPU"),
            "btc" => text.push_str("BTC"),
            "mw" => text.push_str("MW"),
            _ => text.push_str(part),
        }
    }
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => text,
    }
}

/// A sentence with its capital and its full stop.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    // A key of the plan stays as it is written.
    let key = text.split(' ').next().is_some_and(|word| word.contains('_'));
    let first = letters.next().into_iter();
    let start: String =
        if key { first.collect() } else { first.flat_map(char::to_uppercase).collect() };
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    start.chars().chain(letters).chain(stop.chars()).collect()
}

/// A name of an alternative: a way of mining on, or everything into one use.
pub(super) fn alternative(name: &str) -> String {
    match name.strip_prefix("mining_") {
        Some(policy) => format!("Mine on: {}", policy_in_words(policy)),
        None => in_words(name),
    }
}

/// How mining goes on.
pub(super) fn policy_in_words(policy: &str) -> &str {
    match policy {
        "run_off" => "run off",
        "refresh" => "refresh machines",
        "hold_share" => "hold share",
        other => other,
    }
}

/// Makes control and bidirectional characters visible as code points.
///
/// The whole page passes through here once, so that no name can hide or reorder what stands
/// around it; the page itself contains none of these characters.
pub(super) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if hides(letter) {
            // Writing to a string cannot fail.
            let _ = write!(shown, "[U+{:04X}]", u32::from(letter));
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Control characters, and those that are invisible or change the direction of what follows.
fn hides(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_signed() {
        for (value, decimals, shown) in [
            (0.0, 1, "0.0"),
            (-0.0, 1, "0.0"),
            (-0.04, 1, "0.0"),
            (-0.06, 1, "\u{2212}0.1"),
            (999.0, 0, "999"),
            (1000.0, 0, "1,000"),
            (-1_234_567.891, 2, "\u{2212}1,234,567.89"),
            (123_456.0, 0, "123,456"),
            (f64::NAN, 1, "–"),
            (f64::INFINITY, 1, "–"),
        ] {
            assert_eq!(grouped(value, decimals), shown, "{value}");
        }
        assert_eq!(millions(-1_250_049_999.0), "\u{2212}1,250.0");
        assert_eq!(percent(0.1234), "12.3");
        for (value, shown) in
            [(84_714.0, "84,714"), (130.0, "130.0"), (46.0, "46.00"), (0.035, "0.0350"), (0.0, "0")]
        {
            assert_eq!(about(value), shown);
        }
    }

    #[test]
    fn words_are_for_people() {
        for (word, shown) in [
            ("gpu_cloud", "GPU cloud"),
            ("btc_price", "BTC price"),
            ("all_colocation", "All colocation"),
            ("approved_gross_mw", "Approved gross MW"),
            ("", ""),
        ] {
            assert_eq!(in_words(word), shown);
        }
        assert_eq!(alternative("mining_hold_share"), "Mine on: hold share");
        assert_eq!(alternative("sale"), "Sale");
        assert_eq!(sentence("keep mining"), "Keep mining.");
        assert_eq!(sentence("Done."), "Done.");
    }

    #[test]
    fn what_hides_becomes_a_code_point() {
        for (text, shown) in [
            ("Cedar Fork", "Cedar Fork"),
            ("a\u{202e}b", "a[U+202E]b"),
            ("a\0\n\u{7f}\u{85}b", "a[U+0000][U+000A][U+007F][U+0085]b"),
            ("\u{200b}\u{feff}\u{2066}", "[U+200B][U+FEFF][U+2066]"),
            ("Ærø 東京 – می\u{200c}رود", "Ærø 東京 – می\u{200c}رود"),
        ] {
            assert_eq!(visible(text), shown);
        }
    }
}
