//! A stale price is only wrong if other venues moved meanwhile: equal closes of a file against another venue's minutes,
//! equal quotes against another venue's quotes.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use app::model::{Pipeline, Quote, Severity, flag};
use server::{
    simulator::Fault,
    store::{live::insert_quote, names::names},
};
use sqlx::{AssertSqlSafe, SqlitePool};

use crate::{
    live_faults::bench::Bench as LiveBench,
    support::{Bench, MONDAY, Row, calm, csv_of},
};

/// Minutes that are stuck: while the market moves, and while it does not.
const MOVING: std::ops::Range<usize> = 200..220;
const STILL: std::ops::Range<usize> = 400..420;
const STALE: &str = "candle.stale_close";

/// A market that stands nearly still in one stretch and rises by 60 basis points in another.
fn market() -> Vec<Row> {
    let mut rows = calm(7, MONDAY, 600);
    let prices = |row: &mut Row, close: f64| {
        (row.open, row.high, row.low, row.close) = (close, close, close, close);
    };
    for (step, row) in rows[STILL].iter_mut().enumerate() {
        prices(row, 10_000.0 + 0.5 * (step % 2) as f64);
    }
    for (step, row) in rows[MOVING].iter_mut().enumerate() {
        prices(row, 10_000.0 + 3.0 * step as f64);
    }
    rows
}

/// The same with closes that do not move there.
fn stuck(at: &[std::ops::Range<usize>]) -> Vec<Row> {
    let mut rows = market();
    for range in at {
        for row in &mut rows[range.clone()] {
            let close = 10_000.0;
            (row.open, row.high, row.low, row.close) = (close, close, close, close);
        }
    }
    rows
}

async fn ingest(bench: &Bench, name: &str, rows: &[Row], venue: &str) {
    let path = bench.path(name);
    std::fs::write(&path, csv_of(rows)).unwrap();
    let report = bench.ingest(&path, venue).await;
    assert_eq!(report.accepted, rows.len() as i64, "{name}");
}

#[tokio::test]
async fn without_another_venue_every_run_counts_and_the_words_say_so() {
    let bench = Bench::new().await;
    ingest(&bench, "alone.csv", &stuck(&[MOVING, STILL]), "kraken").await;
    let (state, failed, summary) = bench.check(STALE, "alone.csv").await;
    assert_eq!((state.as_str(), failed), ("error", 12), "{summary}");
    assert!(summary.contains("no other venue is known"), "{summary}");
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn with_another_venue_only_what_stands_still_alone_is_stale() {
    let bench = Bench::new().await;
    ingest(&bench, "market.csv", &market(), "bitfinex").await;
    ingest(&bench, "both.csv", &stuck(&[MOVING, STILL]), "kraken").await;
    let (state, failed, summary) = bench.check(STALE, "both.csv").await;
    assert_eq!((state.as_str(), failed), ("error", 6), "{summary}");
    assert!(summary.contains("another venue moved 5"), "{summary}");
    assert!(summary.contains("stood still too"), "{summary}");
    // the candles are marked by their own series alone, so that a replay gives the same rows
    let marked = bench
        .number(&format!(
            "select count(*) from silver_candle where flags & {} <> 0",
            flag::STALE
        ))
        .await;
    assert_eq!(marked, 12);

    ingest(&bench, "still.csv", &stuck(&[STILL]), "bitstamp").await;
    let (state, failed, summary) = bench.check(STALE, "still.csv").await;
    assert_eq!((state.as_str(), failed), ("pass", 0), "{summary}");
    // prices of a simulator say nothing of real ones
    let other_bytes = &stuck(&[STILL])[..590];
    ingest(&bench, "sample.csv", other_bytes, "sample").await;
    let (_, failed, summary) = bench.check(STALE, "sample.csv").await;
    assert_eq!(failed, 6, "{summary}");
    bench.assert_books_balance().await;
}

/// A quote of another simulated venue, received now.
async fn elsewhere(bench: &LiveBench, last: f64) {
    let now_ms = bench.clock.now_ms();
    let mut tx = bench.engine.store.begin().await.unwrap();
    let of = names(&mut tx, "BTC-USDT", "elsewhere").await.unwrap();
    let quote = Quote {
        observed_at: now_ms,
        last,
        bid: None,
        ask: None,
        open_24h: None,
        high_24h: None,
        low_24h: None,
        volume_24h: None,
        quote_volume_24h: None,
    };
    insert_quote(&mut tx, of, Pipeline::Live, now_ms, &quote, 1)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_quotes_are_stale_once_another_venue_moves() {
    let mut bench = LiveBench::start().await;
    elsewhere(&bench, 100.0).await;
    let pool = SqlitePool::connect(&format!(
        "sqlite:{}",
        bench.engine.store.file().unwrap().display()
    ))
    .await
    .unwrap();
    let simulated = "update venue set simulated = 1 where name = 'elsewhere'".to_owned();
    sqlx::query(AssertSqlSafe(simulated))
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    bench.on(Fault::FrozenPrice);
    for _ in 0..14 {
        bench.round().await;
        elsewhere(&bench, 100.0).await;
    }
    bench.assert_quiet("quote.stale_price").await;
    let told = bench.check("quote.stale_price").await;
    assert!(told.summary.contains("stand still too"), "{}", told.summary);
    elsewhere_moves(&mut bench).await;
    let alert = bench.assert_open("quote.stale_price", Severity::Warn).await;
    assert!(
        alert.summary.contains("another venue moved"),
        "{}",
        alert.summary
    );
}

async fn elsewhere_moves(bench: &mut LiveBench) {
    bench.round().await;
    elsewhere(bench, 100.2).await;
    bench.round().await;
}
