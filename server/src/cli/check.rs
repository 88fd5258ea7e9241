//! `assay check`

mod validate;

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, bail};
use app::{
    format::integer,
    model::{CheckState, ScoreOf, Severity, format_utc},
};
use clap::{Args, ValueEnum};
use glob::Pattern;
use serde_json::{Value, json};

pub(super) use self::validate::run as validate;
use super::{Common, print_json};
use crate::{
    config::Config,
    pipeline::{
        Engine,
        recheck::{Found, Report, Wanted, keep, recheck, severity},
    },
    quality::{expr::closest, rule::RuleBook},
    when::moment,
};

/// Options of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Only this check, such as candle.gap, or those of a pattern such as 'candle.*'.
    #[arg(long, value_name = "CHECK")]
    check: Option<String>,
    /// Only checks of this dataset, such as candle or feed.
    #[arg(long, value_name = "DATASET")]
    dataset: Option<String>,
    /// Judge data from this time on: 2024-01-01, 2024-01-01T00:00, milliseconds since the epoch, 7d (ago) or now.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Judge data before this time.
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// Without --from: judge the newest days of each series.
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(i64).range(1..=36_525))]
    days: i64,
    /// Exit with 1 from this severity on.
    #[arg(long, value_name = "SEVERITY", default_value = "critical")]
    fail_on: FailOn,
    /// Store the results, and move alerts and scores by them.
    #[arg(long)]
    record: bool,
    /// Only read rule files, and tell everything that is wrong in them: these, or those in force with the folder of the
    /// configuration.
    #[arg(long, value_name = "FILE", num_args = 0.., conflicts_with_all = ["check", "dataset", "from", "to", "record"])]
    validate: Option<Vec<PathBuf>>,
}

impl CheckArgs {
    /// The rule files to read, if only that is wanted.
    pub(super) fn files(&self) -> Option<&[PathBuf]> {
        self.validate.as_deref()
    }
}

/// The mildest severity that fails the command.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum FailOn {
    Warn,
    Error,
    Critical,
}

impl FailOn {
    const fn severity(self) -> Severity {
        match self {
            Self::Warn => Severity::Warn,
            Self::Error => Severity::Error,
            Self::Critical => Severity::Critical,
        }
    }
}

/// Judges what is stored; false if something is as bad as `--fail-on` says.
pub(super) async fn run(
    engine: &Engine,
    args: &CheckArgs,
    common: &Common,
    config: &Config,
) -> anyhow::Result<bool> {
    let book = engine.hub.rules().now();
    let wanted = wanted(args, &book, engine.clock.now_ms())?;
    let mut report = recheck(engine, config, &book, &wanted).await?;
    report.found.sort_by(|a, b| {
        let key = |found: &Found| std::cmp::Reverse(severity(&book, &found.outcome));
        (key(a), a.outcome.check_id, &a.outcome.entity).cmp(&(
            key(b),
            b.outcome.check_id,
            &b.outcome.entity,
        ))
    });
    if args.record {
        keep(engine, &book, &report).await?;
    }
    let worst = report
        .found
        .iter()
        .filter_map(|found| severity(&book, &found.outcome))
        .max();
    let verdict = verdict(&report, worst);
    if common.json {
        print_json(&document(&book, &report, verdict))?;
    } else {
        print(&book, &report, verdict);
    }
    engine.store.close().await;
    Ok(worst < Some(args.fail_on.severity()))
}

fn wanted(args: &CheckArgs, book: &RuleBook, now_ms: i64) -> anyhow::Result<Wanted> {
    let at = |text: &Option<String>| {
        let at = text.as_deref().map(|text| moment(text, now_ms));
        at.transpose().map_err(anyhow::Error::msg)
    };
    let wanted = Wanted {
        check: args
            .check
            .as_deref()
            .map(Pattern::new)
            .transpose()
            .context("--check is no name of a check and no pattern")?,
        dataset: args.dataset.clone(),
        from_ms: at(&args.from)?,
        to_ms: at(&args.to)?,
        days: args.days,
    };
    if let (Some(from), Some(to)) = (wanted.from_ms, wanted.to_ms)
        && from >= to
    {
        bail!("--from is not before --to");
    }
    if wanted.rules(book).next().is_none() {
        let near = args
            .check
            .as_deref()
            .and_then(|id| closest(id, book.iter().map(|rule| rule.id)))
            .map(|id| format!("; did you mean {id}?"))
            .unwrap_or_default();
        let datasets: std::collections::BTreeSet<&str> =
            book.iter().map(|rule| rule.dataset).collect();
        let datasets: Vec<&str> = datasets.into_iter().collect();
        bail!(
            "no enabled check fits{near} (datasets: {})",
            datasets.join(", ")
        );
    }
    Ok(wanted)
}

