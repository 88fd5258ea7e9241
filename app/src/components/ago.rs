//! Times as ages that go on by themselves in the browser.

use leptos::prelude::*;

use crate::{
    format,
    live::use_live,
    model::{format_age, format_utc},
};

/// The page's idea of the server's clock may be this far behind: what has just happened is not in the future.
const CLOCKS_APART_MS: i64 = 2_000;

/// Age of `at` by the server's clock, or the time itself where the clock is not known.
#[must_use]
pub fn age_text(at: i64, now: i64) -> String {
    if now == 0 {
        format_utc(at)
    } else if at > now + CLOCKS_APART_MS {
        format!("in {}", format_age(at - now))
    } else {
        format!("{} ago", format_age(now - at))
    }
}

/// A moment as its age, with the UTC time as tooltip; a dash for `None`.
#[component]
pub fn Ago(#[prop(into)] at: Signal<Option<i64>>) -> impl IntoView {
    let live = use_live();
    let iso = move || {
        at.get()
            .map(|at| format_utc(at).replacen(' ', "T", 1) + "Z")
    };
    let title = move || at.get().map(|at| format_utc(at) + " UTC");
    let text = Memo::new(move |_| {
        at.get().map_or_else(
            || format::UNKNOWN.to_owned(),
            |at| age_text(at, live.now.get()),
        )
    });
    view! { <time class="num" datetime=iso title=title>{move || text.get()}</time> }
}

/// A moment in UTC.
#[component]
pub fn Utc(
    /// Milliseconds since the epoch.
    at: i64,
) -> impl IntoView {
    let text = format_utc(at);
    let iso = text.replacen(' ', "T", 1) + "Z";
    view! { <time class="num" datetime=iso>{text}</time> }
}

#[cfg(test)]
mod tests {
    use super::age_text;

    #[test]
    fn ages_look_back_and_forward() {
        assert_eq!(age_text(1_000, 42_000), "41 s ago");
        assert_eq!(age_text(45_000, 40_000), "in 5 s");
        // the clocks need not agree to the second
        assert_eq!(age_text(41_000, 40_000), "0 s ago");
        assert_eq!(age_text(0, 0), "1970-01-01 00:00:00");
    }
}
