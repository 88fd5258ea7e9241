//! Candles (silver) and bars (gold).

use serde::{Deserialize, Serialize};

/// What is remarkable about a candle that was kept; bits of `silver_candle.flags`.
pub mod flag {
    /// Its jump was taken back by the next candle (`candle.spike_reversal`).
    pub const SPIKE: i64 = 1;
    /// It moved further than the extreme-move limit (`candle.extreme_move`).
    pub const EXTREME_MOVE: i64 = 1 << 1;
    /// Its close equals the closes before it for too long (`candle.stale_close`).
    pub const STALE: i64 = 1 << 2;
    /// No volume, yet its prices moved (`candle.zero_volume_flat`).
    pub const ZERO_VOLUME_MOVED: i64 = 1 << 3;
    /// It opened far from the close before it (`candle.open_jump`).
    pub const OPEN_JUMP: i64 = 1 << 4;
    /// Its high and low are far apart (`candle.range`).
    pub const RANGE: i64 = 1 << 5;
    /// A later landing gave other values for it (`rec.restated`); the older ones are kept beside.
    pub const RESTATED: i64 = 1 << 6;
    /// The venue reported a minute without trades (`no_trades_reported`): a fact, not a fault.
    pub const NO_TRADES: i64 = 1 << 7;

    /// The date beside the Unix time says another time (`candle.date_disagrees`); Unix time was taken.
    pub const DATE_DISAGREES: i64 = 1 << 8;
    /// The publisher rounded each price, so that open or close lay a last digit outside; high and low were widened.
    pub const ROUNDED: i64 = 1 << 9;
    /// A rule without a flag of its own found something; the evidence of its result says which.
    pub const OTHER: i64 = 1 << 10;

    /// One of the findings is an error, not only a warning.
    pub const SEVERE: i64 = 1 << 16;

    /// Flags that count as findings; [`NO_TRADES`] does not.
    pub const FINDINGS: i64 = SPIKE
        | EXTREME_MOVE
        | STALE
        | ZERO_VOLUME_MOVED
        | OPEN_JUMP
        | RANGE
        | RESTATED
        | DATE_DISAGREES
        | ROUNDED
        | OTHER;
    /// Findings that come from the source or the merge; no look at other candles changes them.
    pub const FIXED: i64 = RESTATED | DATE_DISAGREES | ROUNDED;

    /// Severity rank of the worst finding: 0 none, 2 warn, 3 error.
    #[must_use]
    pub const fn worst(flags: i64) -> i64 {
        if flags & FINDINGS == 0 {
            0
        } else if flags & SEVERE != 0 {
            3
        } else {
            2
        }
    }

    /// Words for the flags that are set, in the order of their bits.
    #[must_use]
    pub fn words(flags: i64) -> Vec<&'static str> {
        const NAMES: [(i64, &str); 11] = [
            (SPIKE, "spike"),
            (EXTREME_MOVE, "extreme move"),
            (STALE, "stale close"),
            (ZERO_VOLUME_MOVED, "moved without volume"),
            (OPEN_JUMP, "open jump"),
            (RANGE, "wide range"),
            (RESTATED, "restated"),
            (NO_TRADES, "no trades"),
            (DATE_DISAGREES, "date disagrees"),
            (ROUNDED, "rounded prices"),
            (OTHER, "another rule"),
        ];
        NAMES
            .into_iter()
            .filter(|(bit, _)| flags & bit != 0)
            .map(|(_, name)| name)
            .collect()
    }
}

/// One clean candle of a series (a row of `silver_candle` without its keys).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Candle {
    /// Start of the candle's interval.
    pub opened_at: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded amount in the base currency.
    pub volume: f64,
    /// Traded amount in the quote currency, where the source gives it.
    pub quote_volume: Option<f64>,
    /// Number of trades, where the source gives it.
    pub trades: Option<i64>,
    /// False while the interval is still running.
    pub is_final: bool,
    /// Bits of [`flag`].
    pub flags: i64,
}

/// One bar of a gold series (a row of `gold_candle` without its keys).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bar {
    /// Start of the bucket.
    pub opened_at: i64,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Traded amount in the base currency.
    pub volume: f64,
    /// Volume-weighted average price, null without volume.
    pub vwap: Option<f64>,
    /// Number of trades, where every source candle gives it.
    pub trades: Option<i64>,
    /// Source candles a full bucket holds.
    pub expected: i64,
    /// Source candles the bucket holds.
    pub observed: i64,
    /// Source candles with a finding.
    pub flagged: i64,
    /// Worst severity among the source candles: 0 none, 1 info, 2 warn, 3 error, 4 critical.
    pub worst: i64,
    /// Mean of the last 20 closes of this step.
    pub sma_20: Option<f64>,
    /// Mean of the last 50 closes of this step.
    pub sma_50: Option<f64>,
    /// Mean of the last 200 closes of this step.
    pub sma_200: Option<f64>,
    /// Sample standard deviation of the last 20 log returns.
    pub volatility_20: Option<f64>,
    /// Close over the previous existing close, minus 1.
    pub return_1: Option<f64>,
}

/// A candle that silver holds, and the landing it came from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// The values.
    pub candle: Candle,
    /// Its landing.
    pub landing_id: i64,
}

/// A bar with what the next coarser step needs of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GoldBar {
    /// What readers see.
    pub bar: Bar,
    /// Finest silver step in the bucket: what `expected` and `observed` count.
    pub source_step_ms: i64,
    /// Σ quote volume; null if a source candle lacks it.
    pub quote_volume: Option<f64>,
    /// Σ typical price × volume, typical price = (high + low + close) / 3.
    pub typical_volume: f64,
    /// Realised variance: Σ of the squared log returns of the finest candles, each from the close before it, the first
    /// of the smallest bar from its own open (Andersen and Bollerslev 1998).
    pub realised_variance: f64,
}
