//! A connection to a venue's stream that is kept: a pure state machine without socket and clock.
//!
//! Its shell opens and closes sockets as told and tells what happened; everything is decided here, by times that are
//! passed in, so that hours of faults run in a test within a second.
//!
//! - A subscription has to be confirmed *and* to bring data; data, not pongs or heartbeats, say that it lives.
//! - A connection of which something is missing is replaced beside the running one, never by a hole. A quiet market is
//!   no fault: replacements that change nothing become rare.
//! - Failures are followed by growing pauses with jitter, which only data over some time reset.
//! - Before the venue cuts a connection, a second one takes over: subscribed, fed and with its book.

mod book;
mod limits;
mod outbox;
mod slot;
#[cfg(test)]
mod tests;

use self::{
    book::{BookState, Need},
    slot::{Slot, Verdict},
};
pub use self::{
    limits::{BookConfig, LinkConfig, Patience},
    slot::Conn,
};
use super::{
    backoff::Backoff,
    budget::Bucket,
    error::{is_blocked, turned_away},
    session::{BookChange, Channel, FrameFacts, StreamEvent},
};

/// What happened.
#[derive(Debug)]
pub enum LinkInput<'a> {
    /// Time passed. Told some times a second.
    Tick,
    /// The connection stands; what the session says first, and what keeps it alive.
    Opened {
        /// Which.
        conn: Conn,
        /// Frames to send first.
        hello: Vec<String>,
        /// A frame to send every so many milliseconds.
        keep_alive: Option<(i64, String)>,
    },
    /// It could not be opened.
    OpenFailed {
        /// Which.
        conn: Conn,
        /// What happened, in words.
        reason: String,
        /// HTTP status, where the venue answered.
        status: Option<u16>,
        /// How long the venue wants to be left alone, where it says so.
        retry_after_ms: Option<i64>,
    },
    /// A frame was read.
    Frame {
        /// Over which connection.
        conn: Conn,
        /// What it was about.
        facts: FrameFacts,
        /// What it says.
        events: &'a [StreamEvent],
    },
    /// A snapshot that was asked for is there, or not.
    Snapshot {
        /// Whose.
        conn: Conn,
        /// What the session makes of it; `Err`: it is no book, and how long the venue wants to be left alone.
        answer: Result<&'a [StreamEvent], Option<i64>>,
    },
    /// The connection is over.
    Closed {
        /// Which.
        conn: Conn,
        /// What happened, in words.
        reason: String,
    },
}

/// What the shell has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkAction {
    /// Open a connection of this number.
    Open(Conn),
    /// Send a frame.
    Send(Conn, String),
    /// Close a connection; nothing of it is wanted any more.
    Close(Conn, String),
    /// Ask for a snapshot of the book.
    AskSnapshot(Conn),
    /// From now on quotes, books and candles of this connection count; `None`: of no one.
    Lead(Option<Conn>),
    /// Something that people want to know, in words.
    Notice(LinkNotice, String),
}

/// Something that people want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkNotice {
    /// A connection stands and data flow.
    Connected,
    /// The leading connection is over.
    Disconnected {
        /// No other one carries data: something may be missing from `since` on.
        alone: bool,
        /// Receipt of its last data.
        since: i64,
    },
    /// The leading connection stands, but brings no data.
    Silent {
        /// Receipt of the last.
        since: i64,
    },
    /// A second connection leads from now on.
    RolledOver,
    /// The leader's book cannot be trusted.
    BookLost,
    /// It can again.
    BookSynced,
    /// The venue serves this host nothing, or not all that was asked for.
    Blocked,
}

/// How a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkView {
    /// `connecting`, `subscribing`, `streaming`, `quiet`, `backing off`, `blocked`.
    pub state: &'static str,
    /// What is wrong, in words; empty when fine.
    pub error: String,
    /// Since when the leading connection stands.
    pub connected_at: Option<i64>,
    /// Receipt of the newest data.
    pub last_at: Option<i64>,
    /// `synced`, `syncing`, `lost`; empty where no book is subscribed.
    pub book: &'static str,
    /// Connections that broke.
    pub reconnects: i64,
    /// When a connection is tried next, while there is none.
    pub next_at: Option<i64>,
}

