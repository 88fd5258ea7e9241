//! Connections: v2, subscriptions by message, one acknowledgement per symbol.

use std::{collections::BTreeMap, sync::Arc};

use app::model::{MINUTE_MS, bucket_start};
use serde_json::{Value, json};

use super::{
    super::{Act, Dialect, Kind, candles::streamed},
    SYMBOL, book, wire,
};
use crate::simulator::{
    book::{BookDiff, TrueBook},
    fault::Fault,
    text::iso,
    trade::TrueTrade,
    world::Place,
};

/// It says something at least this often.
const HEARTBEAT_MS: i64 = 1_000;
/// Trades it repeats at the beginning.
const HISTORY: usize = 50;
/// Depths of book it has.
const DEPTHS: [i64; 5] = [10, 25, 100, 500, 1_000];
const BOOK: Kind = Kind::Book {
    checked: true,
    repeatable: true,
};

/// A channel that is subscribed.
#[derive(Debug)]
struct Subscription {
    /// Data follows.
    live: bool,
    depth: usize,
    /// The book that the client has.
    book: Option<Arc<TrueBook>>,
    /// The ticker is told with every change of the best prices.
    by_best: bool,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Stream {
    place: Place,
    subscriptions: BTreeMap<String, Subscription>,
    /// When something was said last.
    said: i64,
    /// Time of the newest trade since the last tick.
    traded: Option<i64>,
}

impl Stream {
    pub(super) const fn new(place: Place, now: i64) -> Self {
        Self {
            place,
            subscriptions: BTreeMap::new(),
            said: now,
            traded: None,
        }
    }

    fn is_live(&self, channel: &str) -> bool {
        let subscription = self.subscriptions.get(channel);
        subscription.is_some_and(|subscription| subscription.live)
    }

    fn say(&mut self, kind: Kind, text: String, at: i64, acts: &mut Vec<Act>) {
        self.said = at;
        acts.push(Act::Say(kind, text));
    }

    fn answer(&mut self, message: &Value, mut body: Value, at: i64, acts: &mut Vec<Act>) {
        let time = iso(self.clock_us(at));
        if let Some(fields) = body.as_object_mut() {
            if let Some(id) = message.get("req_id") {
                fields.insert("req_id".to_owned(), id.clone());
            }
            fields.insert("time_in".to_owned(), json!(time));
            fields.insert("time_out".to_owned(), json!(time));
        }
        self.say(Kind::Control, body.to_string(), at, acts);
    }

    fn subscribe(&mut self, message: &Value, at: i64, acts: &mut Vec<Act>) {
        let params = message.get("params").cloned().unwrap_or_default();
        let channel = params
            .get("channel")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if channel == "heartbeat" || channel == "status" {
            let body =
                json!({ "method": "subscribe", "result": { "channel": channel }, "success": true });
            self.answer(message, body, at, acts);
            return;
        }
        let symbols = params.get("symbol").and_then(Value::as_array);
        for symbol in symbols.into_iter().flatten().filter_map(Value::as_str) {
            let depth = params.get("depth").map_or(Some(10), Value::as_i64);
            let depth = depth.filter(|depth| DEPTHS.contains(depth));
            let refusal = if !["trade", "book", "ticker", "ohlc"].contains(&channel) {
                Some("Unsupported channel".to_owned())
            } else if symbol != SYMBOL {
                Some(format!("Currency pair not supported {symbol}"))
            } else if depth.is_none() {
                Some("Subscription depth not supported".to_owned())
            } else if channel == "ohlc" && params.get("interval").and_then(Value::as_i64) != Some(1)
            {
                Some("Interval not supported".to_owned())
            } else if self.subscriptions.contains_key(channel) {
                Some("Already subscribed".to_owned())
            } else {
                None
            };
            if let Some(error) = refusal {
                let body = json!({ "error": error, "method": "subscribe", "success": false, "symbol": symbol });
                self.answer(message, body, at, acts);
                continue;
            }
            let mut result = params.clone();
            if let Some(fields) = result.as_object_mut() {
                fields.insert("symbol".to_owned(), json!(symbol));
                fields.remove("token");
            }
            let body = json!({ "method": "subscribe", "result": result, "success": true });
            self.answer(message, body, at, acts);
            let snapshot = params
                .get("snapshot")
                .and_then(Value::as_bool)
                .unwrap_or(true);
            let subscription = Subscription {
                live: !self.place.on(Fault::AckWithoutData, at),
                depth: depth.unwrap_or(10) as usize,
                book: None,
                by_best: params.get("event_trigger").and_then(Value::as_str) == Some("bbo"),
            };
            let begin = subscription.live;
            self.subscriptions.insert(channel.to_owned(), subscription);
            if begin {
                self.begin(channel, snapshot, at, acts);
            }
        }
    }

    fn unsubscribe(&mut self, message: &Value, at: i64, acts: &mut Vec<Act>) {
        let params = message.get("params").cloned().unwrap_or_default();
        let channel = params
            .get("channel")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let symbols = params.get("symbol").and_then(Value::as_array);
        for symbol in symbols.into_iter().flatten() {
            let body = if symbol == SYMBOL && self.subscriptions.remove(channel).is_some() {
                let result = json!({ "channel": channel, "symbol": symbol });
                json!({ "method": "unsubscribe", "result": result, "success": true })
            } else {
                json!({ "error": "Subscription Not Found", "method": "unsubscribe", "success": false, "symbol": symbol })
            };
            self.answer(message, body, at, acts);
        }
    }

