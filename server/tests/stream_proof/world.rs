//! One venue of the simulator and everything that Assay has between a socket and its tables, in memory, under a clock
//! that leaps from event to event.
//!
//! The exchange, the link, the session, the refiner and the planning of gaps are the real ones; sockets, HTTP and
//! tables are played.

mod link;
mod look;
mod traffic;

use std::{collections::BTreeMap, sync::Arc};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use server::{
    clock::Clock,
    simulator::{Exchange, Fault, Out, Protocol, SimulatorConfig, Truth, World as Market},
    source::{
        Budget,
        link::{Conn, Link, LinkConfig, LinkInput, LinkNotice, LinkView},
        session::Channel,
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
}

/// Path and query of a URL of the played exchange.
pub fn split(url: &str) -> (&str, &str) {
    let rest = url
        .strip_prefix(BASE)
        .or_else(|| url.strip_prefix(STREAM_BASE))
        .unwrap_or(url);
    rest.split_once('?').unwrap_or((rest, ""))
}
