//! Lists of rows.

use app::model::{AlertState, CheckState, HOUR_MS, LandingState, RunState, batch::BatchVm};
use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    ApiError,
    filter::{ApiQuery, CANDLES, Filter, PIPELINE, SERIES, STATE, TIMES},
};
use crate::{
    backend::{Health, described, titled},
    store::view::Window,
    web::{AppState, chart::step_named, tiles::series},
};

type Answer = Result<Json<Value>, ApiError>;

/// Health now.
pub async fn health(State(state): State<AppState>) -> Result<Json<Health>, ApiError> {
    Ok(Json(state.backend.health().await?))
}

/// Live quotes of a series.
pub async fn quotes(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(SERIES)?;
    let window = filter.window()?;
    let series = series(&state, &filter.instrument, &filter.venue).await?;
    let quotes = state.web.store.quotes(series.key, window).await?;
    Ok(Json(json!({ "quotes": quotes })))
}

/// Bars of a series.
pub async fn candles(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(CANDLES)?;
    let window = filter.window()?;
    let step_ms = filter.step.as_deref().map_or(Ok(HOUR_MS), step_named)?;
    let series = series(&state, &filter.instrument, &filter.venue).await?;
    let window = Window {
        to_ms: window.to_ms.min(series.vm.last_at.saturating_add(1)),
        ..window
    };
    let bars = state.web.store.bars(series.key, step_ms, window).await?;
    Ok(Json(
        json!({ "series": series.vm, "step_ms": step_ms, "candles": bars }),
    ))
}

/// Live order books of a series.
pub async fn books(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(SERIES)?;
    let window = filter.window()?;
    let series = series(&state, &filter.instrument, &filter.venue).await?;
    let books = state.web.store.books(series.key, window).await?;
    Ok(Json(json!({ "books": books })))
}

/// News articles.
pub async fn articles(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let window = filter.only(TIMES)?.window()?;
    let articles = state.web.store.articles(window).await?;
    Ok(Json(json!({ "articles": articles })))
}

/// Alerts.
pub async fn alerts(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(STATE)?;
    let limit = filter.limit()?;
    let alerts = match filter.state(AlertState::parse)? {
        Some(wanted) => state.web.store.alerts_in(wanted, limit).await?,
        None => state.web.store.alerts(limit).await?,
    };
    Ok(Json(
        json!({ "alerts": titled(alerts, &state.web.hub.rules().now()) }),
    ))
}

/// Newest results of checks.
pub async fn checks(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(STATE)?;
    let wanted = filter.state(CheckState::parse)?;
    let checks = state
        .web
        .store
        .latest_checks(wanted, filter.limit()?)
        .await?;
    let rules = state.web.hub.rules().now();
    let checks: Vec<_> = checks
        .into_iter()
        .map(|check| described(check, &rules))
        .collect();
    Ok(Json(json!({ "checks": checks })))
}

/// Runs.
pub async fn runs(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(PIPELINE)?;
    let wanted = filter.state(RunState::parse)?;
    let runs = state
        .web
        .store
        .runs(filter.pipeline()?, wanted, filter.limit()?)
        .await?;
    Ok(Json(json!({ "runs": runs })))
}

/// Payloads in bronze.
pub async fn landings(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(PIPELINE)?;
    let wanted = filter.state(LandingState::parse)?;
    let landings = state
        .web
        .store
        .landings(filter.pipeline()?, wanted, filter.limit()?)
        .await?;
    Ok(Json(json!({ "landings": landings })))
}

/// One payload with everything that is known of it.
pub async fn landing(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<BatchVm>, ApiError> {
    let unknown = || ApiError::NotFound(format!("there is no landing {id:?}"));
    let number = id.parse().map_err(|_| unknown())?;
    Ok(Json(state.backend.batch(number).await?))
}

/// Quarantined rows.
pub async fn quarantine(
    State(state): State<AppState>,
    ApiQuery(filter): ApiQuery<Filter>,
) -> Answer {
    let filter = filter.only(STATE)?;
    let wanted = filter.state(|text| {
        ["open", "retried", "discarded"]
            .into_iter()
            .find(|state| *state == text)
    })?;
    let rows = state.web.store.quarantined(wanted, filter.limit()?).await?;
    Ok(Json(json!({ "quarantine": rows })))
}
