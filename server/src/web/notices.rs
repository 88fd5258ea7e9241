//! `/api/v1/notices` and `/api/v1/notify/{channel}/test`.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    AppState,
    api::{ApiError, ApiQuery, Filter, STATE},
    operator::Operator,
};
use crate::{notify::channel::ChannelView, pipeline::notifying::Notifying};

/// What was told, or is to be.
pub async fn list(
    State(state): State<AppState>,
    ApiQuery(filter): ApiQuery<Filter>,
) -> Result<Json<Value>, ApiError> {
    let filter = filter.only(STATE)?;
    let limit = filter.limit()?;
    let states = ["waiting", "sent", "given_up"];
    let wanted = filter.state(|text| states.into_iter().find(|state| *state == text))?;
    let notices = state
        .web
        .store
        .notices(wanted.unwrap_or_default(), limit)
        .await?;
    Ok(Json(json!({ "notices": notices })))
}

/// Channels, without their secrets.
pub async fn channels(_: Operator, State(state): State<AppState>) -> Json<Value> {
    let views: Vec<ChannelView> = state
        .channels
        .iter()
        .map(|channel| channel.view())
        .collect();
    Json(json!({ "channels": views }))
}

/// Sends a test: 200 when it has arrived, 502 when it has not.
pub async fn test(
    _: Operator,
    State(state): State<AppState>,
    Path(channel): Path<String>,
) -> Result<Response, ApiError> {
    let config = &state.web.config.notify;
    let channels = (*state.channels).clone();
    let known = channels.names();
    let backend = Arc::new(state.backend.clone());
    let notifying = Notifying::new(state.web.engine(), config, channels, backend)?;
    let report = notifying.test(&channel).await?.ok_or_else(|| {
        ApiError::NotFound(format!(
            "there is no channel {channel:?} in the configuration; it knows {known}"
        ))
    })?;
    let status = match report.sent {
        true => StatusCode::OK,
        false => StatusCode::BAD_GATEWAY,
    };
    Ok((status, Json(report)).into_response())
}
