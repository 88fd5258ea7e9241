//! The exchange's REST endpoints.

mod control;
mod params;
mod trouble;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{FromRequestParts, Query, State},
    http::request::Parts,
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use self::params::Params;
use super::{
    exchange::{Exchange, KlinesQuery},
    weight::WeightMeter,
    wire::{ApiError, BookTickerBody, DayBody, DepthBody, Kline, exchange_info, kline},
};

/// Largest number of rows of `/klines`.
const MAX_KLINES: usize = 1_000;
/// Largest number of levels of `/depth`.
const MAX_LEVELS: usize = 5_000;

/// What every handler needs.
#[derive(Debug)]
pub(super) struct Venue {
    pub(super) exchange: Exchange,
    pub(super) weight: WeightMeter,
    /// Seconds that a 429 asks the client to wait.
    pub(super) retry_after_s: u32,
    /// Ends requests that are never answered when the simulator stops.
    pub(super) stop: CancellationToken,
}

/// Handlers share one venue.
pub(super) type Shared = Arc<Venue>;

/// The endpoints of the exchange, and those that switch its faults.
pub(super) fn router(venue: Shared) -> Router {
    let api = Router::new()
        .route("/api/v3/ping", get(ping))
        .route("/api/v3/time", get(time))
        .route("/api/v3/exchangeInfo", get(info))
        .route("/api/v3/ticker/24hr", get(day_ticker))
        .route("/api/v3/ticker/bookTicker", get(book_ticker))
        .route("/api/v3/klines", get(klines))
        .route("/api/v3/depth", get(depth))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&venue),
            trouble::trouble,
        ));
    api.merge(control::router()).with_state(venue)
}

impl<S: Send + Sync> FromRequestParts<S> for Params {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(pairs) = Query::<Vec<(String, String)>>::from_request_parts(parts, state)
            .await
            .map_err(|_| {
                ApiError::bad_request(-1100, "Illegal characters found in a parameter.")
            })?;
        let params = Self::new(pairs);
        params.unique()?;
        Ok(params)
    }
}

/// `{}`
#[derive(Debug, Serialize)]
struct Empty {}

async fn ping() -> Json<Empty> {
    Json(Empty {})
}

async fn time(State(venue): State<Shared>) -> Json<serde_json::Value> {
    Json(serde_json::json!({ "serverTime": venue.exchange.time.now() }))
}

async fn info(
    State(venue): State<Shared>,
    params: Params,
) -> Result<Json<serde_json::Value>, ApiError> {
    params.symbol()?;
    Ok(Json(exchange_info(venue.exchange.time.now())))
}

async fn day_ticker(State(venue): State<Shared>, params: Params) -> Result<Response, ApiError> {
    let symbol = params.symbol()?;
    let day = venue.exchange.day().ok_or_else(internal)?;
    Ok(one_or_all(DayBody::new(&day), symbol.is_some()))
}

async fn book_ticker(State(venue): State<Shared>, params: Params) -> Result<Response, ApiError> {
    let symbol = params.symbol()?;
    let now = venue.exchange.time.now();
    let book = venue.exchange.book(now, 1);
    Ok(one_or_all(BookTickerBody::new(&book), symbol.is_some()))
}

/// Without a symbol the venue answers with a list of all symbols.
fn one_or_all<T: Serialize>(body: T, one: bool) -> Response {
    if one {
        Json(body).into_response()
    } else {
        Json([body]).into_response()
    }
}

async fn klines(State(venue): State<Shared>, params: Params) -> Result<Json<Vec<Kline>>, ApiError> {
    params.required_symbol()?;
    let query = KlinesQuery {
        step_ms: params.interval()?,
        start: params.time("startTime")?,
        end: params.time("endTime")?,
        limit: params.limit(500, MAX_KLINES)?,
    };
    let bars = venue.exchange.klines(query);
    let rows = bars.iter().map(|bar| kline(bar, query.step_ms)).collect();
    Ok(Json(rows))
}

async fn depth(State(venue): State<Shared>, params: Params) -> Result<Json<DepthBody>, ApiError> {
    params.required_symbol()?;
    let levels = params.limit(100, MAX_LEVELS)?;
    let now = venue.exchange.time.now();
    Ok(Json(DepthBody::new(&venue.exchange.book(now, levels), now)))
}

/// What the venue says when something of its own broke.
fn internal() -> ApiError {
    ApiError {
        status: axum::http::StatusCode::INTERNAL_SERVER_ERROR,
        code: -1000,
        msg: "An unknown error occurred while processing the request.".to_owned(),
    }
}
