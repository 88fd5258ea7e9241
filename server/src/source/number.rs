//! Numbers as venues write them: plain decimals in strings.

use rust_decimal::Decimal;

/// No honest number is longer.
const MAX_LENGTH: usize = 40;

/// Reads `"67123.45000000"`: digits with at most one point, a minus where it is negative. No exponents, no `NaN`,
/// no `inf`, nothing that a float cannot hold.
pub fn decimal(text: &str) -> Result<f64, String> {
    if !is_plain(text) {
        return Err(no_decimal(text));
    }
    // Forty digits are far within the range of a float: the result is finite.
    text.parse().map_err(|_| no_decimal(text))
}

fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= MAX_LENGTH && plain(whole) && plain(part)
}

fn no_decimal(text: &str) -> String {
    let shown: String = text.chars().take(MAX_LENGTH).collect();
    format!("{shown:?} is not a decimal number")
}

/// Reads the same exactly: the result keeps the digits of the wire, trailing zeros included. JSON numbers are read too,
/// which may have an exponent: `1e-8`.
///
/// # Errors
/// When it is no such number, or has more digits than a [`Decimal`] holds (28).
pub fn exact(text: &str) -> Result<Decimal, String> {
    if is_plain(text) {
        return Decimal::from_str_exact(text).map_err(|_| no_decimal(text));
    }
    let (digits, power) = text
        .split_once(['e', 'E'])
        .ok_or_else(|| no_decimal(text))?;
    let power: i16 = power.parse().map_err(|_| no_decimal(text))?;
    if !is_plain(digits) {
        return Err(no_decimal(text));
    }
    // the library takes an exponent's minus, but not its plus
    Decimal::from_scientific(&format!("{digits}e{power}")).map_err(|_| no_decimal(text))
}

/// As [`decimal`], refusing what is below zero.
///
/// # Errors
/// As [`decimal`].
pub fn not_negative(text: &str) -> Result<f64, String> {
    match decimal(text)? {
        number if number < 0.0 => Err(format!("{text} is negative")),
        number => Ok(number),
    }
}

/// As [`decimal`], refusing what is not above zero.
///
/// # Errors
/// As [`decimal`].
pub fn positive(text: &str) -> Result<f64, String> {
    match decimal(text)? {
        number if number <= 0.0 => Err(format!("{text} is not above zero")),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_decimals_are_read() {
        for (text, number) in [
            ("67123.45000000", 67_123.45),
            ("0", 0.0),
            ("0.00000000", 0.0),
            ("-1.5", -1.5),
            ("0.00001", 0.000_01),
        ] {
            assert_eq!(decimal(text), Ok(number), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let long = "9".repeat(400);
        for text in [
            "", "-", ".", "1.", ".5", "+1", "1e5", "1E999", "NaN", "inf", "-inf", "infinity",
            "0x10", "1,000", " 1", "1 ", "1.2.3", "--1", "١", &long,
        ] {
            assert!(decimal(text).is_err(), "{text:?}");
        }
        assert!(not_negative("-0.01").is_err());
        assert!(positive("0.00").is_err() && positive("0.01").is_ok());
    }

    #[test]
    fn exact_numbers_keep_their_digits() {
        for (text, mantissa, scale) in [
            ("0.00100000", 100_000, 8),
            ("45285.2", 452_852, 1),
            ("-7", -7, 0),
            ("1e-8", 1, 8),
            ("1.5E-07", 15, 8),
            ("2e+3", 2_000, 0),
        ] {
            let number = exact(text).unwrap();
            assert_eq!(
                (number.mantissa(), number.scale()),
                (mantissa, scale),
                "{text}"
            );
        }
    }

    #[test]
    fn exact_numbers_are_all_or_nothing() {
        let long = format!("0.{}", "1".repeat(29));
        for text in [
            "",
            "1_000",
            "0.-10000",
            "1e",
            "e5",
            "1e1.5",
            "1e99999999999",
            "1e-400",
            "1e+-5",
            "NaN",
            "0x1e5",
            &long,
        ] {
            assert!(exact(text).is_err(), "{text:?}");
        }
    }
}
