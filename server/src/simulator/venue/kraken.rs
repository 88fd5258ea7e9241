//! Kraken spot: `XBTUSD` over REST, `BTC/USD` on the stream.

mod book;
mod rest;
mod stream;
mod wire;

use serde_json::json;

use super::{Dialect, House, Refusal};
use crate::simulator::{
    exchange::{Ask, RestAnswer},
    world::Place,
};

/// The pair's name on the stream.
const SYMBOL: &str = "BTC/USD";
/// Names that REST takes for the pair.
const PAIRS: [&str; 4] = ["XBTUSD", "XXBTZUSD", "XBT/USD", "BTC/USD"];
/// The name it answers with.
const KEY: &str = "XXBTZUSD";
/// Questions it takes in a minute.
const LIMIT: u32 = 600;

/// The venue.
#[derive(Debug)]
pub(super) struct Kraken {
    place: Place,
}

impl Kraken {
    pub(super) const fn new(place: Place) -> Self {
        Self { place }
    }
}

/// An error as the venue tells it: the status says 200 all the same.
fn error(status: u16, words: &str) -> RestAnswer {
    RestAnswer::error(status, &json!({ "error": [words] }))
}

impl House for Kraken {
    fn rest(&self, ask: &Ask<'_>) -> RestAnswer {
        rest::answer(&self.place, ask).unwrap_or_else(|error| error)
    }

    fn refuse(&self, refusal: Refusal) -> RestAnswer {
        match refusal {
            Refusal::TooMany | Refusal::Banned { .. } => error(429, "EGeneral:Too many requests"),
            Refusal::Blocked => error(451, "EGeneral:Permission denied"),
            Refusal::KeyRequired => error(401, "EAPI:Invalid key"),
            Refusal::Broken => error(520, "EGeneral:Internal error"),
            Refusal::WithStatus200 => error(200, "EService:Unavailable"),
            Refusal::BadParameters => error(200, "EGeneral:Invalid arguments"),
        }
    }

    fn limit(&self) -> u32 {
        LIMIT
    }

    fn open(&self, _path: &str, _query: &str, now: i64) -> Result<Box<dyn Dialect>, RestAnswer> {
        Ok(Box::new(stream::Stream::new(self.place.clone(), now)))
    }
}
