//! Loading the candles of a new series with their bars: millions of rows, `SQLite` only.
//!
//! sqlx hands every value through a copy and every statement through a channel to the connection's thread, which takes
//! as long as `SQLite` itself. Here the values are bound in place. The caller holds the store's right to write meanwhile.

mod checkpointer;

use std::path::Path;

use app::model::{Candle, GoldBar};
use rusqlite::{Connection, Statement, TransactionBehavior, types::ToSql};

use self::checkpointer::Checkpointer;
use super::{BUSY_TIMEOUT, SeriesKey, StoreError, bulk::values, candle, gold};

/// Candles of one statement, largest first. Every statement copies the pages it changes before it changes them, to be
/// able to take itself back: few large ones copy less.
const CANDLES: [usize; 3] = [400, 20, 1];
/// Bars of one statement.
const BARS: [usize; 3] = [200, 20, 1];

/// A connection that loads one series.
#[derive(Debug)]
pub struct Load {
    connection: Connection,
    log: Checkpointer,
    key: SeriesKey,
    landing_id: i64,
}

/// Rows of one transaction.
#[derive(Debug, Clone, Copy)]
pub struct LoadRows<'a> {
    /// Candles in time order, later than all that were loaded before.
    pub candles: &'a [Candle],
    /// Steps and their bars.
    pub bars: &'a [(i64, Vec<GoldBar>)],
    /// New flags of a candle that was loaded before: time and flags.
    pub flags: Option<(i64, i64)>,
}

impl Load {
    /// Opens a connection of its own to the database file.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(file: &Path, key: SeriesKey, landing_id: i64) -> Result<Self, StoreError> {
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(file)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            connection.pragma_update(None, "synchronous", "normal")?;
            // every statement keeps the pages it changes until it is through: in a file that was most of all writing
            connection.pragma_update(None, "temp_store", "memory")?;
            Ok(connection)
        };
        let connection = open()?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        // rows come in the order of the key: few pages are touched twice
        connection.pragma_update(None, "cache_size", -8192)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self {
            connection,
            log: Checkpointer::start(open()?)?,
            key,
            landing_id,
        })
    }

    /// Writes rows in one transaction.
    ///
    /// # Errors
    /// When the database fails; then nothing is written.
    pub fn write(&mut self, rows: LoadRows<'_>) -> Result<(), StoreError> {
        let SeriesKey {
            names,
            pipeline,
            step_ms,
        } = self.key;
        let series = format!("{}, {}", names.instrument_id, names.venue_id);
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        if let Some((opened_at, flags)) = rows.flags {
            tx.prepare_cached(
                "update silver_candle set flags = ?1 where instrument_id = ?2 and venue_id = ?3 and pipeline = ?4
                 and step_ms = ?5 and opened_at = ?6",
            )?
            .execute((
                flags,
                names.instrument_id,
                names.venue_id,
                pipeline.as_str(),
                step_ms,
                opened_at,
            ))?;
        }
        let series_step = format!("{series}, '{}', {step_ms}", pipeline.as_str());
        let landing = self.landing_id.to_string();
        let candles = |plain: bool, rows: usize| {
            let mut columns = vec![series_step.as_str(), "?", "?", "?", "?", "?", "?"];
            columns.extend(if plain {
                ["null", "null", "1", "0"]
            } else {
                ["?"; 4]
            });
            columns.push(&landing);
            replace("silver_candle", candle::COLUMNS, rows, &columns)
        };
        let prepare = |plain: bool| -> rusqlite::Result<Vec<_>> {
            let text = |rows: &usize| tx.prepare_cached(&candles(plain, *rows));
            CANDLES.iter().map(text).collect()
        };
        let (mut plain, mut full) = (prepare(true)?, prepare(false)?);
        in_pieces(rows.candles, CANDLES, |size, some| {
            let is_plain = some.iter().all(is_plain);
            let statements = if is_plain { &mut plain } else { &mut full };
            let mut to = Binder::new(&mut statements[size]);
            for candle in some {
                to.candle(candle, is_plain)?;
            }
            to.execute()
        })?;
        for (step_ms, bars) in rows.bars {
            let prepare = |rows: &usize| {
                let series_step = format!("{series}, {step_ms}");
                let mut columns = vec![series_step.as_str()];
                columns.resize(22, "?");
                tx.prepare_cached(&replace("gold_candle", gold::COLUMNS, *rows, &columns))
            };
            let mut statements: Vec<_> = BARS.iter().map(prepare).collect::<Result<_, _>>()?;
            in_pieces(bars, BARS, |size, some| {
                let mut to = Binder::new(&mut statements[size]);
                for bar in some {
                    to.bar(bar)?;
                }
                to.execute()
            })?;
        }
        drop((plain, full));
        tx.commit()?;
        self.log.look(&self.connection)
    }
}

