//! Faults of order books, as events of a stream.

use app::model::Level;

use super::FaultyRow;

/// A book as one event of a stream left it.
#[derive(Debug, Clone, PartialEq)]
pub struct BookEvent {
    /// The venue's time, in milliseconds.
    pub observed_at: i64,
    /// When it reached us, in milliseconds.
    pub received_at: i64,
    /// Numbers of the first and last change that it brought, without a hole between two events.
    pub changes: (i64, i64),
    /// Bids, highest first.
    pub bids: Vec<Level>,
    /// Asks, lowest first.
    pub asks: Vec<Level>,
}

impl FaultyRow for BookEvent {
    fn at(&self) -> i64 {
        self.observed_at
    }

    fn set_at(&mut self, at_ms: i64) {
        self.observed_at = at_ms;
    }

    fn scale_prices(&mut self, factor: f64) {
        for level in self.bids.iter_mut().chain(&mut self.asks) {
            level.price *= factor;
        }
    }

    fn spike(&mut self, factor: f64) {
        self.scale_prices(factor);
    }

    fn stick_to(&mut self, before: &Self) {
        self.bids.clone_from(&before.bids);
        self.asks.clone_from(&before.asks);
    }

    fn scale_volume(&mut self, factor: f64) {
        for level in self.bids.iter_mut().chain(&mut self.asks) {
            level.size *= factor;
        }
    }

    /// Bids for asks.
    fn swap(&mut self, _pick: usize) -> bool {
        std::mem::swap(&mut self.bids, &mut self.asks);
        self.bids != self.asks
    }

    fn cross(&mut self) -> bool {
        let (Some(bid), Some(ask)) = (self.bids.first_mut(), self.asks.first()) else {
            return false;
        };
        let by = (ask.price - bid.price).abs().max(ask.price * 1e-4);
        bid.price = ask.price + by;
        true
    }
}
