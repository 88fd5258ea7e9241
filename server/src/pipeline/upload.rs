//! Files that come over HTTP: received, shown, then committed or discarded.
//!
//! Their names are what the sender says, their files are named after random tokens: no word of a request becomes a path.

mod inspect;

use std::path::PathBuf;

use anyhow::Context;
use app::model::{Pipeline, RunState};
use axum::body::Bytes;
use futures::{Stream, StreamExt};
use serde::Serialize;
use tokio::io::AsyncWriteExt;

pub use self::inspect::Inspected;
use self::inspect::inspect_upload;
use super::{
    Engine,
    batch::{FileReport, IngestOptions, begin_ingest, ingest_run},
    progress::Progress,
};
use crate::store::{RunProgress, upload::Upload};

/// Uploads that may wait at once; the oldest make room for a new one.
const MAX_WAITING: usize = 16;
/// An upload that nobody commits is kept so long, in milliseconds.
const KEPT_MS: i64 = 86_400_000;
/// Longest file name that is kept, in characters.
const MAX_NAME: usize = 200;

/// Why an upload was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// It is larger than allowed.
    #[error(
        "the file is larger than {limit_mb} MB; raise batch.max_upload_mb, or use assay ingest on the machine itself"
    )]
    TooLarge {
        /// What is allowed, in megabytes.
        limit_mb: u64,
    },
    /// The sender stopped before the end.
    #[error("the upload broke off: {0}; send it again")]
    Broken(String),
    /// There is no such upload.
    #[error("there is no such upload, or it is being committed; uploads are kept for a day")]
    Unknown,
    /// Somebody stopped it.
    #[error("the upload was cancelled")]
    Cancelled,
    /// The disk or the database failed.
    #[error(transparent)]
    Failed(#[from] anyhow::Error),
}

/// An upload that waits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Received {
    /// Token to commit or discard it by.
    pub id: String,
    /// File name as the sender gave it.
    pub name: String,
    /// Size.
    pub bytes: i64,
    /// Run that received it.
    pub run_id: i64,
    /// What it seems to be.
    pub inspect: Inspected,
}

/// Takes uploads.
#[derive(Debug, Clone)]
pub struct Uploads {
    engine: Engine,
    max_mb: u64,
}

impl Uploads {
    /// Uploads of at most so many megabytes.
    #[must_use]
    pub const fn new(engine: Engine, max_mb: u64) -> Self {
        Self { engine, max_mb }
    }

    /// `uploads` beside the database.
    fn folder(&self) -> anyhow::Result<PathBuf> {
        let file = self
            .engine
            .store
            .file()
            .context("a database in memory takes no uploads")?;
        Ok(file
            .parent()
            .map(|parent| parent.join("uploads"))
            .unwrap_or_default())
    }

    fn file(&self, id: &str) -> anyhow::Result<PathBuf> {
        // an id of the database is a token of ours; anything else was not found there
        anyhow::ensure!(
            !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "an upload's id is no token"
        );
        Ok(self.folder()?.join(id))
    }

