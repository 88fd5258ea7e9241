//! Results of checks: the newest of each, and a history of what said something new.

use app::model::{CheckState, Outcome};

use super::{StoreError, Tx};

/// A live check that keeps saying the same is noted in the history this often.
const REPEAT_AFTER_MS: i64 = 3_600_000;

/// Stores a result; the history grows only when the state changes, when an hour has passed, or when `always` is set.
///
/// # Errors
/// When the database fails.
pub async fn store_result(
    tx: &mut Tx,
    outcome: &Outcome,
    landing_id: Option<i64>,
    always: bool,
    now_ms: i64,
) -> Result<(), StoreError> {
    let before: Option<(String, i64, i64, i64)> = sqlx::query_as(
        "select l.state, l.since, l.result_id, r.evaluated_at from check_latest l join check_result r on r.id = l.result_id
         where l.check_id = $1 and l.entity = $2",
    )
    .bind(outcome.check_id)
    .bind(&outcome.entity)
    .fetch_optional(&mut **tx)
    .await?;
    let same = before
        .as_ref()
        .filter(|(state, ..)| CheckState::parse(state) == Some(outcome.state));
    let since = same.map_or(now_ms, |(_, since, ..)| *since);
    let result_id = match same {
        Some((_, _, id, noted_at)) if !always && now_ms - noted_at < REPEAT_AFTER_MS => *id,
        _ => insert_result(tx, outcome, landing_id, now_ms).await?,
    };
    sqlx::query(
        "insert into check_latest (check_id, entity, pipeline, layer, result_id, evaluated_at, since, state, tested, failed,
            value, threshold, summary)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (check_id, entity) do update set pipeline = excluded.pipeline, layer = excluded.layer,
            result_id = excluded.result_id, evaluated_at = excluded.evaluated_at, since = excluded.since,
            state = excluded.state, tested = excluded.tested, failed = excluded.failed, value = excluded.value,
            threshold = excluded.threshold, summary = excluded.summary",
    )
    .bind(outcome.check_id)
    .bind(&outcome.entity)
    .bind(outcome.pipeline.as_str())
    .bind(outcome.layer)
    .bind(result_id)
    .bind(now_ms)
    .bind(since)
    .bind(outcome.state.as_str())
    .bind(outcome.tested)
    .bind(outcome.failed)
    .bind(outcome.value)
    .bind(&outcome.threshold)
    .bind(&outcome.summary)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Takes back the newest results of live feeds that are not among `running`: they say nothing of now.
///
/// # Errors
/// When the database fails.
pub async fn forget_gone(
    tx: &mut Tx,
    running: &[String],
    reason: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let entities: Vec<(String,)> = sqlx::query_as(
        "select distinct entity from check_latest
         where pipeline = 'live' and entity like '%/live' and (state <> 'not_evaluated' or summary <> $1)",
    )
    .bind(reason)
    .fetch_all(&mut **tx)
    .await?;
    for (entity,) in entities {
        if running.contains(&entity) {
            continue;
        }
        sqlx::query(
            "update check_latest set state = 'not_evaluated', evaluated_at = $2, since = $2, tested = 0, failed = 0,
                value = null, summary = $3
             where entity = $1 and pipeline = 'live' and (state <> 'not_evaluated' or summary <> $3)",
        )
        .bind(entity)
        .bind(now_ms)
        .bind(reason)
        .execute(&mut **tx)
        .await?;
    }
    Ok(())
}

async fn insert_result(
    tx: &mut Tx,
    outcome: &Outcome,
    landing_id: Option<i64>,
    now_ms: i64,
) -> Result<i64, StoreError> {
    let (id,): (i64,) = sqlx::query_as(
        "insert into check_result (check_id, entity, pipeline, layer, landing_id, evaluated_at, state, tested, failed, value,
            threshold, summary, evidence)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning id",
    )
    .bind(outcome.check_id)
    .bind(&outcome.entity)
    .bind(outcome.pipeline.as_str())
    .bind(outcome.layer)
    .bind(landing_id)
    .bind(now_ms)
    .bind(outcome.state.as_str())
    .bind(outcome.tested)
    .bind(outcome.failed)
    .bind(outcome.value)
    .bind(&outcome.threshold)
    .bind(&outcome.summary)
    .bind(serde_json::to_string(&outcome.evidence)?)
    .fetch_one(&mut **tx)
    .await?;
    Ok(id)
}
