//! Switches faults over HTTP: `GET /faults`, `POST /faults/{name}?venue=V&seconds=N`, `DELETE /faults/{name}?venue=V`,
//! `DELETE /faults`. Each answers with the list of faults.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    http::StatusCode,
    routing::{get, post},
};
use serde::{Deserialize, Serialize};

use super::Shared;
use crate::simulator::{fault::Fault, protocol::Protocol, world::World};

/// Longest time a fault is switched on for: a week. Without a time it stays on.
const MAX_SECONDS: i64 = 7 * 86_400;

pub(super) fn router() -> Router<Shared> {
    Router::new()
        .route("/faults", get(list).delete(clear_all))
        .route("/faults/{name}", post(set).delete(clear))
}

/// A fault and where it is on; times by the simulator's clock.
#[derive(Debug, Serialize)]
struct FaultBody {
    name: &'static str,
    description: &'static str,
    on: bool,
    /// Venue it is on at; none: at all of them.
    venue: Option<&'static str>,
    since_ms: Option<i64>,
    until_ms: Option<i64>,
}

#[derive(Debug, Serialize)]
struct FaultsBody {
    faults: Vec<FaultBody>,
}

#[derive(Debug, Serialize)]
struct Refused {
    error: String,
}

type Refusal = (StatusCode, Json<Refused>);
type Answer = Result<Json<FaultsBody>, Refusal>;

#[derive(Debug, Deserialize)]
struct Options {
    seconds: Option<String>,
    venue: Option<String>,
}

async fn list(State(shell): State<Shared>) -> Json<FaultsBody> {
    Json(body(&shell.world))
}

async fn set(
    State(shell): State<Shared>,
    Path(name): Path<String>,
    Query(options): Query<Options>,
) -> Answer {
    let fault = named(&name)?;
    let venue = venue(options.venue.as_deref())?;
    let seconds = options.seconds.as_deref().map(seconds).transpose()?;
    let now = shell.world.time().clock_now();
    let until = seconds.map(|seconds| now + seconds * 1_000);
    shell.world.faults().set(fault, venue, until);
    Ok(Json(body(&shell.world)))
}

async fn clear(
    State(shell): State<Shared>,
    Path(name): Path<String>,
    Query(options): Query<Options>,
) -> Answer {
    let venue = venue(options.venue.as_deref())?;
    shell.world.faults().clear(named(&name)?, venue);
    Ok(Json(body(&shell.world)))
}

async fn clear_all(State(shell): State<Shared>) -> Json<FaultsBody> {
    shell.world.faults().clear_all();
    Json(body(&shell.world))
}

/// Every fault, and those that are on at several venues once for each.
fn body(world: &World) -> FaultsBody {
    let active = world.faults().list();
    let faults = Fault::ALL
        .iter()
        .flat_map(|fault| {
            let on: Vec<_> = active.iter().filter(|on| on.fault == *fault).collect();
            let blank = FaultBody {
                name: fault.as_str(),
                description: fault.description(),
                on: false,
                venue: None,
                since_ms: None,
                until_ms: None,
            };
            if on.is_empty() {
                return vec![blank];
            }
            on.into_iter()
                .map(|on| FaultBody {
                    name: fault.as_str(),
                    description: fault.description(),
                    on: true,
                    venue: on.venue.map(Protocol::as_str),
                    since_ms: Some(on.since_ms),
                    until_ms: on.until_ms,
                })
                .collect()
        })
        .collect();
    FaultsBody { faults }
}

fn named(name: &str) -> Result<Fault, Refusal> {
    Fault::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.as_str()).collect();
        let error = format!("unknown fault {name:?}: use one of {}", names.join(", "));
        (StatusCode::NOT_FOUND, Json(Refused { error }))
    })
}

fn venue(name: Option<&str>) -> Result<Option<Protocol>, Refusal> {
    let Some(name) = name else {
        return Ok(None);
    };
    let protocol = Protocol::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Protocol::ALL.iter().map(|venue| venue.as_str()).collect();
        let error = format!("unknown venue {name:?}: use one of {}", names.join(", "));
        (StatusCode::NOT_FOUND, Json(Refused { error }))
    })?;
    Ok(Some(protocol))
}

fn seconds(text: &str) -> Result<i64, Refusal> {
    text.parse()
        .ok()
        .filter(|seconds| (1..=MAX_SECONDS).contains(seconds))
        .ok_or_else(|| {
            let error =
                format!("seconds={text:?} is not a whole number from 1 to {MAX_SECONDS}: correct or leave it out");
            (StatusCode::BAD_REQUEST, Json(Refused { error }))
        })
}
