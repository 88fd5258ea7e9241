use proptest::prelude::*;

use super::*;

const TRADES: &str = r#"{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952]],"last":"1688669597827736900"}}"#;
const OHLC: &str = r#"{"error":[],"result":{"XXBTZUSD":[[1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23],[1688671260,"30305.7","30305.7","30305.7","30305.7","0.0","0.00000000",0],[1688671320,"30304.5","30304.5","30300.0","30300.0","30300.0","4.42996871",18]],"last":1688671260}}"#;
const DEPTH: &str = r#"{"error":[],"result":{"XXBTZUSD":{"asks":[["30384.10000","2.059",1688671659]],"bids":[["30297.00000","1.115",1688671636]]}}}"#;
const TICKER: &str = r#"{"error":[],"result":{"XXBTZUSD":{"a":["30300.10000","1","1.000"],"b":["30300.00000","1","1.000"],"c":["30303.20000","0.00067643"],"v":["4083.67001100","4412.73601799"],"p":["30706.77771","30689.13205"],"t":[34619,38907],"l":["29868.30000","29868.30000"],"h":["31631.00000","31631.00000"],"o":"30502.80000"}}}"#;

#[test]
fn the_last_candle_is_never_final_and_a_quiet_minute_is_marked() {
    let parsed = parse_ohlc(OHLC.as_bytes()).unwrap();
    let rows: Vec<(bool, i64)> = parsed
        .candles
        .iter()
        .map(|row| (row.candle.is_final, row.candle.flags))
        .collect();
    let quiet = app::model::flag::NO_TRADES;
    assert_eq!(rows, [(true, 0), (true, quiet), (false, 0)]);
    let first = parsed.candles[0].candle;
    assert_eq!(first.quote_volume, Some(30_306.1 * 3.392_438_96));
    // `last` decides as well
    let parsed = parse_ohlc(
        OHLC.replace("\"last\":1688671260", "\"last\":1688671200")
            .as_bytes(),
    )
    .unwrap();
    let rows = parsed.candles.iter().map(|row| row.candle.is_final);
    assert_eq!(rows.collect::<Vec<_>>(), [true, false, false]);
}

#[test]
fn the_name_of_the_pair_does_not_matter_but_there_is_only_one() {
    for name in ["XXBTZUSD", "XBT/USD", "anything"] {
        let body = DEPTH.replace("XXBTZUSD", name);
        assert!(parse_depth(body.as_bytes()).is_ok());
    }
    let two = r#"{"error":[],"result":{"A":{"asks":[],"bids":[]},"B":{"asks":[],"bids":[]}}}"#;
    assert!(matches!(
        parse_depth(two.as_bytes()),
        Err(MessageError::Contract { .. })
    ));
    for nothing in [
        r#"{"error":[],"result":{}}"#,
        r#"{"error":[]}"#,
        r#"{"error":[],"result":{"last":1}}"#,
    ] {
        assert!(parse_depth(nothing.as_bytes()).is_err(), "{nothing}");
    }
}

#[test]
fn a_warning_is_no_error() {
    let body = DEPTH.replace("\"error\":[]", r#""error":["WGeneral:Danger"]"#);
    assert!(parse_depth(body.as_bytes()).is_ok());
}

#[test]
fn broken_rows_are_rejected_and_the_others_kept() {
    let row = r#"["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952]"#;
    for (name, broken) in [
        ("older form", row.replace(",61044952", "")),
        ("price", row.replace("30243.40000", "0")),
        ("volume", row.replace("0.34507674", "-1")),
        ("time", row.replace("1688669597.8277369", "0.5")),
        ("side", row.replace("\"b\"", "\"x\"")),
        ("number", row.replace("61044952", "-61044952")),
        ("no list", "{}".to_owned()),
    ] {
        let body = TRADES.replace(row, &format!("{row},{broken}"));
        let parsed = parse_trades(body.as_bytes()).unwrap();
        assert_eq!(parsed.trades.len(), 1, "{name}");
        let [reject] = &parsed.rejects[..] else {
            panic!("{name}: {parsed:?}");
        };
        assert_eq!(
            (reject.raw.as_str(), &reject.rules[..]),
            (broken.as_str(), &["trade.contract"][..])
        );
    }
    let row = r#"[1688671200,"30306.1","30306.2","30305.7","30305.7","30306.1","3.39243896",23]"#;
    let broken = row.replace("30306.2", "NaN");
    let parsed = parse_ohlc(OHLC.replace(row, &broken).as_bytes()).unwrap();
    assert_eq!((parsed.candles.len(), parsed.rejects.len()), (2, 1));
}

#[test]
fn rubbish_is_told_apart() {
    type Parse = fn(&[u8]) -> Option<MessageError>;
    let parsers: [(&str, Parse); 5] = [
        ("ticker", |body| parse_ticker(body, 0).err()),
        ("ohlc", |body| parse_ohlc(body).err()),
        ("depth", |body| parse_depth(body).err()),
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
        for body in ["null", "3", r#"{"error":[],"result":7}"#] {
            let error = parse(body.as_bytes());
            assert!(
                matches!(error, Some(MessageError::Contract { .. })),
                "{parser} of {body:?}: {error:?}"
            );
        }
    }
}

proptest! {
    /// Whatever happens to a few bytes of an answer: no panic, and no number that is none.
    #[test]
    fn damaged_answers_do_no_harm(
        place in 0_usize..4,
        damage in proptest::collection::vec((0_usize..500, 0_u8..128), 1..5),
    ) {
        let mut body = [TRADES, OHLC, DEPTH, TICKER][place].as_bytes().to_vec();
        for (at, byte) in damage {
            let at = at % body.len();
            body[at] = byte;
        }
        for trade in parse_trades(&body).map(|parsed| parsed.trades).unwrap_or_default() {
            prop_assert!(trade.price > 0.0 && trade.price.is_finite() && trade.size > 0.0);
        }
        for row in parse_ohlc(&body).map(|parsed| parsed.candles).unwrap_or_default() {
            prop_assert!(row.candle.low.is_finite() && row.candle.volume >= 0.0);
        }
        if let Ok(quote) = parse_ticker(&body, 0) {
            prop_assert!(quote.last > 0.0 && quote.last.is_finite());
        }
        let _ = parse_depth(&body);
        let _ = parse_time(&body);
    }
}
