//! One batch writer at a time, among all processes that share a database file.

use std::{fs::File, path::PathBuf, time::Duration};

use anyhow::Context;

use super::progress::Progress;
use crate::store::{RunProgress, Store};

/// What a run that waits for the lock is at.
pub const WAITING: &str = "waiting for another ingest";
/// How often a waiter tries again.
const TRY_EVERY: Duration = Duration::from_millis(50);

/// Held while landings are written and refined; the system lets go of it when the process dies, however it dies.
#[derive(Debug)]
pub struct BatchLock {
    _file: Option<File>,
}

impl BatchLock {
    /// Waits for the lock.
    ///
    /// # Errors
    /// When the lock file beside the database cannot be made.
    pub async fn acquire(store: &Store) -> anyhow::Result<Self> {
        let mut told = false;
        loop {
            if let Some(lock) = Self::try_acquire(store)? {
                return Ok(lock);
            }
            if !told {
                tracing::info!("waiting for another ingest to finish");
                told = true;
            }
            tokio::time::sleep(TRY_EVERY).await;
        }
    }

    /// The same for a run, which says that it waits and can be told to stop meanwhile.
    ///
    /// # Errors
    /// [`super::runs::Cancelled`] when the run is told to stop. When the lock file cannot be made or the database fails.
    pub async fn acquire_for(store: &Store, progress: &mut Progress) -> anyhow::Result<Self> {
        progress.check()?;
        if let Some(lock) = Self::try_acquire(store)? {
            return Ok(lock);
        }
        let at = RunProgress {
            phase: WAITING,
            ..RunProgress::default()
        };
        progress.note(at).await?;
        tokio::select! {
            lock = Self::acquire(store) => lock,
            () = progress.cancelled() => Err(super::runs::Cancelled.into()),
        }
    }

    /// The lock, if nobody holds it.
    fn try_acquire(store: &Store) -> anyhow::Result<Option<Self>> {
        // a database in memory belongs to one process
        let Some(path) = lock_path(store) else {
            return Ok(Some(Self { _file: None }));
        };
        let file =
            File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: Some(file) })),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => {
                Err(error).context("cannot lock the batch pipeline")
            }
        }
    }
}

fn lock_path(store: &Store) -> Option<PathBuf> {
    let mut path = store.file()?.into_os_string();
    path.push("-batch-lock");
    Some(path.into())
}
