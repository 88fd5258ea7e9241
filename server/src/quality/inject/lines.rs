//! Faults in the text of a file: a row that was not touched keeps its text to the letter; of one that was, only the
//! cells that say something else are written anew.

use std::ops::Range;

use app::model::Candle;

/// The cells of a line that hold what a candle is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patch {
    /// Column separator.
    pub delimiter: u8,
    /// Columns of time, open, high, low, close.
    pub required: [usize; 5],
    /// Columns of volume and quote volume.
    pub volumes: [Option<usize>; 2],
    /// A date beside the time, which has to say the same.
    pub date: Option<usize>,
}

/// The line of `good`, changed to say `bad`.
#[must_use]
pub fn patched(line: &str, patch: &Patch, good: &Candle, bad: &Candle) -> String {
    let cells = cells(line, patch.delimiter);
    let mut changes: Vec<(usize, String)> = Vec::new();
    let [time, open, high, low, close] = patch.required;
    if good.opened_at != bad.opened_at {
        let cell = cells.get(time).map_or("", |cell| &line[cell.clone()]);
        changes.push((time, time_like(cell, good.opened_at, bad.opened_at)));
        changes.extend(patch.date.map(|date| (date, date_of(bad.opened_at))));
    }
    let prices = [
        (open, good.open, bad.open),
        (high, good.high, bad.high),
        (low, good.low, bad.low),
        (close, good.close, bad.close),
    ];
    let [volume, quote_volume] = patch.volumes;
    let volumes = [
        volume.map(|column| (column, good.volume, bad.volume)),
        quote_volume
            .zip(good.quote_volume.zip(bad.quote_volume))
            .map(|(column, (good, bad))| (column, good, bad)),
    ];
    for (column, good, bad) in prices.into_iter().chain(volumes.into_iter().flatten()) {
        if good != bad {
            changes.push((column, bad.to_string()));
        }
    }
    changes.sort_by_key(|(column, _)| *column);
    let mut text = String::with_capacity(line.len() + 16);
    let mut from = 0;
    for (column, value) in changes {
        let Some(cell) = cells.get(column) else {
            continue;
        };
        if cell.start < from {
            continue;
        }
        text.push_str(&line[from..cell.start]);
        text.push_str(&value);
        from = cell.end;
    }
    text.push_str(&line[from..]);
    text
}

/// Where the cells of a line are, without quotes and white space around them.
fn cells(line: &str, delimiter: u8) -> Vec<Range<usize>> {
    let mut cells = Vec::new();
    let (mut start, mut quoted) = (0, false);
    let end_of_line = line.trim_end_matches(['\r', '\n']).len();
    for (at, byte) in line.bytes().enumerate().take(end_of_line) {
        if byte == b'"' {
            quoted = !quoted;
        } else if byte == delimiter && !quoted {
            cells.push(inner(line, start..at));
            start = at + 1;
        }
    }
    cells.push(inner(line, start..end_of_line));
    cells
}

fn inner(line: &str, cell: Range<usize>) -> Range<usize> {
    let text = &line[cell.clone()];
    let kept = text.trim_matches(|c: char| c == '"' || c.is_ascii_whitespace());
    let start = cell.start + (kept.as_ptr() as usize - text.as_ptr() as usize);
    start..start + kept.len()
}

/// A time in the unit of the cell; a date becomes one with its zone.
fn time_like(cell: &str, good: i64, bad: i64) -> String {
    match cell.parse::<f64>() {
        Ok(number) if good != 0 => {
            let unit = number / good as f64;
            let unit = [0.001, 1.0, 1000.0, 1_000_000.0]
                .into_iter()
                .min_by(|a, b| (unit - a).abs().total_cmp(&(unit - b).abs()))
                .unwrap_or(1.0);
            format!("{:.0}", bad as f64 * unit)
        }
        _ => date_of(bad),
    }
}

fn date_of(at_ms: i64) -> String {
    chrono::DateTime::from_timestamp_millis(at_ms).map_or_else(
        || at_ms.to_string(),
        |at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    )
}
