//! Bitfinex: `tBTCUSD`.

mod rest;
mod stream;
mod wire;

use serde_json::json;

use super::{Dialect, House, Refusal};
use crate::simulator::{
    exchange::{Ask, RestAnswer},
    world::Place,
};

/// The one symbol that is traded.
const SYMBOL: &str = "tBTCUSD";
/// Questions it takes in a minute.
const LIMIT: u32 = 600;

/// The venue.
#[derive(Debug)]
pub(super) struct Bitfinex {
    place: Place,
}

impl Bitfinex {
    pub(super) const fn new(place: Place) -> Self {
        Self { place }
    }
}

/// An error as the venue tells it: an array.
fn error(status: u16, code: i64, words: &str) -> RestAnswer {
    RestAnswer::error(status, &json!(["error", code, words]))
}

impl House for Bitfinex {
    fn rest(&self, ask: &Ask<'_>) -> RestAnswer {
        rest::answer(&self.place, ask).unwrap_or_else(|error| error)
    }

    fn refuse(&self, refusal: Refusal) -> RestAnswer {
        match refusal {
            Refusal::TooMany | Refusal::Banned { .. } => error(429, 11_010, "ratelimit: error"),
            Refusal::Blocked => error(451, 10_000, "region: not available"),
            Refusal::KeyRequired => error(401, 10_100, "apikey: invalid"),
            Refusal::Broken => error(500, 10_001, "generic error"),
            Refusal::WithStatus200 => error(200, 11_010, "ratelimit: error"),
            Refusal::BadParameters => error(500, 10_020, "parameters: invalid"),
        }
    }

    fn limit(&self) -> u32 {
        LIMIT
    }

    fn open(&self, _path: &str, _query: &str, _now: i64) -> Result<Box<dyn Dialect>, RestAnswer> {
        Ok(Box::new(stream::Stream::new(self.place.clone())))
    }
}
