//! Questions over REST in memory: the venue's real budget, answers that take their time, and what the HTTP client would
//! make of them.

use server::{
    simulator::{Pace, RestAnswer},
    source::{Budget, Urgency, link::Conn},
};

use super::world::{Event, World, split};

/// The HTTP client gives up.
const TIMEOUT_MS: i64 = 15_000;
/// A question waits at most so long for its turn.
const PATIENCE_MS: i64 = 30_000;
/// How long a venue that says 429 without more is left alone.
const LEFT_ALONE_MS: i64 = 5_000;

/// What an answer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Snapshot(Conn),
    Gap(usize),
    /// Candles of minutes that are to be compared.
    Candles,
}

/// A question on its way.
#[derive(Debug, Clone)]
pub struct Asked {
    pub why: Why,
    pub url: String,
    pub weight: u32,
    pub since: i64,
    /// When the exchange answered it.
    pub at: i64,
    /// The process that asked.
    pub life: usize,
}

impl Asked {
    pub const fn new(why: Why, url: String, weight: u32, now: i64) -> Self {
        Self {
            why,
            url,
            weight,
            since: now,
            at: now,
            life: 0,
        }
    }
}

#[derive(Debug)]
pub struct Rest {
    pub budget: Budget,
    /// When something was asked.
    pub asked: Vec<i64>,
}

impl Rest {
    pub const fn new(budget: Budget) -> Self {
        Self {
            budget,
            asked: Vec::new(),
        }
    }

    pub fn retry_after_ms(answer: &RestAnswer) -> Option<i64> {
        let seconds: i64 = answer.header("retry-after")?.parse().ok()?;
        Some(seconds * 1_000)
    }
}

impl World {
    /// Sends a question as soon as the venue's budget allows it.
    pub fn ask(&mut self, mut asked: Asked) {
        asked.life = self.record.kills;
        let urgency = match asked.why {
            Why::Snapshot(_) => Urgency::Live,
            Why::Gap(_) => Urgency::Past,
            Why::Candles => Urgency::Live,
        };
        let wait_ms = self.rest.budget.take(asked.weight, urgency, self.now);
        if wait_ms == 0 {
            self.rest.asked.push(self.now);
            let at = self.now + self.delay.draw(&mut self.rng);
            self.at(at, Event::Question(asked));
        } else if self.now + wait_ms - asked.since > PATIENCE_MS {
            self.at(self.now, Event::Answer(asked, Err(Some(wait_ms))));
        } else {
            self.at(self.now + wait_ms, Event::Ask(asked));
        }
    }

    /// It reaches the exchange.
    pub fn question(&mut self, mut asked: Asked) {
        if asked.life != self.record.kills {
            return;
        }
        let (path, query) = split(&asked.url);
        let answer = self.exchange.rest(path, query, self.now);
        asked.at = self.now;
        let way_back_ms = self.delay.draw(&mut self.rng);
        let takes_ms = match answer.pace {
            Pace::AtOnce => way_back_ms,
            Pace::Slow(ms) => ms + way_back_ms,
            Pace::Never => TIMEOUT_MS,
        };
        if takes_ms >= TIMEOUT_MS {
            self.at(self.now + TIMEOUT_MS, Event::Answer(asked, Err(None)));
            return;
        }
        let at = self.now + takes_ms;
        let retry_after_ms = Rest::retry_after_ms(&answer);
        let used = answer.header("x-mbx-used-weight-1m");
        if let Some(used) = used.and_then(|used| used.parse().ok()) {
            self.rest.budget.observe(used, at);
        }
        let result = match answer.status {
            200 => Ok(answer.body),
            429 | 418 => {
                let pause_ms = retry_after_ms.unwrap_or(LEFT_ALONE_MS);
                self.rest.budget.penalise(at + pause_ms);
                Err(Some(pause_ms))
            }
            _ => Err(retry_after_ms),
        };
        self.at(at, Event::Answer(asked, result));
    }
}
