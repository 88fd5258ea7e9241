//! Gaps are filled through the venue's own questions and answers.

use app::model::Step;

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

    /// Polls the candles of minutes that were not compared yet.
    pub fn poll(&mut self) {
        let Some((from, to)) = self.ledger.unmatched(self.now) else {
            return;
        };
        if let Some(history) = self.venue.history(Step::ALL[0]) {
            let weight = self.venue.candles_weight();
            let asked = Asked::new(Why::Candles, history.url(from, to), weight, self.now);
            self.ask(asked);
        }
    }

    /// Takes the answer.
    pub fn candles(&mut self, answer: Result<String, Option<i64>>) {
        let (Ok(body), Some(history)) = (answer, self.venue.history(Step::ALL[0])) else {
            return;
        };
        if let Ok(parsed) = history.read(body.as_bytes(), self.now) {
            for row in parsed.candles {
                self.ledger.candle(&row.candle, self.now);
            }
        }
    }
}
