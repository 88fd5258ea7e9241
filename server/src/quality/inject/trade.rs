//! Faults of trades.

use app::model::Trade;

use super::FaultyRow;

impl FaultyRow for Trade {
    fn at(&self) -> i64 {
        self.traded_at
    }

    fn set_at(&mut self, at_ms: i64) {
        self.traded_at = at_ms;
    }

    fn scale_prices(&mut self, factor: f64) {
        self.price *= factor;
    }

    fn spike(&mut self, factor: f64) {
        self.price *= factor;
    }

    fn stick_to(&mut self, before: &Self) {
        self.price = before.price;
    }

    fn scale_volume(&mut self, factor: f64) {
        self.size *= factor;
    }

    /// Price for size.
    fn swap(&mut self, _pick: usize) -> bool {
        let differ = self.price != self.size;
        std::mem::swap(&mut self.price, &mut self.size);
        differ
    }

    fn cross(&mut self) -> bool {
        false
    }
}
