//! Row counts and content hashes: two databases with the same digests hold the same data.
//!
//! Keys that depend on the order of arrival (landing ids) and times of processing are left out; where a row belongs to
//! a landing, the hash of that landing's bytes stands for it.

use futures::TryStreamExt;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::{Column, Row, TypeInfo, ValueRef};

use super::{Store, StoreError};

/// Rows and content of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableDigest {
    /// Table.
    pub table: &'static str,
    /// Rows.
    pub rows: i64,
    /// SHA-256 over all rows in key order, hexadecimal.
    pub sha256: String,
}

const TABLES: [(&str, &str); 16] = [
    (
        "bronze_landing",
        "select pipeline, venue, dataset, instrument, format, sha256, bytes, state, rows, accepted, deduplicated, quarantined,
            flagged, first_at, last_at from bronze_landing order by sha256, pipeline, dataset, received_at",
    ),
    (
        "silver_candle",
        "select i.symbol, v.name, s.pipeline, s.step_ms, s.opened_at, s.open, s.high, s.low, s.close, s.volume,
            s.quote_volume, s.trades, s.is_final, s.flags
         from silver_candle s join instrument i on i.id = s.instrument_id join venue v on v.id = s.venue_id
         order by s.instrument_id, s.venue_id, s.pipeline, s.step_ms, s.opened_at",
    ),
    (
        "silver_quote",
        "select i.symbol, v.name, s.pipeline, s.observed_at, s.last, s.bid, s.ask, s.open_24h, s.high_24h, s.low_24h,
            s.volume_24h, s.quote_volume_24h
         from silver_quote s join instrument i on i.id = s.instrument_id join venue v on v.id = s.venue_id
         order by s.instrument_id, s.venue_id, s.pipeline, s.observed_at",
    ),
    (
        "silver_book",
        "select i.symbol, v.name, s.pipeline, s.observed_at, s.best_bid, s.best_ask, s.spread_bps, s.bid_depth_10bps,
            s.ask_depth_10bps, s.bid_depth_50bps, s.ask_depth_50bps, s.imbalance, s.buy_cost_bps, s.sell_cost_bps, s.levels
         from silver_book s join instrument i on i.id = s.instrument_id join venue v on v.id = s.venue_id
         order by s.instrument_id, s.venue_id, s.pipeline, s.observed_at",
    ),
    (
        "silver_trade",
        "select i.symbol, v.name, s.pipeline, s.traded_at, s.trade_id, s.price, s.size, s.side, s.received_at, s.late
         from silver_trade s join instrument i on i.id = s.instrument_id join venue v on v.id = s.venue_id
         order by s.instrument_id, s.venue_id, s.pipeline, s.traded_at, s.trade_id",
    ),
    (
        "silver_article",
        "select published_at, id, source, title, summary, url, subject, sentiment_given, sentiment_class, sentiment_computed,
            url_key, title_key, duplicate_of, date_only from silver_article order by instrument_id, published_at, id",
    ),
    (
        "silver_sentiment",
        "select i.symbol, v.name, s.observed_at, s.value, s.label
         from silver_sentiment s join instrument i on i.id = s.instrument_id join venue v on v.id = s.venue_id
         order by s.instrument_id, s.venue_id, s.observed_at",
    ),
    (
        "quarantine",
        "select l.sha256, q.line_no, q.dataset, q.raw, q.rules, q.reason, q.state
         from quarantine q join bronze_landing l on l.id = q.landing_id where q.state <> 'retried' order by l.sha256, q.line_no, q.rules",
    ),
    (
        "gold_candle",
        "select i.symbol, v.name, g.step_ms, g.opened_at, g.open, g.high, g.low, g.close, g.volume, g.vwap, g.trades,
            g.expected, g.observed, g.flagged, g.worst, g.sma_20, g.sma_50, g.sma_200, g.volatility_20, g.return_1,
            g.source_step_ms, g.quote_volume, g.typical_volume, g.realised_variance
         from gold_candle g join instrument i on i.id = g.instrument_id join venue v on v.id = g.venue_id
         order by g.instrument_id, g.venue_id, g.step_ms, g.opened_at",
    ),
    (
        // one that is not final goes on with the clock
        "gold_minute",
        "select i.symbol, v.name, g.minute_at, g.open, g.high, g.low, g.close, g.vwap, g.volume, g.quote_volume, g.trades,
            g.buy_volume, g.sell_volume, g.realised_volatility, g.books, g.spread_bps, g.imbalance, g.bid_depth_10bps,
            g.ask_depth_10bps, g.bid_depth_50bps, g.ask_depth_50bps, g.buy_cost_bps, g.sell_cost_bps, g.late
         from gold_minute g join instrument i on i.id = g.instrument_id join venue v on v.id = g.venue_id
         where g.is_final = 1 order by g.instrument_id, g.venue_id, g.minute_at",
    ),
    (
        "gold_consensus",
        "select i.symbol, g.observed_at, g.price, g.venues, g.spread_bps
         from gold_consensus g join instrument i on i.id = g.instrument_id order by g.instrument_id, g.observed_at",
    ),
    (
        "gold_deviation",
        "select i.symbol, v.name, g.observed_at, g.price, g.deviation_bps, g.used
         from gold_deviation g join instrument i on i.id = g.instrument_id join venue v on v.id = g.venue_id
         order by g.instrument_id, g.venue_id, g.observed_at",
    ),
    (
        "gold_day",
        "select i.symbol, v.name, g.opened_at, g.open, g.high, g.low, g.close, g.return_1, g.log_return,
            g.realised_volatility, g.volatility_annualised, g.peak, g.drawdown, g.volume, g.vwap, g.expected, g.observed,
            g.completeness, g.source_step_ms, g.sma_50, g.sma_200, g.volatility_20, g.regime
         from gold_day g join instrument i on i.id = g.instrument_id join venue v on v.id = g.venue_id
         order by g.instrument_id, g.venue_id, g.opened_at",
    ),
    (
        "gold_period",
        "select i.symbol, v.name, g.period, g.opened_at, g.days, g.open, g.high, g.low, g.close, g.return_1, g.variance,
            g.volatility_annualised, g.max_drawdown, g.volume, g.vwap, g.expected, g.observed, g.completeness
         from gold_period g join instrument i on i.id = g.instrument_id join venue v on v.id = g.venue_id
         order by g.instrument_id, g.venue_id, g.period, g.opened_at",
    ),
    (
        "gold_profile",
        "select i.symbol, v.name, g.opened_at, g.weekday, g.hour, g.hours, g.n, g.sum_return, g.sum_square, g.sum_abs, g.volume
         from gold_profile g join instrument i on i.id = g.instrument_id join venue v on v.id = g.venue_id
         order by g.instrument_id, g.venue_id, g.opened_at, g.weekday, g.hour",
    ),
    (
        "gold_news_day",
        "select opened_at, source, articles, duplicates, given_sum, given_count, computed_sum, computed_count, positive,
            neutral, negative from gold_news_day order by instrument_id, opened_at, source",
    ),
];

