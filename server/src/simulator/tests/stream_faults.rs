//! What each fault does to a stream, and that the truth stays what it is.

use proptest::prelude::*;
use serde_json::Value;

use super::{
    drive::{run, subscribed, texts, trade_ids, world},
    *,
};

/// Runs a venue's stream with a fault from 10 to 20 seconds; gives everything that was said in 40.
fn with_fault(protocol: Protocol, fault: Fault) -> (World, Vec<Out>) {
    let (world, clock) = world();
    world
        .faults()
        .plan([span(fault, Some(protocol), NOW + 10_000, NOW + 20_000)]);
    let (mut conn, mut said) = subscribed(&world, protocol);
    said.extend(run(&world, &clock, &mut conn, 40_000));
    (world, said)
}

fn usual(protocol: Protocol) -> Vec<Out> {
    let (world, clock) = world();
    let (mut conn, mut said) = subscribed(&world, protocol);
    said.extend(run(&world, &clock, &mut conn, 40_000));
    said
}

fn true_ids(world: &World, protocol: Protocol) -> Vec<i64> {
    let trades = world.truth().trades(protocol, NOW + 1, NOW + 40_001);
    trades.iter().map(|trade| trade.id).collect()
}

fn sent_ids(protocol: Protocol, said: &[Out]) -> Vec<i64> {
    trade_ids(protocol, &texts(said))
}

#[test]
fn a_gap_leaves_out_one_trade_and_one_change() {
    for protocol in Protocol::ALL {
        let (world, said) = with_fault(protocol, Fault::SequenceGap);
        let (sent, truth) = (sent_ids(protocol, &said), true_ids(&world, protocol));
        let missing: Vec<&i64> = truth.iter().filter(|id| !sent.contains(id)).collect();
        assert_eq!(missing.len(), 1, "{protocol}: {missing:?}");
        assert_eq!(sent.len() + 1, truth.len());
        let checked = matches!(
            protocol,
            Protocol::Binance | Protocol::Kraken | Protocol::Bitfinex
        );
        let less = usual(protocol).len() - said.len();
        assert_eq!(less, 1 + usize::from(checked), "{protocol}");
        let found = world
            .truth()
            .trades_from(protocol, *missing[0], NOW + 60_000, 1);
        assert_eq!(found[0].id, *missing[0], "it can still be asked for");
    }
    let (_, said) = with_fault(Protocol::Binance, Fault::SequenceGap);
    let messages = texts(&said);
    let changes: Vec<&Value> = messages
        .iter()
        .filter(|m| m["e"] == "depthUpdate")
        .collect();
    let leaps = changes
        .windows(2)
        .filter(|pair| pair[1]["U"].as_i64() != pair[0]["u"].as_i64().map(|u| u + 1));
    assert_eq!(leaps.count(), 1);
    let (_, said) = with_fault(Protocol::Bitfinex, Fault::SequenceGap);
    let numbers: Vec<i64> = texts(&said)
        .iter()
        .filter_map(|m| m.as_array()?.last()?.as_i64())
        .collect();
    let left_out: i64 = numbers.windows(2).map(|pair| pair[1] - pair[0] - 1).sum();
    assert_eq!(left_out, 2, "a number is missing for each");
}

#[test]
fn duplicates_and_reordering_lose_nothing() {
    for protocol in Protocol::ALL {
        let (world, said) = with_fault(protocol, Fault::Duplicates);
        let (sent, truth) = (sent_ids(protocol, &said), true_ids(&world, protocol));
        assert!(sent.len() > truth.len(), "{protocol}");
        let mut once = sent.clone();
        once.dedup();
        assert_eq!(once, truth, "{protocol}");

        let (_, said) = with_fault(protocol, Fault::Reordering);
        let sent = sent_ids(protocol, &said);
        if protocol != Protocol::Bitfinex && protocol != Protocol::Bitstamp {
            assert_ne!(sent, truth, "{protocol}");
        }
        let mut sorted = sent;
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted, truth, "{protocol}");
    }
}

