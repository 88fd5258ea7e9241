//! What may be asked of a list.

use app::model::Pipeline;
use axum::{
    extract::{FromRequestParts, Query},
    http::request::Parts,
};
use serde::{Deserialize, de::DeserializeOwned};

use super::ApiError;
use crate::{store::view::Window, when};

/// Parameters of rows of one series.
pub const SERIES: &[&str] = &["instrument", "venue", "from", "to", "limit"];
/// Parameters of bars.
pub const CANDLES: &[&str] = &["instrument", "venue", "step", "from", "to", "limit"];
/// Parameters of prices of an instrument, whatever the venue.
pub const PRICES: &[&str] = &["instrument", "from", "to", "limit"];
/// Parameters of gaps.
pub const GAPS: &[&str] = &["instrument", "venue", "state", "limit"];
/// Parameters of rows that only have a time.
pub const TIMES: &[&str] = &["from", "to", "limit"];
/// Parameters of rows that have a state.
pub const STATE: &[&str] = &["state", "limit"];
/// Parameters of rows that have a state and a pipeline.
pub const PIPELINE: &[&str] = &["pipeline", "state", "limit"];

/// Parameters of what is told of the last hours.
pub const HOURS: &[&str] = &["hours"];

/// Hours that are told of when none are asked for.
const LAST: i64 = 24;
/// Most of them.
const MOST_HOURS: i64 = 168;
/// Rows of an answer when no limit is asked for.
const LIMIT: i64 = 100;
/// Most rows of an answer.
const MOST: i64 = 1000;

/// The query of a request; what is wrong with it is told as JSON.
#[derive(Debug)]
pub struct ApiQuery<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Query::try_from_uri(&parts.uri)
            .map(|Query(query)| Self(query))
            .map_err(|rejection| ApiError::BadRequest(rejection.body_text()))
    }
}

/// Every parameter there is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// `BTC-USDT`; empty: any.
    pub instrument: String,
    /// `binance`; empty: any.
    pub venue: String,
    /// `1h`
    pub step: Option<String>,
    state: Option<String>,
    pipeline: Option<String>,
    from: Option<String>,
    to: Option<String>,
    limit: Option<i64>,
    hours: Option<i64>,
}

impl Filter {
    /// Refuses parameters that this list does not have: ignoring them would give rows nobody asked for.
    pub fn only(self, allowed: &[&str]) -> Result<Self, ApiError> {
        let given = [
            ("instrument", !self.instrument.is_empty()),
            ("venue", !self.venue.is_empty()),
            ("step", self.step.is_some()),
            ("state", self.state.is_some()),
            ("pipeline", self.pipeline.is_some()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
            ("limit", self.limit.is_some()),
            ("hours", self.hours.is_some()),
        ];
        match given
            .iter()
            .find(|(name, is_given)| *is_given && !allowed.contains(name))
        {
            Some((name, _)) => Err(ApiError::BadRequest(format!(
                "{name} means nothing here, use {}",
                allowed.join(", ")
            ))),
            None => Ok(self),
        }
    }

    /// Most rows of the answer.
    pub fn limit(&self) -> Result<i64, ApiError> {
        match self.limit.unwrap_or(LIMIT) {
            limit @ 1..=MOST => Ok(limit),
            limit => Err(ApiError::BadRequest(format!(
                "limit is {limit}, but must lie between 1 and {MOST}"
            ))),
        }
    }

    /// How far back is told of.
    pub fn hours(&self) -> Result<i64, ApiError> {
        match self.hours.unwrap_or(LAST) {
            hours @ 1..=MOST_HOURS => Ok(hours),
            hours => Err(ApiError::BadRequest(format!(
                "hours is {hours}, but must lie between 1 and {MOST_HOURS}"
            ))),
        }
    }

    /// Range of time and limit.
    pub fn window(&self) -> Result<Window, ApiError> {
        let newest = Window::newest(self.limit()?);
        Ok(Window {
            from_ms: self.from.as_deref().map_or(Ok(newest.from_ms), time)?,
            to_ms: self.to.as_deref().map_or(Ok(newest.to_ms), time)?,
            ..newest
        })
    }

    /// The state, by the words `parse` knows.
    pub fn state<T>(&self, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        self.state
            .as_deref()
            .map(|text| {
                parse(text).ok_or_else(|| {
                    ApiError::BadRequest(format!("state {text:?} is not known here"))
                })
            })
            .transpose()
    }

    /// The pipeline.
    pub fn pipeline(&self) -> Result<Option<Pipeline>, ApiError> {
        self.pipeline
            .as_deref()
            .map(|text| {
                Pipeline::parse(text).ok_or_else(|| {
                    ApiError::BadRequest(format!(
                        "pipeline {text:?} is not known, use live or batch"
                    ))
                })
            })
            .transpose()
    }
}

/// A time: milliseconds since the epoch, `2018-01-01` or `2018-01-01T00:00:00Z`.
pub fn time(text: &str) -> Result<i64, ApiError> {
    when::point(text)
        .ok_or_else(|| {
            ApiError::BadRequest(format!(
                "{text:?} is no time; write milliseconds since the epoch, 2018-01-01 or 2018-01-01T00:00:00Z"
            ))
        })
}

#[cfg(test)]
mod tests {
    use app::model::{DAY_MS, HOUR_MS};

    use super::*;

    #[test]
    fn times_are_read_in_three_ways() {
        for (text, at) in [
            ("1514764800000", Some(1_514_764_800_000)),
            ("2018-01-01", Some(1_514_764_800_000)),
            ("2018-01-01T01:00:00+01:00", Some(1_514_764_800_000)),
            ("1970-01-02", Some(DAY_MS)),
            ("1970-01-01T01:00:00Z", Some(HOUR_MS)),
            ("01-02-2018", None),
            ("", None),
        ] {
            assert_eq!(time(text).ok(), at, "{text:?}");
        }
    }
}
