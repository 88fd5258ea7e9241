//! Times as people write them.

use app::model::{DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// A point in time: milliseconds since the epoch, `2018-01-01`, `2018-01-01T00:00`, or `2018-01-01T00:00:00Z`; UTC where
/// it names no zone.
#[must_use]
pub fn point(text: &str) -> Option<i64> {
    let utc = |at: NaiveDateTime| at.and_utc().timestamp_millis();
    let naive = |format: &str| NaiveDateTime::parse_from_str(text, format).ok().map(utc);
    text.parse()
        .ok()
        .or_else(|| {
            let at = DateTime::parse_from_rfc3339(text).ok()?;
            Some(at.timestamp_millis())
        })
        .or_else(|| naive("%Y-%m-%dT%H:%M"))
        .or_else(|| naive("%Y-%m-%dT%H:%M:%S"))
        .or_else(|| {
            let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
            Some(utc(day.and_time(NaiveTime::MIN)))
        })
}

/// A [`point`], `now`, or so long ago: `30m`, `12h`, `7d`, `2w`.
///
/// # Errors
/// In words what is expected.
pub fn moment(text: &str, now_ms: i64) -> Result<i64, String> {
    let text = text.trim();
    if text == "now" {
        return Ok(now_ms);
    }
    point(text)
        .or_else(|| ago(text, now_ms))
        .ok_or_else(|| {
            format!(
                "{text:?} is no time; write 2024-01-01, 2024-01-01T00:00, milliseconds since the epoch, 7d (ago) or now"
            )
        })
}

fn ago(text: &str, now_ms: i64) -> Option<i64> {
    let unit = text.chars().last()?;
    let unit_ms = match unit {
        'm' => MINUTE_MS,
        'h' => HOUR_MS,
        'd' => DAY_MS,
        'w' => WEEK_MS,
        _ => return None,
    };
    let count: u32 = text.strip_suffix(unit)?.parse().ok()?;
    now_ms.checked_sub(i64::from(count).checked_mul(unit_ms)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_many_ways() {
        const MONDAY: i64 = 1_514_764_800_000;
        let now = MONDAY + DAY_MS;
        for (text, at) in [
            ("1514764800000", Some(MONDAY)),
            ("2018-01-01", Some(MONDAY)),
            ("2018-01-01T01:30", Some(MONDAY + HOUR_MS + 30 * MINUTE_MS)),
            ("2018-01-01T00:00:05", Some(MONDAY + 5_000)),
            ("2018-01-01T01:00:00+01:00", Some(MONDAY)),
            ("now", Some(now)),
            ("1d", Some(MONDAY)),
            ("24h", Some(MONDAY)),
            ("90m", Some(now - 90 * MINUTE_MS)),
            ("2w", Some(now - 14 * DAY_MS)),
            ("1 d", None),
            ("d", None),
            ("-1d", None),
            ("01-02-2018", None),
            ("", None),
            ("9999999999999999999w", None),
        ] {
            assert_eq!(moment(text, now).ok(), at, "{text:?}");
        }
    }
}
