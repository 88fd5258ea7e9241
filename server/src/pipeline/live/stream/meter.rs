//! How fast streams are: messages a second and how long they take, from the venue's time to the event sent.
//!
//! Three stretches: the network (venue's time to receipt), refining (receipt to the commit in silver), publishing
//! (commit to the event sent). The venue's clock may be ahead of ours: such latencies are below 0 and kept as they are.

mod track;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use self::track::Track;
pub use self::track::{BUCKETS_MS, Distribution};
use super::{
    line::LineKind,
    sink::{Commit, Observer},
};

/// Seconds that messages are counted over.
const SECONDS: i64 = 10;

/// Meters of all streams of a process; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Meters(Arc<Mutex<ByStream>>);

/// By instrument and venue.
type ByStream = BTreeMap<(String, String), Arc<Meter>>;

impl Meters {
    /// The meter of a stream. Latencies are told in real milliseconds, of which the engine's clock makes `speed`.
    #[must_use]
    pub fn of(&self, instrument: &str, venue: &str, speed: f64) -> Arc<Meter> {
        let key = (instrument.to_owned(), venue.to_owned());
        let mut meters = lock(&self.0);
        let meter = meters
            .entry(key)
            .or_insert_with(|| Arc::new(Meter::new(speed)));
        Arc::clone(meter)
    }

    /// Every stream: instrument, venue, meter.
    #[must_use]
    pub fn all(&self) -> Vec<(String, String, Arc<Meter>)> {
        lock(&self.0)
            .iter()
            .map(|((instrument, venue), meter)| {
                (instrument.clone(), venue.clone(), Arc::clone(meter))
            })
            .collect()
    }

    fn get(&self, instrument: &str, venue: &str) -> Option<Arc<Meter>> {
        let key = (instrument.to_owned(), venue.to_owned());
        lock(&self.0).get(&key).cloned()
    }
}

impl Observer for Meters {
    fn committed(&self, commit: &Commit<'_>) {
        if let Some(meter) = self.get(commit.instrument, commit.venue) {
            meter.committed(commit);
        }
    }
}

/// Figures of one stream.
#[derive(Debug)]
pub struct Meter {
    state: Mutex<State>,
    speed: f64,
}

#[derive(Debug)]
struct State {
    network: Track,
    refine: Track,
    publish: Track,
    /// Second and messages in it, the newest last.
    seconds: VecDeque<(i64, u64)>,
    messages: u64,
    conflated: i64,
    rejected: i64,
    /// Newest time of the venue.
    exchange_at: Option<i64>,
}

/// Figures of one stream at a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct MeterView {
    /// Messages a second over the last ten.
    pub messages_per_second: f64,
    /// Messages since the start.
    pub messages: u64,
    /// Quotes left out since the start.
    pub conflated: i64,
    /// Rows set apart since the start.
    pub rejected: i64,
    /// Newest time of the venue.
    pub exchange_at: Option<i64>,
    /// Venue's time to receipt: median and 99th percentile of the last minutes, in milliseconds.
    pub network_ms: Option<(f64, f64)>,
    /// Receipt to silver, the same.
    pub refine_ms: Option<(f64, f64)>,
    /// Silver to the event sent, the same.
    pub publish_ms: Option<(f64, f64)>,
}

impl Meter {
    fn new(speed: f64) -> Self {
        Self {
            state: Mutex::new(State {
                network: Track::default(),
                refine: Track::default(),
                publish: Track::default(),
                seconds: VecDeque::new(),
                messages: 0,
                conflated: 0,
                rejected: 0,
                exchange_at: None,
            }),
            speed: speed.max(f64::MIN_POSITIVE),
        }
    }

    fn real(&self, ms: i64) -> i64 {
        (ms as f64 / self.speed).round() as i64
    }

