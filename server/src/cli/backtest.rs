//! `assay backtest`

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use app::model::{MINUTE_MS, RecordVm};
use clap::Args;

use super::{Common, bar::share_bar, inject::known_fault, print_json};
use crate::{
    clock::Clock,
    config::Config,
    pipeline::{
        Engine,
        backtest::{
            Series, Wanted, measure,
            record::{
                FAULT_SEED, FAULTS, PRICES, QUIET, QUIET_DAYS, faults_of_candles, rules_of_candles,
            },
            source::{MAX_ROWS, read_file, read_stored},
            suggest_on,
        },
    },
    quality::{
        backtest::{Scaled, broken_promises},
        inject::Fault,
        rule::{Rule, RuleBook},
    },
    sample::quiet::{QUIET_SEED, minutes},
    when::moment,
};

mod publish;
mod table;

const HELP: &str = "Runs the rules over data in memory, with the code that judges what is ingested: how many alerts a day they raise on
the data as it is, which faults they find when faults are put in, and how long that takes. Faults are put into copies;
nothing is changed, nothing is alerted.

Without a file or a series the data is a year of minutes of the simulated market.

Examples:
  assay backtest --check candle.spike_reversal
  assay backtest --instrument BTC-USD --venue bitfinex --from 2018-01-01 --to 2019-01-01
  assay backtest --file prices.csv --check candle.gap --budget 0.25
                                               limits for one alert in four days
  assay backtest --fault spike_2pct --fault gap --json
  assay backtest --record                      writes the published record anew

Exit code 0: every rule keeps its promise; 1: one does not.";

/// Options of `backtest`.
#[derive(Debug, Args)]
#[command(after_long_help = HELP, after_help = "See --help for examples.")]
pub struct BacktestArgs {
    /// Only this rule, or those that a pattern with * fits.
    #[arg(long, value_name = "RULE")]
    check: Option<String>,
    /// File of candles, packed or not.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["instrument", "venue"])]
    file: Option<PathBuf>,
    /// Stored candles of this instrument.
    #[arg(long, value_name = "SYMBOL", requires = "venue")]
    instrument: Option<String>,
    /// Stored candles of this venue.
    #[arg(long, value_name = "VENUE", requires = "instrument")]
    venue: Option<String>,
    /// Only from this time on (UTC): 2018-01-31, or 30d for so long ago.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only before this time.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Suggest limits for so many alerts a day.
    #[arg(long, value_name = "ALERTS")]
    budget: Option<f64>,
    /// Put in only this kind of fault; can be given several times. `none` for none.
    #[arg(long = "fault", value_name = "FAULT", value_parser = fault_or_none)]
    faults: Vec<FaultChoice>,
    /// Faults of each kind, at most.
    #[arg(long, default_value_t = FAULTS)]
    count: usize,
    /// Seed of the faults.
    #[arg(long, default_value_t = FAULT_SEED)]
    seed: u64,
    /// Write the published record: all shipped rules on generated data, and on real prices where they are.
    #[arg(long, conflicts_with_all = ["check", "file", "instrument", "from", "to", "budget", "faults"])]
    record: bool,
    /// File of the published record.
    #[arg(long, value_name = "FILE", default_value = publish::RECORD_FILE)]
    out: PathBuf,
    /// Folder of real prices for the published record.
    #[arg(long, value_name = "FOLDER", default_value = PRICES)]
    prices: PathBuf,
}

/// `--fault`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FaultChoice {
    One(Fault),
    None,
}

fn fault_or_none(name: &str) -> Result<FaultChoice, String> {
    match name {
        "none" => Ok(FaultChoice::None),
        _ => known_fault(name).map(FaultChoice::One),
    }
}

/// What came of it.
struct Report {
    corpus: String,
    days: f64,
    rows: i64,
    rules: Vec<(Rule, RecordVm, Option<Scaled>)>,
}

/// Measures; false if a rule breaks its promise. `engine` opens the database where stored candles are wanted.
pub(super) async fn run(
    args: BacktestArgs,
    common: &Common,
    config: &Config,
) -> anyhow::Result<bool> {
    if args.record {
        return publish::run(&args.out, &args.prices, common);
    }
    ensure!(
        args.budget
            .is_none_or(|budget| budget.is_finite() && budget >= 0.0),
        "a budget is a number of alerts a day, such as 0.25"
    );
    let now_ms = Clock::system().now_ms();
    let time = |text: &Option<String>, default: i64| match text {
        Some(text) => moment(text, now_ms).map_err(anyhow::Error::msg),
        None => Ok(default),
    };
    let (from, to) = (time(&args.from, 0)?, time(&args.to, i64::MAX)?);
    ensure!(from < to, "--from must be before --to");
    let stored = args.instrument.clone().zip(args.venue.clone());
    let Some((instrument, venue)) = stored else {
        let book = rules_of(config)?;
        let report = tokio::task::spawn_blocking(move || of_memory(&args, &book, (from, to)))
            .await
            .context("the backtest stopped")??;
        return tell(&report, common);
    };
    let engine = super::engine(common, config).await?;
    let to = to.min(now_ms + MINUTE_MS);
    let (pipeline, rows) =
        read_stored(&engine.store, (&instrument, &venue), (from, to), MAX_ROWS).await?;
    let book = engine.hub.rules().now();
    let report = tokio::task::spawn_blocking(move || {
        let series = Series {
            rows: &rows,
            step_ms: MINUTE_MS,
            is_filled: pipeline == app::model::Pipeline::Live,
        };
        report(
            &args,
            &book,
            series,
            &format!("history:{instrument}/{venue}"),
        )
    })
    .await
    .context("the backtest stopped")??;
    keep(&engine, &report, now_ms).await?;
    engine.store.close().await;
    tell(&report, common)
}

