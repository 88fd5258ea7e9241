//! Query parameters, refused with the venue's own codes and words.

use app::model::{HOUR_MS, MINUTE_MS};

use super::{SYMBOL, error};
use crate::simulator::{exchange::RestAnswer, params::Params};

/// Times from here on are microseconds: the venue takes both. In milliseconds it is the year 5138.
const MICROSECONDS_FROM: i64 = 100_000_000_000_000;

/// Intervals and their lengths. Longer ones are not simulated.
const INTERVALS: [(&str, i64); 12] = [
    ("1m", MINUTE_MS),
    ("3m", 3 * MINUTE_MS),
    ("5m", 5 * MINUTE_MS),
    ("15m", 15 * MINUTE_MS),
    ("30m", 30 * MINUTE_MS),
    ("1h", HOUR_MS),
    ("2h", 2 * HOUR_MS),
    ("4h", 4 * HOUR_MS),
    ("6h", 6 * HOUR_MS),
    ("8h", 8 * HOUR_MS),
    ("12h", 12 * HOUR_MS),
    ("1d", 24 * HOUR_MS),
];

/// Refuses a parameter that is given twice.
pub(super) fn unique(params: &Params) -> Result<(), RestAnswer> {
    if params.repeats() {
        return Err(error(
            400,
            -1101,
            "Duplicate values for a parameter detected.",
        ));
    }
    Ok(())
}

/// Refuses any symbol but the one there is; `None` when no symbol is given.
pub(super) fn symbol(params: &Params) -> Result<Option<&'static str>, RestAnswer> {
    match params.get("symbol") {
        None => Ok(None),
        Some("") => Err(error(400, -1105, "Parameter 'symbol' was empty.")),
        Some(SYMBOL) => Ok(Some(SYMBOL)),
        Some(symbol) if !is_legal(symbol) => Err(error(
            400,
            -1100,
            "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
        )),
        Some(_) => Err(error(400, -1121, "Invalid symbol.")),
    }
}

/// As [`symbol`], but one must be given.
pub(super) fn required_symbol(params: &Params) -> Result<&'static str, RestAnswer> {
    symbol(params)?.ok_or_else(|| missing("symbol"))
}

/// The interval's length in milliseconds.
pub(super) fn interval(params: &Params) -> Result<i64, RestAnswer> {
    let given = params.get("interval").ok_or_else(|| missing("interval"))?;
    INTERVALS
        .into_iter()
        .find(|(name, _)| *name == given)
        .map(|(_, step)| step)
        .ok_or_else(|| error(400, -1120, "Invalid interval."))
}

/// A limit of at most `max`; more is clipped, as the venue does.
pub(super) fn limit(params: &Params, default: usize, max: usize) -> Result<usize, RestAnswer> {
    match number(params, "limit")? {
        None => Ok(default),
        Some(0) => Err(error(
            400,
            -1130,
            "Data sent for parameter 'limit' is not valid.",
        )),
        Some(limit) => Ok(usize::try_from(limit).unwrap_or(max).min(max)),
    }
}

/// A time in milliseconds.
pub(super) fn time(params: &Params, name: &str) -> Result<Option<i64>, RestAnswer> {
    let given = number(params, name)?;
    Ok(given.map(|at| {
        if at >= MICROSECONDS_FROM {
            at / 1_000
        } else {
            at
        }
    }))
}

pub(super) fn number(params: &Params, name: &str) -> Result<Option<i64>, RestAnswer> {
    params.number(name).map_err(|_| {
        let text = format!(
            "Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."
        );
        error(400, -1100, &text)
    })
}

fn missing(name: &str) -> RestAnswer {
    let text = format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed.");
    error(400, -1102, &text)
}

fn is_legal(symbol: &str) -> bool {
    symbol.len() <= 20
        && symbol.bytes().all(|byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
        })
}
