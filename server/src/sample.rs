//! Sample data: what a first start has to show. Synthetic and labelled so, with the dirt that real files have.

mod candles;
mod news;
pub mod quiet;
mod readme;
pub mod stream;

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;
use flate2::{Compression, GzBuilder};

/// Seed of the sample data in the repository.
pub const SAMPLE_SEED: u64 = 2026;
/// Folder of the sample data in the repository.
pub const SAMPLE_FOLDER: &str = "data/sample";
/// Name of the file of minute candles.
pub const CANDLES_FILE: &str = "btcusd-1m.csv.gz";
/// Name of the file of articles.
pub const NEWS_FILE: &str = "news.csv";
/// Name of the file that says what the others are.
pub const README_FILE: &str = "README.md";
/// Days of sample data.
const DAYS: i64 = 90;
/// End of the sample data: 30 September 2026, 00:00 UTC.
const END: i64 = 1_790_726_400_000;
/// Start of the sample data: 2 July 2026, 00:00 UTC.
const START: i64 = END - DAYS * app::model::DAY_MS;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleReport {
    /// Seed it follows from.
    pub seed: u64,
    /// The files, candles first.
    pub files: Vec<SampleFile>,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// Where it is.
    pub path: PathBuf,
    /// Rows below the header; 0 for the README.
    pub rows: usize,
    /// Size as written.
    pub bytes: usize,
}

/// Writes the sample files into a folder, which is made where it is missing. The same seed gives the same bytes.
///
/// # Errors
/// When the folder or a file in it cannot be written.
pub fn write_sample(folder: &Path, seed: u64) -> anyhow::Result<SampleReport> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let candles = candles::make(seed);
    let news = news::make(seed);
    let readme = readme::text(seed, &candles, &news);
    let candles_gz = gzip(candles.csv.as_bytes())?;
    let files = [
        (CANDLES_FILE, candles_gz.as_slice(), candles.rows),
        (NEWS_FILE, news.csv.as_bytes(), news.rows),
        (README_FILE, readme.as_bytes(), 0),
    ]
    .into_iter()
    .map(|(name, content, rows)| {
        let path = folder.join(name);
        std::fs::write(&path, content)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok(SampleFile {
            path,
            rows,
            bytes: content.len(),
        })
    })
    .collect::<anyhow::Result<_>>()?;
    Ok(SampleReport { seed, files })
}

/// Without name and time in the header: the bytes follow from the content alone.
fn gzip(content: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut writer = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::best());
    writer.write_all(content)?;
    writer.finish()
}

#[cfg(test)]
mod tests;
