//! How fast a file goes through the batch pipeline: `cargo bench -p server`.
//!
//! With `ASSAY_BENCH_FILE=PATH` a given file is taken instead of the generated one.

#![allow(missing_docs, reason = "the macro makes undocumented functions")]

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use server::{
    clock::Clock,
    hub::Hub,
    pipeline::{
        Engine,
        batch::{FileReport, IngestOptions, ingest_file},
    },
    store::Store,
};
use tokio::runtime::Runtime;

const ROWS: i64 = 200_000;
const FIRST_MS: i64 = 1_514_764_800_000;

/// A quiet market in Bitfinex's columns: ms, open, close, high, low, volume.
fn generate(path: &Path, first_ms: i64, rows: i64) -> std::io::Result<()> {
    let mut text = String::new();
    let mut close = 10_000.0;
    for row in 0..rows {
        let open = close;
        close = open + f64::from(i32::try_from(row * 7919 % 41).unwrap_or(0) - 20) * 0.1;
        let (high, low) = (f64::max(open, close) + 0.5, f64::min(open, close) - 0.5);
        // writing to a string cannot fail
        let _ = writeln!(
            text,
            "{},{open:.1},{close:.1},{high:.1},{low:.1},{:.4}",
            first_ms + row * 60_000,
            1.0 + (row % 13) as f64
        );
    }
    std::fs::write(path, text)
}

async fn engine(folder: &Path) -> anyhow::Result<Engine> {
    let store = Store::open(&format!("sqlite:{}", folder.join("bench.db").display())).await?;
    Ok(Engine {
        store,
        hub: Hub::new("bench"),
        clock: Clock::system(),
    })
}

async fn ingest(engine: &Engine, path: &Path) -> anyhow::Result<FileReport> {
    ingest_file(engine, path, &IngestOptions::default(), None).await
}

/// Time of ingesting `file` into a database that holds `before`.
fn timed(runtime: &Runtime, before: Option<&Path>, file: &Path) -> anyhow::Result<Duration> {
    let folder = tempfile::tempdir()?;
    runtime.block_on(async {
        let engine = engine(folder.path()).await?;
        if let Some(before) = before {
            ingest(&engine, before).await?;
        }
        let started = Instant::now();
        let report = ingest(&engine, file).await?;
        let elapsed = started.elapsed();
        anyhow::ensure!(report.is_good(), "refused: {:?}", report.reason);
        engine.store.close().await;
        Ok(elapsed)
    })
}

fn repeat(times: u64, mut once: impl FnMut() -> anyhow::Result<Duration>) -> Duration {
    (0..times)
        .map(|_| once().unwrap_or_else(|error| panic!("{error:#}")))
        .sum()
}

fn benches(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap_or_else(|error| panic!("{error}"));
    let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let generated = folder.path().join("candles.csv");
    generate(&generated, FIRST_MS, ROWS).unwrap_or_else(|error| panic!("{error}"));
    let file = std::env::var_os("ASSAY_BENCH_FILE").map_or(generated, PathBuf::from);
    // a hundred minutes before the file: every one is late
    let late = folder.path().join("late.csv");
    generate(&late, FIRST_MS - 100 * 60_000, 100).unwrap_or_else(|error| panic!("{error}"));

    let mut group = criterion.benchmark_group("ingest");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(
        std::fs::metadata(&file).map_or(0, |meta| meta.len()),
    ));
    group.bench_function("new_file", |bench| {
        bench.iter_custom(|times| repeat(times, || timed(&runtime, None, &file)))
    });
    group.bench_function("same_file_again", |bench| {
        bench.iter_custom(|times| repeat(times, || timed(&runtime, Some(&file), &file)));
    });
    group.bench_function("hundred_late_rows", |bench| {
        bench.iter_custom(|times| repeat(times, || timed(&runtime, Some(&file), &late)));
    });
    group.finish();
}

criterion_group!(ingest_benches, benches);
criterion_main!(ingest_benches);