/// The rules of the folder in the configuration, without a database.
fn rules_of(config: &Config) -> anyhow::Result<RuleBook> {
    match crate::quality::rule::file::read(&config.quality.checks) {
        Ok(rules) => Ok(RuleBook::new(rules)),
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            bail!("the rules cannot be read\n{}", lines.join("\n"))
        }
    }
}

fn of_memory(
    args: &BacktestArgs,
    book: &RuleBook,
    (from, to): (i64, i64),
) -> anyhow::Result<Report> {
    let (mut rows, step_ms, corpus) = match &args.file {
        Some(path) => {
            let file = read_file(path, None)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            (file.rows(), file.step_ms, format!("file:{name}"))
        }
        None => (minutes(QUIET_SEED, QUIET_DAYS), MINUTE_MS, QUIET.to_owned()),
    };
    rows.retain(|row| (from..to).contains(&row.opened_at));
    ensure!(!rows.is_empty(), "there are no candles in that time");
    let series = Series {
        rows: &rows,
        step_ms,
        is_filled: corpus == QUIET,
    };
    report(args, book, series, &corpus)
}

fn report(
    args: &BacktestArgs,
    book: &RuleBook,
    series: Series<'_>,
    corpus: &str,
) -> anyhow::Result<Report> {
    let rules: Vec<&Rule> = rules_of_candles(book)
        .into_iter()
        .filter(|rule| {
            args.check
                .as_deref()
                .is_none_or(|wanted| fits(wanted, rule.id))
        })
        .collect();
    ensure!(
        !rules.is_empty(),
        "no rule about rows of candles is called {}; there are {}",
        args.check.as_deref().unwrap_or("so"),
        rules_of_candles(book)
            .iter()
            .map(|rule| rule.id)
            .collect::<Vec<_>>()
            .join(", ")
    );
    let named: Vec<Fault> = args
        .faults
        .iter()
        .filter_map(|choice| match choice {
            FaultChoice::One(fault) => Some(*fault),
            FaultChoice::None => None,
        })
        .collect();
    let faults = if args.faults.is_empty() {
        faults_of_candles()
    } else {
        named
    };
    let wanted = Wanted {
        corpus,
        faults: &faults,
        count: args.count,
        seed: args.seed,
    };
    let bar = share_bar(corpus);
    let (quiet, records) = measure(&rules, book, series, &wanted, &|done| {
        if let Some(bar) = &bar {
            bar.set_position((done * 1000.0) as u64);
        }
    });
    let rules = rules
        .into_iter()
        .zip(records)
        .map(|(rule, record)| {
            let scaled = args.budget.and_then(|budget| {
                if let Some(bar) = &bar {
                    bar.set_message(format!("limits of {}", rule.id));
                }
                suggest_on(rule, series, budget)
            });
            (rule.clone(), record, scaled)
        })
        .collect();
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    Ok(Report {
        corpus: corpus.to_owned(),
        days: quiet.days(),
        rows: quiet.rows,
        rules,
    })
}

/// True if the name is the wanted one, or fits it where that has a `*`.
fn fits(wanted: &str, name: &str) -> bool {
    glob::Pattern::new(wanted).map_or(wanted == name, |pattern| pattern.matches(name))
}

async fn keep(engine: &Engine, report: &Report, now_ms: i64) -> anyhow::Result<()> {
    let records: Vec<(&str, &RecordVm)> = report
        .rules
        .iter()
        .map(|(rule, record, _)| (rule.id, record))
        .collect();
    Ok(engine.store.keep_records(&records, now_ms).await?)
}

/// Prints the report; false if a rule breaks its promise.
fn tell(report: &Report, common: &Common) -> anyhow::Result<bool> {
    let broken: Vec<String> = report
        .rules
        .iter()
        .flat_map(|(rule, record, _)| broken_promises(rule, std::slice::from_ref(record)))
        .filter(|words| !words.ends_with("was never put in"))
        .collect();
    if common.json {
        let rules: Vec<_> = report
            .rules
            .iter()
            .map(|(rule, record, scaled)| {
                serde_json::json!({
                    "rule": rule.id,
                    "kind": rule.kind.as_str(),
                    "record": record,
                    "suggestion": scaled.as_ref().map(|scaled| serde_json::json!({
                        "budget": scaled.budget,
                        "alerts_per_day": scaled.alerts_per_day,
                        "limits": scaled.words,
                    })),
                })
            })
            .collect();
        print_json(&serde_json::json!({
            "data": report.corpus,
            "days": report.days,
            "rows": report.rows,
            "rules": rules,
            "broken": broken,
        }))?;
    } else {
        table::print(report);
        for words in &broken {
            println!("broken promise: {words}");
        }
    }
    Ok(broken.is_empty())
}
