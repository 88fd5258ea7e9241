//! When a book that came by stream and was lost is subscribed again.

use serde::{Deserialize, Serialize};

/// Pause after the second loss in a row, in milliseconds; each further one doubles it.
const FIRST_PAUSE_MS: i64 = 2_000;
/// Longest pause.
const MAX_PAUSE_MS: i64 = 60_000;

/// The first loss is answered at once, later ones with growing pauses: a venue whose checksums do not agree with its
/// books would otherwise be asked without an end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resubscribe {
    /// Losses in a row.
    losses: u32,
    /// When the newest subscription was sent.
    sent_at: Option<i64>,
    /// When the next has to be.
    due_at: Option<i64>,
}

impl Resubscribe {
    /// The book was lost.
    pub fn lost(&mut self, now_ms: i64) {
        if self.due_at.is_some() {
            return;
        }
        let rested = |sent_at: i64| now_ms.saturating_sub(sent_at) >= MAX_PAUSE_MS;
        if self.sent_at.is_none_or(rested) {
            self.losses = 0;
        }
        let doublings = self.losses.saturating_sub(1).min(16);
        let pause_ms = match (self.losses, self.sent_at) {
            (0, _) | (_, None) => 0,
            _ => (FIRST_PAUSE_MS << doublings).min(MAX_PAUSE_MS),
        };
        let sent_at = self.sent_at.unwrap_or(now_ms);
        self.due_at = Some(now_ms.max(sent_at.saturating_add(pause_ms)));
        self.losses = self.losses.saturating_add(1);
    }

    /// True once when it is time to subscribe again.
    pub fn is_due(&mut self, now_ms: i64) -> bool {
        let is_due = self.due_at.is_some_and(|due_at| now_ms >= due_at);
        if is_due {
            (self.sent_at, self.due_at) = (Some(now_ms), None);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_while_the_book_is_lost_again_and_again() {
        let mut again = Resubscribe::default();
        let (mut now, mut sent) = (1_000_000, Vec::new());
        for _ in 0..600_000 / 100 {
            again.lost(now);
            if again.is_due(now) {
                sent.push(now - 1_000_000);
            }
            now += 100;
        }
        assert_eq!(
            sent[..6],
            [0, 2_000, 6_000, 14_000, 30_000, 62_000],
            "{sent:?}"
        );
        assert!(sent.len() < 20, "{sent:?}");
    }

    #[test]
    fn a_book_that_held_for_a_while_is_asked_for_at_once() {
        let mut again = Resubscribe::default();
        for now in [0, 100_000, 200_000] {
            assert!(!again.is_due(now), "nothing was lost");
            again.lost(now);
            assert!(again.is_due(now) && !again.is_due(now));
        }
    }
}
