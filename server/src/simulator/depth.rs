//! An order book around a price.

use rand::RngExt;
use rand_distr::StandardNormal;

use super::{
    noise::{Purpose, rng, smooth},
    units::LOTS_PER_UNIT,
};

/// Mean distance of two levels in basis points of the price: a hundred levels reach a little over 50.
const STEP_BPS: f64 = 0.58;
/// Typical base amount of a level near the top.
const TYPICAL_SIZE: f64 = 0.28;
/// How far the best bid is above the best ask in a crossed book, in basis points.
const CROSSED_BPS: f64 = 3.0;

/// Levels as ticks and lots, best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Depth {
    pub(super) bids: Vec<(i64, i64)>,
    pub(super) asks: Vec<(i64, i64)>,
}

/// The book of a second (simulated seconds since the epoch): restless markets have wide spreads.
pub(super) fn depth(seed: u64, second: i64, last_ticks: i64, sigma: f64, levels: usize) -> Depth {
    let mut rng = rng(seed, Purpose::Book, second);
    let bps = last_ticks as f64 / 10_000.0;
    let half_spread = bps * (0.05 + 150.0 * sigma + 0.2 * rng.random::<f64>()).min(1.2);
    let tilt = (0.5 * smooth(seed, Purpose::Tilt, second, 180)).clamp(-0.8, 0.8);
    let mut side = |direction: i64, heavier: f64| -> Vec<(i64, i64)> {
        let mut distance = half_spread.max(1.0);
        let mut result = Vec::with_capacity(levels);
        for _ in 0..levels {
            let ticks = last_ticks + direction * distance.round() as i64;
            if ticks <= 0 {
                break;
            }
            let swing: f64 = rng.sample(StandardNormal);
            let size = TYPICAL_SIZE
                * heavier.exp()
                * (0.8 * swing - 0.3).exp()
                * (1.0 + distance / bps / 12.0);
            result.push((ticks, (size * LOTS_PER_UNIT as f64).ceil() as i64));
            // At least one tick further, so that no price repeats.
            distance += 1.0 - STEP_BPS * bps * f64::ln(1.0 - rng.random::<f64>());
        }
        result
    };
    Depth {
        bids: side(-1, tilt),
        asks: side(1, -tilt),
    }
}

impl Depth {
    /// The same book with its bids moved above its asks.
    pub(super) fn crossed(mut self) -> Self {
        if let (Some((bid, _)), Some((ask, _))) = (self.bids.first(), self.asks.first()) {
            let shift = ask - bid + (*ask as f64 * CROSSED_BPS / 10_000.0).ceil() as i64;
            for (ticks, _) in &mut self.bids {
                *ticks += shift;
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: i64 = 7_750_000;

    #[test]
    fn a_book_is_sorted_tight_and_deep_enough() {
        for second in 0..200 {
            let book = depth(3, second, LAST, 0.001, 120);
            assert_eq!((book.bids.len(), book.asks.len()), (120, 120));
            assert!(book.bids.is_sorted_by(|a, b| a.0 > b.0));
            assert!(book.asks.is_sorted_by(|a, b| a.0 < b.0));
            assert!(
                book.bids
                    .iter()
                    .chain(&book.asks)
                    .all(|(_, lots)| *lots > 0)
            );
            let spread = (book.asks[0].0 - book.bids[0].0) as f64 / LAST as f64 * 10_000.0;
            assert!((0.0..3.0).contains(&spread), "{spread} bps");
            let cost = cost_bps(&book.asks);
            assert!((0.1..8.0).contains(&cost), "{cost} bps");
        }
    }

    #[test]
    fn a_crossed_book_is_crossed_and_still_sorted() {
        let book = depth(3, 1, LAST, 0.001, 50).crossed();
        assert!(book.bids[0].0 > book.asks[0].0);
        assert!(book.bids.is_sorted_by(|a, b| a.0 > b.0));
    }

    /// Cost of buying for 100,000, above the last price.
    fn cost_bps(asks: &[(i64, i64)]) -> f64 {
        let (mut left, mut bought) = (100_000.0, 0.0);
        for (ticks, lots) in asks {
            let price = *ticks as f64 / 100.0;
            let take = (*lots as f64 / LOTS_PER_UNIT as f64).min(left / price);
            bought += take;
            left -= take * price;
        }
        assert!(left < 1e-6, "book too thin");
        (100_000.0 / bought / (LAST as f64 / 100.0) - 1.0) * 10_000.0
    }
}
