//! Lists of the live engine: trades, minutes, what venues agree on, gaps, sources.

use app::model::GapState;
use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{
    ApiError,
    filter::{ApiQuery, Filter, GAPS, PRICES, SERIES},
};
use crate::{
    store::view::{GapFilter, SeriesKey},
    web::{AppState, tiles::series},
};

type Answer = Result<Json<Value>, ApiError>;

/// Live trades of a series.
pub async fn trades(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(SERIES)?;
    let window = filter.window()?;
    let key = key(&state, &filter).await?;
    let trades = state.web.store.trades(key, window).await?;
    Ok(Json(json!({ "trades": trades })))
}

/// What is computed of a series' trades and books by the minute.
pub async fn minutes(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(SERIES)?;
    let window = filter.window()?;
    let key = key(&state, &filter).await?;
    let minutes = state.web.store.minutes(key, window).await?;
    Ok(Json(json!({ "minutes": minutes })))
}

/// What the venues of an instrument agreed on, and how far each was from it.
pub async fn consensus(
    State(state): State<AppState>,
    ApiQuery(filter): ApiQuery<Filter>,
) -> Answer {
    let filter = filter.only(PRICES)?;
    let window = filter.window()?;
    let key = key(&state, &filter).await?;
    let rows = state.web.store.consensus(key.instrument_id, window).await?;
    Ok(Json(json!({ "consensus": rows })))
}

/// Gaps from noticed to filled.
pub async fn gaps(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(GAPS)?;
    let limit = filter.limit()?;
    let wanted = GapFilter {
        state: filter.state(GapState::parse)?,
        instrument: filter.instrument,
        venue: filter.venue,
    };
    let gaps = state.web.store.gaps(&wanted, limit).await?;
    Ok(Json(json!({ "gaps": gaps })))
}

/// Live sources and how they are, and which venue each instrument's primary series comes from.
pub async fn sources(State(state): State<AppState>) -> Answer {
    let primaries: Vec<Value> = state
        .web
        .store
        .primaries()
        .await?
        .into_iter()
        .map(|primary| {
            json!({
                "instrument": primary.instrument,
                "venue": primary.venue,
                "since": primary.since,
                "reason": primary.reason,
            })
        })
        .collect();
    let sources = state.web.hub.feeds();
    Ok(Json(json!({ "sources": sources, "primaries": primaries })))
}

/// What happened to sources.
pub async fn source_events(
    State(state): State<AppState>,
    ApiQuery(filter): ApiQuery<Filter>,
) -> Answer {
    let filter = filter.only(SERIES)?;
    let window = filter.window()?;
    let events = state
        .web
        .store
        .source_events(&filter.instrument, &filter.venue, window)
        .await?;
    Ok(Json(json!({ "source_events": events })))
}

/// Numbers of the series that is asked for. One that has no candles has its numbers too.
async fn key(state: &AppState, filter: &Filter) -> Result<SeriesKey, ApiError> {
    if filter.instrument.is_empty() || filter.venue.is_empty() {
        return Ok(series(state, &filter.instrument, &filter.venue).await?.key);
    }
    let numbers = state
        .web
        .store
        .numbers(&filter.instrument, &filter.venue)
        .await?;
    numbers.ok_or_else(|| ApiError::NotFound("there is no such instrument or venue".to_owned()))
}
