//! What a file seems to be, before anything of it is taken: for `assay inspect` and for the page.
//!
//! Pure: the first bytes of a file in, a report out. It says what the recogniser will do with the file, and why.

mod claims;
mod rows;
#[cfg(test)]
mod tests;
mod words;

pub use words::words;

use app::chart::label;
use serde::{Deserialize, Serialize};

use super::{
    container::{Container, Unpacked, unpack_head},
    encoding::{Encoding, LineEnds},
    format::{CandleFormat, Scan},
    formats,
    number::EpochUnit,
    sniff::{Recognised, recognise_as},
    text::Records,
};

/// Text of a file that is looked at.
pub const LOOK_BYTES: usize = 256 * 1024;
/// Rows shown as they would be read.
const SHOWN_ROWS: usize = 5;

/// What a file seems to be.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// Its name.
    pub name: String,
    /// `plain`, `gzip`, `zstd` or `zip`.
    pub container: String,
    /// The member of a zip that was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// `UTF-8`, …
    pub encoding: String,
    /// `LF`, `CRLF`, `CR`, or a mix with counts.
    pub line_ends: String,
    /// `comma`, `semicolon`, `tab` or `pipe`.
    pub delimiter: String,
    /// `candle`, `article`, or `unknown` if it is refused.
    pub dataset: String,
    /// Name of the format, as `--format` takes it.
    pub format: String,
    /// What that format is.
    pub about: String,
    /// Evidence for it.
    pub why: String,
    /// Columns in the order of the file.
    pub columns: Vec<Column>,
    /// Units and kinds of the times, and in which rows each begins.
    pub times: Vec<TimeKind>,
    /// Zone of the times, and how it is known.
    pub zone: String,
    /// Interval of a candle, milliseconds.
    pub step_ms: Option<i64>,
    /// The interval in words: `1m`, `1h`, `1d`.
    pub step: String,
    /// First time in the part looked at, milliseconds.
    pub first_ms: Option<i64>,
    /// Last time in the part looked at, milliseconds.
    pub last_ms: Option<i64>,
    /// True if the whole file was looked at.
    pub is_whole: bool,
    /// `BTC-USDT`, where the content or the name says it.
    pub instrument: Option<String>,
    /// `spot` or `futures`.
    pub market: String,
    /// Rows looked at.
    pub rows_seen: usize,
    /// Rows of the whole file, estimated from its size.
    pub rows_estimated: Option<u64>,
    /// Names of the values in `sample`.
    pub sample_columns: Vec<String>,
    /// The first rows as they would be read.
    pub sample: Vec<Vec<String>>,
    /// Rows looked at that would be set apart, and why: the first of each reason.
    pub rejected: Vec<String>,
    /// What to know before relying on it.
    pub warnings: Vec<String>,
    /// Why it would be refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
}

/// A column of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Position, from 1.
    pub position: usize,
    /// Name in the header, empty where there is none.
    pub name: String,
    /// What it is read as; empty: it is not used.
    pub meaning: String,
}

/// A kind of time, and where it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeKind {
    /// `Unix time in ms`, `date`, `date, day first`, …
    pub kind: String,
    /// First line with it.
    pub from_line: i64,
    /// Rows with it among those looked at.
    pub rows: usize,
}

/// Looks at a file, given its name and its first bytes as they are (packed or not).
#[must_use]
pub fn inspect(name: &str, head: &[u8]) -> Inspection {
    inspect_as(name, head, None, None)
}

/// The same for a format that is demanded, and with the size of the file in bytes, which tells its rows.
#[must_use]
pub fn inspect_as(name: &str, head: &[u8], size: Option<u64>, format: Option<&str>) -> Inspection {
    let is_whole = size.is_some_and(|size| size == head.len() as u64);
    match unpack_head(head, is_whole, LOOK_BYTES) {
        Ok(unpacked) => {
            let packed = (unpacked.container == Container::Plain)
                .then_some(size)
                .flatten();
            inspect_text(name, &unpacked, packed, format)
        }
        Err(reason) => Inspection {
            name: name.to_owned(),
            container: Container::of(head).as_str().to_owned(),
            dataset: "unknown".to_owned(),
            refusal: Some(reason),
            ..Inspection::default()
        },
    }
}

