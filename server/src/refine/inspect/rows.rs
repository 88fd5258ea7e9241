//! The rows of a file as they would be read.

use app::model::{flag, format_utc};

use super::{Inspection, SHOWN_ROWS, TimeKind, columns, each_line, unit_name};
use crate::refine::{
    dates::Reading,
    encoding::text,
    format::CandleFormat,
    news::NewsFormat,
    number::epoch,
    split::{MAX_CELLS, split},
    text::Records,
};

/// Reasons that are shown.
const SHOWN_REASONS: usize = 5;

pub(super) fn candles(report: &mut Inspection, mut format: CandleFormat, body: &[u8]) {
    let names = [
        "time",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "quote volume",
        "trades",
        "remarks",
    ];
    report.sample_columns = names.map(str::to_owned).to_vec();
    let mut kinds: Vec<TimeKind> = Vec::new();
    let mut dropped = 0;
    let is_whole = report.is_whole;
    each_line(body, is_whole, |line_no, line| {
        if format.is_skipped(line_no, line) {
            return;
        }
        note_kind(&mut kinds, &format, line_no, line);
        match format.parse(line_no, line) {
            Ok(None) => dropped += 1,
            Err(reject) => {
                report.rows_seen += 1;
                reject_of(report, reject.line_no, &reject.reason);
            }
            Ok(Some(candle)) => {
                report.rows_seen += 1;
                widen(report, candle.opened_at);
                if report.sample.len() < SHOWN_ROWS {
                    let optional = |value: Option<String>| value.unwrap_or_default();
                    report.sample.push(vec![
                        format_utc(candle.opened_at),
                        candle.open.to_string(),
                        candle.high.to_string(),
                        candle.low.to_string(),
                        candle.close.to_string(),
                        candle.volume.to_string(),
                        optional(candle.quote_volume.map(|volume| volume.to_string())),
                        optional(candle.trades.map(|trades| trades.to_string())),
                        flag::words(candle.flags).join(", "),
                    ]);
                }
            }
        }
    });
    if dropped > 0 {
        report.warnings.push(format!(
            "{dropped} rows have a time and no price, which is how some sources write a gap: they are dropped and counted"
        ));
    }
    let all = format.take_dropped();
    if all.headers > 0 {
        report.warnings.push(format!(
            "the header stands {} times more among the rows",
            all.headers
        ));
    }
    if kinds.len() > 1 {
        report
            .warnings
            .push("the times are written in several ways; each row is read in its own".to_owned());
    }
    report.zone = match kinds.first() {
        Some(kind) if kind.kind.starts_with("Unix") => "UTC, by Unix time".to_owned(),
        _ if report
            .warnings
            .iter()
            .any(|warning| warning.contains("zone")) =>
        {
            "UTC, assumed".to_owned()
        }
        _ => "UTC, days or times with their zone".to_owned(),
    };
    report.times = kinds;
}

fn note_kind(kinds: &mut Vec<TimeKind>, format: &CandleFormat, line_no: i64, line: &[u8]) {
    let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
    let count = split(line, format.delimiter, &mut cells);
    let Some(cell) = cells[..count].get(format.columns.time) else {
        return;
    };
    let kind = match epoch(cell) {
        Some((_, unit)) => unit_name(unit).to_owned(),
        None => match format.reading(line) {
            None => return,
            Some(Reading::Fixed { .. }) => "date".to_owned(),
            Some(Reading::Numeric(_)) => match format.order_of(line_no) {
                Some(order) => format!("date, {}", order.as_str()),
                None => "date, day or month first is not known yet".to_owned(),
            },
        },
    };
    match kinds.iter_mut().find(|known| known.kind == kind) {
        Some(known) => known.rows += 1,
        None => kinds.push(TimeKind {
            kind,
            from_line: line_no,
            rows: 1,
        }),
    }
}

pub(super) fn news(
    report: &mut Inspection,
    mut format: NewsFormat,
    delimiter: u8,
    header_line: i64,
    body: &[u8],
) {
    format.name().clone_into(&mut report.format);
    "news articles".clone_into(&mut report.about);
    let header = header_names(body, header_line, delimiter);
    report.columns = columns(&header, &format.meanings());
    "header names a date, a title, and a text, source or address".clone_into(&mut report.why);
    "as written, UTC where no zone is given".clone_into(&mut report.zone);
    let names = ["time", "title", "source", "url", "sentiment"];
    report.sample_columns = names.map(str::to_owned).to_vec();
    let mut cells = crate::refine::cells::Cells::new(delimiter, header.len());
    let complete = match memchr::memrchr2(b'\n', b'\r', body) {
        Some(last) if !report.is_whole => &body[..=last],
        _ => body,
    };
    let mut records = Vec::new();
    let mut reader = Records::new(complete, true);
    while let Ok(Some(record)) = reader.next_record() {
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == delimiter;
        if record.line_no > header_line && !record.raw.iter().all(is_blank) {
            records.push((record.line_no, record.raw.to_vec(), record.broken));
        }
    }
    // the last record may be cut off inside its quotes
    if !report.is_whole {
        records.pop();
    }
    for (_, raw, _) in &records {
        format.observe(&cells.split(raw));
    }
    format.decide();
    for (number, (line_no, raw, broken)) in (0..).zip(&records) {
        report.rows_seen += 1;
        if let Some(broken) = broken {
            reject_of(report, *line_no, broken);
            continue;
        }
        match format.parse(number, *line_no, &text(raw), &cells.split(raw), i64::MAX) {
            Err(reject) => reject_of(report, *line_no, &reject.reason),
            Ok(parsed) => {
                let article = parsed.article;
                widen(report, article.published_at);
                if report.sample.len() < SHOWN_ROWS {
                    let sentiment = article.sentiment_given.map(|given| given.to_string());
                    report.sample.push(vec![
                        format_utc(article.published_at),
                        article.title,
                        article.source,
                        article.url,
                        sentiment.unwrap_or_default(),
                    ]);
                }
            }
        }
    }
}

fn header_names(body: &[u8], header_line: i64, delimiter: u8) -> Vec<String> {
    let mut names = Vec::new();
    each_line(body, true, |line_no, line| {
        if line_no == header_line {
            names = crate::refine::split::texts(line, delimiter);
        }
    });
    names
}

pub(super) fn widen(report: &mut Inspection, at_ms: i64) {
    report.first_ms = Some(report.first_ms.map_or(at_ms, |first| first.min(at_ms)));
    report.last_ms = Some(report.last_ms.map_or(at_ms, |last| last.max(at_ms)));
}

fn reject_of(report: &mut Inspection, line_no: i64, reason: &str) {
    if report.rejected.len() < SHOWN_REASONS {
        let reason: String = reason.chars().take(300).collect();
        report.rejected.push(format!("line {line_no}: {reason}"));
    }
}
