//! Buckets of time and how a time is written. The browser and the server must write the same text, so nothing
//! here asks for the current time or the local zone.

use chrono::{DateTime, Datelike, Timelike};

/// One minute in milliseconds.
pub const MINUTE_MS: i64 = 60_000;
/// One hour in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;
/// One day in milliseconds.
pub const DAY_MS: i64 = 86_400_000;
/// One week in milliseconds.
pub const WEEK_MS: i64 = 7 * DAY_MS;

/// The epoch was a Thursday; weeks start on Monday, four days later.
const MONDAY_OFFSET_MS: i64 = 4 * DAY_MS;

/// Start of the bucket of `step_ms` that holds `at_ms`; weeks start on Monday 00:00 UTC.
///
/// ```
/// use app::model::{WEEK_MS, bucket_start};
/// assert_eq!(bucket_start(90_000, 60_000), 60_000);
/// assert_eq!(bucket_start(1_514_764_800_000, WEEK_MS), 1_514_764_800_000); // Monday, 1 January 2018
/// ```
#[must_use]
pub const fn bucket_start(at_ms: i64, step_ms: i64) -> i64 {
    let offset = if step_ms == WEEK_MS {
        MONDAY_OFFSET_MS
    } else {
        0
    };
    (at_ms - offset).div_euclid(step_ms) * step_ms + offset
}

/// `2018-01-01 00:00:00` in UTC.
#[must_use]
pub fn format_utc(at_ms: i64) -> String {
    let minute = format_utc_short(at_ms);
    match DateTime::from_timestamp_millis(at_ms) {
        Some(at) => format!("{minute}:{:02}", at.second()),
        None => minute,
    }
}

/// `2018-01-01 00:00` in UTC; the bare number for a time beyond all calendars.
#[must_use]
pub fn format_utc_short(at_ms: i64) -> String {
    DateTime::from_timestamp_millis(at_ms).map_or_else(
        || at_ms.to_string(),
        // written by hand: a format text would bring its whole interpreter into the browser
        |at| {
            format!(
                "{:04}-{:02}-{:02} {:02}:{:02}",
                at.year(),
                at.month(),
                at.day(),
                at.hour(),
                at.minute()
            )
        },
    )
}

/// A length of time in its two largest units: `41 s`, `3 min 5 s`, `2 h 10 min`, `12 d 4 h`. Negative counts as 0.
#[must_use]
pub fn format_age(age_ms: i64) -> String {
    let seconds = age_ms.max(0) / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min {} s", seconds % 60),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}
