//! The page's address and what follows it.

use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};

use crate::{
    links::encode,
    model::{SeriesVm, Step},
};

fn query_of(series: &SeriesVm, step_ms: i64) -> String {
    format!(
        "instrument={}&venue={}&step={}",
        encode(&series.instrument),
        encode(&series.venue),
        Step::of(step_ms).map_or("1h", |step| step.name),
    )
}

/// Address of the page for a series and a step.
pub(super) fn address(series: &SeriesVm, step_ms: i64) -> String {
    format!("/market?{}", query_of(series, step_ms))
}

/// Address of the server's picture, without theme and size.
pub(super) fn image(series: &SeriesVm, step_ms: i64) -> String {
    format!(
        "/chart/price.svg?{}&v={}",
        query_of(series, step_ms),
        series.version
    )
}

/// Keeps the chart's step and the address the same, whichever changes.
pub(super) fn sync_step(series: &SeriesVm, step_ms: RwSignal<i64>) {
    let query = use_query_map();
    let navigate = use_navigate();
    let in_address =
        move || query.with(|query| Step::named(&query.get("step")?).map(|step| step.step_ms));
    Effect::new(move |_| {
        if let Some(step) = in_address()
            && step_ms
                .try_get_untracked()
                .is_some_and(|shown| shown != step)
        {
            step_ms.try_set(step);
        }
    });
    let series = series.clone();
    Effect::new(move |started: Option<()>| {
        let step = step_ms.try_get();
        let known = untrack(in_address);
        if let Some(step) = step
            && started.is_some()
            && known != Some(step)
        {
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&address(&series, step), options);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place_in_the_address() {
        let series = SeriesVm {
            instrument: "A&b=c".into(),
            venue: "x y/é".into(),
            simulated: false,
            live: false,
            finest_step_ms: 60_000,
            first_at: 0,
            last_at: 0,
            version: 7,
        };
        assert_eq!(
            address(&series, 3_600_000),
            "/market?instrument=A%26b%3Dc&venue=x%20y%2F%C3%A9&step=1h"
        );
        assert!(image(&series, 60_000).ends_with("&step=1m&v=7"));
    }
}
