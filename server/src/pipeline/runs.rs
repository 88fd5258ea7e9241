//! Runs that can be told to stop, and runs whose process is gone.
//!
//! Each process that executes runs holds a lock file of its own beside the database, named after the `holder` of its
//! runs. The system lets go of the lock when the process dies, however it dies: a run whose holder's lock is free was
//! cut off.

use std::{
    collections::BTreeMap,
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::model::Pipeline;
use tokio_util::sync::CancellationToken;

use super::Engine;
use crate::store::{Store, StoreError};

/// Why a run ended early: somebody wanted it to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// True if the work ended because somebody wanted it to.
#[must_use]
pub fn is_cancelled(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Cancelled>().is_some()
}

/// Runs that this process executes; clones are the same list.
#[derive(Debug, Clone, Default)]
pub struct Runs(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    tokens: BTreeMap<i64, CancellationToken>,
    all: CancellationToken,
    holder: Option<Holder>,
}

/// A process that executes runs; its file goes when it does.
#[derive(Debug)]
struct Holder {
    name: String,
    lock: Option<(File, PathBuf)>,
}

impl Drop for Holder {
    fn drop(&mut self) {
        if let Some((_, path)) = &self.lock {
            // who finds it later removes it
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Runs {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // maps and tokens are changed in one step each: whole after a panic elsewhere
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells every run of this process to stop, also those that begin later.
    pub fn stop_all(&self) {
        self.lock().all.cancel();
    }

    /// Cancelled when every run of this process is to stop.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.lock().all.clone()
    }

    /// Tells a run of this process to stop; false if it is none.
    #[must_use]
    pub fn stop(&self, run_id: i64) -> bool {
        let inner = self.lock();
        let token = inner.tokens.get(&run_id);
        if let Some(token) = token {
            token.cancel();
        }
        token.is_some()
    }

    /// Name of this process in the list of runs.
    ///
    /// # Errors
    /// When its lock file cannot be made.
    pub fn holder(&self, store: &Store) -> io::Result<String> {
        let mut inner = self.lock();
        if let Some(holder) = &inner.holder {
            return Ok(holder.name.clone());
        }
        let name = format!("{:032x}", rand::random::<u128>());
        let lock = match lock_path(store, &name) {
            Some(path) => {
                let file = File::create(&path)?;
                file.lock()?;
                Some((file, path))
            }
            None => None,
        };
        inner.holder = Some(Holder {
            name: name.clone(),
            lock,
        });
        Ok(name)
    }

    /// A run of this process begins.
    #[must_use]
    pub fn enter(&self, run_id: i64) -> CancellationToken {
        let mut inner = self.lock();
        let token = inner.all.child_token();
        inner.tokens.insert(run_id, token.clone());
        token
    }

    /// A run of this process has ended.
    pub fn leave(&self, run_id: i64) {
        self.lock().tokens.remove(&run_id);
    }

    /// True if somebody is at work on this run.
    fn lives(&self, store: &Store, run_id: i64, holder: &str) -> bool {
        let inner = self.lock();
        if inner.holder.as_ref().is_some_and(|own| own.name == holder) {
            return inner.tokens.contains_key(&run_id);
        }
        drop(inner);
        lock_path(store, holder).is_some_and(|path| !holder.is_empty() && !is_free(&path))
    }
}

fn lock_path(store: &Store, holder: &str) -> Option<PathBuf> {
    let mut path = store.file()?.into_os_string();
    path.push("-run-");
    path.push(holder);
    Some(path.into())
}

/// True if nobody holds the file; then it is removed.
fn is_free(path: &Path) -> bool {
    let Ok(file) = File::open(path) else {
        return true;
    };
    if file.try_lock().is_err() {
        return false;
    }
    let _ = std::fs::remove_file(path);
    true
}

/// Marks runs whose process is gone, and removes lock files that dead processes left.
///
/// # Errors
/// When the database fails.
pub async fn reap(engine: &Engine) -> Result<(), StoreError> {
    let runs = engine.hub.runs();
    for (run_id, holder) in engine.store.running_runs(Pipeline::Batch).await? {
        if !runs.lives(&engine.store, run_id, &holder) {
            let now_ms = engine.clock.now_ms();
            engine.store.interrupt_run(run_id, now_ms).await?;
        }
    }
    let Some(prefix) = lock_path(&engine.store, "") else {
        return Ok(());
    };
    let (Some(folder), Some(prefix)) = (prefix.parent(), prefix.file_name()) else {
        return Ok(());
    };
    let prefix = prefix.to_string_lossy();
    // the current folder has no name
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let Ok(files) = std::fs::read_dir(folder) else {
        return Ok(());
    };
    for file in files.flatten() {
        if file.file_name().to_string_lossy().starts_with(&*prefix) {
            let _ = is_free(&file.path());
        }
    }
    Ok(())
}

/// Asks a run to stop, whatever process executes it; false if there is no such run or it has ended.
///
/// # Errors
/// When the database fails.
pub async fn cancel(engine: &Engine, run_id: i64) -> Result<bool, StoreError> {
    let asked = engine.store.ask_run_to_stop(run_id).await?;
    // ours hears of it at once, another process within its next step
    Ok(engine.hub.runs().stop(run_id) || asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_to_stop_alone_or_with_all_others() {
        let runs = Runs::default();
        let (first, second) = (runs.enter(1), runs.enter(2));
        assert!(runs.stop(1));
        assert_eq!((first.is_cancelled(), second.is_cancelled()), (true, false));
        runs.leave(1);
        assert!(!runs.stop(1));
        runs.stop_all();
        assert!(second.is_cancelled());
        assert!(runs.enter(3).is_cancelled(), "one that begins later");
    }

    #[tokio::test]
    async fn a_holder_lives_until_its_process_ends() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("a.db").display());
        let store = Store::open(&url).await.unwrap();
        let (runs, others) = (Runs::default(), Runs::default());
        let holder = runs.holder(&store).unwrap();
        let _token = runs.enter(7);
        assert!(runs.lives(&store, 7, &holder));
        assert!(!runs.lives(&store, 8, &holder), "nobody is at work on it");
        assert!(others.lives(&store, 7, &holder));
        assert!(!others.lives(&store, 7, "gone"));
        assert!(!others.lives(&store, 7, ""), "a run of before");
        drop(runs);
        assert!(!others.lives(&store, 7, &holder));
        assert!(!lock_path(&store, &holder).unwrap().exists());
    }
}
