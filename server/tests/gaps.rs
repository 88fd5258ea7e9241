//! What is missing is noticed, asked for again, and filled or recorded; killed at any point, it goes on.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use async_trait::async_trait;
use server::{
    clock::Clock,
    pipeline::{
        Engine,
        live::{
            gaps::{Asker, GapWorker},
            stream::{LineKind, NoticeKind, RunningSink},
        },
    },
    source::{Answer, FetchError, venue::Question},
};

use crate::{
    streams::{
        Connection, INSTRUMENT, MINUTE, T0, assert_balanced, bench, client, depth, gaps, snapshot,
        source, start,
    },
    support::Bench,
};

/// A venue that knows every trade.
#[derive(Debug)]
struct Truth {
    clock: Clock,
    trades: Mutex<BTreeMap<i64, (i64, f64)>>,
    asked: AtomicI64,
    is_down: AtomicBool,
}

impl Truth {
    /// Trades number 1 to `count`, one each 100 ms from [`T0`].
    fn of(clock: &Clock, count: i64) -> Arc<Self> {
        let trades = (1..=count).map(|id| (id, (T0 + id * 100, 100.0 + (id % 10) as f64)));
        Arc::new(Self {
            clock: clock.clone(),
            trades: Mutex::new(trades.collect()),
            asked: AtomicI64::new(0),
            is_down: AtomicBool::new(false),
        })
    }

    fn forget(&self, id: i64) {
        self.trades.lock().unwrap().remove(&id);
    }

    fn send(&self, connection: &mut Connection, ids: std::ops::RangeInclusive<i64>) {
        for (id, (at, price)) in self.trades.lock().unwrap().range(ids) {
            connection.trade(*id, *at, *price, 1.0);
        }
    }

    fn trades(&self, url: &str) -> String {
        let value = |name: &str| -> Option<i64> {
            let (_, rest) = url.split_once(&format!("{name}="))?;
            rest.split('&').next()?.parse().ok()
        };
        let trades = self.trades.lock().unwrap();
        let rows = trades.iter().filter(|(id, (at, _))| {
            value("fromId").is_none_or(|from| **id >= from)
                && value("startTime").is_none_or(|from| *at >= from)
        });
        let row = |(id, (at, price)): (&i64, &(i64, f64))| {
            format!(
                r#"{{"a":{id},"p":"{price}","q":"1.0","f":{id},"l":{id},"T":{at},"m":false,"M":true}}"#
            )
        };
        let rows: Vec<String> = rows.take(1_000).map(row).collect();
        format!("[{}]", rows.join(","))
    }

    fn candles(&self) -> String {
        let trades = self.trades.lock().unwrap();
        let mut minutes: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
        for (at, price) in trades.values() {
            let minute = at / MINUTE * MINUTE;
            minutes.entry(minute).or_default().push(*price);
        }
        let row = |(at, prices): (&i64, &Vec<f64>)| {
            let high = prices.iter().copied().fold(f64::MIN, f64::max);
            let low = prices.iter().copied().fold(f64::MAX, f64::min);
            let (open, close) = (prices[0], prices[prices.len() - 1]);
            let (end, volume) = (at + 59_999, prices.len());
            let quote: f64 = prices.iter().sum();
            format!(
                r#"[{at},"{open}","{high}","{low}","{close}","{volume}",{end},"{quote}",{volume},"0.5","1.0","0"]"#
            )
        };
        format!(
            "[{}]",
            minutes.iter().map(row).collect::<Vec<_>>().join(",")
        )
    }
}

#[async_trait]
impl Asker for Truth {
    async fn ask(&self, question: &Question) -> Result<Answer, FetchError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(FetchError::Transient {
                url: question.url.clone(),
                reason: "HTTP 503".to_owned(),
                retry_after_ms: Some(60_000),
                answer: None,
            });
        }
        let body = if question.url.contains("aggTrades") {
            self.trades(&question.url)
        } else {
            self.candles()
        };
        let now_ms = self.clock.now_ms();
        Ok(Answer {
            url: question.url.clone(),
            status: 200,
            sent_at_ms: now_ms,
            received_at_ms: now_ms,
            body: body.into_bytes(),
            used_weight: None,
        })
    }
}

