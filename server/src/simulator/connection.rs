//! One connection to a stream: time passes in ticks, the venue's dialect says what is said, and the faults that all
//! venues have in common get in the way.

use app::model::bucket_start;

use super::{
    book::BOOK_TICK_MS,
    exchange::{Conn, Out},
    fault::Fault,
    faults::FaultState,
    venue::{Act, Dialect, Kind},
    world::Place,
};

/// Trades are sent in steps of so many milliseconds at least.
const TRADE_STEP_MS: i64 = 10;
/// A connection that nobody drove for so long is dropped: its data would not fit anywhere.
const LONGEST_LAG_MS: i64 = 900_000;
/// A trade waits so long for another one to change places with.
const LONGEST_SWAP_MS: i64 = 1_000;
/// Time between the announcement of the end and the end.
const GOODBYE_MS: i64 = 10_000;
/// While data is cut, one message in so many is.
const CUT_EVERY: u64 = 10;

/// A connection.
#[derive(Debug)]
pub(super) struct Connection {
    place: Place,
    dialect: Box<dyn Dialect>,
    born: i64,
    /// Everything until then, itself included, is done.
    last: i64,
    greeted: bool,
    dead: bool,
    /// Nothing is sent any more.
    silent: bool,
    /// When the last messages of the client came.
    received: Vec<i64>,
    sent: u64,
    /// A trade that waits to be sent after the next one, and since when.
    swapped: Option<(i64, String)>,
    /// Starts of the fault spans that have left out a change of the book, and a trade.
    skipped: [Option<i64>; 2],
    /// When it ends after the announcement.
    ends_at: Option<i64>,
    /// Start of the shutdown span that it has announced.
    announced: Option<i64>,
}

impl Connection {
    pub(super) fn new(place: Place, dialect: Box<dyn Dialect>, now: i64) -> Self {
        Self {
            place,
            dialect,
            born: now,
            // What is said at the opening is due at once.
            last: now - 1,
            greeted: false,
            dead: false,
            silent: false,
            received: Vec::new(),
            sent: 0,
            swapped: None,
            skipped: [None; 2],
            ends_at: None,
            announced: None,
        }
    }

    /// Faults that begin and end connections.
    fn edges(&mut self, at: i64, state: &FaultState, out: &mut Vec<Out>) {
        let venue = self.place.protocol;
        let older = |fault| {
            let since = state.since(fault, venue, at);
            since.filter(|since| self.born < *since)
        };
        if older(Fault::Disconnect).is_some() || older(Fault::Restart).is_some() {
            self.end(Out::Drop, out);
            return;
        }
        if older(Fault::Cut).is_some() {
            let reason = "connection has reached its time limit".to_owned();
            self.end(Out::Close { code: 1001, reason }, out);
            return;
        }
        if state.is_on(Fault::HalfOpen, venue, at) || state.is_on(Fault::Silence, venue, at) {
            self.silent = true;
        }
        let shutdown = older(Fault::ServerShutdown);
        if shutdown.is_some() && shutdown != self.announced {
            self.announced = shutdown;
            self.ends_at = Some(at + GOODBYE_MS);
            let mut acts = Vec::new();
            self.dialect.goodbye(at, &mut acts);
            self.perform(acts, at, state, out);
        }
        if self.ends_at.is_some_and(|end| at >= end) {
            let reason = "service restart".to_owned();
            self.end(Out::Close { code: 1012, reason }, out);
        }
    }

    fn end(&mut self, how: Out, out: &mut Vec<Out>) {
        if !self.silent {
            out.push(how);
        }
        self.dead = true;
    }

    fn perform(&mut self, acts: Vec<Act>, at: i64, state: &FaultState, out: &mut Vec<Out>) {
        for act in acts {
            if self.dead || self.silent {
                return;
            }
            match act {
                Act::Say(kind, text) => self.say(kind, text, at, state, out),
                Act::Ping(payload) => out.push(Out::Ping(payload)),
                Act::Close(code, reason) => {
                    let reason = reason.to_owned();
                    self.end(Out::Close { code, reason }, out);
                }
                Act::Drop => self.end(Out::Drop, out),
            }
        }
    }

    fn say(&mut self, kind: Kind, text: String, at: i64, state: &FaultState, out: &mut Vec<Out>) {
        let venue = self.place.protocol;
        let numbered = match kind {
            Kind::Trade => Some(1),
            Kind::Book { checked: true, .. } => Some(0),
            _ => None,
        };
        if let Some(which) = numbered
            && let Some(since) = state.since(Fault::SequenceGap, venue, at)
            && self.skipped[which] != Some(since)
        {
            self.skipped[which] = Some(since);
            // It would have had a number: the next one leaps.
            self.dialect.seal(text, at);
            return;
        }
        let again = match kind {
            Kind::Trade => true,
            Kind::Book { repeatable, .. } => repeatable,
            _ => false,
        };
        let again = again && state.is_on(Fault::Duplicates, venue, at);
        if kind == Kind::Trade && state.is_on(Fault::Reordering, venue, at) {
            match self.swapped.take() {
                None => self.swapped = Some((at, text)),
                Some((_, earlier)) => {
                    self.send(text, at, state, out);
                    self.send(earlier, at, state, out);
                }
            }
            return;
        }
        if again {
            self.send(text.clone(), at, state, out);
        }
        self.send(text, at, state, out);
    }

