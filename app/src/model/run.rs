//! Runs: executions of a pipeline step.

use serde::{Deserialize, Serialize};

use super::landing::{Pipeline, words};

words! {
    /// How a run stands.
    RunState {
        /// At work.
        Running = "running",
        /// Finished.
        Done = "done",
        /// The input was refused.
        Refused = "refused",
        /// The work broke.
        Failed = "failed",
        /// The process ended before the run did.
        Interrupted = "interrupted",
        /// Somebody stopped it; what it had written was taken out again.
        Cancelled = "cancelled",
    }
}

/// One run as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunVm {
    /// Key.
    pub id: i64,
    /// Which pipeline.
    pub pipeline: Pipeline,
    /// What was done: `ingest`, `poll`, `replay`, …
    pub kind: String,
    /// File name or venue.
    pub subject: String,
    /// How it stands.
    pub state: RunState,
    /// What it is at right now, e.g. `landing` or `refining`; empty when finished.
    pub phase: String,
    /// When it began.
    pub started_at: i64,
    /// When it ended.
    pub finished_at: Option<i64>,
    /// Bytes worked through.
    pub bytes_done: i64,
    /// Bytes in all, 0 if unknown.
    pub bytes_total: i64,
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
    /// Outcome in words.
    pub detail: String,
}
