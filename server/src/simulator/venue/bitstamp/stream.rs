//! Connections: a subscription for each channel.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use super::{
    super::{Act, Dialect, Kind},
    PAIR, wire,
};
use crate::simulator::{
    book::TrueBook, fault::Fault, text::led_by, trade::TrueTrade, world::Place,
};

/// Levels of each side in `order_book`.
const TOP: usize = 100;
/// It cuts a connection after this time.
const LIFETIME_MS: i64 = 90 * 86_400_000;
/// Neither numbers nor checksums.
const BOOK: Kind = Kind::Book {
    checked: false,
    repeatable: true,
};

/// What a channel tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    Trades,
    /// The best levels.
    Book,
    /// The same with the ids of orders.
    DetailBook,
    /// Levels that changed.
    DiffBook,
}

impl Topic {
    fn parse(channel: &str) -> Option<Self> {
        let name = channel.strip_suffix(PAIR)?.strip_suffix('_')?;
        Some(match name {
            "live_trades" => Self::Trades,
            "order_book" => Self::Book,
            "detail_order_book" => Self::DetailBook,
            "diff_order_book" => Self::DiffBook,
            _ => return None,
        })
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Stream {
    place: Place,
    born: i64,
    /// Channels; `None`: confirmed, but no data follows.
    channels: BTreeMap<String, Option<Topic>>,
    /// The book at the last tick.
    book: Option<Arc<TrueBook>>,
}

impl Stream {
    pub(super) const fn new(place: Place, now: i64) -> Self {
        Self {
            place,
            born: now,
            channels: BTreeMap::new(),
            book: None,
        }
    }

    fn names(&self, topic: Topic) -> impl Iterator<Item = &str> {
        self.channels
            .iter()
            .filter(move |(_, live)| **live == Some(topic))
            .map(|(name, _)| name.as_str())
    }
}

fn control(event: &str, channel: &str, data: &Value) -> Act {
    let body = json!({ "event": event, "channel": channel, "data": data });
    Act::Say(Kind::Control, led_by("event", &body))
}

fn error(message: &str) -> Act {
    control(
        "bts:error",
        "",
        &json!({ "code": null, "message": message }),
    )
}

impl Dialect for Stream {
    fn receive(&mut self, text: &str, at: i64, acts: &mut Vec<Act>) {
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            acts.push(error("Incorrect JSON format."));
            return;
        };
        let channel = message.pointer("/data/channel").and_then(Value::as_str);
        let event = message.get("event").and_then(Value::as_str);
        match (event, channel) {
            (Some("bts:heartbeat"), _) => {
                if !self.place.on(Fault::NoPongDrop, at) {
                    acts.push(control(
                        "bts:heartbeat",
                        "",
                        &json!({ "status": "success" }),
                    ));
                }
            }
            (Some("bts:subscribe"), Some(channel)) => {
                let Some(topic) = Topic::parse(channel) else {
                    acts.push(error("Bad subscription string."));
                    return;
                };
                let mute = self.place.on(Fault::AckWithoutData, at);
                let book = self.place.truth.book(self.place.protocol, at);
                self.book.get_or_insert(book);
                let live = (!mute).then_some(topic);
                self.channels.entry(channel.to_owned()).or_insert(live);
                acts.push(control("bts:subscription_succeeded", channel, &json!({})));
            }
            (Some("bts:unsubscribe"), Some(channel)) => {
                if self.channels.remove(channel).is_some() {
                    acts.push(control("bts:unsubscription_succeeded", channel, &json!({})));
                } else {
                    acts.push(error("Bad subscription string."));
                }
            }
            _ => acts.push(error("Bad subscription string.")),
        }
    }

    fn wants_trades(&self) -> bool {
        self.names(Topic::Trades).next().is_some()
    }

    fn trade(&mut self, trade: &TrueTrade, acts: &mut Vec<Act>) {
        let data = wire::trade(trade);
        for name in self.names(Topic::Trades) {
            let text = wire::event("trade", name, &data);
            acts.push(Act::Say(Kind::Trade, text));
        }
    }

    fn tick(&mut self, at: i64, acts: &mut Vec<Act>) {
        if at - self.born >= LIFETIME_MS {
            acts.push(Act::Close(1001, "connection has reached its time limit"));
            return;
        }
        let Some(held) = self.book.take() else {
            return;
        };
        let book = self.place.truth.book(self.place.protocol, at);
        let diff = held.diff(&book);
        let clock_us = self.place.own_clock(at) * 1_000;
        if !diff.is_empty() {
            let mut tell = |topic: Topic, data: &dyn Fn() -> String| {
                for name in self.names(topic) {
                    acts.push(Act::Say(BOOK, wire::event("data", name, &data())));
                }
            };
            tell(Topic::DiffBook, &|| {
                wire::book(&diff.bids, &diff.asks, clock_us)
            });
            let top = book.top(TOP);
            tell(Topic::Book, &|| wire::book(&top.bids, &top.asks, clock_us));
            tell(Topic::DetailBook, &|| {
                wire::book_with_ids(&top, clock_us).to_string()
            });
        }
        self.book = Some(book);
    }

    fn goodbye(&mut self, _at: i64, acts: &mut Vec<Act>) {
        acts.push(control("bts:request_reconnect", "", &json!("")));
    }
}
