//! When to open, close and reopen the event stream: decisions only, no browser.
//!
//! The feed reports what happens ([`Input`]) and does what comes back ([`Step`]). Times are the browser's clock in
//! milliseconds; it goes on while a device sleeps, so a silent stream is noticed right after waking up.

use super::Connection;

/// Silence after which an open stream counts as lost: two missed heartbeats of 15 s and some grace.
pub const WATCHDOG_MS: i64 = 40_000;
/// A hidden page gives its connection back after this time (browsers allow six per host over HTTP/1.1).
pub const HIDDEN_MS: i64 = 60_000;
/// After an absence of this length the page's data is loaded again.
pub const ABSENCE_MS: i64 = 15_000;
/// Age of the newest price from which on the page says so.
pub const STALE_MS: i64 = 120_000;

const FIRST_DELAY_MS: i64 = 1_000;
const LONGEST_DELAY_MS: i64 = 30_000;
/// A connection that lived this long was a good one: the next loss starts with the shortest delay again.
const GOOD_CONNECTION_MS: i64 = 10_000;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The stream is open.
    Opened,
    /// Anything arrived.
    Heard,
    /// The stream broke or could not be opened.
    Failed,
    /// The server said that it is going down.
    Bye,
    /// A second has passed.
    Tick,
    /// The page is no longer visible.
    Hidden,
    /// The page is visible again.
    Visible,
    /// The page is being left; it may come back.
    Left,
    /// The page came back.
    Returned,
    /// The reader wants no updates.
    Pause,
    /// The reader wants updates again.
    Resume,
}

/// What to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step {
    /// Close the stream if there is one.
    pub close: bool,
    /// Open a stream (after closing).
    pub open: bool,
    /// Load the page's data again: too much may have been missed.
    pub reload: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Opening { since: i64 },
    Open { since: i64, heard_at: i64 },
    Waiting { until: i64 },
    Asleep,
    Paused,
}

/// The connection's state.
#[derive(Debug, Clone)]
pub struct Link {
    phase: Phase,
    losses: u32,
    lost_at: Option<i64>,
    hidden_at: Option<i64>,
    opened_once: bool,
}

impl Link {
    /// A connection that is being opened.
    #[must_use]
    pub const fn opening(now: i64) -> Self {
        Self {
            phase: Phase::Opening { since: now },
            losses: 0,
            lost_at: None,
            hidden_at: None,
            opened_once: false,
        }
    }

    /// Takes in what happened; `jitter` is a random number from 0 to 1.
    pub fn step(&mut self, input: Input, now: i64, jitter: f64) -> Step {
        match input {
            Input::Opened => self.opened(now),
            Input::Heard => {
                if let Phase::Open { heard_at, .. } = &mut self.phase {
                    *heard_at = now;
                }
                Step::default()
            }
            Input::Failed => self.failed(now, jitter),
            Input::Bye if self.wants_stream() => {
                self.lose(now);
                self.losses = 0;
                self.wait(now + backoff_ms(0, jitter))
            }
            Input::Tick => self.tick(now, jitter),
            Input::Hidden => {
                self.hidden_at.get_or_insert(now);
                Step::default()
            }
            Input::Visible => {
                self.hidden_at = None;
                self.wake(now)
            }
            Input::Returned => self.wake(now),
            Input::Left if self.phase != Phase::Paused => self.rest(Phase::Asleep, now),
            Input::Pause => self.rest(Phase::Paused, now),
            Input::Resume if self.phase == Phase::Paused => self.open(now),
            Input::Bye | Input::Left | Input::Resume => Step::default(),
        }
    }

    /// What the page says about the connection; `price_age_ms` by the server's clock, `None` without a price.
    #[must_use]
    pub fn connection(&self, price_age_ms: Option<i64>) -> Connection {
        match self.phase {
            Phase::Paused => Connection::Paused,
            Phase::Open { .. } if price_age_ms.is_some_and(|age| age > STALE_MS) => {
                Connection::Stale
            }
            Phase::Open { .. } => Connection::Live,
            Phase::Opening { .. } if self.losses == 0 && !self.opened_once => {
                Connection::Connecting
            }
            Phase::Opening { .. } | Phase::Waiting { .. } | Phase::Asleep => {
                Connection::Reconnecting
            }
        }
    }

