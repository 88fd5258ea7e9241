//! Scores over time: a row when something has changed, and one an hour.

use std::collections::HashMap;

use app::model::{CheckState, ScoreOf, Severity};
use sqlx::QueryBuilder;

use super::{Store, StoreError, Tx};

/// A score of one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreRow {
    /// What kind of thing it is of.
    pub of: ScoreOf,
    /// Which.
    pub name: String,
    /// 0 to 100; `None` while nothing could be judged.
    pub score: Option<f64>,
    /// Checks that judged something.
    pub evaluated: i64,
    /// Checks that there are.
    pub total: i64,
    /// Why it is not higher.
    pub cap: String,
    /// When it was so.
    pub at: i64,
}

/// A newest result, as far as scores need it.
#[derive(Debug, Clone, PartialEq)]
pub struct LatestRow {
    /// `candle.gap`
    pub check_id: String,
    /// What was judged.
    pub entity: String,
    /// bronze, silver or gold.
    pub layer: String,
    /// live or batch.
    pub pipeline: String,
    /// The outcome.
    pub state: CheckState,
    /// Rows or evaluations tested.
    pub tested: i64,
    /// Those that broke the rule.
    pub failed: i64,
    /// The number that was judged.
    pub value: Option<f64>,
    /// The limit, in words.
    pub threshold: String,
    /// One sentence.
    pub summary: String,
    /// When it was judged.
    pub evaluated_at: i64,
}

/// An alert that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingRow {
    /// Key.
    pub id: i64,
    /// `feed.silence`
    pub check_id: String,
    /// What is concerned.
    pub entity: String,
    /// How bad.
    pub severity: Severity,
}

/// Rows of one statement.
const ROWS: usize = 200;

const LATEST: &str = "
select check_id, entity, layer, pipeline, state, tested, failed, value, threshold, summary, evaluated_at
from check_latest
order by check_id, entity";

/// `alert_open` keeps this from reading resolved ones.
const STANDING: &str = "
select id, check_id, entity, severity from alert where state <> 'resolved' and state <> 'pending' order by id";

/// One look into the key for each score there is.
const NEWEST: &str = "
select s.kind, s.name, s.at, s.score, s.evaluated, s.total, s.cap
from (select kind, name, max(at) as at from score group by kind, name) n
join score s on s.kind = n.kind and s.name = n.name and s.at = n.at";

#[derive(sqlx::FromRow)]
struct Latest {
    check_id: String,
    entity: String,
    layer: String,
    pipeline: String,
    state: String,
    tested: i64,
    failed: i64,
    value: Option<f64>,
    threshold: String,
    summary: String,
    evaluated_at: i64,
}

impl Latest {
    fn into_row(self) -> Result<LatestRow, StoreError> {
        Ok(LatestRow {
            state: CheckState::parse(&self.state)
                .ok_or_else(|| unknown("check state", &self.state))?,
            check_id: self.check_id,
            entity: self.entity,
            layer: self.layer,
            pipeline: self.pipeline,
            tested: self.tested,
            failed: self.failed,
            value: self.value,
            threshold: self.threshold,
            summary: self.summary,
            evaluated_at: self.evaluated_at,
        })
    }
}

type Columns = (String, String, i64, Option<f64>, i64, i64, String);

impl Store {
    /// The newest result of every check and entity.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn latest_results(&self) -> Result<Vec<LatestRow>, StoreError> {
        let rows: Vec<Latest> = sqlx::query_as(LATEST).fetch_all(&self.read).await?;
        rows.into_iter().map(Latest::into_row).collect()
    }

    /// Alerts that are firing, acknowledged or recovering.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn capping_alerts(&self) -> Result<Vec<StandingRow>, StoreError> {
        let rows: Vec<(i64, String, String, String)> =
            sqlx::query_as(STANDING).fetch_all(&self.read).await?;
        let row = |(id, check_id, entity, severity): (i64, String, String, String)| {
            Ok(StandingRow {
                severity: Severity::parse(&severity)
                    .ok_or_else(|| unknown("severity", &severity))?,
                id,
                check_id,
                entity,
            })
        };
        rows.into_iter().map(row).collect()
    }

    /// Instrument, venue and step of every series that has candles in silver.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn candle_series(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        Ok(sqlx::query_as(
            "select i.symbol, v.name, s.step_ms
             from series s join instrument i on i.id = s.instrument_id join venue v on v.id = s.venue_id
             where s.rows > 0 order by s.instrument_id, s.venue_id, s.step_ms",
        )
        .fetch_all(&self.read)
        .await?)
    }

    /// Alerts of the live pipeline opened since a time, by check: files of many years come in a minute.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn alerts_since(&self, from_ms: i64) -> Result<HashMap<String, i64>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "select check_id, count(*) from alert where opened_at >= $1 and pipeline = 'live' group by check_id",
        )
        .bind(from_ms)
        .fetch_all(&self.read)
        .await?;
        Ok(rows.into_iter().collect())
    }

    /// The newest row of every score.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn newest_scores(&self) -> Result<Vec<ScoreRow>, StoreError> {
        let rows: Vec<Columns> = sqlx::query_as(NEWEST).fetch_all(&self.read).await?;
        let row = |(kind, name, at, score, evaluated, total, cap): Columns| {
            Ok(ScoreRow {
                of: ScoreOf::parse(&kind).ok_or_else(|| unknown("kind of score", &kind))?,
                name,
                score,
                evaluated,
                total,
                cap,
                at,
            })
        };
        rows.into_iter().map(row).collect()
    }

    /// Live landings and files received since a time, and how many of those that are refined do not add up.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn unbalanced_landings(&self, from_ms: i64) -> Result<(i64, i64), StoreError> {
        Ok(sqlx::query_as(
            "select count(*), cast(coalesce(sum(case when rows <> accepted + deduplicated + quarantined then 1 else 0 end), 0)
                as bigint)
             from bronze_landing
             where pipeline in ('live', 'batch') and received_at >= $1 and state = 'done'",
        )
        .bind(from_ms)
        .fetch_one(&self.read)
        .await?)
    }
}

/// Writes rows of the history; of one moment there is one.
///
/// # Errors
/// When the database fails.
pub async fn write_scores(tx: &mut Tx, rows: &[ScoreRow]) -> Result<(), StoreError> {
    for some in rows.chunks(ROWS) {
        let mut query =
            QueryBuilder::new("insert into score (kind, name, at, score, evaluated, total, cap) ");
        query.push_values(some, |mut row, score| {
            row.push_bind(score.of.as_str())
                .push_bind(&score.name)
                .push_bind(score.at)
                .push_bind(score.score)
                .push_bind(score.evaluated)
                .push_bind(score.total)
                .push_bind(&score.cap);
        });
        query.push(
            " on conflict (kind, name, at) do update set score = excluded.score, evaluated = excluded.evaluated,
                total = excluded.total, cap = excluded.cap",
        );
        query.build().execute(&mut **tx).await?;
    }
    Ok(())
}

/// Removes what is older than a time; gives the number of rows.
///
/// # Errors
/// When the database fails.
pub async fn forget_scores(tx: &mut Tx, before_ms: i64) -> Result<i64, StoreError> {
    let done = sqlx::query("delete from score where at < $1")
        .bind(before_ms)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() as i64)
}

fn unknown(what: &str, text: &str) -> StoreError {
    StoreError::Value(format!("{what} {text:?}"))
}
