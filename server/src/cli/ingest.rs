//! `assay ingest`

use std::{
    io::IsTerminal,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use app::model::{RunVm, format_utc};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Common, print_json};
use crate::{
    pipeline::{
        Engine,
        batch::{FileReport, IngestOptions, ingest_file},
        checksum::is_companion,
        progress::Watcher,
    },
    refine::sniff::check_format,
};

/// Options of `ingest`.
#[derive(Debug, Args)]
pub struct IngestArgs {
    /// Files, or folders that are searched for files.
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
    };
    let mut reports = Vec::new();
    for path in files(&args.paths)? {
        let bar = bar(&path);
        let report = match ingest_file(engine, &path, &options, bar.as_ref().map(watcher)).await {
            Ok(report) => report,
            Err(error) => failed(&path, &error),
        };
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        if !common.json {
            print(&report);
        }
        // of an archive with several data files each counts as a file
        match report.members.is_empty() {
            true => reports.push(report),
            false => reports.extend(report.members),
        }
    }
    let good = reports.iter().all(FileReport::is_good);
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

fn failed(path: &Path, error: &anyhow::Error) -> FileReport {
    FileReport::empty(
        path.display().to_string(),
        "failed",
        Some(format!("{error:#}")),
    )
}

/// Files of the paths, those below a folder in the order of their names.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in paths {
        let kind =
            std::fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if kind.is_dir() {
            folder(path, &mut found)?
        } else {
            found.push(path.clone())
        }
    }
    let named = || paths.iter().map(|path| path.display().to_string());
    anyhow::ensure!(
        !found.is_empty(),
        "no file below {}; name a file, or a folder that holds some",
        named().collect::<Vec<_>>().join(", ")
    );
    Ok(found)
}

fn folder(path: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let entries =
        std::fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        // links are not followed: they may lead in circles
        let kind = entry.file_type()?;
        if kind.is_dir() {
            folder(&entry.path(), found)?;
        } else if kind.is_file() && !is_companion(&entry.path()) {
            found.push(entry.path());
        }
    }
    Ok(())
}

fn bar(path: &Path) -> Option<ProgressBar> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let bar = ProgressBar::new(0);
    let style =
        ProgressStyle::with_template("{prefix} {bar:32} {bytes}/{total_bytes} {eta} {msg}").ok()?;
    bar.set_style(style);
    bar.set_prefix(
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
    );
    Some(bar)
}

fn watcher(bar: &ProgressBar) -> Watcher {
    let bar = bar.clone();
    Arc::new(move |run: &RunVm| {
        bar.set_length(run.bytes_total.max(0).cast_unsigned());
        bar.set_position(run.bytes_done.max(0).cast_unsigned());
        bar.set_message(format!(
            "{} {} rows, {} in quarantine",
            run.phase, run.rows, run.quarantined
        ));
    })
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
