//! Numbers as venues write them: plain decimals in strings.

/// No honest number is longer.
const MAX_LENGTH: usize = 40;

/// Reads `"67123.45000000"`: digits with at most one point, a minus where it is negative. No exponents, no `NaN`,
/// no `inf`, nothing that a float cannot hold.
pub fn decimal(text: &str) -> Result<f64, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > MAX_LENGTH || !plain(whole) || !plain(part) {
        let shown: String = text.chars().take(MAX_LENGTH).collect();
        return Err(format!("{shown:?} is not a decimal number"));
    }
    // Forty digits are far within the range of a float: the result is finite.
    text.parse()
        .map_err(|_| format!("{text:?} is not a decimal number"))
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
    }
}
