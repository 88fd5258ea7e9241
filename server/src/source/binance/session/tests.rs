mod orderings;

use app::model::Side;
use proptest::prelude::*;

use super::*;
use crate::source::recorded::recorded;

const SNAPSHOT: &str =
    r#"{"lastUpdateId":10,"bids":[["99.00","1.0"],["98.00","2.0"]],"asks":[["101.00","1.5"]]}"#;
const TRADE: &str = r#"{"stream":"btcusdt@aggTrade","data":{"e":"aggTrade","E":1672515782136,"s":"BTCUSDT","a":12345,"p":"100.5","q":"0.25","f":100,"l":105,"T":1672515782130,"m":true,"M":true}}"#;
const BEST: &str = r#"{"stream":"btcusdt@bookTicker","data":{"u":400900217,"s":"BTCUSDT","b":"100.1","B":"31.21","a":"100.2","A":"40.66"}}"#;
const TICKER: &str = r#"{"stream":"btcusdt@ticker","data":{"e":"24hrTicker","E":1672515782136,"s":"BTCUSDT","p":"0.0015","P":"250.00","w":"0.0018","x":"0.0009","c":"100.7","Q":"10","b":"100.4","B":"10","a":"100.6","A":"100","o":"90.0","h":"105.0","l":"89.0","v":"10000","q":"1000000","O":0,"C":86400000,"F":0,"L":18150,"n":18151}}"#;
const KLINE: &str = r#"{"stream":"btcusdt@kline_1m","data":{"e":"kline","E":1672515782136,"s":"BTCUSDT","k":{"t":1672515780000,"T":1672515839999,"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"0.0010","c":"0.0020","h":"0.0025","l":"0.0010","v":"1000","n":100,"x":false,"q":"1.0000","V":"500","Q":"0.500","B":"123456"}}}"#;

fn session() -> BinanceSession {
    let requests = Requests::new("http://127.0.0.1:1", "BTCUSDT");
    BinanceSession::new(requests, &Channel::ALL)
}

fn depth(first: i64, last: i64, bids: &str, asks: &str) -> String {
    format!(
        r#"{{"stream":"btcusdt@depth@100ms","data":{{"e":"depthUpdate","E":1672515782136,"s":"BTCUSDT","U":{first},"u":{last},"b":[{bids}],"a":[{asks}]}}}}"#
    )
}

fn read(session: &mut BinanceSession, text: &str) -> (FrameFacts, Vec<StreamEvent>) {
    let mut out = Vec::new();
    let facts = session.frame(text, 7_000, &mut out).unwrap();
    (facts, out)
}

fn snapshot(session: &mut BinanceSession, body: &str) -> Vec<StreamEvent> {
    let mut out = Vec::new();
    session.snapshot(body.as_bytes(), 7_000, &mut out).unwrap();
    out
}

