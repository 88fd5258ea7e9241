//! A well-formed table of candles comes back as it was, in whatever format, separator, line end, container and order of
//! rows it is written.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::support;

use std::io::Write as _;

use app::model::{DAY_MS, HOUR_MS, MINUTE_MS, format_utc};
use proptest::prelude::*;
use rand::{RngExt, seq::SliceRandom};
use server::pipeline::{
    batch::{IngestOptions, ingest_file},
    replay::replay,
};
use support::{Bench, MONDAY, gzip, rng};

/// A candle as written: prices in cents, volume in hundred-millionths, so that every way of writing it is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Row {
    at: i64,
    open: i64,
    high: i64,
    low: i64,
    close: i64,
    volume: i64,
    trades: i64,
}

const FORMATS: [&str; 15] = [
    "ohlcv",
    "kaggle",
    "kaggle-legacy",
    "bitstamp",
    "cryptodatadownload",
    "gemini",
    "binance",
    "binance-futures",
    "bitfinex",
    "coinbase",
    "kraken",
    "cryptocompare",
    "yahoo",
    "investing",
    "coinmarketcap",
];

#[derive(Debug, Clone, Copy)]
struct Shape {
    format: &'static str,
    delimiter: char,
    line_end: &'static str,
    container: usize,
    /// 0 ascending, 1 newest first, 2 shuffled
    order: usize,
    step_ms: i64,
    quoted: bool,
    mark: bool,
    ends: bool,
}

prop_compose! {
    fn shape()(
        format in prop::sample::select(&FORMATS[..]),
        delimiter in prop::sample::select(&[',', ';', '\t', '|'][..]),
        line_end in prop::sample::select(&["\n", "\r\n", "\r"][..]),
        container in 0usize..4,
        order in 0usize..3,
        step_ms in prop::sample::select(&[MINUTE_MS, HOUR_MS, DAY_MS][..]),
        quoted in any::<bool>(),
        mark in any::<bool>(),
        ends in any::<bool>(),
    ) -> Shape {
        // what writes only days is only tried with days
        let is_daily = matches!(format, "yahoo" | "investing" | "coinmarketcap");
        let step_ms = if is_daily { DAY_MS } else { step_ms };
        Shape { format, delimiter, line_end, container, order, step_ms, quoted, mark, ends }
    }
}

/// A market with holes, without anything that a hard rule takes out.
fn table(seed: u64, rows: usize, step_ms: i64) -> Vec<Row> {
    let mut rng = rng(seed);
    let mut close: i64 = 1_000_000;
    let mut at = MONDAY;
    (0..rows)
        .map(|_| {
            at += step_ms
                * if rng.random_range(0..20) == 0 {
                    rng.random_range(2..5)
                } else {
                    1
                };
            let open = close;
            close += rng.random_range(-2_000..2_000);
            Row {
                at,
                open,
                // strictly outside: a flat row fits every order of columns
                high: open.max(close) + rng.random_range(1..500),
                low: open.min(close) - rng.random_range(1..500),
                close,
                volume: rng.random_range(1..10_000) * 1_000_000,
                trades: rng.random_range(1..500),
            }
        })
        .collect()
}

fn cents(value: i64) -> String {
    format!("{}.{:02}", value / 100, value % 100)
}

fn thousands(value: i64) -> String {
    let whole = (value / 100).to_string();
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{:02}", value % 100)
}

fn coins(volume: i64) -> String {
    format!("{}.{:08}", volume / 100_000_000, volume % 100_000_000)
}

