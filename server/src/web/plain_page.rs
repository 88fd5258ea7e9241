//! Pages without scripts: their headers, and refusals as pages for those who see them in a browser.

use app::plain::{self, Page};
use axum::{
    extract::{Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{AppState, api::Told, batches::frame, pages::start_of};

/// Who may show a page in a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Nobody.
    Never,
    /// Our own pages.
    Ours,
}

impl Framing {
    /// Nothing runs on these pages, and their forms go nowhere else.
    const fn policy(self) -> &'static str {
        match self {
            Self::Never => {
                "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                 frame-ancestors 'none'"
            }
            Self::Ours => {
                "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                 frame-ancestors 'self'"
            }
        }
    }

    const fn options(self) -> &'static str {
        match self {
            Self::Never => "DENY",
            Self::Ours => "SAMEORIGIN",
        }
    }
}

/// Address of the stylesheet.
pub fn style(state: &AppState) -> String {
    let options = &state.options;
    format!("/{}/{}.css", options.site_pkg_dir, options.output_name)
}

/// A page as an answer.
pub fn respond(framing: Framing, html: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, framing.policy()),
        (header::X_FRAME_OPTIONS, framing.options()),
        (header::CACHE_CONTROL, "no-store"),
    ]
    .map(|(name, value)| (name, HeaderValue::from_static(value)));
    (headers, html).into_response()
}

/// Shows a refusal as a page to those who ask for one; programs get it as JSON.
pub async fn refusals(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    // programs upload under /api/v1: what is here is for people
    let in_frame = request.uri().path().starts_with("/upload");
    let asked = request.method() == Method::GET;
    let path = request.uri().to_string();
    let is_api = path.starts_with("/api/");
    // what is only read from the API is JSON for everybody; a form that was sent there comes from a page
    let wants_page = in_frame
        || !(is_api && asked)
            && headers
                .get(header::ACCEPT)
                .and_then(|kinds| kinds.to_str().ok())
                .is_some_and(|kinds| kinds.contains("text/html"));
    let response = next.run(request).await;
    let Some(Told(words)) = response.extensions().get::<Told>().cloned() else {
        return response;
    };
    if !wants_page {
        return response;
    }
    let status = response.status();
    let sign_in = status == StatusCode::UNAUTHORIZED;
    let words = if sign_in && path == "/operator" {
        "That is not the operator token.".to_owned()
    } else if sign_in {
        "This needs an operator: sign in with the operator token of the configuration.".to_owned()
    } else {
        words
    };
    // what was sent is gone: the way back leads to the page it was sent from
    let home = if path.starts_with("/simulator") {
        "/pipeline"
    } else if is_api || path.starts_with("/quality") {
        "/quality"
    } else {
        "/batches"
    };
    let back = if asked { path } else { home.to_owned() };
    let mut page = if in_frame {
        let theme = start_of(&state.web, &headers).theme;
        let sign_in = sign_in.then(|| "/batches".to_owned());
        let html = plain::render(&style(&state), theme, Page::Refused { words, sign_in });
        respond(Framing::Ours, html)
    } else {
        let html = plain::shell::refused(frame(&state, &back, &headers), words, sign_in);
        respond(Framing::Never, html)
    };
    *page.status_mut() = status;
    page
}
