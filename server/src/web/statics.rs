//! Script, wasm and stylesheet under `/pkg`.

use std::path::Path;

use axum::{
    Router,
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use tower_http::services::ServeDir;

/// Serves `pkg/` under the site's folder, compressed files where the build made them.
pub fn packages(site_root: &Path) -> Router {
    Router::new()
        .fallback_service(
            ServeDir::new(site_root.join("pkg"))
                .append_index_html_on_directories(false)
                .precompressed_br()
                .precompressed_gzip(),
        )
        .layer(middleware::from_fn(cache))
}

/// Browsers ask for an icon at this address when a page names none: an empty answer is no error in their console.
pub async fn no_icon() -> Response {
    (
        StatusCode::NO_CONTENT,
        [(header::CACHE_CONTROL, "public, max-age=86400")],
    )
        .into_response()
}

/// A file whose address names its version never changes; any other is asked for again each time, by its tag.
async fn cache(request: Request, next: Next) -> Response {
    let versioned = request.uri().query().is_some_and(|query| {
        query
            .split('&')
            .any(|pair| pair.starts_with("v=") || pair.starts_with("hash="))
    });
    let known = request.headers().get(header::IF_NONE_MATCH).cloned();
    let mut response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(if versioned {
            "public, max-age=31536000, immutable"
        } else {
            "no-cache"
        }),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let mut hash = Sha256::new();
    for name in [
        header::LAST_MODIFIED,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
    ] {
        hash.update(headers.get(name).map_or(&b""[..], HeaderValue::as_bytes));
        hash.update(b"\n");
    }
    tagged(response, &hash.finalize(), known.as_ref())
}

/// Adds a weak tag made of `digest`, and answers 304 if the client has that already.
pub fn tagged(mut response: Response, digest: &[u8], known: Option<&HeaderValue>) -> Response {
    let tag = format!("W/\"{}\"", hex::encode(digest.get(..12).unwrap_or(digest)));
    let is_known = known
        .and_then(|known| known.to_str().ok())
        .is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    if !is_known {
        return response;
    }
    let mut headers = std::mem::take(response.headers_mut());
    for name in [
        header::CONTENT_LENGTH,
        header::CONTENT_TYPE,
        header::CONTENT_ENCODING,
    ] {
        headers.remove(name);
    }
    (StatusCode::NOT_MODIFIED, headers).into_response()
}
