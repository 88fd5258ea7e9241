//! Which alerts and checks are shown; kept in the address, so that a view can be sent to somebody.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use crate::model::{AlertVm, Pipeline};

/// Alerts by their state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Standing {
    /// All of them.
    #[default]
    All,
    /// The problem stands.
    Open,
    /// Over.
    Resolved,
}

impl Standing {
    const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Open => "open",
            Self::Resolved => "resolved",
        }
    }
}

/// The page's view, as in its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Filter {
    /// `state=open`
    pub standing: Standing,
    /// `pipeline=live`
    pub pipeline: Option<Pipeline>,
    /// `span=7d`: states and scores over seven days, else over 24 hours.
    pub is_week: bool,
    /// `alert=17`: the one shown in detail.
    pub alert: Option<i64>,
}

/// The pipeline an entity belongs to: live ones say so in one of their parts.
#[must_use]
pub fn pipeline_of(entity: &str) -> Pipeline {
    if entity.split('/').any(|part| part == "live") {
        Pipeline::Live
    } else {
        Pipeline::Batch
    }
}

impl Filter {
    /// Reads the address; what it does not understand is as if it were not there.
    #[must_use]
    pub fn of_query(query: &ParamsMap) -> Self {
        Self {
            standing: match query.get_str("state") {
                Some("open") => Standing::Open,
                Some("resolved") => Standing::Resolved,
                _ => Standing::All,
            },
            pipeline: query.get_str("pipeline").and_then(Pipeline::parse),
            is_week: query.get_str("span") == Some("7d"),
            alert: query.get_str("alert").and_then(|id| id.parse().ok()),
        }
    }

    /// The address of this view.
    #[must_use]
    pub fn href(self) -> String {
        let mut parts = Vec::new();
        if self.standing != Standing::All {
            parts.push(format!("state={}", self.standing.word()));
        }
        if let Some(pipeline) = self.pipeline {
            parts.push(format!("pipeline={pipeline}"));
        }
        if self.is_week {
            parts.push("span=7d".to_owned());
        }
        if let Some(alert) = self.alert {
            parts.push(format!("alert={alert}"));
        }
        if parts.is_empty() {
            "/quality".to_owned()
        } else {
            format!("/quality?{}", parts.join("&"))
        }
    }

    /// The same without the alert: what the lists show.
    #[must_use]
    pub fn of_lists(self) -> Self {
        Self {
            alert: None,
            ..self
        }
    }

    /// Reads an address that [`Filter::href`] has written.
    #[cfg(feature = "ssr")]
    #[must_use]
    pub fn of_href(href: &str) -> Self {
        let query = href.split_once('?').map_or("", |(_, query)| query);
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Self::of_query(
            &pairs
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    /// True if the alert is to be shown.
    #[must_use]
    pub fn takes_alert(self, alert: &AlertVm) -> bool {
        let standing = match self.standing {
            Standing::All => true,
            Standing::Open => alert.state.is_open(),
            Standing::Resolved => !alert.state.is_open(),
        };
        standing && self.takes_entity(&alert.entity)
    }

    fn takes_entity(self, entity: &str) -> bool {
        self.pipeline
            .is_none_or(|pipeline| pipeline_of(entity) == pipeline)
    }
}

/// Links that change the view.
#[component]
pub fn Filters(
    /// The view now.
    filter: Memo<Filter>,
) -> impl IntoView {
    view! {
        <div class="filters" role="group" aria-label="Filter">
            <span class="filter-name">"Alerts"</span>
            <FilterLink filter name="All" with=|filter| Filter { standing: Standing::All, ..filter }/>
            <FilterLink filter name="Open" with=|filter| Filter { standing: Standing::Open, ..filter }/>
            <FilterLink filter name="Resolved" with=|filter| Filter { standing: Standing::Resolved, ..filter }/>
            <span class="filter-name">"Pipeline"</span>
            <FilterLink filter name="Both" with=|filter| Filter { pipeline: None, ..filter }/>
            <FilterLink filter name="Live" with=|filter| Filter { pipeline: Some(Pipeline::Live), ..filter }/>
            <FilterLink filter name="Batch" with=|filter| Filter { pipeline: Some(Pipeline::Batch), ..filter }/>
        </div>
    }
}

#[component]
fn FilterLink(
    filter: Memo<Filter>,
    name: &'static str,
    with: fn(Filter) -> Filter,
) -> impl IntoView {
    let target = move || with(filter.get());
    let current = move || (target() == filter.get()).then_some("true");
    view! { <a class="filter" href=move || target().href() aria-current=current>{name}</a> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{live::merge::tests::alert, model::AlertState};

    fn query(pairs: &[(&'static str, &str)]) -> ParamsMap {
        pairs
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect()
    }

    #[test]
    fn a_view_survives_its_address() {
        let filter = Filter {
            standing: Standing::Open,
            pipeline: Some(Pipeline::Live),
            is_week: true,
            alert: Some(17),
        };
        assert_eq!(
            filter.href(),
            "/quality?state=open&pipeline=live&span=7d&alert=17"
        );
        let read = Filter::of_query(&query(&[
            ("state", "open"),
            ("pipeline", "live"),
            ("span", "7d"),
            ("alert", "17"),
        ]));
        assert_eq!(read, filter);
        #[cfg(feature = "ssr")]
        assert_eq!(Filter::of_href(&filter.href()), filter);
    }

    #[test]
    fn nonsense_in_the_address_shows_everything() {
        let read = Filter::of_query(&query(&[
            ("state", "x"),
            ("pipeline", "'"),
            ("alert", "1 or 1=1"),
        ]));
        assert_eq!(read, Filter::default());
        assert_eq!(read.href(), "/quality");
    }

    #[test]
    fn alerts_are_chosen_by_state_and_pipeline() {
        let live = alert(1, AlertState::Firing, 0);
        let mut file = alert(2, AlertState::Resolved, 0);
        file.entity = "BTC-USD/bitfinex/2018.csv.gz".into();
        for (standing, pipeline, shows) in [
            (Standing::All, None, [true, true]),
            (Standing::Open, None, [true, false]),
            (Standing::Resolved, None, [false, true]),
            (Standing::All, Some(Pipeline::Batch), [false, true]),
            (Standing::Open, Some(Pipeline::Batch), [false, false]),
        ] {
            let filter = Filter {
                standing,
                pipeline,
                ..Filter::default()
            };
            assert_eq!(
                [filter.takes_alert(&live), filter.takes_alert(&file)],
                shows,
                "{filter:?}"
            );
        }
    }
}
