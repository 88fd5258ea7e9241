//! Connections: `/ws`, `/ws/<stream>`, `/stream?streams=a/b`.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::model::MINUTE_MS;
use serde_json::{Value, json};

use super::{
    super::{Act, Dialect, Kind, candles::streamed},
    wire,
};
use crate::simulator::{
    book::TrueBook, fault::Fault, params::Params, text::led_by, trade::TrueTrade, world::Place,
};

/// It sends a ping this often.
const PING_MS: i64 = 20_000;
/// It drops a connection this long after a ping without an answer.
const PONG_MS: i64 = 60_000;
/// It cuts a connection after this time.
const LIFETIME_MS: i64 = 24 * 3_600_000;
/// Messages it takes in a second, pings and pongs included.
const MESSAGES_PER_SECOND: usize = 5;
/// Streams it gives on one connection.
const MAX_STREAMS: usize = 1_024;

/// What a stream tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topic {
    AggTrade,
    Trade,
    Kline,
    BookTicker,
    Ticker,
    MiniTicker,
    /// Changes every so many milliseconds.
    Depth(i64),
    /// The best so many levels, every so many milliseconds.
    Partial(usize, i64),
}

impl Topic {
    fn parse(stream: &str) -> Option<Self> {
        Some(match stream.strip_prefix("btcusdt@")? {
            "aggTrade" => Self::AggTrade,
            "trade" => Self::Trade,
            "kline_1m" => Self::Kline,
            "bookTicker" => Self::BookTicker,
            "ticker" => Self::Ticker,
            "miniTicker" => Self::MiniTicker,
            "depth" => Self::Depth(1_000),
            "depth@100ms" => Self::Depth(100),
            "depth5" => Self::Partial(5, 1_000),
            "depth10" => Self::Partial(10, 1_000),
            "depth20" => Self::Partial(20, 1_000),
            "depth5@100ms" => Self::Partial(5, 100),
            "depth10@100ms" => Self::Partial(10, 100),
            "depth20@100ms" => Self::Partial(20, 100),
            _ => return None,
        })
    }
}

/// A stream that is subscribed.
#[derive(Debug)]
struct Subscription {
    topic: Option<Topic>,
    /// The book that the client has, and the number of its newest update.
    book: Option<(Arc<TrueBook>, i64)>,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Stream {
    place: Place,
    combined: bool,
    subscriptions: BTreeMap<String, Subscription>,
    born: i64,
    pinged: i64,
    /// Pings that are not answered yet: when and with what.
    unanswered: Vec<(i64, Vec<u8>)>,
}

impl Stream {
    /// Opens a connection; `None` if there is nothing at the path.
    pub(super) fn open(place: Place, path: &str, query: &str, now: i64) -> Option<Self> {
        let params = Params::parse(query)?;
        // A base URL may end in `/ws` already.
        let path = match path.strip_prefix("/ws") {
            Some(rest) if rest.starts_with("/ws") || rest.starts_with("/stream") => rest,
            _ => path,
        };
        let (combined, streams) = match path.strip_prefix("/ws") {
            Some("" | "/") => (false, ""),
            Some(rest) => (false, rest.strip_prefix('/')?),
            None if path == "/stream" => (true, params.get("streams").unwrap_or_default()),
            None => return None,
        };
        let mut stream = Self {
            place,
            combined,
            subscriptions: BTreeMap::new(),
            born: now,
            pinged: now,
            unanswered: Vec::new(),
        };
        for name in streams.split('/').filter(|name| !name.is_empty()) {
            stream.subscribe(name, now);
        }
        Some(stream)
    }

    /// Unknown streams are subscribed like any other, and never say anything; so does the venue.
    fn subscribe(&mut self, name: &str, at: i64) {
        if self.subscriptions.len() >= MAX_STREAMS || self.subscriptions.contains_key(name) {
            return;
        }
        let mute = self.place.on(Fault::AckWithoutData, at);
        let topic = Topic::parse(name).filter(|_| !mute);
        let book = matches!(topic, Some(Topic::Depth(_))).then(|| {
            let book = self.place.truth.book(self.place.protocol, at);
            let newest = book.update_id();
            (book, newest)
        });
        let subscription = Subscription { topic, book };
        self.subscriptions.insert(name.to_owned(), subscription);
    }

