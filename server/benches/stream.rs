//! How many messages of streams a second go through bronze, silver and gold: `cargo bench -p server --bench stream`.
//!
//! Frames of Binance, four trades to one change of the best price, go through the refiner and the sink into a database
//! file, a batch of 1,000 lines at a time.

#![allow(missing_docs, reason = "the macro makes undocumented functions")]

use std::{sync::Arc, time::Duration, time::Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use server::{
    clock::Clock,
    hub::Hub,
    pipeline::{
        Engine,
        live::stream::{
            Batch, Line, LineKind, QUOTE_MS, Refiner, RefinerConfig, Sink, StreamSource,
            WATERMARK_MS,
        },
    },
    source::{
        session::Channel,
        venue::{Place, open},
    },
    store::Store,
};
use tokio::runtime::Runtime;

const MESSAGES: i64 = 100_000;
const BATCH: usize = 1_000;
/// Messages a second of simulated time.
const RATE: i64 = 20_000;
const T0: i64 = 1_790_000_040_000;

fn frames() -> Vec<(i64, String)> {
    let frame = |n: i64| {
        let at = T0 + n * 1_000 / RATE;
        let price = 100_000 + n * 7_919 % 401;
        let text = if n % 5 == 4 {
            format!(
                r#"{{"stream":"btcusdt@bookTicker","data":{{"u":{n},"s":"BTCUSDT","b":"{price}.10","B":"1.2","a":"{price}.20","A":"2.1"}}}}"#
            )
        } else {
            format!(
                r#"{{"stream":"btcusdt@aggTrade","data":{{"e":"aggTrade","E":{at},"s":"BTCUSDT","a":{n},"p":"{price}.15000000","q":"0.00100000","f":{n},"l":{n},"T":{at},"m":{},"M":true}}}}"#,
                n % 2 == 0
            )
        };
        (at, text)
    };
    (0..MESSAGES).map(frame).collect()
}

async fn run(frames: &[(i64, String)]) -> anyhow::Result<Duration> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("bench.db");
    let engine = Engine {
        store: Store::open(&format!("sqlite:{}", file.display())).await?,
        hub: Hub::new("bench"),
        clock: Clock::fixed(T0),
    };
    let place = Place {
        symbol: "BTCUSDT".to_owned(),
        ..Place::default()
    };
    let client = open("binance", &place).ok_or_else(|| anyhow::anyhow!("no client of binance"))?;
    let source = Arc::new(StreamSource {
        instrument: "BTC-USDT".to_owned(),
        venue: "binance".to_owned(),
        simulated: false,
        url: client.stream_url(&Channel::ALL),
        channels: Channel::ALL.to_vec(),
        facts: client.facts(),
    });
    let config = RefinerConfig {
        symbol: "BTCUSDT".to_owned(),
        channels: Channel::ALL.to_vec(),
        quote_ms: QUOTE_MS,
        watermark_ms: WATERMARK_MS,
    };
    let mut refiner = Refiner::new(client.session(&Channel::ALL), config);
    let sink = Sink::start(engine.clone(), None);
    let began = Instant::now();
    let mut events = Vec::new();
    for some in frames.chunks(BATCH) {
        let mut lines = Vec::with_capacity(BATCH);
        for (at, text) in some {
            let line = Line {
                at: *at,
                kind: LineKind::Frame,
                text: text.clone(),
            };
            refiner.line(&line, &mut events)?;
            events.clear();
            lines.push(line);
        }
        let batch = Batch {
            source: Arc::clone(&source),
            connection: 1,
            leader: true,
            lines,
            rows: refiner.take(),
        };
        sink.sink().take(batch).await?;
    }
    sink.sink().flush().await?;
    let took = began.elapsed();
    sink.close().await;
    engine.store.close().await;
    Ok(took)
}

fn messages(criterion: &mut Criterion) {
    let Ok(runtime) = Runtime::new() else {
        return;
    };
    let frames = frames();
    let mut group = criterion.benchmark_group("stream");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(MESSAGES as u64));
    group.bench_function("frames to bronze, silver and gold", |bencher| {
        bencher.iter_custom(|times| {
            (0..times)
                .map(|_| match runtime.block_on(run(&frames)) {
                    Ok(took) => took,
                    Err(error) => {
                        eprintln!("the bench failed: {error:#}");
                        Duration::ZERO
                    }
                })
                .sum()
        });
    });
    group.finish();
}

criterion_group!(benches, messages);
criterion_main!(benches);
