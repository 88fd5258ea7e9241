//! A source on its way through the pipeline: who it is, how it is, what it said last.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context;
use app::model::{FeedVm, StreamVm};

use super::stream::StreamSource;
use crate::{
    pipeline::Engine,
    quality::{alert::Patience, live::rows::RowWatch},
    source::{
        session::Channel,
        venue::{Place, Venue, open},
    },
    store::Landing,
};

/// One instrument of one venue: what is asked, and what is streamed.
#[derive(Debug, Clone)]
pub struct Source {
    /// `binance`, `simulator`
    pub name: String,
    /// Instrument its symbol stands for.
    pub instrument: String,
    /// Symbol at the venue.
    pub symbol: String,
    /// What speaks its protocol.
    pub client: Arc<dyn Venue>,
    /// What is streamed; empty: it is only polled.
    pub channels: Vec<Channel>,
    /// Time between two rounds of polls, while nothing is streamed.
    pub interval_ms: i64,
    /// The same beside a stream that is well.
    pub slow_ms: i64,
    /// Never real prices.
    pub simulated: bool,
}

impl Source {
    /// What its checks judge: `BTC-USDT/binance/live`.
    #[must_use]
    pub fn entity(&self) -> String {
        format!("{}/{}/live", self.instrument, self.name)
    }

    /// What its stream is known by.
    #[must_use]
    pub fn stream(&self) -> StreamSource {
        StreamSource {
            instrument: self.instrument.clone(),
            venue: self.name.clone(),
            simulated: self.simulated,
            url: self.client.stream_url(&self.channels),
            channels: self.channels.clone(),
            facts: self.client.facts(),
        }
    }
}

/// Equal prices in a row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EqualPrices {
    /// Quotes that say the same.
    pub run: i64,
    /// When the first of them came.
    pub since: i64,
    /// What they say.
    pub last: f64,
}

impl EqualPrices {
    /// Those that end with a quote of that price and time.
    #[must_use]
    pub fn after(before: Option<Self>, last: f64, at: i64) -> Self {
        match before {
            Some(before) if before.last == last => Self {
                run: before.run + 1,
                ..before
            },
            _ => Self {
                run: 1,
                since: at,
                last,
            },
        }
    }
}

/// How a feed is, shared with its watchdog.
#[derive(Debug, Clone)]
pub struct FeedStatus(Arc<Mutex<Status>>);

#[derive(Debug)]
struct Status {
    view: FeedVm,
    /// When the venue was last heard, moved on by the time that was our own.
    heard_at: i64,
    /// Since when we have been at work with an answer: the venue cannot be heard meanwhile.
    busy_since: Option<i64>,
}

