//! Where connections hand over what they received: one queue, bounded, in front of one writer.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{
    batch::{Batch, Notice},
    line::Line,
    writer::{PageTaken, PageWork, Writer},
};
use crate::pipeline::{Engine, live::board::Board};

/// Batches that wait for the writer before connections have to wait themselves.
pub(super) const QUEUE: usize = 64;
/// From so many waiting batches on, quotes are to be conflated.
const BEHIND: usize = QUEUE / 4;

/// The sink is closed, or its writer has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sink of the streams is closed")]
pub struct SinkClosed;

/// How a batch went: for latencies and rates.
#[derive(Debug)]
pub struct Commit<'a> {
    /// `BTC-USD`
    pub instrument: &'a str,
    /// `kraken`
    pub venue: &'a str,
    /// Its lines.
    pub lines: &'a [Line],
    /// When it was in silver, in milliseconds of the engine's clock.
    pub committed_at: i64,
    /// When its events were sent.
    pub published_at: i64,
    /// Quotes that were left out.
    pub conflated: i64,
    /// Rows set apart.
    pub rejected: i64,
}

/// Who wants to know how batches go.
pub trait Observer: Send + Sync + std::fmt::Debug {
    /// A batch is in silver and its events are sent.
    fn committed(&self, commit: &Commit<'_>);
}

/// What the writer is told.
#[derive(Debug)]
pub(super) enum Message {
    Batch(Box<Batch>),
    Notice(Box<Notice>),
    /// A page of trades; what came of it is answered.
    Page(Box<PageWork>, oneshot::Sender<anyhow::Result<PageTaken>>),
    /// Everything before it is committed when this is answered.
    Flush(oneshot::Sender<()>),
    /// Nothing is taken any more.
    Close,
}

/// The way to the writer; cheap to clone.
#[derive(Debug, Clone)]
pub struct Sink {
    sender: mpsc::Sender<Message>,
    waiting: Arc<AtomicI64>,
    board: Board,
}

/// The running writer.
#[derive(Debug)]
pub struct RunningSink {
    sink: Sink,
    writer: JoinHandle<()>,
}

impl Sink {
    /// Starts the writer.
    #[must_use]
    pub fn start(engine: Engine, observer: Option<Arc<dyn Observer>>) -> RunningSink {
        let (sender, messages) = mpsc::channel(QUEUE);
        let sink = Self {
            sender,
            waiting: Arc::default(),
            board: Board::default(),
        };
        let board = sink.board.clone();
        let writer = Writer::new(engine, board, observer, Arc::clone(&sink.waiting));
        RunningSink {
            sink,
            writer: tokio::spawn(writer.run(messages)),
        }
    }

    /// Hands over a batch; waits while too many wait.
    ///
    /// # Errors
    /// When the sink is closed.
    pub async fn take(&self, batch: Batch) -> Result<(), SinkClosed> {
        self.send(Message::Batch(Box::new(batch))).await
    }

    /// Tells what happened to a source.
    ///
    /// # Errors
    /// When the sink is closed.
    pub async fn notice(&self, notice: Notice) -> Result<(), SinkClosed> {
        self.send(Message::Notice(Box::new(notice))).await
    }

    /// Waits until everything handed over before is committed.
    ///
    /// # Errors
    /// When the sink is closed.
    pub async fn flush(&self) -> Result<(), SinkClosed> {
        let (done, told) = oneshot::channel();
        self.send(Message::Flush(done)).await?;
        told.await.map_err(|_| SinkClosed)
    }

    /// The newest prices of all venues, for the consensus.
    #[must_use]
    pub fn board(&self) -> Board {
        self.board.clone()
    }

    /// Takes a page of trades that fills a gap.
    pub(in crate::pipeline::live) async fn page(
        &self,
        page: PageWork,
    ) -> anyhow::Result<PageTaken> {
        let (done, told) = oneshot::channel();
        self.send(Message::Page(Box::new(page), done)).await?;
        told.await.map_err(|_| SinkClosed)?
    }

    /// True while so much waits that quotes should be conflated. Trades never are.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > BEHIND as i64
    }

    async fn send(&self, message: Message) -> Result<(), SinkClosed> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let sent = self.sender.send(message).await;
        if sent.is_err() {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        sent.map_err(|_| SinkClosed)
    }
}

impl RunningSink {
    /// The way to it.
    #[must_use]
    pub fn sink(&self) -> Sink {
        self.sink.clone()
    }

    /// Commits what was handed over, closes open runs and ends; from now on every clone of the sink is closed.
    pub async fn close(self) {
        let Self { sink, writer } = self;
        // it has stopped by itself otherwise
        let _ = sink.send(Message::Close).await;
        drop(sink);
        if let Err(error) = writer.await {
            tracing::error!(%error, "the writer of the streams stopped");
        }
    }
}
