//! Reads one date as files write it, without guessing: `5-7-2022` is returned as two possible days.

use app::model::{DAY_MS, HOUR_MS, MINUTE_MS};
use chrono::{DateTime, NaiveDate};

use super::number::epoch_ms;

const SECOND_MS: i64 = 1000;

/// No date format is longer; what is longer is text.
const MAX_LENGTH: usize = 64;

/// Which of the two numbers before the year is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    DayFirst,
    MonthFirst,
}

impl Order {
    pub(crate) const BOTH: [Order; 2] = [Order::DayFirst, Order::MonthFirst];

    /// `day first` or `month first`.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "day first",
            Self::MonthFirst => "month first",
        }
    }
}

/// How a date without a fixed order is written: dates of one shape next to each other have one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
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
pub(crate) struct Numeric {
    pub(crate) shape: Shape,
    first: u32,
    second: u32,
    year: u32,
    /// Time of day less the zone's offset; may lie outside one day.
    time_ms: i64,
}

impl Numeric {
    /// Milliseconds since the epoch if the date is read in that order; `None` where there is no such day.
    pub(crate) fn at_ms(&self, order: Order) -> Option<i64> {
        let (day, month) = match order {
            Order::DayFirst => (self.first, self.second),
            Order::MonthFirst => (self.second, self.first),
        };
        Some(day_ms(self.year, month, day)? + self.time_ms)
    }

    /// True if the date is the first day of a month in that order.
    pub(crate) fn is_first_of_month(&self, order: Order) -> bool {
        let day = match order {
            Order::DayFirst => self.first,
            Order::MonthFirst => self.second,
        };
        day == 1
    }

    pub(crate) fn date_only(&self) -> bool {
        self.shape.clock == Clock::None
    }
}

impl std::fmt::Display for Numeric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let separator = char::from(self.shape.separator);
        write!(
            f,
            "{}{separator}{}{separator}{}",
            self.first, self.second, self.year
        )
    }
}

/// What a date says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
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
pub(crate) fn read(text: &str) -> Option<Reading> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LENGTH || !text.is_ascii() {
        return None;
    }
    read_iso(text.as_bytes())
        .or_else(|| read_epoch(text).map(Reading::moment))
        .or_else(|| read_numeric(text))
        .or_else(|| read_words(text))
}

/// An epoch number of any unit; shorter ones are years or counts.
fn read_epoch(text: &str) -> Option<i64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (digits >= 9).then(|| epoch_ms(text.as_bytes())).flatten()
}

/// `2022-07-05`, `2022-07-05 04:24`, `2022-07-05T04:24:00`, with `Z` or nothing behind: what most files hold, without
/// a detour.
pub(crate) fn read_iso(text: &[u8]) -> Option<Reading> {
    let number = |from: usize, to: usize| -> Option<u32> {
        text.get(from..to)?.iter().try_fold(0, |sum, byte| {
            byte.is_ascii_digit()
                .then(|| sum * 10 + u32::from(byte - b'0'))
        })
    };
    let is = |at: usize, byte: u8| text.get(at) == Some(&byte);
    if !is(4, b'-') || !is(7, b'-') {
        return None;
    }
    let day = day_ms(number(0, 4)?, number(5, 7)?, number(8, 10)?)?;
    if text.len() == 10 {
        return Some(Reading::Fixed {
            at_ms: day,
            date_only: true,
        });
    }
    let text = text.strip_suffix(b"Z").unwrap_or(text);
    if !(is(10, b' ') || is(10, b'T')) || !is(13, b':') {
        return None;
    }
    let (hour, minute) = (number(11, 13)?, number(14, 16)?);
    let second = match text.len() {
        16 => 0,
        19 if is(16, b':') => number(17, 19)?,
        _ => return None,
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    Some(Reading::moment(day + seconds * SECOND_MS))
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
    if let Some(half) = rest.strip_prefix('-') {
        // `03-AM`, as CryptoDataDownload writes hours; 12-AM is midnight
        let hour = half_day_hour(hour, half)?;
        return Some((Clock::HalfDay, i64::from(hour) * HOUR_MS));
    }
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
        hour = half_day_hour(hour, &half)?;
        clock = Clock::HalfDay;
        rest = &rest[2..];
    }
    if hour > 23 || hour_digits > 2 || minute > 59 || minute_digits != 2 {
        return None;
    }
    let of_day = i64::from(hour) * HOUR_MS + i64::from(minute) * MINUTE_MS + millis;
    Some((clock, of_day - read_zone(rest)?))
}

/// The hour of the day from `AM` or `PM`; 12 AM is midnight.
fn half_day_hour(hour: u32, half: &str) -> Option<u32> {
    let (1..=12, "AM" | "PM") = (hour, half) else {
        return None;
    };
    Some(hour % 12 + if half == "PM" { 12 } else { 0 })
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

/// `Tue, 05 Jul 2022 04:24:00 +0000`, `5 Jul 2022`, `Jul 5, 2022`, `5-Jul-22`.
fn read_words(text: &str) -> Option<Reading> {
    if let Ok(at) = DateTime::parse_from_rfc2822(text) {
        return Some(Reading::moment(at.timestamp_millis()));
    }
    let year_digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
    // `%Y` would take the 22 of `5-Jul-22` for a year of antiquity
    let patterns: &[&str] = match year_digits {
        2 => &["%d-%B-%y"],
        4 => &["%d %B %Y", "%d-%B-%Y", "%B %d, %Y"],
        _ => return None,
    };
    let day = patterns
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
        for text in ["5 Jul 2022", "5-Jul-22", "Jul 5, 2022", "July 5, 2022"] {
            assert_eq!(fixed(text), Some(1_656_979_200_000), "{text}");
        }
        assert_eq!(fixed("2022-07-05 12-AM"), Some(1_656_979_200_000));
        assert_eq!(fixed("2022-07-05 01-PM"), Some(1_657_026_000_000));
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
            "2022-07-05 13-PM",
            "2022-13-05",
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
