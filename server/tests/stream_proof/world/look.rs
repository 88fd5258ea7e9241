//! Our books beside those of the exchange.

use server::simulator::Protocol;

use super::{super::verdict, World};

impl World {
    /// Compares every book that says it can be trusted with what the exchange's was.
    pub(super) fn look(&mut self) {
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
            match verdict::same_book(self.protocol, book, &truth) {
                Ok(()) => self.record.books += 1,
                Err(_)
                    if self.protocol == Protocol::Kraken
                        && self.leapt
                        && verdict::same_top(book, &truth) =>
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
