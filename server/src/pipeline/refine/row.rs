//! Reading single rows of a landing once more, from their text.

use std::{collections::HashMap, sync::Arc};

use anyhow::Context;
use app::model::Dataset;

use super::{
    find::parse_candle,
    news::{NewsShape, each_record},
    recognise_landing,
};
use crate::{
    pipeline::{Engine, articles::ArticleChunk, read::open},
    quality::rows::{RowRule, RowRules},
    refine::{
        clean::CandleChunk, format::CandleFormat, news::NewsFormat, sniff::Recognised, text::Record,
    },
    store::Landing,
};

/// How the rows of a file are read.
#[derive(Debug)]
pub enum RowFormat {
    /// As candles.
    Candles(Box<CandleRows>),
    /// As articles.
    Articles(ArticleRows),
}

/// Reads candles.
#[derive(Debug)]
pub struct CandleRows(CandleFormat);

/// Reads articles: the order of day and month is that of the whole file.
#[derive(Debug)]
pub struct ArticleRows {
    format: Box<NewsFormat>,
    shape: NewsShape,
    /// Numbers of the records that begin in the wanted lines.
    records: HashMap<i64, i64>,
    /// Rules of one's own.
    rules: Arc<[RowRule]>,
}

/// How these lines of a landed file are read.
///
/// # Errors
/// When the landing cannot be read or is recognised no longer.
pub async fn row_format(
    engine: &Engine,
    landing: &Landing,
    lines: &[i64],
) -> anyhow::Result<RowFormat> {
    match recognise_landing(engine, landing).await? {
        Recognised::Candles(format) => Ok(RowFormat::Candles(Box::new(CandleRows(*format)))),
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
            let lines = lines.to_vec();
            let rules = RowRules::of(&engine.hub.rules().now());
            let rules = rules.of_dataset(Dataset::Article.as_str());
            let (reader, _) = open(&engine.store, landing.id);
            let rows = tokio::task::spawn_blocking(move || -> std::io::Result<ArticleRows> {
                let (mut format, mut records) = (format, HashMap::new());
                each_record(reader, shape, |record_no, record, _, cells| {
                    format.observe(cells);
                    if lines.contains(&record.line_no) {
                        records.insert(record.line_no, record_no);
                    }
                })?;
                format.decide();
                Ok(ArticleRows {
                    format,
                    shape,
                    records,
                    rules,
                })
            })
            .await
            .context("the reader stopped")??;
            Ok(RowFormat::Articles(rows))
        }
    }
}

impl CandleRows {
    /// Interval of one row in milliseconds.
    #[must_use]
    pub const fn step_ms(&self) -> i64 {
        self.0.step_ms
    }

    /// The row of a line, or why it is none.
    #[must_use]
    pub fn read(&self, line_no: i64, raw: &str) -> CandleChunk {
        let mut chunk = CandleChunk::default();
        let record = Record {
            line_no,
            raw: raw.as_bytes(),
            broken: None,
        };
        parse_candle(&mut self.0.clone(), record, &mut chunk);
        chunk
    }
}

impl ArticleRows {
    /// The article of a line, or why it is none.
    #[must_use]
    pub fn read(&self, line_no: i64, raw: &str, received_at: i64) -> ArticleChunk {
        let mut chunk = ArticleChunk::default();
        let record_no = self.records.get(&line_no).copied().unwrap_or_default();
        let mut cells = crate::refine::cells::Cells::new(self.shape.delimiter, self.shape.columns);
        let cells = cells.split(raw.as_bytes());
        match self
            .format
            .parse(record_no, line_no, raw, &cells, received_at)
        {
            Ok(parsed) => {
                let _ = chunk.keep(parsed.article, &self.rules, (line_no, raw), received_at);
            }
            Err(reject) => chunk.rejects.push(reject),
        }
        chunk
    }
}
