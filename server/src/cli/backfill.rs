//! `assay backfill`

use app::model::format_utc;
use clap::Args;

use super::{
    Common,
    bar::{Unit, bar, watcher},
    keep_scores, print_json, stop_on_signal,
};
use crate::{
    config::{Config, step_named},
    pipeline::{
        Engine,
        backfill::{Backfill, BackfillReport, backfill},
    },
    when::moment,
};

/// Options of `backfill`.
#[derive(Debug, Args)]
#[command(
    after_help = "Times: 2024-01-01, 2024-01-01T00:00, milliseconds since the epoch, 7d (ago), now; UTC. The same command goes on where one before it was cut off."
)]
pub struct BackfillArgs {
    /// Venue whose history is asked.
    #[arg(long, value_parser = crate::source::history::VENUES)]
    venue: String,
    /// First time.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// First time after the range.
    #[arg(long, value_name = "TIME")]
    to: String,
    /// Instrument, such as BTC-USDT; the one of the live pipeline unless given.
    #[arg(long, value_name = "SYMBOL")]
    instrument: Option<String>,
    /// Interval of the candles.
    #[arg(long, default_value = "1m")]
    step: String,
}

/// Takes the candles; false if it did not come to the end.
pub(super) async fn run(
    engine: &Engine,
    args: &BackfillArgs,
    common: &Common,
    config: &Config,
) -> anyhow::Result<bool> {
    let now_ms = engine.clock.now_ms();
    let wanted = Backfill {
        venue: args.venue.clone(),
        instrument: args.instrument.clone(),
        step: step_named(&args.step)?,
        from: moment(&args.from, now_ms).map_err(anyhow::Error::msg)?,
        to: moment(&args.to, now_ms).map_err(anyhow::Error::msg)?,
        duty: None,
    };
    stop_on_signal(engine);
    let bar = bar(&wanted.venue, Unit::Candles);
    let report = backfill(engine, config, &wanted, bar.as_ref().map(watcher)).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let report = report?;
    keep_scores(engine).await;
    if common.json {
        print_json(&report)?;
    } else {
        print(&report);
    }
    engine.store.close().await;
    Ok(report.state == "done")
}

/// Prints a report for people.
pub(super) fn print(report: &BackfillReport) {
    println!(
        "{} {} {} from {} to {} UTC: {}",
        report.venue,
        report.instrument,
        report.step,
        format_utc(report.from),
        format_utc(report.to),
        report.state
    );
    if let Some(reason) = &report.reason {
        println!("  {reason}");
    }
    if let Some(at) = report.resumed_at {
        println!("  went on at {}", format_utc(at));
    }
    println!(
        "  {} rows = {} accepted + {} deduplicated + {} quarantined; {} pages; {:.2} s",
        report.rows,
        report.accepted,
        report.deduplicated,
        report.quarantined,
        report.pages,
        report.seconds
    );
    println!(
        "  {} of {} candles are there",
        report.observed, report.expected
    );
}
