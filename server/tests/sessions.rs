//! Sessions against exchanges that speak the venues' protocols, driven by hand: no socket, no clock.
//!
//! The simulator knows every trade and every book it has: what sessions read must be that, to the digit.

#![allow(
    clippy::unwrap_used,
    reason = "a test that meets a missing value has failed"
)]

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use app::model::{Candle, MINUTE_MS, Step, Trade};
use server::{
    clock::Clock,
    refine::ladder::{Ladder, float},
    simulator::{
        Conn, Exchange, Fault, Out, Protocol, SATS_PER_UNIT, SimulatorConfig, TrueBook, World,
    },
    source::{
        session::{BookChange, Channel, Session, StreamEvent},
        venue::{Place, TradeGap, Venue, open},
    },
};

/// 15 seconds into a minute.
const NOW: i64 = 1_790_000_055_000;
/// How long an answer over REST takes, in milliseconds.
const ANSWERS_MS: i64 = 250;
/// Questions for a snapshot are at least so far apart: the venue counts them.
const PAUSE_MS: i64 = 3_000;

/// One connection of a client to an exchange.
struct Bench {
    world: World,
    clock: Clock,
    exchange: Arc<dyn Exchange>,
    venue: Arc<dyn Venue>,
    protocol: Protocol,
    conn: Box<dyn Conn>,
    session: Box<dyn Session>,
    /// When the answer to the question for a snapshot comes.
    answer_at: Option<i64>,
    answered_at: i64,
    seen: Seen,
    /// Said by the exchange, not read yet.
    under_way: VecDeque<Out>,
    reads: bool,
}

/// What the session has said.
#[derive(Default)]
struct Seen {
    trades: BTreeMap<i64, Trade>,
    candles: BTreeMap<i64, Candle>,
    subscribed: Vec<Channel>,
    quotes: usize,
    books: usize,
    lost: Vec<String>,
    rejects: Vec<String>,
    unread: Vec<String>,
    reconnects: usize,
}

impl Bench {
    fn new(protocol: Protocol) -> Self {
        let clock = Clock::fixed(NOW);
        let config = SimulatorConfig {
            clock: clock.clone(),
            book_levels: 60,
            ..SimulatorConfig::default()
        };
        let world = World::new(&config).unwrap();
        let exchange = world.exchange(protocol);
        let facts = server::source::venue::facts_of(protocol.as_str()).unwrap();
        let place = Place {
            rest: "http://exchange".to_owned(),
            stream: "ws://exchange/ws".to_owned(),
            symbol: facts.pairs[0].1.to_owned(),
        };
        let venue = open(protocol.as_str(), &place).unwrap();
        let url = venue.stream_url(&Channel::ALL);
        let (path, query) = split(&url);
        let conn = exchange.connect(path, query, NOW).unwrap();
        let session = venue.session(&Channel::ALL);
        let mut bench = Self {
            world,
            clock,
            exchange,
            venue,
            protocol,
            conn,
            session,
            answer_at: None,
            answered_at: 0,
            seen: Seen::default(),
            under_way: VecDeque::new(),
            reads: false,
        };
        for text in bench.session.hello() {
            let said = bench.conn.receive(&text, NOW);
            bench.take(said, NOW);
        }
        bench
    }

    fn rest(&self, url: &str, now: i64) -> Vec<u8> {
        let (path, query) = split(url);
        let answer = self.exchange.rest(path, query, now);
        assert_eq!(answer.status, 200, "{url}: {}", answer.body);
        answer.body.into_bytes()
    }

    /// What the exchange says is read in the order it was said: an answer comes behind what is under way.
    fn take(&mut self, said: Vec<Out>, now: i64) {
        self.under_way.extend(said);
        if std::mem::replace(&mut self.reads, true) {
            return;
        }
        while let Some(out) = self.under_way.pop_front() {
            match out {
                Out::Text(text) => {
                    let mut events = Vec::new();
                    if let Err(error) = self.session.frame(&text, now, &mut events) {
                        self.seen.unread.push(format!("{error}: {text}"));
                    }
                    self.events(events, now);
                }
                Out::Ping(payload) => {
                    let said = self.conn.pong(&payload, now);
                    self.take(said, now);
                }
                Out::Close { .. } | Out::Drop => self.seen.reconnects += 1,
            }
        }
        self.reads = false;
    }

