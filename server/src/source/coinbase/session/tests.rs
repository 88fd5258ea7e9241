use std::collections::BTreeSet;

use app::model::{GapCause, Side};
use proptest::prelude::*;

use super::*;
use crate::source::{levels::rung, recorded::recorded, session::BookChange};

const MATCH: &str = r#"{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8","taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1","time":"2014-11-07T08:19:27.028459Z","product_id":"BTC-USD","size":"5.23512","price":"400.23","side":"sell"}"#;
const TICKER: &str = r#"{"type":"ticker","sequence":60,"product_id":"BTC-USD","price":"400.50","open_24h":"390.00","volume_24h":"53602.03","low_24h":"380.00","high_24h":"410.00","volume_30d":"1.0","best_bid":"400.49","best_bid_size":"1","best_ask":"400.51","best_ask_size":"2","side":"buy","time":"2014-11-07T08:19:28.028459Z","trade_id":11,"last_size":"0.00698254"}"#;
const SNAPSHOT: &str = r#"{"type":"snapshot","product_id":"BTC-USD","bids":[["99.00","1.0"],["98.00","2.0"]],"asks":[["101.00","1.5"]]}"#;
const UPDATE: &str = r#"{"type":"l2update","product_id":"BTC-USD","changes":[["buy","99.00","0.00"],["sell","100.50","0.25"]],"time":"2019-08-14T20:42:27.265000Z"}"#;
const HEARTBEAT: &str = r#"{"type":"heartbeat","sequence":90,"last_trade_id":20,"product_id":"BTC-USD","time":"2014-11-07T08:19:28.464459Z"}"#;

fn session() -> CoinbaseSession {
    CoinbaseSession::new("BTC-USD", &Channel::ALL)
}

fn read(session: &mut CoinbaseSession, text: &str) -> (FrameFacts, Vec<StreamEvent>) {
    let mut out = Vec::new();
    let facts = session.frame(text, 7_000, &mut out).unwrap();
    (facts, out)
}