/// Looks at text that is unpacked already; `text_bytes` is the size of the whole text, where it is known.
#[must_use]
pub fn inspect_text(
    name: &str,
    unpacked: &Unpacked,
    text_bytes: Option<u64>,
    format: Option<&str>,
) -> Inspection {
    let text = &unpacked.text;
    let mut report = Inspection {
        name: name.to_owned(),
        container: unpacked.container.as_str().to_owned(),
        member: unpacked.member.clone(),
        encoding: Encoding::of(text).as_str().to_owned(),
        line_ends: LineEnds::of(text).describe(),
        dataset: "unknown".to_owned(),
        is_whole: unpacked.is_whole,
        ..Inspection::default()
    };
    match recognise_as(text, format) {
        Err(refusal) => report.refusal = Some(refusal.to_string()),
        Ok(Recognised::News {
            format,
            delimiter,
            header_line,
            ..
        }) => {
            report.dataset = "article".to_owned();
            report.delimiter = delimiter_name(delimiter).to_owned();
            rows::news(&mut report, *format, delimiter, header_line, text);
        }
        Ok(Recognised::Candles(format)) => {
            report.dataset = "candle".to_owned();
            candles(&mut report, *format, text);
        }
    }
    estimate(&mut report, text, text_bytes);
    claims::check(&mut report);
    report
}

impl Inspection {
    /// Widens the range to the end of a plain file, given its first and its last bytes.
    pub fn reach(&mut self, head: &[u8], tail: &[u8]) {
        let Ok(Recognised::Candles(mut format)) = recognise_as(head, Some(&self.format)) else {
            return;
        };
        // a date whose order is not settled yet would be a guess, and the tail begins inside a line
        let Some(cut) = memchr::memchr2(b'\n', b'\r', tail).filter(|_| !format.needs_scan()) else {
            return;
        };
        each_line(&tail[cut..], true, |line_no, line| {
            // far behind the header
            let line_no = line_no.saturating_add(i64::from(u32::MAX));
            if !format.is_skipped(line_no, line)
                && let Ok(Some(candle)) = format.parse(line_no, line)
            {
                rows::widen(self, candle.opened_at);
            }
        });
    }
}

fn candles(report: &mut Inspection, format: CandleFormat, text: &[u8]) {
    report.delimiter = delimiter_name(format.delimiter).to_owned();
    // what the rest of the file may settle stays open unless there is no rest
    let format = if report.is_whole && format.needs_scan() {
        let mut scan = Scan::new(&format);
        each_line(text, true, |line_no, line| scan.observe(line_no, line));
        match scan.finish(format.clone()) {
            Ok(format) => format,
            Err(reason) => {
                report.refusal = Some(reason);
                format
            }
        }
    } else {
        format
    };
    format.name.clone_into(&mut report.format);
    format.definition.about.clone_into(&mut report.about);
    report.why.clone_from(&format.evidence);
    report.step_ms = Some(format.step_ms);
    report.step = label::step(format.step_ms);
    format.market.as_str().clone_into(&mut report.market);
    report.warnings.clone_from(&format.warnings);
    report.columns = columns(&format.header, &format.columns.meanings());
    report.instrument.clone_from(&format.instrument);
    rows::candles(report, format, text);
}

/// Calls `each` for every line; an incomplete last one is left out unless the text is whole.
fn each_line(text: &[u8], is_whole: bool, mut each: impl FnMut(i64, &[u8])) {
    let complete = match memchr::memrchr2(b'\n', b'\r', text) {
        Some(last) if !is_whole => &text[..=last],
        _ => text,
    };
    let mut records = Records::new(complete, false);
    while let Ok(Some(record)) = records.next_record() {
        each(record.line_no, record.raw);
    }
}

fn columns(header: &[String], meanings: &[(usize, &'static str)]) -> Vec<Column> {
    let last = meanings.last().map_or(0, |(position, _)| position + 1);
    (0..header.len().max(last))
        .map(|position| Column {
            position: position + 1,
            name: header.get(position).cloned().unwrap_or_default(),
            meaning: meanings
                .iter()
                .find(|(at, _)| *at == position)
                .map_or_else(String::new, |(_, meaning)| (*meaning).to_owned()),
        })
        .collect()
}

fn estimate(report: &mut Inspection, text: &[u8], text_bytes: Option<u64>) {
    report.rows_estimated = if report.is_whole {
        Some(report.rows_seen as u64)
    } else if let Some(total) = text_bytes.filter(|_| !text.is_empty()) {
        Some(report.rows_seen as u64 * total / text.len() as u64)
    } else {
        None
    };
}

const fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => "semicolon",
        b'\t' => "tab",
        b'|' => "pipe",
        _ => "comma",
    }
}

const fn unit_name(unit: EpochUnit) -> &'static str {
    match unit {
        EpochUnit::Seconds => "Unix time in s",
        EpochUnit::Milliseconds => "Unix time in ms",
        EpochUnit::Microseconds => "Unix time in µs",
        EpochUnit::Nanoseconds => "Unix time in ns",
    }
}

/// Venues that files are known to come from, for what a name claims.
fn venues() -> impl Iterator<Item = &'static str> {
    let mut venues: Vec<&str> = formats::FORMATS
        .iter()
        .filter_map(|format| format.venue)
        .collect();
    venues.push("bitstamp");
    venues.dedup();
    venues.into_iter()
}
