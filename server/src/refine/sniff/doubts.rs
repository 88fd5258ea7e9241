//! What a person should know before relying on a candle file: shown by `inspect` and in the report of an ingest.

use app::model::{Candle, HOUR_MS};

use crate::refine::{
    dates::{self, Reading},
    format::CandleFormat,
    number::epoch_ms,
    split::{MAX_CELLS, split},
};

type Line = (i64, Vec<u8>);

fn candles(format: &CandleFormat, lines: &[Line]) -> Vec<Candle> {
    let mut format = format.probing();
    let mut candles = Vec::new();
    for (line_no, line) in lines {
        if !format.is_skipped(*line_no, line)
            && let Ok(Some(candle)) = format.parse(*line_no, line)
        {
            candles.push(candle);
        }
    }
    candles
}

/// Swaps the two volumes where their names are reversed: the quote volume is the base volume times about the price.
pub(super) fn choose_volumes(format: &mut CandleFormat, lines: &[Line]) {
    let columns = format.columns;
    if columns.volume.is_none() || columns.quote_volume.is_none() {
        return;
    }
    let mut right = 0;
    let mut reversed = 0;
    for candle in candles(format, lines) {
        let (volume, quote) = (candle.volume, candle.quote_volume.unwrap_or(0.0));
        if volume > 0.0 && quote > 0.0 && candle.close > 0.0 {
            let off = |base: f64, quote: f64| (quote / base / candle.close).ln().abs();
            if off(volume, quote) <= off(quote, volume) {
                right += 1;
            } else {
                reversed += 1;
            }
        }
    }
    if reversed > 0 && reversed > 9 * right {
        format.columns.volume = columns.quote_volume;
        format.columns.quote_volume = columns.volume;
        let name = |column: Option<usize>| {
            column
                .and_then(|column| format.header.get(column))
                .cloned()
                .unwrap_or_default()
        };
        format.warnings.push(format!(
            "the volumes are named the wrong way round: the amount in coins is read from {:?}, the amount in money from \
             {:?}, as their ratio to the price shows",
            name(format.columns.volume),
            name(format.columns.quote_volume)
        ));
    }
}

/// Notes every doubt about the file.
pub(super) fn note(format: &mut CandleFormat, lines: &[Line]) {
    let candles = candles(format, lines);
    if candles.len() > 1 {
        let falls = candles
            .windows(2)
            .filter(|pair| pair[1].opened_at < pair[0].opened_at)
            .count();
        if falls * 10 >= (candles.len() - 1) * 9 {
            format
                .warnings
                .push("rows come newest first; they are sorted".to_owned());
        } else if falls > 0 {
            format.warnings.push(format!(
                "{falls} of {} rows are earlier than the row before them; they are sorted",
                candles.len()
            ));
        }
        let mut times: Vec<i64> = candles.iter().map(|candle| candle.opened_at).collect();
        times.sort_unstable();
        let repeated = times.windows(2).filter(|pair| pair[0] == pair[1]).count();
        if repeated > 0 {
            format
                .warnings
                .push(format!("{repeated} rows repeat the time of another one"));
        }
    }
    let disagreeing = candles
        .iter()
        .filter(|candle| candle.flags & app::model::flag::DATE_DISAGREES != 0)
        .count();
    if disagreeing > 0 {
        format.warnings.push(format!(
            "in {disagreeing} of {} rows the date says another time than the Unix time; Unix time is taken",
            candles.len()
        ));
    }
    if has_unproven_zone(format, lines) {
        format.warnings.push(
            "the times are dates without a zone, and no Unix time stands beside them: UTC is assumed, nothing proves it"
                .to_owned(),
        );
    }
    if many_decimals(format, lines) && far_from_market(&candles) {
        format.is_synthetic = true;
        format.warnings.push(
            "the prices look computed, not traded: 12 or more decimals everywhere, at a level Bitcoin did not have then"
                .to_owned(),
        );
    }
}

/// Dates with a time of day (days alone hardly depend on the zone) and no zone in them.
fn has_unproven_zone(format: &CandleFormat, lines: &[Line]) -> bool {
    let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
    format.step_ms <= 12 * HOUR_MS
        && lines.iter().any(|(_, line)| {
            let count = split(line, format.delimiter, &mut cells);
            let Some(cell) = cells[..count].get(format.columns.time) else {
                return false;
            };
            let says_zone = cell.ends_with(b"Z") || cell.ends_with(b"UTC") || cell.contains(&b'+');
            let reading = std::str::from_utf8(cell).ok().and_then(dates::read);
            epoch_ms(cell).is_none()
                && !says_zone
                && match reading {
                    None => false,
                    Some(Reading::Fixed { date_only, .. }) => !date_only,
                    Some(Reading::Numeric(date)) => !date.date_only(),
                }
        })
}

fn many_decimals(format: &CandleFormat, lines: &[Line]) -> bool {
    let mut cells: [&[u8]; MAX_CELLS] = [&[]; MAX_CELLS];
    let mut reader = format.clone();
    let (mut rows, mut long) = (0, 0);
    for (line_no, line) in lines {
        if reader.is_skipped(*line_no, line) {
            continue;
        }
        let count = split(line, format.delimiter, &mut cells);
        let decimals = |column: usize| {
            let cell = cells[..count].get(column).copied().unwrap_or_default();
            let point = memchr::memchr(b'.', cell).map_or(cell.len(), |point| point + 1);
            cell.len() - point
        };
        rows += 1;
        let prices = format.columns.prices();
        long += usize::from(prices.into_iter().all(|column| decimals(column) >= 12));
    }
    // a computed number ends in zeros now and then
    rows >= 10 && long * 10 >= rows * 7
}

/// Lowest and highest price of Bitcoin in US dollars by year from 2010, rounded outwards. Venues differ by far less than
/// the factor of 2 that is allowed.
const KNOWN: [(f64, f64); 16] = [
    (0.003, 0.5),
    (0.29, 32.0),
    (3.8, 16.5),
    (13.0, 1_240.0),
    (270.0, 1_020.0),
    (150.0, 505.0),
    (350.0, 990.0),
    (740.0, 19_900.0),
    (3_100.0, 17_700.0),
    (3_300.0, 13_900.0),
    (3_800.0, 29_400.0),
    (27_700.0, 69_000.0),
    (15_400.0, 48_300.0),
    (16_400.0, 45_000.0),
    (38_500.0, 108_500.0),
    (74_000.0, 126_500.0),
];

fn far_from_market(candles: &[Candle]) -> bool {
    let is_far = |candle: &&Candle| {
        let date = app::model::format_utc_short(candle.opened_at);
        let year: Option<usize> = date.get(..4).and_then(|year| year.parse().ok());
        let known = year
            .and_then(|year| year.checked_sub(2010))
            .and_then(|index| KNOWN.get(index));
        known.is_some_and(|(low, high)| candle.close < low / 2.0 || candle.close > high * 2.0)
    };
    let far = candles.iter().filter(is_far).count();
    far > 0 && far * 2 >= candles.len()
}
