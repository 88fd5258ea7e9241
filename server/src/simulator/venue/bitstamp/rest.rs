//! Questions: `/api/v2/…/btcusd/`.

use app::model::{DAY_MS, HOUR_MS, MINUTE_MS};
use serde_json::json;

use super::{
    super::candles::{CandlesQuery, Untraded, candles},
    PAIR, error, wire,
};
use crate::simulator::{
    exchange::{Ask, RestAnswer},
    fault::Fault,
    params::Params,
    world::Place,
};

/// Most candles in an answer.
const MAX_CANDLES: i64 = 1_000;
/// Lengths of candles, in seconds.
const STEPS: [i64; 12] = [
    60, 180, 300, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 259_200,
];
/// Age of the book while [`Fault::StaleSnapshot`] is on.
const STALE_MS: i64 = 15_000;

pub(super) fn answer(place: &Place, ask: &Ask<'_>) -> Result<RestAnswer, RestAnswer> {
    let now = ask.now;
    let path = ask.path.trim_end_matches('/');
    let parts = path
        .strip_prefix("/api/v2/")
        .unwrap_or_default()
        .split_once('/');
    let Some((call, pair)) = parts else {
        return Err(RestAnswer::html(404, "404 Not Found"));
    };
    if pair != PAIR {
        return Err(RestAnswer::error(
            404,
            &json!({ "error": "Invalid market symbol." }),
        ));
    }
    match call {
        "ticker" => {
            let day = place.truth.day(place.protocol, now);
            let day = day.ok_or_else(|| error(500, "500.001", "Internal server error."))?;
            Ok(RestAnswer::json(&wire::ticker(&day, place.own_clock(now))))
        }
        "order_book" => {
            let stale = place.on(Fault::StaleSnapshot, now);
            let at = if stale { now - STALE_MS } else { now };
            let book = place.truth.book(place.protocol, at);
            // The time of the book, not of the answer: changes up to it are in it.
            let clock_us = place.own_clock(book.at_ms) * 1_000;
            Ok(match ask.params.get("group") {
                Some("2") => RestAnswer::json(&wire::book_with_ids(&book, clock_us)),
                _ => RestAnswer::json(&wire::book(&book.bids, &book.asks, clock_us)),
            })
        }
        "transactions" => {
            let reach = match ask.params.get("time").unwrap_or("hour") {
                "minute" => MINUTE_MS,
                "hour" => HOUR_MS,
                "day" => DAY_MS,
                _ => return Err(error(400, "400.067", "Invalid time parameter.")),
            };
            let trades = place.truth.trades(place.protocol, now - reach, now + 1);
            let rows: Vec<String> = trades.iter().rev().map(wire::transaction).collect();
            Ok(RestAnswer::json(&format!("[{}]", rows.join(","))))
        }
        "ohlc" => ohlc(place, &ask.params, now),
        _ => Err(RestAnswer::html(404, "404 Not Found")),
    }
}

fn ohlc(place: &Place, params: &Params, now: i64) -> Result<RestAnswer, RestAnswer> {
    let number = |name: &str| {
        let number = params.number(name);
        number.map_err(|_| error(400, "400.067", &format!("{name}: a number is required.")))
    };
    let missing = |name: &str| {
        let reason = format!("{name}: this field is required.");
        error(400, "400.067", &reason)
    };
    let seconds = number("step")?.ok_or_else(|| missing("step"))?;
    if !STEPS.contains(&seconds) {
        return Err(error(400, "400.067", "step: not a valid choice."));
    }
    let limit = number("limit")?.ok_or_else(|| missing("limit"))?;
    if !(1..=MAX_CANDLES).contains(&limit) {
        return Err(error(400, "400.067", "limit: out of range."));
    }
    let step_ms = seconds * 1_000;
    let current = params.get("exclude_current_candle") != Some("true");
    let newest = if current { now } else { now - step_ms };
    let end = number("end")?.map_or(newest, |end| end.saturating_mul(1_000).min(newest));
    let query = CandlesQuery {
        step_ms,
        start: number("start")?.map(|start| start.saturating_mul(1_000)),
        end: Some(end),
        limit: limit as usize,
        untraded: Untraded::Filled,
    };
    let rows: Vec<String> = candles(place, now, query)
        .iter()
        .map(wire::candle)
        .collect();
    Ok(RestAnswer::json(&format!(
        "{{\"data\":{{\"pair\":\"BTC/USD\",\"ohlc\":[{}]}}}}",
        rows.join(",")
    )))
}
