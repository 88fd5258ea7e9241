//! The status triple: shape, word and colour together, since colour alone is lost on many readers.

use leptos::prelude::*;

use crate::model::{AlertState, CheckState, LandingState, RunState, Severity, Verdict};

/// What a status says, from fine to worst; the order is that of "worst first" reversed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing is wrong.
    Ok,
    /// At work, or for the record.
    Info,
    /// Not judged.
    Unknown,
    /// Nothing to judge although there should be.
    NoData,
    /// Worth a look.
    Warn,
    /// Wrong.
    Crit,
}

impl Level {
    /// Name in CSS and in tests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Unknown => "unknown",
            Self::NoData => "no-data",
            Self::Warn => "warn",
            Self::Crit => "crit",
        }
    }

    /// Outline of its shape in a square of 12.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Ok => "M6 1.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 1 1 0 -9Z",
            Self::Info => "M6 1L11 6L6 11L1 6Z",
            Self::Unknown => "M3.7 4.2a2.3 2.3 0 1 1 3.3 2.1q-1 .5-1 1.5M6 10.1v.2",
            Self::NoData => "M6 1.8a4.2 4.2 0 1 1 0 8.4a4.2 4.2 0 1 1 0 -8.4Z",
            Self::Warn => "M6 1L11.4 10.6H.6Z",
            Self::Crit => "M1.8 1.8h8.4v8.4H1.8Z",
        }
    }
}

/// Level and word of a worst open severity; `None` means that nothing is open.
#[must_use]
pub const fn of_severity(severity: Option<Severity>) -> (Level, &'static str) {
    match severity {
        None => (Level::Ok, "OK"),
        Some(Severity::Info) => (Level::Info, "Info"),
        Some(Severity::Warn) => (Level::Warn, "Warning"),
        Some(Severity::Error) => (Level::Crit, "Error"),
        Some(Severity::Critical) => (Level::Crit, "Critical"),
    }
}

/// Level and word of a check's result.
#[must_use]
pub const fn of_check(state: CheckState) -> (Level, &'static str) {
    match state {
        CheckState::Pass => (Level::Ok, "Pass"),
        CheckState::Warn => (Level::Warn, "Warning"),
        CheckState::Error => (Level::Crit, "Error"),
        CheckState::Critical => (Level::Crit, "Critical"),
        CheckState::NoData => (Level::NoData, "No data"),
        CheckState::NotEvaluated => (Level::Unknown, "Not evaluated"),
        CheckState::Failed => (Level::Crit, "Check failed"),
    }
}

/// Level and word of an alert: its severity while it stands.
#[must_use]
pub const fn of_alert(severity: Severity, state: AlertState) -> (Level, &'static str) {
    match state {
        AlertState::Resolved => (Level::Ok, "Resolved"),
        AlertState::Pending
        | AlertState::Firing
        | AlertState::Acknowledged
        | AlertState::Recovering => of_severity(Some(severity)),
    }
}

/// Level and word of a run.
#[must_use]
pub const fn of_run(state: RunState) -> (Level, &'static str) {
    match state {
        RunState::Running => (Level::Info, "Running"),
        RunState::Done => (Level::Ok, "Done"),
        RunState::Refused => (Level::Warn, "Refused"),
        RunState::Failed => (Level::Crit, "Failed"),
        RunState::Interrupted => (Level::Warn, "Interrupted"),
        RunState::Cancelled => (Level::NoData, "Cancelled"),
    }
}

/// Level and word of a landing.
#[must_use]
pub const fn of_landing(state: LandingState) -> (Level, &'static str) {
    match state {
        LandingState::Landing => (Level::Info, "Landing"),
        LandingState::Landed => (Level::Info, "Landed"),
        LandingState::Refining => (Level::Info, "Refining"),
        LandingState::Done => (Level::Ok, "Done"),
        LandingState::Refused => (Level::Warn, "Refused"),
        LandingState::Failed => (Level::Crit, "Failed"),
        LandingState::Cancelled => (Level::NoData, "Cancelled"),
    }
}

/// Level and word of a feed's state.
#[must_use]
pub fn of_feed(state: &str) -> (Level, &'static str) {
    match state {
        "ok" => (Level::Ok, "OK"),
        "starting" => (Level::Info, "Starting"),
        "backing off" => (Level::Warn, "Backing off"),
        "blocked" => (Level::Crit, "Blocked"),
        "off" => (Level::NoData, "Off"),
        _ => (Level::Unknown, "Unknown"),
    }
}

/// Level and word of a stream's state.
#[must_use]
pub fn of_stream(state: &str) -> (Level, &'static str) {
    match state {
        "streaming" => (Level::Ok, "Streaming"),
        "connecting" => (Level::Info, "Connecting"),
        "subscribing" => (Level::Info, "Subscribing"),
        "quiet" => (Level::Warn, "Quiet"),
        state => of_feed(state),
    }
}

/// Level of a verdict.
#[must_use]
pub const fn of_verdict(verdict: &Verdict) -> Level {
    if verdict.unknown {
        return Level::Unknown;
    }
    of_severity(verdict.worst).0
}

/// A shape in the colour of its level.
#[component]
pub fn Shape(#[prop(into)] level: Signal<Level>) -> impl IntoView {
    view! {
        <svg class=move || format!("shape level-{}", level.get().as_str()) viewBox="0 0 12 12" aria-hidden="true">
            <path d=move || level.get().path()/>
        </svg>
    }
}

/// Shape and word in the colour of their level.
#[component]
pub fn Status(
    /// Level and word.
    #[prop(into)]
    status: Signal<(Level, &'static str)>,
) -> impl IntoView {
    let level = Signal::derive(move || status.get().0);
    view! {
        <span class=move || format!("status level-{}", level.get().as_str())>
            <Shape level/>
            <span>{move || status.get().1}</span>
        </span>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_not_healthy() {
        assert_ne!(of_check(CheckState::NoData).0, Level::Ok);
        assert_ne!(of_check(CheckState::NotEvaluated).0, Level::Ok);
        assert_ne!(of_feed("something new").0, Level::Ok);
        assert_ne!(of_stream("something new").0, Level::Ok);
        assert_eq!(of_stream("blocked"), of_feed("blocked"));
        let verdict = Verdict {
            worst: None,
            unknown: true,
            word: "unknown".into(),
            reason: String::new(),
        };
        assert_eq!(of_verdict(&verdict), Level::Unknown);
    }

    #[test]
    fn worse_is_greater() {
        assert!(Level::Crit > Level::Warn && Level::Warn > Level::NoData);
        assert!(Level::NoData > Level::Unknown && Level::Unknown > Level::Ok);
    }
}
