//! Guesses at what somebody meant: the likely cause that stands behind a fault.

use serde_json::{Map, Value};

/// Characters of a word that are compared; nobody misspells more.
const LONGEST: usize = 100;

/// Why `text` is not the number that belongs here; `None` if there is no good guess.
pub(crate) fn number(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['"', '\'']).trim();
    if text.is_empty() {
        return None;
    }
    if text.chars().any(|c| c.is_numeric() && !c.is_ascii_digit()) {
        return Some("write the digits 0 to 9".into());
    }
    let lower = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    if matches!(lower.as_str(), "nan" | "inf" | "infinity") {
        return Some("a number must be finite".into());
    }
    if let Some(percent) = text.strip_suffix('%') {
        return Some(match percent.trim().parse::<f64>() {
            Ok(percent) => format!("looks like percent: write {} without %", tidy(percent / 100.0)),
            Err(_) => "looks like percent: write a fraction without %".into(),
        });
    }
    if text.contains(['$', '€', '£', '¥']) {
        let bare: String = text.chars().filter(|c| !"$€£¥ ".contains(*c)).collect();
        return Some(match plain(&bare) {
            Some(bare) => format!("no currency sign: write {bare}"),
            None => "no currency sign: the unit is in the key".into(),
        });
    }
    if text.parse::<f64>().is_ok() {
        return Some(format!("write it without quotes: {text}"));
    }
    if let Some(plain) = plain(text) {
        let what = if decimal_comma(text) { "decimal comma" } else { "thousands separator" };
        return Some(format!("{what}: write {plain}"));
    }
    let digits = text.find(|c: char| !c.is_ascii_digit() && !"+-._,".contains(c))?;
    let (number, unit) = text.split_at(digits);
    let number = plain(number).or_else(|| number.parse::<f64>().ok().map(|_| number.into()))?;
    Some(format!("write {number} without \"{}\": the unit is in the key", unit.trim()))
}

/// A number with a decimal comma or separators of thousands, as it should be written.
fn plain(text: &str) -> Option<String> {
    let bare = if decimal_comma(text) {
        text.replace(',', ".")
    } else {
        text.chars()
            .filter(|c| !matches!(c, ',' | '_' | ' ' | '\'' | '\u{a0}' | '\u{202f}'))
            .collect()
    };
    let shape = bare.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
    (shape && bare.parse::<f64>().is_ok()).then_some(bare)
}

/// Whether the only comma stands for a decimal point: `0,065` and `46,5`, not `1,000`.
fn decimal_comma(text: &str) -> bool {
    let Some((whole, fraction)) = text.split_once(',') else { return false };
    let whole = whole.trim_start_matches(['+', '-']);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits(whole) && digits(fraction) && (fraction.len() != 3 || whole == "0")
}

/// A suggested number without the noise of its last bit.
pub(crate) fn tidy(value: f64) -> f64 {
    format!("{value:.12e}").parse().unwrap_or(value)
}

/// The slip that explains an out-of-range value, from the schema of its quantity.
pub(crate) fn slip(schema: &Value, value: f64) -> Option<String> {
    let slips = schema.get("x-slips")?.as_array()?;
    let number = |slip: &Value, key: &str| slip.get(key).and_then(Value::as_f64);
    let slip = slips.iter().find(|slip| {
        number(slip, "from").is_some_and(|from| value >= from)
            && number(slip, "to").is_some_and(|to| value <= to)
    })?;
    let meant = tidy(value * number(slip, "factor")?);
    let min = schema.get("x-minimum-unless-zero").or(schema.get("minimum")).and_then(Value::as_f64);
    let max = schema.get("maximum").and_then(Value::as_f64);
    if min.is_some_and(|min| meant < min) || max.is_some_and(|max| meant > max) {
        return None;
    }
    let looks_like = slip.get("looks_like")?.as_str()?;
    let unit = schema.get("x-unit").and_then(Value::as_str).unwrap_or_default();
    Some(format!("looks like {looks_like}: did you mean {meant}? this field is in {unit}"))
}

/// Among `known`, the word most like `word`, if it is like it at all.
pub(crate) fn word<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let folded: String = word.to_lowercase().chars().take(LONGEST).collect();
    let mut best = None;
    for candidate in known {
        let score = strsim::jaro_winkler(&folded, &candidate.to_lowercase());
        if best.is_none_or(|(top, _)| score > top) {
            best = Some((score, candidate));
        }
    }
    best.filter(|(score, _)| *score >= 0.8).map(|(_, candidate)| candidate)
}

/// The key that was probably meant by the unknown `key`, and why.
pub(crate) fn key<'a>(key: &str, known: &'a Map<String, Value>) -> Option<(&'a str, String)> {
    let name = |wanted: &str| known.get_key_value(wanted).map(|(name, _)| name.as_str());
    for (given, wanted) in [("gross_mw", "critical_mw"), ("critical_mw", "gross_mw")] {
        if !key.contains(given) {
            continue;
        }
        let swapped = key.replace(given, wanted);
        let found = name(&swapped).or_else(|| {
            // `gross_mw` where only `approved_gross_mw` and the like exist, and the other way.
            known.keys().map(String::as_str).find(|k| k.contains(wanted) && !k.contains("usd"))
        });
        if let Some(found) = found {
            return Some((
                found,
                format!(
                    "did you mean {found}? gross MW are measured at the meter, critical MW at the \
                     IT load: gross = critical x gross_per_critical"
                ),
            ));
        }
    }
    let nearest = word(key, known.keys().map(String::as_str))?;
    let unit = known.get(nearest).and_then(|s| s.get("x-unit")).and_then(Value::as_str);
    Some((
        nearest,
        match unit {
            Some(unit) => format!("did you mean {nearest}? it is in {unit}"),
            None => format!("did you mean {nearest}?"),
        },
    ))
}

