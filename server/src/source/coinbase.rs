//! Coinbase Exchange, public market data: what is asked and what the answers mean.

pub mod facts;
pub mod history;
pub mod messages;
pub mod requests;
pub mod session;

use app::model::{Quote, Step};

use self::{
    facts::FACTS,
    history::Candles,
    messages::{parse_book, parse_ticker, parse_time, parse_trades},
    requests::Requests,
    session::CoinbaseSession,
};
use super::{
    history::History,
    message::{MessageError, ParsedTrades, RawBook, TradeCursor},
    session::{Channel, Session},
    venue::{Facts, Place, Question, TradeGap, Venue},
};

/// One product of Coinbase Exchange.
#[derive(Debug, Clone)]
pub struct Coinbase {
    place: Place,
    requests: Requests,
}

impl Coinbase {
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

impl Venue for Coinbase {
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
        question(self.requests.book())
    }

    fn read_depth(&self, body: &[u8]) -> Result<RawBook, MessageError> {
        parse_book(body)
    }

    fn history(&self, step: Step) -> Option<Box<dyn History>> {
        let candles = Candles::new(self.requests.clone(), step)?;
        Some(Box::new(candles))
    }

    fn candles_weight(&self) -> u32 {
        1
    }

    fn trades(&self, gap: &TradeGap, cursor: Option<&TradeCursor>) -> Question {
        // pages lead back in time; no page can be asked for by time
        let older_than = cursor
            .and_then(|cursor| cursor.0.parse().ok())
            .or(gap.to_id);
        question(self.requests.trades(facts::MAX_TRADES, older_than))
    }

    fn read_trades(
        &self,
        gap: &TradeGap,
        body: &[u8],
        _received_at: i64,
    ) -> Result<ParsedTrades, MessageError> {
        let mut parsed = parse_trades(body)?;
        let rows = parsed.trades.len() + parsed.rejects.len();
        let oldest = parsed.trades.iter().min_by_key(|trade| trade.trade_id);
        parsed.next = oldest.and_then(|oldest| {
            let is_done = rows < facts::MAX_TRADES as usize
                || oldest.traded_at < gap.from_at
                || gap
                    .from_id
                    .is_some_and(|from_id| oldest.trade_id <= from_id.saturating_add(1));
            (!is_done).then(|| TradeCursor(oldest.trade_id.to_string()))
        });
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
        Box::new(CoinbaseSession::new(self.requests.product(), channels))
    }
}

#[cfg(test)]
mod tests;
