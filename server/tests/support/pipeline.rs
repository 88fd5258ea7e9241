//! What the tests of the batch pipeline share: an engine on a real database file, generated candles as files, and a
//! look into the database that goes past the store.

#![allow(dead_code, reason = "every test uses its own part of it")]

use std::{
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use server::{
    clock::Clock,
    hub::Hub,
    pipeline::{
        Engine,
        batch::{FileReport, IngestOptions, ingest_file},
    },
    store::{Store, TableDigest},
};
use sqlx::{AssertSqlSafe, SqlitePool, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

pub const MINUTE: i64 = 60_000;
/// Monday, 1 January 2018.
pub const MONDAY: i64 = 1_514_764_800_000;
pub const NOW: i64 = 1_790_000_030_000;
pub const VENUE: &str = "bitfinex";
/// The tables that say what is known of the market.
pub const DATA: [&str; 3] = ["silver_candle", "silver_article", "gold_candle"];

/// An engine on a database file of its own.
pub struct Bench {
    pub engine: Engine,
    pub folder: TempDir,
    pool: SqlitePool,
}

impl Bench {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("assay.db");
        let engine = engine(&file).await;
        let pool = pool(&file).await;
        Self {
            engine,
            folder,
            pool,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and ingests it.
    pub async fn take(&self, name: &str, bytes: impl AsRef<[u8]>) -> FileReport {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        self.ingest(&path, VENUE).await
    }

    pub async fn ingest(&self, path: &Path, venue: &str) -> FileReport {
        let options = IngestOptions {
            venue: Some(venue.to_owned()),
            ..IngestOptions::default()
        };
        ingest_file(&self.engine, path, &options, None)
            .await
            .unwrap()
    }

    /// The one number that a query gives.
    pub async fn number(&self, sql: &str) -> i64 {
        let (number,): (i64,) = self.row(sql).await;
        number
    }

    pub async fn row<T>(&self, sql: &str) -> T
    where
        T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
    {
        sqlx::query_as(AssertSqlSafe(sql.to_owned()))
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    pub async fn rows<T>(&self, sql: &str) -> Vec<T>
    where
        T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow> + Send + Unpin,
    {
        sqlx::query_as(AssertSqlSafe(sql.to_owned()))
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }

    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let rows: Vec<(String,)> = self.rows(sql).await;
        rows.into_iter().map(|(text,)| text).collect()
    }

    pub async fn digests(&self) -> Vec<TableDigest> {
        self.engine.store.digests().await.unwrap()
    }

    /// A connection that writes, past the store.
    pub async fn writer(&self) -> SqlitePool {
        SqlitePool::connect_with(SqliteConnectOptions::new().filename(self.path("assay.db")))
            .await
            .unwrap()
    }

    /// Digests of some tables.
    pub async fn digests_of(&self, tables: &[&str]) -> Vec<TableDigest> {
        let mut digests = self.digests().await;
        digests.retain(|digest| tables.contains(&digest.table));
        assert_eq!(digests.len(), tables.len());
        digests
    }

    /// Newest state and summary of a check, over all files that end in `file`.
    pub async fn check(&self, check_id: &str, file: &str) -> (String, i64, String) {
        self.row(&format!(
            "select state, failed, summary from check_latest where check_id = '{check_id}' and entity like '%{file}'"
        ))
        .await
    }

    /// Whatever is counted agrees with what is there.
    pub async fn assert_books_balance(&self) {
        let unbalanced = self
            .texts(
                "select origin || ' ' || state from bronze_landing l where state = 'done' and (
                    rows <> accepted + deduplicated + quarantined
                    or quarantined <> (select count(*) from quarantine q where q.landing_id = l.id))",
            )
            .await;
        assert!(unbalanced.is_empty(), "landings: {unbalanced:?}");
        let broken = self
            .texts("select summary from check_result where check_id = 'dq.rows_conserved' and state <> 'pass'")
            .await;
        assert!(broken.is_empty(), "dq.rows_conserved: {broken:?}");
        for (layer, name, sql) in [
            ("silver", "candle", "select count(*) from silver_candle"),
            ("silver", "article", "select count(*) from silver_article"),
            ("silver", "quarantine", "select count(*) from quarantine"),
            ("gold", "candle", "select count(*) from gold_candle"),
            ("bronze", "landing", "select count(*) from bronze_landing"),
        ] {
            let counted = self
                .number(&format!(
                    "select coalesce(sum(rows), 0) from layer_count where layer = '{layer}' and name = '{name}'"
                ))
                .await;
            assert_eq!(counted, self.number(sql).await, "{layer} {name}");
        }
        let counted: Vec<(i64, i64, i64, i64, i64, i64)> = self
            .rows(
                "select instrument_id, venue_id, step_ms, rows, first_at, last_at from series where rows > 0
                 order by 1, 2, 3",
            )
            .await;
        let there: Vec<(i64, i64, i64, i64, i64, i64)> = self
            .rows(
                "select instrument_id, venue_id, step_ms, count(*), min(opened_at), max(opened_at) from silver_candle
                 group by 1, 2, 3 order by 1, 2, 3",
            )
            .await;
        assert_eq!(counted, there, "series");
    }
}

/// An engine on a database file, with a clock that stands still.
pub async fn engine(file: &Path) -> Engine {
    let store = Store::open(&format!("sqlite:{}", file.display()))
        .await
        .unwrap();
    Engine {
        store,
        hub: Hub::new("test"),
        clock: Clock::fixed(NOW),
    }
}

/// Connections to a database file that know nothing of the store.
pub async fn pool(file: &Path) -> SqlitePool {
    SqlitePool::connect_with(SqliteConnectOptions::new().filename(file).read_only(true))
        .await
        .unwrap()
}

/// A candle as a file has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    pub at: i64,
    pub open: f64,
    pub high: f64,
    pub low: f64,
    pub close: f64,
    pub volume: f64,
}

impl Row {
    pub fn line(&self) -> String {
        let Self {
            at,
            open,
            high,
            low,
            close,
            volume,
        } = self;
        format!("{at},{open},{high},{low},{close},{volume}")
    }
}

pub const HEADER: &str = "time,open,high,low,close,volume";

/// A file of these lines below the header.
pub fn csv<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> String {
    let mut text = format!("{HEADER}\n");
    for line in lines {
        writeln!(text, "{}", line.as_ref()).unwrap();
    }
    text
}

pub fn csv_of(rows: &[Row]) -> String {
    csv(rows.iter().map(Row::line))
}

pub fn gzip(bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes.as_ref()).unwrap();
    encoder.finish().unwrap()
}

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

