//! Parsing the candles of a landing, and finding the text of single rows again.

use std::{
    collections::HashMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use app::model::Reject;
use tokio::sync::mpsc;

use super::CHUNKS_AHEAD;
use crate::{
    pipeline::{
        Engine,
        candles::{OutOfOrder, Pass, Passed, Refused, count_own},
        read::{LandingReader, open, unpack},
    },
    quality::profile::CandleProfile,
    refine::{
        candle::same_values,
        clean::{CandleChunk, CandleRow},
        format::{CandleFormat, text},
        text::{Record, Records},
    },
    store::{Landing, Store},
};

/// Rows of one chunk, and of one transaction: live answers never wait long for the writer.
const CHUNK_ROWS: usize = 20_000;

/// What the parser hands to the writer.
#[derive(Debug)]
pub(super) enum Step {
    /// Rows of a new series, judged and rolled up.
    Passed(Passed),
    /// The pass has ended: at the end of the landing, or because the rows that follow are out of order.
    Ended(Box<Pass>, Option<Box<OutOfOrder>>),
    /// Parsed rows.
    Rows(CandleChunk),
    /// What all rows were like, at the end.
    Profile(Box<CandleProfile>),
}

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
    /// In the chunk at hand, or in an earlier frame of the same run: then the candle stands for its text.
    Run(&'a CandleChunk),
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
            Self::Chunk(_) | Self::Run(_) => crate::pipeline::candles::count_recent,
        }
    }

    /// The first row of each candle, as a reject.
    pub(super) async fn rejects(&self, refused: &[Refused]) -> anyhow::Result<Vec<Reject>> {
        if refused.is_empty() {
            return Ok(Vec::new());
        }
        let mut wanted: HashMap<i64, &Refused> = refused
            .iter()
            .map(|refused| (refused.held.candle.opened_at, refused))
            .collect();
        let rejects = match self {
            Self::Chunk(chunk) => take_wanted(chunk, &mut wanted),
            Self::Run(chunk) => {
                let mut rejects = take_wanted(chunk, &mut wanted);
                for (_, refused) in wanted.drain() {
                    rejects.push(Reject {
                        line_no: 0,
                        raw: serde_json::to_string(&refused.held.candle)?,
                        rules: vec![refused.rule],
                        reason: refused.reason.clone(),
                    });
                }
                rejects
            }
            Self::Landing {
                engine,
                landing,
                format,
            } => {
                let mut steps = steps_of(&engine.store, landing.id, format, None, None);
                let mut rejects = Vec::new();
                while let Some(step) = steps.recv().await {
                    if let Step::Rows(chunk) = step? {
                        rejects.extend(take_wanted(&chunk, &mut wanted));
                    }
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
        Ok(rejects)
    }
}

fn take_wanted(chunk: &CandleChunk, wanted: &mut HashMap<i64, &Refused>) -> Vec<Reject> {
    let mut rejects = Vec::new();
    for row in &chunk.rows {
        let at = row.candle.opened_at;
        if let Some(refused) = wanted
            .get(&at)
            .filter(|refused| same_values(&refused.held.candle, &row.candle))
        {
            rejects.push(chunk.reject(row, vec![refused.rule], refused.reason.clone()));
            wanted.remove(&at);
        }
    }
    rejects
}

/// Parses a landing on a thread of its own and lets its rows pass; some steps are ready before they are asked for.
pub(super) fn steps_of(
    store: &Store,
    landing_id: i64,
    format: &CandleFormat,
    pass: Option<Pass>,
    profile: Option<CandleProfile>,
) -> mpsc::Receiver<io::Result<Step>> {
    let (reader, done) = open(store, landing_id);
    let (sender, steps) = mpsc::channel(CHUNKS_AHEAD);
    let format = format.clone();
    let mut hand = Hand {
        pass,
        profile,
        sender: sender.clone(),
    };
    tokio::task::spawn_blocking(move || {
        if let Err(error) = parse_candles(reader, &done, format, &mut hand) {
            // whole rows before the damage are kept out too: half a file is no file
            let _ = sender.blocking_send(Err(error));
        }
    });
    steps
}

/// Hands chunks to the writer, through the pass as long as it goes on.
struct Hand {
    pass: Option<Pass>,
    profile: Option<CandleProfile>,
    sender: mpsc::Sender<io::Result<Step>>,
}

impl Hand {
    /// False if nobody listens any more.
    fn on(&mut self, chunk: CandleChunk) -> bool {
        if let Some(profile) = &mut self.profile {
            for row in &chunk.rows {
                profile.push(&row.candle);
            }
        }
        let step = match self.pass.take() {
            None => Step::Rows(chunk),
            Some(mut pass) => match pass.take(chunk) {
                Ok(passed) => {
                    self.pass = Some(pass);
                    Step::Passed(passed)
                }
                Err(out_of_order) => return self.end(pass, Some(out_of_order)),
            },
        };
        self.send(step)
    }

    fn end(&self, mut pass: Pass, out_of_order: Option<Box<OutOfOrder>>) -> bool {
        self.send(Step::Passed(pass.end())) && self.send(Step::Ended(Box::new(pass), out_of_order))
    }

    fn send(&self, step: Step) -> bool {
        self.sender.blocking_send(Ok(step)).is_ok()
    }
}

/// Blocking: parses a landing into chunks until the end or until nobody listens.
fn parse_candles(
    reader: LandingReader,
    done: &Arc<AtomicI64>,
    mut format: CandleFormat,
    hand: &mut Hand,
) -> io::Result<()> {
    let mut chunk = CandleChunk::default();
    let whole = |chunk: &mut CandleChunk, format: &mut CandleFormat| CandleChunk {
        dropped: format.take_dropped(),
        has_dates: format.columns.date.is_some(),
        bytes_done: done.load(Ordering::Relaxed),
        ..std::mem::take(chunk)
    };
    let mut records = Records::new(unpack(reader)?, false);
    while let Some(record) = records.next_record()? {
        if format.is_skipped(record.line_no, record.raw) {
            continue;
        }
        parse_candle(&mut format, record, &mut chunk);
        if chunk.rows.len() + chunk.rejects.len() >= CHUNK_ROWS {
            if !hand.on(whole(&mut chunk, &mut format)) {
                return Ok(());
            }
            chunk.rows.reserve(CHUNK_ROWS);
        }
    }
    let mut heard = hand.on(whole(&mut chunk, &mut format));
    if let Some(pass) = hand.pass.take() {
        heard = heard && hand.end(pass, None);
    }
    if let Some(profile) = hand.profile.take().filter(|_| heard) {
        hand.send(Step::Profile(Box::new(profile)));
    }
    Ok(())
}

pub(super) fn parse_candle(format: &mut CandleFormat, record: Record<'_>, chunk: &mut CandleChunk) {
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
