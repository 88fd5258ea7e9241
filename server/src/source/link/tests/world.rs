//! A venue in memory and the shell of a link, under a clock of their own. Every action of the link is checked as it
//! comes.

use std::collections::BTreeMap;

use app::model::{Candle, Quote, Side, Trade};

use super::super::*;
use crate::source::{
    session::{BookChange, Channel, FrameFacts, StreamEvent},
    venue::{Allowance, Facts},
};

pub const MINUTE: i64 = 60_000;
const STEP: i64 = 100;
const DAY: i64 = 86_400_000;

pub const FACTS: Facts = Facts {
    name: "test",
    rest: "",
    stream: "",
    pairs: &[],
    requests: Allowance {
        capacity: 100,
        per_ms: 1_000,
    },
    connects: Allowance {
        capacity: 20,
        per_ms: 60_000,
    },
    lifetime_ms: Some(DAY),
    channels: &Channel::ALL,
    counts_trades: true,
    tells_checksums: false,
    lists_all_minutes: true,
    trades_reach_ms: None,
    candles_reach_ms: None,
};

/// What the venue answers a handshake with.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    Accept,
    Refuse(Option<u16>, Option<i64>),
    Never,
}

/// How the venue behaves.
#[derive(Debug, Clone)]
pub struct Behaviour {
    pub answer: Answer,
    pub open_takes_ms: i64,
    pub confirms: bool,
    pub data: bool,
    pub heartbeats: bool,
    /// Snapshots lead to a book.
    pub books: bool,
    pub quiet: Vec<Channel>,
    pub mute_conns: Vec<(Conn, Channel)>,
    pub drop_after_ms: Option<i64>,
    pub frozen: Option<i64>,
    pub hello: usize,
    pub keep_alive: Option<(i64, String)>,
}

#[derive(Debug)]
struct Connection {
    began_at: i64,
    opened_at: Option<i64>,
    confirmed: bool,
    mute: bool,
    wants_book: bool,
    /// Data in a row, for who looks whether both are fed.
    fed: bool,
}

#[derive(Debug)]
pub struct World {
    pub link: Link,
    pub config: LinkConfig,
    pub venue: Behaviour,
    pub now: i64,
    connections: BTreeMap<Conn, Connection>,
    questions: Vec<(Conn, i64)>,
    pub opened: Vec<(Conn, i64)>,
    pub closed: Vec<(Conn, String)>,
    pub noticed: Vec<(i64, LinkNotice, String)>,
    pub sent: Vec<String>,
    pub sent_at: Vec<i64>,
    pub asked: Vec<i64>,
    pub both_fed: bool,
    pub seed: u64,
}

pub fn trade() -> StreamEvent {
    StreamEvent::Trade {
        trade: Trade {
            trade_id: 1,
            traded_at: 0,
            price: 1.0,
            size: 1.0,
            side: Side::Buy,
        },
        history: false,
    }
}

impl World {
    pub fn new(seed: u64, config: LinkConfig) -> Self {
        let now = 1_790_000_000_000;
        Self {
            link: Link::new(config.clone(), seed, now),
            config,
            venue: Behaviour {
                answer: Answer::Accept,
                open_takes_ms: 100,
                confirms: true,
                data: true,
                heartbeats: true,
                books: true,
                quiet: Vec::new(),
                mute_conns: Vec::new(),
                drop_after_ms: None,
                frozen: None,
                hello: 1,
                keep_alive: None,
            },
            now,
            connections: BTreeMap::new(),
            questions: Vec::new(),
            opened: Vec::new(),
            closed: Vec::new(),
            noticed: Vec::new(),
            sent: Vec::new(),
            sent_at: Vec::new(),
            asked: Vec::new(),
            both_fed: false,
            seed,
        }
    }

    /// Kinds of what was told.
    pub fn notices(&self) -> Vec<String> {
        let kind = |notice: &LinkNotice| {
            let text = format!("{notice:?}");
            text.split(' ').next().unwrap_or_default().to_owned()
        };
        self.noticed
            .iter()
            .map(|(_, notice, _)| kind(notice))
            .collect()
    }

