//! Answers of each venue, as documented.

use serde_json::Value;

use super::{drive::world, *};

fn json(world: &World, protocol: Protocol, path: &str, query: &str) -> Value {
    let answer = world.exchange(protocol).rest(path, query, world.now_ms());
    assert_eq!(
        answer.status, 200,
        "{protocol} {path}?{query}: {}",
        answer.body
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
    serde_json::from_str(&answer.body).unwrap()
}

fn number(value: &Value) -> f64 {
    match value {
        Value::String(text) => text.parse().unwrap(),
        other => other
            .as_f64()
            .unwrap_or_else(|| panic!("{other} is no number")),
    }
}

#[test]
fn coinbase_answers_as_documented() {
    let (world, clock) = world();
    clock.advance(30_000);
    let now = clock.now_ms();
    let ask = |path: &str, query: &str| {
        json(
            &world,
            Protocol::Coinbase,
            &format!("/products/BTC-USD{path}"),
            query,
        )
    };
    let last = world.truth().last_trade(Protocol::Coinbase, now).unwrap();
    let ticker = ask("/ticker", "");
    assert_eq!(ticker["trade_id"], last.id);
    assert_eq!(number(&ticker["price"]), last.model().price);
    assert_eq!(ticker["time"], "2026-09-21T14:13:30.000000Z");
    assert!(number(&ticker["bid"]) < number(&ticker["ask"]));

    let book = ask("/book", "level=2");
    assert_eq!(book["auction_mode"], false);
    assert!(book["sequence"].is_i64() && book["bids"][0][2].is_i64());
    let truth = world.truth().book(Protocol::Coinbase, now);
    assert_eq!(book["bids"].as_array().unwrap().len(), truth.bids.len());
    assert_eq!(ask("/book", "level=1")["asks"].as_array().unwrap().len(), 1);

    let rows = ask("/candles", "granularity=60");
    let rows = rows.as_array().unwrap();
    assert!((280..=300).contains(&rows.len()), "{}", rows.len());
    let row = rows[0].as_array().unwrap();
    let [at, low, high, open, close] = [0, 1, 2, 3, 4].map(|index| number(&row[index]));
    assert_eq!(at as i64, NOW / 1_000, "newest first");
    assert!(low <= open && low <= close && high >= open && high >= close);
    let some = ask(
        "/candles",
        "granularity=60&start=2026-09-21T13:00:00Z&end=2026-09-21T13:09:00Z",
    );
    let some = some.as_array().unwrap();
    let from = NOW - 73 * MINUTE_MS;
    let truth = world
        .truth()
        .candles(Protocol::Coinbase, from, from + 10 * MINUTE_MS);
    assert_eq!(some.len(), truth.len());
    assert_eq!(
        number(&some[0][5]),
        truth[truth.len() - 1].sats as f64 / 1e8
    );

    let rows = ask("/trades", "limit=5");
    let newest: Vec<i64> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["trade_id"].as_i64().unwrap())
        .collect();
    assert_eq!(
        newest,
        (0..5).map(|back| last.id - back).collect::<Vec<i64>>()
    );
    let maker = if last.side == app::model::Side::Buy {
        "sell"
    } else {
        "buy"
    };
    assert_eq!(rows[0]["side"], maker, "the maker's side");
    let page = world.exchange(Protocol::Coinbase).rest(
        "/products/BTC-USD/trades",
        &format!("limit=5&after={}", last.id - 99_999),
        now,
    );
    assert_eq!(
        page.header("cb-before"),
        Some((last.id - 100_000).to_string().as_str())
    );
    assert_eq!(
        page.header("cb-after"),
        Some((last.id - 100_004).to_string().as_str())
    );
    assert!(json(&world, Protocol::Coinbase, "/time", "")["epoch"].is_f64());

    for (path, query, status, message) in [
        ("/products/BTC-EUR/ticker", "", 404, "NotFound"),
        (
            "/products/BTC-USD/candles",
            "granularity=61",
            400,
            "Unsupported granularity",
        ),
        (
            "/products/BTC-USD/candles",
            "granularity=60&start=2026-09-20T00:00:00Z&end=2026-09-21T00:00:00Z",
            400,
            "granularity too small for the requested time range. Count of aggregations requested exceeds 300",
        ),
        (
            "/products/BTC-USD/trades",
            "limit=1001",
            400,
            "Invalid limit",
        ),
    ] {
        let answer = world.exchange(Protocol::Coinbase).rest(path, query, now);
        assert_eq!(answer.status, status, "{path}");
        let body: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(body["message"], message);
    }
}

