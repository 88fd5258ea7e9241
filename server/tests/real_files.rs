//! Real files of real venues, where they are at hand: what is known of them is found in them.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use crate::support;

use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use support::{Bench, MINUTE, VENUE};

const DAY: i64 = 1440 * MINUTE;

/// The file, or `None` with a word about it where there is no shared data.
fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(name);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: no shared data");
    None
}

fn text_of(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice())
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// Open, high, low, close, volume, Σ typical price × volume and candles of a day.
type Day = (i64, [f64; 6], i64);

/// Days straight from the lines of a Bitfinex file: time, open, close, high, low, volume.
fn days_of(text: &str) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for line in text.lines() {
        let cells: Vec<f64> = line
            .split(',')
            .map(|cell| cell.trim().parse().unwrap())
            .collect();
        let [at, open, close, high, low, volume] = cells[..] else {
            panic!("{line}")
        };
        let day = at as i64 / DAY * DAY;
        let typical = (high + low + close) / 3.0 * volume;
        match days.last_mut() {
            Some((last, sums, count)) if *last == day => {
                sums[1] = sums[1].max(high);
                sums[2] = sums[2].min(low);
                sums[3] = close;
                sums[4] += volume;
                sums[5] += typical;
                *count += 1;
            }
            _ => days.push((day, [open, high, low, close, volume, typical], 1)),
        }
    }
    days
}

fn near(got: f64, want: f64) -> bool {
    (got - want).abs() <= 1e-9 * want.abs().max(1.0)
}

async fn assert_days_agree(bench: &Bench, text: &str) {
    type Got = (
        i64,
        f64,
        f64,
        f64,
        f64,
        f64,
        f64,
        i64,
        Option<f64>,
        Option<f64>,
        Option<f64>,
    );
    let got: Vec<Got> = bench
        .rows(
            "select opened_at, open, high, low, close, volume, vwap, observed, return_1, sma_20, volatility_20
             from gold_candle where step_ms = 86400000 order by opened_at",
        )
        .await;
    let want = days_of(text);
    assert_eq!(got.len(), want.len());
    let closes: Vec<f64> = want.iter().map(|(_, sums, _)| sums[3]).collect();
    for (index, (got, (day, sums, count))) in got.iter().zip(&want).enumerate() {
        assert_eq!((got.0, got.7), (*day, *count));
        for (got, want) in [got.1, got.2, got.3, got.4, got.5].into_iter().zip(sums) {
            assert!(near(got, *want), "day {day}: {got}, expected {want}");
        }
        assert!(near(got.6, sums[5] / sums[4]), "vwap of {day}");
        assert_eq!(got.8.is_some(), index > 0);
        assert!(
            got.8
                .is_none_or(|r| near(r, closes[index] / closes[index - 1] - 1.0)),
            "return of {day}"
        );
        assert_eq!(got.9.is_some(), index >= 19);
        assert!(
            got.9
                .is_none_or(|sma| near(sma, closes[index - 19..=index].iter().sum::<f64>() / 20.0)),
            "sma of {day}"
        );
        assert_eq!(got.10.is_some(), index >= 20);
        if let Some(volatility) = got.10 {
            let returns: Vec<f64> = closes[index - 20..=index]
                .windows(2)
                .map(|pair| (pair[1] / pair[0]).ln())
                .collect();
            let mean = returns.iter().sum::<f64>() / 20.0;
            let squares: f64 = returns.iter().map(|r| (r - mean).powi(2)).sum();
            assert!(
                near(volatility, (squares / 19.0).sqrt()),
                "volatility of {day}"
            );
        }
    }
}

fn time_of(line: &str) -> i64 {
    line.split(',').next().unwrap().parse().unwrap()
}

/// Runs of missing minutes: number, and those of at least 5, 15 and 60; longest.
fn gaps_of(text: &str) -> [i64; 5] {
    let times: Vec<i64> = text.lines().map(time_of).collect();
    let gaps: Vec<i64> = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]) / MINUTE - 1)
        .filter(|gap| *gap > 0)
        .collect();
    let of = |least: i64| gaps.iter().filter(|gap| **gap >= least).count() as i64;
    [
        of(1),
        of(5),
        of(15),
        of(60),
        gaps.iter().copied().max().unwrap_or(0),
    ]
}

