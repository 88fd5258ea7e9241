//! Connections: channels by number, messages numbered on demand.

use std::{collections::BTreeMap, sync::Arc};

use app::model::{MINUTE_MS, bucket_start};
use serde_json::{Value, json};

use super::{
    super::{
        Act, Dialect, Kind,
        candles::{CandlesQuery, Untraded, candles, streamed},
    },
    SYMBOL, wire,
};
use crate::simulator::{
    book::TrueBook, fault::Fault, text::led_by, trade::TrueTrade, world::Place,
};

/// Flag: messages carry a time.
const WITH_TIME: i64 = 32_768;
/// Flag: messages are numbered.
const WITH_SEQUENCE: i64 = 65_536;
/// Flag: books have checksums.
const WITH_CHECKSUM: i64 = 131_072;
/// Every channel says something this often.
const HEARTBEAT_MS: i64 = 15_000;
/// A checksum is sent this often.
const CHECKSUM_MS: i64 = 1_000;
/// Trades and candles it repeats at the beginning.
const HISTORY: usize = 30;
/// Channels it gives on one connection.
const MAX_CHANNELS: usize = 25;
/// The candles it streams.
const CANDLES: &str = "trade:1m:tBTCUSD";

/// What a channel tells.
#[derive(Debug)]
enum Topic {
    Ticker,
    Trades,
    Candles,
    /// The best so many levels, and those that the client has.
    Book(usize, Arc<TrueBook>),
}

/// A channel that is subscribed.
#[derive(Debug)]
struct Channel {
    topic: Topic,
    /// Data follows.
    live: bool,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Stream {
    place: Place,
    channels: BTreeMap<i64, Channel>,
    next_channel: i64,
    flags: i64,
    sequence: i64,
    /// Time of the newest trade since the last tick.
    traded: Option<i64>,
}

impl Stream {
    pub(super) const fn new(place: Place) -> Self {
        Self {
            place,
            channels: BTreeMap::new(),
            next_channel: 204_928,
            flags: 0,
            sequence: 0,
            traded: None,
        }
    }

    fn event(body: &Value) -> Act {
        Act::Say(Kind::Control, led_by("event", body))
    }

    fn subscribe(&mut self, message: &Value, at: i64, acts: &mut Vec<Act>) {
        let text = |name: &str| message.get(name).and_then(Value::as_str);
        let channel = text("channel").unwrap_or_default().to_owned();
        let length = message.get("len").map_or(Some(25), |len| {
            len.as_str()
                .map_or_else(|| len.as_u64(), |len| len.parse().ok())
        });
        let length = length.filter(|len| [1, 25, 100, 250].contains(len));
        let known = match channel.as_str() {
            "candles" => text("key") == Some(CANDLES),
            _ => text("symbol") == Some(SYMBOL),
        };
        let (truth, protocol) = (&self.place.truth, self.place.protocol);
        let topic = match (channel.as_str(), length) {
            ("ticker", _) => Some(Topic::Ticker),
            ("trades", _) => Some(Topic::Trades),
            ("candles", _) => Some(Topic::Candles),
            ("book", Some(length)) => Some(Topic::Book(length as usize, truth.book(protocol, at))),
            _ => None,
        };
        let refusal = if self.channels.len() >= MAX_CHANNELS {
            Some((10_305, "channel: limit"))
        } else if topic.is_none() {
            Some((10_302, "channel: unknown"))
        } else if !known {
            Some((10_300, "symbol: invalid"))
        } else if self.is_subscribed(topic.as_ref()) {
            Some((10_301, "subscribe: dup"))
        } else {
            None
        };
        let (Some(topic), None) = (topic, refusal) else {
            let (code, msg) = refusal.unwrap_or_default();
            let mut body = json!({ "event": "error", "msg": msg, "code": code });
            copy(
                message,
                &mut body,
                &["channel", "symbol", "key", "prec", "freq", "len"],
            );
            acts.push(Self::event(&body));
            return;
        };
        let id = self.next_channel;
        self.next_channel += 1 + at.rem_euclid(97);
        let mut body = json!({ "event": "subscribed", "channel": channel, "chanId": id });
        copy(
            message,
            &mut body,
            &["symbol", "key", "prec", "freq", "len", "subId"],
        );
        if channel == "book"
            && let Some(fields) = body.as_object_mut()
        {
            for (name, usual) in [("prec", "P0"), ("freq", "F0"), ("len", "25")] {
                fields.entry(name).or_insert_with(|| json!(usual));
            }
        }
        if channel != "candles" {
            body["pair"] = json!(&SYMBOL[1..]);
        }
        acts.push(Self::event(&body));
        let live = !self.place.on(Fault::AckWithoutData, at);
        if live {
            let snapshot = self.snapshot(&topic, at);
            acts.push(Act::Say(Kind::Data, format!("[{id},{snapshot}]")));
        }
        self.channels.insert(id, Channel { topic, live });
    }

