//! What the engine finds: counts of rows, results of checks and the rows that show them.

use serde::{Deserialize, Serialize};

use super::{check::CheckState, landing::Pipeline};

/// Counts of a landing or a poll.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows read.
    pub rows: i64,
    /// Rows that became silver.
    pub accepted: i64,
    /// Rows that repeated what was there.
    pub deduplicated: i64,
    /// Rows set apart.
    pub quarantined: i64,
    /// Rows kept with a finding.
    pub flagged: i64,
}

impl Counts {
    /// Adds the counts of other rows.
    pub const fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.accepted += other.accepted;
        self.deduplicated += other.deduplicated;
        self.quarantined += other.quarantined;
        self.flagged += other.flagged;
    }

    /// True if every row is accounted for.
    #[must_use]
    pub const fn conserved(&self) -> bool {
        self.rows == self.accepted + self.deduplicated + self.quarantined
    }
}

/// Rows that show a finding, as text, and what they were held against.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// Column names.
    pub columns: Vec<String>,
    /// Rows, as many cells as columns.
    pub rows: Vec<Vec<String>>,
    /// What the tested value was held against, where that was computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// First and last time of the data concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<(i64, i64)>,
}

/// Values before the tested one, the limits made of them, and the tested value: what a drawing of a finding shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// What the values are: `return, %`.
    pub label: String,
    /// Time and value, oldest first; never the tested one.
    pub points: Vec<(i64, f64)>,
    /// The middle that was compared with.
    pub centre: f64,
    /// Severity word, lower and upper limit.
    pub limits: Vec<(String, f64, f64)>,
    /// Time and value that were tested.
    pub tested: (i64, f64),
}

/// One result of one check for one entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Which check.
    pub check_id: &'static str,
    /// What its rule demands.
    pub title: &'static str,
    /// bronze, silver or gold.
    pub layer: &'static str,
    /// What was judged.
    pub entity: String,
    /// In which pipeline.
    pub pipeline: Pipeline,
    /// The outcome.
    pub state: CheckState,
    /// Rows or evaluations tested.
    pub tested: i64,
    /// Rows or evaluations that broke the rule.
    pub failed: i64,
    /// The number that was judged.
    pub value: Option<f64>,
    /// The limit, in words.
    pub threshold: String,
    /// One sentence.
    pub summary: String,
    /// Rows that show it.
    pub evidence: Evidence,
}
