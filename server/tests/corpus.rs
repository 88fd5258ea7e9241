//! The corpus: a small file of every format and of every kind of dirt, through the real ingest, each with what must come
//! of it in `corpus/expected.toml`.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::support;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use server::pipeline::{
    batch::{FileReport, IngestOptions, ingest_file},
    replay::replay,
};
use support::Bench;

#[derive(Debug, Deserialize)]
struct Table {
    file: Vec<Expected>,
}

/// What must come of a file; what is not said is not tested, but for the state and that all rows are accounted for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    name: String,
    /// `--format`
    told: Option<String>,
    #[serde(default = "done")]
    state: String,
    dataset: Option<String>,
    format: Option<String>,
    rows: Option<i64>,
    accepted: Option<i64>,
    deduplicated: Option<i64>,
    quarantined: Option<i64>,
    flagged_least: Option<i64>,
    members: Option<usize>,
    linked: Option<i64>,
    instrument: Option<String>,
    venue: Option<String>,
    step_ms: Option<i64>,
    first: Option<String>,
    last: Option<String>,
    /// Part of a note.
    note: Option<String>,
    /// Part of the reason of a refusal.
    reason: Option<String>,
    /// Check and its state.
    check: Option<String>,
}

fn done() -> String {
    "done".to_owned()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn expectations() -> Vec<Expected> {
    let text = std::fs::read_to_string(folder().join("expected.toml")).unwrap();
    toml::from_str::<Table>(&text).unwrap().file
}

#[tokio::test]
async fn every_file_comes_to_what_is_expected_of_it() {
    let mut failures = Vec::new();
    for expected in expectations() {
        let bench = Bench::new().await;
        let found = differences(&bench, &expected).await;
        failures.extend(
            found
                .into_iter()
                .map(|what| format!("{}: {what}", expected.name)),
        );
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

/// A file that nobody expects anything of is no test.
#[test]
fn every_file_is_in_the_table() {
    let mut there: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| {
            name != "expected.toml" && name != ".gitattributes" && !name.ends_with(".CHECKSUM")
        })
        .collect();
    let mut expected: Vec<String> = expectations().into_iter().map(|it| it.name).collect();
    there.sort();
    expected.sort();
    assert_eq!(there, expected);
}

async fn differences(bench: &Bench, expected: &Expected) -> Vec<String> {
    let options = IngestOptions {
        format: expected.told.clone(),
        ..IngestOptions::default()
    };
    let path = folder().join(&expected.name);
    let report = match ingest_file(&bench.engine, &path, &options, None).await {
        Ok(report) => report,
        Err(error) => return vec![format!("failed: {error:#}")],
    };
    let mut found = Vec::new();
    let mut differ = |what: &str, got: String, wanted: Option<String>| {
        if let Some(wanted) = wanted.filter(|wanted| *wanted != got) {
            found.push(format!("{what} is {got}, expected {wanted}"));
        }
    };
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    differ(
        "state",
        report.state.to_owned(),
        Some(expected.state.clone()),
    );
    differ(
        "dataset",
        report.dataset.to_string(),
        expected.dataset.clone(),
    );
    differ("format", report.format.clone(), expected.format.clone());
    differ("rows", report.rows.to_string(), number(expected.rows));
    differ(
        "accepted",
        report.accepted.to_string(),
        number(expected.accepted),
    );
    let is_counted = expected.rows.is_some();
    let or_none = |count: Option<i64>| number(count.or(is_counted.then_some(0)));
    differ(
        "deduplicated",
        report.deduplicated.to_string(),
        or_none(expected.deduplicated),
    );
    differ(
        "quarantined",
        report.quarantined.to_string(),
        or_none(expected.quarantined),
    );
    let members = expected.members.map(|members| members.to_string());
    differ("members", report.members.len().to_string(), members);
    if report.rows != report.accepted + report.deduplicated + report.quarantined {
        found.push(format!("rows are lost: {report:?}"));
    }
    let holds =
        |text: &str, part: &Option<String>| part.as_ref().is_none_or(|part| text.contains(part));
    let notes = report.notes.join(" | ");
    if !holds(&notes, &expected.note) {
        found.push(format!("notes are {notes:?}, expected {:?}", expected.note));
    }
    let reason = report.reason.clone().unwrap_or_default();
    if !holds(&reason, &expected.reason) {
        found.push(format!(
            "reason is {reason:?}, expected {:?}",
            expected.reason
        ));
    }
    if report.flagged < expected.flagged_least.unwrap_or(0) {
        found.push(format!("only {} are flagged", report.flagged));
    }
    found.extend(in_tables(bench, expected, &report).await);
    bench.assert_books_balance().await;
    if report.state == "done" {
        found.extend(again(bench, &path, &options, &report).await);
    }
    found
}

/// What stands in silver and in the results.
async fn in_tables(bench: &Bench, expected: &Expected, report: &FileReport) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, got: Vec<String>, wanted: &Option<String>| {
        if let Some(wanted) = wanted
            && got != [wanted.clone()]
        {
            found.push(format!("{what} is {got:?}, expected {wanted:?}"));
        }
    };
    let is_news = expected.dataset.as_deref() == Some("article");
    let rows = |order: &'static str| async move {
        if is_news {
            bench.texts(&format!("select published_at || ' ' || title || '|' || source || '|' || url || '|' || \
                coalesce(sentiment_given, '') from silver_article order by published_at {order}, id limit 1")).await
        } else {
            bench.texts(&format!("select opened_at || ' ' || open || ' ' || high || ' ' || low || ' ' || close || ' ' || \
                volume || coalesce(' quote ' || quote_volume, '') || coalesce(' trades ' || trades, '') from silver_candle \
                order by opened_at {order} limit 1")).await
        }
    };
    let same = |got: Vec<String>| got.iter().map(|row| numbers(row)).collect::<Vec<_>>();
    differ(
        "first row",
        same(rows("asc").await),
        &expected.first.as_deref().map(numbers),
    );
    differ(
        "last row",
        same(rows("desc").await),
        &expected.last.as_deref().map(numbers),
    );
    let names =
        "select distinct i.symbol from silver_candle s join instrument i on i.id = s.instrument_id";
    differ("instrument", bench.texts(names).await, &expected.instrument);
    let venues = "select distinct v.name from silver_candle s join venue v on v.id = s.venue_id";
    differ("venue", bench.texts(venues).await, &expected.venue);
    let steps = "select distinct cast(step_ms as text) from silver_candle";
    let step_ms = expected
        .step_ms
        .or((report.dataset == app::model::Dataset::Candle
            && expected.members.is_none()
            && expected.state == "done")
            .then_some(60_000));
    differ(
        "step",
        bench.texts(steps).await,
        &step_ms.map(|step_ms| step_ms.to_string()),
    );
    if let Some((id, state)) = expected
        .check
        .as_deref()
        .and_then(|check| check.split_once(' '))
    {
        let states = format!("select state from check_latest where check_id = '{id}'");
        differ(id, bench.texts(&states).await, &Some(state.to_owned()));
    }
    let linked = "select cast(count(*) as text) from silver_article where duplicate_of is not null";
    differ(
        "linked",
        bench.texts(linked).await,
        &expected.linked.map(|linked| linked.to_string()),
    );
    found
}

