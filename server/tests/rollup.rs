//! Gold, as it stands in the database after an ingest, agrees with a computation straight from the definitions.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::support;

use app::model::{Candle, GOLD_STEPS, Pipeline, WEEK_MS, flag};
use rand::{RngExt, seq::SliceRandom};
use server::{
    pipeline::{gold::refresh, ranges::Ranges},
    store::{
        SeriesKey,
        candle::upsert_candles,
        count::{Change, count, count_series},
    },
};
use support::{Bench, MINUTE, MONDAY, NOW, Row, VENUE, calm, csv, csv_of, rng, wild};

const DAY: i64 = 1440 * MINUTE;

/// A silver candle as the database has it.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
struct Silver {
    step_ms: i64,
    opened_at: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    quote_volume: Option<f64>,
    trades: Option<i64>,
    flags: i64,
}

#[derive(Debug, Clone, Copy, sqlx::FromRow)]
struct Gold {
    opened_at: i64,
    open: f64,
    high: f64,
    low: f64,
    close: f64,
    volume: f64,
    vwap: Option<f64>,
    trades: Option<i64>,
    expected: i64,
    observed: i64,
    flagged: i64,
    worst: i64,
    sma_20: Option<f64>,
    sma_50: Option<f64>,
    sma_200: Option<f64>,
    volatility_20: Option<f64>,
    return_1: Option<f64>,
}

fn bucket(at: i64, step_ms: i64) -> i64 {
    // the first Monday of 1970 was the fifth of January
    let offset = if step_ms == WEEK_MS { 4 * DAY } else { 0 };
    at - (at - offset).rem_euclid(step_ms)
}

/// Bars of one step from candles in time order: of each bucket, the candles of the finest step that is in it.
fn naive(candles: &[Silver], step_ms: i64) -> Vec<Gold> {
    let mut bars: Vec<Gold> = Vec::new();
    let same =
        |a: &Silver, b: &Silver| bucket(a.opened_at, step_ms) == bucket(b.opened_at, step_ms);
    let usable: Vec<Silver> = candles
        .iter()
        .filter(|c| c.step_ms <= step_ms)
        .copied()
        .collect();
    for group in usable.chunk_by(same) {
        let source = group.iter().map(|c| c.step_ms).min().unwrap();
        let group: Vec<&Silver> = group.iter().filter(|c| c.step_ms == source).collect();
        let volume: f64 = group.iter().map(|c| c.volume).sum();
        let quote: Option<f64> = group.iter().map(|c| c.quote_volume).sum();
        let typical: f64 = group
            .iter()
            .map(|c| (c.high + c.low + c.close) / 3.0 * c.volume)
            .sum();
        let worst = |c: &&Silver| match c.flags {
            flags if flags & flag::FINDINGS == 0 => 0,
            flags if flags & flag::SEVERE != 0 => 3,
            _ => 2,
        };
        let close = group.last().unwrap().close;
        let mut closes: Vec<f64> = bars.iter().map(|bar| bar.close).collect();
        closes.push(close);
        let mean = |n: usize| {
            let last = closes.len().checked_sub(n)?;
            Some(closes[last..].iter().sum::<f64>() / n as f64)
        };
        let volatility = closes.len().checked_sub(21).map(|from| {
            let returns: Vec<f64> = closes[from..]
                .windows(2)
                .map(|pair| (pair[1] / pair[0]).ln())
                .collect();
            let mean = returns.iter().sum::<f64>() / 20.0;
            (returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / 19.0).sqrt()
        });
        bars.push(Gold {
            opened_at: bucket(group[0].opened_at, step_ms),
            open: group[0].open,
            high: group.iter().map(|c| c.high).fold(f64::MIN, f64::max),
            low: group.iter().map(|c| c.low).fold(f64::MAX, f64::min),
            close,
            volume,
            vwap: (volume > 0.0).then(|| quote.unwrap_or(typical) / volume),
            trades: group.iter().map(|c| c.trades).sum(),
            expected: step_ms / source,
            observed: group.len() as i64,
            flagged: group.iter().filter(|c| worst(c) > 0).count() as i64,
            worst: group.iter().map(worst).max().unwrap(),
            sma_20: mean(20),
            sma_50: mean(50),
            sma_200: mean(200),
            volatility_20: volatility,
            return_1: bars.last().map(|before| close / before.close - 1.0),
        });
    }
    bars
}

#[track_caller]
fn near(got: Option<f64>, want: Option<f64>, what: &str) {
    let near = match (got, want) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0),
        (None, None) => true,
        _ => false,
    };
    assert!(near, "{what}: {got:?}, expected {want:?}");
}

