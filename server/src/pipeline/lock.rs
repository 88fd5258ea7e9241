//! One batch writer at a time, among all processes that share a database file.

use std::{fs::File, path::PathBuf, time::Duration};

use anyhow::Context;

use crate::store::Store;

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
        // a database in memory belongs to one process
        let Some(path) = lock_path(store) else {
            return Ok(Self { _file: None });
        };
        let file =
            File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: Some(file) }),
                Err(std::fs::TryLockError::WouldBlock) => {}
                Err(std::fs::TryLockError::Error(error)) => {
                    return Err(error).context("cannot lock the batch pipeline");
                }
            }
            if !told {
                tracing::info!("waiting for another ingest to finish");
                told = true;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn lock_path(store: &Store) -> Option<PathBuf> {
    let mut path = store.file()?.into_os_string();
    path.push("-batch-lock");
    Some(path.into())
}
