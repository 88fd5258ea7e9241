//! Connections under faults: the real driver, its link and its sockets against a small venue on loopback that speaks
//! Binance's stream and misbehaves as told. What the venue traded is in silver, each trade once.

#[path = "stream_links/bench.rs"]
mod bench;
#[path = "stream_links/venue.rs"]
mod venue;

use self::{
    bench::{Bench, SPEED},
    venue::{Answer, Talk},
};

#[tokio::test(flavor = "multi_thread")]
async fn trades_reach_silver_and_pings_are_answered() {
    let bench = Bench::start(Talk::default()).await;
    bench.until_state("streaming").await;
    bench.venue.until("pongs", |seen| seen.pongs >= 3).await;
    assert!(bench.venue.seen().bad_pongs == 0, "payloads are echoed");
    let told = bench.stop().await;
    assert_eq!(told.connections, 1, "answered pings keep it open");
    told.assert_nothing_lost();
    assert_eq!(told.kinds, ["connected"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_and_fragmented_frames_are_read() {
    let bench = Bench::start(Talk {
        compress: true,
        fragment: Some(30),
        ..Talk::default()
    })
    .await;
    bench.until_state("streaming").await;
    bench.until_trades(20).await;
    bench.stop().await.assert_nothing_lost();
}

#[tokio::test(flavor = "multi_thread")]
async fn confirmed_without_data_gets_another_connection() {
    let bench = Bench::start(Talk {
        mute_first: true,
        ..Talk::default()
    })
    .await;
    bench.until_state("streaming").await;
    let told = bench.stop().await;
    assert!(told.connections >= 2);
    told.assert_nothing_lost();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_venue_that_never_says_a_word_is_given_up() {
    let bench = Bench::start(Talk {
        dumb_first: true,
        ..Talk::default()
    })
    .await;
    bench.until_state("streaming").await;
    let told = bench.stop().await;
    assert!(told.connections >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn connect_then_drop_is_not_repeated_in_a_loop() {
    let bench = Bench::start(Talk {
        drop_at_once: true,
        ..Talk::default()
    })
    .await;
    let began_at = bench.clock.now_ms();
    bench
        .venue
        .until("five connections", |seen| seen.handshakes.len() >= 6)
        .await;
    let handshakes = bench.venue.seen().handshakes;
    // pauses are drawn up to 1, 2, 4, 8, 16 s of the engine's clock: half of them in the mean
    let took_ms = handshakes[5] - began_at;
    assert!(took_ms >= 3_000, "six connections within {took_ms} ms");
    bench.until_state("backing off").await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_roll_over_loses_no_trade() {
    let bench = Bench::start(Talk::default()).await;
    bench.until_state("streaming").await;
    bench.until_trades(20).await;
    bench.venue.shut_down();
    bench
        .venue
        .until("a second connection", |seen| seen.handshakes.len() >= 2)
        .await;
    bench.until_kind("rolled_over").await;
    bench
        .venue
        .until("the first is closed", |seen| seen.closed >= 1)
        .await;
    let before = bench.trades().await.len();
    bench.until_trades(before + 20).await;
    let told = bench.stop().await;
    told.assert_nothing_lost();
    assert_eq!(told.connections, 2);
    assert_eq!(told.kinds, ["connected", "rolled_over"]);
    assert_eq!(told.reconnects, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_connection_is_noticed() {
    let bench = Bench::start(Talk::default()).await;
    bench.until_state("streaming").await;
    bench.venue.hush();
    bench
        .venue
        .until("a second connection", |seen| seen.handshakes.len() >= 2)
        .await;
    bench.until_state("streaming").await;
    bench.until_kind("disconnected").await;
    bench
        .until("it is counted", |stream| stream.reconnects >= 1)
        .await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_oversized_frame_ends_the_connection_not_the_source() {
    let bench = Bench::start(Talk {
        oversize_first: true,
        ..Talk::default()
    })
    .await;
    bench.until_state("streaming").await;
    bench
        .venue
        .until("a second connection", |seen| seen.handshakes.len() >= 2)
        .await;
    bench.until_trades(10).await;
    bench.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_counted_and_does_no_harm() {
    let bench = Bench::start(Talk {
        garbage: true,
        ..Talk::default()
    })
    .await;
    bench.until_state("streaming").await;
    bench
        .until("rejects are told", |stream| stream.rejected >= 3)
        .await;
    let told = bench.stop().await;
    assert_eq!(told.connections, 1);
    told.assert_nothing_lost();
    assert!(told.quarantined >= 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_region_that_is_not_served_is_left_alone() {
    let bench = Bench::start(Talk {
        answer: Answer::Refuse(451, None),
        ..Talk::default()
    })
    .await;
    bench.until_state("blocked").await;
    bench.until_kind("blocked").await;
    let stream = bench.stream();
    assert!(stream.error.contains("HTTP 451"), "{}", stream.error);
    assert!(stream.error.contains("region"), "{}", stream.error);
    let told = bench.stop().await;
    assert_eq!(told.connections, 1, "it is not asked again soon");
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_of_a_handshake_is_heeded() {
    let bench = Bench::start(Talk {
        answer: Answer::Refuse(429, Some(40)),
        ..Talk::default()
    })
    .await;
    bench
        .venue
        .until("refused", |seen| !seen.handshakes.is_empty())
        .await;
    bench.venue.accept();
    bench.until_state("streaming").await;
    let handshakes = bench.venue.seen().handshakes;
    let pause_ms = handshakes[1] - handshakes[0];
    assert!(pause_ms >= 40_000 - (50.0 * SPEED) as i64, "{pause_ms}");
    bench.stop().await;
}
