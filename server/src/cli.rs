//! Commands: results go to stdout, progress and logs to stderr; exit code 0 done, 1 failed or refused, 2 wrong usage.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::{
    clock::Clock,
    config::Config,
    hub::Hub,
    pipeline::{Engine, rules, score},
    store::Store,
};

mod alerts;
mod backfill;
mod backtest;
mod bar;
mod check;
mod digest;
mod export;
mod ingest;
mod inject;
mod inspect;
mod jobs;
mod notify;
mod quarantine;
mod replay;
mod report;
mod sample;
mod serve;
mod silence;
mod simulate;

/// Tells whether market data can be trusted: live and batch pipelines, quality checks and one page that shows it all.
#[derive(Debug, Parser)]
#[command(name = "assay", version, after_help = EXAMPLES)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXAMPLES: &str = "Examples:
  assay serve                                  the page at http://127.0.0.1:3000, with live data
  assay serve --live simulator                 the same with a simulated exchange
  assay ingest prices/ --venue bitfinex        every file below a folder
  assay inspect prices.csv                     what the file is, and how it would be read
  assay ingest news.csv --json                 one JSON document on stdout
  assay backfill --venue binance --from 7d --to now
                                               candles of the last week from a venue's history
  assay quarantine list --rule candle.ohlc     rows that broke a rule
  assay alerts ack 17 --by ann                 take an alert
  assay silence add --entity '*/kraken/*' --for 2h --reason maintenance
                                               keep notices back
  assay notify test ops                        a test to a channel of the configuration
  assay check --fail-on error                  judge what is stored; exit code 1 if something is wrong
  assay backtest --check candle.spike_reversal
                                               how often a rule cries wolf, and what it catches
  assay report --out report.html               the analysis as one page
  assay export --dataset candle --layer gold --format parquet --out bars.parquet
                                               bars of every step as one Parquet file
  assay digest                                 row counts and content hashes";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// Database, `sqlite:PATH`.
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL")]
    pub database_url: Option<String>,
    /// Configuration file (TOML); without this option `assay.toml` is read if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to log to stderr: error, warn, info, debug, or a filter such as `server=debug`.
    #[arg(
        long,
        global = true,
        env = "ASSAY_LOG",
        default_value = "info",
        value_name = "FILTER"
    )]
    pub log: String,
    /// Print the result as one JSON document.
    #[arg(long, global = true)]
    pub json: bool,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run both pipelines and serve the page
    Serve(serve::ServeArgs),
    /// Take files or folders into the batch pipeline
    Ingest(ingest::IngestArgs),
    /// Take candles of the past from a venue into the batch pipeline
    Backfill(backfill::BackfillArgs),
    /// Say what files are and how they would be read, without taking them
    Inspect(inspect::InspectArgs),
    /// Measure rules: alerts a day, faults found, limits for a budget of alerts
    Backtest(backtest::BacktestArgs),
    /// Put faults into a file of candles, to try a pipeline on
    Inject(inject::InjectArgs),
    /// Rebuild silver and gold from bronze
    Replay(replay::ReplayArgs),
    /// Judge what is stored by the rules in force, without changing it
    Check(check::CheckArgs),
    /// List quarantined rows, read them again, or give them up
    Quarantine(quarantine::QuarantineArgs),
    /// List alerts, take them, say whether they were right
    Alerts(alerts::AlertsArgs),
    /// List incidents: alerts with one cause
    Incidents(alerts::IncidentsArgs),
    /// Keep notices of alerts back, and end that
    Silence(silence::SilenceArgs),
    /// List scheduled jobs
    Jobs,
    /// Run a scheduled job now
    Run(jobs::RunArgs),
    /// Stop a run, whatever process executes it
    Cancel(jobs::CancelArgs),
    /// List channels and notices, try a channel, send or print the digest of the day
    Notify(notify::NotifyArgs),
    /// Print row counts and a content hash per table
    Digest,
    /// Write rows to a CSV or Parquet file
    Export(export::ExportArgs),
    /// Write the analysis as one self-contained page
    Report(report::ReportArgs),
    /// Write the synthetic sample files
    Sample(sample::SampleArgs),
    /// Run an exchange on loopback that speaks the protocol of a venue, with faults to switch on
    Simulate(simulate::SimulateArgs),
}

