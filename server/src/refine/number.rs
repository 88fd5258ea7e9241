//! Numbers and epoch times as they stand in files.

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

/// Longer numbers have no dress: they are digits of some computation.
const MAX_DRESSED: usize = 32;

/// A finite decimal number. Plain ones are read at once; `7,195.2`, `$7,195`, `53.01K`, `1.2M` and `3B` are undressed
/// first.
///
/// # Errors
/// [`BadNumber::Missing`] for the usual words for "nothing", else [`BadNumber::Unreadable`].
pub fn decimal(cell: &[u8]) -> Result<f64, BadNumber> {
    match cell.first() {
        None => return Err(BadNumber::Missing),
        Some(b'0'..=b'9' | b'.' | b'-' | b'+' | b'$') if cell != b"-" => {}
        _ if ["nan", "null", "none", "n/a", "na", "-", "nat"]
            .iter()
            .any(|word| cell.eq_ignore_ascii_case(word.as_bytes())) =>
        {
            return Err(BadNumber::Missing);
        }
        _ => return Err(BadNumber::Unreadable),
    }
    // correctly rounded, as the standard parser is; it also takes "inf" and "nan" after a sign
    match fast_float2::parse::<f64, _>(cell) {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(BadNumber::Unreadable),
        Err(_) => dressed(cell).ok_or(BadNumber::Unreadable),
    }
}

/// A price: scientific notation has lost digits and is no price.
///
/// # Errors
/// As [`decimal`].
pub fn price(cell: &[u8]) -> Result<f64, BadNumber> {
    let value = decimal(cell)?;
    if cell.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        return Err(BadNumber::Unreadable);
    }
    Ok(value)
}

/// A number with a currency sign, thousands commas or a unit, turned into plain digits and an exponent, so that it is
/// rounded once.
fn dressed(cell: &[u8]) -> Option<f64> {
    if cell.len() > MAX_DRESSED {
        return None;
    }
    let (sign, rest) = match cell {
        [b'-', rest @ ..] => (&b"-"[..], rest),
        [b'+', rest @ ..] => (&b""[..], rest),
        _ => (&b""[..], cell),
    };
    let rest = rest.strip_prefix(b"$").unwrap_or(rest);
    let (digits, exponent) = match rest {
        [digits @ .., b'K' | b'k'] => (digits, &b"e3"[..]),
        [digits @ .., b'M' | b'm'] => (digits, &b"e6"[..]),
        [digits @ .., b'B' | b'b'] => (digits, &b"e9"[..]),
        _ => (rest, &b""[..]),
    };
    let point = digits.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = digits.split_at(point.unwrap_or(digits.len()));
    let is_number = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let is_grouped = |bytes: &[u8]| {
        let mut groups = bytes.split(|byte| *byte == b',');
        let first = groups.next().unwrap_or_default();
        let mut rest = groups.clone().peekable();
        let is_plain = rest.peek().is_none();
        is_number(first)
            && !first.is_empty()
            && (is_plain || first.len() <= 3)
            && groups.all(|group| group.len() == 3 && is_number(group))
    };
    if !is_grouped(whole) || !fraction.get(1..).is_none_or(is_number) {
        return None;
    }
    let mut plain = Vec::with_capacity(MAX_DRESSED + 4);
    plain.extend_from_slice(sign);
    plain.extend(whole.iter().filter(|byte| **byte != b','));
    plain.extend_from_slice(fraction);
    plain.extend_from_slice(exponent);
    let value: f64 = fast_float2::parse(&plain).ok()?;
    value.is_finite().then_some(value)
}

/// The unit of an epoch number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EpochUnit {
    /// Below 1e11.
    Seconds,
    /// Below 1e14.
    Milliseconds,
    /// Below 1e17.
    Microseconds,
    /// All above.
    Nanoseconds,
}

impl EpochUnit {
    /// `s`, `ms`, `µs` or `ns`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "s",
            Self::Milliseconds => "ms",
            Self::Microseconds => "µs",
            Self::Nanoseconds => "ns",
        }
    }
}

