//! Which connections a link keeps, replaces and gives up.

use super::{
    Link, LinkAction, LinkNotice,
    slot::{Conn, Slot, Verdict},
};

impl Link {
    /// Gives up what is of no use, and wants a second connection where the leader is doubtful or old.
    pub(super) fn judge(&mut self, now_ms: i64, out: &mut Vec<LinkAction>) {
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
    pub(super) fn take_over(&mut self, now_ms: i64, out: &mut Vec<LinkAction>) {
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
}
