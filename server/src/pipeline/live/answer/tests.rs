use app::model::{AlertState, Candle, CheckState, MINUTE_MS};
use sqlx::Executor as _;
use tempfile::TempDir;

use super::*;
use crate::{
    clock::Clock,
    hub::Hub,
    pipeline::live::feed::Source,
    source::venue::{Place as VenuePlace, open},
    store::{SeriesKey, Store, candle::candles_from},
};

const T0: i64 = 1_790_000_040_000;

struct Bench {
    _folder: TempDir,
    engine: Engine,
    feed: Feed,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("assay.db");
        let store = Store::open(&format!("sqlite:{}", file.display())).await;
        let source = Source {
            name: "binance".to_owned(),
            instrument: "BTC-USDT".to_owned(),
            symbol: "BTCUSDT".to_owned(),
            client: open("binance", &VenuePlace::default()).expect("client"),
            channels: Vec::new(),
            interval_ms: 30_000,
            slow_ms: 30_000,
            simulated: false,
        };
        Self {
            _folder: folder,
            engine: Engine {
                store: store.expect("store"),
                hub: Hub::new("test"),
                clock: Clock::fixed(T0),
            },
            feed: Feed::new(source, T0),
        }
    }

    async fn take(&mut self, dataset: Dataset, body: &str) -> anyhow::Result<Taken> {
        let now_ms = self.engine.clock.now_ms();
        let answer = Answer {
            url: "http://venue/".to_owned(),
            status: 200,
            sent_at_ms: now_ms,
            received_at_ms: now_ms,
            body: body.as_bytes().to_vec(),
            used_weight: None,
        };
        take_answer(&self.engine, &mut self.feed, dataset, &answer).await
    }

    async fn candles(&self) -> Vec<Candle> {
        let store = &self.engine.store;
        let key = SeriesKey {
            names: store.names("BTC-USDT", "binance").await.expect("names"),
            pipeline: Pipeline::Live,
            step_ms: MINUTE_MS,
        };
        let mut tx = store.snapshot().await.expect("snapshot");
        let held = candles_from(&mut tx, &key, 0, 1000).await.expect("candles");
        held.into_iter().map(|held| held.candle).collect()
    }

    async fn state(&self, check: &str) -> CheckState {
        let checks = self.engine.store.latest_checks(None, 1000).await;
        let checks = checks.expect("checks");
        let found = checks.iter().find(|found| found.check_id == check);
        found.expect("evaluated").state
    }
}

/// `[minute before T0, close]`
fn klines(rows: &[(i64, f64)]) -> String {
    let row = |(minute, price): &(i64, f64)| {
        let at = T0 + minute * MINUTE_MS;
        let end = at + 59_999;
        format!(
            r#"[{at},"{price}","{price}","{price}","{price}","1.0",{end},"{price}",3,"0.5","1.0","0"]"#
        )
    };
    format!("[{}]", rows.iter().map(row).collect::<Vec<_>>().join(","))
}

