//! Probes for whoever watches the process.

use axum::{extract::State, http::StatusCode};

use super::AppState;

/// The process is up.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// The database can be read, and is as new as this build.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, &'static str) {
    match state.web.store.ping().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database cannot be read\n",
            )
        }
    }
}
