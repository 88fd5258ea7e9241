use super::*;

/// The venue's documented example, one minute long.
const ROW: &str = r#"[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499040059999,"2434.19055334",308,"1756.87402397","28.46694368","0"]"#;

fn parse(body: &str) -> ParsedCandles {
    parse_klines(body.as_bytes(), 1_499_040_060_000).unwrap()
}

#[test]
fn a_row_becomes_a_candle() {
    let parsed = parse(&format!("[{ROW}]"));
    assert!(parsed.rejects.is_empty());
    assert_eq!(parsed.candles[0].raw, ROW);
    assert_eq!(
        parsed.candles[0].candle,
        Candle {
            opened_at: 1_499_040_000_000,
            open: 0.016_347_9,
            high: 0.8,
            low: 0.015_758,
            close: 0.015_771,
            volume: 148_976.114_278_15,
            quote_volume: Some(2_434.190_553_34),
            trades: Some(308),
            is_final: true,
            flags: 0,
        }
    );
}

#[test]
fn the_last_candle_is_not_final_until_its_close_has_passed() {
    let body = format!("[{ROW}]");
    for (now, is_final) in [
        (1_499_040_030_000, false),
        (1_499_040_059_999, false),
        (1_499_040_060_000, true),
    ] {
        let parsed = parse_klines(body.as_bytes(), now).unwrap();
        assert_eq!(parsed.candles[0].candle.is_final, is_final, "at {now}");
    }
}

#[test]
fn a_minute_without_trades_is_marked() {
    let empty = r#"[[1499040000000,"1","1","1","1","0.00000000",1499040059999,"0.00000000",0,"0","0","0"]]"#;
    assert_eq!(parse(empty).candles[0].candle.flags, flag::NO_TRADES);
}

#[test]
fn broken_rows_are_rejected_and_the_others_kept() {
    let cases = [
        ("not a number", ROW.replace("0.80000000", "NaN")),
        ("infinite", ROW.replace("0.80000000", "inf")),
        ("overflow", ROW.replace("0.80000000", "1e999")),
        ("long", ROW.replace("0.80000000", &"9".repeat(500))),
        ("negative price", ROW.replace("\"0.80000000", "\"-0.8")),
        ("negative volume", ROW.replace("\"148976", "\"-148976")),
        ("negative trades", ROW.replace(",308,", ",-308,")),
        ("price as number", ROW.replace("\"0.80000000\"", "0.8")),
        ("null price", ROW.replace("\"0.80000000\"", "null")),
        ("time as text", ROW.replace("1499040000000", "\"now\"")),
        (
            "huge time",
            ROW.replace("1499040000000", "99999999999999999999"),
        ),
        (
            "closes before it opens",
            ROW.replace("1499040059999", "1499039999999"),
        ),
        ("too short", "[1499040000000]".to_owned()),
        ("too long", ROW.replace("\"0\"]", "\"0\",1]")),
        ("an object", "{}".to_owned()),
        ("nothing", "null".to_owned()),
        (
            "deep",
            format!("{}{}", "[".repeat(10_000), "]".repeat(10_000)),
        ),
    ];
    for (name, row) in cases {
        let parsed = parse(&format!("[{ROW}, {row} ,{ROW}]"));
        assert_eq!(parsed.candles.len(), 2, "{name}");
        assert_eq!(parsed.candles[1].line_no, 3, "{name}");
        let reject = &parsed.rejects[0];
        assert_eq!(
            (reject.line_no, &reject.rules[..]),
            (2, &["candle.contract"][..]),
            "{name}"
        );
        assert_eq!(reject.raw, row, "{name}");
        assert!(!reject.reason.is_empty(), "{name}");
    }
}

#[test]
fn an_empty_list_is_no_error() {
    assert_eq!(parse("[]"), ParsedCandles::default());
}

#[test]
fn more_rows_than_the_venue_gives_are_refused() {
    let body = format!("[{}]", vec![ROW; 1_001].join(","));
    let error = parse_klines(body.as_bytes(), 0).unwrap_err();
    assert!(error.to_string().contains("1001 rows"), "{error}");
}

proptest::proptest! {
    /// Whatever happens to a few bytes of an answer: no panic, and no row is lost that JSON still tells apart.
    #[test]
    fn damaged_answers_lose_no_row(damage in proptest::collection::vec((0_usize..500, 0_u8..128), 1..4)) {
        let mut body = format!("[{ROW},{ROW},{ROW}]").into_bytes();
        for (at, byte) in damage {
            let at = at % body.len();
            body[at] = byte;
        }
        if let Ok(parsed) = parse_klines(&body, 0) {
            let rows: Vec<serde_json::Value> = serde_json::from_slice(&body).unwrap_or_default();
            let read = parsed.candles.len() + parsed.rejects.len();
            proptest::prop_assert!(read == rows.len() || rows.is_empty());
            for row in parsed.candles {
                let candle = row.candle;
                let prices = [candle.open, candle.high, candle.low, candle.close, candle.volume];
                proptest::prop_assert!(prices.iter().all(|price| price.is_finite() && *price >= 0.0));
            }
        }
    }
}