    pub fn run(&mut self, ms: i64) {
        let until = self.now + ms;
        while self.now < until {
            self.now += STEP;
            self.input(LinkInput::Tick);
            self.live();
            if self.connections.values().filter(|c| c.fed).count() == 2 {
                self.both_fed = true;
            }
        }
    }

    /// Nothing passes over connections that stand; they stay open.
    pub fn mute(&mut self) {
        for connection in self.connections.values_mut() {
            connection.mute = true;
        }
    }

    pub fn drop_all(&mut self, reason: &str) {
        let conns: Vec<Conn> = self.connections.keys().copied().collect();
        for conn in conns {
            self.closes(conn, reason);
        }
    }

    pub fn closes(&mut self, conn: Conn, reason: &str) {
        self.connections.remove(&conn);
        self.input(LinkInput::Closed {
            conn,
            reason: reason.to_owned(),
        });
    }

    pub fn say(&mut self, conn: Conn, event: StreamEvent) {
        self.say_all(conn, &[event]);
    }

    pub fn say_all(&mut self, conn: Conn, events: &[StreamEvent]) {
        self.input(LinkInput::Frame {
            conn,
            facts: FrameFacts::default(),
            events,
        });
    }

    pub fn conns(&self) -> Vec<Conn> {
        self.connections.keys().copied().collect()
    }

    /// One step of the venue.
    fn live(&mut self) {
        for (conn, at) in std::mem::take(&mut self.questions) {
            if self.now < at {
                self.questions.push((conn, at));
            } else if self.venue.books {
                let synced = [StreamEvent::Book(BookChange::Synced { observed_at: None })];
                self.input(LinkInput::Snapshot {
                    conn,
                    answer: Ok(&synced),
                });
            } else {
                self.input(LinkInput::Snapshot {
                    conn,
                    answer: Ok(&[StreamEvent::WantSnapshot]),
                });
            }
        }
        for conn in self.conns() {
            self.live_one(conn);
        }
    }

    fn live_one(&mut self, conn: Conn) {
        let venue = self.venue.clone();
        let Some(connection) = self.connections.get_mut(&conn) else {
            return;
        };
        let Some(opened_at) = connection.opened_at else {
            match venue.answer {
                Answer::Never => {}
                Answer::Accept if self.now - connection.began_at >= venue.open_takes_ms => {
                    connection.opened_at = Some(self.now);
                    self.input(LinkInput::Opened {
                        conn,
                        hello: (0..venue.hello).map(|i| format!("hello {i}")).collect(),
                        keep_alive: venue.keep_alive,
                    });
                }
                Answer::Accept => {}
                Answer::Refuse(status, retry_after_ms) => {
                    self.connections.remove(&conn);
                    self.input(LinkInput::OpenFailed {
                        conn,
                        reason: "refused".to_owned(),
                        status,
                        retry_after_ms,
                    });
                }
            }
            return;
        };
        let age = self.now - opened_at;
        if age >= DAY || venue.drop_after_ms.is_some_and(|after| age >= after) {
            self.closes(conn, "dropped");
            return;
        }
        if connection.mute {
            return;
        }
        if venue.confirms && !connection.confirmed {
            connection.confirmed = true;
            connection.wants_book = true;
            let events: Vec<StreamEvent> = Channel::ALL
                .map(StreamEvent::Subscribed)
                .into_iter()
                .collect();
            self.say_all(conn, &events);
        }
        if venue.heartbeats && self.now % 1_000 < STEP {
            self.say_all(conn, &[]);
        }
        if venue.data && venue.confirms {
            self.data(conn, &venue);
        }
    }

    fn data(&mut self, conn: Conn, venue: &Behaviour) {
        let every = [
            (Channel::Trades, 700),
            (Channel::Quotes, 300),
            (Channel::Book, 100),
            (Channel::Candles, 2_000),
        ];
        for (channel, ms) in every {
            let is_mute =
                venue.quiet.contains(&channel) || venue.mute_conns.contains(&(conn, channel));
            if is_mute || self.now % ms >= STEP {
                continue;
            }
            let mut events = Vec::new();
            if let Some(connection) = self.connections.get_mut(&conn) {
                connection.fed = true;
                if channel == Channel::Book && std::mem::take(&mut connection.wants_book) {
                    events.push(StreamEvent::WantSnapshot);
                }
            }
            let exchange_at = Some(venue.frozen.unwrap_or(self.now));
            self.input(LinkInput::Frame {
                conn,
                facts: FrameFacts {
                    channel: Some(channel),
                    exchange_at,
                },
                events: &events,
            });
        }
    }

