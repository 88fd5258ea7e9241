//! Faults of the transport, and the count of request weight: around every answer of the exchange.

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use super::{Params, Shared, internal};
use crate::simulator::{
    fault::Fault,
    weight::{LIMIT, weight_of},
    wire::ApiError,
};

const USED_WEIGHT: HeaderName = HeaderName::from_static("x-mbx-used-weight");
const USED_WEIGHT_1M: HeaderName = HeaderName::from_static("x-mbx-used-weight-1m");
/// What the venue says to hosts in places it does not serve. The code really is 0.
const BLOCKED_TEXT: &str = "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. Please contact customer service if you believe you received this message in error.";
const LIMIT_TEXT: &str = "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.";
/// No answer of the exchange is larger.
const MAX_BODY: usize = 8 << 20;

pub(super) async fn trouble(State(venue): State<Shared>, request: Request, next: Next) -> Response {
    let faults = &venue.exchange.faults;
    if faults.is_on(Fault::Silence) {
        venue.stop.cancelled().await;
    }
    if faults.is_on(Fault::Blocked) {
        return blocked().into_response();
    }
    let (parts, body) = request.into_parts();
    let params = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
        .map(|query| Params::new(query.0))
        .unwrap_or_default();
    let levels = params.get("limit").and_then(|limit| limit.parse().ok());
    let weight = weight_of(parts.uri.path(), levels, params.get("symbol").is_none());
    let used = venue.weight.add(venue.exchange.time.clock_now(), weight);

    let mut response = if faults.is_on(Fault::RateLimit) || used > LIMIT {
        rate_limited(venue.retry_after_s)
    } else if faults.is_on(Fault::ServerError) {
        internal().into_response()
    } else {
        next.run(Request::from_parts(parts, body)).await
    };
    if faults.is_on(Fault::TruncatedJson) && response.status().is_success() {
        response = truncated(response).await;
    }
    let headers = response.headers_mut();
    headers.insert(USED_WEIGHT, HeaderValue::from(used));
    headers.insert(USED_WEIGHT_1M, HeaderValue::from(used));
    response
}

fn blocked() -> ApiError {
    ApiError {
        status: StatusCode::UNAVAILABLE_FOR_LEGAL_REASONS,
        code: 0,
        msg: BLOCKED_TEXT.to_owned(),
    }
}

fn rate_limited(retry_after_s: u32) -> Response {
    let error = ApiError {
        status: StatusCode::TOO_MANY_REQUESTS,
        code: -1003,
        msg: LIMIT_TEXT.to_owned(),
    };
    let mut response = error.into_response();
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
    response
}

/// The first half of the body, as a complete HTTP answer.
async fn truncated(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, MAX_BODY).await else {
        return internal().into_response();
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let half = bytes.len() / 2;
    Response::from_parts(parts, Body::from(bytes.slice(..half)))
}
