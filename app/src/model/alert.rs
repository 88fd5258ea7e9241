//! Alerts: open problems with a state and a history.

use serde::{Deserialize, Serialize};

use super::{check::Severity, landing::words, outcome::Evidence};

words! {
    /// Where an alert is in its life.
    AlertState {
        /// Seen, but not yet for long enough.
        Pending = "pending",
        /// An open problem.
        Firing = "firing",
        /// Somebody has taken it.
        Acknowledged = "acknowledged",
        /// The rule holds again, but not yet for long enough.
        Recovering = "recovering",
        /// Over.
        Resolved = "resolved",
    }
}

impl AlertState {
    /// True for the states in which the problem stands.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Resolved)
    }
}

/// An alert as the page shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertVm {
    /// Key.
    pub id: i64,
    /// `feed.silence`
    pub check_id: String,
    /// What the rule demands.
    pub title: String,
    /// What is concerned.
    pub entity: String,
    /// How bad.
    pub severity: Severity,
    /// Where in its life.
    pub state: AlertState,
    /// What is wrong, with the numbers.
    pub summary: String,
    /// When it began.
    pub opened_at: i64,
    /// When it last changed.
    pub updated_at: i64,
    /// When it was over.
    pub resolved_at: Option<i64>,
    /// Evaluations that found it.
    pub count: i64,
    /// The incident it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident_id: Option<i64>,
    /// Who has taken it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged_by: Option<String>,
    /// A silence keeps its notices back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub silenced: bool,
    /// The check that explains it: its notices are kept back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inhibited_by: Option<String>,
    /// It comes and goes: it keeps firing until it has been quiet for a while.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flapping: bool,
}

/// One transition in the life of an alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertEventVm {
    /// Key; the id of the server-sent event.
    pub seq: i64,
    /// When.
    pub at: i64,
    /// State before; `None` when it was opened.
    pub from_state: Option<AlertState>,
    /// State after.
    pub to_state: AlertState,
    /// How bad it was then.
    pub severity: Severity,
    /// Why.
    pub cause: String,
    /// Who: `engine` or an operator.
    pub actor: String,
    /// The alert after the transition.
    pub alert: AlertVm,
}

/// A transition with what was found then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransitionVm {
    /// What happened.
    #[serde(flatten)]
    pub event: AlertEventVm,
    /// The limit as it was then, in words; empty where it comes of no finding.
    pub threshold: String,
    /// Size of the evidence as it is stored, in characters of JSON; 0 where it comes of no finding.
    pub evidence_size: i64,
    /// The rows and what they were held against; also `None` where that is larger than what was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

/// An alert with its history and the rows that show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertDetailVm {
    /// The alert.
    pub alert: AlertVm,
    /// Its transitions, oldest first.
    pub events: Vec<TransitionVm>,
    /// Column names of the evidence.
    pub evidence_columns: Vec<String>,
    /// Rows that show the problem.
    pub evidence_rows: Vec<Vec<String>>,
    /// The limit that was broken, in words.
    pub threshold: String,
    /// What to do about it.
    pub advice: String,
    /// What the tested value was held against, where that was computed.
    pub baseline: Option<super::Baseline>,
}
