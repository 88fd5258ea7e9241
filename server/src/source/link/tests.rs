mod random;
mod world;

use app::model::GapCause;

use self::world::{Answer, FACTS, MINUTE, World, trade};
use super::*;
use crate::source::session::{BookChange, Channel, StreamEvent};

fn world() -> World {
    World::new(1, LinkConfig::new(&FACTS, &Channel::ALL))
}

#[test]
fn a_connection_leads_once_data_flow() {
    let mut world = world();
    world.run(10_000);
    assert_eq!(world.opened.len(), 1);
    assert_eq!(world.link.leader(), Some(1));
    assert_eq!(world.notices(), ["Connected"]);
    let view = world.link.view(world.now);
    assert_eq!((view.state, view.book), ("streaming", "synced"));
    assert_eq!((view.reconnects, view.error.as_str()), (0, ""));
}

#[test]
fn confirmed_without_data_is_given_up() {
    let mut world = world();
    world.venue.data = false;
    world.run(MINUTE);
    assert!(
        world
            .closed
            .iter()
            .all(|(_, why)| why.contains("no data came"))
    );
    assert!((3..=7).contains(&world.opened.len()), "{:?}", world.opened);
    assert_eq!(world.notices(), [""; 0], "nothing ever flowed");
    world.venue.data = true;
    world.run(MINUTE);
    assert_eq!(world.link.view(world.now).state, "streaming");
}

#[test]
fn heartbeats_without_data_are_no_life_but_replaced_beside() {
    let mut world = world();
    world.run(MINUTE);
    world.venue.data = false;
    world.run(40_000);
    assert_eq!(world.link.view(world.now).state, "quiet");
    assert_eq!(world.link.leader(), Some(1), "kept until there is another");
    assert_eq!(world.notices(), ["Connected", "Silent"]);
    assert_eq!(world.opened.len(), 2);
    // a closed market must not be asked in a loop
    world.run(60 * MINUTE);
    assert!(world.opened.len() <= 10, "{:?}", world.opened);
    world.venue.data = true;
    world.run(MINUTE);
    assert_eq!(world.link.view(world.now).state, "streaming");
    assert_eq!(world.link.view(world.now).reconnects, 0);
}

#[test]
fn minutes_without_a_trade_are_no_alarm() {
    let mut world = world();
    world.venue.quiet = vec![Channel::Trades, Channel::Candles];
    world.run(45_000);
    assert_eq!(world.opened.len(), 1);
    assert_eq!(world.link.view(world.now).state, "streaming");
    // then it is looked into, beside the running connection, and less and less often
    world.run(24 * 60 * MINUTE);
    assert!(world.opened.len() < 60, "{}", world.opened.len());
    assert_eq!(world.link.view(world.now).reconnects, 0);
    assert!(
        !world
            .notices()
            .iter()
            .any(|notice| notice.starts_with("Disc"))
    );
}

#[test]
fn a_channel_that_is_never_fed_gets_another_connection() {
    let mut world = world();
    world.venue.mute_conns = vec![(1, Channel::Trades)];
    world.run(80_000);
    assert_eq!(world.opened.len(), 2);
    assert_eq!(world.link.leader(), Some(2));
    assert_eq!(world.notices(), ["Connected", "RolledOver"]);
    world.run(10 * MINUTE);
    assert_eq!(world.opened.len(), 2);
}

#[test]
fn a_half_open_connection_is_closed_and_replaced() {
    let mut world = world();
    world.run(MINUTE);
    let broke_at = world.now;
    world.mute();
    world.run(35_000);
    assert_eq!(
        world.notices().last().map(String::as_str),
        Some("Connected")
    );
    let disconnected = world
        .noticed
        .iter()
        .find_map(|(_, notice, words)| match notice {
            LinkNotice::Disconnected { alone, since } => Some((*alone, *since, words.clone())),
            _ => None,
        });
    let (alone, since, words) = disconnected.unwrap();
    assert!(alone && since <= broke_at && since > broke_at - 1_000);
    assert!(words.contains("nothing came"), "{words}");
    assert_eq!(world.link.view(world.now).reconnects, 1);
}