fn cents(price: f64) -> f64 {
    (price * 100.0).round() / 100.0
}

/// Minutes of a calm market from `first`: moves of some basis points, nothing that a check would mention.
pub fn calm(seed: u64, first: i64, minutes: usize) -> Vec<Row> {
    let mut rng = rng(seed);
    let mut last: f64 = 10_000.0;
    (0..minutes)
        .map(|minute| {
            let open = last;
            let close = cents((open * (1.0 + rng.random_range(-0.0008..0.0008_f64))).max(5_000.0));
            last = close;
            let (top, bottom) = (f64::max(open, close), f64::min(open, close));
            Row {
                at: first + minute as i64 * MINUTE,
                open,
                high: cents(top * (1.0 + rng.random_range(0.0..0.0003))),
                low: cents(bottom * (1.0 - rng.random_range(0.0..0.0003))),
                close,
                volume: f64::from(rng.random_range(1..5_000)) / 100.0,
            }
        })
        .collect()
}

/// The same market with what real ones have: jumps that stay and jumps that come back, wide ranges, stale stretches,
/// minutes without trades, and holes.
pub fn wild(seed: u64, first: i64, minutes: usize) -> Vec<Row> {
    let mut rows = calm(seed, first, minutes);
    let mut rng = rng(seed ^ 0x5eed);
    let mut factor = 1.0;
    let mut stale_left = 0;
    let mut stale = 0.0;
    for row in &mut rows {
        let here = match rng.random_range(0..400) {
            // a jump that stays
            0 => {
                factor *= if rng.random() { 1.04 } else { 0.97 };
                factor
            }
            // one that the next candle takes back
            1 => factor * if rng.random() { 1.06 } else { 0.98 },
            _ => factor,
        };
        for price in [&mut row.open, &mut row.high, &mut row.low, &mut row.close] {
            *price = cents(*price * here);
        }
        match rng.random_range(0..500) {
            0 => row.high = cents(row.high * 1.04),
            1 => (stale_left, stale) = (rng.random_range(5..40), row.close),
            2 => row.volume = 0.0,
            _ => {}
        }
        if stale_left > 0 {
            stale_left -= 1;
            (row.open, row.high, row.low, row.close) = (stale, stale, stale, stale);
        }
    }
    let mut hole = 0;
    rows.retain(|_| {
        if hole == 0 && rng.random_range(0..300) == 0 {
            hole = if rng.random_range(0..4) == 0 {
                rng.random_range(60..400)
            } else {
                rng.random_range(1..20)
            };
        }
        hole = (hole - 1_i64).max(0);
        hole == 0
    });
    rows
}
