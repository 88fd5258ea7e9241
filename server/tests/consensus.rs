//! What venues agree on, who is off, and which of them the primary series comes from.

use app::model::{Quote, QuoteVm};
use server::pipeline::live::{
    board::Board,
    consensus::{Consensus, Order},
};

use crate::{
    streams::{T0, bench},
    support::Bench,
};

const VENUES: [&str; 4] = ["coinbase", "kraken", "bitstamp", "bitfinex"];

struct Market {
    bench: Bench,
    board: Board,
    consensus: Consensus,
}

impl Market {
    async fn new() -> Self {
        let bench = bench().await;
        let board = Board::default();
        let order = Order {
            instrument: "BTC-USD".to_owned(),
            venues: VENUES.map(str::to_owned).to_vec(),
        };
        let consensus = Consensus::new(bench.engine.clone(), board.clone(), vec![order]);
        Self {
            bench,
            board,
            consensus,
        }
    }

    fn say(&self, venue: &str, price: f64) {
        let at = self.bench.engine.clock.now_ms();
        self.board.quote(&QuoteVm {
            instrument: "BTC-USD".to_owned(),
            venue: venue.to_owned(),
            simulated: false,
            received_at: at,
            quote: Quote {
                observed_at: at,
                last: price,
                bid: Some(price - 0.5),
                ask: Some(price + 0.5),
                open_24h: None,
                high_24h: None,
                low_24h: None,
                volume_24h: None,
                quote_volume_24h: None,
            },
        });
    }

    /// Seconds pass; venues say their prices each second.
    async fn pass(&mut self, seconds: i64, says: &[(&str, f64)]) {
        for _ in 0..seconds {
            self.bench.engine.clock.advance(1_000);
            for (venue, price) in says {
                self.say(venue, *price);
            }
            self.consensus.look().await.unwrap();
        }
    }

    async fn primary(&self) -> Option<String> {
        self.bench.engine.store.primary("BTC-USD").await.unwrap()
    }

    async fn alerts(&self) -> Vec<(String, String, String)> {
        self.bench
            .rows("select entity, severity, state from alert where check_id = 'venue.deviation' order by id")
            .await
    }
}

const ALL: [(&str, f64); 4] = [
    ("coinbase", 100_000.0),
    ("kraken", 100_010.0),
    ("bitstamp", 100_020.0),
    ("bitfinex", 100_030.0),
];

#[tokio::test]
async fn the_median_is_noted_once_a_minute_with_each_venues_distance() {
    let mut market = Market::new().await;
    market.pass(130, &ALL).await;
    let bench = &market.bench;
    let rows: Vec<(i64, f64, i64)> = bench
        .rows("select observed_at, price, venues from gold_consensus order by 1")
        .await;
    let minute = |count: i64| T0 + count * 60_000;
    assert_eq!(rows, [0, 1, 2].map(|count| (minute(count), 100_015.0, 4)));
    let deviations = bench
        .texts(
            "select v.name || ' ' || round(deviation_bps, 2) || ' ' || used from gold_deviation d
                join venue v on v.id = d.venue_id where observed_at = (select max(observed_at) from gold_deviation)
             order by deviation_bps",
        )
        .await;
    assert_eq!(
        deviations,
        [
            "coinbase -1.5 1",
            "kraken -0.5 1",
            "bitstamp 0.5 1",
            "bitfinex 1.5 1"
        ]
    );
    let counted = bench
        .number("select rows from layer_count where layer = 'gold' and name = 'deviation'")
        .await;
    assert_eq!(counted, 12);
}

#[tokio::test]
async fn a_venue_that_is_off_for_a_minute_is_an_alert_until_it_is_back() {
    let mut market = Market::new().await;
    let mut off = ALL;
    off[3].1 = 100_800.0;
    market.pass(50, &off).await;
    let pending = market.alerts().await;
    assert_eq!(pending.len(), 1);
    assert_eq!(pending[0].2, "pending");
    market.pass(30, &off).await;
    let entity = "BTC-USD/bitfinex/live".to_owned();
    let of = |state: &str| (entity.clone(), "error".to_owned(), state.to_owned());
    assert_eq!(market.alerts().await, [of("firing")]);
    market.pass(90, &ALL).await;
    assert_eq!(market.alerts().await, [of("resolved")]);
    // a short one is none
    market.pass(40, &off).await;
    market.pass(5, &ALL).await;
    let short = market.alerts().await;
    assert_eq!((short.len(), short[1].2.as_str()), (2, "resolved"));
    let fired = market
        .bench
        .number("select count(*) from alert_event where to_state = 'firing'")
        .await;
    assert_eq!(fired, 1);
}

#[tokio::test]
async fn two_venues_cannot_tell_which_is_off() {
    let mut market = Market::new().await;
    market
        .pass(100, &[("coinbase", 100_000.0), ("kraken", 101_000.0)])
        .await;
    assert!(market.alerts().await.is_empty());
    let states = market
        .bench
        .texts("select distinct state from check_latest where check_id = 'venue.deviation'")
        .await;
    assert_eq!(states, ["not_evaluated"]);
}

#[tokio::test]
async fn the_primary_venue_is_left_when_it_fails_and_gone_back_to() {
    let mut market = Market::new().await;
    market.pass(5, &ALL).await;
    assert_eq!(market.primary().await.as_deref(), Some("coinbase"));
    // silent for 30 s
    market.pass(30, &ALL[1..]).await;
    assert_eq!(market.primary().await.as_deref(), Some("coinbase"));
    market.pass(2, &ALL[1..]).await;
    assert_eq!(market.primary().await.as_deref(), Some("kraken"));
    // kraken does not serve us
    let kraken = ("BTC-USD", "kraken");
    market.board.blocked(kraken, Some("HTTP 451".to_owned()));
    market.pass(1, &ALL[1..]).await;
    assert_eq!(market.primary().await.as_deref(), Some("bitstamp"));
    market.board.blocked(kraken, None);
    market.pass(59, &ALL).await;
    assert_eq!(market.primary().await.as_deref(), Some("bitstamp"));
    market.pass(3, &ALL).await;
    assert_eq!(market.primary().await.as_deref(), Some("coinbase"));
    let events = market
        .bench
        .texts("select kind || ' ' || venue from source_event order by id")
        .await;
    assert_eq!(
        events,
        [
            "failed_over coinbase",
            "failed_over kraken",
            "returned coinbase"
        ]
    );
    // a venue without a book to trust is left after a while
    let coinbase = ("BTC-USD".to_owned(), "coinbase".to_owned());
    let now_ms = market.bench.engine.clock.now_ms();
    market
        .board
        .bookless(&coinbase, Some(("checksum".to_owned(), now_ms)));
    market.pass(9, &ALL).await;
    assert_eq!(market.primary().await.as_deref(), Some("coinbase"));
    market.pass(3, &ALL).await;
    assert_eq!(market.primary().await.as_deref(), Some("kraken"));
}
