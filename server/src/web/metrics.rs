//! `GET /metrics`: figures in Prometheus' text format.

use std::fmt::Write as _;

use app::model::{FeedVm, Severity, StreamVm};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use super::{AppState, api::ApiError};
use crate::pipeline::live::stream::{Meters, meter::BUCKETS_MS};

/// All figures.
pub async fn metrics(State(state): State<AppState>) -> Result<Response, ApiError> {
    let counts = state.web.store.layer_counts().await?;
    let open = state.web.store.open_alerts().await?;
    let now = state.web.clock.now_ms();

    let mut text = Text::default();
    text.family("assay_rows", "gauge", "Rows by layer and table.");
    for row in &counts {
        text.sample(
            "assay_rows",
            &[("layer", &row.layer), ("table", &row.name)],
            row.rows,
        );
    }
    text.family(
        "assay_rejects",
        "gauge",
        "Refused landings, and bars with findings.",
    );
    for row in &counts {
        text.sample(
            "assay_rejects",
            &[("layer", &row.layer), ("table", &row.name)],
            row.rejects,
        );
    }
    let rows_of = |layer: &str, name: &str| {
        counts
            .iter()
            .find(|row| row.layer == layer && row.name == name)
            .map_or(0, |row| row.rows)
    };
    text.family("assay_landings", "gauge", "Payloads in bronze.");
    text.sample("assay_landings", &[], rows_of("bronze", "landing"));
    text.family("assay_quarantined", "gauge", "Rows in quarantine.");
    text.sample("assay_quarantined", &[], rows_of("silver", "quarantine"));

    text.family("assay_open_alerts", "gauge", "Open alerts by severity.");
    for severity in [
        Severity::Info,
        Severity::Warn,
        Severity::Error,
        Severity::Critical,
    ] {
        let count = open
            .iter()
            .filter(|open| open.severity == severity)
            .map(|open| open.count)
            .sum();
        text.sample(
            "assay_open_alerts",
            &[("severity", severity.as_str())],
            count,
        );
    }
    text.family("assay_event_streams", "gauge", "Open event streams.");
    let streams = i64::try_from(state.web.hub.clients()).unwrap_or(i64::MAX);
    text.sample("assay_event_streams", &[], streams);

    let feeds = state.web.hub.feeds();
    text.family(
        "assay_feed_age_ms",
        "gauge",
        "Milliseconds since the last usable answer.",
    );
    for feed in &feeds {
        if let Some(at) = feed.last_ok_at {
            let labels = [("instrument", &*feed.instrument), ("venue", &*feed.venue)];
            text.sample("assay_feed_age_ms", &labels, (now - at).max(0));
        }
    }
    text.family(
        "assay_feed_polls_total",
        "counter",
        "Answers and errors since the start.",
    );
    for feed in &feeds {
        let labels = [("instrument", &*feed.instrument), ("venue", &*feed.venue)];
        text.sample("assay_feed_polls_total", &labels, feed.polls);
    }
    text.family(
        "assay_feed_errors_total",
        "counter",
        "Errors since the start.",
    );
    for feed in &feeds {
        let labels = [("instrument", &*feed.instrument), ("venue", &*feed.venue)];
        text.sample("assay_feed_errors_total", &labels, feed.errors);
    }
    of_streams(&mut text, &feeds);
    of_latencies(&mut text, state.web.hub.meters());
    Ok((
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        text.0,
    )
        .into_response())
}

/// How streams are.
fn of_streams(text: &mut Text, feeds: &[FeedVm]) {
    let streams: Vec<(&FeedVm, &StreamVm)> = feeds
        .iter()
        .filter_map(|feed| Some((feed, feed.stream.as_ref()?)))
        .collect();
    let mut family = |name: &str, kind: &str, help: &str, value: &dyn Fn(&StreamVm) -> i64| {
        text.family(name, kind, help);
        for (feed, stream) in &streams {
            let labels = [("instrument", &*feed.instrument), ("venue", &*feed.venue)];
            text.sample(name, &labels, value(stream));
        }
    };
    family(
        "assay_stream_up",
        "gauge",
        "1 while data come over the stream.",
        &|stream| i64::from(stream.state == "streaming"),
    );
    family(
        "assay_stream_book_synced",
        "gauge",
        "1 while the order book of the stream can be trusted.",
        &|stream| i64::from(stream.book == "synced"),
    );
    family(
        "assay_stream_messages_per_second",
        "gauge",
        "Messages a second over the last ten.",
        &|stream| stream.messages_per_second.round() as i64,
    );
    family(
        "assay_stream_reconnects_total",
        "counter",
        "Connections that broke since the start.",
        &|stream| stream.reconnects,
    );
    family(
        "assay_stream_conflated_total",
        "counter",
        "Quotes left out because newer ones waited.",
        &|stream| stream.conflated,
    );
    family(
        "assay_stream_rejected_total",
        "counter",
        "Rows and messages out of shape.",
        &|stream| stream.rejected,
    );
}

