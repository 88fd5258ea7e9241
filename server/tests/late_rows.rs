//! However the same candles arrive (in order, shuffled, newest first, in several files with late rows), silver and
//! gold end up the same, flags included, and so does what the checks count.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::support;

use proptest::prelude::*;
use rand::{RngExt, seq::SliceRandom};
use server::store::TableDigest;
use support::{Bench, MINUTE, MONDAY, Row, calm, csv, csv_of, rng, wild};

const LATE: [&str; 2] = ["silver_candle", "gold_candle"];
const COUNTED: [&str; 8] = [
    "candle.gap",
    "candle.extreme_move",
    "candle.open_jump",
    "candle.range",
    "candle.spike_reversal",
    "candle.stale_close",
    "candle.zero_volume_flat",
    "candle.price_sanity",
];

/// What one file of these rows leads to: digests, rows with a finding, and what each check says.
async fn of_one_file(rows: &[Row]) -> (Vec<TableDigest>, i64, Vec<(String, i64, String)>) {
    let bench = Bench::new().await;
    let report = bench.take("all.csv", csv_of(rows)).await;
    assert_eq!(report.accepted, rows.len() as i64, "{report:?}");
    bench.assert_books_balance().await;
    let mut checks = Vec::new();
    for check_id in COUNTED {
        checks.push(bench.check(check_id, "all.csv").await);
    }
    (bench.digests_of(&LATE).await, report.flagged, checks)
}

/// What several files of these rows, one after the other, lead to.
async fn of_files(files: &[Vec<Row>]) -> Vec<TableDigest> {
    let bench = Bench::new().await;
    for (number, rows) in files.iter().enumerate() {
        let report = bench.take(&format!("{number}.csv"), csv_of(rows)).await;
        assert_eq!(report.state, "done", "{report:?}");
        assert_eq!(report.quarantined, 0, "{report:?}");
    }
    bench.assert_books_balance().await;
    bench.digests_of(&LATE).await
}

/// Deals the rows to some files; most go to the file of their stretch, some arrive late in another one.
fn deal(rows: &[Row], files: usize, late: f64, seed: u64) -> Vec<Vec<Row>> {
    let mut rng = rng(seed);
    let mut dealt = vec![Vec::new(); files];
    for (index, row) in rows.iter().enumerate() {
        let own = index * files / rows.len();
        let to = if rng.random_bool(late) {
            rng.random_range(0..files)
        } else {
            own
        };
        dealt[to].push(*row);
    }
    for file in &mut dealt {
        if rng.random() {
            file.shuffle(&mut rng);
        }
    }
    dealt.shuffle(&mut rng);
    dealt
}

async fn assert_order_does_not_matter(rows: &[Row], seed: u64) {
    let sorted = of_one_file(rows).await;
    let mut shuffled = rows.to_vec();
    shuffled.shuffle(&mut rng(seed));
    assert_eq!(
        of_one_file(&shuffled).await,
        sorted,
        "shuffled, seed {seed}"
    );
    let backwards: Vec<Row> = rows.iter().rev().copied().collect();
    assert_eq!(
        of_one_file(&backwards).await,
        sorted,
        "newest first, seed {seed}"
    );
    // a few stragglers at the end of a file that is in order otherwise
    let mut straggling = rows.to_vec();
    for _ in 0..5 {
        let row = straggling.remove(straggling.len() / 3);
        straggling.push(row);
    }
    assert_eq!(
        of_one_file(&straggling).await,
        sorted,
        "stragglers, seed {seed}"
    );
    for late in [0.0, 0.05] {
        let files = deal(rows, 4, late, seed);
        assert_eq!(of_files(&files).await, sorted.0, "{late} late, seed {seed}");
    }
}

#[tokio::test]
async fn calm_minutes_in_any_order_end_the_same() {
    assert_order_does_not_matter(&calm(1, MONDAY, 3_000), 1).await;
}

#[tokio::test]
async fn spikes_gaps_and_stale_prices_in_any_order_end_the_same() {
    for seed in 2..8 {
        let rows = wild(seed, MONDAY + 7 * MINUTE, 3_000);
        assert_order_does_not_matter(&rows, seed).await;
    }
}

/// More rows than a chunk holds: the order is broken between chunks too.
#[tokio::test]
async fn rows_that_are_late_by_chunks_end_the_same() {
    let rows = wild(9, MONDAY, 25_000);
    let sorted = of_one_file(&rows).await;
    let mut late = rows.clone();
    let moved: Vec<Row> = late.drain(100..400).collect();
    late.extend(moved);
    assert_eq!(of_one_file(&late).await, sorted, "a stretch at the end");
    let mut shuffled = rows.clone();
    shuffled.shuffle(&mut rng(9));
    assert_eq!(of_one_file(&shuffled).await, sorted, "shuffled");
    let files = deal(&rows, 3, 0.02, 9);
    assert_eq!(of_files(&files).await, sorted.0, "three files");
}

/// The last candle that a late one can influence may be a spike, which only the candle behind it shows.
#[tokio::test]
async fn a_spike_stays_one_wherever_a_row_was_late() {
    const SPIKE: usize = 150;
    let mut rows = calm(5, MONDAY, 300);
    rows[SPIKE].close *= 1.05;
    rows[SPIKE].high = rows[SPIKE].close;
    rows[SPIKE + 1].open = rows[SPIKE].close;
    rows[SPIKE + 1].high = rows[SPIKE].close;
    let sorted = of_one_file(&rows).await.0;
    for before in 57..67 {
        let mut rest = rows.clone();
        let late = rest.remove(SPIKE - before);
        assert_eq!(
            of_files(&[rest, vec![late]]).await,
            sorted,
            "{before} before"
        );
    }
}

/// Islands further apart than any window reaches, in more rows than a chunk holds: each is judged by itself.
#[tokio::test]
async fn islands_of_candles_are_counted_once() {
    let rows: Vec<Row> = wild(11, MONDAY, 90_000)
        .into_iter()
        .filter(|row| (row.at - MONDAY) / MINUTE % 600 < 90)
        .collect();
    assert!(rows.len() > 10_000);
    let sorted = of_one_file(&rows).await;
    let backwards: Vec<Row> = rows.iter().rev().copied().collect();
    assert_eq!(of_one_file(&backwards).await, sorted);
}

#[tokio::test]
async fn the_step_is_recognised_in_any_order() {
    for (step, name) in [
        (1, "minutes"),
        (15, "quarters"),
        (60, "hours"),
        (1440, "days"),
    ] {
        let mut rows = calm(3, MONDAY, 2_000);
        for (index, row) in rows.iter_mut().enumerate() {
            row.at = MONDAY + index as i64 * step * MINUTE;
        }
        rows.shuffle(&mut rng(step as u64));
        let bench = Bench::new().await;
        let report = bench.take("shuffled.csv", csv_of(&rows)).await;
        assert_eq!(report.accepted, 2_000, "{name}: {report:?}");
        let found = bench
            .number("select distinct step_ms from silver_candle")
            .await;
        assert_eq!(found, step * MINUTE, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_deal_of_any_market_ends_the_same(
        seed in 0u64..1_000_000,
        minutes in 300usize..1_200,
        files in 1usize..6,
        late in 0.0f64..0.3,
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let rows = wild(seed, MONDAY + 11 * MINUTE, minutes);
            let bench = Bench::new().await;
            bench.take("all.csv", csv(rows.iter().map(Row::line))).await;
            let dealt = deal(&rows, files, late, seed);
            assert_eq!(of_files(&dealt).await, bench.digests_of(&LATE).await);
        });
    }
}
