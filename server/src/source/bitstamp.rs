//! Bitstamp, public market data: what is asked, what the answers mean, how its stream is followed.

pub mod facts;
pub mod history;
pub mod messages;
pub mod requests;
pub mod session;

use app::model::{Quote, Step};

use self::{facts::FACTS, history::Ohlc, requests::Requests, session::BitstampSession};
use super::{
    history::History,
    message::{MessageError, ParsedTrades, RawBook, TradeCursor},
    session::{Channel, Session},
    venue::{Facts, Place, Question, TradeGap, Venue},
};

/// One symbol of the venue.
#[derive(Debug, Clone)]
pub struct Bitstamp {
    requests: Requests,
    stream: String,
    symbol: String,
}

impl Bitstamp {
    /// At these base URLs.
    #[must_use]
    pub fn new(place: &Place) -> Self {
        Self {
            requests: Requests::new(&place.rest, &place.symbol),
            stream: place.stream.clone(),
            symbol: place.symbol.to_lowercase(),
        }
    }
}

/// Every question weighs the same here.
const fn question(url: String) -> Question {
    Question { url, weight: 1 }
}

impl Venue for Bitstamp {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn ticker(&self) -> Question {
        question(self.requests.ticker())
    }

    fn read_ticker(&self, body: &[u8], _received_at: i64) -> Result<Quote, MessageError> {
        messages::parse_ticker(body)
    }

    fn depth(&self) -> Question {
        question(self.requests.order_book())
    }

    fn read_depth(&self, body: &[u8]) -> Result<RawBook, MessageError> {
        messages::parse_depth(body)
    }

    fn history(&self, step: Step) -> Option<Box<dyn History>> {
        Some(Box::new(Ohlc::new(&self.requests, step)?))
    }

    fn candles_weight(&self) -> u32 {
        1
    }

    fn trades(&self, gap: &TradeGap, cursor: Option<&TradeCursor>) -> Question {
        let window = cursor.map_or_else(|| messages::Window::first(gap), messages::Window::of);
        question(self.requests.transactions(window.word()))
    }

    fn read_trades(
        &self,
        gap: &TradeGap,
        body: &[u8],
        received_at: i64,
    ) -> Result<ParsedTrades, MessageError> {
        messages::parse_transactions(gap, body, received_at)
    }

    fn time(&self) -> Option<Question> {
        None
    }

    fn read_time(&self, _body: &[u8]) -> Result<i64, MessageError> {
        Err(MessageError::Contract {
            what: "the venue's clock",
            reason: "this venue does not tell it".to_owned(),
        })
    }

    fn stream_url(&self, _channels: &[Channel]) -> String {
        self.stream.clone()
    }

    fn session(&self, channels: &[Channel]) -> Box<dyn Session> {
        Box::new(BitstampSession::new(
            &self.symbol,
            channels,
            self.requests.order_book(),
        ))
    }
}
