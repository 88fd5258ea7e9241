//! Live against batch.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{
    ApiError,
    filter::{ApiQuery, Filter, SERIES},
};
use crate::web::AppState;

type Answer = Result<Json<Value>, ApiError>;

/// Days that were compared.
pub async fn days(State(state): State<AppState>, ApiQuery(filter): ApiQuery<Filter>) -> Answer {
    let filter = filter.only(SERIES)?;
    let of = (filter.instrument.as_str(), filter.venue.as_str());
    let days = state.web.store.reconcile_days(of, filter.window()?).await?;
    Ok(Json(json!({ "reconciliation": days })))
}

/// Minutes that differ.
pub async fn differences(
    State(state): State<AppState>,
    ApiQuery(filter): ApiQuery<Filter>,
) -> Answer {
    let filter = filter.only(SERIES)?;
    let of = (filter.instrument.as_str(), filter.venue.as_str());
    let differences = state.web.store.differences(of, filter.window()?).await?;
    Ok(Json(json!({ "differences": differences })))
}
