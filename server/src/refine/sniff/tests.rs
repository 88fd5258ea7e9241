use app::model::{DAY_MS, HOUR_MS, MINUTE_MS};

use super::*;

fn try_candles(text: &str, format: Option<&str>) -> Result<CandleFormat, Refusal> {
    match recognise_as(text.as_bytes(), format)? {
        Recognised::Candles(format) => Ok(*format),
        Recognised::News { .. } => panic!("news"),
    }
}

fn candles(text: &str) -> CandleFormat {
    try_candles(text, None).unwrap()
}

#[test]
fn formats_are_told_apart_by_content() {
    let cases = [
        (
            "1514764740000,13801,13800,13803,13799,1.5\n1514764800000,13806,13807,13809,13805,2.0\n",
            "bitfinex",
            MINUTE_MS,
        ),
        (
            "time,high,low,open,volumefrom,volumeto,close,conversionType,conversionSymbol\n1514764800,3,1,2,5,10,2,direct,\n\
             1514768400,3,1,2,5,10,2,direct,\n",
            "cryptocompare",
            HOUR_MS,
        ),
        (
            "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount\n\
             1646092740000,2022-02-28 23:59:00,BTC/USDT,1,3,1,2,5,10,7\n1646092680000,2022-02-28 23:58:00,BTC/USDT,1,3,1,2,5,10,7\n",
            "cryptodatadownload",
            MINUTE_MS,
        ),
        (
            "1646092740,2022-02-28 23:59:00,BTC/USD,1,3,1,2,5,10,\n1646092680,2022-02-28 23:58:00,BTC/USD,1,3,1,2,5,10,\n",
            "cryptodatadownload",
            MINUTE_MS,
        ),
        (
            "Timestamp,Open,High,Low,Close,Volume\n1325412060.0,4.58,4.58,4.58,4.58,0.0\n1325412120.0,4.58,4.58,4.58,4.58,0.0\n",
            "kaggle",
            MINUTE_MS,
        ),
        (
            "timestamp,open,close,volume,unix_timestamp,high,low\n2011-08-18,10,11,1,1313625600,12,9\n2011-08-19,10,11,1,1313712000,12,9\n",
            "ohlcv",
            DAY_MS,
        ),
        (
            "1514764800,13800,13803,13799,13801,1.5,7\n1514764860,13801,13809,13801,13805,2.0,9\n",
            "kraken",
            MINUTE_MS,
        ),
        (
            "1514764860,13799,13803,13800,13801,1.5\n1514764800,13801,13809,13802,13805,2.0\n",
            "coinbase",
            MINUTE_MS,
        ),
        (
            "Price,Close,High,Low,Open,Volume\nTicker,BTC-USD,BTC-USD,BTC-USD,BTC-USD,BTC-USD\nDate,,,,,\n2024-01-01,3,4,1,2,5\n\
             2024-01-02,3,4,1,2,5\n",
            "ohlcv",
            DAY_MS,
        ),
    ];
    for (text, format, step_ms) in cases {
        let found = candles(text);
        assert_eq!((found.name, found.step_ms), (format, step_ms), "{text}");
    }
    assert_eq!(candles(cases[2].0).instrument.as_deref(), Some("BTC-USDT"));
}

#[test]
fn bitfinex_columns_are_open_close_high_low() {
    let mut format = candles(concat!(
        "1514764740000,13801,13800,13803,13799,1.5\n",
        "1514764800000,13806,13807,13809,13805,2.0\n"
    ));
    let candle = format
        .parse(1, b"1514764800000,13806,13807,13809,13805,2.0")
        .unwrap()
        .unwrap();
    assert_eq!(
        (candle.open, candle.close, candle.high, candle.low),
        (13806.0, 13807.0, 13809.0, 13805.0)
    );
}

