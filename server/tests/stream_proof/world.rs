//! One venue of the simulator and everything that Assay has between a socket and its tables, in memory, under a clock
//! that leaps from event to event.
//!
//! The exchange, the link, the session, the refiner and the planning of gaps are the real ones; sockets, HTTP and
//! tables are played.

use std::{collections::BTreeMap, sync::Arc};

use app::model::bucket_start;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use server::{
    clock::Clock,
    pipeline::live::stream::{Line, LineKind, QUOTE_MS, Refiner, RefinerConfig, WATERMARK_MS},
    simulator::{
        BOOK_TICK_MS, Exchange, Fault, Out, Protocol, SimulatorConfig, Truth, World as Market,
    },
    source::{
        Budget,
        link::{Conn, Link, LinkAction, LinkConfig, LinkInput, LinkNotice, LinkView},
        session::{BookChange, Channel, FrameFacts, StreamEvent},
        venue::{self, Place, Venue},
    },
};

use super::{
    chaos::{Change, Chaos},
    ledger::Ledger,
    rest::{Asked, Rest, Why},
    wire::{Delay, Parcel, Wire},
};

/// 15 seconds into a minute.
pub const START: i64 = 1_790_000_055_000;
/// The shell looks after its link so often.
const TICK_MS: i64 = 200;
/// Rows are handed over so often.
const FLUSH_MS: i64 = 100;
/// Books are compared so often.
const LOOK_MS: i64 = 1_000;
/// Candles are polled so often.
const POLL_MS: i64 = 20_000;
/// Inputs of one millisecond: more of them are a loop without a pause.
const MOST_INPUTS: u32 = 20_000;
const BASE: &str = "http://exchange";
const STREAM_BASE: &str = "ws://exchange";

/// What happens next.
#[derive(Debug)]
pub enum Event {
    Tick,
    Flush,
    Look,
    Poll,
    Fault(Change),
    /// The process dies and another one starts.
    Kill,
    Handshake(Conn),
    Opened(Conn),
    Turned(Conn, String, Option<u16>, Option<i64>),
    /// The exchange has something to say.
    Due(Conn),
    ToUs(Conn, Parcel),
    ToExchange(Conn, Out),
    /// A question is to be sent, reaches the exchange, is answered.
    Ask(Asked),
    Question(Asked),
    Answer(Asked, Result<String, Option<i64>>),
}

/// What is looked at afterwards.
#[derive(Debug, Default)]
pub struct Record {
    pub opened: Vec<i64>,
    pub snapshots: Vec<i64>,
    pub notices: Vec<(i64, LinkNotice, String)>,
    /// Books that were compared and the same.
    pub books: usize,
    /// Books that were the same where a checksum proves them, but not behind that: a change was left out.
    pub unproven: usize,
    /// Seconds in which some book could be trusted, and in which none could.
    pub trusted: usize,
    pub untrusted: usize,
    pub frames: usize,
    pub unreadable: Vec<String>,
    pub kills: usize,
    /// What must never happen.
    pub wrong: Vec<String>,
}

#[derive(Debug)]
pub struct World {
    pub seed: u64,
    pub protocol: Protocol,
    pub now: i64,
    pub ledger: Ledger,
    pub record: Record,
    pub rng: ChaCha8Rng,
    pub venue: Arc<dyn Venue>,
    pub rest: Rest,
    pub exchange: Arc<dyn Exchange>,
    pub delay: Delay,
    /// What was to happen, in words.
    pub story: String,
    /// Changes of books were left out.
    leapt: bool,
    clock: Clock,
    market: Market,
    channels: Vec<Channel>,
    symbol: String,
    link: Link,
    config: LinkConfig,
    wires: BTreeMap<Conn, Wire>,
    /// Connections have other numbers in every life of the process.
    lives: u64,
    agenda: BTreeMap<(i64, u64), Event>,
    serial: u64,
    inputs: u32,
}

/// How a world is made.
#[derive(Debug, Clone)]
pub struct Setting {
    pub protocol: Protocol,
    pub seed: u64,
    /// Levels a side of the true book.
    pub levels: usize,
    /// Trades a second of the whole market.
    pub rate: f64,
}

/// Patience of a link, shortened where it is hours or many minutes: what has to be bounded is the number of tries.
fn link_config(venue: &dyn Venue, channels: &[Channel], lifetime_ms: i64) -> LinkConfig {
    let mut config = LinkConfig::new(venue.facts(), channels);
    config.backoff.blocked_ms = 10_000;
    config.backoff.cap_ms = 30_000;
    config.book.give_up_ms = 60_000;
    config.lifetime_ms = Some(lifetime_ms);
    config
}

