//! The venue's JSON, field for field.

use app::model::Side;

use super::PRODUCT;
use crate::simulator::{
    book::{BookDiff, TrueBook},
    candle::TrueCandle,
    hash::mix,
    text::{iso, object, plain, price as decimal, size},
    trade::TrueTrade,
    truth::Day,
};

/// What the venue says of a level's number of orders is made up from its size.
const MOST_ORDERS: i64 = 7;

fn price(ticks: i64) -> String {
    decimal(ticks, 2)
}

/// The maker's side: a buy is a down-tick.
const fn maker(trade: &TrueTrade) -> &'static str {
    match trade.side {
        Side::Buy => "sell",
        Side::Sell => "buy",
    }
}

/// The venue numbers everything that happens to a product; here by the millisecond.
pub(super) const fn sequence(at_ms: i64) -> i64 {
    at_ms - 1_500_000_000_000
}

/// An id of an order, made up from a trade.
fn order_id(trade: &TrueTrade, which: i64) -> String {
    let (high, low) = (mix(1, trade.id * 2 + which), mix(2, trade.id * 2 + which));
    format!(
        "{:08x}-{:04x}-4{:03x}-9{:03x}-{:012x}",
        high >> 32,
        high & 0xffff,
        (high >> 16) & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// `/ticker`.
pub(super) fn ticker(day: &Day, clock_us: i64) -> String {
    let [(bid, _), (ask, _)] = day.book.best().unwrap_or_default();
    object!({
        "ask": price(ask),
        "bid": price(bid),
        "volume": size(day.candle.sats),
        "trade_id": day.last.id,
        "price": price(day.last.ticks),
        "size": size(day.last.sats),
        "time": iso(clock_us),
        "rfq_volume": "0.000000",
    })
}

/// `/book`.
pub(super) fn book(book: &TrueBook, levels: usize, clock_us: i64) -> String {
    let top = book.top(levels);
    let side = |levels: &[(i64, i64)]| {
        let rows: Vec<String> = levels
            .iter()
            .map(|(ticks, sats)| {
                let orders = 1 + sats % MOST_ORDERS;
                format!("[\"{}\",\"{}\",{orders}]", price(*ticks), size(*sats))
            })
            .collect();
        rows.join(",")
    };
    format!(
        "{{\"bids\":[{}],\"asks\":[{}],\"sequence\":{},\"auction_mode\":false,\"auction\":null,\"time\":\"{}\"}}",
        side(&top.bids),
        side(&top.asks),
        sequence(book.at_ms),
        iso(clock_us)
    )
}

/// A row of `/candles`: low and high before open.
pub(super) fn candle(candle: &TrueCandle) -> String {
    format!(
        "[{},{},{},{},{},{}]",
        candle.opened_at / 1_000,
        plain(candle.low, 2),
        plain(candle.high, 2),
        plain(candle.open, 2),
        plain(candle.close, 2),
        plain(candle.sats, 8)
    )
}

/// A row of `/trades`.
pub(super) fn trade(trade: &TrueTrade) -> String {
    object!({
        "time": iso(trade.at_us),
        "trade_id": trade.id,
        "price": price(trade.ticks),
        "size": size(trade.sats),
        "side": maker(trade),
    })
}

/// `match` or `last_match`.
pub(super) fn match_event(kind: &str, trade: &TrueTrade) -> String {
    format!(
        "{{\"type\":\"{kind}\",\"trade_id\":{},\"maker_order_id\":\"{}\",\"taker_order_id\":\"{}\",\"side\":\"{}\",\"size\":\"{}\",\"price\":\"{}\",\"product_id\":\"{PRODUCT}\",\"sequence\":{},\"time\":\"{}\"}}",
        trade.id,
        order_id(trade, 0),
        order_id(trade, 1),
        maker(trade),
        size(trade.sats),
        price(trade.ticks),
        sequence(trade.at_ms()),
        iso(trade.at_us)
    )
}

/// `ticker`, after a trade.
pub(super) fn ticker_event(kind: &str, day: &Day, trade: &TrueTrade, clock_us: i64) -> String {
    let [(bid, bid_sats), (ask, ask_sats)] = day.book.best().unwrap_or_default();
    object!({
        "type": kind,
        "sequence": sequence(trade.at_ms()),
        "product_id": PRODUCT,
        "price": price(trade.ticks),
        "open_24h": price(day.candle.open),
        "volume_24h": size(day.candle.sats),
        "low_24h": price(day.candle.low),
        "high_24h": price(day.candle.high),
        // thirty days of the same
        "volume_30d": size(day.candle.sats * 30),
        "best_bid": price(bid),
        "best_bid_size": size(bid_sats),
        "best_ask": price(ask),
        "best_ask_size": size(ask_sats),
        "side": match trade.side { Side::Buy => "buy", Side::Sell => "sell" },
        "time": iso(clock_us),
        "trade_id": trade.id,
        "last_size": size(trade.sats),
    })
}

/// `heartbeat`.
pub(super) fn heartbeat(last_trade_id: i64, at_ms: i64, clock_us: i64) -> String {
    object!({
        "type": "heartbeat",
        "sequence": sequence(at_ms),
        "last_trade_id": last_trade_id,
        "product_id": PRODUCT,
        "time": iso(clock_us),
    })
}

/// `snapshot` of the whole book.
pub(super) fn snapshot(book: &TrueBook, clock_us: i64) -> String {
    let side = |levels: &[(i64, i64)]| {
        let rows: Vec<String> = levels
            .iter()
            .map(|(ticks, sats)| format!("[\"{}\",\"{}\"]", price(*ticks), size(*sats)))
            .collect();
        rows.join(",")
    };
    format!(
        "{{\"type\":\"snapshot\",\"product_id\":\"{PRODUCT}\",\"asks\":[{}],\"bids\":[{}],\"time\":\"{}\"}}",
        side(&book.asks),
        side(&book.bids),
        iso(clock_us)
    )
}

/// `l2update`; with `dirt`, a level far from the market whose size is no number, and a time of the year 1.
pub(super) fn update(diff: &BookDiff, clock_us: i64, dirt: bool) -> String {
    let sides = [("buy", &diff.bids), ("sell", &diff.asks)];
    let mut rows: Vec<String> = sides
        .into_iter()
        .flat_map(|(side, levels)| levels.iter().map(move |level| (side, level)))
        .map(|(side, (ticks, sats))| {
            format!("[\"{side}\",\"{}\",\"{}\"]", price(*ticks), size(*sats))
        })
        .collect();
    let mut time = iso(clock_us);
    if dirt {
        rows.push("[\"buy\",\"0.01\",\"0.-10000\"]".to_owned());
        "0001-01-01T00:00:00.000000Z".clone_into(&mut time);
    }
    format!(
        "{{\"type\":\"l2update\",\"product_id\":\"{PRODUCT}\",\"changes\":[{}],\"time\":\"{time}\"}}",
        rows.join(",")
    )
}
