//! Recognising a file by its content, never by its name.

mod candles;
mod doubts;
mod sample;
#[cfg(test)]
mod tests;

use self::sample::{Sample, excerpt};
use super::{
    columns::candle_columns,
    dates::Order,
    encoding::not_a_table,
    format::CandleFormat,
    formats::{self, Definition},
    news::{NEWS_FORMATS, NewsFormat},
};

/// What a file is.
#[derive(Debug, Clone)]
pub enum Recognised {
    /// A candle file.
    Candles(Box<CandleFormat>),
    /// A news file.
    News {
        /// How its records are read.
        format: Box<NewsFormat>,
        /// Column separator.
        delimiter: u8,
        /// Line of the header.
        header_line: i64,
        /// Columns of the header.
        columns: usize,
    },
}

impl Recognised {
    /// Name of the format.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Candles(format) => format.name,
            Self::News { format, .. } => format.name(),
        }
    }
}

/// Why a file is refused: what it looks like, and its first lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; first lines: {first_lines}")]
pub struct Refusal {
    /// What is wrong and what to do.
    pub reason: String,
    /// First lines, shortened.
    pub first_lines: String,
}

impl Refusal {
    /// A refusal of what begins with these bytes.
    #[must_use]
    pub fn new(reason: impl Into<String>, head: &[u8]) -> Self {
        Self {
            reason: reason.into(),
            first_lines: excerpt(head),
        }
    }
}

/// Column separators, in the order they are tried.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// Preamble lines that may stand before a header.
const MAX_PREAMBLE: usize = 4;

/// A format that the caller demands: `binance-futures`, `ohlcv:day-first`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    name: &'static str,
    /// `None`: a news format.
    definition: Option<&'static Definition>,
    order: Option<Order>,
}

impl Wanted {
    /// Reads the name of a format, with or without the order of day and month behind it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, order) = text.split_once(':').unwrap_or((text, ""));
        let order = match order {
            "" => None,
            "day-first" => Some(Order::DayFirst),
            "month-first" => Some(Order::MonthFirst),
            _ => {
                return Err(format!(
                    "{text:?} ends in neither :day-first nor :month-first"
                ));
            }
        };
        let definition = formats::definition(name);
        let news = NEWS_FORMATS.into_iter().find(|known| *known == name);
        match (definition.map(|definition| definition.name), news) {
            (Some(name), _) | (None, Some(name)) => Ok(Self {
                name,
                definition,
                order,
            }),
            (None, None) => Err(format!(
                "{name:?} is no known format; known are {} for prices and {} for news",
                formats::names().join(", "),
                NEWS_FORMATS.join(", ")
            )),
        }
    }
}

/// Checks the name of a format before any file is touched.
///
/// # Errors
/// A sentence that lists the known formats.
pub fn check_format(name: &str) -> Result<(), String> {
    Wanted::parse(name).map(|_| ())
}

/// Recognises a file from its first (decompressed) bytes.
///
/// # Errors
/// A [`Refusal`] that says what the file looks like instead.
pub fn recognise(head: &[u8]) -> Result<Recognised, Refusal> {
    recognise_as(head, None)
}

/// Recognises a file from its first (decompressed) bytes. With a format (one of [`formats::FORMATS`] or of news,
/// perhaps with `:day-first` or `:month-first` behind it) the file is read as that, however weak the evidence.
///
/// # Errors
/// A [`Refusal`] that says what the file looks like instead, or that the format is unknown.
pub fn recognise_as(head: &[u8], format: Option<&str>) -> Result<Recognised, Refusal> {
    let refuse = |reason: String| Refusal::new(reason, head);
    let wanted = format.map(Wanted::parse).transpose().map_err(refuse)?;
    if let Some(reason) = not_a_table(head) {
        return Err(refuse(reason.to_owned()));
    }
    let sample = Sample::of(head);
    let Some(wanted) = wanted else {
        return by_content(&sample, None).map_err(refuse);
    };
    let told = by_content(&sample, Some(&wanted)).and_then(|recognised| {
        (recognised.name() == wanted.name)
            .then_some(recognised)
            .ok_or_else(String::new)
    });
    told.map_err(|why| {
        let instead = match by_content(&sample, None) {
            Ok(other) if other.name() == wanted.name => why.clone(),
            Ok(other) => format!("its content is {:?}", other.name()),
            Err(reason) => reason,
        };
        refuse(format!(
            "the file was to be read as {:?}, but cannot be: {instead}; leave --format out to take it as what it is",
            wanted.name
        ))
    })
}

fn by_content(sample: &Sample, wanted: Option<&Wanted>) -> Result<Recognised, String> {
    let wants_news = wanted.is_none_or(|wanted| wanted.definition.is_none());
    let wants_candles = wanted.is_none_or(|wanted| wanted.definition.is_some());
    for delimiter in DELIMITERS {
        for position in 0..sample.lines.len().min(MAX_PREAMBLE + 1) {
            let (header_line, header) = sample.header(position, delimiter);
            if wants_candles
                && let Some(columns) = candle_columns(&header)
                && let Some(definition) = definition_of(&header, wanted)
            {
                let found = candles::Headed {
                    definition,
                    delimiter,
                    header_line,
                    header,
                    columns,
                };
                return found
                    .read(sample, wanted)
                    .map(|format| Recognised::Candles(Box::new(format)));
            }
            let (header_line, header) = sample.names(position, delimiter);
            if wants_news && let Some(mut format) = NewsFormat::recognise(&header) {
                if let Some(wanted) = wanted {
                    format.rename(wanted.name);
                }
                return Ok(Recognised::News {
                    format: Box::new(format),
                    delimiter,
                    header_line,
                    columns: header.len(),
                });
            }
        }
    }
    if wants_candles && let Some(found) = candles::headless(sample, wanted) {
        return found.map(|format| Recognised::Candles(Box::new(format)));
    }
    Err(sample.what_instead())
}

/// The definition a header belongs to. A format that is demanded is tried on any header with the columns of candles,
/// unless it never has one.
fn definition_of(header: &[String], wanted: Option<&Wanted>) -> Option<&'static Definition> {
    match wanted {
        Some(wanted) => wanted
            .definition
            .filter(|definition| definition.header.is_some()),
        None => formats::FORMATS
            .iter()
            .find(|format| format.header.is_some_and(|known| known.fits(header))),
    }
}
