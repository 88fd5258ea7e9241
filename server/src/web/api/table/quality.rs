//! What the checks say, and what is done about it.

use axum::routing::{MethodRouter, delete, get, post};

use super::super::{Endpoint, filter, quarantine, reconcile, rows, rules, scores};
use crate::web::{AppState, alerts, notices, transition};

/// Endpoints with their handlers.
pub fn endpoints() -> Vec<(Endpoint, MethodRouter<AppState>)> {
    vec![
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
                "/alerts",
                "alerts",
                "Alerts, open ones first",
                filter::STATE,
            ),
            get(rows::alerts),
        ),
        (
            Endpoint::read(
                "/alerts/{id}",
                "",
                "One alert: rows that show it, and its history with what was found at each transition",
                &[],
            ),
            get(transition::alert),
        ),
        (
            Endpoint::read(
                "/alerts/{id}/transitions/{seq}",
                "",
                "One transition of an alert with the rows, the baseline and the limit as they were then",
                &[],
            ),
            get(transition::json),
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
    ]
}
