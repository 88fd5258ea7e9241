//! Times as venues write them.

use app::model::DAY_MS;
use chrono::DateTime;

use crate::refine::number::GENESIS_MS;

/// From 2100 on it is another unit: microseconds of today lie far behind it.
const LAST_MS: i64 = 47_482 * DAY_MS;

/// A time in milliseconds, if it can be one: venues write the year 1 or 1970 where they know none.
#[must_use]
pub fn plausible(at_ms: i64) -> Option<i64> {
    (GENESIS_MS..LAST_MS).contains(&at_ms).then_some(at_ms)
}

/// As [`plausible`], for a row that must have a time.
///
/// # Errors
/// When it can be none.
pub fn required(at_ms: i64) -> Result<i64, String> {
    plausible(at_ms).ok_or_else(|| format!("{at_ms} ms is not a time"))
}

/// Reads `2021-04-17T16:43:37.089723Z` to the millisecond; `None` for the year 1 or 1970, which stand for no time.
///
/// # Errors
/// When it is not so written.
pub fn rfc3339(text: &str) -> Result<Option<i64>, String> {
    DateTime::parse_from_rfc3339(text)
        .map(|at| plausible(at.timestamp_millis()))
        .map_err(|_| {
            let shown: String = text.chars().take(40).collect();
            format!("{shown:?} is not a time")
        })
}

/// As [`rfc3339`], for a row that must have a time.
///
/// # Errors
/// When it has none.
pub fn required_rfc3339(text: &str) -> Result<i64, String> {
    rfc3339(text)?.ok_or_else(|| format!("{text} stands for no time"))
}

/// Reads `1688669597.8277369`, seconds, to the millisecond below: through a float the last digits would be luck.
///
/// # Errors
/// When it is not so written, or can be no time.
pub fn seconds(text: &str) -> Result<i64, String> {
    let read = || {
        let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(part) {
            return None;
        }
        let thousandths = part.bytes().chain([b'0'; 3]).take(3);
        let part = thousandths.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        let whole: i64 = whole.parse().ok()?;
        plausible(whole.checked_mul(1_000)?.checked_add(part)?)
    };
    read().ok_or_else(|| {
        let shown: String = text.chars().take(40).collect();
        format!("{shown:?} is not a time in seconds")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_keep_their_milliseconds() {
        for (text, at) in [
            ("1688669597.8277369", 1_688_669_597_827),
            ("1534614057.321", 1_534_614_057_321),
            ("1534614057.3", 1_534_614_057_300),
            ("1534614057", 1_534_614_057_000),
        ] {
            assert_eq!(seconds(text), Ok(at), "{text}");
        }
        for text in [
            "",
            ".5",
            "1.",
            "0",
            "-1534614057",
            "1e9",
            "99999999999999999999",
            "1534614057321",
        ] {
            assert!(seconds(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn times_are_read_to_the_millisecond() {
        assert_eq!(
            rfc3339("2021-04-17T16:43:37.089723Z"),
            Ok(Some(1_618_677_817_089))
        );
        assert_eq!(
            rfc3339("2021-04-17T18:43:37+02:00"),
            Ok(Some(1_618_677_817_000))
        );
    }

    #[test]
    fn stamps_of_no_time_are_none() {
        assert_eq!(rfc3339("0001-01-01T00:00:00.000000Z"), Ok(None));
        assert_eq!(rfc3339("1970-01-01T00:00:00Z"), Ok(None));
        assert_eq!(
            plausible(1_618_677_817_089_723),
            None,
            "microseconds are another unit"
        );
        assert!(required_rfc3339("0001-01-01T00:00:00.000000Z").is_err());
        assert!(required(0).is_err() && required(1_618_677_817_089).is_ok());
    }

    #[test]
    fn everything_else_is_no_time() {
        for text in [
            "",
            "now",
            "2021-04-17",
            "1618677817",
            "2021-13-01T00:00:00Z",
        ] {
            assert!(rfc3339(text).is_err(), "{text:?}");
        }
    }
}