fn ticker(price: f64, close_time: i64) -> String {
    format!(r#"{{"lastPrice":"{price}","closeTime":{close_time}}}"#)
}

/// 40 quiet minutes before T0, and the one that begins at T0.
fn quiet() -> Vec<(i64, f64)> {
    (-40..=0)
        .map(|minute| (minute, 100.0 + 0.01 * (minute % 3) as f64))
        .collect()
}

#[tokio::test]
async fn an_absurd_restatement_does_not_take_the_sound_candle_away() {
    let mut bench = Bench::new().await;
    bench.engine.clock.advance(5_000);
    bench
        .take(Dataset::Candle, &klines(&quiet()))
        .await
        .expect("taken");
    let before = bench.candles().await;
    assert_eq!(before.iter().filter(|candle| candle.is_final).count(), 40);

    // a final minute, and the one that is still forming
    let body = klines(&[(-3, 1000.0), quiet()[38], (0, 1000.0)]);
    bench.take(Dataset::Candle, &body).await.expect("taken");
    assert_eq!(bench.candles().await, before);
    let store = &bench.engine.store;
    let landing = store.landing(2).await.expect("landing").expect("landing");
    assert!(landing.counts.conserved(), "{:?}", landing.counts);
    assert_eq!(landing.counts.quarantined, 2);
    assert_eq!(
        bench.state("candle.price_sanity").await,
        CheckState::Critical
    );
    assert_eq!(bench.state("rec.restated").await, CheckState::Pass);
    let series = store.series().await.expect("series");
    let minutes = series.iter().find(|row| row.vm.venue == "binance");
    assert!(minutes.is_some());
}

#[tokio::test]
async fn what_the_next_pages_bring_is_not_missing() {
    let mut bench = Bench::new().await;
    bench.engine.clock.advance(5_000);
    let to = T0 + 10 * MINUTE_MS;
    let page = |minutes: std::ops::Range<i64>| {
        let rows: Vec<_> = minutes.map(|minute| (minute, 100.0)).collect();
        klines(&rows)
    };
    for minutes in [-40..-20, -20..-9] {
        bench.feed.asked = Some((T0 + minutes.start * MINUTE_MS, to));
        let taken = bench.take(Dataset::Candle, &page(minutes)).await;
        taken.expect("taken");
        let checks = bench.engine.store.latest_checks(None, 1000).await;
        let mut checks = checks.expect("checks").into_iter();
        assert!(checks.len() > 5 && checks.all(|check| check.check_id != "candle.gap"));
    }
    // the venue has no more: nine minutes are missing
    bench.feed.asked = Some((T0 - 9 * MINUTE_MS, to));
    let taken = bench.take(Dataset::Candle, &page(0..0)).await;
    taken.expect("taken");
    assert_eq!(bench.state("candle.gap").await, CheckState::Error);
}

#[tokio::test]
async fn the_last_candle_is_not_final_although_our_clock_is_ahead() {
    let mut bench = Bench::new().await;
    // by our clock the minute is over; the venue is eleven seconds behind and it is the last in the answer
    bench.engine.clock.advance(MINUTE_MS + 10_000);
    bench
        .take(Dataset::Candle, &klines(&quiet()))
        .await
        .expect("taken");
    let finals: Vec<bool> = bench
        .candles()
        .await
        .iter()
        .map(|candle| candle.is_final)
        .collect();
    assert_eq!(finals[38..], [true, true, false]);

    let mut next = quiet();
    next.push((1, 100.0));
    bench.engine.clock.advance(30_000);
    bench
        .take(Dataset::Candle, &klines(&next))
        .await
        .expect("taken");
    let finals: Vec<bool> = bench
        .candles()
        .await
        .iter()
        .map(|candle| candle.is_final)
        .collect();
    assert_eq!(finals[38..], [true, true, true, false]);
}

#[tokio::test]
async fn an_answer_that_ends_too_early_is_a_gap() {
    let mut bench = Bench::new().await;
    bench.engine.clock.advance(5_000);
    bench
        .take(Dataset::Candle, &klines(&quiet()))
        .await
        .expect("taken");
    assert_eq!(bench.state("candle.gap").await, CheckState::Pass);
    // ten minutes later the venue still says the same
    bench.engine.clock.advance(10 * MINUTE_MS);
    bench
        .take(Dataset::Candle, &klines(&quiet()))
        .await
        .expect("taken");
    assert_eq!(bench.state("candle.gap").await, CheckState::Error);
}

#[tokio::test]
async fn a_quote_of_the_future_is_set_apart() {
    let mut bench = Bench::new().await;
    let taken = bench
        .take(Dataset::Quote, &ticker(100.0, T0 * 1000))
        .await
        .expect("taken");
    assert!(taken.quote.is_none());
    assert!(
        taken
            .broken
            .is_some_and(|reason| reason.contains("its time"))
    );
    assert_eq!(bench.state("quote.contract").await, CheckState::Error);
    assert_eq!(
        bench.engine.store.newest_quotes().await.expect("quotes"),
        []
    );
    let taken = bench
        .take(Dataset::Quote, &ticker(100.0, T0 + 3_000))
        .await
        .expect("taken");
    assert!(
        taken.quote.is_some(),
        "a venue's clock may be a little ahead"
    );
    assert_eq!(bench.state("feed.freshness").await, CheckState::Pass);
}

#[tokio::test]
async fn what_we_cannot_refine_stays_in_bronze_and_is_replayed() {
    let mut bench = Bench::new().await;
    let store = bench.engine.store.clone();
    let run = async |text: &'static str| store.write.execute(text).await.expect("sql");
    run("alter table silver_quote rename to elsewhere").await;
    let error = bench.take(Dataset::Quote, &ticker(100.0, T0)).await;
    assert!(error.is_err());
    assert_eq!(
        bench.feed.equal, None,
        "a quote that is not stored does not count"
    );
    let landing = store.landing(1).await.expect("landing").expect("kept");
    assert_eq!(landing.state, LandingState::Failed);
    assert!(
        landing.detail.contains("silver_quote"),
        "{}",
        landing.detail
    );

    run("alter table elsewhere rename to silver_quote").await;
    crate::pipeline::replay::replay(&bench.engine, None)
        .await
        .expect("replay");
    let landing = store.landing(1).await.expect("landing").expect("kept");
    assert_eq!(landing.state, LandingState::Done);
    assert_eq!(store.newest_quotes().await.expect("quotes").len(), 1);
}

#[tokio::test]
async fn alerts_are_told_although_the_newest_bars_cannot_be_read() {
    let mut bench = Bench::new().await;
    bench.engine.clock.advance(10 * MINUTE_MS);
    let taken = bench
        .take(Dataset::Candle, &klines(&quiet()))
        .await
        .expect("taken");
    assert_eq!(taken.events[0].to_state, AlertState::Firing);
    let names = bench
        .engine
        .store
        .names("BTC-USDT", "binance")
        .await
        .expect("names");
    bench.engine.store.read.close().await;
    super::super::publish::publish(&bench.engine, &bench.feed, names, taken).await;
    assert!(*bench.engine.hub.subscribe_alerts().borrow() > 0);
}

#[tokio::test]
async fn a_polled_quote_is_judged_once_by_rules_of_ones_own() {
    let mut bench = Bench::new().await;
    let text = "dataset = \"quote\"\n[check.steady]\ntitle = \"t\"\ndimension = \"accuracy\"\nrule = \"row\"\n\
                expr = \"abs(last / prev.last - 1) < 0.1\"\nwithin = \"2m\"\nseverity = \"warn\"\n";
    let rules = crate::quality::rule::file::parse("quote.toml", text).expect("rules");
    let book = Arc::new(RuleBook::new(rules));
    bench.engine.hub.rules().replace(book);
    let mut states = Vec::new();
    for price in [100.0, 101.0, 150.0, 150.0] {
        let body = ticker(price, bench.engine.clock.now_ms());
        bench.take(Dataset::Quote, &body).await.expect("taken");
        // the same answer again is no other quote
        bench.take(Dataset::Quote, &body).await.expect("taken");
        let checks = bench.engine.store.latest_checks(None, 1000).await;
        let checks = checks.expect("checks");
        let steady = checks.iter().find(|check| check.check_id == "quote.steady");
        let steady = steady.expect("evaluated");
        states.push((steady.state, steady.tested, steady.failed));
        bench.engine.clock.advance(30_000);
    }
    assert_eq!(
        states,
        [
            (CheckState::NotEvaluated, 0, 0),
            (CheckState::Pass, 1, 0),
            (CheckState::Warn, 2, 1),
            (CheckState::Warn, 3, 1),
        ]
    );
    let alerts = bench
        .engine
        .store
        .alerts_in(AlertState::Firing, 10)
        .await
        .expect("alerts");
    assert_eq!(alerts.len(), 1);
    assert_eq!(alerts[0].check_id, "quote.steady");
}
