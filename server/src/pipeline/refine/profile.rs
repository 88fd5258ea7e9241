//! What a file held, kept with its landing, compared with the file before it, and the verdict on it.

use std::collections::BTreeMap;

use app::model::{Counts, Dataset, Outcome, analysis::Period};

use super::{entity, news::NewsShape};
use crate::{
    analysis::period::start,
    quality::{
        dataset::{completeness, distribution_drift, schema_drift},
        outcome::RejectTally,
        profile::{FileProfile, Schema},
        rule::RuleBook,
        verdict::verdict,
    },
    refine::{columns::normalise, format::CandleFormat, news::NewsFormat},
    store::{
        Landing, StoreError, Tx,
        analysis::{FileRecord, periods, previous_profile, store_profile},
        names::names,
    },
};

/// More months than a market has.
const MAX_MONTHS: i64 = 600;

/// How a candle file is written: the names of its header, or what was read at which position.
pub(super) fn schema_of_candles(format: &CandleFormat) -> Schema {
    let separator = char::from(format.delimiter);
    let columns = if format.header.is_empty() {
        let columns = &format.columns;
        let mut at: Vec<(usize, &str)> = vec![
            (columns.time, "time"),
            (columns.open, "open"),
            (columns.high, "high"),
            (columns.low, "low"),
            (columns.close, "close"),
        ];
        at.extend(columns.volume.map(|column| (column, "volume")));
        at.extend(columns.quote_volume.map(|column| (column, "quote_volume")));
        at.extend(columns.trades.map(|column| (column, "trades")));
        at.sort_unstable();
        at.into_iter()
            .map(|(column, name)| format!("{}:{name}", column + 1))
            .collect()
    } else {
        format.header.iter().map(|name| normalise(name)).collect()
    };
    Schema {
        format: format.name.to_owned(),
        columns,
        separator,
        step_ms: format.step_ms,
    }
}

/// How a news file is written.
pub(super) fn schema_of_news(format: &NewsFormat, shape: NewsShape) -> Schema {
    Schema {
        format: format.name().to_owned(),
        columns: vec![format!("{} columns", shape.columns)],
        separator: char::from(shape.delimiter),
        step_ms: 0,
    }
}

/// Keeps what a file held: adds the checks of the file as a whole to its results, judges them all, and stores profile
/// and verdict in the transaction that closes the landing.
///
/// # Errors
/// When the database fails.
pub(super) async fn keep_profile(
    tx: &mut Tx,
    landing: &Landing,
    profile: &FileProfile,
    (counts, rejects): (&Counts, &RejectTally),
    rules: &RuleBook,
    outcomes: &mut Vec<Outcome>,
) -> Result<(), StoreError> {
    let names = names(tx, &landing.instrument, &landing.venue).await?;
    let entity = entity(landing);
    let step_ms = profile.schema.step_ms;
    let before = previous_profile(tx, names, landing.dataset, step_ms, landing.id).await?;
    // a profile of another version of this program cannot be compared with
    let before = before.and_then(|(file, text)| {
        let profile: FileProfile = serde_json::from_str(&text).ok()?;
        Some((file, profile))
    });
    let before = before
        .as_ref()
        .map(|(file, profile)| (file.as_str(), profile));
    let (schema, drift) = match landing.dataset {
        Dataset::Article => ("article.schema_drift", "article.drift"),
        _ => ("candle.schema_drift", "candle.drift"),
    };
    let schema = rules.enabled(schema);
    outcomes.extend(schema.map(|rule| schema_drift(rule, &entity, before, profile)));
    let drift = rules.enabled(drift);
    outcomes.extend(drift.map(|rule| distribution_drift(rule, &entity, before, profile)));
    if let (Dataset::Candle, Some(first), Some(last), Some(rule)) = (
        landing.dataset,
        profile.first_at,
        profile.last_at,
        rules.enabled("dataset.completeness"),
    ) {
        let range = (start(Period::Month, first), last.saturating_add(1));
        let months = periods(tx, names, Period::Month, range, MAX_MONTHS).await?;
        outcomes.push(completeness(rule, &entity, &months));
    }
    let verdict = verdict(outcomes, counts);
    let mut checks: BTreeMap<&str, i64> = BTreeMap::new();
    for outcome in outcomes.iter() {
        *checks.entry(outcome.state.as_str()).or_insert(0) += 1;
    }
    let mut by_rule: Vec<(&str, i64)> = rejects
        .rules
        .iter()
        .map(|(rule, tally)| (*rule, tally.failed()))
        .collect();
    by_rule.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    let record = FileRecord {
        landing_id: landing.id,
        names,
        dataset: landing.dataset,
        step_ms,
        format: profile.schema.format.clone(),
        profile: serde_json::to_string(profile)?,
        verdict: verdict.word,
        reason: verdict.reason,
        checks: serde_json::to_string(&checks)?,
        rejects: serde_json::to_string(&by_rule)?,
    };
    store_profile(tx, &record).await
}
