//! Recognising a file by its content, never by its name.

use app::model::{DAY_MS, HOUR_MS, MINUTE_MS, WEEK_MS, bucket_start};

use super::{
    columns::{CandleColumns, candle_columns, instrument_of_symbol, normalise, quote_of_header},
    format::{CandleFormat, text, trim},
    news::NewsFormat,
    number::{decimal, epoch_ms, iso_date_ms},
    text::Records,
};

/// What a file is.
#[derive(Debug, Clone)]
pub enum Recognised {
    /// A candle file.
    Candles(CandleFormat),
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

/// Why a file is refused: what it looks like, and its first lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; first lines: {first_lines}")]
pub struct Refusal {
    /// What is wrong and what to do.
    pub reason: String,
    /// First lines, shortened.
    pub first_lines: String,
}

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const STEPS: [i64; 9] = [
    MINUTE_MS,
    3 * MINUTE_MS,
    5 * MINUTE_MS,
    15 * MINUTE_MS,
    30 * MINUTE_MS,
    HOUR_MS,
    4 * HOUR_MS,
    DAY_MS,
    WEEK_MS,
];
/// Preamble lines that may stand before a header.
const MAX_PREAMBLE: usize = 4;

/// Recognises a file from its first (decompressed) bytes.
///
/// # Errors
/// A [`Refusal`] that says what the file looks like instead.
pub fn recognise(head: &[u8]) -> Result<Recognised, Refusal> {
    let lines = first_lines(head);
    let refuse = |reason: &str| Refusal {
        reason: reason.to_owned(),
        first_lines: excerpt(head),
    };
    if let Some(reason) = negative_control(head, lines.is_empty()) {
        return Err(refuse(reason));
    }
    for delimiter in DELIMITERS {
        for (position, (line_no, line)) in lines.iter().take(MAX_PREAMBLE + 1).enumerate() {
            let header = cells(line, delimiter);
            let data = &lines[position + 1..];
            if let Some(columns) = candle_columns(&header) {
                return headed_candles(delimiter, *line_no, line, &header, columns, data)
                    .map_err(|reason| refuse(&reason));
            }
            if let Some(format) = NewsFormat::recognise(&header) {
                let columns = header.len();
                return Ok(Recognised::News {
                    format: Box::new(format),
                    delimiter,
                    header_line: *line_no,
                    columns,
                });
            }
        }
    }
    for delimiter in DELIMITERS {
        if let Some(format) = headless_candles(delimiter, &lines) {
            return format
                .map(Recognised::Candles)
                .map_err(|reason| refuse(&reason));
        }
    }
    Err(refuse(
        "no known format: expected a header with time, open, high, low and close, six columns of Bitfinex candles, or a \
         news header with date, title and url",
    ))
}

fn headed_candles(
    delimiter: u8,
    header_line: i64,
    header_text: &[u8],
    header: &[String],
    columns: CandleColumns,
    data: &[(i64, Vec<u8>)],
) -> Result<Recognised, String> {
    if data.is_empty() {
        return Err("a header, but no data rows".to_owned());
    }
    let names: Vec<String> = header.iter().map(|name| normalise(name)).collect();
    let has = |name: &str| names.iter().any(|have| have == name);
    let name = if has("volumefrom") && has("volumeto") {
        "cryptocompare"
    } else if has("symbol") && (has("unix") || has("unix_timestamp") || has("date")) {
        "cryptodatadownload"
    } else {
        "ohlcv"
    };
    let columns = choose_time(columns, &names, delimiter, data);
    let symbol = columns.symbol.and_then(|column| {
        data.iter().find_map(|(_, line)| {
            cells(line, delimiter)
                .get(column)
                .and_then(|cell| instrument_of_symbol(cell))
        })
    });
    let instrument = symbol.or_else(|| quote_of_header(header).map(|quote| format!("BTC-{quote}")));
    let times = times(delimiter, columns.time, data);
    let step_ms = step_of(&times)?;
    Ok(Recognised::Candles(CandleFormat {
        name,
        evidence: format!(
            "header names time, open, high, low, close; {} of {} rows have a time",
            times.len(),
            data.len()
        ),
        delimiter,
        columns,
        step_ms,
        header_line: Some(header_line),
        header: header_text.to_vec(),
        instrument,
    }))
}

/// The first time column whose values can be read; a header may promise an epoch and hold something else.
fn choose_time(
    columns: CandleColumns,
    names: &[String],
    delimiter: u8,
    data: &[(i64, Vec<u8>)],
) -> CandleColumns {
    if !times(delimiter, columns.time, data).is_empty() {
        return columns;
    }
    let readable = (0..names.len())
        .filter(|column| names[*column].contains("date") || names[*column].contains("time"))
        .find(|column| !times(delimiter, *column, data).is_empty());
    CandleColumns {
        time: readable.unwrap_or(columns.time),
        ..columns
    }
}

/// Six numeric columns that begin with a time: the order of the prices is the one in which high is never below, and
/// low never above, the others.
fn headless_candles(
    delimiter: u8,
    lines: &[(i64, Vec<u8>)],
) -> Option<Result<CandleFormat, String>> {
    let rows: Vec<Vec<f64>> = lines
        .iter()
        .filter_map(|(_, line)| numeric_row(line, delimiter))
        .collect();
    if rows.is_empty() || rows.len() * 10 < lines.len() * 9 {
        return None;
    }
    // name, open, high, low, close
    const ORDERS: [(&str, [usize; 4]); 3] = [
        ("bitfinex", [1, 3, 4, 2]),
        ("ohlcv", [1, 2, 3, 4]),
        ("coinbase", [3, 2, 1, 4]),
    ];
    let fits = |[open, high, low, close]: [usize; 4]| {
        rows.iter()
            .filter(|row| {
                row[low] > 0.0
                    && row[high] >= row[open].max(row[close])
                    && row[low] <= row[open].min(row[close])
            })
            .count()
    };
    let (name, [open, high, low, close], fit) = ORDERS
        .map(|(name, order)| (name, order, fits(order)))
        .into_iter()
        .max_by_key(|(name, _, fit)| (*fit, *name == "bitfinex"))?;
    if fit * 10 < rows.len() * 8 {
        return Some(Err(
            "six numeric columns, but in no known order is high the highest and low the lowest"
                .to_owned(),
        ));
    }
    let columns = CandleColumns {
        time: 0,
        open,
        high,
        low,
        close,
        volume: Some(5),
        quote_volume: None,
        trades: None,
        symbol: None,
    };
    let step_ms = match step_of(&times(delimiter, 0, lines)) {
        Ok(step_ms) => step_ms,
        Err(reason) => return Some(Err(reason)),
    };
    Some(Ok(CandleFormat {
        name,
        evidence: format!(
            "no header; high ≥ open, close ≥ low in {fit} of {} rows in this column order",
            rows.len()
        ),
        delimiter,
        columns,
        step_ms,
        header_line: None,
        header: Vec::new(),
        instrument: None,
    }))
}

fn numeric_row(line: &[u8], delimiter: u8) -> Option<Vec<f64>> {
    let cells: Vec<&[u8]> = line.split(|byte| *byte == delimiter).map(trim).collect();
    let filled = cells.len() - usize::from(cells.last().is_some_and(|cell| cell.is_empty()));
    if filled != 6 || epoch_ms(cells[0]).is_none_or(|at| at < super::number::GENESIS_MS) {
        return None;
    }
    cells[..6].iter().map(|cell| decimal(cell).ok()).collect()
}

fn times(delimiter: u8, column: usize, data: &[(i64, Vec<u8>)]) -> Vec<i64> {
    let time = |line: &Vec<u8>| {
        let cell = trim(line.split(|byte| *byte == delimiter).nth(column)?);
        epoch_ms(cell).or_else(|| iso_date_ms(std::str::from_utf8(cell).ok()?))
    };
    data.iter().filter_map(|(_, line)| time(line)).collect()
}

/// The step of candles at these times. The most frequent distance of neighbours tells it where rows come in order; in
/// shuffled rows that distance is chance, and only what most times are multiples of tells it.
fn step_of(times: &[i64]) -> Result<i64, String> {
    if times.is_empty() {
        return Err(
            "the time column holds no time that can be trusted (an epoch number or an ISO date)"
                .to_owned(),
        );
    }
    let distances: Vec<i64> = times
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .filter(|distance| *distance > 0)
        .collect();
    // a single row says nothing of its step: a minute is what such files hold
    if distances.is_empty() {
        return Ok(MINUTE_MS);
    }
    let fits = |step: &i64| {
        let aligned = times.iter().filter(|at| bucket_start(**at, *step) == **at);
        aligned.count() * 5 >= times.len() * 4
    };
    let frequent = STEPS
        .into_iter()
        .map(|step| (distances.iter().filter(|have| **have == step).count(), step))
        .filter(|(count, _)| *count > 0)
        .max_by_key(|(count, step)| (*count, std::cmp::Reverse(*step)))
        .map(|(_, step)| step);
    let coarsest = || STEPS.into_iter().rev().find(fits);
    let whole_minutes = distances.iter().any(|distance| distance % MINUTE_MS == 0);
    // times off their grid fit no step: their distance still tells which one was meant
    frequent
        .filter(fits)
        .or_else(coarsest)
        .or(frequent)
        .or(whole_minutes.then_some(MINUTE_MS))
        .ok_or_else(|| {
            "rows are not a whole number of minutes apart: this is no candle file".to_owned()
        })
}

fn negative_control(head: &[u8], no_lines: bool) -> Option<&'static str> {
    let start = head.trim_ascii_start();
    let lower: Vec<u8> = start.iter().take(64).map(u8::to_ascii_lowercase).collect();
    if head.is_empty() || no_lines {
        Some("the file is empty: no data")
    } else if start.starts_with(b"version https://git-lfs") {
        Some("this is a git-lfs pointer, not the file it stands for; fetch the real file")
    } else if head.contains(&0) {
        Some("this is a binary file, not text")
    } else if lower.starts_with(b"<!doctype")
        || lower.starts_with(b"<html")
        || lower.starts_with(b"<?xml")
    {
        Some("this is a web page, perhaps a server's error page; download the file again")
    } else {
        None
    }
}

