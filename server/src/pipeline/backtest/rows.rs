//! A rule of one's own over trades, quotes or books on trial: on the newest rows that are stored.

use app::model::{DAY_MS, RecordVm, TrialVm};

use super::trial::FINDINGS;
use crate::{
    pipeline::Engine,
    quality::{
        backtest::count_alerts,
        rows::{Row, RowRule, Slots},
    },
    store::Names,
};

/// Most rows of a trial.
const MAX_ROWS: i64 = 200_000;

/// Tries the rule on the newest days of the first source that has such rows.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn try_on_rows(
    engine: &Engine,
    rule: &RowRule,
    days: i64,
) -> anyhow::Result<TrialVm> {
    for series in engine.store.series().await? {
        let (instrument, venue) = (&series.vm.instrument, &series.vm.venue);
        let Some(key) = engine.store.numbers(instrument, venue).await? else {
            continue;
        };
        let names = Names {
            instrument_id: key.instrument_id,
            venue_id: key.venue_id,
        };
        let rows = rows_of(engine, rule.rule.dataset, names, days).await?;
        if !rows.is_empty() {
            return Ok(tried(rule, &rows, &format!("{instrument}/{venue}")));
        }
    }
    Ok(TrialVm {
        id: rule.rule.id.to_owned(),
        error: format!("there are no {}s to try it on", rule.rule.dataset),
        ..TrialVm::default()
    })
}

/// Times of receipt and rows, in the order they came.
async fn rows_of(
    engine: &Engine,
    dataset: &str,
    names: Names,
    days: i64,
) -> anyhow::Result<Vec<(i64, Row)>> {
    let (store, from) = (&engine.store, engine.clock.now_ms() - days * DAY_MS);
    let mut rows: Vec<(i64, Row)> = match dataset {
        "trade" => {
            let trades = store.last_trades(names, from, MAX_ROWS).await?.into_iter();
            trades
                .map(|(trade, at)| (at, Row::of_trade(&trade, at)))
                .collect()
        }
        "quote" => {
            let quotes = store.last_quotes(names, from, MAX_ROWS).await?.into_iter();
            quotes
                .map(|(quote, at)| (at, Row::of_quote(&quote, at)))
                .collect()
        }
        _ => {
            let books = store.last_books(names, from, MAX_ROWS).await?.into_iter();
            books
                .map(|(book, at)| (at, Row::of_book(&book, at)))
                .collect()
        }
    };
    rows.sort_by_key(|(at, _)| *at);
    Ok(rows)
}

fn tried(of: &RowRule, rows: &[(i64, Row)], source: &str) -> TrialVm {
    let rule = &of.rule;
    let mut slots = Slots::default();
    let mut broken = Vec::new();
    let mut findings = Vec::new();
    for (at, row) in rows {
        let slots = slots.take(row);
        if of.holds(slots) != Some(false) {
            continue;
        }
        broken.push((*at, rule.severity));
        if findings.len() < FINDINGS {
            let words: Vec<String> = of
                .columns()
                .iter()
                .zip(of.sample(slots))
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            let severity = rule.severity.as_str().to_owned();
            findings.push((*at, source.to_owned(), severity, words.join(", ")));
        }
    }
    let range = rows.first().zip(rows.last());
    let range = range.map(|((first, _), (last, _))| (*first, *last));
    let days = range.map_or(0.0, |(first, last)| (last - first) as f64 / DAY_MS as f64);
    let within = rule.number("within") as i64;
    let alerts = count_alerts(broken.into_iter(), rule.patience, within);
    TrialVm {
        id: rule.id.to_owned(),
        error: String::new(),
        range,
        record: RecordVm {
            corpus: format!("history:{source}"),
            days,
            alerts,
            alerts_per_day: if days > 0.0 {
                alerts as f64 / days
            } else {
                0.0
            },
            ..RecordVm::default()
        },
        findings,
        suggestions: Vec::new(),
    }
}
