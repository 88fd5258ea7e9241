use app::model::{GapCause, Side};
use proptest::prelude::*;

use super::*;
use crate::source::{bitstamp::facts::FACTS, recorded::recorded, session::BookChange};

const ACK: &str =
    r#"{"event":"bts:subscription_succeeded","channel":"diff_order_book_btcusd","data":{}}"#;
const TRADE: &str = r#"{"data":{"id":216000505,"timestamp":"1641343721","amount":2.108,"amount_str":"2.10800000","price":3800.53,"price_str":"3800.53","type":1,"microtimestamp":"1641343721243000","buy_order_id":1443875822977028,"sell_order_id":1443875826016256},"channel":"live_trades_btcusd","event":"trade"}"#;
/// Times below are so many microseconds behind it.
const BASE: i64 = 1_641_343_700_000_000;

fn session() -> BitstampSession {
    session_of("btcusd")
}

fn session_of(symbol: &str) -> BitstampSession {
    BitstampSession::new(symbol, FACTS.channels, format!("http://h/{symbol}"))
}

fn diff(at: i64, bids: &str, asks: &str) -> String {
    format!(
        r#"{{"data":{{"timestamp":"1641343700","microtimestamp":"{}","bids":[{bids}],"asks":[{asks}]}},"channel":"diff_order_book_btcusd","event":"data"}}"#,
        BASE + at
    )
}

fn snapshot(at: i64, bids: &str, asks: &str) -> String {
    format!(
        r#"{{"timestamp": "1641343700", "microtimestamp": "{}", "bids": [{bids}], "asks": [{asks}]}}"#,
        BASE + at
    )
}

const BID: &str = r#"["99.50","1.00000000"]"#;
const ASK: &str = r#"["100.50","2.00000000"]"#;

fn say(session: &mut BitstampSession, text: &str) -> Vec<StreamEvent> {
    let mut out = Vec::new();
    session.frame(text, 0, &mut out).unwrap();
    out
}

fn answer(session: &mut BitstampSession, text: &str) -> Vec<StreamEvent> {
    let mut out = Vec::new();
    session.snapshot(text.as_bytes(), 0, &mut out).unwrap();
    out
}

fn synced() -> BitstampSession {
    let mut session = session();
    assert_eq!(
        say(&mut session, ACK),
        [StreamEvent::Subscribed(Channel::Book)]
    );
    assert_eq!(
        say(&mut session, &diff(0, BID, "")),
        [StreamEvent::WantSnapshot]
    );
    assert_eq!(
        answer(&mut session, &snapshot(10, BID, ASK)),
        [StreamEvent::Book(BookChange::Synced {
            observed_at: Some(BASE / 1_000)
        })]
    );
    session
}

fn best(session: &BitstampSession) -> (String, String) {
    let (bid, ask) = session.book().and_then(Ladder::best).unwrap();
    (bid.to_string(), ask.to_string())
}

fn lost(events: &[StreamEvent]) -> bool {
    events.iter().any(|event| {
        matches!(
            event,
            StreamEvent::Book(BookChange::Lost {
                cause: GapCause::Sequence,
                ..
            })
        )
    })
}

#[test]
fn it_subscribes_what_the_venue_has() {
    let mut session = BitstampSession::new("btcusd", &Channel::ALL, String::new());
    assert_eq!(
        session.hello(),
        [
            r#"{"event":"bts:subscribe","data":{"channel":"live_trades_btcusd"}}"#,
            r#"{"event":"bts:subscribe","data":{"channel":"diff_order_book_btcusd"}}"#
        ]
    );
}

#[test]
fn a_trade_is_read_from_its_texts() {
    let mut session = session();
    let events = say(&mut session, TRADE);
    let StreamEvent::Trade { trade, history } = events[0] else {
        panic!("{events:?}");
    };
    assert_eq!(
        (trade.trade_id, trade.side, history),
        (216_000_505, Side::Sell, false)
    );
    assert_eq!(
        (trade.price, trade.traded_at),
        (3_800.53, 1_641_343_721_243)
    );
    let StreamEvent::Quote(quote) = &events[1] else {
        panic!("{events:?}");
    };
    assert_eq!((quote.last, quote.bid), (3_800.53, None), "no book yet");
    let wrong = TRADE.replace("\"3800.53\"", "\"0.-10000\"");
    assert!(matches!(
        &say(&mut session, &wrong)[..],
        [StreamEvent::Reject {
            rule: "trade.contract",
            ..
        }]
    ));
}

