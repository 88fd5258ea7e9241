//! What the pages are given from the store.

use super::*;

#[tokio::test]
async fn pages_get_what_the_store_holds() {
    let server = Server::filled().await;
    testing::fire(&server.web.store, "binance", Severity::Critical, NOW)
        .await
        .expect("fire");
    let backend = server.backend();
    let overview = backend.overview().await.expect("overview");
    assert_eq!(overview.seq, 1);
    assert_eq!(overview.verdict.word, "not to be trusted");
    assert_eq!(
        overview.verdict.reason,
        "1 open alert (1 critical): no message from binance for 3 min; score 0 of 100; \
         newest price 41 s old; 98.61 % of the last 24 h present"
    );
    let kpis: Vec<(&str, &str)> = overview
        .kpis
        .iter()
        .map(|kpi| (kpi.key.as_str(), kpi.value.as_str()))
        .collect();
    assert_eq!(
        kpis,
        [
            ("price", "91,234.50"),
            ("change", "▲ +1.37 %"),
            ("spread", "0.11 bps"),
            ("volume", "12,345.6 BTC"),
            ("freshness", "41 s"),
            ("completeness", "98.61 %"),
            ("alerts", "1"),
        ]
    );
    assert_eq!(overview.kpis[0].spark.len(), 24);
    let layers: Vec<_> = overview
        .layers
        .iter()
        .map(|layer| {
            (
                layer.layer.as_str(),
                layer.rows,
                layer.rejects,
                layer.open_alerts,
            )
        })
        .collect();
    assert_eq!(
        layers,
        [
            ("bronze", 2, 0, 1),
            ("silver", 7202, 1, 0),
            ("gold", 900, 3, 0)
        ]
    );
    assert_eq!(
        (
            overview.alerts.len(),
            overview.open_alerts,
            overview.runs.len()
        ),
        (1, 1, 1)
    );
    assert_eq!(overview.series[0].venue, "binance");
    assert!(overview.series[0].live && !overview.series[1].live);
    assert_eq!(
        overview.series[1].first_at, 1_514_764_800_000,
        "not the Monday before"
    );

    let query = |instrument: &str, step: &str| MarketQuery {
        instrument: instrument.to_owned(),
        venue: String::new(),
        step: step.to_owned(),
    };
    let market = backend
        .market(&query("BTC-USD", "1m"))
        .await
        .expect("market");
    assert_eq!(
        (market.chosen, market.step_ms, market.bars.len()),
        (Some(1), MINUTE_MS, 60)
    );
    assert!(market.quote.is_none() && market.book.is_none());
    let market = backend
        .market(&query("ETH-USD", "7m"))
        .await
        .expect("market");
    // a day and a half of hours would leave the chart empty
    assert_eq!((market.chosen, market.step_ms), (Some(0), 15 * MINUTE_MS));
    assert_eq!(market.book.expect("book").book.asks[0].size, 0.25);

    let quality = backend.quality().await.expect("quality");
    assert_eq!(quality.checks[0].check_id, "feed.silence", "worst first");
    let alert = backend.alert(overview.alerts[0].id).await.expect("alert");
    assert_eq!(alert.evidence_columns, ["venue", "last"]);
    assert_eq!(
        (alert.events.len(), alert.threshold.as_str()),
        (1, "a message in 90 s")
    );
    assert!(!alert.advice.is_empty() && !alert.alert.title.is_empty());
    let missing = backend
        .alert(99)
        .await
        .expect_err("no such alert")
        .to_string();
    assert_eq!(missing, "alert 99 not found");
}

#[tokio::test]
async fn nothing_known_is_shown_as_unknown() {
    let server = Server::empty().await;
    let overview = server.backend().overview().await.expect("overview");
    assert!(overview.verdict.unknown);
    assert!(
        overview
            .kpis
            .iter()
            .filter(|kpi| kpi.key != "alerts")
            .all(|kpi| kpi.value == "–")
    );
    let market = server
        .backend()
        .market(&MarketQuery::default())
        .await
        .expect("market");
    assert_eq!((market.chosen, market.step_ms), (None, HOUR_MS));
}

