//! The history of an alert with what was found at each transition.

use app::model::{AlertEventVm, TransitionVm};

use super::alert::EventRow;
use crate::store::{Store, StoreError};

/// How much evidence is read with a history, in characters of JSON; what is larger is told by its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Of one transition.
    pub each: i64,
    /// Of all together, the newest first.
    pub all: i64,
}

impl Room {
    /// For who wants to know what happened, not what was found.
    const NONE: Self = Self { each: 0, all: 0 };
    /// For a page, which asks for the rest when somebody wants to see it.
    pub const PAGE: Self = Self {
        each: 1_500,
        all: 8_000,
    };
    /// For programs: in practice everything.
    pub const PROGRAM: Self = Self {
        each: 1_000_000,
        all: 2_000_000,
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    event: EventRow,
    threshold: String,
    evidence_size: i64,
    evidence: Option<String>,
}

const OF_ALERT: &str = "
select id, at, from_state, to_state, severity, cause, actor, alert, coalesce(threshold, '') as threshold,
    coalesce(length(evidence), 0) as evidence_size,
    case when length(evidence) <= $3
            and sum(case when length(evidence) <= $3 then length(evidence) else 0 end) over (order by id desc) <= $4
        then evidence end as evidence
from alert_event
where alert_id = $1
order by id desc
limit $2";

const ONE: &str = "
select id, at, from_state, to_state, severity, cause, actor, alert, coalesce(threshold, '') as threshold,
    coalesce(length(evidence), 0) as evidence_size, evidence
from alert_event
where alert_id = $1 and id = $2";

impl Store {
    /// The newest transitions of one alert, oldest first, with as much of their evidence as there is `room` for.
    ///
    /// # Errors
    /// When the database does not answer or a transition cannot be read back.
    pub async fn transitions(
        &self,
        alert_id: i64,
        limit: i64,
        room: Room,
    ) -> Result<Vec<TransitionVm>, StoreError> {
        let rows: Vec<Row> = sqlx::query_as(OF_ALERT)
            .bind(alert_id)
            .bind(limit)
            .bind(room.each)
            .bind(room.all)
            .fetch_all(&self.read)
            .await?;
        rows.into_iter().rev().map(Row::into_vm).collect()
    }

    /// The newest transitions of one alert, oldest first, without what was found: what a replay of its life reads.
    ///
    /// # Errors
    /// When the database does not answer or a transition cannot be read back.
    pub async fn alert_events(
        &self,
        alert_id: i64,
        limit: i64,
    ) -> Result<Vec<AlertEventVm>, StoreError> {
        let transitions = self.transitions(alert_id, limit, Room::NONE).await?;
        Ok(transitions.into_iter().map(|one| one.event).collect())
    }

    /// One transition of an alert with all of its evidence.
    ///
    /// # Errors
    /// When the database does not answer or the transition cannot be read back.
    pub async fn transition(
        &self,
        alert_id: i64,
        seq: i64,
    ) -> Result<Option<TransitionVm>, StoreError> {
        let row: Option<Row> = sqlx::query_as(ONE)
            .bind(alert_id)
            .bind(seq)
            .fetch_optional(&self.read)
            .await?;
        row.map(Row::into_vm).transpose()
    }
}

impl Row {
    fn into_vm(self) -> Result<TransitionVm, StoreError> {
        let evidence = self.evidence.as_deref().map(serde_json::from_str);
        Ok(TransitionVm {
            event: self.event.into_vm()?,
            threshold: self.threshold,
            evidence_size: self.evidence_size,
            evidence: evidence.transpose()?,
        })
    }
}
