//! Answers on the wire.

use std::time::Duration;

use axum::{
    body::{Body, Bytes},
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};

use super::Shell;
use crate::simulator::exchange::{Pace, RestAnswer};

/// Pieces of a slow answer.
const PIECES: usize = 30;

/// Sends an answer at its pace.
pub(super) async fn respond(shell: &Shell, answer: RestAnswer) -> Response {
    let body = match answer.pace {
        Pace::Never => {
            shell.stop.cancelled().await;
            Body::empty()
        }
        Pace::AtOnce => Body::from(answer.body),
        Pace::Slow(over_ms) => {
            let pause = shell.world.time().real(over_ms / PIECES as i64);
            slow(answer.body.into(), pause)
        }
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, body).into_response();
    for (name, value) in answer.headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A body that comes piece by piece.
fn slow(bytes: Bytes, pause: Duration) -> Body {
    let size = bytes.len().div_ceil(PIECES).max(1);
    let pieces = stream::unfold(bytes, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = left.split_to(size.min(left.len()));
        Some((Ok::<Bytes, std::convert::Infallible>(piece), left))
    });
    // What compresses a body asks on after its end.
    Body::from_stream(pieces.fuse())
}
