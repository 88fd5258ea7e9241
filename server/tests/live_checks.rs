//! Checks of what streams: each fault leads to the result that names it and to one alert, and the alert ends when the
//! rule has held for long enough. Frames are written by the test, or by the simulator over real sockets.

use server::simulator::{Fault, Protocol};

use crate::{
    stream_proof_sockets::floor::{Floor, Sign},
    streams::{Connection, T0, assert_balanced, bench, depth, quote, snapshot, start, trade},
    support::Bench,
};
use server::pipeline::live::stream::{LineKind, RunningSink};

/// State and number of findings of a check.
async fn told(bench: &Bench, check_id: &str) -> (String, i64) {
    let (state, failed, _) = bench.check(check_id, "BTC-USDT/binance/live").await;
    (state, failed)
}

async fn assert_state(bench: &Bench, check_id: &str, state: &str) {
    assert_eq!(told(bench, check_id).await.0, state, "{check_id}");
}

/// Open alerts of a check: severity and state.
async fn alerts(bench: &Bench, check_id: &str) -> Vec<(String, String)> {
    bench
        .rows(&format!(
            "select severity, state from alert where check_id = '{check_id}' and state <> 'resolved'"
        ))
        .await
}

async fn flush(bench: &Bench, sink: &RunningSink, at: i64) {
    bench.engine.clock.set(at);
    sink.sink().flush().await.unwrap();
}

fn firing(severity: &str) -> Vec<(String, String)> {
    vec![(severity.to_owned(), "firing".to_owned())]
}

#[tokio::test]
async fn a_number_that_stands_for_two_trades_is_an_error_and_the_second_is_set_apart() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    for id in 0..10 {
        connection.trade(id, T0 + id, 100.0, 1.0);
    }
    connection.trade(4, T0 + 4, 100.0, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 1_000).await;
    assert_state(&bench, "trade.dup_id", "pass").await;
    assert_eq!(alerts(&bench, "trade.dup_id").await, []);

    connection.trade(5, T0 + 5, 100.5, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 2_000).await;
    assert_eq!(told(&bench, "trade.dup_id").await, ("error".to_owned(), 1));
    assert_eq!(alerts(&bench, "trade.dup_id").await, firing("error"));
    let apart = bench.texts("select rules from quarantine").await;
    assert_eq!(apart.len(), 1);
    assert!(apart[0].contains("trade.dup_id"), "{apart:?}");
    let kept: Vec<(f64,)> = bench
        .rows("select price from silver_trade where trade_id = 5")
        .await;
    assert_eq!(kept, [(100.0,)], "the first one is kept");

    // after five minutes it is told no more, and a minute and a half later it is over
    for (id, at) in [(20, 400_000), (21, 401_000), (22, 500_000)] {
        connection.trade(id, T0 + at, 100.0, 1.0);
        connection.hand_over().await;
        flush(&bench, &sink, T0 + at).await;
    }
    assert_eq!(alerts(&bench, "trade.dup_id").await, []);
    sink.close().await;
    assert_balanced(&bench).await;
}

#[tokio::test]
async fn late_trades_missing_numbers_and_a_wrong_clock_are_told() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    for id in 0..100 {
        connection.trade(id, T0 + id * 10, 100.0, 1.0);
    }
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 1_000).await;
    for check_id in [
        "trade.late",
        "trade.id_gap",
        "trade.contract",
        "feed.contract",
    ] {
        assert_state(&bench, check_id, "pass").await;
    }
    assert_state(&bench, "trade.clock_skew", "not_evaluated").await;
    assert_state(&bench, "trade.vs_book", "not_evaluated").await;

    // received now, traded three seconds before the newest one
    connection.frame(T0 + 1_000, trade(100, T0 - 2_500, 100.0, 1.0));
    // the numbers 101 and 102 are missing
    connection.trade(103, T0 + 1_100, 100.0, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, T0 + 1_200).await;
    assert_eq!(told(&bench, "trade.late").await, ("error".to_owned(), 1));
    assert_eq!(alerts(&bench, "trade.late").await, firing("error"));
    assert_state(&bench, "trade.id_gap", "pass").await;
    flush(&bench, &sink, T0 + 4_000).await;
    assert_eq!(told(&bench, "trade.id_gap").await, ("error".to_owned(), 2));
    assert_eq!(alerts(&bench, "trade.id_gap").await, firing("error"));

    // the venue's clock is ninety seconds ahead, the times of its trades are right
    let at = T0 + 5_000;
    let skewed = trade(104, at, 100.0, 1.0)
        .replace(&format!("\"E\":{at}"), &format!("\"E\":{}", at + 90_000));
    connection.frame(at, skewed);
    connection.frame(at, "{");
    connection.hand_over().await;
    flush(&bench, &sink, at).await;
    assert_state(&bench, "trade.clock_skew", "error").await;
    assert_eq!(alerts(&bench, "trade.clock_skew").await, firing("error"));
    assert_eq!(told(&bench, "feed.contract").await, ("error".to_owned(), 1));
    sink.close().await;
    assert_balanced(&bench).await;
}

