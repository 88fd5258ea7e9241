use super::*;

fn venue() -> Coinbase {
    Coinbase::new(&Place {
        rest: "http://127.0.0.1:1/".to_owned(),
        stream: "ws://127.0.0.1:1/".to_owned(),
        symbol: "BTC-USD".to_owned(),
    })
}

/// The time of every row of [`page`].
const AT: i64 = 1_415_398_768_578;

const GAP: TradeGap = TradeGap {
    from_at: AT,
    to_at: AT + 1_000,
    from_id: None,
    to_id: None,
};

fn page(newest: i64, rows: i64) -> String {
    let row = |id: i64| {
        format!(
            r#"{{"time":"2014-11-07T22:19:28.578544Z","trade_id":{id},"price":"10.0","size":"0.01","side":"buy"}}"#
        )
    };
    let rows: Vec<String> = (0..rows).map(|place| row(newest - place)).collect();
    format!("[{}]", rows.join(","))
}

#[test]
fn a_gap_is_asked_backwards_from_its_end() {
    let venue = venue();
    let url = |gap: &TradeGap, cursor: Option<&TradeCursor>| venue.trades(gap, cursor).url;
    assert!(url(&GAP, None).ends_with("/products/BTC-USD/trades?limit=1000"));
    let known = TradeGap {
        to_id: Some(9_000),
        ..GAP
    };
    assert!(url(&known, None).ends_with("&after=9000"));
    let cursor = TradeCursor("8000".to_owned());
    assert!(url(&known, Some(&cursor)).ends_with("&after=8000"));
}

#[test]
fn pages_follow_until_the_gap_is_behind() {
    let next = |gap: &TradeGap, body: &str| {
        let parsed = venue().read_trades(gap, body.as_bytes(), 0).unwrap();
        parsed.next.map(|cursor| cursor.0)
    };
    let full = page(8_999, 1_000);
    assert_eq!(next(&GAP, &full).as_deref(), Some("8000"));
    assert_eq!(next(&GAP, &page(999, 999)), None, "the first there is");
    let later = TradeGap {
        from_at: AT + 1,
        ..GAP
    };
    assert_eq!(next(&later, &full), None, "before its beginning");
    for (from_id, expected) in [(7_999, None), (7_998, Some("8000"))] {
        let known = TradeGap {
            from_id: Some(from_id),
            ..GAP
        };
        assert_eq!(next(&known, &full).as_deref(), expected, "{from_id}");
    }
    assert_eq!(next(&GAP, "[]"), None);
}

#[test]
fn an_error_of_the_venue_is_told_as_such() {
    let venue = venue();
    let body = br#"{"message":"NotFound"}"#;
    let history = venue.history(Step::ALL[0]).unwrap();
    for told in [
        venue.read_ticker(body, 0).err(),
        venue.read_depth(body).err(),
        venue.read_trades(&GAP, body, 0).err(),
        venue.read_time(body).err(),
        history.read(body, 0).err(),
    ] {
        assert!(
            matches!(&told, Some(MessageError::Venue { code: 0, msg }) if msg == "NotFound"),
            "{told:?}"
        );
    }
}

#[test]
fn a_book_of_an_auction_is_refused() {
    let book = r#"{"bids":[["6247.58","6.3578146",2]],"asks":[["6251.52","2",1]],"sequence":1,"auction_mode":false}"#;
    assert!(venue().read_depth(book.as_bytes()).is_ok());
    let auction = book.replace("false", "true");
    let error = venue().read_depth(auction.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("auction"), "{error}");
}
