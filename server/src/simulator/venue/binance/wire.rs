//! The venue's JSON, field for field.

use app::model::{MINUTE_MS, Side};
use serde_json::{Value, json};

use super::{LIMIT, SYMBOL};
use crate::simulator::{
    book::{BookDiff, TrueBook},
    candle::TrueCandle,
    text::{fixed, object, price as decimal, size},
    trade::TrueTrade,
    truth::Day,
};

/// Length of the ticker's window.
const DAY_MS: i64 = 1_440 * MINUTE_MS;

fn price(ticks: i64) -> String {
    decimal(ticks, 8)
}

/// Price × size as it adds up.
fn quote(amount: i128) -> String {
    fixed(amount, 10, 8)
}

/// True if the maker bought, so that the taker sold.
fn is_buyer_maker(trade: &TrueTrade) -> bool {
    trade.side == Side::Sell
}

/// Levels as `["price","size"]`.
pub(super) fn levels(levels: &[(i64, i64)]) -> String {
    let texts: Vec<String> = levels
        .iter()
        .map(|(ticks, sats)| format!("[\"{}\",\"{}\"]", price(*ticks), size(*sats)))
        .collect();
    format!("[{}]", texts.join(","))
}

/// A row of `/klines`.
pub(super) fn kline(candle: &TrueCandle, step_ms: i64) -> String {
    format!(
        "[{},\"{}\",\"{}\",\"{}\",\"{}\",\"{}\",{},\"{}\",{},\"{}\",\"{}\",\"0\"]",
        candle.opened_at,
        price(candle.open),
        price(candle.high),
        price(candle.low),
        price(candle.close),
        size(candle.sats),
        candle.opened_at + step_ms - 1,
        quote(candle.quote),
        candle.trades,
        size(candle.buy_sats),
        quote(candle.buy_quote),
    )
}

/// `/depth`.
pub(super) fn depth(book: &TrueBook, most: usize) -> String {
    let top = book.top(most);
    format!(
        "{{\"lastUpdateId\":{},\"bids\":{},\"asks\":{}}}",
        book.update_id(),
        levels(&top.bids),
        levels(&top.asks)
    )
}

/// Best bid and ask; zeros for an empty side, as the venue does.
fn best(book: &TrueBook) -> [(i64, i64); 2] {
    [&book.bids, &book.asks].map(|side| side.first().copied().unwrap_or_default())
}

/// `/ticker/bookTicker`.
pub(super) fn book_ticker(book: &TrueBook) -> String {
    let [(bid, bid_sats), (ask, ask_sats)] = best(book);
    object!({
        "symbol": SYMBOL,
        "bidPrice": price(bid),
        "bidQty": size(bid_sats),
        "askPrice": price(ask),
        "askQty": size(ask_sats),
    })
}

/// `/ticker/price`.
pub(super) fn price_ticker(last: &TrueTrade) -> String {
    object!({ "symbol": SYMBOL, "price": price(last.ticks) })
}

/// `/ticker/24hr` of type FULL.
pub(super) fn day(day: &Day, clock: i64) -> String {
    let candle = &day.candle;
    let change = candle.close - candle.open;
    let [(bid, bid_sats), (ask, ask_sats)] = best(&day.book);
    object!({
        "symbol": SYMBOL,
        "priceChange": price(change),
        "priceChangePercent": format!("{:.3}", 100.0 * change as f64 / candle.open as f64),
        "weightedAvgPrice": format!("{:.8}", candle.vwap() / 100.0),
        "prevClosePrice": price(day.previous_close),
        "lastPrice": price(candle.close),
        "lastQty": size(day.last.sats),
        "bidPrice": price(bid),
        "bidQty": size(bid_sats),
        "askPrice": price(ask),
        "askQty": size(ask_sats),
        "openPrice": price(candle.open),
        "highPrice": price(candle.high),
        "lowPrice": price(candle.low),
        "volume": size(candle.sats),
        "quoteVolume": quote(candle.quote),
        "openTime": clock - DAY_MS,
        "closeTime": clock,
        "firstId": day.last.id - candle.trades + 1,
        "lastId": day.last.id,
        "count": candle.trades,
    })
}

/// A row of `/aggTrades`. Every trade is on its own.
pub(super) fn agg_trade(trade: &TrueTrade) -> String {
    format!(
        "{{\"a\":{id},\"p\":\"{}\",\"q\":\"{}\",\"f\":{id},\"l\":{id},\"T\":{},\"m\":{},\"M\":true}}",
        price(trade.ticks),
        size(trade.sats),
        trade.at_ms(),
        is_buyer_maker(trade),
        id = trade.id,
    )
}

/// A row of `/trades`.
pub(super) fn raw_trade(trade: &TrueTrade) -> String {
    format!(
        "{{\"id\":{},\"price\":\"{}\",\"qty\":\"{}\",\"quoteQty\":\"{}\",\"time\":{},\"isBuyerMaker\":{},\"isBestMatch\":true}}",
        trade.id,
        price(trade.ticks),
        size(trade.sats),
        quote(i128::from(trade.ticks) * i128::from(trade.sats)),
        trade.at_ms(),
        is_buyer_maker(trade),
    )
}

