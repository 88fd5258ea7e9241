//! What a request that changes something says, and its answer. Programs send JSON and get JSON; a form may say `back`, the
//! page it came from: the answer then leads there.

use app::theme::safe_back;
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Query, Request},
    http::{Uri, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ApiError;
use crate::web::AppState;

/// Most bytes of a form.
const MAX_BODY: usize = 16 * 1024;

/// Parameters as query, form or JSON.
#[derive(Debug)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let is_json = is_json(&request);
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|error| ApiError::BadRequest(error.body_text()))?;
        if body.len() > MAX_BODY {
            return Err(ApiError::TooLarge(format!(
                "the form is larger than {MAX_BODY} bytes"
            )));
        }
        if is_json {
            return serde_json::from_slice(&body)
                .map(Self)
                .map_err(|error| ApiError::BadRequest(error.to_string()));
        }
        let unusable = || ApiError::BadRequest("the form is not URL-encoded".to_owned());
        let form = std::str::from_utf8(&body).map_err(|_| unusable())?;
        let parts: Vec<&str> = [query.as_str(), form]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect();
        let uri: Uri = format!("/?{}", parts.join("&"))
            .parse()
            .map_err(|_| unusable())?;
        Query::try_from_uri(&uri)
            .map(|Query(asked)| Self(asked))
            .map_err(|rejection| ApiError::BadRequest(rejection.body_text()))
    }
}

/// True for JSON of a program.
pub fn is_json(request: &Request) -> bool {
    let kind = request.headers().get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// Leads a form back to its page; a program gets `json`.
pub fn answer(back: Option<&str>, json: Value) -> Response {
    match back {
        Some(back) => Redirect::to(safe_back(back)).into_response(),
        None => Json(json).into_response(),
    }
}
