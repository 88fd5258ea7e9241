//! Rules with what they have proven.

use std::{collections::HashMap, sync::OnceLock};

use app::{
    backend::BackendError,
    model::{DAY_MS, RecordVm, RuleDetailVm, RuleVm, TrialVm},
};

use super::{StoreBackend, entered};
use crate::{
    clock::Clock,
    pipeline::{Engine, backtest::trial::try_rule},
    quality::{
        backtest::publish::Published,
        rule::{Action, Rule},
    },
    store::{Store, StoreError, view::RuleCounts},
};

/// Alerts are counted over so many days.
const COUNTED_DAYS: i64 = 30;

/// The record that was published with this build.
fn published() -> &'static Published {
    static PUBLISHED: OnceLock<Published> = OnceLock::new();
    PUBLISHED.get_or_init(|| {
        Published::parse(include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../data/checks/RECORD.md"
        )))
    })
}

impl StoreBackend {
    pub(super) async fn read_rules(&self) -> Result<Vec<RuleVm>, StoreError> {
        let facts = Facts::read(&self.store, &self.clock).await?;
        let book = self.hub.rules().now();
        Ok(book.iter().map(|rule| facts.rule(rule)).collect())
    }

    pub(super) async fn read_rule(&self, id: &str) -> Result<Option<RuleDetailVm>, StoreError> {
        let book = self.hub.rules().now();
        let Some(rule) = book.get(id) else {
            return Ok(None);
        };
        let facts = Facts::read(&self.store, &self.clock).await?;
        Ok(Some(RuleDetailVm {
            rule: facts.rule(rule),
            description: rule.description.clone(),
            advice: rule.advice.clone(),
            runbook: rule.runbook.clone(),
            text: rule.text.clone(),
            file: rule.file.clone(),
        }))
    }

    pub(super) async fn run_trial(&self, text: &str, days: i64) -> Result<TrialVm, BackendError> {
        let engine = Engine {
            store: self.store.clone(),
            hub: self.hub.clone(),
            clock: self.clock.clone(),
        };
        try_rule(&engine, text, days)
            .await
            .map_err(|error| entered(&format!("{error:#}")))
    }
}

/// What is known of rules besides their text.
struct Facts {
    records: HashMap<String, Vec<RecordVm>>,
    counts: HashMap<String, RuleCounts>,
}

impl Facts {
    async fn read(store: &Store, clock: &Clock) -> Result<Self, StoreError> {
        let mut records: HashMap<String, Vec<RecordVm>> = published()
            .rules
            .iter()
            .map(|proven| (proven.check_id.clone(), proven.records.clone()))
            .collect();
        for (check_id, record) in store.records().await? {
            records.entry(check_id).or_default().push(record);
        }
        let from = clock.now_ms() - COUNTED_DAYS * DAY_MS;
        let counts = store.rule_counts(from).await?;
        Ok(Self {
            records,
            counts: counts
                .into_iter()
                .map(|counts| (counts.check_id.clone(), counts))
                .collect(),
        })
    }

    fn rule(&self, rule: &Rule) -> RuleVm {
        let counts = self.counts.get(rule.id);
        let number = |of: fn(&RuleCounts) -> i64| counts.map_or(0, of);
        RuleVm {
            id: rule.id.to_owned(),
            title: rule.title.to_owned(),
            dataset: rule.dataset.to_owned(),
            layer: rule.layer.to_owned(),
            dimension: rule.dimension.to_owned(),
            kind: rule.kind.as_str().to_owned(),
            action: word(rule.action).to_owned(),
            limits: limits(rule),
            owner: rule.owner.clone(),
            for_ms: rule.patience.for_ms,
            keep_firing_ms: rule.patience.keep_firing_ms,
            inhibited_by: rule
                .inhibited_by
                .iter()
                .map(|id| (*id).to_owned())
                .collect(),
            is_own: rule.is_own,
            records: self.records.get(rule.id).cloned().unwrap_or_default(),
            open_alerts: number(|counts| counts.open_alerts),
            alerts_30d: number(|counts| counts.alerts),
            confirmed: number(|counts| counts.confirmed),
            false_alarms: number(|counts| counts.false_alarms),
        }
    }
}

const fn word(action: Action) -> &'static str {
    match action {
        Action::Log => "log",
        Action::Flag => "flag",
        Action::Quarantine => "quarantine",
        Action::Resync => "resync",
        Action::Block => "block",
    }
}

/// Severity and limit in words; the severity of a rule without limits with what it demands.
fn limits(rule: &Rule) -> Vec<(String, String)> {
    if rule.limits.is_empty() {
        return vec![(rule.severity.as_str().to_owned(), rule.limit_words())];
    }
    rule.limits
        .iter()
        .map(|(severity, limits)| (severity.as_str().to_owned(), rule.kind.words_of(limits)))
        .collect()
}