/// The command line.
///
/// # Errors
/// The exit code, after help or a usage error was printed.
pub fn parse() -> Result<Cli, ExitCode> {
    Cli::try_parse().map_err(|error| {
        // printing fails only when nobody reads
        let _ = error.print();
        ExitCode::from(if error.use_stderr() { 2 } else { 0 })
    })
}

/// Logs to stderr.
pub fn log(common: &Common) {
    let filter =
        tracing_subscriber::EnvFilter::try_new(&common.log).unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_env_filter(filter)
        .with_target(false)
        .init();
}

/// Runs a command to its exit code.
pub async fn run(cli: Cli) -> ExitCode {
    match execute(cli).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(1)
        }
    }
}

async fn execute(cli: Cli) -> anyhow::Result<bool> {
    let config = Config::load(cli.common.config.as_deref())?;
    let common = cli.common;
    match cli.command {
        Command::Sample(args) => sample::run(&args, &common),
        Command::Simulate(args) => simulate::run(&args, &config).await,
        Command::Serve(args) => serve::run(args, &common, config).await,
        Command::Inspect(args) => inspect::run(&args, &common),
        Command::Inject(args) => inject::run(&args, &common),
        Command::Backtest(args) => backtest::run(args, &common, &config).await,
        Command::Ingest(args) => {
            ingest::run(&engine(&common, &config).await?, &args, &common).await
        }
        Command::Backfill(args) => {
            backfill::run(&engine(&common, &config).await?, &args, &common, &config).await
        }
        Command::Replay(args) => {
            replay::run(&engine(&common, &config).await?, &args, &common).await
        }
        Command::Check(args) => match args.files() {
            // broken files must not keep it from telling what is broken
            Some(files) => check::validate(files, &common, &config),
            None => check::run(&engine(&common, &config).await?, &args, &common, &config).await,
        },
        Command::Alerts(args) => alerts::run(&engine(&common, &config).await?, args, &common).await,
        Command::Incidents(args) => {
            alerts::incidents(&engine(&common, &config).await?, args, &common).await
        }
        Command::Silence(args) => {
            silence::run(&engine(&common, &config).await?, args, &common).await
        }
        Command::Quarantine(args) => {
            quarantine::run(&engine(&common, &config).await?, args, &common).await
        }
        Command::Jobs => jobs::list(&engine(&common, &config).await?, &common, &config).await,
        Command::Run(args) => {
            jobs::run(&engine(&common, &config).await?, &args, &common, &config).await
        }
        Command::Cancel(args) => {
            jobs::cancel(&engine(&common, &config).await?, &args, &common).await
        }
        Command::Notify(args) => {
            notify::run(&engine(&common, &config).await?, args, &common, &config).await
        }
        Command::Digest => digest::run(&engine(&common, &config).await?, &common).await,
        Command::Report(args) => {
            report::run(&engine(&common, &config).await?, &args, &common).await
        }
        Command::Export(args) => {
            export::run(&engine(&common, &config).await?, &args, &common).await
        }
    }
}

async fn engine(common: &Common, config: &Config) -> anyhow::Result<Engine> {
    let url = common
        .database_url
        .as_deref()
        .unwrap_or(&config.database_url);
    let store = Store::open(url).await?;
    let engine = Engine {
        store,
        hub: Hub::new(env!("CARGO_PKG_VERSION")),
        clock: Clock::system(),
    };
    rules::load(&engine, &config.quality.checks).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::anyhow!("the rules cannot be read\n{}", lines.join("\n"))
    })?;
    Ok(engine)
}

/// Notes the scores after a run; a server does so each minute.
async fn keep_scores(engine: &Engine) {
    if let Err(error) = score::keep(engine).await {
        tracing::warn!(%error, "scores could not be noted");
    }
}

/// Ctrl-C stops the run at hand in good order; pressed again it ends the program at once.
fn stop_on_signal(engine: &Engine) {
    let runs = engine.hub.runs().clone();
    tokio::spawn(async move {
        for again in [false, true] {
            signalled().await;
            if again {
                std::process::exit(1);
            }
            tracing::warn!(
                "stopping; once more to end at once: what is cut off is taken up at the next start"
            );
            runs.stop_all();
        }
    });
}

/// Waits until the program is told to stop.
async fn signalled() {
    let interrupted = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminated) => tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        },
        Err(_) => drop(interrupted.await),
    }
}

/// Prints a result as JSON.
fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
