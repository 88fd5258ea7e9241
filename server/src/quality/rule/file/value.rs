//! Values of a rule file.

use toml::de::DeValue;

use crate::quality::rule::{Setting, intern, kind::Takes};

/// Texts longer than this are refused.
const MAX_TEXT: usize = 8_192;

/// Milliseconds of a time span: `500ms`, `30s`, `2m`, `1.5h`, `28d`, `1w`; a bare `0` too.
#[must_use]
pub fn duration_ms(text: &str) -> Option<i64> {
    let text = text.trim();
    if text == "0" {
        return Some(0);
    }
    let at = text.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
    let number: f64 = text[..at].parse().ok()?;
    let unit = match text[at..].trim() {
        "ms" => 1.0,
        "s" => 1e3,
        "m" => 6e4,
        "h" => 3.6e6,
        "d" => 8.64e7,
        "w" => 6.048e8,
        _ => return None,
    };
    let span = number * unit;
    (span.is_finite() && span <= 1e14).then_some(span.round() as i64)
}

/// The same as text, in the largest unit that fits without a rest.
pub(super) fn expect_duration(value: &DeValue<'_>) -> Result<i64, String> {
    let text = expect_text(value)?;
    duration_ms(text).ok_or_else(|| {
        format!("{text:?} is no time span; write a number with ms, s, m, h, d or w: \"2m\"")
    })
}

pub(super) fn expect_text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, String> {
    match value {
        DeValue::String(text) if text.len() <= MAX_TEXT => Ok(text),
        DeValue::String(_) => Err(format!("the text is longer than {MAX_TEXT} bytes")),
        other => Err(format!(
            "expected a text in quotes, found {}",
            other.type_str()
        )),
    }
}

pub(super) fn expect_number(value: &DeValue<'_>) -> Result<f64, String> {
    let number = match value {
        DeValue::Integer(number) => number.as_str().parse::<f64>().ok(),
        DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
        other => return Err(format!("expected a number, found {}", other.type_str())),
    };
    number
        .filter(|number| number.is_finite())
        .ok_or_else(|| "expected a finite decimal number".to_owned())
}

pub(super) fn expect_flag(value: &DeValue<'_>) -> Result<bool, String> {
    match value {
        DeValue::Boolean(flag) => Ok(*flag),
        other => Err(format!(
            "expected true or false, found {}",
            other.type_str()
        )),
    }
}

pub(super) fn expect_texts(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    let DeValue::Array(items) = value else {
        return Err(format!(
            "expected a list of texts, found {}",
            value.type_str()
        ));
    };
    items
        .iter()
        .map(|item| expect_text(item.get_ref()).map(str::to_owned))
        .collect()
}

/// One of some words.
pub(super) fn expect_word(
    value: &DeValue<'_>,
    words: &[&'static str],
) -> Result<&'static str, String> {
    let text = expect_text(value)?;
    words
        .iter()
        .find(|word| **word == text)
        .copied()
        .ok_or_else(|| {
            let hint = super::fields::did_you_mean(text, words.iter().copied());
            format!("{text:?} is none of {}{hint}", words.join(", "))
        })
}

/// Names of checks.
pub(super) fn expect_names(value: &DeValue<'_>) -> Result<Vec<&'static str>, String> {
    Ok(expect_texts(value)?
        .iter()
        .map(|name| intern(name))
        .collect())
}

/// A setting of a kind.
pub(super) fn expect_setting(value: &DeValue<'_>, takes: Takes) -> Result<Setting, String> {
    Ok(match takes {
        Takes::Number => Setting::Number(expect_number(value)?),
        Takes::Duration => Setting::Number(expect_duration(value)? as f64),
        Takes::Text | Takes::Expression => Setting::Text(expect_text(value)?.to_owned()),
        Takes::Texts => Setting::Texts(expect_texts(value)?),
        Takes::Flag => Setting::Flag(expect_flag(value)?),
    })
}
