//! The stream of one symbol.
//!
//! The book follows `diff_order_book_…` from a snapshot of REST, not `order_book_…`: the latter mends itself with each
//! message but shows the best 100 levels only, which for bitcoin end before 50 basis points, and repeats all of them
//! each time.

mod book;
mod saved;

use app::model::Quote;

use self::{book::DiffBook, saved::Saved};
use super::messages::{Frame, parse_diff, parse_frame, parse_snapshot, parse_trade, parse_trouble};
use crate::{
    refine::ladder::{Ladder, float},
    source::{
        known::Known,
        message::MessageError,
        session::{Channel, FrameFacts, Session, StreamEvent},
    },
};

/// The venue takes a heartbeat at any time and answers it; proxies on the way close what is silent for a minute.
const KEEP_ALIVE_MS: i64 = 30_000;
const HEARTBEAT: &str = r#"{"event":"bts:heartbeat"}"#;

/// Reads a connection.
#[derive(Debug)]
pub struct BitstampSession {
    /// What is subscribed, by the venue's names.
    channels: Vec<(Channel, String)>,
    snapshot_url: String,
    book: DiffBook,
    known: Known,
}

impl BitstampSession {
    /// For a symbol such as `btcusd`; quotes come by themselves where trades and the book are read.
    #[must_use]
    pub fn new(symbol: &str, channels: &[Channel], snapshot_url: String) -> Self {
        let name = |channel: &Channel| match channel {
            Channel::Trades => Some((*channel, format!("live_trades_{symbol}"))),
            Channel::Book => Some((*channel, format!("diff_order_book_{symbol}"))),
            Channel::Quotes | Channel::Candles => None,
        };
        Self {
            channels: channels.iter().filter_map(name).collect(),
            snapshot_url,
            book: DiffBook::default(),
            known: Known::default(),
        }
    }

    fn channel(&self, name: Option<&str>) -> Option<Channel> {
        let name = name?;
        let is_it = |(_, known): &&(Channel, String)| known == name;
        self.channels
            .iter()
            .find(is_it)
            .map(|(channel, _)| *channel)
    }

    fn data(
        &mut self,
        channel: Channel,
        data: &str,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let facts = |at_ms| FrameFacts {
            channel: Some(channel),
            exchange_at: Some(at_ms),
        };
        if channel == Channel::Trades {
            let trade = match parse_trade(data) {
                Ok(trade) => trade,
                Err(error) => {
                    out.push(StreamEvent::Reject {
                        rule: "trade.contract",
                        raw: data.to_owned(),
                        reason: error.to_string(),
                    });
                    return Ok(FrameFacts::default());
                }
            };
            out.push(StreamEvent::Trade {
                trade,
                history: false,
            });
            self.known.traded(trade.traded_at, trade.price);
            self.quote(trade.traded_at, out);
            return Ok(facts(trade.traded_at));
        }
        let diff = parse_diff(data).inspect_err(|error| self.book.broken(error, out))?;
        let at_ms = diff.at_us / 1_000;
        let best = self.best();
        self.book.change(diff, out);
        if self.best() != best {
            self.quote(at_ms, out);
        }
        Ok(facts(at_ms))
    }

    fn best(&self) -> Option<(rust_decimal::Decimal, rust_decimal::Decimal)> {
        self.book.ladder().and_then(Ladder::best)
    }

    fn quote(&mut self, at_ms: i64, out: &mut Vec<StreamEvent>) {
        let best = self.best();
        let (bid, ask) = (
            best.map(|(bid, _)| float(bid)),
            best.map(|(_, ask)| float(ask)),
        );
        let quote: Option<Quote> = self.known.best(at_ms, bid, ask);
        out.extend(quote.map(StreamEvent::Quote));
    }

    fn event(&mut self, frame: Frame<'_>, out: &mut Vec<StreamEvent>) {
        let channel = self.channel(frame.channel);
        let data = frame.data.map_or("", serde_json::value::RawValue::get);
        match frame.event {
            "bts:subscription_succeeded" => {
                if channel == Some(Channel::Book) {
                    self.book.restart();
                }
                out.extend(channel.map(StreamEvent::Subscribed));
            }
            "bts:request_reconnect" => {
                let words = "the venue asks for a new connection";
                out.push(StreamEvent::Reconnect(words.to_owned()));
            }
            "bts:error" => {
                let trouble = parse_trouble(data);
                out.push(StreamEvent::Refused {
                    channel,
                    reason: trouble.reason,
                    for_good: trouble.for_good,
                });
            }
            // heartbeats, and what the venue may add one day
            _ => {}
        }
    }
}

impl Session for BitstampSession {
    fn hello(&mut self) -> Vec<String> {
        let subscribe = |(_, name): &(Channel, String)| {
            format!(r#"{{"event":"bts:subscribe","data":{{"channel":"{name}"}}}}"#)
        };
        self.channels.iter().map(subscribe).collect()
    }

    fn frame(
        &mut self,
        text: &str,
        _received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        // what cannot be read may have been a change of the book
        let frame = parse_frame(text).inspect_err(|error| self.book.broken(error, out))?;
        let channel = match frame.event {
            "trade" | "data" => self.channel(frame.channel),
            _ => {
                self.event(frame, out);
                return Ok(FrameFacts::default());
            }
        };
        let (Some(channel), Some(data)) = (channel, frame.data) else {
            return Ok(FrameFacts::default());
        };
        self.data(channel, data.get(), out)
    }

    fn snapshot_url(&self) -> Option<String> {
        Some(self.snapshot_url.clone())
    }

    fn snapshot(
        &mut self,
        body: &[u8],
        _received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<(), MessageError> {
        let at_ms = self.book.snapshot(parse_snapshot(body)?, out);
        if let Some(at_ms) = at_ms {
            self.quote(at_ms, out);
        }
        Ok(())
    }

    fn keep_alive(&self) -> Option<(i64, String)> {
        Some((KEEP_ALIVE_MS, HEARTBEAT.to_owned()))
    }

    fn book(&self) -> Option<&Ladder> {
        self.book.ladder()
    }

    fn save(&self) -> String {
        Saved::text(&self.book, &self.known)
    }

    fn restore(&mut self, saved: &str) -> Result<(), MessageError> {
        (self.book, self.known) = Saved::read(saved)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
