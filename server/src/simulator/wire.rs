//! The JSON of the Binance spot REST protocol, field for field.

use app::model::MINUTE_MS;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{
    depth::Depth,
    exchange::{Day, LISTED_AT},
    path::Bar,
    units::{amount_text, price_text, quote_text},
};

/// The one symbol that is traded.
pub const SYMBOL: &str = "BTCUSDT";
/// Length of the ticker's window.
const DAY_MS: i64 = 1440 * MINUTE_MS;

/// An answer that is an error: HTTP status, the venue's code and text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: i64,
    pub(super) msg: String,
}

impl ApiError {
    pub(super) fn bad_request(code: i64, msg: impl Into<String>) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code,
            msg: msg.into(),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            code: i64,
            msg: String,
        }
        let body = Body {
            code: self.code,
            msg: self.msg,
        };
        (self.status, axum::Json(body)).into_response()
    }
}

/// A row of `/klines`: open time, open, high, low, close, volume, close time, quote volume, trades, the takers'
/// volume and quote volume, and a text nobody uses.
pub(super) type Kline = (
    i64,
    String,
    String,
    String,
    String,
    String,
    i64,
    String,
    i64,
    String,
    String,
    &'static str,
);

pub(super) fn kline(bar: &Bar, step_ms: i64) -> Kline {
    (
        bar.opened_at,
        price_text(bar.open),
        price_text(bar.high),
        price_text(bar.low),
        price_text(bar.close),
        amount_text(bar.lots),
        bar.opened_at + step_ms - 1,
        quote_text(bar.quote),
        bar.trades,
        amount_text(bar.taker_lots),
        quote_text(bar.taker_quote),
        "0",
    )
}

/// `/depth`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DepthBody {
    last_update_id: i64,
    bids: Vec<(String, String)>,
    asks: Vec<(String, String)>,
}

impl DepthBody {
    pub(super) fn new(book: &Depth, now: i64) -> Self {
        let texts = |levels: &[(i64, i64)]| {
            levels
                .iter()
                .map(|(ticks, lots)| (price_text(*ticks), amount_text(*lots)))
                .collect()
        };
        Self {
            last_update_id: now / 100,
            bids: texts(&book.bids),
            asks: texts(&book.asks),
        }
    }
}

/// `/ticker/bookTicker`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BookTickerBody {
    symbol: &'static str,
    bid_price: String,
    bid_qty: String,
    ask_price: String,
    ask_qty: String,
}

impl BookTickerBody {
    pub(super) fn new(book: &Depth) -> Self {
        let [(bid, bid_lots), (ask, ask_lots)] = best(book);
        Self {
            symbol: SYMBOL,
            bid_price: price_text(bid),
            bid_qty: amount_text(bid_lots),
            ask_price: price_text(ask),
            ask_qty: amount_text(ask_lots),
        }
    }
}

/// Best bid and ask; zeros for an empty side, as the venue does.
fn best(book: &Depth) -> [(i64, i64); 2] {
    [&book.bids, &book.asks].map(|side| side.first().copied().unwrap_or_default())
}

/// `/ticker/24hr` of type FULL.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DayBody {
    symbol: &'static str,
    price_change: String,
    price_change_percent: String,
    weighted_avg_price: String,
    prev_close_price: String,
    last_price: String,
    last_qty: String,
    bid_price: String,
    bid_qty: String,
    ask_price: String,
    ask_qty: String,
    open_price: String,
    high_price: String,
    low_price: String,
    volume: String,
    quote_volume: String,
    open_time: i64,
    close_time: i64,
    first_id: i64,
    last_id: i64,
    count: i64,
}

impl DayBody {
    pub(super) fn new(day: &Day) -> Self {
        let bar = &day.bar;
        let change = bar.close - bar.open;
        let [(bid, bid_lots), (ask, ask_lots)] = best(&day.book);
        // Trade numbers have to grow with time, no more: one each 50 ms is about what is traded.
        let last_id = (day.now - LISTED_AT).max(0) / 50;
        Self {
            symbol: SYMBOL,
            price_change: price_text(change),
            price_change_percent: format!("{:.3}", 100.0 * change as f64 / bar.open as f64),
            weighted_avg_price: format!("{:.8}", bar.quote as f64 / bar.lots as f64 / 100.0),
            prev_close_price: price_text(day.before.close),
            last_price: price_text(bar.close),
            last_qty: amount_text((day.last.lots / day.last.trades.max(1)).max(1)),
            bid_price: price_text(bid),
            bid_qty: amount_text(bid_lots),
            ask_price: price_text(ask),
            ask_qty: amount_text(ask_lots),
            open_price: price_text(bar.open),
            high_price: price_text(bar.high),
            low_price: price_text(bar.low),
            volume: amount_text(bar.lots),
            quote_volume: quote_text(bar.quote),
            open_time: day.now - DAY_MS,
            close_time: day.now,
            first_id: last_id - bar.trades + 1,
            last_id,
            count: bar.trades,
        }
    }
}

/// `/exchangeInfo`, with the filters and limits a client reads.
pub(super) fn exchange_info(now: i64) -> serde_json::Value {
    serde_json::json!({
        "timezone": "UTC",
        "serverTime": now,
        "rateLimits": [{
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": super::weight::LIMIT,
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
