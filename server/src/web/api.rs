//! `/api/v1`: what the pages show, as JSON.

mod error;
mod filter;
mod live;
mod quarantine;
mod reconcile;
mod rows;
mod rules;
mod scores;

use axum::{
    Router,
    routing::{MethodRouter, delete, get, post},
};

pub use error::{ApiError, Told};
pub use filter::{ApiQuery, Filter, STATE, time};

use super::{AppState, alerts, jobs, notices, openapi, simulator, upload};

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

/// Every endpoint with its handler: routes and description come from this one table.
fn table() -> Vec<(Endpoint, MethodRouter<AppState>)> {
    vec![
        (
            Endpoint::read(
                "/health",
                "",
                "Verdict, layers, feeds, completeness, open alerts and scores",
                &[],
            ),
            get(rows::health),
        ),
        (
            Endpoint::read(
                "/quotes",
                "quotes",
                "Live quotes, oldest first",
                filter::SERIES,
            ),
            get(rows::quotes),
        ),
        (
            Endpoint::read(
                "/candles",
                "candles",
                "Bars of a series, oldest first",
                filter::CANDLES,
            ),
            get(rows::candles),
        ),
        (
            Endpoint::read(
                "/books",
                "books",
                "Live order books, oldest first",
                filter::SERIES,
            ),
            get(rows::books),
        ),
        (
            Endpoint::read(
                "/trades",
                "trades",
                "Live trades of a series, oldest first",
                filter::SERIES,
            ),
            get(live::trades),
        ),
        (
            Endpoint::read(
                "/minutes",
                "minutes",
                "What is computed of a series' trades and books by the minute, oldest first",
                filter::SERIES,
            ),
            get(live::minutes),
        ),
        (
            Endpoint::read(
                "/consensus",
                "consensus",
                "The price that the venues of an instrument agreed on, and each one's distance, oldest first",
                filter::PRICES,
            ),
            get(live::consensus),
        ),
        (
            Endpoint::read(
                "/gaps",
                "gaps",
                "Stretches without data, from noticed to filled, newest first",
                filter::GAPS,
            ),
            get(live::gaps),
        ),
        (
            Endpoint::read(
                "/sources",
                "sources",
                "Live sources and how they are, and the venue of each instrument's primary series",
                &[],
            ),
            get(live::sources),
        ),
        (
            Endpoint::read(
                "/source-events",
                "source_events",
                "What happened to sources, newest first: connections, lost books, fail-overs",
                filter::SERIES,
            ),
            get(live::source_events),
        ),
        (
            Endpoint::read(
                "/reconciliation",
                "reconciliation",
                "Live against batch by the day, newest first: minutes compared, that agree, and that differ, by kind",
                filter::SERIES,
            ),
            get(reconcile::days),
        ),
        (
            Endpoint::read(
                "/differences",
                "differences",
                "Minutes in which live and batch differ, and candles restated later, newest first; the next page ends before the last row's time",
                filter::SERIES,
            ),
            get(reconcile::differences),
        ),
        (
            Endpoint::read(
                "/articles",
                "articles",
                "News articles, newest first",
                filter::TIMES,
            ),
            get(rows::articles),
        ),
        (
            Endpoint::read(
                "/alerts",
                "alerts",
                "Alerts, open ones first",
                filter::STATE,
            ),
            get(rows::alerts),
        ),
        (
            Endpoint::read(
                "/checks",
                "checks",
                "Newest result of every check and entity, worst first",
                filter::STATE,
            ),
            get(rows::checks),
        ),
        (
            Endpoint::read(
                "/scores",
                "scores",
                "Scores of the whole, layers, dimensions, datasets and venues, with the last hours of each (24 unless told)",
                filter::HOURS,
            ),
            get(scores::all),
        ),
        (
            Endpoint::read(
                "/scores/{kind}/{name}",
                "",
                "One score and what costs it points, dearest first; the whole is overall/all",
                &[],
            ),
            get(scores::one),
        ),
        (
            Endpoint::read(
                "/timelines",
                "timelines",
                "States of the checks that were not well in the last hours (24 unless told), worst first",
                filter::HOURS,
            ),
            get(scores::timelines),
        ),
        (
            Endpoint::read("/runs", "runs", "Runs, newest first", filter::PIPELINE),
            get(rows::runs),
        ),
        (
            Endpoint::read(
                "/landings",
                "landings",
                "Payloads in bronze, newest first",
                filter::PIPELINE,
            ),
            get(rows::landings),
        ),
        (
            Endpoint::read(
                "/landings/{id}",
                "",
                "One payload: counts, verdict, profile, checks with evidence, quarantined rows, runs",
                &[],
            ),
            get(rows::landing),
        ),
        (
            Endpoint::read(
                "/quarantine",
                "quarantine",
                "Quarantined rows, newest first",
                filter::STATE,
            ),
            get(rows::quarantine),
        ),
        (
            Endpoint::read(
                "/rules",
                "rules",
                "Every rule with its record: alerts a day, faults found",
                &[],
            ),
            get(rules::list),
        ),
        (
            Endpoint::read("/rules/{id}", "", "One rule with its text and record", &[]),
            get(rules::one),
        ),
        (
            Endpoint::operator(
                "/rules/try",
                "post",
                "",
                "Tries a rule, given as text (TOML), on the stored history of so many days; nothing is saved",
                &[],
            ),
            post(rules::try_it),
        ),
        (
            Endpoint::operator(
                "/rules",
                "post",
                "",
                "Writes a rule, given as text (TOML), into the folder of rule files and puts it in force",
                &[],
            ),
            post(rules::save),
        ),
        (
            Endpoint::operator(
                "/quarantine/{id}/retry",
                "post",
                "",
                "Reads a quarantined row again by the rules of now",
                &[],
            ),
            post(quarantine::retry),
        ),
        (
            Endpoint::operator(
                "/quarantine/{id}/discard",
                "post",
                "",
                "Gives a quarantined row up; it can be retried",
                &[],
            ),
            post(quarantine::discard),
        ),
        (
            Endpoint::operator(
                "/quarantine/retry",
                "post",
                "",
                "Reads all open rows of a rule, a landing or both again: the body names them as rule and landing",
                &[],
            ),
            post(quarantine::retry_all),
        ),
        (
            Endpoint::operator(
                "/quarantine/discard",
                "post",
                "",
                "Gives all open rows of a rule, a landing or both up: the body names them as rule and landing",
                &[],
            ),
            post(quarantine::discard_all),
        ),
        (
            Endpoint::read("/openapi.json", "", "This description", &[]),
            get(openapi::document),
        ),
        (
            Endpoint::operator(
                "/runs/{id}/cancel",
                "post",
                "",
                "Asks a run to stop; what it had written is taken out again",
                &[],
            ),
            post(jobs::cancel),
        ),
        (
            Endpoint::read("/jobs", "jobs", "Scheduled jobs", &[]),
            get(jobs::list),
        ),
        (
            Endpoint::operator(
                "/jobs/{name}/run",
                "post",
                "",
                "Runs a scheduled job now; answers its run",
                &[],
            ),
            post(jobs::run),
        ),
        (
            Endpoint::operator(
                "/alerts/{id}/acknowledge",
                "post",
                "",
                "Takes an alert: it is told no more until it is resolved or gets worse",
                alerts::DONE_BY,
            ),
            post(alerts::acknowledge),
        ),
        (
            Endpoint::operator(
                "/alerts/{id}/unacknowledge",
                "post",
                "",
                "Gives an alert back",
                alerts::DONE_BY,
            ),
            post(alerts::unacknowledge),
        ),
        (
            Endpoint::read(
                "/incidents",
                "incidents",
                "Alerts with one cause, open ones first, then the newest",
                alerts::LIMIT,
            ),
            get(alerts::incidents),
        ),
        (
            Endpoint::read(
                "/incidents/{id}",
                "",
                "One incident: its alerts, what happened, what was told",
                &[],
            ),
            get(alerts::one_incident),
        ),
        (
            Endpoint::operator(
                "/incidents/{id}/confirm",
                "post",
                "",
                "Says that something was wrong with the data: the time leaves the baselines",
                alerts::DONE_BY,
            ),
            post(alerts::confirm),
        ),
        (
            Endpoint::operator(
                "/incidents/{id}/false-alarm",
                "post",
                "",
                "Says that nothing was wrong with the data: it counts against the rule",
                alerts::DONE_BY,
            ),
            post(alerts::false_alarm),
        ),
        (
            Endpoint::operator(
                "/incidents/{id}/undo",
                "post",
                "",
                "Takes back what was said of an incident",
                alerts::DONE_BY,
            ),
            post(alerts::undo),
        ),
        (
            Endpoint::read(
                "/silences",
                "silences",
                "Silences that hold, and maintenance windows that hold or come",
                alerts::LIMIT,
            ),
            get(alerts::silences),
        ),
        (
            Endpoint::operator(
                "/silences",
                "post",
                "",
                "Keeps notices of alerts back, for a time or until they are resolved",
                alerts::SILENCE,
            ),
            post(alerts::silence),
        ),
        (
            Endpoint::operator("/silences/{id}", "delete", "", "Ends a silence", &[]),
            delete(alerts::delete_silence),
        ),
        (
            Endpoint::operator(
                "/silences/{id}/end",
                "post",
                "",
                "Ends a silence, as a form does",
                &[],
            ),
            post(alerts::end_silence),
        ),
        (
            Endpoint::read(
                "/notices",
                "notices",
                "What was told of incidents, or is to be, and whether it has arrived, newest first",
                filter::STATE,
            ),
            get(notices::list),
        ),
        (
            Endpoint::operator(
                "/notify",
                "get",
                "channels",
                "Channels that are told, and whether they are ready",
                &[],
            ),
            get(notices::channels),
        ),
        (
            Endpoint::operator(
                "/notify/{channel}/test",
                "post",
                "",
                "Sends a test to a channel; answers whether it has arrived",
                &[],
            ),
            post(notices::test),
        ),
        (
            Endpoint::operator(
                "/uploads",
                "post",
                "",
                "Receives a file as the body of the request; answers an id and what the file seems to be",
                &["name"],
            ),
            post(upload::receive),
        ),
        (
            Endpoint::operator(
                "/uploads/{id}/commit",
                "post",
                "",
                "Ingests an upload in the background; answers the run",
                upload::COMMIT,
            ),
            post(upload::commit),
        ),
        (
            Endpoint::operator("/uploads/{id}", "delete", "", "Throws an upload away", &[]),
            delete(upload::discard),
        ),
        (
            Endpoint::operator(
                "/simulator/faults",
                "get",
                "faults",
                "Faults of the built-in simulator",
                &[],
            ),
            get(simulator::list),
        ),
        (
            Endpoint::operator(
                "/simulator/faults/{name}",
                "post",
                "faults",
                "Switches a fault on, for so many seconds or until it is cleared, at one venue or at all",
                &["venue", "seconds"],
            ),
            post(simulator::set),
        ),
        (
            Endpoint::operator(
                "/simulator/faults/{name}",
                "delete",
                "",
                "Switches a fault off, at one venue or at all",
                &["venue"],
            ),
            delete(simulator::clear),
        ),
    ]
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
