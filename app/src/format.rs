//! How numbers are written. One place for the server's view-models and the page's live values, so that a value does
//! not change its looks when the first event arrives.

/// What stands for a value that is not known.
pub const UNKNOWN: &str = "–";

/// `1,234,567`
#[must_use]
pub fn integer(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let grouped = group(&digits);
    if value < 0 {
        format!("−{grouped}")
    } else {
        grouped
    }
}

/// `1 alert`, `1,204 alerts`: a count of what is called so, whose plural ends with an s.
#[must_use]
pub fn counted(count: i64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", integer(count))
}

/// `91,234.50` with the given number of decimals; [`UNKNOWN`] for a number that is none.
#[must_use]
pub fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let sign = if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        "−"
    } else {
        ""
    };
    if fraction.is_empty() {
        format!("{sign}{}", group(whole))
    } else {
        format!("{sign}{}.{fraction}", group(whole))
    }
}

/// A price: two decimals, more for prices below 1.
#[must_use]
pub fn price(value: f64) -> String {
    decimal(value, if value.abs() < 1.0 { 6 } else { 2 })
}

/// The time of day in UTC with milliseconds: `05:00:00.042`.
#[must_use]
pub fn clock(at_ms: i64) -> String {
    let ms = at_ms.rem_euclid(86_400_000);
    let (hours, minutes, seconds) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{:03}", ms % 1_000)
}

/// A share of 1 as `99.82 %`, rounded down: 100.00 % must mean that nothing is missing.
#[must_use]
pub fn percent(share: f64) -> String {
    // the small addend undoes the error of the multiplication, 0.9982 × 10,000 = 9981.999…
    format!(
        "{} %",
        decimal((share * 10_000.0 + 1e-6).floor() / 100.0, 2)
    )
}

/// A change as `▲ +1.24 %`, `▼ −0.30 %` or `→ 0.00 %`.
#[must_use]
pub fn change(share: f64) -> String {
    let percent = (share * 10_000.0).round() / 100.0;
    let arrow = match percent {
        p if p > 0.0 => "▲ +",
        p if p < 0.0 => "▼ ",
        _ => "→ ",
    };
    format!("{arrow}{} %", decimal(percent, 2))
}

/// An amount of the base currency as `9,211.3 BTC`.
#[must_use]
pub fn volume(value: f64, instrument: &str) -> String {
    let base = instrument.split('-').next().unwrap_or(instrument);
    format!("{} {base}", decimal(value, 1))
}

/// Basis points as `0.12 bps`.
#[must_use]
pub fn bps(value: f64) -> String {
    format!("{} bps", decimal(value, 2))
}

/// `137.0 MB`
#[must_use]
pub fn bytes(value: i64) -> String {
    const UNITS: [(&str, f64); 4] = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0)];
    let value = value.max(0) as f64;
    let (unit, size) = UNITS
        .into_iter()
        .find(|(_, size)| value >= *size)
        .unwrap_or(("B", 1.0));
    let decimals = usize::from(size > 1.0);
    format!("{} {unit}", decimal(value / size, decimals))
}

/// A judged number of unknown kind: up to four significant decimals without trailing zeros.
#[must_use]
pub fn plain(value: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let text = decimal(value, 4);
    match text.split_once('.') {
        Some((whole, fraction)) => {
            let fraction = fraction.trim_end_matches('0');
            if fraction.is_empty() {
                whole.to_owned()
            } else {
                format!("{whole}.{fraction}")
            }
        }
        None => text,
    }
}

fn group(digits: &str) -> String {
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_signed() {
        assert_eq!(integer(0), "0");
        assert_eq!(integer(999), "999");
        assert_eq!(integer(1_234_567), "1,234,567");
        assert_eq!(integer(-1000), "−1,000");
        assert_eq!(integer(i64::MIN), "−9,223,372,036,854,775,808");
        assert_eq!(price(91_234.5), "91,234.50");
        assert_eq!(price(0.000_123), "0.000123");
        assert_eq!(price(f64::NAN), UNKNOWN);
        assert_eq!(decimal(-0.001, 2), "0.00", "no minus before nothing");
        assert_eq!(change(0.0124), "▲ +1.24 %");
        assert_eq!(change(-0.003), "▼ −0.30 %");
        assert_eq!(change(0.000_01), "→ 0.00 %");
        assert_eq!(volume(9211.28, "BTC-USDT"), "9,211.3 BTC");
        assert_eq!(plain(12.5), "12.5");
        assert_eq!(plain(3.0), "3");
    }

    #[test]
    fn a_time_of_day_has_milliseconds() {
        assert_eq!(clock(1_795_410_000_042), "05:00:00.042");
        assert_eq!(clock(86_399_999), "23:59:59.999");
        assert_eq!(clock(-1), "23:59:59.999");
        assert_eq!(clock(i64::MIN).len(), 12);
    }

    #[test]
    fn almost_complete_is_not_complete() {
        assert_eq!(percent(1.0), "100.00 %");
        assert_eq!(percent(0.999_999), "99.99 %");
        assert_eq!(percent(0.9982), "99.82 %");
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(137_000_000), "137.0 MB");
    }
}