/// Header and cells of a row.
fn cells(format: &str, row: &Row) -> (&'static [&'static str], Vec<String>) {
    let Row {
        at,
        open,
        high,
        low,
        close,
        volume,
        trades,
    } = *row;
    let seconds = (at / 1000).to_string();
    let date = format_utc(at);
    let day = &date[..10];
    let [o, h, l, c] = [open, high, low, close].map(cents);
    let v = coins(volume);
    // about volume times price, as every quote volume is
    let quote = cents(volume / 1_000_000 * close / 100);
    let kline = |unit: i64| {
        vec![
            (at * unit).to_string(),
            o.clone(),
            h.clone(),
            l.clone(),
            c.clone(),
            v.clone(),
            (at * unit + 59).to_string(),
            quote.clone(),
            trades.to_string(),
            "0".into(),
            "0".into(),
            "0".into(),
        ]
    };
    match format {
        "ohlcv" => (
            &["opened_at", "open", "high", "low", "close", "volume"],
            vec![at.to_string(), o, h, l, c, v],
        ),
        "kaggle" => (
            &["Timestamp", "Open", "High", "Low", "Close", "Volume"],
            vec![seconds + ".0", o, h, l, c, v],
        ),
        "kaggle-legacy" => (
            &[
                "Timestamp",
                "Open",
                "High",
                "Low",
                "Close",
                "Volume_(BTC)",
                "Volume_(Currency)",
                "Weighted_Price",
            ],
            vec![seconds, o, h, l, c.clone(), v, quote, c],
        ),
        "bitstamp" => (
            &["timestamp", "open", "high", "low", "close", "volume"],
            vec![seconds, o, h, l, c, v],
        ),
        "cryptodatadownload" => (
            &[
                "unix",
                "date",
                "symbol",
                "open",
                "high",
                "low",
                "close",
                "Volume BTC",
                "Volume USD",
            ],
            vec![seconds, date, "BTC/USD".into(), o, h, l, c, v, quote],
        ),
        "gemini" => (
            &[
                "Unix Timestamp",
                "Date",
                "Symbol",
                "Open",
                "High",
                "Low",
                "Close",
                "Volume",
            ],
            vec![at.to_string(), date, "BTCUSD".into(), o, h, l, c, v],
        ),
        "binance" => (&[], kline(1)),
        "binance-futures" => (
            &[
                "open_time",
                "open",
                "high",
                "low",
                "close",
                "volume",
                "close_time",
                "quote_volume",
                "count",
                "taker_buy_volume",
                "taker_buy_quote_volume",
                "ignore",
            ],
            kline(1),
        ),
        "bitfinex" => (&[], vec![at.to_string(), o, c, h, l, v]),
        "coinbase" => (
            &["time", "low", "high", "open", "close", "volume"],
            vec![seconds, l, h, o, c, v],
        ),
        "kraken" => (&[], vec![seconds, o, h, l, c, v, trades.to_string()]),
        "cryptocompare" => (
            &[
                "",
                "time",
                "high",
                "low",
                "open",
                "volumefrom",
                "volumeto",
                "close",
                "conversionType",
                "conversionSymbol",
            ],
            vec![
                "3".into(),
                seconds,
                h,
                l,
                o,
                v,
                quote,
                c,
                "direct".into(),
                String::new(),
            ],
        ),
        "yahoo" => (
            &[
                "Date",
                "Open",
                "High",
                "Low",
                "Close",
                "Adj Close",
                "Volume",
            ],
            vec![day.to_owned(), o, h, l, c, "1".into(), v],
        ),
        "investing" => (
            &["Date", "Price", "Open", "High", "Low", "Vol.", "Change %"],
            vec![
                format!("{}/{}/{}", &day[5..7], &day[8..10], &day[..4]),
                thousands(close),
                thousands(open),
                thousands(high),
                thousands(low),
                format!(
                    "{}.{:03}K",
                    volume / 100_000_000_000,
                    volume / 100_000_000 % 1000
                ),
                "1.20%".into(),
            ],
        ),
        _ => (
            &[
                "Date",
                "Open",
                "High",
                "Low",
                "Close",
                "Volume",
                "Market Cap",
            ],
            vec![
                day.to_owned(),
                thousands(open),
                thousands(high),
                thousands(low),
                thousands(close),
                v,
                "1,000,000".into(),
            ],
        ),
    }
}

