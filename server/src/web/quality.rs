//! Parts of the Quality page below its first: scores, incidents, rules, reconciliation, quarantine, silences. Documents
//! without scripts; what is done on them is sent to the API.

use app::{
    backend::Backend,
    model::{AlertDetailVm, CheckVm, Difference, ScoreOf, batch::Standing},
    plain::{
        quality::{
            self, ChannelVm, SilencesVm,
            quarantine::Asked as AskedRows,
            reconciliation::Asked as AskedDifferences,
            trial::{MAX_TEXT, MOST_DAYS, Tried, USUAL_DAYS},
        },
        shell::Frame,
    },
};
use axum::{
    Form, Router,
    extract::{FromRequestParts, OriginalUri, Path, State, rejection::FormRejection},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::{
    AppState,
    api::{ApiError, ApiQuery},
    batches::frame,
    notices,
    operator::{self, Operator},
    plain_page::{Framing, respond},
    transition,
};
use crate::{backend::described, notify::Channels};

/// Incidents on their page.
const INCIDENTS: i64 = 200;
/// Results on their page.
const RESULTS: i64 = 500;
/// Dearest costs of a score whose rows are shown with it.
const OPENED: usize = 5;
/// Newest notices shown.
const NOTICES: i64 = 20;

/// Routes of the parts.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/quality/score/{of}", get(whole))
        .route("/quality/score/{of}/{name}", get(score))
        .route("/quality/checks", get(checks))
        .route("/quality/alerts/{id}/{seq}", get(transition::page))
        .route("/quality/incidents", get(incidents))
        .route("/quality/incidents/{id}", get(incident))
        .route("/quality/rules", get(rules))
        .route("/quality/rules/{id}", get(rule))
        // whoever loads the address of a trial again has nothing to try
        .route(
            "/quality/rules/try",
            post(try_rule).get(async || Redirect::to("/quality/rules")),
        )
        .route("/quality/reconciliation", get(reconciliation))
        .route("/quality/differences.csv", get(differences))
        .route("/quality/quarantine", get(quarantine))
        .route("/quality/silences", get(silences))
        .route("/quality/channels/{channel}/test", post(test_channel))
}

/// What each part needs of a request: the document around it, and who reads.
struct Reader {
    frame: Frame,
    standing: Standing,
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Self, Self::Rejection> {
        let uri = parts
            .extensions
            .get::<OriginalUri>()
            .map_or_else(|| parts.uri.to_string(), |OriginalUri(uri)| uri.to_string());
        Ok(Self {
            frame: frame(state, &uri, &parts.headers),
            standing: operator::standing(state, parts),
        })
    }
}

fn document(html: String) -> Response {
    respond(Framing::Never, html)
}

/// The score of everything.
async fn whole(
    state: State<AppState>,
    Path(of): Path<String>,
    reader: Reader,
) -> Result<Response, ApiError> {
    score(state, Path((of, String::new())), reader).await
}

/// One score with the evidence of its dearest costs.
async fn score(
    State(state): State<AppState>,
    Path((of, name)): Path<(String, String)>,
    reader: Reader,
) -> Result<Response, ApiError> {
    let unknown = || ApiError::NotFound(format!("there is no score of {of} {name:?}"));
    let kind = ScoreOf::parse(&of).ok_or_else(unknown)?;
    let vm = state.backend.score(kind, &name).await?;
    let mut alerts: Vec<AlertDetailVm> = Vec::new();
    for id in vm
        .costs
        .iter()
        .filter_map(|cost| cost.alert_id)
        .take(OPENED)
    {
        // an alert that was forgotten meanwhile has no rows to show
        alerts.extend(state.backend.alert(id).await.ok());
    }
    Ok(document(quality::score(reader.frame, vm, alerts)))
}

/// All results of checks.
async fn checks(State(state): State<AppState>, reader: Reader) -> Result<Response, ApiError> {
    let results = state.web.store.latest_checks(None, RESULTS).await?;
    let rules = state.web.hub.rules().now();
    let results: Vec<CheckVm> = results
        .into_iter()
        .map(|check| described(check, &rules))
        .collect();
    Ok(document(quality::checks(reader.frame, results)))
}

/// All incidents.
async fn incidents(State(state): State<AppState>, reader: Reader) -> Result<Response, ApiError> {
    let incidents = state.backend.incidents(INCIDENTS).await?;
    Ok(document(quality::incidents(reader.frame, incidents)))
}

/// One incident.
async fn incident(
    State(state): State<AppState>,
    Path(id): Path<String>,
    reader: Reader,
) -> Result<Response, ApiError> {
    let unknown = |_| ApiError::NotFound(format!("there is no incident {id:?}"));
    let vm = state.backend.incident(id.parse().map_err(unknown)?).await?;
    Ok(document(quality::incident(
        reader.frame,
        vm,
        reader.standing,
    )))
}