/// Milliseconds of an epoch number, and its unit, which follows from its size, row by row. `1325412060.0` is accepted,
/// `1.61888E+12` is not: its last digits are lost.
#[must_use]
pub fn epoch(cell: &[u8]) -> Option<(i64, EpochUnit)> {
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
        (value * 1000, EpochUnit::Seconds)
    } else if value < 100_000_000_000_000 {
        (value, EpochUnit::Milliseconds)
    } else if value < 100_000_000_000_000_000 {
        (value.div_euclid(1000), EpochUnit::Microseconds)
    } else {
        (value.div_euclid(1_000_000), EpochUnit::Nanoseconds)
    })
}

/// [`epoch`] without the unit.
#[must_use]
pub fn epoch_ms(cell: &[u8]) -> Option<i64> {
    epoch(cell).map(|(at_ms, _)| at_ms)
}

/// True for an epoch number that a spreadsheet rewrote as `1.61888E+12`: hours are lost.
#[must_use]
pub fn is_damaged_epoch(cell: &[u8]) -> bool {
    let has_exponent = cell.iter().any(|byte| matches!(byte, b'e' | b'E'));
    let is_time = |value: f64| (1e9..1e19).contains(&value);
    has_exponent && fast_float2::parse(cell).is_ok_and(is_time)
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
        assert!(is_damaged_epoch(b"1.61888E+12"));
        assert!(!is_damaged_epoch(b"1618880000000") && !is_damaged_epoch(b"2.17e-05"));
    }

    #[test]
    fn decimals() {
        for (text, expected) in [
            ("4.58", Ok(4.58)),
            ("2.17e-05", Ok(2.17e-05)),
            ("-1", Ok(-1.0)),
            ("+1", Ok(1.0)),
            ("7,195.2", Ok(7195.2)),
            ("1,234,567", Ok(1_234_567.0)),
            ("$7,195.24", Ok(7195.24)),
            ("53.01K", Ok(53_010.0)),
            ("1.07M", Ok(1_070_000.0)),
            ("0.3B", Ok(300_000_000.0)),
            ("-1,000", Ok(-1000.0)),
            ("NaN", Err(BadNumber::Missing)),
            ("null", Err(BadNumber::Missing)),
            ("", Err(BadNumber::Missing)),
            ("-", Err(BadNumber::Missing)),
            ("inf", Err(BadNumber::Unreadable)),
            ("-inf", Err(BadNumber::Unreadable)),
            ("+nan", Err(BadNumber::Unreadable)),
            ("1e999", Err(BadNumber::Unreadable)),
            ("abc", Err(BadNumber::Unreadable)),
            ("7195,2", Err(BadNumber::Unreadable)),
            ("7,19", Err(BadNumber::Unreadable)),
            (",195", Err(BadNumber::Unreadable)),
            ("1,1955", Err(BadNumber::Unreadable)),
            ("K", Err(BadNumber::Unreadable)),
            ("4.1%", Err(BadNumber::Unreadable)),
            ("1.2.3", Err(BadNumber::Unreadable)),
        ] {
            assert_eq!(decimal(text.as_bytes()), expected, "{text}");
        }
        assert_eq!(price(b"4.2e4"), Err(BadNumber::Unreadable));
        assert_eq!(price(b"42000"), Ok(42_000.0));
    }

    #[test]
    fn plain_numbers_are_read_as_the_standard_parser_reads_them() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        for round in 0..200_000 {
            // xorshift: any sequence that covers the digits will do
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let text = match round % 4 {
                0 => format!("{}", f64::from_bits(state).abs()),
                1 => format!("{}.{:08}", state >> 44, state % 100_000_000),
                2 => format!("{:e}", f64::from_bits(state & !(1 << 63))),
                _ => format!("0.{}", state),
            };
            let standard = text.parse::<f64>().ok().filter(|value| value.is_finite());
            let ours = decimal(text.as_bytes()).ok();
            assert_eq!(ours.map(f64::to_bits), standard.map(f64::to_bits), "{text}");
        }
    }
}
