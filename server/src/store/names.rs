//! Instruments and venues by name.

use super::{Store, StoreError, Tx};

/// Ids of an instrument and a venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Names {
    /// Key of the instrument.
    pub instrument_id: i64,
    /// Key of the venue.
    pub venue_id: i64,
}

/// The whole market, for articles.
pub const WHOLE_MARKET: &str = "*";

impl Store {
    /// Ids of these names; unknown ones are added.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn names(&self, instrument: &str, venue: &str) -> Result<Names, StoreError> {
        let mut tx = self.begin().await?;
        let names = names(&mut tx, instrument, venue).await?;
        tx.commit().await?;
        Ok(names)
    }

    /// True for the simulator and for sample data.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_simulated(&self, venue: &str) -> Result<bool, StoreError> {
        let row: Option<(i64,)> = sqlx::query_as("select simulated from venue where name = $1")
            .bind(venue)
            .fetch_optional(&self.read)
            .await?;
        Ok(row.is_some_and(|(simulated,)| simulated != 0))
    }
}

/// Ids of these names; unknown ones are added.
///
/// # Errors
/// When the database fails.
pub async fn names(tx: &mut Tx, instrument: &str, venue: &str) -> Result<Names, StoreError> {
    let (base, quote) = instrument.split_once('-').unwrap_or((instrument, "?"));
    let (instrument_id,): (i64,) = sqlx::query_as(
        "insert into instrument (symbol, base, quote) values ($1, $2, $3)
         on conflict (symbol) do update set base = instrument.base returning id",
    )
    .bind(instrument)
    .bind(base)
    .bind(quote)
    .fetch_one(&mut **tx)
    .await?;
    let (venue_id,): (i64,) = sqlx::query_as(
        "insert into venue (name) values ($1) on conflict (name) do update set simulated = venue.simulated returning id",
    )
    .bind(venue)
    .fetch_one(&mut **tx)
    .await?;
    Ok(Names {
        instrument_id,
        venue_id,
    })
}