/// Numbers in one form: `SQLite` writes `13710.0` and `2.17e-05`.
fn numbers(row: &str) -> String {
    let one = |word: &str| match word.parse::<f64>() {
        Ok(number) => number.to_string(),
        Err(_) => word.to_owned(),
    };
    let is_news = row.contains('|');
    if is_news {
        return row.to_owned();
    }
    row.split(' ').map(one).collect::<Vec<_>>().join(" ")
}

/// The same file again changes nothing, and a replay from bronze ends in the same rows.
async fn again(
    bench: &Bench,
    path: &Path,
    options: &IngestOptions,
    report: &FileReport,
) -> Vec<String> {
    let mut found = Vec::new();
    let before = bench.digests().await;
    let repeated = ingest_file(&bench.engine, path, options, None)
        .await
        .unwrap();
    if repeated.state != "already_landed" {
        found.push(format!("taken again it is {}", repeated.state));
    }
    if let Err(error) = replay(&bench.engine, None).await {
        found.push(format!("cannot be replayed: {error:#}"));
    }
    let after = bench.digests().await;
    if after != before && report.members.is_empty() {
        found.push(format!("a replay gives {after:?}, expected {before:?}"));
    }
    found
}

#[tokio::test]
async fn what_was_refused_is_taken_once_it_is_told_how() {
    let bench = Bench::new().await;
    let path = folder().join("day-or-month-first.csv");
    let told = |format: &str| IngestOptions {
        format: Some(format.to_owned()),
        ..IngestOptions::default()
    };
    let ingest = async |options: IngestOptions| {
        ingest_file(&bench.engine, &path, &options, None)
            .await
            .unwrap()
    };
    assert_eq!(ingest(IngestOptions::default()).await.state, "refused");
    assert_eq!(ingest(told("bitfinex")).await.state, "refused");
    let report = ingest(told("ohlcv:month-first")).await;
    assert_eq!((report.state, report.accepted), ("done", 8), "{report:?}");
    assert_eq!(bench.number("select count(*) from bronze_landing").await, 1);
    bench.assert_books_balance().await;
    assert_eq!(
        ingest(IngestOptions::default()).await.state,
        "already_landed"
    );
}

#[tokio::test]
async fn a_file_whose_checksum_file_was_wrong_is_taken_once_it_is_right() {
    let bench = Bench::new().await;
    let path = bench.path("BTCUSDT-1m-2018-01-02.zip");
    let beside = bench.path("BTCUSDT-1m-2018-01-02.zip.CHECKSUM");
    std::fs::copy(folder().join("BTCUSDT-1m-2018-01-02.zip"), &path).unwrap();
    std::fs::copy(folder().join("BTCUSDT-1m-2018-01-02.zip.CHECKSUM"), &beside).unwrap();
    let refused = bench.ingest(&path, "binance").await;
    let reason = refused.reason.unwrap();
    let found = server::pipeline::land::fingerprint(&path).unwrap().0;
    assert!(
        reason.contains(&"0".repeat(64)) && reason.contains(&found),
        "{reason}"
    );
    std::fs::write(&beside, format!("{found}  BTCUSDT-1m-2018-01-02.zip\n")).unwrap();
    let report = bench.ingest(&path, "binance").await;
    assert_eq!((report.state, report.accepted), ("done", 20), "{report:?}");
    bench.assert_books_balance().await;
}
