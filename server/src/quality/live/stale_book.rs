//! `book.stale`: a book that does not move while trades come.

use app::model::{Evidence, MINUTE_MS, Outcome, format_age, format_utc};

use super::{findings::judged, window::Seen};
use crate::quality::rule::Rule;

/// Trades older than this say nothing of now.
const TRADES_MS: i64 = MINUTE_MS;

/// Follows the times of book and trades.
#[derive(Debug, Clone, Default)]
pub struct StaleBook {
    moved_at: Option<i64>,
    traded_at: Option<i64>,
}

impl StaleBook {
    /// The book moved.
    pub fn moved(&mut self, at: i64) {
        self.moved_at = Some(at);
    }

    /// The book is lost, which is told elsewhere.
    pub fn lost(&mut self) {
        self.moved_at = None;
    }

    /// A trade came.
    pub fn traded(&mut self, at: i64) {
        self.traded_at = Some(at);
    }

    /// How long the book has stood still beside trades.
    pub fn result(&self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        let traded_at = self.traded_at.filter(|at| now_ms - at < TRADES_MS);
        let (Some(moved_at), Some(traded_at)) = (self.moved_at, traded_at) else {
            let words = "no book to trust, or no trades beside it".to_owned();
            return judged(
                rule,
                entity,
                (None, Seen::default()),
                None,
                words,
                Default::default,
            );
        };
        let age = (traded_at - moved_at).max(0);
        let severity = rule.beyond("age", age as f64);
        let words = match severity {
            None => "the book moves with the trades".to_owned(),
            Some(_) => format!("the book has not moved for {} of trading", format_age(age)),
        };
        let seen = Seen {
            tested: 1,
            failed: 1,
        };
        let value = Some(age as f64 / 1_000.0);
        judged(rule, entity, (severity, seen), value, words, || Evidence {
            columns: ["book moved", "newest trade", "age"]
                .map(str::to_owned)
                .to_vec(),
            rows: vec![vec![
                format_utc(moved_at),
                format_utc(traded_at),
                format_age(age),
            ]],
            range: Some((moved_at, traded_at)),
            ..Evidence::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule};

    #[test]
    fn only_trades_make_a_still_book_stale() {
        let rule = rule("book.stale");
        let mut book = StaleBook::default();
        let state = |book: &StaleBook, at: i64| book.result(&rule, "e", at).state;
        assert_eq!(state(&book, T0), CheckState::NotEvaluated);
        book.moved(T0);
        book.traded(T0);
        assert_eq!(
            state(&book, T0 + 30_000),
            CheckState::Pass,
            "nothing happens at all"
        );
        book.traded(T0 + 3_001);
        assert_eq!(state(&book, T0 + 3_001), CheckState::Warn);
        book.traded(T0 + 10_001);
        assert_eq!(state(&book, T0 + 10_001), CheckState::Error);
        book.moved(T0 + 10_002);
        assert_eq!(state(&book, T0 + 10_002), CheckState::Pass);
        book.lost();
        assert_eq!(state(&book, T0 + 10_002), CheckState::NotEvaluated);
    }
}
