//! `GET /theme?to=dark&back=/market`: light or dark, kept in a cookie, also without JavaScript.

use app::theme::{Theme, safe_back};
use axum::{
    extract::Query,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;

/// The wish.
#[derive(Debug, Deserialize)]
pub struct Wish {
    to: String,
    back: Option<String>,
}

/// Sets the cookie and goes back.
pub async fn set(Query(wish): Query<Wish>) -> Response {
    let Some(theme) = Theme::parse(&wish.to) else {
        return (StatusCode::BAD_REQUEST, "to must be dark or light\n").into_response();
    };
    let back = wish.back.as_deref().map_or("/", safe_back);
    let (Ok(cookie), Ok(back)) = (
        HeaderValue::try_from(theme.cookie()),
        HeaderValue::try_from(back),
    ) else {
        return (StatusCode::BAD_REQUEST, "back is no address\n").into_response();
    };
    let headers = [
        (header::SET_COOKIE, cookie),
        (header::LOCATION, back),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
