//! Live data is kept as long as the configuration says, and counted right.

use app::model::DAY_MS;
use server::{
    config::RetentionConfig,
    pipeline::{live::retention::Retention, replay::replay},
    store::outbox::NewNotice,
};

use crate::streams::{
    Connection, MINUTE, T0, assert_balanced, bench, depth, quote, snapshot, start,
};
use server::pipeline::live::stream::{LineKind, NoticeKind};

async fn remove_all(retention: &mut Retention) -> i64 {
    let mut removed = 0;
    loop {
        match retention.step().await.unwrap() {
            0 => return removed,
            rows => {
                assert!(rows <= 5_100, "{rows} rows in one step");
                removed += rows;
            }
        }
    }
}

#[tokio::test]
async fn rows_go_in_small_steps_when_their_time_has_come() {
    let bench = bench().await;
    let clock = bench.engine.clock.clone();
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.frame(T0, depth(T0, 5, 5, 99.0));
    connection.line(LineKind::Answer, T0, snapshot(5, 99.0));
    for id in 0..12_000 {
        connection.trade(id, T0 + id, 100.0, 1.0);
    }
    connection.frame(T0 + 12_000, quote(99.0, 101.0));
    let gone = NoticeKind::Disconnected {
        alone: true,
        since: T0 + 12_000,
    };
    connection.notice(T0 + 12_000, gone).await;
    connection.close().await;
    clock.set(T0 + 10 * DAY_MS);
    let mut fresh = Connection::open(&sink.sink(), 2);
    fresh.trade(13_000, T0 + 10 * DAY_MS, 100.0, 1.0);
    fresh.close().await;
    sink.close().await;

    let mut retention = Retention::new(bench.engine.clone(), RetentionConfig::default());
    assert!(remove_all(&mut retention).await > 0);
    let left: (i64, i64, i64, i64) = bench
        .row(
            "select (select count(*) from silver_trade), (select count(*) from silver_book),
                (select count(*) from silver_quote), (select count(*) from bronze_part)",
        )
        .await;
    assert_eq!(
        left,
        (12_001, 0, 1, 1),
        "books and frames are the first to go"
    );
    assert_balanced(&bench).await;

    // what bronze no longer holds stays as it is in a replay
    let before = bench.digests_of(&["silver_trade", "silver_quote"]).await;
    let minutes = bench.number("select count(*) from gold_minute").await;
    replay(&bench.engine, None).await.unwrap();
    assert_eq!(
        bench.digests_of(&["silver_trade", "silver_quote"]).await,
        before
    );
    assert_eq!(
        bench.number("select count(*) from gold_minute").await,
        minutes
    );
    assert_balanced(&bench).await;

    // the gap of ten days is open: the trades around it stay
    clock.set(T0 + 31 * DAY_MS);
    assert_eq!(
        remove_all(&mut retention).await,
        2,
        "the quote and newer frames"
    );
    let write = bench.writer().await;
    sqlx::query("update gap set state = 'filled' where dataset = 'trade'")
        .execute(&write)
        .await
        .unwrap();
    assert_eq!(remove_all(&mut retention).await, 12_000);
    assert_eq!(bench.number("select count(*) from silver_trade").await, 1);
    assert_eq!(
        bench.number("select count(*) from gold_minute").await,
        minutes,
        "minutes are kept"
    );
    assert_balanced(&bench).await;
}

#[tokio::test]
async fn nothing_goes_where_nothing_is_to_go() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.trade(1, T0, 100.0, 1.0);
    connection.hand_over().await;
    sink.sink().flush().await.unwrap();
    bench.engine.clock.set(T0 + 400 * DAY_MS + MINUTE);
    let for_ever = RetentionConfig {
        frames_days: 0,
        trades_days: 0,
        books_days: 0,
        quotes_days: 0,
        notices_days: 0,
    };
    let mut retention = Retention::new(bench.engine.clone(), for_ever);
    assert_eq!(remove_all(&mut retention).await, 0);
    // a run that is open is not touched
    let mut retention = Retention::new(
        bench.engine.clone(),
        RetentionConfig {
            frames_days: 1,
            ..for_ever
        },
    );
    assert_eq!(remove_all(&mut retention).await, 0);
    sink.close().await;
    assert_eq!(remove_all(&mut retention).await, 1);
}

#[tokio::test]
async fn notices_go_once_they_are_over_and_old() {
    let bench = bench().await;
    let store = &bench.engine.store;
    let write = async |key: &str, at: i64| {
        let notice = NewNotice {
            key: key.to_owned(),
            channel: "hook".to_owned(),
            kind: "digest",
            incident_id: None,
            subject: key.to_owned(),
            letter: "{}".to_owned(),
        };
        let claimed = store.write_claimed(&notice, MINUTE, at).await.unwrap();
        claimed.expect("nobody else wants it").id
    };
    let sent = write("sent", T0).await;
    store.notice_sent(sent, T0).await.unwrap();
    let given_up = write("given up", T0).await;
    store.notice_failed(given_up, "no", None).await.unwrap();
    write("waiting", T0).await;
    let young = write("young", T0 + DAY_MS).await;
    store.notice_sent(young, T0 + DAY_MS).await.unwrap();

    let clock = bench.engine.clock.clone();
    let config = RetentionConfig {
        notices_days: 10,
        ..RetentionConfig::default()
    };
    let mut retention = Retention::new(bench.engine.clone(), config);
    clock.set(T0 + 10 * DAY_MS);
    assert_eq!(remove_all(&mut retention).await, 0, "not a day too early");
    clock.set(T0 + 10 * DAY_MS + MINUTE);
    assert_eq!(remove_all(&mut retention).await, 2);
    clock.set(T0 + 400 * DAY_MS);
    assert_eq!(remove_all(&mut retention).await, 1);
    let left = store.notices("", 10).await.unwrap();
    let left: Vec<_> = left.iter().map(|row| row.notice.subject.as_str()).collect();
    assert_eq!(left, ["waiting"], "what has not arrived is not forgotten");
}
