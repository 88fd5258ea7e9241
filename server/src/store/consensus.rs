//! What venues agree on, and which of them is the primary one.

use super::{Names, Store, StoreError, Tx, names::names};

/// Notes the consensus of an instrument; false if there is one of that time.
///
/// # Errors
/// When the database fails.
pub async fn insert_consensus(
    tx: &mut Tx,
    instrument_id: i64,
    observed_at: i64,
    (price, venues, spread_bps): (f64, i64, f64),
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into gold_consensus (instrument_id, observed_at, price, venues, spread_bps) values ($1, $2, $3, $4, $5)
         on conflict (instrument_id, observed_at) do nothing",
    )
    .bind(instrument_id)
    .bind(observed_at)
    .bind(price)
    .bind(venues)
    .bind(spread_bps)
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes how far a venue was from it; false if that is noted.
///
/// # Errors
/// When the database fails.
pub async fn insert_deviation(
    tx: &mut Tx,
    names: Names,
    observed_at: i64,
    (price, deviation_bps, used): (f64, f64, bool),
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into gold_deviation (instrument_id, venue_id, observed_at, price, deviation_bps, used)
         values ($1, $2, $3, $4, $5, $6) on conflict (instrument_id, venue_id, observed_at) do nothing",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(observed_at)
    .bind(price)
    .bind(deviation_bps)
    .bind(i64::from(used))
    .execute(&mut **tx)
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Notes which venue the primary series of an instrument comes from.
///
/// # Errors
/// When the database fails.
pub async fn set_primary(
    tx: &mut Tx,
    (instrument, venue): (&str, &str),
    since: i64,
    reason: &str,
) -> Result<(), StoreError> {
    let names = names(tx, instrument, venue).await?;
    sqlx::query(
        "insert into primary_venue (instrument_id, venue_id, since, reason) values ($1, $2, $3, $4)
         on conflict (instrument_id) do update set venue_id = excluded.venue_id, since = excluded.since,
            reason = excluded.reason",
    )
    .bind(names.instrument_id)
    .bind(names.venue_id)
    .bind(since)
    .bind(reason)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

impl Store {
    /// Venue that the primary series of an instrument comes from.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn primary(&self, instrument: &str) -> Result<Option<String>, StoreError> {
        let row: Option<(String,)> = sqlx::query_as(
            "select v.name from primary_venue p join venue v on v.id = p.venue_id
                join instrument i on i.id = p.instrument_id where i.symbol = $1",
        )
        .bind(instrument)
        .fetch_optional(&self.read)
        .await?;
        Ok(row.map(|(name,)| name))
    }
}