/// What is known about a TOML syntax fault.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SyntaxHint {
    /// Path of the key on the fault's line, or of its table.
    pub path: String,
    /// The value as written, or the whole line.
    pub value: String,
    /// The likely cause, empty if there is no good guess.
    pub cause: String,
}

/// Looks at the line of a TOML syntax fault at byte `at`, as no tree can be had.
pub(crate) fn toml_syntax(text: &str, at: usize, message: &str) -> SyntaxHint {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let start = text[..at].rfind('\n').map_or(0, |n| n + 1);
    let line = text[start..].split('\n').next().unwrap_or_default();
    let table = table_before(&text[..start]);
    // The key is what stands before the last `=` up to the fault.
    let upto = &line[..(at - start).min(line.len())];
    let Some(equals) = upto.rfind('=').or_else(|| line.find('=')) else {
        let cause = if line.trim().is_empty() { "" } else { "a line is a key, =, and a value" };
        return SyntaxHint { path: table, value: line.trim().into(), cause: cause.into() };
    };
    let before = &line[..equals];
    let first_key = before.split('=').next().unwrap_or_default().trim();
    let key = before.rsplit(['{', ',', '=']).next().unwrap_or_default().trim();
    let mut path = vec![table.as_str(), first_key];
    if key != first_key {
        path.push(key);
    }
    path.retain(|part| !part.is_empty());
    let value = line[equals + 1..].split(['#', '}']).next().unwrap_or_default().trim();
    let bare = value.chars().all(|c| c.is_alphanumeric() || "-_ ".contains(c));
    let cause = if value.is_empty() {
        "a value is missing".to_owned()
    } else if message.contains("duplicate") {
        "the key stands twice in this table".to_owned()
    } else if let Some(cause) = number(value).filter(|_| !value.starts_with(['"', '\'', '['])) {
        cause
    } else if bare {
        format!("text needs quotes: write \"{value}\"")
    } else {
        String::new()
    };
    SyntaxHint { path: path.join("."), value: value.into(), cause }
}

/// Path of the table in which the text after `before` stands; ids in the place of list elements.
fn table_before(before: &str) -> String {
    let is_header = |line: &&str| line.trim_start().starts_with('[');
    let header = before.lines().rev().find(is_header).unwrap_or_default();
    let name = header.trim().trim_start_matches('[').split(']').next().unwrap_or_default();
    let mut path = Vec::new();
    let mut prefix = String::new();
    for part in name.split('.').map(str::trim).filter(|part| !part.is_empty()) {
        if !prefix.is_empty() {
            prefix.push('.');
        }
        prefix.push_str(part);
        path.push(part);
        let list = format!("[[{prefix}]]");
        if let Some(at) = before.rfind(&list) {
            let keys = before[at + list.len()..].lines().skip(1).take_while(|l| !is_header(l));
            path.extend(keys.filter_map(id_of_line).take(1));
        }
    }
    path.join(".")
}

/// The id that a line such as `id = "cedar-fork"` gives.
fn id_of_line(line: &str) -> Option<&str> {
    let value = line.trim().strip_prefix("id")?.trim_start().strip_prefix('=')?.trim_start();
    value.strip_prefix('"')?.split('"').next()
}

/// Likely cause of a JSON syntax fault at byte `at`.
pub(crate) fn json_syntax(text: &str, at: usize) -> String {
    let before = text.get(..at).unwrap_or_default().trim_end();
    let rest = text.get(at..).unwrap_or_default().trim_start();
    if rest.starts_with("//") || rest.starts_with("/*") || rest.starts_with('#') {
        "JSON has no comments; a TOML plan may have them".into()
    } else if before.ends_with(',') && rest.starts_with(['}', ']']) {
        "take away the comma before the bracket".into()
    } else if rest.starts_with('\'') {
        "JSON text stands in double quotes".into()
    } else if rest.is_empty() {
        "the file ends too early: is it cut off?".into()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_are_none_are_explained() {
        for (text, expected) in [
            ("97%", "looks like percent: write 0.97 without %"),
            ("0,065", "decimal comma: write 0.065"),
            ("46,5", "decimal comma: write 46.5"),
            ("1,000", "thousands separator: write 1000"),
            ("1,000,000", "thousands separator: write 1000000"),
            ("1 000", "thousands separator: write 1000"),
            ("1_000", "thousands separator: write 1000"),
            ("$130", "no currency sign: write 130"),
            ("130 €", "no currency sign: write 130"),
            ("46 USD/MWh", "write 46 without \"USD/MWh\": the unit is in the key"),
            ("200MW", "write 200 without \"MW\": the unit is in the key"),
            ("46.5", "write it without quotes: 46.5"),
            ("٤٦", "write the digits 0 to 9"),
            ("-nan", "a number must be finite"),
        ] {
            assert_eq!(number(text).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(number("cheap"), None);
    }

    #[test]
    fn syntax_faults_name_their_key() {
        let text = "[[site]]\nid = \"a\"\ntariff = { kind = \"flat\", usd_per_mwh = 46,5 }\n";
        let at = text.find(",5").unwrap();
        let found = toml_syntax(text, at, "");
        assert_eq!(found.path, "site.a.tariff.usd_per_mwh");
        assert_eq!(found.value, "46,5");
        assert_eq!(found.cause, "decimal comma: write 46.5");
    }
}
