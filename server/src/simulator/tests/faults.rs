use super::*;
use crate::{
    refine::book::book_figures,
    source::{
        binance::messages::{parse_error, parse_ticker},
        message::MessageError,
    },
};

/// All final minutes from [`NOW`] on.
async fn history(bench: &Bench) -> Vec<Candle> {
    let url = bench.requests.klines("1m", 1_000, Some(NOW));
    let candles = bench.candles_of(&url).await;
    candles
        .into_iter()
        .filter(|candle| candle.is_final)
        .collect()
}

#[tokio::test]
async fn a_frozen_price_stands_still_and_stays_in_history() {
    let bench = Bench::new().await;
    bench.clock.advance(20_000);
    let frozen = bench.candles(1).await[0].close;
    bench.faults().set(Fault::FrozenPrice, None, None);
    bench.clock.advance(5 * MINUTE_MS);
    for candle in &bench.candles(5).await {
        let prices = [candle.open, candle.high, candle.low, candle.close];
        assert_eq!(prices, [frozen; 4]);
        assert!(candle.volume > 0.0);
    }
    let body = bench
        .source
        .get(&bench.requests.ticker_24h())
        .await
        .unwrap()
        .body;
    assert_eq!(parse_ticker(&body).unwrap().last, frozen);
    let served = history(&bench).await;

    bench.faults().clear(Fault::FrozenPrice, None);
    bench.clock.advance(2_000);
    assert_ne!(bench.candles(1).await[0].close, frozen);
    bench.clock.advance(10 * MINUTE_MS);
    assert_eq!(history(&bench).await[..5], served[..5]);
    let newest = bench.candles(3).await;
    assert!(newest.iter().all(|candle| candle.close != frozen));
}

#[tokio::test]
async fn a_crossed_book_is_crossed_until_it_is_cleared() {
    let bench = Bench::new().await;
    bench.faults().set(Fault::CrossedBook, None, None);
    bench.clock.advance(1_000);
    let book = bench.depth(100).await;
    let broken = book_figures(NOW, &book.bids, &book.asks).unwrap_err();
    let rules: Vec<&str> = broken.into_iter().map(|(rule, _)| rule).collect();
    assert_eq!(rules, ["book.crossed"]);
    let body = bench
        .source
        .get(&bench.requests.ticker_24h())
        .await
        .unwrap()
        .body;
    let quote = parse_ticker(&body).unwrap();
    assert!(quote.bid > quote.ask);
    bench.faults().clear(Fault::CrossedBook, None);
    bench.clock.advance(1_000);
    let book = bench.depth(100).await;
    assert!(book_figures(NOW, &book.bids, &book.asks).is_ok());
}

