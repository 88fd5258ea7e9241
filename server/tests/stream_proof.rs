//! Random faults from seeds: whatever a venue does, no trade is lost that it can still give, none is doubled, books that
//! can be trusted are the exchange's own, and once it behaves again everything comes back in bounded time.
//!
//! A seed that fails prints the command that runs it again. `ASSAY_SEEDS=N` runs N seeds a venue, `ASSAY_SEED=N` just
//! that one.

mod chaos;
mod heal;
mod ledger;
mod rest;
mod verdict;
mod wire;
mod world;

use std::time::Instant;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use server::{
    simulator::{Fault, Protocol},
    source::venue::facts_of,
};

use self::{
    chaos::Chaos,
    world::{START, Setting, World},
};

/// Seeds a venue.
const SEEDS: u64 = 60;
const MINUTE: i64 = 60_000;
/// After the last fault everything is back within this time: the longest pauses are those of a backoff (30 s), of a book
/// that was given up (60 s), and of a venue that banned us.
const RECOVERY_MS: i64 = 3 * MINUTE;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn setting(protocol: Protocol, seed: u64) -> Setting {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x5e77_1296);
    Setting {
        protocol,
        seed,
        levels: [12, 24, 60][rng.random_range(0..3)],
        rate: [1.5, 3.0, 6.0][rng.random_range(0..3)],
    }
}

/// Runs one seed; what is wrong in the end.
fn survive(protocol: Protocol, seed: u64) -> (World, Vec<String>) {
    let mut world = World::new(&setting(protocol, seed));
    let until = ChaCha8Rng::seed_from_u64(seed).random_range(6..=10) * MINUTE;
    let chaos = Chaos::of(seed, until);
    world.expect(&chaos);
    world.run_until(START + chaos.quiet_from + RECOVERY_MS);
    let wrong = world.verdict();
    (world, wrong)
}

/// Every venue that has a client.
fn protocols() -> impl Iterator<Item = Protocol> {
    Protocol::ALL
        .into_iter()
        .filter(|protocol| facts_of(protocol.as_str()).is_some())
}

fn seeds(protocol: Protocol) {
    if facts_of(protocol.as_str()).is_none() {
        return;
    }
    let seeds = match number("ASSAY_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ASSAY_SEEDS").unwrap_or(SEEDS),
    };
    let began = Instant::now();
    let mut failed = Vec::new();
    let (mut frames, mut books, mut trades, mut gaps) = (0, 0, 0, 0);
    for seed in seeds.clone() {
        let (world, wrong) = survive(protocol, seed);
        frames += world.record.frames;
        books += world.record.books;
        trades += world.ledger.trades.len();
        gaps += world.ledger.gaps.len();
        if number("ASSAY_SEED").is_some() {
            println!("{:#?}", world.record.notices);
            println!("{:#?}", world.ledger.gaps);
        }
        if !wrong.is_empty() {
            println!("{protocol} seed {seed}: {wrong:#?}\n{}", world.story);
            failed.push(seed);
        }
    }
    println!(
        "{protocol}: {} seeds, {frames} frames, {trades} trades, {books} books compared, {gaps} gaps, {:.1} s",
        seeds.end - seeds.start,
        began.elapsed().as_secs_f64(),
    );
    assert!(
        failed.is_empty(),
        "seeds {failed:?} of {protocol} failed; run one again with: ASSAY_SEED={} cargo test -p server --test behaviour \
         stream_proof::{protocol} -- --nocapture",
        failed[0]
    );
}

#[test]
fn binance_survives_random_faults() {
    seeds(Protocol::Binance);
}

#[test]
fn coinbase_survives_random_faults() {
    seeds(Protocol::Coinbase);
}

#[test]
fn kraken_survives_random_faults() {
    seeds(Protocol::Kraken);
}

#[test]
fn bitstamp_survives_random_faults() {
    seeds(Protocol::Bitstamp);
}

#[test]
fn bitfinex_survives_random_faults() {
    seeds(Protocol::Bitfinex);
}

/// Without faults there is nothing to heal: the played parts lose nothing themselves.
#[test]
fn nothing_happens_where_nothing_goes_wrong() {
    for protocol in protocols() {
        let mut world = World::new(&setting(protocol, 7));
        world.run_until(START + 3 * MINUTE);
        let wrong = world.verdict();
        assert!(wrong.is_empty(), "{protocol}: {wrong:#?}");
        assert_eq!(
            world.ledger.gaps.len(),
            0,
            "{protocol}: {:?}",
            world.ledger.gaps
        );
        assert_eq!(world.record.unreadable, [""; 0], "{protocol}");
        assert_eq!(world.ledger.rejects, [""; 0], "{protocol}");
        assert!(
            world.record.books > 150,
            "{protocol}: {}",
            world.record.books
        );
        assert!(world.ledger.trades.len() > 20, "{protocol}");
    }
}

/// Each fault alone, at each venue.
#[test]
fn every_fault_alone_is_survived() {
    for protocol in protocols() {
        for fault in Fault::ALL.iter().copied() {
            for length in [10_000, 120_000] {
                let mut world = World::new(&setting(protocol, 11));
                let chaos = Chaos::one(fault, 40_000, 40_000 + length);
                world.expect(&chaos);
                world.run_until(START + chaos.quiet_from + RECOVERY_MS);
                let wrong = world.verdict();
                assert!(
                    wrong.is_empty(),
                    "{protocol}, {fault} for {length} ms: {wrong:#?}"
                );
            }
        }
    }
}
