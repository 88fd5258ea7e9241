//! Bronze: landings and their parts.

use app::model::{Counts, Dataset, LandingState, Pipeline};

use super::{Store, StoreError, Tx};

/// A landing about to be written.
#[derive(Debug, Clone)]
pub struct NewLanding<'a> {
    /// Which pipeline.
    pub pipeline: Pipeline,
    /// Venue or publisher.
    pub venue: &'a str,
    /// What it holds.
    pub dataset: Dataset,
    /// Instrument it is about.
    pub instrument: &'a str,
    /// File path or URL.
    pub origin: &'a str,
    /// Recognised format.
    pub format: &'a str,
    /// When it arrived.
    pub received_at: i64,
    /// Hash of its bytes, hexadecimal.
    pub sha256: &'a str,
    /// Size as it arrived.
    pub bytes: i64,
}

/// A landing as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Landing {
    /// Key.
    pub id: i64,
    /// Which pipeline.
    pub pipeline: Pipeline,
    /// Venue or publisher.
    pub venue: String,
    /// What it holds.
    pub dataset: Dataset,
    /// Instrument it is about.
    pub instrument: String,
    /// File path or URL.
    pub origin: String,
    /// Recognised format.
    pub format: String,
    /// When it arrived.
    pub received_at: i64,
    /// Size as it arrived.
    pub bytes: i64,
    /// How far it has come.
    pub state: LandingState,
    /// Reason of a refusal or failure.
    pub detail: String,
    /// Its rows.
    pub counts: Counts,
    /// First time in it.
    pub first_at: Option<i64>,
    /// Last time in it.
    pub last_at: Option<i64>,
}

/// A piece of a landing's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Position, from 0.
    pub part_no: i64,
    /// First line that begins in it; 0 if unknown.
    pub first_line: i64,
    /// Lines that begin in it; 0 if unknown.
    pub rows: i64,
    /// `none` or `zstd`.
    pub codec: &'static str,
    /// The bytes.
    pub body: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct LandingRow {
    id: i64,
    pipeline: String,
    venue: String,
    dataset: String,
    instrument: String,
    origin: String,
    format: String,
    received_at: i64,
    bytes: i64,
    state: String,
    detail: String,
    rows: i64,
    accepted: i64,
    deduplicated: i64,
    quarantined: i64,
    flagged: i64,
    first_at: Option<i64>,
    last_at: Option<i64>,
}

const SELECT: &str = "select id, pipeline, venue, dataset, instrument, origin, format, received_at, bytes, state, detail,
    rows, accepted, deduplicated, quarantined, flagged, first_at, last_at from bronze_landing ";

impl TryFrom<LandingRow> for Landing {
    type Error = StoreError;

    fn try_from(row: LandingRow) -> Result<Self, StoreError> {
        let unknown = |what: &str, word: &str| {
            StoreError::Value(format!("{what} {word:?} of landing {}", row.id))
        };
        Ok(Self {
            id: row.id,
            pipeline: Pipeline::parse(&row.pipeline)
                .ok_or_else(|| unknown("pipeline", &row.pipeline))?,
            dataset: Dataset::parse(&row.dataset)
                .ok_or_else(|| unknown("dataset", &row.dataset))?,
            state: LandingState::parse(&row.state).ok_or_else(|| unknown("state", &row.state))?,
            venue: row.venue,
            instrument: row.instrument,
            origin: row.origin,
            format: row.format,
            received_at: row.received_at,
            bytes: row.bytes,
            detail: row.detail,
            counts: Counts {
                rows: row.rows,
                accepted: row.accepted,
                deduplicated: row.deduplicated,
                quarantined: row.quarantined,
                flagged: row.flagged,
            },
            first_at: row.first_at,
            last_at: row.last_at,
        })
    }
}

