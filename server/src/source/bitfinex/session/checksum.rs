//! The venue's checksum of a book.
//!
//! The signed CRC-32 of the best 25 levels, `bid price:bid amount:ask price:ask amount:…`, where amounts of asks are
//! below zero and numbers are printed as JavaScript prints them, which is how they are on the wire
//! (<https://docs.bitfinex.com/docs/ws-websocket-checksum>).

use std::fmt::Write;

use rust_decimal::Decimal;

use super::super::facts::CHECKSUM_LEVELS;
use crate::refine::ladder::{Ladder, Rung};

/// Below 0.000001 JavaScript writes an exponent (ECMA-262, `Number::toString`).
const PLAIN_FROM: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

/// The checksum of a book.
pub fn checksum(ladder: &Ladder) -> i32 {
    let mut text = String::with_capacity(2_048);
    let mut bids = ladder.bids();
    let mut asks = ladder.asks();
    for _ in 0..CHECKSUM_LEVELS {
        if let Some(bid) = bids.next() {
            level(&mut text, bid, "");
        }
        if let Some(ask) = asks.next() {
            level(&mut text, ask, "-");
        }
    }
    crc32fast::hash(text.as_bytes()).cast_signed()
}

fn level(text: &mut String, (price, size): Rung, sign: &str) {
    if !text.is_empty() {
        text.push(':');
    }
    number(text, price);
    text.push(':');
    text.push_str(sign);
    number(text, size);
}

/// Prints a number above zero.
fn number(text: &mut String, number: Decimal) {
    // writing to a string cannot fail
    if number >= PLAIN_FROM {
        let _ = write!(text, "{number}");
        return;
    }
    let number = number.normalize();
    let digits = number.mantissa().to_string();
    let (first, rest) = digits.split_at(1);
    let point = if rest.is_empty() { "" } else { "." };
    let power = number.scale() as usize - rest.len();
    let _ = write!(text, "{first}{point}{rest}e-{power}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        crate::source::number::exact(text).unwrap()
    }

    #[test]
    fn numbers_are_printed_as_they_came() {
        for wire in [
            "60400",
            "0.68826974",
            "0.0010261",
            "0.000001",
            "2e-8",
            "1.5e-7",
            "1.23e-7",
            "9.9e-7",
            "1171677.5533110797",
            "0.0000253",
        ] {
            let mut text = String::new();
            number(&mut text, decimal(wire));
            assert_eq!(text, wire);
        }
        let mut text = String::new();
        number(&mut text, decimal("0.00000002"));
        assert_eq!(text, "2e-8", "however it was written");
    }

    /// Worked out apart from this code: `zlib.crc32(b"6000:1:6001:-0.5:5999.5:2e-8:6002:-3.25")`.
    #[test]
    fn a_checksum_worked_out_by_hand() {
        let rung = |price: &str, size: &str| (decimal(price), decimal(size));
        let ladder = Ladder::of(
            [rung("6000", "1"), rung("5999.5", "2e-8")],
            [rung("6002", "3.25"), rung("6001", "0.5")],
        );
        assert_eq!(checksum(&ladder), 1_519_918_017);
    }

    #[test]
    fn a_side_that_is_shorter_leaves_no_trace() {
        let rung = |price: &str, size: &str| (decimal(price), decimal(size));
        let ladder = Ladder::of(
            [rung("6000", "1"), rung("5999.5", "2")],
            [rung("6001", "0.5")],
        );
        assert_eq!(checksum(&ladder), 1_270_929_539);
        assert_eq!(checksum(&Ladder::default()), 0);
    }

    #[test]
    fn only_25_levels_count() {
        let book = |levels: u32| {
            let rung = |at: u32| (Decimal::from(at), Decimal::ONE);
            Ladder::of(
                (0..levels).map(|n| rung(1_000 - n)),
                (0..levels).map(|n| rung(1_001 + n)),
            )
        };
        assert_eq!(checksum(&book(25)), checksum(&book(250)));
        assert_ne!(checksum(&book(24)), checksum(&book(25)));
    }
}
