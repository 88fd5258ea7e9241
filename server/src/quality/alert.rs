//! The life of an alert: a pure step from its state and a result to its next state.
//!
//! `pending → firing → recovering → resolved`. With no waiting time `pending` is crossed at once. A result that judged
//! nothing (no data, not evaluated, the check broke) never resolves an alert.

use app::model::{AlertState, CheckState, Severity};

/// What is open now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Where it is.
    pub state: AlertState,
    /// How bad.
    pub severity: Severity,
    /// When it entered this state.
    pub updated_at: i64,
}

/// Waiting times of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Patience {
    /// A finding must stand this long before it fires.
    pub for_ms: i64,
    /// The rule must hold this long before an alert is resolved.
    pub keep_firing_ms: i64,
}

/// What happens to an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing to tell; a finding only counts once more.
    Stay {
        /// True if the finding was seen again.
        again: bool,
    },
    /// It changes.
    Move {
        /// State before; `None` for a new alert.
        from: Option<AlertState>,
        /// State after.
        to: AlertState,
        /// Severity after.
        severity: Severity,
    },
}

/// The next step of the alert of a check and entity, given its newest result.
#[must_use]
pub fn step(open: Option<Open>, result: CheckState, patience: Patience, now_ms: i64) -> Step {
    let severity = match result {
        CheckState::NoData | CheckState::NotEvaluated | CheckState::Failed => {
            return Step::Stay { again: false };
        }
        other => other.severity(),
    };
    match (open, severity) {
        (None, None) => Step::Stay { again: false },
        (None, Some(severity)) if patience.for_ms > 0 => Step::Move {
            from: None,
            to: AlertState::Pending,
            severity,
        },
        (None, Some(severity)) => Step::Move {
            from: Some(AlertState::Pending),
            to: AlertState::Firing,
            severity,
        },
        (Some(open), Some(severity)) => found_again(open, severity, patience, now_ms),
        (Some(open), None) => holds(open, patience, now_ms),
    }
}

fn found_again(open: Open, severity: Severity, patience: Patience, now_ms: i64) -> Step {
    let to = match open.state {
        AlertState::Pending if now_ms - open.updated_at < patience.for_ms => AlertState::Pending,
        // an acknowledgement ends when it gets worse
        AlertState::Acknowledged if severity <= open.severity => AlertState::Acknowledged,
        _ => AlertState::Firing,
    };
    if to == open.state && severity == open.severity {
        Step::Stay { again: true }
    } else {
        Step::Move {
            from: Some(open.state),
            to,
            severity,
        }
    }
}

fn holds(open: Open, patience: Patience, now_ms: i64) -> Step {
    let resolved = Step::Move {
        from: Some(open.state),
        to: AlertState::Resolved,
        severity: open.severity,
    };
    match open.state {
        AlertState::Pending => resolved,
        AlertState::Recovering if now_ms - open.updated_at >= patience.keep_firing_ms => resolved,
        AlertState::Recovering => Step::Stay { again: false },
        _ if patience.keep_firing_ms == 0 => resolved,
        _ => Step::Move {
            from: Some(open.state),
            to: AlertState::Recovering,
            severity: open.severity,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENT: Patience = Patience {
        for_ms: 60,
        keep_firing_ms: 100,
    };

    fn open(state: AlertState, severity: Severity) -> Option<Open> {
        Some(Open {
            state,
            severity,
            updated_at: 1000,
        })
    }

    fn moved(from: Option<AlertState>, to: AlertState, severity: Severity) -> Step {
        Step::Move { from, to, severity }
    }

    #[test]
    fn the_life_of_an_alert() {
        use AlertState::{Acknowledged, Firing, Pending, Recovering, Resolved};
        use CheckState::{Critical, Failed, NoData, NotEvaluated, Pass, Warn};
        let at_once = Patience::default();
        let cases = [
            (
                "quiet",
                None,
                Pass,
                at_once,
                1000,
                Step::Stay { again: false },
            ),
            (
                "fires at once",
                None,
                Warn,
                at_once,
                1000,
                moved(Some(Pending), Firing, Severity::Warn),
            ),
            (
                "waits",
                None,
                Warn,
                PATIENT,
                1000,
                moved(None, Pending, Severity::Warn),
            ),
            (
                "still waits",
                open(Pending, Severity::Warn),
                Warn,
                PATIENT,
                1059,
                Step::Stay { again: true },
            ),
            (
                "waited enough",
                open(Pending, Severity::Warn),
                Warn,
                PATIENT,
                1060,
                moved(Some(Pending), Firing, Severity::Warn),
            ),
            (
                "never fired",
                open(Pending, Severity::Warn),
                Pass,
                PATIENT,
                1001,
                moved(Some(Pending), Resolved, Severity::Warn),
            ),
            (
                "again",
                open(Firing, Severity::Warn),
                Warn,
                at_once,
                1001,
                Step::Stay { again: true },
            ),
            (
                "worse",
                open(Firing, Severity::Warn),
                Critical,
                at_once,
                1001,
                moved(Some(Firing), Firing, Severity::Critical),
            ),
            (
                "acknowledged",
                open(Acknowledged, Severity::Warn),
                Warn,
                at_once,
                1001,
                Step::Stay { again: true },
            ),
            (
                "acknowledged, worse",
                open(Acknowledged, Severity::Warn),
                Critical,
                at_once,
                1001,
                moved(Some(Acknowledged), Firing, Severity::Critical),
            ),
            (
                "over at once",
                open(Firing, Severity::Warn),
                Pass,
                at_once,
                1001,
                moved(Some(Firing), Resolved, Severity::Warn),
            ),
            (
                "recovers",
                open(Firing, Severity::Warn),
                Pass,
                PATIENT,
                1001,
                moved(Some(Firing), Recovering, Severity::Warn),
            ),
            (
                "recovers still",
                open(Recovering, Severity::Warn),
                Pass,
                PATIENT,
                1099,
                Step::Stay { again: false },
            ),
            (
                "over",
                open(Recovering, Severity::Warn),
                Pass,
                PATIENT,
                1100,
                moved(Some(Recovering), Resolved, Severity::Warn),
            ),
            (
                "relapse",
                open(Recovering, Severity::Warn),
                Warn,
                PATIENT,
                1050,
                moved(Some(Recovering), Firing, Severity::Warn),
            ),
            (
                "no data resolves nothing",
                open(Firing, Severity::Warn),
                NoData,
                at_once,
                9999,
                Step::Stay { again: false },
            ),
            (
                "nor does nothing tested",
                open(Firing, Severity::Warn),
                NotEvaluated,
                at_once,
                9999,
                Step::Stay { again: false },
            ),
            (
                "nor a broken check",
                open(Firing, Severity::Warn),
                Failed,
                at_once,
                9999,
                Step::Stay { again: false },
            ),
        ];
        for (name, before, result, patience, now_ms, expected) in cases {
            assert_eq!(step(before, result, patience, now_ms), expected, "{name}");
        }
    }
}