fn worker(engine: &Engine, sink: &RunningSink, truth: &Arc<Truth>) -> GapWorker {
    let asker: Arc<dyn Asker> = Arc::clone(truth) as _;
    GapWorker::new(
        engine.clone(),
        sink.sink(),
        source("binance"),
        "BTCUSDT",
        client("binance"),
        asker,
    )
}

/// Tries everything that is due now and soon.
async fn fill(bench: &Bench, worker: &mut GapWorker) {
    for _ in 0..20 {
        if worker.look().await.unwrap() == 0 {
            bench.engine.clock.advance(3_000);
            if worker.look().await.unwrap() == 0 {
                return;
            }
        }
    }
}

async fn trade_gap(bench: &Bench) -> (String, String, i64, String) {
    bench
        .row("select cause, state, rows, detail from gap where dataset = 'trade' order by id desc limit 1")
        .await
}

async fn assert_whole(bench: &Bench, count: i64) {
    let there: (i64, i64, i64) = bench
        .row("select count(*), min(trade_id), max(trade_id) from silver_trade")
        .await;
    assert_eq!(there, (count, 1, count));
    let folded = bench.number("select sum(trades) from gold_minute").await;
    assert_eq!(folded, count, "minutes are corrected");
    assert_balanced(bench).await;
}

#[tokio::test]
async fn trades_of_a_disconnection_are_filled_with_their_minutes_and_candles() {
    let bench = bench().await;
    let clock = bench.engine.clock.clone();
    let truth = Truth::of(&clock, 3_000);
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    truth.send(&mut connection, 1..=400);
    connection.hand_over().await;
    let since = T0 + 40_000;
    clock.set(since);
    connection
        .notice(since, NoticeKind::Disconnected { alone: true, since })
        .await;
    connection.close().await;
    sink.sink().flush().await.unwrap();
    let growing = &gaps(&bench).await[0];
    assert_eq!((growing.2.as_str(), growing.4), ("open", None));

    clock.set(T0 + 300_000);
    let mut connection = Connection::open(&sink.sink(), 2);
    truth.send(&mut connection, 2_801..=3_000);
    connection.close().await;
    sink.sink().flush().await.unwrap();
    let mut worker = worker(&bench.engine, &sink, &truth);
    assert_eq!(worker.look().await.unwrap(), 0, "the venue may lag");
    fill(&bench, &mut worker).await;
    let (cause, state, rows, detail) = trade_gap(&bench).await;
    assert_eq!((cause.as_str(), state.as_str()), ("disconnected", "filled"));
    assert_eq!(rows, 2_400);
    assert!(detail.contains("3 pages"), "{detail}");
    assert_whole(&bench, 3_000).await;
    let candles: (String, i64) = bench
        .row("select state, rows from gap where dataset = 'candle'")
        .await;
    assert_eq!(candles.0, "filled");
    assert!(candles.1 >= 4, "{} candles", candles.1);
    sink.close().await;

    // pages are refined again like everything else
    let before = bench.digests().await;
    server::pipeline::replay::replay(&bench.engine, None)
        .await
        .unwrap();
    assert_eq!(bench.digests().await, before);
    assert_balanced(&bench).await;
}

