//! Two batches side by side.

use app::{
    backend::BackendError,
    model::batch::{BatchFilter, CompareVm, OverlayVm},
};

use super::bins::Scale;
use crate::{
    backend::{StoreBackend, logged},
    quality::profile::FileProfile,
    store::StoreError,
};

/// Batches among which the newest one with a profile is looked for.
const LOOK_BACK: i64 = 50;

impl StoreBackend {
    /// Two batches. Without `b` the newest one with a verdict that can be compared; without `a` the one before `b` of the same series.
    ///
    /// # Errors
    /// When one of them is not there, there is none before it, or the store cannot be read.
    pub async fn compare(&self, a: Option<i64>, b: Option<i64>) -> Result<CompareVm, BackendError> {
        let (a, b) = self
            .choose(a, b)
            .await
            .map_err(|error| logged(&error))?
            .ok_or_else(|| {
                BackendError::NotFound("a batch before it to compare with was".to_owned())
            })?;
        let (a, old) = self.whole(a).await?;
        let (b, new) = self.whole(b).await?;
        let overlays = match old.zip(new) {
            Some((old, new)) => overlays(&old, &new),
            None => Vec::new(),
        };
        Ok(CompareVm { a, b, overlays })
    }

    async fn choose(
        &self,
        a: Option<i64>,
        b: Option<i64>,
    ) -> Result<Option<(i64, i64)>, StoreError> {
        if let (Some(a), Some(b)) = (a, b) {
            return Ok(Some((a, b)));
        }
        if let Some(b) = b {
            return Ok(self.store.batch_before(b).await?.map(|(a, _)| (a, b)));
        }
        let newest = self
            .store
            .batches(&BatchFilter::default(), LOOK_BACK)
            .await?;
        for batch in newest.iter().filter(|batch| !batch.verdict.is_empty()) {
            let before = match a {
                Some(a) => (a != batch.id).then_some(a),
                None => self.store.batch_before(batch.id).await?.map(|(id, _)| id),
            };
            if let Some(before) = before {
                return Ok(Some((before, batch.id)));
            }
        }
        Ok(None)
    }

    async fn whole(
        &self,
        id: i64,
    ) -> Result<(app::model::batch::BatchVm, Option<FileProfile>), BackendError> {
        self.read_batch(id)
            .await
            .map_err(|error| logged(&error))?
            .ok_or_else(|| BackendError::NotFound(format!("batch {id}")))
    }
}

/// Distributions that both have, on one scale each.
fn overlays(old: &FileProfile, new: &FileProfile) -> Vec<OverlayVm> {
    old.distributions
        .iter()
        .filter_map(|(name, a)| {
            let b = new.distributions.get(name)?;
            let scale = Scale::of(&[a, b])?;
            Some(OverlayVm {
                a: scale.histogram(name, a),
                b: scale.histogram(name, b),
            })
        })
        .collect()
}
