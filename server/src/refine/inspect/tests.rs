use std::io::Write;

use super::*;

const CDD: &str = "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount\n\
                   1646092740000,2022-02-28 23:59:00,BTC/USDT,1,3,1,2,5,10,7\n1646092680000,2022-02-28 18:58:00,BTC/USDT,1,3,1,2,5,10,7\n";

#[test]
fn a_report_says_what_is_seen() {
    let report = inspect_as(
        "Binance_BTCUSDT_minute.csv",
        CDD.as_bytes(),
        Some(CDD.len() as u64),
        None,
    );
    assert_eq!(report.refusal, None);
    assert_eq!(
        [
            report.container.as_str(),
            &report.encoding,
            &report.line_ends,
            &report.delimiter,
            &report.format,
            &report.step,
            &report.zone
        ],
        [
            "plain",
            "ASCII",
            "LF",
            "comma",
            "cryptodatadownload",
            "1m",
            "UTC, by Unix time"
        ]
    );
    assert_eq!(report.columns[7].meaning, "volume");
    assert_eq!(report.columns[7].name, "Volume BTC");
    assert_eq!(
        (report.first_ms, report.last_ms),
        (Some(1_646_092_680_000), Some(1_646_092_740_000))
    );
    assert_eq!(
        (report.rows_seen, report.rows_estimated, report.is_whole),
        (2, Some(2), true)
    );
    assert_eq!(
        report.sample[0][..5],
        ["2022-02-28 23:59:00", "1", "3", "1", "2"].map(str::to_owned)
    );
    assert_eq!(report.times[0].kind, "Unix time in ms");
    let said = report.warnings.join("\n");
    assert!(
        said.contains("newest first") && said.contains("in 1 of 2 rows the date"),
        "{said}"
    );
    let json = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Inspection>(&json).unwrap(), report);
}

#[test]
fn names_that_claim_something_else_are_warned_of() {
    for (name, word) in [("Kraken_2019.csv", "2019"), ("BTCUSD-2022.csv", "BTC-USD,")] {
        let report = inspect(name, CDD.as_bytes());
        let said = report.warnings.join("\n");
        assert!(said.contains(word), "{name}: {said}");
    }
    let row =
        "1514764740000,13801,13800,13803,13799,1.5\n1514764800000,13806,13807,13809,13805,2.0\n";
    let said = inspect("kraken.csv", row.as_bytes()).warnings.join("\n");
    assert!(
        said.contains("says kraken") && said.contains("BTC-USD is assumed"),
        "{said}"
    );
}

#[test]
fn packed_heads_and_refusals_are_reported() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(CDD.as_bytes()).unwrap();
    let report = inspect("a.bin", &gzip.finish().unwrap());
    assert_eq!((report.container.as_str(), report.rows_seen), ("gzip", 2));
    let report = inspect("a.csv", b"<html>");
    assert!(
        report
            .refusal
            .is_some_and(|reason| reason.contains("web page"))
    );
    assert_eq!(report.dataset, "unknown");
    let report = inspect("a.gz", b"\x1f\x8b\x00");
    assert!(
        report
            .refusal
            .is_some_and(|reason| reason.contains("cannot be unpacked"))
    );
}

#[test]
fn news_is_shown_as_it_would_be_read() {
    let text = "date;sentiment;source;subject;text;title;url\n5-7-2022 04:24;{'class': 'neutral', 'polarity': 0.0};A;b;c;\
                Up \\x93 at last;https://a.com/x\n15-7-2022 04:24;;A;b;c;Down;https://a.com/y\n";
    let report = inspect_as("news.csv", text.as_bytes(), Some(text.len() as u64), None);
    assert_eq!(
        (report.dataset.as_str(), report.format.as_str()),
        ("article", "cryptonews")
    );
    assert_eq!(
        report.sample[0][..3],
        ["2022-07-05 04:24:00", "Up – at last", "A"].map(str::to_owned)
    );
    assert_eq!(report.columns[5].meaning, "title");
}
