//! Quarantined rows for their browser.

use app::{
    backend::BackendError,
    model::QuarantineVm,
    plain::quality::quarantine::{Asked, QuarantinePageVm},
};

use super::{StoreBackend, analysis::health::reasons, logged};
use crate::store::{StoreError, view::QuarantineRows};

/// Rows on a page.
const ROWS: i64 = 50;
/// Landings offered as filters.
const LANDINGS: i64 = 12;

impl StoreBackend {
    /// The rows that are asked for, with reasons and landings to choose from.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn quarantine(&self, asked: Asked) -> Result<QuarantinePageVm, BackendError> {
        self.read_quarantine(asked)
            .await
            .map_err(|error| logged(&error))
    }

    async fn read_quarantine(&self, asked: Asked) -> Result<QuarantinePageVm, StoreError> {
        let by_rules = self.store.quarantine_by_rules(Some(asked.state)).await?;
        let by_rule = reasons(&by_rules)?;
        let by_landing = self
            .store
            .quarantine_by_landing(asked.state, LANDINGS)
            .await?;
        let of = QuarantineRows {
            state: asked.state,
            rule: &asked.rule,
            landing_id: asked.landing_id,
            before: asked.before,
            // one more tells whether there are older ones
            limit: ROWS + 1,
        };
        let mut rows: Vec<QuarantineVm> = self.store.quarantine_page(of).await?;
        let has_older = rows.len() as i64 > ROWS;
        rows.truncate(ROWS as usize);
        Ok(QuarantinePageVm {
            total: self.store.quarantine_count(asked.state).await?,
            by_rule: by_rule
                .into_iter()
                .map(|one| (one.name, one.count))
                .collect(),
            by_landing,
            rows,
            has_older,
            asked,
        })
    }
}
