use super::*;
use crate::{refine::book::book_figures, source::binance::messages::parse_ticker};

#[tokio::test]
async fn the_small_endpoints_have_the_documented_shape() {
    let bench = Bench::new().await;
    assert_eq!(bench.get("/api/v3/ping").await.unwrap().body, b"{}");
    assert_eq!(bench.json("/api/v3/time").await["serverTime"], NOW);
    let info = bench.json("/api/v3/exchangeInfo?symbol=BTCUSDT").await;
    assert_eq!(info["symbols"][0]["quoteAsset"], "USDT");
    assert_eq!(info["rateLimits"][0]["limit"], 6_000);
    let ticker = bench.json("/api/v3/ticker/bookTicker?symbol=BTCUSDT").await;
    assert!(ticker["bidPrice"].is_string() && ticker["askQty"].is_string());
    let all = bench.json("/api/v3/ticker/24hr").await;
    assert_eq!(all[0]["symbol"], "BTCUSDT");
}

#[tokio::test]
async fn the_ticker_agrees_with_candles_and_book() {
    let bench = Bench::new().await;
    bench.clock.advance(25_500);
    let answer = bench
        .source
        .get(&bench.requests.ticker_24h())
        .await
        .unwrap();
    let quote = parse_ticker(&answer.body).unwrap();
    assert_eq!(quote.observed_at, NOW + 25_500);
    let candles = bench.candles(1_000).await;
    assert_eq!(candles.last().map(|candle| candle.close), Some(quote.last));
    let book = bench.depth(5).await;
    assert_eq!(
        (quote.bid, quote.ask),
        (Some(book.bids[0].price), Some(book.asks[0].price))
    );
    assert!(book.bids[0].price <= quote.last && quote.last <= book.asks[0].price);

    let day_ago = NOW - 1439 * MINUTE_MS;
    let first = bench.requests.klines("1m", 440, Some(day_ago));
    let day: Vec<Candle> = bench
        .candles_of(&first)
        .await
        .into_iter()
        .chain(candles)
        .collect();
    assert_eq!(day.len(), 1440);
    assert_eq!(quote.open_24h, Some(day[0].open));
    assert_eq!(
        quote.high_24h,
        day.iter().map(|c| c.high).max_by(f64::total_cmp)
    );
    assert_eq!(
        quote.low_24h,
        day.iter().map(|c| c.low).min_by(f64::total_cmp)
    );
    let volume: f64 = day.iter().map(|candle| candle.volume).sum();
    assert!((quote.volume_24h.unwrap() - volume).abs() < 1e-6);
}

#[tokio::test]
async fn klines_keep_to_their_bounds() {
    let bench = Bench::new().await;
    bench.clock.advance(30_000);
    let at = |minutes: i64| NOW + minutes * MINUTE_MS;
    for (name, query, first, last) in [
        ("newest", "limit=3".to_owned(), -2, 0),
        ("default limit", String::new(), -499, 0),
        ("clipped limit", "limit=5000".to_owned(), -999, 0),
        (
            "from a start",
            format!("limit=5&startTime={}", at(-100)),
            -100,
            -96,
        ),
        (
            "start between two",
            format!("limit=2&startTime={}", at(-100) + 1),
            -99,
            -98,
        ),
        (
            "up to an end",
            format!("limit=5&endTime={}", at(-100)),
            -104,
            -100,
        ),
        (
            "end between two",
            format!("limit=2&endTime={}", at(-100) - 1),
            -102,
            -101,
        ),
        (
            "both",
            format!("startTime={}&endTime={}", at(-10), at(-8)),
            -10,
            -8,
        ),
        (
            "microseconds",
            format!("startTime={}000&endTime={}000", at(-10), at(-8)),
            -10,
            -8,
        ),
        (
            "end to come",
            format!("startTime={}&endTime={}", at(-1), at(9)),
            -1,
            0,
        ),
    ] {
        let url = format!(
            "{}&{query}",
            bench.requests.klines("1m", 0, None).replace("&limit=0", "")
        );
        let candles = bench.candles_of(&url).await;
        let starts: Vec<i64> = candles.iter().map(minutes_after_now).collect();
        assert_eq!(starts, (first..=last).collect::<Vec<i64>>(), "{name}");
        let forming = candles.iter().filter(|candle| !candle.is_final).count();
        assert_eq!(forming, usize::from(last == 0), "{name}");
    }
    let none = bench.requests.klines("1m", 5, Some(at(5)));
    assert!(bench.candles_of(&none).await.is_empty());
    let oldest = bench.requests.klines("1m", 1, Some(0));
    assert_eq!(
        bench.candles_of(&oldest).await[0].opened_at,
        1_502_942_400_000
    );
}

