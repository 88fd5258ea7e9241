//! From a landing in bronze to silver, gold and results: the same for a new file, for one that a crash cut off, and
//! for a replay.

use std::{
    borrow::Cow,
    collections::HashMap,
    io,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use anyhow::Context;
use app::model::{LandingState, Reject};
use tokio::sync::mpsc;

use super::{
    Engine,
    articles::{ArticleChunk, ArticleWork},
    candles::{CandleWork, count_own},
    gold::refresh,
    judge::{of_file, record},
    progress::Progress,
    ranges::Ranges,
    read::{LandingReader, head, open, unpack},
};
use crate::{
    quality::{
        alert::Patience,
        outcome::{Counts, Outcome},
    },
    refine::{
        candle::same_values,
        clean::{CandleChunk, CandleRow},
        format::{CandleFormat, text},
        merge::Held,
        news::NewsFormat,
        sniff::{Recognised, recognise},
        text::{Record, Records},
    },
    store::{
        Landing, RunProgress, SeriesKey, StoreError, Tx,
        article::delete_articles,
        candle::take_out,
        count::{Change, count, count_series, fit_series},
        landing::{finish_landing, set_state},
        names::names,
        quarantine::delete_rejects,
    },
};

/// Rows of one chunk, and of one transaction.
const CHUNK_ROWS: usize = 10_000;
const CHUNK_ARTICLES: usize = 1000;
/// Chunks that wait for the writer.
const CHUNKS_AHEAD: usize = 2;

/// What came of a landing.
#[derive(Debug, Clone, Default)]
pub struct Refined {
    /// Its rows.
    pub counts: Counts,
    /// First and last time.
    pub range: Option<(i64, i64)>,
    /// Interval of its candles.
    pub step_ms: Option<i64>,
}

/// Refines a landing whose bytes are complete.
///
/// # Errors
/// When the bytes cannot be read (a truncated archive), the landing is not one series, or the database fails. What was
/// written stays marked as unfinished and is taken out before the next try.
pub async fn refine(
    engine: &Engine,
    landing: &Landing,
    progress: &mut Progress,
) -> anyhow::Result<Refined> {
    let (reader, _) = open(&engine.store, landing.id);
    let head = tokio::task::spawn_blocking(move || head(reader))
        .await
        .context("the reader stopped")??;
    let recognised = recognise(&head)?;
    take_back_unfinished(engine, landing, &recognised).await?;
    match recognised {
        Recognised::Candles(format) => refine_candles(engine, landing, format, progress).await,
        Recognised::News {
            format,
            delimiter,
            header_line,
            columns,
        } => {
            let shape = NewsShape {
                delimiter,
                header_line,
                columns,
            };
            refine_articles(engine, landing, *format, shape, progress).await
        }
    }
}

/// Name of what a file's checks judge: `BTC-USD/bitfinex/btcusd-1m.csv.gz`.
#[must_use]
pub fn entity(landing: &Landing) -> String {
    let name = landing
        .origin
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(&landing.origin);
    format!("{}/{}/{name}", landing.instrument, landing.venue)
}

/// Takes all rows of a landing out of silver, quarantine and gold, as if it had never been refined.
///
/// # Errors
/// When the landing cannot be read or the database fails.
pub async fn take_out_landing(engine: &Engine, landing: &Landing) -> anyhow::Result<()> {
    let (reader, _) = open(&engine.store, landing.id);
    let head = tokio::task::spawn_blocking(move || head(reader))
        .await
        .context("the reader stopped")??;
    let mut tx = engine.store.begin().await?;
    take_rows_out(&mut tx, engine, landing, &recognise(&head)?).await?;
    Ok(tx.commit().await?)
}

/// A crash may have left rows of this landing: without them it begins as if nothing had happened.
async fn take_back_unfinished(
    engine: &Engine,
    landing: &Landing,
    recognised: &Recognised,
) -> anyhow::Result<()> {
    let mut tx = engine.store.begin().await?;
    if landing.state != LandingState::Landed {
        take_rows_out(&mut tx, engine, landing, recognised).await?;
    }
    set_state(&mut tx, landing.id, LandingState::Refining, "").await?;
    Ok(tx.commit().await?)
}

async fn take_rows_out(
    tx: &mut Tx,
    engine: &Engine,
    landing: &Landing,
    recognised: &Recognised,
) -> anyhow::Result<()> {
    let now_ms = engine.clock.now_ms();
    let names = names(tx, &landing.instrument, &landing.venue).await?;
    let rejects = delete_rejects(tx, landing.id).await?;
    count(
        tx,
        "silver",
        "quarantine",
        Change {
            rows: -rejects,
            rejects: -rejects,
            newest_at: None,
        },
        now_ms,
    )
    .await?;
    match recognised {
        Recognised::Candles(format) => {
            let key = SeriesKey {
                names,
                pipeline: landing.pipeline,
                step_ms: format.step_ms,
            };
            if let Some((first, last, lost)) = take_out(tx, &key, landing.id).await? {
                count(
                    tx,
                    "silver",
                    "candle",
                    Change {
                        rows: -lost,
                        ..Change::default()
                    },
                    now_ms,
                )
                .await?;
                count_series(tx, &key, -lost, first, last).await?;
                fit_series(tx, &key).await?;
                let mut changed = Ranges::default();
                changed.add([first], key.step_ms, 0);
                changed.add([last], key.step_ms, last - first);
                refresh(tx, &key, &changed, now_ms).await?;
            }
        }
        Recognised::News { .. } => {
            let articles = delete_articles(tx, landing.id).await?;
            count(
                tx,
                "silver",
                "article",
                Change {
                    rows: -articles,
                    ..Change::default()
                },
                now_ms,
            )
            .await?;
        }
    }
    Ok(())
}

async fn refine_candles(
    engine: &Engine,
    landing: &Landing,
    format: CandleFormat,
    progress: &mut Progress,
) -> anyhow::Result<Refined> {
    let names = engine
        .store
        .names(&landing.instrument, &landing.venue)
        .await?;
    let key = SeriesKey {
        names,
        pipeline: landing.pipeline,
        step_ms: format.step_ms,
    };
    let mut tx = engine.store.begin().await?;
    let mut work = CandleWork::begin(&mut tx, key, landing.id, landing.received_at).await?;
    tx.commit().await?;

    let (reader, done) = open(&engine.store, landing.id);
    let (sender, mut chunks) = mpsc::channel::<io::Result<CandleChunk>>(CHUNKS_AHEAD);
    let parsing = format.clone();
    tokio::task::spawn_blocking(move || parse_candles(reader, &done, &parsing, &sender));
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.context("the file cannot be read to its end")?;
        let bytes_done = chunk.bytes_done;
        let mut tx = engine.store.begin().await?;
        work.apply(&mut tx, chunk, engine.clock.now_ms()).await?;
        let at = RunProgress {
            phase: "refining",
            bytes_done,
            bytes_total: landing.bytes,
            counts: work.counts,
        };
        progress.at(&mut tx, landing.id, at).await?;
        tx.commit().await?;
    }
    let find = Find::Landing {
        engine,
        landing,
        format: &format,
    };
    let mut tx = engine.store.begin().await?;
    finish_candles(&mut tx, &mut work, &find, engine.clock.now_ms()).await?;
    let outcomes = of_file(&entity(landing), &work);
    finish(
        engine,
        tx,
        landing,
        &work.counts,
        work.range,
        &outcomes,
        progress,
    )
    .await?;
    Ok(Refined {
        counts: work.counts,
        range: work.range,
        step_ms: Some(format.step_ms),
    })
}

