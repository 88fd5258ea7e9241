//! Every venue's client against the simulator's server of the same protocol, without sockets: what is read is what
//! happened, and the book is the venue's, level by level.

use server::{
    clock::Clock,
    simulator::{Conn, Out, Protocol, SimulatorConfig, World},
    source::{
        session::{Channel, Session, StreamEvent},
        venue::{ALL, Place, TradeGap, Venue, open},
    },
};

use crate::exchange::NOW;

const LASTS_MS: i64 = 90_000;

struct Followed {
    session: Box<dyn Session>,
    events: Vec<StreamEvent>,
}

impl Followed {
    /// Reads what the venue says, and does what the session asks for.
    fn hear(
        &mut self,
        world: &World,
        protocol: Protocol,
        conn: &mut dyn Conn,
        said: Vec<Out>,
        now: i64,
    ) {
        let mut said = std::collections::VecDeque::from(said);
        while let Some(out) = said.pop_front() {
            match out {
                Out::Text(text) => {
                    let mut events = Vec::new();
                    self.session.frame(&text, now, &mut events).unwrap();
                    for event in &events {
                        match event {
                            StreamEvent::WantSnapshot => {
                                let body = ask(
                                    world,
                                    protocol,
                                    &self.session.snapshot_url().unwrap(),
                                    now,
                                );
                                self.session.snapshot(&body, now, &mut self.events).unwrap();
                            }
                            StreamEvent::Send(text) => said.extend(conn.receive(text, now)),
                            _ => {}
                        }
                    }
                    self.events.extend(events);
                }
                Out::Ping(payload) => said.extend(conn.pong(&payload, now)),
                other => panic!("{protocol}: {other:?}"),
            }
        }
    }
}

fn ask(world: &World, protocol: Protocol, url: &str, now: i64) -> Vec<u8> {
    let rest = url.strip_prefix("http://h").unwrap();
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let answer = world.exchange(protocol).rest(path, query, now);
    assert_eq!(answer.status, 200, "{url}");
    answer.body.into_bytes()
}

fn venues() -> Vec<(Protocol, std::sync::Arc<dyn Venue>)> {
    let venue = |facts: &&server::source::venue::Facts| {
        let place = Place {
            rest: "http://h".to_owned(),
            stream: "ws://h/ws".to_owned(),
            symbol: facts.pairs[0].1.to_owned(),
        };
        (
            Protocol::parse(facts.name).unwrap(),
            open(facts.name, &place).unwrap(),
        )
    };
    ALL.iter().map(venue).collect()
}

fn world() -> (World, Clock) {
    let clock = Clock::fixed(NOW);
    let config = SimulatorConfig {
        clock: clock.clone(),
        book_levels: 60,
        ..SimulatorConfig::default()
    };
    (World::new(&config).unwrap(), clock)
}