fn write(shape: Shape, rows: &[Row]) -> Vec<u8> {
    let must_quote =
        matches!(shape.format, "investing" | "coinmarketcap") && shape.delimiter == ',';
    let quote = |cell: &str| {
        if shape.quoted || must_quote {
            format!("\"{cell}\"")
        } else {
            cell.to_owned()
        }
    };
    let join = |cells: Vec<String>| cells.join(&shape.delimiter.to_string());
    let mut lines = Vec::new();
    let header = cells(shape.format, &rows[0]).0;
    if !header.is_empty() {
        lines.push(join(header.iter().map(|name| quote(name)).collect()));
    }
    lines.extend(rows.iter().map(|row| {
        join(
            cells(shape.format, row)
                .1
                .iter()
                .map(|cell| quote(cell))
                .collect(),
        )
    }));
    let mut text = lines.join(shape.line_end);
    if shape.ends {
        text.push_str(shape.line_end);
    }
    if shape.mark {
        text.insert(0, '\u{feff}');
    }
    match shape.container {
        0 => text.into_bytes(),
        1 => gzip(text),
        2 => zstd::bulk::compress(text.as_bytes(), 3).unwrap(),
        _ => {
            let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
            let options = zip::write::SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Deflated);
            zip.start_file("prices.csv", options).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
            zip.finish().unwrap().into_inner()
        }
    }
}

async fn assert_comes_back(shape: Shape, rows: usize, seed: u64) {
    let sorted = table(seed, rows, shape.step_ms);
    let mut written = sorted.clone();
    match shape.order {
        1 => written.reverse(),
        2 => written.shuffle(&mut rng(seed)),
        _ => {}
    }
    let bench = Bench::new().await;
    let path = bench.path("prices.bin");
    std::fs::write(&path, write(shape, &written)).unwrap();
    let report = ingest_file(&bench.engine, &path, &IngestOptions::default(), None)
        .await
        .unwrap();
    assert_eq!(
        (report.state, report.format.as_str()),
        ("done", shape.format),
        "{report:?}"
    );
    assert_eq!(
        (report.rows, report.accepted),
        (rows as i64, rows as i64),
        "{report:?}"
    );
    let got: Vec<(i64, i64, f64, f64, f64, f64, f64)> = bench
        .rows("select step_ms, opened_at, open, high, low, close, volume from silver_candle order by opened_at")
        .await;
    assert_eq!(got.len(), sorted.len());
    for (got, row) in got.iter().zip(&sorted) {
        let price = |cents: i64| cents as f64 / 100.0;
        let volume = match shape.format {
            // whole coins, as thousandths of a thousand
            "investing" => (row.volume / 100_000_000) as f64,
            _ => row.volume as f64 / 1e8,
        };
        let wanted = (
            shape.step_ms,
            row.at,
            price(row.open),
            price(row.high),
            price(row.low),
            price(row.close),
            volume,
        );
        assert_eq!(*got, wanted);
    }
    bench.assert_books_balance().await;
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100, max_shrink_iters: 60, failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn a_table_comes_back_however_it_is_written(shape in shape(), rows in 30usize..120, seed in any::<u64>()) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(assert_comes_back(shape, rows, seed));
    }
}

/// Packed bytes lie in parts of bronze; the directory of a zip stands in the last one, its data begin in the first.
#[tokio::test]
async fn a_zip_of_several_parts_comes_back_and_is_replayed() {
    let rows = table(3, 90_000, MINUTE_MS);
    let shape = Shape {
        format: "bitfinex",
        delimiter: ',',
        line_end: "\n",
        container: 3,
        order: 0,
        step_ms: MINUTE_MS,
        quoted: false,
        mark: false,
        ends: true,
    };
    let bytes = write(shape, &rows);
    assert!(bytes.len() > 1 << 20, "{} bytes are one part", bytes.len());
    let bench = Bench::new().await;
    let report = bench.take("prices.zip", bytes).await;
    assert_eq!(
        (report.state, report.accepted),
        ("done", 90_000),
        "{report:?}"
    );
    let parts = bench.number("select count(*) from bronze_part").await;
    assert!(parts > 1, "{parts} parts");
    let before = bench.digests().await;
    replay(&bench.engine, None).await.unwrap();
    assert_eq!(bench.digests().await, before);
}
