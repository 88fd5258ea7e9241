//! From the lines of one connection to rows; pure. The same lines give the same rows, however they are cut into batches.

mod state;

use app::model::{Candle, Dataset, MINUTE_MS, Quote, Reject, bucket_start};

use self::state::Saved;
use super::{
    judge::{self, dataset_of},
    line::{Line, LineKind},
    rows::{BookTrust, Received, StreamReject, StreamRows, StreamTrade},
    throttle::Throttle,
};
use crate::{
    quality::live::event::{Event, What},
    refine::ladder::{Ladder, float},
    source::{
        message::MessageError,
        session::{BookChange, Channel, FrameFacts, Session, StreamEvent},
        venue::{self, Place},
    },
};

/// Longest raw text of a reject, in bytes; all of it is in bronze.
const MAX_RAW: usize = 16 << 10;
/// A provisional candle of a stream is written at most this often.
const CANDLE_MS: i64 = 1_000;
/// Books are sampled at the first change in such a stretch.
const BOOK_MS: i64 = 1_000;
/// A run ends when it is this long.
const RUN_MS: i64 = 15 * MINUTE_MS;
/// A run ends when it holds so many bytes.
const RUN_BYTES: usize = 8 << 20;

/// How rows are taken from a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefinerConfig {
    /// The venue's name of the instrument.
    pub symbol: String,
    /// What is subscribed.
    pub channels: Vec<Channel>,
    /// At most one quote is kept in so many milliseconds of receipt time.
    pub quote_ms: i64,
    /// A trade counts in its minute until the venue's time has passed the minute by so much.
    pub watermark_ms: i64,
}

/// Quotes are kept ten times a second.
pub const QUOTE_MS: i64 = 100;
/// Trades are late ten seconds after their minute.
pub const WATERMARK_MS: i64 = 10_000;

/// Why a run cannot be refined.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Nothing speaks the venue's protocol.
    #[error("no client speaks the protocol of venue {0:?}")]
    Venue(String),
    /// The run does not begin with what a refiner saved.
    #[error("the state at the beginning of the run cannot be read: {0}")]
    State(String),
}

/// Refines one connection.
#[derive(Debug)]
pub struct Refiner {
    session: Box<dyn Session>,
    config: RefinerConfig,
    rows: StreamRows,
    quotes: Throttle<Received<Quote>>,
    candles: Throttle<Received<Candle>>,
    /// The stretch of [`BOOK_MS`] that has its book.
    book_slot: Option<i64>,
    /// The venue's time as far as trades have told it.
    newest_at: Option<i64>,
    /// True until the first frame is to be sent.
    fresh: bool,
    line_no: i64,
    run_bytes: usize,
    run_began_at: Option<i64>,
    last_at: i64,
}

impl Refiner {
    /// A refiner of a new connection, before [`Refiner::hello`].
    #[must_use]
    pub fn new(session: Box<dyn Session>, config: RefinerConfig) -> Self {
        let mut refiner = Self {
            quotes: Throttle::new(config.quote_ms, None),
            candles: Throttle::new(CANDLE_MS, None),
            session,
            config,
            rows: StreamRows::default(),
            book_slot: None,
            newest_at: None,
            fresh: true,
            line_no: 0,
            run_bytes: 0,
            run_began_at: None,
            last_at: 0,
        };
        refiner.rows.begins = Some(refiner.save());
        refiner
    }

    /// The refiner that goes on from the state at the beginning of a run of this venue.
    ///
    /// # Errors
    /// When nothing speaks the venue's protocol or the state cannot be read.
    pub fn open(venue: &str, state: &str) -> Result<Self, RunError> {
        let saved = Saved::parse(state)?;
        let place = Place {
            rest: String::new(),
            stream: String::new(),
            symbol: saved.symbol.clone(),
        };
        let client = venue::open(venue, &place).ok_or_else(|| RunError::Venue(venue.to_owned()))?;
        Self::restored(client.session(&saved.channels()), state)
    }