#[test]
fn what_is_no_market_data_is_refused() {
    for (name, text, word) in [
        ("empty", "", "empty"),
        ("blank", "\n\n", "empty"),
        ("mark only", "\u{feff}\n", "empty"),
        (
            "pointer",
            "version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
            "git-lfs",
        ),
        ("web page", "<!DOCTYPE html><html>503</html>", "web page"),
        ("error document", "<?xml version=\"1.0\"?><Error/>", "XML"),
        ("binary", "a\0b", "binary"),
        ("resource fork", "\0\u{5}\u{16}\u{7}", "resource fork"),
        ("json", "[[1514764800000,1,2]]", "JSON"),
        (
            "checksum",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa  a.zip\n",
            "checksum",
        ),
        ("code", "import os\ndef main():\n    pass\n", "source code"),
        (
            "ticks",
            "13800.5, 3, 1\n13801.5, 2, 1\n",
            "numbers without a time",
        ),
        (
            "header only",
            "time,open,high,low,close,volume\n",
            "no data rows",
        ),
        (
            "daily counts",
            "date,news constraining,news litigious\n2018-01-01,4,5\n",
            "daily counts",
        ),
        (
            "damaged times",
            "Unix Timestamp,Open,High,Low,Close,Volume\n1.61888E+12,1,3,1,2,5\n1.61888E+12,1,3,1,2,5\n",
            "spreadsheet",
        ),
        (
            "no order fits",
            "1514764800,5,1,9,3,4,6\n1514764860,5,1,9,3,4,6\n",
            "in no known order",
        ),
    ] {
        let refusal = recognise(text.as_bytes()).unwrap_err();
        assert!(refusal.reason.contains(word), "{name}: {refusal}");
    }
}

#[test]
fn a_format_that_is_told_is_tried_however_weak_the_evidence() {
    // flat rows fit every order
    let flat = "1514764800,10,10,10,10,1\n1514764860,11,11,11,11,1\n";
    assert_eq!(candles(flat).name, "bitfinex");
    assert!(candles(flat).warnings[0].contains("--format"));
    for format in ["coinbase", "ohlcv", "bitfinex"] {
        assert_eq!(try_candles(flat, Some(format)).unwrap().name, format);
    }
    let headed = "time,open,high,low,close,volume\n1514764800,1,3,1,2,5\n";
    let reason = try_candles(headed, Some("bitfinex")).unwrap_err().reason;
    assert!(
        reason.contains("\"ohlcv\"") && reason.contains("--format"),
        "{reason}"
    );
    let reason = try_candles(headed, Some("nonsense")).unwrap_err().reason;
    assert!(
        reason.contains("bitfinex") && reason.contains("cryptonews"),
        "{reason}"
    );
    let reason = try_candles(headed, Some("cryptonews")).unwrap_err().reason;
    assert!(reason.contains("\"ohlcv\""), "{reason}");
    assert!(check_format("ohlcv:day-first").is_ok() && check_format("ohlcv:year-first").is_err());
}

#[test]
fn names_that_the_values_contradict_are_not_believed() {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for row in 0..12 {
        // really open, close, high, low
        text.push_str(&format!("{},2,3,4,1,5\n", 1_514_764_800 + row * 60));
    }
    let mut format = candles(&text);
    let candle = format.parse(2, b"1514764800,2,3,4,1,5").unwrap().unwrap();
    assert_eq!(
        [candle.open, candle.high, candle.low, candle.close],
        [2.0, 4.0, 1.0, 3.0]
    );
    assert!(
        format.warnings[0].contains("contradict"),
        "{:?}",
        format.warnings
    );
}

#[test]
fn reversed_volumes_are_told_by_the_price() {
    let mut format = candles(
        "id,unix,date,symbol,open,high,low,close,volto,volfrom\n1,1514764800,2018-01-01 00:00,BTC/USD,100,100,100,100,5,500\n\
         2,1514764860,2018-01-01 00:01,BTC/USD,100,100,100,100,3,300\n",
    );
    let row = b"1,1514764800,2018-01-01 00:00,BTC/USD,100,100,100,100,5,500";
    let candle = format.parse(2, row).unwrap().unwrap();
    assert_eq!((candle.volume, candle.quote_volume), (5.0, Some(500.0)));
}

#[test]
fn futures_are_never_spot() {
    let header = "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,taker_buy_quote_volume,ignore";
    let row = |at: i64| format!("{at},2,4,1,3,5,{},15,7,2,6,0\n", at + 59_999);
    let headed = candles(&format!("{header}\n{}", row(1_514_764_800_000)));
    assert_eq!(
        (headed.name, headed.tagged("BTC-USDT").as_str()),
        ("binance-futures", "BTC-USDT-PERP")
    );
    let spot = candles(&(row(1_514_764_800_000) + &row(1_514_764_860_000)));
    assert_eq!(
        (spot.name, spot.tagged("BTC-USDT").as_str()),
        ("binance", "BTC-USDT")
    );
    assert!(spot.needs_scan());
}
