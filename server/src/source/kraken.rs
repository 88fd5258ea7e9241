//! Kraken spot, public market data: what is asked and what the answers mean.

pub mod facts;
pub mod history;
pub mod messages;
pub mod requests;
pub mod session;

use app::model::{Quote, Step};

use self::{
    facts::FACTS,
    history::Ohlc,
    messages::{parse_depth, parse_ticker, parse_time, parse_trades},
    requests::Requests,
    session::KrakenSession,
};
use super::{
    history::History,
    message::{MessageError, ParsedTrades, RawBook, TradeCursor},
    session::{Channel, Session},
    venue::{Facts, Place, Question, TradeGap, Venue},
};

/// One symbol of Kraken.
#[derive(Debug, Clone)]
pub struct Kraken {
    place: Place,
    requests: Requests,
}

impl Kraken {
    /// At a place.
    #[must_use]
    pub fn new(place: &Place) -> Self {
        Self {
            place: place.clone(),
            requests: Requests::new(&place.rest, &place.symbol),
        }
    }
}

/// Every call counts as one.
const fn question(url: String) -> Question {
    Question { url, weight: 1 }
}

impl Venue for Kraken {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn ticker(&self) -> Question {
        question(self.requests.ticker())
    }

    fn read_ticker(&self, body: &[u8], received_at: i64) -> Result<Quote, MessageError> {
        parse_ticker(body, received_at)
    }

    fn depth(&self) -> Question {
        question(self.requests.depth(facts::MAX_LEVELS))
    }

    fn read_depth(&self, body: &[u8]) -> Result<RawBook, MessageError> {
        parse_depth(body)
    }

    fn history(&self, step: Step) -> Option<Box<dyn History>> {
        Some(Box::new(Ohlc::new(self.requests.clone(), step)))
    }

    fn candles_weight(&self) -> u32 {
        1
    }

    fn trades(&self, gap: &TradeGap, cursor: Option<&TradeCursor>) -> Question {
        // those after a time are asked for: the ones at `from_at` among them
        let first = || {
            (gap.from_at.saturating_mul(1_000_000) - 1)
                .max(0)
                .to_string()
        };
        let since_ns = cursor.map_or_else(first, |cursor| cursor.0.clone());
        question(self.requests.trades(&since_ns, facts::MAX_TRADES))
    }

    fn read_trades(
        &self,
        gap: &TradeGap,
        body: &[u8],
        _received_at: i64,
    ) -> Result<ParsedTrades, MessageError> {
        let mut parsed = parse_trades(body)?;
        let rows = parsed.trades.len() + parsed.rejects.len();
        let is_behind = parsed.trades.iter().any(|trade| {
            trade.traded_at >= gap.to_at || gap.to_id.is_some_and(|to_id| trade.trade_id >= to_id)
        });
        // a full page is followed by another
        if is_behind || rows < facts::MAX_TRADES as usize {
            parsed.next = None;
        }
        Ok(parsed)
    }

    fn time(&self) -> Option<Question> {
        Some(question(self.requests.time()))
    }

    fn read_time(&self, body: &[u8]) -> Result<i64, MessageError> {
        parse_time(body)
    }

    fn stream_url(&self, _channels: &[Channel]) -> String {
        self.place.stream.clone()
    }

    fn session(&self, channels: &[Channel]) -> Box<dyn Session> {
        Box::new(KrakenSession::new(self.requests.symbol(), channels))
    }
}

#[cfg(test)]
mod tests;
