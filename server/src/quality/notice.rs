//! What is told about an incident and when: a pure fold over its events, and one question, "what is due next?".
//!
//! For each channel: the first notice when the incident has stood for the group wait; that it got worse, or comes and
//! goes, one group interval after the last notice at the earliest; reminders while it is open and nobody has taken it, with
//! pauses that grow; that it is over, once, if it was told at all. What is muted is not told; what still stands when the
//! mute ends is. Timings after Alertmanager's `group_wait`, `group_interval` and `repeat_interval`.

use std::collections::BTreeMap;

use app::model::Severity;
use serde::{Deserialize, Serialize};

/// When notices are sent, all in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// From the first event to the first notice: what belongs together arrives together.
    pub group_wait_ms: i64,
    /// Between two notices of one incident at least.
    pub group_interval_ms: i64,
    /// From the first notice to the first reminder.
    pub repeat_ms: i64,
    /// Every notice after the first makes the pause before the next reminder so many times longer.
    pub repeat_factor: f64,
    /// No pause before a reminder is longer.
    pub most_ms: i64,
}

impl Timing {
    /// The pause before a reminder, after so many notices beyond the first.
    #[must_use]
    pub fn pause_ms(&self, notices: u32) -> i64 {
        let exponent = i32::try_from(notices.min(64)).unwrap_or(64);
        let pause = self.repeat_ms as f64 * self.repeat_factor.powi(exponent);
        (pause.min(self.most_ms as f64) as i64).max(self.group_interval_ms)
    }
}

/// Who is told, as far as planning goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Name of the channel.
    pub channel: String,
    /// What is milder is not told there.
    pub min_severity: Severity,
    /// Since when there is such a channel: what was over before is not told there.
    pub since_ms: i64,
}

/// What happened to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happened {
    /// It began, or began again, with this alert; or the alert joined it.
    Alert,
    /// The alert got worse: nobody has taken what it is now.
    Worse,
    /// The alert comes and goes.
    Flapping,
    /// Somebody has taken the alert, or all.
    Acknowledged,
    /// Nobody has it any more.
    Unacknowledged,
    /// A mute of the alert began or ended.
    Mute,
    /// The alert is over; the incident may go on.
    AlertResolved,
    /// All is over.
    Resolved,
    /// Anything else.
    Other,
}

/// An event of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: i64,
    /// What.
    pub happened: Happened,
    /// How bad the alert is; `None` where the event has none.
    pub severity: Option<Severity>,
    /// The alert; `None`: all of the incident.
    pub alert_id: Option<i64>,
    /// A silence or another alert keeps it back.
    pub muted: bool,
}

/// What a notice says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// An incident stands.
    Opened,
    /// It is worse than was told.
    Worse,
    /// It still stands.
    Reminder,
    /// It comes and goes.
    Flapping,
    /// It is over.
    Resolved,
    /// The day in short.
    Digest,
    /// Whether the channel works.
    Test,
}

impl NoticeKind {
    /// The word in SQL, in JSON and on the page.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Worse => "worse",
            Self::Reminder => "reminder",
            Self::Flapping => "flapping",
            Self::Resolved => "resolved",
            Self::Digest => "digest",
            Self::Test => "test",
        }
    }
}

/// A notice that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// To which channel.
    pub channel: String,
    /// What it says.
    pub kind: NoticeKind,
    /// How bad the incident is to this channel.
    pub severity: Severity,
    /// How many notices of the incident went there before: 0 begins the thread.
    pub number: u32,
}

/// An alert of the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Voice {
    severity: Severity,
    muted: bool,
    taken: bool,
}

/// What a channel was told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Told {
    /// Since when the incident is for this channel's ears without a break.
    since: Option<i64>,
    /// Notices so far, earlier openings included.
    count: u32,
    /// Notices beyond the first of this opening; `None`: it was not told yet.
    beyond: Option<u32>,
    last_at: i64,
    /// The worst that was told of this opening.
    worst: Option<Severity>,
    /// The worst it was since `since`.
    peak: Option<Severity>,
    flapping: bool,
    is_over: bool,
}

/// All that planning knows of an incident; kept as JSON between two looks, so that a restart changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Plan {
    alerts: BTreeMap<i64, Voice>,
    resolved_at: Option<i64>,
    flapping: bool,
    told: BTreeMap<String, Told>,
}

impl Plan {
    /// Takes an event into account. Events come in the order in which they happened.
    pub fn apply(&mut self, event: &Event, listeners: &[Listener]) {
        match event.happened {
            Happened::Alert | Happened::Worse => self.raise(event),
            Happened::Flapping => {
                self.flapping = true;
                self.mute(event);
            }
            Happened::Mute => self.mute(event),
            Happened::Acknowledged => self.each(event.alert_id, |voice| voice.taken = true),
            Happened::Unacknowledged => self.each(event.alert_id, |voice| voice.taken = false),
            Happened::AlertResolved => self.quieten(event),
            Happened::Resolved => self.resolved_at = Some(event.at),
            Happened::Other => {}
        }
        if self.resolved_at.is_none() {
            self.listen(event.at, listeners);
        }
    }

