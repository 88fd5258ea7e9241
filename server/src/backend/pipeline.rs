//! What the Pipeline page shows.

use app::model::{
    Pipeline, RunState,
    pipeline::{PipelineVm, PrimaryVm},
};

use super::StoreBackend;
use crate::store::{StoreError, view::Window};

/// Open gaps listed, and closed ones.
const GAPS: i64 = 40;
/// Events of sources listed.
const EVENTS: i64 = 40;
/// Runs of each pipeline listed.
const RUNS: i64 = 8;

impl StoreBackend {
    pub(super) async fn read_pipeline(&self) -> Result<PipelineVm, StoreError> {
        let store = &self.store;
        let now = self.clock.now_ms();
        let feeds = self.hub.feeds();
        let (facts, _) = self.facts(&feeds, now, 1).await?;
        let (mut gaps, open_gaps) = store.open_gaps(GAPS).await?;
        gaps.extend(store.closed_gaps(GAPS).await?);
        let mut runs = store.runs(Some(Pipeline::Live), None, RUNS).await?;
        runs.extend(store.runs(Some(Pipeline::Batch), None, RUNS).await?);
        runs.sort_by_key(|run| {
            (
                run.state != RunState::Running,
                std::cmp::Reverse(run.started_at),
                std::cmp::Reverse(run.id),
            )
        });
        Ok(PipelineVm {
            server_now: now,
            verdict: facts.verdict(),
            layers: facts.layers(),
            tables: facts.tables(),
            feeds,
            primaries: facts
                .primaries
                .into_iter()
                .map(|primary| PrimaryVm {
                    instrument: primary.instrument,
                    venue: primary.venue,
                    since: primary.since,
                    reason: primary.reason,
                })
                .collect(),
            gaps,
            open_gaps,
            events: store.source_events("", "", Window::newest(EVENTS)).await?,
            runs,
        })
    }
}
