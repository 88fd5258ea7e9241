//! Faults of the transport.

use std::time::Duration;

use app::model::{CheckState, LandingState, Severity};
use server::simulator::Fault;

use super::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_is_heeded() {
    let mut bench = Bench::start().await;
    bench.on(Fault::RateLimit);
    let pause_ms = bench.round().await;
    assert!(
        (5_000..=6_000).contains(&pause_ms),
        "Retry-After: {pause_ms}"
    );
    let feed = bench.feed();
    assert_eq!(feed.state, "backing off");
    assert_eq!(feed.next_at, Some(bench.clock.now_ms() + pause_ms));
    assert!(feed.error.contains("HTTP 429"), "{}", feed.error);
    bench.assert_open("feed.http", Severity::Warn).await;
    bench.rounds(2).await;
    bench.assert_open("feed.http", Severity::Error).await;
    let refused = bench.landings().await;
    let refused = refused
        .iter()
        .filter(|landing| landing.state == LandingState::Refused);
    assert_eq!(
        refused.count(),
        3,
        "one question a round is refused and landed"
    );

    bench.off(Fault::RateLimit);
    bench.rounds_until_resolved("feed.http", 2).await;
    assert_eq!(bench.feed().state, "ok");
    assert_eq!(bench.feed().error, "");
    bench.assert_nothing_lost(&[]).await;
    bench.assert_all_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_critical_at_once_and_the_venue_is_left_alone() {
    let mut bench = Bench::start().await;
    bench.on(Fault::Blocked);
    let pause_ms = bench.round().await;
    assert!(pause_ms >= 3_600_000, "an hour: {pause_ms}");
    assert_eq!(bench.feed().state, "blocked");
    bench.assert_open("feed.http", Severity::Critical).await;

    bench.off(Fault::Blocked);
    bench.rounds_until_resolved("feed.http", 2).await;
    assert_eq!(bench.feed().state, "ok");
    bench.assert_nothing_lost(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_grow_with_failures_and_only_valid_data_resets_them() {
    let mut bench = Bench::start().await;
    bench.on(Fault::ServerError);
    let mut pauses = Vec::new();
    for failures in 0..9_u32 {
        let pause_ms = bench.round().await;
        assert!(
            (250..=1_000 << failures).contains(&pause_ms),
            "failure {failures}: {pause_ms}"
        );
        pauses.push(pause_ms);
    }
    let most = |range: &[i64]| range.iter().copied().max();
    assert!(most(&pauses[6..]) > most(&pauses[..3]), "{pauses:?}");
    bench.assert_open("feed.http", Severity::Error).await;

    bench.off(Fault::ServerError);
    bench.on(Fault::TruncatedJson);
    bench.round().await;
    let http = bench.check("feed.http").await;
    assert_eq!(
        http.value,
        Some(10.0),
        "rubbish resets nothing: {}",
        http.summary
    );

    bench.off(Fault::TruncatedJson);
    bench.rounds_until_resolved("feed.http", 2).await;
    bench.on(Fault::ServerError);
    let pause_ms = bench.round().await;
    assert!(pause_ms <= 1_000, "the first failure again: {pause_ms}");
    assert_eq!(bench.check("feed.http").await.state, CheckState::Warn);
}

#[tokio::test(flavor = "multi_thread")]
async fn truncated_answers_are_landed_and_set_apart() {
    let mut bench = Bench::start().await;
    bench.on(Fault::TruncatedJson);
    bench.round().await;
    assert_eq!(bench.feed().state, "backing off");
    for (check, begins) in [
        ("quote.contract", r#"{""#),
        ("feed.contract", "[[17"),
        ("book.contract", r#"{"lastUpdateId":"#),
    ] {
        bench.assert_open(check, Severity::Error).await;
        let rows = bench.quarantined(check).await;
        assert_eq!(rows.len(), 1, "{check}");
        assert!(rows[0].raw.starts_with(begins), "{check}: {}", rows[0].raw);
        let landing = bench.landings().await;
        let landing = landing
            .iter()
            .find(|landing| landing.id == rows[0].landing_id);
        let landing = landing.expect("the landing is kept");
        assert_eq!(
            (landing.state, landing.rows, landing.quarantined),
            (LandingState::Done, 1, 1),
            "{check}"
        );
    }

    bench.off(Fault::TruncatedJson);
    bench.rounds(2).await;
    for check in ["quote.contract", "feed.contract", "book.contract"] {
        bench.assert_resolved(check).await;
    }
    bench.assert_nothing_lost(&[]).await;
    bench.assert_all_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_grows_worse_and_ends_with_the_first_answer() {
    let mut bench = Bench::start().await;
    bench.wait_at_most(Duration::from_millis(300));
    bench.on(Fault::Silence);
    bench.rounds(2).await;
    bench.assert_quiet("feed.silence").await;
    let feed = bench.feed();
    assert_eq!(feed.state, "backing off");
    assert!(feed.error.contains("timed out"), "{}", feed.error);
    for (rounds, severity) in [
        (1, Severity::Warn),
        (2, Severity::Error),
        (8, Severity::Critical),
    ] {
        bench.rounds(rounds).await;
        bench.assert_open("feed.silence", severity).await;
    }

    bench.off(Fault::Silence);
    bench.wait_at_most(Duration::from_secs(10));
    bench.rounds_until_resolved("feed.silence", 2).await;
    bench.assert_resolved("feed.http").await;
    bench.assert_nothing_lost(&[]).await;
    bench.assert_all_well().await;
}

/// One thread: the round is certain to wait for the writer once it has been polled.
#[tokio::test]
async fn waiting_for_our_own_writer_is_no_silence() {
    let mut bench = Bench::start().await;
    bench.restart().await;
    let status = bench.poller.status();
    let writer = bench.engine.store.begin().await.expect("writer");
    {
        let round = bench.poller.round();
        tokio::pin!(round);
        assert!(futures::poll!(&mut round).is_pending());
        bench.clock.advance(600_000);
        let now = bench.clock.now_ms();
        assert_eq!(status.heard_at(now), now);
        drop(writer);
        round.await;
    }
    bench.rounds(1).await;
    bench.assert_quiet("feed.silence").await;
    bench.assert_quiet("feed.freshness").await;
    assert_eq!(bench.check("feed.silence").await.state, CheckState::Pass);
}