    fn events(&mut self, events: Vec<StreamEvent>, now: i64) {
        for event in events {
            match event {
                StreamEvent::Subscribed(channel) => self.seen.subscribed.push(channel),
                StreamEvent::Trade { trade, .. } => {
                    let known = self.seen.trades.insert(trade.trade_id, trade);
                    assert!(known.is_none_or(|known| known == trade), "{trade:?}");
                }
                StreamEvent::Candle(candle) if candle.is_final => {
                    self.seen.candles.insert(candle.opened_at, candle);
                }
                StreamEvent::Quote(_) => self.seen.quotes += 1,
                StreamEvent::Book(BookChange::Lost { reason, .. }) => self.seen.lost.push(reason),
                StreamEvent::Book(_) => self.seen.books += 1,
                StreamEvent::Reject { raw, reason, .. } => {
                    self.seen.rejects.push(format!("{reason}: {raw}"));
                }
                StreamEvent::WantSnapshot => {
                    let at = (now + ANSWERS_MS).max(self.answered_at + PAUSE_MS);
                    self.answer_at = Some(at);
                }
                StreamEvent::Send(text) => {
                    let said = self.conn.receive(&text, now);
                    self.take(said, now);
                }
                StreamEvent::Reconnect(_) => self.seen.reconnects += 1,
                StreamEvent::Refused { reason, .. } => panic!("refused: {reason}"),
                StreamEvent::Candle(_) | StreamEvent::Status { .. } => {}
            }
        }
    }

    /// Lets time pass; every book that is said to be trustworthy is looked at by `check` with the exchange's own.
    fn run(&mut self, ms: i64, check: impl Fn(&Ladder, &TrueBook)) {
        let end = self.world.now_ms() + ms;
        loop {
            let answer_at = self.answer_at.unwrap_or(i64::MAX);
            let now = self.conn.next_due().min(answer_at).min(end);
            self.clock.set(now);
            let books = self.seen.books;
            let said = self.conn.due(now);
            self.take(said, now);
            if answer_at <= now {
                (self.answer_at, self.answered_at) = (None, now);
                let body = self.rest(&self.session.snapshot_url().unwrap(), now);
                let mut events = Vec::new();
                match self.session.snapshot(&body, now, &mut events) {
                    Ok(()) => self.events(events, now),
                    Err(_) => self.answer_at = Some(now + PAUSE_MS),
                }
            }
            if let (true, Some(book)) = (self.seen.books > books, self.session.book()) {
                check(book, &self.world.truth().book(self.protocol, now));
            }
            if now >= end {
                return;
            }
        }
    }

    /// Every trade of a time, as the exchange knows them.
    fn truth(&self, from: i64, to: i64) -> Vec<Trade> {
        let trades = self.world.truth().trades(self.protocol, from, to);
        trades.iter().map(|trade| trade.model()).collect()
    }
}

fn split(url: &str) -> (&str, &str) {
    let path = url.split_once("exchange").unwrap().1;
    path.split_once('?').unwrap_or((path, ""))
}

type Levels = Vec<(f64, f64)>;

fn own(levels: &[(i64, i64)]) -> Levels {
    let level =
        |(ticks, sats): &(i64, i64)| (*ticks as f64 / 100.0, *sats as f64 / SATS_PER_UNIT as f64);
    levels.iter().map(level).collect()
}

/// All levels are the exchange's.
fn is_the_exchanges(book: &Ladder, truth: &TrueBook) {
    let levels = |side: Vec<_>| -> Levels {
        let level = |(price, size)| (float(price), float(size));
        side.into_iter().map(level).collect()
    };
    assert_eq!(levels(book.bids().collect()), own(&truth.bids));
    assert_eq!(levels(book.asks().collect()), own(&truth.asks));
}