/// Takes back what conflicts or is absurd, judges what is not judged yet, and rolls up.
///
/// # Errors
/// When the database fails or the landing cannot be read again.
pub async fn finish_candles(
    tx: &mut Tx,
    work: &mut CandleWork,
    find: &Find<'_>,
    now_ms: i64,
) -> anyhow::Result<()> {
    let conflicting = work.conflicting(tx).await?;
    let reason =
        "another row of this landing gives other values for the same time; neither is taken";
    let rejects = find
        .rejects(&conflicting, "candle.dup_conflict", reason)
        .await?;
    work.take_back(tx, &conflicting, rejects, now_ms).await?;
    let which = find.which();
    // taking an absurd price out changes the baseline of its neighbours, rarely so far that another one falls out
    for _ in 0..3 {
        let insane = work.judge(tx, which, now_ms).await?;
        if insane.is_empty() {
            break;
        }
        let reason = "the price is more than 30 % away from the median of the last 60 closes";
        let rejects = find.rejects(&insane, "candle.price_sanity", reason).await?;
        work.take_back(tx, &insane, rejects, now_ms).await?;
    }
    Ok(work.roll_up(tx, now_ms).await?)
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
}

impl std::fmt::Debug for Find<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Find")
    }
}

impl Find<'_> {
    const fn which(&self) -> super::candles::CountWhich {
        match self {
            Self::Landing { .. } => count_own,
            Self::Chunk(_) => super::candles::count_recent,
        }
    }

    /// The first row of each candle, as a reject.
    async fn rejects(
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
                let (reader, done) = open(&engine.store, landing.id);
                let (sender, mut chunks) = mpsc::channel::<io::Result<CandleChunk>>(CHUNKS_AHEAD);
                let parsing = (*format).clone();
                tokio::task::spawn_blocking(move || {
                    parse_candles(reader, &done, &parsing, &sender)
                });
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

/// Blocking: parses a landing into chunks until the end or until nobody listens.
fn parse_candles(
    reader: LandingReader,
    done: &Arc<AtomicI64>,
    format: &CandleFormat,
    sender: &mpsc::Sender<io::Result<CandleChunk>>,
) {
    let mut chunk = CandleChunk::default();
    let send = |chunk: &mut CandleChunk| {
        let mut full = std::mem::take(chunk);
        full.bytes_done = done.load(Ordering::Relaxed);
        sender.blocking_send(Ok(full)).is_ok()
    };
    let result = unpack(reader).and_then(|text| {
        let mut records = Records::new(text, false);
        while let Some(record) = records.next_record()? {
            if format.is_skipped(record.line_no, record.raw) {
                continue;
            }
            parse_candle(format, record, &mut chunk);
            if chunk.rows.len() + chunk.rejects.len() >= CHUNK_ROWS && !send(&mut chunk) {
                return Ok(());
            }
        }
        send(&mut chunk);
        Ok(())
    });
    if let Err(error) = result {
        // whole rows before the damage are kept out too: half a file is no file
        let _ = sender.blocking_send(Err(error));
    }
}

fn parse_candle(format: &CandleFormat, record: Record<'_>, chunk: &mut CandleChunk) {
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
        Ok(candle) => {
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

#[derive(Debug, Clone, Copy)]
struct NewsShape {
    delimiter: u8,
    header_line: i64,
    columns: usize,
}

async fn refine_articles(
    engine: &Engine,
    landing: &Landing,
    mut format: NewsFormat,
    shape: NewsShape,
    progress: &mut Progress,
) -> anyhow::Result<Refined> {
    // first pass: the order of day and month can only be told from the whole file
    let (reader, _) = open(&engine.store, landing.id);
    let format = tokio::task::spawn_blocking(move || -> io::Result<NewsFormat> {
        each_record(reader, shape, |_, _, _, cells| format.observe(cells))?;
        format.decide();
        Ok(format)
    })
    .await
    .context("the reader stopped")??;
    let (reader, done) = open(&engine.store, landing.id);
    let (sender, mut chunks) = mpsc::channel::<io::Result<ArticleChunk>>(CHUNKS_AHEAD);
    let received_at = landing.received_at;
    tokio::task::spawn_blocking(move || {
        parse_articles(reader, &done, &format, shape, received_at, &sender)
    });
    let mut work = ArticleWork::begin(landing.id);
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.context("the file cannot be read to its end")?;
        let bytes_done = chunk.bytes_done;
        let mut tx = engine.store.begin().await?;
        work.apply(&mut tx, chunk, engine.clock.now_ms()).await?;
        let at = RunProgress {
            phase: "refining",
            bytes_done,
            bytes_total: landing.bytes,
            counts: work.counts,
        };
        progress.at(&mut tx, landing.id, at).await?;
        tx.commit().await?;
    }
    let mut tx = engine.store.begin().await?;
    let outcomes = work.finish(&mut tx, &entity(landing)).await?;
    finish(
        engine,
        tx,
        landing,
        &work.counts,
        work.range,
        &outcomes,
        progress,
    )
    .await?;
    Ok(Refined {
        counts: work.counts,
        range: work.range,
        step_ms: None,
    })
}

fn parse_articles(
    reader: LandingReader,
    done: &Arc<AtomicI64>,
    format: &NewsFormat,
    shape: NewsShape,
    received_at: i64,
    sender: &mpsc::Sender<io::Result<ArticleChunk>>,
) {
    let mut chunk = ArticleChunk::default();
    let result = each_record(reader, shape, |record_no, record, raw, cells| {
        let parsed = match record.broken {
            Some(broken) => Err(Reject {
                line_no: record.line_no,
                raw: raw.to_owned(),
                rules: vec!["article.contract"],
                reason: format!("the record is broken: {broken}"),
            }),
            None => format.parse(record_no, record.line_no, raw, cells, received_at),
        };
        match parsed {
            Ok(parsed) => chunk.articles.push(parsed.article),
            Err(reject) => chunk.rejects.push(reject),
        }
        if chunk.articles.len() + chunk.rejects.len() >= CHUNK_ARTICLES {
            let mut full = std::mem::take(&mut chunk);
            full.bytes_done = done.load(Ordering::Relaxed);
            // if nobody listens the rest is read in vain, but news files are small
            let _ = sender.blocking_send(Ok(full));
        }
    });
    chunk.bytes_done = done.load(Ordering::Relaxed);
    let _ = sender.blocking_send(result.map(|()| chunk));
}

/// Calls `each` with number, record, raw text and cells of every record after the header that is not blank.
fn each_record(
    reader: LandingReader,
    shape: NewsShape,
    mut each: impl FnMut(i64, Record<'_>, &str, &[Cow<'_, str>]),
) -> io::Result<()> {
    let mut records = Records::new(unpack(reader)?, true);
    let mut record_no = 0;
    let mut cells = super::cells::Cells::new(shape.delimiter, shape.columns);
    while let Some(record) = records.next_record()? {
        let blank = record
            .raw
            .iter()
            .all(|byte| byte.is_ascii_whitespace() || *byte == shape.delimiter);
        if record.line_no <= shape.header_line || blank {
            continue;
        }
        let raw = text(record.raw);
        each(record_no, record, &raw, &cells.split(record.raw));
        record_no += 1;
    }
    Ok(())
}

/// Closes the books of a landing: counts, results and alerts in one transaction, told to listeners after it.
async fn finish(
    engine: &Engine,
    mut tx: Tx,
    landing: &Landing,
    counts: &Counts,
    range: Option<(i64, i64)>,
    outcomes: &[Outcome],
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let now_ms = engine.clock.now_ms();
    finish_landing(&mut tx, landing.id, counts, range, now_ms).await?;
    let refused = Change {
        rows: 0,
        rejects: 0,
        newest_at: range.map(|(_, last)| last),
    };
    count(&mut tx, "bronze", "landing", refused, now_ms).await?;
    let events = record(
        &mut tx,
        outcomes,
        Some(landing.id),
        Patience::default(),
        now_ms,
    )
    .await?;
    let at = RunProgress {
        phase: "checked",
        bytes_done: landing.bytes,
        bytes_total: landing.bytes,
        counts: *counts,
    };
    progress.at(&mut tx, landing.id, at).await?;
    tx.commit().await.map_err(StoreError::from)?;
    engine.hub.alerts(events);
    engine.hub.changed();
    Ok(())
}
