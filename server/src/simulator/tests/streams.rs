//! Messages of each venue's stream, as documented.

use serde_json::{Value, json};

use super::{
    drive::{run, subscribed, texts, world},
    *,
};

/// The first message that fits.
fn first(messages: &[Value], fits: impl Fn(&Value) -> bool) -> &Value {
    let found = messages.iter().find(|message| fits(message));
    found.unwrap_or_else(|| panic!("no such message among {}", messages.len()))
}

fn is_decimal(value: &Value, decimals: usize) -> bool {
    let text = value.as_str().unwrap_or_default();
    text.split_once('.')
        .is_some_and(|(_, part)| part.len() == decimals)
}

#[test]
fn binance_says_what_it_should() {
    let (world, clock) = world();
    let (mut conn, hello) = subscribed(&world, Protocol::Binance);
    assert_eq!(texts(&hello), [json!({ "id": 1, "result": null })]);
    let said = run(&world, &clock, &mut conn, 65_000);
    let pings = said
        .iter()
        .filter(|out| matches!(out, Out::Ping(_)))
        .count();
    assert_eq!(pings, 3, "every 20 seconds");
    let messages = texts(&said);
    let trade = first(&messages, |m| m["e"] == "aggTrade");
    assert!(is_decimal(&trade["p"], 8) && is_decimal(&trade["q"], 8));
    assert_eq!(trade["E"], trade["T"]);
    let quote = first(&messages, |m| m.get("A").is_some() && m.get("e").is_none());
    assert!(quote["u"].is_i64() && is_decimal(&quote["b"], 8));
    let day = first(&messages, |m| m["e"] == "24hrTicker");
    assert!(day["n"].as_i64().unwrap() > 86_400 && is_decimal(&day["w"], 8));
    let open = first(&messages, |m| m["e"] == "kline");
    assert_eq!(
        (&open["k"]["x"], &open["k"]["i"]),
        (&json!(false), &json!("1m"))
    );
    let closed = first(&messages, |m| m["k"]["x"] == true);
    let candle = world
        .truth()
        .candles(Protocol::Binance, NOW, NOW + MINUTE_MS)[0];
    assert_eq!(closed["k"]["t"], NOW);
    assert_eq!(closed["k"]["n"], candle.trades);
    let count = closed["k"]["L"].as_i64().unwrap() - closed["k"]["f"].as_i64().unwrap() + 1;
    assert_eq!(count, candle.trades);

    let mut last = world.truth().book(Protocol::Binance, NOW).update_id();
    let changes: Vec<&Value> = messages
        .iter()
        .filter(|m| m["e"] == "depthUpdate")
        .collect();
    assert!(changes.len() > 300, "{}", changes.len());
    for change in &changes {
        assert_eq!(change["U"], last + 1, "without a hole");
        last = change["u"].as_i64().unwrap();
    }
    let levels: usize = changes
        .iter()
        .map(|m| m["b"].as_array().unwrap().len() + m["a"].as_array().unwrap().len())
        .sum();
    assert!(
        levels < 40 * changes.len(),
        "few levels a message: {levels}"
    );
}

