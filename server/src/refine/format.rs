//! Formats of candle files, and reading one row of such a file.

use app::model::{Candle, Reject, flag};

use super::{
    columns::CandleColumns,
    number::{BadNumber, decimal, epoch_ms, iso_date_ms},
};

/// How to read a recognised candle file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandleFormat {
    /// Name for people: `bitfinex`, `cryptocompare`, `ohlcv`, …
    pub name: &'static str,
    /// Why it is held to be that format.
    pub evidence: String,
    /// Column separator.
    pub delimiter: u8,
    /// Which column holds what.
    pub columns: CandleColumns,
    /// Interval of one row.
    pub step_ms: i64,
    /// Line of the header, if there is one; everything up to it is preamble.
    pub header_line: Option<i64>,
    /// The header's text: repeated further down it is dropped.
    pub header: Vec<u8>,
    /// Instrument that the file itself names.
    pub instrument: Option<String>,
}

/// Columns of a row are at most this many; more are ignored.
const MAX_COLUMNS: usize = 32;

impl CandleFormat {
    /// True for a line that holds no row: preamble, header (also repeated further down), or blank.
    #[must_use]
    pub fn is_skipped(&self, line_no: i64, raw: &[u8]) -> bool {
        self.header_line.is_some_and(|header| line_no <= header)
            || raw.is_empty()
            || raw.iter().all(u8::is_ascii_whitespace)
            || (!self.header.is_empty() && raw == self.header)
    }

    /// Reads one row.
    ///
    /// # Errors
    /// A [`Reject`] with rule `candle.contract` if a column is missing or holds no number or time.
    pub fn parse(&self, line_no: i64, raw: &[u8]) -> Result<Candle, Reject> {
        let mut cells: [&[u8]; MAX_COLUMNS] = [&[]; MAX_COLUMNS];
        let mut count = 0;
        for cell in raw.split(|byte| *byte == self.delimiter).take(MAX_COLUMNS) {
            cells[count] = trim(cell);
            count += 1;
        }
        let columns = &self.columns;
        if count <= columns.last_required() {
            return Err(reject(
                line_no,
                raw,
                format!(
                    "{count} columns, expected at least {}",
                    columns.last_required() + 1
                ),
            ));
        }
        let opened_at = match epoch_ms(cells[columns.time]) {
            Some(at) => at,
            None => std::str::from_utf8(cells[columns.time])
                .ok()
                .and_then(iso_date_ms)
                .ok_or_else(|| {
                    reject(
                        line_no,
                        raw,
                        format!("{:?} is no time", text(cells[columns.time])),
                    )
                })?,
        };
        let number = |name: &str, column: usize| match decimal(cells[column]) {
            Ok(value) => Ok(value),
            Err(BadNumber::Missing) => Err(reject(
                line_no,
                raw,
                format!("{name} has no value ({:?})", text(cells[column])),
            )),
            Err(BadNumber::Unreadable) => Err(reject(
                line_no,
                raw,
                format!("{name} {:?} is no number", text(cells[column])),
            )),
        };
        let optional = |name: &str, column: Option<usize>| match column {
            Some(column) if column < count => match decimal(cells[column]) {
                Ok(value) => Ok(Some(value)),
                Err(BadNumber::Missing) => Ok(None),
                Err(BadNumber::Unreadable) => Err(reject(
                    line_no,
                    raw,
                    format!("{name} {:?} is no number", text(cells[column])),
                )),
            },
            _ => Ok(None),
        };
        let volume = match columns.volume {
            Some(column) => number("volume", column)?,
            None => 0.0,
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a count of trades beyond 2^53 is refused as negative later"
        )]
        let trades = optional("trades", columns.trades)?.map(|trades| trades as i64);
        let has_volume = columns.volume.is_some();
        Ok(Candle {
            opened_at,
            open: number("open", columns.open)?,
            high: number("high", columns.high)?,
            low: number("low", columns.low)?,
            close: number("close", columns.close)?,
            volume,
            quote_volume: optional("quote volume", columns.quote_volume)?,
            trades,
            is_final: true,
            flags: if has_volume && volume == 0.0 {
                flag::NO_TRADES
            } else {
                0
            },
        })
    }
}

fn reject(line_no: i64, raw: &[u8], reason: String) -> Reject {
    Reject {
        line_no,
        raw: text(raw),
        rules: vec!["candle.contract"],
        reason,
    }
}

/// Text for people: invalid bytes become the replacement character, the length is bounded.
#[must_use]
pub fn text(raw: &[u8]) -> String {
    const MAX_BYTES: usize = 16 * 1024;
    String::from_utf8_lossy(&raw[..raw.len().min(MAX_BYTES)]).into_owned()
}

/// Without white space and one pair of quotes around it.
#[must_use]
pub fn trim(cell: &[u8]) -> &[u8] {
    let cell = cell.trim_ascii();
    match cell {
        [b'"', inner @ .., b'"'] => inner.trim_ascii(),
        _ => cell,
    }
}
