//! Questions: `/0/public/…`.

use app::model::{DAY_MS, MINUTE_MS, bucket_start};
use chrono::DateTime;
use serde_json::{Value, json};

use super::{
    super::candles::{CandlesQuery, Untraded, candles},
    KEY, PAIRS, error, wire,
};
use crate::simulator::{
    candle::TrueCandle,
    exchange::{Ask, RestAnswer},
    fault::Fault,
    params::Params,
    tape::LISTED_AT,
    world::Place,
};

/// It has no more candles of a length, whatever is asked for.
const MAX_CANDLES: usize = 720;
/// Most trades in an answer.
const MAX_TRADES: i64 = 1_000;
/// Lengths of candles, in minutes. Those of two weeks are not simulated.
const INTERVALS: [i64; 8] = [1, 5, 15, 30, 60, 240, 1_440, 10_080];
/// Age of the book while [`Fault::StaleSnapshot`] is on.
const STALE_MS: i64 = 15_000;

pub(super) fn answer(place: &Place, ask: &Ask<'_>) -> Result<RestAnswer, RestAnswer> {
    let now = ask.now;
    let Some(call) = ask.path.strip_prefix("/0/public/") else {
        return Err(error(404, "EGeneral:Unknown method"));
    };
    if call == "Time" {
        let clock = place.own_clock(now);
        let time = DateTime::from_timestamp_millis(clock).unwrap_or_default();
        let words = time.format("%a, %d %b %y %H:%M:%S +0000").to_string();
        let result = json!({ "unixtime": clock / 1_000, "rfc1123": words });
        return Ok(RestAnswer::json(&wire::result(&result)));
    }
    if call == "SystemStatus" {
        let time = crate::simulator::text::iso(place.own_clock(now) * 1_000);
        let result = json!({ "status": "online", "timestamp": time });
        return Ok(RestAnswer::json(&wire::result(&result)));
    }
    let params = &ask.params;
    let known = ["Ticker", "OHLC", "Depth", "Trades"].contains(&call);
    if !known {
        return Err(error(200, "EGeneral:Unknown method"));
    }
    match params.get("pair") {
        None => return Err(error(200, "EGeneral:Invalid arguments")),
        Some(pair) if !PAIRS.contains(&pair) => {
            return Err(error(200, "EQuery:Unknown asset pair"));
        }
        Some(_) => {}
    }
    match call {
        "Ticker" => ticker(place, now),
        "OHLC" => ohlc(place, params, now),
        "Depth" => {
            let count = number(params, "count")?.unwrap_or(100).clamp(1, 500);
            let stale = place.on(Fault::StaleSnapshot, now);
            let at = if stale { now - STALE_MS } else { now };
            let book = place.truth.book(place.protocol, at);
            let result = wire::depth(&book, count as usize);
            Ok(RestAnswer::json(&wire::result(&result)))
        }
        _ => trades(place, params, now),
    }
}

fn ticker(place: &Place, now: i64) -> Result<RestAnswer, RestAnswer> {
    let broken = || error(200, "EGeneral:Internal error");
    let day = place.truth.day(place.protocol, now).ok_or_else(broken)?;
    let midnight = bucket_start(now, DAY_MS);
    let today = place.truth.candle(place.protocol, midnight, DAY_MS, now);
    let today = today.unwrap_or_else(|| TrueCandle::empty(midnight, day.last.ticks));
    Ok(RestAnswer::json(&wire::result(&wire::ticker(&day, &today))))
}

/// The newest 720 rows; the last one is still forming.
fn ohlc(place: &Place, params: &Params, now: i64) -> Result<RestAnswer, RestAnswer> {
    let minutes = number(params, "interval")?.unwrap_or(1);
    if !INTERVALS.contains(&minutes) {
        return Err(error(200, "EGeneral:Invalid arguments"));
    }
    let query = CandlesQuery {
        step_ms: minutes * MINUTE_MS,
        start: None,
        end: None,
        limit: MAX_CANDLES,
        untraded: Untraded::Filled,
    };
    let since = number(params, "since")?.unwrap_or(0).saturating_mul(1_000);
    let all = candles(place, now, query);
    let committed = all
        .iter()
        .rev()
        .nth(1)
        .map_or(0, |row| row.opened_at / 1_000);
    let rows: Vec<Value> = all
        .iter()
        .filter(|row| row.opened_at > since)
        .map(wire::ohlc_row)
        .collect();
    let result = json!({ KEY: rows, "last": committed });
    Ok(RestAnswer::json(&wire::result(&result)))
}

/// Trades after a time in nanoseconds, oldest first; without one the newest.
fn trades(place: &Place, params: &Params, now: i64) -> Result<RestAnswer, RestAnswer> {
    let count = number(params, "count")?.unwrap_or(MAX_TRADES);
    let count = count.clamp(1, MAX_TRADES) as usize;
    let since = params.get("since").map(nanoseconds).transpose()?;
    let truth = &place.truth;
    let trades = match since {
        None => {
            let mut newest = truth.newest_trades(place.protocol, None, now, count);
            newest.reverse();
            newest
        }
        Some(since) => {
            let since_us = since / 1_000;
            let from = (since_us / 1_000).max(LISTED_AT);
            // Up to a millisecond of trades before the cursor is asked for with the page and left out of it.
            let mut page = truth.first_trades(place.protocol, from, now + 1, 2 * count);
            page.retain(|trade| trade.at_us > since_us);
            page.truncate(count);
            page
        }
    };
    let last = trades.last().map_or_else(
        || since.unwrap_or(now * 1_000_000),
        |trade| trade.at_us * 1_000,
    );
    let rows: Vec<String> = trades.iter().map(wire::trade_row).collect();
    Ok(RestAnswer::json(&format!(
        "{{\"error\":[],\"result\":{{\"{KEY}\":[{}],\"last\":\"{last}\"}}}}",
        rows.join(",")
    )))
}

/// A cursor in nanoseconds; small numbers are seconds.
fn nanoseconds(text: &str) -> Result<i64, RestAnswer> {
    let whole = text.split('.').next().unwrap_or_default();
    let number: i64 = whole
        .parse()
        .map_err(|_| error(200, "EGeneral:Invalid arguments"))?;
    Ok(if number < 100_000_000_000 {
        number.saturating_mul(1_000_000_000)
    } else {
        number
    })
}

fn number(params: &Params, name: &str) -> Result<Option<i64>, RestAnswer> {
    let number = params.number(name);
    number.map_err(|_| error(200, "EGeneral:Invalid arguments"))
}
