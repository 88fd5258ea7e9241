//! Everything a notice says: what a webhook is sent, what templates are filled with, and what the outbox keeps, so that
//! each try says the same.

use app::model::{
    AlertState, AlertVm, IncidentDetailVm, IncidentVm, Severity, format_age, format_utc_short,
};
use serde::{Deserialize, Serialize};

use super::digest::DigestFacts;
use crate::quality::notice::NoticeKind;

/// Grows when a field changes its meaning; new fields do not count.
pub const VERSION: u32 = 1;
/// Alerts that are told one by one.
const ALERTS: usize = 10;
/// Checks that are named.
const CHECKS: usize = 20;
/// Longest text of somebody else in a notice, in characters.
const TEXT: usize = 500;
/// Longest subject, in characters.
const SUBJECT: usize = 180;

/// A notice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// [`VERSION`]
    pub version: u32,
    /// The same on every try: who gets it twice can tell.
    pub id: String,
    /// Id of the first notice about the same thing, if this is not it.
    pub thread: Option<String>,
    /// To which channel.
    pub channel: String,
    /// What it is about.
    pub kind: NoticeKind,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// When it was written, in milliseconds.
    pub at: i64,
    /// One line.
    pub subject: String,
    /// A sentence or two.
    pub summary: String,
    /// Where more is to be seen.
    pub url: Option<String>,
    /// The incident it is about.
    pub incident: Option<IncidentFacts>,
    /// The day in short.
    pub digest: Option<DigestFacts>,
}

/// An incident as a notice tells it. Times are milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IncidentFacts {
    /// Key.
    pub id: i64,
    /// What it is about: `live:simulator`.
    pub scope: String,
    /// One line.
    pub title: String,
    /// Worst severity so far.
    pub severity: Severity,
    /// False once all is over.
    pub is_open: bool,
    /// When its first alert began.
    pub opened_at: i64,
    /// When its last alert was resolved.
    pub resolved_at: Option<i64>,
    /// How long it lasted, so far or in all.
    pub duration_ms: i64,
    /// First and last time of the data concerned.
    pub range: Option<(i64, i64)>,
    /// Rows concerned.
    pub rows: i64,
    /// What was done about missing data: `12 of 12 gaps filled`; empty without any.
    pub repair: String,
    /// Its checks, by name.
    pub checks: Vec<String>,
    /// Its alerts, worst first.
    pub alerts: Vec<AlertFacts>,
    /// Alerts that are not among them.
    pub more_alerts: i64,
}

/// An alert as a notice tells it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlertFacts {
    /// Key.
    pub id: i64,
    /// `feed.silence`
    pub check: String,
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
    /// Who has taken it.
    pub acknowledged_by: Option<String>,
}

/// What of a notice does not come from what it is about.
#[derive(Debug, Clone)]
pub struct Head {
    /// Id of the notice.
    pub id: String,
    /// Id of the first notice about the same thing, if this is not it.
    pub thread: Option<String>,
    /// To which channel.
    pub channel: String,
    /// When it is written.
    pub at: i64,
    /// Address of the pages, without `/` at the end.
    pub base_url: Option<String>,
}

impl Head {
    /// A notice with these words.
    #[must_use]
    pub fn letter(self, kind: NoticeKind, subject: &str, summary: String, path: &str) -> Letter {
        Letter {
            version: VERSION,
            url: self.base_url.map(|base| format!("{base}{path}")),
            id: self.id,
            thread: self.thread,
            channel: self.channel,
            kind,
            severity: None,
            at: self.at,
            subject: plain(subject, SUBJECT),
            summary,
            incident: None,
            digest: None,
        }
    }
}

/// A notice about an incident.
#[must_use]
pub fn of_incident(
    head: Head,
    kind: NoticeKind,
    severity: Severity,
    incident: &IncidentDetailVm,
) -> Letter {
    let facts = facts(incident, head.at);
    let lasted = format_age(facts.duration_ms);
    let title = &facts.title;
    let bad = severity.as_str();
    let subject = match kind {
        NoticeKind::Worse => format!("Now {bad}: {title}"),
        NoticeKind::Reminder => format!("Still {bad} after {lasted}: {title}"),
        NoticeKind::Flapping => format!("Comes and goes ({bad}): {title}"),
        NoticeKind::Resolved => format!("Resolved after {lasted}: {title}"),
        _ if !facts.is_open => format!("Was {bad} for {lasted}: {title}"),
        _ => format!("{}{}: {title}", bad[..1].to_uppercase(), &bad[1..]),
    };
    let path = format!("/quality/incidents/{}", facts.id);
    let summary = sentence(&facts);
    Letter {
        severity: Some(severity),
        incident: Some(facts),
        ..head.letter(kind, &subject, summary, &path)
    }
}

