//! Alerts by rule.

use crate::store::{Store, StoreError};

/// Alerts of a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct RuleCounts {
    /// Which rule.
    pub check_id: String,
    /// Alerts that are open now.
    pub open_alerts: i64,
    /// Alerts since the time that was asked for.
    pub alerts: i64,
    /// Incidents with one of them that a person confirmed.
    pub confirmed: i64,
    /// Incidents with one of them that a person called a false alarm.
    pub false_alarms: i64,
}

/// Materialized, so that the time is looked up and not the whole table grouped.
pub(super) const COUNTS: &str = "
with recent as materialized (
    select check_id, incident_id from alert where opened_at >= $1 and incident_id is not null
)
select check_id, cast(sum(open) as bigint) as open_alerts, cast(sum(fired) as bigint) as alerts,
    cast(sum(confirmed) as bigint) as confirmed, cast(sum(false_alarms) as bigint) as false_alarms
from (
    select a.check_id, 0 as open, count(*) as fired,
        count(distinct case when i.opinion = 'confirmed' then i.id end) as confirmed,
        count(distinct case when i.opinion = 'false_alarm' then i.id end) as false_alarms
    from recent a
    join incident i on i.id = a.incident_id
    group by a.check_id
    union all
    select check_id, count(*), 0, 0, 0
    from alert
    where state <> 'resolved' and state <> 'pending'
    group by check_id
) counted
group by check_id
order by check_id";

impl Store {
    /// Alerts by rule, counted from a time on; those that never fired do not count.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rule_counts(&self, from_ms: i64) -> Result<Vec<RuleCounts>, StoreError> {
        Ok(sqlx::query_as(COUNTS)
            .bind(from_ms)
            .fetch_all(&self.read)
            .await?)
    }
}