    /// Whole seconds until the next try, 0 when it is under way.
    #[must_use]
    pub fn retry_in_s(&self, now: i64) -> i64 {
        match self.phase {
            Phase::Waiting { until } => ((until - now).max(0) + 999) / 1000,
            _ => 0,
        }
    }

    const fn wants_stream(&self) -> bool {
        matches!(self.phase, Phase::Opening { .. } | Phase::Open { .. })
    }

    fn opened(&mut self, now: i64) -> Step {
        if !matches!(self.phase, Phase::Opening { .. }) {
            return Step::default();
        }
        self.phase = Phase::Open {
            since: now,
            heard_at: now,
        };
        self.opened_once = true;
        let absent = self.lost_at.take().is_some_and(|at| now - at > ABSENCE_MS);
        Step {
            reload: absent,
            ..Step::default()
        }
    }

    fn failed(&mut self, now: i64, jitter: f64) -> Step {
        if !self.wants_stream() {
            return Step::default();
        }
        if let Phase::Open { since, .. } = self.phase
            && now - since >= GOOD_CONNECTION_MS
        {
            self.losses = 0;
        }
        self.lose(now);
        let delay = backoff_ms(self.losses, jitter);
        self.losses = self.losses.saturating_add(1);
        self.wait(now + delay)
    }

    fn tick(&mut self, now: i64, jitter: f64) -> Step {
        if self.hidden_at.is_some_and(|at| now - at > HIDDEN_MS)
            && !matches!(self.phase, Phase::Asleep | Phase::Paused)
        {
            return self.rest(Phase::Asleep, now);
        }
        match self.phase {
            Phase::Opening { since } if now - since > WATCHDOG_MS => self.failed(now, jitter),
            Phase::Open { heard_at, .. } if now - heard_at > WATCHDOG_MS => {
                self.failed(now, jitter)
            }
            Phase::Waiting { until } if now >= until => self.open(now),
            _ => Step::default(),
        }
    }

    /// The page is back: opens what was given back, and does not wait out a delay.
    fn wake(&mut self, now: i64) -> Step {
        match self.phase {
            Phase::Asleep | Phase::Waiting { .. } => self.open(now),
            _ => Step::default(),
        }
    }

    fn rest(&mut self, phase: Phase, now: i64) -> Step {
        self.lose(now);
        self.phase = phase;
        Step {
            close: true,
            ..Step::default()
        }
    }

    fn open(&mut self, now: i64) -> Step {
        self.phase = Phase::Opening { since: now };
        Step {
            close: true,
            open: true,
            reload: false,
        }
    }

    fn wait(&mut self, until: i64) -> Step {
        self.phase = Phase::Waiting { until };
        Step {
            close: true,
            ..Step::default()
        }
    }

    fn lose(&mut self, now: i64) {
        self.lost_at.get_or_insert(now);
    }
}

