//! Bitstamp: `btcusd`.

mod rest;
mod stream;
mod wire;

use serde_json::json;

use super::{Dialect, House, Refusal};
use crate::simulator::{
    exchange::{Ask, RestAnswer},
    world::Place,
};

/// The one pair that is traded.
const PAIR: &str = "btcusd";
/// Questions it takes in a minute: 10,000 in ten.
const LIMIT: u32 = 1_000;

/// The venue.
#[derive(Debug)]
pub(super) struct Bitstamp {
    place: Place,
}

impl Bitstamp {
    pub(super) const fn new(place: Place) -> Self {
        Self { place }
    }
}

/// An error as the venue tells it.
fn error(status: u16, code: &str, reason: &str) -> RestAnswer {
    let body = json!({ "status": "error", "reason": reason, "response_code": code });
    RestAnswer::error(status, &body)
}

impl House for Bitstamp {
    fn rest(&self, ask: &Ask<'_>) -> RestAnswer {
        rest::answer(&self.place, ask).unwrap_or_else(|error| error)
    }

    fn refuse(&self, refusal: Refusal) -> RestAnswer {
        match refusal {
            Refusal::TooMany | Refusal::Banned { .. } => {
                error(429, "400.002", "Request rate limit exceeded.")
            }
            Refusal::Blocked => error(451, "403.451", "Not available in your country."),
            Refusal::KeyRequired => error(
                401,
                "403.001",
                "Missing key, signature and nonce parameters.",
            ),
            Refusal::Broken => error(500, "500.001", "Internal server error."),
            Refusal::WithStatus200 => error(200, "400.002", "Request rate limit exceeded."),
            Refusal::BadParameters => error(400, "400.067", "Bad request."),
        }
    }

    fn limit(&self) -> u32 {
        LIMIT
    }

    fn open(&self, _path: &str, _query: &str, now: i64) -> Result<Box<dyn Dialect>, RestAnswer> {
        Ok(Box::new(stream::Stream::new(self.place.clone(), now)))
    }
}
