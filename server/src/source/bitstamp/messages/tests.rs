use app::model::{DAY_MS, HOUR_MS, flag};
use proptest::prelude::*;

use super::*;
use crate::{
    refine::book::book_figures,
    source::{recorded::recorded, venue::TradeGap},
};

const TICKER: &str = r#"{"timestamp":"1643640186","open":"2211.00","high":"2811.00","low":"2188.97","last":"2211.50","volume":"213.26801100","vwap":"2189.80","bid":"2188.97","ask":"2211.00","side":"0","open_24":"2211.01","percent_change_24":"13.57"}"#;
const ROW: &str = r#"{"high":"29446.18","timestamp":"1653480960","volume":"0.32188479","low":"29438.28","close":"29445.96","open":"29446.18"}"#;
const TRANSACTION: &str =
    r#"{"date":"1643640186","tid":"216000502","amount":"3.10111288","type":"1","price":"3800.74"}"#;

fn gap(from_at: i64, to_at: i64) -> TradeGap {
    TradeGap {
        from_at,
        to_at,
        from_id: None,
        to_id: None,
    }
}

#[test]
fn a_ticker_is_read() {
    let quote = parse_ticker(TICKER.as_bytes()).unwrap();
    assert_eq!(
        (quote.last, quote.bid, quote.ask),
        (2_211.5, Some(2_188.97), Some(2_211.0))
    );
    assert_eq!(
        (
            quote.open_24h,
            quote.high_24h,
            quote.low_24h,
            quote.volume_24h
        ),
        (
            Some(2_211.01),
            Some(2_811.0),
            Some(2_188.97),
            Some(213.268_011)
        )
    );
    let odd = TICKER
        .replace("\"1643640186\"", "1643640186")
        .replace("\"2188.97\",\"ask\"", "\"0\",\"ask\"");
    assert_eq!(parse_ticker(odd.as_bytes()).unwrap().bid, None);
    for (from, to) in [
        ("\"2211.50\"", "\"NaN\""),
        ("\"2211.50\"", "\"0\""),
        ("\"2211.50\"", "2211.5"),
        ("1643640186", "0"),
        ("1643640186", "99999999999999999999"),
        ("213.26801100", "-1"),
    ] {
        assert!(
            parse_ticker(TICKER.replace(from, to).as_bytes()).is_err(),
            "{to}"
        );
    }
}

#[test]
fn candles_are_read_and_broken_rows_rejected() {
    let body = |rows: &[String]| {
        format!(
            r#"{{"data":{{"pair":"BTC/USD","ohlc":[{}]}}}}"#,
            rows.join(",")
        )
    };
    let quiet = ROW
        .replace("0.32188479", "0.00000000")
        .replace("1653480960", "1653481020");
    let broken = ROW.replace("29438.28", "-1");
    let parsed = parse_ohlc(
        body(&[ROW.to_owned(), broken.clone(), quiet]).as_bytes(),
        60_000,
        1_653_481_020_000,
    )
    .unwrap();
    let candles: Vec<_> = parsed.candles.iter().map(|row| row.candle).collect();
    assert_eq!((candles[0].open, candles[0].low), (29_446.18, 29_438.28));
    assert_eq!((candles[0].is_final, candles[0].flags), (true, 0));
    assert_eq!(
        (candles[1].is_final, candles[1].flags),
        (false, flag::NO_TRADES)
    );
    assert_eq!(
        (parsed.rejects[0].line_no, &parsed.rejects[0].raw),
        (2, &broken)
    );
    let many = body(&vec![ROW.to_owned(); 1_002]);
    assert!(parse_ohlc(many.as_bytes(), 60_000, 0).is_err());
}

#[test]
fn transactions_are_read_and_broken_rows_rejected() {
    let now = 1_643_640_200_000;
    let number = TRANSACTION
        .replace("\"216000502\"", "216000503")
        .replace("\"1\"", "\"0\"");
    let rows = [
        TRANSACTION.to_owned(),
        number,
        TRANSACTION.replace("\"1\"", "\"2\""),
        TRANSACTION.replace("3800.74", "0"),
        TRANSACTION.replace("\"1643640186\"", "\"1970\""),
        "{}".to_owned(),
    ];
    let body = format!("[{}]", rows.join(", "));
    let parsed = parse_transactions(&gap(now - 60_000, now), body.as_bytes(), now).unwrap();
    assert_eq!((parsed.trades.len(), parsed.rejects.len()), (2, 4));
    assert_eq!(parsed.rejects[0].raw, rows[2]);
    assert_eq!(parsed.trades[1].trade_id, 216_000_503);
    assert_ne!(parsed.trades[0].side, parsed.trades[1].side);
}