#[test]
fn everything_is_read_as_it_is() {
    for protocol in Protocol::ALL {
        let mut bench = Bench::new(protocol);
        bench.run(3 * MINUTE_MS, is_the_exchanges);
        let (offered, now) = (bench.venue.facts().channels, bench.world.now_ms());
        let truth = bench.truth(NOW + 1, now + 1);
        let seen = &bench.seen;
        assert_eq!(seen.unread, [""; 0], "{protocol}");
        assert_eq!(seen.rejects, [""; 0], "{protocol}");
        assert_eq!(seen.lost, [""; 0], "{protocol}");
        assert!(
            offered
                .iter()
                .all(|channel| seen.subscribed.contains(channel)),
            "{protocol}: {:?}",
            seen.subscribed
        );
        assert!(
            seen.books > 500 && seen.quotes > 50,
            "{protocol}: {} {}",
            seen.books,
            seen.quotes
        );
        assert!(truth.len() > 50, "{protocol}");
        let trades: Vec<Trade> = seen
            .trades
            .range(truth[0].trade_id..)
            .map(|(_, trade)| *trade)
            .collect();
        assert_eq!(trades, truth, "{protocol}");
        if offered.contains(&Channel::Candles) {
            for candle in bench.world.truth().candles(protocol, NOW, now - MINUTE_MS) {
                let model = seen.candles[&candle.opened_at];
                assert_eq!(model.close, candle.close as f64 / 100.0, "{protocol}");
                // not every venue tells it
                assert!(
                    model.trades.is_none_or(|trades| trades == candle.trades),
                    "{protocol}"
                );
            }
        }
    }
}

#[test]
fn questions_are_answered_with_what_happened() {
    for protocol in Protocol::ALL {
        let bench = Bench::new(protocol);
        let (venue, now) = (&bench.venue, bench.world.now_ms());
        let quote = venue
            .read_ticker(&bench.rest(&venue.ticker().url, now), now)
            .unwrap();
        let last = *bench.truth(now - 10 * MINUTE_MS, now + 1).last().unwrap();
        assert_eq!(quote.last, last.price, "{protocol}");
        let book = venue
            .read_depth(&bench.rest(&venue.depth().url, now))
            .unwrap();
        let truth = bench.world.truth().book(protocol, now);
        let bids: Levels = book
            .bids
            .iter()
            .map(|level| (level.price, level.size))
            .collect();
        assert_eq!(bids, own(&truth.bids), "{protocol}");
        if let Some(question) = venue.time() {
            let time = venue.read_time(&bench.rest(&question.url, now)).unwrap();
            assert!((now - time).abs() < 1_000, "{protocol}: {time}");
        }

        let history = venue.history(Step::ALL[0]).unwrap();
        let from = NOW - NOW % MINUTE_MS - 400 * MINUTE_MS;
        let (mut next, mut candles) = (from, BTreeMap::new());
        while next < now {
            let body = bench.rest(&history.url(next, now), now);
            let parsed = history.read(&body, now).unwrap();
            assert!(parsed.rejects.is_empty());
            let newest = parsed.candles.last().map(|row| row.candle.opened_at);
            candles.extend(
                parsed
                    .candles
                    .into_iter()
                    .map(|row| (row.candle.opened_at, row.candle)),
            );
            let then = history.next(next, now, newest);
            assert!(then > next, "{protocol}");
            next = then;
        }
        let truth = bench.world.truth().candles(protocol, from, now);
        assert!(truth.len() > 300, "{protocol}");
        for candle in truth
            .iter()
            .filter(|candle| candle.opened_at + MINUTE_MS < now)
        {
            let model = candles[&candle.opened_at];
            assert!(model.is_final, "{protocol}");
            assert_eq!(
                (model.open, model.high, model.low, model.close),
                (
                    candle.open as f64 / 100.0,
                    candle.high as f64 / 100.0,
                    candle.low as f64 / 100.0,
                    candle.close as f64 / 100.0
                ),
                "{protocol}"
            );
        }
    }
}

