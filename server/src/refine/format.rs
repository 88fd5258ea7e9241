//! Reading the rows of a recognised candle file.

mod row;
mod scan;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use app::model::{Candle, MINUTE_MS, Reject};

use super::{
    columns::{CandleColumns, candle_columns},
    dates::Order,
    formats::{Definition, Market},
    order::DateOrder,
    split::{MAX_CELLS, split, texts},
};
use row::Row;

pub use super::{encoding::text, split::trim};
pub use scan::Scan;

/// Lines of a candle file that are no rows, by the reason why they were dropped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Nothing but white space and delimiters.
    pub blank: i64,
    /// The header again.
    pub headers: i64,
    /// A time with no price at all (`NaN`, `null` or empty): the source's way to write a gap. Neither a candle nor a
    /// broken row, so that it counts as no row.
    pub no_price: i64,
}

impl Dropped {
    /// Adds those of another stretch.
    pub fn add(&mut self, other: Self) {
        self.blank += other.blank;
        self.headers += other.headers;
        self.no_price += other.no_price;
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> i64 {
        self.blank + self.headers + self.no_price
    }
}

/// How to read a recognised candle file. Cheap to clone; a clone reads the same way.
#[derive(Debug, Clone)]
pub struct CandleFormat {
    /// Name for people: `bitfinex`, `cryptocompare`, `ohlcv`, …
    pub name: &'static str,
    /// Its definition.
    pub definition: &'static Definition,
    /// Why it is held to be that format.
    pub evidence: String,
    /// Column separator.
    pub delimiter: u8,
    /// Which column holds what; a header further down may change it.
    pub columns: CandleColumns,
    /// Interval of one row.
    pub step_ms: i64,
    /// Line of the header, if there is one; everything up to it is preamble.
    pub header_line: Option<i64>,
    /// Names in the header.
    pub header: Vec<String>,
    /// Instrument that the file itself names.
    pub instrument: Option<String>,
    /// What is traded.
    pub market: Market,
    /// What a person should know before relying on it.
    pub warnings: Vec<String>,
    /// The prices look computed: many decimals, and far from what Bitcoin ever cost then.
    pub is_synthetic: bool,
    /// Symbol of the first row: another one is another series.
    pub(super) symbol: Vec<u8>,
    /// What the caller or the definition says of the order of day and month where the file does not tell.
    pub(super) default_order: Option<Order>,
    /// An order under which the first rows can be looked at while none is settled.
    guess: Option<Order>,
    /// The format was named by the caller, or by the landing when the file was read first.
    pub(super) is_told: bool,
    /// Order of day and month by line, where the time is a date that needs one.
    order: Option<Arc<DateOrder>>,
    dropped: Dropped,
}

impl CandleFormat {
    /// A format of that definition; what the file itself tells is filled in by the recogniser.
    pub(super) fn new(
        definition: &'static Definition,
        delimiter: u8,
        columns: CandleColumns,
    ) -> Self {
        Self {
            name: definition.name,
            definition,
            evidence: String::new(),
            delimiter,
            columns,
            step_ms: MINUTE_MS,
            header_line: None,
            header: Vec::new(),
            instrument: None,
            market: definition.market,
            warnings: Vec::new(),
            is_synthetic: false,
            symbol: Vec::new(),
            default_order: definition.month_first.then_some(Order::MonthFirst),
            guess: None,
            is_told: false,
            order: None,
            dropped: Dropped::default(),
        }
    }

    /// The same for a look at the first rows, which need an order of day and month before it is settled.
    pub(super) fn probing(&self) -> Self {
        Self {
            default_order: self.default_order.or(self.guess),
            ..self.clone()
        }
    }

    /// True for a line that holds no row: preamble, header (also repeated further down), or blank. A header with other
    /// columns changes how the lines after it are read, so the lines must come in their order.
    pub fn is_skipped(&mut self, line_no: i64, raw: &[u8]) -> bool {
        if self.header_line.is_some_and(|header| line_no <= header) {
            return true;
        }
        // nearly every row begins with a digit
        match raw.first() {
            Some(b'0'..=b'9') => return false,
            None => {
                self.dropped.blank += 1;
                return true;
            }
            Some(_) => {}
        }
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == self.delimiter;
        if raw.iter().all(is_blank) {
            self.dropped.blank += 1;
            return true;
        }
        if !raw.iter().take(64).any(u8::is_ascii_alphabetic) {
            return false;
        }
        let header = texts(raw, self.delimiter);
        let is_again = header == self.header;
        if !is_again {
            let Some(columns) = candle_columns(&header) else {
                return false;
            };
            self.columns = columns;
            self.header = header;
        }
        self.dropped.headers += 1;
        true
    }

    /// Reads one row; `None` if it has a time and no price, which is how some sources write a gap.
    ///
    /// # Errors
    /// A [`Reject`] with rule `candle.contract` if a column is missing or holds no number or time.
    pub fn parse(&mut self, line_no: i64, raw: &[u8]) -> Result<Option<Candle>, Reject> {
        let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
        let count = split(raw, self.delimiter, &mut cells);
        match self.row(line_no, &cells[..count]) {
            Ok(Row::Candle(candle)) => Ok(Some(candle)),
            Ok(Row::NoPrice) => {
                self.dropped.no_price += 1;
                Ok(None)
            }
            Err(reason) => Err(Reject {
                line_no,
                raw: text(raw),
                rules: vec!["candle.contract"],
                reason,
            }),
        }
    }

    /// The lines that were dropped since this was last asked.
    pub fn take_dropped(&mut self) -> Dropped {
        std::mem::take(&mut self.dropped)
    }

    /// The instrument with the market in it: futures are another one than the coin.
    #[must_use]
    pub fn tagged(&self, instrument: &str) -> String {
        match self.market {
            Market::Futures if !instrument.ends_with(PERPETUAL) => {
                format!("{instrument}{PERPETUAL}")
            }
            _ => instrument.to_owned(),
        }
    }
}

/// Ending of an instrument that is a perpetual contract.
const PERPETUAL: &str = "-PERP";
