//! What the tests of streams share: one connection to Binance, whose frames are written by the test.

#![allow(dead_code, reason = "every test uses its own part of it")]

use std::sync::Arc;

use app::model::GapVm;
use server::{
    clock::Clock,
    pipeline::{
        Engine,
        live::stream::{
            Batch, Line, LineKind, Notice, NoticeKind, QUOTE_MS, Refiner, RefinerConfig,
            RunningSink, Sink, StreamSource, WATERMARK_MS,
        },
    },
    source::{
        session::{Channel, StreamEvent},
        venue::{Place, Venue, open},
    },
};

use crate::support::Bench;

/// The beginning of a minute.
pub const T0: i64 = 1_790_000_040_000;
pub const MINUTE: i64 = 60_000;
pub const VENUE: &str = "binance";
pub const INSTRUMENT: &str = "BTC-USDT";

/// A database of its own, at [`T0`].
pub async fn bench() -> Bench {
    let mut bench = Bench::new().await;
    bench.engine.clock = Clock::fixed(T0);
    bench
}

pub fn client(venue: &str) -> Arc<dyn Venue> {
    let place = Place {
        rest: "http://127.0.0.1:1".to_owned(),
        stream: "ws://127.0.0.1:1".to_owned(),
        symbol: "BTCUSDT".to_owned(),
    };
    open(venue, &place).unwrap()
}

pub fn source(venue: &str) -> Arc<StreamSource> {
    let client = client(venue);
    Arc::new(StreamSource {
        instrument: INSTRUMENT.to_owned(),
        venue: venue.to_owned(),
        simulated: false,
        url: client.stream_url(&Channel::ALL),
        channels: Channel::ALL.to_vec(),
        facts: client.facts(),
    })
}

/// One connection.
pub struct Connection {
    pub source: Arc<StreamSource>,
    pub sink: Sink,
    pub leader: bool,
    number: u64,
    refiner: Refiner,
    lines: Vec<Line>,
    pub events: Vec<StreamEvent>,
}

impl Connection {
    pub fn open(sink: &Sink, number: u64) -> Self {
        Self::open_to(sink, number, VENUE)
    }

    pub fn open_to(sink: &Sink, number: u64, venue: &str) -> Self {
        let config = RefinerConfig {
            symbol: "BTCUSDT".to_owned(),
            channels: Channel::ALL.to_vec(),
            quote_ms: QUOTE_MS,
            watermark_ms: WATERMARK_MS,
        };
        let mut refiner = Refiner::new(client(venue).session(&Channel::ALL), config);
        let _ = refiner.hello();
        Self {
            source: source(venue),
            sink: sink.clone(),
            leader: true,
            number,
            refiner,
            lines: Vec::new(),
            events: Vec::new(),
        }
    }

    pub fn line(&mut self, kind: LineKind, at: i64, text: impl Into<String>) {
        let line = Line {
            at,
            kind,
            text: text.into(),
        };
        let _ = self.refiner.line(&line, &mut self.events);
        self.lines.push(line);
    }

    pub fn frame(&mut self, at: i64, text: impl Into<String>) {
        self.line(LineKind::Frame, at, text);
    }

    /// A trade that is received at once.
    pub fn trade(&mut self, id: i64, at: i64, price: f64, size: f64) {
        self.frame(at, trade(id, at, price, size));
    }

    pub async fn hand_over(&mut self) {
        let rows = self.refiner.take();
        self.send(rows).await;
    }

    pub async fn close(mut self) {
        let rows = self.refiner.finish();
        self.send(rows).await;
    }

    async fn send(&mut self, rows: server::pipeline::live::stream::StreamRows) {
        let batch = Batch {
            source: Arc::clone(&self.source),
            connection: self.number,
            leader: self.leader,
            lines: std::mem::take(&mut self.lines),
            rows,
        };
        self.sink.take(batch).await.unwrap();
    }

