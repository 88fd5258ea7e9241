//! Gaps, from detected to filled.

use app::model::{Dataset, GapCause, GapState, GapVm};

use super::{Names, Store, StoreError, Tx};

/// A gap about to be noted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGap {
    /// Instrument and venue.
    pub names: Names,
    /// What is missing.
    pub dataset: Dataset,
    /// Last row before it.
    pub from_at: i64,
    /// First row behind it; `None`: it is still growing.
    pub to_at: Option<i64>,
    /// Number of the last trade before it.
    pub from_id: Option<i64>,
    /// Number of the first trade behind it.
    pub to_id: Option<i64>,
    /// Why.
    pub cause: GapCause,
    /// How far it has come.
    pub state: GapState,
    /// When it was noticed.
    pub detected_at: i64,
    /// When it is to be filled.
    pub next_at: i64,
    /// In words.
    pub detail: String,
}

/// A gap as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Key.
    pub id: i64,
    /// Instrument and venue.
    pub names: Names,
    /// What is missing.
    pub dataset: Dataset,
    /// Last row before it.
    pub from_at: i64,
    /// First row behind it; `None`: it is still growing.
    pub to_at: Option<i64>,
    /// Number of the last trade before it.
    pub from_id: Option<i64>,
    /// Number of the first trade behind it.
    pub to_id: Option<i64>,
    /// Why.
    pub cause: GapCause,
    /// Times the venue was asked.
    pub attempts: i64,
    /// Rows that filled it so far.
    pub rows: i64,
}

#[derive(sqlx::FromRow)]
struct GapRow {
    id: i64,
    instrument_id: i64,
    venue_id: i64,
    dataset: String,
    from_at: i64,
    to_at: Option<i64>,
    from_id: Option<i64>,
    to_id: Option<i64>,
    cause: String,
    attempts: i64,
    rows: i64,
}

fn gap_of(row: &GapRow) -> Result<Gap, StoreError> {
    let unknown = |word: &str| StoreError::Value(format!("{word:?} of gap {}", row.id));
    Ok(Gap {
        id: row.id,
        names: Names {
            instrument_id: row.instrument_id,
            venue_id: row.venue_id,
        },
        dataset: Dataset::parse(&row.dataset).ok_or_else(|| unknown(&row.dataset))?,
        from_at: row.from_at,
        to_at: row.to_at,
        from_id: row.from_id,
        to_id: row.to_id,
        cause: GapCause::parse(&row.cause).ok_or_else(|| unknown(&row.cause))?,
        attempts: row.attempts,
        rows: row.rows,
    })
}

/// Notes a gap; gives its key.
///
/// # Errors
/// When the database fails.
pub async fn insert_gap(tx: &mut Tx, gap: &NewGap) -> Result<i64, StoreError> {
    let is_over = matches!(gap.state, GapState::Filled | GapState::Recorded);
    let (id,): (i64,) = sqlx::query_as(
        "insert into gap (instrument_id, venue_id, dataset, from_at, to_at, from_id, to_id, cause, state, detected_at,
            updated_at, closed_at, attempts, next_at, rows, detail)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, 0, $12, 0, $13) returning id",
    )
    .bind(gap.names.instrument_id)
    .bind(gap.names.venue_id)
    .bind(gap.dataset.as_str())
    .bind(gap.from_at)
    .bind(gap.to_at)
    .bind(gap.from_id)
    .bind(gap.to_id)
    .bind(gap.cause.as_str())
    .bind(gap.state.as_str())
    .bind(gap.detected_at)
    .bind((is_over && gap.to_at.is_some()).then_some(gap.detected_at))
    .bind(gap.next_at)
    .bind(&gap.detail)
    .fetch_one(&mut **tx)
    .await?;
    Ok(id)
}

/// The gap of a series that still grows.
///
/// # Errors
/// When the database fails.
pub async fn growing_gap(
    tx: &mut Tx,
    names: Names,
    dataset: Dataset,
) -> Result<Option<Gap>, StoreError> {
    let row: Option<GapRow> = sqlx::query_as(
        "select id, instrument_id, venue_id, dataset, from_at, to_at, from_id, to_id, cause, attempts, rows from gap
         where instrument_id = $1 and venue_id = $2 and dataset = $3 and to_at is null order by from_at desc limit 1",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(dataset.as_str())
    .fetch_optional(&mut **tx)
    .await?;
    row.as_ref().map(gap_of).transpose()
}

/// Where a gap ends, and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub struct GapEnd<'a> {
    /// First row behind it.
    pub to_at: i64,
    /// Number of the first trade behind it.
    pub to_id: Option<i64>,
    /// Open, filled or recorded.
    pub state: GapState,
    /// When it is to be filled.
    pub next_at: i64,
    /// In words.
    pub detail: &'a str,
}

