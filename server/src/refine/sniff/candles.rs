//! Candle files: which columns hold what, and whether the rows bear it out.

use super::{Sample, Wanted, doubts};
use crate::refine::{
    columns::{CandleColumns, candle_columns, instrument_of_symbol, quote_of_header},
    dates,
    format::{CandleFormat, Scan},
    formats::{Definition, FORMATS, Market},
    number::{GENESIS_MS, epoch_ms, is_damaged_epoch},
    split::{MAX_CELLS, filled, split},
};

type Line = (i64, Vec<u8>);

/// What came of reading some lines in one way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fit {
    /// Lines that are rows.
    pub(super) rows: usize,
    /// Rows that could be read.
    pub(super) candles: usize,
    /// Candles with a possible time whose high is the highest and whose low is the lowest price.
    pub(super) sound: usize,
    /// Rows with a time and no price.
    pub(super) no_price: usize,
}

impl Fit {
    pub(super) fn of(format: &CandleFormat, lines: &[Line]) -> Self {
        let mut format = format.probing();
        let mut fit = Self::default();
        for (line_no, line) in lines {
            if format.is_skipped(*line_no, line) {
                continue;
            }
            fit.rows += 1;
            match format.parse(*line_no, line) {
                Ok(Some(candle)) => {
                    fit.candles += 1;
                    fit.sound += usize::from(
                        candle.low > 0.0
                            && candle.opened_at >= GENESIS_MS
                            && candle.high >= candle.open.max(candle.close)
                            && candle.low <= candle.open.min(candle.close),
                    );
                }
                Ok(None) => fit.no_price += 1,
                Err(_) => {}
            }
        }
        fit
    }
}

/// A header of candles.
#[derive(Debug)]
pub(super) struct Headed {
    pub(super) definition: &'static Definition,
    pub(super) delimiter: u8,
    pub(super) header_line: i64,
    pub(super) header: Vec<String>,
    pub(super) columns: CandleColumns,
}

impl Headed {
    pub(super) fn read(
        self,
        sample: &Sample,
        wanted: Option<&Wanted>,
    ) -> Result<CandleFormat, String> {
        let after = sample
            .lines
            .iter()
            .position(|(line_no, _)| *line_no > self.header_line);
        let Some(lines) = after.map(|after| &sample.lines[after..]) else {
            return Err("a header, but no data rows".to_owned());
        };
        let mut format = CandleFormat::new(self.definition, self.delimiter, self.columns);
        format.header_line = Some(self.header_line);
        format.header = self.header;
        format.columns = moved_by_index(&format, lines);
        choose_time(&mut format, lines)?;
        let mut format = settled(format, lines, wanted)?;
        choose_prices(&mut format, lines);
        doubts::choose_volumes(&mut format, lines);
        let fit = Fit::of(&format, lines);
        if fit.candles + fit.no_price == 0 {
            return Err(format!(
                "the header is one of candles, but none of the {} rows below it can be read",
                fit.rows
            ));
        }
        format.evidence = format!(
            "header names time, open, high, low, close; {} of {} rows read as candles, {} with high the highest and low \
             the lowest price",
            fit.candles, fit.rows, fit.sound
        );
        name_instrument(&mut format, lines);
        doubts::note(&mut format, lines);
        Ok(format)
    }
}

/// Where rows have one cell more than the header names, the first is an index that the header leaves out.
fn moved_by_index(format: &CandleFormat, lines: &[Line]) -> CandleColumns {
    let names = format
        .header
        .iter()
        .rposition(|name| !name.is_empty())
        .map_or(0, |last| last + 1);
    let count = |line: &[u8]| {
        let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
        let count = split(line, format.delimiter, &mut cells);
        filled(&cells[..count])
    };
    let longer = lines.iter().filter(|(_, line)| count(line) == names + 1);
    let columns = format.columns;
    if longer.count() * 10 >= lines.len() * 9 && readable(format, lines, columns.time).readable == 0
    {
        let moved = columns.shifted(1);
        if readable(format, lines, moved.time).readable > 0 {
            return moved;
        }
    }
    columns
}

/// How many cells of a column hold times.
#[derive(Debug, Clone, Copy, Default)]
struct Times {
    readable: usize,
    epochs: usize,
    damaged: usize,
}

fn readable(format: &CandleFormat, lines: &[Line], column: usize) -> Times {
    let mut times = Times::default();
    let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
    for (_, line) in lines {
        let count = split(line, format.delimiter, &mut cells);
        let Some(cell) = cells[..count].get(column) else {
            continue;
        };
        if epoch_ms(cell).is_some_and(|at_ms| at_ms >= GENESIS_MS) {
            times.epochs += 1;
            times.readable += 1;
        } else if is_damaged_epoch(cell) {
            times.damaged += 1;
        } else if std::str::from_utf8(cell).is_ok_and(|cell| dates::read(cell).is_some()) {
            times.readable += 1;
        }
    }
    times
}