#[tokio::test]
async fn a_missing_number_is_noticed_and_filled() {
    let bench = bench().await;
    let clock = bench.engine.clock.clone();
    let truth = Truth::of(&clock, 100);
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    truth.send(&mut connection, 1..=50);
    truth.send(&mut connection, 54..=100);
    // one comes late, over whatever way
    truth.send(&mut connection, 52..=52);
    connection.hand_over().await;
    sink.sink().flush().await.unwrap();
    assert!(gaps(&bench).await.is_empty(), "it may still come");
    clock.advance(2_000);
    sink.sink().flush().await.unwrap();
    assert_eq!(gaps(&bench).await.len(), 2, "51 and 53");
    clock.advance(10_000);
    let mut worker = worker(&bench.engine, &sink, &truth);
    fill(&bench, &mut worker).await;
    for gap in gaps(&bench).await.iter().filter(|gap| gap.0 == "trade") {
        assert_eq!((gap.1.as_str(), gap.2.as_str()), ("sequence", "filled"));
    }
    assert_whole(&bench, 100).await;
    sink.close().await;
}

#[tokio::test]
async fn a_venue_that_is_down_is_asked_again_and_what_it_does_not_have_is_recorded() {
    let bench = bench().await;
    let clock = bench.engine.clock.clone();
    let truth = Truth::of(&clock, 100);
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    truth.send(&mut connection, 1..=40);
    truth.send(&mut connection, 61..=100);
    connection.close().await;
    truth.forget(50);
    clock.advance(20_000);
    sink.sink().flush().await.unwrap();
    clock.advance(3_000);
    sink.sink().flush().await.unwrap();
    clock.advance(3_000);
    truth.is_down.store(true, Ordering::SeqCst);
    let mut worker = worker(&bench.engine, &sink, &truth);
    assert_eq!(worker.look().await.unwrap(), 1);
    let (_, state, _, detail) = trade_gap(&bench).await;
    assert_eq!(state, "open");
    assert!(detail.contains("HTTP 503"), "{detail}");
    clock.advance(59_000);
    assert_eq!(worker.look().await.unwrap(), 0, "it wants to be left alone");
    truth.is_down.store(false, Ordering::SeqCst);
    for _ in 0..10 {
        clock.advance(700_000);
        worker.look().await.unwrap();
    }
    let (_, state, rows, detail) = trade_gap(&bench).await;
    assert_eq!((state.as_str(), rows), ("recorded", 19));
    assert!(detail.contains("1 of the missing trades"), "{detail}");
    let asked = truth.asked.load(Ordering::SeqCst);
    clock.advance(7_000_000);
    assert_eq!(worker.look().await.unwrap(), 0);
    assert_eq!(truth.asked.load(Ordering::SeqCst), asked, "given up");
    sink.close().await;
}

#[tokio::test]
async fn numbers_that_follow_on_mean_that_nothing_is_missing() {
    let bench = bench().await;
    let truth = Truth::of(&bench.engine.clock, 100);
    for (first, last) in [(1, 40), (41, 100)] {
        // a new process each time
        let sink = start(&bench.engine);
        let mut connection = Connection::open(&sink.sink(), 1);
        connection.notice(T0, NoticeKind::Started).await;
        truth.send(&mut connection, first..=last);
        connection.close().await;
        sink.close().await;
    }
    let found = gaps(&bench).await;
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].1.as_str(), found[0].2.as_str()),
        ("not_running", "filled")
    );
    assert_eq!(bench.number("select count(*) from silver_trade").await, 100);
}

