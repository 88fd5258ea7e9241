//! One alert with its history, and what was found at a single transition: as JSON, and as a document for the alert's page.

use app::{
    model::{AlertDetailVm, TransitionVm},
    plain::quality,
};
use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};

use super::{
    AppState,
    api::ApiError,
    pages::start_of,
    plain_page::{Framing, respond, style},
};
use crate::store::view::Room;

/// `GET /api/v1/alerts/{id}`
pub async fn alert(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<AlertDetailVm>, ApiError> {
    let id = number(&id, "alert")?;
    Ok(Json(state.backend.alert_with(id, Room::PROGRAM).await?))
}

/// `GET /api/v1/alerts/{id}/transitions/{seq}`
pub async fn json(
    State(state): State<AppState>,
    Path(of): Path<(String, String)>,
) -> Result<Json<TransitionVm>, ApiError> {
    one(&state, &of).await.map(Json)
}

/// `GET /quality/alerts/{id}/{seq}`
pub async fn page(
    State(state): State<AppState>,
    Path(of): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let transition = one(&state, &of).await?;
    let theme = start_of(&state.web, &headers).theme;
    let html = quality::transition(&style(&state), theme, transition);
    Ok(respond(Framing::Ours, html))
}

async fn one(state: &AppState, (id, seq): &(String, String)) -> Result<TransitionVm, ApiError> {
    let (id, seq) = (number(id, "alert")?, number(seq, "transition")?);
    Ok(state.backend.transition(id, seq).await?)
}

fn number(text: &str, what: &str) -> Result<i64, ApiError> {
    text.parse()
        .map_err(|_| ApiError::NotFound(format!("there is no {what} {text:?}")))
}