/// Ends a growing gap.
///
/// # Errors
/// When the database fails.
pub async fn end_gap(
    tx: &mut Tx,
    id: i64,
    end: &GapEnd<'_>,
    now_ms: i64,
) -> Result<(), StoreError> {
    let is_over = matches!(end.state, GapState::Filled | GapState::Recorded);
    sqlx::query(
        "update gap set to_at = case when $2 < from_at then from_at else $2 end, to_id = $3, state = $4, next_at = $5,
            detail = $6, updated_at = $7, closed_at = $8 where id = $1",
    )
    .bind(id)
    .bind(end.to_at)
    .bind(end.to_id)
    .bind(end.state.as_str())
    .bind(end.next_at)
    .bind(end.detail)
    .bind(now_ms)
    .bind(is_over.then_some(now_ms))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Moves a gap on: its state, and when to try again.
///
/// # Errors
/// When the database fails.
pub async fn move_gap(
    tx: &mut Tx,
    gap: &Gap,
    state: GapState,
    next_at: i64,
    detail: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let is_over = matches!(state, GapState::Filled | GapState::Recorded);
    sqlx::query(
        "update gap set state = $2, attempts = $3, next_at = $4, detail = $5, updated_at = $6, closed_at = $7
         where id = $1",
    )
    .bind(gap.id)
    .bind(state.as_str())
    .bind(gap.attempts)
    .bind(next_at)
    .bind(detail)
    .bind(now_ms)
    .bind(is_over.then_some(now_ms))
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Adds rows that fill a gap.
///
/// # Errors
/// When the database fails.
pub async fn add_gap_rows(tx: &mut Tx, id: i64, rows: i64, now_ms: i64) -> Result<(), StoreError> {
    sqlx::query("update gap set rows = rows + $2, updated_at = $3 where id = $1")
        .bind(id)
        .bind(rows)
        .bind(now_ms)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

/// Numbers around the gaps of a series whose numbers reach to `from_id` or beyond.
///
/// # Errors
/// When the database fails.
pub async fn noted_numbers(
    tx: &mut Tx,
    names: Names,
    from_id: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "select from_id, to_id from gap where instrument_id = $1 and venue_id = $2 and dataset = 'trade'
            and from_id is not null and to_id >= $3",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(from_id)
    .fetch_all(&mut **tx)
    .await?)
}

/// True if a gap of the dataset that is not filled meets the stretch from `from` to before `to`.
///
/// # Errors
/// When the database fails.
pub async fn has_gap(
    tx: &mut Tx,
    names: Names,
    dataset: Dataset,
    (from, to): (i64, i64),
) -> Result<bool, StoreError> {
    let row: Option<(i64,)> = sqlx::query_as(
        "select 1 from gap where instrument_id = $1 and venue_id = $2 and dataset = $3 and state <> 'filled'
            and from_at < $5 and (to_at is null or to_at >= $4) limit 1",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(dataset.as_str())
    .bind(from)
    .bind(to)
    .fetch_optional(&mut **tx)
    .await?;
    Ok(row.is_some())
}

/// The oldest time that an unfinished gap of a dataset needs, over all series.
///
/// # Errors
/// When the database fails.
pub async fn oldest_open(tx: &mut Tx, dataset: Dataset) -> Result<Option<i64>, StoreError> {
    let (at,): (Option<i64>,) = sqlx::query_as(
        "select min(from_at) from gap where state in ('open', 'filling') and dataset = $1",
    )
    .bind(dataset.as_str())
    .fetch_one(&mut **tx)
    .await?;
    Ok(at)
}

#[derive(sqlx::FromRow)]
struct VmRow {
    id: i64,
    instrument: String,
    venue: String,
    dataset: String,
    from_at: i64,
    to_at: Option<i64>,
    cause: String,
    state: String,
    detected_at: i64,
    closed_at: Option<i64>,
    attempts: i64,
    rows: i64,
    detail: String,
}

/// A gap as pages show it.
///
/// # Errors
/// When the database fails.
pub async fn gap_vm(tx: &mut Tx, id: i64) -> Result<Option<GapVm>, StoreError> {
    let row: Option<VmRow> = sqlx::query_as(
        "select g.id, i.symbol as instrument, v.name as venue, g.dataset, g.from_at, g.to_at, g.cause, g.state,
            g.detected_at, g.closed_at, g.attempts, g.rows, g.detail
         from gap g join instrument i on i.id = g.instrument_id join venue v on v.id = g.venue_id where g.id = $1",
    )
    .bind(id)
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let unknown = |word: &str| StoreError::Value(format!("{word:?} of gap {id}"));
    Ok(Some(GapVm {
        id: row.id,
        dataset: Dataset::parse(&row.dataset).ok_or_else(|| unknown(&row.dataset))?,
        cause: GapCause::parse(&row.cause).ok_or_else(|| unknown(&row.cause))?,
        state: GapState::parse(&row.state).ok_or_else(|| unknown(&row.state))?,
        instrument: row.instrument,
        venue: row.venue,
        from_at: row.from_at,
        to_at: row.to_at,
        detected_at: row.detected_at,
        closed_at: row.closed_at,
        attempts: row.attempts,
        rows: row.rows,
        detail: row.detail,
    }))
}

impl Store {
    /// Gaps of a series that have an end and wait to be filled now, newest first: recent minutes are looked at most.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn due_gaps(&self, names: Names, now_ms: i64) -> Result<Vec<Gap>, StoreError> {
        let rows: Vec<GapRow> = sqlx::query_as(
            "select id, instrument_id, venue_id, dataset, from_at, to_at, from_id, to_id, cause, attempts, rows from gap
             where state in ('open', 'filling') and next_at <= $3 and instrument_id = $1 and venue_id = $2
                and to_at is not null
             order by from_at desc limit 20",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(now_ms)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(gap_of).collect()
    }
}
