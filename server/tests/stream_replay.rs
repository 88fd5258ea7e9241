//! What came live can be refined again and gives the same.

use rand::RngExt;
use server::pipeline::{
    live::stream::{LineKind, NoticeKind},
    replay::{ReplayFilter, replay, replay_of},
};

use crate::{
    streams::{
        Connection, MINUTE, T0, assert_balanced, bench, candle, depth, quote, snapshot, start,
        trade,
    },
    support::{Bench, rng},
};

/// Some minutes of two overlapping connections, with everything that streams bring.
async fn market(bench: &Bench, seed: u64) {
    let mut rng = rng(seed);
    let clock = bench.engine.clock.clone();
    let sink = start(&bench.engine);
    let mut first = Connection::open(&sink.sink(), 1);
    first.notice(T0, NoticeKind::Started).await;
    let mut second = Connection::open(&sink.sink(), 2);
    second.leader = false;
    let (mut id, mut at, mut number) = (1_000, T0, 11);
    let mut minute = T0;
    let mut ohlc: Option<[f64; 4]> = None;
    let mut volume = 0.0;
    first.frame(at, depth(at, number, number, 100.0));
    first.line(LineKind::Answer, at, snapshot(number, 100.0));
    for step in 0..1_500 {
        at += rng.random_range(0..400);
        clock.set(at);
        if at >= minute + MINUTE {
            if let Some(prices) = ohlc.take() {
                let closed = candle(minute, prices, volume, true);
                first.frame(at, closed.clone());
                second.frame(at, closed);
            }
            volume = 0.0;
            minute = T0 + (at - T0) / MINUTE * MINUTE;
        }
        let price = 100.0 + f64::from(rng.random_range(0..100)) / 100.0;
        match rng.random_range(0..10) {
            0..4 => {
                id += 1;
                let frame = trade(id, at, price, 0.5);
                volume += 0.5;
                ohlc = Some(ohlc.map_or([price; 4], |[open, high, low, _]| {
                    [open, high.max(price), low.min(price), price]
                }));
                first.frame(at, frame.clone());
                if step > 300 && rng.random_range(0..5) > 0 {
                    second.frame(at, frame);
                }
            }
            4..6 => first.frame(at, quote(price - 0.5, price + 0.5)),
            6 => {
                number += 1;
                first.frame(at, depth(at, number, number, 100.0 - price / 1_000.0));
            }
            7 => {
                if let Some(prices) = ohlc {
                    first.frame(at, candle(minute, prices, volume, false));
                }
            }
            8 => first.frame(
                at,
                trade(id, at - 75_000, price, 0.1).replace("\"a\":", "\"a\":9"),
            ),
            _ => first.frame(at, "out of shape"),
        }
        match rng.random_range(0..12) {
            0..4 => first.hand_over().await,
            4..6 => second.hand_over().await,
            _ => {}
        }
        if step == 900 {
            // the second connection takes over
            first.hand_over().await;
            first.leader = false;
            second.leader = true;
        }
        if step % 100 == 0 {
            sink.sink().flush().await.unwrap();
        }
    }
    first.close().await;
    second.hand_over().await;
    sink.close().await;
    clock.set(at + 5 * MINUTE);
    // a process that ends without a word leaves its run open; the next one closes it
    start(&bench.engine).close().await;
}

#[tokio::test]
async fn a_replay_gives_the_same_digests() {
    for seed in [1, 2, 3] {
        let bench = bench().await;
        market(&bench, seed).await;
        assert_balanced(&bench).await;
        // minutes of a market that has gone quiet become final
        let sink = start(&bench.engine);
        let mut last = Connection::open(&sink.sink(), 3);
        last.line(LineKind::Note, bench.engine.clock.now_ms(), "opened");
        last.close().await;
        sink.sink().flush().await.unwrap();
        sink.close().await;
        let open = bench
            .number("select count(*) from gold_minute where is_final = 0")
            .await;
        assert_eq!(open, 0);
        let before = bench.digests().await;
        let trades = before.iter().find(|digest| digest.table == "silver_trade");
        assert!(trades.unwrap().rows > 300);
        replay(&bench.engine, None).await.unwrap();
        assert_eq!(bench.digests().await, before, "seed {seed}");
        assert_balanced(&bench).await;
        let filter = ReplayFilter {
            from: Some(T0 + 2 * MINUTE),
            ..ReplayFilter::default()
        };
        replay_of(&bench.engine, filter, None).await.unwrap();
        assert_eq!(bench.digests().await, before, "a stretch, seed {seed}");
        assert_balanced(&bench).await;
    }
}

#[tokio::test]
async fn a_replay_while_streams_run_loses_nothing() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    for id in 0..50 {
        connection.trade(id, T0 + id * 100, 100.0, 1.0);
    }
    connection.hand_over().await;
    sink.sink().flush().await.unwrap();
    replay(&bench.engine, None).await.unwrap();
    for id in 40..100 {
        connection.trade(id, T0 + id * 100, 100.0, 1.0);
    }
    connection.close().await;
    sink.close().await;
    let minute: (i64, i64) = bench
        .row("select sum(trades), (select count(*) from silver_trade) from gold_minute")
        .await;
    assert_eq!(minute, (100, 100));
    assert_balanced(&bench).await;
    let landing: (String, i64) = bench.row("select state, rows from bronze_landing").await;
    assert_eq!(landing, ("done".to_owned(), 110));
}
