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
mod hear;
mod judge;
mod limits;
mod outbox;
mod say;
mod slot;
#[cfg(test)]
mod tests;

use self::{
    book::{BookState, Need},
    slot::{Slot, Verdict},
};
pub use self::{
    limits::{BookConfig, LinkConfig, Patience},
    say::{LinkAction, LinkInput, LinkNotice, LinkView},
    slot::Conn,
};
use super::{
    backoff::Backoff,
    budget::Bucket,
    error::{is_blocked, turned_away},
};

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
