//! `assay sample`

use std::path::PathBuf;

use clap::Args;

use super::Common;

/// Options of `sample`.
#[derive(Debug, Args)]
pub struct SampleArgs {
    /// Folder to write to.
    #[arg(long, default_value = "data/sample", value_name = "FOLDER")]
    out: PathBuf,
    /// Seed: the same seed gives the same bytes.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(super) fn run(_args: &SampleArgs, _common: &Common) -> anyhow::Result<bool> {
    Ok(true)
}
