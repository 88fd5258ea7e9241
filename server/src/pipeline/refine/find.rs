//! Parsing the candles of a landing, and finding the text of single rows again.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use app::model::{Held, Reject};
use tokio::sync::mpsc;

use super::CHUNKS_AHEAD;
use crate::{
    pipeline::{
        Engine,
        candles::count_own,
        read::{LandingReader, open, unpack},
    },
    refine::{
        candle::same_values,
        clean::{CandleChunk, CandleRow},
        format::{CandleFormat, text},
        text::{Record, Records},
    },
    store::{Landing, Store},
};

/// Rows of one chunk, and of one transaction: live answers never wait long for the writer.
const CHUNK_ROWS: usize = 10_000;

/// Where the raw text of a row is found again.
pub enum Find<'a> {
    /// In the landing: it is read once more.
    Landing {
        /// Where bronze is.
        engine: &'a Engine,
        /// The landing.
        landing: &'a Landing,
        /// How it is read.
        format: &'a CandleFormat,
    },
    /// In the chunk at hand.
    Chunk(&'a CandleChunk),
}

impl std::fmt::Debug for Find<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Find")
    }
}

impl Find<'_> {
    pub(super) const fn which(&self) -> crate::pipeline::candles::CountWhich {
        match self {
            Self::Landing { .. } => count_own,
            Self::Chunk(_) => crate::pipeline::candles::count_recent,
        }
    }

    /// The first row of each candle, as a reject.
    pub(super) async fn rejects(
        &self,
        held: &[Held],
        rule: &'static str,
        reason: &str,
    ) -> anyhow::Result<Vec<Reject>> {
        if held.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted: HashMap<i64, Held> = held
            .iter()
            .map(|held| (held.candle.opened_at, *held))
            .collect();
        let mut rejects = match self {
            Self::Chunk(chunk) => take_wanted(chunk, &mut wanted),
            Self::Landing {
                engine,
                landing,
                format,
            } => {
                let mut chunks = chunks_of(&engine.store, landing.id, format);
                let mut rejects = Vec::new();
                while let Some(chunk) = chunks.recv().await {
                    rejects.extend(take_wanted(&chunk?, &mut wanted));
                    if wanted.is_empty() {
                        break;
                    }
                }
                rejects
            }
        };
        anyhow::ensure!(
            wanted.is_empty(),
            "{} candles are not found again in their landing",
            wanted.len()
        );
        for reject in &mut rejects {
            reject.rules.push(rule);
            reason.clone_into(&mut reject.reason);
        }
        Ok(rejects)
    }
}

fn take_wanted(chunk: &CandleChunk, wanted: &mut HashMap<i64, Held>) -> Vec<Reject> {
    let mut rejects = Vec::new();
    for row in &chunk.rows {
        if wanted
            .get(&row.candle.opened_at)
            .is_some_and(|held| same_values(&held.candle, &row.candle))
        {
            wanted.remove(&row.candle.opened_at);
            rejects.push(chunk.reject(row, Vec::new(), String::new()));
        }
    }
    rejects
}

/// Parses a landing on a thread of its own; some chunks are ready before they are asked for.
pub(super) fn chunks_of(
    store: &Store,
    landing_id: i64,
    format: &CandleFormat,
) -> mpsc::Receiver<io::Result<CandleChunk>> {
    let (reader, done) = open(store, landing_id);
    let (sender, chunks) = mpsc::channel(CHUNKS_AHEAD);
    let format = format.clone();
    tokio::task::spawn_blocking(move || parse_candles(reader, &done, format, &sender));
    chunks
}

/// Blocking: parses a landing into chunks until the end or until nobody listens.
fn parse_candles(
    reader: LandingReader,
    done: &Arc<AtomicI64>,
    mut format: CandleFormat,
    sender: &mpsc::Sender<io::Result<CandleChunk>>,
) {
    let mut chunk = CandleChunk::default();
    let send = |chunk: &mut CandleChunk, format: &mut CandleFormat| {
        let mut full = std::mem::take(chunk);
        full.dropped = format.take_dropped();
        full.has_dates = format.columns.date.is_some();
        full.bytes_done = done.load(Ordering::Relaxed);
        sender.blocking_send(Ok(full)).is_ok()
    };
    let result = unpack(reader).and_then(|text| {
        let mut records = Records::new(text, false);
        while let Some(record) = records.next_record()? {
            if format.is_skipped(record.line_no, record.raw) {
                continue;
            }
            parse_candle(&mut format, record, &mut chunk);
            if chunk.rows.len() + chunk.rejects.len() >= CHUNK_ROWS
                && !send(&mut chunk, &mut format)
            {
                return Ok(());
            }
        }
        send(&mut chunk, &mut format);
        Ok(())
    });
    if let Err(error) = result {
        // whole rows before the damage are kept out too: half a file is no file
        let _ = sender.blocking_send(Err(error));
    }
}

fn parse_candle(format: &mut CandleFormat, record: Record<'_>, chunk: &mut CandleChunk) {
    if let Some(broken) = record.broken {
        let reason = format!("the line is {broken}");
        chunk.rejects.push(Reject {
            line_no: record.line_no,
            raw: text(record.raw),
            rules: vec!["candle.contract"],
            reason,
        });
        return;
    }
    match format.parse(record.line_no, record.raw) {
        Err(reject) => chunk.rejects.push(reject),
        Ok(None) => {}
        Ok(Some(candle)) => {
            let start = chunk.raw.len() as u32;
            chunk.raw.extend_from_slice(record.raw);
            chunk.rows.push(CandleRow {
                line_no: record.line_no,
                candle,
                raw: (start, chunk.raw.len() as u32),
            });
        }
    }
}