    /// A message came; `exchange_at`: the venue's time in it.
    pub fn frame(&self, received_at: i64, exchange_at: Option<i64>) {
        let mut state = lock(&self.state);
        state.messages += 1;
        let second = received_at.div_euclid(1_000);
        match state.seconds.back_mut() {
            // a clock that was set back counts on where it was
            Some((newest, count)) if *newest >= second => *count += 1,
            _ => state.seconds.push_back((second, 1)),
        }
        while state.seconds.len() > SECONDS as usize + 1 {
            state.seconds.pop_front();
        }
        if let Some(at) = exchange_at {
            let ms = self.real(received_at.saturating_sub(at));
            state.network.record(ms, received_at);
            state.exchange_at = state.exchange_at.max(Some(at));
        }
    }

    fn committed(&self, commit: &Commit<'_>) {
        let mut state = lock(&self.state);
        for line in commit.lines {
            if line.kind == LineKind::Frame {
                let ms = self.real(commit.committed_at.saturating_sub(line.at));
                state.refine.record(ms, commit.committed_at);
            }
        }
        let ms = self.real(commit.published_at.saturating_sub(commit.committed_at));
        state.publish.record(ms, commit.published_at);
        state.conflated += commit.conflated;
        state.rejected += commit.rejected;
    }

    /// Figures now.
    #[must_use]
    pub fn view(&self, now_ms: i64) -> MeterView {
        let state = lock(&self.state);
        // the running second is not over
        let second = now_ms.div_euclid(1_000);
        let counted = state
            .seconds
            .iter()
            .filter(|(at, _)| (second - SECONDS..second).contains(at));
        let counted: u64 = counted.map(|(_, count)| count).sum();
        MeterView {
            messages_per_second: counted as f64 / SECONDS as f64 * self.speed,
            messages: state.messages,
            conflated: state.conflated,
            rejected: state.rejected,
            exchange_at: state.exchange_at,
            network_ms: state.network.quantiles(),
            refine_ms: state.refine.quantiles(),
            publish_ms: state.publish.quantiles(),
        }
    }

    /// Messages since the start.
    #[must_use]
    pub fn messages(&self) -> u64 {
        lock(&self.state).messages
    }

    /// Latencies since the start: network, refining, publishing.
    #[must_use]
    pub fn distributions(&self) -> [(&'static str, Distribution); 3] {
        let state = lock(&self.state);
        [
            ("network", state.network.distribution()),
            ("refine", state.refine.distribution()),
            ("publish", state.publish.distribution()),
        ]
    }
}

/// Counts that mean something each: whole after a panic elsewhere.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::live::stream::line::Line;

    const T0: i64 = 1_790_000_000_000;

    #[test]
    fn messages_are_counted_over_ten_whole_seconds() {
        let meter = Meter::new(1.0);
        assert_eq!(meter.view(T0).messages_per_second, 0.0);
        for ms in (0..20_000).step_by(100) {
            meter.frame(T0 + ms, None);
        }
        assert_eq!(meter.view(T0 + 20_500).messages_per_second, 10.0);
        assert_eq!(meter.view(T0 + 25_500).messages_per_second, 5.0);
        assert_eq!(meter.view(T0 + 60_000).messages_per_second, 0.0);
        assert_eq!(meter.view(T0).messages, 200);
    }

    #[test]
    fn latencies_are_told_in_real_time_and_may_be_below_zero() {
        let meters = Meters::default();
        let meter = meters.of("BTC-USD", "kraken", 10.0);
        meter.frame(T0, Some(T0 + 40));
        let network = meter.view(T0).network_ms;
        assert_eq!(network, Some((-4.0, -4.0)));
        let line = |kind, at| Line {
            at,
            kind,
            text: String::new(),
        };
        meters.committed(&Commit {
            instrument: "BTC-USD",
            venue: "kraken",
            lines: &[line(LineKind::Frame, T0), line(LineKind::Note, 0)],
            committed_at: T0 + 120,
            published_at: T0 + 150,
            conflated: 3,
            rejected: 1,
        });
        let view = meters.of("BTC-USD", "kraken", 10.0).view(T0);
        assert_eq!(view.refine_ms, Some((12.0, 12.0)));
        assert_eq!(view.publish_ms, Some((3.0, 3.0)));
        assert_eq!((view.conflated, view.rejected), (3, 1));
        assert_eq!(meters.all().len(), 1);
    }
}