#[test]
fn binance_takes_messages_like_the_venue() {
    let (world, clock) = world();
    let exchange = world.exchange(Protocol::Binance);
    let mut conn = exchange
        .connect(
            "/ws/stream",
            "streams=btcusdt@trade/btcusdt@bookTicker",
            NOW,
        )
        .unwrap();
    let mut ask = |text: &str| {
        clock.advance(1_000);
        let answers = texts(&conn.receive(text, clock.now_ms()));
        answers
            .into_iter()
            .rfind(|answer| answer.get("stream").is_none())
            .unwrap()
    };
    assert_eq!(
        ask(r#"{"method":"LIST_SUBSCRIPTIONS","id":"x"}"#),
        json!({ "id": "x", "result": ["btcusdt@bookTicker", "btcusdt@trade"] })
    );
    assert_eq!(ask("{nonsense")["error"]["code"], 3);
    assert_eq!(ask(r#"{"method":"EAT","id":2}"#)["error"]["code"], 2);
    assert_eq!(ask(r#"{"method":"SUBSCRIBE","id":3}"#)["error"]["code"], 2);
    assert_eq!(
        ask(r#"{"method":"UNSUBSCRIBE","params":["btcusdt@bookTicker"],"id":4}"#)["result"],
        Value::Null
    );
    let messages = texts(&run(&world, &clock, &mut conn, 5_000));
    assert!(
        messages
            .iter()
            .all(|m| m["stream"] == "btcusdt@trade" && m["data"]["e"] == "trade")
    );
    assert!(!messages.is_empty());
    assert!(exchange.connect("/elsewhere", "", clock.now_ms()).is_err());
}

#[test]
fn binance_drops_and_kicks() {
    let (world, clock) = world();
    let (mut silent, _) = subscribed(&world, Protocol::Binance);
    let (mut wrong, _) = subscribed(&world, Protocol::Binance);
    let mut said = Vec::new();
    for step in 1..=90 {
        let now = NOW + step * 1_000;
        clock.set(now);
        said.push((step, silent.due(now).last().cloned()));
        if step % 7 == 0 {
            wrong.pong(b"", now);
        }
        wrong.due(now);
    }
    let dropped = said.iter().find(|(_, out)| *out == Some(Out::Drop));
    assert_eq!(
        dropped.map(|found| found.0),
        Some(80),
        "a minute after the first ping"
    );
    assert_eq!(
        wrong.next_due(),
        i64::MAX,
        "unsolicited pongs keep nothing alive"
    );

    let (mut chatty, _) = subscribed(&world, Protocol::Binance);
    clock.advance(2_000);
    let now = clock.now_ms();
    let said: Vec<Out> = (0..6)
        .flat_map(|_| chatty.receive(r#"{"method":"LIST_SUBSCRIPTIONS","id":1}"#, now))
        .collect();
    assert!(
        matches!(said.last(), Some(Out::Close { code: 1008, .. })),
        "six messages in a second"
    );

    let mut old = world
        .exchange(Protocol::Binance)
        .connect("/ws", "", now)
        .unwrap();
    for _ in 0..(24 * 6) {
        let said = run(&world, &clock, &mut old, 600_000);
        if let Some(end) = said.iter().find(|out| matches!(out, Out::Close { .. })) {
            assert!(matches!(end, Out::Close { code: 1001, .. }));
            assert!((clock.now_ms() - now - 24 * 3_600_000).abs() <= 600_000);
            return;
        }
    }
    panic!("it was not cut after 24 hours");
}

#[test]
fn coinbase_says_what_it_should() {
    let (world, clock) = world();
    let (mut conn, hello) = subscribed(&world, Protocol::Coinbase);
    let messages = texts(&hello);
    assert_eq!(messages[0]["type"], "subscriptions");
    assert_eq!(messages[0]["channels"].as_array().unwrap().len(), 4);
    let last = world.truth().last_trade(Protocol::Coinbase, NOW).unwrap();
    assert_eq!(
        first(&messages, |m| m["type"] == "last_match")["trade_id"],
        last.id
    );
    let snapshot = first(&messages, |m| m["type"] == "snapshot");
    assert!(is_decimal(&snapshot["bids"][0][0], 2) && is_decimal(&snapshot["asks"][0][1], 8));
    let messages = texts(&run(&world, &clock, &mut conn, 30_000));
    let beats = messages.iter().filter(|m| m["type"] == "heartbeat").count();
    assert_eq!(beats, 30);
    let newest = messages.iter().rfind(|m| m["type"] == "heartbeat").unwrap();
    let last = world
        .truth()
        .last_trade(Protocol::Coinbase, clock.now_ms())
        .unwrap();
    assert_eq!(newest["last_trade_id"], last.id);
    let ticker = first(&messages, |m| m["type"] == "ticker");
    assert!(ticker["sequence"].is_i64() && is_decimal(&ticker["best_bid_size"], 8));
    let change = first(&messages, |m| m["type"] == "l2update");
    assert!(["buy", "sell"].contains(&change["changes"][0][0].as_str().unwrap()));
    assert!(change.get("sequence").is_none());
}

#[test]
fn coinbase_refuses_and_loses_patience() {
    let (world, clock) = world();
    let exchange = world.exchange(Protocol::Coinbase);
    let mut idle = exchange.connect("/ws", "", NOW).unwrap();
    assert!(idle.due(NOW + 4_900).is_empty());
    assert!(matches!(idle.due(NOW + 5_000)[..], [Out::Close { .. }]));
    let ask = |channels: &str| {
        let mut conn = exchange.connect("/ws", "", NOW).unwrap();
        let text =
            format!(r#"{{"type":"subscribe","product_ids":["BTC-USD"],"channels":[{channels}]}}"#);
        texts(&conn.receive(&text, NOW)).remove(0)
    };
    let refused = ask(r#""level2""#);
    assert_eq!(refused["message"], "Failed to subscribe");
    assert!(
        refused["reason"]
            .as_str()
            .unwrap()
            .starts_with("level2, level3, and full channels now require authentication.")
    );
    assert_eq!(ask(r#""magic""#)["reason"], "magic is not a valid channel");
    assert_eq!(
        ask(r#"{"name":"matches","product_ids":["BTC-EUR"]}"#)["reason"],
        "BTC-EUR is not a valid product"
    );
    assert_eq!(ask(r#"{"name":"matches"}"#)["type"], "subscriptions");
    world
        .faults()
        .set(Fault::KeyRequired, Some(Protocol::Coinbase), None);
    assert_eq!(ask(r#""level2_batch""#)["type"], "error");
    assert_eq!(ask(r#""matches""#)["type"], "subscriptions");
    clock.advance(1);
}

#[test]
fn kraken_says_what_it_should() {
    let (world, clock) = world();
    let (mut conn, hello) = subscribed(&world, Protocol::Kraken);
    let Out::Text(status) = &hello[0] else {
        panic!()
    };
    assert!(
        status.contains(r#""connection_id":13834774380200032777"#),
        "beyond 63 bits"
    );
    let messages = texts(&hello);
    let acks: Vec<&Value> = messages
        .iter()
        .filter(|m| m["method"] == "subscribe")
        .collect();
    assert_eq!(acks.len(), 4);
    assert!(acks.iter().all(|ack| ack["success"] == true
        && ack["result"]["symbol"] == "BTC/USD"
        && ack["time_in"].is_string()));
    assert_eq!(acks[3]["req_id"], 4);
    let history = first(&messages, |m| m["channel"] == "trade");
    assert_eq!(
        (&history["type"], history["data"].as_array().unwrap().len()),
        (&json!("snapshot"), 50)
    );
    let said = run(&world, &clock, &mut conn, 70_000);
    let messages = texts(&said);
    let trade = first(&messages, |m| m["channel"] == "trade");
    assert!(
        trade["data"][0]["price"].is_f64()
            && trade["data"][0]["timestamp"].as_str().unwrap().len() == 27
    );
    let texts_of: Vec<&String> = said
        .iter()
        .filter_map(|out| match out {
            Out::Text(text) => Some(text),
            _ => None,
        })
        .collect();
    let book = texts_of
        .iter()
        .find(|text| text.contains(r#""channel":"book""#))
        .unwrap();
    let size = book
        .split("\"qty\":")
        .nth(1)
        .unwrap()
        .split('}')
        .next()
        .unwrap();
    assert_eq!(
        size.split_once('.').unwrap().1.len(),
        8,
        "zeros at the end are kept: {size}"
    );
    let candles: Vec<&Value> = messages.iter().filter(|m| m["channel"] == "ohlc").collect();
    let complete = candles
        .iter()
        .rfind(|m| m["data"][0]["interval_begin"] == "2026-09-21T14:13:00.000000000Z")
        .unwrap();
    let truth = world
        .truth()
        .candles(Protocol::Kraken, NOW, NOW + MINUTE_MS)[0];
    assert_eq!(
        complete["data"][0]["trades"], truth.trades,
        "the last word of a minute is all of it"
    );
    let pong = texts(&conn.receive(r#"{"method":"ping","req_id":9}"#, clock.now_ms()))
        .pop()
        .unwrap();
    assert_eq!(
        (&pong["method"], &pong["req_id"]),
        (&json!("pong"), &json!(9))
    );
}

#[test]
fn kraken_refuses_and_beats() {
    let (world, clock) = world();
    let mut conn = world
        .exchange(Protocol::Kraken)
        .connect("/ws", "", NOW)
        .unwrap();
    let mut ask = |params: &str| {
        let text = format!(r#"{{"method":"subscribe","params":{{{params}}}}}"#);
        texts(&conn.receive(&text, NOW))
            .into_iter()
            .find(|m| m["method"] == "subscribe")
            .unwrap()
    };
    assert_eq!(
        ask(r#""channel":"book","symbol":["XBT/USD"]"#)["error"],
        "Currency pair not supported XBT/USD"
    );
    assert_eq!(
        ask(r#""channel":"book","symbol":["BTC/USD"],"depth":11"#)["error"],
        "Subscription depth not supported"
    );
    assert_eq!(
        ask(r#""channel":"ticker","symbol":["BTC/USD"]"#)["success"],
        true
    );
    assert_eq!(
        ask(r#""channel":"ticker","symbol":["BTC/USD"]"#)["error"],
        "Already subscribed"
    );
    let text = r#"{"method":"unsubscribe","params":{"channel":"ticker","symbol":["BTC/USD"]}}"#;
    assert_eq!(texts(&conn.receive(text, NOW))[0]["success"], true);
    let again = r#"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD"],"snapshot":false}}"#;
    assert_eq!(texts(&conn.receive(again, NOW)).len(), 1);
    let mut quiet = 0;
    for _ in 0..200 {
        let messages = texts(&run(&world, &clock, &mut conn, 1_000));
        quiet += messages
            .iter()
            .filter(|m| m["channel"] == "heartbeat")
            .count();
    }
    assert!(quiet > 5, "heartbeats fill the silence: {quiet}");
}

#[test]
fn bitstamp_says_what_it_should() {
    let (world, clock) = world();
    let (mut conn, hello) = subscribed(&world, Protocol::Bitstamp);
    assert_eq!(
        texts(&hello)[0],
        json!({ "event": "bts:subscription_succeeded", "channel": "live_trades_btcusd", "data": {} })
    );
    let ask = r#"{"event":"bts:subscribe","data":{"channel":"order_book_btcusd"}}"#;
    conn.receive(ask, NOW);
    let messages = texts(&run(&world, &clock, &mut conn, 60_000));
    let trade = first(&messages, |m| m["event"] == "trade");
    let data = &trade["data"];
    assert_eq!(
        data["price_str"].as_str().unwrap().parse::<f64>().ok(),
        data["price"].as_f64()
    );
    assert_eq!(
        data["amount_str"].as_str().unwrap().parse::<f64>().ok(),
        data["amount"].as_f64()
    );
    assert!(
        data["microtimestamp"]
            .as_str()
            .unwrap()
            .starts_with(data["timestamp"].as_str().unwrap())
    );
    let book = first(&messages, |m| m["channel"] == "order_book_btcusd");
    assert!((40..=100).contains(&book["data"]["bids"].as_array().unwrap().len()));
    let mut ask = |text: &str| texts(&conn.receive(text, clock.now_ms())).pop().unwrap();
    assert_eq!(
        ask(r#"{"event":"bts:heartbeat"}"#)["data"]["status"],
        "success"
    );
    assert_eq!(
        ask(r#"{"event":"bts:subscribe","data":{"channel":"live_trades_nope"}}"#)["event"],
        "bts:error"
    );
    assert_eq!(ask("{")["event"], "bts:error");
    assert_eq!(
        ask(r#"{"event":"bts:unsubscribe","data":{"channel":"live_trades_btcusd"}}"#)["event"],
        "bts:unsubscription_succeeded"
    );
}

#[test]
fn bitfinex_says_what_it_should() {
    let (world, clock) = world();
    let (mut conn, hello) = subscribed(&world, Protocol::Bitfinex);
    let messages = texts(&hello);
    assert_eq!(
        (&messages[0]["event"], &messages[0]["platform"]["status"]),
        (&json!("info"), &json!(1))
    );
    assert_eq!(
        messages[1],
        json!({ "event": "conf", "status": "OK", "flags": 196_608 })
    );
    let confirmed: Vec<&Value> = messages
        .iter()
        .filter(|m| m["event"] == "subscribed")
        .collect();
    assert_eq!(confirmed.len(), 4);
    assert_eq!(
        (
            &confirmed[3]["len"],
            &confirmed[3]["freq"],
            &confirmed[0]["pair"]
        ),
        (&json!("25"), &json!("F0"), &json!("BTCUSD"))
    );
    let said = run(&world, &clock, &mut conn, 61_000);
    let all: Vec<Value> = messages.iter().cloned().chain(texts(&said)).collect();
    let mut sequence = 0;
    for message in all.iter().filter(|m| m.is_array()) {
        sequence += 1;
        assert_eq!(
            message.as_array().unwrap().last().unwrap(),
            &json!(sequence),
            "{message}"
        );
    }
    let executed = all.iter().filter(|m| m[1] == "te").count();
    assert!(executed > 0 && executed == all.iter().filter(|m| m[1] == "tu").count());
    assert_eq!(all.iter().filter(|m| m[1] == "cs").count(), 61);
    assert_eq!(all.iter().filter(|m| m[1] == "hb").count(), 4 * 4);
    let mut ask = |text: &str| texts(&conn.receive(text, clock.now_ms())).pop().unwrap();
    assert_eq!(
        ask(r#"{"event":"subscribe","channel":"ticker","symbol":"tNOPE"}"#)["code"],
        10_300
    );
    assert_eq!(
        ask(r#"{"event":"subscribe","channel":"ticker","symbol":"tBTCUSD"}"#)["code"],
        10_301
    );
    assert_eq!(
        ask(r#"{"event":"subscribe","channel":"book","symbol":"tBTCUSD","len":"7"}"#)["code"],
        10_302
    );
    assert_eq!(ask(r#"{"event":"ping","cid":5}"#)["cid"], 5);
    let id = confirmed[0]["chanId"].as_i64().unwrap();
    assert_eq!(
        ask(&format!(r#"{{"event":"unsubscribe","chanId":{id}}}"#))["status"],
        "OK"
    );
}
