//! Query parameters, refused with the venue's own codes and words.

use app::model::{HOUR_MS, MINUTE_MS};

use super::super::wire::{ApiError, SYMBOL};

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

/// The parameters of one request.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Params(Vec<(String, String)>);

impl Params {
    pub(in super::super) fn new(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    pub(in super::super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Refuses a parameter that is given twice.
    pub(super) fn unique(&self) -> Result<(), ApiError> {
        let twice = (1..self.0.len()).any(|at| self.0[..at].iter().any(|p| p.0 == self.0[at].0));
        if twice {
            return Err(ApiError::bad_request(
                -1101,
                "Duplicate values for a parameter detected.",
            ));
        }
        Ok(())
    }

    /// Refuses any symbol but the one there is; `None` when no symbol is given.
    pub(super) fn symbol(&self) -> Result<Option<&'static str>, ApiError> {
        match self.get("symbol") {
            None => Ok(None),
            Some("") => Err(ApiError::bad_request(
                -1105,
                "Parameter 'symbol' was empty.",
            )),
            Some(SYMBOL) => Ok(Some(SYMBOL)),
            Some(symbol) if !legal_symbol(symbol) => Err(ApiError::bad_request(
                -1100,
                "Illegal characters found in parameter 'symbol'; legal range is '^[A-Z0-9-_.]{1,20}$'.",
            )),
            Some(_) => Err(ApiError::bad_request(-1121, "Invalid symbol.")),
        }
    }

    /// As [`Self::symbol`], but one must be given.
    pub(super) fn required_symbol(&self) -> Result<&'static str, ApiError> {
        self.symbol()?.ok_or_else(|| missing("symbol"))
    }

    /// The interval's length in milliseconds.
    pub(super) fn interval(&self) -> Result<i64, ApiError> {
        let given = self.get("interval").ok_or_else(|| missing("interval"))?;
        INTERVALS
            .into_iter()
            .find(|(name, _)| *name == given)
            .map(|(_, step)| step)
            .ok_or_else(|| ApiError::bad_request(-1120, "Invalid interval."))
    }

    /// A limit of at most `max`; more is clipped, as the venue does.
    pub(super) fn limit(&self, default: usize, max: usize) -> Result<usize, ApiError> {
        match self.number("limit")? {
            None => Ok(default),
            Some(0) => Err(ApiError::bad_request(
                -1130,
                "Data sent for parameter 'limit' is not valid.",
            )),
            Some(limit) => Ok(usize::try_from(limit).unwrap_or(max).min(max)),
        }
    }

    /// A time in milliseconds.
    pub(super) fn time(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let given = self.number(name)?;
        Ok(given.map(|at| {
            if at >= MICROSECONDS_FROM {
                at / 1_000
            } else {
                at
            }
        }))
    }

    fn number(&self, name: &str) -> Result<Option<i64>, ApiError> {
        let Some(text) = self.get(name) else {
            return Ok(None);
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<i64>() {
            Ok(number) if digits => Ok(Some(number)),
            _ => Err(ApiError::bad_request(
                -1100,
                format!(
                    "Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."
                ),
            )),
        }
    }
}

fn missing(name: &str) -> ApiError {
    ApiError::bad_request(
        -1102,
        format!("Mandatory parameter '{name}' was not sent, was empty/null, or malformed."),
    )
}

fn legal_symbol(symbol: &str) -> bool {
    symbol.len() <= 20
        && symbol.bytes().all(|byte| {
            byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"-_.".contains(&byte)
        })
}
