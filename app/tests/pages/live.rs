//! What the live engine has to show.

use app::model::{
    Book, BookVm, ConsensusVm, Dataset, FeedVm, GapCause, GapState, GapVm, Level, MINUTE_MS,
    MarketVm, Pipeline, RunState, SeriesVm, Side, SourceEventKind, SourceEventVm, StreamVm, Trade,
    VenuePriceVm,
    pipeline::{DeskVm, FaultVm, PipelineVm, PrimaryVm, TableVm},
};

use super::{HOSTILE, NOW, layers, quote, run, series, unknown, verdict};

/// A stream that works.
pub fn stream() -> StreamVm {
    StreamVm {
        state: "streaming".into(),
        error: String::new(),
        connected_at: Some(NOW - 3_600_000),
        last_at: Some(NOW - 400),
        book: "synced".into(),
        messages_per_second: 42.35,
        reconnects: 2,
        conflated: 1_234,
        rejected: 1,
        network_ms: Some((-3.0, 48.4)),
        refine_ms: Some((2.25, 9.0)),
        publish_ms: Some((0.4, 1.9)),
    }
}

fn feeds() -> Vec<FeedVm> {
    let feed = |venue: &str, stream: Option<StreamVm>| FeedVm {
        venue: venue.into(),
        instrument: "BTC-USD".into(),
        simulated: true,
        state: "ok".into(),
        error: String::new(),
        last_ok_at: Some(NOW - 12_000),
        next_at: Some(NOW + 18_000),
        polls: 1_204,
        errors: 3,
        stream,
    };
    vec![
        feed("simulator-coinbase", Some(stream())),
        feed(
            "simulator-kraken",
            Some(StreamVm {
                state: "backing off".into(),
                error: HOSTILE.into(),
                book: "lost".into(),
                network_ms: None,
                ..stream()
            }),
        ),
        feed("simulator", None),
    ]
}

fn gap(id: i64, state: GapState, cause: GapCause, to_at: Option<i64>) -> GapVm {
    let is_closed = matches!(state, GapState::Filled | GapState::Recorded);
    GapVm {
        id,
        instrument: "BTC-USD".into(),
        venue: "simulator-kraken".into(),
        dataset: Dataset::Trade,
        from_at: NOW - 600_000,
        to_at,
        cause,
        state,
        detected_at: NOW - 540_000,
        closed_at: is_closed.then_some(NOW - 500_000),
        attempts: 2,
        rows: 240,
        detail: format!("page 2 of 3 {HOSTILE}"),
    }
}

fn event(id: i64, kind: SourceEventKind) -> SourceEventVm {
    SourceEventVm {
        id,
        at: NOW - id * 60_000,
        instrument: "BTC-USD".into(),
        venue: "simulator-kraken".into(),
        kind,
        detail: format!("closed: 1006 {HOSTILE}"),
    }
}

/// One of everything.
pub fn pipeline() -> PipelineVm {
    PipelineVm {
        server_now: NOW,
        verdict: verdict(),
        layers: layers(),
        tables: vec![TableVm {
            layer: "silver".into(),
            name: "trade".into(),
            rows: 1_234_567,
            rejects: 0,
            newest_at: Some(NOW - 500),
            written_at: Some(NOW - 300),
        }],
        feeds: feeds(),
        primaries: vec![PrimaryVm {
            instrument: "BTC-USD".into(),
            venue: "simulator-coinbase".into(),
            since: NOW - 3_600_000,
            reason: "first of the configuration".into(),
        }],
        gaps: vec![
            gap(3, GapState::Open, GapCause::Silence, None),
            gap(
                2,
                GapState::Filled,
                GapCause::Disconnected,
                Some(NOW - 540_000),
            ),
            gap(
                1,
                GapState::Recorded,
                GapCause::Checksum,
                Some(NOW - 540_000),
            ),
        ],
        open_gaps: 1,
        events: vec![
            event(2, SourceEventKind::FailedOver),
            event(1, SourceEventKind::Disconnected),
        ],
        runs: vec![
            run(9, "bitfinex-btcusd-1m-2018.csv.gz", RunState::Running, ""),
            app::model::RunVm {
                pipeline: Pipeline::Live,
                ..run(8, "simulator-kraken", RunState::Failed, HOSTILE)
            },
        ],
    }
}

/// Nothing yet.
pub fn bare() -> PipelineVm {
    PipelineVm {
        server_now: NOW,
        verdict: unknown(),
        layers: Vec::new(),
        tables: Vec::new(),
        feeds: Vec::new(),
        primaries: Vec::new(),
        gaps: Vec::new(),
        open_gaps: 0,
        events: Vec::new(),
        runs: Vec::new(),
    }
}

/// A desk with one fault on at one venue.
pub fn desk() -> DeskVm {
    let fault = |venue: Option<&str>, on: bool| FaultVm {
        name: "sequence_gap".into(),
        description: "One change of the book is skipped.".into(),
        venue: venue.map(str::to_owned),
        on,
        seconds_left: on.then_some(12),
    };
    DeskVm {
        faults: vec![fault(None, false), fault(Some("kraken"), true)],
        venues: vec!["binance".into(), "kraken".into()],
    }
}

/// A live series with everything.
pub fn market() -> MarketVm {
    let level = |price, size| Level { price, size };
    let trade = |trade_id, side| Trade {
        trade_id,
        traded_at: NOW - 1_000 + trade_id,
        price: 91_234.5,
        size: 0.125,
        side,
    };
    let venue = |name: &str, deviation_bps, used| VenuePriceVm {
        venue: name.into(),
        price: 91_200.0,
        deviation_bps,
        used,
        received_at: NOW - 400,
        reason: if used {
            String::new()
        } else {
            format!("silent {HOSTILE}")
        },
    };
    let main = SeriesVm {
        instrument: "BTC-USD".into(),
        venue: "simulator-coinbase".into(),
        finest_step_ms: MINUTE_MS,
        ..series().swap_remove(0)
    };
    MarketVm {
        server_now: NOW,
        series: vec![main],
        chosen: Some(0),
        step_ms: MINUTE_MS,
        bars: Vec::new(),
        table: String::new(),
        differences: String::new(),
        book: Some(BookVm {
            instrument: "BTC-USD".into(),
            venue: "simulator-coinbase".into(),
            simulated: true,
            received_at: NOW - 2_000,
            book: Book {
                observed_at: NOW - 2_100,
                best_bid: 91_234.0,
                best_ask: 91_235.0,
                spread_bps: 0.11,
                bid_depth_10bps: 1.0,
                ask_depth_10bps: 2.0,
                bid_depth_50bps: 3.0,
                ask_depth_50bps: 4.0,
                imbalance: 0.25,
                buy_cost_bps: Some(0.5),
                sell_cost_bps: None,
                bids: vec![level(91_234.0, 0.5), level(91_233.0, 1.5)],
                asks: vec![level(91_235.0, 0.25), level(91_236.0, 2.0)],
            },
        }),
        quote: Some(quote()),
        trades: vec![trade(1, Side::Buy), trade(2, Side::Sell)],
        consensus: Some(ConsensusVm {
            instrument: "BTC-USD".into(),
            simulated: true,
            observed_at: NOW - 400,
            price: Some(91_201.25),
            spread_bps: 1.75,
            primary: Some("simulator-coinbase".into()),
            venues: vec![
                venue("simulator-coinbase", 0.4, true),
                venue("simulator-kraken", -12.0, false),
            ],
        }),
        failed_over: Some(format!("Fail-over: kraken was silent {HOSTILE}")),
    }
}