#[tokio::test]
async fn bitfinex_2018() {
    let Some(path) = shared("prices/bitfinex-btcusd-1m-2018.csv.gz") else {
        return;
    };
    let text = text_of(&path);
    let bench = Bench::new().await;
    let report = bench.ingest(&path, VENUE).await;
    assert_eq!((report.state, report.format.as_str()), ("done", "bitfinex"));
    assert_eq!(
        (
            report.rows,
            report.accepted,
            report.deduplicated,
            report.quarantined
        ),
        (520_499, 520_499, 0, 0)
    );
    bench.assert_books_balance().await;

    let file = "bitfinex-btcusd-1m-2018.csv.gz";
    assert_eq!(gaps_of(&text), [3_992, 27, 10, 3, 67]);
    let (state, failed, summary) = bench.check("candle.gap", file).await;
    assert_eq!((state.as_str(), failed), ("critical", 27), "{summary}");
    assert!(
        summary.starts_with("3992 runs of missing candles, longest 67,"),
        "{summary}"
    );
    let (_, failed, summary) = bench.check("candle.spike_reversal", file).await;
    assert!((39..=45).contains(&failed), "{failed}: {summary}");
    let (_, failed, summary) = bench.check("candle.extreme_move", file).await;
    assert!((6..=8).contains(&failed), "{failed}: {summary}");
    for check_id in [
        "candle.ohlc",
        "candle.dup_conflict",
        "candle.ts_aligned",
        "candle.price_sanity",
        "candle.order",
    ] {
        assert_eq!(bench.check(check_id, file).await.0, "pass", "{check_id}");
    }
    assert_days_agree(&bench, &text).await;

    let again = bench.ingest(&path, VENUE).await;
    assert_eq!((again.state, again.rows), ("already_landed", 520_499));
    assert_eq!(bench.number("select count(*) from bronze_landing").await, 1);
}

#[tokio::test]
async fn bitfinex_2015_with_carriage_returns() {
    let Some(path) = shared("prices/bitfinex-btcusd-1m-2015.csv.gz") else {
        return;
    };
    let text = text_of(&path);
    assert!(text.contains("\r\n"));
    let bench = Bench::new().await;
    let report = bench.ingest(&path, VENUE).await;
    assert_eq!(
        (
            report.state,
            report.rows,
            report.accepted + report.quarantined + report.deduplicated
        ),
        ("done", 366_710, 366_710)
    );
    // the flash crash of 18 August, 23:47 to 23:54, is further off than the sanity limit: 8 true minutes are set apart
    assert_eq!((report.quarantined, report.deduplicated), (8, 0));
    let apart: (i64, i64) = bench
        .row(
            "select count(*), count(case when cast(substr(raw, 1, 13) as integer) between 1439941620000 and 1439942040000
                and rules like '%candle.price_sanity%' then 1 end) from quarantine",
        )
        .await;
    assert_eq!(apart, (8, 8));
    bench.assert_books_balance().await;
    let crash = |line: &&str| !(1_439_941_620_000..=1_439_942_040_000).contains(&time_of(line));
    let text = text.lines().filter(crash).collect::<Vec<_>>().join("\n");
    let (state, _, summary) = bench.check("candle.gap", "2015.csv.gz").await;
    let [any, .., longest] = gaps_of(&text);
    assert_eq!(state, "critical");
    assert!(
        summary.starts_with(&format!(
            "{any} runs of missing candles, longest {longest},"
        )),
        "{summary}"
    );
    // the hole of 30.8 days
    assert_eq!((longest as f64 / 1440.0 * 10.0).round(), 308.0);
    assert_days_agree(&bench, &text).await;
}

