//! What people do about quarantined rows: one by its number, or all of a reason or landing.

use std::time::Duration;

use app::theme::safe_back;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::{ApiError, Asked};
use crate::{
    pipeline::{
        quarantine::{Action, act},
        runs,
    },
    store::quarantine::{QuarantineFilter, is_rule_id},
    web::{AppState, operator::Operator},
};

/// Most rows that one request is about.
const MOST: i64 = 1_000_000;
/// How long an answer waits for the end of the work, which goes on after it: a file that is read may be in its way.
const PATIENCE: Duration = Duration::from_secs(3);

/// Which rows; nothing of it where the address names one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Which {
    rule: String,
    landing: String,
    /// Where a form goes on to.
    back: Option<String>,
}

impl Which {
    /// All rows of a reason, a landing, or both.
    fn all(&self) -> Result<QuarantineFilter, ApiError> {
        let bad = |words: &str| ApiError::BadRequest(words.to_owned());
        let rule = Some(self.rule.trim()).filter(|rule| !rule.is_empty());
        if rule.is_some_and(|rule| !is_rule_id(rule)) {
            return Err(bad("rule must be the name of a check, such as candle.ohlc"));
        }
        let landing = Some(self.landing.trim()).filter(|landing| !landing.is_empty());
        let landing_id = landing.map(|id| id.parse().map_err(|_| bad("landing must be a number")));
        let landing_id = landing_id.transpose()?;
        if rule.is_none() && landing_id.is_none() {
            return Err(bad("name the rows: rule, landing or both"));
        }
        Ok(QuarantineFilter {
            landing_id,
            rule: rule.map(str::to_owned),
            state: Some("open"),
            limit: MOST,
            ..QuarantineFilter::default()
        })
    }
}

fn one(id: &str) -> Result<QuarantineFilter, ApiError> {
    let id = id
        .parse()
        .map_err(|_| ApiError::NotFound(format!("there is no quarantined row {id:?}")))?;
    Ok(QuarantineFilter {
        ids: vec![id],
        limit: 1,
        ..QuarantineFilter::default()
    })
}

/// Reads one row again.
pub async fn retry(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Asked(which): Asked<Which>,
) -> Result<Response, ApiError> {
    work(&state, one(&id)?, Action::Retry, which.back).await
}

/// Gives one row up.
pub async fn discard(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Asked(which): Asked<Which>,
) -> Result<Response, ApiError> {
    work(&state, one(&id)?, Action::Discard, which.back).await
}

/// Reads all rows of a reason or landing again.
pub async fn retry_all(
    _: Operator,
    State(state): State<AppState>,
    Asked(which): Asked<Which>,
) -> Result<Response, ApiError> {
    work(&state, which.all()?, Action::Retry, which.back).await
}

/// Gives all rows of a reason or landing up.
pub async fn discard_all(
    _: Operator,
    State(state): State<AppState>,
    Asked(which): Asked<Which>,
) -> Result<Response, ApiError> {
    work(&state, which.all()?, Action::Discard, which.back).await
}

/// Does it, and answers with what came of it if that is known soon.
async fn work(
    state: &AppState,
    filter: QuarantineFilter,
    action: Action<'static>,
    back: Option<String>,
) -> Result<Response, ApiError> {
    if let [id] = filter.ids[..]
        && state.web.store.quarantine_rows(&filter).await?.is_empty()
    {
        return Err(ApiError::NotFound(format!(
            "there is no quarantined row {id}"
        )));
    }
    let engine = state.web.engine();
    let work = tokio::spawn(async move {
        let done = act(&engine, &filter, action, "page", None).await;
        if let Err(error) = &done
            && !runs::is_cancelled(error)
        {
            tracing::error!(
                error = format!("{error:#}"),
                "nothing could be done about quarantined rows"
            );
        }
        done
    });
    let report = match tokio::time::timeout(PATIENCE, work).await {
        Ok(Ok(report)) => Some(report?),
        Ok(Err(_)) => return Err(ApiError::Failed("the work was broken off".to_owned())),
        Err(_) => None,
    };
    Ok(match (back, report) {
        (Some(back), _) => Redirect::to(safe_back(&back)).into_response(),
        (None, Some(report)) => Json(report).into_response(),
        (None, None) => (StatusCode::ACCEPTED, Json(json!({ "running": true }))).into_response(),
    })
}