/// Up to 400 complete lines of the head.
fn first_lines(head: &[u8]) -> Vec<(i64, Vec<u8>)> {
    let complete = match memchr::memrchr2(b'\n', b'\r', head) {
        Some(last) => &head[..=last],
        None => head,
    };
    let mut records = Records::new(complete, false);
    let mut lines = Vec::new();
    while let Ok(Some(record)) = records.next_record() {
        if !record.raw.trim_ascii().is_empty() {
            lines.push((record.line_no, record.raw.to_vec()));
        }
        if lines.len() == 400 {
            break;
        }
    }
    lines
}

fn cells(line: &[u8], delimiter: u8) -> Vec<String> {
    line.split(|byte| *byte == delimiter)
        .map(|cell| text(trim(cell)))
        .collect()
}

/// The first three lines, shortened, with control characters escaped.
fn excerpt(head: &[u8]) -> String {
    let lines: Vec<String> = head
        .split(|byte| *byte == b'\n')
        .take(3)
        .map(|line| {
            text(&line[..line.len().min(120)])
                .escape_debug()
                .to_string()
        })
        .collect();
    if lines.iter().all(|line| line.trim().is_empty()) {
        "(none)".to_owned()
    } else {
        lines.join(" | ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candles(text: &str) -> CandleFormat {
        match recognise(text.as_bytes()).unwrap() {
            Recognised::Candles(format) => format,
            Recognised::News { .. } => panic!("news"),
        }
    }

    #[test]
    fn formats_are_told_apart_by_content() {
        let cases = [
            (
                "bitfinex",
                "1514764740000,13801,13800,13803,13799,1.5\n1514764800000,13806,13807,13809,13805,2.0\n",
                "bitfinex",
                MINUTE_MS,
            ),
            (
                "cryptocompare",
                "time,high,low,open,volumefrom,volumeto,close,conversionType,conversionSymbol\n1514764800,3,1,2,5,10,2,direct,\n1514768400,3,1,2,5,10,2,direct,\n",
                "cryptocompare",
                HOUR_MS,
            ),
            (
                "cdd",
                "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC,Volume USDT,tradecount\n1646092740000,2022-02-28 23:59:00,BTC/USDT,1,3,1,2,5,10,7\n1646092680000,2022-02-28 23:58:00,BTC/USDT,1,3,1,2,5,10,7\n",
                "cryptodatadownload",
                MINUTE_MS,
            ),
            (
                "kaggle",
                "Timestamp,Open,High,Low,Close,Volume\n1325412060.0,4.58,4.58,4.58,4.58,0.0\n1325412120.0,4.58,4.58,4.58,4.58,0.0\n",
                "ohlcv",
                MINUTE_MS,
            ),
            (
                "daily",
                "timestamp,open,close,volume,unix_timestamp,high,low\n2011-08-18,10,11,1,1313625600,12,9\n2011-08-19,10,11,1,1313712000,12,9\n",
                "ohlcv",
                DAY_MS,
            ),
        ];
        for (name, text, format, step_ms) in cases {
            let found = candles(text);
            assert_eq!((found.name, found.step_ms), (format, step_ms), "{name}");
        }
        assert_eq!(candles(cases[2].1).instrument.as_deref(), Some("BTC-USDT"));
    }

    #[test]
    fn bitfinex_columns_are_open_close_high_low() {
        let format = candles(concat!(
            "1514764740000,13801,13800,13803,13799,1.5\n",
            "1514764800000,13806,13807,13809,13805,2.0\n"
        ));
        let candle = format
            .parse(1, b"1514764800000,13806,13807,13809,13805,2.0")
            .unwrap();
        assert_eq!(
            (candle.open, candle.close, candle.high, candle.low),
            (13806.0, 13807.0, 13809.0, 13805.0)
        );
    }

    #[test]
    fn what_is_no_market_data_is_refused() {
        for (name, text, word) in [
            ("empty", "", "empty"),
            ("blank", "\n\n", "empty"),
            (
                "pointer",
                "version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
                "git-lfs",
            ),
            ("web page", "<!DOCTYPE html><html>503</html>", "web page"),
            ("binary", "\0\x05\x16\x07", "binary"),
            (
                "code",
                "import os\ndef main():\n    pass\n",
                "no known format",
            ),
            ("ticks", "13800.5, 3, 1\n13801.5, 2, 1\n", "no known format"),
            (
                "header only",
                "time,open,high,low,close,volume\n",
                "no data rows",
            ),
        ] {
            let refusal = recognise(text.as_bytes()).unwrap_err();
            assert!(refusal.reason.contains(word), "{name}: {refusal}");
        }
    }
}
