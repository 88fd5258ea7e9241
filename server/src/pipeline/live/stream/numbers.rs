//! Missing numbers of trades, where a venue counts them without a hole; pure.

use std::collections::BTreeMap;

/// A hole may be closed by the other connection, or by trades out of order, before it is told.
const PATIENCE_MS: i64 = 2_000;
/// Holes that wait; more are told early.
const MAX_HOLES: usize = 1_000;

/// Numbers that are missing between two trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hole {
    /// Number and time of the trade before it.
    pub(super) from: (i64, i64),
    /// Number and time of the trade behind it.
    pub(super) to: (i64, i64),
    /// When it was seen.
    pub(super) seen_at: i64,
}

/// Follows the numbers of a series.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbers {
    /// Highest number, and the time of its trade.
    top: Option<(i64, i64)>,
    /// By the number before them.
    holes: BTreeMap<i64, Hole>,
}

impl Numbers {
    /// Goes on from a trade: what lies between it and the one before is not missing, or known to be.
    pub(super) fn go_on_from(&mut self, number: i64, traded_at: i64) {
        self.top = Some((number, traded_at));
    }

    /// Notes a trade, in any order.
    pub(super) fn note(&mut self, number: i64, traded_at: i64, seen_at: i64) {
        match self.top {
            None => self.top = Some((number, traded_at)),
            Some((top, _)) if number <= top => self.fill(number, traded_at),
            Some((top, at)) => {
                self.add(Hole {
                    from: (top, at),
                    to: (number, traded_at),
                    seen_at,
                });
                self.top = Some((number, traded_at));
            }
        }
    }

    /// Notes a trade that is no newer than those before.
    pub(super) fn fill(&mut self, number: i64, traded_at: i64) {
        let Some((&before, &hole)) = self.holes.range(..number).next_back() else {
            return;
        };
        if number >= hole.to.0 {
            return;
        }
        self.holes.remove(&before);
        let here = (number, traded_at);
        self.add(Hole { to: here, ..hole });
        self.add(Hole { from: here, ..hole });
    }

    fn add(&mut self, hole: Hole) {
        if hole.to.0 - hole.from.0 > 1 {
            self.holes.insert(hole.from.0, hole);
        }
    }

    /// Takes out the holes that nothing has closed in time.
    pub(super) fn due(&mut self, now_ms: i64) -> Vec<Hole> {
        if self.holes.is_empty() {
            return Vec::new();
        }
        let too_many = self.holes.len() > MAX_HOLES;
        let is_due = |hole: &Hole| too_many || now_ms - hole.seen_at >= PATIENCE_MS;
        let due = self.holes.values().copied().filter(is_due).collect();
        self.holes.retain(|_, hole| !is_due(hole));
        due
    }
}

/// Holes among numbers that are ascending.
pub(super) fn holes_among(trades: &[(i64, i64)], seen_at: i64) -> Vec<Hole> {
    trades
        .windows(2)
        .filter(|pair| pair[1].0 - pair[0].0 > 1)
        .map(|pair| Hole {
            from: pair[0],
            to: pair[1],
            seen_at,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn missing(numbers: &mut Numbers) -> Vec<(i64, i64)> {
        let due = numbers.due(PATIENCE_MS);
        due.iter().map(|hole| (hole.from.0, hole.to.0)).collect()
    }

    #[test]
    fn a_hole_is_told_unless_it_is_closed_in_time() {
        let mut numbers = Numbers::default();
        for number in [5, 6, 9, 12, 7, 8, 4, 6] {
            numbers.note(number, number * 100, 0);
        }
        assert_eq!(numbers.due(PATIENCE_MS - 1), []);
        assert_eq!(missing(&mut numbers), [(9, 12)]);
        assert_eq!(missing(&mut numbers), [], "told once");
        numbers.go_on_from(100, 0);
        numbers.note(101, 0, 0);
        assert_eq!(missing(&mut numbers), []);
    }

    proptest! {
        #[test]
        fn what_is_missing_is_told_whatever_the_order(
            order in Just((0..40_i64).collect::<Vec<_>>()).prop_shuffle(),
            gone in prop::collection::btree_set(1..39_i64, 0..20),
        ) {
            let mut numbers = Numbers::default();
            // the series begins with number 0: what is older is no hole
            numbers.go_on_from(0, 0);
            for number in order.iter().filter(|number| !gone.contains(number)) {
                numbers.note(*number, 0, 0);
            }
            let told: Vec<i64> = missing(&mut numbers)
                .into_iter()
                .flat_map(|(from, to)| from + 1..to)
                .collect();
            prop_assert_eq!(told, gone.into_iter().collect::<Vec<_>>());
        }
    }
}
