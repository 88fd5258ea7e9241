//! `GET /tiles/{instrument}/{venue}/{step_ms}/{index}?v=`: bars for the chart, in pieces that browsers can keep.

use app::{
    chart::tile::{encode, tile_range},
    model::{Step, bucket_start},
};
use axum::{
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{AppState, api::ApiError, statics::tagged};
use crate::{
    backend::preferred,
    store::view::{SeriesRow, Window},
};

/// Times beyond this many milliseconds from the epoch are no dates in a browser.
const LAST_DATE_MS: i64 = 8_640_000_000_000_000;

/// Version of the data the page knows of.
#[derive(Debug, Deserialize)]
pub struct Version {
    v: Option<String>,
}

/// One tile.
pub async fn tile(
    State(state): State<AppState>,
    Path((instrument, venue, step_ms, index)): Path<(String, String, i64, i64)>,
    Query(Version { v }): Query<Version>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let step = Step::of(step_ms)
        .ok_or_else(|| ApiError::BadRequest(format!("{step_ms} ms is no step of the chart")))?;
    // a tile holds hundreds of candles; the range is checked before anything is multiplied with the index
    let limit = LAST_DATE_MS / step.step_ms;
    if !(-limit..=limit).contains(&index) {
        return Err(ApiError::BadRequest(format!(
            "tile {index} is beyond all dates"
        )));
    }
    let series = series(&state, &instrument, &venue).await?;
    let (from_ms, to_ms) = tile_range(index, step.step_ms);
    let limit = (to_ms - from_ms) / step.step_ms;
    let window = Window {
        from_ms,
        to_ms,
        limit,
    };
    let bars = state
        .web
        .store
        .bars(series.key, step.step_ms, window)
        .await?;
    let body = encode(&bars, step.step_ms, index);

    // the newest bucket still changes; what lies before it changes only with the version
    let closed = to_ms <= bucket_start(series.vm.last_at, step.step_ms);
    let caching = if closed && v.is_some_and(|v| !v.is_empty()) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let digest = Sha256::digest(&body);
    let response = (
        StatusCode::OK,
        [
            (header::CONTENT_TYPE, "application/octet-stream"),
            (header::CACHE_CONTROL, caching),
        ],
        body,
    )
        .into_response();
    Ok(tagged(
        response,
        &digest,
        headers.get(header::IF_NONE_MATCH),
    ))
}

/// The series of that instrument and venue, where an empty name leaves the choice.
pub async fn series(
    state: &AppState,
    instrument: &str,
    venue: &str,
) -> Result<SeriesRow, ApiError> {
    let mut series = state.backend.series().await?;
    // with both names there is no choice: tiles are asked for by the dozen
    let primaries = if instrument.is_empty() || venue.is_empty() {
        state.web.store.primaries().await?
    } else {
        Vec::new()
    };
    match preferred(&series, &primaries, instrument, venue) {
        Some(index) => Ok(series.swap_remove(index)),
        None => Err(ApiError::NotFound("there is no such series".to_owned())),
    }
}