    /// What a channel begins with.
    fn begin(&mut self, channel: &str, snapshot: bool, at: i64, acts: &mut Vec<Act>) {
        let (protocol, clock_us) = (self.place.protocol, self.clock_us(at));
        match channel {
            "trade" if snapshot => {
                let mut newest = self.place.truth.newest_trades(protocol, None, at, HISTORY);
                newest.reverse();
                self.say(Kind::Data, wire::trades("snapshot", &newest), at, acts);
            }
            "ticker" => {
                if let Some(day) = self.place.truth.day(protocol, at) {
                    let text = wire::ticker_event("snapshot", &day, clock_us);
                    self.say(Kind::Data, text, at, acts);
                }
            }
            "ohlc" if snapshot => {
                let minute_at = bucket_start(at, MINUTE_MS);
                let candles: Vec<_> = streamed(&self.place, minute_at, at).into_iter().collect();
                let text = wire::ohlc("snapshot", &candles, clock_us);
                self.say(Kind::Data, text, at, acts);
            }
            "book" => {
                let book = self.place.truth.book(protocol, at);
                let Some(subscription) = self.subscriptions.get_mut(channel) else {
                    return;
                };
                let top = book.top(subscription.depth);
                subscription.book = Some(book);
                let all = BookDiff {
                    bids: top.bids.clone(),
                    asks: top.asks.clone(),
                };
                let wrong = self.place.on(Fault::WrongChecksum, at);
                let text = wire::book("snapshot", &all, &top, clock_us, wrong);
                self.say(Kind::Data, text, at, acts);
            }
            _ => {}
        }
    }

    fn clock_us(&self, at: i64) -> i64 {
        self.place.own_clock(at) * 1_000
    }

    fn book(&mut self, at: i64, acts: &mut Vec<Act>) {
        let clock_us = self.clock_us(at);
        let Some(subscription) = self.subscriptions.get_mut("book") else {
            return;
        };
        let Some(held) = &subscription.book else {
            return;
        };
        let book = self.place.truth.book(self.place.protocol, at);
        let diff = book::changes(held, &book, subscription.depth);
        subscription.book = Some(Arc::clone(&book));
        if !diff.is_empty() {
            let wrong = self.place.on(Fault::WrongChecksum, at);
            let text = wire::book("update", &diff, &book, clock_us, wrong);
            self.say(BOOK, text, at, acts);
        }
    }

    fn ticker(&mut self, at: i64, traded: bool, acts: &mut Vec<Act>) {
        let Some(subscription) = self.subscriptions.get("ticker") else {
            return;
        };
        let (truth, protocol) = (&self.place.truth, self.place.protocol);
        let moved = subscription.by_best
            && truth.book(protocol, at).best() != truth.book(protocol, at - 100).best();
        if subscription.live
            && (traded || moved)
            && let Some(day) = truth.day(protocol, at)
        {
            let text = wire::ticker_event("update", &day, self.clock_us(at));
            self.say(Kind::Data, text, at, acts);
        }
    }
}

impl Dialect for Stream {
    fn greet(&mut self, at: i64, acts: &mut Vec<Act>) {
        self.say(Kind::Control, wire::status("online"), at, acts);
    }

    fn receive(&mut self, text: &str, at: i64, acts: &mut Vec<Act>) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        match message.get("method").and_then(Value::as_str) {
            Some("subscribe") => self.subscribe(&message, at, acts),
            Some("unsubscribe") => self.unsubscribe(&message, at, acts),
            Some("ping") => {
                if !self.place.on(Fault::NoPongDrop, at) {
                    self.answer(&message, json!({ "method": "pong" }), at, acts);
                }
            }
            _ => {
                let body = json!({ "error": "Unsupported method", "success": false });
                self.answer(&message, body, at, acts);
            }
        }
    }

    fn wants_trades(&self) -> bool {
        ["trade", "ohlc", "ticker"]
            .into_iter()
            .any(|channel| self.is_live(channel))
    }

    fn trade(&mut self, trade: &TrueTrade, acts: &mut Vec<Act>) {
        self.traded = Some(trade.at_ms());
        if self.is_live("trade") {
            let text = wire::trades("update", &[*trade]);
            self.say(Kind::Trade, text, trade.at_ms(), acts);
        }
    }

    fn tick(&mut self, at: i64, acts: &mut Vec<Act>) {
        let traded = self.traded.take();
        // Candles are told with trades only: nobody says that a minute is over.
        if self.is_live("ohlc")
            && let Some(traded) = traded
        {
            let minute_at = bucket_start(traded, MINUTE_MS);
            if let Some(candle) = streamed(&self.place, minute_at, at - 1) {
                let text = wire::ohlc("update", &[candle], self.clock_us(at));
                self.say(Kind::Data, text, at, acts);
            }
        }
        self.ticker(at, traded.is_some(), acts);
        self.book(at, acts);
        if at - self.said >= HEARTBEAT_MS && !self.subscriptions.is_empty() {
            let text = "{\"channel\":\"heartbeat\"}".to_owned();
            self.say(Kind::Control, text, at, acts);
        }
    }

    fn goodbye(&mut self, at: i64, acts: &mut Vec<Act>) {
        self.say(Kind::Control, wire::status("maintenance"), at, acts);
    }
}