impl World {
    pub fn new(setting: &Setting) -> Self {
        let clock = Clock::fixed(START);
        let market = Market::new(&SimulatorConfig {
            seed: setting.seed,
            clock: clock.clone(),
            book_levels: setting.levels,
            rate: setting.rate,
            retry_after_s: 3,
            ..SimulatorConfig::default()
        })
        .unwrap();
        let protocol = setting.protocol;
        let mut rng = ChaCha8Rng::seed_from_u64(setting.seed);
        let name = protocol.as_str();
        let facts = venue::facts_of(name).unwrap();
        let symbol = facts.pairs[0].1.to_owned();
        let place = Place {
            rest: BASE.to_owned(),
            stream: STREAM_BASE.to_owned(),
            symbol: symbol.clone(),
        };
        let venue = venue::open(name, &place).unwrap();
        let channels: Vec<Channel> = facts.channels.to_vec();
        let lifetime_ms = rng.random_range(240_000..1_200_000);
        let config = link_config(&*venue, &channels, lifetime_ms);
        let mut world = Self {
            seed: setting.seed,
            protocol,
            now: START,
            ledger: Ledger::new(facts, START),
            record: Record::default(),
            delay: Delay::of(&mut rng),
            story: String::new(),
            leapt: false,
            rng,
            exchange: market.exchange(protocol),
            rest: Rest::new(Budget::new(facts, START)),
            clock,
            market,
            link: Link::new(config.clone(), setting.seed, START),
            config,
            channels,
            symbol,
            venue,
            wires: BTreeMap::new(),
            lives: 0,
            agenda: BTreeMap::new(),
            serial: 0,
            inputs: 0,
        };
        world.at(START, Event::Tick);
        world.at(START + FLUSH_MS, Event::Flush);
        world.at(START + LOOK_MS, Event::Look);
        world.at(START + POLL_MS, Event::Poll);
        world.ledger.started(START);
        world
    }

    pub const fn truth(&self) -> &Truth {
        self.market.truth()
    }

    pub fn view(&self) -> LinkView {
        self.link.view(self.now)
    }

    /// Adds the faults to the agenda.
    pub fn expect(&mut self, chaos: &Chaos) {
        self.story = chaos.to_string();
        for (at, change) in &chaos.changes {
            self.at(START + at, Event::Fault(*change));
        }
        for at in &chaos.kills {
            self.at(START + at, Event::Kill);
        }
    }

    pub fn at(&mut self, at: i64, event: Event) {
        self.serial += 1;
        self.agenda.insert((at.max(self.now), self.serial), event);
    }

    /// Lets time pass.
    pub fn run_until(&mut self, until: i64) {
        while let Some(entry) = self.agenda.first_entry() {
            let (at, _) = *entry.key();
            if at > until {
                break;
            }
            let event = entry.remove();
            if at > self.now {
                self.inputs = 0;
                self.now = at;
                self.clock.set(at);
            }
            self.inputs += 1;
            if self.inputs > MOST_INPUTS {
                self.wrong(&format!("a loop without a pause: {event:?}"));
                return;
            }
            self.take(event);
        }
        self.now = until;
        self.clock.set(until);
    }

    pub fn wrong(&mut self, what: &str) {
        if self.record.wrong.len() < 20 {
            let after = (self.now - START) as f64 / 1_000.0;
            self.record.wrong.push(format!("after {after} s: {what}"));
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Tick => {
                self.input(LinkInput::Tick);
                self.heal();
                self.at(self.now + TICK_MS, Event::Tick);
            }
            Event::Flush => {
                self.flush_all();
                self.at(self.now + FLUSH_MS, Event::Flush);
            }
            Event::Look => {
                self.look();
                self.at(self.now + LOOK_MS, Event::Look);
            }
            Event::Poll => {
                self.poll();
                self.at(self.now + POLL_MS, Event::Poll);
            }
            Event::Fault(change) => self.fault(change),
            Event::Kill => self.kill(),
            Event::Handshake(conn) => self.handshake(conn),
            Event::Opened(conn) => self.opened(conn),
            Event::Turned(conn, reason, status, retry_after_ms) => {
                if self.wires.remove(&conn).is_some() {
                    self.input(LinkInput::OpenFailed {
                        conn,
                        reason,
                        status,
                        retry_after_ms,
                    });
                }
            }
            Event::Due(conn) => self.due(conn),
            Event::ToUs(conn, parcel) => self.receive(conn, parcel),
            Event::ToExchange(conn, what) => self.reach(conn, what),
            Event::Ask(asked) => self.ask(asked),
            Event::Question(asked) => self.question(asked),
            Event::Answer(asked, answer) => match asked.why {
                Why::Snapshot(conn) => self.snapshot(conn, asked.at, answer),
                Why::Gap(id) => self.page(id, answer),
                Why::Candles => self.candles(answer),
            },
        }
    }

