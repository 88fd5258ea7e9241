//! The life of an alert: pure steps from its state and a result, or the time, to its next state.
//!
//! `pending → firing → acknowledged → recovering → resolved`. With no waiting time `pending` is crossed at once. A result
//! that judged nothing (no data, not evaluated, the check broke) never resolves an alert. `replay` makes an alert of its
//! transitions again.

pub mod replay;

use app::model::{AlertState, CheckState, Outcome, Severity};

use super::rule::Rule;

/// Comings and goings within [`FLAP_WITHIN_MS`] from which an alert flaps.
pub const FLAPS: i64 = 4;
/// Comings and goings within this time are counted, and so long nothing must come or go until flapping is over.
pub const FLAP_WITHIN_MS: i64 = 30 * 60_000;

/// What is open now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Where it is.
    pub state: AlertState,
    /// How bad.
    pub severity: Severity,
    /// When it entered this state.
    pub since: i64,
    /// Its newest result that judged anything found it.
    pub found: bool,
    /// Since when that is so.
    pub found_since: i64,
    /// How bad it was when somebody took it, if somebody did.
    pub acknowledged: Option<Severity>,
    /// It comes and goes: it stays until it has been quiet for a while.
    pub flapping: bool,
}

/// Waiting times of a check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Patience {
    /// A finding must stand this long before it fires.
    pub for_ms: i64,
    /// The rule must hold this long before an alert is resolved.
    pub keep_firing_ms: i64,
}

impl Patience {
    /// The longer of both waiting times.
    #[must_use]
    pub fn at_least(self, other: Self) -> Self {
        Self {
            for_ms: self.for_ms.max(other.for_ms),
            keep_firing_ms: self.keep_firing_ms.max(other.keep_firing_ms),
        }
    }
}

/// What a result says of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The rule is broken.
    Broken(Severity),
    /// The rule holds, but not well enough to end an alert: its value is between the clear and the fire threshold.
    Close,
    /// The rule holds.
    Holds,
    /// Nothing was judged.
    Unknown,
}

impl Finding {
    /// Of a result. A rule with a `clear` threshold wants more for the end of an alert than that its limits hold: the
    /// value, in the units of the limits, must be within that one too.
    #[must_use]
    pub fn of(outcome: &Outcome, rule: Option<&Rule>) -> Self {
        match (outcome.state, outcome.state.severity()) {
            (CheckState::NoData | CheckState::NotEvaluated | CheckState::Failed, _) => {
                Self::Unknown
            }
            (_, Some(severity)) => Self::Broken(severity),
            _ if is_close(outcome, rule) => Self::Close,
            _ => Self::Holds,
        }
    }
}

/// Limits that a value must not fall below; all others are those it must not exceed.
const LOWER: [&str; 3] = ["below", "min", "matched"];

fn is_close(outcome: &Outcome, rule: Option<&Rule>) -> bool {
    let (Some(value), Some(rule)) = (outcome.value, rule) else {
        return false;
    };
    rule.clear.iter().any(|(name, limit)| {
        if LOWER.contains(name) {
            value < *limit
        } else {
            value.abs() > *limit
        }
    })
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
    Move(Move),
}

/// A change of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// State before; `None` for a new alert.
    pub from: Option<AlertState>,
    /// State after.
    pub to: AlertState,
    /// Severity after.
    pub severity: Severity,
    /// Whether it flaps after.
    pub flapping: bool,
}

impl Move {
    /// To a state, without flapping.
    #[must_use]
    pub const fn new(from: Option<AlertState>, to: AlertState, severity: Severity) -> Self {
        Self {
            from,
            to,
            severity,
            flapping: false,
        }
    }

    /// True if the problem comes or goes: what flapping is counted of.
    #[must_use]
    pub fn is_turn(&self) -> bool {
        self.from.is_some_and(stands) != stands(self.to)
    }
}

/// True for the states in which an alert is told.
#[must_use]
pub const fn stands(state: AlertState) -> bool {
    matches!(state, AlertState::Firing | AlertState::Acknowledged)
}

const STAY: Step = Step::Stay { again: false };

/// The next step of the alert of a check and entity, given its newest result.
#[must_use]
pub fn step(open: Option<Open>, finding: Finding, patience: Patience, now_ms: i64) -> Step {
    match (open, finding) {
        (_, Finding::Unknown) | (None, Finding::Holds | Finding::Close) => STAY,
        (None, Finding::Broken(severity)) if patience.for_ms > 0 => {
            Step::Move(Move::new(None, AlertState::Pending, severity))
        }
        (None, Finding::Broken(severity)) => Step::Move(Move::new(
            Some(AlertState::Pending),
            AlertState::Firing,
            severity,
        )),
        (Some(open), Finding::Broken(severity)) => found_again(open, severity, patience, now_ms),
        // it neither comes nor goes
        (Some(open), Finding::Close) if open.state != AlertState::Recovering => STAY,
        (Some(open), Finding::Holds | Finding::Close) => holds(open, patience, now_ms),
    }
}

