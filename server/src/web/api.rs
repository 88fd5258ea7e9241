//! `/api/v1`: what the pages show, as JSON.

mod asked;
mod error;
mod filter;
mod live;
mod quarantine;
mod reconcile;
mod rows;
mod rules;
mod scores;
mod table;

use axum::Router;

pub use asked::{Asked, answer, is_json};
pub use error::{ApiError, Told};
pub use filter::{ApiQuery, Filter, STATE, time};

use self::table::table;
use super::AppState;

/// An endpoint as the API's description shows it.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// `/quotes`, below `/api/v1`.
    pub path: &'static str,
    /// `get`, `post` or `delete`.
    pub method: &'static str,
    /// What it answers.
    pub summary: &'static str,
    /// Parameters of the query.
    pub query: &'static [&'static str],
    /// Name of the list in the answer; empty if it is no list.
    pub list: &'static str,
    /// Only for operators.
    pub operator: bool,
}

impl Endpoint {
    const fn read(
        path: &'static str,
        list: &'static str,
        summary: &'static str,
        query: &'static [&'static str],
    ) -> Self {
        Self {
            path,
            method: "get",
            summary,
            query,
            list,
            operator: false,
        }
    }

    const fn operator(
        path: &'static str,
        method: &'static str,
        list: &'static str,
        summary: &'static str,
        query: &'static [&'static str],
    ) -> Self {
        Self {
            path,
            method,
            summary,
            query,
            list,
            operator: true,
        }
    }
}

/// Every endpoint.
pub fn endpoints() -> Vec<Endpoint> {
    table().into_iter().map(|(endpoint, _)| endpoint).collect()
}

/// Routes of the API.
pub fn router() -> Router<AppState> {
    table()
        .into_iter()
        .fold(Router::new(), |router, (endpoint, handler)| {
            router.route(endpoint.path, handler)
        })
        .fallback(async || {
            ApiError::NotFound("there is no such endpoint; see /api/v1/openapi.json".to_owned())
        })
}
