//! The venues of an instrument side by side, and the price they agree on.

use std::fmt::Write as _;

use super::{Text, status};
use crate::{
    chart::label,
    components::{
        ago::age_text,
        status::{Level, of_feed, of_stream},
    },
    format,
    model::{ConsensusVm, FeedVm, VenuePriceVm},
};

/// The price agreed on and a row for each venue; ages are those at `now`, by the server's clock.
#[must_use]
pub fn venues(consensus: Option<&ConsensusVm>, feeds: &[FeedVm], now: i64) -> String {
    let Some(consensus) = consensus else {
        return "<p class=\"empty\">No price is agreed on: that needs live sources.</p>".to_owned();
    };
    let used = consensus.venues.iter().filter(|venue| venue.used).count();
    let price = consensus.price.map_or_else(
        || format::UNKNOWN.to_owned(),
        |price| label::price(price, label::decimals_for(price)),
    );
    let mut html = String::with_capacity(2_000);
    // writing into a String cannot fail
    let _ = write!(
        html,
        "<p class=\"consensus\"><span class=\"consensus-price num\" data-testid=\"consensus-price\">{price}</span>\
         <span class=\"cell-note\">median of <span data-testid=\"consensus-venues\">{used}</span> of {} venues, which are \
         {} apart</span></p><table class=\"fold venue-table\"><thead><tr><th scope=\"col\">Venue</th>\
         <th scope=\"col\" class=\"number\">Price</th><th scope=\"col\" class=\"number\">Deviation</th>\
         <th scope=\"col\" class=\"number\">Latency</th><th scope=\"col\">State</th>\
         <th scope=\"col\" class=\"number\">Last data</th></tr></thead><tbody>",
        consensus.venues.len(),
        format::bps(consensus.spread_bps),
    );
    for venue in &consensus.venues {
        let feed = feeds
            .iter()
            .find(|feed| feed.venue == venue.venue && feed.instrument == consensus.instrument);
        row(&mut html, consensus, venue, feed, now);
    }
    html.push_str("</tbody></table>");
    html
}

fn row(
    html: &mut String,
    consensus: &ConsensusVm,
    venue: &VenuePriceVm,
    feed: Option<&FeedVm>,
    now: i64,
) {
    let stream = feed.and_then(|feed| feed.stream.as_ref());
    let state = match (stream, feed) {
        (Some(stream), _) => of_stream(&stream.state),
        (None, Some(feed)) => of_feed(&feed.state),
        (None, None) => (Level::Unknown, "Unknown"),
    };
    let latency = stream.and_then(|stream| stream.network_ms).map_or_else(
        || format::UNKNOWN.to_owned(),
        |(median, _)| format!("{} ms", format::decimal(median.max(0.0), 0)),
    );
    let primary = consensus.primary.as_deref() == Some(&venue.venue);
    let mark = if primary {
        " <span class=\"badge badge-primary\" data-testid=\"primary\">primary</span>"
    } else {
        ""
    };
    let note = match (venue.used, venue.reason.as_str()) {
        (true, _) => String::new(),
        (false, "") => "<p class=\"cell-note\">not in the median</p>".to_owned(),
        (false, reason) => format!("<p class=\"cell-note\">not used: {}</p>", Text(reason)),
    };
    let sign = if venue.deviation_bps > 0.0 { "+" } else { "" };
    let _ = write!(
        html,
        "<tr data-testid=\"venue-row\" data-venue=\"{0}\" data-used=\"{1}\"><td class=\"fold-head\">\
         <span class=\"cell-title\">{0}</span>{mark}{note}</td><td class=\"number num\" data-label=\"Price\">{2}</td>\
         <td class=\"number num\" data-label=\"Deviation\">{sign}{3}</td><td class=\"number num\" data-label=\"Latency\">{latency}</td>\
         <td data-label=\"State\">{4}</td><td class=\"number num\" data-label=\"Last data\">{5}</td></tr>",
        Text(&venue.venue),
        venue.used,
        label::price(venue.price, label::decimals_for(venue.price)),
        format::bps(venue.deviation_bps),
        status(state),
        age_text(venue.received_at, now),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_primary_is_marked_and_what_is_left_out_says_why() {
        let venue = |name: &str, used, reason: &str| VenuePriceVm {
            venue: name.into(),
            price: 91_000.0,
            deviation_bps: -1.5,
            used,
            received_at: 1_000,
            reason: reason.into(),
        };
        let consensus = ConsensusVm {
            instrument: "BTC-USD".into(),
            simulated: false,
            observed_at: 1_000,
            price: Some(91_010.0),
            spread_bps: 2.5,
            primary: Some("kraken".into()),
            venues: vec![
                venue("coinbase", false, "silent for <31> s"),
                venue("kraken", true, ""),
                venue("bitstamp", false, ""),
            ],
        };
        let html = venues(Some(&consensus), &[], 42_000);
        assert!(
            html.contains(">91,010.00<") && html.contains(">1</span> of 3 venues"),
            "{html}"
        );
        assert!(html.contains("silent for &lt;31&gt; s"), "{html}");
        assert!(
            html.contains("<p class=\"cell-note\">not in the median</p>"),
            "{html}"
        );
        assert_eq!(html.matches("data-testid=\"primary\"").count(), 1);
        assert!(
            html.contains("−1.50 bps") && html.contains("41 s ago"),
            "{html}"
        );
        assert!(venues(None, &[], 0).contains("No price is agreed on"));
    }
}
