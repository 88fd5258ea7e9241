//! Live against batch, minute by minute.

use serde::{Deserialize, Serialize};

use super::landing::words;

words! {
    /// How a minute of one pipeline differs from the same minute of the other.
    Difference {
        /// Closes are further apart than the limit.
        Price = "price",
        /// Volumes are further apart than the limit.
        Volume = "volume",
        /// Only the batch pipeline has it.
        MissingLive = "missing_live",
        /// Only the live pipeline has it.
        MissingBatch = "missing_batch",
        /// A final candle was changed later; both versions are kept.
        Restated = "restated",
    }
}

/// What is compared of a candle of one pipeline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MinuteSide {
    /// Start of the minute.
    pub opened_at: i64,
    /// Last price.
    pub close: f64,
    /// Base currency.
    pub volume: f64,
}

/// Half-open stretches of time that a pipeline covers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cover {
    /// Stretches it covers, in any order.
    pub there: Vec<(i64, i64)>,
    /// Stretches it does not, although they lie in one of those.
    pub away: Vec<(i64, i64)>,
}

impl Cover {
    /// True if it covers this time.
    #[must_use]
    pub fn has(&self, at: i64) -> bool {
        let holds = |range: &(i64, i64)| range.0 <= at && at < range.1;
        self.there.iter().any(holds) && !self.away.iter().any(holds)
    }
}

/// A minute that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DifferenceVm {
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`
    pub venue: String,
    /// Which minute.
    pub opened_at: i64,
    /// How.
    pub kind: Difference,
    /// Close and volume of the live pipeline (of the version before, for a restated candle).
    pub live: Option<(f64, f64)>,
    /// Close and volume of the batch pipeline (of the version now, for a restated candle).
    pub batch: Option<(f64, f64)>,
    /// Distance of the closes in basis points.
    pub price_bps: Option<f64>,
    /// Distance of the volumes as a share of the batch one.
    pub volume_share: Option<f64>,
}

/// A day of one instrument and venue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReconcileDayVm {
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`
    pub venue: String,
    /// Midnight, UTC.
    pub day_at: i64,
    /// Minutes that could be compared: both pipelines cover that time.
    pub compared: i64,
    /// Minutes that agree.
    pub matched: i64,
    /// Minutes whose prices differ.
    pub price: i64,
    /// Minutes whose volumes differ.
    pub volume: i64,
    /// Minutes only the batch pipeline has.
    pub missing_live: i64,
    /// Minutes only the live pipeline has.
    pub missing_batch: i64,
    /// Final candles changed later.
    pub restated: i64,
}

/// The comparison as the page shows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReconcileVm {
    /// Days, newest first.
    pub days: Vec<ReconcileDayVm>,
    /// Newest differences.
    pub differences: Vec<DifferenceVm>,
    /// Differences in all.
    pub total: i64,
}
