//! Exchanges without sockets: what their streams say is the truth, and books can be followed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;

/// A world that stands still until it is moved, with small books.
pub(super) fn world() -> (World, Clock) {
    let clock = Clock::fixed(NOW);
    let config = SimulatorConfig {
        clock: clock.clone(),
        book_levels: 60,
        ..SimulatorConfig::default()
    };
    (World::new(&config).unwrap(), clock)
}

/// A connection that has subscribed everything.
pub(super) fn subscribed(world: &World, protocol: Protocol) -> (Box<dyn Conn>, Vec<Out>) {
    let now = world.now_ms();
    let (path, hello): (&str, &[&str]) = match protocol {
        Protocol::Binance => (
            "/ws",
            &[
                r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@depth@100ms","btcusdt@bookTicker","btcusdt@ticker","btcusdt@kline_1m"],"id":1}"#,
            ],
        ),
        Protocol::Coinbase => (
            "/ws",
            &[
                r#"{"type":"subscribe","product_ids":["BTC-USD"],"channels":["ticker","matches","heartbeat","level2_batch"]}"#,
            ],
        ),
        Protocol::Kraken => (
            "/ws",
            &[
                r#"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"]},"req_id":1}"#,
                r#"{"method":"subscribe","params":{"channel":"ticker","symbol":["BTC/USD"]},"req_id":2}"#,
                r#"{"method":"subscribe","params":{"channel":"ohlc","symbol":["BTC/USD"],"interval":1},"req_id":3}"#,
                r#"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":25},"req_id":4}"#,
            ],
        ),
        Protocol::Bitstamp => (
            "/ws",
            &[
                r#"{"event":"bts:subscribe","data":{"channel":"live_trades_btcusd"}}"#,
                r#"{"event":"bts:subscribe","data":{"channel":"diff_order_book_btcusd"}}"#,
            ],
        ),
        Protocol::Bitfinex => (
            "/ws",
            &[
                r#"{"event":"conf","flags":196608}"#,
                r#"{"event":"subscribe","channel":"trades","symbol":"tBTCUSD"}"#,
                r#"{"event":"subscribe","channel":"ticker","symbol":"tBTCUSD"}"#,
                r#"{"event":"subscribe","channel":"candles","key":"trade:1m:tBTCUSD"}"#,
                r#"{"event":"subscribe","channel":"book","symbol":"tBTCUSD","prec":"P0","len":"25"}"#,
            ],
        ),
    };
    let mut conn = world.exchange(protocol).connect(path, "", now).unwrap();
    let mut said = conn.due(now);
    for text in hello {
        said.extend(conn.receive(text, now));
    }
    (conn, said)
}

/// Drives a connection for some time, answering pings.
pub(super) fn run(world: &World, clock: &Clock, conn: &mut Box<dyn Conn>, ms: i64) -> Vec<Out> {
    let end = world.now_ms() + ms;
    let mut said = Vec::new();
    loop {
        let next = conn.next_due().min(end);
        clock.set(next);
        let now = conn.due(next);
        for out in &now {
            if let Out::Ping(payload) = out {
                said.extend(conn.pong(payload, next));
            }
        }
        said.extend(now);
        if next >= end {
            return said;
        }
    }
}

pub(super) fn texts(said: &[Out]) -> Vec<Value> {
    said.iter()
        .filter_map(|out| match out {
            Out::Text(text) => Some(serde_json::from_str(text).unwrap_or(Value::Null)),
            _ => None,
        })
        .collect()
}

/// Numbers of the trades in messages, in their order; history left out.
pub(super) fn trade_ids(protocol: Protocol, messages: &[Value]) -> Vec<i64> {
    let ids = messages.iter().filter_map(|message| match protocol {
        Protocol::Binance => (message["e"] == "aggTrade").then(|| message["a"].as_i64()),
        Protocol::Coinbase => (message["type"] == "match").then(|| message["trade_id"].as_i64()),
        Protocol::Kraken => (message["channel"] == "trade" && message["type"] == "update")
            .then(|| message["data"][0]["trade_id"].as_i64()),
        Protocol::Bitstamp => (message["event"] == "trade").then(|| message["data"]["id"].as_i64()),
        Protocol::Bitfinex => (message[1] == "te").then(|| message[2][0].as_i64()),
    });
    ids.flatten().collect()
}

#[test]
fn every_trade_is_told_once_and_in_order() {
    for protocol in Protocol::ALL {
        let (world, clock) = world();
        let (mut conn, _) = subscribed(&world, protocol);
        let said = run(&world, &clock, &mut conn, 3 * MINUTE_MS);
        let truth = world.truth().trades(protocol, NOW + 1, clock.now_ms() + 1);
        let expected: Vec<i64> = truth.iter().map(|trade| trade.id).collect();
        assert!(expected.len() > 50, "{protocol}");
        assert_eq!(trade_ids(protocol, &texts(&said)), expected, "{protocol}");
        assert!(
            !said
                .iter()
                .any(|out| matches!(out, Out::Drop | Out::Close { .. })),
            "{protocol} stays"
        );
    }
}

