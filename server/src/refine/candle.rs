//! Comparing candles.

use app::model::Candle;

/// True if both say the same of the same interval; flags and finality are ours, not the source's.
#[must_use]
pub fn same_values(a: &Candle, b: &Candle) -> bool {
    a.open == b.open
        && a.high == b.high
        && a.low == b.low
        && a.close == b.close
        && a.volume == b.volume
        && a.quote_volume == b.quote_volume
        && a.trades == b.trades
}
