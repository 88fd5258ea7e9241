//! Candles to measure on: of a file, with its text, or of silver.

use std::{io::Read, path::Path};

use anyhow::{Context, bail, ensure};
use app::model::{Candle, MINUTE_MS, Pipeline};
use sha2::{Digest, Sha256};

use super::Series;
use crate::{
    pipeline::{input::Input, read::head, refine::scan},
    quality::inject::Patch,
    refine::{
        format::{CandleFormat, text},
        sniff::{Recognised, recognise_as},
        text::Records,
    },
    store::{SeriesKey, Store, candle::candles_from, names::Names},
};

/// Rows that are held in memory at most: five years of minutes and some.
pub const MAX_ROWS: usize = 3_000_000;
/// Rows read at once.
const PAGE: i64 = 10_000;

/// A line of a file that holds a candle.
#[derive(Debug, Clone, PartialEq)]
pub struct FileLine {
    /// Lines before it that hold none: header, comments, blank lines, broken rows.
    pub lead: Vec<String>,
    /// Its text.
    pub text: String,
    /// What it says.
    pub candle: Candle,
}

/// A file of candles, in time order.
#[derive(Debug, Clone)]
pub struct FileCandles {
    /// Its rows.
    pub lines: Vec<FileLine>,
    /// Lines behind the last row.
    pub tail: Vec<String>,
    /// Interval of a candle.
    pub step_ms: i64,
    /// Where its cells are.
    pub patch: Patch,
    /// True if the file has its newest row first.
    pub is_backwards: bool,
    /// Hash of its unpacked text, in hex.
    pub sha256: String,
}

impl FileCandles {
    /// The candles alone.
    #[must_use]
    pub fn rows(&self) -> Vec<Candle> {
        self.lines.iter().map(|line| line.candle).collect()
    }
}

/// Reads a file of candles: packed or not, in any format that ingest takes.
///
/// # Errors
/// When it cannot be read, holds no candles, or more than fit into memory.
pub fn read_file(path: &Path, format: Option<&str>) -> anyhow::Result<FileCandles> {
    let at = || format!("cannot read {}", path.display());
    let input = Input::from(path);
    let head = head(input.open_text().with_context(at)?).with_context(at)?;
    let recognised = recognise_as(&head, format).with_context(at)?;
    let recognised = scan(recognised, &head, || input.open_text())
        .with_context(at)?
        .with_context(at)?;
    let Recognised::Candles(format) = recognised else {
        bail!("{} holds news; only candles can be tested", path.display());
    };
    let mut file = FileCandles {
        lines: Vec::new(),
        tail: Vec::new(),
        step_ms: format.step_ms,
        patch: patch_of(&format),
        is_backwards: false,
        sha256: String::new(),
    };
    let mut hasher = Sha256::new();
    let hashing = Hashing {
        inner: input.open_text().with_context(at)?,
        hasher: &mut hasher,
    };
    let mut format = *format;
    let mut records = Records::new(hashing, false);
    while let Some(record) = records.next_record().with_context(at)? {
        let line = text(record.raw);
        let is_row = record.broken.is_none() && !format.is_skipped(record.line_no, record.raw);
        let row = is_row.then(|| format.parse(record.line_no, record.raw));
        match row {
            Some(Ok(Some(candle))) => file.lines.push(FileLine {
                lead: std::mem::take(&mut file.tail),
                text: line,
                candle,
            }),
            _ => file.tail.push(line),
        }
        ensure!(
            file.lines.len() <= MAX_ROWS && file.tail.len() <= MAX_ROWS,
            "{} has more than {MAX_ROWS} rows; cut it into years",
            path.display()
        );
    }
    drop(records);
    file.sha256 = hex::encode(hasher.finalize());
    let backwards = file
        .lines
        .windows(2)
        .filter(|pair| pair[1].candle.opened_at < pair[0].candle.opened_at)
        .count();
    file.is_backwards = backwards * 2 > file.lines.len();
    if file.is_backwards {
        file.lines.reverse();
    }
    ensure!(
        !file.lines.is_empty(),
        "{} holds no row with a candle",
        path.display()
    );
    Ok(file)
}

fn patch_of(format: &CandleFormat) -> Patch {
    let columns = &format.columns;
    let [open, high, low, close] = columns.prices();
    Patch {
        delimiter: format.delimiter,
        required: [columns.time, open, high, low, close],
        volumes: [columns.volume, columns.quote_volume],
        date: columns.date,
    }
}

struct Hashing<'h, R> {
    inner: R,
    hasher: &'h mut Sha256,
}

impl<R: Read> Read for Hashing<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..count]);
        Ok(count)
    }
}

/// Minutes of a series that silver holds from `from` to before `to`: of the pipeline that has more of them. The newest
/// `limit` of them where there are more.
///
/// # Errors
/// When the store cannot be read or has no such series.
pub async fn read_stored(
    store: &Store,
    (instrument, venue): (&str, &str),
    (from, to): (i64, i64),
    limit: usize,
) -> anyhow::Result<(Pipeline, Vec<Candle>)> {
    let Some(key) = store.numbers(instrument, venue).await? else {
        bail!("there are no candles of {instrument} from {venue}");
    };
    let names = Names {
        instrument_id: key.instrument_id,
        venue_id: key.venue_id,
    };
    // one minute a row: more cannot be in it
    let from = from.max(to.saturating_sub(limit as i64 * MINUTE_MS));
    let mut best = (Pipeline::Batch, Vec::new());
    for pipeline in [Pipeline::Batch, Pipeline::Live] {
        let key = SeriesKey {
            names,
            pipeline,
            step_ms: MINUTE_MS,
        };
        let mut rows: Vec<Candle> = Vec::new();
        let mut next = from;
        let mut tx = store.snapshot().await?;
        loop {
            let page = candles_from(&mut tx, &key, next, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            let final_ones = page
                .iter()
                .map(|held| held.candle)
                .filter(|candle| candle.opened_at < to && candle.is_final);
            rows.extend(final_ones);
            match page.last() {
                Some(last) if !is_last && last.candle.opened_at < to => {
                    next = last.candle.opened_at + 1;
                }
                _ => break,
            }
        }
        if rows.len() > best.1.len() {
            best = (pipeline, rows);
        }
    }
    ensure!(
        !best.1.is_empty(),
        "there are no minutes of {instrument} from {venue} in that time"
    );
    Ok(best)
}

/// Rows as a series.
#[must_use]
pub const fn series(rows: &[Candle], step_ms: i64, is_filled: bool) -> Series<'_> {
    Series {
        rows,
        step_ms,
        is_filled,
    }
}
