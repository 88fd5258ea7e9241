//! Tells readers of a screen reader about alerts, sparingly: at most one sentence in ten seconds, never prices.

use leptos::prelude::*;

use crate::{
    live::use_live,
    model::{AlertEventVm, AlertState, Severity},
};

const INTERVAL_MS: i64 = 10_000;

/// One sentence about several transitions; `None` for none.
#[must_use]
pub fn sentence(events: &[AlertEventVm]) -> Option<String> {
    let opened = events
        .iter()
        .filter(|event| event.to_state == AlertState::Firing)
        .count();
    let resolved = events
        .iter()
        .filter(|event| event.to_state == AlertState::Resolved)
        .count();
    let newest = events.last()?;
    match (opened, resolved) {
        (0, 0) => None,
        (1, 0) | (0, 1) => Some(format!(
            "Alert {}: {}. {}",
            newest.to_state, newest.alert.title, newest.alert.summary
        )),
        _ => Some(format!("{opened} alerts opened, {resolved} resolved.")),
    }
}

/// The live regions.
#[component]
pub fn Announcer() -> impl IntoView {
    let live = use_live();
    let polite = RwSignal::new(String::new());
    let urgent = RwSignal::new(String::new());
    // last sentence at, newest transition told
    Effect::new(move |last: Option<(i64, i64)>| {
        let now = live.now.get();
        let (last_at, told) = last.unwrap_or((0, 0));
        if now - last_at < INTERVAL_MS {
            return (last_at, told);
        }
        let new: Vec<AlertEventVm> = live.alerts.with_untracked(|events| {
            let new = events.iter().filter(|event| event.seq > told);
            new.cloned().collect()
        });
        let Some(newest) = new.last().map(|event| event.seq) else {
            return (last_at, told);
        };
        let critical = new.iter().rfind(|event| {
            event.severity == Severity::Critical && event.to_state == AlertState::Firing
        });
        if let Some(event) = critical {
            urgent.set(format!("Critical: {}", event.alert.summary));
        }
        if let Some(text) = sentence(&new) {
            polite.set(text);
        }
        (now, newest)
    });
    view! {
        <p class="sr-only" aria-live="polite">{move || polite.get()}</p>
        <p class="sr-only" role="alert">{move || urgent.get()}</p>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::merge::tests::event;
    use AlertState::{Firing, Resolved};

    #[test]
    fn many_transitions_are_one_sentence() {
        assert_eq!(sentence(&[]), None);
        let one = event(1, 1, None, Firing);
        assert_eq!(
            sentence(std::slice::from_ref(&one)).as_deref(),
            Some("Alert firing: the feed answers. alert 1")
        );
        let two = event(2, 1, Some(Firing), Resolved);
        assert_eq!(
            sentence(&[one, two]).as_deref(),
            Some("1 alerts opened, 1 resolved.")
        );
    }
}