/// Which rules.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OfDataset {
    dataset: String,
}

/// All rules.
async fn rules(
    State(state): State<AppState>,
    ApiQuery(OfDataset { dataset }): ApiQuery<OfDataset>,
    reader: Reader,
) -> Result<Response, ApiError> {
    let rules = state.backend.rules().await?;
    Ok(document(quality::rules(reader.frame, rules, &dataset)))
}

/// One rule.
async fn rule(
    State(state): State<AppState>,
    Path(id): Path<String>,
    reader: Reader,
) -> Result<Response, ApiError> {
    let vm = state.backend.rule(&id).await?;
    Ok(document(quality::rule(reader.frame, vm, reader.standing)))
}

/// The form of a trial.
#[derive(Debug, Deserialize)]
struct Trial {
    text: String,
    days: Option<i64>,
}

/// Tries a rule and shows what came of it; nothing is saved.
async fn try_rule(
    _: Operator,
    State(state): State<AppState>,
    reader: Reader,
    form: Result<Form<Trial>, FormRejection>,
) -> Result<Response, ApiError> {
    let Form(Trial { text, days }) =
        form.map_err(|error| ApiError::BadRequest(error.body_text()))?;
    if text.len() > MAX_TEXT {
        return Err(ApiError::TooLarge(format!(
            "the text of a rule may have {MAX_TEXT} bytes"
        )));
    }
    // browsers send line ends of two characters
    let text = text.replace("\r\n", "\n");
    let days = days.unwrap_or(USUAL_DAYS).clamp(1, MOST_DAYS);
    let trial = state.backend.try_rule(&text, days).await?;
    Ok(document(quality::trial::trial(
        reader.frame,
        Tried { text, days, trial },
    )))
}

/// Which differences.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OfSeries {
    instrument: String,
    venue: String,
    kind: String,
}

impl OfSeries {
    fn asked(self) -> AskedDifferences {
        AskedDifferences {
            kind: Difference::parse(&self.kind),
            instrument: self.instrument,
            venue: self.venue,
        }
    }
}

/// Live against batch.
async fn reconciliation(
    State(state): State<AppState>,
    ApiQuery(of): ApiQuery<OfSeries>,
    reader: Reader,
) -> Result<Response, ApiError> {
    let asked = of.asked();
    let vm = state
        .backend
        .reconciliation(&asked.instrument, &asked.venue)
        .await?;
    Ok(document(quality::reconciliation::reconciliation(
        reader.frame,
        vm,
        asked,
    )))
}

/// The differences of that view as rows for other programs.
async fn differences(
    State(state): State<AppState>,
    ApiQuery(of): ApiQuery<OfSeries>,
) -> Result<Response, ApiError> {
    let asked = of.asked();
    let vm = state
        .backend
        .reconciliation(&asked.instrument, &asked.venue)
        .await?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_static("attachment; filename=\"differences.csv\""),
        ),
    ];
    Ok((headers, quality::reconciliation::csv(&vm, asked.kind)).into_response())
}

/// Which rows.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OfRows {
    state: String,
    rule: String,
    landing: Option<i64>,
    before: Option<i64>,
}

/// Rows set apart.
async fn quarantine(
    State(state): State<AppState>,
    ApiQuery(of): ApiQuery<OfRows>,
    reader: Reader,
) -> Result<Response, ApiError> {
    let asked = AskedRows {
        state: AskedRows::state_of(&of.state),
        rule: of.rule,
        landing_id: of.landing,
        before: of.before,
    };
    let vm = state.backend.quarantine(asked).await?;
    Ok(document(quality::quarantine::quarantine(
        reader.frame,
        vm,
        reader.standing,
    )))
}

/// Silences, channels and newest notices.
async fn silences(State(state): State<AppState>, reader: Reader) -> Result<Response, ApiError> {
    let notices = state.web.store.notices("", NOTICES).await?;
    let channels = Channels::of_process(&state.web.config.notify);
    let channels = channels
        .iter()
        .map(|channel| channel.view())
        .map(|view| ChannelVm {
            name: view.name,
            kind: view.kind.to_owned(),
            min_severity: view.min_severity,
            has_digest: view.digest,
            problem: view.problem.unwrap_or_default(),
        });
    let vm = SilencesVm {
        silences: state.backend.silences().await?,
        channels: channels.collect(),
        notices: notices.into_iter().map(|row| row.notice).collect(),
    };
    Ok(document(quality::silences(
        reader.frame,
        vm,
        reader.standing,
    )))
}

/// Sends a test and goes back to the notices, where it is seen what became of it.
async fn test_channel(
    operator: Operator,
    state: State<AppState>,
    channel: Path<String>,
) -> Result<Redirect, ApiError> {
    notices::test(operator, state, channel).await?;
    Ok(Redirect::to("/quality/silences#notices"))
}
