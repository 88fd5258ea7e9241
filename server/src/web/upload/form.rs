//! `/upload`: a file in a form, what it seems to be, and two buttons. Every page here works without scripts.

use app::plain::{self, Page};
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Multipart, Path, State, multipart::Field},
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use futures::stream::try_unfold;

use super::{Known, uploads};
use crate::web::{AppState, api::ApiError, operator::Operator};

/// Nothing runs on these pages, and their forms go nowhere else.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// Routes of the forms.
pub fn forms() -> Router<AppState> {
    Router::new()
        .route("/upload/new", get(ask))
        // the limit is that of the configuration, counted while the file comes
        .route("/upload", post(receive).layer(DefaultBodyLimit::disable()))
        .route("/upload/{id}/commit", post(commit))
        .route("/upload/{id}/discard", post(discard))
        .route("/upload/run/{id}", get(run))
}

fn page(state: &AppState, page: Page) -> Response {
    let options = &state.options;
    let style = format!("/{}/{}.css", options.site_pkg_dir, options.output_name);
    let html = plain::render(&style, page);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        ),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, html).into_response()
}

/// The form.
async fn ask(State(state): State<AppState>) -> Response {
    let max_mb = state.web.config.batch.max_upload_mb;
    page(&state, Page::Ask { max_mb })
}

/// Receives the file of the form.
async fn receive(
    _: Operator,
    State(state): State<AppState>,
    mut form: Multipart,
) -> Result<Response, ApiError> {
    let wrong = |error: axum::extract::multipart::MultipartError| {
        ApiError::BadRequest(format!("the form cannot be read: {}", error.body_text()))
    };
    while let Some(field) = form.next_field().await.map_err(wrong)? {
        let Some(name) = field.file_name().map(str::to_owned) else {
            continue;
        };
        if name.is_empty() {
            break;
        }
        let body = try_unfold(field, async |mut field: Field<'_>| {
            Ok::<_, axum::extract::multipart::MultipartError>(
                field.chunk().await?.map(|bytes| (bytes, field)),
            )
        });
        let received = uploads(&state).receive(&name, None, body).await?;
        return Ok(page(
            &state,
            Page::Review {
                id: received.id,
                name: received.name,
                bytes: received.bytes,
                is_usable: received.inspect.is_usable,
                text: received.inspect.text,
            },
        ));
    }
    Err(ApiError::BadRequest(
        "no file was chosen; go back and choose one".to_owned(),
    ))
}

/// Ingests an upload and shows its run.
async fn commit(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Form(known): Form<Known>,
) -> Result<Redirect, ApiError> {
    let run_id = uploads(&state).commit(&id, known.options()?).await?;
    Ok(Redirect::to(&format!("/upload/run/{run_id}")))
}

/// Throws an upload away.
async fn discard(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Redirect, ApiError> {
    uploads(&state).discard(&id).await?;
    Ok(Redirect::to("/upload/new"))
}

/// How a run stands; the page asks again while it runs.
async fn run(State(state): State<AppState>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let unknown = || ApiError::NotFound(format!("there is no run {id:?}"));
    let number: i64 = id.parse().map_err(|_| unknown())?;
    let run = state.web.store.run(number).await.map_err(|_| unknown())?;
    Ok(page(&state, Page::Run(Box::new(run))))
}
