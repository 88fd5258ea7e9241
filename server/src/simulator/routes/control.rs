//! Switches faults over HTTP: `GET /faults`, `POST /faults/{name}?seconds=N`, `DELETE /faults/{name}`,
//! `DELETE /faults`. Each answers with the list of faults.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::Shared;
use crate::simulator::fault::Fault;

/// Longest time a fault is switched on for: a week. Without a time it stays on.
const MAX_SECONDS: i64 = 7 * 86_400;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/faults", get(list).delete(clear_all))
        .route("/faults/{name}", post(set).delete(clear))
}

/// A fault and whether it is on; times by the simulator's clock.
#[derive(Debug, Serialize)]
struct FaultBody {
    name: &'static str,
    description: &'static str,
    on: bool,
    since_ms: Option<i64>,
    until_ms: Option<i64>,
}

#[derive(Debug, Serialize)]
struct FaultsBody {
    faults: Vec<FaultBody>,
}

#[derive(Debug, Serialize)]
struct Refusal {
    error: String,
}

type Answer = Result<Json<FaultsBody>, (StatusCode, Json<Refusal>)>;

#[derive(Debug, Deserialize)]
struct Duration {
    seconds: Option<String>,
}

async fn list(State(venue): State<Shared>) -> Json<FaultsBody> {
    Json(body(&venue))
}

async fn set(
    State(venue): State<Shared>,
    Path(name): Path<String>,
    Query(duration): Query<Duration>,
) -> Answer {
    let fault = named(&name)?;
    let seconds = duration.seconds.as_deref().map(seconds).transpose()?;
    let now = venue.exchange.time.clock_now();
    venue
        .exchange
        .faults
        .set(fault, seconds.map(|seconds| now + seconds * 1_000));
    Ok(Json(body(&venue)))
}

async fn clear(State(venue): State<Shared>, Path(name): Path<String>) -> Answer {
    venue.exchange.faults.clear(named(&name)?);
    Ok(Json(body(&venue)))
}

async fn clear_all(State(venue): State<Shared>) -> Json<FaultsBody> {
    venue.exchange.faults.clear_all();
    Json(body(&venue))
}

fn body(venue: &Shared) -> FaultsBody {
    let active = venue.exchange.faults.list();
    let faults = Fault::ALL
        .iter()
        .map(|fault| {
            let on = active.iter().find(|active| active.fault == *fault);
            FaultBody {
                name: fault.as_str(),
                description: fault.description(),
                on: on.is_some(),
                since_ms: on.map(|on| on.since_ms),
                until_ms: on.and_then(|on| on.until_ms),
            }
        })
        .collect();
    FaultsBody { faults }
}

fn named(name: &str) -> Result<Fault, (StatusCode, Json<Refusal>)> {
    Fault::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();
        let error = format!("unknown fault {name:?}: use one of {}", names.join(", "));
        (StatusCode::NOT_FOUND, Json(Refusal { error }))
    })
}

fn seconds(text: &str) -> Result<i64, (StatusCode, Json<Refusal>)> {
    text.parse()
        .ok()
        .filter(|seconds| (1..=MAX_SECONDS).contains(seconds))
        .ok_or_else(|| {
            let error =
                format!("seconds={text:?} is not a whole number from 1 to {MAX_SECONDS}: correct or leave it out");
            (StatusCode::BAD_REQUEST, Json(Refusal { error }))
        })
}
