//! What comes over a stream reaches bronze, silver and gold once, and every row is accounted for.

use server::pipeline::live::stream::LineKind;

use crate::streams::{
    Connection, MINUTE, T0, assert_balanced, bench, candle, depth, quote, snapshot, start, trade,
};

#[tokio::test]
async fn lines_are_landed_as_they_are_and_their_rows_reach_silver_and_gold() {
    let bench = bench().await;
    let clock = bench.engine.clock.clone();
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.line(LineKind::Note, T0, "opened");
    for (id, ms, price, size) in [
        (1, 100, 100.0, 1.0),
        (2, 900, 102.0, 2.0),
        (3, 1_500, 99.0, 1.0),
    ] {
        connection.trade(id, T0 + ms, price, size);
    }
    connection.frame(T0 + 1_600, quote(98.5, 99.5));
    connection.frame(T0 + 1_610, quote(98.6, 99.6));
    connection.frame(T0 + 1_620, quote(98.7, 99.7));
    connection.frame(T0 + 1_700, depth(T0 + 1_700, 11, 12, 98.0));
    connection.line(LineKind::Answer, T0 + 1_710, snapshot(11, 98.0));
    connection.frame(T0 + 1_800, depth(T0 + 1_800, 13, 13, 97.0));
    connection.frame(T0 + 1_900, "{\"stream\":");
    connection.frame(
        T0 + 2_000,
        candle(T0, [100.0, 102.0, 99.0, 99.0], 4.0, false),
    );
    connection.hand_over().await;
    sink.sink().flush().await.unwrap();

    let rows: Vec<(i64, f64, f64, String, i64)> = bench
        .rows("select trade_id, price, size, side, late from silver_trade order by trade_id")
        .await;
    assert_eq!(
        rows,
        [
            (1, 100.0, 1.0, "buy".to_owned(), 0),
            (2, 102.0, 2.0, "sell".to_owned(), 0),
            (3, 99.0, 1.0, "buy".to_owned(), 0)
        ]
    );
    let minute: (f64, f64, f64, f64, f64, f64, i64, f64, i64, i64) = bench
        .row(
            "select open, high, low, close, vwap, volume, trades, buy_volume, books, is_final from gold_minute",
        )
        .await;
    assert_eq!(
        minute,
        (100.0, 102.0, 99.0, 99.0, 403.0 / 4.0, 4.0, 3, 2.0, 1, 0)
    );
    let quotes: Vec<(f64, f64)> = bench
        .rows("select bid, last from silver_quote order by received_at")
        .await;
    assert_eq!(quotes, [(98.5, 99.0), (98.7, 99.0)], "one is conflated");
    let provisional: (f64, i64) = bench.row("select close, is_final from silver_candle").await;
    assert_eq!(provisional, (99.0, 0));
    let rejects = bench.texts("select raw from quarantine").await;
    assert_eq!(rejects, ["{\"stream\":"]);

    // the minute ends: the venue's candle is final, and so is ours
    connection.frame(
        T0 + MINUTE,
        candle(T0, [100.0, 102.0, 99.0, 99.0], 4.0, true),
    );
    connection.trade(4, T0 + MINUTE + 10_000, 101.0, 1.0);
    connection.hand_over().await;
    clock.set(T0 + MINUTE + 10_000);
    sink.sink().flush().await.unwrap();
    let finals: Vec<(i64, i64)> = bench
        .rows("select minute_at, is_final from gold_minute order by 1")
        .await;
    assert_eq!(finals, [(T0, 1), (T0 + MINUTE, 0)]);
    let final_candle = bench.number("select is_final from silver_candle").await;
    assert_eq!(final_candle, 1);
    assert_balanced(&bench).await;

    let open: (String, String, String) = bench
        .row("select state, format, detail from bronze_landing")
        .await;
    assert_eq!(open.0, "refining");
    assert_eq!(open.1, "stream:binance");
    assert!(open.2.contains("1 quotes left out"), "{}", open.2);
    connection.close().await;
    sink.close().await;
    let closed: (String, i64) = bench
        .row("select state, (select count(*) from bronze_part) from bronze_landing")
        .await;
    assert_eq!(closed, ("done".to_owned(), 3));
    assert_balanced(&bench).await;
}

