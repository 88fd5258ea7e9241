//! A process killed at any moment and started again ends in the same state as one that was left alone.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::command;
use crate::support;

use std::{path::Path, time::Duration};

use command::Assay;
use rand::RngExt;
use server::pipeline::batch::recover;
use sqlx::{AssertSqlSafe, SqlitePool, sqlite::SqliteConnectOptions};
use support::{MONDAY, Row, calm, csv, csv_of, engine, rng};

/// Minutes with broken rows, rows repeated and in conflict far from their twins, an absurd price, and some disorder.
fn dirty(minutes: usize) -> String {
    let market = calm(41, MONDAY, minutes);
    let mut lines: Vec<String> = market.iter().map(Row::line).collect();
    let mut rng = rng(41);
    // stretches that come late, the first of them after rows that came in order
    for part in 3..8 {
        let from = minutes * part / 10;
        let stretch: Vec<String> = lines.drain(from..from + 150).collect();
        lines.splice(from + 900..from + 900, stretch);
    }
    for _ in 0..60 {
        let row = &market[rng.random_range(0..minutes)];
        lines.insert(rng.random_range(20..lines.len()), row.line());
        let Row {
            at,
            open,
            high,
            low,
            close,
            ..
        } = row;
        let broken = match rng.random_range(0..4) {
            0 => format!("{at},{open},{high},{low},NaN,1"),
            1 => format!("{at},{open},{low},{high}"),
            2 => "maintenance".to_owned(),
            _ => format!("{at},{open},{high},-{low},{close},1"),
        };
        lines.insert(rng.random_range(20..lines.len()), broken);
    }
    let conflicting = Row {
        volume: 1.25,
        ..market[minutes / 20]
    };
    lines.insert(minutes * 19 / 20, conflicting.line());
    let absurd = market[minutes * 2 / 5];
    let [open, high, low, close] =
        [absurd.open, absurd.high, absurd.low, absurd.close].map(|price| price * 10.0);
    let absurd = Row {
        open,
        high,
        low,
        close,
        ..absurd
    };
    let place = lines
        .iter()
        .position(|line| *line == market[minutes * 2 / 5].line())
        .unwrap();
    lines[place] = absurd.line();
    csv(lines)
}

/// When to kill.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// The bytes are on their way into bronze.
    Landing,
    /// This many rows are refined and committed.
    Rows(i64),
    /// This many rows are in silver, counted or not.
    Loaded(i64),
}

async fn one(pool: &SqlitePool, sql: String) -> i64 {
    let row: Option<(i64,)> = sqlx::query_as(AssertSqlSafe(sql))
        .fetch_optional(pool)
        .await
        .unwrap();
    row.map_or(0, |(number,)| number)
}

async fn writable(file: &Path) -> SqlitePool {
    SqlitePool::connect_with(SqliteConnectOptions::new().filename(file))
        .await
        .unwrap()
}

/// Ingests until the moment, then kills. False if the process was faster.
async fn kill_at(assay: &Assay, file: &Path, moment: Moment) -> bool {
    // the tables are there before the process starts
    engine(&assay.database()).await.store.close().await;
    let pool = writable(&assay.database()).await;
    let before = one(&pool, "select coalesce(max(id), 0) from run".to_owned()).await;
    let mut child = assay.spawn_ingest(file);
    let mut tick = tokio::time::interval(Duration::from_millis(2));
    let reached = loop {
        let reached = match moment {
            Moment::Landing => {
                let sql = "select count(*) from bronze_landing l join run r on r.id > BEFORE where l.state = 'landing'";
                one(&pool, sql.replace("BEFORE", &before.to_string())).await > 0
            }
            Moment::Rows(rows) => {
                one(&pool, format!("select rows from run where id > {before}")).await >= rows
            }
            Moment::Loaded(rows) => {
                one(&pool, "select count(*) from silver_candle".to_owned()).await >= rows
            }
        };
        if reached || child.try_wait().unwrap().is_some() {
            break reached;
        }
        tick.tick().await;
    };
    child.kill().unwrap();
    child.wait().unwrap();
    let unfinished = one(
        &pool,
        "select count(*) from bronze_landing where state in ('landing', 'landed', 'refining')"
            .to_owned(),
    )
    .await;
    pool.close().await;
    reached && unfinished == 1
}

fn done(assay: &Assay, file: &Path) {
    let (code, reports) = assay.ingest(file);
    assert_eq!(
        (code, reports[0]["state"].as_str().unwrap()),
        (0, "done"),
        "{reports:?}"
    );
}

