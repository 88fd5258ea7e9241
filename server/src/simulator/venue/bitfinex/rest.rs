//! Questions: `/v2/…`.

use app::model::{DAY_MS, HOUR_MS, MINUTE_MS};

use super::{
    super::candles::{CandlesQuery, Untraded, candles},
    SYMBOL, error, wire,
};
use crate::simulator::{
    exchange::{Ask, RestAnswer},
    fault::Fault,
    params::Params,
    trade::TrueTrade,
    world::Place,
};

/// Most rows of candles and of trades.
const MAX_ROWS: i64 = 10_000;
/// Rows unless the question says otherwise.
const DEFAULT_ROWS: i64 = 120;
/// Lengths of candles.
const STEPS: [(&str, i64); 9] = [
    ("1m", MINUTE_MS),
    ("5m", 5 * MINUTE_MS),
    ("15m", 15 * MINUTE_MS),
    ("30m", 30 * MINUTE_MS),
    ("1h", HOUR_MS),
    ("3h", 3 * HOUR_MS),
    ("6h", 6 * HOUR_MS),
    ("12h", 12 * HOUR_MS),
    ("1D", DAY_MS),
];
/// Age of the book while [`Fault::StaleSnapshot`] is on.
const STALE_MS: i64 = 15_000;

pub(super) fn answer(place: &Place, ask: &Ask<'_>) -> Result<RestAnswer, RestAnswer> {
    let now = ask.now;
    let path = ask.path.strip_prefix("/v2/").unwrap_or_default();
    let parts: Vec<&str> = path.split('/').collect();
    let known = |symbol: &str| {
        if symbol == SYMBOL {
            Ok(())
        } else {
            Err(error(500, 10_020, "symbol: invalid"))
        }
    };
    match parts[..] {
        ["platform", "status"] => Ok(RestAnswer::json("[1]")),
        ["ticker", symbol] => {
            known(symbol)?;
            let day = place.truth.day(place.protocol, now);
            let day = day.ok_or_else(|| error(500, 10_001, "generic error"))?;
            Ok(RestAnswer::json(&wire::ticker(&day)))
        }
        ["book", symbol, "P0"] => {
            known(symbol)?;
            let levels = match ask.params.get("len").unwrap_or("25") {
                "1" => 1,
                "25" => 25,
                "100" => 100,
                _ => return Err(error(500, 10_020, "len: invalid")),
            };
            let stale = place.on(Fault::StaleSnapshot, now);
            let at = if stale { now - STALE_MS } else { now };
            let book = place.truth.book(place.protocol, at).top(levels);
            Ok(RestAnswer::json(&wire::levels(&book)))
        }
        ["trades", symbol, "hist"] => {
            known(symbol)?;
            trades(place, &ask.params, now)
        }
        ["candles", key, section] if section == "hist" || section == "last" => {
            candle_rows(place, &ask.params, now, key, section == "last")
        }
        _ => Err(error(404, 10_001, "not_found")),
    }
}

/// Start, end, limit and order of a question for rows.
struct Range {
    start: Option<i64>,
    end: Option<i64>,
    limit: usize,
    ascending: bool,
}

fn range(params: &Params) -> Result<Range, RestAnswer> {
    let number = |name: &str| {
        let number = params.number(name);
        number.map_err(|_| error(500, 10_020, &format!("{name}: invalid")))
    };
    let limit = number("limit")?.unwrap_or(DEFAULT_ROWS);
    if !(1..=MAX_ROWS).contains(&limit) {
        return Err(error(500, 10_020, "limit: invalid"));
    }
    Ok(Range {
        start: number("start")?,
        end: number("end")?,
        limit: limit as usize,
        ascending: params.get("sort") == Some("1"),
    })
}

fn trades(place: &Place, params: &Params, now: i64) -> Result<RestAnswer, RestAnswer> {
    let range = range(params)?;
    let end = range.end.unwrap_or(now).min(now);
    let truth = &place.truth;
    let rows: Vec<TrueTrade> = if range.ascending {
        let start = range.start.unwrap_or(0);
        truth.first_trades(place.protocol, start, end.saturating_add(1), range.limit)
    } else {
        let mut newest = truth.newest_trades(place.protocol, None, end, range.limit);
        newest.retain(|trade| range.start.is_none_or(|start| trade.at_ms() >= start));
        newest
    };
    let rows: Vec<String> = rows.iter().map(wire::trade).collect();
    Ok(RestAnswer::json(&format!("[{}]", rows.join(","))))
}

fn candle_rows(
    place: &Place,
    params: &Params,
    now: i64,
    key: &str,
    last: bool,
) -> Result<RestAnswer, RestAnswer> {
    let invalid = || error(500, 10_020, "time_frame: invalid");
    let step = key
        .strip_prefix("trade:")
        .and_then(|rest| rest.split_once(':'));
    let (step, symbol) = step.ok_or_else(invalid)?;
    if symbol != SYMBOL {
        return Err(error(500, 10_020, "symbol: invalid"));
    }
    let step_ms = STEPS.into_iter().find(|(name, _)| *name == step);
    let (_, step_ms) = step_ms.ok_or_else(invalid)?;
    let range = range(params)?;
    let query = CandlesQuery {
        step_ms,
        start: range.start.filter(|_| range.ascending),
        end: range.end,
        limit: if last { 1 } else { range.limit },
        untraded: Untraded::Absent,
    };
    let mut rows = candles(place, now, query);
    if !range.ascending {
        rows.retain(|row| range.start.is_none_or(|start| row.opened_at >= start));
        rows.reverse();
    }
    let texts: Vec<String> = rows.iter().map(wire::candle).collect();
    if last {
        let newest = texts.into_iter().next().unwrap_or_else(|| "[]".to_owned());
        return Ok(RestAnswer::json(&newest));
    }
    Ok(RestAnswer::json(&format!("[{}]", texts.join(","))))
}
