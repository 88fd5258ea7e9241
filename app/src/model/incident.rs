//! Incidents: alerts with one cause, silences, and what was told about them.

use serde::{Deserialize, Serialize};

use super::{alert::AlertVm, check::Severity, landing::words};

words! {
    /// What a person says of an incident.
    Opinion {
        /// Something was wrong with the data: its time leaves the baselines.
        Confirmed = "confirmed",
        /// Nothing was wrong: it counts against the rule.
        FalseAlarm = "false_alarm",
    }
}

/// Alerts with one cause.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentVm {
    /// Key.
    pub id: i64,
    /// What it is about: `live:simulator`, `batch:BTC-USD/bitfinex/file.csv`.
    pub scope: String,
    /// One line.
    pub title: String,
    /// Worst severity of its alerts so far.
    pub severity: Severity,
    /// False once all its alerts are resolved.
    pub is_open: bool,
    /// When its first alert began.
    pub opened_at: i64,
    /// When something last happened.
    pub updated_at: i64,
    /// When its last alert was resolved.
    pub resolved_at: Option<i64>,
    /// Alerts in it.
    pub alerts: i64,
    /// Its checks, by name.
    pub checks: Vec<String>,
    /// First and last time of the data concerned.
    pub range: Option<(i64, i64)>,
    /// Rows concerned.
    pub rows: i64,
    /// What a person said of it.
    pub opinion: Option<Opinion>,
    /// Who.
    pub opinion_by: String,
    /// What was done about its missing data: `12 of 12 gaps filled`; empty without any.
    pub repair: String,
}

/// One moment of an incident.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentEventVm {
    /// When.
    pub at: i64,
    /// What happened, in words.
    pub words: String,
    /// Who: `engine` or an operator.
    pub actor: String,
    /// The alert it is about.
    pub alert_id: Option<i64>,
    /// How bad it was then.
    pub severity: Option<Severity>,
}

/// An incident with its history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentDetailVm {
    /// The incident.
    pub incident: IncidentVm,
    /// Its alerts, worst first.
    pub alerts: Vec<AlertVm>,
    /// What happened, oldest first.
    pub timeline: Vec<IncidentEventVm>,
    /// What was told about it.
    pub notices: Vec<NoticeVm>,
}

/// Something that was, or is to be, told outside.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoticeVm {
    /// Key.
    pub id: i64,
    /// Name of the channel in the configuration.
    pub channel: String,
    /// opened, worse, reminder, resolved, flapping, digest, test.
    pub kind: String,
    /// First line.
    pub subject: String,
    /// waiting, sent, `given_up`.
    pub state: String,
    /// Tries so far.
    pub attempts: i64,
    /// Why the last one failed; empty if it did not.
    pub error: String,
    /// When it was written.
    pub created_at: i64,
    /// When it was delivered.
    pub sent_at: Option<i64>,
}

/// A rule that keeps notices back; alerts are recorded all the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SilenceVm {
    /// Key; 0 for one of the calendar.
    pub id: i64,
    /// Check, or a pattern with `*`.
    pub check_id: String,
    /// Entity, or a pattern with `*`.
    pub entity: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub actor: String,
    /// From when.
    pub starts_at: i64,
    /// Until when; `None`: until what it mutes is resolved.
    pub ends_at: Option<i64>,
    /// When it was ended by hand or by what it waited for.
    pub ended_at: Option<i64>,
    /// Open alerts it mutes now.
    pub muted: i64,
}
