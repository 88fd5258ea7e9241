//! Silver and gold anew from bronze.

use app::model::{LandingState, Pipeline};

use super::{Engine, lock::BatchLock, progress::Progress, refine::refine};
use crate::store::{StoreError, landing::set_state, replay::clear};

/// Rebuilds silver, quarantine and gold from bronze, landing by landing in the order of arrival. Gives the number of
/// landings.
///
/// # Errors
/// When the database fails or a landing cannot be refined.
pub async fn replay(
    engine: &Engine,
    watcher: Option<super::progress::Watcher>,
) -> anyhow::Result<usize> {
    let _lock = BatchLock::acquire(&engine.store).await?;
    let landings = engine.store.replayable_landings().await?;
    let mut tx = engine.store.begin().await?;
    clear(&mut tx).await?;
    for landing in &landings {
        set_state(&mut tx, landing.id, LandingState::Landed, "").await?;
    }
    tx.commit().await.map_err(StoreError::from)?;
    for landing in &landings {
        let Some(landing) = engine.store.landing(landing.id).await? else {
            continue;
        };
        match landing.pipeline {
            Pipeline::Live => {
                // one answer that cannot be refined must not keep out those after it
                if let Err(error) = super::live::replay_answer(engine, &landing).await {
                    let detail = format!("{error:#}");
                    tracing::error!(landing = landing.id, error = detail, "cannot be refined");
                    let mut tx = engine.store.begin().await?;
                    set_state(&mut tx, landing.id, LandingState::Failed, &detail).await?;
                    tx.commit().await.map_err(StoreError::from)?;
                }
            }
            Pipeline::Batch => {
                let mut progress = Progress::begin(
                    engine,
                    Pipeline::Batch,
                    "replay",
                    &landing.origin,
                    watcher.clone(),
                )
                .await?;
                let refined = refine(engine, &landing, &mut progress).await?;
                progress
                    .end(
                        app::model::RunState::Done,
                        &format!("{} rows", refined.counts.rows),
                    )
                    .await?;
            }
        }
    }
    engine.hub.changed();
    Ok(landings.len())
}
