//! `assay inspect`

use std::path::PathBuf;

use clap::Args;

use super::{Common, ingest::known_format, print_json};
use crate::{
    pipeline::{input::Input, inspect::inspect_file},
    refine::inspect::words,
};

const HELP: &str = "Looks at the beginning of each file and says what `assay ingest` would make of it: what it is packed in,
its encoding and line ends, the format and the evidence for it, which column is read as what, the unit and zone of the
times, the step, the first rows as they would be read, and what to be careful about. Nothing is stored.

The format that it names can be given to `assay ingest --format`, for files that do not show it themselves.

Examples:
  assay inspect prices.csv
  assay inspect BTCUSDT-1m-2025-01.zip
  assay inspect prices.csv --format ohlcv:day-first    how it would be read with the day before the month
  assay inspect download/*.csv --json                  one JSON document

Exit code 0: all files could be taken; 1: some would be refused.";

/// Options of `inspect`.
#[derive(Debug, Args)]
#[command(after_long_help = HELP, after_help = "See --help for what it tells, and examples.")]
pub struct InspectArgs {
    /// Files.
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Format to read the files as; without it the content decides.
    #[arg(long, value_name = "FORMAT", value_parser = known_format)]
    format: Option<String>,
}

/// Says what the files are; false if one would be refused.
pub(super) fn run(args: &InspectArgs, common: &Common) -> anyhow::Result<bool> {
    let mut reports = Vec::new();
    for path in &args.paths {
        for report in inspect_file(Input::from(path), args.format.as_deref())? {
            if !common.json {
                println!("{}", words(&report));
            }
            reports.push(report);
        }
    }
    let good = reports.iter().all(|report| report.refusal.is_none());
    if common.json {
        print_json(&serde_json::json!({ "files": reports }))?;
    }
    Ok(good)
}
