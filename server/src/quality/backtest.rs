//! What a rule is worth: how often it cries wolf on sound data, and what it catches of faults that were put in; pure.
//!
//! `alerts` counts as the life of an alert does, `recall` holds findings against faults, `suggest` looks for limits that
//! keep a budget, `publish` writes and reads the table of all that.

mod alerts;
pub mod publish;
mod recall;
mod suggest;

use app::model::{RecallVm, RecordVm, Severity};

pub use self::{
    alerts::{count_alerts, hold_ms},
    recall::{recall_of, tolerance_ms},
    suggest::{Scaled, scaled, suggest},
};
use super::{
    inject::Injected,
    rule::{Kind, Rule, RuleBook},
};

/// One row that broke one rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Which rule.
    pub check_id: &'static str,
    /// True time of the row with which it was noticed, in milliseconds.
    pub at: i64,
    /// How bad.
    pub severity: Severity,
}

/// Findings over a stretch of data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judged {
    /// All of them, by time.
    pub findings: Vec<Finding>,
    /// First and last time of the stretch.
    pub range: Option<(i64, i64)>,
    /// Rows judged.
    pub rows: i64,
}

impl Judged {
    /// Length of the stretch in days.
    #[must_use]
    pub fn days(&self) -> f64 {
        self.range.map_or(0.0, |(first, last)| {
            (last - first) as f64 / app::model::DAY_MS as f64
        })
    }

    /// Findings of one rule.
    pub fn of<'a>(&'a self, check_id: &'a str) -> impl Iterator<Item = Finding> + Clone + 'a {
        self.findings
            .iter()
            .copied()
            .filter(move |finding| finding.check_id == check_id)
    }
}

/// True if the build demands a promise of rules of that kind: they guess, and a guess has to be measured.
#[must_use]
pub const fn is_anomaly(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Value
            | Kind::Stale
            | Kind::SpikeReversal
            | Kind::RobustZ
            | Kind::Level
            | Kind::Seasonal
            | Kind::Range
            | Kind::Volume
            | Kind::Drift
            | Kind::CrossVenue
            | Kind::Gap
    )
}

/// What a rule would have done on a stretch as it is.
#[must_use]
pub fn record_of(rule: &Rule, corpus: &str, judged: &Judged) -> RecordVm {
    let alerts = count_alerts(
        judged
            .of(rule.id)
            .map(|finding| (finding.at, finding.severity)),
        rule.patience,
        hold_ms(rule.kind),
    );
    let days = judged.days();
    RecordVm {
        corpus: corpus.to_owned(),
        days,
        alerts,
        alerts_per_day: if days > 0.0 {
            alerts as f64 / days
        } else {
            0.0
        },
        recall: Vec::new(),
        measured_at: None,
    }
}

/// What a rule caught of faults of one kind; `quiet` are the findings without them, which are nobody's merit.
#[must_use]
pub fn recall_vm(rule: &Rule, faults: &[Injected], faulty: &Judged, quiet: &Judged) -> RecallVm {
    let known: std::collections::HashSet<i64> =
        quiet.of(rule.id).map(|finding| finding.at).collect();
    let mut times: Vec<i64> = faulty
        .of(rule.id)
        .map(|finding| finding.at)
        .filter(|at| !known.contains(at))
        .collect();
    times.sort_unstable();
    recall_of(faults, &times, tolerance_ms(rule))
}

/// What of a promise is not kept by what was measured, in words.
#[must_use]
pub fn broken_promises(rule: &Rule, records: &[RecordVm]) -> Vec<String> {
    let Some(promise) = &rule.backtest else {
        return Vec::new();
    };
    let mut broken = Vec::new();
    for record in records {
        if record.alerts_per_day > promise.max_alerts_per_day {
            broken.push(format!(
                "{}: {:.3} alerts a day on {}, promised at most {}",
                rule.id, record.alerts_per_day, record.corpus, promise.max_alerts_per_day
            ));
        }
        for recall in &record.recall {
            let wanted = promise.min_recall.get(&recall.fault);
            if wanted.is_some_and(|wanted| recall.recall < *wanted) {
                broken.push(format!(
                    "{}: finds {} of {} {} on {}, promised {}",
                    rule.id,
                    recall.found,
                    recall.injected,
                    recall.fault,
                    record.corpus,
                    wanted.copied().unwrap_or_default()
                ));
            }
        }
    }
    broken.extend(
        promise
            .min_recall
            .keys()
            .filter(|fault| {
                !records
                    .iter()
                    .flat_map(|record| &record.recall)
                    .any(|recall| recall.fault == **fault)
            })
            .map(|fault| format!("{}: {fault} is promised, but was never put in", rule.id)),
    );
    broken
}

/// The same data under one rule only, which may be changed.
#[must_use]
pub fn alone(rule: &Rule) -> RuleBook {
    RuleBook::new(vec![Rule {
        enabled: true,
        ..rule.clone()
    }])
}

#[cfg(test)]
mod tests;
