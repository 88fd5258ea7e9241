//! What checks say.

use serde::{Deserialize, Serialize};

use super::landing::words;

words! {
    /// Result of a check. Only [`CheckState::Pass`] means that the data is right.
    CheckState {
        /// The rule holds.
        Pass = "pass",
        /// Worth a look.
        Warn = "warn",
        /// Wrong; do not rely on it.
        Error = "error",
        /// Wrong, and everything after it is.
        Critical = "critical",
        /// There was nothing to test although there should be.
        NoData = "no_data",
        /// The rule could not be tested here.
        NotEvaluated = "not_evaluated",
        /// The check itself broke.
        Failed = "failed",
    }
}

impl CheckState {
    /// The severity of a finding; `None` for a state that is no finding.
    #[must_use]
    pub const fn severity(self) -> Option<Severity> {
        match self {
            Self::Warn => Some(Severity::Warn),
            Self::Error | Self::Failed => Some(Severity::Error),
            Self::Critical => Some(Severity::Critical),
            Self::Pass | Self::NoData | Self::NotEvaluated => None,
        }
    }
}

words! {
    /// How bad a finding is.
    Severity {
        /// For the record.
        Info = "info",
        /// Worth a look.
        Warn = "warn",
        /// Wrong.
        Error = "error",
        /// Wrong, act now.
        Critical = "critical",
    }
}

impl Severity {
    /// 1 info, 2 warn, 3 error, 4 critical; 0 is kept for "none".
    #[must_use]
    pub const fn rank(self) -> i64 {
        self as i64 + 1
    }
}

/// The latest result of a check for one entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckVm {
    /// `candle.ohlc`
    pub check_id: String,
    /// What the rule demands, in words.
    pub title: String,
    /// bronze, silver or gold.
    pub layer: String,
    /// completeness, validity, uniqueness, consistency, timeliness or accuracy.
    pub dimension: String,
    /// What was judged: `BTC-USD/bitfinex/btcusd-1m-2018.csv.gz` or `BTC-USDT/binance/live`.
    pub entity: String,
    /// The outcome.
    pub state: CheckState,
    /// Rows or evaluations tested.
    pub tested: i64,
    /// Rows or evaluations that broke the rule.
    pub failed: i64,
    /// The number that was judged, where there is one.
    pub value: Option<f64>,
    /// The limit it was held against, in words.
    pub threshold: String,
    /// One sentence.
    pub summary: String,
    /// When it was judged.
    pub evaluated_at: i64,
    /// Since when it has this state.
    pub since: i64,
}
