//! Reads the frames of one connection.

mod book;

use serde::{Deserialize, Serialize};

use self::book::{BatchedBook, SavedBook};
use super::{
    facts::FACTS,
    messages::{
        parse_error_frame, parse_head, parse_heartbeat, parse_match, parse_subscriptions,
        parse_ticker_frame,
    },
};
use crate::{
    refine::ladder::Ladder,
    source::{
        known::Known,
        message::{MessageError, not_restored, restored},
        session::{Channel, FrameFacts, Session, StreamEvent},
    },
};

/// Types of frames without changes of the book.
const NO_BOOK: [&str; 4] = [
    "\"ticker\"",
    "match\"",
    "\"heartbeat\"",
    "\"subscriptions\"",
];

/// One connection to Coinbase Exchange.
#[derive(Debug)]
pub struct CoinbaseSession {
    product: String,
    channels: Vec<Channel>,
    /// Channels whose subscription the venue has confirmed: it lists all of them each time.
    confirmed: Vec<Channel>,
    known: Known,
    /// Newest number that a ticker had: frames may come out of order.
    sequence: i64,
    book: BatchedBook,
}

/// What [`Session::save`] keeps.
#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    confirmed: Vec<String>,
    known: Known,
    sequence: i64,
    book: SavedBook,
}

impl CoinbaseSession {
    /// For a product and what the venue offers of these channels.
    #[must_use]
    pub fn new(product: &str, channels: &[Channel]) -> Self {
        Self {
            product: product.to_owned(),
            channels: channels
                .iter()
                .copied()
                .filter(|channel| FACTS.channels.contains(channel))
                .collect(),
            confirmed: Vec::new(),
            known: Known::default(),
            sequence: 0,
            book: BatchedBook::default(),
        }
    }

    fn request(&self, request: &str, channel: &str) -> String {
        format!(
            r#"{{"type":"{request}","product_ids":["{}"],"channels":["{channel}"]}}"#,
            self.product
        )
    }

    fn subscribe_again(&mut self, received_at: i64, out: &mut Vec<StreamEvent>) {
        let has_book = self.channels.contains(&Channel::Book);
        if has_book && self.book.wants_subscription(received_at) {
            for request in ["unsubscribe", "subscribe"] {
                let text = self.request(request, name(Channel::Book));
                out.push(StreamEvent::Send(text));
            }
        }
    }

    fn subscriptions(
        &mut self,
        text: &str,
        out: &mut Vec<StreamEvent>,
    ) -> Result<(), MessageError> {
        for name in parse_subscriptions(text, &self.product)? {
            let Some(channel) = channel_of(&name) else {
                continue;
            };
            if !self.confirmed.contains(&channel) {
                self.confirmed.push(channel);
                out.push(StreamEvent::Subscribed(channel));
            }
        }
        Ok(())
    }

    /// Reads a frame of this product.
    fn data(
        &mut self,
        kind: &str,
        text: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let facts = |channel, exchange_at| FrameFacts {
            channel,
            exchange_at,
        };
        let (rule, reason) = match kind {
            "match" | "last_match" => match parse_match(text) {
                Ok(trade) => {
                    let history = kind == "last_match";
                    self.known.traded(trade.traded_at, trade.price);
                    out.push(StreamEvent::Trade { trade, history });
                    return Ok(facts(Some(Channel::Trades), Some(trade.traded_at)));
                }
                Err(reason) => ("trade.contract", reason),
            },
            "ticker" => match parse_ticker_frame(text, received_at) {
                Ok(ticker) => {
                    if ticker.sequence >= self.sequence {
                        self.sequence = ticker.sequence;
                        self.known.told(ticker.quote);
                        out.push(StreamEvent::Quote(ticker.quote));
                    }
                    return Ok(facts(Some(Channel::Quotes), ticker.exchange_at));
                }
                Err(reason) => ("quote.contract", reason),
            },
            "snapshot" | "l2update" => {
                let at = self.book.take(kind, text, received_at, out)?;
                return Ok(facts(Some(Channel::Book), at));
            }
            // it comes each second, whether or not something happens: no data, but the venue's clock
            "heartbeat" => return Ok(facts(None, parse_heartbeat(text)?)),
            _ => return Ok(FrameFacts::default()),
        };
        out.push(StreamEvent::Reject {
            rule,
            raw: text.to_owned(),
            reason,
        });
        Ok(FrameFacts::default())
    }
}

/// The venue's name of a channel. That of single changes of the book wants a key since August 2023; that of changes
/// put together, 50 ms at a time, does not.
const fn name(channel: Channel) -> &'static str {
    match channel {
        Channel::Trades => "matches",
        Channel::Quotes => "ticker",
        Channel::Book | Channel::Candles => "level2_batch",
    }
}

/// The channel of a name; the venue confirms the book's under others than it was asked by.
fn channel_of(name: &str) -> Option<Channel> {
    match name {
        "matches" => Some(Channel::Trades),
        "ticker" => Some(Channel::Quotes),
        name if name.starts_with("level2") => Some(Channel::Book),
        _ => None,
    }
}

/// What a refusal is about: its words are all that tells.
fn refused(reason: String) -> StreamEvent {
    let wants_key = reason.contains("require authentication");
    let for_good = wants_key
        || ["not a valid product", "is not a valid channel", "delisted"]
            .iter()
            .any(|words| reason.contains(words));
    StreamEvent::Refused {
        channel: (wants_key || reason.contains("level2")).then_some(Channel::Book),
        reason,
        for_good,
    }
}

impl Session for CoinbaseSession {
    fn hello(&mut self) -> Vec<String> {
        // one message for each: a refused one would take the others with it
        let names = self.channels.iter().map(|channel| name(*channel));
        names
            .chain(["heartbeat"])
            .map(|name| self.request("subscribe", name))
            .collect()
    }

    fn frame(
        &mut self,
        text: &str,
        received_at: i64,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        let head = parse_head(text).inspect_err(|_| {
            // changes have no numbers: nothing later would tell that one is missing
            if !NO_BOOK.iter().any(|kind| text.contains(kind)) {
                let reason = "a frame that cannot be read may have changed the book".to_owned();
                self.book.lose(reason, received_at, out);
            }
        });
        let facts = match head {
            Ok(head) if head.kind == "subscriptions" => self
                .subscriptions(text, out)
                .map(|()| FrameFacts::default()),
            Ok(head) if head.kind == "error" => parse_error_frame(text).map(|reason| {
                out.push(refused(reason));
                FrameFacts::default()
            }),
            Ok(head) if head.product_id == Some(self.product.as_str()) => {
                self.data(head.kind, text, received_at, out)
            }
            Ok(_) => Ok(FrameFacts::default()),
            Err(error) => Err(error),
        };
        self.subscribe_again(received_at, out);
        facts
    }

    fn book(&self) -> Option<&Ladder> {
        self.book.ladder()
    }

    fn save(&self) -> String {
        let saved = Saved {
            confirmed: self
                .confirmed
                .iter()
                .map(|channel| channel.as_str().to_owned())
                .collect(),
            known: self.known.clone(),
            sequence: self.sequence,
            book: self.book.save(),
        };
        serde_json::to_string(&saved).unwrap_or_default()
    }

    fn restore(&mut self, saved: &str) -> Result<(), MessageError> {
        let saved: Saved = restored(saved)?;
        self.book = BatchedBook::restore(&saved.book).map_err(not_restored)?;
        self.confirmed = saved
            .confirmed
            .iter()
            .filter_map(|word| Channel::parse(word))
            .collect();
        (self.known, self.sequence) = (saved.known, saved.sequence);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
