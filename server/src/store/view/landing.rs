//! Landings.

use app::model::{Dataset, LandingState, LandingVm, Pipeline};

use super::word;
use crate::store::{Store, StoreError};

#[derive(sqlx::FromRow)]
struct LandingRow {
    id: i64,
    pipeline: String,
    venue: String,
    dataset: String,
    origin: String,
    received_at: i64,
    bytes: i64,
    format: String,
    state: String,
    detail: String,
    rows: i64,
    accepted: i64,
    deduplicated: i64,
    quarantined: i64,
}

pub(super) const OF_PIPELINE: &str = "
select id, pipeline, venue, dataset, origin, received_at, bytes, format, state, detail, rows, accepted, deduplicated,
    quarantined
from bronze_landing
where pipeline = $1 and ($2 is null or state = $2)
order by received_at desc, id desc
limit $3";

const ALL: &str = "
select id, pipeline, venue, dataset, origin, received_at, bytes, format, state, detail, rows, accepted, deduplicated,
    quarantined
from bronze_landing
where $1 is null or state = $1
order by id desc
limit $2";

impl Store {
    /// The newest landings, newest first.
    ///
    /// # Errors
    /// When the database does not answer or holds a word this build does not know.
    pub async fn landings(
        &self,
        pipeline: Option<Pipeline>,
        state: Option<LandingState>,
        limit: i64,
    ) -> Result<Vec<LandingVm>, StoreError> {
        let state = state.map(LandingState::as_str);
        let query = match pipeline {
            Some(pipeline) => sqlx::query_as(OF_PIPELINE).bind(pipeline.as_str()),
            None => sqlx::query_as(ALL),
        };
        let rows: Vec<LandingRow> = query.bind(state).bind(limit).fetch_all(&self.read).await?;
        rows.into_iter().map(LandingRow::into_vm).collect()
    }
}

impl LandingRow {
    fn into_vm(self) -> Result<LandingVm, StoreError> {
        Ok(LandingVm {
            id: self.id,
            pipeline: word(Pipeline::parse(&self.pipeline), "pipeline", &self.pipeline)?,
            venue: self.venue,
            dataset: word(Dataset::parse(&self.dataset), "dataset", &self.dataset)?,
            origin: self.origin,
            received_at: self.received_at,
            bytes: self.bytes,
            format: self.format,
            state: word(
                LandingState::parse(&self.state),
                "landing state",
                &self.state,
            )?,
            detail: self.detail,
            rows: self.rows,
            accepted: self.accepted,
            deduplicated: self.deduplicated,
            quarantined: self.quarantined,
        })
    }
}
