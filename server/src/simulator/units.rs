//! Prices and amounts as whole numbers, so that sums are exact and the text never depends on float printing.

/// Price steps of 0.01 in one unit of the quote currency.
pub const TICKS_PER_UNIT: i64 = 100;
/// Amount steps of 0.00001 in one unit of the base currency.
pub const LOTS_PER_UNIT: i64 = 100_000;
/// Decimals the venue prints, whatever the step.
const DECIMALS: usize = 8;

/// A price as the venue prints it: `67123.45000000`.
#[must_use]
pub fn price_text(ticks: i64) -> String {
    decimal(ticks, 2)
}

/// A base amount as the venue prints it: `0.12345000`.
#[must_use]
pub fn amount_text(lots: i64) -> String {
    decimal(lots, 5)
}

/// A quote amount (ticks × lots) as the venue prints it.
#[must_use]
pub fn quote_text(tick_lots: i64) -> String {
    decimal(tick_lots, 7)
}

/// A price in the quote currency.
#[must_use]
pub fn price(ticks: i64) -> f64 {
    ticks as f64 / TICKS_PER_UNIT as f64
}

/// An amount in the base currency.
#[must_use]
pub fn amount(lots: i64) -> f64 {
    lots as f64 / LOTS_PER_UNIT as f64
}

/// `value / 10^scale` with eight decimals.
fn decimal(value: i64, scale: u32) -> String {
    let unit = 10_u64.pow(scale);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, part) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let width = scale as usize;
    let padding = "0".repeat(DECIMALS - width);
    format!("{sign}{whole}.{part:0width$}{padding}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_printed_like_the_venue_does() {
        assert_eq!(price_text(6_712_345), "67123.45000000");
        assert_eq!(price_text(-5), "-0.05000000");
        assert_eq!(amount_text(12_345), "0.12345000");
        assert_eq!(quote_text(10_000_001), "1.00000010");
        assert_eq!(price_text(0), "0.00000000");
    }
}