#[test]
fn changes_wait_for_a_snapshot_that_is_new_enough() {
    let mut session = session();
    let first = say(&mut session, &diff(100, r#"["99.60","3"]"#, ""));
    assert_eq!(first, [StreamEvent::WantSnapshot]);
    assert!(
        say(
            &mut session,
            &diff(200, r#"["99.60","0"]"#, r#"["100.40","1"]"#)
        )
        .is_empty()
    );
    let stale = answer(&mut session, &snapshot(99, BID, ASK));
    assert_eq!(stale, [StreamEvent::WantSnapshot], "rest lags");
    assert!(session.book().is_none());
    answer(
        &mut session,
        &snapshot(150, r#"["99.50","1"],["99.60","3"]"#, ASK),
    );
    assert_eq!(best(&session), ("99.50".into(), "100.40".into()));
}

#[test]
fn changes_that_the_snapshot_holds_are_left_out() {
    let mut session = synced();
    assert!(say(&mut session, &diff(10, r#"["99.50","0"]"#, "")).is_empty());
    assert_eq!(best(&session), ("99.50".into(), "100.50".into()));
    let event = say(
        &mut session,
        &diff(11, r#"["99.50","0.00000000"],["99","1"]"#, ""),
    );
    assert_eq!(
        event,
        [StreamEvent::Book(BookChange::Updated {
            observed_at: Some(BASE / 1_000)
        })]
    );
    assert_eq!(best(&session), ("99".into(), "100.50".into()));
}

#[test]
fn quotes_follow_the_best_prices_once_a_price_is_known() {
    let mut session = synced();
    assert!(
        !say(&mut session, &diff(20, r#"["99.70","1"]"#, ""))
            .iter()
            .any(|event| matches!(event, StreamEvent::Quote(_)))
    );
    say(&mut session, TRADE);
    let quotes = |events: Vec<StreamEvent>| -> Vec<(Option<f64>, Option<f64>)> {
        let quote = |event| match event {
            StreamEvent::Quote(quote) => Some((quote.bid, quote.ask)),
            _ => None,
        };
        events.into_iter().filter_map(quote).collect()
    };
    let deep = say(&mut session, &diff(30, r#"["98","1"]"#, ""));
    assert!(quotes(deep).is_empty(), "nothing changed on top");
    let top = say(&mut session, &diff(40, r#"["99.80","1"]"#, ""));
    assert_eq!(quotes(top), [(Some(99.8), Some(100.5))]);
}

#[test]
fn a_change_that_comes_twice_is_nothing_and_one_that_comes_late_is_a_loss() {
    let mut session = synced();
    say(&mut session, &diff(20, r#"["99.70","1"]"#, ""));
    say(&mut session, &diff(30, r#"["99.70","0"]"#, ""));
    assert!(say(&mut session, &diff(20, r#"["99.70","1"]"#, "")).is_empty());
    assert_eq!(best(&session).0, "99.50");
    let late = say(&mut session, &diff(25, r#"["99.70","5"]"#, ""));
    assert!(
        lost(&late) && late.contains(&StreamEvent::WantSnapshot),
        "{late:?}"
    );
    assert!(session.book().is_none());
    let stale = answer(&mut session, &snapshot(29, BID, ASK));
    assert_eq!(
        stale,
        [StreamEvent::WantSnapshot],
        "older than what was seen"
    );
    answer(&mut session, &snapshot(30, BID, ASK));
    assert_eq!(best(&session).0, "99.50");
}

#[test]
fn a_book_that_stays_crossed_is_given_up() {
    let mut session = synced();
    let cross = say(&mut session, &diff(20, r#"["100.60","1"]"#, ""));
    assert!(!lost(&cross), "for a moment");
    assert!(lost(&say(
        &mut session,
        &diff(1_000_020, r#"["98","1"]"#, "")
    )));
    let mut session = synced();
    say(&mut session, &diff(20, r#"["100.60","1"]"#, ""));
    say(&mut session, &diff(900_000, r#"["100.60","0"]"#, ""));
    assert!(!lost(&say(
        &mut session,
        &diff(2_000_000, r#"["98","1"]"#, "")
    )));
}

#[test]
fn frames_out_of_shape_lose_the_book_once() {
    let broken = diff(20, r#"["99.70","0.-10000"]"#, "");
    for text in ["<!doctype html>", "{", "[1]", "{\"event\":1}", &broken] {
        let mut session = synced();
        let mut out = Vec::new();
        assert!(session.frame(text, 0, &mut out).is_err(), "{text}");
        assert!(lost(&out) && session.book().is_none(), "{text}");
        out.clear();
        assert!(session.frame(text, 0, &mut out).is_err(), "{text}");
        assert_eq!(out, [], "{text}");
        assert_eq!(
            say(&mut session, &diff(30, BID, "")),
            [StreamEvent::WantSnapshot]
        );
    }
}

#[test]
fn answers_that_are_no_book_are_refused() {
    let mut session = session();
    say(&mut session, &diff(0, BID, ""));
    let mut out = Vec::new();
    for body in [
        "<html>maintenance</html>",
        r#"{"error":"Invalid pair"}"#,
        &snapshot(10, "", ""),
        &snapshot(10, r#"["-1","1"]"#, ASK),
    ] {
        assert!(
            session.snapshot(body.as_bytes(), 0, &mut out).is_err(),
            "{body}"
        );
    }
    assert!(out.is_empty() && session.book().is_none());
}

#[test]
fn words_of_the_venue_are_events() {
    let mut session = session();
    let reconnect = say(
        &mut session,
        r#"{"event":"bts:request_reconnect","channel":"","data":""}"#,
    );
    assert!(matches!(&reconnect[..], [StreamEvent::Reconnect(_)]));
    let refused = say(
        &mut session,
        r#"{"event":"bts:error","channel":"","data":{"code":null,"message":"Bad subscription string."}}"#,
    );
    assert_eq!(
        refused,
        [StreamEvent::Refused {
            channel: None,
            reason: "Bad subscription string.".to_owned(),
            for_good: true
        }]
    );
    for quiet in [
        r#"{"event":"bts:heartbeat","channel":"","data":{"status":"success"}}"#,
        r#"{"event":"new one","channel":null}"#,
        &TRADE.replace("btcusd", "ethusd"),
    ] {
        let mut out = Vec::new();
        let facts = session.frame(quiet, 0, &mut out).unwrap();
        assert_eq!((out.len(), facts), (0, FrameFacts::default()), "{quiet}");
    }
}

#[test]
fn waiting_changes_are_bounded_and_the_book_right_all_the_same() {
    let mut session = session();
    for at in 0..3_000 {
        say(
            &mut session,
            &diff(at, &format!(r#"["99.50","{}"]"#, at + 1), ""),
        );
    }
    let stale = answer(&mut session, &snapshot(500, BID, ASK));
    assert_eq!(
        stale,
        [StreamEvent::WantSnapshot],
        "changes behind it are gone"
    );
    answer(&mut session, &snapshot(1_500, BID, ASK));
    let (_, size) = session.book().unwrap().bids().next().unwrap();
    assert_eq!(size.to_string(), "3000");
}

#[test]
fn a_restored_session_goes_on_identically() {
    let mut waiting = session();
    say(&mut waiting, &diff(5, r#"["99.50","0"]"#, ASK));
    for mut session in [session(), waiting, synced()] {
        say(&mut session, TRADE);
        let saved = session.save();
        let mut other = self::session();
        other.restore(&saved).unwrap();
        assert_eq!(other.save(), saved);
        for text in [
            diff(20, r#"["99.70","1.50"]"#, ""),
            diff(40, r#"["99.70","0"]"#, r#"["100.20","1"]"#),
            diff(20, r#"["99.70","1.50"]"#, ""),
            diff(30, BID, ""),
        ] {
            assert_eq!(say(&mut session, &text), say(&mut other, &text));
        }
        let book = snapshot(60, BID, ASK);
        assert_eq!(answer(&mut session, &book), answer(&mut other, &book));
        assert_eq!(session.book(), other.book());
        assert_eq!(session.save(), other.save());
    }
    let mut session = session();
    for text in ["", "{}", "[]", r#"{"known":[1,["x"]]}"#] {
        assert!(session.restore(text).is_err(), "{text}");
    }
}

/// One connection of nine symbols, and the snapshots that were asked for at its beginning.
#[test]
fn recorded_traffic_is_followed() {
    let (Some(frames), Some(answers)) = (
        recorded("bitstamp.ws.jsonl.gz"),
        recorded("bitstamp.http.jsonl.gz"),
    ) else {
        return;
    };
    let (mut trades, mut books) = (0, 0);
    for answer in &answers {
        let symbol = answer.url.as_deref().unwrap().rsplit('/').next().unwrap();
        let mut session = session_of(symbol);
        let mut events = Vec::new();
        for frame in &frames {
            let before = events.len();
            session.frame(&frame.text, frame.at, &mut events).unwrap();
            if events[before..].contains(&StreamEvent::WantSnapshot) {
                session
                    .snapshot(answer.text.as_bytes(), frame.at, &mut events)
                    .unwrap();
            }
        }
        let count = |is: fn(&StreamEvent) -> bool| events.iter().filter(|event| is(event)).count();
        assert_eq!(
            count(|event| matches!(event, StreamEvent::Reject { .. })),
            0,
            "{symbol}"
        );
        assert!(!lost(&events), "{symbol}");
        assert_eq!(
            count(|event| matches!(event, StreamEvent::Subscribed(_))),
            2,
            "{symbol}"
        );
        trades += count(|event| matches!(event, StreamEvent::Trade { .. }));
        let changes = count(|event| matches!(event, StreamEvent::Book(BookChange::Updated { .. })));
        // nothing happened in one of them
        if let Some(book) = session.book() {
            let figures = book.figures(0).unwrap();
            assert!(
                figures.best_bid < figures.best_ask && changes > 20,
                "{symbol}"
            );
            books += 1;
        }
    }
    assert_eq!((trades, books), (10, 9));
}

proptest! {
    #[test]
    fn no_bytes_panic(noise in ".{0,200}", at in 0_usize..400, byte in 32_u8..127) {
        let mut out = Vec::new();
        let mut session = synced();
        let _ = session.frame(&noise, 0, &mut out);
        let _ = session.snapshot(noise.as_bytes(), 0, &mut out);
        let _ = session.restore(&noise);
        for text in [diff(20, BID, ASK), TRADE.to_owned(), ACK.to_owned(), session.save()] {
            let mut bytes = text.into_bytes();
            let place = at % bytes.len();
            bytes[place] = byte;
            let text = String::from_utf8(bytes).unwrap();
            let _ = session.frame(&text, 0, &mut out);
            let _ = session.restore(&text);
        }
    }

    /// Whatever order and repetition changes come in: a book that is trusted is the venue's.
    #[test]
    fn a_trusted_book_is_the_right_one(
        sizes in proptest::collection::vec((0_u8..6, 0_u8..4), 1..40),
        faults in proptest::collection::vec(0_u8..12, 40),
        lag in 0_i64..8,
    ) {
        // the venue's truth after each change
        let mut truth = vec![[0_u8; 6]];
        for (level, size) in &sizes {
            let mut next = truth[truth.len() - 1];
            next[usize::from(*level)] = *size;
            truth.push(next);
        }
        let levels = |sizes: &[u8; 6]| -> String {
            let one = |(level, size): (usize, &u8)| (*size > 0).then(|| format!(r#"["{}","{size}"]"#, 90 + level));
            sizes.iter().enumerate().filter_map(one).collect::<Vec<_>>().join(",")
        };
        let mut session = session();
        let mut asked = false;
        let mut order: Vec<usize> = (0..sizes.len()).collect();
        for place in 1..order.len() {
            match faults[place % faults.len()] {
                0 => order.swap(place - 1, place),
                1 => order[place] = order[place - 1],
                _ => {}
            }
        }
        let mut seen = 0;
        for place in order {
            let (level, size) = sizes[place];
            let text = diff(place as i64 + 1, &format!(r#"["{}","{size}"]"#, 90 + level), "");
            asked |= say(&mut session, &text).contains(&StreamEvent::WantSnapshot);
            seen = seen.max(place as i64 + 1);
            if asked {
                let at = (seen - lag).max(0);
                let body = snapshot(at, &levels(&truth[at as usize]), ASK);
                asked = answer(&mut session, &body).contains(&StreamEvent::WantSnapshot);
            }
        }
        // a change that was overwritten by its neighbour never came, which nothing can show
        let all_came = faults.iter().all(|fault| *fault != 1);
        if let Some(book) = session.book() && all_came {
            let expected = truth[truth.len() - 1];
            let bids: Vec<(String, String)> = book.bids().map(|(p, s)| (p.to_string(), s.to_string())).collect();
            let mut wanted: Vec<(String, String)> = expected.iter().enumerate()
                .filter(|(_, size)| **size > 0)
                .map(|(level, size)| ((90 + level).to_string(), size.to_string()))
                .collect();
            wanted.reverse();
            prop_assert_eq!(bids, wanted);
        }
    }
}
