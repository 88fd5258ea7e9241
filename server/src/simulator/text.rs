//! Numbers and times as venues print them.

use chrono::DateTime;
use serde_json::Value;

/// A JSON object with its fields in the order they are written, as venues document them.
macro_rules! object {
    ({ $($key:literal : $value:expr),+ $(,)? }) => {{
        let fields = [$(format!("\"{}\":{}", $key, serde_json::json!($value))),+];
        format!("{{{}}}", fields.join(","))
    }};
}
pub(super) use object;

/// The same object with one of its fields first: clients tell messages apart by it.
pub(super) fn led_by(key: &str, value: &Value) -> String {
    let rest = value.as_object().into_iter().flatten();
    let rest = rest.filter(|(name, _)| *name != key);
    let mut text = format!("{{\"{key}\":{}", value[key]);
    for (name, value) in rest {
        text.push_str(&format!(",{}:{value}", Value::from(name.as_str())));
    }
    text.push('}');
    text
}

/// `value / 10^scale` with so many decimals; digits beyond them are cut off.
pub(super) fn fixed(value: i128, scale: u32, decimals: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let size = value.unsigned_abs();
    let size = if decimals >= scale {
        size * 10_u128.pow(decimals - scale)
    } else {
        size / 10_u128.pow(scale - decimals)
    };
    if decimals == 0 {
        return format!("{sign}{size}");
    }
    let unit = 10_u128.pow(decimals);
    let (whole, part) = (size / unit, size % unit);
    format!("{sign}{whole}.{part:0width$}", width = decimals as usize)
}

/// A price, given in hundredths, with so many decimals.
pub(super) fn price(ticks: i64, decimals: u32) -> String {
    fixed(i128::from(ticks), 2, decimals)
}

/// A size, given in units of 10⁻⁸, with eight decimals.
pub(super) fn size(sats: i64) -> String {
    fixed(i128::from(sats), 8, 8)
}

/// `value / 10^scale` as JavaScript prints numbers: no trailing zeros, an exponent below 10⁻⁶.
pub(super) fn plain(value: i64, scale: u32) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let mut digits = value.unsigned_abs();
    if digits == 0 {
        return "0".to_owned();
    }
    let mut scale = scale;
    while scale > 0 && digits.is_multiple_of(10) {
        digits /= 10;
        scale -= 1;
    }
    let text = digits.to_string();
    let point = text.len() as i64 - i64::from(scale);
    if point < -5 {
        let (first, rest) = text.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{dot}{rest}e{}", point - 1);
    }
    if scale == 0 {
        return format!("{sign}{text}");
    }
    let width = scale as usize + 1;
    let padded = format!("{text:0>width$}");
    let (whole, part) = padded.split_at(padded.len() - scale as usize);
    format!("{sign}{whole}.{part}")
}

/// `2026-09-21T14:13:00.123456Z` of microseconds since the epoch.
pub(super) fn iso(at_us: i64) -> String {
    let time = DateTime::from_timestamp_micros(at_us).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_like_venues_do() {
        assert_eq!(price(6_712_345, 8), "67123.45000000");
        assert_eq!(price(6_712_340, 1), "67123.4");
        assert_eq!(price(6_712_300, 0), "67123");
        assert_eq!(price(-5, 8), "-0.05000000");
        assert_eq!(size(12_345_000), "0.12345000");
        assert_eq!(fixed(100_000_010_000, 10, 8), "10.00000100");
        for (value, scale, text) in [
            (6_712_300, 2, "67123"),
            (12_345_678, 8, "0.12345678"),
            (-2_000_000_000, 8, "-20"),
            (100, 8, "0.000001"),
            (99, 8, "9.9e-7"),
            (1, 8, "1e-8"),
            (0, 8, "0"),
        ] {
            assert_eq!(plain(value, scale), text);
        }
        assert_eq!(iso(1_789_999_980_123_456), "2026-09-21T14:13:00.123456Z");
    }
}
