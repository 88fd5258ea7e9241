//! Rules as the page shows them, and what they have proven.

use serde::{Deserialize, Serialize};

/// How often a rule cries wolf and what it catches, measured over one stretch of data.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RecordVm {
    /// What it was measured on: `quiet`, `faulty`, `prices-2018`, `history`.
    pub corpus: String,
    /// Length of that stretch in days.
    pub days: f64,
    /// Alerts it would have raised on the stretch as it is.
    pub alerts: i64,
    /// The same for each day.
    pub alerts_per_day: f64,
    /// What it caught of faults that were put in, by kind.
    pub recall: Vec<RecallVm>,
    /// When it was measured; `None` for the published record.
    pub measured_at: Option<i64>,
}

/// What a rule caught of one kind of injected fault.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RecallVm {
    /// `spike_2pct`, `gap`, `stuck_price`.
    pub fault: String,
    /// Faults put in.
    pub injected: i64,
    /// Faults found.
    pub found: i64,
    /// Share found, 0 to 1.
    pub recall: f64,
    /// Median time from a fault's first row to the finding.
    pub delay_ms: i64,
}

/// A rule in the list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleVm {
    /// `candle.ohlc`
    pub id: String,
    /// What it demands.
    pub title: String,
    /// `candle`, `trade`, `feed`.
    pub dataset: String,
    /// bronze, silver or gold.
    pub layer: String,
    /// completeness, validity, uniqueness, consistency, timeliness or accuracy.
    pub dimension: String,
    /// `row`, `gap`, `spike_reversal`.
    pub kind: String,
    /// log, flag, quarantine, resync or block.
    pub action: String,
    /// Severity and limit in words, the mildest first.
    pub limits: Vec<(String, String)>,
    /// Who looks after it.
    pub owner: String,
    /// A finding must stand so long before the alert fires.
    pub for_ms: i64,
    /// It must hold so long before the alert is resolved.
    pub keep_firing_ms: i64,
    /// Checks that mute this one while they fire at the same venue or landing.
    pub inhibited_by: Vec<String>,
    /// True if a person wrote or changed it; false for one as shipped.
    pub is_own: bool,
    /// What it has proven, where it was measured.
    pub records: Vec<RecordVm>,
    /// Its open alerts.
    pub open_alerts: i64,
    /// Its alerts of the last 30 days, false alarms and confirmed ones among them.
    pub alerts_30d: i64,
    /// Incidents that a person marked as confirmed, of those with its alerts.
    pub confirmed: i64,
    /// Incidents that a person marked as false alarms.
    pub false_alarms: i64,
}

/// A rule with all that its own page shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleDetailVm {
    /// The rule.
    pub rule: RuleVm,
    /// Longer text: why it is there, where its limits come from.
    pub description: String,
    /// What to do about a finding.
    pub advice: String,
    /// Where more is written; empty for nowhere.
    pub runbook: String,
    /// Its text as TOML, as it stands in its file.
    pub text: String,
    /// The file.
    pub file: String,
}

/// What came of trying a rule on history without saving it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TrialVm {
    /// The rule that was tried.
    pub id: String,
    /// What is wrong with its text, with line and suggestion; empty when it was tried.
    pub error: String,
    /// First and last time of the stretch.
    pub range: Option<(i64, i64)>,
    /// What it says.
    pub record: RecordVm,
    /// The first findings: time, entity, severity, words.
    pub findings: Vec<(i64, String, String, String)>,
    /// Limits for a wished number of alerts a day: budget, words.
    pub suggestions: Vec<(f64, String)>,
}