#[tokio::test]
async fn longer_candles_add_up_shorter_ones() {
    let bench = Bench::new().await;
    let hour_at = NOW - NOW % 3_600_000 - 3_600_000;
    let hours = bench
        .candles_of(&bench.requests.klines("1h", 2, Some(hour_at)))
        .await;
    let minutes = bench
        .candles_of(&bench.requests.klines("1m", 60, Some(hour_at)))
        .await;
    assert_eq!((hours[0].opened_at, hours[0].is_final), (hour_at, true));
    assert_eq!(
        (hours[1].opened_at, hours[1].is_final),
        (hour_at + 3_600_000, false)
    );
    assert_eq!(
        (hours[0].open, hours[0].close),
        (minutes[0].open, minutes[59].close)
    );
    let high = minutes.iter().map(|c| c.high).max_by(f64::total_cmp);
    assert_eq!(Some(hours[0].high), high);
    let volume: f64 = minutes.iter().map(|candle| candle.volume).sum();
    assert!((hours[0].volume - volume).abs() < 1e-6);
    assert_eq!(
        bench
            .json("/api/v3/klines?symbol=BTCUSDT&interval=1d&limit=3")
            .await
            .as_array()
            .map(Vec::len),
        Some(3)
    );
}

#[tokio::test]
async fn the_forming_candle_grows_into_the_final_one() {
    let bench = Bench::new().await;
    bench.clock.advance(999);
    let mut seen: Option<Candle> = None;
    let mut closes = Vec::new();
    for _ in 0..60 {
        let candle = bench.candles(1).await[0];
        assert!(!candle.is_final);
        if let Some(before) = seen {
            assert_eq!(candle.open, before.open);
            assert!(candle.high >= before.high && candle.low <= before.low);
            assert!(candle.volume > before.volume && candle.trades >= before.trades);
        }
        closes.push(candle.close);
        seen = Some(candle);
        bench.clock.advance(1_000);
    }
    closes.dedup();
    assert!(
        closes.len() > 40,
        "the price moves within the minute: {closes:?}"
    );
    let complete = bench.candles(2).await[0];
    assert_eq!(
        Some(complete),
        seen.map(|last| Candle {
            is_final: true,
            ..last
        })
    );
    bench.clock.advance(3 * 86_400_000);
    let later = bench
        .candles_of(&bench.requests.klines("1m", 1, Some(NOW)))
        .await[0];
    assert_eq!(later, complete);
}

#[tokio::test]
async fn the_book_has_figures_that_fit() {
    let bench = Bench::new().await;
    for _ in 0..20 {
        let book = bench.depth(100).await;
        assert_eq!((book.bids.len(), book.asks.len()), (100, 100));
        let figures = book_figures(NOW, &book.bids, &book.asks).unwrap();
        assert!(
            (0.0..3.0).contains(&figures.spread_bps),
            "{}",
            figures.spread_bps
        );
        for cost in [figures.buy_cost_bps, figures.sell_cost_bps] {
            assert!(
                cost.is_some_and(|cost| (0.0..8.0).contains(&cost)),
                "{cost:?}"
            );
        }
        bench.clock.advance(61_000);
    }
    let deep = bench.depth(5_000).await.bids.len();
    assert!((700..=1_000).contains(&deep), "{deep} levels");
}