    pub fn input(&mut self, input: LinkInput<'_>) {
        let mut out = Vec::new();
        self.link.handle(input, self.now, &mut out);
        for action in out {
            self.act(action);
        }
        let leader = self.link.leader();
        assert!(
            leader.is_none_or(|leader| self.connections.contains_key(&leader)),
            "seed {}: the leader {leader:?} is no connection",
            self.seed
        );
    }

    fn act(&mut self, action: LinkAction) {
        let seed = self.seed;
        match action {
            LinkAction::Open(conn) => {
                self.opened.push((conn, self.now));
                let begun = Connection {
                    began_at: self.now,
                    opened_at: None,
                    confirmed: false,
                    mute: false,
                    wants_book: false,
                    fed: false,
                };
                assert!(
                    self.connections.insert(conn, begun).is_none(),
                    "seed {seed}"
                );
                assert!(self.connections.len() <= 2, "seed {seed}: too many");
                let allowance = self.config.connects;
                let since = self.now - allowance.per_ms;
                let recent = self.opened.iter().filter(|(_, at)| *at > since).count();
                // a full bucket, and what flows into it meanwhile
                assert!(recent <= 2 * allowance.capacity as usize, "seed {seed}");
            }
            LinkAction::Send(conn, text) => {
                assert!(self.connections[&conn].opened_at.is_some(), "seed {seed}");
                self.sent.push(text);
                self.sent_at.push(self.now);
            }
            LinkAction::Close(conn, reason) => {
                assert!(self.connections.remove(&conn).is_some(), "seed {seed}");
                self.closed.push((conn, reason));
            }
            LinkAction::AskSnapshot(conn) => {
                assert!(self.connections[&conn].opened_at.is_some(), "seed {seed}");
                self.asked.push(self.now);
                self.questions.push((conn, self.now + 200));
            }
            LinkAction::Lead(conn) => {
                assert!(
                    conn.is_none_or(|conn| self.connections.contains_key(&conn)),
                    "seed {seed}"
                );
            }
            LinkAction::Notice(notice, words) => self.noticed.push((self.now, notice, words)),
        }
    }
}

/// Any event, for who wants to say something odd.
pub fn events() -> Vec<StreamEvent> {
    let candle = Candle {
        opened_at: 0,
        open: 1.0,
        high: 1.0,
        low: 1.0,
        close: 1.0,
        volume: 0.0,
        quote_volume: None,
        trades: None,
        is_final: true,
        flags: 0,
    };
    let quote = Quote {
        observed_at: 0,
        last: 1.0,
        bid: None,
        ask: None,
        open_24h: None,
        high_24h: None,
        low_24h: None,
        volume_24h: None,
        quote_volume_24h: None,
    };
    vec![
        trade(),
        StreamEvent::Candle(candle),
        StreamEvent::Quote(quote),
        StreamEvent::WantSnapshot,
        StreamEvent::Send("again".to_owned()),
        StreamEvent::Reconnect("again".to_owned()),
        StreamEvent::Subscribed(Channel::Book),
        StreamEvent::Book(BookChange::Updated { observed_at: None }),
        StreamEvent::Book(BookChange::Synced { observed_at: None }),
        StreamEvent::Book(BookChange::Lost {
            cause: app::model::GapCause::Sequence,
            reason: "a leap".to_owned(),
        }),
        StreamEvent::Status {
            open: true,
            words: "online".to_owned(),
        },
        StreamEvent::Refused {
            channel: None,
            reason: "busy".to_owned(),
            for_good: false,
        },
        StreamEvent::Reject {
            rule: "trade.contract",
            raw: String::new(),
            reason: String::new(),
        },
    ]
}
