//! The top of the book as a subscriber of some depth has it, and its checksum.

use crate::simulator::{
    book::{BookDiff, TrueBook},
    text::{price, size},
};

/// Levels of each side that the checksum covers.
const CHECKED_LEVELS: usize = 10;

/// Changes that lead from one top to the next. A level that is pushed out is not told: the subscriber cuts its own
/// book to the depth.
pub(super) fn changes(old: &TrueBook, new: &TrueBook, depth: usize) -> BookDiff {
    let mut diff = old.top(depth).diff(&new.top(depth));
    let pushed_out = |side: &[(i64, i64)], price: i64| side.iter().any(|level| level.0 == price);
    diff.bids
        .retain(|(price, size)| *size > 0 || !pushed_out(&new.bids, *price));
    diff.asks
        .retain(|(price, size)| *size > 0 || !pushed_out(&new.asks, *price));
    diff
}

/// CRC-32 over the ten best asks and the ten best bids: prices and sizes as they are printed, without the point and
/// without zeros in front.
pub(super) fn checksum(book: &TrueBook) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    let levels = |side: &[(i64, i64)]| -> Vec<(i64, i64)> {
        side.iter().take(CHECKED_LEVELS).copied().collect()
    };
    for (ticks, sats) in levels(&book.asks).into_iter().chain(levels(&book.bids)) {
        for text in [price(ticks, 1), size(sats)] {
            let digits = text.replace('.', "");
            hasher.update(digits.trim_start_matches('0').as_bytes());
        }
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_documented_one() {
        let book = TrueBook {
            at_ms: 0,
            asks: vec![
                (4_528_520, 100_000),
                (4_528_640, 154_571_953),
                (4_528_660, 154_571_109),
                (4_528_960, 154_560_911),
                (4_529_020, 15_890_660),
                (4_529_180, 154_553_491),
                (4_529_470, 4_454_749),
                (4_529_610, 35_380_000),
                (4_529_750, 9_945_542),
                (4_529_950, 18_772_827),
            ],
            bids: vec![
                (4_528_350, 10_000_000),
                (4_528_340, 154_582_015),
                (4_528_210, 10_000_000),
                (4_528_100, 10_000_000),
                (4_528_030, 154_592_586),
                (4_527_900, 7_990_000),
                (4_527_760, 3_310_103),
                (4_527_750, 30_000_000),
                (4_527_730, 154_602_737),
                (4_527_660, 15_445_238),
            ],
        };
        assert_eq!(checksum(&book), 3_310_070_434);
    }

    #[test]
    fn levels_that_are_pushed_out_are_not_told() {
        let book = |bids: &[(i64, i64)]| TrueBook {
            at_ms: 0,
            bids: bids.to_vec(),
            asks: Vec::new(),
        };
        let old = book(&[(100, 1), (90, 2), (80, 3)]);
        let new = book(&[(110, 5), (100, 1), (90, 2)]);
        assert_eq!(changes(&old, &new, 2).bids, [(110, 5)]);
        assert_eq!(changes(&new, &old, 2).bids, [(110, 0), (90, 2)]);
    }
}