/// Every step of gold against the definition applied to silver as the two pipelines meet in it.
async fn assert_gold_is_right(bench: &Bench) {
    let candles: Vec<Silver> = bench
        .rows(
            "select step_ms, opened_at, open, high, low, close, volume, quote_volume, trades, flags from silver_candle s
             where pipeline = 'batch' and is_final = 1
                or not exists (select 1 from silver_candle o where o.instrument_id = s.instrument_id
                    and o.venue_id = s.venue_id and o.step_ms = s.step_ms and o.opened_at = s.opened_at
                    and o.pipeline <> s.pipeline)
             order by opened_at, step_ms",
        )
        .await;
    assert!(!candles.is_empty());
    let finest = candles.iter().map(|c| c.step_ms).min().unwrap();
    for step_ms in GOLD_STEPS {
        let bars: Vec<Gold> = bench
            .rows(&format!(
                "select * from gold_candle where step_ms = {step_ms} order by opened_at"
            ))
            .await;
        let wanted = if step_ms < finest {
            Vec::new()
        } else {
            naive(&candles, step_ms)
        };
        assert_eq!(bars.len(), wanted.len(), "bars of {step_ms} ms");
        for (got, want) in bars.iter().zip(&wanted) {
            let at = format!("{step_ms} ms at {}", got.opened_at);
            assert_eq!(
                (got.opened_at, got.open, got.high, got.low, got.close),
                (want.opened_at, want.open, want.high, want.low, want.close),
                "{at}"
            );
            assert_eq!(
                (
                    got.trades,
                    got.expected,
                    got.observed,
                    got.flagged,
                    got.worst
                ),
                (
                    want.trades,
                    want.expected,
                    want.observed,
                    want.flagged,
                    want.worst
                ),
                "{at}"
            );
            near(
                Some(got.volume),
                Some(want.volume),
                &format!("volume of {at}"),
            );
            near(got.vwap, want.vwap, &format!("vwap of {at}"));
            near(got.sma_20, want.sma_20, &format!("sma_20 of {at}"));
            near(got.sma_50, want.sma_50, &format!("sma_50 of {at}"));
            near(got.sma_200, want.sma_200, &format!("sma_200 of {at}"));
            near(
                got.volatility_20,
                want.volatility_20,
                &format!("volatility_20 of {at}"),
            );
            near(got.return_1, want.return_1, &format!("return_1 of {at}"));
        }
    }
    bench.assert_books_balance().await;
}

/// Rows with quote volume and trades; every `missing`-th lacks the quote volume.
fn with_quote_volume(rows: &[Row], missing: usize) -> String {
    let lines = rows.iter().enumerate().map(|(index, row)| {
        let quote = if index % missing == missing - 1 {
            String::new()
        } else {
            (row.volume * row.open).to_string()
        };
        format!("{},{quote},{}", row.line(), index % 50)
    });
    csv(lines).replacen("volume\n", "volume,quote_volume,trades\n", 1)
}

#[tokio::test]
async fn every_step_agrees_with_the_definition() {
    // from a Wednesday: the first week is a part of one
    let bench = Bench::new().await;
    bench
        .take(
            "minutes.csv",
            csv_of(&wild(21, MONDAY + 2 * DAY + 77 * MINUTE, 20_000)),
        )
        .await;
    assert_gold_is_right(&bench).await;
    let flagged = bench
        .number("select count(*) from gold_candle where flagged > 0")
        .await;
    assert!(flagged > 0, "nothing is flagged: the test tests nothing");
    let weeks = bench
        .number("select count(*) from gold_candle where step_ms = 604800000")
        .await;
    assert_eq!(weeks, 3);
}

#[tokio::test]
async fn late_rows_change_what_they_reach() {
    let rows = wild(22, MONDAY, 12_000);
    let mut rng = rng(22);
    let (mut late, mut early) = (Vec::new(), Vec::new());
    for row in rows {
        if rng.random_bool(0.01) {
            late.push(row)
        } else {
            early.push(row)
        }
    }
    late.shuffle(&mut rng);
    let bench = Bench::new().await;
    bench.take("early.csv", csv_of(&early)).await;
    for (number, some) in late.chunks(40).enumerate() {
        bench
            .take(&format!("late-{number}.csv"), csv_of(some))
            .await;
        assert_gold_is_right(&bench).await;
    }
}

#[tokio::test]
async fn the_average_price_comes_from_the_quote_volume_where_every_candle_has_it() {
    for (missing, name) in [
        (usize::MAX, "all have it"),
        (997, "some lack it"),
        (1, "none has it"),
    ] {
        let bench = Bench::new().await;
        let report = bench
            .take(
                "q.csv",
                with_quote_volume(&calm(23, MONDAY, 4_000), missing),
            )
            .await;
        assert_eq!(report.accepted, 4_000, "{name}");
        assert_gold_is_right(&bench).await;
    }
}

