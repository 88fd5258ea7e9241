//! `book.crossed`: the best bid above the best ask, over updates of a stream.

use app::model::{Outcome, Severity, format_utc};

use super::findings::{Findings, judged, within};
use crate::quality::rule::Rule;

/// Follows the best prices of a book.
#[derive(Debug, Clone, Default)]
pub struct Crossed {
    updates: Findings,
    /// Since when it is crossed.
    since: Option<i64>,
    /// When the longest crossing of late ended and how long it lasted.
    lasted: Option<(i64, i64)>,
    locked: i64,
    moved_at: i64,
}

/// A crossed book that has not moved for so long says nothing of now.
const FRESH_MS: i64 = 60_000;

impl Crossed {
    /// Takes the best prices after an update.
    pub fn push(&mut self, rule: &Rule, (bid, ask): (f64, f64), at: i64) {
        self.moved_at = at;
        if bid > ask {
            self.since.get_or_insert(at);
            self.updates.found(rule, at, (1, 1), || {
                vec![format_utc(at), bid.to_string(), ask.to_string()]
            });
            return;
        }
        self.locked += i64::from(bid == ask);
        self.updates.tested(rule, at, 1);
        self.end(rule, at);
    }

    /// There is no book any more, so none that is crossed.
    pub fn lost(&mut self, rule: &Rule, at: i64) {
        self.end(rule, at);
    }

    fn end(&mut self, rule: &Rule, at: i64) {
        let Some(since) = self.since.take() else {
            return;
        };
        let longest = self.longest(rule, at);
        self.lasted = Some((at, longest.max(at - since)));
    }

    /// The longest crossing that is over, of those that still count.
    fn longest(&self, rule: &Rule, now_ms: i64) -> i64 {
        let counts = |(ended_at, _): &(i64, i64)| now_ms - ended_at < within(rule);
        self.lasted.filter(counts).map_or(0, |(_, lasted)| lasted)
    }

    /// How it stands.
    pub fn result(&mut self, rule: &Rule, entity: &str, now_ms: i64) -> Outcome {
        if now_ms - self.moved_at >= FRESH_MS {
            self.since = None;
        }
        let seen = self.updates.seen(rule, now_ms);
        let ongoing = self.since.map_or(0, |since| now_ms - since);
        let lasted = ongoing.max(self.longest(rule, now_ms));
        let severity: Option<Severity> = rule
            .reached("from", seen.failed as f64)
            .max(rule.reached("lasting", lasted as f64));
        let locked = std::mem::take(&mut self.locked);
        let words = match (seen.failed, locked) {
            (0, 0) => "the best bid is below the best ask".to_owned(),
            (0, locked) => format!("{locked} updates left the book locked: bid equal to ask"),
            (crossed, _) => format!(
                "crossed after {crossed} of {} updates, for {lasted} ms at the longest",
                seen.tested
            ),
        };
        // a crossing that outlasts the counts is still tested: it stands
        let seen = super::window::Seen {
            tested: seen.tested.max(i64::from(self.since.is_some())),
            ..seen
        };
        judged(
            rule,
            entity,
            (severity, seen),
            Some(seen.failed as f64),
            words,
            || self.updates.evidence(&["time", "best bid", "best ask"]),
        )
    }
}

#[cfg(test)]
mod tests {
    use app::model::CheckState;

    use super::*;
    use crate::quality::live::testing::{T0, rule};

    #[test]
    fn three_updates_or_a_second_are_an_error() {
        let rule = rule("book.crossed");
        let mut book = Crossed::default();
        assert_eq!(book.result(&rule, "e", T0).state, CheckState::NotEvaluated);
        book.push(&rule, (100.0, 100.0), T0);
        let locked = book.result(&rule, "e", T0);
        assert_eq!(locked.state, CheckState::Pass);
        assert!(locked.summary.contains("locked"));
        book.push(&rule, (101.0, 100.0), T0 + 100);
        assert_eq!(book.result(&rule, "e", T0 + 200).state, CheckState::Pass);
        assert_eq!(
            book.result(&rule, "e", T0 + 1_100).state,
            CheckState::Error,
            "lasts"
        );
        book.push(&rule, (99.0, 100.0), T0 + 1_200);
        assert_eq!(
            book.result(&rule, "e", T0 + 1_300).state,
            CheckState::Error,
            "told a while"
        );
        book.push(&rule, (99.0, 100.0), T0 + 20_000);
        assert_eq!(book.result(&rule, "e", T0 + 20_000).state, CheckState::Pass);
        for i in 0..3 {
            book.push(&rule, (101.0, 100.0), T0 + 21_000 + i * 100);
            book.push(&rule, (99.0, 100.0), T0 + 21_050 + i * 100);
        }
        let told = book.result(&rule, "e", T0 + 21_400);
        assert_eq!((told.state, told.failed), (CheckState::Error, 3));
    }

    #[test]
    fn a_crossing_goes_on_until_the_book_is_lost_or_old() {
        let rule = rule("book.crossed");
        let crossed = || {
            let mut book = Crossed::default();
            book.push(&rule, (101.0, 100.0), T0);
            assert_eq!(
                book.result(&rule, "e", T0 + 30_000).state,
                CheckState::Error
            );
            book
        };
        let mut book = crossed();
        book.lost(&rule, T0 + 31_000);
        assert_eq!(
            book.result(&rule, "e", T0 + 45_000).state,
            CheckState::NotEvaluated
        );
        assert_eq!(
            crossed().result(&rule, "e", T0 + 60_000).state,
            CheckState::NotEvaluated
        );
    }
}
