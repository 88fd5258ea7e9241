//! Reads the frames of one connection.

mod book;

use app::model::GapCause;
use serde::{Deserialize, Serialize};

use self::book::{DepthBook, SavedBook};
use super::{
    facts::{FACTS, MAX_LEVELS, SNAPSHOT_WEIGHT},
    messages::{
        Frame, parse_agg_trade_event, parse_book_ticker, parse_frame, parse_kline_event,
        parse_ticker_event,
    },
    requests::Requests,
};
use crate::{
    refine::ladder::Ladder,
    source::{
        known::Known,
        message::MessageError,
        session::{BookChange, Channel, FrameFacts, Session, StreamEvent},
    },
};

/// Id of the only request a connection makes.
const SUBSCRIBE_ID: &str = "1";

/// One connection to Binance.
#[derive(Debug)]
pub struct BinanceSession {
    requests: Requests,
    /// The symbol as streams are named by it.
    symbol: String,
    channels: Vec<Channel>,
    known: Known,
    book: DepthBook,
}

/// What [`Session::save`] keeps.
#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    known: Known,
    book: SavedBook,
}

impl BinanceSession {
    /// For a symbol and what the venue offers of these channels.
    #[must_use]
    pub fn new(requests: Requests, channels: &[Channel]) -> Self {
        Self {
            symbol: requests.symbol().to_ascii_lowercase(),
            requests,
            channels: channels
                .iter()
                .copied()
                .filter(|channel| FACTS.channels.contains(channel))
                .collect(),
            known: Known::default(),
            book: DepthBook::default(),
        }
    }

    fn streams(&self) -> impl Iterator<Item = String> {
        let of = |channel: &Channel| -> &[&str] {
            match channel {
                Channel::Trades => &["aggTrade"],
                // the one has the best bid and ask as they change, the other the rest, once a second
                Channel::Quotes => &["bookTicker", "ticker"],
                Channel::Book => &["depth@100ms"],
                Channel::Candles => &["kline_1m"],
            }
        };
        self.channels
            .iter()
            .flat_map(of)
            .map(|stream| format!("{}@{stream}", self.symbol))
    }

    /// Reads what a stream of this symbol says.
    fn data(
        &mut self,
        stream: &str,
        data: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let facts = |channel, exchange_at| FrameFacts {
            channel: Some(channel),
            exchange_at,
        };
        match stream {
            "aggTrade" => match parse_agg_trade_event(data) {
                Ok((trade, event_at)) => {
                    self.known.traded(trade.traded_at, trade.price);
                    out.push(StreamEvent::Trade {
                        trade,
                        history: false,
                    });
                    let exchange_at = event_at.unwrap_or(trade.traded_at);
                    return Ok(facts(Channel::Trades, Some(exchange_at)));
                }
                Err(reason) => out.push(reject("trade.contract", data, reason)),
            },
            "bookTicker" => match parse_book_ticker(data) {
                Ok((bid, ask)) => {
                    let quote = self.known.best(received_at, bid, ask);
                    out.extend(quote.map(StreamEvent::Quote));
                    return Ok(facts(Channel::Quotes, None));
                }
                Err(reason) => out.push(reject("quote.contract", data, reason)),
            },
            "ticker" => match parse_ticker_event(data) {
                Ok(quote) => {
                    self.known.told(quote);
                    out.push(StreamEvent::Quote(quote));
                    return Ok(facts(Channel::Quotes, Some(quote.observed_at)));
                }
                Err(reason) => out.push(reject("quote.contract", data, reason)),
            },
            "kline_1m" => match parse_kline_event(data) {
                Ok((candle, event_at)) => {
                    out.push(StreamEvent::Candle(candle));
                    return Ok(facts(Channel::Candles, event_at));
                }
                Err(reason) => out.push(reject("candle.contract", data, reason)),
            },
            "depth" | "depth@100ms" => {
                let exchange_at = self.book.update(data, out)?;
                return Ok(facts(Channel::Book, exchange_at));
            }
            _ => {}
        }
        Ok(FrameFacts::default())
    }
}

fn reject(rule: &'static str, raw: &str, reason: String) -> StreamEvent {
    StreamEvent::Reject {
        rule,
        raw: raw.to_owned(),
        reason,
    }
}

impl Session for BinanceSession {
    fn hello(&mut self) -> Vec<String> {
        let params: Vec<String> = self.streams().map(|stream| format!("{stream:?}")).collect();
        if params.is_empty() {
            return Vec::new();
        }
        // one message: the venue counts them
        let params = params.join(",");
        vec![format!(
            r#"{{"method":"SUBSCRIBE","params":[{params}],"id":{SUBSCRIBE_ID}}}"#
        )]
    }

    fn frame(
        &mut self,
        text: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let frame = parse_frame(text).inspect_err(|_| {
            if text.contains("@depth") {
                let reason = "a frame with changes of the book cannot be read".to_owned();
                self.book.lose(reason, out);
            }
        })?;
        match frame {
            Frame::Data { stream, data } => match stream.split_once('@') {
                Some((symbol, stream)) if symbol == self.symbol => {
                    return self.data(stream, data.get(), received_at, out);
                }
                _ => {}
            },
            Frame::Taken { id: SUBSCRIBE_ID } => {
                out.extend(self.channels.iter().copied().map(StreamEvent::Subscribed));
            }
            // the codes of refused requests all speak of the request itself: it would be refused again
            Frame::Refused { code, msg } => out.push(StreamEvent::Refused {
                channel: None,
                reason: format!("{msg} (code {code})"),
                for_good: true,
            }),
            Frame::Shutdown => {
                let reason = "the venue announces that its server goes down".to_owned();
                out.push(StreamEvent::Reconnect(reason));
            }
            Frame::Taken { .. } | Frame::Other => {}
        }
        Ok(FrameFacts::default())
    }

    fn snapshot_url(&self) -> Option<String> {
        Some(self.requests.depth(MAX_LEVELS))
    }

    fn snapshot_weight(&self) -> u32 {
        SNAPSHOT_WEIGHT
    }

    fn snapshot(
        &mut self,
        body: &[u8],
        _received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<(), MessageError> {
        self.book.snapshot(body, out)
    }

    fn book(&self) -> Option<&Ladder> {
        self.book.ladder()
    }

    fn save(&self) -> String {
        let saved = Saved {
            known: self.known.clone(),
            book: self.book.save(),
        };
        serde_json::to_string(&saved).unwrap_or_default()
    }

    fn restore(&mut self, saved: &str) -> Result<(), MessageError> {
        let saved: Saved = crate::source::message::restored(saved)?;
        self.book = DepthBook::restore(saved.book).map_err(crate::source::message::not_restored)?;
        self.known = saved.known;
        Ok(())
    }
}

/// The book can no longer be trusted because changes are missing.
const fn lost(reason: String) -> StreamEvent {
    StreamEvent::Book(BookChange::Lost {
        cause: GapCause::Sequence,
        reason,
    })
}

#[cfg(test)]
mod tests;
