//! Bitfinex, public market data: what is asked, what the answers mean, how its stream is followed.

pub mod facts;
pub mod history;
pub mod messages;
pub mod requests;
pub mod session;

use app::model::{Quote, Step};

use self::{
    facts::{CANDLES_WEIGHT, FACTS, TRADES_WEIGHT},
    history::Candles,
    requests::Requests,
    session::BitfinexSession,
};
use super::{
    history::History,
    message::{MessageError, ParsedTrades, RawBook, TradeCursor},
    session::{Channel, Session},
    venue::{Facts, Place, Question, TradeGap, Venue},
};

/// One symbol of the venue.
#[derive(Debug, Clone)]
pub struct Bitfinex {
    requests: Requests,
    stream: String,
}

impl Bitfinex {
    /// At these base URLs.
    #[must_use]
    pub fn new(place: &Place) -> Self {
        Self {
            requests: Requests::new(&place.rest, &place.symbol),
            stream: place.stream.clone(),
        }
    }
}

impl Venue for Bitfinex {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn ticker(&self) -> Question {
        Question {
            url: self.requests.ticker(),
            weight: 1,
        }
    }

    fn read_ticker(&self, body: &[u8], received_at: i64) -> Result<Quote, MessageError> {
        messages::parse_ticker(body, received_at)
    }

    fn depth(&self) -> Question {
        Question {
            url: self.requests.book(),
            weight: 1,
        }
    }

    fn read_depth(&self, body: &[u8]) -> Result<RawBook, MessageError> {
        messages::parse_depth(body)
    }

    fn history(&self, step: Step) -> Option<Box<dyn History>> {
        Some(Box::new(Candles::new(&self.requests, step)?))
    }

    fn candles_weight(&self) -> u32 {
        CANDLES_WEIGHT
    }

    fn trades(&self, gap: &TradeGap, cursor: Option<&TradeCursor>) -> Question {
        let from = cursor.and_then(|cursor| cursor.0.parse().ok());
        Question {
            url: self
                .requests
                .trades(from.unwrap_or(gap.from_at), gap.to_at - 1),
            weight: TRADES_WEIGHT,
        }
    }

    fn read_trades(
        &self,
        _gap: &TradeGap,
        body: &[u8],
        _received_at: i64,
    ) -> Result<ParsedTrades, MessageError> {
        messages::parse_trades(body)
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
        Box::new(BitfinexSession::new(self.requests.clone(), channels))
    }
}
