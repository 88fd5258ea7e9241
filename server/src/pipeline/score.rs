//! Scores of now, and their history.

use std::collections::HashMap;

use app::model::{DAY_MS, HOUR_MS, ScoreOf};

use super::Engine;
use crate::{
    quality::{
        rule::RuleBook,
        score::{Judged, Score, Scores, Standing},
    },
    store::{
        Store, StoreError,
        score::{LatestRow, ScoreRow, StandingRow, forget_scores, write_scores},
    },
};

/// A score that stays the same is noted this often.
const REPEAT_MS: i64 = HOUR_MS;
/// A smaller change is noted with the next repetition: the share of right rows of a live series moves all the time.
const STEP: f64 = 0.5;
/// The history is kept so long.
const KEPT_MS: i64 = 90 * DAY_MS;

/// Scores of now, by these rules.
///
/// # Errors
/// When the database fails.
pub async fn scores(store: &Store, book: &RuleBook) -> Result<Scores, StoreError> {
    let judged = store.latest_results().await?;
    let open = store.capping_alerts().await?;
    Ok(Scores::new(
        book,
        judged.into_iter().map(Judged::from).collect(),
        open.into_iter().map(Standing::from).collect(),
    ))
}

/// Writes down which scores have changed; gives how many.
///
/// # Errors
/// When the database fails.
pub async fn keep(engine: &Engine) -> Result<usize, StoreError> {
    let now_ms = engine.clock.now_ms();
    let scores = scores(&engine.store, &engine.hub.rules().now()).await?;
    let before = engine.store.newest_scores().await?;
    let rows = changed(&before, scores.all(), now_ms);
    if rows.is_empty() {
        return Ok(0);
    }
    let mut tx = engine.store.begin().await?;
    write_scores(&mut tx, &rows).await?;
    tx.commit().await?;
    Ok(rows.len())
}

/// Forgets what was kept long enough.
///
/// # Errors
/// When the database fails.
pub async fn forget(engine: &Engine) -> Result<(), StoreError> {
    let mut tx = engine.store.begin().await?;
    forget_scores(&mut tx, engine.clock.now_ms() - KEPT_MS).await?;
    Ok(tx.commit().await?)
}

/// What is worth a row.
fn changed(before: &[ScoreRow], now: Vec<Score>, now_ms: i64) -> Vec<ScoreRow> {
    let before: HashMap<(ScoreOf, &str), &ScoreRow> = before
        .iter()
        .map(|row| ((row.of, row.name.as_str()), row))
        .collect();
    now.into_iter()
        .filter(|score| match before.get(&(score.of, score.name.as_str())) {
            None => score.score.is_some(),
            Some(row) => is_news(row, score, now_ms),
        })
        .map(|score| ScoreRow {
            of: score.of,
            name: score.name,
            score: score.score,
            evaluated: score.evaluated,
            total: score.total,
            cap: score.cap,
            at: now_ms,
        })
        .collect()
}

fn is_news(row: &ScoreRow, score: &Score, now_ms: i64) -> bool {
    let moved = match (row.score, score.score) {
        (Some(was), Some(is)) => (was - is).abs() >= STEP || (was == 100.0) != (is == 100.0),
        (was, is) => was != is,
    };
    moved
        || row.cap != score.cap
        || (row.evaluated, row.total) != (score.evaluated, score.total)
        || (now_ms - row.at >= REPEAT_MS && score.score.is_some())
}

impl From<LatestRow> for Judged {
    fn from(row: LatestRow) -> Self {
        Self {
            check_id: row.check_id,
            entity: row.entity,
            layer: row.layer,
            state: row.state,
            tested: row.tested,
            failed: row.failed,
        }
    }
}

impl From<StandingRow> for Standing {
    fn from(row: StandingRow) -> Self {
        Self {
            id: row.id,
            check_id: row.check_id,
            entity: row.entity,
            severity: row.severity,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(value: Option<f64>, cap: &str) -> Score {
        Score {
            of: ScoreOf::Layer,
            name: "silver".to_owned(),
            score: value,
            cap: cap.to_owned(),
            evaluated: 3,
            total: 4,
        }
    }

    #[test]
    fn a_row_is_written_when_something_changed_and_once_an_hour() {
        let now = 10 * HOUR_MS;
        let row = |value, at| changed(&[], vec![score(value, "")], at);
        assert_eq!(row(None, now), [], "there is nothing to say yet");
        let first = row(Some(90.0), now);
        assert_eq!(first.len(), 1);
        for (name, next, at, rows) in [
            ("the same", score(Some(90.0), ""), now + 60_000, 0),
            ("hardly moved", score(Some(90.4), ""), now + 60_000, 0),
            ("moved", score(Some(89.5), ""), now + 60_000, 1),
            ("capped", score(Some(90.0), "a cap"), now + 60_000, 1),
            ("no longer known", score(None, ""), now + 60_000, 1),
            ("an hour later", score(Some(90.0), ""), now + HOUR_MS, 1),
        ] {
            assert_eq!(changed(&first, vec![next], at).len(), rows, "{name}");
        }
        let full = row(Some(100.0), now);
        let less = changed(&full, vec![score(Some(99.99), "")], now + 1);
        assert_eq!(less.len(), 1, "100 means that nothing is wrong");
    }
}
