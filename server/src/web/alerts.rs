//! What operators do with alerts, incidents and silences: `/api/v1/…`, and the same for forms without script.

use app::{backend::Backend, model::Opinion};
use axum::{
    Json,
    extract::{FromRequest, FromRequestParts, Path, Request, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    AppState,
    api::{ApiError, ApiQuery, Asked, answer},
    operator::Operator,
};
use crate::{
    pipeline::alerting::{
        act::{self, ActError, Wanted},
        change::Handed,
    },
    quality::rule::file::duration_ms,
};

/// Parameters of what is done to an alert or incident.
pub const DONE_BY: &[&str] = &["by"];
/// Parameters of a new silence.
pub const SILENCE: &[&str] = &["check", "entity", "for", "until_resolved", "reason", "by"];
/// Parameters of a list.
pub const LIMIT: &[&str] = &["limit"];
/// Incidents of an answer, by default and at most.
const INCIDENTS: (i64, i64) = (50, 1000);

/// Who does it, and where a form came from.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoneBy {
    by: String,
    back: Option<String>,
}

fn name(by: &str) -> &str {
    match by.trim() {
        "" => "operator",
        name => name,
    }
}

fn number(id: &str, what: &str) -> Result<i64, ApiError> {
    id.parse()
        .map_err(|_| ApiError::BadRequest(format!("{id:?} is no number of {what}")))
}

/// What somebody does to an alert or an incident.
#[derive(Debug)]
pub struct Act {
    state: AppState,
    id: String,
    done: DoneBy,
}

impl FromRequest<AppState> for Act {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        Operator::from_request_parts(&mut parts, state).await?;
        let Path(id) = Path::from_request_parts(&mut parts, state)
            .await
            .map_err(|error| ApiError::BadRequest(error.body_text()))?;
        let Asked(done) = Asked::from_request(Request::from_parts(parts, body), state).await?;
        Ok(Self {
            state: state.clone(),
            id,
            done,
        })
    }
}

impl Act {
    async fn hand(self, handed: Handed) -> Result<Response, ApiError> {
        let id = number(&self.id, "an alert")?;
        let event = act::hand(&self.state.web.engine(), id, name(&self.done.by), handed).await?;
        let json = json!({ "alert": event.alert });
        Ok(answer(self.done.back.as_deref(), json))
    }

    async fn opine(self, opinion: Option<Opinion>) -> Result<Response, ApiError> {
        let id = number(&self.id, "an incident")?;
        act::say(&self.state.web.engine(), id, opinion, name(&self.done.by)).await?;
        let detail = self.state.backend.incident(id).await?;
        let json = json!({ "incident": detail.incident });
        Ok(answer(self.done.back.as_deref(), json))
    }
}

/// Takes an alert.
pub async fn acknowledge(act: Act) -> Result<Response, ApiError> {
    act.hand(Handed::Over).await
}

/// Gives an alert back.
pub async fn unacknowledge(act: Act) -> Result<Response, ApiError> {
    act.hand(Handed::Back).await
}

/// Says that something was wrong with the data.
pub async fn confirm(act: Act) -> Result<Response, ApiError> {
    act.opine(Some(Opinion::Confirmed)).await
}

/// Says that nothing was wrong with the data.
pub async fn false_alarm(act: Act) -> Result<Response, ApiError> {
    act.opine(Some(Opinion::FalseAlarm)).await
}

/// Takes back what was said.
pub async fn undo(act: Act) -> Result<Response, ApiError> {
    act.opine(None).await
}

/// A silence that is asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NewSilence {
    check: String,
    entity: String,
    #[serde(rename = "for")]
    length: String,
    /// Of a form: anything but nothing, `0` and `false` means yes.
    until_resolved: String,
    reason: String,
    by: String,
    back: Option<String>,
}

/// `POST /silences`
pub async fn silence(
    _: Operator,
    State(state): State<AppState>,
    Asked(new): Asked<NewSilence>,
) -> Result<Response, ApiError> {
    let until_resolved = !matches!(new.until_resolved.as_str(), "" | "0" | "false");
    let length = new.length.trim();
    let for_ms = match (length, until_resolved) {
        // a form has both: its button counts more than what stands beside it
        (_, true) => None,
        ("", false) => {
            return Err(ApiError::BadRequest(
                "say either for, such as 2h, or until_resolved=true".to_owned(),
            ));
        }
        (length, false) => Some(duration_ms(length).ok_or_else(|| {
            ApiError::BadRequest(format!(
                "{length:?} is no length of time; write 30m, 2h or 7d"
            ))
        })?),
    };
    let or_any = |pattern: String| {
        if pattern.trim().is_empty() {
            "*".to_owned()
        } else {
            pattern
        }
    };
    let wanted = Wanted {
        check_id: or_any(new.check),
        entity: or_any(new.entity),
        reason: new.reason,
        for_ms,
    };
    let (silence, muted) = act::silence(&state.web.engine(), wanted, name(&new.by)).await?;
    let json = json!({ "id": silence.id, "ends_at": silence.ends_at, "muted": muted });
    Ok(answer(new.back.as_deref(), json))
}

/// `DELETE /silences/{id}`
pub async fn delete_silence(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    act::unsilence(&state.web.engine(), number(&id, "a silence")?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The same for a form.
pub async fn end_silence(
    _: Operator,
    State(state): State<AppState>,
    Path(id): Path<String>,
    Asked(DoneBy { back, .. }): Asked<DoneBy>,
) -> Result<Response, ApiError> {
    let id = number(&id, "a silence")?;
    act::unsilence(&state.web.engine(), id).await?;
    Ok(answer(back.as_deref(), json!({ "id": id, "ended": true })))
}

/// How many.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limit {
    limit: Option<i64>,
}

/// Incidents, open ones first.
pub async fn incidents(
    State(state): State<AppState>,
    ApiQuery(Limit { limit }): ApiQuery<Limit>,
) -> Result<Json<Value>, ApiError> {
    let (usual, most) = INCIDENTS;
    let limit = limit.unwrap_or(usual);
    if !(1..=most).contains(&limit) {
        return Err(ApiError::BadRequest(format!(
            "limit is {limit}, but must lie between 1 and {most}"
        )));
    }
    let incidents = state.backend.incidents(limit).await?;
    Ok(Json(json!({ "incidents": incidents })))
}

/// One incident with its history.
pub async fn one_incident(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let detail = state.backend.incident(number(&id, "an incident")?).await?;
    Ok(Json(json!(detail)))
}

/// Silences and maintenance windows.
pub async fn silences(
    State(state): State<AppState>,
    ApiQuery(Limit { limit }): ApiQuery<Limit>,
) -> Result<Json<Value>, ApiError> {
    let mut silences = state.backend.silences().await?;
    silences.truncate(
        limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(usize::MAX),
    );
    Ok(Json(json!({ "silences": silences })))
}

impl From<ActError> for ApiError {
    fn from(error: ActError) -> Self {
        match error {
            ActError::NotFound(_) => Self::NotFound(error.to_string()),
            ActError::Refused(_) => Self::Conflict(error.to_string()),
            ActError::Wrong(_) => Self::BadRequest(error.to_string()),
            ActError::Store(error) => error.into(),
        }
    }
}