fn found_again(open: Open, severity: Severity, patience: Patience, now_ms: i64) -> Step {
    // an acknowledgement ends when it gets worse than it was then
    let firing = match open.acknowledged {
        Some(taken_at) if severity <= taken_at => AlertState::Acknowledged,
        _ => AlertState::Firing,
    };
    let to = match open.state {
        AlertState::Pending if now_ms - open.since < patience.for_ms => AlertState::Pending,
        _ => firing,
    };
    if to == open.state && severity == open.severity {
        return Step::Stay { again: true };
    }
    Step::Move(Move {
        flapping: open.flapping,
        ..Move::new(Some(open.state), to, severity)
    })
}

fn holds(open: Open, patience: Patience, now_ms: i64) -> Step {
    if open.flapping {
        return STAY;
    }
    let to = match open.state {
        AlertState::Pending => AlertState::Resolved,
        AlertState::Recovering if now_ms - open.since >= patience.keep_firing_ms => {
            AlertState::Resolved
        }
        AlertState::Recovering => return STAY,
        _ if patience.keep_firing_ms == 0 => AlertState::Resolved,
        _ => AlertState::Recovering,
    };
    Step::Move(Move::new(Some(open.state), to, open.severity))
}

/// A change, given how often the alert of this check and entity came or went within [`FLAP_WITHIN_MS`] before: one turn
/// too many, and it stays where it stands.
#[must_use]
pub fn steady(change: Move, turns: i64) -> Move {
    if change.flapping || !change.is_turn() || turns + 1 < FLAPS {
        return change;
    }
    Move {
        // what was to go is held, what came stays
        to: change
            .from
            .filter(|from| stands(*from))
            .unwrap_or(change.to),
        flapping: true,
        ..change
    }
}

/// The next step that time alone brings about, and why.
#[must_use]
pub fn tick(open: Open, patience: Patience, now_ms: i64) -> Option<(Move, &'static str)> {
    let to = |to| Move::new(Some(open.state), to, open.severity);
    let waited = now_ms - open.since;
    match open.state {
        AlertState::Pending if waited >= patience.for_ms => {
            Some((to(AlertState::Firing), "it stood for its waiting time"))
        }
        AlertState::Recovering if waited >= patience.keep_firing_ms => Some((
            to(AlertState::Resolved),
            "the rule held for its waiting time",
        )),
        _ if open.flapping && now_ms - open.found_since >= FLAP_WITHIN_MS => Some(if open.found {
            (to(open.state), "it no longer comes and goes: it stands")
        } else {
            (
                to(AlertState::Resolved),
                "it no longer comes and goes: the rule held for 30 min",
            )
        }),
        _ => None,
    }
}

/// Why an alert cannot be taken or given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Nothing is told of it yet.
    #[error("it is pending: it has not been seen for long enough to be taken")]
    Pending,
    /// There is nothing to take any longer.
    #[error("it is resolved")]
    Resolved,
    /// Nobody has taken it.
    #[error("nobody has acknowledged it")]
    Free,
}

/// Somebody takes an alert. One that recovers stays where it is, and is taken if it comes back.
///
/// # Errors
/// When it is pending or resolved.
pub fn acknowledge(open: Open) -> Result<Move, Refused> {
    let to = match open.state {
        AlertState::Pending => return Err(Refused::Pending),
        AlertState::Resolved => return Err(Refused::Resolved),
        AlertState::Recovering => AlertState::Recovering,
        AlertState::Firing | AlertState::Acknowledged => AlertState::Acknowledged,
    };
    Ok(Move {
        flapping: open.flapping,
        ..Move::new(Some(open.state), to, open.severity)
    })
}

/// Somebody gives an alert back.
///
/// # Errors
/// When nobody had taken it, or it is resolved.
pub fn unacknowledge(open: Open) -> Result<Move, Refused> {
    if open.state == AlertState::Resolved {
        return Err(Refused::Resolved);
    }
    if open.acknowledged.is_none() {
        return Err(Refused::Free);
    }
    let to = match open.state {
        AlertState::Acknowledged => AlertState::Firing,
        other => other,
    };
    Ok(Move {
        flapping: open.flapping,
        ..Move::new(Some(open.state), to, open.severity)
    })
}

#[cfg(test)]
mod tests;