    fn send(&mut self, text: String, at: i64, state: &FaultState, out: &mut Vec<Out>) {
        let mut text = self.dialect.seal(text, at);
        self.sent += 1;
        let cut = self.sent.is_multiple_of(CUT_EVERY);
        if cut && state.is_on(Fault::TruncatedJson, self.place.protocol, at) {
            text.truncate(text.len() / 2);
        }
        out.push(Out::Text(text));
    }

    fn tick(&mut self, at: i64, state: &FaultState, out: &mut Vec<Out>) {
        self.edges(at, state, out);
        if self.dead || self.silent {
            return;
        }
        if let Some((since, text)) = self.swapped.take() {
            let waits = state.is_on(Fault::Reordering, self.place.protocol, at);
            if waits && at - since < LONGEST_SWAP_MS {
                self.swapped = Some((since, text));
            } else {
                self.send(text, at, state, out);
            }
        }
        let mut acts = Vec::new();
        self.dialect.tick(at, &mut acts);
        self.perform(acts, at, state, out);
    }

    /// Counts a message of the client; says whether it may go on.
    fn admit(&mut self, now: i64, out: &mut Vec<Out>) -> bool {
        if self.dead || self.silent {
            return false;
        }
        self.received.retain(|at| now - at < 1_000);
        self.received.push(now);
        let most = self.dialect.messages_per_second();
        let kicked = self.place.on(Fault::RateKick, now);
        if kicked || most.is_some_and(|most| self.received.len() > most) {
            let reason = "Too many requests".to_owned();
            self.end(Out::Close { code: 1008, reason }, out);
            return false;
        }
        true
    }
}

impl Conn for Connection {
    fn receive(&mut self, text: &str, now_ms: i64) -> Vec<Out> {
        let mut out = self.due(now_ms);
        if self.admit(now_ms, &mut out) {
            let mut acts = Vec::new();
            self.dialect.receive(text, now_ms, &mut acts);
            let state = self.place.faults.state();
            self.perform(acts, now_ms, &state, &mut out);
        }
        out
    }

    fn ping(&mut self, now_ms: i64) -> Vec<Out> {
        let mut out = self.due(now_ms);
        self.admit(now_ms, &mut out);
        out
    }

    fn pong(&mut self, payload: &[u8], now_ms: i64) -> Vec<Out> {
        let mut out = self.due(now_ms);
        if self.admit(now_ms, &mut out) {
            self.dialect.pong(payload, now_ms);
        }
        out
    }

    fn due(&mut self, now_ms: i64) -> Vec<Out> {
        let mut out = Vec::new();
        if self.dead || now_ms <= self.last {
            return out;
        }
        if now_ms - self.last > LONGEST_LAG_MS {
            self.end(Out::Drop, &mut out);
            return out;
        }
        let state = self.place.faults.state();
        if !std::mem::replace(&mut self.greeted, true) {
            let mut acts = Vec::new();
            self.dialect.greet(now_ms, &mut acts);
            self.perform(acts, now_ms, &state, &mut out);
        }
        let trades = if self.dialect.wants_trades() && !self.silent {
            let (from, to) = (self.last + 1, now_ms + 1);
            self.place.truth.trades(self.place.protocol, from, to)
        } else {
            Vec::new()
        };
        let mut trades = trades.into_iter().peekable();
        let mut next_tick = bucket_start(self.last, BOOK_TICK_MS) + BOOK_TICK_MS;
        while !self.dead {
            let until = next_tick.min(now_ms + 1);
            while let Some(trade) = trades.next_if(|trade| trade.at_ms() < until) {
                let mut acts = Vec::new();
                self.dialect.trade(&trade, &mut acts);
                self.perform(acts, trade.at_ms(), &state, &mut out);
            }
            if next_tick > now_ms {
                break;
            }
            self.tick(next_tick, &state, &mut out);
            next_tick += BOOK_TICK_MS;
        }
        self.last = now_ms;
        out
    }

    fn next_due(&self) -> i64 {
        if self.dead {
            return i64::MAX;
        }
        let tick = bucket_start(self.last, BOOK_TICK_MS) + BOOK_TICK_MS;
        if !self.dialect.wants_trades() || self.silent {
            return tick;
        }
        let trades = self
            .place
            .truth
            .trades(self.place.protocol, self.last + 1, tick);
        let first = trades.first().map_or(tick, |trade| trade.at_ms());
        first.max(self.last + TRADE_STEP_MS).min(tick)
    }
}
