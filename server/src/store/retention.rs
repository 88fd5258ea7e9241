//! Removing what was kept long enough, a few thousand rows at a time.

use super::{Names, StoreError, Tx};

/// Rows of one step at most, and those of the same millisecond as the last of them.
pub const ROWS: i64 = 5_000;

/// Rows of live data that have an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// `silver_trade`
    Trades,
    /// `silver_book`
    Books,
    /// `silver_quote`
    Quotes,
}

impl Kept {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Trades, Self::Books, Self::Quotes];

    /// The word in `layer_count`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trades => "trade",
            Self::Books => "book",
            Self::Quotes => "quote",
        }
    }

    /// The time of the last row of a step, and its removal.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Trades => (
                "select max(at) from (select traded_at as at from silver_trade where instrument_id = $1 and venue_id = $2
                    and pipeline = 'live' and traded_at < $3 order by traded_at limit $4) t",
                "delete from silver_trade where instrument_id = $1 and venue_id = $2 and pipeline = 'live' and traded_at <= $3",
            ),
            Self::Books => (
                "select max(at) from (select observed_at as at from silver_book where instrument_id = $1 and venue_id = $2
                    and pipeline = 'live' and observed_at < $3 order by observed_at limit $4) t",
                "delete from silver_book where instrument_id = $1 and venue_id = $2 and pipeline = 'live' and observed_at <= $3",
            ),
            Self::Quotes => (
                "select max(at) from (select observed_at as at from silver_quote where instrument_id = $1 and venue_id = $2
                    and pipeline = 'live' and observed_at < $3 order by observed_at limit $4) t",
                "delete from silver_quote where instrument_id = $1 and venue_id = $2 and pipeline = 'live' and observed_at <= $3",
            ),
        }
    }
}

/// Instruments and venues, in every combination: few, and each costs one look into an index.
///
/// # Errors
/// When the database fails.
pub async fn all_names(tx: &mut Tx) -> Result<Vec<Names>, StoreError> {
    let rows: Vec<(i64, i64)> =
        sqlx::query_as("select i.id, v.id from instrument i cross join venue v")
            .fetch_all(&mut **tx)
            .await?;
    let names = |(instrument_id, venue_id)| Names {
        instrument_id,
        venue_id,
    };
    Ok(rows.into_iter().map(names).collect())
}

/// Removes the oldest rows of a series before a time; gives their number.
///
/// # Errors
/// When the database fails.
pub async fn remove_rows(
    tx: &mut Tx,
    kept: Kept,
    names: Names,
    before: i64,
) -> Result<i64, StoreError> {
    let (last, removal) = kept.texts();
    let (last_at,): (Option<i64>,) = sqlx::query_as(last)
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(before)
        .bind(ROWS)
        .fetch_one(&mut **tx)
        .await?;
    let Some(last_at) = last_at else {
        return Ok(0);
    };
    let done = sqlx::query(removal)
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(last_at)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() as i64)
}

/// Removes notices that were sent or given up, written before a time, the oldest first; gives their number. Plans do not
/// need them: what was told of an incident is in its plan.
///
/// # Errors
/// When the database fails.
pub async fn remove_notices(tx: &mut Tx, before: i64) -> Result<i64, StoreError> {
    let done = sqlx::query(
        "delete from notice where id in (
            select id from notice where state in ('sent', 'given_up') and created_at < $1 order by id limit $2)",
    )
    .bind(before)
    .bind(ROWS)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() as i64)
}

/// Refined live landings behind a place, received before a time, whose bytes may go: their receipt and key. Candles
/// are kept as long as what is made of them.
///
/// # Errors
/// When the database fails.
pub async fn old_landings(
    tx: &mut Tx,
    (received_at, id): (i64, i64),
    before: i64,
    limit: i64,
) -> Result<Vec<(i64, i64)>, StoreError> {
    Ok(sqlx::query_as(
        "select received_at, id from bronze_landing where pipeline = 'live' and received_at >= $1 and received_at < $3
            and (received_at > $1 or id > $2) and state in ('done', 'refused') and dataset in ('trade', 'quote', 'book')
         order by received_at, id limit $4",
    )
    .bind(received_at)
    .bind(id)
    .bind(before)
    .bind(limit)
    .fetch_all(&mut **tx)
    .await?)
}

/// Removes parts of a landing, the first ones first: from then on it cannot be replayed. Gives their number.
///
/// # Errors
/// When the database fails.
pub async fn remove_parts(tx: &mut Tx, landing_id: i64, limit: i64) -> Result<i64, StoreError> {
    let (last,): (Option<i64>,) = sqlx::query_as(
        "select max(part_no) from (select part_no from bronze_part where landing_id = $1 order by part_no limit $2) t",
    )
    .bind(landing_id)
    .bind(limit)
    .fetch_one(&mut **tx)
    .await?;
    let Some(last) = last else {
        return Ok(0);
    };
    let done = sqlx::query("delete from bronze_part where landing_id = $1 and part_no <= $2")
        .bind(landing_id)
        .bind(last)
        .execute(&mut **tx)
        .await?;
    Ok(done.rows_affected() as i64)
}
