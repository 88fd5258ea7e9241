//! Rules: what a check demands, with which limits, and what follows when it is broken. They come from the files of
//! `data/checks`; the same rule judges a live event and a row of a file.
//!
//! `kind` says which kinds of rules there are and which settings and limits each takes, `file` reads the files, `book`
//! holds all rules and is exchanged as a whole when a file changes.

mod book;
pub mod file;
pub mod kind;
mod name;
pub mod own;

use std::collections::BTreeMap;

use app::model::{CheckState, Evidence, Outcome, Pipeline, Severity};

pub use self::{
    book::{RuleBook, Rules},
    file::RuleError,
    kind::Kind,
    name::intern,
};
use super::alert::Patience;

/// What happens to a row that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is only counted.
    Log,
    /// It is kept and marked.
    Flag,
    /// It is set apart.
    Quarantine,
    /// What it belongs to (an order book) is asked for again.
    Resync,
    /// Gold is withheld.
    Block,
}

/// A setting of a rule.
#[derive(Debug, Clone, PartialEq)]
pub enum Setting {
    /// A number; durations are milliseconds.
    Number(f64),
    /// A word, an expression, a query.
    Text(String),
    /// Words.
    Texts(Vec<String>),
    /// Yes or no.
    Flag(bool),
}

/// Named limits of one severity.
pub type Limits = BTreeMap<&'static str, f64>;

/// What a rule has to prove: the build fails when it stops being true.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Promise {
    /// Alerts a day on the quiet corpus and on real prices, at most.
    pub max_alerts_per_day: f64,
    /// Share of injected faults found, at least, by kind of fault.
    pub min_recall: BTreeMap<String, f64>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Stable name: `candle.ohlc`.
    pub id: &'static str,
    /// The dataset of its file.
    pub dataset: &'static str,
    /// bronze, silver or gold.
    pub layer: &'static str,
    /// completeness, validity, uniqueness, consistency, timeliness or accuracy.
    pub dimension: &'static str,
    /// What it demands.
    pub title: &'static str,
    /// Why it is there, where its limits come from.
    pub description: String,
    /// What to do about a finding.
    pub advice: String,
    /// Where more is written; empty for nowhere.
    pub runbook: String,
    /// Who looks after it.
    pub owner: String,
    /// False: it is not evaluated.
    pub enabled: bool,
    /// How it judges.
    pub kind: Kind,
    /// Its settings, all of those of its kind.
    pub settings: BTreeMap<&'static str, Setting>,
    /// Severity of rules without limits.
    pub severity: Severity,
    /// Limits by severity, the mildest first.
    pub limits: Vec<(Severity, Limits)>,
    /// Limits that a value must be within again before an alert recovers; empty: those it fired at.
    pub clear: Limits,
    /// What happens to rows that break it.
    pub action: Action,
    /// Waiting times of its alerts.
    pub patience: Patience,
    /// Rows of evidence kept.
    pub samples: usize,
    /// Checks that explain its alerts while they fire at the same venue or landing.
    pub inhibited_by: Vec<&'static str>,
    /// What it has to prove.
    pub backtest: Option<Promise>,
    /// Its text as it stands in its file, and the file.
    pub text: String,
    /// The file's name: `candle.toml`.
    pub file: String,
    /// True if it is not, or not as, shipped.
    pub is_own: bool,
}

impl Rule {
    /// A number among the settings; 0 if the kind has none of that name.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        match self.settings.get(name) {
            Some(Setting::Number(number)) => *number,
            _ => 0.0,
        }
    }

    /// A text among the settings; empty if the kind has none of that name.
    #[must_use]
    pub fn text_of(&self, name: &str) -> &str {
        match self.settings.get(name) {
            Some(Setting::Text(text)) => text,
            _ => "",
        }
    }

    /// Words among the settings.
    #[must_use]
    pub fn texts(&self, name: &str) -> &[String] {
        match self.settings.get(name) {
            Some(Setting::Texts(texts)) => texts,
            _ => &[],
        }
    }

    /// A yes or no among the settings.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.settings.get(name), Some(Setting::Flag(true)))
    }

    /// A limit at one severity.
    #[must_use]
    pub fn limit(&self, severity: Severity, name: &str) -> Option<f64> {
        self.limits
            .iter()
            .find(|(of, _)| *of == severity)
            .and_then(|(_, limits)| limits.get(name).copied())
    }

    /// The worst severity whose limit `name` is exceeded by `value`.
    #[must_use]
    pub fn beyond(&self, name: &str, value: f64) -> Option<Severity> {
        self.worst(|limits| limits.get(name).is_some_and(|limit| value > *limit))
    }

    /// The worst severity whose limit `name` is reached by `value`.
    #[must_use]
    pub fn reached(&self, name: &str, value: f64) -> Option<Severity> {
        self.worst(|limits| limits.get(name).is_some_and(|limit| value >= *limit))
    }

    /// The worst severity whose limit `name` is undercut by `value`.
    #[must_use]
    pub fn below(&self, name: &str, value: f64) -> Option<Severity> {
        self.worst(|limits| limits.get(name).is_some_and(|limit| value < *limit))
    }

    /// The worst severity whose limits say so.
    pub fn worst(&self, is_broken: impl Fn(&Limits) -> bool) -> Option<Severity> {
        self.limits
            .iter()
            .rev()
            .find(|(_, limits)| is_broken(limits))
            .map(|(severity, _)| *severity)
    }

    /// The limits in few words, the mildest first: `5 / 15 / 60`.
    #[must_use]
    pub fn limit_words(&self) -> String {
        self.kind.limit_words(self)
    }

    /// A result with nothing against the data; `not_evaluated` if nothing was tested.
    #[must_use]
    pub fn passed(
        &self,
        entity: &str,
        pipeline: Pipeline,
        tested: i64,
        summary: String,
    ) -> Outcome {
        Outcome {
            check_id: self.id,
            title: self.title,
            layer: self.layer,
            entity: entity.to_owned(),
            pipeline,
            state: if tested == 0 {
                CheckState::NotEvaluated
            } else {
                CheckState::Pass
            },
            tested,
            failed: 0,
            value: None,
            threshold: self.limit_words(),
            summary,
            evidence: Evidence::default(),
        }
    }
}

/// The state of a finding of that severity.
#[must_use]
pub const fn state_of(severity: Option<Severity>) -> CheckState {
    match severity {
        None | Some(Severity::Info) => CheckState::Pass,
        Some(Severity::Warn) => CheckState::Warn,
        Some(Severity::Error) => CheckState::Error,
        Some(Severity::Critical) => CheckState::Critical,
    }
}
