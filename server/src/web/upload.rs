//! `/api/v1/uploads`: files over HTTP. The same for people without scripts is in `form`.

mod form;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
};
use serde::Deserialize;
use serde_json::{Value, json};

pub use self::form::forms;
use super::{
    AppState,
    api::{ApiError, ApiQuery},
    operator::Operator,
};
use crate::pipeline::{
    batch::IngestOptions,
    upload::{Received, UploadError, Uploads},
};

/// Parameters of a commit.
pub const COMMIT: &[&str] = &["instrument", "venue", "format"];

/// What the file is called.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    name: String,
}

/// What the sender knows of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Known {
    instrument: Option<String>,
    venue: Option<String>,
    format: Option<String>,
}

/// Longest word a sender may say of a file.
const MAX_WORD: usize = 40;

impl Known {
    /// As options of the ingest; words that cannot be names are refused, empty ones say nothing.
    fn options(self) -> Result<IngestOptions, ApiError> {
        let word = |name: &str, word: Option<String>| match word.filter(|word| !word.is_empty()) {
            Some(word) if word.len() > MAX_WORD || word.chars().any(|c| !is_plain(c)) => {
                Err(ApiError::BadRequest(format!(
                    "{name} must be letters, digits, - or _, at most {MAX_WORD}"
                )))
            }
            word => Ok(word),
        };
        Ok(IngestOptions {
            instrument: word("instrument", self.instrument)?,
            venue: word("venue", self.venue)?,
            format: word("format", self.format)?,
            origin: None,
        })
    }
}

const fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

fn uploads(state: &AppState) -> Uploads {
    Uploads::new(state.web.engine(), state.web.config.batch.max_upload_mb)
}

/// Receives a file.
pub async fn receive(
    _: Operator,
    State(state): State<AppState>,
    ApiQuery(Named { name }): ApiQuery<Named>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Received>, ApiError> {
    let total = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    let body = body.into_data_stream();
    Ok(Json(uploads(&state).receive(&name, total, body).await?))
}

/// Ingests an upload in the background.
pub async fn commit(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
    ApiQuery(known): ApiQuery<Known>,
) -> Result<Json<Value>, ApiError> {
    let run_id = uploads(&state).commit(&id, known.options()?).await?;
    Ok(Json(json!({ "run_id": run_id })))
}

/// Throws an upload away.
pub async fn discard(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    uploads(&state).discard(&id).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<UploadError> for ApiError {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::TooLarge { .. } => Self::TooLarge(error.to_string()),
            UploadError::Broken(_) => Self::BadRequest(error.to_string()),
            UploadError::Unknown => Self::NotFound(error.to_string()),
            UploadError::Cancelled => Self::Conflict(error.to_string()),
            UploadError::Failed(error) => error.into(),
        }
    }
}
