//! Tiles: 512 buckets of a series in one answer, as bytes.
//!
//! A tile is aligned to the epoch (weeks to Mondays), so that its address depends on nothing but step and time and
//! a browser may keep it. Bytes are little-endian:
//!
//! | bytes | what |
//! |---|---|
//! | 4 | `ATIL` |
//! | 2 | format version, 1 |
//! | 2 | number of bars, at most 512 |
//! | 8 | step in milliseconds |
//! | 8 | tile index |
//!
//! then, for each bar in the order of time: slot in the tile (`u16`), worst severity (`u8`), mask of the optional
//! values that follow (`u8`), expected, observed and flagged (`u32` each), open, high, low, close, volume (`f64`
//! each) and the optional values: vwap, the three moving averages, volatility, return (`f64`) and trades (`i64`).

use crate::model::{Bar, bucket_start};

/// Buckets in a tile.
pub const TILE_CANDLES: i64 = 512;

const MAGIC: [u8; 4] = *b"ATIL";
const VERSION: u16 = 1;
const TRADES_BIT: u8 = 1 << 6;

/// Why bytes are no tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Something else, or another version of the format.
    #[error("not a tile of format version {VERSION}")]
    Format,
    /// Fewer bytes than it says.
    #[error("the tile ends too early")]
    Truncated,
    /// More bytes than it says.
    #[error("bytes after the end of the tile")]
    TrailingBytes,
    /// Impossible values: slots out of order, too many bars, prices that are not finite.
    #[error("the tile holds an impossible bar or address")]
    Invalid,
}

/// Index of the tile that holds a time.
#[must_use]
pub const fn tile_index(opened_at: i64, step_ms: i64) -> i64 {
    let step_ms = if step_ms < 1 { 1 } else { step_ms };
    opened_at
        .saturating_sub(bucket_start(0, step_ms))
        .div_euclid(step_ms.saturating_mul(TILE_CANDLES))
}

/// Start and end (exclusive) of a tile in milliseconds; saturates for an index beyond all time.
#[must_use]
pub const fn tile_range(index: i64, step_ms: i64) -> (i64, i64) {
    let step_ms = if step_ms < 1 { 1 } else { step_ms };
    let length = step_ms.saturating_mul(TILE_CANDLES);
    let from = index
        .saturating_mul(length)
        .saturating_add(bucket_start(0, step_ms));
    (from, from.saturating_add(length))
}

/// A tile's bytes. Bars that are not in the tile, not on a bucket's start or not in order are left out.
#[must_use]
pub fn encode(bars: &[Bar], step_ms: i64, index: i64) -> Vec<u8> {
    let (from, to) = tile_range(index, step_ms);
    let mut bytes = Vec::with_capacity(24 + bars.len() * 112);
    bytes.extend(MAGIC);
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(0u16.to_le_bytes());
    bytes.extend(step_ms.to_le_bytes());
    bytes.extend(index.to_le_bytes());
    let mut count: u16 = 0;
    let mut next = from;
    for bar in bars {
        let slot = (bar.opened_at - from.min(bar.opened_at)) / step_ms.max(1);
        if bar.opened_at < next || bar.opened_at >= to || from + slot * step_ms != bar.opened_at {
            continue;
        }
        next = bar.opened_at + 1;
        count += 1;
        push_bar(&mut bytes, bar, slot as u16);
    }
    bytes[6..8].copy_from_slice(&count.to_le_bytes());
    bytes
}

fn push_bar(bytes: &mut Vec<u8>, bar: &Bar, slot: u16) {
    let optional = optional_values(bar);
    let mut mask = if bar.trades.is_some() { TRADES_BIT } else { 0 };
    for (bit, value) in optional.iter().enumerate() {
        mask |= u8::from(value.is_some()) << bit;
    }
    bytes.extend(slot.to_le_bytes());
    bytes.push(bar.worst.clamp(0, 255) as u8);
    bytes.push(mask);
    for count in [bar.expected, bar.observed, bar.flagged] {
        bytes.extend((count.clamp(0, i64::from(u32::MAX)) as u32).to_le_bytes());
    }
    for value in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
        bytes.extend(value.to_le_bytes());
    }
    for value in optional.into_iter().flatten() {
        bytes.extend(value.to_le_bytes());
    }
    if let Some(trades) = bar.trades {
        bytes.extend(trades.to_le_bytes());
    }
}

const fn optional_values(bar: &Bar) -> [Option<f64>; 6] {
    [
        bar.vwap,
        bar.sma_20,
        bar.sma_50,
        bar.sma_200,
        bar.volatility_20,
        bar.return_1,
    ]
}

/// A tile that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    /// Step in milliseconds.
    pub step_ms: i64,
    /// Which tile of that step.
    pub index: i64,
    /// Its bars in the order of time.
    pub bars: Vec<Bar>,
}