    /// What is due now, at most one notice for each channel; it counts as told.
    pub fn due(&mut self, now_ms: i64, timing: &Timing, listeners: &[Listener]) -> Vec<Due> {
        if self.resolved_at.is_none() {
            self.listen(now_ms, listeners);
        }
        let mut due = Vec::new();
        for listener in listeners {
            let Some((at, kind, severity)) = self.next(timing, listener) else {
                continue;
            };
            if at > now_ms {
                continue;
            }
            let flapping = self.flapping;
            let told = self.told.entry(listener.channel.clone()).or_default();
            due.push(Due {
                channel: listener.channel.clone(),
                kind,
                severity,
                number: told.count,
            });
            told.count = told.count.saturating_add(1);
            told.beyond = Some(told.beyond.map_or(0, |beyond| beyond.saturating_add(1)));
            told.last_at = now_ms;
            told.worst = told.worst.max(Some(severity));
            // the notice at hand says so
            told.flapping |= flapping;
            told.is_over = kind == NoticeKind::Resolved;
        }
        due
    }

    /// When something is due if nothing else happens.
    #[must_use]
    pub fn next_at(&self, timing: &Timing, listeners: &[Listener]) -> Option<i64> {
        listeners
            .iter()
            .filter_map(|listener| self.next(timing, listener))
            .map(|(at, ..)| at)
            .min()
    }

    /// True while the incident stands.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.resolved_at.is_none()
    }

    /// The next notice of a channel if nothing else happens.
    fn next(&self, timing: &Timing, listener: &Listener) -> Option<(i64, NoticeKind, Severity)> {
        let told = self.told.get(&listener.channel)?;
        let after_last = told.last_at.saturating_add(timing.group_interval_ms);
        let not_before = |at: i64| {
            if told.count == 0 {
                at
            } else {
                at.max(after_last)
            }
        };
        if let Some(resolved_at) = self.resolved_at {
            return match told.beyond {
                _ if told.is_over => None,
                // whoever was told is told of the end, from under a silence too: it is the last word
                Some(_) => {
                    let at = not_before(resolved_at.saturating_add(timing.group_wait_ms));
                    Some((at, NoticeKind::Resolved, told.worst?))
                }
                // it stood long enough to be told, while nobody looked
                None => {
                    let stood_ms = resolved_at.saturating_sub(told.since?);
                    (stood_ms >= timing.group_wait_ms && resolved_at >= listener.since_ms)
                        .then_some((not_before(resolved_at), NoticeKind::Opened, told.peak?))
                }
            };
        }
        let severity = self.loudest(listener)?;
        let Some(beyond) = told.beyond else {
            let at = told.since?.saturating_add(timing.group_wait_ms);
            return Some((not_before(at), NoticeKind::Opened, severity));
        };
        if Some(severity) > told.worst {
            return Some((after_last, NoticeKind::Worse, severity));
        }
        if self.flapping && !told.flapping {
            return Some((after_last, NoticeKind::Flapping, severity));
        }
        let is_taken = self
            .alerts
            .values()
            .filter(|voice| !voice.muted && voice.severity >= listener.min_severity)
            .all(|voice| voice.taken);
        let at = told.last_at.saturating_add(timing.pause_ms(beyond));
        (!is_taken).then_some((at, NoticeKind::Reminder, severity))
    }

    /// The worst alert that this channel may hear of.
    fn loudest(&self, listener: &Listener) -> Option<Severity> {
        self.alerts
            .values()
            .filter(|voice| !voice.muted)
            .map(|voice| voice.severity)
            .max()
            .filter(|severity| *severity >= listener.min_severity)
    }

    fn raise(&mut self, event: &Event) {
        if self.resolved_at.take().is_some() {
            self.alerts.clear();
            self.flapping = false;
            for told in self.told.values_mut() {
                if told.is_over || told.beyond.is_none() {
                    *told = Told {
                        count: told.count,
                        last_at: told.last_at,
                        ..Told::default()
                    };
                }
            }
        }
        let Some(severity) = event.severity else {
            return;
        };
        self.alerts.insert(
            event.alert_id.unwrap_or_default(),
            Voice {
                severity,
                muted: event.muted,
                taken: false,
            },
        );
    }

    fn mute(&mut self, event: &Event) {
        self.each(event.alert_id, |voice| voice.muted = event.muted);
    }

    /// The last alert stays: how the incident ended is told by it.
    fn quieten(&mut self, event: &Event) {
        if let Some(id) = event.alert_id
            && self.alerts.len() > 1
        {
            self.alerts.remove(&id);
        }
    }

    fn each(&mut self, alert_id: Option<i64>, change: impl Fn(&mut Voice)) {
        for (id, voice) in &mut self.alerts {
            if alert_id.is_none_or(|wanted| wanted == *id) {
                change(voice);
            }
        }
    }

    fn listen(&mut self, at: i64, listeners: &[Listener]) {
        for listener in listeners {
            let loudest = self.loudest(listener);
            let told = self.told.entry(listener.channel.clone()).or_default();
            match loudest {
                None => (told.since, told.peak) = (None, None),
                Some(severity) => {
                    told.since.get_or_insert(at);
                    told.peak = told.peak.max(Some(severity));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
