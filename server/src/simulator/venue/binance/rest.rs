//! Questions: `/api/v3/…`.

use super::{
    super::candles::{CandlesQuery, Untraded, candles},
    error,
    params::{interval, limit, number, required_symbol, symbol, time, unique},
    wire,
};
use crate::simulator::{
    exchange::{Ask, RestAnswer},
    fault::Fault,
    params::Params,
    tape::LISTED_AT,
    world::Place,
};

/// Largest number of rows of `/klines`, `/trades` and `/aggTrades`.
const MAX_ROWS: usize = 1_000;
/// Largest number of levels of `/depth`.
const MAX_LEVELS: usize = 5_000;
/// Age of the book while [`Fault::StaleSnapshot`] is on.
const STALE_MS: i64 = 15_000;

pub(super) fn answer(place: &Place, ask: &Ask<'_>) -> Result<RestAnswer, RestAnswer> {
    let params = &ask.params;
    unique(params)?;
    let now = ask.now;
    match ask.path {
        "/api/v3/ping" => Ok(RestAnswer::json("{}")),
        "/api/v3/time" => Ok(RestAnswer::json(&format!(
            "{{\"serverTime\":{}}}",
            place.own_clock(now)
        ))),
        "/api/v3/exchangeInfo" => {
            symbol(params)?;
            Ok(RestAnswer::json(&wire::exchange_info(place.own_clock(now))))
        }
        "/api/v3/ticker/24hr" => {
            let one = symbol(params)?.is_some();
            let day = place.truth.day(place.protocol, now).ok_or_else(broken)?;
            Ok(one_or_all(wire::day(&day, place.own_clock(now)), one))
        }
        "/api/v3/ticker/bookTicker" => {
            let one = symbol(params)?.is_some();
            let book = place.truth.book(place.protocol, now);
            Ok(one_or_all(wire::book_ticker(&book), one))
        }
        "/api/v3/ticker/price" => {
            let one = symbol(params)?.is_some();
            let last = place
                .truth
                .last_trade(place.protocol, now)
                .ok_or_else(broken)?;
            Ok(one_or_all(wire::price_ticker(&last), one))
        }
        "/api/v3/klines" => {
            required_symbol(params)?;
            let query = CandlesQuery {
                step_ms: interval(params)?,
                start: time(params, "startTime")?,
                end: time(params, "endTime")?,
                limit: limit(params, 500, MAX_ROWS)?,
                untraded: Untraded::Filled,
            };
            let rows: Vec<String> = candles(place, now, query)
                .iter()
                .map(|candle| wire::kline(candle, query.step_ms))
                .collect();
            Ok(RestAnswer::json(&format!("[{}]", rows.join(","))))
        }
        "/api/v3/depth" => {
            required_symbol(params)?;
            let levels = limit(params, 100, MAX_LEVELS)?;
            let stale = place.on(Fault::StaleSnapshot, now);
            let at = if stale { now - STALE_MS } else { now };
            let book = place.truth.book(place.protocol, at);
            Ok(RestAnswer::json(&wire::depth(&book, levels)))
        }
        "/api/v3/aggTrades" => agg_trades(place, params, now),
        "/api/v3/trades" => {
            required_symbol(params)?;
            let limit = limit(params, 500, MAX_ROWS)?;
            let mut newest = place.truth.newest_trades(place.protocol, None, now, limit);
            newest.reverse();
            let rows: Vec<String> = newest.iter().map(wire::raw_trade).collect();
            Ok(RestAnswer::json(&format!("[{}]", rows.join(","))))
        }
        _ => Err(RestAnswer::html(404, "404 Not Found")),
    }
}

/// By number, by time, or the newest.
fn agg_trades(place: &Place, params: &Params, now: i64) -> Result<RestAnswer, RestAnswer> {
    required_symbol(params)?;
    let limit = limit(params, 500, MAX_ROWS)?;
    let (start, end) = (time(params, "startTime")?, time(params, "endTime")?);
    let from_id = number(params, "fromId")?;
    if from_id.is_some() && (start.is_some() || end.is_some()) {
        return Err(error(
            400,
            -1128,
            "Combination of optional parameters invalid.",
        ));
    }
    let truth = &place.truth;
    let trades = match (from_id, start) {
        (Some(id), _) => truth.trades_from(place.protocol, id, now, limit),
        (None, Some(start)) => {
            let until = end.unwrap_or(now).min(now).saturating_add(1);
            truth.first_trades(place.protocol, start.max(LISTED_AT), until, limit)
        }
        (None, None) => {
            let until = end.unwrap_or(now).min(now);
            let mut newest = truth.newest_trades(place.protocol, None, until, limit);
            newest.reverse();
            newest
        }
    };
    let rows: Vec<String> = trades.iter().map(wire::agg_trade).collect();
    Ok(RestAnswer::json(&format!("[{}]", rows.join(","))))
}

/// Without a symbol the venue answers with a list of all symbols.
fn one_or_all(body: impl std::fmt::Display, one: bool) -> RestAnswer {
    if one {
        RestAnswer::json(&body)
    } else {
        RestAnswer::json(&format!("[{body}]"))
    }
}

fn broken() -> RestAnswer {
    error(
        500,
        -1000,
        "An unknown error occurred while processing the request.",
    )
}

/// Weight of a request, as documented.
pub(super) fn weight(path: &str, params: &Params) -> u32 {
    let all = params.get("symbol").is_none();
    let levels = params.get("limit").and_then(|limit| limit.parse().ok());
    match path {
        "/api/v3/exchangeInfo" => 20,
        "/api/v3/ticker/24hr" if all => 80,
        "/api/v3/ticker/bookTicker" | "/api/v3/ticker/price" if all => 4,
        "/api/v3/ticker/24hr"
        | "/api/v3/ticker/bookTicker"
        | "/api/v3/ticker/price"
        | "/api/v3/klines" => 2,
        "/api/v3/aggTrades" => 4,
        "/api/v3/trades" => 25,
        "/api/v3/depth" => match levels.unwrap_or(100) {
            0..=100 => 5,
            101..=500 => 25,
            501..=1000 => 50,
            _ => 250,
        },
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_the_documented_ones() {
        let weight = |path: &str, query: &str| weight(path, &Params::parse(query).unwrap());
        assert_eq!(weight("/api/v3/depth", "symbol=BTCUSDT&limit=100"), 5);
        assert_eq!(weight("/api/v3/depth", "symbol=BTCUSDT&limit=1000"), 50);
        assert_eq!(weight("/api/v3/ticker/24hr", ""), 80);
        assert_eq!(weight("/api/v3/klines", "symbol=BTCUSDT"), 2);
        assert_eq!(weight("/api/v3/ping", ""), 1);
    }
}
