//! `/batches/{id}` and `/batches/compare`, and the forms that cancel a run, run a job now or read quarantined rows again.

use app::{
    backend::BackendError,
    model::LandingState,
    plain::{self, shell::Frame},
};
use axum::{
    Json, Router,
    extract::{OriginalUri, Path, Query, State, rejection::QueryRejection},
    http::HeaderMap,
    response::{Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    AppState,
    api::ApiError,
    jobs,
    operator::Operator,
    pages::start_of,
    plain_page::{Framing, respond, style},
};
use crate::{
    pipeline::{
        quarantine::{Action, act},
        runs,
    },
    store::quarantine::QuarantineFilter,
};

/// Most rows that one retry reads again.
const MAX_RETRY: i64 = 1_000_000;

/// Routes of the pages and their forms.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/batches/compare", get(compare))
        .route("/batches/{id}", get(one))
        .route("/batches/{id}/retry", post(retry))
        .route("/runs/{id}/cancel", post(cancel))
        .route("/jobs/{name}/run", post(run_job))
}

/// What the document around a page needs.
pub fn frame(state: &AppState, path: &str, headers: &HeaderMap) -> Frame {
    Frame {
        style: style(state),
        path: path.to_owned(),
        start: start_of(&state.web, headers),
    }
}

fn number(id: &str) -> Result<i64, ApiError> {
    id.parse()
        .map_err(|_| ApiError::NotFound(format!("there is no batch {id:?}")))
}

/// One batch.
async fn one(
    State(state): State<AppState>,
    Path(id): Path<String>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let vm = state.backend.batch(number(&id)?).await?;
    let frame = frame(&state, &uri.to_string(), &headers);
    Ok(respond(Framing::Never, plain::batch::render(frame, vm)))
}

/// Which batches; the one before by default.
#[derive(Debug, Deserialize)]
struct Pair {
    a: Option<i64>,
    b: Option<i64>,
}

/// Two batches.
async fn compare(
    State(state): State<AppState>,
    pair: Result<Query<Pair>, QueryRejection>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let wrong = |_| ApiError::BadRequest("a and b must be numbers of batches".to_owned());
    let Query(Pair { a, b }) = pair.map_err(wrong)?;
    let vm = state.backend.compare(a, b).await?;
    let frame = frame(&state, &uri.to_string(), &headers);
    Ok(respond(Framing::Never, plain::compare::render(frame, vm)))
}

/// Asks a run to stop and goes back to the list, where it is seen to end.
async fn cancel(
    operator: Operator,
    state: State<AppState>,
    id: Path<String>,
) -> Result<Redirect, ApiError> {
    let Json(_) = jobs::cancel(operator, state, id).await?;
    Ok(Redirect::to("/batches"))
}

/// Runs a job now and goes back to the list, where its run is seen.
async fn run_job(
    operator: Operator,
    state: State<AppState>,
    name: Path<String>,
) -> Result<Redirect, ApiError> {
    let Json(_) = jobs::run(operator, state, name).await?;
    Ok(Redirect::to("/batches"))
}

/// Reads the quarantined rows of a batch again, in the background.
async fn retry(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Redirect, ApiError> {
    let id = number(&id)?;
    let landing = state.web.store.landing(id).await?;
    let landing = landing.ok_or_else(|| ApiError::NotFound(format!("there is no batch {id}")))?;
    if landing.state != LandingState::Done {
        return Err(ApiError::Conflict(format!(
            "batch {id} is {}: its rows cannot be read again",
            landing.state
        )));
    }
    let engine = state.web.engine();
    tokio::spawn(async move {
        let filter = QuarantineFilter {
            landing_id: Some(id),
            state: Some("open"),
            limit: MAX_RETRY,
            ..QuarantineFilter::default()
        };
        match act(&engine, &filter, Action::Retry, "page", None).await {
            Ok(_) => {}
            Err(error) if runs::is_cancelled(&error) => {}
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "rows could not be read again");
            }
        }
    });
    Ok(Redirect::to("/batches"))
}

impl From<BackendError> for ApiError {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::NotFound(_) => Self::NotFound(error.to_string()),
            BackendError::Store(_) => Self::Failed(error.to_string()),
        }
    }
}
