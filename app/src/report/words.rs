//! How the report writes values.

use crate::{
    chart::label::step,
    format::{UNKNOWN, decimal, integer},
    model::{DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS, format_utc_short},
};

/// `2021-05-19`, UTC.
pub(super) fn date(at_ms: i64) -> String {
    format_utc_short(at_ms).chars().take(10).collect()
}

/// `2021-05`, UTC.
pub(super) fn month(at_ms: i64) -> String {
    format_utc_short(at_ms).chars().take(7).collect()
}

/// `2021`, UTC.
pub(super) fn year(at_ms: i64) -> String {
    format_utc_short(at_ms).chars().take(4).collect()
}

/// A change as `+1.24 %` or `−0.30 %`; without decimals from 1,000 % on.
pub(super) fn signed(share: f64) -> String {
    let percent = share * 100.0;
    let text = decimal(percent, if percent.abs() < 1000.0 { 2 } else { 0 });
    let above = text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) && percent > 0.0;
    format!("{}{text} %", if above { "+" } else { "" })
}

/// A change that may be unknown.
pub(super) fn signed_or(share: Option<f64>) -> String {
    share.map_or_else(|| UNKNOWN.to_owned(), signed)
}

/// A share as `45.2 %`, rounded to the nearest: for volatilities, never for completeness.
pub(super) fn rounded(share: f64) -> String {
    format!("{} %", decimal(share * 100.0, 1))
}

/// A share that may be unknown.
pub(super) fn rounded_or(share: Option<f64>) -> String {
    share.map_or_else(|| UNKNOWN.to_owned(), rounded)
}

/// How a price went: `×7,743` for a manifold, `+12.40 %` for less.
pub(super) fn went(from: f64, to: f64) -> String {
    let ratio = to / from;
    match ratio {
        ratio if !ratio.is_finite() || ratio <= 0.0 => UNKNOWN.to_owned(),
        ratio if ratio >= 100.0 => format!("×{}", decimal(ratio, 0)),
        ratio if ratio >= 4.0 => format!("×{}", decimal(ratio, 1)),
        ratio => signed(ratio - 1.0),
    }
}

/// A number with its sign: `+0.12`.
pub(super) fn plus(value: f64, decimals: usize) -> String {
    let text = decimal(value, decimals);
    if value > 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        format!("+{text}")
    } else {
        text
    }
}

/// `1 day`, `12 days`.
pub(super) fn count(number: i64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        integer(number),
        if number == 1 { one } else { many }
    )
}

/// A number of a table's length.
pub(super) fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Currency of prices and unit of volumes: `("BTC", "USD")` of `BTC-USD`.
pub(super) fn units(instrument: &str) -> (&str, &str) {
    instrument
        .split_once('-')
        .unwrap_or((instrument, "quote currency"))
}

/// `0.031`, `< 0.001`.
pub(super) fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        decimal(p, 3)
    }
}

/// The text with a capital first letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Candles of a step in words: `daily candles`, `candles of 5m`.
pub(super) fn candles(step_ms: i64) -> String {
    match step_ms {
        MINUTE_MS => "one-minute candles".to_owned(),
        HOUR_MS => "hourly candles".to_owned(),
        DAY_MS => "daily candles".to_owned(),
        WEEK_MS => "weekly candles".to_owned(),
        step_ms => format!("candles of {}", step(step_ms)),
    }
}

/// Monday to Sunday.
pub(super) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Full name of a day of the week, Monday = 0.
pub(super) fn weekday(day: i64) -> &'static str {
    const NAMES: [&str; 7] = [
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
    ];
    usize::try_from(day)
        .ok()
        .and_then(|day| NAMES.get(day))
        .copied()
        .unwrap_or(UNKNOWN)
}

/// Median; `None` without values.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let high = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(high);
    }
    values.get(middle - 1).map(|low| f64::midpoint(*low, high))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_signs_and_units() {
        assert_eq!(signed(0.0124), "+1.24 %");
        assert_eq!(signed(-0.003), "−0.30 %");
        assert_eq!(signed(0.000_001), "0.00 %");
        assert_eq!(signed(14.5), "+1,450 %");
        assert_eq!(signed(f64::NAN), "– %");
        assert_eq!(went(10.0, 77_430.0), "×7,743");
        assert_eq!(went(10.0, 55.0), "×5.5");
        assert_eq!(went(10.0, 5.0), "−50.00 %");
        assert_eq!(went(0.0, 5.0), "–");
        assert_eq!(plus(0.123, 2), "+0.12");
        assert_eq!(plus(-0.123, 2), "−0.12");
        assert_eq!(plus(0.001, 2), "0.00");
        assert_eq!(count(1, "day", "days"), "1 day");
        assert_eq!(date(1_621_382_400_000), "2021-05-19");
        assert_eq!(units("BTC-USD"), ("BTC", "USD"));
    }

    #[test]
    fn a_median_stands_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, f64::NAN, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(Vec::new()), None);
    }
}