/// How long messages take: from the venue's time to receipt (`network`), to silver (`refine`), to the event sent
/// (`publish`). Latencies below 0, where the venue's clock is ahead, count in the first bucket and as they are in the
/// sum.
fn of_latencies(text: &mut Text, meters: &Meters) {
    const NAME: &str = "assay_stream_latency_ms";
    let meters = meters.all();
    text.family(
        "assay_stream_messages_total",
        "counter",
        "Messages since the start.",
    );
    for (instrument, venue, meter) in &meters {
        let labels = [("instrument", &**instrument), ("venue", &**venue)];
        let messages = i64::try_from(meter.messages()).unwrap_or(i64::MAX);
        text.sample("assay_stream_messages_total", &labels, messages);
    }
    text.family(
        NAME,
        "histogram",
        "Milliseconds of a message on each stretch of its way.",
    );
    for (instrument, venue, meter) in &meters {
        for (stretch, all) in meter.distributions() {
            let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
            let bounds = BUCKETS_MS.map(|most_ms| most_ms.to_string());
            let bounds = bounds.iter().map(String::as_str).chain(["+Inf"]);
            for (bound, count) in bounds.zip(all.buckets.into_iter().chain([all.count])) {
                let labels = [
                    ("instrument", &**instrument),
                    ("venue", &**venue),
                    ("stretch", stretch),
                    ("le", bound),
                ];
                text.sample(&format!("{NAME}_bucket"), &labels, whole(count));
            }
            let labels = [
                ("instrument", &**instrument),
                ("venue", &**venue),
                ("stretch", stretch),
            ];
            text.sample(&format!("{NAME}_sum"), &labels, all.sum_ms);
            text.sample(&format!("{NAME}_count"), &labels, whole(all.count));
        }
    }
}

/// Prometheus text; writing to a string cannot fail.
#[derive(Default)]
struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: i64) {
        self.0.push_str(name);
        for (index, (label, text)) in labels.iter().enumerate() {
            let open = if index == 0 { '{' } else { ',' };
            let text = text
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n");
            let _ = write!(self.0, "{open}{label}=\"{text}\"");
        }
        if !labels.is_empty() {
            self.0.push('}');
        }
        let _ = writeln!(self.0, " {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_are_a_histogram() {
        let meters = Meters::default();
        let meter = meters.of("BTC-USD", "kraken", 1.0);
        for ms in [-3, 7, 700] {
            meter.frame(1_000_000, Some(1_000_000 - ms));
        }
        let mut text = Text::default();
        of_latencies(&mut text, &meters);
        let labels = r#"instrument="BTC-USD",venue="kraken",stretch="network""#;
        for line in [
            format!("assay_stream_latency_ms_bucket{{{labels},le=\"0\"}} 1"),
            format!("assay_stream_latency_ms_bucket{{{labels},le=\"10\"}} 2"),
            format!("assay_stream_latency_ms_bucket{{{labels},le=\"+Inf\"}} 3"),
            format!("assay_stream_latency_ms_sum{{{labels}}} 704"),
            format!("assay_stream_latency_ms_count{{{labels}}} 3"),
            r#"assay_stream_messages_total{instrument="BTC-USD",venue="kraken"} 3"#.to_owned(),
        ] {
            assert!(
                text.0.lines().any(|told| told == line),
                "{line}\n{}",
                text.0
            );
        }
    }

    #[test]
    fn streams_are_gauges() {
        let feed = FeedVm {
            venue: "kraken".to_owned(),
            instrument: "BTC-USD".to_owned(),
            simulated: false,
            state: "ok".to_owned(),
            error: String::new(),
            last_ok_at: None,
            next_at: None,
            polls: 0,
            errors: 0,
            stream: Some(StreamVm {
                state: "streaming".to_owned(),
                reconnects: 2,
                ..StreamVm::default()
            }),
        };
        let mut text = Text::default();
        let polled = FeedVm {
            stream: None,
            ..feed.clone()
        };
        of_streams(&mut text, &[feed, polled]);
        let labels = r#"{instrument="BTC-USD",venue="kraken"}"#;
        for line in [
            format!("assay_stream_up{labels} 1"),
            format!("assay_stream_book_synced{labels} 0"),
            format!("assay_stream_reconnects_total{labels} 2"),
        ] {
            assert_eq!(
                text.0.lines().filter(|told| **told == line).count(),
                1,
                "{line}"
            );
        }
    }

    #[test]
    fn a_label_cannot_break_out_of_its_quotes() {
        let mut text = Text::default();
        text.sample("a", &[("b", "x\"} 1\ny\\"), ("c", "d")], 2);
        text.sample("e", &[], 3);
        assert_eq!(text.0, "a{b=\"x\\\"} 1\\ny\\\\\",c=\"d\"} 2\ne 3\n");
    }
}