async fn state_of(assay: &Assay) -> Vec<String> {
    let pool = writable(&assay.database()).await;
    let rows: Vec<(String,)> = sqlx::query_as("select state from run order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    pool.close().await;
    rows.into_iter().map(|(state,)| state).collect()
}

#[tokio::test]
async fn killed_again_and_again_an_ingest_ends_as_if_left_alone() {
    let text = dirty(150_000);
    let rows = text.lines().count() as i64 - 1;
    let (left_alone, killed) = (Assay::new(), Assay::new());
    let file = left_alone.write("dirty.csv", &text);
    done(&left_alone, &file);

    let file = killed.write("dirty.csv", &text);
    let mut rng = rng(42);
    let mut moments = vec![Moment::Landing, Moment::Landing, Moment::Rows(1)];
    moments.extend([4, 3, 2].map(|part| Moment::Rows(rng.random_range(1..rows / part))));
    // everything is read: the books are being closed
    moments.push(Moment::Rows(rows));
    let mut hits = 0;
    for moment in moments {
        let hit = kill_at(&killed, &file, moment).await;
        assert!(
            hit || matches!(moment, Moment::Landing),
            "{moment:?} was missed"
        );
        hits += i32::from(hit);
    }
    assert!(hits >= 6, "only {hits} kills hit");
    done(&killed, &file);
    assert_eq!(killed.digest(), left_alone.digest());
    let states = state_of(&killed).await;
    let (last, cut_off) = states.split_last().unwrap();
    assert_eq!(last, "done");
    assert!(
        cut_off.iter().all(|state| state == "interrupted"),
        "{cut_off:?}"
    );

    let (code, reports) = killed.ingest(&file);
    assert_eq!(
        (code, reports[0]["state"].as_str().unwrap()),
        (0, "already_landed")
    );
    assert_eq!(killed.digest(), left_alone.digest());
}

/// What the counts say, and what the tables hold.
async fn counts(assay: &Assay) -> Vec<(i64, i64)> {
    let pool = writable(&assay.database()).await;
    let mut counts = Vec::new();
    for (counted, held) in [
        (
            "select rows from layer_count where layer = 'silver' and name = 'candle'",
            "select count(*) from silver_candle",
        ),
        (
            "select rows from layer_count where layer = 'gold' and name = 'candle'",
            "select count(*) from gold_candle",
        ),
        (
            "select rows from series",
            "select count(*) from silver_candle",
        ),
    ] {
        counts.push((
            one(&pool, counted.to_owned()).await,
            one(&pool, held.to_owned()).await,
        ));
    }
    pool.close().await;
    counts
}

#[tokio::test]
async fn rows_that_were_loaded_but_not_counted_yet_are_counted_once() {
    use std::io::Write as _;

    let text = csv_of(&calm(43, MONDAY, 150_000));
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    zip.start_file("prices.csv", options).unwrap();
    zip.write_all(text.as_bytes()).unwrap();
    let packed = zip.finish().unwrap().into_inner();
    let (left_alone, killed) = (Assay::new(), Assay::new());
    done(&left_alone, &left_alone.write("prices.zip", &packed));

    let file = killed.write("prices.zip", &packed);
    let mut hits = 0;
    for rows in [1, 20_001, 90_000] {
        hits += i32::from(kill_at(&killed, &file, Moment::Loaded(rows)).await);
    }
    assert!(hits >= 2, "only {hits} kills hit");
    done(&killed, &file);
    assert_eq!(killed.digest(), left_alone.digest());
    for (counted, held) in counts(&killed).await {
        assert!(
            counted == held && held > 0,
            "{counted} counted, {held} there"
        );
    }
}

#[tokio::test]
async fn a_server_that_starts_takes_up_what_was_cut_off() {
    let text = dirty(50_000);
    let (left_alone, killed) = (Assay::new(), Assay::new());
    done(&left_alone, &left_alone.write("dirty.csv", &text));

    let file = killed.write("dirty.csv", &text);
    assert!(kill_at(&killed, &file, Moment::Rows(12_000)).await);
    let engine = engine(&killed.database()).await;
    assert_eq!(recover(&engine).await.unwrap(), 1);
    assert_eq!(recover(&engine).await.unwrap(), 0);
    engine.store.close().await;
    assert_eq!(killed.digest(), left_alone.digest());
}

#[tokio::test]
async fn bytes_that_landed_half_are_landed_anew() {
    let text = dirty(30_000);
    let assay = Assay::new();
    let file = assay.write("dirty.csv", &text);
    done(&assay, &file);
    let whole = assay.digest();

    // as a crash leaves it between two parts: a landing that is not complete, and nothing refined
    let half = Assay::new();
    let file = half.write("dirty.csv", &text);
    half.digest();
    let pool = writable(&half.database()).await;
    let sha256 = server::pipeline::land::fingerprint(&file).unwrap().0;
    sqlx::query(
        "insert into bronze_landing (id, pipeline, venue, dataset, instrument, origin, received_at, sha256, bytes, state)
         values (1, 'batch', 'bitfinex', 'candle', 'BTC-USD', 'dirty.csv', 1, $1, 5, 'landing')",
    )
    .bind(&sha256)
    .execute(&pool)
    .await
    .unwrap();
    sqlx::query("insert into bronze_part values (1, 0, 1, 1, 'none', cast('half' as blob))")
        .execute(&pool)
        .await
        .unwrap();
    pool.close().await;
    let engine = engine(&half.database()).await;
    assert_eq!(
        recover(&engine).await.unwrap(),
        0,
        "half a file must not be refined"
    );
    engine.store.close().await;
    done(&half, &file);
    assert_eq!(half.digest(), whole);
}

/// The file that was cut off came first, so the one after it restates it and not the other way round.
#[tokio::test]
async fn what_was_cut_off_goes_before_the_next_file() {
    let first = calm(43, MONDAY, 80_000);
    let mut second = first[5_000..9_000].to_vec();
    for row in &mut second {
        row.volume += 1.0;
    }
    let (first, second) = (csv_of(&first), csv_of(&second));
    let left_alone = Assay::new();
    done(&left_alone, &left_alone.write("first.csv", &first));
    done(&left_alone, &left_alone.write("second.csv", &second));

    let killed = Assay::new();
    let first = killed.write("first.csv", &first);
    assert!(kill_at(&killed, &first, Moment::Rows(10_000)).await);
    done(&killed, &killed.write("second.csv", &second));
    let (_, reports) = killed.ingest(&first);
    assert_eq!(reports[0]["state"], "already_landed", "{reports:?}");
    assert_eq!(killed.digest(), left_alone.digest());
}
