//! Random faults: whatever a venue does, the link keeps its bounds (the world checks them with every action), and once
//! the venue behaves again data flow within bounded time. A seed that fails can be run again.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::source::session::Channel;

use super::{
    super::*,
    world::{Answer, FACTS, MINUTE, World, events},
};

const SEEDS: u64 = 300;

#[test]
fn random_faults_are_survived() {
    for seed in 0..SEEDS {
        survive(seed);
    }
}

fn survive(seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut config = LinkConfig::new(&FACTS, &Channel::ALL);
    // a day of faults would take too long: the venue cuts connections every few minutes
    config.lifetime_ms = Some(rng.random_range(2..10) * MINUTE);
    let mut world = World::new(seed, config);
    let good = world.venue.clone();
    for _ in 0..rng.random_range(5..30) {
        disturb(&mut world, &mut rng);
        world.run(rng.random_range(100..20_000));
        if rng.random_range(0..3) == 0 {
            world.venue = good.clone();
            world.run(rng.random_range(100..40_000));
        }
    }
    world.venue = good;
    let asked = world.asked.len();
    let began_at = world.opened.first().map_or(0, |(_, at)| *at);
    let minutes = (world.now - began_at) / MINUTE + 1;
    assert!(
        (asked as i64) <= 40 + 30 * minutes,
        "seed {seed}: {asked} snapshots in {minutes} minutes"
    );
    // the longest pauses: a backoff of a minute, then a book that was given up for five
    world.run(9 * MINUTE);
    let view = world.link.view(world.now);
    assert_eq!(view.state, "streaming", "seed {seed}: {view:?}");
    assert_eq!(view.book, "synced", "seed {seed}: {view:?}");
}

fn disturb(world: &mut World, rng: &mut ChaCha8Rng) {
    let channel = Channel::ALL[rng.random_range(0..4)];
    match rng.random_range(0..13) {
        0 => world.venue.answer = Answer::Never,
        1 => world.venue.answer = Answer::Refuse(None, None),
        2 => world.venue.answer = Answer::Refuse(Some(429), Some(rng.random_range(0..30_000))),
        3 => world.venue.data = false,
        4 => world.venue.confirms = false,
        5 => world.venue.books = false,
        6 => world.venue.quiet.push(channel),
        7 => world.venue.drop_after_ms = Some(rng.random_range(0..20_000)),
        8 => world.venue.frozen = Some(world.now),
        9 => world.drop_all("reset"),
        10 => world.mute(),
        11 => world.venue.open_takes_ms = rng.random_range(0..20_000),
        _ => {
            let events = events();
            for conn in world.conns() {
                for _ in 0..rng.random_range(1..10) {
                    let event = events[rng.random_range(0..events.len())].clone();
                    world.say(conn, event);
                }
            }
        }
    }
}
