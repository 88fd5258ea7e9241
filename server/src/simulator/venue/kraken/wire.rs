//! The venue's JSON, field for field. Numbers of the stream keep their trailing zeros.

use app::model::Side;
use serde_json::{Value, json};

use super::{KEY, SYMBOL, book::checksum};
use crate::simulator::{
    book::{BookDiff, TrueBook},
    candle::TrueCandle,
    text::{fixed, iso, price as decimal, size},
    trade::TrueTrade,
    truth::Day,
};

/// A price on the stream.
fn price(ticks: i64) -> String {
    decimal(ticks, 1)
}

/// A price over REST.
fn long(ticks: i64) -> String {
    decimal(ticks, 5)
}

/// A volume-weighted price.
fn vwap(candle: &TrueCandle, decimals: usize) -> String {
    format!("{:.decimals$}", candle.vwap() / 100.0)
}

/// An answer.
pub(super) fn result(value: &Value) -> Value {
    json!({ "error": [], "result": value })
}

/// `Ticker`: figures of today and of 24 hours.
pub(super) fn ticker(day: &Day, today: &TrueCandle) -> Value {
    let [(bid, bid_sats), (ask, ask_sats)] = day.book.best().unwrap_or_default();
    let top = |ticks: i64, sats: i64| {
        let whole = (sats / 100_000_000).max(1);
        json!([
            long(ticks),
            whole.to_string(),
            fixed(i128::from(sats), 8, 3)
        ])
    };
    json!({
        KEY: {
            "a": top(ask, ask_sats),
            "b": top(bid, bid_sats),
            "c": [long(day.last.ticks), size(day.last.sats)],
            "v": [size(today.sats), size(day.candle.sats)],
            "p": [vwap(today, 5), vwap(&day.candle, 5)],
            "t": [today.trades, day.candle.trades],
            "l": [long(today.low), long(day.candle.low)],
            "h": [long(today.high), long(day.candle.high)],
            "o": long(today.open),
        }
    })
}

/// A row of `OHLC`.
pub(super) fn ohlc_row(candle: &TrueCandle) -> Value {
    let average = if candle.trades == 0 {
        "0.0".to_owned()
    } else {
        vwap(candle, 1)
    };
    json!([
        candle.opened_at / 1_000,
        price(candle.open),
        price(candle.high),
        price(candle.low),
        price(candle.close),
        average,
        size(candle.sats),
        candle.trades,
    ])
}

/// `Depth`.
pub(super) fn depth(book: &TrueBook, levels: usize) -> Value {
    let top = book.top(levels);
    let side = |levels: &[(i64, i64)]| -> Vec<Value> {
        let seconds = book.at_ms / 1_000;
        let row = |(ticks, sats): &(i64, i64)| {
            json!([long(*ticks), fixed(i128::from(*sats), 8, 8), seconds])
        };
        levels.iter().map(row).collect()
    };
    json!({ KEY: { "asks": side(&top.asks), "bids": side(&top.bids) } })
}

/// A row of `Trades`.
pub(super) fn trade_row(trade: &TrueTrade) -> String {
    let side = match trade.side {
        Side::Buy => "b",
        Side::Sell => "s",
    };
    format!(
        "[\"{}\",\"{}\",{},\"{side}\",\"m\",\"\",{}]",
        long(trade.ticks),
        size(trade.sats),
        fixed(i128::from(trade.at_us), 6, 6),
        trade.id
    )
}

/// `trade`: the newest ones, or one more.
pub(super) fn trades(kind: &str, trades: &[TrueTrade]) -> String {
    let rows: Vec<String> = trades
        .iter()
        .map(|trade| {
            let side = match trade.side {
                Side::Buy => "buy",
                Side::Sell => "sell",
            };
            format!(
                "{{\"symbol\":\"{SYMBOL}\",\"side\":\"{side}\",\"price\":{},\"qty\":{},\"ord_type\":\"market\",\"trade_id\":{},\"timestamp\":\"{}\"}}",
                price(trade.ticks),
                size(trade.sats),
                trade.id,
                iso(trade.at_us)
            )
        })
        .collect();
    format!(
        "{{\"channel\":\"trade\",\"type\":\"{kind}\",\"data\":[{}]}}",
        rows.join(",")
    )
}

