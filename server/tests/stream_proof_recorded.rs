//! Recorded traffic of real venues goes through the real sessions, refiners and the sink into a real database: nothing
//! is rejected, no book is lost, and rebuilding everything from bronze gives the same.

use std::{io::Read, path::Path, sync::Arc};

use flate2::read::MultiGzDecoder;
use rand::RngExt;
use server::{
    pipeline::{
        live::stream::{
            Batch, Line, LineKind, Notice, NoticeKind, QUOTE_MS, Refiner, RefinerConfig, Sink,
            StreamSource, WATERMARK_MS,
        },
        replay::replay,
    },
    source::{
        session::{BookChange, StreamEvent},
        venue::{self, Place},
    },
};

use crate::support::{Bench, rng};

/// A line of a recording: receipt, what was asked (`None`: a frame), what came.
type Recorded = (i64, Option<String>, String);

/// Symbols of the recordings, and the instruments they stand for here.
const SYMBOLS: [(&str, &[&str]); 4] = [
    ("binance", &["NKNUSDT", "BLZETH", "LRCBTC", "RUNEEUR"]),
    ("bitstamp", &["ethusd", "xrpeur", "bateur", "usdteur"]),
    ("bitfinex", &["tBFTUSD", "tIOTETH", "tDOGUSD", "tMNABTC"]),
    (
        "coinbase",
        &["SKL-USD", "NMR-EUR", "YFI-BTC", "DASH-BTC", "BAND-GBP"],
    ),
];

fn recorded(file: &str) -> Option<Vec<Recorded>> {
    // beside the project, or beside the folder of its work trees
    let file = ["../..", "../../.."].iter().find_map(|up| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(up);
        std::fs::File::open(folder.join("shared/data/wire").join(file)).ok()
    })?;
    let mut text = String::new();
    MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
    let line = |line: &str| {
        let (url, rest) = match line.split_once(" -> ") {
            Some((url, rest)) => (Some(url.to_owned()), rest),
            None => (None, line),
        };
        let (at, text) = rest.split_once(": ")?;
        let at: f64 = at.parse().ok()?;
        Some(((at * 1_000.0) as i64, url, text.to_owned()))
    };
    Some(text.lines().filter_map(line).collect())
}

/// True if a URL asks for that symbol.
fn is_about(url: &str, symbol: &str) -> bool {
    url.contains(&format!("symbol={symbol}&")) || url.trim_end_matches('/').ends_with(symbol)
}

/// What came over the connection of a symbol.
#[derive(Debug, Default)]
struct Seen {
    rejects: Vec<String>,
    lost: Vec<String>,
    synced: usize,
    subscribed: usize,
    trades: usize,
}

