//! What rules have proven on data of this database.

use app::model::RecordVm;

use super::{Store, StoreError, bulk::values};

/// Rows of one statement.
const ROWS: usize = 100;

#[derive(sqlx::FromRow)]
struct RecordRow {
    check_id: String,
    corpus: String,
    days: f64,
    alerts: i64,
    alerts_per_day: f64,
    recall: String,
    measured_at: i64,
}

impl Store {
    /// Keeps records by rule; what was measured before on the same data is replaced.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_records(
        &self,
        records: &[(&str, &RecordVm)],
        now_ms: i64,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin().await?;
        for part in records.chunks(ROWS) {
            let rows = values(part.len(), &["?", "?", "?", "?", "?", "?", "$1"]);
            let text = format!(
                "insert into rule_record (check_id, corpus, days, alerts, alerts_per_day, recall, measured_at)
                 values {rows}
                 on conflict (check_id, corpus) do update set days = excluded.days, alerts = excluded.alerts,
                    alerts_per_day = excluded.alerts_per_day, recall = excluded.recall,
                    measured_at = excluded.measured_at"
            );
            let mut query = sqlx::query(sqlx::AssertSqlSafe(text));
            for (check_id, record) in part {
                query = query
                    .bind(*check_id)
                    .bind(&record.corpus)
                    .bind(record.days)
                    .bind(record.alerts)
                    .bind(record.alerts_per_day)
                    .bind(serde_json::to_string(&record.recall)?);
            }
            query.bind(now_ms).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Every record with its rule.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn records(&self) -> Result<Vec<(String, RecordVm)>, StoreError> {
        let rows: Vec<RecordRow> = sqlx::query_as(
            "select check_id, corpus, days, alerts, alerts_per_day, recall, measured_at from rule_record
             order by check_id, corpus",
        )
        .fetch_all(&self.read)
        .await?;
        rows.into_iter()
            .map(|row| {
                let record = RecordVm {
                    corpus: row.corpus,
                    days: row.days,
                    alerts: row.alerts,
                    alerts_per_day: row.alerts_per_day,
                    recall: serde_json::from_str(&row.recall)?,
                    measured_at: Some(row.measured_at),
                };
                Ok((row.check_id, record))
            })
            .collect()
    }
}
