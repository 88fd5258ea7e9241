//! `/upload`: a file in a form, what it seems to be, and two buttons. Every page here works without scripts.

use app::plain::{self, Page};
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Multipart, Path, State, multipart::Field},
    http::{HeaderMap, header},
    response::{Redirect, Response},
    routing::{get, post},
};
use futures::stream::try_unfold;

use super::{Known, uploads};
use crate::web::{
    AppState,
    api::ApiError,
    operator::Operator,
    pages::start_of,
    plain_page::{Framing, respond, style},
};

/// Routes of the forms.
pub fn forms() -> Router<AppState> {
    Router::new()
        .route("/upload/new", get(ask))
        .route("/upload/frame", get(nothing))
        .route("/upload/discarded", get(discarded))
        // the limit is that of the configuration, counted while the file comes
        .route("/upload", post(receive).layer(DefaultBodyLimit::disable()))
        .route("/upload/{id}/commit", post(commit))
        .route("/upload/{id}/discard", post(discard))
        .route("/upload/run/{id}", get(run))
}

fn page(state: &AppState, headers: &HeaderMap, page: Page) -> Response {
    let theme = start_of(&state.web, headers).theme;
    respond(Framing::Ours, plain::render(&style(state), theme, page))
}

/// The form.
async fn ask(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let max_mb = state.web.config.batch.max_upload_mb;
    page(&state, &headers, Page::Ask { max_mb })
}

/// The frame on the Batches page before anything was uploaded.
async fn nothing(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let text = "What the file seems to be is shown here, before anything of it is taken in.";
    page(&state, &headers, Page::Nothing { text })
}

/// After an upload was thrown away.
async fn discarded(State(state): State<AppState>, headers: HeaderMap) -> Response {
    let text = "Discarded: nothing was taken in.";
    page(&state, &headers, Page::Nothing { text })
}

/// Size of a request, 0 where it is not known.
fn size_of(headers: &HeaderMap) -> u64 {
    headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or(0)
}

/// Receives the file of the form.
async fn receive(
    _: Operator,
    State(state): State<AppState>,
    headers: HeaderMap,
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
        let received = uploads(&state)
            .about(size_of(&headers))
            .receive(&name, None, body)
            .await?;
        return Ok(page(
            &state,
            &headers,
            Page::Review {
                id: received.id,
                name: received.name,
                bytes: received.bytes,
                is_usable: received.inspect.is_usable,
                text: received.inspect.text,
            },
        ));
    }
    let words = "no file was chosen; go back and choose one";
    Err(ApiError::BadRequest(words.to_owned()))
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
    Ok(Redirect::to("/upload/discarded"))
}

/// How a run stands; the page asks again while it runs.
async fn run(
    State(state): State<AppState>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::NotFound(format!("there is no run {id:?}"));
    let number: i64 = id.parse().map_err(|_| unknown())?;
    let run = state.web.store.run(number).await.map_err(|_| unknown())?;
    let landing_id = state.web.store.landing_of_run(number).await?;
    Ok(page(&state, &headers, Page::Run(Box::new(run), landing_id)))
}
