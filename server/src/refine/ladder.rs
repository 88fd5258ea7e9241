//! An order book that follows a stream: levels by price, in the wire's own decimals.

use std::collections::BTreeMap;

use app::model::{Book, Level, Side};
use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::book::book_figures;

/// Levels a side that figures are taken from: enough for 50 basis points and 100,000 in quote currency.
const FIGURE_LEVELS: usize = 1_000;

/// Bids and asks. A [`Decimal`] keeps the digits of the wire, trailing zeros included: equal is exactly equal, and a
/// checksum over the digits can be taken from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ladder {
    bids: BTreeMap<Decimal, Decimal>,
    asks: BTreeMap<Decimal, Decimal>,
}

/// Price and size.
pub type Rung = (Decimal, Decimal);

impl Ladder {
    /// A book of these levels; those of size 0 are left out.
    pub fn of(bids: impl IntoIterator<Item = Rung>, asks: impl IntoIterator<Item = Rung>) -> Self {
        let mut ladder = Self::default();
        for (price, size) in bids {
            ladder.set(Side::Buy, price, size);
        }
        for (price, size) in asks {
            ladder.set(Side::Sell, price, size);
        }
        ladder
    }

    /// Sets the size at a price; 0 removes the level. A level that is not there is removed without a word: venues send
    /// such changes for levels beyond what they gave.
    pub fn set(&mut self, side: Side, price: Decimal, size: Decimal) {
        let levels = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        if size.is_zero() {
            levels.remove(&price);
        } else {
            levels.insert(price, size);
        }
    }

    /// Cuts both sides to the best `depth` levels.
    pub fn truncate(&mut self, depth: usize) {
        while self.bids.len() > depth {
            self.bids.pop_first();
        }
        while self.asks.len() > depth {
            self.asks.pop_last();
        }
    }

    /// Bids, highest first.
    pub fn bids(&self) -> impl Iterator<Item = Rung> {
        self.bids.iter().rev().map(|(price, size)| (*price, *size))
    }

    /// Asks, lowest first.
    pub fn asks(&self) -> impl Iterator<Item = Rung> {
        self.asks.iter().map(|(price, size)| (*price, *size))
    }

    /// Best bid and best ask, where both are there.
    #[must_use]
    pub fn best(&self) -> Option<(Decimal, Decimal)> {
        let (bid, _) = self.bids.last_key_value()?;
        let (ask, _) = self.asks.first_key_value()?;
        Some((*bid, *ask))
    }

    /// Levels on both sides.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bids.len() + self.asks.len()
    }

    /// True if there is no level at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bids.is_empty() && self.asks.is_empty()
    }

    /// Judges the book and takes its figures.
    ///
    /// # Errors
    /// Every hard rule it breaks, by check id, with the reason in words.
    pub fn figures(&self, observed_at: i64) -> Result<Book, Vec<(&'static str, String)>> {
        let levels = |rungs: &mut dyn Iterator<Item = Rung>| -> Vec<Level> {
            rungs
                .take(FIGURE_LEVELS)
                .map(|(price, size)| Level {
                    price: float(price),
                    size: float(size),
                })
                .collect()
        };
        book_figures(
            observed_at,
            &levels(&mut self.bids()),
            &levels(&mut self.asks()),
        )
    }
}

/// The nearest float; a decimal of the wire always has one.
#[must_use]
pub fn float(decimal: Decimal) -> f64 {
    decimal.to_f64().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn levels_are_replaced_removed_and_cut() {
        let rung = |price: &str, size: &str| (decimal(price), decimal(size));
        let mut book = Ladder::of(
            [rung("99", "1"), rung("100", "2"), rung("98", "0")],
            [rung("101", "1.50"), rung("102", "3")],
        );
        assert_eq!(book.best(), Some((decimal("100"), decimal("101"))));
        assert_eq!(book.len(), 4);
        book.set(Side::Buy, decimal("100.00"), decimal("5"));
        assert_eq!(book.bids().next(), Some(rung("100", "5")), "the same price");
        book.set(Side::Sell, decimal("101"), Decimal::ZERO);
        book.set(Side::Sell, decimal("500"), Decimal::ZERO);
        assert_eq!(book.asks().collect::<Vec<_>>(), [rung("102", "3")]);
        book.truncate(1);
        assert_eq!(book.bids().collect::<Vec<_>>(), [rung("100", "5")]);
        let figures = book.figures(7).unwrap();
        assert_eq!((figures.best_bid, figures.best_ask), (100.0, 102.0));
    }

    #[test]
    fn digits_of_the_wire_are_kept() {
        let size = decimal("0.00100000");
        assert_eq!((size.mantissa(), size.scale()), (100_000, 8));
        assert_eq!(size, decimal("0.001"));
    }
}
