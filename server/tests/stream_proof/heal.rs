//! Gaps are filled through the venue's own questions and answers.

use super::{
    rest::{Asked, Why},
    world::World,
};

impl World {
    /// Asks for the next page of a gap.
    pub fn heal(&mut self) {
        self.ledger.tick(self.now);
        let Some((id, gap, cursor)) = self.ledger.due(self.now) else {
            return;
        };
        let question = self.venue.trades(&gap, cursor.as_ref());
        let asked = Asked::new(Why::Gap(id), question.url, question.weight, self.now);
        self.ask(asked);
    }

    /// Takes its answer.
    pub fn page(&mut self, id: usize, answer: Result<String, Option<i64>>) {
        let Some(gap) = self.ledger.gap(id) else {
            return;
        };
        match answer {
            Err(pause_ms) => self.ledger.refused(id, pause_ms, self.now),
            Ok(body) => match self.venue.read_trades(&gap, body.as_bytes(), self.now) {
                Ok(page) if page.rejects.is_empty() => self.ledger.page(id, page, self.now),
                _ => self.ledger.refused(id, None, self.now),
            },
        }
    }
}
