//! `assay backtest --record`

use std::{io::Write, path::Path};

use anyhow::Context;

use super::super::{Common, bar::share_bar, print_json};
use crate::{
    export::AtomicFile,
    pipeline::backtest::record::{record, records_of},
    quality::{
        backtest::{broken_promises, publish::Published},
        rule::RuleBook,
    },
};

/// Where the record stands in the project.
pub(super) const RECORD_FILE: &str = "data/checks/RECORD.md";

/// Measures the shipped rules and writes the record; false if one breaks its promise.
pub(super) fn run(out: &Path, prices: &Path, common: &Common) -> anyhow::Result<bool> {
    let today = chrono::Utc::now().format("%Y-%m-%d").to_string();
    let book = RuleBook::shipped();
    let bar = share_bar("record");
    let mut made = record(book, prices, &today, &|corpus, done| {
        if let Some(bar) = &bar {
            bar.set_prefix(corpus.to_owned());
            bar.set_position((done * 1000.0) as u64);
        }
    })?;
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    if let Ok(older) = std::fs::read_to_string(out) {
        made.keep_from(&Published::parse(&older));
    }
    let at = || format!("cannot write {}", out.display());
    let mut file = AtomicFile::begin(out).with_context(at)?;
    file.write_all(made.markdown().as_bytes())
        .with_context(at)?;
    file.finish().with_context(at)?;
    let broken: Vec<String> = book
        .iter()
        .flat_map(|rule| broken_promises(rule, &records_of(&made, rule.id)))
        .collect();
    if common.json {
        let corpora: Vec<_> = made
            .corpora
            .iter()
            .map(|corpus| {
                serde_json::json!({
                    "data": corpus.name,
                    "days": corpus.days,
                    "rows": corpus.rows,
                    "alerts_per_day": made.alerts_per_day(&corpus.name),
                })
            })
            .collect();
        print_json(&serde_json::json!({ "file": out, "corpora": corpora, "broken": broken }))?;
    } else {
        for corpus in &made.corpora {
            println!(
                "{}: {} rows, {:.1} days, {:.3} alerts a day",
                corpus.name,
                corpus.rows,
                corpus.days,
                made.alerts_per_day(&corpus.name)
            );
        }
        for words in &broken {
            println!("broken promise: {words}");
        }
        println!("{} is written", out.display());
    }
    Ok(broken.is_empty())
}
