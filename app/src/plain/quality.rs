//! The Quality page: the HTML of its first part, and its other parts as documents.

mod actions;
mod alert;
mod baseline;
mod checks;
mod history;
mod incident;
mod incidents;
mod notices;
mod parts;
pub mod quarantine;
pub mod reconciliation;
mod record;
mod rule;
mod rules;
mod score;
mod scores;
mod silences;
mod tabs;
mod timelines;
mod transition;
pub mod trial;

use leptos::prelude::*;

pub use self::{
    alert::{Around, detail},
    checks::checks,
    incident::incident,
    incidents::incidents,
    notices::ChannelVm,
    rule::rule,
    rules::rules,
    score::score,
    silences::{SilencesVm, silences},
    transition::transition,
};
use self::{history::Stretch, tabs::Tab};
use super::shell::part;
use crate::{
    model::{
        AlertVm, CheckVm, Html, IncidentVm, QualityPageVm, QualityVm, ScoreboardVm, TimelineVm,
    },
    pages::quality::filter::{Filter, pipeline_of},
};

/// Alerts of the first part; more of them are behind its filters.
const ALERTS: usize = 25;

/// What the first part shows beside verdict, alerts and results.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct HealthVm {
    /// All scores.
    pub board: ScoreboardVm,
    /// Incidents, open ones first.
    pub incidents: Vec<IncidentVm>,
    /// States of what was not well.
    pub timelines: Vec<TimelineVm>,
}

/// The data of the first part, as `filter` asks.
#[must_use]
pub fn page(vm: QualityVm, health: &HealthVm, filter: Filter) -> QualityPageVm {
    let now = vm.server_now;
    let stretch = Stretch {
        to: now,
        is_week: filter.is_week,
    };
    let takes = |check: &CheckVm| {
        filter
            .pipeline
            .is_none_or(|pipeline| pipeline_of(&check.entity) == pipeline)
    };
    let shown: Vec<CheckVm> = vm.checks.into_iter().filter(|check| takes(check)).collect();
    let of_stretch = [false, true].map(|is_week| {
        let filter = Filter {
            is_week,
            alert: None,
            ..filter
        };
        format!("{}#states", filter.href())
    });
    let known = vm.alerts.clone();
    let mut alerts: Vec<AlertVm> = vm
        .alerts
        .into_iter()
        .filter(|alert| filter.takes_alert(alert))
        .collect();
    let all_alerts = alerts.len();
    alerts.truncate(ALERTS);
    let health_html = part(|| {
        view! {
            <div class="grid">
                {scores::whole(&health.board, stretch)}
                {incidents::open(&health.incidents, now)}
            </div>
            {scores::all(&health.board, stretch)}
        }
        .into_any()
    });
    let checks_html = part(|| {
        view! {
            {timelines::panel(&health.timelines, &known, stretch, of_stretch)}
            {checks::panel(&shown, now)}
        }
        .into_any()
    });
    QualityPageVm {
        server_now: now,
        seq: vm.seq,
        verdict: vm.verdict,
        alerts,
        all_alerts,
        tabs: Html::from(part(|| tabs::tabs(Tab::Health))),
        health: Html::from(health_html),
        checks: Html::from(checks_html),
    }
}