/// Reads a tile; any bytes may be given.
///
/// # Errors
/// When the bytes are not exactly one tile with possible bars.
pub fn decode(bytes: &[u8]) -> Result<Tile, TileError> {
    let mut input = Input(bytes);
    if input.take::<4>()? != MAGIC || u16::from_le_bytes(input.take()?) != VERSION {
        return Err(TileError::Format);
    }
    let count = i64::from(u16::from_le_bytes(input.take()?));
    let step_ms = i64::from_le_bytes(input.take()?);
    let index = i64::from_le_bytes(input.take()?);
    let (from, to) = tile_range(index, step_ms);
    if count > TILE_CANDLES
        || step_ms < 1
        || to.checked_sub(from) != step_ms.checked_mul(TILE_CANDLES)
    {
        return Err(TileError::Invalid);
    }
    let mut bars = Vec::with_capacity(count as usize);
    let mut next_slot = 0;
    for _ in 0..count {
        let slot = i64::from(u16::from_le_bytes(input.take()?));
        if slot < next_slot || slot >= TILE_CANDLES {
            return Err(TileError::Invalid);
        }
        next_slot = slot + 1;
        bars.push(input.bar(from + slot * step_ms)?);
    }
    if input.0.is_empty() {
        Ok(Tile {
            step_ms,
            index,
            bars,
        })
    } else {
        Err(TileError::TrailingBytes)
    }
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], TileError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(TileError::Truncated)?;
        self.0 = rest;
        Ok(*head)
    }

    fn count(&mut self) -> Result<i64, TileError> {
        Ok(i64::from(u32::from_le_bytes(self.take()?)))
    }

    fn number(&mut self) -> Result<f64, TileError> {
        let value = f64::from_le_bytes(self.take()?);
        value.is_finite().then_some(value).ok_or(TileError::Invalid)
    }

    fn bar(&mut self, opened_at: i64) -> Result<Bar, TileError> {
        let [worst, mask] = self.take()?;
        let [expected, observed, flagged] = [self.count()?, self.count()?, self.count()?];
        let [open, high, low, close, volume] = [
            self.number()?,
            self.number()?,
            self.number()?,
            self.number()?,
            self.number()?,
        ];
        let mut optional = [None; 6];
        for (bit, value) in optional.iter_mut().enumerate() {
            if mask & (1 << bit) != 0 {
                *value = Some(self.number()?);
            }
        }
        let [vwap, sma_20, sma_50, sma_200, volatility_20, return_1] = optional;
        let trades = if mask & TRADES_BIT == 0 {
            None
        } else {
            Some(i64::from_le_bytes(self.take()?))
        };
        Ok(Bar {
            opened_at,
            open,
            high,
            low,
            close,
            volume,
            vwap,
            trades,
            expected,
            observed,
            flagged,
            worst: i64::from(worst),
            sma_20,
            sma_50,
            sma_200,
            volatility_20,
            return_1,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{chart::testing, model::Step};

    fn steps() -> impl Strategy<Value = i64> {
        prop::sample::select(Step::ALL.map(|step| step.step_ms).to_vec())
    }

    prop_compose! {
        fn tiles()(step_ms in steps(), index in -100i64..4000)(
            slots in prop::collection::btree_set(0i64..TILE_CANDLES, 0..80),
            prices in prop::collection::vec((1.0..1e6f64, any::<bool>(), 0i64..5), 80),
            step_ms in Just(step_ms),
            index in Just(index),
        ) -> Tile {
            let from = tile_range(index, step_ms).0;
            let bars = slots.iter().zip(prices).map(|(slot, (price, full, worst))| Bar {
                worst,
                sma_20: full.then_some(price / 3.0),
                return_1: full.then_some(-price),
                trades: full.then_some(price as i64),
                vwap: (!full).then_some(price),
                ..testing::bar(from + slot * step_ms, [price, price * 1.1, price * 0.9, price])
            }).collect();
            Tile { step_ms, index, bars }
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(tile in tiles()) {
            let bytes = encode(&tile.bars, tile.step_ms, tile.index);
            prop_assert_eq!(decode(&bytes), Ok(tile));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn damaged_tiles_are_read_or_refused(tile in tiles(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
            let mut bytes = encode(&tile.bars, tile.step_ms, tile.index);
            let place = at.index(bytes.len());
            bytes[place] = byte;
            if let Ok(read) = decode(&bytes) {
                prop_assert!(read.bars.windows(2).all(|pair| pair[0].opened_at < pair[1].opened_at));
            }
            bytes.truncate(cut.index(bytes.len()));
            prop_assert!(decode(&bytes).is_err());
        }

        #[test]
        fn every_bucket_is_in_the_tile_its_index_says(step_ms in steps(), at in -1_000_000_000_000i64..3_000_000_000_000) {
            let bucket = bucket_start(at, step_ms);
            let (from, to) = tile_range(tile_index(bucket, step_ms), step_ms);
            prop_assert!((from..to).contains(&bucket));
            prop_assert_eq!((bucket - from) % step_ms, 0);
            prop_assert_eq!(bucket_start(from, step_ms), from);
        }

        #[test]
        fn no_address_panics(at in any::<i64>(), step_ms in any::<i64>()) {
            let (from, to) = tile_range(at, step_ms);
            prop_assert!(from <= to);
            let _ = tile_index(at, step_ms.checked_abs().unwrap_or(1).max(1));
        }
    }

    #[test]
    fn bars_that_do_not_belong_are_left_out() {
        let bars = [
            testing::bar(-60_000, [1.0; 4]),
            testing::bar(0, [1.0; 4]),
            testing::bar(30_000, [1.0; 4]),
            testing::bar(60_000, [2.0; 4]),
            testing::bar(60_000, [3.0; 4]),
            testing::bar(512 * 60_000, [4.0; 4]),
        ];
        let tile = decode(&encode(&bars, 60_000, 0)).expect("a tile");
        assert_eq!(tile.bars, [bars[1], bars[3]]);
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let bytes = encode(&[testing::bar(0, [1.0; 4])], 60_000, 0);
        let mut other = bytes.clone();
        other[0] = b'X';
        let mut longer = bytes.clone();
        longer.push(0);
        let mut nan = bytes.clone();
        nan[40..48].copy_from_slice(&f64::NAN.to_le_bytes());
        for (bytes, expected) in [
            (&[][..], TileError::Truncated),
            (&other, TileError::Format),
            (&longer, TileError::TrailingBytes),
            (&nan, TileError::Invalid),
            (&bytes[..bytes.len() - 1], TileError::Truncated),
        ] {
            assert_eq!(decode(bytes), Err(expected));
        }
    }
}