impl Store {
    /// The file landing with these bytes, whatever dataset it was taken for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn landing_of_file(&self, sha256: &str) -> Result<Option<Landing>, StoreError> {
        let row: Option<LandingRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} where pipeline = 'batch' and sha256 = $1 order by id limit 1"
        )))
        .bind(sha256)
        .fetch_optional(&self.read)
        .await?;
        row.map(Landing::try_from).transpose()
    }

    /// One landing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn landing(&self, id: i64) -> Result<Option<Landing>, StoreError> {
        let row: Option<LandingRow> =
            sqlx::query_as(sqlx::AssertSqlSafe(format!("{SELECT} where id = $1")))
                .bind(id)
                .fetch_optional(&self.read)
                .await?;
        row.map(Landing::try_from).transpose()
    }

    /// Landings whose refining a crash cut off, oldest first: complete bytes, unfinished rows. A live answer lands and is
    /// refined in one step: one that only landed waits in a replay that was cut off.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unfinished_landings(&self) -> Result<Vec<Landing>, StoreError> {
        let rows: Vec<LandingRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} where state in ('landed', 'refining', 'failed') and (pipeline = 'batch' or state = 'landed') order by id"
        )))
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(Landing::try_from).collect()
    }

    /// Every refined landing that bronze still holds, in the order of arrival, for a replay.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replayable_landings(&self) -> Result<Vec<Landing>, StoreError> {
        let rows: Vec<LandingRow> = sqlx::query_as(sqlx::AssertSqlSafe(format!(
            "{SELECT} where state not in ('landing', 'refused', 'cancelled')
                and exists (select 1 from bronze_part p where p.landing_id = bronze_landing.id and p.part_no = 0) order by id"
        )))
        .fetch_all(&self.read)
        .await?;
        rows.into_iter().map(Landing::try_from).collect()
    }

    /// When the newest live landing of a venue arrived.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_live_landing(&self, venue: &str) -> Result<Option<i64>, StoreError> {
        let row: Option<(i64,)> = sqlx::query_as(
            "select received_at from bronze_landing where pipeline = 'live' and venue = $1
             order by received_at desc limit 1",
        )
        .bind(venue)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|(at,)| at))
    }

    /// True if any file has ever landed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_files(&self) -> Result<bool, StoreError> {
        let row: Option<(i64,)> =
            sqlx::query_as("select id from bronze_landing where pipeline = 'batch' limit 1")
                .fetch_optional(&self.read)
                .await?;
        Ok(row.is_some())
    }

    /// One part of a landing.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn part(
        &self,
        landing_id: i64,
        part_no: i64,
    ) -> Result<Option<(String, Vec<u8>)>, StoreError> {
        Ok(sqlx::query_as(
            "select codec, body from bronze_part where landing_id = $1 and part_no = $2",
        )
        .bind(landing_id)
        .bind(part_no)
        .fetch_optional(&self.read)
        .await?)
    }
}

/// Writes the landing's row in state `landing`; gives its id.
///
/// # Errors
/// When the database fails.
pub async fn insert_landing(
    tx: &mut Tx,
    new: &NewLanding<'_>,
    state: LandingState,
) -> Result<i64, StoreError> {
    let (id,): (i64,) = sqlx::query_as(
        "insert into bronze_landing (pipeline, venue, dataset, instrument, origin, format, received_at, sha256, bytes, state)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id",
    )
    .bind(new.pipeline.as_str())
    .bind(new.venue)
    .bind(new.dataset.as_str())
    .bind(new.instrument)
    .bind(new.origin)
    .bind(new.format)
    .bind(new.received_at)
    .bind(new.sha256)
    .bind(new.bytes)
    .bind(state.as_str())
    .fetch_one(&mut **tx)
    .await?;
    Ok(id)
}

/// Writes one part.
///
/// # Errors
/// When the database fails.
pub async fn insert_part(tx: &mut Tx, landing_id: i64, part: &Part) -> Result<(), StoreError> {
    sqlx::query("insert into bronze_part (landing_id, part_no, first_line, rows, codec, body) values ($1, $2, $3, $4, $5, $6)")
        .bind(landing_id)
        .bind(part.part_no)
        .bind(part.first_line)
        .bind(part.rows)
        .bind(part.codec)
        .bind(&part.body)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Removes a landing whose bytes never became complete.
///
/// # Errors
/// When the database fails.
pub async fn delete_incomplete(tx: &mut Tx, landing_id: i64) -> Result<(), StoreError> {
    sqlx::query("delete from bronze_part where landing_id = $1")
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
    sqlx::query("delete from bronze_landing where id = $1")
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Moves a landing to another state.
///
/// # Errors
/// When the database fails.
pub async fn set_state(
    tx: &mut Tx,
    landing_id: i64,
    state: LandingState,
    detail: &str,
) -> Result<(), StoreError> {
    sqlx::query("update bronze_landing set state = $2, detail = $3 where id = $1")
        .bind(landing_id)
        .bind(state.as_str())
        .bind(detail)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Closes the books of a landing.
///
/// # Errors
/// When the database fails.
pub async fn finish_landing(
    tx: &mut Tx,
    landing_id: i64,
    counts: &Counts,
    range: Option<(i64, i64)>,
    now_ms: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "update bronze_landing set state = 'done', detail = '', rows = $2, accepted = $3, deduplicated = $4,
         quarantined = $5, flagged = $6, first_at = $7, last_at = $8, finished_at = $9 where id = $1",
    )
    .bind(landing_id)
    .bind(counts.rows)
    .bind(counts.accepted)
    .bind(counts.deduplicated)
    .bind(counts.quarantined)
    .bind(counts.flagged)
    .bind(range.map(|(first, _)| first))
    .bind(range.map(|(_, last)| last))
    .bind(now_ms)
    .execute(&mut **tx)
    .await?;
    Ok(())
}
