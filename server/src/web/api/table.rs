//! Every endpoint with its handler: routes and description come from this one table.

mod data;
mod duties;
mod quality;

use axum::routing::MethodRouter;

use super::{super::AppState, Endpoint};

/// All of them.
pub fn table() -> Vec<(Endpoint, MethodRouter<AppState>)> {
    let mut table = data::endpoints();
    table.extend(quality::endpoints());
    table.extend(duties::endpoints());
    table
}
