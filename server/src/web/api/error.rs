//! Errors of the API.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{backend::logged, store::StoreError};

/// Why a request was not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// The request is wrong.
    BadRequest(String),
    /// The operator token is missing or wrong.
    Unauthorized,
    /// Only operators may do it.
    Forbidden(&'static str),
    /// It is not there.
    NotFound(String),
    /// It cannot be done now.
    Conflict(String),
    /// The body is larger than allowed.
    TooLarge(String),
    /// It went wrong here.
    Failed(String),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Failed(logged(&error).to_string())
    }
}

impl From<anyhow::Error> for ApiError {
    /// The words stay in the log: they may name files of this machine.
    fn from(error: anyhow::Error) -> Self {
        tracing::error!(error = format!("{error:#}"), "a request failed");
        Self::Failed("it went wrong here; the log of the server says why".to_owned())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, words) = match self {
            Self::BadRequest(words) => (StatusCode::BAD_REQUEST, words),
            Self::Unauthorized => (
                StatusCode::UNAUTHORIZED,
                "the operator token is missing or wrong; send it as authorization: bearer TOKEN"
                    .to_owned(),
            ),
            Self::Forbidden(words) => (StatusCode::FORBIDDEN, words.to_owned()),
            Self::NotFound(words) => (StatusCode::NOT_FOUND, words),
            Self::Conflict(words) => (StatusCode::CONFLICT, words),
            Self::TooLarge(words) => (StatusCode::PAYLOAD_TOO_LARGE, words),
            Self::Failed(words) => (StatusCode::INTERNAL_SERVER_ERROR, words),
        };
        let mut response = (status, Json(json!({ "error": words }))).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
