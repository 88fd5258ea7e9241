//! Rules: list, trial, saving.

use app::{
    backend::Backend,
    model::{RuleDetailVm, TrialVm},
};
use axum::{
    Form, Json,
    extract::{FromRequest, Path, Request, State},
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ApiError, answer, is_json};
use crate::{
    pipeline::rules::keep_rule,
    web::{AppState, operator::Operator},
};

/// Days of history for those who name none.
const DAYS: i64 = 30;

/// A rule in a request: JSON from programs, a form from pages.
#[derive(Debug, Deserialize)]
pub struct Sent {
    text: String,
    days: Option<i64>,
    /// Where a form goes on to.
    back: Option<String>,
}

impl FromRequest<AppState> for Sent {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        if is_json(&request) {
            let read = Json::<Self>::from_request(request, state).await;
            return read
                .map(|Json(sent)| sent)
                .map_err(|error| ApiError::BadRequest(error.body_text()));
        }
        let read = Form::<Self>::from_request(request, state).await;
        read.map(|Form(sent)| sent)
            .map_err(|error| ApiError::BadRequest(error.body_text()))
    }
}

/// Every rule.
pub async fn list(State(state): State<AppState>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "rules": state.backend.rules().await? })))
}

/// One rule.
pub async fn one(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<RuleDetailVm>, ApiError> {
    Ok(Json(state.backend.rule(&id).await?))
}

/// Tries a rule.
pub async fn try_it(
    _: Operator,
    State(state): State<AppState>,
    sent: Sent,
) -> Result<Json<TrialVm>, ApiError> {
    let days = sent.days.unwrap_or(DAYS);
    Ok(Json(state.backend.try_rule(&sent.text, days).await?))
}

/// Saves a rule.
pub async fn save(
    _: Operator,
    State(state): State<AppState>,
    sent: Sent,
) -> Result<Response, ApiError> {
    let folder = &state.web.config.quality.checks;
    let id = keep_rule(&state.web.engine(), folder, &sent.text)
        .await?
        .map_err(|error| ApiError::BadRequest(error.to_string()))?;
    Ok(answer(sent.back.as_deref(), json!({ "rule": id })))
}
