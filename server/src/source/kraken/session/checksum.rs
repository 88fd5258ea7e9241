//! The checksum over the top of a book.

use std::fmt::Write;

use crc32fast::Hasher;

use crate::refine::ladder::{Ladder, Rung};

/// Levels a side that it is taken over.
const LEVELS: usize = 10;

/// CRC-32 of the best ten asks, lowest first, and the best ten bids, highest first: of each the digits of the price and
/// of the size as they are on the wire, without point and leading zeros.
pub(super) fn checksum(book: &Ladder) -> u32 {
    let mut digits = String::with_capacity(2 * LEVELS * 24);
    let mut add = |(price, size): Rung| {
        // digits without point and leading zeros are what a decimal keeps beside its scale
        let _ = write!(digits, "{}{}", price.mantissa(), size.mantissa());
    };
    book.asks().take(LEVELS).for_each(&mut add);
    book.bids().take(LEVELS).for_each(&mut add);
    let mut hasher = Hasher::new();
    hasher.update(digits.as_bytes());
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use app::model::Side;

    use super::*;
    use crate::source::levels::rung;

    /// As observed in recorded data.
    const ASKS: &str = "45285.2/0.00100000 45286.4/1.54571953 45286.6/1.54571109 45289.6/1.54560911 45290.2/0.15890660 45291.8/1.54553491 45294.7/0.04454749 45296.1/0.35380000 45297.5/0.09945542 45299.5/0.18772827";
    const BIDS: &str = "45283.5/0.10000000 45283.4/1.54582015 45282.1/0.10000000 45281.0/0.10000000 45280.3/1.54592586 45279.0/0.07990000 45277.6/0.03310103 45277.5/0.30000000 45277.3/1.54602737 45276.6/0.15445238";

    fn rungs(text: &str) -> Vec<Rung> {
        text.split(' ')
            .map(|level| {
                let (price, size) = level.split_once('/').unwrap();
                rung(price, size).unwrap()
            })
            .collect()
    }

    #[test]
    fn the_observed_book_has_the_observed_checksum() {
        let mut book = Ladder::of(rungs(BIDS), rungs(ASKS));
        assert_eq!(checksum(&book), 3_310_070_434);
        let (price, size) = rung("45300.0", "1.00000000").unwrap();
        book.set(Side::Sell, price, size);
        assert_eq!(checksum(&book), 3_310_070_434, "only ten levels count");
        let (price, size) = rung("45285.2", "0.00100001").unwrap();
        book.set(Side::Sell, price, size);
        assert_ne!(checksum(&book), 3_310_070_434);
    }

    #[test]
    fn an_empty_book_has_the_checksum_of_nothing() {
        assert_eq!(checksum(&Ladder::default()), 0);
    }
}
