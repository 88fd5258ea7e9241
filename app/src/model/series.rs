//! Steps and the series a chart can show.

use serde::{Deserialize, Serialize};

use super::time::{DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS};

/// Steps gold bars are computed for, finest first; 1m is silver itself.
pub const GOLD_STEPS: [i64; 6] = [
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    HOUR_MS,
    4 * HOUR_MS,
    DAY_MS,
    WEEK_MS,
];

/// A step that the page offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Length in milliseconds.
    pub step_ms: i64,
    /// What people call it: `1m`, `1h`, …
    pub name: &'static str,
}

impl Step {
    /// Every step of the page, finest first.
    pub const ALL: [Step; 7] = [
        Step {
            step_ms: MINUTE_MS,
            name: "1m",
        },
        Step {
            step_ms: 5 * MINUTE_MS,
            name: "5m",
        },
        Step {
            step_ms: 15 * MINUTE_MS,
            name: "15m",
        },
        Step {
            step_ms: HOUR_MS,
            name: "1h",
        },
        Step {
            step_ms: 4 * HOUR_MS,
            name: "4h",
        },
        Step {
            step_ms: DAY_MS,
            name: "1d",
        },
        Step {
            step_ms: WEEK_MS,
            name: "1w",
        },
    ];

    /// The step of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Step> {
        Self::ALL.into_iter().find(|step| step.name == name)
    }

    /// The step of that length.
    #[must_use]
    pub fn of(step_ms: i64) -> Option<Step> {
        Self::ALL.into_iter().find(|step| step.step_ms == step_ms)
    }
}

/// One instrument at one venue, and what there is of it in gold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SeriesVm {
    /// `BTC-USD`
    pub instrument: String,
    /// `bitfinex`
    pub venue: String,
    /// True for the simulator and for sample data: never real prices.
    pub simulated: bool,
    /// True while the live pipeline feeds it.
    pub live: bool,
    /// Finest step with rows, in milliseconds.
    pub finest_step_ms: i64,
    /// Start of the first candle.
    pub first_at: i64,
    /// Start of the last candle.
    pub last_at: i64,
    /// Changes whenever stored candles change, so that cached tiles are not reused.
    pub version: i64,
}
