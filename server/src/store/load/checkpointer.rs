//! Moving the write-ahead log into the database beside a load, so that the load does not wait for the disk.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::JoinHandle,
};

use rusqlite::Connection;

use crate::store::StoreError;

/// The log begins anew only when all of it is moved at a moment when nobody writes: beyond this many pages (32 MB) the
/// load makes that moment itself. A larger log would be written to fresh memory all the time.
const MAX_PAGES: i64 = 2_048;

/// A thread that moves the log whenever it is told to look.
#[derive(Debug)]
pub(super) struct Checkpointer {
    looks: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    pages: Arc<AtomicI64>,
}

impl Checkpointer {
    /// Starts the thread with a connection of its own.
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (looks, told) = sync_channel(1);
        let pages = Arc::new(AtomicI64::new(0));
        let seen = Arc::clone(&pages);
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || {
                while told.recv().is_ok() {
                    match checkpoint(&connection) {
                        Ok(pages) => seen.store(pages, Ordering::Relaxed),
                        // the log stays as it is: the next commit of another connection moves it
                        Err(error) => tracing::warn!(%error, "the write-ahead log is not moved"),
                    }
                }
            })
            .map_err(StoreError::Thread)?;
        Ok(Self {
            looks: Some(looks),
            thread: Some(thread),
            pages,
        })
    }

    /// Tells the thread that the log has grown. `writer` moves it itself where it has grown too much.
    pub(super) fn look(&self, writer: &Connection) -> Result<(), StoreError> {
        if let Some(looks) = &self.looks {
            // a thread that is at work, or gone, need not be told
            let _ = looks.try_send(());
        }
        if self.pages.load(Ordering::Relaxed) > MAX_PAGES {
            self.pages.store(checkpoint(writer)?, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.looks = None;
        if let Some(thread) = self.thread.take() {
            // it does nothing that could panic; nothing is lost if it did
            let _ = thread.join();
        }
    }
}

/// Moves what can be moved without waiting for anybody; gives the pages of the log, 0 if all are moved.
fn checkpoint(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("pragma wal_checkpoint(passive)", (), |row| {
        let (log, moved): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(if log == moved { 0 } else { log })
    })
}
