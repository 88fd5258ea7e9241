//! What the words, the checks and the colours mean.

use leptos::prelude::*;

use super::{parts::status, shell::part};
use crate::components::status::Level;

const WORDS: [(&str, &str); 12] = [
    (
        "Instrument",
        "What is priced: BTC-USD, BTC-USDT. The two are never the same thing.",
    ),
    (
        "Venue",
        "Who published it: an exchange, the simulator, or the publisher of a file.",
    ),
    (
        "Landing",
        "A payload exactly as it arrived: the answer of an exchange, or a file. This is bronze.",
    ),
    (
        "Candle, trade, quote, book, article",
        "A clean, typed row. This is silver.",
    ),
    (
        "Quarantine",
        "Rows that broke a hard rule, kept with their raw text and every rule they broke.",
    ),
    (
        "Bar",
        "What is computed from silver: candles of 5 minutes to a week with averages. This is gold.",
    ),
    (
        "Consensus",
        "The median of the prices of an instrument's venues that are fresh and healthy, and how far each is from it.",
    ),
    (
        "Primary venue",
        "The venue whose series of an instrument is shown by default. If it fails, the next healthy one takes its place \
        until it is well again: a fail-over. The two are never mixed in one series.",
    ),
    (
        "Gap",
        "A stretch without data, from the moment it was noticed until it is filled from the venue's history, or recorded \
        with the reason why it cannot be.",
    ),
    (
        "Run",
        "One execution of a step of a pipeline, with counts and outcome.",
    ),
    (
        "Check",
        "A rule about data. Its result is about one entity, such as one feed or one file.",
    ),
    (
        "Alert",
        "One open problem: a check, an entity, a state, a history. It opens and resolves by itself.",
    ),
];

const DIMENSIONS: [(&str, &str); 6] = [
    (
        "Completeness",
        "Is everything there that should be? Missing minutes, gaps, rows that vanished between layers.",
    ),
    (
        "Validity",
        "Can a row be true at all? Prices above zero, the high not below the low, dates in range.",
    ),
    (
        "Uniqueness",
        "Is anything there twice, and do the copies agree?",
    ),
    (
        "Consistency",
        "Do the parts agree with each other? Crossed books, live against batch, sums against their rows.",
    ),
    (
        "Timeliness",
        "Is it new enough? Silent feeds, prices that stand still, ages against their limits.",
    ),
    (
        "Accuracy",
        "Is it plausible? Jumps far outside what came before, spikes that the next candle takes back.",
    ),
];

const STATES: [(Level, &str, &str); 6] = [
    (
        Level::Ok,
        "OK",
        "Judged, and the rule holds. Only this means that the data is right.",
    ),
    (
        Level::Warn,
        "Warning",
        "Worth a look before you rely on it.",
    ),
    (
        Level::Crit,
        "Error or critical",
        "Wrong: do not rely on it, nor on what was computed from it.",
    ),
    (
        Level::NoData,
        "No data",
        "There was nothing to judge although there should be.",
    ),
    (
        Level::Unknown,
        "Not evaluated",
        "The rule could not be tested. This is not the same as healthy.",
    ),
    (Level::Info, "Info", "At work, or for the record."),
];

const KEYS: [(&str, &str); 10] = [
    (
        "Tab",
        "to the next link, button or table; the first one skips to the content",
    ),
    (
        "Esc",
        "close the alert beside the lists; in the chart: leave it",
    ),
    ("← →", "in the chart: one candle back or on, with Shift ten"),
    ("↑ ↓", "in the chart: to the previous or next issue"),
    ("+ −", "in the chart: zoom"),
    ("Page ↑ Page ↓", "in the chart: one screen back or on"),
    ("Home End", "in the chart: to the oldest or newest candle"),
    ("L, A", "in the chart: logarithmic scale, automatic scale"),
    ("1 – 7", "in the chart: step, from a minute to a week"),
    ("T", "in the chart: the same data as a table"),
];

fn definitions<const N: usize>(pairs: [(&'static str, &'static str); N]) -> impl IntoView {
    let pairs: Vec<_> = pairs
        .into_iter()
        .map(|(name, text)| view! { <div><dt>{name}</dt><dd>{text}</dd></div> })
        .collect();
    view! { <dl class="definitions">{pairs}</dl> }
}

/// The page's text as HTML.
#[must_use]
pub fn text() -> String {
    part(article)
}

fn article() -> AnyView {
    let states: Vec<_> = STATES
        .into_iter()
        .map(|(level, word, text)| {
            view! { <div><dt>{status((level, word))}</dt><dd>{text}</dd></div> }
        })
        .collect();
    view! {
        <h1>"About Assay"</h1>
            <p class="lead">
                "Assay tells you whether you can trust your market data. Two pipelines, one live and one for files, refine
                prices and news through bronze, silver and gold tables. The same checks judge both. An assay is the test
                that tells gold from what only looks like it."
            </p>
            <section class="panel"><h2>"Words"</h2>{definitions(WORDS)}</section>
            <section class="panel"><h2>"What a status says"</h2><dl class="definitions">{states}</dl></section>
            <section class="panel"><h2>"What the checks ask"</h2>{definitions(DIMENSIONS)}</section>
            <section class="panel">
                <h2>"What the verdict says"</h2>
                <p>
                    "The verdict is the worst of what is open. Usable: nothing is wrong. Usable with caution: warnings stand.
                    Not to be trusted: an error stands. Unknown: nothing could be judged."
                </p>
                <p>
                    "An alert is opened once for a check and an entity, however often the problem is seen, and changes its
                    state when the data does. A check that could not be tested never counts as passed."
                </p>
            </section>
            <section class="panel"><h2>"Keyboard"</h2>{definitions(KEYS)}</section>
            <section class="panel">
                <h2>"Colours"</h2>
                <p>
                    "A status always has a shape and a word beside its colour, because red and green look alike to many
                    readers. Rising candles are hollow and blue, falling ones filled and orange: a pair that stays apart under
                    every common kind of colour blindness. Times are UTC."
                </p>
                <p>
                    "Prices marked SIMULATED come from the built-in simulator or from sample data. They are never mixed with
                    those of a market."
                </p>
            </section>
    }
    .into_any()
}