#[tokio::test]
async fn the_pipeline_page_gets_gaps_events_and_runs() {
    let server = Server::filled().await;
    let vm = server.backend().pipeline().await.expect("pipeline");
    let gaps: Vec<_> = vm.gaps.iter().map(|gap| (gap.id, gap.state)).collect();
    assert_eq!(
        gaps,
        [
            (2, GapState::Open),
            (3, GapState::Recorded),
            (1, GapState::Filled)
        ],
        "open ones first, then the newest"
    );
    assert_eq!(vm.open_gaps, 1);
    let events: Vec<_> = vm.events.iter().map(|event| event.kind).collect();
    assert_eq!(
        events,
        [SourceEventKind::FailedOver, SourceEventKind::Disconnected]
    );
    assert_eq!(vm.primaries[0].venue, "binance");
    assert_eq!(vm.runs.len(), 2, "of both pipelines");
    let tables: Vec<_> = vm
        .tables
        .iter()
        .map(|table| (table.layer.as_str(), table.name.as_str()))
        .collect();
    assert_eq!(tables[0], ("bronze", "landing"));
    assert_eq!(tables.last(), Some(&("gold", "candle")));

    let nothing = Server::empty().await;
    let vm = nothing.backend().pipeline().await.expect("pipeline");
    assert!(vm.gaps.is_empty() && vm.events.is_empty() && vm.runs.is_empty());
}

#[tokio::test]
async fn the_market_shows_the_primary_venue_its_trades_and_the_fail_over() {
    let server = Server::filled().await;
    let backend = server.backend();
    let query = MarketQuery::default();
    let market = backend.market(&query).await.expect("market");
    let shown = &market.series[market.chosen.expect("a series")];
    assert_eq!(
        (shown.instrument.as_str(), shown.venue.as_str()),
        ("BTC-USDT", "binance")
    );
    let ids: Vec<i64> = market.trades.iter().map(|trade| trade.trade_id).collect();
    assert_eq!(ids, [70, 71, 72], "newest last");
    let words = market.failed_over.expect("a notice");
    assert!(
        words.contains("comes from binance") && words.ends_with("coinbase was silent for 31 s"),
        "{words}"
    );
    let stored = market.consensus.expect("the newest row");
    assert_eq!((stored.price, stored.venues.len()), (Some(91_231.0), 2));
    assert_eq!(stored.primary.as_deref(), Some("binance"));

    let told = ConsensusVm {
        price: Some(7.0),
        ..stored
    };
    server.web.hub.publish(LiveEvent::Consensus(told));
    let market = backend.market(&query).await.expect("market");
    assert_eq!(
        market.consensus.and_then(|agreed| agreed.price),
        Some(7.0),
        "what was told is newer than what is stored"
    );
}

#[tokio::test]
async fn the_price_on_top_is_that_of_the_primary_venue() {
    let server = Server::filled().await;
    let told = |venue: &str, received_at: i64| {
        LiveEvent::Price(QuoteVm {
            instrument: "BTC-USD".to_owned(),
            venue: venue.to_owned(),
            simulated: false,
            received_at,
            quote: Quote {
                observed_at: received_at,
                last: 1.0,
                bid: None,
                ask: None,
                open_24h: None,
                high_24h: None,
                low_24h: None,
                volume_24h: None,
                quote_volume_24h: None,
            },
        })
    };
    let hub = &server.web.hub;
    hub.publish(told("coinbase", 1_000));
    hub.publish(told("kraken", 2_000));
    let venue = || hub.newest().0.map(|quote| quote.venue);
    assert_eq!(venue().as_deref(), Some("kraken"), "the newest");
    hub.publish(LiveEvent::Consensus(ConsensusVm {
        instrument: "BTC-USD".to_owned(),
        simulated: false,
        observed_at: 2_000,
        price: None,
        spread_bps: 0.0,
        primary: Some("coinbase".to_owned()),
        venues: Vec::new(),
    }));
    assert_eq!(venue().as_deref(), Some("coinbase"));
}