/// A notice that only tries the way; it has an incident that never was, so that templates have something to say.
#[must_use]
pub fn of_test(head: Head) -> Letter {
    let at = head.at;
    let title = "A test of this channel: nothing is wrong";
    let summary = "Somebody asked Assay to try this channel. Nothing needs to be done.".to_owned();
    let facts = IncidentFacts {
        id: 0,
        scope: "test".to_owned(),
        title: title.to_owned(),
        severity: Severity::Info,
        is_open: false,
        opened_at: at,
        resolved_at: Some(at),
        duration_ms: 0,
        range: None,
        rows: 0,
        repair: String::new(),
        checks: Vec::new(),
        alerts: Vec::new(),
        more_alerts: 0,
    };
    Letter {
        severity: Some(Severity::Info),
        incident: Some(facts),
        ..head.letter(NoticeKind::Test, title, summary, "/quality")
    }
}

fn facts(detail: &IncidentDetailVm, now_ms: i64) -> IncidentFacts {
    let IncidentVm {
        id,
        scope,
        title,
        severity,
        is_open,
        opened_at,
        resolved_at,
        alerts,
        checks,
        range,
        rows,
        repair,
        ..
    } = &detail.incident;
    let told: Vec<AlertFacts> = detail.alerts.iter().take(ALERTS).map(alert).collect();
    let shown = i64::try_from(told.len()).unwrap_or(i64::MAX);
    IncidentFacts {
        id: *id,
        scope: plain(scope, TEXT),
        title: plain(title, TEXT),
        severity: *severity,
        is_open: *is_open,
        opened_at: *opened_at,
        resolved_at: *resolved_at,
        duration_ms: resolved_at
            .unwrap_or(now_ms)
            .saturating_sub(*opened_at)
            .max(0),
        range: *range,
        rows: *rows,
        repair: plain(repair, TEXT),
        checks: checks
            .iter()
            .take(CHECKS)
            .map(|check| plain(check, TEXT))
            .collect(),
        more_alerts: (*alerts).saturating_sub(shown).max(0),
        alerts: told,
    }
}

fn alert(alert: &AlertVm) -> AlertFacts {
    AlertFacts {
        id: alert.id,
        check: plain(&alert.check_id, TEXT),
        title: plain(&alert.title, TEXT),
        entity: plain(&alert.entity, TEXT),
        severity: alert.severity,
        state: alert.state,
        summary: plain(&alert.summary, TEXT),
        acknowledged_by: alert.acknowledged_by.as_deref().map(|by| plain(by, TEXT)),
    }
}

/// Since when, what data, and what was done about it.
fn sentence(facts: &IncidentFacts) -> String {
    let from = format_utc_short(facts.opened_at);
    let lasted = format_age(facts.duration_ms);
    let mut text = match facts.resolved_at {
        Some(at) => format!(
            "It stood from {from} to {} UTC, {lasted}.",
            format_utc_short(at)
        ),
        None => format!("It stands since {from} UTC, for {lasted}."),
    };
    if let Some((first, last)) = facts.range {
        let (first, last) = (format_utc_short(first), format_utc_short(last));
        text += &format!(" Data from {first} to {last} UTC is concerned");
        text += &match facts.rows {
            0 => ".".to_owned(),
            rows => format!(", {} rows.", app::format::integer(rows)),
        };
    }
    if !facts.repair.is_empty() {
        text += &format!(" Backfill: {}.", facts.repair);
    }
    text
}

/// Text of somebody else on one line: what steers a terminal, a mail header or the direction of writing is taken out.
#[must_use]
pub fn plain(text: &str, longest: usize) -> String {
    let is_steering = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let mut kept: String = text
        .chars()
        .map(|c| if is_steering(c) { ' ' } else { c })
        .take(longest)
        .collect();
    if text.chars().nth(longest).is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
pub(crate) mod tests;
