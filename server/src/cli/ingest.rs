//! `assay ingest`

mod judgement;
mod paths;
mod spool;

use std::path::{Path, PathBuf};

use app::model::format_utc;
use clap::Args;

use self::{
    judgement::{Judged, Judgement},
    paths::{Source, sources},
    spool::spool,
};
use super::{
    Common,
    bar::{Unit, bar, watcher},
    keep_scores, print_json, stop_on_signal,
};
use crate::{
    pipeline::{
        Engine,
        batch::{FileReport, IngestOptions, ingest_file},
        runs::is_cancelled,
    },
    refine::sniff::check_format,
};

/// Options of `ingest`.
#[derive(Debug, Args)]
pub struct IngestArgs {
    /// Files, folders that are searched for files, patterns such as 'prices/*.csv.gz', or - for standard input.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Instrument, such as BTC-USD, where a file does not name it.
    #[arg(long, value_name = "SYMBOL")]
    instrument: Option<String>,
    /// Venue or publisher of the files.
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
    /// Format to read the files as, where their content does not show it: a name that `assay inspect` gives, with
    /// :day-first or :month-first behind it where dates do not tell.
    #[arg(long, value_name = "FORMAT", value_parser = known_format)]
    format: Option<String>,
}

/// Ingests every file; false if one was refused or failed.
pub(super) async fn run(
    engine: &Engine,
    args: &IngestArgs,
    common: &Common,
) -> anyhow::Result<bool> {
    let options = IngestOptions {
        instrument: args.instrument.clone(),
        venue: args.venue.clone(),
        format: args.format.clone(),
        origin: None,
    };
    stop_on_signal(engine);
    let mut reports = Vec::new();
    for source in sources(&args.paths)? {
        let report = match &source {
            Source::File(path) => ingest(engine, path, &options).await,
            Source::Stdin => from_stdin(engine, &options).await,
        };
        let mut report = Judged::of(engine, report).await?;
        if !common.json {
            print(&report.report);
            report.judgement.iter().for_each(Judgement::print);
        }
        let is_over = report.report.state == "cancelled";
        // of an archive with several data files each counts as a file
        match report.report.members.is_empty() {
            true => reports.push(report),
            false => {
                for member in std::mem::take(&mut report.report.members) {
                    reports.push(Judged::of(engine, member).await?);
                }
            }
        }
        if is_over {
            break;
        }
    }
    keep_scores(engine).await;
    let good = reports.iter().all(|report| report.report.is_good());
    if common.json {
        print_json(&serde_json::json!({ "files": reports }))?;
    }
    engine.store.close().await;
    Ok(good)
}

/// A format that is known, for the command line.
pub(super) fn known_format(name: &str) -> Result<String, String> {
    check_format(name).map(|()| name.to_owned())
}

/// Ingests one file; what goes wrong is its report.
async fn ingest(engine: &Engine, path: &Path, options: &IngestOptions) -> FileReport {
    let origin = options
        .origin
        .clone()
        .unwrap_or_else(|| path.display().to_string());
    let name = origin.rsplit('/').next().unwrap_or(&origin);
    let bar = bar(name, Unit::Bytes);
    let report = ingest_file(engine, path, options, bar.as_ref().map(watcher)).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    report.unwrap_or_else(|error| broken(origin, &error))
}

async fn from_stdin(engine: &Engine, options: &IngestOptions) -> FileReport {
    let options = IngestOptions {
        origin: Some("stdin".to_owned()),
        ..options.clone()
    };
    match spool(engine).await {
        Ok(file) => ingest(engine, &file, &options).await,
        Err(error) => broken("stdin".to_owned(), &error),
    }
}

fn broken(origin: String, error: &anyhow::Error) -> FileReport {
    let state = if is_cancelled(error) {
        "cancelled"
    } else {
        "failed"
    };
    FileReport::empty(origin, state, Some(format!("{error:#}")))
}

fn print(report: &FileReport) {
    for member in &report.members {
        print(member);
    }
    println!(
        "{}: {}{}",
        report.file,
        report.state.replace('_', " "),
        report
            .reason
            .as_ref()
            .map(|r| format!(": {r}"))
            .unwrap_or_default()
    );
    if !report.is_good() {
        return;
    }
    println!(
        "  {} ({}), {} rows = {} accepted + {} deduplicated + {} quarantined; {} flagged; {:.2} s",
        report.dataset,
        report.format,
        report.rows,
        report.accepted,
        report.deduplicated,
        report.quarantined,
        report.flagged,
        report.seconds
    );
    if let (Some(first), Some(last)) = (report.first, report.last) {
        println!("  from {} to {} UTC", format_utc(first), format_utc(last));
    }
    for note in &report.notes {
        println!("  note: {note}");
    }
}
