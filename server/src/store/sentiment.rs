//! Silver moods: what others publish about the mood of the market.

use app::model::Mood;

use super::{
    Names, Store, StoreError, Tx,
    count::{Change, count},
    names::names,
};

/// What came of moods that were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Days that were not there.
    pub new: i64,
    /// Days whose value or label is another one now.
    pub changed: i64,
}

/// Writes moods: a day that is published again with another value is changed.
///
/// # Errors
/// When the database fails.
pub async fn upsert_moods(
    tx: &mut Tx,
    names: Names,
    received_at: i64,
    moods: &[Mood],
    landing_id: i64,
) -> Result<Written, StoreError> {
    let mut written = Written::default();
    for mood in moods {
        let inserted = sqlx::query(
            "insert into silver_sentiment (instrument_id, venue_id, observed_at, value, label, received_at, landing_id)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (instrument_id, venue_id, observed_at) do nothing",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(mood.observed_at)
        .bind(mood.value)
        .bind(&mood.label)
        .bind(received_at)
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
        if inserted.rows_affected() > 0 {
            written.new += 1;
            continue;
        }
        let changed = sqlx::query(
            "update silver_sentiment set value = $4, label = $5, received_at = $6, landing_id = $7
             where instrument_id = $1 and venue_id = $2 and observed_at = $3 and (value <> $4 or label <> $5)",
        )
        .bind(names.instrument_id)
        .bind(names.venue_id)
        .bind(mood.observed_at)
        .bind(mood.value)
        .bind(&mood.label)
        .bind(received_at)
        .bind(landing_id)
        .execute(&mut **tx)
        .await?;
        written.changed += changed.rows_affected() as i64;
    }
    Ok(written)
}

/// Empties silver of the moods of a publisher.
///
/// # Errors
/// When the database fails.
pub async fn clear_sentiments(
    tx: &mut Tx,
    instrument: &str,
    venue: &str,
    now_ms: i64,
) -> Result<(), StoreError> {
    let names = names(tx, instrument, venue).await?;
    let done =
        sqlx::query("delete from silver_sentiment where instrument_id = $1 and venue_id = $2")
            .bind(names.instrument_id)
            .bind(names.venue_id)
            .execute(&mut **tx)
            .await?;
    let gone = Change {
        rows: -(done.rows_affected() as i64),
        ..Change::default()
    };
    count(tx, "silver", "sentiment", gone, now_ms).await
}

impl Store {
    /// The newest day that a publisher's mood is known of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn newest_mood(&self, venue: &str) -> Result<Option<i64>, StoreError> {
        let row: Option<(i64,)> = sqlx::query_as(
            "select s.observed_at from silver_sentiment s join venue v on v.id = s.venue_id
             where s.instrument_id = 0 and v.name = $1 order by s.observed_at desc limit 1",
        )
        .bind(venue)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|(at,)| at))
    }
}
