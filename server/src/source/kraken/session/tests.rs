use app::model::{GapCause, Side};
use proptest::prelude::*;

use super::{checksum::checksum, *};
use crate::{
    refine::ladder::Rung,
    source::{levels::rung, session::BookChange},
};

const TRADE: &str = r#"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":26219.7,"qty":0.01500000,"ord_type":"market","trade_id":4665906,"timestamp":"2023-09-25T07:49:37.708706Z"},{"symbol":"BTC/USD","side":"buy","price":26219.8,"qty":1e-8,"ord_type":"limit","trade_id":4665907,"timestamp":"2023-09-25T07:49:37.808706Z"}]}"#;
const TICKER: &str = r#"{"channel":"ticker","type":"update","data":[{"symbol":"BTC/USD","bid":26219.6,"bid_qty":740.0,"ask":26219.9,"ask_qty":1.3,"last":26219.7,"volume":1997.1,"vwap":26148.6,"low":26000.1,"high":26433.5,"change":-0.0001,"change_pct":-0.1,"timestamp":"2023-09-25T07:49:37.708706Z"}]}"#;

fn session() -> KrakenSession {
    KrakenSession::new("BTC/USD", &Channel::ALL)
}

fn read(session: &mut KrakenSession, text: &str, at: i64) -> (FrameFacts, Vec<StreamEvent>) {
    let mut out = Vec::new();
    let facts = session.frame(text, at, &mut out).unwrap();
    (facts, out)
}

/// The venue: its book, and the frames it sends of it.
#[derive(Default)]
struct Exchange(Ladder);

type Levels<'a> = &'a [(&'a str, &'a str)];

impl Exchange {
    fn send(&mut self, kind: &str, bids: Levels<'_>, asks: Levels<'_>) -> String {
        let rungs = |levels: Levels<'_>| -> Vec<Rung> {
            let level = |(price, size): &(&str, &str)| rung(price, size).unwrap();
            levels.iter().map(level).collect()
        };
        if kind == "snapshot" {
            self.0 = Ladder::default();
        }
        for (side, rungs) in [(Side::Buy, rungs(bids)), (Side::Sell, rungs(asks))] {
            for (price, size) in rungs {
                self.0.set(side, price, size);
            }
        }
        self.0.truncate(BOOK_DEPTH);
        let json = |levels: Levels<'_>| {
            let level =
                |(price, size): &(&str, &str)| format!(r#"{{"price":{price},"qty":{size}}}"#);
            levels.iter().map(level).collect::<Vec<_>>().join(",")
        };
        format!(
            r#"{{"channel":"book","type":"{kind}","data":[{{"symbol":"BTC/USD","bids":[{}],"asks":[{}],"checksum":{},"timestamp":"2023-10-06T17:35:55.440295Z"}}]}}"#,
            json(bids),
            json(asks),
            checksum(&self.0)
        )
    }

    fn snapshot(&mut self) -> String {
        self.send(
            "snapshot",
            &[("99.0", "1.00000000"), ("98.5", "0.00100000")],
            &[("101.0", "2.50000000")],
        )
    }
}

fn borrowed(levels: &[(String, String)]) -> Vec<(&str, &str)> {
    levels
        .iter()
        .map(|(price, size)| (price.as_str(), size.as_str()))
        .collect()
}

fn candle(begin: &str, close: &str) -> String {
    format!(
        r#"{{"symbol":"BTC/USD","open":100.0,"high":105.0,"low":95.0,"close":{close},"trades":3,"volume":0.04500000,"vwap":100.5,"interval_begin":"2023-09-25T{begin}:00.000000000Z","interval":1,"timestamp":"2023-09-25T09:06:00.000000Z"}}"#
    )
}

