//! Reads the frames of one connection.

mod book;
mod candle;
mod checksum;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use self::{
    book::{CheckedBook, SavedBook},
    candle::Forming,
};
use super::{
    facts::{BOOK_DEPTH, FACTS},
    messages::{Frame, parse_frame, parse_status, parse_ticker_row, parse_trade_row, rows},
};
use crate::{
    refine::ladder::Ladder,
    source::{
        known::Known,
        message::{MessageError, not_restored, restored},
        session::{Channel, FrameFacts, Session, StreamEvent},
    },
};

/// One connection to Kraken.
#[derive(Debug)]
pub struct KrakenSession {
    symbol: String,
    channels: Vec<Channel>,
    known: Known,
    book: CheckedBook,
    forming: Forming,
}

/// What [`Session::save`] keeps.
#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    known: Known,
    book: SavedBook,
    forming: Forming,
}

impl KrakenSession {
    /// For a symbol and what the venue offers of these channels.
    #[must_use]
    pub fn new(symbol: &str, channels: &[Channel]) -> Self {
        Self {
            symbol: symbol.to_owned(),
            channels: channels
                .iter()
                .copied()
                .filter(|channel| FACTS.channels.contains(channel))
                .collect(),
            known: Known::default(),
            book: CheckedBook::default(),
            forming: Forming::default(),
        }
    }

    fn request(&self, method: &str, channel: Channel) -> String {
        let (name, id) = (name(channel), id(channel));
        let options = match (channel, method) {
            (Channel::Book, "subscribe") => format!(r#","depth":{BOOK_DEPTH},"snapshot":true"#),
            (Channel::Book, _) => format!(r#","depth":{BOOK_DEPTH}"#),
            (Channel::Candles, _) => r#","interval":1,"snapshot":true"#.to_owned(),
            // whenever best bid or ask change; trades bring the last price
            (Channel::Quotes, _) => r#","event_trigger":"bbo","snapshot":true"#.to_owned(),
            (Channel::Trades, _) => r#","snapshot":true"#.to_owned(),
        };
        format!(
            r#"{{"method":"{method}","params":{{"channel":"{name}","symbol":["{}"]{options}}},"req_id":{id}}}"#,
            self.symbol
        )
    }

    fn subscribe_again(&mut self, received_at: i64, out: &mut Vec<StreamEvent>) {
        let has_book = self.channels.contains(&Channel::Book);
        if has_book && self.book.wants_subscription(received_at) {
            for method in ["unsubscribe", "subscribe"] {
                out.push(StreamEvent::Send(self.request(method, Channel::Book)));
            }
        }
    }

    fn refused(&self, req_id: Option<u64>, reason: String) -> Option<StreamEvent> {
        let channel = Channel::ALL
            .into_iter()
            .find(|channel| Some(id(*channel)) == req_id);
        if reason.contains("Already subscribed") {
            return channel.map(StreamEvent::Subscribed);
        }
        let for_good = ["not supported", "not found", "Invalid", "Malformed"]
            .iter()
            .any(|words| reason.contains(words));
        Some(StreamEvent::Refused {
            channel,
            reason,
            for_good,
        })
    }

    /// Reads the rows of a channel that has them one by one.
    fn rows(
        &mut self,
        channel: Channel,
        data: &RawValue,
        is_snapshot: bool,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let (mut came, mut exchange_at) = (None, None);
        for row in rows(data)? {
            let (rule, read) = match channel {
                Channel::Trades => ("trade.contract", self.trade(row.get(), is_snapshot, out)),
                Channel::Candles => (
                    "candle.contract",
                    self.forming
                        .take(row, &self.symbol, out)
                        .map(|is_ours| is_ours.then_some(None)),
                ),
                _ => ("quote.contract", self.quote(row.get(), received_at, out)),
            };
            match read {
                Ok(Some(at)) => {
                    came = Some(channel);
                    exchange_at = exchange_at.max(at);
                }
                Ok(None) => {}
                Err(reason) => out.push(StreamEvent::Reject {
                    rule,
                    raw: row.get().to_owned(),
                    reason,
                }),
            }
        }
        if channel == Channel::Candles {
            out.extend(self.forming.newest());
        }
        Ok(FrameFacts {
            channel: came,
            exchange_at,
        })
    }

    /// `None` for a row of another symbol, else its time.
    fn trade(
        &mut self,
        row: &str,
        history: bool,
        out: &mut Vec<StreamEvent>,
    ) -> Result<Option<Option<i64>>, String> {
        let Some(trade) = parse_trade_row(row, &self.symbol)? else {
            return Ok(None);
        };
        self.known.traded(trade.traded_at, trade.price);
        out.push(StreamEvent::Trade { trade, history });
        Ok(Some(Some(trade.traded_at)))
    }

    fn quote(
        &mut self,
        row: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<Option<Option<i64>>, String> {
        let Some((quote, at)) = parse_ticker_row(row, &self.symbol, received_at)? else {
            return Ok(None);
        };
        self.known.told(quote);
        out.push(StreamEvent::Quote(quote));
        Ok(Some(at))
    }
}

/// The venue's name of a channel.
const fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Trades => "trade",
        Channel::Quotes => "ticker",
        Channel::Book => "book",
        Channel::Candles => "ohlc",
    }
}

fn channel_of(name: &str) -> Option<Channel> {
    Channel::ALL
        .into_iter()
        .find(|channel| self::name(*channel) == name)
}

/// Number of the request for a channel: a refusal has nothing else that tells which one it is.
const fn id(channel: Channel) -> u64 {
    match channel {
        Channel::Trades => 1,
        Channel::Quotes => 2,
        Channel::Book => 3,
        Channel::Candles => 4,
    }
}

impl Session for KrakenSession {
    fn hello(&mut self) -> Vec<String> {
        let subscribe = |channel: &Channel| self.request("subscribe", *channel);
        self.channels.iter().map(subscribe).collect()
    }

