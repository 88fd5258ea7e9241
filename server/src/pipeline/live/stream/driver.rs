//! Drives the stream of one source: runs its link and its sockets, gives every line to the refiner of its connection,
//! and hands both to the sink some times a second. What is received but not handed over is lost when the process is
//! killed: at most [`DriverConfig::flush`] of it, plus what waits in the sink.

mod act;
mod buffer;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use app::model::{SourceEventKind, StreamVm};
use tokio::{sync::mpsc, task::JoinSet, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

use self::buffer::Buffer;
use super::{
    batch::{Notice, NoticeKind, StreamSource},
    connection::{Connection, Event, Reports, Told},
    line::{Line, LineKind},
    meter::Meter,
    refiner::{QUOTE_MS, Refiner, RefinerConfig, WATERMARK_MS},
    sink::{Sink, SinkClosed},
};
use crate::{
    pipeline::{
        Engine,
        live::feed::{FeedStatus, Source},
    },
    source::{
        Answer, Asker, FetchError,
        link::{Conn, Link, LinkConfig, LinkInput},
        session::StreamEvent,
        socket::Sockets,
    },
};

/// How often the link looks at the clock, in real time.
const TICK: Duration = Duration::from_millis(100);
/// How often pages are told how the stream is, in real time.
const TELL: Duration = Duration::from_secs(1);
/// Events that are taken at once.
const AT_ONCE: usize = 256;
/// Longest wait of a snapshot for the budget, in milliseconds of the engine's clock.
const SNAPSHOT_PATIENCE_MS: i64 = 20_000;
/// While the sink is behind, one quote is kept in so many milliseconds.
const CONFLATED_QUOTE_MS: i64 = 1_000;

/// Numbers of connections, unique in this process.
static NUMBERS: AtomicU64 = AtomicU64::new(1);

/// How a stream is driven.
#[derive(Debug, Clone)]
pub struct DriverConfig {
    /// Lines are handed over at least this often, in real time: the most that a crash loses.
    pub flush: Duration,
    /// Or when there are so many.
    pub lines: usize,
    /// Or so many bytes of them.
    pub bytes: usize,
    /// Patience of the link.
    pub link: LinkConfig,
}

impl DriverConfig {
    /// Every 100 ms, 1,000 lines or 1 MB.
    #[must_use]
    pub const fn new(link: LinkConfig) -> Self {
        Self {
            flush: Duration::from_millis(100),
            lines: 1_000,
            bytes: 1 << 20,
            link,
        }
    }
}

/// Everything a stream is driven with.
#[derive(Debug)]
pub struct Driver {
    engine: Engine,
    source: Source,
    record: Arc<StreamSource>,
    config: DriverConfig,
    link: Link,
    sockets: Sockets,
    asker: Asker,
    sink: Sink,
    status: FeedStatus,
    meter: Arc<Meter>,
    live: BTreeMap<Conn, Live>,
    reports: Reports,
    questions: JoinSet<(Conn, Result<Answer, FetchError>)>,
    /// Quotes are conflated since the sink fell behind.
    conflating: bool,
    events: Vec<StreamEvent>,
}

/// A connection that the link knows.
#[derive(Debug)]
struct Live {
    connection: Connection,
    /// Once it is open.
    buffer: Option<Buffer>,
}

impl Driver {
    /// A driver that has not connected yet. `events` are told by its connections.
    #[must_use]
    pub fn new(
        engine: Engine,
        source: Source,
        config: DriverConfig,
        sockets: Sockets,
        asker: Asker,
        sink: Sink,
        status: FeedStatus,
    ) -> (Self, mpsc::Receiver<Event>) {
        let (reports, events) = Reports::new();
        let now_ms = engine.clock.now_ms();
        let record = source.stream();
        let meter = engine
            .hub
            .meters()
            .of(&source.instrument, &source.name, engine.clock.speed());
        // sources that start together must not try together
        let seed = now_ms.cast_unsigned() ^ seed_of(&record.entity());
        let driver = Self {
            link: Link::new(config.link.clone(), seed, now_ms),
            record: Arc::new(record),
            engine,
            source,
            config,
            sockets,
            asker,
            sink,
            status,
            meter,
            live: BTreeMap::new(),
            reports,
            questions: JoinSet::new(),
            conflating: false,
            events: Vec::new(),
        };
        (driver, events)
    }

    /// Drives the stream until told to stop; what was received is handed over.
    pub async fn run(mut self, mut events: mpsc::Receiver<Event>, stop: CancellationToken) {
        let driven = self.drive(&mut events, &stop).await;
        let closed = driven.and(self.end().await);
        if closed.is_err() && !stop.is_cancelled() {
            tracing::error!(
                source = self.record.entity(),
                "the sink of a stream is closed"
            );
        }
        self.status.change(&self.engine, |view| {
            if let Some(stream) = &mut view.stream {
                "off".clone_into(&mut stream.state);
            }
        });
    }

    async fn drive(
        &mut self,
        events: &mut mpsc::Receiver<Event>,
        stop: &CancellationToken,
    ) -> Result<(), SinkClosed> {
        let started = "the stream is driven from now on".to_owned();
        self.notice(NoticeKind::Started, started).await?;
        let mut tick = interval(TICK);
        let mut flush = interval(self.config.flush);
        let mut tell = interval(TELL);
        let mut told = Vec::with_capacity(AT_ONCE);
        loop {
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                _ = events.recv_many(&mut told, AT_ONCE) => {
                    for event in told.drain(..) {
                        self.event(event).await?;
                    }
                }
                Some(Ok((conn, answer))) = self.questions.join_next() => {
                    self.answered(conn, answer).await?;
                }
                _ = tick.tick() => self.input(LinkInput::Tick).await?,
                _ = flush.tick() => self.flush_all().await?,
                _ = tell.tick() => {
                    self.conflate().await?;
                    self.tell();
                }
            }
        }
    }

    fn now_ms(&self) -> i64 {
        self.engine.clock.now_ms()
    }

    async fn event(&mut self, event: Event) -> Result<(), SinkClosed> {
        let conn = event.conn;
        match event.told {
            Told::Opened => self.opened(conn).await,
            Told::OpenFailed {
                reason,
                status,
                retry_after_ms,
            } => {
                self.live.remove(&conn);
                tracing::warn!(source = self.record.entity(), reason, "no connection");
                self.input(LinkInput::OpenFailed {
                    conn,
                    reason,
                    status,
                    retry_after_ms,
                })
                .await
            }
            Told::Line(line) => self.line(conn, line).await,
            Told::Closed(reason) => {
                self.part(conn, &reason).await?;
                self.input(LinkInput::Closed { conn, reason }).await
            }
        }
    }

    async fn opened(&mut self, conn: Conn) -> Result<(), SinkClosed> {
        let at = self.now_ms();
        let (url, session) = (
            self.record.url.clone(),
            self.source.client.session(&self.source.channels),
        );
        let Some(live) = self.live.get_mut(&conn) else {
            return Ok(());
        };
        let refiner = Refiner::new(
            session,
            RefinerConfig {
                symbol: self.source.symbol.clone(),
                channels: self.source.channels.clone(),
                quote_ms: QUOTE_MS,
                watermark_ms: WATERMARK_MS,
            },
        );
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        let buffer = live.buffer.insert(Buffer::new(refiner, number));
        let hello = buffer.refiner.hello();
        let keep_alive = buffer.refiner.session().keep_alive();
        let opened = format!("opened {url}");
        buffer.tell(note(at, opened));
        if self.conflating {
            buffer.tell(Line::quotes_every(at, CONFLATED_QUOTE_MS));
        }
        self.input(LinkInput::Opened {
            conn,
            hello,
            keep_alive,
        })
        .await
    }

    async fn line(&mut self, conn: Conn, line: Line) -> Result<(), SinkClosed> {
        let Some(buffer) = self
            .live
            .get_mut(&conn)
            .and_then(|live| live.buffer.as_mut())
        else {
            return Ok(());
        };
        let at = line.at;
        let mut events = std::mem::take(&mut self.events);
        events.clear();
        let read = buffer.keep(line, &mut events);
        let is_full = buffer.lines.len() >= self.config.lines || buffer.bytes >= self.config.bytes;
        let facts = read.unwrap_or_default();
        let leads = self.link.leader() == Some(conn);
        self.meter.frame(at, facts.exchange_at.filter(|_| leads));
        if facts.channel.is_some() && leads {
            self.status.heard_of_stream(at);
        }
        let told = self
            .input(LinkInput::Frame {
                conn,
                facts,
                events: &events,
            })
            .await;
        self.events = events;
        told?;
        if is_full {
            self.flush(conn).await?;
        }
        Ok(())
    }

    async fn answered(
        &mut self,
        conn: Conn,
        answer: Result<Answer, FetchError>,
    ) -> Result<(), SinkClosed> {
        let Some(buffer) = self
            .live
            .get_mut(&conn)
            .and_then(|live| live.buffer.as_mut())
        else {
            return Ok(());
        };
        let mut events = Vec::new();
        let answer = match answer {
            Ok(answer) => {
                let line = Line {
                    at: answer.received_at_ms,
                    kind: LineKind::Answer,
                    // what is not text is no book either, and is set apart as it is read here
                    text: String::from_utf8_lossy(&answer.body).into_owned(),
                };
                match buffer.keep(line, &mut events) {
                    Ok(_) => Ok(&events[..]),
                    Err(error) => {
                        tracing::warn!(source = self.record.entity(), %error, "no snapshot");
                        Err(None)
                    }
                }
            }
            Err(error) => {
                tracing::warn!(source = self.record.entity(), %error, "no snapshot");
                Err(error.retry_after_ms())
            }
        };
        self.input(LinkInput::Snapshot { conn, answer }).await
    }

    /// What the connections brought until now counts as it did.
    async fn lead(&mut self, leader: Option<Conn>) -> Result<(), SinkClosed> {
        let before: Vec<Conn> = self.live.keys().copied().collect();
        let had_leader = self.live.values().any(Live::leads);
        if had_leader {
            for conn in before {
                self.flush(conn).await?;
            }
        }
        for (conn, live) in &mut self.live {
            if let Some(buffer) = &mut live.buffer {
                buffer.leads = Some(*conn) == leader;
            }
        }
        Ok(())
    }

    async fn flush_all(&mut self) -> Result<(), SinkClosed> {
        let conns: Vec<Conn> = self.live.keys().copied().collect();
        for conn in conns {
            self.flush(conn).await?;
        }
        Ok(())
    }

    async fn flush(&mut self, conn: Conn) -> Result<(), SinkClosed> {
        let buffer = self
            .live
            .get_mut(&conn)
            .and_then(|live| live.buffer.as_mut());
        match buffer.and_then(|buffer| buffer.batch(&self.record)) {
            Some(batch) => self.sink.take(batch).await,
            None => Ok(()),
        }
    }

    /// Hands over the rest of a connection and forgets it.
    async fn part(&mut self, conn: Conn, reason: &str) -> Result<(), SinkClosed> {
        let at = self.now_ms();
        let buffer = self.live.remove(&conn).and_then(|live| live.buffer);
        match buffer {
            Some(mut buffer) => {
                let closed = format!("closed: {reason}");
                buffer.tell(note(at, closed));
                self.sink.take(buffer.finish(&self.record)).await
            }
            None => Ok(()),
        }
    }

    async fn end(&mut self) -> Result<(), SinkClosed> {
        let conns: Vec<Conn> = self.live.keys().copied().collect();
        for conn in conns {
            self.part(conn, "assay stops").await?;
        }
        Ok(())
    }

    // exclusive: a session may be sent to another thread, but not shared
    async fn notice(&mut self, kind: NoticeKind, detail: String) -> Result<(), SinkClosed> {
        let notice = Notice {
            source: Arc::clone(&self.record),
            at: self.now_ms(),
            kind,
            detail,
        };
        self.sink.notice(notice).await
    }

    /// When the sink is behind, quotes give way; trades never do.
    async fn conflate(&mut self) -> Result<(), SinkClosed> {
        let behind = self.sink.is_behind();
        if behind == self.conflating {
            return Ok(());
        }
        self.conflating = behind;
        let quote_ms = if behind { CONFLATED_QUOTE_MS } else { QUOTE_MS };
        let at = self.now_ms();
        for buffer in self
            .live
            .values_mut()
            .filter_map(|live| live.buffer.as_mut())
        {
            buffer.tell(Line::quotes_every(at, quote_ms));
        }
        let words = if behind {
            "more comes than can be stored: quotes are kept once a second, trades all"
        } else {
            "everything is stored again"
        };
        let kind = NoticeKind::Event(SourceEventKind::Conflated);
        self.notice(kind, words.to_owned()).await
    }

    /// Tells pages how the stream is.
    fn tell(&self) {
        let now_ms = self.now_ms();
        let view = self.link.view(now_ms);
        let figures = self.meter.view(now_ms);
        let stream = StreamVm {
            state: view.state.to_owned(),
            error: view.error,
            connected_at: view.connected_at,
            last_at: view.last_at,
            book: view.book.to_owned(),
            messages_per_second: figures.messages_per_second,
            reconnects: view.reconnects,
            conflated: figures.conflated,
            rejected: figures.rejected,
            network_ms: figures.network_ms,
            refine_ms: figures.refine_ms,
            publish_ms: figures.publish_ms,
        };
        self.status.change_of_stream(&self.engine, stream);
    }
}

impl Live {
    fn leads(&self) -> bool {
        self.buffer.as_ref().is_some_and(|buffer| buffer.leads)
    }
}

fn interval(every: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(every.max(Duration::from_millis(1)));
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}

const fn note(at: i64, text: String) -> Line {
    Line {
        at,
        kind: LineKind::Note,
        text,
    }
}

/// FNV-1a.
fn seed_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
