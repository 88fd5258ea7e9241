//! The order book of a venue at a time.
//!
//! Prices are divided into cells; each cell holds at most one level, whose price and rhythm of change are its own. So a
//! book at any time needs nothing from the time before, and two books a moment apart differ in a few levels only.

use super::{
    hash::{bell, mix, unit},
    protocol::Protocol,
    trade::SATS_PER_UNIT,
};

/// Milliseconds between two states of a book.
pub const BOOK_TICK_MS: i64 = 100;
/// Width of a cell in hundredths of the quote currency.
const CELL: i64 = 100;
/// Share of cells that hold nothing for a while.
const EMPTY: f64 = 0.15;
/// Ticks that a cell keeps its size; each cell has one of these rhythms.
const RHYTHMS: [i64; 8] = [30, 60, 120, 250, 500, 1_000, 2_000, 4_000];
/// Typical size of a level at the largest venue, in the base currency.
const TYPICAL_SIZE: f64 = 0.28;
/// How far the best bid is above the best ask in a crossed book, in basis points.
const CROSSED_BPS: f64 = 3.0;
/// Numbers of updates in a tick, where a venue counts them.
pub(super) const UPDATES_PER_TICK: i64 = 7;

/// An order book as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueBook {
    /// When it became so, in milliseconds; it stays for [`BOOK_TICK_MS`].
    pub at_ms: i64,
    /// Bids, best first: price in hundredths of the quote currency, size in units of 10⁻⁸ of the base currency.
    pub bids: Vec<(i64, i64)>,
    /// Asks, the same.
    pub asks: Vec<(i64, i64)>,
}

/// What changed between two books: levels with their new size, 0 where one is gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookDiff {
    /// Bids, best first.
    pub bids: Vec<(i64, i64)>,
    /// Asks, best first.
    pub asks: Vec<(i64, i64)>,
}

impl BookDiff {
    /// True if nothing changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.bids.is_empty() && self.asks.is_empty()
    }

    /// Number of levels that changed.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.bids.len() + self.asks.len()
    }
}

/// What a book is made from.
#[derive(Debug, Clone, Copy)]
pub(super) struct BookPlan {
    pub(super) seed: u64,
    pub(super) protocol: Protocol,
    /// Last price in ticks; never inside the book.
    pub(super) last: i64,
    /// Standard deviation of the minute's log return: restless markets have wide spreads.
    pub(super) sigma: f64,
    /// Cells on each side.
    pub(super) cells: usize,
    pub(super) crossed: bool,
}

/// The book at a tick (ticks since the epoch).
pub(super) fn book(plan: &BookPlan, tick: i64) -> TrueBook {
    let seed = mix(plan.protocol.seed(plan.seed), 0xb00c);
    let second = tick.div_euclid(1_000 / BOOK_TICK_MS);
    let bps = plan.last as f64 / 10_000.0;
    let luck = unit(mix(seed ^ 0x5b, second));
    let spread = bps * (0.05 + 150.0 * plan.sigma + 0.2 * luck).min(1.2);
    let half = (spread as i64).max(plan.protocol.nature().price_step);
    let side = |direction: i64| -> Vec<(i64, i64)> {
        let edge = plan.last + direction * half;
        let first = edge.div_euclid(CELL);
        (0..=plan.cells as i64)
            .map(|offset| first + direction * offset)
            .take_while(|cell| *cell > 0)
            .filter_map(|cell| level(seed, plan.protocol, cell, direction, tick))
            .filter(|(price, _)| (price - edge) * direction >= 0)
            .collect()
    };
    let mut made = TrueBook {
        at_ms: tick * BOOK_TICK_MS,
        bids: side(-1),
        asks: side(1),
    };
    if plan.crossed {
        made.cross(plan.protocol.nature().price_step);
    }
    made
}

/// The level of a cell, if it holds one.
fn level(
    seed: u64,
    protocol: Protocol,
    cell: i64,
    direction: i64,
    tick: i64,
) -> Option<(i64, i64)> {
    let nature = protocol.nature();
    let own = mix(seed, cell);
    let rhythm = RHYTHMS[(own >> 61) as usize];
    let phase = (own >> 40) as i64 % rhythm;
    let bits = mix(own ^ direction as u64, (tick + phase) / rhythm);
    if unit(bits) < EMPTY {
        return None;
    }
    let places = (CELL / nature.price_step).max(1);
    let price = cell * CELL + (own & 0xffff) as i64 % places * nature.price_step;
    let size = TYPICAL_SIZE * (0.3 + 0.7 * nature.share) * (0.8 * bell(mix(bits, 1)) - 0.3).exp();
    let steps = (size * SATS_PER_UNIT as f64) as i64 / nature.size_step;
    Some((price, steps.max(1) * nature.size_step))
}

