//! Faults of quotes.

use app::model::Quote;

use super::FaultyRow;

impl FaultyRow for Quote {
    fn at(&self) -> i64 {
        self.observed_at
    }

    fn set_at(&mut self, at_ms: i64) {
        self.observed_at = at_ms;
    }

    fn scale_prices(&mut self, factor: f64) {
        self.last *= factor;
        for price in [
            &mut self.bid,
            &mut self.ask,
            &mut self.open_24h,
            &mut self.high_24h,
            &mut self.low_24h,
        ] {
            *price = price.map(|price| price * factor);
        }
    }

    fn spike(&mut self, factor: f64) {
        self.last *= factor;
    }

    fn stick_to(&mut self, before: &Self) {
        (self.last, self.bid, self.ask) = (before.last, before.bid, before.ask);
    }

    fn scale_volume(&mut self, factor: f64) {
        self.volume_24h = self.volume_24h.map(|volume| volume * factor);
        self.quote_volume_24h = self.quote_volume_24h.map(|volume| volume * factor);
    }

    /// The best bid for the best ask.
    fn swap(&mut self, _pick: usize) -> bool {
        let differ = self.bid.is_some() && self.ask.is_some() && self.bid < self.ask;
        std::mem::swap(&mut self.bid, &mut self.ask);
        differ
    }

    fn cross(&mut self) -> bool {
        let (Some(bid), Some(ask)) = (self.bid, self.ask) else {
            return false;
        };
        let by = (ask - bid).abs().max(ask * 1e-4);
        self.bid = Some(ask + by);
        true
    }
}