#[test]
fn how_often_it_is_driven_does_not_matter() {
    for protocol in Protocol::ALL {
        let (fine, fine_clock) = world();
        let (coarse, coarse_clock) = world();
        let (mut a, hello_a) = subscribed(&fine, protocol);
        let (mut b, hello_b) = subscribed(&coarse, protocol);
        assert_eq!(hello_a, hello_b, "{protocol}");
        for world in [&fine, &coarse] {
            for (fault, at) in [
                (Fault::SequenceGap, 3),
                (Fault::Duplicates, 6),
                (Fault::Disconnect, 14),
            ] {
                let at = NOW + at * 1_000;
                world.faults().plan([span(fault, None, at, at + 2_000)]);
            }
        }
        let said = run(&fine, &fine_clock, &mut a, 15_000);
        let mut other = Vec::new();
        for step in 1..=5 {
            coarse_clock.set(NOW + step * 3_000);
            other.extend(b.due(NOW + step * 3_000));
        }
        assert_eq!(said.len(), other.len(), "{protocol}");
        assert_eq!(said, other, "{protocol}");
        assert_eq!(said.last(), Some(&Out::Drop));
    }
}

type Side = BTreeMap<i64, i64>;

/// Reads a decimal text as a whole number of `10^-scale`.
fn whole(value: &Value, scale: usize) -> i64 {
    let text = match value {
        Value::String(text) => text.clone(),
        other => format!("{:.scale$}", other.as_f64().unwrap()),
    };
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = format!("{part:0<scale$}");
    format!("{whole}{}", &part[..scale]).parse().unwrap()
}

fn apply(side: &mut Side, price: i64, size: i64) {
    if size == 0 {
        side.remove(&price);
    } else {
        side.insert(price, size);
    }
}

fn apply_all(side: &mut Side, levels: &Value, names: [&str; 2]) {
    for level in levels.as_array().unwrap() {
        let (price, size) = if level.is_array() {
            (&level[0], &level[1])
        } else {
            (&level[names[0]], &level[names[1]])
        };
        apply(side, whole(price, 2), whole(size, 8));
    }
}

/// Takes the changes of a message into a book; says whether it was one.
fn follow(protocol: Protocol, message: &Value, bids: &mut Side, asks: &mut Side) -> bool {
    let names = ["price", "qty"];
    match protocol {
        Protocol::Binance if message["e"] == "depthUpdate" => {
            apply_all(bids, &message["b"], names);
            apply_all(asks, &message["a"], names);
        }
        Protocol::Coinbase if message["type"] == "snapshot" => {
            apply_all(bids, &message["bids"], names);
            apply_all(asks, &message["asks"], names);
        }
        Protocol::Coinbase if message["type"] == "l2update" => {
            for change in message["changes"].as_array().unwrap() {
                let side = if change[0] == "buy" {
                    &mut *bids
                } else {
                    &mut *asks
                };
                apply(side, whole(&change[1], 2), whole(&change[2], 8));
            }
        }
        Protocol::Kraken if message["channel"] == "book" => {
            apply_all(bids, &message["data"][0]["bids"], names);
            apply_all(asks, &message["data"][0]["asks"], names);
            while bids.len() > 25 {
                bids.pop_first();
            }
            while asks.len() > 25 {
                asks.pop_last();
            }
        }
        Protocol::Bitstamp
            if message["channel"] == "diff_order_book_btcusd" && message["event"] == "data" =>
        {
            apply_all(bids, &message["data"]["bids"], names);
            apply_all(asks, &message["data"]["asks"], names);
        }
        Protocol::Bitfinex
            if message[1].is_array()
                && message[1][0].is_array()
                && message[1][0].as_array().unwrap().len() == 3 =>
        {
            for level in message[1].as_array().unwrap() {
                follow_level(level, bids, asks);
            }
        }
        Protocol::Bitfinex if message[1].as_array().is_some_and(|row| row.len() == 3) => {
            follow_level(&message[1], bids, asks);
        }
        _ => return false,
    }
    true
}

fn follow_level(level: &Value, bids: &mut Side, asks: &mut Side) {
    let price = whole(&level[0], 2);
    let amount = whole(&level[2], 8);
    let side = if amount > 0 { bids } else { asks };
    let size = if level[1] == 0 { 0 } else { amount.abs() };
    apply(side, price, size);
}

#[test]
fn books_can_be_followed_exactly() {
    for protocol in Protocol::ALL {
        let (world, clock) = world();
        let (mut conn, hello) = subscribed(&world, protocol);
        let (mut bids, mut asks) = (Side::new(), Side::new());
        if matches!(protocol, Protocol::Binance | Protocol::Bitstamp) {
            let book = world.truth().book(protocol, NOW);
            bids.extend(book.bids.iter().copied());
            asks.extend(book.asks.iter().copied());
        }
        for message in texts(&hello) {
            follow(protocol, &message, &mut bids, &mut asks);
        }
        for _ in 0..40 {
            let said = run(&world, &clock, &mut conn, 700);
            let mut changes = 0;
            for message in texts(&said) {
                changes += usize::from(follow(protocol, &message, &mut bids, &mut asks));
            }
            assert!(changes > 0, "{protocol}");
            let depth = match protocol {
                Protocol::Kraken | Protocol::Bitfinex => 25,
                _ => usize::MAX,
            };
            let book = world.truth().book(protocol, clock.now_ms()).top(depth);
            assert_eq!(
                bids.iter().rev().map(|(p, s)| (*p, *s)).collect::<Vec<_>>(),
                book.bids,
                "{protocol}"
            );
            assert_eq!(
                asks.iter().map(|(p, s)| (*p, *s)).collect::<Vec<_>>(),
                book.asks,
                "{protocol}"
            );
        }
    }
}