    fn is_subscribed(&self, topic: Option<&Topic>) -> bool {
        let like = |channel: &Channel| {
            Some(std::mem::discriminant(&channel.topic)) == topic.map(std::mem::discriminant)
        };
        self.channels.values().any(like)
    }

    /// What a channel begins with.
    fn snapshot(&self, topic: &Topic, at: i64) -> String {
        let (truth, protocol) = (&self.place.truth, self.place.protocol);
        let rows = match topic {
            Topic::Book(length, book) => return wire::levels(&book.top(*length)),
            Topic::Ticker => {
                let day = truth.day(protocol, at);
                return day.map_or_else(|| "[]".to_owned(), |day| wire::ticker(&day));
            }
            Topic::Trades => {
                let newest = truth.newest_trades(protocol, None, at, HISTORY);
                newest.iter().map(wire::trade).collect::<Vec<String>>()
            }
            Topic::Candles => {
                let query = CandlesQuery {
                    step_ms: MINUTE_MS,
                    start: None,
                    end: None,
                    limit: HISTORY,
                    untraded: Untraded::Absent,
                };
                let newest = candles(&self.place, at, query);
                newest.iter().rev().map(wire::candle).collect()
            }
        };
        format!("[{}]", rows.join(","))
    }

    fn ids(&self, meant: impl Fn(&Topic) -> bool) -> Vec<i64> {
        let live = self.channels.iter().filter(|(_, channel)| channel.live);
        live.filter(|(_, channel)| meant(&channel.topic))
            .map(|(id, _)| *id)
            .collect()
    }

    fn books(&mut self, at: i64, acts: &mut Vec<Act>) {
        let (truth, protocol) = (&self.place.truth, self.place.protocol);
        let checked = self.flags & (WITH_SEQUENCE | WITH_CHECKSUM) != 0;
        let wrong = self.place.on(Fault::WrongChecksum, at);
        let kind = Kind::Book {
            checked,
            repeatable: false,
        };
        for (id, channel) in &mut self.channels {
            let Topic::Book(length, held) = &mut channel.topic else {
                continue;
            };
            if !channel.live {
                continue;
            }
            let book = truth.book(protocol, at);
            let top = book.top(*length);
            let diff = held.top(*length).diff(&top);
            let bids = diff.bids.iter().map(|bid| wire::level(*bid, 1));
            let asks = diff.asks.iter().map(|ask| wire::level(*ask, -1));
            // levels that go come first: one by one the others never cross them
            let gone = |level: &String| level.contains(",0,");
            let (gone, there): (Vec<_>, Vec<_>) = bids.chain(asks).partition(gone);
            for level in gone.into_iter().chain(there) {
                acts.push(Act::Say(kind, format!("[{id},{level}]")));
            }
            if self.flags & WITH_CHECKSUM != 0 && at % CHECKSUM_MS == 0 {
                let checksum = wire::checksum(&top).wrapping_add(i32::from(wrong));
                acts.push(Act::Say(Kind::Data, format!("[{id},\"cs\",{checksum}]")));
            }
            *held = book;
        }
    }
}

/// Repeats fields of a question in its answer.
fn copy(from: &Value, to: &mut Value, names: &[&str]) {
    for name in names {
        if let Some(value) = from.get(name) {
            to[*name] = value.clone();
        }
    }
}

impl Dialect for Stream {
    fn greet(&mut self, _at: i64, acts: &mut Vec<Act>) {
        acts.push(Self::event(&json!({
            "event": "info",
            "version": 2,
            "serverId": "083bd8d4-aca7-4690-a573-eabfc8103de8",
            "platform": { "status": 1 },
        })));
    }