    /// The same with a session of the caller.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub fn restored(session: Box<dyn Session>, state: &str) -> Result<Self, RunError> {
        let config = Saved::parse(state)?.config();
        let mut refiner = Self::new(session, config);
        refiner.restore(state)?;
        refiner.rows.begins = None;
        Ok(refiner)
    }

    /// Frames to send once the connection stands. Called once.
    pub fn hello(&mut self) -> Vec<String> {
        self.fresh = false;
        self.session.hello()
    }

    /// The session: its book, its questions.
    #[must_use]
    pub fn session(&self) -> &dyn Session {
        &*self.session
    }

    /// Reads a line, keeps its rows and adds what it says to `out`.
    ///
    /// # Errors
    /// When a frame or an answer is out of shape; it is among the rejects then, and the refiner goes on.
    pub fn line(
        &mut self,
        line: &Line,
        out: &mut Vec<StreamEvent>,
    ) -> Result<FrameFacts, MessageError> {
        if matches!(line.kind, LineKind::State | LineKind::Batch) {
            return match line.kind {
                LineKind::State => self.restore(&line.text).map_err(|error| contract(&error)),
                _ => Ok(()),
            }
            .map(|()| FrameFacts::default());
        }
        self.line_no += 1;
        self.run_began_at.get_or_insert(line.at);
        self.run_bytes += line.text.len();
        self.last_at = line.at;
        self.let_through(line.at);
        let before = out.len();
        let read = match line.kind {
            LineKind::Frame => self.session.frame(&line.text, line.at, out),
            LineKind::Answer => self
                .session
                .snapshot(line.text.as_bytes(), line.at, out)
                .map(|()| FrameFacts::default()),
            _ => {
                if let Some(quote_ms) = line.as_quotes_every() {
                    self.config.quote_ms = quote_ms;
                    self.quotes.pause_ms = quote_ms;
                }
                Ok(FrameFacts::default())
            }
        };
        if let Ok(FrameFacts {
            channel: Some(Channel::Trades),
            exchange_at: Some(exchange_at),
        }) = read
        {
            self.pulse(line, What::Stamped { exchange_at });
        }
        for event in out.iter().skip(before) {
            self.keep(event, line);
        }
        if let Err(error) = &read {
            let (dataset, rule) = match line.kind {
                LineKind::Answer => (Dataset::Book, "book.contract"),
                _ => (Dataset::Unknown, "feed.contract"),
            };
            self.reject(dataset, vec![rule], &line.text, error.to_string());
        }
        read
    }

    /// Rows since the last call, after the last line of a batch. A run that is long enough ends with them.
    pub fn take(&mut self) -> StreamRows {
        let is_long = self
            .run_began_at
            .is_some_and(|began_at| self.last_at - began_at >= RUN_MS);
        if is_long || self.run_bytes >= RUN_BYTES {
            self.end_run();
            let rows = std::mem::take(&mut self.rows);
            self.rows.begins = Some(self.save());
            return rows;
        }
        std::mem::take(&mut self.rows)
    }

    /// The last rows of the connection.
    pub fn finish(&mut self) -> StreamRows {
        self.end_run();
        std::mem::take(&mut self.rows)
    }

    /// Rows since the last call, without ever ending the run: for runs that have ended once.
    pub(super) fn drain(&mut self) -> StreamRows {
        std::mem::take(&mut self.rows)
    }

    /// Ends a run that is refined again.
    pub(super) fn end(&mut self) {
        self.end_run();
    }

    fn end_run(&mut self) {
        let (quote, candle) = (
            self.quotes.flush(self.last_at),
            self.candles.flush(self.last_at),
        );
        self.rows.quotes.extend(quote);
        self.rows.candles.extend(candle);
        self.rows.ends = true;
        self.line_no = 0;
        self.run_bytes = 0;
        self.run_began_at = None;
    }

    /// What waited for the end of its pause.
    fn let_through(&mut self, at: i64) {
        self.rows.quotes.extend(self.quotes.due(at));
        self.rows.candles.extend(self.candles.due(at));
    }

    fn keep(&mut self, event: &StreamEvent, line: &Line) {
        match event {
            StreamEvent::Trade { trade, history } => match judge::trade(trade, line.at) {
                Ok(()) => {
                    let minute_end = bucket_start(trade.traded_at, MINUTE_MS) + MINUTE_MS;
                    let late = !history
                        && self
                            .newest_at
                            .is_some_and(|newest| minute_end + self.config.watermark_ms <= newest);
                    // a time ahead of our clock must not make the trades behind it late
                    let told = trade.traded_at.min(line.at);
                    self.newest_at = Some(self.newest_at.map_or(told, |newest| newest.max(told)));
                    let row = StreamTrade {
                        trade: *trade,
                        history: *history,
                        late,
                    };
                    let row = self.received(row, line);
                    self.rows.trades.push(row);
                }
                Err(reason) => {
                    let raw = format!("{trade:?}");
                    self.reject(Dataset::Trade, vec!["trade.contract"], &raw, reason);
                }
            },
            StreamEvent::Quote(quote) => match judge::quote(quote, line.at) {
                Ok(()) => {
                    if let (Some(bid), Some(ask)) = (quote.bid, quote.ask) {
                        self.pulse(line, What::Best { bid, ask });
                    }
                    let row = self.received(*quote, line);
                    let (through, superseded) = self.quotes.offer(row, line.at);
                    self.rows.quotes.extend(through);
                    self.rows.conflated += i64::from(superseded);
                }
                Err(reason) => {
                    let raw = format!("{quote:?}");
                    self.reject(Dataset::Quote, vec!["quote.contract"], &raw, reason);
                }
            },
            StreamEvent::Candle(candle) => {
                let row = self.received(*candle, line);
                if candle.is_final {
                    self.rows.superseded += i64::from(self.candles.drop_waiting());
                    self.rows.candles.push(row);
                } else {
                    let (through, superseded) = self.candles.offer(row, line.at);
                    self.rows.candles.extend(through);
                    self.rows.superseded += i64::from(superseded);
                }
            }
            StreamEvent::Book(change) => self.keep_book(change, line),
            StreamEvent::Reject { rule, raw, reason } => {
                self.reject(dataset_of(rule), vec![*rule], raw, reason.clone());
            }
            _ => {}
        }
    }

    fn keep_book(&mut self, change: &BookChange, line: &Line) {
        let observed_at = match change {
            BookChange::Lost { cause, reason } => {
                self.rows.trust.push(BookTrust {
                    at: line.at,
                    lost: Some((*cause, reason.clone())),
                });
                let what = What::Lost {
                    cause: *cause,
                    reason: reason.clone(),
                };
                self.pulse(line, what);
                return;
            }
            BookChange::Synced { observed_at } => {
                self.rows.trust.push(BookTrust {
                    at: line.at,
                    lost: None,
                });
                observed_at
            }
            BookChange::Updated { observed_at } => observed_at,
        };
        if let Some((bid, ask)) = self.session.book().and_then(Ladder::best) {
            let (bid, ask) = (float(bid), float(ask));
            self.pulse(line, What::Moved { bid, ask });
        }
        let slot = line.at.div_euclid(BOOK_MS);
        if self.book_slot == Some(slot) {
            return;
        }
        let Some(ladder) = self.session.book() else {
            return;
        };
        self.book_slot = Some(slot);
        let observed_at = judge::observed_at(*observed_at, line.at);
        match ladder.figures(observed_at) {
            Ok(book) => {
                let row = self.received(book, line);
                self.rows.books.push(row);
            }
            Err(broken) => {
                let (rules, reasons): (Vec<_>, Vec<_>) = broken.into_iter().unzip();
                self.reject(Dataset::Book, rules, &line.text, reasons.join("; "));
            }
        }
    }

    const fn received<T>(&self, row: T, line: &Line) -> Received<T> {
        Received {
            row,
            received_at: line.at,
            line_no: self.line_no,
        }
    }

    fn pulse(&mut self, line: &Line, what: What) {
        let event = Event { at: line.at, what };
        self.rows.pulses.push((self.line_no, event));
    }

    fn reject(&mut self, dataset: Dataset, rules: Vec<&'static str>, raw: &str, reason: String) {
        let end = raw.floor_char_boundary(MAX_RAW);
        let reject = Reject {
            line_no: self.line_no,
            raw: raw[..end].to_owned(),
            rules,
            reason,
        };
        self.rows.rejects.push(StreamReject { dataset, reject });
    }

    fn save(&self) -> String {
        Saved {
            symbol: self.config.symbol.clone(),
            channels: self
                .config
                .channels
                .iter()
                .map(|channel| channel.as_str().to_owned())
                .collect(),
            quote_ms: self.config.quote_ms,
            watermark_ms: self.config.watermark_ms,
            fresh: self.fresh,
            quote_at: self.quotes.last_at,
            candle_at: self.candles.last_at,
            book_slot: self.book_slot,
            newest_at: self.newest_at,
            session: self.session.save(),
        }
        .text()
    }

    fn restore(&mut self, state: &str) -> Result<(), RunError> {
        let saved = Saved::parse(state)?;
        self.session
            .restore(&saved.session)
            .map_err(|error| RunError::State(error.to_string()))?;
        if saved.fresh && self.fresh {
            // what it would send is of no use; that it was called is part of its state
            drop(self.hello());
        }
        self.config = saved.config();
        self.quotes = Throttle::new(saved.quote_ms, saved.quote_at);
        self.candles = Throttle::new(CANDLE_MS, saved.candle_at);
        self.book_slot = saved.book_slot;
        self.newest_at = saved.newest_at;
        self.line_no = 0;
        Ok(())
    }
}

fn contract(error: &RunError) -> MessageError {
    MessageError::Contract {
        what: "the state of a refiner",
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
