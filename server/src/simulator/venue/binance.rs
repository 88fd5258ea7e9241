//! Binance spot: `BTCUSDT`.

mod params;
mod rest;
mod stream;
mod wire;

use serde_json::json;

use super::{Dialect, House, Refusal};
use crate::simulator::{
    exchange::{Ask, RestAnswer},
    params::Params,
    world::Place,
};

/// The one symbol that is traded.
pub const SYMBOL: &str = "BTCUSDT";
/// Weight a client may use in a minute.
const LIMIT: u32 = 6_000;
/// What the venue says to hosts in places it does not serve. The code really is 0.
const BLOCKED_TEXT: &str = "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in error.";
const LIMIT_TEXT: &str = "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.";

/// The venue.
#[derive(Debug)]
pub(super) struct Binance {
    place: Place,
}

impl Binance {
    pub(super) const fn new(place: Place) -> Self {
        Self { place }
    }
}

/// An error as the venue tells it.
fn error(status: u16, code: i64, msg: &str) -> RestAnswer {
    RestAnswer::error(status, &json!({ "code": code, "msg": msg }))
}

impl House for Binance {
    fn rest(&self, ask: &Ask<'_>) -> RestAnswer {
        rest::answer(&self.place, ask).unwrap_or_else(|error| error)
    }

    fn refuse(&self, refusal: Refusal) -> RestAnswer {
        match refusal {
            Refusal::TooMany => error(429, -1003, LIMIT_TEXT),
            Refusal::Banned { until_ms } => {
                let text = format!(
                    "Way too much request weight used; IP banned until {until_ms}. Please use WebSocket Streams for live updates to avoid bans."
                );
                error(418, -1003, &text)
            }
            Refusal::Blocked => error(451, 0, BLOCKED_TEXT),
            Refusal::KeyRequired => error(
                401,
                -2015,
                "Invalid API-key, IP, or permissions for action.",
            ),
            Refusal::Broken => error(
                500,
                -1000,
                "An unknown error occurred while processing the request.",
            ),
            Refusal::WithStatus200 => error(
                200,
                -1001,
                "Internal error; unable to process your request. Please try again.",
            ),
            Refusal::BadParameters => error(400, -1100, "Illegal characters found in a parameter."),
        }
    }

    fn weight(&self, path: &str, params: &Params) -> u32 {
        rest::weight(path, params)
    }

    fn limit(&self) -> u32 {
        LIMIT
    }

    fn metered(&self, answer: RestAnswer, used: u32) -> RestAnswer {
        answer
            .with("x-mbx-used-weight", &used)
            .with("x-mbx-used-weight-1m", &used)
    }

    fn bans(&self) -> bool {
        true
    }

    fn open(&self, path: &str, query: &str, now: i64) -> Result<Box<dyn Dialect>, RestAnswer> {
        let stream = stream::Stream::open(self.place.clone(), path, query, now);
        let stream = stream.ok_or_else(|| RestAnswer::html(404, "404 Not Found"))?;
        Ok(Box::new(stream))
    }
}