    fn fault(&mut self, change: Change) {
        let faults = self.market.faults();
        match change {
            Change::On(fault) => {
                self.leapt |= fault == Fault::SequenceGap;
                faults.set(fault, Some(self.protocol), None);
            }
            Change::Off(fault) => {
                faults.clear(fault, Some(self.protocol));
            }
        }
    }

    /// What was not handed over is lost; what was is there.
    fn kill(&mut self) {
        self.wires.clear();
        self.lives += 1;
        self.record.kills += 1;
        self.rest = Rest::new(Budget::new(self.venue.facts(), self.now));
        self.link = Link::new(self.config.clone(), self.seed ^ self.lives, self.now);
        self.ledger.started(self.now);
    }

    /// Numbers of connections of an earlier life lead nowhere.
    const fn number(&self, conn: Conn) -> Conn {
        conn + self.lives * 1_000_000
    }

    fn wire(&mut self, conn: Conn) -> Option<&mut Wire> {
        self.wires.get_mut(&conn)
    }

    fn input(&mut self, input: LinkInput<'_>) {
        let mut actions = Vec::new();
        let base = self.lives * 1_000_000;
        let input = renumbered(input, base);
        self.link.handle(input, self.now, &mut actions);
        for action in actions {
            self.act(action);
        }
    }

    fn act(&mut self, action: LinkAction) {
        match action {
            LinkAction::Open(conn) => {
                let conn = self.number(conn);
                self.record.opened.push(self.now);
                self.wires.insert(conn, Wire::new(self.now));
                let at = self.now + self.delay.draw(&mut self.rng);
                self.at(at, Event::Handshake(conn));
            }
            LinkAction::Send(conn, text) => {
                let conn = self.number(conn);
                self.note(conn, LineKind::Sent, text.clone());
                self.send(conn, Out::Text(text));
            }
            LinkAction::Close(conn, _) => self.close(self.number(conn)),
            LinkAction::AskSnapshot(conn) => {
                let conn = self.number(conn);
                self.record.snapshots.push(self.now);
                let near = self.wires.get(&conn).and_then(|wire| wire.near.as_ref());
                match near.and_then(|near| near.session().snapshot_url()) {
                    Some(url) => {
                        let weight = self.venue.depth().weight;
                        self.ask(Asked::new(Why::Snapshot(conn), url, weight, self.now));
                    }
                    None => self.wrong("a snapshot is asked for that nobody wants"),
                }
            }
            LinkAction::Lead(_) => {}
            LinkAction::Notice(notice, words) => {
                // rows of before come before
                self.flush_all();
                self.ledger.notice(notice, self.now);
                self.record.notices.push((self.now, notice, words));
            }
        }
    }

    fn send(&mut self, conn: Conn, what: Out) {
        let delay_ms = self.delay.draw(&mut self.rng);
        let now = self.now;
        let Some(wire) = self.wire(conn) else {
            return;
        };
        wire.sent.push(now);
        wire.sent.retain(|at| now - at < 1_000);
        let count = wire.sent.len();
        let at = wire.departure(now, delay_ms);
        self.at(at, Event::ToExchange(conn, what));
        if self.protocol == Protocol::Binance && count > 5 {
            self.wrong(&format!("{count} messages to the venue within a second"));
        }
    }

    fn handshake(&mut self, conn: Conn) {
        let (delay_ms, now) = (self.delay.draw(&mut self.rng), self.now);
        let url = self.venue.stream_url(&self.channels);
        let (path, query) = split(&url);
        let answer = self.exchange.connect(path, query, now);
        let Some(wire) = self.wires.get_mut(&conn) else {
            return;
        };
        let at = wire.arrival(now, delay_ms);
        match answer {
            Ok(far) => {
                wire.far = Some(far);
                self.at(at, Event::Opened(conn));
                self.at(now, Event::Due(conn));
            }
            Err(answer) => {
                let retry_after_ms = Rest::retry_after_ms(&answer);
                let reason = format!("HTTP {}", answer.status);
                let turned = Event::Turned(conn, reason, Some(answer.status), retry_after_ms);
                self.at(at, turned);
            }
        }
    }