/// Feeds a recording to the sink as one connection.
async fn feed(bench: &Bench, sink: &Sink, venue: &str, symbol: &str, number: u64) -> Option<Seen> {
    let mut lines = recorded(&format!("{venue}.ws.jsonl.gz"))?;
    let answers = recorded(&format!("{venue}.http.jsonl.gz")).unwrap_or_default();
    let answers = answers
        .into_iter()
        .filter(|(_, url, _)| url.as_deref().is_some_and(|url| is_about(url, symbol)));
    // in the recording of one venue the answers have a clock of their own: they are given when they are asked for
    let snapshot = answers.map(|(_, _, text)| text).next_back();
    lines.retain(|(_, url, _)| url.is_none());
    let place = Place {
        symbol: symbol.to_owned(),
        ..Place::default()
    };
    let client = venue::open(venue, &place)?;
    let channels = client.facts().channels.to_vec();
    let source = Arc::new(StreamSource {
        instrument: symbol.to_uppercase(),
        venue: venue.to_owned(),
        simulated: false,
        url: client.stream_url(&channels),
        channels: channels.clone(),
        facts: client.facts(),
    });
    let mut refiner = Refiner::new(
        client.session(&channels),
        RefinerConfig {
            symbol: symbol.to_owned(),
            channels,
            quote_ms: QUOTE_MS,
            watermark_ms: WATERMARK_MS,
        },
    );
    refiner.hello();
    let mut seen = Seen::default();
    let mut rng = rng(number);
    let mut batch: Vec<Line> = Vec::new();
    let mut events = Vec::new();
    let last = lines.len() - 1;
    let mut wanted = false;
    for (index, (at, _, text)) in lines.into_iter().enumerate() {
        bench.engine.clock.set(at);
        let mut now = vec![(LineKind::Frame, text)];
        if wanted && let Some(snapshot) = &snapshot {
            // the question is under way while a frame comes
            now.push((LineKind::Answer, snapshot.clone()));
            wanted = false;
        }
        for (kind, text) in now {
            let line = Line { at, kind, text };
            events.clear();
            if let Err(error) = refiner.line(&line, &mut events) {
                seen.rejects.push(format!("{error}: {}", line.text));
            }
            batch.push(line);
            for event in &events {
                match event {
                    StreamEvent::Reject { reason, raw, .. } => {
                        seen.rejects.push(format!("{reason}: {raw}"));
                    }
                    StreamEvent::Book(BookChange::Lost { reason, .. }) => {
                        seen.lost.push(reason.clone());
                    }
                    StreamEvent::Book(BookChange::Synced { .. }) => seen.synced += 1,
                    StreamEvent::Subscribed(_) => seen.subscribed += 1,
                    StreamEvent::Trade { .. } => seen.trades += 1,
                    StreamEvent::WantSnapshot => wanted = true,
                    _ => {}
                }
            }
        }
        let ends = index == last;
        if ends || rng.random_range(0..20) == 0 {
            let rows = if ends {
                refiner.finish()
            } else {
                refiner.take()
            };
            let batch = Batch {
                source: Arc::clone(&source),
                connection: number,
                leader: true,
                lines: std::mem::take(&mut batch),
                rows,
            };
            sink.take(batch).await.unwrap();
            // the clock is the recording's: what it says has to be written before it goes on
            sink.flush().await.unwrap();
        }
    }
    let at = bench.engine.clock.now_ms();
    let kind = NoticeKind::Disconnected {
        alone: true,
        since: at,
    };
    let detail = "the recording ends".to_owned();
    let notice = Notice {
        source,
        at,
        kind,
        detail,
    };
    sink.notice(notice).await.unwrap();
    Some(seen)
}

#[tokio::test(flavor = "multi_thread")]
async fn recorded_traffic_passes_without_a_reject_and_is_rebuilt_the_same() {
    for (venue, symbols) in SYMBOLS {
        if venue::facts_of(venue).is_none() {
            continue;
        }
        let bench = Bench::new().await;
        let running = Sink::start(bench.engine.clone(), None);
        let sink = running.sink();
        let mut trades = 0;
        for (number, symbol) in (1..).zip(symbols) {
            let Some(seen) = feed(&bench, &sink, venue, symbol, number).await else {
                println!("skipped: no shared data");
                return;
            };
            assert_eq!(seen.rejects, [""; 0], "{venue} {symbol}");
            assert_eq!(seen.lost, [""; 0], "{venue} {symbol}");
            // nothing happened in some of them
            assert!(seen.synced <= 1, "{venue} {symbol}: {seen:?}");
            trades += seen.trades;
        }
        drop(sink);
        running.close().await;

        let quarantined = bench
            .texts("select rules || ': ' || reason from quarantine")
            .await;
        assert_eq!(quarantined, [""; 0], "{venue}");
        bench.assert_books_balance().await;
        let (held, twice): (i64, i64) = bench
            .row(
                "select count(*), count(*) - count(distinct instrument_id || ' ' || trade_id) from silver_trade",
            )
            .await;
        assert_eq!(twice, 0, "{venue}");
        assert!(
            held > 0 && held <= trades as i64,
            "{venue}: {held} of {trades}"
        );
        let books = bench.number("select count(*) from silver_book").await;
        assert!(books > 0, "{venue}");

        let before = bench.digests().await;
        replay(&bench.engine, None).await.unwrap();
        assert_eq!(bench.digests().await, before, "{venue}");
        bench.assert_books_balance().await;
        println!("{venue}: {held} trades, {books} books, the same after a replay");
    }
}
