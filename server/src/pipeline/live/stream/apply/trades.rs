//! Trades into silver: each number once.

use std::collections::HashMap;

use app::model::{Dataset, Reject, Trade};

use super::{Applied, Place};
use crate::{
    pipeline::live::stream::{
        recent::Known,
        rows::{StreamReject, StreamRows},
        series::Series,
    },
    store::{
        StoreError, Tx,
        trade::{TradeRow, insert_trades, trade_ids},
    },
};

/// Trades that were written.
#[derive(Debug, Default)]
pub(in crate::pipeline::live::stream) struct Taken {
    pub(in crate::pipeline::live::stream) written: i64,
    pub(in crate::pipeline::live::stream) newest_at: Option<i64>,
}

/// Trades of a connection.
pub(super) async fn take(
    tx: &mut Tx,
    series: &mut Series,
    place: Place<'_>,
    rows: &StreamRows,
    applied: &mut Applied,
) -> Result<Taken, StoreError> {
    let mut fresh: Vec<TradeRow> = Vec::with_capacity(rows.trades.len());
    for received in &rows.trades {
        let row = received.row;
        let known = series.recent.add(&row.trade);
        applied.see(received, known);
        match known {
            Known::New => {
                fresh.push(TradeRow {
                    trade: row.trade,
                    received_at: received.received_at,
                    late: row.late,
                });
                applied.trades.push((row.trade, row.history));
            }
            Known::Same => applied.overlaps |= row.history,
            Known::Other(price, size) => {
                applied.overlaps |= row.history;
                applied
                    .conflicts
                    .push(conflict(received.line_no, &row.trade, (price, size)));
            }
        }
    }
    write(tx, series, place, &fresh, applied).await
}

/// A trade that contradicts the one that is known by its number: which of them is right cannot be told here.
fn conflict(line_no: i64, trade: &Trade, (price, size): (f64, f64)) -> StreamReject {
    StreamReject {
        dataset: Dataset::Trade,
        reject: Reject {
            line_no,
            raw: format!("{trade:?}"),
            rules: vec!["trade.dup_id"],
            reason: format!(
                "trade {} is known with price {price} and size {size}",
                trade.trade_id
            ),
        },
    }
}

/// How far times of the same trade may differ between a page and the stream.
const COARSE_MS: i64 = 2_000;

/// Trades of a page, which may reach back beyond what is kept in memory.
pub(in crate::pipeline::live::stream) async fn take_page(
    tx: &mut Tx,
    series: &mut Series,
    place: Place<'_>,
    page: &[TradeRow],
    applied: &mut Applied,
) -> Result<Taken, StoreError> {
    let times = page.iter().map(|row| row.trade.traded_at);
    let (Some(first), Some(last)) = (times.clone().min(), times.max()) else {
        return Ok(Taken::default());
    };
    let known = trade_ids(tx, series.names, first - COARSE_MS, last + COARSE_MS + 1).await?;
    let mut known: HashMap<i64, i64> = known.into_iter().collect();
    let mut fresh = Vec::new();
    for row in page {
        let (id, at) = (row.trade.trade_id, row.trade.traded_at);
        let is_known = |times: &i64| at.abs_diff(*times) <= COARSE_MS.unsigned_abs();
        if known.get(&id).is_some_and(is_known) {
            continue;
        }
        known.insert(id, at);
        series.recent.add(&row.trade);
        fresh.push(*row);
        applied.trades.push((row.trade, true));
    }
    write(tx, series, place, &fresh, applied).await
}

async fn write(
    tx: &mut Tx,
    series: &mut Series,
    place: Place<'_>,
    fresh: &[TradeRow],
    applied: &mut Applied,
) -> Result<Taken, StoreError> {
    if fresh.is_empty() {
        return Ok(Taken::default());
    }
    let written = insert_trades(tx, series.names, place.landing_id, fresh).await?;
    applied.counts.accepted += written;
    let mut newest_at = None;
    for row in fresh {
        let at = row.trade.traded_at;
        newest_at = newest_at.max(Some(at));
        applied.stretch(at);
        series.note_newest(row.trade.trade_id, at);
        if written == fresh.len() as i64 {
            series.fold_trade(&row.trade, row.late);
        } else {
            // some were there: what silver holds now is what counts
            series.forget_minute(at);
        }
    }
    Ok(Taken { written, newest_at })
}