#[test]
fn streams_are_followed_to_the_letter() {
    for (protocol, venue) in venues() {
        let (world, clock) = world();
        let start = NOW;
        let channels: Vec<Channel> = venue.facts().channels.to_vec();
        let mut followed = Followed {
            session: venue.session(&channels),
            events: Vec::new(),
        };
        let mut conn = world.exchange(protocol).connect("/ws", "", start).unwrap();
        let said = conn.due(start);
        followed.hear(&world, protocol, &mut *conn, said, start);
        for text in followed.session.hello() {
            let said = conn.receive(&text, start);
            followed.hear(&world, protocol, &mut *conn, said, start);
        }
        let end = start + LASTS_MS;
        loop {
            let next = conn.next_due().min(end);
            clock.set(next);
            let said = conn.due(next);
            followed.hear(&world, protocol, &mut *conn, said, next);
            if next >= end {
                break;
            }
        }
        let events = &followed.events;
        for channel in channels {
            assert!(
                events.contains(&StreamEvent::Subscribed(channel)),
                "{protocol}: {channel:?}"
            );
        }
        let wrong = events.iter().find(|event| {
            matches!(
                event,
                StreamEvent::Reject { .. }
                    | StreamEvent::Refused { .. }
                    | StreamEvent::Book(server::source::session::BookChange::Lost { .. })
            )
        });
        assert_eq!(wrong, None, "{protocol}");
        let trades: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                StreamEvent::Trade {
                    trade,
                    history: false,
                } => Some(*trade),
                _ => None,
            })
            .collect();
        let truth: Vec<_> = world
            .truth()
            .trades(protocol, start, end)
            .iter()
            .map(|trade| trade.model())
            .collect();
        assert!(truth.len() > 20, "{protocol}: {}", truth.len());
        let within: Vec<_> = trades
            .into_iter()
            .filter(|trade| (start..end).contains(&trade.traded_at))
            .collect();
        assert_eq!(within, truth, "{protocol}");
        let book = followed.session.book().unwrap();
        let units = |(price, size): (rust_decimal::Decimal, rust_decimal::Decimal)| {
            let times = |number: rust_decimal::Decimal, by: i64| -> i64 {
                i64::try_from(number * rust_decimal::Decimal::from(by)).unwrap()
            };
            (times(price, 100), times(size, 100_000_000))
        };
        let mine = (
            book.bids().map(units).collect::<Vec<_>>(),
            book.asks().map(units).collect::<Vec<_>>(),
        );
        let theirs = world.truth().book(protocol, end);
        let depth = mine.0.len().min(theirs.bids.len());
        assert!(depth >= 25, "{protocol}: {depth}");
        assert_eq!(mine.0[..depth], theirs.bids[..depth], "{protocol}: bids");
        assert_eq!(mine.1[..depth], theirs.asks[..depth], "{protocol}: asks");
    }
}

#[test]
fn questions_are_answered_in_the_shape_that_is_read() {
    let (world, _) = world();
    for (protocol, venue) in venues() {
        let quote = venue
            .read_ticker(&ask(&world, protocol, &venue.ticker().url, NOW), NOW)
            .unwrap();
        let book = venue
            .read_depth(&ask(&world, protocol, &venue.depth().url, NOW))
            .unwrap();
        assert!(book.bids[0].price < book.asks[0].price, "{protocol}");
        assert!(
            (quote.last / book.bids[0].price - 1.0).abs() < 0.01,
            "{protocol}"
        );
        let history = venue.history(app::model::Step::ALL[0]).unwrap();
        let from = (NOW / 60_000 - 30) * 60_000;
        let to = from + 20 * 60_000;
        let candles = history
            .read(&ask(&world, protocol, &history.url(from, to), NOW), NOW)
            .unwrap();
        assert!(
            candles.rejects.is_empty(),
            "{protocol}: {:?}",
            candles.rejects
        );
        let within = candles
            .candles
            .iter()
            .filter(|row| (from..to).contains(&row.candle.opened_at));
        let count = within.filter(|row| row.candle.is_final).count();
        assert!(
            count == 20 || (!history.lists_all() && count > 0),
            "{protocol}: {count}"
        );
        let gap = TradeGap {
            from_at: NOW - 120_000,
            to_at: NOW - 60_000,
            from_id: None,
            to_id: None,
        };
        let (mut ids, mut cursor) = (Vec::new(), None);
        for _ in 0..20 {
            let body = ask(
                &world,
                protocol,
                &venue.trades(&gap, cursor.as_ref()).url,
                NOW,
            );
            let page = venue.read_trades(&gap, &body, NOW).unwrap();
            assert!(page.rejects.is_empty(), "{protocol}: {:?}", page.rejects);
            ids.extend(page.trades.iter().map(|trade| trade.trade_id));
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
        }
        for trade in world.truth().trades(protocol, gap.from_at, gap.to_at) {
            assert!(
                ids.contains(&trade.id),
                "{protocol}: {} is missing",
                trade.id
            );
        }
    }
}
