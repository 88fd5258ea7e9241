//! What a link makes of what connections bring.

use super::{Link, LinkAction, LinkNotice, slot::Conn};
use crate::source::session::{BookChange, Channel, FrameFacts, StreamEvent};

impl Link {
    pub(super) fn frame(
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

    pub(super) fn snapshot(
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
}