/// `ticker`.
pub(super) fn ticker_event(kind: &str, day: &Day, clock_us: i64) -> String {
    let [(bid, bid_sats), (ask, ask_sats)] = day.book.best().unwrap_or_default();
    let candle = &day.candle;
    let change = day.last.ticks - candle.open;
    format!(
        "{{\"channel\":\"ticker\",\"type\":\"{kind}\",\"data\":[{{\"symbol\":\"{SYMBOL}\",\"bid\":{},\"bid_qty\":{},\"ask\":{},\"ask_qty\":{},\"last\":{},\"volume\":{},\"vwap\":{},\"low\":{},\"high\":{},\"change\":{},\"change_pct\":{:.2},\"timestamp\":\"{}\"}}]}}",
        price(bid),
        size(bid_sats),
        price(ask),
        size(ask_sats),
        price(day.last.ticks),
        size(candle.sats),
        vwap(candle, 1),
        price(candle.low),
        price(candle.high),
        price(change),
        100.0 * change as f64 / candle.open as f64,
        iso(clock_us)
    )
}

/// `ohlc` of a minute.
pub(super) fn ohlc(kind: &str, candles: &[TrueCandle], clock_us: i64) -> String {
    let rows: Vec<String> = candles
        .iter()
        .map(|candle| {
            format!(
                "{{\"symbol\":\"{SYMBOL}\",\"open\":{},\"high\":{},\"low\":{},\"close\":{},\"trades\":{},\"volume\":{},\"vwap\":{},\"interval_begin\":\"{}\",\"interval\":1,\"timestamp\":\"{}\"}}",
                price(candle.open),
                price(candle.high),
                price(candle.low),
                price(candle.close),
                candle.trades,
                size(candle.sats),
                vwap(candle, 1),
                iso(candle.opened_at * 1_000).replace("000000Z", "000000000Z"),
                iso((candle.opened_at + 60_000) * 1_000)
            )
        })
        .collect();
    format!(
        "{{\"channel\":\"ohlc\",\"type\":\"{kind}\",\"timestamp\":\"{}\",\"data\":[{}]}}",
        iso(clock_us),
        rows.join(",")
    )
}

/// `book`: a snapshot or changes, with the checksum of what the subscriber has then.
pub(super) fn book(
    kind: &str,
    diff: &BookDiff,
    after: &TrueBook,
    clock_us: i64,
    wrong: bool,
) -> String {
    let side = |levels: &[(i64, i64)]| {
        let rows: Vec<String> = levels
            .iter()
            .map(|(ticks, sats)| format!("{{\"price\":{},\"qty\":{}}}", price(*ticks), size(*sats)))
            .collect();
        rows.join(",")
    };
    let checksum = checksum(after).wrapping_add(u32::from(wrong));
    format!(
        "{{\"channel\":\"book\",\"type\":\"{kind}\",\"data\":[{{\"symbol\":\"{SYMBOL}\",\"bids\":[{}],\"asks\":[{}],\"checksum\":{checksum},\"timestamp\":\"{}\"}}]}}",
        side(&diff.bids),
        side(&diff.asks),
        iso(clock_us)
    )
}

/// What is said first. The number of the connection does not fit into 63 bits.
pub(super) fn status(system: &str) -> String {
    format!(
        "{{\"channel\":\"status\",\"type\":\"update\",\"data\":[{{\"api_version\":\"v2\",\"connection_id\":13834774380200032777,\"system\":\"{system}\",\"version\":\"2.0.10\"}}]}}"
    )
}
