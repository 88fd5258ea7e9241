//! What the pages of batches show.

mod bins;
mod compare;
mod detail;

use std::path::Path;

use app::model::{
    Pipeline, RunState,
    batch::{BatchFilter, BatchListVm, InboxVm, JobVm},
};

use super::StoreBackend;
use crate::store::{StoreError, job::Job};

/// Rows of a page of the list.
const ROWS: usize = 50;
/// Runs on top, with live progress: at work, and newest.
const NEWEST: i64 = 6;
/// Files of a folder that are counted.
const MAX_FILES: usize = 10_000;

impl StoreBackend {
    pub(super) async fn read_batches(
        &self,
        filter: &BatchFilter,
    ) -> Result<BatchListVm, StoreError> {
        let store = &self.store;
        // one more tells whether there is another page
        let limit = ROWS as i64 + 1;
        let (mut batches, mut runs) = (Vec::new(), Vec::new());
        let last = if filter.runs {
            runs = store.batch_runs(filter, limit).await?;
            let more = runs.len() > ROWS;
            runs.truncate(ROWS);
            runs.last()
                .filter(|_| more)
                .map(|row| (row.run.started_at, row.run.id))
        } else {
            batches = store.batches(filter, limit).await?;
            let more = batches.len() > ROWS;
            batches.truncate(ROWS);
            let ids: Vec<i64> = batches.iter().map(|batch| batch.id).collect();
            let took = store.batch_durations(&ids).await?;
            for batch in &mut batches {
                batch.took_ms = took.get(&batch.id).copied();
            }
            batches
                .last()
                .filter(|_| more)
                .map(|row| (row.received_at, row.id))
        };
        let inbox = match &self.config.batch.inbox {
            Some(folder) => Some(inbox(folder).await),
            None => None,
        };
        let mut newest_runs = store
            .runs(Some(Pipeline::Batch), Some(RunState::Running), NEWEST)
            .await?;
        for run in store.runs(Some(Pipeline::Batch), None, NEWEST).await? {
            if newest_runs.iter().all(|known| known.id != run.id) {
                newest_runs.push(run);
            }
        }
        Ok(BatchListVm {
            newest_runs,
            jobs: store.jobs().await?.into_iter().map(job).collect(),
            inbox,
            max_upload_mb: self.config.batch.max_upload_mb,
            older: last.map(|before| BatchFilter {
                before: Some(before),
                ..filter.clone()
            }),
            filter: filter.clone(),
            batches,
            runs,
        })
    }
}

fn job(job: Job) -> JobVm {
    JobVm {
        name: job.name,
        cron: job.cron,
        kind: job.kind,
        subject: job.subject,
        last_run_at: job.last_run_at,
        next_run_at: job.next_run_at,
        state: job.state,
        detail: job.detail,
    }
}

async fn inbox(folder: &Path) -> InboxVm {
    InboxVm {
        folder: folder.display().to_string(),
        waiting: files(folder).await,
        done: files(&folder.join("done")).await.unwrap_or(0),
        refused: files(&folder.join("refused")).await.unwrap_or(0),
    }
}

/// Files in a folder but for reports beside them; `None` if it cannot be read.
async fn files(folder: &Path) -> Option<usize> {
    let mut entries = tokio::fs::read_dir(folder).await.ok()?;
    let mut count = 0;
    while let Ok(Some(entry)) = entries.next_entry().await {
        let is_file = entry.file_type().await.is_ok_and(|kind| kind.is_file());
        let name = entry.file_name();
        let name = name.to_string_lossy();
        count += usize::from(is_file && !name.starts_with('.') && !name.ends_with(REPORT));
        if count >= MAX_FILES {
            break;
        }
    }
    Some(count)
}

/// End of the name of a report.
const REPORT: &str = ".report.json";
