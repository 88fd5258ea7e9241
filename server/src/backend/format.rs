//! Numbers as people read them.

/// What stands where a value is not known.
pub const UNKNOWN: &str = "–";

/// `12,345.60`: thousands separated by commas.
pub fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::with_capacity(text.len() + text.len() / 3);
    if value.is_sign_negative() && text.bytes().any(|digit| matches!(digit, b'1'..=b'9')) {
        grouped.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// `99.82 %` of a share between 0 and 1, rounded down: 100.00 % must mean that nothing is missing.
pub fn percent(share: f64) -> String {
    // the small addend undoes the error of the multiplication, 0.9982 × 10,000 = 9981.999…
    format!("{:.2} %", (share * 10_000.0 + 1e-6).floor() / 100.0)
}

/// `▲ +1.23 %` of a change given as a fraction.
pub fn change(fraction: f64) -> String {
    let hundredths = (fraction * 10_000.0).round() / 100.0;
    if hundredths > 0.0 {
        format!("▲ +{hundredths:.2} %")
    } else if hundredths < 0.0 {
        format!("▼ −{:.2} %", hundredths.abs())
    } else {
        "→ 0.00 %".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        for (value, decimals, text) in [
            (0.0, 2, "0.00"),
            (999.994, 2, "999.99"),
            (1_000.0, 0, "1,000"),
            (91_234.5, 2, "91,234.50"),
            (-1_234_567.891, 1, "−1,234,567.9"),
            (-0.001, 2, "0.00"),
            (f64::NAN, 2, "–"),
        ] {
            assert_eq!(grouped(value, decimals), text);
        }
    }

    #[test]
    fn a_share_is_rounded_down_and_a_change_has_sign_and_arrow() {
        for (share, text) in [
            (1.0, "100.00 %"),
            (0.999_99, "99.99 %"),
            (0.9982, "99.82 %"),
            (0.0, "0.00 %"),
        ] {
            assert_eq!(percent(share), text);
        }
        for (fraction, text) in [
            (0.0123, "▲ +1.23 %"),
            (-0.0123, "▼ −1.23 %"),
            (0.000_01, "→ 0.00 %"),
            (f64::NAN, "→ 0.00 %"),
        ] {
            assert_eq!(change(fraction), text);
        }
    }
}