#[test]
fn connections_end_in_every_way() {
    for protocol in Protocol::ALL {
        for (fault, code) in [
            (Fault::Disconnect, None),
            (Fault::Restart, None),
            (Fault::Cut, Some(1001)),
            (Fault::ServerShutdown, Some(1012)),
        ] {
            let (_, said) = with_fault(protocol, fault);
            match said.last() {
                Some(Out::Drop) => assert_eq!(code, None, "{protocol} {fault}"),
                Some(Out::Close { code: sent, .. }) => {
                    assert_eq!(Some(*sent), code, "{protocol} {fault}")
                }
                other => panic!("{protocol} {fault}: {other:?}"),
            }
        }
        let (_, said) = with_fault(protocol, Fault::ServerShutdown);
        let announced = texts(&said).into_iter().find(|m| match protocol {
            Protocol::Binance => m["e"] == "serverShutdown",
            Protocol::Coinbase => false,
            Protocol::Kraken => m["data"][0]["system"] == "maintenance",
            Protocol::Bitstamp => m["event"] == "bts:request_reconnect",
            Protocol::Bitfinex => m["code"] == 20_051,
        });
        assert_eq!(
            announced.is_some(),
            protocol != Protocol::Coinbase,
            "{protocol}"
        );
        let (world, clock) = world();
        world.faults().set(Fault::Restart, None, Some(NOW + 5_000));
        let refused = world
            .exchange(protocol)
            .connect("/ws", "", NOW)
            .unwrap_err();
        assert_eq!(refused.status, 503);
        clock.advance(5_000);
        assert!(
            world
                .exchange(protocol)
                .connect("/ws", "", clock.now_ms())
                .is_ok()
        );
        world.faults().set(Fault::Disconnect, None, None);
        clock.advance(1_000);
        let (mut fresh, _) = subscribed(&world, protocol);
        let said = run(&world, &clock, &mut fresh, 5_000);
        assert!(
            !said.contains(&Out::Drop),
            "only old connections are torn down"
        );
    }
}

#[test]
fn silent_streams_stay_open_and_say_nothing() {
    for protocol in Protocol::ALL {
        for fault in [Fault::HalfOpen, Fault::Silence] {
            let (world, clock) = world();
            world
                .faults()
                .plan([span(fault, None, NOW + 10_000, NOW + 20_000)]);
            let (mut conn, _) = subscribed(&world, protocol);
            assert!(!run(&world, &clock, &mut conn, 9_000).is_empty());
            run(&world, &clock, &mut conn, 1_000);
            let rest = run(&world, &clock, &mut conn, 200_000);
            assert_eq!(rest, [], "{protocol} {fault}: not even an end");
            assert!(
                conn.receive("{\"method\":\"ping\"}", clock.now_ms())
                    .is_empty()
            );
            let (mut fresh, _) = subscribed(&world, protocol);
            assert!(!run(&world, &clock, &mut fresh, 9_000).is_empty());
        }
    }
}

#[test]
fn acknowledged_subscriptions_may_stay_empty() {
    for protocol in Protocol::ALL {
        let (world, clock) = world();
        world
            .faults()
            .set(Fault::AckWithoutData, None, Some(NOW + 1_000));
        let (mut conn, hello) = subscribed(&world, protocol);
        assert!(!hello.is_empty(), "{protocol}");
        let said = run(&world, &clock, &mut conn, 30_000);
        assert!(sent_ids(protocol, &said).is_empty(), "{protocol}");
        let talkative = texts(&said).into_iter().any(|m| {
            !matches!(m["type"].as_str(), Some("heartbeat"))
                && !matches!(m["channel"].as_str(), Some("heartbeat"))
        });
        assert!(!talkative, "{protocol}: {said:?}");
    }
}

