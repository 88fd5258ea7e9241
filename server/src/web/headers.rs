//! Headers that every answer carries.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// For answers that are no page: nothing in them may load or run anything.
const BARE: &str = "default-src 'none'; frame-ancestors 'none'";

/// What a page may load and run. Its own scripts carry `nonce`; wasm needs a word of its own.
///
/// Styles may stand in attributes: the page sets sizes and colours there.
#[must_use]
pub fn page_policy(nonce: &str) -> String {
    // the development server tells of new builds on a port of its own
    let reload = if std::env::var_os("LEPTOS_WATCH").is_some() {
        " ws://localhost:* ws://127.0.0.1:*"
    } else {
        ""
    };
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'{reload}; frame-src 'self'; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Adds what is missing.
pub async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let is_page = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let defaults = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (header::CONTENT_SECURITY_POLICY, BARE),
        (
            header::CACHE_CONTROL,
            // a proxy that rewrites HTML would break hydration
            if is_page {
                "no-cache, no-transform"
            } else {
                "no-cache"
            },
        ),
    ];
    for (name, value) in defaults {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