#[test]
fn a_connection_subscribes_everything_with_one_message_and_is_told() {
    let mut session = session();
    assert_eq!(
        session.hello(),
        [
            r#"{"method":"SUBSCRIBE","params":["btcusdt@aggTrade","btcusdt@bookTicker","btcusdt@ticker","btcusdt@depth@100ms","btcusdt@kline_1m"],"id":1}"#
        ]
    );
    let (_, told) = read(&mut session, r#"{"result":null,"id":1}"#);
    assert_eq!(told, Channel::ALL.map(StreamEvent::Subscribed));
    let (_, other) = read(&mut session, r#"{"result":null,"id":2}"#);
    assert_eq!(other, []);
    let (_, refused) = read(
        &mut session,
        r#"{"code":2,"msg":"Invalid request: unknown variant","id":1}"#,
    );
    assert!(
        matches!(&refused[..], [StreamEvent::Refused { channel: None, for_good: true, reason }] if reason.contains("unknown variant")),
        "{refused:?}"
    );
}

#[test]
fn trades_and_candles_are_read() {
    let mut session = session();
    let (facts, told) = read(&mut session, TRADE);
    assert_eq!(
        (facts.channel, facts.exchange_at),
        (Some(Channel::Trades), Some(1_672_515_782_136))
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
    assert_eq!((trade.trade_id, trade.side), (12_345, Side::Sell));
    assert_eq!((trade.price, trade.size), (100.5, 0.25));

    let (facts, told) = read(&mut session, KLINE);
    assert_eq!(facts.channel, Some(Channel::Candles));
    assert!(
        matches!(&told[..], [StreamEvent::Candle(candle)] if candle.close == 0.002 && !candle.is_final)
    );
    let (_, closed) = read(&mut session, &KLINE.replace("\"x\":false", "\"x\":true"));
    assert!(matches!(&closed[..], [StreamEvent::Candle(candle)] if candle.is_final));
}

#[test]
fn best_bid_and_ask_make_a_quote_once_a_last_price_is_known() {
    let mut session = session();
    let (facts, told) = read(&mut session, BEST);
    assert_eq!(told, []);
    assert_eq!(
        facts.channel,
        Some(Channel::Quotes),
        "it is data all the same"
    );
    let _ = read(&mut session, TRADE);
    let (_, told) = read(&mut session, BEST);
    let [StreamEvent::Quote(quote)] = told[..] else {
        panic!("{told:?}");
    };
    assert_eq!(
        (quote.last, quote.bid, quote.ask),
        (100.5, Some(100.1), Some(100.2))
    );
    assert_eq!((quote.observed_at, quote.high_24h), (7_000, None));
    let (_, told) = read(&mut session, TICKER);
    assert!(matches!(&told[..], [StreamEvent::Quote(quote)] if quote.last == 100.7));
    let (_, told) = read(&mut session, BEST);
    assert!(
        matches!(&told[..], [StreamEvent::Quote(quote)] if quote.last == 100.7 && quote.high_24h == Some(105.0)),
        "{told:?}"
    );
}

#[test]
fn a_book_is_built_from_snapshot_and_changes() {
    let mut session = session();
    let (_, told) = read(&mut session, &depth(9, 10, r#"["99.00","7"]"#, ""));
    assert_eq!(told, [StreamEvent::WantSnapshot]);
    assert!(session.snapshot_url().unwrap().ends_with("&limit=5000"));
    assert_eq!(
        read(&mut session, &depth(11, 12, r#"["98.00","0.0"]"#, "")).1,
        [],
        "kept, and asked for already"
    );
    assert!(session.book().is_none());
    let told = snapshot(&mut session, SNAPSHOT);
    assert!(matches!(
        told[..],
        [StreamEvent::Book(BookChange::Synced {
            observed_at: Some(1_672_515_782_136)
        })]
    ));
    let (_, told) = read(&mut session, &depth(13, 15, "", r#"["100.50","3"]"#));
    assert!(matches!(
        told[..],
        [StreamEvent::Book(BookChange::Updated { .. })]
    ));
    let figures = session.book().unwrap().figures(1).unwrap();
    assert_eq!((figures.best_bid, figures.best_ask), (99.0, 100.5));
    assert_eq!((figures.bids.len(), figures.bids[0].size), (1, 1.0));
    assert_eq!(
        read(&mut session, &depth(12, 14, r#"["1.00","1"]"#, "")).1,
        [],
        "older than the book"
    );
}

#[test]
fn the_first_change_may_begin_right_behind_the_snapshot() {
    for (first, last) in [(11, 12), (10, 11), (5, 11), (11, 11)] {
        let mut session = session();
        let _ = read(&mut session, &depth(first, last, r#"["99.50","1"]"#, ""));
        let told = snapshot(&mut session, SNAPSHOT);
        assert!(
            matches!(told[..], [StreamEvent::Book(BookChange::Synced { .. })]),
            "{first}-{last}: {told:?}"
        );
        assert_eq!(session.book().unwrap().len(), 4, "{first}-{last}");
    }
}

#[test]
fn a_snapshot_older_than_the_first_change_is_asked_for_again() {
    let mut session = session();
    let _ = read(&mut session, &depth(12, 13, "", ""));
    assert_eq!(
        snapshot(&mut session, SNAPSHOT),
        [StreamEvent::WantSnapshot]
    );
    assert!(session.book().is_none());
    let newer = SNAPSHOT.replace(":10,", ":11,");
    assert!(matches!(
        snapshot(&mut session, &newer)[..],
        [StreamEvent::Book(BookChange::Synced { .. })]
    ));
}

#[test]
fn a_hole_loses_the_book_and_asks_for_another() {
    let mut session = session();
    let _ = snapshot(&mut session, SNAPSHOT);
    assert!(session.book().is_some());
    let (_, told) = read(&mut session, &depth(12, 13, "", ""));
    let [
        StreamEvent::Book(BookChange::Lost { cause, reason }),
        StreamEvent::WantSnapshot,
    ] = &told[..]
    else {
        panic!("{told:?}");
    };
    assert_eq!(*cause, GapCause::Sequence);
    assert_eq!(reason, "changes 11 to 11 are missing");
    assert!(session.book().is_none());
    // a second hole while waiting: what lies before it is of no use
    assert_eq!(read(&mut session, &depth(20, 21, "", "")).1, []);
    let old = SNAPSHOT.replace(":10,", ":13,");
    assert_eq!(snapshot(&mut session, &old), [StreamEvent::WantSnapshot]);
    let new = SNAPSHOT.replace(":10,", ":25,");
    assert!(matches!(
        snapshot(&mut session, &new)[..],
        [StreamEvent::Book(BookChange::Synced { .. })]
    ));
}

#[test]
fn a_snapshot_that_never_comes_is_asked_for_again_and_memory_is_bounded() {
    let mut session = session();
    let mut asked = 0;
    for id in 1..=4_500 {
        let (_, told) = read(&mut session, &depth(id, id, "", ""));
        asked += told.len();
    }
    assert_eq!(asked, 3);
    let body = SNAPSHOT.replace(":10,", ":4499,");
    assert!(matches!(
        snapshot(&mut session, &body)[..],
        [StreamEvent::Book(BookChange::Synced { .. })]
    ));
}

#[test]
fn changes_out_of_shape_lose_the_book_first() {
    for text in [
        depth(11, 10, "", ""),
        depth(11, 11, r#"["99.00","abc"]"#, ""),
        depth(11, 11, r#"["-99.00","1"]"#, ""),
        depth(11, 11, "", "").replace("\"u\":11,", ""),
        depth(11, 11, "", "").split_at(60).0.to_owned(),
    ] {
        let mut session = session();
        let _ = snapshot(&mut session, SNAPSHOT);
        let mut out = Vec::new();
        assert!(session.frame(&text, 0, &mut out).is_err(), "{text}");
        assert!(
            matches!(out[..], [StreamEvent::Book(BookChange::Lost { .. })]),
            "{text}: {out:?}"
        );
        assert!(session.book().is_none());
        assert_eq!(
            read(&mut session, &depth(12, 12, "", "")).1,
            [StreamEvent::WantSnapshot]
        );
    }
}

#[test]
fn rows_out_of_shape_are_rejected() {
    for (text, rule) in [
        (TRADE.replace("100.5", "NaN"), "trade.contract"),
        (TRADE.replace("12345", "\"12345\""), "trade.contract"),
        (BEST.replace("100.1", "-1"), "quote.contract"),
        (TICKER.replace("100.7", "0"), "quote.contract"),
        (KLINE.replace("\"1m\"", "\"5m\""), "candle.contract"),
    ] {
        let mut session = session();
        let (facts, told) = read(&mut session, &text);
        assert_eq!(facts, FrameFacts::default(), "no data came");
        assert!(
            matches!(&told[..], [StreamEvent::Reject { rule: told, raw, .. }] if *told == rule && text.contains(raw.as_str())),
            "{told:?}"
        );
    }
}

#[test]
fn other_symbols_and_unknown_frames_are_left_alone() {
    let mut session = session();
    for text in [
        TRADE.replace("btcusdt", "ethusdt"),
        TRADE.replace("aggTrade\",\"data", "forceOrder\",\"data"),
        r#"{"result":["btcusdt@trade"]}"#.to_owned(),
    ] {
        assert_eq!(read(&mut session, &text), (FrameFacts::default(), vec![]));
    }
    let (_, told) = read(
        &mut session,
        r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}"#,
    );
    assert!(matches!(told[..], [StreamEvent::Reconnect(_)]));
}

#[test]
fn recorded_traffic_goes_through() {
    let (Some(mut lines), Some(answers)) = (
        recorded("binance.ws.jsonl.gz"),
        recorded("binance.http.jsonl.gz"),
    ) else {
        return;
    };
    lines.extend(answers);
    lines.sort_by_key(|line| line.at);
    let mut seen = 0;
    for symbol in ["NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"] {
        let requests = Requests::new("https://api.binance.com", symbol);
        let mut session = BinanceSession::new(requests, &Channel::ALL);
        let (mut out, mut synced) = (Vec::new(), false);
        for line in &lines {
            match &line.url {
                None => {
                    let facts = session.frame(&line.text, line.at, &mut out).unwrap();
                    seen += usize::from(facts.channel.is_some());
                }
                Some(url) if url.contains(&format!("={symbol}&")) => session
                    .snapshot(line.text.as_bytes(), line.at, &mut out)
                    .unwrap(),
                Some(_) => {}
            }
            if let Some(book) = session.book() {
                synced = true;
                book.figures(line.at).unwrap();
            }
        }
        assert!(synced, "{symbol}");
        for event in &out {
            let is_trouble = matches!(
                event,
                StreamEvent::Reject { .. } | StreamEvent::Book(BookChange::Lost { .. })
            );
            assert!(!is_trouble, "{symbol}: {event:?}");
        }
        let asked = |event: &&StreamEvent| **event == StreamEvent::WantSnapshot;
        assert_eq!(out.iter().filter(asked).count(), 1, "{symbol}");
    }
    assert_eq!(seen, 265, "every frame belongs to one of them");
}

proptest! {
    /// Whatever comes: no panic, and what is saved can be read.
    #[test]
    fn no_bytes_break_a_session(
        damage in proptest::collection::vec((0_usize..6, 0_usize..400, 0_u8..128), 1..12),
        text in ".{0,60}",
    ) {
        let frames = [TRADE, BEST, TICKER, KLINE, &depth(11, 12, r#"["99.00","1"]"#, ""), SNAPSHOT];
        let mut session = session();
        let mut out = Vec::new();
        let _ = session.snapshot(SNAPSHOT.as_bytes(), 0, &mut out);
        let _ = session.frame(&text, 0, &mut out);
        for (frame, at, byte) in damage {
            let mut bytes = frames[frame].as_bytes().to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            let text = String::from_utf8_lossy(&bytes);
            let _ = session.frame(&text, 0, &mut out);
            let _ = session.snapshot(&bytes, 0, &mut out);
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
