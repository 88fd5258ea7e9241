//! Faults in the data.

use app::model::{CheckState, MINUTE_MS, Severity, bucket_start, flag};
use server::simulator::Fault;

use super::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_price_is_told_by_quotes_and_later_by_candles() {
    let mut bench = Bench::start().await;
    bench.rounds(2).await;
    bench.on(Fault::FrozenPrice);
    bench.rounds(8).await;
    bench.assert_quiet("quote.stale_price").await;
    bench.rounds(3).await;
    bench.assert_open("quote.stale_price", Severity::Warn).await;
    bench.rounds(10).await;
    let alert = bench
        .assert_open("quote.stale_price", Severity::Error)
        .await;
    assert!(alert.count > 5, "seen again and again: {}", alert.count);
    bench.assert_quiet("candle.stale_close").await;
    bench.rounds(12).await;
    bench
        .assert_open("candle.stale_close", Severity::Warn)
        .await;
    let candles = bench.candles().await;
    assert!(candles.iter().any(|candle| candle.flags & flag::STALE != 0));

    bench.off(Fault::FrozenPrice);
    bench.rounds_until_resolved("quote.stale_price", 3).await;
    bench.rounds_until_resolved("candle.stale_close", 16).await;
    bench.assert_nothing_lost(&[]).await;
    bench.assert_all_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crossed_book_is_set_apart() {
    let mut bench = Bench::start().await;
    let sound = bench.engine.store.newest_books().await.expect("books");
    bench.on(Fault::CrossedBook);
    bench.rounds(3).await;
    bench.assert_open("book.crossed", Severity::Error).await;
    assert_eq!(bench.check("book.levels").await.state, CheckState::Pass);
    let apart = bench.quarantined("book.crossed").await;
    assert_eq!(apart.len(), 3);
    assert!(apart[0].raw.starts_with(r#"{"lastUpdateId":"#));
    let newest = bench.engine.store.newest_books().await.expect("books");
    assert_eq!(newest, sound, "no crossed book is stored");

    bench.off(Fault::CrossedBook);
    bench.rounds_until_resolved("book.crossed", 2).await;
    let newest = bench.engine.store.newest_books().await.expect("books");
    assert_eq!(newest[0].received_at, bench.clock.now_ms());
    bench.assert_nothing_lost(&[]).await;
    bench.assert_all_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_minutes_are_a_gap_and_are_healed() {
    let mut bench = Bench::start().await;
    bench.rounds(3).await;
    bench.on(Fault::MissingMinutes);
    let since = bucket_start(bench.clock.now_ms(), MINUTE_MS);
    bench.rounds(16).await;
    bench.assert_open("candle.gap", Severity::Warn).await;
    let held = bench.candles().await;
    let is_held = |minute: i64| {
        held.iter()
            .any(|candle| candle.opened_at == since + minute * MINUTE_MS)
    };
    assert_eq!(
        [1, 2, 3, 4, 5].map(is_held),
        [false, false, true, false, false]
    );

    bench.off(Fault::MissingMinutes);
    bench.rounds_until_resolved("candle.gap", 24).await;
    bench.assert_nothing_lost(&[]).await;
    bench.assert_all_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spike_is_flagged_and_kept() {
    let mut bench = Bench::start().await;
    bench.rounds(2).await;
    let minute_at = bucket_start(bench.clock.now_ms(), MINUTE_MS);
    bench.on(Fault::Spike);
    bench.rounds(4).await;
    bench
        .assert_open("candle.spike_reversal", Severity::Error)
        .await;
    let spike = bench.candles().await;
    let spike = spike.iter().find(|candle| candle.opened_at == minute_at);
    let spike = spike.expect("the spike is in silver");
    assert_eq!(
        spike.flags & (flag::SPIKE | flag::SEVERE),
        flag::SPIKE | flag::SEVERE
    );

    bench
        .rounds_until_resolved("candle.spike_reversal", 14)
        .await;
    bench.assert_nothing_lost(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absurd_price_is_set_apart() {
    let mut bench = Bench::start().await;
    bench.rounds(2).await;
    bench.on(Fault::AbsurdPrice);
    let first = bucket_start(bench.clock.now_ms(), MINUTE_MS);
    bench.rounds(5).await;
    bench
        .assert_open("candle.price_sanity", Severity::Critical)
        .await;
    assert!(bench.quarantined("candle.price_sanity").await.len() >= 5);
    let last = bucket_start(bench.clock.now_ms(), MINUTE_MS);

    bench.off(Fault::AbsurdPrice);
    bench.rounds_until_resolved("candle.price_sanity", 12).await;
    let absurd: Vec<i64> = (first..=last).step_by(60_000).collect();
    bench.assert_nothing_lost(&absurd).await;
    let candles = bench.candles().await;
    let usual = candles[0].close;
    assert!(
        candles.iter().all(|candle| candle.high < usual * 2.0),
        "no absurd price is in silver"
    );
    let begun = candles.iter().find(|candle| candle.opened_at == first);
    assert!(
        begun.is_some_and(|candle| !candle.is_final),
        "what was sound of the minute is kept, and known to be no final candle"
    );
    // what the venue itself has wrong is not asked for again and again
    let set_apart = bench.quarantined("candle.price_sanity").await.len();
    bench.rounds(130).await;
    assert_eq!(
        bench.quarantined("candle.price_sanity").await.len(),
        set_apart
    );
    bench.assert_resolved("candle.price_sanity").await;
    bench.assert_resolved("candle.gap").await;
}