#[test]
fn kraken_answers_as_documented() {
    let (world, clock) = world();
    clock.advance(30_000);
    let now = clock.now_ms();
    let ask = |call: &str, query: &str| {
        let answer = json(
            &world,
            Protocol::Kraken,
            &format!("/0/public/{call}"),
            query,
        );
        assert_eq!(answer["error"], serde_json::json!([]));
        answer["result"].clone()
    };
    let ticker = &ask("Ticker", "pair=XBTUSD")["XXBTZUSD"];
    let last = world.truth().last_trade(Protocol::Kraken, now).unwrap();
    assert_eq!(number(&ticker["c"][0]), last.model().price);
    assert!(ticker["o"].is_string() && ticker["t"][1].is_i64() && ticker["a"][2].is_string());

    let ohlc = ask("OHLC", "pair=XBTUSD&interval=1");
    let rows = ohlc["XXBTZUSD"].as_array().unwrap();
    assert_eq!(rows.len(), 720);
    assert_eq!(rows[719][0], NOW / 1_000, "the last row is forming");
    assert_eq!(ohlc["last"], NOW / 1_000 - 60);
    let quiet = rows
        .iter()
        .find(|row| row[7] == 0)
        .expect("a minute without trades");
    assert_eq!(
        (&quiet[5], &quiet[6]),
        (&Value::from("0.0"), &Value::from("0.00000000"))
    );
    let since = format!("pair=XBTUSD&interval=1&since={}", NOW / 1_000 - 180);
    assert_eq!(ask("OHLC", &since)["XXBTZUSD"].as_array().unwrap().len(), 3);
    let long_ago = ask("OHLC", "pair=XBTUSD&interval=1&since=1500000000");
    assert_eq!(
        long_ago["XXBTZUSD"].as_array().unwrap().len(),
        720,
        "whatever is asked for"
    );

    let depth = &ask("Depth", "pair=XBTUSD&count=7")["XXBTZUSD"];
    assert_eq!(depth["asks"].as_array().unwrap().len(), 7);
    assert!(depth["bids"][0][0].is_string() && depth["bids"][0][2].is_i64());

    let truth = world
        .truth()
        .trades(Protocol::Kraken, NOW - 10 * MINUTE_MS, now + 1);
    let mut cursor = ((NOW - 10 * MINUTE_MS) * 1_000_000 - 1).to_string();
    let mut ids = Vec::new();
    loop {
        let page = ask("Trades", &format!("pair=XBTUSD&count=100&since={cursor}"));
        let rows = page["XXBTZUSD"].as_array().unwrap();
        ids.extend(rows.iter().map(|row| row[6].as_i64().unwrap()));
        page["last"].as_str().unwrap().clone_into(&mut cursor);
        if rows.len() < 100 {
            break;
        }
    }
    let expected: Vec<i64> = truth.iter().map(|trade| trade.id).collect();
    assert_eq!(ids, expected, "page by page");
    assert_eq!(ask("Time", "")["unixtime"], now / 1_000);
    assert_eq!(ask("Time", "")["rfc1123"], "Mon, 21 Sep 26 14:13:30 +0000");

    for (call, query, error) in [
        ("Ticker", "pair=NOPE", "EQuery:Unknown asset pair"),
        (
            "OHLC",
            "pair=XBTUSD&interval=2",
            "EGeneral:Invalid arguments",
        ),
        ("Nothing", "pair=XBTUSD", "EGeneral:Unknown method"),
    ] {
        let answer = json(
            &world,
            Protocol::Kraken,
            &format!("/0/public/{call}"),
            query,
        );
        assert_eq!(answer["error"][0], error, "with status 200");
    }
}

