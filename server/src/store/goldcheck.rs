//! What the checks of gold keep: findings by the day, and distributions of days.

use std::sync::LazyLock;

use super::{
    Names, StoreError, Tx,
    bulk::{Insert, values},
};

/// Rows of one statement.
const ROWS: usize = 50;

/// What a check said of a day.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct FindingRow {
    /// Midnight, UTC.
    pub day_at: i64,
    /// Bars, hours or minutes tested.
    pub tested: i64,
    /// Those that broke the rule.
    pub failed: i64,
    /// Rank of the worst severity, 0 for none.
    pub severity: i64,
    /// The number that was judged.
    pub value: Option<f64>,
    /// JSON of the evidence; empty without any.
    pub evidence: String,
}

/// The distribution of a day's returns.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct ProfileRow {
    /// Midnight, UTC.
    pub day_at: i64,
    /// JSON of a histogram; empty where only the distances were asked for.
    pub returns: String,
    /// Distance from the days before.
    pub psi: Option<f64>,
    /// Another distance from the days before.
    pub ks_effect: Option<f64>,
}

fn findings_text(rows: usize) -> String {
    let columns = ["$1", "$2", "$3", "?", "?", "?", "?", "?", "?"];
    format!(
        "insert into day_finding (instrument_id, venue_id, check_id, day_at, tested, failed, severity, value, evidence)
         values {}",
        values(rows, &columns)
    )
}

fn profiles_text(rows: usize) -> String {
    format!(
        "insert into day_profile (instrument_id, venue_id, day_at, returns, psi, ks_effect) values {}",
        values(rows, &["$1", "$2", "?", "?", "?", "?"])
    )
}

static FINDINGS: LazyLock<Insert> = LazyLock::new(|| Insert::new(ROWS, findings_text));
static PROFILES: LazyLock<Insert> = LazyLock::new(|| Insert::new(ROWS, profiles_text));

/// Replaces what a check says of the days from `from` to before `to`.
///
/// # Errors
/// When the database fails.
pub async fn replace_findings(
    tx: &mut Tx,
    names: Names,
    check_id: &str,
    (from, to): (i64, i64),
    findings: &[FindingRow],
) -> Result<(), StoreError> {
    sqlx::query(
        "delete from day_finding where instrument_id = $1 and venue_id = $2 and check_id = $3 and day_at >= $4
            and day_at < $5",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(check_id)
    .bind(from)
    .bind(to)
    .execute(&mut **tx)
    .await?;
    for (text, now) in FINDINGS.pieces(findings) {
        let mut query = sqlx::query(text);
        for row in now {
            query = query
                .bind(row.day_at)
                .bind(row.tested)
                .bind(row.failed)
                .bind(row.severity)
                .bind(row.value)
                .bind(&row.evidence);
        }
        query
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .bind(check_id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// What a check said of the days from `from` to before `to`, ascending.
///
/// # Errors
/// When the database fails.
pub async fn findings(
    tx: &mut Tx,
    names: Names,
    check_id: &str,
    (from, to): (i64, i64),
) -> Result<Vec<FindingRow>, StoreError> {
    Ok(sqlx::query_as(
        "select day_at, tested, failed, severity, value, evidence from day_finding
         where instrument_id = $1 and venue_id = $2 and check_id = $3 and day_at >= $4 and day_at < $5 order by day_at",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(check_id)
    .bind(from)
    .bind(to)
    .fetch_all(&mut **tx)
    .await?)
}

/// Replaces the distributions of the days from `from` to before `to`.
///
/// # Errors
/// When the database fails.
pub async fn replace_profiles(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
    profiles: &[ProfileRow],
) -> Result<(), StoreError> {
    sqlx::query(
        "delete from day_profile where instrument_id = $1 and venue_id = $2 and day_at >= $3 and day_at < $4",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .execute(&mut **tx)
    .await?;
    for (text, now) in PROFILES.pieces(profiles) {
        let mut query = sqlx::query(text);
        for row in now {
            query = query
                .bind(row.day_at)
                .bind(&row.returns)
                .bind(row.psi)
                .bind(row.ks_effect);
        }
        query
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .execute(&mut **tx)
            .await?;
    }
    Ok(())
}

/// Distributions of the days from `from` to before `to`, and the distances of the `older` days before them, ascending.
///
/// # Errors
/// When the database fails.
pub async fn profiles(
    tx: &mut Tx,
    names: Names,
    (from, to): (i64, i64),
    older: i64,
) -> Result<Vec<ProfileRow>, StoreError> {
    let mut rows: Vec<ProfileRow> = sqlx::query_as(
        "select day_at, '' as returns, psi, ks_effect from day_profile
         where instrument_id = $1 and venue_id = $2 and day_at < $3 order by day_at desc limit $4",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(older)
    .fetch_all(&mut **tx)
    .await?;
    rows.reverse();
    let wanted: Vec<ProfileRow> = sqlx::query_as(
        "select day_at, returns, psi, ks_effect from day_profile
         where instrument_id = $1 and venue_id = $2 and day_at >= $3 and day_at < $4 order by day_at",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from)
    .bind(to)
    .fetch_all(&mut **tx)
    .await?;
    rows.extend(wanted);
    Ok(rows)
}