#[test]
fn a_connection_subscribes_each_channel_on_its_own() {
    let mut session = session();
    let request =
        |name| format!(r#"{{"type":"subscribe","product_ids":["BTC-USD"],"channels":["{name}"]}}"#);
    assert_eq!(
        session.hello(),
        ["matches", "ticker", "level2_batch", "heartbeat"].map(request),
        "candles are not streamed"
    );
    let list = |names: &[&str]| {
        let name =
            |name: &&str| format!(r#"{{"name":"{name}","product_ids":["ETH-USD","BTC-USD"]}}"#);
        let names: Vec<String> = names.iter().map(name).collect();
        format!(
            r#"{{"type":"subscriptions","channels":[{}]}}"#,
            names.join(",")
        )
    };
    let (_, told) = read(&mut session, &list(&["matches"]));
    assert_eq!(told, [StreamEvent::Subscribed(Channel::Trades)]);
    let (_, told) = read(&mut session, &list(&["matches", "level2_50", "heartbeat"]));
    assert_eq!(
        told,
        [StreamEvent::Subscribed(Channel::Book)],
        "the list is of all so far"
    );
    let (_, told) = read(
        &mut session,
        &list(&["ticker"]).replace("\"BTC-USD\"", "\"BTC-EUR\""),
    );
    assert_eq!(told, []);
}

#[test]
fn refusals_are_told_apart() {
    let keyed = r#"{"type":"error","message":"Failed to subscribe","reason":"level2, level3, and full channels now require authentication. See https://docs.cloud.coinbase.com"}"#;
    let (_, told) = read(&mut session(), keyed);
    assert!(
        matches!(&told[..], [StreamEvent::Refused { channel: Some(Channel::Book), for_good: true, reason }] if reason.contains("require authentication")),
        "{told:?}"
    );
    let unknown = r#"{"type":"error","message":"Failed to subscribe","reason":"BTC-FOO is not a valid product"}"#;
    assert!(matches!(
        read(&mut session(), unknown).1[..],
        [StreamEvent::Refused {
            channel: None,
            for_good: true,
            ..
        }]
    ));
    let slow = r#"{"type":"error","message":"Slow down"}"#;
    assert!(matches!(
        read(&mut session(), slow).1[..],
        [StreamEvent::Refused {
            channel: None,
            for_good: false,
            ..
        }]
    ));
}

#[test]
fn matches_are_trades_of_the_taker_and_the_first_is_history() {
    let (facts, told) = read(&mut session(), MATCH);
    assert_eq!(
        (facts.channel, facts.exchange_at),
        (Some(Channel::Trades), Some(1_415_348_367_028))
    );
    let [
        StreamEvent::Trade {
            trade,
            history: false,
        },
    ] = told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!(
        (trade.trade_id, trade.side, trade.size),
        (10, Side::Buy, 5.235_12)
    );
    let (_, told) = read(
        &mut session(),
        &MATCH.replace("\"match\"", "\"last_match\""),
    );
    assert!(matches!(
        told[..],
        [StreamEvent::Trade { history: true, .. }]
    ));
    for broken in [
        MATCH.replace("5.23512", "0.-10000"),
        MATCH.replace("2014-11-07T08:19:27.028459Z", "0001-01-01T00:00:00.000000Z"),
        MATCH.replace("\"sell\"", "\"up\""),
    ] {
        let (facts, told) = read(&mut session(), &broken);
        assert_eq!(facts, FrameFacts::default());
        assert!(
            matches!(&told[..], [StreamEvent::Reject { rule: "trade.contract", raw, .. }] if *raw == broken)
        );
    }
}

#[test]
fn tickers_are_quotes_unless_they_come_late() {
    let mut session = session();
    let (facts, told) = read(&mut session, TICKER);
    assert_eq!(facts.channel, Some(Channel::Quotes));
    let [StreamEvent::Quote(quote)] = told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(
        (quote.last, quote.bid, quote.ask),
        (400.5, Some(400.49), Some(400.51))
    );
    let (facts, told) = read(&mut session, &TICKER.replace(":60,", ":59,"));
    assert_eq!((facts.channel, told), (Some(Channel::Quotes), vec![]));
    let older = TICKER
        .replace("\"best_bid_size\":\"1\",", "")
        .replace("\"best_ask_size\":\"2\",", "")
        .replace("2014-11-07T08:19:28.028459Z", "0001-01-01T00:00:00.000000Z");
    let (facts, told) = read(&mut session, &older);
    assert!(matches!(&told[..], [StreamEvent::Quote(quote)] if quote.observed_at == 7_000));
    assert_eq!(facts.exchange_at, None);
}

#[test]
fn heartbeats_are_no_data_but_tell_the_venues_clock() {
    let (facts, told) = read(&mut session(), HEARTBEAT);
    assert_eq!(
        (facts.channel, facts.exchange_at, told),
        (None, Some(1_415_348_368_464), vec![])
    );
    let other = HEARTBEAT.replace("BTC-USD", "ETH-USD");
    assert_eq!(
        read(&mut session(), &other),
        (FrameFacts::default(), vec![])
    );
    let unknown = HEARTBEAT.replace("\"heartbeat\"", "\"rfq_match\"");
    assert_eq!(
        read(&mut session(), &unknown),
        (FrameFacts::default(), vec![])
    );
}

#[test]
fn a_book_follows_its_changes() {
    let mut session = session();
    let (facts, told) = read(&mut session, UPDATE);
    assert_eq!(
        (facts.channel, told),
        (Some(Channel::Book), vec![]),
        "of no book"
    );
    let (_, told) = read(&mut session, SNAPSHOT);
    assert_eq!(
        told,
        [StreamEvent::Book(BookChange::Synced { observed_at: None })]
    );
    let (_, told) = read(&mut session, UPDATE);
    let observed_at = Some(1_565_815_347_265);
    assert_eq!(
        told,
        [StreamEvent::Book(BookChange::Updated { observed_at })]
    );
    let figures = session.book().unwrap().figures(1).unwrap();
    assert_eq!((figures.best_bid, figures.best_ask), (98.0, 100.5));
    let stampless = UPDATE.replace("2019-08-14T20:42:27.265000Z", "0001-01-01T00:00:00.000000Z");
    let (facts, told) = read(&mut session, &stampless);
    assert_eq!(facts.exchange_at, None);
    assert_eq!(
        told,
        [StreamEvent::Book(BookChange::Updated { observed_at: None })]
    );
}

#[test]
fn a_dirty_change_is_rejected_and_the_others_are_taken() {
    let mut session = session();
    let _ = read(&mut session, SNAPSHOT);
    let dirty = UPDATE.replace(
        "[\"buy\",\"99.00\",\"0.00\"]",
        r#"["buy","99.00","0.-10000"]"#,
    );
    let (_, told) = read(&mut session, &dirty);
    let [
        StreamEvent::Reject {
            rule: "book.contract",
            raw,
            ..
        },
        StreamEvent::Book(BookChange::Updated { .. }),
    ] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!(raw, r#"["buy","99.00","0.-10000"]"#);
    let book = session.book().unwrap();
    let (bid, ask) = book.best().unwrap();
    assert_eq!(
        (bid, ask),
        (rung("98", "1").unwrap().0, rung("100.5", "1").unwrap().0),
        "what lies at that price is not known"
    );
}

#[test]
fn a_frame_that_may_have_changed_the_book_and_cannot_be_read_loses_it() {
    for broken in [
        UPDATE.split_at(50).0.to_owned(),
        UPDATE.replace("\"0.25\"", "0.25"),
        "<html>".to_owned(),
        SNAPSHOT.replace("\"99.00\"", "\"-99.00\""),
    ] {
        let mut session = session();
        let _ = read(&mut session, SNAPSHOT);
        let mut out = Vec::new();
        assert!(session.frame(&broken, 0, &mut out).is_err(), "{broken}");
        let [
            StreamEvent::Book(BookChange::Lost {
                cause: GapCause::Sequence,
                ..
            }),
            StreamEvent::Send(unsubscribe),
            StreamEvent::Send(subscribe),
        ] = &out[..]
        else {
            panic!("{broken}: {out:?}");
        };
        assert!(unsubscribe.contains("unsubscribe") && unsubscribe.contains("level2_batch"));
        assert_eq!(*subscribe, session.hello()[2]);
        assert!(session.book().is_none());
        assert!(matches!(
            read(&mut session, SNAPSHOT).1[..],
            [StreamEvent::Book(BookChange::Synced { .. })]
        ));
    }
    let mut session = session();
    let _ = read(&mut session, SNAPSHOT);
    let mut out = Vec::new();
    assert!(session.frame(MATCH.split_at(80).0, 0, &mut out).is_err());
    assert_eq!(out, [], "a trade does not change the book");
}

#[test]
fn a_book_that_stays_crossed_has_missed_something() {
    let mut session = session();
    let _ = read(&mut session, SNAPSHOT);
    let cross = UPDATE.replace("[\"buy\",\"99.00\",\"0.00\"]", r#"["buy","100.90","1"]"#);
    let mut told = Vec::new();
    for second in 0..6 {
        session.frame(&cross, second * 1_000, &mut told).unwrap();
    }
    let lost = |event: &StreamEvent| matches!(event, StreamEvent::Book(BookChange::Lost { .. }));
    assert!(!told.iter().any(lost), "it may be crossed for a moment");
    session.frame(&cross, 6_000, &mut told).unwrap();
    assert!(told.iter().any(lost));
    assert!(session.book().is_none());
}

#[test]
fn recorded_traffic_goes_through() {
    let Some(lines) = recorded("coinbase.ws.jsonl.gz") else {
        return;
    };
    let mut products = BTreeSet::new();
    for line in &lines {
        let head = parse_head(&line.text).unwrap();
        products.extend(head.product_id.map(str::to_owned));
    }
    assert_eq!(products.len(), 10);
    let mut seen = 0;
    for product in &products {
        let mut session = CoinbaseSession::new(product, &Channel::ALL);
        let mut out = Vec::new();
        for line in &lines {
            let facts = session.frame(&line.text, line.at, &mut out).unwrap();
            seen += usize::from(facts.channel.is_some());
        }
        let book = session.book().unwrap();
        book.figures(0).unwrap();
        for event in &out {
            let is_trouble = matches!(
                event,
                StreamEvent::Reject { .. } | StreamEvent::Book(BookChange::Lost { .. })
            );
            assert!(!is_trouble, "{product}: {event:?}");
        }
        let ids = out.iter().filter_map(|event| match event {
            StreamEvent::Trade { trade, .. } => Some(trade.trade_id),
            _ => None,
        });
        let ids: Vec<i64> = ids.collect();
        assert!(
            ids.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "{product}: trades are numbered without a hole: {ids:?}"
        );
        let subscribed = |event: &&StreamEvent| matches!(event, StreamEvent::Subscribed(_));
        assert_eq!(out.iter().filter(subscribed).count(), 3, "{product}");
    }
    assert_eq!(seen, lines.len() - 3, "all but the confirmations");
}

proptest! {
    /// Another session that takes over at any frame says the same; whatever comes, nothing panics.
    #[test]
    fn no_bytes_break_a_session(
        damage in proptest::collection::vec((0_usize..5, 0_usize..600, 0_u8..128), 1..20),
        text in ".{0,60}",
    ) {
        let frames = [MATCH, TICKER, SNAPSHOT, UPDATE, HEARTBEAT];
        let (mut session, mut out) = (session(), Vec::new());
        let _ = session.frame(&text, 0, &mut out);
        for (at, (frame, place, byte)) in (0_i64..).zip(damage) {
            let mut bytes = frames[frame].as_bytes().to_vec();
            // every other frame is sound
            if byte % 2 == 0 {
                let place = place % bytes.len();
                bytes[place] = byte;
            }
            let text = String::from_utf8_lossy(&bytes);
            let mut other = self::session();
            other.restore(&session.save()).unwrap();
            let (mut ours, mut others) = (Vec::new(), Vec::new());
            let facts = session.frame(&text, at * 1_000, &mut ours);
            prop_assert_eq!(other.frame(&text, at * 1_000, &mut others), facts);
            prop_assert_eq!(&ours, &others);
            prop_assert_eq!(other.save(), session.save());
            out.extend(ours);
        }
        for event in out {
            if let StreamEvent::Trade { trade, .. } = event {
                prop_assert!(trade.price > 0.0 && trade.price.is_finite() && trade.size > 0.0);
            }
        }
    }
}
