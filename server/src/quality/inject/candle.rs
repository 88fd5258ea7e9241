//! Faults of candles.

use app::model::Candle;

use super::FaultyRow;

impl FaultyRow for Candle {
    fn at(&self) -> i64 {
        self.opened_at
    }

    fn set_at(&mut self, at_ms: i64) {
        self.opened_at = at_ms;
    }

    fn scale_prices(&mut self, factor: f64) {
        for price in [
            &mut self.open,
            &mut self.high,
            &mut self.low,
            &mut self.close,
        ] {
            *price *= factor;
        }
        self.quote_volume = self.quote_volume.map(|volume| volume * factor);
    }

    fn spike(&mut self, factor: f64) {
        self.close *= factor;
        self.high = self.high.max(self.close);
        self.low = self.low.min(self.close);
    }

    fn stick_to(&mut self, before: &Self) {
        let price = before.close;
        (self.open, self.high, self.low, self.close) = (price, price, price, price);
        self.quote_volume = self.quote_volume.map(|_| self.volume * price);
    }

    fn scale_volume(&mut self, factor: f64) {
        self.volume *= factor;
        self.quote_volume = self.quote_volume.map(|volume| volume * factor);
        self.trades = self.trades.map(|trades| (trades as f64 * factor) as i64);
    }

    /// Open for high, low for close, high for low: those that make a row impossible. Open for close cannot be seen in
    /// the row itself.
    fn swap(&mut self, pick: usize) -> bool {
        (0..3).any(|turn| match (pick + turn) % 3 {
            0 if self.open < self.high => {
                std::mem::swap(&mut self.open, &mut self.high);
                true
            }
            1 if self.low < self.close => {
                std::mem::swap(&mut self.low, &mut self.close);
                true
            }
            2 if self.low < self.high => {
                std::mem::swap(&mut self.high, &mut self.low);
                true
            }
            _ => false,
        })
    }

    fn cross(&mut self) -> bool {
        false
    }
}
