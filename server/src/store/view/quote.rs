//! Quotes.

use app::model::{Quote, QuoteVm};

use super::{SeriesKey, Window};
use crate::store::{Store, StoreError};

#[derive(sqlx::FromRow)]
struct QuoteRow {
    instrument: String,
    venue: String,
    simulated: i64,
    observed_at: i64,
    received_at: i64,
    last: f64,
    bid: Option<f64>,
    ask: Option<f64>,
    open_24h: Option<f64>,
    high_24h: Option<f64>,
    low_24h: Option<f64>,
    volume_24h: Option<f64>,
    quote_volume_24h: Option<f64>,
}

/// One look into the key for each pair; `cross join` keeps the pairs in front, so that the quotes are not scanned.
pub(super) const NEWEST: &str = "
select i.symbol as instrument, v.name as venue, cast(v.simulated as bigint) as simulated, q.observed_at,
    q.received_at, q.last, q.bid, q.ask, q.open_24h, q.high_24h, q.low_24h, q.volume_24h, q.quote_volume_24h
from instrument i cross join venue v cross join silver_quote q
where q.instrument_id = i.id and q.venue_id = v.id and q.pipeline = 'live' and q.observed_at = (
    select max(m.observed_at) from silver_quote m
    where m.instrument_id = i.id and m.venue_id = v.id and m.pipeline = 'live'
)
order by q.received_at desc";

pub(super) const WINDOW: &str = "
select i.symbol as instrument, v.name as venue, cast(v.simulated as bigint) as simulated, q.observed_at,
    q.received_at, q.last, q.bid, q.ask, q.open_24h, q.high_24h, q.low_24h, q.volume_24h, q.quote_volume_24h
from silver_quote q
join instrument i on i.id = q.instrument_id
join venue v on v.id = q.venue_id
where q.instrument_id = $1 and q.venue_id = $2 and q.pipeline = 'live' and q.observed_at >= $3 and q.observed_at < $4
order by q.observed_at desc
limit $5";

impl Store {
    /// The newest live quote of every instrument and venue, the one received last first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn newest_quotes(&self) -> Result<Vec<QuoteVm>, StoreError> {
        let rows: Vec<QuoteRow> = sqlx::query_as(NEWEST).fetch_all(&self.read).await?;
        Ok(rows.into_iter().map(QuoteRow::into_vm).collect())
    }

    /// The newest live quotes of a window, oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn quotes(&self, key: SeriesKey, window: Window) -> Result<Vec<QuoteVm>, StoreError> {
        let rows: Vec<QuoteRow> = sqlx::query_as(WINDOW)
            .bind(key.instrument_id)
            .bind(key.venue_id)
            .bind(window.from_ms)
            .bind(window.to_ms)
            .bind(window.limit)
            .fetch_all(&self.read)
            .await?;
        Ok(rows.into_iter().rev().map(QuoteRow::into_vm).collect())
    }
}

impl QuoteRow {
    fn into_vm(self) -> QuoteVm {
        QuoteVm {
            instrument: self.instrument,
            venue: self.venue,
            simulated: self.simulated != 0,
            received_at: self.received_at,
            quote: Quote {
                observed_at: self.observed_at,
                last: self.last,
                bid: self.bid,
                ask: self.ask,
                open_24h: self.open_24h,
                high_24h: self.high_24h,
                low_24h: self.low_24h,
                volume_24h: self.volume_24h,
                quote_volume_24h: self.quote_volume_24h,
            },
        }
    }
}
