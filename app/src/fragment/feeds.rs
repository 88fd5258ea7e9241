//! Live sources and how they are, in short.

use std::fmt::Write as _;

use super::{SIMULATED, Text, ago, status};
use crate::{
    components::status::{of_feed, of_stream},
    format,
    model::FeedVm,
};

/// The list; ages are those at `now`, by the server's clock.
#[must_use]
pub fn feeds(feeds: &[FeedVm], now: i64) -> String {
    if feeds.is_empty() {
        return "<p class=\"empty\">No live source is configured: only files are read.</p>"
            .to_owned();
    }
    let mut html = "<ul class=\"rows\">".to_owned();
    for feed in feeds {
        row(&mut html, feed, now);
    }
    html.push_str("</ul>");
    html
}

fn row(html: &mut String, feed: &FeedVm, now: i64) {
    // what is wrong with either goes before what is fine with the other
    let (state, error) = match &feed.stream {
        Some(stream) if feed.state == "ok" => (of_stream(&stream.state), &stream.error),
        _ => (of_feed(&feed.state), &feed.error),
    };
    let error = if error.is_empty() {
        String::new()
    } else {
        format!("<p class=\"row-summary\">{}</p>", Text(error))
    };
    // writing into a String cannot fail
    let _ = write!(
        html,
        "<li class=\"row\" data-testid=\"feed-row\" data-venue=\"{venue}\" data-state=\"{word}\"><div class=\"row-main\">{state} \
         <span class=\"row-title\">{venue}</span> <span class=\"row-where\">{instrument}</span> {badge}</div>{error}\
         <p class=\"row-meta\"><span>last answer {last}</span> <span>next try {next}</span> \
         <span class=\"num\">{polls} answers, {errors} errors</span></p></li>",
        venue = Text(&feed.venue),
        word = Text(&feed.state),
        state = status(state),
        instrument = Text(&feed.instrument),
        badge = if feed.simulated { SIMULATED } else { "" },
        last = ago(feed.last_ok_at, now),
        next = ago(feed.next_at, now),
        polls = format::integer(feed.polls),
        errors = format::integer(feed.errors),
    );
}
