//! Bringing an order book back, without a storm of snapshots.

use super::limits::BookConfig;

/// How the book of a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookState {
    /// It was never there yet.
    Syncing,
    /// It can be trusted.
    Synced,
    /// It was there and is not to be trusted any more, or could not be brought back.
    Lost,
}

impl BookState {
    /// The word on the page.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Syncing => "syncing",
            Self::Synced => "synced",
            Self::Lost => "lost",
        }
    }
}

/// What a book needs next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Ask for a snapshot now.
    Ask,
    /// All tries were in vain: it is left alone for so many milliseconds.
    GivenUp(i64),
}

/// Tries of one connection to bring its book back.
#[derive(Debug, Clone)]
pub struct BookPace {
    config: BookConfig,
    state: BookState,
    tries: u32,
    synced_at: i64,
    /// A snapshot is wanted from then on.
    ask_at: Option<i64>,
    /// It was asked for then, and the answer is not there.
    asked_at: Option<i64>,
    /// All tries were in vain, and nobody knows yet.
    given_up: bool,
}

impl BookPace {
    pub const fn new(config: BookConfig) -> Self {
        Self {
            config,
            state: BookState::Syncing,
            tries: 0,
            synced_at: i64::MIN,
            ask_at: None,
            asked_at: None,
            given_up: false,
        }
    }

    pub const fn state(&self) -> BookState {
        self.state
    }

    /// The book can be trusted.
    pub const fn synced(&mut self, now_ms: i64) {
        if !matches!(self.state, BookState::Synced) {
            self.synced_at = now_ms;
        }
        self.state = BookState::Synced;
        self.ask_at = None;
        self.asked_at = None;
        self.given_up = false;
    }

    /// It cannot be trusted any more.
    pub fn lost(&mut self, now_ms: i64) {
        // only a book that held for a while has earned all tries again: one that is lost at once is a loop
        if self.state == BookState::Synced && now_ms - self.synced_at >= self.config.proven_ms {
            self.tries = 0;
        }
        self.state = BookState::Lost;
    }

    /// A snapshot is wanted.
    pub fn wanted(&mut self, now_ms: i64) {
        if self.asked_at.is_none() && self.ask_at.is_none() {
            self.ask_at = Some(self.next_try(0, now_ms));
        }
    }

    /// The session subscribes the book anew by itself: when that frame may be sent.
    pub fn resubscribe_at(&mut self, now_ms: i64) -> i64 {
        let at = self.next_try(0, now_ms);
        self.count();
        at
    }

    /// The question was answered, with a book or not; `retry_after_ms`: the venue wants to be left alone.
    pub fn answered(&mut self, is_book: bool, retry_after_ms: Option<i64>, now_ms: i64) {
        self.asked_at = None;
        if !is_book {
            self.ask_at = Some(self.next_try(retry_after_ms.unwrap_or(0), now_ms));
        }
    }

    /// What is to be done now.
    pub fn need(&mut self, now_ms: i64) -> Option<Need> {
        let overdue = |at: i64| now_ms.saturating_sub(at) >= self.config.answer_ms;
        if self.asked_at.is_some_and(overdue) {
            self.answered(false, None, now_ms);
        }
        if std::mem::take(&mut self.given_up) {
            self.state = BookState::Lost;
            return Some(Need::GivenUp(self.config.give_up_ms));
        }
        if self.asked_at.is_some() || self.ask_at.is_none_or(|at| at > now_ms) {
            return None;
        }
        self.ask_at = None;
        self.asked_at = Some(now_ms);
        self.count();
        Some(Need::Ask)
    }

    fn count(&mut self) {
        if self.tries >= self.config.tries {
            // the long pause is over
            self.tries = 0;
        }
        self.tries += 1;
    }

    /// When the next try is due: at once the first time, then later and later, and after all tries much later.
    fn next_try(&mut self, floor_ms: i64, now_ms: i64) -> i64 {
        let pause_ms = match self.tries {
            0 => 0,
            tries if tries >= self.config.tries => {
                self.given_up = true;
                self.config.give_up_ms
            }
            tries => self.config.pause_ms << (tries - 1).min(20),
        };
        now_ms.saturating_add(pause_ms.max(floor_ms))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: BookConfig = BookConfig {
        tries: 3,
        pause_ms: 1_000,
        answer_ms: 5_000,
        give_up_ms: 60_000,
        proven_ms: 10_000,
    };

    #[test]
    fn tries_are_paced_and_end() {
        let mut book = BookPace::new(CONFIG);
        let mut asked = Vec::new();
        let mut given_up = Vec::new();
        book.wanted(0);
        for now in (0..100_000).step_by(100) {
            match book.need(now) {
                Some(Need::Ask) => {
                    asked.push(now);
                    book.answered(true, None, now);
                    // too old for the first change: the session wants another one
                    book.wanted(now);
                }
                Some(Need::GivenUp(_)) => given_up.push(now),
                None => {}
            }
        }
        assert_eq!(asked, [0, 1_000, 3_000, 63_000, 64_000, 66_000]);
        assert_eq!(given_up, [3_100, 66_100]);
        assert_eq!(book.state(), BookState::Lost);
        book.synced(100_000);
        assert_eq!(book.need(200_000), None);
    }

    #[test]
    fn a_book_that_is_lost_at_once_has_not_earned_new_tries() {
        let mut book = BookPace::new(CONFIG);
        for (now, at) in [(0, 0), (100, 1_100), (2_000, 4_000), (5_000, 65_000)] {
            book.synced(now);
            book.lost(now);
            assert_eq!(book.resubscribe_at(now), at);
        }
        book.synced(70_000);
        book.lost(80_000);
        assert_eq!(book.resubscribe_at(80_000), 80_000, "it held");
    }

    #[test]
    fn an_answer_that_never_comes_is_asked_for_again() {
        let mut book = BookPace::new(CONFIG);
        book.wanted(0);
        assert_eq!(book.need(0), Some(Need::Ask));
        book.wanted(10);
        assert_eq!(book.need(4_999), None, "one question at a time");
        assert_eq!(book.need(5_000), None);
        assert_eq!(book.need(6_000), Some(Need::Ask));
        book.answered(false, Some(30_000), 7_000);
        assert_eq!(book.need(36_999), None, "the venue wants to be left alone");
        assert_eq!(book.need(37_000), Some(Need::Ask));
    }
}
