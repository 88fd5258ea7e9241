//! Binance spot, public market data: what is asked and what the answers mean.

pub mod facts;
pub mod history;
pub mod messages;
pub mod requests;
pub mod session;

use app::model::{Quote, Step};

use self::{
    facts::FACTS,
    history::Klines,
    messages::{parse_agg_trades, parse_depth, parse_ticker, parse_time},
    requests::Requests,
    session::BinanceSession,
};
use super::{
    history::History,
    message::{MessageError, ParsedTrades, RawBook, TradeCursor},
    session::{Channel, Session},
    venue::{Facts, Place, Question, TradeGap, Venue},
};

/// One symbol of Binance.
#[derive(Debug, Clone)]
pub struct Binance {
    place: Place,
    requests: Requests,
}

impl Binance {
    /// At a place.
    #[must_use]
    pub fn new(place: &Place) -> Self {
        Self {
            place: place.clone(),
            requests: Requests::new(&place.rest, &place.symbol),
        }
    }
}

impl Venue for Binance {
    fn facts(&self) -> &'static Facts {
        &FACTS
    }

    fn ticker(&self) -> Question {
        Question {
            url: self.requests.ticker_24h(),
            weight: facts::TICKER_WEIGHT,
        }
    }

    fn read_ticker(&self, body: &[u8], _received_at: i64) -> Result<Quote, MessageError> {
        parse_ticker(body)
    }

    fn depth(&self) -> Question {
        Question {
            url: self.requests.depth(facts::DEPTH_LEVELS),
            weight: facts::DEPTH_WEIGHT,
        }
    }

    fn read_depth(&self, body: &[u8]) -> Result<RawBook, MessageError> {
        let depth = parse_depth(body)?;
        Ok(RawBook {
            observed_at: None,
            bids: depth.bids,
            asks: depth.asks,
        })
    }

    fn history(&self, step: Step) -> Option<Box<dyn History>> {
        let Place { rest, symbol, .. } = &self.place;
        Some(Box::new(Klines::new(rest, symbol, step)))
    }

    fn candles_weight(&self) -> u32 {
        facts::TICKER_WEIGHT
    }

    fn trades(&self, gap: &TradeGap, cursor: Option<&TradeCursor>) -> Question {
        let known = gap.from_id.map(|id| id.saturating_add(1));
        let from_id = cursor.and_then(|cursor| cursor.0.parse().ok()).or(known);
        let url = match from_id {
            Some(id) => self.requests.agg_trades_from_id(id, facts::MAX_TRADES),
            None => self
                .requests
                .agg_trades_from(gap.from_at, facts::MAX_TRADES),
        };
        Question {
            url,
            weight: facts::TRADES_WEIGHT,
        }
    }

    fn read_trades(
        &self,
        gap: &TradeGap,
        body: &[u8],
        _received_at: i64,
    ) -> Result<ParsedTrades, MessageError> {
        let mut parsed = parse_agg_trades(body)?;
        let rows = parsed.trades.len() + parsed.rejects.len();
        let last = parsed.trades.iter().max_by_key(|trade| trade.trade_id);
        let next = last.and_then(|last| {
            let next = last.trade_id.saturating_add(1);
            let is_done = rows < facts::MAX_TRADES as usize
                || last.traded_at >= gap.to_at
                || gap.to_id.is_some_and(|to_id| next >= to_id);
            (!is_done).then(|| TradeCursor(next.to_string()))
        });
        parsed.next = next;
        Ok(parsed)
    }

    fn time(&self) -> Option<Question> {
        Some(Question {
            url: self.requests.time(),
            weight: facts::TIME_WEIGHT,
        })
    }

    fn read_time(&self, body: &[u8]) -> Result<i64, MessageError> {
        parse_time(body)
    }

    fn stream_url(&self, _channels: &[Channel]) -> String {
        // what is subscribed is asked for by a message, which the venue acknowledges
        format!("{}/stream", self.place.stream.trim_end_matches('/'))
    }

    fn session(&self, channels: &[Channel]) -> Box<dyn Session> {
        Box::new(BinanceSession::new(self.requests.clone(), channels))
    }
}

#[cfg(test)]
mod tests;
