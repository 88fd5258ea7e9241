use proptest::prelude::*;

use super::*;

const TICKER: &str = r#"{"trade_id":86326522,"price":"6268.48","size":"0.00698254","time":"2020-03-20T00:22:57.833897Z","bid":"6265.15","ask":"6267.71","volume":"53602.03940154"}"#;
const CANDLES: &str = "[[1415398800,0.35,4.2,0.32,4.2,12.3],[1415398740,0.32,4.1,0.35,4.0,1.1e1]]";
const TRADES: &str = r#"[{"time":"2014-11-07T22:19:28.578544Z","trade_id":74,"price":"10.00000000","size":"0.01000000","side":"buy"}]"#;
const BOOK: &str = r#"{"bids":[["6247.58","6.3578146",2]],"asks":[["6251.52","2",1]],"sequence":13051505638,"auction_mode":false,"auction":null,"time":"2020-03-20T00:22:57.833897Z"}"#;

#[test]
fn a_ticker_without_a_time_has_that_of_its_receipt() {
    let quote = parse_ticker(TICKER.as_bytes(), 5).unwrap();
    assert_eq!(quote.observed_at, 1_584_663_777_833);
    for none in ["0001-01-01T00:00:00.000000Z", "1970-01-01T00:00:00Z"] {
        let body = TICKER.replace("2020-03-20T00:22:57.833897Z", none);
        let quote = parse_ticker(body.as_bytes(), 5).unwrap();
        assert_eq!(quote.observed_at, 5, "{none}");
    }
    for (name, body) in [
        ("no price", TICKER.replace("\"price\"", "\"cost\"")),
        ("zero", TICKER.replace("6268.48", "0")),
        ("negative", TICKER.replace("6265.15", "-1")),
        ("time", TICKER.replace("2020-03-20T", "yesterday")),
    ] {
        assert!(
            matches!(
                parse_ticker(body.as_bytes(), 5),
                Err(MessageError::Contract { .. })
            ),
            "{name}"
        );
    }
}

#[test]
fn candles_come_newest_first_and_low_before_high() {
    let parsed = parse_candles(CANDLES.as_bytes(), 60_000, 1_415_398_800_000).unwrap();
    let rows: Vec<_> = parsed
        .candles
        .iter()
        .map(|row| (row.line_no, row.candle))
        .collect();
    let [(2, first), (1, second)] = rows[..] else {
        panic!("{rows:?}");
    };
    assert_eq!(
        (first.open, first.high, first.low, first.close, first.volume),
        (0.35, 4.1, 0.32, 4.0, 11.0)
    );
    assert!(first.is_final && !second.is_final);
    assert_eq!(second.trades, None);
    let broken = CANDLES.replace("4.2,0.32", "\"4.2\",0.32");
    let parsed = parse_candles(broken.as_bytes(), 60_000, 0).unwrap();
    assert_eq!((parsed.candles.len(), parsed.rejects.len()), (1, 1));
    assert_eq!(parsed.rejects[0].rules, ["candle.contract"]);
    let many = format!("[{}0]", "0,".repeat(600));
    assert!(parse_candles(many.as_bytes(), 60_000, 0).is_err());
}

#[test]
fn rubbish_is_told_apart() {
    type Parse = fn(&[u8]) -> Option<MessageError>;
    let parsers: [(&str, Parse); 5] = [
        ("ticker", |body| parse_ticker(body, 0).err()),
        ("candles", |body| parse_candles(body, 60_000, 0).err()),
        ("book", |body| parse_book(body).err()),
        ("trades", |body| parse_trades(body).err()),
        ("time", |body| parse_time(body).err()),
    ];
    for (parser, parse) in parsers {
        for body in ["", "{", "<!doctype html><html>", "[[1,\"2"] {
            let error = parse(body.as_bytes());
            assert!(
                matches!(error, Some(MessageError::Json(_))),
                "{parser} of {body:?}: {error:?}"
            );
        }
        for body in ["null", "3", "\"text\""] {
            let error = parse(body.as_bytes());
            assert!(
                matches!(error, Some(MessageError::Contract { .. })),
                "{parser} of {body:?}: {error:?}"
            );
        }
        let limited = parse(br#"{"message":"Public rate limit exceeded"}"#);
        assert!(
            matches!(limited, Some(MessageError::Venue { .. })),
            "{parser}"
        );
    }
}

proptest! {
    /// Whatever happens to a few bytes of an answer: no panic, and no number that is none.
    #[test]
    fn damaged_answers_do_no_harm(
        place in 0_usize..4,
        damage in proptest::collection::vec((0_usize..300, 0_u8..128), 1..5),
    ) {
        let mut body = [TRADES, CANDLES, BOOK, TICKER][place].as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at % body.len();
            body[at] = byte;
        }
        for trade in parse_trades(&body).map(|parsed| parsed.trades).unwrap_or_default() {
            prop_assert!(trade.price > 0.0 && trade.price.is_finite() && trade.size > 0.0);
        }
        for row in parse_candles(&body, 60_000, 0).map(|parsed| parsed.candles).unwrap_or_default() {
            prop_assert!(row.candle.low.is_finite() && row.candle.volume >= 0.0);
        }
        if let Ok(quote) = parse_ticker(&body, 0) {
            prop_assert!(quote.last > 0.0 && quote.last.is_finite());
        }
        let _ = parse_book(&body);
        let _ = parse_time(&body);
    }
}