/// The first time column whose values can be read; a header may promise an epoch and hold something else, or what a
/// spreadsheet has left of it.
fn choose_time(format: &mut CandleFormat, lines: &[Line]) -> Result<(), String> {
    let columns = format.columns;
    let named = (0..format.header.len()).filter(|column| {
        let name = format.header[*column].to_lowercase();
        name.contains("date") || name.contains("time") || name == "unix"
    });
    let promised = readable(format, lines, columns.time);
    let candidates: Vec<usize> = std::iter::once(columns.time)
        .chain(columns.date)
        .chain(named)
        .collect();
    let chosen = candidates.iter().copied().find(|column| {
        let times = readable(format, lines, *column);
        times.readable > 0 && times.readable >= times.damaged
    });
    let Some(time) = chosen else {
        return Err(if promised.damaged > 0 {
            "a spreadsheet has rewritten the time column (as 1.61888E+12): the digits that tell hours and minutes are lost, \
             and no date stands beside it; get the file again and do not save it from a spreadsheet"
                .to_owned()
        } else {
            "the time column holds no time that can be trusted (an epoch number or a date)"
                .to_owned()
        });
    };
    if promised.damaged > 0 && time != columns.time {
        format.warnings.push(format!(
            "a spreadsheet has rewritten the column {:?} (as 1.61888E+12): times are taken from {:?}, whose zone nothing \
             proves; UTC is assumed",
            format.header.get(columns.time).map_or("", String::as_str),
            format.header.get(time).map_or("", String::as_str)
        ));
    } else if time != columns.time {
        format.warnings.push(format!(
            "the column {:?} holds no times: they are taken from {:?}",
            format.header.get(columns.time).map_or("", String::as_str),
            format.header.get(time).map_or("", String::as_str)
        ));
    }
    // a date beside is worth comparing only if it is one
    let is_date = |column: &usize| {
        let times = readable(format, lines, *column);
        *column != time && times.readable > 0 && times.epochs == 0
    };
    let date = candidates.iter().copied().find(is_date);
    format.columns = CandleColumns {
        time,
        date,
        ..columns
    };
    Ok(())
}

/// Step and order of day and month as far as the first lines show them.
fn settled(
    mut format: CandleFormat,
    lines: &[Line],
    wanted: Option<&Wanted>,
) -> Result<CandleFormat, String> {
    if let Some(wanted) = wanted {
        format.is_told = true;
        format.default_order = wanted.order.or(format.default_order);
    }
    let mut scan = Scan::new(&format);
    for (line_no, line) in lines {
        scan.observe(*line_no, line);
    }
    scan.so_far(format)
}

/// Where the names in the header contradict nearly every row and another order of the price columns contradicts none,
/// the values are right. Open stays before close where both orders fit.
fn choose_prices(format: &mut CandleFormat, lines: &[Line]) {
    let named = Fit::of(format, lines);
    if named.candles < 10 || named.sound * 2 >= named.candles {
        return;
    }
    let columns = format.columns;
    let [open, high, low, close] = columns.prices();
    // the highest and the lowest of four columns can be any two of them
    let all = [open, high, low, close];
    let mut best: Option<(usize, [usize; 4])> = None;
    for high in all {
        for low in all {
            let rest: Vec<usize> = all
                .into_iter()
                .filter(|column| *column != high && *column != low)
                .collect();
            let &[open, close] = rest.as_slice() else {
                continue;
            };
            let prices = [open, high, low, close];
            let mut tried = format.clone();
            tried.columns = columns.with_prices(prices);
            let sound = Fit::of(&tried, lines).sound;
            if best.is_none_or(|(most, _)| sound > most) {
                best = Some((sound, prices));
            }
        }
    }
    if let Some((sound, prices)) = best
        && sound * 20 >= named.candles * 19
    {
        format.columns = columns.with_prices(prices);
        let name = |column: usize| format.header.get(column).cloned().unwrap_or_default();
        let [open, high, low, close] = prices.map(name);
        format.warnings.push(format!(
            "the names in the header contradict the values: open is read from {open:?}, high from {high:?}, low from \
             {low:?}, close from {close:?}"
        ));
    }
}

