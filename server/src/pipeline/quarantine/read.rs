//! Reading the text of a quarantined row as its landing is read.

use app::model::{Dataset, Pipeline};

use crate::{
    pipeline::{
        Engine,
        articles::ArticleChunk,
        history::is_page,
        live::chunk_of,
        refine::{RowFormat, row_format},
    },
    refine::clean::CandleChunk,
    source::{
        history::{History, reader},
        message::MessageError,
    },
    store::Landing,
};

/// What reads the rows of one landing.
pub(super) enum Reader {
    /// Rows of a file.
    File(Box<RowFormat>),
    /// Candles of a venue's answer.
    Answer(Box<dyn History>),
    /// Rows of this kind cannot be read alone.
    None,
}

/// A row that was read.
pub(super) enum Read {
    /// As a candle.
    Candle(CandleChunk, i64),
    /// As an article.
    Article(ArticleChunk),
}

impl Reader {
    /// What reads these lines of a landing.
    pub(super) async fn open(
        engine: &Engine,
        landing: &Landing,
        lines: &[i64],
    ) -> anyhow::Result<Self> {
        if is_page(landing) {
            return Ok(reader(&landing.format).map_or(Self::None, Self::Answer));
        }
        if landing.pipeline == Pipeline::Live {
            let klines = (landing.dataset == Dataset::Candle)
                .then(|| reader("binance-klines-1m"))
                .flatten();
            return Ok(klines.map_or(Self::None, Self::Answer));
        }
        Ok(Self::File(Box::new(
            row_format(engine, landing, lines).await?,
        )))
    }

    /// Reads the text of a line; the error says in words why that is no row.
    pub(super) fn read(&self, landing: &Landing, line_no: i64, raw: &str) -> Result<Read, String> {
        match self {
            Self::None => {
                Err("a whole answer cannot be read again as a row; use assay replay".to_owned())
            }
            Self::Answer(history) => {
                let body = format!("[{raw}]");
                let mut parsed = history
                    .read(body.as_bytes(), landing.received_at)
                    .map_err(|error: MessageError| error.to_string())?;
                if let Some(reject) = parsed.rejects.pop() {
                    return Err(reject.reason);
                }
                if parsed.candles.len() != 1 {
                    return Err(format!(
                        "the text holds {} rows in place of one",
                        parsed.candles.len()
                    ));
                }
                parsed.candles[0].line_no = line_no;
                let step_ms = history.step_ms();
                Ok(Read::Candle(
                    chunk_of(parsed, step_ms, landing.received_at),
                    step_ms,
                ))
            }
            Self::File(format) => match &**format {
                RowFormat::Candles(format) => {
                    let mut chunk = format.read(line_no, raw);
                    match chunk.rejects.pop() {
                        Some(reject) => Err(reject.reason),
                        None if chunk.rows.is_empty() => Err("the text holds no row".to_owned()),
                        None => Ok(Read::Candle(chunk, format.step_ms())),
                    }
                }
                RowFormat::Articles(format) => {
                    let mut chunk = format.read(line_no, raw, landing.received_at);
                    match chunk.rejects.pop() {
                        Some(reject) => Err(reject.reason),
                        None => Ok(Read::Article(chunk)),
                    }
                }
            },
        }
    }
}
