//! The network around the exchanges: one listener for all of them.
//!
//! | asked | answered by |
//! |---|---|
//! | `/<protocol>/…` | that venue: a stream where the client asks for one, else REST |
//! | any other path, `/api/v3/…` | Binance, or the one that is configured |
//! | `/faults…` | [`control`]: switches faults |
//! | `/truth/…` | [`truth`]: what really happened |

mod control;
mod rest;
mod stream;
mod truth;

use std::sync::Arc;

use axum::{
    Router,
    extract::{FromRequestParts, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::compression::CompressionLayer;

use super::{exchange::Exchange, protocol::Protocol, world::World};

/// What every handler needs.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) world: World,
    /// Whose protocol is spoken where a path names no venue.
    pub(super) root: Protocol,
    /// Venues that do not answer from the market, but repeat what was recorded.
    pub(super) instead: Vec<(Protocol, Arc<dyn Exchange>)>,
    /// Messages of streams are sent in fragments of so many bytes.
    pub(super) fragment_bytes: Option<usize>,
    /// Ends streams and requests that are never answered when the simulator stops.
    pub(super) stop: CancellationToken,
    pub(super) streams: TaskTracker,
}

/// Handlers share one shell.
pub(super) type Shared = Arc<Shell>;

impl Shell {
    fn exchange(&self, protocol: Protocol) -> Arc<dyn Exchange> {
        let mut instead = self.instead.iter();
        let recorded = instead.find(|(venue, _)| *venue == protocol);
        recorded.map_or_else(
            || self.world.exchange(protocol),
            |(_, exchange)| Arc::clone(exchange),
        )
    }
}

/// Everything that can be asked for.
pub(super) fn router(shell: Shared) -> Router {
    Router::new()
        .merge(control::router())
        .route("/truth/{venue}/{what}", get(truth::truth))
        .fallback(venue)
        .layer(CompressionLayer::new())
        .with_state(shell)
}

/// A question to a venue, or a stream of it.
async fn venue(State(shell): State<Shared>, request: Request) -> Response {
    let (mut parts, _body) = request.into_parts();
    let path = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    let first = path.trim_start_matches('/').split('/').next();
    let named = first.and_then(Protocol::parse);
    let (protocol, path) = match named {
        Some(protocol) => (protocol, &path[1 + protocol.as_str().len()..]),
        None => (shell.root, path.as_str()),
    };
    let exchange = shell.exchange(protocol);
    if parts.headers.contains_key(header::UPGRADE) {
        let upgrade = yawc::IncomingUpgrade::from_request_parts(&mut parts, &()).await;
        return match upgrade {
            Ok(upgrade) => stream::open(&shell, &*exchange, (path, &query), upgrade),
            Err(status) => status.into_response(),
        };
    }
    if !parts.method.is_safe() {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let answer = exchange.rest(path, &query, shell.world.now_ms());
    rest::respond(&shell, answer).await
}
