//! Gaps, from noticed to filled.

use app::model::{Dataset, GapCause, GapState, GapVm};

use super::word;
use crate::store::{Store, StoreError};

/// Which gaps; empty fields mean any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GapFilter {
    /// `BTC-USD`
    pub instrument: String,
    /// `kraken`
    pub venue: String,
    /// How far they have come.
    pub state: Option<GapState>,
}

#[derive(sqlx::FromRow)]
struct GapRow {
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

/// The words of the index that holds the open ones.
pub(super) const OPEN: &str = "
select g.id, i.symbol as instrument, v.name as venue, g.dataset, g.from_at, g.to_at, g.cause, g.state, g.detected_at,
    g.closed_at, g.attempts, g.rows, g.detail
from gap g cross join instrument i cross join venue v
where g.state in ('open', 'filling') and i.id = g.instrument_id and v.id = g.venue_id
order by g.detected_at desc, g.id desc
limit $1";

pub(super) const COUNT: &str = "select count(*) from gap g where g.state in ('open', 'filling')";

/// From the newest back, so that nothing is sorted.
pub(super) const CLOSED: &str = "
select g.id, i.symbol as instrument, v.name as venue, g.dataset, g.from_at, g.to_at, g.cause, g.state, g.detected_at,
    g.closed_at, g.attempts, g.rows, g.detail
from gap g cross join instrument i cross join venue v
where g.state in ('filled', 'recorded') and i.id = g.instrument_id and v.id = g.venue_id
order by g.id desc
limit $1";

pub(super) const LIST: &str = "
select g.id, i.symbol as instrument, v.name as venue, g.dataset, g.from_at, g.to_at, g.cause, g.state, g.detected_at,
    g.closed_at, g.attempts, g.rows, g.detail
from gap g cross join instrument i cross join venue v
where i.id = g.instrument_id and v.id = g.venue_id and ($1 = '' or i.symbol = $1) and ($2 = '' or v.name = $2)
    and ($3 = '' or g.state = $3)
order by g.id desc
limit $4";

impl Store {
    /// Gaps that are not closed, newest first, and how many there are in all.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn open_gaps(&self, limit: i64) -> Result<(Vec<GapVm>, i64), StoreError> {
        let rows: Vec<GapRow> = sqlx::query_as(OPEN)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        let gaps: Vec<GapVm> = rows
            .into_iter()
            .map(GapRow::into_vm)
            .collect::<Result<_, _>>()?;
        let count = if (gaps.len() as i64) < limit {
            gaps.len() as i64
        } else {
            sqlx::query_scalar(COUNT).fetch_one(&self.read).await?
        };
        Ok((gaps, count))
    }

    /// Gaps that were filled or given up, newest first.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn closed_gaps(&self, limit: i64) -> Result<Vec<GapVm>, StoreError> {
        let rows: Vec<GapRow> = sqlx::query_as(CLOSED)
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(GapRow::into_vm).collect()
    }

    /// Gaps, newest first.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn gaps(&self, filter: &GapFilter, limit: i64) -> Result<Vec<GapVm>, StoreError> {
        let rows: Vec<GapRow> = sqlx::query_as(LIST)
            .bind(&filter.instrument)
            .bind(&filter.venue)
            .bind(filter.state.map_or("", GapState::as_str))
            .bind(limit)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().map(GapRow::into_vm).collect()
    }
}

impl GapRow {
    fn into_vm(self) -> Result<GapVm, StoreError> {
        Ok(GapVm {
            id: self.id,
            instrument: self.instrument,
            venue: self.venue,
            dataset: word(Dataset::parse(&self.dataset), "dataset", &self.dataset)?,
            from_at: self.from_at,
            to_at: self.to_at,
            cause: word(GapCause::parse(&self.cause), "cause of a gap", &self.cause)?,
            state: word(GapState::parse(&self.state), "state of a gap", &self.state)?,
            detected_at: self.detected_at,
            closed_at: self.closed_at,
            attempts: self.attempts,
            rows: self.rows,
            detail: self.detail,
        })
    }
}
