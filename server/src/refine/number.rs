//! Numbers and times as they stand in files.

use chrono::{NaiveDate, NaiveDateTime};

/// First block of Bitcoin, 2009-01-03: nothing can be older.
pub const GENESIS_MS: i64 = 1_230_940_800_000;

/// Why a cell holds no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadNumber {
    /// Empty, `NaN`, `null`, `-`, …: the source says that it has no value.
    Missing,
    /// Text, an infinity, or digits that do not fit.
    Unreadable,
}

/// A finite decimal number; thousands commas are not accepted here.
///
/// # Errors
/// [`BadNumber::Missing`] for the usual words for "nothing", else [`BadNumber::Unreadable`].
pub fn decimal(cell: &[u8]) -> Result<f64, BadNumber> {
    let text = std::str::from_utf8(cell).map_err(|_| BadNumber::Unreadable)?;
    match cell.first() {
        None => return Err(BadNumber::Missing),
        Some(b'0'..=b'9' | b'.' | b'-' | b'+') if text != "-" => {}
        _ if ["nan", "null", "none", "n/a", "na", "-", "nat"]
            .iter()
            .any(|word| text.eq_ignore_ascii_case(word)) =>
        {
            return Err(BadNumber::Missing);
        }
        _ => return Err(BadNumber::Unreadable),
    }
    // the standard parser also takes "inf" and "nan" after a sign
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(BadNumber::Unreadable),
    }
}

/// Milliseconds of an epoch number whose unit follows from its size, row by row: below 1e11 seconds, below 1e14
/// milliseconds, below 1e17 microseconds, else nanoseconds. `1325412060.0` is accepted, `1.61888E+12` is not: its
/// last digits are lost.
#[must_use]
pub fn epoch_ms(cell: &[u8]) -> Option<i64> {
    let digits = cell.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let integral = match &cell[digits..] {
        [] => true,
        [b'.', zeros @ ..] => zeros.iter().all(|byte| *byte == b'0'),
        _ => false,
    };
    if digits == 0 || digits > 19 || !integral {
        return None;
    }
    let mut value: i64 = 0;
    for byte in &cell[..digits] {
        value = value.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    Some(if value < 100_000_000_000 {
        value * 1000
    } else if value < 100_000_000_000_000 {
        value
    } else if value < 100_000_000_000_000_000 {
        value.div_euclid(1000)
    } else {
        value.div_euclid(1_000_000)
    })
}

/// Milliseconds of a date text that cannot be mistaken: ISO order, with or without time and `Z`.
#[must_use]
pub fn iso_date_ms(cell: &str) -> Option<i64> {
    let text = cell
        .trim()
        .trim_end_matches('Z')
        .trim_end_matches(" UTC")
        .trim_end_matches("+00:00");
    for pattern in [
        "%Y-%m-%d %H:%M:%S%.f",
        "%Y-%m-%dT%H:%M:%S%.f",
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M:%S",
        "%Y/%m/%d %H:%M",
    ] {
        if let Ok(at) = NaiveDateTime::parse_from_str(text, pattern) {
            return Some(at.and_utc().timestamp_millis());
        }
    }
    if let Some((date, rest)) = text.split_once(' ')
        && let Some(hour) = am_pm_hour(rest)
    {
        return Some(
            NaiveDate::parse_from_str(date, "%Y-%m-%d")
                .ok()?
                .and_hms_opt(hour, 0, 0)?
                .and_utc()
                .timestamp_millis(),
        );
    }
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .or_else(|_| NaiveDate::parse_from_str(text, "%Y/%m/%d"))
        .ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis())
}

/// `03-AM`, as `CryptoDataDownload` writes hours; `12-AM` is midnight.
fn am_pm_hour(text: &str) -> Option<u32> {
    let (hour, half) = text.split_once('-')?;
    let hour: u32 = hour.parse().ok().filter(|hour| (1..=12).contains(hour))?;
    match half {
        "AM" => Some(hour % 12),
        "PM" => Some(hour % 12 + 12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_told_by_size() {
        for (text, expected) in [
            ("1514764800", Some(1_514_764_800_000)),
            ("1514764800000", Some(1_514_764_800_000)),
            ("1514764800000000", Some(1_514_764_800_000)),
            ("1514764800000000000", Some(1_514_764_800_000)),
            ("1325412060.0", Some(1_325_412_060_000)),
            ("1325412060.5", None),
            ("1.61888E+12", None),
            ("-5", None),
            ("", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(epoch_ms(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn dates_in_iso_order() {
        for (text, expected) in [
            ("2018-01-01", Some(1_514_764_800_000)),
            ("2018-01-01 00:01:00", Some(1_514_764_860_000)),
            ("2018-01-01T00:01:00Z", Some(1_514_764_860_000)),
            ("2018-01-01 12-AM", Some(1_514_764_800_000)),
            ("2018-01-01 01-PM", Some(1_514_764_800_000 + 13 * 3_600_000)),
            ("01-02-2018", None),
        ] {
            assert_eq!(iso_date_ms(text), expected, "{text}");
        }
    }

    #[test]
    fn decimals() {
        for (text, expected) in [
            ("4.58", Ok(4.58)),
            ("2.17e-05", Ok(2.17e-05)),
            ("-1", Ok(-1.0)),
            ("NaN", Err(BadNumber::Missing)),
            ("", Err(BadNumber::Missing)),
            ("-", Err(BadNumber::Missing)),
            ("inf", Err(BadNumber::Unreadable)),
            ("-inf", Err(BadNumber::Unreadable)),
            ("1e999", Err(BadNumber::Unreadable)),
            ("abc", Err(BadNumber::Unreadable)),
        ] {
            assert_eq!(decimal(text.as_bytes()), expected, "{text}");
        }
    }
}
