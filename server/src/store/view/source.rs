//! What happened to sources, and which venue each instrument's primary series comes from.

use app::model::{SourceEventKind, SourceEventVm};

use super::{Window, word};
use crate::store::{Store, StoreError};

/// The venue an instrument's primary series comes from.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Primary {
    /// `BTC-USD`
    pub instrument: String,
    /// `coinbase`
    pub venue: String,
    /// Since when.
    pub since: i64,
    /// Why this one.
    pub reason: String,
    /// Never real prices.
    pub simulated: i64,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    id: i64,
    at: i64,
    instrument: String,
    venue: String,
    kind: String,
    detail: String,
}

/// In the order of instruments.
const PRIMARIES: &str = "
select i.symbol as instrument, v.name as venue, p.since, p.reason, cast(v.simulated as bigint) as simulated
from primary_venue p
join instrument i on i.id = p.instrument_id
join venue v on v.id = p.venue_id
order by p.instrument_id";

pub(super) const EVENTS: &str = "
select e.id, e.at, e.instrument, e.venue, e.kind, e.detail
from source_event e
where e.at >= $1 and e.at < $2 and ($3 = '' or e.instrument = $3) and ($4 = '' or e.venue = $4)
order by e.at desc, e.id desc
limit $5";

/// A look back to a moment that is known: a table without such an event is not read to its beginning.
pub(super) const CHANGE: &str = "
select e.id, e.at, e.instrument, e.venue, e.kind, e.detail
from source_event e
where e.at >= $1 and e.instrument = $2 and e.kind in ('failed_over', 'returned')
order by e.at desc, e.id desc
limit 1";

impl Store {
    /// Primary venues, in the order of instruments.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn primaries(&self) -> Result<Vec<Primary>, StoreError> {
        Ok(sqlx::query_as(PRIMARIES).fetch_all(&self.read).await?)
    }

    /// The newest events of a window, newest first; an empty name stands for any.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn source_events(
        &self,
        instrument: &str,
        venue: &str,
        window: Window,
    ) -> Result<Vec<SourceEventVm>, StoreError> {
        let rows: Vec<EventRow> = sqlx::query_as(EVENTS)
            .bind(window.from_ms)
            .bind(window.to_ms)
            .bind(instrument)
            .bind(venue)
            .bind(window.limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(EventRow::into_vm).collect()
    }

    /// The newest fail-over or return of an instrument at `from_ms` or later.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn newest_change(
        &self,
        instrument: &str,
        from_ms: i64,
    ) -> Result<Option<SourceEventVm>, StoreError> {
        let row: Option<EventRow> = sqlx::query_as(CHANGE)
            .bind(from_ms)
            .bind(instrument)
            .fetch_optional(&self.read)
            .await?;
        row.map(EventRow::into_vm).transpose()
    }
}

impl EventRow {
    fn into_vm(self) -> Result<SourceEventVm, StoreError> {
        Ok(SourceEventVm {
            id: self.id,
            at: self.at,
            instrument: self.instrument,
            venue: self.venue,
            kind: word(
                SourceEventKind::parse(&self.kind),
                "event of a source",
                &self.kind,
            )?,
            detail: self.detail,
        })
    }
}
