//! Coinbase Exchange: `BTC-USD`.

mod rest;
mod stream;
mod wire;

use serde_json::json;

use super::{Dialect, House, Refusal};
use crate::simulator::{
    exchange::{Ask, RestAnswer},
    world::Place,
};

/// The one product that is traded.
const PRODUCT: &str = "BTC-USD";
/// Questions it takes in a minute: ten a second.
const LIMIT: u32 = 600;

/// The venue.
#[derive(Debug)]
pub(super) struct Coinbase {
    place: Place,
}

impl Coinbase {
    pub(super) const fn new(place: Place) -> Self {
        Self { place }
    }
}

/// An error as the venue tells it.
fn error(status: u16, message: &str) -> RestAnswer {
    RestAnswer::error(status, &json!({ "message": message }))
}

impl House for Coinbase {
    fn rest(&self, ask: &Ask<'_>) -> RestAnswer {
        rest::answer(&self.place, ask).unwrap_or_else(|error| error)
    }

    fn refuse(&self, refusal: Refusal) -> RestAnswer {
        match refusal {
            Refusal::TooMany | Refusal::Banned { .. } => error(429, "Public rate limit exceeded"),
            Refusal::Blocked => error(451, "Unavailable for legal reasons"),
            Refusal::KeyRequired => error(401, "CB-ACCESS-KEY header is required"),
            Refusal::Broken => error(500, "Internal server error"),
            Refusal::WithStatus200 => error(200, "Cancel only mode"),
            Refusal::BadParameters => error(400, "Bad Request"),
        }
    }

    fn limit(&self) -> u32 {
        LIMIT
    }

    fn asks_for_keys_later(&self) -> bool {
        true
    }

    fn open(&self, _path: &str, _query: &str, now: i64) -> Result<Box<dyn Dialect>, RestAnswer> {
        Ok(Box::new(stream::Stream::new(self.place.clone(), now)))
    }
}
