//! The text beside the sample files.

use app::model::{MINUTE_MS, format_utc_short};

use super::{CANDLES_FILE, DAYS, END, NEWS_FILE, START, candles::Candles, news::News};

pub(super) fn text(seed: u64, candles: &Candles, news: &News) -> String {
    let at = |at_ms: i64| format_utc_short(at_ms);
    let list = |times: &[i64]| -> String {
        let times: Vec<String> = times.iter().map(|time| at(*time)).collect();
        times.join(", ")
    };
    let gaps: String = candles
        .gaps
        .iter()
        .map(|(from, minutes)| {
            let last = from + (minutes - 1) * MINUTE_MS;
            format!("  - {minutes} minutes, {} to {}\n", at(*from), at(last))
        })
        .collect();
    format!(
        "# Sample data: synthetic

Nothing here happened. Prices come from the simulator's market (seed {seed}), articles from invented parts; no real
company, person or event is meant. `assay sample` writes these files again, byte for byte. Times are UTC.

## {CANDLES_FILE}

{rows} rows: one-minute candles from {start} to {last}, {DAYS} days, in the columns of a CryptoCompare export
(`time` in seconds, the high before the low before the open). Dirt in it:

- gaps:
{gaps}- {repeated} minutes twice with the same values: {repeated_list}
- one minute twice with different values: {conflicting}
- one bar with high and low exchanged: {impossible}
- one spike, a close 3 % too high that the next minute takes back: {spike} (the range of these two bars is wide too)
- two rows of `NaN`: {empty}
- one negative low: {negative}

## {NEWS_FILE}

{articles} records, newest first, semicolons between cells, dates as day-month-year, sentiment as the text of a Python
dict. Dirt in it:

- {doubled} doubled urls (`https://a.examplehttps://a.example/…`)
- {escapes} records with `\\xa0` escapes in title and text
- {newlines} records with empty lines within a quoted cell, {quotes} with quotes and semicolons within one
- {same} records that come twice, {copied} headlines that a second source repeats under its own url
- one date that cannot be read (`{bad_date}`), one record without a title
",
        rows = candles.rows,
        start = at(START),
        last = at(END - MINUTE_MS),
        repeated = candles.repeated.len(),
        repeated_list = list(&candles.repeated),
        conflicting = at(candles.conflicting),
        impossible = at(candles.impossible),
        spike = at(candles.spike),
        empty = list(&candles.empty),
        negative = at(candles.negative),
        articles = news.rows,
        doubled = news.doubled_urls,
        escapes = news.escapes,
        newlines = news.newlines,
        quotes = news.quotes,
        same = news.repeated,
        copied = news.copied,
        bad_date = super::news::BAD_DATE_TEXT,
    )
}
