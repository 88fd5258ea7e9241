//! Prices and amounts of the common market as whole numbers, so that sums are exact.

/// Price steps of 0.01 in one unit of the quote currency.
pub const TICKS_PER_UNIT: i64 = 100;
/// Amount steps of 0.00001 in one unit of the base currency.
pub const LOTS_PER_UNIT: i64 = 100_000;

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