impl Store {
    /// Digests of bronze, silver, quarantine and gold.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn digests(&self) -> Result<Vec<TableDigest>, StoreError> {
        let mut digests = Vec::new();
        for (table, text) in TABLES {
            digests.push(self.digest(table, text).await?);
        }
        Ok(digests)
    }

    async fn digest(
        &self,
        table: &'static str,
        text: &'static str,
    ) -> Result<TableDigest, StoreError> {
        let mut hash = Sha256::new();
        let mut count = 0;
        let mut rows = sqlx::query(text).fetch(&self.read);
        while let Some(row) = rows.try_next().await? {
            for column in row.columns() {
                feed(&mut hash, &row, column.ordinal())?;
            }
            count += 1;
        }
        Ok(TableDigest {
            table,
            rows: count,
            sha256: hex::encode(hash.finalize()),
        })
    }
}

/// Type, length and bytes of a value, so that no two rows feed the same bytes.
fn feed(hash: &mut Sha256, row: &sqlx::sqlite::SqliteRow, column: usize) -> Result<(), StoreError> {
    let value = row.try_get_raw(column)?;
    if value.is_null() {
        hash.update(b"n");
        return Ok(());
    }
    match value.type_info().name() {
        "INTEGER" => {
            hash.update(b"i");
            hash.update(row.try_get::<i64, _>(column)?.to_le_bytes());
        }
        "REAL" => {
            hash.update(b"r");
            hash.update(row.try_get::<f64, _>(column)?.to_bits().to_le_bytes());
        }
        "BLOB" => feed_bytes(hash, b"b", &row.try_get::<Vec<u8>, _>(column)?),
        _ => feed_bytes(hash, b"t", row.try_get::<String, _>(column)?.as_bytes()),
    }
    Ok(())
}

fn feed_bytes(hash: &mut Sha256, kind: &[u8], bytes: &[u8]) {
    hash.update(kind);
    hash.update((bytes.len() as u64).to_le_bytes());
    hash.update(bytes);
}