#[tokio::test]
async fn a_bucket_without_volume_has_no_average_price() {
    let mut rows = calm(24, MONDAY, 600);
    for row in &mut rows[100..250] {
        row.volume = 0.0;
    }
    let bench = Bench::new().await;
    bench.take("zero.csv", csv_of(&rows)).await;
    assert_gold_is_right(&bench).await;
    assert!(
        bench
            .number("select count(*) from gold_candle where vwap is null")
            .await
            > 0
    );
}

/// Ten days of minutes with two days missing, and the days of three weeks, with prices of their own.
fn minutes_and_days() -> [(&'static str, String); 2] {
    let minutes: Vec<Row> = calm(25, MONDAY + 3 * DAY, 10 * 1440)
        .into_iter()
        .filter(|row| !(4..6).contains(&((row.at - MONDAY) / DAY - 3)))
        .collect();
    let days: Vec<Row> = calm(26, 0, 21)
        .into_iter()
        .enumerate()
        .map(|(day, row)| Row {
            at: MONDAY + day as i64 * DAY,
            volume: row.volume * 1000.0,
            ..row
        })
        .collect();
    [
        ("minutes.csv", csv_of(&minutes)),
        ("days.csv", csv_of(&days)),
    ]
}

#[tokio::test]
async fn a_bucket_is_built_from_its_finest_step_whichever_file_came_first() {
    let [minutes, days] = minutes_and_days();
    let mut digests = Vec::new();
    for files in [[&minutes, &days], [&days, &minutes]] {
        let bench = Bench::new().await;
        for (name, text) in files {
            assert_eq!(bench.take(name, text).await.quarantined, 0);
        }
        assert_gold_is_right(&bench).await;
        let sources: Vec<(i64, i64)> = bench
            .rows(
                "select expected, count(*) from gold_candle where step_ms = 86400000 group by 1 order by 1",
            )
            .await;
        assert_eq!(sources, [(1, 13), (1440, 8)]);
        digests.push(bench.digests_of(&["silver_candle", "gold_candle"]).await);
    }
    assert_eq!(digests[0], digests[1]);
}

fn live(rows: &[Row], is_final: bool) -> Vec<Candle> {
    rows.iter()
        .map(|row| Candle {
            opened_at: row.at,
            open: row.open,
            high: row.high * 1.01,
            low: row.low * 0.99,
            close: row.close,
            volume: row.volume + 1.0,
            quote_volume: Some(row.volume * row.open),
            trades: Some(7),
            is_final,
            flags: 0,
        })
        .collect()
}

/// Writes live candles as the live pipeline does, without its checks.
async fn put_live(bench: &Bench, candles: &[Candle]) {
    let store = &bench.engine.store;
    let key = SeriesKey {
        names: store.names("BTC-USD", VENUE).await.unwrap(),
        pipeline: Pipeline::Live,
        step_ms: MINUTE,
    };
    let mut tx = store.begin().await.unwrap();
    upsert_candles(&mut tx, &key, 0, candles).await.unwrap();
    let (first, last) = (candles[0].opened_at, candles[candles.len() - 1].opened_at);
    let added = candles.len() as i64;
    count_series(&mut tx, &key, added, first, last)
        .await
        .unwrap();
    let change = Change {
        rows: added,
        ..Change::default()
    };
    count(&mut tx, "silver", "candle", change, NOW)
        .await
        .unwrap();
    let mut changed = Ranges::default();
    changed.add(candles.iter().map(|candle| candle.opened_at), MINUTE, 0);
    refresh(&mut tx, &key, &changed, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn batch_wins_over_live_and_live_fills_what_batch_lacks() {
    let mut rows = calm(27, MONDAY, 3_000);
    let lives = live(&rows[1_000..2_500], true);
    rows.drain(1_500..1_700);
    let file = csv_of(&rows[..2_000]);
    let mut digests = Vec::new();
    for live_first in [true, false] {
        let bench = Bench::new().await;
        if live_first {
            put_live(&bench, &lives).await;
        }
        bench.take("batch.csv", &file).await;
        if !live_first {
            put_live(&bench, &lives).await;
        }
        assert_gold_is_right(&bench).await;
        let minutes: Vec<(String, i64)> = bench
            .rows("select pipeline, count(*) from gold_candle_1m group by 1 order by 1")
            .await;
        assert_eq!(
            minutes,
            [("batch".to_owned(), 2_000), ("live".to_owned(), 500)]
        );
        digests.push(bench.digests_of(&["silver_candle", "gold_candle"]).await);
    }
    assert_eq!(digests[0], digests[1]);
}

#[tokio::test]
async fn a_running_live_candle_counts_until_there_is_a_final_one() {
    let rows = calm(28, MONDAY, 120);
    let bench = Bench::new().await;
    put_live(&bench, &live(&rows[100..], false)).await;
    bench.take("batch.csv", csv_of(&rows[..110])).await;
    assert_gold_is_right(&bench).await;
    let hours = bench
        .number("select sum(observed) from gold_candle where step_ms = 3600000")
        .await;
    assert_eq!(hours, 120);
}