#[test]
fn connect_then_drop_does_not_loop() {
    let mut world = world();
    world.venue.drop_after_ms = Some(500);
    world.run(10 * MINUTE);
    assert!(
        world.opened.len() < 60,
        "{} connections in ten minutes",
        world.opened.len()
    );
    let late: Vec<i64> = world
        .opened
        .iter()
        .rev()
        .take(6)
        .map(|(_, at)| *at)
        .collect();
    assert!(late[0] - late[5] > 30_000, "pauses grow: {late:?}");
    world.venue.drop_after_ms = None;
    world.run(3 * MINUTE);
    assert_eq!(world.link.view(world.now).state, "streaming");
    // and after proven data a break is the first again
    world.drop_all("reset by peer");
    world.run(5_000);
    assert_eq!(world.link.view(world.now).state, "streaming");
}

#[test]
fn refusals_have_their_own_pauses() {
    for (status, retry_after_ms, least, most, state) in [
        (
            Some(451),
            None,
            6 * 3_600_000,
            6 * 3_600_000 + 1_000,
            "blocked",
        ),
        (
            Some(401),
            None,
            6 * 3_600_000,
            6 * 3_600_000 + 1_000,
            "blocked",
        ),
        (Some(403), None, 3_600_000, 3_601_000, "blocked"),
        (Some(418), None, 120_000, 121_000, "backing off"),
        (Some(429), Some(30_000), 30_000, 31_000, "backing off"),
        (None, None, 250, 1_000, "backing off"),
    ] {
        let mut world = world();
        world.venue.answer = Answer::Refuse(status, retry_after_ms);
        world.run(200);
        let view = world.link.view(world.now);
        assert_eq!(view.state, state, "{status:?}");
        let next_at = view.next_at.unwrap();
        let pause = next_at - world.opened[0].1;
        assert!((least..=most).contains(&pause), "{status:?}: {pause}");
        world.venue.answer = Answer::Accept;
        world.run(next_at - world.now + 10_000);
        assert_eq!(world.opened.len(), 2, "{status:?}: not before");
        assert_eq!(world.link.view(world.now).state, "streaming", "{status:?}");
        let blocked = world.notices().iter().filter(|n| *n == "Blocked").count();
        assert_eq!(blocked, usize::from(state == "blocked"));
    }
}

#[test]
fn before_the_cut_a_second_connection_takes_over() {
    let mut world = world();
    world.run(24 * 60 * MINUTE + 5 * MINUTE);
    assert_eq!(world.opened.len(), 2);
    assert_eq!(world.link.leader(), Some(2));
    assert_eq!(world.notices(), ["Connected", "RolledOver"]);
    assert_eq!(world.closed, [(1, "replaced".to_owned())]);
    assert!(world.both_fed, "both carried data for a while");
    assert_eq!(world.link.view(world.now).reconnects, 0);
}

#[test]
fn the_venue_asks_for_a_new_connection() {
    let mut world = world();
    world.run(MINUTE);
    world.venue.open_takes_ms = 3_000;
    world.say(1, StreamEvent::Reconnect("server shutdown".to_owned()));
    world.run(2_000);
    assert_eq!(world.opened.len(), 2);
    assert_eq!(world.link.leader(), Some(1), "until the other is ready");
    world.run(20_000);
    assert_eq!(world.link.leader(), Some(2));
    assert_eq!(world.noticed.last().unwrap().2, "server shutdown");
}

#[test]
fn a_replacement_without_its_book_does_not_take_over() {
    let mut world = world();
    world.run(MINUTE);
    world.venue.books = false;
    world.say(1, StreamEvent::Reconnect("again".to_owned()));
    world.run(20_000);
    assert_eq!(world.opened.len(), 2);
    assert_eq!(world.link.leader(), Some(1));
    // the old one goes: a connection without a book is better than none
    world.closes(1, "bye");
    assert_eq!(world.link.leader(), Some(2));
    let last = &world.noticed[world.noticed.len() - 2];
    assert!(matches!(
        last.1,
        LinkNotice::Disconnected { alone: false, .. }
    ));
}

#[test]
fn snapshots_are_not_asked_for_in_a_storm() {
    let mut world = world();
    world.venue.books = false;
    world.run(30 * MINUTE);
    let asked = world.asked.len();
    assert!((20..=45).contains(&asked), "{asked} in half an hour");
    assert!(world.notices().contains(&"BookLost".to_owned()));
    assert_eq!(world.link.view(world.now).book, "lost");
    world.venue.books = true;
    world.run(6 * MINUTE);
    assert_eq!(world.link.view(world.now).book, "synced");
    assert_eq!(world.notices().last().unwrap(), "BookSynced");
    assert_eq!(world.opened.len(), 1, "trades were never interrupted");
}