impl TrueBook {
    /// Number of the newest update in it, where the venue counts updates.
    #[must_use]
    pub const fn update_id(&self) -> i64 {
        self.at_ms / BOOK_TICK_MS * UPDATES_PER_TICK
    }

    /// The best levels of each side.
    #[must_use]
    pub fn top(&self, levels: usize) -> Self {
        let cut = |side: &[(i64, i64)]| side.iter().take(levels).copied().collect();
        Self {
            at_ms: self.at_ms,
            bids: cut(&self.bids),
            asks: cut(&self.asks),
        }
    }

    /// Changes that lead from this book to a later one.
    #[must_use]
    pub fn diff(&self, later: &Self) -> BookDiff {
        BookDiff {
            bids: changes(&self.bids, &later.bids, |a, b| a > b),
            asks: changes(&self.asks, &later.asks, |a, b| a < b),
        }
    }

    /// Best bid and best ask.
    #[must_use]
    pub fn best(&self) -> Option<[(i64, i64); 2]> {
        Some([*self.bids.first()?, *self.asks.first()?])
    }

    /// Moves the bids above the asks.
    fn cross(&mut self, step: i64) {
        if let Some([(bid, _), (ask, _)]) = self.best() {
            let shift = ask - bid + (ask as f64 * CROSSED_BPS / 10_000.0).ceil() as i64;
            let shift = (shift / step + 1) * step;
            for (price, _) in &mut self.bids {
                *price += shift;
            }
        }
    }
}

/// Levels of `new` that `old` has not, and those of `old` that are gone, both sorted best first.
fn changes(
    old: &[(i64, i64)],
    new: &[(i64, i64)],
    better: impl Fn(i64, i64) -> bool,
) -> Vec<(i64, i64)> {
    let (mut old, mut new) = (old.iter().peekable(), new.iter().peekable());
    let mut found = Vec::new();
    loop {
        match (old.peek().copied(), new.peek().copied()) {
            (None, None) => return found,
            (Some((was, _)), Some((is, size))) if was == is => {
                if old.next().map(|(_, size)| size) != Some(size) {
                    found.push((*is, *size));
                }
                new.next();
            }
            (Some((was, _)), is) if is.is_none_or(|(is, _)| better(*was, *is)) => {
                found.push((*was, 0));
                old.next();
            }
            (_, is) => {
                found.extend(is);
                new.next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(protocol: Protocol) -> BookPlan {
        BookPlan {
            seed: 3,
            protocol,
            last: 7_750_000,
            sigma: 0.001,
            cells: 900,
            crossed: false,
        }
    }

    #[test]
    fn a_book_is_sorted_tight_and_deep_enough() {
        for protocol in Protocol::ALL {
            for tick in 0..100 {
                let book = book(&plan(protocol), tick * 7);
                assert!((650..900).contains(&book.bids.len()), "{}", book.bids.len());
                assert!(book.bids.is_sorted_by(|a, b| a.0 > b.0));
                assert!(book.asks.is_sorted_by(|a, b| a.0 < b.0));
                let [(bid, _), (ask, _)] = book.best().unwrap();
                assert!(bid < 7_750_000 && 7_750_000 < ask);
                assert!(ask - bid < 2_325, "{bid} {ask}: over 3 basis points");
                let step = protocol.nature();
                let sound = |(price, size): &(i64, i64)| {
                    price % step.price_step == 0 && *size > 0 && size % step.size_step == 0
                };
                assert!(book.bids.iter().chain(&book.asks).all(sound));
            }
        }
    }

    #[test]
    fn changes_lead_from_book_to_book_and_are_few() {
        let mut plan = plan(Protocol::Kraken);
        let mut held = book(&plan, 0);
        let mut changed = 0;
        for tick in 1..200 {
            plan.last += if tick % 10 == 0 { 1_370 - tick * 13 } else { 0 };
            let next = book(&plan, tick);
            let diff = held.diff(&next);
            changed += diff.len();
            for (changes, side) in [(&diff.bids, &mut held.bids), (&diff.asks, &mut held.asks)] {
                for (price, size) in changes {
                    side.retain(|(held, _)| held != price);
                    if *size > 0 {
                        side.push((*price, *size));
                    }
                }
            }
            held.bids.sort_by_key(|level| -level.0);
            held.asks.sort_by_key(|level| level.0);
            held.at_ms = next.at_ms;
            assert_eq!(held, next);
        }
        assert!((1_000..12_000).contains(&changed), "{changed} in 200 ticks");
    }

    #[test]
    fn a_crossed_book_is_crossed_and_still_sorted() {
        let crossed = BookPlan {
            crossed: true,
            ..plan(Protocol::Binance)
        };
        let book = book(&crossed, 1);
        assert!(book.bids[0].0 > book.asks[0].0);
        assert!(book.bids.is_sorted_by(|a, b| a.0 > b.0));
    }
}