    /// Receives a file; `total` is its size where the sender says so.
    ///
    /// # Errors
    /// When it is too large, breaks off, or cannot be kept. Nothing is left of it then.
    pub async fn receive<E: std::fmt::Display>(
        &self,
        name: &str,
        total: Option<u64>,
        body: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<Received, UploadError> {
        if total.is_some_and(|total| total > self.max_bytes()) {
            return Err(self.too_large());
        }
        self.sweep(MAX_WAITING - 1).await?;
        let name = plain_name(name);
        let progress = Progress::begin(&self.engine, Pipeline::Batch, "upload", &name, None)
            .await
            .context("the upload cannot begin")?;
        let mut progress = progress;
        let result = self.take(&name, total, body, &mut progress).await;
        let (state, words) = match &result {
            Ok(received) => (
                RunState::Done,
                format!("{} bytes received; commit or discard it", received.bytes),
            ),
            Err(UploadError::Cancelled) => (RunState::Cancelled, "cancelled".to_owned()),
            Err(UploadError::Failed(error)) => (RunState::Failed, format!("{error:#}")),
            Err(error @ UploadError::TooLarge { .. }) => (RunState::Refused, error.to_string()),
            Err(error) => (RunState::Failed, error.to_string()),
        };
        progress
            .end(state, &words)
            .await
            .context("the upload cannot end")?;
        result
    }

    async fn take<E: std::fmt::Display>(
        &self,
        name: &str,
        total: Option<u64>,
        body: impl Stream<Item = Result<Bytes, E>> + Send,
        progress: &mut Progress,
    ) -> Result<Received, UploadError> {
        let folder = self.folder()?;
        tokio::fs::create_dir_all(&folder)
            .await
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let id = format!("{:032x}", rand::random::<u128>());
        // removed when it is dropped: whoever breaks off leaves nothing
        let part = tempfile::Builder::new()
            .suffix(".part")
            .tempfile_in(&folder)
            .with_context(|| format!("cannot write to {}", folder.display()))?
            .into_temp_path();
        let mut file = tokio::fs::File::create(&part)
            .await
            .context("cannot write the upload")?;
        let mut at = RunProgress {
            phase: "receiving",
            bytes_total: total.unwrap_or_default().cast_signed(),
            ..RunProgress::default()
        };
        let stopped = |error: anyhow::Error| match super::runs::is_cancelled(&error) {
            true => UploadError::Cancelled,
            false => UploadError::Failed(error),
        };
        progress.note(at).await.map_err(stopped)?;
        let mut body = std::pin::pin!(body);
        loop {
            let bytes = tokio::select! {
                bytes = body.next() => bytes,
                () = progress.cancelled() => return Err(UploadError::Cancelled),
            };
            let Some(bytes) = bytes else {
                break;
            };
            let bytes = bytes.map_err(|error| UploadError::Broken(error.to_string()))?;
            at.bytes_done += bytes.len() as i64;
            if at.bytes_done.cast_unsigned() > self.max_bytes() {
                return Err(self.too_large());
            }
            file.write_all(&bytes)
                .await
                .context("cannot write the upload; is the disk full?")?;
            progress.note_now_and_then(at).await.map_err(stopped)?;
        }
        if let Some(total) = total.filter(|total| at.bytes_done.cast_unsigned() != *total) {
            let words = format!("{} of {total} bytes came", at.bytes_done);
            return Err(UploadError::Broken(words));
        }
        let written = async {
            file.flush().await?;
            file.sync_all().await
        };
        written
            .await
            .context("cannot write the upload; is the disk full?")?;
        let inspect = inspect_upload(name, part.to_path_buf()).await?;
        let upload = Upload {
            id: id.clone(),
            name: name.to_owned(),
            bytes: at.bytes_done,
            received_at: self.engine.clock.now_ms(),
            state: "received".to_owned(),
        };
        part.persist_noclobber(self.file(&id)?)
            .map_err(|error| anyhow::Error::new(error.error))?;
        self.engine
            .store
            .insert_upload(&upload)
            .await
            .context("the upload cannot be kept")?;
        Ok(Received {
            id,
            name: upload.name,
            bytes: upload.bytes,
            run_id: progress.run_id,
            inspect,
        })
    }

    /// Begins to ingest an upload; gives the run, which goes on in the background.
    ///
    /// # Errors
    /// When there is no such upload or the database fails.
    pub async fn commit(&self, id: &str, options: IngestOptions) -> Result<i64, UploadError> {
        let (progress, work) = self.start(id, options).await?;
        let run_id = progress.run_id;
        let (uploads, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            if let Err(error) = uploads.ingest(&id, &work, progress).await {
                tracing::error!(error = format!("{error:#}"), "an upload was not ingested");
            }
        });
        Ok(run_id)
    }

