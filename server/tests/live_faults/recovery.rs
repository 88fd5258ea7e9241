//! Coming back: after an outage, after a restart, and from bronze alone.

use app::model::{CheckState, Dataset, MINUTE_MS, Severity, bucket_start};
use server::{pipeline::replay::replay, simulator::Fault};

use super::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn after_hours_of_outage_one_request_brings_everything() {
    let mut bench = Bench::start().await;
    bench.rounds(2).await;
    bench.on(Fault::ServerError);
    for _ in 0..12 {
        bench.clock.advance(14 * MINUTE_MS + 30_000);
        bench.round().await;
    }
    bench.off(Fault::ServerError);
    let before = bench.landings().await.len();
    bench.round().await;
    let landings = bench.landings().await;
    let new: Vec<_> = landings[..landings.len() - before]
        .iter()
        .filter(|landing| landing.dataset == Dataset::Candle)
        .collect();
    assert_eq!(new.len(), 1, "one question for candles");
    assert!((180..200).contains(&new[0].accepted), "{:?}", new[0]);
    assert_eq!(bench.check("candle.gap").await.state, CheckState::Pass);
    bench.rounds(8).await;
    bench.assert_quiet("candle.gap").await;
    bench.assert_nothing_lost(&[]).await;
    bench.assert_all_well().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing_and_alerts_go_on() {
    let mut bench = Bench::start().await;
    bench.on(Fault::FrozenPrice);
    bench.rounds(12).await;
    let open = bench.assert_open("quote.stale_price", Severity::Warn).await;
    bench.restart().await;
    bench.clock.advance(7 * MINUTE_MS);
    bench.round().await;
    let after = bench.assert_open("quote.stale_price", Severity::Warn).await;
    assert_eq!(after.id, open.id, "the price is as frozen as before");
    bench.off(Fault::FrozenPrice);
    bench.restart().await;
    bench.rounds_until_resolved("quote.stale_price", 3).await;
    bench.rounds(6).await;
    bench.assert_nothing_lost(&[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provisional_candle_becomes_final_with_its_last_values() {
    let mut bench = Bench::start().await;
    let at = bucket_start(bench.clock.now_ms(), MINUTE_MS);
    let find = async |bench: &Bench| {
        let candles = bench.candles().await;
        let found = candles.into_iter().find(|candle| candle.opened_at == at);
        found.expect("the running minute")
    };
    let forming = find(&bench).await;
    assert!(!forming.is_final);
    bench.rounds(3).await;
    let settled = find(&bench).await;
    assert!(settled.is_final);
    assert!(settled.volume > forming.volume);
    assert_eq!(settled.open, forming.open);
    bench.rounds(6).await;
    bench.assert_nothing_lost(&[]).await;
    bench.assert_quiet("rec.restated").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_gives_the_same_silver_and_gold() {
    let mut bench = Bench::start().await;
    for fault in [
        Fault::MissingMinutes,
        Fault::CrossedBook,
        Fault::Spike,
        Fault::TruncatedJson,
        Fault::AbsurdPrice,
        Fault::RateLimit,
    ] {
        bench.on(fault);
        bench.rounds(5).await;
        bench.off(fault);
        bench.rounds(5).await;
    }
    let store = &bench.engine.store;
    let before = store.digests().await.expect("digests");
    let landings = replay(&bench.engine, None).await.expect("replay");
    assert!(landings > 100, "{landings}");
    let after = store.digests().await.expect("digests");
    assert!(
        before
            .iter()
            .any(|table| table.table == "gold_candle" && table.rows > 50)
    );
    assert_eq!(after, before);
}