    fn has(&self, topic: Topic) -> bool {
        let mut all = self.subscriptions.values();
        all.any(|subscription| subscription.topic == Some(topic))
    }

    fn names(&self, topic: Topic) -> impl Iterator<Item = &str> {
        self.subscriptions
            .iter()
            .filter(move |(_, subscription)| subscription.topic == Some(topic))
            .map(|(name, _)| name.as_str())
    }

    /// A message as the connection wraps it.
    fn wrapped(&self, name: &str, data: impl std::fmt::Display) -> String {
        wrap(self.combined, name, data)
    }

    fn tell(&self, topic: Topic, kind: Kind, data: impl std::fmt::Display, acts: &mut Vec<Act>) {
        for name in self.names(topic) {
            acts.push(Act::Say(kind, self.wrapped(name, &data)));
        }
    }

    fn ask(&mut self, text: &str, at: i64) -> Value {
        let error = |code: i64, msg: &str, id: &Value| json!({ "error": { "code": code, "msg": msg }, "id": id });
        let Ok(message) = serde_json::from_str::<Value>(text) else {
            let msg = "Invalid JSON: expected value at line 1 column 1";
            return json!({ "error": { "code": 3, "msg": msg } });
        };
        let id = message.get("id").cloned().unwrap_or(Value::Null);
        let params = message.get("params").and_then(Value::as_array);
        let names = params.into_iter().flatten().filter_map(Value::as_str);
        match message.get("method").and_then(Value::as_str) {
            Some("SUBSCRIBE") if params.is_some() => {
                for name in names {
                    self.subscribe(name, at);
                }
                json!({ "result": null, "id": id })
            }
            Some("UNSUBSCRIBE") if params.is_some() => {
                for name in names {
                    self.subscriptions.remove(name);
                }
                json!({ "result": null, "id": id })
            }
            Some("SUBSCRIBE" | "UNSUBSCRIBE") => {
                error(2, "Invalid request: missing field `params`", &id)
            }
            Some("LIST_SUBSCRIPTIONS") => {
                let names: Vec<&String> = self.subscriptions.keys().collect();
                json!({ "result": names, "id": id })
            }
            Some("GET_PROPERTY") => json!({ "result": self.combined, "id": id }),
            Some("SET_PROPERTY") => {
                let value = params.and_then(|params| params.get(1));
                self.combined = value.and_then(Value::as_bool).unwrap_or(self.combined);
                json!({ "result": null, "id": id })
            }
            Some(other) => {
                let msg = format!(
                    "Invalid request: unknown variant `{}`",
                    other.escape_debug()
                );
                error(2, &msg, &id)
            }
            None => error(2, "Invalid request: missing field `method`", &id),
        }
    }

    fn keep_alive(&mut self, at: i64, acts: &mut Vec<Act>) {
        if self
            .unanswered
            .first()
            .is_some_and(|(since, _)| at - since >= PONG_MS)
        {
            acts.push(Act::Drop);
        } else if at - self.born >= LIFETIME_MS {
            acts.push(Act::Close(1001, "connection has reached its time limit"));
        } else if at - self.pinged >= PING_MS {
            self.pinged = at;
            let payload = at.to_string().into_bytes();
            self.unanswered.push((at, payload.clone()));
            acts.push(Act::Ping(payload));
        }
    }

    fn depth(&mut self, at: i64, clock: i64, acts: &mut Vec<Act>) {
        let combined = self.combined;
        let kind = Kind::Book {
            checked: true,
            repeatable: true,
        };
        for (name, subscription) in &mut self.subscriptions {
            match (subscription.topic, &mut subscription.book) {
                (Some(Topic::Depth(every)), Some((held, newest))) if at % every == 0 => {
                    let book = self.place.truth.book(self.place.protocol, at);
                    let diff = held.diff(&book);
                    if diff.is_empty() {
                        continue;
                    }
                    let numbers = (*newest + 1, book.update_id());
                    let event = wire::depth_event(&diff, numbers, clock);
                    *newest = book.update_id();
                    *held = book;
                    acts.push(Act::Say(kind, wrap(combined, name, event)));
                }
                (Some(Topic::Partial(levels, every)), _) if at % every == 0 => {
                    let book = self.place.truth.book(self.place.protocol, at);
                    let event = wire::depth(&book, levels);
                    acts.push(Act::Say(Kind::Data, wrap(combined, name, event)));
                }
                _ => {}
            }
        }
    }

