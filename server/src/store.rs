//! The database: one writer connection, many readers, and the only place with SQL.
//!
//! `SQLite` in WAL mode: readers never wait for the writer. Query text stays within what `PostgreSQL` takes too.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

pub mod alert;
pub mod analysis;
pub mod article;
mod bulk;
pub mod candle;
pub mod check;
pub mod checkpoint;
pub mod consensus;
pub mod count;
pub mod custom;
mod digest;
pub mod export;
pub mod gap;
pub mod gold;
pub mod goldcheck;
pub mod incident;
pub mod job;
pub mod landing;
pub mod live;
mod load;
pub mod minute;
pub mod names;
pub mod newest;
pub mod outbox;
pub mod quarantine;
pub mod reconcile;
pub mod record;
pub mod replay;
pub mod retention;
pub mod run;
pub mod score;
pub mod sentiment;
pub mod silence;
pub mod source_event;
pub mod stream;
#[doc(hidden)]
pub mod testing;
pub mod touched;
pub mod trade;
pub mod upload;
pub mod view;

pub use candle::SeriesKey;
pub use digest::TableDigest;
pub use landing::{Landing, NewLanding, Part};
pub use load::{Load, LoadRows};
pub use names::{Names, WHOLE_MARKET};
pub use run::RunProgress;

use sqlx::{
    Connection as _, Sqlite, SqlitePool, Transaction,
    pool::PoolConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is not one this build can open.
    #[error("cannot use database url {url:?}: {reason} (expected sqlite:PATH)")]
    Url {
        /// The URL as given.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The folder of the database could not be made.
    #[error("cannot create the folder of the database, {path}: {error}")]
    Folder {
        /// The folder.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A migration failed: the file is of a newer version, or damaged.
    #[error("cannot bring the database up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A query failed.
    #[error("database: {0}")]
    Sql(#[from] sqlx::Error),
    /// A bulk load failed.
    #[error("database: {0}")]
    Load(#[from] rusqlite::Error),
    /// A thread could not be started.
    #[error("cannot start a thread beside the database: {0}")]
    Thread(std::io::Error),
    /// The lock file of this process could not be made.
    #[error("cannot make a lock file beside the database: {0}")]
    Lock(String),
    /// A stored text could not be read back.
    #[error("unreadable value in the database: {0}")]
    Value(String),
}

impl From<serde_json::Error> for StoreError {
    fn from(error: serde_json::Error) -> Self {
        Self::Value(error.to_string())
    }
}

/// Pages in the write-ahead log (32 MB) before they are moved to the database.
const CHECKPOINT_PAGES: &str = "2048";
/// How long a writer waits for one of another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(30);

/// A writing transaction; rolled back unless committed.
pub type Tx = Transaction<'static, Sqlite>;

/// Handle to the database; cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    /// Many read-only connections.
    pub(crate) read: SqlitePool,
    /// The one connection that writes.
    pub(crate) write: SqlitePool,
    file: Option<PathBuf>,
}

impl Store {
    /// Opens the database, creates it where it is missing and brings it up to date.
    ///
    /// # Errors
    /// When the URL is not `sqlite:PATH`, the folder cannot be made, the file is not a database or a migration fails.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| StoreError::Url {
                url: url.to_owned(),
                reason: error.to_string(),
            })?
            .create_if_missing(true)
            // fewer, larger writes: a load takes 7 % less time than with 8192
            .page_size(16_384)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true)
            .pragma("cache_size", "-65536")
            .pragma("temp_store", "memory")
            .pragma("wal_autocheckpoint", CHECKPOINT_PAGES)
            .statement_cache_capacity(200)
            .optimize_on_close(true, 400);
        let path = options.get_filename().to_owned();
        let in_memory = url.contains(":memory:");
        create_folder(&path)?;
        // processes that begin at once on a new file would all create the same tables
        let _alone = if in_memory {
            None
        } else {
            Some(alone(&path).await?)
        };
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            // on a full disk SQLite takes the transaction back by itself; sqlx then believes in it for ever
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone())
            .await?;
        sqlx::migrate!("../migrations/sqlite").run(&write).await?;
        let readers = options.read_only(true).pragma("cache_size", "-8192");
        let read = SqlitePoolOptions::new()
            .max_connections(8)
            .connect_with(readers)
            .await?;
        Ok(Self {
            read,
            write,
            file: (!in_memory).then_some(path),
        })
    }

    /// Begins a writing transaction, waiting for the one before to end. Never await the network inside one.
    ///
    /// # Errors
    /// When the database is locked by another process for longer than 30 s.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        // begun as a writer: upgrading a read would fail without waiting
        Ok(self.write.begin_with("begin immediate").await?)
    }

    /// The right to write, for what does not write through a transaction of this store; ends when it is dropped.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn writer(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.write.acquire().await?)
    }

    /// Begins a transaction that only reads: it sees one moment and waits for nobody.
    ///
    /// # Errors
    /// When no connection is to be had.
    pub async fn snapshot(&self) -> Result<Tx, StoreError> {
        Ok(self.read.begin().await?)
    }

    /// The database file, unless it is in memory.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        self.file.clone()
    }

    /// Waits for running queries, then closes the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// Waits until no other process brings this database up to date.
async fn alone(database: &Path) -> Result<File, StoreError> {
    let mut path = database.as_os_str().to_owned();
    path.push("-open-lock");
    let failed = |error: std::io::Error| StoreError::Lock(error.to_string());
    let file = File::create(&path).map_err(failed)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(10)).await,
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
    }
}

fn create_folder(file: &Path) -> Result<(), StoreError> {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => {
            std::fs::create_dir_all(folder).map_err(|error| StoreError::Folder {
                path: folder.display().to_string(),
                error,
            })
        }
        _ => Ok(()),
    }
}