fn ohlc(kind: &str, rows: &[String]) -> String {
    let rows = rows.join(",");
    format!(r#"{{"channel":"ohlc","type":"{kind}","data":[{rows}]}}"#)
}

#[test]
fn a_connection_subscribes_each_channel_and_is_told_of_each() {
    let mut session = session();
    let hello = session.hello();
    assert_eq!(hello.len(), 4);
    assert_eq!(
        hello[2],
        r#"{"method":"subscribe","params":{"channel":"book","symbol":["BTC/USD"],"depth":500,"snapshot":true},"req_id":3}"#
    );
    for text in &hello {
        assert!(
            serde_json::from_str::<serde_json::Value>(text).is_ok(),
            "{text}"
        );
    }
    let taken = r#"{"method":"subscribe","req_id":4,"result":{"channel":"ohlc","interval":1,"snapshot":true,"symbol":"BTC/USD"},"success":true}"#;
    let (facts, told) = read(&mut session, taken, 0);
    assert_eq!(told, [StreamEvent::Subscribed(Channel::Candles)]);
    assert_eq!(facts.channel, None, "no data yet");
    assert_eq!(read(&mut session, &taken.replace("BTC/", "ETH/"), 0).1, []);
}

#[test]
fn refusals_are_told_apart() {
    let refused = |words: &str| {
        let text = format!(
            r#"{{"error":"{words}","method":"subscribe","req_id":3,"success":false,"symbol":"BTC/USD"}}"#
        );
        read(&mut session(), &text, 0).1
    };
    assert!(
        matches!(&refused("Currency pair not supported BTC/USDX")[..], [StreamEvent::Refused { channel: Some(Channel::Book), for_good: true, reason }] if reason.contains("not supported"))
    );
    assert!(matches!(
        refused("Internal error")[..],
        [StreamEvent::Refused {
            for_good: false,
            ..
        }]
    ));
    assert_eq!(
        refused("Already subscribed"),
        [StreamEvent::Subscribed(Channel::Book)]
    );
    let (_, told) = read(&mut session(), r#"{"Error":"Exceeded msg rate"}"#, 0);
    assert!(matches!(
        told[..],
        [StreamEvent::Refused {
            channel: None,
            for_good: false,
            ..
        }]
    ));
}

#[test]
fn the_state_of_the_venue_is_told_whatever_number_the_connection_has() {
    let status = r#"{"channel":"status","type":"update","data":[{"api_version":"v2","connection_id":13834774380200032777,"system":"online","version":"2.0.0"}]}"#;
    for (system, open) in [
        ("online", true),
        ("cancel_only", false),
        ("maintenance", false),
    ] {
        let (_, told) = read(&mut session(), &status.replace("online", system), 0);
        let words = system.to_owned();
        assert_eq!(told, [StreamEvent::Status { open, words }]);
    }
    assert_eq!(
        read(&mut session(), r#"{"channel":"heartbeat"}"#, 0),
        (FrameFacts::default(), vec![])
    );
}

#[test]
fn trades_are_read_and_those_before_the_subscription_are_history() {
    let mut session = session();
    let (facts, told) = read(&mut session, TRADE, 0);
    assert_eq!(facts.exchange_at, Some(1_695_628_177_808));
    let [
        StreamEvent::Trade { trade: first, .. },
        StreamEvent::Trade {
            trade: second,
            history: false,
        },
    ] = told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!(
        (first.trade_id, first.side, first.size),
        (4_665_906, Side::Sell, 0.015)
    );
    assert_eq!((second.side, second.size), (Side::Buy, 1e-8));
    let (_, told) = read(&mut session, &TRADE.replace("update", "snapshot"), 0);
    assert!(
        told.iter()
            .all(|event| matches!(event, StreamEvent::Trade { history: true, .. }))
    );
    let broken = TRADE.replace("0.01500000", "\"x\"");
    let (_, told) = read(&mut session, &broken, 0);
    assert!(
        matches!(&told[..], [StreamEvent::Reject { rule: "trade.contract", raw, .. }, StreamEvent::Trade { .. }] if raw.contains("4665906")),
        "{told:?}"
    );
}

#[test]
fn tickers_are_quotes() {
    let mut session = session();
    let (facts, told) = read(&mut session, TICKER, 7);
    assert_eq!(
        (facts.channel, facts.exchange_at),
        (Some(Channel::Quotes), Some(1_695_628_177_708))
    );
    assert!(
        matches!(&told[..], [StreamEvent::Quote(quote)] if quote.last == 26_219.7 && quote.bid == Some(26_219.6))
    );
    let dead = TICKER
        .replace("26219.7", "0.0")
        .replace("2023-09-25T07:49:37.708706Z", "1970-01-01T00:00:00Z");
    let (_, told) = read(&mut session, &dead, 7);
    assert!(matches!(
        told[..],
        [StreamEvent::Reject {
            rule: "quote.contract",
            ..
        }]
    ));
}

#[test]
fn a_candle_is_final_once_the_next_one_begins() {
    let closes = |told: &[StreamEvent]| -> Vec<(f64, bool)> {
        let candle = |event: &StreamEvent| match event {
            StreamEvent::Candle(candle) => Some((candle.close, candle.is_final)),
            _ => None,
        };
        told.iter().filter_map(candle).collect()
    };
    let mut session = session();
    let rows = [
        candle("09:03", "1.0"),
        candle("09:04", "2.0"),
        candle("09:05", "3.0"),
    ];
    let (facts, told) = read(&mut session, &ohlc("snapshot", &rows), 0);
    assert_eq!(facts.channel, Some(Channel::Candles));
    assert_eq!(closes(&told), [(1.0, true), (2.0, true), (3.0, false)]);
    let (_, told) = read(&mut session, &ohlc("update", &[candle("09:05", "4.0")]), 0);
    assert_eq!(closes(&told), [(4.0, false)]);
    let saved = session.save();
    for session in [&mut session, &mut self::session()] {
        session.restore(&saved).unwrap();
        let (_, told) = read(session, &ohlc("update", &[candle("09:07", "5.0")]), 0);
        assert_eq!(closes(&told), [(4.0, true), (5.0, false)]);
        let (_, told) = read(session, &ohlc("update", &[candle("09:02", "0.5")]), 0);
        assert_eq!(closes(&told), [(0.5, true)], "older ones are complete");
    }
}

#[test]
fn a_book_follows_its_changes_under_the_checksum() {
    let (mut exchange, mut session) = (Exchange::default(), session());
    let (_, told) = read(&mut session, &exchange.snapshot(), 0);
    let at = Some(1_696_613_755_440);
    assert_eq!(
        told,
        [StreamEvent::Book(BookChange::Synced { observed_at: at })]
    );
    let update = exchange.send(
        "update",
        &[("99.0", "0.00000000")],
        &[("100.5", "0.25000000")],
    );
    let (facts, told) = read(&mut session, &update, 0);
    assert_eq!(
        (facts.channel, facts.exchange_at),
        (Some(Channel::Book), at)
    );
    assert_eq!(
        told,
        [StreamEvent::Book(BookChange::Updated { observed_at: at })]
    );
    assert_eq!(session.book(), Some(&exchange.0));
    assert_eq!(
        read(&mut session, &update.replace("BTC/", "ETH/"), 0),
        (FrameFacts::default(), vec![]),
        "another symbol"
    );
}

#[test]
fn a_wrong_checksum_loses_the_book_and_subscribes_it_again() {
    let (mut exchange, mut session) = (Exchange::default(), session());
    let _ = read(&mut session, &exchange.snapshot(), 0);
    let _missed = exchange.send("update", &[("99.5", "1.00000000")], &[]);
    let update = exchange.send("update", &[], &[("100.5", "0.25000000")]);
    let (_, told) = read(&mut session, &update, 0);
    let [
        StreamEvent::Book(BookChange::Lost {
            cause: GapCause::Checksum,
            reason,
        }),
        StreamEvent::Send(unsubscribe),
        StreamEvent::Send(subscribe),
    ] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert!(reason.contains("checksum"), "{reason}");
    assert!(unsubscribe.contains("unsubscribe") && unsubscribe.contains("\"book\""));
    assert_eq!(*subscribe, session.hello()[2]);
    assert!(session.book().is_none());
    let late = exchange.send("update", &[], &[("100.5", "0.35000000")]);
    assert_eq!(read(&mut session, &late, 0).1, [], "of no book");
    let (_, told) = read(&mut session, &exchange.snapshot(), 0);
    assert!(matches!(
        told[..],
        [StreamEvent::Book(BookChange::Synced { .. })]
    ));
}

#[test]
fn a_venue_whose_checksums_never_agree_is_not_asked_without_an_end() {
    let (mut exchange, mut session) = (Exchange::default(), session());
    let mut sent = 0;
    for second in 0..600 {
        let wrong = exchange
            .snapshot()
            .replace("\"checksum\":", "\"checksum\":1");
        let wrong = if second % 2 == 0 {
            wrong
        } else {
            r#"{"channel":"heartbeat"}"#.to_owned()
        };
        let mut out = Vec::new();
        let _ = session.frame(&wrong, second * 1_000, &mut out);
        sent += out
            .iter()
            .filter(|event| matches!(event, StreamEvent::Send(_)))
            .count();
        assert!(session.book().is_none());
    }
    assert!((10..40).contains(&sent), "{sent}");
}

#[test]
fn changes_out_of_shape_lose_the_book_first() {
    let mut exchange = Exchange::default();
    let snapshot = exchange.snapshot();
    let update = exchange.send("update", &[("99.5", "1.00000000")], &[]);
    for broken in [
        update.replace("1.00000000", "null"),
        update.replace("99.5", "-99.5"),
        update.replace("\"asks\"", "\"tasks\""),
        update.split_at(60).0.to_owned(),
    ] {
        let mut session = session();
        let _ = read(&mut session, &snapshot, 0);
        let mut out = Vec::new();
        assert!(session.frame(&broken, 0, &mut out).is_err(), "{broken}");
        assert!(
            matches!(
                out[..],
                [
                    StreamEvent::Book(BookChange::Lost { .. }),
                    StreamEvent::Send(_),
                    StreamEvent::Send(_)
                ]
            ),
            "{broken}: {out:?}"
        );
    }
}

proptest! {
    /// Whatever is lost on the way: a book that is said to be trustworthy has the top of the venue's book, and another
    /// session that takes over says the same.
    #[test]
    fn a_trusted_book_has_the_venues_top(
        steps in proptest::collection::vec((90_u32..110, 0_u32..3, 0_u8..12), 1..80)
    ) {
        let (mut exchange, mut session) = (Exchange::default(), session());
        let _ = read(&mut session, &exchange.snapshot(), 0);
        let mut now = 0;
        for (price, size, fate) in steps {
            now += 500;
            let is_bid = price < 100;
            let (price, size) = (format!("{price}.5"), format!("{size}.00000000"));
            let level = [(price.as_str(), size.as_str())];
            let (bids, asks): (Levels<'_>, Levels<'_>) = if is_bid { (&level, &[]) } else { (&[], &level) };
            let update = exchange.send("update", bids, asks);
            if fate == 0 {
                continue;
            }
            let saved = session.save();
            let mut other = self::session();
            other.restore(&saved).unwrap();
            let told = read(&mut session, &update, now);
            prop_assert_eq!(&read(&mut other, &update, now), &told);
            prop_assert_eq!(other.save(), session.save());
            if told.1.iter().any(|event| matches!(event, StreamEvent::Send(_))) {
                let levels = |rungs: &mut dyn Iterator<Item = Rung>| -> Vec<(String, String)> {
                    rungs.map(|(price, size)| (price.to_string(), size.to_string())).collect()
                };
                let (bids, asks) = (levels(&mut exchange.0.bids()), levels(&mut exchange.0.asks()));
                let snapshot = exchange.send("snapshot", &borrowed(&bids), &borrowed(&asks));
                let _ = read(&mut session, &snapshot, now);
                prop_assert!(session.book().is_some());
            }
            if let Some(book) = session.book() {
                prop_assert_eq!(checksum(book), checksum(&exchange.0));
            }
        }
    }

    /// Whatever comes: no panic, and what is saved can be read.
    #[test]
    fn no_bytes_break_a_session(
        damage in proptest::collection::vec((0_usize..4, 0_usize..600, 0_u8..128), 1..12),
        text in ".{0,60}",
    ) {
        let mut exchange = Exchange::default();
        let snapshot = exchange.snapshot();
        let candles = ohlc("update", &[candle("09:05", "4.0")]);
        let frames = [TRADE, TICKER, &snapshot, &candles];
        let mut session = session();
        let mut out = Vec::new();
        let _ = session.frame(&text, 0, &mut out);
        for (frame, at, byte) in damage {
            let mut bytes = frames[frame].as_bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = session.frame(&String::from_utf8_lossy(&bytes), 0, &mut out);
            let saved = session.save();
            let mut again = self::session();
            again.restore(&saved).unwrap();
            prop_assert_eq!(again.save(), saved);
        }
        for event in out {
            if let StreamEvent::Trade { trade, .. } = event {
                prop_assert!(trade.price > 0.0 && trade.price.is_finite() && trade.size > 0.0);
            }
        }
    }
}