    fn klines(&self, at: i64, clock: i64, acts: &mut Vec<Act>) {
        let (protocol, minute_at) = (self.place.protocol, at - at % MINUTE_MS);
        let mut tell = |opened_at: i64, until: i64, closed: bool| {
            let Some(candle) = streamed(&self.place, opened_at, until) else {
                return;
            };
            let last = self.place.truth.last_trade(protocol, until);
            let last_id = last.map_or(-1, |trade| trade.id);
            let event = wire::kline_event(&candle, closed, last_id, clock);
            self.tell(Topic::Kline, Kind::Data, event, acts);
        };
        if at == minute_at {
            tell(at - MINUTE_MS, at - 1, true);
        }
        if at % 2_000 == 0 {
            tell(minute_at, at, false);
        }
    }
}

fn wrap(combined: bool, name: &str, data: impl std::fmt::Display) -> String {
    if combined {
        format!("{{\"stream\":\"{name}\",\"data\":{data}}}")
    } else {
        data.to_string()
    }
}

impl Dialect for Stream {
    fn receive(&mut self, text: &str, at: i64, acts: &mut Vec<Act>) {
        let answer = self.ask(text, at);
        let first = if answer.get("error").is_some() {
            "error"
        } else {
            "result"
        };
        acts.push(Act::Say(Kind::Control, led_by(first, &answer)));
    }

    fn pong(&mut self, payload: &[u8], at: i64) {
        if self.place.on(Fault::NoPongDrop, at) {
            return;
        }
        if let Some(place) = self.unanswered.iter().position(|(_, sent)| sent == payload) {
            self.unanswered.drain(..=place);
        }
    }

    fn wants_trades(&self) -> bool {
        self.has(Topic::AggTrade) || self.has(Topic::Trade)
    }

    fn trade(&mut self, trade: &TrueTrade, acts: &mut Vec<Act>) {
        let clock = self.place.own_clock(trade.at_ms());
        if self.has(Topic::AggTrade) {
            let event = wire::agg_trade_event(trade, clock);
            self.tell(Topic::AggTrade, Kind::Trade, event, acts);
        }
        if self.has(Topic::Trade) {
            let event = wire::trade_event(trade, clock);
            self.tell(Topic::Trade, Kind::Trade, event, acts);
        }
    }

    fn tick(&mut self, at: i64, acts: &mut Vec<Act>) {
        self.keep_alive(at, acts);
        let clock = self.place.own_clock(at);
        let protocol = self.place.protocol;
        if self.has(Topic::Kline) {
            self.klines(at, clock, acts);
        }
        if at % 1_000 == 0
            && (self.has(Topic::Ticker) || self.has(Topic::MiniTicker))
            && let Some(day) = self.place.truth.day(protocol, at)
        {
            let event = wire::day_event(&day, clock);
            self.tell(Topic::Ticker, Kind::Data, event, acts);
            let event = wire::mini_event(&day, clock);
            self.tell(Topic::MiniTicker, Kind::Data, event, acts);
        }
        if self.has(Topic::BookTicker) {
            let truth = &self.place.truth;
            let book = truth.book(protocol, at);
            if book.best() != truth.book(protocol, at - 100).best() {
                let event = wire::book_ticker_event(&book);
                self.tell(Topic::BookTicker, Kind::Data, event, acts);
            }
        }
        self.depth(at, clock, acts);
    }

    fn goodbye(&mut self, at: i64, acts: &mut Vec<Act>) {
        let event = format!(
            "{{\"e\":\"serverShutdown\",\"E\":{}}}",
            self.place.own_clock(at)
        );
        let text = self.wrapped("!serverShutdown", event);
        acts.push(Act::Say(Kind::Control, text));
    }

    fn messages_per_second(&self) -> Option<usize> {
        Some(MESSAGES_PER_SECOND)
    }
}
