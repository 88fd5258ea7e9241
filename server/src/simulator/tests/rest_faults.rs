//! What faults do to answers.

use serde_json::Value;

use super::{drive::world, *};

#[test]
fn refusals_are_in_the_words_of_the_venue() {
    for (fault, statuses) in [
        (Fault::RateLimit, [429; 5]),
        (Fault::Blocked, [451; 5]),
        (Fault::KeyRequired, [401; 5]),
        (Fault::Forbidden, [403; 5]),
        (Fault::ServerError, [500, 500, 520, 500, 500]),
        (Fault::Error200, [200; 5]),
        (Fault::Html, [200; 5]),
        (Fault::Restart, [503; 5]),
    ] {
        for (protocol, status) in Protocol::ALL.into_iter().zip(statuses) {
            let (world, _) = world();
            world.faults().set(fault, Some(protocol), None);
            let answer = world.exchange(protocol).rest(question(protocol), "", NOW);
            assert_eq!(answer.status, status, "{protocol} {fault}");
            let html = matches!(fault, Fault::Forbidden | Fault::Html | Fault::Restart);
            assert_eq!(
                answer.body.starts_with("<!DOCTYPE html>"),
                html,
                "{protocol} {fault}"
            );
            assert_eq!(serde_json::from_str::<Value>(&answer.body).is_err(), html);
            let wait = (fault == Fault::RateLimit).then_some("5");
            assert_eq!(answer.header("retry-after"), wait, "{protocol} {fault}");
            let other = Protocol::ALL
                .into_iter()
                .find(|other| *other != protocol)
                .unwrap();
            let elsewhere = world
                .exchange(other)
                .rest(question(other), question_query(other), NOW);
            assert!(
                elsewhere.status == 200,
                "only {protocol} has {fault}: {}",
                elsewhere.body
            );
        }
    }
    let (world, _) = world();
    world.faults().set(Fault::Error200, None, None);
    let body = |protocol| {
        world
            .exchange(protocol)
            .rest(question(protocol), "", NOW)
            .body
    };
    assert_eq!(
        body(Protocol::Kraken),
        r#"{"error":["EService:Unavailable"]}"#
    );
    assert_eq!(
        body(Protocol::Bitfinex),
        r#"["error",11010,"ratelimit: error"]"#
    );
}

fn question(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Binance => "/api/v3/depth",
        Protocol::Coinbase => "/products/BTC-USD/book",
        Protocol::Kraken => "/0/public/Depth",
        Protocol::Bitstamp => "/api/v2/order_book/btcusd/",
        Protocol::Bitfinex => "/v2/book/tBTCUSD/P0",
    }
}

fn question_query(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Binance => "symbol=BTCUSDT&limit=1000",
        Protocol::Coinbase => "level=2",
        Protocol::Kraken => "pair=XBTUSD",
        Protocol::Bitstamp | Protocol::Bitfinex => "",
    }
}

#[test]
fn who_does_not_wait_is_banned() {
    let (world, clock) = world();
    world
        .faults()
        .set(Fault::RateLimit, None, Some(NOW + 10_000));
    let ask = || {
        world
            .exchange(Protocol::Binance)
            .rest("/api/v3/ping", "", clock.now_ms())
    };
    let first: Vec<u16> = (0..12).map(|_| ask().status).collect();
    assert_eq!(first, [429; 12]);
    let banned = ask();
    assert_eq!(
        (banned.status, banned.header("retry-after")),
        (418, Some("120"))
    );
    assert!(banned.body.contains("IP banned until"), "{}", banned.body);
    clock.advance(60_000);
    assert_eq!(ask().status, 418, "the fault is over, the ban is not");
    assert!(
        world
            .exchange(Protocol::Binance)
            .connect("/ws", "", clock.now_ms())
            .is_err()
    );
    clock.advance(60_001);
    assert_eq!(ask().status, 200);
}

#[test]
fn answers_can_be_cut_emptied_slow_and_old() {
    for protocol in Protocol::ALL {
        let ask = |fault: Option<Fault>| {
            let (world, _) = world();
            if let Some(fault) = fault {
                world.faults().set(fault, Some(protocol), None);
            }
            world
                .exchange(protocol)
                .rest(question(protocol), question_query(protocol), NOW)
        };
        let good = ask(None);
        let cut = ask(Some(Fault::TruncatedJson));
        assert_eq!(cut.body, good.body[..good.body.len() / 2], "{protocol}");
        let empty = ask(Some(Fault::EmptyArrays)).body;
        assert!(
            empty.len() < 160 && empty.contains("[]"),
            "{protocol}: {empty}"
        );
        let slow = ask(Some(Fault::SlowBody));
        assert_eq!(
            (slow.pace, slow.body),
            (Pace::Slow(30_000), good.body.clone())
        );
        assert_eq!(ask(Some(Fault::Silence)).pace, Pace::Never);
        let stale = ask(Some(Fault::StaleSnapshot)).body;
        let (world, _) = world();
        let old = world
            .exchange(protocol)
            .rest(question(protocol), question_query(protocol), NOW - 15_000)
            .body;
        if protocol == Protocol::Coinbase {
            assert_ne!(stale, good.body);
        } else {
            assert_eq!(stale, old, "{protocol}");
        }
    }
}
