//! What only the whole file can tell: the order of day and month, and whether Binance klines are of futures.

use std::sync::Arc;

use super::CandleFormat;
use crate::refine::{
    columns::candle_columns,
    dates::{self, Order, Reading},
    formats::{Market, definition},
    number::{EpochUnit, epoch},
    order::DateOrder,
    split::{MAX_CELLS, split, texts},
    step::step_of,
};

/// Rows whose times tell the step.
const STEP_ROWS: usize = 1000;
/// Binance Vision writes spot klines in microseconds from here on (1 January 2025), those of futures never.
const MICROSECONDS_FROM_MS: i64 = 1_735_689_600_000;

/// One pass over the lines of a file.
#[derive(Debug)]
pub struct Scan {
    reader: CandleFormat,
    order: DateOrder,
    first: Vec<(i64, Reading)>,
    futures: Option<&'static str>,
}

impl CandleFormat {
    /// True if a [`Scan`] over the whole file has to come before its rows are read.
    #[must_use]
    pub fn needs_scan(&self) -> bool {
        self.order.is_some() || (self.name == "binance" && !self.is_told)
    }

    /// The time of a row, if it can be read.
    pub(in crate::refine) fn reading(&self, raw: &[u8]) -> Option<Reading> {
        let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
        let count = split(raw, self.delimiter, &mut cells);
        let cell = cells[..count].get(self.columns.time)?;
        match epoch(cell) {
            Some((at_ms, _)) => Some(Reading::Fixed {
                at_ms,
                date_only: false,
            }),
            None => dates::read(std::str::from_utf8(cell).ok()?),
        }
    }
}

impl Scan {
    /// Begins with a recognised format.
    #[must_use]
    pub fn new(format: &CandleFormat) -> Self {
        Self {
            reader: format.clone(),
            order: DateOrder::default(),
            first: Vec::new(),
            futures: None,
        }
    }

    /// Takes the next line.
    pub fn observe(&mut self, line_no: i64, raw: &[u8]) {
        if self.reader.is_skipped(line_no, raw) {
            if self.reader.name == "binance" && self.is_futures_header(raw) {
                self.futures = Some("a header of futures klines stands among the rows");
            }
            return;
        }
        let reading = self.reader.reading(raw);
        if self.reader.name == "binance" && self.is_late_in_milliseconds(raw) {
            self.futures =
                Some("times after 2024 are in milliseconds, where spot has microseconds");
        }
        if let Some(reading) = reading.filter(|_| self.first.len() < STEP_ROWS) {
            self.first.push((line_no, reading));
        }
        self.order.observe(line_no, reading);
    }

    fn is_futures_header(&self, raw: &[u8]) -> bool {
        let header = texts(raw, self.reader.delimiter);
        let known = definition("binance-futures").and_then(|futures| futures.header);
        candle_columns(&header).is_some() && known.is_some_and(|known| known.fits(&header))
    }

    fn is_late_in_milliseconds(&self, raw: &[u8]) -> bool {
        let end = memchr::memchr(self.reader.delimiter, raw).unwrap_or(raw.len());
        matches!(
            epoch(raw[..end].trim_ascii()),
            Some((at_ms, EpochUnit::Milliseconds)) if at_ms >= MICROSECONDS_FROM_MS
        )
    }

    /// Times of the first rows under what is settled; rows that stay open are left out.
    pub(in crate::refine) fn times(&self, format: &CandleFormat) -> Vec<i64> {
        let at = |(line_no, reading): &(i64, Reading)| match reading {
            Reading::Fixed { at_ms, .. } => Some(*at_ms),
            Reading::Numeric(date) => date.at_ms(self.order.of(*line_no).or(format.default_order)?),
        };
        self.first.iter().filter_map(at).collect()
    }

    /// The format with what the first lines have shown: what is open may be settled by the rest of the file.
    ///
    /// # Errors
    /// When no time can be read.
    pub(in crate::refine) fn so_far(
        mut self,
        mut format: CandleFormat,
    ) -> Result<CandleFormat, String> {
        self.order.decide();
        let told = format.default_order;
        let mut step_ms = step_of(&[]);
        for guess in [told, Some(Order::DayFirst), Some(Order::MonthFirst)] {
            format.default_order = guess;
            step_ms = step_of(&self.times(&format));
            if step_ms.is_ok() {
                format.guess = guess;
                break;
            }
        }
        format.default_order = told;
        format.step_ms = step_ms?;
        format.order = self.has_numeric().then(|| Arc::new(self.order));
        Ok(format)
    }

    fn has_numeric(&self) -> bool {
        let is_numeric = |reading: &Reading| matches!(reading, Reading::Numeric(_));
        self.first.iter().any(|(_, reading)| is_numeric(reading))
    }

    /// The format with what the scan has shown.
    ///
    /// # Errors
    /// When the times cannot be read in one way only.
    pub fn finish(mut self, mut format: CandleFormat) -> Result<CandleFormat, String> {
        self.order.decide();
        let has_numeric = self.has_numeric();
        if has_numeric && self.order.is_open() {
            let example = self.example(&format);
            if format.default_order.is_none() {
                return Err(format!(
                    "the dates ({example}) may be day-month-year or month-day-year, and no row tells which: no number is \
                     above 12 and the rows are in no order that would show it; say it with --format {}:day-first or \
                     {}:month-first",
                    format.name, format.name
                ));
            }
        }
        if let Some(why) = self.futures.filter(|_| !format.is_told)
            && let Some(futures) = definition("binance-futures")
        {
            format.name = futures.name;
            format.definition = futures;
            format.market = Market::Futures;
            format.evidence = format!("{}; {why}", format.evidence);
        }
        let times = self.times(&format);
        format.step_ms = step_of(&times)?;
        format.order = has_numeric.then(|| Arc::new(self.order));
        Ok(format)
    }

    /// A date that has two readings.
    fn example(&self, format: &CandleFormat) -> String {
        let numeric = self.first.iter().find_map(|(_, reading)| match reading {
            Reading::Numeric(date) => Some(date),
            Reading::Fixed { .. } => None,
        });
        numeric.map_or_else(|| format.name.to_owned(), |date| format!("such as {date}"))
    }
}
