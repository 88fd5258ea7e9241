//! `/api/v1/simulator/faults`: switches faults of the built-in simulator on and off.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
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
    /// The simulator did not do it.
    #[error("the simulator did not switch the fault: {0}")]
    Failed(String),
}

/// Fault control of a simulator.
pub trait FaultDesk: Send + Sync + std::fmt::Debug {
    /// All faults, on or off.
    fn list(&self) -> Vec<Fault>;

    /// Switches a fault on, for so many seconds or until it is cleared.
    ///
    /// # Errors
    /// When there is no such fault or the simulator fails.
    fn set(&self, name: &str, seconds: Option<u64>) -> Result<(), FaultError>;

    /// Switches a fault off; one that is off stays off.
    ///
    /// # Errors
    /// When there is no such fault or the simulator fails.
    fn clear(&self, name: &str) -> Result<(), FaultError>;
}

/// How long a fault shall last.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duration {
    seconds: Option<u64>,
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
    ApiQuery(Duration { seconds }): ApiQuery<Duration>,
) -> Result<Json<Value>, ApiError> {
    if seconds.is_some_and(|seconds| !(1..=LONGEST_S).contains(&seconds)) {
        return Err(ApiError::BadRequest(format!(
            "seconds must lie between 1 and {LONGEST_S}"
        )));
    }
    let desk = desk(&state)?;
    desk.set(&name, seconds)?;
    Ok(Json(json!({ "faults": desk.list() })))
}

/// Switches one off.
pub async fn clear(
    _: Operator,
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<StatusCode, ApiError> {
    desk(&state)?.clear(&name)?;
    Ok(StatusCode::NO_CONTENT)
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
            FaultError::Unknown { .. } => Self::NotFound(error.to_string()),
            FaultError::Failed(_) => Self::Failed(error.to_string()),
        }
    }
}
