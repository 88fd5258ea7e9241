//! Every fault over real sockets: the whole live pipeline on a real database, against the simulator. What happens is
//! seen in the right words, nothing is lost or doubled against the simulator's own truth, and everything comes back.

pub mod floor;

use futures::future::join_all;
use server::simulator::{Fault, Protocol};

use self::floor::{Floor, Sign};

/// What is switched on, how it is seen, and for how many seconds it stays on after that.
type Step = (Fault, Sign, i64);

/// Faults of each venue, one after the other: how each is seen, and for how many seconds it stays on after that.
///
/// All faults at all venues, also one above the other, run in memory; here each runs once where it means most.
const PROGRAMMES: [(Protocol, &[Step]); 5] = [
    (
        Protocol::Binance,
        &[
            (Fault::SequenceGap, Sign::Gap, 5),
            (Fault::NoPongDrop, Sign::Reconnected, 0),
            (Fault::Cut, Sign::Reconnected, 0),
            (Fault::RateLimit, Sign::Feed("backing off"), 5),
            (Fault::RateKick, Sign::Reconnected, 0),
            (Fault::ServerShutdown, Sign::RolledOver, 0),
            (Fault::ServerError, Sign::Check("feed.http"), 5),
        ],
    ),
    (
        Protocol::Coinbase,
        &[
            (Fault::Duplicates, Sign::Trades(30), 0),
            (Fault::Reordering, Sign::Trades(30), 0),
            (Fault::Flood, Sign::Trades(3_000), 0),
            (Fault::ClockSkew, Sign::Trades(30), 0),
            (Fault::SequenceGap, Sign::Gap, 0),
            (Fault::HalfOpen, Sign::Reconnected, 0),
            (Fault::MissingMinutes, Sign::Trades(60), 0),
        ],
    ),
    (
        Protocol::Kraken,
        &[
            (Fault::WrongChecksum, Sign::Bookless, 5),
            (Fault::AckWithoutData, Sign::Unwell, 5),
            (Fault::Error200, Sign::Feed("backing off"), 5),
            (Fault::TruncatedJson, Sign::Rejected, 5),
            (Fault::FrozenPrice, Sign::Trades(20), 0),
            (Fault::CrossedBook, Sign::Check("book.crossed"), 0),
        ],
    ),
    (
        Protocol::Bitstamp,
        &[
            (Fault::Disconnect, Sign::Reconnected, 3),
            (Fault::ServerShutdown, Sign::RolledOver, 0),
            (Fault::EmptyArrays, Sign::Trades(5), 5),
            (Fault::SlowBody, Sign::Trades(5), 5),
            (Fault::Silence, Sign::Check("feed.silence"), 5),
            (Fault::StaleSnapshot, Sign::Bookless, 5),
        ],
    ),
    (
        Protocol::Bitfinex,
        &[
            (Fault::WrongChecksum, Sign::Bookless, 5),
            (Fault::Restart, Sign::Reconnected, 5),
            (Fault::SequenceGap, Sign::Bookless, 0),
            (Fault::Html, Sign::Feed("backing off"), 5),
            (Fault::AbsurdPrice, Sign::Trades(10), 0),
            (Fault::Spike, Sign::Trades(10), 0),
        ],
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_seen_and_survived() {
    let floor = Floor::start(10.0).await;
    join_all(PROGRAMMES.iter().map(|(protocol, programme)| {
        let floor = &floor;
        async move {
            if !floor.has(*protocol) {
                return;
            }
            floor.until_well(*protocol).await;
            for (fault, sign, seconds) in *programme {
                floor.survive(*protocol, *fault, *sign, *seconds).await;
            }
        }
    }))
    .await;
    floor.assert_nothing_lost().await;
    floor.stop().await;
}

/// A venue that does not serve this host is left alone for long; the others go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_venue_that_turns_us_away_is_left_alone() {
    let floor = Floor::start(10.0).await;
    floor.until_well(Protocol::Binance).await;
    for (fault, protocol) in [
        (Fault::Blocked, Protocol::Binance),
        (Fault::Forbidden, Protocol::Bitstamp),
        (Fault::KeyRequired, Protocol::Bitfinex),
    ] {
        let before = floor.before(protocol).await;
        floor.on(fault, protocol);
        floor.on(Fault::Disconnect, protocol);
        for sign in [
            Sign::Feed("blocked"),
            Sign::State("blocked"),
            Sign::Check("feed.http"),
        ] {
            floor.until_sign(protocol, sign, before).await;
        }
        let reconnects = floor.stream(protocol).reconnects;
        floor.pass(120_000).await;
        assert_eq!(floor.stream(protocol).state, "blocked", "{fault}");
        assert_eq!(floor.stream(protocol).reconnects, reconnects, "{fault}");
    }
    if floor.has(Protocol::Kraken) {
        floor.until_well(Protocol::Kraken).await;
    }
    floor.stop().await;
}
