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
    /// It went wrong here.
    Failed(String),
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::Failed(logged(&error).to_string())
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