/// `@aggTrade`.
pub(super) fn agg_trade_event(trade: &TrueTrade, clock: i64) -> String {
    format!(
        "{{\"e\":\"aggTrade\",\"E\":{clock},\"s\":\"{SYMBOL}\",\"a\":{id},\"p\":\"{}\",\"q\":\"{}\",\"f\":{id},\"l\":{id},\"T\":{},\"m\":{},\"M\":true}}",
        price(trade.ticks),
        size(trade.sats),
        trade.at_ms(),
        is_buyer_maker(trade),
        id = trade.id,
    )
}

/// `@trade`.
pub(super) fn trade_event(trade: &TrueTrade, clock: i64) -> String {
    format!(
        "{{\"e\":\"trade\",\"E\":{clock},\"s\":\"{SYMBOL}\",\"t\":{},\"p\":\"{}\",\"q\":\"{}\",\"T\":{},\"m\":{},\"M\":true}}",
        trade.id,
        price(trade.ticks),
        size(trade.sats),
        trade.at_ms(),
        is_buyer_maker(trade),
    )
}

/// `@kline_1m`; `closed` once the minute is over.
pub(super) fn kline_event(candle: &TrueCandle, closed: bool, last_id: i64, clock: i64) -> String {
    let (first, last) = if candle.trades == 0 {
        (-1, -1)
    } else {
        (last_id - candle.trades + 1, last_id)
    };
    let minute = object!({
        "t": candle.opened_at,
        "T": candle.opened_at + MINUTE_MS - 1,
        "s": SYMBOL,
        "i": "1m",
        "f": first,
        "L": last,
        "o": price(candle.open),
        "c": price(candle.close),
        "h": price(candle.high),
        "l": price(candle.low),
        "v": size(candle.sats),
        "n": candle.trades,
        "x": closed,
        "q": quote(candle.quote),
        "V": size(candle.buy_sats),
        "Q": quote(candle.buy_quote),
        "B": "0",
    });
    format!("{{\"e\":\"kline\",\"E\":{clock},\"s\":\"{SYMBOL}\",\"k\":{minute}}}")
}

/// `@bookTicker`.
pub(super) fn book_ticker_event(book: &TrueBook) -> String {
    let [(bid, bid_sats), (ask, ask_sats)] = best(book);
    format!(
        "{{\"u\":{},\"s\":\"{SYMBOL}\",\"b\":\"{}\",\"B\":\"{}\",\"a\":\"{}\",\"A\":\"{}\"}}",
        book.update_id(),
        price(bid),
        size(bid_sats),
        price(ask),
        size(ask_sats)
    )
}

/// `@ticker`.
pub(super) fn day_event(day: &Day, clock: i64) -> String {
    let candle = &day.candle;
    let change = candle.close - candle.open;
    let [(bid, bid_sats), (ask, ask_sats)] = best(&day.book);
    object!({
        "e": "24hrTicker",
        "E": clock,
        "s": SYMBOL,
        "p": price(change),
        "P": format!("{:.3}", 100.0 * change as f64 / candle.open as f64),
        "w": format!("{:.8}", candle.vwap() / 100.0),
        "x": price(day.previous_close),
        "c": price(candle.close),
        "Q": size(day.last.sats),
        "b": price(bid),
        "B": size(bid_sats),
        "a": price(ask),
        "A": size(ask_sats),
        "o": price(candle.open),
        "h": price(candle.high),
        "l": price(candle.low),
        "v": size(candle.sats),
        "q": quote(candle.quote),
        "O": clock - DAY_MS,
        "C": clock,
        "F": day.last.id - candle.trades + 1,
        "L": day.last.id,
        "n": candle.trades,
    })
}

/// `@miniTicker`.
pub(super) fn mini_event(day: &Day, clock: i64) -> String {
    let candle = &day.candle;
    object!({
        "e": "24hrMiniTicker",
        "E": clock,
        "s": SYMBOL,
        "c": price(candle.close),
        "o": price(candle.open),
        "h": price(candle.high),
        "l": price(candle.low),
        "v": size(candle.sats),
        "q": quote(candle.quote),
    })
}

/// `@depth`: levels that changed since update `first`.
pub(super) fn depth_event(diff: &BookDiff, (first, last): (i64, i64), clock: i64) -> String {
    format!(
        "{{\"e\":\"depthUpdate\",\"E\":{clock},\"s\":\"{SYMBOL}\",\"U\":{first},\"u\":{last},\"b\":{},\"a\":{}}}",
        levels(&diff.bids),
        levels(&diff.asks)
    )
}

/// `/exchangeInfo`, with the filters and limits a client reads.
pub(super) fn exchange_info(now: i64) -> Value {
    json!({
        "timezone": "UTC",
        "serverTime": now,
        "rateLimits": [{
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": LIMIT,
        }],
        "exchangeFilters": [],
        "symbols": [{
            "symbol": SYMBOL,
            "status": "TRADING",
            "baseAsset": "BTC",
            "baseAssetPrecision": 8,
            "quoteAsset": "USDT",
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "orderTypes": ["LIMIT", "MARKET"],
            "isSpotTradingAllowed": true,
            "isMarginTradingAllowed": false,
            "filters": [
                {
                    "filterType": "PRICE_FILTER",
                    "minPrice": "0.01000000",
                    "maxPrice": "1000000.00000000",
                    "tickSize": "0.01000000",
                },
                {
                    "filterType": "LOT_SIZE",
                    "minQty": "0.00001000",
                    "maxQty": "9000.00000000",
                    "stepSize": "0.00001000",
                },
            ],
            "permissions": ["SPOT"],
        }],
    })
}
