mod book;
mod random;

use app::model::Side;

use super::{checksum::checksum, *};
use crate::source::{recorded::recorded, session::BookChange};

fn session() -> BitfinexSession {
    session_of("tBTCUSD")
}

fn session_of(symbol: &str) -> BitfinexSession {
    BitfinexSession::new(Requests::new("", symbol), &Channel::ALL)
}

fn say(session: &mut BitfinexSession, text: &str) -> Vec<StreamEvent> {
    let mut out = Vec::new();
    session.frame(text, 7, &mut out).unwrap();
    out
}

fn subscribed(chan_id: i64, channel: &str) -> String {
    let what = match channel {
        "candles" => r#""key":"trade:1m:tBTCUSD""#,
        _ => r#""symbol":"tBTCUSD","pair":"BTCUSD""#,
    };
    format!(r#"{{"event":"subscribed","channel":"{channel}","chanId":{chan_id},{what}}}"#)
}

const BOOK: &str = "[[6000,1,1],[5999.5,2,2e-8],[6001,1,-0.5],[6002,3,-3.25]]";

/// Everything subscribed, and a book; the next message is number 5.
fn running() -> BitfinexSession {
    let mut session = session();
    say(
        &mut session,
        r#"{"event":"info","version":2,"serverId":"x","platform":{"status":1}}"#,
    );
    say(
        &mut session,
        r#"{"event":"conf","status":"OK","flags":229376}"#,
    );
    for (chan_id, channel) in [(1, "trades"), (2, "ticker"), (3, "book"), (4, "candles")] {
        say(&mut session, &subscribed(chan_id, channel));
    }
    let events = say(&mut session, &format!("[3,{BOOK},4,1618677545144]"));
    assert_eq!(
        events,
        [StreamEvent::Book(BookChange::Synced {
            observed_at: Some(1_618_677_545_144)
        })]
    );
    session
}

fn lost(events: &[StreamEvent]) -> Option<GapCause> {
    events.iter().find_map(|event| match event {
        StreamEvent::Book(BookChange::Lost { cause, .. }) => Some(*cause),
        _ => None,
    })
}

fn sent(events: &[StreamEvent]) -> Vec<&str> {
    let mut texts = Vec::new();
    for event in events {
        if let StreamEvent::Send(text) = event {
            texts.push(text.as_str());
        }
    }
    texts
}

fn trades(events: &[StreamEvent]) -> Vec<(i64, bool)> {
    let trade = |event: &StreamEvent| match event {
        StreamEvent::Trade { trade, history } => Some((trade.trade_id, *history)),
        _ => None,
    };
    events.iter().filter_map(trade).collect()
}

#[test]
fn it_asks_for_numbers_times_and_checksums_before_it_subscribes() {
    let hello = session().hello();
    assert_eq!(hello[0], r#"{"event":"conf","flags":229376}"#);
    assert_eq!(hello.len(), 5);
    assert_eq!(
        hello[3],
        r#"{"event":"subscribe","channel":"book","symbol":"tBTCUSD","prec":"P0","freq":"F0","len":"250"}"#
    );
}

#[test]
fn a_trade_that_comes_as_te_and_tu_is_one() {
    let mut session = running();
    let history = say(
        &mut session,
        "[1,[[12,1618677442820,1,60411],[11,1618677442819,-1,60410]],5,1618677545144]",
    );
    assert_eq!(trades(&history), [(11, true), (12, true)], "oldest first");
    let executed = say(
        &mut session,
        r#"[1,"te",[13,1618677442821,-0.5,60410],6,1618677545144]"#,
    );
    let StreamEvent::Trade { trade, history } = executed[0] else {
        panic!("{executed:?}");
    };
    assert_eq!((trade.side, trade.size, history), (Side::Sell, 0.5, false));
    assert!(
        say(
            &mut session,
            r#"[1,"tu",[13,1618677442821,-0.5,60410],7,1618677545144]"#
        )
        .is_empty()
    );
    let alone = say(
        &mut session,
        r#"[1,"tu",[10,1618677442818,-0.5,60410],8,1618677545144]"#,
    );
    assert_eq!(trades(&alone), [(10, false)], "its te was lost");
}

#[test]
fn a_message_that_comes_twice_changes_nothing() {
    let mut session = running();
    say(&mut session, "[3,[6000.5,1,1],5,1618677545200]");
    say(&mut session, "[3,[6000.5,0,1],6,1618677545200]");
    assert!(say(&mut session, "[3,[6000.5,1,1],5,1618677545200]").is_empty());
    assert_eq!(session.book(), running().book());
    let mut facts = Vec::new();
    let again = session
        .frame("[3,[6000.5,1,1],5,1618677545200]", 0, &mut facts)
        .unwrap();
    assert_eq!(
        again,
        FrameFacts::default(),
        "and is no sign of life of the book"
    );
}

#[test]
fn candles_are_final_when_the_next_begins() {
    let mut session = running();
    let candle = |at: i64, close: i64| format!("[{at},60390,{close},60500,60389,1.25]");
    let (first, second) = (1_618_677_480_000, 1_618_677_540_000);
    let said = |events: Vec<StreamEvent>| -> Vec<(i64, f64, bool)> {
        let candle = |event| match event {
            StreamEvent::Candle(candle) => Some((candle.opened_at, candle.close, candle.is_final)),
            _ => None,
        };
        events.into_iter().filter_map(candle).collect()
    };
    let list = format!(
        "[4,[{},{}],5,1618677545200]",
        candle(second, 2),
        candle(first, 1)
    );
    assert_eq!(
        said(say(&mut session, &list)),
        [
            (first, 1.0, false),
            (first, 1.0, true),
            (second, 2.0, false)
        ]
    );
    let update = format!("[4,{},6,1618677545200]", candle(second, 3));
    assert_eq!(said(say(&mut session, &update)), [(second, 3.0, false)]);
    let late = format!("[4,{},7,1618677545200]", candle(first, 4));
    assert_eq!(said(say(&mut session, &late)), [(first, 4.0, true)]);
    let next = format!("[4,{},8,1618677545200]", candle(second + 60_000, 5));
    assert_eq!(
        said(say(&mut session, &next)),
        [(second, 3.0, true), (second + 60_000, 5.0, false)]
    );
}

#[test]
fn words_of_the_venue_are_events() {
    let mut session = session();
    let one = |session: &mut BitfinexSession, text: &str| say(session, text).remove(0);
    let status = |event| match event {
        StreamEvent::Status { open, .. } => open,
        other => panic!("{other:?}"),
    };
    assert!(status(one(
        &mut session,
        r#"{"event":"info","version":2,"platform":{"status":1}}"#
    )));
    assert!(!status(one(
        &mut session,
        r#"{"event":"info","version":2,"platform":{"status":0}}"#
    )));
    assert!(!status(one(
        &mut session,
        r#"{"event":"info","code":20060,"msg":"maintenance"}"#
    )));
    let over = say(
        &mut session,
        r#"{"event":"info","code":20061,"msg":"resumed"}"#,
    );
    assert!(matches!(
        &over[..],
        [
            StreamEvent::Status { open: true, .. },
            StreamEvent::Reconnect(_)
        ]
    ));
    let restart = r#"{"event":"info","code":20051,"msg":"Stopping. Please try to reconnect"}"#;
    assert!(matches!(
        one(&mut session, restart),
        StreamEvent::Reconnect(_)
    ));
    let refused = |event| match event {
        StreamEvent::Refused {
            channel, for_good, ..
        } => (channel, for_good),
        other => panic!("{other:?}"),
    };
    let unknown = r#"{"event":"error","msg":"symbol: invalid","code":10300,"channel":"trades","symbol":"tBTCUSD"}"#;
    assert_eq!(
        refused(one(&mut session, unknown)),
        (Some(Channel::Trades), true)
    );
    let later = r#"{"event":"error","msg":"not ready","code":11000}"#;
    assert_eq!(refused(one(&mut session, later)), (None, false));
    assert_eq!(
        refused(one(&mut session, r#"{"event":"info","version":3}"#)),
        (None, true)
    );
    assert_eq!(
        refused(one(&mut session, r#"{"event":"conf","status":"FAILED"}"#)),
        (None, false)
    );
    for quiet in [
        r#"{"event":"error","msg":"subscribe: dup","code":10301}"#,
        r#"{"event":"pong","ts":1}"#,
        r#"{"event":"subscribed","channel":"trades","chanId":5,"symbol":"tETHUSD"}"#,
        r#"[5,"te",[13,1618677442821,-0.5,60410]]"#,
    ] {
        assert!(say(&mut session, quiet).is_empty(), "{quiet}");
    }
}

#[test]
fn frames_out_of_shape_lose_the_book_once() {
    for text in [
        "<html>",
        "[",
        "[3,[6000,1,",
        "{\"event\":1}",
        "[3,[6000,1,0],5]",
        "[3,\"cs\",\"x\",5]",
    ] {
        let mut session = running();
        let mut out = Vec::new();
        assert!(session.frame(text, 0, &mut out).is_err(), "{text}");
        assert_eq!(lost(&out), Some(GapCause::Sequence), "{text}");
        assert!(session.book().is_none());
        out.clear();
        let _ = session.frame(text, 0, &mut out);
        assert_eq!(out, [], "{text}");
    }
    let mut session = running();
    let mut out = Vec::new();
    assert!(session.frame("[1,[7],5]", 0, &mut out).is_ok());
    assert!(session.frame("[4,[\"x\"],6]", 0, &mut out).is_ok());
    assert!(session.frame("[2,{},7]", 0, &mut out).is_ok());
    assert!(matches!(
        &out[..],
        [
            StreamEvent::Reject {
                rule: "trade.contract",
                ..
            },
            StreamEvent::Reject {
                rule: "candle.contract",
                ..
            },
            StreamEvent::Reject {
                rule: "quote.contract",
                ..
            }
        ]
    ));
    assert!(session.book().is_some(), "the book is not concerned");
}

#[test]
fn a_restored_session_goes_on_identically() {
    let mut leaving = running();
    say(&mut leaving, r#"[3,"cs",1,5,1618677545200]"#);
    for mut session in [session(), leaving, running()] {
        say(
            &mut session,
            r#"[1,"te",[13,1618677442821,-0.5,60410],6,1618677545144]"#,
        );
        say(
            &mut session,
            "[4,[1618677480000,60390,60410,60411,60389,1.25],7,1618677545200]",
        );
        let saved = session.save();
        let mut other = self::session();
        other.restore(&saved).unwrap();
        assert_eq!(other.save(), saved);
        for text in [
            r#"[1,"tu",[13,1618677442821,-0.5,60410],8,1618677545144]"#,
            "[4,[1618677540000,60390,60410,60411,60389,1.25],9,1618677545200]",
            "[3,[6000.5,1,1],10,1618677545200]",
            r#"[3,"cs",5,11,1618677545200]"#,
            r#"[2,"hb",14,1618677545200]"#,
        ] {
            assert_eq!(say(&mut session, text), say(&mut other, text), "{text}");
        }
        assert_eq!(session.save(), other.save());
    }
    for text in [
        "",
        "{}",
        "[]",
        r#"{"channels":{"open":[{"chan_id":1,"channel":"x","renewal":"none"}],"seq":1}}"#,
    ] {
        assert!(session().restore(text).is_err(), "{text}");
    }
}

/// One connection of seven symbols.
#[test]
fn recorded_traffic_is_followed() {
    let Some(frames) = recorded("bitfinex.ws.jsonl.gz") else {
        return;
    };
    for symbol in [
        "tBFTUSD",
        "tIOTETH",
        "tDOGUSD",
        "tMNABTC",
        "tODEUSD",
        "tTESTBTC:TESTUSD",
        "tSNGUSD",
    ] {
        let mut session = session_of(symbol);
        let mut events = Vec::new();
        for frame in &frames {
            session.frame(&frame.text, frame.at, &mut events).unwrap();
        }
        let count = |is: fn(&StreamEvent) -> bool| events.iter().filter(|event| is(event)).count();
        assert_eq!(
            count(|event| matches!(event, StreamEvent::Reject { .. })),
            0,
            "{symbol}"
        );
        assert_eq!(lost(&events), None, "{symbol}");
        assert_eq!(
            count(|event| matches!(event, StreamEvent::Subscribed(_))),
            3,
            "{symbol}"
        );
        assert!(
            count(|event| matches!(event, StreamEvent::Quote(_))) >= 1,
            "{symbol}"
        );
        assert!(trades(&events).len() >= 30, "{symbol}");
        let book = session.book().unwrap();
        let figures = book.figures(0).unwrap();
        assert!(
            figures.best_bid < figures.best_ask && book.len() <= 200,
            "{symbol}: {}",
            book.len()
        );
    }
}
