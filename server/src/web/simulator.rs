//! `/api/v1/simulator/faults` and the form of the Pipeline page: switches faults of the built-in simulator on and off.

use app::model::pipeline::{DeskVm, FaultVm};
use axum::{
    Form, Json,
    extract::{Path, State},
    http::StatusCode,
    response::Redirect,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    AppState,
    api::{ApiError, ApiQuery},
    operator::Operator,
};

/// Longest a fault may last, in seconds.
const LONGEST_S: u64 = 86_400;

/// A fault of the simulator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// `frozen_price`
    pub name: String,
    /// What it does, in one sentence.
    pub description: String,
    /// Venue it is limited to; none: all of them.
    pub venue: Option<String>,
    /// It is on.
    pub on: bool,
    /// Seconds until it goes off by itself; none: not before it is cleared.
    pub seconds_left: Option<u64>,
}

/// Why a fault was not switched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// The simulator knows no such fault.
    #[error("there is no fault of that name; the simulator knows {}", known.join(", "))]
    Unknown {
        /// Names it knows.
        known: Vec<String>,
    },
    /// The simulator plays no such venue.
    #[error("the simulator plays no venue {venue:?}; it plays {}", known.join(", "))]
    Venue {
        /// What was asked for.
        venue: String,
        /// Venues it plays.
        known: Vec<String>,
    },
    /// The simulator did not do it.
    #[error("the simulator did not switch the fault: {0}")]
    Failed(String),
}

/// Fault control of a simulator.
pub trait FaultDesk: Send + Sync + std::fmt::Debug {
    /// Every fault at all venues, on or off, each followed by the single venues it is on at.
    fn list(&self) -> Vec<Fault>;

    /// Venues that a fault can be limited to; empty where faults cannot be limited.
    fn venues(&self) -> Vec<String> {
        Vec::new()
    }

    /// Switches a fault on at all venues, for so many seconds or until it is cleared.
    ///
    /// # Errors
    /// When there is no such fault or the simulator fails.
    fn set(&self, name: &str, seconds: Option<u64>) -> Result<(), FaultError>;

    /// Switches a fault off at all venues; one that is off stays off.
    ///
    /// # Errors
    /// When there is no such fault or the simulator fails.
    fn clear(&self, name: &str) -> Result<(), FaultError>;

    /// Switches a fault on at one venue, or at all of them.
    ///
    /// # Errors
    /// When there is no such fault or venue, or the simulator fails.
    fn set_at(
        &self,
        name: &str,
        venue: Option<&str>,
        seconds: Option<u64>,
    ) -> Result<(), FaultError> {
        match venue {
            None => self.set(name, seconds),
            Some(venue) => Err(self.no_venue(venue)),
        }
    }

    /// Switches a fault off at one venue, or at all of them.
    ///
    /// # Errors
    /// When there is no such fault or venue, or the simulator fails.
    fn clear_at(&self, name: &str, venue: Option<&str>) -> Result<(), FaultError> {
        match venue {
            None => self.clear(name),
            Some(venue) => Err(self.no_venue(venue)),
        }
    }

    /// The error for a venue that is not played.
    fn no_venue(&self, venue: &str) -> FaultError {
        FaultError::Venue {
            venue: venue.to_owned(),
            known: self.venues(),
        }
    }
}

/// Where and how long.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope {
    venue: Option<String>,
    seconds: Option<u64>,
}

/// Where.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Place {
    venue: Option<String>,
}

/// Lists faults.
pub async fn list(_: Operator, State(state): State<AppState>) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "faults": desk(&state)?.list() })))
}

/// Switches one on.
pub async fn set(
    _: Operator,
    State(state): State<AppState>,
    Path(name): Path<String>,
    ApiQuery(Scope { venue, seconds }): ApiQuery<Scope>,
) -> Result<Json<Value>, ApiError> {
    let desk = desk(&state)?;
    desk.set_at(&name, venue.as_deref(), checked(seconds)?)?;
    Ok(Json(json!({ "faults": desk.list() })))
}

/// Switches one off.
pub async fn clear(
    _: Operator,
    State(state): State<AppState>,
    Path(name): Path<String>,
    ApiQuery(Place { venue }): ApiQuery<Place>,
) -> Result<StatusCode, ApiError> {
    desk(&state)?.clear_at(&name, venue.as_deref())?;
    Ok(StatusCode::NO_CONTENT)
}

/// The form of the Pipeline page: one of `on` and `off` names the fault.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Switch {
    on: Option<String>,
    /// `NAME` or, for what is on at one venue, `NAME VENUE`: each button of the form has one value.
    off: Option<String>,
    venue: String,
    seconds: String,
}

/// Switches a fault as the form says and goes back to the page.
pub async fn switch(
    _: Operator,
    State(state): State<AppState>,
    Form(switch): Form<Switch>,
) -> Result<Redirect, ApiError> {
    let desk = desk(&state)?;
    if let Some(off) = &switch.off {
        match off.split_once(' ') {
            Some((name, venue)) => desk.clear_at(name, Some(venue))?,
            None => desk.clear(off)?,
        }
    } else if let Some(on) = &switch.on {
        let seconds = match switch.seconds.trim() {
            "" => None,
            text => Some(text.parse().map_err(|_| unusable_seconds())?),
        };
        let venue = Some(switch.venue.trim()).filter(|venue| !venue.is_empty());
        desk.set_at(on, venue, checked(seconds)?)?;
    } else {
        return Err(ApiError::BadRequest(
            "the form must say which fault: on=NAME or off=NAME".to_owned(),
        ));
    }
    Ok(Redirect::to("/pipeline#faults"))
}

fn unusable_seconds() -> ApiError {
    ApiError::BadRequest(format!("seconds must lie between 1 and {LONGEST_S}"))
}

fn checked(seconds: Option<u64>) -> Result<Option<u64>, ApiError> {
    match seconds {
        Some(seconds) if !(1..=LONGEST_S).contains(&seconds) => Err(unusable_seconds()),
        seconds => Ok(seconds),
    }
}

/// The desk as the Pipeline page shows it; `None` where no simulator runs.
pub fn desk_vm(state: &AppState) -> Option<DeskVm> {
    let desk = state.web.faults.as_deref()?;
    // with `--live auto` it only runs while no real venue answers
    let simulated = state.web.hub.feeds().iter().any(|feed| feed.simulated);
    simulated.then(|| DeskVm {
        venues: desk.venues(),
        faults: desk
            .list()
            .into_iter()
            .map(|fault| FaultVm {
                name: fault.name,
                description: fault.description,
                venue: fault.venue,
                on: fault.on,
                seconds_left: fault.seconds_left,
            })
            .collect(),
    })
}

fn desk(state: &AppState) -> Result<&dyn FaultDesk, ApiError> {
    state.web.faults.as_deref().ok_or_else(|| {
        ApiError::NotFound(
            "the built-in simulator does not run; start the server with --live simulator"
                .to_owned(),
        )
    })
}

impl From<FaultError> for ApiError {
    fn from(error: FaultError) -> Self {
        match error {
            FaultError::Unknown { .. } | FaultError::Venue { .. } => {
                Self::NotFound(error.to_string())
            }
            FaultError::Failed(_) => Self::Failed(error.to_string()),
        }
    }
}
