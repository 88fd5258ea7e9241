//! One row: time, prices, volumes.

use app::model::{Candle, DAY_MS, MINUTE_MS, bucket_start, flag};

use super::{CandleFormat, text};
use crate::refine::{
    dates::{self, Order, Reading},
    number::{BadNumber, decimal, epoch_ms, is_damaged_epoch, price},
};

/// What a row says.
pub(super) enum Row {
    Candle(Candle),
    /// A time, and nothing for it.
    NoPrice,
}

impl CandleFormat {
    /// The candle of a row; the error says what is wrong with it.
    pub(super) fn row(&self, line_no: i64, cells: &[&[u8]]) -> Result<Row, String> {
        let columns = &self.columns;
        if cells.len() <= columns.last_required() {
            return Err(format!(
                "{} columns, expected at least {}",
                cells.len(),
                columns.last_required() + 1
            ));
        }
        let (opened_at, mut flags) = self.opened_at(line_no, cells)?;
        self.same_symbol(cells)?;
        let prices = columns.prices().map(|column| price(cells[column]));
        let [Ok(open), Ok(mut high), Ok(mut low), Ok(close)] = prices else {
            if prices.iter().all(|price| *price == Err(BadNumber::Missing)) {
                return Ok(Row::NoPrice);
            }
            return Err(self.bad_price(cells));
        };
        if self.definition.rounded && (high < open.max(close) || low > open.min(close)) {
            let unit = last_digit(columns.prices().map(|column| cells[column]));
            let off = (open.max(close) - high).max(low - open.min(close));
            // the values are compared as written, 1.001 covers what binary fractions add
            if off <= unit * 1.001 && high >= low {
                high = high.max(open).max(close);
                low = low.min(open).min(close);
                flags |= flag::ROUNDED;
            }
        }
        let volume = match columns.volume {
            None => 0.0,
            Some(column) => match decimal(cells[column]) {
                Ok(volume) => {
                    if volume == 0.0 {
                        flags |= flag::NO_TRADES;
                    }
                    volume
                }
                Err(BadNumber::Missing) if self.definition.volume_optional => 0.0,
                Err(bad) => return Err(bad_number("volume", cells[column], bad)),
            },
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a count of trades beyond 2^53 is refused as negative later"
        )]
        let trades = optional("trades", cells, columns.trades)?.map(|trades| trades as i64);
        Ok(Row::Candle(Candle {
            opened_at,
            open,
            high,
            low,
            close,
            volume,
            quote_volume: optional("quote volume", cells, columns.quote_volume)?,
            trades,
            is_final: true,
            flags,
        }))
    }

    /// When the candle opens, and the flag of a date that contradicts it. Unix time beats a date; only where a
    /// spreadsheet has damaged it does the date beside it count.
    fn opened_at(&self, line_no: i64, cells: &[&[u8]]) -> Result<(i64, i64), String> {
        let cell = cells[self.columns.time];
        let date = self
            .columns
            .date
            .and_then(|column| cells.get(column).copied());
        if let Some(at_ms) = epoch_ms(cell) {
            let disagrees = date.is_some_and(|date| self.disagrees(line_no, at_ms, date));
            let flags = if disagrees { flag::DATE_DISAGREES } else { 0 };
            return Ok((at_ms, flags));
        }
        if is_damaged_epoch(cell) {
            let fallback = date.and_then(|date| self.date(line_no, date).ok());
            return fallback.map(|at_ms| (at_ms, 0)).ok_or_else(|| {
                format!(
                    "{:?}: a spreadsheet has cut the last digits of this time",
                    text(cell)
                )
            });
        }
        Ok((self.date(line_no, cell)?, 0))
    }

    /// The order of day and month at a line, if it is settled.
    pub(in crate::refine) fn order_of(&self, line_no: i64) -> Option<Order> {
        let settled = self.order.as_ref().and_then(|order| order.of(line_no));
        settled.or(self.default_order)
    }

    /// The moment of a date, in the order of its block.
    fn date(&self, line_no: i64, cell: &[u8]) -> Result<i64, String> {
        let reading = std::str::from_utf8(cell).ok().and_then(dates::read);
        match reading {
            None => Err(format!("{:?} is no time", text(cell))),
            Some(Reading::Fixed { at_ms, .. }) => Ok(at_ms),
            Some(Reading::Numeric(date)) => match self.order_of(line_no) {
                Some(order) => date.at_ms(order).ok_or_else(|| {
                    format!(
                        "{:?} is no date in the order of the rows around it",
                        text(cell)
                    )
                }),
                None => Err(format!(
                    "{:?} may be day-month-year or month-day-year; the rows around it do not tell",
                    text(cell)
                )),
            },
        }
    }

    /// True if the date beside an epoch number says another time. What the date leaves out (seconds, or the time of
    /// day) is no contradiction, and neither is what cannot be read.
    fn disagrees(&self, line_no: i64, at_ms: i64, date: &[u8]) -> bool {
        let reading =
            dates::read_iso(date).or_else(|| std::str::from_utf8(date).ok().and_then(dates::read));
        let differs = |said_ms: i64, date_only: bool| {
            if date_only {
                bucket_start(at_ms, DAY_MS) != said_ms
            } else {
                (at_ms - said_ms).abs() >= MINUTE_MS
            }
        };
        match reading {
            None => false,
            Some(Reading::Fixed { at_ms, date_only }) => differs(at_ms, date_only),
            Some(Reading::Numeric(date)) => {
                let orders = self
                    .order_of(line_no)
                    .map_or(Order::BOTH, |order| [order; 2]);
                orders
                    .into_iter()
                    .filter_map(|order| date.at_ms(order))
                    .all(|said_ms| differs(said_ms, date.date_only()))
            }
        }
    }

    /// What the date beside an epoch number says, for the evidence of a disagreement.
    #[must_use]
    pub fn date_beside(&self, raw: &[u8]) -> Option<String> {
        let cells = super::texts(raw, self.delimiter);
        cells.get(self.columns.date?).cloned()
    }

    fn same_symbol(&self, cells: &[&[u8]]) -> Result<(), String> {
        let Some(column) = self.columns.symbol.filter(|_| !self.symbol.is_empty()) else {
            return Ok(());
        };
        let symbol = cells.get(column).copied().unwrap_or_default();
        if symbol == self.symbol || symbol.is_empty() {
            return Ok(());
        }
        let symbol = text(symbol);
        let of = |symbol: &str| super::super::columns::instrument_of_symbol(symbol);
        if of(&symbol).is_some() && of(&symbol) == of(&text(&self.symbol)) {
            return Ok(());
        }
        Err(format!(
            "the row is of {symbol:?}, the file began with {:?}",
            text(&self.symbol)
        ))
    }

    fn bad_price(&self, cells: &[&[u8]]) -> String {
        let columns = &self.columns;
        let named = [
            ("open", columns.open),
            ("high", columns.high),
            ("low", columns.low),
            ("close", columns.close),
        ];
        named
            .into_iter()
            .find_map(|(name, column)| {
                let bad = price(cells[column]).err()?;
                Some(bad_number(name, cells[column], bad))
            })
            .unwrap_or_else(|| "a price cannot be read".to_owned())
    }
}

fn optional(name: &str, cells: &[&[u8]], column: Option<usize>) -> Result<Option<f64>, String> {
    let Some(cell) = column.and_then(|column| cells.get(column)) else {
        return Ok(None);
    };
    match decimal(cell) {
        Ok(value) => Ok(Some(value)),
        Err(BadNumber::Missing) => Ok(None),
        Err(bad) => Err(bad_number(name, cell, bad)),
    }
}

fn bad_number(name: &str, cell: &[u8], bad: BadNumber) -> String {
    match bad {
        BadNumber::Missing => format!("{name} has no value ({:?})", text(cell)),
        BadNumber::Unreadable => format!("{name} {:?} is no number", text(cell)),
    }
}

/// One unit of the last digit written, of the coarsest of the prices.
fn last_digit(cells: [&[u8]; 4]) -> f64 {
    let decimals = cells
        .iter()
        .map(|cell| {
            cell.iter()
                .position(|byte| *byte == b'.')
                .map_or(0, |point| cell.len() - point - 1)
        })
        .min()
        .unwrap_or(0);
    0.1_f64.powi(i32::try_from(decimals).unwrap_or(0))
}