#[test]
fn a_gap_of_trades_is_filled_page_by_page() {
    for protocol in Protocol::ALL {
        let bench = Bench::new(protocol);
        let (venue, now) = (&bench.venue, bench.world.now_ms());
        let (from_at, to_at) = (now - 40 * MINUTE_MS, now - 10 * MINUTE_MS);
        let mut truth = bench.truth(from_at, to_at);
        if protocol == Protocol::Bitstamp {
            // its transactions tell whole seconds
            for trade in &mut truth {
                trade.traded_at -= trade.traded_at % 1_000;
            }
        }
        assert!(truth.len() > 1_200, "{protocol}: {}", truth.len());
        let by_time = TradeGap {
            from_at,
            to_at,
            from_id: None,
            to_id: None,
        };
        let by_number = TradeGap {
            from_id: Some(truth[0].trade_id - 1),
            to_id: Some(truth[truth.len() - 1].trade_id + 1),
            ..by_time
        };
        for gap in [by_time, by_number] {
            let (mut cursor, mut pages, mut found) = (None, 0, BTreeMap::new());
            loop {
                let url = venue.trades(&gap, cursor.as_ref()).url;
                let page = venue
                    .read_trades(&gap, &bench.rest(&url, now), now)
                    .unwrap();
                assert!(page.rejects.is_empty(), "{protocol}");
                found.extend(page.trades.into_iter().map(|trade| (trade.trade_id, trade)));
                pages += 1;
                assert!(pages < 20, "{protocol} has no end");
                cursor = match page.next {
                    next @ Some(_) => next,
                    None => break,
                };
            }
            let inside = |trade: &Trade| (from_at..to_at).contains(&trade.traded_at);
            let found: Vec<Trade> = found.into_values().filter(inside).collect();
            assert_eq!(found, truth, "{protocol}");
        }
    }
}

#[test]
fn books_recover_from_what_the_venue_does_to_them() {
    let cases = [
        (Protocol::Binance, Fault::SequenceGap, true),
        (Protocol::Binance, Fault::StaleSnapshot, false),
        (Protocol::Binance, Fault::Duplicates, false),
        (Protocol::Binance, Fault::TruncatedJson, true),
        (Protocol::Kraken, Fault::WrongChecksum, true),
        (Protocol::Kraken, Fault::SequenceGap, true),
        (Protocol::Kraken, Fault::TruncatedJson, true),
        (Protocol::Coinbase, Fault::TruncatedJson, true),
        (Protocol::Coinbase, Fault::Duplicates, false),
        (Protocol::Bitstamp, Fault::StaleSnapshot, false),
        (Protocol::Bitstamp, Fault::Duplicates, false),
        (Protocol::Bitstamp, Fault::TruncatedJson, true),
        (Protocol::Bitstamp, Fault::Reordering, false),
        (Protocol::Bitfinex, Fault::WrongChecksum, true),
        (Protocol::Bitfinex, Fault::SequenceGap, true),
        (Protocol::Bitfinex, Fault::Duplicates, false),
        // a confirmation that is cut short is not noticed by the session, but by its link, which opens another connection
        (Protocol::Bitfinex, Fault::Reordering, false),
    ];
    for (protocol, fault, loses) in cases {
        let name = format!("{protocol} {fault:?}");
        let mut bench = Bench::new(protocol);
        if fault != Fault::StaleSnapshot {
            bench.run(5_000, is_the_exchanges);
        }
        bench.world.faults().set(fault, Some(protocol), None);
        bench.run(10_000, is_the_exchanges);
        assert_eq!(
            !bench.seen.lost.is_empty(),
            loses,
            "{name}: {:?}",
            bench.seen.lost
        );
        bench.world.faults().clear(fault, Some(protocol));
        bench.run(90_000, is_the_exchanges);
        let now = bench.world.now_ms();
        let lost = bench.seen.lost.len();
        bench.run(5_000, is_the_exchanges);
        assert_eq!(bench.seen.lost.len(), lost, "{name}: lost without a fault");
        assert!(bench.session.book().is_some(), "{name}");
        let truth = bench.truth(now, bench.world.now_ms() + 1);
        assert!(
            truth
                .iter()
                .all(|trade| bench.seen.trades.get(&trade.trade_id) == Some(trade)),
            "{name}"
        );
    }
}

#[test]
fn another_session_goes_on_where_one_was_saved() {
    for protocol in Protocol::ALL {
        let mut bench = Bench::new(protocol);
        for _ in 0..40 {
            bench.run(730, is_the_exchanges);
            let saved = bench.session.save();
            let mut next = bench.venue.session(&Channel::ALL);
            next.restore(&saved).unwrap();
            assert_eq!(next.save(), saved, "{protocol}");
            bench.session = next;
        }
        assert_eq!(bench.seen.lost, [""; 0], "{protocol}");
        let truth = bench.truth(NOW + 1, bench.world.now_ms() + 1);
        assert!(
            truth
                .iter()
                .all(|trade| bench.seen.trades.get(&trade.trade_id) == Some(trade)),
            "{protocol}"
        );
    }
}
