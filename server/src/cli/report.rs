//! `assay report`

use std::{
    io::{IsTerminal as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use app::{
    format::bytes,
    model::analysis::AnalysisVm,
    report::{Options, document},
};
use clap::Args;

use super::{Common, print_json};
use crate::{
    backend::analysis::{Choice, analysis_of},
    export::AtomicFile,
    pipeline::Engine,
};

/// Options of `report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// File to write; `-` for standard output. It is there as a whole or not at all.
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,
    /// Only prices of this instrument, such as BTC-USD.
    #[arg(long, value_name = "SYMBOL")]
    instrument: Option<String>,
    /// Only prices of this venue or publisher.
    #[arg(long, value_name = "VENUE")]
    venue: Option<String>,
}

/// Writes the report.
pub(super) async fn run(
    engine: &Engine,
    args: &ReportArgs,
    common: &Common,
) -> anyhow::Result<bool> {
    tell("reading the analysis …");
    let choice = Choice {
        instrument: args.instrument.clone(),
        venue: args.venue.clone(),
    };
    let vm = analysis_of(
        &engine.store,
        &engine.hub.rules().now(),
        engine.clock.now_ms(),
        &choice,
    )
    .await?;
    refuse_nothing(engine, &vm, &choice).await?;
    tell("drawing …");
    let html = document(&vm, &Options::default());
    if args.out == Path::new("-") {
        return match std::io::stdout().lock().write_all(html.as_bytes()) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(error).context("cannot write to standard output")
            }
            _ => Ok(true),
        };
    }
    let at = || format!("cannot write {}", args.out.display());
    let mut file = AtomicFile::begin(&args.out).with_context(at)?;
    file.write_all(html.as_bytes()).with_context(at)?;
    let size = file.finish().with_context(at)?;
    if common.json {
        print_json(&serde_json::json!({
            "file": args.out.display().to_string(), "bytes": size, "data_version": vm.data_version,
            "generated_at": vm.generated_at, "verdict": vm.verdict.word, "series": vm.prices.len(),
            "articles": vm.news.as_ref().map_or(0, |news| news.articles),
        }))?;
    } else {
        let size = bytes(i64::try_from(size).unwrap_or(i64::MAX));
        println!("{}: {size}", args.out.display());
    }
    Ok(true)
}

/// How far it is, for somebody who waits.
fn tell(words: &str) {
    if std::io::stderr().is_terminal() {
        eprintln!("{words}");
    }
}

async fn refuse_nothing(engine: &Engine, vm: &AnalysisVm, choice: &Choice) -> anyhow::Result<()> {
    if *choice != Choice::default() && vm.sources.is_empty() {
        let there: Vec<String> = engine
            .store
            .series()
            .await?
            .iter()
            .map(|row| format!("{} at {}", row.vm.instrument, row.vm.venue))
            .collect();
        let wanted = [&choice.instrument, &choice.venue]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>()
            .join(" at ");
        if there.is_empty() {
            bail!(
                "there are no prices of {wanted}, and no others; take files in with: assay ingest FILE"
            );
        }
        bail!(
            "there are no prices of {wanted}; there are: {}",
            there.join(", ")
        );
    }
    if vm.sources.is_empty() && vm.news.is_none() {
        bail!(
            "there is nothing to report on: no prices and no news; take files in with: assay ingest FILE"
        );
    }
    Ok(())
}