/// The connections of one source: normally one, two while the second takes over.
#[derive(Debug)]
pub struct Link {
    config: LinkConfig,
    backoff: Backoff,
    connects: Bucket,
    /// At most two; the newest last.
    slots: Vec<Slot>,
    leader: Option<Conn>,
    next_conn: Conn,
    /// No connection is opened before.
    open_at: i64,
    /// No connection that is only suspected is replaced before.
    doubt_at: i64,
    /// Replacements that changed nothing.
    doubts: u32,
    fine_since: Option<i64>,
    /// The leader is to be replaced: why, and whether that is only suspected.
    replace: Option<(String, bool)>,
    blocked: bool,
    /// The venue says that it trades.
    is_open: bool,
    /// The book was lost, and people were told.
    book_told: bool,
    /// No data come, and people were told.
    silence_told: bool,
    error: String,
    reconnects: i64,
    seed: u64,
}

impl Link {
    /// A link that opens its first connection with the next input. The same seed makes the same decisions.
    #[must_use]
    pub fn new(config: LinkConfig, seed: u64, now_ms: i64) -> Self {
        Self {
            backoff: Backoff::new(config.backoff, seed),
            connects: Bucket::new(config.connects, now_ms),
            slots: Vec::new(),
            leader: None,
            next_conn: 1,
            open_at: now_ms,
            doubt_at: now_ms,
            doubts: 0,
            fine_since: None,
            replace: None,
            blocked: false,
            is_open: true,
            book_told: false,
            silence_told: false,
            error: String::new(),
            reconnects: 0,
            seed,
            config,
        }
    }

    /// Takes what happened and adds what is to be done to `out`, in order.
    pub fn handle(&mut self, input: LinkInput<'_>, now_ms: i64, out: &mut Vec<LinkAction>) {
        match input {
            LinkInput::Tick => self.tick(now_ms, out),
            LinkInput::Opened {
                conn,
                hello,
                keep_alive,
            } => self.opened(conn, hello, keep_alive, now_ms, out),
            LinkInput::OpenFailed {
                conn,
                reason,
                status,
                retry_after_ms,
            } => self.open_failed(conn, reason, status, retry_after_ms, now_ms, out),
            LinkInput::Frame {
                conn,
                facts,
                events,
            } => self.frame(conn, facts, events, now_ms, out),
            LinkInput::Snapshot { conn, answer } => self.snapshot(conn, answer, now_ms, out),
            LinkInput::Closed { conn, reason } => {
                if self.index(conn).is_some() {
                    self.remove(conn, &reason, now_ms, out);
                }
            }
        }
    }

    /// How it is.
    #[must_use]
    pub fn view(&self, now_ms: i64) -> LinkView {
        let leader = self.leader.and_then(|conn| self.slot(conn));
        let shown = leader.or_else(|| self.slots.last());
        let (state, error) = match (leader, self.slots.last()) {
            (Some(slot), _) => match slot.verdict(&self.config, self.is_open, now_ms) {
                Verdict::Fine if self.is_open => ("streaming", String::new()),
                Verdict::Fine => ("quiet", self.error.clone()),
                Verdict::Doubtful(reason) | Verdict::Dead(reason) => ("quiet", reason),
            },
            (None, Some(slot)) if slot.opened_at.is_some() => ("subscribing", self.error.clone()),
            (None, Some(_)) => ("connecting", self.error.clone()),
            (None, None) if self.blocked => ("blocked", self.error.clone()),
            (None, None) if self.backoff.failures() > 0 => ("backing off", self.error.clone()),
            (None, None) => ("connecting", self.error.clone()),
        };
        LinkView {
            state,
            error,
            connected_at: leader.and_then(|slot| slot.opened_at),
            last_at: self.slots.iter().filter_map(Slot::last_at).max(),
            book: shown
                .and_then(|slot| slot.book.as_ref())
                .map_or("", |book| book.state().as_str()),
            reconnects: self.reconnects,
            next_at: self.slots.is_empty().then_some(self.open_at),
        }
    }

    /// The connection whose quotes, books and candles count.
    #[must_use]
    pub const fn leader(&self) -> Option<Conn> {
        self.leader
    }

    fn index(&self, conn: Conn) -> Option<usize> {
        self.slots.iter().position(|slot| slot.conn == conn)
    }

