//! Pages and server functions, rendered by Leptos.

use std::sync::{Arc, OnceLock};

use app::{App, backend::Backend, model::pipeline::DeskOf, shell, start::Start, theme::Theme};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use leptos::{
    nonce::use_nonce,
    prelude::{provide_context, use_context},
};
use leptos_axum::{
    AxumRouteListing, LeptosRoutes, ResponseOptions, generate_route_list,
    render_app_async_with_context,
};

use super::{AppState, Web, headers::page_policy, operator, simulator};

/// The pages' routes. Listing them suppresses loading for the whole process, so it happens once, before any rendering.
pub fn routes() -> Vec<AxumRouteListing> {
    static ROUTES: OnceLock<Vec<AxumRouteListing>> = OnceLock::new();
    ROUTES.get_or_init(|| generate_route_list(App)).clone()
}

/// Paths of all pages, such as `/market`; parameters stand in braces.
#[must_use]
pub fn page_paths() -> Vec<String> {
    routes()
        .iter()
        .map(|route| route.path().to_owned())
        .collect()
}

/// Adds pages, server functions and the page for addresses that do not exist.
pub fn mount(
    router: Router<AppState>,
    state: &AppState,
    routes: Vec<AxumRouteListing>,
) -> Router<AppState> {
    let options = state.options.clone();
    router
        .leptos_routes_with_context(state, routes, context(state), move || {
            shell(options.clone())
        })
        .fallback(not_found)
}

/// What pages and server functions find in their context.
fn context(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let backend: Arc<dyn Backend> = Arc::new(state.backend.clone());
    let state = state.clone();
    let desk = {
        let state = state.clone();
        DeskOf(Arc::new(move || simulator::desk_vm(&state)))
    };
    move || {
        provide_context(Arc::clone(&backend));
        provide_context(desk.clone());
        let parts = use_context::<Parts>();
        let standing = parts
            .as_ref()
            .map(|parts| operator::standing(&state, parts));
        provide_context(standing.unwrap_or_default());
        let headers = parts.map(|parts| parts.headers).unwrap_or_default();
        provide_context(start_of(&state.web, &headers));
        // a server function renders nothing and has no nonce
        if let (Some(nonce), Some(response)) = (use_nonce(), use_context::<ResponseOptions>())
            && let Ok(policy) = HeaderValue::try_from(page_policy(&nonce))
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// What the page knows before it has asked anything, all from memory and the request's headers.
pub fn start_of(web: &Web, headers: &HeaderMap) -> Start {
    let cookies = headers
        .get(header::COOKIE)
        .and_then(|cookies| cookies.to_str().ok());
    // the number first: a transition between the two is told once more, never lost
    let seq = web.hub.newest_seq();
    let (price, health) = web.hub.newest();
    Start {
        theme: cookies.and_then(Theme::from_cookie_header),
        server_now: web.clock.now_ms(),
        build: web.hub.build().to_owned(),
        seq,
        price,
        health,
    }
}

async fn not_found(State(state): State<AppState>, request: Request<Body>) -> Response {
    let wants_page = request.method() == Method::GET
        && request
            .headers()
            .get(header::ACCEPT)
            .and_then(|kinds| kinds.to_str().ok())
            .is_some_and(|kinds| kinds.contains("text/html"));
    if !wants_page {
        return (StatusCode::NOT_FOUND, "not found\n").into_response();
    }
    let options = state.options.clone();
    let provide = context(&state);
    let render = render_app_async_with_context(
        move || {
            provide();
            if let Some(response) = use_context::<ResponseOptions>() {
                response.set_status(StatusCode::NOT_FOUND);
            }
        },
        move || shell(options.clone()),
    );
    render(request).await
}
