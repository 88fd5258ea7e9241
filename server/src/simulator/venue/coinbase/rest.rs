//! Questions: `/products/BTC-USD/…`, `/time`.

use app::model::bucket_start;
use chrono::DateTime;
use serde_json::json;

use super::{
    super::candles::{CandlesQuery, Untraded, candles},
    PRODUCT, error, wire,
};
use crate::simulator::{
    exchange::{Ask, RestAnswer},
    fault::Fault,
    params::Params,
    text::{fixed, iso},
    world::Place,
};

/// Most candles in an answer; a question for more is refused.
const MAX_CANDLES: i64 = 300;
/// Most trades in an answer.
const MAX_TRADES: usize = 1_000;
/// Lengths of candles, in seconds.
const GRANULARITIES: [i64; 6] = [60, 300, 900, 3_600, 21_600, 86_400];
/// Age of the book while [`Fault::StaleSnapshot`] is on.
const STALE_MS: i64 = 15_000;

pub(super) fn answer(place: &Place, ask: &Ask<'_>) -> Result<RestAnswer, RestAnswer> {
    let now = ask.now;
    let clock_us = place.own_clock(now) * 1_000;
    if ask.path == "/time" {
        let epoch = fixed(i128::from(clock_us / 1_000), 3, 3);
        let body = format!("{{\"iso\":\"{}\",\"epoch\":{epoch}}}", iso(clock_us));
        return Ok(RestAnswer::json(&body));
    }
    let rest = ask.path.strip_prefix("/products/");
    let rest = rest.and_then(|rest| rest.strip_prefix(PRODUCT));
    match rest {
        Some("") => Ok(RestAnswer::json(&json!({
            "id": PRODUCT,
            "base_currency": "BTC",
            "quote_currency": "USD",
            "quote_increment": "0.01",
            "base_increment": "0.00000001",
            "status": "online",
            "trading_disabled": false,
        }))),
        Some("/ticker") => {
            let day = place.truth.day(place.protocol, now);
            let day = day.ok_or_else(|| error(500, "Internal server error"))?;
            Ok(RestAnswer::json(&wire::ticker(&day, clock_us)))
        }
        Some("/book") => {
            let levels = match ask.params.get("level").unwrap_or("1") {
                "1" => 1,
                "2" | "3" => usize::MAX,
                _ => return Err(error(400, "Invalid level")),
            };
            let stale = place.on(Fault::StaleSnapshot, now);
            let at = if stale { now - STALE_MS } else { now };
            let book = place.truth.book(place.protocol, at);
            Ok(RestAnswer::json(&wire::book(&book, levels, clock_us)))
        }
        Some("/candles") => candle_rows(place, &ask.params, now),
        Some("/trades") => trades(place, &ask.params, now),
        _ => Err(error(404, "NotFound")),
    }
}

/// Newest first; minutes without trades are absent.
fn candle_rows(place: &Place, params: &Params, now: i64) -> Result<RestAnswer, RestAnswer> {
    let seconds = params.number("granularity").ok().flatten().unwrap_or(60);
    if !GRANULARITIES.contains(&seconds) {
        return Err(error(400, "Unsupported granularity"));
    }
    let step_ms = seconds * 1_000;
    let bounds = (time(params, "start")?, time(params, "end")?);
    let (start, end) = match bounds {
        (Some(start), Some(end)) => (start, end),
        // One without the other counts for nothing.
        _ => (
            bucket_start(now, step_ms) - (MAX_CANDLES - 1) * step_ms,
            now,
        ),
    };
    if end < start {
        return Err(error(400, "start must be before end"));
    }
    if (end - start) / step_ms > MAX_CANDLES {
        return Err(error(
            400,
            "granularity too small for the requested time range. Count of aggregations requested exceeds 300",
        ));
    }
    let query = CandlesQuery {
        step_ms,
        start: Some(start),
        end: Some(end),
        limit: MAX_CANDLES as usize + 1,
        untraded: Untraded::Absent,
    };
    let rows: Vec<String> = candles(place, now, query)
        .iter()
        .rev()
        .map(wire::candle)
        .collect();
    Ok(RestAnswer::json(&format!("[{}]", rows.join(","))))
}

/// A time in milliseconds, given in seconds or as text.
fn time(params: &Params, name: &str) -> Result<Option<i64>, RestAnswer> {
    let Some(text) = params.get(name) else {
        return Ok(None);
    };
    if let Ok(Some(seconds)) = params.number(name) {
        return Ok(Some(seconds.saturating_mul(1_000)));
    }
    let time = DateTime::parse_from_rfc3339(text);
    let time = time.map_err(|_| error(400, &format!("Invalid {name}")))?;
    Ok(Some(time.timestamp_millis()))
}

/// Newest first, in pages: `after` a number are the older ones.
fn trades(place: &Place, params: &Params, now: i64) -> Result<RestAnswer, RestAnswer> {
    let number = |name: &str| {
        let number = params.number(name);
        number.map_err(|_| error(400, &format!("Invalid {name}")))
    };
    let limit = number("limit")?.unwrap_or(MAX_TRADES as i64);
    if !(1..=MAX_TRADES as i64).contains(&limit) {
        return Err(error(400, "Invalid limit"));
    }
    let (after, before) = (number("after")?, number("before")?);
    let truth = &place.truth;
    let mut rows = truth.newest_trades(place.protocol, after, now, limit as usize);
    if let Some(before) = before {
        rows.retain(|trade| trade.id > before);
    }
    let mut answer = RestAnswer::json("");
    if let (Some(newest), Some(oldest)) = (rows.first(), rows.last()) {
        answer = answer
            .with("cb-before", &newest.id)
            .with("cb-after", &oldest.id);
    }
    let rows: Vec<String> = rows.iter().map(wire::trade).collect();
    answer.body = format!("[{}]", rows.join(","));
    Ok(answer)
}