#[test]
fn a_checksum_loop_is_slowed_down() {
    let mut world = world();
    world.run(MINUTE);
    world.sent.clear();
    let mut synced = true;
    for _ in 0..600 {
        let lost = BookChange::Lost {
            cause: GapCause::Checksum,
            reason: "checksum 1 instead of 2".to_owned(),
        };
        let before = world.sent.len();
        if std::mem::take(&mut synced) {
            let send = |text: &str| StreamEvent::Send(text.to_owned());
            let events = [
                StreamEvent::Book(lost),
                send("unsubscribe"),
                send("subscribe"),
            ];
            world.say_all(1, &events);
        }
        world.run(1_000);
        if world.sent.len() > before {
            world.say(
                1,
                StreamEvent::Book(BookChange::Synced { observed_at: None }),
            );
            synced = true;
        }
    }
    let resubscriptions = world
        .sent
        .iter()
        .filter(|sent| *sent == "subscribe")
        .count();
    assert!((3..=30).contains(&resubscriptions), "{resubscriptions}");
    let order: Vec<&str> = world.sent.iter().map(String::as_str).collect();
    assert_eq!(order[..2], ["unsubscribe", "subscribe"]);
}

#[test]
fn a_channel_that_wants_a_key_is_done_without() {
    let mut world = world();
    world.venue.quiet = vec![Channel::Book];
    world.run(500);
    world.say(
        1,
        StreamEvent::Refused {
            channel: Some(Channel::Book),
            reason: "level2 now requires authentication".to_owned(),
            for_good: true,
        },
    );
    world.run(5 * MINUTE);
    assert_eq!(world.opened.len(), 1);
    let view = world.link.view(world.now);
    assert_eq!((view.state, view.book), ("streaming", ""));
    assert!(world.notices().contains(&"Blocked".to_owned()));
}

#[test]
fn frames_are_sent_at_the_venues_pace() {
    let mut world = world();
    world.venue.hello = 12;
    world.run(10_000);
    let times = &world.sent_at;
    assert_eq!(times.len(), 12);
    for (index, at) in times.iter().enumerate() {
        let within = times[index..].iter().filter(|then| **then < at + 1_000);
        assert!(within.count() <= 8);
    }
    assert!(times[11] - times[0] >= 1_900, "{times:?}");
}

#[test]
fn a_keep_alive_is_sent() {
    let mut world = world();
    world.venue.keep_alive = Some((30_000, "heartbeat".to_owned()));
    world.run(5 * MINUTE + 1_000);
    let beats = world
        .sent
        .iter()
        .filter(|sent| *sent == "heartbeat")
        .count();
    assert_eq!(beats, 10);
}

#[test]
fn a_market_that_is_closed_is_left_in_peace() {
    let mut world = world();
    world.run(MINUTE);
    world.venue.data = false;
    world.say(
        1,
        StreamEvent::Status {
            open: false,
            words: "maintenance".to_owned(),
        },
    );
    world.run(30 * MINUTE);
    assert_eq!(world.opened.len(), 1);
    let view = world.link.view(world.now);
    assert_eq!((view.state, view.error.as_str()), ("quiet", "maintenance"));
}

#[test]
fn the_venues_time_has_to_move() {
    let mut world = world();
    world.run(MINUTE);
    world.venue.frozen = Some(world.now);
    world.run(70_000);
    let view = world.link.view(world.now);
    assert!(view.error.contains("stands still"), "{view:?}");
    assert_eq!(world.opened.len(), 2);
}

#[test]
fn what_is_said_of_connections_that_are_gone_changes_nothing() {
    let mut world = world();
    world.run(MINUTE);
    let before = world.link.view(world.now);
    for conn in [0, 99, u64::MAX] {
        world.say(conn, trade());
        world.closes(conn, "nobody");
        let mut out = Vec::new();
        world.link.handle(
            LinkInput::Snapshot {
                conn,
                answer: Err(Some(i64::MAX)),
            },
            world.now,
            &mut out,
        );
        assert_eq!(out, []);
    }
    assert_eq!(world.link.view(world.now), before);
}
