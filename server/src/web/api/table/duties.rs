//! Runs, jobs, uploads and the simulator.

use axum::routing::{MethodRouter, delete, get, post};

use super::super::{Endpoint, filter, rows};
use crate::web::{AppState, jobs, simulator, upload};

/// Endpoints with their handlers.
pub fn endpoints() -> Vec<(Endpoint, MethodRouter<AppState>)> {
    vec![
        (
            Endpoint::read("/runs", "runs", "Runs, newest first", filter::PIPELINE),
            get(rows::runs),
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
