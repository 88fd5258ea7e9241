//! What the batch pipeline does at a start: takes up what was cut off, and gives an empty database something to show.

use std::path::{Path, PathBuf};

use super::{
    Engine,
    batch::{IngestOptions, ingest_file, recover},
};
use crate::sample::{CANDLES_FILE, NEWS_FILE, SAMPLE_FOLDER, SAMPLE_SEED, write_sample};

/// Venue of the sample data: never mixed with real prices.
pub const SAMPLE_VENUE: &str = "sample";

/// Takes up interrupted landings, then ingests the sample if there is no file at all.
///
/// # Errors
/// When the database fails or the sample cannot be read.
pub async fn begin(engine: &Engine) -> anyhow::Result<()> {
    let taken_up = recover(engine).await?;
    if taken_up > 0 {
        tracing::info!(landings = taken_up, "taken up after an interruption");
    }
    if engine.store.has_files().await? {
        return Ok(());
    }
    tracing::info!(
        "the database is empty: the synthetic sample is ingested, so that there is something to see"
    );
    let folder = sample_folder(engine).await?;
    let options = IngestOptions {
        venue: Some(SAMPLE_VENUE.to_owned()),
        ..IngestOptions::default()
    };
    for name in [CANDLES_FILE, NEWS_FILE] {
        let report = ingest_file(engine, &folder.join(name), &options, None).await?;
        tracing::info!(
            file = report.file,
            rows = report.rows,
            quarantined = report.quarantined,
            "sample ingested"
        );
    }
    Ok(())
}

/// The committed sample, or one that is written beside the database where the program runs without its repository.
async fn sample_folder(engine: &Engine) -> anyhow::Result<PathBuf> {
    let committed = Path::new(SAMPLE_FOLDER);
    if committed.join(CANDLES_FILE).is_file() && committed.join(NEWS_FILE).is_file() {
        return Ok(committed.to_owned());
    }
    let beside = engine
        .store
        .file()
        .and_then(|file| Some(file.parent()?.to_owned()))
        .unwrap_or_default()
        .join("sample");
    let folder = beside.clone();
    tokio::task::spawn_blocking(move || write_sample(&folder, SAMPLE_SEED)).await??;
    Ok(beside)
}
