//! News files: read twice, because the order of day and month can only be told from the whole file.

use std::{
    borrow::Cow,
    io,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use anyhow::Context;
use app::model::{Dataset, Reject};
use tokio::sync::mpsc;

use super::{
    CHUNKS_AHEAD, Refined, entity, finish,
    profile::{keep_profile, schema_of_news},
};
use crate::{
    pipeline::{
        Engine,
        analyse::refresh_news,
        articles::{ArticleChunk, ArticleWork},
        progress::Progress,
        read::{LandingReader, open, unpack},
    },
    quality::{
        profile::ArticleProfile,
        rows::{RowRule, RowRules},
    },
    refine::{
        format::{Dropped, text},
        news::{NewsFormat, ParsedArticle},
        text::{Record, Records},
    },
    store::{Landing, RunProgress},
};

/// Records of one chunk, and of one transaction.
const CHUNK_ARTICLES: usize = 1000;

/// How the records of a news file are cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct NewsShape {
    pub(super) delimiter: u8,
    pub(super) header_line: i64,
    pub(super) columns: usize,
}

pub(super) async fn refine_articles(
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
    let schema = schema_of_news(&format, shape);
    let mut profile = ArticleProfile::default();
    let (reader, done) = open(&engine.store, landing.id);
    let (sender, mut chunks) = mpsc::channel::<io::Result<ArticleChunk>>(CHUNKS_AHEAD);
    let received_at = landing.received_at;
    let rules = engine.hub.rules().now();
    let own = RowRules::of(&rules).of_dataset(Dataset::Article.as_str());
    tokio::task::spawn_blocking(move || {
        let judging = (&own[..], received_at);
        parse_articles(reader, &done, &format, shape, judging, &sender)
    });
    let mut work = ArticleWork::begin(landing.id);
    while let Some(chunk) = chunks.recv().await {
        let chunk = chunk.context("the file cannot be read to its end")?;
        let bytes_done = chunk.bytes_done;
        chunk
            .articles
            .iter()
            .for_each(|article| profile.push(article));
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
    let mut outcomes = work.finish(&mut tx, &entity(landing), &rules).await?;
    refresh_news(&mut tx, landing.id).await?;
    let profile = profile.finish(schema);
    let (counts, rejects) = (&work.counts, &work.rejects);
    keep_profile(
        &mut tx,
        landing,
        &profile,
        (counts, rejects),
        &rules,
        &mut outcomes,
    )
    .await?;
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
        dropped: Dropped {
            blank: work.blank,
            ..Dropped::default()
        },
    })
}

fn parse_articles(
    reader: LandingReader,
    done: &Arc<AtomicI64>,
    format: &NewsFormat,
    shape: NewsShape,
    (rules, received_at): (&[RowRule], i64),
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
            Ok(ParsedArticle { article, notes }) => {
                let note = |note| Reject {
                    line_no: record.line_no,
                    raw: raw.chars().take(400).collect(),
                    rules: vec![note],
                    reason: article.title.clone(),
                };
                let notes: Vec<Reject> = notes.into_iter().map(note).collect();
                if chunk.keep(article, rules, (record.line_no, raw), received_at) {
                    chunk.notes.extend(notes);
                }
            }
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
    let _ = sender.blocking_send(result.map(|blank| ArticleChunk { blank, ..chunk }));
}

/// Calls `each` with number, record, raw text and cells of every record after the header that is not blank; gives the
/// number of blank ones.
pub(super) fn each_record(
    reader: LandingReader,
    shape: NewsShape,
    mut each: impl FnMut(i64, Record<'_>, &str, &[Cow<'_, str>]),
) -> io::Result<i64> {
    let mut records = Records::new(unpack(reader)?, true);
    let mut record_no = 0;
    let mut dropped = 0;
    let mut cells = crate::refine::cells::Cells::new(shape.delimiter, shape.columns);
    while let Some(record) = records.next_record()? {
        let blank = record
            .raw
            .iter()
            .all(|byte| byte.is_ascii_whitespace() || *byte == shape.delimiter);
        if record.line_no <= shape.header_line {
            continue;
        }
        if blank {
            dropped += 1;
            continue;
        }
        let raw = text(record.raw);
        each(record_no, record, &raw, &cells.split(record.raw));
        record_no += 1;
    }
    Ok(dropped)
}