#[tokio::test]
async fn missing_minutes_leave_holes_that_heal() {
    let bench = Bench::new().await;
    bench.faults().set(Fault::MissingMinutes, None, None);
    bench.clock.advance(30_000);
    let starts =
        |candles: Vec<Candle>| -> Vec<i64> { candles.iter().map(minutes_after_now).collect() };
    // At once: the two minutes before are gone.
    assert_eq!(starts(bench.candles(3).await), [-4, -3, 0]);
    bench.clock.advance(4 * MINUTE_MS);
    assert_eq!(starts(bench.candles(4).await), [-4, -3, 0, 3]);
    let from_start = bench.requests.klines("1m", 4, Some(NOW - 3 * MINUTE_MS));
    assert_eq!(starts(bench.candles_of(&from_start).await), [-3, 0, 3]);
    bench.faults().clear(Fault::MissingMinutes, None);
    assert_eq!(starts(bench.candles(7).await), [-2, -1, 0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_spike_leaves_for_one_minute_and_returns() {
    for (elapsed, minute) in [(0, 0_usize), (15_000, 0), (55_000, 1)] {
        let (spiky, calm) = (Bench::new().await, Bench::new().await);
        for bench in [&spiky, &calm] {
            bench.clock.advance(elapsed);
        }
        spiky.faults().set(Fault::Spike, None, None);
        assert!(spiky.faults().is_on(Fault::Spike, None));
        for bench in [&spiky, &calm] {
            bench.clock.advance(4 * MINUTE_MS);
        }
        let (with, without) = (history(&spiky).await, history(&calm).await);
        let off = |index: usize| (with[index].close / without[index].close - 1.0).abs();
        for (index, candle) in with.iter().enumerate() {
            if index == minute {
                assert!(
                    (0.0199..0.081).contains(&off(index)),
                    "{elapsed} ms: {}",
                    off(index)
                );
            } else {
                assert_eq!(off(index), 0.0, "{elapsed} ms, minute {index}");
            }
            assert!(candle.high >= candle.open.max(candle.close));
            assert!(candle.low <= candle.open.min(candle.close));
        }
        let reopened = with[minute + 1].open / with[minute].close - 1.0;
        assert!(reopened.abs() < 0.005, "{elapsed} ms: {reopened}");
        assert!(
            !spiky.faults().is_on(Fault::Spike, None),
            "it ends by itself"
        );
    }
}

#[tokio::test]
async fn the_size_of_a_spike_is_configurable() {
    let config = SimulatorConfig {
        spike: 0.06,
        ..SimulatorConfig::default()
    };
    let bench = Bench::with(config).await;
    let before = bench.candles(2).await[0].close;
    bench.faults().set(Fault::Spike, None, None);
    bench.clock.advance(MINUTE_MS);
    let spike = bench.candles(2).await[0].close;
    assert!(((spike / before - 1.0).abs() - 0.06).abs() < 0.01);
}

#[tokio::test]
async fn an_absurd_price_is_ten_times_too_high() {
    let (bench, calm) = (Bench::new().await, Bench::new().await);
    let both = |by_ms| {
        bench.clock.advance(by_ms);
        calm.clock.advance(by_ms);
    };
    both(10_000);
    bench.faults().set(Fault::AbsurdPrice, None, None);
    both(1_000);
    let right = calm.candles(1).await[0].close;
    let wrong = bench.candles(1).await[0].close;
    assert!((wrong - 10.0 * right).abs() < 1e-6, "{right} {wrong}");
    let book = bench.depth(5).await;
    assert!((book.bids[0].price / wrong - 1.0).abs() < 0.001);
    bench.faults().clear(Fault::AbsurdPrice, None);
    both(1_000);
    assert_eq!(
        bench.candles(1).await[0].close,
        calm.candles(1).await[0].close
    );
}

#[tokio::test]
async fn transport_faults_are_what_the_client_takes_them_for() {
    let bench = Bench::new().await;
    let url = bench.requests.klines("1m", 3, None);
    let good = bench.source.get(&url).await.unwrap().body;

    bench.faults().set(Fault::RateLimit, None, None);
    let error = bench.source.get(&url).await.unwrap_err();
    assert!(
        matches!(
            error,
            FetchError::RateLimited {
                retry_after_ms: Some(5_000),
                ..
            }
        ),
        "{error}"
    );
    bench.faults().clear(Fault::RateLimit, None);

    bench.faults().set(Fault::Blocked, None, None);
    let error = bench.source.get(&url).await.unwrap_err();
    assert!(error.is_blocked() && error.status() == Some(451), "{error}");
    assert_eq!(error.answer().unwrap().body, br#"{"code":0,"msg":"Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in error."}"#);
    bench.faults().clear(Fault::Blocked, None);

    bench.faults().set(Fault::ServerError, None, None);
    let error = bench.source.get(&url).await.unwrap_err();
    assert!(
        matches!(error, FetchError::Transient { .. }) && error.status() == Some(500),
        "{error}"
    );
    assert!(parse_error(&error.answer().unwrap().body).is_some());
    bench.faults().clear(Fault::ServerError, None);

    bench.faults().set(Fault::TruncatedJson, None, None);
    let answer = bench.source.get(&url).await.unwrap();
    assert_eq!(answer.body, good[..good.len() / 2]);
    let error = parse_klines(&answer.body, NOW).unwrap_err();
    assert!(matches!(error, MessageError::Json(_)), "{error}");
    bench.faults().clear(Fault::TruncatedJson, None);

    assert_eq!(bench.source.get(&url).await.unwrap().body, good);
}

#[tokio::test]
async fn silence_lasts_until_the_client_gives_up() {
    let bench = Bench::new().await;
    bench.faults().set(Fault::Silence, None, None);
    let http = HttpConfig {
        total_timeout: Duration::from_millis(200),
        ..HttpConfig::default()
    };
    let source = HttpSource::new(&http, bench.clock.clone()).unwrap();
    let error = source.get(&bench.requests.ticker_24h()).await.unwrap_err();
    assert!(
        matches!(error, FetchError::Transient { answer: None, .. }),
        "{error}"
    );
    assert!(error.to_string().contains("timed out"), "{error}");
    // The switch itself still answers, and so does everything once it is off.
    bench.json("/faults").await;
    bench.faults().clear(Fault::Silence, None);
    bench.json("/api/v3/time").await;
}

#[tokio::test]
async fn a_silent_simulator_can_be_stopped() {
    let Bench {
        simulator,
        source,
        requests,
        ..
    } = Bench::new().await;
    simulator.faults().set(Fault::Silence, None, None);
    let waiting = tokio::spawn(async move { source.get(&requests.ticker_24h()).await.is_ok() });
    tokio::task::yield_now().await;
    simulator.shutdown().await;
    // Answered at last or cut off: either way nobody waits for the end of the time-out.
    waiting.await.unwrap();
}

#[tokio::test]
async fn faults_end_at_their_time() {
    let bench = Bench::new().await;
    bench.faults().set(Fault::Blocked, None, Some(NOW + 10_000));
    assert_eq!(
        bench.faults().list(),
        [ActiveFault {
            fault: Fault::Blocked,
            venue: None,
            since_ms: NOW,
            until_ms: Some(NOW + 10_000)
        }]
    );
    bench.clock.advance(9_999);
    assert!(bench.get("/api/v3/ping").await.is_err());
    bench.clock.advance(1);
    assert!(bench.get("/api/v3/ping").await.is_ok());
    assert!(bench.faults().list().is_empty());
    assert!(!bench.faults().clear(Fault::Blocked, None));
}

#[tokio::test]
async fn a_fault_switched_on_again_goes_on_until_its_new_end() {
    let bench = Bench::new().await;
    bench
        .faults()
        .set(Fault::FrozenPrice, None, Some(NOW + 10_000));
    let frozen = bench.candles(1).await[0].close;
    bench.clock.advance(5_000);
    bench
        .faults()
        .set(Fault::FrozenPrice, None, Some(NOW + 40_000));
    bench.clock.advance(34_000);
    assert_eq!(bench.candles(1).await[0].close, frozen);
    assert_eq!(bench.faults().list()[0].since_ms, NOW);
    bench.clock.advance(1_000);
    assert_ne!(bench.candles(1).await[0].close, frozen);
}

/// The default price check: 8 robust scales of the 60 returns before, at least 0.5 %, taken back by 70 %.
#[tokio::test]
async fn a_spike_is_what_the_spike_check_looks_for() {
    for hours in 0..24 {
        let bench = Bench::new().await;
        bench.clock.advance(hours * 17 * 60 * MINUTE_MS);
        bench.faults().set(Fault::Spike, None, None);
        bench.clock.advance(2 * MINUTE_MS);
        let closes: Vec<f64> = bench.candles(64).await.iter().map(|c| c.close).collect();
        let returns: Vec<f64> = closes[..63]
            .windows(2)
            .map(|pair| (pair[1] / pair[0]).ln())
            .collect();
        let median = |values: &[f64]| {
            let mut sorted = values.to_vec();
            sorted.sort_by(f64::total_cmp);
            sorted[sorted.len() / 2]
        };
        let (before, jump, back) = (&returns[..60], returns[60], returns[61]);
        let middle = median(before);
        let deviations: Vec<f64> = before.iter().map(|step| (step - middle).abs()).collect();
        let scale = (1.4826 * median(&deviations)).max(0.0002);
        let off = jump - middle;
        assert!(
            off.abs() > (8.0 * scale).max(0.005),
            "{hours}: {off} of scale {scale}"
        );
        assert!(
            back * off < 0.0 && back.abs() >= 0.7 * off.abs(),
            "{hours}: {off} then {back}"
        );
    }
}

#[tokio::test]
async fn faults_are_switched_over_http() {
    let bench = Bench::new().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = |path: &str| format!("{}/faults{path}", bench.simulator.base_url());
    let on = |body: &serde_json::Value| -> Vec<String> {
        let faults = body["faults"].as_array().unwrap();
        assert_eq!(faults.len(), Fault::ALL.len());
        let on = faults.iter().filter(|fault| fault["on"] == true);
        on.map(|fault| fault["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let json = |bytes: &[u8]| -> serde_json::Value { serde_json::from_slice(bytes).unwrap() };

    assert!(on(&bench.json("/faults").await).is_empty());
    let answer = client.post(url("/spike?seconds=600")).send().await.unwrap();
    assert_eq!(on(&json(&answer.bytes().await.unwrap())), ["spike"]);
    client.post(url("/silence?seconds=5")).send().await.unwrap();
    client.post(url("/blocked")).send().await.unwrap();
    assert_eq!(
        on(&bench.json("/faults").await),
        ["spike", "blocked", "silence"]
    );
    bench.clock.advance(5_000);
    assert_eq!(on(&bench.json("/faults").await), ["spike", "blocked"]);
    client.delete(url("/blocked")).send().await.unwrap();
    assert_eq!(on(&bench.json("/faults").await), ["spike"]);
    client.post(url("/rate_limit")).send().await.unwrap();
    client.delete(url("")).send().await.unwrap();
    assert!(on(&bench.json("/faults").await).is_empty());

    for (path, status) in [
        ("/earthquake", 404),
        ("/spike?seconds=0", 400),
        ("/spike?seconds=-5", 400),
        ("/spike?seconds=soon", 400),
        ("/spike?seconds=99999999999", 400),
    ] {
        let answer = client.post(url(path)).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert!(
            json(&answer.bytes().await.unwrap())["error"].is_string(),
            "{path}"
        );
    }
    assert!(on(&bench.json("/faults").await).is_empty());
}
