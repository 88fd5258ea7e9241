//! Stretches of minutes that changed since they were last judged.

use app::model::{DAY_MS, MINUTE_MS, Pipeline, bucket_start};

use super::{Names, SeriesKey, Store, StoreError, Tx};

/// A stretch of minutes that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    /// Instrument and venue.
    pub names: Names,
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`
    pub venue: String,
    /// Which pipeline changed them.
    pub pipeline: Pipeline,
    /// First minute.
    pub from_at: i64,
    /// Last minute.
    pub to_at: i64,
}

#[derive(sqlx::FromRow)]
struct TouchedRow {
    instrument_id: i64,
    venue_id: i64,
    instrument: String,
    venue: String,
    pipeline: String,
    day_at: i64,
    from_at: i64,
    to_at: i64,
}

/// Notes that minutes changed, in the transaction that changes them; other steps are not judged that way.
///
/// # Errors
/// When the database fails.
pub async fn touch(
    tx: &mut Tx,
    key: &SeriesKey,
    first_at: i64,
    last_at: i64,
) -> Result<(), StoreError> {
    if key.step_ms != MINUTE_MS {
        return Ok(());
    }
    // where the stretch is known already, nothing is written: a live candle touches its day many times
    sqlx::query(
        "insert into touched (instrument_id, venue_id, pipeline, day_at, from_at, to_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (instrument_id, venue_id, pipeline, day_at) do update set
            from_at = case when excluded.from_at < touched.from_at then excluded.from_at else touched.from_at end,
            to_at = case when excluded.to_at > touched.to_at then excluded.to_at else touched.to_at end
         where excluded.from_at < touched.from_at or excluded.to_at > touched.to_at",
    )
    .bind(key.names.instrument_id)
    .bind(key.names.venue_id)
    .bind(key.pipeline.as_str())
    .bind(bucket_start(first_at, DAY_MS))
    .bind(first_at)
    .bind(last_at)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// Number of stretches that wait to be judged.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn waiting_stretches(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("select count(*) from touched")
            .fetch_one(&self.read)
            .await?)
    }
}

/// Takes the oldest stretch that waits; it is gone once the transaction commits.
///
/// # Errors
/// When the database fails or holds a word this build does not know.
pub async fn take_touched(tx: &mut Tx) -> Result<Option<Touched>, StoreError> {
    let row: Option<TouchedRow> = sqlx::query_as(
        "select t.instrument_id, t.venue_id, i.symbol as instrument, v.name as venue, t.pipeline, t.day_at, t.from_at,
            t.to_at
         from touched t join instrument i on i.id = t.instrument_id join venue v on v.id = t.venue_id
         order by t.day_at, t.instrument_id, t.venue_id, t.pipeline limit 1",
    )
    .fetch_optional(&mut **tx)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    sqlx::query(
        "delete from touched where instrument_id = $1 and venue_id = $2 and pipeline = $3 and day_at = $4",
    )
    .bind(row.instrument_id)
    .bind(row.venue_id)
    .bind(&row.pipeline)
    .bind(row.day_at)
    .execute(&mut **tx)
    .await?;
    Ok(Some(Touched {
        names: Names {
            instrument_id: row.instrument_id,
            venue_id: row.venue_id,
        },
        pipeline: Pipeline::parse(&row.pipeline)
            .ok_or_else(|| StoreError::Value(format!("pipeline {:?}", row.pipeline)))?,
        instrument: row.instrument,
        venue: row.venue,
        from_at: row.from_at,
        to_at: row.to_at,
    }))
}