#[tokio::test]
async fn bitstamp_days_with_columns_in_their_own_order() {
    let Some(path) = shared("prices/bitstamp-btcusd-1d-2011-2025.csv") else {
        return;
    };
    let bench = Bench::new().await;
    let report = bench.ingest(&path, "bitstamp").await;
    assert_eq!(
        (report.rows, report.accepted, report.quarantined),
        (5_152, 5_152, 0)
    );
    bench.assert_books_balance().await;
    let text = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<(i64, i64, f64, f64, f64, f64, f64)> = bench
        .rows("select step_ms, opened_at, open, high, low, close, volume from silver_candle order by opened_at")
        .await;
    assert_eq!(rows.len(), 5_152);
    // timestamp,open,close,volume,unix_timestamp,high,low
    for (row, line) in rows.iter().zip(text.lines().skip(1)) {
        let cells: Vec<&str> = line.split(',').collect();
        let number = |column: usize| cells[column].parse::<f64>().unwrap();
        let at = cells[4].parse::<i64>().unwrap() * 1000;
        assert_eq!(
            *row,
            (
                DAY,
                at,
                number(1),
                number(5),
                number(6),
                number(2),
                number(3)
            ),
            "{line}"
        );
    }
    let finest = bench.number("select min(step_ms) from gold_candle").await;
    assert_eq!(finest, DAY);
}

#[tokio::test]
async fn cryptodatadownload_minutes_newest_first() {
    let Some(path) = shared("prices/cryptodatadownload-btcusdt-1m.csv") else {
        return;
    };
    let bench = Bench::new().await;
    let report = bench.ingest(&path, "binance").await;
    assert_eq!(
        (report.rows, report.accepted, report.quarantined),
        (347, 347, 0)
    );
    assert_eq!(report.format, "cryptodatadownload");
    let symbols = bench
        .texts("select distinct i.symbol from silver_candle s join instrument i on i.id = s.instrument_id")
        .await;
    assert_eq!(symbols, ["BTC-USDT"]);
    let (state, failed, summary) = bench.check("candle.order", "btcusdt-1m.csv").await;
    assert_eq!((state.as_str(), failed), ("pass", 0));
    assert!(summary.contains("newest first"), "{summary}");
    let newest: (f64, f64, f64, f64, f64, Option<f64>, Option<i64>) = bench
        .row(
            "select open, high, low, close, volume, quote_volume, trades from silver_candle where opened_at = 1621125300000",
        )
        .await;
    assert_eq!(
        newest,
        (
            47_130.36,
            47_222.1,
            47_114.07,
            47_139.72,
            67.541029,
            Some(3_184_985.80323874),
            Some(1408)
        )
    );
    bench.assert_books_balance().await;
}

#[tokio::test]
async fn crypto_news() {
    let Some(path) = shared("news/cryptonews-2021-2022.csv.gz") else {
        return;
    };
    let bench = Bench::new().await;
    let report = bench.ingest(&path, "cryptonews").await;
    assert_eq!((report.state, report.rows), ("done", 7_524), "{report:?}");
    assert_eq!(
        report.rows,
        report.accepted + report.deduplicated + report.quarantined,
        "{report:?}"
    );
    assert!(report.accepted > 7_000, "{report:?}");
    bench.assert_books_balance().await;
    // 1 October 2021 to 1 August 2022: with day and month swapped some would lie outside
    let outside = bench
        .number(
            "select count(*) from silver_article where published_at < 1633046400000 or published_at >= 1659312000000",
        )
        .await;
    assert_eq!(outside, 0);
    // newest first as a whole: a swapped day would jump by months
    let months = bench
        .number("select count(distinct published_at / 2629800000) from silver_article")
        .await;
    assert!((9..=11).contains(&months), "{months} months");
    let doubled = bench
        .texts("select url from silver_article where url like '%http%://%http%://%'")
        .await;
    assert!(doubled.is_empty(), "{doubled:?}");
    let linked = bench
        .number("select count(*) from silver_article where duplicate_of is not null")
        .await;
    assert!(linked > 0, "no duplicate is linked");
    let astray = bench
        .number(
            "select count(*) from silver_article a where duplicate_of is not null and not exists (
                select 1 from silver_article e where e.id = a.duplicate_of and (e.published_at, e.id) < (a.published_at, a.id)
                    and ((e.url_key = a.url_key and e.url_key <> 0) or e.title_key = a.title_key))",
        )
        .await;
    assert_eq!(astray, 0);
    let unlinked = bench
        .number(
            "select count(*) from silver_article a where duplicate_of is null and exists (
                select 1 from silver_article e where (e.published_at, e.id) < (a.published_at, a.id)
                    and ((e.url_key = a.url_key and e.url_key <> 0) or e.title_key = a.title_key))",
        )
        .await;
    assert_eq!(unlinked, 0);
}