    fn opened(&mut self, conn: Conn) {
        if !self.wires.contains_key(&conn) {
            return;
        }
        let config = RefinerConfig {
            symbol: self.symbol.clone(),
            channels: self.channels.clone(),
            quote_ms: QUOTE_MS,
            watermark_ms: WATERMARK_MS,
        };
        let mut refiner = Refiner::new(self.venue.session(&self.channels), config);
        let hello = refiner.hello();
        let keep_alive = refiner.session().keep_alive();
        if let Some(wire) = self.wire(conn) {
            wire.near = Some(refiner);
        }
        self.input(LinkInput::Opened {
            conn,
            hello,
            keep_alive,
        });
    }

    /// The exchange speaks, and says when it wants to speak next.
    fn due(&mut self, conn: Conn) {
        let now = self.now;
        let Some(far) = self.wire(conn).and_then(|wire| wire.far.as_mut()) else {
            return;
        };
        let said = far.due(now);
        let next = far.next_due();
        if next < i64::MAX {
            self.at(next.max(now + 1), Event::Due(conn));
        }
        self.said(conn, said);
    }

    fn reach(&mut self, conn: Conn, what: Out) {
        let now = self.now;
        let Some(far) = self.wire(conn).and_then(|wire| wire.far.as_mut()) else {
            return;
        };
        let said = match what {
            Out::Text(text) => far.receive(&text, now),
            Out::Ping(payload) => far.pong(&payload, now),
            Out::Close { .. } | Out::Drop => Vec::new(),
        };
        self.said(conn, said);
    }

    fn said(&mut self, conn: Conn, said: Vec<Out>) {
        let now = self.now;
        for what in said {
            let delay_ms = self.delay.draw(&mut self.rng);
            let Some(wire) = self.wires.get_mut(&conn) else {
                return;
            };
            let at = wire.arrival(now, delay_ms);
            let parcel = match what {
                Out::Text(text) => {
                    *wire.under_way.entry(now).or_default() += 1;
                    Parcel::Text(text, now)
                }
                Out::Ping(payload) => Parcel::Ping(payload),
                Out::Close { code, reason } => {
                    wire.far = None;
                    Parcel::End(format!("closed with {code}: {reason}"))
                }
                Out::Drop => {
                    wire.far = None;
                    Parcel::End("reset by peer".to_owned())
                }
            };
            self.at(at, Event::ToUs(conn, parcel));
        }
    }

    fn receive(&mut self, conn: Conn, parcel: Parcel) {
        if self.wires.get(&conn).is_none_or(|wire| wire.near.is_none()) {
            return;
        }
        match parcel {
            Parcel::Text(text, sent_at) => {
                self.record.frames += 1;
                if let Some(wire) = self.wire(conn) {
                    wire.arrived(sent_at);
                }
                let mut events = Vec::new();
                let facts = self.line(conn, LineKind::Frame, text, sent_at, &mut events);
                self.input(LinkInput::Frame {
                    conn,
                    facts,
                    events: &events,
                });
            }
            // a socket answers by itself, and echoes what was sent
            Parcel::Ping(payload) => self.send(conn, Out::Ping(payload)),
            Parcel::End(reason) => {
                self.close(conn);
                self.input(LinkInput::Closed { conn, reason });
            }
        }
    }

    fn snapshot(&mut self, conn: Conn, asked_at: i64, answer: Result<String, Option<i64>>) {
        if self.wires.get(&conn).is_none_or(|wire| wire.near.is_none()) {
            return;
        }
        let before = self.record.unreadable.len();
        let mut events = Vec::new();
        let answer = answer.map(|body| {
            self.line(conn, LineKind::Answer, body, asked_at, &mut events);
        });
        let read = self.record.unreadable.len() == before;
        let answer = match answer {
            Ok(()) if read => Ok(&events[..]),
            Ok(()) => Err(None),
            Err(retry_after_ms) => Err(retry_after_ms),
        };
        self.input(LinkInput::Snapshot { conn, answer });
    }

    fn note(&mut self, conn: Conn, kind: LineKind, text: String) {
        let now = self.now;
        if let Some(near) = self.wire(conn).and_then(|wire| wire.near.as_mut()) {
            let line = Line {
                at: now,
                kind,
                text,
            };
            near.line(&line, &mut Vec::new()).unwrap();
        }
    }

