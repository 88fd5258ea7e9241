//! Connections: subscriptions by message, within five seconds.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};

use super::{
    super::{Act, Dialect, Kind},
    PRODUCT, wire,
};
use crate::simulator::{
    book::TrueBook, fault::Fault, text::led_by, trade::TrueTrade, truth::Day, world::Place,
};

/// Time in which something must be subscribed.
const PATIENCE_MS: i64 = 5_000;
/// Channels that are free for all.
const FREE: [&str; 6] = [
    "ticker",
    "ticker_batch",
    "matches",
    "heartbeat",
    "level2_batch",
    "status",
];
/// Channels that want a key.
const KEYED: [&str; 3] = ["level2", "level3", "full"];
/// Time between two messages of `ticker_batch`.
const BATCH_MS: i64 = 5_000;
/// One change of the book in so many is dirty while [`Fault::Dirt`] is on.
const DIRTY_EVERY: i64 = 10;
/// Messages it takes in a second.
const MESSAGES_PER_SECOND: usize = 100;
/// A change of the book has no number and no checksum.
const BOOK: Kind = Kind::Book {
    checked: false,
    repeatable: true,
};

/// One connection.
#[derive(Debug)]
pub(super) struct Stream {
    place: Place,
    born: i64,
    /// Channels as the client sees them.
    confirmed: BTreeSet<String>,
    /// Those that data follows on.
    live: BTreeSet<String>,
    /// The book that the client has.
    book: Option<Arc<TrueBook>>,
    /// Figures of the day, taken once a second.
    day: Option<(i64, Day)>,
}

impl Stream {
    pub(super) const fn new(place: Place, now: i64) -> Self {
        Self {
            place,
            born: now,
            confirmed: BTreeSet::new(),
            live: BTreeSet::new(),
            book: None,
            day: None,
        }
    }

    fn is_live(&self, channel: &str) -> bool {
        self.live.contains(channel)
    }

    fn subscribe(&mut self, message: &Value, at: i64, acts: &mut Vec<Act>) {
        let key_wanted = self.place.on(Fault::KeyRequired, at);
        let mut wanted = Vec::new();
        for (channel, products) in channels(message) {
            let refusal = if KEYED.contains(&channel.as_str())
                || (key_wanted && channel == "level2_batch")
            {
                Some("level2, level3, and full channels now require authentication. https://docs.cloud.coinbase.com/exchange/docs/websocket-auth".to_owned())
            } else if !FREE.contains(&channel.as_str()) {
                Some(format!("{channel} is not a valid channel"))
            } else {
                let unknown = products.iter().find(|product| *product != PRODUCT);
                unknown.map(|product| format!("{product} is not a valid product"))
            };
            if let Some(reason) = refusal {
                let error = json!({
                    "type": "error",
                    "message": "Failed to subscribe",
                    "reason": reason,
                });
                acts.push(Act::Say(Kind::Control, led_by("type", &error)));
                return;
            }
            wanted.push(channel);
        }
        let mute = self.place.on(Fault::AckWithoutData, at);
        let fresh: Vec<String> = wanted
            .iter()
            .filter(|channel| self.confirmed.insert((*channel).clone()))
            .cloned()
            .collect();
        self.confirm(acts);
        if mute {
            return;
        }
        for channel in fresh {
            self.begin(&channel, at, acts);
            self.live.insert(channel);
        }
    }

    fn confirm(&self, acts: &mut Vec<Act>) {
        let channels: Vec<Value> = self
            .confirmed
            .iter()
            .map(|name| json!({ "name": name, "product_ids": [PRODUCT] }))
            .collect();
        let confirmed = json!({ "type": "subscriptions", "channels": channels });
        acts.push(Act::Say(Kind::Control, led_by("type", &confirmed)));
    }

    /// What a channel begins with.
    fn begin(&mut self, channel: &str, at: i64, acts: &mut Vec<Act>) {
        let last = self.place.truth.last_trade(self.place.protocol, at);
        match (channel, last) {
            ("level2_batch", _) => {
                let book = self.place.truth.book(self.place.protocol, at);
                let text = wire::snapshot(&book, self.clock_us(at));
                self.book = Some(book);
                acts.push(Act::Say(Kind::Data, text));
            }
            ("matches", Some(last)) => {
                let text = wire::match_event("last_match", &last);
                acts.push(Act::Say(Kind::Data, text));
            }
            ("ticker" | "ticker_batch", Some(last)) => self.ticker("ticker", &last, at, acts),
            _ => {}
        }
    }

