use app::model::Side;
use proptest::prelude::*;

use super::*;

const TICKER: &str =
    "[60400,76.16686512,60406,86.2067634199999,-1292,-0.0209,60410,10.05320242,62408,60057]";
const ROW: &str = "[1618677480000,60390,60410,60411,60389,1.25]";
const TRADE: &str = "[670155031,1618677442819,-0.00023057,60410]";

#[test]
fn arrays_may_grow() {
    let grown = |text: &str| text.replace(']', ",null,{\"new\":[1]}]");
    let quote = parse_ticker(grown(TICKER).as_bytes(), 5).unwrap();
    assert_eq!(quote, parse_ticker(TICKER.as_bytes(), 5).unwrap());
    assert_eq!(
        (quote.high_24h, quote.low_24h, quote.volume_24h),
        (Some(62_408.0), Some(60_057.0), Some(10.053_202_42))
    );
    assert_eq!(parse_candle(&grown(ROW)), parse_candle(ROW));
    assert_eq!(parse_trade(&grown(TRADE)), parse_trade(TRADE));
    let frame = parse_channel_frame(r#"[17,"hb",3,1618677442819,"more",[1],7]"#).unwrap();
    assert_eq!(
        (frame.kind, frame.seq, frame.at),
        (Kind::Heartbeat, Some(3), Some(1_618_677_442_819))
    );
    let turned = parse_channel_frame(r#"[17,[1,2,3],1618677442819,3]"#).unwrap();
    assert_eq!(
        (turned.payload, turned.seq, turned.at),
        ("[1,2,3]", Some(3), Some(1_618_677_442_819))
    );
}

#[test]
fn candles_are_in_the_venues_own_order() {
    let candle = parse_candle(ROW).unwrap();
    assert_eq!(
        (
            candle.open,
            candle.high,
            candle.low,
            candle.close,
            candle.volume
        ),
        (60_390.0, 60_411.0, 60_389.0, 60_410.0, 1.25)
    );
    let broken = ROW.replace("60411", "\"60411\"");
    let body = format!(
        "[{ROW},{broken},[],null,{}]",
        ROW.replace("1618677480000", "1618677540000")
    );
    let parsed = parse_candles(body.as_bytes(), 60_000, 1_618_677_540_000).unwrap();
    let finals: Vec<bool> = parsed
        .candles
        .iter()
        .map(|row| row.candle.is_final)
        .collect();
    assert_eq!(finals, [true, false]);
    assert_eq!(parsed.rejects.len(), 3);
    assert_eq!(
        (parsed.rejects[0].line_no, &parsed.rejects[0].raw),
        (2, &broken)
    );
}

#[test]
fn trades_are_read_and_broken_rows_rejected() {
    let trade = parse_trade(TRADE).unwrap();
    assert_eq!(
        (trade.trade_id, trade.side, trade.size),
        (670_155_031, Side::Sell, 0.000_230_57)
    );
    assert_eq!(
        parse_trade(&TRADE.replace('-', "")).unwrap().side,
        Side::Buy
    );
    assert_eq!(
        parse_trade(&TRADE.replace("-0.00023057", "1e-8"))
            .unwrap()
            .size,
        1e-8
    );
    for (from, to) in [
        ("-0.00023057", "0"),
        ("60410", "0"),
        ("60410", "-1"),
        ("60410", "null"),
        ("60410", "1e999"),
        ("1618677442819", "1618677442"),
        ("670155031", "1.5"),
        ("670155031", "99999999999999999999"),
    ] {
        let row = TRADE.replace(from, to);
        let parsed = parse_trades(format!("[{row}, {TRADE}]").as_bytes()).unwrap();
        assert_eq!((parsed.trades.len(), parsed.rejects.len()), (1, 1), "{row}");
        assert_eq!(parsed.rejects[0].raw, row);
    }
}

#[test]
fn a_full_page_goes_on_at_its_newest_trade() {
    let row = |n: usize, at: i64| format!("[{n},{at},1,60410]");
    let page = |rows: usize, last: i64| {
        let rows: Vec<String> = (1..=rows)
            .map(|n| row(n, if n == rows { last } else { 1_618_677_442_000 }))
            .collect();
        parse_trades(format!("[{}]", rows.join(",")).as_bytes())
    };
    let next = |rows, last| page(rows, last).unwrap().next.map(|cursor| cursor.0);
    assert_eq!(next(9_999, 1_618_677_443_000), None);
    assert_eq!(
        next(10_000, 1_618_677_443_000).as_deref(),
        Some("1618677443000")
    );
    assert_eq!(
        next(10_000, 1_618_677_442_000).as_deref(),
        Some("1618677442001")
    );
    assert!(page(10_001, 1_618_677_443_000).is_err());
}

#[test]
fn books_are_read_by_sign() {
    let book = parse_depth(b"[[60400,1,0.68826974],[60406,2,-2e-8,9]]").unwrap();
    assert_eq!(
        (book.bids[0].size, book.asks[0].size, book.observed_at),
        (0.688_269_74, 2e-8, None)
    );
    assert_eq!(parse_depth(b"[]").unwrap(), Default::default());
    let Ok(BookMessage::Change(gone)) = parse_book("[60406,0,-1]") else {
        panic!("not a change");
    };
    assert_eq!((gone.side, gone.size.is_zero()), (Side::Sell, true));
    assert_eq!(parse_book(" [ ] "), Ok(BookMessage::Snapshot(Vec::new())));
    for text in [
        "[0,1,1]",
        "[-1,1,1]",
        "[1,1,0]",
        "[1,-1,1]",
        "[1,1]",
        "[[1,1]]",
        "[\"1\",1,1]",
        "{}",
        "7",
    ] {
        assert!(parse_book(text).is_err(), "{text}");
    }
    let many = format!("[{}]", vec!["[1,1,1]"; 501].join(","));
    assert!(parse_book(&many).is_err() && parse_depth(many.as_bytes()).is_err());
}

#[test]
fn a_market_without_orders_has_no_best_prices() {
    let quote = parse_ticker(b"[null,0,0,null,0,0,60410,null,0,0]", 5).unwrap();
    assert_eq!(
        (quote.bid, quote.ask, quote.volume_24h, quote.high_24h),
        (None, None, None, None)
    );
    for last in ["0", "null", "-1", "\"60410\""] {
        assert!(
            parse_ticker(TICKER.replace("60410", last).as_bytes(), 5).is_err(),
            "{last}"
        );
    }
}

#[test]
fn errors_of_the_venue_are_told() {
    for (body, code, msg) in [
        (
            r#"["error",11010,"ratelimit: error"]"#,
            11_010,
            "ratelimit: error",
        ),
        (r#"["error",20060,"maintenance"]"#, 20_060, "maintenance"),
        (r#"{"error":"ERR_RATE_LIMIT"}"#, 0, "ERR_RATE_LIMIT"),
        (
            r#"{"code":503,"error":"temporarily_unavailable","error_description":"Sorry, the service is temporarily unavailable."}"#,
            503,
            "Sorry, the service is temporarily unavailable.",
        ),
    ] {
        let expected = Err(MessageError::Venue {
            code,
            msg: msg.to_owned(),
        });
        let body = body.as_bytes();
        assert_eq!(parse_ticker(body, 0).map(|_| ()), expected);
        assert_eq!(parse_depth(body).map(|_| ()), expected);
        assert_eq!(parse_candles(body, 60_000, 0).map(|_| ()), expected);
        assert_eq!(parse_trades(body).map(|_| ()), expected);
    }
    let page = parse_depth(b"<html>blocked</html>");
    assert!(matches!(page, Err(MessageError::Json(_))));
}

proptest! {
    #[test]
    fn no_bytes_panic(noise in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..400, byte: u8) {
        let lists = [ROW, TRADE, "[60400,1,0.6]"].map(|row| format!("[{row},{row}]"));
        for body in [TICKER, ROW, TRADE, &lists[0], &lists[1], &lists[2]] {
            let mut damaged = body.as_bytes().to_vec();
            let place = at % damaged.len();
            damaged[place] = byte;
            for bytes in [&noise, &damaged] {
                let _ = (parse_ticker(bytes, 0), parse_depth(bytes), parse_trades(bytes), parse_error(bytes));
                let _ = parse_candles(bytes, 60_000, i64::MAX);
                let text = String::from_utf8_lossy(bytes);
                let _ = (parse_book(&text), parse_candle_list(&text), parse_trade_list(&text));
                let _ = (parse_candle(&text), parse_trade(&text), parse_channel_frame(&text), parse_event(&text));
            }
        }
    }
}
