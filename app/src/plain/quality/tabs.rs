//! The parts of the Quality page as tabs: plain links, each part has an address of its own.

use leptos::prelude::*;

use crate::plain::shell::{self, Frame};

/// A part of the Quality page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    /// Scores, alerts, states over time, results.
    Health,
    /// Alerts with one cause.
    Incidents,
    /// What is checked, and what the checks have proven.
    Rules,
    /// Live against batch.
    Reconciliation,
    /// Rows set apart.
    Quarantine,
    /// What keeps notices back.
    Silences,
}

impl Tab {
    const ALL: [Self; 6] = [
        Self::Health,
        Self::Incidents,
        Self::Rules,
        Self::Reconciliation,
        Self::Quarantine,
        Self::Silences,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Health => "Health",
            Self::Incidents => "Incidents",
            Self::Rules => "Rules",
            Self::Reconciliation => "Reconciliation",
            Self::Quarantine => "Quarantine",
            Self::Silences => "Silences",
        }
    }

    const fn href(self) -> &'static str {
        match self {
            Self::Health => "/quality",
            Self::Incidents => "/quality/incidents",
            Self::Rules => "/quality/rules",
            Self::Reconciliation => "/quality/reconciliation",
            Self::Quarantine => "/quality/quarantine",
            Self::Silences => "/quality/silences",
        }
    }
}

/// The row of tabs. The router of the browser knows only the first part: the others are documents of their own.
pub(super) fn tabs(current: Tab) -> AnyView {
    let links: Vec<AnyView> = Tab::ALL
        .into_iter()
        .map(|tab| {
            let is_current = (tab == current).then_some("page");
            let rel = (tab != Tab::Health).then_some("external");
            view! { <li><a class="tab" rel=rel href=tab.href() aria-current=is_current>{tab.name()}</a></li> }.into_any()
        })
        .collect();
    view! { <nav class="tabs" aria-label="Quality"><ul>{links}</ul></nav> }.into_any()
}

/// A part as a document.
pub(super) fn document(
    frame: Frame,
    tab: Tab,
    title: &str,
    content: impl FnOnce() -> AnyView + Send + 'static,
) -> String {
    shell::document(frame, title, None, move || {
        view! { {tabs(tab)} {content()} }.into_any()
    })
}
