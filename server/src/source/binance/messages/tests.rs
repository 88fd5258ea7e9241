use super::*;
use crate::{refine::book::book_figures, source::recorded::recorded};

/// The venue's documented example.
const TICKER: &str = r#"{"symbol":"BNBBTC","priceChange":"-94.99999800","priceChangePercent":"-95.960",
"weightedAvgPrice":"0.29628482","prevClosePrice":"0.10002000","lastPrice":"4.00000200","lastQty":"200.00000000",
"bidPrice":"4.00000000","bidQty":"100.00000000","askPrice":"4.00000200","askQty":"100.00000000",
"openPrice":"99.00000000","highPrice":"100.00000000","lowPrice":"0.10000000","volume":"8913.30000000",
"quoteVolume":"15.30000000","openTime":1499783499040,"closeTime":1499869899040,"firstId":28385,"lastId":28460,
"count":76}"#;
const DEPTH: &str = r#"{"lastUpdateId":1027024,"bids":[["4.00000000","431.00000000"]],"asks":[["4.00000200","12.00000000"]]}"#;

#[test]
fn a_ticker_is_read() {
    let quote = parse_ticker(TICKER.as_bytes()).unwrap();
    assert_eq!(quote.observed_at, 1_499_869_899_040);
    assert_eq!(
        (quote.last, quote.bid, quote.ask),
        (4.000_002, Some(4.0), Some(4.000_002))
    );
    assert_eq!(
        (quote.open_24h, quote.high_24h, quote.low_24h),
        (Some(99.0), Some(100.0), Some(0.1))
    );
    assert_eq!(
        (quote.volume_24h, quote.quote_volume_24h),
        (Some(8913.3), Some(15.3))
    );
}

#[test]
fn a_side_without_orders_is_no_price() {
    let quote = parse_ticker(
        TICKER
            .replace("\"4.00000000\"", "\"0.00000000\"")
            .as_bytes(),
    )
    .unwrap();
    assert_eq!(quote.bid, None);
}

#[test]
fn hostile_tickers_are_refused() {
    for (name, body) in [
        ("price is NaN", TICKER.replace("4.00000200", "NaN")),
        ("price is infinite", TICKER.replace("4.00000200", "1e999")),
        (
            "price is negative",
            TICKER.replace("\"4.00000200\"", "\"-4\""),
        ),
        ("price is zero", TICKER.replace("4.00000200", "0.0")),
        ("price is a number", TICKER.replace("\"4.00000200\"", "4")),
        ("no price", TICKER.replace("lastPrice", "Price")),
        ("no time", TICKER.replace("closeTime", "time")),
        ("time is negative", TICKER.replace("1499869899040", "-1")),
        ("time is a fraction", TICKER.replace("1499869899040", "1.5")),
        ("volume is negative", TICKER.replace("8913.30000000", "-1")),
        ("a list", format!("[{TICKER}]")),
    ] {
        let result = parse_ticker(body.as_bytes());
        assert!(
            matches!(result, Err(MessageError::Contract { .. })),
            "{name}: {result:?}"
        );
    }
}

#[test]
fn a_book_is_read_as_it_is() {
    let depth = parse_depth(DEPTH.as_bytes()).unwrap();
    assert_eq!(depth.last_update_id, 1_027_024);
    assert_eq!((depth.bids[0].price, depth.bids[0].size), (4.0, 431.0));
    let older = parse_depth(
        DEPTH
            .replace("\"431.00000000\"", "\"431.00000000\",[]")
            .as_bytes(),
    );
    assert_eq!(older, Ok(depth));
    let empty = parse_depth(br#"{"lastUpdateId":1,"bids":[],"asks":[]}"#).unwrap();
    assert!(empty.bids.is_empty() && empty.asks.is_empty());
}

#[test]
fn hostile_books_are_refused() {
    let many = format!("[{}]", vec![r#"["1","1"]"#; 5_001].join(","));
    for (name, body) in [
        ("not a number", DEPTH.replace("431.00000000", "NaN")),
        ("infinite", DEPTH.replace("431.00000000", "inf")),
        ("numbers", DEPTH.replace("\"431.00000000\"", "431")),
        ("one number only", DEPTH.replace(",\"431.00000000\"", "")),
        ("no asks", DEPTH.replace("asks", "tasks")),
        ("huge id", DEPTH.replace("1027024", "1e400")),
        (
            "too many levels",
            DEPTH.replace(r#"[["4.00000000","431.00000000"]]"#, &many),
        ),
    ] {
        assert!(parse_depth(body.as_bytes()).is_err(), "{name}");
    }
}

#[test]
fn every_parser_tells_what_kind_of_rubbish_came() {
    type Parse = fn(&[u8]) -> Option<MessageError>;
    let parsers: [(&str, Parse); 3] = [
        ("ticker", |body| parse_ticker(body).err()),
        ("klines", |body| parse_klines(body, 0).err()),
        ("depth", |body| parse_depth(body).err()),
    ];
    let deep = "[".repeat(100_000);
    for (parser, parse) in parsers {
        let venue = parse(br#"{"code":-1121,"msg":"Invalid symbol."}"#);
        let expected = MessageError::Venue {
            code: -1121,
            msg: "Invalid symbol.".to_owned(),
        };
        assert_eq!(venue, Some(expected), "{parser}");
        for body in [
            "",
            "{",
            "[[1,\"2",
            "<!doctype html><html>",
            "\u{feff}{}",
            "nul",
            deep.as_str(),
        ] {
            let error = parse(body.as_bytes());
            assert!(
                matches!(error, Some(MessageError::Json(_))),
                "{parser} of {body:.20?}: {error:?}"
            );
        }
        for body in ["null", "3", "\"text\""] {
            let error = parse(body.as_bytes());
            assert!(
                matches!(error, Some(MessageError::Contract { .. })),
                "{parser} of {body:?}: {error:?}"
            );
        }
        assert!(parse(&[0xff, 0xfe, 0x00]).is_some(), "{parser}");
    }
}

#[test]
fn messages_cut_anywhere_are_refused() {
    for body in [TICKER, DEPTH] {
        for end in 0..body.len() {
            let cut = &body.as_bytes()[..end];
            assert!(
                parse_ticker(cut).is_err() && parse_depth(cut).is_err(),
                "{end}"
            );
        }
    }
}

#[test]
fn a_long_error_text_is_shortened() {
    let body = format!(r#"{{"code":0,"msg":"{}"}}"#, "x".repeat(100_000));
    let Some(MessageError::Venue { msg, .. }) = parse_error(body.as_bytes()) else {
        panic!("not recognised");
    };
    assert_eq!(msg.len(), crate::source::message::MAX_WORDS);
}

#[test]
fn recorded_traffic_is_read() {
    let Some(lines) = recorded("binance.http.jsonl.gz") else {
        return;
    };
    for line in &lines {
        assert!(
            line.url.as_ref().unwrap().contains("/api/v3/depth"),
            "only order books are recorded"
        );
        let depth = parse_depth(line.text.as_bytes()).unwrap();
        assert!(depth.last_update_id > 0);
        let book = book_figures(0, &depth.bids, &depth.asks).unwrap();
        assert!(book.best_bid < book.best_ask && book.spread_bps > 0.0);
    }
    assert_eq!(lines.len(), 4);
}
