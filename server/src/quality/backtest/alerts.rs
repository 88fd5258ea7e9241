//! Alerts out of findings: one for each run of them, with the waiting times of the rule.

use app::model::{AlertState, DAY_MS, HOUR_MS, MINUTE_MS, Severity};

use crate::quality::{
    alert::{Finding, Move, Open, Patience, Step, step},
    rule::Kind,
};

/// A series is judged so often.
const EVERY_MS: i64 = MINUTE_MS;
/// More evaluations than this after one finding tell nothing more.
const MAX_EVALUATIONS: i64 = 20_000;

/// A live series reports what is wrong now: a missing stretch of the last hour, a value of the last five minutes.
#[must_use]
pub const fn hold_ms(kind: Kind) -> i64 {
    match kind {
        Kind::Gap | Kind::Sequence => HOUR_MS,
        // judged by the day
        Kind::Volume | Kind::Seasonal | Kind::Drift | Kind::CrossVenue | Kind::Rollup => DAY_MS,
        _ => 5 * MINUTE_MS,
    }
}

/// Alerts that findings in time order would have raised. A finding stands for `hold_ms`.
#[must_use]
pub fn count_alerts(
    findings: impl Iterator<Item = (i64, Severity)>,
    patience: Patience,
    hold_ms: i64,
) -> i64 {
    let mut findings = findings
        .filter(|(_, severity)| *severity > Severity::Info)
        .peekable();
    let mut fired = 0;
    while let Some((first_at, severity)) = findings.next() {
        let (mut now, mut until, mut worst) = (first_at, first_at + hold_ms, severity);
        let mut open: Option<Open> = None;
        let mut left = MAX_EVALUATIONS;
        loop {
            while let Some((at, severity)) = findings.next_if(|(at, _)| *at <= now) {
                if at > until {
                    worst = severity;
                }
                worst = worst.max(severity);
                until = until.max(at + hold_ms);
                left = MAX_EVALUATIONS;
            }
            let finding = if now <= until {
                Finding::Broken(worst)
            } else {
                Finding::Holds
            };
            if let Step::Move(Move { to, severity, .. }) = step(open, finding, patience, now) {
                let waited = open.is_none_or(|open| open.state == AlertState::Pending);
                fired += i64::from(waited && to == AlertState::Firing);
                open = (to != AlertState::Resolved).then_some(Open {
                    state: to,
                    severity,
                    since: now,
                    found: now <= until,
                    found_since: now,
                    acknowledged: None,
                    flapping: false,
                });
            }
            left -= 1;
            if (open.is_none() && now > until) || left == 0 {
                break;
            }
            now += EVERY_MS;
        }
    }
    fired
}
