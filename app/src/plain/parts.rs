//! Small pieces that the pages of batches share.

use leptos::prelude::*;

use crate::{
    components::status::{Level, Status},
    format, fragment,
    model::{Step, batch::BatchRowVm, format_age, format_utc_short},
};

/// Longest text in a cell, and of a note in a list, in characters.
const MAX_CELL: usize = 240;
const MAX_NOTE: usize = 110;

/// Last part of a path or address.
pub fn file_name(origin: &str) -> &str {
    match origin.rsplit(['/', '\\']).next() {
        Some(name) if !name.is_empty() => name,
        _ => origin,
    }
}

/// `BTC-USD bitfinex`
pub fn series(batch: &BatchRowVm) -> String {
    format!("{} {}", instrument(batch), batch.venue)
}

/// `BTC-USD`; news are about the market as a whole.
pub fn instrument(batch: &BatchRowVm) -> &str {
    match batch.instrument.as_str() {
        "*" => "whole market",
        instrument => instrument,
    }
}

/// `1m`, or nothing where there is no step.
pub fn step(step_ms: i64) -> String {
    match Step::of(step_ms) {
        Some(step) => step.name.to_owned(),
        None if step_ms > 0 => format_age(step_ms),
        None => String::new(),
    }
}

/// Level and word of a verdict on a file.
pub fn verdict(word: &str) -> (Level, &'static str) {
    match word {
        "trusted" => (Level::Ok, "Trusted"),
        "trusted with caution" => (Level::Warn, "Trusted with caution"),
        "not trusted" => (Level::Crit, "Not trusted"),
        "" => (Level::NoData, "Not judged"),
        _ => (Level::Unknown, "Unknown"),
    }
}

/// A titled part of a page.
pub fn panel(title: &'static str, id: &'static str, class: &'static str, body: AnyView) -> AnyView {
    view! {
        <section class=format!("panel {class}") aria-labelledby=id>
            <header class="panel-head"><h2 id=id>{title}</h2></header>
            {body}
        </section>
    }
    .into_any()
}

/// A status that does not change.
pub fn status(status: (Level, &'static str)) -> impl IntoView {
    view! { <Status status=Signal::stored(status)/> }
}

/// A moment in UTC to the minute; a dash for none.
pub fn when(at: Option<i64>) -> AnyView {
    match at {
        Some(at) => {
            let text = format_utc_short(at);
            let iso = text.replacen(' ', "T", 1) + "Z";
            view! { <time class="num nowrap" datetime=iso>{text}</time> }.into_any()
        }
        None => format::UNKNOWN.into_any(),
    }
}

/// A moment as its age at `now`, which goes on in the browser; a dash for `None`.
pub fn ago(at: Option<i64>, now: i64) -> AnyView {
    view! { <span inner_html=fragment::ago(at, now)></span> }.into_any()
}

/// A text that fits a cell.
pub fn cut(text: &str) -> String {
    cut_to(text, MAX_CELL)
}

/// A text that fits the list.
pub fn note(text: &str) -> String {
    cut_to(text, MAX_NOTE)
}

fn cut_to(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A duration; short ones to the tenth of a second.
pub fn took(ms: Option<i64>) -> String {
    match ms {
        None => format::UNKNOWN.to_owned(),
        Some(ms @ 0..10_000) => format!("{} s", format::decimal(ms as f64 / 1000.0, 1)),
        Some(ms) => format_age(ms),
    }
}

/// A share of 1 in percent, or a number, as it suits the distribution of that name.
pub fn value(name: &str, value: f64) -> String {
    match name {
        "return" => format!("{} %", format::decimal(value * 100.0, 3)),
        "close" => format::price(value),
        _ => format::plain(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_cells() {
        assert_eq!(file_name("/data/in/prices.csv.gz"), "prices.csv.gz");
        assert_eq!(file_name("C:\\data\\prices.csv"), "prices.csv");
        assert_eq!(file_name("prices/"), "prices/");
        assert_eq!(step(60_000), "1m");
        assert_eq!(step(0), "");
        assert_eq!(cut(&"é".repeat(300)).chars().count(), MAX_CELL + 1);
        assert_eq!(took(Some(1_234)), "1.2 s");
        assert_eq!(took(Some(61_000)), "1 min 1 s");
        assert_eq!(value("return", 0.0123), "1.230 %");
        assert_eq!(verdict("something new").0, Level::Unknown);
    }
}
