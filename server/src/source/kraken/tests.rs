use super::*;

const TRADES: &str = r#"{"error":[],"result":{"XXBTZUSD":[["30243.40000","0.34507674",1688669597.8277369,"b","m","",61044952],["30243.30000","0.00376960",1688669598.2804112,"s","l","",61044953]],"last":"1688669598280411200"}}"#;

fn venue() -> Kraken {
    Kraken::new(&Place {
        rest: "http://127.0.0.1:1/".to_owned(),
        stream: "ws://127.0.0.1:1/v2".to_owned(),
        symbol: "BTC/USD".to_owned(),
    })
}

const GAP: TradeGap = TradeGap {
    from_at: 1_688_669_590_000,
    to_at: 1_688_669_600_000,
    from_id: Some(61_044_951),
    to_id: None,
};

#[test]
fn a_gap_is_asked_by_time_and_then_by_the_cursor() {
    let venue = venue();
    let first = venue.trades(&GAP, None).url;
    assert!(
        first.ends_with("/0/public/Trades?pair=XBTUSD&since=1688669589999999999&count=1000"),
        "{first}"
    );
    let cursor = TradeCursor("1688669598280411200".to_owned());
    let next = venue.trades(&GAP, Some(&cursor)).url;
    assert!(
        next.ends_with("&since=1688669598280411200&count=1000"),
        "{next}"
    );
}

#[test]
fn a_page_that_is_not_full_is_the_last() {
    let parsed = venue().read_trades(&GAP, TRADES.as_bytes(), 0).unwrap();
    assert_eq!(parsed.trades.len(), 2);
    assert_eq!(parsed.next, None);
}

#[test]
fn a_full_page_is_followed_by_another_until_the_gap_is_behind() {
    let page = |last_s: &str| {
        let row = r#"["30243.4","0.3",1688669597.8,"b","m","",61044952],"#.repeat(999);
        format!(
            r#"{{"error":[],"result":{{"XXBTZUSD":[{row}["30243.4","0.3",{last_s},"b","m","",61045952]],"last":"1688669599000000000"}}}}"#
        )
    };
    let next = |gap: &TradeGap, body: &str| {
        let parsed = venue().read_trades(gap, body.as_bytes(), 0).unwrap();
        parsed.next.map(|cursor| cursor.0)
    };
    let full = page("1688669599.9");
    assert_eq!(next(&GAP, &full).as_deref(), Some("1688669599000000000"));
    assert_eq!(next(&GAP, &page("1688669600.0")), None);
    let known = TradeGap {
        to_id: Some(61_045_952),
        ..GAP
    };
    assert_eq!(next(&known, &full), None);
}

#[test]
fn errors_with_status_200_are_told_as_such() {
    let venue = venue();
    for words in [
        "EQuery:Unknown asset pair",
        "EGeneral:Too many requests",
        "EService:Unavailable",
        "EAPI:Rate limit exceeded",
    ] {
        let body = format!(r#"{{"error":["{words}"]}}"#);
        let body = body.as_bytes();
        let history = venue.history(Step::ALL[0]).unwrap();
        for told in [
            venue.read_ticker(body, 0).err(),
            venue.read_depth(body).err(),
            venue.read_trades(&GAP, body, 0).err(),
            venue.read_time(body).err(),
            history.read(body, 0).err(),
        ] {
            let Some(MessageError::Venue { msg, .. }) = told else {
                panic!("{words}: {told:?}");
            };
            assert_eq!(msg, words);
        }
    }
}
