//! What files held.

use app::model::Dataset;

use crate::store::{Names, Store, StoreError, Tx};

/// What is kept of a file after its landing: a row of `dataset_profile`.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRecord {
    /// Its landing.
    pub landing_id: i64,
    /// Instrument and venue.
    pub names: Names,
    /// What it held.
    pub dataset: Dataset,
    /// Step of its candles in milliseconds, 0 for articles.
    pub step_ms: i64,
    /// Recognised format.
    pub format: String,
    /// JSON of the profile.
    pub profile: String,
    /// `trusted`, `trusted with caution`, `not trusted`.
    pub verdict: String,
    /// The sentence after the word.
    pub reason: String,
    /// JSON object: results by state.
    pub checks: String,
    /// JSON array of rule and rows.
    pub rejects: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    instrument_id: i64,
    venue_id: i64,
    dataset: String,
    step_ms: i64,
    landing_id: i64,
    format: String,
    profile: String,
    verdict: String,
    reason: String,
    checks: String,
    rejects: String,
}

impl TryFrom<Row> for FileRecord {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            landing_id: row.landing_id,
            names: Names {
                instrument_id: row.instrument_id,
                venue_id: row.venue_id,
            },
            dataset: Dataset::parse(&row.dataset)
                .ok_or_else(|| StoreError::Value(format!("dataset {:?}", row.dataset)))?,
            step_ms: row.step_ms,
            format: row.format,
            profile: row.profile,
            verdict: row.verdict,
            reason: row.reason,
            checks: row.checks,
            rejects: row.rejects,
        })
    }
}

/// Stores the record of a landing; one that is there is replaced.
///
/// # Errors
/// When the database fails.
pub async fn store_profile(tx: &mut Tx, record: &FileRecord) -> Result<(), StoreError> {
    sqlx::query("delete from dataset_profile where landing_id = $1")
        .bind(record.landing_id)
        .execute(&mut **tx)
        .await?;
    sqlx::query(
        "insert into dataset_profile (instrument_id, venue_id, dataset, step_ms, landing_id, format, profile, verdict, reason,
            checks, rejects)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(record.names.instrument_id)
    .bind(record.names.venue_id)
    .bind(record.dataset.as_str())
    .bind(record.step_ms)
    .bind(record.landing_id)
    .bind(&record.format)
    .bind(&record.profile)
    .bind(&record.verdict)
    .bind(&record.reason)
    .bind(&record.checks)
    .bind(&record.rejects)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// File name and profile of the landing before this one of the same series and step.
///
/// # Errors
/// When the database fails.
pub async fn previous_profile(
    tx: &mut Tx,
    names: Names,
    dataset: Dataset,
    step_ms: i64,
    landing_id: i64,
) -> Result<Option<(String, String)>, StoreError> {
    Ok(sqlx::query_as(
        "select l.origin, p.profile from dataset_profile p join bronze_landing l on l.id = p.landing_id
         where p.instrument_id = $1 and p.venue_id = $2 and p.dataset = $3 and p.step_ms = $4 and p.landing_id < $5
         order by p.landing_id desc limit 1",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(dataset.as_str())
    .bind(step_ms)
    .bind(landing_id)
    .fetch_optional(&mut **tx)
    .await?)
}

const COLUMNS: &str = "instrument_id, venue_id, dataset, step_ms, landing_id, format, profile, verdict, reason, checks, rejects";

impl Store {
    /// The record of a landing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn file_record(&self, landing_id: i64) -> Result<Option<FileRecord>, StoreError> {
        let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from dataset_profile where landing_id = $1"
        )))
        .bind(landing_id)
        .fetch_optional(&self.read)
        .await?;
        row.map(FileRecord::try_from).transpose()
    }

    /// The newest `limit` records, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn file_records(&self, limit: i64) -> Result<Vec<FileRecord>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "select {COLUMNS} from dataset_profile order by landing_id desc limit $1"
        )))
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(FileRecord::try_from).collect()
    }
}
