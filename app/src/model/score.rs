//! Scores: how good the data is, from 0 to 100, and what cost it points.

use serde::{Deserialize, Serialize};

use super::{check::CheckState, landing::words};

words! {
    /// What a score is of.
    ScoreOf {
        /// Everything.
        Overall = "overall",
        /// bronze, silver, gold.
        Layer = "layer",
        /// completeness, validity, uniqueness, consistency, timeliness, accuracy.
        Dimension = "dimension",
        /// `candle`, `trade`, `quote`, `book`, `article`, …
        Dataset = "dataset",
        /// A venue or publisher.
        Venue = "venue",
        /// One check over all it judges.
        Check = "check",
    }
}

/// One score now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreVm {
    /// What kind of thing it is of.
    pub of: ScoreOf,
    /// Which: `silver`, `kraken`; empty for the whole.
    pub name: String,
    /// 0 to 100; `None` while nothing could be evaluated.
    pub score: Option<f64>,
    /// Why it is not higher than it is: `an open critical alert caps it at 40`; empty if nothing caps it.
    pub cap: String,
    /// Checks that were evaluated.
    pub evaluated: i64,
    /// Checks there are.
    pub total: i64,
    /// Time and score, oldest first: its history.
    pub history: Vec<(i64, f64)>,
}

/// What one check and entity cost a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreCostVm {
    /// `candle.gap`
    pub check_id: String,
    /// What was judged.
    pub entity: String,
    /// Its newest result.
    pub state: CheckState,
    /// Rows or evaluations tested, and those that broke the rule.
    pub tested: i64,
    /// Those that broke the rule.
    pub failed: i64,
    /// 1, 3, 9 or 27 by the severity of the check.
    pub weight: f64,
    /// Points it takes from the score before caps.
    pub points: f64,
    /// Its open alert, whose evidence has the rows.
    pub alert_id: Option<i64>,
}

/// Spans of the states of one check and entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineVm {
    /// `feed.silence`
    pub check_id: String,
    /// What was judged.
    pub entity: String,
    /// From, to and state, oldest first, without holes but before its first result.
    pub spans: Vec<(i64, i64, CheckState)>,
}

/// All scores.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreboardVm {
    /// The server's clock when it was made.
    pub server_now: i64,
    /// The whole first, then layers, dimensions, datasets, venues; checks only where asked for.
    pub scores: Vec<ScoreVm>,
}

/// One score opened: what cost it points, dearest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreDetailVm {
    /// The score.
    pub score: ScoreVm,
    /// What costs it points.
    pub costs: Vec<ScoreCostVm>,
}
