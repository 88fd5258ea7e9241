//! Scores and timelines.

use app::{
    backend::Backend as _,
    model::{HOUR_MS, ScoreDetailVm, ScoreOf, ScoreboardVm},
};
use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    ApiError,
    filter::{ApiQuery, Filter, HOURS},
};
use crate::web::AppState;

/// The whole has no name of its own; in an address it needs one.
const WHOLE: &str = "all";

/// Every score but those of checks.
pub async fn all(
    State(state): State<AppState>,
    ApiQuery(filter): ApiQuery<Filter>,
) -> Result<Json<ScoreboardVm>, ApiError> {
    let hours = filter.only(HOURS)?.hours()?;
    let mut board = state.backend.scoreboard().await?;
    let from_ms = board.server_now - hours * HOUR_MS;
    for score in &mut board.scores {
        score.history.retain(|(at, _)| *at >= from_ms);
    }
    Ok(Json(board))
}

/// One score with what costs it points.
pub async fn one(
    State(state): State<AppState>,
    Path((kind, name)): Path<(String, String)>,
) -> Result<Json<ScoreDetailVm>, ApiError> {
    let of = ScoreOf::parse(&kind).ok_or_else(|| {
        ApiError::BadRequest(format!(
            "there is no score of {kind:?}; use overall, layer, dimension, dataset, venue or check"
        ))
    })?;
    let name = match of {
        ScoreOf::Overall if name == WHOLE => "",
        _ => &name,
    };
    Ok(Json(state.backend.score(of, name).await?))
}

/// States of what was not well.
pub async fn timelines(
    State(state): State<AppState>,
    ApiQuery(filter): ApiQuery<Filter>,
) -> Result<Json<Value>, ApiError> {
    let hours = filter.only(HOURS)?.hours()?;
    let timelines = state.backend.timelines(hours).await?;
    Ok(Json(json!({ "timelines": timelines })))
}
