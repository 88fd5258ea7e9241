//! `GET /truth/{venue}/{trades|book|candles}?from&to`: what really happened, in milliseconds since the epoch.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Shared;
use crate::simulator::{
    book::TrueBook,
    candle::TrueCandle,
    protocol::Protocol,
    text::{fixed, price, size},
    trade::TrueTrade,
};

/// Longest stretch of time that can be asked for.
const LONGEST_MS: i64 = 86_400_000;

/// The stretch, start included, end not; a book is told as of its start.
#[derive(Debug, Deserialize)]
pub(super) struct Stretch {
    from: i64,
    to: Option<i64>,
}

/// Answers.
pub(super) async fn truth(
    State(shell): State<Shared>,
    Path((venue, what)): Path<(String, String)>,
    Query(Stretch { from, to }): Query<Stretch>,
) -> Result<Json<Value>, (StatusCode, String)> {
    let Some(protocol) = Protocol::parse(&venue) else {
        let names: Vec<&str> = Protocol::ALL.iter().map(|venue| venue.as_str()).collect();
        let error = format!("unknown venue {venue:?}: use one of {}", names.join(", "));
        return Err((StatusCode::NOT_FOUND, error));
    };
    let to = to.unwrap_or(from);
    let length = to.checked_sub(from);
    if length.is_none_or(|length| !(0..=LONGEST_MS).contains(&length)) {
        let error =
            format!("ask for at most {LONGEST_MS} milliseconds, from the earlier to the later");
        return Err((StatusCode::BAD_REQUEST, error));
    }
    let truth = shell.world.truth();
    let body = match what.as_str() {
        "trades" => {
            let trades = truth.trades(protocol, from, to);
            json!({ "trades": trades.iter().map(trade).collect::<Vec<Value>>() })
        }
        "candles" => {
            let candles = truth.candles(protocol, from, to);
            json!({ "candles": candles.iter().map(candle).collect::<Vec<Value>>() })
        }
        "book" => book(&truth.book(protocol, from)),
        _ => {
            let error = format!("there are no {what:?}: ask for trades, candles or book");
            return Err((StatusCode::NOT_FOUND, error));
        }
    };
    Ok(Json(body))
}

fn trade(trade: &TrueTrade) -> Value {
    json!({
        "id": trade.id,
        "at_us": trade.at_us,
        "price": price(trade.ticks, 2),
        "size": size(trade.sats),
        "side": trade.side.as_str(),
    })
}

fn candle(candle: &TrueCandle) -> Value {
    json!({
        "opened_at": candle.opened_at,
        "open": price(candle.open, 2),
        "high": price(candle.high, 2),
        "low": price(candle.low, 2),
        "close": price(candle.close, 2),
        "volume": size(candle.sats),
        "quote_volume": fixed(candle.quote, 10, 10),
        "trades": candle.trades,
        "buy_volume": size(candle.buy_sats),
    })
}

fn book(book: &TrueBook) -> Value {
    let side = |levels: &[(i64, i64)]| -> Vec<Value> {
        let level = |(ticks, sats): &(i64, i64)| json!([price(*ticks, 2), size(*sats)]);
        levels.iter().map(level).collect()
    };
    json!({ "at_ms": book.at_ms, "bids": side(&book.bids), "asks": side(&book.asks) })
}
