//! A watched folder: files that are put there are ingested and moved away, with a report beside each.
//!
//! A file is taken when it looks the same in two looks, so that one that is still being written is left alone. A crash
//! between the ingest and the move does no harm: the file is found again, its bytes have landed, and it is moved.

mod place;

use std::{
    collections::HashMap,
    io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use self::place::put_away;
use super::{
    Engine,
    batch::{FileReport, IngestOptions, begin_ingest, ingest_run},
    checksum::is_companion,
};

/// Time between two looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Pause after the first failure, in milliseconds; it doubles with each.
const FIRST_PAUSE_MS: i64 = 5_000;
/// Longest pause, in milliseconds.
const LONGEST_PAUSE_MS: i64 = 10 * 60_000;
/// Names of files that other programs are still writing.
const UNFINISHED: [&str; 3] = [".part", ".tmp", ".crdownload"];

/// How a file looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Looks {
    bytes: u64,
    changed: Option<SystemTime>,
}

/// Files that failed for a reason that is not theirs.
#[derive(Debug, Clone, Copy, Default)]
struct Failures {
    count: u32,
    next_at: i64,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Taken {
    /// It was ingested or refused, and lies here now.
    Moved {
        /// Where it lies.
        to: PathBuf,
        /// What came of it.
        report: Box<FileReport>,
    },
    /// It stays and is tried again.
    Stays {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// The watched folder.
#[derive(Debug)]
pub struct Inbox {
    engine: Engine,
    folder: PathBuf,
    seen: HashMap<PathBuf, Looks>,
    failures: HashMap<PathBuf, Failures>,
}

impl Inbox {
    /// Watches a folder, which is made if it is missing, as are `done` and `refused` in it.
    ///
    /// # Errors
    /// When they cannot be made.
    pub fn new(engine: Engine, folder: &Path) -> anyhow::Result<Self> {
        for folder in [
            folder.to_owned(),
            folder.join("done"),
            folder.join("refused"),
        ] {
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("cannot create the inbox folder {}", folder.display()))?;
        }
        Ok(Self {
            engine,
            folder: folder.to_owned(),
            seen: HashMap::new(),
            failures: HashMap::new(),
        })
    }

    /// Looks every second until told to stop.
    pub async fn run(mut self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let looked = tokio::select! {
                // a file that is under way is cut off, and taken up at the next start
                () = stop.cancelled() => return,
                looked = self.look() => looked,
            };
            if let Err(error) = looked {
                tracing::error!(error = format!("{error:#}"), "the inbox cannot be read");
            }
        }
    }

    /// One look: files that have not changed since the look before are taken, one after the other by name.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub async fn look(&mut self) -> anyhow::Result<Vec<Taken>> {
        let folder = self.folder.clone();
        let files = tokio::task::spawn_blocking(move || list(&folder))
            .await?
            .with_context(|| format!("cannot list the inbox {}", self.folder.display()))?;
        self.failures
            .retain(|path, _| files.iter().any(|(file, _)| file == path));
        let before = std::mem::take(&mut self.seen);
        let mut taken = Vec::new();
        let now_ms = self.engine.clock.now_ms();
        for (path, looks) in files {
            let is_still = before.get(&path) == Some(&looks);
            let is_due = self
                .failures
                .get(&path)
                .is_none_or(|failures| now_ms >= failures.next_at);
            self.seen.insert(path.clone(), looks);
            if is_still && is_due {
                taken.push(self.take(path).await);
            }
        }
        Ok(taken)
    }

    async fn take(&mut self, path: PathBuf) -> Taken {
        match self.ingest_and_move(&path).await {
            Ok((to, report)) => {
                tracing::info!(
                    file = report.file,
                    state = report.state,
                    rows = report.rows,
                    quarantined = report.quarantined,
                    "taken from the inbox"
                );
                self.seen.remove(&path);
                self.failures.remove(&path);
                let report = Box::new(report);
                Taken::Moved { to, report }
            }
            Err(error) => {
                let failures = self.failures.entry(path.clone()).or_default();
                let pause_ms = FIRST_PAUSE_MS << failures.count.min(20);
                let pause_ms = pause_ms.min(LONGEST_PAUSE_MS);
                failures.count = failures.count.saturating_add(1);
                failures.next_at = self.engine.clock.now_ms() + pause_ms;
                let reason = format!("{error:#}");
                tracing::warn!(
                    file = %path.display(),
                    pause_ms,
                    error = reason,
                    "a file stays in the inbox and is tried again"
                );
                Taken::Stays { path, reason }
            }
        }
    }

    async fn ingest_and_move(&self, path: &Path) -> anyhow::Result<(PathBuf, FileReport)> {
        let options = IngestOptions::default();
        let progress = begin_ingest(&self.engine, &path.display().to_string(), None).await?;
        let report = ingest_run(&self.engine, path, &options, progress).await?;
        let (from, folder) = (path.to_owned(), self.folder.clone());
        let (to, report) = tokio::task::spawn_blocking(move || -> io::Result<_> {
            let place = folder.join(if report.is_good() { "done" } else { "refused" });
            put_away(&from, &place, &report).map(|to| (to, report))
        })
        .await?
        .context("it is ingested, but cannot be moved away")?;
        Ok((to, report))
    }
}

/// Files that may be taken, by name.
fn list(folder: &Path) -> io::Result<Vec<(PathBuf, Looks)>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_lowercase();
        // a link may lead anywhere, and cannot be moved with what it stands for
        if !entry.file_type()?.is_file() || is_unfinished(&name) || is_companion(&entry.path()) {
            continue;
        }
        // gone since it was listed
        let Ok(data) = entry.metadata() else {
            continue;
        };
        let looks = Looks {
            bytes: data.len(),
            changed: data.modified().ok(),
        };
        files.push((entry.path(), looks));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(files)
}

fn is_unfinished(name: &str) -> bool {
    name.starts_with('.') || UNFINISHED.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::is_unfinished;

    #[test]
    fn files_that_are_being_written_are_left_alone() {
        for (name, unfinished) in [
            ("prices.csv", false),
            ("prices.csv.gz", false),
            (".prices.csv.swp", true),
            ("prices.csv.part", true),
            ("prices.tmp", true),
            ("prices.csv.crdownload", true),
            ("part", false),
        ] {
            assert_eq!(is_unfinished(name), unfinished, "{name}");
        }
    }
}
