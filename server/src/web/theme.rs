//! `GET /theme?set=dark&back=/market`: light or dark, kept in a cookie, also without JavaScript.

use axum::{
    extract::Query,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

/// The wish.
#[derive(Debug, Deserialize)]
pub struct Wish {
    set: String,
    back: Option<String>,
}

/// Sets the cookie and goes back; `auto` forgets it.
pub async fn set(Query(wish): Query<Wish>) -> Response {
    let cookie = match wish.set.as_str() {
        "dark" => "theme=dark; Path=/; Max-Age=31536000; SameSite=Lax",
        "light" => "theme=light; Path=/; Max-Age=31536000; SameSite=Lax",
        "auto" => "theme=; Path=/; Max-Age=0; SameSite=Lax",
        _ => return (StatusCode::BAD_REQUEST, "set must be dark, light or auto\n").into_response(),
    };
    let back = wish
        .back
        .filter(|back| is_local(back))
        .and_then(|back| HeaderValue::try_from(back).ok())
        .unwrap_or(HeaderValue::from_static("/"));
    let headers = [
        (header::SET_COOKIE, HeaderValue::from_static(cookie)),
        (header::LOCATION, back),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// A path of this site. Browsers read `//host` and `/\host` as another site, and drop tabs and line breaks.
fn is_local(back: &str) -> bool {
    back.starts_with('/')
        && !back.starts_with("//")
        && back.len() <= 1024
        && back
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_paths_of_this_site_are_gone_back_to() {
        for (back, local) in [
            ("/", true),
            ("/market?step=1h", true),
            ("//evil.example", false),
            ("/\\evil.example", false),
            ("/\t/evil.example", false),
            ("https://evil.example/", false),
            ("market", false),
            ("", false),
        ] {
            assert_eq!(is_local(back), local, "{back:?}");
        }
    }
}
