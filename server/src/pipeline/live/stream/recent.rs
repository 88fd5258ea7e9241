//! Newest trades of a series by number: one that comes again is known.

use std::collections::{HashMap, VecDeque};

use app::model::Trade;

/// Numbers kept: some seconds at 20,000 a second, and more than any venue repeats after a reconnect.
pub(super) const KEPT: usize = 100_000;
/// The same number this far apart in time is another trade: the venue numbers anew. REST may tell times in whole
/// seconds where the stream tells milliseconds.
const SAME_MS: i64 = 60_000;

/// What is known of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Known {
    /// Nothing: it is new.
    New,
    /// The same trade.
    Same,
    /// A trade of another price or size, which are given.
    Other(f64, f64),
}

/// Time, price and size.
type Values = (i64, f64, f64);

/// A bounded set of numbers, and their trades.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    trades: HashMap<i64, Values>,
    order: VecDeque<i64>,
}

impl Recent {
    /// Notes a trade unless its number is known.
    pub(super) fn add(&mut self, trade: &Trade) -> Known {
        if let Some(known) = self.of(trade) {
            return known;
        }
        let values = (trade.traded_at, trade.price, trade.size);
        if self.trades.insert(trade.trade_id, values).is_none() {
            self.order.push_back(trade.trade_id);
        }
        if self.order.len() > KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.trades.remove(&oldest);
        }
        Known::New
    }

    fn of(&self, trade: &Trade) -> Option<Known> {
        let (at, price, size) = self.trades.get(&trade.trade_id)?;
        if trade.traded_at.abs_diff(*at) >= SAME_MS.unsigned_abs() {
            return None;
        }
        // the same decimals are the same floats
        let same = price.total_cmp(&trade.price).is_eq() && size.total_cmp(&trade.size).is_eq();
        Some(if same {
            Known::Same
        } else {
            Known::Other(*price, *size)
        })
    }
}

#[cfg(test)]
mod tests {
    use app::model::Side;

    use super::*;

    fn trade(trade_id: i64, traded_at: i64, price: f64) -> Trade {
        Trade {
            trade_id,
            traded_at,
            price,
            size: 1.0,
            side: Side::Buy,
        }
    }

    #[test]
    fn a_number_is_known_near_its_time() {
        let mut recent = Recent::default();
        assert_eq!(recent.add(&trade(7, 1_000_123, 5.0)), Known::New);
        assert_eq!(
            recent.add(&trade(7, 1_000_000, 5.0)),
            Known::Same,
            "whole seconds"
        );
        assert_eq!(
            recent.add(&trade(7, 1_000_123, 6.0)),
            Known::Other(5.0, 1.0)
        );
        assert_eq!(
            recent.add(&trade(7, 9_000_000, 5.0)),
            Known::New,
            "another trade"
        );
    }

    #[test]
    fn the_set_is_bounded() {
        let mut recent = Recent::default();
        for id in 0..KEPT as i64 + 10 {
            assert_eq!(recent.add(&trade(id, 0, 1.0)), Known::New);
        }
        assert_eq!((recent.trades.len(), recent.order.len()), (KEPT, KEPT));
        assert_eq!(recent.of(&trade(9, 0, 1.0)), None);
        assert_eq!(recent.of(&trade(10, 0, 1.0)), Some(Known::Same));
    }
}
