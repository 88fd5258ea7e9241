//! What the checks cost: `cargo bench -p server --bench checks`. Their share of the time of an ingest may be 25 %.
//!
//! With `ASSAY_BENCH_FILE=PATH` a given file is ingested instead of the generated one.

#![allow(missing_docs, reason = "the macro makes undocumented functions")]

use std::{
    fmt::Write as _,
    hint::black_box,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use app::model::{Candle, MINUTE_MS};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use server::{
    clock::Clock,
    hub::Hub,
    pipeline::{
        Engine,
        batch::{IngestOptions, ingest_file},
    },
    quality::{
        columns::columns_of,
        expr::Expr,
        rule::RuleBook,
        watch::{CandleRules, Watch},
    },
    store::Store,
};
use tokio::runtime::Runtime;

const ROWS: i64 = 200_000;
const FIRST_MS: i64 = 1_514_764_800_000;
/// Ingests of each kind whose medians are compared.
const RUNS: usize = 7;

fn candles(rows: i64) -> Vec<Candle> {
    let mut close = 10_000.0;
    (0..rows)
        .map(|row| {
            let open = close;
            close = open + f64::from(i32::try_from(row * 7919 % 41).unwrap_or(0) - 20) * 0.1;
            Candle {
                opened_at: FIRST_MS + row * MINUTE_MS,
                open,
                high: f64::max(open, close) + 0.5,
                low: f64::min(open, close) - 0.5,
                close,
                volume: 1.0 + (row % 13) as f64,
                quote_volume: None,
                trades: None,
                is_final: true,
                flags: 0,
            }
        })
        .collect()
}

/// Bitfinex's columns: ms, open, close, high, low, volume.
fn write(path: &Path, candles: &[Candle]) -> std::io::Result<()> {
    let mut text = String::new();
    for candle in candles {
        // writing to a string cannot fail
        let _ = writeln!(
            text,
            "{},{:.1},{:.1},{:.1},{:.1},{:.4}",
            candle.opened_at, candle.open, candle.close, candle.high, candle.low, candle.volume
        );
    }
    std::fs::write(path, text)
}

/// Time of ingesting a file into an empty database by these rules.
fn ingest(runtime: &Runtime, file: &Path, book: &Arc<RuleBook>) -> anyhow::Result<Duration> {
    let folder = tempfile::tempdir()?;
    runtime.block_on(async {
        let url = format!("sqlite:{}", folder.path().join("bench.db").display());
        let store = Store::open(&url);
        let engine = Engine {
            store: store.await?,
            hub: Hub::new("bench"),
            clock: Clock::system(),
        };
        engine.hub.rules().replace(book.clone());
        let started = Instant::now();
        let report = ingest_file(&engine, file, &IngestOptions::default(), None).await?;
        let elapsed = started.elapsed();
        anyhow::ensure!(report.is_good(), "refused: {:?}", report.reason);
        engine.store.close().await;
        Ok(elapsed)
    })
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Share of the checks in the time of an ingest: with all rules, and with none.
fn share(runtime: &Runtime, file: &Path) -> anyhow::Result<()> {
    let none = Arc::new(RuleBook::default());
    let (mut with, mut without) = (Vec::new(), Vec::new());
    // in turn, so that both meet the same moods of the machine
    for _ in 0..RUNS {
        with.push(ingest(runtime, file, RuleBook::shipped())?);
        without.push(ingest(runtime, file, &none)?);
    }
    let (with, without) = (median(with).as_secs_f64(), median(without).as_secs_f64());
    println!(
        "checks: {:.1} % of an ingest ({with:.3} s with, {without:.3} s without; budget 25 %)",
        (with - without) / with * 100.0
    );
    Ok(())
}

fn benches(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let candles = candles(ROWS);
    let generated = folder.path().join("candles.csv");
    write(&generated, &candles).unwrap_or_else(|error| panic!("{error}"));
    let file = std::env::var_os("ASSAY_BENCH_FILE").map_or(generated, PathBuf::from);
    share(&runtime, &file).unwrap_or_else(|error| panic!("{error:#}"));

    let rules = CandleRules::of(RuleBook::shipped());
    let mut group = criterion.benchmark_group("checks");
    group.throughput(Throughput::Elements(ROWS.unsigned_abs()));
    group.bench_function("hard_rules", |bench| {
        bench.iter(|| {
            rules
                .broken_among(&candles, |candle| candle, MINUTE_MS, i64::MAX / 2)
                .len()
        });
    });
    group.bench_function("watch", |bench| {
        bench.iter(|| {
            let mut watch = Watch::new(rules.clone(), MINUTE_MS, true);
            candles
                .iter()
                .map(|candle| watch.push(candle).flags)
                .sum::<i64>()
        });
    });
    group.finish();

    let text = "high >= max(open, close) and low <= min(open, close) and low > 0";
    let expr = Expr::compile(text, columns_of("candle")).unwrap_or_else(|error| panic!("{error}"));
    let slots = [0.0, 10.0, 12.0, 9.0, 11.0, 1.0];
    let mut group = criterion.benchmark_group("expression");
    group.throughput(Throughput::Elements(1));
    group.bench_function("ohlc", |bench| bench.iter(|| expr.eval(black_box(&slots))));
    group.finish();
}

criterion_group!(check_benches, benches);
criterion_main!(check_benches);