    fn slot(&self, conn: Conn) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.conn == conn)
    }

    fn slot_mut(&mut self, conn: Conn) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.conn == conn)
    }

    fn opened(
        &mut self,
        conn: Conn,
        hello: Vec<String>,
        keep_alive: Option<(i64, String)>,
        now_ms: i64,
        out: &mut Vec<LinkAction>,
    ) {
        let roll_at = self.roll_at(now_ms);
        let Some(slot) = self.slot_mut(conn) else {
            return;
        };
        slot.opened(now_ms);
        slot.roll_at = roll_at;
        slot.keep_alive_at = keep_alive
            .as_ref()
            .map_or(i64::MAX, |(every_ms, _)| now_ms + every_ms);
        slot.keep_alive = keep_alive;
        for text in hello {
            slot.outbox.push(now_ms, text);
        }
        self.blocked = false;
        self.tick(now_ms, out);
    }

    /// When a connection that opens now is replaced: some time before its end, and not all at once.
    fn roll_at(&self, now_ms: i64) -> Option<i64> {
        let lifetime_ms = self.config.lifetime_ms?;
        let lead_ms = self.config.lead_ms.min(lifetime_ms / 4);
        // the golden ratio spreads consecutive numbers evenly
        let share = (self.next_conn.wrapping_add(self.seed) as f64 * 0.618_033_988).fract();
        let early_ms = lead_ms + (lead_ms as f64 * share) as i64;
        Some(now_ms.saturating_add(lifetime_ms - early_ms))
    }

    fn open_failed(
        &mut self,
        conn: Conn,
        reason: String,
        status: Option<u16>,
        retry_after_ms: Option<i64>,
        now_ms: i64,
        out: &mut Vec<LinkAction>,
    ) {
        let Some(index) = self.index(conn) else {
            return;
        };
        self.slots.remove(index);
        let pause_ms = self.backoff.turned_away(status, retry_after_ms);
        self.open_at = now_ms.saturating_add(pause_ms);
        self.error = reason;
        let blocked = status.is_some_and(is_blocked);
        if blocked && !self.blocked {
            let words = status.map_or("", turned_away);
            let minutes = pause_ms / 60_000;
            out.push(LinkAction::Notice(
                LinkNotice::Blocked,
                format!("{words}; tried again in {minutes} minutes"),
            ));
        }
        self.blocked = blocked;
        self.tick(now_ms, out);
    }

    fn frame(
        &mut self,
        conn: Conn,
        facts: FrameFacts,
        events: &[StreamEvent],
        now_ms: i64,
        out: &mut Vec<LinkAction>,
    ) {
        let Some(slot) = self.slot_mut(conn).filter(|slot| slot.opened_at.is_some()) else {
            return;
        };
        slot.frame(facts, now_ms);
        if self.events(conn, events, now_ms, out) {
            self.settle(conn, now_ms, out);
        }
    }

    fn snapshot(
        &mut self,
        conn: Conn,
        answer: Result<&[StreamEvent], Option<i64>>,
        now_ms: i64,
        out: &mut Vec<LinkAction>,
    ) {
        let book = self.slot_mut(conn).and_then(|slot| slot.book.as_mut());
        let Some(book) = book else {
            return;
        };
        match answer {
            Ok(events) => {
                book.answered(true, None, now_ms);
                if self.events(conn, events, now_ms, out) {
                    self.settle(conn, now_ms, out);
                }
            }
            Err(retry_after_ms) => book.answered(false, retry_after_ms, now_ms),
        }
    }

    /// Takes what a session says; false if the connection did not survive it.
    fn events(
        &mut self,
        conn: Conn,
        events: &[StreamEvent],
        now_ms: i64,
        out: &mut Vec<LinkAction>,
    ) -> bool {
        let mut lost = false;
        let mut resume_at = None;
        for event in events {
            let Some(index) = self.index(conn) else {
                return false;
            };
            let slot = &mut self.slots[index];
            match event {
                StreamEvent::Subscribed(channel) => slot.confirmed(*channel),
                StreamEvent::Trade { .. } => slot.data(Channel::Trades, now_ms),
                StreamEvent::Candle(_) => slot.data(Channel::Candles, now_ms),
                StreamEvent::Quote(_) => slot.data(Channel::Quotes, now_ms),
                StreamEvent::Book(change) => {
                    lost |= matches!(change, BookChange::Lost { .. });
                    self.book_changed(index, change, now_ms, out);
                }
                StreamEvent::WantSnapshot => {
                    if let Some(book) = &mut slot.book {
                        book.wanted(now_ms);
                    }
                }
                StreamEvent::Send(text) => {
                    // a frame that a lost book leads to asks for a new one; an unsubscription and the subscription
                    // after it are one try
                    let at = match (&mut slot.book, resume_at) {
                        (_, Some(at)) => at,
                        (Some(book), None) if lost => {
                            *resume_at.insert(book.resubscribe_at(now_ms))
                        }
                        _ => now_ms,
                    };
                    if !slot.outbox.push(at, text.clone()) {
                        self.give_up(conn, "too many frames wait to be sent", now_ms, out);
                        return false;
                    }
                }
                StreamEvent::Refused {
                    channel,
                    reason,
                    for_good,
                } => self.refused(conn, *channel, reason, *for_good, now_ms, out),
                StreamEvent::Reconnect(reason) => {
                    slot.roll_at = Some(now_ms);
                    if self.leader == Some(conn) {
                        self.replace = Some((reason.clone(), false));
                    }
                }
                StreamEvent::Status { open, words } => {
                    self.is_open = *open;
                    if !open {
                        self.error.clone_from(words);
                    }
                }
                StreamEvent::Reject { .. } => {}
            }
        }
        self.index(conn).is_some()
    }

    fn book_changed(
        &mut self,
        index: usize,
        change: &BookChange,
        now_ms: i64,
        out: &mut Vec<LinkAction>,
    ) {
        let slot = &mut self.slots[index];
        let leads = self.leader == Some(slot.conn);
        slot.data(Channel::Book, now_ms);
        let Some(book) = &mut slot.book else {
            return;
        };
        match change {
            BookChange::Synced { .. } => {
                book.synced(now_ms);
                if leads && std::mem::take(&mut self.book_told) {
                    let words = "the order book can be trusted again".to_owned();
                    out.push(LinkAction::Notice(LinkNotice::BookSynced, words));
                }
            }
            BookChange::Updated { .. } => {}
            BookChange::Lost { reason, .. } => {
                book.lost(now_ms);
                if leads && !self.book_told {
                    self.book_told = true;
                    out.push(LinkAction::Notice(LinkNotice::BookLost, reason.clone()));
                }
            }
        }
    }

    fn refused(
        &mut self,
        conn: Conn,
        channel: Option<Channel>,
        reason: &str,
        for_good: bool,
        now_ms: i64,
        out: &mut Vec<LinkAction>,
    ) {
        let words = format!("the venue refuses: {reason}");
        let some_left = match (channel, for_good) {
            (Some(channel), true) => self.slot_mut(conn).is_none_or(|slot| slot.refused(channel)),
            (None, true) => false,
            (_, false) => return self.give_up(conn, &words, now_ms, out),
        };
        out.push(LinkAction::Notice(LinkNotice::Blocked, words.clone()));
        if !some_left {
            self.blocked = true;
            self.give_up(conn, &words, now_ms, out);
            let until = now_ms.saturating_add(self.config.backoff.blocked_ms);
            self.open_at = self.open_at.max(until);
        }
    }

    /// Closes a connection that is of no use.
    fn give_up(&mut self, conn: Conn, reason: &str, now_ms: i64, out: &mut Vec<LinkAction>) {
        out.push(LinkAction::Close(conn, reason.to_owned()));
        self.remove(conn, reason, now_ms, out);
    }

    /// A connection is gone: another one leads, or one is opened after a pause.
    fn remove(&mut self, conn: Conn, reason: &str, now_ms: i64, out: &mut Vec<LinkAction>) {
        let Some(index) = self.index(conn) else {
            return;
        };
        let slot = self.slots.remove(index);
        if slot.retire_at.is_some() {
            return;
        }
        reason.clone_into(&mut self.error);
        let pause_ms = self.backoff.failed(None);
        self.open_at = self.open_at.max(now_ms.saturating_add(pause_ms));
        if self.leader != Some(conn) {
            // one that fares no better than the leader says that the market is quiet, not the connection
            self.replace.take_if(|(_, suspected)| *suspected);
            return;
        }
        self.reconnects += 1;
        self.replace = None;
        self.leader = None;
        // also one that was about to be closed: it is better than none
        let heir = self.slots.iter_mut().find(|slot| slot.has_data());
        let notice = LinkNotice::Disconnected {
            alone: heir.is_none(),
            since: slot.last_at().unwrap_or(now_ms),
        };
        out.push(LinkAction::Notice(notice, reason.to_owned()));
        let Some(heir) = heir else {
            out.push(LinkAction::Lead(None));
            return;
        };
        heir.retire_at = None;
        let heir = heir.conn;
        let words = "the second connection goes on";
        self.lead(heir, LinkNotice::Connected, words, out);
    }

    fn lead(&mut self, conn: Conn, kind: LinkNotice, words: &str, out: &mut Vec<LinkAction>) {
        self.leader = Some(conn);
        self.fine_since = None;
        out.push(LinkAction::Lead(Some(conn)));
        out.push(LinkAction::Notice(kind, words.to_owned()));
        let synced = self
            .slot(conn)
            .and_then(|slot| slot.book.as_ref())
            .is_some_and(|book| book.state() == BookState::Synced);
        if synced && std::mem::take(&mut self.book_told) {
            let words = "the order book can be trusted again".to_owned();
            out.push(LinkAction::Notice(LinkNotice::BookSynced, words));
        }
    }

    /// After something came over a connection: it may lead now, and what waits may be sent.
    fn settle(&mut self, conn: Conn, now_ms: i64, out: &mut Vec<LinkAction>) {
        if self.leader.is_none() && self.slot(conn).is_some_and(Slot::has_data) {
            self.lead(conn, LinkNotice::Connected, "data flow", out);
        }
        self.pump(conn, now_ms, out);
    }

    /// Sends and asks what is due.
    fn pump(&mut self, conn: Conn, now_ms: i64, out: &mut Vec<LinkAction>) {
        let leads = self.leader == Some(conn);
        let mut given_up = None;
        if let Some(slot) = self.slot_mut(conn).filter(|slot| slot.opened_at.is_some()) {
            if now_ms >= slot.keep_alive_at
                && let Some((every_ms, text)) = &slot.keep_alive
            {
                slot.keep_alive_at = now_ms.saturating_add((*every_ms).max(1_000));
                slot.outbox.push(now_ms, text.clone());
            }
            while let Some(text) = slot.outbox.pop(now_ms) {
                out.push(LinkAction::Send(conn, text));
            }
            match slot.book.as_mut().and_then(|book| book.need(now_ms)) {
                Some(Need::Ask) => out.push(LinkAction::AskSnapshot(conn)),
                Some(Need::GivenUp(pause_ms)) => given_up = Some(pause_ms),
                None => {}
            }
        }
        if let Some(pause_ms) = given_up.filter(|_| leads) {
            self.book_told = true;
            let minutes = pause_ms / 60_000;
            out.push(LinkAction::Notice(
                LinkNotice::BookLost,
                format!(
                    "the order book could not be brought back; tried again in {minutes} minutes"
                ),
            ));
        }
    }

    fn tick(&mut self, now_ms: i64, out: &mut Vec<LinkAction>) {
        self.judge(now_ms, out);
        self.take_over(now_ms, out);
        self.retire(now_ms, out);
        self.open(now_ms, out);
        let conns: Vec<Conn> = self.slots.iter().map(|slot| slot.conn).collect();
        for conn in conns {
            self.pump(conn, now_ms, out);
        }
    }

    /// Gives up what is of no use, and wants a second connection where the leader is doubtful or old.
    fn judge(&mut self, now_ms: i64, out: &mut Vec<LinkAction>) {
        let verdicts: Vec<(Conn, Verdict)> = self
            .slots
            .iter()
            .filter(|slot| slot.retire_at.is_none())
            .map(|slot| {
                let verdict = slot.verdict(&self.config, self.is_open, now_ms);
                (slot.conn, verdict)
            })
            .collect();
        for (conn, verdict) in verdicts {
            let leads = self.leader == Some(conn);
            match verdict {
                Verdict::Dead(reason) => self.give_up(conn, &reason, now_ms, out),
                Verdict::Doubtful(reason) if leads => {
                    self.fine_since = None;
                    if now_ms >= self.doubt_at && self.replace.is_none() {
                        let most_ms = self.config.doubt_most_ms;
                        let pause_ms = (self.config.doubt_ms << self.doubts.min(20)).min(most_ms);
                        self.doubt_at = now_ms.saturating_add(pause_ms);
                        self.doubts += 1;
                        self.replace = Some((reason, true));
                    }
                }
                Verdict::Doubtful(_) => {}
                Verdict::Fine => self.fine(conn, now_ms),
            }
        }
        self.tell_silence(now_ms, out);
        let leader = self.leader.and_then(|conn| self.slot(conn));
        if leader
            .and_then(|slot| slot.roll_at)
            .is_some_and(|at| now_ms >= at)
        {
            self.replace
                .get_or_insert_with(|| ("the venue's limit of age is near".to_owned(), false));
        }
    }

    /// Tells once when no data come at all, over any connection.
    fn tell_silence(&mut self, now_ms: i64, out: &mut Vec<LinkAction>) {
        let patience = self.config.channels.iter();
        let patience = patience.map(|channel| self.config.patience(*channel).silent_ms);
        let Some(most_ms) = patience.min() else {
            return;
        };
        let newest = self.slots.iter().filter_map(Slot::last_at).max();
        let Some(since) = newest.filter(|_| self.leader.is_some()) else {
            return;
        };
        let silent = now_ms - since >= most_ms;
        if silent && !self.silence_told {
            let words = format!("no data for {} s", (now_ms - since) / 1_000);
            out.push(LinkAction::Notice(LinkNotice::Silent { since }, words));
        }
        self.silence_told = silent;
    }

    fn fine(&mut self, conn: Conn, now_ms: i64) {
        let proven_ms = self.config.proven_ms;
        if self.leader == Some(conn) {
            let since = *self.fine_since.get_or_insert(now_ms);
            if now_ms - since >= self.config.doubt_most_ms {
                self.doubts = 0;
            }
        }
        let is_open = self.is_open;
        let proven = self.slot_mut(conn).is_some_and(|slot| {
            let since = slot.proven_since;
            let now = !slot.proven && since.is_some_and(|since| now_ms - since >= proven_ms);
            slot.proven |= now;
            now
        });
        if proven {
            self.backoff.valid_data();
            if is_open {
                self.error.clear();
            }
        }
    }

    /// The second connection leads once it has everything.
    fn take_over(&mut self, now_ms: i64, out: &mut Vec<LinkAction>) {
        let Some(leader) = self.leader else {
            return;
        };
        let ready = |slot: &&Slot| {
            slot.conn != leader && slot.retire_at.is_none() && slot.is_ready(&self.config, now_ms)
        };
        let Some(heir) = self.slots.iter().find(ready).map(|slot| slot.conn) else {
            return;
        };
        let retire_at = now_ms.saturating_add(self.config.overlap_ms);
        if let Some(slot) = self.slot_mut(leader) {
            slot.retire_at = Some(retire_at);
        }
        let words = self
            .replace
            .take()
            .map_or_else(String::new, |(words, _)| words);
        self.lead(heir, LinkNotice::RolledOver, &words, out);
    }

    fn retire(&mut self, now_ms: i64, out: &mut Vec<LinkAction>) {
        self.slots.retain(|slot| {
            let over = slot.retire_at.is_some_and(|at| now_ms >= at);
            if over {
                out.push(LinkAction::Close(slot.conn, "replaced".to_owned()));
            }
            !over
        });
    }

    /// Opens a connection where one is missing, as soon as pauses and the venue allow it.
    fn open(&mut self, now_ms: i64, out: &mut Vec<LinkAction>) {
        let missing = match self.slots.len() {
            0 => true,
            1 => self.leader.is_some() && self.replace.is_some(),
            _ => false,
        };
        if !missing || now_ms < self.open_at {
            return;
        }
        let wait_ms = self.connects.take(1, 0, now_ms);
        if wait_ms > 0 {
            self.open_at = now_ms.saturating_add(wait_ms);
            return;
        }
        let conn = self.next_conn;
        self.next_conn += 1;
        // a second connection to a venue whose time stands still is no news either
        let exchange = self.slots.first().and_then(|slot| slot.exchange);
        self.slots
            .push(Slot::new(conn, &self.config, exchange, now_ms));
        out.push(LinkAction::Open(conn));
    }
}