    pub async fn notice(&self, at: i64, kind: NoticeKind) {
        let notice = Notice {
            source: Arc::clone(&self.source),
            at,
            kind,
            detail: "as the test says".to_owned(),
        };
        self.sink.notice(notice).await.unwrap();
    }
}

pub fn start(engine: &Engine) -> RunningSink {
    Sink::start(engine.clone(), None)
}

fn of_stream(stream: &str, data: &str) -> String {
    format!(r#"{{"stream":"btcusdt@{stream}","data":{data}}}"#)
}

pub fn trade(id: i64, at: i64, price: f64, size: f64) -> String {
    let maker = id % 2 == 0;
    let data = format!(
        r#"{{"e":"aggTrade","E":{at},"s":"BTCUSDT","a":{id},"p":"{price}","q":"{size}","f":{id},"l":{id},"T":{at},"m":{maker},"M":true}}"#
    );
    of_stream("aggTrade", &data)
}

pub fn quote(bid: f64, ask: f64) -> String {
    let data =
        format!(r#"{{"u":400900217,"s":"BTCUSDT","b":"{bid}","B":"31.2","a":"{ask}","A":"40.6"}}"#);
    of_stream("bookTicker", &data)
}

/// A candle of the minute at `at` that says `price` everywhere.
pub fn candle(at: i64, [open, high, low, close]: [f64; 4], volume: f64, is_final: bool) -> String {
    let (end, quote_volume) = (at + MINUTE - 1, close * volume);
    let data = format!(
        r#"{{"e":"kline","E":{end},"s":"BTCUSDT","k":{{"t":{at},"T":{end},"s":"BTCUSDT","i":"1m","f":100,"L":200,"o":"{open}","c":"{close}","h":"{high}","l":"{low}","v":"{volume}","n":100,"x":{is_final},"q":"{quote_volume}","V":"0.5","Q":"0.5","B":"0"}}}}"#
    );
    of_stream("kline_1m", &data)
}

/// Changes of the book: one bid and one ask, numbers `first` to `last`.
pub fn depth(at: i64, first: i64, last: i64, bid: f64) -> String {
    let ask = bid + 1.0;
    let data = format!(
        r#"{{"e":"depthUpdate","E":{at},"s":"BTCUSDT","U":{first},"u":{last},"b":[["{bid}","5"]],"a":[["{ask}","5"]]}}"#
    );
    of_stream("depth@100ms", &data)
}

pub fn snapshot(last: i64, bid: f64) -> String {
    let ask = bid + 1.0;
    format!(r#"{{"lastUpdateId":{last},"bids":[["{bid}","4.0"]],"asks":[["{ask}","12.0"]]}}"#)
}

/// All gaps, oldest first.
pub async fn gaps(bench: &Bench) -> Vec<(String, String, String, i64, Option<i64>, String)> {
    bench
        .rows("select dataset, cause, state, from_at, to_at, detail from gap order by id")
        .await
}

/// Whatever is counted agrees with what is there.
pub async fn assert_balanced(bench: &Bench) {
    bench.assert_books_balance().await;
    for (layer, name, table) in [
        ("silver", "trade", "silver_trade"),
        ("silver", "quote", "silver_quote"),
        ("silver", "book", "silver_book"),
        ("gold", "minute", "gold_minute"),
    ] {
        let counted = bench
            .number(&format!(
                "select coalesce(sum(rows), 0) from layer_count where layer = '{layer}' and name = '{name}'"
            ))
            .await;
        let there = bench.number(&format!("select count(*) from {table}")).await;
        assert_eq!(counted, there, "{layer} {name}");
    }
    let unbalanced = bench
        .texts(
            "select origin || ' ' || state from bronze_landing where rows <> accepted + deduplicated + quarantined",
        )
        .await;
    assert!(unbalanced.is_empty(), "landings: {unbalanced:?}");
}

pub fn is_over(gap: &GapVm) -> bool {
    gap.closed_at.is_some()
}