#[test]
fn bitstamp_answers_as_documented() {
    let (world, clock) = world();
    clock.advance(30_000);
    let now = clock.now_ms();
    let ask = |path: &str, query: &str| {
        json(
            &world,
            Protocol::Bitstamp,
            &format!("/api/v2/{path}"),
            query,
        )
    };
    let ticker = ask("ticker/btcusd/", "");
    let last = world.truth().last_trade(Protocol::Bitstamp, now).unwrap();
    assert_eq!(ticker["last"], (last.ticks / 100).to_string());
    assert_eq!(ticker["timestamp"], (now / 1_000).to_string());
    let book = ask("order_book/btcusd/", "");
    assert_eq!(book["microtimestamp"], (now * 1_000).to_string());
    assert_eq!(
        ask("order_book/btcusd", "group=2")["bids"][0]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let rows = ask("transactions/btcusd/", "time=minute");
    let truth = world
        .truth()
        .trades(Protocol::Bitstamp, now - MINUTE_MS, now + 1);
    assert_eq!(rows.as_array().unwrap().len(), truth.len());
    assert_eq!(rows[0]["tid"], last.id.to_string(), "newest first");
    assert_eq!(rows[0]["date"], (last.at_us / 1_000_000).to_string());

    let candles = ask("ohlc/btcusd/", "step=60&limit=1000");
    let candles = candles["data"]["ohlc"].as_array().unwrap().clone();
    assert_eq!(candles.len(), 1_000, "minutes without trades are filled");
    assert_eq!(candles[999]["timestamp"], (NOW / 1_000).to_string());
    let quiet = candles
        .windows(2)
        .find(|pair| pair[1]["volume"] == "0.00000000")
        .unwrap();
    for price in ["open", "high", "low", "close"] {
        assert_eq!(quiet[1][price], quiet[0]["close"]);
    }
    let done = ask(
        "ohlc/btcusd/",
        "step=60&limit=2&exclude_current_candle=true",
    );
    assert_eq!(
        done["data"]["ohlc"][1]["timestamp"],
        (NOW / 1_000 - 60).to_string()
    );
    let start = NOW / 1_000 - 6_000;
    let some = ask(
        "ohlc/btcusd/",
        &format!("step=60&limit=5&start={start}&end={}", start + 6_000),
    );
    assert_eq!(some["data"]["ohlc"][0]["timestamp"], start.to_string());
    assert_eq!(some["data"]["ohlc"].as_array().unwrap().len(), 5);

    let wrong =
        world
            .exchange(Protocol::Bitstamp)
            .rest("/api/v2/ohlc/btcusd/", "step=61&limit=5", now);
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.body.contains("\"status\":\"error\""),
        "{}",
        wrong.body
    );
    assert_eq!(
        world
            .exchange(Protocol::Bitstamp)
            .rest("/api/v2/ticker/btceur/", "", now)
            .status,
        404
    );
}

