//! The venue's JSON, field for field. Nearly everything is text.

use app::model::Side;
use serde_json::{Value, json};

use crate::simulator::{
    book::TrueBook,
    candle::TrueCandle,
    hash::mix,
    text::{object, plain, price as decimal, size},
    trade::TrueTrade,
    truth::Day,
};

fn price(ticks: i64) -> String {
    decimal(ticks, 0)
}

/// 0 for a buy, 1 for a sell.
const fn kind(trade: &TrueTrade) -> u8 {
    match trade.side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

/// `ticker`.
pub(super) fn ticker(day: &Day, clock: i64) -> String {
    let [(bid, _), (ask, _)] = day.book.best().unwrap_or_default();
    let candle = &day.candle;
    let change = 100.0 * (candle.close - candle.open) as f64 / candle.open as f64;
    object!({
        "timestamp": (clock / 1_000).to_string(),
        "open": price(candle.open),
        "high": price(candle.high),
        "low": price(candle.low),
        "last": price(day.last.ticks),
        "volume": size(candle.sats),
        "vwap": format!("{:.0}", candle.vwap() / 100.0),
        "bid": price(bid),
        "ask": price(ask),
        "side": kind(&day.last).to_string(),
        "open_24": price(candle.open),
        "percent_change_24": format!("{change:.2}"),
        "market_type": "SPOT",
    })
}

fn levels(levels: &[(i64, i64)]) -> String {
    let rows: Vec<String> = levels
        .iter()
        .map(|(ticks, sats)| format!("[\"{}\",\"{}\"]", price(*ticks), size(*sats)))
        .collect();
    format!("[{}]", rows.join(","))
}

/// The book, or changes of it, as of a time.
pub(super) fn book(bids: &[(i64, i64)], asks: &[(i64, i64)], clock_us: i64) -> String {
    format!(
        "{{\"timestamp\":\"{}\",\"microtimestamp\":\"{clock_us}\",\"bids\":{},\"asks\":{}}}",
        clock_us / 1_000_000,
        levels(bids),
        levels(asks)
    )
}

/// `order_book` with the ids of orders: one order a level.
pub(super) fn book_with_ids(book: &TrueBook, clock_us: i64) -> Value {
    let side = |levels: &[(i64, i64)]| -> Vec<Value> {
        let row = |(ticks, sats): &(i64, i64)| {
            let id = mix(*ticks as u64, *sats) >> 12;
            json!([price(*ticks), size(*sats), id.to_string()])
        };
        levels.iter().map(row).collect()
    };
    json!({
        "timestamp": (clock_us / 1_000_000).to_string(),
        "microtimestamp": clock_us.to_string(),
        "bids": side(&book.bids),
        "asks": side(&book.asks),
    })
}

/// A row of `transactions`: times are whole seconds.
pub(super) fn transaction(trade: &TrueTrade) -> String {
    object!({
        "date": (trade.at_us / 1_000_000).to_string(),
        "tid": trade.id.to_string(),
        "amount": size(trade.sats),
        "type": kind(trade).to_string(),
        "price": price(trade.ticks),
    })
}

/// A row of `ohlc`.
pub(super) fn candle(candle: &TrueCandle) -> String {
    object!({
        "timestamp": (candle.opened_at / 1_000).to_string(),
        "open": price(candle.open),
        "high": price(candle.high),
        "low": price(candle.low),
        "close": price(candle.close),
        "volume": size(candle.sats),
    })
}

/// `trade` of `live_trades`.
pub(super) fn trade(trade: &TrueTrade) -> String {
    let order = |which: i64| mix(which as u64, trade.id) >> 13;
    format!(
        "{{\"id\":{},\"timestamp\":\"{}\",\"amount\":{},\"amount_str\":\"{}\",\"price\":{},\"price_str\":\"{}\",\"type\":{},\"microtimestamp\":\"{}\",\"buy_order_id\":{},\"sell_order_id\":{}}}",
        trade.id,
        trade.at_us / 1_000_000,
        plain(trade.sats, 8),
        size(trade.sats),
        plain(trade.ticks, 2),
        price(trade.ticks),
        kind(trade),
        trade.at_us,
        order(0),
        order(1)
    )
}

/// An event of a channel.
pub(super) fn event(event: &str, channel: &str, data: &str) -> String {
    format!("{{\"data\":{data},\"channel\":\"{channel}\",\"event\":\"{event}\"}}")
}