/// Delay before the next try: 1, 2, 4, … 30 s, each spread by a quarter up and down so that pages do not return in
/// step after a restart.
#[must_use]
pub fn backoff_ms(losses: u32, jitter: f64) -> i64 {
    let base = FIRST_DELAY_MS
        .saturating_mul(1 << losses.min(5))
        .min(LONGEST_DELAY_MS);
    let spread = 0.75 + 0.5 * jitter.clamp(0.0, 1.0);
    ((base as f64 * spread) as i64).clamp(FIRST_DELAY_MS, LONGEST_DELAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened_at(now: i64) -> Link {
        let mut link = Link::opening(now);
        link.step(Input::Opened, now, 0.5);
        link
    }

    #[test]
    fn delays_grow_from_one_to_thirty_seconds() {
        let delays: Vec<i64> = (0..8).map(|losses| backoff_ms(losses, 0.5)).collect();
        assert_eq!(
            delays,
            [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]
        );
        for losses in 0..40 {
            for jitter in [0.0, 0.3, 1.0, 7.0, -1.0] {
                let delay = backoff_ms(losses, jitter);
                assert!(
                    (1000..=30_000).contains(&delay),
                    "{losses} {jitter}: {delay}"
                );
            }
        }
    }

    #[test]
    fn a_lost_stream_is_reopened_after_its_delay_and_counts_down() {
        let mut link = opened_at(0);
        assert_eq!(link.connection(None), Connection::Live);
        assert!(link.step(Input::Failed, 2000, 0.5).close);
        assert_eq!(link.connection(None), Connection::Reconnecting);
        assert_eq!(link.retry_in_s(2000), 1);
        assert_eq!(link.step(Input::Tick, 2500, 0.5), Step::default());
        assert!(link.step(Input::Tick, 3000, 0.5).open);
        assert!(link.step(Input::Failed, 3100, 0.5).close);
        assert_eq!(link.retry_in_s(3100), 2, "the second delay is longer");
    }

    #[test]
    fn silence_for_forty_seconds_is_a_loss_and_a_heartbeat_is_not() {
        let mut link = opened_at(0);
        assert_eq!(link.step(Input::Tick, 39_000, 0.5), Step::default());
        link.step(Input::Heard, 39_500, 0.5);
        assert_eq!(link.step(Input::Tick, 79_000, 0.5), Step::default());
        assert!(link.step(Input::Tick, 79_501, 0.5).close);
    }

    #[test]
    fn a_stream_that_never_opens_is_given_up() {
        let mut link = Link::opening(0);
        assert_eq!(link.connection(None), Connection::Connecting);
        assert!(link.step(Input::Tick, 40_001, 0.5).close);
        assert_eq!(link.connection(None), Connection::Reconnecting);
    }

    #[test]
    fn only_a_long_absence_loads_the_page_again() {
        for (away_ms, reload) in [(2_000, false), (20_000, true)] {
            let mut link = opened_at(0);
            link.step(Input::Failed, 1000, 0.5);
            link.step(Input::Tick, 1000 + away_ms - 1, 0.5);
            let step = link.step(Input::Opened, 1000 + away_ms, 0.5);
            assert_eq!(step.reload, reload, "{away_ms}");
        }
    }

    #[test]
    fn a_hidden_page_gives_its_connection_back_and_resumes_at_once() {
        let mut link = opened_at(0);
        link.step(Input::Hidden, 0, 0.5);
        link.step(Input::Heard, 59_000, 0.5);
        assert_eq!(link.step(Input::Tick, 59_000, 0.5), Step::default());
        assert_eq!(
            link.step(Input::Tick, 60_001, 0.5),
            Step {
                close: true,
                ..Step::default()
            }
        );
        assert_eq!(link.step(Input::Tick, 600_000, 0.5), Step::default());
        assert!(link.step(Input::Visible, 600_001, 0.5).open);
    }

    #[test]
    fn a_pause_holds_until_the_reader_ends_it() {
        let mut link = opened_at(0);
        assert!(link.step(Input::Pause, 1, 0.5).close);
        for input in [
            Input::Tick,
            Input::Visible,
            Input::Returned,
            Input::Failed,
            Input::Left,
            Input::Bye,
        ] {
            assert_eq!(link.step(input, 100_000, 0.5), Step::default(), "{input:?}");
            assert_eq!(link.connection(None), Connection::Paused);
        }
        assert!(link.step(Input::Resume, 100_001, 0.5).open);
    }

    #[test]
    fn a_page_that_comes_back_reopens() {
        let mut link = opened_at(0);
        assert!(link.step(Input::Left, 10, 0.5).close);
        assert!(link.step(Input::Returned, 20, 0.5).open);
    }

    #[test]
    fn a_goodbye_is_followed_by_a_quick_return() {
        let mut link = opened_at(0);
        link.step(Input::Failed, 10, 0.5);
        link.step(Input::Tick, 5000, 0.5);
        link.step(Input::Opened, 5001, 0.5);
        assert!(link.step(Input::Bye, 5002, 0.5).close);
        assert_eq!(link.retry_in_s(5002), 1);
    }

    #[test]
    fn an_old_price_is_stale_only_while_open() {
        let mut link = opened_at(0);
        assert_eq!(link.connection(Some(120_000)), Connection::Live);
        assert_eq!(link.connection(Some(120_001)), Connection::Stale);
        link.step(Input::Failed, 1, 0.5);
        assert_eq!(link.connection(Some(120_001)), Connection::Reconnecting);
    }
}