#[tokio::test]
async fn time_without_a_book_is_recorded() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.frame(T0, depth(T0, 11, 11, 100.0));
    connection.line(LineKind::Answer, T0, snapshot(11, 100.0));
    connection.frame(T0 + 1_000, depth(T0 + 1_000, 12, 12, 99.0));
    // number 13 is missing
    connection.frame(T0 + 2_000, depth(T0 + 2_000, 14, 14, 99.0));
    connection.hand_over().await;
    sink.sink().flush().await.unwrap();
    let lost = gaps(&bench).await;
    assert_eq!(lost.len(), 1);
    assert_eq!(
        (lost[0].0.as_str(), lost[0].1.as_str(), lost[0].3, lost[0].4),
        ("book", "sequence", T0 + 2_000, None)
    );
    let standing = sink.sink().board().standing(INSTRUMENT, "binance");
    assert!(standing.bookless.is_some());
    connection.line(LineKind::Answer, T0 + 5_000, snapshot(14, 100.0));
    connection.frame(T0 + 5_100, depth(T0 + 5_100, 15, 15, 99.0));
    connection.close().await;
    sink.sink().flush().await.unwrap();
    let found = gaps(&bench).await;
    assert_eq!(found[0].2, "recorded");
    assert!(found[0].4.is_some_and(|to| to >= T0 + 5_000));
    let standing = sink.sink().board().standing(INSTRUMENT, "binance");
    assert!(standing.bookless.is_none());
    let events = bench
        .texts("select kind from source_event order by id")
        .await;
    assert_eq!(events, ["book_lost", "book_synced"]);
    sink.close().await;
}

/// The connection stood all the time: no session will say that its book is back.
#[tokio::test]
async fn a_silence_ends_for_the_book_too_when_data_come_again() {
    let bench = bench().await;
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    connection.notice(T0, NoticeKind::Started).await;
    connection.frame(T0, depth(T0, 11, 11, 100.0));
    connection.line(LineKind::Answer, T0, snapshot(11, 100.0));
    connection.hand_over().await;
    let since = T0;
    connection
        .notice(T0 + 90_000, NoticeKind::Silent { since })
        .await;
    sink.sink().flush().await.unwrap();
    let books = async || {
        let found = gaps(&bench).await;
        found
            .into_iter()
            .filter(|gap| gap.0 == "book")
            .collect::<Vec<_>>()
    };
    let open = books().await;
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!(
        (open[0].1.as_str(), open[0].3, open[0].4),
        ("silence", T0, None)
    );
    connection.frame(T0 + 100_000, depth(T0 + 100_000, 12, 12, 99.0));
    connection.hand_over().await;
    sink.sink().flush().await.unwrap();
    assert_eq!(books().await[0].4, Some(T0 + 100_000));
    connection
        .notice(
            T0 + 200_000,
            NoticeKind::Silent {
                since: T0 + 100_000,
            },
        )
        .await;
    sink.sink().flush().await.unwrap();
    assert_eq!(
        books().await.len(),
        2,
        "the next silence is a gap of its own"
    );
    connection.close().await;
    sink.close().await;
}

/// The process ends at every point of a fill: after each page, and before the gap is marked.
#[tokio::test]
async fn a_fill_that_is_cut_off_goes_on() {
    let bench = bench().await;
    let clock = bench.engine.clock.clone();
    let truth = Truth::of(&clock, 5_000);
    let sink = start(&bench.engine);
    let mut connection = Connection::open(&sink.sink(), 1);
    truth.send(&mut connection, 1..=10);
    connection.hand_over().await;
    truth.send(&mut connection, 4_901..=5_000);
    connection.close().await;
    sink.sink().flush().await.unwrap();
    clock.advance(600_000);
    sink.sink().flush().await.unwrap();
    clock.advance(3_000);
    sink.close().await;
    for cut_after in 1..6 {
        let sink = start(&bench.engine);
        let mut worker = worker(&bench.engine, &sink, &truth);
        let before = truth.asked.load(Ordering::SeqCst);
        tokio::select! {
            biased;
            () = async {
                while truth.asked.load(Ordering::SeqCst) < before + cut_after {
                    tokio::task::yield_now().await;
                }
            } => {}
            result = worker.look() => drop(result.unwrap()),
        }
        sink.close().await;
        clock.advance(3_000);
    }
    let sink = start(&bench.engine);
    let mut worker = worker(&bench.engine, &sink, &truth);
    fill(&bench, &mut worker).await;
    sink.close().await;
    let states = bench
        .texts("select state from gap where cause = 'sequence' and dataset = 'trade'")
        .await;
    assert_eq!(states, ["filled"]);
    assert_whole(&bench, 5_000).await;
}
