use app::model::Side;

use super::*;

const ROW: &str = r#"{"a":26129,"p":"0.01633102","q":"4.70443515","f":27781,"l":27781,"T":1498793709153,"m":true,"M":true}"#;

fn venue() -> Binance {
    Binance::new(&Place {
        rest: "http://127.0.0.1:1/".to_owned(),
        stream: "ws://127.0.0.1:1/".to_owned(),
        symbol: "BTCUSDT".to_owned(),
    })
}

const GAP: TradeGap = TradeGap {
    from_at: 1_498_793_700_000,
    to_at: 1_498_793_800_000,
    from_id: None,
    to_id: None,
};

#[test]
fn a_gap_is_asked_by_number_where_it_is_known_and_by_time_elsewhere() {
    let venue = venue();
    assert!(
        venue
            .trades(&GAP, None)
            .url
            .ends_with("/api/v3/aggTrades?symbol=BTCUSDT&limit=1000&startTime=1498793700000")
    );
    let known = TradeGap {
        from_id: Some(26_128),
        ..GAP
    };
    assert!(venue.trades(&known, None).url.ends_with("&fromId=26129"));
    let cursor = TradeCursor("30000".to_owned());
    assert!(
        venue
            .trades(&known, Some(&cursor))
            .url
            .ends_with("&fromId=30000")
    );
}

#[test]
fn pages_follow_until_the_gap_is_behind() {
    let row = |id: i64, at: i64| {
        ROW.replace("26129", &id.to_string())
            .replace("1498793709153", &at.to_string())
    };
    let page = |rows: i64, last_at: i64| {
        let rows: Vec<String> = (0..rows)
            .map(|place| {
                row(
                    place + 1,
                    if place + 1 == rows {
                        last_at
                    } else {
                        GAP.from_at
                    },
                )
            })
            .collect();
        format!("[{}]", rows.join(","))
    };
    let next = |gap: &TradeGap, body: &str| {
        let parsed = venue().read_trades(gap, body.as_bytes(), 0).unwrap();
        parsed.next.map(|cursor| cursor.0)
    };
    let full = page(1_000, GAP.to_at - 1);
    assert_eq!(next(&GAP, &full), Some("1001".to_owned()));
    assert_eq!(next(&GAP, &page(999, GAP.to_at - 1)), None, "the newest");
    assert_eq!(next(&GAP, &page(1_000, GAP.to_at)), None, "behind its end");
    let known = TradeGap {
        to_id: Some(1_001),
        ..GAP
    };
    assert_eq!(next(&known, &full), None, "up to its last number");
    assert_eq!(next(&GAP, "[]"), None);
}

#[test]
fn trades_are_read_and_broken_ones_rejected() {
    let broken = [
        ROW.replace("0.01633102", "0.0"),
        ROW.replace("4.70443515", "-1"),
        ROW.replace("1498793709153", "1498793709153000"),
        ROW.replace("26129", "-1"),
        ROW.replace("\"m\":true", "\"m\":1"),
        "7".to_owned(),
    ];
    let body = format!("[{ROW},{}]", broken.join(","));
    let parsed = venue().read_trades(&GAP, body.as_bytes(), 0).unwrap();
    let [trade] = parsed.trades[..] else {
        panic!("{parsed:?}");
    };
    assert_eq!((trade.trade_id, trade.side), (26_129, Side::Sell));
    assert_eq!((trade.price, trade.size), (0.016_331_02, 4.704_435_15));
    assert_eq!(trade.traded_at, 1_498_793_709_153);
    let raw: Vec<&str> = parsed.rejects.iter().map(|row| row.raw.as_str()).collect();
    assert_eq!(raw, broken);
    assert!(
        parsed
            .rejects
            .iter()
            .all(|row| row.rules == ["trade.contract"])
    );
}

#[test]
fn an_error_of_the_venue_is_told_as_such() {
    let error = br#"{"code":-1003,"msg":"Too many requests queued."}"#;
    let venue = venue();
    for told in [
        venue.read_trades(&GAP, error, 0).err(),
        venue.read_time(error).err(),
        venue.read_depth(error).err(),
        venue.read_ticker(error, 0).err(),
    ] {
        assert!(
            matches!(told, Some(MessageError::Venue { code: -1003, .. })),
            "{told:?}"
        );
    }
    assert!(venue.read_time(br#"{"serverTime":0}"#).is_err());
}