#[test]
fn checksums_are_wrong_while_they_should_be() {
    let (_, wrong) = with_fault(Protocol::Kraken, Fault::WrongChecksum);
    let right = usual(Protocol::Kraken);
    let differ: Vec<(Value, Value)> = texts(&wrong)
        .into_iter()
        .zip(texts(&right))
        .filter(|(a, b)| a != b)
        .collect();
    assert!(differ.len() > 20, "{}", differ.len());
    for (a, b) in differ {
        let checksum = |m: &Value| m["data"][0]["checksum"].as_u64().unwrap();
        assert_eq!(checksum(&a), (checksum(&b) + 1) & 0xffff_ffff);
    }
    let (_, wrong) = with_fault(Protocol::Bitfinex, Fault::WrongChecksum);
    let right = usual(Protocol::Bitfinex);
    let differ = texts(&wrong)
        .into_iter()
        .zip(texts(&right))
        .filter(|(a, b)| a != b);
    assert_eq!(differ.filter(|(a, _)| a[1] == "cs").count(), 10);
}

#[test]
fn some_messages_are_cut() {
    for protocol in Protocol::ALL {
        let (_, said) = with_fault(protocol, Fault::TruncatedJson);
        let broken = texts(&said).iter().filter(|m| m.is_null()).count();
        assert!(broken > 3, "{protocol}: {broken}");
        assert_eq!(said.len(), usual(protocol).len());
    }
}

#[test]
fn a_skewed_clock_leaves_trades_alone() {
    let (_, said) = with_fault(Protocol::Binance, Fault::ClockSkew);
    let messages = texts(&said);
    let trades: Vec<&Value> = messages.iter().filter(|m| m["e"] == "aggTrade").collect();
    let skew = |m: &Value| m["E"].as_i64().unwrap() - m["T"].as_i64().unwrap();
    let skewed = trades.iter().filter(|m| skew(m) == 90_000).count();
    assert!(skewed > 10 && trades.iter().all(|m| [0, 90_000].contains(&skew(m))));
    let (world, _) = world();
    world.faults().set(Fault::ClockSkew, None, None);
    let time = world
        .exchange(Protocol::Binance)
        .rest("/api/v3/time", "", NOW)
        .body;
    assert_eq!(time, format!("{{\"serverTime\":{}}}", NOW + 90_000));
}

#[test]
fn pings_and_messages_can_be_held_against_the_client() {
    let (world, clock) = world();
    world
        .faults()
        .set(Fault::NoPongDrop, Some(Protocol::Binance), None);
    let (mut conn, _) = subscribed(&world, Protocol::Binance);
    let said = run(&world, &clock, &mut conn, 120_000);
    assert_eq!(said.last(), Some(&Out::Drop));
    let pings = said
        .iter()
        .filter(|out| matches!(out, Out::Ping(_)))
        .count();
    assert_eq!(pings, 3, "answered each time, and dropped all the same");

    for protocol in Protocol::ALL {
        let (world, clock) = super::drive::world();
        let (mut conn, _) = subscribed(&world, protocol);
        world.faults().set(Fault::RateKick, Some(protocol), None);
        clock.advance(3_000);
        let said = conn.receive("{}", clock.now_ms());
        assert!(
            matches!(said.last(), Some(Out::Close { code: 1008, .. })),
            "{protocol}"
        );
    }
}

#[test]
fn dirt_is_strange_but_json() {
    let (_, said) = with_fault(Protocol::Coinbase, Fault::Dirt);
    let messages = texts(&said);
    let dirty: Vec<&Value> = messages
        .iter()
        .filter(|m| m["time"] == "0001-01-01T00:00:00.000000Z")
        .collect();
    assert!((3..=12).contains(&dirty.len()), "{}", dirty.len());
    let changes = dirty[0]["changes"].as_array().unwrap();
    assert_eq!(changes.last().unwrap()[2], "0.-10000");
}

#[test]
fn a_fault_of_one_venue_leaves_the_others_alone() {
    for fault in Fault::ALL {
        let (world, clock) = world();
        world
            .faults()
            .plan([span(*fault, Some(Protocol::Kraken), NOW + 500, NOW + 9_000)]);
        let (mut conn, mut said) = subscribed(&world, Protocol::Bitfinex);
        said.extend(run(&world, &clock, &mut conn, 10_000));
        let (other, other_clock) = super::drive::world();
        let (mut conn, mut calm) = subscribed(&other, Protocol::Bitfinex);
        calm.extend(run(&other, &other_clock, &mut conn, 10_000));
        assert_eq!(said, calm, "{fault}");
    }
}

