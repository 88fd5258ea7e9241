//! Prices that venues agree on, and how far each was from them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Window;
use crate::store::{Store, StoreError};

/// The price of one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConsensusRow {
    /// When it was taken.
    pub observed_at: i64,
    /// Median of the venues that are used.
    pub price: f64,
    /// Venues in it.
    pub venues: i64,
    /// Largest less smallest of their prices, in basis points of the median.
    pub spread_bps: f64,
    /// Every venue.
    pub deviations: Vec<DeviationRow>,
}

/// A venue beside it.
#[derive(Debug, Clone, PartialEq, Serialize, sqlx::FromRow)]
pub struct DeviationRow {
    #[serde(skip)]
    observed_at: i64,
    /// `kraken`
    pub venue: String,
    /// Its price.
    pub price: f64,
    /// Distance from the median in basis points.
    pub deviation_bps: f64,
    /// It is in the median.
    pub used: bool,
}

pub(super) const WINDOW: &str = "
select c.observed_at, c.price, c.venues, c.spread_bps
from gold_consensus c
where c.instrument_id = $1 and c.observed_at >= $2 and c.observed_at < $3
order by c.observed_at desc
limit $4";

/// One look into the key for each venue: the venue stands before the time in it.
pub(super) const DEVIATIONS: &str = "
select d.observed_at, v.name as venue, d.price, d.deviation_bps, d.used <> 0 as used
from venue v cross join gold_deviation d
where d.instrument_id = $1 and d.venue_id = v.id and d.observed_at >= $2 and d.observed_at <= $3";

impl Store {
    /// The newest prices of a window, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn consensus(
        &self,
        instrument_id: i64,
        window: Window,
    ) -> Result<Vec<ConsensusRow>, StoreError> {
        let mut prices: Vec<(i64, f64, i64, f64)> = sqlx::query_as(WINDOW)
            .bind(instrument_id)
            .bind(window.from_ms)
            .bind(window.to_ms)
            .bind(window.limit)
            .fetch_all(&self.read)
            .await?;
        prices.reverse();
        let (Some(first), Some(last)) = (prices.first(), prices.last()) else {
            return Ok(Vec::new());
        };
        let deviations: Vec<DeviationRow> = sqlx::query_as(DEVIATIONS)
            .bind(instrument_id)
            .bind(first.0)
            .bind(last.0)
            .fetch_all(&self.read)
            .await?;
        let mut of_time = BTreeMap::<i64, Vec<DeviationRow>>::new();
        for deviation in deviations {
            of_time
                .entry(deviation.observed_at)
                .or_default()
                .push(deviation);
        }
        Ok(prices
            .into_iter()
            .map(|(observed_at, price, venues, spread_bps)| ConsensusRow {
                observed_at,
                price,
                venues,
                spread_bps,
                deviations: of_time.remove(&observed_at).unwrap_or_default(),
            })
            .collect())
    }
}
