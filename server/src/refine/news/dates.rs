//! Reads one date as news files write it, without guessing: `5-7-2022` is returned as two possible days.

use chrono::{DateTime, NaiveDate};

const SECOND_MS: i64 = 1000;
const MINUTE_MS: i64 = 60 * SECOND_MS;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// No date format is longer; what is longer is text.
const MAX_LENGTH: usize = 64;

/// Which of the two numbers before the year is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayFirst,
    MonthFirst,
}

impl Order {
    pub(super) const BOTH: [Order; 2] = [Order::DayFirst, Order::MonthFirst];
}

/// How a date without a fixed order is written: dates of one shape next to each other have one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    separator: u8,
    clock: Clock,
}

/// How exactly the time of day is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clock {
    None,
    Minutes,
    Seconds,
    HalfDay,
}

/// A date whose order of day and month only other rows can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numeric {
    pub(super) shape: Shape,
    first: u32,
    second: u32,
    year: u32,
    /// Time of day less the zone's offset; may lie outside one day.
    time_ms: i64,
}

impl Numeric {
    /// Milliseconds since the epoch if the date is read in that order; `None` where there is no such day.
    pub(super) fn at_ms(&self, order: Order) -> Option<i64> {
        let (day, month) = match order {
            Order::DayFirst => (self.first, self.second),
            Order::MonthFirst => (self.second, self.first),
        };
        Some(day_ms(self.year, month, day)? + self.time_ms)
    }

    pub(super) fn date_only(&self) -> bool {
        self.shape.clock == Clock::None
    }
}

/// What a date says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// One moment, whatever other rows say.
    Fixed { at_ms: i64, date_only: bool },
    /// Day and month may be the other way round.
    Numeric(Numeric),
}

impl Reading {
    const fn moment(at_ms: i64) -> Self {
        Self::Fixed {
            at_ms,
            date_only: false,
        }
    }
}

/// Reads a date; `None` if it is none. A date without a zone is taken as UTC.
pub(super) fn read(text: &str) -> Option<Reading> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LENGTH || !text.is_ascii() {
        return None;
    }
    read_epoch(text)
        .map(Reading::moment)
        .or_else(|| read_numeric(text))
        .or_else(|| read_words(text))
}

/// `1657000000`, `1657000000.0`, and the same in milliseconds, microseconds or nanoseconds, told by magnitude.
fn read_epoch(text: &str) -> Option<i64> {
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    if !(9..=19).contains(&whole.len()) || !whole.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = whole.parse().ok()?;
    Some(match number {
        0..100_000_000_000 => number * SECOND_MS,
        100_000_000_000..100_000_000_000_000 => number,
        100_000_000_000_000..100_000_000_000_000_000 => number / 1000,
        _ => number / 1_000_000,
    })
}

/// `2022-07-05T04:24:00Z`, `2022/7/5 4:24`, `5-7-2022 04:24`, `07/05/2022, 04:24 AM, +0000 UTC`.
fn read_numeric(text: &str) -> Option<Reading> {
    let mut rest = text;
    let (first, first_digits) = take_number(&mut rest)?;
    let separator = *rest.as_bytes().first()?;
    if !matches!(separator, b'-' | b'/' | b'.') {
        return None;
    }
    rest = &rest[1..];
    let (second, second_digits) = take_number(&mut rest)?;
    if rest.as_bytes().first() != Some(&separator) {
        return None;
    }
    rest = &rest[1..];
    let (third, third_digits) = take_number(&mut rest)?;
    let comma_after_date = rest.starts_with(',');
    let (clock, time_ms) = read_time(rest)?;
    match (first_digits, second_digits, third_digits) {
        (4, 1..=2, 1..=2) => Some(Reading::Fixed {
            at_ms: day_ms(first, second, third)? + time_ms,
            date_only: clock == Clock::None,
        }),
        // gnews always writes the month first, and only it has a comma there
        (1..=2, 1..=2, 4) if comma_after_date => {
            Some(Reading::moment(day_ms(third, first, second)? + time_ms))
        }
        (1..=2, 1..=2, 4) => Some(Reading::Numeric(Numeric {
            shape: Shape { separator, clock },
            first,
            second,
            year: third,
            time_ms,
        })),
        _ => None,
    }
}

/// ` 04:24`, `T04:24:00.123Z`, `, 04:24 AM, +0000 UTC` or nothing, as milliseconds after midnight UTC.
fn read_time(rest: &str) -> Option<(Clock, i64)> {
    if rest.is_empty() {
        return Some((Clock::None, 0));
    }
    let mut rest = rest.strip_prefix([' ', 'T', 't', ','])?.trim_start();
    let (mut hour, hour_digits) = take_number(&mut rest)?;
    rest = rest.strip_prefix(':')?;
    let (minute, minute_digits) = take_number(&mut rest)?;
    let mut clock = Clock::Minutes;
    let mut millis = 0;
    if let Some(after) = rest.strip_prefix(':') {
        rest = after;
        let (second, digits) = take_number(&mut rest)?;
        if digits != 2 || second > 59 {
            return None;
        }
        millis = i64::from(second) * SECOND_MS;
        clock = Clock::Seconds;
        if let Some(after) = rest.strip_prefix('.') {
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let padded = format!("{:0<3}", &after[..digits.min(3)]);
            millis += padded.parse::<i64>().ok()?;
            rest = &after[digits..];
        }
    }
    rest = rest.trim_start();
    let half_day = rest.get(..2).map(str::to_ascii_uppercase);
    if let Some(half) = half_day.filter(|half| half == "AM" || half == "PM") {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if half == "PM" { 12 } else { 0 };
        clock = Clock::HalfDay;
        rest = &rest[2..];
    }
    if hour > 23 || hour_digits > 2 || minute > 59 || minute_digits != 2 {
        return None;
    }
    let of_day = i64::from(hour) * HOUR_MS + i64::from(minute) * MINUTE_MS + millis;
    Some((clock, of_day - read_zone(rest)?))
}