    fn receive(&mut self, text: &str, at: i64, acts: &mut Vec<Act>) {
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        match message.get("event").and_then(Value::as_str) {
            Some("conf") => {
                let flags = message.get("flags").and_then(Value::as_i64);
                self.flags = flags.unwrap_or_default();
                let body = json!({ "event": "conf", "status": "OK", "flags": self.flags });
                acts.push(Self::event(&body));
            }
            Some("ping") => {
                if !self.place.on(Fault::NoPongDrop, at) {
                    let ts = self.place.own_clock(at);
                    let mut body = json!({ "event": "pong", "ts": ts });
                    copy(&message, &mut body, &["cid"]);
                    acts.push(Self::event(&body));
                }
            }
            Some("subscribe") => self.subscribe(&message, at, acts),
            Some("unsubscribe") => {
                let id = message.get("chanId").and_then(Value::as_i64);
                let id = id.unwrap_or_default();
                let body = if self.channels.remove(&id).is_some() {
                    json!({ "event": "unsubscribed", "status": "OK", "chanId": id })
                } else {
                    json!({ "event": "error", "msg": "unsubscribe: invalid", "code": 10_400, "chanId": id })
                };
                acts.push(Self::event(&body));
            }
            _ => acts.push(Self::event(
                &json!({ "event": "error", "msg": "event: invalid", "code": 10_000 }),
            )),
        }
    }

    fn wants_trades(&self) -> bool {
        let mut channels = self.channels.values();
        channels.any(|channel| channel.live && !matches!(channel.topic, Topic::Book(..)))
    }

    /// Every trade comes twice: executed and updated.
    fn trade(&mut self, trade: &TrueTrade, acts: &mut Vec<Act>) {
        self.traded = Some(trade.at_ms());
        let row = wire::trade(trade);
        for id in self.ids(|topic| matches!(topic, Topic::Trades)) {
            acts.push(Act::Say(Kind::Trade, format!("[{id},\"te\",{row}]")));
            acts.push(Act::Say(Kind::Trade, format!("[{id},\"tu\",{row}]")));
        }
    }

    fn tick(&mut self, at: i64, acts: &mut Vec<Act>) {
        let (truth, protocol) = (&self.place.truth, self.place.protocol);
        if let Some(traded) = self.traded.take() {
            let candles = self.ids(|topic| matches!(topic, Topic::Candles));
            let minute_at = bucket_start(traded, MINUTE_MS);
            if !candles.is_empty()
                && let Some(candle) = streamed(&self.place, minute_at, at - 1)
            {
                let row = wire::candle(&candle);
                for id in candles {
                    acts.push(Act::Say(Kind::Data, format!("[{id},{row}]")));
                }
            }
            let tickers = self.ids(|topic| matches!(topic, Topic::Ticker));
            if !tickers.is_empty()
                && let Some(day) = truth.day(protocol, at)
            {
                let row = wire::ticker(&day);
                for id in tickers {
                    acts.push(Act::Say(Kind::Data, format!("[{id},{row}]")));
                }
            }
        }
        self.books(at, acts);
        if at % HEARTBEAT_MS == 0 {
            for id in self.ids(|_| true) {
                acts.push(Act::Say(Kind::Control, format!("[{id},\"hb\"]")));
            }
        }
    }

    fn goodbye(&mut self, _at: i64, acts: &mut Vec<Act>) {
        acts.push(Self::event(&json!({
            "event": "info",
            "code": 20_051,
            "msg": "Stopping. Please try to reconnect",
        })));
    }

    fn seal(&mut self, text: String, at: i64) -> String {
        let Some(body) = text.strip_suffix(']').filter(|text| text.starts_with('[')) else {
            return text;
        };
        let mut sealed = body.to_owned();
        if self.flags & WITH_SEQUENCE != 0 {
            self.sequence += 1;
            sealed.push_str(&format!(",{}", self.sequence));
        }
        if self.flags & WITH_TIME != 0 {
            sealed.push_str(&format!(",{}", self.place.own_clock(at)));
        }
        sealed.push(']');
        sealed
    }
}