/// Rows without a header: of all formats of that width, the one whose column order the rows bear out.
pub(super) fn headless(
    sample: &Sample,
    wanted: Option<&Wanted>,
) -> Option<Result<CandleFormat, String>> {
    // spot and futures have the same columns: only the whole file can show that they are futures
    let candidates = FORMATS.iter().filter(|definition| match wanted {
        Some(wanted) => wanted
            .definition
            .is_some_and(|it| it.name == definition.name),
        None => definition.market == Market::Spot,
    });
    let candidates: Vec<&Definition> = candidates.collect();
    let is_header = |delimiter: u8| {
        let first = 0..sample.lines.len().min(super::MAX_PREAMBLE + 1);
        first
            .into_iter()
            .any(|position| candle_columns(&sample.names(position, delimiter).1).is_some())
    };
    if super::DELIMITERS.into_iter().any(is_header) {
        return None;
    }
    let mut best: Option<(CandleFormat, Fit)> = None;
    let mut fits_width = false;
    let mut equal: Vec<&'static str> = Vec::new();
    for delimiter in super::DELIMITERS {
        for definition in &candidates {
            let Some(headless) = definition.headless else {
                continue;
            };
            let is_wide = |(_, line): &&Line| {
                let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
                let count = split(line, delimiter, &mut cells);
                let filled = filled(&cells[..count]);
                (headless.width.0..=headless.width.1).contains(&filled)
                    && epoch_ms(cells[headless.columns.time]).is_some_and(|at| at >= GENESIS_MS)
            };
            let wide = sample.lines.iter().filter(is_wide).count();
            let enough = if wanted.is_some() { 2 } else { 9 };
            if wide == 0 || wide * 10 < sample.lines.len() * enough {
                continue;
            }
            fits_width = true;
            let format = CandleFormat::new(definition, delimiter, headless.columns);
            let fit = Fit::of(&format, &sample.lines);
            let rank = |name: &str, fit: &Fit| (fit.sound, name == "bitfinex");
            match &best {
                Some((known, most)) if fit.sound == most.sound && fit.sound > 0 => {
                    equal.extend([known.name, format.name]);
                    if rank(format.name, &fit) > rank(known.name, most) {
                        best = Some((format, fit));
                    }
                }
                Some((known, most)) if rank(known.name, most) >= rank(format.name, &fit) => {}
                _ => {
                    equal.clear();
                    best = Some((format, fit));
                }
            }
        }
    }
    let enough = if wanted.is_some() { 5 } else { 8 };
    let Some((format, fit)) =
        best.filter(|(_, fit)| fit.sound > 0 && fit.sound * 10 >= fit.rows * enough)
    else {
        return fits_width.then(|| {
            Err(
                "columns of numbers behind a time, but in no known order is high the highest and low the lowest"
                    .to_owned(),
            )
        });
    };
    Some(finish_headless(format, fit, &equal, sample, wanted))
}

fn finish_headless(
    format: CandleFormat,
    fit: Fit,
    equal: &[&'static str],
    sample: &Sample,
    wanted: Option<&Wanted>,
) -> Result<CandleFormat, String> {
    let mut format = settled(format, &sample.lines, wanted)?;
    format.evidence = format!(
        "no header; high ≥ open, close ≥ low in {} of {} rows in this column order",
        fit.sound, fit.rows
    );
    if equal.contains(&format.name) && wanted.is_none() {
        let mut others: Vec<&str> = equal
            .iter()
            .copied()
            .filter(|name| *name != format.name)
            .collect();
        others.sort_unstable();
        others.dedup();
        format.warnings.push(format!(
            "the rows fit the column order of {} as well: say which it is with --format",
            others.join(" and ")
        ));
    }
    if format.name == "binance" && wanted.is_none() {
        format.warnings.push(
            "Binance files of spot and of futures before 2022 look the same: spot is assumed; if it is not, say --format \
             binance-futures"
                .to_owned(),
        );
    }
    doubts::choose_volumes(&mut format, &sample.lines);
    name_instrument(&mut format, &sample.lines);
    doubts::note(&mut format, &sample.lines);
    Ok(format)
}

/// The instrument of the symbol column, else the quote currency in a column's name.
fn name_instrument(format: &mut CandleFormat, lines: &[Line]) {
    let symbol = format.columns.symbol.and_then(|column| {
        lines.iter().find_map(|(line_no, line)| {
            let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
            let count = split(line, format.delimiter, &mut cells);
            let cell = cells[..count].get(column)?;
            let is_row = format.probing().parse(*line_no, line).is_ok();
            let instrument = instrument_of_symbol(&crate::refine::encoding::text(cell))?;
            is_row.then(|| (cell.to_vec(), instrument))
        })
    });
    match symbol {
        Some((symbol, instrument)) => {
            format.symbol = symbol;
            format.instrument = Some(instrument);
        }
        None => {
            format.instrument = quote_of_header(&format.header).map(|quote| format!("BTC-{quote}"));
        }
    }
}
