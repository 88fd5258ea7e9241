//! What the layers hold.

use axum::routing::{MethodRouter, get};

use super::super::{Endpoint, filter, live, rows};
use crate::web::{AppState, openapi};

/// Endpoints with their handlers.
pub fn endpoints() -> Vec<(Endpoint, MethodRouter<AppState>)> {
    vec![
        (
            Endpoint::read(
                "/health",
                "",
                "Verdict, layers, feeds, completeness, open alerts and scores",
                &[],
            ),
            get(rows::health),
        ),
        (
            Endpoint::read(
                "/quotes",
                "quotes",
                "Live quotes, oldest first",
                filter::SERIES,
            ),
            get(rows::quotes),
        ),
        (
            Endpoint::read(
                "/candles",
                "candles",
                "Bars of a series, oldest first",
                filter::CANDLES,
            ),
            get(rows::candles),
        ),
        (
            Endpoint::read(
                "/books",
                "books",
                "Live order books, oldest first",
                filter::SERIES,
            ),
            get(rows::books),
        ),
        (
            Endpoint::read(
                "/trades",
                "trades",
                "Live trades of a series, oldest first",
                filter::SERIES,
            ),
            get(live::trades),
        ),
        (
            Endpoint::read(
                "/minutes",
                "minutes",
                "What is computed of a series' trades and books by the minute, oldest first",
                filter::SERIES,
            ),
            get(live::minutes),
        ),
        (
            Endpoint::read(
                "/consensus",
                "consensus",
                "The price that the venues of an instrument agreed on, and each one's distance, oldest first",
                filter::PRICES,
            ),
            get(live::consensus),
        ),
        (
            Endpoint::read(
                "/gaps",
                "gaps",
                "Stretches without data, from noticed to filled, newest first",
                filter::GAPS,
            ),
            get(live::gaps),
        ),
        (
            Endpoint::read(
                "/sources",
                "sources",
                "Live sources and how they are, and the venue of each instrument's primary series",
                &[],
            ),
            get(live::sources),
        ),
        (
            Endpoint::read(
                "/source-events",
                "source_events",
                "What happened to sources, newest first: connections, lost books, fail-overs",
                filter::SERIES,
            ),
            get(live::source_events),
        ),
        (
            Endpoint::read(
                "/articles",
                "articles",
                "News articles, newest first",
                filter::TIMES,
            ),
            get(rows::articles),
        ),
        (
            Endpoint::read(
                "/landings",
                "landings",
                "Payloads in bronze, newest first",
                filter::PIPELINE,
            ),
            get(rows::landings),
        ),
        (
            Endpoint::read(
                "/landings/{id}",
                "",
                "One payload: counts, verdict, profile, checks with evidence, quarantined rows, runs",
                &[],
            ),
            get(rows::landing),
        ),
        (
            Endpoint::read("/openapi.json", "", "This description", &[]),
            get(openapi::document),
        ),
    ]
}