    fn ticker(&mut self, kind: &str, trade: &TrueTrade, at: i64, acts: &mut Vec<Act>) {
        let second = at.div_euclid(1_000);
        if self.day.as_ref().is_none_or(|(taken, _)| *taken != second) {
            let day = self.place.truth.day(self.place.protocol, at);
            self.day = day.map(|day| (second, day));
        }
        if let Some((_, day)) = &self.day {
            let text = wire::ticker_event(kind, day, trade, self.clock_us(trade.at_ms()));
            acts.push(Act::Say(Kind::Data, text));
        }
    }

    fn clock_us(&self, at: i64) -> i64 {
        self.place.own_clock(at) * 1_000
    }
}

/// Channels of a message and the products they are wanted for.
fn channels(message: &Value) -> Vec<(String, Vec<String>)> {
    let products = |value: &Value| -> Option<Vec<String>> {
        let products = value.get("product_ids")?.as_array()?.iter();
        Some(
            products
                .filter_map(|id| id.as_str().map(str::to_owned))
                .collect(),
        )
    };
    let all = products(message).unwrap_or_default();
    let channels = message.get("channels").and_then(Value::as_array);
    channels
        .into_iter()
        .flatten()
        .filter_map(|channel| match channel.as_str() {
            Some(name) => Some((name.to_owned(), all.clone())),
            None => Some((
                channel.get("name")?.as_str()?.to_owned(),
                products(channel).unwrap_or_else(|| all.clone()),
            )),
        })
        .collect()
}

impl Dialect for Stream {
    fn receive(&mut self, text: &str, at: i64, acts: &mut Vec<Act>) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        match message.get("type").and_then(Value::as_str) {
            Some("subscribe") => self.subscribe(&message, at, acts),
            Some("unsubscribe") => {
                for (channel, _) in channels(&message) {
                    self.confirmed.remove(&channel);
                    self.live.remove(&channel);
                }
                self.confirm(acts);
            }
            _ => {
                let error = json!({
                    "type": "error",
                    "message": "Malformed JSON",
                    "reason": "type has to be either subscribe or unsubscribe",
                });
                acts.push(Act::Say(Kind::Control, led_by("type", &error)));
            }
        }
    }

    fn wants_trades(&self) -> bool {
        self.is_live("matches") || self.is_live("ticker")
    }

    fn trade(&mut self, trade: &TrueTrade, acts: &mut Vec<Act>) {
        if self.is_live("matches") {
            let text = wire::match_event("match", trade);
            acts.push(Act::Say(Kind::Trade, text));
        }
        if self.is_live("ticker") {
            self.ticker("ticker", trade, trade.at_ms(), acts);
        }
    }

    fn tick(&mut self, at: i64, acts: &mut Vec<Act>) {
        if self.confirmed.is_empty() && at - self.born >= PATIENCE_MS {
            acts.push(Act::Close(1000, "no subscription within 5 seconds"));
            return;
        }
        let protocol = self.place.protocol;
        if self.is_live("level2_batch")
            && let Some(held) = &self.book
        {
            let book = self.place.truth.book(protocol, at);
            let diff = held.diff(&book);
            let dirt = self.place.on(Fault::Dirt, at) && (at / 100) % DIRTY_EVERY == 0;
            if !diff.is_empty() {
                let text = wire::update(&diff, self.clock_us(at), dirt);
                acts.push(Act::Say(BOOK, text));
            }
            self.book = Some(book);
        }
        if at % 1_000 != 0 {
            return;
        }
        let batch = self.is_live("ticker_batch") && at % BATCH_MS == 0;
        if !batch && !self.is_live("heartbeat") {
            return;
        }
        let Some(last) = self.place.truth.last_trade(protocol, at) else {
            return;
        };
        if batch {
            self.ticker("ticker", &last, at, acts);
        }
        if self.is_live("heartbeat") {
            let text = wire::heartbeat(last.id, at, self.clock_us(at));
            acts.push(Act::Say(Kind::Control, text));
        }
    }

    fn messages_per_second(&self) -> Option<usize> {
        Some(MESSAGES_PER_SECOND)
    }
}
