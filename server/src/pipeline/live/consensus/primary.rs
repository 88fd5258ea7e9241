//! Which venue the primary series comes from; pure.

use app::model::format_age;

use crate::pipeline::live::board::Standing;

/// A venue that is silent for so long fails.
const SILENT_MS: i64 = 30_000;
/// A book may be lost for so long before its venue fails: most come back within a second.
const BOOKLESS_MS: i64 = 10_000;
/// A venue is gone back to after so much health.
const RETURN_MS: i64 = 60_000;
/// At the start, the first venue of the order is waited for.
const START_MS: i64 = 15_000;

/// Whether a venue can be relied on; else why not.
pub type Health = Result<(), String>;

/// A change of the primary venue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The venue before.
    pub from: Option<String>,
    /// The venue from now on.
    pub to: String,
    /// It is gone back to, rather than another one left.
    pub returned: bool,
    /// Why, in words.
    pub reason: String,
}

/// Chooses among venues: the first of the order that is healthy, with hysteresis.
#[derive(Debug, Clone)]
pub struct Primary {
    order: Vec<String>,
    began_at: i64,
    current: Option<usize>,
    /// Since when each venue is healthy without a break.
    healthy_since: Vec<Option<i64>>,
}

/// How a venue stands with regard to the primary series.
pub(super) fn health(standing: &Standing, now_ms: i64) -> Health {
    if let Some(reason) = &standing.blocked {
        return Err(format!("is blocked: {reason}"));
    }
    let newest = standing.mid.into_iter().chain(standing.last);
    let Some(at) = newest.map(|(_, at)| at).max() else {
        return Err("has said nothing yet".to_owned());
    };
    if now_ms - at > SILENT_MS {
        return Err(format!("is silent for {}", format_age(now_ms - at)));
    }
    match &standing.bookless {
        Some((reason, since)) if now_ms - since > BOOKLESS_MS => {
            Err(format!("has no book to trust: {reason}"))
        }
        _ => Ok(()),
    }
}

impl Primary {
    /// Among these venues, the preferred one first.
    #[must_use]
    pub fn new(order: Vec<String>, began_at: i64) -> Self {
        Self {
            healthy_since: vec![None; order.len()],
            order,
            began_at,
            current: None,
        }
    }

    /// Goes on with the venue that was the primary one before a restart.
    pub fn go_on_with(&mut self, venue: Option<&str>) {
        self.current = self
            .order
            .iter()
            .position(|known| Some(known.as_str()) == venue);
    }

    /// The primary venue.
    #[must_use]
    pub fn venue(&self) -> Option<&str> {
        self.order.get(self.current?).map(String::as_str)
    }

    /// Looks at the health of the venues, in the order; gives the change, if there is one.
    pub fn look(&mut self, health: &[Health], now_ms: i64) -> Option<Move> {
        for (since, health) in self.healthy_since.iter_mut().zip(health) {
            *since = match health {
                Ok(()) => Some(since.unwrap_or(now_ms)),
                Err(_) => None,
            };
        }
        let first_healthy = self.healthy_since.iter().position(Option::is_some);
        let Some(current) = self.current else {
            let to = first_healthy?;
            // at the start, the first one gets its chance
            if to > 0 && now_ms - self.began_at < START_MS {
                return None;
            }
            return Some(self.change(to, false, "the first healthy venue".to_owned()));
        };
        if let Some(Err(words)) = health.get(current) {
            let to = first_healthy?;
            let (from, next) = (&self.order[current], &self.order[to]);
            let reason = format!("{from} {words}: the series comes from {next}");
            return Some(self.change(to, false, reason));
        }
        let is_steady = |since: &Option<i64>| since.is_some_and(|at| now_ms - at >= RETURN_MS);
        let to = self
            .healthy_since
            .iter()
            .take(current)
            .position(is_steady)?;
        let reason = format!("{} is healthy again", self.order[to]);
        Some(self.change(to, true, reason))
    }

    fn change(&mut self, to: usize, returned: bool, reason: String) -> Move {
        let from = self.venue().map(str::to_owned);
        self.current = Some(to);
        Move {
            from,
            to: self.order[to].clone(),
            returned,
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(primary: &mut Primary, healthy: [bool; 3], second: i64) -> Option<(String, bool)> {
        let health = healthy.map(|ok| if ok { Ok(()) } else { Err("fails".to_owned()) });
        let change = primary.look(&health, second * 1_000)?;
        Some((change.to, change.returned))
    }

    fn primary() -> Primary {
        Primary::new(["a", "b", "c"].map(str::to_owned).to_vec(), 0)
    }

    #[test]
    fn a_failing_venue_is_left_and_gone_back_to_after_a_minute_of_health() {
        let mut primary = primary();
        let (all, not_a) = ([true; 3], [false, true, true]);
        assert_eq!(look(&mut primary, all, 0), Some(("a".to_owned(), false)));
        assert_eq!(look(&mut primary, all, 1), None);
        assert_eq!(look(&mut primary, not_a, 2), Some(("b".to_owned(), false)));
        assert_eq!(look(&mut primary, all, 10), None);
        assert_eq!(
            look(&mut primary, not_a, 60),
            None,
            "the minute begins anew"
        );
        assert_eq!(look(&mut primary, all, 61), None);
        assert_eq!(look(&mut primary, all, 120), None);
        assert_eq!(look(&mut primary, all, 121), Some(("a".to_owned(), true)));
        assert_eq!(look(&mut primary, [false; 3], 130), None, "none is better");
        assert_eq!(primary.venue(), Some("a"));
        let only_c = [false, false, true];
        assert_eq!(
            look(&mut primary, only_c, 131),
            Some(("c".to_owned(), false))
        );
    }

    #[test]
    fn at_the_start_the_first_venue_is_waited_for() {
        let mut late = primary();
        assert_eq!(look(&mut late, [false, true, true], 5), None);
        assert_eq!(look(&mut late, [true; 3], 6), Some(("a".to_owned(), false)));
        let mut gone = primary();
        assert_eq!(look(&mut gone, [false, true, true], 14), None);
        let expected = Some(("b".to_owned(), false));
        assert_eq!(look(&mut gone, [false, true, true], 15), expected);
    }

    #[test]
    fn a_restart_goes_on_with_the_same_venue() {
        let mut primary = primary();
        primary.go_on_with(Some("b"));
        assert_eq!(look(&mut primary, [true; 3], 0), None);
        assert_eq!(
            look(&mut primary, [true; 3], 60),
            Some(("a".to_owned(), true))
        );
        primary.go_on_with(Some("gone"));
        assert_eq!(primary.venue(), None);
    }
}
