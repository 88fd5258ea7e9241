//! Everything can be done again: the same file, the same rows in another file, overlapping and restating files, and the
//! whole of bronze.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::support;

use app::model::flag;
use server::{
    pipeline::replay::replay,
    sample::{NEWS_FILE, SAMPLE_SEED, write_sample},
};
use support::{Bench, DATA, MONDAY, Row, calm, csv, csv_of, gzip, wild};

const REBUILT: [&str; 5] = [
    "bronze_landing",
    "silver_candle",
    "silver_article",
    "quarantine",
    "gold_candle",
];

fn restate(rows: &[Row]) -> Vec<Row> {
    rows.iter()
        .map(|row| Row {
            volume: row.volume + 1.0,
            high: row.high + 0.5,
            ..*row
        })
        .collect()
}

#[tokio::test]
async fn the_same_bytes_land_once() {
    let bench = Bench::new().await;
    let text = csv_of(&wild(51, MONDAY, 3_000));
    let first = bench.take("a.csv", &text).await;
    let digests = bench.digests().await;
    let again = bench.take("another-name.csv", &text).await;
    assert_eq!(again.state, "already_landed");
    assert_eq!(
        (
            again.rows,
            again.accepted,
            again.flagged,
            again.first,
            again.last
        ),
        (
            first.rows,
            first.accepted,
            first.flagged,
            first.first,
            first.last
        )
    );
    assert_eq!(bench.digests().await, digests);
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn the_same_rows_in_other_bytes_are_deduplicated() {
    let bench = Bench::new().await;
    let rows = wild(52, MONDAY, 3_000);
    let text = csv_of(&rows);
    let seconds: Vec<Row> = rows
        .iter()
        .map(|row| Row {
            at: row.at / 1000,
            ..*row
        })
        .collect();
    let first = bench.take("lf.csv", &text).await;
    let digests = bench.digests_of(&DATA).await;
    for (name, bytes) in [
        ("crlf.csv", text.replace('\n', "\r\n").into_bytes()),
        ("packed.csv.gz", gzip(&text)),
        ("seconds.csv", csv_of(&seconds).into_bytes()),
    ] {
        let report = bench.take(name, bytes).await;
        assert_eq!(
            (report.state, report.accepted, report.quarantined),
            ("done", 0, 0),
            "{report:?}"
        );
        assert_eq!(report.deduplicated, first.accepted, "{name}");
        assert_eq!(bench.digests_of(&DATA).await, digests, "{name}");
    }
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn overlapping_files_give_each_row_once() {
    let rows = wild(53, MONDAY, 4_000);
    let (middle, end) = (rows.len() / 2, rows.len());
    let bench = Bench::new().await;
    bench.take("first.csv", csv_of(&rows[..middle + 300])).await;
    let report = bench
        .take("second.csv", csv_of(&rows[middle - 300..]))
        .await;
    assert_eq!(
        (report.accepted, report.deduplicated),
        ((end - middle - 300) as i64, 600)
    );
    bench.assert_books_balance().await;
    let whole = Bench::new().await;
    whole.take("all.csv", csv_of(&rows)).await;
    assert_eq!(bench.digests_of(&DATA).await, whole.digests_of(&DATA).await);
}

#[tokio::test]
async fn a_restated_candle_keeps_its_older_version_beside() {
    let rows = calm(54, MONDAY, 500);
    let changed = restate(&rows[100..103]);
    let bench = Bench::new().await;
    bench.take("first.csv", csv_of(&rows)).await;
    let report = bench.take("second.csv", csv_of(&changed)).await;
    assert_eq!(
        (report.accepted, report.deduplicated, report.flagged),
        (3, 0, 3)
    );
    let volumes: Vec<(f64, i64)> = bench
        .rows(&format!(
            "select volume, flags & {} from silver_candle where opened_at between {} and {} order by opened_at",
            flag::RESTATED, changed[0].at, changed[2].at
        ))
        .await;
    assert_eq!(
        volumes,
        changed
            .iter()
            .map(|row| (row.volume, flag::RESTATED))
            .collect::<Vec<_>>()
    );
    let older: Vec<(f64, i64, i64)> =
        bench.rows("select volume, landing_id, superseded_by from silver_candle_restated order by opened_at").await;
    assert_eq!(
        older,
        rows[100..103]
            .iter()
            .map(|row| (row.volume, 1, 2))
            .collect::<Vec<_>>()
    );
    let (state, failed, summary) = bench.check("rec.restated", "second.csv").await;
    assert_eq!((state.as_str(), failed), ("warn", 3), "{summary}");
    assert_eq!(
        bench
            .number("select count(*) from alert where check_id = 'rec.restated'")
            .await,
        1
    );
    bench.assert_books_balance().await;
    // the older file once more, in other bytes: it is the later one now
    let report = bench.take("third.csv", csv_of(&rows[100..103])).await;
    assert_eq!(report.accepted, 3);
    assert_eq!(
        bench
            .number("select count(*) from silver_candle_restated")
            .await,
        6
    );
    bench.assert_books_balance().await;
}

/// A file that contradicts itself says nothing: what an earlier file said stays.
#[tokio::test]
async fn a_conflict_leaves_what_was_there() {
    let rows = calm(55, MONDAY, 12_000);
    let digests = {
        let bench = Bench::new().await;
        bench.take("first.csv", csv_of(&rows)).await;
        bench.digests_of(&DATA).await
    };
    let [row] = restate(&rows[11_999..])[..] else {
        panic!("one row")
    };
    let other = Row {
        volume: row.volume + 1.0,
        ..row
    };
    for (name, place) in [("side by side", 1), ("chunks apart", 11_000)] {
        let mut lines: Vec<String> = rows[..11_999].iter().map(Row::line).collect();
        lines.insert(0, row.line());
        lines.insert(place, other.line());
        let bench = Bench::new().await;
        bench.take("first.csv", csv_of(&rows)).await;
        let report = bench.take("second.csv", csv(lines)).await;
        assert_eq!(
            (report.accepted, report.quarantined, report.deduplicated),
            (0, 2, 11_999),
            "{name}"
        );
        assert_eq!(bench.digests_of(&DATA).await, digests, "{name}");
        assert_eq!(
            bench.check("rec.restated", "second.csv").await.0,
            "pass",
            "{name}"
        );
        bench.assert_books_balance().await;
    }
}

/// An absurd price in a later file does not push out the sound one that was there.
#[tokio::test]
async fn an_absurd_price_leaves_what_was_there() {
    let rows = calm(56, MONDAY, 600);
    let bench = Bench::new().await;
    bench.take("first.csv", csv_of(&rows)).await;
    let digests = bench.digests_of(&DATA).await;
    let mut again = rows[200..400].to_vec();
    let row = &mut again[100];
    (row.open, row.high, row.low, row.close) = (
        row.open * 9.0,
        row.high * 9.0,
        row.low * 9.0,
        row.close * 9.0,
    );
    let report = bench.take("second.csv", csv_of(&again)).await;
    assert_eq!(
        (report.accepted, report.quarantined, report.deduplicated),
        (0, 1, 199)
    );
    assert_eq!(bench.digests_of(&DATA).await, digests);
    bench.assert_books_balance().await;
}

async fn assert_replay_changes_nothing(bench: &Bench, landings: usize) {
    let digests = bench.digests_of(&REBUILT).await;
    let restated = bench
        .number("select count(*) from silver_candle_restated")
        .await;
    for round in 0..2 {
        assert_eq!(replay(&bench.engine, None).await.unwrap(), landings);
        assert_eq!(bench.digests_of(&REBUILT).await, digests, "round {round}");
        assert_eq!(
            bench
                .number("select count(*) from silver_candle_restated")
                .await,
            restated
        );
        bench.assert_books_balance().await;
    }
}

#[tokio::test]
async fn replay_gives_the_same_from_one_dirty_file() {
    let mut lines: Vec<String> = wild(57, MONDAY, 15_000).iter().map(Row::line).collect();
    lines.insert(50, "broken".to_owned());
    lines.insert(11_000, lines[30].clone());
    lines.push(lines[40].replace(",1", ",2"));
    let late: Vec<String> = lines.drain(500..700).collect();
    lines.extend(late);
    let bench = Bench::new().await;
    bench.take("dirty.csv", csv(lines)).await;
    assert_replay_changes_nothing(&bench, 1).await;
}

#[tokio::test]
async fn replay_gives_the_same_from_overlapping_restating_and_refused_files_and_news() {
    let rows = wild(58, MONDAY, 4_000);
    let bench = Bench::new().await;
    bench.take("b.csv", csv_of(&rows[1_000..3_000])).await;
    bench.take("a.csv", csv_of(&rows[..1_200])).await;
    bench
        .take("c.csv", csv_of(&restate(&rows[900..1_100])))
        .await;
    bench.take("refused.csv", "no market data\n").await;
    bench
        .take("d.csv", csv_of(&restate(&restate(&rows[1_050..1_150]))))
        .await;
    bench.take("e.csv", csv_of(&rows[2_500..])).await;
    let sample = bench.path("sample");
    write_sample(&sample, SAMPLE_SEED).unwrap();
    let news = bench.ingest(&sample.join(NEWS_FILE), "sample").await;
    assert!(news.accepted > 200 && news.quarantined > 0, "{news:?}");
    let text = std::fs::read_to_string(sample.join(NEWS_FILE)).unwrap();
    let again = bench.take("again.csv", text.replace('\n', "\r\n")).await;
    assert_eq!(again.rows, news.rows, "{again:?}");
    assert_replay_changes_nothing(&bench, 7).await;
}

#[tokio::test]
async fn replay_gives_the_same_from_minutes_and_days() {
    let days: Vec<Row> = calm(59, 0, 30)
        .into_iter()
        .enumerate()
        .map(|(day, row)| Row {
            at: MONDAY + day as i64 * 86_400_000,
            ..row
        })
        .collect();
    let bench = Bench::new().await;
    bench.take("days.csv", csv_of(&days)).await;
    bench
        .take("minutes.csv", csv_of(&wild(59, MONDAY + 86_400_000, 5_000)))
        .await;
    assert_replay_changes_nothing(&bench, 2).await;
}
