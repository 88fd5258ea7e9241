//! `/api/v1/jobs` and `/api/v1/runs/{id}/cancel`.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{AppState, api::ApiError, operator::Operator};
use crate::pipeline::{
    runs,
    schedule::{JobError, start_job},
};

/// Asks a run to stop.
pub async fn cancel(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id: i64 = id
        .parse()
        .map_err(|_| ApiError::BadRequest(format!("{id:?} is no number of a run")))?;
    if runs::cancel(&state.web.engine(), id).await? {
        Ok(Json(json!({ "run_id": id, "asked": true })))
    } else {
        Err(ApiError::NotFound(format!("run {id} is not running")))
    }
}

/// Scheduled jobs.
pub async fn list(State(state): State<AppState>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "jobs": state.web.store.jobs().await? })))
}

/// Runs a job now, in the background.
pub async fn run(
    _: Operator,
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let engine = state.web.engine();
    let config = state.web.config.clone();
    let started = start_job(&engine, &config, &name, None).await?;
    let run_id = started.run_id();
    tokio::spawn(async move {
        if let Err(error) = started.work(&engine, &config).await {
            tracing::error!(error = format!("{error:#}"), "a job could not be run");
        }
    });
    Ok(Json(json!({ "job": name, "run_id": run_id })))
}

impl From<JobError> for ApiError {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Unknown { .. } => Self::NotFound(error.to_string()),
            JobError::Running(_) => Self::Conflict(error.to_string()),
            JobError::Failed(error) => error.into(),
        }
    }
}