/// Most files say nothing but prices and volume: six values a row instead of ten.
fn is_plain(candle: &Candle) -> bool {
    candle.quote_volume.is_none() && candle.trades.is_none() && candle.is_final && candle.flags == 0
}

/// A new series meets no row, unless a live one began meanwhile: then it is rolled up anew at the end. `replace` is
/// chosen because it spares the look for a conflict.
fn replace(table: &str, columns: &str, rows: usize, values_of_row: &[&str]) -> String {
    format!(
        "insert or replace into {table} ({columns}) values {}",
        values(rows, values_of_row)
    )
}

/// Hands on the rows in pieces of these sizes, with the number of the size.
fn in_pieces<T>(
    rows: &[T],
    sizes: [usize; 3],
    mut each: impl FnMut(usize, &[T]) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut rest = rows;
    for (number, size) in sizes.into_iter().enumerate() {
        let (now, later) = rest.split_at(rest.len() / size * size);
        rest = later;
        for piece in now.chunks_exact(size) {
            each(number, piece)?;
        }
    }
    Ok(())
}

/// Binds value after value.
struct Binder<'a, 'c> {
    statement: &'a mut Statement<'c>,
    next: usize,
}

impl<'a, 'c> Binder<'a, 'c> {
    fn new(statement: &'a mut Statement<'c>) -> Self {
        Self { statement, next: 1 }
    }

    fn bind(&mut self, value: impl ToSql) -> rusqlite::Result<()> {
        self.statement.raw_bind_parameter(self.next, value)?;
        self.next += 1;
        Ok(())
    }

    fn execute(self) -> rusqlite::Result<()> {
        self.statement.raw_execute().map(drop)
    }

    fn candle(&mut self, c: &Candle, plain: bool) -> rusqlite::Result<()> {
        self.bind(c.opened_at)?;
        for price in [c.open, c.high, c.low, c.close, c.volume] {
            self.bind(price)?;
        }
        if !plain {
            self.bind(c.quote_volume)?;
            self.bind(c.trades)?;
            self.bind(c.is_final)?;
            self.bind(c.flags)?;
        }
        Ok(())
    }

    fn bar(&mut self, gold: &GoldBar) -> rusqlite::Result<()> {
        let bar = &gold.bar;
        self.bind(bar.opened_at)?;
        for price in [bar.open, bar.high, bar.low, bar.close, bar.volume] {
            self.bind(price)?;
        }
        self.bind(bar.vwap)?;
        self.bind(bar.trades)?;
        for count in [bar.expected, bar.observed, bar.flagged, bar.worst] {
            self.bind(count)?;
        }
        for derived in [
            bar.sma_20,
            bar.sma_50,
            bar.sma_200,
            bar.volatility_20,
            bar.return_1,
        ] {
            self.bind(derived)?;
        }
        self.bind(gold.source_step_ms)?;
        self.bind(gold.quote_volume)?;
        self.bind(gold.typical_volume)?;
        self.bind(gold.realised_variance)
    }
}