    /// Lets the refiner read a line; follows which of the exchange's books ours should be.
    fn line(
        &mut self,
        conn: Conn,
        kind: LineKind,
        text: String,
        sent_at: i64,
        events: &mut Vec<StreamEvent>,
    ) -> FrameFacts {
        let line = Line {
            at: self.now,
            kind,
            text,
        };
        let Some(wire) = self.wires.get_mut(&conn) else {
            return FrameFacts::default();
        };
        let Some(near) = wire.near.as_mut() else {
            return FrameFacts::default();
        };
        let read = near.line(&line, events);
        let about_book = read
            .as_ref()
            .is_ok_and(|facts| facts.channel == Some(Channel::Book));
        if about_book || kind == LineKind::Answer {
            wire.told_at = wire.told_at.max(sent_at);
        }
        for event in &*events {
            match event {
                StreamEvent::Book(BookChange::Lost { cause, .. }) => {
                    wire.book_at = None;
                    wire.lost = Some(*cause);
                }
                StreamEvent::Book(_) => {
                    wire.book_at = Some(bucket_start(wire.told_at, BOOK_TICK_MS));
                    wire.lost = None;
                }
                _ => {}
            }
        }
        read.unwrap_or_else(|error| {
            if self.record.unreadable.len() < 1_000 {
                self.record.unreadable.push(error.to_string());
            }
            FrameFacts::default()
        })
    }

    fn close(&mut self, conn: Conn) {
        if let Some(mut near) = self.wires.remove(&conn).and_then(|wire| wire.near) {
            let rows = near.finish();
            self.ledger.rows(&rows, self.now);
        }
    }

    fn flush_all(&mut self) {
        for wire in self.wires.values_mut() {
            if let Some(near) = wire.near.as_mut() {
                let rows = near.take();
                self.ledger.rows(&rows, self.now);
            }
        }
    }

    /// Compares every book that says it can be trusted with what the exchange's was.
    fn look(&mut self) {
        let mut trusted = false;
        let mut wrong = Vec::new();
        let leader = self.link.leader().map(|conn| self.number(conn));
        for (conn, wire) in &self.wires {
            let Some(book) = wire.near.as_ref().and_then(|near| near.session().book()) else {
                continue;
            };
            trusted |= leader == Some(*conn);
            if wire.under_way.contains_key(&wire.told_at) {
                // some venues tell a change level by level: this one is not complete
                continue;
            }
            let Some(at) = wire.book_at else {
                wrong.push(format!("connection {conn}: a book that was never told of"));
                continue;
            };
            let truth = self.market.truth().book(self.protocol, at);
            match super::verdict::same_book(self.protocol, book, &truth) {
                Ok(()) => self.record.books += 1,
                Err(_)
                    if self.protocol == Protocol::Kraken
                        && self.leapt
                        && super::verdict::same_top(book, &truth) =>
                {
                    self.record.unproven += 1;
                }
                Err(why) => wrong.push(format!("connection {conn}: {why}")),
            }
        }
        for what in wrong {
            self.wrong(&what);
        }
        if trusted {
            self.record.trusted += 1;
        } else {
            self.record.untrusted += 1;
        }
    }
}

/// The link counts its connections from 1 in every life.
fn renumbered(input: LinkInput<'_>, base: Conn) -> LinkInput<'_> {
    // an event of an earlier life is not told to the link at all: its wire is gone
    match input {
        LinkInput::Tick => LinkInput::Tick,
        LinkInput::Opened {
            conn,
            hello,
            keep_alive,
        } => LinkInput::Opened {
            conn: conn - base,
            hello,
            keep_alive,
        },
        LinkInput::OpenFailed {
            conn,
            reason,
            status,
            retry_after_ms,
        } => LinkInput::OpenFailed {
            conn: conn - base,
            reason,
            status,
            retry_after_ms,
        },
        LinkInput::Frame {
            conn,
            facts,
            events,
        } => LinkInput::Frame {
            conn: conn - base,
            facts,
            events,
        },
        LinkInput::Snapshot { conn, answer } => LinkInput::Snapshot {
            conn: conn - base,
            answer,
        },
        LinkInput::Closed { conn, reason } => LinkInput::Closed {
            conn: conn - base,
            reason,
        },
    }
}

/// Path and query of a URL of the played exchange.
pub fn split(url: &str) -> (&str, &str) {
    let rest = url
        .strip_prefix(BASE)
        .or_else(|| url.strip_prefix(STREAM_BASE))
        .unwrap_or(url);
    rest.split_once('?').unwrap_or((rest, ""))
}
