//! `assay quarantine`

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};

use super::{
    Common,
    bar::{Unit, bar, watcher},
    print_json, stop_on_signal,
};
use crate::{
    pipeline::{
        Engine,
        quarantine::{Action, act},
    },
    store::quarantine::QuarantineFilter,
};

/// Options of `quarantine`.
#[derive(Debug, Args)]
pub struct QuarantineArgs {
    #[command(subcommand)]
    action: QuarantineAction,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum QuarantineAction {
    /// Print rows and why they were set apart
    List {
        #[command(flatten)]
        rows: Rows,
        /// Only rows in this state.
        #[arg(long, value_parser = ["open", "retried", "discarded"])]
        state: Option<String>,
    },
    /// Read rows again, by the rules of now or with a corrected text; those that are sound become silver and gold
    Retry {
        #[command(flatten)]
        rows: Rows,
        /// Read this text in place of the row's; for one row.
        #[arg(long, value_name = "TEXT", conflicts_with = "with")]
        set: Option<String>,
        /// Read the text of this file in place of the row's; for one row.
        #[arg(long, value_name = "FILE")]
        with: Option<PathBuf>,
    },
    /// Give rows up
    Discard {
        #[command(flatten)]
        rows: Rows,
    },
}

/// Which rows.
#[derive(Debug, Args)]
pub struct Rows {
    /// Rows of this landing.
    #[arg(long, value_name = "ID")]
    landing: Option<i64>,
    /// Rows that broke this rule, such as candle.ohlc.
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// These rows.
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    id: Vec<i64>,
    /// Most rows; the newest are taken.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(i64).range(1..=1_000_000))]
    limit: i64,
}

impl Rows {
    fn filter(self, state: Option<&'static str>) -> QuarantineFilter {
        QuarantineFilter {
            landing_id: self.landing,
            rule: self.rule,
            ids: self.id,
            state,
            limit: self.limit,
        }
    }
}

/// Longest corrected text, in bytes: a row is never longer.
const MAX_TEXT: u64 = 256 << 10;
/// Most of a row that is printed for people, in characters.
const SHOWN: usize = 160;

/// Lists, retries or discards.
pub(super) async fn run(
    engine: &Engine,
    args: QuarantineArgs,
    common: &Common,
) -> anyhow::Result<bool> {
    let done = match args.action {
        QuarantineAction::List { rows, state } => {
            let state = ["open", "retried", "discarded"]
                .into_iter()
                .find(|known| state.as_deref() == Some(known));
            list(engine, &rows.filter(state), common).await
        }
        QuarantineAction::Retry { rows, set, with } => {
            let text = match (set, with) {
                (Some(text), _) => Some(text),
                (None, Some(file)) => Some(text_of(&file)?),
                (None, None) => None,
            };
            let action = text.as_deref().map_or(Action::Retry, Action::Correct);
            // rows that were given up are only meant where they are named
            let state = rows.id.is_empty().then_some("open");
            change(engine, &rows.filter(state), action, common).await
        }
        QuarantineAction::Discard { rows } => {
            anyhow::ensure!(
                rows.landing.is_some() || rows.rule.is_some() || !rows.id.is_empty(),
                "say which rows: --id, --landing or --rule"
            );
            change(engine, &rows.filter(Some("open")), Action::Discard, common).await
        }
    };
    engine.store.close().await;
    done
}

async fn list(engine: &Engine, filter: &QuarantineFilter, common: &Common) -> anyhow::Result<bool> {
    let rows = engine.store.quarantine_rows(filter).await?;
    if common.json {
        print_json(&serde_json::json!({ "quarantine": rows }))?;
        return Ok(true);
    }
    for row in &rows {
        let raw: String = row.raw.chars().take(SHOWN).collect();
        println!(
            "{} landing {} line {} [{}] {}: {}",
            row.id,
            row.landing_id,
            row.line_no,
            row.state,
            row.rules.join(" "),
            row.reason
        );
        // raw text is somebody else's: no control character of it reaches the terminal
        println!("    {}", raw.escape_debug());
    }
    println!("{} rows", rows.len());
    Ok(true)
}

async fn change(
    engine: &Engine,
    filter: &QuarantineFilter,
    action: Action<'_>,
    common: &Common,
) -> anyhow::Result<bool> {
    stop_on_signal(engine);
    let bar = bar("quarantine", Unit::Rows);
    let actor = std::env::var("USER").unwrap_or_else(|_| "operator".to_owned());
    let report = act(engine, filter, action, &actor, bar.as_ref().map(watcher)).await;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let report = report?;
    if common.json {
        print_json(&report)?;
    } else {
        println!(
            "{} accepted, {} deduplicated, {} discarded, {} stay in quarantine",
            report.accepted, report.deduplicated, report.discarded, report.kept
        );
        for row in report.rows.iter().filter(|row| !row.reason.is_empty()) {
            println!(
                "  {} (landing {} line {}): {}",
                row.id, row.landing_id, row.line_no, row.reason
            );
        }
    }
    // rows that stay are a result, a row that was to be corrected and is not is a failure
    let failed = matches!(action, Action::Correct(_)) && report.kept > 0;
    Ok(!report.cancelled && !failed)
}

fn text_of(file: &std::path::Path) -> anyhow::Result<String> {
    use std::io::Read;
    let context = || format!("cannot read {}", file.display());
    let mut text = String::new();
    std::fs::File::open(file)
        .with_context(context)?
        .take(MAX_TEXT + 1)
        .read_to_string(&mut text)
        .with_context(context)?;
    anyhow::ensure!(
        text.len() as u64 <= MAX_TEXT,
        "{} is longer than a row can be ({MAX_TEXT} bytes)",
        file.display()
    );
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
