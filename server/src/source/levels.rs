//! Levels of order books on the wire, and in what a session saves.

use std::fmt;

use app::model::Level;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{IgnoredAny, SeqAccess, Visitor},
};

use super::number::{decimal, exact};
use crate::refine::ladder::{Ladder, Rung};

/// `["67123.45","0.5"]`; what some venues put behind it is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair<'a> {
    /// Price as it is on the wire.
    pub price: &'a str,
    /// Size as it is on the wire.
    pub size: &'a str,
}

impl<'de: 'a, 'a> Deserialize<'de> for Pair<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Two;
        impl<'de> Visitor<'de> for Two {
            type Value = Pair<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a list of price and size")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut text = |place| {
                    list.next_element()?
                        .ok_or_else(|| serde::de::Error::invalid_length(place, &self))
                };
                let (price, size) = (text(0)?, text(1)?);
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Pair { price, size })
            }
        }
        deserializer.deserialize_seq(Two)
    }
}

/// A level of a price above 0 and a size of 0 or more.
///
/// # Errors
/// When it is none.
pub fn rung(price: &str, size: &str) -> Result<Rung, String> {
    let (price, size) = (exact(price)?, exact(size)?);
    if price.is_zero() || price.is_sign_negative() {
        return Err(format!("price {price} is not above zero"));
    }
    if size.is_sign_negative() && !size.is_zero() {
        return Err(format!("size {size} is negative"));
    }
    Ok((price, size))
}

/// The levels of one side.
///
/// # Errors
/// When there are more than `most`, or one is none.
pub fn rungs(side: &str, pairs: &[Pair<'_>], most: usize) -> Result<Vec<Rung>, String> {
    read(side, pairs, most, |pair| rung(pair.price, pair.size))
}

/// The levels of one side as they are: neither sign nor order is judged.
///
/// # Errors
/// When there are more than `most`, or one is no number.
pub fn levels(side: &str, pairs: &[Pair<'_>], most: usize) -> Result<Vec<Level>, String> {
    read(side, pairs, most, |pair| {
        Ok(Level {
            price: decimal(pair.price)?,
            size: decimal(pair.size)?,
        })
    })
}

fn read<T>(
    side: &str,
    pairs: &[Pair<'_>],
    most: usize,
    one: impl Fn(&Pair<'_>) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    if pairs.len() > most {
        return Err(format!("{} {side}, more than {most}", pairs.len()));
    }
    let place = |(index, pair)| one(pair).map_err(|reason| format!("{side}[{index}]: {reason}"));
    pairs.iter().enumerate().map(place).collect()
}

/// An order book in what a session saves: price and size in the digits of the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedLadder {
    bids: Vec<(String, String)>,
    asks: Vec<(String, String)>,
}

impl From<&Ladder> for SavedLadder {
    fn from(ladder: &Ladder) -> Self {
        let text = |(price, size): Rung| (price.to_string(), size.to_string());
        Self {
            bids: ladder.bids().map(text).collect(),
            asks: ladder.asks().map(text).collect(),
        }
    }
}

impl SavedLadder {
    /// The book that was saved.
    ///
    /// # Errors
    /// When a level is none.
    pub fn ladder(&self) -> Result<Ladder, String> {
        let side = |levels: &[(String, String)]| -> Result<Vec<Rung>, String> {
            let level = |(price, size): &(String, String)| rung(price, size);
            levels.iter().map(level).collect()
        };
        Ok(Ladder::of(side(&self.bids)?, side(&self.asks)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_read_whatever_follows() {
        let pairs: Vec<Pair<'_>> =
            serde_json::from_str(r#"[["1.50","2"],["3","4",7,{"a":[]}]]"#).unwrap();
        assert_eq!((pairs[0].price, pairs[1].size), ("1.50", "4"));
        for text in [r#"["1"]"#, "[1,2]", r#"{"price":"1"}"#, "[]", "null"] {
            assert!(serde_json::from_str::<Pair<'_>>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn levels_are_above_zero_and_bounded() {
        let pair = Pair {
            price: "1",
            size: "0",
        };
        assert!(rungs("bids", &[pair, pair], 2).is_ok());
        assert!(rungs("bids", &[pair, pair], 1).is_err());
        for (price, size) in [("0", "1"), ("-1", "1"), ("1", "-1"), ("1", "0.-10000")] {
            assert!(rung(price, size).is_err(), "{price} {size}");
        }
    }

    #[test]
    fn a_saved_book_is_the_same_book() {
        let book = Ladder::of(
            [rung("99.50", "0.00100000").unwrap()],
            [rung("100", "3.10").unwrap()],
        );
        let text = serde_json::to_string(&SavedLadder::from(&book)).unwrap();
        assert_eq!(
            text,
            r#"{"bids":[["99.50","0.00100000"]],"asks":[["100","3.10"]]}"#
        );
        let saved: SavedLadder = serde_json::from_str(&text).unwrap();
        let again = saved.ladder().unwrap();
        assert_eq!(again, book);
        assert_eq!(again.bids().next().unwrap().1.scale(), 8, "digits are kept");
    }
}
