//! A rule on trial: on stored history, without saving it. Bounded in rows and time.

use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use app::model::{DAY_MS, MINUTE_MS, Pipeline, RecordVm, TrialVm};

use super::{
    Series, Wanted,
    candles::judge_rows,
    measure,
    record::{faults_of_candles, rules_of_candles},
    rows::try_on_rows,
    source::read_stored,
    suggest_on,
};
use crate::{
    pipeline::Engine,
    quality::{backtest::alone, rows::RowRules, rule::own::own_rule},
};

/// Longest history of a trial, in days.
pub const MAX_DAYS: i64 = 365;
/// Findings that are shown.
pub(super) const FINDINGS: usize = 50;
/// Faults of each kind that are put in.
const FAULTS: usize = 10;
/// Budgets that limits are suggested for, alerts a day.
const BUDGETS: [f64; 3] = [0.25, 1.0, 4.0];
/// Suggestions take a dozen runs each: none is begun after this time.
const SUGGEST_WITHIN: Duration = Duration::from_secs(4);

/// Tries a rule on the newest days of the series that is shown first, or of the first source that has such rows.
///
/// # Errors
/// When the store cannot be read; a text that is no rule is an answer, not an error.
pub async fn try_rule(engine: &Engine, text: &str, days: i64) -> anyhow::Result<TrialVm> {
    let book = engine.hub.rules().now();
    let rule = match own_rule(text, &book) {
        Ok(own) => own.rule,
        Err(error) => {
            return Ok(TrialVm {
                error: error.to_string(),
                ..TrialVm::default()
            });
        }
    };
    let told = |error: String| TrialVm {
        id: rule.id.to_owned(),
        error,
        ..TrialVm::default()
    };
    let alone = alone(&rule);
    let of_rows = RowRules::new(&alone).of_dataset(rule.dataset);
    if let Some(of_rows) = of_rows.first().filter(|_| rule.dataset != "article") {
        return try_on_rows(engine, of_rows, days.clamp(1, MAX_DAYS)).await;
    }
    if rules_of_candles(&alone).is_empty() {
        return Ok(told(format!(
            "only rules about candles, and about rows of trades, quotes and books, can be tried on history; {} is of \
             kind {} for {}",
            rule.id,
            rule.kind.as_str(),
            rule.dataset
        )));
    }
    let series = engine.store.series().await?;
    let Some(first) = series.into_iter().next() else {
        return Ok(told("there are no candles to try it on".to_owned()));
    };
    let vm = first.vm;
    let days = days.clamp(1, MAX_DAYS);
    let to = vm.last_at + MINUTE_MS;
    let limit = (days * DAY_MS / MINUTE_MS) as usize;
    let read = read_stored(
        &engine.store,
        (&vm.instrument, &vm.venue),
        (to - days * DAY_MS, to),
        limit,
    )
    .await;
    let (pipeline, rows) = match read {
        Ok(read) => read,
        Err(error) => return Ok(told(format!("{error:#}"))),
    };
    let corpus = format!("history:{}/{}", vm.instrument, vm.venue);
    tokio::task::spawn_blocking(move || {
        let series = Series {
            rows: &rows,
            step_ms: MINUTE_MS,
            is_filled: pipeline == Pipeline::Live,
        };
        let Some(rule) = alone.get(rule.id) else {
            bail!("the rule {} is lost", rule.id);
        };
        let wanted = Wanted {
            corpus: &corpus,
            faults: &faults_of_candles(),
            count: FAULTS,
            seed: 1,
        };
        let (_, records) = measure(&[rule], &alone, series, &wanted, &|_| {});
        let record = records.into_iter().next().unwrap_or_default();
        Ok(TrialVm {
            id: rule.id.to_owned(),
            error: String::new(),
            range: rows
                .first()
                .zip(rows.last())
                .map(|(first, last)| (first.opened_at, last.opened_at)),
            record: RecordVm {
                recall: record
                    .recall
                    .into_iter()
                    .filter(|recall| recall.found > 0)
                    .collect(),
                ..record
            },
            findings: findings(series, &alone, &corpus),
            suggestions: suggestions(rule, series),
        })
    })
    .await
    .context("the trial stopped")?
}

fn findings(
    series: Series<'_>,
    book: &crate::quality::rule::RuleBook,
    corpus: &str,
) -> Vec<(i64, String, String, String)> {
    let entity = corpus.trim_start_matches("history:");
    judge_rows(series, book)
        .findings
        .into_iter()
        .take(FINDINGS)
        .map(|finding| {
            let at = series
                .rows
                .partition_point(|row| row.opened_at < finding.at);
            let words = series.rows.get(at).map_or_else(String::new, |row| {
                format!(
                    "open {}, high {}, low {}, close {}, volume {}",
                    row.open, row.high, row.low, row.close, row.volume
                )
            });
            (
                finding.at,
                entity.to_owned(),
                finding.severity.as_str().to_owned(),
                words,
            )
        })
        .collect()
}

fn suggestions(rule: &crate::quality::rule::Rule, series: Series<'_>) -> Vec<(f64, String)> {
    let began = Instant::now();
    BUDGETS
        .into_iter()
        .take_while(|_| began.elapsed() < SUGGEST_WITHIN)
        .filter_map(|budget| Some((budget, suggest_on(rule, series, budget)?.words)))
        .collect()
}
