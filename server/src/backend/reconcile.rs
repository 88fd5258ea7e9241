//! Live against batch, as the pages show it.

use app::model::ReconcileVm;

use super::StoreBackend;
use crate::store::{StoreError, view::Window};

/// Rows shown: a month of days of twenty series, and the newest differences.
const DAYS: i64 = 31 * 20;
const DIFFERENCES: i64 = 100;

impl StoreBackend {
    pub(super) async fn read_reconciliation(
        &self,
        instrument: &str,
        venue: &str,
    ) -> Result<ReconcileVm, StoreError> {
        let of = (instrument, venue);
        Ok(ReconcileVm {
            days: self.store.reconcile_days(of, Window::newest(DAYS)).await?,
            differences: self
                .store
                .differences(of, Window::newest(DIFFERENCES))
                .await?,
            total: self.store.count_differences(instrument, venue).await?,
        })
    }
}