#[test]
fn a_repeating_fault_comes_again_until_it_is_cleared() {
    let clock = Clock::fixed(NOW);
    let text = "[[fault]]\nat = \"10s\"\nfor = \"2s\"\nkind = \"cut\"\nrepeat = \"10s\"\n";
    let config = SimulatorConfig {
        clock: clock.clone(),
        script: Some(Script::parse(text).unwrap()),
        ..SimulatorConfig::default()
    };
    let world = World::new(&config).unwrap();
    let on_at = |second: i64| {
        clock.set(NOW + second * 1_000);
        world.faults().is_on(Fault::Cut, None)
    };
    assert_eq!(
        [5, 10, 11, 12, 20, 22, 611, 613].map(on_at),
        [false, true, true, false, true, false, true, false]
    );
    clock.set(NOW + 700_500);
    let active = world.faults().list();
    assert_eq!(
        (active[0].since_ms, active[0].until_ms),
        (NOW + 700_000, Some(NOW + 702_000))
    );
    assert!(world.faults().clear(Fault::Cut, None));
    assert_eq!(
        [700, 701].map(|second| second * 1_000).map(|at| {
            clock.set(NOW + at + 600);
            world.faults().is_on(Fault::Cut, None)
        }),
        [false, false]
    );
    clock.set(NOW + 711_000);
    assert!(
        world.faults().is_on(Fault::Cut, None),
        "only this time was cleared"
    );
    world.faults().clear_all();
    clock.set(NOW + 721_000);
    assert!(world.faults().list().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// Whatever goes wrong: nothing is sent that did not happen, and nothing panics.
    #[test]
    fn nothing_is_said_that_did_not_happen(seed in any::<u64>(), venue in 0_usize..5) {
        let protocol = Protocol::ALL[venue];
        let script = Script::random(seed, (3_000, 60_000), Fault::ALL, &[protocol]);
        let clock = Clock::fixed(NOW);
        let config = SimulatorConfig { seed: 1, clock: clock.clone(), book_levels: 20, script: Some(Script { seed: None, ..script }), ..SimulatorConfig::default() };
        let world = World::new(&config).unwrap();
        let mut said = Vec::new();
        while world.now_ms() < NOW + 60_000 {
            let now = world.now_ms();
            world.exchange(protocol).rest("/api/v3/depth", "symbol=BTCUSDT", now);
            if world.exchange(protocol).connect("/ws", "", now).is_ok() {
                let (mut conn, hello) = subscribed(&world, protocol);
                said.extend(hello);
                said.extend(run(&world, &clock, &mut conn, 7_000));
            } else {
                clock.advance(500);
            }
        }
        let truth: std::collections::BTreeSet<i64> = world.truth().trades(protocol, NOW, clock.now_ms() + 1).iter().map(|trade| trade.id).collect();
        let sent = sent_ids(protocol, &said);
        prop_assert!(sent.iter().all(|id| truth.contains(id)), "{}", world.truth().trades(protocol, NOW, NOW + 1).len());
    }

    #[test]
    fn no_message_of_a_client_breaks_a_connection(
        venue in 0_usize..5,
        text in "\\PC{0,60}|\\{\"(method|event|type)\":\"(SUBSCRIBE|subscribe|unsubscribe|conf|ping|bts:subscribe)\",\"(params|channels|data|symbol)\":(\\[\\]|\\{\\}|7|\"x\"|null)\\}",
        query in "[a-z=&0-9%-]{0,40}",
        path in "/[a-zA-Z0-9/:]{0,40}",
    ) {
        let protocol = Protocol::ALL[venue];
        let (world, clock) = world();
        world.exchange(protocol).rest(&path, &query, NOW);
        let _ = world.exchange(protocol).connect(&path, &query, NOW);
        let mut conn = world.exchange(protocol).connect("/ws", "", NOW).unwrap();
        conn.receive(&text, NOW);
        run(&world, &clock, &mut conn, 1_000);
    }
}