/// Nothing, `Z`, `UTC`, `+02:00`, `+0200`, `, +0000 UTC`: the offset east of UTC in milliseconds.
fn read_zone(text: &str) -> Option<i64> {
    let text = text.trim_start_matches([',', ' ']).trim_end();
    let text = text
        .strip_suffix("UTC")
        .or_else(|| text.strip_suffix("GMT"))
        .unwrap_or(text)
        .trim_end();
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let sign = match text.as_bytes()[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = text[1..].chars().filter(|&c| c != ':').collect();
    if digits.len() != 4 {
        return None;
    }
    let hours: i64 = digits[..2].parse().ok()?;
    let minutes: i64 = digits[2..].parse().ok()?;
    (hours <= 14 && minutes <= 59).then_some(sign * (hours * HOUR_MS + minutes * MINUTE_MS))
}

/// `Tue, 05 Jul 2022 04:24:00 +0000`, `5 Jul 2022`, `Jul 5, 2022`.
fn read_words(text: &str) -> Option<Reading> {
    if let Ok(at) = DateTime::parse_from_rfc2822(text) {
        return Some(Reading::moment(at.timestamp_millis()));
    }
    let day = ["%d %b %Y", "%d-%b-%Y", "%b %d, %Y"]
        .iter()
        .find_map(|pattern| NaiveDate::parse_from_str(text, pattern).ok())?;
    Some(Reading::Fixed {
        at_ms: i64::from(day.to_epoch_days()) * DAY_MS,
        date_only: true,
    })
}

/// Takes up to four digits off the front, and tells how many there were.
fn take_number(rest: &mut &str) -> Option<(u32, usize)> {
    let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    if !(1..=4).contains(&digits) {
        return None;
    }
    let number = rest[..digits].parse().ok()?;
    *rest = &rest[digits..];
    Some((number, digits))
}

fn day_ms(year: u32, month: u32, day: u32) -> Option<i64> {
    let day = NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)?;
    Some(i64::from(day.to_epoch_days()) * DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(text: &str) -> Option<i64> {
        match read(text)? {
            Reading::Fixed { at_ms, .. } => Some(at_ms),
            Reading::Numeric(_) => None,
        }
    }

    #[test]
    fn every_way_of_writing_one_moment() {
        let at = Some(1_656_995_040_000); // 2022-07-05 04:24:00 UTC
        for text in [
            "2022-07-05 04:24",
            "2022-07-05 04:24:00",
            "2022-07-05T04:24:00Z",
            "2022-07-05T04:24:00.000+00:00",
            "2022-07-05T06:24:00+02:00",
            "2022-07-04 23:24:00 -0500",
            "2022/7/5 4:24",
            " 2022-07-05 04:24 UTC ",
            "1656995040",
            "1656995040.0",
            "1656995040000",
            "1656995040000000",
            "1656995040000000000",
            "Tue, 05 Jul 2022 04:24:00 +0000",
            "07/05/2022, 04:24 AM, +0000 UTC",
            "07/05/2022, 06:24 AM, +0200 UTC",
        ] {
            assert_eq!(fixed(text), at, "{text}");
        }
        assert_eq!(
            fixed("07/05/2022, 12:00 AM, +0000 UTC"),
            Some(1_656_979_200_000)
        );
        assert_eq!(
            fixed("07/05/2022, 12:00 PM, +0000 UTC"),
            Some(1_657_022_400_000)
        );
        assert_eq!(fixed("5 Jul 2022"), Some(1_656_979_200_000));
    }

    #[test]
    fn a_day_and_a_month_have_two_readings() {
        let Some(Reading::Numeric(date)) = read("5-7-2022 04:24") else {
            panic!("not read");
        };
        assert_eq!(date.at_ms(Order::DayFirst), Some(1_656_995_040_000));
        assert_eq!(date.at_ms(Order::MonthFirst), Some(1_651_897_440_000));
        assert!(!date.date_only());
        let Some(Reading::Numeric(date)) = read("31/12/2021") else {
            panic!("not read");
        };
        assert_eq!(date.at_ms(Order::MonthFirst), None);
        assert!(date.date_only());
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "yesterday",
            "2022",
            "5-7/2022",
            "5-7-22",
            "2022-02-30",
            "2022-07-05 24:00",
            "2022-07-05 4",
            "2022-07-05 04:60",
            "2022-07-05 13:00 PM",
            "2022-07-05 04:24 and more",
            "5-7-2022-04",
            "99999999999999999999",
            "1.5",
            "５-7-2022",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