    async fn start(
        &self,
        id: &str,
        options: IngestOptions,
    ) -> Result<(Progress, IngestOptions), UploadError> {
        let store = &self.engine.store;
        let known = store.upload(id).await.context("no uploads can be read")?;
        let upload = known.ok_or(UploadError::Unknown)?;
        let is_ours = store
            .move_upload(id, "received", "committing")
            .await
            .context("the upload cannot be committed")?;
        if !is_ours {
            return Err(UploadError::Unknown);
        }
        let options = IngestOptions {
            origin: Some(upload.name),
            ..options
        };
        let origin = options.origin.as_deref().unwrap_or_default();
        let progress = begin_ingest(&self.engine, origin, None).await?;
        Ok((progress, options))
    }

    /// Ingests an upload that is being committed. One that fails for no fault of its own can be committed again.
    async fn ingest(
        &self,
        id: &str,
        options: &IngestOptions,
        progress: Progress,
    ) -> anyhow::Result<FileReport> {
        let path = self.file(id)?;
        let report = match ingest_run(&self.engine, &path, options, progress).await {
            Ok(report) if report.state != "cancelled" => report,
            other => {
                self.engine
                    .store
                    .move_upload(id, "committing", "received")
                    .await?;
                return other;
            }
        };
        self.forget(id).await?;
        Ok(report)
    }

    /// Throws an upload away.
    ///
    /// # Errors
    /// When there is no such upload or the database fails.
    pub async fn discard(&self, id: &str) -> Result<(), UploadError> {
        let is_ours = self
            .engine
            .store
            .move_upload(id, "received", "committing")
            .await
            .context("the upload cannot be discarded")?;
        if !is_ours {
            return Err(UploadError::Unknown);
        }
        Ok(self.forget(id).await?)
    }

    async fn forget(&self, id: &str) -> anyhow::Result<()> {
        match tokio::fs::remove_file(self.file(id)?).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).context("an upload cannot be removed");
            }
            _ => {}
        }
        Ok(self.engine.store.delete_upload(id).await?)
    }

    /// At a start: commits that were cut off can be made again, and files that belong to no upload go.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self) -> anyhow::Result<()> {
        for upload in self.engine.store.uploads().await? {
            self.engine
                .store
                .move_upload(&upload.id, "committing", "received")
                .await?;
        }
        self.sweep(MAX_WAITING).await?;
        let Ok(mut files) = tokio::fs::read_dir(self.folder()?).await else {
            return Ok(());
        };
        while let Some(file) = files.next_entry().await? {
            let name = file.file_name().to_string_lossy().into_owned();
            if self.engine.store.upload(&name).await?.is_none() {
                let _ = tokio::fs::remove_file(file.path()).await;
            }
        }
        Ok(())
    }

    /// Throws away what nobody has committed for a day, and the oldest beyond `keep`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sweep(&self, keep: usize) -> anyhow::Result<()> {
        let now_ms = self.engine.clock.now_ms();
        let mut waiting = self.engine.store.uploads().await?;
        waiting.retain(|upload| upload.state == "received");
        let surplus = waiting.len().saturating_sub(keep);
        for (place, upload) in waiting.iter().enumerate() {
            if place < surplus || now_ms - upload.received_at >= KEPT_MS {
                // somebody may commit it at this moment
                let _ = self.discard(&upload.id).await;
            }
        }
        Ok(())
    }

    const fn max_bytes(&self) -> u64 {
        self.max_mb.saturating_mul(1 << 20)
    }

    const fn too_large(&self) -> UploadError {
        UploadError::TooLarge {
            limit_mb: self.max_mb,
        }
    }
}

/// The last part of a path, without what a terminal or a page would stumble over.
fn plain_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let name: String = name
        .chars()
        .filter(|c| !c.is_control())
        .take(MAX_NAME)
        .collect();
    if name.trim().is_empty() {
        "upload".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::plain_name;

    #[test]
    fn names_are_no_paths() {
        for (given, kept) in [
            ("prices.csv", "prices.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\data\\prices.csv", "prices.csv"),
            ("a\u{0}b\n\u{1b}[31m.csv", "ab[31m.csv"),
            ("", "upload"),
            ("folder/", "upload"),
        ] {
            assert_eq!(plain_name(given), kept, "{given:?}");
        }
        assert_eq!(plain_name(&"x".repeat(1000)).len(), 200);
    }
}