    fn frame(
        &mut self,
        text: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let read = parse_frame(text).inspect_err(|_| {
            if text.contains("\"book\"") {
                let reason = "a frame with changes of the book cannot be read".to_owned();
                self.book.lose(reason, received_at, out);
            }
        });
        self.subscribe_again(received_at, out);
        let mut facts = FrameFacts::default();
        match read? {
            Frame::Data {
                channel: "status",
                data,
                ..
            } => {
                for row in rows(data)? {
                    let words = parse_status(row.get()).map_err(|reason| {
                        let what = "the state of the venue";
                        MessageError::Contract { what, reason }
                    })?;
                    let open = words == "online";
                    out.push(StreamEvent::Status { open, words });
                }
            }
            Frame::Data {
                channel,
                is_snapshot,
                data,
            } => match channel_of(channel) {
                Some(Channel::Book) => {
                    let taken =
                        self.book
                            .take(data.get(), (&self.symbol, is_snapshot), received_at, out);
                    self.subscribe_again(received_at, out);
                    facts = taken?;
                }
                Some(channel) => {
                    facts = self.rows(channel, data, is_snapshot, received_at, out)?;
                }
                None => {}
            },
            Frame::Subscribed { channel, symbol } if symbol == self.symbol => {
                out.extend(channel_of(&channel).map(StreamEvent::Subscribed));
            }
            Frame::Refused { req_id, reason } => out.extend(self.refused(req_id, reason)),
            Frame::Subscribed { .. } | Frame::Other => {}
        }
        Ok(facts)
    }

    fn book(&self) -> Option<&Ladder> {
        self.book.ladder()
    }

    fn save(&self) -> String {
        let saved = Saved {
            known: self.known.clone(),
            book: self.book.save(),
            forming: self.forming.clone(),
        };
        serde_json::to_string(&saved).unwrap_or_default()
    }

    fn restore(&mut self, saved: &str) -> Result<(), MessageError> {
        let saved: Saved = restored(saved)?;
        self.book = CheckedBook::restore(&saved.book).map_err(not_restored)?;
        (self.known, self.forming) = (saved.known, saved.forming);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