#[test]
fn the_window_reaches_back_to_the_gap() {
    let now = 1_643_640_200_000;
    let short = gap(now - 60_000, now);
    assert_eq!(Window::first(&short), Window::Hour);
    assert_eq!(Window::first(&gap(now - HOUR_MS, now)), Window::Day);
    let body = format!("[{TRANSACTION}]");
    let next = |gap: &TradeGap, body: &str, now: i64| {
        parse_transactions(gap, body.as_bytes(), now).unwrap().next
    };
    assert_eq!(next(&short, &body, now), None);
    let late = now + HOUR_MS - 30_000;
    let cursor = next(&short, &body, late).unwrap();
    assert_eq!(
        Window::of(&cursor),
        Window::Day,
        "the hour began behind the gap"
    );
    let older = TRANSACTION.replace("1643640186", "1643600000");
    assert_eq!(
        next(&short, &format!("[{TRANSACTION},{older}]"), late),
        None,
        "it was the day"
    );
    assert_eq!(next(&short, "[]", late), None);
    assert_eq!(
        next(&short, &body, now + DAY_MS),
        None,
        "beyond the venue's reach"
    );
}

#[test]
fn errors_of_the_venue_are_told() {
    for (body, code, msg) in [
        (r#"{"error":"Invalid pair"}"#, 0, "Invalid pair"),
        (
            r#"{"status":"error","reason":"Unknown market.","code":"400.068"}"#,
            400_068,
            "Unknown market.",
        ),
        (
            r#"{"status":"error","reason":{"__all__":["Rate limit exceeded."]},"response_code":"400.002"}"#,
            400_002,
            r#"{"__all__":["Rate limit exceeded."]}"#,
        ),
    ] {
        let expected = Err(MessageError::Venue {
            code,
            msg: msg.to_owned(),
        });
        assert_eq!(parse_depth(body.as_bytes()).map(|_| ()), expected);
        assert_eq!(parse_ticker(body.as_bytes()).map(|_| ()), expected);
        assert_eq!(parse_ohlc(body.as_bytes(), 60_000, 0).map(|_| ()), expected);
        let trades = parse_transactions(&gap(0, 1), body.as_bytes(), 0).map(|_| ());
        assert_eq!(trades, expected);
    }
    let page = parse_depth(b"<!DOCTYPE html><html><body>maintenance</body></html>");
    assert!(
        matches!(page, Err(MessageError::Json(_))),
        "with status 200"
    );
}

#[test]
fn recorded_books_are_read() {
    let Some(answers) = recorded("bitstamp.http.jsonl.gz") else {
        return;
    };
    for answer in &answers {
        let book = parse_depth(answer.text.as_bytes()).unwrap();
        let at = book.observed_at.unwrap();
        assert!((0..10_000).contains(&(answer.at - at)), "{at}");
        book_figures(at, &book.bids, &book.asks).unwrap();
        let exact = parse_snapshot(answer.text.as_bytes()).unwrap();
        assert_eq!(
            (exact.bids.len(), exact.asks.len()),
            (book.bids.len(), book.asks.len())
        );
    }
    assert_eq!(answers.len(), 10);
}

proptest! {
    #[test]
    fn no_bytes_panic(noise in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..400, byte: u8) {
        let list = format!("[{TRANSACTION}]");
        let candles = format!(r#"{{"data":{{"ohlc":[{ROW}]}}}}"#);
        for body in [TICKER, ROW, &list, &candles] {
            let mut damaged = body.as_bytes().to_vec();
            let place = at % damaged.len();
            damaged[place] = byte;
            for bytes in [&noise, &damaged] {
                let _ = (parse_ticker(bytes), parse_depth(bytes), parse_ohlc(bytes, 60_000, i64::MAX));
                let _ = parse_transactions(&gap(i64::MIN, i64::MAX), bytes, 0);
                let _ = parse_error(bytes);
            }
        }
    }
}