/// In the words of the page.
fn verdict(report: &Report, worst: Option<Severity>) -> &'static str {
    let is_judged = |found: &Found| {
        !matches!(
            found.outcome.state,
            CheckState::NotEvaluated | CheckState::NoData
        )
    };
    match worst {
        Some(Severity::Critical | Severity::Error) => "not to be trusted",
        Some(Severity::Warn) => "usable with caution",
        _ if !report.found.iter().any(is_judged) => "unknown",
        _ => "usable",
    }
}

fn document(book: &RuleBook, report: &Report, verdict: &str) -> Value {
    let checks = report.found.iter().map(|found| {
        let outcome = &found.outcome;
        let rule = book.get(outcome.check_id);
        json!({
            "check": outcome.check_id,
            "title": outcome.title,
            "dataset": rule.map_or("", |rule| rule.dataset),
            "layer": outcome.layer,
            "dimension": rule.map_or("", |rule| rule.dimension),
            "entity": outcome.entity,
            "pipeline": outcome.pipeline,
            "state": outcome.state,
            "severity": severity(book, outcome),
            "tested": outcome.tested,
            "failed": outcome.failed,
            "value": outcome.value,
            "threshold": outcome.threshold,
            "summary": outcome.summary,
            "score": report.scores.one(ScoreOf::Check, outcome.check_id).score,
            "stored_at": found.stored_at,
            "evidence": outcome.evidence,
        })
    });
    let idle = report.idle.iter().filter_map(|id| {
        let rule = book.get(id)?;
        Some(json!({
            "check": id,
            "title": rule.title,
            "dataset": rule.dataset,
            "layer": rule.layer,
            "dimension": rule.dimension,
            "entity": "",
            "pipeline": null,
            "state": CheckState::NotEvaluated,
            "severity": null,
            "tested": 0,
            "failed": 0,
            "value": null,
            "threshold": rule.limit_words(),
            "summary": "nothing of what it judges is stored",
            "score": null,
            "stored_at": null,
            "evidence": {},
        }))
    });
    let scores: Vec<Value> = report
        .scores
        .main()
        .into_iter()
        .map(|score| {
            json!({
                "of": score.of, "name": score.name, "score": score.score, "cap": score.cap,
                "evaluated": score.evaluated, "total": score.total,
            })
        })
        .collect();
    let overall = report.overall();
    json!({
        "verdict": verdict,
        "score": overall.score,
        "cap": overall.cap,
        "evaluated": overall.evaluated,
        "total": overall.total,
        "checks": checks.chain(idle).collect::<Vec<Value>>(),
        "scores": scores,
    })
}

/// A table for each dataset, worst results first.
fn print(book: &RuleBook, report: &Report, verdict: &str) {
    let mut datasets: BTreeMap<&str, Vec<&Found>> = BTreeMap::new();
    for found in &report.found {
        let rule = book.get(found.outcome.check_id);
        let dataset = rule.map_or("", |rule| rule.dataset);
        datasets.entry(dataset).or_default().push(found);
    }
    for (dataset, found) in datasets {
        let score = report.scores.one(ScoreOf::Dataset, dataset);
        println!(
            "{dataset}: {}, {}/{} evaluated",
            points(score.score),
            score.evaluated,
            score.total
        );
        let width = |of: fn(&Found) -> &str| found.iter().map(|found| of(found).len()).max();
        let check = width(|found| found.outcome.check_id).unwrap_or(0);
        let entity = width(|found| &found.outcome.entity).unwrap_or(0);
        println!(
            "  {:13} {:check$} {:entity$} {:>11} {:>9}  summary",
            "state", "check", "entity", "tested", "failed"
        );
        for found in found {
            let outcome = &found.outcome;
            let stored = found
                .stored_at
                .map(|at| format!(" ({} UTC)", format_utc(at)))
                .unwrap_or_default();
            println!(
                "  {:13} {:check$} {:entity$} {:>11} {:>9}  {}{stored}",
                outcome.state.as_str(),
                outcome.check_id,
                outcome.entity,
                integer(outcome.tested),
                integer(outcome.failed),
                outcome.summary,
            );
        }
    }
    if !report.idle.is_empty() {
        println!("not evaluated: {}", report.idle.join(", "));
    }
    let overall = report.overall();
    let cap = match overall.cap.as_str() {
        "" => String::new(),
        cap => format!(": {cap}"),
    };
    println!(
        "{verdict}; {}, {}/{} evaluated{cap}",
        points(overall.score),
        overall.evaluated,
        overall.total
    );
}

fn points(score: Option<f64>) -> String {
    score.map_or_else(
        || "no score".to_owned(),
        |score| format!("score {score} of 100"),
    )
}