#[test]
fn bitfinex_answers_as_documented() {
    let (world, clock) = world();
    clock.advance(30_000);
    let now = clock.now_ms();
    let ask =
        |path: &str, query: &str| json(&world, Protocol::Bitfinex, &format!("/v2/{path}"), query);
    let last = world.truth().last_trade(Protocol::Bitfinex, now).unwrap();
    let ticker = ask("ticker/tBTCUSD", "");
    assert_eq!(ticker.as_array().unwrap().len(), 10);
    assert_eq!(number(&ticker[6]), last.model().price);
    let book = ask("book/tBTCUSD/P0", "len=25");
    let book = book.as_array().unwrap();
    assert_eq!(book.len(), 50);
    assert!(number(&book[0][2]) > 0.0 && number(&book[25][2]) < 0.0);
    let trades = ask("trades/tBTCUSD/hist", "limit=3");
    assert_eq!(trades[0][0], last.id, "newest first");
    assert_eq!(
        number(&trades[0][2]) > 0.0,
        last.side == app::model::Side::Buy
    );
    let from = NOW - 20 * MINUTE_MS;
    let query = format!("start={from}&end={now}&sort=1&limit=10000");
    let all = world.truth().trades(Protocol::Bitfinex, from, now + 1);
    let rows = ask("trades/tBTCUSD/hist", &query);
    let ids: Vec<i64> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row[0].as_i64().unwrap())
        .collect();
    assert_eq!(ids, all.iter().map(|trade| trade.id).collect::<Vec<i64>>());

    let query = format!(
        "start={}&end={now}&sort=1&limit=10000",
        NOW - 1_000 * MINUTE_MS
    );
    let rows = ask("candles/trade:1m:tBTCUSD/hist", &query);
    let truth = world
        .truth()
        .candles(Protocol::Bitfinex, NOW - 1_000 * MINUTE_MS, NOW);
    let rows = rows.as_array().unwrap();
    assert!(truth.len() < 1_000, "minutes without trades are absent");
    assert_eq!(rows.len(), truth.len() + 1);
    let (row, candle) = (&rows[7], &truth[7]);
    let expected =
        [candle.open, candle.close, candle.high, candle.low].map(|ticks| ticks as f64 / 100.0);
    assert_eq!(
        [1, 2, 3, 4].map(|index| number(&row[index])),
        expected,
        "close before high"
    );
    assert_eq!(ask("candles/trade:1m:tBTCUSD/hist", "limit=2")[0][0], NOW);
    assert_eq!(ask("candles/trade:1m:tBTCUSD/last", "")[0], NOW);
    assert_eq!(ask("platform/status", ""), serde_json::json!([1]));
    let wrong = world
        .exchange(Protocol::Bitfinex)
        .rest("/v2/ticker/tNOPE", "", now);
    assert_eq!(
        (wrong.status, wrong.body.as_str()),
        (500, r#"["error",10020,"symbol: invalid"]"#)
    );
}

#[test]
fn binance_pages_trades_by_number_and_time() {
    let (world, clock) = world();
    clock.advance(30_000);
    let now = clock.now_ms();
    let ask = |query: &str| {
        let rows = json(
            &world,
            Protocol::Binance,
            "/api/v3/aggTrades",
            &format!("symbol=BTCUSDT{query}"),
        );
        rows.as_array()
            .unwrap()
            .iter()
            .map(|row| row["a"].as_i64().unwrap())
            .collect::<Vec<i64>>()
    };
    let all: Vec<i64> = world
        .truth()
        .trades(Protocol::Binance, NOW - MINUTE_MS, now + 1)
        .iter()
        .map(|trade| trade.id)
        .collect();
    assert_eq!(ask(&format!("&fromId={}&limit=1000", all[0])), all);
    assert_eq!(
        ask(&format!("&startTime={}&limit=1000", NOW - MINUTE_MS)),
        all
    );
    assert_eq!(ask("&limit=4"), all[all.len() - 4..]);
    let both = world.exchange(Protocol::Binance).rest(
        "/api/v3/aggTrades",
        "symbol=BTCUSDT&fromId=1&startTime=1",
        now,
    );
    assert!(both.body.contains("-1128"), "{}", both.body);
    let raw = json(
        &world,
        Protocol::Binance,
        "/api/v3/trades",
        "symbol=BTCUSDT&limit=2",
    );
    assert_eq!(raw[1]["id"], all[all.len() - 1]);
}