impl FeedStatus {
    fn new(source: &Source, now_ms: i64) -> Self {
        let view = FeedVm {
            venue: source.name.clone(),
            instrument: source.instrument.clone(),
            simulated: source.simulated,
            state: "starting".to_owned(),
            error: String::new(),
            last_ok_at: None,
            next_at: None,
            polls: 0,
            errors: 0,
            stream: None,
        };
        Self(Arc::new(Mutex::new(Status {
            view,
            heard_at: now_ms,
            busy_since: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Status> {
        // fields are set one by one and mean something each: whole after a panic elsewhere
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// As it is now.
    #[must_use]
    pub fn get(&self) -> FeedVm {
        self.lock().view.clone()
    }

    /// When the venue was last heard; the time we were busy ourselves is not held against it.
    #[must_use]
    pub fn heard_at(&self, now_ms: i64) -> i64 {
        let status = self.lock();
        let busy_ms = status.busy_since.map_or(0, |since| (now_ms - since).max(0));
        status.heard_at + busy_ms
    }

    /// A usable answer came.
    pub(super) fn heard(&self, received_at: i64) {
        let mut status = self.lock();
        status.view.last_ok_at = Some(received_at);
        status.heard_at = received_at;
    }

    /// From now on we are busy with an answer, maybe waiting for the writer.
    pub(super) fn work_begins(&self, now_ms: i64) {
        self.lock().busy_since.get_or_insert(now_ms);
    }

    /// From now on we listen again.
    pub(super) fn work_ends(&self, now_ms: i64) {
        let mut status = self.lock();
        if let Some(since) = status.busy_since.take() {
            status.heard_at += (now_ms - since).max(0);
        }
    }

    /// For so long nobody could listen: the machine slept, or its clock was set.
    pub(super) fn excuse(&self, ms: i64) {
        self.lock().heard_at += ms;
    }

    /// Data came over the stream.
    pub(super) fn heard_of_stream(&self, received_at: i64) {
        let mut status = self.lock();
        status.heard_at = status.heard_at.max(received_at);
        status.view.last_ok_at = status.view.last_ok_at.max(Some(received_at));
    }

    /// True while data are to come over the stream: it stands, and is judged by the second.
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        let status = self.lock();
        let stream = status.view.stream.as_ref();
        stream.is_some_and(|stream| matches!(stream.state.as_str(), "streaming" | "quiet"))
    }

    /// True if the stream is well: polls are only a safety net then.
    #[must_use]
    pub fn is_well_streamed(&self) -> bool {
        let status = self.lock();
        let stream = status.view.stream.as_ref();
        stream.is_some_and(|stream| stream.state == "streaming")
    }

    /// Tells how the stream is.
    pub(super) fn change_of_stream(&self, engine: &Engine, stream: StreamVm) {
        let now = {
            let mut status = self.lock();
            let state = |view: &FeedVm| {
                let stream = view.stream.as_ref();
                stream.map(|stream| (stream.state.clone(), stream.book.clone()))
            };
            let before = state(&status.view);
            status.view.stream = Some(stream);
            (status.view.clone(), before != state(&status.view))
        };
        engine.hub.feed(now.0);
        // figures that move each second are told with the next judgement
        if now.1 {
            engine.hub.changed();
        }
    }

    /// Changes what listeners see, and tells them.
    pub(super) fn change(&self, engine: &Engine, change: impl FnOnce(&mut FeedVm)) {
        let now = {
            let mut status = self.lock();
            change(&mut status.view);
            status.view.clone()
        };
        engine.hub.feed(now);
        engine.hub.changed();
    }
}

/// A source on its way through the pipeline.
#[derive(Debug)]
pub struct Feed {
    /// The source.
    pub source: Source,
    /// What its checks judge: `BTC-USDT/binance/live`.
    pub entity: String,
    /// How it is.
    pub status: FeedStatus,
    /// Its newest equal prices; `None` until a quote came.
    pub equal: Option<EqualPrices>,
    /// Quotes of polls, judged by rules of one's own.
    pub quotes: RowWatch,
    /// The same of books.
    pub books: RowWatch,
    /// The stretch of candles that was asked for, while they come page by page.
    pub asked: Option<(i64, i64)>,
    /// True while landings of before are refined again: only rows matter then.
    pub replayed: bool,
}

impl Feed {
    /// A feed that has heard nothing.
    #[must_use]
    pub fn new(source: Source, now_ms: i64) -> Self {
        Self {
            entity: source.entity(),
            status: FeedStatus::new(&source, now_ms),
            source,
            equal: None,
            quotes: RowWatch::new("quotes"),
            books: RowWatch::new("books"),
            asked: None,
            replayed: false,
        }
    }

    /// The feed that brought a landing.
    ///
    /// # Errors
    /// When nothing speaks the protocol of its answers.
    pub fn replayed(landing: &Landing) -> anyhow::Result<Self> {
        let client = open(&landing.format, &Place::default())
            .with_context(|| format!("nothing reads answers of format {:?}", landing.format))?;
        let source = Source {
            name: landing.venue.clone(),
            instrument: landing.instrument.clone(),
            symbol: String::new(),
            client,
            channels: Vec::new(),
            interval_ms: 30_000,
            slow_ms: 30_000,
            simulated: false,
        };
        Ok(Self {
            replayed: true,
            ..Self::new(source, landing.received_at)
        })
    }

    /// Notes a price; tells how often it has been the same.
    pub fn note_price(&mut self, last: f64, at: i64) -> EqualPrices {
        let equal = EqualPrices::after(self.equal, last, at);
        self.equal = Some(equal);
        equal
    }

    /// A live alert is over when the rule has held for a whole round.
    #[must_use]
    pub const fn patience(&self) -> Patience {
        patience(self.source.interval_ms)
    }
}

/// Waiting times of the alerts of a feed that is polled so often.
#[must_use]
pub const fn patience(interval_ms: i64) -> Patience {
    Patience {
        for_ms: 0,
        keep_firing_ms: interval_ms * 8 / 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_our_own_work_is_no_silence() {
        let source = Source {
            name: "binance".to_owned(),
            instrument: "BTC-USDT".to_owned(),
            symbol: "BTCUSDT".to_owned(),
            client: open("binance", &Place::default()).unwrap(),
            channels: Vec::new(),
            interval_ms: 1_000,
            slow_ms: 1_000,
            simulated: false,
        };
        let status = FeedStatus::new(&source, 1_000);
        let silent = |now| now - status.heard_at(now);
        assert_eq!(silent(3_000), 2_000);
        status.work_begins(3_000);
        assert_eq!(silent(9_000), 2_000, "busy");
        status.work_ends(10_000);
        assert_eq!(silent(11_000), 3_000, "listens again");
        status.work_begins(12_000);
        status.heard(12_000);
        status.work_ends(20_000);
        assert_eq!(silent(20_500), 500, "heard, then busy");
        status.excuse(400);
        assert_eq!(silent(20_500), 100);
    }
}
