//! `assay sample`

use std::path::PathBuf;

use clap::Args;

use super::{Common, print_json};
use crate::sample::{SAMPLE_FOLDER, SAMPLE_SEED, write_sample};

/// Options of `sample`.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// Folder to write to.
    #[arg(long, default_value = SAMPLE_FOLDER, value_name = "FOLDER")]
    out: PathBuf,
    /// Seed: the same seed gives the same bytes.
    #[arg(long, default_value_t = SAMPLE_SEED)]
    seed: u64,
}

/// Writes the files.
pub(super) fn run(args: &SampleArgs, common: &Common) -> anyhow::Result<bool> {
    let report = write_sample(&args.out, args.seed)?;
    if common.json {
        let files: Vec<_> = report
            .files
            .iter()
            .map(|file| serde_json::json!({ "file": file.path, "rows": file.rows, "bytes": file.bytes }))
            .collect();
        print_json(&serde_json::json!({ "seed": report.seed, "files": files }))?;
    } else {
        for file in &report.files {
            println!(
                "{}: {} rows, {} bytes, synthetic (seed {})",
                file.path.display(),
                file.rows,
                file.bytes,
                report.seed
            );
        }
    }
    Ok(true)
}