#[tokio::test]
async fn a_crossed_book_lost_changes_and_trades_beside_the_quote_are_told() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    let mut number = 10;
    let mut at = T0;
    let mut synced = |connection: &mut Connection, at: i64| {
        connection.frame(at, depth(at, number + 1, number + 1, 100.0));
        connection.line(LineKind::Answer, at, snapshot(number, 100.0));
        connection.frame(at, depth(at, number + 2, number + 2, 100.0));
        // the next one begins behind a hole
        number += 10;
    };
    for _ in 0..3 {
        synced(&mut connection, at);
        at += 1_000;
    }
    // the venue's quotes have no last price of their own: a trade comes first
    connection.trade(0, at, 100.5, 1.0);
    connection.frame(at, quote(100.0, 101.0));
    connection.trade(1, at, 100.5, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, at).await;
    for check_id in [
        "book.sequence",
        "book.crossed",
        "book.levels",
        "trade.vs_book",
        "book.stale",
    ] {
        assert_state(&bench, check_id, "pass").await;
    }
    assert_state(&bench, "book.depth", "not_evaluated").await;

    for _ in 0..3 {
        synced(&mut connection, at);
        at += 1_000;
    }
    connection.trade(2, at, 150.0, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, at).await;
    assert_eq!(alerts(&bench, "book.sequence").await, firing("warn"));
    assert_eq!(told(&bench, "trade.vs_book").await, ("error".to_owned(), 1));

    // a bid above the ask of before
    synced(&mut connection, at);
    let last = number - 10 + 2;
    for change in 1..=3 {
        connection.frame(at, depth(at, last + change, last + change, 105.0));
    }
    connection.hand_over().await;
    flush(&bench, &sink, at).await;
    assert_eq!(told(&bench, "book.crossed").await, ("error".to_owned(), 3));
    assert_eq!(alerts(&bench, "book.crossed").await, firing("error"));

    // trades go on, the book does not
    connection.trade(3, at + 11_000, 100.5, 1.0);
    connection.hand_over().await;
    flush(&bench, &sink, at + 11_000).await;
    assert_state(&bench, "book.stale", "error").await;
    sink.close().await;
    assert_balanced(&bench).await;
}

/// A change of the book each second.
async fn seconds(
    connection: &mut Connection,
    (from, to): (i64, i64),
    frame: impl Fn(i64, i64) -> String,
) {
    for second in from..to {
        connection.frame(T0 + second * 1_000, frame(T0 + second * 1_000, second));
        if second % 50 == 0 {
            connection.hand_over().await;
        }
    }
    connection.hand_over().await;
}

#[tokio::test]
async fn after_a_restart_the_depth_of_a_book_is_held_against_that_of_before() {
    let bench = bench().await;
    let usual = |at: i64, number: i64| depth(at, number, number, 100.0);
    let thin = |at: i64, number: i64| usual(at, number).replace("\"5\"", "\"0.05\"");
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.frame(T0, usual(T0, 1));
    connection.line(LineKind::Answer, T0, snapshot(0, 100.0));
    seconds(&mut connection, (2, 400), usual).await;
    flush(&bench, &sink, T0 + 400_000).await;
    assert_state(&bench, "book.depth", "pass").await;
    connection.close().await;
    sink.close().await;

    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 2);
    let at = T0 + 420_000;
    connection.frame(at, thin(at, 420));
    connection.line(LineKind::Answer, at, snapshot(419, 100.0));
    seconds(&mut connection, (421, 435), thin).await;
    flush(&bench, &sink, T0 + 435_000).await;
    assert_eq!(told(&bench, "book.depth").await, ("warn".to_owned(), 1));
    sink.close().await;
    assert_balanced(&bench).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_simulators_faults_are_named_by_their_checks() {
    let floor = Floor::start(10.0).await;
    let venue = Protocol::Binance;
    floor.until_well(venue).await;
    for (fault, check_id) in [
        (Fault::SequenceGap, "trade.id_gap"),
        (Fault::ClockSkew, "trade.clock_skew"),
        (Fault::CrossedBook, "book.crossed"),
        (Fault::TruncatedJson, "feed.contract"),
    ] {
        floor.survive(venue, fault, Sign::Check(check_id), 0).await;
    }
    floor.stop().await;
}