#[tokio::test]
async fn a_trade_that_comes_twice_is_one() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut first = Connection::open(&sink.sink(), 1);
    let mut second = Connection::open(&sink.sink(), 2);
    second.leader = false;
    for id in 0..200 {
        first.trade(id, T0 + id * 10, 100.0, 1.0);
        second.trade(id, T0 + id * 10, 100.0, 1.0);
        if id % 7 == 0 {
            first.trade(id, T0 + id * 10, 100.0, 1.0);
            second.hand_over().await;
        }
        if id % 5 == 0 {
            first.hand_over().await;
        }
    }
    second.frame(T0 + 2_500, quote(1.0, 2.0));
    first.close().await;
    second.close().await;
    sink.close().await;
    assert_eq!(bench.number("select count(*) from silver_trade").await, 200);
    assert_eq!(bench.number("select trades from gold_minute").await, 200);
    assert_eq!(
        bench.number("select count(*) from silver_quote").await,
        0,
        "only the leader's quotes are taken"
    );
    let counts: Vec<(i64, i64)> = bench
        .rows("select rows, accepted + deduplicated from bronze_landing")
        .await;
    assert_eq!(
        counts.iter().map(|(rows, _)| rows).sum::<i64>(),
        200 + 29 + 200 + 1
    );
    assert_balanced(&bench).await;

    // a restart: what came before is known
    let sink = start(&bench.engine);
    let mut third = Connection::open(&sink.sink(), 3);
    third.trade(199, T0 + 1_990, 100.0, 1.0);
    third.trade(200, T0 + 3_000, 100.0, 1.0);
    third.close().await;
    sink.close().await;
    assert_eq!(bench.number("select count(*) from silver_trade").await, 201);
    assert_eq!(bench.number("select trades from gold_minute").await, 201);
    assert_balanced(&bench).await;
}

#[tokio::test]
async fn late_trades_correct_inside_the_watermark_and_are_counted_outside() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.trade(1, T0, 100.0, 1.0);
    connection.trade(3, T0 + MINUTE + 5_000, 101.0, 1.0);
    connection.frame(T0 + MINUTE + 5_010, trade(2, T0 + 59_000, 99.0, 1.0));
    connection.hand_over().await;
    sink.sink().flush().await.unwrap();
    let inside: (f64, i64, i64) = bench
        .row(&format!(
            "select close, trades, late from gold_minute where minute_at = {T0}"
        ))
        .await;
    assert_eq!(inside, (99.0, 2, 0));
    connection.trade(4, T0 + MINUTE + 10_000, 101.0, 1.0);
    connection.frame(T0 + MINUTE + 10_010, trade(5, T0 + 59_500, 50.0, 1.0));
    connection.hand_over().await;
    bench.engine.clock.set(T0 + 2 * MINUTE);
    sink.sink().flush().await.unwrap();
    let outside: (f64, f64, i64, i64, i64) = bench
        .row(&format!(
            "select close, low, trades, late, is_final from gold_minute where minute_at = {T0}"
        ))
        .await;
    assert_eq!(outside, (99.0, 99.0, 2, 1, 1), "kept and counted");
    assert_eq!(bench.number("select count(*) from silver_trade").await, 5);
    assert_eq!(
        bench
            .number("select late from silver_trade where trade_id = 5")
            .await,
        1
    );
    sink.close().await;
    assert_balanced(&bench).await;
}

#[tokio::test]
async fn the_venues_candle_is_held_against_the_trades() {
    let bench = bench().await;
    let clock = bench.engine.clock.clone();
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    for minute in 0..4 {
        let at = T0 + minute * MINUTE;
        connection.trade(minute * 2, at + 1_000, 100.0, 1.0);
        connection.trade(minute * 2 + 1, at + 2_000, 101.0, 1.0);
        // the venue knows of more in the third minute
        let volume = if minute == 2 { 3.0 } else { 2.0 };
        connection.frame(
            at + MINUTE,
            candle(at, [100.0, 101.0, 100.0, 101.0], volume, true),
        );
        connection.hand_over().await;
        clock.set(at + MINUTE + 10_000);
        sink.sink().flush().await.unwrap();
    }
    clock.set(T0 + 5 * MINUTE);
    sink.sink().flush().await.unwrap();
    let found: Vec<(String, String)> = bench
        .rows(
            "select state, summary from check_result where check_id = 'trade.candle_match' order by id",
        )
        .await;
    assert_eq!(found[0].0, "pass");
    assert_eq!(found[1].0, "error");
    assert!(
        found[1]
            .1
            .contains("volume of the trades 2, of the venue 3"),
        "{}",
        found[1].1
    );
    assert_eq!(found[2].0, "pass");
    sink.close().await;
}

#[tokio::test]
async fn lines_that_cannot_be_refined_stay_in_bronze() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.trade(1, T0, 100.0, 1.0);
    connection.hand_over().await;
    sink.sink().flush().await.unwrap();
    let write = bench.writer().await;
    sqlx::query("alter table silver_trade rename to hidden")
        .execute(&write)
        .await
        .unwrap();
    connection.trade(2, T0 + 10, 100.0, 1.0);
    connection.hand_over().await;
    sink.sink().flush().await.unwrap();
    sqlx::query("alter table hidden rename to silver_trade")
        .execute(&write)
        .await
        .unwrap();
    connection.trade(3, T0 + 20, 100.0, 1.0);
    connection.close().await;
    sink.close().await;
    let landing: (String, i64) = bench
        .row("select state, (select sum(rows) from bronze_part) from bronze_landing")
        .await;
    assert_eq!(landing, ("failed".to_owned(), 3));
    assert_eq!(bench.number("select count(*) from silver_trade").await, 2);
    let gap: (String, Option<i64>, Option<i64>) = bench
        .row("select dataset, from_id, to_id from gap where dataset = 'trade'")
        .await;
    assert_eq!(gap, ("trade".to_owned(), Some(1), Some(3)), "it is missed");
}