#[tokio::test]
async fn mistakes_get_the_codes_of_the_venue() {
    let bench = Bench::new().await;
    for (query, code) in [
        ("klines?symbol=NOPEUSDT&interval=1m", -1121),
        ("ticker/24hr?symbol=NOPEUSDT", -1121),
        ("depth?symbol=btcusdt", -1100),
        ("depth?symbol=", -1105),
        ("depth", -1102),
        ("klines?symbol=BTCUSDT", -1102),
        ("klines?symbol=BTCUSDT&interval=1M", -1120),
        ("klines?symbol=BTCUSDT&interval=1m&limit=x", -1100),
        ("klines?symbol=BTCUSDT&interval=1m&limit=-1", -1100),
        ("klines?symbol=BTCUSDT&interval=1m&limit=0", -1130),
        ("klines?symbol=BTCUSDT&interval=1m&startTime=1e9", -1100),
        (
            "klines?symbol=BTCUSDT&interval=1m&startTime=99999999999999999999",
            -1100,
        ),
        ("depth?symbol=BTCUSDT&symbol=BTCUSDT", -1101),
        ("depth?symbol=BTCUSDT&limit=%ff", -1100),
    ] {
        let error = bench.get(&format!("/api/v3/{query}")).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Refused { .. }),
            "{query}: {error}"
        );
        assert_eq!(error.status(), Some(400), "{query}");
        let body = &error.answer().unwrap().body;
        let json: serde_json::Value = serde_json::from_slice(body).unwrap();
        assert_eq!(json["code"], code, "{query}");
        assert!(json["msg"].is_string(), "{query}");
    }
    let url = Requests::new(&bench.simulator.base_url(), "NOPEUSDT").depth(5);
    let body = bench
        .source
        .get(&url)
        .await
        .unwrap_err()
        .answer()
        .unwrap()
        .body
        .clone();
    assert_eq!(body, br#"{"code":-1121,"msg":"Invalid symbol."}"#);
    assert_eq!(
        bench.get("/api/v3/nothing").await.unwrap_err().status(),
        Some(404)
    );
}

#[tokio::test]
async fn weight_is_counted_and_limited() {
    let bench = Bench::new().await;
    let used = |answer: Answer| answer.used_weight;
    let book = bench
        .source
        .get(&bench.requests.depth(5_000))
        .await
        .unwrap();
    assert_eq!(used(book), Some(250));
    let ticker = bench
        .source
        .get(&bench.requests.ticker_24h())
        .await
        .unwrap();
    assert_eq!(used(ticker), Some(252));
    for _ in 0..22 {
        bench
            .source
            .get(&bench.requests.depth(5_000))
            .await
            .unwrap();
    }
    let error = bench
        .source
        .get(&bench.requests.depth(5_000))
        .await
        .unwrap_err();
    assert!(matches!(error, FetchError::RateLimited { .. }), "{error}");
    bench.clock.advance(MINUTE_MS);
    assert_eq!(used(bench.get("/api/v3/ping").await.unwrap()), Some(1));
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes() {
    let with_seed = |seed| {
        Bench::with(SimulatorConfig {
            seed,
            ..SimulatorConfig::default()
        })
    };
    let (one, same, other) = (with_seed(5).await, with_seed(5).await, with_seed(6).await);
    for bench in [&one, &same, &other] {
        bench.clock.advance(31_000);
    }
    same.candles(1_000).await;
    for query in [
        "klines?symbol=BTCUSDT&interval=1m",
        "depth?symbol=BTCUSDT",
        "ticker/24hr?symbol=BTCUSDT",
    ] {
        let path = format!("/api/v3/{query}");
        let body = one.get(&path).await.unwrap().body;
        assert_eq!(body, same.get(&path).await.unwrap().body, "{query}");
        assert_ne!(body, other.get(&path).await.unwrap().body, "{query}");
    }
}

#[tokio::test]
async fn time_can_run_faster_and_from_elsewhere() {
    let bench = Bench::with(SimulatorConfig {
        speed: 60.0,
        start_ms: Some(NOW - 3_600_000),
        ..SimulatorConfig::default()
    })
    .await;
    bench.clock.advance(10_000);
    assert_eq!(
        bench.json("/api/v3/time").await["serverTime"],
        NOW - 3_000_000
    );
    let newest = bench.candles(1).await[0];
    assert_eq!(minutes_after_now(&newest), -50);
}

#[tokio::test]
async fn it_starts_only_where_and_how_it_makes_sense() {
    let config = SimulatorConfig::default();
    let everywhere = SocketAddr::from(([0, 0, 0, 0], 0));
    let result = Simulator::start(everywhere, config.clone()).await;
    assert!(matches!(result, Err(SimulatorError::NotLoopback(_))));
    let local = SocketAddr::from(([127, 0, 0, 1], 0));
    for speed in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let result = Simulator::start(
            local,
            SimulatorConfig {
                speed,
                ..config.clone()
            },
        )
        .await;
        assert!(matches!(result, Err(SimulatorError::Speed(_))), "{speed}");
    }
    let bench = Bench::new().await;
    let result = Simulator::start(bench.simulator.addr(), config.clone()).await;
    assert!(matches!(result, Err(SimulatorError::Listen { .. })));
    let addr = bench.simulator.addr();
    drop(bench.source);
    bench.simulator.shutdown().await;
    Simulator::start(addr, config)
        .await
        .unwrap()
        .shutdown()
        .await;
}
