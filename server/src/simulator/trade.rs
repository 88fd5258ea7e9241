//! The seconds of a venue's minute, and the single trades they are made of.

use app::model::{Side, Trade};

use super::{
    hash::{bell, drift, mix, unit},
    path::{POINTS, Point},
    protocol::{Nature, Protocol},
    units::{LOTS_PER_UNIT, TICKS_PER_UNIT},
};

/// Units of size in one of the base currency.
pub const SATS_PER_UNIT: i64 = 100_000_000;
/// Units of size in a lot of the common market.
const SATS_PER_LOT: i64 = SATS_PER_UNIT / LOTS_PER_UNIT;
/// Seconds over which a venue's distance from the market changes.
const BASIS_KNOT_S: i64 = 5_400;
/// Seconds over which its price swings around that.
const NOISE_KNOT_S: i64 = 40;

/// A trade that took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrueTrade {
    /// The venue's number of it.
    pub id: i64,
    /// When, in microseconds.
    pub at_us: i64,
    /// Price in hundredths of the quote currency.
    pub ticks: i64,
    /// Size in units of 10⁻⁸ of the base currency.
    pub sats: i64,
    /// Side of the taker.
    pub side: Side,
}

impl TrueTrade {
    /// When, in milliseconds.
    #[must_use]
    pub const fn at_ms(&self) -> i64 {
        self.at_us.div_euclid(1_000)
    }

    /// As it should be in silver.
    #[must_use]
    pub fn model(&self) -> Trade {
        Trade {
            trade_id: self.id,
            traded_at: self.at_ms(),
            price: self.ticks as f64 / TICKS_PER_UNIT as f64,
            size: self.sats as f64 / SATS_PER_UNIT as f64,
            side: self.side,
        }
    }
}

/// The trades of one second, all at one price and from one side.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Second {
    /// Price in hundredths of the quote currency; the book's too.
    pub(super) ticks: i64,
    /// Amount traded, in units of 10⁻⁸.
    pub(super) sats: i64,
    /// Number of trades.
    pub(super) count: i64,
    /// Trades of the venue before this second.
    pub(super) before: i64,
    /// The takers bought.
    pub(super) buy: bool,
}

/// The seconds of a minute.
pub(super) type Minute = [Second; POINTS];

/// Makes the seconds of a venue's minute (minutes since the epoch) of the market's, with so many trades in it; `before`
/// were traded before.
pub(super) fn minute(
    seed: u64,
    protocol: Protocol,
    minute: i64,
    points: &[Point; POINTS],
    (before, count): (i64, i64),
) -> Minute {
    let nature = protocol.nature();
    let seed = protocol.seed(seed);
    let counts = counts(seed, protocol, minute, points, count);
    let mut before = before;
    std::array::from_fn(|index| {
        let second = minute * POINTS as i64 + index as i64;
        let point = &points[index];
        let count = counts[index];
        let made = Second {
            ticks: price(seed, &nature, second, point.ticks),
            sats: size(seed, &nature, second, point.lots, count),
            count,
            before,
            buy: mix(seed ^ 0x51de, second).is_multiple_of(2),
        };
        before += count;
        made
    })
}

/// How many of the minute's trades fall into each second.
fn counts(
    seed: u64,
    protocol: Protocol,
    minute: i64,
    points: &[Point; POINTS],
    count: i64,
) -> [i64; POINTS] {
    // The market's own candles have something traded in every second; its venue keeps to that.
    let each = i64::from(protocol == Protocol::Binance);
    let spread = (count - each * POINTS as i64).max(0);
    let weights: [f64; POINTS] = std::array::from_fn(|index| {
        if each == 1 {
            points[index].lots as f64 + 1.0
        } else {
            0.15 + unit(mix(seed ^ 0xc0, minute * POINTS as i64 + index as i64)).powi(3)
        }
    });
    let total: f64 = weights.iter().sum();
    let (mut sum, mut done) = (0.0, 0);
    std::array::from_fn(|index| {
        sum += weights[index];
        let until = if index + 1 == POINTS {
            spread
        } else {
            (spread as f64 * sum / total) as i64
        };
        let here = until - done;
        done = until;
        each + here
    })
}

fn price(seed: u64, nature: &Nature, second: i64, ticks: i64) -> i64 {
    let bps = nature.basis_bps * drift(seed ^ 0xba, second, BASIS_KNOT_S)
        + nature.noise_bps * drift(seed ^ 0x20, second, NOISE_KNOT_S);
    let price = ticks as f64 * (1.0 + bps / 10_000.0);
    let step = nature.price_step as f64;
    ((price / step).round() as i64).max(1) * nature.price_step
}

fn size(seed: u64, nature: &Nature, second: i64, lots: i64, count: i64) -> i64 {
    if count == 0 {
        return 0;
    }
    let sats = lots * SATS_PER_LOT;
    let sats = if nature.size_step == SATS_PER_LOT {
        sats
    } else {
        (sats as f64 * nature.share * (0.4 * bell(mix(seed ^ 0x517e, second))).exp()) as i64
    };
    sats.max(count * nature.size_step)
}

impl Second {
    /// Trade number `index` of this second (seconds since the epoch).
    pub(super) fn trade(
        &self,
        seed: u64,
        protocol: Protocol,
        second: i64,
        index: i64,
    ) -> TrueTrade {
        let seed = protocol.seed(seed);
        let nature = protocol.nature();
        let done = |index: i64| {
            let step = nature.size_step;
            let spare = (self.sats / step - self.count) as f64;
            let swing = unit(mix(seed ^ 0x5a, self.before + index)) * 0.9;
            let share = match index {
                0 => 0.0,
                _ if index == self.count => 1.0,
                _ => (index as f64 - swing) / self.count as f64,
            };
            (index + (spare * share) as i64) * step
        };
        let last = index + 1 == self.count;
        let until = if last { self.sats } else { done(index + 1) };
        // The first trade opens the second: a candle that has begun is never empty.
        let late = if index == 0 && protocol == Protocol::Binance {
            0.0
        } else {
            unit(mix(seed ^ 0x7a, self.before + index))
        };
        let into = (index as f64 + late) / self.count as f64 * 1e6;
        TrueTrade {
            id: id_of(seed, &nature, self.before + index),
            at_us: second * 1_000_000 + (into as i64).min(999_999),
            ticks: self.ticks,
            sats: until - done(index),
            side: if self.buy { Side::Buy } else { Side::Sell },
        }
    }
}

/// The venue's number of its trade `ordinal`, counted from 0. Some number all their symbols in one row.
fn id_of(seed: u64, nature: &Nature, ordinal: i64) -> i64 {
    let step = nature.id_step;
    let place = (mix(seed ^ 0x1d, ordinal) % step.unsigned_abs()) as i64;
    ordinal * step + place + 1
}

/// Trades before the one of that number, or the next higher one.
pub(super) fn ordinal_of(seed: u64, protocol: Protocol, id: i64) -> i64 {
    let nature = protocol.nature();
    let at = (id - 1).div_euclid(nature.id_step);
    let seed = protocol.seed(seed);
    if id_of(seed, &nature, at) < id {
        at + 1
    } else {
        at
    }
}
